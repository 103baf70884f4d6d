/* Trust store: statements, keys, and what refuses the whole store. */
#include "harness.h"

#include <sodium.h>

#include "bundle/note.h"
#include "bundle/trust.h"

static edict_diagnostics *findings;
static edi_arena arena;

static void begin(void) {
  findings = edict_diagnostics_create();
  edi_arena_init(&arena, NULL, (size_t)64 << 20);
}
static void end(void) {
  edict_diagnostics_destroy(&findings);
  edi_arena_fini(&arena);
}

/* A verifier key made from a number; in arena memory. */
static const char *key(const char *name, uint32_t number) {
  unsigned char public_key[32], secret[64], seed[32] = {0};
  edi_buf text;
  edi_put32(seed, number);
  crypto_sign_seed_keypair(public_key, secret, seed);
  edi_buf_init(&text, NULL, 1024);
  CHECK(edi_note_key_format(&text, edi_str_from(name), public_key));
  char *copy = edi_arena_copy(&arena, text.ptr, text.len);
  edi_buf_fini(&text);
  return copy;
}

static edict_status parse(const char *text, edi_trust *trust) {
  edict_diagnostics_clear(findings);
  edict_status status = edi_trust_parse(&arena, edi_str_from(text), trust, findings);
  CHECK((status == EDICT_OK) == (edict_diagnostics_count(findings) == 0));
  if (status != EDICT_OK) CHECK(trust->count == 0 && trust->keys == NULL);
  return status;
}

/* The pattern with $A and $B replaced. */
static const char *fill(const char *pattern, const char *first, const char *second) {
  edi_buf text;
  edi_buf_init(&text, NULL, 8192);
  for (const char *p = pattern; *p; p++) {
    if (*p != '$') edi_buf_char(&text, *p);
    else edi_buf_text(&text, *++p == 'A' ? first : second);
  }
  char *copy = edi_arena_copy(&arena, text.ptr, text.len);
  edi_buf_fini(&text);
  return copy;
}

static const edi_trust_role *role_of(const edi_trust *trust, size_t key) { return &trust->roles[trust->keys[key].role]; }

TEST(statements)
{
  begin();
  edi_trust trust;
  const char *a = key("eu.example-a", 1), *b = key("eu.example/sales-a", 2);
  const char *text = fill("edict-trust/v1\n"
                          "# keys of the federation\n\n"
                          "federal eu.example   $A\n"
                          "  domain\tsales  eu.example/sales  $B   \n",
                          a, b);
  REQUIRE(parse(text, &trust) == EDICT_OK);
  REQUIRE(trust.count == 2);
  CHECK_INT(role_of(&trust, 0)->role, EDI_ROLE_FEDERAL);
  CHECK_TEXT(role_of(&trust, 0)->bundle.ptr, role_of(&trust, 0)->bundle.len, "eu.example");
  CHECK_TEXT(trust.keys[0].name.ptr, trust.keys[0].name.len, "eu.example-a");
  CHECK_INT(role_of(&trust, 0)->domain.len, 0);
  CHECK_INT(role_of(&trust, 1)->role, EDI_ROLE_DOMAIN);
  CHECK_TEXT(role_of(&trust, 1)->domain.ptr, role_of(&trust, 1)->domain.len, "sales");
  CHECK_TEXT(role_of(&trust, 1)->bundle.ptr, role_of(&trust, 1)->bundle.len, "eu.example/sales");
  REQUIRE(parse(fill("edict-trust/v1\nlog $A\nlog $B", a, b), &trust) ==
          EDICT_OK); /* no LF at the end */
  CHECK_INT(role_of(&trust, 1)->role, EDI_ROLE_LOG);
  CHECK_INT(role_of(&trust, 1)->bundle.len, 0);
  REQUIRE(parse("edict-trust/v1\n", &trust) == EDICT_OK);
  CHECK_INT(trust.count, 0);
  end();
}

TEST(thresholds)
{
  begin();
  edi_trust trust;
  const char *a = key("a", 1), *b = key("b", 2);
  REQUIRE(parse(fill("edict-trust/v1\nthreshold federal eu.example 2\nfederal eu.example $A\nfederal eu.example $B\n", a, b),
                &trust) == EDICT_OK);
  REQUIRE(trust.role_count == 1);
  CHECK(trust.roles[0].threshold == 2 && trust.roles[0].keys == 2);
  /* Other words, other roles; without a threshold it is one. */
  REQUIRE(parse(fill("edict-trust/v1\ndomain sales eu.example/sales $A\ndomain sales eu.example/more $B\n", a, b), &trust) == EDICT_OK);
  REQUIRE(trust.role_count == 2);
  CHECK(trust.roles[0].threshold == 1 && trust.roles[1].threshold == 1 && trust.keys[0].role == 1 && trust.keys[1].role == 0);
  end();
}

