/* Report: see the header. One function a form. Texts of tests pass through one of the escapes below on
 * their way into each. */
#include "workbench/report.h"

#include "workbench/markup.h"

static edi_str str(const char *s) { return edi_str_from(s); }

static void pad(edi_buf *into, size_t length, size_t width) {
  for (size_t i = length; i < width; i++) edi_buf_char(into, ' ');
}

/* ---- text ---- */

static void put_safe(edi_buf *into, const char *text) { edi_buf_escaped(into, str(text), SIZE_MAX); }

static void text_failure(const runner_result *r, const runner_failure *f, edi_buf *into) {
  edi_buf_format(into, "  %s:%u", r->test.file, f->line);
  if (*f->text) edi_buf_text(into, "  ");
  put_safe(into, f->text);
  edi_buf_text(into, "\n      expected  ");
  put_safe(into, f->expected);
  edi_buf_text(into, "\n      got       ");
  put_safe(into, f->got);
  for (size_t i = 0; i < f->note_count; i++) {
    edi_buf_text(into, i ? "\n                " : "\n      as        ");
    put_safe(into, f->notes[i]);
  }
  edi_buf_char(into, '\n');
}

static size_t widest(const runner_result *r, bool effect) {
  size_t most = 0;
  for (size_t i = 0; i < r->reason_count; i++) {
    size_t length = strlen(effect ? r->reasons[i].effect : r->reasons[i].rule);
    if (length > most) most = length;
  }
  return most;
}

static void text_reasons(const runner_result *r, edi_buf *into) {
  size_t effects = widest(r, true), rules = widest(r, false);
  edi_buf_format(into, "  the decision was %s:\n", r->decision);
  for (size_t i = 0; i < r->reason_count; i++) {
    const runner_reason *reason = &r->reasons[i];
    edi_buf_format(into, "      %-7s  %s", reason->holds, reason->effect);
    pad(into, strlen(reason->effect), effects + 2);
    edi_buf_text(into, reason->rule);
    if (*reason->at) {
      pad(into, strlen(reason->rule), rules + 2);
      edi_buf_text(into, reason->at);
    }
    if (*reason->because) edi_buf_text(into, "  ");
    put_safe(into, reason->because);
    if (*reason->unknown) edi_buf_format(into, "; unknown: %s", reason->unknown);
    if (*reason->note) edi_buf_format(into, "; %s", reason->note);
    edi_buf_char(into, '\n');
  }
}

static void write_text(const char *project, const runner_report *report, edi_buf *into) {
  (void)project;
  for (size_t i = 0; i < report->count; i++) {
    const runner_result *r = &report->results[i];
    if (!r->failure_count) continue;
    edi_buf_text(into, "not ok ");
    put_safe(into, r->test.title);
    edi_buf_format(into, "  %s:%u\n", r->test.file, r->test.line);
    for (size_t f = 0; f < r->failure_count; f++) text_failure(r, &r->failures[f], into);
    if (r->decision) text_reasons(r, into);
    edi_buf_char(into, '\n');
  }
  edi_buf_format(into, "%zu passed, %zu failed\n", report->passed, report->failed);
}

/* ---- JSON lines ---- */

static void member(edi_buf *into, const char *name, const char *value) {
  edi_buf_format(into, "\"%s\": ", name);
  if (value) edi_json_string(into, str(value));
  else edi_buf_text(into, "null");
}

static void json_failure(const runner_failure *f, edi_buf *into) {
  edi_buf_format(into, "{\"line\": %u, ", f->line);
  member(into, "text", f->text);
  edi_buf_text(into, ", ");
  member(into, "expected", f->expected);
  edi_buf_text(into, ", ");
  member(into, "got", f->got);
  edi_buf_text(into, ", \"notes\": [");
  for (size_t i = 0; i < f->note_count; i++) {
    if (i) edi_buf_text(into, ", ");
    edi_json_string(into, str(f->notes[i]));
  }
  edi_buf_text(into, "]}");
}

static void json_reason(const runner_reason *reason, edi_buf *into) {
  const struct { const char *name, *value; } members[] = {
      {"rule", reason->rule}, {"effect", reason->effect}, {"holds", reason->holds},
      {"because", reason->because}, {"at", reason->at}, {"unknown", reason->unknown}, {"note", reason->note}};
  edi_buf_char(into, '{');
  for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
    if (i) edi_buf_text(into, ", ");
    member(into, members[i].name, members[i].value);
  }
  edi_buf_char(into, '}');
}

static void json_result(const runner_result *r, edi_buf *into) {
  edi_buf_char(into, '{');
  member(into, "test", r->test.title);
  edi_buf_text(into, ", ");
  member(into, "file", r->test.file);
  edi_buf_format(into, ", \"line\": %u, ", r->test.line);
  member(into, "result", r->failure_count ? "failed" : "passed");
  edi_buf_text(into, ", ");
  member(into, "decision", r->decision);
  edi_buf_text(into, ", \"failures\": [");
  for (size_t i = 0; i < r->failure_count; i++) {
    if (i) edi_buf_text(into, ", ");
    json_failure(&r->failures[i], into);
  }
  edi_buf_text(into, "], \"reasons\": [");
  for (size_t i = 0; i < r->reason_count; i++) {
    if (i) edi_buf_text(into, ", ");
    json_reason(&r->reasons[i], into);
  }
  edi_buf_text(into, "]}\n");
}

