/* Decision: the C API over a plan; decides, tells the effect, applies to rows.
 *
 * Everything it needs is allocated when it is created. Keys for pseudonyms are derived once for a
 * decision and wiped at the next. The masks of a row are those of the plan: nothing here widens. */
#include "base/calendar.h"
#include "enforce/wording.h"
#include "eval/conditions.h"

/* Nothing is decided: the desk, cleared. */
static inline void reset(edict_decision *d) {
  if (d->desk.plan.dataset) edi_plan_clear(&d->desk.plan);
  if (d->desk.sieve) edi_made_drop_sieve(&d->desk);
  if (d->key_count || d->has_salt || d->has_seed) edi_decision_keys_wipe(d);
  if (d->tally.used) edi_decision_tally_reset(d);
  d->serial++;
  d->desk.request = d->request;
  d->desk.length = 0;
  d->desk.entity = NULL;
  d->answer = &d->desk;
  d->plan = &d->desk.plan;
  d->session = NULL;
}

edict_status edict_decision_create_with(const edict_product *product, const edict_decision_options *options, edict_decision **decision) {
  *decision = NULL;
  if (!product || (options && (options->size != sizeof *options || options->holds > EDI_HELD_LIMIT))) return EDICT_ARGUMENT;
  size_t holds = options && options->holds ? options->holds : EDI_HELD_USUAL;
  edi_arena arena;
  edi_arena_init(&arena, NULL, EDI_ARENA_DECISION);
  edict_decision *d = EDI_NEW(&arena, edict_decision);
  if (!d) {
    edi_arena_fini(&arena);
    return EDICT_MEMORY;
  }
  d->arena = arena;
  d->product = edi_product_keep(product);
  d->answer = &d->desk;
  d->plan = &d->desk.plan;
  d->lanes = edi_lanes_best();
  d->hashlanes = edi_hashlanes_best();
  edict_status status = edi_decision_tally_init(d);
  if (status == EDICT_OK) status = edi_answers_init(d, (uint32_t)holds);
  if (status == EDICT_OK) status = edi_hasher_init(&d->hasher);
  if (status == EDICT_OK) status = edi_decision_keys_init(d);
  if (status != EDICT_OK) {
    edict_decision_destroy(&d);
    return status;
  }
  *decision = d;
  return EDICT_OK;
}

edict_status edict_decision_create(const edict_product *product, edict_decision **decision) {
  return edict_decision_create_with(product, NULL, decision);
}

void edict_decision_destroy(edict_decision **decision) {
  if (!decision || !*decision) return;
  edict_decision *d = *decision;
  edi_decision_keys_fini(d);
  edi_answers_fini(d);
  edi_hasher_fini(&d->hasher);
  edi_product_leave(d->product);
  edi_arena arena = d->arena;
  edi_arena_fini(&arena);
  *decision = NULL;
}

void edi_decision_bounds(const edict_product *p, int64_t floor, edi_plan_request *r) {
  r->not_before = p->not_before;
  r->expires = p->expires;
  r->floor = floor;
}

/* The newest time that the engine has seen, and the leeway before it. */
int64_t edi_engine_floor(const edict_engine *engine) {
  int64_t seen = atomic_load_explicit(&engine->floor, memory_order_relaxed);
  return seen < INT64_MIN + EDI_TIME_LEEWAY ? INT64_MIN : seen - EDI_TIME_LEEWAY;
}

static void show(edict_decision *d, edi_made *a) {
  d->answer = a;
  d->plan = &a->plan;
}

static inline bool holds(const edict_decision *d, const atomic_ullong *holders) {
  return (atomic_load_explicit(holders, memory_order_relaxed) & d->hand) != 0;
}

/* What is right whatever was decided before. Who asks, and what is asked about, is held: what is remembered of them
 * is found by address. */
