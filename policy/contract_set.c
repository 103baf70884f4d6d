/* Contract set: contracts read one by one, and bundles in which their `require` rules can be asked.
 *
 * In: a checked project, texts. Out: facts of each contract without mistakes, a federal bundle and one for each
 * domain. Nothing is decided here: the bundles hold the rules as the checker typed them, and the evaluator
 * answers. A rule in shadow is enforced in them; the finding says that it is in shadow. */
#include "edict/contracts.h"

#include <string.h>

#include "bundle/limits.h"
#include "bundle/order.h"

#include "policy/contract.h"
#include "policy/contract_facts.h"
#include "policy/contract_set.h"
#include "policy/emit.h"
#include "policy/subset.h"

#define ARENA_SET ((size_t)1 << 32)

const char *edi_contract_set_copy(edict_contract_set *s, edi_str text) {
  return edi_arena_copy(&s->arena, text.ptr ? text.ptr : "", text.len);
}

/* ---- reading ---- */

static void locate(edict_diagnostics *d, edi_span span, uint32_t *line, uint32_t *column) {
  edi_diagnostics_locate(d, span.source, span.begin, line, column);
}

static edict_status fill_info(edict_contract_set *s, edi_set_entry *e, edict_diagnostics *d) {
  edict_contract_dataset *datasets = EDI_NEW_ARRAY(&s->arena, edict_contract_dataset, e->facts.dataset_count);
  e->info.product = edi_contract_set_copy(s, e->facts.name);
  if (!datasets || !e->info.product) return edi_arena_status(&s->arena);
  locate(d, e->facts.span, &e->info.line, &e->info.column);
  for (size_t i = 0; i < e->facts.dataset_count; i++) {
    const edi_dataset_facts *from = &e->facts.datasets[i];
    datasets[i].name = edi_contract_set_copy(s, from->name);
    if (!datasets[i].name) return edi_arena_status(&s->arena);
    locate(d, from->span, &datasets[i].line, &datasets[i].column);
  }
  e->info.datasets = datasets;
  e->info.dataset_count = e->facts.dataset_count;
  return EDICT_OK;
}

static edict_status read_entry(edict_contract_set *s, edi_set_entry *e, edi_str path, edi_str text, const edict_contract_options *options,
                               edict_diagnostics *d) {
  edi_contract_ast *ast = NULL;
  e->info.path = edi_contract_set_copy(s, path);
  e->info.finding = edict_diagnostics_count(d);
  if (!e->info.path) return edi_arena_status(&s->arena);
  edict_status status = edi_contract_parse(&s->arena, path, text, &ast, d);
  if (status == EDICT_OK) ast->lenient = options->lenient != 0;
  if (status == EDICT_OK && options->domain) ast->domain = edi_str_from(options->domain);
  if (status == EDICT_OK) status = edi_contract_resolve(&s->arena, s->build->model, ast, &e->facts, d);
  e->good = status == EDICT_OK;
  if (status == EDICT_OK) status = fill_info(s, e, d);
  e->info.finding_count = edict_diagnostics_count(d) - e->info.finding;
  return status;
}

static edict_status read_all(edict_contract_set *s, const edict_contract_text *texts, size_t count,
                             const edict_contract_options *options, edict_diagnostics *d) {
  const edi_project *p = s->build->project;
  s->count = count ? count : p->contract_count;
  s->entries = EDI_NEW_ARRAY(&s->arena, edi_set_entry, s->count);
  if (!s->entries) return edi_arena_status(&s->arena);
  for (size_t i = 0; i < s->count; i++) {
    edi_str path = count ? edi_str_from(texts[i].path) : p->contracts[i].path;
    edi_str text = count ? (edi_str){texts[i].text, texts[i].length} : p->contracts[i].text;
    edict_status status = read_entry(s, &s->entries[i], path, text, options, d);
    if (status != EDICT_OK && status != EDICT_FINDINGS) return status;
  }
  return EDICT_OK;
}

/* ---- two of one product ---- */

static int compare_entries(const void *context, const void *a, const void *b) {
  (void)context;
  const edi_set_entry *x = *(edi_set_entry *const *)a, *y = *(edi_set_entry *const *)b;
  int order = edi_str_compare(x->facts.name, y->facts.name);
  return order ? order : x < y ? -1 : x > y;
}

