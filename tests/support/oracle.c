/* Oracle, decisions: what the language says a decision is, rule after rule, with nothing remembered. */
#include "support/oracle.h"

#include <stdio.h>
#include <string.h>

#define REFS 64

static const edi_dataset_facts *dataset(const oracle_request *r) { return &r->contract->datasets[r->dataset]; }

/* ---- which rules, and do they hold ---- */

static bool names_action(const oracle_request *r, const edi_rule_decl *rule) {
  if (rule->effect != EDI_EFFECT_PERMIT && rule->effect != EDI_EFFECT_FORBID && rule->effect != EDI_EFFECT_DELEGATE) return true;
  for (size_t i = 0; i < rule->actions.count; i++)
    if (oracle_tag_covers(r->model, r->action, rule->action_nodes[i])) return true;
  return false;
}

/* ---- what a rule is about ---- */

static void note_entity(oracle_named *n, edi_entity entity) {
  if (entity >= EDI_ENTITY_RESOURCE) n->resource = entity - EDI_ENTITY_RESOURCE;
  n->dataset |= entity == EDI_ENTITY_DATASET || entity == EDI_ENTITY_COLUMN;
}

static void find_names(const edi_model *m, oracle_named *n, const edi_expr *x) {
  if (!x) return;
  for (size_t i = 0; i < x->operand_count; i++) find_names(m, n, x->operands[i]);
  if (x->kind == EDI_EXPR_ATTR) note_entity(n, m->attrs[x->symbol].entity);
  if (x->kind == EDI_EXPR_TAGGED || x->kind == EDI_EXPR_HOLDING || x->kind == EDI_EXPR_NAMED || x->kind == EDI_EXPR_CLASSIFIED ||
      x->kind == EDI_EXPR_RESOURCE)
    note_entity(n, x->entity);
}

static oracle_named names_of(const edi_model *m, const edi_rule_decl *rule) {
  oracle_named n = {false, EDI_NONE};
  const edi_expr *const parts[] = {rule->target, rule->when, rule->unless, rule->more->require};
  for (size_t i = 0; i < 4; i++) find_names(m, &n, parts[i]);
  for (size_t i = 0; i < rule->more->oblige_count; i++)
    for (size_t j = 0; j < rule->more->obliges[i].argument_count; j++) find_names(m, &n, rule->more->obliges[i].arguments[j]);
  return n;
}

const oracle_named *oracle_names(const edi_model *m, edi_arena *arena) {
  oracle_named *out = EDI_NEW_ARRAY(arena, oracle_named, m->rules_count);
  for (size_t i = 0; out && i < m->rules_count; i++) out[i] = names_of(m, m->rules[i].decl);
  return out;
}

/* A rule that names a kind of resource is asked of that kind alone; one that names neither is asked of everything
 * if it forbids, else of datasets. */
static bool is_about(const oracle_request *r, const edi_sym_rule *s) {
  const edi_rule_decl *rule = s->decl;
  oracle_named n = r->named ? r->named[s - r->model->rules] : names_of(r->model, rule);
  if (n.resource != EDI_NONE || r->resource == EDI_NONE) return n.resource == r->resource;
  return !n.dataset && (rule->effect == EDI_EFFECT_FORBID || rule->effect == EDI_EFFECT_REQUIRE);
}

static bool reaches(const oracle_request *r, const edi_sym_rule *s) {
  if (!is_about(r, s)) return false;
  if (s->decl->effect == EDI_EFFECT_DELEGATE) return oracle_tag_covers(r->model, r->contract->domain, s->decl->more->delegate_node);
  return true; /* a model holds one domain, and its products are all there are */
}

static oracle_truth target_of(const oracle_request *r, const edi_rule_decl *rule) {
  oracle_context c = {.request = r};
  return oracle_test(&c, rule->target);
}

