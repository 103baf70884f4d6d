/* Loading a bundle: what decides is what was signed; a damaged source decides nothing, and whoever reads it is told. */
#include "harness.h"

#include "edict/bundles.h"
#include "edict/compare.h"
#include "edict/policy.h"
#include "policy/build.h"
#include "support/mesh.h"
#include "support/sample_bundle.h"

static edi_arena arena;
static edict_diagnostics *findings;
static mesh m;

static void begin(void) {
  edi_arena_init(&arena, NULL, (size_t)1 << 30);
  findings = edict_diagnostics_create();
}
static void end(void) {
  edict_diagnostics_destroy(&findings);
  edi_arena_fini(&arena);
}

typedef edict_status opener(edi_arena *arena, const void *bytes, size_t length, edi_bundle *bundle, edict_diagnostics *d);

/* As an engine does it: opened, and the program read. */
static edict_status load(edi_arena *into, const void *bytes, size_t length, edi_bundle *bundle, edict_diagnostics *d) {
  edi_program program;
  edict_status status = edi_bundle_load(into, bytes, length, bundle, d);
  if (status != EDICT_OK || bundle->manifest.layer == EDI_BUNDLE_TABLE) return status;
  return edi_bundle_program(bundle, into, into, &program, d);
}

/* The code that it is refused by, "" if it is not. */
static const char *code_of(opener *open, const edi_buf *bytes, edi_bundle *bundle) {
  edict_diagnostics_clear(findings);
  edict_status status = open(&arena, bytes->ptr, bytes->len, bundle, findings);
  CHECK((status == EDICT_OK) == (edict_diagnostics_count(findings) == 0));
  return status == EDICT_OK ? "" : edict_diagnostics_code(findings, 0);
}
#define CHECK_CODE(got, expected)                                                        \
  do {                                                                                   \
    const char *got_ = (got), *expected_ = (expected);                                   \
    if (strcmp(got_, expected_) != 0) HARNESS_FAIL("\"%s\", expected \"%s\"", got_, expected_); \
  } while (0)

/* Its files: edict.yaml, keys/none (empty), program or table, rules/a.edict. */
static void make(edi_bundle_layer layer, edi_buf *bytes) {
  bool table = layer == EDI_BUNDLE_TABLE;
  edi_manifest manifest = sample_manifest(layer, table ? "eu.example/holds" : "eu.example", table ? "federal.vocabulary.holds" : NULL);
  sample_bundle(&arena, &manifest, bytes);
}

TEST(names_that_decide)
{
  const struct { const char *name; bool decides; } rows[] = {
      {"program", true}, {"table", true}, {"keys/corp.jwks.json", true}, {"keys/a/b", true},
      {"keys", false}, {"program/a", false}, {"programs", false}, {"tables", false}, {"rules/program", false},
      {"rules/keys/a", false}, {"contracts/table", false}, {"edict.yaml", false}, {"", false},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) CHECK_INT(edi_bundle_decides(edi_str_from(rows[i].name)), rows[i].decides);
}

TEST(a_loaded_bundle_has_what_decides_and_nothing_else)
{
  begin();
  const edi_bundle_layer layers[] = {EDI_BUNDLE_FEDERAL, EDI_BUNDLE_TABLE};
  for (size_t l = 0; l < 2; l++) {
    edi_buf bytes;
    edi_bundle opened, loaded;
    make(layers[l], &bytes);
    CHECK_CODE(code_of(edi_bundle_open, &bytes, &opened), "");
    CHECK_CODE(code_of(edi_bundle_load, &bytes, &loaded), "");
    CHECK(memcmp(opened.digest, loaded.digest, sizeof opened.digest) == 0);
    REQUIRE(opened.manifest.file_count == loaded.manifest.file_count && loaded.manifest.file_count >= 2);
    size_t left_out = 0;
    for (size_t i = 0; i < loaded.manifest.file_count; i++) {
      const edi_bundle_file *all = &opened.files[i], *some = &loaded.files[i];
      CHECK(edi_str_equal(all->name, some->name));
      if (edi_str_equal(all->name, EDI_STR("program"))) {
        CHECK(!some->bytes.ptr && loaded.program.ptr == all->bytes.ptr && !loaded.hashed); /* it is hashed as it is read */
        continue;
      }
      bool decides = edi_bundle_decides(all->name);
      CHECK(decides ? some->bytes.ptr == all->bytes.ptr && some->bytes.len == all->bytes.len : !some->bytes.ptr && some->bytes.len == 0);
      left_out += !decides;
    }
    CHECK(left_out > 0);
    CHECK(edi_bundle_find(&loaded, "edict.yaml").ptr == NULL);
    edi_buf_fini(&bytes);
  }
  end();
}

