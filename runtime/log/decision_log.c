/* Decision log: decisions as records, behind the C API.
 *
 * A permit is on disk before edict_log_append returns OK; a denial is buffered. What is logged is what
 * the decision object holds: its answer, and the request as it was given. */
#include <pthread.h>
#include <sodium.h>

#include "log/decision_log.h"
#include "log/record.h"
#include "log/reader.h"
#include "log/receipt_leaf.h"
#include "log/refusal.h"
#include "log/swept.h"
#include "log/verify.h"

/* What is known of an engine whose decisions may come: it need not live for that. */
typedef struct followed {
  uint64_t engine;  /* its number; 0: none */
  uint64_t bundles; /* index of its BUNDLE leaf */
  unsigned char set[EDI_DIGEST_BYTES];
} followed;

enum { FOLLOWED_MOST = 32 };

struct edict_log {
  edi_store *store;
  const edi_system *system;
  pthread_mutex_t lock; /* of what follows */
  followed engines[FOLLOWED_MOST];
  size_t next; /* where the next one goes: over the oldest */
};

static edict_log *allocate(void) {
  return edi_allocator_default.resize(edi_allocator_default.context, NULL, 0, sizeof(edict_log));
}

static void release(edict_log *log) {
  (void)pthread_mutex_destroy(&log->lock);
  edi_allocator_default.resize(edi_allocator_default.context, log, sizeof *log, 0);
}

static edict_status refuse(edict_diagnostics *diagnostics, edict_status status, const char *why) {
  edi_diagnostics_add(diagnostics, EDI_R0415, EDI_SPAN_NONE, "", "%s", why);
  return status;
}

/* Its number and set stand only once the leaf is on disk: no record names a leaf that is not there. */
static edict_status record_bundles(edict_log *log, const edict_engine *engine, edict_diagnostics *diagnostics) {
  edi_buf payload;
  followed f = {.engine = engine->id};
  edi_buf_init(&payload, NULL, EDI_LIMIT_LOG_RECORD);
  edi_record_bundles(engine, &payload);
  edi_record_set(engine, f.set);
  edict_status status = payload.failed;
  if (status == EDICT_OK)
    status = edi_store_append(log->store, EDI_FRAME_BUNDLE, payload.ptr, payload.len, true, &f.bundles, diagnostics);
  edi_buf_fini(&payload);
  if (status != EDICT_OK) return status;
  (void)pthread_mutex_lock(&log->lock);
  log->engines[log->next] = f;
  log->next = (log->next + 1) % FOLLOWED_MOST;
  (void)pthread_mutex_unlock(&log->lock);
  return EDICT_OK;
}

static bool find_engine(edict_log *log, uint64_t engine, followed *found) {
  bool known = false;
  (void)pthread_mutex_lock(&log->lock);
  for (size_t i = 0; i < FOLLOWED_MOST && !known; i++) {
    known = log->engines[i].engine == engine;
    if (known) *found = log->engines[i];
  }
  (void)pthread_mutex_unlock(&log->lock);
  return known;
}

edict_status edict_log_follow(edict_log *log, const edict_engine *engine, edict_diagnostics *diagnostics) {
  if (!log || !engine) return EDICT_ARGUMENT;
  return record_bundles(log, engine, diagnostics);
}

edict_status edict_log_open(const char *directory, const edict_engine *engine, const edict_log_options *options, edict_log **log,
                            edict_diagnostics *diagnostics) {
  return edi_log_open(&edi_system_posix, directory, engine, options, log, diagnostics);
}

edict_status edi_log_open(const edi_system *system, const char *directory, const edict_engine *engine,
                          const edict_log_options *options, edict_log **log, edict_diagnostics *diagnostics) {
  *log = NULL;
  if (!directory || !engine || !options || options->size != sizeof *options || !options->origin ||
      !options->secret_key || !options->auditor_key)
    return refuse(diagnostics, EDICT_ARGUMENT,
                  "a log needs a directory, an engine, an origin and two keys");
  edict_log *l = allocate();
  if (!l) return EDICT_MEMORY;
  *l = (edict_log){.system = system};
  if (pthread_mutex_init(&l->lock, NULL) != 0) {
    edi_allocator_default.resize(edi_allocator_default.context, l, sizeof *l, 0);
    return EDICT_SYSTEM;
  }
  edi_store_options store = {.origin = edi_str_from(options->origin), .has_auditor = true};
  memcpy(store.secret_key, options->secret_key, sizeof store.secret_key);
  memcpy(store.auditor_key, options->auditor_key, sizeof store.auditor_key);
  edict_status status = edi_store_open(l->system, directory, &store, &l->store, diagnostics);
  sodium_memzero(&store, sizeof store);
  if (status == EDICT_OK) status = record_bundles(l, engine, diagnostics);
  if (status != EDICT_OK) {
    edi_store_abandon(&l->store);
    release(l);
    return status;
  }
  *log = l;
  return EDICT_OK;
}

