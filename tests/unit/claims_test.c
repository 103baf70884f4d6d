/* Claims: what tokens, hosts and suppositions say, as the subject's typed and bounded attributes. */
#include "harness.h"

#include <openssl/evp.h>

#include "bundle/limits.h"
#include "support/mint.h"
#include "support/short_memory.h"
#include "support/trusted.h"

static trusted world;
static edi_arena arena;
static edi_subject subject;
static edict_diagnostics *diagnostics;

static void begin_with(void (*change)(federation *)) {
  trusted_init(&world);
  if (change) change(&world.federation);
  if (trusted_load(&world) != EDICT_OK) abort();
  edi_arena_init(&arena, NULL, 1 << 22);
  diagnostics = edict_diagnostics_create();
}

static void end(void) {
  edict_diagnostics_destroy(&diagnostics);
  edi_arena_fini(&arena);
  trusted_fini(&world);
}

/* ---- values as text, so that tables can say what is expected ---- */

static void describe_scalar(edi_buf *b, edi_value v) {
  const edi_program *p = &world.federation.program;
  switch (v.base) {
    case EDI_TYPE_BOOL: edi_buf_text(b, v.as.integer ? "true" : "false"); break;
    case EDI_TYPE_NODE: edi_buf_str(b, edi_program_string(p, p->nodes[v.as.integer].name)); break;
    case EDI_TYPE_LEVEL: edi_buf_str(b, edi_program_string(p, p->levels[v.as.integer].name)); break;
    case EDI_TYPE_DECIMAL: edi_decimal_format(b, (edi_decimal){v.as.integer, v.scale}); break;
    case EDI_TYPE_DATE: edi_date_format(b, v.as.integer); break;
    case EDI_TYPE_TIMESTAMP: edi_timestamp_format(b, v.as.integer); break;
    case EDI_TYPE_IP: edi_hex_append(b, v.as.text + 12, 4); break;
    case EDI_TYPE_INT: edi_buf_format(b, "%" PRId64, v.as.integer); break;
    case EDI_TYPE_NONE: edi_buf_char(b, '?'); break;
    default: edi_buf_str(b, edi_value_str(v)); break;
  }
}

/* `{a b}`, with `..` after the members if the set is incomplete; `?` is the unknown. */
static bool is(const char *attribute, const char *expected) {
  uint32_t attr = federation_attr(&world.federation, EDI_ENTITY_SUBJECT, attribute);
  edi_value v =
      subject.attrs ? subject.attrs[world.vocabulary.attr_slot[attr]] : edi_value_unknown();
  edi_buf b;
  edi_buf_init(&b, NULL, 1 << 16);
  if (v.set && edi_value_known(v)) {
    edi_buf_char(&b, '{');
    for (uint32_t i = 0; i < v.length; i++) {
      if (i > 0) edi_buf_char(&b, ' ');
      describe_scalar(&b, v.as.members[i]);
    }
    edi_buf_text(&b, v.scale ? "..}" : "}");
  } else {
    describe_scalar(&b, v);
  }
  bool same = edi_str_equal((edi_str){b.ptr, b.len}, edi_str_from(expected));
  if (!same) printf("# subject.%s is %.*s\n", attribute, (int)b.len, b.ptr);
  edi_buf_fini(&b);
  return same;
}

/* A token of corp with `more` after the claims that each needs. */
static edict_status from_token(const char *more) {
  static EVP_PKEY *key;
  edi_buf token, payload;
  if (!key) key = mint_key("tests/keys/ec-a.test.pem");
  edi_buf_init(&token, NULL, 1 << 16);
  edi_buf_init(&payload, NULL, 1 << 16);
  edi_buf_format(&payload,
                 "{\"iss\":\"https://"
                 "login.corp.example\",\"sub\":\"ana\",\"aud\":\"mesh\",\"exp\":1795172400%s%s}",
                 *more ? "," : "", more);
  bool minted = mint_token("ES256", key, (edi_str){NULL, 0}, EDI_STR("{\"alg\":\"ES256\"}"),
                           (edi_str){payload.ptr, payload.len}, &token);
  edict_status status =
      minted ? edi_token_verify(world.issuers, &world.vocabulary, (edi_str){token.ptr, token.len},
                                TRUSTED_NOW, &arena, &subject, diagnostics)
             : EDICT_DEFECT;
  edi_buf_fini(&payload);
  edi_buf_fini(&token);
  return status;
}

