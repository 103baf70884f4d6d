/* Comparison: what two sides say otherwise, thing by thing; which of it is searched for; what cannot be compared. */
#include "harness.h"

#include "edict/compare.h"
#include "policy/build.h"
#include "support/mesh.h"

static const char yaml[] =
    "edict: 1\nname: eu.example\nlayer: federal\nversion: 7\ncreated: 2026-01-01T00:00:00Z\nexpires: 2030-01-01T00:00:00Z\nrules: [ \"*.edict\" ]\n";

typedef struct sides { mesh m[2]; edict_comparison *c; edict_diagnostics *d; } sides;

static void begin(sides *s) {
  for (int i = 0; i < 2; i++) mesh_init(&s->m[i]);
  s->c = NULL;
  s->d = edict_diagnostics_create();
}

static void end(sides *s) {
  edict_comparison_destroy(&s->c);
  edict_diagnostics_destroy(&s->d);
  for (int i = 0; i < 2; i++) mesh_fini(&s->m[i]);
}

static edict_status compare(sides *s) {
  edict_bytes bytes[2][MESH_BUNDLES];
  for (int i = 0; i < 2; i++)
    for (size_t k = 0; k < s->m[i].bundle_count; k++) bytes[i][k] = (edict_bytes){s->m[i].bundles[k].ptr, s->m[i].bundles[k].len};
  const edict_comparison_options options = {.size = sizeof options, .bundles = {bytes[0], bytes[1]}, .counts = {s->m[0].bundle_count, s->m[1].bundle_count}};
  return edict_comparison_create(&options, &s->c, s->d);
}

static void federal(mesh *m, const char *vocabulary, const char *rules) {
  char text[4096];
  snprintf(text, sizeof text, "module federal.rules\n%s", rules);
  const mesh_file files[] = {{"edict.yaml", yaml}, {"v.edict", vocabulary}, {"r.edict", text}};
  mesh_add(m, files, 3);
}

/* "changed rule federal.rules.a when" */
static bool has_change(const edict_comparison *c, const char *kind, const char *noun, const char *name, const char *part) {
  static const char *const kinds[] = {"", "added", "removed", "changed", "to-shadow", "from-shadow"};
  const edict_change *change;
  for (size_t i = 0; (change = edict_comparison_change(c, i)); i++) {
    if (strcmp(kinds[change->kind], kind) != 0 || strcmp(change->noun, noun) != 0 || strcmp(change->name, name) != 0) continue;
    for (size_t k = 0; k < change->part_count; k++)
      if (!part || strcmp(change->parts[k].name, part) == 0) return true;
    return part == NULL;
  }
  return false;
}

#define A "rule a\n  permit read\n  on dataset classified <= internal\n"
#define MASK "rule a\n  mask column tagged pii\n    with "

