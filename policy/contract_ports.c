/* Contract ports: the ports of data products, found among the contracts of a set, and what rules are asked about them.
 *
 * In: descriptors. Out: each port with its contract. Where the vocabulary declares a kind of resource `port`, a port is one
 * and is asked of its contract's product; of a port without a contract here there is none, so one without datasets is supposed
 * in the descriptor's domain. Invariant: what the descriptor does not state is not given, and so is unknown to rules. */
#include "policy/contract_set.h"

#include <string.h>

#include "bundle/limits.h"
#include "policy/contract_facts.h"
#include "policy/ports.h"

typedef struct reading {
  edict_contract_set *set;
  const char *path;
  const edi_ports *product;
  const edi_port *port;
  bool input;
  edict_diagnostics *diagnostics;
  uint32_t kind;        /* of resource: `port`; EDI_NONE: the vocabulary has none */
  const char *supposed; /* of this data product, once it was needed */
  bool homeless;        /* it is of no domain, which was told */
} reading;

/* ---- contracts ---- */

static size_t with_id(const edict_contract_set *s, edi_str id) {
  for (size_t i = 0; id.len && i < s->count; i++)
    if (s->entries[i].facts.id.len && edi_str_equal(s->entries[i].facts.id, id)) return i;
  return SIZE_MAX;
}

/* What a port is fed by may be another product's, whose contract nobody gave. */
static bool check_port(const reading *r, size_t contract) {
  const edi_port *p = r->port;
  if (contract == SIZE_MAX) {
    if (r->input || p->contract.len == 0) return true;
    edi_ports_tell_missing(p, r->diagnostics);
    return false;
  }
  const edi_contract_facts *c = &r->set->entries[contract].facts;
  if (p->version.len == 0 || edi_str_same_version(p->version, c->version)) return true;
  edi_finding_label(edi_ports_tell_version(p, r->input, c->version, r->diagnostics), c->span, "the contract");
  return false;
}

/* ---- what a port is asked about with ---- */

/* `legalBasis` is what the standard makes of the name `legal-basis`. */
static bool is_property(edi_str property, edi_str name) {
  size_t at = 0;
  if (edi_str_equal(property, name)) return true;
  for (size_t i = 0; i < name.len; i++) {
    bool joint = name.ptr[i] == '-' && i + 1 < name.len;
    char wanted = name.ptr[joint ? ++i : i];
    if (joint && wanted >= 'a' && wanted <= 'z') wanted = (char)(wanted - 'a' + 'A');
    if (at == property.len || property.ptr[at++] != wanted) return false;
  }
  return at == property.len;
}

static const edi_yaml *custom(const edi_yaml *of, edi_str name) {
  const edi_yaml *list = edi_yaml_get(of, "customProperties");
  for (size_t i = 0; list && list->kind == EDI_YAML_LIST && i < list->count; i++) {
    const edi_yaml *property = edi_yaml_get(list->items[i], "property");
    if (property && property->kind == EDI_YAML_SCALAR && is_property(property->text, name)) return edi_yaml_get(list->items[i], "value");
  }
  return NULL;
}

static edi_str flag(bool yes) { return yes ? EDI_STR("true") : EDI_STR("false"); }

/* What the descriptor, or the contract, says by this name; false: it is none of these. */
static bool stated(const reading *r, const edi_contract_facts *contract, edi_str name, edi_str *text) {
  const edi_port *p = r->port;
  const edi_ports *of = r->product;
  const struct {
    const char *name;
    edi_str text;
  } facts[] = {{"name", p->name}, {"id", p->id}, {"type", p->type}, {"version", p->version}, {"contract", p->contract},
               {"direction", r->input ? EDI_STR("input") : EDI_STR("output")}, {"deprecated", flag(p->deprecated || of->deprecated)},
               {"contract-version", contract ? contract->version : (edi_str){"", 0}}, {"contract-status", contract ? contract->status : (edi_str){"", 0}},
               {"product", of->name.len ? of->name : of->id}, {"product-id", of->id}, {"product-version", of->version}, {"domain", of->domain},
               {"status", of->status}};
  for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
    if (!edi_str_equal(edi_str_from(facts[i].name), name)) continue;
    *text = facts[i].text;
    return true;
  }
  return false;
}

static bool add(edict_text *values, size_t *count, const edi_yaml *value) {
  if (value->kind != EDI_YAML_SCALAR || value->is_null) return false;
  values[(*count)++] = (edict_text){value->text.ptr, value->text.len};
  return true;
}

