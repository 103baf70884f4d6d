/* Engine: which sets of bundles are taken, what refuses one, and under which names it says so. */
#include "harness.h"

#include <sodium.h>

#include "bundle/packing.h"
#include "support/mesh.h"
#include "support/sample_bundle.h"

#define NOW "2026-11-20T10:00:00Z"
#define COUNT(a) (sizeof(a) / sizeof *(a))

/* ---- bundles of their own kinds ---- */

#define WORDS_BEFORE                                                                            \
  "module federal.vocabulary\ntaxonomy action { export }\ntaxonomy purpose { service }\n"       \
  "taxonomy role { staff }\ntaxonomy domain { sales finance }\n"                                \
  "attributes subject { vip?: bool person?: id<person> }\nissuer host\n"
#define LEVELS    "levels classification { public < internal }\n"
#define TAGS      "taxonomy tag { pii { pii.email: string } person.id: id<person> plain }\n"
#define HOLDS     "table holds (person: id<person>) complete\n"
#define KEY       "key wide joinable within federation\n"
#define ATTRIBUTE "attributes dataset { rank?: int from \"customProperties.rank\" }\n"
#define STATE     "domains may state classification, dataset.rank, plain\n"
#define USUAL     WORDS_BEFORE LEVELS TAGS HOLDS KEY ATTRIBUTE STATE

static const char sales_rules[] =
    "module sales.rules\n"
    "rule uses\n mask column tagged pii.email\n with pseudonym(wide)\n"
    " when dataset.rank > 3 and subject.person not in holds\n because \"x\"\n"
    "rule far\n forbid export\n on product in domain finance\n because \"x\"\n";

static const char contract[] =
    "apiVersion: v3.1.0\nkind: DataContract\nid: c-1\nversion: 1.0.0\nstatus: active\ndomain: sales\n"
    "dataProduct: orders\nschema:\n  - name: orders\n    logicalType: object\n    physicalName: orders\n"
    "    customProperties:\n      - { property: rank, value: 5 }\n    properties:\n"
    "      - { name: id, logicalType: integer, tags: [ plain ] }\n";

typedef struct pool { mesh m; } pool; /* only its bundles are used */

/* A federal bundle; with `table` data for holds too. Its number; the table's is the next. */
static size_t add_federal(pool *p, const char *name, unsigned version, const char *words, const char *table) {
  char yaml[1024];
  snprintf(yaml, sizeof yaml,
           "edict: 1\nname: %s\nlayer: federal\nversion: %u\ncreated: 2026-01-01T00:00:00Z\n"
           "expires: 2027-01-01T00:00:00Z\nrules: [ \"*.edict\" ]\n%s",
           name, version,
           table ? "tables: { federal.vocabulary.holds: { file: holds.csv, version: 1, created: 2026-01-01T00:00:00Z, "
                   "expires: 2027-01-01T00:00:00Z } }\n"
                 : "");
  mesh_file files[] = {{"edict.yaml", yaml}, {"vocabulary.edict", words}, {"holds.csv", table ? table : ""}};
  size_t number = p->m.bundle_count;
  mesh_add(&p->m, files, table ? 3 : 2);
  return number;
}

/* Built on the federal bundle `parent` of the pool. */
static size_t add_domain(pool *p, size_t parent, const char *domain, const char *parent_name,
                         unsigned least, const char *rules, const char *with) {
  char yaml[1024];
  snprintf(yaml, sizeof yaml,
           "edict: 1\nname: %s/%s\nlayer: domain\ndomain: %s\nversion: 3\ncreated: 2026-01-01T00:00:00Z\n"
           "expires: 2027-01-01T00:00:00Z\nparent: { bundle: f.edb, least: %u }\nrules: [ \"*.edict\" ]\n%s",
           parent_name, domain, domain, least, *with ? "contracts: [ \"c*.yaml\" ]\n" : "");
  mesh_file files[] = {{"edict.yaml", yaml}, {"rules.edict", rules}, {"contract.yaml", with}};
  edi_buf first = p->m.bundles[0];
  p->m.bundles[0] = p->m.bundles[parent]; /* mesh_add builds on the first */
  size_t number = p->m.bundle_count;
  mesh_add(&p->m, files, *with ? 3 : 2);
  p->m.bundles[0] = first;
  return number;
}

