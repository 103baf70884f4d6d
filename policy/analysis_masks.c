/* Analysis of masks: two that leave nothing of a column together, and two that one reader can have one
 * after the other and put together.
 *
 * A view is one case of one line. Looked at are views on related tags whose conditions read no row, so that
 * one request decides; the request has to be permitted (analysis_permit.c). */
#include "policy/analysis.h"

#include "policy/checker.h"
#include "policy/testcase.h"

enum { PAIRS_MOST = 16, PARTS_MOST = 24 };

typedef struct view {
  uint32_t rule;
  const edi_mask_line *line;
  const edi_mask_case *own;
  uint32_t tag;  /* that the column is asked for */
  uint32_t next; /* of the same tag */
} view;

typedef struct views {
  edi_analysis *a;
  view *items;
  size_t count, capacity;
  uint32_t *by_tag;
} views;

/* ---- views ---- */

static bool reads_row(const edi_expr *x) {
  if (!x) return false;
  if (x->kind == EDI_EXPR_ROW_TAG || x->kind == EDI_EXPR_ROW_COLUMN) return true;
  for (size_t i = 0; i < x->operand_count; i++)
    if (reads_row(x->operands[i])) return true;
  return false;
}

static void add_view(views *v, view one) {
  void *items = v->items;
  if (!edi_arena_grow(v->a->work, &items, &v->capacity, v->count, sizeof one)) {
    v->a->failed = true;
    return;
  }
  v->items = items;
  one.next = v->by_tag[one.tag];
  v->by_tag[one.tag] = (uint32_t)v->count;
  v->items[v->count++] = one;
}

/* Not raw, and not a way to say nothing. */
static bool says_something(edi_transform_id id) {
  switch ((int)id) {
    case EDI_TRANSFORM_NONE:
    case EDI_TRANSFORM_RAW:
    case EDI_TRANSFORM_NULL:
    case EDI_TRANSFORM_DROP:
    case EDI_TRANSFORM_DEFAULT: return false;
    default: return true;
  }
}

static void add_line(views *v, uint32_t rule, const edi_mask_line *line) {
  if (line->column->kind != EDI_EXPR_TAGGED) return;
  for (size_t i = 0; i < line->case_count && !reads_row(line->cases[i].condition); i++) {
    if (!says_something(line->cases[i].with.id)) continue;
    for (size_t t = 0; t < line->column->operand_count && t < PARTS_MOST; t++)
      add_view(v, (view){.rule = rule, .line = line, .own = &line->cases[i], .tag = line->column->operands[t]->symbol});
  }
}

static bool collect(views *v) {
  const edi_model *m = v->a->model;
  v->by_tag = EDI_NEW_ARRAY(v->a->work, uint32_t, m->nodes_count + 1);
  for (size_t i = 0; v->by_tag && i < m->nodes_count; i++) v->by_tag[i] = EDI_NONE;
  for (uint32_t i = 0; v->by_tag && i < m->rules_count && !v->a->failed; i++) {
    const edi_subject *s = &v->a->subjects[i];
    for (size_t l = 0; l < s->rule->mask_count && !s->never && !s->rule->shadow; l++) add_line(v, i, &s->rule->masks[l]);
  }
  return v->by_tag && !v->a->failed;
}

/* ---- transforms ---- */

static bool is_week(const edi_transform_use *use) {
  return edi_str_equal(edi_expr_text(use->arguments[0].value), EDI_STR("isoweek"));
}

/* Of one kind, two weeks' and months' dates, two keys and two patterns tell more together; what else is of
 * one kind meets in something of it. */
static bool same_kind_in_order(const edi_transform_use *x, const edi_transform_use *y);

static bool same_arguments(const edi_transform_use *x, const edi_transform_use *y) {
  if (x->key != y->key || x->argument_count != y->argument_count) return false;
  for (size_t i = 0; i < x->argument_count; i++)
    if (x->key == EDI_NONE && !edi_expr_same(x->arguments[i].value, y->arguments[i].value)) return false;
  return true;
}

