/* Keyring: the file's one form, derivation against another library, and what separates two keys. */
#include "harness.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <sodium.h>

#include "bundle/program.h"
#include "enforce/key_source.h"
#include "enforce/keyring_file.h"
#include "support/hostile.h"

#define ROOT "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define FILE_OF(federation, epoch, root) \
  "edict-keyring/v1\nfederation " federation "\nepoch " epoch " " root "\n"

#define KEY_TEXT "edict-keyring-key/v1\nfffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff8\n"
static const edict_keyring_secret with_key = {KEY_TEXT, sizeof KEY_TEXT - 1, 0};

static edict_status open_with(edi_str text, const edict_keyring_secret *secret, uint64_t epoch, bool development,
                              edi_keyring **keyring, edict_diagnostics *diagnostics) {
  const edict_engine_options options = {.size = sizeof options, .keyring = text.ptr, .keyring_length = text.len,
                                        .keyring_secret = secret, .keyring_epoch = epoch, .development = development};
  return edi_keyring_open(&options, keyring, diagnostics);
}

static edi_keyring *keyring_of(const char *text) {
  edi_keyring *keyring = NULL;
  edict_diagnostics *diagnostics = edict_diagnostics_create();
  CHECK_INT(open_with(edi_str_from(text), NULL, 0, true, &keyring, diagnostics), EDICT_OK);
  CHECK_INT(edict_diagnostics_count(diagnostics), 0);
  edict_diagnostics_destroy(&diagnostics);
  return keyring;
}

static bool derive(const edi_keyring *keyring, const edi_key_parts *parts, unsigned char out[32]) {
  uint64_t epoch = 0;
  return edi_keyring_derive(keyring, parts, &epoch, out, 32);
}

/* HKDF-SHA256 by OpenSSL, with the info of the header written out by hand. */
static void hkdf(const char *salt, const unsigned char root[32], const void *info, size_t length,
                 unsigned char out[32]) {
  EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
  EVP_KDF_CTX *context = EVP_KDF_CTX_new(kdf);
  char digest[] = "SHA256";
  OSSL_PARAM parameters[5];
  parameters[0] = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0);
  parameters[1] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, (void *)salt, strlen(salt));
  parameters[2] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)root, 32);
  parameters[3] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)info, length);
  parameters[4] = OSSL_PARAM_construct_end();
  CHECK_INT(EVP_KDF_derive(context, out, 32, parameters), 1);
  EVP_KDF_CTX_free(context);
  EVP_KDF_free(kdf);
}

TEST(derivation_is_hkdf) {
  unsigned char root[32], mine[32], theirs[32];
  for (unsigned i = 0; i < 32; i++) root[i] = (unsigned char)i;
  edi_keyring *keyring = keyring_of(FILE_OF("eu.example", "3", ROOT));
  const edi_key_parts parts = {EDI_STR("federal.privacy.contact"), EDI_STR("pseudonym"),
                               EDI_SCOPE_PRODUCT, EDI_STR("sales.orders"), EDI_TYPE_STRING, NULL};
  const char info[] = "edict/mask/v1\0federal.privacy.contact\0pseudonym\0sales.orders\0\x04\x04";
  CHECK_INT(EDI_SCOPE_PRODUCT, 4);
  CHECK_INT(EDI_TYPE_STRING, 4);
  CHECK(derive(keyring, &parts, mine));
  hkdf("eu.example", root, info, sizeof info - 1, theirs);
  CHECK(memcmp(mine, theirs, 32) == 0);
  edi_keyring_destroy(keyring);
}