static edict_bytes at(const pool *p, size_t number) { return (edict_bytes){p->m.bundles[number].ptr, p->m.bundles[number].len}; }

static edict_status open_set(pool *p, const edict_engine_options *options, const edict_bytes *set, size_t count) {
  const edict_engine_options own = {.size = sizeof own, .now = INT64_MIN, .development = 1};
  edict_engine_destroy(&p->m.engine);
  edict_diagnostics_clear(p->m.diagnostics);
  edict_status status = edict_engine_create(options ? options : &own, set, count, &p->m.engine, p->m.diagnostics);
  CHECK_INT(p->m.engine != NULL, status == EDICT_OK);
  if (status != EDICT_ARGUMENT) CHECK_INT(edict_diagnostics_errors(p->m.diagnostics) > 0, status != EDICT_OK);
  return status;
}

/* Opens bundles of the pool by number, ended by -1; the code of the first finding in *code. */
static edict_status open_numbers(pool *p, const int *numbers, const char **code) {
  edict_bytes set[MESH_BUNDLES];
  size_t count = 0;
  while (numbers[count] >= 0) set[count] = at(p, (size_t)numbers[count]), count++;
  edict_status status = open_set(p, NULL, set, count);
  const char *found = edict_diagnostics_code(p->m.diagnostics, 0);
  *code = found ? found : "";
  return status;
}

/* ---- sets ---- */

TEST(sets_that_are_taken_and_refused) {
  pool p;
  mesh_init(&p.m);
  int federal = (int)add_federal(&p, "eu.example", 7, USUAL, "person\np-1\n"), holds = federal + 1;
  int other = (int)add_federal(&p, "us.example", 7, USUAL, NULL);
  int newer = (int)add_federal(&p, "eu.example", 8, USUAL, NULL);
  int sales = (int)add_domain(&p, (size_t)federal, "sales", "eu.example", 7, sales_rules, contract);
  int demanding = (int)add_domain(&p, (size_t)newer, "sales", "eu.example", 8, sales_rules, contract);
  int bare = (int)add_domain(&p, (size_t)federal, "sales", "eu.example", 7, sales_rules, "");
  const struct { int numbers[6]; edict_status status; const char *code; } table[] = {
      {{federal, -1}, EDICT_OK, ""},
      {{federal, sales, holds, -1}, EDICT_OK, ""},
      {{holds, sales, federal, -1}, EDICT_OK, ""}, /* in any order */
      {{newer, sales, -1}, EDICT_OK, ""},
      {{newer, demanding, -1}, EDICT_OK, ""},
      {{-1}, EDICT_FINDINGS, "R0503"},
      {{sales, -1}, EDICT_FINDINGS, "R0503"}, /* a domain alone opens nothing */
      {{holds, -1}, EDICT_FINDINGS, "R0503"},
      {{federal, newer, -1}, EDICT_FINDINGS, "R0503"},
      {{federal, federal, -1}, EDICT_FINDINGS, "R0503"},
      {{federal, sales, demanding, -1}, EDICT_FINDINGS, "R0503"},
      {{federal, sales, sales, -1}, EDICT_FINDINGS, "R0503"},
      {{federal, bare, -1}, EDICT_OK, ""},
      {{federal, sales, bare, -1}, EDICT_FINDINGS, "R0503"}, /* no product of it is there twice */
      {{other, sales, -1}, EDICT_FINDINGS, "R0503"},     /* under another federal bundle */
      {{federal, demanding, -1}, EDICT_FINDINGS, "R0503"}, /* older than the least version */
      {{federal, holds, holds, -1}, EDICT_FINDINGS, "R0503"},
      {{other, holds, -1}, EDICT_FINDINGS, "R0503"},
  };
  for (size_t i = 0; i < COUNT(table); i++) {
    const char *code;
    edict_status status = open_numbers(&p, table[i].numbers, &code);
    if (status != table[i].status || strcmp(code, table[i].code) != 0)
      HARNESS_FAIL("set %zu: %s %s", i, edict_status_name(status), code);
  }
  mesh_fini(&p.m);
}