static inline edict_status admit(edict_decision *d, const edict_session *session, const edict_entity *entity, int64_t now,
                                 const unsigned char *seed) {
  if (session->engine != d->product->engine) return EDICT_ARGUMENT;
  if (session->subject.by_token && !edi_session_stands(session, now)) return EDICT_UNTRUSTED;
  if (!holds(d, &session->holders) || (entity && !holds(d, &entity->holders))) edi_answers_hold(d, session, entity);
  d->session = session;
  d->has_seed = seed != NULL;
  if (seed) memcpy(d->seed, seed, sizeof d->seed);
  return EDICT_OK;
}

static edi_plan_request by_names(const edict_request *request) {
  return (edi_plan_request){.action = {request->action.ptr, request->action.len},
                            .dataset = request->dataset,
                            .columns = request->columns,
                            .column_count = request->column_count,
                            .context = request->context,
                            .context_count = request->context_count,
                            .resource = request->resource};
}

static edict_status make(edict_decision *d, edi_made *a, edi_plan_request *r, int64_t now, int64_t floor) {
  r->now = now;
  edi_decision_bounds(d->product, floor, r);
  edi_made_drop_sieve(a);
  edict_status status = edi_plan_decide(&a->plan, &d->session->subject, r);
  if (status == EDICT_OK) show(d, a);
  else reset(d);
  return status;
}

/* Given again, or made and then remembered where it is small enough. */
static edict_status answer(edict_decision *d, const edi_sought *sought, uint64_t print, edi_plan_request *r, int64_t now) {
  int64_t floor = edi_engine_floor(d->product->engine); /* it may have risen since an answer was remembered */
  edi_made *a = now < floor ? NULL : edi_answers_find(d, sought, print, now);
  if (a) {
    /* What batches made of rules about rows may hold the time that it was made at. */
    if (a->sieve && a->plan.now != now && edi_moments_any(&a->plan.concern->row_moments)) edi_made_drop_sieve(a);
    edi_plan_move(&a->plan, now);
    show(d, a);
    return EDICT_OK;
  }
  bool large = sought->entity && !r->known; /* at the limits: only the desk is as large */
  a = large ? &d->desk : edi_answers_take(d, sought->length);
  if (a->request != sought->request) memcpy(a->request, sought->request, sought->length);
  a->length = sought->length;
  a->flags = sought->flags;
  a->entity = sought->entity;
  a->print = print;
  a->since = now;
  edict_status status = make(d, a, r, now, floor);
  if (status == EDICT_OK && a != &d->desk) a->session = sought->session;
  return status;
}

edict_status edict_decide(edict_decision *decision, const edict_session *session, const edict_request *request) {
  edict_decision *d = decision;
  if (!d) return EDICT_ARGUMENT;
  reset(d);
  if (!session || !request || edi_request_malformed(request)) return EDICT_ARGUMENT;
  edict_status status = admit(d, session, NULL, request->now, request->seed);
  if (status != EDICT_OK) return status;
  edi_sought sought = {.session = session, .request = d->request};
  sought.length = edi_request_write(request, d->request, EDI_REQUEST_COPY, &sought.flags);
  uint64_t print = edi_request_print_of(edi_request_print(d->request, sought.length), session, NULL);
  edi_plan_request r = by_names(request);
  return answer(d, &sought, print, &r, request->now);
}

edict_status edi_decision_decide_at(edict_decision *decision, const edict_session *session,
                                    const edict_request *request, int64_t floor) {
  edi_made *a = &decision->desk;
  reset(decision);
  if (!session || !request || edi_request_malformed(request)) return EDICT_ARGUMENT;
  edict_status status = admit(decision, session, NULL, request->now, request->seed);
  if (status != EDICT_OK) return status;
  a->entity = NULL;
  a->length = edi_request_write(request, a->request, EDI_REQUEST_COPY, &a->flags);
  edi_plan_request r = by_names(request);
  return make(decision, a, &r, request->now, floor);
}

