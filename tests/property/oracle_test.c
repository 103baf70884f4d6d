/* The product against the oracle: random rules, contracts, requests and rows, decided by both.
 *
 * Everything goes the way of a real federation: text is parsed, checked, built into a federal and a
 * domain bundle, loaded, verified, linked, bound, decided. Each request is asked of three engines: with an index,
 * without, and with code that is run as the bundle has it. EDICT_SEED and EDICT_ROUNDS choose where to start and how
 * long to go on; a difference prints the seed, the request, and the rules that it needs: the others are left out one
 * by one as long as it stays. */
#include "harness.h"

#include "base/system.h"
#include "enforce/host.h"
#include "support/oracle.h"
#include "support/random_batch.h"
#include "support/random_world.h"
#include "support/seed.h"

/* Requests of a world with few rules and with many; so many by one subject; one of so many is looked at closely. */
enum { REQUESTS = 440, REQUESTS_OF_MANY = 160, OF_SUBJECT = 8, CLOSELY = 32, ROWS = 6 };

/* Worlds when nothing else is said, and what they must come to. */
enum { ROUNDS = 500, TRIPLES = 200000 };

typedef struct random_world world;

static const bool oracle_meets[] = {true, true, false}; /* as random_world_start says */

/* ---- the oracle's view of a request ---- */

/* A subject is somebody before any product is chosen: it has no words of a domain. */
static oracle_value one_typed(const edi_model *m, edi_type type, edict_text text, bool federal) {
  oracle_value v = oracle_from_text(m, type, (edi_str){text.ptr, text.len});
  return federal && v.base == EDI_TYPE_NODE && m->nodes[v.integer].domain ? (oracle_value){0} : v;
}

static oracle_value typed(world *w, edi_arena *arena, edi_type type, const edict_attribute *a, bool ignore_others, bool federal) {
  const edi_model *m = w->domain.model;
  if (!EDI_TYPE_IS_SET(type))
    return a->count == 1 ? one_typed(m, type, a->values[0], federal) : (oracle_value){0};
  oracle_value set = {.base = EDI_TYPE_BASE(type), .set = true};
  set.members = EDI_NEW_ARRAY(arena, oracle_value, a->count);
  for (size_t i = 0; i < a->count; i++) {
    oracle_value v = one_typed(m, EDI_TYPE_ELEM(type), a->values[i], federal);
    if (v.base) set.members[set.member_count++] = v;
    else if (!ignore_others) set.incomplete = true;
  }
  return set;
}

static void fill(world *w, edi_arena *arena, oracle_value *attrs, edi_entity entity, const random_attributes *given) {
  const edi_model *m = w->domain.model;
  for (size_t i = 0; i < given->count; i++) {
    edi_str name = {given->items[i].name.ptr, given->items[i].name.len};
    uint32_t symbol = edi_model_attr(m, entity, name);
    bool ignores = entity == EDI_ENTITY_SUBJECT && edi_str_equal(name, EDI_STR("nicks"));
    attrs[symbol] = typed(w, arena, m->attrs[symbol].type, &given->items[i], ignores, entity == EDI_ENTITY_SUBJECT);
    attrs[symbol].given = true;
  }
}

/* A purpose that no member of subject.purposes covers is unknown. */
static void check_purpose(world *w, oracle_value *attrs) {
  const edi_model *m = w->domain.model;
  oracle_value *purpose = &attrs[edi_model_attr(m, EDI_ENTITY_CONTEXT, EDI_STR("purpose"))];
  const oracle_value *purposes = &attrs[edi_model_attr(m, EDI_ENTITY_SUBJECT, EDI_STR("purposes"))];
  bool covered = false;
  for (size_t i = 0; purpose->base && i < purposes->member_count; i++)
    covered |= oracle_tag_covers(m, (uint32_t)purpose->integer, (uint32_t)purposes->members[i].integer);
  if (!covered) *purpose = (oracle_value){.given = true};
}

/* ---- comparing ---- */

/* In the oracle's words: the arguments as they are written, `null` and `keep` for the ends. */
static void transform_text(const edi_transform *t, char *out, size_t size) {
  char storage[512];
  edi_buf buf = edi_buf_fixed(storage, sizeof storage);
  edi_transform_arguments(t, &buf);
  edi_transform_id id = t->id == EDI_TRANSFORM_NONE ? EDI_TRANSFORM_NULL : t->id;
  snprintf(out, size, "%s %.*s", edi_transform_name(id), (int)buf.len, buf.ptr);
}

