/* Table text: what is read of each golden table and what is said of it, hostile ones, limits,
 * types, failing memory. */
#include "policy/table_csv.h"


#include "bundle/limits.h"
#include "harness.h"
#include "support/golden.h"
#include "support/hostile.h"
#include "support/short_memory.h"
#include "support/small_model.h"

enum { CEILING = 64 * 1024 * 1024 };

/* The table that a file's name begins with; consent otherwise. */
static const edi_sym_table *table_for(const edi_model *model, const char *name) {
  const char *qualified = strncmp(name, "holds", 5) == 0   ? "federal.vocabulary.legal-holds"
                          : strncmp(name, "rates", 5) == 0 ? "federal.vocabulary.rates"
                                                           : "federal.vocabulary.consent";
  uint32_t number = edi_model_table(model, edi_str_from(qualified));
  if (number == EDI_NONE) abort();
  return &model->tables[number];
}

/* ---- rows as text ---- */

static void print_cell(uint32_t base, const edi_tablecell *cell, edi_str heap, edi_buf *out) {
  if (cell->kind == EDI_TABLECELL_ABSENT) {
    edi_buf_text(out, "-");
    return;
  }
  edi_str text = edi_tablecell_is_text(cell) ? edi_tablecell_text(cell, heap) : (edi_str){NULL, 0};
  switch (base) {
    case EDI_TYPE_IP: edi_hex_append(out, text.ptr, text.len); break;
    case EDI_TYPE_DATE: edi_date_format(out, cell->value); break;
    case EDI_TYPE_TIMESTAMP: edi_timestamp_format(out, cell->value); break;
    case EDI_TYPE_DECIMAL:
      edi_decimal_format(out, (edi_decimal){cell->value, (uint8_t)cell->length});
      break;
    case EDI_TYPE_DURATION:
      edi_buf_format(out, "%" PRId64 " %s", cell->value, cell->length ? "months" : "us");
      break;
    default:
      if (edi_tablecell_is_text(cell)) edi_json_string(out, text);
      else edi_buf_format(out, "%" PRId64, cell->value);
  }
}

