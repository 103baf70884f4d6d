/* Verify, symbols: taxonomies and their nodes, scales, attributes, issuers, keys, tables,
 * obligations.
 *
 * In: sections whose layout holds. Out: names that are there once, trees in preorder whose `end`s
 * are right, types that exist, and nothing declared by a layer that may not declare it. Kinds come
 * first, because types name them. */
#include "bundle/claimpath.h"
#include "bundle/spiffe.h"
#include "bundle/verifier.h"

/* ---- kinds and nodes ---- */

/* The vocabulary of every federation: only the federal layer declares these. */
static const char *const federal_kinds[] = {"tag",    "purpose", "role",  "region",
                                            "action", "domain",  "issuer"};

static bool kind_is_federal(edi_str name) {
  for (size_t i = 0; i < sizeof federal_kinds / sizeof *federal_kinds; i++)
    if (edi_str_equal(name, edi_str_from(federal_kinds[i]))) return true;
  return false;
}

static bool verify_kind(edi_verifier *v, const edi_kind *kind) {
  if (!edi_verifier_name(v, "name", kind->name) || !edi_verifier_import(v, kind->flags) ||
      !edi_verifier_flags(v, kind->flags, EDI_IMPORTED | EDI_KIND_ID))
    return false;
  if ((kind->flags & EDI_KIND_ID) && kind->nodes.count > 0)
    return edi_verifier_fail(v, EDI_R0131, "nodes", "a kind of id has no nodes");
  edi_str name = edi_verifier_string(v, kind->name);
  if (!kind_is_federal(name)) return true;
  if (kind->flags & EDI_KIND_ID)
    return edi_verifier_fail(v, EDI_R0131, "flags", "a built-in taxonomy is not a kind of id");
  if (v->federal || (kind->flags & EDI_IMPORTED)) return true;
  return edi_verifier_fail(v, EDI_R0132, "name", "only the federal layer declares it");
}

static uint32_t kind_named(const edi_verifier *v, edi_str name) {
  for (uint32_t i = 0; i < v->p.kinds_count; i++)
    if (edi_str_equal(edi_verifier_string(v, v->p.kinds[i].name), name)) return i;
  return EDI_NONE;
}

static bool verify_node(edi_verifier *v, const edi_node *node, uint32_t kind) {
  if (!edi_verifier_name(v, "name", node->name) ||
      !edi_verifier_text(v, "title", node->title, 0, EDI_LIMIT_STRING) ||
      !edi_verifier_flags(v, node->flags, EDI_IMPORTED | EDI_NODE_ABSTRACT | EDI_NODE_OPEN) ||
      !edi_verifier_import(v, node->flags))
    return false;
  if ((node->flags & EDI_NODE_OPEN) && (kind != v->kind_tag || (!v->federal && !(node->flags & EDI_IMPORTED))))
    return edi_verifier_fail(v, EDI_R0132, "flags", "only the federal layer opens nodes, and only tags");
  if (node->kind != kind)
    return edi_verifier_fail(v, EDI_R0125, "kind", "it is not the kind whose run it stands in");
  if (node->type == EDI_TYPE_NONE) return true;
  if (kind != v->kind_tag)
    return edi_verifier_fail(v, EDI_R0127, "type", "only tags have a type of cells");
  return edi_verifier_scalar(v, "type", node->type);
}

static bool verify_imported_node(edi_verifier *v, uint32_t index, bool inside, uint32_t kind) {
  const edi_node *node = &v->p.nodes[index];
  if (!(v->p.kinds[kind].flags & EDI_IMPORTED))
    return edi_verifier_fail(v, EDI_R0132, "flags", "the taxonomy is not imported");
  if (inside)
    return edi_verifier_fail(v, EDI_R0126, "flags",
                             "an imported node stands inside of a declared one");
  if (node->parent != EDI_NONE)
    return edi_verifier_fail(v, EDI_R0126, "parent", "an imported node has none");
  if (node->end != index + 1)
    return edi_verifier_fail(v, EDI_R0126, "end", "an imported node ends after itself");
  return true;
}

/* A node that nothing in this program lies above: a root, or below an open node of the federal
 * layer. */