static oracle_truth outcome(const oracle_request *r, const edi_sym_rule *s) {
  const edi_rule_decl *rule = s->decl;
  oracle_context c = {.request = r};
  int64_t today = edi_date_of(r->now);
  if (!reaches(r, s) || !names_action(r, rule)) return ORACLE_NO;
  if (rule->more->has_from && today < rule->more->from) return ORACLE_NO;
  if (rule->more->has_until && !rule->more->until_further_notice && today > rule->more->until) return ORACLE_NO;
  oracle_truth t = oracle_and(target_of(r, rule), oracle_test(&c, rule->when));
  if (rule->unless) t = oracle_and(t, oracle_not(oracle_test(&c, rule->unless)));
  if (rule->effect == EDI_EFFECT_REQUIRE) t = oracle_and(t, oracle_not(oracle_test(&c, rule->more->require)));
  return t;
}

static bool is_access(const oracle_request *r) {
  uint32_t access = edi_model_node(r->model, edi_model_kind(r->model, EDI_STR("action")), EDI_STR("access"));
  return oracle_tag_covers(r->model, r->action, access);
}

/* What the host cannot do, or with what is not known. */
static bool unmet(const oracle_request *r, const edi_sym_rule *s) {
  oracle_context c = {.request = r};
  for (size_t i = 0; i < s->decl->more->oblige_count; i++) {
    const edi_oblige *o = &s->decl->more->obliges[i];
    if (!r->meets[o->symbol]) return true;
    for (size_t k = 0; k < o->argument_count; k++)
      if (!oracle_eval(&c, o->arguments[k]).base) return true;
  }
  return false;
}

static bool opens(const oracle_request *r, const edi_sym_rule *s, edi_effect effect) {
  return s->decl->effect == effect && outcome(r, s) == ORACLE_YES && !unmet(r, s);
}

static bool enforced(const oracle_request *r, const edi_sym_rule *s) { return !s->decl->shadow || s == r->tried; }

static bool names(const edi_rule_decl *exempt, const oracle_request *r, const edi_sym_rule *s) {
  for (size_t i = 0; exempt->effect == EDI_EFFECT_EXEMPT && i < exempt->more->exempts.count; i++)
    if (&r->model->rules[exempt->more->exempt_rules[i]] == s) return true;
  return false;
}

static bool lifted(const oracle_request *r, const edi_sym_rule *s) {
  for (size_t i = 0; i < r->model->rules_count; i++) {
    const edi_sym_rule *x = &r->model->rules[i];
    if (enforced(r, x) && names(x->decl, r, s) && opens(r, x, EDI_EFFECT_EXEMPT)) return true;
  }
  return false;
}

static bool applies(const oracle_request *r, const edi_sym_rule *s) {
  return enforced(r, s) && outcome(r, s) != ORACLE_NO && !lifted(r, s);
}

static bool could_refuse(const oracle_request *r, const edi_sym_rule *s) {
  return s->decl->effect == EDI_EFFECT_FORBID || (s->decl->effect == EDI_EFFECT_REQUIRE && is_access(r));
}

static bool refuses(const oracle_request *r, const edi_sym_rule *s) { return could_refuse(r, s) && applies(r, s); }

static bool delegated(const oracle_request *r) {
  for (size_t i = 0; i < r->model->rules_count; i++)
    if (enforced(r, &r->model->rules[i]) && opens(r, &r->model->rules[i], EDI_EFFECT_DELEGATE)) return true;
  return false;
}

static bool permits(const oracle_request *r, const edi_sym_rule *s) {
  return enforced(r, s) && opens(r, s, EDI_EFFECT_PERMIT) && (!s->domain || delegated(r));
}

/* ---- the row references of a rule and all ways to read them ---- */

typedef struct refs { const edi_expr *items[REFS]; size_t count; } refs;

static bool same_ref(const edi_expr *a, const edi_expr *b) {
  if (a->kind != b->kind) return false;
  return a->kind == EDI_EXPR_ROW_TAG ? a->symbol == b->symbol : edi_str_equal(a->text, b->text);
}

static void collect(refs *out, const edi_expr *x) {
  if (!x) return;
  for (size_t i = 0; i < x->operand_count; i++) collect(out, x->operands[i]);
  if (x->kind != EDI_EXPR_ROW_TAG && x->kind != EDI_EXPR_ROW_COLUMN) return;
  for (size_t i = 0; i < out->count; i++)
    if (same_ref(out->items[i], x)) return;
  if (out->count < REFS) out->items[out->count++] = x;
}

