/* Decision: as JSON and in words, its keys, misuse of its calls, and who keeps whom alive. */
#include "harness.h"

#include "bundle/limits.h"
#include "support/golden.h"
#include "support/mesh.h"

#define RULE(name, effect, rest) "rule " name "\n " effect "\n" rest " because \"Reason of " name "\"\n"
#define NOW "2026-11-20T10:00:00Z"

static const char contract[] = MESH_CONTRACT(
    "  - name: orders\n    logicalType: object\n    physicalName: orders\n    customProperties:\n"
    "      - { property: classification, value: internal }\n    properties:\n"
    "      - { name: id, logicalType: integer, required: true, tags: [ plain ] }\n"
    "      - { name: email, logicalType: string, tags: [ pii.email ] }\n"
    "      - { name: phone, logicalType: string, tags: [ pii.phone ] }\n"
    "      - { name: name, logicalType: string, tags: [ pii.name ] }\n"
    "      - { name: at, logicalType: timestamp, tags: [ time.collected ] }\n"
    "      - { name: country, logicalType: string, tags: [ geo.country ] }\n");
enum { ID, EMAIL, PHONE, NAME, AT, COUNTRY, COLUMNS };

static const char rules[] =
    "rule staff\n permit read\n on dataset classified <= internal\n when subject.roles has staff\n"
    " because \"Reason of staff\"\n see \"https://rules.example/1\"\n"
    RULE("purpose", "forbid access", " on dataset holding pii\n unless purpose is service\n")
    "rule mails\n mask column tagged pii.email\n with pseudonym(wide) if subject.vip\n with null otherwise\n because \"x\"\n"
    "rule phones\n mask column tagged pii.phone\n with show-last(2, rest: \"#\") if row[geo.country] is eu\n with null otherwise\n because \"x\"\n"
    RULE("names-one", "mask column tagged pii.name\n with show-first(1)", "")
    RULE("names-two", "mask column tagged pii.name\n with show-last(1)", "")
    RULE("region", "show only rows", " where row[geo.country] in subject.regions\n")
    RULE("old", "retain at most 24 months after row[time.collected] then erase", "")
    RULE("hold", "retain while row[pii.email] == \"ana\"", "");

static const char keyring[] =
    "edict-keyring/v1\nfederation eu.example\nepoch 1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";

static void begin(mesh *m, const char *federal) {
  const edict_engine_options options = {.size = sizeof options, .now = INT64_MIN, .development = 1, .keyring = keyring,
                                        .keyring_length = sizeof keyring - 1};
  mesh_init(m);
  mesh_federal(m, federal);
  mesh_domain(m, "sales", "", contract);
  CHECK_INT(mesh_engine(m, &options), EDICT_OK);
  mesh_open(m);
  mesh_subject(m, "roles support; purposes service; regions de; vip true");
}

/* ---- what people read ---- */

/* The JSON with the digests of bundles blanked: they change with the compiler, and nothing else may. */
static void check_json(mesh *m, const char *path) {
  char *text = NULL;
  size_t length = 0;
  REQUIRE(edict_decision_json(m->decision, &text, &length) == EDICT_OK);
  CHECK_INT(strlen(text), length);
  for (char *at = strstr(text, "blake2b:"); at; at = strstr(at + 8, "blake2b:")) memset(at + 8, '0', 64);
  text[length] = '\n'; /* where the NUL was */
  CHECK(golden_matches(path, text, length + 1));
  edict_text_free(&text);
}

static void check_explained(mesh *m, const char *path) {
  char text[4096], shorter[16];
  size_t length = edict_decision_explain(m->decision, text, sizeof text);
  REQUIRE(length < sizeof text - 1);
  CHECK_INT(edict_decision_explain(m->decision, NULL, 0), length);
  CHECK_INT(edict_decision_explain(m->decision, shorter, sizeof shorter), length);
  CHECK(strlen(shorter) == 15 && memcmp(shorter, text, 15) == 0);
  text[length] = '\n';
  CHECK(golden_matches(path, text, length + 1));
}

