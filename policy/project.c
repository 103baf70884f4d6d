/* Project: edict.yaml read key by key; see project.h for what it holds.
 *
 * In: a system (or files in memory, behind a table of the same calls), a path. Out: a project
 * with every named file's text. Invariant: with OK every key that is there was understood, every
 * required one is there, and nothing depends on a clock or on the order of a folder. Read the
 * end first. */
#include "policy/project.h"

#include <errno.h>
#include <string.h>

#include "bundle/limits.h"
#include "bundle/order.h"
#include "bundle/vocabulary.h"
#include "policy/project_files.h"
#include "policy/symbols.h"
#include "policy/yaml.h"

/* What a manifest takes at most. */
#define STALE_MOST (UINT64_C(3650) * 86400)

typedef struct key_rule {
  const char *key;
  const char *example;  /* what people write after it; NULL: it may be left out */
} key_rule;

#define PARENT_EXAMPLE "{ bundle: ../build/federal.edb, least: 1 }"
static const key_rule project_keys[] = {
    {"edict", "1"},       {"name", "eu.example"}, {"layer", "federal"},
    {"version", "1"},     {"created", "2026-01-01T00:00:00Z"}, {"expires", "2031-01-01T00:00:00Z"},
    {"not-before", NULL}, {"on-expiry", NULL},    {"prev", NULL},
    {"domain", NULL},     {"parent", NULL},       {"rules", NULL},
    {"contracts", NULL},  {"keys", NULL},         {"tables", NULL},
    {"test-with", NULL},
};
static const key_rule table_keys[] = {
    {"file", "country.csv"}, {"version", "1"},    {"created", "2026-01-01T00:00:00Z"}, {"expires", "2031-01-01T00:00:00Z"},
    {"not-before", NULL},    {"on-expiry", NULL}, {"prev", NULL},
};
static const key_rule parent_keys[] = {{"bundle", "../build/federal.edb"}, {"least", "1"}};
#define KEYS(table) (table), sizeof(table) / sizeof *(table)

/* ---- shapes ---- */

/* The key that it may have been meant for, which is then not missed as well; or NULL. */
static const char *check_known(edi_project_reader *r, const edi_yaml_pair *pair, const char *what,
                               const key_rule *keys, size_t count) {
  edi_suggest suggest;
  edi_suggest_init(&suggest, pair->key);
  for (size_t i = 0; i < count; i++) {
    if (edi_str_equal(pair->key, edi_str_from(keys[i].key))) return NULL;
    edi_suggest_offer(&suggest, edi_str_from(keys[i].key), EDI_SPAN_NONE);
  }
  edi_finding *finding = edi_project_error(r, EDI_E0502, pair->key_span, "not known",
                                           "%s has no key `%.*s`", what, EDI_STR_ARG(pair->key));
  if (!suggest.best.name.ptr) return NULL;
  edi_finding_fix(finding, false, "%.*s", EDI_STR_ARG(suggest.best.name));
  edi_finding_edit(finding, suggest.best.name);
  return suggest.best.name.ptr;
}

/* False if it is no map with the keys it needs. */
static bool check_keys(edi_project_reader *r, const edi_yaml *map, const char *what,
                       const key_rule *keys, size_t count) {
  size_t before = r->errors;
  if (map->kind != EDI_YAML_MAP) {
    edi_finding *finding = edi_project_error(r, EDI_E0501, edi_yaml_head(map), "a map", "%s is not a map of keys", what);
    if (keys == parent_keys) edi_finding_fix(finding, false, "write `parent: " PARENT_EXAMPLE "`");
    return false;
  }
  uint64_t meant = 0;
  for (size_t i = 0; i < map->count; i++) {
    const char *near = check_known(r, &map->pairs[i], what, keys, count);
    for (size_t k = 0; k < count; k++) meant |= (uint64_t)(near == keys[k].key) << k;
  }
  for (size_t i = 0; i < count; i++)
    if (keys[i].example && !edi_yaml_get(map, keys[i].key) && !(meant >> i & 1)) {
      edi_finding *finding = edi_project_error(r, EDI_E0503, edi_yaml_head(map), "", "%s has no `%s`", what, keys[i].key);
      edi_finding_fix(finding, false, "add it, such as `%s: %s`", keys[i].key, keys[i].example);
    }
  return r->errors == before;
}

