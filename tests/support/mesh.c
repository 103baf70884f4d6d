/* Mesh: see the header. */
#include "support/mesh.h"

#include <stdio.h>
#include <stdlib.h>

#include "policy/build.h"

const char mesh_vocabulary[] =
    "module federal.vocabulary\n"
    "taxonomy action { export { download } }\n"
    "taxonomy purpose { service { support billing } commercial { marketing } }\n"
    "taxonomy role { staff { support analyst dpo } partner }\n"
    "taxonomy region { eu { de fr } us }\n"
    "taxonomy domain { sales { shop } finance }\n"
    "taxonomy tag { pii { pii.name: string pii.email: string pii.phone: string } person.id: id<person>\n"
    "  geo.country: region time.collected: timestamp time.day: date num.count: int num.amount: decimal flag: bool\n"
    "  grade.of: grade net.address: ip text: string plain }\n"
    "levels classification { public < internal < confidential < restricted }\n"
    "levels grade { low < mid < high }\n"
    "attributes subject { regions: set<region> clearance?: classification age?: int name?: string\n"
    "  member?: date seen?: timestamp vip?: bool score?: decimal nicks?: set<string>\n"
    "  codes?: set<int> home?: region address?: ip gateway?: ip team?: string\n"
    "  person?: id<person> }\n"
    "attributes context { channel?: string amount?: decimal at?: timestamp grade?: grade = mid\n"
    "  trusted?: bool = false areas?: set<region> words?: set<string> client?: ip\n"
    "  hosts?: set<ip> person?: id<person> day?: date size?: int }\n"
    "attributes product { owner?: string from \"team.name\" }\n"
    "attributes dataset { purposes?: set<purpose> from \"customProperties.purposes\"\n"
    "  since?: date from \"customProperties.since\" rank?: int from \"customProperties.rank\"\n"
    "  regions?: set<region> from \"customProperties.regions\" }\n"
    "issuer host\n"
    "table holds (person: id<person>) complete\n"
    "table consent (person: id<person>, purpose: purpose) gives (given: timestamp, note: string)\n"
    "key wide joinable within federation\n"
    "key areal joinable within domain\n"
    "key narrow joinable within product\n"
    "key purposeful joinable within purpose\n"
    "key personal joinable within reader\n"
    "domains may state classification, product.owner, dataset.purposes, dataset.since, dataset.rank,\n"
    "  dataset.regions, pii, person.id, geo.country, time.collected, time.day, num.count, num.amount,\n"
    "  flag, grade.of, net.address, text, plain, untagged\n";

static void die(const mesh *m, const char *what) {
  char *text = NULL;
  size_t length = 0;
  fprintf(stderr, "mesh: %s\n", what);
  if (edict_diagnostics_render(m->diagnostics, EDICT_RENDERING_TEXT, &text, &length) == EDICT_OK)
    fprintf(stderr, "%s\n", text);
  abort();
}

void mesh_init(mesh *m) {
  memset(m, 0, sizeof *m);
  edi_arena_init(&m->arena, NULL, (size_t)1 << 31);
  m->diagnostics = edict_diagnostics_create();
}

void mesh_fini(mesh *m) {
  edict_decision_destroy(&m->decision);
  edict_session_destroy(&m->session);
  edict_product_destroy(&m->product);
  edict_engine_destroy(&m->engine);
  for (size_t i = 0; i < m->bundle_count; i++) edi_buf_fini(&m->bundles[i]);
  edict_diagnostics_destroy(&m->diagnostics);
  edi_arena_fini(&m->arena);
}

/* ---- bundles ---- */

static edi_buf *next_bundle(mesh *m) {
  if (m->bundle_count == MESH_BUNDLES) die(m, "too many bundles");
  edi_buf *out = &m->bundles[m->bundle_count];
  edi_buf_init(out, NULL, (size_t)1 << 30);
  return out;
}

