/* Layout: names, identity, segment header and spine of a log's directory.
 *
 * In: names and bytes of unknown origin. Out: what they say, or that they say nothing; each thing
 * has one spelling, so that formatting what was parsed gives the same bytes. */
#include "log/layout.h"

#include <errno.h>
#include <stdio.h>

#include <sodium.h>

enum { NAMES_MOST = 1 << 20, VERSION = 1, CHUNK = 32 * 1024 };

/* ---- names ---- */

/* Exactly `digits` decimal digits at *at, which moves past them. */
static bool take_number(const char **at, unsigned digits, uint64_t *number) {
  uint64_t value = 0;
  for (unsigned i = 0; i < digits; i++) {
    char c = (*at)[i];
    if (c < '0' || c > '9') return false;
    if (__builtin_mul_overflow(value, (uint64_t)10, &value)) return false;
    if (__builtin_add_overflow(value, (uint64_t)(c - '0'), &value)) return false;
  }
  *at += digits;
  *number = value;
  return true;
}

static bool take_text(const char **at, const char *text) {
  size_t length = strlen(text);
  if (strncmp(*at, text, length) != 0) return false;
  *at += length;
  return true;
}

static edi_layout_name parse_whole(const char *name) {
  static const struct {
    const char *name;
    edi_layout_kind kind;
  } fixed[] = {
      {"lock", EDI_LAYOUT_LOCK},
      {"ident", EDI_LAYOUT_IDENT},
      {"checkpoint", EDI_LAYOUT_CHECKPOINT},
      {"spare", EDI_LAYOUT_SPARE},
  };
  for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
    if (strcmp(name, fixed[i].name) == 0) return (edi_layout_name){.kind = fixed[i].kind};
  edi_layout_name found = {.kind = EDI_LAYOUT_OTHER};
  uint64_t ordinal = 0;
  const char *at = name;
  if (take_text(&at, "seg-") && take_number(&at, 20, &found.number) && strcmp(at, ".edl") == 0)
    return found.kind = EDI_LAYOUT_SEGMENT, found;
  at = name;
  if (take_text(&at, "pay-") && take_number(&at, 20, &found.number) && strcmp(at, ".edp") == 0)
    return found.kind = EDI_LAYOUT_PAYLOAD, found;
  at = name;
  if (take_text(&at, "cut-") && take_number(&at, 20, &found.number) && take_text(&at, "-") &&
      take_number(&at, 12, &found.offset) && take_text(&at, "-") && take_number(&at, 2, &ordinal) &&
      strcmp(at, ".edt") == 0) {
    found.kind = EDI_LAYOUT_CUT;
    found.ordinal = (uint32_t)ordinal;
    return found;
  }
  return (edi_layout_name){.kind = EDI_LAYOUT_OTHER};
}

edi_layout_name edi_layout_parse(const char *name) {
  size_t length = strlen(name);
  if (length < 4 || strcmp(name + length - 4, ".tmp") != 0) return parse_whole(name);
  char whole[EDI_LAYOUT_NAME_MOST];
  edi_layout_name found = {.kind = EDI_LAYOUT_OTHER};
  if (length - 4 >= sizeof whole) return found;
  memcpy(whole, name, length - 4);
  whole[length - 4] = '\0';
  found = parse_whole(whole);
  if (found.kind == EDI_LAYOUT_OTHER) return found;
  found.base = found.kind;
  found.kind = EDI_LAYOUT_TEMPORARY;
  return found;
}

void edi_layout_format(edi_layout_name parsed, char *name) {
  unsigned long long number = parsed.number, offset = parsed.offset;
  bool temporary = parsed.kind == EDI_LAYOUT_TEMPORARY;
  const char *fixed = "", *end = temporary ? ".tmp" : "";
  switch (temporary ? parsed.base : parsed.kind) {
    case EDI_LAYOUT_SEGMENT:
      (void)snprintf(name, EDI_LAYOUT_NAME_MOST, "seg-%020llu.edl%s", number, end);
      return;
    case EDI_LAYOUT_PAYLOAD:
      (void)snprintf(name, EDI_LAYOUT_NAME_MOST, "pay-%020llu.edp%s", number, end);
      return;
    case EDI_LAYOUT_CUT:
      (void)snprintf(name, EDI_LAYOUT_NAME_MOST, "cut-%020llu-%012llu-%02u.edt%s", number, offset,
                     parsed.ordinal % 100, end);
      return;
    case EDI_LAYOUT_LOCK: fixed = "lock"; break;
    case EDI_LAYOUT_IDENT: fixed = "ident"; break;
    case EDI_LAYOUT_CHECKPOINT: fixed = "checkpoint"; break;
    case EDI_LAYOUT_SPARE: fixed = "spare"; break;
    case EDI_LAYOUT_OTHER:
    case EDI_LAYOUT_TEMPORARY: break;
  }
  (void)snprintf(name, EDI_LAYOUT_NAME_MOST, "%s%s", fixed, end);
}

