/* Codes: the verifier's walk over any few instructions; and any path that can be taken through what it takes. */
#include "model.h"

#include "no_findings.h"
#include "runtime/bundle/program.c"
#include "runtime/bundle/verify_code.c"

bool edi_str_equal(edi_str a, edi_str b) {
  (void)a, (void)b;
  return any_bool();
}
bool edi_verifier_fail(edi_verifier *v, edi_code code, const char *field, const char *format, ...) {
  (void)v, (void)code, (void)field, (void)format;
  return false;
}
bool edi_verifier_limit(edi_verifier *v, const char *field, uint64_t most, const char *what) {
  (void)v, (void)field, (void)most, (void)what;
  return false;
}
void edi_verifier_at(edi_verifier *v, unsigned section, uint32_t record) { (void)v, (void)section, (void)record; }
void *edi_verifier_scratch(edi_verifier *v, size_t count, size_t size) { return edi_arena_array(v->arena, count, size); }
bool edi_verifier_no_index(edi_verifier *v, const char *field) {
  (void)v, (void)field;
  return false;
}
/* Shown of ranges elsewhere: here they lie where they should. */
bool edi_verifier_own_some(edi_verifier *v, const char *field, edi_range range, unsigned section) {
  (void)v, (void)field, (void)range, (void)section;
  return true;
}
bool edi_verifier_nodes(edi_verifier *v, const char *field, edi_range range, uint32_t kind) {
  (void)v, (void)field, (void)range, (void)kind;
  return any_bool();
}
bool edi_verifier_type(edi_verifier *v, const char *field, edi_type type) {
  (void)v, (void)field, (void)type;
  return true;
}
bool edi_cidr_parse(edi_str text, unsigned char address[16], unsigned *prefix) {
  (void)text, (void)address, (void)prefix;
  return any_bool();
}
void edi_measure_code(const edi_program *p, const edi_instr *instrs, uint32_t count, edi_routine *routine) {
  (void)p, (void)instrs, (void)count;
  *routine = (edi_routine){.registers = any_u32(), .cost = any_u32(), .reads = any_u32()};
}
uint32_t edi_likes_find(edi_likes *likes, uint32_t code) {
  (void)likes;
  return code;
}

enum { INSTRS = 4, REGISTERS_HERE = 2, RECORDS = 2 };

/* What records before have already: a base that there is. */
static edi_type any_type(void) {
  edi_type type = any_u32();
  assume(EDI_TYPE_BASE(type) >= EDI_TYPE_BOOL && EDI_TYPE_BASE(type) <= EDI_TYPE_SUBJECT);
  return type;
}

/* Records that instructions name, of any types; the one table has one key and one value. */
typedef struct records {
  edi_const consts[RECORDS];
  edi_attr attrs[RECORDS];
  edi_rowslot rowslots[RECORDS];
  edi_tablecol columns[RECORDS];
  edi_table table;
  edi_pattern_ref patterns[1];
  uint32_t lists[RECORDS];
  edi_scale scales[1];
  edi_instr instrs[INSTRS];
  edi_routine routine;
} records;

static void any_program(records *r, edi_program *p) {
  for (int i = 0; i < RECORDS; i++) {
    r->consts[i].type = any_type();
    r->attrs[i].type = any_type();
    r->attrs[i].entity = any_u32();
    r->rowslots[i].type = any_type();
    r->columns[i].type = any_type();
    r->columns[i].table = 0;
    r->lists[i] = any_u32();
  }
  r->table.keys = (edi_range){0, 1};
  r->table.values = (edi_range){1, 1};
  r->patterns[0].use = any_u32();
  p->consts = r->consts, p->attrs = r->attrs, p->rowslots = r->rowslots, p->tablecols = r->columns, p->tables = &r->table;
  p->patterns = r->patterns, p->lists = r->lists, p->scales = r->scales, p->instrs = r->instrs, p->codes = &r->routine;
  p->consts_count = p->attrs_count = p->rowslots_count = p->tablecols_count = p->lists_count = RECORDS;
  p->tables_count = p->patterns_count = p->scales_count = p->codes_count = 1;
  p->instrs_count = (uint32_t)any_size(INSTRS);
  r->routine.instrs = (edi_range){0, p->instrs_count};
  r->routine.type = any_type();
  r->routine.registers = REGISTERS_HERE;
  for (uint32_t i = 0; i < INSTRS; i++) r->instrs[i] = (edi_instr){any_byte(), any_byte(), any_byte(), any_byte(), any_u32()};
}

