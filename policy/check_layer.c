/* Check of layers: what a domain may declare, permit and retain beside the federal layer.
 *
 * In: declarations of a domain; later, all rules with their actions resolved. Out: findings, with both
 * places where two layers disagree. Invariant: what passes can close and never open, up to what a federal
 * `delegate` names; whether a delegate covers a request is decided again at run time. */
#include "policy/checker.h"

/* ---- modules ---- */

void edi_layer_check_module(edi_checker *checker, const edi_file_ast *file) {
  edi_str layer = checker->domain ? checker->model->domain : EDI_STR("federal");
  edi_str module = file->module.text;
  if (module.len == 0) return; /* the parser has missed it */
  bool begins = edi_str_starts(module, layer);
  if (begins && (module.len == layer.len || module.ptr[layer.len] == '.')) return;
  edi_finding *finding = EDI_REPORT(checker, EDI_E0301, file->module.span, "of another layer",
                                    "the module `%.*s` does not belong to the %s layer", EDI_STR_ARG(module),
                                    checker->domain ? "domain's" : "federal");
  edi_finding_why(finding, "the first part of a module is `federal` or the name of the domain whose rules it holds");
  edi_finding_fix(finding, false, "module %.*s.NAME", EDI_STR_ARG(layer));
}

/* ---- what a domain may not declare ---- */

static void report_federal(edi_checker *checker, edi_span span, const char *what) {
  edi_finding *finding =
      EDI_REPORT(checker, EDI_E0302, span, "federal", "a domain declares no %s", what);
  edi_finding_why(finding, "what every domain relies on is said once, in the federal layer");
  edi_finding_fix(finding, false, "propose it for the federal vocabulary");
}

/* ---- tags below an open one ---- */

static void report_homeless(edi_checker *checker, const edi_node_decl *root) {
  edi_finding *finding = EDI_REPORT(checker, EDI_E0310, root->name.span, "below which federal tag?",
                                    "the tag `%.*s` of the domain stands below no federal one",
                                    EDI_STR_ARG(root->name.text));
  edi_finding_why(finding, "a domain's tag is a kind of a federal one, so that what federal rules say of that one "
                           "holds for it");
  edi_sym_near near = edi_model_suggest_node(checker->model, EDI_BUILTIN_TAG, root->name.text);
  if (root->child_count > 0 && near.name.ptr) edi_finding_near(finding, near, "");
  else edi_finding_fix(finding, false, "taxonomy tag { OPEN-TAG { %.*s } }", EDI_STR_ARG(root->name.text));
}

static void report_closed(edi_checker *checker, const edi_node_decl *root, const edi_sym_node *federal) {
  edi_finding *finding = EDI_REPORT(checker, EDI_E0310, root->name.span, "not open",
                                    "the federal layer lets no domain add below the tag `%.*s`",
                                    EDI_STR_ARG(federal->name));
  edi_finding_declared(finding, federal->span);
  edi_finding_why(finding, "what lies below a tag is that tag for every federal rule");
  if (!federal->builtin)
    edi_finding_fix(finding, false, "ask for `open %.*s` in the federal vocabulary", EDI_STR_ARG(federal->name));
}

static void report_again(edi_checker *checker, const edi_node_decl *root) {
  edi_finding *finding = EDI_REPORT(checker, EDI_E0302, root->name.span, "federal",
                                    "a domain says of the federal tag `%.*s` only what stands below it",
                                    EDI_STR_ARG(root->name.text));
  edi_finding_why(finding, "what a federal tag is, its title and its type, is said once, in the federal layer");
  edi_finding_fix(finding, false, "%.*s { OWN-TAG }", EDI_STR_ARG(root->name.text));
}

static void check_own_open(edi_checker *checker, const edi_node_decl *decl) {
  if (decl->is_open) report_federal(checker, decl->name.span, "open tags: nobody else could add below them");
  for (size_t i = 0; i < decl->child_count; i++) check_own_open(checker, decl->children[i]);
}

/* A root of a domain's `taxonomy tag` names the federal tag that the rest stands below. */
static void check_anchor(edi_checker *checker, const edi_node_decl *root) {
  const edi_model *model = checker->model;
  uint32_t node = edi_model_node(model, EDI_BUILTIN_TAG, root->name.text);
  for (size_t i = 0; i < root->child_count; i++) check_own_open(checker, root->children[i]);
  if (node == EDI_NONE) {
    report_homeless(checker, root);
    return;
  }
  bool said = root->title.ptr || root->is_abstract || root->is_open || root->type.text.len > 0;
  if (!model->nodes[node].is_open) report_closed(checker, root, &model->nodes[node]);
  else if (said || root->child_count == 0) report_again(checker, root);
}

