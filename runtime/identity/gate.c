/* Gate: the checks, the cheap ones first.
 *
 *   length -> three parts -> base64url -> strict JSON -> header's extras -> issuer by `iss`, or by the
 *   trust domain in `sub` -> type -> algorithm -> key by `kid` -> signature's form -> sub, aud -> times
 *   -> what its kind must have -> who acts
 *
 * Libraries for tokens are known to accept an HS256 token made with a public key, anything when they
 * have no key, the last of two members, `crit`, and a token past its `exp`: each of that ends here. A
 * message names the check and never what the token holds. */
#include "identity/gate.h"

#include "base/calendar.h"
#include "bundle/limits.h"
#include "bundle/spiffe.h"
#include "identity/strictjson.h"

enum { MICROS = 1000000 };

static edict_status refuse(edict_diagnostics *diagnostics, edi_code code, edict_status status,
                           const char *what) {
  if (status != EDICT_MEMORY)
    edi_diagnostics_add(diagnostics, code, EDI_SPAN_NONE, "", "token refused: %s", what);
  return status;
}

static edict_status refuse_part(edict_diagnostics *diagnostics, edi_code code, edict_status status,
                                const char *part, const char *why) {
  if (status != EDICT_MEMORY)
    edi_diagnostics_add(diagnostics, code, EDI_SPAN_NONE, "", "token refused: its %s: %s", part,
                        why);
  return status;
}

/* ---- form ---- */

static bool split(edi_str token, edi_str parts[3]) {
  for (size_t count = 0, begin = 0; count < 3; count++) {
    const char *dot =
        begin < token.len ? memchr(token.ptr + begin, '.', token.len - begin) : NULL;
    size_t end = dot ? (size_t)(dot - token.ptr) : token.len;
    if (end <= begin || (dot != NULL) != (count < 2)) return false;
    parts[count] = (edi_str){token.ptr + begin, end - begin};
    begin = end + 1;
  }
  return true;
}

/* Four dots: header, key, vector, text and tag of RFC 7516; the second is empty where keys are agreed. */
static bool is_encrypted(edi_str token) {
  size_t dots = 0;
  const char *end = token.ptr + token.len;
  for (const char *p = token.ptr; dots < 5 && p < end; p++, dots++)
    if (!(p = memchr(p, '.', (size_t)(end - p)))) break;
  return dots == 4;
}

static edict_status decode(edi_str part, const char *name, edi_arena *scratch, edi_str *bytes,
                           edict_diagnostics *diagnostics) {
  size_t capacity = part.len / 4 * 3 + 3, length = 0;
  char *out = edi_arena_alloc(scratch, capacity);
  if (!out) return edi_arena_status(scratch);
  if (!edi_base64url_decode(part, out, capacity, &length))
    return refuse_part(diagnostics, EDI_R0302, EDICT_FORMAT, name, "it is not canonical base64url");
  *bytes = (edi_str){out, length};
  return EDICT_OK;
}

static edict_status parse(edi_str part, const char *name, edi_arena *scratch,
                          const edi_json **object, edict_diagnostics *diagnostics) {
  const char *why;
  edi_str bytes;
  edict_status status = decode(part, name, scratch, &bytes, diagnostics);
  if (status != EDICT_OK) return status;
  status = edi_strictjson_parse(bytes, EDI_LIMIT_TOKEN_DEPTH, scratch, object, &why);
  if (status == EDICT_OK) return EDICT_OK;
  edi_code code = status == EDICT_LIMIT         ? EDI_R0304
                  : why == edi_strictjson_twice ? EDI_R0347
                                                : EDI_R0303;
  return refuse_part(diagnostics, code, status, name, why);
}