static void write_json(const char *project, const runner_report *report, edi_buf *into) {
  for (size_t i = 0; i < report->count; i++) json_result(&report->results[i], into);
  edi_buf_char(into, '{');
  member(into, "project", project);
  edi_buf_format(into, ", \"passed\": %zu, \"failed\": %zu}\n", report->passed, report->failed);
}

/* ---- TAP 14 ---- */

/* In a description `#` begins a directive, and a backslash escapes both. */
static void tap_title(const char *title, edi_buf *into) {
  edi_buf safe;
  edi_buf_init(&safe, NULL, (size_t)1 << 20);
  put_safe(&safe, title);
  for (size_t i = 0; i < safe.len; i++) {
    if (safe.ptr[i] == '#' || safe.ptr[i] == '\\') edi_buf_char(into, '\\');
    edi_buf_char(into, safe.ptr[i]);
  }
  if (safe.failed != EDICT_OK) into->failed = safe.failed;
  edi_buf_fini(&safe);
}

/* A JSON string is a YAML scalar too, once it needs no surrogates. */
static void scalar(edi_buf *into, const char *value) {
  edi_buf safe;
  edi_buf_init(&safe, NULL, (size_t)16 << 20);
  put_safe(&safe, value);
  edi_json_string(into, (edi_str){safe.ptr ? safe.ptr : "", safe.len});
  if (safe.failed != EDICT_OK) into->failed = safe.failed;
  edi_buf_fini(&safe);
}

static void yaml(edi_buf *into, const char *indent, const char *name, const char *value) {
  edi_buf_format(into, "%s%s: ", indent, name);
  scalar(into, value);
  edi_buf_char(into, '\n');
}

static void tap_failure(const runner_failure *f, edi_buf *into) {
  edi_buf_format(into, "    - line: %u\n", f->line);
  yaml(into, "      ", "text", f->text);
  yaml(into, "      ", "expected", f->expected);
  yaml(into, "      ", "got", f->got);
  if (f->note_count) edi_buf_text(into, "      notes:\n");
  for (size_t i = 0; i < f->note_count; i++) {
    edi_buf_text(into, "        - ");
    scalar(into, f->notes[i]);
    edi_buf_char(into, '\n');
  }
}

static void tap_diagnostics(const runner_result *r, edi_buf *into) {
  edi_buf_text(into, "  ---\n");
  edi_buf_text(into, "  severity: fail\n");
  edi_buf_text(into, "  at:\n");
  yaml(into, "    ", "file", r->test.file);
  edi_buf_format(into, "    line: %u\n  failures:\n", r->test.line);
  for (size_t i = 0; i < r->failure_count; i++) tap_failure(&r->failures[i], into);
  if (r->decision) yaml(into, "  ", "decision", r->decision);
  if (r->reason_count) edi_buf_text(into, "  reasons:\n");
  for (size_t i = 0; i < r->reason_count; i++) {
    const runner_reason *reason = &r->reasons[i];
    yaml(into, "    - ", "rule", reason->rule);
    yaml(into, "      ", "effect", reason->effect);
    yaml(into, "      ", "holds", reason->holds);
    yaml(into, "      ", "because", reason->because);
    yaml(into, "      ", "at", reason->at);
    yaml(into, "      ", "unknown", reason->unknown);
    yaml(into, "      ", "note", reason->note);
  }
  edi_buf_text(into, "  ...\n");
}

static void write_tap(const char *project, const runner_report *report, edi_buf *into) {
  (void)project;
  edi_buf_format(into, "TAP version 13\n1..%zu%s\n", report->count, report->count ? "" : " # SKIP no test");
  for (size_t i = 0; i < report->count; i++) {
    const runner_result *r = &report->results[i];
    edi_buf_format(into, "%sok %zu - ", r->failure_count ? "not " : "", i + 1);
    tap_title(r->test.title, into);
    edi_buf_char(into, '\n');
    if (r->failure_count) tap_diagnostics(r, into);
  }
}

/* ---- JUnit ---- */

static void xml(edi_buf *into, const char *text, bool lines) { markup_text(into, str(text), lines); }

static void attribute(edi_buf *into, const char *name, const char *value) { markup_attribute(into, name, str(value)); }

