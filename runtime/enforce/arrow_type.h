/* Arrow type: a schema of the Arrow C Data Interface, read into a tree of our own.
 *
 * In: an ArrowSchema that anybody may have made. Out: a tree in an arena in which every format is known, every child
 * is there and nothing is nested deeper than the limit; or a finding. Type is arrow_types.def. A type that is valid and
 * not read closes the column that it is in. */
#ifndef EDI_ARROW_TYPE_H
#define EDI_ARROW_TYPE_H

#include "base/diagnostic.h"
#include "edict/arrow.h"
#include "edict/batch.h"

typedef enum edi_arrow_form {
  EDI_ARROW_NOTHING,    /* no buffers */
  EDI_ARROW_BITS,       /* validity, a bit for each value */
  EDI_ARROW_FIXED,      /* validity, values of one width */
  EDI_ARROW_BYTES,      /* validity, offsets, bytes */
  EDI_ARROW_VIEWS,      /* validity, views, any number of buffers of bytes, their sizes */
  EDI_ARROW_LIST,       /* validity, offsets into the child */
  EDI_ARROW_FIXED_LIST, /* validity */
  EDI_ARROW_STRUCT,     /* validity */
  EDI_ARROW_MAP,        /* as LIST; the child is a struct of key and value */
  EDI_ARROW_CLOSED,     /* not read */
} edi_arrow_form;

typedef enum edi_arrow_id {
#define ARROW(NAME, format, form, layout, bytes, name, cells) EDI_ARROW_ID_##NAME,
#include "enforce/arrow_types.def"
#undef ARROW
} edi_arrow_id;

typedef struct edi_arrow_type {
  edi_arrow_id id;
  edi_arrow_form form;
  edict_layout layout;
  size_t width;              /* bytes of one value or offset */
  int32_t precision, scale;  /* decimals */
  int64_t list_size;         /* FIXED_LIST */
  const char *format, *name; /* copies; a format's zone is of it */
  int64_t flags;
  size_t child_count;
  struct edi_arrow_type *children;
  struct edi_arrow_type *dictionary; /* the values are its places */
  bool closed;               /* it, or something in it, is not read */
} edi_arrow_type;

/* FORMAT with R0440, LIMIT with R0441. */
edict_status edi_arrow_type_read(const struct ArrowSchema *schema, edi_arena *arena, edi_arrow_type *type,
                                 edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
/* The type of a format without children, whose text must stay: for columns that come out otherwise than they came. */
edi_arrow_type edi_arrow_type_of(const char *format, const char *name);
/* A schema of the receiver's. */
edict_status edi_arrow_type_write(const edi_arrow_type *type, struct ArrowSchema *schema) EDICT_MUST_CHECK;

#endif