static edict_status read_form(edi_gate *gate, edi_str token, edi_arena *scratch,
                              edict_diagnostics *diagnostics) {
  edi_str parts[3];
  if (token.len > EDI_LIMIT_TOKEN)
    return refuse(diagnostics, EDI_R0300, EDICT_LIMIT, "it is longer than 16 KiB");
  char *copy = edi_arena_copy(scratch, token.ptr, token.len);
  if (!copy) return edi_arena_status(scratch);
  bool three = split((edi_str){copy, token.len}, parts);
  if (!three && is_encrypted((edi_str){copy, token.len}))
    return refuse(diagnostics, EDI_R0329, EDICT_FORMAT, "it has five parts, as what is encrypted");
  if (!three)
    return refuse(diagnostics, EDI_R0301, EDICT_FORMAT,
                  "it is not three parts with a dot between each two");
  gate->text.input = (edi_str){copy, parts[0].len + 1 + parts[1].len};
  edict_status status = parse(parts[0], "header", scratch, &gate->header, diagnostics);
  if (status == EDICT_OK) status = parse(parts[1], "payload", scratch, &gate->payload, diagnostics);
  if (status == EDICT_OK)
    status = decode(parts[2], "signature", scratch, &gate->text.signature, diagnostics);
  return status;
}

/* ---- header ---- */

typedef enum token_type { TYPE_OTHER, TYPE_JWT, TYPE_ACCESS, TYPE_JOSE } token_type;

/* `typ` is a media type in letters of either case, whose "application/" may be left out (RFC 7515). */
static token_type type_of(edi_str typ) {
  const edi_str prefix = EDI_STR("application/");
  char lower[sizeof "application/at+jwt"];
  if (typ.len >= sizeof lower) return TYPE_OTHER;
  for (size_t i = 0; i < typ.len; i++)
    lower[i] =
        typ.ptr[i] >= 'A' && typ.ptr[i] <= 'Z' ? (char)(typ.ptr[i] + ('a' - 'A')) : typ.ptr[i];
  edi_str name = {lower, typ.len};
  if (edi_str_starts(name, prefix)) name = (edi_str){lower + prefix.len, typ.len - prefix.len};
  if (edi_str_equal(name, EDI_STR("jwt"))) return TYPE_JWT;
  if (edi_str_equal(name, EDI_STR("jose"))) return TYPE_JOSE;
  return edi_str_equal(name, EDI_STR("at+jwt")) ? TYPE_ACCESS : TYPE_OTHER;
}

/* Parameters that would change how the token is read, or bring a key along. */
static edict_status check_header(const edi_gate *gate, edict_diagnostics *diagnostics) {
  static const struct {
    edi_str name;
    edi_code code;
  } refused[] = {{{"crit", 4}, EDI_R0305}, {{"b64", 3}, EDI_R0305}, {{"jku", 3}, EDI_R0328},
                 {{"x5u", 3}, EDI_R0328},  {{"jwk", 3}, EDI_R0327}, {{"x5c", 3}, EDI_R0327},
                 {{"enc", 3}, EDI_R0329},  {{"zip", 3}, EDI_R0329}};
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
    if (edi_strictjson_member(gate->header, refused[i].name))
      return refuse_part(diagnostics, refused[i].code, EDICT_UNTRUSTED,
                         "header has a parameter that is refused", refused[i].name.ptr);
  if (type_of(edi_strictjson_text_of(gate->header, "cty")) != TYPE_OTHER)
    return refuse(diagnostics, EDI_R0348, EDICT_FORMAT, "it holds another token, and only one is read");
  return EDICT_OK;
}

static const edi_issuer *issuer_of(const edi_gate *gate, const edi_issuers *issuers) {
  return &issuers->program->issuers[gate->issuer];
}

/* A JWT-SVID needs no `iss`: its issuer is the trust domain that its subject is of. */
static uint32_t find_trust_domain(const edi_gate *gate, const edi_issuers *issuers) {
  edi_str domain;
  if (!edi_spiffe_is_workload(edi_strictjson_text_of(gate->payload, "sub"), &domain))
    return EDI_NONE;
  return edi_issuers_by_url(issuers, domain);
}

