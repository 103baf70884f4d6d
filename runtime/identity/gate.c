/* Gate: the checks, in the order of the codes R0300 to R0319.
 *
 *   length -> three parts -> base64url -> strict JSON -> header's extras and type -> issuer by `iss`
 *   -> algorithm -> key by `kid` -> signature's form -> sub, aud -> times
 *
 * libjwt, which comes after, accepts an HS256 token made with a public key, anything when it has no
 * key, the last of two members, `crit`, and a token past its `exp`: each of that ends here. A message
 * names the check and never what the token holds. */
#include "identity/gate.h"

#include "base/calendar.h"
#include "bundle/limits.h"
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
  size_t count = 0, begin = 0;
  for (size_t i = 0; i <= token.len; i++) {
    if (i < token.len && token.ptr[i] != '.') continue;
    if (count == 3 || i == begin) return false;
    parts[count++] = (edi_str){token.ptr + begin, i - begin};
    begin = i + 1;
  }
  return count == 3;
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
  return refuse_part(diagnostics, status == EDICT_LIMIT ? EDI_R0304 : EDI_R0303, status, name, why);
}

static edict_status read_form(edi_gate *gate, edi_str token, edi_arena *scratch,
                              edict_diagnostics *diagnostics) {
  edi_str parts[3];
  if (token.len > EDI_LIMIT_TOKEN)
    return refuse(diagnostics, EDI_R0300, EDICT_LIMIT, "it is longer than 16 KiB");
  char *copy = edi_arena_copy(scratch, token.ptr, token.len);
  if (!copy) return edi_arena_status(scratch);
  gate->text.token = (edi_str){copy, token.len};
  if (!split(gate->text.token, parts))
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

typedef enum token_type { TYPE_OTHER, TYPE_JWT, TYPE_ACCESS } token_type;

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
  return edi_str_equal(name, EDI_STR("at+jwt")) ? TYPE_ACCESS : TYPE_OTHER;
}

/* Parameters that would change how the token is read, or bring a key along. */
static edict_status check_header(edi_gate *gate, edict_diagnostics *diagnostics) {
  static const char *const refused[] = {"crit", "b64", "jku", "x5u", "jwk", "x5c", "enc", "zip"};
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
    if (edi_strictjson_member(gate->header, edi_str_from(refused[i])))
      return refuse_part(diagnostics, EDI_R0305, EDICT_UNTRUSTED,
                         "header has a parameter that is refused", refused[i]);
  const edi_json *typ = edi_strictjson_member(gate->header, EDI_STR("typ"));
  edi_str text = edi_strictjson_text(typ);
  token_type type = typ ? type_of(text) : TYPE_JWT;
  gate->text.plain_type = type == TYPE_JWT && !edi_str_contains(text, EDI_STR("/"));
  if (type == TYPE_OTHER)
    return refuse(diagnostics, EDI_R0306, EDICT_FORMAT, "`typ` is neither JWT nor at+jwt");
  return EDICT_OK;
}

static edict_status find_issuer(edi_gate *gate, const edi_issuers *issuers,
                                edict_diagnostics *diagnostics) {
  const edi_json *iss = edi_strictjson_member(gate->payload, EDI_STR("iss"));
  if (!edi_strictjson_text(iss).ptr)
    return refuse(diagnostics, EDI_R0307, EDICT_FORMAT, "it has no string `iss`");
  gate->issuer = edi_issuers_by_url(issuers, edi_strictjson_text(iss));
  if (gate->issuer == EDI_NONE)
    return refuse(diagnostics, EDI_R0308, EDICT_UNTRUSTED,
                  "`iss` is no issuer that the federation trusts");
  return EDICT_OK;
}

static edict_status find_key(edi_gate *gate, const edi_issuers *issuers,
                             edict_diagnostics *diagnostics) {
  const edi_issuer *issuer = &issuers->program->issuers[gate->issuer];
  const edi_json *kid = edi_strictjson_member(gate->header, EDI_STR("kid"));
  uint32_t algorithm = edi_jwk_algorithm(edi_strictjson_text_of(gate->header, "alg"));
  if (algorithm == 0 || !(issuer->algorithms & algorithm))
    return refuse(diagnostics, EDI_R0309, EDICT_UNTRUSTED,
                  "`alg` is not one that its issuer declares");
  if (kid && !edi_strictjson_text(kid).ptr)
    return refuse(diagnostics, EDI_R0311, EDICT_FORMAT, "`kid` is not a string");
  switch (edi_jwks_find(&issuers->keys[gate->issuer], algorithm, edi_strictjson_text(kid),
                        &gate->key)) {
    case EDI_JWKS_FOUND: break;
    case EDI_JWKS_AMBIGUOUS:
      return refuse(diagnostics, EDI_R0310, EDICT_UNTRUSTED,
                    "it has no `kid`, and its issuer several keys");
    case EDI_JWKS_UNKNOWN:
      return refuse(diagnostics, EDI_R0311, EDICT_UNTRUSTED,
                    "its issuer has no key with that `kid` and `alg`");
  }
  if (gate->text.signature.len != gate->key->signature_length)
    return refuse(diagnostics, EDI_R0312, EDICT_UNTRUSTED,
                  "the signature's length is not that of its key");
  if (algorithm == EDI_ALG_ES256 &&
      !edi_signature_in_range((const unsigned char *)gate->text.signature.ptr))
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

static edict_status read_subject(edi_gate *gate, edict_diagnostics *diagnostics) {
  gate->subject = edi_strictjson_text_of(gate->payload, "sub");
  if (edi_gate_is_subject(gate->subject)) return EDICT_OK;
  return refuse(diagnostics, EDI_R0313, EDICT_FORMAT,
                "`sub` is not a string of 1 to 255 bytes without control characters");
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
  gate->expires = expires > EDI_TIMESTAMP_MAX - EDI_TOKEN_LEEWAY ? EDI_TIMESTAMP_MAX
                                                                 : expires + EDI_TOKEN_LEEWAY;
  if (has_begin || has_issued) gate->not_before = later(not_before, issued) - EDI_TOKEN_LEEWAY;
  else gate->not_before = EDI_TIMESTAMP_MIN;
  if (now >= gate->expires)
    return refuse(diagnostics, EDI_R0318, EDICT_EXPIRED, "`exp` has passed");
  if (now < gate->not_before)
    return refuse(diagnostics, EDI_R0319, EDICT_EXPIRED, "`nbf` or `iat` is in the future");
  return EDICT_OK;
}

edict_status edi_gate_open(edi_gate *gate, const edi_issuers *issuers, edi_str token, int64_t now,
                           edi_arena *scratch, edict_diagnostics *diagnostics) {
  *gate = (edi_gate){.issuer = EDI_NONE};
  edict_status status = read_form(gate, token, scratch, diagnostics);
  if (status == EDICT_OK) status = check_header(gate, diagnostics);
  if (status == EDICT_OK) status = find_issuer(gate, issuers, diagnostics);
  if (status == EDICT_OK) status = find_key(gate, issuers, diagnostics);
  if (status == EDICT_OK) status = read_subject(gate, diagnostics);
  if (status != EDICT_OK) return status;
  edi_str audience =
      edi_program_string(issuers->program, issuers->program->issuers[gate->issuer].audience);
  status = check_audience(gate, audience, diagnostics);
  return status == EDICT_OK ? check_times(gate, now, diagnostics) : status;
}
