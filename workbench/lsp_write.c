/* Writing: completion, layout, and the fixes of findings.
 *
 * A fix that is marked safe is offered as preferred, and all safe ones of a file at once. A suggestion is
 * offered as one, never as preferred and never among all: whoever takes it has read it. */
#include <stdint.h>
#include <string.h>

#include "workbench/lsp_server.h"

/* ---- completion ---- */

typedef struct offers {
  json_t *items, *seen;
  json_t *range;
} offers;

/* CompletionItemKind of the protocol. */
static int kind_number(const char *kind) {
  static const struct {
    const char *kind;
    int number;
  } kinds[] = {{"word", 14},  {"attribute", 10}, {"rule", 3},  {"transform", 3}, {"definition", 3}, {"type", 25},
               {"level", 20}, {"table", 22},     {"key", 21},  {"column", 5},    {"dataset", 7},    {"product", 9}};
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (strcmp(kinds[i].kind, kind) == 0) return kinds[i].number;
  return 13;
}

static void add_offer(void *user, const edict_completion *one) {
  offers *o = user;
  if (json_object_get(o->seen, one->text)) return;
  json_object_set_new(o->seen, one->text, json_true());
  json_t *item = json_pack("{s:s, s:i, s:{s:O, s:s}}", "label", one->text, "kind", kind_number(one->kind), "textEdit",
                           "range", o->range, "newText", one->text);
  json_t *detail = *one->detail ? json_sprintf("%s  %s", one->kind, one->detail) : json_string(one->kind);
  if (detail) json_object_set_new(item, "detail", detail);
  json_array_append_new(o->items, item);
}

/* The word at the cursor is what is replaced, so offers are made against a range that is known before. */
static size_t word_begin(const lsp_spot *spot) {
  size_t at = spot->offset;
  while (at > 0) {
    char c = spot->text.text[at - 1];
    bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
    if (!word) break;
    at--;
  }
  return at;
}

json_t *lsp_complete(lsp_server *s, const json_t *params) {
  lsp_spot spot;
  if (!json_object_get(params, "position")) return lsp_fail(s, LSP_INVALID_PARAMS, "there is no position");
  if (!lsp_spot_of(s, params, &spot)) return NULL;
  lsp_walk walk = {.text = spot.text.text, .length = spot.text.length};
  offers o = {json_array(), json_object(), lsp_range(s, &walk, word_begin(&spot), spot.offset)};
  size_t begin;
  edict_status status = edict_editor_complete(spot.project->editor, spot.file, spot.offset, add_offer, &o, &begin);
  if (status == EDICT_MEMORY || status == EDICT_LIMIT) (void)lsp_fail(s, LSP_INTERNAL, "no memory is left");
  json_decref(o.seen);
  json_decref(o.range);
  return json_pack("{s:b, s:o}", "isIncomplete", 0, "items", o.items);
}

/* ---- layout ---- */

json_t *lsp_format(lsp_server *s, const json_t *params) {
  const char *uri = lsp_text(json_object_get(params, "textDocument"), "uri");
  size_t length, size;
  const char *text = lsp_document_text(s, uri, &length);
  if (!text) return lsp_fail(s, LSP_INVALID_PARAMS, "the document is not open");
  edict_diagnostics *findings = edict_diagnostics_create();
  char *out = NULL;
  edict_status status = findings ? edict_rules_format(uri, text, length, &out, &size, findings) : EDICT_MEMORY;
  edict_diagnostics_destroy(&findings);
  if (status == EDICT_FINDINGS) return lsp_fail(s, LSP_REQUEST_FAILED, "the file does not parse: mend that first");
  if (status != EDICT_OK) return lsp_fail(s, LSP_REQUEST_FAILED, "the file cannot be laid out");
  lsp_walk walk = {.text = text, .length = length};
  bool same = size == length && memcmp(out, text, size) == 0;
  json_t *edits = json_array();
  if (!same)
    json_array_append_new(edits, json_pack("{s:o, s:s%}", "range", lsp_range(s, &walk, 0, length), "newText", out, size));
  edict_text_free(&out);
  return edits;
}

/* ---- fixes ---- */

