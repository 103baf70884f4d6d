/* Fused: see the header.
 *
 * One pass in order over a routine. For each register it is known what it holds here: a value that stands
 * somewhere else and need not be copied, a value of its own, or a truth. A jump brings this knowledge along to
 * its target; where two paths disagree the register cannot be read, and a routine that reads it nevertheless
 * is left as it is.
 *
 * An operand that is a constant is the number of the instruction that names it, so codes that are like one another
 * run in one form, and each with its own constants. */
#include "eval/fused.h"

#include "bundle/limits.h"
#include "eval/link.h"

enum {
  REGISTERS = EDI_LIMIT_CODE_REGISTERS,
  JUMPS = 32,        /* on their way at once; deeper nesting is left as it is */
  ROOM = 1024,       /* instructions of the result; longer ones are left as they are */
  NOWHERE = 255,     /* not written, or not on every path in one way */
  AS_TRUTH = 254,
};

/* base: the type of what stands there, NONE where that is not known. */
typedef struct place { uint8_t from, base; uint32_t at; } place;

/* A jump on its way: from which instruction, to which of the routine's, and what the registers hold. */
typedef struct branch { uint32_t at, target; place registers[REGISTERS]; } branch;

typedef struct fuser {
  const edi_linked *linked;
  const edi_instr *code;
  uint32_t count, registers;
  bool failed, asked;
  edi_fused out[ROOM];
  place now[REGISTERS];
  uint32_t jump_count;
  branch jumps[JUMPS];
} fuser;

static void put(fuser *f, unsigned op, unsigned dst, place a, place b, uint32_t imm) {
  if (f->count == ROOM) f->failed = true;
  else f->out[f->count++] = (edi_fused){(uint8_t)op, (uint8_t)dst, a.from, b.from, a.at, b.at, imm};
}

static place plain(uint32_t number) { return (place){.from = EDI_FROM_REGISTER, .at = number}; }
static place truth_at(uint32_t number) { return (place){.from = AS_TRUTH, .at = number}; }

/* ---- what registers hold ---- */

static place source_of(const fuser *f, uint32_t attr) {
  const edi_attr *a = &f->linked->program.attrs[attr];
  place p = {EDI_FROM_RESOURCE, (uint8_t)EDI_TYPE_BASE(a->type), f->linked->slot_of[attr]};
  if (a->entity == EDI_ENTITY_SUBJECT) p.from = EDI_FROM_SUBJECT;
  if (a->entity == EDI_ENTITY_CONTEXT) p.from = EDI_FROM_CONTEXT;
  if (a->entity == EDI_ENTITY_COLUMN) p.from = NOWHERE;
  if (a->entity == EDI_ENTITY_PRODUCT || a->entity == EDI_ENTITY_DATASET) {
    p.from = EDI_FROM_FACTS;
    p.at = attr;
  }
  return p;
}

/* The truth in a register, as the number of its truth register. */
static place truth_in(fuser *f, unsigned reg) {
  place *p = &f->now[reg];
  if (p->from == NOWHERE) f->failed = true;
  else if (p->from != AS_TRUTH) {
    put(f, EDI_FUSED_TRUTH, reg, *p, plain(0), 0);
    *p = truth_at(reg);
  }
  return plain(reg);
}

/* The value in a register, wherever it stands. */
static place value_in(fuser *f, unsigned reg) {
  place *p = &f->now[reg];
  if (p->from == NOWHERE) f->failed = true;
  if (p->from == AS_TRUTH) {
    put(f, EDI_FUSED_VALUE, reg, plain(reg), plain(0), 0);
    *p = plain(reg);
  }
  return *p;
}

/* Instructions that take several registers in a row need them filled. */
static void fill(fuser *f, unsigned reg) {
  place p = value_in(f, reg);
  if (p.from == EDI_FROM_REGISTER) return;
  put(f, EDI_FUSED_LOAD, reg, p, plain(0), 0);
  f->now[reg] = plain(reg);
}

static void move(fuser *f, const edi_instr *in) {
  place p = f->now[in->a];
  if (p.from == EDI_FROM_REGISTER || p.from == AS_TRUTH) {
    p = value_in(f, in->a);
    put(f, EDI_FUSED_LOAD, in->dst, p, plain(0), 0);
    p = plain(in->dst);
  }
  if (p.from == NOWHERE) f->failed = true;
  f->now[in->dst] = p;
}

/* ---- paths ---- */

static void jump(fuser *f, const edi_instr *in) {
  place condition = truth_in(f, in->a);
  if (f->jump_count == JUMPS) {
    f->failed = true;
    return;
  }
  branch *b = &f->jumps[f->jump_count++];
  b->at = f->count;
  b->target = in->imm;
  memcpy(b->registers, f->now, f->registers * sizeof *f->now);
  put(f, in->op, 0, condition, plain(0), 0);
}

/* Two constants may be one, which likes need not have in common. */
static bool is_same(fuser *f, const place *a, const place *b) {
  if (a->from != b->from) return false;
  if (a->at == b->at || a->from != EDI_FROM_CONST) return a->at == b->at;
  f->asked = true;
  return f->code[a->at].imm == f->code[b->at].imm;
}

/* Jumps that arrive at instruction `at` know where it stands now. */
static void arrive(fuser *f, uint32_t at) {
  uint32_t left = 0;
  for (uint32_t i = 0; i < f->jump_count; i++) {
    branch *b = &f->jumps[i];
    if (b->target != at) {
      if (left != i) f->jumps[left] = *b;
      left++;
      continue;
    }
    f->out[b->at].imm = f->count - b->at - 1;
    for (uint32_t r = 0; r < f->registers; r++)
      if (!is_same(f, &b->registers[r], &f->now[r])) f->now[r].from = NOWHERE;
  }
  f->jump_count = left;
}

