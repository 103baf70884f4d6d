/* Cells: what a host's row says, by the type of its column and then by the type that a rule asks for. */
#include "harness.h"

#include "bundle/limits.h"
#include "eval/vm.h"
#include "support/federation.h"

#define TEXT(s)   {.type = EDICT_CELL_TEXT, .ptr = (s), .len = sizeof(s) - 1}
#define NUM(t, i) {.type = EDICT_CELL_##t, .integer = (i)}
#define REAL(r)   {.type = EDICT_CELL_REAL, .real = (r)}
#define DEC(m, s) {.type = EDICT_CELL_DECIMAL, .integer = (m), .scale = (s)}

static federation fed;
static edi_vocabulary vocabulary;
static edi_arena arena;
static char scratch[EDI_VM_SCRATCH];

__attribute__((constructor)) static void set_up(void) {
  edi_arena_init(&arena, NULL, 1 << 20);
  federation_init(&fed);
  if (edi_vocabulary_init(&vocabulary, &fed.program, &arena, NULL) != EDICT_OK) abort();
}
__attribute__((destructor)) static void tear_down(void) { edi_arena_fini(&arena); }

/* A value as a person writes it, "?" for the unknown. */
static const char *said(edi_value v) {
  static char storage[128];
  edi_buf buf = edi_buf_fixed(storage, sizeof storage);
  switch (v.base) {
    case EDI_TYPE_NONE: edi_buf_char(&buf, '?'); break;
    case EDI_TYPE_STRING:
    case EDI_TYPE_ID: edi_buf_str(&buf, edi_value_str(v)); break;
    case EDI_TYPE_IP: edi_hex_append(&buf, v.as.text, 16); break;
    case EDI_TYPE_DECIMAL: edi_decimal_format(&buf, (edi_decimal){v.as.integer, v.scale}); break;
    case EDI_TYPE_NODE: edi_buf_str(&buf, edi_program_string(&fed.program, fed.nodes[v.as.integer].name)); break;
    default: edi_buf_format(&buf, "%lld", (long long)v.as.integer);
  }
  edi_buf_char(&buf, '\0');
  return storage;
}