static bool compare_reasons(const edict_decision *d, const oracle_answer *a, char *why, size_t size) {
  size_t count = edict_decision_reason_count(d);
  edict_reason reason;
  if (count == 1 && a->reason_count == 0 && edict_decision_reason(d, 0, &reason) == EDICT_OK && reason.file.len == 0) return true;
  if (count != a->reason_count) {
    snprintf(why, size, "%zu reasons, the oracle has %zu", count, a->reason_count);
    return false;
  }
  for (size_t i = 0; i < count; i++) {
    if (edict_decision_reason(d, i, &reason) != EDICT_OK) return false;
    bool same = edi_str_equal((edi_str){reason.rule.ptr, reason.rule.len}, a->reasons[i].rule) && (int)reason.holds == (int)a->reasons[i].holds &&
                (reason.unmet.len > 0) == a->reasons[i].unmet;
    if (same) continue;
    snprintf(why, size, "reason %zu is %.*s %d, the oracle says %.*s %d", i, (int)reason.rule.len, reason.rule.ptr, (int)reason.holds,
             EDI_STR_ARG(a->reasons[i].rule), (int)a->reasons[i].holds);
    return false;
  }
  return true;
}

/* A value of the plan beside one of the oracle: texts, numbers and nodes by name. */
static bool same_value(const oracle_request *q, const edi_vocabulary *v, edi_value a, oracle_value b) {
  if (a.base != b.base) return false;
  if (a.base == EDI_TYPE_STRING) return edi_str_equal(edi_value_str(a), b.text);
  if (a.base == EDI_TYPE_DECIMAL) return a.as.integer == b.decimal.mantissa && a.scale == b.decimal.scale;
  if (a.base == EDI_TYPE_NODE)
    return edi_str_equal(edi_vocabulary_name(v, (uint32_t)a.as.integer), q->model->nodes[b.integer].name);
  return a.as.integer == b.integer;
}

static bool compare_obligations(const edict_decision *d, const oracle_request *q, const oracle_answer *a, char *why, size_t size) {
  oracle_context c = {.request = q};
  edict_obligation o;
  snprintf(why, size, "%zu obligations, the oracle has %zu", edict_decision_obligation_count(d), a->obligation_count);
  if (edict_decision_obligation_count(d) != a->obligation_count) return false;
  for (size_t i = 0; i < a->obligation_count; i++) {
    const edi_oblige *mine = a->obligations[i].oblige;
    snprintf(why, size, "obligation %zu differs", i);
    if (edict_decision_obligation(d, i, &o) != EDICT_OK || o.argument_count != mine->argument_count ||
        !edi_str_equal((edi_str){o.name.ptr, o.name.len}, q->model->obligations[mine->symbol].name) ||
        !edi_str_equal((edi_str){o.rule.ptr, o.rule.len}, a->obligations[i].rule))
      return false;
    for (size_t k = 0; k < o.argument_count; k++) {
      edi_value value;
      edi_type type;
      edi_str name;
      snprintf(why, size, "argument %zu of obligation %zu differs", k, i);
      if (!edi_obligation_value(d, i, k, &value, &type, &name) ||
          !same_value(q, d->plan->vocabulary, value, oracle_eval(&c, mine->arguments[k])))
        return false;
    }
  }
  return true;
}

static bool compare_groups(const edict_decision *d, const oracle_request *q, char *why, size_t size) {
  uint32_t least[65];
  size_t wanted = 0;
  edict_group g;
  oracle_groups(q, least);
  for (size_t i = 0; i < 65; i++) wanted += least[i] > 0;
  snprintf(why, size, "%zu groups, the oracle has %zu", edict_decision_group_count(d), wanted);
  if (edict_decision_group_count(d) != wanted) return false;
  for (size_t i = 0; edict_decision_group(d, i, &g) == EDICT_OK; i++)
    if (least[g.column == SIZE_MAX ? 64 : g.column] != g.least) return false;
  return true;
}

/* ---- conditions ---- */

typedef struct condition_check {
  const oracle_request *request;
  size_t seen[4]; /* by part */
  bool differs;
  char *why;
  size_t size;
} condition_check;

