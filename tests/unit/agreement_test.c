/* Agreements: hostile ones, and that what is made of any is a rule file. */
#include "edict/agreements.h"
#include "harness.h"
#include "support/hostile.h"

static const edict_agreement_options options = {.size = sizeof options, .module = "sales.agreements", .action = "read",
                                                .team = "subject.team", .product = "subject.product", .user = "subject.user"};

static edict_status door(const char *name, const char *bytes, size_t length, edict_diagnostics *d) {
  const edict_contract_text text = {name, bytes, length};
  char *rules;
  size_t size;
  edict_status status = edict_agreements_import(&text, 1, &options, &rules, &size, d);
  CHECK((status == EDICT_OK) == (rules != NULL));
  edict_text_free(&rules);
  return status;
}

TEST(hostile_agreements) {
  size_t total = 0;
  CHECK_INT(hostile_run("tests/hostile/agreement", door, &total), 0);
  CHECK(total >= 25);
}

static edict_status ports_door(const char *name, const char *bytes, size_t length, edict_diagnostics *d) {
  const edict_contract_text text = {name, bytes, length};
  edict_agreement_options with = options;
  char *rules;
  size_t size;
  with.products = &text;
  with.product_count = 1;
  edict_status status = edict_agreements_import(NULL, 0, &with, &rules, &size, d);
  CHECK((status == EDICT_OK) == (rules != NULL));
  edict_text_free(&rules);
  return status;
}

TEST(hostile_data_products) {
  size_t total = 0;
  CHECK_INT(hostile_run("tests/hostile/ports", ports_door, &total), 0);
  CHECK(total >= 20);
}

TEST(words_of_the_caller_are_words) {
  static const char *const bad[] = {"", "a b", "a\nrule x permit read on dataset", ".a", "a.", "1a", "a--", "a\"", "a;b"};
  char *rules;
  size_t size;
  edict_diagnostics *d = edict_diagnostics_create();
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    edict_agreement_options o = options;
    o.module = bad[i];
    CHECK_INT(edict_agreements_import(NULL, 0, &o, &rules, &size, d), EDICT_ARGUMENT);
    o = options;
    o.purpose = bad[i];
    CHECK_INT(edict_agreements_import(NULL, 0, &o, &rules, &size, d), EDICT_ARGUMENT);
    o = options;
    o.team = bad[i];
    CHECK_INT(edict_agreements_import(NULL, 0, &o, &rules, &size, d), EDICT_ARGUMENT);
    CHECK(!rules);
  }
  edict_diagnostics_destroy(&d);
}

HARNESS_MAIN
