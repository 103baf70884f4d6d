/* Arrow take, types: of what type a masked column is.
 *
 * Its own, as long as every value that the mask can give has a form in it. Where one may not, an int column becomes
 * int64, binary numbers become float64, and others of a decimal column decimal128(38, 18), which holds every decimal of
 * the language. A schema stands before the first value is seen, so what decides is the mask, never a value. */
#include "enforce/arrow_take.h"

static bool is_integer(const edi_arrow_type *t) { return t->layout >= EDICT_LAYOUT_INT8 && t->layout <= EDICT_LAYOUT_UINT64; }
static bool is_real(const edi_arrow_type *t) { return t->layout == EDICT_LAYOUT_REAL16 || t->layout == EDICT_LAYOUT_REAL32 || t->layout == EDICT_LAYOUT_REAL64; }
static bool is_decimal(const edi_arrow_type *t) { return t->id == EDI_ARROW_ID_DECIMAL; }

/* Whether the type has a form for one cell: it is tried. */
static bool holds(const edi_arrow_type *t, const edict_cell *cell) {
  edi_arrow_purse purse = {.left = 1 << 20};
  struct ArrowArray one;
  if (cell->type == EDICT_CELL_NULL || cell->type == EDICT_CELL_TEXT) return true;
  if (edi_arrow_begin(&purse, t, 1, &one) != EDICT_OK) return false;
  bool held = edi_arrow_put(&purse, t, &one, 0, cell);
  one.release(&one);
  return held;
}

static bool holds_value(const edi_arrow_type *t, unsigned base, edi_value v) {
  edict_cell cell = {.integer = v.as.integer, .type = EDICT_CELL_INT};
  if (base == EDI_TYPE_DECIMAL) cell.type = EDICT_CELL_DECIMAL, cell.scale = v.scale;
  if (v.base == EDI_TYPE_DECIMAL && base == EDI_TYPE_INT && v.scale) return false;
  return holds(t, &cell);
}

static bool holds_bounds(const edi_arrow_type *t, unsigned base, const edi_transform *tr) {
  return holds_value(t, base, tr->args[EDI_ARG_LO]) && holds_value(t, base, tr->args[EDI_ARG_HI]);
}

/* Whether it holds what a transform of numbers can give of its own values. */
static bool holds_all(const edi_arrow_type *t, unsigned base, const edi_transform *tr) {
  switch ((int)tr->id) {
    case EDI_TRANSFORM_NONE:
    case EDI_TRANSFORM_NULL:
    case EDI_TRANSFORM_SHOW_LAST:
    case EDI_TRANSFORM_SHOW_FIRST: return true;
    case EDI_TRANSFORM_CONST: return holds_value(t, base, tr->args[EDI_ARG_CONST_VALUE]);
    case EDI_TRANSFORM_DEFAULT:
      return holds_value(t, base, edi_value_integer(base, base == EDI_TYPE_INT && tr->args[EDI_ARG_DEFAULT_PROFILE].as.integer == EDI_DEFAULT_ICEBERG ? 999999999 : 0));
    case EDI_TRANSFORM_CLAMP: return holds_bounds(t, base, tr);
    case EDI_TRANSFORM_BUCKET: return is_integer(t) && tr->args[EDI_ARG_SIZE].scale == 0 && holds_bounds(t, base, tr); /* and whole steps between them */
    case EDI_TRANSFORM_SHA256:
    case EDI_TRANSFORM_SHA256_QUERY: return t->layout == EDICT_LAYOUT_INT32 && tr->args[EDI_ARG_SHA256_WIDTH].as.integer == EDI_WIDTH_INT;
    default: return false;
  }
}

static bool stays(const edi_arrow_type *t, unsigned base, bool required, const edi_transform *fixed) {
  edi_apply_column column = {.base = base, .required = required};
  edict_cell bottom;
  if (t->id == EDI_ARROW_ID_FIXED_BINARY) return base != EDI_TYPE_BINARY || (fixed && (fixed->id == EDI_TRANSFORM_REDACT || fixed->id == EDI_TRANSFORM_DEFAULT));
  if (!is_integer(t) && !is_decimal(t) && !is_real(t)) return true;
  if (base == EDI_TYPE_FLOAT) return t->layout == EDICT_LAYOUT_REAL64 || (is_real(t) && fixed && (fixed->id == EDI_TRANSFORM_DEFAULT || fixed->id == EDI_TRANSFORM_NULL));
  if (base != EDI_TYPE_INT && base != EDI_TYPE_DECIMAL) return true;
  if (t->layout == EDICT_LAYOUT_INT64 && base == EDI_TYPE_INT) return true;
  if (!fixed) return t->layout == EDICT_LAYOUT_REAL64;
  if (t->layout == EDICT_LAYOUT_REAL64) return fixed->id != EDI_TRANSFORM_PSEUDONYM;
  edi_apply_bottom(&column, &bottom);
  return holds(t, &bottom) && holds_all(t, base, fixed);
}

static void settle_values(edi_arrow_type *t, unsigned base, bool required, const edi_transform *fixed) {
  if (t->child_count || t->form == EDI_ARROW_STRUCT || stays(t, base, required, fixed)) return;
  bool real = base == EDI_TYPE_FLOAT || (is_real(t) && (!fixed || fixed->id != EDI_TRANSFORM_PSEUDONYM));
  *t = edi_arrow_type_of(base == EDI_TYPE_BINARY ? "z" : base == EDI_TYPE_INT ? "l" : real ? "g" : "d:38,18", t->name);
}

edict_status edi_arrow_settled(const edi_arrow_type *type, unsigned base, bool required, const edi_transform *fixed, edict_masked_as as,
                               edi_arena *arena, edi_arrow_type *into) {
  *into = *type;
  into->flags |= ARROW_FLAG_NULLABLE;
  if (type->closed) *into = edi_arrow_type_of("n", type->name);
  if (type->closed || as != EDICT_MASKED_CELLS) return EDICT_OK;
  if (!type->dictionary) {
    settle_values(into, base, required, fixed);
    return EDICT_OK;
  }
  /* One entry may come out as many where the mask reads the row. */
  bool varies = !fixed || fixed->row_column;
  if (varies && type->width < 4) *into = edi_arrow_type_of("i", type->name);
  into->dictionary = EDI_NEW(arena, edi_arrow_type);
  if (!into->dictionary) return edi_arena_status(arena);
  *into->dictionary = *type->dictionary;
  settle_values(into->dictionary, base, required, fixed);
  return EDICT_OK;
}
