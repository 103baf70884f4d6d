/* Builds: what is said of projects whose parts do not fit together, compared with tests/golden/build/;
 * what a bundle carries; the same bytes from the same sources; failing files and failing memory. */
#include "harness.h"

#include <errno.h>

#include "base/system.h"
#include "bundle/limits.h"
#include "policy/build.h"
#include "support/golden.h"
#include "support/short_memory.h"

enum { CEILING = 1 << 30 };

/* ---- projects in memory ---- */

#define FEDERAL_YAML                                                                        \
  "edict: 1\nname: eu.example\nlayer: federal\nversion: 7\ncreated: 2026-01-01T00:00:00Z\n" \
  "expires: 2030-01-01T00:00:00Z\nrules: [ \"*.edict\" ]\n"
#define DOMAIN_YAML                                                              \
  "edict: 1\nname: eu.example/sales\nlayer: domain\ndomain: sales\nversion: 2\n" \
  "created: 2026-01-01T00:00:00Z\nexpires: 2030-01-01T00:00:00Z\n"               \
  "parent: { bundle: federal.edb, least: 7 }\n"
#define DOMAIN_RULES DOMAIN_YAML "rules: [ \"*.edict\" ]\n"
#define DOMAIN_BOTH  DOMAIN_RULES "contracts: [ \"*.odcs.yaml\" ]\n"

static const char vocabulary[] =
    "module federal.vocabulary\n"
    "\n"
    "taxonomy action { export }\n"
    "taxonomy role { analyst }\n"
    "taxonomy domain { sales { shop } finance }\n"
    "taxonomy tag { pii time.collected: timestamp person.id: id<person> }\n"
    "levels classification { public < internal }\n"
    "issuer host\n"
    "table holds (person: id<person>) complete\n"
    "domains may state classification, time.collected, person.id\n";
static const char privacy[] = "module federal.privacy\n"
                              "\n"
                              "rule staff\n"
                              "  permit read\n"
                              "  on dataset classified <= internal\n"
                              "  when subject.roles has analyst\n"
                              "\n"
                              "rule kept\n"
                              "  retain at most 24 months after row[time.collected] then erase\n"
                              "  on dataset holding pii\n"
                              "\n"
                              "rule opens\n"
                              "  delegate permit export to domain sales\n"
                              "  on dataset classified <= public\n"
                              "  until 2027-12-31\n";

#define CONTRACT(domain, product)                                                     \
  "apiVersion: v3.1.0\nkind: DataContract\nid: c-1\nversion: 1.0.0\nstatus: active\n" \
  "domain: " domain "\ndataProduct: " product "\nschema:\n"                           \
  "  - name: orders\n    logicalType: object\n    properties:\n"                      \
  "      - { name: id, logicalType: string, tags: [ person.id ] }\n"

typedef struct text_file {
  const char *path, *text;
} text_file;

typedef struct place {
  edi_arena arena;
  edict_diagnostics *diagnostics;
  edi_build build;
} place;

static void begin(place *p, const edi_allocator *allocator) {
  edi_arena_init(&p->arena, allocator, CEILING);
  p->diagnostics = edict_diagnostics_create();
}

static void end(place *p) {
  edict_diagnostics_destroy(&p->diagnostics);
  edi_arena_fini(&p->arena);
}

static edict_status check(place *p, const text_file *files, size_t count, edi_str parent) {
  edi_project_text texts[8];
  edi_project *project;
  for (size_t i = 0; i < count; i++)
    texts[i] = (edi_project_text){files[i].path, edi_str_from(files[i].text)};
  edict_status status = edi_project_from_memory(&p->arena, texts, count, &project, p->diagnostics);
  if (status == EDICT_OK)
    status = edi_build_check(&p->arena, project, parent, &p->build, p->diagnostics);
  return status;
}

static const text_file federal_files[] = {
    {"edict.yaml", FEDERAL_YAML}, {"privacy.edict", privacy}, {"vocabulary.edict", vocabulary}};

/* The federal bundle's bytes, made once. */
static edi_str federal_bundle(void) {
  static edi_buf bytes;
  if (bytes.len == 0) {
    place p;
    begin(&p, NULL);
    edi_buf_init(&bytes, NULL, 1 << 24);
    if (check(&p, federal_files, 3, (edi_str){0}) != EDICT_OK ||
        edi_build_bundle(&p.build, &bytes, p.diagnostics) != EDICT_OK)
      abort();
    end(&p);
  }
  return (edi_str){bytes.ptr, bytes.len};
}

