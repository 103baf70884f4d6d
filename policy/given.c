/* Given: see the header. The rows take the way of every other table: text that the one reader of tables
 * reads, so that a test and a table file mean the same. */
#include "policy/given.h"

#include "bundle/limits.h"
#include "bundle/vocabulary.h"

static void duration(edi_buf *buf, edi_duration d) {
  edi_value v = edi_value_integer(EDI_TYPE_DURATION, d.months ? d.months : d.micros);
  v.scale = d.months != 0;
  edi_value_format_duration(v, buf);
}

edi_str edi_given_text(edi_arena *arena, const edi_model *model, const edi_expr *x) {
  char storage[64];
  edi_buf buf = edi_buf_fixed(storage, sizeof storage);
  switch ((int)x->kind) {
    case EDI_EXPR_NODE: return model->nodes[x->symbol].name;
    case EDI_EXPR_LEVEL: return model->levels[x->symbol].name;
    case EDI_EXPR_BOOL: return x->integer ? EDI_STR("true") : EDI_STR("false");
    case EDI_EXPR_INT: edi_buf_format(&buf, "%lld", (long long)x->integer); break;
    case EDI_EXPR_DECIMAL: edi_decimal_format(&buf, x->decimal); break;
    case EDI_EXPR_DATE: edi_date_format(&buf, x->integer); break;
    case EDI_EXPR_TIMESTAMP: edi_timestamp_format(&buf, x->integer); break;
    case EDI_EXPR_DURATION: duration(&buf, x->duration); break;
    default: return edi_expr_text(x).ptr ? x->text : EDI_STR("");
  }
  char *copy = edi_arena_copy(arena, storage, buf.len);
  return (edi_str){copy, copy ? buf.len : 0};
}

/* ---- rows ---- */

static void quoted(edi_buf *into, edi_str text) {
  edi_buf_char(into, '"');
  for (size_t i = 0; i < text.len; i++) {
    if (text.ptr[i] == '"') edi_buf_char(into, '"');
    edi_buf_char(into, text.ptr[i]);
  }
  edi_buf_char(into, '"');
}

static void heading(const edi_sym_table *table, edi_buf *into) {
  for (size_t i = 0; i < table->key_count + table->value_count; i++) {
    if (i) edi_buf_char(into, ',');
    edi_buf_str(into, i < table->key_count ? table->keys[i].name : table->values[i - table->key_count].name);
  }
  edi_buf_char(into, '\n');
}

static const edi_expr *value_of(const edi_test_value *values, edi_str name) {
  for (size_t i = 0; values && i < values->field_count; i++)
    if (edi_str_equal(values->fields[i].name.text, name)) return values->fields[i].value->scalar;
  return NULL;
}

static void put_row(edi_arena *arena, const edi_model *model, const edi_sym_table *table,
                    const edi_given_row *row, edi_buf *into) {
  for (size_t i = 0; i < table->key_count; i++) {
    if (i) edi_buf_char(into, ',');
    quoted(into, edi_given_text(arena, model, row->keys[i]));
  }
  for (size_t i = 0; i < table->value_count; i++) {
    const edi_expr *x = value_of(row->values, table->values[i].name);
    edi_buf_char(into, ',');
    if (x) quoted(into, edi_given_text(arena, model, x)); /* not quoted and empty: absent */
  }
  edi_buf_char(into, '\n');
}

void edi_given_csv(edi_arena *arena, const edi_model *model, const edi_given_table *given, edi_buf *into) {
  const edi_sym_table *table = &model->tables[given->symbol];
  heading(table, into);
  for (size_t r = 0; r < given->row_count; r++) put_row(arena, model, table, &given->rows[r], into);
}

edict_status edi_given_build(const edi_build *build, const edi_given_table *given, edi_buf *into,
                             edict_diagnostics *diagnostics) {
  static const edi_project_release always = {
      .version = 1, .created = EDI_TIMESTAMP_MIN, .not_before = EDI_TIMESTAMP_MIN,
      .expires = EDI_TIMESTAMP_MAX / 1000000 * 1000000};
  edi_buf csv;
  edi_buf_init(&csv, NULL, EDI_LIMIT_TABLE_FILE);
  edi_given_csv(build->arena, build->model, given, &csv);
  edict_status status = csv.failed;
  edi_str name = build->model->tables[given->symbol].name;
  if (status == EDICT_OK)
    status = edi_build_table_text(build, &always, name, name, (edi_str){csv.ptr, csv.len}, into, diagnostics);
  edi_buf_fini(&csv);
  return status;
}
