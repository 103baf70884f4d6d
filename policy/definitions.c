/* Definitions: their names, the order in which they stand on each other, and each typed by itself.
 *
 * In: the definitions of a model. Out: findings about names that mean something else already, about
 * definitions that are defined by themselves, and about what is wrong in a body wherever it is used; all of
 * these are marked broken. Invariant: nothing here recurses by the number of definitions, and a body is
 * typed after those that it names, so a mistake is reported where it is made and nowhere else. */
#include <stdlib.h>

#include "bundle/limits.h"
#include "policy/checker.h"
#include "policy/lex.h"

/* ---- names ---- */

/* What means something where an operand stands: attributes, functions, quantifiers, and words that begin none. */
static bool is_reserved(edi_str name) {
  static const char *const words[] = {"now",  "purpose", "action", "row",    "true",        "false", "cidr",
                                      "lower", "length", "weekday", "time-of-day", "resource", "any", "all",
                                      "every", "some",   "each",    "exists",      "forall"};
  edi_word_group group = edi_word_group_of(edi_word_find(name));
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (edi_str_equal(name, edi_str_from(words[i]))) return true;
  return group == EDI_GROUP_OPERATOR || group == EDI_GROUP_CLOSER || group == EDI_GROUP_CLAUSE ||
         group == EDI_GROUP_ENTITY;
}

static void check_reserved(edi_checker *checker, edi_name name) {
  if (!is_reserved(name.text)) return;
  edi_finding *finding = EDI_REPORT(checker, EDI_E0245, name.span, "", "`%.*s` means something in the language already",
                                    EDI_STR_ARG(name.text));
  edi_finding_fix(finding, false, "choose another name");
}

static void check_parameters(edi_checker *checker, const edi_definition_decl *decl) {
  for (size_t i = 0; i < decl->parameter_count; i++) {
    check_reserved(checker, decl->parameters[i].name);
    for (size_t j = 0; j < i; j++) {
      if (!edi_str_equal(decl->parameters[i].name.text, decl->parameters[j].name.text)) continue;
      edi_finding *finding = EDI_REPORT(checker, EDI_E0201, decl->parameters[i].name.span, "the second one",
                                        "the parameter `%.*s` is declared twice",
                                        EDI_STR_ARG(decl->parameters[i].name.text));
      edi_finding_label(finding, decl->parameters[j].name.span, "the first one");
      break;
    }
  }
}

/* The names of all nodes, levels and resources, sorted. */
typedef struct named { edi_str name; edi_span span; } named;
typedef struct names { named *items; size_t count; } names;

static int compare_names(const void *a, const void *b) {
  const named *x = a, *y = b;
  int order = edi_str_compare(x->name, y->name);
  if (order) return order;
  if (x->span.source != y->span.source) return x->span.source < y->span.source ? -1 : 1;
  return x->span.begin < y->span.begin ? -1 : x->span.begin > y->span.begin;
}

static names collect_names(edi_checker *checker) {
  const edi_model *model = checker->model;
  names all = {edi_checker_alloc(checker, (model->nodes_count + model->levels_count + model->resources_count) * sizeof(named)), 0};
  if (!all.items) return all;
  for (size_t i = 0; i < model->nodes_count; i++)
    all.items[all.count++] = (named){model->nodes[i].name, model->nodes[i].span};
  for (size_t i = 0; i < model->levels_count; i++)
    all.items[all.count++] = (named){model->levels[i].name, model->levels[i].span};
  for (size_t i = 0; i < model->resources_count; i++)
    all.items[all.count++] = (named){model->resources[i].name, model->resources[i].span};
  if (all.count > 0) qsort(all.items, all.count, sizeof *all.items, compare_names);
  return all;
}

static const named *find_name(const names *all, edi_str name) {
  size_t low = 0, high = all->count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (edi_str_compare(all->items[middle].name, name) < 0) low = middle + 1;
    else high = middle;
  }
  return low < all->count && edi_str_equal(all->items[low].name, name) ? &all->items[low] : NULL;
}

/* A `let` stands where a node, a level, a resource or a table could. */
static void check_meaning(edi_checker *checker, const names *all, const edi_definition_decl *decl) {
  const named *other = decl->constant ? find_name(all, decl->name.text) : NULL;
  uint32_t table = edi_scope_find(checker, EDI_SCOPED_TABLES, decl->name.text);
  if (!other && (!decl->constant || table == EDI_NONE)) return;
  edi_finding *finding = EDI_REPORT(checker, EDI_E0245, decl->name.span, "", "`%.*s` is the name of a %s already",
                                    EDI_STR_ARG(decl->name.text), other ? "node, level or resource" : "table");
  edi_finding_declared(finding, other ? other->span : edi_scope_span(checker->model, EDI_SCOPED_TABLES, table));
  edi_finding_why(finding, "where this name is written, nobody could tell which of the two is meant");
  edi_finding_fix(finding, false, "choose another name");
}

