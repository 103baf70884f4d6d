/* Dialect: the words of a dialect of SQL, for conditions about one row.
 *
 * Each function appends one condition that is true or false, never NULL, whatever a cell holds: a cell that the
 * evaluator does not know as its column's type makes it false, `turned` or not. False, with the reason in `why`: the
 * dialect has no exact form for it. */
#ifndef EDI_DIALECT_H
#define EDI_DIALECT_H

#include "edict/where.h"
#include "eval/sieve.h"

typedef struct edi_where {
  edi_sieve *sieve;
  edi_buf *out;
  const edict_column_info *columns;
  const struct edi_dialect *dialect;
  const char *why;           /* what has no form */
} edi_where;

typedef struct edi_dialect {
  const char *always, *never;
  /* The cell is known as the column's base type. */
  bool (*known)(edi_where *w, uint32_t column, unsigned base);
  /* INT, BOOL, DATE (days), TIMESTAMP (microseconds): least <= cell <= most; turned: known and not. */
  bool (*between)(edi_where *w, uint32_t column, unsigned base, int64_t least, int64_t most, bool turned);
  /* The same: the cell is one of these, at least one. */
  bool (*among)(edi_where *w, uint32_t column, unsigned base, const int64_t *numbers, size_t count, bool turned);
  /* STRING: the cell is one of these texts, at least one. */
  bool (*texts)(edi_where *w, uint32_t column, const edi_str *texts, size_t count, bool turned);
  /* DECIMAL, or INT read as one: the cell compares so with a number. */
  bool (*decimal)(edi_where *w, uint32_t column, unsigned base, edi_relation relation, edi_decimal number, bool turned);
  /* INT: cells of two columns. */
  bool (*pair)(edi_where *w, uint32_t column, uint32_t other, const char *sign);
} edi_dialect;

/* where_decimal.c: decimals of SQLite, as conditions on a column's name in backticks. */
void edi_sqlite_decimal(edi_where *w, edi_str name, edi_relation relation, edi_decimal number, bool turned);
void edi_sqlite_known_decimal(edi_where *w, edi_str name);

extern const edi_dialect edi_dialect_sqlite, edi_dialect_postgresql;

#endif
