/* Declare: taxonomies, levels, and the types that they make.
 *
 * In: the taxonomy and levels declarations of one layer, files in order of their paths. Out: kinds,
 * nodes, scales, levels. Invariant: nodes stand in preorder, kind by kind, kinds in order of their first
 * declaration after the built-in ones, so a number depends on paths and texts alone. A domain's tags hang
 * below federal ones and come after all federal nodes. Its nodes of other federal kinds are refused
 * (check_layer.c) and kept at the end, so that using them is no second error. */
#include <stdlib.h>

#include "bundle/limits.h"
#include "policy/checker.h"
#include "policy/index.h"

/* ---- symbols ---- */

#define SYMBOL(type, member)                                                                             \
  type *edi_checker_add_##member(edi_checker *checker) {                                                 \
    edi_model *model = checker->model;                                                                   \
    void *items = model->member;                                                                         \
    if (model->member##_count >= EDI_NONE ||                                                             \
        !edi_arena_regrow(model->arena, &items, &model->member##_capacity, model->member##_count,        \
                        sizeof *model->member)) {                                                        \
      checker->failed = true;                                                                            \
      return NULL;                                                                                       \
    }                                                                                                    \
    model->member = items;                                                                               \
    return &model->member[model->member##_count++];                                                      \
  }
EDI_SYMBOLS(SYMBOL)
#undef SYMBOL

/* ---- kinds ---- */

_Static_assert(EDI_LIMIT_KINDS <= UINT16_MAX + 1, "types hold the number of a kind or scale in 16 bits");

bool edi_declare_fits(edi_checker *checker, edi_bound bound, size_t count, edi_span span) {
  static const struct {
    size_t most;
    const char *what;
  } bounds[] = {
#define BOUND(NAME, text) {EDI_LIMIT_##NAME, (text)},
      EDI_BOUNDS(BOUND)
#undef BOUND
  };
  if (count < bounds[bound].most) return true;
  if (!(checker->full & 1u << bound))
    EDI_REPORT(checker, EDI_E0709, span, "one too many", "there are more than %zu %s", bounds[bound].most,
               bounds[bound].what);
  checker->full |= 1u << bound;
  return false;
}

static uint32_t add_kind(edi_checker *checker, edi_name name, bool id) {
  if (!edi_declare_fits(checker, EDI_BOUND_KINDS, checker->model->kinds_count, name.span)) return EDI_NONE;
  edi_sym_kind *kind = edi_checker_add_kinds(checker);
  if (!kind) return EDI_NONE;
  *kind = (edi_sym_kind){.name = name.text, .id = id, .domain = checker->domain, .span = name.span};
  return (uint32_t)(kind - checker->model->kinds);
}

void edi_declare_builtin_kinds(edi_checker *checker) {
  static const edi_str names[] = {
#define KIND(NAME, text) {(text), sizeof(text) - 1},
      EDI_BUILTIN_KINDS(KIND)
#undef KIND
  };
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    uint32_t kind = add_kind(checker, (edi_name){names[i], EDI_SPAN_NONE}, false);
    if (kind != EDI_NONE) checker->model->kinds[kind].builtin = true;
  }
}

/* Names that could not be told from an attribute or a target. */
static bool is_reserved(edi_str name) {
  static const edi_str words[] = {{"product", 7}, {"dataset", 7}, {"column", 6}, {"subject", 7}, {"context", 7},
                                  {"resource", 8}, {"row", 3}, {"id", 2}, {"set", 3}, {"now", 3}};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (edi_str_equal(name, words[i])) return true;
  return false;
}

static unsigned base_type(edi_str name) {
  static const struct {
    edi_str name;
    unsigned number;
  } types[] = {
#define TYPE(NAME, number, text, ordered) {{(text), sizeof(text) - 1}, (number)},
#include "bundle/types.def"
#undef TYPE
  };
  for (size_t i = 0; i < sizeof types / sizeof *types; i++)
    if (types[i].number <= EDI_TYPE_IP && edi_str_equal(name, types[i].name)) return types[i].number;
  return EDI_TYPE_NONE;
}