/* Whether one says no more than the other. The evaluator has the last word: see docs/masks.md. */
static bool in_order(const edi_transform_use *x, const edi_transform_use *y) {
  if (x->id == y->id) return same_kind_in_order(x, y);
  bool classes = x->id == EDI_TRANSFORM_ALPHANUM || x->id == EDI_TRANSFORM_CLASSMASK;
  return classes && (y->id == EDI_TRANSFORM_ALPHANUM || y->id == EDI_TRANSFORM_CLASSMASK);
}

static bool same_kind_in_order(const edi_transform_use *x, const edi_transform_use *y) {
  if (x->id == EDI_TRANSFORM_PSEUDONYM || x->id == EDI_TRANSFORM_REGEX) return same_arguments(x, y);
  return x->id != EDI_TRANSFORM_DATE_TRUNC || is_week(x) == is_week(y);
}

static const char *types_of(edi_transform_id id) {
  switch (id) {
#define TRANSFORM(NAME, number, text, determinism, types, parameters) \
  case EDI_TRANSFORM_##NAME: return types;
#include "bundle/transforms.def"
#undef TRANSFORM
    case EDI_TRANSFORM_NONE: break;
  }
  return "";
}

static bool fits(const edi_transform_use *use, unsigned base, char letter) {
  if (use->id == EDI_TRANSFORM_CONST && EDI_TYPE_BASE(use->arguments[0].value->type) != base) return false;
  return strchr(types_of(use->id), letter) != NULL;
}

/* A type of cells that both fit and the tags allow; EDI_TYPE_NONE. */
static uint32_t common_type(const edi_model *m, const view *x, const view *y) {
  static const struct { unsigned base; char letter; } types[] = {
      {EDI_TYPE_STRING, 's'}, {EDI_TYPE_TIMESTAMP, 't'}, {EDI_TYPE_DATE, 'd'}, {EDI_TYPE_INT, 'i'}, {EDI_TYPE_DECIMAL, 'n'}, {EDI_TYPE_BOOL, 'b'}};
  for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
    bool ok = fits(&x->own->with, types[i].base, types[i].letter) && fits(&y->own->with, types[i].base, types[i].letter);
    const uint32_t tags[] = {x->tag, y->tag};
    for (size_t t = 0; t < 2 && ok; t++) {
      unsigned base = EDI_TYPE_BASE(m->nodes[tags[t]].type);
      bool text = base == EDI_TYPE_STRING || base == EDI_TYPE_NODE || base == EDI_TYPE_LEVEL || base == EDI_TYPE_ID;
      ok = base == EDI_TYPE_NONE || (text ? types[i].base == EDI_TYPE_STRING : types[i].base == base);
    }
    if (ok) return types[i].base;
  }
  return EDI_TYPE_NONE;
}

/* ---- goals ---- */

bool edi_mask_shows(edi_transform_id id) { return id == EDI_TRANSFORM_RAW || says_something(id); }

bool edi_mask_want_column(edi_permit_goals *g, const edi_mask_line *line) {
  if (line->column->kind != EDI_EXPR_TAGGED) return false;
  edi_permit_want(g, line->column, EDI_TRUTH_YES, 0);
  return true;
}

bool edi_mask_want(edi_permit_goals *g, const edi_subject *subject, const edi_mask_line *line, const edi_mask_case *own) {
  edi_permit_want(g, subject->condition, EDI_TRUTH_YES, 0);
  for (const edi_mask_case *k = line->cases; k != own + 1; k++) {
    if (reads_row(k->condition)) return false;
    edi_permit_want(g, k->condition, k == own ? EDI_TRUTH_YES : EDI_TRUTH_NO, 0);
  }
  return edi_mask_want_column(g, line);
}

