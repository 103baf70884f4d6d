/* Test run: one test, decided through the C API as a host would, with a subject that nobody vouches for;
 * rows are applied one by one. What differs is kept beside what rules said about it. */
#include <stdarg.h>
#include <stdio.h>

#include "edict/forms.h"
#include "workbench/runner.h"

#define TEXT_MOST ((size_t)1024 * 1024)
#define NOTES_MOST 12

typedef struct failures { runner_failure *items; size_t count, capacity; } failures;

typedef struct run {
  runner_worker *worker;
  runner_result *result;
  const edict_test *test;
  edict_engine *own;          /* where the test brings data along */
  edict_product *product;
  edict_session *session;
  edict_decision *decision;
  bool decided;
  size_t dataset, column_count;
  failures failures;
  const char *notes[NOTES_MOST]; /* of the failure that comes next */
  size_t note_count;
} run;

/* ---- texts ---- */

static void no_memory(run *r) { r->worker->status = edi_arena_status(&r->worker->arena); }

static const char *keep(run *r, const char *ptr, size_t length) {
  const char *copy = edi_arena_copy(&r->worker->arena, ptr ? ptr : "", length);
  if (!copy) no_memory(r);
  return copy ? copy : "";
}

static const char *say(run *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

static const char *say(run *r, const char *format, ...) {
  va_list arguments, again;
  va_start(arguments, format);
  va_copy(again, arguments);
  int length = vsnprintf(NULL, 0, format, arguments);
  char *text = length < 0 ? NULL : edi_arena_alloc(&r->worker->arena, (size_t)length + 1);
  if (text) vsnprintf(text, (size_t)length + 1, format, again);
  else no_memory(r);
  va_end(again);
  va_end(arguments);
  return text ? text : "";
}

static const char *keep_buf(run *r, edi_buf *buf) {
  const char *copy = keep(r, buf->ptr, buf->len);
  edi_buf_fini(buf);
  return copy;
}

static void note(run *r, const char *text) {
  if (r->note_count < NOTES_MOST) r->notes[r->note_count++] = text;
}

static void fail(run *r, uint32_t line, const char *text, const char *expected, const char *got) {
  edi_arena *arena = &r->worker->arena;
  void *items = r->failures.items;
  const char **notes = EDI_NEW_ARRAY(arena, const char *, r->note_count);
  bool room = r->failures.count < r->failures.capacity ||
              edi_arena_grow(arena, &items, &r->failures.capacity, r->failures.count, sizeof *r->failures.items);
  r->failures.items = items;
  if (!notes || !room) {
    no_memory(r);
    return;
  }
  for (size_t i = 0; i < r->note_count; i++) notes[i] = r->notes[i];
  r->failures.items[r->failures.count++] = (runner_failure){line, text, expected, got, notes, r->note_count};
  r->note_count = 0;
}

static void fail_expectation(run *r, const edict_expectation *e, const char *expected, const char *got) {
  fail(r, e->line, e->text, expected, got);
}

static void fail_test(run *r, const char *expected, const char *got) { fail(r, r->test->line, "", expected, got); }

/* ---- what rules said ---- */

static edict_text text(const char *s) { return (edict_text){s, strlen(s)}; }

static const char *holds_text(edict_holds holds) {
  return holds == EDICT_HOLDS_YES ? "yes" : holds == EDICT_HOLDS_NO ? "no" : "unknown";
}

/* The conditions of rules as lines "federal.privacy.x: on yes, when no". */
typedef struct listener {
  run *r;
  const char *rule;           /* of this one alone, NULL: of all */
  const char *part;           /* this part alone, NULL: all but the whole */
  edi_buf line;
  edict_text of;              /* whose line it is */
} listener;

static void end_line(listener *l) {
  if (l->line.len) note(l->r, keep(l->r, l->line.ptr, l->line.len));
  l->line.len = 0;
}

static bool same_text(edict_text a, edict_text b) {
  return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static void hear(void *user, const edict_condition *c) {
  listener *l = user;
  bool wanted = l->part ? strcmp(c->part, l->part) == 0 : strcmp(c->part, "applies") != 0;
  if (!wanted || (l->rule && (strlen(l->rule) != c->rule.len || memcmp(l->rule, c->rule.ptr, c->rule.len) != 0))) return;
  bool begins = l->line.len == 0 || !same_text(l->of, c->rule);
  if (begins) {
    end_line(l);
    edi_buf_format(&l->line, "%.*s:", EDI_STR_ARG(c->rule));
    l->of = c->rule;
  }
  edi_buf_format(&l->line, "%s %s", begins ? "" : ",", c->part);
  if (c->number) edi_buf_format(&l->line, " %u", c->number);
  edi_buf_format(&l->line, " %s", holds_text(c->holds));
}

static void note_conditions(run *r, const char *rule, const char *part, const edict_cell *row) {
  listener l = {.r = r, .rule = rule, .part = part};
  edi_buf_init(&l.line, NULL, TEXT_MOST);
  (void)edict_decision_conditions(r->decision, row, row ? r->column_count : 0, hear, &l);
  end_line(&l);
  edi_buf_fini(&l.line);
}

/* ---- effect ---- */

static bool has_reason(run *r, const char *rule, const char *effect) {
  edict_reason reason;
  for (size_t i = 0; i < edict_decision_reason_count(r->decision); i++) {
    if (edict_decision_reason(r->decision, i, &reason) != EDICT_OK) continue;
    bool same = strlen(rule) == reason.rule.len && memcmp(rule, reason.rule.ptr, reason.rule.len) == 0;
    if (same && (!effect || strcmp(effect, reason.effect) == 0)) return true;
  }
  return false;
}

static void check_effect(run *r, const edict_expectation *e) {
  bool wants = e->kind == EDICT_EXPECT_PERMIT, permit = edict_decision_effect(r->decision) == EDICT_PERMIT;
  const char *expected = wants ? "permit" : "deny", *got = permit ? "permit" : "deny";
  bool same = permit == wants;
  if (same && (!e->rule || has_reason(r, e->rule, wants ? "permit" : NULL))) return;
  if (e->rule) {
    note_conditions(r, e->rule, NULL, NULL);
    expected = say(r, "%s by %s", expected, e->rule);
    if (same) got = say(r, "%s, for other reasons", got);
  }
  fail_expectation(r, e, expected, got);
}

/* ---- obligations ---- */

static void begin_duty(edi_buf *buf, edict_text name) { edi_buf_format(buf, "oblige %.*s(", EDI_STR_ARG(name)); }

static void put_argument(edi_buf *buf, size_t index, edict_text value) {
  edi_buf_format(buf, "%s%.*s", index ? ", " : "", EDI_STR_ARG(value));
}

static edict_text argument_at(run *r, size_t index, size_t at) {
  edict_argument a;
  if (edict_decision_obligation_argument(r->decision, index, at, &a) != EDICT_OK) return (edict_text){"?", 1};
  return a.value;
}

static bool same_arguments(run *r, const edict_expectation *e, size_t index, size_t count) {
  bool same = count == e->obligation_argument_count;
  for (size_t i = 0; same && i < count; i++) same = same_text(argument_at(r, index, i), e->obligation_arguments[i]);
  return same;
}

static const char *expected_duty(run *r, const edict_expectation *e) {
  edi_buf buf;
  edi_buf_init(&buf, NULL, TEXT_MOST);
  begin_duty(&buf, text(e->obligation));
  for (size_t i = 0; i < e->obligation_argument_count; i++) put_argument(&buf, i, e->obligation_arguments[i]);
  edi_buf_char(&buf, ')');
  return keep_buf(r, &buf);
}

/* Of several with the expected name the last one is told, and that the others differ too. */
static void check_obligation(run *r, const edict_expectation *e) {
  const char *got = "no such obligation";
  edict_obligation o;
  for (size_t i = 0; edict_decision_obligation(r->decision, i, &o) == EDICT_OK; i++) {
    edi_buf buf;
    if (!same_text(o.name, text(e->obligation))) continue;
    if (same_arguments(r, e, i, o.argument_count)) return;
    edi_buf_init(&buf, NULL, TEXT_MOST);
    begin_duty(&buf, o.name);
    for (size_t k = 0; k < o.argument_count; k++) put_argument(&buf, k, argument_at(r, i, k));
    edi_buf_char(&buf, ')');
    got = keep_buf(r, &buf);
  }
  fail_expectation(r, e, expected_duty(r, e), got);
}

/* ---- rules in shadow ---- */

static void check_shadow(run *r, const edict_expectation *e) {
  edict_shadow s;
  for (size_t i = 0; edict_decision_shadow(r->decision, i, &s) == EDICT_OK; i++)
    if (same_text(s.rule, text(e->rule))) return;
  fail_expectation(r, e, say(r, "shadow %s", e->rule), "it would change nothing");
}

/* ---- columns ---- */

static const char *transform_text(run *r, const char *name, const char *arguments) {
  if (strcmp(name, "keep") == 0) return "raw";
  return arguments && *arguments ? say(r, "%s(%s)", name, arguments) : name;
}

static void check_column(run *r, const edict_expectation *e) {
  const char *arguments, *name;
  size_t column = edict_product_column(r->product, r->dataset, e->column);
  const char *expected = transform_text(r, e->transform, e->arguments);
  if (column == SIZE_MAX) {
    fail_expectation(r, e, expected, "the contract has no such column");
    return;
  }
  name = edict_decision_column(r->decision, column, &arguments);
  if (strcmp(name, e->transform) == 0 && (!e->arguments || strcmp(arguments, e->arguments) == 0)) return;
  if (strcmp(name, "varies") == 0) {
    note(r, "a mask of this column reads the row: expect what is shown of a row instead");
    fail_expectation(r, e, expected, "it depends on the row");
    return;
  }
  note_conditions(r, NULL, "case", NULL);
  if (edict_decision_effect(r->decision) == EDICT_DENY) note(r, "the request is denied, and every column closed");
  fail_expectation(r, e, expected, transform_text(r, name, keep(r, arguments, strlen(arguments))));
}

/* ---- groups ---- */

static const char *groups_text(run *r) {
  edi_buf buf;
  edict_group g;
  edi_buf_init(&buf, NULL, TEXT_MOST);
  edi_buf_text(&buf, edict_decision_group_count(r->decision) ? "groups of at least " : "no groups: rows may be shown one by one");
  for (size_t i = 0; edict_decision_group(r->decision, i, &g) == EDICT_OK; i++) {
    edict_column_info info = {.name = "a column that there is not"};
    (void)edict_product_column_info(r->product, r->dataset, g.column, &info);
    edi_buf_format(&buf, "%s%u %s", i ? ", " : "", g.least, info.name);
  }
  return keep_buf(r, &buf);
}

static void check_groups(run *r, const edict_expectation *e) {
  edict_group g;
  size_t column = edict_product_column(r->product, r->dataset, e->column);
  const char *expected = say(r, "groups of at least %u %s", e->least, e->column);
  if (column == SIZE_MAX) {
    fail_expectation(r, e, expected, "the contract has no such column");
    return;
  }
  for (size_t i = 0; edict_decision_group(r->decision, i, &g) == EDICT_OK; i++)
    if (g.column == column && g.least == e->least) return;
  bool denied = edict_decision_effect(r->decision) == EDICT_DENY;
  fail_expectation(r, e, expected, denied ? "the request is denied" : groups_text(r));
}

/* ---- rows ---- */

/* A float is written as a decimal, a time of day as a text. */
static bool same_form(const edict_cell *made, const edict_cell *written) {
  char a[64], b[64];
  bool clock = made->type == EDICT_CELL_TIME && written->type == EDICT_CELL_TEXT;
  if (!clock && (made->type != EDICT_CELL_REAL || (written->type != EDICT_CELL_DECIMAL && written->type != EDICT_CELL_INT))) return false;
  size_t length = edict_cell_text(made, a, sizeof a);
  if (clock) return written->len == length && memcmp(written->ptr, a, length) == 0;
  return edict_cell_text(written, b, sizeof b) == length && length < sizeof a && memcmp(a, b, length) == 0;
}

static bool same_cell(const edict_cell *a, const edict_cell *b) {
  if (a->type != b->type) return same_form(a, b);
  if (a->type == EDICT_CELL_NULL) return true;
  if (a->type == EDICT_CELL_TEXT || a->type == EDICT_CELL_BLOB)
    return a->len == b->len && (a->len == 0 || memcmp(a->ptr, b->ptr, a->len) == 0);
  return a->integer == b->integer && a->scale == b->scale;
}

/* A value as a rule file writes it; the whole of it, but for one that nobody can read at a glance. */
static const char *cell_text(run *r, const char *column, const edict_cell *cell) {
  char value[1024];
  size_t length = edict_cell_text(cell, value, sizeof value);
  return say(r, "%s: %s%s", column, value, length >= sizeof value ? "..." : "");
}

static void check_shown(run *r, const edict_expectation *e) {
  const char *arguments;
  for (size_t i = 0; i < e->shown_count; i++) {
    const edict_test_cell *wanted = &e->shown[i];
    size_t column = edict_product_column(r->product, r->dataset, wanted->column);
    if (column != SIZE_MAX && same_cell(&r->worker->out[column], &wanted->cell)) continue;
    const char *expected = cell_text(r, wanted->column, &wanted->cell);
    if (column == SIZE_MAX) {
      fail_expectation(r, e, expected, "the contract has no such column");
      continue;
    }
    const char *name = edict_decision_column(r->decision, column, &arguments);
    if (strcmp(name, "varies") == 0) note_conditions(r, NULL, "case", r->worker->in);
    else if (strcmp(name, "keep") != 0) note(r, say(r, "%s is masked with %s", wanted->column, transform_text(r, name, keep(r, arguments, strlen(arguments)))));
    fail_expectation(r, e, expected, cell_text(r, wanted->column, &r->worker->out[column]));
  }
}

static bool has_room_for_rows(run *r) {
  runner_worker *w = r->worker;
  if (w->memory) return true;
  w->in = EDI_NEW_ARRAY(&w->arena, edict_cell, RUNNER_COLUMNS_MOST);
  w->out = EDI_NEW_ARRAY(&w->arena, edict_cell, RUNNER_COLUMNS_MOST);
  if (w->in && w->out) w->memory = edi_arena_room(&w->arena, RUNNER_ROW_MEMORY, 1);
  if (!w->memory) no_memory(r);
  return w->memory != NULL;
}

static bool fill_row(run *r, const edict_expectation *e) {
  memset(r->worker->in, 0, r->column_count * sizeof *r->worker->in);
  for (size_t i = 0; i < e->cell_count; i++) {
    size_t column = edict_product_column(r->product, r->dataset, e->cells[i].column);
    if (column == SIZE_MAX) {
      fail_expectation(r, e, say(r, "a column `%s`", e->cells[i].column), "the contract has no such column");
      return false;
    }
    r->worker->in[column] = e->cells[i].cell;
  }
  return true;
}

static void count_condition(void *user, const edict_condition *c) {
  const runner_worker *w = user;
  runner_coverage_note(w->options->coverage, w->counts, c);
}

/* Code that cannot be taken apart is a defect: it was compiled here. */
static void measure(run *r, const edict_cell *row) {
  runner_worker *w = r->worker;
  size_t count = row ? r->column_count : 0;
  (void)edict_decision_conditions(r->decision, row, count, count_condition, w);
  edict_status status = edict_decision_comparisons(r->decision, row, count, count_condition, w);
  if (status != EDICT_OK && status != EDICT_ARGUMENT) w->status = status;
}

static void check_row(run *r, const edict_expectation *e) {
  static const char *const words[] = {"hidden", "shown", "withheld", "erasable"};
  runner_worker *w = r->worker;
  edict_row row;
  if (!has_room_for_rows(r) || !fill_row(r, e)) return;
  edict_status status =
      edict_decision_apply_row(r->decision, w->in, r->column_count, w->out, w->memory, RUNNER_ROW_MEMORY, &row);
  /* A row that may be shown in a group alone is hidden by itself. */
  if (status != EDICT_OK && status != EDICT_UNSUPPORTED) {
    fail_expectation(r, e, words[e->outcome], "the row could not be applied");
    return;
  }
  if (w->counts) measure(r, w->in);
  bool same = e->outcome == EDICT_ROW_HIDDEN ? row != EDICT_ROW_SHOWN : row == e->outcome;
  if (!same) {
    if (edict_decision_effect(r->decision) == EDICT_DENY) note(r, "the request is denied, and every row hidden");
    note_conditions(r, NULL, NULL, w->in);
    fail_expectation(r, e, words[e->outcome], words[row]);
  } else if (row == EDICT_ROW_SHOWN) {
    check_shown(r, e);
  }
}

/* ---- reasons ---- */

static const char *unknown_text(run *r, size_t index) {
  edi_buf buf;
  const char *name;
  edi_buf_init(&buf, NULL, TEXT_MOST);
  for (size_t i = 0; (name = edict_decision_reason_unknown(r->decision, index, i)); i++)
    edi_buf_format(&buf, "%s%s", i ? ", " : "", name);
  return keep_buf(r, &buf);
}

/* Why a rule that holds did not do what it says. */
static const char *reason_note(run *r, const edict_reason *reason) {
  bool deny = edict_decision_effect(r->decision) == EDICT_DENY;
  if (reason->unmet.len) return say(r, "its obligation %.*s cannot be met", EDI_STR_ARG(reason->unmet));
  bool stands = deny && strcmp(reason->effect, "permit") == 0 && reason->holds == EDICT_HOLDS_YES;
  return stands ? "no federal rule delegates it to the domain" : "";
}

static void keep_reasons(run *r) {
  size_t count = edict_decision_reason_count(r->decision);
  runner_reason *reasons = EDI_NEW_ARRAY(&r->worker->arena, runner_reason, count);
  if (!reasons) {
    no_memory(r);
    return;
  }
  for (size_t i = 0; i < count; i++) {
    edict_reason reason;
    if (edict_decision_reason(r->decision, i, &reason) != EDICT_OK) continue;
    reasons[i] = (runner_reason){
        .rule = keep(r, reason.rule.ptr, reason.rule.len),
        .effect = reason.effect,
        .holds = holds_text(reason.holds),
        .because = keep(r, reason.because.ptr, reason.because.len),
        .at = reason.file.len ? say(r, "%.*s:%u", EDI_STR_ARG(reason.file), reason.line) : "",
        .unknown = unknown_text(r, i),
        .note = reason_note(r, &reason)};
  }
  r->result->reasons = reasons;
  r->result->reason_count = count;
}

/* ---- one test ---- */

static bool find_columns(run *r, uint32_t *columns) {
  const edict_test *t = r->test;
  r->dataset = edict_product_dataset(r->product, t->dataset);
  r->column_count = edict_product_column_count(r->product, r->dataset);
  if (r->dataset == SIZE_MAX || t->column_count > RUNNER_COLUMNS_MOST || r->column_count > RUNNER_COLUMNS_MOST) {
    fail_test(r, say(r, "a dataset `%s` of %s", t->dataset, t->product), "the contract has no such dataset");
    return false;
  }
  for (size_t i = 0; i < t->column_count; i++) {
    size_t column = edict_product_column(r->product, r->dataset, t->columns[i]);
    columns[i] = column == SIZE_MAX ? UINT32_MAX : (uint32_t)column; /* edict.column refuses it */
  }
  return true;
}

/* Decides about what `about` names. */
static void ask(run *r, const edict_request *about) {
  const edict_test *t = r->test;
  edict_request request = *about;
  request.size = sizeof request;
  request.action = text(t->action);
  request.context = t->context;
  request.context_count = t->context_count;
  request.now = t->now;
  r->decided = edict_decide(r->decision, r->session, &request) == EDICT_OK;
  if (!r->decided) fail_test(r, "a decision", "the request cannot be decided");
}

static void decide(run *r) {
  const edict_test *t = r->test;
  const edict_resource resource = {text(t->dataset), t->resource, t->resource_count};
  if (t->is_resource) {
    ask(r, &(edict_request){.resource = &resource});
    return;
  }
  uint32_t *columns = EDI_NEW_ARRAY(&r->worker->arena, uint32_t, t->column_count);
  if (!columns) no_memory(r);
  if (!columns || !find_columns(r, columns)) return;
  ask(r, &(edict_request){.dataset = r->dataset, .columns = columns, .column_count = t->column_count});
}

/* Without its contract nothing can be decided: what to add is worth a sentence. */
static void fail_product(run *r, bool none) {
  const char *product = r->test->product, *dot = strrchr(product, '.');
  int domain = dot ? (int)(dot - product) : (int)strlen(product);
  if (none)
    note(r, say(r, "the contract of a product is in the project of its domain: add --with PATH, the edict.yaml of the "
                   "domain `%.*s`", domain, product));
  else note(r, say(r, "no contract of the projects in this run says `domain: %.*s` and `dataProduct: %s`: add --with PATH "
                      "for its project, or correct the name", domain, product, dot ? dot + 1 : product));
  fail_test(r, say(r, "a contract of %s", product), "no bundle of this run carries it");
}

static void fail_status(run *r, const char *what, const edict_diagnostics *diagnostics) {
  const char *code = edict_diagnostics_code(diagnostics, 0), *message = edict_diagnostics_message(diagnostics, 0);
  fail_test(r, what, message ? say(r, "%s: %s", code, message) : "it could not be made");
}

/* An engine with what the test brings along in the place of what the project has. */
static edict_status make_engine(run *r, const edict_bytes *tables, edict_diagnostics *diagnostics) {
  const runner_options *o = r->worker->options;
  const edict_test *t = r->test;
  edict_bytes *bundles = EDI_NEW_ARRAY(&r->worker->arena, edict_bytes, o->bundle_count + t->table_count);
  size_t count = 0;
  if (!bundles) return edi_arena_status(&r->worker->arena);
  for (size_t i = 0; i < o->bundle_count; i++) {
    const char *name, *layer;
    uint64_t version;
    const unsigned char *digest;
    edict_status status = edict_engine_bundle(o->engine, i, &name, &layer, &version, &digest);
    bool replaced = status != EDICT_OK;
    for (size_t k = 0; k < t->table_count && !replaced; k++)
      replaced = strncmp(layer, "table ", 6) == 0 && strcmp(layer + 6, t->tables[k]) == 0;
    if (!replaced) bundles[count++] = o->bundles[i];
  }
  for (size_t k = 0; k < t->table_count; k++) bundles[count++] = tables[k];
  static const char *const all[] = {"*"}; /* a test supposes a host that can meet every obligation */
  edict_engine_options options = {.size = sizeof options, .now = INT64_MIN, .development = 1,
                                  .obligations = all, .obligation_count = 1, .index = EDICT_INDEX_ONCE,
                                  .keys = t->keys, .key_count = t->key_count};
  if (t->key_count == 0) {
    options.keyring = o->keyring;
    options.keyring_length = o->keyring_length;
    options.keyring_secret = o->keyring_secret;
  }
  return edict_engine_create(&options, bundles, count, &r->own, diagnostics);
}

static bool set_up(run *r, const edict_bytes *tables, edict_diagnostics *diagnostics) {
  const edict_test *t = r->test;
  const edict_engine *engine = r->worker->options->engine;
  edict_status status = EDICT_OK;
  if (t->table_count || t->key_count) {
    status = make_engine(r, tables, diagnostics);
    engine = r->own;
  }
  if (status != EDICT_OK) {
    fail_status(r, "the tables and keys of the test", diagnostics);
    return false;
  }
  status = edict_product_create(engine, t->product, &r->product, diagnostics);
  if (status == EDICT_NOT_FOUND) fail_product(r, edict_engine_product_count(engine) == 0);
  else if (status != EDICT_OK) fail_status(r, say(r, "the product %s", t->product), diagnostics);
  if (status != EDICT_OK) return false;
  edict_diagnostics_clear(diagnostics); /* notes of binding are not this test's business */
  status = edict_session_create_hypothetical(engine, text(t->issuer), text(t->id), t->subject, t->subject_count,
                                             &r->session, diagnostics);
  if (status == EDICT_OK) status = edict_decision_create(r->product, &r->decision);
  if (status != EDICT_OK) fail_status(r, "the subject of the test", diagnostics);
  return status == EDICT_OK;
}

static void check(run *r) {
  for (size_t i = 0; i < r->test->expect_count; i++) {
    const edict_expectation *e = &r->test->expects[i];
    switch (e->kind) {
      case EDICT_EXPECT_PERMIT:
      case EDICT_EXPECT_DENY: check_effect(r, e); break;
      case EDICT_EXPECT_COLUMN: check_column(r, e); break;
      case EDICT_EXPECT_ROW: check_row(r, e); break;
      case EDICT_EXPECT_OBLIGE: check_obligation(r, e); break;
      case EDICT_EXPECT_SHADOW: check_shadow(r, e); break;
      case EDICT_EXPECT_GROUPS: check_groups(r, e); break;
    }
  }
}

void runner_test(runner_worker *worker, const edict_bytes *tables, runner_result *result) {
  run r = {.worker = worker, .result = result, .test = &result->test};
  edict_diagnostics *diagnostics = edict_diagnostics_create();
  if (!diagnostics) worker->status = EDICT_MEMORY;
  if (diagnostics && set_up(&r, tables, diagnostics)) decide(&r);
  if (r.decided) {
    result->decision = edict_decision_effect(r.decision) == EDICT_PERMIT ? "permit" : "deny";
    if (worker->counts) measure(&r, NULL);
    check(&r);
    if (worker->hear) worker->hear(worker->user, worker->test, r.decision);
    if (r.failures.count) keep_reasons(&r);
  }
  result->failures = r.failures.items;
  result->failure_count = r.failures.count;
  edict_decision_destroy(&r.decision);
  edict_session_destroy(&r.session);
  edict_product_destroy(&r.product);
  edict_engine_destroy(&r.own);
  edict_diagnostics_destroy(&diagnostics);
}
