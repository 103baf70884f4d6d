/* Verify, index: that every rule is found wherever it may apply.
 *
 * In: codes that hold, and rules, which need not. Branches stand in preorder and end within the one above, so the tree has no
 * cycles and is walked once. Each rule stands in exactly one branch. What a branch needs must be among the
 * guards of every rule that stands in it or below: they are found in the codes anew, so whoever passes over a
 * branch whose guard fails passes over rules that say no. A branch without rules would need what nobody has asked
 * about, so there is none. */
#include "bundle/verifier.h"

typedef struct climb {
  edi_verifier *v;
  edi_guards *finder;                 /* NULL: what rules need is not asked */
  uint8_t *filed;                     /* by rule; NULL: where each rule stands is not asked */
  uint32_t filed_count;
  uint32_t above[EDI_BRANCH_DEPTH + 1]; /* the branches over the one that is looked at, and it */
  uint32_t before[EDI_BRANCH_DEPTH + 1]; /* how many rules were filed when each began */
  edi_guard wanted[EDI_BRANCH_DEPTH + 1]; /* what each needs, and where rules have it */
  edi_guard_place places[EDI_BRANCH_DEPTH + 1];
  uint32_t depth;
} climb;

static const edi_branch *branch_at(const climb *c, uint32_t depth) { return &c->v->p.branches[c->above[depth]]; }

/* ---- what a branch is ---- */

static bool verify_values(climb *c, const edi_branch *b) {
  edi_verifier *v = c->v;
  if (edi_guard_is_between(b->test)) return true; /* bounds are those of a rule, which hold */
  if (b->values.count == 0 && b->values.first != 0) return edi_verifier_fail(v, EDI_R0125, "values", "an empty list begins at 0");
  return edi_verifier_range(v, "values", b->values, v->p.lists_count);
}

static bool verify_first(edi_verifier *v, const edi_branch *b) {
  bool plain = b->test == EDI_GUARD_NONE && b->key == 0 && b->values.first == 0 && b->values.count == 0;
  if (!plain) return edi_verifier_fail(v, EDI_R0148, "test", "the first branch needs something");
  return b->end == v->p.branches_count || edi_verifier_fail(v, EDI_R0126, "end", "the first branch is not over all others");
}

/* Leaves the branches that end here; each led to a rule. */
static bool leave(climb *c, uint32_t at) {
  while (c->depth > 0 && branch_at(c, c->depth - 1)->end <= at) {
    c->depth--;
    edi_verifier_at(c->v, EDI_SECTION_BRANCHES, c->above[c->depth]);
    if (c->filed && c->before[c->depth] == c->filed_count)
      return edi_verifier_fail(c->v, EDI_R0131, "rules", "no rule stands in it or below");
  }
  return true;
}

static bool enter(climb *c, uint32_t at) {
  edi_verifier *v = c->v;
  const edi_branch *b = &v->p.branches[at];
  if (!leave(c, at)) return false;
  edi_verifier_at(v, EDI_SECTION_BRANCHES, at);
  if (at == 0 && !verify_first(v, b)) return false;
  if (at > 0 && b->test == EDI_GUARD_NONE) return edi_verifier_fail(v, EDI_R0134, "test", "only the first branch needs nothing");
  uint32_t end = at == 0 ? v->p.branches_count : branch_at(c, c->depth - 1)->end;
  if (b->end <= at || b->end > end)
    return edi_verifier_fail(v, EDI_R0126, "end", "it does not lie after the branch and within the one above");
  if (c->depth > EDI_BRANCH_DEPTH) return edi_verifier_limit(v, "end", EDI_BRANCH_DEPTH, "branches above");
  c->above[c->depth] = at;
  c->before[c->depth++] = c->filed_count;
  if ((c->finder && !verify_values(c, b)) || !edi_verifier_list(v, "rules", b->rules, 0, v->p.rules_count)) return false;
  if (!c->finder) return true;
  edi_guard *wanted = &c->wanted[c->depth - 1], before = *wanted;
  *wanted = edi_branch_guard(b, v->p.lists);
  if (wanted->test != before.test || wanted->key != before.key) c->places[c->depth - 1].known = false;
  return true;
}

/* ---- what its rules need ---- */

/* Rules may be verified at the same time, so what is read of them here has to be in range, whatever else they are. */
static bool is_readable(const edi_program *p, const edi_rule *rule) {
  return rule->actions.first <= p->lists_count && rule->actions.count <= p->lists_count - rule->actions.first &&
         (rule->target < p->codes_count || rule->target == EDI_NONE) && (rule->condition < p->codes_count || rule->condition == EDI_NONE);
}

static bool file(climb *c, uint32_t rule) {
  if (c->filed[rule]) return edi_verifier_fail(c->v, EDI_R0125, "rules", "rule %u stands in another branch too", (unsigned)rule);
  c->filed[rule] = 1;
  c->filed_count++;
  return true;
}

