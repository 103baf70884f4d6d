/* Builder: sections that grow in an arena, four tables that keep equal things once, and the layout.
 *
 * Strings, constants, lists and codes are looked up by their bytes before they are appended; the
 * first use fixes the place, so the same calls give the same program. Invariant: after a failure
 * every call is harmless and finish returns the first status. */
#include "bundle/builder.h"

#include "bundle/filing.h"
#include "bundle/likes.h"
#include "bundle/limits.h"
#include "bundle/measure.h"
#include "bundle/opcode.h"
#include "bundle/order.h"
#include "bundle/packing.h"

/* What is known under its bytes, which stand in a section and nowhere else: open addressing over entries,
 * `slots` hold entry + 1. */
typedef struct intern_entry {
  uint32_t hash, tag;    /* tag: what tells two of the same bytes apart */
  uint32_t result, size; /* of the bytes */
} intern_entry;
typedef struct intern {
  intern_entry *entries;
  size_t count, capacity;
  uint32_t *slots;
  size_t slot_count; /* a power of two, at least twice the entries */
} intern;

struct edi_builder {
  edi_arena *arena;
  edict_status failed;
  bool finished, files_rules;
  uint32_t costly; /* the first rule above the limit, counted from 1 */
  intern texts, consts_known, lists_known, codes_known;
#define SECTION(NAME, type, member) \
  type *member;                     \
  uint32_t member##_count;          \
  size_t member##_capacity;
  EDI_SECTIONS(SECTION)
#undef SECTION
};

static void fail(edi_builder *b, edict_status status) {
  if (b->failed == EDICT_OK) b->failed = status;
}

/* ---- sections ---- */

/* Appends to one section; the index of the first record. */
static uint32_t append(edi_builder *b, void **items, size_t *capacity, uint32_t *count,
                       const void *records, uint32_t added, size_t size) {
  uint32_t first = *count;
  if (b->failed != EDICT_OK) return 0;
  if (added > EDI_LIMIT_BUNDLE_FILE || first > EDI_LIMIT_BUNDLE_FILE - added) {
    fail(b, EDICT_LIMIT);
    return 0;
  }
  while (*capacity < (size_t)first + added) {
    if (edi_arena_regrow(b->arena, items, capacity, *capacity, size)) continue;
    fail(b, edi_arena_status(b->arena));
    return 0;
  }
  if (added > 0) memcpy((char *)*items + first * size, records, added * size);
  *count += added;
  return first;
}

#define SECTION(NAME, type, member)                                                              \
  uint32_t edi_builder_add_##member(edi_builder *builder, const type *records, uint32_t count) { \
    void *items = builder->member;                                                               \
    uint32_t first = append(builder, &items, &builder->member##_capacity,                        \
                            &builder->member##_count, records, count, sizeof(type));             \
    builder->member = items;                                                                     \
    return first;                                                                                \
  }                                                                                              \
  type *edi_builder_at_##member(edi_builder *builder, uint32_t index) {                          \
    return index < builder->member##_count ? &builder->member[index] : NULL;                     \
  }                                                                                              \
  uint32_t edi_builder_count_##member(const edi_builder *builder) {                              \
    return builder->member##_count;                                                              \
  }
EDI_SECTIONS(SECTION)
#undef SECTION

edi_builder *edi_builder_create(edi_arena *arena) {
  edi_builder *b = EDI_NEW(arena, edi_builder);
  if (b) b->arena = arena;
  return b;
}

void edi_builder_expect_rules(edi_builder *b, uint32_t count) {
  if (b->rules_capacity || count == 0 || count > EDI_LIMIT_RULES) return;
  b->rules = EDI_NEW_ARRAY(b->arena, edi_rule, count);
  if (b->rules) b->rules_capacity = count;
  else fail(b, edi_arena_status(b->arena));
}

/* ---- what is kept once ---- */

/* Something looked up: its bytes, and how those of an entry are found. */
typedef struct wanted {
  const void *(*at)(const edi_builder *builder, uint32_t result);
  edi_str bytes;
  uint32_t tag, hash;
} wanted;