/* ---- instructions ---- */

/* The test for operands of this type, if there is one that need not ask. */
static unsigned typed(unsigned op, unsigned base) {
  bool text = edi_base_is_text(base);
  bool scaled = base == EDI_TYPE_DECIMAL || base == EDI_TYPE_DURATION;
  if (op == EDI_OP_EQ && text) return EDI_FUSED_EQ_TEXT;
  if (op == EDI_OP_EQ && base == EDI_TYPE_NODE) return EDI_FUSED_EQ_NODE;
  if (op == EDI_OP_IS) return EDI_FUSED_IS_NODE;
  if (text || scaled || base == EDI_TYPE_NONE) return op;
  return op == EDI_OP_EQ ? EDI_FUSED_EQ_INT : op == EDI_OP_LT ? EDI_FUSED_LT_INT : op == EDI_OP_LE ? EDI_FUSED_LE_INT : op;
}

unsigned edi_fused_test(unsigned op, unsigned base_a, unsigned base_b, bool *turned) {
  unsigned set = op == EDI_OP_HAS ? base_a : base_b; /* HAS has the set first, IN second */
  *turned = false;
  if ((op == EDI_OP_HAS || op == EDI_OP_IN) && edi_base_is_text(set)) {
    *turned = op == EDI_OP_IN;
    return EDI_FUSED_HAS_TEXT;
  }
  if (op == EDI_OP_OVERLAPS && (edi_base_is_text(base_a) || edi_base_is_text(base_b))) return EDI_FUSED_OVERLAPS_TEXT;
  bool scalar = op == EDI_OP_EQ || op == EDI_OP_LT || op == EDI_OP_LE || op == EDI_OP_IS;
  return scalar ? typed(op, base_b != EDI_TYPE_NONE ? base_b : base_a) : op; /* both are of one type */
}

static void operation(fuser *f, const edi_instr *in) {
  const edi_opcode *opcode = &edi_opcodes[in->op];
  place a = edi_operand_is_register(opcode->a) ? value_in(f, in->a) : plain(in->a);
  place b = edi_operand_is_register(opcode->b) ? value_in(f, in->b) : plain(in->b);
  bool turned, answers = opcode->dst == EDI_OPERAND_BOOL;
  unsigned op = edi_fused_test(in->op, a.base, b.base, &turned);
  if (turned) {
    place set = b;
    b = a;
    a = set;
  }
  put(f, op, in->dst, a, b, in->imm);
  f->now[in->dst] = answers ? truth_at(in->dst) : plain(in->dst);
}

static void connect(fuser *f, const edi_instr *in) {
  place a = truth_in(f, in->a), b = in->op == EDI_OP_NOT ? plain(0) : truth_in(f, in->b);
  put(f, in->op, in->dst, a, b, 0);
  f->now[in->dst] = truth_at(in->dst);
}

static void look_up(fuser *f, const edi_instr *in) {
  for (unsigned i = 0; i < in->b; i++) fill(f, in->a + i);
  put(f, in->op, in->dst, plain(in->a), plain(in->b), in->imm);
  f->now[in->dst] = in->op == EDI_OP_IN_TABLE ? truth_at(in->dst) : plain(in->dst);
}

static void step(fuser *f, const edi_instr *in) {
  switch (in->op) {
    case EDI_OP_CONST:
      f->now[in->dst] = (place){EDI_FROM_CONST, (uint8_t)EDI_TYPE_BASE(f->linked->program.consts[in->imm].type), (uint32_t)(in - f->code)};
      return;
    case EDI_OP_ATTR: f->now[in->dst] = source_of(f, in->imm); return;
    case EDI_OP_ROW:
      f->now[in->dst] = (place){EDI_FROM_ROW, (uint8_t)EDI_TYPE_BASE(f->linked->program.rowslots[in->imm].type), in->imm};
      return;
    case EDI_OP_MOVE: move(f, in); return;
    case EDI_OP_JUMP_NO:
    case EDI_OP_JUMP_YES: jump(f, in); return;
    case EDI_OP_AND:
    case EDI_OP_OR:
    case EDI_OP_NOT: connect(f, in); return;
    case EDI_OP_RETURN: put(f, in->op, 0, truth_in(f, in->a), plain(0), 0); return;
    case EDI_OP_IN_TABLE:
    case EDI_OP_TABLE_VALUE: look_up(f, in); return;
    default: operation(f, in);
  }
}

/* Only the instructions are kept: what is known of registers lives for the pass. */
static bool fuse(fuser *f, const edi_instr *instrs, uint32_t count) {
  for (uint32_t r = 0; r < f->registers; r++) f->now[r] = (place){.from = NOWHERE};
  for (uint32_t i = 0; i < count && !f->failed; i++) {
    arrive(f, i);
    step(f, &instrs[i]);
  }
  return !f->failed;
}

edict_status edi_fuse(const edi_linked *linked, uint32_t code, edi_arena *arena, bool *asked, const edi_fused **out) {
  const edi_routine *routine = &linked->program.codes[code];
  fuser f;
  f.linked = linked;
  f.code = linked->program.instrs + routine->instrs.first;
  f.count = f.jump_count = 0;
  f.registers = routine->registers;
  f.failed = f.asked = false;
  *out = NULL;
  bool fused = fuse(&f, f.code, routine->instrs.count);
  *asked = f.asked;
  if (!fused) return EDICT_OK;
  edi_fused *kept = EDI_NEW_ARRAY(arena, edi_fused, f.count);
  if (!kept) return edi_arena_status(arena);
  memcpy(kept, f.out, f.count * sizeof *kept);
  *out = kept;
  return EDICT_OK;
}
