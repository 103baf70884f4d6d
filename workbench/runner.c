/* Runner: see the header. Each test is decided through the C API, as a host would, with a subject that
 * nobody vouches for; rows are applied one by one. */
#include "workbench/runner.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "edict/forms.h"

#define COLUMNS_MOST 4096
#define ROW_MEMORY   65536

typedef struct run {
  const edict_test *test;
  edict_product *product;
  edict_session *session;
  edict_decision *decision;
  size_t dataset, column_count;
  bool failed;
  void (*tell)(void *user, const runner_failure *failure);
  void *user;
} run;

static void fail(run *r, uint32_t line, const char *expected, const char *got) {
  char why[4096] = "";
  r->failed = true;
  if (r->decision) (void)edict_decision_explain(r->decision, why, sizeof why);
  runner_failure f = {r->test, line, expected, got, why};
  if (r->tell) r->tell(r->user, &f);
}

/* ---- effect ---- */

static bool has_reason(run *r, const char *rule, const char *effect) {
  edict_reason reason;
  for (size_t i = 0; i < edict_decision_reason_count(r->decision); i++) {
    if (edict_decision_reason(r->decision, i, &reason) != EDICT_OK) continue;
    bool same =
        strlen(rule) == reason.rule.len && memcmp(rule, reason.rule.ptr, reason.rule.len) == 0;
    if (same && (!effect || strcmp(effect, reason.effect) == 0)) return true;
  }
  return false;
}

static void check_effect(run *r, const edict_expectation *e) {
  bool wants_permit = e->kind == EDICT_EXPECT_PERMIT;
  bool permit = edict_decision_effect(r->decision) == EDICT_PERMIT;
  char expected[512];
  snprintf(expected, sizeof expected, "%s%s%s", wants_permit ? "permit" : "deny",
           e->rule ? " by " : "", e->rule ? e->rule : "");
  if (permit != wants_permit) fail(r, e->line, expected, permit ? "permit" : "deny");
  else if (e->rule && !has_reason(r, e->rule, wants_permit ? "permit" : NULL))
    fail(r, e->line, expected, "another rule decided");
}

/* ---- obligations ---- */