TEST(claims_become_typed_values)
{
  static const struct {
    const char *claims, *attribute, *value;
  } cases[] = {
      {"", "roles", "?"},
      {"", "region", "?"},
      {"", "mfa", "?"},
      {"\"realm_access\":{\"roles\":[\"support\",\"dpo\"]}", "roles", "{support dpo}"},
      {"\"realm_access\":{\"roles\":[]}", "roles", "{}"},
      {"\"realm_access\":{\"roles\":\"support\"}", "roles", "{support}"},
      {"\"realm_access\":{\"roles\":[\"support\",\"support\",\"offline_access\"]}", "roles",
       "{support}"},                                                        /* ignore others */
      {"\"realm_access\":{\"roles\":[\"realm-admin\"]}", "roles", "{dpo}"}, /* mapped */
      {"\"realm_access\":{\"roles\":[\"reseller\",\"analyst\"]}", "roles",
       "{analyst}"}, /* within staff */
      {"\"realm_access\":{\"roles\":[\"staff\"]}", "roles", "{staff}"},
      {"\"realm_access\":{\"roles\":[\"SUPPORT\",\" support\"]}", "roles", "{}"},
      {"\"realm_access\":{\"roles\":[1,null,{},[\"dpo\"]]}", "roles", "{}"},
      {"\"realm_access\":{\"roles\":{\"dpo\":true}}", "roles", "?"},
      {"\"realm_access\":{\"roles\":null}", "roles", "?"},
      {"\"realm_access\":{\"roles\":7}", "roles", "{}"},
      {"\"realm_access\":{}", "roles", "?"},
      {"\"realm_access\":[\"dpo\"]", "roles", "?"},
      {"\"realm_access\":\"dpo\"", "roles", "?"},
      {"\"realm_access.roles\":[\"dpo\"]", "roles", "?"},
      {"\"Realm_access\":{\"roles\":[\"dpo\"]}", "roles", "?"},
      {"\"purposes\":[\"support\",\"billing\"]", "purposes", "{support billing}"},
      {"\"purposes\":[\"support\",\"world-peace\"]", "purposes", "{support..}"}, /* incomplete */
      {"\"purposes\":[\"support\",7]", "purposes", "{support..}"},
      {"\"purposes\":[\"dpo\"]", "purposes", "{..}"},
      {"\"purposes\":\"support billing\"", "purposes", "{..}"},
      {"\"region\":\"de\"", "region", "de"},
      {"\"region\":\"atlantis\"", "region", "?"},
      {"\"region\":[\"de\"]", "region", "?"},
      {"\"region\":\"\"", "region", "?"},
      {"\"region\":null", "region", "?"},
      {"\"clearance\":\"internal\"", "clearance", "internal"},
      {"\"clearance\":\"top\"", "clearance", "?"},
      {"\"clearance\":1", "clearance", "?"},
      {"\"employee\":\"p-7\"", "person", "p-7"},
      {"\"employee\":7", "person", "?"},
      {"\"employee\":true", "person", "?"},
      {"\"grade\":7", "grade", "7"},
      {"\"grade\":\"7\"", "grade", "7"},
      {"\"grade\":7.0", "grade", "?"},
      {"\"grade\":true", "grade", "?"},
      {"\"grade\":-9223372036854775808", "grade", "-9223372036854775808"},
      {"\"grade\":\"07\"", "grade", "?"},
      {"\"share\":\"12.50\"", "share", "12.5"},
      {"\"share\":12", "share", "12"},
      {"\"share\":12.5", "share", "?"},
      {"\"mfa\":true", "mfa", "true"},
      {"\"mfa\":false", "mfa", "false"},
      {"\"mfa\":\"true\"", "mfa", "true"},
      {"\"mfa\":1", "mfa", "?"},
      {"\"mfa\":[true]", "mfa", "?"},
      {"\"mfa\":\"yes\"", "mfa", "?"},
      {"\"hired\":\"2020-02-29\"", "hired", "2020-02-29"},
      {"\"hired\":\"2021-02-29\"", "hired", "?"},
      {"\"hired\":18321", "hired", "?"},
      {"\"trained\":\"2026-01-01T12:00:00+01:00\"", "trained", "2026-01-01T11:00:00Z"},
      {"\"trained\":1795168800", "trained", "?"},
      {"\"networks\":[\"10.0.0.2\",\"10.0.0.1\"]", "networks", "{0a000001 0a000002}"},
      {"\"networks\":[\"10.0.0.01\"]", "networks", "{..}"},
      {"\"team\":\"gr\\u00fcn\"", "team", "gr\xc3\xbcn"},
      {"\"team\":\"\"", "team", ""},
      {"\"team\":7", "team", "?"},
      {"\"grades\":[3,\"1\",2,3]", "grades", "{1 2 3}"},
      {"\"grades\":[1,2.5]", "grades", "{1..}"},
      {"\"grades\":4", "grades", "{4}"}};
  begin_with(NULL);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    edict_status status = from_token(cases[i].claims);
    if (status != EDICT_OK || !is(cases[i].attribute, cases[i].value))
      HARNESS_FAIL("{%s}: status %d, expected %s", cases[i].claims, status, cases[i].value);
  }
  end();
}

