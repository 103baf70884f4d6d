/* SARIF: see the header. Memory is short where a value is NULL; jansson hands that on, and so do the
 * functions here, so that it is looked at once, at the end. */
#include "cli/sarif.h"

#include <string.h>

#include "cli/command.h"
#include "cli/pages.h"
#include "edict/release.h"

#define SCHEMA_URI \
  "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
/* Paths of findings are relative to the project's folder, which is relative to where the command started. */
#define BASE        "PROJECT"
#define START       "STARTED"
#define START_WORDS "the folder that the command was started in"

typedef struct document {
  json_t *rules, *results, *notifications;
  json_t *places; /* code to index into rules */
  const char *project;
  char *const *words;
  size_t word_count;
} document;

/* ---- texts ---- */

static const char *text_of(const json_t *object, const char *key) {
  const char *text = json_string_value(json_object_get(object, key));
  return text ? text : "";
}

/* `text`, which is taken, with three more after it. */
static json_t *extend(json_t *text, const char *a, const char *b, const char *c) {
  json_t *longer = text ? json_pack("s+++", json_string_value(text), a, b, c) : NULL;
  json_decref(text);
  return longer;
}

static json_t *message(json_t *text) { return text ? json_pack("{s:o}", "text", text) : NULL; }

static json_t *add_all(json_t *text, const json_t *list, const char *word) {
  size_t i;
  json_t *item;
  json_array_foreach(list, i, item) text = extend(text, "\n", word, json_string_value(item));
  return text;
}

/* The finding's words, one under the other, as the text for people has them. */
static json_t *words_of(const json_t *finding) {
  json_t *text = json_string(text_of(finding, "message"));
  const json_t *fix = json_object_get(finding, "fix");
  text = add_all(text, json_object_get(finding, "why"), "why: ");
  if (json_is_object(fix)) text = extend(text, "\n", "fix: ", text_of(fix, "text"));
  return add_all(text, json_object_get(finding, "notes"), "note: ");
}

/* ---- places ---- */

/* A path as a URI: what RFC 3986 has no letter for is written as %XX. */
static json_t *uri_of(const char *path) {
  static const char plain[] =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";
  char piece[4];
  json_t *uri = json_string(*path == '/' ? "file://" : "");
  for (const char *at = path; *at; at++) {
    bool as_it_is = strchr(plain, *at) != NULL;
    snprintf(piece, sizeof piece, as_it_is ? "%c" : "%%%02X", (unsigned char)*at);
    uri = extend(uri, piece, "", "");
  }
  return uri;
}

static bool is_given(const document *d, const char *path) {
  if (strcmp(path, d->project) == 0) return true;
  for (size_t i = 0; i < d->word_count; i++)
    if (strcmp(path, d->words[i]) == 0) return true;
  return false;
}

/* What the command was given is named as it was given, all others within the project's folder. */
static json_t *artifact(const document *d, const char *path) {
  if (*path == '/') return json_pack("{s:o}", "uri", uri_of(path));
  return json_pack("{s:o, s:s}", "uri", uri_of(path), "uriBaseId",
                   is_given(d, path) ? START : BASE);
}

/* JSON lines count as SARIF does: from 1, and the end is past the last. A failed test knows its line alone. */
static json_t *region(const json_t *place) {
  if (!json_object_get(place, "column")) return json_pack("{s:O}", "startLine", json_object_get(place, "line"));
  return json_pack("{s:O, s:O, s:O, s:O}", "startLine", json_object_get(place, "line"),
                   "startColumn", json_object_get(place, "column"), "endLine",
                   json_object_get(place, "end_line"), "endColumn",
                   json_object_get(place, "end_column"));
}

static json_t *physical(const document *d, const json_t *place) {
  return json_pack("{s:o, s:o}", "artifactLocation", artifact(d, text_of(place, "file")), "region",
                   region(place));
}

static bool has_place(const json_t *place) {
  return json_is_string(json_object_get(place, "file"));
}

/* The first location of a result has its label beside it, related ones are numbered. */
static json_t *locations(const document *d, const json_t *finding) {
  json_t *list = json_array();
  if (has_place(finding))
    (void)json_array_append_new(list,
                                json_pack("{s:o}", "physicalLocation", physical(d, finding)));
  return list;
}

static json_t *related(const document *d, const json_t *finding) {
  json_t *list = json_array(), *label;
  size_t i;
  json_array_foreach(json_object_get(finding, "labels"), i, label) {
    const char *text = text_of(label, "text");
    if (!has_place(label) || !*text) continue;
    json_t *place = json_pack("{s:i, s:o, s:o}", "id", (int)i, "physicalLocation",
                              physical(d, label), "message", message(json_string(text)));
    (void)json_array_append_new(list, place);
  }
  return list;
}

/* What a tool may put in the place of the first label; nothing where a person has to do it. */
static json_t *fixes(const document *d, const json_t *finding) {
  const json_t *fix = json_object_get(finding, "fix"), *text = json_object_get(fix, "replace");
  if (!json_is_string(text) || !has_place(finding)) return json_array();
  return json_pack("[{s:o, s:[{s:o, s:[{s:o, s:{s:O}}]}]}]", "description",
                   message(json_string(text_of(fix, "text"))), "artifactChanges",
                   "artifactLocation", artifact(d, text_of(finding, "file")), "replacements",
                   "deletedRegion", region(finding), "insertedContent", "text", text);
}

/* ---- rules ---- */