static bool verify_outermost(edi_verifier *v, const edi_node *node, uint32_t kind) {
  if (!(v->p.kinds[kind].flags & EDI_IMPORTED)) {
    if (node->parent == EDI_NONE) return true;
    return edi_verifier_fail(v, EDI_R0126, "parent", "the parent's run has ended before it");
  }
  const uint32_t open = EDI_IMPORTED | EDI_NODE_OPEN;
  if (!edi_verifier_node(v, "parent", node->parent, kind)) return false;
  if ((v->p.nodes[node->parent].flags & open) == open) return true;
  return edi_verifier_fail(v, EDI_R0132, "parent", "the federal layer did not open that node");
}

/* Preorder: `stack` holds the nodes whose runs are not over, each inside of the one before. */
static bool verify_tree(edi_verifier *v, uint32_t kind) {
  uint32_t stack[EDI_LIMIT_EXPRESSION_DEPTH];
  const edi_node *nodes = v->p.nodes;
  edi_range run = v->p.kinds[kind].nodes;
  unsigned depth = 0;
  for (uint32_t i = run.first; i < run.first + run.count; i++) {
    edi_verifier_at(v, EDI_SECTION_NODES, i);
    if (!verify_node(v, &nodes[i], kind)) return false;
    while (depth > 0 && nodes[stack[depth - 1]].end <= i) depth--;
    if (nodes[i].flags & EDI_IMPORTED) {
      if (!verify_imported_node(v, i, depth > 0, kind)) return false;
      continue;
    }
    uint32_t end = depth > 0 ? nodes[stack[depth - 1]].end : run.first + run.count;
    if (depth == 0 && !verify_outermost(v, &nodes[i], kind)) return false;
    if (depth > 0 && nodes[i].parent != stack[depth - 1])
      return edi_verifier_fail(v, EDI_R0126, "parent",
                               "it is not the node whose run this one stands in");
    if (nodes[i].end <= i || nodes[i].end > end)
      return edi_verifier_fail(v, EDI_R0126, "end", "it is not within the parent's");
    if (depth == EDI_LIMIT_EXPRESSION_DEPTH)
      return edi_verifier_limit(v, "parent", EDI_LIMIT_EXPRESSION_DEPTH, "nodes above each other");
    stack[depth++] = i;
  }
  return true;
}

static bool verify_kinds(edi_verifier *v) {
  for (uint32_t i = 0; i < v->p.kinds_count; i++) {
    edi_verifier_at(v, EDI_SECTION_KINDS, i);
    if (!verify_kind(v, &v->p.kinds[i]) ||
        !edi_verifier_own(v, "nodes", v->p.kinds[i].nodes, EDI_SECTION_NODES))
      return false;
  }
  v->kind_tag = kind_named(v, EDI_STR("tag"));
  v->kind_action = kind_named(v, EDI_STR("action"));
  v->kind_domain = kind_named(v, EDI_STR("domain"));
  v->kind_issuer = kind_named(v, EDI_STR("issuer"));
  return edi_verifier_distinct(v, EDI_SECTION_KINDS, v->p.kinds_count, &v->p.kinds->name,
                               sizeof *v->p.kinds, NULL, 0);
}

static bool verify_nodes(edi_verifier *v) {
  for (uint32_t i = 0; i < v->p.kinds_count; i++)
    if (!verify_tree(v, i)) return false;
  return edi_verifier_owned(v, EDI_SECTION_NODES) &&
         edi_verifier_distinct(v, EDI_SECTION_NODES, v->p.nodes_count, &v->p.nodes->name,
                               sizeof *v->p.nodes, &v->p.nodes->kind, sizeof *v->p.nodes);
}

/* ---- scales ---- */

static bool verify_levels(edi_verifier *v, uint32_t scale) {
  edi_range run = v->p.scales[scale].levels;
  bool imported = v->p.scales[scale].flags & EDI_IMPORTED;
  for (uint32_t i = 0; i < run.count; i++) {
    edi_verifier_at(v, EDI_SECTION_LEVELS, run.first + i);
    const edi_level *level = &v->p.levels[run.first + i];
    if (!edi_verifier_name(v, "name", level->name)) return false;
    if (level->scale != scale)
      return edi_verifier_fail(v, EDI_R0125, "scale", "it is not the scale whose run it stands in");
    /* An import may leave levels out that nothing here names. */
    bool ranked = imported ? i == 0 || level->rank > level[-1].rank : level->rank == i;
    if (!ranked)
      return edi_verifier_fail(v, EDI_R0126, "rank", "it does not follow the one before");
  }
  return true;
}