/* The federation changed after the domain was built: what it no longer has, or has otherwise. */
TEST(imports_that_are_no_longer_there) {
  static const struct { const char *words, *name; } changed[] = {
      {USUAL, NULL},
      {WORDS_BEFORE LEVELS "taxonomy tag { pii { pii.mail: string } person.id: id<person> plain }\n" HOLDS KEY ATTRIBUTE STATE, "`pii.email`"},
      {WORDS_BEFORE LEVELS TAGS KEY ATTRIBUTE STATE, "`federal.vocabulary.holds`"},
      {WORDS_BEFORE LEVELS TAGS "table holds (person: id<person>)\n" KEY ATTRIBUTE STATE, "`federal.vocabulary.holds`"}, /* not complete any more */
      {WORDS_BEFORE LEVELS TAGS "table holds (owner: id<person>) complete\n" KEY ATTRIBUTE STATE, "`federal.vocabulary.holds`"},
      {WORDS_BEFORE LEVELS TAGS "table holds (person: string) complete\n" KEY ATTRIBUTE STATE, "`federal.vocabulary.holds`"},
      {WORDS_BEFORE LEVELS TAGS "table holds (person: id<person>) gives (since: date) complete\n" KEY ATTRIBUTE STATE, "`federal.vocabulary.holds`"},
      {WORDS_BEFORE LEVELS TAGS HOLDS ATTRIBUTE STATE, "`federal.vocabulary.wide`"},
      {WORDS_BEFORE LEVELS TAGS HOLDS "key wide joinable within product\n" ATTRIBUTE STATE, "`federal.vocabulary.wide`"},
      {WORDS_BEFORE LEVELS TAGS HOLDS KEY "domains may state classification, plain\n", "`rank`"},
      {WORDS_BEFORE LEVELS TAGS HOLDS KEY "attributes dataset { rank?: decimal from \"customProperties.rank\" }\n" STATE, "`rank`"},
  };
  for (size_t i = 0; i < COUNT(changed); i++) {
    pool p;
    const char *code;
    mesh_init(&p.m);
    (void)add_federal(&p, "eu.example", 7, USUAL, NULL);
    int now = (int)add_federal(&p, "eu.example", 8, changed[i].words, NULL);
    int sales = (int)add_domain(&p, 0, "sales", "eu.example", 7, sales_rules, contract);
    edict_status status = open_numbers(&p, (int[]){now, sales, -1}, &code);
    CHECK_INT(status, changed[i].name ? EDICT_FINDINGS : EDICT_OK);
    bool named = !changed[i].name || (strcmp(code, "R0501") == 0 && strstr(edict_diagnostics_message(p.m.diagnostics, 0), changed[i].name));
    if (!named) HARNESS_FAIL("row %zu: %s %s", i, code, edict_diagnostics_message(p.m.diagnostics, 0));
    mesh_fini(&p.m);
  }
}

TEST(table_data_with_other_columns) {
  static const struct { const char *words, *csv; edict_status status; } built[] = {
      {USUAL, "person\np-1\n", EDICT_OK},
      {WORDS_BEFORE LEVELS TAGS "table holds (person: string) complete\n" KEY ATTRIBUTE STATE, "person\np-1\n", EDICT_FINDINGS},
      {WORDS_BEFORE LEVELS TAGS "table holds (person: id<person>, day: date) complete\n" KEY ATTRIBUTE STATE, "person,day\np-1,2026-01-01\n", EDICT_FINDINGS},
      {WORDS_BEFORE LEVELS TAGS "table holds (person: id<person>) gives (day: date) complete\n" KEY ATTRIBUTE STATE, "person,day\np-1,2026-01-01\n", EDICT_FINDINGS},
  };
  for (size_t i = 0; i < COUNT(built); i++) {
    pool p;
    const char *code;
    mesh_init(&p.m);
    int federal = (int)add_federal(&p, "eu.example", 7, USUAL, NULL);
    int data = (int)add_federal(&p, "eu.example", 6, built[i].words, built[i].csv) + 1;
    CHECK_INT(open_numbers(&p, (int[]){federal, data, -1}, &code), built[i].status);
    if (built[i].status != EDICT_OK) CHECK(strcmp(code, "R0503") == 0 && strstr(edict_diagnostics_message(p.m.diagnostics, 0), "columns"));
    mesh_fini(&p.m);
  }
}

