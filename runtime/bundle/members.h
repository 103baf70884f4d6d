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
static inline uint32_t edi_members_places(uint32_t count) { return 2 * edi_members_buckets(count); }
/* Of sets that have so many members in all. */
static inline size_t edi_members_places_most(size_t sets, size_t members) { return 2 * sets + members; }

/* Makes the index of a set of texts; `members` are its own, with room for the places. Marks all of them. Where too
 * many marks fall together there is none, and set->mark is 0. */
void edi_members_index(edi_value *set, edi_value *members);
/* edi_value_set, and the index if they are texts. */
edi_value edi_members_set(unsigned base, edi_value *members, uint32_t count);

/* Whether one of the members is of these bytes; with an index or without. */
bool edi_members_find(const edi_value *set, const edi_value *text);

/* Where the bucket of a mark stands, in a set with an index; behind its marks the numbers of their members. */
static inline const edi_value *edi_bucket_place(const edi_value *set, uint16_t mark) {
  return set->as.members + set->length + 2 * (size_t)(mark & (set->mark - 1u));
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

/* What marks say of a text, or of a few, in a set with an index. */
typedef struct edi_marks_met {
  uint64_t same;           /* where the marks stand: 16 bits for each of four, two of them for each place of its bucket */
  bool open;               /* that is not all: a bucket is full, or there are more than four */
} edi_marks_met;

static inline edi_bucket edi_bucket_read(const edi_value *place) {
  edi_bucket bucket;
  memcpy(&bucket, place, sizeof bucket);
  return bucket;
}

static inline edi_marks_met edi_marks_of_text(const edi_value *set, const edi_value *text) {
  const edi_value *place = edi_bucket_place(set, text->mark);
  uint16_t last = ((const uint16_t *)(const void *)place)[EDI_BUCKET_MARKS - 1];
  return (edi_marks_met){edi_bucket_bits(edi_bucket_same(edi_bucket_read(place), text->mark)), last != 0};
}

/* The marks of a few, in their order, as they are looked for: a place that is free has the first one again, so that no
 * bucket is read for it. Of a set without members: none that tells anything. */
static inline const uint16_t *edi_marks_sought(const edi_value *few) {
  return (const uint16_t *)(const void *)(few->as.members + few->length + 1);
}

/* Four are looked for, whether they are there or not: how many there are differs from set to set, and a jump that is
 * guessed wrongly costs more. */
static inline edi_marks_met edi_marks_of_four(const edi_value *many, const uint16_t *sought) {
  edi_bucket a = edi_bucket_read(edi_bucket_place(many, sought[0])), b = edi_bucket_read(edi_bucket_place(many, sought[1]));
  edi_bucket c = edi_bucket_read(edi_bucket_place(many, sought[2])), d = edi_bucket_read(edi_bucket_place(many, sought[3]));
  uint64_t low = edi_bucket_bits(edi_bucket_same(a, sought[0])) | edi_bucket_bits(edi_bucket_same(b, sought[1])) << 16;
  uint64_t high = edi_bucket_bits(edi_bucket_same(c, sought[2])) | edi_bucket_bits(edi_bucket_same(d, sought[3])) << 16;
  return (edi_marks_met){low | high << 32, (a | b | c | d)[EDI_BUCKET_MARKS - 1] != 0};
}
static inline edi_marks_met edi_marks_of_few(const edi_value *few, const edi_value *many) {
  const uint16_t *sought = edi_marks_sought(few);
  edi_marks_met met = edi_marks_of_four(many, sought);
  if (few->length > 4) {
    edi_marks_met more = edi_marks_of_four(many, sought + 4);
    met.open |= (more.same != 0) | more.open;
  }
  return met;
}

/* Whether two known texts with marks are the same bytes. Most are a few words long, which a call would take longer for:
 * of any length to four words the same four are compared, some of which are met twice. */
static inline bool edi_marked_same(const edi_value *a, const edi_value *b) {
  enum { WORD = 8 };
  const char *one = a->as.text, *other = b->as.text;
  uint32_t length = a->length;
  uint64_t words[4], others[4];
  if (length != b->length || a->mark != b->mark) return false;
  if (length < WORD || length > sizeof words) return edi_value_same_text(*a, *b);
  uint32_t last = length - WORD, second = last < WORD ? last : WORD, third = last < WORD ? 0 : last - WORD;
  memcpy(&words[0], one, WORD), memcpy(&others[0], other, WORD);
  memcpy(&words[1], one + second, WORD), memcpy(&others[1], other + second, WORD);
  memcpy(&words[2], one + third, WORD), memcpy(&others[2], other + third, WORD);
  memcpy(&words[3], one + last, WORD), memcpy(&others[3], other + last, WORD);
  return ((words[0] ^ others[0]) | (words[1] ^ others[1]) | (words[2] ^ others[2]) | (words[3] ^ others[3])) == 0;
}

/* The member whose mark stands at a place of the bucket. */
static inline const edi_value *edi_bucket_member(const edi_value *set, const edi_value *bucket, uint32_t place) {
  const uint16_t *numbers = (const uint16_t *)(const void *)(bucket + 1);
  return set->as.members + (set->length <= EDI_MEMBERS_FEW ? place : numbers[place]);
}

/* Whether the text is that of a member at one of these places of the bucket. */
static inline bool edi_bucket_has(uint32_t same, const edi_value *set, const edi_value *bucket, const edi_value *text) {
  for (; same; same &= same - 1, same &= same - 1)
    if (edi_marked_same(edi_bucket_member(set, bucket, (uint32_t)__builtin_ctz(same) / 2), text)) return true;
  return false;
}

/* Whether the set has one of a few, at the places that their marks have. */
static inline bool edi_marks_confirm(uint64_t same, const edi_value *few, const edi_value *many) {
  const uint16_t *sought = edi_marks_sought(few);
  for (; same; same &= same - 1, same &= same - 1) {
    uint32_t bit = (uint32_t)__builtin_ctzll(same), number = bit / (2 * EDI_BUCKET_MARKS);
    if (number >= few->length) return false; /* the first one again */
    const edi_value *member = edi_bucket_member(many, edi_bucket_place(many, sought[number]), bit % (2 * EDI_BUCKET_MARKS) / 2);
    if (edi_marked_same(member, few->as.members + number)) return true;
  }
  return false;
}

/* The same; most texts are told by one bucket. */
static inline bool edi_members_have(const edi_value *set, const edi_value *text) {
  if (!set->mark || !text->mark) return edi_members_find(set, text);
  edi_marks_met met = edi_marks_of_text(set, text);
  if (met.open) return edi_members_find(set, text);
  return met.same && edi_bucket_has((uint32_t)met.same, set, edi_bucket_place(set, text->mark), text);
}

/* Whether two sets of texts have one in common, looked up one by one. */
bool edi_members_meet(const edi_value *few, const edi_value *many);
static inline bool edi_members_are_few(const edi_value *few, const edi_value *many) {
  return few->length <= EDI_MEMBERS_FEW && few->mark && many->mark;
}
/* The same; most sets that have none are told by their marks. */
static inline bool edi_members_share(const edi_value *a, const edi_value *b) {
  const edi_value *few = a->length < b->length ? a : b, *many = a->length < b->length ? b : a;
  if (few->length == 0) return false;
  if (!edi_members_are_few(few, many)) return edi_members_meet(few, many);
  edi_marks_met met = edi_marks_of_few(few, many);
  if (met.open) return edi_members_meet(few, many);
  return met.same && edi_marks_confirm(met.same, few, many);
}

#endif
