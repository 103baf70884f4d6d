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

/* A power of two, so that four marks are in a bucket at most if they fall evenly. */
static inline uint32_t edi_members_buckets(uint32_t count) {
  uint32_t buckets = 1;
  if (count <= EDI_MEMBERS_FEW) return 1;
  while (4 * buckets < count) buckets *= 2;
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

/* Where the bucket of a mark stands, in a set with an index. */
static inline const edi_value *edi_bucket_place(const edi_value *set, uint16_t mark) {
  return set->as.members + set->length + (mark & (set->mark - 1u));
}

/* Two bits for each place of a comparison that is all ones, from the lowest on; and the same for any processor. */
static inline uint32_t edi_bucket_bits_portable(edi_bucket same) {
  uint32_t bits = 0;
  for (unsigned i = 0; i < EDI_BUCKET_MARKS; i++) bits |= (same[i] & 3u) << 2 * i;
  return bits;
}
static inline uint32_t edi_bucket_bits(edi_bucket same) {
#ifdef __SSE2__
  return (uint32_t)__builtin_ia32_pmovmskb128((__attribute__((vector_size(16))) char)same);
#else
  return edi_bucket_bits_portable(same);
#endif
}
static inline edi_bucket edi_bucket_same(edi_bucket bucket, uint16_t mark) {
  return (edi_bucket)(bucket == (edi_bucket){0} + mark);
}

/* Asks for what is read once a bucket says that the text may be a member, while that is not known. */
static inline void edi_members_fetch_ahead(const edi_value *set, const edi_value *text) {
  __builtin_prefetch(edi_bucket_place(set, text->mark) + set->mark); /* the numbers of the bucket's members */
  __builtin_prefetch(text->as.text);
}

/* What one bucket says of a set with an index and a text with a mark: it is no member, or may be. */
static inline bool edi_members_may_have(const edi_value *set, const edi_value *text) {
  const edi_value *place = edi_bucket_place(set, text->mark);
  edi_bucket bucket;
  memcpy(&bucket, place, sizeof bucket);
  uint16_t last = ((const uint16_t *)(const void *)place)[EDI_BUCKET_MARKS - 1];
  return (edi_bucket_bits(edi_bucket_same(bucket, text->mark)) | last) != 0;
}

/* The same; most texts that are no members are told by one bucket. */
static inline bool edi_members_have(const edi_value *set, const edi_value *text) {
  return (!set->mark || !text->mark || edi_members_may_have(set, text)) && edi_members_find(set, text);
}

/* What is met where marks are looked for: places that are the same, and all that stands there. */
typedef struct edi_buckets_met { edi_bucket same, all; } edi_buckets_met;
static inline edi_buckets_met edi_buckets_seek(const edi_value *many, uint16_t mark, edi_buckets_met met) {
  edi_bucket bucket;
  memcpy(&bucket, edi_bucket_place(many, mark), sizeof bucket);
  return (edi_buckets_met){met.same | edi_bucket_same(bucket, mark), met.all | bucket};
}
static inline edi_buckets_met edi_buckets_seek_four(const edi_value *many, const uint16_t marks[4], edi_buckets_met met) {
  met = edi_buckets_seek(many, marks[0], met);
  met = edi_buckets_seek(many, marks[1], met);
  met = edi_buckets_seek(many, marks[2], met);
  return edi_buckets_seek(many, marks[3], met);
}
/* Whether a few may have one in common with many. Four are looked for at a time, whether they are there or not: how
 * many there are differs from set to set, and a jump that is guessed wrongly costs more. */
static inline bool edi_members_may_share(const edi_value *few, const edi_value *many) {
  edi_bucket theirs;
  uint16_t marks[EDI_BUCKET_MARKS];
  memcpy(&theirs, few->as.members + few->length, sizeof theirs);
  theirs |= edi_bucket_same(theirs, 0); /* a place that is free is none that is found */
  memcpy(marks, &theirs, sizeof marks);
  edi_buckets_met met = edi_buckets_seek_four(many, marks, (edi_buckets_met){{0}, {0}});
  if (few->length > 4) met = edi_buckets_seek_four(many, marks + 4, met);
  return (edi_bucket_bits(met.same) | met.all[EDI_BUCKET_MARKS - 1]) != 0;
}

/* Whether two sets of texts have one in common, looked up one by one. */
bool edi_members_meet(const edi_value *few, const edi_value *many);
/* The same; most sets that have none are told by their marks. */
static inline bool edi_members_share(const edi_value *a, const edi_value *b) {
  const edi_value *few = a->length < b->length ? a : b, *many = a->length < b->length ? b : a;
  if (few->length == 0) return false;
  if (few->length <= EDI_MEMBERS_FEW && few->mark && many->mark && !edi_members_may_share(few, many)) return false;
  return edi_members_meet(few, many);
}

#endif
