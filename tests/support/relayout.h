/* Relayout: the words of a rule file with other blanks, line ends and comments between them.
 *
 * What comes out parses to the same tree. Comments are numbered, `#0`, `#1`, so that a test can find
 * each again. */
#ifndef RELAYOUT_H
#define RELAYOUT_H

#include "base/bytes.h"
#include "support/random_rules.h"

typedef struct relayout_wish {
  bool comments; /* some, anywhere */
  bool blanks;   /* empty lines, anywhere */
} relayout_wish;

/* `text` parses. Returns how many comments were put into it. */
size_t relayout(random_source *r, edi_str text, relayout_wish wish, edi_buf *out);
/* How many of `count` numbered comments `text` holds in their order, from the first on. */
size_t relayout_comments(edi_str text, size_t count);

#endif
