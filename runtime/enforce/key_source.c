/* Key source: see the header. Roots go into locked memory as HKDF's extracted keys, and only derived keys
 * leave. */
#include "enforce/key_source.h"

#include "bundle/program.h"
#include "enforce/keyring_file.h"

#include <sodium.h>

typedef struct named_root {
  edi_str name;
  unsigned char prk[crypto_auth_hmacsha256_BYTES];
} named_root;

typedef struct epoch_root {
  uint64_t number;
  bool there; /* not destroyed */
  unsigned char prk[crypto_auth_hmacsha256_BYTES]; /* HKDF-Extract of the epoch's root */
} epoch_root;

struct edi_keyring {
  epoch_root epochs[EDI_EPOCHS_MOST];
  size_t epoch_count, used; /* the epoch that masks use */
  uint64_t version;
  unsigned char name[32];   /* of the federation, hashed: what entities are hashed under */
  const unsigned char *gone; /* entities whose keys are destroyed, EDI_ENTITY_BYTES each, ascending */
  size_t gone_count;
  edict_derive *derive;     /* a service of the host's, in the place of epochs */
  void *user;
  size_t named_count;       /* of a test: the only keys that there are */
  named_root named[];
};

/* HKDF-Extract. */
static void extract(edi_str salt, edi_str secret, unsigned char prk[crypto_auth_hmacsha256_BYTES]) {
  crypto_auth_hmacsha256_state state;
  (void)crypto_auth_hmacsha256_init(&state, (const unsigned char *)salt.ptr, salt.len);
  (void)crypto_auth_hmacsha256_update(&state, (const unsigned char *)secret.ptr, secret.len);
  (void)crypto_auth_hmacsha256_final(&state, prk);
  sodium_memzero(&state, sizeof state);
}

static edi_keyring *allocate(size_t named) {
  size_t size;
  if (!edi_size_mul(named, sizeof(named_root), &size) || !edi_size_add(size, sizeof(edi_keyring), &size)) return NULL;
  edi_keyring *k = sodium_malloc(size); /* locked where the system lets us, and wiped when it is freed */
  if (k) sodium_memzero(k, size);
  return k;
}

static edict_status refuse(edict_diagnostics *diagnostics, edi_code code, edict_status status, const char *text) {
  edi_diagnostics_add(diagnostics, code, EDI_SPAN_NONE, "", "%s", text);
  return status;
}

/* Which epoch masks use: the current one, or the one that the host asks for. */
static edict_status choose(edi_keyring *k, const edi_keyring_text *text, uint64_t asked, edict_diagnostics *diagnostics) {
  for (size_t i = 0; i < text->count; i++) {
    const edi_epoch *e = &text->epochs[i];
    if (asked ? e->number != asked : e->state != EDI_EPOCH_CURRENT) continue;
    k->used = i;
    if (k->epochs[i].there) return EDICT_OK;
  }
  return refuse(diagnostics, EDI_R0605, EDICT_NOT_FOUND, "the keyring has no such epoch, or it is destroyed");
}

static edict_status load(const edict_engine_options *options, edi_keyring *k, edi_keyring_text *text, edict_diagnostics *diagnostics) {
  edi_str file = {options->keyring, options->keyring_length};
  edict_status status = edi_keyring_read(file, options->keyring_secret, text, diagnostics);
  if (status != EDICT_OK) return status;
  if (text->seal == EDI_SEAL_NONE && !options->development)
    return refuse(diagnostics, EDI_R0602, EDICT_UNTRUSTED, "the keyring is not sealed: `edict keyring seal` seals it");
  k->epoch_count = text->count;
  for (size_t i = 0; i < text->count; i++) {
    k->epochs[i].number = text->epochs[i].number;
    k->epochs[i].there = text->epochs[i].state != EDI_EPOCH_DESTROYED;
    if (k->epochs[i].there)
      extract((edi_str){text->federation, text->federation_length}, (edi_str){(const char *)text->epochs[i].root, EDI_ROOT_BYTES}, k->epochs[i].prk);
  }
  return choose(k, text, options->keyring_epoch, diagnostics);
}