TEST(refused)
{
  begin();
  const char *a = key("a", 1), *b = key("b", 2), *a2 = key("other-name", 1);
  edi_trust trust;
  const struct {
    const char *text, *code;
  } rows[] = {
      {"", "R0200"},
      {"edict-trust/v2\n", "R0200"},
      {"# comment\nedict-trust/v1\n", "R0200"},
      {"edict-trust/v1\r\n", "R0200"},
      {"edict-trust/v1\nroot $A\n", "R0200"},
      {"edict-trust/v1\nfederal\n", "R0200"},
      {"edict-trust/v1\nfederal eu.example\n", "R0200"},
      {"edict-trust/v1\nfederal $A\n", "R0200"},
      {"edict-trust/v1\nfederal eu.example $A $B\n", "R0200"},
      {"edict-trust/v1\nfederal eu.example $A # mine\n", "R0200"},
      {"edict-trust/v1\nfederal EU.example $A\n", "R0200"},
      {"edict-trust/v1\nfederal ../x $A\n", "R0200"},
      {"edict-trust/v1\ndomain sales $A\n", "R0200"},
      {"edict-trust/v1\ndomain federal eu.example $A\n", "R0200"},
      {"edict-trust/v1\ndomain sa/les eu.example $A\n", "R0200"},
      {"edict-trust/v1\nlog\n", "R0200"},
      {"edict-trust/v1\nlog $A $B $A $B $A $B\n", "R0200"},
      {"edict-trust/v1\nlog x\n", "R0201"},
      {"edict-trust/v1\nlog a+00000000+AbC=\n", "R0201"},
      {"edict-trust/v1\nlog $Ax\n", "R0201"},
      {"edict-trust/v1\nlog $A\r\n", "R0201"},
      {"edict-trust/v1\nlog $A\nlog $A\n", "R0202"},
      {"edict-trust/v1\nfederal eu.example $A\nlog $A\n", "R0202"},
      {"edict-trust/v1\nfederal eu.example $A\ndomain sales eu.example/sales $A\n", "R0202"},
      {"edict-trust/v1\ndomain hr eu.example/hr $A\nlog $B\ndomain sales eu.example/sales $A\n",
       "R0202"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    edict_status status = parse(fill(rows[i].text, a, b), &trust);
    CHECK_INT(status, EDICT_FORMAT);
    const char *code = edict_diagnostics_code(findings, 0);
    if (!code || strcmp(code, rows[i].code) != 0)
      HARNESS_FAIL("%s: %s, expected %s", rows[i].text, code, rows[i].code);
  }
  /* One key under two names is one key. */
  CHECK_INT(parse(fill("edict-trust/v1\nlog $A\nlog $B\n", a, a2), &trust), EDICT_FORMAT);
  CHECK(strcmp(edict_diagnostics_code(findings, 0), "R0202") == 0);
  end();
}

TEST(limits)
{
  for (uint32_t more = 0; more < 2; more++) {
    begin();
    edi_trust trust;
    edi_buf text;
    edi_buf_init(&text, NULL, EDI_LIMIT_TRUST_FILE);
    edi_buf_text(&text, "edict-trust/v1\n");
    for (uint32_t i = 0; i < EDI_LIMIT_TRUST_KEYS + more; i++)
      edi_buf_format(&text, "log %s\n", key("k", i + 1));
    CHECK_INT(edi_trust_parse(&arena, (edi_str){text.ptr, text.len}, &trust, findings),
              more ? EDICT_LIMIT : EDICT_OK);
    CHECK_INT(trust.count, more ? 0 : EDI_LIMIT_TRUST_KEYS);
    edi_buf_fini(&text);
    end();
  }
  for (size_t more = 0; more < 2; more++) {
    begin();
    edi_trust trust;
    size_t length = EDI_LIMIT_TRUST_FILE + more;
    char *text = edi_arena_alloc(&arena, length);
    memset(text, '\n', length);
    memcpy(text, "edict-trust/v1", 14);
    CHECK_INT(edi_trust_parse(&arena, (edi_str){text, length}, &trust, findings),
              more ? EDICT_LIMIT : EDICT_OK);
    end();
  }
}

HARNESS_MAIN
