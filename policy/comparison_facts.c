/* Comparison, facts: a supposed contract by names alone, and as facts of one model.
 *
 * A model that lacks a tag, a level or an attribute reads the contract without it, as a contract of its time would
 * have been written. */
#include <stdlib.h>

#include "policy/checker.h"
#include "policy/comparison.h"
#include "policy/phrase.h"
#include "policy/typed.h"

/* ---- by names ---- */

static edict_text api(edict_comparison *c, edi_str s) { return (edict_text){edi_comparison_text(c, s), s.len}; }

static const edict_text *named_nodes(edict_comparison *c, const edi_model *m, const uint32_t *nodes, size_t count) {
  edict_text *out = EDI_NEW_ARRAY(&c->arena, edict_text, count + 1);
  for (size_t i = 0; out && i < count; i++) out[i] = api(c, m->nodes[nodes[i]].name);
  c->failed = c->failed || !out;
  return out;
}

/* A value as a contract writes it: texts without quotes. */
static edict_text named_value(edict_comparison *c, const edi_model *m, const edi_fact_value *v) {
  edi_buf buf;
  bool text = EDI_TYPE_BASE(v->type) == EDI_TYPE_STRING || EDI_TYPE_BASE(v->type) == EDI_TYPE_ID;
  if (text) return api(c, v->text);
  if (EDI_TYPE_BASE(v->type) == EDI_TYPE_IP) return api(c, EDI_STR("10.0.0.1"));
  edi_buf_init(&buf, NULL, 4096);
  edi_phrase_fact(m, v, &buf);
  edict_text out = api(c, (edi_str){buf.ptr, buf.len});
  edi_buf_fini(&buf);
  return out;
}

static const edict_attribute *named_facts(edict_comparison *c, const edi_model *m, const edi_fact_entry *facts, size_t count) {
  edict_attribute *out = EDI_NEW_ARRAY(&c->arena, edict_attribute, count + 1);
  for (size_t i = 0; out && i < count; i++) {
    const edi_fact_value *v = &facts[i].value;
    bool set = EDI_TYPE_IS_SET(v->type);
    size_t n = set ? v->member_count : 1;
    edict_text *values = EDI_NEW_ARRAY(&c->arena, edict_text, n + 1);
    for (size_t k = 0; values && k < n; k++) values[k] = named_value(c, m, set ? &v->members[k] : v);
    c->failed = c->failed || !values;
    out[i] = (edict_attribute){api(c, m->attrs[facts[i].attr].name), values, values ? n : 0};
  }
  c->failed = c->failed || !out;
  return out;
}

static edict_text named_level(edict_comparison *c, const edi_model *m, uint32_t level) {
  return level == EDI_NONE ? (edict_text){NULL, 0} : api(c, m->levels[level].name);
}

const edict_supposed_contract *edi_contract_named(edict_comparison *c, const edi_model *m, const edi_contract_facts *f) {
  const edi_dataset_facts *d = &f->datasets[0];
  edict_supposed_contract *out = EDI_NEW(&c->arena, edict_supposed_contract);
  edict_supposed_column *columns = EDI_NEW_ARRAY(&c->arena, edict_supposed_column, d->column_count + 1);
  if (!out || !columns) {
    c->failed = true;
    return NULL;
  }
  for (size_t i = 0; i < d->column_count; i++)
    columns[i] = (edict_supposed_column){.name = api(c, d->columns[i].name),
                                         .type = d->columns[i].type == EDI_TYPE_NONE ? "string" : edi_type_base_name(d->columns[i].type),
                                         .tags = named_nodes(c, m, d->columns[i].tags, d->columns[i].tag_count),
                                         .tag_count = d->columns[i].tag_count, .level = named_level(c, m, d->columns[i].classification)};
  *out = (edict_supposed_contract){.product = api(c, f->name), .domain = api(c, m->nodes[f->domain].name), .dataset = api(c, d->name),
                                   .level = named_level(c, m, d->classification),
                                   .product_tags = named_nodes(c, m, f->tags, f->tag_count), .product_tag_count = f->tag_count,
                                   .dataset_tags = named_nodes(c, m, d->tags, d->tag_count), .dataset_tag_count = d->tag_count,
                                   .product_attributes = named_facts(c, m, f->facts, f->fact_count), .product_attribute_count = f->fact_count,
                                   .dataset_attributes = named_facts(c, m, d->facts, d->fact_count), .dataset_attribute_count = d->fact_count,
                                   .columns = columns, .column_count = d->column_count};
  return out;
}

/* ---- as facts ---- */

typedef struct reader { edi_arena *arena; const edi_model *m; bool failed; } reader;

static edi_str str(edict_text t) { return (edi_str){t.ptr, t.len}; }

static void *array(reader *r, size_t count, size_t size) {
  void *out = edi_arena_array(r->arena, count + 1, size);
  r->failed = r->failed || !out;
  return out;
}

static int compare_numbers(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return x < y ? -1 : x > y;
}

static bool may_be_stated(const edi_sym_node *n) { return !n->builtin && (!n->is_abstract || n->is_open); }

