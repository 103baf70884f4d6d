/* Atoms: answered from the bound product alone, so bind can fold them. All but the level are total: a
 * contract says which tags a thing carries, and one that it does not list is not there. */
#include "eval/atoms.h"

/* Own nodes of the VM's program. */
typedef struct wanted { const uint32_t *nodes; uint32_t count; } wanted;

static bool any_below(const edi_vm *vm, const uint32_t *tags, size_t count, wanted nodes) {
  for (size_t i = 0; i < count; i++)
    for (uint32_t w = 0; w < nodes.count; w++)
      if (edi_vocabulary_below(vm->vocabulary, tags[i], vm->linked->node_of[nodes.nodes[w]])) return true;
  return false;
}

static bool tagged(const edi_vm *vm, unsigned entity, wanted nodes) {
  const edi_bound_dataset *d = vm->dataset;
  if (entity == EDI_ENTITY_PRODUCT) return any_below(vm, d->product->tags, d->product->tag_count, nodes);
  if (entity == EDI_ENTITY_DATASET) return any_below(vm, d->tags, d->tag_count, nodes);
  if (entity != EDI_ENTITY_COLUMN) return false;
  const edi_bound_column *c = &d->columns[vm->column];
  return any_below(vm, c->tags, c->tag_count, nodes);
}

static bool dataset_holds(const edi_vm *vm, const edi_bound_dataset *d, wanted nodes) {
  for (size_t i = 0; i < d->column_count; i++)
    if (any_below(vm, d->columns[i].tags, d->columns[i].tag_count, nodes)) return true;
  return false;
}

bool edi_atom_carries(const edi_vm *vm, unsigned entity, bool inside, const uint32_t *nodes, uint32_t count) {
  wanted list = {nodes, count};
  if (!inside || entity == EDI_ENTITY_COLUMN) return tagged(vm, entity, list);
  if (entity == EDI_ENTITY_DATASET) return dataset_holds(vm, vm->dataset, list);
  const edi_bound_product *p = vm->dataset->product;
  for (size_t i = 0; i < p->dataset_count; i++)
    if (dataset_holds(vm, &p->datasets[i], list)) return true;
  return false;
}

edi_truth edi_atom_tagged(const edi_vm *vm, unsigned entity, uint32_t list) {
  const uint32_t *nodes = vm->linked->program.lists + list;
  return edi_atom_carries(vm, entity, false, nodes + 1, nodes[0]) ? EDI_YES : EDI_NO;
}

edi_truth edi_atom_holding(const edi_vm *vm, unsigned entity, uint32_t list) {
  const uint32_t *nodes = vm->linked->program.lists + list;
  return edi_atom_carries(vm, entity, true, nodes + 1, nodes[0]) ? EDI_YES : EDI_NO;
}

/* What is said of a column by its name is said of all that is inside of it. */
static bool column_named(const edi_vm *vm, edi_str glob) {
  for (uint32_t c = vm->column; c != EDI_NONE; c = vm->dataset->columns[c].parent)
    if (edi_str_glob(glob, vm->dataset->columns[c].name)) return true;
  return false;
}

edi_truth edi_atom_named(const edi_vm *vm, unsigned entity, uint32_t constant) {
  if (entity == EDI_ENTITY_COLUMN) return column_named(vm, edi_value_str(vm->linked->consts[constant])) ? EDI_YES : EDI_NO;
  edi_str name = entity == EDI_ENTITY_PRODUCT ? vm->dataset->product->name : vm->dataset->name;
  return edi_str_glob(edi_value_str(vm->linked->consts[constant]), name) ? EDI_YES : EDI_NO;
}

edi_truth edi_atom_in_domain(const edi_vm *vm, uint32_t constant) {
  int64_t node = vm->linked->consts[constant].as.integer;
  return edi_vocabulary_below(vm->vocabulary, vm->dataset->product->domain, node) ? EDI_YES : EDI_NO;
}

/* The one scale that contracts state is `classification`; a product's level is the highest of its
 * datasets, and unknown if one of them has none. */
edi_value edi_atom_classification(const edi_vm *vm, unsigned entity, uint32_t scale) {
  (void)scale; /* proved by the verifier to be the scale of `classification` */
  const edi_bound_dataset *d = vm->dataset;
  uint32_t rank = EDI_NONE;
  if (entity == EDI_ENTITY_DATASET) rank = d->rank;
  if (entity == EDI_ENTITY_COLUMN) rank = d->columns[vm->column].rank;
  if (entity == EDI_ENTITY_PRODUCT) {
    rank = d->product->dataset_count ? 0 : EDI_NONE;
    for (size_t i = 0; i < d->product->dataset_count && rank != EDI_NONE; i++) {
      uint32_t other = d->product->datasets[i].rank;
      if (other == EDI_NONE || other > rank) rank = other;
    }
  }
  return rank == EDI_NONE ? edi_value_unknown() : edi_value_integer(EDI_TYPE_LEVEL, rank);
}
