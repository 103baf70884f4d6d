/* Manifest: the one form of every line, both ways, and every departure from it. */
#include "harness.h"

#include "base/calendar.h"
#include "bundle/manifest.h"

#define D1 "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define D2 "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100"

/* The lines of a manifest that holds; a test replaces one. */
static const char *const federal[] = {
    "edict-bundle/v1",
    "name eu.example",
    "layer federal",
    "version 42",
    "prev " D1,
    "created 2026-11-20T00:00:00Z",
    "not-before 2026-11-20T00:00:00Z",
    "expires 2027-11-20T00:00:00Z",
    "on-expiry deny",
    "semantics 1",
    "format 1",
    "cost 200000",
    "parent -",
    "file 0 " D1 " edict.yaml",
    "file 12345 " D2 " program",
    "file 7 " D1 " rules/privacy.edict",
};
enum {
  LINES = sizeof federal / sizeof *federal,
  NAME = 1,
  LAYER,
  VERSION,
  PREV,
  CREATED,
  NOT_BEFORE,
  EXPIRES,
  ON_EXPIRY,
  SEMANTICS,
  FORMAT,
  COST,
  PARENT,
  FILES
};

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

static edi_str join(edi_buf *buf, size_t line, const char *instead) {
  edi_buf_init(buf, NULL, (size_t)4 << 20);
  for (size_t i = 0; i < LINES; i++) {
    const char *text = i == line ? instead : federal[i];
    if (!text) continue;
    edi_buf_text(buf, text);
    edi_buf_char(buf, '\n');
  }
  return (edi_str){buf->ptr, buf->len};
}

static const char *parse(edi_str text, edi_manifest *m) {
  edict_diagnostics_clear(findings);
  edict_status status = edi_manifest_parse(&arena, text, m, findings);
  edi_manifest zero = {0};
  if (status != EDICT_OK) CHECK(memcmp(m, &zero, sizeof zero) == 0);
  CHECK((status == EDICT_OK) == (edict_diagnostics_count(findings) == 0));
  return status == EDICT_OK ? "" : edict_diagnostics_code(findings, 0);
}

TEST(reads_every_line)
{
  edi_buf buf;
  edi_manifest m;
  int64_t date;
  begin();
  CHECK(strcmp(parse(join(&buf, LINES, NULL), &m), "") == 0);
  CHECK_TEXT(m.name.ptr, m.name.len, "eu.example");
  CHECK_INT(m.layer, EDI_BUNDLE_FEDERAL);
  CHECK_INT(m.layer_of.len, 0);
  CHECK_INT(m.version, 42);
  CHECK(m.has_prev && m.prev[0] == 0 && m.prev[1] == 0x11 && m.prev[31] == 0xff);
  CHECK(edi_date_from_civil(2026, 11, 20, &date) && m.created == date * EDI_DAY_MICROS);
  CHECK(m.not_before == m.created && m.expires == m.created + 365 * EDI_DAY_MICROS);
  CHECK_INT(m.stale_seconds, 0);
  CHECK(m.semantics == 1 && m.format == 1 && m.cost == 200000);
  CHECK(m.parent.len == 0 && m.parent_least == 0);
  REQUIRE(m.file_count == 3);
  CHECK_TEXT(m.files[1].name.ptr, m.files[1].name.len, "program");
  CHECK(m.files[1].size == 12345 && m.files[1].digest[0] == 0xff);
  edi_buf_fini(&buf);
  end();
}

