/* The verifier's questions about ranges, lists, indices, texts and owners, with counts that may be anything. */
#include "model.h"

#include "no_findings.h"
#include "runtime/bundle/verify_tools.c"

edi_str edi_program_string(const edi_program *p, edi_ref ref) { return (edi_str){p->strings + ref.off, ref.len}; }
bool edi_str_starts(edi_str s, edi_str prefix) {
  (void)s, (void)prefix;
  return any_bool();
}

static edi_range any_range(void) { return (edi_range){any_u32(), any_u32()}; }

void prove_range(void) {
  edi_verifier v = {.status = EDICT_DEFECT};
  edi_range range = any_range();
  uint32_t count = any_u32();
  if (!edi_verifier_range(&v, "", range, count)) return;
  check((uint64_t)range.first + range.count <= count, "a range lies within its section");
}

enum { LISTS = 6 };
static uint32_t lists[LISTS], ascending[LISTS];

/* As index_lists makes it. */
static uint32_t make_lists(edi_verifier *v) {
  uint32_t count = (uint32_t)any_size(LISTS);
  for (uint32_t i = 0; i < LISTS; i++) lists[i] = any_u32();
  for (uint32_t i = count; i > 0; i--) ascending[i - 1] = i < count && lists[i - 1] < lists[i] ? ascending[i] : i;
  v->p.lists = lists;
  v->p.lists_count = count;
  v->ascending = ascending;
  return count;
}

void prove_list(void) {
  edi_verifier v = {.status = EDICT_DEFECT};
  uint32_t count = make_lists(&v), low = any_u32(), high = any_u32();
  edi_range range = any_range();
  if (!edi_verifier_list(&v, "", range, low, high)) return;
  check((uint64_t)range.first + range.count <= count, "a list lies within");
  for (uint32_t i = 0; i < range.count; i++) {
    check(lists[range.first + i] >= low && lists[range.first + i] < high, "each item is one that there is");
    check(i == 0 || lists[range.first + i - 1] < lists[range.first + i], "items ascend");
  }
}

/* Each record gets one owner, within its section: from the first on, or one by one. */
void prove_owners(void) {
  enum { MOST = 5 };
  edi_verifier v = {.status = EDICT_DEFECT};
  static uint8_t owned[MOST];
  uint8_t before[MOST];
  uint32_t count = (uint32_t)any_size(MOST), first = (uint32_t)any_size(count);
  bool singly = any_bool();
  v.counts[EDI_SECTION_INSTRS] = count;
  v.owned_first[EDI_SECTION_INSTRS] = first;
  for (uint32_t i = 0; i < MOST; i++) before[i] = owned[i] = i < first || (singly && any_bool());
  v.owned[EDI_SECTION_INSTRS] = singly ? owned : NULL;
  edi_range range = any_range();
  if (!edi_verifier_own(&v, "", range, EDI_SECTION_INSTRS)) return;
  const uint8_t *after = v.owned[EDI_SECTION_INSTRS];
  for (uint32_t i = 0; i < count; i++) {
    bool mine = i >= range.first && i - range.first < range.count;
    bool has = after ? after[i] : i < v.owned_first[EDI_SECTION_INSTRS];
    check(has == (mine || before[i]) && !(mine && before[i]), "a record has one owner");
  }
}

/* Texts: every look into the tables of bits lies within them, whatever the reference says. */
void prove_text(void) {
  enum { WORDS = 3 };
  edi_verifier v = {.status = EDICT_DEFECT};
  static uint64_t starts[WORDS], bad[WORDS];
  static uint32_t before[WORDS];
  for (int i = 0; i < WORDS; i++) starts[i] = any_u64(), bad[i] = any_u64(), before[i] = any_byte();
  static char strings[WORDS * 64];
  v.p.strings = strings;
  v.p.strings_count = (uint32_t)any_size(WORDS * 64 - 1); /* as many words as index_strings takes: length / 64 + 1 */
  v.starts = starts;
  v.bad = bad;
  v.bad_before = before;
  edi_ref ref = {any_u32(), any_u32()};
  size_t most = any_size(EDI_LIMIT_STRING);
  if (!edi_verifier_text(&v, "", ref, 1, most)) return;
  check((uint64_t)ref.off + ref.len <= v.p.strings_count && ref.len >= 1 && ref.len <= most, "a text lies within, and is as long as it may be");
}

/* Types: a base that there is, and a parameter that there is. */
void prove_type(void) {
  edi_verifier v = {.status = EDICT_DEFECT};
  edi_kind kinds[2];
  v.p.kinds = kinds;
  v.p.kinds_count = (uint32_t)any_size(2);
  v.p.scales_count = any_u32();
  edi_type type = any_u32();
  if (!edi_verifier_type(&v, "", type)) return;
  unsigned base = EDI_TYPE_BASE(type);
  check(base >= EDI_TYPE_BOOL && base <= EDI_TYPE_SUBJECT, "the base is one of the list");
  if (base == EDI_TYPE_NODE || base == EDI_TYPE_ID) check(EDI_TYPE_PARAM(type) < v.p.kinds_count, "its kind is there");
  if (base == EDI_TYPE_LEVEL) check(EDI_TYPE_PARAM(type) < v.p.scales_count, "its scale is there");
}
