/* Trace: see the header. */
#include "eval/trace.h"

#include "eval/bind.h"
#include "eval/codetree.h"

/* A compiler's code is a tree of at most 128 levels. Other code may use a value many times, so that its tree is
 * larger than any memory: the walk has a budget. */
enum { DEPTH_MOST = 256, NAMED_MOST = 64, TEXT_MOST = 4096, STEPS_MOST = 200000 };

typedef struct tracer {
  edi_codetree tree;
  bool folds;                /* what is the same for every row is written as its value */
  edi_arena *arena;
  edi_trace_tell *tell;
  void *user;
  unsigned depth, steps;
  edict_status status;
} tracer;

/* False, and the explanation is refused, where the tree is deeper or larger than it may be. */
static bool enter(tracer *t) {
  if (t->depth >= DEPTH_MOST || t->steps >= STEPS_MOST) t->status = EDICT_LIMIT;
  t->steps++;
  t->depth++;
  return t->status == EDICT_OK;
}

static void leave(tracer *t) { t->depth--; }

/* ---- the language's words ---- */

static const char *const signs[EDI_OP_COUNT] = {
    [EDI_OP_EQ] = " == ", [EDI_OP_LT] = " < ", [EDI_OP_LE] = " <= ", [EDI_OP_IS] = " is ",
    [EDI_OP_IN] = " in ", [EDI_OP_HAS] = " has ", [EDI_OP_OVERLAPS] = " overlaps ", [EDI_OP_COVERS] = " covers ",
    [EDI_OP_ADD_INT] = " + ", [EDI_OP_SUB_INT] = " - ", [EDI_OP_MUL_INT] = " * ",
    [EDI_OP_ADD_DECIMAL] = " + ", [EDI_OP_SUB_DECIMAL] = " - ", [EDI_OP_MUL_DECIMAL] = " * ",
    [EDI_OP_ADD_TIME] = " + ", [EDI_OP_SUB_TIME] = " - ", [EDI_OP_ADD_DATE] = " + ", [EDI_OP_SUB_DATE] = " - ",
    [EDI_OP_ADD_DURATION] = " + ", [EDI_OP_SUB_DURATION] = " - ", [EDI_OP_DIFF_TIME] = " - ",
    [EDI_OP_STARTS] = " starts-with ", [EDI_OP_ENDS] = " ends-with ", [EDI_OP_CONTAINS] = " contains ",
    [EDI_OP_AND] = " and ", [EDI_OP_OR] = " or ",
};

static const char *const calls[EDI_OP_COUNT] = {[EDI_OP_LOWER] = "lower", [EDI_OP_LENGTH] = "length",
                                                [EDI_OP_WEEKDAY] = "weekday", [EDI_OP_TIME_OF_DAY] = "time-of-day"};

static bool is_join(uint8_t op) { return op == EDI_OP_AND || op == EDI_OP_OR || op == EDI_OP_NOT; }

static void put_quoted(edi_str s, edi_buf *into) {
  edi_buf_char(into, '"');
  for (size_t i = 0; i < s.len; i++) {
    if (s.ptr[i] == '"' || s.ptr[i] == '\\') edi_buf_char(into, '\\');
    edi_buf_char(into, s.ptr[i]);
  }
  edi_buf_char(into, '"');
}

static edi_type vocabulary_type(const edi_vm *vm, edi_type own) {
  const edi_program *p = &vm->linked->program, *v = vm->vocabulary->program;
  if (EDI_TYPE_BASE(own) != EDI_TYPE_LEVEL) return own;
  edi_str name = edi_program_string(p, p->scales[EDI_TYPE_PARAM(own)].name);
  for (uint32_t i = 0; i < v->scales_count; i++)
    if (edi_str_equal(edi_program_string(v, v->scales[i].name), name)) return EDI_TYPE_MAKE(EDI_TYPE_LEVEL, i);
  return own;
}

void edi_trace_value(const edi_vm *vm, edi_type own_type, edi_value value, edi_buf *into) {
  if (value.set) {
    edi_buf_char(into, '[');
    for (uint32_t i = 0; i < value.length; i++) {
      if (i > 0) edi_buf_text(into, ", ");
      edi_trace_value(vm, own_type & ~(edi_type)EDI_TYPE_SET, value.as.members[i], into);
    }
    edi_buf_text(into, value.scale ? value.length ? ", and others that are not known]" : "others that are not known]"
                                   : "]");
    return;
  }
  bool text = value.base == EDI_TYPE_STRING || value.base == EDI_TYPE_ID;
  if (text) put_quoted(edi_value_str(value), into);
  else edi_vocabulary_format(vm->vocabulary, vocabulary_type(vm, own_type), value, into);
}