void mesh_add(mesh *m, const mesh_file *files, size_t count) {
  edi_project_text texts[64];
  edi_project *project;
  edi_build build;
  for (size_t i = 0; i < count; i++)
    texts[i] = (edi_project_text){files[i].path, edi_str_from(files[i].text)};
  if (edi_project_from_memory(&m->arena, texts, count, &project, m->diagnostics) != EDICT_OK)
    die(m, "edict.yaml");
  edi_str parent = {0};
  if (project->layer == EDI_BUNDLE_DOMAIN) parent = (edi_str){m->bundles[0].ptr, m->bundles[0].len};
  if (edi_build_check(&m->arena, project, parent, &build, m->diagnostics) != EDICT_OK)
    die(m, "findings");
  edi_buf *bundle = next_bundle(m);
  m->bundle_count++;
  if (edi_build_bundle(&build, bundle, m->diagnostics) != EDICT_OK || bundle->failed != EDICT_OK)
    die(m, "no bundle");
  for (size_t t = 0; t < project->table_count; t++) {
    bundle = next_bundle(m);
    m->bundle_count++;
    if (edi_build_table(&build, t, bundle, m->diagnostics) != EDICT_OK) die(m, "no table");
  }
  edict_diagnostics_clear(m->diagnostics); /* warnings about the test's own rules */
}

void mesh_federal(mesh *m, const char *rules) {
  static const char yaml[] =
      "edict: 1\nname: eu.example\nlayer: federal\nversion: 7\ncreated: 2026-01-01T00:00:00Z\n"
      "expires: 2030-01-01T00:00:00Z\nrules: [ \"*.edict\" ]\n";
  size_t length = strlen(rules) + 32;
  char *text = edi_arena_alloc(&m->arena, length);
  if (!text) die(m, "memory");
  snprintf(text, length, "module federal.rules\n%s", rules);
  mesh_file files[] = {
      {"edict.yaml", yaml}, {"vocabulary.edict", mesh_vocabulary}, {"rules.edict", text}};
  mesh_add(m, files, 3);
}

void mesh_domain(mesh *m, const char *domain, const char *rules, const char *contract) {
  char yaml[1024];
  size_t length = strlen(rules) + 64;
  char *text = edi_arena_alloc(&m->arena, length);
  if (!text) die(m, "memory");
  snprintf(text, length, "module %s.rules\n%s", domain, rules);
  snprintf(yaml, sizeof yaml,
           "edict: 1\nname: eu.example/%s\nlayer: domain\ndomain: %s\nversion: 12\n"
           "created: 2026-01-01T00:00:00Z\nexpires: 2030-01-01T00:00:00Z\n"
           "parent: { bundle: federal.edb, least: 7 }\nrules: [ \"*.edict\" ]\n%s",
           domain, domain, *contract ? "contracts: [ \"c*.yaml\" ]\n" : "");
  mesh_file files[] = {{"edict.yaml", yaml}, {"rules.edict", text}, {"contract.yaml", contract}};
  mesh_add(m, files, *contract ? 3 : 2);
}

/* ---- engine, product ---- */

edict_status mesh_engine(mesh *m, const edict_engine_options *options) {
  const edict_engine_options own = {.size = sizeof own, .now = INT64_MIN, .development = 1};
  edict_bytes bytes[MESH_BUNDLES];
  for (size_t i = 0; i < m->bundle_count; i++)
    bytes[i] = (edict_bytes){m->bundles[i].ptr, m->bundles[i].len};
  edict_engine_destroy(&m->engine);
  return edict_engine_create(options ? options : &own, bytes, m->bundle_count, &m->engine,
                             m->diagnostics);
}

void mesh_open(mesh *m) {
  if (!m->engine && mesh_engine(m, NULL) != EDICT_OK) die(m, "no engine");
  if (edict_product_create(m->engine, "sales.orders", &m->product, m->diagnostics) != EDICT_OK)
    die(m, "no product");
  if (edict_decision_create(m->product, &m->decision) != EDICT_OK) die(m, "no decision");
}

void mesh_sales(mesh *m, const char *rules, const char *contract, const edict_engine_options *options) {
  mesh_init(m);
  mesh_federal(m, rules);
  mesh_domain(m, "sales", "", contract);
  if (mesh_engine(m, options) != EDICT_OK) die(m, "no engine");
  mesh_open(m);
}

/* ---- subject and request ---- */

typedef struct attributes {
  edict_attribute items[32];
  edict_text values[2048];
  size_t count, value_count;
} attributes;

static const char *skip(const char *at, const char *any) { return at + strspn(at, any); }

/* "roles analyst dpo; purposes support": a name, then its values. */
static void read_attributes(const char *text, attributes *out) {
  memset(out, 0, sizeof *out);
  for (const char *at = skip(text, "; "); *at; at = skip(at, "; ")) {
    edict_attribute *a = &out->items[out->count++];
    size_t length = strcspn(at, "; ");
    a->name = (edict_text){at, length};
    a->values = &out->values[out->value_count];
    at = skip(at + length, " ");
    while (*at && *at != ';') {
      length = strcspn(at, "; ");
      out->values[out->value_count++] = (edict_text){at, length};
      a->count++;
      at = skip(at + length, " ");
    }
  }
}