static json_t *range_of(const lsp_server *s, const edict_editor_file *file, const json_t *place) {
  lsp_walk walk = {.text = file->text, .length = file->length};
  size_t begin = lsp_locate(&walk, json_integer_value(json_object_get(place, "line")),
                            json_integer_value(json_object_get(place, "column")));
  size_t end = lsp_locate(&walk, json_integer_value(json_object_get(place, "end_line")),
                          json_integer_value(json_object_get(place, "end_column")));
  walk = (lsp_walk){.text = file->text, .length = file->length};
  return lsp_range(s, &walk, begin, end > begin ? end : begin);
}

static bool is_before(const json_t *a, const json_t *b) {
  json_int_t line = json_integer_value(json_object_get(a, "line")) - json_integer_value(json_object_get(b, "line"));
  json_int_t at = json_integer_value(json_object_get(a, "character")) - json_integer_value(json_object_get(b, "character"));
  return line < 0 || (line == 0 && at < 0);
}

static bool touches(const json_t *a, const json_t *b) {
  return !is_before(json_object_get(a, "end"), json_object_get(b, "start")) &&
         !is_before(json_object_get(b, "end"), json_object_get(a, "start"));
}

/* The fix of a finding: a text in the place of what it is about. */
static json_t *edit_of(const lsp_server *s, const edict_editor_file *file, const json_t *item) {
  return json_pack("{s:o, s:s}", "range", range_of(s, file, item), "newText",
                   lsp_text(json_object_get(item, "fix"), "replace"));
}

static json_t *action(const char *kind, json_t *title, json_t *uri, json_t *edits, bool preferred) {
  json_t *changes = json_object();
  json_object_set_new(changes, json_string_value(uri), edits);
  json_decref(uri);
  json_t *out = json_pack("{s:o, s:s, s:{s:o}}", "title", title, "kind", kind, "edit", "changes", changes);
  if (preferred) json_object_set_new(out, "isPreferred", json_true());
  return out;
}

/* Whether the client asks for actions of this kind: all if it names none. */
static bool is_wanted(const json_t *params, const char *kind) {
  const json_t *only = json_object_get(json_object_get(params, "context"), "only");
  for (size_t i = 0; i < json_array_size(only); i++) {
    const char *wish = json_string_value(json_array_get(only, i));
    size_t length = wish ? strlen(wish) : 0;
    if (wish && strncmp(kind, wish, length) == 0 && (kind[length] == '\0' || kind[length] == '.')) return true;
  }
  return json_array_size(only) == 0;
}

static void add_fix(lsp_server *s, const lsp_spot *spot, const json_t *item, json_t *range, const json_t *asked,
                    json_t *actions) {
  const json_t *fix = json_object_get(item, "fix");
  bool safe = json_is_true(json_object_get(fix, "safe"));
  if (!touches(range, asked)) return;
  json_t *title = json_sprintf(safe ? "%s" : "%s (a suggestion)", lsp_text(fix, "text"));
  json_t *edits = json_pack("[o]", edit_of(s, &spot->text, item));
  json_array_append_new(actions, action("quickfix", title, lsp_uri_of(spot->text.path), edits, safe));
}

json_t *lsp_code_actions(lsp_server *s, const json_t *params) {
  lsp_spot spot;
  json_t *actions = json_array(), *all = json_array();
  const json_t *asked = json_object_get(params, "range");
  bool found = lsp_spot_of(s, params, &spot);
  for (size_t i = 0; found && i < json_array_size(spot.project->items); i++) {
    const json_t *item = json_array_get(spot.project->items, i);
    const json_t *fix = json_object_get(item, "fix");
    const char *name = lsp_text(fix, "replace") ? lsp_text(item, "file") : NULL;
    if (!name || strcmp(name, spot.text.name) != 0) continue;
    if (json_is_true(json_object_get(fix, "safe"))) json_array_append_new(all, edit_of(s, &spot.text, item));
    json_t *range = range_of(s, &spot.text, item);
    if (is_wanted(params, "quickfix")) add_fix(s, &spot, item, range, asked, actions);
    json_decref(range);
  }
  if (json_array_size(all) > 0 && is_wanted(params, "source.fixAll"))
    json_array_append_new(actions, action("source.fixAll", json_string("Apply all safe fixes"),
                                          lsp_uri_of(spot.text.path), json_incref(all), false));
  json_decref(all);
  return actions;
}
