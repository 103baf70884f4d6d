/* Column within: whether what one decision shows of a column says no more than what another engine's decision shows. */
#include "harness.h"

#include "support/mesh.h"

#define CONTRACT                                                                                                   \
  MESH_CONTRACT("  - name: orders\n    customProperties:\n      - { property: classification, value: public }\n" \
                "    properties:\n      - { name: a, logicalType: string, tags: [ pii.email ] }\n"                \
                "      - { name: b, logicalType: string, tags: [ text ] }\n")

static void open_with(mesh *m, const char *mask) {
  char rules[1024];
  int n = snprintf(rules, sizeof rules, "rule open\n  permit read\n  on dataset named \"*\"\n");
  if (*mask) snprintf(rules + n, sizeof rules - (size_t)n, "rule m\n  mask column tagged pii.email\n    with %s\n", mask);
  mesh_init(m);
  mesh_federal(m, rules);
  mesh_domain(m, "sales", "", CONTRACT);
  mesh_open(m);
  mesh_subject(m, "roles analyst");
}

static void ask(mesh *m, const char *columns) {
  if (mesh_ask(m, "read", "orders", columns, "", "2026-11-20T10:00:00Z") != EDICT_OK) abort();
}

static const struct { const char *x, *y; int x_in_y, y_in_x; } masks[] = {
    {"", "", 1, 1},
    {"null", "", 1, 0},
    {"", "null", 0, 1},
    {"null", "null", 1, 1},
    {"show-last(4)", "", 1, 0},
    {"show-last(2)", "show-last(4)", 1, 0},
    {"show-last(4)", "show-last(2)", 0, 1},
    {"show-last(4)", "show-first(4)", 0, 0},
    {"show-last(4)", "null", 0, 1},
    {"pseudonym(federal.vocabulary.wide)", "pseudonym(federal.vocabulary.wide)", 1, 1},
    {"pseudonym(federal.vocabulary.wide)", "pseudonym(federal.vocabulary.areal)", 0, 0},
    {"pseudonym(federal.vocabulary.wide)", "", 1, 0}, /* raw lies above all */
    {"show-last(2) if row[text] == \"x\"", "show-last(4)", 0, 0}, /* it depends on the row, and none is given */
};

TEST(masks_in_order) {
  for (size_t i = 0; i < sizeof masks / sizeof *masks; i++) {
    mesh m[2];
    open_with(&m[0], masks[i].x);
    open_with(&m[1], masks[i].y);
    for (int k = 0; k < 2; k++) ask(&m[k], "*");
    size_t a = mesh_column(&m[0], "orders", "a");
    int forth = edict_decision_column_within(m[0].decision, a, NULL, m[1].decision, a, NULL), back = edict_decision_column_within(m[1].decision, a, NULL, m[0].decision, a, NULL);
    if (forth != masks[i].x_in_y || back != masks[i].y_in_x) printf("# %s and %s: %d %d\n", masks[i].x, masks[i].y, forth, back);
    CHECK(forth == masks[i].x_in_y && back == masks[i].y_in_x);
    for (int k = 0; k < 2; k++) mesh_fini(&m[k]);
  }
}

TEST(masks_that_read_the_row) {
  mesh m[2];
  open_with(&m[0], "show-last(2) if row[text] == \"x\"");
  open_with(&m[1], "show-last(4)");
  for (int k = 0; k < 2; k++) ask(&m[k], "*");
  size_t a = mesh_column(&m[0], "orders", "a"), b = mesh_column(&m[0], "orders", "b");
  edict_cell masked[2] = {mesh_text("someone"), mesh_text("x")}, raw[2] = {mesh_text("someone"), mesh_text("y")};
  CHECK(a == 0 && b == 1);
  CHECK(edict_decision_column_within(m[0].decision, a, masked, m[1].decision, a, masked) == 1);
  CHECK(edict_decision_column_within(m[0].decision, a, raw, m[1].decision, a, raw) == 0);
  CHECK(edict_decision_column_within(m[1].decision, a, raw, m[0].decision, a, raw) == 1);
  for (int k = 0; k < 2; k++) mesh_fini(&m[k]);
}

TEST(what_is_not_shown_is_the_bottom) {
  mesh m[2];
  for (int k = 0; k < 2; k++) open_with(&m[k], "");
  ask(&m[0], "b");
  ask(&m[1], "*");
  CHECK(edict_decision_column_within(m[0].decision, 0, NULL, m[1].decision, 0, NULL) == 1); /* not asked for */
  CHECK(edict_decision_column_within(m[1].decision, 0, NULL, m[0].decision, 0, NULL) == 0);
  CHECK(edict_decision_column_within(m[0].decision, 99, NULL, m[1].decision, 0, NULL) == 1);
  CHECK(edict_decision_column_within(NULL, 0, NULL, m[1].decision, 0, NULL) == 0);
  CHECK(edict_decision_column_within(m[0].decision, 0, NULL, NULL, 0, NULL) == 0);
  CHECK(edict_decision_column_within(m[1].decision, 0, NULL, m[1].decision, 0, NULL) == 0); /* one decision is none to compare */
  edict_cell row[2] = {{.type = EDICT_CELL_NULL}, {.type = EDICT_CELL_NULL}};
  CHECK(edict_decision_column_within(m[0].decision, 0, row, m[1].decision, 0, NULL) == 0);
  edict_decision_forget(m[0].decision); /* denies */
  CHECK(edict_decision_column_within(m[1].decision, 0, NULL, m[0].decision, 0, NULL) == 0);
  CHECK(edict_decision_column_within(m[0].decision, 0, NULL, m[1].decision, 0, NULL) == 1);
  for (int k = 0; k < 2; k++) mesh_fini(&m[k]);
}

HARNESS_MAIN
