/* Build: see the header. Order: parse all files, declare, resolve contracts, check rules; a stage runs
 * only if the one before found nothing wrong that it would stumble over, so one mistake is one message. */
#include "policy/build.h"

#include "base/parallel.h"
#include "bundle/packing.h"
#include "policy/checker.h"
#include "policy/emit.h"
#include "policy/index.h"
#include "policy/rule_files.h"
#include "policy/table_csv.h"

/* Findings give way to what is no finding: memory, a limit, a defect. */
static edict_status worse(edict_status a, edict_status b) {
  return a == EDICT_OK || (a == EDICT_FINDINGS && b != EDICT_OK) ? b : a;
}

/* ---- checking ---- */

typedef struct sources {
  edi_parsed *parsed;
  edi_file_ast **files;
  size_t count, federal;
} sources;

/* "eu.example/privacy.edict": which bundle a file came from, beside the project's own of the same name. */
static edi_str parent_path(const edi_build *b, edi_str file) {
  edi_str name = b->parent.manifest.name;
  edi_buf path;
  edi_buf_init(&path, NULL, (size_t)8 * EDI_LIMIT_EXTERNAL_NAME);
  edi_buf_str(&path, name);
  edi_buf_char(&path, '/');
  edi_buf_str(&path, file);
  char *copy = path.failed == EDICT_OK ? edi_arena_copy(b->arena, path.ptr, path.len) : NULL;
  edi_str out = copy ? (edi_str){copy, path.len} : file;
  edi_buf_fini(&path);
  return out;
}

/* A federal bundle brings its sources: names, types and positions come from there. */
static void add_parent(edi_build *b, sources *s) {
  const edi_manifest *m = &b->parent.manifest;
  for (size_t i = 0; i < m->file_count; i++) {
    edi_str name = b->parent.files[i].name, prefix = EDI_STR("rules/");
    if (!edi_str_starts(name, prefix)) continue;
    edi_str file = {name.ptr + prefix.len, name.len - prefix.len};
    s->parsed[s->count++] = (edi_parsed){.path = parent_path(b, file), .text = b->parent.files[i].bytes};
  }
  s->federal = s->count;
}

static bool make_sources(edi_build *b, sources *s, size_t most) {
  s->parsed = EDI_NEW_ARRAY(b->arena, edi_parsed, most);
  s->files = EDI_NEW_ARRAY(b->arena, edi_file_ast *, most);
  return s->parsed && s->files;
}

/* What could be read of each file is checked, for what else is wrong. */
static edict_status parse_sources(edi_build *b, sources *s) {
  edict_status status = EDICT_OK;
  size_t count = s->count, federal = s->federal;
  edi_parse_files(b->arena, s->parsed, count, edi_parallel_threads(), b->diagnostics);
  s->count = s->federal = 0;
  for (size_t i = 0; i < count; i++) {
    status = worse(status, s->parsed[i].status);
    if (!s->parsed[i].file) continue;
    s->files[s->count++] = s->parsed[i].file;
    s->federal += i < federal;
  }
  return status;
}

static edict_status parse_all(edi_build *b, sources *s) {
  const edi_project *p = b->project;
  if (!make_sources(b, s, p->rule_count + b->parent.manifest.file_count)) return edi_arena_status(b->arena);
  add_parent(b, s);
  for (size_t i = 0; i < p->rule_count; i++)
    s->parsed[s->count++] = (edi_parsed){.path = p->rules[i].path, .text = p->rules[i].text};
  if (p->layer == EDI_BUNDLE_FEDERAL) s->federal = s->count;
  return parse_sources(b, s);
}

static edict_status link_contracts(edi_build *b) {
  edi_model *m = b->model;
  edi_contract_facts **all = EDI_NEW_ARRAY(b->arena, edi_contract_facts *, m->contract_count);
  if (!all) return edi_arena_status(b->arena);
  for (size_t i = 0; i < m->contract_count; i++) all[i] = &m->contracts[i];
  b->links.begins = b->project->release.not_before;
  b->links.ends = b->project->release.expires;
  return edi_contract_link_all(b->arena, all, m->contract_count, &b->links.items, &b->links.count, b->diagnostics);
}

