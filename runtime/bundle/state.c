/* State: see the header. */
#include "bundle/state.h"

#include "base/calendar.h"
#include "bundle/lines.h"

static edict_status fail(edict_diagnostics *d, edict_status status, edi_code code, const edi_bundle *b, const char *what) {
  edi_diagnostics_add(d, code, EDI_SPAN_NONE, "", "bundle `%.*s`: %s", EDI_STR_ARG(b->manifest.name), what);
  return status;
}

/* ---- reading ---- */

static bool bad(edi_lines *in, const char *what) { return edi_lines_fail(in, EDI_R0240, what); }

/* `<number> <digest>` and what follows a further blank. */
static bool parse_version(edi_str value, uint64_t *version, unsigned char digest[EDI_DIGEST_BYTES], edi_str *rest) {
  const char *space = value.len ? memchr(value.ptr, ' ', value.len) : NULL;
  size_t number = space ? (size_t)(space - value.ptr) : 0, end = number + 1 + 2 * EDI_DIGEST_BYTES;
  if (!space || end > value.len) return false;
  *rest = (edi_str){value.ptr + end, value.len - end};
  return edi_lines_parse_number((edi_str){value.ptr, number}, version) && *version > 0 &&
         edi_lines_parse_digest((edi_str){space + 1, 2 * EDI_DIGEST_BYTES}, digest);
}

static bool parse_check(edi_lines *in) {
  edi_str value;
  unsigned char said[EDI_DIGEST_BYTES], is[EDI_DIGEST_BYTES];
  if (!edi_lines_value(in, "check", &value)) return false;
  if (!edi_lines_parse_digest(value, said)) return bad(in, "the check is not a digest");
  edi_digest(in->rest.ptr, in->rest.len, is);
  return memcmp(said, is, sizeof is) == 0 || bad(in, "what follows is not what was written: it was changed or is damaged");
}

static const char first_form[] = "edict-state/v1", second_form[] = "edict-state/v2"; /* the second one has keyrings */

bool edi_state_is(edi_str bytes) {
  return bytes.len >= sizeof first_form && bytes.ptr[sizeof first_form - 1] == '\n' &&
         (edi_str_starts(bytes, edi_str_from(first_form)) || edi_str_starts(bytes, edi_str_from(second_form)));
}

static bool parse_head(edi_lines *in, edi_state *state) {
  edi_str value, rest;
  bool second = edi_str_starts(in->rest, edi_str_from(second_form));
  if (!edi_lines_exact(in, second ? second_form : first_form, "the first line is neither `edict-state/v1` nor `edict-state/v2`") ||
      !parse_check(in) || !edi_lines_time(in, "time", &state->time) || !edi_lines_value(in, "root", &value))
    return false;
  if (edi_str_equal(value, EDI_STR("-"))) return true;
  state->has_root = true;
  return (parse_version(value, &state->root_version, state->root_digest, &rest) && rest.len == 0) ||
         bad(in, "`root` is neither `-` nor a version and a digest");
}

static bool is_word(edi_str rest, const char *word) { return edi_str_starts(rest, edi_str_from(word)); }

/* A name, and `federal`, `domain NAME` or `table NAME`. */
static bool is_key(edi_str key) {
  const char *space = key.len ? memchr(key.ptr, ' ', key.len) : NULL;
  if (!space) return false;
  edi_bundle_layer layer;
  edi_str name = {key.ptr, (size_t)(space - key.ptr)}, words = {space + 1, key.len - name.len - 1}, of;
  return edi_manifest_name_valid(name, EDI_LIMIT_NAME) && !edi_manifest_parse_layer(words, &layer, &of);
}

