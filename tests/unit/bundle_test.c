/* Bundles: written, opened, signed, authenticated; every byte changed; every limit. */
#include "harness.h"

#include <sodium.h>

#include "bundle/note.h"
#include "support/sample_bundle.h"
#include "support/sample_program.h"
#include "support/short_memory.h"

static edict_diagnostics *findings;
static edi_arena arena;

static void begin(void) {
  findings = edict_diagnostics_create();
  edi_arena_init(&arena, NULL, (size_t)2 << 30);
}
static void end(void) {
  edict_diagnostics_destroy(&findings);
  edi_arena_fini(&arena);
}

static const char *first_code(void) {
  return edict_diagnostics_count(findings) > 0 ? edict_diagnostics_code(findings, 0) : "";
}

/* Opens; the code reported, "" if it opened. */
static const char *open_code(const void *bytes, size_t length, edi_bundle *bundle) {
  edi_bundle zero = {0};
  edict_diagnostics_clear(findings);
  edict_status status = edi_bundle_open(&arena, bytes, length, bundle, findings);
  CHECK((status == EDICT_OK) == (edict_diagnostics_count(findings) == 0));
  if (status != EDICT_OK) CHECK(memcmp(bundle, &zero, sizeof zero) == 0);
  return first_code();
}

static void federal_bundle(edi_buf *bytes) {
  edi_manifest m = sample_manifest(EDI_BUNDLE_FEDERAL, "eu.example", NULL);
  sample_bundle(&arena, &m, bytes);
}

#define CHECK_CODE(got, expected)                                                             \
  do {                                                                                        \
    const char *code_ = (got);                                                                \
    if (strcmp(code_, (expected)) != 0)                                                       \
      HARNESS_FAIL("\"%s\", expected \"%s\" (%s)", code_, (expected),                         \
                   edict_diagnostics_count(findings) ? edict_diagnostics_message(findings, 0) \
                                                     : "");                                   \
  } while (0)

TEST(opens_what_was_written)
{
  begin();
  edi_buf bytes;
  edi_bundle bundle;
  edi_program program;
  federal_bundle(&bytes);
  CHECK_CODE(open_code(bytes.ptr, bytes.len, &bundle), "");
  CHECK_TEXT(bundle.manifest.name.ptr, bundle.manifest.name.len, "eu.example");
  CHECK_INT(bundle.manifest.version, 3);
  CHECK_INT(bundle.signatures.len, 0);
  REQUIRE(bundle.manifest.file_count == 4);
  edi_str yaml = edi_bundle_find(&bundle, "edict.yaml"),
          none = edi_bundle_find(&bundle, "keys/none");
  CHECK_TEXT(yaml.ptr, yaml.len, "edict: 1\n");
  CHECK(none.ptr && none.len == 0);
  CHECK(edi_bundle_find(&bundle, "keys").ptr == NULL);
  CHECK(edi_bundle_find(&bundle, "").ptr == NULL);
  for (size_t i = 0; i < 4; i++) CHECK((size_t)(bundle.files[i].bytes.ptr - bytes.ptr) % 64 == 0);
  unsigned char digest[EDI_DIGEST_BYTES];
  edi_digest(bundle.manifest_text.ptr, bundle.manifest_text.len, digest);
  CHECK(memcmp(digest, bundle.digest, sizeof digest) == 0);
  CHECK_INT(edi_bundle_program(&bundle, &arena, &arena, &program, findings), EDICT_OK);
  CHECK_INT(program.rules_count, 11);
  edi_buf_fini(&bytes);
  end();
}

TEST(writing_does_not_depend_on_the_order_of_files)
{
  begin();
  edi_manifest m = sample_manifest(EDI_BUNDLE_TABLE, "eu.example/t", "sales.x");
  edi_bundle_file one[] = {{EDI_STR("table"), EDI_STR("1")},
                           {EDI_STR("a"), EDI_STR("2")},
                           {EDI_STR("b/c"), EDI_STR("3")}};
  edi_bundle_file two[] = {{EDI_STR("b/c"), EDI_STR("3")},
                           {EDI_STR("a"), EDI_STR("2")},
                           {EDI_STR("table"), EDI_STR("1")}};
  edi_buf first, second;
  edi_buf_init(&first, NULL, 1 << 20);
  edi_buf_init(&second, NULL, 1 << 20);
  CHECK_INT(edi_bundle_write(&arena, &m, one, 3, &first, findings), EDICT_OK);
  CHECK_INT(edi_bundle_write(&arena, &m, two, 3, &second, findings), EDICT_OK);
  CHECK(first.len == second.len && memcmp(first.ptr, second.ptr, first.len) == 0);
  edi_buf_fini(&first);
  edi_buf_fini(&second);
  end();
}

