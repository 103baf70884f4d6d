/* Keyring file: see the header. A strict parser of lines; what is sealed is authenticated together with
 * the lines before it, and is believed only then. */
#include "enforce/keyring_file.h"

#include <sodium.h>

enum {
  BODY_MOST = EDI_EPOCHS_MOST * 96 + 32 + EDI_GONE_MOST * 43,
  NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
  TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES,
  SALT = crypto_pwhash_SALTBYTES,
  PASSES = 3,            /* of Argon2id, over so many KiB: what is written; */
  MEMORY_KIB = 64 * 1024,
  PASSES_MOST = 16,      /* and what is read */
  MEMORY_LEAST_KIB = 8,
  MEMORY_MOST_KIB = 1024 * 1024,
};

/* ---- lines and words ---- */

static edi_str next_line(edi_str *left, bool *ended) {
  const char *end = left->len ? memchr(left->ptr, '\n', left->len) : NULL;
  edi_str line = {left->ptr, end ? (size_t)(end - left->ptr) : left->len};
  *ended = end != NULL;
  left->ptr += line.len + (end ? 1 : 0);
  left->len -= line.len + (end ? 1 : 0);
  return line;
}

static bool take_word(edi_str *line, const char *word) {
  edi_str w = edi_str_from(word);
  if (!edi_str_starts(*line, w)) return false;
  line->ptr += w.len;
  line->len -= w.len;
  return true;
}

/* Up to nine digits without a leading zero, and the blank or the end after them. */
static bool take_number(edi_str *line, uint64_t *number) {
  size_t digits = 0;
  *number = 0;
  while (digits < line->len && digits < 9 && line->ptr[digits] >= '0' && line->ptr[digits] <= '9')
    *number = *number * 10 + (uint64_t)(line->ptr[digits++] - '0');
  if (digits == 0 || line->ptr[0] == '0' || (digits < line->len && line->ptr[digits] != ' ')) return false;
  size_t used = digits < line->len ? digits + 1 : digits;
  line->ptr += used;
  line->len -= used;
  return true;
}

static bool take_hex(edi_str digits, unsigned char *out, size_t size) {
  size_t length = 0;
  return edi_hex_decode(digits, out, size, &length) && length == size;
}

/* A salt that people can read and compare: no blank, nothing that cannot be seen. */
bool edi_keyring_federation_valid(edi_str name) {
  if (name.len == 0 || name.len > EDI_FEDERATION_MOST || !edi_utf8_valid(name)) return false;
  for (size_t at = 0; at < name.len;) {
    uint32_t c = edi_utf8_next(name, &at);
    if (c == ' ' || edi_utf8_hidden(c)) return false;
  }
  return true;
}

/* ---- entities ---- */

edi_keyring_text *edi_keyring_text_new(void) {
  edi_keyring_text *k = sodium_malloc(sizeof *k);
  if (k) sodium_memzero(k, sizeof *k);
  return k;
}

void edi_keyring_text_free(edi_keyring_text *k) {
  if (!k) return;
  sodium_free(k->gone);
  sodium_free(k);
}

void edi_entity_hash(const unsigned char name[32], edi_str of, edi_str value, unsigned char entity[EDI_ENTITY_BYTES]) {
  crypto_generichash_state state;
  (void)crypto_generichash_init(&state, name, 32, EDI_ENTITY_BYTES);
  (void)crypto_generichash_update(&state, (const unsigned char *)of.ptr, of.len);
  (void)crypto_generichash_update(&state, (const unsigned char *)"", 1);
  (void)crypto_generichash_update(&state, (const unsigned char *)value.ptr, value.len);
  (void)crypto_generichash_final(&state, entity, EDI_ENTITY_BYTES);
}

bool edi_entity_find(const unsigned char *all, size_t count, const unsigned char *entity, size_t *place) {
  size_t low = 0, high = count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (memcmp(all + middle * EDI_ENTITY_BYTES, entity, EDI_ENTITY_BYTES) < 0) low = middle + 1;
    else high = middle;
  }
  if (place) *place = low;
  return low < count && memcmp(all + low * EDI_ENTITY_BYTES, entity, EDI_ENTITY_BYTES) == 0;
}

/* ---- epochs ---- */