/* The text of a key; false if it is not there or, after a report, is no text. */
static bool get_text(edi_project_reader *r, const edi_yaml *map, const char *key, edi_name *text) {
  const edi_yaml *value = edi_yaml_get(map, key);
  *text = (edi_name){{"", 0}, EDI_SPAN_NONE};
  if (!value) return false;
  if (value->kind != EDI_YAML_SCALAR || value->is_null) {
    edi_project_error(r, EDI_E0501, edi_yaml_head(value), "a text", "`%s` is not a text", key);
    return false;
  }
  *text = (edi_name){value->text, value->span};
  return true;
}

/* ---- names ---- */

static bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

/* A domain, or a table's qualified name: words of the language between dots. */
static bool is_qualified(edi_str text, size_t most) {
  bool after_word = false;
  for (size_t i = 0; i < text.len; i++) {
    if (!is_name_byte(text.ptr[i]) && (text.ptr[i] != '.' || !after_word)) return false;
    after_word = text.ptr[i] != '.';
  }
  return after_word && text.len <= most;
}

static void check_name(edi_project_reader *r, edi_name name, bool good, const char *what,
                       const char *rule) {
  if (good) return;
  edi_finding *finding =
      edi_project_error(r, EDI_E0505, name.span, "", "`%.*s` cannot be the name of a %s",
                        EDI_STR_ARG(name.text), what);
  edi_finding_note(finding, "%s", rule);
}

static void check_bundle_name(edi_project_reader *r, edi_name name) {
  check_name(r, name, edi_manifest_name_valid(name.text, EDI_LIMIT_NAME), "bundle",
             "it holds a-z, 0-9, `.`, `_` and `-` in parts between `/`, at most 128 bytes");
}

static void check_domain_name(edi_project_reader *r, edi_name name) {
  bool good =
      is_qualified(name.text, EDI_LIMIT_NAME) && !edi_str_equal(name.text, EDI_STR("federal"));
  check_name(r, name, good, "domain",
             "it is a node of the taxonomy `domain`, at most 128 bytes, and not `federal`");
}

static void check_table_name(edi_project_reader *r, edi_name name) {
  check_name(r, name, is_qualified(name.text, 2 * EDI_LIMIT_NAME + 1), "table",
             "it is the table's qualified name, such as federal.vocabulary.legal-holds");
}

/* ---- releases ---- */

static bool read_number(edi_str text, uint64_t *out) {
  edi_value value = edi_vocabulary_convert(NULL, EDI_TYPE_INT, text, (unsigned char[16]){0});
  if (!edi_value_known(value) || value.as.integer < 1) return false;
  *out = (uint64_t)value.as.integer;
  return true;
}

static void read_version(edi_project_reader *r, const edi_yaml *map, const char *key,
                         uint64_t *out) {
  edi_name text;
  if (get_text(r, map, key, &text) && !read_number(text.text, out))
    edi_project_error(r, EDI_E0508, text.span, "", "`%s` is a whole number from 1", key);
}

static bool read_time(edi_project_reader *r, const edi_yaml *map, const char *key, int64_t *out,
                      edi_span *span) {
  edi_name text;
  if (!get_text(r, map, key, &text)) return false;
  *span = text.span;
  if (edi_timestamp_parse(text.text, out) && *out % 1000000 == 0) return true;
  int64_t day;
  edi_finding *finding = edi_project_error(r, EDI_E0509, text.span, "", "`%s` is a timestamp in whole seconds, such as 2026-11-20T00:00:00Z", key);
  if (edi_date_parse(text.text, &day)) edi_finding_fix(finding, false, "%.*sT00:00:00Z", EDI_STR_ARG(text.text));
  return false;
}

/* created <= not-before < expires, as a manifest has them. */
static void read_times(edi_project_reader *r, const edi_yaml *map, edi_project_release *release) {
  edi_span created, not_before, expires;
  bool known = read_time(r, map, "created", &release->created, &created);
  release->not_before = release->created;
  not_before = created;
  if (edi_yaml_get(map, "not-before"))
    known = read_time(r, map, "not-before", &release->not_before, &not_before) && known;
  known = read_time(r, map, "expires", &release->expires, &expires) && known;
  if (!known) return;
  if (release->not_before < release->created) {
    edi_finding *finding =
        edi_project_error(r, EDI_E0510, not_before, "earlier", "it is valid before it is created");
    edi_finding_label(finding, created, "created");
  }
  if (release->expires > release->not_before) return;
  edi_finding *finding =
      edi_project_error(r, EDI_E0510, expires, "not later", "it expires before it is valid");
  edi_finding_label(finding, not_before, "valid from here");
}

