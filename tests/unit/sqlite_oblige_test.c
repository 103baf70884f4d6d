/* What a connection of SQLite does with a decision that asks something of its host: an obligation that the
 * configuration names and one that it does not, groups that SQLite would make, rules in shadow, exemptions.
 *
 * The product is that of tests/sqlite/ under further rules. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "harness.h"
#include "support/guarded.h"

/* Clerks are of no rule of the product's own. */
static const char rules[] =
    "module federal.more\n"
    "obligation watermark(text: string)\n"
    "obligation tell(whom: role)\n"
    "rule clerks-read\n permit read\n on dataset classified <= confidential\n when subject.roles has clerk\n"
    " oblige watermark(lower(\"CLERK\"))\n because \"x\"\n"
    "rule bills-are-told\n show only rows\n on dataset holding pii\n where row[geo.country] is set\n"
    " when purpose is billing and subject.roles has support\n oblige tell(dpo), watermark(\"bill\")\n because \"x\"\n"
    "rule crowds\n show only groups of at least 3 row[geo.country]\n on dataset holding person.id\n"
    " when subject.roles has analyst\n because \"x\"\n"
    "rule crowds-of-times\n show only groups of at least 2 row[time.collected]\n on dataset holding pii.name\n"
    " when subject.roles has dpo\n because \"x\"\n"
    "rule small-crowds\n exempt crowds\n on dataset classified <= confidential\n when purpose is billing\n"
    " until 2126-01-01\n because \"x\"\n"
    "shadow rule crowds-to-come\n show only groups of at least 9 row[geo.country]\n on dataset holding person.id\n because \"x\"\n";

#define CONFIG(more)                                                                                     \
  "edict-sqlite/v1\ndatabase shop.db\nproduct sales.shop\nbundle build/federal.edb\nbundle build/sales.edb\n" \
  "trust trust\nkeyring keyring\nlog log\nlog-key log.key\nauditor-key auditor.pub\n" more

static guarded product;
static bool made;

static bool ready(void) {
  if (made) return true;
  if (!guarded_make_with(&product, rules)) return false;
  guarded_write(&product, "mark.conf", CONFIG("obligation federal.more.watermark\n"));
  guarded_write(&product, "both.conf", CONFIG("obligation federal.more.watermark\nobligation federal.more.tell\n"));
  guarded_write(&product, "other.conf", CONFIG("obligation federal.more.watermarks\nobligation watermark\n"));
  return made = true;
}

typedef struct statement {
  const char *config, *role, *purpose, *sql, *expected; /* all of the answer, or the beginning of an error */
} statement;

static void run(const statement *s) {
  char *token = guarded_token("ana", s->role, "[\"support\",\"billing\"]", "[\"de\",\"fr\"]", 600), purpose[64];
  sqlite3 *db = guarded_open_as(&product, s->config, token);
  REQUIRE(db);
  snprintf(purpose, sizeof purpose, "SELECT edict_purpose('%s')", s->purpose);
  free(guarded_run(db, purpose));
  char *got = guarded_run(db, s->sql);
  bool error = strncmp(s->expected, "error: ", 7) == 0;
  if (error ? strncmp(got, s->expected, strlen(s->expected)) != 0 : strcmp(got, s->expected) != 0)
    HARNESS_FAIL("%s, %s, for %s: %s\n#   gives %s\n#   not   %s", s->config, s->role, s->purpose, s->sql, got, s->expected);
  if (error) CHECK_INT(sqlite3_errcode(db), SQLITE_AUTH);
  free(got);
  free(token);
  sqlite3_close(db);
}

static void run_all(const statement *all, size_t count) {
  REQUIRE(ready());
  for (size_t i = 0; i < count; i++) run(&all[i]);
}
#define RUN_ALL(all) run_all(all, sizeof(all) / sizeof *(all))