static const char *const part_names[] = {"on", "when", "unless", "require"};

static const edi_expr *part_of(const edi_rule_decl *rule, size_t part) {
  return part == 0 ? rule->target : part == 1 ? rule->when : part == 2 ? rule->unless : rule->more->require;
}

/* Each part of a condition is what the rule's own expression is, and is told only if the rule has it. */
static void hear_condition(void *user, const edict_condition *c) {
  condition_check *k = user;
  const edi_model *m = k->request->model;
  edi_str name = {c->rule.ptr, c->rule.len};
  for (size_t part = 0; part < 4; part++) {
    if (strcmp(c->part, part_names[part]) != 0) continue;
    for (size_t i = 0; i < m->rules_count; i++) {
      const edi_rule_decl *rule = m->rules[i].decl;
      if (!edi_str_equal(rule->qualified, name)) continue;
      const edi_expr *x = part_of(rule, part);
      oracle_context context = {.request = k->request};
      k->seen[part]++;
      if (x && (int)oracle_test(&context, x) == (int)c->holds) continue;
      k->differs = true;
      snprintf(k->why, k->size, "`%s` of %.*s is %d%s", c->part, EDI_STR_ARG(name), (int)c->holds, x ? "" : ", and the rule has none");
    }
  }
}

static bool compare_conditions(edict_decision *decision, const oracle_request *q, size_t seen[4], char *why, size_t size) {
  condition_check k = {.request = q, .why = why, .size = size};
  if (edict_decision_conditions(decision, NULL, 0, hear_condition, &k) != EDICT_OK) return false;
  for (size_t i = 0; i < 4; i++) seen[i] += k.seen[i];
  return !k.differs;
}

static bool compare_shadows(const edict_decision *d, const oracle_answer *a, size_t columns, char *why, size_t size) {
  edict_shadow s;
  snprintf(why, size, "%zu rules in shadow, the oracle has %zu", edict_decision_shadow_count(d), a->shadow_count);
  if (edict_decision_shadow_count(d) != a->shadow_count) return false;
  for (size_t i = 0; edict_decision_shadow(d, i, &s) == EDICT_OK; i++) {
    snprintf(why, size, "shadow %zu is %.*s %d would %u, the oracle says %.*s %d would %u", i, (int)s.rule.len, s.rule.ptr,
             (int)s.holds, s.would, EDI_STR_ARG(a->shadows[i].rule), (int)a->shadows[i].holds, a->shadows[i].would);
    if (!edi_str_equal((edi_str){s.rule.ptr, s.rule.len}, a->shadows[i].rule) || (int)s.holds != (int)a->shadows[i].holds ||
        s.would != a->shadows[i].would)
      return false;
    for (size_t c = 0; c < columns; c++)
      if ((edict_decision_shadow_masks(d, i, c) != 0) != a->shadows[i].columns[c]) return false;
  }
  return true;
}

/* Every decision has its predicate as text; what it says of all rows is true of this one. */
static bool compare_where(edict_decision *d, edict_row row, bool grouped, char *why, size_t size) {
  edi_buf where;
  edi_buf_init(&where, NULL, 16 * 1024);
  bool ok = edi_decision_where(d, &where) == EDICT_OK && (where.len > 0) == (d->plan->row_rule_count > 0);
  edi_str text = {where.ptr, where.len};
  if (edi_str_equal(text, EDI_STR("false")) || edi_str_equal(text, EDI_STR("unknown"))) ok = ok && row != EDICT_ROW_SHOWN;
  if (where.len == 0 || edi_str_equal(text, EDI_STR("true"))) ok = ok && (row != EDICT_ROW_HIDDEN || grouped);
  if (!ok) snprintf(why, size, "row %d where %.*s", (int)row, EDI_STR_ARG(text));
  edi_buf_fini(&where);
  return ok;
}

