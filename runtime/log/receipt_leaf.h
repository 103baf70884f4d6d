/* Receipt leaf: what was done to rows under a decision, as a leaf of the log.
 *
 *   version u16 (1), zero u16, number u64, now i64, set 32, plan 32, rows in u64, rows out u64, product text, dataset
 *   text, action text, columns u32 and of each: column u32, transform u8 (0: it varies with the row), epoch u64, failed u64
 *
 * It names no person and no value. The plan is that of a record before it. docs/log-records.md specifies it. */
#ifndef EDI_RECEIPT_LEAF_H
#define EDI_RECEIPT_LEAF_H

#include "edict/receipt.h"
#include "enforce/host.h"

typedef struct edi_receipt_leaf {
  uint64_t number;
  int64_t now;
  unsigned char set[EDI_DIGEST_BYTES]; /* edi_record_set of its bundles */
  unsigned char plan[32];
  uint64_t rows_in, rows_out;
  edi_str product, dataset, action;
  const unsigned char *columns;        /* 21 bytes each, ascending */
  uint32_t column_count;
} edi_receipt_leaf;

void edi_receipt_leaf_encode(const edi_receipt_leaf *leaf, edi_buf *into);
/* The one door for them: false for anything that encoding does not give. Borrows. */
bool edi_receipt_leaf_decode(edi_str bytes, edi_receipt_leaf *leaf);
/* The columns of a receipt as they stand in a leaf; false: a transform that there is not, or not in their order. */
bool edi_receipt_leaf_columns(const edict_receipt *receipt, edi_buf *into);
/* As members of a JSON object, with a comma before each. */
void edi_receipt_leaf_show(const edi_receipt_leaf *leaf, edi_buf *into);

#endif
