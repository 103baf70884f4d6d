/* Rule parts: see the header. What an expression can come out as is read off its operators: tags and names
 * are asked definitely, `is set` is never unknown, a table that is not complete never says no. An outcome
 * that is left out here can never be seen; one that is kept may be impossible for other reasons. Comparisons are
 * numbered as edi_trace_leaves meets them in the code, which is the order in which they are written. */
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
  bool failed;
} lister;

static uint32_t line_at(const lister *l, uint32_t at) {
  uint32_t line = l->rule->line;
  for (uint32_t i = l->rule->span.begin; i < at && i < l->source.len; i++) line += l->source.ptr[i] == '\n';
  return line;
}

static void add(lister *l, const char *part, uint32_t number, uint32_t at, unsigned can) {
  l->parts[l->count++] = (edict_rule_part){part, number, line_at(l, at), can, 0, 0, ""};
}

/* ---- comparisons ---- */

static bool is_join(const edi_expr *x) { return x->kind == EDI_EXPR_AND || x->kind == EDI_EXPR_OR || x->kind == EDI_EXPR_NOT; }

/* `x not in TABLE`, which the checker makes a NOT around what was written. */
static bool is_not_in(const edi_expr *x) {
  if (x->kind != EDI_EXPR_NOT) return false;
  const edi_span inner = x->operands[0]->span;
  return inner.source == x->span.source && inner.begin == x->span.begin && inner.end == x->span.end;
}

/* A list of tags of a resource is one question for each. */
static uint32_t questions(const edi_expr *x) {
  return x->kind == EDI_EXPR_TAGGED && x->entity >= EDI_ENTITY_RESOURCE ? (uint32_t)x->operand_count : 1;
}

static uint32_t count_leaves(const edi_expr *x) {
  if (!is_join(x)) return questions(x);
  return count_leaves(x->operands[0]) + (x->kind == EDI_EXPR_NOT ? 0 : count_leaves(x->operands[1]));
}

/* The text of one of the project's own files; a parent's may have the path of one. */
static edi_str source_of(const edi_build *build, const edi_file_ast *file) {
  bool federal = edi_str_equal(file->module.text, EDI_STR("federal")) || edi_str_starts(file->module.text, EDI_STR("federal."));
  if (federal == (build->project->layer == EDI_BUNDLE_DOMAIN)) return (edi_str){0};
  for (size_t i = 0; i < build->project->rule_count; i++)
    if (edi_str_equal(build->project->rules[i].path, file->path)) return build->project->rules[i].text;
  return (edi_str){0};
}

static edi_str text_of(const edi_build *build, edi_span span) {
  edi_str text = {0};
  for (size_t i = 0; i < build->model->file_count; i++)
    if (build->model->files[i]->source == span.source) text = source_of(build, build->model->files[i]);
  return span.begin <= span.end && span.end <= text.len ? (edi_str){text.ptr + span.begin, span.end - span.begin} : (edi_str){0};
}

/* As it is written, with single blanks and without comments. */
static const char *one_line(const lister *l, edi_span span) {
  edi_str from = text_of(l->build, span);
  char *out = edi_arena_alloc(l->arena, from.len + 1);
  size_t n = 0;
  bool quoted = false;
  for (size_t i = 0; out && i < from.len; i++) {
    char c = from.ptr[i];
    if (c == '"' && (i == 0 || from.ptr[i - 1] != '\\')) quoted = !quoted;
    while (!quoted && c == '#' && i + 1 < from.len && from.ptr[i] != '\n') i++;
    bool blank = c == '\n' || c == ' ' || c == '\t' || c == '\r' || (!quoted && c == '#');
    if (!blank || quoted) out[n++] = c;
    else if (n > 0 && out[n - 1] != ' ') out[n++] = ' ';
  }
  if (out) out[n] = '\0';
  return out;
}

static void add_leaf(lister *l, const char *part, uint32_t number, const edi_expr *x, bool negated, unsigned can, uint32_t *leaf) {
  edi_span use = edi_expr_more_of(x)->use, at = use.source != EDI_SOURCE_NONE ? use : x->span;
  for (uint32_t i = 0; i < questions(x); i++) {
    edi_span said = questions(x) > 1 ? x->operands[i]->span : x->span;
    const char *text = one_line(l, said);
    if (text && !*text) text = one_line(l, at); /* a definition of the federation, in a domain */
    l->failed = l->failed || !text;
    l->parts[l->count++] = (edict_rule_part){part, number, line_at(l, at.begin), can, ++*leaf, negated, text ? text : ""};
  }
}

static void add_leaves(lister *l, const char *part, uint32_t number, const edi_expr *x, bool asked, uint32_t *leaf) {
  bool one = !is_join(x) || is_not_in(x);
  if (!one) {
    for (size_t i = 0; i < x->operand_count; i++) add_leaves(l, part, number, x->operands[i], asked, leaf);
    return;
  }
  bool negated = x->kind == EDI_EXPR_NE || x->kind == EDI_EXPR_IS_NOT || x->kind == EDI_EXPR_NOT_IN || x->kind == EDI_EXPR_NOT;
  add_leaf(l, part, number, x->kind == EDI_EXPR_NOT ? x->operands[0] : x, negated, asked ? can_be(l->build->model, x) : 0, leaf);
}

/* Of several comparisons each is a condition of its own; a single one is its part. */
static void add_comparisons(lister *l, const char *part, uint32_t number, const edi_expr *x, bool asked) {
  uint32_t leaf = 0;
  if (x && count_leaves(x) > 1) add_leaves(l, part, number, x, asked, &leaf);
}

/* Of a rule in shadow no row asks anything, and no column. */
static unsigned add_condition(lister *l, const char *part, const edi_expr *x, bool asked) {
  if (!x) return YES;
  unsigned can = asked ? can_be(l->build->model, x) : 0;
  add(l, part, 0, x->span.begin, can);
  add_comparisons(l, part, 0, x, asked);
  return can;
}

static void add_cases(lister *l) {
  uint32_t number = 1;
  for (size_t m = 0; m < l->rule->mask_count; m++)
    for (size_t c = 0; c < l->rule->masks[m].case_count; c++) {
      const edi_mask_case *one = &l->rule->masks[m].cases[c];
      unsigned can = one->condition ? can_be(l->build->model, one->condition) : YES;
      add(l, "case", number, one->span.begin, l->rule->shadow ? 0 : can);
      add_comparisons(l, "case", number++, one->condition, !l->rule->shadow);
    }
}

static size_t leaves_of(const edi_expr *x) { return x ? count_leaves(x) : 0; }

static size_t most_parts(const edi_rule_decl *rule) {
  size_t count = 8; /* applies, on, when, unless, and of the body one */
  for (size_t m = 0; m < rule->mask_count; m++) {
    count += rule->masks[m].case_count;
    for (size_t c = 0; c < rule->masks[m].case_count; c++) count += leaves_of(rule->masks[m].cases[c].condition);
  }
  return count + leaves_of(rule->target) + leaves_of(rule->when) + leaves_of(rule->unless) + leaves_of(rule->more->require) +
         leaves_of(rule->more->where) + leaves_of(rule->more->retain_while);
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
  if (r->more->require) can = both(can, opposite(add_condition(l, "require", r->more->require, true)));
  add_condition(l, "where", r->more->where, !r->shadow);
  add_condition(l, "while", r->more->retain_while, !r->shadow);
  if (r->more->after) add(l, "after", 0, r->more->after->span.begin, r->shadow ? 0 : ANY);
  add_cases(l);
  l->parts[0].can = applies(can);
  return !l->failed;
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
    l.source = source_of(build, s->file);
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
