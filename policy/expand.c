/* Expand: what stands for a definition takes the place of its name.
 *
 * In: a NAME or CALL that means a definition. Out: a copy of its body in the same node, typed in the place
 * and with the hint of the use, names looked up where the definition stands; each parameter is a copy of the
 * argument, which was typed where the rule gives it. Invariant: what is copied is bounded for one expression
 * and for all of them, so definitions that double in size cost no more than those limits. */
#include "bundle/limits.h"
#include "policy/checker.h"

/* ---- messages ---- */

edi_finding *edi_checker_reported(edi_checker *checker, edi_code code, edi_finding *finding) {
  enum { USES_MOST = 3 };
  edi_model *model = checker->model;
  unsigned shown = 0;
  checker->errors++;
  if (!checker->expansion) return finding;
  for (const edi_expansion *e = checker->expansion; e && shown < USES_MOST; e = e->outer, shown++)
    edi_finding_label(finding, e->span, "`%.*s` is used here",
                      EDI_STR_ARG(model->definitions[e->number].decl->name.text));
  /* What may be read, and how much there may be, depends on the use; all else is wrong in every one. */
  if (code != EDI_E0214 && code != EDI_E0703 && code != EDI_E0247)
    model->definitions[checker->expansion->number].broken = true;
  return finding;
}

void edi_finding_definition(const edi_checker *checker, edi_finding *finding, const edi_expr *expr) {
  uint32_t number = edi_expr_more_of(expr)->definition;
  if (number != EDI_NONE) edi_finding_label(finding, checker->model->definitions[number].span, "defined here");
}

void edi_finding_use(edi_finding *finding, const edi_expr *expr) {
  edi_span use = edi_expr_more_of(expr)->use;
  if (use.source != EDI_SOURCE_NONE) edi_finding_label(finding, use, "used here");
}

/* ---- questions ---- */

bool edi_expand_is(const edi_checker *checker, edi_str text) {
  return edi_scope_find(checker, EDI_SCOPED_DEFINITIONS, text) != EDI_NONE;
}

bool edi_expand_is_parameter(const edi_expr *expr) {
  return expr->fixed && expr->kind == EDI_EXPR_NAME;
}

bool edi_expand_is_flexible(const edi_checker *checker, edi_str text) {
  uint32_t number = edi_scope_find(checker, EDI_SCOPED_DEFINITIONS, text);
  return number != EDI_NONE && checker->model->definitions[number].flexible;
}

/* ---- copies ---- */

typedef struct copier {
  edi_checker *checker;
  const edi_definition_decl *decl;
  edi_expr *const *arguments;
  edi_span use;
} copier;

static uint32_t parameter_of(const copier *c, const edi_expr *expr) {
  if (!c->decl || expr->kind != EDI_EXPR_NAME) return EDI_NONE;
  for (size_t i = 0; i < c->decl->parameter_count; i++)
    if (edi_str_equal(c->decl->parameters[i].name.text, expr->text)) return (uint32_t)i;
  return EDI_NONE;
}

/* A chain of definitions copies a part for each, and each takes the place of its name at once. */
static edi_expr *take_part(edi_checker *checker) {
  edi_expr *spare = checker->spare;
  if (!spare) return edi_checker_alloc(checker, sizeof *spare);
  checker->spare = (edi_expr *)(intptr_t)spare->integer;
  return spare;
}

static void give_part(edi_checker *checker, edi_expr *part) {
  *part = (edi_expr){.integer = (int64_t)(intptr_t)checker->spare};
  checker->spare = part;
}

