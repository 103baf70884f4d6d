/* Phrase: see the header. The walk recurses no deeper than the parser's limit on nesting. */
#include "policy/phrase.h"

/* ---- values ---- */

void edi_phrase_duration(edi_duration d, edi_buf *into) {
  static const struct { int64_t micros; const char *one, *many; } units[] = {
      {INT64_C(86400000000), "day", "days"}, {INT64_C(3600000000), "hour", "hours"}, {60000000, "minute", "minutes"}, {1000000, "second", "seconds"}};
  int64_t count = d.months;
  const char *one = "month", *many = "months";
  for (size_t i = 0; d.months == 0 && i < sizeof units / sizeof *units; i++) {
    if (d.micros % units[i].micros && i + 1 < sizeof units / sizeof *units) continue;
    count = d.micros / units[i].micros;
    one = units[i].one;
    many = units[i].many;
    break;
  }
  edi_buf_format(into, "%lld %s", (long long)count, count == 1 ? one : many);
}

static void put_address(edi_str bytes, edi_buf *into) {
  for (size_t i = 0; i < bytes.len; i += 2)
    edi_buf_format(into, "%s%02x%02x", i ? ":" : "", (unsigned char)bytes.ptr[i], (unsigned char)bytes.ptr[i + 1 < bytes.len ? i + 1 : i]);
}

void edi_phrase_fact(const edi_model *m, const edi_fact_value *v, edi_buf *into) {
  if (EDI_TYPE_IS_SET(v->type)) {
    edi_buf_char(into, '[');
    for (size_t i = 0; i < v->member_count; i++) {
      if (i) edi_buf_text(into, ", ");
      edi_phrase_fact(m, &v->members[i], into);
    }
    edi_buf_char(into, ']');
    return;
  }
  switch (EDI_TYPE_BASE(v->type)) {
    case EDI_TYPE_NODE: edi_buf_str(into, m->nodes[v->integer].name); return;
    case EDI_TYPE_LEVEL: edi_buf_str(into, m->levels[v->integer].name); return;
    case EDI_TYPE_STRING:
    case EDI_TYPE_ID: edi_json_string(into, v->text); return;
    case EDI_TYPE_IP: put_address(v->text, into); return;
    case EDI_TYPE_BOOL: edi_buf_text(into, v->integer ? "true" : "false"); return;
    case EDI_TYPE_DATE: edi_date_format(into, v->integer); return;
    case EDI_TYPE_TIMESTAMP: edi_timestamp_format(into, v->integer); return;
    case EDI_TYPE_DECIMAL: edi_decimal_format(into, v->decimal); return;
    case EDI_TYPE_DURATION: edi_phrase_duration(v->duration, into); return;
    default: edi_buf_format(into, "%lld", (long long)v->integer);
  }
}

/* ---- expressions ---- */

static void put_list(const edi_model *m, const edi_expr *x, edi_buf *into) {
  for (uint32_t i = 0; i < x->operand_count; i++) {
    if (i) edi_buf_text(into, ", ");
    edi_phrase_expr(m, x->operands[i], into);
  }
}

static bool put_literal(const edi_expr *x, edi_buf *into) {
  switch ((int)x->kind) {
    case EDI_EXPR_BOOL: edi_buf_text(into, x->integer ? "true" : "false"); return true;
    case EDI_EXPR_INT: edi_buf_format(into, "%lld", (long long)x->integer); return true;
    case EDI_EXPR_DECIMAL: edi_decimal_format(into, x->decimal); return true;
    case EDI_EXPR_STRING: edi_json_string(into, x->text); return true;
    case EDI_EXPR_DATE: edi_date_format(into, x->integer); return true;
    case EDI_EXPR_TIMESTAMP: edi_timestamp_format(into, x->integer); return true;
    case EDI_EXPR_DURATION: edi_phrase_duration(x->duration, into); return true;
    default: return false;
  }
}

static bool put_name(const edi_model *m, const edi_expr *x, edi_buf *into) {
  if (x->kind == EDI_EXPR_NODE) edi_buf_str(into, m->nodes[x->symbol].name);
  else if (x->kind == EDI_EXPR_LEVEL) edi_buf_str(into, m->levels[x->symbol].name);
  else if (x->kind == EDI_EXPR_ROW_TAG) edi_buf_format(into, "row[%.*s]", EDI_STR_ARG(x->text));
  else if (x->kind == EDI_EXPR_ROW_COLUMN) edi_buf_format(into, "row.%.*s", EDI_STR_ARG(x->text));
  else if (x->kind == EDI_EXPR_NAME || x->kind == EDI_EXPR_CALL) edi_buf_str(into, x->text);
  else if (x->kind == EDI_EXPR_ATTR) {
    const edi_sym_attr *a = &m->attrs[x->symbol];
    if (a->entity != EDI_ENTITY_CONTEXT || !a->builtin) edi_buf_format(into, "%.*s.", EDI_STR_ARG(edi_model_entity(m, a->entity)));
    edi_buf_str(into, a->name);
  } else {
    return false;
  }
  return true;
}

