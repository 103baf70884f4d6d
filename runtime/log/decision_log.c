/* Decision log: decisions as records, behind the C API.
 *
 * A permit is on disk before edict_log_append returns OK; a denial is buffered. What is logged is what
 * the decision object holds: its answer, and the request as it was given. */
#include "log/record.h"

#include <sodium.h>

#include "log/verify.h"

struct edict_log {
  edi_store *store;
  const edict_engine *engine;
  const edi_system *system;
  uint64_t bundles;             /* index of our BUNDLE leaf */
  unsigned char set[EDI_DIGEST_BYTES];
  edi_allocator allocator;
};

static edict_status record_bundles(edict_log *log, edict_diagnostics *diagnostics) {
  edi_buf payload;
  edi_buf_init(&payload, NULL, EDI_LIMIT_LOG_RECORD);
  edi_record_bundles(log->engine, &payload);
  edi_record_set(log->engine, log->set);
  edict_status status = payload.failed;
  if (status == EDICT_OK)
    status = edi_store_append(log->store, EDI_FRAME_BUNDLE, payload.ptr, payload.len, true, &log->bundles, diagnostics);
  edi_buf_fini(&payload);
  return status;
}

edict_status edict_log_open(const char *directory, const edict_engine *engine, const edict_log_options *options,
                            edict_log **log, edict_diagnostics *diagnostics) {
  *log = NULL;
  if (!directory || !engine || !options || options->size != sizeof *options || !options->origin ||
      !options->secret_key || !options->auditor_key)
    return EDICT_ARGUMENT;
  edict_log *l = edi_allocator_default.resize(edi_allocator_default.context, NULL, 0, sizeof *l);
  if (!l) return EDICT_MEMORY;
  *l = (edict_log){.engine = edi_engine_keep(engine), .system = &edi_system_posix};
  edi_store_options store = {.origin = edi_str_from(options->origin), .has_auditor = true};
  memcpy(store.secret_key, options->secret_key, sizeof store.secret_key);
  memcpy(store.auditor_key, options->auditor_key, sizeof store.auditor_key);
  edict_status status = edi_store_open(l->system, directory, &store, &l->store, diagnostics);
  sodium_memzero(&store, sizeof store);
  if (status == EDICT_OK) status = record_bundles(l, diagnostics);
  if (status != EDICT_OK) {
    edi_store_abandon(&l->store);
    edi_engine_leave(l->engine);
    edi_allocator_default.resize(edi_allocator_default.context, l, sizeof *l, 0);
    return status;
  }
  *log = l;
  return EDICT_OK;
}

/* The inputs, sealed; the commitment and the pointer go into the record. */
static edict_status seal(edict_log *log, const edict_decision *decision, edi_record *record, edict_diagnostics *diagnostics) {
  unsigned char random[EDI_RECORD_RANDOM];
  if (log->system->random(log->system->context, random, sizeof random) != 0) return EDICT_SYSTEM;
  edi_buf inputs;
  edi_buf_init(&inputs, NULL, EDI_SEAL_PAYLOAD_MOST);
  edict_status status = edi_record_inputs(decision, random, &inputs);
  if (status == EDICT_OK) {
    edi_str bytes = {inputs.ptr, inputs.len};
    edi_record_commit(bytes, record->commitment);
    status = edi_seal_put(log->store, edi_date_of(record->now), 0, bytes.ptr, bytes.len, &record->payload, diagnostics);
  }
  if (inputs.ptr) sodium_memzero(inputs.ptr, inputs.len);
  edi_buf_fini(&inputs);
  return status;
}

static edi_str node_name(const edi_plan *plan, edi_value v) {
  const edi_program *p = plan->vocabulary->program;
  return v.base ? edi_program_string(p, p->nodes[v.as.integer].name) : (edi_str){0};
}

static edi_record describe(const edict_log *log, const edict_decision *decision) {
  const edi_plan *plan = &decision->plan;
  const edi_vocabulary *v = plan->vocabulary;
  edi_record r = {.version = EDI_RECORD_VERSION,
                  .semantics = EDI_SEMANTICS,
                  .flags = (plan->effect == EDICT_PERMIT ? EDI_RECORD_PERMIT : 0) |
                           (log->engine->development ? EDI_RECORD_DEVELOPMENT : 0),
                  .now = plan->now,
                  .bundles = log->bundles,
                  .product = decision->product->bound.name,
                  .dataset = plan->dataset->name,
                  .action = node_name(plan, plan->context[v->slot_action]),
                  .purpose = node_name(plan, plan->context[v->slot_purpose])};
  memcpy(r.set, log->set, sizeof r.set);
  return r;
}

