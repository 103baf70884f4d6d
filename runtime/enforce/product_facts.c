/* Product facts: what a contract states of a product, its datasets and columns, by name. */
#include "enforce/host.h"

static edict_text text_of(edi_str s) { return (edict_text){s.ptr, s.len}; }

static const edi_bound_dataset *dataset_of(const edict_product *p, size_t dataset) {
  return dataset < p->bound.dataset_count ? &p->bound.datasets[dataset] : NULL;
}

edict_text edict_product_tag(const edict_product *p, size_t dataset, size_t column, size_t index) {
  const uint32_t *tags = p->bound.tags;
  size_t count = p->bound.tag_count;
  const edi_bound_dataset *d = dataset_of(p, dataset);
  if (dataset != SIZE_MAX) {
    bool of_column = d && column < d->column_count;
    tags = of_column ? d->columns[column].tags : d ? d->tags : NULL;
    count = of_column ? d->columns[column].tag_count : d && column == SIZE_MAX ? d->tag_count : 0;
  }
  return index < count ? text_of(edi_vocabulary_name(p->layers[1]->vocabulary, tags[index])) : (edict_text){NULL, 0};
}

edict_text edict_product_classification(const edict_product *p, size_t dataset, size_t column) {
  const edi_bound_dataset *d = dataset_of(p, dataset);
  const edi_program *own = &p->layers[1]->program;
  if (!d || (column != SIZE_MAX && column >= d->column_count)) return (edict_text){NULL, 0};
  const edi_dataset *from = &own->datasets[p->bound.contract->datasets.first + dataset];
  uint32_t level = column == SIZE_MAX ? from->classification : own->columns[from->columns.first + column].classification;
  return level == EDI_NONE ? (edict_text){NULL, 0} : text_of(edi_program_string(own, own->levels[level].name));
}

int edict_product_column_closed(const edict_product *p, size_t dataset, size_t column) {
  const edi_bound_dataset *d = dataset_of(p, dataset);
  return !d || column >= d->column_count || d->columns[column].closed;
}