/* ---- questions ---- */

/* Context and resource share the limits of a request: at them they are read together, by their names. */
static bool fit_together(const edi_reading *context, const edi_reading *resource) {
  return context->member_count + resource->member_count < edi_reading_largest.members &&
         context->text_used + resource->text_used < edi_reading_largest.text;
}

static bool may_ask(const edict_decision *d, const edict_question *q, const edict_entity *e) {
  if (q->product != d->product) return false;
  const edict_request *r = &q->wording->request;
  return !e || (e->product == d->product && !r->resource && r->dataset == 0 && r->column_count == 0);
}

/* Who asks and what about lie all over memory: it is asked for at once what would be waited for one after the other.
 * What is small lies behind their first lines, whose addresses need not be read: a subject's attributes are what is
 * taken next after its session, and those of the federation follow after the ones that all have. No more is asked for:
 * each line that is not needed takes the place of one that is. */
static inline void fetch_ahead(const edict_session *session, const edict_entity *e) {
  enum { LINE = 64 };
  const char *attrs = (const char *)(session + 1);
  __builtin_prefetch(&e->room.bytes[0]);
  __builtin_prefetch(&e->room.bytes[LINE]);
  __builtin_prefetch(&e->room.bytes[2 * LINE]);
  __builtin_prefetch(attrs + 2 * LINE - 1);
}

/* The same of a residue that is not small. */
static inline void fetch_residue(const edict_entity *e) {
  enum { LINE = 64 };
  const char *residue = (const char *)e->known.residue;
  if ((uintptr_t)residue - (uintptr_t)&e->room < sizeof e->room) return;
  for (unsigned i = 0; i < 4; i++) __builtin_prefetch(residue + i * LINE);
}

/* A prepared question about what was prepared, whose rules are plain and few: the desk has the answer sooner than it
 * would be found among those that are remembered. Whatever is to be refused or fails goes the long way. */
static inline bool is_brief(const edict_decision *d, const edict_session *session, const edict_question *q, const edict_entity *e, int64_t now) {
  const edict_product *p = d->product;
  const edi_wording *w = q->wording;
  const edi_subject *subject = &session->subject;
  fetch_ahead(session, e);
  if (q->product != p || e->product != p || session->engine != p->engine || !w->known.brief || !e->known.brief) return false;
  if (now < edi_engine_floor(p->engine) || now < p->not_before || now >= p->expires) return false;
  if (now < subject->not_before || now >= subject->expires) return false;
  if (edi_swift_has(e->known.swift, w->known.place)) return true;
  fetch_residue(e);
  const edi_residue_list *list = edi_residue_of(e->known.residue, w->known.place);
  return list->plain && list->count <= EDI_RESIDUE_FEW;
}

/* Nothing is to be put in order before: all three are held, the key stands or needs none, and nothing is left of what
 * was not answered so. */
static inline bool is_ready(const edict_decision *d, const edict_session *session, const edi_wording *w, const edict_entity *e,
                            const unsigned char *seed) {
  unsigned long long hands = atomic_load_explicit(&session->holders, memory_order_relaxed) &
                             atomic_load_explicit(&w->holders, memory_order_relaxed) &
                             atomic_load_explicit(&e->holders, memory_order_relaxed) & d->hand;
  return hands && d->desk.plan.brief && !session->subject.by_token && !d->desk.sieve && !d->key_count && !d->has_salt && !d->has_seed && !seed;
}

static inline edict_status answer_briefly(edict_decision *d, const edict_session *session, const edi_wording *w, const edict_entity *e,
                                          int64_t now) {
  d->serial++;
  d->session = session;
  show(d, &d->desk);
  d->desk.request = (char *)w->bytes;
  d->desk.length = w->length;
  d->desk.flags = w->flags;
  d->desk.entity = e;
  return edi_residue_decide(&d->desk.plan, &session->subject, &w->known, &e->known, now, d->product->expires);
}