edict_status edict_log_append(edict_log *log, const edict_decision *decision, edict_diagnostics *diagnostics) {
  if (!log || !decision || !decision->session || !decision->plan.dataset) return EDICT_ARGUMENT;
  if (decision->session->hypothetical || decision->product->engine != log->engine) return EDICT_ARGUMENT;
  edi_record record = describe(log, decision);
  edict_status status = seal(log, decision, &record, diagnostics);
  edi_buf answer, payload;
  edi_buf_init(&answer, NULL, EDI_LIMIT_LOG_RECORD);
  edi_buf_init(&payload, NULL, EDI_LIMIT_LOG_RECORD);
  if (status == EDICT_OK) {
    edi_record_answer(decision, &answer);
    record.answer = (edi_str){answer.ptr, answer.len};
    edi_record_encode(&record, &payload);
    status = answer.failed != EDICT_OK ? answer.failed : payload.failed;
  }
  if (status == EDICT_OK)
    status = edi_store_append(log->store, EDI_FRAME_RECORD, payload.ptr, payload.len,
                              decision->plan.effect == EDICT_PERMIT, NULL, diagnostics);
  else edi_store_drop(log->store, 1);
  edi_buf_fini(&answer);
  edi_buf_fini(&payload);
  return status;
}

edict_status edict_log_close(edict_log **log, edict_diagnostics *diagnostics) {
  if (!log || !*log) return EDICT_OK;
  edict_log *l = *log;
  edict_status status = edi_store_close(&l->store, diagnostics);
  edi_engine_leave(l->engine);
  edi_allocator_default.resize(edi_allocator_default.context, l, sizeof *l, 0);
  *log = NULL;
  return status;
}

edict_status edict_auditor_keys(const unsigned char seed[32], unsigned char public_key[32], unsigned char secret_key[32]) {
  if (sodium_init() < 0 || crypto_box_seed_keypair(public_key, secret_key, seed) != 0) return EDICT_SYSTEM;
  return EDICT_OK;
}

/* ---- verification ---- */

static bool count_leaf(void *user, const edi_log_leaf *leaf) {
  edict_log_report *report = user;
  edi_record record;
  if (leaf->type != EDI_FRAME_RECORD) return true;
  report->records++;
  if (!edi_record_decode((edi_str){(const char *)leaf->payload, leaf->length}, &record)) return true; /* replay names it */
  if (record.flags & EDI_RECORD_PERMIT) report->permits++;
  else report->denials++;
  return true;
}

/* Without a key from outside, the directory's own is believed: that proves wholeness, not origin. */
static bool own_key(const char *directory, edi_arena *arena, edi_note_key *key) {
  edi_buf path, bytes;
  edi_note note;
  const char *why;
  int error;
  edi_buf_init(&path, NULL, EDI_STORE_PATH_MOST + 16);
  edi_buf_init(&bytes, NULL, 65536);
  edi_buf_text(&path, directory);
  edi_buf_text(&path, "/ident");
  edi_buf_char(&path, '\0');
  bool ok = path.failed == EDICT_OK &&
            edi_system_read_file(&edi_system_posix, path.ptr, 65536, &bytes, &error) == EDICT_OK &&
            edi_note_split((edi_str){bytes.ptr, bytes.len}, &note, &why) == EDICT_OK;
  bool found = false;
  for (size_t at = 0; ok && at < note.text.len && !found;) {
    const char *end = memchr(note.text.ptr + at, '\n', note.text.len - at);
    edi_str line = {note.text.ptr + at, end ? (size_t)(end - note.text.ptr) - at : note.text.len - at};
    char *copy = edi_arena_copy(arena, line.ptr, line.len);
    found = copy && edi_note_key_parse((edi_str){copy, line.len}, key);
    at += line.len + 1;
  }
  edi_buf_fini(&path);
  edi_buf_fini(&bytes);
  return found;
}

edict_status edict_log_verify(const char *directory, const char *verifier_key, edict_log_report *report,
                              edict_diagnostics *diagnostics) {
  *report = (edict_log_report){0};
  edi_arena arena;
  edi_arena_init(&arena, NULL, (size_t)1 << 20);
  edi_note_key key;
  bool known = verifier_key ? edi_note_key_parse(edi_str_from(verifier_key), &key) : own_key(directory, &arena, &key);
  if (!known) {
    edi_diagnostics_add(diagnostics, EDI_R0490, EDI_SPAN_NONE, "",
                        verifier_key ? "the verifier key is not of the form name+hash+key"
                                     : "`ident` holds no key by which the log could be verified");
    edi_arena_fini(&arena);
    return verifier_key ? EDICT_ARGUMENT : EDICT_FORMAT;
  }
  edi_log_verify_options options = {.keys = &key, .key_count = 1};
  edi_log_visitor visitor = {.user = report, .leaf = count_leaf};
  edi_log_verdict verdict = {0};
  edict_status status = edi_log_verify(&edi_system_posix, directory, &options, &visitor, &verdict, diagnostics);
  report->leaves = verdict.log.size;
  report->closed = verdict.log.closed;
  report->torn_bytes = verdict.log.torn;
  report->damaged = verdict.log.damages;
  edi_arena_fini(&arena);
  return status;
}
