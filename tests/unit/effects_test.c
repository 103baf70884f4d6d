/* Effects that speak of others: exempts lift rules, rules in shadow change nothing, groups hide rows. */
#include "harness.h"

#include "support/mesh.h"

static const char contract[] = MESH_CONTRACT(
    "  - name: orders\n"
    "    customProperties:\n"
    "      - { property: classification, value: internal }\n"
    "    properties:\n"
    "      - { name: email, logicalType: string, tags: [ pii.email ] }\n"
    "      - { name: day, logicalType: timestamp, tags: [ time.collected ] }\n"
    "      - { name: buyer, logicalType: string, tags: [ person.id ] }\n"
    "      - { name: payer, logicalType: string, tags: [ person.id ] }\n"
    "      - { name: country, logicalType: string, tags: [ geo.country ] }\n");

#define ON     " on dataset classified <= internal\n"
#define PERMIT "rule reads\n permit read\n" ON " because \"x\"\n"
#define UNTIL  " until 2026-11-20\n"
#define TODAY  "2026-11-20T10:00:00Z"
#define AFTER  "2026-11-21T00:00:00Z"
#define MASK   "rule mails\n mask column tagged pii.email\n with null\n because \"x\"\n"
#define ROWS   "rule rows\n show only rows\n where row[geo.country] is de\n because \"x\"\n"
#define FORBID "rule closed\n forbid read\n because \"x\"\n"

static void open_with(mesh *m, const char *rules, const char *own, bool suppresses) {
  mesh_init(m);
  mesh_federal(m, rules);
  mesh_domain(m, "sales", own, contract);
  const edict_engine_options options = {.size = sizeof options, .now = INT64_MIN, .development = 1,
                                        .suppresses_groups = suppresses};
  if (mesh_engine(m, &options) != EDICT_OK) abort();
  mesh_open(m);
  mesh_subject(m, "roles analyst; purposes support");
}

static edict_row row_of(mesh *m, const char *country, edict_status *status) {
  edict_cell in[] = {mesh_text("a@b"), {.type = EDICT_CELL_TIMESTAMP, .integer = mesh_time(TODAY) - 1}, mesh_text("c-1"),
                     mesh_text("c-2"), mesh_text(country)};
  edict_cell out[5];
  char memory[1024];
  edict_row row;
  *status = edict_decision_apply_row(m->decision, in, 5, out, memory, sizeof memory, &row);
  for (size_t i = 0; row != EDICT_ROW_SHOWN && i < 5; i++) CHECK_INT(out[i].type, EDICT_CELL_NULL);
  return row;
}

/* ---- exempts ---- */

typedef struct scenario {
  const char *name, *rules, *columns, *context, *now;
  edict_effect effect;
  const char *mail, *reason; /* what becomes of `email`; a rule that is among the reasons, or "-x" that is not */
  edict_row row;             /* of a row in fr */
} scenario;

