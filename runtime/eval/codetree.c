/* Codetree: see the header. */
#include "eval/codetree.h"

#include "bundle/limits.h"
#include "bundle/opcode.h"

enum { SPARE_MOST = 256 * 1024, ROW_TEXT_MOST = 24 };

/* Room for every text that the code can make, up to a bound: what does not fit is unknown. */
static bool make_spare(edi_codetree *t, edi_arena *arena) {
  size_t made = 0;
  for (uint32_t at = 0; at < t->count && made < SPARE_MOST; at++)
    made += t->code[at].op == EDI_OP_LOWER ? EDI_VM_SCRATCH : t->code[at].op == EDI_OP_ROW ? ROW_TEXT_MOST : 0;
  t->spare.more = made;
  t->spare.scratch = edi_arena_room(arena, EDI_VM_SCRATCH + made, 1);
  return t->spare.scratch != NULL;
}

/* By instruction, who wrote the keys that it looks up: of code that looks nothing up, nobody. */
static uint32_t *make_writers(const edi_codetree *t, edi_arena *arena) {
  size_t most = 0;
  for (uint32_t at = 0; at < t->count; at++)
    if (edi_codetree_looks_up(t->code[at].op)) most = (size_t)at + 1;
  return EDI_NEW_ARRAY(arena, uint32_t, most * EDI_LIMIT_TABLE_COLUMNS);
}

edict_status edi_codetree_init(edi_codetree *t, edi_vm *vm, uint32_t routine, edi_arena *arena) {
  edi_range run = vm->linked->program.codes[routine].instrs;
  *t = (edi_codetree){.vm = vm, .program = &vm->linked->program, .count = run.count, .root = EDI_NONE};
  t->code = t->program->instrs + run.first;
  t->values = EDI_NEW_ARRAY(arena, edi_value, run.count);
  t->operands = edi_arena_array(arena, run.count, sizeof *t->operands);
  t->writers = make_writers(t, arena);
  t->of_row = EDI_NEW_ARRAY(arena, bool, run.count);
  t->fixed = EDI_NEW_ARRAY(arena, edi_truth, run.count);
  bool all = t->values && t->operands && t->writers && t->of_row && t->fixed && make_spare(t, arena);
  return all ? EDICT_OK : edi_arena_status(arena);
}

uint32_t edi_codetree_operand(const edi_codetree *t, uint32_t at, uint32_t k) {
  if (!edi_codetree_looks_up(t->code[at].op)) return k < 2 ? t->operands[at][k] : EDI_NONE;
  return k < t->code[at].b ? t->writers[(size_t)at * EDI_LIMIT_TABLE_COLUMNS + k] : EDI_NONE;
}

/* ---- jumps ---- */

static bool within(uint32_t at, uint32_t after, uint32_t before) { return at != EDI_NONE && at > after && at < before; }

static bool reads_of(const edi_codetree *t, uint32_t at, uint32_t after, uint32_t before) {
  const edi_instr *in = &t->code[at];
  for (uint32_t k = 0; edi_codetree_looks_up(in->op) && k < in->b; k++)
    if (within(t->writers[(size_t)at * EDI_LIMIT_TABLE_COLUMNS + k], after, before)) return true;
  return within(t->operands[at][0], after, before) || within(t->operands[at][1], after, before);
}

/* Whether jumps only spare work, whatever a row holds: each goes behind the AND or OR of what it asked, and what
 * it passes over is not read again. */
static bool spares_alone(const edi_codetree *t) {
  for (uint32_t at = 0; at < t->count; at++) {
    const edi_instr *in = &t->code[at];
    if (in->op != EDI_OP_JUMP_NO && in->op != EDI_OP_JUMP_YES) continue;
    uint32_t join = in->imm - 1, asked = t->operands[at][0];
    bool good = join > at && t->code[join].op == (in->op == EDI_OP_JUMP_NO ? EDI_OP_AND : EDI_OP_OR) &&
                t->code[join].dst == in->a && (t->operands[join][0] == asked || t->operands[join][1] == asked);
    for (uint32_t later = join + 1; good && later < t->count; later++) good = !reads_of(t, later, at, join);
    if (!good) return false;
  }
  return true;
}

bool edi_codetree_link(edi_codetree *t) {
  uint32_t last[EDI_LIMIT_CODE_REGISTERS + 6];
  for (uint32_t at = 0; at < t->count; at++) {
    const edi_instr *in = &t->code[at];
    const edi_opcode *op = &edi_opcodes[in->op];
    bool look_up = edi_codetree_looks_up(in->op);
    t->operands[at][0] = !look_up && edi_operand_is_register(op->a) ? last[in->a] : EDI_NONE;
    t->operands[at][1] = !look_up && edi_operand_is_register(op->b) ? last[in->b] : EDI_NONE;
    for (uint32_t k = 0; look_up && k < in->b; k++)
      t->writers[(size_t)at * EDI_LIMIT_TABLE_COLUMNS + k] = last[in->a + k];
    if (in->op == EDI_OP_RETURN) t->root = last[in->a];
    else if (in->op != EDI_OP_JUMP_NO && in->op != EDI_OP_JUMP_YES) last[in->dst] = at;
  }
  return t->root != EDI_NONE && spares_alone(t);
}

/* ---- what is the same for every row ---- */

static edi_truth fix(const edi_codetree *t, uint32_t at) {
  const edi_instr *in = &t->code[at];
  if (!t->of_row[at]) return t->values[at].base == EDI_TYPE_BOOL && !t->values[at].set ? edi_value_truth(t->values[at]) : EDI_UNKNOWN;
  edi_truth a = t->operands[at][0] == EDI_NONE ? EDI_UNKNOWN : t->fixed[t->operands[at][0]];
  edi_truth b = t->operands[at][1] == EDI_NONE ? EDI_UNKNOWN : t->fixed[t->operands[at][1]];
  edi_truth wins = in->op == EDI_OP_AND ? EDI_NO : EDI_YES;
  if (in->op == EDI_OP_MOVE) return a;
  if (in->op == EDI_OP_NOT) return a == EDI_UNKNOWN ? EDI_UNKNOWN : a == EDI_YES ? EDI_NO : EDI_YES;
  if (in->op != EDI_OP_AND && in->op != EDI_OP_OR) return EDI_UNKNOWN;
  return a == wins || b == wins ? wins : a == b ? a : EDI_UNKNOWN;
}

static void find_fixed(edi_codetree *t) {
  for (uint32_t at = 0; at < t->count; at++) {
    uint8_t op = t->code[at].op;
    if (op == EDI_OP_RETURN || op == EDI_OP_JUMP_NO || op == EDI_OP_JUMP_YES) continue;
    bool of_row = op == EDI_OP_ROW && t->vm->slot_columns[t->code[at].imm - t->vm->slot_base] != EDI_NONE;
    for (uint32_t k = 0, from; (from = edi_codetree_operand(t, at, k)) != EDI_NONE; k++) of_row = of_row || t->of_row[from];
    t->of_row[at] = of_row;
    t->fixed[at] = fix(t, at);
  }
}

edict_status edi_codetree_fold(edi_codetree *t, uint32_t routine) {
  if (!edi_codetree_link(t)) return EDICT_UNSUPPORTED;
  t->spare.always = true;
  (void)edi_vm_values(t->vm, routine, t->values, &t->spare);
  find_fixed(t);
  return EDICT_OK;
}
