/* Explain answer: walks a decision and builds the object that explain.h describes. */
#include <string.h>

#include "cli/explain.h"

typedef struct builder {
  cli_ask *ask;
  edict_decision *decision;
  json_t *rules, *rule, *part;
  json_t *below[512]; /* by depth: where lines of that depth go */
  bool values, failed;
  explain_hints *hints;
} builder;

static json_t *text_of(edict_text t) { return json_stringn(t.len ? t.ptr : "", t.len); }

static const char *holds_word(edict_holds holds) {
  return holds == EDICT_HOLDS_YES ? "yes" : holds == EDICT_HOLDS_NO ? "no" : "unknown";
}

static bool is_text(const json_t *v, edict_text t) {
  return json_string_length(v) == t.len && memcmp(json_string_value(v), t.ptr, t.len) == 0;
}

/* ---- the rule in its source ---- */

/* The rule's own lines: from its `rule` to the next empty line or the end. */
static json_t *lines_of(const char *file, size_t length, uint32_t line) {
  json_t *list = json_array();
  size_t at = 0;
  for (uint32_t n = 1; n < line && at < length; n++) {
    const char *end = memchr(file + at, '\n', length - at);
    at = end ? (size_t)(end - file) + 1 : length;
  }
  while (at < length) {
    const char *end = memchr(file + at, '\n', length - at);
    size_t to = end ? (size_t)(end - file) : length;
    if (to == at) break;
    (void)json_array_append_new(list, json_stringn(file + at, to - at));
    at = to + 1;
  }
  return list;
}

/* Sources travel in bundles. Two layers may have files of one name: the rule's line says its name. */
static json_t *source_of(const builder *b, const edict_reason *r) {
  char path[1024], name[256];
  const char *last = r->rule.ptr + r->rule.len, *file;
  size_t length;
  while (last > r->rule.ptr && last[-1] != '.') last--;
  snprintf(name, sizeof name, "rule %.*s", (int)(r->rule.ptr + r->rule.len - last), last);
  snprintf(path, sizeof path, "rules/%.*s", (int)r->file.len, r->file.ptr);
  for (size_t i = 0; i < b->ask->set.count; i++) {
    const edict_bytes *bytes = &b->ask->set.bundles[i];
    if (edict_bundle_file(bytes->ptr, bytes->len, path, &file, &length, NULL) != EDICT_OK) continue;
    json_t *lines = lines_of(file, length, r->line);
    const char *first = json_string_value(json_array_get(lines, 0));
    const char *found = first ? strstr(first, name) : NULL;
    if (found && !found[strlen(name) + strspn(found + strlen(name), " \t\r")]) return lines;
    json_decref(lines);
  }
  return json_array();
}

static bool reason_of(const builder *b, edict_text rule, edict_reason *out) {
  for (size_t i = 0; i < edict_decision_reason_count(b->decision); i++)
    if (edict_decision_reason(b->decision, i, out) == EDICT_OK && out->rule.len == rule.len &&
        memcmp(out->rule.ptr, rule.ptr, rule.len) == 0)
      return true;
  *out = (edict_reason){.line = 0};
  return false;
}

static void begin_rule(builder *b, const edict_expression *e) {
  edict_reason reason = {.line = 0};
  size_t i;
  json_array_foreach(b->rules, i, b->rule) if (is_text(json_object_get(b->rule, "rule"), e->rule)) return;
  bool decided = reason_of(b, e->rule, &reason);
  b->rule = json_pack("{s:o, s:s, s:b, s:s, s:o, s:i, s:o, s:[]}", "rule", text_of(e->rule), "effect",
                      e->effect, "decided", decided, "applies", "", "file", text_of(reason.file),
                      "line", (int)reason.line, "source",
                      decided ? source_of(b, &reason) : json_array(), "parts");
  b->failed = b->failed || json_array_append_new(b->rules, b->rule) != 0;
}

/* ---- hints: what an attribute is compared with ---- */

static bool is_stated(const char *attribute) {
  return strncmp(attribute, "dataset.", 8) == 0 || strncmp(attribute, "product.", 8) == 0;
}

/* An attribute of a scale or a taxonomy might be another of it, which no rule has to name. */
static void add_choice(builder *b, const json_t *attribute, json_t *value) {
  explain_hints *h = b->hints;
  const char *name = json_string_value(attribute), *text = json_string_value(value);
  if (name && text && h->choice_count < EXPLAIN_HINTS_MOST) {
    (void)json_array_append(h->texts, (json_t *)(uintptr_t)attribute);
    (void)json_array_append(h->texts, value);
    h->choices[h->choice_count++] = (explain_hint){.attribute = name, .value = text};
  }
  json_decref(value);
}

