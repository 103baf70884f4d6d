/* Declare: attributes, what domains may state of them, and what untagged columns count as.
 *
 * In: attributes, `domains may state` and `untagged columns are`. Out: attributes with their types, paths
 * and fallbacks; the list of facts. Invariant: an attribute is in the model even if its type could not
 * be understood (EDI_TYPE_NONE), so that reading it is no second error. */
#include "policy/checker.h"
#include "policy/index.h"

/* ---- built in ---- */

static const struct {
  edi_entity entity;
  edi_str name;
  unsigned base;
  bool set;
  edi_str parameter;
  bool declarable;
} builtins[] = {
#define BUILTIN(ENTITY, name, base, set, parameter, declared) \
  {EDI_ENTITY_##ENTITY, {(name), sizeof(name) - 1}, EDI_TYPE_##base, (set) != 0, \
   {(parameter), sizeof(parameter) - 1}, (declared) != 0},
#include "bundle/builtins.def"
#undef BUILTIN
};

static bool is_declarable(edi_entity entity, edi_str name) {
  if (entity > EDI_ENTITY_RESOURCE) entity = EDI_ENTITY_RESOURCE;
  for (size_t i = 0; i < sizeof builtins / sizeof *builtins; i++)
    if (builtins[i].entity == entity && edi_str_equal(builtins[i].name, name)) return builtins[i].declarable;
  return false;
}

static void add_builtins(edi_checker *checker, bool resource, uint32_t number);

void edi_declare_builtin_attrs(edi_checker *checker) {
  add_builtins(checker, false, 0);
}

/* Those of a kind of resource, or all others. */
static void add_builtins(edi_checker *checker, bool resource, uint32_t number) {
  for (size_t i = 0; i < sizeof builtins / sizeof *builtins; i++) {
    if ((builtins[i].entity == EDI_ENTITY_RESOURCE) != resource) continue;
    edi_sym_attr *attr = edi_checker_add_attrs(checker);
    if (!attr) return;
    edi_type type = builtins[i].base;
    if (builtins[i].base == EDI_TYPE_NODE)
      type = EDI_TYPE_MAKE(EDI_TYPE_NODE, edi_model_kind(checker->model, builtins[i].parameter));
    *attr = (edi_sym_attr){.entity = (edi_entity)(builtins[i].entity + number), .name = builtins[i].name, .builtin = true,
                           .type = builtins[i].set ? type | EDI_TYPE_SET : type, .span = EDI_SPAN_NONE};
    /* A subject without roles, a request without a purpose: both are there and say less. */
    attr->optional = builtins[i].set || resource || edi_str_equal(attr->name, EDI_STR("purpose"));
  }
}

/* ---- attributes ---- */

static void check_path(edi_checker *checker, edi_entity entity, const edi_attribute_decl *decl) {
  bool stated = entity == EDI_ENTITY_PRODUCT || entity == EDI_ENTITY_DATASET;
  edi_str of = edi_model_entity(checker->model, entity);
  if (stated && decl->path.len == 0) {
    edi_finding *finding = EDI_REPORT(checker, EDI_E0223, decl->name.span, "from where?",
                                      "`%.*s.%.*s` does not say where a contract states it", EDI_STR_ARG(of),
                                      EDI_STR_ARG(decl->name.text));
    edi_finding_fix(finding, false, "add `from \"customProperties.%.*s\"`", EDI_STR_ARG(decl->name.text));
  } else if (!stated && decl->path.ptr) {
    edi_finding *finding = EDI_REPORT(checker, EDI_E0223, decl->path_span, "",
                                      "an attribute of the %.*s is in no contract", EDI_STR_ARG(of));
    edi_finding_note(finding, "an issuer says which claim fills an attribute of the subject; context and resource "
                              "come with the request");
    edi_finding_fix(finding, false, "leave `from` out");
  }
}

static void check_fallback(edi_checker *checker, const edi_attribute_decl *decl, edi_type type) {
  if (!decl->fallback) return;
  if (!decl->optional) {
    edi_finding *finding = EDI_REPORT(checker, EDI_E0223, decl->fallback->span, "",
                                      "`%.*s` cannot be absent, so nothing stands for its absence",
                                      EDI_STR_ARG(decl->name.text));
    edi_finding_label(finding, decl->name.span, "declared without `?`");
    edi_finding_fix(finding, false, "%.*s?", EDI_STR_ARG(decl->name.text));
  }
  if (type != EDI_TYPE_NONE) (void)edi_check_literal(checker, decl->fallback, type);
}

