/* Expression: an answer, expression by expression, for edict_decision_expressions, and its comparisons alone for
 * edict_decision_comparisons. Each part that deciding looked at is traced; with texts, none that reads a row. */
#include "enforce/host.h"
#include "eval/conditions.h"
#include "eval/trace.h"

enum { READS_MOST = 64, CHOICES_MOST = 24, TEXT_MOST = 64 * 1024, MEMORY_MOST = 256 << 20 };

typedef struct explainer {
  edict_decision *decision;
  void (*tell)(void *user, const edict_expression *expression);
  void *user;
  edi_arena arena;             /* for one part */
  edi_vm vm;
  edict_expression said;       /* rule, effect, part and number of the part being traced */
  edict_status status;
} explainer;

static edict_text text(edi_str s) { return (edict_text){s.ptr, s.len}; }

/* ---- one comparison ---- */

static edict_text kept(explainer *x, edi_buf *buf) {
  char *copy = edi_arena_copy(&x->arena, buf->ptr, buf->len);
  edict_text out = {copy, copy ? buf->len : 0};
  if (!copy && buf->len) x->status = edi_arena_status(&x->arena);
  if (buf->failed != EDICT_OK) x->status = buf->failed;
  edi_buf_fini(buf);
  return out;
}

static edict_text attr_name(explainer *x, uint32_t attr) {
  edi_buf buf;
  edi_buf_init(&buf, NULL, TEXT_MOST);
  edi_trace_attr_name(&x->vm.linked->program, attr, &buf);
  return kept(x, &buf);
}

static edict_text value_text(explainer *x, edi_type type, edi_value value) {
  edi_buf buf;
  edi_buf_init(&buf, NULL, (size_t)1 << 20);
  edi_trace_value(&x->vm, type, value, &buf);
  return kept(x, &buf);
}

/* A constant as a claim writes it: a text without its quotes, a set member by member. */
static void add_constant(explainer *x, edi_type type, edi_value v, edict_text *into, size_t *count) {
  if (v.set) {
    for (uint32_t i = 0; i < v.length; i++)
      add_constant(x, type & ~(edi_type)EDI_TYPE_SET, v.as.members[i], into, count);
  } else if (*count < READS_MOST) {
    bool plain = v.base == EDI_TYPE_STRING || v.base == EDI_TYPE_ID;
    into[(*count)++] = plain ? text(edi_value_str(v)) : value_text(x, type, v);
  }
}

static void add_choice(edict_read *read, edict_text *into, const edi_program *federal, edi_ref name) {
  if (read->choice_count < CHOICES_MOST) into[read->choice_count++] = text(edi_program_string(federal, name));
}

/* What else the attribute might be, in the federal layer's words. */
static void add_choices(explainer *x, edi_type own, edict_read *read) {
  const edi_program *federal = x->vm.vocabulary->program;
  edi_type type = edi_link_type(x->vm.linked, x->vm.vocabulary, own);
  bool level = EDI_TYPE_BASE(type) == EDI_TYPE_LEVEL, node = EDI_TYPE_BASE(type) == EDI_TYPE_NODE && EDI_TYPE_PARAM(type) < federal->kinds_count;
  if (EDI_TYPE_IS_SET(type) || (!level && !node)) return;
  edi_range all = level ? federal->scales[EDI_TYPE_PARAM(type)].levels : federal->kinds[EDI_TYPE_PARAM(type)].nodes;
  edict_text *choices = EDI_NEW_ARRAY(&x->arena, edict_text, CHOICES_MOST);
  if (!choices) x->status = edi_arena_status(&x->arena);
  for (uint32_t i = all.first; choices && i < all.first + all.count; i++) {
    if (level) add_choice(read, choices, federal, federal->levels[i].name);
    else if (federal->nodes[i].end == i + 1) add_choice(read, choices, federal, federal->nodes[i].name);
  }
  read->choices = choices;
}

static void pass_on(void *user, const edi_trace_line *line) {
  static const char *const why[] = {"", "absent", "not-stated", "incomplete", "broader", "table", "row"};
  explainer *x = user;
  const edi_program *p = &x->vm.linked->program;
  edict_read reads[READS_MOST];
  edict_text constants[READS_MOST];
  edict_expression e = x->said;
  e.depth = line->depth;
  e.join = line->join;
  e.text = text(line->text);
  e.holds = (edict_holds)line->holds;
  e.why = why[line->why];
  for (size_t i = 0; i < line->attr_count && i < READS_MOST; i++) {
    edi_type type = p->attrs[line->attrs[i]].type;
    edict_read *read = &reads[e.read_count++];
    *read = (edict_read){.attribute = attr_name(x, line->attrs[i]), .value = value_text(x, type, line->values[i])};
    add_choices(x, type, read);
  }
  for (size_t i = 0; i < line->const_count; i++)
    add_constant(x, p->consts[line->consts[i]].type, x->vm.linked->consts[line->consts[i]], constants, &e.constant_count);
  e.reads = reads;
  e.constants = constants;
  if (x->status == EDICT_OK) x->tell(x->user, &e);
}

/* ---- one part ---- */

static uint32_t case_of(const edi_program *p, const edi_rule *rule, uint32_t number) {
  for (uint32_t a = 0; a < rule->arms.count; a++) {
    const edi_range cases = p->arms[rule->arms.first + a].cases;
    if (number <= cases.count) return p->cases[cases.first + number - 1].condition;
    number -= cases.count;
  }
  return EDI_NONE;
}