/* The view is what its line says: its rule applies, the cases before do not, its own does. */
static void want_view(edi_permit_goals *g, const view *v, uint8_t request) {
  edi_permit_want(g, g->a->subjects[v->rule].condition, EDI_TRUTH_YES, request);
  edi_permit_want(g, v->line->column, EDI_TRUTH_YES, request);
  for (const edi_mask_case *k = v->line->cases; k != v->own; k++) edi_permit_want(g, k->condition, EDI_TRUTH_NO, request);
  if (v->own->condition) edi_permit_want(g, v->own->condition, EDI_TRUTH_YES, request);
  edi_permit_tag(g, v->tag);
}

static edict_expectation column(edi_analysis *a, const edi_witness *w, const edi_transform_use *use) {
  const char *arguments = use && use->argument_count ? edi_testcase_arguments(a->arena, a->build, use) : NULL;
  return (edict_expectation){.kind = EDICT_EXPECT_COLUMN, .column = edi_witness_column(a, w), .arguments = arguments,
                             .transform = use ? edi_transform_name(use->id) : "null"};
}

void edi_mask_expect(edi_analysis *a, edi_witness *w, const edi_transform_use *use, const char *name) {
  edict_expectation x = column(a, w, use);
  if (!use) x.transform = name;
  edi_witness_expect(a, w, x);
}

static void expect_permit(edi_analysis *a, edi_witness *w) {
  edi_witness_expect(a, w, (edict_expectation){.kind = EDICT_EXPECT_PERMIT});
}

/* ---- the bottom ---- */

static bool warn_bottom(edi_analysis *a, const view *x, const view *y) {
  edi_permit_goals g;
  edi_permit_begin(&g, a, 1);
  want_view(&g, x, 0);
  want_view(&g, y, 0);
  if (!edi_permit_solve(&g)) return false;
  const edi_rule_decl *r = a->subjects[x->rule].rule, *by = a->subjects[y->rule].rule;
  edi_warning *w = edi_analysis_warn(a, EDI_W0304, x->own->with.span, "one of them",
                                     r == by ? edi_analysis_text(a, "two masks of rule `%.*s` leave nothing of a column", EDI_STR_ARG(r->name.text))
                                             : edi_analysis_text(a, "the masks of rules `%.*s` and `%.*s` leave nothing of a column",
                                                                 EDI_STR_ARG(r->name.text), EDI_STR_ARG(by->name.text)));
  if (!w) return false;
  w->rule = x->rule;
  w->by = y->rule;
  w->other = y->own->with.span;
  w->other_label = "the other";
  w->why = "neither can be computed from the other, so what both allow is the bottom";
  w->shows = "a request that reaches both";
  a->column_type = common_type(a->model, x, y);
  edi_witness *shown = edi_witness_make(a, w, 0, r);
  a->column_type = EDI_TYPE_NONE;
  if (!shown || !edi_witness_column(a, shown)) return w->refused = true;
  expect_permit(a, shown);
  edi_witness_holds(shown, r);
  edi_witness_holds(shown, by);
  edi_witness_expect(a, shown, column(a, shown, NULL));
  return true;
}

/* ---- views that add up ---- */

static bool is_part(edi_transform_id id) {
  return says_something(id) && id != EDI_TRANSFORM_CONST && id != EDI_TRANSFORM_REDACT && id != EDI_TRANSFORM_ALPHANUM && id != EDI_TRANSFORM_CLASSMASK;
}

/* The other view's line is silent, unless it is the same line and so says something else. */
static void want_silent(edi_permit_goals *g, const view *silent, const view *speaks, uint8_t request) {
  if (silent->line == speaks->line) return;
  edi_permit_want(g, g->a->subjects[silent->rule].condition, EDI_TRUTH_NO, request);
}