static edict_status keep_distinct(edict_contract_set *s, edict_diagnostics *d) {
  size_t count = 0;
  edi_set_entry **sorted = EDI_NEW_ARRAY(&s->arena, edi_set_entry *, s->count), **spare = EDI_NEW_ARRAY(&s->arena, edi_set_entry *, s->count);
  if (!sorted || !spare) return edi_arena_status(&s->arena);
  for (size_t i = 0; i < s->count; i++)
    if (s->entries[i].good) sorted[count++] = &s->entries[i];
  edi_order_sort(sorted, spare, count, sizeof *sorted, compare_entries, NULL);
  for (size_t i = 1, first = 0; i < count; i++) {
    if (!edi_str_equal(sorted[first]->facts.name, sorted[i]->facts.name)) {
      first = i;
      continue;
    }
    edi_finding *f = edi_diagnostics_add(d, EDI_E0440, sorted[i]->facts.span, "again", "there are two contracts of product `%.*s`",
                                         EDI_STR_ARG(sorted[i]->facts.name));
    edi_finding_label(f, sorted[first]->facts.span, "the first one");
    sorted[i]->good = false;
    sorted[i]->info.finding = edict_diagnostics_count(d) - 1;
    sorted[i]->info.finding_count = 1;
  }
  return EDICT_OK;
}

/* A contract with mistakes has no product here, and stands where the first of them is. */
static void settle_refused(edict_contract_set *s, edict_diagnostics *d) {
  for (size_t i = 0; i < s->count; i++) {
    edict_contract_info *info = &s->entries[i].info;
    if (s->entries[i].good) continue;
    info->product = NULL;
    info->datasets = NULL;
    info->dataset_count = 0;
    info->line = info->column = 1;
    for (size_t k = 0; k < info->finding_count; k++) {
      if (edi_code_severity(edi_diagnostics_code_at(d, info->finding + k)) != EDICT_SEVERITY_ERROR) continue;
      info->finding += k;
      info->finding_count -= k;
      edi_diagnostics_place(d, info->finding, &info->line, &info->column);
      break;
    }
  }
}

/* ---- columns of which nothing is known ---- */

static bool names_column(const edi_expr *x, edi_str column) {
  if (!x) return false;
  if (x->kind == EDI_EXPR_NAMED && x->entity == EDI_ENTITY_COLUMN && edi_str_glob(x->text, column)) return true;
  if (x->kind == EDI_EXPR_ROW_COLUMN && edi_str_equal(x->text, column)) return true;
  for (size_t i = 0; i < x->operand_count; i++)
    if (names_column(x->operands[i], column)) return true;
  return false;
}

static bool rule_names(const edi_rule_decl *r, edi_str column) {
  const edi_expr *parts[] = {r->more->where, r->more->retain_while, r->more->after, r->more->group};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
    if (names_column(parts[i], column)) return true;
  for (size_t i = 0; i < r->mask_count; i++) {
    if (names_column(r->masks[i].column, column)) return true;
    for (size_t k = 0; k < r->masks[i].case_count; k++)
      if (names_column(r->masks[i].cases[k].condition, column)) return true;
  }
  return false;
}

/* What a rule says of a column by its name it says of all that is inside. */
static bool is_spoken_of(const edi_model *m, const edi_dataset_facts *d, const edi_column_facts *c) {
  if (c->tag_count > 0 || c->closed) return true;
  for (size_t i = 0; i < m->rules_count; i++)
    for (const edi_column_facts *at = c; at; at = at->inside ? &d->columns[at->inside - 1] : NULL)
      if (rule_names(m->rules[i].decl, at->name)) return true;
  return false;
}

static void tell_unspoken(const edict_contract_set *s, const edi_dataset_facts *d, edict_diagnostics *into) {
  const edi_model *m = s->build->model;
  for (size_t i = 0; i < d->column_count; i++) {
    const edi_column_facts *c = &d->columns[i];
    if (c->has_parts || is_spoken_of(m, d, c)) continue;
    edi_finding *f = edi_diagnostics_add(into, EDI_W0963, c->span, "no tag", "no tag and no rule speaks of column `%.*s` of `%.*s`",
                                         EDI_STR_ARG(c->name), EDI_STR_ARG(d->name));
    if (m->untagged == EDI_NONE) edi_finding_why(f, "a column without a tag is closed: nobody gets to see what is in it");
    else edi_finding_why(f, "a column without a tag is served as `%.*s`", EDI_STR_ARG(m->nodes[m->untagged].name));
  }
}

/* ---- rules, domains ---- */