static uint32_t routine_of(const edi_condition *c) {
  switch (c->part) {
    case EDI_CONDITION_ON: return c->rule->target;
    case EDI_CONDITION_WHEN:
    case EDI_CONDITION_UNLESS: return c->rule->condition;
    case EDI_CONDITION_REQUIRE: return c->rule->body;
    case EDI_CONDITION_CASE: return case_of(&c->linked->program, c->rule, c->number);
    case EDI_CONDITION_WHERE:
    case EDI_CONDITION_WHILE: return c->rule->body;
    case EDI_CONDITION_APPLIES:
    case EDI_CONDITION_AFTER: break;
  }
  return EDI_NONE;
}

/* Which half of a condition the part is: `unless` alone is the NOT at the root, which is passed by too. */
static unsigned operand_of(edi_vm *vm, const edi_condition *c) {
  if (c->part != EDI_CONDITION_WHEN && c->part != EDI_CONDITION_UNLESS) return 0;
  edi_vm_condition parts = edi_vm_condition_parts(vm, c->rule->condition);
  if (c->part == EDI_CONDITION_UNLESS) return 2;
  return parts.has_unless ? 1 : 0;
}

static const char *const words[] = {
#define PART(NAME, word) word,
    EDI_CONDITION_PARTS(PART)
#undef PART
};

static void explain_part(void *user, const edi_condition *c) {
  explainer *x = user;
  edi_entry entry = {.linked = c->linked, .rule = c->rule};
  if (x->status != EDICT_OK) return;
  x->said = (edict_expression){.rule = text(edi_program_string(&c->linked->program, c->rule->name)),
                               .effect = edi_effect_name((edi_effect)c->rule->effect),
                               .part = words[c->part],
                               .number = c->number,
                               .holds = (edict_holds)c->holds,
                               .why = ""};
  uint32_t routine = routine_of(c);
  if (routine == EDI_NONE) {
    x->tell(x->user, &x->said);
    return;
  }
  edi_arena_init(&x->arena, NULL, MEMORY_MOST);
  x->vm = edi_plan_vm(x->decision->plan, &entry);
  edict_status status = edi_trace(&x->vm, routine, &x->arena, operand_of(&x->vm, c), pass_on, x);
  if (x->status == EDICT_OK) x->status = status;
  edi_arena_fini(&x->arena);
}

edict_status edict_decision_expressions(edict_decision *decision,
                                        void (*tell)(void *user, const edict_expression *expression), void *user) {
  if (!decision || !tell || !decision->plan->dataset) return EDICT_ARGUMENT;
  explainer x = {.decision = decision, .tell = tell, .user = user};
  edi_plan_conditions(decision->plan, explain_part, &x);
  return x.status;
}

/* ---- comparisons alone ---- */

typedef struct measurer {
  edict_decision *decision;
  const edict_cell *row;
  void (*tell)(void *user, const edict_condition *condition);
  void *user;
  edict_condition said;
  edict_status status;
} measurer;

static void say_leaf(void *user, uint32_t number, edi_truth holds) {
  measurer *m = user;
  m->said.leaf = number;
  m->said.holds = (edict_holds)holds;
  m->tell(m->user, &m->said);
}

static const edi_entry *entry_of(const edi_plan *plan, const edi_condition *c) {
  for (uint32_t i = 0; i < plan->dataset->entry_count; i++)
    if (plan->dataset->entries[i].rule == c->rule) return &plan->dataset->entries[i];
  return NULL;
}

static void measure(measurer *m, const edi_condition *c, uint32_t routine, edi_vm *vm) {
  edi_arena arena;
  edi_arena_init(&arena, NULL, MEMORY_MOST);
  edict_status status = edi_trace_leaves(vm, routine, &arena, operand_of(vm, c), say_leaf, m);
  if (m->status == EDICT_OK) m->status = status;
  edi_arena_fini(&arena);
}

static void measure_part(void *user, const edi_condition *c) {
  measurer *m = user;
  const edi_plan *plan = m->decision->plan;
  uint32_t routine = routine_of(c);
  if (m->status != EDICT_OK || routine == EDI_NONE) return;
  edi_str rule = edi_program_string(&c->linked->program, c->rule->name);
  m->said = (edict_condition){.rule = text(rule), .part = words[c->part], .number = c->number};
  bool of_row = (c->linked->program.codes[routine].reads & EDI_READS_ROW) != 0;
  const edi_entry *e = entry_of(plan, c), none = {.linked = c->linked, .rule = c->rule};
  edi_vm vm = edi_plan_vm(plan, e ? e : &none);
  if (!of_row) measure(m, c, routine, &vm);
  for (uint32_t way = 0; of_row && m->row && e && way < e->combination_count; way++) {
    vm.cells = m->row;
    vm.slot_columns = e->combinations + (size_t)way * e->rule->rowslots.count;
    measure(m, c, routine, &vm);
  }
}

edict_status edict_decision_comparisons(edict_decision *decision, const edict_cell *row, size_t count,
                                        void (*tell)(void *user, const edict_condition *condition), void *user) {
  if (!decision || !tell || !decision->plan->dataset) return EDICT_ARGUMENT;
  if (row && count != decision->plan->dataset->column_count) return EDICT_ARGUMENT;
  measurer m = {.decision = decision, .row = row, .tell = tell, .user = user};
  if (row) edi_plan_row_conditions(decision->plan, row, measure_part, &m);
  else edi_plan_conditions(decision->plan, measure_part, &m);
  return m.status;
}
