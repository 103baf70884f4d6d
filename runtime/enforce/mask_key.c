/* Mask key: see the header. Only token and fpe need more than the bytes: their ciphers are keyed here. */
#include "enforce/mask_key.h"

#include <sodium.h>

enum { NO_NUMERAL = 255 };

size_t edi_mask_key_size(edi_transform_id id) { return id == EDI_TRANSFORM_TOKEN ? 64 : 32; }

edict_status edi_mask_key_init(edi_mask_key *key, bool ciphers) {
  memset(key, 0, sizeof *key);
  key->ciphers = ciphers;
  edict_status status = ciphers ? edi_siv_init(&key->siv, 32) : EDICT_OK;
  if (status == EDICT_OK && ciphers) status = edi_ff1_init(&key->ff1, 32);
  if (status != EDICT_OK) edi_mask_key_fini(key);
  return status;
}

void edi_mask_key_fini(edi_mask_key *key) {
  edi_siv_fini(&key->siv);
  edi_ff1_fini(&key->ff1);
  sodium_memzero(key, sizeof *key);
}

/* What else the material is bound to: the key's name and the context that the rule gives. */
static edi_str bound_to(const edi_transform *t, unsigned context, char storage[1024]) {
  edi_buf buf = edi_buf_fixed(storage, 1024);
  edi_buf_str(&buf, t->key);
  edi_buf_char(&buf, '\0');
  edi_buf_str(&buf, edi_value_str(t->args[context]));
  return (edi_str){storage, buf.failed == EDICT_OK ? buf.len : SIZE_MAX};
}

static bool prepare_fpe(edi_mask_key *key, const edi_transform *t) {
  char storage[1024];
  edi_str alphabet = edi_value_str(t->args[EDI_ARG_FPE_ALPHABET]), tweak = bound_to(t, EDI_ARG_FPE_CONTEXT, storage);
  memset(key->numeral, NO_NUMERAL, sizeof key->numeral);
  for (size_t i = 0; i < alphabet.len; i++) key->numeral[(unsigned char)alphabet.ptr[i]] = (uint8_t)i;
  return edi_ff1_key(&key->ff1, key->bytes, (uint32_t)alphabet.len, tweak);
}

bool edi_mask_key_prepare(edi_mask_key *key, const edi_transform *t) {
  char storage[1024];
  if (t->id != EDI_TRANSFORM_TOKEN && t->id != EDI_TRANSFORM_FPE) {
    edi_keyedhash_init(&key->hash, key->bytes);
    return true;
  }
  if (!key->ciphers) return false;
  if (t->id == EDI_TRANSFORM_FPE) return prepare_fpe(key, t);
  edi_buf head = edi_buf_fixed(key->head, sizeof key->head);
  edi_buf_format(&head, "e%llu~", (unsigned long long)key->epoch);
  key->head_length = head.len;
  edi_str data = bound_to(t, EDI_ARG_TOKEN_CONTEXT, storage);
  return data.len != SIZE_MAX && edi_siv_key(&key->siv, key->bytes, 64, &data, 1);
}

void edi_mask_key_wipe(edi_mask_key *key) {
  if (key->ciphers) {
    edi_aes_wipe(&key->siv.mac);
    edi_aes_wipe(&key->siv.stream);
    edi_aes_wipe(&key->ff1.aes);
    key->ff1.length = 0;
    sodium_memzero(key->ff1.state, sizeof key->ff1.state);
    sodium_memzero(key->ff1.begun, sizeof key->ff1.begun);
    sodium_memzero(key->ff1.tail, sizeof key->ff1.tail); /* half of what was taken back last */
    sodium_memzero(key->siv.state, sizeof key->siv.state);
    sodium_memzero(key->siv.end, sizeof key->siv.end);
    sodium_memzero(key->siv.full, sizeof key->siv.full);
    sodium_memzero(key->siv.partial, sizeof key->siv.partial);
  }
  sodium_memzero(key->bytes, sizeof key->bytes);
  sodium_memzero(&key->hash, sizeof key->hash);
}
