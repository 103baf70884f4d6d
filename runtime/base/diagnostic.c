/* Diagnostic: the list of findings, its sources, and where in them an offset is.
 *
 * In: codes, spans and printf-style texts. Out: findings that render.c draws. Invariant: all kept
 * text is escaped, cut to a maximum and owned by the list's arena; an error that could not be kept
 * is still counted, so a list with errors never looks clean. */
#include "base/diagnostic.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/findings.h"

/* Sources are copied up to this sum; what does not fit has findings without a snippet. */
#define ARENA_CEILING ((size_t)256 * 1024 * 1024)

/* ---- codes ---- */

static const struct {
  const char *name, *title;
  edict_severity severity;
} codes[] = {
    {"", "no code", EDICT_SEVERITY_ERROR},
#define DIAGNOSTIC(CODE, severity, title) {#CODE, (title), EDICT_SEVERITY_##severity},
#include "base/diagnostics.def"
#undef DIAGNOSTIC
};

static size_t code_index(edi_code code) { return (size_t)code < EDI_CODE_COUNT ? (size_t)code : 0; }

const char *edi_code_name(edi_code code) { return codes[code_index(code)].name; }

const char *edi_code_title(edi_code code) { return codes[code_index(code)].title; }

edict_severity edi_code_severity(edi_code code) { return codes[code_index(code)].severity; }

/* ---- the list ---- */

edict_diagnostics *edi_diagnostics_create(const edi_allocator *allocator) {
  if (!allocator) allocator = &edi_allocator_default;
  edict_diagnostics *list = allocator->resize(allocator->context, NULL, 0, sizeof *list);
  if (!list) return NULL;
  *list = (edict_diagnostics){.allocator = *allocator};
  edi_arena_init(&list->arena, &list->allocator, ARENA_CEILING);
  return list;
}

edict_diagnostics *edict_diagnostics_create(void) { return edi_diagnostics_create(NULL); }

void edict_diagnostics_destroy(edict_diagnostics **diagnostics) {
  if (!diagnostics || !*diagnostics) return;
  edict_diagnostics *list = *diagnostics;
  edi_allocator allocator = list->allocator;
  edi_arena_fini(&list->arena);
  allocator.resize(allocator.context, list, sizeof *list, 0);
  *diagnostics = NULL;
}

void edict_diagnostics_clear(edict_diagnostics *diagnostics) {
  if (!diagnostics) return;
  edi_arena_fini(&diagnostics->arena);
  *diagnostics = (edict_diagnostics){.allocator = diagnostics->allocator};
  edi_arena_init(&diagnostics->arena, &diagnostics->allocator, ARENA_CEILING);
}

size_t edict_diagnostics_count(const edict_diagnostics *diagnostics) {
  return diagnostics ? diagnostics->count : 0;
}

size_t edict_diagnostics_errors(const edict_diagnostics *diagnostics) {
  return diagnostics ? diagnostics->severities[EDICT_SEVERITY_ERROR] : 0;
}

edi_code edi_diagnostics_code_at(const edict_diagnostics *list, size_t index) {
  return list && index < list->count ? list->findings[index]->code : EDI_CODE_NONE;
}

const char *edict_diagnostics_code(const edict_diagnostics *diagnostics, size_t index) {
  if (!diagnostics || index >= diagnostics->count) return NULL;
  return edi_code_name(diagnostics->findings[index]->code);
}

const char *edict_diagnostics_message(const edict_diagnostics *diagnostics, size_t index) {
  if (!diagnostics || index >= diagnostics->count) return NULL;
  return diagnostics->findings[index]->message.ptr;
}

/* ---- texts ---- */

/* Text made safe to show, in the arena and NUL-terminated; ptr NULL if there is no memory. */
static edi_str keep_escaped(edict_diagnostics *list, edi_str raw, size_t most) {
  edi_buf escaped;
  edi_buf_init(&escaped, &list->allocator, most + 8);
  edi_buf_escaped(&escaped, raw, most);
  edi_str kept = {NULL, 0};
  if (escaped.failed == EDICT_OK) {
    kept.ptr = edi_arena_copy(&list->arena, escaped.ptr, escaped.len);
    kept.len = kept.ptr ? escaped.len : 0;
  }
  edi_buf_fini(&escaped);
  if (!kept.ptr) list->lost = true;
  return kept;
}

