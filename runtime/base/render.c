/* Render: all findings of a list as text for people or as JSON lines for tools.
 *
 * In: a list. Out: findings sorted by source name, position and code, those without a place last;
 * as text a blank line after each and a line with the counts at the end, as JSON one object a line
 * whose keys never disappear. What the list could not keep is said in both. Text is escaped
 * already, so nothing here writes a control character but line ends and, in colour, its own. */
#include <stdlib.h>

#include "base/findings.h"

#define TEXT_MOST ((size_t)256 * 1024 * 1024)

static const edi_palette plain_palette = {{"", "", ""}, "", "", "", ""};
static const edi_palette color_palette = {
    .severity = {"\x1b[1;31m", "\x1b[1;33m", "\x1b[1;36m"},
    .strong = "\x1b[1m",
    .gutter = "\x1b[34m",
    .secondary = "\x1b[34m",
    .plain = "\x1b[0m",
};

static const char *const severity_names[3] = {"error", "warning", "note"};

/* ---- order ---- */

typedef struct entry {
  edi_str name; /* ptr NULL: no place */
  edi_span span;
  const char *code;
  size_t index; /* in the order of adding, so that sorting is stable */
  const edi_finding *finding;
} entry;

static int compare_numbers(uint64_t a, uint64_t b) { return a < b ? -1 : a > b; }

static int compare_entries(const void *left, const void *right) {
  const entry *a = left, *b = right;
  int order = (a->name.ptr == NULL) - (b->name.ptr == NULL);
  if (order == 0) order = edi_str_compare(a->name, b->name);
  if (order == 0) order = compare_numbers(a->span.source, b->span.source);
  if (order == 0) order = compare_numbers(a->span.begin, b->span.begin);
  if (order == 0) order = strcmp(a->code, b->code);
  return order != 0 ? order : compare_numbers(a->index, b->index);
}

static void sort_entries(const edict_diagnostics *list, entry *entries) {
  for (size_t i = 0; i < list->count; i++) {
    const edi_finding *finding = list->findings[i];
    const edi_label *primary = edi_finding_primary(finding);
    entries[i] = (entry){.span = EDI_SPAN_NONE,
                         .code = edi_code_name(finding->code),
                         .index = i,
                         .finding = finding};
    if (!primary) continue;
    entries[i].span = primary->span;
    entries[i].name = list->sources[primary->span.source].name;
  }
  if (list->count > 1) qsort(entries, list->count, sizeof *entries, compare_entries);
}

/* ---- text ---- */

static void put_remark(edi_buf *out, unsigned gutter, const edi_palette *palette, const char *kind,
                       edi_str text) {
  edi_buf_repeat(out, ' ', (size_t)gutter + 1);
  edi_buf_text(out, palette->gutter);
  edi_buf_text(out, "=");
  edi_buf_text(out, palette->plain);
  edi_buf_text(out, " ");
  edi_buf_text(out, palette->strong);
  edi_buf_text(out, kind);
  edi_buf_text(out, ":");
  edi_buf_text(out, palette->plain);
  edi_buf_text(out, " ");
  edi_buf_str(out, text);
}

/* The lines of an example, further to the right than what says what they are. */
static void put_lines(edi_buf *out, edi_str lines, unsigned gutter) {
  for (size_t at = 0; at < lines.len;) {
    const char *end = memchr(lines.ptr + at, '\n', lines.len - at);
    size_t length = end ? (size_t)(end - (lines.ptr + at)) : lines.len - at;
    edi_buf_repeat(out, ' ', (size_t)gutter + 5);
    edi_buf_append(out, lines.ptr + at, length);
    edi_buf_char(out, '\n');
    at += length + 1;
  }
}

static void put_remarks(edi_buf *out, const edi_finding *finding, edi_remark_kind kind,
                        unsigned gutter, const edi_palette *palette) {
  for (const edi_remark *remark = finding->remarks; remark; remark = remark->next) {
    if (remark->kind != kind) continue;
    put_remark(out, gutter, palette, kind == EDI_REMARK_WHY ? "why" : "note", remark->text);
    edi_buf_text(out, remark->lines.ptr ? ":\n" : "\n");
    put_lines(out, remark->lines, gutter);
  }
}

static void put_fix(edi_buf *out, const edi_finding *finding, unsigned gutter,
                    const edi_palette *palette) {
  if (!finding->fix.ptr) return;
  put_remark(out, gutter, palette, "fix", finding->fix);
  edi_buf_text(out, finding->fix_safe ? "   (safe)\n" : "   (a suggestion)\n");
}

