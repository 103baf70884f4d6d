/* Data product: one of the Open Data Product Standard by itself, for tools that look for its contracts where they like.
 *
 * In: the text of a descriptor, through its one door, policy/ports.h. Out: its ports as C texts, and the findings about
 * them, which point into the descriptor. */
#include "edict/contracts.h"

#include "policy/ports.h"

#define ARENA_PRODUCT ((size_t)64 << 20)

struct edict_data_product {
  edi_arena arena;
  edi_ports ports;
  edict_data_product_info info;
};

static const char *terminated(edict_data_product *p, edi_str text) { return edi_arena_copy(&p->arena, text.ptr ? text.ptr : "", text.len); }

static const edi_port *port_at(const edict_data_product *p, size_t i) {
  return i < p->ports.count ? &p->ports.ports[i] : &p->ports.inputs[i - p->ports.count];
}

static bool fill_port(edict_data_product *p, size_t i, edict_data_product_port *out, edict_diagnostics *d) {
  const edi_port *port = port_at(p, i);
  *out = (edict_data_product_port){.id = terminated(p, port->id), .name = terminated(p, port->name), .type = terminated(p, port->type),
                                   .version = terminated(p, port->version), .contract = terminated(p, port->contract),
                                   .input = i >= p->ports.count, .deprecated = port->deprecated};
  edi_diagnostics_locate(d, port->span.source, port->span.begin, &out->line, &out->column);
  return out->id && out->name && out->type && out->version && out->contract;
}

static bool fill(edict_data_product *p, const char *path, edict_diagnostics *d) {
  const edi_ports *from = &p->ports;
  size_t count = from->count + from->input_count;
  edict_data_product_port *ports = EDI_NEW_ARRAY(&p->arena, edict_data_product_port, count);
  p->info = (edict_data_product_info){.path = terminated(p, edi_str_from(path)), .id = terminated(p, from->id), .name = terminated(p, from->name),
                                      .domain = terminated(p, from->domain), .version = terminated(p, from->version),
                                      .status = terminated(p, from->status), .deprecated = from->deprecated, .ports = ports, .port_count = count};
  bool good = ports && p->info.path && p->info.id && p->info.name && p->info.domain && p->info.version && p->info.status;
  for (size_t i = 0; i < count && good; i++) good = fill_port(p, i, &ports[i], d);
  return good;
}

edict_status edict_data_product_read(const edict_contract_text *text, edict_data_product **product, edict_diagnostics *diagnostics) {
  edi_arena arena;
  *product = NULL;
  if (!text || !diagnostics) return EDICT_ARGUMENT;
  edi_arena_init(&arena, NULL, ARENA_PRODUCT);
  edict_data_product *p = EDI_NEW(&arena, edict_data_product);
  const char *copy = p ? edi_arena_copy(&arena, text->text, text->length) : NULL;
  edict_status status = copy ? EDICT_OK : edi_arena_status(&arena);
  if (status == EDICT_OK)
    status = edi_ports_parse(&arena, edi_str_from(text->path), (edi_str){copy, text->length}, &p->ports, diagnostics);
  if (p) p->arena = arena;
  if (status == EDICT_OK && !fill(p, text->path, diagnostics)) status = edi_arena_status(&p->arena);
  if (status == EDICT_OK) *product = p;
  else if (p) edict_data_product_destroy(&p);
  else edi_arena_fini(&arena);
  return status == EDICT_FORMAT ? EDICT_FINDINGS : status;
}

const edict_data_product_info *edict_data_product_about(const edict_data_product *product) { return &product->info; }

void edict_data_product_destroy(edict_data_product **product) {
  if (!product || !*product) return;
  edi_arena arena = (*product)->arena;
  edi_arena_fini(&arena);
  *product = NULL;
}

void edict_data_product_tell(const edict_data_product *product, size_t port, const char *version, edict_diagnostics *diagnostics) {
  if (port >= product->info.port_count) return;
  const edi_port *p = port_at(product, port);
  if (version) (void)edi_ports_tell_version(p, product->info.ports[port].input, edi_str_from(version), diagnostics);
  else edi_ports_tell_missing(p, diagnostics);
}