TEST(no_claim_says_who_vouched)
{
  begin_with(NULL);
  REQUIRE(from_token("\"issuer\":\"partner-idp\",\"id\":\"bo\"") == EDICT_OK);
  CHECK(is("issuer", "corp"));
  CHECK(is("id", "ana"));
  end();
}

static void issuer_line(federation *f) {
  f->claims[1].attr = federation_attr(f, EDI_ENTITY_SUBJECT, "issuer");
  f->claims[1].path = federation_string(f, "org");
}

TEST(not_even_by_a_line_of_its_issuer)
{
  begin_with(issuer_line);
  REQUIRE(from_token("\"org\":\"partner-idp\"") == EDICT_OK);
  CHECK(is("issuer", "corp"));
  end();
}

static void scalar_lines(federation *f) {
  uint32_t region = 3; /* corp's line of region: within eu, "DEU" as de, "USA" as us */
  f->claims[region].within = federation_node(f, "region", "eu");
  f->claims[region].map = (edi_range){f->program.claimmaps_count, 3};
  const char *const maps[][2] = {{"DEU", "de"}, {"USA", "us"}, {"fr", "de"}};
  for (size_t i = 0; i < 3; i++)
    f->claimmaps[f->program.claimmaps_count++] =
        (edi_claimmap){federation_string(f, maps[i][0]), federation_node(f, "region", maps[i][1])};
}

TEST(a_scalar_is_mapped_and_bounded_too)
{
  static const char *const cases[][2] = {
      {"\"region\":\"DEU\"", "de"},
      {"\"region\":\"USA\"", "?"},
      {"\"region\":\"us\"", "?"},
      {"\"region\":\"de\"", "de"},
      {"\"region\":\"eu\"", "eu"},
      {"\"region\":\"fr\"", "de"}}; /* a mapped text is not also a name */
  begin_with(scalar_lines);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    CHECK_INT(from_token(cases[i][0]), EDICT_OK);
    CHECK(is("region", cases[i][1]));
  }
  end();
}

static void fallbacks(federation *f) {
  static const edi_const consts[] = {{EDI_TYPE_BOOL, 0, 0}, {EDI_TYPE_INT, 0, 1}};
  f->program.consts = consts, f->program.consts_count = 2;
  f->attrs[federation_attr(f, EDI_ENTITY_SUBJECT, "mfa")].fallback = 0;
  f->attrs[federation_attr(f, EDI_ENTITY_SUBJECT, "grade")].fallback = 1;
  for (uint32_t i = 0; i < f->program.claims_count; i++)
    if (f->claims[i].attr == federation_attr(f, EDI_ENTITY_SUBJECT, "mfa"))
      f->claims[i].path = federation_string(f, "auth.mfa");
}

TEST(absence_means_what_is_declared_and_nonsense_is_unknown)
{
  static const char *const cases[][3] = {{"", "mfa", "false"},
                                         {"", "grade", "1"},
                                         {"\"auth\":{}", "mfa", "false"},
                                         {"\"auth\":{\"mfa\":true}", "mfa", "true"},
                                         {"\"auth\":{\"mfa\":\"x\"}", "mfa", "?"},
                                         {"\"auth\":{\"mfa\":null}", "mfa", "?"},
                                         {"\"auth\":\"mfa\"", "mfa", "?"},
                                         {"\"grade\":[]", "grade", "?"},
                                         {"\"grade\":{}", "grade", "?"}};
  begin_with(fallbacks);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    CHECK_INT(from_token(cases[i][0]), EDICT_OK);
    CHECK(is(cases[i][1], cases[i][2]));
  }
  end();
}