TEST(golden_answers) {
  static const struct { const char *name, *subject, *action, *columns, *context; } table[] = {
      {"permit", "roles support; purposes service; regions de; vip true", "read", "*", "purpose support"},
      {"permit-some", "roles support; purposes service; regions de", "read", "id email", "purpose support"},
      {"forbidden", "roles support; purposes commercial; regions de", "read", "id", "purpose marketing"},
      {"unknown", "roles support; purposes service", "read", "id", ""},
      {"nobody", "purposes service; regions de", "read", "id", "purpose support"},
      {"no-action", "roles support; purposes service", "fly", "id", "purpose support"},
      {"no-rule", "roles support; purposes service", "download", "id", "purpose support"},
  };
  mesh m;
  begin(&m, rules);
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    char path[128];
    mesh_subject(&m, table[i].subject);
    CHECK_INT(mesh_ask(&m, table[i].action, "orders", table[i].columns, table[i].context, NOW), EDICT_OK);
    snprintf(path, sizeof path, "tests/golden/decision/%s.json", table[i].name);
    check_json(&m, path);
    snprintf(path, sizeof path, "tests/golden/decision/%s.txt", table[i].name);
    check_explained(&m, path);
  }
  mesh_fini(&m);
}

TEST(columns_in_words) {
  static const struct { size_t column; const char *name, *arguments; } table[] = {
      {ID, "keep", ""}, {EMAIL, "pseudonym", "federal.vocabulary.wide"}, {PHONE, "varies", ""}, {NAME, "null", ""}, {AT, "keep", ""},
      {COUNTRY, "keep", ""}, {COLUMNS, "null", ""}, {SIZE_MAX, "null", ""}};
  mesh m;
  begin(&m, rules);
  CHECK_INT(mesh_ask(&m, "read", "orders", "*", "purpose support", NOW), EDICT_OK);
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    const char *arguments, *name = edict_decision_column(m.decision, table[i].column, &arguments);
    CHECK_TEXT(name, strlen(name), table[i].name);
    CHECK_TEXT(arguments, strlen(arguments), table[i].arguments);
  }
  CHECK_INT(mesh_ask(&m, "read", "orders", "id", "purpose support", NOW), EDICT_OK);
  CHECK(strcmp(edict_decision_column(m.decision, AT, NULL), "null") == 0); /* not asked for */
  mesh_fini(&m);
}

/* ---- keys joinable within query ---- */

/* What is shown of one mail under a seed; "" if it is the bottom. */
static void mail_under(mesh *m, const unsigned char *seed, char out[80]) {
  const uint32_t columns[] = {EMAIL};
  const edict_request request = {.size = sizeof request, .action = {"read", 4}, .columns = columns, .column_count = 1,
                                 .now = mesh_time(NOW), .seed = seed};
  edict_cell in[COLUMNS] = {[EMAIL] = mesh_text("ana@a.example")}, masked[COLUMNS];
  char memory[512];
  edict_row row;
  out[0] = '\0';
  REQUIRE(edict_decide(m->decision, m->session, &request) == EDICT_OK);
  REQUIRE(edict_decision_apply_row(m->decision, in, COLUMNS, masked, memory, sizeof memory, &row) == EDICT_OK);
  CHECK_INT(row, EDICT_ROW_SHOWN);
  if (masked[EMAIL].type == EDICT_CELL_TEXT) snprintf(out, 80, "%.*s", (int)masked[EMAIL].len, masked[EMAIL].ptr);
  else CHECK_INT(masked[EMAIL].type, EDICT_CELL_NULL);
}

static void joins_within_one_seed(const char *source, size_t length) {
  unsigned char seed[EDICT_SEED_BYTES] = {1};
  char one[80], again[80], other[80], none[80];
  mesh m;
  begin(&m, source);
  mail_under(&m, seed, one);
  mail_under(&m, seed, again);
  seed[EDICT_SEED_BYTES - 1] ^= 1;
  mail_under(&m, seed, other);
  mail_under(&m, NULL, none);
  CHECK_INT(strlen(one), length);
  CHECK_TEXT(again, strlen(again), one);
  CHECK(strlen(other) == length && strcmp(other, one) != 0);
  CHECK_TEXT(none, strlen(none), "");
  CHECK(!m.decision->has_seed && !m.decision->has_salt);
  mesh_fini(&m);
}