/* Apart, so that what the short way does not need is not set up for it. */
__attribute__((noinline)) static edict_status answer_at_length(edict_decision *d, const edict_session *session, const edict_question *question,
                                                               const edict_entity *entity, int64_t now, const unsigned char *seed) {
  reset(d);
  if (!session || !question || !may_ask(d, question, entity)) return EDICT_ARGUMENT;
  edict_status status = admit(d, session, entity, now, seed);
  if (status != EDICT_OK) return status;
  const edi_wording *w = question->wording;
  edi_sought sought = {session, entity, w->bytes, w->length, w->flags};
  edi_plan_known known = w->known;
  edi_plan_request r = by_names(&w->request);
  r.known = &known;
  if (entity) {
    known.thing = entity->known.thing;
    known.resource = entity->known.resource;
    known.residue = entity->known.residue;
    known.resource_read = entity->known.resource_read;
    r.resource = &entity->resource;
    if (!fit_together(&w->reading, &entity->reading)) r.known = NULL;
  }
  return answer(d, &sought, edi_request_print_of(w->print, session, entity), &r, now);
}

__attribute__((noinline)) static edict_status answer_in_order(edict_decision *d, const edict_session *session, const edict_question *question,
                                                              const edict_entity *entity, int64_t now, const unsigned char *seed) {
  if (session->subject.by_token && !edi_session_stands(session, now)) return answer_at_length(d, session, question, entity, now, seed);
  const edi_wording *w = question->wording;
  if (!holds(d, &session->holders) || !holds(d, &entity->holders)) edi_answers_hold(d, session, entity);
  if (!holds(d, &w->holders)) edi_answers_hold_wording(d, w);
  if (!d->desk.plan.brief) edi_plan_clear(&d->desk.plan);
  if (d->desk.sieve) edi_made_drop_sieve(&d->desk);
  if (d->key_count || d->has_salt || d->has_seed) edi_decision_keys_wipe(d);
  d->has_seed = seed != NULL;
  if (seed) memcpy(d->seed, seed, sizeof d->seed);
  return answer_briefly(d, session, w, entity, now);
}

edict_status edict_ask(edict_decision *decision, const edict_session *session, const edict_question *question,
                       const edict_entity *entity, int64_t now, const unsigned char *seed) {
  edict_decision *d = decision;
  if (!d) return EDICT_ARGUMENT;
  if (!session || !question || !entity || !is_brief(d, session, question, entity, now))
    return answer_at_length(d, session, question, entity, now, seed);
  if (!is_ready(d, session, question->wording, entity, seed)) return answer_in_order(d, session, question, entity, now, seed);
  return answer_briefly(d, session, question->wording, entity, now);
}

/* ---- many requests ---- */

static edi_plan_request at_time(const edict_decision *d, const edict_request *request) {
  edi_plan_request r = by_names(request);
  r.now = request->now;
  edi_decision_bounds(d->product, edi_engine_floor(d->product->engine), &r);
  return r;
}

static void note_first(edict_status *first, edict_status next) {
  if (*first == EDICT_OK) *first = next;
}

/* On the desk, which is clear before and after. What is known of the subject is used where it is held. */
edict_status edict_decide_resources(edict_decision *decision, const edict_session *session, const edict_request *request,
                                    const edict_resource *resources, size_t count, unsigned char *effects) {
  edict_decision *d = decision;
  if (count && !effects) return EDICT_ARGUMENT;
  if (count) memset(effects, EDICT_DENY, count);
  if (!d || (count && !resources)) return EDICT_ARGUMENT;
  reset(d);
  if (!session || !request || edi_request_malformed(request)) return EDICT_ARGUMENT;
  if (request->resource || request->dataset || request->column_count) return EDICT_ARGUMENT;
  edict_status status = admit(d, session, NULL, request->now, NULL);
  if (status != EDICT_OK) return status;
  edi_plan_request r = at_time(d, request);
  edi_plan_shared shared = {.filled = false};
  d->desk.plan.folds = d->folds;
  for (size_t i = 0; i < count; i++) {
    edict_effect effect = EDICT_DENY;
    r.resource = &resources[i];
    if (edi_resource_malformed(&resources[i])) note_first(&status, EDICT_ARGUMENT);
    else note_first(&status, edi_plan_effect(&d->desk.plan, &session->subject, &r, &shared, &effect));
    effects[i] = (unsigned char)effect;
  }
  d->desk.plan.folds = NULL;
  reset(d);
  return status;
}

