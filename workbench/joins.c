/* Joins: see the header. A reader is one issuer, one role or none, one purpose or none; of both columns what the decision
 * says is compared, as text: a transform with its arguments, the key among them. */
#include "workbench/joins.h"

#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/bytes.h"
#include "edict/bundles.h"
#include "edict/forms.h"

enum { NAMES_MOST = 4096, DECISIONS_MOST = 40000, TEXT_MOST = 2048 };

typedef struct names {
  char *lines;
  edict_text items[NAMES_MOST];
  size_t count;
} names;

/* What a reader gets of one side. */
typedef struct side {
  edict_text product_name, dataset_name;
  edict_product *product;
  edict_decision *decision;
  size_t dataset, column;
  edict_column_info info;
  char mask[TEXT_MOST];       /* "pseudonym(federal.a.k)"; "" if it is denied */
  char scope[TEXT_MOST];      /* within what it can be joined: "product sales.orders"; "": everywhere */
  bool keyed, plain;
} side;

typedef struct run {
  const edict_links *links;
  const edict_engine *engine;
  edict_diagnostics *diagnostics, *quiet;
  names issuers, roles, purposes;
  edict_link link;
  side sides[2];
  size_t decisions;
  edict_status status;
} run;

/* ---- readers ---- */

static void read_names(run *r, edict_bytes federal, const char *kind, names *out) {
  size_t length = 0;
  if (r->status == EDICT_OK) r->status = edict_bundle_names(federal.ptr, federal.len, kind, &out->lines, &length, r->diagnostics);
  for (size_t at = 0, end; r->status == EDICT_OK && at < length && out->count < NAMES_MOST; at = end + 1) {
    const char *past = memchr(out->lines + at, '\n', length - at);
    end = past ? (size_t)(past - out->lines) : length;
    if (end > at) out->items[out->count++] = (edict_text){out->lines + at, end - at};
  }
}

typedef struct reader { const edict_text *issuer, *role, *purpose; } reader; /* role, purpose: NULL, none */

static const char subject_roles[] = "roles", subject_purposes[] = "purposes", context_purpose[] = "purpose", anybody[] = "anybody", read_action[] = "read";

static edict_text text(const char *s) { return (edict_text){s, strlen(s)}; }

static edict_status open_reader(run *r, const reader *who, edict_session **session) {
  const edict_attribute attributes[] = {{text(subject_roles), who->role, who->role ? 1 : 0},
                                        {text(subject_purposes), who->purpose, who->purpose ? 1 : 0}};
  return edict_session_create_hypothetical(r->engine, *who->issuer, text(anybody), attributes, 2, session, r->quiet);
}

/* ---- what a reader gets ---- */

/* Whether equal values come out equal, and other ones than they are. */
static bool is_pseudonymous(const char *name, const char *arguments) {
  static const char *const all[] = {"pseudonym", "token", "fpe", "sha256", "sha256-query"};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    if (strcmp(name, all[i]) == 0) return true;
  return strcmp(name, "email") == 0 && strncmp(arguments, "pseudo", 6) == 0;
}

static edict_status ask(run *r, const edict_session *session, const reader *who, const side *s) {
  uint32_t column = (uint32_t)s->column;
  edict_attribute context = {text(context_purpose), who->purpose, 1};
  edict_request request = {.size = sizeof request, .action = text(read_action), .dataset = s->dataset, .columns = &column, .column_count = 1,
                           .context = &context, .context_count = who->purpose ? 1 : 0, .now = r->link.now};
  r->decisions++;
  return edict_decide(s->decision, session, &request);
}

static void look_at(run *r, const edict_session *session, const reader *who, side *s) {
  const char *arguments = "";
  s->mask[0] = s->scope[0] = '\0';
  s->keyed = s->plain = false;
  r->status = ask(r, session, who, s);
  if (r->status != EDICT_OK || edict_decision_effect(s->decision) != EDICT_PERMIT) return;
  const char *name = edict_decision_column(s->decision, s->column, &arguments);
  snprintf(s->mask, sizeof s->mask, *arguments ? "%s(%s)" : "%s", name, arguments);
  s->keyed = is_pseudonymous(name, arguments);
  r->status = edict_decision_column_scope(s->decision, s->column, s->scope, sizeof s->scope);
  s->plain = strcmp(name, "keep") == 0;
}

/* ---- what is told ---- */