static bool verify_scales(edi_verifier *v) {
  v->scale_classification = EDI_NONE;
  for (uint32_t i = 0; i < v->p.scales_count; i++) {
    const edi_scale *scale = &v->p.scales[i];
    edi_verifier_at(v, EDI_SECTION_SCALES, i);
    if (!edi_verifier_name(v, "name", scale->name) || !edi_verifier_import(v, scale->flags) ||
        !edi_verifier_flags(v, scale->flags, EDI_IMPORTED))
      return false;
    if (!v->federal && !(scale->flags & EDI_IMPORTED))
      return edi_verifier_fail(v, EDI_R0132, "flags", "only the federal layer declares levels");
    if (scale->levels.count == 0)
      return edi_verifier_fail(v, EDI_R0131, "levels", "a scale has at least one level");
    if (!edi_verifier_own(v, "levels", scale->levels, EDI_SECTION_LEVELS) || !verify_levels(v, i))
      return false;
    if (edi_str_equal(edi_verifier_string(v, scale->name), EDI_STR("classification")))
      v->scale_classification = i;
  }
  return edi_verifier_owned(v, EDI_SECTION_LEVELS) &&
         edi_verifier_distinct(v, EDI_SECTION_SCALES, v->p.scales_count, &v->p.scales->name,
                               sizeof *v->p.scales, NULL, 0) &&
         edi_verifier_distinct(v, EDI_SECTION_LEVELS, v->p.levels_count, &v->p.levels->name,
                               sizeof *v->p.levels, &v->p.levels->scale, sizeof *v->p.levels);
}

/* ---- attributes ---- */

typedef struct builtin {
  uint32_t entity;
  const char *name;
  uint32_t type;
  const char *parameter;
  bool declared;
} builtin;

static const builtin builtins[] = {
#define BUILTIN(ENTITY, name, TYPE, set, parameter, declared)                              \
  {EDI_ENTITY_##ENTITY, (name), EDI_TYPE_##TYPE | ((set) ? EDI_TYPE_SET : 0), (parameter), \
   (declared)},
#include "bundle/builtins.def"
#undef BUILTIN
};

static const builtin *builtin_of(const edi_verifier *v, const edi_attr *attr) {
  edi_str name = edi_verifier_string(v, attr->name);
  uint32_t entity = attr->entity > EDI_ENTITY_RESOURCE ? EDI_ENTITY_RESOURCE : attr->entity;
  for (size_t i = 0; i < sizeof builtins / sizeof *builtins; i++)
    if (builtins[i].entity == entity && edi_str_equal(name, edi_str_from(builtins[i].name)))
      return &builtins[i];
  return NULL;
}

/* What the engine fills in itself has the type that the engine gives it. */
static bool verify_builtin(edi_verifier *v, const edi_attr *attr) {
  const builtin *found = builtin_of(v, attr);
  bool flagged = attr->flags & EDI_ATTR_BUILTIN;
  if (!found) {
    if (flagged)
      return edi_verifier_fail(v, EDI_R0123, "flags", "no built-in attribute has this name");
    if (EDI_TYPE_BASE(attr->type) == EDI_TYPE_SUBJECT)
      return edi_verifier_fail(v, EDI_R0127, "type", "only subject.id is a subject");
    return true;
  }
  if (!flagged && !found->declared)
    return edi_verifier_fail(v, EDI_R0123, "flags", "a built-in attribute is not flagged as one");
  bool right = (attr->type & 0xFFFFu) == found->type;
  if (right && EDI_TYPE_BASE(attr->type) == EDI_TYPE_NODE)
    right = edi_str_equal(edi_verifier_string(v, v->p.kinds[EDI_TYPE_PARAM(attr->type)].name),
                          edi_str_from(found->parameter));
  if (!right)
    return edi_verifier_fail(v, EDI_R0127, "type", "the built-in attribute has another type");
  return true;
}

