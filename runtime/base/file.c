/* Files: the C API of edict/file.h over the table of system calls. */
#define _GNU_SOURCE /* strerrordesc_np: an error's words without a shared buffer */
#include "edict/file.h"

#include <errno.h>
#include <string.h>

#include "base/diagnostic.h"
#include "base/system.h"

static void tell(edict_diagnostics *diagnostics, const char *path, const char *verb, edict_status status, int error) {
  const char *why = status == EDICT_MEMORY ? "no memory is left" : strerrordesc_np(error);
  edi_diagnostics_add(diagnostics, EDI_R0801, EDI_SPAN_NONE, "", "cannot %s `%s`: %s", verb, path, why ? why : "unknown error");
}

edict_status edict_file_read(const char *path, size_t most, char **bytes, size_t *length, edict_diagnostics *diagnostics) {
  int error = 0;
  edi_buf buf;
  *bytes = NULL;
  *length = 0;
  edi_buf_init(&buf, NULL, most + 1);
  edict_status status = edi_system_read_file(&edi_system_posix, path, most, &buf, &error);
  size_t got = buf.len;
  if (status == EDICT_OK) {
    edi_buf_char(&buf, '\0');
    status = edi_buf_give(&buf, bytes);
  } else {
    edi_buf_fini(&buf);
  }
  if (status == EDICT_OK) *length = got;
  else if (status == EDICT_LIMIT)
    edi_diagnostics_add(diagnostics, EDI_R0801, EDI_SPAN_NONE, "", "cannot read `%s`: it has more than %zu bytes", path, most);
  else tell(diagnostics, path, "read", status, error);
  return status;
}

edict_status edict_file_write(const char *path, const void *bytes, size_t length, edict_diagnostics *diagnostics) {
  int error = 0;
  edict_status status = edi_system_replace_file(&edi_system_posix, path, bytes, length, &error);
  if (status != EDICT_OK) tell(diagnostics, path, "write", status, error);
  return status;
}
