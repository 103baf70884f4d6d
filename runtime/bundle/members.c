/* Members: see the header.
 *
 *   members ... | bucket: eight marks | for each the number of its member | bucket ...
 *
 * A mark stands in the bucket that its low bits name or, where that is full, in the next one that is not. Up to
 * EDI_MEMBERS_FEW there is one bucket, of whose marks the first is of the first member; in place of numbers it has the
 * marks as they are looked for in other sets. */
#include "bundle/members.h"

static inline uint32_t buckets_met(uint32_t buckets) { return buckets < EDI_BUCKETS_MOST ? buckets : EDI_BUCKETS_MOST; }

/* ---- making ---- */

/* Where the mark is to stand; NULL: nowhere that it would be looked for. */
static uint16_t *free_place(edi_value *places, uint32_t buckets, uint16_t mark) {
  uint32_t number = mark & (buckets - 1);
  for (uint32_t met = 0; met < buckets_met(buckets); met++, number = (number + 1) & (buckets - 1)) {
    uint16_t *marks = (uint16_t *)(void *)(places + 2 * (size_t)number); /* one by one: what was just written would be waited for as a whole */
    for (uint32_t i = 0; i < EDI_BUCKET_MARKS; i++)
      if (marks[i] == 0) return &marks[i];
  }
  return NULL;
}

static bool index_many(const edi_value *members, uint32_t count, uint32_t buckets, edi_value *places) {
  memset(places, 0, 2 * (size_t)buckets * sizeof *places);
  for (uint32_t i = 0; i < count; i++) {
    uint16_t *at = free_place(places, buckets, members[i].mark);
    if (!at) return false;
    at[0] = members[i].mark;
    at[EDI_BUCKET_MARKS] = (uint16_t)i;
  }
  return true;
}

static bool index_few(const edi_value *members, uint32_t count, edi_value *places) {
  uint16_t *marks = (uint16_t *)(void *)places, *sought = marks + EDI_BUCKET_MARKS, first = count ? members[0].mark : UINT16_MAX;
  for (uint32_t i = 0; i < count; i++) marks[i] = sought[i] = members[i].mark;
  for (uint32_t i = count; i < EDI_BUCKET_MARKS; i++) {
    marks[i] = 0;
    sought[i] = first;
  }
  return true;
}

void edi_members_index(edi_value *set, edi_value *members) {
  uint32_t count = set->length, buckets = edi_members_buckets(count);
  edi_value *places = members + count;
  for (uint32_t i = 0; i < count; i++)
    if (!members[i].mark) members[i] = edi_value_marked(members[i]);
  set->mark = 0;
  if (count > UINT16_MAX) return;
  bool indexed = count <= EDI_MEMBERS_FEW ? index_few(members, count, places) : index_many(members, count, buckets, places);
  set->mark = indexed ? (uint16_t)buckets : 0;
}

edi_value edi_members_set(unsigned base, edi_value *members, uint32_t count) {
  edi_value set = edi_value_set(base, members, count);
  if (edi_base_is_text(base)) edi_members_index(&set, members);
  return set;
}

/* ---- finding ---- */

static bool find_alone(const edi_value *set, const edi_value *wanted) {
  for (const edi_value *m = set->as.members, *end = m + set->length; m < end; m++)
    if (edi_value_same_text(*m, *wanted)) return true;
  return false;
}

bool edi_members_find(const edi_value *set, const edi_value *text) {
  const edi_value wanted = text->mark ? *text : edi_value_marked(*text), *places = set->as.members + set->length;
  if (!set->mark) return find_alone(set, &wanted);
  uint32_t last = set->mark - 1u, number = wanted.mark & last;
  for (uint32_t met = 0; met <= last && met < EDI_BUCKETS_MOST; met++, number = (number + 1) & last) {
    const edi_value *bucket = places + 2 * (size_t)number;
    edi_bucket marks = edi_bucket_read(bucket);
    if (edi_bucket_has(edi_bucket_bits(edi_bucket_same(marks, wanted.mark)), set, bucket, &wanted)) return true;
    if (marks[EDI_BUCKET_MARKS - 1] == 0) return false;
  }
  return false;
}

bool edi_members_meet(const edi_value *few, const edi_value *many) {
  for (const edi_value *m = few->as.members, *end = m + few->length; m < end; m++)
    if (edi_members_have(many, m)) return true;
  return false;
}
