/* Tables: look-ups in three values, by exact key and at or above a node, fresh and stale, at the limits. */
#include "harness.h"

#include "bundle/limits.h"
#include "support/mesh.h"

#define DEEP 33 /* nodes below one another: 32 times 32 look-ups are 1,024 */

static const char vocabulary[] =
    "module federal.vocabulary\n"
    "taxonomy action { export }\n"
    "taxonomy purpose { service { support billing } commercial { marketing } }\n"
    "taxonomy role { staff }\n"
    "taxonomy region { eu { de fr } us }\n"
    "taxonomy domain { sales }\n"
    "taxonomy tag { plain }\n"
    "levels classification { public < internal < confidential }\n"
    "attributes subject { person?: id<person> other?: id<person> home?: region name?: string member?: date\n"
    "  clearance?: classification vip?: bool age?: int score?: decimal address?: ip a?: deep b?: deep }\n"
    "attributes context { area?: region since?: timestamp }\n"
    "issuer host\n"
    "table holds (person: id<person>) complete\n"
    "table some (person: id<person>)\n"
    "table consent (person: id<person>, purpose: purpose) gives (given: timestamp, note: string,\n"
    "  level: classification, area: region, share: decimal, times: int, own: bool, day: date, by: id<person>,\n"
    "  source: ip) complete\n"
    "table levels-of (level: classification) complete\n"
    "table kinds (name: string, day: date, flag: bool, count: int, share: decimal, address: ip) complete\n"
    "table names (name: string) complete\n"
    "table pairs (a: deep, b: deep) complete\n"
    "table empty (person: id<person>) complete\n"
    "table spans (span: duration) complete\n"
    "table exact (span: duration, flag: bool) complete\n";

static const char yaml[] =
    "edict: 1\nname: eu.example\nlayer: federal\nversion: 7\ncreated: 2026-01-01T00:00:00Z\n"
    "expires: 2030-01-01T00:00:00Z\nrules: [ \"*.edict\" ]\ntables:\n"
#define TABLE(name, file)                                                              \
  "  federal.vocabulary." name ": { file: " file ", version: 1, created: 2026-06-01T00:00:00Z, " \
  "expires: 2027-01-01T00:00:00Z }\n"
    TABLE("holds", "holds.csv") TABLE("some", "holds.csv") TABLE("consent", "consent.csv")
    TABLE("levels-of", "levels.csv") TABLE("kinds", "kinds.csv") TABLE("names", "names.csv");
/* `pairs` and `empty` have data in a mesh of their own: one holds eight bundles at most. */

static const mesh_file csv[] = {
    {"holds.csv", "person\np-1\n"},
    {"consent.csv", "person,purpose,given,note,level,area,share,times,own,day,by,source\n"
                    "p-1,service,2026-11-01T00:00:00Z,wide,internal,eu,0.5,3,true,2026-01-01,p-9,10.0.0.1\n"
                    "p-2,service,2026-11-01T00:00:00Z,same,,,,,,,,\n"
                    "p-2,support,2026-11-01T00:00:00Z,other,,,,,,,,\n"
                    "p-3,support,,,,,,,,,,\n"},
    {"levels.csv", "level\ninternal\n"},
    {"kinds.csv", "name,day,flag,count,share,address\nAnn,2020-01-31,true,7,2.50,10.1.2.3\n"},
    {"names.csv", "name\nAnn\n"},
};

static const char contract[] = MESH_CONTRACT(
    "  - name: orders\n    logicalType: object\n    physicalName: orders\n    properties:\n"
    "      - { name: id, logicalType: integer, tags: [ plain ] }\n");

#define SUBJECT                                                                             \
  "roles staff; purposes support service commercial; person p-1; other p-7; home de; "     \
  "name Ann; member 2020-01-31; clearance internal; vip true; age 7; score 2.50; address 10.1.2.3"

typedef struct line { char expected; const char *expression; } line;