/* "epoch 3 current <64 hex digits>", "epoch 2 past <64 hex digits>", "epoch 1 destroyed". */
static bool read_epoch(edi_str line, uint64_t above, edi_epoch *out) {
  if (!take_word(&line, "epoch ") || !take_number(&line, &out->number) || out->number <= above) return false;
  if (edi_str_equal(line, EDI_STR("destroyed"))) {
    out->state = EDI_EPOCH_DESTROYED;
    memset(out->root, 0, sizeof out->root);
    return true;
  }
  out->state = take_word(&line, "current ") ? EDI_EPOCH_CURRENT : EDI_EPOCH_PAST;
  return (out->state == EDI_EPOCH_CURRENT || take_word(&line, "past ")) && take_hex(line, out->root, sizeof out->root);
}

static bool read_epochs(edi_str *body, edi_keyring_text *out) {
  size_t current = 0;
  for (uint64_t above = 0; body->len > 0 && edi_str_starts(*body, EDI_STR("epoch ")); above = out->epochs[out->count++].number) {
    bool ended;
    edi_str line = next_line(body, &ended);
    if (!ended || out->count == EDI_EPOCHS_MOST || !read_epoch(line, above, &out->epochs[out->count])) return false;
    current += out->epochs[out->count].state == EDI_EPOCH_CURRENT;
  }
  return current == 1;
}

/* "destroyed <32 hex digits>", ascending, for each entity. */
static bool read_gone(edi_str body, edi_keyring_text *out) {
  size_t count = body.len / 43;
  if (body.len % 43 != 0 || count > EDI_GONE_MOST) return false;
  if (count == 0) return true;
  out->gone = sodium_malloc(count * EDI_ENTITY_BYTES);
  if (!out->gone) return false;
  for (; body.len > 0; out->gone_count++) {
    bool ended;
    edi_str line = next_line(&body, &ended);
    unsigned char *entity = out->gone + out->gone_count * EDI_ENTITY_BYTES;
    if (!ended || !take_word(&line, "destroyed ") || !take_hex(line, entity, EDI_ENTITY_BYTES)) return false;
    if (out->gone_count && memcmp(entity - EDI_ENTITY_BYTES, entity, EDI_ENTITY_BYTES) >= 0) return false;
  }
  return true;
}

/* The form v3 has its version before the epochs, and behind them the entities whose keys are destroyed. */
static bool read_body(edi_str body, bool versioned, edi_keyring_text *out) {
  bool ended;
  if (versioned) {
    edi_str line = next_line(&body, &ended);
    bool blank = line.len && line.ptr[line.len - 1] == ' ';
    if (!ended || blank || !take_word(&line, "version ") || !take_number(&line, &out->version) || line.len) return false;
  }
  return read_epochs(&body, out) && (versioned ? read_gone(body, out) : body.len == 0);
}

/* The form v1, which is not sealed: one epoch and its root. */
static bool read_plain(edi_str text, edi_keyring_text *out) {
  bool ended;
  edi_str line = next_line(&text, &ended);
  edi_epoch *e = &out->epochs[0];
  out->count = 1;
  e->state = EDI_EPOCH_CURRENT;
  return ended && text.len == 0 && take_word(&line, "epoch ") && take_number(&line, &e->number) &&
         take_hex(line, e->root, sizeof e->root);
}

/* ---- the seal ---- */

typedef struct seal_line {
  edi_seal seal;
  uint64_t passes, memory_kib;
  unsigned char salt[SALT];
} seal_line;

static bool read_seal(edi_str line, seal_line *out) {
  *out = (seal_line){.seal = EDI_SEAL_KEY};
  if (edi_str_equal(line, EDI_STR("sealed key"))) return true;
  out->seal = EDI_SEAL_PASSPHRASE;
  return take_word(&line, "sealed passphrase ") && take_number(&line, &out->passes) && take_number(&line, &out->memory_kib) &&
         out->passes <= PASSES_MOST && out->memory_kib >= MEMORY_LEAST_KIB && out->memory_kib <= MEMORY_MOST_KIB &&
         take_hex(line, out->salt, sizeof out->salt);
}

static edi_str secret_text(const edict_keyring_secret *secret) {
  edi_str s = {secret->text, secret->text ? secret->length : 0};
  if (s.len && s.ptr[s.len - 1] == '\n') s.len--; /* as an editor leaves it */
  return s;
}