static size_t columns_of(const oracle_request *r, const edi_expr *ref, uint32_t *out) {
  size_t count = 0;
  for (uint32_t c = 0; c < dataset(r)->column_count; c++) {
    uint32_t tags[64];
    size_t n = oracle_column_tags(r, c, tags, 64);
    bool here = ref->kind == EDI_EXPR_ROW_COLUMN && edi_str_equal(ref->text, dataset(r)->columns[c].name);
    for (size_t t = 0; t < n && ref->kind == EDI_EXPR_ROW_TAG; t++) here = here || oracle_tag_covers(r->model, tags[t], ref->symbol);
    if (here) out[count++] = c;
  }
  if (count == 0) out[count++] = EDI_NONE;
  return count;
}

/* Calls `each` for every way to read the row references of `x`. */
static void every_way(const oracle_request *r, const edi_expr *x, const edict_cell *cells, uint32_t column,
                      void (*each)(void *user, const oracle_context *c), void *user) {
  refs found = {.count = 0};
  uint32_t columns[REFS][256], choice[REFS];
  size_t counts[REFS], at[REFS] = {0};
  collect(&found, x);
  for (size_t i = 0; i < found.count; i++) counts[i] = columns_of(r, found.items[i], columns[i]);
  for (;;) {
    for (size_t i = 0; i < found.count; i++) choice[i] = columns[i][at[i]];
    oracle_context c = {.request = r, .column = column, .cells = cells, .refs = found.items, .choice = choice, .ref_count = found.count};
    each(user, &c);
    size_t i = 0;
    while (i < found.count && ++at[i] == counts[i]) at[i++] = 0;
    if (i == found.count) return;
  }
}

typedef struct tally { const edi_expr *x; bool yes, no, unknown; } tally;

static void count_truth(void *user, const oracle_context *c) {
  tally *t = user;
  oracle_truth v = oracle_test(c, t->x);
  t->yes |= v == ORACLE_YES;
  t->no |= v == ORACLE_NO;
  t->unknown |= v == ORACLE_UNKNOWN;
}

static tally all_ways(const oracle_request *r, const edi_expr *x, const edict_cell *cells) {
  tally t = {.x = x};
  every_way(r, x, cells, 0, count_truth, &t);
  return t;
}

/* ---- columns ---- */

/* A transform with its arguments: as a rule wrote them, or as two of them come to. */
typedef struct mask {
  edi_transform_id id;
  const edi_transform_use *use;
  bool met;            /* the numbers below stand in the place of the arguments */
  int64_t numbers[2];
} mask;

static mask bottom(void) { return (mask){.id = EDI_TRANSFORM_NULL}; }

static const edi_expr *argument(const mask *m, size_t i) { return m->use && i < m->use->argument_count ? m->use->arguments[i].value : NULL; }
static int64_t number(const mask *m, size_t i) { return m->met ? m->numbers[i] : argument(m, i)->integer; }

static const char *rest_argument(const mask *m, size_t *length) {
  const edi_expr *rest = argument(m, 1);
  *length = rest ? rest->text.len : 1;
  return rest ? rest->text.ptr : "*";
}

static bool same_rest(const mask *a, const mask *b) {
  size_t la, lb;
  const char *ra = rest_argument(a, &la), *rb = rest_argument(b, &lb);
  return la == lb && memcmp(ra, rb, la) == 0;
}

static void arguments_text(const oracle_request *r, const mask *m, char *out, size_t size);

static bool same_mask(const oracle_request *r, const mask *a, const mask *b) {
  char x[1024], y[1024];
  if (a->id != b->id) return false;
  arguments_text(r, a, x, sizeof x);
  arguments_text(r, b, y, sizeof y);
  return strcmp(x, y) == 0;
}

static int unit_rank(edi_str name) {
  static const char *const units[] = {"hour", "day", "isoweek", "month", "quarter", "year"};
  for (int i = 0; i < 6; i++)
    if (edi_str_equal(name, edi_str_from(units[i]))) return i;
  return -1;
}

