/* Keyring: the file's one form, derivation against another library, and what separates two keys. */
#include "harness.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "bundle/program.h"
#include "enforce/keyring.h"
#include "support/hostile.h"

#define ROOT "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define FILE_OF(federation, epoch, root) \
  "edict-keyring/v1\nfederation " federation "\nepoch " epoch " " root "\n"

static edi_keyring *keyring_of(const char *text) {
  edi_keyring *keyring = NULL;
  edict_diagnostics *diagnostics = edict_diagnostics_create();
  CHECK_INT(edi_keyring_create(edi_str_from(text), &keyring, diagnostics), EDICT_OK);
  CHECK_INT(edict_diagnostics_count(diagnostics), 0);
  edict_diagnostics_destroy(&diagnostics);
  return keyring;
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
                               EDI_SCOPE_PRODUCT, EDI_STR("sales.orders"), EDI_TYPE_STRING};
  const char info[] = "edict/mask/v1\0federal.privacy.contact\0pseudonym\0sales.orders\0\x04\x04";
  CHECK_INT(EDI_SCOPE_PRODUCT, 4);
  CHECK_INT(EDI_TYPE_STRING, 4);
  CHECK(edi_keyring_derive(keyring, &parts, mine, 32));
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
      {EDI_STR("federal.a.k"), EDI_STR("pseudonym"), EDI_SCOPE_FEDERATION, EDI_STR(""), EDI_TYPE_STRING},
      {EDI_STR("federal.a.l"), EDI_STR("pseudonym"), EDI_SCOPE_FEDERATION, EDI_STR(""), EDI_TYPE_STRING},
      {EDI_STR("federal.a.k"), EDI_STR("token"), EDI_SCOPE_FEDERATION, EDI_STR(""), EDI_TYPE_STRING},
      {EDI_STR("federal.a.k"), EDI_STR("pseudonym"), EDI_SCOPE_PRODUCT, EDI_STR(""), EDI_TYPE_STRING},
      {EDI_STR("federal.a.k"), EDI_STR("pseudonym"), EDI_SCOPE_PRODUCT, EDI_STR("sales"), EDI_TYPE_STRING},
      {EDI_STR("federal.a.k"), EDI_STR("pseudonym"), EDI_SCOPE_DOMAIN, EDI_STR("sales"), EDI_TYPE_STRING},
      {EDI_STR("federal.a.k"), EDI_STR("pseudonym"), EDI_SCOPE_FEDERATION, EDI_STR(""), EDI_TYPE_INT},
      /* The same letters with the borders elsewhere. */
      {EDI_STR("federal.a.kp"), EDI_STR("seudonym"), EDI_SCOPE_FEDERATION, EDI_STR(""), EDI_TYPE_STRING},
      {EDI_STR("federal.a.k"), EDI_STR("pseudonyms"), EDI_SCOPE_DOMAIN, EDI_STR("ales"), EDI_TYPE_STRING},
  };
  enum { FILES = sizeof files / sizeof *files, PARTS = sizeof parts / sizeof *parts };
  unsigned char all[FILES * PARTS][32];
  for (size_t f = 0; f < FILES; f++) {
    edi_keyring *keyring = keyring_of(files[f]);
    for (size_t p = 0; p < PARTS; p++) CHECK(edi_keyring_derive(keyring, &parts[p], all[f * PARTS + p], 32));
    edi_keyring_destroy(keyring);
  }
  for (size_t i = 0; i < FILES * PARTS; i++)
    for (size_t j = 0; j < i; j++)
      if (memcmp(all[i], all[j], 32) == 0) HARNESS_FAIL("%zu and %zu share material", i, j);
}

TEST(the_same_again_and_never_without_a_keyring) {
  const edi_key_parts parts = {EDI_STR("k"), EDI_STR("pseudonym"), EDI_SCOPE_FEDERATION, EDI_STR(""), EDI_TYPE_INT};
  unsigned char first[32], second[32];
  edi_keyring *keyring = keyring_of(FILE_OF("eu.example", "3", ROOT));
  CHECK(edi_keyring_derive(keyring, &parts, first, 32));
  CHECK(edi_keyring_derive(keyring, &parts, second, 32));
  CHECK(memcmp(first, second, 32) == 0);
  edi_keyring_destroy(keyring);
  CHECK(!edi_keyring_derive(NULL, &parts, first, 32));
  edi_keyring_destroy(NULL);
}

static edict_status door(const char *name, const char *bytes, size_t length, edict_diagnostics *findings) {
  (void)name;
  edi_keyring *keyring;
  edict_status status = edi_keyring_create((edi_str){bytes, length}, &keyring, findings);
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
  CHECK_INT(edi_keyring_create(edi_str_from(text), &keyring, diagnostics), EDICT_FORMAT);
  CHECK(!keyring);
  CHECK_INT(edict_diagnostics_count(diagnostics), 1);
  CHECK(!strstr(edict_diagnostics_message(diagnostics, 0), "0001"));
  CHECK(!strstr(edict_diagnostics_message(diagnostics, 0), "SECRET"));
  CHECK_INT(edi_keyring_create((edi_str){NULL, 0}, &keyring, diagnostics), EDICT_FORMAT);
  edict_diagnostics_destroy(&diagnostics);
}

HARNESS_MAIN