static bool compare_row(const edict_product *product, random_source *r, edict_decision *d, const oracle_request *q, char *why, size_t size) {
  size_t count = d->plan->dataset->column_count;
  edict_cell in[64], out[64];
  char memory[16384], mine[512], theirs[512];
  edict_row row;
  for (size_t c = 0; c < count; c++) {
    edict_column_info info;
    if (edict_product_column_info(product, q->dataset, c, &info) != EDICT_OK) return false;
    in[c] = random_cell(r, info.type);
  }
  edict_status status = edict_decision_apply_row(d, in, count, out, memory, sizeof memory, &row);
  if (status != EDICT_OK && (status != EDICT_UNSUPPORTED || !d->plan->group_count)) return false;
  if (row != oracle_row(q, in)) {
    snprintf(why, size, "row %d, the oracle says %d", (int)row, (int)oracle_row(q, in));
    return false;
  }
  if (!compare_where(d, row, status == EDICT_UNSUPPORTED, why, size)) return false;
  for (size_t i = 0; i < q->column_count; i++) {
    edi_transform room;
    transform_text(edi_plan_column_transform(d->plan, q->columns[i], in, &room), mine, sizeof mine);
    oracle_column(q, q->columns[i], in, theirs, sizeof theirs);
    if (strcmp(mine, theirs) == 0) continue;
    snprintf(why, size, "column c%u is %.200s, the oracle says %.200s", q->columns[i], mine, theirs);
    return false;
  }
  return true;
}

typedef struct counts {
  uint64_t worlds, triples, decisions, permits, rows, limits, obligations, lines, shadows, groups, exempts, resources, abouts, opened;
  size_t conditions[4]; /* on, when, unless, require */
  batch_counts batches;
} counts;

/* ---- expressions ---- */

#define LINES_MOST 8192
typedef struct told_line { edi_str rule; const char *part; unsigned depth; char join; edict_holds holds; } told_line;
static told_line told[LINES_MOST];
static size_t told_count;

static void note_expression(void *user, const edict_expression *e) {
  (void)user;
  if (strcmp(e->part, "applies") == 0 || strcmp(e->part, "case") == 0 || told_count == LINES_MOST) return;
  if (!e->text.len || (e->holds == EDICT_HOLDS_UNKNOWN && !e->join && !*e->why)) abort();
  told[told_count++] = (told_line){{e->rule.ptr, e->rule.len}, e->part, e->depth, e->join ? e->text.ptr[0] : 0, e->holds};
}

static bool same_tags(const oracle_context *c, const edi_expr *x, unsigned depth, int above, size_t *at) {
  if (above != EDI_EXPR_OR) {
    const told_line *line = &told[(*at)++];
    if (line->depth != depth++ || line->join != 'o' || (int)line->holds != (int)oracle_test(c, x)) return false;
  }
  for (size_t i = 0; i < x->operand_count; i++, ++*at) {
    edi_expr one = *x;
    one.operands = &x->operands[i];
    one.operand_count = 1;
    if (*at >= told_count || told[*at].depth != depth || told[*at].join || (int)told[*at].holds != (int)oracle_test(c, &one)) return false;
  }
  return true;
}

/* What should be told of an expression, from the tree that was parsed: joins of one kind in one line, `is not`,
 * `!=` and `not in` as the not that they are. Goes on at *at. */
static bool same_tree(const oracle_context *c, const edi_expr *x, unsigned depth, int above, size_t *at) {
  if (*at >= told_count) return false;
  /* `model tagged a, b` is told as the `or` that it is. */
  if (x->kind == EDI_EXPR_TAGGED && x->entity >= EDI_ENTITY_RESOURCE && x->operand_count > 1) return same_tags(c, x, depth, above, at);
  bool join = x->kind == EDI_EXPR_AND || x->kind == EDI_EXPR_OR;
  bool turned = x->kind == EDI_EXPR_NE || x->kind == EDI_EXPR_IS_NOT || x->kind == EDI_EXPR_NOT_IN;
  oracle_truth holds = oracle_test(c, x);
  const told_line *line = &told[*at];
  if (!join || (int)x->kind != above) {
    char word = x->kind == EDI_EXPR_AND ? 'a' : x->kind == EDI_EXPR_OR ? 'o' : x->kind == EDI_EXPR_NOT || turned ? 'n' : 0;
    if (line->depth != depth || line->join != word || (int)line->holds != (int)holds) return false;
    ++*at;
    depth++;
  }
  if (turned) {
    line = &told[*at];
    return *at < told_count && line->depth == depth && line->join == 0 && (int)line->holds == (int)oracle_not(holds) && ++*at;
  }
  for (size_t i = 0; (join || x->kind == EDI_EXPR_NOT) && i < (join ? 2u : 1u); i++)
    if (!same_tree(c, x->operands[i], depth, (int)x->kind, at)) return false;
  return true;
}