/* The program of a bundle changed by hand: its contract says the product is another domain's. */
TEST(the_contract_of_another_domain) {
  pool p;
  mesh_init(&p.m);
  (void)add_federal(&p, "eu.example", 7, USUAL, NULL);
  size_t sales = add_domain(&p, 0, "sales", "eu.example", 7, sales_rules, contract);
  edi_bundle bundle;
  edi_program program;
  edi_str bytes = {p.m.bundles[sales].ptr, p.m.bundles[sales].len};
  REQUIRE(edi_bundle_open(&p.m.arena, bytes.ptr, bytes.len, &bundle, p.m.diagnostics) == EDICT_OK);
  edi_str file = edi_bundle_find(&bundle, "program");
  REQUIRE(edi_program_read(file.ptr, file.len, &p.m.arena, &p.m.arena, &program, p.m.diagnostics) == EDICT_OK);
  uint32_t finance = EDI_NONE;
  for (uint32_t i = 0; i < program.nodes_count; i++)
    if (edi_str_equal(edi_program_string(&program, program.nodes[i].name), EDI_STR("finance"))) finance = i;
  REQUIRE(finance != EDI_NONE);
  ((edi_contract *)program.contracts)->domain = finance;
  edi_buf changed;
  edi_buf_init(&changed, NULL, 1 << 24);
  REQUIRE(edi_program_pack(&program, &p.m.arena, &changed) == EDICT_OK);
  for (size_t i = 0; i < bundle.manifest.file_count; i++)
    if (edi_str_equal(bundle.files[i].name, EDI_STR("program"))) bundle.files[i].bytes = (edi_str){changed.ptr, changed.len};
  edi_buf made;
  edi_buf_init(&made, NULL, 1 << 24);
  REQUIRE(edi_bundle_write(&p.m.arena, &bundle.manifest, bundle.files, bundle.manifest.file_count, &made, p.m.diagnostics) == EDICT_OK);
  edict_bytes set[] = {at(&p, 0), {made.ptr, made.len}};
  CHECK_INT(open_set(&p, NULL, set, 2), EDICT_FORMAT); /* the verifier is there before the engine */
  CHECK(strstr(edict_diagnostics_message(p.m.diagnostics, 0), "another domain's"));
  edi_buf_fini(&made);
  edi_buf_fini(&changed);
  mesh_fini(&p.m);
}

/* ---- trust ---- */

static void sign(pool *p, size_t number, const char *key, uint32_t key_number) {
  sample_sign(&p->m.arena, &p->m.bundles[number], key, key_number);
}

static edict_status open_trusted(pool *p, const char *trust, const char *now, int development) {
  edict_engine_options options = {.size = sizeof options, .trust = trust, .trust_length = trust ? strlen(trust) : 0,
                                  .now = mesh_time(now), .development = development};
  edict_bytes set[] = {at(p, 0), at(p, 1)};
  return open_set(p, &options, set, 2);
}

