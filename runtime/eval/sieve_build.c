/* Sieve, built: the code of one rule, in one way to read its row, as expressions over leaves.
 *
 * What is the same for every row is folded. Each leaf is a part of the code that runs alone; code of which that
 * cannot be said (jumps that do more than spare work, values used twice, texts that share the VM's scratch) is left
 * to the VM as a whole. */
#include "bundle/limits.h"
#include "eval/codetree.h"
#include "eval/sieve.h"

/* Cells that are written out as text take at most so much of the VM's scratch. */
enum { ROW_TEXT_MOST = 24 };

typedef struct builder {
  edi_sieve *sieve;
  edi_sieve_way *way;
  edi_codetree tree;
  uint32_t *leaf_of;         /* by instruction */
  uint32_t *first, *last;    /* by instruction: the least and the greatest column that it reads, EDI_NONE: none */
  bool *part;                /* marks */
  bool *looks;               /* by instruction: there is a look-up in it */
  edi_instr *instrs;         /* of all parts */
  edi_routine *codes;
  uint32_t instr_count, instr_room;
  bool failed;               /* not a tree */
} builder;

/* ---- texts that the VM makes ---- */

static bool makes_text(const edi_sieve_way *way, const edi_instr *in) {
  if (in->op == EDI_OP_LOWER) return true;
  if (in->op != EDI_OP_ROW) return false;
  uint32_t column = way->vm.slot_columns[in->imm - way->vm.slot_base];
  unsigned wanted = EDI_TYPE_BASE(way->vm.linked->slot_types[in->imm]);
  return column != EDI_NONE &&
         (wanted == EDI_TYPE_IP || (wanted == EDI_TYPE_ID && way->vm.column_types[column] == EDI_TYPE_INT));
}

/* Whether each part finds as much room for its texts alone as in the whole. */
static bool shares_no_room(const builder *b) {
  uint32_t lowers = 0, all = 0;
  for (uint32_t at = 0; at < b->tree.count; at++) {
    lowers += b->tree.code[at].op == EDI_OP_LOWER;
    all += makes_text(b->way, &b->tree.code[at]);
  }
  return lowers ? all == 1 : all <= EDI_VM_SCRATCH / ROW_TEXT_MOST;
}

/* ---- which columns ---- */

static void find_columns(builder *b) {
  const edi_codetree *t = &b->tree;
  for (uint32_t at = 0; at < t->count; at++) {
    uint32_t first = EDI_NONE, last = EDI_NONE;
    b->looks[at] = edi_codetree_looks_up(t->code[at].op);
    for (uint32_t k = 0, from; (from = edi_codetree_operand(t, at, k)) != EDI_NONE; k++) b->looks[at] = b->looks[at] || b->looks[from];
    if (t->code[at].op == EDI_OP_ROW && t->of_row[at]) first = last = t->vm->slot_columns[t->code[at].imm - t->vm->slot_base];
    for (uint32_t k = 0, from; t->of_row[at] && (from = edi_codetree_operand(t, at, k)) != EDI_NONE; k++) {
      if (b->first[from] == EDI_NONE) continue;
      if (first == EDI_NONE || b->first[from] < first) first = b->first[from];
      if (last == EDI_NONE || b->last[from] > last) last = b->last[from];
    }
    b->first[at] = first;
    b->last[at] = last;
  }
}

/* ---- parts ---- */

/* Copies what an instruction stands on, in its order, and a RETURN of it. */
static uint32_t copy_part(builder *b, uint32_t at) {
  const edi_codetree *t = &b->tree;
  uint32_t low = at, start = b->instr_count, number = b->way->leaf_count;
  b->part[at] = true;
  for (uint32_t i = at + 1; i-- > low;) {
    for (uint32_t k = 0, from; b->part[i] && (from = edi_codetree_operand(t, i, k)) != EDI_NONE; k++) {
      b->part[from] = true;
      if (from < low) low = from;
    }
  }
  for (uint32_t i = low; i <= at; i++) {
    if (!b->part[i]) continue;
    b->part[i] = false;
    if (b->instr_count + 2 > b->instr_room) b->failed = true;
    else b->instrs[b->instr_count++] = t->code[i];
  }
  if (b->failed) return 0;
  b->instrs[b->instr_count++] = (edi_instr){.op = EDI_OP_RETURN, .a = t->code[at].dst};
  b->codes[number] = (edi_routine){.instrs = {start, b->instr_count - start}, .type = EDI_TYPE_BOOL};
  return number;
}