static const struct { const char *old, *new_, *kind, *name, *part; bool searched; } rules[] = {
    {A, A "  when subject.vip\n", "changed", "a", "when", true},
    {A, A "  unless subject.vip\n", "changed", "a", "unless", true},
    {A "  when subject.vip\n", A "  unless subject.vip\n", "changed", "a", "when", true},
    {A, A "  until 2027-12-31\n", "changed", "a", "until", true},
    {A, A "  from 2027-12-31\n", "changed", "a", "from", true},
    {A, A "  because \"b\"\n", "changed", "a", "because", false},
    {A "  because \"a\"\n", A "  because \"b\"\n", "changed", "a", "because", false},
    {A, A "  note \"b\"\n", "changed", "a", "note", false},
    {A, "rule a\n  permit read\n  on dataset classified <= confidential\n", "changed", "a", "on", true},
    {A, "rule a\n  permit export\n  on dataset classified <= internal\n", "changed", "a", "effect", true},
    {A, "rule a\n  forbid read\n  on dataset classified <= internal\n", "changed", "a", "effect", true},
    {A, "", "removed", "a", "effect", true},
    {"", A, "added", "a", "on", true},
    {A, "shadow " A, "to-shadow", "a", NULL, true},
    {"shadow " A, A, "from-shadow", "a", NULL, true},
    {"", "shadow " A, "added", "a", "effect", false},
    {"shadow " A, "shadow rule a\n  permit read\n  on dataset classified <= restricted\n", "changed", "a", "on", false},
    {MASK "null\n", MASK "keep\n", "changed", "a", "mask", true},
    {MASK "show-last(4)\n", MASK "show-last(4, rest: \"x\")\n", "changed", "a", "mask", true},
    {MASK "pseudonym(federal.vocabulary.wide)\n", MASK "pseudonym(federal.vocabulary.areal)\n", "changed", "a", "mask", true},
    {"rule a\n  retain at most 24 months after row[time.collected]\n", "rule a\n  retain at most 24 months after row[time.collected] then erase\n", "changed", "a", "effect", true},
    {"rule a\n  show only rows\n  where row[geo.country] is eu\n", "rule a\n  show only rows\n  where row[geo.country] is de\n", "changed", "a", "where", true},
    {"rule a\n  show only groups of at least 3 row[person.id]\n", "rule a\n  show only groups of at least 4 row[person.id]\n", "changed", "a", "effect", true},
    {"rule a\n  require product.owner is set\n", "rule a\n  require product.owner is set or dataset classified <= public\n", "changed", "a", "effect", true},
    {"rule a\n  forbid read\n  when length(subject.name) < 9223372036854775807\n", "rule a\n  forbid read\n  when length(subject.name) < -9223372036854775807\n", "changed", "a", "when", true},
    {"let most = 3\nrule a\n  forbid read\n  when context.size > most\n", "let most = 4\nrule a\n  forbid read\n  when context.size > most\n", "changed", "a", "when", true},
    {"obligation o(n: int)\n" A "  oblige o(1)\n", "obligation o(n: int)\n" A "  oblige o(2)\n", "changed", "a", "oblige", true},
    {"rule c\n  forbid read\nrule d\n  forbid read\nrule a\n  exempt c\n  on dataset named \"*\"\n  until 2027-12-31\n", "rule c\n  forbid read\nrule d\n  forbid read\nrule a\n  exempt d\n  on dataset named \"*\"\n  until 2027-12-31\n", "changed", "a", "effect", true},
    {"rule a\n  delegate permit read to domain sales\n  on dataset classified <= public\n  until 2027-12-31\n",
     "rule a\n  delegate permit read to domain finance\n  on dataset classified <= public\n  until 2027-12-31\n", "changed", "a", "effect", true},
};

TEST(each_part_of_a_rule) {
  for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
    sides s;
    char name[64];
    begin(&s);
    federal(&s.m[0], mesh_vocabulary, rules[i].old);
    federal(&s.m[1], mesh_vocabulary, rules[i].new_);
    CHECK(compare(&s) == EDICT_OK);
    snprintf(name, sizeof name, "federal.rules.%s", rules[i].name);
    bool found = s.c && has_change(s.c, rules[i].kind, "rule", name, rules[i].part), searched = false;
    const edict_change *change;
    for (size_t k = 0; s.c && (change = edict_comparison_change(s.c, k)); k++) searched = searched || (change->decides && strcmp(change->noun, "rule") == 0);
    if (!found || searched != rules[i].searched) printf("# %zu: %s -> %s\n", i, rules[i].old, rules[i].new_);
    CHECK(found);
    CHECK(searched == rules[i].searched);
    end(&s);
  }
}

