/* Editor state: what stands behind edict_editor, for editor.c, symbol.c, outline.c and complete.c. */
#ifndef EDI_EDITOR_STATE_H
#define EDI_EDITOR_STATE_H

#include "edict/editor.h"
#include "policy/overlay.h"
#include "policy/project_handle.h"

typedef struct edi_editor_text {
  const char *path; /* NULL: of the federal bundle, and no file */
  edi_str name, text;
  edi_source source;
  const edi_file_ast *rules; /* NULL: no rule file, or not in the model */
} edi_editor_text;

enum { EDI_EDITOR_CLEAN_MOST = 64 };

struct edict_editor {
  char *path;
  edi_overlay overlay;
  edict_status status;     /* of the last check */
  edict_project *project;  /* NULL: nothing can be asked */
  edi_index index;
  edi_editor_text *texts;  /* the project's files, then those of the federal bundle */
  size_t file_count, text_count;
  size_t data_first;       /* the file of the first table's data; the others follow */
  edi_arena *arena;        /* the project's, or `passing`: for texts that are given out */
  edi_arena passing;       /* for those that are valid until the next outline or completion alone */
  uint64_t clean[EDI_EDITOR_CLEAN_MOST]; /* tables in which nothing was found: editor_tables.c */
  size_t clean_count;
  edict_symbol **described; /* by id: symbols that were asked for, each put into words once */
};

/* From here on texts are given out of `passing`, emptied first; returns the arena to put back. */
edi_arena *edi_editor_pass(edict_editor *editor);
/* A copy in the editor's arena that ends in a NUL; "" if there is no memory. */
const char *edi_editor_text_copy(edict_editor *editor, edi_str text);
/* What a buffer holds, copied likewise; the buffer is put away. */
const char *edi_editor_text_give(edict_editor *editor, edi_buf *buf);
/* The text of a source that a check has read; the empty string if it did not. */
edi_str edi_editor_source_text(const edict_editor *editor, edi_source source);
/* The file of a source; EDICT_EDITOR_NOWHERE if it is none of the project's. */
size_t edi_editor_file_of(const edict_editor *editor, edi_source source);

/* Where the project's table data names the symbol. The table whose data cannot be read, if there is one: then
 * not every place was told. */
typedef void edi_editor_place(void *user, const edict_reference *place);
const edi_project_table *edi_editor_data(const edict_editor *editor, uint32_t id, edi_editor_place *each, void *user);

/* What the data at a place names: the symbol, EDI_NONE if none. */
uint32_t edi_editor_data_at(const edict_editor *editor, size_t file, size_t offset, edict_reference *here);

/* A type as people write it. */
const char *edi_editor_type(edict_editor *editor, edi_type type);

#endif