static edi_expr *copy(const copier *c, const edi_expr *from) {
  edi_checker *checker = c->checker;
  uint32_t parameter = parameter_of(c, from);
  if (parameter != EDI_NONE) {
    const copier plain = {.checker = checker, .use = c->use};
    return copy(&plain, c->arguments[parameter]);
  }
  if (checker->failed || checker->expanded >= EDI_LIMIT_EXPANSION || checker->expanded_all >= EDI_LIMIT_EXPANSIONS)
    return NULL;
  checker->expanded++;
  checker->expanded_all++;
  edi_expr *to = take_part(checker);
  edi_expr **operands = edi_checker_alloc(checker, from->operand_count * sizeof *operands);
  if (!to || !operands) return NULL;
  *to = *from;
  to->operands = operands;
  edi_expr_more *more = c->use.source != EDI_SOURCE_NONE ? edi_checker_extend(checker, to) : NULL;
  if (more) more->use = c->use;
  for (size_t i = 0; i < from->operand_count; i++)
    if (!(operands[i] = copy(c, from->operands[i]))) return NULL;
  return to;
}

edi_expr *edi_expand_copy(edi_checker *checker, const edi_definition_decl *decl, edi_expr *const *arguments) {
  const copier c = {checker, decl, arguments, EDI_SPAN_NONE};
  return copy(&c, decl->body);
}

void edi_expand_report_size(edi_checker *checker, const edi_sym_definition *symbol, edi_span span) {
  bool all = checker->expanded_all >= EDI_LIMIT_EXPANSIONS;
  if (checker->failed || checker->outgrown || (all && checker->full & 1u << EDI_BOUND_COUNT)) return;
  checker->outgrown = true;
  if (all) checker->full |= 1u << EDI_BOUND_COUNT; /* the first one that does not fit says it for all */
  edi_finding *finding =
      EDI_REPORT(checker, EDI_E0247, span, "too much stands for it", "`%.*s` grows too large when it is put in place",
                 EDI_STR_ARG(symbol->decl->name.text));
  edi_finding_label(finding, symbol->span, "defined here");
  if (all) edi_finding_note(finding, "what stands for all definitions of a project has at most %d parts", EDI_LIMIT_EXPANSIONS);
  else edi_finding_note(finding, "what stands for definitions in one expression has at most %d parts", EDI_LIMIT_EXPANSION);
  edi_finding_fix(finding, false, "write shorter definitions, or ask a table");
}

/* ---- arguments ---- */

static void report_argument(edi_checker *checker, const edi_sym_definition *symbol, size_t at, const edi_expr *argument) {
  const edi_table_column *parameter = &symbol->decl->parameters[at];
  edi_finding *finding = EDI_REPORT(checker, EDI_E0248, argument->span, edi_checker_a_type(checker, argument->type),
                                    "the parameter `%.*s` of `%.*s` is %s", EDI_STR_ARG(parameter->name.text),
                                    EDI_STR_ARG(symbol->decl->name.text), edi_checker_a_type(checker, symbol->types[at]));
  edi_finding_label(finding, parameter->name.span, "declared here");
  edi_finding_text_as(checker, finding, argument, symbol->types[at]);
}

/* Types the arguments where they stand; false: one of them is reported. `symbol` NULL: of what, nobody knows. */
static bool check_arguments(edi_checker *checker, const edi_expr *call, const edi_sym_definition *symbol) {
  bool good = true;
  for (size_t i = 0; i < call->operand_count; i++) {
    bool known = symbol && i < symbol->decl->parameter_count && symbol->types[i] != EDI_TYPE_NONE;
    edi_expr *argument = call->operands[i];
    edi_type type = edi_check_expr(checker, argument, known ? symbol->types[i] : EDI_HINT_SILENT);
    good = good && type != EDI_TYPE_NONE && known;
    if (known && type != EDI_TYPE_NONE && type != symbol->types[i]) {
      report_argument(checker, symbol, i, argument);
      good = false;
    }
    argument->fixed = true;
  }
  return good;
}