static bool is_about_requirements(const void *user, const edi_sym_rule *rule) {
  (void)user;
  return rule->decl->effect == EDI_EFFECT_REQUIRE || rule->decl->effect == EDI_EFFECT_EXEMPT;
}

static edict_status find_rules(edict_contract_set *s) {
  const edi_model *m = s->build->model;
  uint32_t kind = edi_model_resource(m, EDI_STR("port"));
  s->rules = EDI_NEW_ARRAY(&s->arena, uint32_t, m->rules_count);
  s->requirements = EDI_NEW_ARRAY(&s->arena, edict_requirement, m->rules_count);
  if (!s->rules || !s->requirements) return edi_arena_status(&s->arena);
  for (size_t i = 0; i < m->rules_count; i++) {
    const edi_rule_decl *r = m->rules[i].decl;
    if (r->effect != EDI_EFFECT_REQUIRE) continue;
    edict_requirement *to = &s->requirements[s->rule_count];
    *to = (edict_requirement){edi_contract_set_copy(s, r->qualified), edi_contract_set_copy(s, r->because), edi_contract_set_copy(s, r->more->see), r->shadow,
                                kind != EDI_NONE && r->thing == EDI_THING_RESOURCE + kind};
    if (!to->rule || !to->because || !to->see) return edi_arena_status(&s->arena);
    s->rules[s->rule_count++] = (uint32_t)i;
  }
  if (m->issuers_count) s->issuer = edi_contract_set_copy(s, m->issuers[0].name);
  return EDICT_OK;
}

edict_status edi_contract_set_add_domain(edict_contract_set *s, uint32_t domain) {
  void *items = s->domains;
  for (size_t i = 0; i < s->domain_count; i++)
    if (s->domains[i] == domain) return EDICT_OK;
  if (!edi_arena_grow(&s->arena, &items, &s->domain_capacity, s->domain_count, sizeof *s->domains)) return edi_arena_status(&s->arena);
  s->domains = items;
  s->domains[s->domain_count++] = domain;
  return EDICT_OK;
}

static edict_status find_domains(edict_contract_set *s) {
  edict_status status = EDICT_OK;
  for (size_t i = 0; i < s->count && status == EDICT_OK; i++)
    if (s->entries[i].good) status = edi_contract_set_add_domain(s, s->entries[i].facts.domain);
  return status;
}

/* Those of contracts without mistakes. */
static edict_status find_links(edict_contract_set *s, edict_diagnostics *d) {
  size_t count = 0;
  edi_contract_facts **all = EDI_NEW_ARRAY(&s->arena, edi_contract_facts *, s->count);
  if (!all) return edi_arena_status(&s->arena);
  for (size_t i = 0; i < s->count; i++)
    if (s->entries[i].good) all[count++] = &s->entries[i].facts;
  s->links.ends = INT64_MAX; /* asked at any time */
  return edi_contract_link_all(&s->arena, all, count, &s->links.items, &s->links.count, d);
}

const edict_links *edict_contract_set_links(const edict_contract_set *s) { return &s->links; }

static bool is_domain(const edict_contract_set *s) { return s->build->project->layer == EDI_BUNDLE_DOMAIN; }

static edict_status prepare(edict_contract_set *s, edict_diagnostics *d) {
  edict_status status = keep_distinct(s, d);
  settle_refused(s, d);
  if (status == EDICT_OK) status = find_rules(s);
  if (status == EDICT_OK) status = find_domains(s);
  if (status == EDICT_OK) status = find_links(s, d);
  if (status == EDICT_OK && is_domain(s)) {
    s->quiet = edict_diagnostics_create();
    status = s->quiet ? edi_build_parent_model(s->build, &s->arena, &s->parent, s->quiet) : EDICT_MEMORY;
  }
  for (size_t i = 0; i < s->count && status == EDICT_OK; i++)
    for (size_t k = 0; s->entries[i].good && k < s->entries[i].facts.dataset_count; k++)
      tell_unspoken(s, &s->entries[i].facts.datasets[k], d);
  return status;
}

