/* Expression: an answer, expression by expression, for edict_decision_expressions. Each part that deciding looked
 * at is traced; parts that read rows are not among them. */
#include "enforce/host.h"
#include "eval/conditions.h"
#include "eval/trace.h"

enum { READS_MOST = 64, TEXT_MOST = 64 * 1024, MEMORY_MOST = 256 << 20 };

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
  for (size_t i = 0; i < line->attr_count && i < READS_MOST; i++)
    reads[e.read_count++] = (edict_read){attr_name(x, line->attrs[i]),
                                         value_text(x, p->attrs[line->attrs[i]].type, line->values[i])};
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
    case EDI_CONDITION_APPLIES:
    case EDI_CONDITION_WHERE:
    case EDI_CONDITION_WHILE:
    case EDI_CONDITION_AFTER: break;
  }
  return EDI_NONE;
}

/* Which half of a condition the part is: `unless` alone is the NOT at the root, which is passed by too. */
static unsigned operand_of(explainer *x, const edi_condition *c) {
  if (c->part != EDI_CONDITION_WHEN && c->part != EDI_CONDITION_UNLESS) return 0;
  edi_vm_condition parts = edi_vm_condition_parts(&x->vm, c->rule->condition);
  if (c->part == EDI_CONDITION_UNLESS) return 2;
  return parts.has_unless ? 1 : 0;
}

static void explain_part(void *user, const edi_condition *c) {
  static const char *const words[] = {
#define PART(NAME, word) word,
      EDI_CONDITION_PARTS(PART)
#undef PART
  };
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
  edict_status status = edi_trace(&x->vm, routine, &x->arena, operand_of(x, c), pass_on, x);
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