static edict_status read_contracts(edi_build *b) {
  const edi_project *p = b->project;
  edi_contract_ast **contracts = EDI_NEW_ARRAY(b->arena, edi_contract_ast *, p->contract_count);
  if (!contracts) return edi_arena_status(b->arena);
  edict_status status = EDICT_OK;
  for (size_t i = 0; i < p->contract_count; i++)
    status = worse(status, edi_contract_parse(b->arena, p->contracts[i].path, p->contracts[i].text,
                                              &contracts[i], b->diagnostics));
  if (status != EDICT_OK) return status;
  for (size_t i = 0; i < p->contract_count; i++) contracts[i]->lenient = b->lenient;
  status = edi_contract_resolve_all(b->arena, b->model, contracts, p->contract_count, b->diagnostics);
  return status == EDICT_OK ? link_contracts(b) : status;
}

/* A product belongs to the domain that signs its contract; of whose a domain's are, resolving says. */
static edict_status check_contracts(const edi_build *b) {
  const edi_model *m = b->model;
  if (b->project->layer == EDI_BUNDLE_DOMAIN || m->contract_count == 0) return EDICT_OK;
  const edi_contract_facts *c = &m->contracts[0];
  edi_finding *f = edi_diagnostics_add(b->diagnostics, EDI_E0320, c->span, "a product of a domain",
                                       "a federal bundle carries no contract");
  edi_finding_why(f, "whoever signs a product's contract answers for its facts: its domain");
  return EDICT_FINDINGS;
}

static bool find_file(const edi_project_file *files, size_t count, edi_str path) {
  for (size_t i = 0; i < count; i++)
    if (edi_str_equal(files[i].path, path)) return true;
  return false;
}

static void check_table(const edi_build *b, const edi_project_table *table) {
  const edi_model *m = b->model;
  uint32_t t = edi_model_table(m, table->name.text);
  if (t != EDI_NONE)
    edi_index_note(b->index, EDI_INDEX_SCOPED + EDI_SCOPED_TABLES, t, m->tables[t].name, table->name.span);
  if (t != EDI_NONE && m->tables[t].domain == (b->project->layer == EDI_BUNDLE_DOMAIN)) return;
  edi_finding *f = edi_diagnostics_add(b->diagnostics, EDI_E0322, table->name.span,
                                       t == EDI_NONE ? "not declared" : "a table of the federation",
                                       "no rule file of the project declares table `%.*s`",
                                       EDI_STR_ARG(table->name.text));
  if (t != EDI_NONE) {
    edi_finding_note(f, "the data of a table is signed by whoever declares it");
    return;
  }
  edi_sym_near near = edi_model_suggest_table(m, table->name.text);
  if (!near.name.ptr) return;
  edi_finding_fix(f, false, "%.*s", EDI_STR_ARG(near.name));
  edi_finding_edit(f, near.name);
}

/* What rules name by file or table must be in the project, and the other way round. */
static edict_status check_files(const edi_build *b) {
  const edi_project *p = b->project;
  size_t before = edict_diagnostics_errors(b->diagnostics);
  for (size_t i = 0; i < b->model->issuers_count && p->layer == EDI_BUNDLE_FEDERAL; i++) {
    const edi_issuer_decl *d = b->model->issuers[i].decl;
    if (b->model->issuers[i].host || d->keys_from_host || !d->keys.ptr) continue; /* without a line `keys`: told */
    if (find_file(p->keys, p->key_count, d->keys)) continue;
    edi_finding *f = edi_diagnostics_add(
        b->diagnostics, EDI_E0321, d->keys_span, "not among `keys` of edict.yaml",
        "issuer `%.*s` names a key set that the project does not hold", EDI_STR_ARG(d->name.text));
    edi_finding_fix(f, false, "keys: [ %.*s ]", EDI_STR_ARG(d->keys));
  }
  for (size_t i = 0; i < p->table_count; i++) check_table(b, &p->tables[i]);
  return edict_diagnostics_errors(b->diagnostics) > before ? EDICT_FINDINGS : EDICT_OK;
}

