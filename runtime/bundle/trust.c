/* Trust store: lines of text become trusted keys.
 *
 * In: the text of the file. Out: keys, in the order of their lines. Invariant: no key has two
 * lines, so a key speaks for one role, one domain and one bundle; a line that is not understood
 * refuses the whole store, since a key left out could be the one that matters. */
#include "bundle/trust.h"

#include "bundle/note.h"
#include "bundle/order.h"

enum { FIELDS_MOST = 5 };

typedef struct store {
  edi_str text;
  edi_source source;
  edict_diagnostics *diagnostics;
  edi_str line;
  edi_str fields[FIELDS_MOST]; /* of the line */
  size_t field_count;
} store;

static edi_span span_of(const store *s, edi_str part) {
  uint32_t begin = part.ptr ? (uint32_t)(part.ptr - s->text.ptr) : 0;
  return (edi_span){s->source, begin, begin + (uint32_t)part.len};
}

static edict_status fail(const store *s, edi_code code, edi_str where, const char *what) {
  edi_diagnostics_add(s->diagnostics, code, span_of(s, where), "", "trust store: %s", what);
  return EDICT_FORMAT;
}

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

/* Splits the line at blanks; a field too many is kept out of `fields` but counted. */
static void split(store *s) {
  s->field_count = 0;
  for (size_t at = 0; at < s->line.len;) {
    while (at < s->line.len && is_blank(s->line.ptr[at])) at++;
    size_t begin = at;
    while (at < s->line.len && !is_blank(s->line.ptr[at])) at++;
    if (at == begin) break;
    if (s->field_count < FIELDS_MOST)
      s->fields[s->field_count] = (edi_str){s->line.ptr + begin, at - begin};
    s->field_count++;
  }
}

static bool is_domain(edi_str name) {
  if (name.len == 0 || name.len > EDI_LIMIT_NAME || edi_str_equal(name, EDI_STR("federal")))
    return false;
  for (size_t i = 0; i < name.len; i++)
    if (name.ptr[i] == '/' || (unsigned char)name.ptr[i] < 0x21 ||
        (unsigned char)name.ptr[i] > 0x7E)
      return false;
  return true;
}

static edict_status parse_key(const store *s, edi_str text, edi_trusted_key *key) {
  edi_note_key parsed;
  if (!edi_note_key_parse(text, &parsed))
    return fail(s, EDI_R0201, text,
                "it is not a verifier key: name, hint of name and key, base64 of an Ed25519 key");
  key->name = parsed.name;
  memcpy(key->public_key, parsed.public_key, sizeof key->public_key);
  return EDICT_OK;
}

static edict_status parse_line(const store *s, edi_trusted_key *key) {
  const edi_str *fields = s->fields;
  bool federal = edi_str_equal(fields[0], EDI_STR("federal")),
       domain = edi_str_equal(fields[0], EDI_STR("domain"));
  if (!federal && !domain && !edi_str_equal(fields[0], EDI_STR("log")))
    return fail(s, EDI_R0200, fields[0], "a line begins with `federal`, `domain` or `log`");
  size_t expected = federal ? 3 : domain ? 4 : 2;
  if (s->field_count != expected)
    return fail(s, EDI_R0200, s->line,
                federal  ? "the line is not `federal <bundle> <key>`"
                : domain ? "the line is not `domain <domain> <bundle> <key>`"
                         : "the line is not `log <key>`");
  *key = (edi_trusted_key){.role = federal  ? EDI_ROLE_FEDERAL
                                   : domain ? EDI_ROLE_DOMAIN
                                            : EDI_ROLE_LOG};
  if (domain) {
    key->domain = fields[1];
    if (!is_domain(key->domain))
      return fail(s, EDI_R0200, key->domain, "that cannot be a domain's name");
  }
  if (federal || domain) {
    key->bundle = fields[expected - 2];
    if (!edi_manifest_name_valid(key->bundle, EDI_LIMIT_NAME))
      return fail(s, EDI_R0200, key->bundle, "that cannot be a bundle's name");
  }
  return parse_key(s, fields[expected - 1], key);
}

/* The next line without its LF; false at the end. */
static bool next_line(store *s, edi_str *rest) {
  if (rest->len == 0) return false;
  const char *end = memchr(rest->ptr, '\n', rest->len);
  size_t length = end ? (size_t)(end - rest->ptr) : rest->len;
  s->line = (edi_str){rest->ptr, length};
  size_t past = end ? length + 1 : length;
  *rest = (edi_str){rest->ptr + past, rest->len - past};
  split(s);
  return true;
}

static int compare_keys(const void *context, const void *a, const void *b) {
  const edi_trusted_key *keys = context;
  return memcmp(keys[*(const uint32_t *)a].public_key, keys[*(const uint32_t *)b].public_key, 32);
}

static edict_status check_distinct(const store *s, edi_arena *arena, const edi_trust *trust) {
  uint32_t *order = EDI_NEW_ARRAY(arena, uint32_t, trust->count * 2);
  if (!order) return edi_arena_status(arena);
  for (size_t i = 0; i < trust->count; i++) order[i] = (uint32_t)i;
  edi_order_sort(order, order + trust->count, trust->count, sizeof *order, compare_keys,
                 trust->keys);
  for (size_t i = 1; i < trust->count; i++)
    if (compare_keys(trust->keys, &order[i - 1], &order[i]) == 0)
      return fail(s, EDI_R0202, trust->keys[order[i]].name,
                  "the same key stands in another line; a key serves one role and one bundle");
  return EDICT_OK;
}

static edict_status parse_lines(store *s, edi_str rest, edi_arena *arena, edi_trust *trust) {
  size_t capacity = 0;
  void *keys = NULL;
  while (next_line(s, &rest)) {
    if (s->field_count == 0 || s->fields[0].ptr[0] == '#') continue;
    if (trust->count == EDI_LIMIT_TRUST_KEYS) {
      fail(s, EDI_R0203, s->line, "there are too many keys");
      return EDICT_LIMIT;
    }
    if (!edi_arena_grow(arena, &keys, &capacity, trust->count, sizeof *trust->keys))
      return edi_arena_status(arena);
    trust->keys = keys;
    edict_status status = parse_line(s, &trust->keys[trust->count]);
    if (status != EDICT_OK) return status;
    trust->count++;
  }
  return check_distinct(s, arena, trust);
}

edict_status edi_trust_parse(edi_arena *arena, edi_str text, edi_trust *trust,
                             edict_diagnostics *diagnostics) {
  *trust = (edi_trust){0};
  store s = {.text = text, .diagnostics = diagnostics, .source = EDI_SOURCE_NONE};
  if (text.len > EDI_LIMIT_TRUST_FILE) {
    fail(&s, EDI_R0203, (edi_str){NULL, 0}, "it is too large");
    return EDICT_LIMIT;
  }
  s.source = edi_diagnostics_source(diagnostics, EDI_STR("trust store"), text);
  edi_str rest = text;
  if (!next_line(&s, &rest) || !edi_str_equal(s.line, EDI_STR("edict-trust/v1")))
    return fail(&s, EDI_R0200, s.line, "the first line is not `edict-trust/v1`");
  edi_trust parsed = {0};
  edict_status status = parse_lines(&s, rest, arena, &parsed);
  if (status == EDICT_OK) *trust = parsed;
  return status;
}
