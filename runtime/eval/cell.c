/* Cells as values: what a host's row says, in the language's types.
 *
 * A cell must first fit what the contract calls its column; then it is read as the type the rule asks
 * for (a tag's type, say region or id<person>). Whatever does not fit is unknown, never converted by
 * force: "12" in an int column is not 12. */
#include "eval/vm.h"

static bool decimal_cell(const edict_cell *cell, edi_decimal *out) {
  switch (cell->type) {
    case EDICT_CELL_INT: *out = edi_decimal_from_int(cell->integer); return true;
    case EDICT_CELL_REAL: return edi_decimal_from_double(cell->real, out);
    case EDICT_CELL_TEXT: return edi_decimal_parse((edi_str){cell->ptr, cell->len}, out);
    case EDICT_CELL_DECIMAL: return edi_decimal_make(cell->integer, cell->scale, out);
    case EDICT_CELL_NULL:
    case EDICT_CELL_BLOB:
    case EDICT_CELL_BOOL:
    case EDICT_CELL_DATE:
    case EDICT_CELL_TIMESTAMP:
    case EDICT_CELL_TIME: break;
  }
  return false;
}

static edi_value date_cell(const edict_cell *cell) {
  int64_t date = cell->integer;
  bool ok = cell->type == EDICT_CELL_DATE
                ? date >= EDI_DATE_MIN && date <= EDI_DATE_MAX
                : cell->type == EDICT_CELL_TEXT && edi_date_parse((edi_str){cell->ptr, cell->len}, &date);
  return ok ? edi_value_integer(EDI_TYPE_DATE, date) : edi_value_unknown();
}

static edi_value timestamp_cell(const edict_cell *cell) {
  int64_t t = cell->integer;
  bool ok = cell->type == EDICT_CELL_TIMESTAMP
                ? t >= EDI_TIMESTAMP_MIN && t <= EDI_TIMESTAMP_MAX
                : cell->type == EDICT_CELL_TEXT && edi_timestamp_parse((edi_str){cell->ptr, cell->len}, &t);
  return ok ? edi_value_integer(EDI_TYPE_TIMESTAMP, t) : edi_value_unknown();
}

static edi_value clock_cell(const edict_cell *cell) {
  int64_t t = cell->integer;
  bool ok = cell->type == EDICT_CELL_TIME ? t >= 0 && t <= EDI_CLOCK_MOST
                                          : cell->type == EDICT_CELL_TEXT && edi_clock_parse((edi_str){cell->ptr, cell->len}, &t);
  return ok ? edi_value_integer(EDI_TYPE_TIME, t) : edi_value_unknown();
}

/* The decimal of its shortest text. A real that is none, being too large or too fine, is known as a float and no more;
 * what is not finite is not known at all. */
static edi_value float_cell(const edict_cell *cell) {
  edi_decimal d;
  if (decimal_cell(cell, &d)) return edi_value_decimal(d);
  bool finite = cell->type == EDICT_CELL_REAL && edi_double_is_finite(cell->real);
  return finite ? edi_value_integer(EDI_TYPE_FLOAT, 0) : edi_value_unknown();
}

edi_value edi_cell_typed(const edict_cell *cell, unsigned base) {
  edi_decimal d;
  edi_str text = {cell->ptr, cell->len};
  switch (base) {
    case EDI_TYPE_BOOL:
      if (cell->type != EDICT_CELL_BOOL && cell->type != EDICT_CELL_INT) break;
      if (cell->integer != 0 && cell->integer != 1) break;
      return edi_value_integer(EDI_TYPE_BOOL, cell->integer);
    case EDI_TYPE_INT:
      if (cell->type != EDICT_CELL_INT) break;
      return edi_value_integer(EDI_TYPE_INT, cell->integer);
    case EDI_TYPE_DECIMAL:
      if (!decimal_cell(cell, &d)) break;
      return edi_value_decimal(d);
    case EDI_TYPE_STRING:
      if (cell->type != EDICT_CELL_TEXT || text.len > EDI_LIMIT_CELL || !edi_utf8_valid(text)) break;
      return edi_value_text(EDI_TYPE_STRING, text);
    case EDI_TYPE_DATE: return date_cell(cell);
    case EDI_TYPE_TIMESTAMP: return timestamp_cell(cell);
    case EDI_TYPE_TIME: return clock_cell(cell);
    case EDI_TYPE_FLOAT: return float_cell(cell);
    case EDI_TYPE_BINARY:
      if (cell->type != EDICT_CELL_BLOB || text.len > EDI_LIMIT_CELL) break;
      return edi_value_text(EDI_TYPE_BINARY, text);
    default: break;
  }
  return edi_value_unknown();
}

bool edi_cell_fits(const edict_cell *cell, unsigned base) {
  if (base != EDI_TYPE_NONE) return edi_value_known(edi_cell_typed(cell, base));
  if (cell->type == EDICT_CELL_TEXT) return edi_value_known(edi_cell_typed(cell, EDI_TYPE_STRING));
  return cell->type != EDICT_CELL_REAL || edi_double_is_finite(cell->real);
}

/* An id that a host keeps as an integer is the text of that integer. */
static edi_value id_from_int(edi_vm *vm, int64_t i) {
  char digits[24];
  size_t at = sizeof digits;
  uint64_t rest = i < 0 ? (uint64_t)0 - (uint64_t)i : (uint64_t)i;
  do digits[--at] = (char)('0' + rest % 10);
  while (rest /= 10);
  if (i < 0) digits[--at] = '-';
  size_t length = sizeof digits - at;
  if (!edi_vm_has_room(vm, length)) return edi_value_unknown();
  char *out = vm->scratch + vm->scratch_used;
  memcpy(out, digits + at, length);
  vm->scratch_used += length;
  return edi_value_text(EDI_TYPE_ID, (edi_str){out, length});
}

static edi_value from_text(edi_vm *vm, edi_type type, edi_str text) {
  if (EDI_TYPE_BASE(type) != EDI_TYPE_IP) return edi_vocabulary_convert(vm->vocabulary, type, text, NULL);
  if (!edi_vm_has_room(vm, 16)) return edi_value_unknown();
  unsigned char *out = (unsigned char *)vm->scratch + vm->scratch_used;
  vm->scratch_used += 16;
  return edi_vocabulary_convert(vm->vocabulary, type, text, out);
}

edi_value edi_cell_value(edi_vm *vm, const edict_cell *cell, unsigned column_base, edi_type type) {
  edi_value v = edi_cell_typed(cell, column_base);
  if (!v.base || EDI_TYPE_IS_SET(type)) return edi_value_unknown();
  unsigned wanted = EDI_TYPE_BASE(type);
  if (v.base == wanted) return v;
  if (v.base == EDI_TYPE_INT && wanted == EDI_TYPE_DECIMAL)
    return edi_value_integer(EDI_TYPE_DECIMAL, v.as.integer);
  if (v.base == EDI_TYPE_INT && wanted == EDI_TYPE_ID) return id_from_int(vm, v.as.integer);
  if (v.base == EDI_TYPE_DATE && wanted == EDI_TYPE_TIMESTAMP)
    return edi_value_integer(EDI_TYPE_TIMESTAMP, v.as.integer * EDI_DAY_MICROS);
  if (v.base == EDI_TYPE_STRING && (wanted == EDI_TYPE_NODE || wanted == EDI_TYPE_LEVEL ||
                                    wanted == EDI_TYPE_ID || wanted == EDI_TYPE_IP))
    return from_text(vm, type, edi_value_str(v));
  return edi_value_unknown();
}
