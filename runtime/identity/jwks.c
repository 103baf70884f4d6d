/* JWKS: the file around the keys: its size, its shape, what must not be in it, and look-up by `kid`. */
#include "identity/jwks.h"

#include <openssl/err.h>
#include <sodium.h>

#include "bundle/limits.h"

/* Enough for the largest file of the smallest values. */
enum { SCRATCH_CEILING = 192 * 1024 * 1024 };

static edict_status refuse(edict_diagnostics *diagnostics, edi_code code,
                           const edi_jwk_source *source, const char *why, edict_status status) {
  if (status != EDICT_MEMORY)
    edi_diagnostics_add(diagnostics, code, EDI_SPAN_NONE, "", "key set `%.*s`: %s",
                        EDI_STR_ARG(source->name), why);
  return status;
}

static edict_status load(edi_str text, const edi_jwk_source *source, edi_arena *scratch,
                         const edi_json **keys, edict_diagnostics *diagnostics) {
  const edi_json *root;
  const char *why = "it is larger than 1 MiB";
  if (text.len > EDI_LIMIT_JWKS_FILE)
    return refuse(diagnostics, EDI_R0330, source, why, EDICT_LIMIT);
  edict_status status = edi_strictjson_parse(text, EDI_LIMIT_TOKEN_DEPTH, scratch, &root, &why);
  if (status != EDICT_OK) return refuse(diagnostics, EDI_R0331, source, why, status);
  *keys = edi_strictjson_member(root, EDI_STR("keys"));
  if (!*keys || (*keys)->kind != EDI_JSON_ARRAY)
    return refuse(diagnostics, EDI_R0332, source, "it has no array `keys`", EDICT_FORMAT);
  if ((*keys)->count > EDI_LIMIT_JWKS_KEYS)
    return refuse(diagnostics, EDI_R0330, source, "it has more than 64 keys", EDICT_LIMIT);
  return EDICT_OK;
}

/* Wherever it stands, in a key for encryption too. A secret is one unless the host hands it over to an
 * issuer of symmetric algorithms. */
static bool is_secret(const edi_json *key, const edi_jwk_source *source) {
  static const char *const members[] = {"d", "p", "q", "dp", "dq", "qi", "oth"};
  for (size_t i = 0; i < sizeof members / sizeof *members; i++)
    if (edi_strictjson_member(key, edi_str_from(members[i]))) return true;
  bool symmetric = edi_str_equal(edi_strictjson_text_of(key, "kty"), EDI_STR("oct"));
  bool welcome = symmetric && source->by_host && (source->algorithms & EDI_ALG_SYMMETRIC);
  return !welcome && (symmetric || edi_strictjson_member(key, EDI_STR("k")));
}

/* For another use: nothing that a token is verified with. */
static bool is_for_others(const edi_json *key, const edi_jwk_source *source) {
  edi_str use = edi_strictjson_text_of(key, "use");
  return edi_str_equal(use, source->workload ? EDI_STR("x509-svid") : EDI_STR("enc"));
}

/* A digest of a secret says nothing of it, so secrets are compared themselves. */
static bool is_same(const edi_jwk *a, const edi_jwk *b) {
  if (!a->secret || !b->secret) return memcmp(a->digest, b->digest, sizeof a->digest) == 0;
  return a->secret_length == b->secret_length && sodium_memcmp(a->secret, b->secret, a->secret_length) == 0;
}

/* Why the key may not stand beside those before it; EDI_CODE_NONE if it may. One key under two names is
 * allowed while names change; one key for two algorithms is not. */
static edi_code conflict(const edi_jwks *jwks, const edi_jwk *key) {
  for (size_t i = 0; i < jwks->count; i++) {
    const edi_jwk *other = &jwks->keys[i];
    if (key->kid.ptr && other->kid.ptr && edi_str_equal(key->kid, other->kid)) return EDI_R0336;
    if (key->algorithm != other->algorithm && is_same(key, other)) return EDI_R0340;
  }
  return EDI_CODE_NONE;
}

