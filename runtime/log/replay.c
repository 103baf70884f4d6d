/* Replay: decides every record again from its sealed inputs and compares the answers byte for byte; and makes the rules
 * of each step of a sweep again.
 *
 * IDENTICAL, DIFFERENT, CORRUPT (the record and its inputs do not fit together), UNREPLAYABLE
 * (inputs erased or sealed to another key, other bundles, other semantics, a product that is gone).
 * What the reader reports as damage is a GAP. Time and inputs come from the record alone: neither
 * the clock nor the engine's floor takes part. */
#include <sodium.h>

#include "log/reader.h"
#include "log/receipt_leaf.h"
#include "log/record.h"
#include "log/sweep_replay.h"

typedef enum verdict { IDENTICAL, DIFFERENT, CORRUPT, UNREPLAYABLE } verdict;

typedef struct cached {
  edict_product *product;
  edict_decision *decision;
} cached;

/* A set of what edi_decision_print gives: by 64 of its bits, which nobody chooses. */
typedef struct edi_plan_prints { uint64_t *places; size_t capacity, count; } edi_plan_prints;

typedef struct replayer {
  const edict_engine *engine;
  unsigned char set[EDI_DIGEST_BYTES];
  edi_seal_opener *opener;
  cached *cache; /* by the engine's product number */
  edi_sweep_replay sweeps;
  edi_plan_prints prints; /* of the records that were decided again */
  bool skipped;           /* some record was not */
  int (*line)(void *user, const char *json, size_t length);
  void *user;
  edict_replay_report *report;
  edict_diagnostics *diagnostics;
  edict_status status; /* what went wrong with the replay itself: it ends there */
} replayer;

/* What is our own trouble must not be told as the log's. */
static bool is_ours(edict_status status) {
  return status == EDICT_MEMORY || status == EDICT_SYSTEM || status == EDICT_DEFECT;
}

static edict_status make_decision(replayer *r, const char *name, cached *c) {
  edict_status status = EDICT_OK;
  if (!c->product) status = edict_product_create(r->engine, name, &c->product, NULL);
  if (status == EDICT_OK && !c->decision) status = edict_decision_create(c->product, &c->decision);
  return status;
}

/* NULL: no bundle carries this product, or it cannot be bound. */
static edict_decision *decision_for(replayer *r, edi_str product) {
  for (size_t i = 0; i < r->engine->place_count; i++) {
    const char *name = r->engine->places[i].name;
    if (!edi_str_equal(edi_str_from(name), product)) continue;
    edict_status status = make_decision(r, name, &r->cache[i]);
    if (is_ours(status)) r->status = status;
    return status == EDICT_OK ? r->cache[i].decision : NULL;
  }
  return NULL;
}

/* A session around a subject that was read back; FORMAT: it is none of this federation's. */
static edict_status session_for(const edict_engine *engine, edi_str inputs, edict_session **session,
                                edi_inputs *read) {
  edi_arena arena;
  edi_arena_init(&arena, NULL, EDI_ARENA_SESSION);
  edict_session *s = EDI_NEW(&arena, edict_session);
  char *copy = s ? edi_arena_copy(&arena, inputs.ptr, inputs.len) : NULL;
  bool good =
      copy && edi_inputs_decode(&arena, &engine->vocabulary, (edi_str){copy, inputs.len}, read);
  if (!good) {
    edi_arena_fini(&arena);
    return copy ? EDICT_FORMAT : EDICT_MEMORY;
  }
  s->arena = arena;
  atomic_init(&s->users, 1);
  s->engine = edi_engine_keep(engine);
  s->subject = read->subject;
  *session = s;
  return EDICT_OK;
}

/* What a record says in clear must be what its inputs ask for. */
static bool says_the_same(const edi_record *a, const edi_record *b) {
  return edi_str_equal(a->product, b->product) && edi_str_equal(a->dataset, b->dataset) &&
         (a->flags & EDI_RECORD_RESOURCE) == (b->flags & EDI_RECORD_RESOURCE) &&
         edi_str_equal(a->action, b->action) && edi_str_equal(a->purpose, b->purpose);
}