static void report_call(edi_checker *checker, const edi_expr *expr, const edi_sym_definition *symbol) {
  const edi_definition_decl *decl = symbol->decl;
  bool call = expr->kind == EDI_EXPR_CALL;
  edi_finding *finding =
      decl->constant ? EDI_REPORT(checker, EDI_E0248, expr->span, "", "`%.*s` is a `let` and takes no arguments",
                                  EDI_STR_ARG(decl->name.text))
                     : EDI_REPORT(checker, EDI_E0248, expr->span,
                                  call ? edi_checker_text(checker, "%u given", expr->operand_count) : "",
                                  "`%.*s` takes %zu argument%s", EDI_STR_ARG(decl->name.text), decl->parameter_count,
                                  decl->parameter_count == 1 ? "" : "s");
  edi_finding_label(finding, symbol->span, "defined here");
  if (decl->constant) edi_finding_fix(finding, false, "%.*s", EDI_STR_ARG(expr->text));
  else if (!call) edi_finding_fix(finding, false, "%.*s(%s)", EDI_STR_ARG(expr->text), decl->parameter_count ? "..." : "");
}

/* ---- in place ---- */

static void note_use(edi_checker *checker, const edi_expr *expr, uint32_t number) {
  if (edi_expr_more_of(expr)->use.source != EDI_SOURCE_NONE) return; /* in a copy */
  edi_sym_use *use = edi_checker_add_uses(checker);
  if (use) *use = (edi_sym_use){number, edi_expr_op_span(expr)};
}

static edi_type put_in_place(edi_checker *checker, edi_expr *expr, uint32_t number, edi_type hint) {
  const edi_sym_definition *symbol = &checker->model->definitions[number];
  edi_span span = expr->span, use = edi_expr_more_of(expr)->use;
  const copier c = {checker, symbol->decl, expr->operands, use.source != EDI_SOURCE_NONE ? use : span};
  edi_expr *body = copy(&c, symbol->decl->body);
  if (!body) {
    edi_expand_report_size(checker, symbol, expr->span);
    return EDI_TYPE_NONE;
  }
  const edi_expansion here = {number, expr->span, checker->expansion};
  const edi_file_ast *file = checker->file;
  bool domain = checker->domain;
  checker->expansion = &here;
  checker->file = symbol->file;
  checker->domain = symbol->domain;
  edi_type type = edi_check_expr(checker, body, hint);
  checker->expansion = here.outer;
  checker->file = file;
  checker->domain = domain;
  edi_source op_source = edi_expr_op_span(body).source;
  *expr = *body; /* what it has besides is its own, as of each copy */
  if (body->operands == body->own) expr->operands = expr->own;
  give_part(checker, body);
  expr->span = span;
  expr->fixed = false;
  edi_expr_more *more = expr->extended ? expr->more : edi_checker_extend(checker, expr);
  if (!more) return EDI_TYPE_NONE;
  more->use = use;
  more->definition = number;
  more->op_source = op_source;
  return type;
}

static edi_type expand(edi_checker *checker, edi_expr *expr, uint32_t number, edi_type hint) {
  const edi_sym_definition *symbol = &checker->model->definitions[number];
  const edi_definition_decl *decl = symbol->decl;
  bool called = expr->kind == EDI_EXPR_CALL, fits = called == !decl->constant && expr->operand_count == decl->parameter_count;
  note_use(checker, expr, number);
  bool good = check_arguments(checker, expr, fits ? symbol : NULL);
  if (!fits && !symbol->broken) report_call(checker, expr, symbol);
  if (!fits || !good || symbol->broken || checker->failed) return EDI_TYPE_NONE;
  return put_in_place(checker, expr, number, hint);
}

edi_type edi_expand_name(edi_checker *checker, edi_expr *expr, edi_type hint) {
  uint32_t number = edi_scope_resolve(checker, EDI_SCOPED_DEFINITIONS, expr->text, expr->span);
  return number == EDI_NONE ? EDI_TYPE_NONE : expand(checker, expr, number, hint);
}

edi_type edi_expand_call(edi_checker *checker, edi_expr *expr, edi_type hint) {
  uint32_t number = edi_scope_resolve(checker, EDI_SCOPED_DEFINITIONS, expr->text, edi_expr_op_span(expr));
  if (number != EDI_NONE) return expand(checker, expr, number, hint);
  (void)check_arguments(checker, expr, NULL);
  return EDI_TYPE_NONE;
}