static void read_on_expiry(edi_project_reader *r, const edi_yaml *map,
                           edi_project_release *release) {
  static const edi_str stale = {"stale-ok:", 9};
  edi_name text;
  if (!get_text(r, map, "on-expiry", &text) || edi_str_equal(text.text, EDI_STR("deny"))) return;
  if (edi_str_starts(text.text, stale) &&
      read_number((edi_str){text.text.ptr + stale.len, text.text.len - stale.len},
                  &release->stale_seconds) &&
      release->stale_seconds <= STALE_MOST)
    return;
  edi_project_error(
      r, EDI_E0511, text.span, "",
      "`on-expiry` is `deny` or `stale-ok:` and a number of seconds, at most ten years");
}

static void read_prev(edi_project_reader *r, const edi_yaml *map, edi_project_release *release) {
  edi_name text;
  size_t length = 0;
  if (!get_text(r, map, "prev", &text)) return;
  release->has_prev = edi_hex_decode(text.text, release->prev, sizeof release->prev, &length) &&
                      length == sizeof release->prev;
  if (!release->has_prev)
    edi_project_error(r, EDI_E0512, text.span, "", "`prev` is %d digits of lower-case hex",
                      2 * EDI_DIGEST_BYTES);
  else if (release->version == 1)
    edi_project_error(r, EDI_E0512, text.span, "", "nothing comes before version 1");
}

static void read_release(edi_project_reader *r, const edi_yaml *map, edi_project_release *release) {
  read_version(r, map, "version", &release->version);
  read_times(r, map, release);
  read_on_expiry(r, map, release);
  read_prev(r, map, release);
}

/* ---- files ---- */

static edi_project_pattern *get_patterns(edi_project_reader *r, const edi_yaml *root,
                                         const char *key, size_t *count) {
  const edi_yaml *list = edi_yaml_get(root, key);
  *count = 0;
  if (!list) return NULL;
  if (list->kind != EDI_YAML_LIST) {
    edi_project_error(r, EDI_E0501, edi_yaml_head(list), "a list", "`%s` is not a list of paths",
                      key);
    return NULL;
  }
  edi_project_pattern *patterns = EDI_NEW_ARRAY(r->arena, edi_project_pattern, list->count);
  if (!patterns) {
    edi_project_no_memory(r);
    return NULL;
  }
  for (size_t i = 0; i < list->count; i++) {
    const edi_yaml *item = list->items[i];
    if (item->kind == EDI_YAML_SCALAR && !item->is_null)
      patterns[(*count)++] = (edi_project_pattern){item->text, item->span};
    else
      edi_project_error(r, EDI_E0501, edi_yaml_head(item), "a text", "`%s` is not a list of paths",
                        key);
  }
  return patterns;
}

static void read_files(edi_project_reader *r, const edi_yaml *root, const char *key, size_t most,
                       edi_project_file **files, size_t *file_count) {
  size_t count = 0;
  edi_project_pattern *patterns = get_patterns(r, root, key, &count);
  if (patterns) edi_project_collect(r, patterns, count, most, files, file_count);
}

/* A file has one part in a bundle. */
static void check_apart(edi_project_reader *r, const edi_project_file *a, size_t a_count,
                        const edi_project_file *b, size_t b_count) {
  for (size_t i = 0, k = 0; i < a_count && k < b_count;) {
    int order = edi_str_compare(a[i].path, b[k].path);
    if (order == 0) {
      edi_finding *finding =
          edi_project_error(r, EDI_E0513, b[k].span, "named here too",
                            "`%.*s` is named as two kinds of file", EDI_STR_ARG(b[k].path));
      edi_finding_label(finding, a[i].span, "named here");
    }
    if (order <= 0) i++;
    if (order >= 0) k++;
  }
}

static void read_all_files(edi_project_reader *r, const edi_yaml *root, edi_project *p) {
  read_files(r, root, "rules", EDI_LIMIT_RULE_FILE, &p->rules, &p->rule_count);
  read_files(r, root, "contracts", EDI_LIMIT_CONTRACT_FILE, &p->contracts, &p->contract_count);
  read_files(r, root, "keys", EDI_LIMIT_JWKS_FILE, &p->keys, &p->key_count);
  check_apart(r, p->rules, p->rule_count, p->contracts, p->contract_count);
  check_apart(r, p->rules, p->rule_count, p->keys, p->key_count);
  check_apart(r, p->contracts, p->contract_count, p->keys, p->key_count);
}

