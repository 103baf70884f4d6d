/* Testcase: see the header. Values become the texts and cells that the C API takes: a node its name, a
 * date its form; a record a list of named cells. */
#include "policy/testcase.h"

#include "policy/given.h"
#include "policy/transform_args.h"

typedef struct maker {
  edi_arena *arena;
  const edi_build *build;
  bool failed;
} maker;

static const char *terminated(maker *m, edi_str s) {
  const char *copy = edi_arena_copy(m->arena, s.ptr, s.len);
  if (!copy) m->failed = true;
  return copy ? copy : "";
}

static void *array(maker *m, size_t count, size_t size) {
  void *p = edi_arena_array(m->arena, count ? count : 1, size);
  if (!p) m->failed = true;
  return p;
}

/* A scalar as text: what an attribute's value is given as. */
static edi_str scalar_text(maker *m, const edi_expr *x) {
  edi_str text = edi_given_text(m->arena, m->build->model, x);
  if (!text.ptr) m->failed = true;
  return text;
}

static edict_text api_text(edi_str s) { return (edict_text){s.ptr, s.len}; }

static edict_attribute attribute(maker *m, const edi_test_field *field) {
  edict_attribute a = {.name = api_text(field->name.text)};
  const edi_expr *x = field->value->scalar;
  if (!x) return a;
  a.count = x->kind == EDI_EXPR_LIST ? x->operand_count : 1;
  edict_text *values = array(m, a.count, sizeof *values);
  for (size_t i = 0; values && i < a.count; i++)
    values[i] = api_text(scalar_text(m, x->kind == EDI_EXPR_LIST ? x->operands[i] : x));
  a.values = values;
  return a;
}

/* The fields of a record but those that stand for something else (`issuer`, `id`, `now`). */
static const edict_attribute *attributes(maker *m, const edi_test_value *record,
                                         const char *const *besides, size_t *count) {
  *count = 0;
  if (!record) return NULL;
  edict_attribute *out = array(m, record->field_count, sizeof *out);
  for (size_t i = 0; out && i < record->field_count; i++) {
    bool special = false;
    for (size_t b = 0; besides[b]; b++)
      special = special || edi_str_equal(record->fields[i].name.text, edi_str_from(besides[b]));
    if (!special) out[(*count)++] = attribute(m, &record->fields[i]);
  }
  return out;
}

static const edi_expr *field(const edi_test_value *record, const char *name) {
  for (size_t i = 0; record && i < record->field_count; i++)
    if (edi_str_equal(record->fields[i].name.text, edi_str_from(name)))
      return record->fields[i].value->scalar;
  return NULL;
}

static bool is_null(const edi_expr *x) {
  return x->kind == EDI_EXPR_NAME && edi_str_equal(x->text, EDI_STR("null"));
}

static edict_cell cell(maker *m, const edi_expr *x) {
  edi_str text;
  if (is_null(x)) return (edict_cell){.type = EDICT_CELL_NULL};
  switch ((int)x->kind) {
    case EDI_EXPR_BOOL: return (edict_cell){.type = EDICT_CELL_BOOL, .integer = x->integer};
    case EDI_EXPR_INT: return (edict_cell){.type = EDICT_CELL_INT, .integer = x->integer};
    case EDI_EXPR_DATE: return (edict_cell){.type = EDICT_CELL_DATE, .integer = x->integer};
    case EDI_EXPR_TIMESTAMP:
      return (edict_cell){.type = EDICT_CELL_TIMESTAMP, .integer = x->integer};
    case EDI_EXPR_DECIMAL:
      return (edict_cell){
          .type = EDICT_CELL_DECIMAL, .integer = x->decimal.mantissa, .scale = x->decimal.scale};
    default:
      text = scalar_text(m, x);
      return (edict_cell){.type = EDICT_CELL_TEXT, .ptr = text.ptr, .len = text.len};
  }
}

static const edict_test_cell *cells(maker *m, const edi_test_value *record, size_t *count) {
  *count = 0;
  if (!record) return NULL;
  edict_test_cell *out = array(m, record->field_count, sizeof *out);
  for (size_t i = 0; out && i < record->field_count; i++)
    if (record->fields[i].value->scalar)
      out[(*count)++] = (edict_test_cell){terminated(m, record->fields[i].name.text),
                                          cell(m, record->fields[i].value->scalar)};
  return out;
}