#define COUNT "SELECT count(*) FROM orders"
#define UNMET                                                                                            \
  "error: edict: denied: no rule permits it; federal.more.clerks-read does not apply, as its obligation "  \
  "federal.more.watermark cannot be met"
#define ASKED "; SELECT json_extract(edict_decision(), '$.obligations')"

TEST(an_obligation_is_met_where_the_configuration_names_it)
{
  static const statement all[] = {
      {"mark.conf", "clerk", "support", COUNT, "4"},
      {"mark.conf", "clerk", "support", "SELECT count(*) FROM countries", "3"},
      {"both.conf", "clerk", "support", COUNT, "4"},
      {"shop.conf", "clerk", "support", COUNT, UNMET},
      {"other.conf", "clerk", "support", COUNT, UNMET},
      /* who needs none of it */
      {"shop.conf", "support", "support", COUNT, "4"},
      {"mark.conf", "support", "support", COUNT, "4"},
      /* both, or nothing */
      {"both.conf", "support", "billing", COUNT, "4"},
      {"mark.conf", "support", "billing", COUNT, "error: edict: denied by federal.more.bills-are-told"},
      {"shop.conf", "support", "billing", "SELECT count(*) FROM countries", "3"},
  };
  RUN_ALL(all);
}

TEST(a_host_finds_what_a_statement_obliges_to)
{
  static const statement all[] = {
      {"mark.conf", "clerk", "support", COUNT ASKED,
       "4\n[{\"name\":\"federal.more.watermark\",\"args\":{\"text\":\"clerk\"},\"rule\":\"federal.more.clerks-read\"}]"},
      {"both.conf", "support", "billing", COUNT ASKED,
       "4\n[{\"name\":\"federal.more.tell\",\"args\":{\"whom\":\"dpo\"},\"rule\":\"federal.more.bills-are-told\"},"
       "{\"name\":\"federal.more.watermark\",\"args\":{\"text\":\"bill\"},\"rule\":\"federal.more.bills-are-told\"}]"},
      {"both.conf", "support", "support", COUNT ASKED, "4\n[]"},
  };
  RUN_ALL(all);
}

#define REFUSED "error: edict: rows may only be shown in groups of at least 3 different values of `country`, which this connection does not see to"

TEST(rows_that_are_shown_in_groups_alone_are_refused)
{
  static const statement all[] = {
      {"shop.conf", "analyst", "support", COUNT, REFUSED},
      {"shop.conf", "analyst", "support", "SELECT country, count(DISTINCT customer) FROM orders GROUP BY 1", REFUSED},
      {"shop.conf", "analyst", "support", "SELECT id FROM orders WHERE 1 = 2", ""},
      {"shop.conf", "analyst", "support", "SELECT code FROM countries WHERE EXISTS (SELECT 1 FROM orders)", REFUSED},
      {"shop.conf", "analyst", "support", "SELECT born FROM customers", REFUSED},
      {"shop.conf", "dpo", "support", "SELECT born FROM customers", 
       "error: edict: rows may only be shown in groups of values that no column of the dataset has, so none is shown"},
  };
  RUN_ALL(all);
}

TEST(groups_that_do_not_matter_refuse_nothing)
{
  static const statement all[] = {
      {"shop.conf", "analyst", "support", "SELECT count(*) FROM countries", "3"},
      {"shop.conf", "support", "support", COUNT, "4"},  /* the rule in shadow alone */
      {"shop.conf", "analyst", "billing", COUNT, "4"},  /* lifted by the exemption */
      {"shop.conf", "dpo", "support", COUNT, "4"},
      {"shop.conf", "analyst", "marketing", COUNT, "error: edict: denied by federal.privacy.purpose-limitation"},
      {"shop.conf", "support", "support", COUNT "; SELECT json_extract(edict_decision(), '$.shadow[0].rule')", "4\nfederal.more.crowds-to-come"},
  };
  RUN_ALL(all);
}

TEST(zz_clean)
{
  if (made) guarded_remove(&product);
  made = false;
}

HARNESS_MAIN