static bool same_text(edict_text a, edict_text b) {
  return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static edict_text text(const char *s) { return (edict_text){s, strlen(s)}; }

/* "NAME(a, b)" as far as it fits. */
static void put_obligation(run *r, size_t index, const edict_obligation *o, char *out, size_t size) {
  size_t used = (size_t)snprintf(out, size, "oblige %.*s(", (int)o->name.len, o->name.ptr);
  for (size_t i = 0; i < o->argument_count && used < size; i++) {
    edict_argument a;
    if (edict_decision_obligation_argument(r->decision, index, i, &a) != EDICT_OK) continue;
    used += (size_t)snprintf(out + used, size - used, "%s%.*s", i ? ", " : "", (int)a.value.len, a.value.ptr);
  }
  if (used < size) snprintf(out + used, size - used, ")");
}

static bool has_arguments(run *r, const edict_expectation *e, size_t index, size_t count) {
  if (count != e->obligation_argument_count) return false;
  for (size_t i = 0; i < count; i++) {
    edict_argument a;
    if (edict_decision_obligation_argument(r->decision, index, i, &a) != EDICT_OK ||
        !same_text(a.value, e->obligation_arguments[i]))
      return false;
  }
  return true;
}

static void check_obligation(run *r, const edict_expectation *e) {
  char expected[1024], got[1024] = "no such obligation";
  edict_obligation o;
  for (size_t i = 0; edict_decision_obligation(r->decision, i, &o) == EDICT_OK; i++) {
    if (!same_text(o.name, text(e->obligation))) continue;
    if (has_arguments(r, e, i, o.argument_count)) return;
    put_obligation(r, i, &o, got, sizeof got);
  }
  size_t used = (size_t)snprintf(expected, sizeof expected, "oblige %s(", e->obligation);
  for (size_t i = 0; i < e->obligation_argument_count && used < sizeof expected; i++)
    used += (size_t)snprintf(expected + used, sizeof expected - used, "%s%.*s", i ? ", " : "",
                             (int)e->obligation_arguments[i].len, e->obligation_arguments[i].ptr);
  if (used < sizeof expected) snprintf(expected + used, sizeof expected - used, ")");
  fail(r, e->line, expected, got);
}

/* ---- columns ---- */

static void check_column(run *r, const edict_expectation *e) {
  char expected[512], got[1024];
  const char *arguments, *name;
  size_t column = edict_product_column(r->product, r->dataset, e->column);
  snprintf(expected, sizeof expected, "column %s %s%s%s%s", e->column, e->transform,
           e->arguments ? "(" : "", e->arguments ? e->arguments : "", e->arguments ? ")" : "");
  if (column == SIZE_MAX) {
    fail(r, e->line, expected, "the contract has no such column");
    return;
  }
  name = edict_decision_column(r->decision, column, &arguments);
  bool same =
      strcmp(name, e->transform) == 0 && (!e->arguments || strcmp(arguments, e->arguments) == 0);
  snprintf(got, sizeof got, "column %s %s%s%s%s", e->column, name, *arguments ? "(" : "", arguments,
           *arguments ? ")" : "");
  if (!same) fail(r, e->line, expected, got);
}

/* ---- rows ---- */

static bool same_cell(const edict_cell *a, const edict_cell *b) {
  if (a->type != b->type) return false;
  if (a->type == EDICT_CELL_NULL) return true;
  if (a->type == EDICT_CELL_TEXT || a->type == EDICT_CELL_BLOB)
    return a->len == b->len && memcmp(a->ptr, b->ptr, a->len) == 0;
  return a->integer == b->integer && a->scale == b->scale;
}

static void check_shown(run *r, const edict_expectation *e, const edict_cell *out) {
  char expected[700], got[700], value[512];
  for (size_t i = 0; i < e->shown_count; i++) {
    size_t column = edict_product_column(r->product, r->dataset, e->shown[i].column);
    if (column != SIZE_MAX && same_cell(&out[column], &e->shown[i].cell)) continue;
    (void)edict_cell_text(&e->shown[i].cell, value, sizeof value);
    snprintf(expected, sizeof expected, "%s: %s", e->shown[i].column, value);
    if (column == SIZE_MAX) snprintf(value, sizeof value, "no such column");
    else (void)edict_cell_text(&out[column], value, sizeof value);
    snprintf(got, sizeof got, "%s: %s", e->shown[i].column, value);
    fail(r, e->line, expected, got);
  }
}

static bool fill_row(run *r, const edict_expectation *e, edict_cell *in) {
  memset(in, 0, r->column_count * sizeof *in);
  for (size_t i = 0; i < e->cell_count; i++) {
    size_t column = edict_product_column(r->product, r->dataset, e->cells[i].column);
    if (column == SIZE_MAX) {
      fail(r, e->line, e->cells[i].column, "the contract has no such column");
      return false;
    }
    in[column] = e->cells[i].cell;
  }
  return true;
}

static void check_row(run *r, const edict_expectation *e) {
  static const char *const words[] = {"hidden", "shown", "hidden (withheld)", "erasable"};
  edict_cell in[COLUMNS_MOST], out[COLUMNS_MOST];
  char memory[ROW_MEMORY];
  edict_row row;
  if (!fill_row(r, e, in)) return;
  if (edict_decision_apply_row(r->decision, in, r->column_count, out, memory, sizeof memory,
                               &row) != EDICT_OK) {
    fail(r, e->line, words[e->outcome], "the row could not be applied");
    return;
  }
  bool same = e->outcome == EDICT_ROW_HIDDEN ? row != EDICT_ROW_SHOWN : row == e->outcome;
  if (!same) fail(r, e->line, words[e->outcome], words[row]);
  else if (row == EDICT_ROW_SHOWN) check_shown(r, e, out);
}

/* ---- one test ---- */

static bool decide(run *r) {
  const edict_test *t = r->test;
  uint32_t columns[COLUMNS_MOST];
  r->dataset = edict_product_dataset(r->product, t->dataset);
  r->column_count = edict_product_column_count(r->product, r->dataset);
  if (r->dataset == SIZE_MAX || t->column_count > COLUMNS_MOST || r->column_count > COLUMNS_MOST) {
    fail(r, t->line, "a dataset of the product", "the contract has no such dataset");
    return false;
  }
  for (size_t i = 0; i < t->column_count; i++) {
    size_t column = edict_product_column(r->product, r->dataset, t->columns[i]);
    if (column == SIZE_MAX) {
      fail(r, t->line, t->columns[i], "the contract has no such column");
      return false;
    }
    columns[i] = (uint32_t)column;
  }
  edict_request request = {.size = sizeof request,
                           .action = text(t->action),
                           .dataset = r->dataset,
                           .columns = columns,
                           .column_count = t->column_count,
                           .context = t->context,
                           .context_count = t->context_count,
                           .now = t->now};
  if (edict_decide(r->decision, r->session, &request) == EDICT_OK) return true;
  fail(r, t->line, "a decision", "the request was refused");
  return false;
}

static edict_status run_one(run *r, const edict_engine *engine, edict_diagnostics *diagnostics) {
  const edict_test *t = r->test;
  edict_diagnostics *quiet =
      edict_diagnostics_create(); /* notes of binding are not this test's business */
  edict_status status = edict_product_create(engine, t->product, &r->product, quiet);
  edict_diagnostics_destroy(&quiet);
  if (status == EDICT_NOT_FOUND) {
    fail(r, t->line, t->product, "no bundle carries this product");
    return EDICT_OK;
  }
  if (status == EDICT_OK)
    status = edict_session_create_hypothetical(engine, text(t->issuer), text(t->id), t->subject,
                                               t->subject_count, &r->session, diagnostics);
  if (status == EDICT_OK) status = edict_decision_create(r->product, &r->decision);
  if (status != EDICT_OK || !decide(r)) return status;
  for (size_t i = 0; i < t->expect_count; i++) {
    const edict_expectation *e = &t->expects[i];
    if (e->kind == EDICT_EXPECT_COLUMN) check_column(r, e);
    else if (e->kind == EDICT_EXPECT_ROW) check_row(r, e);
    else if (e->kind == EDICT_EXPECT_OBLIGE) check_obligation(r, e);
    else check_effect(r, e);
  }
  return EDICT_OK;
}

edict_status runner_run(const edict_project *project, const edict_engine *engine,
                        void (*tell)(void *user, const runner_failure *failure), void *user,
                        runner_report *report, edict_diagnostics *diagnostics) {
  edict_status status = EDICT_OK;
  *report = (runner_report){0};
  for (size_t i = 0; i < edict_project_test_count(project) && status == EDICT_OK; i++) {
    edict_test test;
    status = edict_project_test(project, i, &test);
    if (status != EDICT_OK) break;
    run r = {.test = &test, .tell = tell, .user = user};
    status = run_one(&r, engine, diagnostics);
    edict_decision_destroy(&r.decision);
    edict_session_destroy(&r.session);
    edict_product_destroy(&r.product);
    if (r.failed) report->failed++;
    else if (status == EDICT_OK) report->passed++;
  }
  return status;
}