/* ---- tables ---- */

static void read_table(edi_project_reader *r, const edi_yaml_pair *pair, edi_project_table *table) {
  edi_name path;
  table->name = (edi_name){pair->key, pair->key_span};
  check_table_name(r, table->name);
  if (!check_keys(r, pair->value, "a table", KEYS(table_keys))) return;
  read_release(r, pair->value, &table->release);
  if (!get_text(r, pair->value, "file", &path)) return;
  table->file.path = path.text;
  table->file.span = path.span;
  if (edi_project_check_path(r, path.text, path.span))
    edi_project_read(r, path.text, path.span, EDI_LIMIT_TABLE_FILE, &table->file.text);
}

static int compare_tables(const void *context, const void *a, const void *b) {
  (void)context;
  return edi_str_compare(((const edi_project_table *)a)->name.text,
                         ((const edi_project_table *)b)->name.text);
}

static void read_tables(edi_project_reader *r, const edi_yaml *root, edi_project *p) {
  const edi_yaml *tables = edi_yaml_get(root, "tables");
  if (!tables) return;
  if (tables->kind != EDI_YAML_MAP) {
    edi_project_error(r, EDI_E0501, edi_yaml_head(tables), "a map",
                      "`tables` is not a map of tables by name");
    return;
  }
  p->tables = EDI_NEW_ARRAY(r->arena, edi_project_table, tables->count);
  edi_project_table *spare = EDI_NEW_ARRAY(r->arena, edi_project_table, tables->count);
  if (!p->tables || !spare) {
    edi_project_no_memory(r);
    return;
  }
  p->table_count = tables->count;
  for (size_t i = 0; i < p->table_count && r->failed == EDICT_OK; i++)
    read_table(r, &tables->pairs[i], &p->tables[i]);
  edi_order_sort(p->tables, spare, p->table_count, sizeof *p->tables, compare_tables, NULL);
}

/* ---- layers ---- */

static void read_parent(edi_project_reader *r, const edi_yaml *parent, edi_project *p) {
  if (!check_keys(r, parent, "`parent`", KEYS(parent_keys))) return;
  read_version(r, parent, "least", &p->parent_least);
  if (!get_text(r, parent, "bundle", &p->parent)) return;
  if (p->parent.text.len == 0)
    edi_project_error(r, EDI_E0513, p->parent.span, "", "the path of the federal bundle is empty");
  else p->parent_path = edi_project_join(r, p->parent.text);
}

static void read_domain_keys(edi_project_reader *r, const edi_yaml *root, edi_project *p) {
  const edi_yaml *parent = edi_yaml_get(root, "parent");
  if (get_text(r, root, "domain", &p->domain)) check_domain_name(r, p->domain);
  else if (!edi_yaml_get(root, "domain")) {
    edi_finding *finding = edi_project_error(r, EDI_E0503, edi_yaml_head(root), "", "a bundle of layer `domain` has no `domain`");
    edi_finding_fix(finding, false, "add it, such as `domain: sales`");
  }
  if (parent) {
    read_parent(r, parent, p);
    return;
  }
  edi_finding *finding = edi_project_error(r, EDI_E0503, edi_yaml_head(root), "",
                                           "a bundle of layer `domain` has no `parent`, the federal bundle that it stands on");
  edi_finding_fix(finding, false, "add it, such as `parent: " PARENT_EXAMPLE "`");
}

static void refuse_key(edi_project_reader *r, const edi_yaml *root, const char *key) {
  const edi_yaml *value = edi_yaml_get(root, key);
  if (value)
    edi_project_error(r, EDI_E0507, edi_yaml_head(value), "",
                      "`%s` belongs to layer `domain`, this is the federal one", key);
}

static void read_layer(edi_project_reader *r, const edi_yaml *root, edi_project *p) {
  edi_name layer;
  if (!get_text(r, root, "layer", &layer)) return;
  if (edi_str_equal(layer.text, EDI_STR("domain"))) {
    p->layer = EDI_BUNDLE_DOMAIN;
    read_domain_keys(r, root, p);
  } else if (edi_str_equal(layer.text, EDI_STR("federal"))) {
    p->layer = EDI_BUNDLE_FEDERAL;
    refuse_key(r, root, "domain");
    refuse_key(r, root, "parent");
  } else {
    edi_finding *finding = edi_project_error(r, EDI_E0506, layer.span, "", "a layer is `federal` or `domain`");
    edi_suggest suggest;
    edi_suggest_init(&suggest, layer.text);
    edi_suggest_offer(&suggest, EDI_STR("federal"), EDI_SPAN_NONE);
    edi_suggest_offer(&suggest, EDI_STR("domain"), EDI_SPAN_NONE);
    if (suggest.best.name.ptr) edi_finding_fix(finding, false, "%.*s", EDI_STR_ARG(suggest.best.name));
  }
}