/* ---- leaves ---- */

/* The row slot behind a node, with what is done to its cell on the way; false: it is something else. */
static bool row_chain(const edi_codetree *t, uint32_t at, uint32_t *slot, uint8_t *step) {
  *step = 0;
  for (uint32_t hops = 0; hops < 8; hops++) {
    const edi_instr *in = &t->code[at];
    if (in->op == EDI_OP_ROW && t->of_row[at]) {
      *slot = in->imm;
      return true;
    }
    if (in->op == EDI_OP_TO_DECIMAL || in->op == EDI_OP_DATE_OF) {
      if (*step) return false;
      *step = in->op;
    } else if (in->op != EDI_OP_MOVE) {
      return false;
    }
    at = t->operands[at][0];
  }
  return false;
}

static edi_relation relation_of(uint8_t op, bool turned) {
  switch ((int)op) {
    case EDI_OP_EQ: return EDI_RELATION_EQ;
    case EDI_OP_LT: return turned ? EDI_RELATION_GT : EDI_RELATION_LT;
    case EDI_OP_LE: return turned ? EDI_RELATION_GE : EDI_RELATION_LE;
    case EDI_OP_IN: return turned ? EDI_RELATION_NONE : EDI_RELATION_IN;
    case EDI_OP_HAS: return turned ? EDI_RELATION_IN : EDI_RELATION_NONE;
    case EDI_OP_IS_SET: return EDI_RELATION_SET;
    default: return EDI_RELATION_NONE;
  }
}

static void describe(const builder *b, uint32_t at, edi_leaf *leaf) {
  const edi_codetree *t = &b->tree;
  uint32_t x = t->operands[at][0], y = t->operands[at][1];
  if (leaf->other != EDI_NONE) {
    uint32_t slots[2];
    uint8_t steps[2];
    uint8_t op = t->code[at].op;
    bool pair = (op == EDI_OP_EQ || op == EDI_OP_LT || op == EDI_OP_LE) && row_chain(t, x, &slots[0], &steps[0]) &&
                row_chain(t, y, &slots[1], &steps[1]) && !steps[0] && !steps[1];
    if (!pair) return;
    leaf->relation = relation_of(op, false);
    leaf->column = t->vm->slot_columns[slots[0] - t->vm->slot_base];
    leaf->other = t->vm->slot_columns[slots[1] - t->vm->slot_base];
    leaf->slot = slots[0];
    leaf->other_slot = slots[1];
    return;
  }
  bool turned = x != EDI_NONE && y != EDI_NONE && !t->of_row[x];
  edi_relation relation = relation_of(t->code[at].op, turned);
  if (relation == EDI_RELATION_NONE || !row_chain(t, turned ? y : x, &leaf->slot, &leaf->step)) return;
  if (relation != EDI_RELATION_SET) {
    uint32_t other = turned ? x : y;
    if (t->of_row[other] || !t->values[other].base) return; /* with something unknown: the VM says so */
    leaf->constant = t->values[other];
  } else if (leaf->step) {
    return;
  }
  leaf->relation = relation;
}

/* With a text of its own: the tree's stands until the VM runs again. */
static bool keep_value(builder *b, edi_value value, edi_value *kept) {
  *kept = value;
  if (!edi_base_is_text(value.base) || value.set) return true;
  kept->as.text = edi_arena_copy(b->sieve->arena, value.as.text, value.length);
  return kept->as.text != NULL;
}

