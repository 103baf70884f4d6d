/* Check of rules: each clause in its place, with what may be read there.
 *
 * In: a rule as the parser left it; contracts are known. Out: actions, domain, every expression typed.
 * Invariant: the places below say what bundle/program.h says at its end, and no less: code that passes
 * here passes the verifier. */
#include "bundle/limits.h"
#include "policy/checker.h"

#define REQUEST \
  (EDI_READS_PRODUCT | EDI_READS_SUBJECT | EDI_READS_CONTEXT | EDI_READS_NOW | EDI_READS_TABLE | EDI_READS_RESOURCE)
#define SWEEP (EDI_READS_PRODUCT | EDI_READS_NOW | EDI_READS_TABLE)
#define BINDING (EDI_READS_PRODUCT | EDI_READS_NOW | EDI_READS_RESOURCE)

#define WHY_SWEEP "a sweep of old rows has no subject, no context and no action"
#define WHY_BINDING "`require` asks something of what a rule is about, whoever asks for it"

static const edi_place target = {"`on`", EDI_READS_PRODUCT | EDI_READS_RESOURCE, NULL};
static const edi_place where = {"`where`", (REQUEST & ~EDI_READS_RESOURCE) | EDI_READS_ROW, NULL};
static const edi_place requirement = {"`require`", BINDING, WHY_BINDING};
static const edi_place retain_while = {"`retain while`", SWEEP | EDI_READS_ROW, WHY_SWEEP};
static const edi_place period = {"the duration of `retain`", EDI_READS_PRODUCT, WHY_SWEEP};
static const edi_place group = {"`show only groups`", EDI_READS_ROW, NULL};
static const edi_place after = {"`after`", EDI_READS_ROW, NULL};

/* ---- when, unless ---- */

/* Of the rules that an exempt names, the effect whose conditions may read least. */
static edi_effect strictest(const edi_model *model, const edi_rule_decl *rule) {
  edi_effect found = rule->effect;
  for (size_t i = 0; rule->more->exempt_rules && i < rule->more->exempts.count; i++) {
    if (rule->more->exempt_rules[i] == EDI_NONE) continue;
    edi_effect effect = model->rules[rule->more->exempt_rules[i]].decl->effect;
    if (effect == EDI_EFFECT_REQUIRE) return effect;
    if (effect == EDI_EFFECT_RETAIN_AT_MOST || effect == EDI_EFFECT_RETAIN_AT_LEAST || effect == EDI_EFFECT_RETAIN_WHILE)
      found = effect;
  }
  return found;
}

static const edi_place *condition_place(const edi_model *model, const edi_rule_decl *rule, bool unless) {
  static const edi_place request[] = {{"`when`", REQUEST, NULL}, {"`unless`", REQUEST, NULL}};
  static const edi_place sweep[] = {{"the `when` of a `retain` rule, or of what exempts it", SWEEP, WHY_SWEEP},
                                    {"the `unless` of a `retain` rule, or of what exempts it", SWEEP, WHY_SWEEP}};
  static const edi_place binding[] = {{"the `when` of a `require` rule, or of what exempts it", BINDING, WHY_BINDING},
                                      {"the `unless` of a `require` rule, or of what exempts it", BINDING, WHY_BINDING}};
  switch (strictest(model, rule)) {
    case EDI_EFFECT_RETAIN_AT_MOST:
    case EDI_EFFECT_RETAIN_AT_LEAST:
    case EDI_EFFECT_RETAIN_WHILE: return &sweep[unless];
    case EDI_EFFECT_REQUIRE: return &binding[unless];
    case EDI_EFFECT_NONE:
    case EDI_EFFECT_PERMIT:
    case EDI_EFFECT_FORBID:
    case EDI_EFFECT_MASK:
    case EDI_EFFECT_SHOW_ROWS:
    case EDI_EFFECT_SHOW_GROUPS:
    case EDI_EFFECT_EXEMPT:
    case EDI_EFFECT_DELEGATE: break;
  }
  return &request[unless];
}

unsigned edi_expr_reads_within(const edi_model *model, const edi_expr *expr) {
  unsigned reads = edi_expr_reads(model, expr);
  for (size_t i = 0; i < expr->operand_count; i++) reads |= edi_expr_reads_within(model, expr->operands[i]);
  return reads;
}

