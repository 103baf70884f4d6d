/* Configuration of the SQLite extension: what it takes, every refusal with its line, and the bad
 * inputs of tests/hostile/sqliteconfig/. */
#include "adapters/sqlite/sqlite_config.h"
#include "harness.h"
#include "support/hostile.h"

#define NEEDED "database d\nproduct p\nbundle b\ntrust t\nlog l\nlog-key k\nauditor-key a\n"

static edi_sqlite_config config;
static size_t line;
static const char *what;

static edict_status parse(const char *text, size_t length) {
  return edi_sqlite_config_parse(text, length, &config, &line, &what);
}

TEST(takes_every_line)
{
  static const char text[] =
      "edict-sqlite/v1\n\n# a comment\nbundle one.edb\nkeyring /etc/edict/key ring\n" NEEDED;
  REQUIRE(parse(text, sizeof text - 1) == EDICT_OK);
  CHECK_INT(config.bundle_count, 2);
  CHECK_TEXT(config.bundles[0].ptr, config.bundles[0].len, "one.edb");
  CHECK_TEXT(config.bundles[1].ptr, config.bundles[1].len, "b");
  CHECK_TEXT(config.values[EDI_SQLITE_KEYRING].ptr, config.values[EDI_SQLITE_KEYRING].len,
             "/etc/edict/key ring");
  CHECK_TEXT(config.values[EDI_SQLITE_DATABASE].ptr, config.values[EDI_SQLITE_DATABASE].len, "d");
  CHECK_TEXT(config.values[EDI_SQLITE_AUDITOR_KEY].ptr, config.values[EDI_SQLITE_AUDITOR_KEY].len,
             "a");
}

