/* Names: what a name means, where it is declared, who uses it, and calling it otherwise.
 *
 * In: a place. Out: places, in every project of the workspace: a federal name is used in the projects of
 * the domains, which know it from the federal bundle. A rename changes all of them or none. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "workbench/lsp_server.h"

static edict_reference places[LSP_PLACES_MOST];
static edict_outline outline[LSP_OUTLINE_MOST];

/* ---- places ---- */

static json_t *location(const lsp_server *s, const edict_editor_file *file, size_t begin, size_t end) {
  lsp_walk walk = {.text = file->text, .length = file->length};
  return json_pack("{s:o, s:o}", "uri", lsp_uri_of(file->path), "range", lsp_range(s, &walk, begin, end));
}

/* Where the symbol is declared, in this project or in the one that its federal bundle is built from. */
static json_t *declaration(lsp_server *s, lsp_project *p, const edict_symbol *symbol) {
  edict_editor_file file;
  if (symbol->file != EDICT_EDITOR_NOWHERE && edict_editor_file_at(p->editor, symbol->file, &file) == EDICT_OK)
    return location(s, &file, symbol->begin, symbol->end);
  for (size_t i = 0; i < s->project_count; i++) {
    lsp_project *other = &s->projects[i];
    edict_symbol same;
    if (other == p ||
        edict_editor_symbol_named(other->editor, symbol->kind, symbol->qualified, &same) != EDICT_OK ||
        same.file == EDICT_EDITOR_NOWHERE || edict_editor_file_at(other->editor, same.file, &file) != EDICT_OK)
      continue;
    return location(s, &file, same.begin, same.end);
  }
  return NULL;
}

static bool symbol_at(lsp_server *s, const json_t *params, lsp_spot *spot, edict_symbol *symbol, edict_reference *here) {
  return lsp_spot_of(s, params, spot) &&
         edict_editor_symbol_at(spot->project->editor, spot->file, spot->offset, symbol, here) == EDICT_OK;
}

/* ---- hover ---- */

/* Text of a person's within Markdown: nothing in it is markup. */
static void put_plain(json_t *parts, const char *text) {
  char out[4096];
  size_t length = 0;
  for (; *text && length + 2 < sizeof out; text++) {
    if (strchr("\\`*_{}[]<>#+-.!|&~", *text)) out[length++] = '\\';
    out[length++] = *text;
  }
  while (length > 0 && ((unsigned char)out[length - 1] & 0xC0) == 0x80 && *text) length--; /* no half character */
  json_array_append_new(parts, json_stringn_nocheck(out, length));
}

static json_t *joined(json_t *parts) {
  json_t *text = json_string("");
  for (size_t i = 0; i < json_array_size(parts); i++) {
    const char *part = json_string_value(json_array_get(parts, i));
    json_t *longer = part ? json_sprintf("%s%s", json_string_value(text), part) : NULL;
    if (!longer) continue;
    json_decref(text);
    text = longer;
  }
  json_decref(parts);
  return text;
}

static json_t *hover_text(const lsp_server *s, const edict_symbol *symbol) {
  json_t *parts = json_array();
  json_array_append_new(parts, s->markdown ? json_sprintf("```edict\n%s\n```", symbol->signature)
                                           : json_string(symbol->signature));
  const char *more[] = {symbol->title, symbol->see};
  for (size_t i = 0; i < 2; i++) {
    if (!more[i]) continue;
    json_array_append_new(parts, json_string("\n\n"));
    if (s->markdown) put_plain(parts, more[i]);
    else json_array_append_new(parts, json_string(more[i]));
  }
  if (symbol->file == EDICT_EDITOR_NOWHERE)
    json_array_append_new(parts, json_string("\n\nbuilt in, or of the federal bundle"));
  return joined(parts);
}

/* A column of a contract, if one stands there. */
static const char *column_at(lsp_server *s, const json_t *params, lsp_spot *spot, edict_reference *here) {
  return lsp_spot_of(s, params, spot) ? edict_editor_column_at(spot->project->editor, spot->file, spot->offset, here) : NULL;
}

static json_t *hover_column(lsp_server *s, const json_t *params) {
  lsp_spot spot;
  edict_reference here;
  const char *told = column_at(s, params, &spot, &here);
  if (!told) return NULL;
  lsp_walk walk = {.text = spot.text.text, .length = spot.text.length};
  json_t *text = s->markdown ? json_sprintf("```text\n%s\n```", told) : json_string(told);
  return json_pack("{s:{s:s, s:o}, s:o}", "contents", "kind", s->markdown ? "markdown" : "plaintext", "value", text, "range",
                   lsp_range(s, &walk, here.begin, here.end));
}

json_t *lsp_hover(lsp_server *s, const json_t *params) {
  lsp_spot spot;
  edict_symbol symbol;
  edict_reference here;
  if (!symbol_at(s, params, &spot, &symbol, &here)) return s->message ? NULL : hover_column(s, params);
  lsp_walk walk = {.text = spot.text.text, .length = spot.text.length};
  return json_pack("{s:{s:s, s:o}, s:o}", "contents", "kind", s->markdown ? "markdown" : "plaintext", "value",
                   hover_text(s, &symbol), "range", lsp_range(s, &walk, here.begin, here.end));
}

