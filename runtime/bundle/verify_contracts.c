/* Verify, contracts: products, their datasets and columns, and the facts that they state.
 *
 * In: symbols and constants that hold. Out: every dataset, column and fact has its one owner and
 * names it back, tags are tags, facts are of their attributes' types, and a domain's program holds
 * no other domain's products. */
#include "bundle/verifier.h"

static bool verify_facts(edi_verifier *v, const char *field, edi_range facts, uint32_t entity) {
  unsigned section = v->section;
  uint32_t record = v->record;
  if (!edi_verifier_own(v, field, facts, EDI_SECTION_FACTS)) return false;
  for (uint32_t i = facts.first; i < facts.first + facts.count; i++) {
    const edi_fact *fact = &v->p.facts[i];
    edi_verifier_at(v, EDI_SECTION_FACTS, i);
    if (!edi_verifier_index(v, "attr", fact->attr, v->p.attrs_count) ||
        !edi_verifier_index(v, "value", fact->value, v->p.consts_count))
      return false;
    const edi_attr *attr = &v->p.attrs[fact->attr];
    if (attr->entity != entity || (attr->flags & EDI_ATTR_BUILTIN))
      return edi_verifier_fail(v, EDI_R0131, "attr", "a contract does not state it there");
    if (i > facts.first && fact->attr <= fact[-1].attr)
      return edi_verifier_fail(v, EDI_R0126, "attr",
                               "the facts are not in strictly ascending order");
    if (v->p.consts[fact->value].type != attr->type)
      return edi_verifier_fail(v, EDI_R0127, "value",
                               "the constant is not of the attribute's type");
  }
  edi_verifier_at(v, section, record);
  return true;
}

static bool verify_classification(edi_verifier *v, uint32_t level) {
  if (level == EDI_NONE) return true;
  if (!edi_verifier_index(v, "classification", level, v->p.levels_count)) return false;
  if (v->p.levels[level].scale == v->scale_classification) return true;
  return edi_verifier_fail(v, EDI_R0124, "classification", "the level is of another scale");
}

/* The column, plus one, that the column before `number` is inside of. */
static uint32_t root_of(const edi_column *all, uint32_t number) {
  uint32_t at = number;
  while (EDI_COLUMN_PARENT(all[at - 1].flags)) at = EDI_COLUMN_PARENT(all[at - 1].flags);
  return at;
}

static bool too_deep(const edi_column *all, uint32_t parent) {
  unsigned depth = 0;
  for (; parent && depth <= EDI_LIMIT_CONTRACT_DEPTH; depth++) parent = EDI_COLUMN_PARENT(all[parent - 1].flags);
  return depth > EDI_LIMIT_CONTRACT_DEPTH;
}

/* A name and where the data keeps it under another; the latter may be missing. */
static bool verify_names(edi_verifier *v, edi_ref name, edi_ref physical) {
  return edi_verifier_text(v, "name", name, 1, EDI_LIMIT_EXTERNAL_NAME) &&
         edi_verifier_text(v, "physical_name", physical, 0, EDI_LIMIT_EXTERNAL_NAME);
}

/* Parts stand behind all columns, and each right behind what it is in, so that those of one column stand together. */
static bool verify_part(edi_verifier *v, const edi_column *column, uint32_t number, const edi_dataset *dataset) {
  const edi_column *all = &v->p.columns[dataset->columns.first];
  uint32_t parent = EDI_COLUMN_PARENT(column->flags), before = number > 0 ? EDI_COLUMN_PARENT(column[-1].flags) : 0;
  if (parent == 0 && (EDI_COLUMN_ROLE(column->flags) != EDI_COLUMN_FIELD || before))
    return edi_verifier_fail(v, EDI_R0125, "flags", "a column stands behind parts");
  if (parent == 0) return true;
  if (parent > number) return edi_verifier_fail(v, EDI_R0125, "flags", "it is a part of what stands behind it");
  if (too_deep(all, parent)) return edi_verifier_limit(v, "flags", EDI_LIMIT_CONTRACT_DEPTH, "parts in parts");
  /* Its parent is the one before it, or one that contains that; or the first parts of a further column begin. */
  uint32_t at = number; /* plus one, of the one before */
  while (at && at != parent) at = EDI_COLUMN_PARENT(all[at - 1].flags);
  bool begins = EDI_COLUMN_PARENT(all[parent - 1].flags) == 0 && (before == 0 || parent > root_of(all, number));
  return at == parent || begins || edi_verifier_fail(v, EDI_R0125, "flags", "the parts of a column do not stand together");
}