static void check_taxonomy(edi_checker *checker, const edi_taxonomy_decl *decl) {
  const edi_model *model = checker->model;
  uint32_t kind = edi_model_kind(model, decl->kind.text);
  if (kind == EDI_NONE || model->kinds[kind].id) return; /* of its own */
  if (kind != EDI_BUILTIN_TAG) {
    report_federal(checker, decl->kind.span,
                   edi_checker_text(checker, "nodes of `%.*s`", EDI_STR_ARG(decl->kind.text)));
    return;
  }
  for (size_t i = 0; i < decl->root_count; i++) check_anchor(checker, decl->roots[i]);
}

void edi_layer_check_declaration(edi_checker *checker, const edi_decl *decl) {
  if (!checker->domain) return;
  switch (decl->kind) {
    case EDI_DECL_TAXONOMY: check_taxonomy(checker, &decl->as.taxonomy); break;
    case EDI_DECL_LEVELS: report_federal(checker, decl->as.levels.name.span, "levels"); break;
    case EDI_DECL_ISSUER: report_federal(checker, decl->as.issuer->name.span, "issuers"); break;
    case EDI_DECL_STATE: report_federal(checker, decl->span, "facts that domains may state"); break;
    case EDI_DECL_RESOURCE: report_federal(checker, decl->as.resource.name.span, "kinds of resource"); break;
    case EDI_DECL_UNTAGGED: report_federal(checker, decl->span, "meaning of untagged columns"); break;
    case EDI_DECL_ATTRIBUTES:
      if (decl->as.attributes.entity == EDI_ENTITY_SUBJECT || decl->as.attributes.entity == EDI_ENTITY_CONTEXT)
        report_federal(checker, decl->as.attributes.entity_span, "attributes of subject or context");
      break;
    case EDI_DECL_KEY:
      if (edi_str_equal(decl->as.key.scope.text, EDI_STR("federation")))
        report_federal(checker, decl->as.key.scope.span, "keys that are joinable beyond it");
      break;
    case EDI_DECL_RULE:
      if (decl->as.rule.effect == EDI_EFFECT_DELEGATE)
        report_federal(checker, decl->as.rule.effect_span, "delegates");
      break;
    case EDI_DECL_TABLE:
    case EDI_DECL_LET:
    case EDI_DECL_DEFINE:
    case EDI_DECL_OBLIGATION:
    case EDI_DECL_TEST: break;
  }
}

/* ---- permits need a delegate ---- */

static bool delegates_here(const edi_model *model, const edi_sym_rule *rule) {
  const edi_rule_decl *decl = rule->decl;
  return !rule->domain && !decl->shadow && decl->effect == EDI_EFFECT_DELEGATE && decl->action_nodes &&
         model->domain_node != EDI_NONE && edi_model_below(model, model->domain_node, decl->more->delegate_node);
}

/* Marks the actions that some delegate gives to the domain. */
static bool *find_delegated(edi_checker *checker) {
  const edi_model *model = checker->model;
  bool *delegated = edi_checker_alloc(checker, model->nodes_count * sizeof *delegated);
  for (size_t i = 0; delegated && i < model->rules_count; i++) {
    const edi_rule_decl *decl = model->rules[i].decl;
    if (!delegates_here(model, &model->rules[i])) continue;
    for (size_t j = 0; j < decl->actions.count; j++) {
      uint32_t action = decl->action_nodes[j];
      if (action == EDI_NONE || delegated[action]) continue;
      for (uint32_t node = action; node < model->nodes[action].end; node++) delegated[node] = true;
    }
  }
  return delegated;
}

static void report_undelegated(edi_checker *checker, const edi_name *action) {
  const edi_model *model = checker->model;
  edi_finding *finding =
      EDI_REPORT(checker, EDI_E0304, action->span, "not delegated",
                 "no federal rule delegates `%.*s` to the domain `%.*s`", EDI_STR_ARG(action->text),
                 EDI_STR_ARG(model->domain));
  bool found = false;
  for (size_t i = 0; i < model->rules_count && !found; i++) {
    if (!delegates_here(model, &model->rules[i])) continue;
    edi_finding_label(finding, model->rules[i].decl->effect_span, "delegates other actions");
    found = true;
  }
  if (!found && model->domain_node != EDI_NONE)
    edi_finding_label(finding, model->nodes[model->domain_node].span, "nothing is delegated to this domain");
  edi_finding_why(finding, "a domain closes as it likes, and opens only what the federation lets it");
  edi_finding_fix(finding, false, "ask for a federal `delegate permit %.*s to domain %.*s`",
                  EDI_STR_ARG(action->text), EDI_STR_ARG(model->domain));
}

