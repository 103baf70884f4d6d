/* Emit: the contracts of a domain's products as records. */
#include "policy/emitter.h"

static edi_range tags(edi_emitter *e, const uint32_t *nodes, size_t count) {
  uint32_t *own = EDI_NEW_ARRAY(e->arena, uint32_t, count);
  if (!own) {
    e->failed = true;
    return (edi_range){0, 0};
  }
  for (size_t i = 0; i < count; i++) own[i] = e->node_at[nodes[i]];
  return edi_builder_list_sorted(e->builder, own, (uint32_t)count);
}

static edi_range facts(edi_emitter *e, const edi_fact_entry *from, size_t count) {
  edi_fact *own = EDI_NEW_ARRAY(e->arena, edi_fact, count);
  if (!own) {
    e->failed = true;
    return (edi_range){0, 0};
  }
  for (size_t i = 0; i < count; i++) own[i] = (edi_fact){e->attr_at[from[i].attr], edi_emit_fact(e, &from[i].value)};
  return edi_builder_facts(e->builder, own, (uint32_t)count);
}

static uint32_t level(const edi_emitter *e, uint32_t symbol) { return symbol == EDI_NONE ? EDI_NONE : e->level_at[symbol]; }

static edi_range columns(edi_emitter *e, const edi_dataset_facts *d, uint32_t dataset) {
  edi_range range = {edi_builder_count_columns(e->builder), (uint32_t)d->column_count};
  for (size_t i = 0; i < d->column_count; i++) {
    const edi_column_facts *c = &d->columns[i];
    edi_column column = {.name = edi_builder_string(e->builder, c->name),
                         .physical_name = edi_builder_string(e->builder, c->physical_name),
                         .dataset = dataset,
                         .classification = level(e, c->classification),
                         .type = c->type,
                         .flags = (c->required ? EDI_COLUMN_REQUIRED : 0) | (c->closed ? EDI_COLUMN_CLOSED : 0) | (c->uuid ? EDI_COLUMN_UUID : 0) |
                                  (uint32_t)c->role << 8 | c->inside << 16,
                         .tags = tags(e, c->tags, c->tag_count)};
    (void)edi_builder_add_columns(e->builder, &column, 1);
  }
  return range;
}

static edi_range datasets(edi_emitter *e, const edi_contract_facts *c, uint32_t contract) {
  edi_range range = {edi_builder_count_datasets(e->builder), (uint32_t)c->dataset_count};
  for (size_t i = 0; i < c->dataset_count; i++) {
    const edi_dataset_facts *d = &c->datasets[i];
    edi_dataset dataset = {.name = edi_builder_string(e->builder, d->name),
                           .physical_name = edi_builder_string(e->builder, d->physical_name),
                           .contract = contract,
                           .classification = level(e, d->classification),
                           .tags = tags(e, d->tags, d->tag_count),
                           .facts = facts(e, d->facts, d->fact_count),
                           .columns = columns(e, d, range.first + (uint32_t)i)};
    (void)edi_builder_add_datasets(e->builder, &dataset, 1);
  }
  return range;
}

void edi_emit_contracts(edi_emitter *e) {
  for (size_t i = 0; i < e->model->contract_count; i++) {
    const edi_contract_facts *c = &e->model->contracts[i];
    uint32_t at = edi_builder_count_contracts(e->builder);
    edi_contract contract = {.name = edi_builder_string(e->builder, c->name),
                             .id = edi_builder_string(e->builder, c->id),
                             .version = edi_builder_string(e->builder, c->version),
                             .status = edi_builder_string(e->builder, c->status),
                             .file = edi_builder_string(e->builder, c->path),
                             .domain = e->node_at[c->domain],
                             .tags = tags(e, c->tags, c->tag_count),
                             .facts = facts(e, c->facts, c->fact_count),
                             .datasets = datasets(e, c, at)};
    (void)edi_builder_add_contracts(e->builder, &contract, 1);
  }
}