static int compare_lines(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

/* Rows as lines in the order of their texts: where they have their places is not what a person wrote. */
static void print_table(const edi_buf *file, edi_buf *out) {
  edi_tablefile t;
  edict_diagnostics *d = edict_diagnostics_create();
  CHECK_INT(edi_tablefile_verify(file->ptr, file->len, &t, d), EDICT_OK);
  edict_diagnostics_destroy(&d);
  uint32_t columns = t.key_count + t.value_count;
  char **lines = calloc(t.row_count + 1, sizeof *lines);
  size_t count = 0;
  if (!lines) abort();
  for (uint64_t i = 0; i < t.place_count; i++) {
    edi_buf line;
    if (!edi_tablefile_has_row(&t, i)) continue;
    edi_buf_init(&line, NULL, 1 << 20);
    for (uint32_t c = 0; c < columns; c++) {
      edi_buf_text(&line, c == 0 ? "" : c == t.key_count ? " -> " : ", ");
      print_cell(t.types[(size_t)2 * c], &t.cells[i * columns + c], t.heap, &line);
    }
    edi_buf_char(&line, '\0');
    if (edi_buf_give(&line, &lines[count++]) != EDICT_OK) abort();
  }
  qsort(lines, count, sizeof *lines, compare_lines);
  edi_buf_format(out, "%u keys, %u values, %" PRIu64 " rows\n", t.key_count, t.value_count, t.row_count);
  for (size_t i = 0; i < count; i++) {
    edi_buf_format(out, "%s\n", lines[i]);
    edict_text_free(&lines[i]);
  }
  free(lines);
}

/* ---- one table ---- */

static edict_status write_table(const char *name, edi_str text, edict_diagnostics *d,
                                edi_buf *out) {
  edi_arena arena;
  edi_arena_init(&arena, NULL, CEILING);
  edi_buf file;
  edi_buf_init(&file, NULL, CEILING);
  edi_model *model = small_model_create(&arena, NULL, NULL);
  edict_status status = edi_table_csv_write(&arena, model, table_for(model, name),
                                            edi_str_from(name), text, &file, d);
  CHECK((status == EDICT_OK) == (edict_diagnostics_errors(d) == 0));
  if (status == EDICT_OK && out) print_table(&file, out);
  edi_buf_fini(&file);
  edi_arena_fini(&arena);
  return status;
}

static void check_golden(const char *name) {
  char path[256], expected[256];
  snprintf(path, sizeof path, "tests/golden/tablecsv/%s", name);
  snprintf(expected, sizeof expected, "tests/golden/tablecsv/%.*s.txt", (int)(strlen(name) - 4),
           name);
  size_t length = 0, rendered_length = 0;
  char *bytes = hostile_read(path, &length), *rendered = NULL;
  REQUIRE(bytes != NULL);
  edict_diagnostics *d = edict_diagnostics_create();
  edi_buf out;
  edi_buf_init(&out, NULL, 1 << 20);
  edict_status status = write_table(name, (edi_str){bytes, length}, d, &out);
  CHECK(status == EDICT_OK || status == EDICT_FINDINGS);
  CHECK_INT(edict_diagnostics_render(d, EDICT_RENDERING_TEXT, &rendered, &rendered_length),
            EDICT_OK);
  if (rendered) edi_buf_append(&out, rendered, rendered_length);
  CHECK_INT(out.failed, EDICT_OK);
  CHECK(golden_matches(expected, out.ptr, out.len));
  edict_text_free(&rendered);
  edi_buf_fini(&out);
  edict_diagnostics_destroy(&d);
  free(bytes);
}

TEST(golden_tables)
{ CHECK(golden_each("tests/golden/tablecsv", ".csv", check_golden) >= 10); }

static edict_status table_door(const char *name, const char *bytes, size_t length,
                               edict_diagnostics *d) {
  return write_table(name, (edi_str){bytes, length}, d, NULL);
}

TEST(hostile_tables_are_refused)
{
  size_t total = 0;
  CHECK_INT(hostile_run("tests/hostile/tablecsv", table_door, &total), 0);
  CHECK(total >= 15);
}

/* No finding shows what a cell holds, whatever is wrong with it. */
TEST(no_finding_shows_a_value)
{
  static const char secret[] = "zzsecretzz";
  static const char *const texts[] = {
      "person,purpose,given,note\nzzsecretzz,zzsecretzz,zzsecretzz,zzsecretzz\n",
      "person,purpose,given,note\nzzsecretzz,support,,\nzzsecretzz,support,,\n",
      "person,purpose,given,note\np-1,support,,zzsecretzz\"\n",
      "person,purpose,given,note\np-1,support,,zzsecretzz\rx\n",
      "person,purpose,given,note\nzzsecretzz,zzsecretzz\n",
      "zzsecretzz,zzsecretzz,zzsecretzz,zzsecretzz\nzzsecretzz\n",
      "person,purpose,given,note\n\"zzsecretzz",
      "zzsecretzz\xff\n",
  };
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    edict_diagnostics *d = edict_diagnostics_create();
    char *rendered = NULL;
    size_t length = 0;
    CHECK_INT(write_table("consent.csv", edi_str_from(texts[i]), d, NULL), EDICT_FINDINGS);
    for (int rendering = EDICT_RENDERING_TEXT; rendering <= EDICT_RENDERING_JSON; rendering++) {
      CHECK_INT(edict_diagnostics_render(d, (edict_rendering)rendering, &rendered, &length),
                EDICT_OK);
      if (rendered && strstr(rendered, secret))
        HARNESS_FAIL("case %zu shows a value: %s", i, rendered);
      edict_text_free(&rendered);
    }
    edict_diagnostics_destroy(&d);
  }
}

/* ---- limits ---- */

static void expect(const char *name, const edi_buf *text, const char *code) {
  edict_diagnostics *d = edict_diagnostics_create();
  CHECK_INT(text->failed, EDICT_OK);
  edict_status status = write_table(name, (edi_str){text->ptr, text->len}, d, NULL);
  if (!code) CHECK_INT(status, EDICT_OK);
  else if (edict_diagnostics_count(d) != 1 || strcmp(edict_diagnostics_code(d, 0), code) != 0)
    HARNESS_FAIL("expected %s alone, got %zu findings", code, edict_diagnostics_count(d));
  edict_diagnostics_destroy(&d);
}

TEST(a_cell_is_as_long_as_the_limit)
{
  for (int past = 0; past < 2; past++) {
    edi_buf text;
    edi_buf_init(&text, NULL, 1 << 20);
    edi_buf_text(&text, "person\n");
    for (int i = 0; i < EDI_LIMIT_STRING + past; i++) edi_buf_char(&text, 'p');
    expect("holds.csv", &text, past ? "E0611" : NULL);
    edi_buf_fini(&text);
  }
}

TEST(a_file_is_as_large_as_the_limit)
{
  /* One past it: nothing beyond the length is looked at. */
  edict_diagnostics *d = edict_diagnostics_create();
  static const char byte[1] = {'p'};
  edi_str text = {byte, (size_t)EDI_LIMIT_TABLE_FILE + 1};
  CHECK_INT(write_table("holds.csv", text, d, NULL), EDICT_FINDINGS);
  CHECK(edict_diagnostics_count(d) == 1 && strcmp(edict_diagnostics_code(d, 0), "E0600") == 0);
  edict_diagnostics_destroy(&d);
}

