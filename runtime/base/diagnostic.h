/* Diagnostics from the inside: sources, spans, and how a finding is put together.
 *
 * The list of codes is base/diagnostics.def; a code fixes severity and title. A finding is added with
 * its message, then gets labels in one or more sources, a note, a why and a fix. All text is copied.
 * Text that came from outside is passed through edi_buf_escaped by the functions here: callers hand
 * over raw bytes with %.*s and never worry. */
#ifndef EDI_DIAGNOSTIC_H
#define EDI_DIAGNOSTIC_H

#include "base/bytes.h"
#include "edict/diagnostics.h"

typedef enum edi_code {
  EDI_CODE_NONE = 0,
#define DIAGNOSTIC(CODE, severity, title) EDI_##CODE,
#include "base/diagnostics.def"
#undef DIAGNOSTIC
  EDI_CODE_COUNT
} edi_code;

const char *edi_code_name(edi_code code);  /* "E0203" */
const char *edi_code_title(edi_code code); /* what the code is about, in general */
edict_severity edi_code_severity(edi_code code);

/* As edict_diagnostics_create, from an allocator of the caller's choice (NULL: the default), which must
 * outlive the list. Clearing a list forgets its sources too. */
edict_diagnostics *edi_diagnostics_create(const edi_allocator *allocator);

/* A source text that spans point into. The list copies name and text. Returns its number. */
typedef uint32_t edi_source;
#define EDI_SOURCE_NONE UINT32_MAX
edi_source edi_diagnostics_source(edict_diagnostics *list, edi_str name, edi_str text);
/* The same, and the text is copied with the first finding about it or question where something in it is: until
 * then it must stay. For the texts of a project, most of which have none. */
edi_source edi_diagnostics_borrow(edict_diagnostics *list, edi_str name, edi_str text);

/* A half-open range of bytes in a source; begin == end points between two bytes. */
typedef struct edi_span {
  edi_source source;
  uint32_t begin, end;
} edi_span;
#define EDI_SPAN_NONE ((edi_span){EDI_SOURCE_NONE, 0, 0})

/* Adds a finding whose primary label is `span` with text `label` (may be empty). Returns a handle for
 * the calls below, valid until the next add; never NULL, also when memory ran out (then it is a dummy
 * and the list's count of errors still grows). `list` NULL is allowed everywhere: nothing happens. */
typedef struct edi_finding edi_finding;
edi_finding *edi_diagnostics_add(edict_diagnostics *list, edi_code code, edi_span span, const char *label,
                                 const char *format, ...) __attribute__((format(printf, 5, 6)));
/* A secondary label, drawn with dashes. */
void edi_finding_label(edi_finding *finding, edi_span span, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void edi_finding_note(edi_finding *finding, const char *format, ...) __attribute__((format(printf, 2, 3)));
void edi_finding_why(edi_finding *finding, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A note of several lines, such as a request: `text` is split at its line ends, each line escaped. */
void edi_finding_example(edi_finding *finding, const char *what, edi_str text);
/* How to mend it. `safe`: a tool may apply it; never for anything that could widen access. */
void edi_finding_fix(edi_finding *finding, bool safe, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The fix that was given is to put `text` in the place of the primary label: as it is, and not at all where it is long or holds
 * what cannot be seen. */
void edi_finding_edit(edi_finding *finding, edi_str text);
/* The same for a name: a kind or module in front of it is kept where `name` brings none. */
void edi_finding_edit_name(edi_finding *finding, edi_str name);
/* The fix's own text is what to put there. */
void edi_finding_edit_fix(edi_finding *finding);
/* Both: "write `text`", in the place of the primary label. */
void edi_finding_write(edi_finding *finding, bool safe, edi_str text);

/* Line (from 1) and column (from 1, in code points) of a byte offset in a source. */
void edi_diagnostics_locate(edict_diagnostics *list, edi_source source, uint32_t offset, uint32_t *line, uint32_t *column);
edi_code edi_diagnostics_code_at(const edict_diagnostics *list, size_t index);
/* Where finding `index` has its primary label: the name of the source, or an empty text, and the rest untouched, if that
 * is nowhere. */
edi_str edi_diagnostics_place(edict_diagnostics *list, size_t index, uint32_t *line, uint32_t *column);

#endif
