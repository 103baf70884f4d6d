/* Describe: see the header. Memory is short where a value is NULL; jansson hands that on, and it is looked at once at
 * the end of each part. */
#include "workbench/describe.h"

#include <stdio.h>
#include <string.h>

#include "edict/bundles.h"
#include "edict/forms.h"

enum { ATTRIBUTES_MOST = 64, VALUES_MOST = 256, COLUMNS_MOST = 4096 };

typedef struct names {
  json_t *list; /* null first, where none of them is a choice too */
} names;

/* What is supposed, as the C API takes it; texts borrow from the JSON. */
typedef struct supposed {
  edict_attribute items[ATTRIBUTES_MOST];
  edict_text values[VALUES_MOST];
  char numbers[VALUES_MOST][24];
  size_t count, value_count;
} supposed;

typedef struct run {
  const describe_options *options;
  edict_diagnostics *diagnostics;
  edict_product *product;
  edict_decision *decision;
  json_t *card, *roles, *purposes, *issuers, *actions, *rules;
  json_t *asked;        /* of the dataset and action at hand: answer as text to its place in `answers` */
  json_t *answers;
  uint32_t columns[COLUMNS_MOST];
  size_t requests;
  edict_status status;
} run;

static edict_text text(const char *s) { return (edict_text){s, s ? strlen(s) : 0}; }

static int append(const char *bytes, size_t length, void *user) {
  edi_buf_append(user, bytes, length);
  return ((edi_buf *)user)->failed == EDICT_OK ? 0 : -1;
}

/* A value as a JSON string of its JSON, to be a key; NULL without memory. */
static json_t *key_of(const json_t *value) {
  edi_buf buf;
  edi_buf_init(&buf, NULL, (size_t)1 << 28);
  json_t *key = value && json_dump_callback(value, append, &buf, JSON_COMPACT | JSON_ENCODE_ANY) == 0 ? json_stringn(buf.ptr, buf.len) : NULL;
  edi_buf_fini(&buf);
  return key;
}

/* ---- names of the federation ---- */

static json_t *read_names(run *r, const char *kind, bool with_none) {
  char *lines = NULL;
  size_t length = 0;
  json_t *list = json_array();
  edict_status status = edict_bundle_names(r->options->federal.ptr, r->options->federal.len, kind, &lines, &length, r->diagnostics);
  if (with_none) (void)json_array_append_new(list, json_null());
  for (size_t at = 0, end; status == EDICT_OK && at < length; at = end + 1) {
    const char *past = memchr(lines + at, '\n', length - at);
    end = past ? (size_t)(past - lines) : length;
    if (end > at) (void)json_array_append_new(list, json_stringn(lines + at, end - at));
  }
  edict_text_free(&lines);
  if (status != EDICT_OK) r->status = status;
  return list;
}

/* ---- what is supposed ---- */

static bool add_value(supposed *s, const json_t *v) {
  if (s->value_count == VALUES_MOST) return false;
  edict_text *out = &s->values[s->value_count];
  char *number = s->numbers[s->value_count];
  if (json_is_string(v)) *out = (edict_text){json_string_value(v), json_string_length(v)};
  else if (json_is_boolean(v)) *out = text(json_is_true(v) ? "true" : "false");
  else if (json_is_integer(v)) *out = (edict_text){number, (size_t)snprintf(number, sizeof s->numbers[0], "%lld", (long long)json_integer_value(v))};
  else return false;
  s->value_count++;
  return true;
}

static bool add_attribute(supposed *s, const char *name, const json_t *value) {
  size_t first = s->value_count, i;
  json_t *item;
  bool good = s->count < ATTRIBUTES_MOST;
  if (!json_is_array(value)) good = good && add_value(s, value);
  else json_array_foreach(value, i, item) good = good && add_value(s, item);
  if (good) s->items[s->count++] = (edict_attribute){text(name), &s->values[first], s->value_count - first};
  return good;
}

static bool suppose(supposed *s, json_t *object) {
  const char *name;
  json_t *value;
  s->count = s->value_count = 0;
  json_object_foreach(object, name, value) if (!add_attribute(s, name, value)) return false;
  return true;
}

static bool add_set(supposed *s, const char *name, const json_t *member) {
  json_t *list = json_array();
  if (!json_is_null(member)) (void)json_array_append(list, (json_t *)member);
  bool good = list && add_attribute(s, name, list);
  json_decref(list);
  return good;
}

/* ---- rules that mattered ---- */