TEST(findings_stop_at_a_hundred)
{
  edi_buf text;
  edi_buf_init(&text, NULL, 1 << 20);
  edi_buf_text(&text, "person\n");
  for (int i = 0; i < 1000; i++) edi_buf_text(&text, "\n");
  edict_diagnostics *d = edict_diagnostics_create();
  CHECK_INT(write_table("holds.csv", (edi_str){text.ptr, text.len}, d, NULL), EDICT_FINDINGS);
  CHECK_INT(edict_diagnostics_count(d), 101);
  CHECK(edict_diagnostics_count(d) == 101 && strcmp(edict_diagnostics_code(d, 100), "E0613") == 0);
  edict_diagnostics_destroy(&d);
  edi_buf_fini(&text);
}

TEST(types_that_tables_do_not_hold_are_refused)
{
  const edi_type types[] = {EDI_TYPE_NONE, EDI_TYPE_SUBJECT, EDI_TYPE_INT | EDI_TYPE_SET,
                            EDI_TYPE_MAKE(EDI_TYPE_NODE, 1000),
                            EDI_TYPE_MAKE(EDI_TYPE_LEVEL, 1000)};
  for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
    edi_arena arena;
    edi_arena_init(&arena, NULL, CEILING);
    edict_diagnostics *d = edict_diagnostics_create();
    edi_model *model = small_model_create(&arena, NULL, d);
    edi_sym_tablecol column = {.name = EDI_STR("x"), .type = types[i]};
    edi_sym_table table = {.name = EDI_STR("federal.t"), .keys = &column, .key_count = 1};
    edi_table_rows rows;
    CHECK_INT(
        edi_table_csv_read(&arena, model, &table, EDI_STR("t.csv"), EDI_STR("x\n1\n"), &rows, d),
        EDICT_FINDINGS);
    CHECK(edict_diagnostics_count(d) == 1 && strcmp(edict_diagnostics_code(d, 0), "E0612") == 0);
    edict_diagnostics_destroy(&d);
    edi_arena_fini(&arena);
  }
}

TEST(levels_are_kept_by_name)
{
  edi_arena arena;
  edi_arena_init(&arena, NULL, CEILING);
  edict_diagnostics *d = edict_diagnostics_create();
  edi_model *model = small_model_create(&arena, NULL, d);
  edi_sym_tablecol column = {.name = EDI_STR("level"), .type = EDI_TYPE_MAKE(EDI_TYPE_LEVEL, 0)};
  edi_sym_table table = {.name = EDI_STR("federal.t"), .keys = &column, .key_count = 1};
  edi_table_rows rows;
  CHECK_INT(edi_table_csv_read(&arena, model, &table, EDI_STR("t.csv"),
                               EDI_STR("level\ninternal\n"), &rows, d),
            EDICT_OK);
  CHECK_INT(rows.row_count, 1);
  CHECK(rows.row_count == 1 && rows.cells[0].kind == EDI_TABLECELL_HEAP);
  CHECK_TEXT(rows.heap.ptr, rows.heap.len, "internal");
  edict_diagnostics_destroy(&d);
  edi_arena_fini(&arena);
}

/* ---- memory ---- */

TEST(memory_that_fails_is_said_and_given_back)
{
  size_t length = 0;
  char *bytes = hostile_read("tests/golden/tablecsv/rates-types.csv", &length);
  REQUIRE(bytes != NULL);
  edi_arena model_arena;
  edi_arena_init(&model_arena, NULL, CEILING);
  edi_model *model = small_model_create(&model_arena, NULL, NULL);
  bool passed = false;
  for (size_t n = 1; n < 1000 && !passed; n++) {
    short_memory memory;
    edi_allocator allocator = short_memory_init(&memory, n);
    edi_arena arena;
    edi_arena_init(&arena, &allocator, CEILING);
    edi_buf file;
    edi_buf_init(&file, &allocator, CEILING);
    edict_status status =
        edi_table_csv_write(&arena, model, table_for(model, "rates"), EDI_STR("rates.csv"),
                            (edi_str){bytes, length}, &file, NULL);
    CHECK_INT(status, memory.failed ? EDICT_MEMORY : EDICT_OK);
    edi_buf_fini(&file);
    edi_arena_fini(&arena);
    CHECK_INT(memory.live, 0);
    CHECK_INT(memory.wrong, 0);
    passed = !memory.failed;
  }
  CHECK(passed);
  edi_arena_fini(&model_arena);
  free(bytes);
}

HARNESS_MAIN
