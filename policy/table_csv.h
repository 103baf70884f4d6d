/* Table CSV: the rows of a declared table as a person keeps them, read into table data.
 *
 * RFC 4180 in UTF-8 (a byte order mark is allowed), lines end in LF or CRLF, the first names the
 * declared columns in any order. A field that is empty and not quoted is absent, which only a
 * value may be; "" is the empty string. Every cell is read by its column's declared type and
 * every node must be one of its taxonomy. A bad cell is a finding that names line and column,
 * never the value. */
#ifndef EDI_TABLE_CSV_H
#define EDI_TABLE_CSV_H

#include "bundle/tablefile.h"
#include "policy/symbols.h"

/* The rows as edi_tablefile_write takes them, in the order of the file. */
typedef struct edi_table_rows {
  uint32_t *types;              /* pairs: base type, 0; keys then values */
  uint32_t key_count, value_count;
  edi_tablecell *cells;
  uint64_t row_count;
  edi_str heap;
} edi_table_rows;

/* The one door for table text. `path` is its name in messages. */
edict_status edi_table_csv_read(edi_arena *arena, const edi_model *model,
                                const edi_sym_table *table, edi_str path, edi_str text,
                                edi_table_rows *rows,
                                edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
/* The same, then sorted and written as table data; equal keys twice are FINDINGS. */
edict_status edi_table_csv_write(edi_arena *arena, const edi_model *model,
                                 const edi_sym_table *table, edi_str path, edi_str text,
                                 edi_buf *into,
                                 edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

/* What such a text names: columns in its first line, nodes and levels below; for editors, which rename them. */
typedef struct edi_table_csv_name {
  bool heading;
  size_t column;   /* keys, then values */
  edi_type type;   /* of the column */
  uint32_t symbol; /* below the heading: the node or the level */
  size_t begin, end; /* in the text, without quotes */
} edi_table_csv_name;
/* FINDINGS: it cannot be read as this table's, and what was told is not all. */
edict_status edi_table_csv_names(edi_arena *arena, const edi_model *model, const edi_sym_table *table, edi_str text,
                                 void (*tell)(void *user, const edi_table_csv_name *name), void *user) EDICT_MUST_CHECK;

#endif