/* A kind of resource, by the number of it as an entity. */
static edi_str kind_name(const edi_program *program, uint32_t entity) {
  return edi_program_string(program, program->resources[entity - EDI_ENTITY_RESOURCE].name);
}

void edi_trace_attr_name(const edi_program *program, uint32_t attr, edi_buf *into) {
  static const char *const entities[] = {"product.", "dataset.", "column.", "subject.", "context."};
  const edi_attr *a = &program->attrs[attr];
  bool plain = a->entity == EDI_ENTITY_CONTEXT && (a->flags & EDI_ATTR_BUILTIN);
  if (a->entity >= EDI_ENTITY_RESOURCE) edi_buf_format(into, "%.*s.", EDI_STR_ARG(kind_name(program, a->entity)));
  else if (!plain) edi_buf_text(into, entities[a->entity]);
  edi_buf_str(into, edi_program_string(program, a->name));
}

static const char *entity_word(unsigned entity) {
  return entity == EDI_ENTITY_PRODUCT ? "product" : entity == EDI_ENTITY_DATASET ? "dataset" : "column";
}

/* ---- an expression as text ---- */

static void put(tracer *t, uint32_t at, bool nested, edi_buf *into);

static void put_tags(tracer *t, const edi_instr *in, const char *word, edi_buf *into) {
  const edi_program *p = t->tree.program;
  edi_buf_format(into, "%s %s ", entity_word(in->a), word);
  for (uint32_t i = 0; i < p->lists[in->imm]; i++) {
    if (i > 0) edi_buf_text(into, ", ");
    edi_buf_str(into, edi_program_string(p, p->nodes[p->lists[in->imm + 1 + i]].name));
  }
}

static void put_keys(tracer *t, uint32_t at, edi_buf *into) {
  const edi_instr *in = &t->tree.code[at];
  for (uint32_t k = 0; k < in->b; k++) {
    if (k > 0) edi_buf_text(into, ", ");
    put(t, t->tree.writers[(size_t)at * EDI_LIMIT_TABLE_COLUMNS + k], false, into);
  }
}

static void put_table(tracer *t, uint32_t at, edi_buf *into) {
  const edi_instr *in = &t->tree.code[at];
  const edi_program *p = t->tree.program;
  if (in->op == EDI_OP_TABLE_VALUE) {
    edi_buf_str(into, edi_program_string(p, p->tables[p->tablecols[in->imm].table].name));
    edi_buf_char(into, '(');
    put_keys(t, at, into);
    edi_buf_text(into, ").");
    edi_buf_str(into, edi_program_string(p, p->tablecols[in->imm].name));
    return;
  }
  if (in->b > 1) edi_buf_char(into, '(');
  put_keys(t, at, into);
  edi_buf_text(into, in->b > 1 ? ") in " : " in ");
  edi_buf_str(into, edi_program_string(p, p->tables[in->imm].name));
}

/* The column behind a cell in the one way to read the row. */
static void put_cell(tracer *t, uint32_t slot, edi_buf *into) {
  uint32_t column = t->tree.vm->slot_columns[slot - t->tree.vm->slot_base];
  edi_buf_format(into, "row.%.*s", EDI_STR_ARG(t->tree.vm->dataset->columns[column].name));
}

static void put_row(tracer *t, const edi_rowslot *slot, edi_buf *into) {
  edi_str name = edi_program_string(t->tree.program, slot->name);
  if (name.len) edi_buf_format(into, "row.%.*s", EDI_STR_ARG(name));
  else edi_buf_format(into, "row[%.*s]", EDI_STR_ARG(edi_program_string(t->tree.program, t->tree.program->nodes[slot->node].name)));
}

