/* Members: see the header.
 *
 *   members ... | buckets: eight marks each | numbers: for each mark that of its member
 *
 * A mark stands in the bucket that its low bits name or, where that is full, in the next one that is not. Up to
 * EDI_MEMBERS_FEW there are no numbers: the first mark is of the first member. */
#include "bundle/members.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the first mark of a bucket is the lowest of its bits");

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

/* The first place whose bits are set, which it takes away; one of them is. */
static inline uint32_t take_first(uint64_t same[2]) {
  uint32_t half = same[0] == 0;
  uint32_t at = (uint32_t)__builtin_ctzll(same[half]) / 16;
  same[half] &= ~(UINT64_C(0xFFFF) << 16 * at);
  return EDI_BUCKET_MARKS / 2 * half + at;
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
  uint32_t bucket = wanted.mark & (set->mark - 1u);
  for (uint32_t met = 0; met < buckets_met(set->mark); met++, bucket = (bucket + 1) & (set->mark - 1u)) {
    edi_bucket here;
    uint64_t same[2];
    memcpy(&here, marks + bucket * EDI_BUCKET_MARKS, sizeof here);
    edi_bucket_same(&here, wanted.mark, same);
    while (same[0] | same[1]) {
      uint32_t at = take_first(same), number = set->length <= EDI_MEMBERS_FEW ? at : numbers[bucket * EDI_BUCKET_MARKS + at];
      if (edi_value_same_text(members[number], wanted)) return true;
    }
    if (here[EDI_BUCKET_MARKS - 1] == 0) return false;
  }
  return false;
}