/* Each difference in any part, in the federation or in the root gives material of its own. */
TEST(every_part_separates) {
  static const char *const files[] = {
      FILE_OF("eu.example", "3", ROOT), FILE_OF("us.example", "3", ROOT),
      FILE_OF("eu.example", "4", "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")};
  const edi_key_parts parts[] = {
      {EDI_STR("federal.a.k"), EDI_STR("pseudonym"), EDI_SCOPE_FEDERATION, EDI_STR(""), EDI_TYPE_STRING, NULL},
      {EDI_STR("federal.a.l"), EDI_STR("pseudonym"), EDI_SCOPE_FEDERATION, EDI_STR(""), EDI_TYPE_STRING, NULL},
      {EDI_STR("federal.a.k"), EDI_STR("token"), EDI_SCOPE_FEDERATION, EDI_STR(""), EDI_TYPE_STRING, NULL},
      {EDI_STR("federal.a.k"), EDI_STR("pseudonym"), EDI_SCOPE_PRODUCT, EDI_STR(""), EDI_TYPE_STRING, NULL},
      {EDI_STR("federal.a.k"), EDI_STR("pseudonym"), EDI_SCOPE_PRODUCT, EDI_STR("sales"), EDI_TYPE_STRING, NULL},
      {EDI_STR("federal.a.k"), EDI_STR("pseudonym"), EDI_SCOPE_DOMAIN, EDI_STR("sales"), EDI_TYPE_STRING, NULL},
      {EDI_STR("federal.a.k"), EDI_STR("pseudonym"), EDI_SCOPE_FEDERATION, EDI_STR(""), EDI_TYPE_INT, NULL},
      /* The same letters with the borders elsewhere. */
      {EDI_STR("federal.a.kp"), EDI_STR("seudonym"), EDI_SCOPE_FEDERATION, EDI_STR(""), EDI_TYPE_STRING, NULL},
      {EDI_STR("federal.a.k"), EDI_STR("pseudonyms"), EDI_SCOPE_DOMAIN, EDI_STR("ales"), EDI_TYPE_STRING, NULL},
  };
  enum { FILES = sizeof files / sizeof *files, PARTS = sizeof parts / sizeof *parts };
  unsigned char all[FILES * PARTS][32];
  for (size_t f = 0; f < FILES; f++) {
    edi_keyring *keyring = keyring_of(files[f]);
    for (size_t p = 0; p < PARTS; p++) CHECK(derive(keyring, &parts[p], all[f * PARTS + p]));
    edi_keyring_destroy(keyring);
  }
  for (size_t i = 0; i < FILES * PARTS; i++)
    for (size_t j = 0; j < i; j++)
      if (memcmp(all[i], all[j], 32) == 0) HARNESS_FAIL("%zu and %zu share material", i, j);
}

TEST(the_same_again_and_never_without_a_keyring) {
  const edi_key_parts parts = {EDI_STR("k"), EDI_STR("pseudonym"), EDI_SCOPE_FEDERATION, EDI_STR(""), EDI_TYPE_INT, NULL};
  unsigned char first[32], second[32];
  edi_keyring *keyring = keyring_of(FILE_OF("eu.example", "3", ROOT));
  CHECK(derive(keyring, &parts, first));
  CHECK(derive(keyring, &parts, second));
  CHECK(memcmp(first, second, 32) == 0);
  edi_keyring_destroy(keyring);
  CHECK(!derive(NULL, &parts, first));
  edi_keyring_destroy(NULL);
}

static edict_status door(const char *name, const char *bytes, size_t length, edict_diagnostics *findings) {
  (void)name;
  edi_keyring *keyring;
  edict_status status = open_with((edi_str){bytes, length}, &with_key, 0, true, &keyring, findings);
  if ((status == EDICT_OK) != (keyring != NULL)) printf("# %s: status and keyring do not agree\n", name);
  edi_keyring_destroy(keyring);
  return status;
}

TEST(hostile_keyrings) {
  size_t total;
  CHECK_INT(hostile_run("tests/hostile/keyring", door, &total), 0);
  CHECK(total >= 15);
}

/* The text of a keyring is secret: no part of one that is refused comes back. */
TEST(a_refusal_says_nothing_of_the_text) {
  edi_keyring *keyring;
  edict_diagnostics *diagnostics = edict_diagnostics_create();
  const char *text = FILE_OF("eu.example", "3", "00010203SECRET");
  CHECK_INT(open_with(edi_str_from(text), NULL, 0, true, &keyring, diagnostics), EDICT_FORMAT);
  CHECK(!keyring);
  CHECK_INT(edict_diagnostics_count(diagnostics), 1);
  CHECK(!strstr(edict_diagnostics_message(diagnostics, 0), "0001"));
  CHECK(!strstr(edict_diagnostics_message(diagnostics, 0), "SECRET"));
  CHECK_INT(open_with((edi_str){NULL, 0}, NULL, 0, true, &keyring, diagnostics), EDICT_FORMAT);
  edict_diagnostics_destroy(&diagnostics);
}

