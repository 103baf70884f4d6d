/* Project files: paths, patterns and the reading behind project.c; nobody else includes this. */
#ifndef EDI_PROJECT_FILES_H
#define EDI_PROJECT_FILES_H

#include "policy/project.h"

typedef struct edi_project_reader {
  const edi_system *system;
  edi_arena *arena;
  edict_diagnostics *diagnostics;
  edi_str folder; /* of edict.yaml, with the slash; "" for the current one */
  size_t errors;
  size_t files;        /* read for the bundle so far */
  edict_status failed; /* MEMORY or LIMIT; OK otherwise */
} edi_project_reader;

#define edi_project_error(reader, code, span, label, ...) \
  ((reader)->errors++,                                    \
   edi_diagnostics_add((reader)->diagnostics, (code), (span), (label), __VA_ARGS__))
void edi_project_no_memory(edi_project_reader *reader);

/* The folder's path before `path`, NUL-terminated; NULL without memory. */
const char *edi_project_join(edi_project_reader *reader, edi_str path);
/* Whether `path` is within the folder and can be a name in a bundle; an error otherwise. */
bool edi_project_check_path(edi_project_reader *reader, edi_str path, edi_span span);
/* A whole file of at most `most` bytes, copied into the arena; no report. With reader->failed
 * the arena or the heap gave nothing; a LIMIT without it says that the file is too large. */
edict_status edi_project_take(edi_project_reader *reader, const char *path, size_t most,
                              edi_str *text, int *error);
/* Reads one file of at most `most` bytes; false after a report. */
bool edi_project_read(edi_project_reader *reader, edi_str path, edi_span span, size_t most,
                      edi_str *text);

/* A pattern of edict.yaml, and where it stands there. */
typedef struct edi_project_pattern {
  edi_str text;
  edi_span span;
} edi_project_pattern;
/* The files that any of the patterns names, sorted by path and distinct, each read up to `most`. */
void edi_project_collect(edi_project_reader *reader, const edi_project_pattern *patterns,
                         size_t count, size_t most, edi_project_file **files, size_t *file_count);

#endif