enum { PLACED_A_PIECE = 4096, PLACED_LEAST = 10000 };

static void place_piece(void *user, size_t worker, size_t item) {
  const edi_model *m = user;
  const edi_file_ast *file = NULL;
  uint32_t at = 0, line = 1, start = 0; /* rules stand in their file's order: each is found from the one before */
  size_t first = item * PLACED_A_PIECE, rest = m->rules_count - first, end_of = first + (rest < PLACED_A_PIECE ? rest : PLACED_A_PIECE);
  (void)worker;
  for (size_t i = first; i < end_of; i++) {
    edi_rule_decl *r = m->rules[i].decl;
    if (m->rules[i].file != file || r->span.begin < at) at = start = 0, line = 1;
    file = m->rules[i].file;
    const char *text = file->text.ptr, *end;
    while (at < r->span.begin && (end = memchr(text + at, '\n', r->span.begin - at))) {
      start = at = (uint32_t)(end - text) + 1;
      line++;
    }
    at = r->span.begin;
    r->line = line;
    r->column = (uint32_t)edi_utf8_count((edi_str){text + start, at - start}) + 1;
  }
}

/* Rules carry their position into the bundle, so that a reason can say where it was written. */
static void place_rules(edi_build *b) {
  size_t count = b->model->rules_count;
  edi_parallel((count + PLACED_A_PIECE - 1) / PLACED_A_PIECE, edi_parallel_worth(count, PLACED_LEAST), place_piece, b->model);
}

static edict_status declare(edi_build *b, const sources *s) {
  const edi_project *p = b->project;
  edict_status declared = edi_check_declarations_indexed(b->arena, s->files, s->count, s->federal, p->domain,
                                                         b->index, &b->model, b->diagnostics);
  if (declared != EDICT_OK && declared != EDICT_FINDINGS) return declared;
  edi_index_note_node(b->index, b->model, b->model->domain_node, p->domain.span);
  edict_status contracts = read_contracts(b);
  b->model->contracts_failed = contracts != EDICT_OK;
  if (contracts == EDICT_OK) contracts = check_contracts(b);
  return worse(declared, contracts);
}

/* How many threads may check the rules: one where what they find depends on each other. */
static size_t threads_for_rules(const edi_build *b) {
  enum { RULES_LEAST = 1000 };
  const edi_model *m = b->model;
  bool apart = !b->index && m->definitions_count == 0 && b->project->contract_count == 0 && !edi_scopes_names_rules(m) &&
               b->arena->allocator == &edi_allocator_default;
  return apart ? edi_parallel_worth(m->rules_count, RULES_LEAST) : 1;
}

static edict_status check_all(edi_build *b) {
  sources s = {0};
  edict_status parsed = parse_all(b, &s);
  if (parsed != EDICT_OK && parsed != EDICT_FINDINGS) return parsed;
  edict_status declared = declare(b, &s);
  if (declared != EDICT_OK && declared != EDICT_FINDINGS) return declared;
  size_t threads = declared == EDICT_OK ? threads_for_rules(b) : 1;
  if (threads > 1) edi_check_rules_at_once(b->model, threads);
  edict_status status = edi_check_rules(b->model, b->diagnostics);
  place_rules(b);
  return worse(worse(parsed, declared), worse(status, check_files(b)));
}

/* The federal bundle, in memory that its program can be used in. */
static edict_status open_parent(edi_build *b, edi_str bytes) {
  const edi_project *p = b->project;
  edict_status status = edi_bundle_open(b->arena, bytes.ptr, bytes.len, &b->parent, b->diagnostics);
  if (status != EDICT_OK) return status;
  const edi_manifest *m = &b->parent.manifest;
  bool federal = m->layer == EDI_BUNDLE_FEDERAL;
  if (federal && m->version >= p->parent_least) return EDICT_OK;
  edi_diagnostics_add(b->diagnostics, EDI_E0323, p->parent.span,
                      federal ? "older than `least`" : "not a federal bundle",
                      "this is not the federal bundle that the domain is served under");
  return EDICT_FINDINGS;
}