/* The inputs, sealed; the commitment and the pointer go into the record. */
static edict_status seal(edict_log *log, const edict_decision *decision, edi_record *record,
                         edict_diagnostics *diagnostics) {
  unsigned char random[EDI_RECORD_RANDOM];
  if (log->system->random(log->system->context, random, sizeof random) != 0)
    return refuse(diagnostics, EDICT_SYSTEM, "the system gives no randomness");
  edi_buf inputs;
  edi_buf_init(&inputs, NULL, EDI_SEAL_PAYLOAD_MOST);
  edict_status status = edi_record_inputs(decision, random, &inputs);
  if (status == EDICT_OK) {
    edi_str bytes = {inputs.ptr, inputs.len};
    edi_record_commit(bytes, record->commitment);
    status = edi_seal_put(log->store, edi_date_of(record->now), 0, bytes.ptr, bytes.len,
                          &record->payload, diagnostics);
  } else {
    (void)refuse(diagnostics, status, "the request is too large to be logged");
  }
  if (inputs.ptr) sodium_memzero(inputs.ptr, inputs.cap);
  edi_buf_fini(&inputs);
  sodium_memzero(random, sizeof random);
  return status;
}

static edict_status encode(const edict_decision *decision, edi_record *record, edi_buf *answer,
                           edi_buf *payload, edict_diagnostics *diagnostics) {
  edi_record_answer(decision, answer);
  record->answer = (edi_str){answer->ptr, answer->len};
  edi_record_encode(record, payload);
  edict_status status = answer->failed != EDICT_OK ? answer->failed : payload->failed;
  return status == EDICT_OK ? status
                            : refuse(diagnostics, status, "the answer is too large to be logged");
}

static edict_status may_log(edict_log *log, const edict_decision *decision, followed *engine,
                            edict_diagnostics *diagnostics) {
  if (!decision->session || !decision->plan->dataset)
    return refuse(diagnostics, EDICT_ARGUMENT, "nothing was decided");
  if (decision->session->hypothetical)
    return refuse(diagnostics, EDICT_ARGUMENT, "a hypothetical decision is not logged");
  if (find_engine(log, decision->product->engine->id, engine)) return EDICT_OK;
  return refuse(diagnostics, EDICT_ARGUMENT, "the decision is of an engine that the log does not follow");
}

edict_status edict_log_append(edict_log *log, const edict_decision *decision,
                              edict_diagnostics *diagnostics) {
  if (!log || !decision) return EDICT_ARGUMENT;
  edi_record record;
  followed engine = {0};
  edict_status status = may_log(log, decision, &engine, diagnostics);
  if (status != EDICT_OK) return status;
  edi_record_describe(decision, &record);
  record.bundles = engine.bundles;
  memcpy(record.set, engine.set, sizeof record.set);
  edi_buf answer, payload;
  edi_buf_init(&answer, NULL, EDI_LIMIT_LOG_RECORD);
  edi_buf_init(&payload, NULL, EDI_LIMIT_LOG_RECORD);
  status = seal(log, decision, &record, diagnostics);
  if (status == EDICT_OK) status = encode(decision, &record, &answer, &payload, diagnostics);
  if (status == EDICT_OK)
    status = edi_store_append(log->store, EDI_FRAME_RECORD, payload.ptr, payload.len,
                              record.flags & EDI_RECORD_PERMIT, NULL, diagnostics);
  else edi_store_drop(log->store, 1); /* what append refuses, it counts itself */
  edi_buf_fini(&answer);
  edi_buf_fini(&payload);
  return status;
}

/* ---- receipts ---- */

/* What the decision says of itself, and what the receipt does. */
static edict_status put_receipt(edict_log *log, const edict_decision *decision, const followed *engine, const edict_receipt *receipt,
                                edict_diagnostics *diagnostics) {
  edi_record said;
  edi_buf columns, payload;
  edi_record_describe(decision, &said);
  edi_receipt_leaf leaf = {.number = receipt->number, .now = said.now, .rows_in = receipt->rows_in, .rows_out = receipt->rows_out,
                           .product = said.product, .dataset = said.dataset, .action = said.action, .column_count = (uint32_t)receipt->column_count};
  memcpy(leaf.set, engine->set, sizeof leaf.set);
  memcpy(leaf.plan, receipt->plan, sizeof leaf.plan);
  edi_buf_init(&columns, NULL, EDI_LIMIT_LOG_RECORD);
  edi_buf_init(&payload, NULL, EDI_LIMIT_LOG_RECORD);
  bool known = edi_receipt_leaf_columns(receipt, &columns);
  leaf.columns = (const unsigned char *)columns.ptr;
  if (known && columns.failed == EDICT_OK) edi_receipt_leaf_encode(&leaf, &payload);
  edict_status status = columns.failed != EDICT_OK ? columns.failed : payload.failed;
  if (!known) status = refuse(diagnostics, EDICT_ARGUMENT, "no receipt that a decision gave");
  else if (status != EDICT_OK) status = refuse(diagnostics, status, "the receipt is too large to be logged");
  else status = edi_store_append(log->store, EDI_FRAME_RECEIPT, payload.ptr, payload.len, false, NULL, diagnostics);
  edi_buf_fini(&columns);
  edi_buf_fini(&payload);
  return status;
}