/* What a bundle whose byte was changed is refused by, opened and loaded. */
static void expect_codes(const edi_bundle *whole, size_t at, const char **opened, const char **loaded) {
  *opened = *loaded = "R0101"; /* padding */
  for (size_t i = 0; i < whole->manifest.file_count; i++) {
    size_t from = (size_t)(whole->files[i].bytes.ptr - (whole->manifest_text.ptr - 64));
    if (at < from || at >= from + whole->files[i].bytes.len) continue;
    bool decides = edi_bundle_decides(whole->files[i].name);
    *opened = decides ? "R0104" : "R0155";
    *loaded = decides ? "R0104" : "";
  }
}

TEST(every_byte_behind_the_signatures)
{
  begin();
  edi_buf bytes;
  edi_bundle whole, changed;
  make(EDI_BUNDLE_FEDERAL, &bytes);
  CHECK_CODE(code_of(edi_bundle_open, &bytes, &whole), "");
  size_t seen[2] = {0};
  for (size_t at = 64 + whole.manifest_text.len; at < bytes.len; at++) {
    const char *opened, *loaded;
    expect_codes(&whole, at, &opened, &loaded);
    bytes.ptr[at] ^= 1 << at % 8;
    CHECK_CODE(code_of(edi_bundle_open, &bytes, &changed), opened);
    CHECK_CODE(code_of(load, &bytes, &changed), loaded);
    bytes.ptr[at] ^= 1 << at % 8;
    seen[strcmp(loaded, "") == 0]++;
  }
  CHECK(seen[0] > 0 && seen[1] > 0);
  edi_buf_fini(&bytes);
  end();
}

TEST(every_length)
{
  begin();
  edi_buf bytes;
  edi_bundle bundle;
  make(EDI_BUNDLE_FEDERAL, &bytes);
  size_t length = bytes.len;
  for (bytes.len = 0; bytes.len < length; bytes.len++) {
    CHECK(*code_of(edi_bundle_load, &bytes, &bundle) != 0);
    if (bytes.len < 64) continue;
    edi_put64(bytes.ptr + 24, bytes.len); /* the header agrees */
    CHECK_CODE(code_of(edi_bundle_load, &bytes, &bundle), "R0101");
    edi_put64(bytes.ptr + 24, length);
  }
  CHECK_CODE(code_of(edi_bundle_load, &bytes, &bundle), "");
  edi_buf_fini(&bytes);
  end();
}

/* ---- a bundle with sources, in a set ---- */

static void begin_mesh(void) {
  begin();
  mesh_init(&m);
  mesh_federal(&m, "rule reads\n permit read\n on dataset classified <= confidential\n because \"x\"\n");
  mesh_domain(&m, "sales", "rule less\n forbid read\n when subject.age < 18\n because \"x\"\n",
              MESH_CONTRACT("  - name: orders\n    logicalType: object\n    physicalName: orders\n    customProperties:\n"
                            "      - { property: classification, value: internal }\n    properties:\n"
                            "      - { name: id, logicalType: integer, tags: [ plain ] }\n"));
}
static void end_mesh(void) {
  mesh_fini(&m);
  end();
}

/* A bit in the middle of a file. */
static void damage(edi_buf *bundle, edi_str name) {
  edi_bundle b;
  if (edi_bundle_load(&arena, bundle->ptr, bundle->len, &b, NULL) != EDICT_OK) abort();
  size_t at = 64 + b.manifest_text.len + (b.signatures.len ? b.signatures.len + 1 : 0);
  for (size_t i = 0; i < b.manifest.file_count; i++) {
    at = (at + 63) & ~(size_t)63;
    if (edi_str_equal(b.files[i].name, name)) bundle->ptr[at + b.manifest.files[i].size / 2] ^= 1;
    at += b.manifest.files[i].size;
  }
}

static const char *answer(void) {
  CHECK_INT(mesh_ask(&m, "read", "orders", "*", "", "2026-11-20T10:00:00Z"), EDICT_OK);
  return edict_decision_effect(m.decision) == EDICT_PERMIT ? "permit" : "deny";
}

TEST(what_decides_decides_whatever_became_of_the_sources)
{
  const char *const subjects[] = {"age 17", "age 18", ""};
  for (size_t b = 0; b < 2; b++) {
    begin_mesh();
    edi_bundle whole;
    if (edi_bundle_open(&arena, m.bundles[b].ptr, m.bundles[b].len, &whole, NULL) != EDICT_OK) abort();
    size_t damaged = 0;
    for (size_t i = 0; i < whole.manifest.file_count; i++) {
      if (edi_bundle_decides(whole.files[i].name)) continue;
      damage(&m.bundles[b], whole.files[i].name);
      damaged++;
    }
    CHECK(damaged >= 2);
    mesh_open(&m);
    const char *expected[] = {"deny", "permit", "deny"};
    for (size_t s = 0; s < 3; s++) {
      mesh_subject(&m, subjects[s]);
      CHECK_TEXT(answer(), strlen(expected[s]), expected[s]);
    }
    end_mesh();
  }
}