static const edi_expr *part_of_rule(const edi_rule_decl *rule, const char *part) {
  return strcmp(part, "on") == 0     ? rule->target
         : strcmp(part, "when") == 0   ? rule->when
         : strcmp(part, "unless") == 0 ? rule->unless
                                       : rule->more->require;
}

/* Each line that explains the answer, against the oracle's walk of the source's tree. */
static bool compare_expressions(edict_decision *d, const oracle_request *q, uint64_t *lines, char *why, size_t size) {
  oracle_context c = {.request = q};
  told_count = 0;
  if (edict_decision_expressions(d, note_expression, NULL) != EDICT_OK) return snprintf(why, size, "no explanation") < 0;
  for (size_t at = 0; at < told_count;) {
    const told_line first = told[at];
    const edi_rule_decl *rule = NULL;
    for (size_t i = 0; i < q->model->rules_count; i++)
      if (edi_str_equal(q->model->rules[i].decl->qualified, first.rule)) rule = q->model->rules[i].decl;
    const edi_expr *x = rule ? part_of_rule(rule, first.part) : NULL;
    if (!x || !same_tree(&c, x, 0, -1, &at) || (at < told_count && told[at].depth > 0)) {
      snprintf(why, size, "%.*s: its `%s` is told otherwise, line %zu", EDI_STR_ARG(first.rule), first.part, at);
      return false;
    }
  }
  *lines += told_count;
  return true;
}

/* ---- one engine of several ---- */

typedef struct side {
  const char *name;
  edict_index index;
  bool as_it_stands, forgets; /* forgets: nothing of the subject is folded, as if each request were the first */
  edict_engine *engine;
  edict_product *product;
  edict_decision *decision;
  edict_session *session;
} side;

enum { SIDES = 5 };
static const side all_sides[SIDES] = {
    {.name = "with an index", .index = EDICT_INDEX_ALWAYS},
    {.name = "without an index", .index = EDICT_INDEX_NEVER, .forgets = true},
    {.name = "code as it stands", .index = EDICT_INDEX_NEVER, .as_it_stands = true},
    {.name = "as usual", .index = EDICT_INDEX_AUTO},
    {.name = "asked once", .index = EDICT_INDEX_ONCE},
};

static bool start_side(world *w, side *s) {
  w->index = s->index;
  w->as_it_stands = s->as_it_stands;
  bool ok = random_world_start(w);
  s->engine = w->engine;
  s->product = w->product;
  w->engine = NULL;
  w->product = NULL;
  return ok && (!s->product || edict_decision_create(s->product, &s->decision) == EDICT_OK);
}

static void end_sides(side *sides) {
  for (int i = 0; i < SIDES; i++) {
    edict_decision_destroy(&sides[i].decision);
    edict_session_destroy(&sides[i].session);
    edict_product_destroy(&sides[i].product);
    edict_engine_destroy(&sides[i].engine);
  }
}

/* ---- one request ---- */

typedef struct question {
  random_attributes subject, context, given;
  bool about; /* a resource, not a dataset */
  const char *action, *kind;
  uint32_t columns[64];
  size_t all; /* columns of the dataset */
  const oracle_named *named;
  edi_arena arena; /* what the requests of one subject are */
  oracle_request oracle;
} question;

static void fill_oracle(world *w, question *q) {
  const edi_model *m = w->domain.model;
  oracle_value *attrs = EDI_NEW_ARRAY(&q->arena, oracle_value, m->attrs_count);
  uint32_t issuer = edi_model_attr(m, EDI_ENTITY_SUBJECT, EDI_STR("issuer"));
  fill(w, &q->arena, attrs, EDI_ENTITY_SUBJECT, &q->subject);
  fill(w, &q->arena, attrs, EDI_ENTITY_CONTEXT, &q->context);
  if (q->about) fill(w, &q->arena, attrs, (edi_entity)(EDI_ENTITY_RESOURCE + q->oracle.resource), &q->given);
  attrs[issuer] = oracle_from_text(m, m->attrs[issuer].type, EDI_STR("host"));
  attrs[issuer].given = true;
  check_purpose(w, attrs);
  q->oracle.attrs = attrs;
}