static const void *text_at(const edi_builder *b, uint32_t result) { return b->strings + result; }
static const void *const_at(const edi_builder *b, uint32_t result) { return &b->consts[result]; }
static const void *list_at(const edi_builder *b, uint32_t result) { return &b->lists[result]; }
static const void *code_at(const edi_builder *b, uint32_t result) { return &b->instrs[b->codes[result].instrs.first]; }

static wanted want(const void *(*at)(const edi_builder *builder, uint32_t result), const void *bytes, size_t size, uint32_t tag) {
  edi_str s = {bytes, size};
  return (wanted){at, s, tag, (uint32_t)(edi_str_hash(s) ^ tag)};
}

static const intern_entry *intern_find(const edi_builder *b, const intern *table, const wanted *w) {
  if (table->slot_count == 0) return NULL;
  size_t mask = table->slot_count - 1;
  for (size_t slot = w->hash & mask; table->slots[slot]; slot = (slot + 1) & mask) {
    const intern_entry *entry = &table->entries[table->slots[slot] - 1];
    if (entry->hash != w->hash || entry->tag != w->tag || entry->size != w->bytes.len) continue;
    if (entry->size == 0 || memcmp(w->at(b, entry->result), w->bytes.ptr, entry->size) == 0) return entry;
  }
  return NULL;
}

static void intern_place(intern *table, size_t entry) {
  size_t mask = table->slot_count - 1, slot = table->entries[entry].hash & mask;
  while (table->slots[slot]) slot = (slot + 1) & mask;
  table->slots[slot] = (uint32_t)entry + 1;
}

static bool intern_grow(edi_builder *b, intern *table) {
  void *entries = table->entries;
  bool grown = edi_arena_regrow(b->arena, &entries, &table->capacity, table->count, sizeof *table->entries);
  table->entries = entries;
  if (!grown) return false;
  if (table->count * 2 < table->slot_count) return true;
  size_t count = table->slot_count ? 2 * table->slot_count : 64;
  edi_arena_release(b->arena, table->slots, table->slot_count * sizeof *table->slots); /* they are placed anew */
  table->slot_count = 0;
  table->slots = EDI_NEW_ARRAY(b->arena, uint32_t, count);
  if (!table->slots) return false;
  table->slot_count = count;
  for (size_t i = 0; i < table->count; i++) intern_place(table, i);
  return true;
}

static void intern_forget(edi_builder *b, intern *table) {
  edi_arena_release(b->arena, table->entries, table->capacity * sizeof *table->entries);
  edi_arena_release(b->arena, table->slots, table->slot_count * sizeof *table->slots);
  *table = (intern){.entries = NULL};
}

/* Notes that these bytes stand at `result`. */
static void intern_add(edi_builder *b, intern *table, const wanted *w, uint32_t result) {
  if (b->failed != EDICT_OK) return;
  if (!intern_grow(b, table)) {
    fail(b, edi_arena_status(b->arena));
    return;
  }
  table->entries[table->count] = (intern_entry){w->hash, w->tag, result, (uint32_t)w->bytes.len};
  intern_place(table, table->count++);
}

edi_ref edi_builder_string(edi_builder *b, edi_str text) {
  if (text.len == 0) return (edi_ref){0, 0};
  const wanted w = want(text_at, text.ptr, text.len, 0);
  const intern_entry *known = intern_find(b, &b->texts, &w);
  if (known) return (edi_ref){known->result, (uint32_t)text.len};
  if (text.len > EDI_LIMIT_BUNDLE_FILE) {
    fail(b, EDICT_LIMIT);
    return (edi_ref){0, 0};
  }
  uint32_t off = edi_builder_add_strings(b, text.ptr, (uint32_t)text.len);
  intern_add(b, &b->texts, &w, off);
  return b->failed == EDICT_OK ? (edi_ref){off, (uint32_t)text.len} : (edi_ref){0, 0};
}

uint32_t edi_builder_const(edi_builder *b, edi_const constant) {
  const wanted w = want(const_at, &constant, sizeof constant, 0);
  const intern_entry *known = intern_find(b, &b->consts_known, &w);
  if (known) return known->result;
  uint32_t index = edi_builder_add_consts(b, &constant, 1);
  intern_add(b, &b->consts_known, &w, index);
  return index;
}

