/* Describe: the policy card of a data product: which column is what, to whom, for which purpose, masked how, which
 * rows, until when, and by which rule.
 *
 * Every answer on it is the evaluator's. A request is decided for each dataset, each action, each issuer, role and
 * purpose of the federation, one role and one purpose at a time and none of either; equal answers are told once,
 * with everybody who gets them. Of the subject nothing else is known but what is supposed, and the unknown opens
 * nothing: so the card shows what such a subject gets at least, and the reasons say what was not known.
 *
 * In: an engine, the federal bundle's bytes, a product, a time. Out: the card as JSON, rendered as text or HTML. */
#ifndef EDICT_DESCRIBE_H
#define EDICT_DESCRIBE_H

#include <jansson.h>

#include "base/bytes.h"
#include "edict/contracts.h"
#include "edict/edict.h"

typedef struct describe_options {
  const edict_engine *engine;
  edict_bytes federal;        /* for the names of roles, purposes, actions and issuers */
  const char *product;
  json_t *subject, *context;  /* attributes supposed of each request; NULL: none. Not roles, purposes, purpose */
  int64_t now;
} describe_options;

/* The card, for the caller to json_decref. EDICT_LIMIT: more than DESCRIBE_REQUESTS_MOST requests. EDICT_ARGUMENT: what is
 * supposed cannot be, or no issuer may vouch for anybody. */
edict_status describe_card(const describe_options *options, json_t **card, edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
#define DESCRIBE_REQUESTS_MOST 250000

/* A data product and the bundles of the engine, in which its ports' contracts are looked for by id. */
typedef struct describe_product {
  const edict_data_product *product;
  const edict_bytes *bundles;
  size_t bundle_count;
} describe_product;
/* One card of all that the product's output ports offer; options->product is not looked at. An output port whose contract is
 * in no bundle, and any of another version than its contract, is a finding. Statuses as above. */
edict_status describe_offer(const describe_options *options, const describe_product *of, json_t **card,
                            edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

/* `format` is "text", "json" or "html"; the caller frees the text with edict_text_free. */
edict_status describe_render(const char *format, const json_t *card, char **text, size_t *length) EDICT_MUST_CHECK;

/* For the renderings. Whom an answer is for, one line an audience; a list as "a, b and c"; a member's text, "" if null. */
void describe_audience(const json_t *card, const json_t *audience, edi_buf *into);
const char *describe_text_of(const json_t *object, const char *key);
/* In how many others a column of the dataset lies. */
unsigned describe_depth(const json_t *column);
/* What a column of an answer becomes: "as it is", "show-last(4)", "closed"; `of` is the dataset's, of that name. One that has
 * parts becomes that as a whole, for hosts that do not look inside. */
void describe_mask(const json_t *of, const json_t *column, edi_buf *into);
/* What a reason is to the answer, before its rule; "": no rule says it; NULL: it is told with columns, rows or retention. */
const char *describe_reason(const json_t *answer, const json_t *reason);
const json_t *describe_rule(const json_t *card, const char *name); /* NULL: no rule of that name mattered */
/* The names of output ports that offer a product of a card: "orders_sql and orders_events". */
void describe_ports_of(const json_t *card, const json_t *product, edi_buf *into);
/* What comes through a port, in words: "sales.orders", "its contract is in no bundle". */
void describe_port(const json_t *port, edi_buf *into);
void describe_write_text(const json_t *card, edi_buf *into);
void describe_write_html(const json_t *card, edi_buf *into);

#endif
