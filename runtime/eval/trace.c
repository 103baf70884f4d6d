/* Trace: see the header. The code is read as a tree: each instruction is a node, its operands are the nodes
 * that last wrote their registers. */
#include "eval/trace.h"

/* A compiler's code is a tree of at most 128 levels. Other code may use a value many times, so that its tree is
 * larger than any memory: the walk has a budget. */
enum { DEPTH_MOST = 256, NAMED_MOST = 64, TEXT_MOST = 4096, STEPS_MOST = 200000 };

typedef struct tracer {
  edi_vm *vm;
  const edi_program *program;
  const edi_instr *code;
  const edi_value *values;   /* by instruction */
  uint32_t (*operands)[2];   /* by instruction: those that wrote a and b; EDI_NONE */
  uint32_t *writers;         /* registers of look-ups: for each instruction, who wrote each of a.. */
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

void edi_trace_attr_name(const edi_program *program, uint32_t attr, edi_buf *into) {
  static const char *const entities[] = {"product.", "dataset.", "column.", "subject.", "context."};
  const edi_attr *a = &program->attrs[attr];
  bool plain = a->entity == EDI_ENTITY_CONTEXT && (a->flags & EDI_ATTR_BUILTIN);
  if (!plain) edi_buf_text(into, entities[a->entity]);
  edi_buf_str(into, edi_program_string(program, a->name));
}

static const char *entity_word(unsigned entity) {
  return entity == EDI_ENTITY_PRODUCT ? "product" : entity == EDI_ENTITY_DATASET ? "dataset" : "column";
}

/* ---- an expression as text ---- */

static void put(tracer *t, uint32_t at, bool nested, edi_buf *into);

static void put_tags(tracer *t, const edi_instr *in, const char *word, edi_buf *into) {
  const edi_program *p = t->program;
  edi_buf_format(into, "%s %s ", entity_word(in->a), word);
  for (uint32_t i = 0; i < p->lists[in->imm]; i++) {
    if (i > 0) edi_buf_text(into, ", ");
    edi_buf_str(into, edi_program_string(p, p->nodes[p->lists[in->imm + 1 + i]].name));
  }
}

static void put_keys(tracer *t, uint32_t at, edi_buf *into) {
  const edi_instr *in = &t->code[at];
  for (uint32_t k = 0; k < in->b; k++) {
    if (k > 0) edi_buf_text(into, ", ");
    put(t, t->writers[(size_t)at * EDI_LIMIT_TABLE_COLUMNS + k], false, into);
  }
}

static void put_table(tracer *t, uint32_t at, edi_buf *into) {
  const edi_instr *in = &t->code[at];
  const edi_program *p = t->program;
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

static void put_row(tracer *t, const edi_rowslot *slot, edi_buf *into) {
  edi_str name = edi_program_string(t->program, slot->name);
  if (name.len) edi_buf_format(into, "row.%.*s", EDI_STR_ARG(name));
  else edi_buf_format(into, "row[%.*s]", EDI_STR_ARG(edi_program_string(t->program, t->program->nodes[slot->node].name)));
}

/* `3 < x` is written `x > 3`, as whoever wrote the rule most probably did. */
static bool turned(const tracer *t, uint32_t at) {
  const edi_instr *in = &t->code[at];
  if (in->op != EDI_OP_LT && in->op != EDI_OP_LE) return false;
  uint32_t a = t->operands[at][0], b = t->operands[at][1];
  return t->code[a].op == EDI_OP_CONST && t->code[b].op != EDI_OP_CONST;
}

static void put_pair(tracer *t, uint32_t at, bool nested, edi_buf *into) {
  const edi_instr *in = &t->code[at];
  uint32_t a = t->operands[at][0], b = t->operands[at][1];
  if (nested) edi_buf_char(into, '(');
  if (turned(t, at)) {
    put(t, b, true, into);
    edi_buf_text(into, in->op == EDI_OP_LT ? " > " : " >= ");
    put(t, a, true, into);
  } else {
    put(t, a, true, into);
    edi_buf_text(into, signs[in->op]);
    put(t, b, true, into);
  }
  if (nested) edi_buf_char(into, ')');
}

static void put_const(tracer *t, uint32_t constant, edi_buf *into) {
  edi_trace_value(t->vm, t->program->consts[constant].type, t->vm->linked->consts[constant], into);
}

static void put_it(tracer *t, uint32_t at, bool nested, edi_buf *into) {
  const edi_instr *in = &t->code[at];
  const edi_program *p = t->program;
  uint32_t a = t->operands[at][0];
  switch ((int)in->op) {
    case EDI_OP_CONST: put_const(t, in->imm, into); return;
    case EDI_OP_ATTR: edi_trace_attr_name(p, in->imm, into); return;
    case EDI_OP_ROW: put_row(t, &p->rowslots[in->imm], into); return;
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
    put_pair(t, at, nested, into);
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

static void put(tracer *t, uint32_t at, bool nested, edi_buf *into) {
  if (enter(t)) put_it(t, at, nested, into);
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
  const edi_instr *in = &t->code[at];
  if (!enter(t)) {
    leave(t);
    return;
  }
  if (in->op == EDI_OP_ATTR && r->attr_count < NAMED_MOST) {
    r->values[r->attr_count] = t->values[at];
    r->attrs[r->attr_count++] = in->imm;
  }
  if (in->op == EDI_OP_CONST && r->const_count < NAMED_MOST) r->consts[r->const_count++] = in->imm;
  r->row = r->row || in->op == EDI_OP_ROW;
  r->level = r->level || (in->op == EDI_OP_CLASSIFICATION && !edi_value_known(t->values[at]));
  bool look_up = in->op == EDI_OP_IN_TABLE || in->op == EDI_OP_TABLE_VALUE;
  r->table = r->table || look_up;
  for (uint32_t k = 0; look_up && k < in->b; k++)
    find_reads(t, t->writers[(size_t)at * EDI_LIMIT_TABLE_COLUMNS + k], r);
  for (int i = 0; !look_up && i < 2; i++)
    if (t->operands[at][i] != EDI_NONE) find_reads(t, t->operands[at][i], r);
  leave(t);
}

static edi_trace_why why_unknown(const tracer *t, const reads *r) {
  bool incomplete = false;
  if (r->row) return EDI_WHY_ROW;
  for (size_t i = 0; i < r->attr_count; i++) {
    unsigned entity = t->program->attrs[r->attrs[i]].entity;
    bool asked = entity == EDI_ENTITY_SUBJECT || entity == EDI_ENTITY_CONTEXT;
    if (!edi_value_known(r->values[i]) && !r->values[i].set) return asked ? EDI_WHY_ABSENT : EDI_WHY_NOT_STATED;
    incomplete = incomplete || (r->values[i].set && r->values[i].scale);
  }
  if (r->level) return EDI_WHY_NOT_STATED;
  return incomplete ? EDI_WHY_INCOMPLETE : r->table ? EDI_WHY_TABLE : EDI_WHY_BROADER;
}

/* ---- the tree ---- */

static bool is_join(uint8_t op) { return op == EDI_OP_AND || op == EDI_OP_OR || op == EDI_OP_NOT; }

static void say_join(tracer *t, uint32_t at, unsigned depth) {
  static const edi_str words[] = {{"and", 3}, {"or", 2}, {"not", 3}};
  uint8_t op = t->code[at].op;
  edi_trace_line line = {.depth = depth, .join = true, .holds = edi_value_truth(t->values[at]),
                         .text = words[op == EDI_OP_AND ? 0 : op == EDI_OP_OR ? 1 : 2]};
  t->tell(t->user, &line);
}

static void say_comparison(tracer *t, uint32_t at, unsigned depth) {
  reads r = {.attr_count = 0};
  edi_buf text;
  edi_buf_init(&text, NULL, TEXT_MOST);
  put(t, at, false, &text);
  if (text.failed == EDICT_MEMORY) t->status = EDICT_MEMORY;
  find_reads(t, at, &r);
  edi_truth holds = edi_value_truth(t->values[at]);
  edi_trace_line line = {.depth = depth, .text = {text.ptr, text.len}, .holds = holds, .attrs = r.attrs,
                         .values = r.values, .attr_count = r.attr_count, .consts = r.consts,
                         .const_count = r.const_count, .why = holds == EDI_UNKNOWN ? why_unknown(t, &r) : EDI_WHY_NONE};
  if (t->status == EDICT_OK) t->tell(t->user, &line);
  edi_buf_fini(&text);
}

/* Joins of one kind below each other are one line, as `a and b and c` was written. */
static void walk(tracer *t, uint32_t at, unsigned depth, uint8_t above) {
  uint8_t op = t->code[at].op;
  bool same = op == above && op != EDI_OP_NOT;
  if (!enter(t)) {
    leave(t);
    return;
  }
  if (!is_join(op)) {
    say_comparison(t, at, depth);
  } else {
    if (!same) say_join(t, at, depth++);
    walk(t, t->operands[at][0], depth, op);
    if (op != EDI_OP_NOT) walk(t, t->operands[at][1], depth, op);
  }
  leave(t);
}

/* Who wrote what each instruction reads; the root is what the code answers. */
static uint32_t find_operands(tracer *t, uint32_t count) {
  uint32_t last[EDI_LIMIT_CODE_REGISTERS + 6], root = EDI_NONE;
  for (uint32_t at = 0; at < count; at++) {
    const edi_instr *in = &t->code[at];
    bool entity = in->op == EDI_OP_TAGGED || in->op == EDI_OP_HOLDING || in->op == EDI_OP_NAMED ||
                  in->op == EDI_OP_CLASSIFICATION;
    bool look_up = in->op == EDI_OP_IN_TABLE || in->op == EDI_OP_TABLE_VALUE;
    bool leaf = entity || look_up || in->op == EDI_OP_CONST || in->op == EDI_OP_ATTR || in->op == EDI_OP_ROW ||
                in->op == EDI_OP_IN_DOMAIN || in->op == EDI_OP_JUMP_NO || in->op == EDI_OP_JUMP_YES;
    t->operands[at][0] = leaf ? EDI_NONE : last[in->a];
    t->operands[at][1] = !leaf && signs[in->op] ? last[in->b] : EDI_NONE;
    for (uint32_t k = 0; look_up && k < in->b; k++)
      t->writers[(size_t)at * EDI_LIMIT_TABLE_COLUMNS + k] = last[in->a + k];
    if (in->op == EDI_OP_RETURN) root = last[in->a];
    else if (in->op != EDI_OP_JUMP_NO && in->op != EDI_OP_JUMP_YES) last[in->dst] = at;
  }
  return root;
}

/* The `when` or the `unless` of a condition: the emitter joins them as AND of NOT `unless` and `when`. */
static uint32_t part_of(const tracer *t, uint32_t root, unsigned operand) {
  if (operand == 0) return root;
  bool both = t->code[root].op == EDI_OP_AND;
  uint32_t when = both ? t->operands[root][1] : root, no = both ? t->operands[root][0] : root;
  return operand == 1 ? when : t->code[no].op == EDI_OP_NOT ? t->operands[no][0] : no;
}

edict_status edi_trace(edi_vm *vm, uint32_t routine, edi_arena *arena, unsigned operand, edi_trace_tell *tell,
                       void *user) {
  const edi_program *p = &vm->linked->program;
  if (routine == EDI_NONE) return EDICT_OK;
  edi_range run = p->codes[routine].instrs;
  edi_value *values = EDI_NEW_ARRAY(arena, edi_value, run.count);
  tracer t = {.vm = vm, .program = p, .code = p->instrs + run.first, .values = values, .arena = arena,
              .operands = edi_arena_array(arena, run.count, sizeof *t.operands),
              .writers = EDI_NEW_ARRAY(arena, uint32_t, (size_t)run.count * EDI_LIMIT_TABLE_COLUMNS),
              .tell = tell, .user = user};
  if (!values || !t.operands || !t.writers) return edi_arena_status(arena);
  edi_value whole = edi_vm_values(vm, routine, values);
  /* Code that no compiler of Edict wrote could jump over what would change its answer: it is not explained. */
  edi_value decided = edi_vm_run(vm, routine);
  if (edi_value_truth(whole) != edi_value_truth(decided)) return EDICT_UNSUPPORTED;
  (void)edi_vm_values(vm, routine, values); /* texts in the scratch are those of the last run */
  walk(&t, part_of(&t, find_operands(&t, run.count), operand), 0, EDI_OP_COUNT);
  return t.status;
}
