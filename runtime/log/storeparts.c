/* Store parts: reports, paths, time and memory for the files that make the store. */
#include "log/storeparts.h"

#include <stdio.h>

enum { REASON_MOST = 128 };

edict_status edi_store_report(const edi_store *store, edict_diagnostics *diagnostics,
                              edict_status status, edi_code code, const char *name,
                              const char *what, int error) {
  char reason[REASON_MOST] = "";
  if (error != 0 && strerror_r(error, reason, sizeof reason) != 0)
    (void)snprintf(reason, sizeof reason, "error %d", error);
  edi_diagnostics_add(diagnostics, code, EDI_SPAN_NONE, "", "log %s: %s%s%s%s%s", store->directory,
                      name, *name ? ": " : "", what, *reason ? ": " : "", reason);
  return status;
}

edict_status edi_store_report_call(const edi_store *store, edict_diagnostics *diagnostics,
                                   const char *name, const char *what, int error) {
  edict_status status = edi_layout_status(error);
  edi_code code = status == EDICT_LIMIT ? EDI_R0414 : EDI_R0402;
  return edi_store_report(store, diagnostics, status, code, name, what, error);
}

edict_status edi_store_fault(edi_store *store, edict_diagnostics *diagnostics, edict_status status,
                             edi_code code, const char *name, const char *what, int error) {
  store->fault_what = what;
  store->fault_error = error;
  return edi_store_report(store, diagnostics, status, code, name, what, error);
}

edict_status edi_store_fault_call(edi_store *store, edict_diagnostics *diagnostics,
                                  const char *name, const char *what, int error) {
  store->fault_what = what;
  store->fault_error = error;
  return edi_store_report_call(store, diagnostics, name, what, error);
}

edict_status edi_store_report_failed(const edi_store *store, edict_diagnostics *diagnostics) {
  const char *what = store->fault_what ? store->fault_what : "a call failed";
  return edi_store_report(store, diagnostics, EDICT_SYSTEM, EDI_R0412, "failed earlier", what,
                          store->fault_error);
}

edict_status edi_store_enter(const edi_store *store, edict_diagnostics *diagnostics) {
  int64_t process = 0;
  int error = store->system->process(store->system->context, &process);
  if (error != 0)
    return edi_store_report_call(store, diagnostics, "", "the process is not known", error);
  if (process == store->process) return EDICT_OK;
  return edi_store_report(store, diagnostics, EDICT_BUSY, EDI_R0401, "",
                          "opened by another process", 0);
}

int64_t edi_store_now(const edi_store *store) {
  int64_t now = 0;
  return store->system->clock(store->system->context, &now) == 0 ? now : 0;
}

bool edi_store_path(const edi_store *store, edi_layout_kind kind, uint64_t number, char *path) {
  char name[EDI_LAYOUT_NAME_MOST];
  edi_layout_format((edi_layout_name){.kind = kind, .number = number}, name);
  return edi_layout_path(store->directory, name, path);
}

void *edi_store_alloc(const edi_store *store, size_t size) {
  return store->allocator->resize(store->allocator->context, NULL, 0, size);
}

void edi_store_release(const edi_store *store, void *pointer, size_t size) {
  if (pointer) (void)store->allocator->resize(store->allocator->context, pointer, size, 0);
}

size_t edi_store_batch_bytes(const edi_store *store) {
  return store->options.batch_size + edi_frame_size(EDI_LEAF_COMMIT_BYTES);
}
