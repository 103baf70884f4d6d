/* Verify, layout: from bytes to typed sections, and the order in which all else is verified.
 *
 *   [ header 24 | 30 entries of 16 | SETTINGS | pad | KINDS | pad | ... | STRINGS ]
 *
 * There is one layout for given contents: each section begins at the first multiple of 8 after the
 * one before, padding is zero, and the file ends with STRINGS. Whatever follows here reads the
 * bytes through the typed pointers that are set once this holds. */
#include "bundle/verifier.h"

#include "base/parallel.h"
#include "bundle/opcode.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "programs are mapped in place");
_Static_assert(sizeof(edi_program_header) == 24 && sizeof(edi_section_entry) == 16, "as on disk");

#define FIRST_SECTION (sizeof(edi_program_header) + EDI_SECTION_COUNT * sizeof(edi_section_entry))
#define ALIGNED(n)    (((n) + 7) & ~(uint64_t)7)

static bool fail_layout(edi_verifier *v, edi_code code, const char *what) {
  v->status = EDICT_FORMAT;
  edi_diagnostics_add(v->diagnostics, code, EDI_SPAN_NONE, "", "program: %s", what);
  return false;
}

static bool fail_section(edi_verifier *v, edi_code code, unsigned section, const char *what) {
  v->status = EDICT_FORMAT;
  edi_diagnostics_add(v->diagnostics, code, EDI_SPAN_NONE, "", "program: section %s %s",
                      edi_verifier_section_name(section), what);
  return false;
}

static bool verify_header(edi_verifier *v, const char *bytes, size_t length) {
  edi_program_header header;
  if (length < FIRST_SECTION) return fail_layout(v, EDI_R0110, "it is shorter than its header");
  memcpy(&header, bytes, sizeof header);
  if (memcmp(header.magic, EDI_RECORDS_MAGIC, sizeof header.magic) != 0)
    return fail_layout(v, EDI_R0110, "it does not begin with " EDI_RECORDS_MAGIC);
  if (header.format != EDI_PROGRAM_FORMAT)
    return fail_layout(v, EDI_R0110, "its format is not known");
  if (header.sections != EDI_SECTION_COUNT)
    return fail_layout(v, EDI_R0110, "its number of sections is not that of the format");
  if (header.length != length)
    return fail_layout(v, EDI_R0110, "its length is not what the header says");
  if (length > EDI_LIMIT_BUNDLE_FILE)
    return fail_layout(v, EDI_R0113, "it is larger than a bundle may be");
  return true;
}

/* The bytes of one section, which must begin at *at; moves *at past it. */
static bool take_section(edi_verifier *v, const char *bytes, size_t length, unsigned section,
                         size_t record, uint64_t *at, const char **first, uint32_t *count) {
  edi_section_entry entry;
  memcpy(&entry, bytes + sizeof(edi_program_header) + section * sizeof entry, sizeof entry);
  uint64_t begin = ALIGNED(*at);
  if (entry.offset != begin || begin > length)
    return fail_section(v, EDI_R0111, section, "does not begin where the one before it ends");
  if (entry.length > length - begin)
    return fail_section(v, EDI_R0111, section, "reaches beyond the end");
  if (entry.length % record != 0)
    return fail_section(v, EDI_R0111, section, "is not whole records long");
  for (uint64_t i = *at; i < begin; i++)
    if (bytes[i] != 0)
      return fail_section(v, EDI_R0111, section, "has padding before it that is not zero");
  *first = bytes + begin;
  *count = (uint32_t)(entry.length / record);
  *at = begin + entry.length;
  return true;
}

