/* Text meet: is there a text that fits these globs, beginnings, ends and patterns, and does not fit those?
 *
 * In: wishes, each what a text may fit and whether it has to or must not. Out: NEVER, which is a proof for texts of any
 * bytes, or of UTF-8 where there is a pattern; SOME, with a shortest text, which is UTF-8 or not; or LEFT, where they are
 * too large to try. */
#ifndef EDI_TEXT_MEET_H
#define EDI_TEXT_MEET_H

#include "base/bytes.h"

typedef struct edi_text_wish {
  edi_str text;
  bool glob;         /* `*` stands for any run of bytes and `?` for one */
  bool pattern;      /* a regular expression, which the whole text matches */
  bool begins, ends; /* the text begins with it, ends with it; both: it is the whole; neither: it stands somewhere */
  bool parts;        /* what lies inside of what fits, `address.city`, fits as well */
  bool fits;         /* false: the text must not */
} edi_text_wish;

typedef enum edi_text_met { EDI_TEXT_NEVER, EDI_TEXT_SOME, EDI_TEXT_LEFT } edi_text_met;

enum { EDI_TEXT_WISHES = 64 };

/* `lower`: texts without upper-case letters of ASCII alone. `named`: not the empty one. `found` NULL: it is not wanted. */
edi_text_met edi_text_meet(const edi_text_wish *wishes, size_t count, bool lower, bool named, edi_buf *found);

#endif