/* ---- sealed ---- */

static const unsigned char seed[32] = {1, 2, 3}, other_seed[32] = {4, 5, 6};
static const edi_key_parts some = {{"k", 1}, {"token", 5}, EDI_SCOPE_FEDERATION, {"", 0}, EDI_TYPE_STRING, NULL};

static char *made(const edict_keyring_secret *secret) {
  char *text = NULL;
  CHECK_INT(edict_keyring_create("eu.example", seed, secret, &text), EDICT_OK);
  return text;
}

static char *edited(char *text, const edict_keyring_secret *secret, edict_keyring_change change, uint64_t epoch,
                    const unsigned char fresh[32], const edict_keyring_secret *sealed_with, edict_status wanted) {
  char *out = NULL;
  edict_diagnostics *diagnostics = edict_diagnostics_create();
  CHECK_INT(edict_keyring_edit(text, strlen(text), secret, change, epoch, fresh, sealed_with, &out, diagnostics), wanted);
  edict_diagnostics_destroy(&diagnostics);
  edict_text_free(&text);
  return out;
}

static void expect_description(const char *text, const edict_keyring_secret *secret, const char *wanted) {
  char *got = NULL;
  edict_diagnostics *diagnostics = edict_diagnostics_create();
  CHECK_INT(edict_keyring_describe(text, strlen(text), secret, &got, diagnostics), EDICT_OK);
  CHECK(got && strcmp(got, wanted) == 0);
  edict_text_free(&got);
  edict_diagnostics_destroy(&diagnostics);
}

/* How opening ends, and the code that it says. */
static void expect_open(const char *text, const edict_keyring_secret *secret, uint64_t epoch, bool development, edict_status wanted, const char *code) {
  edi_keyring *keyring = NULL;
  edict_diagnostics *diagnostics = edict_diagnostics_create();
  CHECK_INT(open_with(edi_str_from(text), secret, epoch, development, &keyring, diagnostics), wanted);
  CHECK_INT(keyring != NULL, wanted == EDICT_OK);
  CHECK_INT(edict_diagnostics_count(diagnostics), wanted != EDICT_OK);
  if (wanted != EDICT_OK) CHECK(strcmp(edict_diagnostics_code(diagnostics, 0), code) == 0);
  edi_keyring_destroy(keyring);
  edict_diagnostics_destroy(&diagnostics);
}

TEST(what_opens_a_keyring) {
  const edict_keyring_secret phrase = {"correct horse battery", 21, 1}, other = {"correct horse batters", 21, 1}, none = {NULL, 0, 0},
                             key_too = {"edict-keyring-key/v1\n00000000000000000000000000000000000000000000000000000000000000ff\n", 86, 0};
  char *by_key = made(&with_key), *by_phrase = made(&phrase);
  expect_open(by_key, &with_key, 0, false, EDICT_OK, "");
  expect_open(by_phrase, &phrase, 0, false, EDICT_OK, "");
  expect_open(by_key, &key_too, 0, false, EDICT_UNTRUSTED, "R0603");
  expect_open(by_key, &phrase, 0, false, EDICT_UNTRUSTED, "R0603");
  expect_open(by_phrase, &other, 0, false, EDICT_UNTRUSTED, "R0603");
  expect_open(by_phrase, &with_key, 0, false, EDICT_UNTRUSTED, "R0603");
  expect_open(by_key, NULL, 0, false, EDICT_UNTRUSTED, "R0604");
  expect_open(by_key, &none, 0, false, EDICT_UNTRUSTED, "R0604");
  expect_open(by_phrase, NULL, 0, false, EDICT_UNTRUSTED, "R0604");
  expect_open(by_key, &with_key, 2, false, EDICT_NOT_FOUND, "R0605");
  expect_open(FILE_OF("eu.example", "3", ROOT), NULL, 0, false, EDICT_UNTRUSTED, "R0602"); /* not sealed */
  expect_open(FILE_OF("eu.example", "3", ROOT), NULL, 0, true, EDICT_OK, "");
  edict_text_free(&by_key);
  edict_text_free(&by_phrase);
}

