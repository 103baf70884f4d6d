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

edict_status edi_authority_check(const edi_linked *federal, const edi_linked *own, edict_diagnostics *diagnostics) {
  const edi_program *p = &own->program;
  guard g = {federal, own, edi_program_string(p, p->settings->domain), diagnostics, false};
  check_names(&g);
  check_keys(&g);
  for (uint32_t i = 0; i < p->rules_count; i++)
    if (!(p->rules[i].flags & EDI_RULE_SHADOW) &&
        (p->rules[i].effect == EDI_EFFECT_RETAIN_AT_LEAST || p->rules[i].effect == EDI_EFFECT_RETAIN_WHILE))
      check_retention(&g, &p->rules[i]);
  return g.refused ? EDICT_FINDINGS : EDICT_OK;
}
