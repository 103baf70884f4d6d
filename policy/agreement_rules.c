/* Agreement rules: approved agreements as permits.
 *
 * In: agreements, and how their words are said in rules. Out: one rule file in its layout. Invariant: a permit is
 * bound to a product, a consumer, a purpose and an end; where the agreement lacks one of them, nothing is made. What is
 * text for people stands in strings and comments, escaped. */
#include "edict/agreements.h"

#include "base/calendar.h"
#include "bundle/limits.h"
#include "policy/agreement.h"
#include "policy/contract_facts.h"
#include "policy/ports.h"

#define ARENA_AGREEMENTS ((size_t)1 << 30)

enum { ID_MOST = 100 };

typedef struct writer {
  edi_arena arena;
  const edict_agreement_options *options;
  edict_diagnostics *diagnostics;
  edi_agreement *agreements;
  size_t count, errors;
  edi_ports *products;
  edi_buf out;
} writer;

#define ERROR(w, code, span, label, ...) ((w)->errors++, edi_diagnostics_add((w)->diagnostics, (code), (span), (label), __VA_ARGS__))

/* ---- pieces ---- */

/* A string of the language: what cannot be seen, quotes and backslashes escaped. */
static void put_string(edi_buf *out, edi_str text) {
  edi_buf_char(out, '"');
  for (size_t at = 0; at < text.len;) {
    char piece[12];
    char c = text.ptr[at];
    if (c == '"' || c == '\\') {
      edi_buf_char(out, '\\');
      edi_buf_char(out, c);
      at++;
      continue;
    }
    size_t length = edi_utf8_escape(text, &at, piece);
    edi_buf_append(out, piece, length);
  }
  edi_buf_char(out, '"');
}

/* The id as part of a rule's name. */
static void put_name(edi_buf *out, edi_str id) {
  edi_buf_text(out, "agreement-");
  for (size_t i = 0; i < id.len; i++) {
    char c = id.ptr[i];
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    edi_buf_char(out, plain || (c == '-' && i + 1 < id.len) ? c : '_');
  }
}

static void put_date(edi_buf *out, const char *clause, int64_t day) {
  edi_buf_format(out, "  %s ", clause);
  edi_date_format(out, day);
  edi_buf_char(out, '\n');
}

static void put_time(edi_buf *out, const char *comparison, int64_t time) {
  edi_buf_format(out, " and now %s ", comparison);
  edi_timestamp_format(out, time);
}

/* ---- the time ---- */

static bool is_midnight(int64_t time) { return time == edi_date_of(time) * EDI_DAY_MICROS; }

/* 23:59:59 is how people write the end of a day. */
static bool is_end_of_day(int64_t time) { return time >= (edi_date_of(time) + 1) * EDI_DAY_MICROS - 1000000; }

/* The last day on which the grant can hold. An agreement that must be looked at again ends no later than that. */
static int64_t end_of(const edi_agreement *a) { return a->has_end ? a->end : a->review; }

static int64_t last_day(const edi_agreement *a) {
  int64_t end = end_of(a);
  return is_midnight(end) ? edi_date_of(end) - 1 : edi_date_of(end);
}

static void put_hours(edi_buf *out, const edi_agreement *a) {
  int64_t end = end_of(a);
  if (a->has_start && !is_midnight(a->start)) put_time(out, ">=", a->start);
  if (!is_midnight(end) && !is_end_of_day(end)) put_time(out, "<", end);
}

/* ---- who ---- */

static const char *role_of(const writer *w, edi_str role) {
  for (size_t i = 0; i < w->options->role_count; i++) {
    const char *pair = w->options->roles[i], *equals = strchr(pair, '=');
    if (equals && edi_str_equal(role, (edi_str){pair, (size_t)(equals - pair)})) return equals + 1;
  }
  return NULL;
}

static void put_roles(writer *w, const edi_agreement *a) {
  if (a->role_count == 0) return;
  edi_buf_text(&w->out, " and (");
  for (size_t i = 0; i < a->role_count; i++) {
    const char *node = role_of(w, a->roles[i]);
    edi_buf_text(&w->out, i ? " or subject.roles has " : "subject.roles has ");
    if (node) edi_buf_text(&w->out, node);
    else edi_buf_str(&w->out, a->roles[i]);
    if (node || edi_agreement_is_word(a->roles[i])) continue;
    edi_finding *f = ERROR(w, EDI_E0968, a->role_spans[i], "", "`role` is no name that a rule can hold");
    edi_finding_fix(f, false, "say with --role NAME=NODE which role of the federation it is");
  }
  edi_buf_char(&w->out, ')');
}

