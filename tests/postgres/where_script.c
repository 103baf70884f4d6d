/* Where, for PostgreSQL: a script for psql. For each condition about a row, alone and under `not`, and for rules at
 * random: a table of typed columns with random rows, what the evaluator shows of them, and the decision's condition.
 * Rows of which the two differ print DIFFERS. EDICT_SEED chooses where to start. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/random_world.h"

enum { ROWS = 40, REQUESTS = 2, COLUMNS_MOST = 64 };
#define PICK(r, list) ((list)[random_below((r), sizeof(list) / sizeof *(list))])

static unsigned long long tables, refused, shown;

/* What a column is declared as; the first ones are those that conditions hold for. */
static const char *declare(random_source *r, const char *type, bool *fits) {
  static const char *const ints[] = {"bigint", "integer", "smallint"}, *const numbers[] = {"numeric", "numeric", "bigint", "integer"};
  static const char *const texts[] = {"text", "varchar(100)", "text COLLATE \"C\""};
  *fits = true;
  if (strcmp(type, "int") == 0) return PICK(r, ints);
  if (strcmp(type, "decimal") == 0) return PICK(r, numbers);
  if (strcmp(type, "bool") == 0) return "boolean";
  if (strcmp(type, "date") == 0) return "date";
  if (strcmp(type, "timestamp") == 0) return "timestamptz";
  *fits = strcmp(type, "string") == 0;
  return PICK(r, texts);
}

/* A literal, and the cell that it is. */
static const char *value(random_source *r, const char *type, const char *declared, edict_cell *cell) {
  static char literals[COLUMNS_MOST][96];
  static size_t turn;
  static const char *const texts[] = {"de", "eu", "us", "DE", "de ", "", "Ann", "ann", "42", "-3", "7", "p-1", "Zo\xc3\xab", "\xef\xbf\xbd", "test", "public", "x\\", "\\'x"};
  static const struct { const char *text; int64_t mantissa; uint32_t scale; bool known; } decimals[] = {
      {"1.50", 15, 1, true}, {"1.5", 15, 1, true}, {"0.1", 1, 1, true}, {"-0.001", -1, 3, true}, {"20.25", 2025, 2, true}, {"20.250000000000000001", 0, 0, false},
      {"2.000000000000000001", 2000000000000000001, 18, true}, {"0.0000000000000000001", 0, 0, false}, {"9223372036854775807", INT64_MAX, 0, true},
      {"9223372036854775808", 0, 0, false}, {"-9223372036854775808", INT64_MIN, 0, true}, {"NaN", 0, 0, false}, {"Infinity", 0, 0, false}, {"12.5", 125, 1, true},
      {"2", 2, 0, true}, {"2.0000000000000000000000", 2, 0, true}, {"100.25", 10025, 2, true}, {"3e30", 0, 0, false}};
  char *out = literals[turn++ % COLUMNS_MOST];
  *cell = (edict_cell){0};
  if (random_below(r, 9) == 0) return "NULL";
  if (strcmp(type, "bool") == 0) {
    *cell = (edict_cell){.type = EDICT_CELL_BOOL, .integer = (int64_t)random_below(r, 2)};
    return cell->integer ? "TRUE" : "FALSE";
  }
  if (strcmp(type, "date") == 0) {
    if (random_below(r, 12) == 0) return PICK(r, ((const char *[]){"'infinity'", "'-infinity'", "'0044-03-15 BC'", "'10000-01-01'"}));
    edi_buf text = edi_buf_fixed(out, 96);
    *cell = (edict_cell){.type = EDICT_CELL_DATE, .integer = random_below(r, 16) ? 19700 + (int64_t)random_below(r, 1200) : random_below(r, 2) ? EDI_DATE_MIN : EDI_DATE_MAX};
    edi_buf_char(&text, '\'');
    edi_date_format(&text, cell->integer);
    edi_buf_text(&text, "'");
    out[text.len] = '\0';
    return out;
  }
  if (strcmp(type, "timestamp") == 0) {
    if (random_below(r, 12) == 0) return PICK(r, ((const char *[]){"'infinity'", "'-infinity'", "'0044-03-15T00:00:00Z BC'", "'10000-01-01T00:00:00Z'"}));
    edi_buf text = edi_buf_fixed(out, 96);
    *cell = (edict_cell){.type = EDICT_CELL_TIMESTAMP, .integer = random_below(r, 16) ? (19700 + (int64_t)random_below(r, 1200)) * EDI_DAY_MICROS + (int64_t)random_below(r, 3) : random_below(r, 2) ? EDI_TIMESTAMP_MIN : EDI_TIMESTAMP_MAX};
    edi_buf_char(&text, '\'');
    edi_timestamp_format(&text, cell->integer);
    edi_buf_text(&text, "'");
    out[text.len] = '\0';
    return out;
  }
  if (strcmp(declared, "numeric") == 0 && random_below(r, 4)) {
    size_t i = random_below(r, sizeof decimals / sizeof *decimals);
    if (decimals[i].known) *cell = (edict_cell){.type = EDICT_CELL_DECIMAL, .integer = decimals[i].mantissa, .scale = decimals[i].scale};
    snprintf(out, 96, "'%s'", decimals[i].text);
    return out;
  }
  if (strcmp(type, "int") == 0 || strcmp(type, "decimal") == 0) {
    int64_t i = (int64_t)random_below(r, 10) - 2;
    if (declared[0] == 'b' && random_below(r, 6) == 0) i = random_below(r, 2) ? INT64_MAX : INT64_MIN;
    *cell = strcmp(declared, "numeric") == 0 ? (edict_cell){.type = EDICT_CELL_DECIMAL, .integer = i} : (edict_cell){.type = EDICT_CELL_INT, .integer = i};
    snprintf(out, 96, "'%lld'", (long long)i);
    return out;
  }
  const char *text = PICK(r, texts);
  *cell = (edict_cell){.type = EDICT_CELL_TEXT, .ptr = text, .len = strlen(text)};
  char *p = out;
  *p++ = 'E';
  *p++ = '\'';
  for (const char *c = text; *c; c++) {
    if (*c == '\'' || *c == '\\') *p++ = '\\';
    *p++ = *c;
  }
  *p++ = '\'';
  *p = '\0';
  return out;
}