TEST(signatures_times_and_development) {
  edi_buf trust, stranger;
  edi_buf_init(&trust, NULL, 4096);
  edi_buf_init(&stranger, NULL, 4096);
  edi_buf_text(&trust, "edict-trust/v1\n");
  sample_trust_line(&trust, "federal eu.example", "eu.example-a", 1);
  sample_trust_line(&trust, "domain sales eu.example/sales", "eu.example/sales-a", 2);
  edi_buf_char(&trust, '\0');
  edi_buf_text(&stranger, "edict-trust/v1\n");
  sample_trust_line(&stranger, "federal eu.example", "eu.example-b", 3);
  edi_buf_char(&stranger, '\0');
  pool p;
  mesh_init(&p.m);
  (void)add_federal(&p, "eu.example", 7, USUAL, NULL);
  (void)add_domain(&p, 0, "sales", "eu.example", 7, sales_rules, contract);
  CHECK_INT(open_trusted(&p, trust.ptr, NOW, 0), EDICT_UNTRUSTED); /* nobody signed */
  CHECK_INT(open_trusted(&p, NULL, NOW, 0), EDICT_ARGUMENT);
  CHECK_INT(open_trusted(&p, NULL, NOW, 1), EDICT_OK);
  CHECK_INT(edict_engine_is_development(p.m.engine), 1);
  CHECK_INT(open_trusted(&p, trust.ptr, NOW, 1), EDICT_OK);
  sign(&p, 0, "eu.example-a", 1);
  CHECK_INT(open_trusted(&p, trust.ptr, NOW, 0), EDICT_UNTRUSTED); /* the domain's is not signed */
  sign(&p, 1, "eu.example/sales-a", 2);
  CHECK_INT(open_trusted(&p, trust.ptr, NOW, 0), EDICT_OK);
  CHECK_INT(edict_engine_is_development(p.m.engine), 0);
  CHECK_INT(edict_engine_shadow_denials(p.m.engine), EDICT_ARGUMENT); /* one that serves data keeps what denies */
  CHECK_INT(open_trusted(&p, stranger.ptr, NOW, 0), EDICT_UNTRUSTED);
  CHECK_INT(open_trusted(&p, stranger.ptr, NOW, 1), EDICT_UNTRUSTED); /* signed by a stranger is worse than not signed */
  CHECK_INT(open_trusted(&p, trust.ptr, "2025-12-31T23:59:59Z", 0), EDICT_EXPIRED);
  CHECK_INT(open_trusted(&p, trust.ptr, "2026-01-01T00:00:00Z", 0), EDICT_OK);
  CHECK_INT(open_trusted(&p, trust.ptr, "2026-12-31T23:59:59Z", 0), EDICT_OK);
  CHECK_INT(open_trusted(&p, trust.ptr, "2027-01-01T00:00:00Z", 0), EDICT_EXPIRED);
  CHECK_INT(open_trusted(&p, "edict-trust/v2\n", NOW, 1), EDICT_FORMAT);
  edi_buf_fini(&trust);
  edi_buf_fini(&stranger);
  mesh_fini(&p.m);
}

/* ---- damaged, misused ---- */

/* Whether a byte of the bundle is one of a file that decides nothing. */
static bool is_source(const edi_bundle *b, const char *byte) {
  for (size_t i = 0; i < b->manifest.file_count; i++)
    if (byte >= b->files[i].bytes.ptr && byte < b->files[i].bytes.ptr + b->files[i].bytes.len) return !edi_bundle_decides(b->files[i].name);
  return false;
}

TEST(damaged_bytes) {
  pool p;
  edi_bundle opened;
  mesh_init(&p.m);
  (void)add_federal(&p, "eu.example", 7, USUAL, NULL);
  edict_bytes whole = at(&p, 0);
  REQUIRE(edi_bundle_open(&p.m.arena, whole.ptr, whole.len, &opened, NULL) == EDICT_OK);
  char *copy = edi_arena_copy(&p.m.arena, whole.ptr, whole.len);
  edict_bytes set[] = {{copy, whole.len}};
  CHECK_INT(open_set(&p, NULL, set, 1), EDICT_OK);
  set[0].len--;
  CHECK_INT(open_set(&p, NULL, set, 1), EDICT_FORMAT);
  set[0].len = 0;
  CHECK_INT(open_set(&p, NULL, set, 1), EDICT_FORMAT);
  set[0].len = whole.len;
  size_t sources = 0, begin = (size_t)(opened.files[0].bytes.ptr - (const char *)whole.ptr);
  for (size_t i = 0; i < 256; i++) { /* in the files: their digests are in the manifest */
    size_t byte = begin + i * ((whole.len - begin) / 256);
    bool source = is_source(&opened, (const char *)whole.ptr + byte);
    copy[byte] ^= 1;
    if ((open_set(&p, NULL, set, 1) == EDICT_OK) != source) HARNESS_FAIL("byte %zu of a %s", byte, source ? "source" : "program");
    copy[byte] ^= 1;
    sources += source;
  }
  CHECK(sources > 32 && sources < 224);
  CHECK_INT(open_set(&p, NULL, set, 1), EDICT_OK);
  mesh_fini(&p.m);
}