static edict_status find_issuer(edi_gate *gate, const edi_issuers *issuers,
                                edict_diagnostics *diagnostics) {
  const edi_json *iss = edi_strictjson_member(gate->payload, EDI_STR("iss"));
  if (iss && !edi_strictjson_text(iss).ptr)
    return refuse(diagnostics, EDI_R0307, EDICT_FORMAT, "its `iss` is not a string");
  if (iss) gate->issuer = edi_issuers_by_url(issuers, edi_strictjson_text(iss));
  if (gate->issuer == EDI_NONE) gate->issuer = find_trust_domain(gate, issuers);
  if (gate->issuer != EDI_NONE) return EDICT_OK;
  if (!iss)
    return refuse(diagnostics, EDI_R0307, EDICT_FORMAT,
                  "it has no string `iss`, and `sub` is in no trust domain of the federation");
  return refuse(diagnostics, EDI_R0308, EDICT_UNTRUSTED,
                "`iss` is no issuer that the federation trusts");
}

/* A token says what it is, so that one made for another purpose is not taken for it (RFC 8725, 3.11). */
static edict_status check_type(const edi_gate *gate, const edi_issuers *issuers,
                               edict_diagnostics *diagnostics) {
  const edi_json *typ = edi_strictjson_member(gate->header, EDI_STR("typ"));
  token_type type = typ ? type_of(edi_strictjson_text(typ)) : TYPE_JWT;
  uint32_t wanted = issuer_of(gate, issuers)->tokens;
  if ((type == TYPE_JWT && (wanted & (EDI_TOKENS_JWT | EDI_TOKENS_WORKLOAD))) ||
      (type == TYPE_ACCESS && (wanted & EDI_TOKENS_ACCESS)) ||
      (type == TYPE_JOSE && (wanted & EDI_TOKENS_WORKLOAD)))
    return EDICT_OK;
  return refuse(diagnostics, EDI_R0306, EDICT_FORMAT,
                wanted == EDI_TOKENS_ACCESS ? "`typ` is not at+jwt, which its issuer declares"
                : wanted & EDI_TOKENS_ACCESS ? "`typ` is neither JWT nor at+jwt"
                                             : "`typ` is not JWT");
}

static bool is_none(edi_str alg) {
  return alg.len == 4 && (alg.ptr[0] | 0x20) == 'n' && (alg.ptr[1] | 0x20) == 'o' &&
         (alg.ptr[2] | 0x20) == 'n' && (alg.ptr[3] | 0x20) == 'e';
}

static edict_status check_algorithm(const edi_gate *gate, const edi_issuers *issuers,
                                    const edi_algorithm **algorithm,
                                    edict_diagnostics *diagnostics) {
  edi_str alg = edi_strictjson_text_of(gate->header, "alg");
  uint32_t declared = issuer_of(gate, issuers)->algorithms;
  *algorithm = edi_algorithm_by_name(alg);
  if (*algorithm && (declared & (*algorithm)->bit)) return EDICT_OK;
  if (is_none(alg)) return refuse(diagnostics, EDI_R0345, EDICT_UNTRUSTED, "it is not signed");
  if (*algorithm && ((*algorithm)->bit & EDI_ALG_SYMMETRIC) && !(declared & EDI_ALG_SYMMETRIC))
    return refuse(diagnostics, EDI_R0346, EDICT_UNTRUSTED,
                  "`alg` is symmetric, and its issuer's keys are public");
  return refuse(diagnostics, EDI_R0309, EDICT_UNTRUSTED,
                "`alg` is not one that its issuer declares");
}

static edict_status find_key(edi_gate *gate, const edi_issuers *issuers, int64_t now,
                             edict_diagnostics *diagnostics) {
  const edi_json *kid = edi_strictjson_member(gate->header, EDI_STR("kid"));
  const edi_algorithm *algorithm;
  edict_status status = check_algorithm(gate, issuers, &algorithm, diagnostics);
  if (status != EDICT_OK) return status;
  if (kid && !edi_strictjson_text(kid).ptr)
    return refuse(diagnostics, EDI_R0311, EDICT_FORMAT, "`kid` is not a string");
  gate->keys = edi_issuers_keys(issuers, gate->issuer, &gate->key_epoch);
  if (!gate->keys)
    return refuse(diagnostics, EDI_R0341, EDICT_UNTRUSTED,
                  "the host has handed over no keys for its issuer");
  switch (edi_jwks_find(&gate->keys->jwks, algorithm->bit, edi_strictjson_text(kid), now,
                        &gate->key)) {
    case EDI_JWKS_FOUND: return EDICT_OK;
    case EDI_JWKS_AMBIGUOUS:
      return refuse(diagnostics, EDI_R0310, EDICT_UNTRUSTED,
                    "it has no `kid`, and its issuer several keys");
    case EDI_JWKS_OUT_OF_TIME:
      return refuse(diagnostics, EDI_R0321, EDICT_EXPIRED,
                    "the key that it names is not valid at this time");
    case EDI_JWKS_UNKNOWN: break;
  }
  return refuse(diagnostics, EDI_R0311, EDICT_UNTRUSTED,
                "its issuer has no key with that `kid` and `alg`");
}

