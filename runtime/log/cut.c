/* Cut: the torn end of a segment is kept in a file of its own, then cut, then told in the log.
 *
 * In: the segment, the offset of its last commit, the bytes after it. Out:
 * cut-<segment>-<offset>-<n>.edt and RECOVERY leaves. A crash anywhere in between is made good by
 * the next opening: the same bytes are not kept twice, and files at the segment's end that no leaf
 * tells of yet are told of. */
#include "log/storeparts.h"

enum { CHUNK = 64 * 1024, ORDINALS = 100 };

static edict_status fail(const edi_store *store, edict_diagnostics *diagnostics, const char *what,
                         int error) {
  return edi_store_report_call(store, diagnostics, "the cut end", what, error);
}

static edi_layout_name cut_name(const edi_store *store, uint32_t ordinal) {
  return (edi_layout_name){.kind = EDI_LAYOUT_CUT,
                           .number = store->first_index,
                           .offset = store->offset,
                           .ordinal = ordinal};
}

static bool is_ours(const edi_store *store, edi_layout_name name) {
  return name.kind == EDI_LAYOUT_CUT && name.number == store->first_index &&
         name.offset == store->offset;
}

static bool cut_path(const edi_store *store, edi_layout_name name, char *path) {
  char text[EDI_LAYOUT_NAME_MOST];
  edi_layout_format(name, text);
  return edi_layout_path(store->directory, text, path);
}

/* Goes through the segment's last `length` bytes: hashes them and writes them to `into`, if
 * given. */
static int copy_end(edi_store *store, uint64_t length, const edi_file *into, uint8_t digest[32]) {
  const edi_system *system = store->system;
  crypto_generichash_state state;
  int error = 0;
  (void)crypto_generichash_init(&state, NULL, 0, 32);
  for (uint64_t at = 0; error == 0 && at < length;) {
    size_t wanted = length - at < CHUNK ? (size_t)(length - at) : CHUNK, got = 0;
    error = system->read(system->context, store->segment, store->offset + at, store->check, wanted,
                         &got);
    if (error == 0 && got == 0) break; /* shorter than it was a moment ago: the digest tells */
    if (error == 0 && into) error = system->write(system->context, *into, at, store->check, got);
    (void)crypto_generichash_update(&state, store->check, got);
    at += got;
  }
  (void)crypto_generichash_final(&state, digest, 32);
  return error;
}

/* Whether an earlier opening kept these bytes already; *ordinal is the first that is free. */
static edict_status look_for_kept(edi_store *store, const edi_layout_list *list, uint64_t length,
                                  const uint8_t digest[32], bool *kept, uint32_t *ordinal,
                                  edict_diagnostics *diagnostics) {
  *kept = false;
  *ordinal = 0;
  for (size_t i = 0; i < list->count && !*kept; i++) {
    char path[EDI_LAYOUT_PATH_MOST];
    uint64_t found_length = 0;
    uint8_t found[32];
    int error = 0;
    if (!is_ours(store, list->names[i])) continue;
    *ordinal = list->names[i].ordinal + 1;
    if (!cut_path(store, list->names[i], path)) return EDICT_DEFECT;
    if (edi_layout_digest(store->system, path, &found_length, found, &error) != EDICT_OK)
      return fail(store, diagnostics, "reading what was kept failed", error);
    *kept = found_length == length && memcmp(found, digest, sizeof found) == 0;
  }
  return EDICT_OK;
}

/* Written aside, synced, renamed, directory synced: there is never half of it under its name. */
static edict_status keep(edi_store *store, uint64_t length, uint32_t ordinal,
                         edict_diagnostics *diagnostics) {
  const edi_system *system = store->system;
  char path[EDI_LAYOUT_PATH_MOST], aside[EDI_LAYOUT_PATH_MOST];
  edi_layout_name name = cut_name(store, ordinal), temporary = name;
  temporary.kind = EDI_LAYOUT_TEMPORARY;
  temporary.base = EDI_LAYOUT_CUT;
  edi_file file;
  uint8_t digest[32];
  if (!cut_path(store, name, path) || !cut_path(store, temporary, aside)) return EDICT_DEFECT;
  int error = system->open(system->context, aside,
                           EDI_OPEN_WRITE | EDI_OPEN_CREATE | EDI_OPEN_TRUNCATE, &file);
  if (error != 0) return fail(store, diagnostics, "making a file for it failed", error);
  error = copy_end(store, length, &file, digest);
  if (error == 0) error = system->sync(system->context, file);
  int closing = system->close(system->context, file);
  if (error == 0) error = closing;
  if (error == 0) error = system->rename(system->context, aside, path);
  if (error == 0) error = system->sync_dir(system->context, store->directory);
  return error == 0 ? EDICT_OK : fail(store, diagnostics, "keeping it aside failed", error);
}

edict_status edi_store_cut(edi_store *store, const edi_layout_list *list, uint64_t length,
                           edict_diagnostics *diagnostics) {
  const edi_system *system = store->system;
  uint8_t digest[32];
  bool kept = true;
  uint32_t ordinal = 0;
  if (length > 0) {
    int error = copy_end(store, length, NULL, digest);
    if (error != 0) return fail(store, diagnostics, "reading it failed", error);
    edict_status status = look_for_kept(store, list, length, digest, &kept, &ordinal, diagnostics);
    if (status != EDICT_OK) return status;
  }
  if (!kept && ordinal >= ORDINALS)
    return edi_store_report(store, diagnostics, EDICT_LIMIT, EDI_R0410, "",
                            "its end was cut a hundred times", 0);
  edict_status status = kept ? EDICT_OK : keep(store, length, ordinal, diagnostics);
  if (status != EDICT_OK) return status;
  int error = system->truncate(system->context, store->segment, store->offset);
  return error == 0 ? EDICT_OK : fail(store, diagnostics, "cutting it failed", error);
}

static edict_status put_recovery(edi_store *store, edi_leaf_recovery *leaf,
                                 edict_diagnostics *diagnostics) {
  uint8_t bytes[EDI_LEAF_RECOVERY_BYTES];
  leaf->time = edi_store_now(store);
  leaf->segment = store->first_index;
  leaf->offset = store->offset;
  edi_leaf_recovery_encode(leaf, bytes);
  return edi_store_put(store, EDI_FRAME_RECOVERY, bytes, sizeof bytes, NULL, diagnostics);
}

edict_status edi_store_tell_recovery(edi_store *store, edi_arena *arena,
                                     edict_diagnostics *diagnostics) {
  edi_layout_list list;
  int error = 0;
  size_t told = 0;
  edict_status status = edi_layout_read(store->system, store->directory, arena, &list, &error);
  if (status != EDICT_OK)
    return edi_store_report(store, diagnostics, status, EDI_R0402, "", "listing it failed", error);
  for (size_t i = 0; i < list.count && status == EDICT_OK; i++) {
    char path[EDI_LAYOUT_PATH_MOST];
    edi_leaf_recovery leaf = {.ordinal = list.names[i].ordinal};
    if (!is_ours(store, list.names[i])) continue;
    if (!cut_path(store, list.names[i], path)) return EDICT_DEFECT;
    if (edi_layout_digest(store->system, path, &leaf.length, leaf.digest, &error) != EDICT_OK)
      return fail(store, diagnostics, "reading what was kept failed", error);
    status = put_recovery(store, &leaf, diagnostics);
    told++;
  }
  if (told == 0 && status == EDICT_OK) {
    edi_leaf_recovery leaf = {0};
    status = put_recovery(store, &leaf, diagnostics);
  }
  return status;
}
