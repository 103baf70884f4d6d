/* Product: one contract bound to the rules, and what the API tells of it. */
#include "enforce/host.h"

static const edi_product_place *find_place(const edict_engine *engine, const char *name) {
  for (size_t i = 0; i < engine->place_count; i++)
    if (strcmp(engine->places[i].name, name) == 0) return &engine->places[i];
  return NULL;
}

/* Whoever asks for a product that is not there has mostly misspelt one that is. */
static void report_none(const edict_engine *engine, const char *name, edict_diagnostics *diagnostics) {
  enum { LISTED_MOST = 8 };
  edi_finding *finding = edi_diagnostics_add(diagnostics, EDI_R0504, EDI_SPAN_NONE, "", "no bundle carries the contract of product `%s`", name);
  unsigned nearest = 3;
  const char *best = NULL;
  for (size_t i = 0; i < engine->place_count; i++) {
    unsigned distance = edi_str_distance(edi_str_from(name), edi_str_from(engine->places[i].name), nearest - 1);
    if (distance >= nearest) continue;
    nearest = distance;
    best = engine->places[i].name;
    if (nearest == 0) break;
  }
  if (best) edi_finding_note(finding, "there is `%s`", best);
  for (size_t i = 0; !best && engine->place_count <= LISTED_MOST && i < engine->place_count; i++)
    edi_finding_note(finding, "there is `%s`", engine->places[i].name);
}

/* What parts a container has says which kind it is. */
static const char *type_text(const edi_bound_dataset *d, const edi_bound_column *c) {
  static const char *const containers[] = {"object", "array", "map", "map"};
  if (c->part_count) return containers[d->columns[c->part_first].role];
  return c->base ? edi_type_base_name(c->base) : "other";
}

static edict_status describe(edict_product *p) {
  size_t count = p->bound.dataset_count;
  p->columns = EDI_NEW_ARRAY(&p->arena, edict_column_info *, count);
  p->dataset_names = EDI_NEW_ARRAY(&p->arena, const char *, count);
  p->dataset_physical = EDI_NEW_ARRAY(&p->arena, const char *, count);
  if (!p->columns || !p->dataset_names || !p->dataset_physical) return edi_arena_status(&p->arena);
  const edi_program *own = &p->layers[1]->program;
  for (size_t i = 0; i < count; i++) {
    const edi_bound_dataset *d = &p->bound.datasets[i];
    const edi_dataset *from = &own->datasets[p->bound.contract->datasets.first + i];
    p->dataset_names[i] = edi_terminated(&p->arena, d->name);
    p->dataset_physical[i] = edi_terminated(&p->arena, d->physical_name);
    p->columns[i] = EDI_NEW_ARRAY(&p->arena, edict_column_info, d->column_count);
    if (!p->dataset_names[i] || !p->dataset_physical[i] || !p->columns[i]) return edi_arena_status(&p->arena);
    for (size_t c = 0; c < d->column_count; c++) {
      const edi_column *column = &own->columns[from->columns.first + c];
      p->columns[i][c] = (edict_column_info){
          .name = edi_terminated(&p->arena, d->columns[c].name),
          .physical_name = edi_terminated(&p->arena, edi_program_string(own, column->physical_name)),
          .type = type_text(d, &d->columns[c]),
          .required = d->columns[c].required,
          .parent = d->columns[c].parent == EDI_NONE ? SIZE_MAX : d->columns[c].parent,
          .role = (edict_column_role)d->columns[c].role,
          .repeated = d->columns[c].repeated,
          .first_part = d->columns[c].part_first,
          .part_count = d->columns[c].part_count};
      if (!p->columns[i][c].name || !p->columns[i][c].physical_name) return edi_arena_status(&p->arena);
    }
  }
  return EDICT_OK;
}

/* The set decides only while all of it is in force: the latest start, the earliest expiry of the
 * federal bundle and the product's domain. Clocks may differ by the leeway, on each side. */
static void bound_times(edict_product *p) {
  const edi_linked *federal = p->layers[0], *own = p->layers[1];
  p->not_before = (federal->not_before > own->not_before ? federal->not_before : own->not_before) - EDI_TIME_LEEWAY;
  p->expires = (federal->expires < own->expires ? federal->expires : own->expires) + EDI_TIME_LEEWAY;
}

edict_status edict_product_create(const edict_engine *engine, const char *name, edict_product **product,
                                  edict_diagnostics *diagnostics) {
  *product = NULL;
  if (!engine || !name) return EDICT_ARGUMENT;
  const edi_product_place *place = find_place(engine, name);
  if (!place) {
    report_none(engine, name, diagnostics);
    return EDICT_NOT_FOUND;
  }
  edi_arena arena;
  edi_arena_init(&arena, NULL, EDI_ARENA_PRODUCT);
  edict_product *p = EDI_NEW(&arena, edict_product);
  if (!p) {
    edi_arena_fini(&arena);
    return EDICT_MEMORY;
  }
  p->arena = arena;
  atomic_init(&p->users, 1);
  p->engine = edi_engine_keep(engine);
  p->layers[0] = &engine->linked[0];
  p->layers[1] = &engine->linked[place->linked];
  bound_times(p);
  edict_status status = edi_bind(p->layers[1]->vocabulary, p->layers, place->contract, &p->arena, &p->bound, diagnostics);
  if (status == EDICT_OK) status = describe(p);
  if (status != EDICT_OK) {
    edi_product_leave(p);
    return status;
  }
  *product = p;
  return EDICT_OK;
}

const edict_product *edi_product_keep(const edict_product *product) {
  atomic_fetch_add(&((edict_product *)product)->users, 1);
  return product;
}

void edi_product_leave(const edict_product *product) {
  edict_product *p = (edict_product *)product;
  if (atomic_fetch_sub(&p->users, 1) != 1) return;
  edi_engine_leave(p->engine);
  edi_arena arena = p->arena;
  edi_arena_fini(&arena);
}

void edict_product_destroy(edict_product **product) {
  if (!product || !*product) return;
  edi_product_leave(*product);
  *product = NULL;
}

size_t edict_product_dataset_count(const edict_product *product) { return product->bound.dataset_count; }

size_t edict_product_dataset(const edict_product *product, const char *name) {
  for (size_t i = 0; i < product->bound.dataset_count; i++)
    if (strcmp(product->dataset_names[i], name) == 0) return i;
  return SIZE_MAX;
}

const char *edict_product_dataset_name(const edict_product *product, size_t dataset) {
  return dataset < product->bound.dataset_count ? product->dataset_names[dataset] : NULL;
}

const char *edict_product_dataset_physical_name(const edict_product *product, size_t dataset) {
  return dataset < product->bound.dataset_count ? product->dataset_physical[dataset] : NULL;
}

size_t edict_product_column_count(const edict_product *product, size_t dataset) {
  return dataset < product->bound.dataset_count ? product->bound.datasets[dataset].column_count : 0;
}

size_t edict_product_top_column_count(const edict_product *product, size_t dataset) {
  return dataset < product->bound.dataset_count ? product->bound.datasets[dataset].top_count : 0;
}

size_t edict_product_column(const edict_product *product, size_t dataset, const char *name) {
  for (size_t c = 0; c < edict_product_column_count(product, dataset); c++)
    if (strcmp(product->columns[dataset][c].name, name) == 0) return c;
  return SIZE_MAX;
}

edict_status edict_product_column_info(const edict_product *product, size_t dataset, size_t column,
                                       edict_column_info *info) {
  if (column >= edict_product_column_count(product, dataset)) return EDICT_ARGUMENT;
  *info = product->columns[dataset][column];
  return EDICT_OK;
}
