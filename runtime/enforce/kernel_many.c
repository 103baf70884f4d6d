/* Kernels that need a key, of many texts: what kernel_keyed.c makes of one text, made of several side by side, which is
 * what hashes and ciphers are fast at. What cannot stand beside others is left to whoever asks. */
#include "enforce/kernels.h"
#include "enforce/mask_key.h"

bool edi_kernel_pseudonym_many(edi_pseudonyms *many, const edi_transform *t, const edi_str *texts, size_t count, edi_output *memory, edi_str *out) {
  for (size_t at = 0; at < count;) {
    size_t which[EDI_HASHLANES_MOST], added = 0;
    for (; at < count && added < EDI_HASHLANES_MOST; at++) {
      out[at] = (edi_str){NULL, 0};
      if (edi_pseudonyms_add(many, EDI_TYPE_STRING, texts[at].ptr, texts[at].len)) which[added++] = at;
    }
    edi_pseudonyms_run(many);
    for (size_t k = 0; k < added; k++) {
      char text[EDI_PSEUDONYM_MOST];
      size_t length = edi_pseudonyms_text(many, k, t, text);
      char *room = edi_output_take(memory, length);
      if (!room) return false;
      edi_copy_short(room, text, length);
      out[which[k]] = (edi_str){room, length};
    }
  }
  return true;
}

bool edi_kernel_token_many(edi_mask_key *key, const edi_str *texts, size_t count, edi_output *memory, edi_str *out) {
  uint8_t raw[EDI_SIV_MANY][EDI_SIV_IV + EDI_SIV_SHORT], *sealed[EDI_SIV_MANY];
  edi_str few[EDI_SIV_MANY];
  size_t which[EDI_SIV_MANY], n = 0;
  for (size_t i = 0; i < count; i++) {
    out[i] = (edi_str){NULL, 0};
    if (texts[i].len > EDI_SIV_SHORT) continue;
    sealed[n] = raw[n];
    few[n] = texts[i];
    which[n++] = i;
  }
  if (n == 0 || !edi_siv_seal_many(&key->siv, few, sealed, n)) return true;
  for (size_t k = 0; k < n; k++) {
    size_t bytes = EDI_SIV_IV + few[k].len, length = key->head_length + (bytes * 4 + 2) / 3;
    char *room = edi_output_take(memory, length);
    if (!room) return false;
    edi_copy_short(room, key->head, key->head_length);
    edi_base64url_write(raw[k], bytes, room + key->head_length);
    out[which[k]] = (edi_str){room, length};
  }
  return true;
}

/* ---- fpe ---- */

typedef struct formats {
  uint8_t numerals[EDI_FF1_MANY][EDI_FF1_SHORT];
  size_t count[EDI_FF1_MANY];
} formats;

/* Those of one length together, as each length has its own preparation. */
static void encrypt_alike(edi_mask_key *key, formats *f, size_t many, bool *made) {
  bool done[EDI_FF1_MANY] = {false};
  for (size_t i = 0; i < many; i++) {
    uint8_t *values[EDI_FF1_MANY];
    size_t which[EDI_FF1_MANY], n = 0;
    for (size_t k = i; k < many; k++) {
      if (done[k] || f->count[k] != f->count[i]) continue;
      done[k] = true;
      values[n] = f->numerals[k];
      which[n++] = k;
    }
    bool good = n > 0 && edi_ff1_encrypt_many(&key->ff1, values, n, f->count[i]);
    for (size_t k = 0; k < n; k++) made[which[k]] = good;
  }
}

bool edi_kernel_fpe_many(edi_mask_key *key, const edi_transform *t, const edi_str *texts, size_t count, edi_output *memory, edi_str *out) {
  edi_str alphabet = edi_value_str(t->args[EDI_ARG_FPE_ALPHABET]);
  formats f;
  bool made[EDI_FF1_MANY];
  for (size_t i = 0; i < count; i++) f.count[i] = texts[i].len > EDI_FF1_SHORT ? 0 : edi_fpe_numerals(key, alphabet.len, texts[i], f.numerals[i], EDI_FF1_SHORT);
  encrypt_alike(key, &f, count, made);
  for (size_t i = 0; i < count; i++) {
    out[i] = (edi_str){NULL, 0};
    if (!made[i]) continue;
    char *room = edi_output_take(memory, texts[i].len);
    if (!room) return false;
    edi_fpe_put(key, alphabet, texts[i], f.numerals[i], f.count[i], room);
    out[i] = (edi_str){room, texts[i].len};
  }
  return true;
}