static void put_equal(edi_buf *out, const char *attribute, edi_str value, const char *before) {
  if (value.len == 0) return;
  edi_buf_format(out, "%s%s == ", before, attribute);
  put_string(out, value);
}

static void put_condition(writer *w, const edi_agreement *a) {
  const edict_agreement_options *o = w->options;
  edi_str node = a->node.len ? a->node : edi_str_from(o->purpose);
  edi_buf_text(&w->out, "  when purpose is ");
  edi_buf_str(&w->out, node);
  put_equal(&w->out, o->team, a->team, " and ");
  put_equal(&w->out, o->product, a->product, " and ");
  put_equal(&w->out, o->user, a->user, " and ");
  put_roles(w, a);
  put_hours(&w->out, a);
  edi_buf_char(&w->out, '\n');
}

/* ---- text for people ---- */

static void put_because(edi_buf *out, const edi_agreement *a) {
  edi_buf text;
  edi_buf_init(&text, NULL, (size_t)1 << 16);
  edi_buf_text(&text, "Access agreement ");
  edi_buf_str(&text, a->id);
  edi_buf_text(&text, ": ");
  edi_buf_str(&text, a->purpose);
  edi_buf_text(out, "  because ");
  put_string(out, (edi_str){text.ptr ? text.ptr : "", text.len});
  edi_buf_char(out, '\n');
  if (text.failed != EDICT_OK) out->failed = text.failed;
  edi_buf_fini(&text);
}

static void put_part(edi_buf *text, const char *what, edi_str value) {
  if (value.len == 0) return;
  edi_buf_format(text, "%s%s: ", text->len ? "; " : "", what);
  edi_buf_str(text, value);
}

static void put_note(edi_buf *out, const edi_agreement *a) {
  edi_buf text;
  edi_buf_init(&text, NULL, (size_t)1 << 16);
  put_part(&text, "name", a->name);
  put_part(&text, "version", a->version);
  put_part(&text, "port", a->port);
  put_part(&text, "contract", a->contract);
  put_part(&text, "contract version", a->contract_version);
  put_part(&text, "usage", a->usage);
  put_part(&text, "limitations", a->limitations);
  put_part(&text, "terms", a->terms);
  if (a->has_review) {
    edi_buf_text(&text, "; to be looked at again by ");
    edi_timestamp_format(&text, a->review);
  }
  edi_buf_text(out, "  note ");
  put_string(out, (edi_str){text.ptr ? text.ptr : "", text.len});
  edi_buf_text(out, "\n\n");
  if (text.failed != EDICT_OK) out->failed = text.failed;
  edi_buf_fini(&text);
}

/* ---- the product ---- */

static const edi_ports *find_product(const writer *w, edi_str id) {
  for (size_t i = 0; i < w->options->product_count; i++)
    if (edi_str_equal(w->products[i].id, id)) return &w->products[i];
  return NULL;
}

/* By its id or its name, of which there may be one for each version: the one of the agreement's contract, else the first. */
static const edi_port *find_port(const edi_ports *product, const edi_agreement *a) {
  const edi_port *found = NULL;
  for (size_t i = 0; i < product->count; i++) {
    const edi_port *port = &product->ports[i];
    if (!edi_str_equal(port->name, a->port) && !(port->id.len && edi_str_equal(port->id, a->port))) continue;
    if (a->contract.len && edi_str_equal(port->contract, a->contract)) return port;
    if (!found) found = port;
  }
  return found;
}

/* What of a data product would stand in a rule and cannot; NULL: nothing. */
static const char *wordless(const edi_ports *product, edi_span *span) {
  edi_str name = product->name.len ? product->name : product->id;
  *span = product->name.len ? product->name_span : product->span;
  if (!edi_agreement_is_word(name)) return "the data product has no name that a rule can hold";
  *span = product->domain_span;
  return product->domain.len && !edi_agreement_is_word(product->domain) ? "the data product's domain is no name that a rule can hold" : NULL;
}