/* ---- what does not fit together ---- */

static const struct {
  const char *name; /* of the golden file */
  edict_status status;
  text_file files[4];
} refused[] = {
    {"keys-missing",
     EDICT_FINDINGS,
     {{"edict.yaml", FEDERAL_YAML},
      {"a.edict",
       "module federal.a\nissuer corp \"https://login.example\"\n  audience \"mesh\"\n  keys "
       "\"corp.jwks.json\"\n  algorithms ES256\n"}}},
    {"table-unknown",
     EDICT_FINDINGS,
     {{"edict.yaml",
       FEDERAL_YAML "tables:\n  federal.vocabulary.hold:\n    { file: t.csv, version: 1, created: "
                    "2026-01-01T00:00:00Z, expires: 2030-01-01T00:00:00Z }\n"},
      {"vocabulary.edict", vocabulary},
      {"t.csv", "person\np-1\n"}}},
    {"table-of-the-federation",
     EDICT_FINDINGS,
     {{"edict.yaml",
       DOMAIN_RULES "tables:\n  federal.vocabulary.holds:\n    { file: t.csv, version: 1, created: "
                    "2026-01-01T00:00:00Z, expires: 2030-01-01T00:00:00Z }\n"},
      {"a.edict", "module sales.a\n"},
      {"t.csv", "person\np-1\n"}}},
    {"parent-older",
     EDICT_FINDINGS,
     {{"edict.yaml", "edict: 1\nname: eu.example/sales\nlayer: domain\ndomain: sales\nversion: 2\n"
                     "created: 2026-01-01T00:00:00Z\nexpires: 2030-01-01T00:00:00Z\n"
                     "parent: { bundle: federal.edb, least: 8 }\nrules: [ a.edict ]\n"},
      {"a.edict", "module sales.a\n"}}},
    {"contract-of-another-domain",
     EDICT_FINDINGS,
     {{"edict.yaml", DOMAIN_BOTH},
      {"a.edict", "module sales.a\n"},
      {"b.odcs.yaml", CONTRACT("finance", "books")}}},
    {"contract-in-the-federation",
     EDICT_FINDINGS,
     {{"edict.yaml", FEDERAL_YAML "contracts: [ b.odcs.yaml ]\n"},
      {"vocabulary.edict", vocabulary},
      {"b.odcs.yaml", CONTRACT("sales", "orders")}}},
    {"permit-beyond-the-delegate",
     EDICT_FINDINGS,
     {{"edict.yaml", DOMAIN_RULES},
      {"privacy.edict",
       "module sales.privacy\nrule all\n  permit read\n  on dataset classified <= internal\n"}}},
    {"retention-beyond-the-federation",
     EDICT_FINDINGS,
     {{"edict.yaml", DOMAIN_RULES},
      {"privacy.edict", "module sales.privacy\nrule long\n  retain at least 36 months after "
                        "row[time.collected]\n  on "
                        "dataset holding pii\n"}}},
    {"name-of-the-federation",
     EDICT_FINDINGS,
     {{"edict.yaml", DOMAIN_RULES},
      {"a.edict", "module sales.privacy\nrule staff\n  forbid read\n"}}},
    {"module-of-the-federation",
     EDICT_FINDINGS,
     {{"edict.yaml", DOMAIN_RULES},
      {"privacy.edict",
       "module federal.privacy\nrule more\n  permit read\n  on dataset holding pii\n"}}},
    {"domain-unknown",
     EDICT_FINDINGS,
     {{"edict.yaml", "edict: 1\nname: eu.example/sals\nlayer: domain\ndomain: sals\nversion: 2\n"
                     "created: 2026-01-01T00:00:00Z\nexpires: 2030-01-01T00:00:00Z\n"
                     "parent: { bundle: federal.edb, least: 7 }\nrules: [ a.edict ]\n"},
      {"a.edict", "module sals.a\nrule a\n  forbid read\n"}}},
};

static void compare_golden(const place *p, const char *name) {
  char path[256], *text = NULL;
  size_t length = 0;
  snprintf(path, sizeof path, "tests/golden/build/%s.txt", name);
  if (edict_diagnostics_render(p->diagnostics, EDICT_RENDERING_TEXT, &text, &length) != EDICT_OK)
    abort();
  CHECK(golden_matches(path, text, length));
  edict_text_free(&text);
}