static edict_status check(edi_build *build, edi_str parent) {
  edict_status status = EDICT_OK;
  if (build->project->layer == EDI_BUNDLE_DOMAIN) status = open_parent(build, parent);
  return status == EDICT_OK ? check_all(build) : status;
}

edict_status edi_build_check(edi_arena *arena, edi_project *project, edi_str parent,
                             edi_build *build, edict_diagnostics *diagnostics) {
  *build = (edi_build){.arena = arena, .diagnostics = diagnostics, .project = project};
  return check(build, parent);
}

static edict_status read_parent(const edi_system *system, edi_arena *arena, const edi_project *p,
                                edi_str *parent, edict_diagnostics *diagnostics) {
  edi_buf bytes;
  int error = 0;
  edi_buf_init(&bytes, NULL, EDI_LIMIT_BUNDLE_FILE);
  edict_status status =
      edi_system_read_file(system, p->parent_path, EDI_LIMIT_BUNDLE_FILE, &bytes, &error);
  char *copy = status == EDICT_OK ? edi_arena_copy(arena, bytes.ptr, bytes.len) : NULL;
  *parent = (edi_str){copy, copy ? bytes.len : 0};
  edi_buf_fini(&bytes);
  if (status == EDICT_MEMORY) return status;
  if (status == EDICT_OK) return copy ? EDICT_OK : edi_arena_status(arena);
  edi_finding *f =
      edi_diagnostics_add(diagnostics, EDI_E0324, p->parent.span, "cannot be read",
                          "the federal bundle `%.*s` cannot be read", EDI_STR_ARG(p->parent.text));
  if (status == EDICT_NOT_FOUND) edi_finding_note(f, "it is not there: build it first");
  else if (status == EDICT_LIMIT) edi_finding_note(f, "it is larger than a bundle may be");
  return EDICT_FINDINGS;
}

edict_status edi_build_open_indexed(const edi_system *system, edi_arena *arena, const char *path,
                                    edi_str parent, edi_index *index, bool lenient, edi_build *build,
                                    edict_diagnostics *diagnostics) {
  *build = (edi_build){.arena = arena, .diagnostics = diagnostics, .index = index, .lenient = lenient};
  edict_status status = edi_project_load(system, arena, path, &build->project, diagnostics);
  if (status == EDICT_OK && build->project->parent_path && !parent.ptr)
    status = read_parent(system, arena, build->project, &parent, diagnostics);
  return status == EDICT_OK ? check(build, parent) : status;
}

edict_status edi_build_open(const edi_system *system, edi_arena *arena, const char *path, edi_str parent,
                            edi_build *build, edict_diagnostics *diagnostics) {
  return edi_build_open_indexed(system, arena, path, parent, NULL, false, build, diagnostics);
}

/* ---- writing ---- */

static edi_manifest manifest(const edi_project *p, const edi_project_release *r,
                             edi_bundle_layer layer, edi_str layer_of) {
  edi_manifest m = {.name = p->name.text,
                    .layer = layer,
                    .layer_of = layer_of,
                    .version = r->version,
                    .has_prev = r->has_prev,
                    .created = r->created,
                    .not_before = r->not_before,
                    .expires = r->expires,
                    .stale_seconds = r->stale_seconds,
                    .semantics = EDI_SEMANTICS,
                    .format = EDI_BUNDLE_FORMAT};
  memcpy(m.prev, r->prev, sizeof m.prev);
  return m;
}