/* Two edits of the vocabulary's text, and the change that they are. */
static const struct { const char *from, *to, *kind, *noun, *name, *part; bool beyond; } words[] = {
    {"staff { support analyst dpo } partner", "staff { support analyst { dpo } } partner", "changed", "role", "dpo", "below", false},
    {"commercial { marketing }", "commercial { marketing ads }", "added", "purpose", "ads", "below", false},
    {"pii.phone: string }", "pii.phone: string pii.fax: string }", "added", "tag", "pii.fax", "type", false},
    {"confidential < restricted", "confidential < secret < restricted", "changed", "levels", "classification", "order", false},
    {"vip?: bool", "vip?: bool = true", "changed", "attribute", "subject.vip", "absent means", false},
    {"age?: int", "age: int", "changed", "attribute", "subject.age", "may be absent", false},
    {"score?: decimal ", "", "removed", "attribute", "subject.score", "type", false},
    {"\"team.name\"", "\"team.id\"", "changed", "attribute", "product.owner", "from", false},
    {"id<person>) complete", "id<person>)", "changed", "table", "federal.vocabulary.holds", "complete", false},
    {"note: string)", "note: string, by: string)", "changed", "table", "federal.vocabulary.consent", "gives", false},
    {"key wide joinable within federation", "key wide joinable within product", "changed", "key", "federal.vocabulary.wide", "joinable within", false},
    {"key wide", "key wide \"Wide\"", "changed", "key", "federal.vocabulary.wide", "title", false},
    {"issuer host\n", "issuer host\nissuer corp \"https://c.example\"\n  audience \"a\"\n  keys from host\n  algorithms ES256\n  subject.name from \"name\"\n", "added", "issuer", "corp", "url", true},
    {"flag, grade.of", "grade.of", "removed", "fact that domains may state", "flag", NULL, false},
    {"pii, person.id", "pii.name, pii.email, pii.phone, pii, person.id", "added", "fact that domains may state", "pii.name", NULL, true},
    {"key narrow", "obligation ring()\nkey narrow", "added", "obligation", "federal.vocabulary.ring", NULL, false},
    {"key narrow", "resource model { size?: int }\nkey narrow", "added", "resource", "model", NULL, false},
    {"key narrow", "let x = 3\nkey narrow", "added", "definition", "federal.vocabulary.x", "is", false},
    {"key narrow", "untagged columns are plain\nkey narrow", "added", "setting", "untagged columns", "are", false},
};