static edict_status parse_keyrings(edi_lines *in, edi_arena *arena, edi_state *state) {
  size_t capacity = 0;
  void *keyrings = NULL;
  while (is_word(in->rest, "keyring ")) {
    edi_str value, rest;
    edi_keyring_floor floor;
    if (!edi_lines_value(in, "keyring", &value)) return EDICT_FORMAT;
    if (!parse_version(value, &floor.version, floor.federation, &rest) || rest.len > 0)
      return bad(in, "the line is not `keyring`, version and digest"), EDICT_FORMAT;
    if (state->keyring_count &&
        memcmp(state->keyrings[state->keyring_count - 1].federation, floor.federation, sizeof floor.federation) >= 0)
      return bad(in, "the keyrings are not in ascending order"), EDICT_FORMAT;
    if (state->keyring_count == EDI_LIMIT_STATE_KEYRINGS) return bad(in, "there are too many keyrings"), EDICT_LIMIT;
    if (!edi_arena_grow(arena, &keyrings, &capacity, state->keyring_count, sizeof floor)) return edi_arena_status(arena);
    state->keyrings = keyrings;
    state->keyrings[state->keyring_count++] = floor;
  }
  return EDICT_OK;
}

static edict_status parse_floors(edi_lines *in, edi_arena *arena, edi_state *state) {
  size_t capacity = 0;
  void *floors = NULL;
  while (is_word(in->rest, "bundle ")) {
    edi_str value, name;
    edi_floor floor;
    if (!edi_lines_value(in, "bundle", &value)) return EDICT_FORMAT;
    bool good = parse_version(value, &floor.version, floor.digest, &name) && name.len > 1 && name.ptr[0] == ' ';
    if (good) floor.key = (edi_str){name.ptr + 1, name.len - 1};
    if (!good || !is_key(floor.key))
      return bad(in, "the line is not `bundle`, version, digest, name and layer"), EDICT_FORMAT;
    if (state->floor_count && edi_str_compare(state->floors[state->floor_count - 1].key, floor.key) >= 0)
      return bad(in, "the bundles are not in ascending order"), EDICT_FORMAT;
    if (state->floor_count == EDI_LIMIT_STATE_BUNDLES) return bad(in, "there are too many bundles"), EDICT_LIMIT;
    if (!edi_arena_grow(arena, &floors, &capacity, state->floor_count, sizeof floor)) return edi_arena_status(arena);
    state->floors = floors;
    state->floors[state->floor_count++] = floor;
  }
  return EDICT_OK;
}

static edict_status parse_documents(edi_lines *in, edi_arena *arena, edi_state *state) {
  size_t capacity = 0;
  void *documents = NULL;
  while (in->rest.len > 0) {
    uint64_t length;
    if (!edi_lines_number(in, "document", &length)) return EDICT_FORMAT;
    if (length == 0 || length > EDI_LIMIT_ROOT_FILE || length > in->rest.len)
      return bad(in, "so many bytes of a root document do not follow"), EDICT_FORMAT;
    if (state->document_count == EDI_LIMIT_STATE_ROOTS) return bad(in, "there are too many root documents"), EDICT_LIMIT;
    if (!edi_arena_grow(arena, &documents, &capacity, state->document_count, sizeof *state->documents))
      return edi_arena_status(arena);
    state->documents = documents;
    state->documents[state->document_count++] = (edi_str){in->rest.ptr, (size_t)length};
    in->rest = (edi_str){in->rest.ptr + length, in->rest.len - (size_t)length};
  }
  return EDICT_OK;
}

edict_status edi_state_parse(edi_arena *arena, edi_str bytes, edi_state *state, edict_diagnostics *diagnostics) {
  edi_state parsed = {.has_root = false};
  *state = parsed;
  edi_lines in = edi_lines_of(bytes, "state file", EDI_R0240, diagnostics);
  if (bytes.len > EDI_LIMIT_STATE_FILE) return bad(&in, "it is too large"), EDICT_LIMIT;
  if (!parse_head(&in, &parsed)) return EDICT_FORMAT;
  edict_status status = parse_keyrings(&in, arena, &parsed);
  if (status == EDICT_OK && (parsed.keyring_count > 0) != edi_str_starts(bytes, edi_str_from(second_form)))
    return bad(&in, "keyrings stand in `edict-state/v2` and in no other"), EDICT_FORMAT;
  if (status == EDICT_OK) status = parse_floors(&in, arena, &parsed);
  if (status == EDICT_OK) status = parse_documents(&in, arena, &parsed);
  if (status == EDICT_OK && parsed.document_count && !parsed.has_root)
    return bad(&in, "root documents stand under no root"), EDICT_FORMAT;
  if (status == EDICT_OK) *state = parsed;
  return status;
}