/* "orders.customer: pseudonym(k) by federal.a.b": the rules are those that the decision names. */
static void put_side(const side *s, edi_buf *into) {
  edict_text dataset = s->dataset_name;
  char *bytes = NULL;
  size_t length, i;
  json_t *rule, *whole = edict_decision_json(s->decision, &bytes, &length) == EDICT_OK ? json_loadb(bytes, length, 0, NULL) : NULL;
  json_t *rules = json_object_get(json_object_get(json_object_get(whole, "columns"), s->info.name), "rules");
  edi_buf_format(into, "`%.*s.%s`: %s", (int)dataset.len, dataset.ptr, s->info.name, s->plain ? "as it is" : s->mask);
  json_array_foreach(rules, i, rule) edi_buf_format(into, "%s%s", i ? ", " : " by ", json_string_value(rule));
  if (*s->scope) edi_buf_format(into, "; joinable within %s", strcmp(s->scope, "query") == 0 ? "one query" : s->scope);
  edi_buf_char(into, '\0');
  json_decref(whole);
  edict_text_free(&bytes);
}

static void put_list(const char *name, const edict_text *item, edi_buf *into) {
  edi_buf_format(into, ", %s: [%.*s]", name, item ? (int)item->len : 0, item ? item->ptr : "");
}

/* As a path with brackets stands in a test. */
static void put_column(const char *name, edi_buf *into) { edi_buf_format(into, strchr(name, '[') ? "\"%s\"" : "%s", name); }

static void put_request(const run *r, const reader *who, const side *s, edi_buf *into) {
  char now[64];
  edict_cell time = {.type = EDICT_CELL_TIMESTAMP, .integer = r->link.now};
  (void)edict_cell_text(&time, now, sizeof now);
  edi_buf_format(into, "%sproduct  %.*s\nsubject  { issuer: %.*s, id: \"%s\"", into->len ? "\n" : "", (int)s->product_name.len, s->product_name.ptr,
                 (int)who->issuer->len, who->issuer->ptr, anybody);
  put_list(subject_roles, who->role, into);
  put_list(subject_purposes, who->purpose, into);
  edi_buf_format(into, " }\ncontext  { now: %s", now);
  if (who->purpose) edi_buf_format(into, ", purpose: %.*s", (int)who->purpose->len, who->purpose->ptr);
  edi_buf_format(into, " }\nask      read %.*s columns ", (int)s->dataset_name.len, s->dataset_name.ptr);
  put_column(s->info.name, into);
  edi_buf_text(into, "\nexpect   column ");
  put_column(s->info.name, into);
  edi_buf_format(into, " %s", s->plain ? "raw" : s->mask);
}

/* What is equal within one query is equal to nothing of another dataset, which is asked for apart. */
static bool is_scoped_apart(const side *a, const side *b) { return strcmp(a->scope, b->scope) != 0 || strcmp(a->scope, "query") == 0; }

static const char *why_of(const side *a, const side *b) {
  if (a->plain || b->plain) return "a pseudonym is equal to no value that stands as it is, so the join is empty";
  bool one = strcmp(a->mask, b->mask) == 0;
  if (one && is_scoped_apart(a, b)) return "the key joins within less than both, so equal values have different pseudonyms and the join is empty";
  if (one) return "values of different types have different pseudonyms, so the join is empty";
  return "equal values have different pseudonyms under different keys and transforms, so the join is empty";
}

static void tell(run *r, size_t index, const edict_session *session, const reader *who) {
  edi_buf notes[2], requests;
  edi_buf_init(&requests, NULL, 16384);
  for (size_t i = 0; i < 2; i++) {
    edi_buf_init(&notes[i], NULL, 16384);
    if (r->status == EDICT_OK) r->status = ask(r, session, who, &r->sides[i]);
    put_side(&r->sides[i], &notes[i]);
    put_request(r, who, &r->sides[i], &requests);
  }
  edi_buf_char(&requests, '\0');
  if (notes[0].failed != EDICT_OK || notes[1].failed != EDICT_OK || requests.failed != EDICT_OK) r->status = EDICT_LIMIT;
  else edict_links_tell(r->links, index, notes[0].ptr, notes[1].ptr, why_of(&r->sides[0], &r->sides[1]), requests.ptr, r->diagnostics);
  for (size_t i = 0; i < 2; i++) edi_buf_fini(&notes[i]);
  edi_buf_fini(&requests);
}

/* ---- one foreign key ---- */

static bool is_empty(const side *a, const side *b) {
  if (!(a->keyed && (b->keyed || b->plain)) && !(b->keyed && a->plain)) return false;
  return strcmp(a->mask, b->mask) != 0 || strcmp(a->info.type, b->info.type) != 0 || is_scoped_apart(a, b);
}

