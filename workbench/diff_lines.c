/* Diff, lines: what was found as findings, which a SARIF log is made of: each stands where the rule does that changed it. */
#include <stdio.h>

#include "workbench/diffwork.h"

typedef struct kind { const char *code, *severity, *title; } kind;

static const kind by_verdict[DIFF_VERDICTS] = {
    [DIFF_CLOSES] = {"closes", "note", "something that was permitted or shown is so no more"},
    [DIFF_DIFFERS] = {"differs", "error", "something comes out otherwise, neither more nor less: it counts as opening"},
    [DIFF_OPENS] = {"opens", "error", "something is permitted or shown that was not"},
};
static const kind beyond = {"beyond", "warning", "a change that no request shows: judge it yourself"};
static const kind doubt = {"doubt", "warning", "a bundle that is not what its sources give"};
static const kind unbindable = {"unbindable", "warning", "a product that could not be bound on one side"};

static void begin(edi_buf *b, const kind *k, edi_str message) {
  edi_buf_format(b, "{\"severity\":\"%s\",\"code\":\"%s\",\"title\":", k->severity, k->code);
  edi_json_string(b, edi_str_from(k->title));
  edi_buf_text(b, ",\"message\":");
  edi_json_string(b, message);
}

static void place(edi_buf *b, const edict_change *change) {
  if (!change || !*change->file || change->line == 0) return;
  edi_buf_text(b, ",\"file\":");
  edi_json_string(b, edi_str_from(change->file));
  edi_buf_format(b, ",\"line\":%u", change->line);
}

/* Whether one of those that decided is this rule: they are told as "federal.privacy.contact (permit)". */
static bool names(const diff_finding *f, const char *rule) {
  size_t length = strlen(rule);
  for (int side = 0; side < 2; side++)
    for (size_t i = 0; i < f->rule_counts[side]; i++)
      if (strncmp(f->rules[side][i], rule, length) == 0 && (f->rules[side][i][length] == ' ' || f->rules[side][i][length] == '\0')) return true;
  return false;
}

/* The change that stands behind a finding: of a rule that it names; else the only rule, or the only one of all, that can
 * change an answer. NULL: it cannot be told. */
static const edict_change *cause(const edict_comparison *c, const diff_finding *f) {
  const edict_change *change, *only[2] = {NULL, NULL};
  size_t counts[2] = {0, 0};
  for (size_t i = 0; (change = edict_comparison_change(c, i)); i++) {
    bool rule = strcmp(change->noun, "rule") == 0;
    if (rule && names(f, change->name)) return change;
    for (int any = 0; any < 2; any++)
      if (change->decides && (rule || any) && counts[any]++ == 0) only[any] = change;
  }
  for (int any = 0; any < 2; any++)
    if (counts[any] == 1) return only[any];
  return NULL;
}

static void put_finding(const diff_report *r, const diff_finding *f, edi_buf *b) {
  edi_buf text;
  edi_buf_init(&text, NULL, (size_t)1 << 20);
  work_finding_text(f, &text);
  if (text.len && text.ptr[text.len - 1] == '\n') text.len--;
  begin(b, &by_verdict[f->verdict], (edi_str){text.ptr, text.len});
  place(b, cause(r->comparison, f));
  edi_buf_text(b, "}\n");
  if (text.failed != EDICT_OK) b->failed = text.failed;
  edi_buf_fini(&text);
}

static void put_beyond(const edict_change *change, edi_buf *b) {
  char text[512];
  snprintf(text, sizeof text, "%s %s changed, and no request %s: judge it yourself", change->noun, change->name, work_beyond_words(change));
  begin(b, &beyond, edi_str_from(text));
  place(b, change);
  edi_buf_text(b, "}\n");
}

static void put_plain(const kind *k, const char *text, edi_buf *b) {
  begin(b, k, edi_str_from(text));
  edi_buf_text(b, "}\n");
}

edict_status diff_report_lines(const diff_report *report, char **text, size_t *length) {
  const edict_change *change;
  edi_buf b;
  edi_buf_init(&b, NULL, (size_t)1 << 30);
  for (size_t i = 0; i < report->finding_count; i++) put_finding(report, &report->findings[i], &b);
  for (size_t i = 0; (change = edict_comparison_change(report->comparison, i)); i++)
    if (change->beyond) put_beyond(change, &b);
  if (edict_comparison_doubts(report->comparison, EDICT_SIDE_OLD))
    put_plain(&doubt, "a bundle of the old side is not what its sources give: its program may do what they do not say", &b);
  if (edict_comparison_doubts(report->comparison, EDICT_SIDE_NEW))
    put_plain(&doubt, "a bundle of the new side is not what its sources give: its program may do what they do not say", &b);
  if (report->unbindable) put_plain(&unbindable, "some products could not be bound on one side", &b);
  *length = b.len;
  edi_buf_char(&b, '\0');
  return edi_buf_give(&b, text);
}
