/* Swept: one step of a sweep as a leaf of the log, and the note that it is made from.
 *
 *   version u16 (1), semantics u16, step u16, flags u16, id 16, number u64, now i64, set 32, commitment 32, payload 56,
 *   counts 8 u64, product text, dataset text, table text, rules u32 and of each: name text, bound u8, holds u8,
 *   erases u8, cutoff i64
 *
 * A note is the leaf's length u32, the leaf without commitment and payload, and then what is sealed: 32 random bytes and
 * 16 for each erased row. It names no person. docs/log-records.md specifies both. */
#ifndef EDI_SWEPT_H
#define EDI_SWEPT_H

#include "edict/sweep.h"
#include "enforce/sweeping.h"
#include "log/seal.h"

/* In the order in which they stand. COUNT(member) */
#define EDI_SWEPT_COUNTS(COUNT) \
  COUNT(seen) COUNT(withheld) COUNT(undecided) COUNT(erasable) COUNT(erased) COUNT(spared) COUNT(blocked) COUNT(along)

enum { EDI_SWEPT_RANDOM = 32, EDI_SWEPT_DEVELOPMENT = 8, EDI_SWEPT_TABLE_MOST = 4096 };

typedef struct edi_swept {
  uint16_t semantics;
  edict_swept_step step;
  unsigned flags;                        /* EDICT_SWEPT_*, EDI_SWEPT_DEVELOPMENT */
  unsigned char id[EDICT_SWEPT_ID_BYTES];
  uint64_t number;
  int64_t now;
  unsigned char set[EDI_DIGEST_BYTES];   /* edi_record_set of its bundles */
  unsigned char commitment[32];          /* zero, and so is the payload, where no row was erased, and in a note */
  edi_seal_pointer payload;
#define COUNT(member) uint64_t member;
  EDI_SWEPT_COUNTS(COUNT)
#undef COUNT
  edi_str product, dataset, table;
  edi_str rules;                         /* as bytes: what replay compares */
} edi_swept;

void edi_swept_encode(const edi_swept *swept, edi_buf *into);
/* The one door for leaves, and for notes: false for anything that encoding does not give. Borrows. `sealed` is what a note
 * wants sealed, empty where no row was erased. */
bool edi_swept_decode(edi_str bytes, edi_swept *swept);
bool edi_swept_note_decode(edi_str bytes, edi_swept *swept, edi_str *sealed);
/* The rules about retention of a sweep that has its time, as they stand in a leaf. */
void edi_swept_rules(const edict_sweep *sweep, edi_buf *into);

/* As members of a JSON object, with a comma before each; `sealed` (empty: it could not be opened) is random and keys. */
void edi_swept_show(const edi_swept *swept, edi_str sealed, edi_buf *into);
/* Whether what was opened is what the leaf committed to. */
bool edi_swept_fits(const edi_swept *swept, edi_str sealed);

#endif