/* The key that the body is sealed under. */
static edict_status sealing_key(const edict_keyring_secret *secret, const seal_line *how, unsigned char key[32]) {
  edi_str s = secret_text(secret);
  unsigned char bytes[32];
  if (how->seal == EDI_SEAL_PASSPHRASE) {
    /* A key that is taken for a passphrase was given in the wrong place. */
    if (s.len < EDI_PASSPHRASE_LEAST || edi_str_starts(s, EDI_STR("edict-keyring-key/v1"))) return EDICT_ARGUMENT;
    return crypto_pwhash(key, 32, s.ptr, s.len, how->salt, how->passes, (size_t)how->memory_kib * 1024, crypto_pwhash_ALG_ARGON2ID13) == 0
               ? EDICT_OK
               : EDICT_MEMORY;
  }
  bool good = take_word(&s, "edict-keyring-key/v1\n") && take_hex(s, bytes, sizeof bytes);
  if (good) (void)crypto_generichash(key, 32, (const unsigned char *)"edict/keyring/v2", 16, bytes, sizeof bytes);
  sodium_memzero(bytes, sizeof bytes);
  return good ? EDICT_OK : EDICT_ARGUMENT;
}

static const char form[] = "the keyring is not of the form `edict-keyring/v2` or v3";

static edict_status complain(edict_diagnostics *diagnostics, edi_code code, edict_status status, const char *text) {
  edi_diagnostics_add(diagnostics, code, EDI_SPAN_NONE, "", "%s", text);
  return status;
}

/* What is sealed, and behind it what it is opened to: too much for a stack. */
typedef struct rooms {
  size_t size;               /* of each */
  unsigned char *sealed;
  char *body;
} rooms;

static bool rooms_for(rooms *r, size_t body) {
  r->size = (body < BODY_MOST ? body : BODY_MOST) + NONCE + TAG;
  r->sealed = sodium_malloc(2 * r->size);
  r->body = (char *)r->sealed + r->size;
  return r->sealed != NULL;
}

/* `before` are the bytes of the file up to the sealed line. */
static edict_status open_body(edi_str before, edi_str digits, const seal_line *how, const edict_keyring_secret *secret, bool versioned,
                              edi_keyring_text *out, edict_diagnostics *diagnostics) {
  unsigned char key[32];
  unsigned long long length = 0;
  size_t size = 0;
  rooms room, *r = &room;
  if (!rooms_for(r, digits.len / 4 * 3)) return EDICT_MEMORY;
  bool whole = edi_base64_decode(digits, r->sealed, r->size, &size) && size >= NONCE + TAG;
  edict_status status = whole ? sealing_key(secret, how, key) : EDICT_FORMAT;
  bool good = status == EDICT_OK &&
              crypto_aead_xchacha20poly1305_ietf_decrypt((unsigned char *)r->body, &length, NULL, r->sealed + NONCE, size - NONCE,
                                                         (const unsigned char *)before.ptr, before.len, r->sealed, key) == 0;
  bool read = good && read_body((edi_str){r->body, (size_t)length}, versioned, out);
  sodium_memzero(key, sizeof key);
  sodium_free(r->sealed); /* which wipes it */
  if (status == EDICT_MEMORY) return status;
  if (!whole) return complain(diagnostics, EDI_R0601, EDICT_FORMAT, form);
  if (!good)
    return complain(diagnostics, EDI_R0603, EDICT_UNTRUSTED, how->seal == EDI_SEAL_KEY ? "the keyring does not open with this key" : "the keyring does not open with this passphrase");
  return read ? EDICT_OK : complain(diagnostics, EDI_R0601, EDICT_FORMAT, "what is sealed in the keyring is no list of epochs");
}

/* ---- reading ---- */

static bool read_federation(edi_str *text, edi_keyring_text *out) {
  bool ended;
  edi_str line = next_line(text, &ended);
  if (!ended || !take_word(&line, "federation ") || !edi_keyring_federation_valid(line)) return false;
  memcpy(out->federation, line.ptr, line.len);
  out->federation_length = line.len;
  return true;
}

