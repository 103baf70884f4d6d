/* Typed: see typed.h. Scalars are read by the runtime's own conversion, so that a fact in a
 * contract and the same text in a claim or a cell mean one value; only nodes and levels, which
 * stand in a model and not in a program, and durations, which claims do not have, are read here. */
#include "policy/typed.h"

#include "bundle/order.h"
#include "bundle/value.h"
#include "bundle/vocabulary.h"
#include "policy/lex.h"

/* duration ::= int " " unit, the int without a sign */
static bool read_duration(edi_str text, edi_duration *out) {
  size_t blank = 0;
  while (blank < text.len && text.ptr[blank] != ' ') blank++;
  if (blank == text.len || (blank > 0 && text.ptr[0] == '-')) return false;
  edi_value count = edi_vocabulary_convert(NULL, EDI_TYPE_INT, (edi_str){text.ptr, blank},
                                           (unsigned char[16]){0});
  if (!edi_value_known(count)) return false;
  static const struct {
    edi_word one, many;
    edi_duration length;
  } units[] = {
      {EDI_WORD_YEAR, EDI_WORD_YEARS, {12, 0}},
      {EDI_WORD_MONTH, EDI_WORD_MONTHS, {1, 0}},
      {EDI_WORD_WEEK, EDI_WORD_WEEKS, {0, 7 * EDI_DAY_MICROS}},
      {EDI_WORD_DAY, EDI_WORD_DAYS, {0, EDI_DAY_MICROS}},
      {EDI_WORD_HOUR, EDI_WORD_HOURS, {0, EDI_DAY_MICROS / 24}},
      {EDI_WORD_MINUTE, EDI_WORD_MINUTES, {0, EDI_DAY_MICROS / 1440}},
      {EDI_WORD_SECOND, EDI_WORD_SECONDS, {0, EDI_DAY_MICROS / 86400}},
  };
  edi_word word = edi_word_find((edi_str){text.ptr + blank + 1, text.len - blank - 1});
  for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
    if (word != units[i].one && word != units[i].many) continue;
    return !__builtin_mul_overflow(count.as.integer, units[i].length.months, &out->months) &&
           !__builtin_mul_overflow(count.as.integer, units[i].length.micros, &out->micros);
  }
  return false;
}

static edi_typed read_node(const edi_model *model, uint32_t kind, edi_str text,
                           edi_fact_value *value) {
  uint32_t node = edi_model_node(model, kind, text);
  if (node == EDI_NONE) return EDI_TYPED_UNKNOWN;
  value->integer = node;
  return model->nodes[node].is_abstract ? EDI_TYPED_ABSTRACT : EDI_TYPED_OK;
}

static edi_typed read_level(const edi_model *model, uint32_t scale, edi_str text,
                            edi_fact_value *value) {
  uint32_t level = edi_model_level(model, scale, text);
  if (level == EDI_NONE) return EDI_TYPED_UNKNOWN;
  value->integer = level;
  return EDI_TYPED_OK;
}

static edi_typed read_scalar(edi_arena *arena, edi_str text, edi_fact_value *value) {
  unsigned char address[16] = {0};
  edi_value read = edi_vocabulary_convert(NULL, value->type, text, address);
  if (!edi_value_known(read)) return EDI_TYPED_SHAPE;
  switch (EDI_TYPE_BASE(value->type)) {
    case EDI_TYPE_DECIMAL: value->decimal = (edi_decimal){read.as.integer, read.scale}; break;
    case EDI_TYPE_STRING: value->text = text; break;
    case EDI_TYPE_ID:
      if (text.len == 0) return EDI_TYPED_SHAPE;
      value->text = text;
      break;
    case EDI_TYPE_IP:
      value->text =
          (edi_str){edi_arena_copy(arena, (const char *)address, sizeof address), sizeof address};
      if (!value->text.ptr) return EDI_TYPED_MEMORY;
      break;
    default: value->integer = read.as.integer;
  }
  return EDI_TYPED_OK;
}

