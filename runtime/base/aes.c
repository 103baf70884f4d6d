/* AES: see the header. EVP_Cipher is the shortest way to the provider's function, which is what makes
 * single blocks fast. */
#include "base/aes.h"

#include <openssl/evp.h>

edict_status edi_aes_init(edi_aes *aes, size_t bytes) {
  static const uint8_t zero[32];
  const char *name = bytes == 16 ? "AES-128-ECB" : bytes == 24 ? "AES-192-ECB" : "AES-256-ECB";
  EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, name, NULL);
  EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
  bool good = cipher && context && EVP_EncryptInit_ex2(context, cipher, zero, NULL, NULL) == 1 &&
              EVP_CIPHER_CTX_set_padding(context, 0) == 1;
  EVP_CIPHER_free(cipher); /* the context holds it */
  if (!good) EVP_CIPHER_CTX_free(context);
  aes->context = good ? context : NULL;
  return good ? EDICT_OK : EDICT_MEMORY;
}

void edi_aes_fini(edi_aes *aes) {
  EVP_CIPHER_CTX_free(aes->context);
  aes->context = NULL;
}

bool edi_aes_key(edi_aes *aes, const uint8_t *key) {
  return aes->context && EVP_EncryptInit_ex2(aes->context, NULL, key, NULL, NULL) == 1;
}

void edi_aes_wipe(edi_aes *aes) {
  static const uint8_t zero[32];
  if (!edi_aes_key(aes, zero)) edi_aes_fini(aes);
}

bool edi_aes_blocks(edi_aes *aes, const uint8_t *in, uint8_t *out, size_t count) {
  return aes->context && EVP_Cipher(aes->context, out, in, (unsigned)(count * EDI_AES_BLOCK)) > 0;
}