static void visit_is_set(void *user, const edi_expr *expr, int sign) {
  edi_checker *checker = user;
  if (expr->kind != EDI_EXPR_IS_SET || sign > 0 || expr->operands[0]->type == EDI_TYPE_NONE) return;
  if (!(edi_expr_reads_within(checker->model, expr) & (EDI_READS_SUBJECT | EDI_READS_CONTEXT | EDI_READS_RESOURCE)))
    return;
  edi_finding *finding = EDI_REPORT(checker, EDI_E0224, expr->span, "opens when it is not there",
                                    "a rule that opens may not ask that something be absent");
  edi_finding_why(finding, "who leaves a claim or an attribute out would be let in for it");
  edi_finding_fix(finding, false, "ask for a value, such as `subject.NAME == ...`, that must be there");
  edi_finding_use(finding, expr);
}

static bool opens(edi_effect effect) {
  return effect == EDI_EFFECT_PERMIT || effect == EDI_EFFECT_DELEGATE || effect == EDI_EFFECT_EXEMPT;
}

static void check_conditions(edi_checker *checker, edi_rule_decl *rule) {
  if (rule->when) edi_check_condition(checker, rule->when, condition_place(checker->model, rule, false));
  if (rule->unless) edi_check_condition(checker, rule->unless, condition_place(checker->model, rule, true));
  if (!opens(rule->effect)) return;
  if (rule->when) edi_polarity_walk(rule->when, 1, visit_is_set, checker);
  if (rule->unless) edi_polarity_walk(rule->unless, -1, visit_is_set, checker);
}

/* ---- effects ---- */

static void resolve_actions(edi_checker *checker, edi_rule_decl *rule) {
  uint32_t *nodes = edi_checker_alloc(checker, rule->actions.count * sizeof *nodes);
  if (!nodes) return;
  for (size_t i = 0; i < rule->actions.count; i++)
    nodes[i] = edi_resolve_node(checker, EDI_BUILTIN_ACTION, rule->actions.items[i]);
  rule->action_nodes = nodes;
}

static void check_period(edi_checker *checker, edi_expr *duration) {
  checker->place = &period;
  edi_type type = edi_check_expr(checker, duration, EDI_TYPE_NONE);
  bool plain = duration->kind == EDI_EXPR_DURATION || duration->kind == EDI_EXPR_ATTR;
  if (type == EDI_TYPE_NONE || (type == EDI_TYPE_DURATION && plain)) return;
  edi_finding *finding = EDI_REPORT(checker, EDI_E0225, duration->span,
                                    type == EDI_TYPE_DURATION ? "a sum" : edi_checker_a_type(checker, type),
                                    "rows are retained for a duration");
  edi_finding_definition(checker, finding, duration);
  edi_finding_fix(finding, false, "24 months, or an attribute of type duration");
}

static void check_after(edi_checker *checker, edi_expr *time) {
  checker->place = &after;
  edi_type type = edi_check_expr(checker, time, EDI_TYPE_NONE);
  if (type == EDI_TYPE_NONE || type == EDI_TYPE_TIMESTAMP || type == EDI_TYPE_DATE) return;
  EDI_REPORT(checker, EDI_E0225, time->span, edi_checker_a_type(checker, type),
             "a retention counts from a timestamp or a date");
}

void edi_check_least(edi_checker *checker, int64_t least, edi_span span) {
  if (least >= 2 && least <= EDI_LIMIT_GROUP) return;
  edi_finding *finding = EDI_REPORT(checker, EDI_E0236, span, "", "a group has at least 2, and at most %d",
                                    EDI_LIMIT_GROUP);
  edi_finding_why(finding, "what is said of a group of one is said of somebody");
}

static void check_group(edi_checker *checker, edi_rule_decl *rule) {
  checker->place = &group;
  (void)edi_check_expr(checker, rule->more->group, EDI_TYPE_NONE);
  edi_check_least(checker, rule->more->least, rule->more->least_span);
}

static edi_rule_more *rule_more(edi_checker *checker, edi_rule_decl *rule) {
  edi_rule_more *more = edi_rule_extend(checker->model->arena, rule);
  checker->failed = checker->failed || !more;
  return more;
}

static void resolve_delegate(edi_checker *checker, edi_rule_decl *rule) {
  edi_rule_more *more = rule_more(checker, rule);
  if (more) more->delegate_node = edi_resolve_node(checker, EDI_BUILTIN_DOMAIN, more->delegate_to);
}