edict_status edict_log_receipt(edict_log *log, const edict_decision *decision, const edict_receipt *receipt, edict_diagnostics *diagnostics) {
  followed engine = {0};
  unsigned char print[32];
  if (!log || !decision || !receipt || receipt->size != sizeof *receipt || (receipt->column_count && !receipt->columns)) return EDICT_ARGUMENT;
  edict_status status = may_log(log, decision, &engine, diagnostics);
  if (status != EDICT_OK) return status;
  edi_decision_print(decision, print);
  if (memcmp(print, receipt->plan, sizeof print) != 0 || receipt->number == 0 || receipt->rows_out > receipt->rows_in ||
      receipt->column_count > EDI_LIMIT_COLUMNS)
    return refuse(diagnostics, EDICT_ARGUMENT, "the receipt is of another decision");
  return put_receipt(log, decision, &engine, receipt, diagnostics);
}

/* ---- refusals ---- */

/* The newest error; its message cut where a character ends. */
static void tell_why(const edict_diagnostics *why, edi_refusal *r) {
  size_t at = why ? edict_diagnostics_count(why) : 0;
  while (at > 0 && edi_code_severity(edi_diagnostics_code_at(why, at - 1)) != EDICT_SEVERITY_ERROR) at--;
  if (at == 0) return;
  r->code = edi_str_from(edict_diagnostics_code(why, at - 1));
  r->message = edi_str_from(edict_diagnostics_message(why, at - 1));
  if (r->message.len <= EDI_REFUSAL_MESSAGE_MOST) return;
  r->message.len = EDI_REFUSAL_MESSAGE_MOST;
  while (!edi_utf8_valid(r->message)) r->message.len--;
}

edict_status edict_log_refused(edict_log *log, edict_refused what, int64_t now, edict_status status,
                               const edict_diagnostics *why, const edict_bytes *offered, size_t offered_count,
                               edict_diagnostics *diagnostics) {
  bool durable = what != EDICT_REFUSED_TOKEN;
  if (!log || !edi_refusal_is_of(what) || status <= EDICT_OK || status > EDICT_DEFECT) return EDICT_ARGUMENT;
  if (offered_count && (!offered || what == EDICT_REFUSED_KEYS)) return EDICT_ARGUMENT;
  edi_buf digests, payload;
  edi_refusal r = {.what = what, .now = now, .status = status};
  edi_buf_init(&digests, NULL, EDI_LIMIT_LOG_RECORD);
  edi_buf_init(&payload, NULL, EDI_LIMIT_LOG_RECORD);
  for (; r.offered_count < offered_count && r.offered_count < EDI_REFUSAL_OFFERED_MOST; r.offered_count++) {
    unsigned char digest[EDI_DIGEST_BYTES];
    edi_digest(offered[r.offered_count].ptr, offered[r.offered_count].len, digest);
    edi_buf_u64(&digests, offered[r.offered_count].len);
    edi_buf_append(&digests, digest, sizeof digest);
  }
  r.offered = (const unsigned char *)digests.ptr;
  tell_why(why, &r);
  edi_refusal_encode(&r, &payload);
  edict_status appended = digests.failed != EDICT_OK ? digests.failed : payload.failed;
  if (appended == EDICT_OK) appended = edi_store_append(log->store, EDI_FRAME_REFUSAL, payload.ptr, payload.len, durable, NULL, diagnostics);
  edi_buf_fini(&digests);
  edi_buf_fini(&payload);
  return appended;
}

/* ---- sweeps ---- */

static edict_status seal_keys(edict_log *log, edi_str sealed, edi_swept *s, edict_diagnostics *diagnostics) {
  if (sealed.len == 0) return EDICT_OK;
  edi_record_commit(sealed, s->commitment);
  return edi_seal_put(log->store, edi_date_of(s->now), 0, sealed.ptr, sealed.len, &s->payload, diagnostics);
}

