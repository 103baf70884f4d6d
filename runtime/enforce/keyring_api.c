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
  edi_keyring_text *k = edi_keyring_text_new();
  if (!k) return EDICT_MEMORY;
  k->federation_length = strlen(federation);
  memcpy(k->federation, federation, k->federation_length);
  k->count = 1;
  k->epochs[0].number = 1;
  k->epochs[0].state = EDI_EPOCH_CURRENT;
  part_of(seed, "root", k->epochs[0].root);
  edict_status status = sealed(k, secret, seed, text);
  edi_keyring_text_free(k);
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

/* A keyring that was read, changed, is sealed again as it was: the secret that opened it says which kind it is. */
static edict_status seal_again(edi_keyring_text *k, const edict_keyring_secret *secret, const edict_keyring_secret *sealed_with,
                               const unsigned char seed[32], char **text) {
  edict_keyring_secret again = secret ? *secret : (edict_keyring_secret){0};
  again.passphrase = k->seal == EDI_SEAL_PASSPHRASE;
  if (!sealed_with && k->seal == EDI_SEAL_NONE) return EDICT_ARGUMENT;
  k->version++;
  return sealed(k, sealed_with ? sealed_with : &again, seed, text);
}

/* In its place among the others. */
static edict_status add_gone(edi_keyring_text *k, const unsigned char entity[EDI_ENTITY_BYTES]) {
  size_t place, each = EDI_ENTITY_BYTES;
  if (edi_entity_find(k->gone, k->gone_count, entity, &place)) return EDICT_OK;
  if (k->gone_count == EDI_GONE_MOST) return EDICT_LIMIT;
  unsigned char *more = sodium_malloc((k->gone_count + 1) * each);
  if (!more) return EDICT_MEMORY;
  if (place) memcpy(more, k->gone, place * each);
  memcpy(more + place * each, entity, each);
  if (place < k->gone_count) memcpy(more + (place + 1) * each, k->gone + place * each, (k->gone_count - place) * each);
  sodium_free(k->gone);
  k->gone = more;
  k->gone_count++;
  return EDICT_OK;
}

edict_status edict_keyring_destroy_subject(const char *keyring, size_t length, const edict_keyring_secret *secret, const char *of,
                                           const char *subject, const unsigned char seed[32], char **text,
                                           edict_diagnostics *diagnostics) {
  unsigned char name[32], entity[EDI_ENTITY_BYTES];
  *text = NULL;
  if (!of || !subject || !*of) return EDICT_ARGUMENT;
  if (sodium_init() < 0) return EDICT_SYSTEM;
  edi_keyring_text *k = edi_keyring_text_new();
  if (!k) return EDICT_MEMORY;
  edict_status status = edi_keyring_read((edi_str){keyring, length}, secret, k, diagnostics);
  (void)crypto_generichash(name, sizeof name, (const unsigned char *)k->federation, k->federation_length, NULL, 0);
  edi_entity_hash(name, edi_str_from(of), edi_str_from(subject), entity);
  if (status == EDICT_OK) status = add_gone(k, entity);
  if (status == EDICT_OK) status = seal_again(k, secret, NULL, seed, text);
  edi_keyring_text_free(k);
  return status;
}

edict_status edict_keyring_edit(const char *keyring, size_t length, const edict_keyring_secret *secret, edict_keyring_change change,
                                uint64_t epoch, const unsigned char seed[32], const edict_keyring_secret *sealed_with, char **text,
                                edict_diagnostics *diagnostics) {
  *text = NULL;
  if (sodium_init() < 0) return EDICT_SYSTEM;
  edi_keyring_text *k = edi_keyring_text_new();
  if (!k) return EDICT_MEMORY;
  edict_status status = edi_keyring_read((edi_str){keyring, length}, secret, k, diagnostics);
  if (status == EDICT_OK && change == EDICT_KEYRING_ROTATE) status = rotate(k, seed);
  if (status == EDICT_OK && change == EDICT_KEYRING_DESTROY) status = destroy(k, epoch);
  if (status == EDICT_OK) status = seal_again(k, secret, sealed_with, seed, text);
  edi_keyring_text_free(k);
  return status;
}

edict_status edict_keyring_describe(const char *keyring, size_t length, const edict_keyring_secret *secret, char **text,
                                    edict_diagnostics *diagnostics) {
  static const char *const states[] = {"past", "current", "destroyed"}, *const seals[] = {"not sealed", "sealed with a key", "sealed with a passphrase"};
  edi_buf buf;
  *text = NULL;
  if (sodium_init() < 0) return EDICT_SYSTEM;
  edi_keyring_text *k = edi_keyring_text_new();
  if (!k) return EDICT_MEMORY;
  edi_buf_init(&buf, NULL, EDI_KEYRING_MOST);
  edict_status status = edi_keyring_read((edi_str){keyring, length}, secret, k, diagnostics);
  if (status == EDICT_OK) {
    edi_buf_format(&buf, "federation %.*s\n%s\n", (int)k->federation_length, k->federation, seals[k->seal]);
    for (size_t i = 0; i < k->count; i++)
      edi_buf_format(&buf, "epoch %llu %s\n", (unsigned long long)k->epochs[i].number, states[k->epochs[i].state]);
    if (k->version) edi_buf_format(&buf, "version %llu\n", (unsigned long long)k->version);
    if (k->gone_count) edi_buf_format(&buf, "destroyed keys of subjects: %zu\n", k->gone_count);
  }
  edi_keyring_text_free(k);
  return finish(&buf, status, text);
}