TEST(writing_refuses)
{
  const edi_str text = EDI_STR("x");
  const struct {
    const char *name;
    edi_bundle_layer layer;
    const char *of;
    edi_bundle_file files[3];
    size_t count;
    const char *code;
  } rows[] = {
      {"eu.example", EDI_BUNDLE_FEDERAL, NULL, {{EDI_STR("program"), text}}, 1, ""},
      {"eu.example", EDI_BUNDLE_FEDERAL, NULL, {{EDI_STR("rules"), text}}, 1, "R0105"},
      {"eu.example",
       EDI_BUNDLE_FEDERAL,
       NULL,
       {{EDI_STR("program"), text}, {EDI_STR("table"), text}},
       2,
       "R0105"},
      {"eu.example/t", EDI_BUNDLE_TABLE, "sales.x", {{EDI_STR("program"), text}}, 1, "R0105"},
      {"eu.example/t",
       EDI_BUNDLE_TABLE,
       "sales.x",
       {{EDI_STR("program"), text}, {EDI_STR("table"), text}},
       2,
       "R0105"},
      {"eu.example", EDI_BUNDLE_FEDERAL, NULL, {{EDI_STR("program"), text}}, 0, "R0103"},
      {"eu.example",
       EDI_BUNDLE_FEDERAL,
       NULL,
       {{EDI_STR("program"), text}, {EDI_STR("program"), text}},
       2,
       "R0103"},
      {"eu.example",
       EDI_BUNDLE_FEDERAL,
       NULL,
       {{EDI_STR("program"), text}, {EDI_STR("Rules/a"), text}},
       2,
       "R0103"},
      {"eu.example",
       EDI_BUNDLE_FEDERAL,
       NULL,
       {{EDI_STR("program"), text}, {EDI_STR("../a"), text}},
       2,
       "R0103"},
      {"eu example", EDI_BUNDLE_FEDERAL, NULL, {{EDI_STR("program"), text}}, 1, "R0102"},
      {"eu.example", EDI_BUNDLE_DOMAIN, "", {{EDI_STR("program"), text}}, 1, "R0102"},
      {"eu.example\nversion 9", EDI_BUNDLE_FEDERAL, NULL, {{EDI_STR("program"), text}}, 1, "R0102"},
      {"eu.example", (edi_bundle_layer)0, NULL, {{EDI_STR("program"), text}}, 1, "R0102"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    begin();
    edi_manifest m = sample_manifest(rows[i].layer, rows[i].name, rows[i].of);
    edi_bundle_file files[3];
    edi_buf into;
    memcpy(files, rows[i].files, sizeof files);
    edi_buf_init(&into, NULL, 1 << 20);
    edict_status status = edi_bundle_write(&arena, &m, files, rows[i].count, &into, findings);
    CHECK_INT(status, *rows[i].code ? EDICT_FINDINGS : EDICT_OK);
    CHECK_CODE(first_code(), rows[i].code);
    CHECK((into.len > 0) == (status == EDICT_OK));
    edict_diagnostics_clear(findings);
    CHECK_INT(edi_bundle_try(&arena, &m, files, rows[i].count, findings), status);
    CHECK_CODE(first_code(), rows[i].code);
    edi_buf_fini(&into);
    end();
  }
}

/* ---- signing ---- */

TEST(signing_changes_no_signed_byte)
{
  begin();
  edi_buf bytes, before;
  edi_bundle plain, bundle;
  federal_bundle(&bytes);
  federal_bundle(&before);
  for (uint32_t i = 1; i <= 3; i++) {
    char name[32];
    snprintf(name, sizeof name, "eu.example-%u", (unsigned)i);
    sample_sign(&arena, &bytes, name, i);
  }
  CHECK_CODE(open_code(before.ptr, before.len, &plain), "");
  CHECK_CODE(open_code(bytes.ptr, bytes.len, &bundle), "");
  CHECK(edi_str_equal(plain.manifest_text, bundle.manifest_text));
  CHECK(memcmp(plain.digest, bundle.digest, sizeof plain.digest) == 0);
  REQUIRE(plain.manifest.file_count == bundle.manifest.file_count);
  for (size_t i = 0; i < plain.manifest.file_count; i++) {
    CHECK(edi_str_equal(plain.files[i].name, bundle.files[i].name));
    CHECK(edi_str_equal(plain.files[i].bytes, bundle.files[i].bytes));
  }
  /* Manifest and signatures are a signed note as they lie in the file. */
  edi_note note;
  const char *why = "";
  edi_str lying = {bytes.ptr + 64, bundle.manifest_text.len + 1 + bundle.signatures.len};
  CHECK_INT(edi_note_split(lying, &note, &why), EDICT_OK);
  CHECK(edi_str_equal(note.text, bundle.manifest_text));
  CHECK_INT(note.signature_count, 3);
  edi_buf_fini(&bytes);
  edi_buf_fini(&before);
  end();
}

static edict_status sign_again(edi_buf *bytes, const char *name, uint32_t number,
                               unsigned char break_at) {
  unsigned char secret[64];
  edi_buf into;
  sample_key(number, secret);
  secret[break_at] ^= break_at > 0; /* 0: whole */
  edi_buf_init(&into, NULL, EDI_LIMIT_BUNDLE_FILE);
  edict_diagnostics_clear(findings);
  edict_status status =
      edi_bundle_sign(&arena, bytes->ptr, bytes->len, edi_str_from(name), secret, &into, findings);
  CHECK((status == EDICT_OK) == (into.len > 0));
  edi_buf_fini(&into);
  return status;
}

TEST(signing_refuses)
{
  begin();
  edi_buf bytes;
  federal_bundle(&bytes);
  sample_sign(&arena, &bytes, "a", 1);
  CHECK_INT(sign_again(&bytes, "a", 1, 0), EDICT_ARGUMENT); /* the same key */
  CHECK_CODE(first_code(), "R0217");
  CHECK_INT(sign_again(&bytes, "a", 2, 0), EDICT_OK); /* another of the same name: a new key */
  CHECK_INT(sign_again(&bytes, "b", 1, 0), EDICT_OK); /* counts as one, and is not refused */
  CHECK_INT(sign_again(&bytes, "", 3, 0), EDICT_ARGUMENT);
  CHECK_INT(sign_again(&bytes, "a b", 3, 0), EDICT_ARGUMENT);
  CHECK_INT(sign_again(&bytes, "a+b", 3, 0), EDICT_ARGUMENT);
  CHECK_INT(sign_again(&bytes, "c", 3, 40), EDICT_ARGUMENT); /* another public half */
  CHECK_CODE(first_code(), "R0217");
  bytes.ptr[bytes.len - 1] ^= 1; /* a byte of the last file */
  CHECK_INT(sign_again(&bytes, "c", 3, 0), EDICT_FORMAT);
  CHECK_CODE(first_code(), "R0155");
  edi_buf_fini(&bytes);
  end();
}

TEST(as_many_signatures_as_there_may_be)
{
  begin();
  edi_buf bytes, trust_text;
  edi_bundle bundle;
  edi_trust trust;
  federal_bundle(&bytes);
  for (uint32_t i = 0; i < EDI_LIMIT_NOTE_SIGNATURES; i++) sample_sign(&arena, &bytes, "a", i + 1);
  CHECK_INT(sign_again(&bytes, "a", 99, 0), EDICT_LIMIT);
  CHECK_CODE(open_code(bytes.ptr, bytes.len, &bundle), "");
  edi_buf_init(&trust_text, NULL, 1 << 16);
  edi_buf_text(&trust_text, "edict-trust/v1\n");
  sample_trust_line(&trust_text, "federal eu.example", "a", EDI_LIMIT_NOTE_SIGNATURES);
  REQUIRE(edi_trust_parse(&arena, (edi_str){trust_text.ptr, trust_text.len}, &trust, findings) ==
          EDICT_OK);
  CHECK_INT(edi_bundle_authenticate(&bundle, &trust, sample_created(), findings), EDICT_OK);
  edi_buf_fini(&trust_text);
  edi_buf_fini(&bytes);
  end();
}

/* ---- authenticating ---- */

typedef struct signer {
  const char *name;
  uint32_t number;
} signer;
typedef struct trusted {
  const char *role, *name;
  uint32_t number;
} trusted;
typedef struct attempt {
  const char *what;
  edi_bundle_layer layer;
  const char *name, *of;
  signer signers[3];
  trusted keys[4];
  int64_t day; /* after created */
  edict_status status;
  const char *code;
} attempt;

#define FED   EDI_BUNDLE_FEDERAL, "eu.example", NULL
#define SALES EDI_BUNDLE_DOMAIN, "eu.example/sales", "sales"
#define HOLDS EDI_BUNDLE_TABLE, "eu.example/holds", "federal.vocabulary.holds"
#define CODES EDI_BUNDLE_TABLE, "eu.example/sales/codes", "sales.rules.codes"
#define F_KEY \
  { "federal eu.example", "f", 1 }
#define D_KEY \
  { "domain sales eu.example/sales", "d", 2 }
#define G_KEY \
  { "federal eu.example", "g", 4 }
#define FED_TWO \
  { "threshold federal eu.example 2", NULL, 0 }
#define SALES_TABLE EDI_BUNDLE_TABLE, "eu.example/sales/t", "sales.rules.t"
#define L_KEY \
  { "log", "l", 3 }

static const attempt attempts[] = {
    {"federal by a federal key", FED, {{"f", 1}}, {F_KEY}, 0, EDICT_OK, ""},
    {"unsigned", FED, {{0}}, {F_KEY}, 0, EDICT_UNTRUSTED, "R0210"},
    {"no key trusted", FED, {{"f", 1}}, {{0}}, 0, EDICT_UNTRUSTED, "R0212"},
    {"an unknown key", FED, {{"x", 9}}, {F_KEY}, 0, EDICT_UNTRUSTED, "R0212"},
    {"an unknown key of a trusted name", FED, {{"f", 9}}, {F_KEY}, 0, EDICT_UNTRUSTED, "R0212"},
    {"a trusted key under another name", FED, {{"g", 1}}, {F_KEY}, 0, EDICT_UNTRUSTED, "R0212"},
    {"an unknown key beside a trusted one", FED, {{"x", 9}, {"f", 1}}, {F_KEY}, 0, EDICT_OK, ""},
    {"two of the name, one trusted", FED, {{"f", 9}, {"f", 1}}, {F_KEY}, 0, EDICT_OK, ""},
    {"one of two", FED, {{"f", 1}}, {F_KEY, G_KEY, FED_TWO}, 0, EDICT_UNTRUSTED, "R0218"},
    {"two of two", FED, {{"f", 1}, {"g", 4}}, {F_KEY, G_KEY, FED_TWO}, 0, EDICT_OK, ""},
    {"one of two and a domain's", FED, {{"f", 1}, {"d", 2}}, {F_KEY, G_KEY, FED_TWO, D_KEY}, 0, EDICT_UNTRUSTED, "R0218"},
    {"one of two and a stranger", FED, {{"f", 1}, {"x", 9}}, {F_KEY, G_KEY, FED_TWO}, 0, EDICT_UNTRUSTED, "R0218"},
    {"a table by one of two, and the domain", SALES_TABLE, {{"f", 1}, {"d", 2}}, {F_KEY, G_KEY, FED_TWO, D_KEY}, 0, EDICT_OK, ""},
    {"a table by one of two", SALES_TABLE, {{"f", 1}}, {F_KEY, G_KEY, FED_TWO, D_KEY}, 0, EDICT_UNTRUSTED, "R0218"},
    {"federal by a domain's key", FED, {{"d", 2}}, {F_KEY, D_KEY}, 0, EDICT_UNTRUSTED, "R0213"},
    {"federal by a domain's key for that bundle",
     FED,
     {{"d", 2}},
     {{"domain sales eu.example", "d", 2}},
     0,
     EDICT_UNTRUSTED,
     "R0213"},
    {"federal by a log's key", FED, {{"l", 3}}, {F_KEY, L_KEY}, 0, EDICT_UNTRUSTED, "R0213"},
    {"federal by a federal key of another bundle",
     FED,
     {{"f", 1}},
     {{"federal us.example", "f", 1}},
     0,
     EDICT_UNTRUSTED,
     "R0213"},
    {"federal by the key of a bundle below",
     FED,
     {{"f", 1}},
     {{"federal eu.example/sub", "f", 1}},
     0,
     EDICT_UNTRUSTED,
     "R0213"},
    {"federal by one that may and one that may not",
     FED,
     {{"d", 2}, {"f", 1}},
     {F_KEY, D_KEY},
     0,
     EDICT_OK,
     ""},
    {"domain by its key", SALES, {{"d", 2}}, {F_KEY, D_KEY}, 0, EDICT_OK, ""},
    {"domain by the federal key", SALES, {{"f", 1}}, {F_KEY, D_KEY}, 0, EDICT_UNTRUSTED, "R0213"},
    {"domain by the federal key of its bundle",
     SALES,
     {{"f", 1}},
     {{"federal eu.example/sales", "f", 1}},
     0,
     EDICT_UNTRUSTED,
     "R0213"},
    {"domain by another domain's key",
     SALES,
     {{"h", 4}},
     {D_KEY, {"domain hr eu.example/hr", "h", 4}},
     0,
     EDICT_UNTRUSTED,
     "R0213"},
    {"domain by another domain's key for that bundle",
     SALES,
     {{"h", 4}},
     {{"domain hr eu.example/sales", "h", 4}},
     0,
     EDICT_UNTRUSTED,
     "R0213"},
    {"domain by its key for another bundle",
     SALES,
     {{"d", 2}},
     {{"domain sales eu.example/other", "d", 2}},
     0,
     EDICT_UNTRUSTED,
     "R0213"},
    {"table by a federal key", HOLDS, {{"f", 1}}, {F_KEY}, 0, EDICT_OK, ""},
    {"table by a federal key of another federation",
     HOLDS,
     {{"f", 1}},
     {{"federal us.example", "f", 1}},
     0,
     EDICT_UNTRUSTED,
     "R0213"},
    {"table by a key whose bundle's name it merely begins with",
     HOLDS,
     {{"f", 1}},
     {{"federal eu.exam", "f", 1}},
     0,
     EDICT_UNTRUSTED,
     "R0213"},
    {"federal table by a domain's key",
     HOLDS,
     {{"d", 2}},
     {{"domain sales eu.example", "d", 2}},
     0,
     EDICT_UNTRUSTED,
     "R0213"},
    {"a domain's table by its key", CODES, {{"d", 2}}, {D_KEY}, 0, EDICT_OK, ""},
    {"a domain's table by the federal key", CODES, {{"f", 1}}, {F_KEY}, 0, EDICT_OK, ""},
    {"a domain's table by another domain's key",
     CODES,
     {{"h", 4}},
     {{"domain hr eu.example/sales", "h", 4}},
     0,
     EDICT_UNTRUSTED,
     "R0213"},
    {"a domain's table by a domain whose name is its beginning",
     CODES,
     {{"s", 5}},
     {{"domain sale eu.example/sales", "s", 5}},
     0,
     EDICT_UNTRUSTED,
     "R0213"},
    {"a domain's table in another bundle",
     CODES,
     {{"d", 2}},
     {{"domain sales eu.example/hr", "d", 2}},
     0,
     EDICT_UNTRUSTED,
     "R0213"},
    {"a table by a log's key", HOLDS, {{"l", 3}}, {L_KEY}, 0, EDICT_UNTRUSTED, "R0213"},
    {"the day before", FED, {{"f", 1}}, {F_KEY}, -1, EDICT_EXPIRED, "R0214"},
    {"the last day", FED, {{"f", 1}}, {F_KEY}, 364, EDICT_OK, ""},
    {"the day it expires", FED, {{"f", 1}}, {F_KEY}, 365, EDICT_EXPIRED, "R0215"},
    {"expired and untrusted", FED, {{"x", 9}}, {F_KEY}, 365, EDICT_UNTRUSTED, "R0212"},
};

static void parse_trust(const trusted *keys, size_t count, edi_trust *trust) {
  edi_buf text;
  edi_buf_init(&text, NULL, 1 << 16);
  edi_buf_text(&text, "edict-trust/v1\n");
  for (size_t i = 0; i < count && keys[i].role; i++) {
    if (keys[i].name) sample_trust_line(&text, keys[i].role, keys[i].name, keys[i].number);
    else edi_buf_format(&text, "%s\n", keys[i].role);
  }
  char *copy = edi_arena_copy(&arena, text.ptr, text.len);
  CHECK_INT(edi_trust_parse(&arena, (edi_str){copy, text.len}, trust, findings), EDICT_OK);
  edi_buf_fini(&text);
}

TEST(authenticate)
{
  for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++) {
    const attempt *a = &attempts[i];
    begin();
    edi_buf bytes;
    edi_bundle bundle;
    edi_trust trust;
    edi_manifest m = sample_manifest(a->layer, a->name, a->of);
    sample_bundle(&arena, &m, &bytes);
    for (size_t s = 0; s < 3 && a->signers[s].name; s++)
      sample_sign(&arena, &bytes, a->signers[s].name, a->signers[s].number);
    parse_trust(a->keys, 4, &trust);
    REQUIRE(edi_bundle_open(&arena, bytes.ptr, bytes.len, &bundle, findings) == EDICT_OK);
    edict_status status =
        edi_bundle_authenticate(&bundle, &trust, sample_created() + a->day * SAMPLE_DAY, findings);
    if (status != a->status || strcmp(first_code(), a->code) != 0)
      HARNESS_FAIL("%s: %s %s, expected %s %s", a->what, edict_status_name(status), first_code(),
                   edict_status_name(a->status), a->code);
    edi_buf_fini(&bytes);
    end();
  }
}