uint32_t edi_builder_const_text(edi_builder *b, edi_type type, edi_str text) {
  edi_ref ref = edi_builder_string(b, text);
  return edi_builder_const(b, (edi_const){.type = type, .aux = ref.len, .value = ref.off});
}

edi_range edi_builder_list(edi_builder *b, const uint32_t *items, uint32_t count) {
  if (count == 0) return (edi_range){0, 0};
  const wanted w = want(list_at, items, count * sizeof *items, 0);
  const intern_entry *known = intern_find(b, &b->lists_known, &w);
  if (known) return (edi_range){known->result, count};
  uint32_t first = edi_builder_add_lists(b, items, count);
  intern_add(b, &b->lists_known, &w, first);
  return (edi_range){first, count};
}

edi_range edi_builder_list_sorted(edi_builder *b, uint32_t *items, uint32_t count) {
  return edi_builder_list(b, items, edi_order_distinct(items, count));
}

uint32_t edi_builder_const_set(edi_builder *b, edi_type element, uint32_t *members,
                               uint32_t count) {
  edi_range list = edi_builder_list_sorted(b, members, count);
  return edi_builder_const(
      b, (edi_const){.type = element | EDI_TYPE_SET, .aux = list.count, .value = list.first});
}

uint32_t edi_builder_nodes(edi_builder *b, uint32_t *nodes, uint32_t count) {
  enum { FEW = 16 };
  uint32_t few[FEW + 1], distinct = edi_order_distinct(nodes, count);
  uint32_t *counted = distinct <= FEW ? few : EDI_NEW_ARRAY(b->arena, uint32_t, (size_t)distinct + 1);
  if (!counted) {
    fail(b, edi_arena_status(b->arena));
    return 0;
  }
  counted[0] = distinct;
  if (distinct > 0) memcpy(counted + 1, nodes, distinct * sizeof *nodes);
  return edi_builder_list(b, counted, distinct + 1).first;
}

uint32_t edi_builder_code(edi_builder *b, const edi_instr *instrs, uint32_t count, edi_type type) {
  const wanted w = want(code_at, instrs, (size_t)count * sizeof *instrs, type);
  const intern_entry *known = intern_find(b, &b->codes_known, &w);
  if (known) return known->result;
  edi_routine routine = {.instrs = {edi_builder_add_instrs(b, instrs, count), count}, .type = type};
  uint32_t index = edi_builder_add_codes(b, &routine, 1);
  intern_add(b, &b->codes_known, &w, index);
  return index;
}

/* A fact is a pair; the attribute, which stands first, decides. */
static int compare_facts(const void *context, const void *a, const void *b) {
  const edi_fact *left = a, *right = b;
  (void)context;
  return left->attr < right->attr ? -1 : left->attr > right->attr;
}

edi_range edi_builder_facts(edi_builder *b, edi_fact *facts, uint32_t count) {
  edi_fact *spare = EDI_NEW_ARRAY(b->arena, edi_fact, count);
  if (!spare) {
    fail(b, edi_arena_status(b->arena));
    return (edi_range){0, 0};
  }
  edi_order_sort(facts, spare, count, sizeof *facts, compare_facts, NULL);
  return (edi_range){edi_builder_add_facts(b, facts, count), count};
}

/* ---- finish ---- */

static edi_program view(const edi_builder *b) {
  return (edi_program){
#define SECTION(NAME, type, member) .member = b->member, .member##_count = b->member##_count,
      EDI_SECTIONS(SECTION)
#undef SECTION
  };
}

static bool within(edi_range range, uint32_t count) {
  return range.first <= count && range.count <= count - range.first;
}

static bool code_within(const edi_builder *b, uint32_t code) {
  return code == EDI_NONE || code < b->codes_count;
}

static bool duty_within(const edi_builder *b, const edi_duty *duty) {
  if (!within(duty->args, b->lists_count)) return false;
  for (uint32_t i = 0; i < duty->args.count; i++)
    if (b->lists[duty->args.first + i] >= b->codes_count) return false;
  return true;
}