static edict_status check_signature(const edi_gate *gate, edict_diagnostics *diagnostics) {
  if (gate->text.signature.len != gate->key->signature_length)
    return refuse(diagnostics, EDI_R0312, EDICT_UNTRUSTED,
                  "the signature's length is not that of its key");
  if (!edi_signature_is_possible(gate->key, gate->text.signature))
    return refuse(diagnostics, EDI_R0312, EDICT_UNTRUSTED,
                  "the signature's numbers are out of range");
  return EDICT_OK;
}

/* ---- payload ---- */

bool edi_gate_is_subject(edi_str text) {
  if (text.len == 0 || text.len > EDI_SUBJECT_ID_MOST) return false;
  for (size_t at = 0; at < text.len;) {
    uint32_t c = edi_utf8_next(text, &at);
    if (c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == UINT32_MAX) return false;
  }
  return true;
}

static edict_status read_subject(edi_gate *gate, const edi_issuers *issuers,
                                 edict_diagnostics *diagnostics) {
  edi_str domain;
  gate->subject = edi_strictjson_text_of(gate->payload, "sub");
  if (!edi_gate_is_subject(gate->subject))
    return refuse(diagnostics, EDI_R0313, EDICT_FORMAT,
                  "`sub` is not a string of 1 to 255 bytes without control characters");
  if (issuer_of(gate, issuers)->tokens != EDI_TOKENS_WORKLOAD) return EDICT_OK;
  if (edi_spiffe_is_workload(gate->subject, &domain) &&
      edi_issuers_by_url(issuers, domain) == gate->issuer)
    return EDICT_OK;
  return refuse(diagnostics, EDI_R0343, EDICT_UNTRUSTED,
                "`sub` is no workload of its issuer's trust domain");
}

static edict_status check_audience(const edi_gate *gate, edi_str audience,
                                   edict_diagnostics *diagnostics) {
  const edi_json *aud = edi_strictjson_member(gate->payload, EDI_STR("aud"));
  bool array = aud && aud->kind == EDI_JSON_ARRAY, meant = false;
  size_t count = array ? aud->count : 1;
  for (size_t i = 0; i < count; i++) {
    const edi_json *one = array ? aud->items[i] : aud;
    if (!edi_strictjson_text(one).ptr)
      return refuse(diagnostics, EDI_R0314, EDICT_FORMAT,
                    "`aud` is neither a string nor an array of strings");
    meant = meant || edi_str_equal(edi_strictjson_text(one), audience);
  }
  if (meant) return EDICT_OK;
  return refuse(diagnostics, EDI_R0315, EDICT_UNTRUSTED,
                "`aud` does not hold the audience declared for its issuer");
}

/* Whole seconds since 1970, within the calendar; *there tells absence from a time. */
static bool read_time(const edi_gate *gate, const char *name, int64_t *at, bool *there) {
  const edi_json *value = edi_strictjson_member(gate->payload, edi_str_from(name));
  *there = value != NULL;
  if (!value) return true;
  if (value->kind != EDI_JSON_INTEGER || value->integer < 0 ||
      value->integer > EDI_TIMESTAMP_MAX / MICROS)
    return false;
  *at = value->integer * MICROS;
  return true;
}

static int64_t later(int64_t a, int64_t b) { return a > b ? a : b; }
static int64_t sooner(int64_t a, int64_t b) { return a < b ? a : b; }