static void hear(void *user, const edict_expression *e) {
  run *r = user;
  if (strcmp(e->part, "applies") == 0) return;
  json_t *name = json_stringn(e->rule.ptr, e->rule.len);
  json_t *rule = json_object_get(r->rules, json_string_value(name));
  json_decref(name);
  if (!rule || !json_object_get(rule, "hearing")) return;
  (void)json_array_append_new(json_object_get(rule, "conditions"),
                              json_pack("{s:s, s:i, s:i, s:s%, s:b}", "part", e->part, "number", (int)e->number, "depth", (int)e->depth, "text",
                                        e->text.ptr, e->text.len, "join", e->join));
}

static json_t *maybe(edict_text t) { return t.len ? json_stringn(t.ptr, t.len) : json_null(); }

/* Rules are told of once, when they first mattered; what they ask is the same for every request. */
static void note_rules(run *r) {
  edict_reason reason;
  bool fresh = false;
  const char *name;
  json_t *rule;
  for (size_t i = 0; i < edict_decision_reason_count(r->decision); i++) {
    if (edict_decision_reason(r->decision, i, &reason) != EDICT_OK || reason.file.len == 0) continue;
    json_t *key = json_stringn(reason.rule.ptr, reason.rule.len);
    if (key && !json_object_get(r->rules, json_string_value(key))) {
      fresh = true;
      (void)json_object_set_new(r->rules, json_string_value(key),
                                json_pack("{s:s, s:o, s:o, s:s%, s:i, s:[], s:b}", "effect", reason.effect, "because", maybe(reason.because), "see",
                                          maybe(reason.see), "file", reason.file.ptr, reason.file.len, "line", (int)reason.line, "conditions", "hearing", 1));
    }
    json_decref(key);
  }
  if (!fresh) return;
  edict_status status = edict_decision_expressions(r->decision, hear, r);
  if (status != EDICT_OK && status != EDICT_UNSUPPORTED && status != EDICT_LIMIT) r->status = status;
  json_object_foreach(r->rules, name, rule)(void) json_object_del(rule, "hearing");
}

/* ---- answers ---- */

/* Each column, and after it what is inside of it, as people read them: the product has all parts behind all columns. `at`
 * and `part` are where the walk is, 0 and 0 at first; SIZE_MAX past the last. */
static size_t next_column(const edict_product *product, size_t dataset, size_t *at, size_t *part) {
  edict_column_info info;
  size_t tops = edict_product_top_column_count(product, dataset);
  if (*at > 0 && edict_product_column_info(product, dataset, *at - 1, &info) == EDICT_OK && *part < info.part_count)
    return info.first_part + (*part)++;
  *part = 0;
  return *at < tops ? (*at)++ : SIZE_MAX;
}

static json_t *in_reading_order(const run *r, size_t dataset, const json_t *columns) {
  if (!json_is_object(columns)) return json_incref((json_t *)columns);
  json_t *out = json_object();
  size_t column, at = 0, part = 0;
  while ((column = next_column(r->product, dataset, &at, &part)) != SIZE_MAX) {
    edict_column_info info;
    if (edict_product_column_info(r->product, dataset, column, &info) != EDICT_OK) continue;
    json_t *said = json_object_get(columns, info.name);
    if (said) (void)json_object_set(out, info.name, said);
  }
  return out;
}

/* What of a decision is about the answer, and not about who got it. */
static json_t *answer_of(run *r, size_t dataset) {
  static const char *const members[] = {"decision", "reasons", "columns", "rows", "groups", "retention", "obligations", "valid_until"};
  char *bytes;
  size_t length;
  json_t *answer = json_object();
  edict_status status = edict_decision_json(r->decision, &bytes, &length);
  json_t *whole = status == EDICT_OK ? json_loadb(bytes, length, JSON_ALLOW_NUL, NULL) : NULL;
  if (status == EDICT_OK) edict_text_free(&bytes);
  else r->status = status;
  for (size_t i = 0; whole && i < sizeof members / sizeof *members; i++)
    (void)json_object_set(answer, members[i], json_object_get(whole, members[i]));
  if (whole) (void)json_object_set_new(answer, "columns", in_reading_order(r, dataset, json_object_get(whole, "columns")));
  json_decref(whole);
  return answer;
}

static bool was_asked(const run *r) {
  edict_reason reason;
  return edict_decision_reason_count(r->decision) == 0 || edict_decision_reason(r->decision, 0, &reason) != EDICT_OK ||
         reason.rule.len != strlen("edict.action") || memcmp(reason.rule.ptr, "edict.action", reason.rule.len) != 0;
}

