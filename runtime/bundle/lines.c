/* Lines: see the header. */
#include "bundle/lines.h"

#include "base/calendar.h"

edi_lines edi_lines_of(edi_str text, const char *what, edi_code code, edict_diagnostics *diagnostics) {
  return (edi_lines){.text = text, .rest = text, .what = what, .code = code, .diagnostics = diagnostics};
}

bool edi_lines_fail(edi_lines *in, edi_code code, const char *what) {
  edi_span span = EDI_SPAN_NONE;
  edi_source source = edi_diagnostics_source(in->diagnostics, edi_str_from(in->what), in->text);
  if (in->line.ptr) {
    uint32_t begin = (uint32_t)(in->line.ptr - in->text.ptr);
    span = (edi_span){source, begin, begin + (uint32_t)in->line.len};
  }
  edi_diagnostics_add(in->diagnostics, code, span, "", "%s: %s", in->what, what);
  return false;
}

bool edi_lines_next(edi_lines *in) {
  const char *end = in->rest.len > 0 ? memchr(in->rest.ptr, '\n', in->rest.len) : NULL;
  if (!end) {
    in->line = in->rest;
    return edi_lines_fail(in, in->code, in->rest.len > 0 ? "the last line does not end in LF" : "a line is missing");
  }
  in->line = (edi_str){in->rest.ptr, (size_t)(end - in->rest.ptr)};
  in->rest = (edi_str){end + 1, in->rest.len - in->line.len - 1};
  return true;
}

bool edi_lines_exact(edi_lines *in, const char *line, const char *otherwise) {
  if (!edi_lines_next(in)) return false;
  return edi_str_equal(in->line, edi_str_from(line)) || edi_lines_fail(in, in->code, otherwise);
}

bool edi_lines_value(edi_lines *in, const char *word, edi_str *value) {
  edi_str name = edi_str_from(word);
  if (!edi_lines_next(in)) return false;
  if (in->line.len > name.len + 1 && edi_str_starts(in->line, name) && in->line.ptr[name.len] == ' ') {
    *value = (edi_str){in->line.ptr + name.len + 1, in->line.len - name.len - 1};
    return true;
  }
  edi_buf what;
  edi_buf_init(&what, NULL, 256);
  edi_buf_format(&what, "the line `%s ...` belongs here%c", word, '\0');
  edi_lines_fail(in, in->code, what.failed == EDICT_OK ? what.ptr : "another line belongs here");
  edi_buf_fini(&what);
  return false;
}

bool edi_lines_number(edi_lines *in, const char *word, uint64_t *number) {
  edi_str value;
  if (!edi_lines_value(in, word, &value)) return false;
  return edi_lines_parse_number(value, number) ||
         edi_lines_fail(in, in->code, "the value is not a number in its one form");
}

bool edi_lines_time(edi_lines *in, const char *word, int64_t *time) {
  edi_str value;
  if (!edi_lines_value(in, word, &value)) return false;
  /* Twenty characters that end in Z: whole seconds, UTC. */
  if (value.len == 20 && value.ptr[19] == 'Z' && edi_timestamp_parse(value, time)) return true;
  return edi_lines_fail(in, in->code, "the value is not a time such as 2026-11-20T00:00:00Z");
}

bool edi_lines_parse_number(edi_str text, uint64_t *number) {
  uint64_t value = 0;
  if (text.len == 0 || (text.len > 1 && text.ptr[0] == '0')) return false;
  for (size_t i = 0; i < text.len; i++) {
    unsigned digit = (unsigned)text.ptr[i] - '0';
    if (digit > 9 || __builtin_mul_overflow(value, UINT64_C(10), &value) ||
        __builtin_add_overflow(value, (uint64_t)digit, &value))
      return false;
  }
  *number = value;
  return true;
}

bool edi_lines_parse_digest(edi_str text, unsigned char digest[32]) {
  size_t length = 0;
  return text.len == 64 && edi_hex_decode(text, digest, 32, &length) && length == 32;
}

bool edi_lines_parse_prev(edi_str text, bool *has, unsigned char digest[32]) {
  *has = !edi_str_equal(text, EDI_STR("-"));
  return !*has || edi_lines_parse_digest(text, digest);
}

void edi_lines_put_time(edi_buf *into, const char *word, int64_t time) {
  edi_buf_format(into, "%s ", word);
  edi_timestamp_format(into, time);
  edi_buf_char(into, '\n');
}

void edi_lines_put_prev(edi_buf *into, bool has, const unsigned char digest[32]) {
  edi_buf_text(into, "prev ");
  if (has) edi_hex_append(into, digest, 32);
  else edi_buf_char(into, '-');
  edi_buf_char(into, '\n');
}
