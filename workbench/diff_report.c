/* Diff, report: what was found, for people and as JSON (docs/diff.md). */
#include "workbench/diffwork.h"

/* ---- text ---- */

static const char *kind_word(edict_change_kind kind) {
  static const char *const words[] = {"", "added", "removed", "changed", "turned to shadow", "turned out of shadow"};
  return words[kind];
}

static void put_part(const edict_change *change, const edict_change_part *p, edi_buf *into) {
  bool whole = change->kind == EDICT_CHANGE_ADDED || change->kind == EDICT_CHANGE_REMOVED;
  edi_buf_format(into, "      %s", p->name);
  if (whole) edi_buf_format(into, " %s\n", p->after ? p->after : p->before);
  else edi_buf_format(into, "\n        - %s\n        + %s\n", p->before ? p->before : "(none)", p->after ? p->after : "(none)");
}

const char *work_beyond_words(const edict_change *change) {
  if (strcmp(change->noun, "rule") == 0) return "is sure to show all that the pattern matches";
  return strcmp(change->noun, "product") == 0 ? "shows which data is meant now" : "shows who is let in or believed by this";
}

static void put_change(const edict_change *change, edi_buf *into) {
  static const char *const signs[] = {" ", "+", "-", "~", "-", "+"};
  edi_buf_format(into, "  %s %s %s, %s", signs[change->kind], change->noun, change->name, kind_word(change->kind));
  if (*change->file) edi_buf_format(into, "  (%s", change->file);
  if (*change->file && change->line) edi_buf_format(into, ":%u", change->line);
  edi_buf_text(into, *change->file ? ")\n" : "\n");
  for (size_t i = 0; i < change->part_count; i++) put_part(change, &change->parts[i], into);
  if (change->beyond) edi_buf_format(into, "      no request %s: judge it yourself\n", work_beyond_words(change));
}

static void put_changes(const diff_report *r, edi_buf *into) {
  const edict_change *change;
  const char *layer = "";
  for (size_t i = 0; (change = edict_comparison_change(r->comparison, i)); i++) {
    if (strcmp(layer, change->layer) != 0) edi_buf_format(into, "%swhat the %s%s says\n", i ? "\n" : "", strcmp(change->layer, "federal") == 0 ? "federal layer" : "", strcmp(change->layer, "federal") == 0 ? "" : change->layer);
    layer = change->layer;
    put_change(change, into);
  }
  if (edict_comparison_change_count(r->comparison) == 0) edi_buf_text(into, "both sides say the same\n");
}

static const char *heading(diff_verdict v) {
  return v == DIFF_OPENS ? "opens" : v == DIFF_CLOSES ? "closes" : "is different, neither more nor less: counts as opening";
}

static void put_rules(const diff_finding *f, int side, edi_buf *into) {
  edi_buf_format(into, "    %s: %s", side ? "after " : "before", f->permits[side] ? "permit" : "deny");
  if (!f->known[side]) edi_buf_text(into, ", as there is no such product, issuer, action or kind of resource");
  else if (f->rule_counts[side] == 0) edi_buf_text(into, f->permits[side] ? "" : ", as no rule permits it");
  for (size_t i = 0; i < f->rule_counts[side]; i++) edi_buf_format(into, "%s%s", i ? ", " : " by ", f->rules[side][i]);
  edi_buf_char(into, '\n');
}

static void put_lines(const char *text, const char *indent, edi_buf *into) {
  while (*text) {
    size_t length = strcspn(text, "\n");
    edi_buf_format(into, "%s%.*s\n", indent, (int)length, text);
    text += length + (text[length] == '\n');
  }
}

void work_finding_text(const diff_finding *f, edi_buf *into) {
  bool same = f->permits[0] && f->permits[1] && f->rule_counts[0] + f->rule_counts[1] == 0;
  edi_buf_format(into, "%s\n", heading(f->verdict));
  put_lines(f->example, "    ", into);
  if (f->opens) edi_buf_text(into, "    # where the domain permits all that delegates let it\n");
  if (same) edi_buf_text(into, "    before and after: permit\n");
  for (int side = 0; side < 2 && !same; side++) put_rules(f, side, into);
  for (size_t i = 0; i < f->aspect_count; i++)
    if (strcmp(f->aspects[i].what, "effect") != 0)
      edi_buf_format(into, "    %s: %s -> %s (%s)\n", f->aspects[i].what, f->aspects[i].before, f->aspects[i].after, diff_verdict_word(f->aspects[i].verdict));
  if (f->like > 1) edi_buf_format(into, "    %llu requests came out like this one\n", (unsigned long long)f->like);
}

