/* Members: where the texts of a set stand, so that one is found, or is not, by its mark.
 *
 * In: a set of texts, and room after its members. Out: buckets of eight marks, of which one tells of most texts that
 * they are no members, and for more than a few members which of them each mark is of. A mark never makes two texts
 * one. The index is of no address: who copies members with it has it too. */
#ifndef EDI_MEMBERS_H
#define EDI_MEMBERS_H

#include <string.h>

#include "bundle/value.h"

enum {
  EDI_MEMBERS_FEW = 7,     /* so many take one bucket, in their order */
  EDI_BUCKET_MARKS = 8,    /* from the first place on; 0: nothing more is in it, nor in those after it */
  EDI_BUCKETS_MOST = 8,    /* that are looked at for one text, from its own on */
};
typedef uint16_t edi_bucket __attribute__((vector_size(2 * EDI_BUCKET_MARKS)));
_Static_assert(sizeof(edi_bucket) == sizeof(edi_value), "places after members are of one size with buckets");

/* A power of two, so that five marks are in a bucket at most if they fall evenly. */
static inline uint32_t edi_members_buckets(uint32_t count) {
  uint32_t buckets = 1;
  if (count <= EDI_MEMBERS_FEW) return 1;
  while (5 * buckets < count) buckets *= 2;
  return buckets;
}

/* Places of members that the index of so many takes after them. */
static inline uint32_t edi_members_places(uint32_t count) {
  return count <= EDI_MEMBERS_FEW ? 1 : 2 * edi_members_buckets(count);
}
/* Of sets that have so many members in all. */
static inline size_t edi_members_places_most(size_t sets, size_t members) { return sets + members; }

/* Makes the index of a set of texts; `members` are its own, with room for the places. Marks all of them. Where too
 * many marks fall together there is none, and set->mark is 0. */
void edi_members_index(edi_value *set, edi_value *members);
/* edi_value_set, and the index if they are texts. */
edi_value edi_members_set(unsigned base, edi_value *members, uint32_t count);

/* Whether one of the members is of these bytes; with an index or without. */
bool edi_members_find(const edi_value *set, const edi_value *text);

/* All bits where the marks are the same. */
static inline void edi_bucket_same(const edi_bucket *bucket, uint16_t mark, uint64_t same[2]) {
  const edi_bucket equal = (edi_bucket)(*bucket == (edi_bucket){0} + mark);
  memcpy(same, &equal, sizeof equal);
}

/* The same; most texts that are no members are told by one bucket. */
static inline bool edi_members_have(const edi_value *set, const edi_value *text) {
  if (!set->mark || !text->mark) return edi_members_find(set, text);
  edi_bucket bucket;
  uint64_t same[2];
  memcpy(&bucket, set->as.members + set->length + (text->mark & (set->mark - 1u)), sizeof bucket);
  edi_bucket_same(&bucket, text->mark, same);
  if ((same[0] | same[1]) == 0 && bucket[EDI_BUCKET_MARKS - 1] == 0) return false;
  return edi_members_find(set, text);
}

/* Whether two sets of texts have one in common. */
static inline bool edi_members_share(const edi_value *a, const edi_value *b) {
  const edi_value *few = a->length < b->length ? a : b, *many = a->length < b->length ? b : a;
  for (const edi_value *m = few->as.members, *end = m + few->length; m < end; m++)
    if (edi_members_have(many, m)) return true;
  return false;
}

#endif
