/* Markup: text from anywhere as XML or HTML, whatever it holds. */
#ifndef EDICT_MARKUP_H
#define EDICT_MARKUP_H

#include "base/bytes.h"

/* What XML 1.0 cannot hold at all, and what cannot be seen, is written as a rule file would; `lines`: line ends
 * stand as they are. Good between tags and in attributes with double quotes. */
void markup_text(edi_buf *into, edi_str text, bool lines);
/* ` name="text"` */
void markup_attribute(edi_buf *into, const char *name, edi_str text);

#endif