static bool add_file(const edi_build *b, edi_bundle_file *files, size_t *count, const char *folder,
                     edi_str path, edi_str bytes) {
  edi_buf name;
  edi_buf_init(&name, NULL, 4096);
  edi_buf_text(&name, folder);
  edi_buf_str(&name, path);
  char *copy = name.failed == EDICT_OK ? edi_arena_copy(b->arena, name.ptr, name.len) : NULL;
  if (copy) files[(*count)++] = (edi_bundle_file){{copy, name.len}, bytes};
  edi_buf_fini(&name);
  return copy != NULL;
}

static bool add_sources(const edi_build *b, bool rules, edi_bundle_file *files, size_t *count) {
  const edi_project *p = b->project;
  bool ok = true;
  for (size_t i = 0; i < p->rule_count && rules; i++)
    ok = ok && add_file(b, files, count, "rules/", p->rules[i].path, p->rules[i].text);
  for (size_t i = 0; i < p->contract_count; i++)
    ok = ok && add_file(b, files, count, "contracts/", p->contracts[i].path, p->contracts[i].text);
  for (size_t i = 0; i < p->key_count; i++)
    ok = ok && add_file(b, files, count, "keys/", p->keys[i].path, p->keys[i].text);
  return ok && add_file(b, files, count, "", EDI_STR("edict.yaml"), p->text);
}

static edict_status report_excess(const edi_model *m, const edi_excess *excess, edict_diagnostics *diagnostics) {
  const edi_rule_decl *r = m->rules[excess->rule].decl;
  if (excess->what) {
    edi_finding *much = edi_diagnostics_add(diagnostics, EDI_E0712, r->name.span, "too much", "rule `%.*s` needs more than %u %s",
                                            EDI_STR_ARG(r->name.text), excess->most, excess->what);
    edi_finding_fix(much, false, "say it in several rules, or ask a table");
    return EDICT_FINDINGS;
  }
  edi_finding *f = edi_diagnostics_add(diagnostics, EDI_E0711, r->name.span, "its worst case",
                                       "rule `%.*s` costs more than %d units", EDI_STR_ARG(r->name.text), EDI_LIMIT_RULE_COST);
  edi_finding_why(f, "whoever asks for data waits for every rule that may apply");
  return EDICT_FINDINGS;
}

/* Emits into `program`, with memory that is given back at once. Who loads it verifies it. */
static edict_status emit_alone(const edi_arena *like, const edi_model *model, edi_buf *program, uint64_t *cost,
                               edict_diagnostics *diagnostics) {
  edi_arena arena;
  edi_excess excess;
  edi_buf_init(program, NULL, EDI_LIMIT_BUNDLE_FILE);
  edi_arena_init(&arena, like->allocator, like->ceiling - like->reserved);
  edict_status status = edi_emit(&arena, model, true, program, cost, &excess);
  edi_arena_fini(&arena);
  if (excess.rule != EDI_NONE) status = report_excess(model, &excess, diagnostics);
  return status == EDICT_OK ? program->failed : status;
}

/* The emitted program read by the loader's own door: a program that it would refuse is not written. */
static edict_status verify(const edi_arena *like, const edi_buf *program, uint64_t cost, edict_diagnostics *diagnostics) {
  edi_program verified;
  edi_arena arena;
  edi_arena_init(&arena, like->allocator, like->ceiling - like->reserved);
  edict_status status = edi_program_read(program->ptr, program->len, &arena, &arena, &verified, diagnostics);
  if (status == EDICT_OK && cost != verified.settings->cost) status = EDICT_DEFECT;
  edi_arena_fini(&arena);
  return status == EDICT_FORMAT ? EDICT_DEFECT : status;
}

static edict_status emit(const edi_arena *like, const edi_model *model, edi_buf *program, uint64_t *cost,
                         edict_diagnostics *diagnostics) {
  edict_status status = emit_alone(like, model, program, cost, diagnostics);
  return status == EDICT_OK ? verify(like, program, *cost, diagnostics) : status;
}

static edi_str whole(const edi_buf *program) { return (edi_str){program->ptr, program->len}; }

