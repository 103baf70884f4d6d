/* Program pieces: see the header. */
#include "program_pieces.h"

#include <stdlib.h>

#include "bundle/measure.h"
#include "bundle/opcode.h"
#include "bundle/packing.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

static const uint32_t record_sizes[EDI_SECTION_COUNT] = {
#define SECTION(NAME, type, member) sizeof(type),
    EDI_SECTIONS(SECTION)
#undef SECTION
};

bool pieces_init(program_pieces *p) {
  *p = (program_pieces){0};
  for (unsigned s = 0; s < EDI_SECTION_COUNT; s++) {
    p->bytes[s] = malloc(PIECE_MOST);
    if (!p->bytes[s]) return false;
  }
  return true;
}

void pieces_fini(program_pieces *p) {
  for (unsigned s = 0; s < EDI_SECTION_COUNT; s++) free(p->bytes[s]);
  *p = (program_pieces){0};
}

bool pieces_take(program_pieces *p, const edi_program *program) {
  bool fits = true;
#define SECTION(NAME, type, member)                                                       \
  fits = fits && program->member##_count <= PIECE_MOST / 2 / sizeof(type);                \
  p->length[EDI_SECTION_##NAME] = fits ? program->member##_count * (uint32_t)sizeof(type) : 0; \
  if (p->length[EDI_SECTION_##NAME] > 0)                                                  \
    memcpy(p->bytes[EDI_SECTION_##NAME], program->member, p->length[EDI_SECTION_##NAME]);
  EDI_SECTIONS(SECTION)
#undef SECTION
  return fits;
}

/* ---- changes ---- */

static uint32_t records(const program_pieces *p, unsigned section) { return p->length[section] / record_sizes[section]; }

static unsigned char *record(const program_pieces *p, unsigned section, uint32_t number) {
  return p->bytes[section] + (size_t)number * record_sizes[section];
}

/* A section that has something; those that decide most come up most. */
static unsigned some_section(const program_pieces *p, random_source *r) {
  static const uint8_t often[] = {EDI_SECTION_RULES,   EDI_SECTION_RULES,    EDI_SECTION_INSTRS, EDI_SECTION_INSTRS, EDI_SECTION_CONSTS,
                                  EDI_SECTION_CODES,   EDI_SECTION_LISTS,    EDI_SECTION_NODES,  EDI_SECTION_ATTRS,  EDI_SECTION_COLUMNS,
                                  EDI_SECTION_DATASETS, EDI_SECTION_ROWSLOTS, EDI_SECTION_MASKS, EDI_SECTION_FACTS,  EDI_SECTION_BRANCHES};
  for (int tries = 0; tries < 16; tries++) {
    unsigned section = random_below(r, 3) ? often[random_below(r, COUNT(often))] : (unsigned)random_below(r, EDI_SECTION_STRINGS);
    if (records(p, section) > 0) return section;
  }
  return EDI_SECTION_SETTINGS;
}

static uint32_t some_value(const program_pieces *p, random_source *r, uint32_t old) {
  static const uint32_t edges[] = {0, 1, 2, 0x7F, 0xFF, 0x100, 0x101, 0x200, 0xFFFF, 0x7FFFFFFF, 0x80000000, EDI_NONE - 1, EDI_NONE};
  switch (random_below(r, 6)) {
    case 0: return old + 1;
    case 1: return old - 1;
    case 2: return edges[random_below(r, COUNT(edges))];
    case 3: return old ^ (1u << random_below(r, 32));
    case 4: return records(p, (unsigned)random_below(r, EDI_SECTION_COUNT)) - (uint32_t)random_below(r, 2);
    default: return (uint32_t)random_below(r, 32);
  }
}

static void change_field(program_pieces *p, random_source *r) {
  unsigned section = some_section(p, r);
  uint32_t count = records(p, section), size = record_sizes[section];
  if (count == 0) return;
  unsigned char *at = record(p, section, (uint32_t)random_below(r, count));
  size_t word = 4 * random_below(r, size / 4);
  if (random_below(r, 5) < 3) { /* what another record has there is of the right kind */
    memcpy(at + word, record(p, section, (uint32_t)random_below(r, count)) + word, 4);
    return;
  }
  edi_put32(at + word, some_value(p, r, edi_get32(at + word)));
}

static void change_record(program_pieces *p, const program_pieces *donor, random_source *r) {
  unsigned char spare[256];
  unsigned section = some_section(p, r);
  uint32_t count = records(p, section), size = record_sizes[section];
  if (count == 0 || size > sizeof spare) return;
  unsigned char *to = record(p, section, (uint32_t)random_below(r, count));
  const program_pieces *from = random_below(r, 3) == 0 && records(donor, section) > 0 ? donor : p;
  unsigned char *other = record(from, section, (uint32_t)random_below(r, records(from, section)));
  memcpy(spare, to, size);
  memmove(to, other, size);
  if (from == p && random_below(r, 2)) memcpy(other, spare, size);
}

/* Another instruction with operands of the same kinds, or another operand. */
static void change_instr(program_pieces *p, random_source *r) {
  uint32_t count = records(p, EDI_SECTION_INSTRS);
  if (count == 0) return;
  edi_instr in, other;
  unsigned char *at = record(p, EDI_SECTION_INSTRS, (uint32_t)random_below(r, count));
  memcpy(&in, at, sizeof in);
  memcpy(&other, record(p, EDI_SECTION_INSTRS, (uint32_t)random_below(r, count)), sizeof other);
  uint64_t how = random_below(r, 8);
  for (int tries = 0; how < 3 && in.op < EDI_OP_COUNT && tries < 64; tries++) {
    const edi_opcode *now = &edi_opcodes[in.op];
    uint8_t op = (uint8_t)random_below(r, EDI_OP_COUNT);
    const edi_opcode *then = &edi_opcodes[op];
    if (op == in.op || now->a != then->a || now->b != then->b || now->dst != then->dst || now->imm != then->imm) continue;
    in.op = op;
    break;
  }
  if (how == 3) in = (edi_instr){in.op, in.dst, in.b, in.a, in.imm};
  if (how == 4) in.a = (uint8_t)random_below(r, 6);
  if (how == 5) in.dst = (uint8_t)random_below(r, 6);
  if (how == 6 && in.op < EDI_OP_COUNT && other.op < EDI_OP_COUNT && edi_opcodes[in.op].imm == edi_opcodes[other.op].imm) in.imm = other.imm;
  if (how == 7) in.b = (uint8_t)random_below(r, 256);
  memcpy(at, &in, sizeof in);
}

static void change_text(program_pieces *p, random_source *r) {
  uint32_t length = p->length[EDI_SECTION_STRINGS];
  static const char often[] = "a.z*?-/ _\\[](){}|+^$09:\x80\xC3\xED\xF4\xFF";
  if (length == 0) return;
  uint32_t at = (uint32_t)random_below(r, length);
  p->bytes[EDI_SECTION_STRINGS][at] =
      random_below(r, 2) ? (unsigned char)often[random_below(r, sizeof often)]
                         : p->bytes[EDI_SECTION_STRINGS][random_below(r, length)];
}

/* Records less or more at the end of a section, or all of it as another program has it. */
static void change_section(program_pieces *p, const program_pieces *donor, random_source *r) {
  unsigned section = random_below(r, 4) ? some_section(p, r) : (unsigned)random_below(r, EDI_SECTION_COUNT);
  uint32_t size = record_sizes[section], count = records(p, section);
  switch (random_below(r, 4)) {
    case 0:
      if (count > 0) p->length[section] -= size;
      return;
    case 1:
      if (count == 0 || p->length[section] + size > PIECE_MOST) return;
      memcpy(record(p, section, count), record(p, section, (uint32_t)random_below(r, count)), size);
      p->length[section] += size;
      return;
    case 2:
      if (p->length[section] + size > PIECE_MOST) return;
      memset(record(p, section, count), random_below(r, 2) ? 0 : 0xFF, size);
      p->length[section] += size;
      return;
    default:
      p->length[section] = donor->length[section];
      memcpy(p->bytes[section], donor->bytes[section], donor->length[section]);
  }
}

void pieces_change(program_pieces *p, const program_pieces *donor, random_source *r) {
  uint64_t how = random_below(r, 100);
  if (how < 38) change_field(p, r);
  else if (how < 58) change_record(p, donor, r);
  else if (how < 84) change_instr(p, r);
  else if (how < 94) change_text(p, r);
  else change_section(p, donor, r);
}

/* ---- repairs ---- */

/* The pieces as a program whose indices nobody has looked at. */
static edi_program view(const program_pieces *p) {
  edi_program program;
#define SECTION(NAME, type, member)                                     \
  program.member = (const type *)(const void *)p->bytes[EDI_SECTION_##NAME]; \
  program.member##_count = records(p, EDI_SECTION_##NAME);
  EDI_SECTIONS(SECTION)
#undef SECTION
  return program;
}

static bool within(edi_range range, uint32_t count) { return range.first <= count && range.count <= count - range.first; }

/* Whether measuring the code reads nothing that is not there. */
static bool measurable(const edi_program *p, const edi_routine *code) {
  if (!within(code->instrs, p->instrs_count)) return false;
  for (uint32_t i = 0; i < code->instrs.count; i++) {
    const edi_instr *in = &p->instrs[code->instrs.first + i];
    if (in->op >= EDI_OP_COUNT) return false;
    if (edi_opcodes[in->op].imm != EDI_IMMEDIATE_ATTR) continue;
    if (in->imm >= p->attrs_count) return false;
    edi_ref name = p->attrs[in->imm].name;
    if (name.off > p->strings_count || name.len > p->strings_count - name.off) return false;
  }
  return true;
}

static void repair_codes(program_pieces *p) {
  edi_program program = view(p);
  for (uint32_t i = 0; i < program.codes_count; i++) {
    edi_routine *code = (edi_routine *)(void *)record(p, EDI_SECTION_CODES, i);
    if (measurable(&program, code)) edi_measure_code(&program, program.instrs + code->instrs.first, code->instrs.count, code);
  }
}

static int by_number(const void *a, const void *b) {
  uint32_t x, y;
  memcpy(&x, a, sizeof x);
  memcpy(&y, b, sizeof y);
  return x < y ? -1 : x > y;
}

static edi_range append_list(program_pieces *p, const uint32_t *items, uint32_t count) {
  edi_range out = {records(p, EDI_SECTION_LISTS), count};
  if (count == 0 || count * 4 > PIECE_MOST - p->length[EDI_SECTION_LISTS]) return (edi_range){0, 0};
  memcpy(p->bytes[EDI_SECTION_LISTS] + p->length[EDI_SECTION_LISTS], items, count * 4);
  p->length[EDI_SECTION_LISTS] += count * 4;
  return out;
}

static uint32_t add_reads(const edi_program *p, uint32_t code, uint32_t *attrs, uint32_t count) {
  if (code >= p->codes_count || !within(p->codes[code].instrs, p->instrs_count)) return count;
  for (uint32_t i = 0; i < p->codes[code].instrs.count && count < 1024; i++) {
    const edi_instr *in = &p->instrs[p->codes[code].instrs.first + i];
    if (in->op == EDI_OP_ATTR) attrs[count++] = in->imm;
  }
  return count;
}

/* What target, condition and body read, where the rule's own list is another. */
static void repair_reads(program_pieces *p) {
  static uint32_t attrs[1024];
  edi_program program = view(p);
  for (uint32_t i = 0; i < program.rules_count; i++) {
    edi_rule *rule = (edi_rule *)(void *)record(p, EDI_SECTION_RULES, i);
    uint32_t count = add_reads(&program, rule->target, attrs, 0), distinct = 0;
    count = add_reads(&program, rule->condition, attrs, count);
    count = add_reads(&program, rule->body, attrs, count);
    qsort(attrs, count, sizeof *attrs, by_number);
    for (uint32_t k = 0; k < count; k++)
      if (k == 0 || attrs[k] != attrs[k - 1]) attrs[distinct++] = attrs[k];
    bool same = within(rule->reads, program.lists_count) && rule->reads.count == distinct &&
                memcmp(program.lists + rule->reads.first, attrs, distinct * 4) == 0;
    if (!same) rule->reads = append_list(p, attrs, distinct);
    program = view(p);
  }
}

static void flatten_index(program_pieces *p) {
  static uint32_t all[4096];
  uint32_t count = records(p, EDI_SECTION_RULES);
  if (count > COUNT(all)) return;
  for (uint32_t i = 0; i < count; i++) all[i] = i;
  edi_branch first = {.rules = append_list(p, all, count), .end = 1};
  p->length[EDI_SECTION_BRANCHES] = count ? sizeof first : 0;
  if (count) memcpy(p->bytes[EDI_SECTION_BRANCHES], &first, sizeof first);
}

static uint64_t cost_of(const edi_program *p, uint32_t code) { return code < p->codes_count ? p->codes[code].cost : 0; }

/* As edi_measure_program, of what may be anything. */
static uint64_t rule_cost(const edi_program *p, const edi_rule *rule) {
  uint64_t cost = cost_of(p, rule->target) + cost_of(p, rule->condition) + cost_of(p, rule->body);
  for (uint32_t j = 0; within(rule->duties, p->duties_count) && j < rule->duties.count; j++) {
    edi_range args = p->duties[rule->duties.first + j].args;
    for (uint32_t k = 0; within(args, p->lists_count) && k < args.count; k++) cost += cost_of(p, p->lists[args.first + k]);
  }
  for (uint32_t j = 0; within(rule->arms, p->arms_count) && j < rule->arms.count; j++) {
    const edi_arm *arm = &p->arms[rule->arms.first + j];
    cost += cost_of(p, arm->column);
    for (uint32_t k = 0; within(arm->cases, p->cases_count) && k < arm->cases.count; k++)
      cost += cost_of(p, p->cases[arm->cases.first + k].condition);
  }
  return cost;
}

void pieces_repair(program_pieces *p, bool index) {
  repair_codes(p);
  repair_reads(p);
  if (index) flatten_index(p);
  edi_program program = view(p);
  uint64_t cost = 0;
  for (uint32_t i = 0; i < program.rules_count; i++) cost += rule_cost(&program, &program.rules[i]);
  if (p->length[EDI_SECTION_SETTINGS] >= sizeof(edi_settings))
    ((edi_settings *)(void *)p->bytes[EDI_SECTION_SETTINGS])->cost = cost < UINT32_MAX ? (uint32_t)cost : UINT32_MAX;
}

uint32_t pieces_cost(const program_pieces *p) {
  if (p->length[EDI_SECTION_SETTINGS] < sizeof(edi_settings)) return 0;
  return ((const edi_settings *)(const void *)p->bytes[EDI_SECTION_SETTINGS])->cost;
}

/* ---- writing ---- */

bool pieces_pack(const program_pieces *p, edi_buf *into) {
  edi_program program = view(p);
  edi_arena scratch;
  edi_arena_init(&scratch, NULL, (size_t)1 << 28);
  into->len = 0;
  edict_status status = edi_program_pack(&program, &scratch, into);
  edi_arena_fini(&scratch);
  return status == EDICT_OK;
}