TEST(writes_what_it_reads)
{
  const struct {
    size_t line;
    const char *instead;
  } rows[] = {
      {LINES, NULL},
      {PREV, "prev -"},
      {ON_EXPIRY, "on-expiry stale-ok:86400"},
      {VERSION, "version 18446744073709551615"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    edi_buf buf, again;
    edi_manifest m;
    begin();
    edi_str text = join(&buf, rows[i].line, rows[i].instead);
    CHECK(strcmp(parse(text, &m), "") == 0);
    edi_buf_init(&again, NULL, (size_t)1 << 20);
    edi_manifest_format(&m, &again);
    CHECK(edi_str_equal(text, (edi_str){again.ptr, again.len}));
    edi_buf_fini(&again);
    edi_buf_fini(&buf);
    end();
  }
}

TEST(layers_and_parents)
{
  const struct {
    const char *layer, *parent, *code;
    edi_bundle_layer is;
    const char *of;
  } rows[] = {
      {"layer domain sales", "parent eu.example@>=118", "", EDI_BUNDLE_DOMAIN, "sales"},
      {"layer table federal.vocabulary.legal-holds", "parent eu.example@>=1", "", EDI_BUNDLE_TABLE,
       "federal.vocabulary.legal-holds"},
      {"layer table sales.rules.Codes_1", "parent eu.example/x@>=1", "", EDI_BUNDLE_TABLE,
       "sales.rules.Codes_1"},
      {"layer domain sales", "parent -", "R0102", 0, ""},
      {"layer table sales.x", "parent -", "R0102", 0, ""},
      {"layer federal", "parent eu.example@>=1", "R0102", 0, ""},
      {"layer federal ", "parent -", "R0102", 0, ""},
      {"layer Federal", "parent -", "R0102", 0, ""},
      {"layer domain ", "parent eu.example@>=1", "R0102", 0, ""},
      {"layer domain federal", "parent eu.example@>=1", "R0102", 0, ""},
      {"layer domain sales team", "parent eu.example@>=1", "R0102", 0, ""},
      {"layer domain s\xC3\xA4les", "parent eu.example@>=1", "R0102", 0, ""},
      {"layer domain sales/x", "parent eu.example@>=1", "R0102", 0, ""},
      {"layer domain sales", "parent eu.example", "R0102", 0, ""},
      {"layer domain sales", "parent eu.example@>=0", "R0102", 0, ""},
      {"layer domain sales", "parent eu.example@>=01", "R0102", 0, ""},
      {"layer domain sales", "parent eu.example@>=", "R0102", 0, ""},
      {"layer domain sales", "parent @>=1", "R0102", 0, ""},
      {"layer domain sales", "parent eu.example@>=1@>=2", "R0102", 0, ""},
      {"layer domain sales", "parent eu.example @>=1", "R0102", 0, ""},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    edi_buf buf;
    edi_manifest m;
    begin();
    edi_buf_init(&buf, NULL, 4096);
    for (size_t l = 0; l < LINES; l++)
      edi_buf_format(&buf, "%s\n",
                     l == LAYER    ? rows[i].layer
                     : l == PARENT ? rows[i].parent
                                   : federal[l]);
    const char *code = parse((edi_str){buf.ptr, buf.len}, &m);
    if (strcmp(code, rows[i].code) != 0)
      HARNESS_FAIL("%s, %s: \"%s\"", rows[i].layer, rows[i].parent, code);
    CHECK_INT(m.layer, rows[i].is);
    CHECK_TEXT(m.layer_of.ptr, m.layer_of.len, rows[i].of);
    edi_buf_fini(&buf);
    end();
  }
}

static const struct {
  size_t line;
  const char *instead, *code;
} refused[] = {
    {0, "edict-bundle/v2", "R0102"},
    {0, "", "R0102"},
    {0, NULL, "R0102"},
    {0, "edict-bundle/v1\r", "R0102"},
    {NAME, "name ", "R0102"},
    {NAME, "name", "R0102"},
    {NAME, "name  eu.example", "R0102"},
    {NAME, "name EU.example", "R0102"},
    {NAME, "name eu.example/", "R0102"},
    {NAME, "name /eu", "R0102"},
    {NAME, "name eu/../x", "R0102"},
    {NAME, NULL, "R0102"},
    {NAME, "Name eu.example", "R0102"},
    {NAME, "name eu.example ", "R0102"},
    {NAME, "name\teu.example", "R0102"},
    {VERSION, "version 0", "R0102"},
    {VERSION, "version 042", "R0102"},
    {VERSION, "version +42", "R0102"},
    {VERSION, "version -1", "R0102"},
    {VERSION, "version 4 2", "R0102"},
    {VERSION, "version 0x2a", "R0102"},
    {VERSION, "version 18446744073709551616", "R0102"},
    {VERSION, "version 99999999999999999999999", "R0102"},
    {VERSION, "version 1", "R0102"}, /* and something before it */
    {PREV, "prev", "R0102"},
    {PREV, "prev --", "R0102"},
    {PREV, "prev " D1 "00", "R0102"},
    {PREV, "prev 0011", "R0102"},
    {PREV, "prev 00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF", "R0102"},
    {CREATED, "created 2026-11-20T00:00:00+00:00", "R0102"},
    {CREATED, "created 2026-11-20T00:00:00.000Z", "R0102"},
    {CREATED, "created 2026-11-20 00:00:00Z", "R0102"},
    {CREATED, "created 2026-02-30T00:00:00Z", "R0102"},
    {CREATED, "created 2026-11-20t00:00:00z", "R0102"},
    {CREATED, "created 2026-11-20T24:00:00Z", "R0102"},
    {CREATED, "created 2026-11-20T00:00:01Z", "R0102"}, /* after not-before */
    {NOT_BEFORE, "not-before 2027-11-20T00:00:00Z", "R0102"},
    {EXPIRES, "expires 2026-11-20T00:00:00Z", "R0102"},
    {EXPIRES, "not-before 2027-11-20T00:00:00Z", "R0102"},
    {EXPIRES, NULL, "R0102"},
    {ON_EXPIRY, "on-expiry allow", "R0102"},
    {ON_EXPIRY, "on-expiry stale-ok:0", "R0102"},
    {ON_EXPIRY, "on-expiry stale-ok:", "R0102"},
    {ON_EXPIRY, "on-expiry stale-ok:315360001", "R0102"},
    {ON_EXPIRY, "on-expiry stale-ok:1.5", "R0102"},
    {ON_EXPIRY, "on-expiry stale-ok:18446744073709551617", "R0102"},
    {ON_EXPIRY, "on-expiry stale-ok:315360000", ""},
    {SEMANTICS, "semantics one", "R0102"},
    {SEMANTICS, "semantics 2", ""},
    {FORMAT, "format 9", ""},
    {FORMAT, NULL, "R0102"},
    {COST, "cost", "R0102"},
    {COST, "cost 0", ""},
    {PARENT, NULL, "R0102"},
    {FILES, "", "R0102"},
    {FILES, "file", "R0102"},
    {FILES, "file 0", "R0103"},
    {FILES, "file 0 " D1, "R0103"},
    {FILES, "file 0 " D1 " ", "R0103"},
    {FILES, "file 00 " D1 " a", "R0103"},
    {FILES, "file 2146435073 " D1 " a", "R0103"},
    {FILES, "file 2146435072 " D1 " a", ""},
    {FILES, "file 0  " D1 " a", "R0103"},
    {FILES, "file 0 " D1 "0 a", "R0103"},
    {FILES, "file 0 " D1 " A", "R0103"},
    {FILES, "file 0 " D1 " a b", "R0103"},
    {FILES, "file 0 " D1 " /a", "R0103"},
    {FILES, "file 0 " D1 " a/", "R0103"},
    {FILES, "file 0 " D1 " a//b", "R0103"},
    {FILES, "file 0 " D1 " ../a", "R0103"},
    {FILES, "file 0 " D1 " a/./b", "R0103"},
    {FILES, "file 0 " D1 " a/..", "R0103"},
    {FILES, "file 0 " D1 " ..a", ""},
    {FILES, "file 0 " D1 " a\\b", "R0103"},
    {FILES, "file 0 " D1 " program", "R0103"}, /* twice */
    {FILES, "file 0 " D1 " q", "R0103"},       /* after `program` */
    {FILES, "file 0 " D1 " \xC3\xA4", "R0103"},
    {FILES + 1, "cost 3", "R0102"},
};

TEST(other_forms_are_refused)
{
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
    edi_buf buf;
    edi_manifest m;
    begin();
    const char *code = parse(join(&buf, refused[i].line, refused[i].instead), &m);
    if (strcmp(code, refused[i].code) != 0)
      HARNESS_FAIL("%s: \"%s\", expected \"%s\"", refused[i].instead, code, refused[i].code);
    edi_buf_fini(&buf);
    end();
  }
}

