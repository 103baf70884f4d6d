/* Keys of an entity's own: what is made under one comes back until it is destroyed, and then never; others stay. */
#include "harness.h"

#include "support/mesh.h"

#define CONTRACT(kind) MESH_CONTRACT("  - name: orders\n    customProperties:\n      - { property: classification, value: internal }\n" \
    "    properties:\n      - { name: who, logicalType: " kind ", tags: [ person.id ] }\n" \
    "      - { name: mail, logicalType: string, tags: [ pii.email ] }\n      - { name: alias, logicalType: string, tags: [ pii.name ] }\n")
static const char rules[] =
    "rule reads\n permit read\n on dataset classified <= internal\n because \"x\"\n"
    "rule back\n permit unmask\n on dataset classified <= internal\n because \"x\"\n"
    "rule mails\n mask column tagged pii.email\n with token(narrow, by: row[person.id])\n because \"x\"\n"
    "rule names\n mask column tagged pii.name\n with pseudonym(narrow, by: row[person.id])\n because \"x\"\n";
static const unsigned char seed[32] = {1};
static char *key;
static edict_keyring_secret secret;

static char *new_ring(void) {
  char *ring = NULL;
  if (!key && edict_keyring_key_create(seed, &key) != EDICT_OK) abort();
  secret = (edict_keyring_secret){.text = key, .length = strlen(key)};
  if (edict_keyring_create("eu.example", seed, &secret, &ring) != EDICT_OK) abort();
  return ring;
}
__attribute__((destructor)) static void forget(void) { edict_text_free(&key); }

static char *destroyed(const char *ring, const char *of, const char *who) {
  char *text = NULL;
  CHECK_INT(edict_keyring_destroy_subject(ring, strlen(ring), &secret, of, who, seed, &text, NULL), EDICT_OK);
  return text;
}

static edict_status open_with(mesh *m, const char *ring, uint64_t least, const char *contract) {
  const edict_engine_options options = {.size = sizeof options, .now = INT64_MIN, .development = 1, .keyring = ring,
                                        .keyring_length = strlen(ring), .keyring_secret = &secret, .keyring_least = least};
  mesh_init(m);
  mesh_federal(m, rules);
  mesh_domain(m, "sales", "", contract);
  edict_status status = mesh_engine(m, &options);
  if (status != EDICT_OK) return status;
  mesh_open(m);
  mesh_subject(m, "");
  return EDICT_OK;
}

/* What a reader gets of one column of the row of somebody; "" for NULL. */
static const char *shown(mesh *m, edict_cell who, const char *column, char out[512]) {
  edict_cell in[3] = {who, mesh_text("ana@example.org"), mesh_text("ana")}, cells[3];
  char memory[2048];
  edict_row row;
  CHECK_INT(mesh_ask(m, "read", "orders", "mail alias", "", "2026-11-20T10:00:00Z"), EDICT_OK);
  CHECK_INT(edict_decision_apply_row(m->decision, in, 3, cells, memory, sizeof memory, &row), EDICT_OK);
  CHECK_INT(row, EDICT_ROW_SHOWN);
  const edict_cell *c = &cells[mesh_column(m, "orders", column)];
  snprintf(out, 512, "%.*s", c->type == EDICT_CELL_TEXT ? (int)c->len : 0, c->ptr ? c->ptr : "");
  return out;
}

static edict_status back(mesh *m, const char *token, char out[512]) {
  char memory[2048];
  edict_text plain;
  CHECK_INT(mesh_ask(m, "unmask", "orders", "mail", "", "2026-11-20T10:00:00Z"), EDICT_OK);
  edict_status status = edict_decision_unmask(m->decision, mesh_column(m, "orders", "mail"), (edict_text){token, strlen(token)}, 0, memory, sizeof memory, &plain);
  snprintf(out, 512, "%.*s", status == EDICT_OK ? (int)plain.len : 0, status == EDICT_OK ? plain.ptr : "");
  return status;
}