static edict_status authenticate_manifest(const edi_manifest *m, int64_t now) {
  edi_buf bytes;
  edi_bundle bundle;
  edi_trust trust;
  static const trusted keys[] = {F_KEY};
  sample_bundle(&arena, m, &bytes);
  sample_sign(&arena, &bytes, "f", 1);
  parse_trust(keys, 1, &trust);
  edict_status status = edi_bundle_open(&arena, bytes.ptr, bytes.len, &bundle, findings);
  if (status == EDICT_OK) status = edi_bundle_authenticate(&bundle, &trust, now, findings);
  edi_buf_fini(&bytes);
  return status;
}

TEST(versions_and_stale_times)
{
  const struct {
    uint64_t semantics, format, stale;
    int64_t after;
    edict_status status;
  } rows[] = {
      {1, 1, 0, 0, EDICT_OK},
      {2, 1, 0, 0, EDICT_VERSION},
      {0, 1, 0, 0, EDICT_VERSION},
      {1, 2, 0, 0, EDICT_VERSION},
      {1, 1, 0, 365 * SAMPLE_DAY - 1, EDICT_OK},
      {1, 1, 0, 365 * SAMPLE_DAY, EDICT_EXPIRED},
      {1, 1, 60, 365 * SAMPLE_DAY, EDICT_OK},
      {1, 1, 60, 365 * SAMPLE_DAY + 59999999, EDICT_OK},
      {1, 1, 60, 365 * SAMPLE_DAY + 60000000, EDICT_EXPIRED},
      {1, 1, 60, -1, EDICT_EXPIRED},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    begin();
    edi_manifest m = sample_manifest(FED);
    m.semantics = rows[i].semantics;
    m.format = rows[i].format;
    m.stale_seconds = rows[i].stale;
    CHECK_INT(authenticate_manifest(&m, sample_created() + rows[i].after), rows[i].status);
    end();
  }
}

