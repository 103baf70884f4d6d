/* Check of what a test brings along: rows of tables, and keys.
 *
 * In: the lines `table` and `key` of a test. Out: each name a number, each cell typed as its column.
 * Invariant: rows that pass are rows that the reader of tables takes: no two have one key. */
#include "bundle/limits.h"
#include "bundle/order.h"
#include "policy/checker.h"
#include "policy/given.h"
#include "policy/index.h"

/* ---- rows ---- */

static bool is_plain(edi_checker *checker, const edi_expr *x, edi_str column) {
  if (x && x->kind != EDI_EXPR_LIST) return true;
  EDI_REPORT(checker, EDI_E0802, x ? x->span : EDI_SPAN_NONE, x ? "a list" : "", "`%.*s` holds one value in each row",
             EDI_STR_ARG(column));
  return false;
}

static bool check_cell(edi_checker *checker, edi_expr *x, const edi_sym_tablecol *column) {
  if (!is_plain(checker, x, column->name)) return false;
  return column->type != EDI_TYPE_BROKEN && edi_check_literal(checker, x, column->type);
}

static bool check_keys(edi_checker *checker, const edi_given_row *row, const edi_sym_table *table) {
  bool good = true;
  if (row->key_count != table->key_count) {
    edi_finding *finding =
        EDI_REPORT(checker, EDI_E0808, row->span, edi_checker_text(checker, "%zu given", row->key_count),
                   "a row of `%.*s` has %zu key%s", EDI_STR_ARG(table->name), table->key_count,
                   table->key_count == 1 ? "" : "s");
    edi_finding_label(finding, table->span, "declared here");
    if (table->key_count > 1) edi_finding_note(finding, "several keys stand in parentheses: (a, b)");
    return false;
  }
  for (size_t i = 0; i < row->key_count; i++) good = check_cell(checker, row->keys[i], &table->keys[i]) && good;
  return good;
}

static const edi_sym_tablecol *value_column(edi_checker *checker, const edi_sym_table *table, edi_name name) {
  edi_suggest suggest;
  edi_suggest_init(&suggest, name.text);
  for (size_t i = 0; i < table->value_count; i++) {
    if (edi_str_equal(table->values[i].name, name.text)) {
      edi_index_note_value(checker->model->index, checker->model, table, i, name.span);
      return &table->values[i];
    }
    edi_suggest_offer(&suggest, table->values[i].name, table->span);
  }
  edi_finding *finding = EDI_REPORT(checker, EDI_E0809, name.span, "not declared", "the table `%.*s` gives no `%.*s`",
                                    EDI_STR_ARG(table->name), EDI_STR_ARG(name.text));
  edi_finding_declared(finding, table->span);
  suggest.best.span = EDI_SPAN_NONE; /* said already */
  edi_finding_near(finding, suggest.best, "");
  return NULL;
}

static bool check_values(edi_checker *checker, const edi_given_row *row, const edi_sym_table *table) {
  size_t before = checker->errors;
  for (size_t i = 0; row->values && i < row->values->field_count; i++) {
    const edi_test_field *field = &row->values->fields[i];
    const edi_sym_tablecol *column = value_column(checker, table, field->name);
    edi_check_field_twice(checker, row->values, i);
    if (column && !field->value->scalar)
      EDI_REPORT(checker, EDI_E0802, field->value->span, "a record", "`%.*s` holds one value in each row",
                 EDI_STR_ARG(column->name));
    else if (column) (void)check_cell(checker, field->value->scalar, column);
  }
  return checker->errors == before;
}

/* ---- one key, one row ---- */

typedef struct keyed { edi_str text; const edi_given_row *row; } keyed;

static int compare_keyed(const void *context, const void *a, const void *b) {
  (void)context;
  return edi_str_compare(((const keyed *)a)->text, ((const keyed *)b)->text);
}

/* All keys as one text in which no two lists of keys look the same. */
static edi_str key_text(edi_checker *checker, const edi_given_row *row) {
  edi_buf buf;
  edi_buf_init(&buf, NULL, 16 * 1024 * 1024);
  for (size_t i = 0; i < row->key_count; i++) {
    edi_str text = edi_given_text(checker->model->arena, checker->model, row->keys[i]);
    edi_buf_u32(&buf, (uint32_t)text.len);
    edi_buf_str(&buf, text);
  }
  char *copy = buf.failed == EDICT_OK ? edi_arena_copy(checker->model->arena, buf.ptr ? buf.ptr : "", buf.len) : NULL;
  edi_str out = {copy, copy ? buf.len : 0};
  edi_buf_fini(&buf);
  if (!copy) checker->failed = true;
  return out;
}

static void check_distinct(edi_checker *checker, const edi_given_table *given) {
  keyed *rows = edi_checker_alloc(checker, 2 * given->row_count * sizeof *rows);
  if (!rows) return;
  for (size_t i = 0; i < given->row_count; i++) rows[i] = (keyed){key_text(checker, &given->rows[i]), &given->rows[i]};
  edi_order_sort(rows, rows + given->row_count, given->row_count, sizeof *rows, compare_keyed, NULL);
  for (size_t i = 1; i < given->row_count; i++) {
    if (!edi_str_equal(rows[i - 1].text, rows[i].text)) continue;
    edi_finding *finding = EDI_REPORT(checker, EDI_E0810, rows[i].row->span, "the second one",
                                      "two rows of `%.*s` have one key", EDI_STR_ARG(given->name.text));
    edi_finding_label(finding, rows[i - 1].row->span, "the first one");
  }
}

/* ---- lines ---- */

static void report_again(edi_checker *checker, edi_name name, edi_span first, const char *what) {
  edi_finding *finding = EDI_REPORT(checker, EDI_E0811, name.span, "the second one", "the test gives the %s `%.*s` twice",
                                    what, EDI_STR_ARG(name.text));
  edi_finding_label(finding, first, "the first one");
}

static void check_table(edi_checker *checker, const edi_test_decl *test, size_t index) {
  edi_given_table *given = &test->tables[index];
  given->symbol = edi_scope_resolve(checker, EDI_SCOPED_TABLES, given->name.text, given->name.span);
  if (given->symbol == EDI_NONE) return;
  const edi_sym_table *table = &checker->model->tables[given->symbol];
  for (size_t i = 0; i < index; i++)
    if (test->tables[i].symbol == given->symbol) report_again(checker, given->name, test->tables[i].name.span, "table");
  if (table->broken) return;
  bool good = true;
  for (size_t i = 0; i < given->row_count; i++) {
    good = check_keys(checker, &given->rows[i], table) && good;
    good = check_values(checker, &given->rows[i], table) && good;
  }
  if (good) check_distinct(checker, given);
}

static void check_key(edi_checker *checker, const edi_test_decl *test, size_t index) {
  edi_given_key *given = &test->keys[index];
  given->symbol = edi_scope_resolve(checker, EDI_SCOPED_KEYS, given->name.text, given->name.span);
  for (size_t i = 0; i < index && given->symbol != EDI_NONE; i++)
    if (test->keys[i].symbol == given->symbol) report_again(checker, given->name, test->keys[i].name.span, "key");
}

void edi_check_given(edi_checker *checker, edi_test_decl *test) {
  for (size_t i = 0; i < test->table_count; i++) check_table(checker, test, i);
  for (size_t i = 0; i < test->key_count; i++) check_key(checker, test, i);
}
