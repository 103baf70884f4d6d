/* Answer: the few answers that a decision object remembers, and the subjects that they are of.
 *
 * An answer is a whole plan with the session, the entity and the bytes of the request that it was made for. It is given
 * again for the same session and the same bytes, from the moment it was made until it says that it may change.
 * All of it belongs to one decision object and so to one thread. A session whose answers are remembered is kept,
 * so that its address is its own. */
#include "enforce/wording.h"

enum { ANSWER_REQUEST = 1024, ANSWERS_BYTES = 1 << 20 };

/* A value takes 5 bytes of a request at least; an address that was 2 bytes of text after 4 of length is 16. */
static const edi_reading_sizes small = {ANSWER_REQUEST / 5, ANSWER_REQUEST * 3};

edict_status edi_answers_init(edict_decision *d, uint32_t holds) {
  const edict_product *p = d->product;
  d->hand = edi_engine_take_hand(p->engine);
  size_t each = edi_plan_bytes(&p->bound) + 12 * ANSWER_REQUEST, count = ANSWERS_BYTES / each;
  d->request = edi_arena_room(&d->arena, EDI_REQUEST_COPY, 1);
  bool held = edi_held_init(&d->sessions, holds, &d->arena) && edi_held_init(&d->entities, holds, &d->arena) &&
              edi_held_init(&d->wordings, holds, &d->arena);
  if (!d->request || !held) return edi_arena_status(&d->arena);
  d->desk.request = d->request;
  edict_status status = edi_plan_init(&d->desk.plan, p->layers[1]->vocabulary, &p->bound, &d->arena);
  if (status != EDICT_OK) return status;
  d->folds = edi_folds_create(p->layers[1]->vocabulary, &d->arena);
  if (!d->folds) return edi_arena_status(&d->arena);
  d->desk.plan.suppresses_groups = p->engine->suppresses_groups;
  count = count < 1 ? 1 : count > EDI_ANSWERS ? EDI_ANSWERS : count;
  for (; status == EDICT_OK && d->answer_count < count; d->answer_count++) {
    edi_made *a = &d->answers[d->answer_count];
    a->request = edi_arena_room(&d->arena, ANSWER_REQUEST, 1);
    if (!a->request) return edi_arena_status(&d->arena);
    status = edi_plan_init_beside(&a->plan, &d->desk.plan, small, &d->arena);
    a->plan.folds = d->folds;
  }
  return status;
}

void edi_answers_fini(edict_decision *d) {
  edi_answers_forget(d);
  edi_engine_give_hand(d->product->engine, d->hand); /* nothing is held by it any more */
  d->hand = 0;
  edi_made_drop_sieve(&d->desk);
  edi_plan_fini(&d->desk.plan);
}

/* ---- who and what ---- */

static void take(atomic_ullong *holders, unsigned long long hand) {
  if (hand) atomic_fetch_or_explicit(holders, hand, memory_order_relaxed);
}

/* Before it is left: the memory may go then. */
static void give(atomic_ullong *holders, unsigned long long hand) {
  if (hand) atomic_fetch_and_explicit(holders, ~hand, memory_order_relaxed);
}

static void leave_session(const void *session, unsigned long long hand) {
  give(&((edict_session *)session)->holders, hand);
  edi_session_leave(session);
}

static void leave_entity(const void *entity, unsigned long long hand) {
  give(&((edict_entity *)entity)->holders, hand);
  edi_entity_leave(entity);
}

static void leave_wording(const void *wording, unsigned long long hand) {
  give(&((edi_wording *)wording)->holders, hand);
  edi_wording_leave(wording);
}

static void forget_entities(edict_decision *d) {
  for (size_t i = 0; i < d->answer_count; i++)
    if (d->answers[i].entity) d->answers[i].session = NULL;
  edi_held_clear(&d->entities, leave_entity, d->hand);
}

void edi_answers_forget(edict_decision *d) {
  for (size_t i = 0; i < d->answer_count; i++) {
    d->answers[i].session = NULL;
    edi_made_drop_sieve(&d->answers[i]);
  }
  if (d->folds) edi_folds_clear(d->folds);
  edi_held_clear(&d->sessions, leave_session, d->hand);
  forget_entities(d);
  edi_held_clear(&d->wordings, leave_wording, d->hand);
}

void edi_answers_hold(edict_decision *d, const edict_session *session, const edict_entity *entity) {
  if (!edi_held_has(&d->sessions, session)) {
    if (edi_held_is_full(&d->sessions)) edi_answers_forget(d);
    edi_held_add(&d->sessions, edi_session_keep(session));
    take(&((edict_session *)session)->holders, d->hand);
  }
  if (!entity || edi_held_has(&d->entities, entity)) return;
  if (edi_held_is_full(&d->entities)) forget_entities(d);
  edi_held_add(&d->entities, edi_entity_keep(entity));
  take(&((edict_entity *)entity)->holders, d->hand);
}

void edi_answers_hold_wording(edict_decision *d, const edi_wording *wording) {
  if (edi_held_has(&d->wordings, wording)) return;
  if (edi_held_is_full(&d->wordings)) edi_held_clear(&d->wordings, leave_wording, d->hand);
  edi_held_add(&d->wordings, edi_wording_keep(wording));
  take(&((edi_wording *)wording)->holders, d->hand);
}

/* ---- answers ---- */

edi_made *edi_answers_find(edict_decision *d, const edi_sought *sought, uint64_t print, int64_t now) {
  for (size_t i = 0; i < d->answer_count; i++) {
    edi_made *a = &d->answers[i];
    if (a->print != print || a->session != sought->session || a->entity != sought->entity || a->length != sought->length) continue;
    if (a->since <= now && now < a->plan.stands_until && memcmp(a->request, sought->request, a->length) == 0) return a;
  }
  return NULL;
}

edi_made *edi_answers_take(edict_decision *d, size_t length) {
  if (length == 0 || length > ANSWER_REQUEST) return &d->desk;
  edi_made *a = &d->answers[d->next];
  d->next = d->next + 1 == d->answer_count ? 0 : d->next + 1;
  a->session = NULL;
  return a;
}