/* Whether the label has nowhere to be drawn, so that its text is said as a note. */
static bool is_homeless(const edi_finding *finding, const edi_label *label) {
  return label->text.len > 0 && !edi_diagnostics_has(finding->list, label->span);
}

static void put_finding(edi_buf *out, const edi_finding *finding, const edi_palette *palette) {
  edict_severity severity = edi_code_severity(finding->code);
  const char *code = edi_code_name(finding->code);
  unsigned gutter = edi_snippet_gutter(finding);
  edi_buf_text(out, palette->severity[severity]);
  edi_buf_format(out, *code ? "%s[%s]" : "%s%s", severity_names[severity], code);
  edi_buf_format(out, "%s%s: ", palette->plain, palette->strong);
  edi_buf_str(out, finding->message);
  edi_buf_format(out, "%s\n", palette->plain);
  edi_snippet_draw(out, finding, gutter, palette);
  put_remarks(out, finding, EDI_REMARK_WHY, gutter, palette);
  put_fix(out, finding, gutter, palette);
  put_remarks(out, finding, EDI_REMARK_NOTE, gutter, palette);
  for (const edi_label *label = finding->labels; label; label = label->next) {
    if (!is_homeless(finding, label)) continue;
    put_remark(out, gutter, palette, "note", label->text);
    edi_buf_char(out, '\n');
  }
  if (finding->left_out > 0) {
    put_remark(out, gutter, palette, "note", (edi_str){NULL, 0});
    edi_buf_format(out, "%zu more labels and notes are left out\n", finding->left_out);
  }
  edi_buf_char(out, '\n');
}

static void put_counts(edi_buf *out, const edict_diagnostics *list) {
  const char *separator = "";
  for (size_t i = 0; i < 3; i++) {
    size_t count = list->severities[i];
    if (count == 0) continue;
    edi_buf_format(out, "%s%zu %s%s", separator, count, severity_names[i], count == 1 ? "" : "s");
    separator = ", ";
  }
  if (*separator) edi_buf_char(out, '\n');
}

static const char lost_text[] = "memory ran out, so the findings are not complete";

static void put_text(edi_buf *out, const edict_diagnostics *list, const entry *entries,
                     const edi_palette *palette) {
  for (size_t i = 0; i < list->count; i++) put_finding(out, entries[i].finding, palette);
  if (list->dropped > 0) edi_buf_format(out, "... and %zu more\n", list->dropped);
  if (list->lost) edi_buf_format(out, "%s\n", lost_text);
  put_counts(out, list);
}

/* ---- JSON ---- */

static void put_key(edi_buf *out, const char *key) { edi_buf_format(out, "\"%s\":", key); }

/* file, line, column, end_line and end_column; null without a place. */
static void put_json_place(edi_buf *out, const edict_diagnostics *list, edi_span span) {
  if (!edi_diagnostics_has(list, span)) {
    edi_buf_text(
        out, "\"file\":null,\"line\":null,\"column\":null,\"end_line\":null,\"end_column\":null");
    return;
  }
  uint32_t line, column, end_line, end_column;
  edi_source_locate(&list->sources[span.source], span.begin, &line, &column);
  edi_source_locate(&list->sources[span.source], span.end, &end_line, &end_column);
  put_key(out, "file");
  edi_json_string(out, list->sources[span.source].name);
  edi_buf_format(out, ",\"line\":%u,\"column\":%u,\"end_line\":%u,\"end_column\":%u", line, column,
                 end_line, end_column);
}

static void put_json_labels(edi_buf *out, const edi_finding *finding) {
  edi_buf_text(out, ",\"labels\":[");
  for (const edi_label *label = finding->labels; label; label = label->next) {
    edi_buf_char(out, '{');
    put_json_place(out, finding->list, label->span);
    edi_buf_text(out, ",\"text\":");
    edi_json_string(out, label->text);
    edi_buf_text(out, label->primary ? ",\"primary\":true}" : ",\"primary\":false}");
    if (label->next) edi_buf_char(out, ',');
  }
  edi_buf_char(out, ']');
}

/* An example is one string with line ends in it. */
static void put_json_remark(edi_buf *out, const edi_remark *remark) {
  edi_buf whole;
  edi_buf_init(&whole, out->allocator, TEXT_MOST);
  edi_buf_str(&whole, remark->text);
  if (remark->lines.ptr) edi_buf_text(&whole, ":\n");
  edi_buf_str(&whole, remark->lines);
  if (whole.failed != EDICT_OK) out->failed = whole.failed;
  edi_json_string(out, (edi_str){whole.ptr, whole.len});
  edi_buf_fini(&whole);
}

