/* Manifest: fixed lines in fixed order, read and written.
 *
 * In: the text that was signed. Out: its values, borrowed from it. Every value has one form (no
 * leading zeros, whole seconds in UTC, lower-case hex), so a text that parses is the text that
 * edi_manifest_format writes for its values, and equal manifests have equal digests. */
#include "bundle/manifest.h"

#include <sodium.h>

#include "base/calendar.h"

/* Ten years: longer and `expires` would mean nothing. */
#define STALE_MOST (UINT64_C(3650) * 86400)

typedef struct lines {
  edi_str text, rest, line; /* line: the one being read, without its LF */
  edict_diagnostics *diagnostics;
} lines;

static bool fail(lines *in, edi_code code, const char *what) {
  edi_span span = EDI_SPAN_NONE;
  edi_source source = edi_diagnostics_source(in->diagnostics, EDI_STR("manifest"), in->text);
  if (in->line.ptr) {
    uint32_t begin = (uint32_t)(in->line.ptr - in->text.ptr);
    span = (edi_span){source, begin, begin + (uint32_t)in->line.len};
  }
  edi_diagnostics_add(in->diagnostics, code, span, "", "manifest: %s", what);
  return false;
}

/* ---- forms of values ---- */

static bool is_part(edi_str part) {
  return part.len > 0 && !edi_str_equal(part, EDI_STR(".")) && !edi_str_equal(part, EDI_STR(".."));
}