/* `3 < x` is written `x > 3`, as whoever wrote the rule most probably did. */
static bool turned(const tracer *t, uint32_t at) {
  const edi_instr *in = &t->tree.code[at];
  uint32_t a = t->tree.operands[at][0], b = t->tree.operands[at][1];
  if (t->folds && in->op == EDI_OP_EQ) return !t->tree.of_row[a] && t->tree.of_row[b];
  if (in->op != EDI_OP_LT && in->op != EDI_OP_LE) return false;
  if (t->folds) return !t->tree.of_row[a] && t->tree.of_row[b];
  return t->tree.code[a].op == EDI_OP_CONST && t->tree.code[b].op != EDI_OP_CONST;
}

static void put_pair(tracer *t, uint32_t at, bool nested, const char *sign, edi_buf *into) {
  const edi_instr *in = &t->tree.code[at];
  bool turn = turned(t, at);
  if (nested) edi_buf_char(into, '(');
  if (turn && in->op != EDI_OP_EQ) sign = in->op == EDI_OP_LT ? " > " : " >= ";
  put(t, t->tree.operands[at][turn], true, into);
  edi_buf_text(into, sign);
  put(t, t->tree.operands[at][!turn], true, into);
  if (nested) edi_buf_char(into, ')');
}

static void put_const(tracer *t, uint32_t constant, edi_buf *into) {
  edi_trace_value(t->tree.vm, t->tree.program->consts[constant].type, t->tree.vm->linked->consts[constant], into);
}

static void put_it(tracer *t, uint32_t at, bool nested, edi_buf *into) {
  const edi_instr *in = &t->tree.code[at];
  const edi_program *p = t->tree.program;
  uint32_t a = t->tree.operands[at][0];
  switch ((int)in->op) {
    case EDI_OP_CONST: put_const(t, in->imm, into); return;
    case EDI_OP_ATTR: edi_trace_attr_name(p, in->imm, into); return;
    case EDI_OP_ROW:
      if (t->folds) put_cell(t, in->imm, into);
      else put_row(t, &p->rowslots[in->imm], into);
      return;
    case EDI_OP_TAGGED: put_tags(t, in, "tagged", into); return;
    case EDI_OP_HOLDING: put_tags(t, in, "holding", into); return;
    case EDI_OP_CLASSIFICATION: edi_buf_format(into, "%s classified", entity_word(in->a)); return;
    case EDI_OP_IN_TABLE:
    case EDI_OP_TABLE_VALUE: put_table(t, at, into); return;
    case EDI_OP_MOVE:
    case EDI_OP_TO_DECIMAL:
    case EDI_OP_DATE_OF: put(t, a, nested, into); return;
    default: break;
  }
  if (signs[in->op]) {
    put_pair(t, at, nested, signs[in->op], into);
  } else if (calls[in->op]) {
    edi_buf_format(into, "%s(", calls[in->op]);
    put(t, a, false, into);
    edi_buf_char(into, ')');
  } else if (in->op == EDI_OP_NOT || in->op == EDI_OP_IS_SET) {
    edi_buf_text(into, in->op == EDI_OP_NOT ? "not " : "");
    put(t, a, true, into);
    edi_buf_text(into, in->op == EDI_OP_NOT ? "" : " is set");
  } else if (in->op == EDI_OP_NAMED) {
    edi_buf_format(into, "%s named ", entity_word(in->a));
    put_const(t, in->imm, into);
  } else if (in->op == EDI_OP_GLOB) {
    const edi_attr *attr = t->tree.code[a].op == EDI_OP_ATTR ? &p->attrs[t->tree.code[a].imm] : NULL;
    if (attr && attr->entity >= EDI_ENTITY_RESOURCE) edi_buf_str(into, kind_name(p, attr->entity));
    else put(t, a, true, into);
    edi_buf_text(into, " named ");
    put_const(t, in->imm, into);
  } else if (in->op == EDI_OP_IN_DOMAIN) {
    edi_buf_text(into, "product in domain ");
    put_const(t, in->imm, into);
  } else if (in->op == EDI_OP_MATCHES) {
    put(t, a, true, into);
    edi_buf_format(into, " matches /%.*s/", EDI_STR_ARG(edi_program_string(p, p->patterns[in->imm].source)));
  } else if (in->op == EDI_OP_IN_CIDR) {
    put(t, a, true, into);
    edi_buf_text(into, " in cidr(");
    put_const(t, in->imm, into);
    edi_buf_char(into, ')');
  }
}

/* ---- and with what every row has in common folded ---- */