/* ---- exempt ---- */

static bool is_named_before(const edi_rule_decl *rule, size_t i) {
  for (size_t j = 0; j < i; j++)
    if (rule->more->exempt_rules[j] == rule->more->exempt_rules[i]) return true;
  return false;
}

static void check_exempted(edi_checker *checker, const edi_rule_decl *rule, size_t i) {
  const edi_sym_rule *named = &checker->model->rules[rule->more->exempt_rules[i]];
  edi_name name = rule->more->exempts.items[i];
  edi_finding *finding;
  if (named->domain != checker->domain) {
    finding = EDI_REPORT(checker, EDI_E0233, name.span, "federal", "a domain exempts nobody from a federal rule");
    edi_finding_label(finding, named->decl->name.span, "`%.*s`", EDI_STR_ARG(named->decl->qualified));
    edi_finding_why(finding, "what the federation closes, only the federation opens");
  } else if (opens(named->decl->effect)) {
    finding = EDI_REPORT(checker, EDI_E0234, name.span, "opens", "`%.*s` closes nothing that one could be exempt from",
                         EDI_STR_ARG(name.text));
    edi_finding_label(finding, named->decl->effect_span, "its effect");
    edi_finding_note(finding, "forbid, require, mask, show only and retain can be exempted from, and no exempt itself");
  } else if (is_named_before(rule, i)) {
    EDI_REPORT(checker, EDI_E0235, name.span, "again", "`%.*s` is named twice", EDI_STR_ARG(name.text));
  }
}

static void resolve_exempts(edi_checker *checker, edi_rule_decl *rule) {
  if (rule->more->exempts.count > EDI_LIMIT_RULE_EXEMPTS) {
    EDI_REPORT(checker, EDI_E0710, rule->more->exempts.items[0].span, "", "a rule exempts from more than %d others",
               EDI_LIMIT_RULE_EXEMPTS);
    return;
  }
  edi_rule_more *more = rule_more(checker, rule);
  if (!more) return;
  more->exempt_rules = edi_checker_alloc(checker, more->exempts.count * sizeof *more->exempt_rules);
  for (size_t i = 0; more->exempt_rules && i < more->exempts.count; i++) {
    edi_name name = more->exempts.items[i];
    more->exempt_rules[i] = edi_scope_resolve(checker, EDI_SCOPED_RULES, name.text, name.span);
    if (more->exempt_rules[i] != EDI_NONE && !checker->model->rules[more->exempt_rules[i]].broken)
      check_exempted(checker, rule, i);
  }
}

static void check_effect(edi_checker *checker, edi_rule_decl *rule) {
  switch (rule->effect) {
    case EDI_EFFECT_PERMIT:
    case EDI_EFFECT_FORBID: resolve_actions(checker, rule); break;
    case EDI_EFFECT_DELEGATE:
      resolve_actions(checker, rule);
      resolve_delegate(checker, rule);
      break;
    case EDI_EFFECT_EXEMPT: resolve_exempts(checker, rule); break;
    case EDI_EFFECT_SHOW_GROUPS: check_group(checker, rule); break;
    case EDI_EFFECT_MASK: edi_check_masks(checker, rule); break;
    case EDI_EFFECT_SHOW_ROWS: edi_check_condition(checker, rule->more->where, &where); break;
    case EDI_EFFECT_RETAIN_AT_MOST:
    case EDI_EFFECT_RETAIN_AT_LEAST:
      check_period(checker, rule->more->duration);
      check_after(checker, rule->more->after);
      break;
    case EDI_EFFECT_RETAIN_WHILE: edi_check_condition(checker, rule->more->retain_while, &retain_while); break;
    case EDI_EFFECT_REQUIRE: edi_check_condition(checker, rule->more->require, &requirement); break;
    case EDI_EFFECT_NONE: break;
  }
}

/* An argument reads what `when` may. */
static void check_obliges(edi_checker *checker, edi_rule_decl *rule) {
  edi_place place = *condition_place(checker->model, rule, false);
  place.text = "`oblige`";
  if (rule->more->oblige_count > EDI_LIMIT_RULE_OBLIGATIONS) {
    EDI_REPORT(checker, EDI_E0710, rule->more->obliges[0].span, "", "a rule has more than %d obligations",
               EDI_LIMIT_RULE_OBLIGATIONS);
    return;
  }
  for (size_t i = 0; i < rule->more->oblige_count; i++) edi_check_oblige(checker, &rule->more->obliges[i], &place);
}

