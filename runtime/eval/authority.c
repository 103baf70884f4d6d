/* Authority: see the header. Read edi_authority_check last. */
#include "eval/authority.h"

#include "eval/vm.h"

typedef struct guard {
  const edi_linked *federal, *own;
  edi_str domain;
  edict_diagnostics *diagnostics;
  bool refused;
} guard;

static edi_str own_text(const guard *g, edi_ref ref) { return edi_program_string(&g->own->program, ref); }

/* A name as the language writes it: it is shown to people in the midst of a sentence. */
static bool is_word(edi_str name) {
  for (size_t i = 0; i < name.len; i++) {
    char c = name.ptr[i];
    bool known = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
                 c == '_' || c == '-';
    if (!known) return false;
  }
  return true;
}

/* Its first part is the domain: "sales.rules.r". */
static bool is_own(const guard *g, edi_str name) {
  return is_word(name) && name.len > g->domain.len + 1 && edi_str_starts(name, g->domain) &&
         name.ptr[g->domain.len] == '.';
}

static void refuse_name(guard *g, const char *what, edi_str name) {
  edi_diagnostics_add(g->diagnostics, EDI_R0520, EDI_SPAN_NONE, "",
                      "the bundle of domain `%.*s` declares the %s `%.*s`, which is no name of its own",
                      EDI_STR_ARG(g->domain), what, EDI_STR_ARG(name));
  g->refused = true;
}

static void check_names(guard *g) {
  const edi_program *p = &g->own->program;
  for (uint32_t i = 0; i < p->rules_count; i++)
    if (!is_own(g, own_text(g, p->rules[i].name))) refuse_name(g, "rule", own_text(g, p->rules[i].name));
  for (uint32_t i = 0; i < p->tables_count; i++)
    if (!(p->tables[i].flags & EDI_IMPORTED) && !is_own(g, own_text(g, p->tables[i].name)))
      refuse_name(g, "table", own_text(g, p->tables[i].name));
  for (uint32_t i = 0; i < p->obligations_count; i++)
    if (!(p->obligations[i].flags & EDI_IMPORTED) && !is_own(g, own_text(g, p->obligations[i].name)))
      refuse_name(g, "obligation", own_text(g, p->obligations[i].name));
  for (uint32_t i = 0; i < p->params_count; i++)
    if (!is_word(own_text(g, p->params[i].name))) refuse_name(g, "parameter", own_text(g, p->params[i].name));
  for (uint32_t i = 0; i < p->kinds_count; i++)
    if (!(p->kinds[i].flags & EDI_IMPORTED) && !is_word(own_text(g, p->kinds[i].name)))
      refuse_name(g, "taxonomy", own_text(g, p->kinds[i].name));
  for (uint32_t i = 0; i < p->nodes_count; i++)
    if (!(p->nodes[i].flags & EDI_IMPORTED) && !is_word(own_text(g, p->nodes[i].name)))
      refuse_name(g, "node", own_text(g, p->nodes[i].name));
  for (uint32_t i = 0; i < p->attrs_count; i++)
    if (!(p->attrs[i].flags & EDI_IMPORTED) && !is_word(own_text(g, p->attrs[i].name)))
      refuse_name(g, "attribute", own_text(g, p->attrs[i].name));
}

static void check_keys(guard *g) {
  const edi_program *p = &g->own->program;
  for (uint32_t i = 0; i < p->keys_count; i++) {
    edi_str name = own_text(g, p->keys[i].name);
    if (!(p->keys[i].flags & EDI_IMPORTED) && !is_own(g, name)) refuse_name(g, "key", name);
  }
}

/* The bound of a `retain at`, if it is a constant: what only a product's facts decide is not compared. */
static bool constant_duration(const edi_linked *linked, const edi_rule *rule, edi_duration *out) {
  const edi_routine *code = &linked->program.codes[rule->body];
  const edi_instr *first = &linked->program.instrs[code->instrs.first];
  if (code->instrs.count != 2 || first->op != EDI_OP_CONST) return false;
  edi_value v = linked->consts[first->imm];
  *out = v.scale ? (edi_duration){v.as.integer, 0} : (edi_duration){0, v.as.integer};
  return v.base == EDI_TYPE_DURATION;
}

/* Whether what `own` keeps is gone by the time that the federal bound passes. */
static bool within(const guard *g, const edi_rule *own, const edi_rule *bound) {
  edi_duration keeps, most;
  if (own->effect == EDI_EFFECT_RETAIN_WHILE) return false;
  if (!constant_duration(g->own, own, &keeps) || !constant_duration(g->federal, bound, &most)) return false;
  int order = edi_duration_compare(keeps, most);
  return order == -1 || order == 0;
}

