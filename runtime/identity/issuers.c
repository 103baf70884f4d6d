/* Issuers: the federal bundle's issuers with their key sets, look-up of one, and keys that change.
 *
 * In: a verified federal program and the bundle that carries the key sets. Invariant: no two of them have
 * one URL, so `iss` picks at most one; an issuer of tokens has at least one key, or takes its keys from the
 * host. A key set that is replaced goes when the last who verifies with it is done. */
#include "identity/issuers.h"

#include "bundle/claimpath.h"
#include "bundle/limits.h"

/* The largest key set with the largest keys takes a small part of it. */
enum { KEYSET_CEILING = 16 * 1024 * 1024 };

static bool is_host(const edi_issuer *issuer) { return issuer->flags & EDI_ISSUER_HOST; }

/* ---- look-up ---- */

uint32_t edi_issuers_by_url(const edi_issuers *issuers, edi_str url) {
  for (uint32_t i = 0; i < issuers->count; i++) {
    const edi_issuer *issuer = &issuers->program->issuers[i];
    if (!is_host(issuer) && edi_str_equal(edi_program_string(issuers->program, issuer->url), url))
      return i;
  }
  return EDI_NONE;
}

uint32_t edi_issuers_by_name(const edi_issuers *issuers, edi_str name) {
  for (uint32_t i = 0; i < issuers->count; i++)
    if (edi_str_equal(edi_program_string(issuers->program, issuers->program->issuers[i].name),
                      name))
      return i;
  return EDI_NONE;
}

uint32_t edi_issuers_host(const edi_issuers *issuers) {
  for (uint32_t i = 0; i < issuers->count; i++)
    if (is_host(&issuers->program->issuers[i])) return i;
  return EDI_NONE;
}

/* ---- key sets ---- */

static edict_status make_keyset(const edi_allocator *allocator, edi_str text,
                                const edi_jwk_source *source, edi_keyset **keys,
                                edict_diagnostics *diagnostics) {
  edi_arena arena;
  edi_arena_init(&arena, allocator, KEYSET_CEILING);
  edi_keyset *made = EDI_NEW(&arena, edi_keyset);
  edict_status status = made ? edi_jwks_parse(text, source, &arena, &made->jwks, diagnostics)
                             : edi_arena_status(&arena);
  if (status != EDICT_OK) {
    edi_arena_fini(&arena);
    return status;
  }
  atomic_init(&made->users, 1);
  made->arena = arena;
  *keys = made;
  return EDICT_OK;
}

void edi_keyset_leave(edi_keyset *keys) {
  if (!keys || atomic_fetch_sub(&keys->users, 1) != 1) return;
  edi_jwks_fini(&keys->jwks);
  edi_arena arena = keys->arena;
  edi_arena_fini(&arena);
}

edi_keyset *edi_issuers_keys(const edi_issuers *issuers, uint32_t number,
                             unsigned long long *epoch) {
  edi_issuer_slot *slot = &issuers->slots[number];
  (void)pthread_mutex_lock(&slot->lock);
  edi_keyset *keys = slot->keys;
  if (keys) atomic_fetch_add(&keys->users, 1);
  *epoch = atomic_load(&slot->epoch);
  (void)pthread_mutex_unlock(&slot->lock);
  return keys;
}

static void replace_keys(edi_issuer_slot *slot, edi_keyset *keys) {
  (void)pthread_mutex_lock(&slot->lock);
  edi_keyset *old = slot->keys;
  slot->keys = keys;
  atomic_fetch_add(&slot->epoch, 1);
  (void)pthread_mutex_unlock(&slot->lock);
  edi_keyset_leave(old);
}

edict_status edi_issuers_reload(const edi_issuers *issuers, edi_str name, edi_str text,
                                edict_diagnostics *diagnostics) {
  const edi_program *p = issuers->program;
  uint32_t number = edi_issuers_by_name(issuers, name);
  if (number == EDI_NONE) {
    edi_diagnostics_add(diagnostics, EDI_R0355, EDI_SPAN_NONE, "",
                        "the federation declares no issuer `%.*s`", EDI_STR_ARG(name));
    return EDICT_ARGUMENT;
  }
  const edi_issuer *issuer = &p->issuers[number];
  if (!(issuer->flags & EDI_ISSUER_KEYS_FROM_HOST)) {
    edi_diagnostics_add(diagnostics, EDI_R0342, EDI_SPAN_NONE, "",
                        "the declaration of issuer `%.*s` does not say `keys from host`",
                        EDI_STR_ARG(name));
    return EDICT_UNTRUSTED;
  }
  edi_jwk_source source = {.name = name, .algorithms = issuer->algorithms, .by_host = true,
                           .workload = issuer->tokens == EDI_TOKENS_WORKLOAD};
  edi_keyset *keys = NULL;
  edict_status status = EDICT_OK;
  if (text.ptr) status = make_keyset(issuers->allocator, text, &source, &keys, diagnostics);
  if (status == EDICT_OK) replace_keys(&issuers->slots[number], keys);
  return status;
}

bool edi_issuers_stand(const edi_issuers *issuers, const edi_subject *subject, int64_t now,
                       unsigned long long *epoch) {
  if (!subject->by_token) return true;
  if (atomic_load_explicit(&issuers->slots[subject->issuer].epoch, memory_order_acquire) == *epoch)
    return true;
  unsigned long long current;
  edi_keyset *keys = edi_issuers_keys(issuers, subject->issuer, &current);
  bool stands = keys && edi_jwks_has(&keys->jwks, subject->key_identity, now);
  edi_keyset_leave(keys);
  if (stands) *epoch = current;
  return stands;
}

