/* JWK: what a key says about itself: for which use, which one algorithm, by which name, when.
 *
 * A key without `alg` is for the one algorithm of its issuer that fits its type and curve; where several
 * fit, it has to say. So no key ever verifies by two algorithms (RFC 8725, section 3.1). */
#include "identity/jwk.h"

#include <openssl/evp.h>
#include <sodium.h>

#include "base/calendar.h"

enum { KID_BYTES = 255, MICROS = 1000000 };

edict_status edi_jwk_misfit(const edi_jwk_place *place, edi_code code, const char *why) {
  edi_diagnostics_add(place->diagnostics, code, EDI_SPAN_NONE, "", "keys[%zu] of `%.*s`: %s",
                      place->index, EDI_STR_ARG(place->source->name), why);
  return EDICT_FORMAT;
}

/* ---- use ---- */

/* key_ops may be left out; if it is there, it is a list of different texts that allows to verify. */
static bool may_verify(const edi_json *object) {
  const edi_json *operations = edi_strictjson_member(object, EDI_STR("key_ops"));
  bool verify = false;
  if (!operations) return true;
  if (operations->kind != EDI_JSON_ARRAY) return false;
  for (size_t i = 0; i < operations->count; i++) {
    edi_str one = edi_strictjson_text(operations->items[i]);
    if (!one.ptr) return false;
    for (size_t j = 0; j < i; j++)
      if (edi_str_equal(edi_strictjson_text(operations->items[j]), one)) return false;
    verify = verify || edi_str_equal(one, EDI_STR("verify"));
  }
  return verify;
}

static edict_status check_use(const edi_json *object, const edi_jwk_place *place) {
  const edi_json *use = edi_strictjson_member(object, EDI_STR("use"));
  bool workload = place->source->workload;
  edi_str wanted = workload ? EDI_STR("jwt-svid") : EDI_STR("sig");
  if ((use || workload) && !edi_str_equal(edi_strictjson_text(use), wanted))
    return edi_jwk_misfit(place, EDI_R0334,
                          workload ? "`use` is neither `jwt-svid` nor `x509-svid`"
                                   : "`use` is neither `sig` nor `enc`");
  if (may_verify(object)) return EDICT_OK;
  return edi_jwk_misfit(place, EDI_R0334, "`key_ops` is no list of texts that holds `verify`");
}

/* ---- the one algorithm ---- */

static bool fits_curve(const edi_algorithm *algorithm, edi_str curve) {
  return algorithm->curve[0] == '\0' || edi_str_equal(curve, edi_str_from(algorithm->curve));
}

/* Of the issuer's algorithms those for a key of this type, and of these those for its curve too. */
static void candidates(const edi_json *object, uint32_t algorithms, uint32_t *by_type,
                       uint32_t *by_curve) {
  edi_str kty = edi_strictjson_text_of(object, "kty"), crv = edi_strictjson_text_of(object, "crv");
  *by_type = *by_curve = 0;
  for (size_t i = 0; i < edi_algorithm_count(); i++) {
    const edi_algorithm *a = edi_algorithm_at(i);
    if (!(algorithms & a->bit) || !edi_str_equal(kty, edi_str_from(edi_algorithm_kty(a)))) continue;
    *by_type |= a->bit;
    if (fits_curve(a, crv)) *by_curve |= a->bit;
  }
}

static edict_status choose(const edi_json *object, const edi_jwk_place *place, uint32_t *chosen) {
  const edi_json *alg = edi_strictjson_member(object, EDI_STR("alg"));
  uint32_t by_type, by_curve;
  candidates(object, place->source->algorithms, &by_type, &by_curve);
  if (by_type == 0)
    return edi_jwk_misfit(place, EDI_R0334, "its issuer declares no algorithm for such a key");
  if (alg) {
    const edi_algorithm *named = edi_algorithm_by_name(edi_strictjson_text(alg));
    if (!named || !(by_type & named->bit))
      return edi_jwk_misfit(place, EDI_R0334, "`alg` is not one that its issuer declares for such a key");
    by_curve &= named->bit;
  }
  if (by_curve == 0) return edi_jwk_misfit(place, EDI_R0335, "`crv` is not the curve of its algorithm");
  if (by_curve & (by_curve - 1))
    return edi_jwk_misfit(place, EDI_R0334,
                          "its issuer declares several algorithms for such a key, and it has no `alg`");
  *chosen = by_curve;
  return EDICT_OK;
}