static void replaced(const char *text, const char *from, const char *to, char *out, size_t size) {
  const char *at = strstr(text, from);
  if (!at) abort();
  snprintf(out, size, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

TEST(each_declaration) {
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    static char text[16384];
    sides s;
    begin(&s);
    replaced(mesh_vocabulary, words[i].from, words[i].to, text, sizeof text);
    federal(&s.m[0], mesh_vocabulary, A);
    federal(&s.m[1], text, A);
    CHECK(compare(&s) == EDICT_OK);
    bool found = s.c && has_change(s.c, words[i].kind, words[i].noun, words[i].name, words[i].part), beyond = false;
    const edict_change *change;
    for (size_t k = 0; s.c && (change = edict_comparison_change(s.c, k)); k++) beyond = beyond || change->beyond;
    if (!found || beyond != words[i].beyond) printf("# %zu: %s -> %s\n", i, words[i].from, words[i].to);
    CHECK(found);
    CHECK(beyond == words[i].beyond);
    end(&s);
  }
}

#define ISSUER(lines) "issuer host\nissuer corp \"https://c.example\"\n  audience \"a\"\n  keys from host\n  algorithms ES256\n" lines
#define MATCHES(pattern) "rule a\n  permit read\n  on dataset classified <= internal\n  when subject.name matches " pattern "\n"
#define FORBIDS(pattern) "rule f\n  forbid read\n  when subject.name matches " pattern "\n"

/* Which claim it is, what its texts mean and which texts a pattern matches, unless it is shown that they are
 * fewer where that closes: of a request these are not asked for certain. */
static const struct { const char *old, *new_, *old_rule, *new_rule; bool beyond; } sources[] = {
    {ISSUER("  subject.name from \"a\"\n"), ISSUER("  subject.name from \"b\"\n"), A, A, true},
    {ISSUER("  subject.name from \"a\"\n"), ISSUER("  subject.name from \"'a'\"\n"), A, A, true},
    {ISSUER("  subject.roles from \"a\"\n"), ISSUER("  subject.roles from \"a\" \"all\" as dpo\n"), A, A, true},
    {ISSUER("  subject.roles from \"a\" \"all\" as dpo\n"), ISSUER("  subject.roles from \"a\" \"all\" as support\n"), A, A, true},
    {ISSUER("  subject.roles from \"a\"\n"), ISSUER("  subject.roles from \"a\" within staff\n"), A, A, false},
    {ISSUER("  subject.roles from \"a\"\n"), ISSUER("  subject.roles from \"a\" ignore others\n"), A, A, false},
    {ISSUER(""), ISSUER("  subject.name from \"name\"\n"), A, A, false},
    {ISSUER(""), ISSUER("  subject.name from \"act.sub\"\n"), A, A, true},
    {ISSUER("  subject.name from \"act.sub\"\n"), ISSUER(""), A, A, false},
    {ISSUER(""), ISSUER(""), MATCHES("/a+/"), MATCHES("/[ab]+/"), true},
    {ISSUER(""), ISSUER(""), MATCHES("/a+/"), MATCHES("/a+/ and subject.vip"), false},
    {ISSUER(""), ISSUER(""), MATCHES("/[ab]+/"), MATCHES("/a+/"), false},
    {ISSUER(""), ISSUER(""), MATCHES("/[0-9]+/"), MATCHES("/\\d+/"), false},
    {ISSUER(""), ISSUER(""), MATCHES("/a+/"), MATCHES("/[b]+/"), true},
    {ISSUER(""), ISSUER(""), MATCHES("/.*a+/"), MATCHES("/a+/"), true},      /* a long text may have been unknown */
    {ISSUER(""), ISSUER(""), MATCHES("/(?i)a+/"), MATCHES("/a+/"), true},    /* not understood */
    {ISSUER(""), ISSUER(""), MATCHES("/a+/ or subject.name matches /b+/"), MATCHES("/a/ or subject.name matches /b/"), false},
    {ISSUER(""), ISSUER(""), MATCHES("/a+/ or subject.name matches /b+/"), MATCHES("/a/ or subject.name matches /bb*c?/"), true},
    {ISSUER(""), ISSUER(""), MATCHES("/x/ and not subject.name matches /a/"), MATCHES("/x/ and not subject.name matches /a+/"), false},
    {ISSUER(""), ISSUER(""), MATCHES("/x/ and not subject.name matches /a+/"), MATCHES("/x/ and not subject.name matches /a/"), true},
    {ISSUER(""), ISSUER(""), MATCHES("/[ab]+/"), "rule a\n  permit read\n  on dataset classified <= internal\n  when lower(subject.name) matches /a+/\n", true},
    {ISSUER(""), ISSUER(""), MATCHES("/x/") "  unless subject.name matches /a/\n", MATCHES("/x/") "  unless subject.name matches /a+/\n", false},
    {ISSUER(""), ISSUER(""), MATCHES("/x/") "  unless subject.name matches /a+/\n", MATCHES("/x/") "  unless subject.name matches /a/\n", true},
    {ISSUER(""), ISSUER(""), MATCHES("/a+/") "  oblige ring()\nobligation ring()\n", MATCHES("/a/") "  oblige ring()\nobligation ring()\n", true},
    {ISSUER(""), ISSUER(""), MATCHES("/a+/") "  oblige ring()\nobligation ring()\n", MATCHES("/aa*/") "  oblige ring()\nobligation ring()\n", false},
    /* the same texts, but one that is unknown now obliges to nothing any more */
    {ISSUER(""), ISSUER(""), MATCHES("/a+/") "  oblige ring()\nobligation ring()\n", MATCHES("/(?:a+)+/") "  oblige ring()\nobligation ring()\n", true},
    {ISSUER(""), ISSUER(""), MATCHES("/[ab]+/ and subject.vip"), MATCHES("/a+/ and subject.vip"), false},
    {ISSUER(""), ISSUER(""), MATCHES("/[ab]+/ and subject.vip"), MATCHES("/a+/ and not subject.vip"), true}, /* more than patterns differs */
    {ISSUER(""), ISSUER(""), MATCHES("/(?:a|){30}/"), MATCHES("/a{0,30}/"), true}, /* 30 times nothing are more states than there is room for */
    {ISSUER(""), ISSUER(""), A FORBIDS("/a/"), A FORBIDS("/a+/"), false},
    {ISSUER(""), ISSUER(""), A FORBIDS("/a+/"), A FORBIDS("/a/"), true},
    {ISSUER(""), ISSUER(""), A "rule f\n  show only rows\n  where row[pii.email] matches /a+/\n",
     A "rule f\n  show only rows\n  where row[pii.email] matches /a/\n", false},
    {ISSUER(""), ISSUER(""), A "rule f\n  retain at most 1 year after row[time.collected]\n  when product.name matches /a/\n",
     A "rule f\n  retain at most 1 year after row[time.collected]\n  when product.name matches /a+/\n", true},
    {ISSUER(""), ISSUER(""), A, MATCHES("/a+/"), false},
    {ISSUER(""), ISSUER(""), MATCHES("/a+/"), A, false},
};

TEST(what_no_request_shows) {
  for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
    static char text[2][16384];
    sides s;
    bool beyond = false;
    const edict_change *change;
    begin(&s);
    replaced(mesh_vocabulary, "issuer host\n", sources[i].old, text[0], sizeof text[0]);
    replaced(mesh_vocabulary, "issuer host\n", sources[i].new_, text[1], sizeof text[1]);
    federal(&s.m[0], text[0], sources[i].old_rule);
    federal(&s.m[1], text[1], sources[i].new_rule);
    CHECK(compare(&s) == EDICT_OK);
    for (size_t k = 0; s.c && (change = edict_comparison_change(s.c, k)); k++) beyond = beyond || change->beyond;
    if (beyond != sources[i].beyond) HARNESS_FAIL("%zu: %s%s", i, sources[i].new_, sources[i].new_rule);
    end(&s);
  }
}