/* An older keyring would bring keys back that were destroyed. */
static edict_status adopt(const edict_engine_options *options, edi_keyring *k, edi_keyring_text *text, edict_diagnostics *diagnostics) {
  k->version = text->version;
  k->gone = text->gone;
  k->gone_count = text->gone_count;
  text->gone = NULL; /* the keyring's now */
  if (k->version >= options->keyring_least) return EDICT_OK;
  edi_diagnostics_add(diagnostics, EDI_R0530, EDI_SPAN_NONE, "", "the keyring is of version %llu, and %llu is the least", (unsigned long long)k->version,
                      (unsigned long long)options->keyring_least);
  return EDICT_VERSION;
}

edict_status edi_keyring_open(const edict_engine_options *options, edi_keyring **keyring, edict_diagnostics *diagnostics) {
  *keyring = NULL;
  if (sodium_init() < 0) return EDICT_SYSTEM;
  edi_keyring *k = allocate(0);
  edi_keyring_text *text = k ? edi_keyring_text_new() : NULL;
  edict_status status = text ? EDICT_OK : EDICT_MEMORY;
  if (status == EDICT_OK && options->derive) {
    k->derive = options->derive;
    k->user = options->derive_user;
  } else if (status == EDICT_OK) {
    status = load(options, k, text, diagnostics);
    if (status == EDICT_OK) status = adopt(options, k, text, diagnostics);
    if (status == EDICT_OK) (void)crypto_generichash(k->name, sizeof k->name, (const unsigned char *)text->federation, text->federation_length, NULL, 0);
  }
  edi_keyring_text_free(text);
  if (status != EDICT_OK) {
    edi_keyring_destroy(k);
    return status;
  }
  (void)sodium_mprotect_readonly(k);
  *keyring = k;
  return EDICT_OK;
}

edict_status edi_keyring_create_named(const edict_named_key *keys, size_t count, edi_keyring **keyring) {
  *keyring = NULL;
  if (sodium_init() < 0) return EDICT_SYSTEM;
  edi_keyring *k = allocate(count);
  if (!k) return EDICT_MEMORY;
  k->named_count = count;
  for (size_t i = 0; i < count; i++) {
    k->named[i].name = (edi_str){keys[i].name.ptr, keys[i].name.len};
    extract(EDI_STR("edict/test-key/v1"), (edi_str){keys[i].text.ptr, keys[i].text.len}, k->named[i].prk);
  }
  (void)sodium_mprotect_readonly(k);
  *keyring = k;
  return EDICT_OK;
}

/* What keys of this name are derived from; NULL: a test did not give it, or the epoch is not there. */
static const unsigned char *root_of(const edi_keyring *k, edi_str name, uint64_t *epoch) {
  for (size_t i = 0; i < k->named_count; i++)
    if (edi_str_equal(k->named[i].name, name) && *epoch <= 1) {
      *epoch = 1;
      return k->named[i].prk;
    }
  if (k->named_count) return NULL;
  for (size_t i = 0; i < k->epoch_count; i++) {
    const epoch_root *e = &k->epochs[i];
    if (*epoch ? e->number != *epoch : i != k->used) continue;
    *epoch = e->number;
    return e->there ? e->prk : NULL;
  }
  return NULL;
}

void edi_keyring_destroy(edi_keyring *keyring) {
  if (!keyring) return;
  sodium_free((void *)keyring->gone);
  sodium_free(keyring);
}

uint64_t edi_keyring_version(const edi_keyring *keyring) { return keyring ? keyring->version : 0; }

const unsigned char *edi_keyring_federation(const edi_keyring *keyring) {
  return keyring && keyring->epoch_count > 0 ? keyring->name : NULL;
}

