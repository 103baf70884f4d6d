/* Fold: see the header.
 *
 * An outcome is fixed if it reads the product and the subject alone. It can no longer hold if it is NO with all that
 * comes with the request unknown, and its code is of the form in which that is final (flow.h). The days of rules
 * are looked at here too, so a fold ends where one of them begins or ends. */
#include "eval/fold.h"

enum {
  PLACES_FIRST = 32,  /* powers of two */
  PLACES_LAST = 512,
  POOL = 8192,
};

struct edi_folds {
  const edi_value *unknowns;   /* for each slot of context and resource */
  edi_fold *places;            /* open addressing by subject and concern; subject NULL: empty. Room for PLACES_LAST and half of them */
  uint32_t last;               /* of those in use; numbers are cut to it */
  uint32_t count;
  edi_folded *pool;
  uint32_t used;
};

static void begin(edi_folds *folds) {
  folds->last = PLACES_FIRST - 1;
  folds->count = folds->used = 0;
  memset(folds->places, 0, PLACES_FIRST * sizeof *folds->places);
}

edi_folds *edi_folds_create(const edi_vocabulary *v, edi_arena *arena) {
  uint32_t slots = v->context_slots > v->most_resource_slots ? v->context_slots : v->most_resource_slots;
  edi_folds *folds = EDI_NEW(arena, edi_folds);
  if (!folds) return NULL;
  folds->unknowns = EDI_NEW_ARRAY(arena, edi_value, slots);
  folds->places = edi_arena_room(arena, PLACES_LAST + PLACES_LAST / 2, sizeof *folds->places);
  folds->pool = edi_arena_room(arena, POOL, sizeof *folds->pool);
  if (!folds->unknowns || !folds->places || !folds->pool) return NULL;
  begin(folds);
  return folds;
}

void edi_folds_clear(edi_folds *folds) {
  if (folds->count) begin(folds);
}

static edi_fold *place_of(edi_folds *folds, const edi_subject *subject, const edi_concern *concern) {
  uint64_t hash = ((uint64_t)(uintptr_t)subject ^ (uint64_t)(uintptr_t)concern << 20) * UINT64_C(0x9E3779B97F4A7C15);
  for (uint32_t at = (uint32_t)(hash >> 40) & folds->last;; at = (at + 1) & folds->last) {
    edi_fold *f = &folds->places[at];
    if (!f->subject || (f->subject == subject && f->concern == concern)) return f;
  }
}

/* Within the room: the folds wait behind it meanwhile, of which there are three quarters as many as places. */
static void double_places(edi_folds *folds) {
  uint32_t places = folds->last + 1, waiting = 0;
  edi_fold *apart = folds->places + 2 * places;
  for (uint32_t i = 0; i < places; i++)
    if (folds->places[i].subject) apart[waiting++] = folds->places[i];
  memset(folds->places, 0, 2 * (size_t)places * sizeof *folds->places);
  folds->last = 2 * places - 1;
  for (uint32_t i = 0; i < waiting; i++) *place_of(folds, apart[i].subject, apart[i].concern) = apart[i];
}

/* Room for one more; false: there is none. */
static bool make_place(edi_folds *folds) {
  if (4 * (folds->count + 1) <= 3 * (folds->last + 1)) return true;
  if (folds->last + 1 == PLACES_LAST) return false;
  double_places(folds);
  return true;
}

/* ---- folding ---- */

static edi_folded fold_entry(const edi_plan *blank, uint32_t entry, int64_t today) {
  const edi_entry *e = &blank->dataset->entries[entry];
  edi_folded open = {entry, EDI_FOLDED_OPEN};
  if (today < e->rule->from || today > e->rule->until) return (edi_folded){entry, EDI_NO};
  if (e->stage == EDI_STAGE_REQUEST) return open;
  edi_truth t = edi_plan_outcome(blank, e, today);
  return e->stage == EDI_STAGE_SESSION || t == EDI_NO ? (edi_folded){entry, (uint8_t)t} : open;
}

/* The plan as it is with the request unknown; it shares the scratch of the VM, which is free between rules. */
static void fold(edi_folds *folds, edi_fold *f, const edi_plan *plan) {
  edi_plan blank = *plan;
  edi_folded *out = folds->pool + folds->used;
  int64_t today = edi_date_of(plan->now);
  blank.context = (edi_value *)folds->unknowns;
  blank.resource = folds->unknowns;
  blank.residue = NULL;
  f->count = 0;
  for (uint32_t i = 0; i < plan->concern->count; i++) {
    edi_folded folded = fold_entry(&blank, plan->concern->entries[i], today);
    if (folded.outcome != EDI_NO) out[f->count++] = folded;
  }
  folds->used += f->count;
  f->entries = out;
  f->from = plan->now;
  f->until = edi_moments_next(&plan->concern->dates, plan->now);
}

/* ---- seeking ---- */

const edi_fold *edi_folds_find(edi_folds *folds, const edi_plan *plan, bool *made) {
  *made = false;
  if (!plan->concern->folds) return NULL;
  edi_fold *f = place_of(folds, plan->subject, plan->concern);
  bool met = f->subject != NULL;
  if (met && f->entries && f->from <= plan->now && plan->now < f->until) return f;
  bool pooled = folds->used + plan->concern->count <= POOL, placed = f->subject || make_place(folds);
  if (!pooled || !placed) edi_folds_clear(folds);
  f = place_of(folds, plan->subject, plan->concern);
  if (!f->subject) {
    *f = (edi_fold){.subject = plan->subject, .concern = plan->concern};
    folds->count++;
  }
  if (!met) return NULL;
  fold(folds, f, plan);
  *made = true;
  return f;
}