/* By the subject that it has already. */
static void make_question(world *w, random_source *r, const edict_product *product, question *q) {
  const edi_model *m = w->domain.model;
  random_context(r, &q->context);
  q->action = random_action(r);
  q->oracle = (oracle_request){.model = m, .contract = &m->contracts[0], .dataset = random_below(r, 2), .resource = EDI_NONE,
                               .tables = w->oracle_tables, .named = q->named, .now = random_now(r), .meets = oracle_meets, .columns = q->columns};
  q->about = random_below(r, 4) == 0;
  q->given.count = 0;
  q->kind = q->about ? random_resource(r, &q->given) : "";
  if (q->about) {
    q->oracle.resource = edi_model_resource(m, edi_str_from(q->kind));
    q->oracle.dataset = 0;
  }
  q->all = q->about ? 0 : edict_product_column_count(product, q->oracle.dataset);
  for (size_t c = 0; c < q->all; c++)
    if (random_below(r, 3)) q->columns[q->oracle.column_count++] = (uint32_t)c;
  q->oracle.action = edi_model_node(m, edi_model_kind(m, EDI_STR("action")), edi_str_from(q->action));
  fill_oracle(w, q);
}

static bool ask(side *s, const question *q) {
  edict_resource resource = {{q->kind, strlen(q->kind)}, q->given.items, q->given.count};
  edict_request request = {.size = sizeof request, .action = {q->action, strlen(q->action)}, .dataset = q->oracle.dataset,
                           .columns = q->columns, .column_count = q->oracle.column_count, .context = q->context.items,
                           .context_count = q->context.count, .now = q->oracle.now, .resource = q->about ? &resource : NULL};
  if (s->forgets) edict_decision_forget(s->decision);
  return edict_decide(s->decision, s->session, &request) == EDICT_OK;
}

static bool compare_answer(side *s, const question *q, const oracle_answer *a, char *why, size_t size) {
  edict_decision *d = s->decision;
  snprintf(why, size, "it could not be decided");
  if (!ask(s, q)) return false;
  snprintf(why, size, "effect %d, the oracle says %d", (int)edict_decision_effect(d), (int)a->effect);
  return edict_decision_effect(d) == a->effect && compare_reasons(d, a, why, size) &&
         compare_obligations(d, &q->oracle, a, why, size) &&
         (a->effect != EDICT_PERMIT || compare_groups(d, &q->oracle, why, size)) && compare_shadows(d, a, q->all, why, size);
}

/* What explains an answer, and what it makes of rows, one by one and in columns. */
static bool compare_closely(side *s, random_source *r, const question *q, const oracle_answer *a, counts *n, char *why, size_t size) {
  edict_decision *d = s->decision;
  n->decisions++;
  n->resources += q->about;
  if (!compare_expressions(d, &q->oracle, &n->lines, why, size)) return false;
  if (!compare_conditions(d, &q->oracle, n->conditions, why, size)) return false;
  if (q->about || a->effect != EDICT_PERMIT) return true;
  for (int i = 0; i < ROWS; i++, n->rows++)
    if (!compare_row(s->product, r, d, &q->oracle, why, size)) return false;
  return batch_agrees(d, r, random_below(r, 200), &q->oracle, &n->batches, why, size);
}

static void count_answer(edict_decision *d, const question *q, const oracle_answer *a, counts *n) {
  bool permit = a->effect == EDICT_PERMIT;
  n->triples++;
  n->permits += permit;
  n->abouts += q->about;
  n->opened += q->about && permit;
  n->obligations += a->obligation_count;
  n->shadows += a->shadow_count;
  n->groups += edict_decision_group_count(d) > 0;
  for (size_t i = 0; i < a->reason_count && permit; i++) {
    edict_reason reason;
    n->exempts += edict_decision_reason(d, i, &reason) == EDICT_OK && strcmp(reason.effect, "exempt") == 0;
  }
}

static void show_attributes(const char *entity, const random_attributes *given) {
  for (size_t i = 0; i < given->count; i++) {
    const edict_attribute *a = &given->items[i];
    printf("# %s.%.*s:", entity, (int)a->name.len, a->name.ptr);
    for (size_t v = 0; v < a->count; v++) printf(" %.*s", (int)a->values[v].len, a->values[v].ptr);
    printf("\n");
  }
}

