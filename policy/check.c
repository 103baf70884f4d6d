/* Check: parsed files become a model; the order of the passes.
 *
 * In: the files of the federal layer and, perhaps, of one domain. Out: the model, and the same trees with
 * symbols and types. Two phases, between which the caller resolves contracts against the names that the
 * first one found. Invariant: a layer is declared before anything of the next one is looked at, files in
 * order of their paths, so neither the order of files nor a domain changes what a federal name means. */
#include <stdlib.h>

#include "base/parallel.h"
#include "policy/checker.h"

/* ---- the model ---- */

typedef struct numbered_file {
  edi_file_ast *file;
  size_t number;
} numbered_file;

static int compare_files(const void *a, const void *b) {
  const numbered_file *x = a, *y = b;
  int order = edi_str_compare(x->file->path, y->file->path);
  return order ? order : x->number < y->number ? -1 : x->number > y->number;
}

/* The files of one layer in order of their paths. */
static bool sort_files(edi_arena *arena, edi_file_ast **files, size_t count, edi_file_ast **sorted) {
  numbered_file *items = EDI_NEW_ARRAY(arena, numbered_file, count);
  if (!items) return false;
  for (size_t i = 0; i < count; i++) items[i] = (numbered_file){files[i], i};
  if (count > 0) qsort(items, count, sizeof *items, compare_files);
  for (size_t i = 0; i < count; i++) sorted[i] = items[i].file;
  return true;
}

static edi_model *new_model(edi_arena *arena, edi_file_ast **files, size_t count, size_t federal, edi_str domain) {
  edi_model *model = EDI_NEW(arena, edi_model);
  edi_file_ast **sorted = EDI_NEW_ARRAY(arena, edi_file_ast *, count);
  if (!model || !sorted || !sort_files(arena, files, federal, sorted) ||
      !sort_files(arena, files + federal, count - federal, sorted + federal))
    return NULL;
  *model = (edi_model){.arena = arena, .files = sorted, .file_count = count, .federal_file_count = federal,
                       .domain = domain, .domain_node = EDI_NONE, .classification = EDI_NONE,
                       .untagged = EDI_NONE};
  return model;
}

static edi_checker new_checker(edi_model *model, edict_diagnostics *diagnostics) {
  edi_checker checker = {.model = model, .diagnostics = diagnostics, .place = &edi_place_literal,
                         .untagged_span = EDI_SPAN_NONE};
  edi_arena_init(&checker.scratch, model->arena->allocator, model->arena->ceiling - model->arena->reserved);
  return checker;
}

static edict_status finish(edi_checker *checker) {
  bool full = checker->scratch.hit_ceiling;
  edi_arena_fini(&checker->scratch);
  if (checker->failed) return full ? EDICT_LIMIT : edi_arena_status(checker->model->arena);
  return checker->errors > 0 ? EDICT_FINDINGS : EDICT_OK;
}

/* ---- declarations ---- */

typedef void declaration_pass(edi_checker *checker, edi_file_ast *file, edi_decl *decl);

static void each_declaration(edi_checker *checker, edi_file_ast *const *files, size_t count, declaration_pass *pass) {
  for (size_t i = 0; i < count; i++) {
    checker->file = files[i];
    for (size_t j = 0; j < files[i]->decl_count && !checker->failed; j++) pass(checker, files[i], files[i]->decls[j]);
  }
}

static void pass_layer(edi_checker *checker, edi_file_ast *file, edi_decl *decl) {
  (void)file;
  bool later = decl->kind == EDI_DECL_RULE || decl->kind == EDI_DECL_TEST || decl->kind == EDI_DECL_LET ||
               decl->kind == EDI_DECL_DEFINE;
  if (!decl->broken) edi_layer_check_declaration(checker, decl);
  else if (!later) checker->errors++; /* reported by the parser; no model comes of it */
}

static void pass_attributes(edi_checker *checker, edi_file_ast *file, edi_decl *decl) {
  (void)file;
  if (decl->kind == EDI_DECL_ATTRIBUTES) edi_declare_attributes(checker, &decl->as.attributes);
  if (decl->kind == EDI_DECL_RESOURCE) edi_declare_resource(checker, &decl->as.resource);
}

static void pass_scoped(edi_checker *checker, edi_file_ast *file, edi_decl *decl) {
  (void)file;
  edi_declare_scoped(checker, decl);
}