bool edi_declare_is_free_name(edi_checker *checker, edi_name name) {
  const edi_model *model = checker->model;
  bool reserved = is_reserved(name.text) || base_type(name.text) != EDI_TYPE_NONE;
  uint32_t resource = edi_model_resource(model, name.text);
  uint32_t scale = edi_model_scale(model, name.text), kind = edi_model_kind(model, name.text);
  if (kind != EDI_NONE && model->kinds[kind].id) kind = EDI_NONE;
  if (!reserved && scale == EDI_NONE && kind == EDI_NONE && resource == EDI_NONE) return true;
  edi_finding *finding = EDI_REPORT(checker, reserved ? EDI_E0202 : EDI_E0201, name.span, "",
                                    reserved ? "`%.*s` means something in the language already"
                                             : "the name `%.*s` is declared twice",
                                    EDI_STR_ARG(name.text));
  if (!reserved)
    edi_finding_declared(finding, scale != EDI_NONE   ? model->scales[scale].span
                                  : kind != EDI_NONE ? model->kinds[kind].span
                                                     : model->resources[resource].span);
  edi_finding_fix(finding, false, "choose another name");
  return false;
}

/* The kind that a taxonomy declares or adds to; EDI_NONE: reported. */
static uint32_t declare_kind(edi_checker *checker, edi_name name) {
  if (edi_str_equal(name.text, EDI_STR("issuer"))) {
    edi_finding *finding = EDI_REPORT(checker, EDI_E0202, name.span, "", "the taxonomy `issuer` is built in");
    edi_finding_note(finding, "its nodes are the declared issuers: `issuer NAME \"https://...\"`");
    return EDI_NONE;
  }
  uint32_t kind = edi_model_kind(checker->model, name.text);
  if (kind == EDI_NONE || checker->model->kinds[kind].id)
    return edi_declare_is_free_name(checker, name) ? add_kind(checker, name, false) : EDI_NONE;
  edi_sym_kind *known = &checker->model->kinds[kind];
  if (known->builtin && known->span.source == EDI_SOURCE_NONE) known->span = name.span;
  return kind; /* its declarations add up */
}

/* ---- levels ---- */

static void declare_levels(edi_checker *checker, const edi_levels_decl *decl) {
  edi_model *model = checker->model;
  if (!edi_declare_is_free_name(checker, decl->name) ||
      !edi_declare_fits(checker, EDI_BOUND_LEVELS, model->levels_count, decl->name.span))
    return;
  edi_sym_scale *scale = edi_checker_add_scales(checker);
  if (!scale) return;
  uint32_t number = (uint32_t)(scale - model->scales);
  *scale = (edi_sym_scale){.name = decl->name.text, .domain = checker->domain, .span = decl->name.span};
  scale->levels.first = (uint32_t)model->levels_count;
  for (size_t i = 0; i < decl->levels.count; i++) {
    const edi_name *name = &decl->levels.items[i];
    if (!edi_declare_fits(checker, EDI_BOUND_LEVELS, model->levels_count, name->span)) return;
    uint32_t same = edi_model_level(model, number, name->text);
    if (same != EDI_NONE) {
      edi_finding *finding = EDI_REPORT(checker, EDI_E0201, name->span, "the second one",
                                        "the level `%.*s` is declared twice", EDI_STR_ARG(name->text));
      edi_finding_label(finding, model->levels[same].span, "the first one");
      continue;
    }
    edi_sym_level *level = edi_checker_add_levels(checker);
    if (!level) return;
    *level = (edi_sym_level){name->text, number, model->scales[number].levels.count++, name->span};
  }
  if (edi_str_equal(decl->name.text, EDI_STR("classification"))) model->classification = number;
}