static void show_question(const question *q, edict_decision *d) {
  char words[2048];
  printf("# action %s dataset %zu %s\n", q->action, q->oracle.dataset, q->kind);
  show_attributes("subject", &q->subject);
  show_attributes("context", &q->context);
  if (q->about) show_attributes("resource", &q->given);
  edict_decision_explain(d, words, sizeof words);
  printf("# %s\n", words);
}

/* ---- worlds ---- */

/* The requests of one subject after another, each drawn from a source of its own, so that one can be asked again. */
typedef struct trial {
  uint64_t seed;
  const bool *without;     /* rules left out; NULL: none */
  unsigned first, last;    /* subjects, the last not; 0 and 0: all */
  bool shows;              /* what differs */
  unsigned rules, subject; /* out: how many there are, and whose request differs */
  bool made, limited;      /* out: the rules are valid; the product has too many ways to read a row */
  counts *counts;
} trial;

static bool one_request(trial *t, world *w, side *sides, question *q, unsigned number) {
  static oracle_answer answer;
  random_source r = {t->seed * 1000003 + (uint64_t)(number + 1) * 7919};
  char why[1024] = "", words[1200];
  bool ok = true;
  int at = 0;
  make_question(w, &r, sides[0].product, q);
  oracle_decide(&q->oracle, &answer);
  for (at = 0; ok && at < SIDES; at++) ok = compare_answer(&sides[at], q, &answer, why, sizeof why);
  if (ok) count_answer(sides[0].decision, q, &answer, t->counts);
  if (ok && number % CLOSELY == t->seed % CLOSELY) {
    at = 1 + (int)random_below(&r, SIDES);
    ok = compare_closely(&sides[at - 1], &r, q, &answer, t->counts, why, sizeof why);
  }
  if (!ok && t->shows) {
    snprintf(words, sizeof words, "%s: %s", sides[at - 1].name, why);
    random_world_show(w, words);
    show_question(q, sides[at - 1].decision);
  }
  return ok;
}

static bool one_subject(trial *t, world *w, side *sides, unsigned number) {
  static question q;
  random_source r = {t->seed * 1000003 + (uint64_t)number * 104729 + 1};
  bool ok = true;
  random_subject(&r, &q.subject);
  for (int i = 0; i < SIDES; i++) {
    edict_session_destroy(&sides[i].session);
    ok = ok && edict_session_create_hypothetical(sides[i].engine, (edict_text){"host", 4}, (edict_text){"ann", 3}, q.subject.items,
                                                 q.subject.count, &sides[i].session, w->diagnostics) == EDICT_OK;
  }
  edi_arena_init(&q.arena, NULL, (size_t)1 << 26);
  q.named = oracle_names(w->domain.model, &q.arena);
  for (unsigned i = 0; ok && i < OF_SUBJECT; i++) ok = one_request(t, w, sides, &q, number * OF_SUBJECT + i);
  edi_arena_fini(&q.arena);
  return ok;
}

/* False: the rules are not valid, or something differs. */
static bool one_world(trial *t) {
  bool rows = t->seed % 4 == 0; /* every fourth is about rows */
  world w = {.seed = t->seed, .many = t->seed % 8 == 1, .about_rows = rows, .without = t->without};
  random_source r = {t->seed * 1000003};
  side sides[SIDES];
  memcpy(sides, all_sides, sizeof sides);
  t->made = random_world_make(&w, &r);
  t->rules = w.rule_count;
  for (int i = 0; i < SIDES; i++) t->made = t->made && start_side(&w, &sides[i]);
  bool ok = t->made;
  t->limited = t->made && !sides[0].product;
  for (int i = 0; ok && i < SIDES; i++) ok = !sides[i].product == t->limited;
  if (!ok && t->shows) random_world_show(&w, t->made ? "not all have a product" : "the random rules are not valid");
  unsigned last = t->last ? t->last : (w.many ? REQUESTS_OF_MANY : REQUESTS) / OF_SUBJECT;
  for (t->subject = t->first; ok && !t->limited && t->subject < last; t->subject++)
    if (!one_subject(t, &w, sides, t->subject)) {
      ok = false;
      break;
    }
  end_sides(sides);
  random_world_end(&w);
  return ok;
}

