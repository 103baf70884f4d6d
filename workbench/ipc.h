/* IPC: streams of Arrow record batches, read and written through the structs of the Arrow C Data Interface.
 *
 * Reading: bytes that nobody vouches for, a stream or a file of the format from the version 4 of its metadata on,
 * little-endian, not compressed. A file is read by its footer where the intake can go to a place, since writers may put
 * dictionaries behind what uses them, and else as the stream that it mostly is. What comes out lives until the next call. Metadata of the schema is not kept.
 * Writing: a stream. Dictionaries are written anew before each batch that has them. */
#ifndef EDICT_WORKBENCH_IPC_H
#define EDICT_WORKBENCH_IPC_H

#include "base/bytes.h"
#include "edict/arrow.h"
#include "workbench/flat.h"
#include "workbench/intake.h"

typedef enum ipc_result {
  IPC_BATCH = 0,
  IPC_END = 1,
  IPC_BAD = 2,         /* `why` */
  IPC_UNSUPPORTED = 3, /* `why`: it is good, and not read here */
  IPC_FAILED = 4,      /* the intake's error */
  IPC_MEMORY = 5,
} ipc_result;

typedef struct ipc_reader {
  intake *in;
  edi_arena schema_arena, arena; /* the latter of one batch */
  struct ArrowSchema schema;
  struct ipc_field *field;       /* of it */
  struct ipc_dictionary *dictionaries;
  size_t field_count;
  edi_buf head, body;            /* of the newest message */
  bool legacy;                   /* metadata of version 4 */
  struct ArrowArray batch;
  edict_arrow_sizes sizes;
  const char *why;
  uint64_t messages;
  struct ipc_block *blocks;      /* of a file that is read by its footer: dictionaries, then batches */
  size_t block_count, block_at;
} ipc_reader;

/* Reads up to the schema: IPC_BATCH if it is there. */
ipc_result ipc_open(ipc_reader *reader, intake *in);
ipc_result ipc_next(ipc_reader *reader);
void ipc_close(ipc_reader *reader);

/* Messages of a schema, of a batch with its dictionaries, and of the end. False: `out` is full, or a type that no
 * stream has. */
bool ipc_put_schema(edi_buf *out, const struct ArrowSchema *schema);
bool ipc_put_batch(edi_buf *out, const struct ArrowSchema *schema, const struct ArrowArray *batch);
void ipc_put_end(edi_buf *out);

/* ---- shared by the files of IPC ---- */
enum {
  IPC_NULL = 1, IPC_INT, IPC_FLOAT, IPC_BINARY, IPC_UTF8, IPC_BOOL, IPC_DECIMAL, IPC_DATE, IPC_TIME, IPC_TIMESTAMP, IPC_INTERVAL,
  IPC_LIST, IPC_STRUCT, IPC_UNION, IPC_FIXED_BINARY, IPC_FIXED_LIST, IPC_MAP, IPC_DURATION, IPC_LARGE_BINARY, IPC_LARGE_UTF8,
  IPC_LARGE_LIST, IPC_RUN_ENDS, IPC_BINARY_VIEW, IPC_UTF8_VIEW, IPC_LIST_VIEW, IPC_LARGE_LIST_VIEW,
  IPC_SCHEMA_MESSAGE = 1, IPC_DICTIONARY_MESSAGE = 2, IPC_BATCH_MESSAGE = 3,
  IPC_VERSION_4 = 3, IPC_VERSION_5 = 4,
  IPC_DEPTH = 64, IPC_FIELDS = 65536,
};
/* How the buffers of a type lie. */
typedef enum ipc_form { IPC_NONE, IPC_BITS, IPC_FIXED, IPC_OFFSETS, IPC_BYTES, IPC_VIEWS, IPC_VALID } ipc_form;
typedef struct ipc_field {
  struct ArrowSchema *schema;
  ipc_form form;
  int64_t width;              /* FIXED: bytes of a value; OFFSETS, BYTES: of an offset; VIEWS: 16 */
  struct ipc_field *children;
  int64_t id;                 /* of its dictionary */
  struct ipc_field *values;   /* the values that a dictionary has; NULL: it has none */
} ipc_field;
typedef struct ipc_dictionary {
  struct ipc_dictionary *next;
  int64_t id;
  ipc_field *values;
  edi_arena arena;
  edi_buf body;
  struct ArrowArray array;
  size_t *sizes, size_count;
  bool read;
} ipc_dictionary;
/* Field by its format; false: no stream has it. */
/* A place of a file that its footer names; what stands there ends at `end` at the latest, where the next one begins. */
typedef struct ipc_block { int64_t offset, end; bool dictionary; } ipc_block;
typedef struct ipc_message { flat f; flat_table table, header; int64_t kind; } ipc_message;
ipc_result ipc_say(ipc_reader *reader, ipc_result result, const char *why);
/* The next `length` bytes, in the place of those that `into` has. */
ipc_result ipc_take(ipc_reader *reader, edi_buf *into, size_t length);
/* Reads the footer of a file, the schema in it and where its messages stand. IPC_END: there is none, and it is read as a stream. */
ipc_result ipc_read_footer(ipc_reader *reader);

bool ipc_form_of(const char *format, ipc_form *form, int64_t *width);
ipc_result ipc_read_schema(ipc_reader *reader, flat *f, flat_table schema);

#endif
