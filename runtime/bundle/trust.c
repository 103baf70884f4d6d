/* Trust store: lines of text become trusted keys, and thresholds for them.
 *
 * In: the text of a store or of a root document. Out: keys in the order of their lines, and their roles.
 * Invariant: no key has two lines, so a key speaks for one role, one domain and one bundle; no threshold
 * is zero or above the number of its keys; a line that is not understood refuses all of it, since a key
 * left out could be the one that matters. */
#include "bundle/trust.h"

#include "bundle/lines.h"
#include "bundle/note.h"
#include "bundle/order.h"

enum { FIELDS_MOST = 5 };

/* A line of a key, or of a threshold, and what role it is about. */
typedef struct statement {
  edi_trust_role about; /* its threshold is 0 for a key's line */
  edi_str line;
  uint32_t key; /* of the keys; UINT32_MAX: a threshold */
} statement;

typedef struct store {
  edi_arena *arena;
  edi_str text;
  bool root, draft; /* a root document's statements */
  edi_source source;
  edict_diagnostics *diagnostics;
  edi_str line;
  edi_str fields[FIELDS_MOST]; /* of the line */
  size_t field_count;
  statement *statements;
  size_t count, capacity, key_capacity;
  edi_trust trust;
} store;

static edi_span span_of(const store *s, edi_str part) {
  uint32_t begin = part.ptr ? (uint32_t)(part.ptr - s->text.ptr) : 0;
  return (edi_span){s->source, begin, begin + (uint32_t)part.len};
}

static edict_status fail(const store *s, edi_code code, edi_str where, const char *what) {
  edi_diagnostics_add(s->diagnostics, code, span_of(s, where), "", "%s: %s", s->root ? "root document" : "trust store", what);
  return EDICT_FORMAT;
}

/* ---- lines ---- */

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