/* ---- definition, references ---- */

json_t *lsp_definition(lsp_server *s, const json_t *params) {
  lsp_spot spot;
  edict_symbol symbol;
  edict_reference here;
  return symbol_at(s, params, &spot, &symbol, &here) ? declaration(s, spot.project, &symbol) : NULL;
}

/* Calls `each` for the symbol's places, file by file; false: there are too many to hold. */
static bool each_place(lsp_server *s, const edict_symbol *symbol,
                       void (*each)(lsp_server *s, const edict_editor_file *file, const edict_reference *place,
                                    lsp_walk *walk, void *to),
                       void *to) {
  for (size_t i = 0; i < s->project_count; i++) {
    edict_editor *editor = s->projects[i].editor;
    edict_symbol same;
    if (edict_editor_symbol_named(editor, symbol->kind, symbol->qualified, &same) != EDICT_OK) continue;
    size_t count = edict_editor_references(editor, same.id, places, LSP_PLACES_MOST), last = SIZE_MAX;
    if (count > LSP_PLACES_MOST) return false;
    edict_editor_file file = {.path = NULL};
    lsp_walk walk = {.text = NULL};
    for (size_t k = 0; k < count; k++) {
      if (places[k].file != last) {
        if (edict_editor_file_at(editor, places[k].file, &file) != EDICT_OK) continue;
        walk = (lsp_walk){.text = file.text, .length = file.length};
      }
      last = places[k].file;
      each(s, &file, &places[k], &walk, to);
    }
  }
  return true;
}

typedef struct reference_list { json_t *items; bool declarations; } reference_list;

static void add_reference(lsp_server *s, const edict_editor_file *file, const edict_reference *place,
                          lsp_walk *walk, void *to) {
  reference_list *list = to;
  if (place->declares && !list->declarations) return;
  json_array_append_new(list->items, json_pack("{s:o, s:o}", "uri", lsp_uri_of(file->path), "range",
                                               lsp_range(s, walk, place->begin, place->end)));
}

/* Copies, since the texts of a symbol live in an editor's arena that other questions add to. */
json_t *lsp_references(lsp_server *s, const json_t *params) {
  lsp_spot spot;
  edict_symbol symbol;
  edict_reference here;
  const json_t *wish = json_object_get(json_object_get(params, "context"), "includeDeclaration");
  reference_list list = {json_array(), json_is_true(wish)};
  if (symbol_at(s, params, &spot, &symbol, &here) && !each_place(s, &symbol, add_reference, &list))
    (void)lsp_fail(s, LSP_REQUEST_FAILED, "the name is used in too many places");
  return list.items;
}

/* ---- rename ---- */

/* Whether some project of the workspace declares it. */
static bool is_ours(lsp_server *s, lsp_project *p, const edict_symbol *symbol) {
  json_t *place = declaration(s, p, symbol);
  json_decref(place);
  return place != NULL;
}

/* What has a name of the data's is renamed with the data. */
static json_t *refuse_column(lsp_server *s, const json_t *params, const char *otherwise) {
  lsp_spot spot;
  edict_reference here;
  static char message[512]; /* kept until the answer is written */
  const char *told = column_at(s, params, &spot, &here), *file = told ? strrchr(told, '(') : NULL;
  if (!told) return otherwise ? lsp_fail(s, LSP_REQUEST_FAILED, otherwise) : NULL;
  snprintf(message, sizeof message, "it is a column of a contract %.200s, called so by its data: change it there, in `row.NAME` of rules "
           "and in tests by hand", file ? file : "");
  return lsp_fail(s, LSP_REQUEST_FAILED, message);
}

json_t *lsp_prepare_rename(lsp_server *s, const json_t *params) {
  lsp_spot spot;
  edict_symbol symbol;
  edict_reference here;
  if (!symbol_at(s, params, &spot, &symbol, &here)) return s->message ? NULL : refuse_column(s, params, NULL);
  if (!is_ours(s, spot.project, &symbol))
    return lsp_fail(s, LSP_REQUEST_FAILED, "it is built in, or declared in a bundle whose project is not open");
  lsp_walk walk = {.text = spot.text.text, .length = spot.text.length};
  return json_pack("{s:o, s:s}", "range", lsp_range(s, &walk, here.begin, here.end), "placeholder", symbol.name);
}

typedef struct edit_list { json_t *changes; const char *text; } edit_list;

static void add_edit(lsp_server *s, const edict_editor_file *file, const edict_reference *place, lsp_walk *walk,
                     void *to) {
  edit_list *list = to;
  json_t *uri = lsp_uri_of(file->path);
  json_t *edits = json_object_get(list->changes, json_string_value(uri));
  if (!edits) {
    edits = json_array();
    json_object_set_new(list->changes, json_string_value(uri), edits);
  }
  json_array_append_new(edits, json_pack("{s:o, s:s}", "range", lsp_range(s, walk, place->begin, place->end),
                                         "newText", list->text));
  json_decref(uri);
}

