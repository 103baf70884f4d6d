/* Sweep replay: whether a step of a sweep went by the rules that its bundles give at its time, and whether what is
 * sealed is what its leaf committed to. Which rows were erased cannot be asked again: they are gone. */
#include "log/sweep_replay.h"

#include "log/record.h"

void edi_sweep_replay_fini(edi_sweep_replay *r) {
  edict_sweep_destroy(&r->sweep);
  edict_product_destroy(&r->product);
  edi_arena_fini(&r->arena);
}

void edi_sweep_replay_init(edi_sweep_replay *r, const edict_engine *engine) {
  *r = (edi_sweep_replay){.engine = engine};
  edi_arena_init(&r->arena, NULL, (size_t)1 << 24);
}

/* What a sweep was logged for, its host could do. */
static bool *meet_all(edi_sweep_replay *r, const edi_linked *linked) {
  size_t count = linked->program.obligations_count;
  bool *meets = edi_arena_array(&r->arena, count ? count : 1, sizeof *meets);
  for (size_t i = 0; meets && i < count; i++) meets[i] = true;
  return meets;
}

static edict_status open_product(edi_sweep_replay *r, edi_str name) {
  const char *found = NULL;
  for (size_t i = 0; i < r->engine->place_count; i++)
    if (edi_str_equal(edi_str_from(r->engine->places[i].name), name)) found = r->engine->places[i].name;
  edict_sweep_destroy(&r->sweep);
  edict_product_destroy(&r->product);
  return found ? edict_product_create(r->engine, found, &r->product, NULL) : EDICT_NOT_FOUND;
}

/* The sweep of the step before is kept: a sweep has many. */
static edict_status open_sweep(edi_sweep_replay *r, const edi_swept *s) {
  if (r->sweep && edi_str_equal(r->product->bound.name, s->product) && edi_str_equal(r->sweep->dataset->name, s->dataset)) return EDICT_OK;
  edict_status status = open_product(r, s->product);
  if (status != EDICT_OK) return status;
  size_t dataset = 0;
  while (dataset < r->product->bound.dataset_count && !edi_str_equal(r->product->bound.datasets[dataset].name, s->dataset)) dataset++;
  if (dataset == r->product->bound.dataset_count) return EDICT_NOT_FOUND;
  status = edict_sweep_create(r->product, dataset, &r->sweep);
  for (unsigned layer = 0; layer < 2 && status == EDICT_OK; layer++) {
    r->sweep->plan.meets[layer] = meet_all(r, r->product->layers[layer]);
    if (!r->sweep->plan.meets[layer]) status = EDICT_MEMORY;
  }
  if (status != EDICT_OK) edict_sweep_destroy(&r->sweep);
  return status;
}

edict_status edi_sweep_replay_step(edi_sweep_replay *r, const edi_swept *s, bool *same) {
  edi_buf rules;
  *same = false;
  edict_status status = open_sweep(r, s);
  if (status == EDICT_OK) status = edi_sweep_at(r->sweep, s->now, s->now, NULL);
  if (status == EDICT_EXPIRED) return EDICT_OK; /* nothing may have been erased */
  if (status != EDICT_OK) return status;
  edi_buf_init(&rules, NULL, EDI_LIMIT_LOG_RECORD);
  edi_swept_rules(r->sweep, &rules);
  status = rules.failed;
  *same = status == EDICT_OK && edi_str_equal((edi_str){rules.ptr, rules.len}, s->rules);
  edi_buf_fini(&rules);
  return status;
}