static edi_type attribute_type(edi_checker *checker, const edi_type_decl *decl) {
  edi_type type = edi_declare_type(checker, decl->name, decl->parameter, decl->span);
  if (type == EDI_TYPE_BROKEN) return EDI_TYPE_NONE;
  return decl->set ? type | EDI_TYPE_SET : type;
}

/* A built-in attribute declared again: the same type, and what its absence means. */
static void redeclare(edi_checker *checker, uint32_t number, const edi_attribute_decl *decl) {
  edi_sym_attr *attr = &checker->model->attrs[number];
  edi_type type = attribute_type(checker, &decl->type);
  if (type == EDI_TYPE_NONE) return;
  if (!is_declarable(attr->entity, attr->name) || type != attr->type) {
    edi_finding *finding = EDI_REPORT(checker, EDI_E0202, decl->name.span, "", "`%.*s.%.*s` is built in, as %s",
                                      EDI_STR_ARG(edi_model_entity(checker->model, attr->entity)), EDI_STR_ARG(attr->name),
                                      edi_checker_a_type(checker, attr->type));
    edi_finding_fix(finding, false, "leave it out, or choose another name");
    return;
  }
  check_fallback(checker, decl, type);
  attr->span = decl->name.span;
  attr->optional = decl->optional;
  attr->fallback = decl->fallback;
}

static void report_attribute_twice(edi_checker *checker, const edi_sym_attr *known, const edi_attribute_decl *decl) {
  bool hides = checker->domain && !known->domain;
  edi_str of = edi_model_entity(checker->model, known->entity);
  edi_finding *finding =
      EDI_REPORT(checker, hides ? EDI_E0303 : EDI_E0201, decl->name.span, hides ? "the domain's" : "the second one",
                 hides ? "the attribute `%.*s.%.*s` of the domain hides a federal one"
                       : "the attribute `%.*s.%.*s` is declared twice",
                 EDI_STR_ARG(of), EDI_STR_ARG(known->name));
  edi_finding_label(finding, known->span, hides ? "the federal one" : "the first one");
  if (hides) edi_finding_why(finding, "a federal name means the same thing in every domain");
}

static void declare_attribute(edi_checker *checker, edi_entity entity, const edi_attribute_decl *decl) {
  edi_model *model = checker->model;
  uint32_t known = edi_model_attr(model, entity, decl->name.text);
  if (known != EDI_NONE) {
    const edi_sym_attr *attr = &model->attrs[known];
    if (attr->builtin && attr->span.source == EDI_SOURCE_NONE) redeclare(checker, known, decl);
    else report_attribute_twice(checker, attr, decl);
    return;
  }
  edi_type type = attribute_type(checker, &decl->type);
  check_path(checker, entity, decl);
  check_fallback(checker, decl, type);
  if (!edi_declare_fits(checker, EDI_BOUND_ATTRIBUTES, model->attrs_count, decl->name.span)) return;
  edi_sym_attr *attr = edi_checker_add_attrs(checker);
  if (!attr) return;
  *attr = (edi_sym_attr){.entity = entity, .name = decl->name.text, .path = decl->path, .type = type,
                         .fallback = decl->fallback, .optional = decl->optional, .domain = checker->domain,
                         .span = decl->name.span};
}

void edi_declare_attributes(edi_checker *checker, const edi_attributes_decl *decl) {
  for (size_t i = 0; i < decl->count && !checker->failed; i++)
    declare_attribute(checker, decl->entity, &decl->items[i]);
}

/* ---- kinds of resource ---- */

void edi_declare_resource(edi_checker *checker, const edi_resource_decl *decl) {
  edi_model *model = checker->model;
  uint32_t number = edi_model_resource(model, decl->name.text);
  bool again = number != EDI_NONE;
  if (again) {
    edi_finding *finding = EDI_REPORT(checker, EDI_E0201, decl->name.span, "the second one",
                                      "the resource `%.*s` is declared twice", EDI_STR_ARG(decl->name.text));
    edi_finding_label(finding, model->resources[number].span, "the first one");
    return;
  }
  if (!edi_declare_is_free_name(checker, decl->name) ||
      !edi_declare_fits(checker, EDI_BOUND_RESOURCES, model->resources_count, decl->name.span))
    return;
  edi_sym_resource *resource = edi_checker_add_resources(checker);
  if (!resource) return;
  *resource = (edi_sym_resource){.name = decl->name.text, .domain = checker->domain, .span = decl->name.span};
  number = (uint32_t)(resource - model->resources);
  add_builtins(checker, true, number);
  for (size_t i = 0; i < decl->count && !checker->failed; i++)
    declare_attribute(checker, (edi_entity)(EDI_ENTITY_RESOURCE + number), &decl->items[i]);
}

/* ---- what domains may state ---- */

