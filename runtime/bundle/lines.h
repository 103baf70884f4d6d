/* Lines: a reader of texts of fixed lines, each `word value` and LF, where every value has one form.
 *
 * Manifests, root documents and state files are such texts. A mistake is told once, with the line it is in;
 * after that the reader's functions give false. */
#ifndef EDI_LINES_H
#define EDI_LINES_H

#include "base/bytes.h"
#include "base/diagnostic.h"

typedef struct edi_lines {
  edi_str text, rest, line; /* line: the one being read, without its LF */
  const char *what;         /* "manifest" */
  edi_code code;            /* of a line that is not of its form */
  edict_diagnostics *diagnostics;
} edi_lines;

edi_lines edi_lines_of(edi_str text, const char *what, edi_code code, edict_diagnostics *diagnostics);
/* Tells `what` is wrong with the line at hand, and is false. */
bool edi_lines_fail(edi_lines *in, edi_code code, const char *what);
bool edi_lines_next(edi_lines *in);
/* The next line is exactly this. */
bool edi_lines_exact(edi_lines *in, const char *line, const char *otherwise);
/* The value of the next line, which must be `word`, a blank and a value. */
bool edi_lines_value(edi_lines *in, const char *word, edi_str *value);
bool edi_lines_number(edi_lines *in, const char *word, uint64_t *number);
/* Whole seconds in UTC: 2026-11-20T00:00:00Z. */
bool edi_lines_time(edi_lines *in, const char *word, int64_t *time);

/* Decimal digits without leading zeros. */
bool edi_lines_parse_number(edi_str text, uint64_t *number);
/* 64 digits of lower-case hex. */
bool edi_lines_parse_digest(edi_str text, unsigned char digest[32]);
/* `-`, or a digest. */
bool edi_lines_parse_prev(edi_str text, bool *has, unsigned char digest[32]);

void edi_lines_put_time(edi_buf *into, const char *word, int64_t time);
/* `prev -` or `prev` and the digest. */
void edi_lines_put_prev(edi_buf *into, bool has, const unsigned char digest[32]);

#endif