/* A signature of a known key that does not verify refuses the bundle, also beside a good one; the
 * same line twice is one signature. */
TEST(bad_and_repeated_signatures)
{
  for (int bad = 0; bad < 3; bad++) {
    begin();
    static const trusted keys[] = {F_KEY, {"federal eu.example", "g", 7}};
    edi_buf bytes;
    edi_bundle bundle;
    edi_trust trust;
    federal_bundle(&bytes);
    sample_sign(&arena, &bytes, "f", 1);
    sample_sign(&arena, &bytes, "g", 7);
    parse_trust(keys, 2, &trust);
    REQUIRE(edi_bundle_open(&arena, bytes.ptr, bytes.len, &bundle, findings) == EDICT_OK);
    char *lines = (char *)(uintptr_t)bundle.signatures.ptr;
    size_t half = bundle.signatures.len / 2;
    if (bad == 1)
      lines[half + 20] = lines[half + 20] == 'A' ? 'B' : 'A'; /* within the second one's base64 */
    if (bad == 2) memcpy(lines + half, lines, half);          /* the first line twice */
    edict_status status = edi_bundle_authenticate(&bundle, &trust, sample_created(), findings);
    CHECK_INT(status, bad == 1 ? EDICT_UNTRUSTED : EDICT_OK);
    edi_buf_fini(&bytes);
    end();
  }
}

