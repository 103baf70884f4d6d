/* Ports: see the header. */
#include "policy/ports.h"

#include "policy/contract_facts.h"

enum { PRODUCT_BYTES = 1024 * 1024, PRODUCT_DEPTH = 32, PRODUCT_NODES = 50000 };

typedef struct reader {
  edict_diagnostics *diagnostics;
  size_t errors;
} reader;

#define ERROR(r, span, label, ...) ((r)->errors++, edi_diagnostics_add((r)->diagnostics, EDI_E0971, (span), (label), __VA_ARGS__))

/* A text that says something; "" after a report, and where an optional one is not there. */
static edi_str take(reader *r, const edi_yaml *map, const char *what, const char *key, bool required) {
  const edi_yaml *value = edi_yaml_get(map, key);
  if (!value && required) ERROR(r, edi_yaml_head(map), "", "%s has no `%s`, which the standard requires", what, key);
  if (!value) return (edi_str){"", 0};
  if (value->kind == EDI_YAML_SCALAR && !value->is_null && value->text.len > 0 && edi_contract_is_clean(value->text)) return value->text;
  ERROR(r, edi_yaml_head(value), "", "`%s` is not a text that says something", key);
  return (edi_str){"", 0};
}

/* `true` and `false`, as JSON has them; anything else is no boolean. */
static bool take_flag(reader *r, const edi_yaml *map, const char *key) {
  const edi_yaml *value = edi_yaml_get(map, key);
  if (!value) return false;
  bool yes = value->kind == EDI_YAML_SCALAR && edi_str_equal(value->text, EDI_STR("true"));
  bool no = value->kind == EDI_YAML_SCALAR && edi_str_equal(value->text, EDI_STR("false"));
  if (!yes && !no) ERROR(r, edi_yaml_head(value), "true or false", "`%s` is neither true nor false", key);
  return yes;
}

static edi_span span_of(const edi_yaml *root, const char *key) {
  const edi_yaml *value = edi_yaml_get(root, key);
  return edi_yaml_head(value ? value : root);
}

static edi_port read_port(reader *r, const edi_yaml *item, const char *what) {
  const edi_yaml *contract = edi_yaml_get(item, "contractId");
  edi_port port = {.name = take(r, item, what, "name", true), .contract = take(r, item, what, "contractId", false),
                   .version = take(r, item, what, "version", false), .id = take(r, item, what, "id", false),
                   .type = take(r, item, what, "type", false), .deprecated = take_flag(r, item, "deprecated"), .span = edi_yaml_head(item), .from = item};
  port.contract_span = contract ? edi_yaml_head(contract) : port.span;
  return port;
}

static void read_ports(reader *r, edi_arena *arena, const edi_yaml *root, const char *key, const char *what, edi_port **ports, size_t *count,
                       edict_status *status) {
  const edi_yaml *list = edi_yaml_get(root, key);
  if (!list) return;
  if (list->kind != EDI_YAML_LIST) {
    ERROR(r, edi_yaml_head(list), "", "`%s` is not a list", key);
    return;
  }
  *ports = EDI_NEW_ARRAY(arena, edi_port, list->count);
  if (!*ports) *status = edi_arena_status(arena);
  for (size_t i = 0; *ports && i < list->count; i++) {
    if (list->items[i]->kind == EDI_YAML_MAP) (*ports)[(*count)++] = read_port(r, list->items[i], what);
    else ERROR(r, edi_yaml_head(list->items[i]), "", "%s is not a map", what);
  }
}

/* Since 1.1 a data product need not state its status. */
static bool needs_status(const edi_yaml *root) {
  const edi_yaml *version = edi_yaml_get(root, "apiVersion");
  return !version || edi_str_starts(version->text, EDI_STR("v0.9.")) || edi_str_starts(version->text, EDI_STR("v1.0."));
}

static void check_header(reader *r, const edi_yaml *root) {
  edi_str kind = take(r, root, "the root", "kind", true), version = take(r, root, "the root", "apiVersion", true);
  if (kind.len && !edi_str_equal(kind, EDI_STR("DataProduct"))) {
    edi_finding *f = ERROR(r, edi_yaml_get(root, "kind")->span, "not `DataProduct`", "this is not a data product");
    if (edi_str_equal(kind, EDI_STR("DataContract"))) edi_finding_note(f, "a data product is another file, which names the contracts of its ports by their ids");
  }
  if (version.len && !edi_str_starts(version, EDI_STR("v1.")) && !edi_str_starts(version, EDI_STR("v0.9.")))
    ERROR(r, edi_yaml_get(root, "apiVersion")->span, "not read", "data products of the standard's versions 0.9 and 1 are read");
}

edict_status edi_ports_parse(edi_arena *arena, edi_str path, edi_str text, edi_ports *ports, edict_diagnostics *diagnostics) {
  static const edi_yaml_limits limits = {PRODUCT_BYTES, PRODUCT_DEPTH, PRODUCT_NODES};
  reader r = {.diagnostics = diagnostics};
  edi_yaml *root = NULL;
  *ports = (edi_ports){.count = 0};
  edi_source source = edi_diagnostics_source(diagnostics, path, text);
  edict_status status = edi_yaml_parse(arena, text, source, limits, &root, diagnostics);
  if (status != EDICT_OK) return status;
  if (root->kind != EDI_YAML_MAP) {
    ERROR(&r, edi_yaml_head(root), "a map", "the root is not a map");
    return EDICT_FINDINGS;
  }
  check_header(&r, root);
  ports->from = root;
  ports->id = take(&r, root, "the root", "id", true);
  ports->span = span_of(root, "id");
  ports->status = take(&r, root, "the root", "status", needs_status(root));
  ports->name = take(&r, root, "the root", "name", false);
  ports->name_span = span_of(root, "name");
  ports->domain = take(&r, root, "the root", "domain", false);
  ports->domain_span = span_of(root, "domain");
  ports->version = take(&r, root, "the root", "version", false);
  ports->deprecated = take_flag(&r, root, "deprecated");
  read_ports(&r, arena, root, "outputPorts", "an output port", &ports->ports, &ports->count, &status);
  read_ports(&r, arena, root, "inputPorts", "an input port", &ports->inputs, &ports->input_count, &status);
  if (status != EDICT_OK) return status;
  return r.errors ? EDICT_FINDINGS : EDICT_OK;
}

/* ---- findings ---- */

void edi_ports_tell_missing(const edi_port *p, edict_diagnostics *d) {
  edi_finding *f = edi_diagnostics_add(d, EDI_E0972, p->contract_span, "none of these", "the output port `%.*s` names a contract that is not among these",
                                       EDI_STR_ARG(p->name));
  edi_finding_why(f, "nobody can say what of the product the port offers");
}

edi_finding *edi_ports_tell_version(const edi_port *p, bool input, edi_str version, edict_diagnostics *d) {
  return edi_diagnostics_add(d, EDI_E0973, p->contract_span, "of another version", "the %s port `%.*s` is of version %.*s, and its contract of %.*s",
                             input ? "input" : "output", EDI_STR_ARG(p->name), EDI_STR_ARG(p->version), EDI_STR_ARG(version));
}