/* ---- nodes ---- */

typedef struct new_node {
  edi_str name, title;
  edi_span span;
  bool is_abstract, is_open, builtin;
} new_node;

static uint32_t add_node(edi_checker *checker, uint32_t kind, uint32_t parent, const new_node *from) {
  edi_model *model = checker->model;
  edi_sym_node *node = edi_checker_add_nodes(checker);
  if (!node) return EDI_NONE;
  uint32_t number = (uint32_t)(node - model->nodes);
  const edi_sym_node *above = parent == EDI_NONE ? NULL : &model->nodes[parent];
  uint32_t outer = !above || !checker->domain ? EDI_NONE : above->domain ? above->outer : parent;
  *node = (edi_sym_node){.name = from->name, .title = from->title, .kind = kind, .parent = parent,
                         .end = number + 1, .outer = outer, .is_abstract = from->is_abstract, .is_open = from->is_open,
                         .builtin = from->builtin, .domain = checker->domain, .span = from->span};
  return number;
}

static void end_node(edi_checker *checker, uint32_t node) {
  if (node != EDI_NONE) checker->model->nodes[node].end = (uint32_t)checker->model->nodes_count;
}

/* The parser bounds the depth of what is written; `access` stands above all actions. */
static bool is_too_deep(edi_checker *checker, const edi_node_decl *decl, unsigned depth) {
  if (depth <= EDI_LIMIT_EXPRESSION_DEPTH) return false;
  edi_finding *finding = EDI_REPORT(checker, EDI_E0703, decl->name.span, "one level too many", "nested too deeply");
  edi_finding_note(finding, "at most %d levels of nodes, `access` among them", EDI_LIMIT_EXPRESSION_DEPTH);
  return true;
}

static void add_trees(edi_checker *checker, uint32_t kind, uint32_t parent, unsigned depth,
                      edi_node_decl *const *decls, size_t count) {
  for (size_t i = 0; i < count && !checker->failed; i++) {
    edi_node_decl *decl = decls[i];
    if (is_too_deep(checker, decl, depth)) return;
    new_node from = {.name = decl->name.text, .title = decl->title, .span = decl->name.span,
                     .is_abstract = decl->is_abstract, .is_open = decl->is_open};
    decl->symbol = add_node(checker, kind, parent, &from);
    add_trees(checker, kind, decl->symbol, depth + 1, decl->children, decl->child_count);
    end_node(checker, decl->symbol);
  }
}

/* The federal tag that a root of a domain's `taxonomy tag` names; EDI_NONE: none, which was reported. */
static uint32_t anchor_of(const edi_model *model, const edi_node_decl *root) {
  uint32_t node = edi_model_node(model, EDI_BUILTIN_TAG, root->name.text);
  return node == EDI_NONE || model->nodes[node].domain ? EDI_NONE : node;
}

/* What a domain writes inside of a federal tag. */
static void hang_trees(edi_checker *checker, const edi_taxonomy_decl *decl) {
  edi_model *model = checker->model;
  for (size_t i = 0; i < decl->root_count && !checker->failed; i++) {
    edi_node_decl *root = decl->roots[i];
    uint32_t anchor = anchor_of(model, root);
    if (anchor == EDI_NONE) {
      add_trees(checker, EDI_BUILTIN_TAG, EDI_NONE, 1, &decl->roots[i], 1);
      continue;
    }
    unsigned depth = 1;
    for (uint32_t at = anchor; at != EDI_NONE; at = model->nodes[at].parent) depth++;
    root->symbol = anchor;
    edi_index_note_node(model->index, model, anchor, root->name.span);
    add_trees(checker, EDI_BUILTIN_TAG, anchor, depth, root->children, root->child_count);
  }
}