/* `exact`: whether nothing had to be escaped or cut; may be NULL. */
static edi_str keep_format(edict_diagnostics *list, bool *exact, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));

static edi_str keep_format(edict_diagnostics *list, bool *exact, const char *format, va_list arguments) {
  /* Longer text fills the array, so that escaping has something to cut and marks the cut. */
  char raw[EDI_FINDING_TEXT_MOST + 8];
  int length = vsnprintf(raw, sizeof raw, format, arguments);
  if (length < 0) length = 0;
  edi_str text = {raw, (size_t)length < sizeof raw ? (size_t)length : sizeof raw - 1};
  edi_str kept = keep_escaped(list, text, EDI_FINDING_TEXT_MOST);
  if (exact) *exact = text.len <= EDI_FINDING_TEXT_MOST && edi_str_equal(kept, text);
  return kept;
}

/* ---- sources ---- */

static bool index_lines(edict_diagnostics *list, edi_source_text *source) {
  enum { SHORT_LINE = 16 }; /* most are longer on the average of a file */
  edi_str text = source->text;
  size_t count = 1, capacity = 2 + text.len / SHORT_LINE; /* lines[0] is 0 */
  const char *end = text.ptr + text.len;
  void *lines = EDI_NEW_ARRAY(&list->arena, uint32_t, capacity);
  if (!lines) return false;
  for (const char *at = text.ptr; at < end && (at = memchr(at, '\n', (size_t)(end - at))); at++) {
    if (count == capacity && !edi_arena_grow(&list->arena, &lines, &capacity, count, sizeof(uint32_t))) return false;
    ((uint32_t *)lines)[count++] = (uint32_t)(at - text.ptr) + 1;
  }
  source->lines = lines;
  source->line_count = (uint32_t)count;
  return true;
}

static bool index_columns(edict_diagnostics *list, edi_source_text *source) {
  size_t count = source->text.len / EDI_COLUMN_STRIDE + 1;
  uint32_t *marks = EDI_NEW_ARRAY(&list->arena, uint32_t, count);
  if (!marks) return false;
  size_t next = 1, points = 0; /* marks[0] is 0 */
  for (size_t at = 0; at < source->text.len;) {
    size_t plain = edi_utf8_ascii(source->text, at);
    for (; next < count && next * EDI_COLUMN_STRIDE <= at + plain; next++)
      marks[next] = (uint32_t)(points + next * EDI_COLUMN_STRIDE - at) << 2;
    at += plain;
    points += plain;
    if (at == source->text.len) break;
    edi_utf8_next(source->text, &at);
    points++;
    for (; next < count && at >= next * EDI_COLUMN_STRIDE; next++)
      marks[next] = (uint32_t)points << 2 | (uint32_t)(at - next * EDI_COLUMN_STRIDE);
  }
  source->marks = marks;
  return true;
}

/* Most sources have no finding, and are not asked where something is: false: there is no memory. */
static bool indexed(edict_diagnostics *list, edi_source_text *source) {
  if (source->lines && source->marks) return true;
  if (source->borrowed) {
    const char *copy = edi_arena_copy(&list->arena, source->text.ptr, source->text.len);
    if (!copy) {
      list->lost = true;
      return false;
    }
    source->text.ptr = copy;
    source->borrowed = false;
  }
  if (index_lines(list, source) && index_columns(list, source)) return true;
  list->lost = true;
  source->lines = NULL;
  return false;
}

/* One that was borrowed may be gone: it is the same only where it is the same place. */
static bool same_source(const edi_source_text *known, edi_str name, edi_str text) {
  if (!edi_str_equal(known->name, name) || known->text.len != text.len) return false;
  return known->text.ptr == text.ptr || (!known->borrowed && edi_str_equal(known->text, text));
}

