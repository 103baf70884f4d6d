/* Token oracle: whatever Edict takes, libjwt takes too, with the right key and algorithm.
 *
 * Thousands of tokens of each algorithm that libjwt has: minted by libjwt and by hand, with members in any order and
 * written in many ways, then changed at random. The other way round is not asked: libjwt takes a member that stands
 * twice, `crit`, expired tokens and more that Edict refuses. */
#include "harness.h"

#include <jwt.h>
#include <openssl/evp.h>

#include "support/hostile.h"
#include "support/mint.h"
#include "support/random_rules.h"
#include "support/trusted.h"

enum { MINTED = 24, BY_HAND = 40, CHANGES = 30 };

static const struct {
  const char *name, *file;
  jwt_alg_t jwt;
} algorithms[] = {{"HS256", NULL, JWT_ALG_HS256},     {"HS384", NULL, JWT_ALG_HS384},     {"HS512", NULL, JWT_ALG_HS512},
                  {"RS256", "rsa-a", JWT_ALG_RS256},  {"RS384", "rsa-a", JWT_ALG_RS384},  {"RS512", "rsa-a", JWT_ALG_RS512},
                  {"ES256", "ec-a", JWT_ALG_ES256},   {"ES384", "ec-384", JWT_ALG_ES384}, {"ES512", "ec-521", JWT_ALG_ES512}};