static uint32_t add_builtin_node(edi_checker *checker, uint32_t kind, uint32_t parent, edi_str name) {
  /* Contracts state no tag `untagged`: it is what a column without a tag has. */
  new_node from = {.name = name, .span = EDI_SPAN_NONE, .is_abstract = kind == EDI_BUILTIN_TAG, .builtin = true};
  return add_node(checker, kind, parent, &from);
}

/* A declaration that gives nodes to a kind. */
typedef struct part {
  const edi_decl *decl;
  uint32_t kind, order;
} part;
typedef struct parts {
  part *items;
  size_t count, at;
} parts;

static int compare_parts(const void *a, const void *b) {
  const part *x = a, *y = b;
  if (x->kind != y->kind) return x->kind < y->kind ? -1 : 1;
  return x->order < y->order ? -1 : x->order > y->order;
}

static bool gives_nodes(const edi_decl *decl) {
  return decl->kind == EDI_DECL_TAXONOMY || decl->kind == EDI_DECL_ISSUER;
}

/* Declares the kinds, and sorts what gives them nodes by them. */
static parts collect_parts(edi_checker *checker, edi_file_ast *const *files, size_t count) {
  parts all = {NULL, 0, 0};
  for (size_t i = 0; i < count; i++)
    for (size_t j = 0; j < files[i]->decl_count; j++) all.count += gives_nodes(files[i]->decls[j]);
  all.items = edi_checker_alloc(checker, all.count * sizeof *all.items);
  if (!all.items) return (parts){NULL, 0, 0};
  uint32_t at = 0;
  for (size_t i = 0; i < count; i++)
    for (size_t j = 0; j < files[i]->decl_count; j++) {
      const edi_decl *decl = files[i]->decls[j];
      if (!gives_nodes(decl)) continue;
      bool issuer = decl->kind == EDI_DECL_ISSUER;
      all.items[at] = (part){decl, issuer ? EDI_BUILTIN_ISSUER : declare_kind(checker, decl->as.taxonomy.kind), at};
      at++;
    }
  if (all.count > 0) qsort(all.items, all.count, sizeof *all.items, compare_parts);
  return all;
}

static void add_issuer(edi_checker *checker, uint32_t kind, const edi_name *name) {
  new_node issuer = {.name = name->text, .span = name->span};
  (void)add_node(checker, kind, EDI_NONE, &issuer);
}

/* The parts of `kind`, which are next. */
static void add_parts(edi_checker *checker, uint32_t kind, uint32_t parent, parts *all) {
  for (; all->at < all->count && all->items[all->at].kind == kind; all->at++) {
    const edi_decl *decl = all->items[all->at].decl;
    if (decl->kind == EDI_DECL_ISSUER) add_issuer(checker, kind, &decl->as.issuer->name);
    else if (checker->domain && kind == EDI_BUILTIN_TAG) hang_trees(checker, &decl->as.taxonomy);
    else add_trees(checker, kind, parent, parent == EDI_NONE ? 1 : 2, decl->as.taxonomy.roots,
                   decl->as.taxonomy.root_count);
  }
}

/* What a domain adds to a federal kind. */
static void add_own(edi_checker *checker, uint32_t kind, parts *all) {
  uint32_t first = (uint32_t)checker->model->nodes_count;
  add_parts(checker, kind, EDI_NONE, all);
  checker->model->kinds[kind].own = (edi_range){first, (uint32_t)checker->model->nodes_count - first};
}

/* All nodes of a kind that is new in this layer. */
static void fill_kind(edi_checker *checker, uint32_t kind, parts *all) {
  edi_model *model = checker->model;
  size_t first = model->nodes_count;
  uint32_t parent = EDI_NONE;
  if (kind == EDI_BUILTIN_TAG) (void)add_builtin_node(checker, kind, EDI_NONE, EDI_STR("untagged"));
  if (kind == EDI_BUILTIN_ACTION) {
    parent = add_builtin_node(checker, kind, EDI_NONE, EDI_STR("access"));
    (void)add_builtin_node(checker, kind, parent, EDI_STR("read"));
  }
  add_parts(checker, kind, parent, all);
  end_node(checker, parent);
  if (kind == EDI_BUILTIN_ACTION) (void)add_builtin_node(checker, kind, EDI_NONE, EDI_STR("unmask"));
  model->kinds[kind].nodes = (edi_range){(uint32_t)first, (uint32_t)(model->nodes_count - first)};
}

