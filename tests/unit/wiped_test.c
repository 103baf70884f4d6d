/* Wiped: no piece of memory that is given back holds a secret, as bytes or as text, wherever it was used: a MAC's secret, roots and
 * derived keys of keyrings, what a keyring is sealed with, keys that sign bundles, roots and logs, an auditor's key. */
#define _GNU_SOURCE /* memmem */
#include "harness.h"

#include "edict/bundles.h"
#include "edict/ceremony.h"
#include "enforce/key_source.h"
#include "identity/gate.h"
#include "support/heap.h"
#include "support/hostile.h"
#include "support/logged.h"
#include "support/sample_root.h"
#include "support/tokened.h"
#include "support/trusted.h"

enum { NEEDLES = 8 };
typedef struct needle { char bytes[136]; size_t length; const char *what; } needle;
static needle needles[NEEDLES];
static size_t needle_count, seen, pieces;

static void look(const void *bytes, size_t size) {
  pieces++;
  for (size_t i = 0; i < needle_count; i++) {
    if (!memmem(bytes, size, needles[i].bytes, needles[i].length)) continue;
    if (seen++ < 3) fprintf(stderr, "# %s is left in %zu bytes\n", needles[i].what, size);
  }
}

static void look_for(const char *what, const void *bytes, size_t length) {
  if (needle_count == NEEDLES || length > sizeof needles->bytes || length < 16) abort();
  needle *n = &needles[needle_count++];
  memcpy(n->bytes, bytes, length);
  n->length = length;
  n->what = what;
}

static void look_for_hex(const char *what, const unsigned char *bytes, size_t length) {
  char text[136];
  edi_hex_write(bytes, length, false, text);
  look_for(what, text, 2 * length);
}

static void begin(void) {
  needle_count = seen = pieces = 0;
}

static void watch(void) { heap_watch = look; }

/* Where nothing is watched, nothing is shown. */
static void end(void) {
  void *volatile last = malloc(1); /* keyrings stand in locked memory alone, and give nothing back here */
  free(last);
  heap_watch = NULL;
  CHECK_INT(seen, 0);
  CHECK(pieces > 0 || !HEAP_COUNTS);
  harness_skipped += !HEAP_COUNTS;
}

/* Sixteen bytes and more that nothing else is. */
static void make_secret(unsigned char out[32], unsigned which) {
  for (unsigned i = 0; i < 32; i++) out[i] = (unsigned char)(i * 167 + which * 41 + 13);
}

TEST(what_is_left_is_found) {
  unsigned char secret[32];
  begin();
  make_secret(secret, 1);
  look_for("a secret", secret, 32);
  watch();
  for (int wipe = 0; wipe < 2; wipe++) {
    char *piece = malloc(100);
    memcpy(piece + 7, secret, 32);
    if (wipe) explicit_bzero(piece, 100);
    __asm__ volatile("" : : "r"(piece) : "memory"); /* who frees what nobody reads need not write it */
    free(piece);
    if (HEAP_COUNTS) CHECK_INT(seen, 1);
  }
  char *piece = calloc(1, 64);
  memcpy(piece, secret, 32);
  piece = realloc(piece, 128); /* what it stood in before is given back too */
  if (HEAP_COUNTS) CHECK_INT(seen, 2);
  explicit_bzero(piece, 128);
  free(piece);
  seen = 0;
  end();
}

/* ---- tokens ---- */

static char *read_token(const char *path, size_t *length) {
  char *read = hostile_read(path, length), *kept = malloc(*length);
  if (!read || !kept) abort();
  memcpy(kept, read, *length);
  explicit_bzero(read, *length);
  free(read);
  return kept;
}