static const scenario scenarios[] = {
    {"a forbid", PERMIT FORBID "rule spared\n exempt closed\n" ON UNTIL " because \"x\"\n", "*", "", TODAY, EDICT_PERMIT, "keep",
     "spared", EDICT_ROW_SHOWN},
    {"a forbid, the day after", PERMIT FORBID "rule spared\n exempt closed\n" ON UNTIL " because \"x\"\n", "*", "", AFTER,
     EDICT_DENY, "null", "-spared", EDICT_ROW_HIDDEN},
    {"a forbid of something else", PERMIT FORBID "rule other\n forbid read\n because \"x\"\nrule spared\n exempt other\n" ON UNTIL
     " because \"x\"\n", "*", "", TODAY, EDICT_DENY, "null", "-spared", EDICT_ROW_HIDDEN},
    {"a condition that is not known", PERMIT FORBID "rule spared\n exempt closed\n" ON " when purpose is support\n" UNTIL
     " because \"x\"\n", "*", "", TODAY, EDICT_DENY, "null", "-spared", EDICT_ROW_HIDDEN},
    {"a condition that holds", PERMIT FORBID "rule spared\n exempt closed\n" ON " when purpose is support\n" UNTIL
     " because \"x\"\n", "*", "purpose support", TODAY, EDICT_PERMIT, "keep", "spared", EDICT_ROW_SHOWN},
    {"a forbid that may apply", PERMIT "rule closed\n forbid read\n when purpose is marketing\n because \"x\"\n"
     "rule spared\n exempt closed\n" ON UNTIL " because \"x\"\n", "*", "", TODAY, EDICT_PERMIT, "keep", "spared", EDICT_ROW_SHOWN},
    {"a forbid that does not apply", PERMIT "rule closed\n forbid read\n when purpose is marketing\n because \"x\"\n"
     "rule spared\n exempt closed\n" ON UNTIL " because \"x\"\n", "*", "purpose support", TODAY, EDICT_PERMIT, "keep", "-spared",
     EDICT_ROW_SHOWN},
    {"a mask", PERMIT MASK "rule spared\n exempt mails\n" ON UNTIL " because \"x\"\n", "email", "", TODAY, EDICT_PERMIT, "keep",
     "spared", EDICT_ROW_SHOWN},
    {"a mask of a column not asked for", PERMIT MASK "rule spared\n exempt mails\n" ON UNTIL " because \"x\"\n", "day", "", TODAY,
     EDICT_PERMIT, "null", "-spared", EDICT_ROW_SHOWN},
    {"rows", PERMIT ROWS "rule spared\n exempt rows\n" ON UNTIL " because \"x\"\n", "*", "", TODAY, EDICT_PERMIT, "keep", "spared",
     EDICT_ROW_SHOWN},
    {"one of two", PERMIT ROWS MASK "rule spared\n exempt mails\n" ON UNTIL " because \"x\"\n", "*", "", TODAY, EDICT_PERMIT, "keep",
     "rows", EDICT_ROW_HIDDEN},
    {"retention", PERMIT "rule kept\n retain at most 1 day after row[time.collected]\n because \"x\"\n"
     "rule spared\n exempt kept\n" ON " until further notice\n because \"x\"\n", "*", "", AFTER, EDICT_PERMIT, "keep", "spared",
     EDICT_ROW_SHOWN},
    {"a require", PERMIT "rule owned\n require product.owner is set\n because \"x\"\nrule spared\n exempt owned\n" ON UNTIL
     " because \"x\"\n", "*", "", TODAY, EDICT_PERMIT, "keep", "spared", EDICT_ROW_SHOWN},
    {"groups", PERMIT "rule crowd\n show only groups of at least 5 row[person.id]\n because \"x\"\nrule spared\n exempt crowd\n" ON
     UNTIL " because \"x\"\n", "*", "", TODAY, EDICT_PERMIT, "keep", "spared", EDICT_ROW_SHOWN},
    {"nothing permits", FORBID "rule spared\n exempt closed\n" ON UNTIL " because \"x\"\n", "*", "", TODAY, EDICT_DENY, "null",
     "-spared", EDICT_ROW_HIDDEN},
    {"an obligation that nobody meets", "obligation tell()\n" PERMIT FORBID "rule spared\n exempt closed\n" ON UNTIL
     " oblige tell()\n because \"x\"\n", "*", "", TODAY, EDICT_DENY, "null", "closed", EDICT_ROW_HIDDEN},
};

TEST(exempts) {
  for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++) {
    const scenario *s = &scenarios[i];
    mesh m;
    edict_status status;
    open_with(&m, s->rules, "", false);
    CHECK_INT(mesh_ask(&m, "read", "orders", s->columns, s->context, s->now), EDICT_OK);
    if (edict_decision_effect(m.decision) != s->effect) HARNESS_FAIL("%s: another effect", s->name);
    if (strcmp(edict_decision_column(m.decision, 0, NULL), s->mail) != 0)
      HARNESS_FAIL("%s: the mail is %s", s->name, edict_decision_column(m.decision, 0, NULL));
    bool absent = s->reason[0] == '-';
    if ((mesh_reason(&m, s->reason + absent) == NULL) != absent) HARNESS_FAIL("%s: reason %s", s->name, s->reason);
    if (row_of(&m, "fr", &status) != s->row || status != EDICT_OK) HARNESS_FAIL("%s: another row", s->name);
    mesh_fini(&m);
  }
}

/* A domain exempts from its own rules and from no other. */
TEST(a_domain_exempts_from_its_own) {
  static const char own[] = "rule mine\n forbid read\n because \"x\"\nrule spared\n exempt mine\n" ON UNTIL " because \"x\"\n";
  mesh m;
  edict_status status;
  open_with(&m, PERMIT, own, false);
  CHECK_INT(mesh_ask(&m, "read", "orders", "*", "", TODAY), EDICT_OK);
  CHECK_INT(edict_decision_effect(m.decision), EDICT_PERMIT);
  CHECK_INT(row_of(&m, "fr", &status), EDICT_ROW_SHOWN);
  CHECK_INT(edict_decision_valid_until(m.decision), mesh_time(AFTER));
  mesh_fini(&m);
  open_with(&m, PERMIT FORBID, own, false);
  CHECK_INT(mesh_ask(&m, "read", "orders", "*", "", TODAY), EDICT_OK);
  CHECK_INT(edict_decision_effect(m.decision), EDICT_DENY);
  mesh_fini(&m);
}

/* ---- shadow ---- */

typedef struct tried {
  const char *name, *rules, *columns;
  unsigned would;
  const char *masks; /* "email day" */
} tried;

