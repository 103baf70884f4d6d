/* Frames: `Content-Length: N`, an empty line, N bytes; again and again.
 *
 * In: bytes. Out: messages. What is no header is passed over up to the next thing that looks like one,
 * and said once; a message that is too large is passed over whole. The buffer never grows. */
#include <string.h>

#include "workbench/lsp_server.h"

enum { HEADER_MOST = 4096 };

static const char field[] = "content-length:";

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c; }

static bool is_field(const char *at, size_t length) {
  if (length < sizeof field - 1) return false;
  for (size_t i = 0; i < sizeof field - 1; i++)
    if (lower(at[i]) != field[i]) return false;
  return true;
}

size_t lsp_frame_add(lsp_server *s, const char *bytes, size_t length) {
  size_t skipped = s->skip < length ? s->skip : length;
  s->skip -= skipped;
  bytes += skipped;
  length -= skipped;
  if (s->begin > 0) {
    memmove(s->buffer, s->buffer + s->begin, s->length - s->begin);
    s->length -= s->begin;
    s->begin = 0;
  }
  size_t room = LSP_BUFFER_SIZE - s->length, taken = length < room ? length : room;
  if (taken > 0) memcpy(s->buffer + s->length, bytes, taken);
  s->length += taken;
  return skipped + taken;
}

/* Passes over what is no header: up to a line that begins like one, or all but what could begin one. */
static void resynchronise(lsp_server *s) {
  if (!s->garbled) lsp_answer_error(s, NULL, LSP_PARSE_ERROR, "a header without a usable Content-Length");
  s->garbled = true;
  size_t at = s->begin + 1;
  while (at < s->length && !is_field(s->buffer + at, s->length - at)) at++;
  size_t keep = sizeof field - 2;
  if (at >= s->length) at = s->length - s->begin > keep ? s->length - keep : s->begin + 1;
  s->begin = at < s->length ? at : s->length;
}

/* The number that the header from `begin` to `end` gives; false: none, or not one. */
static bool content_length(const char *begin, const char *end, size_t *value) {
  bool found = false;
  for (const char *line = begin; line < end;) {
    const char *stop = memchr(line, '\n', (size_t)(end - line));
    if (!stop) stop = end;
    if (is_field(line, (size_t)(stop - line))) {
      size_t n = 0, digits = 0;
      const char *at = line + sizeof field - 1;
      while (at < stop && *at == ' ') at++;
      for (; at < stop && *at >= '0' && *at <= '9' && digits < 16; at++, digits++) n = n * 10 + (size_t)(*at - '0');
      if (at < stop && *at == '\r') at++;
      if (found || digits == 0 || at != stop) return false;
      found = true;
      *value = n;
    }
    line = stop + 1;
  }
  return found;
}

/* The end of the header that begins where the buffer does; NULL: not there yet. *blank becomes the
 * length of the empty line. */
static const char *header_end(const char *begin, size_t length, size_t *blank) {
  for (size_t i = 0; i < length && i < HEADER_MOST; i++) {
    bool crlf = length - i >= 4 && memcmp(begin + i, "\r\n\r\n", 4) == 0;
    bool lf = length - i >= 2 && memcmp(begin + i, "\n\n", 2) == 0;
    *blank = crlf ? 4 : 2;
    if (crlf || lf) return begin + i;
  }
  return NULL;
}

const char *lsp_frame_next(lsp_server *s, size_t *length) {
  while (s->skip == 0 && s->begin < s->length) {
    const char *begin = s->buffer + s->begin;
    size_t here = s->length - s->begin, blank;
    char first = lower(*begin);
    if (first != 'c') { /* Content-Length, Content-Type */
      resynchronise(s);
      continue;
    }
    const char *end = header_end(begin, here, &blank);
    if (!end && here < HEADER_MOST) return NULL;
    if (!end || !content_length(begin, end, length)) {
      resynchronise(s);
      continue;
    }
    size_t head = (size_t)(end - begin) + blank;
    s->garbled = false;
    if (*length > LSP_MESSAGE_MOST) {
      size_t rest = here - head < *length ? here - head : *length;
      lsp_answer_error(s, NULL, LSP_INVALID_REQUEST, "a message that is too large");
      s->skip = *length - rest;
      s->begin += head + rest;
      continue;
    }
    if (here - head < *length) return NULL;
    s->begin += head + *length;
    return begin + head;
  }
  return NULL;
}