/* ---- tests ---- */

/* Projects of products that tests ask about. They are nobody's input to the bundle, so their paths may leave
 * the folder. */
static void read_test_with(edi_project_reader *r, const edi_yaml *root, edi_project *p) {
  size_t count = 0;
  edi_project_pattern *paths = get_patterns(r, root, "test-with", &count);
  p->test_with = EDI_NEW_ARRAY(r->arena, const char *, count);
  if (!p->test_with) edi_project_no_memory(r);
  for (size_t i = 0; i < count && p->test_with; i++) {
    if (paths[i].text.len == 0) edi_project_error(r, EDI_E0513, paths[i].span, "", "the path of a project is empty");
    p->test_with[p->test_with_count++] = edi_project_join(r, paths[i].text);
  }
}

/* ---- the whole ---- */

static void read_root(edi_project_reader *r, const edi_yaml *root, edi_project *p) {
  edi_name version;
  if (!check_keys(r, root, "edict.yaml", KEYS(project_keys)) && root->kind != EDI_YAML_MAP) return;
  if (get_text(r, root, "edict", &version) && !edi_str_equal(version.text, EDI_STR("1"))) {
    edi_project_error(r, EDI_E0504, version.span, "", "edict.yaml of version 1 is read");
    return;
  }
  if (get_text(r, root, "name", &p->name)) check_bundle_name(r, p->name);
  read_layer(r, root, p);
  read_release(r, root, &p->release);
  read_all_files(r, root, p);
  if (r->failed == EDICT_OK) read_tables(r, root, p);
  if (r->failed == EDICT_OK) read_test_with(r, root, p);
}

/* The text of edict.yaml itself. */
static edict_status read_own(edi_project_reader *r, const char *path, edi_str *text) {
  int error = 0;
  edict_status status = edi_project_take(r, path, EDI_LIMIT_PROJECT_FILE, text, &error);
  if (status == EDICT_OK || status == EDICT_MEMORY || r->failed != EDICT_OK) return status;
  if (status == EDICT_LIMIT) {
    edi_diagnostics_add(r->diagnostics, EDI_E0500, EDI_SPAN_NONE, "",
                        "`%s` is larger than %d bytes", path, EDI_LIMIT_PROJECT_FILE);
  } else {
    edi_finding *finding = edi_diagnostics_add(r->diagnostics, EDI_E0500, EDI_SPAN_NONE, "",
                                               "`%s` cannot be read", path);
    if (error != 0) edi_finding_note(finding, "%s", strerror(error));
    if (error == ENOENT) edi_finding_fix(finding, false, "name the folder of a project, or begin one: edict new FOLDER");
  }
  return status;
}

/* What else people hand over in the place of edict.yaml; false: it may be one. */
static bool is_no_project(edict_diagnostics *diagnostics, const char *path, const edi_yaml *root) {
  edi_str name = edi_str_from(path), end = EDI_STR(".edict");
  bool rules = !root && name.len > end.len && edi_str_equal((edi_str){path + name.len - end.len, end.len}, end);
  bool contract = root && root->kind == EDI_YAML_MAP && edi_yaml_get(root, "apiVersion") && !edi_yaml_get(root, "edict");
  if (!rules && !contract) return false;
  edi_finding *finding = edi_diagnostics_add(diagnostics, EDI_E0500, EDI_SPAN_NONE, "",
                                             rules ? "`%s` is a file of rules, and no edict.yaml"
                                                   : "`%s` is a contract, or another document of a standard, and no edict.yaml",
                                             path);
  edi_finding_why(finding, "rules and contracts are read together, as the project that its edict.yaml makes of them");
  edi_finding_fix(finding, false, "name the project's edict.yaml, or its folder");
  return true;
}

static edi_str folder_of(const char *path) {
  const char *slash = strrchr(path, '/');
  return (edi_str){path, slash ? (size_t)(slash - path) + 1 : 0};
}

