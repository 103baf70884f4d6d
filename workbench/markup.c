/* Markup: see the header. */
#include "workbench/markup.h"

void markup_text(edi_buf *into, edi_str s, bool lines) {
  for (size_t at = 0; at < s.len;) {
    char piece[12];
    size_t begin = at;
    uint32_t c = edi_utf8_next(s, &at);
    if (c == '&') edi_buf_text(into, "&amp;");
    else if (c == '<') edi_buf_text(into, "&lt;");
    else if (c == '>') edi_buf_text(into, "&gt;");
    else if (c == '"') edi_buf_text(into, "&quot;");
    else if (c == '\n' && lines) edi_buf_char(into, '\n');
    else if (c == '\n') edi_buf_text(into, "&#10;");
    else if (c == '\t') edi_buf_text(into, "&#9;");
    else if (c == 0xFFFE || c == 0xFFFF) edi_buf_format(into, "\\u{%X}", c);
    else {
      at = begin;
      size_t length = edi_utf8_escape(s, &at, piece);
      edi_buf_append(into, piece, length);
    }
  }
}

void markup_attribute(edi_buf *into, const char *name, edi_str text) {
  edi_buf_format(into, " %s=\"", name);
  markup_text(into, text, false);
  edi_buf_char(into, '"');
}