static const tried shadows[] = {
    {"a forbid", PERMIT "shadow " FORBID, "*", EDICT_WOULD_DENY, ""},
    {"a forbid of what is denied", "shadow " FORBID, "*", 0, ""},
    {"a forbid that does not apply", PERMIT "shadow rule s\n forbid read\n when purpose is marketing\n because \"x\"\n", "*", 0, ""},
    {"a require", PERMIT "shadow rule s\n require product.owner is set\n because \"x\"\n", "*", EDICT_WOULD_DENY, ""},
    {"a permit", "shadow " PERMIT, "*", EDICT_WOULD_PERMIT, ""},
    {"a second permit", PERMIT "shadow rule s\n permit read\n" ON " because \"x\"\n", "*", 0, ""},
    {"a permit of what is forbidden", FORBID "shadow " PERMIT, "*", 0, ""},
    {"a mask", PERMIT "shadow " MASK, "*", EDICT_WOULD_MASK, "email"},
    {"a mask of a column not asked for", PERMIT "shadow " MASK, "day", 0, ""},
    {"a mask of what is masked so", PERMIT MASK "shadow rule s\n mask column tagged pii.email\n with null\n because \"x\"\n", "*", 0,
     ""},
    {"a mask by the row", PERMIT "shadow rule s\n mask column named \"*\"\n with null if row[geo.country] is fr\n because \"x\"\n",
     "email day", EDICT_WOULD_MASK, "email day"},
    {"rows", PERMIT "shadow " ROWS, "*", EDICT_WOULD_ROWS, ""},
    {"retention", PERMIT "shadow rule s\n retain at most 1 day after row[time.collected]\n because \"x\"\n", "*",
     EDICT_WOULD_RETENTION, ""},
    {"groups", PERMIT "shadow rule s\n show only groups of at least 5 row[person.id]\n because \"x\"\n", "*", EDICT_WOULD_GROUPS, ""},
    {"smaller groups", PERMIT "rule g\n show only groups of at least 5 row[person.id]\n because \"x\"\n"
     "shadow rule s\n show only groups of at least 4 row[person.id]\n because \"x\"\n", "*", 0, ""},
    {"an exempt from a forbid", PERMIT FORBID "shadow rule s\n exempt closed\n" ON UNTIL " because \"x\"\n", "*",
     EDICT_WOULD_PERMIT, ""},
    {"an exempt from rows and a mask", PERMIT ROWS MASK "shadow rule s\n exempt rows, mails\n" ON UNTIL " because \"x\"\n", "*",
     EDICT_WOULD_ROWS | EDICT_WOULD_MASK, "email"},
    {"a rule that an exempt would lift", PERMIT "shadow " FORBID "rule spared\n exempt closed\n" ON UNTIL " because \"x\"\n", "*", 0,
     ""},
    {"two, each alone", FORBID "shadow " PERMIT "shadow rule s\n exempt closed\n" ON UNTIL " because \"x\"\n", "*", 0, ""},
    {"a mask with an obligation that nobody meets", "obligation tell()\n" PERMIT
     "shadow rule s\n mask column tagged pii.email\n with null\n oblige tell()\n because \"x\"\n", "*", EDICT_WOULD_DENY, ""},
};

TEST(rules_in_shadow) {
  for (size_t i = 0; i < sizeof shadows / sizeof *shadows; i++) {
    const tried *t = &shadows[i];
    char masks[128] = "";
    mesh m;
    edict_shadow s;
    open_with(&m, t->rules, "", false);
    CHECK_INT(mesh_ask(&m, "read", "orders", t->columns, "purpose support", TODAY), EDICT_OK);
    if (edict_decision_shadow_count(m.decision) != (t->would != 0))
      HARNESS_FAIL("%s: %zu rules in shadow", t->name, edict_decision_shadow_count(m.decision));
    if (edict_decision_shadow(m.decision, 0, &s) == EDICT_OK && s.would != t->would)
      HARNESS_FAIL("%s: would %u", t->name, s.would);
    for (size_t c = 0; c < 5; c++)
      if (edict_decision_shadow_masks(m.decision, 0, c)) {
        const char *const names[] = {"email", "day", "buyer", "payer", "country"};
        snprintf(masks + strlen(masks), sizeof masks - strlen(masks), "%s%s", *masks ? " " : "", names[c]);
      }
    if (strcmp(masks, t->masks) != 0) HARNESS_FAIL("%s: masks %s", t->name, masks);
    /* Nothing of it is enforced. */
    if (strstr(t->rules, "shadow rule mails")) CHECK(strcmp(edict_decision_column(m.decision, 0, NULL), "null") != 0 || !strchr(t->columns, '*'));
    CHECK_INT(edict_decision_shadow(m.decision, 1, &s), EDICT_ARGUMENT);
    CHECK_INT(edict_decision_shadow_masks(m.decision, 0, 5), 0);
    mesh_fini(&m);
  }
  CHECK_INT(edict_decision_shadow_count(NULL), 0);
}