static void no_fact(edi_checker *checker, edi_name name) {
  const edi_model *model = checker->model;
  edi_finding *finding = EDI_REPORT(checker, EDI_E0204, name.span, "no such fact",
                                    "`%.*s` is nothing that a contract states", EDI_STR_ARG(name.text));
  edi_entity entity;
  edi_str attribute;
  if (edi_resolve_is_attribute(name.text, &entity, &attribute) &&
      edi_model_attr(model, entity, attribute) != EDI_NONE) {
    edi_finding_note(finding, "the subject and the context come with a request; names and domains of products are "
                              "fixed by who signs");
    return;
  }
  edi_suggest suggest;
  if (!edi_checker_suggests(checker)) return;
  edi_suggest_init(&suggest, name.text);
  for (size_t i = 0; i < model->nodes_count; i++)
    if (model->nodes[i].kind == EDI_BUILTIN_TAG)
      edi_suggest_offer(&suggest, model->nodes[i].name, model->nodes[i].span);
  for (size_t i = 0; i < model->attrs_count && !checker->failed; i++) {
    const edi_sym_attr *attr = &model->attrs[i];
    if (attr->builtin || attr->entity == EDI_ENTITY_SUBJECT || attr->entity >= EDI_ENTITY_CONTEXT) continue;
    edi_suggest_offer(&suggest, edi_checker_join(checker, edi_model_entity(checker->model, attr->entity), attr->name), attr->span);
  }
  if (model->classification != EDI_NONE)
    edi_suggest_offer(&suggest, EDI_STR("classification"), model->scales[model->classification].span);
  edi_finding_near(finding, suggest.best, "");
  if (!suggest.best.name.ptr)
    edi_finding_note(finding, "a fact is a tag, `classification`, or an attribute of product or dataset");
}

static bool find_fact(const edi_checker *checker, edi_str name, edi_sym_fact *fact) {
  const edi_model *model = checker->model;
  edi_entity entity;
  edi_str attribute;
  if (model->classification != EDI_NONE && edi_str_equal(name, EDI_STR("classification"))) {
    *fact = (edi_sym_fact){.kind = EDI_FACT_CLASSIFICATION, .symbol = model->classification};
    return true;
  }
  if (edi_resolve_is_attribute(name, &entity, &attribute) && entity != EDI_ENTITY_SUBJECT &&
      entity != EDI_ENTITY_CONTEXT) {
    *fact = (edi_sym_fact){.kind = EDI_FACT_ATTR, .symbol = edi_model_attr(model, entity, attribute)};
    if (fact->symbol != EDI_NONE) return !model->attrs[fact->symbol].builtin;
  }
  *fact = (edi_sym_fact){.kind = EDI_FACT_TAG, .symbol = edi_model_node(model, EDI_BUILTIN_TAG, name)};
  return fact->symbol != EDI_NONE;
}

static void note_fact(const edi_model *model, const edi_sym_fact *fact, edi_span span) {
  switch (fact->kind) {
    case EDI_FACT_TAG: edi_index_note_node(model->index, model, fact->symbol, span); return;
    case EDI_FACT_ATTR:
      edi_index_note(model->index, EDI_INDEX_ATTR, fact->symbol, model->attrs[fact->symbol].name, span);
      return;
    case EDI_FACT_CLASSIFICATION:
      edi_index_note(model->index, EDI_INDEX_SCALE, fact->symbol, model->scales[fact->symbol].name, span);
      return;
  }
}

void edi_declare_facts(edi_checker *checker, const edi_state_decl *decl) {
  for (size_t i = 0; i < decl->facts.count; i++) {
    const edi_name *name = &decl->facts.items[i];
    edi_sym_fact fact;
    if (!find_fact(checker, name->text, &fact)) {
      no_fact(checker, *name);
      continue;
    }
    if (!edi_declare_fits(checker, EDI_BOUND_STATED_FACTS, checker->model->may_state_count, name->span)) return;
    edi_sym_fact *place = edi_checker_add_may_state(checker);
    if (!place) return;
    *place = fact;
    place->span = name->span;
    note_fact(checker->model, &fact, name->span);
  }
}

void edi_declare_untagged(edi_checker *checker, const edi_untagged_decl *decl) {
  edi_model *model = checker->model;
  if (checker->untagged_span.source != EDI_SOURCE_NONE) {
    edi_finding *finding = EDI_REPORT(checker, EDI_E0201, decl->node.span, "the second one",
                                      "`untagged columns are` is said twice");
    edi_finding_label(finding, checker->untagged_span, "the first one");
    return;
  }
  checker->untagged_span = decl->node.span;
  model->untagged = edi_resolve_node(checker, EDI_BUILTIN_TAG, decl->node);
}
