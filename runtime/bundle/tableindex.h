/* Table index: finds a row of table data by its keys in a few reads, at any number of rows.
 *
 * Slots of 8 bytes, one and a half times as many as rows and one more; a slot is 0 (empty), or the
 * upper half of the key's hash << 32 | row + 1. A row stands in the first slot that was free from its
 * home on, round the end, when the rows before it had theirs. The hash is SipHash-2-4 under a salt that
 * the writer takes from the content, so that who may choose keys cannot make them collide.
 *
 * The file's form is in docs/bundle-format.md. */
#ifndef EDI_TABLEINDEX_H
#define EDI_TABLEINDEX_H

#include "bundle/tablefile.h"

/* Number of slots for so many rows. */
uint64_t edi_tableindex_slots(uint64_t rows);
/* The slot where the search for these keys begins. */
uint64_t edi_tableindex_home(const edi_tablefile *table, const edi_tablecell *keys, edi_str heap);
/* Derives the salt from the cells in their order and the heap. */
void edi_tableindex_salt(const edi_tablecell *cells, uint64_t count, edi_str heap,
                         unsigned char salt[EDI_TABLE_SALT]);
/* Fills zeroed slots; the table's rows are in order and distinct. False if rows crowd beyond
 * EDI_LIMIT_TABLE_STEPS. */
bool edi_tableindex_fill(const edi_tablefile *table, uint64_t *slots) EDICT_MUST_CHECK;
/* Whether each row is found by its own keys, and nothing else is in the slots: one linear pass. */
bool edi_tableindex_holds(const edi_tablefile *table) EDICT_MUST_CHECK;

#endif