TEST(what_seals_a_keyring) {
  const edict_keyring_secret shorter = {"eleven byte", 11, 1}, least = {"twelve bytes", 12, 1}, wrong = {"no key", 6, 0};
  char *text = NULL;
  CHECK_INT(edict_keyring_create("eu.example", seed, &shorter, &text), EDICT_ARGUMENT);
  CHECK_INT(edict_keyring_create("eu.example", seed, &wrong, &text), EDICT_ARGUMENT);
  CHECK_INT(edict_keyring_create("eu example", seed, &with_key, &text), EDICT_ARGUMENT);
  CHECK_INT(edict_keyring_create("", seed, &with_key, &text), EDICT_ARGUMENT);
  CHECK(!text);
  CHECK_INT(edict_keyring_create("eu.example", seed, &least, &text), EDICT_OK);
  CHECK(text && !strstr(text, "twelve") && strstr(text, "sealed passphrase 3 65536 "));
  edict_text_free(&text);
}

/* Rotation: another epoch in use, the one before still there; destruction: gone, in every sealing. */
TEST(epochs) {
  unsigned char first[32], again[32], second[32];
  uint64_t epoch = 0;
  char *text = made(&with_key);
  edi_keyring *keyring = NULL;
  CHECK_INT(open_with(edi_str_from(text), &with_key, 0, false, &keyring, NULL), EDICT_OK);
  CHECK(edi_keyring_derive(keyring, &some, &epoch, first, 32) && epoch == 1);
  edi_keyring_destroy(keyring);
  text = edited(text, &with_key, EDICT_KEYRING_DESTROY, 1, other_seed, NULL, EDICT_ARGUMENT); /* the current one */
  text = made(&with_key);
  text = edited(text, &with_key, EDICT_KEYRING_ROTATE, 0, other_seed, NULL, EDICT_OK);
  expect_description(text, &with_key, "federation eu.example\nsealed with a key\nepoch 1 past\nepoch 2 current\nversion 1\n");
  CHECK_INT(open_with(edi_str_from(text), &with_key, 0, false, &keyring, NULL), EDICT_OK);
  epoch = 0;
  CHECK(edi_keyring_derive(keyring, &some, &epoch, second, 32) && epoch == 2 && memcmp(first, second, 32) != 0);
  epoch = 1;
  CHECK(edi_keyring_derive(keyring, &some, &epoch, again, 32) && memcmp(first, again, 32) == 0);
  epoch = 3;
  CHECK(!edi_keyring_derive(keyring, &some, &epoch, again, 32));
  edi_keyring_destroy(keyring);
  CHECK_INT(open_with(edi_str_from(text), &with_key, 1, false, &keyring, NULL), EDICT_OK); /* the host asks for it */
  epoch = 0;
  CHECK(edi_keyring_derive(keyring, &some, &epoch, again, 32) && epoch == 1 && memcmp(first, again, 32) == 0);
  edi_keyring_destroy(keyring);
  text = edited(text, &with_key, EDICT_KEYRING_DESTROY, 1, seed, NULL, EDICT_OK);
  expect_description(text, &with_key, "federation eu.example\nsealed with a key\nepoch 1 destroyed\nepoch 2 current\nversion 2\n");
  expect_open(text, &with_key, 1, false, EDICT_NOT_FOUND, "R0605");
  CHECK_INT(open_with(edi_str_from(text), &with_key, 0, false, &keyring, NULL), EDICT_OK);
  epoch = 1;
  CHECK(!edi_keyring_derive(keyring, &some, &epoch, again, 32));
  edi_keyring_destroy(keyring);
  text = edited(text, &with_key, EDICT_KEYRING_DESTROY, 7, seed, NULL, EDICT_NOT_FOUND);
  CHECK(!text);
}