bool edi_manifest_name_valid(edi_str name, size_t most) {
  if (name.len == 0 || name.len > most) return false;
  size_t begin = 0;
  for (size_t i = 0; i <= name.len; i++) {
    if (i == name.len || name.ptr[i] == '/') {
      if (!is_part((edi_str){name.ptr + begin, i - begin})) return false;
      begin = i + 1;
      continue;
    }
    char c = name.ptr[i];
    bool known =
        (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
    if (!known) return false;
  }
  return true;
}

/* A domain or a table's qualified name, as the language writes them. */
static bool is_qualified(edi_str name) {
  if (name.len == 0 || name.len > 2 * EDI_LIMIT_NAME + 1) return false;
  for (size_t i = 0; i < name.len; i++) {
    char c = name.ptr[i];
    bool known = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                 c == '.' || c == '_' || c == '-';
    if (!known) return false;
  }
  return true;
}

static bool parse_number(edi_str text, uint64_t *number) {
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

static bool parse_digest(edi_str text, unsigned char digest[EDI_DIGEST_BYTES]) {
  size_t length = 0;
  return text.len == 2 * EDI_DIGEST_BYTES &&
         edi_hex_decode(text, digest, EDI_DIGEST_BYTES, &length) && length == EDI_DIGEST_BYTES;
}

/* ---- lines ---- */

static bool next_line(lines *in) {
  const char *end = in->rest.len > 0 ? memchr(in->rest.ptr, '\n', in->rest.len) : NULL;
  if (!end) {
    in->line = in->rest;
    return fail(in, EDI_R0102,
                in->rest.len > 0 ? "the last line does not end in LF" : "a line is missing");
  }
  in->line = (edi_str){in->rest.ptr, (size_t)(end - in->rest.ptr)};
  in->rest = (edi_str){end + 1, in->rest.len - in->line.len - 1};
  return true;
}

/* The value of the next line, which must be `word` and a value. */
static bool next_value(lines *in, const char *word, edi_str *value) {
  edi_str name = edi_str_from(word);
  if (!next_line(in)) return false;
  if (in->line.len > name.len + 1 && edi_str_starts(in->line, name) &&
      in->line.ptr[name.len] == ' ') {
    *value = (edi_str){in->line.ptr + name.len + 1, in->line.len - name.len - 1};
    return true;
  }
  edi_buf what;
  edi_buf_init(&what, NULL, 256);
  edi_buf_format(&what, "the line `%s ...` belongs here%c", word, '\0');
  fail(in, EDI_R0102, what.failed == EDICT_OK ? what.ptr : "another line belongs here");
  edi_buf_fini(&what);
  return false;
}

static bool next_number(lines *in, const char *word, uint64_t *number) {
  edi_str value;
  if (!next_value(in, word, &value)) return false;
  return parse_number(value, number) ||
         fail(in, EDI_R0102, "the value is not a number in its one form");
}

static bool next_time(lines *in, const char *word, int64_t *time) {
  edi_str value;
  if (!next_value(in, word, &value)) return false;
  /* Twenty characters that end in Z: whole seconds, UTC. */
  if (value.len == 20 && value.ptr[19] == 'Z' && edi_timestamp_parse(value, time)) return true;
  return fail(in, EDI_R0102, "the value is not a time such as 2026-11-20T00:00:00Z");
}

static bool parse_layer(lines *in, edi_manifest *m) {
  edi_str value, domain = EDI_STR("domain "), table = EDI_STR("table ");
  if (!next_value(in, "layer", &value)) return false;
  if (edi_str_equal(value, EDI_STR("federal"))) {
    m->layer = EDI_BUNDLE_FEDERAL;
    return true;
  }
  bool of_domain = edi_str_starts(value, domain);
  if (!of_domain && !edi_str_starts(value, table))
    return fail(in, EDI_R0102, "there is no such layer");
  size_t skip = of_domain ? domain.len : table.len;
  m->layer = of_domain ? EDI_BUNDLE_DOMAIN : EDI_BUNDLE_TABLE;
  m->layer_of = (edi_str){value.ptr + skip, value.len - skip};
  if (!is_qualified(m->layer_of)) return fail(in, EDI_R0102, "the layer's name is not one");
  if (of_domain && edi_str_equal(m->layer_of, EDI_STR("federal")))
    return fail(in, EDI_R0102, "no domain is called federal");
  return true;
}

static bool parse_version(lines *in, edi_manifest *m) {
  edi_str value;
  if (!next_number(in, "version", &m->version)) return false;
  if (m->version == 0) return fail(in, EDI_R0102, "versions count from 1");
  if (!next_value(in, "prev", &value)) return false;
  if (edi_str_equal(value, EDI_STR("-"))) return true;
  m->has_prev = true;
  if (!parse_digest(value, m->prev))
    return fail(in, EDI_R0102, "`prev` is neither `-` nor a digest");
  return m->version > 1 || fail(in, EDI_R0102, "nothing comes before version 1");
}

static bool parse_times(lines *in, edi_manifest *m) {
  edi_str value, stale = EDI_STR("stale-ok:");
  if (!next_time(in, "created", &m->created) || !next_time(in, "not-before", &m->not_before) ||
      !next_time(in, "expires", &m->expires))
    return false;
  if (m->created > m->not_before || m->not_before >= m->expires)
    return fail(in, EDI_R0102, "the times are not created, then not-before, then expires");
  if (!next_value(in, "on-expiry", &value)) return false;
  if (edi_str_equal(value, EDI_STR("deny"))) return true;
  bool parsed =
      edi_str_starts(value, stale) &&
      parse_number((edi_str){value.ptr + stale.len, value.len - stale.len}, &m->stale_seconds);
  if (parsed && m->stale_seconds > 0 && m->stale_seconds <= STALE_MOST) return true;
  return fail(in, EDI_R0102,
              "`on-expiry` is neither `deny` nor `stale-ok:` and seconds up to ten years");
}

static bool parse_parent(lines *in, edi_manifest *m) {
  edi_str value;
  if (!next_value(in, "parent", &value)) return false;
  if (edi_str_equal(value, EDI_STR("-")))
    return m->layer == EDI_BUNDLE_FEDERAL ||
           fail(in, EDI_R0102, "a domain and a table have a parent");
  if (m->layer == EDI_BUNDLE_FEDERAL) return fail(in, EDI_R0102, "the federal layer has no parent");
  size_t at = 0;
  while (at + 3 <= value.len && memcmp(value.ptr + at, "@>=", 3) != 0) at++;
  m->parent = (edi_str){value.ptr, at};
  bool parsed = at + 3 < value.len && edi_manifest_name_valid(m->parent, EDI_LIMIT_NAME) &&
                parse_number((edi_str){value.ptr + at + 3, value.len - at - 3}, &m->parent_least);
  return (parsed && m->parent_least > 0) ||
         fail(in, EDI_R0102, "the parent is not `name@>=version`");
}

/* `file <size> <digest> <name>` */
static bool parse_file(lines *in, edi_manifest_file *file) {
  edi_str value;
  if (!next_value(in, "file", &value)) return false;
  const char *space = memchr(value.ptr, ' ', value.len);
  size_t size_length = space ? (size_t)(space - value.ptr) : 0,
         digest_end = size_length + 1 + 2 * EDI_DIGEST_BYTES;
  if (!space || digest_end >= value.len || value.ptr[digest_end] != ' ')
    return fail(in, EDI_R0103, "the line is not `file`, size, digest and name");
  edi_str digest = {space + 1, 2 * EDI_DIGEST_BYTES};
  file->name = (edi_str){value.ptr + digest_end + 1, value.len - digest_end - 1};
  if (!parse_number((edi_str){value.ptr, size_length}, &file->size) ||
      file->size > EDI_LIMIT_TABLE_FILE)
    return fail(in, EDI_R0103, "the size is not a number up to that of a bundle");
  if (!parse_digest(digest, file->digest)) return fail(in, EDI_R0103, "the digest is not one");
  return edi_manifest_name_valid(file->name, EDI_LIMIT_EXTERNAL_NAME) ||
         fail(in, EDI_R0103, "the file's name is not one");
}

static edict_status parse_files(lines *in, edi_arena *arena, edi_manifest *m) {
  size_t capacity = 0;
  void *files = NULL;
  while (in->rest.len > 0) {
    if (m->file_count == EDI_LIMIT_BUNDLE_FILES) {
      fail(in, EDI_R0106, "there are too many files");
      return EDICT_LIMIT;
    }
    if (!edi_arena_grow(arena, &files, &capacity, m->file_count, sizeof *m->files))
      return edi_arena_status(arena);
    m->files = files;
    edi_manifest_file *file = &m->files[m->file_count];
    if (!parse_file(in, file)) return EDICT_FORMAT;
    if (m->file_count > 0 && edi_str_compare(file[-1].name, file->name) >= 0) {
      fail(in, EDI_R0103, "the files are not in ascending order of their names");
      return EDICT_FORMAT;
    }
    m->file_count++;
  }
  if (m->file_count > 0) return EDICT_OK;
  fail(in, EDI_R0103, "there is no file");
  return EDICT_FORMAT;
}

static bool parse_head(lines *in, edi_manifest *m) {
  if (!next_line(in)) return false;
  if (!edi_str_equal(in->line, EDI_STR("edict-bundle/v1")))
    return fail(in, EDI_R0102, "the first line is not `edict-bundle/v1`");
  if (!next_value(in, "name", &m->name)) return false;
  if (!edi_manifest_name_valid(m->name, EDI_LIMIT_NAME))
    return fail(in, EDI_R0102, "the name is not one");
  return parse_layer(in, m) && parse_version(in, m) && parse_times(in, m) &&
         next_number(in, "semantics", &m->semantics) && next_number(in, "format", &m->format) &&
         next_number(in, "cost", &m->cost) && parse_parent(in, m);
}

edict_status edi_manifest_parse(edi_arena *arena, edi_str text, edi_manifest *manifest,
                                edict_diagnostics *diagnostics) {
  *manifest = (edi_manifest){0};
  lines in = {.text = text, .rest = text, .diagnostics = diagnostics};
  edi_manifest parsed = {0};
  if (text.len > EDI_LIMIT_MANIFEST) {
    fail(&in, EDI_R0106, "it is too large");
    return EDICT_LIMIT;
  }
  if (!parse_head(&in, &parsed)) return EDICT_FORMAT;
  edict_status status = parse_files(&in, arena, &parsed);
  if (status == EDICT_OK) *manifest = parsed;
  return status;
}

/* ---- writing ---- */

static void format_time(edi_buf *into, const char *word, int64_t time) {
  edi_buf_format(into, "%s ", word);
  edi_timestamp_format(into, time);
  edi_buf_char(into, '\n');
}

static void format_digest(edi_buf *into, const unsigned char digest[EDI_DIGEST_BYTES]) {
  edi_hex_append(into, digest, EDI_DIGEST_BYTES);
}

static void format_identity(const edi_manifest *m, edi_buf *into) {
  static const char *const layers[] = {"?", "federal", "domain ", "table "};
  edi_buf_format(into, "edict-bundle/v1\nname %.*s\nlayer %s%.*s\nversion %llu\nprev ",
                 EDI_STR_ARG(m->name), layers[m->layer <= EDI_BUNDLE_TABLE ? m->layer : 0],
                 EDI_STR_ARG(m->layer_of), (unsigned long long)m->version);
  if (m->has_prev) format_digest(into, m->prev);
  else edi_buf_char(into, '-');
  edi_buf_char(into, '\n');
}

void edi_manifest_format(const edi_manifest *m, edi_buf *into) {
  format_identity(m, into);
  format_time(into, "created", m->created);
  format_time(into, "not-before", m->not_before);
  format_time(into, "expires", m->expires);
  if (m->stale_seconds == 0) edi_buf_text(into, "on-expiry deny\n");
  else edi_buf_format(into, "on-expiry stale-ok:%llu\n", (unsigned long long)m->stale_seconds);
  edi_buf_format(into, "semantics %llu\nformat %llu\ncost %llu\n", (unsigned long long)m->semantics,
                 (unsigned long long)m->format, (unsigned long long)m->cost);
  if (m->parent.len == 0) edi_buf_text(into, "parent -\n");
  else
    edi_buf_format(into, "parent %.*s@>=%llu\n", EDI_STR_ARG(m->parent),
                   (unsigned long long)m->parent_least);
  for (size_t i = 0; i < m->file_count; i++) {
    edi_buf_format(into, "file %llu ", (unsigned long long)m->files[i].size);
    format_digest(into, m->files[i].digest);
    edi_buf_format(into, " %.*s\n", EDI_STR_ARG(m->files[i].name));
  }
}

void edi_digest(const void *bytes, size_t length, unsigned char digest[EDI_DIGEST_BYTES]) {
  (void)crypto_generichash(digest, EDI_DIGEST_BYTES, bytes, length, NULL,
                           0); /* fails for no length */
}
