/* Delegation: who acts for whom, workloads, and claims whose names hold dots, as attributes. */
#include "harness.h"

#include <openssl/evp.h>

#include "support/mint.h"
#include "support/trusted.h"

static trusted world;
static EVP_PKEY *ed, *ec;
static edi_arena arena;
static edi_subject subject;
static edict_diagnostics *diagnostics;

__attribute__((constructor)) static void make_world(void) {
  trusted_init(&world);
  ed = mint_key("tests/keys/ed-a.test.pem");
  ec = mint_key("tests/keys/ec-b.test.pem");
  if (trusted_load(&world) != EDICT_OK || !ed || !ec) abort();
}

__attribute__((destructor)) static void end_world(void) {
  trusted_fini(&world);
  EVP_PKEY_free(ed);
  EVP_PKEY_free(ec);
}

static edict_status take(const char *algorithm, EVP_PKEY *key, const char *header, const char *payload) {
  edi_buf token;
  edi_buf_init(&token, NULL, 1 << 15);
  if (!mint_token(algorithm, key, (edi_str){NULL, 0}, edi_str_from(header), edi_str_from(payload), &token)) abort();
  edi_arena_init(&arena, NULL, 1 << 20);
  diagnostics = edict_diagnostics_create();
  edict_status status = edi_token_verify(world.issuers, &world.vocabulary, (edi_str){token.ptr, token.len}, TRUSTED_NOW, &arena, &subject, diagnostics);
  edi_buf_fini(&token);
  return status;
}

static void end(void) {
  edict_diagnostics_destroy(&diagnostics);
  edi_arena_fini(&arena);
}

/* A token of works with these members more. */
static edict_status from_works(const char *more) {
  char payload[2048];
  snprintf(payload, sizeof payload, "{\"iss\":\"https://works.example\",\"sub\":\"ana\",\"aud\":\"mesh\",\"exp\":1795172400%s}", more);
  return take("EdDSA", ed, "{\"alg\":\"EdDSA\",\"kid\":\"w-eddsa\"}", payload);
}

static edi_value value_of(const char *attribute) {
  return subject.attrs[world.vocabulary.attr_slot[federation_attr(&world.federation, EDI_ENTITY_SUBJECT, attribute)]];
}

/* `a b`, with ` ..` after them if the set is incomplete; `?` is the unknown. */
static const char *text_of(const char *attribute) {
  static char text[1024];
  edi_value v = value_of(attribute);
  size_t used = 0;
  if (!edi_value_known(v)) return "?";
  if (!v.set) {
    snprintf(text, sizeof text, "%.*s", EDI_STR_ARG(edi_value_str(v)));
    return text;
  }
  text[0] = '\0';
  for (uint32_t i = 0; i < v.length; i++)
    used += (size_t)snprintf(text + used, sizeof text - used, "%s%.*s", i ? " " : "", EDI_STR_ARG(edi_value_str(v.as.members[i])));
  if (v.scale) snprintf(text + used, sizeof text - used, "%s..", used ? " " : "");
  return text;
}