enum { ALGORITHMS = sizeof algorithms / sizeof *algorithms };
static const char secret[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/* Edict with one issuer of one algorithm, and what libjwt wants of its key. */
typedef struct party {
  trusted world;
  EVP_PKEY *key;
  char *private_pem, public_pem[2048];
  const unsigned char *check;
  int check_length;
  size_t number;
} party;

static void party_init(party *p, size_t number) {
  edi_buf set;
  memset(p, 0, sizeof *p);
  p->number = number;
  trusted_init(&p->world);
  edi_issuer *corp = &p->world.federation.issuers[TRUSTED_CORP];
  corp->algorithms = edi_algorithm_by_name(edi_str_from(algorithms[number].name))->bit;
  corp->flags = EDI_ISSUER_KEYS_FROM_HOST;
  corp->tokens = EDI_TOKENS_JWT;
  if (trusted_load(&p->world) != EDICT_OK) abort();
  p->check = (const unsigned char *)secret, p->check_length = sizeof secret - 1;
  if (algorithms[number].file) {
    char path[256];
    size_t length;
    snprintf(path, sizeof path, "tests/keys/%s.test.pem", algorithms[number].file);
    p->key = mint_key(path);
    p->private_pem = hostile_read(path, &length);
    if (!p->key || !p->private_pem || !mint_public_pem(p->key, p->public_pem, sizeof p->public_pem)) abort();
    p->private_pem = realloc(p->private_pem, length + 1);
    p->private_pem[length] = '\0';
    p->check = (const unsigned char *)p->public_pem, p->check_length = (int)strlen(p->public_pem);
  }
  edi_buf_init(&set, NULL, 1 << 16);
  edi_buf_text(&set, "{\"keys\":[");
  if (!mint_jwk(algorithms[number].name, p->key, (edi_str){secret, sizeof secret - 1}, "k", &set)) abort();
  edi_buf_text(&set, "]}");
  if (edi_issuers_reload(p->world.issuers, EDI_STR("corp"), (edi_str){set.ptr, set.len}, NULL) != EDICT_OK) abort();
  edi_buf_fini(&set);
}

static void party_fini(party *p) {
  trusted_fini(&p->world);
  EVP_PKEY_free(p->key);
  free(p->private_pem);
}

static bool edict_takes(party *p, edi_str token) {
  edi_arena arena;
  edi_subject subject;
  edi_arena_init(&arena, NULL, 1 << 20);
  bool takes = edi_token_verify(p->world.issuers, &p->world.vocabulary, token, TRUSTED_NOW, &arena, &subject, NULL) == EDICT_OK;
  edi_arena_fini(&arena);
  return takes;
}

static bool libjwt_takes(const party *p, edi_str token) {
  jwt_t *jwt = NULL;
  char *copy = malloc(token.len + 1);
  memcpy(copy, token.ptr, token.len);
  copy[token.len] = '\0';
  bool takes = strlen(copy) == token.len && jwt_decode(&jwt, copy, p->check, p->check_length) == 0 && jwt_get_alg(jwt) == algorithms[p->number].jwt;
  jwt_free(jwt);
  free(copy);
  return takes;
}

static void compare(party *p, edi_str token, unsigned *taken) {
  if (!edict_takes(p, token)) return;
  ++*taken;
  if (!libjwt_takes(p, token)) HARNESS_FAIL("%s: Edict alone takes %.*s", algorithms[p->number].name, EDI_STR_ARG(token));
}

/* ---- tokens ---- */

static edi_buf by_libjwt(const party *p, random_source *r) {
  jwt_t *jwt = NULL;
  edi_buf token;
  const unsigned char *key = (const unsigned char *)(p->private_pem ? p->private_pem : secret);
  int length = (int)strlen((const char *)key);
  char team[32];
  snprintf(team, sizeof team, "team \xC3\xA9 %u", (unsigned)random_below(r, 1000));
  if (jwt_new(&jwt) != 0 || jwt_add_grant(jwt, "iss", "https://login.corp.example") != 0 || jwt_add_grant(jwt, "sub", "ana") != 0 ||
      jwt_add_grant(jwt, "aud", "mesh") != 0 || jwt_add_grant_int(jwt, "exp", (long)(TRUSTED_NOW / 1000000 + 1 + (int64_t)random_below(r, 99999))) != 0 ||
      jwt_add_grant(jwt, "team", team) != 0 || jwt_add_grants_json(jwt, "{\"realm_access\":{\"roles\":[\"analyst\"]}}") != 0 ||
      jwt_set_alg(jwt, algorithms[p->number].jwt, key, length) != 0)
    abort();
  char *text = jwt_encode_str(jwt);
  if (!text) abort();
  edi_buf_init(&token, NULL, 1 << 15);
  edi_buf_text(&token, text);
  free(text);
  jwt_free(jwt);
  return token;
}

static const char *blank(random_source *r) {
  static const char *const blanks[] = {"", "", " ", "\n\t", "  ", "\r\n"};
  return blanks[random_below(r, sizeof blanks / sizeof *blanks)];
}

static void put_text(random_source *r, edi_buf *b, const char *text) {
  edi_buf_char(b, '"');
  for (; *text; text++)
    if (random_below(r, 12) == 0) edi_buf_format(b, random_below(r, 2) ? "\\u%04x" : "\\u%04X", (unsigned char)*text);
    else if (*text == '/' && random_below(r, 2)) edi_buf_text(b, "\\/");
    else edi_buf_char(b, *text);
  edi_buf_char(b, '"');
}

typedef struct member { const char *name, *value; } member; /* a value that begins with `=` stands as it is */

static void put_members(random_source *r, edi_buf *b, const member *members, size_t count) {
  size_t first = (size_t)random_below(r, count);
  edi_buf_format(b, "%s{", blank(r));
  for (size_t i = 0; i < count; i++) {
    const member *m = &members[(first + i) % count];
    edi_buf_format(b, "%s%s", i ? "," : "", blank(r));
    put_text(r, b, m->name);
    edi_buf_format(b, "%s:%s", blank(r), blank(r));
    if (m->value[0] == '=') edi_buf_text(b, m->value + 1);
    else put_text(r, b, m->value);
    edi_buf_text(b, blank(r));
  }
  edi_buf_format(b, "}%s", blank(r));
}

static edi_buf by_hand(const party *p, random_source *r) {
  static const char *const extras[] = {"=1", "=-7", "=[1,{\"a\":null}]", "=true", "=0.5", "=1e5", "text", "=\"\\ud83d\\ude00\"", "={}"};
  char exp[32];
  snprintf(exp, sizeof exp, "=%lld", (long long)(TRUSTED_NOW / 1000000 + 3600));
  const member header[] = {{"alg", algorithms[p->number].name}, {"typ", random_below(r, 2) ? "JWT" : "jwt"}, {"x", extras[random_below(r, 9)]}};
  const member payload[] = {{"iss", "https://login.corp.example"}, {"sub", "ana"}, {"aud", "mesh"}, {"exp", exp},
                              {"more", extras[random_below(r, 9)]}, {"other", extras[random_below(r, 9)]}};
  edi_buf h, b, token;
  edi_buf_init(&h, NULL, 1 << 14), edi_buf_init(&b, NULL, 1 << 14), edi_buf_init(&token, NULL, 1 << 15);
  put_members(r, &h, header, 3);
  put_members(r, &b, payload, 6);
  if (!mint_token(algorithms[p->number].name, p->key, (edi_str){secret, sizeof secret - 1}, (edi_str){h.ptr, h.len}, (edi_str){b.ptr, b.len}, &token)) abort();
  edi_buf_fini(&h), edi_buf_fini(&b);
  return token;
}

/* One of: a byte of the alphabet, any byte, a byte cut, a byte doubled, two swapped, a part of another token. */
static size_t change(random_source *r, char *text, size_t length, edi_str other) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/";
  size_t at = (size_t)random_below(r, length), to = (size_t)random_below(r, length);
  char kept = text[at];
  switch (random_below(r, 6)) {
    case 0: text[at] = digits[random_below(r, sizeof digits - 1)]; return length;
    case 1: text[at] = (char)random_below(r, 256); return length;
    case 2: memmove(text + at, text + at + 1, length - at - 1); return length - 1;
    case 3: memmove(text + at + 1, text + at, length - at); return length + 1;
    case 4: text[at] = text[to], text[to] = kept; return length;
    default:
      if (at < other.len) memcpy(text + at, other.ptr + at, (other.len < length ? other.len : length) - at);
      return length;
  }
}