/* ---- nodes declared twice, reserved ---- */

static void report_node_hides(edi_checker *checker, const edi_sym_node *federal, const edi_sym_node *own) {
  const edi_sym_kind *kind = &checker->model->kinds[own->kind];
  edi_finding *finding = EDI_REPORT(checker, EDI_E0303, own->span, "the domain's",
                                    "the %.*s `%.*s` of the domain hides a federal one", EDI_STR_ARG(kind->name),
                                    EDI_STR_ARG(own->name));
  edi_finding_declared(finding, federal->span);
  edi_finding_why(finding, "a name means one node, wherever in the tree it stands, and a federal one the same in "
                           "every domain");
  edi_finding_fix(finding, false, "rename the domain's %.*s", EDI_STR_ARG(kind->name));
}

static void report_node_twice(edi_checker *checker, const edi_sym_node *first, const edi_sym_node *second) {
  const edi_sym_kind *kind = &checker->model->kinds[second->kind];
  edi_finding *finding = EDI_REPORT(checker, first->builtin ? EDI_E0202 : EDI_E0201, second->span,
                                    first->builtin ? "" : "the second one",
                                    first->builtin ? "the node `%.*s` of `%.*s` is built in"
                                                   : "the node `%.*s` of `%.*s` is declared twice",
                                    EDI_STR_ARG(second->name), EDI_STR_ARG(kind->name));
  if (first->builtin) {
    edi_finding_fix(finding, false, "leave it out, or choose another name");
    return;
  }
  edi_finding_label(finding, first->span, "the first one");
  edi_finding_why(finding, "a name means one node, wherever in the tree it stands");
}

/* The index holds equal names of a kind side by side, in order of declaration. */
static void check_twice(edi_checker *checker) {
  const edi_model *model = checker->model;
  for (size_t i = 1; i < model->nodes_by_name_count; i++) {
    const edi_sym_node *first = &model->nodes[model->nodes_by_name[i - 1]];
    const edi_sym_node *second = &model->nodes[model->nodes_by_name[i]];
    if (second->domain != checker->domain || first->kind != second->kind ||
        !edi_str_equal(first->name, second->name))
      continue;
    bool federal = checker->domain && !model->kinds[second->kind].domain;
    if (federal && second->kind != EDI_BUILTIN_TAG) continue; /* refused already */
    if (second->domain && !first->domain) report_node_hides(checker, first, second);
    else if (first->builtin || !second->builtin) report_node_twice(checker, first, second);
    else report_node_twice(checker, second, first);
  }
}

static void check_domain_names(edi_checker *checker) {
  uint32_t node = edi_model_node(checker->model, EDI_BUILTIN_DOMAIN, EDI_STR("federal"));
  if (node == EDI_NONE || checker->domain) return;
  edi_finding *finding = EDI_REPORT(checker, EDI_E0202, checker->model->nodes[node].span, "",
                                    "no domain is called `federal`");
  edi_finding_why(finding, "the first part of a module says whose rules it holds: `federal` or a domain's");
}

/* ---- types ---- */

static edi_str translated(edi_str name) {
  static const struct {
    edi_str there, here;
  } words[] = {
      {{"boolean", 7}, {"bool", 4}},     {{"integer", 7}, {"int", 3}},       {{"number", 6}, {"decimal", 7}},
      {{"float", 5}, {"decimal", 7}},    {{"double", 6}, {"decimal", 7}},    {{"text", 4}, {"string", 6}},
      {{"datetime", 8}, {"timestamp", 9}}, {{"interval", 8}, {"duration", 8}}, {{"inet", 4}, {"ip", 2}},
  };
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (edi_str_equal(name, words[i].there)) return words[i].here;
  return (edi_str){NULL, 0};
}