#define OPENED "rule opens\n permit read\n on dataset classified <= internal\nrule mails\n mask column tagged pii.email\n with "

TEST(pseudonyms_of_one_query) { joins_within_one_seed("key once joinable within query\n" OPENED "pseudonym(once)\n", 22); }

TEST(digests_of_one_query) { joins_within_one_seed(OPENED "sha256-query\n", 64); }

/* ---- misuse ---- */

TEST(calls_that_cannot_be_meant) {
  mesh m;
  begin(&m, rules);
  edict_decision *none = NULL, *made = NULL;
  edict_request good = {.size = sizeof good, .action = {"read", 4}, .now = mesh_time(NOW)};
  CHECK_INT(edict_decision_create(NULL, &made), EDICT_ARGUMENT);
  CHECK(!made);
  CHECK_INT(edict_decide(none, m.session, &good), EDICT_ARGUMENT);
  CHECK_INT(edict_decide(m.decision, NULL, &good), EDICT_ARGUMENT);
  CHECK_INT(edict_decide(m.decision, m.session, NULL), EDICT_ARGUMENT);
  const edict_attribute no_values = {{"channel", 7}, NULL, 1}, no_name = {{NULL, 7}, NULL, 0};
  const edict_text hollow = {NULL, 3};
  const edict_attribute no_text = {{"channel", 7}, &hollow, 1};
  for (int i = 0; i < 8; i++) {
    edict_request r = good;
    if (i == 0) r.size--;
    if (i == 1) r.dataset = 1;
    if (i == 2) r.column_count = 1;
    if (i == 3) r.context_count = 1;
    if (i == 4) r.action = (edict_text){NULL, 4};
    if (i >= 5) r.context_count = 1, r.context = i == 5 ? &no_values : i == 6 ? &no_name : &no_text;
    CHECK_INT(edict_decide(m.decision, m.session, &good), EDICT_OK);
    if (edict_decide(m.decision, m.session, &r) != EDICT_ARGUMENT) HARNESS_FAIL("request %d is taken", i);
    CHECK_INT(edict_decision_effect(m.decision), EDICT_DENY);
    CHECK_INT(edict_decision_reason_count(m.decision), 0);
  }
  mesh_fini(&m);
}

TEST(a_session_of_another_engine) {
  mesh one, two;
  begin(&one, rules);
  begin(&two, rules);
  edict_request request = {.size = sizeof request, .action = {"read", 4}, .now = mesh_time(NOW)};
  CHECK_INT(edict_decide(one.decision, two.session, &request), EDICT_ARGUMENT);
  CHECK_INT(edict_decision_effect(one.decision), EDICT_DENY);
  CHECK_INT(edict_decide(one.decision, one.session, &request), EDICT_OK);
  mesh_fini(&one);
  mesh_fini(&two);
}

/* Without a decision, before one and after a denial: nothing is shown. */
TEST(nothing_decided_shows_nothing) {
  mesh m;
  begin(&m, rules);
  edict_cell in[COLUMNS] = {mesh_int(1), mesh_text("a")}, out[COLUMNS];
  edict_row row = EDICT_ROW_SHOWN;
  edict_reason reason;
  char *text = NULL, words[64] = "x";
  size_t length = 1;
  for (int i = 0; i < 2; i++) {
    edict_decision *d = i ? m.decision : NULL;
    memset(out, 0xFF, sizeof out);
    CHECK_INT(edict_decision_effect(d), EDICT_DENY);
    CHECK_INT(edict_decision_valid_until(d), 0);
    CHECK_INT(edict_decision_is_hypothetical(d), 1);
    CHECK_INT(edict_decision_reason_count(d), 0);
    CHECK_INT(edict_decision_reason(d, 0, &reason), EDICT_ARGUMENT);
    CHECK(!edict_decision_reason_unknown(d, 0, 0));
    CHECK_INT(edict_decision_reads(d, 0), 0);
    CHECK(strcmp(edict_decision_column(d, 0, NULL), "null") == 0);
    CHECK_INT(edict_decision_json(d, &text, &length), EDICT_ARGUMENT);
    CHECK(!text && length == 0);
    (void)edict_decision_explain(d, words, sizeof words);
    CHECK(strncmp(words, i ? "denied" : "", 6) == 0);
    CHECK_INT(edict_decision_apply_row(d, in, COLUMNS, out, NULL, 0, &row), EDICT_ARGUMENT);
    CHECK_INT(row, EDICT_ROW_HIDDEN);
  }
  for (size_t c = 0; c < COLUMNS; c++) CHECK_INT(out[c].type, EDICT_CELL_NULL);
  mesh_subject(&m, "purposes service");
  CHECK_INT(mesh_ask(&m, "read", "orders", "*", "purpose support", NOW), EDICT_OK);
  CHECK_INT(edict_decision_apply_row(m.decision, in, COLUMNS, out, NULL, 0, &row), EDICT_OK);
  CHECK_INT(row, EDICT_ROW_HIDDEN);
  mesh_fini(&m);
}