edict_status edict_decide_subjects(edict_decision *decision, const edict_session *const *sessions, size_t count,
                                   const edict_request *request, unsigned char *effects) {
  edict_decision *d = decision;
  edict_status status = EDICT_OK;
  if (count && !effects) return EDICT_ARGUMENT;
  if (count) memset(effects, EDICT_DENY, count);
  if (!d) return EDICT_ARGUMENT;
  reset(d);
  if ((count && !sessions) || !request || edi_request_malformed(request)) return EDICT_ARGUMENT;
  edi_plan_request r = at_time(d, request);
  for (size_t i = 0; i < count; i++) {
    const edict_session *session = sessions[i];
    edict_effect effect = EDICT_DENY;
    if (!session || session->engine != d->product->engine) note_first(&status, EDICT_ARGUMENT);
    else if (!edi_session_stands(session, request->now)) note_first(&status, EDICT_UNTRUSTED);
    else note_first(&status, edi_plan_effect(&d->desk.plan, &session->subject, &r, NULL, &effect));
    effects[i] = (unsigned char)effect;
  }
  reset(d);
  return status;
}

/* ---- the request ---- */

edict_status edi_decision_request(const edict_decision *d, edi_buf *into) {
  const edi_made *a = d->answer;
  const edict_entity *e = a->entity;
  if (!d->session || a->length == 0 || (e && a->length + e->length > EDI_REQUEST_COPY)) return EDICT_LIMIT;
  edi_buf_append(into, a->request, a->flags);
  edi_buf_u8(into, (uint8_t)(a->request[a->flags] | (e ? EDI_REQUEST_RESOURCE : 0) | (d->has_seed ? EDI_REQUEST_SEED : 0)));
  edi_buf_append(into, a->request + a->flags + 1, a->length - a->flags - 1);
  if (e) edi_buf_append(into, e->bytes, e->length);
  if (d->has_seed) edi_buf_append(into, d->seed, sizeof d->seed);
  return into->failed;
}

void edict_decision_forget(edict_decision *decision) {
  if (!decision) return;
  reset(decision);
  edi_answers_forget(decision);
}

edict_effect edict_decision_effect(const edict_decision *decision) {
  return decision ? decision->plan->effect : EDICT_DENY;
}

int64_t edict_decision_valid_until(const edict_decision *decision) {
  return decision ? decision->plan->valid_until : 0;
}

int edict_decision_is_hypothetical(const edict_decision *decision) {
  return decision && decision->session ? decision->session->hypothetical : 1;
}

/* ---- rows ---- */

edi_apply_column edi_decision_how(edict_decision *d, uint32_t column, const edi_transform *t, bool fixed, const edict_cell *in) {
  const edi_bound_column *c = &d->plan->dataset->columns[column];
  edi_apply_column how = {.base = c->base, .required = c->required, .uuid = c->uuid, .vocabulary = d->plan->vocabulary, .taxonomy = c->taxonomy};
  if (t->key.len) how.key = edi_decision_key_for(d, t, fixed, c->base);
  if (t->id == EDI_TRANSFORM_SHA256_QUERY) how.salt = edi_decision_salt(d);
  if (t->row_column) {
    how.cell = &in[t->row_column - 1];
    how.cell_base = d->plan->dataset->column_types[t->row_column - 1];
    if (edi_transform_by_entity(t)) how.own = edi_decision_own_key(d, t, how.cell, how.cell_base, c->base, &how.entity);
  }
  return how;
}