TEST(the_same_is_the_same) {
  sides s;
  begin(&s);
  federal(&s.m[0], mesh_vocabulary, A "rule b\n  forbid read\n");
  federal(&s.m[1], mesh_vocabulary, "rule b\n  forbid read\n" A);
  mesh_domain(&s.m[0], "sales", "", MESH_CONTRACT("  - name: orders\n    properties:\n      - { name: c, logicalType: string }\n"));
  mesh_domain(&s.m[1], "sales", "", MESH_CONTRACT("  - name: orders\n    properties:\n      - { name: c, logicalType: string }\n"));
  CHECK(compare(&s) == EDICT_OK);
  CHECK(edict_comparison_change_count(s.c) == 0);
  CHECK(!edict_comparison_doubts(s.c, EDICT_SIDE_OLD) && !edict_comparison_doubts(s.c, EDICT_SIDE_NEW));
  end(&s);
}

TEST(contracts_are_compared) {
  sides s;
  begin(&s);
  for (int i = 0; i < 2; i++) federal(&s.m[i], mesh_vocabulary, A);
  mesh_domain(&s.m[0], "sales", "", MESH_CONTRACT("  - name: orders\n    properties:\n      - { name: c, logicalType: string, tags: [ pii.email ] }\n"));
  mesh_domain(&s.m[1], "sales", "", MESH_CONTRACT("  - name: orders\n    properties:\n      - { name: c, logicalType: string }\n"));
  CHECK(compare(&s) == EDICT_OK);
  CHECK(s.c && has_change(s.c, "changed", "product", "sales.orders", "orders.c: tags"));
  end(&s);
}

/* ---- what cannot be compared ---- */