static bool same_arguments(const edict_decision *decision, edi_str arguments, edict_status *failed) {
  edi_buf again;
  edi_buf_init(&again, NULL, EDI_SEAL_PAYLOAD_MOST);
  edi_record_arguments(decision, &again);
  *failed = again.failed;
  bool same = edi_str_equal((edi_str){again.ptr, again.len}, arguments);
  if (again.ptr) sodium_memzero(again.ptr, again.cap);
  edi_buf_fini(&again);
  return same;
}

static verdict compare(const edict_decision *decision, const edi_record *record, edi_str arguments,
                       edi_buf *answer) {
  edi_record again;
  edi_record_answer(decision, answer);
  edi_record_describe(decision, &again);
  if (answer->failed != EDICT_OK) return UNREPLAYABLE;
  if (!says_the_same(record, &again)) return CORRUPT;
  edict_status failed;
  bool same = same_arguments(decision, arguments, &failed);
  if (failed != EDICT_OK) return UNREPLAYABLE;
  same = same && edi_str_equal((edi_str){answer->ptr, answer->len}, record->answer);
  return same ? IDENTICAL : DIFFERENT;
}

/* Decides with the host that the record had. What the plan borrows for it is the session's. */
static edict_status decide_as_then(edict_decision *decision, edict_session *session, edi_inputs *inputs,
                                   int64_t now) {
  for (unsigned layer = 0; layer < 2; layer++) {
    decision->desk.plan.meets[layer] = edi_inputs_meets(&session->arena, inputs, decision->product->layers[layer]);
    if (!decision->desk.plan.meets[layer]) return EDICT_MEMORY;
  }
  inputs->request.now = now;
  return edi_decision_decide_at(decision, session, &inputs->request, now);
}

/* ---- plans ---- */

static size_t place_of(const edi_plan_prints *p, uint64_t print) {
  size_t at = (size_t)print & (p->capacity - 1);
  while (p->places[at] && p->places[at] != print) at = (at + 1) & (p->capacity - 1);
  return at;
}

/* False: no memory. */
static bool grow_prints(edi_plan_prints *p) {
  edi_plan_prints more = {.capacity = p->capacity ? p->capacity * 2 : 256, .count = p->count};
  more.places = edi_allocator_default.resize(edi_allocator_default.context, NULL, 0, more.capacity * sizeof *more.places);
  if (!more.places) return false;
  memset(more.places, 0, more.capacity * sizeof *more.places);
  for (size_t i = 0; i < p->capacity; i++)
    if (p->places[i]) more.places[place_of(&more, p->places[i])] = p->places[i];
  edi_allocator_default.resize(edi_allocator_default.context, p->places, p->capacity * sizeof *p->places, 0);
  *p = more;
  return true;
}

static uint64_t print_bits(const unsigned char print[32]) { return edi_get64(print) | 1; /* 0 is an empty place */ }

static void note_plan(replayer *r, const edict_decision *decision) {
  unsigned char print[32];
  edi_plan_prints *p = &r->prints;
  edi_decision_print(decision, print);
  if (p->count * 2 >= p->capacity && !grow_prints(p)) {
    r->status = EDICT_MEMORY;
    return;
  }
  size_t at = place_of(p, print_bits(print));
  p->count += p->places[at] == 0;
  p->places[at] = print_bits(print);
}

static bool knows_plan(const replayer *r, const unsigned char print[32]) {
  return r->prints.count && r->prints.places[place_of(&r->prints, print_bits(print))] != 0;
}