TEST(more_trusted_keys_of_one_name_than_can_be_asked)
{
  for (uint32_t count = EDI_NOTE_KEYS_MOST; count <= EDI_NOTE_KEYS_MOST + 1; count++) {
    begin();
    trusted keys[EDI_NOTE_KEYS_MOST + 1];
    edi_buf bytes;
    edi_bundle bundle;
    edi_trust trust;
    for (uint32_t i = 0; i < count; i++) keys[i] = (trusted){"federal eu.example", "f", i + 1};
    federal_bundle(&bytes);
    sample_sign(&arena, &bytes, "f", 1);
    parse_trust(keys, count, &trust);
    REQUIRE(edi_bundle_open(&arena, bytes.ptr, bytes.len, &bundle, findings) == EDICT_OK);
    CHECK_INT(edi_bundle_authenticate(&bundle, &trust, sample_created(), findings),
              count <= EDI_NOTE_KEYS_MOST ? EDICT_OK : EDICT_LIMIT);
    edi_buf_fini(&bytes);
    end();
  }
}

/* ---- damage ---- */

/* Whatever byte changes, the bundle does not open, or nobody trusts it any more. */
TEST(every_byte_is_covered)
{
  static const trusted keys[] = {F_KEY};
  begin();
  edi_buf bytes;
  edi_trust trust;
  federal_bundle(&bytes);
  sample_sign(&arena, &bytes, "f", 1);
  parse_trust(keys, 1, &trust);
  size_t opened = 0;
  for (size_t at = 0; at < bytes.len; at++) {
    edi_arena scratch;
    edi_bundle bundle;
    edi_arena_init(&scratch, NULL, (size_t)1 << 20);
    bytes.ptr[at] ^= 1 << (at % 8);
    if (edi_bundle_open(&scratch, bytes.ptr, bytes.len, &bundle, NULL) == EDICT_OK) {
      opened++;
      if (edi_bundle_authenticate(&bundle, &trust, sample_created(), NULL) == EDICT_OK)
        HARNESS_FAIL("byte %zu", at);
    }
    bytes.ptr[at] ^= 1 << (at % 8);
    edi_arena_fini(&scratch);
  }
  CHECK(opened > 50); /* signatures, and values of the manifest */
  edi_buf_fini(&bytes);
  end();
}

