/* Rule parts: see the header. What an expression can come out as is read off its operators: tags and names
 * are asked definitely, `is set` is never unknown, a table that is not complete never says no. An outcome
 * that is left out here can never be seen; one that is kept may be impossible for other reasons. */
#include "policy/ruleparts.h"

enum { NO = EDICT_CAN_NO, YES = EDICT_CAN_YES, UNKNOWN = EDICT_CAN_UNKNOWN, ANY = NO | YES | UNKNOWN };

/* ---- what can come out ---- */

static unsigned opposite(unsigned a) {
  return (a & UNKNOWN) | (a & YES ? NO : 0u) | (a & NO ? YES : 0u);
}

/* Kleene's `and` over all pairs; `or` is its opposite. */
static unsigned both(unsigned a, unsigned b) {
  unsigned out = (a & NO) || (b & NO) ? NO : 0u;
  if ((a & YES) && (b & YES)) out |= YES;
  if (((a & UNKNOWN) && (b & (UNKNOWN | YES))) || ((b & UNKNOWN) && (a & YES))) out |= UNKNOWN;
  return out;
}

static unsigned can_be(const edi_model *model, const edi_expr *x) {
  switch ((int)x->kind) {
    case EDI_EXPR_BOOL: return x->integer ? YES : NO;
    case EDI_EXPR_NOT: return opposite(can_be(model, x->operands[0]));
    case EDI_EXPR_AND: return both(can_be(model, x->operands[0]), can_be(model, x->operands[1]));
    case EDI_EXPR_OR:
      return opposite(both(opposite(can_be(model, x->operands[0])), opposite(can_be(model, x->operands[1]))));
    case EDI_EXPR_IS_SET:
    case EDI_EXPR_TAGGED:
    case EDI_EXPR_HOLDING:
    case EDI_EXPR_NAMED:
    case EDI_EXPR_IN_DOMAIN: return NO | YES;
    case EDI_EXPR_IN_TABLE: return model->tables[x->symbol].complete ? ANY : YES | UNKNOWN;
    default: return ANY;
  }
}

/* ---- parts ---- */

typedef struct lister {
  edi_arena *arena;
  const edi_build *build;
  edi_str source; /* of the rule's file */
  const edi_rule_decl *rule;
  edict_rule_part *parts;
  size_t count;
} lister;

static uint32_t line_at(const lister *l, uint32_t at) {
  uint32_t line = l->rule->line;
  for (uint32_t i = l->rule->span.begin; i < at && i < l->source.len; i++) line += l->source.ptr[i] == '\n';
  return line;
}

static void add(lister *l, const char *part, uint32_t number, uint32_t at, unsigned can) {
  l->parts[l->count++] = (edict_rule_part){part, number, line_at(l, at), can};
}

/* Of a rule in shadow no row asks anything, and no column. */
static unsigned add_condition(lister *l, const char *part, const edi_expr *x, bool asked) {
  if (!x) return YES;
  unsigned can = asked ? can_be(l->build->model, x) : 0;
  add(l, part, 0, x->span.begin, can);
  return can;
}

static void add_cases(lister *l) {
  uint32_t number = 1;
  for (size_t m = 0; m < l->rule->mask_count; m++)
    for (size_t c = 0; c < l->rule->masks[m].case_count; c++) {
      const edi_mask_case *one = &l->rule->masks[m].cases[c];
      unsigned can = one->condition ? can_be(l->build->model, one->condition) : YES;
      add(l, "case", number++, one->span.begin, l->rule->shadow ? 0 : can);
    }
}

static size_t most_parts(const edi_rule_decl *rule) {
  size_t count = 8; /* applies, on, when, unless, and of the body one */
  for (size_t m = 0; m < rule->mask_count; m++) count += rule->masks[m].case_count;
  return count;
}

/* What must be seen of the rule as a whole: that it applies, certainly if that can be. */
static unsigned applies(unsigned can) { return can & YES ? YES : can & UNKNOWN; }

static bool list_parts(lister *l) {
  const edi_rule_decl *r = l->rule;
  l->parts = EDI_NEW_ARRAY(l->arena, edict_rule_part, most_parts(r));
  if (!l->parts) return false;
  add(l, "applies", 0, r->span.begin, ANY);
  unsigned can = add_condition(l, "on", r->target, true);
  can = both(can, add_condition(l, "when", r->when, true));
  if (r->unless) can = both(can, opposite(add_condition(l, "unless", r->unless, true)));
  if (r->require) can = both(can, opposite(add_condition(l, "require", r->require, true)));
  add_condition(l, "where", r->where, !r->shadow);
  add_condition(l, "while", r->retain_while, !r->shadow);
  if (r->after) add(l, "after", 0, r->after->span.begin, r->shadow ? 0 : ANY);
  add_cases(l);
  l->parts[0].can = applies(can);
  return true;
}

static edi_str source_of(const edi_build *build, edi_str path) {
  for (size_t i = 0; i < build->project->rule_count; i++)
    if (edi_str_equal(build->project->rules[i].path, path)) return build->project->rules[i].text;
  return (edi_str){0};
}

static const char *terminated(edi_arena *arena, edi_str s) { return edi_arena_copy(arena, s.ptr, s.len); }

edict_status edi_ruleparts(edi_arena *arena, const edi_build *build, edict_rule_info **rules, size_t *count) {
  const edi_model *model = build->model;
  bool domain = build->project->layer == EDI_BUNDLE_DOMAIN;
  *count = 0;
  *rules = EDI_NEW_ARRAY(arena, edict_rule_info, model->rules_count);
  for (size_t i = 0; *rules && i < model->rules_count; i++) {
    const edi_sym_rule *s = &model->rules[i];
    lister l = {.arena = arena, .build = build, .rule = s->decl};
    if (s->domain != domain) continue;
    l.source = source_of(build, s->file->path);
    edict_rule_info *info = &(*rules)[*count];
    *info = (edict_rule_info){.name = terminated(arena, s->decl->qualified),
                              .file = terminated(arena, s->file->path),
                              .line = s->decl->line};
    if (!info->name || !info->file || !list_parts(&l)) return edi_arena_status(arena);
    info->parts = l.parts;
    info->part_count = l.count;
    ++*count;
  }
  return *rules ? EDICT_OK : edi_arena_status(arena);
}