/* The number of a source with this name and text that the list has already. */
static edi_source find_source(const edict_diagnostics *list, edi_str name, edi_str text) {
  for (size_t i = 0; i < list->source_count; i++)
    if (same_source(&list->sources[i], name, text)) return (edi_source)i;
  return EDI_SOURCE_NONE;
}

edi_source edi_diagnostics_borrow(edict_diagnostics *list, edi_str name, edi_str text) {
  if (!list) return EDI_SOURCE_NONE;
  if (text.len > EDI_SOURCE_TEXT_MOST) text.len = EDI_SOURCE_TEXT_MOST;
  void *items = list->sources;
  edi_source_text source = {.name = keep_escaped(list, name, EDI_SOURCE_NAME_MOST), .text = text, .borrowed = true};
  if (!source.name.ptr) return EDI_SOURCE_NONE;
  edi_source same = find_source(list, source.name, text);
  if (same != EDI_SOURCE_NONE) return same;
  if (!edi_arena_grow(&list->arena, &items, &list->source_capacity, list->source_count, sizeof *list->sources)) {
    list->lost = true;
    return EDI_SOURCE_NONE;
  }
  list->sources = items;
  list->sources[list->source_count] = source;
  return (edi_source)list->source_count++;
}

edi_source edi_diagnostics_source(edict_diagnostics *list, edi_str name, edi_str text) {
  edi_source source = edi_diagnostics_borrow(list, name, text);
  return source != EDI_SOURCE_NONE && indexed(list, &list->sources[source]) ? source : EDI_SOURCE_NONE;
}

bool edi_diagnostics_has(const edict_diagnostics *list, edi_span span) {
  return list && span.source < list->source_count;
}

/* Whole code points before `offset`, counted from the mark before it. */
static uint32_t points_before(const edi_source_text *source, uint32_t offset) {
  uint32_t mark = source->marks[offset / EDI_COLUMN_STRIDE], points = mark >> 2;
  size_t at = offset / EDI_COLUMN_STRIDE * EDI_COLUMN_STRIDE + (mark & 3);
  while (at < offset) {
    size_t plain = edi_utf8_ascii((edi_str){source->text.ptr, offset}, at);
    at += plain;
    points += (uint32_t)plain;
    if (plain) continue;
    edi_utf8_next(source->text, &at);
    points++;
  }
  return points - (at > offset); /* an offset inside of a code point counts as its start */
}

uint32_t edi_source_line(const edi_source_text *s, uint32_t offset) {
  uint32_t low = 0, high = s->line_count; /* lines[low] <= offset < lines[high] */
  while (high - low > 1) {
    uint32_t middle = low + (high - low) / 2;
    if (s->lines[middle] <= offset) low = middle;
    else high = middle;
  }
  return low + 1;
}

void edi_source_locate(const edi_source_text *s, uint32_t offset, uint32_t *line, uint32_t *column) {
  if (offset > s->text.len) offset = (uint32_t)s->text.len;
  *line = edi_source_line(s, offset);
  *column = points_before(s, offset) - points_before(s, s->lines[*line - 1]) + 1;
}

void edi_diagnostics_locate(edict_diagnostics *list, edi_source source, uint32_t offset, uint32_t *line, uint32_t *column) {
  *line = *column = 1;
  if (!list || source >= list->source_count || !indexed(list, &list->sources[source])) return;
  edi_source_locate(&list->sources[source], offset, line, column);
}

edi_str edi_diagnostics_place(edict_diagnostics *list, size_t index, uint32_t *line, uint32_t *column) {
  const edi_label *label = list && index < list->count ? edi_finding_primary(list->findings[index]) : NULL;
  if (!label || !edi_diagnostics_has(list, label->span)) return (edi_str){"", 0};
  edi_diagnostics_locate(list, label->span.source, label->span.begin, line, column);
  return list->sources[label->span.source].name;
}

/* ---- findings ---- */

/* What callers get when there is nothing to write to; never written to. */
static edi_finding dummy;