static edi_type type_of(const tracer *t, uint32_t at) {
  const edi_program *p = t->tree.program;
  const edi_instr *in = &t->tree.code[at];
  for (; in->op == EDI_OP_MOVE; in = &t->tree.code[at]) at = t->tree.operands[at][0];
  switch ((int)in->op) {
    case EDI_OP_CONST: return p->consts[in->imm].type;
    case EDI_OP_ATTR: return p->attrs[in->imm].type;
    case EDI_OP_TABLE_VALUE: return p->tablecols[in->imm].type;
    case EDI_OP_CLASSIFICATION: return EDI_TYPE_MAKE(EDI_TYPE_LEVEL, in->imm);
    default: return t->tree.values[at].base;
  }
}

/* The node that is left of one whose other side is the same for every row and changes nothing. */
static uint32_t left_of(const tracer *t, uint32_t at) {
  for (;;) {
    const edi_instr *in = &t->tree.code[at];
    uint32_t a = t->tree.operands[at][0], b = t->tree.operands[at][1];
    if (t->tree.fixed[at] != EDI_UNKNOWN) return at;
    if (in->op == EDI_OP_MOVE) at = a;
    else if (in->op != EDI_OP_AND && in->op != EDI_OP_OR) return at;
    else if (t->tree.fixed[a] != EDI_UNKNOWN) at = b;
    else if (t->tree.fixed[b] != EDI_UNKNOWN) at = a;
    else return at;
  }
}

static void put_sides(tracer *t, uint32_t at, bool nested, edi_buf *into) {
  uint8_t op = t->tree.code[at].op;
  if (nested) edi_buf_char(into, '(');
  for (int i = 0; i < 2; i++) {
    uint32_t side = left_of(t, t->tree.operands[at][i]);
    if (i > 0) edi_buf_text(into, signs[op]);
    put(t, side, t->tree.code[side].op != op && signs[t->tree.code[side].op] && is_join(t->tree.code[side].op), into);
  }
  if (nested) edi_buf_char(into, ')');
}

static void put_not(tracer *t, uint32_t at, edi_buf *into) {
  uint32_t below = left_of(t, t->tree.operands[at][0]);
  uint8_t op = t->tree.code[below].op;
  const char *sign = op == EDI_OP_EQ ? " != " : op == EDI_OP_IS ? " is not " : op == EDI_OP_IN ? " not in " : NULL;
  if (sign) {
    put_pair(t, below, false, sign, into);
    return;
  }
  edi_buf_text(into, "not ");
  put(t, below, is_join(op), into);
}

/* False: it is written as it is. */
static bool put_folded(tracer *t, uint32_t at, bool nested, edi_buf *into) {
  at = left_of(t, at);
  const edi_instr *in = &t->tree.code[at];
  if (t->tree.fixed[at] != EDI_UNKNOWN) edi_buf_text(into, t->tree.fixed[at] == EDI_YES ? "true" : "false");
  else if (!t->tree.of_row[at]) edi_trace_value(t->tree.vm, type_of(t, at), t->tree.values[at], into);
  else if (in->op == EDI_OP_AND || in->op == EDI_OP_OR) put_sides(t, at, nested, into);
  else if (in->op == EDI_OP_NOT) put_not(t, at, into);
  else return false;
  return true;
}

static void put(tracer *t, uint32_t at, bool nested, edi_buf *into) {
  if (enter(t) && !(t->folds && put_folded(t, at, nested, into))) put_it(t, t->folds ? left_of(t, at) : at, nested, into);
  leave(t);
}

/* ---- what a comparison reads ---- */

typedef struct reads {
  uint32_t attrs[NAMED_MOST], consts[NAMED_MOST];
  edi_value values[NAMED_MOST];
  size_t attr_count, const_count;
  bool row, table, level;
} reads;