/* a's output can be computed from b's. */
static bool below(const oracle_request *r, const mask *a, const mask *b) {
  if (a->id == EDI_TRANSFORM_DROP) return true;
  if (a->id == EDI_TRANSFORM_NULL) return b->id != EDI_TRANSFORM_DROP;
  if (b->id == EDI_TRANSFORM_RAW || same_mask(r, a, b)) return true;
  if (a->id == EDI_TRANSFORM_ALPHANUM) return b->id == EDI_TRANSFORM_CLASSMASK && b->use->argument_count == 0;
  if (a->id != b->id) return false;
  if (a->id == EDI_TRANSFORM_SHOW_LAST || a->id == EDI_TRANSFORM_SHOW_FIRST) return same_rest(a, b) && number(a, 0) <= number(b, 0);
  if (a->id == EDI_TRANSFORM_ROUND) return number(a, 0) % number(b, 0) == 0;
  if (a->id == EDI_TRANSFORM_CLAMP) return number(b, 0) <= number(a, 0) && number(a, 1) <= number(b, 1);
  if (a->id != EDI_TRANSFORM_DATE_TRUNC) return false;
  int lower = unit_rank(argument(a, 0)->text), upper = unit_rank(argument(b, 0)->text);
  return upper == 2 ? lower == 2 : lower >= upper;
}

/* What two that are not ordered have in common: steps of two and three a step of six, bounds their overlap. */
static mask common(const mask *a, const mask *b) {
  mask out = {.id = a->id, .use = a->use, .met = true};
  if (a->id != b->id) return bottom();
  if (a->id == EDI_TRANSFORM_ROUND) {
    for (out.numbers[0] = number(a, 0); out.numbers[0] % number(b, 0) != 0;) out.numbers[0] += number(a, 0);
    return out;
  }
  if (a->id != EDI_TRANSFORM_CLAMP) return bottom();
  out.numbers[0] = number(a, 0) > number(b, 0) ? number(a, 0) : number(b, 0);
  out.numbers[1] = number(a, 1) < number(b, 1) ? number(a, 1) : number(b, 1);
  return out.numbers[0] <= out.numbers[1] ? out : bottom();
}

static mask meet(const oracle_request *r, mask a, mask b) { return below(r, &a, &b) ? a : below(r, &b, &a) ? b : common(&a, &b); }

static bool fits(edi_transform_id id, unsigned base) {
  switch ((int)id) {
    case EDI_TRANSFORM_SHOW_LAST:
    case EDI_TRANSFORM_SHOW_FIRST:
    case EDI_TRANSFORM_ALPHANUM:
    case EDI_TRANSFORM_REDACT:
    case EDI_TRANSFORM_ZIP3:
    case EDI_TRANSFORM_EMAIL:
    case EDI_TRANSFORM_PAN:
    case EDI_TRANSFORM_CHARMASK:
    case EDI_TRANSFORM_IP_TRUNC:
    case EDI_TRANSFORM_PARTIAL:
    case EDI_TRANSFORM_CLASSMASK:
    case EDI_TRANSFORM_REGEX: return base == EDI_TYPE_STRING;
    case EDI_TRANSFORM_SHA256:
    case EDI_TRANSFORM_SHA256_QUERY: return base == EDI_TYPE_STRING || base == EDI_TYPE_INT;
    case EDI_TRANSFORM_PSEUDONYM: return base == EDI_TYPE_STRING || base == EDI_TYPE_INT || base == EDI_TYPE_DECIMAL;
    case EDI_TRANSFORM_DATE_TRUNC: return base == EDI_TYPE_DATE || base == EDI_TYPE_TIMESTAMP;
    case EDI_TRANSFORM_ROUND:
    case EDI_TRANSFORM_CLAMP: return base == EDI_TYPE_INT || base == EDI_TYPE_DECIMAL;
    case EDI_TRANSFORM_DEFAULT:
    case EDI_TRANSFORM_CONST: return base != EDI_TYPE_NONE;
    default: return true;
  }
}

/* A constant of another type than the column's says nothing of it. */
static bool constant_fits(const mask *m, unsigned base) {
  if (m->id != EDI_TRANSFORM_CONST) return true;
  return EDI_TYPE_BASE(m->use->arguments[0].value->type) == base;
}