TEST(what_does_not_fit_is_said_with_both_places)
{
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
    place p;
    size_t count = 0;
    while (count < 4 && refused[i].files[count].path) count++;
    begin(&p, NULL);
    CHECK_INT(check(&p, refused[i].files, count, federal_bundle()), refused[i].status);
    compare_golden(&p, refused[i].name);
    end(&p);
  }
}

/* A rule of so many patterns, in a tree that is not deep. */
static void patterns(edi_buf *into, unsigned from, unsigned count) {
  if (count == 1) {
    edi_buf_format(into, "context.channel matches /[a-z]{%u}/", from + 1);
    return;
  }
  edi_buf_text(into, "(");
  patterns(into, from, count / 2);
  edi_buf_text(into, " or ");
  patterns(into, from + count / 2, count - count / 2);
  edi_buf_text(into, ")");
}

TEST(a_rule_that_costs_too_much)
{
  edi_buf rule, bytes;
  place p;
  edi_buf_init(&rule, NULL, 1 << 20);
  edi_buf_text(&rule, "module federal.dear\nattributes context { channel?: string }\nrule dear\n  forbid read\n  when ");
  patterns(&rule, 0, 250);
  edi_buf_text(&rule, "\n");
  edi_buf_char(&rule, '\0');
  const text_file files[] = {{"edict.yaml", FEDERAL_YAML}, {"vocabulary.edict", vocabulary}, {"dear.edict", rule.ptr}};
  begin(&p, NULL);
  edi_buf_init(&bytes, NULL, 1 << 24);
  CHECK_INT(check(&p, files, 3, (edi_str){0}), EDICT_OK);
  CHECK_INT(edi_build_bundle(&p.build, &bytes, p.diagnostics), EDICT_FINDINGS);
  CHECK_TEXT(edict_diagnostics_code(p.diagnostics, 0), 5, "E0711");
  end(&p);
  edi_buf_fini(&bytes);
  edi_buf_fini(&rule);
}

/* A rule with `head`, then `part` with the numbers from 0, joined by `or`, is built or refused as a rule too large. */
static const char *size_outcome(const char *head, const char *part, unsigned count, const char *tail) {
  edi_buf rule, bytes;
  place p;
  edi_buf_init(&rule, NULL, 1 << 20);
  edi_buf_format(&rule, "module federal.large\n%srule large\n  forbid read\n  when ", head);
  for (unsigned i = 0; i < count; i++) {
    if (i > 0) edi_buf_text(&rule, "\n    or ");
    edi_buf_format(&rule, "context.%s", part);
    if (strchr(part, '_')) edi_buf_format(&rule, "%u", i);
  }
  edi_buf_text(&rule, tail);
  edi_buf_char(&rule, '\0');
  const text_file files[] = {{"edict.yaml", FEDERAL_YAML}, {"vocabulary.edict", vocabulary}, {"large.edict", rule.ptr}};
  begin(&p, NULL);
  edi_buf_init(&bytes, NULL, 1 << 24);
  CHECK_INT(check(&p, files, 3, (edi_str){0}), EDICT_OK);
  edict_status status = edi_build_bundle(&p.build, &bytes, p.diagnostics);
  CHECK(status == EDICT_OK || (status == EDICT_FINDINGS && edict_diagnostics_count(p.diagnostics) == 1));
  const char *outcome = status == EDICT_OK ? "built" : strcmp(edict_diagnostics_code(p.diagnostics, 0), "E0712") == 0 ? "E0712" : "?";
  end(&p);
  edi_buf_fini(&bytes);
  edi_buf_fini(&rule);
  return outcome;
}

/* n attributes and what joins them are 3n - 1 instructions with the return; a `not` is one more. */
TEST(a_rule_that_no_bundle_can_hold)
{
  edi_buf many;
  edi_buf_init(&many, NULL, 1 << 16);
  edi_buf_text(&many, "attributes context {\n");
  for (unsigned i = 0; i <= EDI_LIMIT_CODE_ATTRS; i++) edi_buf_format(&many, "  b_%u?: bool\n", i);
  edi_buf_text(&many, "}\n");
  edi_buf_char(&many, '\0');
  CHECK_TEXT(size_outcome(many.ptr, "b_", EDI_LIMIT_CODE_ATTRS, "\n"), 5, "built");
  CHECK_TEXT(size_outcome(many.ptr, "b_", EDI_LIMIT_CODE_ATTRS + 1, "\n"), 5, "E0712");
  edi_buf_fini(&many);
  static const char one[] = "attributes context { b?: bool }\n";
  const unsigned count = (EDI_LIMIT_CODE_INSTRS - 1) / 3;
  CHECK_TEXT(size_outcome(one, "b", count, "\n    or not context.b\n"), 5, "E0712");
  CHECK_TEXT(size_outcome(one, "b", count, "\n  unless true\n"), 5, "E0712");
  CHECK_TEXT(size_outcome(one, "b", count, "\n"), 5, "built");
}

