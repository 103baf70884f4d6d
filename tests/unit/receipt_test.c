/* Receipts on the record: what is taken and refused, what show, verify and replay say of them. */
#include "harness.h"

#include "log/receipt_leaf.h"
#include "support/logged.h"

static logged scene;

static edict_receipt taken(void) {
  edict_receipt r = {.size = sizeof r};
  CHECK_INT(edict_decision_receipt(scene.m.decision, &r), EDICT_OK);
  return r;
}

static edict_status put(const edict_receipt *receipt) { return edict_log_receipt(scene.log, scene.m.decision, receipt, scene.m.diagnostics); }

/* One row in, as nothing that any rule of the scene shows or hides matters here. */
static void one_row(void) {
  edict_cell in[64] = {{0}}, out[64];
  char memory[1024];
  edict_row row;
  size_t count = scene.m.decision->plan->dataset->column_count;
  CHECK_INT(edict_decision_apply_row(scene.m.decision, in, count, out, memory, sizeof memory, &row), EDICT_OK);
}

typedef struct seen { char receipt[4096]; size_t count; } seen;

static int keep_receipts(void *user, const char *json, size_t length) {
  seen *s = user;
  char line[sizeof s->receipt];
  snprintf(line, sizeof line, "%.*s", (int)length, json); /* which does not end in a NUL */
  if (!strstr(line, "\"receipt\":")) return 0;
  s->count++;
  memcpy(s->receipt, line, sizeof line);
  return 0;
}

TEST(a_receipt_of_a_decision) {
  edict_log_report report;
  edict_replay_report replayed;
  seen shown = {.count = 0};
  logged_init(&scene, "");
  REQUIRE(logged_open(&scene) == EDICT_OK);
  CHECK_INT(logged_ask(&scene, "read", "*", "purpose support"), EDICT_OK);
  one_row();
  edict_receipt r = taken();
  CHECK(r.rows_in == 1 && r.number == 1 && r.column_count > 0);
  CHECK_INT(put(&r), EDICT_OK);
  one_row();
  one_row();
  r = taken();
  CHECK(r.rows_in == 2 && r.number == 2);
  CHECK_INT(put(&r), EDICT_OK);
  CHECK_INT(logged_close(&scene), EDICT_OK);
  CHECK_INT(logged_verify(&scene, &report), EDICT_OK);
  CHECK(report.receipts == 2 && report.records == 1 && report.damaged == 0);
  CHECK_INT(logged_replay(&scene, INT64_MIN, &replayed), EDICT_OK);
  CHECK(replayed.identical == 3 && replayed.different + replayed.corrupt + replayed.unreplayable + replayed.gaps == 0);
  CHECK_INT(edict_log_show(scene.folder, NULL, keep_receipts, &shown, scene.m.diagnostics), EDICT_OK);
  CHECK_INT(shown.count, 2);
  CHECK(strstr(shown.receipt, "\"receipt\":2,\"product\":\"sales.orders\"") && strstr(shown.receipt, "\"rows_in\":2,") && strstr(shown.receipt, "\"transform\":"));
  logged_fini(&scene);
}

/* The record is not there: whoever replays is told. */
TEST(a_receipt_without_its_record) {
  edict_replay_report replayed;
  logged_init(&scene, "");
  REQUIRE(logged_open(&scene) == EDICT_OK);
  CHECK_INT(logged_ask(&scene, "read", "*", "purpose support"), EDICT_OK);
  CHECK_INT(mesh_ask(&scene.m, "read", "orders", "*", "purpose support", "2026-11-20T11:00:00Z"), EDICT_OK);
  edict_receipt r = taken();
  edict_status status = put(&r);
  CHECK_INT(status, edict_decision_is_hypothetical(scene.m.decision) ? EDICT_ARGUMENT : EDICT_OK);
  CHECK_INT(logged_close(&scene), EDICT_OK);
  CHECK_INT(logged_replay(&scene, INT64_MIN, &replayed), EDICT_OK);
  CHECK(replayed.identical == 1 && replayed.different == (status == EDICT_OK));
  logged_fini(&scene);
}

TEST(receipts_that_are_refused) {
  logged_init(&scene, "");
  REQUIRE(logged_open(&scene) == EDICT_OK);
  CHECK_INT(logged_ask(&scene, "read", "*", "purpose support"), EDICT_OK);
  const edict_receipt good = taken();
  edict_receipt_column columns[64];
  edict_receipt bad = good;
#define REFUSED(change)                                            \
  do {                                                             \
    bad = good;                                                    \
    memcpy(columns, good.columns, good.column_count * sizeof *columns); \
    bad.columns = columns;                                         \
    change;                                                        \
    if (put(&bad) != EDICT_ARGUMENT) HARNESS_FAIL("%s is taken", #change); \
  } while (0)
  REFUSED(bad.size--);
  REFUSED(bad.plan[0] ^= 1);
  REFUSED(bad.number = 0);
  REFUSED(bad.rows_out = bad.rows_in + 1);
  REFUSED(bad.columns = NULL);
  REFUSED(columns[0].transform = "no-such-mask");
  REFUSED(columns[0].transform = NULL);
  REFUSED(columns[1].column = columns[0].column);
  CHECK_INT(edict_log_receipt(NULL, scene.m.decision, &good, NULL), EDICT_ARGUMENT);
  CHECK_INT(edict_log_receipt(scene.log, NULL, &good, NULL), EDICT_ARGUMENT);
  CHECK_INT(edict_log_receipt(scene.log, scene.m.decision, NULL, NULL), EDICT_ARGUMENT);
  CHECK_INT(logged_ask(&scene, "read", "", "purpose support"), EDICT_OK);
  CHECK_INT(put(&good), EDICT_ARGUMENT); /* it was another decision's */
  logged_fini(&scene);
}

HARNESS_MAIN