TEST(layout)
{
  const struct {
    size_t at;
    unsigned char value;
    const char *code;
  } rows[] = {
      {0, 'e', "R0100"}, {7, 'X', "R0100"}, {8, 2, "R0100"},  {20, 1, "R0101"},  {24, 0, "R0101"},
      {31, 1, "R0101"},  {32, 1, "R0101"},  {63, 1, "R0101"}, {14, 32, "R0106"}, {18, 32, "R0106"},
  };
  begin();
  edi_buf bytes;
  edi_bundle bundle;
  federal_bundle(&bytes);
  sample_sign(&arena, &bytes, "f", 1);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char old = bytes.ptr[rows[i].at];
    bytes.ptr[rows[i].at] = (char)rows[i].value;
    CHECK_CODE(open_code(bytes.ptr, bytes.len, &bundle), rows[i].code);
    bytes.ptr[rows[i].at] = old;
  }
  /* Signatures without their blank line, of one byte, and beyond the end. */
  uint32_t manifest = edi_get32(bytes.ptr + 12), signatures = edi_get32(bytes.ptr + 16);
  bytes.ptr[64 + manifest] = 'x';
  CHECK_CODE(open_code(bytes.ptr, bytes.len, &bundle), "R0101");
  bytes.ptr[64 + manifest] = '\n';
  edi_put32(bytes.ptr + 16, 1);
  CHECK_CODE(open_code(bytes.ptr, bytes.len, &bundle), "R0101");
  edi_put32(bytes.ptr + 16, (uint32_t)bytes.len);
  CHECK_CODE(open_code(bytes.ptr, bytes.len, &bundle), "R0101");
  edi_put32(bytes.ptr + 16, signatures);
  /* One byte less, and one more, with the header agreeing. */
  edi_put64(bytes.ptr + 24, bytes.len - 1);
  CHECK_CODE(open_code(bytes.ptr, bytes.len - 1, &bundle), "R0101");
  edi_buf_char(&bytes, '\0');
  edi_put64(bytes.ptr + 24, bytes.len);
  CHECK_CODE(open_code(bytes.ptr, bytes.len, &bundle), "R0101");
  edi_buf_fini(&bytes);
  end();
}