/* ---- writing ---- */

static void format_body(const edi_state *state, edi_buf *into) {
  edi_lines_put_time(into, "time", state->time);
  if (state->has_root) edi_buf_format(into, "root %llu ", (unsigned long long)state->root_version);
  else edi_buf_text(into, "root -");
  if (state->has_root) edi_hex_append(into, state->root_digest, EDI_DIGEST_BYTES);
  edi_buf_char(into, '\n');
  for (size_t i = 0; i < state->keyring_count; i++) {
    edi_buf_format(into, "keyring %llu ", (unsigned long long)state->keyrings[i].version);
    edi_hex_append(into, state->keyrings[i].federation, EDI_DIGEST_BYTES);
    edi_buf_char(into, '\n');
  }
  for (size_t i = 0; i < state->floor_count; i++) {
    const edi_floor *f = &state->floors[i];
    edi_buf_format(into, "bundle %llu ", (unsigned long long)f->version);
    edi_hex_append(into, f->digest, EDI_DIGEST_BYTES);
    edi_buf_format(into, " %.*s\n", EDI_STR_ARG(f->key));
  }
  for (size_t i = 0; i < state->document_count; i++) {
    edi_buf_format(into, "document %zu\n", state->documents[i].len);
    edi_buf_str(into, state->documents[i]);
  }
}

void edi_state_format(const edi_state *state, edi_buf *into) {
  edi_buf body;
  unsigned char digest[EDI_DIGEST_BYTES];
  edi_buf_init(&body, into->allocator, EDI_LIMIT_STATE_FILE);
  format_body(state, &body);
  if (body.failed != EDICT_OK) {
    into->failed = body.failed;
  } else {
    edi_digest(body.ptr, body.len, digest);
    edi_buf_format(into, "%s\ncheck ", state->keyring_count ? second_form : first_form);
    edi_hex_append(into, digest, sizeof digest);
    edi_buf_char(into, '\n');
    edi_buf_append(into, body.ptr, body.len);
  }
  edi_buf_fini(&body);
}

/* ---- keyrings ---- */

/* The first whose federation is not below. */
static size_t keyring_place(const edi_state *state, const unsigned char *federation) {
  size_t at = 0;
  while (at < state->keyring_count && memcmp(state->keyrings[at].federation, federation, EDI_DIGEST_BYTES) < 0) at++;
  return at;
}

static bool is_keyring(const edi_state *state, size_t at, const unsigned char *federation) {
  return at < state->keyring_count && memcmp(state->keyrings[at].federation, federation, EDI_DIGEST_BYTES) == 0;
}

uint64_t edi_state_keyring(const edi_state *state, const unsigned char *federation) {
  size_t at = keyring_place(state, federation);
  return is_keyring(state, at, federation) ? state->keyrings[at].version : 0;
}

edict_status edi_state_raise_keyring(edi_arena *arena, edi_state *state, const unsigned char *federation, uint64_t version) {
  size_t at = keyring_place(state, federation), count = state->keyring_count;
  bool there = is_keyring(state, at, federation);
  if (version <= (there ? state->keyrings[at].version : 0)) return EDICT_OK;
  if (!there && count == EDI_LIMIT_STATE_KEYRINGS) return EDICT_LIMIT;
  /* Those that were read are the file's, which is compared with what is written. */
  edi_keyring_floor *keyrings = EDI_NEW_ARRAY(arena, edi_keyring_floor, count + 1);
  if (!keyrings) return edi_arena_status(arena);
  for (size_t i = 0; i < at; i++) keyrings[i] = state->keyrings[i];
  for (size_t i = at; i < count; i++) keyrings[i + !there] = state->keyrings[i];
  keyrings[at].version = version;
  memcpy(keyrings[at].federation, federation, EDI_DIGEST_BYTES);
  state->keyrings = keyrings;
  state->keyring_count = count + !there;
  return EDICT_OK;
}

/* ---- floors ---- */