/* `into` NULL: whether it could be written. */
static edict_status write_bundle(const edi_build *b, bool rules, edi_manifest *m, edi_str program, edi_buf *into,
                                 edict_diagnostics *diagnostics) {
  const edi_project *p = b->project;
  if (p->layer == EDI_BUNDLE_DOMAIN) {
    m->parent = b->parent.manifest.name;
    m->parent_least = p->parent_least;
  }
  size_t count = 0;
  edi_bundle_file *files = EDI_NEW_ARRAY(b->arena, edi_bundle_file,
                                         p->rule_count + p->contract_count + p->key_count + 2);
  if (!files || !add_sources(b, rules, files, &count) ||
      !add_file(b, files, &count, "", EDI_STR("program"), program))
    return edi_arena_status(b->arena);
  return into ? edi_bundle_write(b->arena, m, files, count, into, diagnostics)
              : edi_bundle_try(b->arena, m, files, count, diagnostics);
}

static edi_manifest own_manifest(const edi_project *p) { return manifest(p, &p->release, p->layer, p->domain.text); }

edict_status edi_build_bundle(const edi_build *b, edi_buf *into, edict_diagnostics *diagnostics) {
  edi_buf program;
  edi_manifest m = own_manifest(b->project);
  edict_status status = emit(b->arena, b->model, &program, &m.cost, diagnostics);
  if (status == EDICT_OK) status = write_bundle(b, true, &m, whole(&program), into, diagnostics);
  edi_buf_fini(&program);
  return status;
}

edict_status edi_build_bare(const edi_build *b, edi_buf *into) {
  edi_buf program;
  edi_manifest m = own_manifest(b->project);
  edict_status status = emit_alone(b->arena, b->model, &program, &m.cost, NULL);
  if (status == EDICT_OK) status = write_bundle(b, false, &m, whole(&program), into, NULL);
  edi_buf_fini(&program);
  return status;
}

void edi_build_timeless(edi_project_release *r) {
  r->created = r->not_before = EDI_TIMESTAMP_MIN;
  r->expires = EDI_TIMESTAMP_MAX - EDI_TIMESTAMP_MAX % 1000000; /* whole seconds */
}

/* What is looked at is what would be built; what is asked is valid at any time. A federal bundle is loaded by who asks it. */
edict_status edi_build_trial(const edi_build *b, edi_buf *into, edict_diagnostics *diagnostics) {
  edi_buf program;
  edi_manifest m = own_manifest(b->project);
  bool loaded = b->project->layer == EDI_BUNDLE_FEDERAL;
  edict_status status = (loaded ? emit_alone : emit)(b->arena, b->model, &program, &m.cost, diagnostics);
  if (status == EDICT_OK) status = write_bundle(b, true, &m, whole(&program), NULL, diagnostics);
  edi_project_release release = b->project->release;
  edi_build_timeless(&release);
  m.created = release.created;
  m.not_before = release.not_before;
  m.expires = release.expires;
  if (status == EDICT_OK) status = write_bundle(b, false, &m, whole(&program), into, NULL);
  edi_buf_fini(&program);
  return status;
}

/* ---- for analysis ---- */

edict_status edi_build_parent_model(const edi_build *build, edi_arena *arena, edi_model **model,
                                    edict_diagnostics *diagnostics) {
  edi_build b = *build;
  sources s = {0};
  b.arena = arena;
  b.diagnostics = diagnostics;
  if (!make_sources(&b, &s, b.parent.manifest.file_count)) return edi_arena_status(arena);
  add_parent(&b, &s);
  edict_status status = parse_sources(&b, &s);
  if (status == EDICT_OK)
    status = edi_check(arena, s.files, s.count, s.count, (edi_str){NULL, 0}, &b.model, diagnostics);
  if (status != EDICT_OK) return status;
  place_rules(&b);
  *model = b.model;
  return EDICT_OK;
}

