/* Build: see the header. Order: parse all files, declare, resolve contracts, check rules; a stage runs
 * only if the one before found nothing wrong that it would stumble over, so one mistake is one message. */
#include "policy/build.h"

#include "policy/emit.h"
#include "policy/table_csv.h"

static edict_status worse(edict_status a, edict_status b) { return a != EDICT_OK ? a : b; }

/* ---- checking ---- */

typedef struct sources {
  edi_file_ast **files;
  size_t count, federal;
} sources;

static edict_status parse_one(edi_build *b, sources *s, edi_str path, edi_str text) {
  edict_status status = edi_parse(b->arena, path, text, &s->files[s->count], b->diagnostics);
  if (s->files[s->count]) s->count++;
  return status;
}

/* A federal bundle brings its sources: names, types and positions come from there. */
static edict_status parse_parent(edi_build *b, sources *s) {
  edict_status status = EDICT_OK;
  const edi_manifest *m = &b->parent.manifest;
  for (size_t i = 0; i < m->file_count; i++) {
    edi_str name = b->parent.files[i].name, prefix = EDI_STR("rules/");
    if (!edi_str_starts(name, prefix)) continue;
    edi_str path = {name.ptr + prefix.len, name.len - prefix.len};
    status = worse(status, parse_one(b, s, path, b->parent.files[i].bytes));
  }
  s->federal = s->count;
  return status;
}

static edict_status parse_all(edi_build *b, sources *s) {
  const edi_project *p = b->project;
  s->files = EDI_NEW_ARRAY(b->arena, edi_file_ast *, p->rule_count + b->parent.manifest.file_count);
  if (!s->files) return edi_arena_status(b->arena);
  edict_status status = parse_parent(b, s);
  for (size_t i = 0; i < p->rule_count; i++) status = worse(status, parse_one(b, s, p->rules[i].path, p->rules[i].text));
  if (p->layer == EDI_BUNDLE_FEDERAL) s->federal = s->count;
  return status;
}

static edict_status read_contracts(edi_build *b) {
  const edi_project *p = b->project;
  edi_contract_ast **contracts = EDI_NEW_ARRAY(b->arena, edi_contract_ast *, p->contract_count);
  if (!contracts) return edi_arena_status(b->arena);
  edict_status status = EDICT_OK;
  for (size_t i = 0; i < p->contract_count; i++)
    status = worse(status, edi_contract_parse(b->arena, p->contracts[i].path, p->contracts[i].text, &contracts[i], b->diagnostics));
  if (status != EDICT_OK) return status;
  return edi_contract_resolve_all(b->arena, b->model, contracts, p->contract_count, b->diagnostics);
}

/* A product belongs to the domain that signs its contract. */
static edict_status check_domains(const edi_build *b) {
  edict_status status = EDICT_OK;
  for (size_t i = 0; i < b->model->contract_count; i++) {
    const edi_contract_facts *c = &b->model->contracts[i];
    if (b->model->domain_node != EDI_NONE && edi_model_below(b->model, c->domain, b->model->domain_node)) continue;
    edi_diagnostics_add(b->diagnostics, EDI_E0320, c->span, "a product of another domain",
                        "the bundle of domain `%.*s` cannot carry the contract of `%.*s`", EDI_STR_ARG(b->model->domain),
                        EDI_STR_ARG(c->name));
    status = EDICT_FINDINGS;
  }
  return status;
}

static bool find_file(const edi_project_file *files, size_t count, edi_str path) {
  for (size_t i = 0; i < count; i++)
    if (edi_str_equal(files[i].path, path)) return true;
  return false;
}

/* What rules name by file or table must be in the project, and the other way round. */
static edict_status check_files(const edi_build *b) {
  const edi_project *p = b->project;
  size_t before = edict_diagnostics_errors(b->diagnostics);
  for (size_t i = 0; i < b->model->issuers_count && p->layer == EDI_BUNDLE_FEDERAL; i++) {
    const edi_issuer_decl *d = b->model->issuers[i].decl;
    if (b->model->issuers[i].host || find_file(p->keys, p->key_count, d->keys)) continue;
    edi_finding *f = edi_diagnostics_add(b->diagnostics, EDI_E0321, d->keys_span, "not among `keys` of edict.yaml",
                                         "issuer `%.*s` names a key set that the project does not hold", EDI_STR_ARG(d->name.text));
    edi_finding_fix(f, false, "keys: [ %.*s ]", EDI_STR_ARG(d->keys));
  }
  for (size_t i = 0; i < p->table_count; i++) {
    uint32_t t = edi_model_table(b->model, p->tables[i].name.text);
    if (t != EDI_NONE && b->model->tables[t].domain == (p->layer == EDI_BUNDLE_DOMAIN)) continue;
    edi_finding *f = edi_diagnostics_add(b->diagnostics, EDI_E0322, p->tables[i].name.span, "not a table of this layer",
                                         "no rule file of the project declares table `%.*s`", EDI_STR_ARG(p->tables[i].name.text));
    edi_sym_near near = edi_model_suggest_table(b->model, p->tables[i].name.text);
    if (near.name.ptr) edi_finding_fix(f, false, "%.*s", EDI_STR_ARG(near.name));
  }
  return edict_diagnostics_errors(b->diagnostics) > before ? EDICT_FINDINGS : EDICT_OK;
}