/* Whether the fields stand with one blank between them and nothing else: so a signed text has one form. */
static bool is_plain(const store *s) {
  size_t length = s->field_count ? s->field_count - 1 : 0;
  if (s->field_count == 0 || s->field_count > FIELDS_MOST || s->fields[0].ptr[0] == '#') return false;
  for (size_t i = 0; i < s->field_count; i++) length += s->fields[i].len;
  return length == s->line.len && !memchr(s->line.ptr, '\t', s->line.len);
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

/* ---- a statement ---- */

static bool is_domain(edi_str name) {
  if (name.len == 0 || name.len > EDI_LIMIT_NAME || edi_str_equal(name, EDI_STR("federal")))
    return false;
  for (size_t i = 0; i < name.len; i++)
    if (name.ptr[i] == '/' || (unsigned char)name.ptr[i] < 0x21 ||
        (unsigned char)name.ptr[i] > 0x7E)
      return false;
  return true;
}

static edi_role role_of(const store *s, edi_str word) {
  if (edi_str_equal(word, EDI_STR("federal"))) return EDI_ROLE_FEDERAL;
  if (edi_str_equal(word, EDI_STR("domain"))) return EDI_ROLE_DOMAIN;
  if (edi_str_equal(word, EDI_STR("log"))) return EDI_ROLE_LOG;
  return s->root && edi_str_equal(word, EDI_STR("root")) ? EDI_ROLE_ROOT : 0;
}

/* By role: what a line of a key is. */
static const char *const line_forms[] = {"", "the line is not `federal <bundle> <key>`", "the line is not `domain <domain> <bundle> <key>`",
                                         "the line is not `log <key>`", "the line is not `root <key>`"};

/* The words before the key or number, at field `at`. */
static edict_status parse_role(const store *s, size_t at, edi_trust_role *role) {
  const edi_str *fields = s->fields + at;
  *role = (edi_trust_role){.role = s->field_count > at ? role_of(s, fields[0]) : 0};
  if (!role->role)
    return fail(s, EDI_R0200, s->field_count > at ? fields[0] : s->line,
                at        ? "a threshold is of `federal`, `domain` or `root`"
                : s->root ? "a line begins with `root`, `federal`, `domain`, `log` or `threshold`"
                          : "a line begins with `federal`, `domain`, `log` or `threshold`");
  bool domain = role->role == EDI_ROLE_DOMAIN, named = domain || role->role == EDI_ROLE_FEDERAL;
  size_t expected = at + (domain ? 4 : named ? 3 : 2);
  if (at && role->role == EDI_ROLE_LOG) return fail(s, EDI_R0200, fields[0], "each key of a log stands for itself");
  if (s->field_count != expected)
    return fail(s, EDI_R0200, s->line, at ? "the line is not `threshold`, the words of a role, and a number" : line_forms[role->role]);
  if (domain) role->domain = fields[1];
  if (domain && !is_domain(role->domain)) return fail(s, EDI_R0200, role->domain, "that cannot be a domain's name");
  if (named) role->bundle = s->fields[expected - 2];
  if (named && !edi_manifest_name_valid(role->bundle, EDI_LIMIT_NAME))
    return fail(s, EDI_R0200, role->bundle, "that cannot be a bundle's name");
  return EDICT_OK;
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

static edict_status add_key(store *s, statement *st) {
  edi_trust *t = &s->trust;
  void *keys = t->keys;
  if (t->count == EDI_LIMIT_TRUST_KEYS) {
    fail(s, EDI_R0203, s->line, "there are too many keys");
    return EDICT_LIMIT;
  }
  if (!edi_arena_grow(s->arena, &keys, &s->key_capacity, t->count, sizeof *t->keys))
    return edi_arena_status(s->arena);
  t->keys = keys;
  st->key = (uint32_t)t->count;
  edict_status status = parse_role(s, 0, &st->about);
  if (status == EDICT_OK) status = parse_key(s, s->fields[s->field_count - 1], &t->keys[t->count]);
  if (status == EDICT_OK) t->count++;
  return status;
}

static edict_status add_threshold(store *s, statement *st) {
  uint64_t least = 0;
  edict_status status = parse_role(s, 1, &st->about);
  if (status != EDICT_OK) return status;
  if (s->count - s->trust.count == EDI_LIMIT_TRUST_KEYS) {
    fail(s, EDI_R0203, s->line, "there are too many thresholds");
    return EDICT_LIMIT;
  }
  edi_str number = s->fields[s->field_count - 1];
  if (!edi_lines_parse_number(number, &least)) return fail(s, EDI_R0200, number, "a threshold is a number");
  if (least == 0) return fail(s, EDI_R0204, number, "a threshold of 0 would believe everybody");
  if (least > EDI_LIMIT_NOTE_SIGNATURES) return fail(s, EDI_R0204, number, "no text has more than 32 signatures");
  st->about.threshold = (unsigned)least;
  st->key = UINT32_MAX;
  return EDICT_OK;
}

static edict_status add_statement(store *s) {
  void *statements = s->statements;
  if (!edi_arena_grow(s->arena, &statements, &s->capacity, s->count, sizeof *s->statements))
    return edi_arena_status(s->arena);
  s->statements = statements;
  statement *st = &s->statements[s->count];
  *st = (statement){.line = s->line};
  bool threshold = edi_str_equal(s->fields[0], EDI_STR("threshold"));
  edict_status status = threshold ? add_threshold(s, st) : add_key(s, st);
  if (status == EDICT_OK) s->count++;
  return status;
}

static edict_status parse_lines(store *s, edi_str rest) {
  while (next_line(s, &rest)) {
    if (s->root && !is_plain(s))
      return fail(s, EDI_R0200, s->line, "the line is not words with one blank between them");
    if (s->field_count == 0 || s->fields[0].ptr[0] == '#') continue;
    edict_status status = add_statement(s);
    if (status != EDICT_OK) return status;
  }
  return EDICT_OK;
}

/* ---- roles ---- */

static int compare_roles(const edi_trust_role *a, const edi_trust_role *b) {
  if (a->role != b->role) return a->role < b->role ? -1 : 1;
  int order = edi_str_compare(a->domain, b->domain);
  return order ? order : edi_str_compare(a->bundle, b->bundle);
}

static int compare_statements(const void *context, const void *a, const void *b) {
  (void)context;
  return compare_roles(&((const statement *)a)->about, &((const statement *)b)->about);
}

/* Statements from `begin` on are of one role; sets it, and *end. */
static edict_status make_role(store *s, size_t begin, size_t *end, edi_trust_role *role) {
  const statement *first = &s->statements[begin], *threshold = NULL;
  *role = first->about;
  role->threshold = 0;
  for (*end = begin; *end < s->count && compare_roles(&first->about, &s->statements[*end].about) == 0; ++*end) {
    const statement *st = &s->statements[*end];
    if (st->key != UINT32_MAX) {
      s->trust.keys[st->key].role = (uint32_t)s->trust.role_count;
      role->keys++;
      continue;
    }
    if (threshold) return fail(s, EDI_R0204, st->line, "the role has a threshold already");
    threshold = st;
    role->threshold = st->about.threshold;
  }
  if (s->draft) return EDICT_OK;
  if (threshold && role->threshold > role->keys)
    return fail(s, EDI_R0204, threshold->line, "the role has fewer keys than its threshold asks for");
  if (threshold || !s->root || role->role == EDI_ROLE_LOG) {
    if (!threshold) role->threshold = 1;
    return EDICT_OK;
  }
  return fail(s, EDI_R0204, first->line, "the role has no threshold: a root document says one for each");
}

static edict_status make_roles(store *s) {
  statement *spare = EDI_NEW_ARRAY(s->arena, statement, s->count);
  s->trust.roles = EDI_NEW_ARRAY(s->arena, edi_trust_role, s->count);
  if (!spare || !s->trust.roles) return edi_arena_status(s->arena);
  edi_order_sort(s->statements, spare, s->count, sizeof *spare, compare_statements, NULL);
  for (size_t at = 0; at < s->count;) {
    edict_status status = make_role(s, at, &at, &s->trust.roles[s->trust.role_count]);
    if (status != EDICT_OK) return status;
    s->trust.role_count++;
  }
  return EDICT_OK;
}

static int compare_keys(const void *context, const void *a, const void *b) {
  const edi_trusted_key *keys = context;
  return memcmp(keys[*(const uint32_t *)a].public_key, keys[*(const uint32_t *)b].public_key, 32);
}

static edict_status check_distinct(const store *s) {
  const edi_trust *trust = &s->trust;
  uint32_t *order = EDI_NEW_ARRAY(s->arena, uint32_t, trust->count * 2);
  if (!order) return edi_arena_status(s->arena);
  for (size_t i = 0; i < trust->count; i++) order[i] = (uint32_t)i;
  edi_order_sort(order, order + trust->count, trust->count, sizeof *order, compare_keys,
                 trust->keys);
  for (size_t i = 1; i < trust->count; i++)
    if (compare_keys(trust->keys, &order[i - 1], &order[i]) == 0)
      return fail(s, EDI_R0202, trust->keys[order[i]].name,
                  "the same key stands in another line; a key serves one role and one bundle");
  return EDICT_OK;
}

/* ---- texts ---- */

static edict_status finish(store *s, edi_str rest, edi_trust *trust) {
  edict_status status = parse_lines(s, rest);
  if (status == EDICT_OK) status = check_distinct(s);
  if (status == EDICT_OK) status = make_roles(s);
  if (status == EDICT_OK) *trust = s->trust;
  return status;
}

edict_status edi_trust_parse(edi_arena *arena, edi_str text, edi_trust *trust,
                             edict_diagnostics *diagnostics) {
  *trust = (edi_trust){0};
  store s = {.arena = arena, .text = text, .diagnostics = diagnostics, .source = EDI_SOURCE_NONE};
  if (text.len > EDI_LIMIT_TRUST_FILE) {
    fail(&s, EDI_R0203, (edi_str){NULL, 0}, "it is too large");
    return EDICT_LIMIT;
  }
  s.source = edi_diagnostics_source(diagnostics, EDI_STR("trust store"), text);
  edi_str rest = text;
  if (!next_line(&s, &rest) || !edi_str_equal(s.line, EDI_STR("edict-trust/v1")))
    return fail(&s, EDI_R0200, s.line, "the first line is not `edict-trust/v1`");
  return finish(&s, rest, trust);
}

edict_status edi_trust_statements(edi_arena *arena, edi_str text, edi_str rest, bool draft, edi_trust *trust,
                                  edict_diagnostics *diagnostics) {
  *trust = (edi_trust){0};
  store s = {.arena = arena, .text = text, .root = true, .draft = draft, .diagnostics = diagnostics};
  s.source = edi_diagnostics_source(diagnostics, EDI_STR("root document"), text);
  return finish(&s, rest, trust);
}

bool edi_trust_below(edi_str name, edi_str above) {
  return edi_str_starts(name, above) && (name.len == above.len || name.ptr[above.len] == '/');
}

void edi_trust_role_print(const edi_trust_role *role, edi_buf *into) {
  static const char *const words[] = {"?", "federal", "domain", "log", "root"};
  edi_buf_text(into, words[role->role <= EDI_ROLE_ROOT ? role->role : 0]);
  if (role->domain.len) edi_buf_format(into, " %.*s", EDI_STR_ARG(role->domain));
  if (role->bundle.len) edi_buf_format(into, " %.*s", EDI_STR_ARG(role->bundle));
}