static edict_status write_again(edi_arena *arena, const edi_manifest *m, const edi_bundle *from, edi_str program,
                                edi_buf *into, edict_diagnostics *diagnostics) {
  edi_bundle_file *files = EDI_NEW_ARRAY(arena, edi_bundle_file, from->manifest.file_count);
  if (!files) return edi_arena_status(arena);
  for (size_t i = 0; i < from->manifest.file_count; i++) {
    files[i] = (edi_bundle_file){from->files[i].name, from->files[i].bytes};
    if (edi_str_equal(files[i].name, EDI_STR("program"))) files[i].bytes = program;
  }
  return edi_bundle_write(arena, m, files, from->manifest.file_count, into, diagnostics);
}

edict_status edi_build_again(edi_arena *arena, const edi_manifest *manifest, const edi_bundle *from,
                             const edi_model *model, edi_buf *into, edict_diagnostics *diagnostics) {
  edi_buf program;
  edi_manifest m = *manifest;
  edict_status status = emit(arena, model, &program, &m.cost, diagnostics);
  if (status == EDICT_OK) status = write_again(arena, &m, from, whole(&program), into, diagnostics);
  edi_buf_fini(&program);
  return status;
}

static edict_status write_supposed(edi_arena *arena, const edi_project *project, const edi_model *model, edi_manifest *m,
                                   edi_str program, edi_buf *into) {
  edi_buf name;
  edi_buf_init(&name, NULL, EDI_LIMIT_EXTERNAL_NAME);
  edi_buf_format(&name, "example/%.*s", EDI_STR_ARG(model->domain));
  const char *copy = name.failed == EDICT_OK ? edi_arena_copy(arena, name.ptr, name.len) : NULL;
  m->name = (edi_str){copy, copy ? name.len : 0};
  edi_buf_fini(&name);
  if (!copy) return edi_arena_status(arena);
  m->has_prev = false;
  m->parent = project->name.text;
  m->parent_least = project->release.version;
  edi_bundle_file file = {EDI_STR("program"), program};
  return edi_bundle_write(arena, m, &file, 1, into, NULL);
}

edict_status edi_build_supposed(edi_arena *arena, const edi_project *project, const edi_model *model,
                                edi_buf *into) {
  edi_buf program;
  edi_manifest m = manifest(project, &project->release, EDI_BUNDLE_DOMAIN, model->domain);
  edict_status status = emit_alone(arena, model, &program, &m.cost, NULL);
  if (status == EDICT_OK) status = write_supposed(arena, project, model, &m, whole(&program), into);
  edi_buf_fini(&program);
  return status;
}

edict_status edi_build_table_text(const edi_build *b, const edi_project_release *release, edi_str name,
                                  edi_str path, edi_str text, edi_buf *into,
                                  edict_diagnostics *diagnostics) {
  uint32_t number = edi_model_table(b->model, name);
  if (number == EDI_NONE) return EDICT_ARGUMENT;
  edi_buf data;
  edi_buf_init(&data, NULL, EDI_LIMIT_TABLE_FILE);
  edict_status status = edi_table_csv_write(b->arena, b->model, &b->model->tables[number], path, text,
                                            &data, diagnostics);
  if (status == EDICT_OK) status = data.failed;
  if (status == EDICT_OK) {
    edi_manifest m = manifest(b->project, release, EDI_BUNDLE_TABLE, name);
    bool domain = b->project->layer == EDI_BUNDLE_DOMAIN;
    m.parent = domain ? b->parent.manifest.name : b->project->name.text;
    m.parent_least = domain ? b->project->parent_least : b->project->release.version;
    edi_bundle_file file = {EDI_STR("table"), {data.ptr, data.len}};
    status = edi_bundle_write(b->arena, &m, &file, 1, into, diagnostics);
  }
  edi_buf_fini(&data);
  return status;
}

edict_status edi_build_table(const edi_build *b, size_t index, edi_buf *into,
                             edict_diagnostics *diagnostics) {
  const edi_project_table *t = &b->project->tables[index];
  return edi_build_table_text(b, &t->release, t->name.text, t->file.path, t->file.text, into, diagnostics);
}