/* A secret of HS256, and tokens that are good and are not: whoever finds their text can show it again. */
TEST(secrets_of_issuers) {
  static trusted world;
  const edi_str text = EDI_STR("eyJpc3MiOiJodHRwczovL2Rlc2suZXhhbXBsZSIsInN1YiI6ImFuYSIsImF1ZCI6Im1lc2giLCJleHAiOjE");
  const edi_str claims = EDI_STR("{\"iss\":\"https://desk.example\",\"sub\":\"ana\",\"aud\":\"mesh\"");
  static const char *const files[] = {"tests/hostile/token/good-hs256.jwt", "tests/hostile/token/mac-bit.jwt", "tests/hostile/token/mac-zero.jwt"};
  unsigned char secret[64];
  char *tokens[3];
  size_t lengths[3], length = 0;
  begin();
  if (!edi_base64url_decode(EDI_STR("YmYxbnZJTVlHaUEyTWJFM1lybXVqTkRwYWFiNnFWazY"), secret, sizeof secret, &length)) abort();
  look_for("the secret of HS256", secret, length);
  look_for("a token's text", text.ptr, text.len);
  look_for("a token's claims", claims.ptr, claims.len);
  trusted_init(&world);
  for (size_t i = 0; i < 3; i++) tokens[i] = read_token(files[i], &lengths[i]);
  CHECK(memmem(tokens[0], lengths[0], text.ptr, text.len) != NULL);
  watch();
  CHECK_INT(trusted_load(&world), EDICT_OK);
  for (size_t i = 0; i < 3; i++) {
    edi_arena arena;
    edi_subject subject;
    edi_arena_init(&arena, NULL, 1 << 20);
    CHECK((edi_token_verify(world.issuers, &world.vocabulary, (edi_str){tokens[i], lengths[i]}, TRUSTED_NOW, &arena, &subject, NULL) == EDICT_OK) == (i == 0));
    edi_arena_fini(&arena);
  }
  char *again = trusted_key_file("desk.jwks.json"); /* the keys before go when others come */
  CHECK_INT(edi_issuers_reload(world.issuers, EDI_STR("desk"), edi_str_from(again), NULL), EDICT_OK);
  CHECK_INT(edi_issuers_reload(world.issuers, EDI_STR("desk"), EDI_STR("{\"keys\":[{\"kty\":\"oct\"}]}"), NULL), EDICT_FORMAT);
  trusted_fini(&world);
  end();
  for (size_t i = 0; i < 3; i++) free(tokens[i]);
  free(again);
}

/* ---- keyrings ---- */

static void derive_some(const edi_keyring *keyring) {
  static const edi_str transforms[] = {{"pseudonym", 9}, {"token", 5}, {"fpe", 3}};
  for (size_t i = 0; i < 3; i++) {
    unsigned char out[64];
    uint64_t epoch = 0;
    const edi_key_parts parts = {.key = EDI_STR("federal.a.k"), .transform = transforms[i], .scope = EDI_SCOPE_FEDERATION, .base = EDI_TYPE_STRING};
    CHECK(edi_keyring_derive(keyring, &parts, &epoch, out, i ? 64 : 32));
    explicit_bzero(out, sizeof out);
  }
}

TEST(roots_of_keyrings) {
  unsigned char root[32];
  char text[256] = "edict-keyring/v1\nfederation eu.example\nepoch 3 ";
  begin();
  make_secret(root, 2);
  look_for("a root", root, 32);
  look_for_hex("a root as text", root, 32);
  size_t length = strlen(text);
  edi_hex_write(root, 32, false, text + length);
  text[length + 64] = '\n';
  watch();
  for (int broken = 0; broken < 3; broken++) { /* the second has one letter more, the third no line end */
    const edict_engine_options options = {.size = sizeof options, .keyring = text, .keyring_length = length + 65 - (broken == 2), .development = 1};
    edi_keyring *keyring;
    if (broken == 1) text[length + 64] = 'f';
    edict_status status = edi_keyring_open(&options, &keyring, NULL);
    CHECK((status == EDICT_OK) == !broken);
    if (keyring) derive_some(keyring);
    edi_keyring_destroy(keyring);
    text[length + 64] = '\n';
  }
  end();
  explicit_bzero(text, sizeof text);
}

TEST(what_keyrings_are_sealed_with) {
  static const char key[] = "edict-keyring-key/v1\nfffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff8\n";
  unsigned char bytes[32];
  size_t length = 0, key_length = 0;
  char *sealed = hostile_read("tests/hostile/keyring/sealed.keyring", &length);
  REQUIRE(sealed && edi_hex_decode((edi_str){key + 21, 64}, bytes, sizeof bytes, &key_length));
  begin();
  look_for("the key of a keyring", bytes, 32);
  look_for("the same as text", key + 21, 64);
  look_for("the root that was sealed", "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f", 16);
  look_for("the root as text", "000102030405060708090a0b0c0d0e0f", 32);
  watch();
  const edict_keyring_secret secret = {key, sizeof key - 1, 0};
  for (int broken = 0; broken < 2; broken++) {
    const edict_engine_options options = {.size = sizeof options, .keyring = sealed, .keyring_length = length, .keyring_secret = &secret, .development = 1};
    edi_keyring *keyring;
    sealed[length - 20] ^= (char)broken;
    edict_status status = edi_keyring_open(&options, &keyring, NULL);
    CHECK((status == EDICT_OK) == !broken);
    if (keyring) derive_some(keyring);
    edi_keyring_destroy(keyring);
  }
  end();
  free(sealed);
}