/* ---- readers of what a bundle carries ---- */

static edict_status verify(const edi_buf *b) { return edict_bundle_verify(b->ptr, b->len, NULL, 0, 0, findings); }
static edict_status inspect(const edi_buf *b) {
  char *text = NULL;
  size_t length;
  edict_status status = edict_bundle_inspect(b->ptr, b->len, 1, &text, &length, findings);
  CHECK(!text || status == EDICT_OK);
  edict_text_free(&text);
  return status;
}
static edict_status costs(const edi_buf *b) {
  char *text = NULL;
  size_t length;
  edict_status status = edict_bundle_costs(b->ptr, b->len, &text, &length, findings);
  edict_text_free(&text);
  return status;
}
static edict_status names(const edi_buf *b) {
  char *text = NULL;
  size_t length;
  edict_status status = edict_bundle_names(b->ptr, b->len, "domain", &text, &length, findings);
  edict_text_free(&text);
  return status;
}
static edict_status about(const edi_buf *b) {
  edict_bundle_facts facts;
  return edict_bundle_about(b->ptr, b->len, &facts, findings);
}
static edict_status file(const edi_buf *b) {
  const char *bytes;
  size_t length;
  edict_status status = edict_bundle_file(b->ptr, b->len, "edict.yaml", &bytes, &length, findings);
  CHECK((bytes != NULL) == (status == EDICT_OK));
  return status;
}
static edict_status sign(const edi_buf *b) {
  const unsigned char seed[32] = {7};
  char *verifier, *secret, *out;
  size_t length;
  if (edict_key_generate("eu.example-a", seed, &verifier, &secret) != EDICT_OK) abort();
  edict_status status = edict_bundle_sign(b->ptr, b->len, secret, strlen(secret), &out, &length, findings);
  edict_text_free(&verifier);
  edict_text_free(&secret);
  edict_text_free(&out);
  return status;
}
static edict_status rebuild(const edi_buf *b) { return edict_bundle_rebuild(b->ptr, b->len, NULL, 0, findings); }
static edict_status rebuild_on_it(const edi_buf *b) {
  return edict_bundle_rebuild(m.bundles[1].ptr, m.bundles[1].len, b->ptr, b->len, findings);
}
static edict_status compare_with_it(const edi_buf *b) {
  edict_bytes sides[2] = {{b->ptr, b->len}, {b->ptr, b->len}};
  edict_comparison_options options = {.size = sizeof options, .bundles = {&sides[0], &sides[1]}, .counts = {1, 1}};
  edict_comparison *comparison = NULL;
  edict_status status = edict_comparison_create(&options, &comparison, findings);
  edict_comparison_destroy(&comparison);
  return status;
}

typedef struct reader { const char *name; edict_status (*read)(const edi_buf *bundle); } reader;
static const reader readers[] = {
    {"verify", verify}, {"inspect", inspect}, {"costs", costs}, {"names", names}, {"about", about}, {"file", file},
    {"sign", sign}, {"rebuild", rebuild}, {"rebuild on it", rebuild_on_it}, {"compare", compare_with_it},
};

/* The code that a reader says, "" if it was content. */
static const char *read_code(const reader *r) {
  edict_diagnostics_clear(findings);
  return r->read(&m.bundles[0]) == EDICT_OK ? "" : edict_diagnostics_count(findings) ? edict_diagnostics_code(findings, 0) : "none";
}

TEST(every_reader_says_that_a_source_is_damaged)
{
  for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
    begin_mesh();
    const char *code = read_code(&readers[i]);
    if (strcmp(code, "") != 0) HARNESS_FAIL("%s: %s", readers[i].name, code);
    damage(&m.bundles[0], EDI_STR("edict.yaml"));
    code = read_code(&readers[i]);
    if (strcmp(code, "R0155") != 0) HARNESS_FAIL("%s: \"%s\", expected R0155", readers[i].name, code);
    damage(&m.bundles[0], EDI_STR("program")); /* what decides is told of first */
    code = read_code(&readers[i]);
    if (strcmp(code, "R0104") != 0) HARNESS_FAIL("%s: \"%s\", expected R0104", readers[i].name, code);
    end_mesh();
  }
}

HARNESS_MAIN