/* The same bundle with its files as `keeps` leaves them: NULL: a file goes. */
static void rewrite(mesh *m, size_t number, const char *drops, const char *from, const char *to) {
  edi_arena arena;
  edi_bundle b;
  edi_buf out;
  edi_bundle_file files[16];
  size_t count = 0;
  edi_arena_init(&arena, NULL, (size_t)1 << 28);
  edi_buf_init(&out, NULL, (size_t)1 << 28);
  if (edi_bundle_open(&arena, m->bundles[number].ptr, m->bundles[number].len, &b, m->diagnostics) != EDICT_OK) abort();
  for (size_t i = 0; i < b.manifest.file_count; i++) {
    static char text[8192];
    if (drops && edi_str_starts(b.files[i].name, edi_str_from(drops))) continue;
    files[count] = b.files[i];
    if (from && edi_str_equal(b.files[i].name, EDI_STR("rules/r.edict"))) {
      char before[8192];
      snprintf(before, sizeof before, "%.*s", (int)b.files[i].bytes.len, b.files[i].bytes.ptr);
      replaced(before, from, to, text, sizeof text);
      files[count].bytes = edi_str_from(text);
    }
    count++;
  }
  if (edi_bundle_write(&arena, &b.manifest, files, count, &out, m->diagnostics) != EDICT_OK) abort();
  edi_buf_fini(&m->bundles[number]);
  m->bundles[number] = out;
  edi_arena_fini(&arena);
}

static bool says(const sides *s, const char *code) {
  char *text = NULL;
  size_t length;
  bool found = edict_diagnostics_render(s->d, EDICT_RENDERING_TEXT, &text, &length) == EDICT_OK && strstr(text, code);
  if (!found) printf("# %s\n", text ? text : "");
  edict_text_free(&text);
  return found;
}

static const struct { const char *drops, *from, *to, *code; edict_status status; bool doubts; } bad[] = {
    {"edict.yaml", NULL, NULL, "E0872", EDICT_FINDINGS, false},
    {NULL, "internal", "intern", "E0872", EDICT_FINDINGS, false},
    {"rules/r", NULL, NULL, NULL, EDICT_OK, true},
    {NULL, "internal", "public", NULL, EDICT_OK, true}, /* sources that say less than the program does */
};

TEST(sources_that_are_not_there_or_do_not_fit) {
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    sides s;
    begin(&s);
    for (int k = 0; k < 2; k++) federal(&s.m[k], mesh_vocabulary, A);
    rewrite(&s.m[1], 0, bad[i].drops, bad[i].from, bad[i].to);
    edict_status status = compare(&s);
    if (status != bad[i].status) printf("# %zu: %d\n", i, (int)status);
    CHECK(status == bad[i].status);
    CHECK(!bad[i].code || says(&s, bad[i].code));
    CHECK(!s.c || (edict_comparison_doubts(s.c, EDICT_SIDE_NEW) != 0) == bad[i].doubts);
    end(&s);
  }
}

TEST(sides_that_are_none) {
  sides s;
  begin(&s);
  federal(&s.m[0], mesh_vocabulary, A);
  CHECK(compare(&s) == EDICT_FINDINGS && says(&s, "E0870")); /* the new side has nothing */
  end(&s);
  begin(&s);
  for (int k = 0; k < 2; k++) federal(&s.m[k], mesh_vocabulary, A);
  s.m[1].bundles[0].ptr[s.m[1].bundles[0].len - 40] ^= 1;
  CHECK(compare(&s) == EDICT_FORMAT && s.c == NULL);
  end(&s);
  begin(&s);
  federal(&s.m[0], mesh_vocabulary, A);
  static char us[512];
  replaced(yaml, "eu.example", "us.example", us, sizeof us);
  const mesh_file files[] = {{"edict.yaml", us}, {"v.edict", mesh_vocabulary}};
  mesh_add(&s.m[1], files, 2);
  CHECK(compare(&s) == EDICT_FINDINGS && says(&s, "E0871"));
  end(&s);
  edict_comparison *c = (edict_comparison *)&s;
  const edict_comparison_options options = {.size = 1};
  edict_diagnostics *d = edict_diagnostics_create();
  CHECK(edict_comparison_create(&options, &c, d) == EDICT_ARGUMENT && c == NULL);
  CHECK(edict_comparison_create(NULL, &c, d) == EDICT_ARGUMENT);
  edict_diagnostics_destroy(&d);
}

HARNESS_MAIN