TEST(a_parent_that_is_none)
{
  static const text_file domain[] = {{"edict.yaml", DOMAIN_RULES}, {"a.edict", "module sales.a\n"}};
  edi_buf own;
  place p;
  edi_buf_init(&own, NULL, 1 << 24);
  begin(&p, NULL);
  REQUIRE(check(&p, domain, 2, federal_bundle()) == EDICT_OK);
  REQUIRE(edi_build_bundle(&p.build, &own, p.diagnostics) == EDICT_OK);
  end(&p);
  begin(&p, NULL);
  CHECK_INT(check(&p, domain, 2, (edi_str){own.ptr, own.len}), EDICT_FINDINGS); /* a domain's */
  compare_golden(&p, "parent-of-a-domain");
  end(&p);
  begin(&p, NULL);
  CHECK_INT(check(&p, domain, 2, (edi_str){own.ptr, 40}), EDICT_FORMAT);
  CHECK_INT(edict_diagnostics_errors(p.diagnostics), 1);
  end(&p);
  begin(&p, NULL);
  own.ptr[own.len - 1] ^= 1;
  CHECK_INT(check(&p, domain, 2, (edi_str){own.ptr, own.len}), EDICT_FORMAT);
  end(&p);
  edi_buf_fini(&own);
}

/* ---- files ---- */

/* A system of three files, where the parent's may fail. */
typedef struct files {
  const char *paths[3], *texts[3];
  size_t lengths[3];
  int parent_error;
  uint64_t parent_size;
} files;

static int open_it(void *context, const char *path, unsigned flags, edi_file *file) {
  const files *f = context;
  if (flags != EDI_OPEN_READ) return EROFS;
  for (int i = 0; i < 3; i++) {
    if (strcmp(path, f->paths[i]) != 0) continue;
    file->fd = i;
    return i == 2 ? f->parent_error : 0;
  }
  return ENOENT;
}
static int close_it(void *context, edi_file file) {
  (void)context, (void)file;
  return 0;
}
static int size_it(void *context, edi_file file, uint64_t *size) {
  const files *f = context;
  *size = file.fd == 2 && f->parent_size ? f->parent_size : f->lengths[file.fd];
  return 0;
}
static int read_it(void *context, edi_file file, uint64_t offset, void *bytes, size_t length,
                   size_t *got) {
  const files *f = context;
  size_t there = f->lengths[file.fd];
  *got = offset >= there ? 0 : there - (size_t)offset < length ? there - (size_t)offset : length;
  if (*got) memcpy(bytes, f->texts[file.fd] + offset, *got);
  return 0;
}
static int list_it(void *context, const char *path, void (*each)(void *user, const char *name),
                   void *user) {
  (void)context, (void)path;
  each(user, "a.edict");
  return 0;
}

static edict_status open_domain(place *p, files *f) {
  const edi_system system = {.context = f,
                             .open = open_it,
                             .close = close_it,
                             .size = size_it,
                             .read = read_it,
                             .list_dir = list_it};
  return edi_build_open(&system, &p->arena, "edict.yaml", (edi_str){0}, &p->build, p->diagnostics);
}