static bool warn_parts(edi_analysis *a, const view *x, const view *y) {
  edi_permit_goals g;
  if (x->line != y->line && x->rule == y->rule) return false;
  edi_permit_begin(&g, a, 2);
  want_view(&g, x, 0);
  want_view(&g, y, 1);
  want_silent(&g, y, x, 0);
  want_silent(&g, x, y, 1);
  if (!edi_permit_solve(&g)) return false;
  const edi_rule_decl *r = a->subjects[x->rule].rule;
  edi_warning *w = edi_analysis_warn(a, EDI_W0305, x->own->with.span, "one part",
                                     edi_analysis_text(a, "one subject can put two views of `%.*s` together", EDI_STR_ARG(a->model->nodes[x->tag].name)));
  if (!w) return false;
  w->rule = x->rule;
  w->by = y->rule;
  w->other = y->own->with.span;
  w->other_label = "another part";
  w->why = "neither can be computed from the other, so both tell more than each";
  w->shows = "two requests of one subject";
  const view *both[] = {x, y};
  a->column_type = common_type(a->model, x, y);
  for (uint8_t i = 0; i < 2; i++) {
    edi_witness *shown = edi_witness_make(a, w, i, r);
    if (!shown || !edi_witness_column(a, shown)) return w->refused = true;
    expect_permit(a, shown);
    edi_witness_holds(shown, a->subjects[both[i]->rule].rule);
    edi_witness_expect(a, shown, column(a, shown, &both[i]->own->with));
  }
  a->column_type = EDI_TYPE_NONE;
  return true;
}

/* ---- one key for two purposes ---- */

typedef struct purposes { uint32_t nodes[PARTS_MOST]; size_t count; } purposes;

/* The purposes that a condition names as what the request has to be for: `purpose is a`, `purpose in [a, b]`. */
static void add_purposes(const edi_analysis *a, const edi_expr *x, purposes *out) {
  if (!x) return;
  if (x->kind == EDI_EXPR_AND) {
    for (size_t i = 0; i < x->operand_count; i++) add_purposes(a, x->operands[i], out);
    return;
  }
  if ((x->kind != EDI_EXPR_IS && x->kind != EDI_EXPR_IN) || x->operands[0]->kind != EDI_EXPR_ATTR) return;
  if (x->operands[0]->symbol != edi_model_attr(a->model, EDI_ENTITY_CONTEXT, EDI_STR("purpose"))) return;
  const edi_expr *of = x->operands[1];
  if (of->kind == EDI_EXPR_NODE && out->count < PARTS_MOST) out->nodes[out->count++] = of->symbol;
  for (size_t i = 0; of->kind == EDI_EXPR_LIST && i < of->operand_count && out->count < PARTS_MOST; i++)
    if (of->operands[i]->kind == EDI_EXPR_NODE) out->nodes[out->count++] = of->operands[i]->symbol;
}

static purposes purposes_of(const edi_analysis *a, const view *v) {
  purposes out = {.count = 0};
  add_purposes(a, v->own->condition, &out);
  add_purposes(a, a->subjects[v->rule].rule->when, &out);
  return out;
}

/* Each is for purposes of its own: whoever wrote them told the purposes apart. */
static bool are_apart(const edi_analysis *a, const view *x, const view *y) {
  purposes p = purposes_of(a, x), q = purposes_of(a, y);
  for (size_t i = 0; i < p.count; i++)
    for (size_t k = 0; k < q.count; k++)
      if (edi_model_below(a->model, p.nodes[i], q.nodes[k]) || edi_model_below(a->model, q.nodes[k], p.nodes[i])) return false;
  return p.count > 0 && q.count > 0;
}

/* Whether equal values come out equal for both. */
static bool share_key(const edi_analysis *a, const view *x, const view *y) {
  const edi_transform_use *u = &x->own->with, *v = &y->own->with;
  if (u->key == EDI_NONE || u->key != v->key || u->id != v->id || u->id == EDI_TRANSFORM_DATE_SHIFT) return false;
  uint32_t scope = a->model->keys[u->key].scope;
  return scope != EDI_SCOPE_PURPOSE && scope != EDI_SCOPE_QUERY;
}

