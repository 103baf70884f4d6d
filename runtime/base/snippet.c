/* Snippet: the places of a finding, drawn as lines of source with marks under them.
 *
 *     --> file:line:column          the place of the first label
 *      |
 *   12 | unless subject.clearence   the line; tabs become spaces, hidden characters escapes
 *      |        ^^^^^^^ text         one row a label: ^ primary, - secondary
 *
 * In: a finding's labels, whose offsets may be anything. Out: text. Labels on one line share its
 * picture. A line of more than 160 code points is shown as a window around the first label. */
#include "base/findings.h"

enum { WINDOW_POINTS = 160, WINDOW_BEFORE = 40 /* bytes */, TAB_STOP = 4 };

/* The part of a line that is shown. */
typedef struct view {
  const edi_source_text *source;
  edi_source number;
  uint32_t line;     /* from 1 */
  size_t begin, end; /* of what is shown */
  bool cut_before, cut_after;
} view;

/* The end of the line from `begin`, without its line break. */
static size_t line_end(const edi_source_text *source, uint32_t line) {
  size_t begin = source->lines[line - 1];
  size_t end = line < source->line_count ? source->lines[line] - 1 : source->text.len;
  return end > begin && source->text.ptr[end - 1] == '\r' ? end - 1 : end;
}

/* Past `points` code points from `at`, or `end`. */
static size_t skip_points(edi_str text, size_t at, size_t end, size_t points) {
  for (size_t plain; points > 0 && at < end; points -= plain) {
    plain = edi_utf8_ascii((edi_str){text.ptr, end}, at);
    if (plain > points) plain = points;
    at += plain;
    if (plain) continue;
    edi_utf8_next(text, &at);
    plain = 1;
  }
  return at < end ? at : end;
}

/* A code point's start at or shortly after `offset`. */
static size_t point_start(const edi_source_text *source, size_t offset) {
  size_t mark = offset / EDI_COLUMN_STRIDE,
         at = mark * EDI_COLUMN_STRIDE + (source->marks[mark] & 3);
  while (at < offset) edi_utf8_next(source->text, &at);
  return at;
}

static view view_of(const edict_diagnostics *list, edi_span span) {
  view v = {.source = &list->sources[span.source], .number = span.source};
  v.line = edi_source_line(v.source, span.begin);
  size_t begin = v.source->lines[v.line - 1], end = line_end(v.source, v.line);
  v.begin = begin;
  v.end = skip_points(v.source->text, begin, end, WINDOW_POINTS);
  if (v.end == end) return v;
  size_t at = span.begin < end ? span.begin : end;
  if (at - begin > WINDOW_BEFORE) v.begin = point_start(v.source, at - WINDOW_BEFORE);
  v.end = skip_points(v.source->text, v.begin, end, WINDOW_POINTS);
  v.cut_before = v.begin > begin;
  v.cut_after = v.end < end;
  return v;
}

static bool is_in_view(const edict_diagnostics *list, const view *v, edi_span span) {
  if (span.source != v->number || edi_source_line(&list->sources[span.source], span.begin) != v->line) return false;
  return span.begin >= v->begin && (span.begin < v->end || !v->cut_after);
}

/* How many bytes from `at` on stand for themselves, up to `end`. */
static size_t plain_run(edi_str text, size_t at, size_t end) {
  size_t run = at;
  while (run < end && text.ptr[run] >= ' ' && text.ptr[run] <= '~') run++;
  return run - at;
}

/* One code point as it is shown; returns its width. `out` may be NULL. */
static size_t put_cell(edi_buf *out, edi_str text, size_t *at, size_t column) {
  char piece[12];
  if (text.ptr[*at] == '\t') {
    size_t width = TAB_STOP - column % TAB_STOP;
    (*at)++;
    if (out) edi_buf_append(out, "    ", width);
    return width;
  }
  size_t begin = *at, length = edi_utf8_escape(text, at, piece);
  if (out) edi_buf_append(out, piece, length);
  bool as_it_is = length == *at - begin && piece[0] == text.ptr[begin];
  return as_it_is ? 1 : length;
}

/* One code point, or all that stand for themselves as far as `end`, which is no code point's middle. */
static size_t put_cells(edi_buf *out, edi_str text, size_t *at, size_t end, size_t column) {
  size_t plain = plain_run(text, *at, end);
  if (plain == 0) return put_cell(out, text, at, column);
  if (out) edi_buf_append(out, text.ptr + *at, plain);
  *at += plain;
  return plain;
}

