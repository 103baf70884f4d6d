/* Trust, shown: root documents, drafts, trust stores and state files as texts for people. */
#include "edict/ceremony.h"

#include "base/calendar.h"
#include "bundle/root.h"
#include "bundle/state.h"

#define ARENA_SHOWN ((size_t)1 << 28)

static void put_digest(edi_buf *out, const char *word, const unsigned char digest[EDI_DIGEST_BYTES]) {
  edi_buf_format(out, "%s blake2b:", word);
  edi_hex_append(out, digest, EDI_DIGEST_BYTES);
  edi_buf_char(out, '\n');
}

static void put_time(edi_buf *out, const char *word, int64_t time, const char *more) {
  edi_buf_format(out, "%s ", word);
  edi_timestamp_format(out, time);
  edi_buf_format(out, "%s\n", more);
}

/* ---- roles ---- */

static bool signed_by(const edi_signers *signers, const edi_trusted_key *key) {
  for (size_t i = 0; i < signers->count; i++)
    if ((signers->verified >> i & 1) && memcmp(signers->keys[i].public_key, key->public_key, sizeof key->public_key) == 0) return true;
  return false;
}

static void put_role(edi_buf *out, const edi_trust *trust, uint32_t number, const edi_signers *signers) {
  const edi_trust_role *role = &trust->roles[number];
  edi_buf_char(out, '\n');
  edi_trust_role_print(role, out);
  if (role->role == EDI_ROLE_LOG) edi_buf_text(out, ": each key for itself\n");
  else if (role->threshold == 0) edi_buf_format(out, ": %u keys, and no threshold yet\n", role->keys);
  else edi_buf_format(out, ": %u of %u have to sign\n", role->threshold, role->keys);
  for (size_t i = 0; i < trust->count; i++) {
    const edi_trusted_key *key = &trust->keys[i];
    if (key->role != number) continue;
    edi_buf_text(out, "  ");
    if (!edi_note_key_format(out, key->name, key->public_key) && out->failed == EDICT_OK) out->failed = EDICT_MEMORY;
    edi_buf_text(out, signers && signed_by(signers, key) ? "  signed\n" : "\n");
  }
}

static void put_roles(edi_buf *out, const edi_trust *trust, const edi_signers *signers) {
  for (uint32_t i = 0; i < trust->role_count; i++)
    if (trust->roles[i].role == EDI_ROLE_ROOT) put_role(out, trust, i, signers);
  for (uint32_t i = 0; i < trust->role_count; i++)
    if (trust->roles[i].role != EDI_ROLE_ROOT) put_role(out, trust, i, signers);
}

/* ---- what a root lacks ---- */

static void put_lacks(edi_buf *out, const edi_root *root, const edi_signers *signers) {
  bool complete = root->role != UINT32_MAX;
  if (!complete) edi_buf_text(out, "\nlacks: keys of the role `root`\n");
  for (size_t i = 0; i < root->trust.role_count; i++) {
    const edi_trust_role *role = &root->trust.roles[i];
    if (role->role == EDI_ROLE_LOG || (role->threshold && role->threshold <= role->keys)) continue;
    edi_buf_text(out, complete ? "\nlacks: " : "lacks: ");
    complete = false;
    edi_buf_text(out, role->threshold ? "keys for the threshold of `" : "a threshold of `");
    edi_trust_role_print(role, out);
    edi_buf_text(out, "`\n");
  }
  if (!complete) return;
  unsigned count = edi_signers_count(signers, root->role), least = root->trust.roles[root->role].threshold;
  edi_buf_format(out, "\nsigned by %u of the %u root keys that it asks for%s\n", count, least,
                 root->version > 1 ? "; those of the version before have to sign too" : "");
}

static edict_status show_root(edi_arena *arena, edi_str text, int64_t now, edi_buf *out, edict_diagnostics *d) {
  edi_root root;
  edi_signers signers;
  const char *why = "";
  edict_status status = edi_root_parse_draft(arena, text, &root, d);
  if (status != EDICT_OK) return status;
  status = edi_signers_find(&root.note, &root.trust, &signers, &why);
  if (status == EDICT_UNTRUSTED && signers.known) {
    edi_diagnostics_add(d, EDI_R0221, EDI_SPAN_NONE, "", "root document: %s", why);
    return status;
  }
  if (status != EDICT_OK && status != EDICT_UNTRUSTED) return status;
  edi_buf_format(out, "root document of %.*s, version %llu%s\n", EDI_STR_ARG(root.name), (unsigned long long)root.version,
                 root.note.signature_count ? "" : ", a draft");
  put_digest(out, "digest", root.digest);
  if (root.has_prev) put_digest(out, "prev", root.prev);
  put_time(out, "expires", root.expires, now >= root.expires ? ": it has expired" : "");
  put_roles(out, &root.trust, &signers);
  put_lacks(out, &root, &signers);
  return EDICT_OK;
}

static edict_status show_store(edi_arena *arena, edi_str text, edi_buf *out, edict_diagnostics *d) {
  edi_trust trust;
  edict_status status = edi_trust_parse(arena, text, &trust, d);
  if (status != EDICT_OK) return status;
  edi_buf_text(out, "trust store\n");
  put_roles(out, &trust, NULL);
  return EDICT_OK;
}

static edict_status show_state(edi_arena *arena, edi_str text, edi_buf *out, edict_diagnostics *d) {
  edi_state state;
  edict_status status = edi_state_parse(arena, text, &state, d);
  if (status != EDICT_OK) return status;
  put_time(out, "state: seen until", state.time, "");
  if (state.has_root) {
    edi_buf_format(out, "root version %llu, %zu after the one handed over\n", (unsigned long long)state.root_version, state.document_count);
    put_digest(out, "  digest", state.root_digest);
  }
  for (size_t i = 0; i < state.keyring_count; i++) {
    edi_buf_format(out, "keyring version %llu\n", (unsigned long long)state.keyrings[i].version);
    put_digest(out, "  of a federation whose name has the digest", state.keyrings[i].federation);
  }
  for (size_t i = 0; i < state.floor_count; i++) {
    edi_buf_format(out, "%.*s version %llu\n", EDI_STR_ARG(state.floors[i].key), (unsigned long long)state.floors[i].version);
    put_digest(out, "  digest", state.floors[i].digest);
  }
  return EDICT_OK;
}

edict_status edict_trust_show(const char *text, size_t length, int64_t now, char **shown, size_t *shown_length,
                              edict_diagnostics *diagnostics) {
  edi_arena arena;
  edi_buf out;
  edi_str bytes = {text, length};
  *shown = NULL;
  *shown_length = 0;
  edi_arena_init(&arena, NULL, ARENA_SHOWN);
  edi_buf_init(&out, NULL, ARENA_SHOWN);
  edict_status status;
  if (edi_root_is(bytes)) status = show_root(&arena, bytes, now, &out, diagnostics);
  else if (edi_state_is(bytes)) status = show_state(&arena, bytes, &out, diagnostics);
  else status = show_store(&arena, bytes, &out, diagnostics);
  size_t written = out.len;
  edi_buf_char(&out, '\0');
  if (status == EDICT_OK) status = edi_buf_give(&out, shown);
  else edi_buf_fini(&out);
  if (status == EDICT_OK) *shown_length = written;
  edi_arena_fini(&arena);
  return status;
}
