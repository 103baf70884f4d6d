/* Unmask: what a reader was shown comes back to who may, in another engine with the same keyring, across a
 * rotation, and to nobody else. */
#include "harness.h"

#include "support/demo.h"

static const char rules[] =
    "key orders joinable within product\n"
    "key mine joinable within reader\n"
    "key purposeful joinable within purpose\n"
    "rule give-back\n permit unmask\n on dataset named \"customers\"\n when subject.roles has dpo\n because \"x\"\n"
    "rule readers\n permit read\n on dataset named \"customers\"\n when subject.roles has dpo\n because \"x\"\n";
#define MASK(column, with) "rule more-" column "\n mask column tagged pii." column "\n with " with "\n because \"x\"\n"

/* Roots of two epochs, sealed with no secret: development takes the plain form of one of them. */
#define KEYRING(epoch, digit) "edict-keyring/v1\nfederation eu.example\nepoch " epoch " " \
  "00000000000000000000000000000000000000000000000000000000000000" digit "\n"

typedef struct world {
  mesh m;
  char memory[4096];
} world;

static void open_world(world *w, const char *more, const char *keyring) {
  static char text[8192];
  const edict_engine_options options = {.size = sizeof options, .now = INT64_MIN, .development = 1, .keyring = keyring,
                                        .keyring_length = strlen(keyring)};
  snprintf(text, sizeof text, "%s%s", rules, more);
  demo_mesh(&w->m, text);
  if (mesh_engine(&w->m, &options) != EDICT_OK) abort();
  mesh_open(&w->m);
  mesh_subject(&w->m, "roles dpo; purposes support; regions de");
}

static edict_effect ask(world *w, const char *action, const char *columns) {
  if (mesh_ask(&w->m, action, "customers", columns, "purpose support", DEMO_NOW) != EDICT_OK) abort();
  return edict_decision_effect(w->m.decision);
}

/* What a reader of the column is shown of the demonstration's customer; "" for nothing. */
static const char *shown(world *w, const char *column, char out[512]) {
  edict_cell in[7], cells[7];
  edict_row row;
  out[0] = '\0';
  demo_customer(in);
  CHECK_INT(ask(w, "read", column), EDICT_PERMIT);
  CHECK_INT(edict_decision_apply_row(w->m.decision, in, 7, cells, w->memory, sizeof w->memory, &row), EDICT_OK);
  const edict_cell *c = &cells[mesh_column(&w->m, "customers", column)];
  if (c->type == EDICT_CELL_TEXT) snprintf(out, 512, "%.*s", (int)c->len, c->ptr);
  return out;
}

static edict_status back(world *w, const char *column, const char *text, uint64_t epoch, char out[512]) {
  edict_text plain;
  edict_status status = edict_decision_unmask(w->m.decision, mesh_column(&w->m, "customers", column), (edict_text){text, strlen(text)}, epoch,
                                              w->memory, sizeof w->memory, &plain);
  snprintf(out, 512, "%.*s", status == EDICT_OK ? (int)plain.len : 0, status == EDICT_OK ? plain.ptr : "");
  return status;
}

static const char *raw(const char *column, world *w) {
  static char out[512];
  edict_cell in[7];
  demo_customer(in);
  const edict_cell *c = &in[mesh_column(&w->m, "customers", column)];
  snprintf(out, sizeof out, "%.*s", (int)c->len, c->ptr);
  return out;
}

static void round_trip(const char *column, const char *mask) {
  static world here, there;
  char token[512], plain[512];
  open_world(&here, mask, KEYRING("3", "07"));
  open_world(&there, mask, KEYRING("3", "07"));
  shown(&here, column, token);
  CHECK(token[0] && strcmp(token, raw(column, &here)) != 0);
  CHECK_INT(ask(&there, "unmask", column), EDICT_PERMIT);
  CHECK_INT(back(&there, column, token, 0, plain), EDICT_OK);
  CHECK(strcmp(plain, raw(column, &here)) == 0);
  mesh_fini(&here.m);
  mesh_fini(&there.m);
}

TEST(tokens_and_ciphers_come_back_elsewhere) {
  round_trip("name", MASK("name", "token(orders)"));
  round_trip("name", MASK("name", "token(purposeful, context: \"x\")"));
  round_trip("name", MASK("name", "fpe(orders, alphabet: \"abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ\")"));
}

TEST(only_who_may) {
  static world w;
  char token[512], plain[512];
  open_world(&w, MASK("name", "token(orders)"), KEYRING("3", "07"));
  shown(&w, "name", token);
  CHECK_INT(back(&w, "name", token, 0, plain), EDICT_ARGUMENT); /* a permit of read */
  CHECK_INT(ask(&w, "unmask", "country"), EDICT_PERMIT);
  CHECK_INT(back(&w, "name", token, 0, plain), EDICT_ARGUMENT); /* the column was not asked for */
  mesh_subject(&w.m, "roles support; purposes support; regions de");
  CHECK_INT(ask(&w, "unmask", "name"), EDICT_DENY);
  CHECK_INT(back(&w, "name", token, 0, plain), EDICT_ARGUMENT);
  mesh_fini(&w.m);
}