/* Keys that masks were derived for a decision, with it. */
TEST(keys_of_decisions) {
  static tokened t;
  unsigned char root[32];
  edict_session *session = NULL;
  edict_status status;
  begin();
  for (unsigned i = 0; i < 32; i++) root[i] = (unsigned char)i;
  look_for("the root of the engine's keyring", root, 32);
  look_for_hex("the same as text", root, 32);
  tokened_init(&t, "jti,t-0\n");
  edi_buf token = tokened_mint(&t, 0, "ana", ",\"jti\":\"t-1\"");
  watch();
  CHECK_INT(tokened_session(&t, &token, TOKENED_NOW, &session, NULL), EDICT_OK);
  CHECK(tokened_reads(&t, session, TOKENED_NOW, &status));
  const edict_cell in[] = {mesh_int(7), mesh_text("ana@example.org")};
  edict_cell out[2];
  char room[256];
  edict_row row;
  CHECK_INT(edict_decision_apply_row(t.m.decision, in, 2, out, room, sizeof room, &row), EDICT_OK);
  CHECK(row == EDICT_ROW_SHOWN && t.m.decision->key_count > 0);
  for (size_t i = 0; i < t.m.decision->key_count; i++) {
    look_for("a derived key", t.m.decision->keys[i].key.bytes, 32);
    look_for("what is hashed with one", &t.m.decision->keys[i].key.hash, sizeof t.m.decision->keys[i].key.hash);
  }
  edict_session_destroy(&session);
  tokened_fini(&t);
  end();
  edi_buf_fini(&token);
}

/* ---- signatures ---- */

TEST(keys_that_sign) {
  unsigned char seed[32], key[64];
  char *verifier, *secret, name[256], *out = NULL;
  size_t length;
  edi_arena arena;
  edi_buf bundle, root;
  begin();
  make_secret(seed, 3);
  if (edict_key_generate("eu.example", seed, &verifier, &secret) != EDICT_OK) abort();
  look_for("a seed", seed, 32);
  look_for("a secret key as text", secret + strlen(secret) - 60, 48);
  edi_arena_init(&arena, NULL, (size_t)64 << 20);
  edi_manifest m = sample_manifest(EDI_BUNDLE_FEDERAL, "eu.example", NULL);
  sample_bundle(&arena, &m, &bundle);
  sample_root(&root, sample_root_first, NULL, "a:1");
  watch();
  CHECK_INT(edict_key_parse(secret, strlen(secret), name, key), EDICT_OK);
  explicit_bzero(key, sizeof key);
  CHECK_INT(edict_bundle_sign(bundle.ptr, bundle.len, secret, strlen(secret), &out, &length, NULL), EDICT_OK);
  edict_text_free(&out);
  CHECK_INT(edict_document_sign(root.ptr, root.len, secret, strlen(secret), &out, &length, NULL), EDICT_OK);
  edict_text_free(&out);
  secret[strlen(secret) - 3] ^= 1; /* one that is none */
  CHECK(edict_document_sign(root.ptr, root.len, secret, strlen(secret), &out, &length, NULL) != EDICT_OK);
  end();
  explicit_bzero(secret, strlen(secret));
  edict_text_free(&secret);
  edict_text_free(&verifier);
  edi_buf_fini(&bundle);
  edi_buf_fini(&root);
  edi_arena_fini(&arena);
}

static int ignore(void *user, const char *json, size_t length) {
  (void)user, (void)json, (void)length;
  return 0;
}

TEST(keys_of_a_log_and_its_auditor) {
  static logged scene;
  unsigned char seed[32];
  char *secret, name[256];
  edict_log_report report;
  begin();
  logged_init(&scene, "");
  make_secret(seed, 4);
  edict_text_free(&scene.verifier);
  if (edict_key_generate(LOGGED_ORIGIN, seed, &scene.verifier, &secret) != EDICT_OK || edict_key_parse(secret, strlen(secret), name, scene.secret_key) != EDICT_OK ||
      edict_auditor_keys(seed, scene.auditor_public, scene.auditor_secret) != EDICT_OK)
    abort();
  explicit_bzero(secret, strlen(secret));
  edict_text_free(&secret);
  look_for("the seed of a log's key", seed, 32);
  look_for("the auditor's key", scene.auditor_secret, 32);
  watch();
  CHECK_INT(logged_open(&scene), EDICT_OK);
  CHECK_INT(logged_ask(&scene, "read", "*", "purpose support"), EDICT_OK);
  CHECK_INT(logged_close(&scene), EDICT_OK);
  CHECK_INT(logged_verify(&scene, &report), EDICT_OK);
  CHECK_INT(edict_log_show(scene.folder, scene.auditor_secret, ignore, NULL, scene.m.diagnostics), EDICT_OK);
  end();
  logged_fini(&scene);
}

HARNESS_MAIN