static void check_permit(edi_checker *checker, const edi_rule_decl *rule, const bool *delegated) {
  if (!rule->action_nodes) return;
  for (size_t i = 0; i < rule->actions.count; i++) {
    uint32_t action = rule->action_nodes[i];
    if (action != EDI_NONE && !delegated[action] && checker->model->domain_node != EDI_NONE) report_undelegated(checker, &rule->actions.items[i]);
  }
}

/* ---- retention that outlasts the federal one ---- */

/* The federal `retain at most` that bind: the shortest in months, the shortest in exact time, and one
 * whose length a contract says. Who stays within these stays within all. */
typedef struct shortest {
  const edi_sym_rule *months, *exact, *stated;
} shortest;

static bool is_shorter(const edi_sym_rule *rule, const edi_sym_rule *than) {
  return !than || edi_duration_compare(rule->decl->more->duration->duration, than->decl->more->duration->duration) == -1;
}

static shortest find_shortest(const edi_model *model) {
  shortest found = {NULL, NULL, NULL};
  for (size_t i = 0; i < model->rules_count; i++) {
    const edi_sym_rule *rule = &model->rules[i];
    if (rule->domain || rule->broken || rule->decl->shadow || rule->decl->effect != EDI_EFFECT_RETAIN_AT_MOST)
      continue;
    const edi_expr *duration = rule->decl->more->duration;
    const edi_sym_rule **place = duration->kind != EDI_EXPR_DURATION ? &found.stated
                                 : duration->duration.months != 0    ? &found.months
                                                                     : &found.exact;
    if (place == &found.stated ? !found.stated : is_shorter(rule, *place)) *place = rule;
  }
  return found;
}

/* Whether every row is past `least` by the time that it is past `most`. */
static bool is_within(const edi_rule_decl *least, const edi_rule_decl *most) {
  if (least->effect != EDI_EFFECT_RETAIN_AT_LEAST) return false;
  const edi_expr *a = least->more->duration, *b = most->more->duration;
  if (a->kind != EDI_EXPR_DURATION || b->kind != EDI_EXPR_DURATION) return false;
  int order = edi_duration_compare(a->duration, b->duration);
  return order == 0 || order == -1;
}

static void report_outlasts(edi_checker *checker, const edi_rule_decl *own, const edi_sym_rule *federal) {
  edi_finding *finding =
      EDI_REPORT(checker, EDI_E0305, own->effect_span, "may keep rows for longer",
                 "rule `%.*s` outlasts a federal `retain at most`", EDI_STR_ARG(own->name.text));
  edi_finding_label(finding, federal->decl->effect_span, "rule `%.*s`", EDI_STR_ARG(federal->decl->qualified));
  edi_finding_why(finding, "a domain shortens a federal retention and never lengthens it; months against days count "
                           "as longer where 28 to 31 days a month leave it open");
  edi_finding_fix(finding, false, own->effect == EDI_EFFECT_RETAIN_AT_LEAST
                                      ? "retain for no longer than the federal rule"
                                      : "ask for a federal `retain while`");
}

static void check_retention(edi_checker *checker, const edi_rule_decl *rule, const shortest *most) {
  const edi_sym_rule *const all[] = {most->months, most->exact, most->stated};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    if (!all[i] || is_within(rule, all[i]->decl)) continue;
    report_outlasts(checker, rule, all[i]);
    return;
  }
}

void edi_layer_check_links(edi_checker *checker) {
  const edi_model *model = checker->model;
  if (model->domain.len == 0) return;
  const bool *delegated = find_delegated(checker);
  shortest most = find_shortest(model);
  for (size_t i = 0; i < model->rules_count && delegated; i++) {
    const edi_rule_decl *rule = model->rules[i].decl;
    if (!model->rules[i].domain || model->rules[i].broken) continue;
    if (rule->effect == EDI_EFFECT_PERMIT) check_permit(checker, rule, delegated);
    if (!rule->shadow && (rule->effect == EDI_EFFECT_RETAIN_AT_LEAST || rule->effect == EDI_EFFECT_RETAIN_WHILE))
      check_retention(checker, rule, &most);
  }
}