TEST(rows_of_another_width) {
  mesh m;
  begin(&m, rules);
  CHECK_INT(mesh_ask(&m, "read", "orders", "*", "purpose support", NOW), EDICT_OK);
  edict_cell in[COLUMNS + 1] = {mesh_int(1)}, out[COLUMNS + 1];
  edict_row row;
  CHECK_INT(edict_decision_apply_row(m.decision, in, COLUMNS - 1, out, NULL, 0, &row), EDICT_ARGUMENT);
  CHECK_INT(edict_decision_apply_row(m.decision, in, COLUMNS + 1, out, NULL, 0, &row), EDICT_ARGUMENT);
  CHECK_INT(edict_decision_apply_row(m.decision, NULL, COLUMNS, out, NULL, 0, &row), EDICT_ARGUMENT);
  CHECK_INT(edict_decision_apply_row(m.decision, in, COLUMNS, NULL, NULL, 0, &row), EDICT_ARGUMENT);
  CHECK_INT(edict_decision_apply_row(m.decision, in, COLUMNS, out, NULL, 8, &row), EDICT_ARGUMENT);
  CHECK_INT(edict_decision_apply_row(m.decision, in, COLUMNS, out, NULL, 0, NULL), EDICT_ARGUMENT);
  mesh_fini(&m);
}

/* ---- keys ---- */

/* The pseudonym of one mail for a subject and a purpose under the rule's key. */
static bool pseudonym(mesh *m, const char *id, const char *purpose, char out[32]) {
  edict_cell in[COLUMNS] = {mesh_int(1)}, cells[COLUMNS];
  edict_row row;
  edict_attribute attributes[] = {{{"roles", 5}, &(edict_text){"support", 7}, 1}, {{"purposes", 8}, &(edict_text){"service", 7}, 1}};
  edict_session_destroy(&m->session);
  CHECK_INT(edict_session_create_hypothetical(m->engine, (edict_text){"host", 4}, (edict_text){id, strlen(id)}, attributes, 2, &m->session, m->diagnostics), EDICT_OK);
  CHECK_INT(mesh_ask(m, "read", "orders", "*", purpose, NOW), EDICT_OK);
  char memory[256];
  in[EMAIL] = mesh_text("ana@example.org");
  CHECK_INT(edict_decision_apply_row(m->decision, in, COLUMNS, cells, memory, sizeof memory, &row), EDICT_OK);
  CHECK_INT(row, EDICT_ROW_SHOWN);
  if (cells[EMAIL].type != EDICT_CELL_TEXT || cells[EMAIL].len != 22) return false;
  snprintf(out, 32, "%.22s", cells[EMAIL].ptr);
  return true;
}