/* A text or a list of texts; what is neither is not given, and so unknown. */
static bool add_values(edi_arena *arena, const edi_yaml *from, edict_attribute *a) {
  bool list = from->kind == EDI_YAML_LIST;
  edict_text *values = EDI_NEW_ARRAY(arena, edict_text, list ? from->count : 1);
  bool good = values != NULL;
  a->values = values;
  if (!list) return good && add(values, &a->count, from);
  for (size_t i = 0; good && i < from->count; i++) good = add(values, &a->count, from->items[i]);
  return good;
}

static edict_text terminated(edict_contract_set *s, edi_str text) { return (edict_text){edi_contract_set_copy(s, text), text.len}; }

/* One attribute by its name; false: the port is not given with it. */
static bool fill_attribute(const reading *r, const edi_contract_facts *contract, edi_str name, edict_attribute *a) {
  edi_str text = {"", 0};
  edi_arena *arena = &r->set->arena;
  *a = (edict_attribute){.name = terminated(r->set, name)};
  if (edi_str_equal(name, EDI_STR("tags"))) {
    const edi_yaml *tags = edi_yaml_get(r->port->from, "tags");
    return tags && add_values(arena, tags, a);
  }
  if (stated(r, contract, name, &text)) {
    edict_text *value = text.len ? EDI_NEW(arena, edict_text) : NULL;
    if (value) *value = terminated(r->set, text);
    a->values = value;
    a->count = 1;
    return value != NULL;
  }
  const edi_yaml *value = custom(r->port->from, name);
  if (!value) value = custom(r->product->from, name);
  return value && add_values(arena, value, a);
}

static edict_status fill_attributes(const reading *r, edict_contract_port *to) {
  const edi_model *m = r->set->build->model;
  const edi_contract_facts *contract = to->contract == SIZE_MAX ? NULL : &r->set->entries[to->contract].facts;
  edict_attribute *list = EDI_NEW_ARRAY(&r->set->arena, edict_attribute, m->attrs_count);
  if (!list) return edi_arena_status(&r->set->arena);
  for (size_t i = 0; i < m->attrs_count; i++) {
    if (m->attrs[i].entity != EDI_ENTITY_RESOURCE + r->kind) continue;
    to->attribute_count += fill_attribute(r, contract, m->attrs[i].name, &list[to->attribute_count]);
  }
  to->attributes = list;
  return EDICT_OK;
}

/* ---- of which product ---- */

/* Where the data product stands; EDI_NONE after a finding. */
static uint32_t find_domain(reading *r) {
  const edi_model *m = r->set->build->model;
  edi_str name = r->product->domain.len ? r->product->domain : r->set->domain;
  uint32_t node = name.len ? edi_model_node(m, edi_model_kind(m, EDI_STR("domain")), name) : EDI_NONE;
  if (node != EDI_NONE && !m->nodes[node].is_abstract && (m->domain.len == 0 || node == m->domain_node)) return node;
  edi_span span = name.len && r->product->domain.len ? r->product->domain_span : r->product->span;
  edi_finding *f = edi_diagnostics_add(r->diagnostics, EDI_E0975, span, "", "rules about ports cannot be asked of this data product");
  if (name.len == 0) edi_finding_note(f, "it names no `domain`, and --domain does not say whose it is");
  else if (node == EDI_NONE) edi_finding_note(f, "there is no domain `%.*s`", EDI_STR_ARG(name));
  else edi_finding_note(f, m->nodes[node].is_abstract ? "domain `%.*s` is abstract" : "the project is of another domain than `%.*s`", EDI_STR_ARG(name));
  r->homeless = true;
  return EDI_NONE;
}

/* One of that name is asked, whoever brought it. */
static bool is_there(const edict_contract_set *s, edi_str name) {
  for (size_t i = 0; i < s->count; i++)
    if (s->entries[i].good && edi_str_equal(s->entries[i].facts.name, name)) return true;
  for (size_t i = 0; i < s->supposed_count; i++)
    if (edi_str_equal(s->supposed[i].name, name)) return true;
  return false;
}

