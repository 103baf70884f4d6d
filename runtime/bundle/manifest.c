/* Manifest: fixed lines in fixed order, read and written.
 *
 * In: the text that was signed. Out: its values, borrowed from it. Every value has one form (no
 * leading zeros, whole seconds in UTC, lower-case hex), so a text that parses is the text that
 * edi_manifest_format writes for its values, and equal manifests have equal digests. */
#include "bundle/manifest.h"

#include <sodium.h>

#include "bundle/lines.h"

/* Ten years: longer and `expires` would mean nothing. */
#define STALE_MOST (UINT64_C(3650) * 86400)

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

/* ---- lines ---- */

const char *edi_manifest_parse_layer(edi_str words, edi_bundle_layer *layer, edi_str *of) {
  edi_str domain = EDI_STR("domain "), table = EDI_STR("table ");
  *layer = EDI_BUNDLE_FEDERAL;
  *of = (edi_str){NULL, 0};
  if (edi_str_equal(words, EDI_STR("federal"))) return NULL;
  bool of_domain = edi_str_starts(words, domain);
  if (!of_domain && !edi_str_starts(words, table)) return "there is no such layer";
  size_t skip = of_domain ? domain.len : table.len;
  *layer = of_domain ? EDI_BUNDLE_DOMAIN : EDI_BUNDLE_TABLE;
  *of = (edi_str){words.ptr + skip, words.len - skip};
  if (!is_qualified(*of)) return "the layer's name is not one";
  return of_domain && edi_str_equal(*of, EDI_STR("federal")) ? "no domain is called federal" : NULL;
}

static bool parse_layer(edi_lines *in, edi_manifest *m) {
  edi_str value;
  if (!edi_lines_value(in, "layer", &value)) return false;
  const char *trouble = edi_manifest_parse_layer(value, &m->layer, &m->layer_of);
  return !trouble || edi_lines_fail(in, EDI_R0102, trouble);
}

static bool parse_version(edi_lines *in, edi_manifest *m) {
  edi_str value;
  if (!edi_lines_number(in, "version", &m->version)) return false;
  if (m->version == 0) return edi_lines_fail(in, EDI_R0102, "versions count from 1");
  if (!edi_lines_value(in, "prev", &value)) return false;
  if (!edi_lines_parse_prev(value, &m->has_prev, m->prev))
    return edi_lines_fail(in, EDI_R0102, "`prev` is neither `-` nor a digest");
  return !m->has_prev || m->version > 1 || edi_lines_fail(in, EDI_R0102, "nothing comes before version 1");
}

static bool parse_times(edi_lines *in, edi_manifest *m) {
  edi_str value, stale = EDI_STR("stale-ok:");
  if (!edi_lines_time(in, "created", &m->created) || !edi_lines_time(in, "not-before", &m->not_before) ||
      !edi_lines_time(in, "expires", &m->expires))
    return false;
  if (m->created > m->not_before || m->not_before >= m->expires)
    return edi_lines_fail(in, EDI_R0102, "the times are not created, then not-before, then expires");
  if (!edi_lines_value(in, "on-expiry", &value)) return false;
  if (edi_str_equal(value, EDI_STR("deny"))) return true;
  bool parsed =
      edi_str_starts(value, stale) &&
      edi_lines_parse_number((edi_str){value.ptr + stale.len, value.len - stale.len}, &m->stale_seconds);
  if (parsed && m->stale_seconds > 0 && m->stale_seconds <= STALE_MOST) return true;
  return edi_lines_fail(in, EDI_R0102,
              "`on-expiry` is neither `deny` nor `stale-ok:` and seconds up to ten years");
}

static bool parse_parent(edi_lines *in, edi_manifest *m) {
  edi_str value;
  if (!edi_lines_value(in, "parent", &value)) return false;
  if (edi_str_equal(value, EDI_STR("-")))
    return m->layer == EDI_BUNDLE_FEDERAL ||
           edi_lines_fail(in, EDI_R0102, "a domain and a table have a parent");
  if (m->layer == EDI_BUNDLE_FEDERAL) return edi_lines_fail(in, EDI_R0102, "the federal layer has no parent");
  size_t at = 0;
  while (at + 3 <= value.len && memcmp(value.ptr + at, "@>=", 3) != 0) at++;
  m->parent = (edi_str){value.ptr, at};
  bool parsed = at + 3 < value.len && edi_manifest_name_valid(m->parent, EDI_LIMIT_NAME) &&
                edi_lines_parse_number((edi_str){value.ptr + at + 3, value.len - at - 3}, &m->parent_least);
  return (parsed && m->parent_least > 0) ||
         edi_lines_fail(in, EDI_R0102, "the parent is not `name@>=version`");
}