static bool verify_attr(edi_verifier *v, const edi_attr *attr) {
  bool resource = attr->entity >= EDI_ENTITY_RESOURCE && attr->entity - EDI_ENTITY_RESOURCE < v->p.resources_count;
  bool asked = attr->entity == EDI_ENTITY_SUBJECT || attr->entity == EDI_ENTITY_CONTEXT || resource;
  bool stated = attr->entity == EDI_ENTITY_PRODUCT || attr->entity == EDI_ENTITY_DATASET;
  if (!asked && !stated)
    return edi_verifier_fail(v, EDI_R0134, "entity", "attributes have no such owner");
  if (!edi_verifier_name(v, "name", attr->name) ||
      !edi_verifier_text(v, "path", attr->path, 0, EDI_LIMIT_STRING) ||
      !edi_verifier_type(v, "type", attr->type) ||
      !edi_verifier_flags(v, attr->flags, EDI_IMPORTED | EDI_ATTR_OPTIONAL | EDI_ATTR_BUILTIN) ||
      !edi_verifier_import(v, attr->flags) || !verify_builtin(v, attr))
    return false;
  if (asked && attr->path.len > 0)
    return edi_verifier_fail(v, EDI_R0131, "path", "only facts of a contract come from one");
  if (asked && !v->federal && !(attr->flags & EDI_IMPORTED))
    return edi_verifier_fail(v, EDI_R0132, "flags",
                             "only the federal layer declares these attributes");
  if (attr->fallback == EDI_NONE) return true;
  if (!edi_verifier_index(v, "fallback", attr->fallback, v->p.consts_count)) return false;
  if (v->p.consts[attr->fallback].type != attr->type)
    return edi_verifier_fail(v, EDI_R0127, "fallback", "the constant is of another type");
  return true;
}

static bool verify_resources(edi_verifier *v) {
  if (v->p.resources_count > EDI_LIMIT_RESOURCES) {
    edi_verifier_at(v, EDI_SECTION_RESOURCES, EDI_LIMIT_RESOURCES);
    return edi_verifier_limit(v, "(record)", EDI_LIMIT_RESOURCES, "kinds of resource");
  }
  for (uint32_t i = 0; i < v->p.resources_count; i++) {
    const edi_resource *resource = &v->p.resources[i];
    edi_verifier_at(v, EDI_SECTION_RESOURCES, i);
    if (!edi_verifier_name(v, "name", resource->name) || !edi_verifier_import(v, resource->flags) ||
        !edi_verifier_flags(v, resource->flags, EDI_IMPORTED))
      return false;
    if (!v->federal && !(resource->flags & EDI_IMPORTED))
      return edi_verifier_fail(v, EDI_R0132, "flags", "only the federal layer declares kinds of resource");
  }
  return edi_verifier_distinct(v, EDI_SECTION_RESOURCES, v->p.resources_count, &v->p.resources->name,
                               sizeof *v->p.resources, NULL, 0);
}

static bool verify_attrs(edi_verifier *v) {
  for (uint32_t i = 0; i < v->p.attrs_count; i++) {
    edi_verifier_at(v, EDI_SECTION_ATTRS, i);
    if (!verify_attr(v, &v->p.attrs[i])) return false;
  }
  return edi_verifier_distinct(v, EDI_SECTION_ATTRS, v->p.attrs_count, &v->p.attrs->name,
                               sizeof *v->p.attrs, &v->p.attrs->entity, sizeof *v->p.attrs);
}

/* ---- issuers ---- */

static bool verify_algorithms(edi_verifier *v, const edi_issuer *issuer, bool host) {
  uint32_t secret = issuer->algorithms & EDI_ALG_SYMMETRIC;
  if (issuer->algorithms & ~(uint32_t)EDI_ALG_ALL)
    return edi_verifier_fail(v, EDI_R0123, "algorithms", "there is no such algorithm");
  if ((issuer->algorithms == 0) != host)
    return edi_verifier_fail(v, EDI_R0131, "algorithms",
                             "an issuer of tokens has some, the host none");
  if (secret && (secret != issuer->algorithms || !(issuer->flags & EDI_ISSUER_KEYS_FROM_HOST)))
    return edi_verifier_fail(v, EDI_R0131, "algorithms",
                             "symmetric ones stand alone, and their keys in no bundle");
  return true;
}