TEST(a_set_from_a_token_has_at_most_its_limit)
{
  for (size_t count = EDI_LIMIT_SET_MEMBERS; count <= EDI_LIMIT_SET_MEMBERS + 1; count++) {
    edi_buf claims;
    begin_with(NULL);
    edi_buf_init(&claims, NULL, 1 << 16);
    edi_buf_text(&claims, "\"grades\":[1");
    for (size_t i = 1; i < count; i++) edi_buf_text(&claims, ",1");
    edi_buf_text(&claims, "]");
    edi_buf_char(&claims, 0);
    CHECK_INT(from_token(claims.ptr), EDICT_OK);
    CHECK(is("grades", count > EDI_LIMIT_SET_MEMBERS ? "?" : "{1}"));
    edi_buf_fini(&claims);
    end();
  }
}

/* ---- hosts and suppositions ---- */

#define T(literal) \
  { literal, sizeof(literal) - 1 }
#define VALUES(...) \
  (const edict_text[]){__VA_ARGS__}, sizeof((const edict_text[]){__VA_ARGS__}) / sizeof(edict_text)

static edict_status vouch(const char *id, const edict_attribute *attributes, size_t count) {
  return edi_subject_vouch(world.issuers, &world.vocabulary, edi_str_from(id), attributes, count,
                           &arena, &subject, diagnostics);
}

static edict_status suppose(const char *issuer, const edict_attribute *attributes, size_t count) {
  return edi_subject_suppose(world.issuers, &world.vocabulary, edi_str_from(issuer), EDI_STR("s-1"),
                             attributes, count, &arena, &subject, diagnostics);
}

TEST(a_host_vouches)
{
  const edict_attribute attributes[] = {{T("roles"), VALUES(T("support"), T("reseller"))},
                                        {T("purposes"), VALUES(T("support"), T("joy"))},
                                        {T("region"), VALUES(T("de"))},
                                        {T("mfa"), VALUES(T("true"))},
                                        {T("grades"), NULL, 0},
                                        {T("grade"), NULL, 0}};
  begin_with(NULL);
  CHECK_INT(vouch("ana", attributes, 6), EDICT_OK);
  CHECK(is("issuer", "host"));
  CHECK_TEXT(subject.id.ptr, subject.id.len, "ana");
  CHECK(is("roles", "{support reseller}"));
  CHECK(is("purposes", "{support..}"));
  CHECK(is("region", "de"));
  CHECK(is("mfa", "true"));
  CHECK(is("grades", "{}"));
  CHECK(is("grade", "?"));
  CHECK(is("team", "?"));
  CHECK_INT(subject.not_before, EDI_TIMESTAMP_MIN);
  CHECK_INT(subject.expires, EDI_TIMESTAMP_MAX);
  for (size_t i = 0; i < sizeof subject.key_digest; i++) CHECK_INT(subject.key_digest[i], 0);
  end();
}

static void no_host(federation *f) { f->program.issuers_count = TRUSTED_HOST; }

TEST(without_issuer_host_no_host_vouches)
{
  begin_with(no_host);
  CHECK_INT(vouch("ana", NULL, 0), EDICT_UNTRUSTED);
  CHECK_INT(edi_diagnostics_code_at(diagnostics, 0), EDI_R0350);
  CHECK(subject.attrs == NULL && subject.expires == 0);
  end();
}

static void bounded_host(federation *f) {
  federation_claim(f, "roles", "roles", "partner", 0); /* of the issuer declared last: the host */
}

TEST(lines_of_issuer_host_bound_it)
{
  const edict_attribute roles[] = {{T("roles"), VALUES(T("reseller"), T("dpo"))}},
                        region[] = {{T("region"), VALUES(T("de"))}};
  begin_with(bounded_host);
  CHECK_INT(vouch("ana", roles, 1), EDICT_OK);
  CHECK(is("roles", "{reseller..}"));
  CHECK_INT(vouch("ana", region, 1), EDICT_UNTRUSTED);
  CHECK_INT(edi_diagnostics_code_at(diagnostics, 0), EDI_R0354);
  CHECK(subject.attrs == NULL);
  end();
}

