/* Testcase: see the header. Values become the texts and cells that the C API takes: a node its name, a
 * date its form; a record a list of named cells. */
#include "policy/testcase.h"

#include "bundle/vocabulary.h"
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

static void put_duration(edi_duration d, edi_buf *into) {
  edi_value v = edi_value_integer(EDI_TYPE_DURATION, d.months ? d.months : d.micros);
  v.scale = d.months != 0;
  edi_value_format_duration(v, into);
}

/* A scalar as text: what an attribute's value is given as. */
static edi_str scalar_text(maker *m, const edi_expr *x) {
  char storage[64];
  edi_buf buf = edi_buf_fixed(storage, sizeof storage);
  switch ((int)x->kind) {
    case EDI_EXPR_NODE: return m->build->model->nodes[x->symbol].name;
    case EDI_EXPR_LEVEL: return m->build->model->levels[x->symbol].name;
    case EDI_EXPR_BOOL: return x->integer ? EDI_STR("true") : EDI_STR("false");
    case EDI_EXPR_INT: edi_buf_format(&buf, "%lld", (long long)x->integer); break;
    case EDI_EXPR_DECIMAL: edi_decimal_format(&buf, x->decimal); break;
    case EDI_EXPR_DATE: edi_date_format(&buf, x->integer); break;
    case EDI_EXPR_TIMESTAMP: edi_timestamp_format(&buf, x->integer); break;
    case EDI_EXPR_DURATION: put_duration(x->duration, &buf); break;
    default: return x->text;
  }
  char *copy = edi_arena_copy(m->arena, storage, buf.len);
  if (!copy) m->failed = true;
  return (edi_str){copy, copy ? buf.len : 0};
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

static edict_cell cell(maker *m, const edi_expr *x) {
  edi_str text;
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
  edi_transform_args(use, args);
  (void)edi_arguments_settle(use->id, args); /* the checker did */
  edi_buf_init(&buf, NULL, 128 * 1024);
  edi_arguments_format(use->id, args, key, pattern, &buf);
  if (buf.failed != EDICT_OK) m->failed = true;
  const char *copy = terminated(m, (edi_str){buf.ptr, buf.len});
  edi_buf_fini(&buf);
  return copy;
}

/* ---- expectations ---- */

static edict_row row_outcome(edi_row_outcome outcome) {
  return outcome == EDI_ROW_SHOWN      ? EDICT_ROW_SHOWN
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

static edict_expectation expectation(maker *m, const edi_expect *x) {
  edict_expectation out = {.line = line_of(m, x->span)};
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
    case EDI_EXPECT_OBLIGE: expect_oblige(m, &x->oblige, &out); break;
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

static edict_test make(maker *m, const edi_sym_test *s) {
  static const char *const in_subject[] = {"issuer", "id", NULL}, *const in_context[] = {"now",
                                                                                         NULL};
  const edi_test_decl *d = s->decl;
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
  edict_expectation *expects = array(m, d->expect_count, sizeof *expects);
  for (size_t i = 0; expects && i < d->expect_count; i++)
    expects[i] = expectation(m, &d->expects[i]);
  t.expects = expects;
  return t;
}

edict_status edi_testcases(edi_arena *arena, const edi_build *build, edict_test **tests,
                           size_t *count) {
  maker m = {arena, build, false};
  const edi_model *model = build->model;
  bool domain = build->project->layer == EDI_BUNDLE_DOMAIN;
  *count = 0;
  *tests = array(&m, model->tests_count, sizeof **tests);
  /* A federal bundle brings its tests along with its sources: they ask about products of others. */
  for (size_t i = 0; *tests && i < model->tests_count; i++)
    if (model->tests[i].domain == domain) (*tests)[(*count)++] = make(&m, &model->tests[i]);
  return m.failed ? edi_arena_status(arena) : EDICT_OK;
}
