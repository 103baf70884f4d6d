/* Sample program: a small program that has something in every section and every instruction
 * somewhere.
 *
 * Built with the program builder, so that tests of the verifier, the disassembler and of bundles
 * need no compiler. The federal one holds every effect; the domain's imports, opens nothing, and
 * carries the contract of one product. Tests change bytes of it by section and record. */
#ifndef SAMPLE_PROGRAM_H
#define SAMPLE_PROGRAM_H

#include "bundle/builder.h"

/* Records of the federal sample that tests name. */
enum {
  SAMPLE_KIND_TAG = 0,
  SAMPLE_KIND_PERSON = 7, /* a kind of id */
  SAMPLE_SCALE = 0,
};

/* A builder filled with the sample; finish it, or change it first. Aborts without memory. */
edi_builder *sample_federal(edi_arena *arena);
edi_builder *sample_domain(edi_arena *arena);
/* The finished records in a buffer of the caller's, who calls edi_buf_fini. */
void sample_bytes(edi_builder *builder, edi_buf *into);
/* Records, whether or not they hold, become the packed program that a bundle has. */
void sample_pack(edi_buf *records);
/* False, and they stay: they cannot be packed. */
bool sample_try_pack(edi_buf *records);
/* And back, in memory of the arena. */
edi_str sample_unpack(edi_arena *arena, edi_str packed);

/* The smallest program that holds: settings alone. */
edi_builder *sample_empty(edi_arena *arena);
/* The federal sample with its rules told apart by its index. */
edi_builder *sample_filed(edi_arena *arena);
/* A federal program of `count` rules, each with a target and a condition of its own text. */
edi_builder *sample_many_rules(edi_arena *arena, uint32_t count);

/* Where a record's field stands in the bytes of the records. */
size_t sample_offset(const void *bytes, unsigned section, uint32_t record, size_t record_size,
                     size_t field);

#endif