/* With purpose `support`. */
static const line lines[] = {
    {'y', "subject.person in holds"}, {'n', "subject.other in holds"}, {'n', "subject.person not in holds"},
    {'y', "subject.person in some"}, {'?', "subject.other in some"}, {'?', "subject.other not in some"},
    {'y', "(subject.person, purpose) in consent"}, {'n', "(subject.other, purpose) in consent"},
    {'y', "subject.clearance in levels-of"}, {'y', "subject.name in names"},
    {'y', "(subject.name, subject.member, subject.vip, subject.age, subject.score, subject.address) in kinds"},
    {'n', "(subject.name, subject.member, subject.vip, subject.age + 1, subject.score, subject.address) in kinds"},
    {'y', "consent(subject.person, purpose).note == \"wide\""}, {'y', "consent(subject.person, purpose).given < now"},
    {'y', "consent(subject.person, purpose).level == internal"}, {'y', "consent(subject.person, purpose).area is eu"},
    {'y', "consent(subject.person, purpose).share == 0.5"}, {'y', "consent(subject.person, purpose).times == 3"},
    {'y', "consent(subject.person, purpose).own"}, {'y', "consent(subject.person, purpose).day == 2026-01-01"},
    {'y', "consent(subject.person, purpose).by != subject.person"}, {'y', "consent(subject.person, purpose).source in cidr(\"10.0.0.0/8\")"},
    {'?', "consent(subject.other, purpose).note == \"wide\""}, {'n', "consent(subject.other, purpose).note is set"},
};

static void add_rules(edi_buf *rules, const line *table, size_t count) {
  edi_buf_text(rules, "module federal.rules\n");
  for (size_t i = 0; i < count; i++)
    edi_buf_format(rules, "rule q%zu\n forbid read\n when %s\n because \"x\"\n", i, table[i].expression);
  edi_buf_char(rules, '\0');
}

/* Vocabulary, edict.yaml, the rules of a table of conditions, and the files of data. */
static void begin(mesh *m, const char *words, const char *project, const line *table, size_t count,
                  const mesh_file *data, size_t data_count) {
  static char text[65536];
  edi_buf rules = edi_buf_fixed(text, sizeof text);
  mesh_file files[16] = {{"edict.yaml", project}, {"vocabulary.edict", words}, {"rules.edict", text}};
  add_rules(&rules, table, count);
  for (size_t i = 0; i < data_count; i++) files[3 + i] = data[i];
  mesh_init(m);
  mesh_add(m, files, 3 + data_count);
  mesh_domain(m, "sales", "", contract);
  mesh_open(m);
}

static char answer(const mesh *m, size_t rule) {
  char name[32];
  snprintf(name, sizeof name, "q%zu", rule);
  const edi_reason *reason = mesh_reason(m, name);
  return !reason ? 'n' : reason->holds == EDI_YES ? 'y' : '?';
}

static void check_lines(mesh *m, const line *table, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (answer(m, i) != table[i].expected) HARNESS_FAIL("`%s` is %c", table[i].expression, answer(m, i));
}
#define COUNT(t) (sizeof(t) / sizeof *(t))

static char words_of_deep[8192];

/* The vocabulary with a taxonomy of DEEP nodes below one another: n0 { n1 { ... } }. */
static const char *with_deep(void) {
  edi_buf buf = edi_buf_fixed(words_of_deep, sizeof words_of_deep);
  edi_buf_text(&buf, vocabulary);
  edi_buf_text(&buf, "taxonomy deep ");
  for (unsigned i = 0; i < DEEP; i++) edi_buf_format(&buf, "{ n%u ", i);
  for (unsigned i = 0; i < DEEP; i++) edi_buf_char(&buf, '}');
  edi_buf_text(&buf, "\n");
  edi_buf_char(&buf, '\0');
  return words_of_deep;
}

TEST(by_exact_key_and_by_value) {
  mesh m;
  begin(&m, with_deep(), yaml, lines, COUNT(lines), csv, COUNT(csv));
  mesh_subject(&m, SUBJECT);
  REQUIRE(mesh_ask(&m, "read", "orders", "", "purpose support", "2026-11-20T10:00:00Z") == EDICT_OK);
  check_lines(&m, lines, COUNT(lines));
  mesh_fini(&m);
}