static bool verify_needs(climb *c, uint32_t rule) {
  edi_verifier *v = c->v;
  edi_rule_guards of;
  if (c->depth == 1) return true;
  if (!is_readable(&v->p, &v->p.rules[rule])) return edi_verifier_fail(v, EDI_R0125, "rules", "rule %u leaves its sections", (unsigned)rule);
  edi_guards_look(c->finder, &v->p.rules[rule], &of);
  if (edi_guards_status(c->finder) != EDICT_OK) return edi_verifier_starved(v);
  for (uint32_t i = 1; i < c->depth; i++) {
    if (!edi_guards_need(c->finder, &of, &c->wanted[i], &c->places[i]))
      return edi_verifier_fail(v, EDI_R0148, "rules", "rule %u may apply without what branch %u needs", (unsigned)rule,
                               (unsigned)c->above[i]);
  }
  return true;
}

static bool verify_rules_of(climb *c, edi_range rules) {
  for (const uint32_t *rule = c->v->p.lists + rules.first, *end = rule + rules.count; rule < end; rule++)
    if ((c->filed && !file(c, *rule)) || (c->finder && !verify_needs(c, *rule))) return false;
  return true;
}

/* ---- the branches ---- */

/* The first rule of a branch that nothing is known of yet; NULL: there is none. */
static const edi_rule *first_rule(const edi_program *p, uint32_t at) {
  if (at >= p->branches_count) return NULL;
  const edi_range rules = p->branches[at].rules;
  uint32_t rule = rules.count && rules.first < p->lists_count ? p->lists[rules.first] : EDI_NONE;
  return rule < p->rules_count ? &p->rules[rule] : NULL;
}

/* Rules and their codes lie elsewhere in memory than in the order of branches: they are asked for before they are needed. */
static void fetch_ahead(const edi_program *p, uint32_t at) {
  enum { RULE = 16, CODE = 8, INSTRS = 4 };
  const edi_rule *rule = first_rule(p, at + RULE), *code = first_rule(p, at + CODE), *instrs = first_rule(p, at + INSTRS);
  if (rule) __builtin_prefetch(&rule->actions), __builtin_prefetch(&rule->condition);
  if (code && code->condition < p->codes_count) __builtin_prefetch(&p->codes[code->condition]);
  if (!instrs || instrs->condition >= p->codes_count) return;
  const edi_range run = p->codes[instrs->condition].instrs;
  if (run.first < p->instrs_count) __builtin_prefetch(&p->instrs[run.first]);
  if (run.first + 8 < p->instrs_count) __builtin_prefetch(&p->instrs[run.first + 8]);
}

/* Those from `from` on, below `end`; what is above them is entered, what ends before them is passed over. The first is always
 * entered, wherever it says that it ends: it has to be over all others. */
static bool verify_branches(climb *c, uint32_t from, uint32_t end) {
  const edi_branch *branches = c->v->p.branches;
  for (uint32_t at = 0; at < end;) {
    if (at > 0 && at < from && branches[at].end > at && branches[at].end <= from) {
      at = branches[at].end;
      continue;
    }
    if (c->finder) fetch_ahead(&c->v->p, at);
    if (!enter(c, at) || (at >= from && !verify_rules_of(c, branches[at].rules))) return false;
    at++;
  }
  return true;
}

static bool begin(edi_verifier *v) {
  edi_verifier_at(v, EDI_SECTION_BRANCHES, 0);
  return (v->p.branches_count > 0) == (v->p.rules_count > 0) ||
         edi_verifier_fail(v, EDI_R0148, "(records)", "there is an index where, and only where, there are rules");
}

static bool end(climb *c) {
  const edi_program *p = &c->v->p;
  if (!leave(c, p->branches_count)) return false;
  if (c->filed_count == p->rules_count) return true;
  edi_verifier_at(c->v, EDI_SECTION_BRANCHES, 0);
  return edi_verifier_fail(c->v, EDI_R0148, "rules", "%u rules stand in no branch", (unsigned)(p->rules_count - c->filed_count));
}

static bool verify_filing(edi_verifier *v, edi_guards *finder) {
  climb c = {.v = v, .finder = finder, .filed = edi_verifier_scratch(v, v->p.rules_count, 1)};
  return c.filed && begin(v) && verify_branches(&c, 0, v->p.branches_count) && end(&c);
}

bool edi_verify_index(edi_verifier *v) {
  edi_guards *finder = edi_guards_create(&v->p, v->likes.of, v->arena);
  return finder ? verify_filing(v, finder) : edi_verifier_starved(v);
}

bool edi_verify_index_part(edi_verifier *v, uint32_t part, edi_guards **finder) {
  if (part == 0) return verify_filing(v, NULL);
  const uint64_t count = v->p.branches_count, shares = EDI_INDEX_PARTS - 1;
  if (!*finder) *finder = edi_guards_create(&v->p, v->likes.of, v->arena);
  if (!*finder) return edi_verifier_starved(v);
  climb c = {.v = v, .finder = *finder};
  return verify_branches(&c, (uint32_t)(count * (part - 1) / shares), (uint32_t)(count * part / shares));
}