static uint32_t *read_tags(reader *r, const edict_text *tags, size_t count, size_t *read) {
  uint32_t *out = array(r, count, sizeof *out);
  *read = 0;
  for (size_t i = 0; out && i < count; i++) {
    uint32_t node = edi_model_node(r->m, EDI_BUILTIN_TAG, str(tags[i]));
    bool twice = false;
    for (size_t k = 0; k < *read; k++) twice = twice || out[k] == node;
    if (node != EDI_NONE && !twice && may_be_stated(&r->m->nodes[node])) out[(*read)++] = node;
  }
  if (out && *read > 1) qsort(out, *read, sizeof *out, compare_numbers);
  return out;
}

static uint32_t read_level(const reader *r, edict_text level) {
  if (!level.ptr || r->m->classification == EDI_NONE) return EDI_NONE;
  return edi_model_level(r->m, r->m->classification, str(level));
}

static bool read_value(reader *r, edi_type type, edict_text text, edi_fact_value *out) {
  edi_typed how = edi_typed_read(r->arena, r->m, type, str(text), out);
  r->failed = r->failed || how == EDI_TYPED_MEMORY;
  return how == EDI_TYPED_OK;
}

static bool read_fact(reader *r, edi_type type, const edict_attribute *a, edi_fact_value *out) {
  if (!EDI_TYPE_IS_SET(type)) return a->count == 1 && read_value(r, type, a->values[0], out);
  *out = (edi_fact_value){.type = type, .members = array(r, a->count, sizeof(edi_fact_value))};
  for (size_t i = 0; out->members && i < a->count; i++)
    out->member_count += read_value(r, EDI_TYPE_ELEM(type), a->values[i], &out->members[out->member_count]);
  return out->members && edi_typed_sort(r->arena, out->members, &out->member_count);
}

static edi_fact_entry *read_facts(reader *r, edi_entity entity, const edict_attribute *given, size_t count, size_t *read) {
  edi_fact_entry *out = array(r, count, sizeof *out);
  *read = 0;
  /* In the order of the model's numbers, as the emitter wants them. */
  for (uint32_t number = 0; out && number < r->m->attrs_count; number++) {
    const edi_sym_attr *a = &r->m->attrs[number];
    for (size_t i = 0; a->entity == entity && !a->builtin && i < count; i++) {
      if (!edi_str_equal(a->name, str(given[i].name)) || !read_fact(r, a->type, &given[i], &out[*read].value)) continue;
      out[(*read)++].attr = number;
      break;
    }
  }
  return out;
}

static uint32_t base_of(const char *type) {
  for (unsigned base = 1; base < 16; base++)
    if (edi_type_base_name(base) && strcmp(edi_type_base_name(base), type) == 0) return base;
  return EDI_TYPE_STRING;
}

static void read_columns(reader *r, const edict_supposed_contract *from, edi_dataset_facts *d) {
  d->columns = array(r, from->column_count, sizeof *d->columns);
  for (size_t i = 0; d->columns && i < from->column_count; i++) {
    const edict_supposed_column *c = &from->columns[i];
    edi_column_facts *to = &d->columns[d->column_count++];
    *to = (edi_column_facts){.name = str(c->name), .physical_name = str(c->name), .type = c->type ? base_of(c->type) : EDI_TYPE_NONE, .classification = read_level(r, c->level), .span = EDI_SPAN_NONE};
    to->tags = read_tags(r, c->tags, c->tag_count, &to->tag_count);
    if (!c->type && to->tags) to->type = edi_witness_cell_type(r->m, to->tags, to->tag_count);
  }
}

bool edi_contract_facts_of(edi_arena *arena, const edi_model *m, const edict_supposed_contract *from, edi_contract_facts *out) {
  reader r = {arena, m, false};
  edi_dataset_facts *d = array(&r, 1, sizeof *d);
  if (!d) return false;
  uint32_t domain = edi_model_node(m, EDI_BUILTIN_DOMAIN, str(from->domain));
  *d = (edi_dataset_facts){.name = str(from->dataset), .physical_name = str(from->dataset), .classification = read_level(&r, from->level), .span = EDI_SPAN_NONE};
  *out = (edi_contract_facts){.name = str(from->product), .id = EDI_STR("example"), .version = EDI_STR("1.0.0"), .status = EDI_STR("active"),
                              .path = EDI_STR("example.odcs.yaml"), .domain = domain, .datasets = d, .dataset_count = 1, .span = EDI_SPAN_NONE, .source = EDI_SOURCE_NONE};
  out->tags = read_tags(&r, from->product_tags, from->product_tag_count, &out->tag_count);
  out->facts = read_facts(&r, EDI_ENTITY_PRODUCT, from->product_attributes, from->product_attribute_count, &out->fact_count);
  d->tags = read_tags(&r, from->dataset_tags, from->dataset_tag_count, &d->tag_count);
  d->facts = read_facts(&r, EDI_ENTITY_DATASET, from->dataset_attributes, from->dataset_attribute_count, &d->fact_count);
  read_columns(&r, from, d);
  return !r.failed;
}
