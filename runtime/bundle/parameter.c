/* Parameter: transforms.def expanded into tables; a parameter list is read where it is asked for. */
#include "bundle/parameter.h"

typedef struct transform_row {
  const char *name, *types, *parameters;
  char determinism;
} transform_row;

static const transform_row rows[] = {
    {"", "", "", 'P'},
#define TRANSFORM(NAME, number, text, determinism, fits, params) [number] = {text, fits, params, #determinism[0]},
#include "bundle/transforms.def"
#undef TRANSFORM
};
#define ROW_COUNT (sizeof rows / sizeof *rows)

static const struct { const char *name; edi_parameter_type type; } kinds[] = {
    {"value", EDI_PARAMETER_VALUE}, {"count", EDI_PARAMETER_COUNT}, {"char", EDI_PARAMETER_CHAR},
    {"pattern", EDI_PARAMETER_PATTERN}, {"text", EDI_PARAMETER_TEXT}, {"key", EDI_PARAMETER_KEY},
    {"unit", EDI_PARAMETER_UNIT},
};

/* One "NAME:TYPE" or "NAME:TYPE=\"DEFAULT\""; no blanks inside. */
static bool read_one(edi_str spec, edi_parameter *out) {
  const char *colon = memchr(spec.ptr, ':', spec.len);
  if (!colon) return false;
  edi_str rest = {colon + 1, spec.len - (size_t)(colon + 1 - spec.ptr)};
  const char *equals = memchr(rest.ptr, '=', rest.len);
  *out = (edi_parameter){.name = {spec.ptr, (size_t)(colon - spec.ptr)}};
  if (equals) {
    edi_str fallback = {equals + 1, rest.len - (size_t)(equals + 1 - rest.ptr)};
    rest.len = (size_t)(equals - rest.ptr);
    out->has_fallback = true;
    out->fallback = (edi_str){fallback.ptr + 1, fallback.len - 2};
  }
  for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (edi_str_equal(rest, edi_str_from(kinds[i].name))) {
      out->type = kinds[i].type;
      return true;
    }
  return false;
}

bool edi_transform_parameter(edi_transform_id id, unsigned index, edi_parameter *parameter) {
  if ((unsigned)id >= ROW_COUNT) return false;
  edi_str left = edi_str_from(rows[id].parameters);
  while (left.len > 0) {
    const char *blank = memchr(left.ptr, ' ', left.len);
    edi_str spec = {left.ptr, blank ? (size_t)(blank - left.ptr) : left.len};
    if (index-- == 0) return read_one(spec, parameter);
    left.ptr += spec.len + (blank ? 1 : 0);
    left.len -= spec.len + (blank ? 1 : 0);
  }
  return false;
}

const char *edi_transform_types(edi_transform_id id) { return (unsigned)id < ROW_COUNT ? rows[id].types : ""; }

bool edi_transform_is_keyed(edi_transform_id id) { return (unsigned)id < ROW_COUNT && rows[id].determinism == 'K'; }

edi_transform_id edi_transform_by_name(edi_str name) {
  for (unsigned i = 1; i < ROW_COUNT; i++)
    if (edi_str_equal(name, edi_str_from(rows[i].name))) return (edi_transform_id)i;
  return EDI_TRANSFORM_NONE;
}
