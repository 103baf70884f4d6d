/* Program pieces: a program taken apart into its sections, changed, and put together again.
 *
 * For fuzzing: what comes out has the layout, the measures and (where asked) the index of its own contents, so that
 * a change reaches the verifier's later questions and, often, passes them. Nothing here trusts the pieces. */
#ifndef PROGRAM_PIECES_H
#define PROGRAM_PIECES_H

#include "bundle/program.h"
#include "support/random_rules.h"

enum { PIECE_MOST = 512 * 1024 };

typedef struct program_pieces {
  unsigned char *bytes[EDI_SECTION_COUNT]; /* room for PIECE_MOST each */
  uint32_t length[EDI_SECTION_COUNT];
} program_pieces;

/* False: there is no memory. */
bool pieces_init(program_pieces *p);
void pieces_fini(program_pieces *p);
/* Of a program that was verified; false: a section is larger than a piece may be. */
bool pieces_take(program_pieces *p, const edi_program *program);

/* One change, of a field, a record, an instruction, a list, a text or a whole section; `donor` is another program. */
void pieces_change(program_pieces *p, const program_pieces *donor, random_source *r);
/* What follows from the rest: measures of codes, what rules read, the cost of all; `index`: and every rule in the one
 * branch of a new index. */
void pieces_repair(program_pieces *p, bool index);
/* The settings' cost, 0 if there are no settings. */
uint32_t pieces_cost(const program_pieces *p);
/* As a bundle has it; false: its codes do not lie one after the other, and cannot be packed. */
bool pieces_pack(const program_pieces *p, edi_buf *into);

#endif
