/* Batch: what a decision makes of many rows at once, which lie in columns.
 *
 * A column is laid out as the Arrow C Data Interface lays out an array, so that one maps to the other without a
 * copy: `values` is its buffer of values, or of offsets; `bytes` what offsets point into; `valid` its validity
 * bitmap; `offset`, `length` and `dictionary` as in an ArrowArray. Each row fares as with
 * edict_decision_apply_row, to the bit. Since 0.1. */
#ifndef EDICT_BATCH_H
#define EDICT_BATCH_H

#include "edict/decision.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How the values of a column lie, and which edict_cell each is. */
typedef enum edict_layout {
  EDICT_LAYOUT_NULL = 0,     /* every cell is NULL; no buffers */
  EDICT_LAYOUT_BOOL = 1,     /* a bit for each: BOOL */
  EDICT_LAYOUT_INT8 = 2,     /* integers: INT */
  EDICT_LAYOUT_INT16 = 3,
  EDICT_LAYOUT_INT32 = 4,
  EDICT_LAYOUT_INT64 = 5,
  EDICT_LAYOUT_UINT8 = 6,
  EDICT_LAYOUT_UINT16 = 7,
  EDICT_LAYOUT_UINT32 = 8,
  EDICT_LAYOUT_UINT64 = 9,   /* above the largest int64_t: a BLOB of 8 bytes, which fits no column */
  EDICT_LAYOUT_REAL32 = 10,  /* IEEE 754: REAL */
  EDICT_LAYOUT_REAL64 = 11,
  EDICT_LAYOUT_DECIMAL128 = 12, /* 16 bytes each, little-endian, times 10^-scale: DECIMAL; what does not fit that, a BLOB */
  EDICT_LAYOUT_TEXT32 = 13,  /* int32_t offsets, one more than values: TEXT */
  EDICT_LAYOUT_TEXT64 = 14,  /* int64_t offsets */
  EDICT_LAYOUT_BLOB32 = 15,  /* the same: BLOB */
  EDICT_LAYOUT_BLOB64 = 16,
  EDICT_LAYOUT_DATE32 = 17,  /* int32_t, days since 1970-01-01: DATE */
  EDICT_LAYOUT_DATE64 = 18,  /* int64_t, milliseconds: DATE; what is no whole day, a BLOB */
  EDICT_LAYOUT_TIME_S = 19,  /* int64_t since 1970-01-01T00:00:00Z: TIMESTAMP; in seconds, */
  EDICT_LAYOUT_TIME_MS = 20, /* milliseconds, */
  EDICT_LAYOUT_TIME_US = 21, /* microseconds, */
  EDICT_LAYOUT_TIME_NS = 22, /* nanoseconds: what is no whole microsecond, a BLOB */
  EDICT_LAYOUT_TEXT_VIEW = 23, /* 16 bytes each, which hold a text or say where in `parts` it is: TEXT */
  EDICT_LAYOUT_BLOB_VIEW = 24, /* the same: BLOB */
  EDICT_LAYOUT_BLOB_FIXED = 25, /* `width` bytes each: BLOB */
  EDICT_LAYOUT_REAL16 = 26,
  EDICT_LAYOUT_DECIMAL32 = 27, /* as DECIMAL128, in 4, 8 or 32 bytes */
  EDICT_LAYOUT_DECIMAL64 = 28,
  EDICT_LAYOUT_DECIMAL256 = 29,
  EDICT_LAYOUT_CLOCK_S = 30,  /* int32_t since midnight: TIME; in seconds, */
  EDICT_LAYOUT_CLOCK_MS = 31, /* milliseconds; */
  EDICT_LAYOUT_CLOCK_US = 32, /* int64_t, in microseconds, */
  EDICT_LAYOUT_CLOCK_NS = 33, /* nanoseconds: what is no whole microsecond, a BLOB */
} edict_layout;

typedef struct edict_vector {
  edict_layout layout;
  int32_t scale;             /* DECIMAL32 to DECIMAL256: -76 to 76 */
  size_t length;             /* values, from `offset` on */
  size_t offset;             /* of the first one, in values */
  const unsigned char *valid; /* a bit for each value from 0, not from `offset`, least first; NULL: no cell is NULL */
  const void *values;
  const char *bytes;         /* TEXT, BLOB */
  /* The values are integers, the places of cells in this one, which has no dictionary itself. One that is out of
   * range is a BLOB. */
  const struct edict_vector *dictionary;
  uint32_t width;            /* BLOB_FIXED */
  const void *const *parts;  /* TEXT_VIEW, BLOB_VIEW: buffers of bytes, as the views number them */
} edict_vector;

typedef struct edict_batch {
  size_t size;               /* sizeof(edict_batch) */
  size_t rows;               /* at most UINT32_MAX; no vector is shorter, but one of layout NULL */
  const edict_vector *columns; /* one for each column of the dataset, in contract order. One that the decision does not
                                  read (edict_decision_reads) may be of layout NULL */
  size_t column_count;
} edict_batch;

/* Where the answer goes: memory of the caller, each NULL if it is not wanted. */
typedef struct edict_selection {
  size_t size;               /* sizeof(edict_selection) */
  unsigned char *states;     /* an edict_row for each row */
  unsigned char *shown;      /* a bit for each row, least first; (rows + 7) / 8 bytes */
  uint32_t *rows;            /* the numbers of the rows that are shown, ascending; room for all */
  size_t shown_count;        /* of all rows */
  size_t withheld_count, erasable_count; /* the same, where `states` are wanted; else 0, and the reading is cheaper */
} edict_selection;

/* Which rows the decision shows. On any failure, and on a deny, none is: states, bits and counts are 0.
 * The first batch of a decision makes a program of what in it depends on the row, which takes memory; later ones
 * take none, while their columns are laid out as before.
 * EDICT_ARGUMENT: not decided, or a batch that is not as described; EDICT_MEMORY, EDICT_LIMIT: none for the
 * program; EDICT_UNSUPPORTED: some row may be shown as part of a group alone, and the engine was not told that the
 * host suppresses groups. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_decision_select(edict_decision *decision, const edict_batch *batch,
                                                                edict_selection *selection);

/* What became of one column of the rows that are shown. */
typedef enum edict_masked_as {
  EDICT_MASKED_NULL = 0,     /* every cell is NULL */
  EDICT_MASKED_SAME = 1,     /* each cell is as it came, that of the batch, and fits its column */
  EDICT_MASKED_CELLS = 2,    /* `cells` has one for each row that is shown, in their order */
} edict_masked_as;

typedef struct edict_masked {
  edict_masked_as as;
  edict_cell *cells;         /* of the caller, room for each row of the batch; NULL for a column that was not asked for */
} edict_masked;

/* Selects as edict_decision_select does, with `rows` of the selection, and masks: `columns` has one for each column of
 * the dataset. Those that were not asked for are NULL. Texts that masks make are written to `memory`, others stand in
 * the batch. EDICT_LIMIT if they do not fit: then nothing is shown, and the call may be repeated with more memory or
 * fewer rows. Else as edict_decision_select; EDICT_ARGUMENT also where cells are needed and there is no room for them. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_decision_apply_batch(edict_decision *decision, const edict_batch *batch,
                                                                     edict_selection *selection, edict_masked *columns,
                                                                     char *memory, size_t memory_size);

/* One cell of a vector as edict_decision_apply_row takes it: for hosts that go through a batch row by row. */
EDICT_EXPORT edict_cell edict_vector_cell(const edict_vector *vector, size_t row);

#ifdef __cplusplus
}
#endif
#endif