/* Whether the agreement's product is as its data product says; what is not is reported. */
static const edi_ports *check_product(writer *w, const edi_agreement *a) {
  const edi_ports *product = find_product(w, a->provider_product);
  const edi_port *port = product ? find_port(product, a) : NULL;
  size_t before = w->errors;
  edi_finding *f = NULL;
  edi_span span;
  if (!product) {
    ERROR(w, EDI_E0970, a->product_span, "not among --ports", "there is no data product `%.*s`", EDI_STR_ARG(a->provider_product));
    return NULL;
  }
  if (edi_contract_is_retired(product->status)) f = ERROR(w, EDI_E0970, a->product_span, "", "the data product is retired");
  else if (!port) f = ERROR(w, EDI_E0970, a->port_span, "", "the data product has no output port `%.*s`", EDI_STR_ARG(a->port));
  else if (a->contract.len && port->contract.len && !edi_str_equal(a->contract, port->contract))
    f = ERROR(w, EDI_E0970, a->contract_span, "another contract", "the output port `%.*s` is under another contract", EDI_STR_ARG(a->port));
  else if (wordless(product, &span)) {
    f = ERROR(w, EDI_E0970, a->product_span, "", "%s", wordless(product, &span));
    edi_finding_label(f, span, "not of letters, digits, `_`, `-` and dots alone");
    return NULL;
  }
  if (f) edi_finding_label(f, port ? port->span : product->span, "the data product");
  return w->errors == before ? product : NULL;
}

static void put_product(writer *w, const edi_agreement *a) {
  const edi_ports *product = w->options->product_count ? check_product(w, a) : NULL;
  edi_buf_str(&w->out, product && product->domain.len ? product->domain : a->provider_team);
  edi_buf_char(&w->out, '.');
  edi_buf_str(&w->out, product ? product->name.len ? product->name : product->id : a->provider_product);
}

/* ---- a rule ---- */

static void check_bound(writer *w, const edi_agreement *a) {
  if (a->id.len > ID_MOST) ERROR(w, EDI_E0968, a->id_span, "too long", "the `id` is longer than %d bytes, which no rule's name can hold", ID_MOST);
  if (a->has_start && (a->has_end || a->has_review) && end_of(a) <= a->start)
    ERROR(w, EDI_E0967, a->id_span, "ends before it begins", "there is no time in which the agreement holds");
  if (!a->has_end && !a->has_review) {
    edi_finding *f = ERROR(w, EDI_E0967, a->id_span, "without an end", "the agreement has no end, so no rule can be bound to it");
    edi_finding_fix(f, false, "agree on an `endTimestamp`, or on a `nextReassessmentTimestamp`");
  }
  if (a->node.len == 0 && !w->options->purpose) {
    edi_finding *f = ERROR(w, EDI_E0967, a->id_span, "without a purpose that rules know", "the agreement's purpose is no node of the taxonomy");
    edi_finding_fix(f, false, "name it in customProperties, `edict.purpose`, or with --purpose");
  }
}

static void put_rule(writer *w, const edi_agreement *a) {
  edi_buf *out = &w->out;
  check_bound(w, a);
  if (w->errors) return;
  edi_buf_text(out, "rule ");
  put_name(out, a->id);
  edi_buf_format(out, "\n  permit %s\n  on product named \"", w->options->action);
  put_product(w, a);
  edi_buf_text(out, "\"\n");
  put_condition(w, a);
  if (a->has_start) put_date(out, "from", edi_date_of(a->start));
  put_date(out, "until", last_day(a));
  put_because(out, a);
  if (a->see.len) {
    edi_buf_text(out, "  see ");
    put_string(out, a->see);
    edi_buf_char(out, '\n');
  }
  put_note(out, a);
}

/* ---- all of them ---- */

static edict_status read_products(writer *w) {
  const edict_agreement_options *o = w->options;
  w->products = EDI_NEW_ARRAY(&w->arena, edi_ports, o->product_count);
  if (!w->products) return edi_arena_status(&w->arena);
  for (size_t i = 0; i < o->product_count; i++) {
    edict_status status = edi_ports_parse(&w->arena, edi_str_from(o->products[i].path), (edi_str){o->products[i].text, o->products[i].length},
                                          &w->products[i], w->diagnostics);
    if (status != EDICT_OK && status != EDICT_FINDINGS) return status;
    w->errors += status == EDICT_FINDINGS;
    for (size_t k = 0; k < i && status == EDICT_OK; k++) {
      if (!edi_str_equal(w->products[k].id, w->products[i].id)) continue;
      edi_finding *f = ERROR(w, EDI_E0971, w->products[i].span, "again", "there are two data products `%.*s`", EDI_STR_ARG(w->products[i].id));
      edi_finding_label(f, w->products[k].span, "the first one");
      break;
    }
  }
  return w->errors ? EDICT_FINDINGS : EDICT_OK;
}