/* A trust domain's tokens are JWT-SVIDs and nobody else's are. */
static bool verify_tokens(edi_verifier *v, const edi_issuer *issuer, bool host) {
  edi_str url = edi_program_string(&v->p, issuer->url);
  bool workload = edi_spiffe_is_scheme(url);
  const uint32_t known = EDI_TOKENS_JWT | EDI_TOKENS_ACCESS | EDI_TOKENS_WORKLOAD;
  if (issuer->tokens & ~known)
    return edi_verifier_fail(v, EDI_R0123, "tokens", "there are no such tokens");
  if ((issuer->tokens == 0) != host || workload != (issuer->tokens == EDI_TOKENS_WORKLOAD) ||
      (!workload && (issuer->tokens & EDI_TOKENS_WORKLOAD)))
    return edi_verifier_fail(v, EDI_R0131, "tokens", "they are not those of such an issuer");
  if (workload && (!edi_spiffe_is_domain(url) ||
                   (issuer->algorithms & (EDI_ALG_SYMMETRIC | EDI_ALG_EDDSA))))
    return edi_verifier_fail(v, EDI_R0131, "url", "SPIFFE has no such trust domain or algorithm");
  return true;
}

static bool verify_issuer(edi_verifier *v, const edi_issuer *issuer) {
  if (!v->federal)
    return edi_verifier_fail(v, EDI_R0132, "(record)", "only the federal layer trusts issuers");
  bool host = issuer->flags & EDI_ISSUER_HOST;
  bool by_host = issuer->flags & EDI_ISSUER_KEYS_FROM_HOST;
  size_t least = host ? 0 : 1, most = host ? 0 : EDI_LIMIT_STRING;
  if (!edi_verifier_name(v, "name", issuer->name) ||
      !edi_verifier_text(v, "url", issuer->url, least, most) ||
      !edi_verifier_text(v, "audience", issuer->audience, least, most) ||
      !edi_verifier_text(v, "keys", issuer->keys, by_host ? 0 : least, by_host ? 0 : most) ||
      !edi_verifier_flags(v, issuer->flags, host ? EDI_ISSUER_HOST : EDI_ISSUER_KEYS_FROM_HOST) ||
      !edi_verifier_node(v, "node", issuer->node, v->kind_issuer) ||
      !verify_algorithms(v, issuer, host) || !verify_tokens(v, issuer, host))
    return false;
  return edi_verifier_own(v, "claims", issuer->claims, EDI_SECTION_CLAIMS);
}

static bool verify_claim(edi_verifier *v, const edi_claim *claim, uint32_t *map_owners,
                         uint32_t number) {
  if (!edi_verifier_index(v, "attr", claim->attr, v->p.attrs_count) ||
      !edi_verifier_text(v, "path", claim->path, 1, EDI_LIMIT_STRING) ||
      !edi_verifier_flags(v, claim->flags, EDI_CLAIM_IGNORE_OTHERS))
    return false;
  const edi_attr *attr = &v->p.attrs[claim->attr];
  uint32_t base = EDI_TYPE_BASE(attr->type);
  if (attr->entity != EDI_ENTITY_SUBJECT || base == EDI_TYPE_SUBJECT)
    return edi_verifier_fail(v, EDI_R0131, "attr", "a claim fills an attribute of the subject");
  const char *why;
  edi_str path = edi_program_string(&v->p, claim->path);
  if (!edi_claimpath_valid(path, &why)) return edi_verifier_fail(v, EDI_R0131, "path", "%s", why);
  if (edi_claimpath_is_chain(path) && !EDI_TYPE_IS_SET(attr->type))
    return edi_verifier_fail(v, EDI_R0131, "path", "one value has no room for several actors");
  uint32_t kind = base == EDI_TYPE_NODE ? EDI_TYPE_PARAM(attr->type) : EDI_NONE;
  if (claim->within != EDI_NONE && !edi_verifier_node(v, "within", claim->within, kind))
    return false;
  if (!edi_verifier_own(v, "map", claim->map, EDI_SECTION_CLAIMMAPS)) return false;
  for (uint32_t i = claim->map.first; i < claim->map.first + claim->map.count; i++) {
    edi_verifier_at(v, EDI_SECTION_CLAIMMAPS, i);
    map_owners[i] = number;
    if (!edi_verifier_text(v, "text", v->p.claimmaps[i].text, 1, EDI_LIMIT_EXTERNAL_NAME) ||
        !edi_verifier_node(v, "node", v->p.claimmaps[i].node, kind))
      return false;
  }
  return true;
}

