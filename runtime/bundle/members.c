/* Members: see the header.
 *
 *   members ... | buckets: eight marks each | numbers: for each mark that of its member
 *
 * A mark stands in the bucket that its low bits name or, where that is full, in the next one that is not. Up to
 * EDI_MEMBERS_FEW there are no numbers: the first mark is of the first member. */
#include "bundle/members.h"

static inline uint32_t buckets_met(uint32_t buckets) { return buckets < EDI_BUCKETS_MOST ? buckets : EDI_BUCKETS_MOST; }

/* ---- making ---- */

/* Where the mark is to stand; UINT32_MAX: nowhere that it would be looked for. */
static uint32_t free_place(const uint16_t *marks, uint32_t buckets, uint16_t mark) {
  uint32_t bucket = mark & (buckets - 1);
  for (uint32_t met = 0; met < buckets_met(buckets); met++, bucket = (bucket + 1) & (buckets - 1))
    for (uint32_t i = 0; i < EDI_BUCKET_MARKS; i++)
      if (marks[bucket * EDI_BUCKET_MARKS + i] == 0) return bucket * EDI_BUCKET_MARKS + i;
  return UINT32_MAX;
}

static bool fill(const edi_value *members, uint32_t count, uint32_t buckets, uint16_t *marks, uint16_t *numbers) {
  for (uint32_t i = 0; i < count; i++) {
    uint32_t at = free_place(marks, buckets, members[i].mark);
    if (at == UINT32_MAX) return false;
    marks[at] = members[i].mark;
    if (numbers) numbers[at] = (uint16_t)i;
  }
  return true;
}

void edi_members_index(edi_value *set, edi_value *members) {
  uint32_t count = set->length, buckets = edi_members_buckets(count);
  uint16_t *marks = (uint16_t *)(void *)(members + count), *numbers = count > EDI_MEMBERS_FEW ? marks + buckets * EDI_BUCKET_MARKS : NULL;
  for (uint32_t i = 0; i < count; i++)
    if (!members[i].mark) members[i] = edi_value_marked(members[i]);
  set->mark = 0;
  if (count > UINT16_MAX) return;
  memset(marks, 0, buckets * sizeof(edi_bucket));
  set->mark = fill(members, count, buckets, marks, numbers) ? (uint16_t)buckets : 0;
}

edi_value edi_members_set(unsigned base, edi_value *members, uint32_t count) {
  edi_value set = edi_value_set(base, members, count);
  if (edi_base_is_text(base)) edi_members_index(&set, members);
  return set;
}

/* ---- finding ---- */

/* Whether two known texts are the same bytes. Most are a few words long, which a call would take longer for. */
static inline bool same_text(const edi_value *a, const edi_value *b) {
  uint64_t one, other, differ = 0;
  uint32_t length = a->length, at = 0;
  if (length != b->length || a->mark != b->mark) return false;
  if (length < sizeof one || length > 8 * sizeof one) return edi_value_same_text(*a, *b);
  for (; at < length - sizeof one; at += (uint32_t)sizeof one) {
    memcpy(&one, a->as.text + at, sizeof one);
    memcpy(&other, b->as.text + at, sizeof other);
    differ |= one ^ other;
  }
  memcpy(&one, a->as.text + length - sizeof one, sizeof one); /* the last ones, some of which were met already */
  memcpy(&other, b->as.text + length - sizeof other, sizeof other);
  return (differ | (one ^ other)) == 0;
}

static bool find_alone(const edi_value *set, const edi_value *wanted) {
  for (const edi_value *m = set->as.members, *end = m + set->length; m < end; m++)
    if (edi_value_same_text(*m, *wanted)) return true;
  return false;
}

bool edi_members_find(const edi_value *set, const edi_value *text) {
  const edi_value wanted = text->mark ? *text : edi_value_marked(*text), *members = set->as.members;
  if (!set->mark) return find_alone(set, &wanted);
  const uint16_t *marks = (const uint16_t *)(const void *)(members + set->length), *numbers = marks + set->mark * EDI_BUCKET_MARKS;
  uint32_t last = set->mark - 1u, bucket = wanted.mark & last;
  for (uint32_t met = 0; met <= last && met < EDI_BUCKETS_MOST; met++, bucket = (bucket + 1) & last) {
    edi_bucket here;
    memcpy(&here, marks + bucket * EDI_BUCKET_MARKS, sizeof here);
    for (uint32_t same = edi_bucket_bits(edi_bucket_same(here, wanted.mark)); same; same &= same - 1, same &= same - 1) {
      uint32_t at = (uint32_t)__builtin_ctz(same) / 2, number = set->length <= EDI_MEMBERS_FEW ? at : numbers[bucket * EDI_BUCKET_MARKS + at];
      if (same_text(&members[number], &wanted)) return true;
    }
    if (here[EDI_BUCKET_MARKS - 1] == 0) return false;
  }
  return false;
}

bool edi_members_meet(const edi_value *few, const edi_value *many) {
  for (const edi_value *m = few->as.members, *end = m + few->length; m < end; m++)
    if (edi_members_have(many, m)) return true;
  return false;
}
