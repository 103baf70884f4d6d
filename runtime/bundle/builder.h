/* Builder: puts a program together, for the emitter and for tests.
 *
 * In: strings, constants, lists, codes and records, in any order that gives every record its index
 * before another names it (edi_builder_at_* patches what is known later). Out: the bytes that
 * edi_program_verify reads. The same calls give the same bytes. What the builder computes itself:
 * registers, cost and reads of every routine, `reads` of every rule, `cost` of the settings, the index.
 * Errors are sticky: check the status of edi_builder_finish, nothing before. */
#ifndef EDI_BUILDER_H
#define EDI_BUILDER_H

#include "bundle/program.h"

typedef struct edi_builder edi_builder;

/* A new, empty builder; all its memory is the arena's. NULL without memory. */
edi_builder *edi_builder_create(edi_arena *arena);

/* ---- what is kept once, however often it is asked for ---- */

/* The same text gives the same place. Order of first use. */
edi_ref edi_builder_string(edi_builder *builder, edi_str text);
/* A constant as it stands (scalars without text: BOOL INT DECIMAL TIMESTAMP DATE DURATION NODE
 * LEVEL). */
uint32_t edi_builder_const(edi_builder *builder, edi_const constant);
/* STRING or ID (UTF-8), or IP (exactly 16 bytes). */
uint32_t edi_builder_const_text(edi_builder *builder, edi_type type, edi_str text);
/* A set: `members` are indices of constants of type `element`; sorted and made distinct in
 * place. */
uint32_t edi_builder_const_set(edi_builder *builder, edi_type element, uint32_t *members,
                               uint32_t count);
/* A range of LISTS with these items in this order (arguments of a mask). */
edi_range edi_builder_list(edi_builder *builder, const uint32_t *items, uint32_t count);
/* The same, sorted and made distinct in place first: what actions and tags must be. */
edi_range edi_builder_list_sorted(edi_builder *builder, uint32_t *items, uint32_t count);
/* What `imm` of TAGGED and HOLDING holds: count, then nodes, sorted and made distinct in place. */
uint32_t edi_builder_nodes(edi_builder *builder, uint32_t *nodes, uint32_t count);
/* A code. Targets of jumps count from its first instruction; ROW names a slot by its index in
 * ROWSLOTS. Equal codes are one. */
uint32_t edi_builder_code(edi_builder *builder, const edi_instr *instrs, uint32_t count,
                          edi_type type);
/* The facts of one product or dataset, sorted by attribute in place. */
edi_range edi_builder_facts(edi_builder *builder, edi_fact *facts, uint32_t count);

/* ---- records: appended; the result is the index of the first one ----
 *
 *   uint32_t  edi_builder_add_nodes(builder, const edi_node *records, uint32_t count)
 *   edi_node *edi_builder_at_nodes(builder, index)      valid until the next add to that section
 *   uint32_t  edi_builder_count_nodes(builder)
 *
 * and so for every member of EDI_SECTIONS. Constants, lists, codes, instructions and strings
 * have better functions above. What belongs to one owner (nodes of a kind, levels, claims, claim
 * maps, table columns, arms, cases, datasets, columns, facts) must stand in one run and have one
 * owner. */
#define SECTION(NAME, type, member)                                                             \
  uint32_t edi_builder_add_##member(edi_builder *builder, const type *records, uint32_t count); \
  type *edi_builder_at_##member(edi_builder *builder, uint32_t index);                          \
  uint32_t edi_builder_count_##member(const edi_builder *builder);
EDI_SECTIONS(SECTION)
#undef SECTION

/* So many rules will be added: their place is made once. */
void edi_builder_expect_rules(edi_builder *builder, uint32_t count);
/* Says that all codes are typed and all indices in range, so that the index of the finished program tells its rules
 * apart by what they need. Without it all rules stand in the first branch. */
void edi_builder_file_rules(edi_builder *builder);
/* Computes what is computed and appends the program to `into`. Once for each builder. ARGUMENT:
 * more or fewer than one record of settings, or an index that code needs out of range; MEMORY;
 * LIMIT. */
edict_status edi_builder_finish(edi_builder *builder, edi_buf *into) EDICT_MUST_CHECK;
/* The same, packed as a bundle has it: what edi_program_read reads. */
edict_status edi_builder_pack(edi_builder *builder, edi_buf *into) EDICT_MUST_CHECK;
/* After finish: the first rule that costs more than EDI_LIMIT_RULE_COST, or EDI_NONE. A verifier refuses it. */
uint32_t edi_builder_costly(const edi_builder *builder);
/* What the whole program costs, once it was written. */
uint32_t edi_builder_cost(const edi_builder *builder);

#endif
