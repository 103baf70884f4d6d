/* Describe offer: the card of a whole data product: its ports, and of each output port the card of what its contract says.
 *
 * In: a descriptor, and the bundles that the engine was made of, which carry contracts with their ids: what is enforced is
 * described, and no file that may say something else. Out: one card, of which each product is told once, however many
 * ports offer it. Invariant: a port without its contract stands on the card and says so. */
#include <string.h>

#include "edict/bundles.h"
#include "workbench/describe.h"

typedef struct offer {
  const describe_options *options;
  const describe_product *of;
  const edict_data_product_info *info;
  edict_diagnostics *diagnostics;
  json_t *ports, *products, *rules;
  const json_t *any; /* a card that was made: its lists are those of all */
  edict_status status;
} offer;

static json_t *maybe(const char *text) { return *text ? json_string(text) : json_null(); }

/* Of the bundles the first that carries the contract in the port's version, else the first that carries it. */
static bool find_contract(offer *o, const edict_data_product_port *port, edict_bundle_contract *found) {
  bool any = false;
  for (size_t i = 0; i < o->of->bundle_count && !(any && found->of_version); i++) {
    edict_bundle_contract here;
    const edict_bytes *b = &o->of->bundles[i];
    edict_status status = edict_bundle_find_contract(b->ptr, b->len, port->contract, port->version, &here, o->diagnostics);
    if (status != EDICT_OK && status != EDICT_NOT_FOUND) o->status = status;
    if (status != EDICT_OK || (any && !here.of_version)) continue;
    *found = here;
    any = true;
  }
  return any;
}

static const json_t *card_of(const offer *o, const char *product) {
  size_t i;
  json_t *card;
  json_array_foreach(o->products, i, card) if (strcmp(describe_text_of(card, "product"), product) == 0) return card;
  return NULL;
}

/* What is said once for all products leaves each of them. */
static void take_card(offer *o, json_t *card) {
  static const char *const shared[] = {"now", "supposed", "issuers", "roles", "purposes", "rules"};
  (void)json_object_update_missing(o->rules, json_object_get(card, "rules"));
  if (!o->any) {
    json_t *all = json_object();
    for (size_t i = 0; i < sizeof shared / sizeof *shared; i++) (void)json_object_set(all, shared[i], json_object_get(card, shared[i]));
    (void)json_object_del(all, "rules");
    o->any = all;
  }
  for (size_t i = 0; i < sizeof shared / sizeof *shared; i++) (void)json_object_del(card, shared[i]);
  (void)json_array_append(o->products, card);
}

static void describe_contract(offer *o, const char *product) {
  describe_options options = *o->options;
  json_t *card = NULL;
  if (card_of(o, product)) return;
  options.product = product;
  o->status = describe_card(&options, &card, o->diagnostics);
  if (o->status == EDICT_OK) take_card(o, card);
  json_decref(card);
}

static void put_contract(offer *o, size_t index, const edict_data_product_port *port, const edict_bundle_contract *c, json_t *into) {
  json_t *product = json_stringn(c->product, c->product_length), *version = json_stringn(c->version, c->version_length);
  bool fits = !*port->version || c->of_version;
  if (!product || !version) o->status = EDICT_MEMORY;
  else {
    (void)json_object_set(into, "product", product);
    (void)json_object_set(into, "contract_version", version);
    (void)json_object_set_new(into, "contract_status", json_stringn(c->status, c->status_length));
    (void)json_object_set_new(into, "result", json_string(!fits ? "another version" : port->input ? "elsewhere" : "described"));
    if (!fits) edict_data_product_tell(o->of->product, index, json_string_value(version), o->diagnostics);
    if (!port->input) describe_contract(o, json_string_value(product));
  }
  json_decref(product);
  json_decref(version);
}

/* An input port is another product's to describe: it says whose. */
static void put_port(offer *o, size_t index) {
  const edict_data_product_port *port = &o->info->ports[index];
  edict_bundle_contract contract;
  json_t *p = json_pack("{s:s, s:s, s:o, s:o, s:o, s:b, s:i, s:n, s:n, s:n, s:s}", "name", port->name, "direction", port->input ? "input" : "output",
                        "type", maybe(port->type), "version", maybe(port->version), "contract", maybe(port->contract), "deprecated", port->deprecated,
                        "line", (int)port->line, "product", "contract_version", "contract_status", "result", port->input ? "elsewhere" : "missing");
  if (!p) o->status = EDICT_MEMORY;
  else if (*port->contract && find_contract(o, port, &contract)) put_contract(o, index, port, &contract, p);
  else if (*port->contract && !port->input) edict_data_product_tell(o->of->product, index, NULL, o->diagnostics);
  (void)json_array_append_new(o->ports, p);
}

static json_t *whole_card(const offer *o) {
  const edict_data_product_info *i = o->info;
  char now[64];
  edict_cell time = {.type = EDICT_CELL_TIMESTAMP, .integer = o->options->now};
  (void)edict_cell_text(&time, now, sizeof now);
  json_t *card = json_pack("{s:{s:s, s:s, s:o, s:o, s:o, s:o, s:b}, s:s, s:{s:o, s:o}, s:[], s:[], s:[], s:O, s:O, s:O}", "data_product", "file", i->path, "id",
                           i->id, "name", maybe(i->name), "domain", maybe(i->domain), "version", maybe(i->version), "status", maybe(i->status),
                           "deprecated", i->deprecated, "now", now, "supposed", "subject", json_object(), "context", json_object(), "issuers", "roles",
                           "purposes", "ports", o->ports, "products", o->products, "rules", o->rules);
  if (card && o->any) (void)json_object_update(card, (json_t *)(uintptr_t)o->any);
  return card;
}

edict_status describe_offer(const describe_options *options, const describe_product *of, json_t **card, edict_diagnostics *diagnostics) {
  offer o = {.options = options, .of = of, .info = edict_data_product_about(of->product), .diagnostics = diagnostics,
             .ports = json_array(), .products = json_array(), .rules = json_object()};
  *card = NULL;
  if (!o.ports || !o.products || !o.rules) o.status = EDICT_MEMORY;
  for (size_t i = 0; i < o.info->port_count && o.status == EDICT_OK; i++) put_port(&o, i);
  if (o.status == EDICT_OK && !(*card = whole_card(&o))) o.status = EDICT_MEMORY;
  json_decref((json_t *)(uintptr_t)o.any);
  json_decref(o.ports);
  json_decref(o.products);
  json_decref(o.rules);
  return o.status;
}