static void find_reads(tracer *t, uint32_t at, reads *r) {
  const edi_instr *in = &t->tree.code[at];
  if (!enter(t)) {
    leave(t);
    return;
  }
  if (in->op == EDI_OP_ATTR && r->attr_count < NAMED_MOST) {
    r->values[r->attr_count] = t->tree.values[at];
    r->attrs[r->attr_count++] = in->imm;
  }
  if (in->op == EDI_OP_CONST && r->const_count < NAMED_MOST) r->consts[r->const_count++] = in->imm;
  r->row = r->row || in->op == EDI_OP_ROW;
  r->level = r->level || (in->op == EDI_OP_CLASSIFICATION && !edi_value_known(t->tree.values[at]));
  bool look_up = in->op == EDI_OP_IN_TABLE || in->op == EDI_OP_TABLE_VALUE;
  r->table = r->table || look_up;
  for (uint32_t k = 0; look_up && k < in->b; k++)
    find_reads(t, t->tree.writers[(size_t)at * EDI_LIMIT_TABLE_COLUMNS + k], r);
  for (int i = 0; !look_up && i < 2; i++)
    if (t->tree.operands[at][i] != EDI_NONE) find_reads(t, t->tree.operands[at][i], r);
  leave(t);
}

static edi_trace_why why_unknown(const tracer *t, const reads *r) {
  bool incomplete = false;
  if (r->row) return EDI_WHY_ROW;
  for (size_t i = 0; i < r->attr_count; i++) {
    unsigned entity = t->tree.program->attrs[r->attrs[i]].entity;
    bool asked = entity == EDI_ENTITY_SUBJECT || entity >= EDI_ENTITY_CONTEXT;
    if (!edi_value_known(r->values[i]) && !r->values[i].set) return asked ? EDI_WHY_ABSENT : EDI_WHY_NOT_STATED;
    incomplete = incomplete || (r->values[i].set && r->values[i].scale);
  }
  if (r->level) return EDI_WHY_NOT_STATED;
  return incomplete ? EDI_WHY_INCOMPLETE : r->table ? EDI_WHY_TABLE : EDI_WHY_BROADER;
}

/* ---- the tree ---- */

static void say_join(tracer *t, uint32_t at, unsigned depth) {
  static const edi_str words[] = {{"and", 3}, {"or", 2}, {"not", 3}};
  uint8_t op = t->tree.code[at].op;
  edi_trace_line line = {.depth = depth, .join = true, .holds = edi_value_truth(t->tree.values[at]),
                         .text = words[op == EDI_OP_AND ? 0 : op == EDI_OP_OR ? 1 : 2]};
  t->tell(t->user, &line);
}

/* A rule about a kind of resource is asked of no other, so that the kind itself is always yes. */
static void put_test(tracer *t, uint32_t at, edi_buf *into) {
  const edi_program *v = t->tree.vm->vocabulary->program;
  uint32_t thing = t->tree.vm->dataset ? t->tree.vm->dataset->thing : EDI_THING_ANY;
  bool kind = t->tree.code[at].op == EDI_OP_CONST && thing >= EDI_THING_RESOURCE && thing - EDI_THING_RESOURCE < v->resources_count;
  if (kind) edi_buf_str(into, kind_name(v, thing - EDI_THING_RESOURCE + EDI_ENTITY_RESOURCE));
  else put(t, at, false, into);
}

static void say_comparison(tracer *t, uint32_t at, unsigned depth) {
  reads r = {.attr_count = 0};
  edi_buf text;
  edi_buf_init(&text, NULL, TEXT_MOST);
  put_test(t, at, &text);
  if (text.failed == EDICT_MEMORY) t->status = EDICT_MEMORY;
  find_reads(t, at, &r);
  edi_truth holds = edi_value_truth(t->tree.values[at]);
  edi_trace_line line = {.depth = depth, .text = {text.ptr, text.len}, .holds = holds, .attrs = r.attrs,
                         .values = r.values, .attr_count = r.attr_count, .consts = r.consts,
                         .const_count = r.const_count, .why = holds == EDI_UNKNOWN ? why_unknown(t, &r) : EDI_WHY_NONE};
  if (t->status == EDICT_OK) t->tell(t->user, &line);
  edi_buf_fini(&text);
}

/* Joins of one kind below each other are one line, as `a and b and c` was written. */
static void walk(tracer *t, uint32_t at, unsigned depth, uint8_t above) {
  uint8_t op = t->tree.code[at].op;
  bool same = op == above && op != EDI_OP_NOT;
  if (!enter(t)) {
    leave(t);
    return;
  }
  if (!is_join(op)) {
    say_comparison(t, at, depth);
  } else {
    if (!same) say_join(t, at, depth++);
    walk(t, t->tree.operands[at][0], depth, op);
    if (op != EDI_OP_NOT) walk(t, t->tree.operands[at][1], depth, op);
  }
  leave(t);
}