static mask line_mask(const oracle_request *r, const edi_mask_line *line, unsigned base, const edict_cell *cells) {
  mask met = {.id = EDI_TRANSFORM_RAW};
  for (size_t i = 0; i < line->case_count; i++) {
    const edi_mask_case *k = &line->cases[i];
    tally t = all_ways(r, k->condition, cells);
    if (t.no && !t.yes && !t.unknown) continue;
    mask next = {.id = k->with.id, .use = &k->with};
    if (!fits(next.id, base) || !constant_fits(&next, base)) next = bottom();
    met = meet(r, met, next);
    if (t.yes && !t.no && !t.unknown) break;
  }
  return met;
}

static mask column_mask(const oracle_request *r, uint32_t column, const edict_cell *cells) {
  const edi_column_facts *f = &dataset(r)->columns[column];
  mask met = {.id = EDI_TRANSFORM_RAW};
  if (f->tag_count == 0 && r->model->untagged == EDI_NONE) met = bottom();
  for (size_t i = 0; i < r->model->rules_count; i++) {
    const edi_sym_rule *s = &r->model->rules[i];
    if (s->decl->effect != EDI_EFFECT_MASK || !applies(r, s)) continue;
    for (size_t l = 0; l < s->decl->mask_count; l++) {
      oracle_context c = {.request = r, .column = column};
      if (oracle_test(&c, s->decl->masks[l].column) == ORACLE_NO) continue;
      met = meet(r, met, line_mask(r, &s->decl->masks[l], f->type, cells));
    }
  }
  return met;
}

/* As people write them: what is named with its name, what says the default left out. */
static void arguments_text(const oracle_request *r, const mask *m, char *out, size_t size) {
  size_t used = 0;
  out[0] = '\0';
  for (size_t i = 0; m->use && i < m->use->argument_count && used < size; i++) {
    const edi_argument *a = &m->use->arguments[i];
    const edi_expr *x = a->value;
    const char *comma = i ? ", " : "";
    bool word = m->id == EDI_TRANSFORM_DATE_TRUNC || (m->id == EDI_TRANSFORM_ROUND && i == 1);
    used += (size_t)snprintf(out + used, size - used, "%s%.*s%s", comma, EDI_STR_ARG(a->name.text), a->name.text.len ? ": " : "");
    if (used >= size) return;
    if (m->use->key != EDI_NONE && i == 0) used += (size_t)snprintf(out + used, size - used, "%.*s", EDI_STR_ARG(r->model->keys[m->use->key].name));
    else if (x->kind == EDI_EXPR_MATCHES) used += (size_t)snprintf(out + used, size - used, "/%.*s/", EDI_STR_ARG(x->text));
    else if (word) used += (size_t)snprintf(out + used, size - used, "%.*s", EDI_STR_ARG(x->text));
    else if (x->kind == EDI_EXPR_STRING) used += (size_t)snprintf(out + used, size - used, "\"%.*s\"", EDI_STR_ARG(x->text));
    else used += (size_t)snprintf(out + used, size - used, "%lld", (long long)number(m, i));
  }
}

void oracle_column(const oracle_request *r, uint32_t column, const edict_cell *cells, char *out, size_t size) {
  mask m = column_mask(r, column, cells);
  char arguments[512];
  arguments_text(r, &m, arguments, sizeof arguments);
  snprintf(out, size, "%s %s", edi_transform_name(m.id), arguments);
}

/* A mask rule shapes the answer if one of its lines reaches a column that was asked for and, where no
 * row is read, some case applies. */
static bool line_is_live(const edi_mask_line *line) {
  for (size_t i = 0; i < line->case_count; i++) {
    refs found = {.count = 0};
    collect(&found, line->cases[i].condition);
    if (found.count) return true;
  }
  return false;
}

static bool shapes_column(const oracle_request *r, const edi_sym_rule *s) {
  for (size_t i = 0; i < r->column_count; i++)
    for (size_t l = 0; l < s->decl->mask_count; l++) {
      oracle_context c = {.request = r, .column = r->columns[i]};
      const edi_mask_line *line = &s->decl->masks[l];
      if (oracle_test(&c, line->column) == ORACLE_NO) continue;
      if (line_is_live(line)) return true;
      if (line_mask(r, line, dataset(r)->columns[r->columns[i]].type, NULL).id != EDI_TRANSFORM_RAW) return true;
    }
  return false;
}

/* ---- rows ---- */

typedef struct times {
  const oracle_request *r;
  const edi_rule_decl *rule;
  unsigned layer; /* 0 federal, 1 the domain's */
  bool past, erase[2], uncertain[2], kept, definite;
} times;