edict_status edi_keyring_read(edi_str text, const edict_keyring_secret *secret, edi_keyring_text *out, edict_diagnostics *diagnostics) {
  edi_str left = text;
  bool ended = false;
  seal_line how;
  sodium_memzero(out, sizeof *out);
  if (!text.ptr || text.len > EDI_KEYRING_MOST) return complain(diagnostics, EDI_R0601, EDICT_FORMAT, form);
  edi_str first = next_line(&left, &ended);
  bool plain = edi_str_equal(first, EDI_STR("edict-keyring/v1"));
  bool versioned = edi_str_equal(first, EDI_STR("edict-keyring/v3"));
  if (!ended || (!plain && !versioned && !edi_str_equal(first, EDI_STR("edict-keyring/v2"))) || !read_federation(&left, out))
    return complain(diagnostics, EDI_R0601, EDICT_FORMAT, form);
  if (plain) return read_plain(left, out) ? EDICT_OK : complain(diagnostics, EDI_R0601, EDICT_FORMAT, form);
  edi_str line = next_line(&left, &ended);
  if (!ended || !read_seal(line, &how)) return complain(diagnostics, EDI_R0601, EDICT_FORMAT, form);
  out->seal = how.seal;
  edi_str before = {text.ptr, (size_t)(left.ptr - text.ptr)};
  line = next_line(&left, &ended);
  if (!ended || left.len > 0 || !take_word(&line, "body ")) return complain(diagnostics, EDI_R0601, EDICT_FORMAT, form);
  if (!secret || !secret->text)
    return complain(diagnostics, EDI_R0604, EDICT_UNTRUSTED, how.seal == EDI_SEAL_KEY ? "the keyring is sealed with a key, and none is given" : "the keyring is sealed with a passphrase, and none is given");
  return open_body(before, line, &how, secret, versioned, out, diagnostics);
}

/* ---- writing ---- */

static void write_gone(const edi_keyring_text *k, edi_buf *into) {
  for (size_t i = 0; i < k->gone_count; i++) {
    edi_buf_text(into, "destroyed ");
    edi_hex_append(into, k->gone + i * EDI_ENTITY_BYTES, EDI_ENTITY_BYTES);
    edi_buf_char(into, '\n');
  }
}

static void write_epochs(const edi_keyring_text *k, edi_buf *into) {
  static const char *const states[] = {"past ", "current ", "destroyed"};
  for (size_t i = 0; i < k->count; i++) {
    const edi_epoch *e = &k->epochs[i];
    edi_buf_format(into, "epoch %llu %s", (unsigned long long)e->number, states[e->state]);
    if (e->state != EDI_EPOCH_DESTROYED) edi_hex_append(into, e->root, sizeof e->root);
    edi_buf_char(into, '\n');
  }
}

edict_status edi_keyring_write(const edi_keyring_text *k, const edict_keyring_secret *secret, const unsigned char seed[32], edi_buf *into) {
  unsigned char random[NONCE + SALT], key[32];
  seal_line how = {.seal = secret->passphrase ? EDI_SEAL_PASSPHRASE : EDI_SEAL_KEY, .passes = PASSES, .memory_kib = MEMORY_KIB};
  (void)crypto_generichash(random, sizeof random, (const unsigned char *)"nonce and salt", 14, seed, 32);
  memcpy(how.salt, random + NONCE, SALT);
  edict_status status = sealing_key(secret, &how, key);
  if (status != EDICT_OK) return status;
  rooms room, *r = &room;
  if (!rooms_for(r, EDI_EPOCHS_MOST * 96 + 32 + k->gone_count * 43)) {
    sodium_memzero(key, sizeof key);
    return EDICT_MEMORY;
  }
  edi_buf plain = edi_buf_fixed(r->body, r->size);
  size_t begin = into->len;
  edi_buf_format(into, "edict-keyring/v%d\nfederation %.*s\n", k->version ? 3 : 2, (int)k->federation_length, k->federation);
  if (how.seal == EDI_SEAL_KEY) edi_buf_text(into, "sealed key\n");
  else {
    edi_buf_format(into, "sealed passphrase %d %d ", PASSES, MEMORY_KIB);
    edi_hex_append(into, how.salt, SALT);
    edi_buf_char(into, '\n');
  }
  if (k->version) edi_buf_format(&plain, "version %llu\n", (unsigned long long)k->version);
  write_epochs(k, &plain);
  write_gone(k, &plain);
  unsigned long long length = 0;
  memcpy(r->sealed, random, NONCE);
  if (into->failed == EDICT_OK && plain.failed == EDICT_OK)
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(r->sealed + NONCE, &length, (const unsigned char *)r->body, plain.len,
                                                     (const unsigned char *)into->ptr + begin, into->len - begin, NULL, r->sealed, key);
  edi_buf_text(into, "body ");
  edi_base64_append(into, r->sealed, NONCE + (size_t)length);
  edi_buf_char(into, '\n');
  sodium_memzero(key, sizeof key);
  status = plain.failed != EDICT_OK ? plain.failed : into->failed;
  sodium_free(r->sealed);
  return status;
}