static edict_status check_times(edi_gate *gate, int64_t now, edict_diagnostics *diagnostics) {
  int64_t expires = 0, not_before = EDI_TIMESTAMP_MIN, issued = EDI_TIMESTAMP_MIN;
  bool has_end = false, has_begin = false, has_issued = false;
  if (!read_time(gate, "exp", &expires, &has_end) || !has_end)
    return refuse(diagnostics, EDI_R0316, EDICT_FORMAT,
                  "`exp` is not a whole number of seconds since 1970");
  if (!read_time(gate, "nbf", &not_before, &has_begin))
    return refuse(diagnostics, EDI_R0316, EDICT_FORMAT,
                  "`nbf` is not a whole number of seconds since 1970");
  if (!read_time(gate, "iat", &issued, &has_issued))
    return refuse(diagnostics, EDI_R0316, EDICT_FORMAT,
                  "`iat` is not a whole number of seconds since 1970");
  if ((has_issued && expires <= issued) || (has_begin && expires <= not_before))
    return refuse(diagnostics, EDI_R0317, EDICT_FORMAT, "`exp` is not after `iat` and `nbf`");
  gate->expires = expires > EDI_TIMESTAMP_MAX - EDI_TIME_LEEWAY ? EDI_TIMESTAMP_MAX
                                                                 : expires + EDI_TIME_LEEWAY;
  if (has_begin || has_issued) gate->not_before = later(not_before, issued) - EDI_TIME_LEEWAY;
  else gate->not_before = EDI_TIMESTAMP_MIN;
  if (now >= gate->expires)
    return refuse(diagnostics, EDI_R0318, EDICT_EXPIRED, "`exp` has passed");
  if (now < gate->not_before)
    return refuse(diagnostics, EDI_R0319, EDICT_EXPIRED, "`nbf` or `iat` is in the future");
  return EDICT_OK;
}

/* ---- what its kind must have ---- */

static bool has_text(const edi_gate *gate, const char *name) {
  return edi_strictjson_text_of(gate->payload, name).len > 0;
}

static edict_status check_kind(const edi_gate *gate, const edi_issuers *issuers,
                               edict_diagnostics *diagnostics) {
  const edi_json *typ = edi_strictjson_member(gate->header, EDI_STR("typ"));
  bool access = type_of(edi_strictjson_text(typ)) == TYPE_ACCESS;
  edi_str jti = edi_strictjson_text_of(gate->payload, "jti");
  if (access && !(has_text(gate, "client_id") && has_text(gate, "jti") &&
                  edi_strictjson_member(gate->payload, EDI_STR("iat"))))
    return refuse(diagnostics, EDI_R0324, EDICT_FORMAT,
                  "an access token has `client_id`, `iat` and `jti` (RFC 9068)");
  if (issuer_of(gate, issuers)->revoked != EDI_NONE &&
      (jti.len == 0 || jti.len > EDI_REVOCATION_VALUE_MOST))
    return refuse(diagnostics, EDI_R0324, EDICT_FORMAT,
                  "its issuer takes tokens back by `jti`, and it has none of 1 to 255 bytes");
  return EDICT_OK;
}

/* ---- who acts ---- */

/* Each in the chain of RFC 8693 is an object that names somebody. As deep as a token's JSON may be. */
static bool is_chain(const edi_json *actor) {
  for (; actor; actor = edi_strictjson_member(actor, EDI_STR("act"))) {
    const edi_json *iss = edi_strictjson_member(actor, EDI_STR("iss"));
    if (actor->kind != EDI_JSON_OBJECT || (iss && !edi_strictjson_text(iss).ptr) ||
        !edi_gate_is_subject(edi_strictjson_text_of(actor, "sub")))
      return false;
  }
  return true;
}

/* Rules that know of no actors would take what somebody does for another as done by that one. */
static edict_status check_actors(const edi_gate *gate, const edi_issuers *issuers,
                                 edict_diagnostics *diagnostics) {
  const edi_json *actor = edi_strictjson_member(gate->payload, EDI_STR("act"));
  if (!actor) return EDICT_OK;
  if (!is_chain(actor))
    return refuse(diagnostics, EDI_R0326, EDICT_FORMAT,
                  "`act` is no object with a `sub`, and perhaps an `act` of its own");
  if (issuers->slots[gate->issuer].reads_actor) return EDICT_OK;
  return refuse(diagnostics, EDI_R0325, EDICT_UNTRUSTED,
                "somebody acts for its subject, and no line of its issuer reads `act`");
}