TEST(how_far_pseudonyms_can_be_joined) {
  static const struct { const char *key; bool same_for_readers, same_for_purposes; } table[] = {
      {"wide", true, true}, {"areal", true, true}, {"narrow", true, true}, {"purposeful", true, false}, {"personal", false, true}};
  char seen[5][32];
  for (size_t i = 0; i < 5; i++) {
    char text[512], ana[32], bo[32], billing[32], again[32];
    snprintf(text, sizeof text, RULE("open", "permit read", " on dataset classified <= internal\n") "rule m\n mask column tagged pii.email\n with pseudonym(%s)\n because \"x\"\n", table[i].key);
    mesh m;
    begin(&m, text);
    CHECK(pseudonym(&m, "ana", "purpose support", ana) && pseudonym(&m, "bo", "purpose support", bo));
    CHECK(pseudonym(&m, "ana", "purpose billing", billing) && pseudonym(&m, "ana", "purpose support", again));
    CHECK(strcmp(ana, again) == 0);
    CHECK_INT(strcmp(ana, bo) == 0, table[i].same_for_readers);
    CHECK_INT(strcmp(ana, billing) == 0, table[i].same_for_purposes);
    if (!table[i].same_for_purposes) CHECK(!pseudonym(&m, "ana", "", again)); /* no purpose, no key */
    memcpy(seen[i], ana, sizeof ana);
    for (size_t j = 0; j < i; j++) CHECK(strcmp(seen[j], ana) != 0);
    mesh_fini(&m);
  }
}

TEST(no_keyring_no_pseudonym) {
  char out[32];
  mesh m;
  mesh_init(&m);
  mesh_federal(&m, RULE("open", "permit read", " on dataset classified <= internal\n") "rule m\n mask column tagged pii.email\n with pseudonym(wide)\n because \"x\"\n");
  mesh_domain(&m, "sales", "", contract);
  mesh_open(&m);
  CHECK(!pseudonym(&m, "ana", "purpose support", out));
  mesh_fini(&m);
}

/* As many keys as there are columns: none is missing, whatever their number. */
TEST(a_key_for_every_column) {
  enum { KEYS = 40 };
  static char federal[16384], wide[16384];
  edi_buf words = edi_buf_fixed(federal, sizeof federal), columns = edi_buf_fixed(wide, sizeof wide);
  edi_buf_text(&words, RULE("open", "permit read", " on dataset classified <= internal\n"));
  edi_buf_text(&columns, MESH_CONTRACT("  - name: orders\n    logicalType: object\n    physicalName: orders\n    customProperties:\n"
                                       "      - { property: classification, value: internal }\n    properties:\n"));
  for (unsigned i = 0; i < KEYS; i++) {
    edi_buf_format(&words, "key k%u joinable within product\nrule m%u\n mask column named \"c%u\"\n with pseudonym(k%u)\n because \"x\"\n", i, i, i, i);
    edi_buf_format(&columns, "      - { name: c%u, logicalType: string, tags: [ text ] }\n", i);
  }
  edi_buf_char(&words, '\0');
  edi_buf_char(&columns, '\0');
  const edict_engine_options options = {.size = sizeof options, .now = INT64_MIN, .development = 1, .keyring = keyring, .keyring_length = sizeof keyring - 1};
  mesh m;
  mesh_init(&m);
  mesh_federal(&m, federal);
  mesh_domain(&m, "sales", "", wide);
  CHECK_INT(mesh_engine(&m, &options), EDICT_OK);
  mesh_open(&m);
  mesh_subject(&m, "roles support");
  CHECK_INT(mesh_ask(&m, "read", "orders", "*", "", NOW), EDICT_OK);
  edict_cell in[KEYS], out[KEYS];
  char memory[KEYS * 22];
  edict_row row;
  for (unsigned i = 0; i < KEYS; i++) in[i] = mesh_text("same");
  CHECK_INT(edict_decision_apply_row(m.decision, in, KEYS, out, memory, sizeof memory, &row), EDICT_OK);
  for (unsigned i = 0; i < KEYS; i++) {
    CHECK(out[i].type == EDICT_CELL_TEXT && out[i].len == 22);
    for (unsigned j = 0; j < i; j++) CHECK(memcmp(out[i].ptr, out[j].ptr, 22) != 0);
  }
  CHECK_INT(m.decision->key_count, KEYS);
  CHECK_INT(mesh_ask(&m, "read", "orders", "*", "", NOW), EDICT_OK);
  CHECK_INT(m.decision->key_count, 0); /* wiped with the decision they were derived for */
  for (unsigned i = 0; i < KEYS; i++)
    for (unsigned b = 0; b < 32; b++) CHECK_INT(m.decision->keys[i].key.bytes[b], 0);
  mesh_fini(&m);
}

