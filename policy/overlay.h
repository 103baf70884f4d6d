/* Overlay: files whose text an editor holds, laid over those on disk.
 *
 * A table of system calls that answers for the overlaid paths from memory and passes everything else
 * on. Only what reading a project needs is offered: open, read, size, close, list. */
#ifndef EDI_OVERLAY_H
#define EDI_OVERLAY_H

#include "base/system.h"

typedef struct edi_overlay_file { char *path, *text; size_t length; } edi_overlay_file;
typedef struct edi_overlay {
  const edi_system *below;
  edi_overlay_file *files; /* in no order */
  size_t count, capacity;
} edi_overlay;

void edi_overlay_fini(edi_overlay *overlay);
/* Copies; `text` NULL takes the file off. */
edict_status edi_overlay_set(edi_overlay *overlay, const char *path, edi_str text) EDICT_MUST_CHECK;
edi_system edi_overlay_system(edi_overlay *overlay); /* borrows it */

#endif
