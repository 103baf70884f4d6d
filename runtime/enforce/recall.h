/* Recall: short texts that a decision masked under a key, and what they became, so that a value that comes again is
 * not hashed again.
 *
 * In: a transform that stands where it is until the next decision, a text. Out: what it gave before, byte for byte. A
 * text has eight slots where it may stand, and a byte of its hash tells them apart; the newest ones take turns. Texts are
 * compared whole, so a clash costs time and nothing else. The raw texts in here are wiped with the keys. */
#ifndef EDI_RECALL_H
#define EDI_RECALL_H

#include "base/arena.h"
#include "enforce/kernels.h"

enum { EDI_RECALL_WAYS = 8, EDI_RECALL_SETS = 64, EDI_RECALL_SLOTS = EDI_RECALL_WAYS * EDI_RECALL_SETS, EDI_RECALL_IN = 48, EDI_RECALL_BOTH = 118 };

/* Two lines of the cache, the first of which mostly is all. */
typedef struct edi_recalled {
  const edi_transform *of;
  uint8_t in_length, out_length;
  char bytes[EDI_RECALL_BOTH];  /* the text, and behind it what it became */
} edi_recalled;

typedef struct edi_recall {
  edi_recalled *slots;          /* EDI_RECALL_SLOTS, as edi_recall_slots has them; NULL: nothing is recalled */
  uint64_t tags[EDI_RECALL_SETS]; /* a byte for each slot; 0: nothing stands in it, which was not even zeroed */
  uint8_t next[EDI_RECALL_SETS]; /* whose turn it is */
} edi_recall;

/* Slots where lines of the cache begin; NULL: no memory. */
edi_recalled *edi_recall_slots(edi_arena *arena);
/* Whether the text gave something before, which is then in `memory`, unless that is full. */
bool edi_recall_find(const edi_recall *recall, const edi_transform *of, edi_str in, edi_output *memory, edi_str *out);
void edi_recall_keep(edi_recall *recall, const edi_transform *of, edi_str in, edi_str out);
void edi_recall_wipe(edi_recall *recall);

#endif