/* Any beginning but the whole is refused, unless it ends after a file. */
TEST(truncated)
{
  edi_buf buf;
  edi_manifest m;
  begin();
  edi_str text = join(&buf, LINES, NULL);
  for (size_t length = 0; length < text.len; length++) {
    bool whole = length > 0 && text.ptr[length - 1] == '\n' &&
                 edi_str_contains((edi_str){text.ptr, length}, EDI_STR("\nfile "));
    CHECK((strcmp(parse((edi_str){text.ptr, length}, &m), "") == 0) == whole);
  }
  edi_buf_fini(&buf);
  end();
}

static edict_status many_files(size_t count) {
  edi_buf buf;
  edi_manifest m;
  begin();
  edi_buf_init(&buf, NULL, (size_t)4 << 20);
  for (size_t l = 0; l < FILES; l++) edi_buf_format(&buf, "%s\n", federal[l]);
  for (size_t i = 0; i < count; i++) edi_buf_format(&buf, "file 0 " D1 " f%06zu\n", i);
  edict_status status = edi_manifest_parse(&arena, (edi_str){buf.ptr, buf.len}, &m, findings);
  edi_buf_fini(&buf);
  end();
  return status;
}

TEST(limits)
{
  CHECK_INT(many_files(EDI_LIMIT_BUNDLE_FILES), EDICT_OK);
  CHECK_INT(many_files(EDI_LIMIT_BUNDLE_FILES + 1), EDICT_LIMIT);
  CHECK_INT(many_files(0), EDICT_FORMAT);
  for (size_t more = 0; more < 2; more++) {
    edi_manifest m;
    begin();
    size_t length = EDI_LIMIT_MANIFEST + more;
    char *text = edi_arena_alloc(&arena, length);
    memset(text, 'a', length);
    CHECK_INT(edi_manifest_parse(&arena, (edi_str){text, length}, &m, findings),
              more ? EDICT_LIMIT : EDICT_FORMAT);
    end();
  }
  char name[EDI_LIMIT_NAME + 1];
  memset(name, 'n', sizeof name);
  CHECK(edi_manifest_name_valid((edi_str){name, EDI_LIMIT_NAME}, EDI_LIMIT_NAME));
  CHECK(!edi_manifest_name_valid((edi_str){name, EDI_LIMIT_NAME + 1}, EDI_LIMIT_NAME));
}

/* A message points at the line and shows it. */
TEST(messages_show_the_line)
{
  edi_buf buf;
  edi_manifest m;
  char *text = NULL;
  size_t length = 0;
  begin();
  CHECK(strcmp(parse(join(&buf, VERSION, "version 042"), &m), "R0102") == 0);
  REQUIRE(edict_diagnostics_render(findings, EDICT_RENDERING_TEXT, &text, &length) == EDICT_OK);
  CHECK(strstr(text, "--> manifest:4:1") != NULL);
  CHECK(strstr(text, "version 042") != NULL);
  edict_text_free(&text);
  edi_buf_fini(&buf);
  end();
}

/* BLAKE2b-256 of nothing and of "abc", as `b2sum -l 256` prints them. */
TEST(digest)
{
  unsigned char digest[EDI_DIGEST_BYTES];
  edi_buf hex;
  edi_buf_init(&hex, NULL, 256);
  edi_digest("", 0, digest);
  edi_hex_append(&hex, digest, sizeof digest);
  edi_digest("abc", 3, digest);
  edi_hex_append(&hex, digest, sizeof digest);
  CHECK_TEXT(hex.ptr, hex.len,
             "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"
             "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
  edi_buf_fini(&hex);
}

HARNESS_MAIN