static edi_label *add_label(edi_finding *finding, edi_span span, bool primary, edi_str text) {
  edict_diagnostics *list = finding->list;
  edi_label *label = EDI_NEW(&list->arena, edi_label);
  if (!label) {
    list->lost = true;
    return NULL;
  }
  if (span.end < span.begin) span.end = span.begin;
  if (edi_diagnostics_has(list, span) && !indexed(list, &list->sources[span.source])) span = EDI_SPAN_NONE;
  *label = (edi_label){.span = span, .text = text, .primary = primary};
  *finding->last_label = label;
  finding->last_label = &label->next;
  finding->label_count++;
  return label;
}

/* A finding with its place in the list; NULL if the list is full or has no memory. */
static edi_finding *new_finding(edict_diagnostics *list, edi_code code) {
  if (list->count >= EDI_FINDINGS_MOST) return NULL;
  edi_finding *finding = EDI_NEW(&list->arena, edi_finding);
  void *items = list->findings;
  if (!finding ||
      !edi_arena_grow(&list->arena, &items, &list->capacity, list->count, sizeof *list->findings)) {
    list->lost = true;
    return NULL;
  }
  list->findings = items;
  *finding = (edi_finding){.list = list, .code = code};
  finding->last_label = &finding->labels;
  finding->last_remark = &finding->remarks;
  return finding;
}

edi_finding *edi_diagnostics_add(edict_diagnostics *list, edi_code code, edi_span span,
                                 const char *label, const char *format, ...) {
  if (!list) return &dummy;
  list->severities[edi_code_severity(code)]++;
  edi_finding *finding = new_finding(list, code);
  if (finding) {
    va_list arguments;
    va_start(arguments, format);
    finding->message = keep_format(list, NULL, format, arguments);
    va_end(arguments);
  }
  if (!finding || !finding->message.ptr) {
    list->dropped++;
    return &dummy;
  }
  list->findings[list->count++] = finding;
  if (span.source == EDI_SOURCE_NONE && (!label || !*label)) return finding;
  edi_str text = {"", 0};
  if (label && *label) text = keep_escaped(list, edi_str_from(label), EDI_FINDING_TEXT_MOST);
  add_label(finding, span, true, text);
  return finding;
}

void edi_finding_label(edi_finding *finding, edi_span span, const char *format, ...) {
  if (!finding->list) return;
  if (finding->label_count >= EDI_FINDING_PARTS_MOST) {
    finding->left_out++;
    return;
  }
  va_list arguments;
  va_start(arguments, format);
  edi_str text = keep_format(finding->list, NULL, format, arguments);
  va_end(arguments);
  add_label(finding, span, false, text);
}

static void add_remark(edi_finding *finding, edi_remark_kind kind, const char *format,
                       va_list arguments) __attribute__((format(printf, 3, 0)));

static edi_remark *keep_remark(edi_finding *finding, edi_remark_kind kind, edi_str text) {
  edict_diagnostics *list = finding->list;
  edi_remark *remark = text.ptr ? EDI_NEW(&list->arena, edi_remark) : NULL;
  if (!remark) {
    list->lost = true;
    return NULL;
  }
  *remark = (edi_remark){.kind = kind, .text = text};
  *finding->last_remark = remark;
  finding->last_remark = &remark->next;
  finding->remark_count++;
  return remark;
}

static bool has_room(edi_finding *finding) {
  if (!finding->list) return false;
  if (finding->remark_count < EDI_FINDING_PARTS_MOST) return true;
  finding->left_out++;
  return false;
}

static void add_remark(edi_finding *finding, edi_remark_kind kind, const char *format,
                       va_list arguments) {
  if (has_room(finding))
    (void)keep_remark(finding, kind, keep_format(finding->list, NULL, format, arguments));
}

