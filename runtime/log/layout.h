/* Layout: names and fixed parts of a log's directory: file names, identity, segment header, spine.
 * Encodes and decodes; reads no file.
 *
 *   lock                         held by the writer; "open\n" while the log is not closed
 *   ident                        signed note: who the log is
 *   checkpoint                   signed note: the newest tree head
 *   seg-<first index>.edl        64-byte header, frames; 20 digits
 *   pay-<number>.edp             sealed payloads; 20 digits
 *   cut-<first index>-<offset>-<number>.edt   bytes that recovery cut; 20, 12 and 2 digits
 *   spare                        the next segment's space
 *   *.tmp                        a file being replaced */
#ifndef EDI_LAYOUT_H
#define EDI_LAYOUT_H

#include "log/store.h"
#include "log/tree.h"

#define EDI_LAYOUT_NAME_MOST 80 /* a file's name with NUL */
#define EDI_LAYOUT_PATH_MOST (EDI_STORE_PATH_MOST + EDI_LAYOUT_NAME_MOST)
#define EDI_LAYOUT_NOTE_MOST (8 * 1024) /* bytes of an identity or checkpoint */
#define EDI_LAYOUT_LOCK_OPEN "open\n"

typedef enum edi_layout_kind {
  EDI_LAYOUT_OTHER = 0,
  EDI_LAYOUT_LOCK,
  EDI_LAYOUT_IDENT,
  EDI_LAYOUT_CHECKPOINT,
  EDI_LAYOUT_SPARE,
  EDI_LAYOUT_SEGMENT,
  EDI_LAYOUT_PAYLOAD,
  EDI_LAYOUT_CUT,
  EDI_LAYOUT_TEMPORARY, /* NAME.tmp of one of the others */
} edi_layout_kind;

/* What a name says. `number` is the first index or the payload file's number. */
typedef struct edi_layout_name {
  edi_layout_kind kind;
  edi_layout_kind base; /* of a TEMPORARY: the kind without .tmp */
  uint64_t number, offset;
  uint32_t ordinal;
} edi_layout_name;

edi_layout_name edi_layout_parse(const char *name);
/* The inverse; `name` has EDI_LAYOUT_NAME_MOST bytes. Not for OTHER. */
void edi_layout_format(edi_layout_name parsed, char *name);
/* directory/name into `path`, which has EDI_LAYOUT_PATH_MOST bytes. False: too long. */
bool edi_layout_path(const char *directory, const char *name, char *path);

/* Names of a directory, sorted by kind, number, offset, ordinal. */
typedef struct edi_layout_list {
  edi_layout_name *names;
  size_t count, others;             /* others: names of kind OTHER, not kept but for the first */
  char other[EDI_LAYOUT_NAME_MOST]; /* escaped and cut to fit */
} edi_layout_list;
bool edi_layout_has(const edi_layout_list *list, edi_layout_name name);
edict_status edi_layout_read(const edi_system *system, const char *directory, edi_arena *arena,
                             edi_layout_list *list, int *error) EDICT_MUST_CHECK;

/* ---- identity ----
 *   edict-log/v1
 *   origin <origin>
 *   id <32 hex digits>
 *   key <verifier key>
 * signed by that key, whose name is the origin. */
typedef struct edi_ident {
  edi_str origin; /* borrowed */
  uint8_t log_id[EDI_LOG_ID_BYTES];
  edi_note_key key;
} edi_ident;
bool edi_ident_format(edi_buf *buf, const edi_ident *ident) EDICT_MUST_CHECK;
bool edi_ident_parse(edi_str text, edi_ident *ident) EDICT_MUST_CHECK;

/* ---- segment header ----
 *    0  "EDICTSEG"   8 u32 version 1   12 u32 zero   16 log id   32 u64 first index
 *   40  salt, 16 bytes                 56 u32 zero   60 u32 CRC32C of bytes 0 to 59 */
#define EDI_SEGMENT_HEADER_BYTES 64
typedef struct edi_segment_header {
  uint8_t log_id[EDI_LOG_ID_BYTES];
  uint64_t first_index;
  uint8_t salt[16];
} edi_segment_header;
void edi_segment_header_encode(const edi_segment_header *header,
                               uint8_t out[EDI_SEGMENT_HEADER_BYTES]);
bool edi_segment_header_decode(const uint8_t bytes[EDI_SEGMENT_HEADER_BYTES],
                               edi_segment_header *header);
uint32_t edi_segment_seed(const edi_segment_header *header);

/* ---- spine ----
 * What is not a leaf is bound by a chain of its own: SHA-256(0x02 || spine || bytes), begun with 32
 * zero bytes, over every segment header and every frame of kind SPINE without its padding. The
 * CLOSE leaf holds the value before it, so the tree covers these bytes too. False: OpenSSL
 * failed. */
typedef struct edi_spine {
  uint8_t bytes[EDI_SHA256_BYTES];
} edi_spine;
bool edi_spine_add(edi_spine *spine, edi_hasher *hasher, const void *bytes,
                   size_t length) EDICT_MUST_CHECK;

/* Length and BLAKE2b-256 of a whole file, read in pieces. */
edict_status edi_layout_digest(const edi_system *system, const char *path, uint64_t *length,
                               uint8_t digest[32], int *error) EDICT_MUST_CHECK;

/* LIMIT for a full disk, MEMORY, NOT_FOUND, BUSY, else SYSTEM. */
edict_status edi_layout_status(int error);

#endif
