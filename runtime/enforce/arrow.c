/* Arrow: the C API over a schema and its batches.
 *
 * A schema is read once and its fields are found in the contract; what comes out of each is settled then. A batch is
 * checked as a whole, its rows are selected as edict_decision_select does, and each column of those that are shown is
 * taken. Memory for rows and for whatever one batch needs is given back with it. */
#include "enforce/arrow_parts.h"

#define MEMORY_USUAL ((uint64_t)4 << 30)

struct edict_arrow {
  edi_arena arena;
  edict_decision *decision;
  uint64_t serial;           /* of the decision as it was made */
  uint64_t memory;
  edi_arrow_type type;       /* of batches that come in */
  edi_arrow_type into;       /* and of those that come out */
  edi_arrow_part *fields;    /* of the first */
  edict_vector *vectors, *dictionaries; /* by column of the dataset */
  edict_cell *cells;
};

/* ---- fields and columns ---- */

static const edict_column_info *infos(const edict_decision *d) {
  return d->product->columns[d->plan->dataset - d->product->bound.datasets];
}

/* The column of a physical name; else of a name. */
static uint32_t find_column(const edict_decision *d, const char *name) {
  const edict_column_info *info = infos(d);
  size_t count = d->plan->dataset->top_count;
  for (size_t c = 0; c < count; c++)
    if (strcmp(info[c].physical_name, name) == 0) return (uint32_t)c;
  for (size_t c = 0; c < count; c++)
    if (strcmp(info[c].name, name) == 0) return (uint32_t)c;
  return EDI_NONE;
}

static edict_status find_fields(edict_arrow *w, bool *found, edict_diagnostics *diagnostics) {
  for (size_t i = 0; i < w->type.child_count; i++) {
    const char *name = w->type.children[i].name;
    w->fields[i].column = find_column(w->decision, name);
    if (w->fields[i].column == EDI_NONE) {
      edi_diagnostics_add(diagnostics, EDI_R0443, EDI_SPAN_NONE, "", "field `%s` is no column of the contract: it does not come out", name);
      continue;
    }
    if (found[w->fields[i].column]) {
      edi_diagnostics_add(diagnostics, EDI_R0440, EDI_SPAN_NONE, "", "field `%s` of the schema is of a column that another field is of", name);
      return EDICT_FORMAT;
    }
    found[w->fields[i].column] = true;
  }
  return EDICT_OK;
}

static void tell_missing(const edict_arrow *w, const bool *found, edict_diagnostics *diagnostics) {
  const edi_plan *plan = w->decision->plan;
  for (size_t c = 0; c < plan->dataset->column_count; c++)
    if (!found[c] && c < plan->dataset->top_count && plan->effect == EDICT_PERMIT && plan->reads[c])
      edi_diagnostics_add(diagnostics, EDI_R0444, EDI_SPAN_NONE, "", "column `%s` is not in the batch: for rules and masks it is unknown", infos(w->decision)[c].name);
}

static edict_status settle(edict_arrow *w, edict_diagnostics *diagnostics) {
  w->into = w->type;
  w->into.closed = false;
  w->into.name = "";
  w->into.children = EDI_NEW_ARRAY(&w->arena, edi_arrow_type, w->type.child_count);
  w->into.child_count = 0;
  if (!w->into.children) return edi_arena_status(&w->arena);
  for (size_t i = 0; i < w->type.child_count; i++) {
    edi_arrow_part *f = &w->fields[i];
    edict_status status = edi_arrow_part_settle(w->decision, &w->type.children[i], f->column, &w->arena, f, diagnostics);
    if (status != EDICT_OK) return status;
    if (f->shown) w->into.children[w->into.child_count++] = f->into;
  }
  return EDICT_OK;
}

