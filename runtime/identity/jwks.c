/* JWKS: the file around the keys: its size, its shape, what must not be in it, and look-up by `kid`. */
#include "identity/jwks.h"

#include <openssl/err.h>

#include "bundle/limits.h"

/* Enough for the largest file of the smallest values. */
enum { SCRATCH_CEILING = 192 * 1024 * 1024 };

static edict_status refuse(edict_diagnostics *diagnostics, edi_code code, edi_str file,
                           const char *why, edict_status status) {
  if (status != EDICT_MEMORY)
    edi_diagnostics_add(diagnostics, code, EDI_SPAN_NONE, "", "key set `%.*s`: %s",
                        EDI_STR_ARG(file), why);
  return status;
}

static edict_status load(edi_str text, edi_str file, edi_arena *scratch, const edi_json **keys,
                         edict_diagnostics *diagnostics) {
  const edi_json *root;
  const char *why = "it is larger than 1 MiB";
  if (text.len > EDI_LIMIT_JWKS_FILE) return refuse(diagnostics, EDI_R0330, file, why, EDICT_LIMIT);
  edict_status status = edi_strictjson_parse(text, EDI_LIMIT_TOKEN_DEPTH, scratch, &root, &why);
  if (status != EDICT_OK) return refuse(diagnostics, EDI_R0331, file, why, status);
  *keys = edi_strictjson_member(root, EDI_STR("keys"));
  if (!*keys || (*keys)->kind != EDI_JSON_ARRAY)
    return refuse(diagnostics, EDI_R0332, file, "it has no array `keys`", EDICT_FORMAT);
  if ((*keys)->count > EDI_LIMIT_JWKS_KEYS)
    return refuse(diagnostics, EDI_R0330, file, "it has more than 64 keys", EDICT_LIMIT);
  return EDICT_OK;
}

/* Secrets are refused wherever they stand, in a key for encryption too. */
static bool is_secret(const edi_json *key) {
  static const char *const members[] = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"};
  for (size_t i = 0; i < sizeof members / sizeof *members; i++)
    if (edi_strictjson_member(key, edi_str_from(members[i]))) return true;
  return edi_str_equal(edi_strictjson_text_of(key, "kty"), EDI_STR("oct"));
}

static bool has_kid(const edi_jwks *jwks, edi_str kid) {
  for (size_t i = 0; i < jwks->count; i++)
    if (jwks->keys[i].kid.ptr && edi_str_equal(jwks->keys[i].kid, kid)) return true;
  return false;
}

static edict_status add_key(const edi_json *object, uint32_t algorithms, const edi_jwk_place *place,
                            edi_arena *arena, edi_jwks *jwks) {
  if (object->kind != EDI_JSON_OBJECT)
    return refuse(place->diagnostics, EDI_R0332, place->file, "a key is not an object",
                  EDICT_FORMAT);
  if (is_secret(object))
    return refuse(place->diagnostics, EDI_R0333, place->file, "it holds a private or symmetric key",
                  EDICT_FORMAT);
  if (edi_str_equal(edi_strictjson_text_of(object, "use"), EDI_STR("enc"))) return EDICT_OK;
  edi_jwk key;
  edict_status status = edi_jwk_parse(object, algorithms, place, arena, &key);
  if (status != EDICT_OK) return status;
  if (key.kid.ptr && has_kid(jwks, key.kid)) {
    edi_jwk_fini(&key);
    return refuse(place->diagnostics, EDI_R0336, place->file, "two keys have the same `kid`",
                  EDICT_FORMAT);
  }
  jwks->keys[jwks->count++] = key;
  return EDICT_OK;
}

static edict_status add_keys(const edi_json *keys, edi_str file, uint32_t algorithms,
                             edi_arena *arena, edi_jwks *jwks, edict_diagnostics *diagnostics) {
  jwks->keys = EDI_NEW_ARRAY(arena, edi_jwk, keys->count);
  if (!jwks->keys) return edi_arena_status(arena);
  for (size_t i = 0; i < keys->count; i++) {
    edi_jwk_place place = {file, i, diagnostics};
    edict_status status = add_key(keys->items[i], algorithms, &place, arena, jwks);
    if (status != EDICT_OK) return status;
  }
  if (jwks->count > 0) return EDICT_OK;
  return refuse(diagnostics, EDI_R0337, file, "no key in it verifies signatures", EDICT_FORMAT);
}

edict_status edi_jwks_parse(edi_str text, edi_str file, uint32_t algorithms, edi_arena *arena,
                            edi_jwks *jwks, edict_diagnostics *diagnostics) {
  edi_arena scratch;
  const edi_json *keys = NULL;
  *jwks = (edi_jwks){0};
  edi_arena_init(&scratch, arena->allocator, SCRATCH_CEILING);
  ERR_set_mark(); /* the library's queue of errors is the host's too */
  edict_status status = load(text, file, &scratch, &keys, diagnostics);
  if (status == EDICT_OK) status = add_keys(keys, file, algorithms, arena, jwks, diagnostics);
  ERR_pop_to_mark();
  edi_arena_fini(&scratch);
  if (status != EDICT_OK) edi_jwks_fini(jwks);
  return status;
}

void edi_jwks_fini(edi_jwks *jwks) {
  for (size_t i = 0; i < jwks->count; i++) edi_jwk_fini(&jwks->keys[i]);
  *jwks = (edi_jwks){0};
}

edi_jwks_found edi_jwks_find(const edi_jwks *jwks, uint32_t algorithm, edi_str kid,
                             const edi_jwk **key) {
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