TEST(a_parent_that_cannot_be_read)
{
  static const struct {
    int error;
    uint64_t size;
    edict_status status;
    const char *golden;
  } table[] = {
      {0, 0, EDICT_OK, NULL},
      {ENOENT, 0, EDICT_FINDINGS, "parent-missing"},
      {EACCES, 0, EDICT_FINDINGS, "parent-unreadable"},
      {0, (uint64_t)EDI_LIMIT_BUNDLE_FILE + 1, EDICT_FINDINGS, "parent-too-large"},
      {ENOMEM, 0, EDICT_MEMORY, NULL},
  };
  static const char yaml[] = DOMAIN_RULES, rules[] = "module sales.a\n";
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    place p;
    edi_str parent = federal_bundle();
    files f = {.paths = {"edict.yaml", "a.edict", "federal.edb"},
               .texts = {yaml, rules, parent.ptr},
               .lengths = {sizeof yaml - 1, sizeof rules - 1, parent.len},
               .parent_error = table[i].error,
               .parent_size = table[i].size};
    begin(&p, NULL);
    CHECK_INT(open_domain(&p, &f), table[i].status);
    if (table[i].golden) compare_golden(&p, table[i].golden);
    end(&p);
  }
}

/* ---- what is built ---- */

static void build_domain(place *p, edi_buf *out) {
  static const text_file domain[] = {
      {"edict.yaml", DOMAIN_BOTH},
      {"a.edict", "module sales.a\nrule less\n  forbid read\n  on dataset holding pii\n"},
      {"b.odcs.yaml", CONTRACT("sales", "orders")}};
  begin(p, NULL);
  edi_buf_init(out, NULL, 1 << 24);
  if (check(p, domain, 3, federal_bundle()) != EDICT_OK ||
      edi_build_bundle(&p->build, out, p->diagnostics) != EDICT_OK)
    abort();
}

TEST(a_bundle_carries_its_sources_and_says_where_it_belongs)
{
  place p;
  edi_buf bytes;
  edi_bundle b;
  build_domain(&p, &bytes);
  REQUIRE(edi_bundle_open(&p.arena, bytes.ptr, bytes.len, &b, p.diagnostics) == EDICT_OK);
  CHECK_INT(b.manifest.layer, EDI_BUNDLE_DOMAIN);
  CHECK_TEXT(b.manifest.layer_of.ptr, b.manifest.layer_of.len, "sales");
  CHECK_TEXT(b.manifest.parent.ptr, b.manifest.parent.len, "eu.example");
  CHECK_INT(b.manifest.parent_least, 7);
  CHECK_INT(b.manifest.version, 2);
  CHECK_INT(b.manifest.file_count, 4);
  CHECK_INT(b.signatures.len, 0);
  edi_str rules = edi_bundle_find(&b, "rules/a.edict"),
          contract = edi_bundle_find(&b, "contracts/b.odcs.yaml");
  CHECK(edi_str_starts(rules, EDI_STR("module sales.a\n")));
  CHECK(edi_str_contains(contract, EDI_STR("dataProduct: orders")));
  CHECK(edi_bundle_find(&b, "edict.yaml").ptr && edi_bundle_find(&b, "program").ptr);
  edi_buf_fini(&bytes);
  end(&p);
}

TEST(the_same_sources_give_the_same_bytes)
{
  place p, q;
  edi_buf a, b;
  build_domain(&p, &a);
  build_domain(&q, &b);
  CHECK(a.len == b.len && memcmp(a.ptr, b.ptr, a.len) == 0);
  edi_buf_fini(&a);
  edi_buf_fini(&b);
  end(&p);
  end(&q);
}

/* However early memory ends: the status says so, nothing is taken for a finding, nothing is lost. */
TEST(memory_ends_anywhere)
{
  static const text_file domain[] = {
      {"edict.yaml", DOMAIN_BOTH},
      {"a.edict", "module sales.a\nrule less\n  forbid read\n  on dataset holding pii\n"},
      {"b.odcs.yaml", CONTRACT("sales", "orders")}};
  edi_str parent = federal_bundle();
  bool passed = false;
  for (size_t n = 1; !passed && n < 200; n++) {
    short_memory memory;
    edi_allocator allocator = short_memory_init(&memory, n);
    place p;
    begin(&p, &allocator);
    edi_buf out;
    edi_buf_init(&out, &allocator, 1 << 24);
    edict_status status = check(&p, domain, 3, parent);
    if (status == EDICT_OK) status = edi_build_bundle(&p.build, &out, p.diagnostics);
    if (status == EDICT_OK) status = out.failed;
    passed = !memory.failed;
    if (memory.failed) CHECK_INT(status, EDICT_MEMORY);
    else CHECK_INT(status, EDICT_OK);
    edi_buf_fini(&out);
    end(&p);
    CHECK_INT(memory.live, 0);
    CHECK_INT(memory.wrong, 0);
  }
  CHECK(passed);
}

HARNESS_MAIN