static edict_status prepare(edict_arrow *w, const struct ArrowSchema *schema, edict_diagnostics *diagnostics) {
  size_t columns = w->decision->plan->dataset->column_count;
  edict_status status = edi_arrow_type_read(schema, &w->arena, &w->type, diagnostics);
  if (status != EDICT_OK) return status;
  if (w->type.form != EDI_ARROW_STRUCT) {
    edi_diagnostics_add(diagnostics, EDI_R0440, EDI_SPAN_NONE, "", "the schema is no struct");
    return EDICT_FORMAT;
  }
  bool *found = EDI_NEW_ARRAY(&w->arena, bool, columns + 1);
  w->fields = EDI_NEW_ARRAY(&w->arena, edi_arrow_part, w->type.child_count);
  w->vectors = EDI_NEW_ARRAY(&w->arena, edict_vector, columns);
  w->dictionaries = EDI_NEW_ARRAY(&w->arena, edict_vector, columns);
  w->cells = EDI_NEW_ARRAY(&w->arena, edict_cell, columns);
  if (!found || !w->fields || !w->vectors || !w->dictionaries || !w->cells) return edi_arena_status(&w->arena);
  status = find_fields(w, found, diagnostics);
  if (status != EDICT_OK) return status;
  tell_missing(w, found, diagnostics);
  return settle(w, diagnostics);
}

edict_status edict_arrow_create(edict_decision *decision, const struct ArrowSchema *schema, const edict_arrow_options *options,
                                edict_arrow **arrow, edict_diagnostics *diagnostics) {
  if (!arrow) return EDICT_ARGUMENT;
  *arrow = NULL;
  if (!decision || !schema || (options && options->size != sizeof *options)) return EDICT_ARGUMENT;
  const edi_bound_dataset *dataset = decision->plan->dataset;
  if (!dataset || dataset->thing != EDI_THING_DATASET) return EDICT_ARGUMENT;
  edi_arena arena;
  edi_arena_init(&arena, NULL, EDI_ARENA_DECISION);
  edict_arrow *w = EDI_NEW(&arena, edict_arrow);
  if (!w) {
    edi_arena_fini(&arena);
    return EDICT_MEMORY;
  }
  w->arena = arena;
  w->decision = decision;
  w->serial = decision->serial;
  w->memory = options && options->memory ? options->memory : MEMORY_USUAL;
  edict_status status = prepare(w, schema, diagnostics);
  if (status == EDICT_OK) *arrow = w;
  else edict_arrow_destroy(&w);
  return status;
}

void edict_arrow_destroy(edict_arrow **arrow) {
  if (!arrow || !*arrow) return;
  edi_arena arena = (*arrow)->arena;
  *arrow = NULL;
  edi_arena_fini(&arena);
}

edict_status edict_arrow_schema(const edict_arrow *arrow, struct ArrowSchema *schema) {
  if (!schema) return EDICT_ARGUMENT;
  *schema = (struct ArrowSchema){0};
  return arrow ? edi_arrow_type_write(&arrow->into, schema) : EDICT_ARGUMENT;
}

/* ---- batches ---- */

typedef struct work {
  edict_arrow *arrow;
  const struct ArrowArray *batch;
  edi_arena temps;
  edi_arrow_purse purse;
  edi_arrow_places places;   /* the rows that are shown */
} work;

static edict_status refuse(edict_diagnostics *diagnostics, const char *why) {
  edi_diagnostics_add(diagnostics, EDI_R0442, EDI_SPAN_NONE, "", "the batch %s", why);
  return EDICT_FORMAT;
}

/* A batch has no rows that are null: a struct that has is none. */
static edict_status check_rows(const struct ArrowArray *a, edict_diagnostics *diagnostics) {
  const unsigned char *bits = a->length ? (const unsigned char *)a->buffers[0] : NULL;
  for (int64_t i = a->offset; bits && i < a->offset + a->length; i++)
    if (!(bits[i / 8] >> (i % 8) & 1)) return refuse(diagnostics, "has a row that is null");
  return EDICT_OK;
}

