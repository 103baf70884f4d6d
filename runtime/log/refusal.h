/* Refusal: a load of bundles, a token or a key set that was refused, as a leaf of the log.
 *
 *   version u16 (1), what u16 (1 a load, 2 a token, 3 a key set), now i64, status u32, code text, message text,
 *   offered u32 and of each: length u64, BLAKE2b-256 of the bytes
 *
 * Texts are length u32 and bytes. A message names rules, files, bundles and keys, and never a value of a token or key.
 * Of a key set no digest is there: from one a weak secret could be guessed. */
#ifndef EDI_REFUSAL_H
#define EDI_REFUSAL_H

#include "bundle/manifest.h"
#include "edict/log.h"

enum { EDI_REFUSAL_OFFERED_MOST = 256, EDI_REFUSAL_MESSAGE_MOST = 2048 };

typedef struct edi_refusal {
  edict_refused what;
  int64_t now;
  edict_status status;
  edi_str code, message;
  const unsigned char *offered; /* 40 bytes each */
  uint32_t offered_count;
} edi_refusal;

bool edi_refusal_is_of(edict_refused what); /* whether there is such a kind */
void edi_refusal_encode(const edi_refusal *refusal, edi_buf *into);
/* False for everything that encoding does not give. */
bool edi_refusal_decode(edi_str bytes, edi_refusal *refusal);
/* As members of a JSON object, with a comma before each. */
void edi_refusal_show(const edi_refusal *refusal, edi_buf *into);

#endif