static void check_names(edi_checker *checker) {
  names all = collect_names(checker);
  for (size_t i = 0; i < checker->model->definitions_count && !checker->failed; i++) {
    edi_sym_definition *symbol = &checker->model->definitions[i];
    size_t errors = checker->errors;
    checker->file = symbol->file;
    checker->domain = symbol->domain;
    check_reserved(checker, symbol->decl->name);
    if (checker->errors == errors) check_meaning(checker, &all, symbol->decl);
    check_parameters(checker, symbol->decl);
    if (checker->errors > errors) symbol->broken = true;
  }
}

/* ---- what stands on what ---- */

typedef struct edge { uint32_t to; edi_span span; } edge;
typedef struct graph {
  edi_checker *checker;
  edge *edges;                 /* those of definition i from first[i] up to first[i + 1] */
  size_t count, capacity;
  size_t *first;
  const edi_definition_decl *decl; /* being read */
} graph;

static bool is_own_parameter(const graph *g, edi_str name) {
  for (size_t i = 0; i < g->decl->parameter_count; i++)
    if (edi_str_equal(g->decl->parameters[i].name.text, name)) return true;
  return false;
}

static void add_edges(graph *g, const edi_expr *expr) {
  edi_checker *checker = g->checker;
  for (size_t i = 0; i < expr->operand_count; i++) add_edges(g, expr->operands[i]);
  bool name = expr->kind == EDI_EXPR_NAME && !is_own_parameter(g, expr->text);
  if (!name && expr->kind != EDI_EXPR_CALL) return;
  uint32_t to = edi_scope_find(checker, EDI_SCOPED_DEFINITIONS, expr->text);
  if (to == EDI_NONE) return;
  void *edges = g->edges;
  if (!edi_arena_grow(checker->model->arena, &edges, &g->capacity, g->count, sizeof *g->edges)) {
    checker->failed = true;
    return;
  }
  g->edges = edges;
  g->edges[g->count++] = (edge){to, edi_expr_op_span(expr)};
}

static graph read_graph(edi_checker *checker) {
  const edi_model *model = checker->model;
  graph g = {.checker = checker};
  g.first = edi_checker_alloc(checker, (model->definitions_count + 1) * sizeof *g.first);
  for (size_t i = 0; g.first && i < model->definitions_count; i++) {
    const edi_sym_definition *symbol = &model->definitions[i];
    checker->file = symbol->file;
    checker->domain = symbol->domain;
    g.decl = symbol->decl;
    g.first[i] = g.count;
    if (symbol->decl->body) add_edges(&g, symbol->decl->body);
  }
  if (g.first) g.first[model->definitions_count] = g.count;
  return g;
}

/* ---- cycles, and the order ---- */

typedef enum visit { NEW, OPEN, DONE } visit;
typedef struct walk {
  graph *g;
  uint8_t *state;
  uint32_t *path;              /* the definitions that are open, outermost first */
  size_t *next;                /* for each of them: its next edge */
  size_t depth;
  uint32_t *order, ordered;    /* those that are done, what they stand on first */
} walk;

/* The path from `from` on leads back to it over `last`. */
static void report_cycle(walk *w, uint32_t from, const edge *last) {
  enum { NAMES_MOST = 8 };
  edi_checker *checker = w->g->checker;
  edi_model *model = checker->model;
  size_t at = w->depth;
  while (w->path[at - 1] != from) at--;
  const char *path = "";
  for (size_t i = at - 1; i < w->depth; i++) {
    edi_sym_definition *symbol = &model->definitions[w->path[i]];
    symbol->broken = true;
    if (i < at - 1 + NAMES_MOST)
      path = edi_checker_text(checker, "%s%.*s -> ", path, EDI_STR_ARG(symbol->decl->name.text));
    else if (i == at - 1 + NAMES_MOST) path = edi_checker_text(checker, "%s... -> ", path);
  }
  edi_str name = model->definitions[from].decl->name.text;
  edi_finding *finding = EDI_REPORT(checker, EDI_E0246, model->definitions[from].span, "stands on itself",
                                    "`%.*s` is defined by itself: %s%.*s", EDI_STR_ARG(name), path, EDI_STR_ARG(name));
  for (size_t i = at - 1; i + 1 < w->depth && i < at - 1 + NAMES_MOST; i++)
    edi_finding_label(finding, w->g->edges[w->next[i] - 1].span, "names `%.*s`",
                      EDI_STR_ARG(model->definitions[w->path[i + 1]].decl->name.text));
  edi_finding_label(finding, last->span, "names `%.*s`", EDI_STR_ARG(name));
  edi_finding_why(finding, "a definition is put in the place of its name, and this one would never end");
}

