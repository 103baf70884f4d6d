/* Explain change: what of a request would have to be otherwise for the other answer.
 *
 * Single changes first, then pairs, of values that the rules themselves compare with, of those beside them, and of what
 * the request has; each is decided by the engine, and only one that gave the other effect is told. The search is bounded,
 * and says so. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/explain.h"
#include "edict/forms.h"

typedef struct change {
  const char *attribute, *value;
  bool stated;
  enum { PUT, ADD, DROP, WITHOUT, TIME } how;
  int64_t now;
  bool beside; /* only where nothing that the rules name helps */
} change;

typedef struct search {
  cli_arguments quiet; /* as the caller's, with findings that nobody reads: a change may be refused */
  cli_ask *ask;
  edict_effect effect;
  edict_decision *decision;
  change singles[EXPLAIN_SINGLES_MOST];
  char numbers[EXPLAIN_SINGLES_MOST][24]; /* values beside those that the rules have */
  size_t count, tries, number_count;
  bool bounded;
} search;

/* ---- the request, changed ---- */

/* Where an attribute stands in the request, and its name there; NULL for what cannot be changed. */
static json_t *holder_of(const cli_ask *ask, const char *attribute, const char **name) {
  *name = attribute;
  if (strncmp(attribute, "subject.", 8) == 0) {
    *name = attribute + 8;
    bool identity = strcmp(*name, "id") == 0 || strcmp(*name, "issuer") == 0;
    return identity ? NULL : ask->subject.root;
  }
  size_t kind = ask->resource.kind.len;
  if (kind && strncmp(attribute, ask->resource.kind.ptr, kind) == 0 && attribute[kind] == '.') {
    *name = attribute + kind + 1;
    return ask->resource.root;
  }
  if (strncmp(attribute, "context.", 8) == 0) *name = attribute + 8;
  else if (strcmp(attribute, "purpose") != 0) return NULL;
  return ask->context.root;
}

static bool is_digits(const char *text) { return *text && strspn(text, "-0123456789") == strlen(text); }

static json_t *json_of(const char *text) {
  if (strcmp(text, "true") == 0) return json_true();
  if (strcmp(text, "false") == 0) return json_false();
  if (strcmp(text, "[]") == 0) return json_array();
  return is_digits(text) ? json_integer(strtoll(text, NULL, 10)) : json_string(text);
}

static json_t *without(const json_t *list, const char *value) {
  json_t *rest = json_array(), *item;
  size_t i;
  json_array_foreach(list, i, item) {
    const char *text = json_string_value(item);
    if (!text || strcmp(text, value) != 0) (void)json_array_append(rest, item);
  }
  return rest;
}

static void apply(const cli_ask *ask, const change *c) {
  const char *name;
  json_t *holder = holder_of(ask, c->attribute, &name), *old = json_object_get(holder, name);
  if (c->how == DROP) {
    (void)json_object_del(holder, name);
  } else if (c->how == PUT) {
    (void)json_object_set_new(holder, name, json_of(c->value));
  } else if (c->how == WITHOUT) {
    (void)json_object_set_new(holder, name, without(old, c->value));
  } else if (c->how == ADD) {
    json_t *list = json_is_array(old) ? json_deep_copy(old) : json_array();
    (void)json_array_append_new(list, json_of(c->value));
    (void)json_object_set_new(holder, name, list);
  }
}

/* Whether the request with these changes gets the other answer. */
static bool flips(search *s, const change *const *changes, size_t count) {
  cli_ask *ask = s->ask;
  edict_session *session = NULL;
  json_t *subject = ask->subject.root, *context = ask->context.root, *resource = ask->resource.root;
  int64_t now = ask->now;
  ask->subject.root = json_deep_copy(subject);
  ask->context.root = json_deep_copy(context);
  ask->resource.root = json_deep_copy(resource);
  for (size_t i = 0; i < count; i++) {
    if (changes[i]->how == TIME) ask->now = changes[i]->now;
    else apply(ask, changes[i]);
  }
  bool good = cli_ask_session(&s->quiet, ask, &session) == CLI_DONE &&
              cli_ask_decide(&s->quiet, ask, session, s->decision) == CLI_DONE &&
              edict_decision_effect(s->decision) != s->effect;
  edict_session_destroy(&session);
  json_decref(ask->subject.root);
  json_decref(ask->context.root);
  json_decref(ask->resource.root);
  ask->subject.root = subject;
  ask->context.root = context;
  ask->resource.root = resource;
  ask->now = now;
  edict_diagnostics_clear(s->quiet.diagnostics);
  s->tries++;
  return good;
}