/* The lines escaped one by one, so that the line ends between them stay. */
static edi_str keep_lines(edict_diagnostics *list, edi_str text) {
  edi_buf lines;
  size_t count = 0;
  edi_buf_init(&lines, &list->allocator,
               (size_t)EDI_FINDING_LINES_MOST * (EDI_FINDING_TEXT_MOST + 9));
  while (text.len > 0 && count++ < EDI_FINDING_LINES_MOST) {
    const char *end = memchr(text.ptr, '\n', text.len);
    size_t length = end ? (size_t)(end - text.ptr) : text.len;
    if (lines.len > 0) edi_buf_char(&lines, '\n');
    edi_buf_escaped(&lines, (edi_str){text.ptr, length}, EDI_FINDING_TEXT_MOST);
    text.ptr += end ? length + 1 : length;
    text.len -= end ? length + 1 : length;
  }
  edi_str kept = {NULL, 0};
  if (lines.failed == EDICT_OK) kept.ptr = edi_arena_copy(&list->arena, lines.ptr, lines.len);
  kept.len = kept.ptr ? lines.len : 0;
  edi_buf_fini(&lines);
  return kept;
}

void edi_finding_example(edi_finding *finding, const char *what, edi_str text) {
  if (!has_room(finding)) return;
  edi_str kept = keep_escaped(finding->list, edi_str_from(what), EDI_FINDING_TEXT_MOST);
  edi_remark *remark = keep_remark(finding, EDI_REMARK_NOTE, kept);
  if (!remark) return;
  remark->lines = keep_lines(finding->list, text);
  if (!remark->lines.ptr) finding->list->lost = true;
}

void edi_finding_note(edi_finding *finding, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  add_remark(finding, EDI_REMARK_NOTE, format, arguments);
  va_end(arguments);
}

void edi_finding_why(edi_finding *finding, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  add_remark(finding, EDI_REMARK_WHY, format, arguments);
  va_end(arguments);
}

void edi_finding_fix(edi_finding *finding, bool safe, const char *format, ...) {
  if (!finding->list) return;
  va_list arguments;
  va_start(arguments, format);
  finding->fix = keep_format(finding->list, &finding->fix_exact, format, arguments);
  finding->fix_safe = safe;
  va_end(arguments);
}

/* Whether it holds no character that cannot be seen, but for those of lines. */
static bool may_be_written(edi_str text) {
  if (text.len > EDI_FINDING_TEXT_MOST) return false;
  for (size_t at = 0; at < text.len;) {
    uint32_t c = edi_utf8_next(text, &at);
    if (c == UINT32_MAX || (c != '\t' && c != '\n' && edi_utf8_hidden(c))) return false;
  }
  return true;
}

/* Put into files as it is, or not at all. */
void edi_finding_edit(edi_finding *finding, edi_str text) {
  if (!finding->list) return;
  bool may = may_be_written(text);
  finding->edit.ptr = may ? edi_arena_copy(&finding->list->arena, text.ptr, text.len) : NULL;
  finding->edit.len = finding->edit.ptr ? text.len : 0;
  finding->list->lost = finding->list->lost || (may && !finding->edit.ptr);
}

void edi_finding_edit_name(edi_finding *finding, edi_str name) {
  const edi_label *primary = edi_finding_primary(finding);
  edi_buf both;
  if (!primary) return;
  edi_str source = finding->list->sources[primary->span.source].text;
  size_t end = primary->span.end < source.len ? primary->span.end : source.len;
  size_t begin = primary->span.begin < end ? primary->span.begin : end, front = end;
  while (front > begin && source.ptr[front - 1] != '.') front--;
  if (name.len > 0 && memchr(name.ptr, '.', name.len)) front = begin;
  edi_buf_init(&both, &finding->list->allocator, EDI_FINDING_TEXT_MOST);
  edi_buf_append(&both, source.ptr + begin, front - begin);
  edi_buf_str(&both, name);
  if (both.failed == EDICT_OK) edi_finding_edit(finding, (edi_str){both.ptr, both.len});
  edi_buf_fini(&both);
}

void edi_finding_edit_fix(edi_finding *finding) {
  if (finding->list && finding->fix_exact) finding->edit = finding->fix;
}

void edi_finding_write(edi_finding *finding, bool safe, edi_str text) {
  edi_finding_fix(finding, safe, "write `%.*s`", EDI_STR_ARG(text));
  edi_finding_edit(finding, text);
}

const edi_label *edi_finding_primary(const edi_finding *finding) {
  const edi_label *first = finding->labels;
  return first && first->primary && edi_diagnostics_has(finding->list, first->span) ? first : NULL;
}