/* Rows at, above, below and beside the node asked for. */
TEST(node_keys_at_or_above) {
  static const line table[] = {{'?', "(subject.person, purpose) in consent"}, {'?', "consent(subject.person, purpose).note == \"wide\""},
                               {'?', "consent(subject.person, purpose).note == \"other\""}, {'?', "consent(subject.person, purpose).given < now"}};
  static const struct { const char *person, *purpose, *expected; } asked[] = {
      {"p-1", "service", "yyny"}, {"p-1", "support", "yyny"}, {"p-1", "billing", "yyny"}, {"p-1", "commercial", "????"},
      {"p-1", "marketing", "n???"}, {"p-2", "billing", "ynny"},
      {"p-2", "support", "y??y"}, /* two rows apply, and their notes do not agree */
      {"p-3", "support", "y???"}, /* its cells are absent */
      {"p-3", "billing", "n???"}, {"p-3", "service", "????"}, /* a row below may be meant */
      {"p-4", "support", "n???"},
  };
  mesh m;
  begin(&m, with_deep(), yaml, table, COUNT(table), csv, COUNT(csv));
  for (size_t i = 0; i < COUNT(asked); i++) {
    char subject[128], context[64], got[8] = "";
    snprintf(subject, sizeof subject, "purposes service commercial; person %s", asked[i].person);
    snprintf(context, sizeof context, "purpose %s", asked[i].purpose);
    mesh_subject(&m, subject);
    REQUIRE(mesh_ask(&m, "read", "orders", "", context, "2026-11-20T10:00:00Z") == EDICT_OK);
    for (size_t q = 0; q < COUNT(table); q++) got[q] = answer(&m, q);
    if (strcmp(got, asked[i].expected) != 0) HARNESS_FAIL("%s, %s: %s", asked[i].person, asked[i].purpose, got);
  }
  mesh_fini(&m);
}

/* Outside of its own time a table says nothing, and the decision ends with it. */
TEST(stale_and_not_yet_valid) {
  static const line table[] = {{'?', "subject.person in holds"}, {'?', "subject.other in holds"}};
  static const struct { const char *now, *expected, *until; } moments[] = {
      {"2026-05-31T23:59:59Z", "??", "2026-06-01T00:00:00Z"}, {"2026-06-01T00:00:00Z", "yn", "2027-01-01T00:00:00Z"},
      {"2026-12-31T23:59:59Z", "yn", "2027-01-01T00:00:00Z"}, {"2027-01-01T00:00:00Z", "??", "2030-01-01T00:01:00Z"}}; /* the bundles end, with the leeway */
  mesh m;
  begin(&m, with_deep(), yaml, table, COUNT(table), csv, COUNT(csv));
  mesh_subject(&m, SUBJECT);
  for (size_t i = 0; i < COUNT(moments); i++) {
    REQUIRE(mesh_ask(&m, "read", "orders", "", "purpose support", moments[i].now) == EDICT_OK);
    for (size_t q = 0; q < 2; q++)
      if (answer(&m, q) != moments[i].expected[q]) HARNESS_FAIL("%s, %zu: %c", moments[i].now, q, answer(&m, q));
    CHECK_INT(edict_decision_valid_until(m.decision), mesh_time(moments[i].until));
  }
  mesh_fini(&m);
}

TEST(no_data_and_no_rows) {
  static const line table[] = {{'?', "subject.person in holds"}, {'?', "subject.person not in holds"}, {'n', "subject.person in empty"}};
  static const char own[] =
      "edict: 1\nname: eu.example\nlayer: federal\nversion: 7\ncreated: 2026-01-01T00:00:00Z\n"
      "expires: 2030-01-01T00:00:00Z\nrules: [ \"*.edict\" ]\ntables:\n" TABLE("empty", "empty.csv");
  static const mesh_file data[] = {{"empty.csv", "person\n"}};
  mesh m;
  begin(&m, with_deep(), own, table, COUNT(table), data, 1);
  mesh_subject(&m, SUBJECT);
  REQUIRE(mesh_ask(&m, "read", "orders", "", "purpose support", "2026-11-20T10:00:00Z") == EDICT_OK);
  check_lines(&m, table, COUNT(table));
  mesh_fini(&m);
}

/* Whether a month is 30 days depends on the month: a table of months says no of no exact time, nor the other way round, as
 * comparing them would not. No time is none of months. */
