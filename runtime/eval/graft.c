/* Graft: see the header. First what is imported, found by name; then what is declared, in the program's
 * order, so that a node above another is there before it. */
#include "eval/graft.h"

#include "bundle/limits.h"
#include "bundle/order.h"

typedef struct graft {
  edi_linked *linked;
  const edi_vocabulary *federal;
  edi_vocabulary *own; /* the federal one, with what is added */
  edi_arena *arena;
  edict_diagnostics *diagnostics;
  bool failed;
} graft;

static edi_str text(const graft *g, edi_ref ref) { return edi_program_string(&g->linked->program, ref); }

static edi_str domain_of(const graft *g) { return text(g, g->linked->program.settings->domain); }

#define REFUSE(g, code, said, ...)                                                               \
  ((void)edi_diagnostics_add((g)->diagnostics, (code), EDI_SPAN_NONE, "", "the bundle of domain `%.*s` " said, \
                             EDI_STR_ARG(domain_of(g)), __VA_ARGS__),                            \
   (void)((g)->failed = true))

static void missing(graft *g, const char *what, edi_str name) {
  edi_diagnostics_add(g->diagnostics, EDI_R0501, EDI_SPAN_NONE, "",
                      "the %s `%.*s` that the domain's bundle uses is not in the federal bundle", what,
                      EDI_STR_ARG(name));
  g->failed = true;
}

static void hides(graft *g, edi_str name) {
  REFUSE(g, EDI_R0524, "declares `%.*s`, which the federal bundle has already", EDI_STR_ARG(name));
}

/* ---- kinds ---- */

/* A kind of id and a taxonomy may share a name, and are never taken for each other. */
static uint32_t federal_kind(const graft *g, edi_str name, bool id) {
  const edi_program *p = g->federal->program;
  for (uint32_t i = 0; i < p->kinds_count; i++)
    if (((p->kinds[i].flags & EDI_KIND_ID) != 0) == id && edi_str_equal(edi_program_string(p, p->kinds[i].name), name))
      return i;
  return EDI_NONE;
}

/* A taxonomy has no name that a type or a kind of resource has. */
static bool is_federal_name(const graft *g, edi_str name, bool id) {
  const edi_program *p = g->federal->program;
  if (federal_kind(g, name, id) != EDI_NONE) return true;
  if (id) return false;
  for (uint32_t i = 0; i < p->scales_count; i++)
    if (edi_str_equal(edi_program_string(p, p->scales[i].name), name)) return true;
  return edi_vocabulary_resource(g->federal, name) != EDI_NONE;
}

static void add_kind(graft *g, uint32_t index, edi_str name, bool id) {
  if (is_federal_name(g, name, id)) hides(g, name);
  g->linked->kind_of[index] = g->federal->program->kinds_count + g->own->own_kind_count;
  g->own->own_kinds[g->own->own_kind_count++] = (edi_own_kind){name, id};
}

static void map_kinds(graft *g) {
  const edi_program *p = &g->linked->program;
  for (uint32_t i = 0; i < p->kinds_count; i++) {
    edi_str name = text(g, p->kinds[i].name);
    bool id = (p->kinds[i].flags & EDI_KIND_ID) != 0;
    if (!(p->kinds[i].flags & EDI_IMPORTED)) {
      add_kind(g, i, name, id);
      continue;
    }
    g->linked->kind_of[i] = federal_kind(g, name, id);
    if (g->linked->kind_of[i] == EDI_NONE) missing(g, "taxonomy", name);
  }
  if (g->federal->program->kinds_count + g->own->own_kind_count > EDI_LIMIT_KINDS && g->own->own_kind_count > 0)
    REFUSE(g, EDI_R0526, "declares more than %d taxonomies and kinds of id with the federal ones", EDI_LIMIT_KINDS);
}

/* ---- nodes ---- */

static void map_imported(graft *g) {
  const edi_program *p = &g->linked->program, *federal = g->federal->program;
  for (uint32_t i = 0; i < p->nodes_count; i++) {
    const edi_node *node = &p->nodes[i];
    if (!(node->flags & EDI_IMPORTED)) continue;
    uint32_t found = edi_vocabulary_node(g->federal, g->linked->kind_of[node->kind], text(g, node->name));
    g->linked->node_of[i] = found;
    if (found == EDI_NONE || federal->nodes[found].type != edi_link_type(g->linked, g->federal, node->type))
      missing(g, "node", text(g, node->name));
    else if ((node->flags & EDI_NODE_OPEN) && !(federal->nodes[found].flags & EDI_NODE_OPEN))
      REFUSE(g, EDI_R0523, "has tags below `%.*s`, which the federal bundle does not open",
             EDI_STR_ARG(text(g, node->name)));
  }
}