static edi_type no_type(edi_checker *checker, edi_name name, edi_span span) {
  const edi_model *model = checker->model;
  edi_finding *finding =
      EDI_REPORT(checker, EDI_E0206, span, "not declared", "there is no type `%.*s`", EDI_STR_ARG(name.text));
  edi_suggest suggest;
  edi_suggest_init(&suggest, name.text);
#define TYPE(NAME, number, text, ordered) \
  if ((number) <= EDI_TYPE_IP) edi_suggest_offer(&suggest, EDI_STR(text), EDI_SPAN_NONE);
#include "bundle/types.def"
#undef TYPE
  for (size_t i = 0; i < model->kinds_count; i++)
    if (!model->kinds[i].id) edi_suggest_offer(&suggest, model->kinds[i].name, model->kinds[i].span);
  for (size_t i = 0; i < model->scales_count; i++)
    edi_suggest_offer(&suggest, model->scales[i].name, model->scales[i].span);
  edi_sym_near here = {translated(name.text), EDI_SPAN_NONE};
  edi_finding_near(finding, here.name.ptr ? here : suggest.best, "");
  if (!here.name.ptr && !suggest.best.name.ptr)
    edi_finding_note(finding, "a type is bool, int, decimal, string, timestamp, date, duration, ip, id<KIND>, a "
                              "taxonomy or levels");
  return EDI_TYPE_BROKEN;
}

static edi_type id_type(edi_checker *checker, edi_name parameter, edi_span span) {
  const edi_model *model = checker->model;
  if (parameter.text.len == 0) {
    edi_finding *finding = EDI_REPORT(checker, EDI_E0206, span, "of what?", "an id says of what");
    edi_finding_fix(finding, false, "id<person>");
    return EDI_TYPE_BROKEN;
  }
  for (size_t i = 0; i < model->kinds_count; i++)
    if (model->kinds[i].id && edi_str_equal(model->kinds[i].name, parameter.text))
      return EDI_TYPE_MAKE(EDI_TYPE_ID, i);
  uint32_t kind = add_kind(checker, parameter, true);
  return kind == EDI_NONE ? EDI_TYPE_BROKEN : EDI_TYPE_MAKE(EDI_TYPE_ID, kind);
}

edi_type edi_declare_type(edi_checker *checker, edi_name name, edi_name parameter, edi_span span) {
  if (edi_str_equal(name.text, EDI_STR("id"))) return id_type(checker, parameter, span);
  if (parameter.text.len > 0) {
    edi_finding *finding = EDI_REPORT(checker, EDI_E0206, span, "", "only `id` and `set` take another type");
    bool several = edi_str_equal(name.text, EDI_STR("list")) || edi_str_equal(name.text, EDI_STR("array"));
    edi_finding_fix(finding, false, several ? "set<%.*s>" : "%.*s", EDI_STR_ARG(several ? parameter.text : name.text));
    return EDI_TYPE_BROKEN;
  }
  unsigned base = base_type(name.text);
  if (base != EDI_TYPE_NONE) return base;
  uint32_t kind = edi_resolve_kind(checker, name.text), scale = edi_model_scale(checker->model, name.text);
  edi_index *index = checker->model->index;
  edi_index_note(index, EDI_INDEX_TAXONOMY, kind, name.text, name.span);
  if (kind != EDI_NONE) return EDI_TYPE_MAKE(EDI_TYPE_NODE, kind);
  edi_index_note(index, EDI_INDEX_SCALE, scale, name.text, name.span);
  if (scale != EDI_NONE) return EDI_TYPE_MAKE(EDI_TYPE_LEVEL, scale);
  return no_type(checker, name, span);
}

