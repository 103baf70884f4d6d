/* Table index: where a row of table data has its place, so that its keys lead to it in one read of memory.
 *
 * Places come in lines of memory, of four rows with one cell, two with two cells, else one. There are twice as many as rows,
 * and at least one more. The home of a row is the first place of a line, told by its keys' hash in the order of
 * hashes: so rows in the order of their hashes, each at its home or right behind the one before, have one
 * layout, and most are found in the first line that is read. A search begins at the home and ends at the first place
 * that is empty, of which the last one is. The hash
 * is SipHash-2-4 under a salt that the writer takes from the content, so that who may choose keys cannot make them
 * collide. The file's form is in docs/bundle-format.md. */
#ifndef EDI_TABLEINDEX_H
#define EDI_TABLEINDEX_H

#include "bundle/tablefile.h"

enum { EDI_TABLE_LINE = 64 }; /* bytes */

/* Rows of so many columns that share a home. */
static inline uint32_t edi_tableindex_share(uint32_t columns) {
  return columns == 1 ? 4 : columns == 2 ? 2 : 1;
}
/* Number of homes for so many rows, fewer than UINT32_MAX. */
static inline uint64_t edi_tableindex_homes(uint64_t rows, uint32_t columns) {
  uint32_t share = edi_tableindex_share(columns);
  return (2 * rows + share) / share;
}
/* The hash of one cell, and of all keys of a row. */
uint64_t edi_tableindex_cell(const unsigned char *salt, const edi_tablecell *cell, edi_str heap);
uint64_t edi_tableindex_keys(const unsigned char *salt, const edi_tablecell *keys, uint32_t count, edi_str heap);
/* The place where the search for a hash begins. */
static inline uint64_t edi_tableindex_home(uint64_t hash, uint64_t homes, uint32_t share) {
  return ((hash >> 32) * homes >> 32) * share;
}
/* Number of places, if the last row ends before `next`: whole homes, with an empty one at the end. */
uint64_t edi_tableindex_places(uint64_t rows, uint32_t columns, uint64_t next);
/* Of a text in the heap: its offset, and above it the end of its hash, of which rows near by differ. */
static inline int64_t edi_tableindex_marked(uint64_t offset, uint64_t hash) {
  return (int64_t)(offset | hash << EDI_TABLE_OFFSET_BITS);
}

/* The salt of `count` rows of so many cells each, whose numbers `order` has in the order of their keys. */
void edi_tableindex_salt(const edi_tablecell *cells, uint32_t columns, const uint64_t *order, uint64_t count, edi_str heap,
                         unsigned char salt[EDI_TABLE_SALT]);

#endif