edi_typed edi_typed_read(edi_arena *arena, const edi_model *model, edi_type type, edi_str text,
                         edi_fact_value *value) {
  *value = (edi_fact_value){.type = type};
  if (EDI_TYPE_IS_SET(type)) return EDI_TYPED_SHAPE;
  switch (EDI_TYPE_BASE(type)) {
    case EDI_TYPE_NODE: return read_node(model, EDI_TYPE_PARAM(type), text, value);
    case EDI_TYPE_LEVEL: return read_level(model, EDI_TYPE_PARAM(type), text, value);
    case EDI_TYPE_DURATION:
      return read_duration(text, &value->duration) ? EDI_TYPED_OK : EDI_TYPED_SHAPE;
    default: return read_scalar(arena, text, value);
  }
}

bool edi_typed_is_known(const edi_model *model, edi_type type) {
  size_t parameter = EDI_TYPE_PARAM(type);
  switch (EDI_TYPE_BASE(type)) {
    case EDI_TYPE_BOOL:
    case EDI_TYPE_INT:
    case EDI_TYPE_DECIMAL:
    case EDI_TYPE_STRING:
    case EDI_TYPE_TIMESTAMP:
    case EDI_TYPE_DATE:
    case EDI_TYPE_DURATION:
    case EDI_TYPE_IP: return true;
    case EDI_TYPE_NODE:
    case EDI_TYPE_ID: return parameter < model->kinds_count;
    case EDI_TYPE_LEVEL: return parameter < model->scales_count;
    default: return false;
  }
}

/* ---- sets ---- */

static edi_value as_value(const edi_fact_value *fact) {
  unsigned base = EDI_TYPE_BASE(fact->type);
  edi_value value = edi_value_integer(base, fact->integer);
  switch (base) {
    case EDI_TYPE_STRING:
    case EDI_TYPE_ID:
    case EDI_TYPE_IP: return edi_value_text(base, fact->text);
    case EDI_TYPE_DECIMAL: return edi_value_decimal(fact->decimal);
    case EDI_TYPE_DURATION:
      value.scale = fact->duration.months != 0;
      value.as.integer = value.scale ? fact->duration.months : fact->duration.micros;
      return value;
    default: return value;
  }
}

static int compare(const void *context, const void *a, const void *b) {
  (void)context;
  return edi_value_compare(as_value(a), as_value(b));
}

bool edi_typed_sort(edi_arena *arena, edi_fact_value *members, size_t *count) {
  edi_fact_value *spare = EDI_NEW_ARRAY(arena, edi_fact_value, *count);
  size_t kept = 0;
  if (!spare) return false;
  edi_order_sort(members, spare, *count, sizeof *members, compare, NULL);
  for (size_t i = 0; i < *count; i++)
    if (kept == 0 || compare(NULL, &members[kept - 1], &members[i]) != 0)
      members[kept++] = members[i];
  *count = kept;
  return true;
}

/* ---- messages ---- */

void edi_typed_describe(const edi_model *model, edi_type type, edi_buf *into) {
  edi_type element = EDI_TYPE_ELEM(type);
  switch (EDI_TYPE_BASE(type)) {
    case EDI_TYPE_BOOL: edi_buf_text(into, "true or false"); return;
    case EDI_TYPE_INT: edi_buf_text(into, "a whole number, such as 12"); return;
    case EDI_TYPE_DECIMAL: edi_buf_text(into, "a number, such as 12.50"); return;
    case EDI_TYPE_DATE: edi_buf_text(into, "a date, such as 2026-11-20"); return;
    case EDI_TYPE_TIMESTAMP:
      edi_buf_text(into, "a timestamp with its offset, such as 2026-11-20T10:00:00Z");
      return;
    case EDI_TYPE_DURATION: edi_buf_text(into, "a duration, such as 24 months"); return;
    case EDI_TYPE_IP: edi_buf_text(into, "an IP address, such as 10.0.0.1"); return;
    case EDI_TYPE_STRING:
    case EDI_TYPE_ID: edi_buf_text(into, "a text"); return;
    default: break;
  }
  edi_buf_text(into, EDI_TYPE_BASE(type) == EDI_TYPE_LEVEL ? "a level of `" : "a node of `");
  edi_model_type_name(model, element, into);
  edi_buf_char(into, '`');
}
