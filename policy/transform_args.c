/* Transform arguments: see the header. */
#include "policy/transform_args.h"

const edi_argument *edi_transform_given(const edi_transform_use *use, unsigned index, edi_str name) {
  unsigned positional = 0;
  for (size_t i = 0; i < use->argument_count; i++) {
    const edi_argument *a = &use->arguments[i];
    if (a->name.text.len ? edi_str_equal(a->name.text, name) : positional++ == index) return a;
  }
  return NULL;
}

static edi_value literal(const edi_model *model, const edi_expr *x) {
  edi_value v = edi_value_unknown();
  switch ((int)x->kind) {
    case EDI_EXPR_BOOL: return edi_value_integer(EDI_TYPE_BOOL, x->integer);
    case EDI_EXPR_INT: return edi_value_integer(EDI_TYPE_INT, x->integer);
    case EDI_EXPR_DATE: return edi_value_integer(EDI_TYPE_DATE, x->integer);
    case EDI_EXPR_TIMESTAMP: return edi_value_integer(EDI_TYPE_TIMESTAMP, x->integer);
    case EDI_EXPR_DECIMAL: return edi_value_decimal(x->decimal);
    case EDI_EXPR_ROW_TAG: return edi_value_text(EDI_TYPE_STRING, model->nodes[x->symbol].name);
    case EDI_EXPR_ROW_COLUMN:
      v = edi_value_text(EDI_TYPE_STRING, x->text);
      v.scale = 1;
      return v;
    case EDI_EXPR_STRING: return edi_value_text(EDI_TYPE_STRING, x->text);
    default: return v;
  }
}

void edi_transform_args(const edi_model *model, const edi_transform_use *use, edi_value *args) {
  edi_parameter p;
  memset(args, 0, EDI_PARAMETERS_MOST * sizeof *args);
  for (unsigned i = 0; edi_transform_parameter(use->id, i, &p); i++) {
    const edi_argument *a = edi_transform_given(use, i, p.name);
    if (p.type == EDI_PARAMETER_KEY) args[i] = a ? edi_value_integer(EDI_TYPE_BOOL, 1) : edi_value_unknown();
    else args[i] = a ? edi_argument_normal(&p, literal(model, a->value)) : edi_argument_fallback(&p);
  }
}