static void keep(run *r, size_t dataset, json_t *cell) {
  json_t *answer = answer_of(r, dataset);
  json_t *key = key_of(answer);
  json_t *known = json_object_get(r->asked, json_string_value(key));
  if (!key || !cell) r->status = EDICT_MEMORY;
  else if (known) {
    (void)json_array_append(json_object_get(json_array_get(r->answers, (size_t)json_integer_value(known)), "cells"), cell);
  } else {
    (void)json_object_set_new(r->asked, json_string_value(key), json_integer((json_int_t)json_array_size(r->answers)));
    (void)json_object_set_new(answer, "cells", json_pack("[O]", cell));
    (void)json_array_append(r->answers, answer);
  }
  json_decref(key);
  json_decref(answer);
}

static void ask(run *r, const edict_session *session, size_t dataset, const char *action, json_t *cell) {
  supposed context;
  const json_t *purpose = json_array_get(cell, 2);
  if (!suppose(&context, r->options->context) || (!json_is_null(purpose) && !add_attribute(&context, "purpose", purpose))) {
    r->status = EDICT_ARGUMENT;
    return;
  }
  edict_request request = {.size = sizeof request, .action = text(action), .dataset = dataset, .columns = r->columns,
                           .column_count = edict_product_column_count(r->product, dataset), .context = context.items,
                           .context_count = context.count, .now = r->options->now};
  r->status = edict_decide(r->decision, session, &request);
  if (r->status != EDICT_OK || !was_asked(r)) return;
  note_rules(r);
  keep(r, dataset, cell);
}

/* ---- everybody ---- */

typedef struct cell {
  json_t *names; /* [issuer, role, purpose] */
  edict_session *session;
} cell;

/* A session of each issuer, role and purpose; those that an issuer may not vouch for are left out. */
static size_t open_cells(run *r, cell *cells) {
  size_t count = 0, i, k, n;
  json_t *issuer, *role, *purpose;
  edict_diagnostics *quiet = edict_diagnostics_create();
  if (!quiet) r->status = EDICT_MEMORY;
  json_array_foreach(r->issuers, i, issuer) json_array_foreach(r->roles, k, role) json_array_foreach(r->purposes, n, purpose) {
    supposed s;
    cell *c = &cells[count];
    if (r->status != EDICT_OK) continue;
    if (!suppose(&s, r->options->subject) || !add_set(&s, "roles", role) || !add_set(&s, "purposes", purpose)) r->status = EDICT_ARGUMENT;
    edict_status status = edict_session_create_hypothetical(r->options->engine, text(json_string_value(issuer)), text("anybody"), s.items,
                                                            s.count, &c->session, quiet);
    if (status == EDICT_MEMORY || status == EDICT_DEFECT) r->status = status;
    if (status != EDICT_OK) continue;
    c->names = json_pack("[O, O, O]", issuer, role, purpose);
    count++;
  }
  if (count == 0 && r->status == EDICT_OK) {
    const char *first = json_string_value(json_array_get(r->issuers, 0));
    supposed s;
    (void)suppose(&s, r->options->subject);
    r->status = edict_session_create_hypothetical(r->options->engine, text(first ? first : "host"), text("anybody"), s.items, s.count,
                                                  &cells[0].session, r->diagnostics);
    edict_session_destroy(&cells[0].session);
    if (r->status == EDICT_OK) r->status = EDICT_ARGUMENT;
  }
  edict_diagnostics_destroy(&quiet);
  return count;
}

/* ---- whom an answer is for ---- */

/* Where the list of `lists` is that belongs to `key`, made if there is none. */
static json_t *place(json_t *lists, const char *key) {
  json_t *list = json_object_get(lists, key);
  if (list) return list;
  (void)json_object_set_new(lists, key, json_array());
  return json_object_get(lists, key);
}

/* From `pairs`, a list of [name, value], the values by name; then names of equal values together: [[names], value]. */
static json_t *fold(const json_t *pairs) {
  json_t *by_name = json_object(), *by_value = json_object(), *out = json_array(), *pair, *list;
  const char *key;
  size_t i;
  json_array_foreach(pairs, i, pair) {
    json_t *name = key_of(json_array_get(pair, 0));
    (void)json_array_append(place(by_name, json_string_value(name)), json_array_get(pair, 1));
    json_decref(name);
  }
  json_object_foreach(by_name, key, list) {
    json_t *value = key_of(list);
    (void)json_array_append_new(place(by_value, json_string_value(value)), json_loads(key, JSON_DECODE_ANY, NULL));
    json_decref(value);
  }
  json_object_foreach(by_value, key, list) (void)json_array_append_new(out, json_pack("[O, o]", list, json_loads(key, 0, NULL)));
  json_decref(by_name);
  json_decref(by_value);
  return out;
}