/* `file <size> <digest> <name>` */
static bool parse_file(edi_lines *in, edi_manifest_file *file) {
  edi_str value;
  if (!edi_lines_value(in, "file", &value)) return false;
  const char *space = memchr(value.ptr, ' ', value.len);
  size_t size_length = space ? (size_t)(space - value.ptr) : 0,
         digest_end = size_length + 1 + 2 * EDI_DIGEST_BYTES;
  if (!space || digest_end >= value.len || value.ptr[digest_end] != ' ')
    return edi_lines_fail(in, EDI_R0103, "the line is not `file`, size, digest and name");
  edi_str digest = {space + 1, 2 * EDI_DIGEST_BYTES};
  file->name = (edi_str){value.ptr + digest_end + 1, value.len - digest_end - 1};
  if (!edi_lines_parse_number((edi_str){value.ptr, size_length}, &file->size) ||
      file->size > EDI_LIMIT_TABLE_FILE)
    return edi_lines_fail(in, EDI_R0103, "the size is not a number up to that of a bundle");
  if (!edi_lines_parse_digest(digest, file->digest)) return edi_lines_fail(in, EDI_R0103, "the digest is not one");
  return edi_manifest_name_valid(file->name, EDI_LIMIT_EXTERNAL_NAME) ||
         edi_lines_fail(in, EDI_R0103, "the file's name is not one");
}

static edict_status parse_files(edi_lines *in, edi_arena *arena, edi_manifest *m) {
  size_t capacity = 0;
  void *files = NULL;
  while (in->rest.len > 0) {
    if (m->file_count == EDI_LIMIT_BUNDLE_FILES) {
      edi_lines_fail(in, EDI_R0106, "there are too many files");
      return EDICT_LIMIT;
    }
    if (!edi_arena_grow(arena, &files, &capacity, m->file_count, sizeof *m->files))
      return edi_arena_status(arena);
    m->files = files;
    edi_manifest_file *file = &m->files[m->file_count];
    if (!parse_file(in, file)) return EDICT_FORMAT;
    if (m->file_count > 0 && edi_str_compare(file[-1].name, file->name) >= 0) {
      edi_lines_fail(in, EDI_R0103, "the files are not in ascending order of their names");
      return EDICT_FORMAT;
    }
    m->file_count++;
  }
  if (m->file_count > 0) return EDICT_OK;
  edi_lines_fail(in, EDI_R0103, "there is no file");
  return EDICT_FORMAT;
}

static bool parse_head(edi_lines *in, edi_manifest *m) {
  if (!edi_lines_exact(in, "edict-bundle/v1", "the first line is not `edict-bundle/v1`")) return false;
  if (!edi_lines_value(in, "name", &m->name)) return false;
  if (!edi_manifest_name_valid(m->name, EDI_LIMIT_NAME))
    return edi_lines_fail(in, EDI_R0102, "the name is not one");
  return parse_layer(in, m) && parse_version(in, m) && parse_times(in, m) &&
         edi_lines_number(in, "semantics", &m->semantics) && edi_lines_number(in, "format", &m->format) &&
         edi_lines_number(in, "cost", &m->cost) && parse_parent(in, m);
}

edict_status edi_manifest_parse(edi_arena *arena, edi_str text, edi_manifest *manifest,
                                edict_diagnostics *diagnostics) {
  *manifest = (edi_manifest){0};
  edi_lines in = edi_lines_of(text, "manifest", EDI_R0102, diagnostics);
  edi_manifest parsed = {0};
  if (text.len > EDI_LIMIT_MANIFEST) {
    edi_lines_fail(&in, EDI_R0106, "it is too large");
    return EDICT_LIMIT;
  }
  if (!parse_head(&in, &parsed)) return EDICT_FORMAT;
  edict_status status = parse_files(&in, arena, &parsed);
  if (status == EDICT_OK) *manifest = parsed;
  return status;
}

/* ---- writing ---- */

void edi_manifest_put_layer(const edi_manifest *m, edi_buf *into) {
  static const char *const layers[] = {"?", "federal", "domain ", "table "};
  edi_buf_format(into, "%s%.*s", layers[m->layer <= EDI_BUNDLE_TABLE ? m->layer : 0], EDI_STR_ARG(m->layer_of));
}

static void format_identity(const edi_manifest *m, edi_buf *into) {
  edi_buf_format(into, "edict-bundle/v1\nname %.*s\nlayer ", EDI_STR_ARG(m->name));
  edi_manifest_put_layer(m, into);
  edi_buf_format(into, "\nversion %llu\n", (unsigned long long)m->version);
  edi_lines_put_prev(into, m->has_prev, m->prev);
}

void edi_manifest_format(const edi_manifest *m, edi_buf *into) {
  format_identity(m, into);
  edi_lines_put_time(into, "created", m->created);
  edi_lines_put_time(into, "not-before", m->not_before);
  edi_lines_put_time(into, "expires", m->expires);
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
    edi_hex_append(into, m->files[i].digest, EDI_DIGEST_BYTES);
    edi_buf_format(into, " %.*s\n", EDI_STR_ARG(m->files[i].name));
  }
}

void edi_digest(const void *bytes, size_t length, unsigned char digest[EDI_DIGEST_BYTES]) {
  (void)crypto_generichash(digest, EDI_DIGEST_BYTES, bytes, length, NULL,
                           0); /* fails for no length */
}
