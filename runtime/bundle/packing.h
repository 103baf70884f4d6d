/* Packing: a program as it lies in a bundle, a few bytes where its records have hundreds.
 *
 * Records of one section resemble each other, so they are written column by column, in blocks of 128 of them: of each
 * column what all numbers of the block have in common, and of each number the rest, in as few bytes as the largest
 * takes. Codes that differ in their constants alone share their instructions: a shape. docs/bundle-format.md has the
 * layout. What is unpacked is the records of program.h, and is not believed before it is verified. */
#ifndef EDI_PACKING_H
#define EDI_PACKING_H

#include "bundle/manifest.h"
#include "bundle/program.h"

enum {
  EDI_PACKED_BLOCK = 128, /* records */
  EDI_PACKED_WIDTH = 7,   /* of a column's head: bytes of each number, 0 to 4 */
  EDI_PACKED_STEPS = 8,   /* flag: each number is told by what it is more than the one before */
  EDI_PACKED_BASE = 16,   /* times 0 to 4: bytes of what is common */
  EDI_PACKED_COLUMNS = 40, /* of a record, at most */
};

/* Magic, format, number of sections, bytes of all; then the number of records of each section, of shapes, and of the
 * instructions of all shapes. */
typedef struct edi_packed_header {
  char magic[8];
  uint32_t format, sections;
  uint64_t length;
  uint32_t counts[EDI_SECTION_COUNT];
  uint32_t shapes, shape_instrs;
} edi_packed_header;

/* What the codes of one shape have in common: so many instructions, and their measures. */
typedef struct edi_shape { uint32_t count; edi_type type; uint32_t registers, cost, reads; } edi_shape;

/* Appends the program to `into`. ARGUMENT: its instructions do not follow each other code by code; MEMORY, LIMIT. */
edict_status edi_program_pack(const edi_program *program, edi_arena *scratch, edi_buf *into) EDICT_MUST_CHECK;
/* The same, calling `packed` for each section once nobody reads its records any more. */
typedef void edi_section_packed(void *user, unsigned section);
edict_status edi_program_pack_away(const edi_program *program, edi_arena *scratch, edi_section_packed *packed, void *user,
                                   edi_buf *into) EDICT_MUST_CHECK;
/* The records of a packed program, laid out as edi_program_verify reads them, in memory of the arena; what else is
 * needed is of `scratch`, which may be the same. FORMAT with one finding: the bytes are no packed program; MEMORY, LIMIT. */
edict_status edi_program_unpack(const void *bytes, size_t length, edi_arena *arena, edi_arena *scratch, edi_str *records,
                                edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
/* The door of what a bundle holds: unpacked and verified. On any doubt *program is zero. `bytes` need not stay. */
edict_status edi_program_read(const void *bytes, size_t length, edi_arena *arena, edi_arena *scratch, edi_program *program,
                              edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
/* The same by two threads, which also find the digest of the bytes, whatever they hold. */
edict_status edi_program_read_hashed(const void *bytes, size_t length, edi_arena *arena, edi_arena *scratch, edi_program *program,
                                     unsigned char digest[EDI_DIGEST_BYTES]) EDICT_MUST_CHECK;

/* Of a section: how many columns its records have, and bytes between them; instructions have one for each of their
 * bytes and one for `imm`, other records one for each four bytes. */
static inline uint32_t edi_packed_columns(unsigned section, size_t record) {
  return section == EDI_SECTION_INSTRS ? 5 : (uint32_t)(record / 4);
}

#endif
