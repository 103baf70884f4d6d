/* Configuration: see the header. One pass over the lines; nothing is allocated and no file is
 * opened. */
#include "adapters/sqlite/sqlite_config.h"

#include <string.h>

typedef struct reader {
  edi_sqlite_config *config;
  size_t line;
  const char *what;
} reader;

static const struct {
  const char *word;
  int needed;
  const char *missing;
} lines[] = {
#define LINE(NAME, word, needed, what) {word, needed, "the line `" word "` is missing"},
#include "adapters/sqlite/sqlite_config.def"
#undef LINE
};

static const char first_line[] = "edict-sqlite/v1";

static edict_status fail(reader *r, edict_status status, const char *what) {
  r->what = what;
  return status;
}

static int is(edict_text text, const char *word) {
  return text.len == strlen(word) && memcmp(text.ptr, word, text.len) == 0;
}

static int has_control(edict_text text) {
  for (size_t i = 0; i < text.len; i++)
    if ((unsigned char)text.ptr[i] < 0x20 || text.ptr[i] == 0x7F) return 1;
  return 0;
}

static edict_status keep_bundle(reader *r, edict_text value) {
  if (r->config->bundle_count == EDI_SQLITE_BUNDLES)
    return fail(r, EDICT_LIMIT, "more than 256 bundles");
  r->config->bundles[r->config->bundle_count++] = value;
  r->config->values[EDI_SQLITE_BUNDLE] = value;
  return EDICT_OK;
}

static edict_status keep_obligation(reader *r, edict_text value) {
  if (r->config->obligation_count == EDI_SQLITE_OBLIGATIONS)
    return fail(r, EDICT_LIMIT, "more than 256 obligations");
  r->config->obligations[r->config->obligation_count++] = value;
  r->config->values[EDI_SQLITE_OBLIGATION] = value;
  return EDICT_OK;
}

static edict_status keep_root(reader *r, edict_text value) {
  if (r->config->root_count == EDI_SQLITE_ROOTS) return fail(r, EDICT_LIMIT, "more than 64 root documents");
  r->config->roots[r->config->root_count++] = value;
  r->config->values[EDI_SQLITE_ROOT] = value;
  return EDICT_OK;
}

/* `NAME FILE` */
static edict_status keep_issuer(reader *r, edict_text value) {
  const char *blank = memchr(value.ptr, ' ', value.len);
  edict_text name = {value.ptr, blank ? (size_t)(blank - value.ptr) : 0};
  if (!blank || blank[1] == ' ') return fail(r, EDICT_FORMAT, "not an issuer's name, one blank and a file");
  if (name.len > EDI_SQLITE_NAME_BYTES) return fail(r, EDICT_LIMIT, "an issuer's name longer than 255 bytes");
  for (size_t i = 0; i < r->config->issuer_count; i++)
    if (r->config->issuers[i].len == name.len && memcmp(r->config->issuers[i].ptr, name.ptr, name.len) == 0)
      return fail(r, EDICT_FORMAT, "this issuer has a line already");
  if (r->config->issuer_count == EDI_SQLITE_ISSUERS) return fail(r, EDICT_LIMIT, "more than 64 issuers");
  r->config->issuers[r->config->issuer_count] = name;
  r->config->issuer_keys[r->config->issuer_count++] = (edict_text){blank + 1, value.len - name.len - 1};
  r->config->values[EDI_SQLITE_ISSUER_KEYS] = value;
  return EDICT_OK;
}

static edict_status keep(reader *r, edict_text word, edict_text value) {
  size_t at = 0;
  while (at < EDI_SQLITE_LINES && !is(word, lines[at].word)) at++;
  if (at == EDI_SQLITE_LINES) return fail(r, EDICT_FORMAT, "a word that no configuration has");
  if (value.len > EDI_SQLITE_VALUE_BYTES)
    return fail(r, EDICT_LIMIT, "a value longer than 2,048 bytes");
  if (at == EDI_SQLITE_BUNDLE) return keep_bundle(r, value);
  if (at == EDI_SQLITE_OBLIGATION) {
    if (is(value, "*")) return fail(r, EDICT_FORMAT, "obligations are named one by one");
    return keep_obligation(r, value);
  }
  if (at == EDI_SQLITE_ROOT) return keep_root(r, value);
  if (at == EDI_SQLITE_ISSUER_KEYS) return keep_issuer(r, value);
  if (at == EDI_SQLITE_BEGIN_STATE && !is(value, "yes")) return fail(r, EDICT_FORMAT, "`begin-state` is `yes`, or left out");
  if (r->config->values[at].len) return fail(r, EDICT_FORMAT, "this word has a line already");
  r->config->values[at] = value;
  return EDICT_OK;
}

static edict_status read_line(reader *r, edict_text line) {
  if (has_control(line))
    return fail(r, EDICT_FORMAT, "a control character (lines end in LF alone)");
  if (r->line == 1)
    return is(line, first_line) ? EDICT_OK
                                : fail(r, EDICT_FORMAT, "the first line is not `edict-sqlite/v1`");
  if (line.len == 0 || line.ptr[0] == '#') return EDICT_OK;
  const char *blank = memchr(line.ptr, ' ', line.len);
  if (!blank) return fail(r, EDICT_FORMAT, "not a word, one blank and a value");
  edict_text word = {line.ptr, (size_t)(blank - line.ptr)};
  edict_text value = {blank + 1, line.len - word.len - 1};
  if (word.len == 0 || value.len == 0 || value.ptr[0] == ' ' || value.ptr[value.len - 1] == ' ')
    return fail(r, EDICT_FORMAT, "not a word, one blank and a value");
  return keep(r, word, value);
}

static edict_status read_lines(reader *r, const char *text, size_t length) {
  if (length > EDI_SQLITE_CONFIG_BYTES)
    return fail(r, EDICT_LIMIT, "the file is longer than 64 KiB");
  for (size_t at = 0; at < length;) {
    const char *end = memchr(text + at, '\n', length - at);
    r->line++;
    if (!end) return fail(r, EDICT_FORMAT, "the last line does not end: is the file whole?");
    edict_text line = {text + at, (size_t)(end - text) - at};
    edict_status status = read_line(r, line);
    if (status != EDICT_OK) return status;
    at += line.len + 1;
  }
  size_t count = r->line;
  r->line = 0;
  if (count == 0) return fail(r, EDICT_FORMAT, "the file is empty");
  for (size_t i = 0; i < EDI_SQLITE_LINES; i++)
    if (lines[i].needed && r->config->values[i].len == 0)
      return fail(r, EDICT_FORMAT, lines[i].missing);
  return EDICT_OK;
}

edict_status edi_sqlite_config_parse(const char *text, size_t length, edi_sqlite_config *config,
                                     size_t *line, const char **what) {
  reader r = {.config = config};
  memset(config, 0, sizeof *config);
  edict_status status = read_lines(&r, text, length);
  *line = status == EDICT_OK ? 0 : r.line;
  *what = r.what;
  if (status != EDICT_OK) memset(config, 0, sizeof *config);
  return status;
}