static void pass_settings(edi_checker *checker, edi_file_ast *file, edi_decl *decl) {
  (void)file;
  if (decl->broken) return;
  if (decl->kind == EDI_DECL_STATE) edi_declare_facts(checker, &decl->as.state);
  if (decl->kind == EDI_DECL_UNTAGGED) edi_declare_untagged(checker, &decl->as.untagged);
}

static void declare_layer(edi_checker *checker, bool domain, size_t first, size_t end) {
  edi_file_ast *const *files = checker->model->files + first;
  size_t count = end - first;
  checker->domain = domain;
  bool whose = !domain || checker->model->domain_node != EDI_NONE; /* of a domain that nobody knows that alone is told */
  for (size_t i = 0; i < count && whose; i++) edi_layer_check_module(checker, files[i]);
  each_declaration(checker, files, count, pass_layer);
  edi_declare_taxonomies(checker, files, count);
  each_declaration(checker, files, count, pass_attributes);
  edi_declare_issuers(checker, files, count);
  each_declaration(checker, files, count, pass_scoped);
  if (!domain) each_declaration(checker, files, count, pass_settings);
}

static void find_domain(edi_checker *checker, edi_span span) {
  edi_model *model = checker->model;
  if (model->domain.len == 0 || checker->failed) return;
  model->domain_node = edi_model_node(model, EDI_BUILTIN_DOMAIN, model->domain);
  if (model->domain_node != EDI_NONE) return;
  edi_finding *finding = EDI_REPORT(checker, EDI_E0308, span, "",
                                    "the federal layer knows no domain `%.*s`", EDI_STR_ARG(model->domain));
  edi_finding_near(finding, edi_model_suggest_node(model, EDI_BUILTIN_DOMAIN, model->domain), "");
  edi_finding_note(finding, "domains are declared in the federal layer: `taxonomy domain { ... }`");
}

edict_status edi_check_declarations_indexed(edi_arena *arena, edi_file_ast **files, size_t file_count,
                                            size_t federal_file_count, edi_name domain, edi_index *index,
                                            edi_model **model, edict_diagnostics *diagnostics) {
  *model = NULL;
  if (federal_file_count > file_count || (domain.text.len == 0 && federal_file_count != file_count))
    return EDICT_ARGUMENT;
  *model = new_model(arena, files, file_count, federal_file_count, domain.text);
  if (!*model) return edi_arena_status(arena);
  (*model)->index = index;
  edi_checker checker = new_checker(*model, diagnostics);
  edi_declare_builtin_kinds(&checker);
  edi_declare_builtin_attrs(&checker);
  declare_layer(&checker, false, 0, federal_file_count);
  find_domain(&checker, domain.span);
  if (domain.text.len > 0) declare_layer(&checker, true, federal_file_count, file_count);
  edi_scopes_build(&checker, edi_scopes_may_clash(&checker));
  edi_scopes_check(&checker);
  edi_declare_revocations(&checker);
  return finish(&checker);
}

edict_status edi_check_declarations(edi_arena *arena, edi_file_ast **files, size_t file_count,
                                    size_t federal_file_count, edi_str domain, edi_model **model,
                                    edict_diagnostics *diagnostics) {
  return edi_check_declarations_indexed(arena, files, file_count, federal_file_count, (edi_name){domain, EDI_SPAN_NONE}, NULL,
                                        model, diagnostics);
}

/* ---- rules and tests ---- */

enum { RULES_A_PIECE = 256 };

static void enter(edi_checker *checker, const edi_file_ast *file, bool domain) {
  checker->file = file;
  checker->domain = domain;
  checker->place = &edi_place_literal;
}

static void check_rule(edi_checker *checker, edi_sym_rule *rule) {
  enter(checker, rule->file, rule->domain);
  if (rule->broken) checker->errors++;
  else edi_check_rule(checker, rule);
}

/* What a thread has for itself: trees are its rules' own, and what it adds to them stands in its arena. */
typedef struct seat {
  edi_model model;
  edi_checker checker;
  edi_arena arena;
  bool opens; /* some rule opens by what domains may not state, or may do so */
} seat;
typedef struct crowd { const edi_model *model; seat *seats; } crowd;