/* What stands between the page's first line and its first section. */
static json_t *meaning_of(const cli_page *page) {
  json_t *text = json_string("");
  for (size_t i = 1; page->lines[i] && strncmp(page->lines[i], "## ", 3) != 0; i++)
    if (*page->lines[i])
      text = extend(text, json_string_length(text) ? " " : "", page->lines[i], "");
  return text;
}

static json_t *page_text(const cli_page *page) {
  json_t *text = json_string("");
  for (size_t i = 0; page->lines[i]; i++) text = extend(text, page->lines[i], "\n", "");
  return text;
}

/* What has no page, as the verdicts of a comparison, brings its title along. */
static json_t *rule_of(const char *code, const char *level, const char *title) {
  const cli_page *page = cli_page_find(code);
  json_t *rule = json_pack("{s:s, s:{s:s}}", "id", code, "defaultConfiguration", "level", level);
  if (rule && !page && *title) (void)json_object_set_new(rule, "shortDescription", message(json_string(title)));
  if (!page || !rule) return rule;
  json_t *text = page_text(page);
  json_t *more = json_pack("{s:o, s:o, s:s++, s:{s:O, s:O}}", "shortDescription",
                           message(json_string(cli_page_title(page))), "fullDescription",
                           message(meaning_of(page)), "helpUri", "urn:edict:code:", code, "",
                           "help", "text", text, "markdown", text);
  json_decref(text);
  if (!more || json_object_update(rule, more) != 0) {
    json_decref(rule);
    rule = NULL;
  }
  json_decref(more);
  return rule;
}

/* The index of a code's rule, which is added when it is the first of its code. */
static json_t *rule_index(document *d, const char *code, const char *level, const char *title) {
  json_t *known = json_object_get(d->places, code);
  if (known) return json_incref(known);
  json_t *index = json_integer((json_int_t)json_array_size(d->rules));
  (void)json_array_append_new(d->rules, rule_of(code, level, title));
  (void)json_object_set(d->places, code, index);
  return index;
}

/* ---- results ---- */

/* What the list could not keep is nothing about a file: a notification of the tool's. */
static bool add_rest(document *d, const json_t *finding) {
  return json_array_append_new(
             d->notifications,
             json_pack("{s:s, s:o}", "level", "error", "message", message(words_of(finding)))) == 0;
}

static bool add_result(document *d, const json_t *finding) {
  const char *code = text_of(finding, "code"), *level = text_of(finding, "severity");
  if (!*code) return add_rest(d, finding);
  json_t *result = json_pack(
      "{s:s, s:o, s:s, s:o, s:o, s:o, s:o}", "ruleId", code, "ruleIndex",
      rule_index(d, code, level, text_of(finding, "title")), "level", level, "message", message(words_of(finding)),
      "locations", locations(d, finding), "relatedLocations", related(d, finding), "fixes",
      fixes(d, finding));
  return json_array_append_new(d->results, result) == 0;
}

static bool add_lines(document *d, const char *lines, size_t length) {
  bool good = true;
  for (size_t at = 0, end; good && at < length; at = end + 1) {
    const char *line_end = memchr(lines + at, '\n', length - at);
    end = line_end ? (size_t)(line_end - lines) : length;
    json_t *finding = json_loadb(lines + at, end - at, JSON_ALLOW_NUL, NULL);
    good = finding && add_result(d, finding);
    json_decref(finding);
  }
  return good;
}

/* The folder of `project`, a path of its edict.yaml, with the slash at its end. */
static json_t *folder_of(const char *project) {
  const char *slash = strrchr(project, '/');
  json_t *path = json_stringn(slash ? project : "./", slash ? (size_t)(slash - project) + 1 : 2);
  json_t *uri = path ? uri_of(json_string_value(path)) : NULL;
  json_decref(path);
  return *project == '/' ? json_pack("{s:o}", "uri", uri)
                         : json_pack("{s:o, s:s}", "uri", uri, "uriBaseId", START);
}

static json_t *run_of(const document *d, int exit_code) {
  bool good = exit_code <= CLI_FOUND || exit_code == CLI_CLOSES; /* findings are what it was asked for */
  return json_pack(
      "{s:{s:{s:s, s:s, s:O}}, s:[{s:b, s:i, s:O}], s:{s:o, s:{s:{s:s}}}, s:s, s:O}", "tool",
      "driver", "name", "edict", "version", EDICT_RELEASE, "rules", d->rules, "invocations",
      "executionSuccessful", good, "exitCode", exit_code, "toolExecutionNotifications",
      d->notifications, "originalUriBaseIds", BASE, folder_of(d->project), START, "description",
      "text", START_WORDS, "columnKind", "unicodeCodePoints", "results", d->results);
}

json_t *cli_sarif(const edict_text *lines, size_t count, const char *project, char *const *words, size_t word_count, int exit_code) {
  document d = {json_array(), json_array(), json_array(), json_object(), project, words, word_count};
  json_t *log = NULL;
  bool good = d.rules && d.results && d.notifications && d.places;
  for (size_t i = 0; i < count && good; i++) good = add_lines(&d, lines[i].ptr, lines[i].len);
  if (good)
    log = json_pack("{s:s, s:s, s:[o]}", "$schema", SCHEMA_URI, "version", "2.1.0", "runs",
                    run_of(&d, exit_code));
  json_decref(d.rules);
  json_decref(d.results);
  json_decref(d.notifications);
  json_decref(d.places);
  return log;
}