static edict_status add_key(const edi_json *object, const edi_jwk_place *place, edi_arena *arena,
                            edi_jwks *jwks) {
  const edi_jwk_source *source = place->source;
  edict_diagnostics *d = place->diagnostics;
  if (object->kind != EDI_JSON_OBJECT)
    return refuse(d, EDI_R0332, source, "a key is not an object", EDICT_FORMAT);
  if (is_secret(object, source))
    return refuse(d, EDI_R0333, source, "it holds a private or symmetric key", EDICT_FORMAT);
  if (is_for_others(object, source)) return EDICT_OK;
  edi_jwk key;
  edict_status status = edi_jwk_parse(object, place, arena, &key);
  if (status != EDICT_OK) return status;
  edi_code code = conflict(jwks, &key);
  if (code == EDI_CODE_NONE && source->workload && !key.kid.ptr) code = EDI_R0332;
  if (code == EDI_CODE_NONE) {
    jwks->keys[jwks->count++] = key;
    return EDICT_OK;
  }
  edi_jwk_fini(&key);
  return refuse(d, code, source,
                code == EDI_R0336   ? "two keys have the same `kid`"
                : code == EDI_R0340 ? "one key stands for two algorithms"
                                    : "a key of workloads has no `kid`",
                EDICT_FORMAT);
}

static edict_status add_keys(const edi_json *keys, const edi_jwk_source *source, edi_arena *arena,
                             edi_jwks *jwks, edict_diagnostics *diagnostics) {
  jwks->keys = EDI_NEW_ARRAY(arena, edi_jwk, keys->count);
  if (!jwks->keys) return edi_arena_status(arena);
  for (size_t i = 0; i < keys->count; i++) {
    edi_jwk_place place = {source, i, diagnostics};
    edict_status status = add_key(keys->items[i], &place, arena, jwks);
    if (status != EDICT_OK) return status;
  }
  if (jwks->count > 0) return EDICT_OK;
  return refuse(diagnostics, EDI_R0337, source, "no key in it verifies signatures", EDICT_FORMAT);
}

edict_status edi_jwks_parse(edi_str text, const edi_jwk_source *source, edi_arena *arena,
                            edi_jwks *jwks, edict_diagnostics *diagnostics) {
  edi_arena scratch;
  const edi_json *keys = NULL;
  *jwks = (edi_jwks){0};
  edi_arena_init(&scratch, arena->allocator, SCRATCH_CEILING);
  ERR_set_mark(); /* the library's queue of errors is the host's too */
  edict_status status = load(text, source, &scratch, &keys, diagnostics);
  if (status == EDICT_OK) status = add_keys(keys, source, arena, jwks, diagnostics);
  ERR_pop_to_mark();
  edi_arena_wipe(&scratch); /* a secret that was written with escapes stood there */
  if (status != EDICT_OK) edi_jwks_fini(jwks);
  return status;
}

void edi_jwks_fini(edi_jwks *jwks) {
  for (size_t i = 0; i < jwks->count; i++) edi_jwk_fini(&jwks->keys[i]);
  *jwks = (edi_jwks){0};
}

/* ---- look-up ---- */

static bool is_valid(const edi_jwk *key, int64_t now) {
  return key->not_before <= now && now < key->expires;
}

edi_jwks_found edi_jwks_find(const edi_jwks *jwks, uint32_t algorithm, edi_str kid, int64_t now,
                             const edi_jwk **key) {
  edi_jwks_found found = EDI_JWKS_UNKNOWN;
  *key = NULL;
  for (size_t i = 0; i < jwks->count; i++) {
    const edi_jwk *candidate = &jwks->keys[i];
    if (candidate->algorithm != algorithm) continue;
    if (kid.ptr && !(candidate->kid.ptr && edi_str_equal(candidate->kid, kid))) continue;
    if (!is_valid(candidate, now)) {
      if (found == EDI_JWKS_UNKNOWN) found = EDI_JWKS_OUT_OF_TIME;
      continue;
    }
    if (found == EDI_JWKS_FOUND) {
      *key = NULL;
      return EDI_JWKS_AMBIGUOUS;
    }
    found = EDI_JWKS_FOUND;
    *key = candidate;
  }
  return found;
}

bool edi_jwks_has(const edi_jwks *jwks, const unsigned char identity[32], int64_t now) {
  for (size_t i = 0; i < jwks->count; i++)
    if (memcmp(jwks->keys[i].identity, identity, sizeof jwks->keys[i].identity) == 0 &&
        is_valid(&jwks->keys[i], now))
      return true;
  return false;
}
