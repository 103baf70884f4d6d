/* Replay: decides every record again from its sealed inputs and compares the answers byte for byte.
 *
 * IDENTICAL, DIFFERENT, CORRUPT (the record or its inputs do not fit together), UNREPLAYABLE (inputs
 * erased, other bundles, other semantics, a product that is gone). What the reader reports as damage
 * is a GAP. Time and inputs come from the record alone. */
#include <sodium.h>

#include "log/reader.h"
#include "log/record.h"

typedef enum verdict { IDENTICAL, DIFFERENT, CORRUPT, UNREPLAYABLE } verdict;

typedef struct cached { edict_product *product; edict_decision *decision; } cached;

typedef struct replayer {
  const edict_engine *engine;
  unsigned char set[EDI_DIGEST_BYTES];
  edi_seal_opener *opener;
  cached *cache;                /* by the engine's product number */
  int (*line)(void *user, const char *json, size_t length);
  void *user;
  edict_replay_report *report;
  edict_diagnostics *diagnostics;
  edict_status status;
} replayer;

static edict_decision *decision_for(replayer *r, edi_str product) {
  for (size_t i = 0; i < r->engine->place_count; i++) {
    if (!edi_str_equal(edi_str_from(r->engine->places[i].name), product)) continue;
    cached *c = &r->cache[i];
    if (!c->product && edict_product_create(r->engine, r->engine->places[i].name, &c->product, NULL) != EDICT_OK) return NULL;
    if (!c->decision && edict_decision_create(c->product, &c->decision) != EDICT_OK) return NULL;
    return c->decision;
  }
  return NULL;
}

/* A session around a subject that was read back; it ends with the decision's next use. */
static edict_session *session_for(const edict_engine *engine, const edi_vocabulary *v, edi_str inputs, edict_request *request) {
  edi_arena arena;
  edi_arena_init(&arena, NULL, EDI_ARENA_SESSION);
  edict_session *s = EDI_NEW(&arena, edict_session);
  edi_inputs read;
  char *copy = s ? edi_arena_copy(&arena, inputs.ptr, inputs.len) : NULL;
  if (!copy || !edi_inputs_decode(&arena, v, (edi_str){copy, inputs.len}, &read)) {
    edi_arena_fini(&arena);
    return NULL;
  }
  s->arena = arena;
  atomic_init(&s->users, 1);
  s->engine = edi_engine_keep(engine);
  s->subject = read.subject;
  *request = read.request;
  return s;
}

static verdict decide_again(replayer *r, const edi_record *record, edi_str inputs, edi_buf *answer) {
  edict_decision *decision = decision_for(r, record->product);
  if (!decision) return UNREPLAYABLE;
  edict_request request;
  edict_session *session = session_for(r->engine, &r->engine->vocabulary, inputs, &request);
  if (!session) return CORRUPT;
  request.now = record->now;
  edict_status status = edi_decision_decide_at(decision, session, &request, record->now);
  if (status == EDICT_OK) edi_record_answer(decision, answer);
  edict_session_destroy(&session);
  if (status != EDICT_OK) return CORRUPT;
  if (answer->failed != EDICT_OK) return UNREPLAYABLE;
  bool same = edi_str_equal((edi_str){answer->ptr, answer->len}, record->answer);
  return same ? IDENTICAL : DIFFERENT;
}

static verdict replay(replayer *r, const edi_record *record) {
  if (record->semantics != EDI_SEMANTICS || memcmp(record->set, r->set, sizeof r->set) != 0) return UNREPLAYABLE;
  edi_buf inputs, answer;
  unsigned char commitment[32];
  edi_buf_init(&inputs, NULL, EDI_SEAL_PAYLOAD_MOST);
  edi_buf_init(&answer, NULL, EDI_LIMIT_LOG_RECORD);
  edict_status opened = edi_seal_open(r->opener, &record->payload, &inputs, r->diagnostics);
  verdict v = opened == EDICT_NOT_FOUND ? UNREPLAYABLE : CORRUPT;
  if (opened == EDICT_OK && inputs.len > EDI_RECORD_RANDOM) {
    edi_str bytes = {inputs.ptr, inputs.len};
    edi_record_commit(bytes, commitment);
    if (memcmp(commitment, record->commitment, sizeof commitment) == 0) v = decide_again(r, record, bytes, &answer);
  }
  if (inputs.ptr) sodium_memzero(inputs.ptr, inputs.len);
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

static bool replay_leaf(void *user, const edi_log_leaf *leaf) {
  replayer *r = user;
  edi_record record;
  if (leaf->type != EDI_FRAME_RECORD) return true;
  edi_str bytes = {(const char *)leaf->payload, leaf->length};
  verdict v = edi_record_decode(bytes, &record) ? replay(r, &record) : CORRUPT;
  uint64_t *const counts[] = {&r->report->identical, &r->report->different, &r->report->corrupt, &r->report->unreplayable};
  ++*counts[v];
  return tell(r, leaf->index, v);
}

static void gap(void *user, const edi_log_damage *damage) {
  (void)damage; /* the reader's diagnostic names it */
  ((replayer *)user)->report->gaps++;
}

edict_status edict_replay(const char *directory, const edict_engine *engine, const unsigned char *auditor_secret,
                          int (*line)(void *user, const char *json, size_t length), void *user,
                          edict_replay_report *report, edict_diagnostics *diagnostics) {
  *report = (edict_replay_report){0};
  if (!directory || !engine || !auditor_secret) return EDICT_ARGUMENT;
  edi_arena arena;
  edi_arena_init(&arena, NULL, (size_t)1 << 24);
  replayer r = {.engine = engine, .line = line, .user = user, .report = report, .diagnostics = diagnostics};
  edi_record_set(engine, r.set);
  r.cache = EDI_NEW_ARRAY(&arena, cached, engine->place_count);
  edict_status status = r.cache ? EDICT_OK : edi_arena_status(&arena);
  if (status == EDICT_OK)
    status = edi_seal_opener_create(&edi_system_posix, directory, auditor_secret, NULL, &r.opener, diagnostics);
  edi_log_visitor visitor = {.user = &r, .leaf = replay_leaf, .damage = gap};
  edi_log_summary summary;
  if (status == EDICT_OK) status = edi_log_read(&edi_system_posix, directory, &visitor, &summary, diagnostics);
  for (size_t i = 0; r.cache && i < engine->place_count; i++) {
    edict_decision_destroy(&r.cache[i].decision);
    edict_product_destroy(&r.cache[i].product);
  }
  edi_seal_opener_destroy(&r.opener);
  edi_arena_fini(&arena);
  return status;
}