/* ---- name and times ---- */

static edict_status read_kid(const edi_json *object, const edi_jwk_place *place, edi_arena *arena,
                             edi_str *kid) {
  const edi_json *member = edi_strictjson_member(object, EDI_STR("kid"));
  edi_str text = edi_strictjson_text(member);
  if (!member) return EDICT_OK;
  if (text.len == 0 || text.len > KID_BYTES)
    return edi_jwk_misfit(place, EDI_R0332, "`kid` is not a string of 1 to 255 bytes");
  *kid = (edi_str){edi_arena_copy(arena, text.ptr, text.len), text.len};
  return kid->ptr ? EDICT_OK : edi_arena_status(arena);
}

static bool read_time(const edi_json *object, const char *name, int64_t *at) {
  const edi_json *value = edi_strictjson_member(object, edi_str_from(name));
  if (!value) return true;
  if (value->kind != EDI_JSON_INTEGER || value->integer < 0 ||
      value->integer > EDI_TIMESTAMP_MAX / MICROS)
    return false;
  *at = value->integer * MICROS;
  return true;
}

/* No standard says when a key is valid; where a set does, as many do while keys rotate, it counts. */
static edict_status read_times(const edi_json *object, const edi_jwk_place *place, edi_jwk *jwk) {
  jwk->not_before = EDI_TIMESTAMP_MIN;
  jwk->expires = EDI_TIMESTAMP_MAX;
  if (!read_time(object, "nbf", &jwk->not_before) || !read_time(object, "exp", &jwk->expires))
    return edi_jwk_misfit(place, EDI_R0332, "`nbf` or `exp` is not a whole number of seconds since 1970");
  if (jwk->not_before >= jwk->expires)
    return edi_jwk_misfit(place, EDI_R0332, "`exp` is not after `nbf`");
  if (jwk->not_before > EDI_TIMESTAMP_MIN) jwk->not_before -= EDI_TIME_LEEWAY;
  if (jwk->expires < EDI_TIMESTAMP_MAX - EDI_TIME_LEEWAY) jwk->expires += EDI_TIME_LEEWAY;
  else jwk->expires = EDI_TIMESTAMP_MAX;
  return EDICT_OK;
}

/* ---- all of it ---- */

static edict_status parse(const edi_json *object, const edi_jwk_place *place, edi_arena *arena,
                          edi_jwk *jwk) {
  edict_status status = check_use(object, place);
  if (status == EDICT_OK) status = choose(object, place, &jwk->algorithm);
  if (status == EDICT_OK) status = read_kid(object, place, arena, &jwk->kid);
  if (status == EDICT_OK) status = read_times(object, place, jwk);
  return status == EDICT_OK ? edi_jwk_make(object, place, jwk) : status;
}

edict_status edi_jwk_parse(const edi_json *object, const edi_jwk_place *place, edi_arena *arena,
                           edi_jwk *jwk) {
  *jwk = (edi_jwk){0};
  edict_status status = parse(object, place, arena, jwk);
  if (status != EDICT_OK) edi_jwk_fini(jwk);
  return status;
}

void edi_jwk_fini(edi_jwk *jwk) {
  EVP_MD_CTX_free(jwk->ready);
  EVP_PKEY_free(jwk->key);
  EVP_MAC_CTX_free(jwk->mac);
  if (jwk->secret) sodium_free(jwk->secret); /* wipes it */
  *jwk = (edi_jwk){0};
}