static void put_search(const diff_report *r, edi_buf *into) {
  const char *open;
  if (!r->searched) {
    edi_buf_text(into, "\nnothing changed that requests could be asked for\n");
    return;
  }
  edi_buf_format(into, "\n%llu requests and %llu rows were asked of both sides, about %zu product%s and %zu supposed contract%s:\n", (unsigned long long)r->asked,
                 (unsigned long long)r->rows, r->products, r->products == 1 ? "" : "s", r->contracts, r->contracts == 1 ? "" : "s");
  edi_buf_format(into, "  %llu open, %llu close, %llu are different, %llu are the same\n", (unsigned long long)r->found[DIFF_OPENS],
                 (unsigned long long)r->found[DIFF_CLOSES], (unsigned long long)r->found[DIFF_DIFFERS], (unsigned long long)r->found[DIFF_SAME]);
  if (r->kinds > r->finding_count) edi_buf_format(into, "  %llu kinds of change were found, of which %zu are shown\n", (unsigned long long)r->kinds, r->finding_count);
  edi_buf_text(into, "a search is no proof: requests that it did not ask may come out otherwise\n");
  size_t left = edict_comparison_left(r->comparison);
  if (left) edi_buf_format(into, "  %zu questions about rules met the bound of the search\n", left);
  for (size_t i = 0; (open = edict_comparison_open(r->comparison, i)); i++) edi_buf_format(into, "  not covered on purpose: %s\n", open);
  if (r->skipped) edi_buf_format(into, "  %zu products and supposed contracts were not asked about: --requests asks more\n", r->skipped);
  if (r->unwritable) edi_buf_format(into, "  %zu supposed contracts could not be written, and were left out\n", r->unwritable);
  if (r->unbindable) edi_buf_text(into, "  some products could not be bound on one side\n");
}

static void put_doubts(const diff_report *r, edi_buf *into) {
  static const char *const sides[] = {"old", "new"};
  for (int side = 0; side < 2; side++)
    if (edict_comparison_doubts(r->comparison, (edict_side)side))
      edi_buf_format(into, "a bundle of the %s side is not what its sources give: its program may do what they do not say\n", sides[side]);
}

static void write_text(const diff_report *r, edi_buf *into) {
  static const char *const last[] = {"nothing changes for anybody that was found\n", "it closes, and opens nothing that was found\n",
                                     "it is different in ways that count as opening\n", "it opens\n"};
  put_changes(r, into);
  for (size_t i = 0; i < r->finding_count; i++) {
    edi_buf_format(into, "\n%zu. ", i + 1);
    work_finding_text(&r->findings[i], into);
  }
  put_search(r, into);
  put_doubts(r, into);
  edi_buf_format(into, "\n%s", last[diff_report_verdict(r)]);
}

/* ---- JSON ---- */

static void member(edi_buf *b, const char *name) {
  char last = b->len ? b->ptr[b->len - 1] : '{';
  if (last != '{' && last != '[') edi_buf_char(b, ',');
  edi_json_string(b, edi_str_from(name));
  edi_buf_char(b, ':');
}

static void text_member(edi_buf *b, const char *name, const char *text) {
  member(b, name);
  if (text) edi_json_string(b, edi_str_from(text));
  else edi_buf_text(b, "null");
}

static void number_member(edi_buf *b, const char *name, uint64_t number) {
  member(b, name);
  edi_buf_format(b, "%llu", (unsigned long long)number);
}

static void bool_member(edi_buf *b, const char *name, bool value) {
  member(b, name);
  edi_buf_text(b, value ? "true" : "false");
}

static void begin_item(edi_buf *b) {
  if (b->len && b->ptr[b->len - 1] == '}') edi_buf_char(b, ',');
  edi_buf_char(b, '{');
}

static void json_change(const edict_change *change, edi_buf *b) {
  static const char *const kinds[] = {"", "added", "removed", "changed", "to-shadow", "from-shadow"};
  begin_item(b);
  text_member(b, "kind", kinds[change->kind]);
  text_member(b, "noun", change->noun);
  text_member(b, "name", change->name);
  text_member(b, "layer", change->layer);
  text_member(b, "file", *change->file ? change->file : NULL);
  number_member(b, "line", change->line);
  bool_member(b, "decides", change->decides != 0);
  bool_member(b, "beyond", change->beyond != 0);
  member(b, "parts");
  edi_buf_char(b, '[');
  for (size_t i = 0; i < change->part_count; i++) {
    begin_item(b);
    text_member(b, "name", change->parts[i].name);
    text_member(b, "before", change->parts[i].before);
    text_member(b, "after", change->parts[i].after);
    edi_buf_char(b, '}');
  }
  edi_buf_text(b, "]}");
}