/* Rules carry their position into the bundle, so that a reason can say where it was written. */
static void place_rules(edi_build *b) {
  for (size_t i = 0; i < b->model->rules_count; i++) {
    edi_rule_decl *r = b->model->rules[i].decl;
    edi_diagnostics_locate(b->diagnostics, r->span.source, r->span.begin, &r->line, &r->column);
  }
}

static edict_status check_all(edi_build *b) {
  sources s = {0};
  const edi_project *p = b->project;
  edict_status parsed = parse_all(b, &s);
  if (parsed != EDICT_OK && parsed != EDICT_FINDINGS) return parsed;
  edict_status status = edi_check_declarations(b->arena, s.files, s.count, s.federal, p->domain.text, &b->model, b->diagnostics);
  if (status != EDICT_OK && status != EDICT_FINDINGS) return status;
  edict_status declared = status;
  edict_status contracts = worse(read_contracts(b), check_domains(b));
  if (contracts != EDICT_OK && contracts != EDICT_FINDINGS) return contracts;
  status = edi_check_rules(b->model, b->diagnostics);
  place_rules(b);
  return worse(worse(parsed, declared), worse(contracts, worse(status, check_files(b))));
}

edict_status edi_build_check(edi_arena *arena, edi_project *project, edi_str parent, edi_build *build,
                             edict_diagnostics *diagnostics) {
  *build = (edi_build){.arena = arena, .diagnostics = diagnostics, .project = project};
  if (project->layer == EDI_BUNDLE_DOMAIN) {
    edict_status status = edi_bundle_open(arena, parent.ptr, parent.len, &build->parent, diagnostics);
    if (status != EDICT_OK) return status;
    const edi_manifest *m = &build->parent.manifest;
    if (m->layer != EDI_BUNDLE_FEDERAL || m->version < project->parent_least) {
      edi_diagnostics_add(diagnostics, EDI_E0323, project->parent.span,
                          m->layer != EDI_BUNDLE_FEDERAL ? "not a federal bundle" : "older than `least`",
                          "this is not the federal bundle that the domain is served under");
      return EDICT_FINDINGS;
    }
  }
  return check_all(build);
}

edict_status edi_build_open(const edi_system *system, edi_arena *arena, const char *path, edi_build *build,
                            edict_diagnostics *diagnostics) {
  edi_project *project;
  edict_status status = edi_project_load(system, arena, path, &project, diagnostics);
  if (status != EDICT_OK) return status;
  edi_str parent = {0};
  if (project->parent_path) {
    edi_buf bytes;
    int error = 0;
    edi_buf_init(&bytes, NULL, EDI_LIMIT_BUNDLE_FILE);
    status = edi_system_read_file(system, project->parent_path, EDI_LIMIT_BUNDLE_FILE, &bytes, &error);
    parent = (edi_str){status == EDICT_OK ? edi_arena_copy(arena, bytes.ptr, bytes.len) : NULL, bytes.len};
    edi_buf_fini(&bytes);
    if (status != EDICT_OK) {
      edi_diagnostics_add(diagnostics, EDI_E0324, project->parent.span, "cannot be read",
                          "the federal bundle `%.*s` is not there: build it first", EDI_STR_ARG(project->parent.text));
      return EDICT_FINDINGS;
    }
    if (!parent.ptr) return edi_arena_status(arena);
  }
  return edi_build_check(arena, project, parent, build, diagnostics);
}

/* ---- writing ---- */

static edi_manifest manifest(const edi_project *p, const edi_project_release *r, edi_bundle_layer layer, edi_str layer_of) {
  edi_manifest m = {.name = p->name.text, .layer = layer, .layer_of = layer_of, .version = r->version,
                    .has_prev = r->has_prev, .created = r->created, .not_before = r->not_before,
                    .expires = r->expires, .stale_seconds = r->stale_seconds, .semantics = EDI_SEMANTICS,
                    .format = EDI_BUNDLE_FORMAT};
  memcpy(m.prev, r->prev, sizeof m.prev);
  return m;
}