static void check_changes(party *p, random_source *r, const edi_buf *token, const edi_buf *other, unsigned *taken) {
  char *text = malloc(token->len + 8);
  for (int i = 0; i < CHANGES; i++) {
    memcpy(text, token->ptr, token->len);
    size_t length = token->len;
    for (uint64_t n = 0, times = 1 + random_below(r, 3); n < times; n++) length = change(r, text, length, (edi_str){other->ptr, other->len});
    compare(p, (edi_str){text, length}, taken);
  }
  free(text);
}

TEST(what_edict_takes_libjwt_takes_too)
{
  static party p;
  random_source r = {7515};
  unsigned good = 0, changed = 0;
  for (size_t a = 0; a < ALGORITHMS; a++) {
    party_init(&p, a);
    edi_buf before = by_libjwt(&p, &r);
    for (int i = 0; i < MINTED + BY_HAND; i++) {
      edi_buf token = i < MINTED ? by_libjwt(&p, &r) : by_hand(&p, &r);
      unsigned taken = 0;
      compare(&p, (edi_str){token.ptr, token.len}, &taken);
      if (taken != 1) HARNESS_FAIL("%s: a good token is refused: %.*s", algorithms[a].name, (int)token.len, token.ptr);
      good += taken;
      check_changes(&p, &r, &token, &before, &changed);
      edi_buf_fini(&before);
      before = token;
    }
    edi_buf_fini(&before);
    party_fini(&p);
  }
  printf("# %u good tokens, %u changed ones of %u taken\n", good, changed, (MINTED + BY_HAND) * CHANGES * ALGORITHMS);
  CHECK_INT(good, (MINTED + BY_HAND) * ALGORITHMS);
}

/* A token of one algorithm to an issuer of another, with the same key where there is one. */
TEST(no_algorithm_is_taken_for_another)
{
  static party parties[ALGORITHMS];
  random_source r = {8725};
  for (size_t a = 0; a < ALGORITHMS; a++) party_init(&parties[a], a);
  for (size_t from = 0; from < ALGORITHMS; from++) {
    edi_buf token = by_libjwt(&parties[from], &r);
    for (size_t to = 0; to < ALGORITHMS; to++)
      if (edict_takes(&parties[to], (edi_str){token.ptr, token.len}) != (from == to))
        HARNESS_FAIL("%s to %s", algorithms[from].name, algorithms[to].name);
    edi_buf_fini(&token);
  }
  for (size_t a = 0; a < ALGORITHMS; a++) party_fini(&parties[a]);
}

HARNESS_MAIN
