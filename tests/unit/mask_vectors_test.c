/* Vectors: what each transform makes of a value, from tests/vectors/masks.tsv, in columns that may be
 * NULL and, where the type ends in `!`, in required ones. Every transform has a line. */
#include "harness.h"

#include "enforce/apply.h"
#include "support/demo.h"
#include "support/hostile.h"
#include "support/transforms.h"

static edi_pattern_scratch *patterns;
static edi_hasher hasher;
static mesh world;
static char memory[1 << 16];

__attribute__((constructor)) static void set_up(void) {
  demo_mesh(&world, "");
  if (mesh_engine(&world, NULL) != EDICT_OK || edi_pattern_scratch_create(&patterns) != EDICT_OK ||
      edi_hasher_init(&hasher) != EDICT_OK)
    abort();
}
__attribute__((destructor)) static void tear_down(void) {
  edi_pattern_scratch_destroy(patterns);
  edi_hasher_fini(&hasher);
  mesh_fini(&world);
}

static edi_str field(edi_str *line) {
  const char *tab = memchr(line->ptr, '\t', line->len);
  edi_str out = {line->ptr, tab ? (size_t)(tab - line->ptr) : line->len};
  size_t used = out.len + (tab ? 1 : 0);
  line->ptr += used;
  line->len -= used;
  return out;
}

static edict_cell cell_of(edi_value v) {
  edict_cell c = {.integer = v.as.integer, .scale = v.scale};
  switch (v.base) {
    case EDI_TYPE_STRING: return (edict_cell){.type = EDICT_CELL_TEXT, .ptr = v.as.text, .len = v.length};
    case EDI_TYPE_INT: c.type = EDICT_CELL_INT; break;
    case EDI_TYPE_DECIMAL: c.type = EDICT_CELL_DECIMAL; break;
    case EDI_TYPE_BOOL: c.type = EDICT_CELL_BOOL; break;
    case EDI_TYPE_DATE: c.type = EDICT_CELL_DATE; break;
    case EDI_TYPE_TIMESTAMP: c.type = EDICT_CELL_TIMESTAMP; break;
    case EDI_TYPE_TIME: c.type = EDICT_CELL_TIME; break;
    case EDI_TYPE_BINARY: return (edict_cell){.type = EDICT_CELL_BLOB, .ptr = v.as.text, .len = v.length};
    default: return (edict_cell){0};
  }
  return c;
}

/* Cells of a float column are written as strtod reads them. */
static edict_cell read_cell(edi_str text, unsigned base) {
  char number[64];
  snprintf(number, sizeof number, "%.*s", EDI_STR_ARG(text));
  if (base == EDI_TYPE_FLOAT && strcmp(number, "NULL") != 0) return (edict_cell){.type = EDICT_CELL_REAL, .real = strtod(number, NULL)};
  return cell_of(transform_value(text));
}

/* A whole number is written alike in int and decimal columns. */
static bool same(const edict_cell *got, const edict_cell *wanted) {
  bool numbers = got->type == EDICT_CELL_DECIMAL && got->scale == 0 && wanted->type == EDICT_CELL_INT;
  if (got->type != wanted->type && !numbers) return false;
  if (got->type == EDICT_CELL_REAL) return got->real == wanted->real || (got->real != got->real && wanted->real != wanted->real);
  if (got->type == EDICT_CELL_TEXT || got->type == EDICT_CELL_BLOB) return got->len == wanted->len && (!got->len || memcmp(got->ptr, wanted->ptr, got->len) == 0);
  return got->type == EDICT_CELL_NULL || (got->integer == wanted->integer && got->scale == wanted->scale);
}

static unsigned base_of(edi_str type) {
  for (unsigned base = 1; base < 16; base++)
    if (edi_str_equal(type, edi_str_from(edi_type_base_name(base)))) return base;
  return EDI_TYPE_STRING; /* a taxonomy */
}

static edi_transform_id run_line(edi_str line, size_t number) {
  char name[512];
  edi_str text = field(&line), type = field(&line);
  snprintf(name, sizeof name, "%.*s", EDI_STR_ARG(text));
  edi_transform t = transform_of(name);
  edi_apply_column column = {.required = edi_str_ends(type, EDI_STR("!")), .vocabulary = &world.engine->vocabulary};
  if (column.required) type.len--;
  column.base = base_of(type);
  column.taxonomy = edi_vocabulary_kind(column.vocabulary, type);
  edict_cell in = read_cell(field(&line), column.base), wanted = read_cell(field(&line), column.base), out;
  edi_output output = {.ptr = memory, .size = sizeof memory, .hasher = &hasher};
  bool suits = edi_transform_suits(&t, column.base);
  edi_apply(suits ? &t : &edi_transform_bottom, &column, patterns, &in, &out, &output);
  if (output.full || !same(&out, &wanted))
    HARNESS_FAIL("line %zu: %s: type %d, %lld, \"%.*s\"", number, name, (int)out.type, (long long)out.integer,
                 (int)out.len, out.ptr ? out.ptr : "");
  return t.id;
}

static bool seen[64];

TEST(every_vector_holds) {
  size_t length, number = 0;
  char *file = hostile_read("tests/vectors/masks.tsv", &length);
  REQUIRE(file != NULL);
  for (size_t at = 0; at < length;) {
    const char *end = memchr(file + at, '\n', length - at);
    edi_str line = {file + at, end ? (size_t)(end - file) - at : length - at};
    number++;
    if (line.len && *line.ptr != '#') seen[run_line(line, number)] = true;
    at += line.len + 1;
  }
  CHECK(number > 200);
  free(file);
}

TEST(every_transform_has_a_vector) {
#define TRANSFORM(NAME, number, text, determinism, types, parameters) \
  if ((#determinism)[0] == 'P' && EDI_TRANSFORM_##NAME != EDI_TRANSFORM_RAW && !seen[number]) HARNESS_FAIL("`%s` has none", text);
#include "bundle/transforms.def"
#undef TRANSFORM
}

HARNESS_MAIN