/* Whether every index is in range that the measures follow; the verifier asks for the rest. */
static bool measurable(const edi_builder *b) {
  if (b->settings_count != 1) return false;
  for (uint32_t i = 0; i < b->attrs_count; i++)
    if (!within((edi_range){b->attrs[i].name.off, b->attrs[i].name.len}, b->strings_count))
      return false;
  for (uint32_t i = 0; i < b->instrs_count; i++)
    if (b->instrs[i].op >= EDI_OP_COUNT ||
        (b->instrs[i].op == EDI_OP_ATTR && b->instrs[i].imm >= b->attrs_count))
      return false;
  for (uint32_t i = 0; i < b->codes_count; i++)
    if (!within(b->codes[i].instrs, b->instrs_count)) return false;
  for (uint32_t i = 0; i < b->cases_count; i++)
    if (!code_within(b, b->cases[i].condition)) return false;
  for (uint32_t i = 0; i < b->arms_count; i++)
    if (!code_within(b, b->arms[i].column) || !within(b->arms[i].cases, b->cases_count))
      return false;
  for (uint32_t i = 0; i < b->rules_count; i++) {
    const edi_rule *rule = &b->rules[i];
    if (!code_within(b, rule->target) || !code_within(b, rule->condition) ||
        !code_within(b, rule->body) || !within(rule->arms, b->arms_count) ||
        !within(rule->duties, b->duties_count))
      return false;
  }
  for (uint32_t i = 0; i < b->duties_count; i++)
    if (!duty_within(b, &b->duties[i])) return false;
  return true;
}

static edict_status fill_reads(edi_builder *b) {
  edi_program program = view(b);
  edi_attr_sets sets;
  edict_status status = edi_attr_sets_init(&sets, &program, NULL, b->arena);
  uint32_t *attrs = EDI_NEW_ARRAY(b->arena, uint32_t, b->attrs_count);
  if (status != EDICT_OK || !attrs) return edi_arena_status(b->arena);
  for (uint32_t i = 0; i < b->rules_count; i++) {
    uint32_t count = edi_attr_sets_rule(&sets, &b->rules[i], attrs);
    b->rules[i].reads = edi_builder_list_sorted(b, attrs, count);
  }
  return b->failed;
}

static edict_status measure(edi_builder *b) {
  if (!measurable(b)) return EDICT_ARGUMENT;
  edi_program program = view(b);
  for (uint32_t i = 0; i < b->codes_count; i++)
    edi_measure_code(&program, b->instrs + b->codes[i].instrs.first, b->codes[i].instrs.count,
                     &b->codes[i]);
  for (uint32_t i = 0; i < b->rules_count && b->costly == 0; i++)
    if (edi_measure_rule(&program, &b->rules[i]) > EDI_LIMIT_RULE_COST) b->costly = i + 1;
  uint64_t cost = edi_measure_program(&program);
  if (cost > UINT32_MAX) return EDICT_LIMIT;
  b->settings->cost = (uint32_t)cost;
  return fill_reads(b);
}

uint32_t edi_builder_costly(const edi_builder *b) { return b->costly ? b->costly - 1 : EDI_NONE; }

uint32_t edi_builder_cost(const edi_builder *b) { return b->settings_count ? b->settings->cost : 0; }

static void lay_out(const edi_builder *b, edi_buf *into) {
  const edi_section_entry sizes[] = {
#define SECTION(NAME, type, member) {0, (uint64_t)b->member##_count * sizeof(type)},
      EDI_SECTIONS(SECTION)
#undef SECTION
  };
  const void *const contents[] = {
#define SECTION(NAME, type, member) b->member,
      EDI_SECTIONS(SECTION)
#undef SECTION
  };
  edi_section_entry entries[EDI_SECTION_COUNT];
  uint64_t at = sizeof(edi_program_header) + sizeof entries;
  for (size_t i = 0; i < EDI_SECTION_COUNT; i++) {
    entries[i] = (edi_section_entry){(at + 7) & ~(uint64_t)7, sizes[i].length};
    at = entries[i].offset + entries[i].length;
  }
  edi_program_header header = {
      .format = EDI_PROGRAM_FORMAT, .sections = EDI_SECTION_COUNT, .length = at};
  memcpy(header.magic, EDI_RECORDS_MAGIC, sizeof header.magic);
  size_t start = into->len;
  edi_buf_append(into, &header, sizeof header);
  edi_buf_append(into, entries, sizeof entries);
  for (size_t i = 0; i < EDI_SECTION_COUNT; i++) {
    edi_buf_zeros(into, into->failed == EDICT_OK ? entries[i].offset - (into->len - start) : 0);
    edi_buf_append(into, contents[i], entries[i].length);
  }
}