edict_status edict_log_swept(edict_log *log, const void *note, size_t length, edict_diagnostics *diagnostics) {
  edi_swept s;
  edi_str sealed;
  edi_buf payload;
  if (!log || !note) return EDICT_ARGUMENT;
  if (!edi_swept_note_decode((edi_str){note, length}, &s, &sealed))
    return refuse(diagnostics, EDICT_FORMAT, "what should be logged is no note of a sweep");
  edict_status status = seal_keys(log, sealed, &s, diagnostics);
  edi_buf_init(&payload, NULL, EDI_LIMIT_LOG_RECORD);
  if (status == EDICT_OK) {
    edi_swept_encode(&s, &payload);
    status = payload.failed;
  }
  if (status == EDICT_OK) status = edi_store_append(log->store, EDI_FRAME_SWEEP, payload.ptr, payload.len, true, NULL, diagnostics);
  else edi_store_drop(log->store, 1);
  edi_buf_fini(&payload);
  return status;
}

typedef struct sought { const edi_swept *step; bool found; } sought;

static bool look_for(void *user, const edi_log_leaf *leaf) {
  sought *k = user;
  edi_swept s;
  if (leaf->type != EDI_FRAME_SWEEP || !edi_swept_decode((edi_str){(const char *)leaf->payload, leaf->length}, &s)) return true;
  k->found = s.step == k->step->step && s.number == k->step->number && memcmp(s.id, k->step->id, sizeof s.id) == 0;
  return !k->found;
}

edict_status edict_log_has_swept(const char *directory, const void *note, size_t length, int *found,
                                 edict_diagnostics *diagnostics) {
  edi_swept s;
  edi_str sealed;
  edi_log_summary summary;
  if (!directory || !note || !found) return EDICT_ARGUMENT;
  *found = 0;
  if (!edi_swept_note_decode((edi_str){note, length}, &s, &sealed))
    return refuse(diagnostics, EDICT_FORMAT, "what should be looked for is no note of a sweep");
  sought k = {.step = &s};
  edi_log_visitor visitor = {.user = &k, .leaf = look_for};
  edict_status status = edi_log_read(&edi_system_posix, directory, &visitor, &summary, diagnostics);
  *found = k.found;
  return status;
}

edict_status edict_log_close(edict_log **log, edict_diagnostics *diagnostics) {
  if (!log || !*log) return EDICT_OK;
  edict_log *l = *log;
  edict_status status = edi_store_close(&l->store, diagnostics);
  release(l);
  *log = NULL;
  return status;
}

edict_status edict_auditor_keys(const unsigned char seed[32], unsigned char public_key[32],
                                unsigned char secret_key[32]) {
  if (sodium_init() < 0 || crypto_box_seed_keypair(public_key, secret_key, seed) != 0)
    return EDICT_SYSTEM;
  return EDICT_OK;
}

/* ---- verification ---- */

static bool count_leaf(void *user, const edi_log_leaf *leaf) {
  edict_log_report *report = user;
  edi_record record;
  edi_swept step;
  if (leaf->type == EDI_FRAME_REFUSAL) report->refusals++;
  if (leaf->type == EDI_FRAME_RECEIPT) report->receipts++;
  if (leaf->type == EDI_FRAME_SWEEP && edi_swept_decode((edi_str){(const char *)leaf->payload, leaf->length}, &step)) {
    report->sweeps += step.step == EDICT_SWEPT_BEGUN;
    report->erased += step.step == EDICT_SWEPT_BATCH ? step.erased : 0;
  }
  if (leaf->type != EDI_FRAME_RECORD) return true;
  report->records++;
  if (!edi_record_decode((edi_str){(const char *)leaf->payload, leaf->length}, &record))
    return true; /* replay names it */
  if (record.flags & EDI_RECORD_PERMIT) report->permits++;
  else report->denials++;
  return true;
}

edict_status edict_log_verify(const char *directory, const char *verifier_key,
                              edict_log_report *report, edict_diagnostics *diagnostics) {
  if (!directory || !report) return EDICT_ARGUMENT;
  *report = (edict_log_report){0};
  edi_note_key key;
  if (verifier_key && !edi_note_key_parse(edi_str_from(verifier_key), &key)) {
    edi_diagnostics_add(diagnostics, EDI_R0490, EDI_SPAN_NONE, "",
                        "the verifier key is not of the form name+hash+key");
    return EDICT_ARGUMENT;
  }
  /* Without a key from outside the folder's own is believed: that proves wholeness, not origin. */
  edi_log_verify_options options = {
      .keys = &key, .key_count = verifier_key ? 1 : 0, .own_key = !verifier_key};
  edi_log_visitor visitor = {.user = report, .leaf = count_leaf};
  edi_log_verdict verdict = {0};
  edict_status status =
      edi_log_verify(&edi_system_posix, directory, &options, &visitor, &verdict, diagnostics);
  report->leaves = verdict.log.size;
  report->closed = verdict.log.closed;
  report->torn_bytes = verdict.log.torn;
  report->damaged = verdict.log.damages;
  return status;
}