static edict_status read_all(writer *w, const edict_contract_text *texts, size_t count) {
  w->agreements = EDI_NEW_ARRAY(&w->arena, edi_agreement, count);
  if (!w->agreements) return edi_arena_status(&w->arena);
  for (size_t i = 0; i < count; i++) {
    edi_agreement *a = &w->agreements[w->count];
    edict_status status = edi_agreement_parse(&w->arena, edi_str_from(texts[i].path), (edi_str){texts[i].text, texts[i].length}, a, w->diagnostics);
    if (status == EDICT_FINDINGS) w->errors++;
    else if (status != EDICT_OK) return status;
    else if (a->approved) w->count++;
    else
      edi_diagnostics_add(w->diagnostics, EDI_N0969, a->status_span, "not approved", "agreement `%.*s` is left out", EDI_STR_ARG(a->id));
  }
  return w->errors ? EDICT_FINDINGS : EDICT_OK;
}

/* Names are made from ids, so ids are compared as the names they become. */
static void check_distinct(writer *w) {
  for (size_t i = 0; i < w->count; i++) {
    edi_buf mine;
    edi_buf_init(&mine, NULL, (size_t)1 << 16);
    put_name(&mine, w->agreements[i].id);
    for (size_t k = 0, found = i; k < i && found == i; k++) {
      edi_buf other;
      edi_buf_init(&other, NULL, (size_t)1 << 16);
      put_name(&other, w->agreements[k].id);
      if (edi_str_equal((edi_str){mine.ptr, mine.len}, (edi_str){other.ptr, other.len})) {
        edi_finding *f = ERROR(w, EDI_E0966, w->agreements[i].id_span, "again", "there are two agreements `%.*s`", EDI_STR_ARG(w->agreements[i].id));
        edi_finding_label(f, w->agreements[k].id_span, "the first one");
        found = k;
      }
      edi_buf_fini(&other);
    }
    edi_buf_fini(&mine);
  }
}

static edict_status make(writer *w, const edict_contract_text *texts, size_t count, char **rules, size_t *length) {
  edict_status status = read_products(w);
  if (status == EDICT_OK) status = read_all(w, texts, count);
  if (status != EDICT_OK) return status;
  check_distinct(w);
  edi_buf_format(&w->out, "module %s\n\n", w->options->module);
  for (size_t i = 0; i < w->count; i++) put_rule(w, &w->agreements[i]);
  if (w->errors) return EDICT_FINDINGS;
  if (w->out.failed != EDICT_OK) return w->out.failed;
  /* The layout proves that what was written is a rule file. */
  return edict_rules_format("<agreements>", w->out.ptr, w->out.len, rules, length, w->diagnostics);
}

static bool is_word(const char *text) { return text && edi_agreement_is_word(edi_str_from(text)); }

/* What comes from the caller stands in rules as it is. */
static bool are_words(const edict_agreement_options *o) {
  bool good = is_word(o->module) && is_word(o->action) && is_word(o->team) && is_word(o->product) && is_word(o->user);
  good = good && (!o->purpose || is_word(o->purpose));
  for (size_t i = 0; i < o->role_count && good; i++) {
    const char *equals = strchr(o->roles[i], '=');
    good = equals && is_word(equals + 1);
  }
  return good;
}

edict_status edict_agreements_import(const edict_contract_text *texts, size_t count, const edict_agreement_options *options, char **rules,
                                     size_t *length, edict_diagnostics *diagnostics) {
  *rules = NULL;
  *length = 0;
  if (!options || options->size != sizeof *options || !diagnostics || (count && !texts)) return EDICT_ARGUMENT;
  if (!are_words(options)) return EDICT_ARGUMENT;
  writer w = {.options = options, .diagnostics = diagnostics};
  edi_arena_init(&w.arena, NULL, ARENA_AGREEMENTS);
  edi_buf_init(&w.out, NULL, EDI_LIMIT_RULE_FILE);
  edict_status status = make(&w, texts, count, rules, length);
  edi_buf_fini(&w.out);
  edi_arena_fini(&w.arena);
  return status;
}