TEST(cells_by_the_type_of_their_column) {
  static const struct { unsigned base; edict_cell cell; const char *expected; } table[] = {
      {EDI_TYPE_BOOL, NUM(BOOL, 1), "1"}, {EDI_TYPE_BOOL, NUM(INT, 0), "0"}, {EDI_TYPE_BOOL, NUM(BOOL, 2), "?"},
      {EDI_TYPE_BOOL, NUM(INT, -1), "?"}, {EDI_TYPE_BOOL, TEXT("true"), "?"}, {EDI_TYPE_BOOL, REAL(1), "?"},
      {EDI_TYPE_INT, NUM(INT, INT64_MIN), "-9223372036854775808"}, {EDI_TYPE_INT, NUM(BOOL, 1), "?"}, {EDI_TYPE_INT, TEXT("1"), "?"},
      {EDI_TYPE_INT, REAL(1), "?"}, {EDI_TYPE_INT, DEC(1, 0), "?"}, {EDI_TYPE_INT, NUM(DATE, 1), "?"},
      {EDI_TYPE_DECIMAL, NUM(INT, 5), "5"}, {EDI_TYPE_DECIMAL, REAL(0.1), "0.1"}, {EDI_TYPE_DECIMAL, REAL(1e300), "?"},
      {EDI_TYPE_DECIMAL, REAL(0.0 / 0.0), "?"}, {EDI_TYPE_DECIMAL, TEXT("12.50"), "12.5"}, {EDI_TYPE_DECIMAL, TEXT("12,5"), "?"},
      {EDI_TYPE_DECIMAL, TEXT("1e3"), "?"}, {EDI_TYPE_DECIMAL, DEC(1250, 2), "12.5"}, {EDI_TYPE_DECIMAL, DEC(1, 18), "0.000000000000000001"},
      {EDI_TYPE_DECIMAL, DEC(1, 19), "?"}, {EDI_TYPE_DECIMAL, NUM(BOOL, 1), "?"}, {EDI_TYPE_DECIMAL, NUM(DATE, 1), "?"},
      {EDI_TYPE_STRING, TEXT("a"), "a"}, {EDI_TYPE_STRING, TEXT(""), ""}, {EDI_TYPE_STRING, {.type = EDICT_CELL_TEXT}, ""},
      {EDI_TYPE_STRING, TEXT("\xFF"), "?"}, {EDI_TYPE_STRING, TEXT("\xC0\x80"), "?"}, {EDI_TYPE_STRING, NUM(INT, 1), "?"},
      {EDI_TYPE_STRING, {.type = EDICT_CELL_BLOB, .ptr = "a", .len = 1}, "?"}, {EDI_TYPE_STRING, {.type = EDICT_CELL_NULL}, "?"},
      {EDI_TYPE_DATE, NUM(DATE, 0), "0"}, {EDI_TYPE_DATE, NUM(DATE, EDI_DATE_MIN), "-719162"}, {EDI_TYPE_DATE, NUM(DATE, EDI_DATE_MIN - 1), "?"},
      {EDI_TYPE_DATE, NUM(DATE, EDI_DATE_MAX), "2932896"}, {EDI_TYPE_DATE, NUM(DATE, EDI_DATE_MAX + 1), "?"}, {EDI_TYPE_DATE, TEXT("1970-01-02"), "1"},
      {EDI_TYPE_DATE, TEXT("1970-1-2"), "?"}, {EDI_TYPE_DATE, TEXT("1970-02-29"), "?"}, {EDI_TYPE_DATE, NUM(INT, 1), "?"},
      {EDI_TYPE_DATE, NUM(TIMESTAMP, 1), "?"}, {EDI_TYPE_DATE, TEXT("1970-01-02T00:00:00Z"), "?"},
      {EDI_TYPE_TIMESTAMP, NUM(TIMESTAMP, -1), "-1"}, {EDI_TYPE_TIMESTAMP, NUM(TIMESTAMP, EDI_TIMESTAMP_MIN - 1), "?"},
      {EDI_TYPE_TIMESTAMP, NUM(TIMESTAMP, EDI_TIMESTAMP_MAX + 1), "?"}, {EDI_TYPE_TIMESTAMP, TEXT("1970-01-01T00:00:01Z"), "1000000"},
      {EDI_TYPE_TIMESTAMP, TEXT("1970-01-01T01:00:01+01:00"), "1000000"}, {EDI_TYPE_TIMESTAMP, TEXT("1970-01-01 00:00:01"), "?"},
      {EDI_TYPE_TIMESTAMP, NUM(DATE, 1), "?"}, {EDI_TYPE_TIMESTAMP, NUM(INT, 1), "?"},
      {EDI_TYPE_NONE, NUM(INT, 1), "?"}, {EDI_TYPE_NODE, TEXT("de"), "?"}, {99, NUM(INT, 1), "?"},
      {EDI_TYPE_INT, {.type = (edict_cell_type)77, .integer = 1}, "?"},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    const char *got = said(edi_cell_typed(&table[i].cell, table[i].base));
    if (strcmp(got, table[i].expected) != 0) HARNESS_FAIL("row %zu is %s, expected %s", i, got, table[i].expected);
  }
}