/* Below one federal tag there may hang a million: it is measured once for all that follow each other. */
static uint32_t depth_below(const graft *g, uint32_t outer) {
  const edi_own_node *before = g->own->own_node_count > 0 ? &g->own->own_nodes[g->own->own_node_count - 1] : NULL;
  uint32_t depth = 0;
  if (before && before->outer == outer && before->parent == outer) return before->depth;
  for (uint32_t at = outer; at != EDI_NONE; at = edi_vocabulary_parent(g->federal, at)) depth++;
  return depth + 1;
}

/* What the verifier let through: its parent is one of its own before it, an imported open one, or none. */
static void add_node(graft *g, uint32_t index) {
  const edi_node *node = &g->linked->program.nodes[index];
  const uint32_t federal = g->federal->program->nodes_count, at = g->own->own_node_count;
  uint32_t parent = node->parent == EDI_NONE ? EDI_NONE : g->linked->node_of[node->parent];
  const edi_own_node *above = parent == EDI_NONE || parent < federal ? NULL : &g->own->own_nodes[parent - federal];
  edi_own_node own = {.name = text(g, node->name),
                      .kind = g->linked->kind_of[node->kind],
                      .parent = parent,
                      .end = federal + at + (node->end - index),
                      .outer = above ? above->outer : parent,
                      .depth = above ? above->depth + 1 : depth_below(g, parent),
                      .type = edi_link_type(g->linked, g->federal, node->type)};
  g->own->own_nodes[g->own->own_node_count++] = own;
  g->linked->node_of[index] = federal + at;
  if (edi_vocabulary_node(g->federal, own.kind, own.name) != EDI_NONE) hides(g, own.name);
  edi_type type = parent == EDI_NONE ? EDI_TYPE_NONE : edi_vocabulary_cell_type(g->own, parent);
  if (type != EDI_TYPE_NONE && own.type != type)
    REFUSE(g, EDI_R0525, "gives its tag `%.*s` another type than the tag above it has",
           EDI_STR_ARG(own.name));
  if (own.depth > EDI_LIMIT_EXPRESSION_DEPTH)
    REFUSE(g, EDI_R0526, "declares `%.*s` deeper than a taxonomy may be", EDI_STR_ARG(own.name));
  if (own.outer != EDI_NONE && parent == own.outer) g->own->grafted[g->own->grafted_count++] = own.outer;
}

/* ---- all of it ---- */

static bool is_own(uint32_t flags) { return !(flags & EDI_IMPORTED); }

/* A domain that declares nothing of its own is decided with the federation's vocabulary itself. */
static bool make_own(graft *g) {
  const edi_program *p = &g->linked->program;
  uint32_t kinds = 0, nodes = 0;
  for (uint32_t i = 0; i < p->kinds_count; i++) kinds += is_own(p->kinds[i].flags);
  for (uint32_t i = 0; i < p->nodes_count; i++) nodes += is_own(p->nodes[i].flags);
  g->own = EDI_NEW(g->arena, edi_vocabulary);
  if (!g->own) return false;
  *g->own = *g->federal;
  g->own->own_kinds = EDI_NEW_ARRAY(g->arena, edi_own_kind, kinds);
  g->own->own_nodes = EDI_NEW_ARRAY(g->arena, edi_own_node, nodes);
  g->own->grafted = EDI_NEW_ARRAY(g->arena, uint32_t, nodes);
  g->linked->vocabulary = kinds + nodes > 0 ? g->own : g->federal;
  return g->own->own_kinds && g->own->own_nodes && g->own->grafted;
}

static edict_status graft_domain(graft *g) {
  const edi_program *p = &g->linked->program;
  if (p->kinds_count > EDI_LIMIT_KINDS) {
    REFUSE(g, EDI_R0526, "uses more than %d taxonomies and kinds of id", EDI_LIMIT_KINDS);
    return EDICT_FINDINGS;
  }
  if (!make_own(g)) return edi_arena_status(g->arena);
  map_kinds(g);
  if (g->failed) return EDICT_FINDINGS;
  map_imported(g);
  if (g->failed) return EDICT_FINDINGS;
  for (uint32_t i = 0; i < p->nodes_count && !g->failed; i++)
    if (is_own(p->nodes[i].flags)) add_node(g, i);
  g->own->grafted_count = edi_order_distinct(g->own->grafted, g->own->grafted_count);
  if (g->failed) return EDICT_FINDINGS;
  return edi_vocabulary_index_own(g->own, g->arena) ? EDICT_OK : edi_arena_status(g->arena);
}

edict_status edi_graft(edi_linked *linked, const edi_vocabulary *federal, edi_arena *arena,
                       edict_diagnostics *diagnostics) {
  graft g = {linked, federal, NULL, arena, diagnostics, false};
  const edi_program *p = &linked->program;
  linked->vocabulary = federal;
  if (p->settings->layer != EDI_LAYER_FEDERAL) return graft_domain(&g);
  for (uint32_t i = 0; i < p->kinds_count; i++) linked->kind_of[i] = i;
  for (uint32_t i = 0; i < p->nodes_count; i++) linked->node_of[i] = i;
  return EDICT_OK;
}