void mesh_subject(mesh *m, const char *text) {
  static attributes given;
  const edi_program *federal = &m->engine->linked[0].program;
  if (federal->issuers_count == 0) die(m, "no issuer");
  edi_str name = edi_program_string(federal, federal->issuers[0].name);
  edict_text issuer = {name.ptr, name.len}, id = {"ana", 3};
  read_attributes(text, &given);
  edict_session_destroy(&m->session);
  if (edict_session_create_hypothetical(m->engine, issuer, id, given.items, given.count,
                                        &m->session, m->diagnostics) != EDICT_OK)
    die(m, "no session");
}

size_t mesh_column(const mesh *m, const char *dataset, const char *column) {
  size_t found = edict_product_column(m->product, edict_product_dataset(m->product, dataset), column);
  if (found == SIZE_MAX) die(m, column);
  return found;
}

int64_t mesh_time(const char *text) {
  int64_t t = 0;
  if (!edi_timestamp_parse(edi_str_from(text), &t)) abort();
  return t;
}

static size_t read_columns(const mesh *m, const char *dataset, const char *text, uint32_t *out) {
  size_t count = 0, all = edict_product_column_count(m->product, edict_product_dataset(m->product, dataset));
  if (strcmp(text, "*") == 0)
    for (; count < all; count++) out[count] = (uint32_t)count;
  else
    for (const char *at = skip(text, " "); *at; at = skip(at, " ")) {
      char name[128];
      size_t length = strcspn(at, " ");
      snprintf(name, sizeof name, "%.*s", (int)length, at);
      out[count++] = (uint32_t)mesh_column(m, dataset, name);
      at += length;
    }
  return count;
}

edict_status mesh_ask(mesh *m, const char *action, const char *dataset, const char *columns,
                      const char *context, const char *now) {
  static attributes given;
  static uint32_t numbers[EDI_LIMIT_COLUMNS];
  read_attributes(context, &given);
  edict_request request = {.size = sizeof request,
                           .action = {action, strlen(action)},
                           .dataset = edict_product_dataset(m->product, dataset),
                           .columns = numbers,
                           .column_count = read_columns(m, dataset, columns, numbers),
                           .context = given.items,
                           .context_count = given.count,
                           .now = mesh_time(now)};
  return edict_decide(m->decision, m->session, &request);
}

edict_status mesh_ask_resource(mesh *m, const char *action, const char *kind, const char *text,
                               const char *context, const char *now) {
  static attributes given, about;
  read_attributes(context, &given);
  read_attributes(text, &about);
  edict_resource resource = {{kind, strlen(kind)}, about.items, about.count};
  edict_request request = {.size = sizeof request,
                           .action = {action, strlen(action)},
                           .context = given.items,
                           .context_count = given.count,
                           .now = mesh_time(now),
                           .resource = &resource};
  return edict_decide(m->decision, m->session, &request);
}

/* ---- answers ---- */

static edi_str reason_rule(const mesh *m, size_t i) {
  edict_reason reason;
  if (edict_decision_reason(m->decision, i, &reason) != EDICT_OK) return (edi_str){0};
  return (edi_str){reason.rule.ptr, reason.rule.len};
}

const edi_reason *mesh_reason(const mesh *m, const char *rule) {
  for (size_t i = 0; i < edict_decision_reason_count(m->decision); i++) {
    edi_str name = reason_rule(m, i), last = edi_str_from(rule);
    if (edi_str_equal(name, last)) return &m->decision->plan->reasons[i];
    if (name.len > last.len && edi_str_ends(name, last) && name.ptr[name.len - last.len - 1] == '.')
      return &m->decision->plan->reasons[i];
  }
  return NULL;
}

edict_text mesh_first_reason(const mesh *m) {
  edi_str name = reason_rule(m, 0);
  return (edict_text){name.ptr, name.len};
}

size_t mesh_count(const mesh *m, const char *code) {
  size_t count = 0;
  for (size_t i = 0; i < edict_diagnostics_count(m->diagnostics); i++)
    count += strcmp(edict_diagnostics_code(m->diagnostics, i), code) == 0;
  return count;
}