TEST(cells_as_a_rule_asks_for_them) {
  const edi_type region = EDI_TYPE_MAKE(EDI_TYPE_NODE, federation_kind(&fed, "region"));
  const edi_type level = EDI_TYPE_MAKE(EDI_TYPE_LEVEL, 0), id = EDI_TYPE_MAKE(EDI_TYPE_ID, 0);
  const struct { unsigned base; edi_type type; edict_cell cell; const char *expected; } table[] = {
      {EDI_TYPE_STRING, EDI_TYPE_STRING, TEXT("a"), "a"},
      {EDI_TYPE_STRING, region, TEXT("de"), "de"}, {EDI_TYPE_STRING, region, TEXT("DE"), "?"}, {EDI_TYPE_STRING, region, TEXT(""), "?"},
      {EDI_TYPE_INT, region, NUM(INT, 1), "?"},
      {EDI_TYPE_STRING, level, TEXT("restricted"), "3"}, {EDI_TYPE_STRING, level, TEXT("secret"), "?"},
      {EDI_TYPE_STRING, id, TEXT("p-1"), "p-1"}, {EDI_TYPE_INT, id, NUM(INT, 0), "0"},
      {EDI_TYPE_INT, id, NUM(INT, INT64_MIN), "-9223372036854775808"}, {EDI_TYPE_INT, id, NUM(INT, INT64_MAX), "9223372036854775807"},
      {EDI_TYPE_DECIMAL, id, NUM(INT, 7), "?"},
      {EDI_TYPE_STRING, EDI_TYPE_IP, TEXT("::2"), "00000000000000000000000000000002"},
      {EDI_TYPE_STRING, EDI_TYPE_IP, TEXT("10.0.0.1"), "00000000000000000000ffff0a000001"}, {EDI_TYPE_STRING, EDI_TYPE_IP, TEXT("10.0.0.01"), "?"},
      {EDI_TYPE_INT, EDI_TYPE_DECIMAL, NUM(INT, 7), "7"}, {EDI_TYPE_DECIMAL, EDI_TYPE_INT, NUM(INT, 7), "?"},
      {EDI_TYPE_DATE, EDI_TYPE_TIMESTAMP, NUM(DATE, 1), "86400000000"}, {EDI_TYPE_DATE, EDI_TYPE_TIMESTAMP, TEXT("1970-01-02"), "86400000000"},
      {EDI_TYPE_TIMESTAMP, EDI_TYPE_DATE, NUM(TIMESTAMP, 1), "?"}, {EDI_TYPE_STRING, EDI_TYPE_INT, TEXT("7"), "?"},
      {EDI_TYPE_STRING, EDI_TYPE_STRING | EDI_TYPE_SET, TEXT("a"), "?"}, {EDI_TYPE_BOOL, EDI_TYPE_INT, NUM(BOOL, 1), "?"},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    edi_vm vm = {.vocabulary = &vocabulary, .scratch = scratch};
    const char *got = said(edi_cell_value(&vm, &table[i].cell, table[i].base, table[i].type));
    if (strcmp(got, table[i].expected) != 0) HARNESS_FAIL("row %zu is %s, expected %s", i, got, table[i].expected);
  }
}

TEST(a_text_at_the_limit_and_one_past) {
  char *bytes = malloc(EDI_LIMIT_CELL + 1);
  if (!bytes) abort();
  memset(bytes, 'a', EDI_LIMIT_CELL + 1);
  edict_cell cell = {.type = EDICT_CELL_TEXT, .ptr = bytes, .len = EDI_LIMIT_CELL};
  CHECK_INT(edi_cell_typed(&cell, EDI_TYPE_STRING).length, EDI_LIMIT_CELL);
  cell.len++;
  CHECK_INT(edi_cell_typed(&cell, EDI_TYPE_STRING).base, EDI_TYPE_NONE);
  free(bytes);
}

TEST(scratch_at_its_limit_and_one_past) {
  const edict_cell address = TEXT("::1"), number = NUM(INT, 12345);
  edi_vm vm = {.vocabulary = &vocabulary, .scratch = scratch, .scratch_used = EDI_VM_SCRATCH - 16};
  CHECK_INT(edi_cell_value(&vm, &address, EDI_TYPE_STRING, EDI_TYPE_IP).base, EDI_TYPE_IP);
  CHECK_INT(vm.scratch_used, EDI_VM_SCRATCH);
  vm.scratch_used = EDI_VM_SCRATCH - 15;
  CHECK_INT(edi_cell_value(&vm, &address, EDI_TYPE_STRING, EDI_TYPE_IP).base, EDI_TYPE_NONE);
  vm.scratch_used = EDI_VM_SCRATCH - 5;
  CHECK_INT(edi_cell_value(&vm, &number, EDI_TYPE_INT, EDI_TYPE_ID).base, EDI_TYPE_ID);
  vm.scratch_used = EDI_VM_SCRATCH - 4;
  CHECK_INT(edi_cell_value(&vm, &number, EDI_TYPE_INT, EDI_TYPE_ID).base, EDI_TYPE_NONE);
}

HARNESS_MAIN