static void json_side(const diff_finding *f, int side, edi_buf *b) {
  member(b, side ? "after" : "before");
  edi_buf_char(b, '{');
  text_member(b, "effect", f->permits[side] ? "permit" : "deny");
  bool_member(b, "known", f->known[side]);
  member(b, "rules");
  edi_buf_char(b, '[');
  for (size_t i = 0; i < f->rule_counts[side]; i++) {
    if (i) edi_buf_char(b, ',');
    edi_json_string(b, edi_str_from(f->rules[side][i]));
  }
  edi_buf_text(b, "]}");
}

static void json_finding(const diff_finding *f, edi_buf *b) {
  begin_item(b);
  text_member(b, "verdict", diff_verdict_word(f->verdict));
  text_member(b, "request", f->example);
  bool_member(b, "supposed", f->supposed);
  bool_member(b, "delegated", f->opens);
  number_member(b, "like", f->like);
  for (int side = 0; side < 2; side++) json_side(f, side, b);
  member(b, "differences");
  edi_buf_char(b, '[');
  for (size_t i = 0; i < f->aspect_count; i++) {
    begin_item(b);
    text_member(b, "what", f->aspects[i].what);
    text_member(b, "before", f->aspects[i].before);
    text_member(b, "after", f->aspects[i].after);
    text_member(b, "verdict", diff_verdict_word(f->aspects[i].verdict));
    edi_buf_char(b, '}');
  }
  edi_buf_text(b, "]}");
}

static void json_search(const diff_report *r, edi_buf *b) {
  const char *open;
  member(b, "search");
  edi_buf_char(b, '{');
  bool_member(b, "searched", r->searched);
  number_member(b, "requests", r->asked);
  number_member(b, "rows", r->rows);
  number_member(b, "products", r->products);
  number_member(b, "contracts", r->contracts);
  number_member(b, "opens", r->found[DIFF_OPENS]);
  number_member(b, "closes", r->found[DIFF_CLOSES]);
  number_member(b, "differs", r->found[DIFF_DIFFERS]);
  number_member(b, "same", r->found[DIFF_SAME]);
  number_member(b, "kinds", r->kinds);
  number_member(b, "left", edict_comparison_left(r->comparison));
  number_member(b, "skipped", r->skipped);
  number_member(b, "unwritable", r->unwritable);
  bool_member(b, "unbindable", r->unbindable);
  member(b, "open");
  edi_buf_char(b, '[');
  for (size_t i = 0; (open = edict_comparison_open(r->comparison, i)); i++) {
    if (i) edi_buf_char(b, ',');
    edi_json_string(b, edi_str_from(open));
  }
  edi_buf_text(b, "]}");
}

static void write_json(const diff_report *r, edi_buf *b) {
  const edict_change *change;
  edi_buf_char(b, '{');
  text_member(b, "verdict", diff_verdict_word(diff_report_verdict(r)));
  member(b, "changes");
  edi_buf_char(b, '[');
  for (size_t i = 0; (change = edict_comparison_change(r->comparison, i)); i++) json_change(change, b);
  edi_buf_char(b, ']');
  member(b, "findings");
  edi_buf_char(b, '[');
  for (size_t i = 0; i < r->finding_count; i++) json_finding(&r->findings[i], b);
  edi_buf_char(b, ']');
  json_search(r, b);
  member(b, "doubts");
  edi_buf_char(b, '{');
  bool_member(b, "old", edict_comparison_doubts(r->comparison, EDICT_SIDE_OLD) != 0);
  bool_member(b, "new", edict_comparison_doubts(r->comparison, EDICT_SIDE_NEW) != 0);
  edi_buf_text(b, "}}\n");
}

edict_status diff_report_write(const diff_report *report, bool json, char **text, size_t *length) {
  edi_buf buf;
  edi_buf_init(&buf, NULL, (size_t)1 << 30);
  if (json) write_json(report, &buf);
  else write_text(report, &buf);
  *length = buf.len;
  edi_buf_char(&buf, '\0');
  return edi_buf_give(&buf, text);
}