TEST(names_the_line)
{
  static const struct {
    const char *text;
    size_t line;
    const char *what;
  } cases[] = {
      {"", 0, "the file is empty"},
      {"edict-sqlite/v2\n", 1, "the first line is not `edict-sqlite/v1`"},
      {"edict-sqlite/v1\ndatabase\n", 2, "not a word, one blank and a value"},
      {"edict-sqlite/v1\n\ndatabase  d\n", 3, "not a word, one blank and a value"},
      {"edict-sqlite/v1\ndatabase d \n", 2, "not a word, one blank and a value"},
      {"edict-sqlite/v1\n database d\n", 2, "not a word, one blank and a value"},
      {"edict-sqlite/v1\nclock 2026-11-20T10:00:00Z\n", 2, "a word that no configuration has"},
      {"edict-sqlite/v1\ndevelopment yes\n", 2, "a word that no configuration has"},
      {"edict-sqlite/v1\nDatabase d\n", 2, "a word that no configuration has"},
      {"edict-sqlite/v1\ntrust a\ntrust a\n", 3, "this word has a line already"},
      {"edict-sqlite/v1\nbegin-state no\n", 2, "`begin-state` is `yes`, or left out"},
      {"edict-sqlite/v1\nstate a\nstate a\n", 3, "this word has a line already"},
      {"edict-sqlite/v1\nissuer-keys corp\n", 2, "not an issuer's name, one blank and a file"},
      {"edict-sqlite/v1\nissuer-keys corp  a\n", 2, "not an issuer's name, one blank and a file"},
      {"edict-sqlite/v1\nissuer-keys corp a\nissuer-keys desk b\nissuer-keys corp c\n", 4, "this issuer has a line already"},
      {"edict-sqlite/v1\ndatabase d\r\n", 2, "a control character (lines end in LF alone)"},
      {"edict-sqlite/v1\ndatabase d", 2, "the last line does not end: is the file whole?"},
      {"edict-sqlite/v1\n", 0, "the line `database` is missing"},
      {"edict-sqlite/v1\ndatabase d\nproduct p\nbundle b\ntrust t\nlog l\nlog-key k\n", 0,
       "the line `auditor-key` is missing"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    CHECK_INT(parse(cases[i].text, strlen(cases[i].text)), EDICT_FORMAT);
    CHECK_INT(line, cases[i].line);
    CHECK_TEXT(what, strlen(what), cases[i].what);
    CHECK_INT(config.values[EDI_SQLITE_DATABASE].len, 0);
  }
}

/* `count` times `text`, after the needed lines. */
static size_t repeat(char *into, const char *text, size_t count) {
  char *at = into + sprintf(into, "edict-sqlite/v1\n%s", NEEDED);
  for (size_t i = 0; i < count; i++) at += sprintf(at, "%s", text);
  return (size_t)(at - into);
}

static char large[EDI_SQLITE_CONFIG_BYTES + 4096];

TEST(takes_lines_that_may_be_many)
{
  static const char text[] = "edict-sqlite/v1\nroot r-2\nroot r-3\nissuer-keys corp keys of corp\nissuer-keys desk d.jwks\n"
                             "state s\nbegin-state yes\n" NEEDED;
  REQUIRE(parse(text, sizeof text - 1) == EDICT_OK);
  CHECK(config.root_count == 2 && config.issuer_count == 2);
  CHECK_TEXT(config.roots[1].ptr, config.roots[1].len, "r-3");
  CHECK_TEXT(config.issuers[0].ptr, config.issuers[0].len, "corp");
  CHECK_TEXT(config.issuer_keys[0].ptr, config.issuer_keys[0].len, "keys of corp");
  CHECK_TEXT(config.values[EDI_SQLITE_STATE].ptr, config.values[EDI_SQLITE_STATE].len, "s");
}

TEST(limits_are_kept)
{
  CHECK_INT(parse(large, repeat(large, "root x\n", EDI_SQLITE_ROOTS)), EDICT_OK);
  CHECK_INT(parse(large, repeat(large, "root x\n", EDI_SQLITE_ROOTS + 1)), EDICT_LIMIT);
  for (size_t more = 0; more < 2; more++) {
    char name[EDI_SQLITE_NAME_BYTES + 2] = "";
    char issuer[512];
    memset(name, 'n', EDI_SQLITE_NAME_BYTES + more);
    name[EDI_SQLITE_NAME_BYTES + more] = '\0';
    snprintf(issuer, sizeof issuer, "issuer-keys %s f\n", name);
    CHECK_INT(parse(large, repeat(large, issuer, 1)), more ? EDICT_LIMIT : EDICT_OK);
    size_t length = repeat(large, "", 0);
    for (size_t i = 0; i < EDI_SQLITE_ISSUERS + more; i++) length += (size_t)sprintf(large + length, "issuer-keys i%zu f\n", i);
    CHECK_INT(parse(large, length), more ? EDICT_LIMIT : EDICT_OK);
  }
  CHECK_INT(parse(large, repeat(large, "bundle x\n", EDI_SQLITE_BUNDLES - 1)), EDICT_OK);
  CHECK_INT(config.bundle_count, EDI_SQLITE_BUNDLES);
  CHECK_INT(parse(large, repeat(large, "bundle x\n", EDI_SQLITE_BUNDLES)), EDICT_LIMIT);
  size_t length = repeat(large, "", 0);
  memcpy(large + length, "keyring ", 8);
  memset(large + length + 8, 'k', EDI_SQLITE_VALUE_BYTES + 1);
  large[length + 8 + EDI_SQLITE_VALUE_BYTES] = '\n';
  CHECK_INT(parse(large, length + 8 + EDI_SQLITE_VALUE_BYTES + 1), EDICT_OK);
  memcpy(large + length + 8 + EDI_SQLITE_VALUE_BYTES, "k\n", 2);
  CHECK_INT(parse(large, length + 8 + EDI_SQLITE_VALUE_BYTES + 2), EDICT_LIMIT);
  length = repeat(large, "", 0);
  while (length < EDI_SQLITE_CONFIG_BYTES) large[length++] = '\n';
  CHECK_INT(parse(large, length), EDICT_OK);
  large[length++] = '\n';
  CHECK_INT(parse(large, length), EDICT_LIMIT);
  CHECK_INT(line, 0);
}

static edict_status door(const char *name, const char *bytes, size_t length,
                         edict_diagnostics *findings) {
  (void)name;
  (void)findings;
  return parse(bytes, length);
}

TEST(hostile_configurations_are_refused)
{
  size_t total;
  CHECK_INT(hostile_run("tests/hostile/sqliteconfig", door, &total), 0);
  CHECK(total >= 15);
}

HARNESS_MAIN