/* `dataset holding pii`, `model named "x*"`. */
static bool put_target(const edi_model *m, const edi_expr *x, edi_buf *into) {
  if (x->kind == EDI_EXPR_RESOURCE) {
    edi_buf_str(into, edi_model_entity(m, x->entity));
    return true;
  }
  bool named = x->kind == EDI_EXPR_NAMED;
  if (!named && x->kind != EDI_EXPR_TAGGED && x->kind != EDI_EXPR_HOLDING && x->kind != EDI_EXPR_IN_DOMAIN && x->kind != EDI_EXPR_CLASSIFIED) return false;
  edi_buf_format(into, "%.*s %s ", EDI_STR_ARG(edi_model_entity(m, x->entity)), edi_expr_kind_name(x->kind));
  if (x->kind == EDI_EXPR_CLASSIFIED) edi_buf_format(into, "%s ", edi_expr_kind_name(x->compare));
  if (named) edi_json_string(into, x->text);
  else put_list(m, x, into);
  return true;
}

static bool put_function(const edi_model *m, const edi_expr *x, edi_buf *into) {
  switch ((int)x->kind) {
    case EDI_EXPR_LOWER:
    case EDI_EXPR_LENGTH:
    case EDI_EXPR_WEEKDAY:
    case EDI_EXPR_TIME_OF_DAY: edi_buf_format(into, "%s(", edi_expr_kind_name(x->kind)); break;
    case EDI_EXPR_TABLE_VALUE: edi_buf_format(into, "%.*s(", EDI_STR_ARG(m->tables[x->symbol].name)); break;
    case EDI_EXPR_IN_TABLE: edi_buf_char(into, '('); break;
    case EDI_EXPR_LIST: edi_buf_char(into, '['); break;
    default: return false;
  }
  put_list(m, x, into);
  edi_buf_char(into, x->kind == EDI_EXPR_LIST ? ']' : ')');
  if (x->kind == EDI_EXPR_IN_TABLE) edi_buf_format(into, " in %.*s", EDI_STR_ARG(m->tables[x->symbol].name));
  if (x->kind == EDI_EXPR_TABLE_VALUE)
    edi_buf_format(into, ".%.*s", EDI_STR_ARG(m->tables[x->symbol].values[edi_expr_more_of(x)->value_column].name));
  return true;
}

static bool is_joined(edi_expr_kind kind) { return kind == EDI_EXPR_AND || kind == EDI_EXPR_OR; }
static bool is_sum(edi_expr_kind kind) { return kind == EDI_EXPR_ADD || kind == EDI_EXPR_SUB || kind == EDI_EXPR_MUL; }

/* What stands below something else is put in parentheses where the language would not read it so. */
static void put_operand(const edi_model *m, const edi_expr *above, const edi_expr *x, bool left, edi_buf *into) {
  bool apart = (is_joined(x->kind) && !(left && x->kind == above->kind)) || (above->kind == EDI_EXPR_NOT && x->operand_count == 2 && !is_sum(x->kind)) ||
               (is_sum(x->kind) && is_sum(above->kind) && !(left && x->kind == above->kind));
  if (apart) edi_buf_char(into, '(');
  edi_phrase_expr(m, x, into);
  if (apart) edi_buf_char(into, ')');
}

void edi_phrase_expr(const edi_model *m, const edi_expr *x, edi_buf *into) {
  if (put_literal(x, into) || put_name(m, x, into) || put_target(m, x, into) || put_function(m, x, into)) return;
  if (x->kind == EDI_EXPR_NOT) edi_buf_text(into, "not ");
  if (x->operand_count) put_operand(m, x, x->operands[0], true, into);
  if (x->kind == EDI_EXPR_NOT) return;
  edi_buf_format(into, " %s", edi_expr_kind_name(x->kind));
  if (x->kind == EDI_EXPR_MATCHES) edi_buf_format(into, " /%.*s/", EDI_STR_ARG(x->text));
  if (x->kind == EDI_EXPR_IN_CIDR) edi_buf_format(into, "(\"%.*s\")", EDI_STR_ARG(x->text));
  if (x->operand_count < 2) return;
  edi_buf_char(into, ' ');
  put_operand(m, x, x->operands[1], false, into);
}

/* ---- what stands in rules ---- */

void edi_phrase_transform(const edi_model *m, const edi_transform_use *use, edi_buf *into) {
  edi_buf_str(into, use->name.text);
  for (size_t i = 0; i < use->argument_count; i++) {
    const edi_argument *a = &use->arguments[i];
    edi_buf_text(into, i ? ", " : "(");
    if (a->name.text.len) edi_buf_format(into, "%.*s: ", EDI_STR_ARG(a->name.text));
    if (a->value->kind == EDI_EXPR_MATCHES) edi_buf_format(into, "/%.*s/", EDI_STR_ARG(a->value->text));
    else if (use->key != EDI_NONE && a->value->kind == EDI_EXPR_NAME) edi_buf_str(into, m->keys[use->key].name);
    else edi_phrase_expr(m, a->value, into);
  }
  if (use->argument_count) edi_buf_char(into, ')');
}

void edi_phrase_oblige(const edi_model *m, const edi_oblige *o, edi_buf *into) {
  edi_buf_format(into, "%.*s(", EDI_STR_ARG(o->symbol == EDI_NONE ? o->name.text : m->obligations[o->symbol].name));
  for (size_t i = 0; i < o->argument_count; i++) {
    if (i) edi_buf_text(into, ", ");
    edi_phrase_expr(m, o->arguments[i], into);
  }
  edi_buf_char(into, ')');
}