static void report_tag_type(edi_checker *checker, const edi_node_decl *decl, edi_type above, uint32_t parent) {
  edi_finding *finding = EDI_REPORT(checker, EDI_E0227, decl->type.span,
                                    edi_checker_a_type(checker, checker->model->nodes[decl->symbol].type),
                                    "the tag `%.*s` has another type than the one above it",
                                    EDI_STR_ARG(decl->name.text));
  edi_finding_label(finding, checker->model->nodes[parent].span, "%s", edi_checker_a_type(checker, above));
  edi_finding_why(finding, "a rule that reads `row[%.*s]` reads the columns with the tags below it too",
                  EDI_STR_ARG(checker->model->nodes[parent].name));
}

/* What a cell with this tag is read as: its own type, or that of the nearest tag above it. */
static void type_node(edi_checker *checker, const edi_node_decl *decl, uint32_t kind, edi_type above) {
  edi_model *model = checker->model;
  edi_sym_node *node = &model->nodes[decl->symbol];
  node->type = above;
  if (decl->type.text.len == 0) return;
  if (kind != EDI_BUILTIN_TAG) {
    EDI_REPORT(checker, EDI_E0227, decl->type.span, "", "only a tag has a type, as only tags stand on columns");
    return;
  }
  edi_type type = edi_declare_type(checker, decl->type, decl->type_parameter, decl->type.span);
  model->nodes[decl->symbol].type = type;
  if (type == EDI_TYPE_DURATION) {
    EDI_REPORT(checker, EDI_E0227, decl->type.span, "", "no column holds durations");
    model->nodes[decl->symbol].type = EDI_TYPE_BROKEN;
  } else if (above != EDI_TYPE_NONE && above != type && above != EDI_TYPE_BROKEN && type != EDI_TYPE_BROKEN) {
    report_tag_type(checker, decl, above, model->nodes[decl->symbol].parent);
  }
}

static void type_trees(edi_checker *checker, uint32_t kind, edi_node_decl *const *decls, size_t count, edi_type above) {
  for (size_t i = 0; i < count && !checker->failed; i++) {
    if (decls[i]->symbol == EDI_NONE) continue;
    bool federal = checker->domain && !checker->model->nodes[decls[i]->symbol].domain; /* it has its type */
    if (!federal) type_node(checker, decls[i], kind, above);
    type_trees(checker, kind, decls[i]->children, decls[i]->child_count, checker->model->nodes[decls[i]->symbol].type);
  }
}

/* ---- a layer ---- */

static void each_levels(edi_checker *checker, edi_file_ast *const *files, size_t count) {
  for (size_t i = 0; i < count; i++)
    for (size_t j = 0; j < files[i]->decl_count; j++)
      if (files[i]->decls[j]->kind == EDI_DECL_LEVELS) declare_levels(checker, &files[i]->decls[j]->as.levels);
}

void edi_declare_taxonomies(edi_checker *checker, edi_file_ast *const *files, size_t count) {
  edi_model *model = checker->model;
  size_t before = checker->domain ? model->kinds_count : 0;
  parts all = collect_parts(checker, files, count);
  each_levels(checker, files, count);
  for (size_t kind = 0; kind < before; kind++) add_own(checker, (uint32_t)kind, &all);
  for (size_t kind = before; kind < model->kinds_count; kind++) fill_kind(checker, (uint32_t)kind, &all);
  if (checker->failed || edi_model_index(model, model->arena) != EDICT_OK) {
    checker->failed = true;
    return;
  }
  check_twice(checker);
  check_domain_names(checker);
  for (size_t i = 0; i < all.count && all.items[i].kind != EDI_NONE; i++) {
    const edi_taxonomy_decl *decl = &all.items[i].decl->as.taxonomy;
    if (all.items[i].decl->kind == EDI_DECL_TAXONOMY)
      type_trees(checker, all.items[i].kind, decl->roots, decl->root_count, EDI_TYPE_NONE);
  }
}
