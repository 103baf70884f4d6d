/* Session: a subject that was verified, or vouched for, or merely supposed. */
#include "enforce/host.h"

static edict_session *fresh(const edict_engine *engine) {
  edi_arena arena;
  edi_arena_init(&arena, NULL, EDI_ARENA_SESSION);
  arena.block = EDI_ARENA_SESSION_BLOCK;
  edict_session *s = edi_arena_lines(&arena, sizeof *s);
  if (!s) {
    edi_arena_fini(&arena);
    return NULL;
  }
  s->arena = arena;
  atomic_init(&s->users, 1);
  s->engine = edi_engine_keep(engine);
  return s;
}

static edict_status settle(edict_session *s, edict_status status, edict_session **session) {
  if (status == EDICT_OK) *session = s;
  else edi_session_leave(s);
  return status;
}

edict_status edict_session_create(const edict_engine *engine, const char *token, size_t length, int64_t now,
                                  edict_session **session, edict_diagnostics *diagnostics) {
  *session = NULL;
  if (!engine) return EDICT_ARGUMENT;
  edict_session *s = fresh(engine);
  if (!s) return EDICT_MEMORY;
  edict_status status = edi_token_verify(engine->issuers, &engine->vocabulary, (edi_str){token, length}, now,
                                         &s->arena, &s->subject, diagnostics);
  atomic_init(&s->key_epoch, s->subject.key_epoch);
  return settle(s, status, session);
}

bool edi_session_stands(const edict_session *session, int64_t now) {
  edict_session *s = (edict_session *)session;
  unsigned long long epoch = atomic_load_explicit(&s->key_epoch, memory_order_relaxed), before = epoch;
  bool stands = edi_issuers_stand(s->engine->issuers, &s->subject, now, &epoch);
  if (epoch != before) atomic_store_explicit(&s->key_epoch, epoch, memory_order_relaxed);
  return stands;
}

edict_status edict_session_create_host(const edict_engine *engine, edict_text id, const edict_attribute *attributes,
                                       size_t count, edict_session **session, edict_diagnostics *diagnostics) {
  *session = NULL;
  if (!engine) return EDICT_ARGUMENT;
  edict_session *s = fresh(engine);
  if (!s) return EDICT_MEMORY;
  return settle(s, edi_subject_vouch(engine->issuers, &engine->vocabulary, (edi_str){id.ptr, id.len}, attributes, count,
                                     &s->arena, &s->subject, diagnostics), session);
}

edict_status edict_session_create_hypothetical(const edict_engine *engine, edict_text issuer, edict_text id,
                                               const edict_attribute *attributes, size_t count,
                                               edict_session **session, edict_diagnostics *diagnostics) {
  *session = NULL;
  if (!engine) return EDICT_ARGUMENT;
  edict_session *s = fresh(engine);
  if (!s) return EDICT_MEMORY;
  s->hypothetical = true;
  return settle(s, edi_subject_suppose(engine->issuers, &engine->vocabulary, (edi_str){issuer.ptr, issuer.len},
                                       (edi_str){id.ptr, id.len}, attributes, count, &s->arena, &s->subject,
                                       diagnostics), session);
}

edict_status edict_session_create_supposed(const edict_engine *engine, const char *token, size_t length, int64_t now,
                                           edict_session **session, edict_diagnostics *diagnostics) {
  edict_status status = edict_session_create(engine, token, length, now, session, diagnostics);
  if (status == EDICT_OK) (*session)->hypothetical = true;
  return status;
}

const edict_session *edi_session_keep(const edict_session *session) {
  atomic_fetch_add(&((edict_session *)session)->users, 1);
  return session;
}

void edi_session_leave(const edict_session *session) {
  edict_session *s = (edict_session *)session;
  if (atomic_fetch_sub(&s->users, 1) != 1) return;
  edi_engine_leave(s->engine);
  edi_arena arena = s->arena;
  edi_arena_fini(&arena);
}

void edict_session_destroy(edict_session **session) {
  if (!session || !*session) return;
  edi_session_leave(*session);
  *session = NULL;
}

edict_text edict_session_issuer(const edict_session *session) {
  const edi_program *p = session->engine->vocabulary.program;
  edi_str name = edi_program_string(p, p->issuers[session->subject.issuer].name);
  return (edict_text){name.ptr, name.len};
}

edict_text edict_session_id(const edict_session *session) {
  return (edict_text){session->subject.id.ptr, session->subject.id.len};
}