edict_status edict_contract_set_create(const edict_project *project, const edict_contract_text *texts, size_t count,
                                       const edict_contract_options *options, edict_contract_set **set, edict_diagnostics *diagnostics) {
  static const edict_contract_options none = {.size = sizeof none};

  edi_arena arena;
  *set = NULL;
  if (!project || !diagnostics || (count && !texts) || (options && options->size < sizeof *options)) return EDICT_ARGUMENT;
  edi_arena_init(&arena, NULL, ARENA_SET);
  edict_contract_set *s = EDI_NEW(&arena, edict_contract_set);
  if (!s) {
    edi_arena_fini(&arena);
    return EDICT_MEMORY;
  }
  s->arena = arena;
  s->build = edi_project_build_of(project);
  s->domain = s->build->model->domain;
  if (options && options->domain) {
    s->domain.ptr = edi_contract_set_copy(s, edi_str_from(options->domain));
    s->domain.len = s->domain.ptr ? strlen(options->domain) : 0;
  }
  edict_status status = read_all(s, texts, count, options ? options : &none, diagnostics);
  if (status == EDICT_OK) status = prepare(s, diagnostics);
  *set = s;
  if (status != EDICT_OK) edict_contract_set_destroy(set);
  return status;
}

void edict_contract_set_destroy(edict_contract_set **set) {
  if (!set || !*set) return;
  edict_diagnostics_destroy(&(*set)->quiet);
  edi_arena arena = (*set)->arena;
  edi_arena_fini(&arena);
  *set = NULL;
}

size_t edict_contract_set_count(const edict_contract_set *s) { return s->count; }

edict_status edict_contract_set_at(const edict_contract_set *s, size_t index, edict_contract_info *info) {
  if (index >= s->count) return EDICT_ARGUMENT;
  *info = s->entries[index].info;
  return EDICT_OK;
}

size_t edict_contract_set_rule_count(const edict_contract_set *s) { return s->rule_count; }

edict_status edict_contract_set_rule(const edict_contract_set *s, size_t index, edict_requirement *rule) {
  if (index >= s->rule_count) return EDICT_ARGUMENT;
  *rule = s->requirements[index];
  return EDICT_OK;
}

const char *edict_contract_set_issuer(const edict_contract_set *s) { return s->issuer; }

/* ---- bundles ---- */

/* What a bundle is written of: the set, all of its rules or those about requirements, where it is written. */
typedef struct plan {
  const edict_contract_set *set;
  bool all;
  edi_arena *arena;
} plan;

/* What requires and what exempts from it, none of it in shadow, unless it is all; with the contracts of `domain`. */
static bool narrow(const plan *p, uint32_t domain, edi_model *m) {
  const edict_contract_set *s = p->set;
  edi_arena *arena = p->arena;
  edi_contract_facts *facts = EDI_NEW_ARRAY(arena, edi_contract_facts, s->count + s->supposed_count);
  if (!facts || (!p->all && !edi_subset_rules(arena, m, is_about_requirements, NULL))) return false;
  for (size_t i = 0; i < m->rules_count && !p->all; i++) {
    edi_rule_decl *enforced = EDI_NEW(arena, edi_rule_decl);
    if (!enforced) return false;
    *enforced = *m->rules[i].decl;
    if (enforced->effect == EDI_EFFECT_REQUIRE) enforced->shadow = false;
    m->rules[i].decl = enforced;
  }
  m->arena = arena;
  m->contracts = facts;
  m->contract_count = 0;
  for (size_t i = 0; domain != EDI_NONE && i < s->count; i++)
    if (s->entries[i].good && s->entries[i].facts.domain == domain) facts[m->contract_count++] = s->entries[i].facts;
  for (size_t i = 0; domain != EDI_NONE && i < s->supposed_count; i++)
    if (s->supposed[i].domain == domain) facts[m->contract_count++] = s->supposed[i];
  return true;
}

/* What is asked is asked at any time, whenever the project's bundle is good for. */
static edi_project at_any_time(const edict_contract_set *s) {
  edi_project p = *s->build->project;
  p.release.created = p.release.not_before = 0;
  p.release.expires = INT64_C(253402300799000000); /* the end of 9999 */
  return p;
}

/* The bundle of the project itself. */
static edict_status write_own(const plan *p, edi_buf *into, edict_diagnostics *d) {
  const edict_contract_set *s = p->set;
  edi_build build = *s->build;
  edi_model m = *s->build->model;
  edi_project project = at_any_time(s);
  build.arena = p->arena;
  build.model = &m;
  build.project = &project;
  if (!narrow(p, is_domain(s) ? m.domain_node : EDI_NONE, &m)) return edi_arena_status(p->arena);
  return edi_build_bundle(&build, into, d);
}

