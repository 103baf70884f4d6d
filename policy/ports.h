/* Ports: a data product of the Open Data Product Standard (v0.9 and v1), read for its ports.
 *
 * The one door for its text. What is not about the product's name and its ports is passed over: nothing in it could
 * narrow what an agreement grants. Source: Bitol, ODPS v1.0. */
#ifndef EDI_PORTS_H
#define EDI_PORTS_H

#include "policy/yaml.h"

typedef struct edi_port {
  edi_str name, contract, version; /* contract, version "": not stated */
  edi_span span, contract_span;    /* of the port; of what says which contract */
} edi_port;
typedef struct edi_ports {
  edi_str id, name, domain, status; /* name "": the id */
  edi_span span;                    /* of the id */
  edi_port *ports, *inputs;         /* those that it offers, and those that it is fed by */
  size_t count, input_count;
} edi_ports;

edict_status edi_ports_parse(edi_arena *arena, edi_str path, edi_str text, edi_ports *ports, edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

#endif
