/* Mask key: derived key material, made ready for one transform.
 *
 * In: 32 or 64 bytes from the keyring and the transform that they were derived for. Out: what the keyed
 * kernels take. Made once, prepared again and again without allocating, wiped at the end of a decision. */
#ifndef EDI_MASK_KEY_H
#define EDI_MASK_KEY_H

#include "base/hashlanes.h"
#include "enforce/ff1.h"
#include "enforce/keyring_file.h"
#include "enforce/siv.h"
#include "eval/transform.h"

#define EDI_MASK_KEY_MOST 64

typedef struct edi_mask_key {
  unsigned char bytes[EDI_MASK_KEY_MOST];
  uint64_t epoch;
  char head[24];              /* TOKEN: `e3~`; no longer than the shortest token */
  size_t head_length;
  edi_keyedhash hash;         /* PSEUDONYM, EMAIL, DATE_SHIFT: of the first 32 bytes */
  bool ciphers;               /* siv and ff1 can be keyed */
  edi_siv siv;                /* TOKEN */
  edi_ff1 ff1;                /* FPE */
  uint8_t numeral[256];       /* FPE: of a byte its place in the alphabet, 255 if it is not in there */
} edi_mask_key;

struct edi_output;

/* How many bytes the transform needs. */
size_t edi_mask_key_size(edi_transform_id id);
/* `ciphers`: token and fpe are among what it will be prepared for. */
edict_status edi_mask_key_init(edi_mask_key *key, bool ciphers) EDICT_MUST_CHECK;
void edi_mask_key_fini(edi_mask_key *key);
/* After `bytes` and `epoch` were written. */
bool edi_mask_key_prepare(edi_mask_key *key, const edi_transform *t) EDICT_MUST_CHECK;
void edi_mask_key_wipe(edi_mask_key *key);

/* Keyed kernels; texts as in enforce/kernels.h. */
bool edi_kernel_pseudonym(const edi_mask_key *key, const edi_transform *t, edi_str in, struct edi_output *memory, edi_str *out);
/* Of bytes, 16 bytes. */
bool edi_kernel_pseudonym_bytes(const edi_mask_key *key, edi_str in, struct edi_output *memory, edi_str *out);
/* The same of many, hashed side by side: values are added, then run, then the digests written. */
typedef struct edi_pseudonyms {
  const edi_mask_key *key;
  edi_hashlanes *lanes;
  size_t count;
  edi_hashlanes_batch batch;
} edi_pseudonyms;
#define EDI_PSEUDONYM_MOST 40 /* bytes of one that is written */
void edi_pseudonyms_init(edi_pseudonyms *many, const edi_mask_key *key, edi_hashlanes *lanes);
/* A value of the type as a text or a number has it. False: it is too long to stand beside others. */
bool edi_pseudonyms_add(edi_pseudonyms *many, unsigned type, const void *bytes, size_t length);
/* Of those that were added, EDI_HASHLANES_MOST at most; the next one added is the first again. */
void edi_pseudonyms_run(edi_pseudonyms *many);
size_t edi_pseudonyms_text(const edi_pseudonyms *many, size_t which, const edi_transform *t, char out[EDI_PSEUDONYM_MOST]);
int64_t edi_pseudonyms_int(const edi_pseudonyms *many, size_t which);
/* What pseudonym, token and fpe make of up to EDI_KEYED_MANY texts, side by side. out[i].ptr NULL: of this one nothing is made
 * here; alone there may be something. False: the memory is full. */
enum { EDI_KEYED_MANY = 16 };
bool edi_kernel_pseudonym_many(edi_pseudonyms *many, const edi_transform *t, const edi_str *texts, size_t count, struct edi_output *memory, edi_str *out);
bool edi_kernel_token_many(edi_mask_key *key, const edi_str *texts, size_t count, struct edi_output *memory, edi_str *out);
bool edi_kernel_fpe_many(edi_mask_key *key, const edi_transform *t, const edi_str *texts, size_t count, struct edi_output *memory, edi_str *out);
int64_t edi_pseudonym_int(const edi_mask_key *key, int64_t i);
int64_t edi_pseudonym_decimal(const edi_mask_key *key, edi_decimal d);
bool edi_kernel_email_pseudo(const edi_mask_key *key, const edi_transform *t, edi_str in, struct edi_output *memory, edi_str *out);
bool edi_kernel_token(edi_mask_key *key, edi_str in, struct edi_output *memory, edi_str *out);
bool edi_kernel_fpe(edi_mask_key *key, const edi_transform *t, edi_str in, struct edi_output *memory, edi_str *out);
/* The numerals of a text, without the characters that are not in the alphabet: how many, or one more than `most`; and back to
 * characters, beside those that stay. */
size_t edi_fpe_numerals(const edi_mask_key *key, size_t radix, edi_str text, uint8_t *numerals, size_t most);
void edi_fpe_put(const edi_mask_key *key, edi_str alphabet, edi_str text, const uint8_t *numerals, size_t count, char *out);
/* Under an entity's own key, and what says whose under the mask's: an entity whose key is destroyed is still told
 * apart, but not read. */
bool edi_kernel_token_of(edi_mask_key *key, edi_mask_key *own, const unsigned char *entity, edi_str in, struct edi_output *memory, edi_str *out);
/* What is in such a token, by the mask's key: the entity and what is under its own key; and the text, by that. */
bool edi_kernel_token_entity(edi_mask_key *key, edi_str in, struct edi_output *memory, unsigned char *entity, edi_str *sealed);
bool edi_kernel_token_own(edi_mask_key *own, edi_str sealed, struct edi_output *memory, edi_str *out);
/* Back: false where the text was not made so. */
bool edi_kernel_token_open(edi_mask_key *key, edi_str in, struct edi_output *memory, edi_str *out);
bool edi_kernel_fpe_open(edi_mask_key *key, const edi_transform *t, edi_str in, struct edi_output *memory, edi_str *out);
/* The epoch that a token says; false: it is no token. */
bool edi_token_epoch(edi_str token, uint64_t *epoch, edi_str *sealed);
/* By how many days the dates of an entity are shifted; false for an entity without a value. */
bool edi_kernel_shift(const edi_mask_key *key, const edi_transform *t, edi_value entity, int64_t *days);

#endif
