/* Recall: short texts that a decision masked under a key, and what they became, so that a value that comes again is
 * not hashed again.
 *
 * In: a transform that stands where it is until the next decision, a text. Out: what it gave before, byte for byte. A
 * slot holds the newest text that falls on it; texts are compared whole, so a clash costs time and nothing else. The
 * raw texts in here are wiped with the keys. */
#ifndef EDI_RECALL_H
#define EDI_RECALL_H

#include "enforce/kernels.h"

enum { EDI_RECALL_BITS = 9, EDI_RECALL_SLOTS = 1 << EDI_RECALL_BITS, EDI_RECALL_IN = 48, EDI_RECALL_OUT = 72, EDI_RECALL_WORDS = EDI_RECALL_SLOTS / 64 };

typedef struct edi_recalled {
  const edi_transform *of;
  uint8_t in_length, out_length;
  char in[EDI_RECALL_IN], out[EDI_RECALL_OUT];
} edi_recalled;

typedef struct edi_recall {
  edi_recalled *slots;          /* EDI_RECALL_SLOTS; NULL: nothing is recalled */
  uint64_t used[EDI_RECALL_WORDS]; /* a bit for each slot: nothing stands in the others, which were not even zeroed */
} edi_recall;

/* Whether the text gave something before, which is then in `memory`, unless that is full. */
bool edi_recall_find(const edi_recall *recall, const edi_transform *of, edi_str in, edi_output *memory, edi_str *out);
void edi_recall_keep(edi_recall *recall, const edi_transform *of, edi_str in, edi_str out);
void edi_recall_wipe(edi_recall *recall);

#endif
