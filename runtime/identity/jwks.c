/* JWKS: the file around the keys: its size, its shape, what must not be in it, and look-up by `kid`. */
#include "identity/jwks.h"

#include <openssl/err.h>

#include "bundle/limits.h"
#include "identity/strictjson.h"

static edict_status refuse(edict_diagnostics *diagnostics, edi_code code, edi_str file, const char *why,
                           edict_status status) {
  if (status != EDICT_MEMORY)
    edi_diagnostics_add(diagnostics, code, EDI_SPAN_NONE, "", "key set `%.*s`: %s", EDI_STR_ARG(file), why);
  return status;
}

static edict_status load(edi_str text, edi_str file, json_t **root, edict_diagnostics *diagnostics) {
  const char *why = "it is larger than 1 MiB";
  *root = NULL;
  if (text.len > EDI_LIMIT_JWKS_FILE) return refuse(diagnostics, EDI_R0330, file, why, EDICT_LIMIT);
  edict_status status = edi_strictjson_object(text, EDI_LIMIT_TOKEN_DEPTH, root, &why);
  if (status != EDICT_OK) return refuse(diagnostics, EDI_R0331, file, why, status);
  const json_t *keys = json_object_get(*root, "keys");
  if (!json_is_array(keys)) return refuse(diagnostics, EDI_R0332, file, "it has no array `keys`", EDICT_FORMAT);
  if (json_array_size(keys) > EDI_LIMIT_JWKS_KEYS)
    return refuse(diagnostics, EDI_R0330, file, "it has more than 64 keys", EDICT_LIMIT);
  return EDICT_OK;
}

/* Secrets are refused wherever they stand, in a key for encryption too. */
static bool is_secret(const json_t *key) {
  static const char *const members[] = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"};
  for (size_t i = 0; i < sizeof members / sizeof *members; i++)
    if (json_object_get(key, members[i])) return true;
  return edi_str_equal(edi_strictjson_text(json_object_get(key, "kty")), EDI_STR("oct"));
}

static bool has_kid(const edi_jwks *jwks, edi_str kid) {
  for (size_t i = 0; i < jwks->count; i++)
    if (jwks->keys[i].kid.ptr && edi_str_equal(jwks->keys[i].kid, kid)) return true;
  return false;
}

static edict_status add_key(const json_t *object, uint32_t algorithms, const edi_jwk_place *place, edi_arena *arena,
                            edi_jwks *jwks) {
  if (!json_is_object(object))
    return refuse(place->diagnostics, EDI_R0332, place->file, "a key is not an object", EDICT_FORMAT);
  if (is_secret(object))
    return refuse(place->diagnostics, EDI_R0333, place->file, "it holds a private or symmetric key", EDICT_FORMAT);
  if (edi_str_equal(edi_strictjson_text(json_object_get(object, "use")), EDI_STR("enc"))) return EDICT_OK;
  edi_jwk key;
  edict_status status = edi_jwk_parse(object, algorithms, place, arena, &key);
  if (status != EDICT_OK) return status;
  if (key.kid.ptr && has_kid(jwks, key.kid)) {
    edi_jwk_fini(&key);
    return refuse(place->diagnostics, EDI_R0336, place->file, "two keys have the same `kid`", EDICT_FORMAT);
  }
  jwks->keys[jwks->count++] = key;
  return EDICT_OK;
}

static edict_status add_keys(const json_t *keys, edi_str file, uint32_t algorithms, edi_arena *arena, edi_jwks *jwks,
                             edict_diagnostics *diagnostics) {
  jwks->keys = EDI_NEW_ARRAY(arena, edi_jwk, json_array_size(keys));
  if (!jwks->keys) return edi_arena_status(arena);
  for (size_t i = 0; i < json_array_size(keys); i++) {
    edi_jwk_place place = {file, i, diagnostics};
    edict_status status = add_key(json_array_get(keys, i), algorithms, &place, arena, jwks);
    if (status != EDICT_OK) return status;
  }
  if (jwks->count > 0) return EDICT_OK;
  return refuse(diagnostics, EDI_R0337, file, "no key in it verifies signatures", EDICT_FORMAT);
}

edict_status edi_jwks_parse(edi_str text, edi_str file, uint32_t algorithms, edi_arena *arena, edi_jwks *jwks,
                            edict_diagnostics *diagnostics) {
  json_t *root = NULL;
  *jwks = (edi_jwks){0};
  ERR_set_mark(); /* the library's queue of errors is the host's too */
  edict_status status = load(text, file, &root, diagnostics);
  if (status == EDICT_OK)
    status = add_keys(json_object_get(root, "keys"), file, algorithms, arena, jwks, diagnostics);
  ERR_pop_to_mark();
  json_decref(root);
  if (status != EDICT_OK) edi_jwks_fini(jwks);
  return status;
}

void edi_jwks_fini(edi_jwks *jwks) {
  for (size_t i = 0; i < jwks->count; i++) edi_jwk_fini(&jwks->keys[i]);
  *jwks = (edi_jwks){0};
}

edi_jwks_found edi_jwks_find(const edi_jwks *jwks, uint32_t algorithm, edi_str kid, const edi_jwk **key) {
  *key = NULL;
  for (size_t i = 0; i < jwks->count; i++) {
    const edi_jwk *candidate = &jwks->keys[i];
    if (candidate->algorithm != algorithm) continue;
    if (kid.ptr && !(candidate->kid.ptr && edi_str_equal(candidate->kid, kid))) continue;
    if (*key) {
      *key = NULL;
      return EDI_JWKS_AMBIGUOUS;
    }
    *key = candidate;
  }
  return *key ? EDI_JWKS_FOUND : EDI_JWKS_UNKNOWN;
}