static void look_at_time(void *user, const oracle_context *c) {
  times *t = user;
  oracle_value when = oracle_eval(c, t->rule->more->after), d = oracle_eval(c, t->rule->more->duration);
  int64_t time = when.base == EDI_TYPE_DATE ? when.integer * EDI_DAY_MICROS : when.integer;
  int64_t passed;
  bool known = when.base && d.base;
  if (t->rule->effect == EDI_EFFECT_RETAIN_AT_LEAST) {
    /* stands while date(time) + D >= date(now) */
    bool ends = known && edi_timestamp_add(edi_date_of(time) * EDI_DAY_MICROS, d.duration, &passed);
    if (ends && d.duration.micros % EDI_DAY_MICROS) passed += EDI_DAY_MICROS - 1; /* a part of a day counts whole */
    t->kept |= !ends || edi_date_of(passed) >= edi_date_of(t->r->now);
    return;
  }
  if (!known || time > t->r->now) {
    t->past = t->uncertain[t->layer] = true;
    return;
  }
  bool ends = edi_timestamp_add(edi_date_of(time) * EDI_DAY_MICROS, d.duration, &passed);
  if (ends && d.duration.micros % EDI_DAY_MICROS) passed += EDI_DAY_MICROS - 1; /* a part of a day counts whole */
  if (!ends || edi_date_of(passed) > edi_date_of(t->r->now)) return;
  t->past = true;
  t->erase[t->layer] |= t->rule->more->then_erase && t->definite;
}

edict_row oracle_row(const oracle_request *r, const edict_cell *cells) {
  times all = {.r = r};
  bool hidden = false;
  for (size_t i = 0; i < r->model->rules_count; i++) {
    const edi_sym_rule *s = &r->model->rules[i];
    const edi_rule_decl *rule = s->decl;
    oracle_truth t = outcome(r, s);
    if (!applies(r, s)) continue;
    hidden |= rule->effect == EDI_EFFECT_SHOW_GROUPS;
    if (rule->effect == EDI_EFFECT_SHOW_ROWS) {
      tally w = all_ways(r, rule->more->where, cells);
      hidden |= w.no || w.unknown;
    }
    if (rule->effect == EDI_EFFECT_RETAIN_AT_MOST || rule->effect == EDI_EFFECT_RETAIN_AT_LEAST) {
      all.rule = rule;
      all.layer = s->domain;
      all.definite = t == ORACLE_YES;
      every_way(r, rule->more->after, cells, 0, look_at_time, &all);
    }
    if (rule->effect == EDI_EFFECT_RETAIN_WHILE) {
      tally w = all_ways(r, rule->more->retain_while, cells);
      all.kept |= w.yes || w.unknown;
    }
  }
  /* What a domain's rule does not know keeps no row that the federation erases. */
  bool erase = all.erase[0] || (all.erase[1] && !all.uncertain[1]);
  if (all.past) return erase && !all.uncertain[0] && !all.kept ? EDICT_ROW_ERASABLE : EDICT_ROW_WITHHELD;
  return hidden ? EDICT_ROW_HIDDEN : EDICT_ROW_SHOWN;
}

/* ---- the decision ---- */

static void reason(const oracle_request *r, oracle_answer *a, const edi_sym_rule *s) {
  if (a->reason_count == ORACLE_REASONS) return;
  a->reasons[a->reason_count].rule = s->decl->qualified;
  a->reasons[a->reason_count].unmet = unmet(r, s) && outcome(r, s) != ORACLE_NO;
  a->reasons[a->reason_count++].holds = outcome(r, s);
}

static void oblige(const oracle_request *r, oracle_answer *a, const edi_sym_rule *s) {
  for (size_t i = 0; i < s->decl->more->oblige_count && !unmet(r, s) && a->obligation_count < ORACLE_REASONS; i++) {
    a->obligations[a->obligation_count].rule = s->decl->qualified;
    a->obligations[a->obligation_count++].oblige = &s->decl->more->obliges[i];
  }
}

