/* Parameter: transforms.def expanded into tables; a parameter list is read where it is asked for. */
#include "bundle/parameter.h"

typedef struct transform_row { edi_str name; const char *types; edi_str parameters; } transform_row;

#define TEXT(literal) {literal, sizeof(literal) - 1}
static const transform_row rows[] = {
    {TEXT(""), "", TEXT("")},
#define TRANSFORM(NAME, number, text, determinism, fits, params) [number] = {TEXT(text), fits, TEXT(params)},
#include "bundle/transforms.def"
#undef TRANSFORM
};
#define ROW_COUNT (sizeof rows / sizeof *rows)

/* What ends at `end`, or all of it, off the front of *left. */
static edi_str cut(edi_str *left, char end) {
  const char *at = memchr(left->ptr, end, left->len);
  edi_str piece = {left->ptr, at ? (size_t)(at - left->ptr) : left->len};
  size_t used = piece.len + (at ? 1 : 0);
  left->ptr += used;
  left->len -= used;
  return piece;
}

/* What is none of these words is a choice. */
static edi_parameter_type type_of(edi_str text) {
  static const struct { edi_str name; edi_parameter_type type; } kinds[] = {
      {TEXT("value"), EDI_PARAMETER_VALUE}, {TEXT("count"), EDI_PARAMETER_COUNT}, {TEXT("int"), EDI_PARAMETER_INT},
      {TEXT("number"), EDI_PARAMETER_NUMBER}, {TEXT("text"), EDI_PARAMETER_TEXT}, {TEXT("pattern"), EDI_PARAMETER_PATTERN},
      {TEXT("key"), EDI_PARAMETER_KEY}, {TEXT("row"), EDI_PARAMETER_ROW},
  };
  for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (text.len == kinds[i].name.len && memcmp(text.ptr, kinds[i].name.ptr, text.len) == 0) return kinds[i].type;
  return EDI_PARAMETER_CHOICE;
}

/* One "NAME:TYPE" or "NAME:TYPE=DEFAULT"; no blanks inside. */
static void read_one(edi_str spec, edi_parameter *out) {
  edi_str name = cut(&spec, ':');
  bool has_fallback = memchr(spec.ptr, '=', spec.len) != NULL;
  edi_str words = cut(&spec, '=');
  *out = (edi_parameter){.name = name, .type = type_of(words), .words = words, .has_fallback = has_fallback, .fallback = spec};
}

bool edi_transform_parameter(edi_transform_id id, unsigned index, edi_parameter *parameter) {
  if ((unsigned)id >= ROW_COUNT) return false;
  edi_str left = rows[id].parameters;
  while (left.len > 0) {
    edi_str spec = cut(&left, ' ');
    if (index-- > 0) continue;
    read_one(spec, parameter);
    return true;
  }
  return false;
}

bool edi_parameter_word(const edi_parameter *parameter, unsigned index, edi_str *word) {
  edi_str left = parameter->words;
  while (left.len > 0) {
    *word = cut(&left, '|');
    if (index-- == 0) return true;
  }
  return false;
}

const char *edi_transform_types(edi_transform_id id) { return (unsigned)id < ROW_COUNT ? rows[id].types : ""; }

edi_transform_id edi_transform_by_name(edi_str name) {
  for (unsigned i = 1; i < ROW_COUNT; i++)
    if (edi_str_equal(name, rows[i].name)) return (edi_transform_id)i;
  return EDI_TRANSFORM_NONE;
}