edict_status edi_project_load(const edi_system *system, edi_arena *arena, const char *path,
                              edi_project **project, edict_diagnostics *diagnostics) {
  static const edi_yaml_limits limits = {EDI_LIMIT_PROJECT_FILE, EDI_LIMIT_CONTRACT_DEPTH,
                                         EDI_LIMIT_CONTRACT_NODES};
  edi_project_reader r = {
      .system = system, .arena = arena, .diagnostics = diagnostics, .folder = folder_of(path)};
  edi_str text;
  edi_yaml *root = NULL;
  *project = NULL;
  if (is_no_project(diagnostics, path, NULL)) return EDICT_FINDINGS;
  edict_status status = read_own(&r, path, &text);
  if (status != EDICT_OK) return status;
  edi_project *p = EDI_NEW(arena, edi_project);
  if (!p) return edi_arena_status(arena);
  p->path = (edi_str){edi_arena_copy(arena, path, strlen(path)), strlen(path)};
  if (!p->path.ptr) return edi_arena_status(arena);
  p->text = text;
  p->source = edi_diagnostics_source(diagnostics, p->path, text);
  status = edi_yaml_parse(arena, text, p->source, limits, &root, diagnostics);
  if (status != EDICT_OK) return status;
  if (is_no_project(diagnostics, path, root)) return EDICT_FINDINGS;
  read_root(&r, root, p);
  if (r.failed != EDICT_OK) return r.failed;
  if (r.errors > 0) return EDICT_FINDINGS;
  *project = p;
  return EDICT_OK;
}

/* ---- from memory ---- */

typedef struct memory_files {
  const edi_project_text *files;
  size_t count;
  bool empty_else; /* what is not there is an empty file */
} memory_files;

static int memory_open(void *context, const char *path, unsigned flags, edi_file *file) {
  const memory_files *memory = context;
  if (flags != EDI_OPEN_READ) return EACCES;
  for (size_t i = 0; i < memory->count && i < INT32_MAX; i++) {
    if (strcmp(memory->files[i].path, path) != 0) continue;
    file->fd = (int)i;
    return 0;
  }
  file->fd = -1;
  return memory->empty_else ? 0 : ENOENT;
}

static edi_str memory_text(const memory_files *memory, edi_file file) {
  return file.fd < 0 ? (edi_str){"", 0} : memory->files[file.fd].text;
}

static int memory_close(void *context, edi_file file) {
  (void)context;
  (void)file;
  return 0;
}

static int memory_size(void *context, edi_file file, uint64_t *size) {
  const memory_files *memory = context;
  *size = memory_text(memory, file).len;
  return 0;
}

static int memory_read(void *context, edi_file file, uint64_t offset, void *bytes, size_t length,
                       size_t *got) {
  const memory_files *memory = context;
  edi_str text = memory_text(memory, file);
  *got = 0;
  if (offset >= text.len) return 0;
  *got = text.len - (size_t)offset < length ? text.len - (size_t)offset : length;
  memcpy(bytes, text.ptr + offset, *got);
  return 0;
}

static int memory_list_dir(void *context, const char *path,
                           void (*each)(void *user, const char *name), void *user) {
  const memory_files *memory = context;
  size_t length = strcmp(path, ".") == 0 ? 0 : strlen(path);
  for (size_t i = 0; i < memory->count; i++)
    if (strncmp(memory->files[i].path, path, length) == 0 &&
        !strchr(memory->files[i].path + length, '/'))
      each(user, memory->files[i].path + length);
  return 0;
}

static edict_status load_memory(edi_arena *arena, const edi_project_text *files, size_t file_count, bool empty_else,
                                edi_project **project, edict_diagnostics *diagnostics) {
  memory_files memory = {files, file_count, empty_else};
  const edi_system system = {.context = &memory,
                             .open = memory_open,
                             .close = memory_close,
                             .read = memory_read,
                             .size = memory_size,
                             .list_dir = memory_list_dir};
  *project = NULL;
  if (file_count == 0) return EDICT_ARGUMENT;
  return edi_project_load(&system, arena, files[0].path, project, diagnostics);
}

edict_status edi_project_from_memory(edi_arena *arena, const edi_project_text *files,
                                     size_t file_count, edi_project **project,
                                     edict_diagnostics *diagnostics) {
  return load_memory(arena, files, file_count, false, project, diagnostics);
}

edict_status edi_project_from_bundle(edi_arena *arena, const edi_project_text *files, size_t file_count,
                                     edi_project **project, edict_diagnostics *diagnostics) {
  return load_memory(arena, files, file_count, true, project, diagnostics);
}