TEST(options_that_cannot_be_meant) {
  pool p;
  mesh_init(&p.m);
  (void)add_federal(&p, "eu.example", 7, USUAL, NULL);
  edict_bytes set[] = {at(&p, 0)};
  const edict_engine_options good = {.size = sizeof good, .now = 0, .development = 1};
  edict_engine_options o = good;
  edict_engine *engine = (edict_engine *)&p;
  CHECK_INT(edict_engine_create(NULL, set, 1, &engine, p.m.diagnostics), EDICT_ARGUMENT);
  CHECK(!engine);
  o.size--;
  CHECK_INT(open_set(&p, &o, set, 1), EDICT_ARGUMENT);
  CHECK_INT(open_set(&p, &good, NULL, 1), EDICT_ARGUMENT);
  CHECK_INT(open_set(&p, &good, set, 65537), EDICT_ARGUMENT);
  o = good;
  o.keyring_length = 5;
  CHECK_INT(open_set(&p, &o, set, 1), EDICT_ARGUMENT);
  o.keyring = "rusty";
  CHECK_INT(open_set(&p, &o, set, 1), EDICT_FORMAT);
  CHECK_INT(mesh_count(&p.m, "R0601"), 1);
  mesh_fini(&p.m);
}

/* ---- what an engine tells ---- */

TEST(bundles_and_products_by_number) {
  pool p;
  const char *name, *layer;
  uint64_t version;
  const unsigned char *digest;
  mesh_init(&p.m);
  (void)add_federal(&p, "eu.example", 7, USUAL, "person\np-1\n");
  size_t sales = add_domain(&p, 0, "sales", "eu.example", 7, sales_rules, contract);
  edict_bytes set[] = {at(&p, 0), at(&p, sales), at(&p, 1)};
  CHECK_INT(open_set(&p, NULL, set, 3), EDICT_OK);
  CHECK_INT(edict_engine_bundle_count(p.m.engine), 3);
  static const struct { const char *name, *layer; uint64_t version; } expected[] = {
      {"eu.example", "federal", 7}, {"eu.example/sales", "domain sales", 3}, {"eu.example/holds", "table federal.vocabulary.holds", 1}};
  for (size_t i = 0; i < 3; i++) {
    REQUIRE(edict_engine_bundle(p.m.engine, i, &name, &layer, &version, &digest) == EDICT_OK);
    if (i < 2) CHECK(strcmp(name, expected[i].name) == 0);
    CHECK_TEXT(layer, strlen(layer), expected[i].layer);
    CHECK_INT(version, expected[i].version);
    CHECK(digest != NULL);
  }
  CHECK_INT(edict_engine_bundle(p.m.engine, 3, &name, &layer, &version, &digest), EDICT_ARGUMENT);
  CHECK_INT(edict_engine_product_count(p.m.engine), 1);
  CHECK(strcmp(edict_engine_product_name(p.m.engine, 0), "sales.orders") == 0);
  CHECK(!edict_engine_product_name(p.m.engine, 1));
  mesh_fini(&p.m);
}

/* ---- sessions ---- */

