/* Ports: a data product of the Open Data Product Standard (v0.9 to v1.1), read for its ports.
 *
 * The one door for its text. What is not about the product's name and its ports is passed over: nothing in it could
 * narrow what an agreement grants. Names are texts that people chose, with blanks in them: whoever puts one into a rule
 * looks at it first. Source: Bitol, ODPS v1.1. */
#ifndef EDI_PORTS_H
#define EDI_PORTS_H

#include "policy/yaml.h"

typedef struct edi_port {
  edi_str name, id, type, contract, version; /* all but the name "": not stated */
  edi_span span, contract_span;    /* of the port; of what says which contract */
  bool deprecated;
  const edi_yaml *from;            /* the whole of it */
} edi_port;
typedef struct edi_ports {
  edi_str id, name, domain, status, version; /* name "": the id */
  edi_span span, name_span, domain_span; /* span: of the id */
  bool deprecated;
  const edi_yaml *from;
  edi_port *ports, *inputs;         /* those that it offers, and those that it is fed by */
  size_t count, input_count;
} edi_ports;

edict_status edi_ports_parse(edi_arena *arena, edi_str path, edi_str text, edi_ports *ports, edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

/* Findings about ports: an output port's contract is not there; a port is of another version than its contract. */
void edi_ports_tell_missing(const edi_port *port, edict_diagnostics *diagnostics);
edi_finding *edi_ports_tell_version(const edi_port *port, bool input, edi_str version, edict_diagnostics *diagnostics);

#endif
