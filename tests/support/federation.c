/* Federation: the tables, and how they become records. */
#include "federation.h"

#include <stdio.h>
#include <stdlib.h>

static const struct {
  const char *kind, *name;
  unsigned depth;
} node_table[] = {
    {"tag", "untagged", 0},       {"tag", "pii", 0},           {"tag", "pii.email", 1},
    {"tag", "pii.phone", 1},      {"purpose", "service", 0},   {"purpose", "support", 1},
    {"purpose", "billing", 1},    {"purpose", "marketing", 0}, {"role", "staff", 0},
    {"role", "support", 1},       {"role", "analyst", 1},      {"role", "dpo", 1},
    {"role", "partner", 0},       {"role", "reseller", 1},     {"action", "access", 0},
    {"action", "read", 1},        {"action", "export", 1},     {"action", "unmask", 0},
    {"domain", "sales", 0},       {"domain", "finance", 0},    {"issuer", "corp", 0},
    {"issuer", "partner-idp", 0}, {"issuer", "host", 0},       {"issuer", "works", 0},
    {"issuer", "cluster", 0},     {"issuer", "desk", 0},       {"region", "eu", 0},
    {"region", "de", 1},          {"region", "fr", 1},         {"region", "us", 0},
};
static const char *const kind_table[] = {"tag",    "purpose", "role",  "action",
                                         "domain", "issuer",  "region"};
static const char *const level_table[] = {"public", "internal", "confidential", "restricted"};
static const struct {
  edi_entity entity;
  const char *name;
  unsigned base;
  const char *kind; /* of nodes and ids */
  bool set;
} attr_table[] = {
    {EDI_ENTITY_CONTEXT, "purpose", EDI_TYPE_NODE, "purpose", false},
    {EDI_ENTITY_CONTEXT, "now", EDI_TYPE_TIMESTAMP, NULL, false},
    {EDI_ENTITY_CONTEXT, "action", EDI_TYPE_NODE, "action", false},
    {EDI_ENTITY_CONTEXT, "address", EDI_TYPE_IP, NULL, false},
    {EDI_ENTITY_PRODUCT, "owner", EDI_TYPE_STRING, NULL, false},
    {EDI_ENTITY_DATASET, "purposes", EDI_TYPE_NODE, "purpose", true},
    {EDI_ENTITY_SUBJECT, "issuer", EDI_TYPE_NODE, "issuer", false},
    {EDI_ENTITY_SUBJECT, "id", EDI_TYPE_SUBJECT, NULL, false},
    {EDI_ENTITY_SUBJECT, "roles", EDI_TYPE_NODE, "role", true},
    {EDI_ENTITY_SUBJECT, "purposes", EDI_TYPE_NODE, "purpose", true},
    {EDI_ENTITY_SUBJECT, "region", EDI_TYPE_NODE, "region", false},
    {EDI_ENTITY_SUBJECT, "clearance", EDI_TYPE_LEVEL, NULL, false},
    {EDI_ENTITY_SUBJECT, "person", EDI_TYPE_ID, "person", false},
    {EDI_ENTITY_SUBJECT, "grade", EDI_TYPE_INT, NULL, false},
    {EDI_ENTITY_SUBJECT, "share", EDI_TYPE_DECIMAL, NULL, false},
    {EDI_ENTITY_SUBJECT, "mfa", EDI_TYPE_BOOL, NULL, false},
    {EDI_ENTITY_SUBJECT, "hired", EDI_TYPE_DATE, NULL, false},
    {EDI_ENTITY_SUBJECT, "trained", EDI_TYPE_TIMESTAMP, NULL, false},
    {EDI_ENTITY_SUBJECT, "networks", EDI_TYPE_IP, NULL, true},
    {EDI_ENTITY_SUBJECT, "team", EDI_TYPE_STRING, NULL, false},
    {EDI_ENTITY_SUBJECT, "grades", EDI_TYPE_INT, NULL, true},
    {EDI_ENTITY_SUBJECT, "actor", EDI_TYPE_STRING, NULL, false},
    {EDI_ENTITY_SUBJECT, "actors", EDI_TYPE_STRING, NULL, true},
};

#define COUNT(table) (sizeof(table) / sizeof *(table))

static void fail(const char *what, const char *name) {
  fprintf(stderr, "federation: %s %s\n", what, name);
  abort();
}

edi_ref federation_string(federation *f, const char *text) {
  edi_ref ref = {f->program.strings_count, (uint32_t)strlen(text)};
  if (ref.len > FEDERATION_STRINGS - ref.off) fail("no room for", text);
  memcpy(f->strings + ref.off, text, ref.len);
  f->program.strings_count += ref.len;
  return ref;
}

static bool named(const federation *f, edi_ref ref, const char *name) {
  return edi_str_equal((edi_str){f->strings + ref.off, ref.len}, edi_str_from(name));
}

uint32_t federation_kind(const federation *f, const char *name) {
  for (uint32_t i = 0; i < f->program.kinds_count; i++)
    if (named(f, f->kinds[i].name, name)) return i;
  fail("no kind", name);
  return EDI_NONE;
}

uint32_t federation_node(const federation *f, const char *kind, const char *name) {
  uint32_t number = federation_kind(f, kind);
  for (uint32_t i = 0; i < f->program.nodes_count; i++)
    if (f->nodes[i].kind == number && named(f, f->nodes[i].name, name)) return i;
  fail("no node", name);
  return EDI_NONE;
}