TEST(each_entity_has_keys_of_its_own) {
  char *ring = new_ring(), a[512], b[512], c[512];
  mesh m;
  CHECK_INT(open_with(&m, ring, 0, CONTRACT("string")), EDICT_OK);
  CHECK(strncmp(shown(&m, mesh_text("c-1"), "mail", a), "e1~", 3) == 0);
  CHECK(strcmp(a, shown(&m, mesh_text("c-2"), "mail", b)) != 0); /* one text, two people */
  CHECK(strcmp(a, shown(&m, mesh_text("c-1"), "mail", c)) == 0);
  CHECK(strcmp(shown(&m, mesh_text("c-1"), "alias", a), shown(&m, mesh_text("c-2"), "alias", b)) != 0);
  CHECK(*shown(&m, (edict_cell){0}, "mail", a) == '\0'); /* nobody: nothing */
  CHECK(*shown(&m, (edict_cell){0}, "alias", a) == '\0');
  CHECK_INT(back(&m, shown(&m, mesh_text("c-2"), "mail", b), c), EDICT_OK);
  CHECK(strcmp(c, "ana@example.org") == 0);
  CHECK_INT(edict_engine_keyring_version(m.engine), 0);
  mesh_fini(&m);
  edict_text_free(&ring);
}

TEST(what_is_destroyed_is_gone_and_the_others_are_as_they_were) {
  char *ring = new_ring(), *after = destroyed(ring, "person.id", "c-1"), *twice = destroyed(after, "person.id", "c-9");
  char mine[512], other[512], alias[512], got[512], *text = NULL;
  mesh m;
  CHECK_INT(open_with(&m, ring, 0, CONTRACT("string")), EDICT_OK);
  shown(&m, mesh_text("c-1"), "mail", mine);
  shown(&m, mesh_text("c-2"), "mail", other);
  shown(&m, mesh_text("c-2"), "alias", alias);
  mesh_fini(&m);
  CHECK_INT(open_with(&m, twice, 2, CONTRACT("string")), EDICT_OK);
  CHECK_INT(edict_engine_keyring_version(m.engine), 2);
  CHECK(*shown(&m, mesh_text("c-1"), "mail", got) == '\0');
  CHECK(*shown(&m, mesh_text("c-1"), "alias", got) == '\0');
  CHECK_INT(back(&m, mine, got), EDICT_NOT_FOUND);
  CHECK(strcmp(shown(&m, mesh_text("c-2"), "mail", got), other) == 0);
  CHECK(strcmp(shown(&m, mesh_text("c-2"), "alias", got), alias) == 0);
  CHECK_INT(back(&m, other, got), EDICT_OK);
  mesh_fini(&m);
  CHECK_INT(open_with(&m, after, 2, CONTRACT("string")), EDICT_VERSION); /* a copy of before */
  CHECK_INT(mesh_count(&m, "R0530"), 1);
  mesh_fini(&m);
  CHECK_INT(edict_keyring_describe(twice, strlen(twice), &secret, &text, NULL), EDICT_OK);
  CHECK(strstr(text, "version 2\ndestroyed keys of subjects: 2\n") != NULL);
  edict_text_free(&text);
  edict_text_free(&ring);
  edict_text_free(&after);
  edict_text_free(&twice);
}

TEST(an_id_is_one_as_text_and_as_number) {
  char *ring = new_ring(), *after = destroyed(ring, "person.id", "42"), *elsewhere = destroyed(ring, "customer.id", "42"), got[512];
  mesh m;
  CHECK_INT(open_with(&m, after, 0, CONTRACT("integer")), EDICT_OK);
  CHECK(*shown(&m, mesh_int(42), "mail", got) == '\0');
  CHECK(*shown(&m, mesh_int(43), "mail", got) != '\0');
  mesh_fini(&m);
  CHECK_INT(open_with(&m, elsewhere, 0, CONTRACT("integer")), EDICT_OK); /* of another kind */
  CHECK(*shown(&m, mesh_int(42), "mail", got) != '\0');
  mesh_fini(&m);
  edict_text_free(&ring);
  edict_text_free(&after);
  edict_text_free(&elsewhere);
}

/* A rotation keeps what is destroyed so, in every epoch. */
TEST(a_rotation_brings_nothing_back) {
  char *ring = new_ring(), *after = destroyed(ring, "person.id", "c-1"), *rotated = NULL, got[512];
  mesh m;
  CHECK_INT(edict_keyring_edit(after, strlen(after), &secret, EDICT_KEYRING_ROTATE, 0, seed, NULL, &rotated, NULL), EDICT_OK);
  CHECK_INT(open_with(&m, rotated, 2, CONTRACT("string")), EDICT_OK);
  CHECK(*shown(&m, mesh_text("c-1"), "mail", got) == '\0');
  CHECK(strncmp(shown(&m, mesh_text("c-2"), "mail", got), "e2~", 3) == 0);
  mesh_fini(&m);
  edict_text_free(&ring);
  edict_text_free(&after);
  edict_text_free(&rotated);
}

HARNESS_MAIN