TEST(what_does_not_come_back) {
  static const char *const others[] = {"", "e3~", "e3~AAAA", "plain text", "\xFF", "e2~qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq"};
  static world w, other;
  char token[512], plain[512];
  open_world(&w, MASK("name", "token(orders)"), KEYRING("3", "07"));
  shown(&w, "name", token);
  CHECK_INT(ask(&w, "unmask", "*"), EDICT_PERMIT);
  for (size_t i = 0; i < sizeof others / sizeof *others; i++) CHECK_INT(back(&w, "name", others[i], 0, plain), EDICT_NOT_FOUND);
  CHECK_INT(back(&w, "email", token, 0, plain), EDICT_NOT_FOUND); /* another column, which no token is made of */
  for (size_t size = 0; size < 40; size++) { /* too little memory is said, and holds nothing */
    edict_text text = {token, strlen(token)}, out;
    char memory[40];
    CHECK_INT(edict_decision_unmask(w.m.decision, mesh_column(&w.m, "customers", "name"), text, 0, memory, size, &out), EDICT_LIMIT);
  }
  open_world(&other, MASK("name", "token(orders)"), KEYRING("3", "08")); /* another root */
  CHECK_INT(ask(&other, "unmask", "name"), EDICT_PERMIT);
  CHECK_INT(back(&other, "name", token, 0, plain), EDICT_NOT_FOUND);
  mesh_fini(&other.m);
  open_world(&other, MASK("name", "token(orders)"), KEYRING("4", "07")); /* epoch 3 is gone */
  CHECK_INT(ask(&other, "unmask", "name"), EDICT_PERMIT);
  CHECK_INT(back(&other, "name", token, 0, plain), EDICT_NOT_FOUND);
  mesh_fini(&other.m);
  mesh_fini(&w.m);
}

/* A reader's own key is not derived from who unmasks; of two ciphers nobody knows which it was. */
TEST(what_cannot_come_back) {
  static world w;
  char token[512], plain[512];
  open_world(&w, MASK("name", "token(mine)"), KEYRING("3", "07"));
  shown(&w, "name", token);
  CHECK(strncmp(token, "e3~", 3) == 0);
  CHECK_INT(ask(&w, "unmask", "name"), EDICT_PERMIT);
  CHECK_INT(back(&w, "name", token, 0, plain), EDICT_NOT_FOUND);
  mesh_fini(&w.m);
  open_world(&w, "rule two\n mask column tagged pii.name\n with fpe(orders) if purpose is support\n with fpe(mine) otherwise\n because \"x\"\n", KEYRING("3", "07"));
  CHECK_INT(ask(&w, "unmask", "name"), EDICT_PERMIT);
  CHECK_INT(back(&w, "name", "1234567", 0, plain), EDICT_UNSUPPORTED);
  mesh_fini(&w.m);
}

/* Bytes of any kind, as bytes that are the token's text, under the mask's key and under an entity's own. */
static void bytes_come_back(const char *mask) {
  static const char contract[] = MESH_CONTRACT("  - name: orders\n    logicalType: object\n    properties:\n"
                                               "      - { name: scan, logicalType: string, physicalType: binary, tags: [ plain ] }\n"
                                               "      - { name: person, logicalType: string, tags: [ person.id ] }\n");
  static const char bytes[] = {0, (char)0xff, 'e', '1', '~', (char)0x80};
  const edict_engine_options options = {.size = sizeof options, .now = INT64_MIN, .development = 1, .keyring = KEYRING("3", "07"), .keyring_length = sizeof KEYRING("3", "07") - 1};
  char text[2048], memory[512];
  edict_cell in[2] = {{.type = EDICT_CELL_BLOB, .ptr = bytes, .len = sizeof bytes}, mesh_text("c-17")}, out[2];
  edict_row row;
  edict_text plain;
  mesh m;
  snprintf(text, sizeof text, "key orders joinable within product\nrule give-back\n permit unmask\n on dataset named \"orders\"\n because \"x\"\n"
                              "rule readers\n permit read\n on dataset named \"orders\"\n because \"x\"\nrule scans\n mask column tagged plain\n with %s\n because \"x\"\n", mask);
  mesh_init(&m);
  mesh_federal(&m, text);
  mesh_domain(&m, "sales", "", contract);
  CHECK_INT(mesh_engine(&m, &options), EDICT_OK);
  mesh_open(&m);
  mesh_subject(&m, "");
  CHECK_INT(mesh_ask(&m, "read", "orders", "*", "", DEMO_NOW), EDICT_OK);
  CHECK_INT(edict_decision_apply_row(m.decision, in, 2, out, memory, sizeof memory, &row), EDICT_OK);
  REQUIRE(out[0].type == EDICT_CELL_BLOB && out[0].len < 200 && out[0].len > 20 && memcmp(out[0].ptr, "e3~", 3) == 0);
  char token[200];
  memcpy(token, out[0].ptr, out[0].len);
  CHECK_INT(mesh_ask(&m, "unmask", "orders", "scan", "", DEMO_NOW), EDICT_OK);
  CHECK_INT(edict_decision_unmask(m.decision, 0, (edict_text){token, out[0].len}, 0, memory, sizeof memory, &plain), EDICT_OK);
  CHECK(plain.len == sizeof bytes && memcmp(plain.ptr, bytes, sizeof bytes) == 0);
  token[10] = token[10] == 'A' ? 'B' : 'A';
  CHECK_INT(edict_decision_unmask(m.decision, 0, (edict_text){token, out[0].len}, 0, memory, sizeof memory, &plain), EDICT_NOT_FOUND);
  mesh_fini(&m);
}

TEST(bytes_come_back_too) {
  bytes_come_back("token(orders)");
  bytes_come_back("token(orders, by: row[person.id])");
}

HARNESS_MAIN