/* ---- what could be changed ---- */

static void add(search *s, change c) {
  if (s->count == EXPLAIN_SINGLES_MOST) {
    s->bounded = true;
    return;
  }
  s->singles[s->count++] = c;
}

static void add_time(search *s, int64_t now) { add(s, (change){.attribute = "now", .how = TIME, .now = now}); }

/* One second before, at and after what `now` is compared with. */
static void add_times(search *s, const char *value) {
  int64_t at;
  if (edict_time_parse(value, strlen(value), &at) != EDICT_OK) return;
  for (int64_t step = -1; step <= 1; step++) add_time(s, at + step * 1000000);
}

/* `18 hours` since midnight, and what `weekday` is compared with: the days of the week. */
static void add_clock(search *s, const char *value) {
  enum { MINUTE = 60 };
  const int64_t day = INT64_C(86400000000);
  char unit[16] = "";
  long number = 0;
  int64_t midnight = s->ask->now - (s->ask->now % day + day) % day;
  int words = sscanf(value, "%ld %15s", &number, unit);
  int64_t each = strncmp(unit, "hour", 4) == 0 ? 60 * MINUTE : strncmp(unit, "minute", 6) == 0 ? MINUTE : strncmp(unit, "second", 6) == 0 ? 1 : 0;
  bool clock = words == 2 && each && number >= 0 && number <= 86400 / each;
  for (int64_t step = -1; clock && step <= 1; step++) {
    int64_t at = midnight + (number * each + step) * 1000000;
    add_time(s, at < s->ask->now ? at + day : at); /* nothing is decided for a time that is gone */
  }
  for (int64_t k = 1; words == 1 && is_digits(value) && number >= 1 && number <= 7 && k < 7; k++) add_time(s, s->ask->now + k * day);
}

/* One less and one more than a number that the rules have. */
static void add_beside(search *s, const explain_hint *h) {
  long long number = strtoll(h->value, NULL, 10);
  if (!is_digits(h->value) || number <= -1000000000000000 || number >= 1000000000000000) return;
  for (int step = -1; step <= 1 && s->number_count < EXPLAIN_SINGLES_MOST; step += 2) {
    char *text = s->numbers[s->number_count++];
    snprintf(text, sizeof s->numbers[0], "%lld", number + step);
    add(s, (change){h->attribute, text, h->stated, PUT, 0, true});
  }
}

/* What a set has, member by member, and nothing. */
static void add_less(search *s, const explain_hint *h, const json_t *old) {
  size_t i;
  json_t *member;
  json_array_foreach(old, i, member)
    if (json_is_string(member)) add(s, (change){h->attribute, json_string_value(member), false, WITHOUT, 0, true});
  if (!old || json_array_size(old) > 0) add(s, (change){h->attribute, "[]", false, PUT, 0, true});
}

static void add_of_hint(search *s, const explain_hint *h) {
  const char *name;
  json_t *holder = holder_of(s->ask, h->attribute, &name), *old = json_object_get(holder, name);
  bool set = json_is_array(old) || (!old && h->grows);
  if (strcmp(h->attribute, "now") == 0) {
    add_times(s, h->value);
    add_clock(s, h->value);
  }
  if (holder && !*h->value && (!old || json_is_array(old))) add_less(s, h, old);
  if (!holder || (!*h->value && !old)) return;
  if (*h->value && !set) add_beside(s, h);
  if (json_is_string(old) && strcmp(json_string_value(old), h->value) == 0) add(s, (change){h->attribute, "another", false, PUT, 0, true});
  add(s, (change){h->attribute, h->value, h->stated, !*h->value ? DROP : set ? ADD : PUT, 0, false});
  if (*h->value && set && old) add(s, (change){h->attribute, h->value, h->stated, WITHOUT, 0, false});
}

/* Another level or node, where none of those that the rules name helps. */
static void add_choice(search *s, const explain_hint *h) {
  const char *name;
  json_t *holder = holder_of(s->ask, h->attribute, &name);
  const char *old = json_string_value(json_object_get(holder, name));
  bool known = !holder || (old && strcmp(old, h->value) == 0);
  for (size_t i = 0; i < s->count && !known; i++)
    known = s->singles[i].how == PUT && strcmp(s->singles[i].attribute, h->attribute) == 0 && strcmp(s->singles[i].value, h->value) == 0;
  if (!known) add(s, (change){h->attribute, h->value, false, PUT, 0, true});
}

