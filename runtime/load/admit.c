/* Admit: see the header.
 *
 * A state is a host's memory, and not what it believes: roots in it count by their signatures, from the one that
 * the host hands over on. Whoever changes the file can make the host forget, no more. */
#include "load/admit.h"

#include "base/calendar.h"

static const int64_t second = 1000000;

static edict_status fail(edict_diagnostics *d, edict_status status, edi_code code, const char *what) {
  edi_diagnostics_add(d, code, EDI_SPAN_NONE, "", "%s", what);
  return status;
}

/* ---- time ---- */

static int64_t whole_seconds(int64_t time) { return time < 0 ? 0 : time - time % second; }

static edict_status check_time(const edi_state *seen, int64_t now, edict_diagnostics *d) {
  if (seen->time == EDI_STATE_NEVER || now >= seen->time - EDI_TIME_LEEWAY) return EDICT_OK;
  edi_buf newest;
  edi_buf_init(&newest, NULL, 64);
  edi_timestamp_format(&newest, seen->time);
  edi_finding *f = edi_diagnostics_add(d, EDI_R0246, EDI_SPAN_NONE, "", "the time is before %.*s, which was seen already",
                                       (int)newest.len, newest.ptr ? newest.ptr : "");
  edi_finding_why(f, "a clock that was set back would bring back what has expired");
  edi_buf_fini(&newest);
  return EDICT_EXPIRED;
}

static int64_t next_time(const edi_state *seen, int64_t now) {
  int64_t time = whole_seconds(now);
  return time > seen->time ? time : seen->time;
}

/* ---- roots ---- */

/* Those of the state, then those that the load brings. */
static edi_str *all_documents(edi_arena *arena, const edict_load *load, const edi_state *seen) {
  edi_str *documents = EDI_NEW_ARRAY(arena, edi_str, seen->document_count + load->root_count);
  for (size_t i = 0; documents && i < seen->document_count; i++) documents[i] = seen->documents[i];
  for (size_t i = 0; documents && i < load->root_count; i++)
    documents[seen->document_count + i] = (edi_str){load->roots[i].ptr, load->roots[i].len};
  return documents;
}

static edict_status check_root(const edi_root *root, const edi_state *seen, edict_diagnostics *d) {
  if (!seen->has_root || root->version > seen->root_version) return EDICT_OK;
  if (root->version == seen->root_version)
    return memcmp(root->digest, seen->root_digest, sizeof root->digest) == 0
               ? EDICT_OK
               : fail(d, EDICT_UNTRUSTED, EDI_R0225, "root document: another one of this version was trusted");
  edi_diagnostics_add(d, EDI_R0228, EDI_SPAN_NONE, "", "root document: version %llu is older than the version %llu that was trusted",
                      (unsigned long long)root->version, (unsigned long long)seen->root_version);
  return EDICT_VERSION;
}

static edict_status advance(edi_arena *arena, const edict_load *load, const edi_state *seen, edict_engine_options *options,
                            edi_state *next, edict_diagnostics *d) {
  edi_root *root = EDI_NEW(arena, edi_root);
  edi_str *documents = all_documents(arena, load, seen), *chain = NULL;
  size_t steps = 0;
  if (!root || !documents) return edi_arena_status(arena);
  edi_str anchor = {load->options->trust, load->options->trust_length};
  edict_status status =
      edi_root_advance(arena, anchor, documents, seen->document_count + load->root_count, root, &chain, &steps, d);
  if (status == EDICT_OK) status = check_root(root, seen, d);
  if (status == EDICT_OK) status = edi_root_check_time(root, load->options->now, d);
  if (status == EDICT_OK && steps > EDI_LIMIT_STATE_ROOTS)
    status = fail(d, EDICT_LIMIT, EDI_R0224, "root document: too many have followed the one that is handed over: hand over a newer one");
  if (status != EDICT_OK) return status;
  options->trust = root->bytes.ptr;
  options->trust_length = root->bytes.len;
  next->has_root = true;
  next->root_version = root->version;
  memcpy(next->root_digest, root->digest, sizeof next->root_digest);
  next->documents = chain;
  next->document_count = steps;
  return EDICT_OK;
}

edict_status edi_admit_trust(edi_arena *arena, const edict_load *load, const edi_state *seen, edict_engine_options *options,
                             edi_state *next, edict_diagnostics *diagnostics) {
  edi_str trust = {load->options->trust, load->options->trust_length};
  edict_status status = check_time(seen, load->options->now, diagnostics);
  *options = *load->options;
  *next = *seen;
  if (status != EDICT_OK) return status;
  next->time = next_time(seen, load->options->now);
  if (trust.ptr && edi_root_is(trust)) return advance(arena, load, seen, options, next, diagnostics);
  if (seen->has_root)
    return fail(diagnostics, EDICT_VERSION, EDI_R0228, "a root document was trusted, and a trust store is given in its place");
  return EDICT_OK;
}

/* ---- keyrings ---- */

edict_status edi_admit_keyring(edi_arena *arena, const edict_engine *engine, edi_state *next, edict_diagnostics *diagnostics) {
  const unsigned char *federation = edi_keyring_federation(engine->keyring);
  if (!federation) return EDICT_OK;
  uint64_t version = edi_keyring_version(engine->keyring), least = edi_state_keyring(next, federation);
  if (version < least) {
    edi_finding *f = edi_diagnostics_add(diagnostics, EDI_R0530, EDI_SPAN_NONE, "", "the keyring is of version %llu, and version %llu was in force",
                                         (unsigned long long)version, (unsigned long long)least);
    edi_finding_why(f, "an older copy would bring back keys that were destroyed since");
    return EDICT_VERSION;
  }
  edict_status status = edi_state_raise_keyring(arena, next, federation, version);
  return status == EDICT_LIMIT ? fail(diagnostics, status, EDI_R0240, "state file: it would hold too many keyrings") : status;
}

/* ---- bundles ---- */

edict_status edi_admit_bundles(edi_arena *arena, const edict_engine *engine, edi_state *next, edict_diagnostics *diagnostics) {
  edict_status status = edi_state_reserve(arena, next, engine->loaded_count);
  for (size_t i = 0; i < engine->loaded_count && status == EDICT_OK; i++) {
    const edi_bundle *bundle = &engine->loaded[i].bundle;
    edi_str key = edi_state_key(arena, &bundle->manifest);
    if (!key.ptr) return EDICT_MEMORY;
    status = edi_state_admits(next, key, bundle, diagnostics);
    if (status == EDICT_OK && !edi_state_raise(next, key, bundle))
      status = fail(diagnostics, EDICT_LIMIT, EDI_R0240, "state file: it would hold too many bundles");
  }
  return status;
}