static bool verify_issuers(edi_verifier *v) {
  uint32_t *map_owners = edi_verifier_scratch(v, v->p.claimmaps_count, sizeof *map_owners);
  uint32_t *filled_by = edi_verifier_scratch(v, v->p.attrs_count, sizeof *filled_by);
  if (!map_owners || !filled_by) return false;
  for (uint32_t i = 0; i < v->p.issuers_count; i++) {
    edi_verifier_at(v, EDI_SECTION_ISSUERS, i);
    if (!verify_issuer(v, &v->p.issuers[i])) return false;
    edi_range claims = v->p.issuers[i].claims;
    for (uint32_t j = claims.first; j < claims.first + claims.count; j++) {
      edi_verifier_at(v, EDI_SECTION_CLAIMS, j);
      if (!verify_claim(v, &v->p.claims[j], map_owners, j)) return false;
      edi_verifier_at(v, EDI_SECTION_CLAIMS, j);
      if (filled_by[v->p.claims[j].attr] == i + 1)
        return edi_verifier_fail(v, EDI_R0122, "attr", "the issuer fills it twice");
      filled_by[v->p.claims[j].attr] = i + 1;
    }
  }
  return edi_verifier_owned(v, EDI_SECTION_CLAIMS) &&
         edi_verifier_owned(v, EDI_SECTION_CLAIMMAPS) &&
         edi_verifier_distinct(v, EDI_SECTION_ISSUERS, v->p.issuers_count, &v->p.issuers->name,
                               sizeof *v->p.issuers, NULL, 0) &&
         edi_verifier_distinct(v, EDI_SECTION_CLAIMMAPS, v->p.claimmaps_count,
                               &v->p.claimmaps->text, sizeof *v->p.claimmaps, map_owners,
                               sizeof *map_owners);
}

/* ---- keys and tables ---- */

static bool verify_keys(edi_verifier *v) {
  for (uint32_t i = 0; i < v->p.keys_count; i++) {
    const edi_key *key = &v->p.keys[i];
    bool imported = key->flags & EDI_IMPORTED;
    edi_verifier_at(v, EDI_SECTION_KEYS, i);
    if (!edi_verifier_flags(v, key->flags, EDI_IMPORTED) || !edi_verifier_import(v, key->flags) ||
        !edi_verifier_qualified(v, "name", key->name, imported) ||
        !edi_verifier_text(v, "title", key->title, 0, EDI_LIMIT_STRING))
      return false;
    if (key->scope < EDI_SCOPE_QUERY || key->scope > EDI_SCOPE_FEDERATION)
      return edi_verifier_fail(v, EDI_R0134, "scope", "there is no such scope");
    if (!v->federal && !imported && key->scope == EDI_SCOPE_FEDERATION)
      return edi_verifier_fail(v, EDI_R0132, "scope",
                               "only the federal layer declares keys that join domains");
  }
  return edi_verifier_distinct(v, EDI_SECTION_KEYS, v->p.keys_count, &v->p.keys->name,
                               sizeof *v->p.keys, NULL, 0);
}

static bool verify_tablecols(edi_verifier *v, edi_range run, uint32_t table) {
  for (uint32_t i = run.first; i < run.first + run.count; i++) {
    const edi_tablecol *column = &v->p.tablecols[i];
    edi_verifier_at(v, EDI_SECTION_TABLECOLS, i);
    if (!edi_verifier_name(v, "name", column->name) ||
        !edi_verifier_scalar(v, "type", column->type))
      return false;
    if (column->table != table)
      return edi_verifier_fail(v, EDI_R0125, "table", "it is not the table whose run it stands in");
  }
  return true;
}

static bool verify_table(edi_verifier *v, const edi_table *table) {
  if (!edi_verifier_flags(v, table->flags, EDI_IMPORTED | EDI_TABLE_COMPLETE) ||
      !edi_verifier_import(v, table->flags) ||
      !edi_verifier_qualified(v, "name", table->name, table->flags & EDI_IMPORTED) ||
      !edi_verifier_own(v, "keys", table->keys, EDI_SECTION_TABLECOLS) ||
      !edi_verifier_own(v, "values", table->values, EDI_SECTION_TABLECOLS))
    return false;
  if (table->keys.count == 0)
    return edi_verifier_fail(v, EDI_R0131, "keys", "a table has at least one key");
  if (table->keys.count + table->values.count > EDI_LIMIT_TABLE_COLUMNS)
    return edi_verifier_limit(v, "values", EDI_LIMIT_TABLE_COLUMNS, "columns");
  return true;
}