/* What a rule would do to the answer if nothing lifted it. */
static bool would_shape(const oracle_request *r, const edi_sym_rule *s) {
  if (!enforced(r, s) || outcome(r, s) == ORACLE_NO) return false;
  switch (s->decl->effect) {
    case EDI_EFFECT_MASK: return shapes_column(r, s);
    case EDI_EFFECT_SHOW_ROWS:
    case EDI_EFFECT_SHOW_GROUPS:
    case EDI_EFFECT_RETAIN_AT_MOST:
    case EDI_EFFECT_RETAIN_AT_LEAST:
    case EDI_EFFECT_RETAIN_WHILE: return true;
    case EDI_EFFECT_NONE:
    case EDI_EFFECT_PERMIT:
    case EDI_EFFECT_FORBID:
    case EDI_EFFECT_REQUIRE:
    case EDI_EFFECT_EXEMPT:
    case EDI_EFFECT_DELEGATE: break;
  }
  return could_refuse(r, s);
}

static bool shapes(const oracle_request *r, const edi_sym_rule *s) {
  if (!enforced(r, s)) return false;
  if (s->decl->effect == EDI_EFFECT_PERMIT) return permits(r, s);
  if (s->decl->effect != EDI_EFFECT_EXEMPT) return !could_refuse(r, s) && would_shape(r, s) && !lifted(r, s);
  for (size_t i = 0; i < s->decl->more->exempts.count; i++)
    if (opens(r, s, EDI_EFFECT_EXEMPT) && would_shape(r, &r->model->rules[s->decl->more->exempt_rules[i]])) return true;
  return false;
}

/* Denied for a rule that shapes the answer and obliges to what cannot be done. */
static bool refuse_unmet(const oracle_request *r, oracle_answer *a) {
  for (size_t i = 0; i < r->model->rules_count; i++)
    if (shapes(r, &r->model->rules[i]) && unmet(r, &r->model->rules[i])) reason(r, a, &r->model->rules[i]);
  return a->reason_count > 0;
}

static void permit(const oracle_request *r, oracle_answer *a) {
  const edi_model *m = r->model;
  bool borrowed = false;
  a->effect = EDICT_PERMIT;
  for (size_t i = 0; i < m->rules_count; i++) borrowed |= m->rules[i].domain && permits(r, &m->rules[i]);
  for (size_t i = 0; i < m->rules_count; i++) {
    if (shapes(r, &m->rules[i])) reason(r, a, &m->rules[i]);
    bool lends = borrowed && enforced(r, &m->rules[i]) && opens(r, &m->rules[i], EDI_EFFECT_DELEGATE);
    if (shapes(r, &m->rules[i]) || lends) oblige(r, a, &m->rules[i]);
  }
}

static void decide(const oracle_request *r, oracle_answer *a) {
  const edi_model *m = r->model;
  bool permitted = false;
  memset(a, 0, sizeof *a);
  for (size_t i = 0; i < m->rules_count; i++) {
    if (refuses(r, &m->rules[i])) {
      reason(r, a, &m->rules[i]);
      oblige(r, a, &m->rules[i]);
    }
    permitted |= permits(r, &m->rules[i]);
  }
  if (a->reason_count || (permitted && refuse_unmet(r, a))) return;
  if (permitted) {
    permit(r, a);
    return;
  }
  for (size_t i = 0; i < m->rules_count; i++) {
    const edi_sym_rule *s = &m->rules[i];
    if (enforced(r, s) && s->decl->effect == EDI_EFFECT_PERMIT && reaches(r, s) && names_action(r, s->decl) && target_of(r, s->decl) != ORACLE_NO)
      reason(r, a, s);
  }
}

/* ---- groups ---- */

void oracle_groups(const oracle_request *r, uint32_t least[65]) {
  memset(least, 0, 65 * sizeof *least);
  for (size_t i = 0; i < r->model->rules_count; i++) {
    const edi_sym_rule *s = &r->model->rules[i];
    if (s->decl->effect != EDI_EFFECT_SHOW_GROUPS || !applies(r, s)) continue;
    uint32_t columns[256];
    size_t n = columns_of(r, s->decl->more->group, columns);
    for (size_t c = 0; c < n; c++) {
      uint32_t *at = &least[columns[c] == EDI_NONE ? 64 : columns[c]];
      if (*at < s->decl->more->least) *at = (uint32_t)s->decl->more->least;
    }
  }
}

