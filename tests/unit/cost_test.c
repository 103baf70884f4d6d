/* What a decision costs, counted as the verifier counts it: no more than its bundles declare, whichever way it takes. The
 * fuzzing of bundles counts so too; its sets have too few rules to be looked up, and to be folded after that. */
#define EDICT_COUNT_COST 1
#include "eval/vm.c"

#include "harness.h"
#include "support/mesh.h"

enum { RULES = 20, OTHERS = 240, PARTS = 20, DECISIONS = 4 };

/* Rules of a dear condition about reading, and so many about exporting that what the contract leaves is not kept. */
static void write_rules(edi_buf *text, const char *also, unsigned others) {
  for (unsigned i = 0; i < RULES; i++) {
    edi_buf_format(text, "rule r%u\n  permit read\n  on dataset classified <= internal\n  when (subject.age > %u", i, 900000 + i);
    for (unsigned k = 0; k < PARTS; k++) edi_buf_format(text, " or subject.name matches /[a-z]{%u}/", 30 + k + PARTS * i);
    edi_buf_format(text, " or subject.age > %u)%s\n", i, also);
  }
  for (unsigned i = 0; i < others; i++)
    edi_buf_format(text, "rule x%u\n  permit export\n  on dataset classified <= internal\n  when subject.age > %u\n", i, 90000 + i);
}

static uint64_t declared(const mesh *m) {
  return (uint64_t)m->engine->linked[0].program.settings->cost + m->engine->linked[1].program.settings->cost;
}

static void decide_again_and_again(const char *also, unsigned others) {
  static const uint32_t columns[] = {0};
  mesh m;
  edi_buf text;
  uint64_t most = 0;
  edi_buf_init(&text, NULL, (size_t)1 << 20);
  write_rules(&text, also, others);
  edi_buf_char(&text, '\0');
  REQUIRE(text.failed == EDICT_OK);
  mesh_init(&m);
  mesh_federal(&m, text.ptr);
  mesh_domain(&m, "sales", "",
              MESH_CONTRACT("  - name: orders\n    customProperties: [ { property: classification, value: internal } ]\n"
                            "    properties:\n      - { name: mail, logicalType: string, tags: [ pii.email ] }\n"));
  mesh_open(&m);
  mesh_subject(&m, "roles support; age 999; name bob");
  for (unsigned i = 0; i < DECISIONS; i++) { /* each asks something else, so that none is remembered */
    edict_request r = {.size = sizeof r, .action = {"read", 4}, .columns = columns, .column_count = i % 2,
                       .now = mesh_time("2026-11-20T10:00:00Z") + i * 1000000};
    edi_vm_spent = 0;
    CHECK_INT(edict_decide(m.decision, m.session, &r), EDICT_OK);
    if (edi_vm_spent > declared(&m))
      HARNESS_FAIL("decision %u cost %llu, declared are %llu", i, (unsigned long long)edi_vm_spent, (unsigned long long)declared(&m));
    if (edi_vm_spent > most) most = edi_vm_spent;
    edi_vm_spent = 0;
    (void)edict_decision_reason_count(m.decision);
    CHECK(edi_vm_spent <= declared(&m)); /* beside what deciding cost */
  }
  CHECK(most > 0);
  mesh_fini(&m);
  edi_buf_fini(&text);
}

TEST(what_the_subject_fixes) { decide_again_and_again(" and subject.roles has support", OTHERS); }

TEST(what_subject_and_request_make_together) { decide_again_and_again(" and purpose is support", OTHERS); }

TEST(few_rules) { decide_again_and_again(" and subject.roles has support", 0); }

HARNESS_MAIN