static bool verify_sections(edi_verifier *v, const char *bytes, size_t length) {
  uint64_t at = FIRST_SECTION;
  const char *first = NULL;
#define SECTION(NAME, type, member)                                                  \
  if (!take_section(v, bytes, length, EDI_SECTION_##NAME, sizeof(type), &at, &first, \
                    &v->p.member##_count))                                           \
    return false;                                                                    \
  v->counts[EDI_SECTION_##NAME] = v->p.member##_count;                               \
  v->p.member = (const type *)(const void *)first;
  EDI_SECTIONS(SECTION)
#undef SECTION
  if (at != length) return fail_layout(v, EDI_R0110, "bytes follow the last section");
  if (v->p.rules_count > EDI_LIMIT_RULES)
    return fail_section(v, EDI_R0113, EDI_SECTION_RULES, "holds more rules than a bundle may");
  if (v->p.patterns_count > EDI_LIMIT_PATTERNS)
    return fail_section(v, EDI_R0113, EDI_SECTION_PATTERNS,
                        "holds more patterns than a bundle may");
  return true;
}

/* ---- strings ---- */

/* Whether the eight bytes are ASCII without a NUL. */
static bool plain(uint64_t eight) {
  const uint64_t high = UINT64_C(0x8080808080808080), ones = UINT64_C(0x0101010101010101);
  return ((eight | (eight - ones)) & high) == 0;
}

/* Addresses stand among the texts, so the whole need not be UTF-8; which bytes are is noted once.
 * UTF-8 is self-synchronizing: a text that is whole in itself is also found whole here. */
static bool index_strings(edi_verifier *v) {
  size_t length = v->p.strings_count, words = length / 64 + 1, begun = 0;
  while (length - begun >= 8 && plain(edi_get64(v->p.strings + begun))) begun += 8;
  while (begun < length && (unsigned char)(v->p.strings[begun] - 1) < 0x7F) begun++;
  v->ascii = begun == length;
  if (v->ascii) return true;
  v->starts = edi_verifier_scratch(v, words, sizeof *v->starts);
  v->bad = edi_verifier_scratch(v, words, sizeof *v->bad);
  v->bad_before = edi_verifier_scratch(v, words, sizeof *v->bad_before);
  if (!v->starts || !v->bad || !v->bad_before) return false;
  edi_str all = {v->p.strings, length};
  for (size_t at = 0; at < length;) {
    if (at % 8 == 0 && length - at >= 8 && plain(edi_get64(all.ptr + at))) {
      v->starts[at / 64] |= UINT64_C(0xFF) << (at % 64);
      at += 8;
      continue;
    }
    size_t here = at;
    uint32_t point = edi_utf8_next(all, &at);
    uint64_t *bits = point == 0 || point == UINT32_MAX ? v->bad : v->starts;
    bits[here / 64] |= UINT64_C(1) << (here % 64);
  }
  for (size_t i = 1; i < words; i++)
    v->bad_before[i] = v->bad_before[i - 1] + (uint32_t)__builtin_popcountll(v->bad[i - 1]);
  return true;
}

/* Lists are shared, so what must ascend is answered from the end of each run. */
static bool index_lists(edi_verifier *v) {
  uint32_t count = v->p.lists_count;
  v->ascending = edi_verifier_scratch(v, count, sizeof *v->ascending);
  v->set_owned = edi_verifier_scratch(v, count, 1);
  if (!v->ascending || !v->set_owned) return false;
  for (uint32_t i = count; i > 0; i--) {
    bool goes_on = i < count && v->p.lists[i - 1] < v->p.lists[i];
    v->ascending[i - 1] = goes_on ? v->ascending[i] : i;
  }
  return true;
}

/* ---- settings ---- */

static bool verify_settings(edi_verifier *v) {
  edi_verifier_at(v, EDI_SECTION_SETTINGS, 0);
  if (v->p.settings_count != 1)
    return fail_section(v, EDI_R0133, EDI_SECTION_SETTINGS, "is not one record");
  const edi_settings *settings = v->p.settings;
  v->federal = settings->layer == EDI_LAYER_FEDERAL;
  if (!v->federal && settings->layer != EDI_LAYER_DOMAIN)
    return edi_verifier_fail(v, EDI_R0134, "layer", "there is no such layer");
  if (!edi_verifier_text(v, "domain", settings->domain, v->federal ? 0 : 1, EDI_LIMIT_NAME))
    return false;
  if (v->federal && settings->domain.len > 0)
    return edi_verifier_fail(v, EDI_R0133, "domain", "the federal layer is no domain's");
  v->domain = edi_verifier_string(v, settings->domain);
  if (edi_str_equal(v->domain, EDI_STR("federal")))
    return edi_verifier_fail(v, EDI_R0133, "domain", "no domain is called federal");
  return true;
}

/* What of the settings needs the rest to be verified. */
static bool verify_settings_again(edi_verifier *v) {
  edi_verifier_at(v, EDI_SECTION_SETTINGS, 0);
  const edi_settings *settings = v->p.settings;
  if (settings->untagged != EDI_NONE) {
    if (!v->federal)
      return edi_verifier_fail(v, EDI_R0132, "untagged",
                               "only the federal layer says what untagged columns are");
    if (!edi_verifier_node(v, "untagged", settings->untagged, v->kind_tag)) return false;
  }
  if (settings->cost == v->cost) return true;
  return edi_verifier_fail(v, EDI_R0147, "cost", "it is %llu by the codes of the rules",
                           (unsigned long long)v->cost);
}

/* The sections of symbols have asked this already. */
static bool verify_owners(edi_verifier *v) {
  static const uint8_t sections[] = {
      EDI_SECTION_INSTRS,   EDI_SECTION_CASES,   EDI_SECTION_ARMS,
      EDI_SECTION_DATASETS, EDI_SECTION_COLUMNS, EDI_SECTION_FACTS, EDI_SECTION_DUTIES,
  };
  for (size_t i = 0; i < sizeof sections; i++)
    if (!edi_verifier_owned(v, sections[i])) return false;
  return true;
}

/* ---- rules and index at once ---- */

enum { WORKERS = 2, RULES_AND_PARTS = 1 + EDI_INDEX_PARTS };

/* What a thread has for itself. */
typedef struct climber { edi_verifier v; edi_arena arena; edi_guards *finder; } climber;
typedef struct at_once { edi_verifier *v; climber climbers[WORKERS]; bool held[RULES_AND_PARTS]; } at_once;

static void verify_part(void *user, size_t worker, size_t item) {
  at_once *a = user;
  climber *c = &a->climbers[worker];
  a->held[item] = item == 0 ? edi_verify_rules(a->v) : edi_verify_index_part(&c->v, (uint32_t)item - 1, &c->finder);
}

/* Of many rules by two threads: the rules, and the parts of the index, with memory and verifier of their own. What they find there
 * they do not say: the rules are told of first, and the index, where it does not hold, is verified again to say why. */
static bool verify_rules_and_index(edi_verifier *v) {
  enum { MANY = 4096 };
  bool shared = v->arena->allocator == &edi_allocator_default; /* another one may be for one thread alone */
  if (!shared || edi_parallel_worth(v->p.rules_count, MANY) < 2) return edi_verify_rules(v) && edi_verify_index(v);
  at_once a = {.v = v};
  for (size_t i = 0; i < WORKERS; i++) {
    climber *c = &a.climbers[i];
    edi_arena_init(&c->arena, v->arena->allocator, v->arena->ceiling);
    c->arena.block = v->arena->block;
    c->v = *v;
    c->v.arena = &c->arena;
    c->v.diagnostics = NULL;
  }
  edi_parallel(RULES_AND_PARTS, WORKERS, verify_part, &a);
  bool index = true;
  for (size_t i = 1; i < RULES_AND_PARTS; i++) index = index && a.held[i];
  for (size_t i = 0; i < WORKERS; i++) edi_arena_fini(&a.climbers[i].arena);
  if (a.held[0] && !index) edi_parallel_again();
  return a.held[0] && (index || edi_verify_index(v));
}

static bool verify_all(edi_verifier *v, const void *bytes, size_t length) {
  return verify_header(v, bytes, length) && verify_sections(v, bytes, length) && index_strings(v) &&
         index_lists(v) && verify_settings(v) && edi_verify_symbols(v) && edi_verify_values(v) &&
         edi_verify_codes(v) && verify_rules_and_index(v) && edi_verify_contracts(v) &&
         verify_owners(v) && verify_settings_again(v);
}

static edict_status verify(edi_verifier *v, const void *bytes, size_t length, edi_program *program) {
  *program = (edi_program){0};
  v->status = EDICT_DEFECT;
  if (!bytes || (uintptr_t)bytes % 8 != 0) {
    fail_layout(v, EDI_R0110, "its bytes are not at a multiple of 8");
    return EDICT_ARGUMENT;
  }
  bool verified = verify_all(v, bytes, length);
  for (uint32_t i = 0; v->patterns && i < v->p.patterns_count; i++) edi_pattern_destroy(v->patterns[i]);
  if (!verified) return v->status;
  *program = v->p;
  program->likes = v->likes.of;
  return EDICT_OK;
}

edict_status edi_program_verify(const void *bytes, size_t length, edi_arena *scratch, edi_program *program,
                                edict_diagnostics *diagnostics) {
  edi_verifier v = {.arena = scratch, .diagnostics = diagnostics};
  return verify(&v, bytes, length, program);
}

edict_status edi_program_verify_shaped(edi_str records, const edi_shaping *shapes, edi_arena *scratch, edi_program *program,
                                       edict_diagnostics *diagnostics) {
  edi_verifier v = {.arena = scratch, .diagnostics = diagnostics, .shapes = shapes};
  return verify(&v, records.ptr, records.len, program);
}