static void junit_failure(const runner_result *r, edi_buf *into) {
  const runner_failure *first = &r->failures[0];
  edi_buf details;
  edi_buf_init(&details, NULL, (size_t)16 << 20);
  for (size_t i = 0; i < r->failure_count; i++) text_failure(r, &r->failures[i], &details);
  if (r->decision) text_reasons(r, &details);
  edi_buf_char(&details, '\0');
  edi_buf_text(into, "      <failure message=\"expected ");
  xml(into, first->expected, false);
  edi_buf_text(into, ", got ");
  xml(into, first->got, false);
  edi_buf_text(into, "\" type=\"expectation\">");
  if (details.failed == EDICT_OK) xml(into, details.ptr, true);
  else into->failed = details.failed;
  edi_buf_text(into, "</failure>\n");
  edi_buf_fini(&details);
}

static void junit_case(const runner_result *r, edi_buf *into) {
  edi_buf_text(into, "    <testcase");
  attribute(into, "name", r->test.title);
  attribute(into, "classname", r->test.file);
  edi_buf_text(into, r->failure_count ? ">\n" : "/>\n");
  if (!r->failure_count) return;
  junit_failure(r, into);
  edi_buf_text(into, "    </testcase>\n");
}

static size_t same_file(const runner_report *report, size_t from, size_t *failed) {
  size_t past = from;
  *failed = 0;
  for (; past < report->count && strcmp(report->results[past].test.file, report->results[from].test.file) == 0; past++)
    *failed += report->results[past].failure_count > 0;
  return past;
}

static void write_junit(const char *project, const runner_report *report, edi_buf *into) {
  edi_buf_text(into, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
  attribute(into, "name", project);
  edi_buf_format(into, " tests=\"%zu\" failures=\"%zu\" errors=\"0\">\n", report->count, report->failed);
  for (size_t i = 0, past, failed; i < report->count; i = past) {
    past = same_file(report, i, &failed);
    edi_buf_text(into, "  <testsuite");
    attribute(into, "name", report->results[i].test.file);
    attribute(into, "file", report->results[i].test.file);
    edi_buf_format(into, " tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"0\">\n", past - i, failed);
    for (size_t k = i; k < past; k++) junit_case(&report->results[k], into);
    edi_buf_text(into, "  </testsuite>\n");
  }
  edi_buf_text(into, "</testsuites>\n");
}

/* ---- findings, as JSON lines ---- */

static void finding_notes(const runner_result *r, const runner_failure *f, edi_buf *into) {
  size_t count = 0;
  for (size_t i = 0; i < f->note_count; i++) {
    if (count++) edi_buf_text(into, ", ");
    edi_json_string(into, str(f->notes[i]));
  }
  if (r->decision) {
    if (count) edi_buf_text(into, ", ");
    edi_buf text;
    edi_buf_init(&text, NULL, (size_t)16 << 20);
    text_reasons(r, &text);
    edi_json_string(into, text.len > 3 ? (edi_str){text.ptr + 2, text.len - 3} : EDI_STR("")); /* its indent, its line end */
    if (text.failed != EDICT_OK) into->failed = text.failed;
    edi_buf_fini(&text);
  }
}

/* What edict_diagnostics_render would write of an expectation that is not met: of a place the line is known. */
static void finding(const runner_result *r, const runner_failure *f, edi_buf *into) {
  edi_buf message;
  edi_buf_init(&message, NULL, (size_t)16 << 20);
  edi_buf_format(&message, "test `%s`: expected %s, got %s", r->test.title, f->expected, f->got);
  edi_buf_text(into, "{\"code\": \"E0345\", \"severity\": \"error\", \"message\": ");
  edi_json_string(into, (edi_str){message.ptr ? message.ptr : "", message.len});
  if (message.failed != EDICT_OK) into->failed = message.failed;
  edi_buf_fini(&message);
  edi_buf_text(into, ", ");
  member(into, "file", r->test.file);
  edi_buf_format(into, ", \"line\": %u, \"labels\": [], \"why\": [], \"fix\": null, \"notes\": [", f->line ? f->line : r->test.line);
  finding_notes(r, f, into);
  edi_buf_text(into, "]}\n");
}

static void write_findings(const char *project, const runner_report *report, edi_buf *into) {
  (void)project;
  for (size_t i = 0; i < report->count; i++)
    for (size_t k = 0; k < report->results[i].failure_count; k++) finding(&report->results[i], &report->results[i].failures[k], into);
}

/* ---- the whole ---- */

edict_status runner_render(const char *format, const char *project, const runner_report *report, char **text,
                           size_t *length) {
  static const struct {
    const char *name;
    void (*write)(const char *project, const runner_report *report, edi_buf *into);
  } writers[] = {{"text", write_text}, {"json", write_json}, {"tap", write_tap}, {"junit", write_junit}, {"findings", write_findings}};
  *text = NULL;
  for (size_t i = 0; i < sizeof writers / sizeof *writers; i++) {
    edi_buf buf;
    if (strcmp(writers[i].name, format) != 0) continue;
    edi_buf_init(&buf, NULL, (size_t)1 << 30);
    writers[i].write(project, report, &buf);
    *length = buf.len;
    return edi_buf_give(&buf, text);
  }
  return EDICT_ARGUMENT;
}