/* The `when` or the `unless` of a condition: the emitter joins them as AND of NOT `unless` and `when`. */
static uint32_t part_of(const tracer *t, uint32_t root, unsigned operand) {
  if (operand == 0) return root;
  bool both = t->tree.code[root].op == EDI_OP_AND;
  uint32_t when = both ? t->tree.operands[root][1] : root, no = both ? t->tree.operands[root][0] : root;
  return operand == 1 ? when : t->tree.code[no].op == EDI_OP_NOT ? t->tree.operands[no][0] : no;
}

edict_status edi_trace(edi_vm *vm, uint32_t routine, edi_arena *arena, unsigned operand, edi_trace_tell *tell,
                       void *user) {
  tracer t = {.tell = tell, .user = user};
  if (routine == EDI_NONE) return EDICT_OK;
  edict_status status = edi_codetree_init(&t.tree, vm, routine, arena);
  if (status != EDICT_OK) return status;
  edi_value whole = edi_vm_values(vm, routine, t.tree.values, &t.tree.spare);
  /* Code that no compiler of Edict wrote could jump over what would change its answer: it is not explained. */
  edi_value decided = edi_vm_run(vm, routine);
  if (edi_value_truth(whole) != edi_value_truth(decided)) return EDICT_UNSUPPORTED;
  (void)edi_vm_values(vm, routine, t.tree.values, &t.tree.spare); /* texts in the scratch are those of the last run */
  (void)edi_codetree_link(&t.tree);
  walk(&t, part_of(&t, t.tree.root, operand), 0, EDI_OP_COUNT);
  return t.status;
}

/* ---- the comparisons alone ---- */

typedef struct leaves {
  tracer t;
  void (*tell)(void *user, uint32_t number, edi_truth holds);
  void *user;
  uint32_t number;
} leaves;

static void find_leaves(leaves *l, uint32_t at, bool passed_over) {
  tracer *t = &l->t;
  uint8_t op = t->tree.code[at].op;
  if (!enter(t)) {
    leave(t);
    return;
  }
  if (!is_join(op)) {
    l->number++;
    if (!passed_over) l->tell(l->user, l->number, edi_value_truth(t->tree.values[at]));
  } else {
    find_leaves(l, t->tree.operands[at][0], passed_over);
    edi_truth decides = op == EDI_OP_AND ? EDI_NO : EDI_YES;
    bool decided = op != EDI_OP_NOT && edi_value_truth(t->tree.values[t->tree.operands[at][0]]) == decides;
    if (op != EDI_OP_NOT) find_leaves(l, t->tree.operands[at][1], passed_over || decided);
  }
  leave(t);
}

edict_status edi_trace_leaves(edi_vm *vm, uint32_t routine, edi_arena *arena, unsigned operand,
                              void (*tell)(void *user, uint32_t number, edi_truth holds), void *user) {
  leaves l = {.tell = tell, .user = user};
  if (routine == EDI_NONE) return EDICT_OK;
  edict_status status = edi_codetree_init(&l.t.tree, vm, routine, arena);
  if (status != EDICT_OK) return status;
  (void)edi_vm_values(vm, routine, l.t.tree.values, &l.t.tree.spare);
  if (!edi_codetree_link(&l.t.tree)) return EDICT_UNSUPPORTED;
  find_leaves(&l, part_of(&l.t, l.t.tree.root, operand), false);
  return l.t.status;
}

/* ---- what is left for a row ---- */

edict_status edi_trace_predicate(edi_vm *vm, uint32_t routine, edi_arena *arena, edi_predicate *predicate,
                                 edi_buf *into) {
  tracer t = {.folds = true};
  edict_status status = edi_codetree_init(&t.tree, vm, routine, arena);
  if (status == EDICT_OK) status = edi_codetree_fold(&t.tree, routine);
  if (status != EDICT_OK) return status;
  uint32_t root = left_of(&t, t.tree.root);
  *predicate = (edi_predicate){t.tree.fixed[root], t.tree.fixed[root] == EDI_UNKNOWN && t.tree.code[root].op == EDI_OP_OR};
  put(&t, root, false, into);
  return t.status != EDICT_OK ? t.status : into->failed;
}