TEST(truncated)
{
  begin();
  edi_buf bytes;
  edi_bundle bundle;
  federal_bundle(&bytes);
  for (size_t length = 0; length < bytes.len; length++) {
    CHECK(*open_code(bytes.ptr, length, &bundle) != '\0');
    if (length < 64) continue;
    edi_put64(bytes.ptr + 24, length);
    CHECK(*open_code(bytes.ptr, length, &bundle) != '\0');
    edi_put64(bytes.ptr + 24, bytes.len);
  }
  CHECK_INT(edi_bundle_open(&arena, bytes.ptr + 4, bytes.len - 4, &bundle, NULL), EDICT_ARGUMENT);
  CHECK_INT(edi_bundle_open(&arena, NULL, 0, &bundle, NULL), EDICT_ARGUMENT);
  edi_buf_fini(&bytes);
  end();
}

TEST(program_and_manifest_agree)
{
  const struct {
    edi_bundle_layer layer;
    const char *name, *of;
    uint64_t cost;
    const char *code;
    bool domain_program;
  } rows[] = {
      {EDI_BUNDLE_FEDERAL, "eu.example", NULL, 1791, "", false},
      {EDI_BUNDLE_FEDERAL, "eu.example", NULL, 1790, "R0107", false},
      {EDI_BUNDLE_FEDERAL, "eu.example", NULL, 100000, "R0107", true},
      {EDI_BUNDLE_DOMAIN, "eu.example/sales", "sales", 100000, "", true},
      {EDI_BUNDLE_DOMAIN, "eu.example/sales", "hr", 100000, "R0107", true},
      {EDI_BUNDLE_DOMAIN, "eu.example/sales", "sales", 100000, "R0107", false},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    begin();
    edi_buf program_bytes, bytes;
    edi_bundle bundle;
    edi_program program, zero = {0};
    edi_manifest m = sample_manifest(rows[i].layer, rows[i].name, rows[i].of);
    m.cost = rows[i].cost;
    sample_bytes(rows[i].domain_program ? sample_domain(&arena) : sample_federal(&arena),
                 &program_bytes);
    sample_pack(&program_bytes);
    edi_bundle_file file = {EDI_STR("program"), {program_bytes.ptr, program_bytes.len}};
    edi_buf_init(&bytes, NULL, 1 << 20);
    REQUIRE(edi_bundle_write(&arena, &m, &file, 1, &bytes, findings) == EDICT_OK);
    CHECK_CODE(open_code(bytes.ptr, bytes.len, &bundle), "");
    edict_status status = edi_bundle_program(&bundle, &arena, &arena, &program, findings);
    CHECK_INT(status, *rows[i].code ? EDICT_FORMAT : EDICT_OK);
    CHECK_CODE(first_code(), rows[i].code);
    if (status != EDICT_OK) CHECK(memcmp(&program, &zero, sizeof zero) == 0);
    edi_buf_fini(&program_bytes);
    edi_buf_fini(&bytes);
    end();
  }
  begin();
  edi_buf bytes;
  edi_bundle bundle;
  edi_program program;
  edi_manifest m = sample_manifest(HOLDS);
  sample_bundle(&arena, &m, &bytes);
  CHECK_CODE(open_code(bytes.ptr, bytes.len, &bundle), "");
  CHECK_INT(edi_bundle_program(&bundle, &arena, &arena, &program, findings), EDICT_FORMAT);
  edi_buf_fini(&bytes);
  end();
}

/* ---- limits and memory ---- */