static void check_retention(guard *g, const edi_rule *own) {
  const edi_program *federal = &g->federal->program;
  for (uint32_t i = 0; i < federal->rules_count; i++) {
    const edi_rule *bound = &federal->rules[i];
    if (bound->effect != EDI_EFFECT_RETAIN_AT_MOST || (bound->flags & EDI_RULE_SHADOW) || within(g, own, bound)) continue;
    edi_str file = own_text(g, own->file), other = edi_program_string(federal, bound->file);
    edi_diagnostics_add(g->diagnostics, EDI_R0522, EDI_SPAN_NONE, "",
                        "the domain's rule `%.*s` (%.*s:%u) outlasts the federal `%.*s` (%.*s:%u)",
                        EDI_STR_ARG(own_text(g, own->name)), EDI_STR_ARG(file), own->line,
                        EDI_STR_ARG(edi_program_string(federal, bound->name)), EDI_STR_ARG(other), bound->line);
    g->refused = true;
    return;
  }
}

/* ---- contracts ---- */

/* Whether a contract may state the node: a federal one that is abstract names what lies below it, and states nothing. */
static bool may_state(const guard *g, uint32_t node) {
  uint32_t federal = g->own->node_of[node];
  const edi_program *p = &g->federal->program;
  return federal >= p->nodes_count || !(p->nodes[federal].flags & EDI_NODE_ABSTRACT);
}

static void check_stated(guard *g, const edi_contract *c, uint32_t node) {
  if (may_state(g, node)) return;
  edi_diagnostics_add(g->diagnostics, EDI_R0427, EDI_SPAN_NONE, "",
                      "the bundle of domain `%.*s`: the contract of `%.*s` states `%.*s`, which is abstract", EDI_STR_ARG(g->domain),
                      EDI_STR_ARG(own_text(g, c->name)), EDI_STR_ARG(own_text(g, g->own->program.nodes[node].name)));
  g->refused = true;
}

static void check_tags(guard *g, const edi_contract *c, edi_range tags) {
  for (uint32_t i = 0; i < tags.count && !g->refused; i++) check_stated(g, c, g->own->program.lists[tags.first + i]);
}

/* Values of attributes that name nodes, alone or in a set. */
static void check_facts(guard *g, const edi_contract *c, edi_range facts) {
  const edi_program *p = &g->own->program;
  for (uint32_t i = 0; i < facts.count && !g->refused; i++) {
    const edi_const *value = &p->consts[p->facts[facts.first + i].value];
    if (EDI_TYPE_BASE(value->type) != EDI_TYPE_NODE) continue;
    if (!EDI_TYPE_IS_SET(value->type)) check_stated(g, c, (uint32_t)value->value);
    for (uint32_t k = 0; EDI_TYPE_IS_SET(value->type) && k < value->aux && !g->refused; k++)
      check_stated(g, c, (uint32_t)p->consts[p->lists[(uint32_t)value->value + k]].value);
  }
}

static void check_contract(guard *g, const edi_contract *c) {
  const edi_program *p = &g->own->program;
  check_tags(g, c, c->tags);
  check_facts(g, c, c->facts);
  for (uint32_t i = 0; i < c->datasets.count && !g->refused; i++) {
    const edi_dataset *d = &p->datasets[c->datasets.first + i];
    check_tags(g, c, d->tags);
    check_facts(g, c, d->facts);
    for (uint32_t k = 0; k < d->columns.count && !g->refused; k++) check_tags(g, c, p->columns[d->columns.first + k].tags);
  }
}

edict_status edi_authority_check(const edi_linked *federal, const edi_linked *own, edict_diagnostics *diagnostics) {
  const edi_program *p = &own->program;
  guard g = {federal, own, edi_program_string(p, p->settings->domain), diagnostics, false};
  check_names(&g);
  check_keys(&g);
  for (uint32_t i = 0; i < p->rules_count; i++)
    if (!(p->rules[i].flags & EDI_RULE_SHADOW) &&
        (p->rules[i].effect == EDI_EFFECT_RETAIN_AT_LEAST || p->rules[i].effect == EDI_EFFECT_RETAIN_WHILE))
      check_retention(&g, &p->rules[i]);
  for (uint32_t i = 0; i < p->contracts_count && !g.refused; i++) check_contract(&g, &p->contracts[i]);
  return g.refused ? EDICT_FINDINGS : EDICT_OK;
}
