/* SIV: the vectors of RFC 5297, OpenSSL's own mode over random texts, and what must not open. */
#include "harness.h"

#include <openssl/evp.h>

#include "enforce/siv.h"
#include "support/random_rules.h"

static size_t bytes_of(const char *hex, uint8_t *out) {
  size_t length = 0;
  if (!edi_hex_decode(edi_str_from(hex), out, 128, &length)) abort();
  return length;
}

/* RFC 5297, appendix A: deterministic encryption, and with a nonce. */
static const struct { const char *key, *data[3], *text, *sealed; } vectors[] = {
    {"fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
     {"101112131415161718191a1b1c1d1e1f2021222324252627"},
     "112233445566778899aabbccddee",
     "85632d07c6e8f37f950acd320a2ecc9340c02b9690c4dc04daef7f6afe5c"},
    {"7f7e7d7c7b7a79787776757473727170404142434445464748494a4b4c4d4e4f",
     {"00112233445566778899aabbccddeeffdeaddadadeaddadaffeeddccbbaa99887766554433221100", "102030405060708090a0",
      "09f911029d74e35bd84156c5635688c0"},
     "7468697320697320736f6d6520706c61696e7465787420746f20656e6372797074207573696e67205349562d414553",
     "7bdb6e3b432667eb06f4d14bff2fbd0fcb900f2fddbe404326601965c889bf17dba77ceb094fa663b7a3f748ba8af829"
     "ea64ad544a272e9c485b62a3fd5c0d"},
};

TEST(rfc_5297) {
  for (size_t i = 0; i < 2; i++) {
    uint8_t key[128], data[3][128], text[128], wanted[128], out[128];
    edi_str parts[3];
    size_t count = 0;
    size_t key_length = bytes_of(vectors[i].key, key), length = bytes_of(vectors[i].text, text), sealed = bytes_of(vectors[i].sealed, wanted);
    for (; count < 3 && vectors[i].data[count]; count++)
      parts[count] = (edi_str){(char *)data[count], bytes_of(vectors[i].data[count], data[count])};
    edi_siv siv;
    CHECK_INT(edi_siv_init(&siv, 16), EDICT_OK);
    CHECK(edi_siv_key(&siv, key, key_length, parts, count));
    CHECK(edi_siv_seal(&siv, (edi_str){(char *)text, length}, out));
    CHECK_INT(sealed, length + EDI_SIV_IV);
    CHECK(memcmp(out, wanted, sealed) == 0);
    char back[128];
    CHECK(edi_siv_open(&siv, wanted, sealed, back) && memcmp(back, text, length) == 0);
    edi_siv_fini(&siv);
  }
}

static void openssl_seal(EVP_CIPHER_CTX *context, EVP_CIPHER *cipher, const uint8_t *key, edi_str data, edi_str text, uint8_t *out) {
  int length;
  CHECK_INT(EVP_EncryptInit_ex2(context, cipher, key, NULL, NULL), 1);
  CHECK_INT(EVP_EncryptUpdate(context, NULL, &length, (const uint8_t *)data.ptr, (int)data.len), 1);
  CHECK_INT(EVP_EncryptUpdate(context, out + 16, &length, (const uint8_t *)text.ptr, (int)text.len), 1);
  CHECK_INT(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, out), 1);
}

TEST(as_openssl_seals) {
  EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, "AES-256-SIV", NULL);
  random_source r = {1};
  edi_siv siv;
  REQUIRE(cipher != NULL && edi_siv_init(&siv, 32) == EDICT_OK);
  for (size_t length = 1; length < 600; length += length < 70 ? 1 : 37) {
    char text[600], data[64], back[600];
    uint8_t key[64], mine[700], theirs[700];
    for (size_t i = 0; i < length; i++) text[i] = (char)random_below(&r, 256);
    for (size_t i = 0; i < sizeof data; i++) data[i] = (char)random_below(&r, 256);
    for (size_t i = 0; i < sizeof key; i++) key[i] = (uint8_t)random_below(&r, 256);
    edi_str ad = {data, 1 + random_below(&r, sizeof data)};
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    openssl_seal(context, cipher, key, ad, (edi_str){text, length}, theirs);
    EVP_CIPHER_CTX_free(context);
    CHECK(edi_siv_key(&siv, key, 64, &ad, 1) && edi_siv_seal(&siv, (edi_str){text, length}, mine));
    if (memcmp(mine, theirs, length + 16) != 0) HARNESS_FAIL("%zu bytes differ", length);
    CHECK(edi_siv_open(&siv, mine, length + 16, back) && memcmp(back, text, length) == 0);
  }
  edi_siv_fini(&siv);
  EVP_CIPHER_free(cipher);
}

TEST(what_was_changed_does_not_open) {
  static const uint8_t key[64] = {1}, other[64] = {2};
  const edi_str data = EDI_STR("a"), more = EDI_STR("b"), text = EDI_STR("ana@example.org, and more than a block");
  uint8_t sealed[128];
  char out[128];
  edi_siv siv;
  REQUIRE(edi_siv_init(&siv, 32) == EDICT_OK);
  CHECK(edi_siv_key(&siv, key, 64, &data, 1) && edi_siv_seal(&siv, text, sealed));
  size_t length = text.len + EDI_SIV_IV;
  for (size_t bit = 0; bit < 8 * length; bit += 5) {
    sealed[bit / 8] ^= (uint8_t)(1 << bit % 8);
    CHECK(!edi_siv_open(&siv, sealed, length, out));
    for (size_t i = 0; i < text.len; i++) CHECK(out[i] == 0);
    sealed[bit / 8] ^= (uint8_t)(1 << bit % 8);
  }
  CHECK(!edi_siv_open(&siv, sealed, length - 1, out));
  CHECK(!edi_siv_open(&siv, sealed, EDI_SIV_IV - 1, out));
  CHECK(edi_siv_open(&siv, sealed, length, out));
  CHECK(edi_siv_key(&siv, key, 64, &more, 1) && !edi_siv_open(&siv, sealed, length, out));
  CHECK(edi_siv_key(&siv, other, 64, &data, 1) && !edi_siv_open(&siv, sealed, length, out));
  CHECK(edi_siv_seal(&siv, (edi_str){"", 0}, sealed) && edi_siv_open(&siv, sealed, EDI_SIV_IV, out));
  edi_siv_fini(&siv);
}

HARNESS_MAIN