uint32_t federation_attr(const federation *f, edi_entity entity, const char *name) {
  for (uint32_t i = 0; i < f->program.attrs_count; i++)
    if (f->attrs[i].entity == (uint32_t)entity && named(f, f->attrs[i].name, name)) return i;
  fail("no attribute", name);
  return EDI_NONE;
}

/* The table is in preorder, so a node's parent is the last one before it that is less deep. */
static void fill_taxonomies(federation *f) {
  for (size_t k = 0; k < COUNT(kind_table); k++) {
    edi_kind *kind = &f->kinds[f->program.kinds_count++];
    *kind = (edi_kind){.name = federation_string(f, kind_table[k]),
                       .nodes.first = f->program.nodes_count};
    for (uint32_t i = 0; i < COUNT(node_table); i++) {
      if (strcmp(node_table[i].kind, kind_table[k]) != 0) continue;
      uint32_t parent = i;
      while (node_table[i].depth > 0 && node_table[parent].depth >= node_table[i].depth) parent--;
      f->nodes[i] = (edi_node){.name = federation_string(f, node_table[i].name),
                               .kind = (uint32_t)k,
                               .parent = parent == i ? EDI_NONE : parent,
                               .end = i + 1};
      for (uint32_t up = f->nodes[i].parent; up != EDI_NONE; up = f->nodes[up].parent)
        f->nodes[up].end = i + 1;
      f->program.nodes_count++;
      kind->nodes.count++;
    }
  }
  f->kinds[f->program.kinds_count++] =
      (edi_kind){.name = federation_string(f, "person"), .flags = EDI_KIND_ID};
}

static void fill_levels(federation *f) {
  f->scales[f->program.scales_count++] = (edi_scale){.name = federation_string(f, "classification"),
                                                     .levels.count = COUNT(level_table)};
  for (uint32_t i = 0; i < COUNT(level_table); i++)
    f->levels[f->program.levels_count++] =
        (edi_level){.name = federation_string(f, level_table[i]), .rank = i};
}

static void fill_attributes(federation *f) {
  for (size_t i = 0; i < COUNT(attr_table); i++) {
    uint32_t kind = attr_table[i].kind ? federation_kind(f, attr_table[i].kind) : 0;
    edi_type type =
        EDI_TYPE_MAKE(attr_table[i].base, kind) | (attr_table[i].set ? EDI_TYPE_SET : 0);
    f->attrs[f->program.attrs_count++] =
        (edi_attr){.name = federation_string(f, attr_table[i].name),
                   .entity = attr_table[i].entity,
                   .type = type,
                   .fallback = EDI_NONE};
  }
}

void federation_init(federation *f) {
  memset(f, 0, sizeof *f);
  edi_program *p = &f->program;
  p->settings = f->settings, p->kinds = f->kinds, p->nodes = f->nodes, p->scales = f->scales;
  p->levels = f->levels, p->attrs = f->attrs, p->issuers = f->issuers, p->claims = f->claims;
  p->claimmaps = f->claimmaps, p->strings = f->strings;
  p->settings_count = 1;
  f->settings[0] = (edi_settings){.layer = EDI_LAYER_FEDERAL, .untagged = EDI_NONE};
  fill_taxonomies(f);
  fill_levels(f);
  fill_attributes(f);
}

edi_issuer *federation_issuer(federation *f, const char *name, const char *url,
                              const char *audience, const char *keys, uint32_t algorithms) {
  edi_issuer *issuer = &f->issuers[f->program.issuers_count++];
  *issuer = (edi_issuer){
      .name = federation_string(f, name),
      .url = federation_string(f, url ? url : ""),
      .audience = federation_string(f, audience ? audience : ""),
      .keys = federation_string(f, keys ? keys : ""),
      .claims.first = f->program.claims_count,
      .algorithms = algorithms,
      .flags = !url ? EDI_ISSUER_HOST : keys ? 0 : EDI_ISSUER_KEYS_FROM_HOST,
      .node = federation_node(f, "issuer", name),
      .tokens = url ? EDI_TOKENS_JWT : 0,
      .revoked = EDI_NONE,
  };
  return issuer;
}

edi_claim *federation_claim(federation *f, const char *attribute, const char *path,
                            const char *within, uint32_t flags) {
  uint32_t attr = federation_attr(f, EDI_ENTITY_SUBJECT, attribute);
  uint32_t node = EDI_NONE;
  edi_claim *claim = &f->claims[f->program.claims_count++];
  for (uint32_t i = 0; within && i < f->program.nodes_count; i++)
    if (f->nodes[i].kind == EDI_TYPE_PARAM(f->attrs[attr].type) &&
        named(f, f->nodes[i].name, within))
      node = i;
  if (within && node == EDI_NONE) fail("no node", within);
  *claim = (edi_claim){.attr = attr,
                       .path = federation_string(f, path),
                       .within = node,
                       .map.first = f->program.claimmaps_count,
                       .flags = flags};
  f->issuers[f->program.issuers_count - 1].claims.count++;
  return claim;
}

void federation_map(federation *f, const char *text, const char *node) {
  edi_claim *claim = &f->claims[f->program.claims_count - 1];
  uint32_t kind = EDI_TYPE_PARAM(f->attrs[claim->attr].type), found = EDI_NONE;
  for (uint32_t i = 0; i < f->program.nodes_count; i++)
    if (f->nodes[i].kind == kind && named(f, f->nodes[i].name, node)) found = i;
  if (found == EDI_NONE) fail("no node", node);
  f->claimmaps[f->program.claimmaps_count++] = (edi_claimmap){federation_string(f, text), found};
  claim->map.count++;
}