/* What depends on the text alone, and costs more than to look it up. */
static bool is_recalled(const edi_transform *t, bool fixed, const edi_apply_column *how, const edict_cell *in) {
  bool hashed = t->id == EDI_TRANSFORM_PSEUDONYM || t->id == EDI_TRANSFORM_TOKEN || t->id == EDI_TRANSFORM_FPE;
  return hashed && fixed && how->key && how->base == EDI_TYPE_STRING && in->type == EDICT_CELL_TEXT && !edi_transform_by_entity(t);
}

void edi_decision_apply(edict_decision *d, const edi_transform *t, bool fixed, const edi_apply_column *how, const edict_cell *in, edict_cell *out,
                        edi_output *memory) {
  if (!is_recalled(t, fixed, how, in)) {
    edi_apply(t, how, d->plan->patterns, in, out, memory);
    return;
  }
  edi_str text = {in->ptr ? in->ptr : "", in->len}, made;
  if (edi_recall_find(&d->recall, t, text, memory, &made)) {
    *out = (edict_cell){.type = EDICT_CELL_TEXT, .ptr = made.ptr, .len = made.len};
    return;
  }
  uint64_t failed = memory->failed;
  edi_apply(t, how, d->plan->patterns, in, out, memory);
  bool counts = out->type == EDICT_CELL_TEXT && !memory->full && memory->failed == failed; /* what could not be masked is counted each time */
  if (counts) edi_recall_keep(&d->recall, t, text, (edi_str){out->ptr, out->len});
}

void edi_decision_mask(edict_decision *d, uint32_t column, const edict_cell *in, edict_cell *out, edi_output *memory) {
  edi_transform room;
  const edi_transform *t = edi_plan_column_transform(d->plan, column, in, &room);
  edi_apply_column how = edi_decision_how(d, column, t, t != &room, in);
  edi_decision_apply(d, t, t != &room, &how, &in[column], out, memory);
}

/* False if the memory does not suffice; nothing is left in it then. */
static bool mask_row(edict_decision *d, const edict_cell *in, edict_cell *out, char *memory, size_t size) {
  edi_output output = {.ptr = memory, .size = size, .hasher = &d->hasher};
  for (uint32_t i = 0; i < d->plan->asked_count && !output.full; i++) {
    uint32_t column = d->plan->asked[i];
    edi_decision_mask(d, column, in, &out[column], &output);
    if (output.failed) edi_decision_count_failed(d, column, output.failed);
    output.failed = 0;
  }
  if (output.full && output.used) memset(memory, 0, output.used);
  return !output.full;
}

edict_status edict_decision_apply_row(edict_decision *decision, const edict_cell *in, size_t count, edict_cell *out,
                                      char *memory, size_t memory_size, edict_row *row) {
  if (!row) return EDICT_ARGUMENT;
  *row = EDICT_ROW_HIDDEN;
  if (!decision || (count && (!in || !out))) return EDICT_ARGUMENT;
  if (count) memset(out, 0, count * sizeof *out);
  const edi_bound_dataset *dataset = decision->plan->dataset;
  if (!dataset || count != dataset->column_count || (memory_size && !memory)) return EDICT_ARGUMENT;
  bool grouped;
  edict_row state = edi_plan_row(decision->plan, in, &grouped);
  if (grouped) return EDICT_UNSUPPORTED;
  if (state == EDICT_ROW_SHOWN && !mask_row(decision, in, out, memory, memory_size)) {
    memset(out, 0, count * sizeof *out);
    edi_decision_count_rows(decision, 0, 0, false);
    return EDICT_LIMIT;
  }
  edi_decision_count_rows(decision, 1, state == EDICT_ROW_SHOWN, true);
  *row = state;
  return EDICT_OK;
}