TEST(what_cannot_be_meant_is_refused)
{
  const edict_attribute unknown[] = {{T("role"), VALUES(T("dpo"))}},
                        twice[] = {{T("roles"), VALUES(T("dpo"))}, {T("roles"), VALUES(T("dpo"))}},
                        several[] = {{T("region"), VALUES(T("de"), T("fr"))}},
                        nothing[] = {{T("roles"), NULL, 1}},
                        issuer[] = {{T("issuer"), VALUES(T("corp"))}},
                        id[] = {{T("id"), VALUES(T("bo"))}}, empty[] = {{{NULL, 0}, NULL, 0}},
                        context[] = {{T("purpose"), VALUES(T("support"))}};
  const struct {
    const edict_attribute *attributes;
    size_t count;
    edi_code code;
  } cases[] = {{unknown, 1, EDI_R0352}, {empty, 1, EDI_R0352},   {context, 1, EDI_R0352},
               {twice, 2, EDI_R0353},   {several, 1, EDI_R0353}, {nothing, 1, EDI_R0353},
               {issuer, 1, EDI_R0353},  {id, 1, EDI_R0353}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    begin_with(NULL);
    CHECK_INT(vouch("ana", cases[i].attributes, cases[i].count), EDICT_ARGUMENT);
    if (edi_diagnostics_code_at(diagnostics, 0) != cases[i].code)
      HARNESS_FAIL("case %zu: %s", i, edict_diagnostics_message(diagnostics, 0));
    CHECK(subject.attrs == NULL);
    end();
  }
}

TEST(a_misspelt_attribute_gets_a_suggestion)
{
  const edict_attribute attributes[] = {{T("purpose"), VALUES(T("support"))}};
  char *text = NULL;
  size_t length = 0;
  begin_with(NULL);
  CHECK_INT(vouch("ana", attributes, 1), EDICT_ARGUMENT);
  REQUIRE(edict_diagnostics_render(diagnostics, EDICT_RENDERING_TEXT, &text, &length) == EDICT_OK);
  CHECK(strstr(text, "`subject` has no attribute `purpose`") != NULL);
  CHECK(strstr(text, "`purposes`") != NULL);
  edict_text_free(&text);
  end();
}

TEST(ids_that_name_somebody)
{
  static const struct {
    const char *id;
    bool good;
  } cases[] = {{"ana", true},   {"\xc3\xa9", true}, {"a b", true},       {"", false},
               {"a\nb", false}, {"a\x7f", false},   {"\xc2\x85", false}, {"\xff", false}};
  char longest[257];
  begin_with(NULL);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    edict_status status = vouch(cases[i].id, NULL, 0);
    if ((status == EDICT_OK) != cases[i].good || (!cases[i].good && status != EDICT_ARGUMENT))
      HARNESS_FAIL("case %zu: status %d", i, status);
  }
  memset(longest, 'x', 256);
  longest[256] = 0;
  CHECK_INT(vouch(longest, NULL, 0), EDICT_ARGUMENT);
  longest[255] = 0;
  CHECK_INT(vouch(longest, NULL, 0), EDICT_OK);
  end();
}

TEST(suppositions_are_typed_and_bounded_like_the_real_thing)
{
  const edict_attribute roles[] = {{T("roles"),
                                    VALUES(T("support"), T("reseller"), T("realm-admin"))}},
                        region[] = {{T("region"), VALUES(T("de"))}};
  begin_with(NULL);
  CHECK_INT(suppose("corp", roles, 1), EDICT_OK);
  CHECK(is("issuer", "corp"));
  CHECK(is("roles", "{support dpo}"));
  CHECK_INT(suppose("partner-idp", roles, 1), EDICT_OK);
  CHECK(is("roles", "{reseller..}"));
  CHECK_INT(suppose("host", roles, 1), EDICT_OK);
  CHECK(is("roles", "{support reseller..}"));
  CHECK_INT(suppose("partner-idp", region, 1), EDICT_UNTRUSTED);
  CHECK_INT(edi_diagnostics_code_at(diagnostics, 0), EDI_R0354);
  CHECK_INT(suppose("corb", NULL, 0), EDICT_ARGUMENT);
  CHECK_INT(edi_diagnostics_code_at(diagnostics, 1), EDI_R0355);
  end();
}

TEST(without_memory_nobody_is_vouched_for)
{
  const edict_attribute attributes[] = {{T("roles"), VALUES(T("support"))},
                                        {T("team"), VALUES(T("blue"))}};
  begin_with(NULL);
  for (size_t n = 1;; n++) {
    short_memory memory;
    edi_allocator allocator = short_memory_init(&memory, n);
    edi_arena a;
    edi_arena_init(&a, &allocator, 1 << 20);
    edict_status status = edi_subject_vouch(world.issuers, &world.vocabulary, EDI_STR("ana"),
                                            attributes, 2, &a, &subject, NULL);
    CHECK_INT(status, memory.failed ? EDICT_MEMORY : EDICT_OK);
    if (memory.failed) CHECK(subject.attrs == NULL);
    edi_arena_fini(&a);
    if (!memory.failed) break;
  }
  end();
}

HARNESS_MAIN
