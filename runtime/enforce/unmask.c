/* Unmask: a token or a value under fpe, back to what it was, for whoever may.
 *
 * In: a permit of the action `unmask`, a column, a text from a cell of it. Out: what one of the column's
 * masks made the text from. A token proves by itself which mask, key and epoch made it. A text under fpe
 * proves nothing, so it is taken only where one mask of the column could have made it. */
#include "enforce/host.h"

#include <sodium.h>

enum { CANDIDATES_MOST = 64 };

typedef struct candidates {
  const edi_transform *all[CANDIDATES_MOST];
  size_t count;
  bool full;
} candidates;

static void offer(candidates *c, const edi_transform *t) {
  for (size_t i = 0; i < c->count; i++)
    if (edi_transform_equal(c->all[i], t)) return;
  if (c->count == CANDIDATES_MOST) c->full = true;
  else c->all[c->count++] = t;
}

/* The transforms of one kind among the cases of the masks that may reach the column. */
static void collect(const edi_bound_dataset *d, const edi_bound_column *column, edi_transform_id id, candidates *c) {
  for (size_t i = 0; i < column->reach_count; i++) {
    const edi_reach *reach = &column->reaches[i];
    const edi_linked *linked = d->entries[reach->entry].linked;
    const edi_range cases = linked->program.arms[reach->arm].cases;
    for (uint32_t k = 0; k < cases.count; k++) {
      const edi_transform *t = &linked->transforms[linked->program.cases[cases.first + k].mask];
      if (t->id == id && edi_bound_suits(column, t)) offer(c, t);
    }
  }
}

/* A key of the reader's or of one query is not derived from who unmasks, or later. */
static bool comes_back(const edi_transform *t) { return t->key_scope != EDI_SCOPE_READER && t->key_scope != EDI_SCOPE_QUERY; }

/* What an entity's own key opens, which the token names; the first key is the mask's. */
static bool open_own(edict_decision *d, const edi_transform *t, const edi_bound_column *column, edi_str text, uint64_t epoch, edi_output *memory, edi_str *plain) {
  unsigned char entity[EDI_ENTITY_BYTES];
  edi_str sealed;
  size_t before = memory->used;
  bool opened = edi_kernel_token_entity(&d->reverse, text, memory, entity, &sealed) &&
                edi_decision_derive(d, t, column->base, epoch, entity, &d->reverse) && edi_kernel_token_own(&d->reverse, sealed, memory, plain);
  if (!opened) memory->used = before;
  return opened;
}

static bool open_token(edict_decision *d, const edi_bound_column *column, edi_str text, uint64_t epoch, edi_output *memory, edi_str *plain) {
  candidates c = {.count = 0};
  bool opened = false;
  collect(d->plan->dataset, column, EDI_TRANSFORM_TOKEN, &c);
  for (size_t i = 0; i < c.count && !opened; i++) {
    opened = comes_back(c.all[i]) && edi_decision_derive(d, c.all[i], column->base, epoch, NULL, &d->reverse) &&
             (edi_transform_by_entity(c.all[i]) ? open_own(d, c.all[i], column, text, epoch, memory, plain)
                                                : edi_kernel_token_open(&d->reverse, text, memory, plain));
    edi_mask_key_wipe(&d->reverse);
  }
  return opened;
}

static edict_status open_fpe(edict_decision *d, const edi_bound_column *column, edi_str text, uint64_t epoch, edi_output *memory, edi_str *plain) {
  candidates c = {.count = 0};
  collect(d->plan->dataset, column, EDI_TRANSFORM_FPE, &c);
  if (c.count == 0) return EDICT_NOT_FOUND;
  if (c.count > 1 || c.full) return EDICT_UNSUPPORTED;
  bool opened = comes_back(c.all[0]) && edi_decision_derive(d, c.all[0], column->base, epoch, NULL, &d->reverse) &&
                edi_kernel_fpe_open(&d->reverse, c.all[0], text, memory, plain);
  edi_mask_key_wipe(&d->reverse);
  return opened ? EDICT_OK : EDICT_NOT_FOUND;
}

static bool permitted(const edict_decision *d, size_t column) {
  const edi_plan *plan = d->plan;
  return plan->effect == EDICT_PERMIT && plan->action == plan->vocabulary->node_unmask && column < plan->dataset->column_count &&
         plan->columns[column].asked;
}

edict_status edict_decision_unmask(edict_decision *decision, size_t column, edict_text text, uint64_t epoch, char *memory,
                                   size_t memory_size, edict_text *plain) {
  if (!plain) return EDICT_ARGUMENT;
  *plain = (edict_text){NULL, 0};
  if (!decision || !permitted(decision, column) || (text.len && !text.ptr) || (memory_size && !memory)) return EDICT_ARGUMENT;
  const edi_bound_column *c = &decision->plan->dataset->columns[column];
  edi_output output = {.ptr = memory, .size = memory_size};
  edi_str in = {text.ptr ? text.ptr : "", text.len}, out, sealed;
  uint64_t said;
  if (!edi_utf8_valid(in)) return EDICT_NOT_FOUND;
  edict_status status = EDICT_NOT_FOUND;
  if (edi_token_epoch(in, &said, &sealed) && open_token(decision, c, in, said, &output, &out)) status = EDICT_OK;
  else if (!output.full) status = open_fpe(decision, c, in, epoch, &output, &out);
  if (status == EDICT_OK && c->base != EDI_TYPE_BINARY && !edi_utf8_valid(out)) status = EDICT_NOT_FOUND;
  if (output.full) status = EDICT_LIMIT;
  if (status != EDICT_OK) {
    if (memory_size) sodium_memzero(memory, memory_size);
    return status;
  }
  *plain = (edict_text){out.ptr, out.len};
  return EDICT_OK;
}