/* ---- the index ---- */

void edi_builder_file_rules(edi_builder *b) { b->files_rules = true; }

static void add_branch(edi_builder *b, edi_branch branch, const uint32_t *lists) {
  if (!edi_guard_is_between(branch.test)) branch.values = edi_builder_list(b, lists + branch.values.first, branch.values.count);
  branch.rules = edi_builder_list(b, lists + branch.rules.first, branch.rules.count);
  (void)edi_builder_add_branches(b, &branch, 1);
}

/* One branch with all rules. */
static void add_first_branch(edi_builder *b) {
  uint32_t *rules = EDI_NEW_ARRAY(b->arena, uint32_t, b->rules_count);
  if (!rules) fail(b, edi_arena_status(b->arena));
  for (uint32_t i = 0; rules && i < b->rules_count; i++) rules[i] = i;
  if (rules) add_branch(b, (edi_branch){.rules = {0, b->rules_count}, .end = 1}, rules);
}

/* Codes of rules in rows have their guards found once. */
static edict_status find_likes(edi_program *p, edi_arena *arena) {
  edi_likes likes;
  edict_status status = edi_likes_init(&likes, p, NULL, arena);
  for (uint32_t i = 0; status == EDICT_OK && i < p->codes_count; i++) (void)edi_likes_find(&likes, i);
  if (status == EDICT_OK) p->likes = likes.of;
  return status;
}

static edict_status file_rules(edi_builder *b) {
  edi_filing filing = {0};
  if (b->rules_count == 0 || b->branches_count) return b->failed;
  if (!b->files_rules) {
    add_first_branch(b);
    return b->failed;
  }
  edi_program program = view(b);
  edi_arena scratch, results; /* what telling rules apart needs is as much as the rules */
  size_t room = (b->arena->ceiling - b->arena->reserved) / 2;
  edi_arena_init(&scratch, b->arena->allocator, room);
  edi_arena_init(&results, b->arena->allocator, room);
  edict_status status = find_likes(&program, &scratch);
  if (status == EDICT_OK) status = edi_filing_make(&program, &results, &scratch, &filing);
  edi_arena_fini(&scratch);
  for (uint32_t i = 0; status == EDICT_OK && i < filing.count; i++) add_branch(b, filing.branches[i], filing.lists);
  edi_arena_fini(&results);
  return status == EDICT_OK ? b->failed : status;
}

static edict_status complete(edi_builder *b) {
  if (b->finished) return EDICT_ARGUMENT;
  b->finished = true;
  intern_forget(b, &b->texts); /* lists alone are looked up from here on */
  intern_forget(b, &b->consts_known);
  intern_forget(b, &b->codes_known);
  if (b->failed == EDICT_OK) b->failed = measure(b);
  if (b->failed == EDICT_OK) b->failed = file_rules(b);
  intern_forget(b, &b->lists_known);
  return b->failed;
}

edict_status edi_builder_finish(edi_builder *b, edi_buf *into) {
  edict_status status = complete(b);
  if (status != EDICT_OK) return status;
  lay_out(b, into);
  return into->failed;
}

/* But for the settings, which say the cost. */
static void release_section(void *user, unsigned section) {
  edi_builder *b = user;
#define SECTION(NAME, type, member)                                                     \
  if (section == EDI_SECTION_##NAME && section != EDI_SECTION_SETTINGS) {               \
    edi_arena_release(b->arena, b->member, b->member##_capacity * sizeof *b->member);   \
    b->member = NULL;                                                                   \
    b->member##_count = 0;                                                              \
    b->member##_capacity = 0;                                                           \
  }
  EDI_SECTIONS(SECTION)
#undef SECTION
}

edict_status edi_builder_pack(edi_builder *b, edi_buf *into) {
  edict_status status = complete(b);
  if (status != EDICT_OK) return status;
  edi_program program = view(b);
  return edi_program_pack_away(&program, b->arena, release_section, b, into);
}