/* ---- create ---- */

static edict_status load_keys(const edi_issuers *issuers, uint32_t number, const edi_bundle *bundle,
                              edict_diagnostics *diagnostics) {
  const edi_issuer *issuer = &issuers->program->issuers[number];
  edi_str name = edi_program_string(issuers->program, issuer->name);
  edi_str keys = edi_program_string(issuers->program, issuer->keys), text = {NULL, 0};
  edi_buf path;
  edi_buf_init(&path, issuers->allocator, EDI_LIMIT_STRING + sizeof "keys/");
  edi_buf_text(&path, "keys/");
  edi_buf_str(&path, keys);
  edi_buf_append(&path, "", 1);
  edict_status status = path.failed;
  if (status == EDICT_OK) text = edi_bundle_find(bundle, path.ptr);
  edi_buf_fini(&path);
  if (status != EDICT_OK) return status;
  edi_jwk_source source = {.name = keys, .algorithms = issuer->algorithms,
                           .workload = issuer->tokens == EDI_TOKENS_WORKLOAD};
  if (text.ptr)
    return make_keyset(issuers->allocator, text, &source, &issuers->slots[number].keys,
                       diagnostics);
  edi_diagnostics_add(diagnostics, EDI_R0338, EDI_SPAN_NONE, "",
                      "the bundle has no file `keys/%.*s` for issuer `%.*s`", EDI_STR_ARG(keys),
                      EDI_STR_ARG(name));
  return EDICT_FORMAT;
}

/* Those before it are loaded, so a second with its URL or a second host is found here. */
static bool is_distinct(const edi_issuers *issuers, uint32_t number,
                        edict_diagnostics *diagnostics) {
  const edi_program *p = issuers->program;
  uint32_t other = is_host(&p->issuers[number])
                       ? edi_issuers_host(issuers)
                       : edi_issuers_by_url(issuers, edi_program_string(p, p->issuers[number].url));
  if (other == EDI_NONE) return true;
  edi_diagnostics_add(diagnostics, EDI_R0339, EDI_SPAN_NONE, "",
                      "issuers `%.*s` and `%.*s` are the same one",
                      EDI_STR_ARG(edi_program_string(p, p->issuers[other].name)),
                      EDI_STR_ARG(edi_program_string(p, p->issuers[number].name)));
  return false;
}

static edict_status make_slot(edi_issuers *issuers, uint32_t number, const edi_bundle *bundle,
                              edict_diagnostics *diagnostics) {
  const edi_program *p = issuers->program;
  const edi_issuer *issuer = &p->issuers[number];
  edi_issuer_slot *slot = &issuers->slots[number];
  bool distinct = is_distinct(issuers, number, diagnostics);
  if (pthread_mutex_init(&slot->lock, NULL) != 0) return EDICT_SYSTEM;
  atomic_init(&slot->epoch, 0);
  slot->revocation.declared = issuer->revoked != EDI_NONE;
  for (uint32_t i = 0; i < issuer->claims.count; i++)
    slot->reads_actor |= edi_claimpath_reads_actor(
        edi_program_string(p, p->claims[issuer->claims.first + i].path));
  issuers->count++;
  if (!distinct) return EDICT_FORMAT;
  if (is_host(issuer) || (issuer->flags & EDI_ISSUER_KEYS_FROM_HOST)) return EDICT_OK;
  return load_keys(issuers, number, bundle, diagnostics);
}

edict_status edi_issuers_create(edi_arena *arena, const edi_program *program,
                                const edi_bundle *bundle, edi_issuers **issuers,
                                edict_diagnostics *diagnostics) {
  *issuers = NULL;
  edi_issuers *made = EDI_NEW(arena, edi_issuers);
  if (!made) return edi_arena_status(arena);
  made->program = program;
  made->allocator = arena->allocator;
  made->slots = EDI_NEW_ARRAY(arena, edi_issuer_slot, program->issuers_count);
  if (!made->slots) return edi_arena_status(arena);
  edict_status status = EDICT_OK;
  while (status == EDICT_OK && made->count < program->issuers_count)
    status = make_slot(made, made->count, bundle, diagnostics);
  if (status == EDICT_OK) *issuers = made;
  else edi_issuers_destroy(made);
  return status;
}

edict_status edi_issuers_revocation(edi_issuers *issuers, uint32_t number,
                                    const edi_tablefile *data, int64_t not_before,
                                    int64_t fresh_until, edict_diagnostics *diagnostics) {
  const edi_issuer *issuer = &issuers->program->issuers[number];
  if (data && !edi_revocation_is_sound(data)) {
    edi_diagnostics_add(diagnostics, EDI_R0344, EDI_SPAN_NONE, "",
                        "a row of what issuer `%.*s` took back names neither jti, sub nor kid",
                        EDI_STR_ARG(edi_program_string(issuers->program, issuer->name)));
    return EDICT_FINDINGS;
  }
  issuers->slots[number].revocation =
      (edi_revocation){issuer->revoked != EDI_NONE, data, not_before, fresh_until};
  return EDICT_OK;
}

void edi_issuers_destroy(edi_issuers *issuers) {
  if (!issuers) return;
  for (uint32_t i = 0; i < issuers->count; i++) {
    edi_keyset_leave(issuers->slots[i].keys);
    (void)pthread_mutex_destroy(&issuers->slots[i].lock);
  }
  *issuers = (edi_issuers){0}; /* who still holds it finds no issuer */
}