/* Cells [issuer, role, purpose] as a few products of lists: {issuers, roles, purposes}. */
static json_t *audience_of(const json_t *cells) {
  json_t *pairs = json_array(), *out = json_array(), *item, *group, *inner;
  size_t i, k;
  json_array_foreach(cells, i, item)
    (void)json_array_append_new(pairs, json_pack("[[O, O], O]", json_array_get(item, 0), json_array_get(item, 1), json_array_get(item, 2)));
  json_t *by_who = fold(pairs); /* [[issuer, role]...] have these purposes */
  json_array_foreach(by_who, i, group) {
    json_t *who = json_array(), *one;
    json_array_foreach(json_array_get(group, 0), k, one)
      (void)json_array_append_new(who, json_pack("[O, O]", json_array_get(one, 1), json_array_get(one, 0)));
    json_t *by_role = fold(who); /* [roles] of these issuers */
    json_array_foreach(by_role, k, inner)
      (void)json_array_append_new(out, json_pack("{s:O, s:O, s:O}", "issuers", json_array_get(inner, 1), "roles", json_array_get(inner, 0),
                                                 "purposes", json_array_get(group, 1)));
    json_decref(by_role);
    json_decref(who);
  }
  json_decref(by_who);
  json_decref(pairs);
  return out;
}

/* Each answer with its audience; what is permitted comes first. */
static json_t *settle(const json_t *answers) {
  static const char *const effects[] = {"permit", "deny"};
  json_t *out = json_array(), *answer;
  size_t i;
  for (size_t e = 0; e < sizeof effects / sizeof *effects; e++)
    json_array_foreach(answers, i, answer) {
      if (strcmp(describe_text_of(answer, "decision"), effects[e]) != 0) continue;
      (void)json_object_set_new(answer, "audience", audience_of(json_object_get(answer, "cells")));
      (void)json_object_del(answer, "cells");
      (void)json_array_append(out, answer);
    }
  return out;
}

/* ---- the product ---- */

static json_t *tags_of(const run *r, size_t dataset, size_t column) {
  json_t *list = json_array();
  edict_text tag;
  for (size_t i = 0; (tag = edict_product_tag(r->product, dataset, column, i)).ptr; i++)
    (void)json_array_append_new(list, json_stringn(tag.ptr, tag.len));
  return list;
}

/* In how many others it is. */
static int depth_of(const run *r, size_t dataset, const edict_column_info *info) {
  edict_column_info outer = *info;
  int depth = 0;
  while (outer.parent != SIZE_MAX && edict_product_column_info(r->product, dataset, outer.parent, &outer) == EDICT_OK) depth++;
  return depth;
}

static json_t *column_of(const run *r, size_t dataset, size_t column) {
  edict_column_info info;
  if (edict_product_column_info(r->product, dataset, column, &info) != EDICT_OK) return NULL;
  return json_pack("{s:s, s:s, s:s, s:b, s:o, s:o, s:b, s:i, s:b}", "name", info.name, "physical_name", info.physical_name, "type", info.type,
                   "required", info.required, "classification", maybe(edict_product_classification(r->product, dataset, column)), "tags",
                   tags_of(r, dataset, column), "closed", edict_product_column_closed(r->product, dataset, column), "depth",
                   depth_of(r, dataset, &info), "parts", info.part_count > 0);
}

static json_t *actions_of(run *r, size_t dataset, const cell *cells, size_t count) {
  json_t *out = json_array(), *action;
  size_t i;
  json_array_foreach(r->actions, i, action) {
    r->asked = json_object();
    r->answers = json_array();
    if (!r->asked || !r->answers) r->status = EDICT_MEMORY;
    for (size_t k = 0; k < count && r->status == EDICT_OK; k++) ask(r, cells[k].session, dataset, json_string_value(action), cells[k].names);
    if (json_array_size(r->answers))
      (void)json_array_append_new(out, json_pack("{s:O, s:o}", "action", action, "answers", settle(r->answers)));
    json_decref(r->asked);
    json_decref(r->answers);
  }
  return out;
}