/* ---- shadow ---- */

/* What does not depend on the row, and which lines do. */
static void column_state(const oracle_request *r, uint32_t column, char *out, size_t size) {
  const edi_column_facts *f = &dataset(r)->columns[column];
  mask met = {.id = EDI_TRANSFORM_RAW};
  size_t used = 0;
  char live[4096] = "";
  if (f->tag_count == 0 && r->model->untagged == EDI_NONE) met = bottom();
  for (size_t i = 0; i < r->model->rules_count; i++) {
    const edi_sym_rule *s = &r->model->rules[i];
    if (s->decl->effect != EDI_EFFECT_MASK || !applies(r, s)) continue;
    for (size_t l = 0; l < s->decl->mask_count; l++) {
      oracle_context c = {.request = r, .column = column};
      if (oracle_test(&c, s->decl->masks[l].column) == ORACLE_NO) continue;
      if (!line_is_live(&s->decl->masks[l])) met = meet(r, met, line_mask(r, &s->decl->masks[l], f->type, NULL));
      else if (used < sizeof live) used += (size_t)snprintf(live + used, sizeof live - used, "%zu.%zu ", i, l);
    }
  }
  char arguments[1024];
  arguments_text(r, &met, arguments, sizeof arguments);
  bool closed = met.id == EDI_TRANSFORM_NULL || met.id == EDI_TRANSFORM_DROP;
  snprintf(out, size, "%d %s %s", (int)met.id, closed ? "" : arguments, closed ? "" : live);
}

static bool same_rules(const oracle_request *a, const oracle_request *b, edi_effect first, edi_effect last) {
  for (size_t i = 0; i < a->model->rules_count; i++) {
    const edi_sym_rule *s = &a->model->rules[i];
    if (s->decl->effect < first || s->decl->effect > last) continue;
    if (applies(a, s) != applies(b, s)) return false;
  }
  return true;
}

static bool same_obligations(const oracle_answer *a, const oracle_answer *b) {
  if (a->obligation_count != b->obligation_count) return false;
  for (size_t i = 0; i < a->obligation_count; i++)
    if (a->obligations[i].oblige != b->obligations[i].oblige) return false;
  return true;
}

static unsigned would_change(const oracle_request *r, const oracle_answer *a, const oracle_request *with, bool columns[64]) {
  static oracle_answer b;
  uint32_t mine[65], theirs[65];
  unsigned would = 0;
  decide(with, &b);
  memset(columns, 0, 64);
  if (a->effect != b.effect) return b.effect == EDICT_PERMIT ? 1 : 2;
  for (size_t i = 0; a->effect == EDICT_PERMIT && i < r->column_count; i++) {
    char x[6000], y[6000];
    column_state(r, r->columns[i], x, sizeof x);
    column_state(with, r->columns[i], y, sizeof y);
    if (strcmp(x, y) == 0) continue;
    columns[r->columns[i]] = true;
    would |= 4;
  }
  oracle_groups(r, mine);
  oracle_groups(with, theirs);
  if (a->effect == EDICT_PERMIT) {
    if (!same_rules(r, with, EDI_EFFECT_SHOW_ROWS, EDI_EFFECT_SHOW_ROWS)) would |= 8;
    if (memcmp(mine, theirs, sizeof mine) != 0) would |= 16;
    if (!same_rules(r, with, EDI_EFFECT_RETAIN_AT_MOST, EDI_EFFECT_RETAIN_WHILE)) would |= 32;
  }
  return same_obligations(a, &b) ? would : would | 64;
}

void oracle_decide(const oracle_request *r, oracle_answer *a) {
  decide(r, a);
  for (size_t i = 0; i < r->model->rules_count; i++) {
    const edi_sym_rule *s = &r->model->rules[i];
    if (!s->decl->shadow || a->shadow_count == ORACLE_REASONS) continue;
    oracle_request with = *r;
    with.tried = s;
    unsigned would = would_change(r, a, &with, a->shadows[a->shadow_count].columns);
    if (!would) continue;
    a->shadows[a->shadow_count].rule = s->decl->qualified;
    a->shadows[a->shadow_count].holds = outcome(r, s);
    a->shadows[a->shadow_count++].would = would;
  }
}