static void add_hint(builder *b, const json_t *attribute, json_t *value, bool grows, bool stated) {
  explain_hints *h = b->hints;
  const char *name = json_string_value(attribute), *text = json_string_value(value);
  bool new = name && text && h->count < EXPLAIN_HINTS_MOST;
  for (size_t i = 0; new && i < h->count; i++)
    new = strcmp(h->items[i].attribute, name) != 0 || strcmp(h->items[i].value, text) != 0;
  if (new) {
    (void)json_array_append(h->texts, (json_t *)(uintptr_t)attribute);
    (void)json_array_append(h->texts, value);
    h->items[h->count++] = (explain_hint){.attribute = name, .value = text, .grows = grows, .stated = stated};
  }
  /* Whoever asks for a purpose must have it: a refusal that no rule makes. */
  if (new && strcmp(name, "purpose") == 0 && *text) {
    json_t *purposes = json_string("subject.purposes");
    add_hint(b, purposes, json_incref(value), true, stated);
    json_decref(purposes);
  }
  json_decref(value);
}

/* `[a, "b"]`, or one value: each member without its quotes. */
static void add_members(builder *b, const json_t *attribute, edict_text value, bool grows) {
  const char *at = value.ptr, *end = value.ptr + value.len;
  if (value.len && *at == '[') at++, end--;
  while (at < end) {
    const char *comma = memchr(at, ',', (size_t)(end - at)), *to = comma ? comma : end;
    bool quoted = to - at >= 2 && *at == '"' && to[-1] == '"';
    if (to > at) add_hint(b, attribute, json_stringn(at + quoted, (size_t)(to - at) - 2 * quoted), grows, true);
    at = comma ? comma + 2 : end;
  }
}

static void add_hints(builder *b, const edict_expression *e) {
  bool grows = false;
  static const char *const sets[] = {" has ", " overlaps ", " covers "};
  json_t *text = text_of(e->text);
  for (size_t i = 0; text && i < 3; i++) grows = grows || strstr(json_string_value(text), sets[i]);
  for (size_t i = 0; i < e->read_count; i++) {
    json_t *name = text_of(e->reads[i].attribute);
    if (name && !is_stated(json_string_value(name))) {
      for (size_t k = 0; k < e->constant_count; k++)
        add_hint(b, name, text_of(e->constants[k]), grows, false);
      for (size_t k = 0; k < e->read_count; k++)
        if (k != i) add_members(b, name, e->reads[k].value, grows);
      add_hint(b, name, json_string(""), grows, false); /* without it */
      for (size_t k = 0; k < e->reads[i].choice_count; k++) add_choice(b, name, text_of(e->reads[i].choices[k]));
    }
    json_decref(name);
  }
  json_decref(text);
}

/* ---- lines ---- */

static bool is_unknown(edict_text value) { return value.len == 7 && memcmp(value.ptr, "unknown", 7) == 0; }

static json_t *reads_of(const builder *b, const edict_expression *e) {
  json_t *list = json_array();
  for (size_t i = 0; i < e->read_count; i++) {
    json_t *read = json_pack("{s:o, s:b}", "attribute", text_of(e->reads[i].attribute), "known",
                             !is_unknown(e->reads[i].value));
    if (b->values && read) (void)json_object_set_new(read, "value", text_of(e->reads[i].value));
    (void)json_array_append_new(list, read);
  }
  return list;
}

static json_t *line_of(const builder *b, const edict_expression *e) {
  return json_pack("{s:s, s:o, s:b, s:s, s:o, s:[]}", "holds", holds_word(e->holds), "text",
                   text_of(e->text), "join", e->join != 0, "why", e->why, "reads", reads_of(b, e), "below");
}

static void tell(void *user, const edict_expression *e) {
  builder *b = user;
  if (b->failed) return;
  bool applies = strcmp(e->part, "applies") == 0;
  if (applies || !b->rule || !is_text(json_object_get(b->rule, "rule"), e->rule)) {
    begin_rule(b, e);
    if (applies) (void)json_object_set_new(b->rule, "applies", json_string(holds_word(e->holds)));
    if (applies) return;
  }
  if (e->depth + 1 >= sizeof b->below / sizeof *b->below) return;
  json_t *line = line_of(b, e);
  if (e->depth == 0) {
    (void)json_object_set_new(line, "part", json_string(e->part));
    (void)json_object_set_new(line, "number", json_integer(e->number));
    b->below[0] = json_object_get(b->rule, "parts");
  }
  b->failed = !line || json_array_append_new(b->below[e->depth], line) != 0;
  b->below[e->depth + 1] = json_object_get(line, "below");
  add_hints(b, e);
}

json_t *explain_answer(cli_arguments *a, cli_ask *ask, edict_decision *decision, bool values,
                       explain_hints *hints) {
  static char words[65536];
  builder b = {.ask = ask, .decision = decision, .rules = json_array(), .values = values, .hints = hints};
  hints->count = hints->choice_count = 0;
  hints->texts = json_array();
  bool permit = edict_decision_effect(decision) == EDICT_PERMIT;
  (void)edict_decision_explain(decision, words, sizeof words);
  edict_status status = edict_decision_expressions(decision, tell, &b);
  if (status != EDICT_OK || b.failed) {
    json_decref(b.rules);
    (void)cli_refuse("the decision cannot be explained: %s",
                     status == EDICT_UNSUPPORTED || status == EDICT_LIMIT
                         ? "a bundle holds code that no compiler of Edict wrote"
                         : "no memory is left");
    return NULL;
  }
  (void)a;
  return json_pack("{s:s, s:s, s:o}", "effect", permit ? "permit" : "deny", "summary", words, "rules", b.rules);
}