static json_t *dataset_of(run *r, size_t dataset, const cell *cells, size_t count) {
  json_t *columns = json_array();
  size_t column, at = 0, part = 0;
  while ((column = next_column(r->product, dataset, &at, &part)) != SIZE_MAX)
    (void)json_array_append_new(columns, column_of(r, dataset, column));
  return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o}", "name", edict_product_dataset_name(r->product, dataset), "physical_name",
                   edict_product_dataset_physical_name(r->product, dataset), "classification",
                   maybe(edict_product_classification(r->product, dataset, SIZE_MAX)), "tags", tags_of(r, dataset, SIZE_MAX), "columns", columns,
                   "actions", actions_of(r, dataset, cells, count));
}

static json_t *object_or_empty(const json_t *object) { return object ? json_deep_copy(object) : json_object(); }

static void write_card(run *r, const cell *cells, size_t count) {
  char now[64];
  edict_cell time = {.type = EDICT_CELL_TIMESTAMP, .integer = r->options->now};
  json_t *datasets = json_array();
  (void)edict_cell_text(&time, now, sizeof now);
  for (size_t d = 0; d < edict_product_dataset_count(r->product) && r->status == EDICT_OK; d++)
    (void)json_array_append_new(datasets, dataset_of(r, d, cells, count));
  r->card = json_pack("{s:s, s:s, s:o, s:{s:o, s:o}, s:O, s:O, s:O, s:o, s:O}", "product", r->options->product, "now", now, "tags",
                      tags_of(r, SIZE_MAX, SIZE_MAX), "supposed", "subject", object_or_empty(r->options->subject), "context",
                      object_or_empty(r->options->context), "issuers", r->issuers, "roles", r->roles, "purposes", r->purposes, "datasets", datasets,
                      "rules", r->rules);
  if (!r->card && r->status == EDICT_OK) r->status = EDICT_MEMORY;
}

static void ask_everybody(run *r, edi_arena *arena) {
  size_t most = json_array_size(r->issuers) * json_array_size(r->roles) * json_array_size(r->purposes);
  size_t questions = edict_product_dataset_count(r->product) * json_array_size(r->actions);
  if (most * (questions ? questions : 1) > DESCRIBE_REQUESTS_MOST) {
    r->status = EDICT_LIMIT;
    return;
  }
  cell *cells = EDI_NEW_ARRAY(arena, cell, most + 1);
  if (!cells) {
    r->status = edi_arena_status(arena);
    return;
  }
  size_t count = open_cells(r, cells);
  if (r->status == EDICT_OK) write_card(r, cells, count);
  for (size_t i = 0; i < count; i++) {
    edict_session_destroy(&cells[i].session);
    json_decref(cells[i].names);
  }
}

static edict_status describe_with(run *r, edi_arena *arena) {
  for (uint32_t i = 0; i < COLUMNS_MOST; i++) r->columns[i] = i;
  r->roles = read_names(r, "role", true);
  r->purposes = read_names(r, "purpose", true);
  r->issuers = read_names(r, "issuer", false);
  r->actions = read_names(r, "action", false);
  r->rules = json_object();
  edict_diagnostics *notes = edict_diagnostics_create(); /* of binding: `edict check` and hosts tell them */
  if (!r->rules || !notes) r->status = EDICT_MEMORY;
  if (r->status == EDICT_OK) {
    r->status = edict_product_create(r->options->engine, r->options->product, &r->product, notes);
    if (r->status != EDICT_OK) r->status = edict_product_create(r->options->engine, r->options->product, &r->product, r->diagnostics);
  }
  if (r->status == EDICT_OK) r->status = edict_decision_create(r->product, &r->decision);
  if (r->status == EDICT_OK) ask_everybody(r, arena);
  edict_decision_destroy(&r->decision);
  edict_product_destroy(&r->product);
  edict_diagnostics_destroy(&notes);
  json_decref(r->roles);
  json_decref(r->purposes);
  json_decref(r->issuers);
  json_decref(r->actions);
  json_decref(r->rules);
  return r->status;
}

edict_status describe_card(const describe_options *options, json_t **card, edict_diagnostics *diagnostics) {
  edi_arena arena;
  edi_arena_init(&arena, NULL, (size_t)1 << 28);
  run *r = EDI_NEW(&arena, run);
  edict_status status = r ? EDICT_OK : edi_arena_status(&arena);
  *card = NULL;
  if (r) {
    *r = (run){.options = options, .diagnostics = diagnostics};
    status = describe_with(r, &arena);
    if (status == EDICT_OK) *card = r->card;
    else json_decref(r->card);
  }
  edi_arena_fini(&arena);
  return status;
}
