/* Keyring API: keyrings made, changed and described for the command; see edict/keyring.h. */
#include "enforce/keyring_file.h"

#include <sodium.h>

/* 32 bytes of `seed` for one use of several. */
static void part_of(const unsigned char seed[32], const char *use, unsigned char out[32]) {
  (void)crypto_generichash(out, 32, (const unsigned char *)use, strlen(use), seed, 32);
}

static edict_status finish(edi_buf *buf, edict_status status, char **text) {
  edi_buf_char(buf, '\0');
  if (status == EDICT_OK) return edi_buf_give(buf, text);
  edi_buf_fini(buf);
  return status;
}

edict_status edict_keyring_key_create(const unsigned char seed[32], char **text) {
  edi_buf buf;
  *text = NULL;
  edi_buf_init(&buf, NULL, 256);
  edi_buf_text(&buf, "edict-keyring-key/v1\n");
  edi_hex_append(&buf, seed, 32);
  edi_buf_char(&buf, '\n');
  return finish(&buf, EDICT_OK, text);
}

static edict_status sealed(const edi_keyring_text *k, const edict_keyring_secret *secret, const unsigned char seed[32], char **text) {
  edi_buf buf;
  unsigned char fresh[32];
  part_of(seed, "seal", fresh);
  edi_buf_init(&buf, NULL, EDI_KEYRING_MOST);
  return finish(&buf, edi_keyring_write(k, secret, fresh, &buf), text);
}

edict_status edict_keyring_create(const char *federation, const unsigned char seed[32], const edict_keyring_secret *secret, char **text) {
  *text = NULL;
  if (sodium_init() < 0) return EDICT_SYSTEM;
  if (!federation || !secret || !edi_keyring_federation_valid(edi_str_from(federation))) return EDICT_ARGUMENT;
  edi_keyring_text *k = sodium_malloc(sizeof *k);
  if (!k) return EDICT_MEMORY;
  sodium_memzero(k, sizeof *k);
  k->federation_length = strlen(federation);
  memcpy(k->federation, federation, k->federation_length);
  k->count = 1;
  k->epochs[0].number = 1;
  k->epochs[0].state = EDI_EPOCH_CURRENT;
  part_of(seed, "root", k->epochs[0].root);
  edict_status status = sealed(k, secret, seed, text);
  sodium_free(k);
  return status;
}

static edict_status rotate(edi_keyring_text *k, const unsigned char seed[32]) {
  if (k->count == EDI_EPOCHS_MOST) return EDICT_LIMIT;
  for (size_t i = 0; i < k->count; i++)
    if (k->epochs[i].state == EDI_EPOCH_CURRENT) k->epochs[i].state = EDI_EPOCH_PAST;
  edi_epoch *e = &k->epochs[k->count];
  e->number = k->epochs[k->count - 1].number + 1;
  e->state = EDI_EPOCH_CURRENT;
  part_of(seed, "root", e->root);
  k->count++;
  return EDICT_OK;
}

static edict_status destroy(edi_keyring_text *k, uint64_t number) {
  for (size_t i = 0; i < k->count; i++) {
    edi_epoch *e = &k->epochs[i];
    if (e->number != number) continue;
    if (e->state == EDI_EPOCH_CURRENT) return EDICT_ARGUMENT;
    e->state = EDI_EPOCH_DESTROYED;
    sodium_memzero(e->root, sizeof e->root);
    return EDICT_OK;
  }
  return EDICT_NOT_FOUND;
}

edict_status edict_keyring_edit(const char *keyring, size_t length, const edict_keyring_secret *secret, edict_keyring_change change,
                                uint64_t epoch, const unsigned char seed[32], const edict_keyring_secret *sealed_with, char **text,
                                edict_diagnostics *diagnostics) {
  *text = NULL;
  if (sodium_init() < 0) return EDICT_SYSTEM;
  edi_keyring_text *k = sodium_malloc(sizeof *k);
  if (!k) return EDICT_MEMORY;
  edict_status status = edi_keyring_read((edi_str){keyring, length}, secret, k, diagnostics);
  if (status == EDICT_OK && change == EDICT_KEYRING_ROTATE) status = rotate(k, seed);
  if (status == EDICT_OK && change == EDICT_KEYRING_DESTROY) status = destroy(k, epoch);
  /* Sealed again as it was: the secret that opened it says which kind it is. */
  edict_keyring_secret again = secret ? *secret : (edict_keyring_secret){0};
  again.passphrase = k->seal == EDI_SEAL_PASSPHRASE;
  if (status == EDICT_OK && !sealed_with && k->seal == EDI_SEAL_NONE) status = EDICT_ARGUMENT;
  if (status == EDICT_OK) status = sealed(k, sealed_with ? sealed_with : &again, seed, text);
  sodium_free(k);
  return status;
}

edict_status edict_keyring_describe(const char *keyring, size_t length, const edict_keyring_secret *secret, char **text,
                                    edict_diagnostics *diagnostics) {
  static const char *const states[] = {"past", "current", "destroyed"}, *const seals[] = {"not sealed", "sealed with a key", "sealed with a passphrase"};
  edi_buf buf;
  *text = NULL;
  if (sodium_init() < 0) return EDICT_SYSTEM;
  edi_keyring_text *k = sodium_malloc(sizeof *k);
  if (!k) return EDICT_MEMORY;
  edi_buf_init(&buf, NULL, EDI_KEYRING_MOST);
  edict_status status = edi_keyring_read((edi_str){keyring, length}, secret, k, diagnostics);
  if (status == EDICT_OK) {
    edi_buf_format(&buf, "federation %.*s\n%s\n", (int)k->federation_length, k->federation, seals[k->seal]);
    for (size_t i = 0; i < k->count; i++)
      edi_buf_format(&buf, "epoch %llu %s\n", (unsigned long long)k->epochs[i].number, states[k->epochs[i].state]);
  }
  sodium_free(k);
  return finish(&buf, status, text);
}