/* Leaves out what the difference does not need, and shows what stays. */
static void shrink(uint64_t seed, unsigned subject, unsigned rules) {
  static bool without[RANDOM_WORLD_RULES];
  counts ignored = {0};
  unsigned left = rules;
  trial t = {.seed = seed, .without = without, .first = subject, .last = subject + 1, .counts = &ignored};
  memset(without, 0, sizeof without);
  for (bool again = true; again;) {
    again = false;
    for (unsigned i = rules; i-- > 0;) {
      if (without[i]) continue;
      without[i] = true;
      bool differs = !one_world(&t) && t.made;
      without[i] = differs;
      again |= differs;
      left -= differs;
    }
  }
  t.shows = true;
  printf("# seed %llu differs; it needs %u of %u rules. EDICT_SEED=%llu EDICT_ROUNDS=1 shows it again.\n", (unsigned long long)seed, left,
         rules, (unsigned long long)seed);
  if (one_world(&t)) printf("# it is gone when its subject is asked alone\n");
}

TEST(product_and_oracle_agree) {
  uint64_t first = seed_of("EDICT_SEED", 1), rounds = seed_of("EDICT_ROUNDS", ROUNDS);
  counts n = {0};
  for (uint64_t seed = first; seed < first + rounds; seed++) {
    trial t = {.seed = seed, .counts = &n};
    bool ok = one_world(&t);
    if (!ok && t.made) shrink(seed, t.subject, t.rules);
    if (!ok && !t.made) {
      t.shows = true;
      (void)one_world(&t);
    }
    n.limits += t.limited;
    n.worlds++;
    CHECK(ok);
    if (!ok) return;
  }
  printf("# %llu triples of rules, contracts and a request: %llu rule sets, %llu permits, %llu about a resource (%llu permits), %llu over the limit of ways\n",
         (unsigned long long)n.triples, (unsigned long long)n.worlds, (unsigned long long)n.permits, (unsigned long long)n.abouts,
         (unsigned long long)n.opened, (unsigned long long)n.limits);
  printf("# closely: %llu decisions (%llu about a resource), %llu rows\n", (unsigned long long)n.decisions,
         (unsigned long long)n.resources, (unsigned long long)n.rows);
  printf("# %llu obligations, %llu in shadow, %llu exempts, %llu with groups\n", (unsigned long long)n.obligations,
         (unsigned long long)n.shadows, (unsigned long long)n.exempts, (unsigned long long)n.groups);
  printf("# batches: %llu rows, %llu shown, %llu withheld, %llu erasable; %llu ways left open, %llu conditions by cell, %llu cells masked\n",
         (unsigned long long)n.batches.rows, (unsigned long long)n.batches.shown, (unsigned long long)n.batches.withheld,
         (unsigned long long)n.batches.erasable, (unsigned long long)n.batches.open, (unsigned long long)n.batches.cells,
         (unsigned long long)n.batches.masked);
  const oracle_outside *o = &oracle_asked;
  printf("# asked, no, yes and unknown: blocks of addresses %llu %llu %llu, tables %llu %llu %llu; values of tables %llu unknown %llu known\n",
         (unsigned long long)o->blocks[0], (unsigned long long)o->blocks[1], (unsigned long long)o->blocks[2], (unsigned long long)o->tables[0],
         (unsigned long long)o->tables[1], (unsigned long long)o->tables[2], (unsigned long long)o->values[0], (unsigned long long)o->values[1]);
  if (first != 1 || rounds != ROUNDS) return; /* what follows is of the worlds of `make check`; others differ as they may */
  CHECK(n.batches.shown * 20 > n.batches.rows && n.batches.withheld * 20 > n.batches.rows && n.batches.erasable * 100 > n.batches.rows);
  CHECK(n.batches.open > n.worlds / 4 && n.batches.cells > n.worlds && n.batches.masked > n.worlds);
  for (size_t i = 0; i < 4; i++) CHECK(n.conditions[i] > n.worlds / 6);
  CHECK(n.obligations > n.worlds / 6 && n.shadows > n.worlds / 6 && n.exempts > n.worlds / 48 && n.groups > n.worlds / 24);
  CHECK(n.lines > 5 * n.decisions);
  for (size_t i = 0; i < 3; i++) CHECK(o->blocks[i] > n.triples && o->tables[i] > n.triples / 2);
  CHECK(o->values[0] > n.triples / 2 && o->values[1] > n.triples / 2);
  CHECK(n.triples >= TRIPLES);
  CHECK(n.permits * 20 > n.triples && n.opened * 50 > n.abouts); /* a test that only ever denies would show little */
}

HARNESS_MAIN
