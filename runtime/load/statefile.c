/* State file: see the header. */
#include "load/statefile.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/calendar.h"

enum { PATH_ROOM = 4096 };

static edict_status report(const edi_statefile *f, edict_status status, const char *what, int error, edict_diagnostics *d) {
  edi_finding *finding = edi_diagnostics_add(d, EDI_R0245, EDI_SPAN_NONE, "", "state file `%s`: %s", f->path, what);
  if (error != 0) edi_finding_note(finding, "%s", strerror(error));
  return status == EDICT_OK ? EDICT_SYSTEM : status;
}

static edict_status lock(edi_statefile *f, edict_diagnostics *d) {
  char path[PATH_ROOM];
  int length = snprintf(path, sizeof path, "%s.lock", f->path);
  if (length < 0 || (size_t)length >= sizeof path) return report(f, EDICT_SYSTEM, "its path is too long", 0, d);
  int error = f->system->open(f->system->context, path, EDI_OPEN_READ | EDI_OPEN_WRITE | EDI_OPEN_CREATE, &f->lock);
  if (error != 0) return report(f, EDICT_SYSTEM, "it cannot be locked", error, d);
  f->locked = true; /* the lock goes with the file's being open */
  error = f->system->lock(f->system->context, f->lock);
  if (error == EWOULDBLOCK) return report(f, EDICT_BUSY, "somebody else loads with it", 0, d);
  return error == 0 ? EDICT_OK : report(f, EDICT_SYSTEM, "it cannot be locked", error, d);
}

static edict_status absent(edi_statefile *f, bool begin, edict_diagnostics *d) {
  f->state.time = EDI_STATE_NEVER;
  if (begin) return EDICT_OK;
  edi_finding *finding = edi_diagnostics_add(d, EDI_R0241, EDI_SPAN_NONE, "", "state file `%s`: it is not there", f->path);
  edi_finding_why(finding, "without it older bundles could be put back");
  edi_finding_fix(finding, false, "begin one if this is the first start");
  return EDICT_NOT_FOUND;
}

edict_status edi_statefile_open(const edi_system *system, const char *path, bool begin, edi_arena *arena,
                                edi_statefile *f, edict_diagnostics *d) {
  int error = 0;
  *f = (edi_statefile){.system = system, .path = path};
  edi_buf_init(&f->bytes, NULL, EDI_LIMIT_STATE_FILE);
  edict_status status = lock(f, d);
  if (status != EDICT_OK) return status;
  status = edi_system_read_file(system, path, EDI_LIMIT_STATE_FILE, &f->bytes, &error);
  if (status == EDICT_NOT_FOUND) return absent(f, begin, d);
  if (status != EDICT_OK) return report(f, status, "it cannot be read", error, d);
  f->there = true;
  return edi_state_parse(arena, (edi_str){f->bytes.ptr, f->bytes.len}, &f->state, d);
}

edict_status edi_statefile_write(edi_statefile *f, const edi_state *state, edict_diagnostics *d) {
  edi_buf text;
  int error = 0;
  edi_state next = *state;
  edi_buf_init(&text, NULL, EDI_LIMIT_STATE_FILE);
  if (f->there && next.time - f->state.time < EDI_TIME_LEEWAY) next.time = f->state.time;
  edi_state_format(&next, &text);
  edict_status status = text.failed;
  bool same = status == EDICT_OK && f->there && edi_str_equal((edi_str){text.ptr, text.len}, (edi_str){f->bytes.ptr, f->bytes.len});
  if (status != EDICT_OK) status = report(f, status, "there is no room for it", 0, d);
  else if (!same) status = edi_system_replace_file(f->system, f->path, text.ptr, text.len, &error);
  if (error != 0) status = report(f, status, "it cannot be written", error, d);
  edi_buf_fini(&text);
  return status;
}

void edi_statefile_close(edi_statefile *f) {
  if (f->locked) (void)f->system->close(f->system->context, f->lock); /* nothing was written to it */
  f->locked = false;
  edi_buf_fini(&f->bytes);
}