TEST(sixty_four_epochs_are_the_most) {
  unsigned char fresh[32] = {0};
  char *text = made(&with_key);
  for (unsigned i = 1; i < 64; i++) {
    fresh[0] = (unsigned char)i;
    text = edited(text, &with_key, EDICT_KEYRING_ROTATE, 0, fresh, NULL, EDICT_OK);
  }
  expect_open(text, &with_key, 64, false, EDICT_OK, "");
  CHECK(!edited(text, &with_key, EDICT_KEYRING_ROTATE, 0, seed, NULL, EDICT_LIMIT));
}

/* A plain one is sealed, a sealed one gets another secret, and the material stays. */
TEST(another_seal_the_same_keys) {
  const edict_keyring_secret phrase = {"correct horse battery\n", 22, 1}; /* as an editor leaves it */
  static const char plain[] = FILE_OF("eu.example", "3", ROOT);
  unsigned char before[32], after[32];
  edi_keyring *keyring = keyring_of(plain);
  CHECK(derive(keyring, &some, before));
  edi_keyring_destroy(keyring);
  char *text = NULL;
  CHECK_INT(edict_keyring_edit(plain, sizeof plain - 1, NULL, EDICT_KEYRING_SEAL, 0, seed, NULL, &text, NULL), EDICT_ARGUMENT);
  CHECK_INT(edict_keyring_edit(plain, sizeof plain - 1, NULL, EDICT_KEYRING_SEAL, 0, seed, &with_key, &text, NULL), EDICT_OK);
  text = edited(text, &with_key, EDICT_KEYRING_SEAL, 0, other_seed, &phrase, EDICT_OK);
  expect_description(text, &phrase, "federation eu.example\nsealed with a passphrase\nepoch 3 current\nversion 2\n");
  CHECK_INT(open_with(edi_str_from(text), &phrase, 0, false, &keyring, NULL), EDICT_OK);
  CHECK(derive(keyring, &some, after) && memcmp(before, after, 32) == 0);
  edi_keyring_destroy(keyring);
  edict_text_free(&text);
}

/* ---- a service of the host's ---- */

/* ---- entities whose keys are destroyed ---- */

/* A keyring of the form v3 with this body, sealed as any is. */
static void expect_body(const char *body, edict_status wanted) {
  unsigned char key[32], bytes[32], sealed[1024] = {0};
  unsigned long long length = 0;
  size_t size = 0;
  char head[] = "edict-keyring/v3\nfederation eu.example\nsealed key\n", storage[4096];
  edi_buf file = edi_buf_fixed(storage, sizeof storage);
  CHECK(edi_hex_decode((edi_str){&KEY_TEXT[21], 64}, bytes, 32, &size));
  (void)crypto_generichash(key, 32, (const unsigned char *)"edict/keyring/v2", 16, bytes, 32);
  (void)crypto_aead_xchacha20poly1305_ietf_encrypt(sealed + 24, &length, (const unsigned char *)body, strlen(body), (const unsigned char *)head,
                                                   strlen(head), NULL, sealed, key);
  edi_buf_format(&file, "%sbody ", head);
  edi_base64_append(&file, sealed, 24 + (size_t)length);
  edi_buf_text(&file, "\n");
  file.ptr[file.len] = '\0';
  expect_open(file.ptr, &with_key, 0, false, wanted, "R0601");
}

#define EPOCH "epoch 1 current " ROOT "\n"
#define GONE(digit) "destroyed 0000000000000000000000000000000" digit "\n"

