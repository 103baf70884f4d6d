/* Subset: see the header. Exemptions name rules by number, so numbers are mapped along. */
#include "policy/subset.h"

typedef struct subset {
  edi_arena *arena;
  uint32_t *number; /* by old number: the new one, EDI_NONE: left out */
} subset;

/* A copy of the exemption that names what is left; NULL without memory. */
static edi_rule_decl *rewrite(const subset *s, const edi_rule_decl *from) {
  edi_rule_decl *to = EDI_NEW(s->arena, edi_rule_decl);
  edi_rule_more *more = EDI_NEW(s->arena, edi_rule_more);
  edi_name *names = EDI_NEW_ARRAY(s->arena, edi_name, from->more->exempts.count);
  uint32_t *rules = EDI_NEW_ARRAY(s->arena, uint32_t, from->more->exempts.count);
  if (!to || !more || !names || !rules) return NULL;
  *to = *from;
  *more = *from->more;
  more->exempts = (edi_names){names, 0};
  more->exempt_rules = rules;
  to->more = more;
  for (size_t i = 0; i < from->more->exempts.count; i++) {
    uint32_t number = s->number[from->more->exempt_rules[i]];
    if (number == EDI_NONE) continue;
    names[more->exempts.count] = from->more->exempts.items[i];
    rules[more->exempts.count++] = number;
  }
  return to;
}

static bool exempts_from_some(const subset *s, const edi_rule_decl *r) {
  for (size_t i = 0; i < r->more->exempts.count; i++)
    if (s->number[r->more->exempt_rules[i]] != EDI_NONE) return true;
  return false;
}

/* Exemptions name no exemption, so what they name is numbered before they are looked at. */
static size_t number_all(subset *s, const edi_model *m, bool (*keep)(const void *user, const edi_sym_rule *rule), const void *user) {
  bool *kept = EDI_NEW_ARRAY(s->arena, bool, m->rules_count);
  size_t count = 0;
  if (!kept) return SIZE_MAX;
  for (size_t i = 0; i < m->rules_count; i++) {
    kept[i] = keep(user, &m->rules[i]);
    s->number[i] = kept[i] && m->rules[i].decl->effect != EDI_EFFECT_EXEMPT ? 0 : EDI_NONE;
  }
  for (size_t i = 0; i < m->rules_count; i++)
    if (kept[i] && m->rules[i].decl->effect == EDI_EFFECT_EXEMPT && exempts_from_some(s, m->rules[i].decl)) s->number[i] = 0;
  for (size_t i = 0; i < m->rules_count; i++)
    if (s->number[i] != EDI_NONE) s->number[i] = (uint32_t)count++;
  return count;
}

bool edi_subset_rules(edi_arena *arena, edi_model *m, bool (*keep)(const void *user, const edi_sym_rule *rule),
                      const void *user) {
  subset s = {arena, EDI_NEW_ARRAY(arena, uint32_t, m->rules_count)};
  edi_sym_rule *rules = EDI_NEW_ARRAY(arena, edi_sym_rule, m->rules_count);
  size_t count = s.number ? number_all(&s, m, keep, user) : SIZE_MAX;
  if (count == SIZE_MAX || !rules) return false;
  for (size_t i = 0; i < m->rules_count; i++) {
    if (s.number[i] == EDI_NONE) continue;
    edi_sym_rule *to = &rules[s.number[i]];
    *to = m->rules[i];
    if (to->decl->effect == EDI_EFFECT_EXEMPT && !(to->decl = rewrite(&s, to->decl))) return false;
  }
  m->rules = rules;
  m->rules_count = count;
  return true;
}