static void open(walk *w, uint32_t number) {
  w->state[number] = OPEN;
  w->path[w->depth] = number;
  w->next[w->depth++] = w->g->first[number];
}

static void follow(walk *w) {
  uint32_t number = w->path[w->depth - 1];
  if (w->next[w->depth - 1] == w->g->first[number + 1]) {
    w->state[number] = DONE;
    w->order[w->ordered++] = number;
    w->depth--;
    return;
  }
  const edge *last = &w->g->edges[w->next[w->depth - 1]++];
  if (w->state[last->to] == NEW) open(w, last->to);
  else if (w->state[last->to] == OPEN && !w->g->checker->model->definitions[last->to].broken)
    report_cycle(w, last->to, last);
}

static bool sort(edi_checker *checker, graph *g, walk *w) {
  size_t count = checker->model->definitions_count;
  *w = (walk){.g = g, .state = edi_checker_alloc(checker, count), .path = edi_checker_alloc(checker, count * sizeof *w->path),
              .next = edi_checker_alloc(checker, count * sizeof *w->next),
              .order = edi_checker_alloc(checker, count * sizeof *w->order)};
  if (checker->failed) return false;
  memset(w->state, NEW, count);
  for (uint32_t i = 0; i < count && !checker->failed; i++) {
    if (w->state[i] == NEW) open(w, i);
    while (w->depth > 0) follow(w);
  }
  return !checker->failed;
}

/* ---- each by itself ---- */

/* Parameters as operands that have a type and no value. */
static edi_expr *parameter(edi_checker *checker, const edi_table_column *column, edi_type type) {
  edi_expr *expr = edi_checker_alloc(checker, sizeof *expr);
  if (expr)
    *expr = (edi_expr){.kind = EDI_EXPR_NAME, .span = column->name.span, .op_begin = column->name.span.begin,
                       .op_end = column->name.span.end, .text = column->name.text, .height = 1, .type = type,
                       .symbol = EDI_NONE, .fixed = true};
  return expr;
}

static void check_alone(edi_checker *checker, edi_sym_definition *symbol) {
  static const edi_place anywhere = {"a definition",
                                     EDI_READS_PRODUCT | EDI_READS_SUBJECT | EDI_READS_CONTEXT | EDI_READS_NOW |
                                         EDI_READS_TABLE | EDI_READS_ROW | EDI_READS_RESOURCE,
                                     NULL};
  const edi_definition_decl *decl = symbol->decl;
  edi_expr **parameters = edi_checker_alloc(checker, decl->parameter_count * sizeof *parameters);
  for (size_t i = 0; parameters && i < decl->parameter_count; i++)
    parameters[i] = parameter(checker, &decl->parameters[i], symbol->types[i]);
  if (checker->failed) return;
  size_t errors = checker->errors;
  checker->file = symbol->file;
  checker->domain = symbol->domain;
  checker->place = &anywhere;
  checker->expanded = checker->outgrown = 0;
  edi_expr *body = edi_expand_copy(checker, decl, parameters);
  if (!body) edi_expand_report_size(checker, symbol, symbol->span);
  else (void)edi_check_expr(checker, body, decl->constant ? EDI_HINT_SILENT : EDI_TYPE_NONE);
  symbol->flexible = decl->constant && edi_expr_is_flexible(checker, decl->body);
  if (checker->errors > errors) symbol->broken = true;
}

void edi_check_definitions(edi_checker *checker) {
  if (checker->model->definitions_count == 0) return;
  check_names(checker);
  if (checker->failed) return;
  graph g = read_graph(checker);
  walk w;
  if (checker->failed || !sort(checker, &g, &w)) return;
  for (uint32_t i = 0; i < w.ordered && !checker->failed; i++) {
    edi_sym_definition *symbol = &checker->model->definitions[w.order[i]];
    if (!symbol->broken) check_alone(checker, symbol);
  }
}