/* The type that an instruction's constant, attribute, cell or column has. */
static edi_type named_type(const edi_program *p, const edi_instr *in) {
  switch (edi_opcodes[in->op].imm) {
    case EDI_IMMEDIATE_CONST: return p->consts[in->imm].type;
    case EDI_IMMEDIATE_ATTR: return p->attrs[in->imm].type;
    case EDI_IMMEDIATE_ROWSLOT: return p->rowslots[in->imm].type;
    case EDI_IMMEDIATE_TABLECOL: return p->tablecols[in->imm].type;
    case EDI_IMMEDIATE_SCALE: return EDI_TYPE_MAKE(EDI_TYPE_LEVEL, in->imm);
    default: return EDI_TYPE_NONE;
  }
}

static void check_read(const records *r, const edi_type *holds, edi_operand operand, uint32_t number) {
  check(number < r->routine.registers, "a register that is read is one of the code's");
  check(holds[number] != EDI_TYPE_NONE, "it was written on the way, whichever it was");
  if (operand > EDI_OPERAND_FIXED) check(EDI_TYPE_BASE(holds[number]) == (unsigned)operand - EDI_OPERAND_FIXED, "and has the operand's type");
}

/* One instruction as a VM runs it; where it goes on. */
static uint32_t run(const records *r, const edi_program *p, uint32_t at, edi_type *holds) {
  const edi_instr *in = &r->instrs[at];
  const edi_opcode *o = &edi_opcodes[in->op];
  if (edi_operand_is_register(o->a)) check_read(r, holds, o->a, in->a);
  if (edi_operand_is_register(o->b)) check_read(r, holds, o->b, in->b);
  if (o->b == EDI_OPERAND_COUNT) check_read(r, holds, o->a, in->a + in->b - 1u);
  if (o->dst != EDI_OPERAND_NONE) {
    check(in->dst < r->routine.registers, "a register that is written is one of the code's");
    holds[in->dst] = o->dst == EDI_OPERAND_A ? holds[in->a] : o->dst == EDI_OPERAND_IMM ? named_type(p, in) : EDI_TYPE_MAKE((unsigned)o->dst - EDI_OPERAND_FIXED, 0);
  }
  if (o->imm != EDI_IMMEDIATE_TARGET) return at + 1;
  check(in->imm > at && in->imm < r->routine.instrs.count, "a jump goes forward, to an instruction of its code");
  return any_bool() ? in->imm : at + 1;
}

void prove_paths(void) {
  static records r;
  static block *pending[INSTRS];
  edi_verifier v = {.status = EDICT_DEFECT};
  uint32_t low[1], high[1] = {0}, thing[1] = {EDI_THING_ANY};
  any_program(&r, &v.p);
  v.slot_low = low, v.slot_high = high, v.code_thing = thing;
  v.kind_domain = any_u32(), v.scale_classification = any_u32();
  walk w = {.v = &v, .pending = pending};
  if (!walk_code(&w, 0)) return;
  for (uint32_t i = 0; i < INSTRS; i++) check(pending[i] == NULL, "whatever jumps brought along was met");
  edi_type holds[REGISTERS_HERE] = {0};
  uint32_t at = 0;
  bool ended = false;
  for (uint32_t step = 0; step < INSTRS && !ended; step++) {
    check(at < r.routine.instrs.count && r.instrs[at].op < EDI_OP_COUNT, "what runs is an instruction of the code");
    ended = r.instrs[at].op == EDI_OP_RETURN;
    if (ended) check(holds[r.instrs[at].a] == r.routine.type, "the answer is of the code's type");
    at = run(&r, &v.p, at, holds);
  }
  check(ended, "every path ends in an answer, after no more steps than there are instructions");
}