TEST(who_acts_is_an_attribute)
{
  static const struct { const char *more, *actor, *actors; } cases[] = {
      {",\"act\":{\"sub\":\"svc\"}", "svc", "svc"},
      {",\"act\":{\"sub\":\"svc\",\"act\":{\"sub\":\"front\",\"act\":{\"sub\":\"edge\"}}}", "svc", "edge front svc"},
      {",\"act\":{\"sub\":\"svc\",\"iss\":\"https://works.example\"}", "svc", "svc"},
      {",\"act\":{\"sub\":\"svc\",\"iss\":\"https://login.corp.example\"}", "?", ".."},
      {",\"act\":{\"sub\":\"svc\",\"act\":{\"sub\":\"far\",\"iss\":\"https://far.example\",\"act\":{\"sub\":\"edge\"}}}", "svc", "svc .."},
      {",\"act\":{\"sub\":\"svc\",\"client_id\":\"x\"},\"may_act\":{\"sub\":\"evil\"}", "svc", "svc"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    if (from_works(cases[i].more) != EDICT_OK) HARNESS_FAIL("case %zu is refused", i);
    else {
      if (strcmp(text_of("actor"), cases[i].actor) != 0) HARNESS_FAIL("case %zu: actor %s", i, text_of("actor"));
      if (strcmp(text_of("actors"), cases[i].actors) != 0) HARNESS_FAIL("case %zu: actors %s", i, text_of("actors"));
      CHECK_TEXT(subject.id.ptr, subject.id.len, "ana"); /* never the actor */
    }
    end();
  }
}

TEST(without_an_actor_there_is_none)
{
  REQUIRE(from_works("") == EDICT_OK);
  CHECK(!edi_value_known(value_of("actor")) && !edi_value_known(value_of("actors"))); /* as absence means there */
  end();
  REQUIRE(from_works(",\"may_act\":{\"sub\":\"svc\"}") == EDICT_OK);
  CHECK(!edi_value_known(value_of("actor")));
  end();
}

TEST(an_actor_that_nobody_reads_is_refused)
{
  world.issuers->slots[TRUSTED_WORKS].reads_actor = false;
  CHECK_INT(from_works(",\"act\":{\"sub\":\"svc\"}"), EDICT_UNTRUSTED);
  CHECK_INT(edi_diagnostics_code_at(diagnostics, 0), EDI_R0325);
  world.issuers->slots[TRUSTED_WORKS].reads_actor = true;
  end();
  CHECK(!world.issuers->slots[TRUSTED_CORP].reads_actor && world.issuers->slots[TRUSTED_WORKS].reads_actor);
}

/* Paths into the chain, one at a time, in place of works' line for team's kind of value. */
TEST(paths_into_the_chain)
{
  static const struct { const char *path, *more, *expected; } cases[] = {
      {"act.sub", ",\"act\":{\"sub\":\"svc\"}", "svc"},
      {"'act'.sub", ",\"act\":{\"sub\":\"svc\"}", "svc"},
      {"act.iss", ",\"act\":{\"sub\":\"svc\",\"iss\":\"https://far.example\"}", "https://far.example"},
      {"act.act.sub", ",\"act\":{\"sub\":\"svc\",\"act\":{\"sub\":\"front\"}}", "front"},
      {"act.act.sub", ",\"act\":{\"sub\":\"svc\",\"iss\":\"https://far.example\",\"act\":{\"sub\":\"front\"}}", "?"},
      {"act.act.sub", ",\"act\":{\"sub\":\"svc\"}", "?"},
      {"act.ns", ",\"act\":{\"sub\":\"svc\",\"ns\":\"pay\"}", "pay"},
      {"act.ns", ",\"act\":{\"sub\":\"svc\",\"ns\":\"pay\",\"iss\":\"https://far.example\"}", "?"},
      {"x.act.sub", ",\"x\":{\"act\":{\"sub\":\"svc\",\"iss\":\"https://far.example\"}}", "svc"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    edi_issuer *works = &world.federation.issuers[TRUSTED_WORKS];
    edi_claim *line = &world.federation.claims[works->claims.first], kept = *line;
    line->path = federation_string(&world.federation, cases[i].path);
    if (from_works(cases[i].more) != EDICT_OK || strcmp(text_of("actor"), cases[i].expected) != 0)
      HARNESS_FAIL("%s of %s: %s", cases[i].path, cases[i].more, subject.attrs ? text_of("actor") : "refused");
    *line = kept;
    end();
  }
}

TEST(a_name_with_dots_is_reached_in_quotes)
{
  REQUIRE(from_works(",\"https://ns.example/roles\":[\"analyst\",\"nobody\"]") == EDICT_OK);
  edi_value roles = value_of("roles");
  REQUIRE(roles.set && roles.length == 1 && roles.scale == 1);
  CHECK_INT(roles.as.members[0].as.integer, federation_node(&world.federation, "role", "analyst"));
  end();
  REQUIRE(from_works(",\"https://ns\":{\"example/roles\":[\"analyst\"]}") == EDICT_OK); /* is not the same */
  CHECK(!edi_value_known(value_of("roles")) || value_of("roles").length == 0);
  end();
}

TEST(a_workload_is_found_by_its_trust_domain)
{
  static const struct { const char *payload; edi_code code; } cases[] = {
      {"{\"sub\":\"spiffe://prod.example/pay/api\",\"aud\":[\"mesh\"],\"exp\":1795172400}", EDI_CODE_NONE},
      {"{\"iss\":\"https://nobody.example\",\"sub\":\"spiffe://prod.example/pay\",\"aud\":\"mesh\",\"exp\":1795172400}", EDI_CODE_NONE},
      {"{\"iss\":\"spiffe://prod.example\",\"sub\":\"spiffe://prod.example/pay\",\"aud\":\"mesh\",\"exp\":1795172400}", EDI_CODE_NONE},
      {"{\"iss\":\"spiffe://prod.example\",\"sub\":\"spiffe://dev.example/pay\",\"aud\":\"mesh\",\"exp\":1795172400}", EDI_R0343},
      {"{\"iss\":null,\"sub\":\"spiffe://prod.example/pay\",\"aud\":\"mesh\",\"exp\":1795172400}", EDI_R0307},
      {"{\"iss\":\"https://login.corp.example\",\"sub\":\"spiffe://prod.example/pay\",\"aud\":\"mesh\",\"exp\":1795172400}", EDI_R0311},
      {"{\"sub\":\"spiffe://prod.example/pay\",\"aud\":\"mesh\"}", EDI_R0316},
      {"{\"sub\":\"spiffe://prod.example/pay\",\"exp\":1795172400}", EDI_R0314}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    edict_status status = take("ES256", ec, "{\"alg\":\"ES256\",\"kid\":\"c-1\"}", cases[i].payload);
    if (edi_diagnostics_code_at(diagnostics, 0) != cases[i].code || (status == EDICT_OK) != (cases[i].code == EDI_CODE_NONE))
      HARNESS_FAIL("case %zu: %s", i, edi_code_name(edi_diagnostics_code_at(diagnostics, 0)));
    if (status == EDICT_OK) {
      CHECK_INT(subject.issuer, TRUSTED_CLUSTER);
      CHECK(edi_str_starts(edi_value_str(value_of("team")), EDI_STR("spiffe://prod.example/pay")));
    }
    end();
  }
}

/* A SPIFFE bundle: keys for X.509 are passed over, others refuse it. */
TEST(keys_of_workloads)
{
  static const struct { const char *use, *kid; edi_code code; } cases[] = {
      {"jwt-svid", "a", EDI_CODE_NONE}, {"x509-svid", "a", EDI_R0337}, {"sig", "a", EDI_R0334}, {"enc", "a", EDI_R0334},
      {NULL, "a", EDI_R0334}, {"jwt-svid", NULL, EDI_R0332}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    edi_jwk_source source = {.name = EDI_STR("bundle"), .algorithms = EDI_ALG_ES256, .workload = true};
    char set[512], use[64] = "", kid[64] = "";
    edi_jwks jwks;
    edi_arena_init(&arena, NULL, 1 << 20);
    diagnostics = edict_diagnostics_create();
    if (cases[i].use) snprintf(use, sizeof use, ",\"use\":\"%s\"", cases[i].use);
    if (cases[i].kid) snprintf(kid, sizeof kid, ",\"kid\":\"%s\"", cases[i].kid);
    snprintf(set, sizeof set, "{\"spiffe_sequence\":1,\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"vPRB_jZwTNAD5M6eWCBDzrA-jefwLY0dpho65IUAIpk\","
             "\"y\":\"BpTSVoda3v4KPwgjcdthgDGWTHEahUxMA_JdXdrY_i8\"%s%s}]}", use, kid);
    edict_status status = edi_jwks_parse(edi_str_from(set), &source, &arena, &jwks, diagnostics);
    if (edi_diagnostics_code_at(diagnostics, 0) != cases[i].code || (status == EDICT_OK) != (cases[i].code == EDI_CODE_NONE))
      HARNESS_FAIL("case %zu: %s", i, edi_code_name(edi_diagnostics_code_at(diagnostics, 0)));
    edi_jwks_fini(&jwks);
    end();
  }
}

HARNESS_MAIN