/* Of what is found nothing is told, so that not much of it is worth looking for twice. */
static void check_quietly(edi_checker *checker, edi_sym_rule *rule) {
  size_t before = checker->errors;
  rule->at_once = EDI_AT_ONCE_WRONG;
  check_rule(checker, rule);
  if (!checker->failed && checker->errors == before) rule->at_once = EDI_AT_ONCE_RIGHT;
}

static void check_piece(void *user, size_t worker, size_t item) {
  enum { MISTAKES_MOST = 64 };
  const crowd *c = user;
  seat *s = &c->seats[worker];
  size_t first = item * RULES_A_PIECE, rest = c->model->rules_count - first, count = rest < RULES_A_PIECE ? rest : RULES_A_PIECE, i = first;
  for (; i < first + count && !s->checker.failed && s->checker.errors < MISTAKES_MOST; i++) check_quietly(&s->checker, &c->model->rules[i]);
  s->opens = s->opens || i < first + count || !edi_polarity_is_right(s->checker.model, first, count);
}

static void sit(seat *s, const edi_checker *checker, edi_model *model, size_t threads) {
  edi_arena_init(&s->arena, NULL, (model->arena->ceiling - model->arena->reserved) / threads);
  s->model = *model;
  s->model.arena = &s->arena;
  s->checker = *checker;
  s->checker.model = &s->model;
  s->checker.names_left = 0; /* what is left of that is not for two */
  edi_arena_init(&s->checker.scratch, NULL, (model->arena->ceiling - model->arena->reserved) / threads);
}

static void rise(seat *s, edi_model *model) {
  edi_arena_adopt(model->arena, &s->arena);
  edi_arena_fini(&s->checker.scratch);
  model->openings_right = model->openings_right && !s->opens;
}

void edi_check_rules_at_once(edi_model *model, size_t threads) {
  edi_checker checker = new_checker(model, NULL);
  crowd c = {model, EDI_NEW_ARRAY(&checker.scratch, seat, threads)};
  edi_scopes_build(&checker, false);
  model->openings_right = c.seats && !checker.failed;
  size_t seats = model->openings_right ? threads : 0;
  for (size_t i = 0; i < seats; i++) sit(&c.seats[i], &checker, model, threads);
  if (seats) edi_parallel((model->rules_count + RULES_A_PIECE - 1) / RULES_A_PIECE, threads, check_piece, &c);
  for (size_t i = 0; i < seats; i++) rise(&c.seats[i], model);
  edi_arena_fini(&checker.scratch);
}

/* In order, and with a word about what is wrong. */
static edict_status check_in_order(edi_checker *checker, edi_sym_rule *rule) {
  edict_status status = EDICT_OK;
  if (rule->at_once == EDI_AT_ONCE_RIGHT) return status;
  if (rule->at_once == EDI_AT_ONCE_WRONG && !rule->broken)
    status = edi_parse_rule_again(checker->model->arena, rule->file, rule->decl);
  if (status == EDICT_OK) check_rule(checker, rule);
  return status;
}

edict_status edi_check_rules(edi_model *model, edict_diagnostics *diagnostics) {
  edi_checker checker = new_checker(model, diagnostics);
  edi_scopes_build(&checker, edi_scopes_names_rules(model));
  edi_check_definitions(&checker);
  edict_status status = EDICT_OK;
  for (size_t i = 0; i < model->rules_count && status == EDICT_OK && !checker.failed; i++) status = check_in_order(&checker, &model->rules[i]);
  if (status != EDICT_OK) {
    (void)finish(&checker);
    return status;
  }
  for (size_t i = 0; i < model->tests_count && !checker.failed; i++) {
    enter(&checker, model->tests[i].file, model->tests[i].domain);
    if (model->tests[i].broken) checker.errors++;
    else edi_check_test(&checker, model->tests[i].decl);
  }
  if (checker.failed) return finish(&checker);
  if (!model->openings_right) edi_polarity_check(&checker);
  edi_layer_check_links(&checker);
  return finish(&checker);
}

edict_status edi_check(edi_arena *arena, edi_file_ast **files, size_t file_count, size_t federal_file_count,
                       edi_str domain, edi_model **model, edict_diagnostics *diagnostics) {
  edict_status names =
      edi_check_declarations(arena, files, file_count, federal_file_count, domain, model, diagnostics);
  if (names != EDICT_OK && names != EDICT_FINDINGS) return names;
  edict_status rules = edi_check_rules(*model, diagnostics);
  return rules == EDICT_OK ? names : rules;
}