static edict_status suppose(reading *r) {
  edict_contract_set *s = r->set;
  const edi_ports *of = r->product;
  void *items = s->supposed;
  char joined[EDI_LIMIT_EXTERNAL_NAME];
  edi_buf name = edi_buf_fixed(joined, sizeof joined);
  uint32_t domain = find_domain(r);
  if (domain == EDI_NONE) return EDICT_OK;
  edi_buf_str(&name, s->build->model->nodes[domain].name);
  edi_buf_char(&name, '.');
  edi_buf_str(&name, of->name.len ? of->name : of->id);
  if (name.failed != EDICT_OK) {
    edi_finding *f = edi_diagnostics_add(r->diagnostics, EDI_E0975, of->name.len ? of->name_span : of->span, "", "rules about ports cannot be asked of this data product");
    edi_finding_note(f, "its name is longer than %d bytes", EDI_LIMIT_EXTERNAL_NAME);
    r->homeless = true;
    return EDICT_OK;
  }
  edi_str whole = {edi_contract_set_copy(s, (edi_str){name.ptr, name.len}), name.len};
  if (!whole.ptr) return edi_arena_status(&s->arena);
  r->supposed = whole.ptr;
  if (is_there(s, whole)) return EDICT_OK;
  if (!edi_arena_grow(&s->arena, &items, &s->supposed_capacity, s->supposed_count, sizeof *s->supposed)) return edi_arena_status(&s->arena);
  s->supposed = items;
  s->supposed[s->supposed_count++] = (edi_contract_facts){.name = whole, .id = of->id, .version = of->version, .status = of->status,
                                                          .path = EDI_STR("ports"), .domain = domain, .span = of->span};
  return edi_contract_set_add_domain(s, domain);
}

static edict_status choose_product(reading *r, edict_contract_port *to) {
  edict_status status = EDICT_OK;
  if (to->contract != SIZE_MAX && r->set->entries[to->contract].good) {
    to->asked = r->set->entries[to->contract].info.product;
    return EDICT_OK;
  }
  if (!r->supposed && !r->homeless) status = suppose(r);
  to->asked = r->supposed;
  return status;
}

/* ---- all of them ---- */

static edict_status add_port(reading *r) {
  edict_contract_set *s = r->set;
  const edi_ports *of = r->product;
  void *items = s->ports, *spans = s->port_spans;
  if (!edi_arena_grow(&s->arena, &items, &s->port_capacity, s->port_count, sizeof *s->ports) ||
      !edi_arena_grow(&s->arena, &spans, &s->span_capacity, s->port_count, sizeof *s->port_spans))
    return edi_arena_status(&s->arena);
  s->ports = items;
  s->port_spans = spans;
  edict_contract_port *to = &s->ports[s->port_count];
  *to = (edict_contract_port){.path = edi_contract_set_copy(s, edi_str_from(r->path)),
                              .product = edi_contract_set_copy(s, of->name.len ? of->name : of->id), .name = edi_contract_set_copy(s, r->port->name),
                              .version = edi_contract_set_copy(s, r->port->version), .input = r->input, .contract = with_id(s, r->port->contract)};
  if (!to->path || !to->product || !to->name || !to->version) return edi_arena_status(&s->arena);
  edi_diagnostics_locate(r->diagnostics, r->port->span.source, r->port->span.begin, &to->line, &to->column);
  s->port_spans[s->port_count++] = r->port->span;
  to->fits = check_port(r, to->contract);
  if (r->kind == EDI_NONE) return EDICT_OK;
  edict_status status = choose_product(r, to);
  return status == EDICT_OK && to->asked ? fill_attributes(r, to) : status;
}

static edict_status add_product(edict_contract_set *s, const edict_contract_text *from, edict_diagnostics *d) {
  edi_ports product;
  reading r = {.set = s, .path = from->path, .product = &product, .diagnostics = d, .kind = edi_model_resource(s->build->model, EDI_STR("port"))};
  const char *text = edi_arena_copy(&s->arena, from->text, from->length);
  if (!text) return edi_arena_status(&s->arena);
  edict_status status = edi_ports_parse(&s->arena, edi_str_from(from->path), (edi_str){text, from->length}, &product, d);
  for (size_t k = 0; k < product.count + product.input_count && status == EDICT_OK; k++) {
    r.input = k >= product.count;
    r.port = r.input ? &product.inputs[k - product.count] : &product.ports[k];
    status = add_port(&r);
  }
  return status == EDICT_FINDINGS || status == EDICT_FORMAT ? EDICT_OK : status;
}

edict_status edict_contract_set_add_products(edict_contract_set *s, const edict_contract_text *texts, size_t count, edict_diagnostics *d) {
  edict_status status = EDICT_OK;
  for (size_t i = 0; i < count && status == EDICT_OK; i++) status = add_product(s, &texts[i], d);
  return status;
}

size_t edict_contract_set_port_count(const edict_contract_set *s) { return s->port_count; }

edict_status edict_contract_set_port(const edict_contract_set *s, size_t index, edict_contract_port *port) {
  if (index >= s->port_count) return EDICT_ARGUMENT;
  *port = s->ports[index];
  return EDICT_OK;
}