bool edi_keyring_is_of(const edi_keyring *keyring, edi_str bundle) {
  const unsigned char *name = edi_keyring_federation(keyring);
  bool found = name == NULL;
  for (size_t i = 1; i <= bundle.len && !found; i++) {
    unsigned char hash[32];
    if (i < bundle.len && bundle.ptr[i] != '/') continue;
    (void)crypto_generichash(hash, sizeof hash, (const unsigned char *)bundle.ptr, i, NULL, 0);
    found = memcmp(hash, name, sizeof hash) == 0;
  }
  return found;
}

void edi_keyring_entity(const edi_keyring *keyring, edi_str of, edi_str value, unsigned char entity[EDI_ENTITY_BYTES]) {
  edi_entity_hash(keyring->name, of, value, entity);
}

static bool is_gone(const edi_keyring *k, const unsigned char *entity) {
  return entity && edi_entity_find(k->gone, k->gone_count, entity, NULL);
}

static void add(crypto_auth_hmacsha256_state *state, edi_str part) {
  (void)crypto_auth_hmacsha256_update(state, (const unsigned char *)part.ptr, part.len);
  (void)crypto_auth_hmacsha256_update(state, (const unsigned char *)"", 1);
}

/* HKDF-Expand: each block of 32 bytes is the MAC of the one before, the info and its number. */
static void expand(const unsigned char *prk, const edi_key_parts *parts, unsigned char *out, size_t length) {
  for (size_t at = 0; at < length; at += 32) {
    const unsigned char tail[] = {(unsigned char)parts->scope, (unsigned char)parts->base, (unsigned char)(at / 32 + 1)};
    crypto_auth_hmacsha256_state state;
    (void)crypto_auth_hmacsha256_init(&state, prk, crypto_auth_hmacsha256_BYTES);
    if (at > 0) (void)crypto_auth_hmacsha256_update(&state, out + at - 32, 32);
    add(&state, parts->entity ? EDI_STR("edict/mask-entity/v1") : EDI_STR("edict/mask/v1"));
    add(&state, parts->key);
    add(&state, parts->transform);
    add(&state, parts->scope_value);
    if (parts->entity) (void)crypto_auth_hmacsha256_update(&state, parts->entity, EDI_ENTITY_BYTES);
    (void)crypto_auth_hmacsha256_update(&state, tail, sizeof tail);
    (void)crypto_auth_hmacsha256_final(&state, out + at);
    sodium_memzero(&state, sizeof state);
  }
}

static bool ask(const edi_keyring *k, const edi_key_parts *parts, uint64_t *epoch, unsigned char *out, size_t length) {
  static const char *const scopes[] = {"", "query", "reader", "purpose", "product", "domain", "federation"};
  if (parts->scope >= sizeof scopes / sizeof *scopes) return false;
  const edict_key_request request = {.size = sizeof request, .key = {parts->key.ptr, parts->key.len},
                                     .transform = {parts->transform.ptr, parts->transform.len}, .scope = scopes[parts->scope],
                                     .scope_value = {parts->scope_value.ptr, parts->scope_value.len},
                                     .type = edi_type_base_name(parts->base),
                                     .entity = {(const char *)parts->entity, parts->entity ? EDI_ENTITY_BYTES : 0}};
  memset(out, 0, length);
  if (k->derive(k->user, &request, epoch, out, length) == 1 && *epoch > 0) return true;
  sodium_memzero(out, length);
  return false;
}

bool edi_keyring_derive(const edi_keyring *keyring, const edi_key_parts *parts, uint64_t *epoch, unsigned char *out, size_t length) {
  if (!keyring || length % 32 != 0) return false;
  if (keyring->derive) return ask(keyring, parts, epoch, out, length);
  if (is_gone(keyring, parts->entity)) return false;
  const unsigned char *root = root_of(keyring, parts->key, epoch);
  if (root) expand(root, parts, out, length);
  return root != NULL;
}