/* A look-up whose keys are cells as they stand, or the same for every row. */
static void describe_keys(builder *b, uint32_t at, edi_leaf *leaf) {
  const edi_codetree *t = &b->tree;
  const edi_instr *in = &t->code[at];
  if (in->op != EDI_OP_IN_TABLE || in->b > EDI_TABLE_MANY_KEYS) return;
  edi_leaf_keys *keys = EDI_NEW(b->sieve->arena, edi_leaf_keys);
  if (!keys) return; /* the VM looks up, which takes longer */
  keys->table = in->imm;
  keys->count = in->b;
  for (uint32_t k = 0; k < in->b; k++) {
    uint32_t from = edi_codetree_operand(t, at, k);
    uint8_t step = 0;
    keys->keys[k].slot = EDI_NONE;
    if (from == EDI_NONE) return;
    if (!t->of_row[from] && keep_value(b, t->values[from], &keys->keys[k].fixed)) continue;
    if (!t->of_row[from] || !row_chain(t, from, &keys->keys[k].slot, &step) || step) return;
  }
  leaf->keys = keys;
}

/* The one row slot that a part reads; EDI_NONE: there are several. */
static uint32_t slot_of(const builder *b, uint32_t routine) {
  uint32_t slot = EDI_NONE;
  edi_range run = b->codes[routine].instrs;
  for (uint32_t i = 0; i < run.count; i++) {
    const edi_instr *in = &b->instrs[run.first + i];
    if (in->op != EDI_OP_ROW || b->way->vm.slot_columns[in->imm - b->way->vm.slot_base] == EDI_NONE) continue;
    if (slot != EDI_NONE && slot != in->imm) return EDI_NONE;
    slot = in->imm;
  }
  return slot;
}

static uint32_t leaf_at(builder *b, uint32_t at) {
  if (b->leaf_of[at] != EDI_NONE) return b->leaf_of[at];
  edi_leaf leaf = {.column = b->first[at], .other = b->first[at] == b->last[at] ? EDI_NONE : b->last[at]};
  leaf.routine = copy_part(b, at);
  if (b->failed) return 0;
  leaf.slot = slot_of(b, leaf.routine);
  describe(b, at, &leaf);
  describe_keys(b, at, &leaf);
  uint32_t number = b->way->leaf_count;
  b->way->leaves[number] = leaf;
  b->leaf_of[at] = number;
  b->way->leaf_count++;
  return number;
}

/* ---- the two expressions ---- */

static uint32_t add_node(builder *b, edi_sieve_node node) {
  if (b->way->node_count == b->way->node_room) {
    b->failed = true;
    return 0;
  }
  b->way->nodes[b->way->node_count] = node;
  return b->way->node_count++;
}

/* Look-ups stay leaves of their own. */
static bool is_one_text(const builder *b, uint32_t at) {
  return b->first[at] == b->last[at] && !b->looks[at] && b->way->vm.column_types[b->first[at]] == EDI_TYPE_STRING;
}

/* Whatever a row holds, one side of it is unknown. */
static bool never_known(const edi_codetree *t, uint32_t at) {
  switch ((int)t->code[at].op) {
    case EDI_OP_EQ:
    case EDI_OP_LT:
    case EDI_OP_LE:
    case EDI_OP_IS:
    case EDI_OP_IN:
    case EDI_OP_HAS:
    case EDI_OP_STARTS:
    case EDI_OP_ENDS:
    case EDI_OP_CONTAINS: break;
    default: return false;
  }
  for (int side = 0; side < 2; side++) {
    uint32_t from = t->operands[at][side];
    if (!t->of_row[from] && !t->values[from].base) return true;
  }
  return false;
}

/* Where the code at `at` is surely `want`. Conditions about one text are one leaf, joins and all: they are answered
 * by value. */