static void table(random_source *r, const edict_product *product, size_t dataset, edict_decision *d, const char *where) {
  static char memory[1 << 16];
  const char *declared[COLUMNS_MOST];
  bool fits[COLUMNS_MOST];
  edict_column_info info[COLUMNS_MOST];
  size_t columns = edict_product_column_count(product, dataset);
  edict_cell in[COLUMNS_MOST], out[COLUMNS_MOST];
  printf("DROP TABLE IF EXISTS t;\nCREATE TEMP TABLE t (number int, expected boolean");
  for (size_t c = 0; c < columns; c++) {
    if (edict_product_column_info(product, dataset, c, &info[c]) != EDICT_OK) abort();
    declared[c] = declare(r, info[c].type, &fits[c]);
    printf(", \"%s\" %s", info[c].physical_name, declared[c]);
  }
  printf(");\n");
  for (int i = 0; i < ROWS; i++) {
    const char *literals[COLUMNS_MOST];
    edict_row row;
    for (size_t c = 0; c < columns; c++) {
      literals[c] = value(r, fits[c] ? info[c].type : "string", declared[c], &in[c]);
      if (!fits[c]) in[c] = (edict_cell){0};
    }
    if (edict_decision_apply_row(d, in, columns, out, memory, sizeof memory, &row) != EDICT_OK) abort();
    printf("INSERT INTO t VALUES (%d, %s", i, row == EDICT_ROW_SHOWN ? "TRUE" : "FALSE");
    for (size_t c = 0; c < columns; c++) printf(", %s", literals[c]);
    printf(");\n");
    shown += row == EDICT_ROW_SHOWN;
  }
  printf("SELECT 'DIFFERS', t.* FROM t WHERE (%s) IS DISTINCT FROM expected;\n", where);
  tables++;
}

static bool one_request(random_world *w, random_source *r) {
  random_attributes subject, context;
  edict_session *session = NULL;
  edict_decision *decision = NULL;
  char *where = NULL;
  size_t length;
  random_subject(r, &subject);
  random_context(r, &context);
  edict_request request = {.size = sizeof request, .action = {"read", 4}, .dataset = random_below(r, 2), .context = context.items,
                           .context_count = context.count, .now = random_now(r)};
  edict_status status = edict_session_create_hypothetical(w->engine, (edict_text){"host", 4}, (edict_text){"ann", 3}, subject.items, subject.count,
                                                          &session, w->diagnostics);
  if (status == EDICT_OK) status = edict_decision_create(w->product, &decision);
  if (status == EDICT_OK) status = edict_decide(decision, session, &request);
  if (status == EDICT_OK) status = edict_decision_where(decision, EDICT_SQL_POSTGRESQL, &where, &length, NULL);
  if (status == EDICT_OK) table(r, w->product, request.dataset, decision, where);
  refused += status == EDICT_UNSUPPORTED;
  edict_text_free(&where);
  edict_decision_destroy(&decision);
  edict_session_destroy(&session);
  return status == EDICT_OK || status == EDICT_UNSUPPORTED;
}

int main(void) {
  const char *first = getenv("EDICT_SEED");
  uint64_t seed = first ? strtoull(first, NULL, 10) : 1;
  bool ok = true;
  printf("\\set ON_ERROR_STOP on\nSET TIME ZONE 'America/New_York';\n"); /* no time zone of the session's counts */
  for (size_t i = 0; ok && i < random_row_conditions() + 60; i++) {
    random_world w = {.seed = seed, .about_rows = true, .condition = i < random_row_conditions() ? i + 1 : 0};
    random_source r = {seed * 1000003 + i};
    ok = random_world_make(&w, &r) && random_world_start(&w) && w.product;
    for (int k = 0; ok && k < REQUESTS; k++) ok = one_request(&w, &r);
    if (!ok) random_world_show(&w, "no condition");
    random_world_end(&w);
  }
  printf("SELECT 'COMPARED', %llu, %llu, %llu;\n", tables, refused, shown);
  return ok ? 0 : 1;
}