/* A receipt is of a decision that stands before it. */
static verdict replay_receipt(const replayer *r, const edi_receipt_leaf *receipt) {
  if (memcmp(receipt->set, r->set, sizeof r->set) != 0) return UNREPLAYABLE;
  return knows_plan(r, receipt->plan) ? IDENTICAL : r->skipped ? UNREPLAYABLE : DIFFERENT;
}

/* ---- records ---- */

static verdict decide_again(replayer *r, const edi_record *record, edi_str inputs,
                            edi_buf *answer) {
  edict_decision *decision = decision_for(r, record->product);
  if (!decision) return UNREPLAYABLE;
  edi_inputs read;
  edict_session *session = NULL;
  edict_status status = session_for(r->engine, inputs, &session, &read);
  if (status == EDICT_OK) status = decide_as_then(decision, session, &read, record->now);
  verdict v = status == EDICT_OK ? compare(decision, record, read.arguments, answer) : CORRUPT;
  if (v == IDENTICAL && decision->plan->dataset) note_plan(r, decision);
  for (unsigned layer = 0; layer < 2; layer++)
    decision->desk.plan.meets[layer] = decision->product->layers[layer]->meets;
  if (is_ours(status)) r->status = status;
  edict_session_destroy(&session);
  return v;
}

static verdict open_and_decide(replayer *r, const edi_record *record, edi_buf *inputs,
                               edi_buf *answer) {
  unsigned char commitment[32];
  edict_status status = edi_seal_open(r->opener, &record->payload, inputs, r->diagnostics);
  if (is_ours(status)) r->status = status;
  if (status == EDICT_NOT_FOUND || status == EDICT_UNTRUSTED) return UNREPLAYABLE;
  if (status != EDICT_OK || inputs->len <= EDI_RECORD_RANDOM) return CORRUPT;
  edi_str bytes = {inputs->ptr, inputs->len};
  edi_record_commit(bytes, commitment);
  if (memcmp(commitment, record->commitment, sizeof commitment) != 0) return CORRUPT;
  return decide_again(r, record, bytes, answer);
}

static verdict replay(replayer *r, const edi_record *record) {
  if (record->semantics != EDI_SEMANTICS || memcmp(record->set, r->set, sizeof r->set) != 0)
    return UNREPLAYABLE;
  edi_buf inputs, answer;
  edi_buf_init(&inputs, NULL, EDI_SEAL_PAYLOAD_MOST);
  edi_buf_init(&answer, NULL, EDI_LIMIT_LOG_RECORD);
  verdict v = open_and_decide(r, record, &inputs, &answer);
  if (inputs.ptr) sodium_memzero(inputs.ptr, inputs.cap);
  edi_buf_fini(&inputs);
  edi_buf_fini(&answer);
  return v;
}

static bool tell(replayer *r, uint64_t index, verdict v) {
  static const char *const words[] = {"identical", "different", "corrupt", "unreplayable"};
  char storage[128];
  if (!r->line) return true;
  edi_buf b = edi_buf_fixed(storage, sizeof storage);
  edi_buf_format(&b, "{\"index\":%llu,\"verdict\":\"%s\"}\n", (unsigned long long)index, words[v]);
  return r->line(r->user, b.ptr, b.len) == 0;
}

/* ---- sweeps ---- */

/* Keys that were erased with their day, or that are another auditor's, do not matter for the rules. */
static bool keys_fit(replayer *r, const edi_swept *s) {
  edi_buf sealed;
  if (!s->payload.offset) return true;
  edi_buf_init(&sealed, NULL, EDI_SEAL_PAYLOAD_MOST);
  edict_status status = edi_seal_open(r->opener, &s->payload, &sealed, r->diagnostics);
  if (is_ours(status)) r->status = status;
  bool gone = status == EDICT_NOT_FOUND || status == EDICT_UNTRUSTED;
  bool fit = gone || (status == EDICT_OK && edi_swept_fits(s, (edi_str){sealed.ptr, sealed.len}));
  edi_buf_fini(&sealed);
  return fit;
}

