/* SIV: AES-SIV (RFC 5297), deterministic authenticated encryption, which `token` is made of.
 *
 * In: a key, associated data, a text. Out: 16 bytes of synthetic IV and as many bytes as the text has.
 * The same text under the same key and data gives the same bytes; changed bytes do not open. Keyed once,
 * used for many values without allocating; one thread at a time. */
#ifndef EDI_SIV_H
#define EDI_SIV_H

#include "base/aes.h"

#define EDI_SIV_IV 16

typedef struct edi_siv {
  edi_aes mac, stream;
  uint8_t full[16], partial[16]; /* CMAC's subkeys, for a last block that is whole and for one that is not */
  uint8_t state[16];             /* S2V of all associated data */
  uint8_t end[48];               /* the same between zeros: what is xored to the end of a text, read at any distance from it */
} edi_siv;

/* `bytes` of each half of the key: 16, 24 or 32. */
edict_status edi_siv_init(edi_siv *siv, size_t bytes) EDICT_MUST_CHECK;
void edi_siv_fini(edi_siv *siv);
/* The first half of `key` authenticates, the second enciphers. */
bool edi_siv_key(edi_siv *siv, const uint8_t *key, size_t length, const edi_str *data, size_t count) EDICT_MUST_CHECK;
/* Writes EDI_SIV_IV + text.len bytes. */
bool edi_siv_seal(edi_siv *siv, edi_str text, uint8_t *out) EDICT_MUST_CHECK;
/* The same of a text of 17 to 32 bytes, as most are; what is written behind it says nothing. */
bool edi_siv_seal_two(edi_siv *siv, edi_str text, uint8_t out[EDI_SIV_IV + 32]) EDICT_MUST_CHECK;
/* The same of up to EDI_SIV_MANY texts of at most EDI_SIV_SHORT bytes, their blocks side by side: out[i] as above. */
enum { EDI_SIV_MANY = 16, EDI_SIV_SHORT = 64 };
bool edi_siv_seal_many(edi_siv *siv, const edi_str *texts, uint8_t *const *out, size_t count) EDICT_MUST_CHECK;
/* Writes length - EDI_SIV_IV bytes; false, and zeros, if they were not sealed so. */
bool edi_siv_open(edi_siv *siv, const uint8_t *sealed, size_t length, char *out) EDICT_MUST_CHECK;

#endif