TEST(as_many_files_as_there_may_be)
{
  for (size_t more = 0; more < 2; more++) {
    begin();
    size_t count = EDI_LIMIT_BUNDLE_FILES + more;
    edi_bundle_file *files = EDI_NEW_ARRAY(&arena, edi_bundle_file, count);
    edi_manifest m = sample_manifest(FED);
    edi_buf bytes;
    edi_bundle bundle;
    files[0] = (edi_bundle_file){EDI_STR("program"), EDI_STR("")};
    for (size_t i = 1; i < count; i++) {
      char name[16];
      snprintf(name, sizeof name, "f/%zu", i);
      files[i] = (edi_bundle_file){{edi_arena_copy(&arena, name, strlen(name)), strlen(name)},
                                   EDI_STR("x")};
    }
    edi_buf_init(&bytes, NULL, EDI_LIMIT_BUNDLE_FILE);
    CHECK_INT(edi_bundle_write(&arena, &m, files, count, &bytes, findings), more ? EDICT_LIMIT : EDICT_OK);
    CHECK_INT(edi_bundle_try(&arena, &m, files, count, findings), more ? EDICT_LIMIT : EDICT_OK);
    if (!more) CHECK_CODE(open_code(bytes.ptr, bytes.len, &bundle), "");
    edi_buf_fini(&bytes);
    end();
  }
}

/* Exactly as large as a bundle may be, and a byte more. */
TEST(as_large_as_a_bundle_may_be)
{
  const edi_manifest_file listed = {.size = EDI_LIMIT_BUNDLE_FILE / 2, .name = EDI_STR("program")};
  for (size_t more = 0; more < 2; more++) {
    begin();
    edi_manifest m = sample_manifest(FED), shown = m;
    edi_buf text, bytes;
    edi_bundle bundle;
    shown.files = (edi_manifest_file[]){listed}; /* its size has as many digits */
    shown.file_count = 1;
    edi_buf_init(&text, NULL, 1 << 20);
    edi_manifest_format(&shown, &text);
    size_t size = (size_t)EDI_LIMIT_BUNDLE_FILE - (64 + text.len + 63) / 64 * 64 + more;
    edi_buf_fini(&text);
    edi_bundle_file file = {EDI_STR("program"), {edi_arena_alloc(&arena, size), size}};
    edi_buf_init(&bytes, NULL, (size_t)EDI_LIMIT_BUNDLE_FILE + 4096);
    REQUIRE(file.bytes.ptr != NULL);
    CHECK_INT(edi_bundle_write(&arena, &m, &file, 1, &bytes, findings), more ? EDICT_LIMIT : EDICT_OK);
    CHECK_INT(edi_bundle_try(&arena, &m, &file, 1, findings), more ? EDICT_LIMIT : EDICT_OK);
    if (!more) {
      CHECK_INT(bytes.len, EDI_LIMIT_BUNDLE_FILE);
      CHECK_CODE(open_code(bytes.ptr, bytes.len, &bundle), "");
      edi_buf_char(&bytes, '\0');
      edi_put64(bytes.ptr + 24, bytes.len);
      CHECK_INT(edi_bundle_open(&arena, bytes.ptr, bytes.len, &bundle, NULL), EDICT_LIMIT);
    }
    edi_buf_fini(&bytes);
    end();
  }
}

/* Signature lines as long as they may be, and a byte longer; what they say is not looked at here. */
TEST(as_many_bytes_of_signatures_as_there_may_be)
{
  for (uint32_t more = 0; more < 2; more++) {
    begin();
    edi_buf bytes;
    edi_bundle bundle;
    federal_bundle(&bytes);
    uint32_t manifest = edi_get32(bytes.ptr + 12);
    edi_put32(bytes.ptr + 16, EDI_LIMIT_SIGNATURES + more);
    edi_buf_zeros(&bytes, EDI_LIMIT_SIGNATURES);
    edi_put64(bytes.ptr + 24, bytes.len);
    bytes.ptr[64 + manifest] = '\n';
    CHECK_CODE(open_code(bytes.ptr, bytes.len, &bundle), more ? "R0106" : "R0104");
    edi_buf_fini(&bytes);
    end();
  }
}

TEST(memory_runs_out)
{
  begin();
  edi_buf bytes;
  federal_bundle(&bytes);
  sample_sign(&arena, &bytes, "f", 1);
  unsigned char secret[64];
  sample_key(2, secret);
  for (size_t n = 1; n < 200; n++) {
    short_memory memory;
    edi_allocator allocator = short_memory_init(&memory, n);
    edi_arena scratch;
    edi_buf into;
    edi_arena_init(&scratch, &allocator, (size_t)8 << 20);
    edi_buf_init(&into, &allocator, EDI_LIMIT_BUNDLE_FILE);
    edict_status status =
        edi_bundle_sign(&scratch, bytes.ptr, bytes.len, EDI_STR("g"), secret, &into, NULL);
    CHECK(memory.failed ? status == EDICT_MEMORY : status == EDICT_OK);
    edi_buf_fini(&into);
    edi_arena_fini(&scratch);
    CHECK(memory.live == 0 && memory.wrong == 0);
    if (!memory.failed) break;
    CHECK(n < 190);
  }
  edi_buf_fini(&bytes);
  end();
}

HARNESS_MAIN