static void put_json_remarks(edi_buf *out, const edi_finding *finding, edi_remark_kind kind) {
  const char *separator = "";
  edi_buf_text(out, kind == EDI_REMARK_WHY ? ",\"why\":[" : ",\"notes\":[");
  for (const edi_remark *remark = finding->remarks; remark; remark = remark->next) {
    if (remark->kind != kind) continue;
    edi_buf_text(out, separator);
    put_json_remark(out, remark);
    separator = ",";
  }
  if (kind == EDI_REMARK_NOTE && finding->left_out > 0)
    edi_buf_format(out, "%s\"%zu more labels and notes are left out\"", separator,
                   finding->left_out);
  edi_buf_char(out, ']');
}

static void put_json_head(edi_buf *out, const char *code, edict_severity severity) {
  edi_buf_format(out, "{\"code\":\"%s\",\"severity\":\"%s\",\"message\":", code,
                 severity_names[severity]);
}

static void put_json_finding(edi_buf *out, const edi_finding *finding) {
  const edi_label *primary = edi_finding_primary(finding);
  put_json_head(out, edi_code_name(finding->code), edi_code_severity(finding->code));
  edi_json_string(out, finding->message);
  edi_buf_char(out, ',');
  put_json_place(out, finding->list, primary ? primary->span : EDI_SPAN_NONE);
  put_json_labels(out, finding);
  put_json_remarks(out, finding, EDI_REMARK_WHY);
  put_json_remarks(out, finding, EDI_REMARK_NOTE);
  edi_buf_text(out, ",\"fix\":");
  if (finding->fix.ptr) {
    edi_buf_text(out, "{\"text\":");
    edi_json_string(out, finding->fix);
    edi_buf_text(out, finding->fix_safe ? ",\"safe\":true,\"replace\":" : ",\"safe\":false,\"replace\":");
    if (finding->edit.ptr) edi_json_string(out, finding->edit);
    else edi_buf_text(out, "null");
    edi_buf_char(out, '}');
  } else {
    edi_buf_text(out, "null");
  }
  edi_buf_text(out, "}\n");
}

/* A last object, with the same keys, for what the list could not keep: an error, because errors may
 * be among it. */
static void put_json_rest(edi_buf *out, const edict_diagnostics *list) {
  put_json_head(out, "", EDICT_SEVERITY_ERROR);
  edi_buf_format(out, "\"... and %zu more\",", list->dropped);
  put_json_place(out, list, EDI_SPAN_NONE);
  edi_buf_text(out, ",\"labels\":[],\"why\":[],\"notes\":[");
  if (list->lost) edi_buf_format(out, "\"%s\"", lost_text);
  edi_buf_text(out, "],\"fix\":null}\n");
}

/* ---- the whole ---- */

edict_status edi_diagnostics_render(const edict_diagnostics *list, edict_rendering rendering,
                                    edi_buf *out) {
  const edi_allocator *allocator = out->allocator;
  size_t size = (list->count + 1) * sizeof(entry);
  entry *entries = allocator->resize(allocator->context, NULL, 0, size);
  if (!entries) return EDICT_MEMORY;
  sort_entries(list, entries);
  if (rendering == EDICT_RENDERING_JSON) {
    for (size_t i = 0; i < list->count; i++) put_json_finding(out, entries[i].finding);
    if (list->dropped > 0 || list->lost) put_json_rest(out, list);
  } else {
    put_text(out, list, entries,
             rendering == EDICT_RENDERING_COLOR ? &color_palette : &plain_palette);
  }
  allocator->resize(allocator->context, entries, size, 0);
  return out->failed;
}

edict_status edict_diagnostics_render(const edict_diagnostics *diagnostics,
                                      edict_rendering rendering, char **text, size_t *length) {
  if (!text || !length) return EDICT_ARGUMENT;
  *text = NULL;
  *length = 0;
  if (!diagnostics || (unsigned)rendering > EDICT_RENDERING_JSON) return EDICT_ARGUMENT;
  edi_buf out;
  edi_buf_init(&out, NULL, TEXT_MOST);
  edict_status status = edi_diagnostics_render(diagnostics, rendering, &out);
  edi_buf_char(&out, '\0');
  if (status == EDICT_OK) status = out.failed;
  if (status != EDICT_OK) {
    edi_buf_fini(&out);
    return status;
  }
  *text = out.ptr;
  *length = out.len - 1;
  return EDICT_OK;
}

void edict_text_free(char **text) {
  if (!text || !*text) return;
  edi_allocator_default.resize(edi_allocator_default.context, *text, 0, 0);
  *text = NULL;
}