static void warn_linked(edi_analysis *a, const view *x, const view *y) {
  edi_permit_goals g;
  edi_permit_begin(&g, a, 2);
  want_view(&g, x, 0);
  want_view(&g, y, 1);
  if (!edi_permit_solve(&g)) return;
  const edi_sym_key *key = &a->model->keys[x->own->with.key];
  edi_warning *w = edi_analysis_warn(a, EDI_W0348, x->own->with.span, "for one purpose",
                                     edi_analysis_text(a, "one reader can link what `%.*s` gives for two purposes", EDI_STR_ARG(key->name)));
  if (!w) return;
  w->rule = x->rule;
  w->by = y->rule;
  w->other = y->own->with.span;
  w->other_label = "for another";
  w->why = "equal values have equal pseudonyms for both purposes, so what was given for one is found again in the other";
  w->fix = "a key joinable within purpose";
  w->shows = "two requests of one subject";
  const view *both[] = {x, y};
  a->column_type = common_type(a->model, x, y);
  for (uint8_t i = 0; i < 2; i++) {
    edi_witness *shown = edi_witness_make(a, w, i, a->subjects[x->rule].rule);
    if (!shown || !edi_witness_column(a, shown)) {
      w->refused = true;
      break;
    }
    expect_permit(a, shown);
    edi_witness_holds(shown, a->subjects[both[i]->rule].rule);
    edi_witness_expect(a, shown, column(a, shown, &both[i]->own->with));
  }
  a->column_type = EDI_TYPE_NONE;
}

/* ---- pairs ---- */

static bool is_told(const edi_analysis *a, uint32_t x, uint32_t y, edi_code code) {
  for (size_t i = a->warning_count; i-- > a->masks_from;) {
    const edi_warning *w = &a->warnings[i];
    if (w->code == code && ((w->rule == x && w->by == y) || (w->rule == y && w->by == x))) return true;
  }
  return false;
}

static void look_at_pair(edi_analysis *a, const view *x, const view *y) {
  bool own = edi_analysis_own(a, &a->subjects[x->rule]) || edi_analysis_own(a, &a->subjects[y->rule]);
  if (!own || !edi_analysis_may_witness(a)) return;
  if (share_key(a, x, y) && are_apart(a, x, y) && !is_told(a, x->rule, y->rule, EDI_W0348)) warn_linked(a, x, y);
  bool apart = !in_order(&x->own->with, &y->own->with);
  bool adds = apart || (x->own->with.id == y->own->with.id && edi_views_add_up(a->model, &x->own->with, &y->own->with));
  if (!adds || common_type(a->model, x, y) == EDI_TYPE_NONE) return;
  if (apart && x->line != y->line && !is_told(a, x->rule, y->rule, EDI_W0304)) (void)warn_bottom(a, x, y);
  if (is_part(x->own->with.id) && is_part(y->own->with.id) && !is_told(a, x->rule, y->rule, EDI_W0305)) (void)warn_parts(a, x, y);
}

/* Each view with those of its tag that were filed before it, and with those of the tags above. */
static void look_at_view(const views *v, uint32_t number) {
  const view *own = &v->items[number];
  unsigned pairs = 0;
  for (uint32_t tag = own->tag; tag != EDI_NONE; tag = v->a->model->nodes[tag].parent)
    for (uint32_t i = v->by_tag[tag]; i != EDI_NONE && pairs < PAIRS_MOST; i = v->items[i].next) {
      if (tag == own->tag && i >= number) continue;
      pairs++;
      look_at_pair(v->a, &v->items[i], own);
    }
}

void edi_analysis_masks(edi_analysis *a) {
  views v = {.a = a};
  a->masks_from = a->warning_count;
  if (!edi_analysis_may_witness(a)) return; /* each claim here has one */
  if (a->failed || !collect(&v)) {
    a->failed = true;
    return;
  }
  for (uint32_t i = 0; i < v.count && !a->failed && edi_analysis_may_witness(a); i++) look_at_view(&v, i);
}