TEST(bodies_of_the_form_v3) {
  static const struct { const char *body; edict_status status; } rows[] = {
      {"version 1\n" EPOCH, EDICT_OK},
      {"version 999999999\n" EPOCH GONE("1") GONE("2") GONE("a"), EDICT_OK},
      {EPOCH, EDICT_FORMAT},
      {"version 0\n" EPOCH, EDICT_FORMAT},
      {"version 1000000000\n" EPOCH, EDICT_FORMAT},
      {"version 1 \n" EPOCH, EDICT_FORMAT},
      {"version 1\n", EDICT_FORMAT},
      {"version 1\n" GONE("1") EPOCH, EDICT_FORMAT},
      {"version 1\n" EPOCH GONE("2") GONE("1"), EDICT_FORMAT},
      {"version 1\n" EPOCH GONE("1") GONE("1"), EDICT_FORMAT},
      {"version 1\n" EPOCH GONE("G"), EDICT_FORMAT},
      {"version 1\n" EPOCH GONE("A"), EDICT_FORMAT},
      {"version 1\n" EPOCH GONE("1") "\n", EDICT_FORMAT},
      {"version 1\n" EPOCH "destroyed 1\n", EDICT_FORMAT},
      {"version 1\n" EPOCH GONE("1") "version 1\n", EDICT_FORMAT},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) expect_body(rows[i].body, rows[i].status);
}

TEST(as_many_keys_of_entities_are_destroyed_as_the_limit_says) {
  edi_keyring_text *k = edi_keyring_text_new();
  edi_buf file;
  char *more = NULL;
  REQUIRE(k != NULL);
  memcpy(k->federation, "eu.example", 10);
  k->federation_length = 10;
  k->count = k->version = 1;
  k->epochs[0] = (edi_epoch){.number = 1, .state = EDI_EPOCH_CURRENT};
  k->gone = sodium_malloc((size_t)EDI_GONE_MOST * EDI_ENTITY_BYTES);
  REQUIRE(k->gone != NULL);
  memset(k->gone, 0, (size_t)EDI_GONE_MOST * EDI_ENTITY_BYTES);
  for (size_t i = 0; i < EDI_GONE_MOST; i++)
    for (unsigned b = 0; b < 4; b++) k->gone[i * EDI_ENTITY_BYTES + b] = (unsigned char)((i + 1) >> (24 - 8 * b));
  for (size_t left = 0; left < 2; left++) { /* the limit, and one less, to which one more can be added */
    k->gone_count = EDI_GONE_MOST - left;
    edi_buf_init(&file, NULL, EDI_KEYRING_MOST);
    CHECK_INT(edi_keyring_write(k, &with_key, seed, &file), EDICT_OK);
    edict_status status = edict_keyring_destroy_subject(file.ptr, file.len, &with_key, "person.id", "c-1", seed, &more, NULL);
    CHECK_INT(status, left ? EDICT_OK : EDICT_LIMIT);
    edict_text_free(&more);
    edi_buf_fini(&file);
  }
  edi_keyring_text_free(k);
}

typedef struct service { unsigned calls; int answer; uint64_t epoch; edict_key_request last; } service;

static int serve(void *user, const edict_key_request *request, uint64_t *epoch, unsigned char *out, size_t length) {
  service *s = user;
  s->calls++;
  s->last = *request;
  *epoch = s->epoch;
  memset(out, 0x42, length);
  return s->answer;
}

TEST(a_service_derives) {
  service s = {.answer = 1, .epoch = 9};
  const edict_engine_options options = {.size = sizeof options, .derive = serve, .derive_user = &s};
  unsigned char out[64];
  uint64_t epoch = 0;
  edi_keyring *keyring = NULL;
  CHECK_INT(edi_keyring_open(&options, &keyring, NULL), EDICT_OK);
  CHECK(edi_keyring_derive(keyring, &some, &epoch, out, 64) && epoch == 9 && out[0] == 0x42 && out[63] == 0x42);
  CHECK(strcmp(s.last.scope, "federation") == 0 && strcmp(s.last.type, "string") == 0 && s.last.key.len == 1 && s.last.transform.len == 5);
  s.answer = 0;
  CHECK(!edi_keyring_derive(keyring, &some, &epoch, out, 64) && out[0] == 0 && out[63] == 0); /* nothing stays */
  s.answer = 1;
  s.epoch = 0;
  CHECK(!edi_keyring_derive(keyring, &some, &epoch, out, 32));
  CHECK_INT(s.calls, 3);
  edi_keyring_destroy(keyring);
}

HARNESS_MAIN