/* ---- groups ---- */

TEST(rows_of_groups) {
  static const char rules[] = PERMIT
      "rule few\n show only groups of at least 3 row[geo.country]\n because \"x\"\n"
      "rule many\n show only groups of at least 5 row[person.id]\n because \"x\"\n"
      "rule fewer\n show only groups of at least 4 row[person.id]\n because \"x\"\n";
  mesh m;
  edict_group g;
  edict_status status;
  open_with(&m, rules, "", false);
  CHECK_INT(mesh_ask(&m, "read", "orders", "*", "", TODAY), EDICT_OK);
  CHECK_INT(edict_decision_group_count(m.decision), 3); /* a person is in two columns */
  static const edict_group wanted[] = {{2, 5}, {3, 5}, {4, 3}};
  for (size_t i = 0; i < 3; i++) {
    CHECK_INT(edict_decision_group(m.decision, i, &g), EDICT_OK);
    CHECK(g.column == wanted[i].column && g.least == wanted[i].least);
    CHECK_INT(edict_decision_reads(m.decision, g.column), 1);
  }
  CHECK_INT(edict_decision_group(m.decision, 3, &g), EDICT_ARGUMENT);
  CHECK_INT(row_of(&m, "de", &status), EDICT_ROW_HIDDEN);
  CHECK_INT(status, EDICT_UNSUPPORTED);
  static const uint64_t counts[] = {5, 5, 3, 4, 5, 3, 5, 4, 3, 5, 5, 2, 9, 9, 9, 0, 0, 0};
  unsigned char shown[6];
  CHECK_INT(edict_decision_apply_groups(m.decision, counts, 6, shown), EDICT_OK);
  CHECK(memcmp(shown, "\1\0\0\0\1\0", 6) == 0);
  CHECK_INT(edict_decision_apply_groups(m.decision, NULL, 6, shown), EDICT_ARGUMENT);
  CHECK(memcmp(shown, "\0\0\0\0\0\0", 6) == 0);
  CHECK_INT(edict_decision_apply_groups(m.decision, counts, 6, NULL), EDICT_ARGUMENT);
  CHECK_INT(edict_decision_apply_groups(NULL, counts, 6, shown), EDICT_ARGUMENT);
  char words[1024];
  edict_decision_explain(m.decision, words, sizeof words);
  CHECK(strstr(words, "shown in groups alone, of at least 5 different buyer, 5 different payer, 3 different country") != NULL);
  mesh_fini(&m);
  open_with(&m, rules, "", true);
  CHECK_INT(mesh_ask(&m, "read", "orders", "*", "", TODAY), EDICT_OK);
  CHECK_INT(row_of(&m, "de", &status), EDICT_ROW_SHOWN);
  CHECK_INT(status, EDICT_OK);
  mesh_fini(&m);
}

/* What no column says, no group has enough of; a denial shows none, and asks for none. */
TEST(groups_of_what_is_not_there) {
  mesh m;
  unsigned char shown = 1;
  const uint64_t count = UINT64_MAX;
  edict_group g;
  open_with(&m, PERMIT "rule crowd\n show only groups of at least 2 row[num.count]\n because \"x\"\n", "", true);
  CHECK_INT(mesh_ask(&m, "read", "orders", "*", "", TODAY), EDICT_OK);
  CHECK_INT(edict_decision_group(m.decision, 0, &g), EDICT_OK);
  CHECK(g.column == SIZE_MAX && g.least == 2);
  CHECK_INT(edict_decision_apply_groups(m.decision, &count, 1, &shown), EDICT_OK);
  CHECK_INT(shown, 0);
  CHECK_INT(mesh_ask(&m, "download", "orders", "*", "", TODAY), EDICT_OK);
  CHECK_INT(edict_decision_group_count(m.decision), 0);
  shown = 1;
  CHECK_INT(edict_decision_apply_groups(m.decision, NULL, 1, &shown), EDICT_OK);
  CHECK_INT(shown, 0);
  mesh_fini(&m);
}

/* A row past its retention is due whatever groups there are. */
TEST(sweeps_see_through_groups) {
  mesh m;
  edict_status status;
  open_with(&m, PERMIT "rule crowd\n show only groups of at least 2 row[person.id]\n because \"x\"\n"
                       "rule kept\n retain at most 1 day after row[time.collected] then erase\n because \"x\"\n", "", false);
  CHECK_INT(mesh_ask(&m, "read", "orders", "*", "", "2026-11-22T00:00:00Z"), EDICT_OK);
  CHECK_INT(row_of(&m, "de", &status), EDICT_ROW_ERASABLE);
  CHECK_INT(status, EDICT_OK);
  mesh_fini(&m);
}

HARNESS_MAIN