/* Why no project can take the new name; NULL: all can. */
static const char *trouble(lsp_server *s, const edict_symbol *symbol, const char *name) {
  for (size_t i = 0; i < s->project_count; i++) {
    edict_symbol same;
    edict_editor *editor = s->projects[i].editor;
    if (edict_editor_symbol_named(editor, symbol->kind, symbol->qualified, &same) != EDICT_OK) continue;
    const char *why = edict_editor_rename_trouble(editor, same.id, name);
    if (why) return why;
  }
  return NULL;
}

/* Whether every use is known: what has findings may hold names that were not understood. Data is read once more for names. */
static bool is_sound(const lsp_server *s) {
  for (size_t i = 0; i < s->project_count; i++)
    if (edict_diagnostics_errors(s->projects[i].findings) > s->projects[i].data_errors) return false;
  return true;
}

json_t *lsp_rename(lsp_server *s, const json_t *params) {
  lsp_spot spot;
  edict_symbol symbol;
  edict_reference here;
  const char *name = lsp_text(params, "newName");
  if (!name) return lsp_fail(s, LSP_INVALID_PARAMS, "there is no newName");
  if (!symbol_at(s, params, &spot, &symbol, &here))
    return s->message ? NULL : refuse_column(s, params, "nothing that has a name stands here");
  if (!is_ours(s, spot.project, &symbol))
    return lsp_fail(s, LSP_REQUEST_FAILED, "it is built in, or declared in a bundle whose project is not open");
  if (!is_sound(s))
    return lsp_fail(s, LSP_REQUEST_FAILED, "mend what is found first: a use could be missed where something is wrong");
  const char *why = trouble(s, &symbol, name);
  if (why) return lsp_fail(s, LSP_REQUEST_FAILED, why);
  edit_list list = {json_object(), name};
  if (!each_place(s, &symbol, add_edit, &list)) (void)lsp_fail(s, LSP_REQUEST_FAILED, "the name is used in too many places");
  return json_pack("{s:o}", "changes", list.changes);
}

/* ---- symbols of a document, of the workspace ---- */

/* SymbolKind of the protocol. */
static int kind_number(const char *kind) {
  static const struct {
    const char *kind;
    int number;
  } kinds[] = {{"rule", 12},    {"test", 24},   {"taxonomy", 10}, {"levels", 10},     {"level", 22},
               {"issuer", 11},  {"key", 20},    {"table", 23},    {"attributes", 23}, {"attribute", 7},
               {"let", 14},     {"define", 12}, {"definition", 12}, {"obligation", 24}, {"resource", 5}, {"column", 8}};
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (strcmp(kinds[i].kind, kind) == 0) return kinds[i].number;
  return 13;
}

json_t *lsp_document_symbols(lsp_server *s, const json_t *params) {
  lsp_spot spot;
  json_t *list = json_array();
  if (!lsp_spot_of(s, params, &spot)) return list;
  size_t count = edict_editor_outline(spot.project->editor, spot.file, outline, LSP_OUTLINE_MOST);
  lsp_walk walk = {.text = spot.text.text, .length = spot.text.length};
  for (size_t i = 0; i < count && i < LSP_OUTLINE_MOST; i++) {
    const edict_outline *item = &outline[i];
    json_t *range = lsp_range(s, &walk, item->begin, item->end);
    json_array_append_new(list, json_pack("{s:s, s:s, s:i, s:o, s:o}", "name", *item->name ? item->name : "?", "detail",
                                          item->kind, "kind", kind_number(item->kind), "range", range,
                                          "selectionRange", lsp_range(s, &walk, item->name_begin, item->name_end)));
  }
  return list;
}

json_t *lsp_workspace_symbols(lsp_server *s, const json_t *params) {
  enum { FOUND_MOST = 500 };
  const char *query = lsp_text(params, "query");
  json_t *list = json_array();
  for (size_t i = 0; i < s->project_count; i++) {
    edict_symbol symbol;
    edict_editor *editor = s->projects[i].editor;
    for (size_t k = 0; edict_editor_symbol(editor, k, &symbol) == EDICT_OK && json_array_size(list) < FOUND_MOST; k++) {
      edict_editor_file file;
      bool part = strcmp(symbol.kind, "column") == 0; /* of a table, which is listed */
      if (part || (query && !strstr(symbol.qualified, query)) || symbol.file == EDICT_EDITOR_NOWHERE ||
          edict_editor_file_at(editor, symbol.file, &file) != EDICT_OK)
        continue;
      json_array_append_new(list, json_pack("{s:s, s:i, s:s, s:o}", "name", symbol.qualified, "kind",
                                            kind_number(symbol.kind), "containerName", symbol.kind, "location",
                                            location(s, &file, symbol.begin, symbol.end)));
    }
  }
  return list;
}