edi_str edi_state_key(edi_arena *arena, const edi_manifest *m) {
  edi_buf key;
  edi_buf_init(&key, NULL, 4096);
  edi_buf_str(&key, m->name);
  edi_buf_char(&key, ' ');
  edi_manifest_put_layer(m, &key);
  edi_str out = {key.failed == EDICT_OK ? edi_arena_copy(arena, key.ptr, key.len) : NULL, key.len};
  edi_buf_fini(&key);
  return out;
}

/* Where the key is, or belongs. */
static size_t place_of(const edi_state *state, edi_str key, bool *found) {
  size_t low = 0, high = state->floor_count;
  *found = false;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    int order = edi_str_compare(state->floors[middle].key, key);
    if (order == 0) {
      *found = true;
      return middle;
    }
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

const edi_floor *edi_state_find(const edi_state *state, edi_str key) {
  bool found;
  size_t at = place_of(state, key, &found);
  return found ? &state->floors[at] : NULL;
}

static edict_status tell_prev(const edi_floor *floor, const edi_bundle *bundle, edict_diagnostics *d) {
  edi_buf hex;
  edi_buf_init(&hex, NULL, 256);
  edi_hex_append(&hex, floor->digest, sizeof floor->digest);
  edi_finding *f = edi_diagnostics_add(d, EDI_R0244, EDI_SPAN_NONE, "", "bundle `%.*s`: version %llu does not follow the version %llu that was in force",
                                       EDI_STR_ARG(bundle->manifest.name), (unsigned long long)bundle->manifest.version,
                                       (unsigned long long)floor->version);
  edi_finding_fix(f, false, "prev: %.*s", (int)hex.len, hex.ptr ? hex.ptr : "");
  edi_buf_fini(&hex);
  return EDICT_UNTRUSTED;
}

edict_status edi_state_admits(const edi_state *state, edi_str key, const edi_bundle *bundle, edict_diagnostics *d) {
  const edi_manifest *m = &bundle->manifest;
  const edi_floor *floor = edi_state_find(state, key);
  if (!floor) return EDICT_OK;
  if (m->version < floor->version) {
    edi_diagnostics_add(d, EDI_R0242, EDI_SPAN_NONE, "", "bundle `%.*s`: version %llu is older than the version %llu that was in force",
                        EDI_STR_ARG(m->name), (unsigned long long)m->version, (unsigned long long)floor->version);
    return EDICT_VERSION;
  }
  if (m->version == floor->version)
    return memcmp(bundle->digest, floor->digest, sizeof floor->digest) == 0
               ? EDICT_OK
               : fail(d, EDICT_UNTRUSTED, EDI_R0243, bundle, "another one of this version was in force");
  if (m->version - floor->version > 1) return EDICT_OK;
  return m->has_prev && memcmp(m->prev, floor->digest, sizeof floor->digest) == 0 ? EDICT_OK : tell_prev(floor, bundle, d);
}

edict_status edi_state_reserve(edi_arena *arena, edi_state *state, size_t more) {
  if (more > EDI_LIMIT_STATE_BUNDLES - state->floor_count) more = EDI_LIMIT_STATE_BUNDLES - state->floor_count;
  edi_floor *floors = EDI_NEW_ARRAY(arena, edi_floor, state->floor_count + more);
  if (!floors) return edi_arena_status(arena);
  if (state->floor_count) memcpy(floors, state->floors, state->floor_count * sizeof *floors);
  state->floors = floors;
  state->room = state->floor_count + more;
  return EDICT_OK;
}

bool edi_state_raise(edi_state *state, edi_str key, const edi_bundle *bundle) {
  const edi_manifest *m = &bundle->manifest;
  bool found;
  size_t at = place_of(state, key, &found);
  if (!found && state->floor_count >= state->room) return false;
  if (!found) {
    size_t after = state->floor_count - at;
    if (after) memmove(state->floors + at + 1, state->floors + at, after * sizeof *state->floors);
    state->floor_count++;
  }
  edi_floor *f = &state->floors[at];
  f->key = key;
  f->version = m->version;
  memcpy(f->digest, bundle->digest, sizeof f->digest);
  return true;
}