static edict_status write_parent(const plan *p, edi_buf *into, edict_diagnostics *d) {
  const edict_contract_set *s = p->set;
  const edi_bundle *parent = &s->build->parent;
  edi_model m = *s->parent;
  edi_manifest manifest = parent->manifest;
  edi_project project = at_any_time(s);
  manifest.created = project.release.created;
  manifest.not_before = project.release.not_before;
  manifest.expires = project.release.expires;
  if (!narrow(p, EDI_NONE, &m)) return edi_arena_status(p->arena);
  return edi_build_again(p->arena, &manifest, parent, &m, into, d);
}

/* A domain that has nothing but its contracts. */
static edict_status write_supposed(const plan *p, uint32_t domain, edi_buf *into) {
  const edict_contract_set *s = p->set;
  edi_model m = *s->build->model;
  edi_project project = at_any_time(s);
  m.domain = m.nodes[domain].name;
  m.domain_node = domain;
  if (!narrow(p, domain, &m)) return edi_arena_status(p->arena);
  return edi_build_supposed(p->arena, &project, &m, into);
}

size_t edict_contract_set_bundle_count(const edict_contract_set *s) { return is_domain(s) ? 2 : 1 + s->domain_count; }

edict_status edict_contract_set_bundle(const edict_contract_set *s, size_t index, int all, char **bytes, size_t *length,
                                      edict_diagnostics *diagnostics) {
  edi_arena arena;
  edi_buf buf;
  *bytes = NULL;
  *length = 0;
  if (index >= edict_contract_set_bundle_count(s)) return EDICT_ARGUMENT;
  edi_arena_init(&arena, NULL, ARENA_SET);
  edi_buf_init(&buf, NULL, EDI_LIMIT_BUNDLE_FILE + 1);
  const plan p = {s, all != 0, &arena};
  edict_status status = index == (is_domain(s) ? 1 : 0) ? write_own(&p, &buf, diagnostics)
                        : is_domain(s)                  ? write_parent(&p, &buf, diagnostics)
                                                        : write_supposed(&p, s->domains[index - 1], &buf);
  *length = buf.len;
  if (status == EDICT_OK) edi_buf_char(&buf, '\0');
  if (status == EDICT_OK) status = edi_buf_give(&buf, bytes);
  else edi_buf_fini(&buf);
  edi_arena_fini(&arena);
  return status;
}

/* ---- telling ---- */

/* `what` is the thing that does not meet the rule, or of which it cannot be decided. */
static void tell(const edict_contract_set *s, const char *what, edi_str name, edi_span span, size_t rule, const char *unknown, bool unclassified,
                 edict_diagnostics *diagnostics) {
  const edi_rule_decl *r = s->build->model->rules[s->rules[rule]].decl;
  edi_code code = r->shadow ? EDI_W0962 : unknown ? EDI_E0961 : EDI_E0960;
  edi_finding *f = unknown ? edi_diagnostics_add(diagnostics, code, span, "not stated", "whether %s `%.*s` meets %.*s cannot be decided", what,
                                                 EDI_STR_ARG(name), EDI_STR_ARG(r->qualified))
                           : edi_diagnostics_add(diagnostics, code, span, "does not meet it", "%s `%.*s` does not meet %.*s", what, EDI_STR_ARG(name),
                                                 EDI_STR_ARG(r->qualified));
  edi_finding_label(f, r->name.span, r->shadow ? "required here, in shadow" : "required here");
  if (r->because.len) edi_finding_why(f, "%.*s", EDI_STR_ARG(r->because));
  if (unknown && *unknown) edi_finding_note(f, "unknown: %s", unknown);
  if (unknown && !*unknown && unclassified) edi_finding_note(f, "the dataset's classification is not stated");
  if (r->more->see.len) edi_finding_note(f, "see %.*s", EDI_STR_ARG(r->more->see));
}

void edict_contract_set_tell(const edict_contract_set *s, size_t contract, size_t dataset, size_t rule, const char *unknown,
                             edict_diagnostics *diagnostics) {
  if (contract >= s->count || rule >= s->rule_count || dataset >= s->entries[contract].facts.dataset_count) return;
  const edi_dataset_facts *d = &s->entries[contract].facts.datasets[dataset];
  tell(s, "dataset", d->name, d->span, rule, unknown, d->classification == EDI_NONE, diagnostics);
}

void edict_contract_set_tell_port(const edict_contract_set *s, size_t port, size_t rule, const char *unknown, edict_diagnostics *diagnostics) {
  if (port >= s->port_count || rule >= s->rule_count) return;
  const edict_contract_port *p = &s->ports[port];
  tell(s, p->input ? "input port" : "output port", edi_str_from(p->name), s->port_spans[port], rule, unknown, false, diagnostics);
}