TEST(sessions_of_an_engine) {
  static const char no_host[] = "module federal.vocabulary\ntaxonomy action { export }\ntaxonomy purpose { service }\ntaxonomy role { staff }\n"
                                "taxonomy domain { sales }\ntaxonomy tag { plain }\nlevels classification { public < internal }\n";
  pool p;
  edict_session *session = (edict_session *)&p;
  edict_text id = {"ana", 3}, host = {"host", 4};
  mesh_init(&p.m);
  (void)add_federal(&p, "eu.example", 7, USUAL, NULL);
  (void)add_federal(&p, "eu.example", 7, no_host, NULL);
  edict_bytes set[] = {at(&p, 0)};
  CHECK_INT(open_set(&p, NULL, set, 1), EDICT_OK);
  CHECK_INT(edict_session_create_host(NULL, id, NULL, 0, &session, p.m.diagnostics), EDICT_ARGUMENT);
  CHECK(!session);
  CHECK_INT(edict_session_create(NULL, "x", 1, 0, &session, p.m.diagnostics), EDICT_ARGUMENT);
  CHECK_INT(edict_session_create_hypothetical(NULL, host, id, NULL, 0, &session, p.m.diagnostics), EDICT_ARGUMENT);
  CHECK_INT(edict_session_create_hypothetical(p.m.engine, (edict_text){"nobody", 6}, id, NULL, 0, &session, p.m.diagnostics), EDICT_ARGUMENT);
  CHECK(edict_session_create(p.m.engine, "no token", 8, 0, &session, p.m.diagnostics) != EDICT_OK && !session);
  REQUIRE(edict_session_create_host(p.m.engine, id, NULL, 0, &session, p.m.diagnostics) == EDICT_OK);
  edict_text issuer = edict_session_issuer(session), who = edict_session_id(session);
  CHECK_TEXT(issuer.ptr, issuer.len, "host");
  CHECK_TEXT(who.ptr, who.len, "ana");
  edict_engine_destroy(&p.m.engine); /* the session keeps it */
  issuer = edict_session_issuer(session);
  CHECK_TEXT(issuer.ptr, issuer.len, "host");
  edict_session_destroy(&session);
  CHECK(!session);
  set[0] = at(&p, 1);
  CHECK_INT(open_set(&p, NULL, set, 1), EDICT_OK);
  CHECK_INT(edict_session_create_host(p.m.engine, id, NULL, 0, &session, p.m.diagnostics), EDICT_UNTRUSTED);
  CHECK(!session);
  mesh_fini(&p.m);
}

/* ---- without the rules that deny ---- */

static void check_effect(mesh *m, edict_effect effect) {
  REQUIRE(edict_product_create(m->engine, "sales.orders", &m->product, m->diagnostics) == EDICT_OK);
  REQUIRE(edict_decision_create(m->product, &m->decision) == EDICT_OK);
  mesh_subject(m, "roles analyst");
  CHECK_INT(mesh_ask(m, "read", "orders", "id", "purpose support", NOW), EDICT_OK);
  CHECK_INT(edict_decision_effect(m->decision), effect);
  CHECK_INT(edict_engine_shadow_denials(m->engine), EDICT_ARGUMENT); /* of which something was made */
  edict_decision_destroy(&m->decision);
  edict_session_destroy(&m->session);
  edict_product_destroy(&m->product);
}

/* What a rule in `federal` or in the domain's `own` denies, and nothing else does. */
static void check_denial(const char *federal, const char *own) {
  static const char datasets[] = MESH_CONTRACT("  - name: orders\n    logicalType: object\n    properties:\n      - { name: id, logicalType: integer }\n");
  static const char permit[] = "rule all\n permit read\n on product in domain sales\n because \"x\"\n";
  char rules[512];
  const char *name, *layer;
  uint64_t version;
  const unsigned char *digest;
  mesh m;
  mesh_init(&m);
  snprintf(rules, sizeof rules, "%s%s", permit, federal);
  mesh_federal(&m, rules);
  mesh_domain(&m, "sales", own, datasets);
  REQUIRE(mesh_engine(&m, NULL) == EDICT_OK);
  check_effect(&m, EDICT_DENY);
  CHECK_INT(edict_engine_shadow_denials(m.engine), EDICT_OK);
  check_effect(&m, EDICT_PERMIT);
  for (size_t i = 0; i < 2; i++) {
    REQUIRE(edict_engine_bundle(m.engine, i, &name, &layer, &version, &digest) == EDICT_OK);
    CHECK(sodium_is_zero(digest, 32)); /* nobody takes what it answers for an answer of the bundle */
  }
  mesh_fini(&m);
}

TEST(denials_in_shadow) {
  CHECK_INT(edict_engine_shadow_denials(NULL), EDICT_ARGUMENT);
  check_denial("rule no\n forbid read\n because \"x\"\n", "");
  check_denial("rule no\n require product.name == \"x\"\n because \"x\"\n", "");
  check_denial("", "rule no\n forbid read\n on product in domain sales\n because \"x\"\n");
}

HARNESS_MAIN
