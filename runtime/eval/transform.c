/* Transforms as values: equality, which columns they suit, how they are written. Their order and their
 * meet are in eval/meet.c. */
#include "eval/transform.h"

const edi_transform edi_transform_raw = {.id = EDI_TRANSFORM_RAW};
const edi_transform edi_transform_bottom = {.id = EDI_TRANSFORM_NULL};

static bool same_value(const edi_value *a, const edi_value *b) {
  return a->base == b->base && a->scale == b->scale && (!a->base || edi_value_compare(*a, *b) == 0);
}

bool edi_transform_equal(const edi_transform *a, const edi_transform *b) {
  if (a->id != b->id || a->key_scope != b->key_scope || a->row_column != b->row_column) return false;
  for (unsigned i = 0; i < EDI_PARAMETERS_MOST; i++)
    if (!same_value(&a->args[i], &b->args[i])) return false;
  return edi_str_equal(a->key, b->key) && edi_str_equal(a->pattern_source, b->pattern_source);
}

static char type_letter(unsigned base) {
  switch (base) {
    case EDI_TYPE_STRING: return 's';
    case EDI_TYPE_INT: return 'i';
    case EDI_TYPE_DECIMAL: return 'n';
    case EDI_TYPE_BOOL: return 'b';
    case EDI_TYPE_DATE: return 'd';
    case EDI_TYPE_TIMESTAMP: return 't';
    case EDI_TYPE_TIME: return 'c';
    case EDI_TYPE_FLOAT: return 'f';
    case EDI_TYPE_BINARY: return 'y';
    default: return '?';
  }
}

bool edi_transform_fits(edi_transform_id id, unsigned base) {
  /* What is no cell type of the language can still be kept whole, dropped, or closed to the bottom. */
  if (id == EDI_TRANSFORM_RAW || id == EDI_TRANSFORM_NULL || id == EDI_TRANSFORM_DROP) return true;
  return strchr(edi_transform_types(id), type_letter(base)) != NULL;
}

/* A number with a fraction says nothing of an int column. */
static bool whole(const edi_transform *t, unsigned from, unsigned to) {
  for (unsigned i = from; i <= to; i++)
    if (t->args[i].scale) return false;
  return true;
}

bool edi_transform_suits(const edi_transform *t, unsigned base) {
  if (!edi_transform_fits(t->id, base)) return false;
  bool is_int = base == EDI_TYPE_INT;
  switch ((int)t->id) {
    case EDI_TRANSFORM_CONST: return t->args[EDI_ARG_CONST_VALUE].base == (base == EDI_TYPE_FLOAT ? EDI_TYPE_DECIMAL : base);
    case EDI_TRANSFORM_SHOW_FIRST:
    case EDI_TRANSFORM_SHOW_LAST: return !is_int || t->args[EDI_ARG_SHOW_PROFILE].as.integer == EDI_SHOW_RANGER;
    case EDI_TRANSFORM_CLASSMASK: return !is_int || t->args[EDI_ARG_CLASS_PROFILE].as.integer == EDI_CLASS_RANGER;
    case EDI_TRANSFORM_ROUND: return !is_int || whole(t, EDI_ARG_ROUND_STEP, EDI_ARG_ROUND_STEP);
    case EDI_TRANSFORM_BUCKET: return !is_int || whole(t, EDI_ARG_LO, EDI_ARG_SIZE);
    case EDI_TRANSFORM_CLAMP:
      if (t->args[EDI_ARG_LO].base == EDI_TYPE_DECIMAL)
        return base == EDI_TYPE_DECIMAL || base == EDI_TYPE_FLOAT || (is_int && whole(t, EDI_ARG_LO, EDI_ARG_HI));
      return t->args[EDI_ARG_LO].base == base;
    default: return true;
  }
}

void edi_transform_arguments(const edi_transform *t, edi_buf *into) {
  edi_arguments_format(t->id, t->args, t->key, t->pattern_source, into);
}