static bool verify_column(edi_verifier *v, uint32_t index, uint32_t dataset) {
  const edi_column *column = &v->p.columns[index];
  edi_verifier_at(v, EDI_SECTION_COLUMNS, index);
  if (!verify_names(v, column->name, column->physical_name) ||
      !verify_classification(v, column->classification) ||
      !edi_verifier_flags(v, column->flags, EDI_COLUMN_REQUIRED | EDI_COLUMN_CLOSED | EDI_COLUMN_UUID | 0x300u | 0xFFFF0000u) ||
      !edi_verifier_nodes(v, "tags", column->tags, v->kind_tag))
    return false;
  if (column->dataset != dataset)
    return edi_verifier_fail(v, EDI_R0125, "dataset",
                             "it is not the dataset whose run it stands in");
  /* Types of cells are the first six of types.def, those of cells alone, or none that Edict reads. */
  if (column->type <= EDI_TYPE_DATE || (column->type >= EDI_TYPE_TIME && column->type <= EDI_TYPE_BINARY)) return true;
  return edi_verifier_fail(v, EDI_R0134, "type", "cells have no such type");
}

static bool verify_dataset(edi_verifier *v, uint32_t index, uint32_t contract) {
  const edi_dataset *dataset = &v->p.datasets[index];
  edi_verifier_at(v, EDI_SECTION_DATASETS, index);
  if (!verify_names(v, dataset->name, dataset->physical_name) ||
      !verify_classification(v, dataset->classification) ||
      !edi_verifier_nodes(v, "tags", dataset->tags, v->kind_tag) ||
      !verify_facts(v, "facts", dataset->facts, EDI_ENTITY_DATASET))
    return false;
  if (dataset->contract != contract)
    return edi_verifier_fail(v, EDI_R0125, "contract",
                             "it is not the contract whose run it stands in");
  if (dataset->columns.count > EDI_LIMIT_COLUMNS)
    return edi_verifier_limit(v, "columns", EDI_LIMIT_COLUMNS, "columns");
  if (!edi_verifier_own(v, "columns", dataset->columns, EDI_SECTION_COLUMNS)) return false;
  for (uint32_t i = 0; i < dataset->columns.count; i++)
    if (!verify_column(v, dataset->columns.first + i, index) || !verify_part(v, &v->p.columns[dataset->columns.first + i], i, dataset))
      return false;
  return true;
}

/* A domain's program speaks of the domain's products: those that its name begins. */
static bool verify_contract_domain(edi_verifier *v, const edi_contract *contract) {
  if (!edi_verifier_node(v, "domain", contract->domain, v->kind_domain)) return false;
  if (v->federal) return true;
  if (!edi_str_equal(edi_verifier_string(v, v->p.nodes[contract->domain].name), v->domain))
    return edi_verifier_fail(v, EDI_R0132, "domain", "the product is another domain's");
  edi_str name = edi_verifier_string(v, contract->name);
  if (name.len > v->domain.len + 1 && edi_str_starts(name, v->domain) &&
      name.ptr[v->domain.len] == '.')
    return true;
  return edi_verifier_fail(v, EDI_R0132, "name", "its first part is not the domain");
}

static bool verify_contract(edi_verifier *v, uint32_t index) {
  const edi_contract *contract = &v->p.contracts[index];
  edi_verifier_at(v, EDI_SECTION_CONTRACTS, index);
  if (!edi_verifier_text(v, "name", contract->name, 1, EDI_LIMIT_EXTERNAL_NAME) ||
      !edi_verifier_text(v, "id", contract->id, 0, EDI_LIMIT_STRING) ||
      !edi_verifier_text(v, "version", contract->version, 0, EDI_LIMIT_STRING) ||
      !edi_verifier_text(v, "status", contract->status, 0, EDI_LIMIT_STRING) ||
      !edi_verifier_text(v, "file", contract->file, 1, EDI_LIMIT_EXTERNAL_NAME) ||
      !verify_contract_domain(v, contract) ||
      !edi_verifier_nodes(v, "tags", contract->tags, v->kind_tag) ||
      !verify_facts(v, "facts", contract->facts, EDI_ENTITY_PRODUCT) ||
      !edi_verifier_own(v, "datasets", contract->datasets, EDI_SECTION_DATASETS))
    return false;
  for (uint32_t i = 0; i < contract->datasets.count; i++)
    if (!verify_dataset(v, contract->datasets.first + i, index)) return false;
  return true;
}

bool edi_verify_contracts(edi_verifier *v) {
  for (uint32_t i = 0; i < v->p.contracts_count; i++)
    if (!verify_contract(v, i)) return false;
  return edi_verifier_owned(v, EDI_SECTION_DATASETS) &&
         edi_verifier_owned(v, EDI_SECTION_COLUMNS) &&
         edi_verifier_distinct(v, EDI_SECTION_CONTRACTS, v->p.contracts_count,
                               &v->p.contracts->name, sizeof *v->p.contracts, NULL, 0) &&
         edi_verifier_distinct(v, EDI_SECTION_DATASETS, v->p.datasets_count, &v->p.datasets->name,
                               sizeof *v->p.datasets, &v->p.datasets->contract,
                               sizeof *v->p.datasets) &&
         edi_verifier_distinct(v, EDI_SECTION_COLUMNS, v->p.columns_count, &v->p.columns->name,
                               sizeof *v->p.columns, &v->p.columns->dataset, sizeof *v->p.columns);
}