static uint32_t make(builder *b, uint32_t at, edi_truth want) {
  const edi_codetree *t = &b->tree;
  const edi_instr *in = &t->code[at];
  if (b->failed) return 0;
  if (t->fixed[at] != EDI_UNKNOWN || !t->of_row[at])
    return add_node(b, (edi_sieve_node){.op = t->fixed[at] == want ? EDI_SIEVE_ALWAYS : EDI_SIEVE_NEVER});
  if (never_known(t, at)) return add_node(b, (edi_sieve_node){.op = EDI_SIEVE_NEVER});
  if (in->op == EDI_OP_MOVE) return make(b, t->operands[at][0], want);
  bool join = in->op == EDI_OP_AND || in->op == EDI_OP_OR || in->op == EDI_OP_NOT;
  if (!join || (is_one_text(b, at) && !b->sieve->splits)) return add_node(b, (edi_sieve_node){EDI_SIEVE_LEAF, (uint8_t)want, leaf_at(b, at), 0});
  if (in->op == EDI_OP_NOT) return make(b, t->operands[at][0], want == EDI_YES ? EDI_NO : EDI_YES);
  uint32_t x = make(b, t->operands[at][0], want), y = make(b, t->operands[at][1], want);
  bool both = (in->op == EDI_OP_AND) == (want == EDI_YES);
  return add_node(b, (edi_sieve_node){both ? EDI_SIEVE_AND : EDI_SIEVE_OR, (uint8_t)want, x, y});
}

static bool take_room(builder *b, edi_arena *arena) {
  uint32_t count = b->tree.count;
  edi_sieve_way *way = b->way;
  b->leaf_of = EDI_NEW_ARRAY(arena, uint32_t, count);
  b->first = EDI_NEW_ARRAY(arena, uint32_t, count);
  b->last = EDI_NEW_ARRAY(arena, uint32_t, count);
  b->part = EDI_NEW_ARRAY(arena, bool, count);
  b->looks = EDI_NEW_ARRAY(arena, bool, count);
  b->instr_room = count * 2;
  b->instrs = EDI_NEW_ARRAY(arena, edi_instr, b->instr_room);
  b->codes = EDI_NEW_ARRAY(arena, edi_routine, count);
  way->node_room = count * 2;
  way->nodes = EDI_NEW_ARRAY(arena, edi_sieve_node, way->node_room);
  way->leaves = EDI_NEW_ARRAY(arena, edi_leaf, count);
  if (b->leaf_of) memset(b->leaf_of, 0xFF, count * sizeof *b->leaf_of);
  return b->leaf_of && b->first && b->last && b->part && b->looks && b->instrs && b->codes && way->nodes && way->leaves;
}

edict_status edi_sieve_build(edi_sieve *sieve, edi_sieve_way *way, const edi_entry *entry, uint32_t number) {
  builder b = {.sieve = sieve, .way = way};
  *way = (edi_sieve_way){.entry = entry, .yes = EDI_NONE, .no = EDI_NONE};
  way->vm = edi_plan_vm(sieve->plan, entry);
  way->vm.slot_columns = entry->combinations + (size_t)number * entry->rule->rowslots.count;
  edict_status status = edi_codetree_init(&b.tree, &way->vm, entry->rule->body, sieve->arena);
  if (status == EDICT_OK) status = edi_codetree_fold(&b.tree, entry->rule->body);
  if (status == EDICT_UNSUPPORTED) return EDICT_OK;
  if (status != EDICT_OK) return status;
  way->crowded = !shares_no_room(&b);
  if (way->crowded) return EDICT_OK;
  if (!take_room(&b, sieve->arena)) return edi_arena_status(sieve->arena);
  find_columns(&b);
  uint32_t yes = make(&b, b.tree.root, EDI_YES), no = make(&b, b.tree.root, EDI_NO);
  if (b.failed) {
    way->leaf_count = 0;
    return EDICT_OK;
  }
  way->yes = yes;
  way->no = no;
  way->parts = *entry->linked;
  way->parts.program.instrs = b.instrs;
  way->parts.program.codes = b.codes;
  way->part_vm = way->vm;
  way->part_vm.linked = &way->parts;
  way->vm.cells = way->part_vm.cells = sieve->cells;
  return EDICT_OK;
}