static bool verify_tables(edi_verifier *v) {
  for (uint32_t i = 0; i < v->p.tables_count; i++) {
    const edi_table *table = &v->p.tables[i];
    edi_verifier_at(v, EDI_SECTION_TABLES, i);
    if (!verify_table(v, table) || !verify_tablecols(v, table->keys, i) ||
        !verify_tablecols(v, table->values, i))
      return false;
  }
  return edi_verifier_owned(v, EDI_SECTION_TABLECOLS) &&
         edi_verifier_distinct(v, EDI_SECTION_TABLES, v->p.tables_count, &v->p.tables->name,
                               sizeof *v->p.tables, NULL, 0) &&
         edi_verifier_distinct(v, EDI_SECTION_TABLECOLS, v->p.tablecols_count,
                               &v->p.tablecols->name, sizeof *v->p.tablecols,
                               &v->p.tablecols->table, sizeof *v->p.tablecols);
}

/* What an issuer took back is looked up by two texts. */
static bool verify_revoked(edi_verifier *v) {
  for (uint32_t i = 0; i < v->p.issuers_count; i++) {
    const edi_issuer *issuer = &v->p.issuers[i];
    edi_verifier_at(v, EDI_SECTION_ISSUERS, i);
    if (issuer->revoked == EDI_NONE) continue;
    if (!edi_verifier_index(v, "revoked", issuer->revoked, v->p.tables_count)) return false;
    const edi_table *table = &v->p.tables[issuer->revoked];
    bool fits = !(issuer->flags & EDI_ISSUER_HOST) && table->keys.count == 2 &&
                table->values.count == 0 && !(table->flags & EDI_IMPORTED);
    for (uint32_t k = 0; fits && k < 2; k++)
      fits = v->p.tablecols[table->keys.first + k].type == EDI_TYPE_STRING;
    if (!fits)
      return edi_verifier_fail(v, EDI_R0131, "revoked", "it has not the two texts of a row");
  }
  return true;
}

/* ---- obligations ---- */

static bool verify_params(edi_verifier *v, edi_range run, uint32_t obligation) {
  for (uint32_t i = run.first; i < run.first + run.count; i++) {
    const edi_param *param = &v->p.params[i];
    edi_verifier_at(v, EDI_SECTION_PARAMS, i);
    if (!edi_verifier_name(v, "name", param->name) || !edi_verifier_scalar(v, "type", param->type))
      return false;
    if (param->obligation != obligation)
      return edi_verifier_fail(v, EDI_R0125, "obligation",
                               "it is not the obligation whose run it stands in");
  }
  return true;
}

static bool verify_obligations(edi_verifier *v) {
  for (uint32_t i = 0; i < v->p.obligations_count; i++) {
    const edi_obligation *obligation = &v->p.obligations[i];
    edi_verifier_at(v, EDI_SECTION_OBLIGATIONS, i);
    if (!edi_verifier_flags(v, obligation->flags, EDI_IMPORTED) ||
        !edi_verifier_import(v, obligation->flags) ||
        !edi_verifier_qualified(v, "name", obligation->name, obligation->flags & EDI_IMPORTED) ||
        !edi_verifier_own(v, "params", obligation->params, EDI_SECTION_PARAMS))
      return false;
    if (obligation->params.count > EDI_LIMIT_OBLIGATION_PARAMETERS)
      return edi_verifier_limit(v, "params", EDI_LIMIT_OBLIGATION_PARAMETERS, "parameters");
    if (!verify_params(v, obligation->params, i)) return false;
  }
  return edi_verifier_owned(v, EDI_SECTION_PARAMS) &&
         edi_verifier_distinct(v, EDI_SECTION_OBLIGATIONS, v->p.obligations_count,
                               &v->p.obligations->name, sizeof *v->p.obligations, NULL, 0) &&
         edi_verifier_distinct(v, EDI_SECTION_PARAMS, v->p.params_count, &v->p.params->name,
                               sizeof *v->p.params, &v->p.params->obligation, sizeof *v->p.params);
}

bool edi_verify_symbols(edi_verifier *v) {
  return verify_kinds(v) && verify_nodes(v) && verify_scales(v) && verify_resources(v) && verify_attrs(v) &&
         verify_issuers(v) && verify_keys(v) && verify_tables(v) && verify_revoked(v) && verify_obligations(v);
}