TEST(durations_that_may_be_the_same) {
  static const line table[] = {
      {'?', "now - context.since in spans"}, {'?', "now - context.since not in spans"}, {'?', "now - context.since == 1 month"},
      {'?', "now - context.since in [1 month]"}, {'?', "now - context.since not in [1 month, 2 months]"}, {'n', "now - context.since in [2 months]"},
      {'y', "1 month in spans"}, {'n', "2 months in spans"}, {'?', "(1 month, subject.vip) in exact"}, {'n', "(time-of-day(now), subject.vip) in exact"},
      {'y', "(now - context.since, subject.vip) in exact"}, {'n', "(now - context.since, not subject.vip) in exact"},
      {'y', "(now - now, subject.vip) in exact"}, {'y', "(1 month - 1 month, subject.vip) in exact"}};
  static const char own[] =
      "edict: 1\nname: eu.example\nlayer: federal\nversion: 7\ncreated: 2026-01-01T00:00:00Z\n"
      "expires: 2030-01-01T00:00:00Z\nrules: [ \"*.edict\" ]\ntables:\n" TABLE("spans", "spans.csv") TABLE("exact", "exact.csv");
  static const mesh_file data[] = {{"spans.csv", "span\n1 month\n"}, {"exact.csv", "span,flag\n30 days,true\n0 months,true\n"}};
  mesh m;
  begin(&m, with_deep(), own, table, COUNT(table), data, COUNT(data));
  mesh_subject(&m, SUBJECT);
  REQUIRE(mesh_ask(&m, "read", "orders", "", "purpose support; since 2026-10-21T10:00:00Z", "2026-11-20T10:00:00Z") == EDICT_OK);
  check_lines(&m, table, COUNT(table));
  mesh_fini(&m);
}

/* 32 nodes at or above each of two keys are 1,024 rows to try; 33 and 32 are more. */
TEST(probes_at_the_limit_and_one_past) {
  static const line table[] = {{'?', "(subject.a, subject.b) in pairs"}};
  static const char own[] =
      "edict: 1\nname: eu.example\nlayer: federal\nversion: 7\ncreated: 2026-01-01T00:00:00Z\n"
      "expires: 2030-01-01T00:00:00Z\nrules: [ \"*.edict\" ]\ntables:\n" TABLE("pairs", "pairs.csv");
  static const mesh_file data[] = {{"pairs.csv", "a,b\nn0,n0\n"}}; /* the last one to be tried */
  static const struct { const char *a, *b; char expected; } asked[] = {
      {"n31", "n31", 'y'}, {"n32", "n30", 'y'}, {"n32", "n31", '?'}, {"n31", "n32", '?'}, {"n32", "n0", 'y'}};
  CHECK_INT(EDI_LIMIT_TABLE_PROBES, 1024);
  mesh m;
  begin(&m, with_deep(), own, table, 1, data, 1);
  for (size_t i = 0; i < COUNT(asked); i++) {
    char subject[64];
    snprintf(subject, sizeof subject, "purposes service; a %s; b %s", asked[i].a, asked[i].b);
    mesh_subject(&m, subject);
    REQUIRE(mesh_ask(&m, "read", "orders", "", "purpose support", "2026-11-20T10:00:00Z") == EDICT_OK);
    if (answer(&m, 0) != asked[i].expected) HARNESS_FAIL("%s, %s: %c", asked[i].a, asked[i].b, answer(&m, 0));
  }
  mesh_fini(&m);
}

TEST(a_key_at_the_limit_and_one_past) {
  static const line table[] = {{'n', "subject.name in names"}};
  static char subject[EDI_LIMIT_TABLE_KEY + 64];
  mesh m;
  begin(&m, with_deep(), yaml, table, 1, csv, COUNT(csv));
  for (size_t past = 0; past < 2; past++) {
    size_t length = (size_t)snprintf(subject, sizeof subject, "purposes service; name ");
    memset(subject + length, 'a', EDI_LIMIT_TABLE_KEY + past);
    subject[length + EDI_LIMIT_TABLE_KEY + past] = '\0';
    mesh_subject(&m, subject);
    REQUIRE(mesh_ask(&m, "read", "orders", "", "purpose support", "2026-11-20T10:00:00Z") == EDICT_OK);
    CHECK_INT(answer(&m, 0), past ? '?' : 'n');
  }
  mesh_fini(&m);
}

HARNESS_MAIN