/* ---- lives ---- */

/* The host may let go of everything in any order; the decision keeps what it needs. */
TEST(a_decision_keeps_what_it_was_made_from) {
  mesh m;
  begin(&m, rules);
  CHECK_INT(mesh_ask(&m, "read", "orders", "*", "purpose support", NOW), EDICT_OK);
  edict_engine_destroy(&m.engine);
  edict_product_destroy(&m.product);
  edict_session_destroy(&m.session);
  CHECK(!m.engine && !m.product && !m.session);
  edict_cell in[COLUMNS] = {mesh_int(1), mesh_text("ana@example.org"), mesh_text("123456"), mesh_text("Ana"), mesh_text("2026-05-01T00:00:00Z"), mesh_text("de")}, out[COLUMNS];
  char memory[1024], *text;
  size_t length;
  edict_row row;
  edict_reason reason;
  CHECK_INT(edict_decision_apply_row(m.decision, in, COLUMNS, out, memory, sizeof memory, &row), EDICT_OK);
  CHECK_INT(row, EDICT_ROW_SHOWN);
  CHECK_TEXT(out[PHONE].ptr, out[PHONE].len, "####56");
  CHECK_INT(out[EMAIL].len, 22);
  CHECK_INT(out[NAME].type, EDICT_CELL_NULL);
  CHECK_INT(edict_decision_reason(m.decision, 0, &reason), EDICT_OK);
  CHECK_TEXT(reason.rule.ptr, reason.rule.len, "federal.rules.staff");
  CHECK_TEXT(reason.see.ptr, reason.see.len, "https://rules.example/1");
  CHECK_INT(edict_decision_json(m.decision, &text, &length), EDICT_OK);
  edict_text_free(&text);
  mesh_fini(&m);
}

TEST(destroying_nothing) {
  edict_engine *engine = NULL;
  edict_product *product = NULL;
  edict_session *session = NULL;
  edict_decision *decision = NULL;
  edict_engine_destroy(&engine), edict_engine_destroy(NULL);
  edict_product_destroy(&product), edict_product_destroy(NULL);
  edict_session_destroy(&session), edict_session_destroy(NULL);
  edict_decision_destroy(&decision), edict_decision_destroy(NULL);
  CHECK(!engine && !product && !session && !decision);
}

TEST(calls_on_a_product) {
  mesh m;
  begin(&m, rules);
  edict_product *product = (edict_product *)&m;
  edict_column_info info;
  CHECK_INT(edict_product_create(m.engine, "sales.nothing", &product, m.diagnostics), EDICT_NOT_FOUND);
  CHECK(!product);
  CHECK_INT(mesh_count(&m, "R0504"), 1);
  CHECK_INT(edict_product_create(NULL, "sales.orders", &product, m.diagnostics), EDICT_ARGUMENT);
  CHECK_INT(edict_product_create(m.engine, NULL, &product, m.diagnostics), EDICT_ARGUMENT);
  CHECK_INT(edict_product_dataset_count(m.product), 1);
  CHECK_INT(edict_product_dataset(m.product, "orders"), 0);
  CHECK(edict_product_dataset(m.product, "order") == SIZE_MAX && edict_product_column(m.product, 0, "mail") == SIZE_MAX);
  CHECK(edict_product_column(m.product, 1, "id") == SIZE_MAX && !edict_product_dataset_name(m.product, 1));
  CHECK(!edict_product_dataset_physical_name(m.product, 1));
  CHECK_INT(edict_product_column_count(m.product, 0), COLUMNS);
  CHECK_INT(edict_product_column_count(m.product, 1), 0);
  CHECK_INT(edict_product_column_info(m.product, 0, COLUMNS, &info), EDICT_ARGUMENT);
  CHECK_INT(edict_product_column_info(m.product, 0, AT, &info), EDICT_OK);
  CHECK(strcmp(info.name, "at") == 0 && strcmp(info.type, "timestamp") == 0 && !info.required);
  CHECK_INT(edict_product_column_info(m.product, 0, ID, &info), EDICT_OK);
  CHECK(info.required);
  mesh_fini(&m);
}

HARNESS_MAIN