/* ---- transforms ---- */

/* The arguments in the form that edict_decision_column gives them: one that says the default is left out. */
static const char *arguments(maker *m, const edi_transform_use *use) {
  edi_buf buf;
  edi_value args[EDI_PARAMETERS_MOST];
  edi_str key = use->key == EDI_NONE ? (edi_str){0} : m->build->model->keys[use->key].name, pattern = {0};
  for (size_t i = 0; i < use->argument_count; i++)
    if (use->arguments[i].value->kind == EDI_EXPR_MATCHES) pattern = use->arguments[i].value->text;
  edi_transform_args(m->build->model, use, args);
  (void)edi_arguments_settle(use->id, args); /* the checker did */
  edi_buf_init(&buf, NULL, 128 * 1024);
  edi_arguments_format(use->id, args, key, pattern, &buf);
  if (buf.failed != EDICT_OK) m->failed = true;
  const char *copy = terminated(m, (edi_str){buf.ptr, buf.len});
  edi_buf_fini(&buf);
  return copy;
}

const char *edi_testcase_arguments(edi_arena *arena, const edi_build *build, const edi_transform_use *use) {
  maker m = {arena, build, false};
  const char *text = arguments(&m, use);
  return m.failed ? NULL : text;
}

/* ---- expectations ---- */

static edict_row row_outcome(edi_row_outcome outcome) {
  return outcome == EDI_ROW_SHOWN      ? EDICT_ROW_SHOWN
         : outcome == EDI_ROW_WITHHELD ? EDICT_ROW_WITHHELD
         : outcome == EDI_ROW_ERASABLE ? EDICT_ROW_ERASABLE
                                       : EDICT_ROW_HIDDEN;
}

static uint32_t line_of(const maker *m, edi_span span) {
  uint32_t line = 0, column;
  edi_diagnostics_locate(m->build->diagnostics, span.source, span.begin, &line, &column);
  return line;
}

static void expect_oblige(maker *m, const edi_oblige *oblige, edict_expectation *out) {
  edict_text *arguments = array(m, oblige->argument_count, sizeof *arguments);
  out->kind = EDICT_EXPECT_OBLIGE;
  out->obligation = terminated(m, m->build->model->obligations[oblige->symbol].name);
  for (size_t i = 0; arguments && i < oblige->argument_count; i++)
    arguments[i] = api_text(scalar_text(m, oblige->arguments[i]));
  out->obligation_arguments = arguments;
  out->obligation_argument_count = oblige->argument_count;
}

/* What the author wrote between two places, on one line. */
static const char *written(maker *m, edi_str source, edi_span span) {
  edi_buf buf;
  edi_buf_init(&buf, NULL, EDI_LIMIT_RULE_FILE);
  for (size_t i = span.begin; i < span.end && i < source.len; i++) {
    char c = source.ptr[i];
    bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (!blank) edi_buf_char(&buf, c);
    else if (buf.len && buf.ptr[buf.len - 1] != ' ') edi_buf_char(&buf, ' ');
  }
  if (buf.failed != EDICT_OK) m->failed = true;
  const char *copy = terminated(m, (edi_str){buf.ptr ? buf.ptr : "", buf.len});
  edi_buf_fini(&buf);
  return copy;
}

static edict_expectation expectation(maker *m, edi_str source, const edi_expect *x) {
  edict_expectation out = {.line = line_of(m, x->span), .text = written(m, source, x->span)};
  switch (x->kind) {
    case EDI_EXPECT_PERMIT: out.kind = EDICT_EXPECT_PERMIT; break;
    case EDI_EXPECT_DENY: out.kind = EDICT_EXPECT_DENY; break;
    case EDI_EXPECT_COLUMN:
      out.kind = EDICT_EXPECT_COLUMN;
      out.column = terminated(m, x->column.text);
      out.transform =
          x->transform.id == EDI_TRANSFORM_RAW ? "keep" : terminated(m, x->transform.name.text);
      if (x->transform.argument_count) out.arguments = arguments(m, &x->transform);
      break;
    case EDI_EXPECT_SHADOW: out.kind = EDICT_EXPECT_SHADOW; break;
    case EDI_EXPECT_OBLIGE: expect_oblige(m, &x->oblige, &out); break;
    case EDI_EXPECT_GROUPS:
      out.kind = EDICT_EXPECT_GROUPS;
      out.column = terminated(m, x->column.text);
      out.least = (uint32_t)x->least; /* the checker bounds it */
      break;
    case EDI_EXPECT_ROW:
      out.kind = EDICT_EXPECT_ROW;
      out.outcome = row_outcome(x->outcome);
      out.cells = cells(m, x->row, &out.cell_count);
      out.shown = cells(m, x->shown, &out.shown_count);
      break;
  }
  if (x->rule.text.len) out.rule = terminated(m, x->rule.text);
  return out;
}

