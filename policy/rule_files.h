/* Rule files: many of them parsed at once, by several threads where that pays. */
#ifndef EDI_RULE_FILES_H
#define EDI_RULE_FILES_H

#include "policy/ast.h"

typedef struct edi_parsed {
  edi_str path, text;            /* in */
  edi_file_ast *file;            /* out; NULL: there was no memory for it */
  edict_status status;           /* of edi_parse */
  edi_source source;
} edi_parsed;

/* As edi_parse of one after the other: the same trees and findings, whatever the number of threads is. */
void edi_parse_files(edi_arena *arena, edi_parsed *files, size_t count, size_t threads, edict_diagnostics *diagnostics);

#endif