static void check_dates(edi_checker *checker, const edi_rule_decl *rule) {
  if (!rule->more->has_from || !rule->more->has_until || rule->more->from <= rule->more->until) return;
  edi_finding *finding = EDI_REPORT(checker, EDI_E0216, rule->more->until_span, "ends before it begins",
                                    "rule `%.*s` is never in force", EDI_STR_ARG(rule->name.text));
  edi_finding_label(finding, rule->more->from_span, "begins here");
}

/* ---- targets ---- */

static bool is_target(const edi_expr *expr) {
  switch ((int)expr->kind) {
    case EDI_EXPR_AND:
    case EDI_EXPR_OR:
    case EDI_EXPR_NOT:
      for (size_t i = 0; i < expr->operand_count; i++)
        if (!is_target(expr->operands[i])) return false;
      return true;
    case EDI_EXPR_TAGGED:
    case EDI_EXPR_HOLDING:
    case EDI_EXPR_NAMED:
    case EDI_EXPR_IN_DOMAIN:
    case EDI_EXPR_CLASSIFIED:
    case EDI_EXPR_RESOURCE:
    case EDI_EXPR_NAME: /* of a definition that is broken, and reported */
    case EDI_EXPR_CALL: return true;
    default: return false;
  }
}

static void report_target(edi_checker *checker, const edi_expr *expr) {
  edi_finding *finding = EDI_REPORT(checker, EDI_E0155, expr->span, "not about a target",
                                    "this says nothing of a product, a dataset, a column or a resource");
  edi_finding_definition(checker, finding, expr);
  edi_sym_near near = {{NULL, 0}, EDI_SPAN_NONE};
  if (expr->kind == EDI_EXPR_NAME) near = edi_model_suggest_resource(checker->model, expr->text);
  uint32_t tag = expr->kind == EDI_EXPR_NAME ? edi_model_node(checker->model, EDI_BUILTIN_TAG, expr->text) : EDI_NONE;
  bool table = expr->kind == EDI_EXPR_NAME && tag == EDI_NONE && !near.name.ptr && !memchr(expr->text.ptr, '.', expr->text.len);
  if (table) edi_finding_fix(finding, false, "dataset named \"%.*s\"", EDI_STR_ARG(expr->text));
  else if (tag != EDI_NONE) edi_finding_fix(finding, false, "dataset holding %.*s; of several one is enough in `holding a, b`", EDI_STR_ARG(expr->text));
  else if (near.name.ptr) edi_finding_near(finding, near, "");
  else edi_finding_fix(finding, false, "put conditions into `when` or `unless`");
}

/* The parser lets names pass that may be definitions; false: reported. */
static bool check_names(edi_checker *checker, const edi_expr *expr) {
  bool joins = expr->kind == EDI_EXPR_AND || expr->kind == EDI_EXPR_OR || expr->kind == EDI_EXPR_NOT, good = true;
  for (size_t i = 0; joins && i < expr->operand_count; i++) good = check_names(checker, expr->operands[i]) && good;
  edi_entity entity;
  edi_str attribute;
  if (expr->kind != EDI_EXPR_NAME || edi_expand_is(checker, expr->text)) return good;
  if (edi_resolve_is_resource(checker, expr->text, &entity, &attribute) && attribute.len == 0) return good;
  report_target(checker, expr);
  return false;
}

void edi_check_target(edi_checker *checker, edi_expr *expr, const edi_place *place) {
  size_t errors = checker->errors;
  if (!check_names(checker, expr)) return;
  edi_check_condition(checker, expr, place);
  if (checker->errors == errors && !is_target(expr)) report_target(checker, expr);
}

void edi_check_rule(edi_checker *checker, edi_sym_rule *symbol) {
  edi_rule_decl *rule = symbol->decl;
  check_effect(checker, rule);
  if (rule->target) edi_check_target(checker, rule->target, &target);
  check_conditions(checker, rule);
  check_obliges(checker, rule);
  edi_check_thing(checker, rule);
  check_dates(checker, rule);
}
