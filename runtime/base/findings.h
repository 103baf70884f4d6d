/* Findings: what diagnostic.c keeps, snippet.c and render.c draw; nobody else looks inside.
 *
 *   list -> sources[]  name, text, line starts, column marks
 *        -> findings[] code, message, notes, labels (the first is the primary one)
 *
 * Every text here is already escaped, except the sources' texts and edits. All memory is the list's arena;
 * `lost` says that some of a finding could not be kept. */
#ifndef EDI_FINDINGS_H
#define EDI_FINDINGS_H

#include "base/diagnostic.h"

enum {
  EDI_FINDINGS_MOST = 10000,    /* findings that a list keeps */
  EDI_FINDING_PARTS_MOST = 64,  /* labels of a finding, and as many notes */
  EDI_FINDING_TEXT_MOST = 4096, /* bytes of one text, escaped */
  EDI_FINDING_LINES_MOST = 64,  /* lines of an example */
  EDI_SOURCE_NAME_MOST = 1024,  /* bytes of a source's name, escaped */
  EDI_SOURCE_TEXT_MOST = 16 * 1024 * 1024,
  EDI_COLUMN_STRIDE = 256, /* bytes between two column marks */
};

typedef struct edi_source_text {
  edi_str name; /* escaped */
  edi_str text;
  bool borrowed; /* not the list's yet */
  const uint32_t *lines; /* the offset of every line's first byte; NULL, as marks, until somebody asks */
  uint32_t line_count;
  /* At offset i * EDI_COLUMN_STRIDE: (code points begun before it) << 2 | bytes to the next one. */
  const uint32_t *marks;
} edi_source_text;

typedef struct edi_label {
  struct edi_label *next;
  edi_span span;
  edi_str text;
  bool primary;
} edi_label;

typedef enum edi_remark_kind { EDI_REMARK_WHY, EDI_REMARK_NOTE } edi_remark_kind;

typedef struct edi_remark {
  struct edi_remark *next;
  edi_remark_kind kind;
  edi_str text;
  edi_str lines; /* of an example, joined by line ends; ptr NULL: none */
} edi_remark;

struct edi_finding {
  edict_diagnostics *list; /* NULL in the dummy */
  edi_code code;
  edi_str message;
  edi_label *labels, **last_label;
  edi_remark *remarks, **last_remark;
  size_t label_count, remark_count, left_out;
  edi_str fix; /* ptr NULL: none */
  bool fix_safe, fix_exact; /* exact: nothing of it was escaped or cut */
  edi_str edit; /* what the fix puts in the place of the primary label, not escaped; ptr NULL: a person has to do it */
};

struct edict_diagnostics {
  edi_allocator allocator;
  edi_arena arena;
  edi_source_text *sources;
  size_t source_count, source_capacity;
  edi_finding **findings;
  size_t count, capacity;
  size_t severities[3]; /* of all that were added, kept or not */
  size_t dropped;       /* added and not kept */
  bool lost;            /* memory ran out on the way */
};

/* Whether the span's source is one of the list's. A label elsewhere is shown as a note. */
bool edi_diagnostics_has(const edict_diagnostics *list, edi_span span);
/* Line and column, from 1, in a source that some label is in: it has been indexed. */
uint32_t edi_source_line(const edi_source_text *source, uint32_t offset);
void edi_source_locate(const edi_source_text *source, uint32_t offset, uint32_t *line, uint32_t *column);
/* The primary label if it is in a source of the list, else NULL. */
const edi_label *edi_finding_primary(const edi_finding *finding);

/* What a terminal is told before and after; empty strings for plain text. */
typedef struct edi_palette {
  const char *severity[3], *strong, *gutter, *secondary, *plain;
} edi_palette;

/* Digits of the largest line number among the labels, at least 1. */
unsigned edi_snippet_gutter(const edi_finding *finding);
/* All places of a finding: `-->`, the line, carets under it. Nothing if it has none. */
void edi_snippet_draw(edi_buf *out, const edi_finding *finding, unsigned gutter,
                      const edi_palette *palette);
/* As edict_diagnostics_render, into a buffer of the caller's, without a NUL. */
edict_status edi_diagnostics_render(const edict_diagnostics *list, edict_rendering rendering,
                                    edi_buf *out);

#endif