static edi_str source_of(const maker *m, edi_str path) {
  const edi_project *p = m->build->project;
  for (size_t i = 0; i < p->rule_count; i++)
    if (edi_str_equal(p->rules[i].path, path)) return p->rules[i].text;
  return EDI_STR("");
}

static void add_given(maker *m, const edi_test_decl *d, edict_test *t) {
  const edi_model *model = m->build->model;
  const char **tables = array(m, d->table_count, sizeof *tables);
  edict_named_key *keys = array(m, d->key_count, sizeof *keys);
  for (size_t i = 0; tables && i < d->table_count; i++)
    tables[i] = terminated(m, model->tables[d->tables[i].symbol].name);
  for (size_t i = 0; keys && i < d->key_count; i++)
    keys[i] = (edict_named_key){api_text(model->keys[d->keys[i].symbol].name), api_text(d->keys[i].text)};
  t->tables = tables;
  t->table_count = d->table_count;
  t->keys = keys;
  t->key_count = d->key_count;
}

static edict_test make(maker *m, const edi_sym_test *s) {
  static const char *const in_subject[] = {"issuer", "id", NULL}, *const in_context[] = {"now",
                                                                                         NULL},
                    *const in_resource[] = {NULL};
  const edi_test_decl *d = s->decl;
  edi_str source = source_of(m, s->file->path);
  edict_test t = {.title = terminated(m, d->title),
                  .file = terminated(m, s->file->path),
                  .line = line_of(m, d->span),
                  .product = terminated(m, d->product.text),
                  .dataset = terminated(m, d->dataset.text),
                  .action = terminated(m, d->action.text),
                  .column_count = d->columns.count,
                  .expect_count = d->expect_count};
  const char **columns = array(m, d->columns.count, sizeof *columns);
  for (size_t i = 0; columns && i < d->columns.count; i++)
    columns[i] = terminated(m, d->columns.items[i].text);
  t.columns = columns;
  const edi_expr *issuer = field(d->subject, "issuer"), *id = field(d->subject, "id"),
                 *now = field(d->context, "now");
  t.issuer = issuer ? terminated(m, scalar_text(m, issuer)) : "";
  t.id = id ? terminated(m, id->text) : "";
  t.now = now ? now->integer : 0;
  t.subject = attributes(m, d->subject, in_subject, &t.subject_count);
  t.context = attributes(m, d->context, in_context, &t.context_count);
  t.resource = attributes(m, d->resource, in_resource, &t.resource_count);
  t.is_resource = d->resource != NULL;
  edict_expectation *expects = array(m, d->expect_count, sizeof *expects);
  for (size_t i = 0; expects && i < d->expect_count; i++)
    expects[i] = expectation(m, source, &d->expects[i]);
  t.expects = expects;
  add_given(m, d, &t);
  return t;
}

static bool is_own(const edi_build *build, const edi_sym_test *test) {
  return test->domain == (build->project->layer == EDI_BUNDLE_DOMAIN);
}

const edi_test_decl *edi_testcase_decl(const edi_build *build, size_t index) {
  const edi_model *model = build->model;
  for (size_t i = 0; i < model->tests_count; i++)
    if (is_own(build, &model->tests[i]) && index-- == 0) return model->tests[i].decl;
  return NULL;
}

edict_status edi_testcases(edi_arena *arena, const edi_build *build, edict_test **tests,
                           size_t *count) {
  maker m = {arena, build, false};
  const edi_model *model = build->model;
  *count = 0;
  *tests = array(&m, model->tests_count, sizeof **tests);
  /* A federal bundle brings its tests along with its sources: they ask about products of others. */
  for (size_t i = 0; *tests && i < model->tests_count; i++)
    if (is_own(build, &model->tests[i])) (*tests)[(*count)++] = make(&m, &model->tests[i]);
  return m.failed ? edi_arena_status(arena) : EDICT_OK;
}