bool edi_layout_path(const char *directory, const char *name, char *path) {
  int length = snprintf(path, EDI_LAYOUT_PATH_MOST, "%s/%s", directory, name);
  return length > 0 && length < EDI_LAYOUT_PATH_MOST && strlen(directory) < EDI_STORE_PATH_MOST;
}

/* ---- directory ---- */

typedef struct listing {
  edi_arena *arena;
  edi_layout_list *list;
  size_t capacity;
  bool failed;
} listing;

static void add_name(void *user, const char *name) {
  listing *l = user;
  edi_layout_list *list = l->list;
  edi_layout_name parsed = edi_layout_parse(name);
  if (parsed.kind == EDI_LAYOUT_OTHER && list->others++ > 0) return;
  if (parsed.kind == EDI_LAYOUT_OTHER) {
    edi_buf safe;
    edi_buf_init(&safe, l->arena->allocator, 4 * EDI_LAYOUT_NAME_MOST);
    edi_buf_escaped(&safe, edi_str_from(name), EDI_LAYOUT_NAME_MOST - 4);
    (void)snprintf(list->other, sizeof list->other, "%.*s", (int)(safe.failed ? 0 : safe.len),
                   safe.ptr);
    edi_buf_fini(&safe);
    return;
  }
  if (list->count == NAMES_MOST || l->failed ||
      !edi_arena_grow(l->arena, (void **)&list->names, &l->capacity, list->count,
                      sizeof *list->names)) {
    l->failed = true;
    return;
  }
  list->names[list->count++] = parsed;
}

static bool before(const edi_layout_name *a, const edi_layout_name *b) {
  if (a->kind != b->kind) return a->kind < b->kind;
  if (a->number != b->number) return a->number < b->number;
  if (a->offset != b->offset) return a->offset < b->offset;
  return a->ordinal < b->ordinal;
}

static void sift(edi_layout_name *names, size_t root, size_t count) {
  for (size_t child; (child = 2 * root + 1) < count; root = child) {
    if (child + 1 < count && before(&names[child], &names[child + 1])) child++;
    if (!before(&names[root], &names[child])) return;
    edi_layout_name swap = names[root];
    names[root] = names[child];
    names[child] = swap;
  }
}

static void sort_names(edi_layout_name *names, size_t count) {
  for (size_t i = count / 2; i-- > 0;) sift(names, i, count);
  for (size_t end = count; end-- > 1;) {
    edi_layout_name swap = names[0];
    names[0] = names[end];
    names[end] = swap;
    sift(names, 0, end);
  }
}

bool edi_layout_has(const edi_layout_list *list, edi_layout_name name) {
  size_t low = 0, high = list->count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (before(&list->names[middle], &name)) low = middle + 1;
    else high = middle;
  }
  return low < list->count && !before(&name, &list->names[low]);
}

edict_status edi_layout_read(const edi_system *system, const char *directory, edi_arena *arena,
                             edi_layout_list *list, int *error) {
  *list = (edi_layout_list){0};
  listing l = {arena, list, 0, false};
  *error = system->list_dir(system->context, directory, add_name, &l);
  if (*error != 0) return edi_layout_status(*error);
  if (l.failed) return list->count == NAMES_MOST ? EDICT_LIMIT : edi_arena_status(arena);
  sort_names(list->names, list->count);
  return EDICT_OK;
}

edict_status edi_layout_status(int error) {
  switch (error) {
    case 0: return EDICT_OK;
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return EDICT_LIMIT;
    case ENOMEM: return EDICT_MEMORY;
    case ENOENT:
    case ENOTDIR: return EDICT_NOT_FOUND;
    case EWOULDBLOCK: return EDICT_BUSY;
    default: return EDICT_SYSTEM;
  }
}

/* ---- identity ---- */

#define IDENT_FIRST "edict-log/v1\norigin "

bool edi_ident_format(edi_buf *buf, const edi_ident *ident) {
  edi_buf_text(buf, IDENT_FIRST);
  edi_buf_str(buf, ident->origin);
  edi_buf_text(buf, "\nid ");
  edi_hex_append(buf, ident->log_id, EDI_LOG_ID_BYTES);
  edi_buf_text(buf, "\nkey ");
  if (!edi_note_key_format(buf, ident->key.name, ident->key.public_key)) return false;
  edi_buf_char(buf, '\n');
  return buf->failed == EDICT_OK;
}