/* The columns as vectors, from the first row of the batch on. */
static edict_status lay_out(work *w) {
  edict_arrow *a = w->arrow;
  edict_status status = EDICT_OK;
  memset(a->vectors, 0, a->decision->plan->dataset->column_count * sizeof *a->vectors);
  for (size_t i = 0; status == EDICT_OK && i < a->type.child_count; i++)
    status = edi_arrow_part_vectors(a->decision, &a->fields[i], &a->type.children[i], w->batch->children[i], w->batch->offset, (size_t)w->batch->length,
                                    NULL, &w->temps, a->vectors, a->dictionaries);
  return status;
}

static edict_status select_rows(work *w) {
  edict_arrow *a = w->arrow;
  size_t rows = (size_t)w->batch->length;
  uint32_t *shown = EDI_NEW_ARRAY(&w->temps, uint32_t, rows + 1);
  if (!shown) return edi_arena_status(&w->temps);
  edict_selection s = {.size = sizeof s, .rows = shown};
  edict_batch b = {.size = sizeof b, .rows = rows, .columns = a->vectors, .column_count = a->decision->plan->dataset->column_count};
  edict_status status = edict_decision_select(a->decision, &b, &s);
  if (status != EDICT_OK) return status;
  int64_t *at = EDI_NEW_ARRAY(&w->temps, int64_t, s.shown_count + 1);
  if (!at) return edi_arena_status(&w->temps);
  for (size_t i = 0; i < s.shown_count; i++) at[i] = w->batch->offset + shown[i];
  w->places = (edi_arrow_places){at, shown, s.shown_count, w->batch->offset <= UINT32_MAX - w->batch->length};
  return EDICT_OK;
}

static edict_status take_fields(work *w, struct ArrowArray *out) {
  edict_arrow *a = w->arrow;
  edict_status status = edi_arrow_begin(&w->purse, &a->into, (int64_t)w->places.count, out);
  if (status != EDICT_OK) return status;
  edi_arrow_set_all_valid(out, 0, w->places.count);
  edi_arrow_job job = {.decision = a->decision, .purse = &w->purse, .temps = &w->temps, .vectors = a->vectors, .cells = a->cells};
  for (size_t i = 0, to = 0; status == EDICT_OK && i < a->type.child_count; i++)
    if (a->fields[i].shown)
      status = edi_arrow_part_take(&job, &a->fields[i], &a->type.children[i], w->batch->children[i], w->places, out->children[to++]);
  if (status == EDICT_OK) status = edi_arrow_end(&w->purse, &a->into, out);
  if (status != EDICT_OK) out->release(out);
  return status;
}

static edict_status apply(work *w, struct ArrowArray *out) {
  edict_arrow *a = w->arrow;
  edict_status status = lay_out(w);
  if (status == EDICT_OK) status = select_rows(w);
  if (status == EDICT_OK) status = take_fields(w, out);
  edi_decision_count_rows(a->decision, status == EDICT_OK ? (uint64_t)w->batch->length : 0, w->places.count, status == EDICT_OK);
  memset(a->cells, 0, a->decision->plan->dataset->column_count * sizeof *a->cells);
  return status;
}

edict_status edict_arrow_apply(edict_arrow *arrow, const struct ArrowArray *batch, const edict_arrow_sizes *sizes, struct ArrowArray *out,
                               edict_diagnostics *diagnostics) {
  if (!out) return EDICT_ARGUMENT;
  *out = (struct ArrowArray){0};
  if (!arrow || !batch || arrow->serial != arrow->decision->serial) return EDICT_ARGUMENT;
  edict_status status = edi_arrow_check(&arrow->type, batch, sizes, diagnostics);
  if (status == EDICT_OK) status = check_rows(batch, diagnostics);
  if (status != EDICT_OK) return status;
  if (batch->length >= UINT32_MAX) return EDICT_LIMIT;
  work w = {.arrow = arrow, .batch = batch, .purse = {.left = arrow->memory < SIZE_MAX ? (size_t)arrow->memory : SIZE_MAX}};
  edi_arena_init(&w.temps, NULL, w.purse.left);
  status = apply(&w, out);
  edi_arena_fini(&w.temps);
  return status;
}