/* ---- all of it ---- */

static edict_status check_claims(edi_gate *gate, const edi_issuers *issuers, int64_t now,
                                 edict_diagnostics *diagnostics) {
  edi_str audience =
      edi_program_string(issuers->program, issuer_of(gate, issuers)->audience);
  edict_status status = read_subject(gate, issuers, diagnostics);
  if (status == EDICT_OK) status = check_audience(gate, audience, diagnostics);
  if (status == EDICT_OK) status = check_times(gate, now, diagnostics);
  if (status == EDICT_OK) status = check_kind(gate, issuers, diagnostics);
  if (status == EDICT_OK) status = check_actors(gate, issuers, diagnostics);
  return status;
}

edict_status edi_gate_open(edi_gate *gate, const edi_issuers *issuers, edi_str token, int64_t now,
                           edi_arena *scratch, edict_diagnostics *diagnostics) {
  *gate = (edi_gate){.issuer = EDI_NONE};
  edict_status status = read_form(gate, token, scratch, diagnostics);
  if (status == EDICT_OK) status = check_header(gate, diagnostics);
  if (status == EDICT_OK) status = find_issuer(gate, issuers, diagnostics);
  if (status == EDICT_OK) status = check_type(gate, issuers, diagnostics);
  if (status == EDICT_OK) status = find_key(gate, issuers, now, diagnostics);
  if (status == EDICT_OK) status = check_signature(gate, diagnostics);
  if (status == EDICT_OK) status = check_claims(gate, issuers, now, diagnostics);
  if (status != EDICT_OK) return status;
  gate->not_before = later(gate->not_before, gate->key->not_before);
  gate->expires = sooner(gate->expires, gate->key->expires);
  return EDICT_OK;
}

void edi_gate_fini(edi_gate *gate) {
  edi_keyset_leave(gate->keys);
  gate->keys = NULL;
  gate->key = NULL;
}

/* Whoever was taken back acts for nobody either. An actor of another issuer is another one, whatever it is called. */
static bool is_actor_revoked(const edi_gate *gate, const edi_revocation *revocation) {
  const edi_str own = edi_strictjson_text_of(gate->payload, "iss");
  for (const edi_json *a = edi_strictjson_member(gate->payload, EDI_STR("act")); a; a = edi_strictjson_member(a, EDI_STR("act"))) {
    const edi_json *iss = edi_strictjson_member(a, EDI_STR("iss"));
    bool same = !iss || edi_str_equal(edi_strictjson_text(iss), own);
    if (same && edi_revocation_has(revocation, EDI_STR("sub"), edi_strictjson_text_of(a, "sub"))) return true;
  }
  return false;
}

edict_status edi_gate_check_revoked(edi_gate *gate, const edi_issuers *issuers, int64_t now,
                                    edict_diagnostics *diagnostics) {
  const edi_revocation *revocation = &issuers->slots[gate->issuer].revocation;
  if (!revocation->declared) return EDICT_OK;
  if (!edi_revocation_is_fresh(revocation, now))
    return refuse(diagnostics, EDI_R0323, EDICT_EXPIRED,
                  "what its issuer took back is not known at this time");
  edi_str jti = edi_strictjson_text_of(gate->payload, "jti");
  if (edi_revocation_has(revocation, EDI_STR("jti"), jti) ||
      edi_revocation_has(revocation, EDI_STR("sub"), gate->subject) ||
      edi_revocation_has(revocation, EDI_STR("kid"), gate->key->kid) || is_actor_revoked(gate, revocation))
    return refuse(diagnostics, EDI_R0322, EDICT_UNTRUSTED,
                  "its issuer took it, its subject, who acts for it or its key back");
  gate->not_before = later(gate->not_before, revocation->not_before);
  gate->expires = sooner(gate->expires, revocation->fresh_until);
  return EDICT_OK;
}