static bool add_file(const edi_build *b, edi_bundle_file *files, size_t *count, const char *folder, edi_str path, edi_str bytes) {
  edi_buf name;
  edi_buf_init(&name, NULL, 4096);
  edi_buf_text(&name, folder);
  edi_buf_str(&name, path);
  char *copy = name.failed == EDICT_OK ? edi_arena_copy(b->arena, name.ptr, name.len) : NULL;
  if (copy) files[(*count)++] = (edi_bundle_file){{copy, name.len}, bytes};
  edi_buf_fini(&name);
  return copy != NULL;
}

static bool add_sources(const edi_build *b, edi_bundle_file *files, size_t *count) {
  const edi_project *p = b->project;
  bool ok = true;
  for (size_t i = 0; i < p->rule_count; i++) ok = ok && add_file(b, files, count, "rules/", p->rules[i].path, p->rules[i].text);
  for (size_t i = 0; i < p->contract_count; i++)
    ok = ok && add_file(b, files, count, "contracts/", p->contracts[i].path, p->contracts[i].text);
  for (size_t i = 0; i < p->key_count; i++) ok = ok && add_file(b, files, count, "keys/", p->keys[i].path, p->keys[i].text);
  return ok && add_file(b, files, count, "", EDI_STR("edict.yaml"), p->text);
}

/* The emitted program read by the loader's own door: a program that it would refuse is not written. */
static edict_status emit(const edi_build *b, edi_str *bytes, uint64_t *cost, edict_diagnostics *diagnostics) {
  edi_buf program;
  edi_program verified;
  edi_buf_init(&program, NULL, EDI_LIMIT_BUNDLE_FILE);
  edict_status status = edi_emit(b->arena, b->model, &program);
  if (status == EDICT_OK) status = program.failed;
  if (status == EDICT_OK) {
    *bytes = (edi_str){edi_arena_copy(b->arena, program.ptr, program.len), program.len};
    if (!bytes->ptr) status = edi_arena_status(b->arena);
  }
  edi_buf_fini(&program);
  if (status == EDICT_OK) {
    status = edi_program_verify(bytes->ptr, bytes->len, b->arena, &verified, diagnostics);
    if (status == EDICT_OK) *cost = verified.settings->cost;
    else if (status == EDICT_FORMAT) status = EDICT_DEFECT;
  }
  return status;
}

edict_status edi_build_bundle(const edi_build *b, edi_buf *into, edict_diagnostics *diagnostics) {
  const edi_project *p = b->project;
  edi_str program;
  edi_manifest m = manifest(p, &p->release, p->layer, p->domain.text);
  edict_status status = emit(b, &program, &m.cost, diagnostics);
  if (status != EDICT_OK) return status;
  if (p->layer == EDI_BUNDLE_DOMAIN) {
    m.parent = b->parent.manifest.name;
    m.parent_least = p->parent_least;
  }
  size_t count = 0;
  edi_bundle_file *files = EDI_NEW_ARRAY(b->arena, edi_bundle_file, p->rule_count + p->contract_count + p->key_count + 2);
  if (!files || !add_sources(b, files, &count) || !add_file(b, files, &count, "", EDI_STR("program"), program))
    return edi_arena_status(b->arena);
  return edi_bundle_write(b->arena, &m, files, count, into, diagnostics);
}

edict_status edi_build_table(const edi_build *b, size_t index, edi_buf *into, edict_diagnostics *diagnostics) {
  const edi_project_table *t = &b->project->tables[index];
  uint32_t number = edi_model_table(b->model, t->name.text);
  if (number == EDI_NONE) return EDICT_ARGUMENT;
  edi_buf data;
  edi_buf_init(&data, NULL, EDI_LIMIT_BUNDLE_FILE);
  edict_status status = edi_table_csv_write(b->arena, b->model, &b->model->tables[number], t->file.path, t->file.text, &data, diagnostics);
  if (status == EDICT_OK) status = data.failed;
  if (status == EDICT_OK) {
    edi_manifest m = manifest(b->project, &t->release, EDI_BUNDLE_TABLE, t->name.text);
    bool domain = b->project->layer == EDI_BUNDLE_DOMAIN;
    m.parent = domain ? b->parent.manifest.name : b->project->name.text;
    m.parent_least = domain ? b->project->parent_least : b->project->release.version;
    edi_bundle_file file = {EDI_STR("table"), {data.ptr, data.len}};
    status = edi_bundle_write(b->arena, &m, &file, 1, into, diagnostics);
  }
  edi_buf_fini(&data);
  return status;
}