/* `prefix`, then a line that is not empty; *text moves past its LF. */
static bool take_line(edi_str *text, edi_str prefix, edi_str *line) {
  if (!edi_str_starts(*text, prefix)) return false;
  edi_str rest = {text->ptr + prefix.len, text->len - prefix.len};
  const char *end = rest.len > 0 ? memchr(rest.ptr, '\n', rest.len) : NULL;
  if (!end || end == rest.ptr) return false;
  *line = (edi_str){rest.ptr, (size_t)(end - rest.ptr)};
  *text = (edi_str){end + 1, rest.len - line->len - 1};
  return true;
}

bool edi_ident_parse(edi_str text, edi_ident *ident) {
  edi_str id, key;
  size_t length = 0;
  *ident = (edi_ident){0};
  if (!take_line(&text, EDI_STR(IDENT_FIRST), &ident->origin)) return false;
  if (!take_line(&text, EDI_STR("id "), &id) || !take_line(&text, EDI_STR("key "), &key))
    return false;
  if (text.len != 0 || !edi_note_name_valid(ident->origin)) return false;
  if (edi_str_starts(ident->origin, EDI_STR("edict-"))) return false;
  if (!edi_hex_decode(id, ident->log_id, EDI_LOG_ID_BYTES, &length) || length != EDI_LOG_ID_BYTES)
    return false;
  return edi_note_key_parse(key, &ident->key) && edi_str_equal(ident->key.name, ident->origin);
}

/* ---- segment header ---- */

static const char segment_magic[8] = "EDICTSEG";

void edi_segment_header_encode(const edi_segment_header *header,
                               uint8_t out[EDI_SEGMENT_HEADER_BYTES]) {
  memset(out, 0, EDI_SEGMENT_HEADER_BYTES);
  memcpy(out, segment_magic, sizeof segment_magic);
  edi_put32(out + 8, VERSION);
  memcpy(out + 16, header->log_id, EDI_LOG_ID_BYTES);
  edi_put64(out + 32, header->first_index);
  memcpy(out + 40, header->salt, sizeof header->salt);
  edi_put32(out + 60, edi_crc32c(0, out, 60));
}

bool edi_segment_header_decode(const uint8_t bytes[EDI_SEGMENT_HEADER_BYTES],
                               edi_segment_header *header) {
  memcpy(header->log_id, bytes + 16, EDI_LOG_ID_BYTES);
  header->first_index = edi_get64(bytes + 32);
  memcpy(header->salt, bytes + 40, sizeof header->salt);
  uint8_t again[EDI_SEGMENT_HEADER_BYTES];
  edi_segment_header_encode(header, again); /* every other byte has one value */
  return memcmp(again, bytes, sizeof again) == 0;
}

uint32_t edi_segment_seed(const edi_segment_header *header) {
  return edi_frame_seed(header->log_id, header->first_index, header->salt);
}

bool edi_spine_add(edi_spine *spine, edi_hasher *hasher, const void *bytes, size_t length) {
  edi_str parts[] = {
      {"\x02", 1}, {(const char *)spine->bytes, sizeof spine->bytes}, {bytes, length}};
  return edi_hasher_sha256(hasher, parts, 3, spine->bytes);
}

/* ---- whole files ---- */

static int digest_all(const edi_system *system, edi_file file, uint64_t *length,
                      crypto_generichash_state *state) {
  uint8_t chunk[CHUNK];
  size_t got = CHUNK;
  for (*length = 0; got == CHUNK; *length += got) {
    int error = system->read(system->context, file, *length, chunk, sizeof chunk, &got);
    if (error != 0) return error;
    (void)crypto_generichash_update(state, chunk, got); /* cannot fail */
  }
  return 0;
}

edict_status edi_layout_digest(const edi_system *system, const char *path, uint64_t *length,
                               uint8_t digest[32], int *error) {
  edi_file file;
  crypto_generichash_state state;
  uint64_t size;
  (void)crypto_generichash_init(&state, NULL, 0, 32);
  *error = system->open(system->context, path, EDI_OPEN_READ, &file);
  if (*error != 0) return edi_layout_status(*error);
  *error = system->size(system->context, file, &size); /* refuses what is not a file */
  if (*error == 0) *error = digest_all(system, file, length, &state);
  (void)system->close(system->context, file); /* only read */
  (void)crypto_generichash_final(&state, digest, 32);
  return edi_layout_status(*error);
}