/* The days on which the rules that decided begin and end, from their text. */
static void add_days(search *s, const json_t *answer) {
  size_t i, k;
  json_t *rule, *line;
  json_array_foreach(json_object_get(answer, "rules"), i, rule) {
    json_array_foreach(json_object_get(rule, "source"), k, line) {
      const char *text = json_string_value(line) + strspn(json_string_value(line), " ");
      char day[16], noon[32];
      bool from = strncmp(text, "from", 4) == 0, until = strncmp(text, "until", 5) == 0;
      if ((!from && !until) || sscanf(text, "%*s %10[0-9-]", day) != 1) continue;
      snprintf(noon, sizeof noon, "%sT12:00:00Z", day);
      add_times(s, noon);
      int64_t at;
      if (edict_time_parse(noon, strlen(noon), &at) == EDICT_OK) add_time(s, at + (until ? 1 : -1) * INT64_C(86400000000));
    }
  }
}

/* ---- telling ---- */

static const char *how_word(const change *c) {
  static const char *const words[] = {[PUT] = "put", [ADD] = "add", [DROP] = "leave out", [WITHOUT] = "take away",
                                      [TIME] = "at"};
  return words[c->how];
}

static json_t *time_of(int64_t now) {
  char text[40];
  struct tm parts;
  time_t seconds = (time_t)(now / 1000000);
  if (!gmtime_r(&seconds, &parts) || !strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)) return NULL;
  return json_string(text);
}

/* Values of contracts are shown as those of requests are: where they may be. */
static json_t *told(const search *s, const change *c) {
  json_t *value = json_null();
  bool hidden = c->stated && !cli_flag(&s->quiet, "--show-values");
  if (c->how == TIME) value = time_of(c->now);
  else if (c->how != DROP && !hidden) value = json_string(c->value);
  return json_pack("{s:s, s:s, s:o, s:b}", "how", how_word(c), "attribute", c->attribute, "value", value, "stated",
                   c->stated);
}

/* The same words are told once: of several hidden values one is enough. */
static bool tell(const search *s, json_t *changes, const change *const *list, size_t count) {
  json_t *all = json_array(), *other;
  size_t i;
  for (i = 0; i < count; i++) (void)json_array_append_new(all, told(s, list[i]));
  json_array_foreach(changes, i, other) {
    if (!json_equal(other, all)) continue;
    json_decref(all);
    return true;
  }
  return json_array_append_new(changes, all) == 0;
}

static void search_singles(search *s, bool beside, json_t *changes) {
  for (size_t i = 0; i < s->count && json_array_size(changes) < EXPLAIN_CHANGES_MOST; i++) {
    const change *one[] = {&s->singles[i]};
    if (one[0]->beside == beside && flips(s, one, 1)) (void)tell(s, changes, one, 1);
  }
}

static void search_pairs(search *s, json_t *changes) {
  for (size_t i = 0; i < s->count; i++)
    for (size_t k = i + 1; k < s->count; k++) {
      const change *two[] = {&s->singles[i], &s->singles[k]};
      bool same = strcmp(two[0]->attribute, two[1]->attribute) == 0 && two[0]->how != ADD;
      if (same) continue;
      if (json_array_size(changes) >= EXPLAIN_CHANGES_MOST) return;
      if (s->tries >= EXPLAIN_TRIES_MOST) {
        s->bounded = true;
        return;
      }
      if (flips(s, two, 2)) (void)tell(s, changes, two, 2);
    }
}

bool explain_changes(cli_arguments *a, cli_ask *ask, edict_effect effect, const explain_hints *hints,
                     json_t *answer) {
  static search s;
  s = (search){.quiet = *a, .ask = ask, .effect = effect};
  json_t *changes = json_array();
  s.quiet.diagnostics = edict_diagnostics_create();
  bool ready = changes && s.quiet.diagnostics && edict_decision_create(ask->product, &s.decision) == EDICT_OK;
  for (size_t i = 0; ready && i < hints->count; i++) add_of_hint(&s, &hints->items[i]);
  if (ready) add_days(&s, answer);
  for (size_t i = 0; ready && i < hints->choice_count; i++) add_choice(&s, &hints->choices[i]);
  if (ready) search_singles(&s, false, changes);
  if (ready && json_array_size(changes) == 0) search_singles(&s, true, changes);
  if (ready && json_array_size(changes) == 0) search_pairs(&s, changes);
  edict_decision_destroy(&s.decision);
  edict_diagnostics_destroy(&s.quiet.diagnostics);
  return json_object_set_new(answer, "changes", changes) == 0 &&
         json_object_set_new(answer, "searched", json_integer((json_int_t)s.tries)) == 0 &&
         json_object_set_new(answer, "bounded", json_boolean(s.bounded)) == 0 && ready;
}