static verdict replay_step(replayer *r, const edi_swept *s) {
  bool same;
  if (s->semantics != EDI_SEMANTICS || memcmp(s->set, r->set, sizeof r->set) != 0) return UNREPLAYABLE;
  if (!keys_fit(r, s)) return CORRUPT;
  edict_status status = edi_sweep_replay_step(&r->sweeps, s, &same);
  if (is_ours(status)) r->status = status;
  if (status != EDICT_OK) return UNREPLAYABLE;
  return same ? IDENTICAL : DIFFERENT;
}

static bool replay_leaf(void *user, const edi_log_leaf *leaf) {
  replayer *r = user;
  edi_record record;
  edi_swept step;
  edi_receipt_leaf receipt;
  verdict v;
  edi_str bytes = {(const char *)leaf->payload, leaf->length};
  if (leaf->type == EDI_FRAME_RECORD) v = edi_record_decode(bytes, &record) ? replay(r, &record) : CORRUPT;
  else if (leaf->type == EDI_FRAME_SWEEP) v = edi_swept_decode(bytes, &step) ? replay_step(r, &step) : CORRUPT;
  else if (leaf->type == EDI_FRAME_RECEIPT) v = edi_receipt_leaf_decode(bytes, &receipt) ? replay_receipt(r, &receipt) : CORRUPT;
  else return true;
  r->skipped = r->skipped || (leaf->type == EDI_FRAME_RECORD && v != IDENTICAL);
  if (r->status != EDICT_OK) return false;
  uint64_t *const counts[] = {&r->report->identical, &r->report->different, &r->report->corrupt,
                              &r->report->unreplayable};
  ++*counts[v];
  return tell(r, leaf->index, v);
}

static void gap(void *user, const edi_log_damage *damage) {
  /* The reader's diagnostic names the place; a torn end is a warning. */
  if (edi_code_severity(damage->code) == EDICT_SEVERITY_ERROR) ((replayer *)user)->report->gaps++;
}

static edict_status run(replayer *r, const char *directory, const unsigned char *auditor_secret) {
  edi_log_summary summary;
  edi_log_visitor visitor = {.user = r, .leaf = replay_leaf, .damage = gap};
  edict_status status = edi_seal_opener_create(&edi_system_posix, directory, auditor_secret, NULL,
                                               &r->opener, r->diagnostics);
  if (status == EDICT_OK)
    status = edi_log_read(&edi_system_posix, directory, &visitor, &summary, r->diagnostics);
  edi_seal_opener_destroy(&r->opener);
  return r->status != EDICT_OK ? r->status : status;
}

edict_status edict_replay(const char *directory, const edict_engine *engine,
                          const unsigned char *auditor_secret,
                          int (*line)(void *user, const char *json, size_t length), void *user,
                          edict_replay_report *report, edict_diagnostics *diagnostics) {
  if (!directory || !engine || !auditor_secret || !report) return EDICT_ARGUMENT;
  *report = (edict_replay_report){0};
  edi_arena arena;
  edi_arena_init(&arena, NULL, (size_t)1 << 30);
  replayer r = {
      .engine = engine, .line = line, .user = user, .report = report, .diagnostics = diagnostics};
  edi_record_set(engine, r.set);
  edi_sweep_replay_init(&r.sweeps, engine);
  r.cache = EDI_NEW_ARRAY(&arena, cached, engine->place_count);
  edict_status status = r.cache ? run(&r, directory, auditor_secret) : edi_arena_status(&arena);
  for (size_t i = 0; r.cache && i < engine->place_count; i++) {
    edict_decision_destroy(&r.cache[i].decision);
    edict_product_destroy(&r.cache[i].product);
  }
  edi_sweep_replay_fini(&r.sweeps);
  edi_allocator_default.resize(edi_allocator_default.context, r.prints.places, r.prints.capacity * sizeof *r.prints.places, 0);
  edi_arena_fini(&arena);
  return status;
}
