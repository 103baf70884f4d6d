/* Keyring: see the header. The file is read by a strict line parser; its root key goes into locked
 * memory at once and only derived keys leave. */
#include "enforce/keyring.h"

#include <sodium.h>

typedef struct named_root {
  edi_str name;
  unsigned char prk[crypto_auth_hmacsha256_BYTES];
} named_root;

struct edi_keyring {
  unsigned char prk[crypto_auth_hmacsha256_BYTES]; /* HKDF-Extract of the epoch's root */
  uint64_t epoch;
  size_t named_count; /* of a test: the only keys that there are */
  named_root named[];
};

static edi_str next_line(edi_str *left, bool *ended) {
  const char *end = memchr(left->ptr, '\n', left->len);
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

static bool take_epoch(edi_str *line, uint64_t *epoch) {
  size_t digits = 0;
  *epoch = 0;
  while (digits < line->len && digits < 9 && line->ptr[digits] >= '0' && line->ptr[digits] <= '9')
    *epoch = *epoch * 10 + (uint64_t)(line->ptr[digits++] - '0');
  if (digits == 0 || (line->ptr[0] == '0') || digits >= line->len || line->ptr[digits] != ' ') return false;
  line->ptr += digits + 1;
  line->len -= digits + 1;
  return true;
}

/* A salt that people can read and compare: no blank, nothing that cannot be seen. */
static bool is_federation(edi_str name) {
  if (name.len == 0 || name.len > 255 || !edi_utf8_valid(name)) return false;
  for (size_t at = 0; at < name.len;) {
    uint32_t c = edi_utf8_next(name, &at);
    if (c == ' ' || edi_utf8_hidden(c)) return false;
  }
  return true;
}

/* HKDF-Extract. */
static void extract(edi_str salt, edi_str secret, unsigned char prk[crypto_auth_hmacsha256_BYTES]) {
  crypto_auth_hmacsha256_state state;
  (void)crypto_auth_hmacsha256_init(&state, (const unsigned char *)salt.ptr, salt.len);
  (void)crypto_auth_hmacsha256_update(&state, (const unsigned char *)secret.ptr, secret.len);
  (void)crypto_auth_hmacsha256_final(&state, prk);
  sodium_memzero(&state, sizeof state);
}

static bool read_keyring(edi_str text, edi_keyring *k) {
  bool ended;
  if (!text.ptr) return false;
  edi_str line = next_line(&text, &ended);
  if (!ended || !edi_str_equal(line, EDI_STR("edict-keyring/v1"))) return false;
  edi_str federation = next_line(&text, &ended);
  if (!ended || !take_word(&federation, "federation ") || !is_federation(federation)) return false;
  line = next_line(&text, &ended);
  unsigned char root[32];
  size_t length = 0;
  bool ok = ended && text.len == 0 && take_word(&line, "epoch ") && take_epoch(&line, &k->epoch) &&
            edi_hex_decode(line, root, sizeof root, &length) && length == sizeof root;
  if (ok) extract(federation, (edi_str){(const char *)root, sizeof root}, k->prk);
  sodium_memzero(root, sizeof root);
  return ok;
}

edict_status edi_keyring_create(edi_str text, edi_keyring **keyring, edict_diagnostics *diagnostics) {
  *keyring = NULL;
  if (sodium_init() < 0) return EDICT_SYSTEM;
  edi_keyring *k = sodium_malloc(sizeof *k);
  if (!k) return EDICT_MEMORY;
  k->named_count = 0;
  if (text.len > EDI_KEYRING_MOST || !read_keyring(text, k)) {
    sodium_free(k);
    edi_diagnostics_add(diagnostics, EDI_R0601, EDI_SPAN_NONE, "", "the keyring is not of the form `edict-keyring/v1`");
    return EDICT_FORMAT;
  }
  (void)sodium_mprotect_readonly(k);
  *keyring = k;
  return EDICT_OK;
}

edict_status edi_keyring_create_named(const edict_named_key *keys, size_t count, edi_keyring **keyring) {
  size_t size;
  *keyring = NULL;
  if (sodium_init() < 0) return EDICT_SYSTEM;
  if (!edi_size_mul(count, sizeof(named_root), &size) || !edi_size_add(size, sizeof(edi_keyring), &size))
    return EDICT_LIMIT;
  edi_keyring *k = sodium_malloc(size);
  if (!k) return EDICT_MEMORY;
  sodium_memzero(k, size);
  k->named_count = count;
  for (size_t i = 0; i < count; i++) {
    k->named[i].name = (edi_str){keys[i].name.ptr, keys[i].name.len};
    extract(EDI_STR("edict/test-key/v1"), (edi_str){keys[i].text.ptr, keys[i].text.len}, k->named[i].prk);
  }
  (void)sodium_mprotect_readonly(k);
  *keyring = k;
  return EDICT_OK;
}

/* What keys of this name are derived from; NULL: a test did not give it. */
static const unsigned char *root_of(const edi_keyring *k, edi_str name) {
  if (k->named_count == 0) return k->prk;
  for (size_t i = 0; i < k->named_count; i++)
    if (edi_str_equal(k->named[i].name, name)) return k->named[i].prk;
  return NULL;
}

void edi_keyring_destroy(edi_keyring *keyring) { sodium_free(keyring); }

static void add(crypto_auth_hmacsha256_state *state, edi_str part) {
  (void)crypto_auth_hmacsha256_update(state, (const unsigned char *)part.ptr, part.len);
  (void)crypto_auth_hmacsha256_update(state, (const unsigned char *)"", 1);
}

/* HKDF-Expand: each block of 32 bytes is the MAC of the one before, the info and its number. */
bool edi_keyring_derive(const edi_keyring *keyring, const edi_key_parts *parts, unsigned char *out, size_t length) {
  const unsigned char *root = keyring ? root_of(keyring, parts->key) : NULL;
  if (!root || length % 32 != 0) return false;
  for (size_t at = 0; at < length; at += 32) {
    const unsigned char tail[] = {(unsigned char)parts->scope, (unsigned char)parts->base, (unsigned char)(at / 32 + 1)};
    crypto_auth_hmacsha256_state state;
    (void)crypto_auth_hmacsha256_init(&state, root, crypto_auth_hmacsha256_BYTES);
    if (at > 0) (void)crypto_auth_hmacsha256_update(&state, out + at - 32, 32);
    add(&state, EDI_STR("edict/mask/v1"));
    add(&state, parts->key);
    add(&state, parts->transform);
    add(&state, parts->scope_value);
    (void)crypto_auth_hmacsha256_update(&state, tail, sizeof tail);
    (void)crypto_auth_hmacsha256_final(&state, out + at);
    sodium_memzero(&state, sizeof state);
  }
  return true;
}

uint64_t edi_keyring_epoch(const edi_keyring *keyring) { return keyring->epoch ? keyring->epoch : 1; }
