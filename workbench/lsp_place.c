/* Places: offsets in bytes here, lines and UTF-16 units (or bytes) there; paths here, URIs there. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "workbench/lsp_server.h"

/* ---- code points ---- */

/* Bytes of the code point at `at`; 1 for what is none. */
static size_t step(const char *text, size_t length, size_t at) {
  unsigned char c = (unsigned char)text[at];
  size_t size = c < 0xC0 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : c < 0xF8 ? 4 : 1;
  return size <= length - at ? size : 1;
}

/* What it counts in a position. */
static size_t units(const lsp_server *s, size_t bytes) { return s->utf8 ? bytes : bytes == 4 ? 2 : 1; }

/* ---- positions ---- */

static void walk_to(lsp_walk *w, size_t offset) {
  if (offset > w->length) offset = w->length;
  if (offset < w->line_begin) *w = (lsp_walk){.text = w->text, .length = w->length};
  if (w->at < w->line_begin) w->at = w->line_begin;
  if (offset < w->at) w->at = w->line_begin;
  while (w->at < offset) {
    const char *end = memchr(w->text + w->at, '\n', offset - w->at);
    if (!end) break;
    w->at = w->line_begin = (size_t)(end - w->text) + 1;
    w->line++;
  }
  w->at = offset;
}

json_t *lsp_position(const lsp_server *s, lsp_walk *w, size_t offset) {
  size_t character = 0;
  walk_to(w, offset);
  for (size_t at = w->line_begin; at < w->at;) {
    size_t size = step(w->text, w->length, at);
    character += units(s, size);
    at += size;
  }
  return json_pack("{s:I, s:I}", "line", (json_int_t)w->line, "character", (json_int_t)character);
}

json_t *lsp_range(const lsp_server *s, lsp_walk *w, size_t begin, size_t end) {
  json_t *from = lsp_position(s, w, begin);
  lsp_walk ahead = *w;
  return json_pack("{s:o, s:o}", "start", from, "end", lsp_position(s, &ahead, end));
}

size_t lsp_offset(const lsp_server *s, const json_t *position, const char *text, size_t length) {
  const json_t *line = json_object_get(position, "line"), *character = json_object_get(position, "character");
  if (!json_is_integer(line) || !json_is_integer(character)) return SIZE_MAX;
  json_int_t lines = json_integer_value(line), left = json_integer_value(character);
  size_t at = 0;
  if (lines < 0 || left < 0) return SIZE_MAX;
  for (; lines > 0 && at < length; lines--) {
    const char *end = memchr(text + at, '\n', length - at);
    at = end ? (size_t)(end - text) + 1 : length;
  }
  while (at < length && left > 0 && text[at] != '\n') {
    size_t size = step(text, length, at);
    if ((json_int_t)units(s, size) > left) break;
    left -= (json_int_t)units(s, size);
    at += size;
  }
  return at;
}

size_t lsp_locate(lsp_walk *w, json_int_t line, json_int_t column) {
  if ((json_int_t)w->line >= line || w->text == NULL) *w = (lsp_walk){.text = w->text, .length = w->length};
  while ((json_int_t)w->line + 1 < line) {
    const char *end = memchr(w->text + w->line_begin, '\n', w->length - w->line_begin);
    if (!end) break;
    w->at = w->line_begin = (size_t)(end - w->text) + 1;
    w->line++;
  }
  size_t at = w->line_begin;
  for (; column > 1 && at < w->length && w->text[at] != '\n'; column--) at += step(w->text, w->length, at);
  return at;
}

/* ---- URIs ---- */

static int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = (char)(c | 0x20);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool lsp_path_of(const char *uri, char path[LSP_PATH_MOST]) {
  static const char scheme[] = "file://";
  size_t length = 0;
  if (!uri || strncmp(uri, scheme, sizeof scheme - 1) != 0) return false;
  const char *at = uri + sizeof scheme - 1;
  if (strncmp(at, "localhost/", 10) == 0) at += 9;
  if (*at != '/') return false;
  while (*at) {
    int c = (unsigned char)*at++;
    if (c == '?' || c == '#') break;
    if (c == '%') {
      int high = hex(at[0]), low = high < 0 ? -1 : hex(at[1]);
      if (low < 0 || (c = high * 16 + low) == 0) return false;
      at += 2;
    }
    if (length + 1 >= LSP_PATH_MOST) return false;
    path[length++] = (char)c;
  }
  path[length] = '\0';
  return true;
}

json_t *lsp_uri_of(const char *path) {
  static const char digits[] = "0123456789ABCDEF", plain[] = "-._~/";
  char uri[3 * LSP_PATH_MOST + 8] = "file://";
  size_t length = strlen(uri);
  for (; *path && length + 4 < sizeof uri; path++) {
    unsigned char c = (unsigned char)*path;
    bool kept = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr(plain, c);
    if (kept) {
      uri[length++] = (char)c;
    } else {
      uri[length++] = '%';
      uri[length++] = digits[c >> 4];
      uri[length++] = digits[c & 15];
    }
  }
  return json_stringn(uri, length);
}

const char *lsp_text(const json_t *object, const char *key) {
  return json_string_value(json_object_get(object, key));
}