/* ---- conditions ---- */

typedef struct listener { void (*tell)(void *user, const edict_condition *condition); void *user; } listener;

static void pass_on(void *user, const edi_condition *c) {
  static const char *const words[] = {
#define PART(NAME, text) text,
      EDI_CONDITION_PARTS(PART)
#undef PART
  };
  const listener *l = user;
  edi_str rule = edi_program_string(&c->linked->program, c->rule->name);
  edict_condition out = {{rule.ptr, rule.len}, words[c->part], c->number, (edict_holds)c->holds, 0};
  l->tell(l->user, &out);
}

edict_status edict_decision_conditions(edict_decision *decision, const edict_cell *row, size_t count,
                                       void (*tell)(void *user, const edict_condition *condition), void *user) {
  listener l = {tell, user};
  if (!decision || !tell || !decision->plan->dataset) return EDICT_ARGUMENT;
  if (row && count != decision->plan->dataset->column_count) return EDICT_ARGUMENT;
  if (row) edi_plan_row_conditions(decision->plan, row, pass_on, &l);
  else edi_plan_conditions(decision->plan, pass_on, &l);
  return EDICT_OK;
}

/* ---- columns ---- */

const char *edict_decision_column(edict_decision *decision, size_t column, const char **arguments) {
  static const char none[] = "";
  if (arguments) *arguments = none;
  if (!decision) return edi_transform_name(EDI_TRANSFORM_NULL);
  const edi_plan *plan = decision->plan;
  if (plan->effect != EDICT_PERMIT || column >= plan->dataset->column_count || !plan->columns[column].asked)
    return edi_transform_name(EDI_TRANSFORM_NULL);
  const edi_plan_column *c = &plan->columns[column];
  if (c->live_count && c->fixed.id != EDI_TRANSFORM_NULL && c->fixed.id != EDI_TRANSFORM_DROP) return "varies";
  if (arguments) {
    edi_buf buf = edi_buf_fixed(decision->text, sizeof decision->text);
    edi_transform_arguments(&c->fixed, &buf);
    edi_buf_char(&buf, '\0');
    if (buf.failed == EDICT_OK) *arguments = decision->text;
  }
  return edi_transform_name(c->fixed.id == EDI_TRANSFORM_NONE ? EDI_TRANSFORM_NULL : c->fixed.id);
}

/* NULL: it depends on a row, and none is given. */
static const edi_transform *shown_as(const edict_decision *d, size_t column, const edict_cell *row, edi_transform *room) {
  const edi_plan *plan = d->plan;
  if (plan->effect != EDICT_PERMIT || column >= plan->dataset->column_count || !plan->columns[column].asked) return &edi_transform_bottom;
  const edi_plan_column *c = &plan->columns[column];
  if (c->live_count && row) return edi_plan_column_transform(d->plan, (uint32_t)column, row, room);
  if (c->live_count && c->fixed.id != EDI_TRANSFORM_NULL && c->fixed.id != EDI_TRANSFORM_DROP) return NULL;
  return c->fixed.id == EDI_TRANSFORM_NONE ? &edi_transform_bottom : &c->fixed;
}

int edict_decision_column_within(edict_decision *decision, size_t column, const edict_cell *row, edict_decision *other,
                                 size_t other_column, const edict_cell *other_row) {
  edi_transform room, other_room;
  if (!decision || !other || decision == other || !row != !other_row) return 0;
  const edi_transform *own = shown_as(decision, column, row, &room), *its = shown_as(other, other_column, other_row, &other_room);
  return own && its && edi_transform_below(own, its);
}

int edict_decision_reads(const edict_decision *decision, size_t column) {
  if (!decision) return 0;
  const edi_plan *plan = decision->plan;
  return plan->effect == EDICT_PERMIT && column < plan->dataset->column_count && plan->reads[column];
}