static void end_line(edi_buf *out) {
  while (out->len > 0 && out->ptr[out->len - 1] == ' ') out->len--;
  edi_buf_char(out, '\n');
}

/* "12 | " or "   | ". */
static void put_gutter(edi_buf *out, unsigned gutter, uint32_t line, const edi_palette *palette) {
  char digits[12];
  unsigned count = 0;
  edi_buf_text(out, palette->gutter);
  for (; line > 0; line /= 10) digits[sizeof digits - ++count] = (char)('0' + line % 10);
  edi_buf_repeat(out, ' ', gutter > count ? gutter - count : 0);
  edi_buf_append(out, digits + sizeof digits - count, count);
  edi_buf_text(out, " |");
  edi_buf_text(out, palette->plain);
  edi_buf_char(out, ' ');
}

static void put_source_line(edi_buf *out, const view *v, unsigned gutter,
                            const edi_palette *palette) {
  edi_str shown = {v->source->text.ptr, v->end};
  size_t column = 0;
  put_gutter(out, gutter, v->line, palette);
  if (v->cut_before) edi_buf_text(out, "...");
  for (size_t at = v->begin; at < v->end;) column += put_cells(out, shown, &at, v->end, column);
  if (v->cut_after) edi_buf_text(out, "...");
  end_line(out);
}

/* The marks under a label's part of the line, and its text. */
static void put_marks(edi_buf *out, const view *v, const edi_label *label, unsigned gutter,
                      const char *severity, const edi_palette *palette) {
  edi_str shown = {v->source->text.ptr, v->end};
  size_t column = 0, width = 0, at = v->begin;
  size_t begin = label->span.begin < v->end ? label->span.begin : v->end, end = label->span.end < v->end ? label->span.end : v->end;
  while (at < begin) column += put_cells(NULL, shown, &at, begin, column);
  while (at < end) width += put_cells(NULL, shown, &at, end, column + width);
  put_gutter(out, gutter, 0, palette);
  edi_buf_repeat(out, ' ', column + (v->cut_before ? 3 : 0));
  edi_buf_text(out, label->primary ? severity : palette->secondary);
  edi_buf_repeat(out, label->primary ? '^' : '-', width > 0 ? width : 1);
  if (label->text.len > 0) edi_buf_char(out, ' ');
  edi_buf_str(out, label->text);
  edi_buf_text(out, palette->plain);
  end_line(out);
}

static void put_place(edi_buf *out, const edict_diagnostics *list, edi_span span, unsigned gutter,
                      const edi_palette *palette) {
  uint32_t line, column;
  edi_source_locate(&list->sources[span.source], span.begin, &line, &column);
  edi_buf_format(out, "%*s%s-->%s ", (int)gutter, "", palette->gutter, palette->plain);
  edi_buf_str(out, list->sources[span.source].name);
  edi_buf_format(out, ":%u:%u\n", line, column);
  put_gutter(out, gutter, 0, palette);
  end_line(out);
}

unsigned edi_snippet_gutter(const edi_finding *finding) {
  uint32_t largest = 1;
  unsigned digits = 0;
  for (const edi_label *label = finding->labels; label; label = label->next) {
    if (!edi_diagnostics_has(finding->list, label->span)) continue;
    uint32_t line = edi_source_line(&finding->list->sources[label->span.source], label->span.begin);
    if (line > largest) largest = line;
  }
  for (; largest > 0; largest /= 10) digits++;
  return digits;
}

void edi_snippet_draw(edi_buf *out, const edi_finding *finding, unsigned gutter,
                      const edi_palette *palette) {
  const edict_diagnostics *list = finding->list;
  const char *severity = palette->severity[edi_code_severity(finding->code)];
  bool drawn[EDI_FINDING_PARTS_MOST] = {false}, any = false;
  size_t i = 0;
  for (const edi_label *first = finding->labels; first; first = first->next, i++) {
    if (drawn[i] || !edi_diagnostics_has(list, first->span)) continue;
    view v = view_of(list, first->span);
    if (any) {
      put_gutter(out, gutter, 0, palette);
      end_line(out);
    }
    any = true;
    put_place(out, list, first->span, gutter, palette);
    put_source_line(out, &v, gutter, palette);
    size_t k = i;
    for (const edi_label *label = first; label; label = label->next, k++) {
      if (drawn[k] || (label != first && !is_in_view(list, &v, label->span))) continue;
      drawn[k] = true;
      put_marks(out, &v, label, gutter, severity, palette);
    }
  }
}