/* Whether it was told of. */
static bool look_as(run *r, size_t index, const reader *who) {
  edict_session *session = NULL;
  edict_status status = open_reader(r, who, &session);
  bool told = false;
  if (status == EDICT_MEMORY || status == EDICT_DEFECT) r->status = status;
  if (status != EDICT_OK) return false; /* no issuer may say that of anybody */
  for (size_t i = 0; i < 2 && r->status == EDICT_OK; i++) look_at(r, session, who, &r->sides[i]);
  if (r->status == EDICT_OK && is_empty(&r->sides[0], &r->sides[1])) {
    tell(r, index, session, who);
    told = true;
  }
  edict_session_destroy(&session);
  return told;
}

static void look_for_reader(run *r, size_t index) {
  for (size_t i = 0; i < r->issuers.count; i++)
    for (size_t k = 0; k <= r->roles.count; k++)
      for (size_t n = 0; n <= r->purposes.count; n++) {
        const reader who = {&r->issuers.items[i], k ? &r->roles.items[k - 1] : NULL, n ? &r->purposes.items[n - 1] : NULL};
        if (r->status != EDICT_OK || r->decisions > DECISIONS_MOST || look_as(r, index, &who)) return;
      }
}

/* A product, dataset or column that is not there has been told of; such a side joins nothing. */
static bool open_side(run *r, edict_text product, edict_text dataset, edict_text column, side *out) {
  char name[TEXT_MOST];
  *out = (side){.product_name = product, .dataset_name = dataset};
  if (product.len >= sizeof name || dataset.len >= sizeof name || column.len >= sizeof name) return false;
  snprintf(name, sizeof name, "%.*s", (int)product.len, product.ptr);
  edict_status status = edict_product_create(r->engine, name, &out->product, r->quiet);
  if (status == EDICT_OK) status = edict_decision_create(out->product, &out->decision);
  if (status != EDICT_OK && status != EDICT_NOT_FOUND) r->status = status;
  if (status != EDICT_OK) return false;
  snprintf(name, sizeof name, "%.*s", (int)dataset.len, dataset.ptr);
  out->dataset = edict_product_dataset(out->product, name);
  snprintf(name, sizeof name, "%.*s", (int)column.len, column.ptr);
  out->column = out->dataset == SIZE_MAX ? SIZE_MAX : edict_product_column(out->product, out->dataset, name);
  return out->column != SIZE_MAX && edict_product_column_info(out->product, out->dataset, out->column, &out->info) == EDICT_OK;
}

static void close_side(side *s) {
  edict_decision_destroy(&s->decision);
  edict_product_destroy(&s->product);
}

static void look_at_link(run *r, size_t index) {
  const edict_link *l = &r->link;
  r->sides[1] = (side){.product = NULL};
  if (open_side(r, l->product, l->dataset, l->column, &r->sides[0]) && open_side(r, l->to_product, l->to_dataset, l->to_column, &r->sides[1]))
    look_for_reader(r, index);
  close_side(&r->sides[0]);
  close_side(&r->sides[1]);
}

edict_status joins_check(const edict_links *links, const edict_engine *engine, edict_bytes federal, int64_t now, edict_diagnostics *diagnostics) {
  edi_arena arena;
  size_t count = edict_links_count(links);
  if (count == 0) return EDICT_OK;
  edi_arena_init(&arena, NULL, (size_t)1 << 24);
  run *r = EDI_NEW(&arena, run);
  edict_status status = r ? EDICT_OK : edi_arena_status(&arena);
  if (r) {
    *r = (run){.links = links, .engine = engine, .diagnostics = diagnostics, .quiet = edict_diagnostics_create()};
    if (!r->quiet) r->status = EDICT_MEMORY;
    read_names(r, federal, "issuer", &r->issuers);
    read_names(r, federal, "role", &r->roles);
    read_names(r, federal, "purpose", &r->purposes);
    for (size_t i = 0; i < count && r->status == EDICT_OK; i++)
      if (edict_links_at(links, i, now, &r->link) == EDICT_OK) look_at_link(r, i);
    if (r->decisions > DECISIONS_MOST) edict_links_tell_left(diagnostics);
    edict_text_free(&r->issuers.lines);
    edict_text_free(&r->roles.lines);
    edict_text_free(&r->purposes.lines);
    edict_diagnostics_destroy(&r->quiet);
    status = r->status;
  }
  edi_arena_fini(&arena);
  return status;
}
