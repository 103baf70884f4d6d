/* Runner: see the header. What tests bring along is built first, in one thread; then each worker takes the
 * next test that nobody has, and writes into its place. */
#include "workbench/runner.h"

#include "base/parallel.h"

#define ARENA_REPORT ((size_t)1 << 31)

typedef struct run {
  const runner_options *options;
  const edict_bytes **tables; /* by result: the bundles of its tables */
  runner_report *report;
} run;

/* ---- which tests ---- */

static edict_status choose(const edict_project *project, const char *only, runner_report *report, size_t *numbers) {
  for (size_t i = 0; i < edict_project_test_count(project); i++) {
    runner_result *result = &report->results[report->count];
    edict_status status = edict_project_test(project, i, &result->test);
    if (status != EDICT_OK) return status;
    if (only && !edi_str_glob(edi_str_from(only), edi_str_from(result->test.title))) continue;
    numbers[report->count++] = i;
  }
  return EDICT_OK;
}

/* ---- what they bring along ---- */

static edict_status build_tables(const edict_project *project, size_t number, const edict_test *test,
                                 edi_arena *arena, edict_bytes *into, edict_diagnostics *diagnostics) {
  for (size_t t = 0; t < test->table_count; t++) {
    char *bytes;
    size_t length;
    edict_status status = edict_project_test_table(project, number, t, &bytes, &length, diagnostics);
    if (status != EDICT_OK) return status;
    into[t] = (edict_bytes){edi_arena_copy(arena, bytes, length), length};
    edict_text_free(&bytes);
    if (!into[t].ptr) return edi_arena_status(arena);
  }
  return EDICT_OK;
}

static edict_status prepare(const edict_project *project, run *r, edict_diagnostics *diagnostics) {
  runner_report *report = r->report;
  size_t all = edict_project_test_count(project);
  size_t *numbers = EDI_NEW_ARRAY(&report->arena, size_t, all);
  report->results = EDI_NEW_ARRAY(&report->arena, runner_result, all);
  r->tables = EDI_NEW_ARRAY(&report->arena, const edict_bytes *, all);
  if (!numbers || !report->results || !r->tables) return edi_arena_status(&report->arena);
  edict_status status = choose(project, r->options->only, report, numbers);
  for (size_t i = 0; i < report->count && status == EDICT_OK; i++) {
    const edict_test *test = &report->results[i].test;
    edict_bytes *tables = EDI_NEW_ARRAY(&report->arena, edict_bytes, test->table_count);
    if (!tables) return edi_arena_status(&report->arena);
    r->tables[i] = tables;
    status = build_tables(project, numbers[i], test, &report->arena, tables, diagnostics);
  }
  return status;
}

/* ---- workers ---- */

static void work(void *user, size_t worker, size_t item) {
  run *r = user;
  runner_worker *w = (runner_worker *)r->report->workers + worker;
  if (w->status == EDICT_OK) runner_test(w, r->tables[item], &r->report->results[item]);
}

static edict_status equip(runner_worker *w, const runner_options *options) {
  w->options = options;
  edi_arena_init(&w->arena, NULL, ARENA_REPORT);
  if (options->coverage) w->counts = runner_coverage_counts(options->coverage, &w->arena);
  return w->status = w->counts || !options->coverage ? EDICT_OK : edi_arena_status(&w->arena);
}

static edict_status finish(run *r, const runner_worker *workers) {
  runner_report *report = r->report;
  for (size_t i = 0; i < report->worker_count; i++) {
    if (workers[i].status != EDICT_OK) return workers[i].status;
    if (r->options->coverage) runner_coverage_add(r->options->coverage, workers[i].counts);
  }
  for (size_t i = 0; i < report->count; i++)
    if (report->results[i].failure_count) report->failed++;
    else report->passed++;
  return EDICT_OK;
}

edict_status runner_run(const edict_project *project, const runner_options *options, runner_report *report,
                        edict_diagnostics *diagnostics) {
  *report = (runner_report){.count = 0};
  edi_arena_init(&report->arena, NULL, ARENA_REPORT);
  run r = {.options = options, .report = report};
  edict_status status = prepare(project, &r, diagnostics);
  if (status != EDICT_OK) return status;
  size_t count = options->jobs < report->count ? options->jobs : report->count;
  if (count == 0) count = 1;
  runner_worker *workers = EDI_NEW_ARRAY(&report->arena, runner_worker, count);
  if (!workers) return edi_arena_status(&report->arena);
  report->workers = workers;
  for (; report->worker_count < count && status == EDICT_OK; report->worker_count++)
    status = equip(&workers[report->worker_count], options);
  if (status != EDICT_OK) return status;
  edi_parallel(report->count, count, work, &r);
  return finish(&r, workers);
}

void runner_report_fini(runner_report *report) {
  runner_worker *workers = report->workers;
  for (size_t i = 0; i < report->worker_count; i++) edi_arena_fini(&workers[i].arena);
  edi_arena_fini(&report->arena);
  *report = (runner_report){.count = 0};
}

/* ---- requests that nobody wrote down ---- */

typedef struct asking {
  const edict_test *tests;
  bool *passed;
  runner_worker *workers;
} asking;

static void ask_one(void *user, size_t worker, size_t item) {
  asking *a = user;
  runner_worker *w = &a->workers[worker];
  runner_result result = {.test = a->tests[item]};
  if (w->status != EDICT_OK) return;
  w->test = item;
  runner_test(w, NULL, &result);
  a->passed[item] = result.decision && result.failure_count == 0;
}

edict_status runner_ask(const edict_test *tests, size_t count, const runner_options *options, bool *passed,
                        runner_hear *hear, void *user) {
  enum { WORKERS_MOST = 16, EACH = 8 }; /* fewer requests than that are no work for one more */
  runner_worker workers[WORKERS_MOST];
  asking a = {tests, passed, workers};
  size_t threads = options->jobs < 1 + count / EACH ? options->jobs : 1 + count / EACH, made = 0;
  edict_status status = EDICT_OK;
  if (threads > WORKERS_MOST) threads = WORKERS_MOST;
  for (; made < threads && status == EDICT_OK; made++) {
    workers[made] = (runner_worker){.hear = hear, .user = user};
    status = equip(&workers[made], options);
  }
  if (status == EDICT_OK) edi_parallel(count, threads, ask_one, &a);
  for (size_t i = 0; i < made; i++) {
    if (status == EDICT_OK) status = workers[i].status;
    edi_arena_fini(&workers[i].arena);
  }
  return status;
}
