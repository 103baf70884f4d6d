/* Index: of any few branches and rules, each rule is met once by whoever walks, whatever fails on the way, unless it needs
 * what failed. What two guards are is not looked at: a test and a key tell whether they are one. */
#include "model.h"

#include "no_findings.h"
#include "runtime/bundle/verify_tools.c"

#include "runtime/bundle/verify_index.c"

enum { BRANCHES = 3, RULES = 2, ITEMS = 3, NEEDS = 2, TESTS = 3, KEYS = 2 };

edi_str edi_program_string(const edi_program *p, edi_ref ref) { return (edi_str){p->strings + ref.off, ref.len}; }
bool edi_str_starts(edi_str s, edi_str prefix) {
  (void)s, (void)prefix;
  return any_bool();
}

static edi_rule rules[RULES];
static edi_guard needed[RULES][NEEDS];
static uint32_t needed_count[RULES], code_count, item_count;

edi_guards *edi_guards_create(const edi_program *program, const uint32_t *likes, edi_arena *arena) {
  static char finder;
  (void)program, (void)likes, (void)arena;
  return (edi_guards *)(void *)&finder;
}
edict_status edi_guards_status(const edi_guards *g) {
  (void)g;
  return EDICT_OK;
}
/* Rules may not be verified yet: what is read of them has to be in range. */
void edi_guards_look(edi_guards *g, const edi_rule *rule, edi_rule_guards *of) {
  (void)g;
  check(rule->target == EDI_NONE || rule->target < code_count, "the target of a rule that is looked at is a code");
  check(rule->condition == EDI_NONE || rule->condition < code_count, "so is its condition");
  check((uint64_t)rule->actions.first + rule->actions.count <= item_count, "its actions lie within their section");
  of->rule = rule;
}
bool edi_guards_need(const edi_guards *g, const edi_rule_guards *of, const edi_guard *wanted, edi_guard_place *place) {
  uint32_t which = (uint32_t)(of->rule - rules);
  (void)g, (void)place;
  for (uint32_t i = 0; i < needed_count[which]; i++)
    if (needed[which][i].test == wanted->test && needed[which][i].key == wanted->key) return true;
  return false;
}
bool edi_guard_same(const edi_guard *a, const edi_guard *b) { return a->test == b->test && a->key == b->key; }
edi_guard edi_branch_guard(const edi_branch *b, const uint32_t *lists) {
  (void)lists;
  return (edi_guard){.test = b->test, .key = b->key};
}

static edi_branch branches[BRANCHES];
static uint32_t lists[ITEMS], ascending[ITEMS];
static bool fails[TESTS][KEYS];

static void any_index(edi_verifier *v) {
  uint32_t items = (uint32_t)any_size(ITEMS);
  for (uint32_t i = 0; i < BRANCHES; i++)
    branches[i] = (edi_branch){any_u32(), any_u32(), {any_u32(), any_u32()}, {any_u32(), any_u32()}, any_u32()};
  for (uint32_t i = 0; i < ITEMS; i++) lists[i] = any_u32();
  for (uint32_t i = items; i > 0; i--) ascending[i - 1] = i < items && lists[i - 1] < lists[i] ? ascending[i] : i;
  for (uint32_t r = 0; r < RULES; r++) {
    needed_count[r] = (uint32_t)any_size(NEEDS);
    rules[r].target = any_u32(), rules[r].condition = any_u32(), rules[r].actions = (edi_range){any_u32(), any_u32()};
    for (uint32_t i = 0; i < NEEDS; i++) {
      needed[r][i] = (edi_guard){.test = 1 + (uint32_t)any_size(TESTS - 2), .key = (uint32_t)any_size(KEYS - 1)};
    }
  }
  v->p.branches = branches, v->p.rules = rules, v->p.lists = lists;
  v->ascending = ascending;
  v->p.branches_count = (uint32_t)any_size(BRANCHES);
  v->p.rules_count = (uint32_t)any_size(RULES);
  v->p.lists_count = item_count = items;
  v->p.codes_count = code_count = (uint32_t)any_size(ITEMS);
}

/* As the evaluator walks: a branch that fails is passed over with all below it. */
static void walk(const edi_verifier *v, uint32_t *met) {
  uint32_t at = 0;
  for (uint32_t step = 0; step < BRANCHES && at < v->p.branches_count; step++) {
    const edi_branch *b = &branches[at];
    check(b->end > at && b->end <= v->p.branches_count, "a branch ends after it began, and where there are branches");
    bool passed = at > 0 && fails[b->test][b->key];
    for (uint32_t i = 0; !passed && i < b->rules.count; i++) {
      check(b->rules.first + i < v->p.lists_count && lists[b->rules.first + i] < v->p.rules_count, "a rule that stands there is one that there is");
      met[lists[b->rules.first + i]]++;
    }
    at = passed ? b->end : at + 1;
  }
  check(at >= v->p.branches_count, "the walk ends after no more steps than there are branches");
}

void prove_reach(void) {
  edi_verifier v = {.status = EDICT_DEFECT};
  uint32_t met[RULES] = {0};
  any_index(&v);
  for (int t = 0; t < TESTS; t++)
    for (int k = 0; k < KEYS; k++) fails[t][k] = any_bool();
  if (!edi_verify_index(&v)) return;
  for (uint32_t i = 1; i < v.p.branches_count; i++)
    check(branches[i].test > EDI_GUARD_NONE && branches[i].test < TESTS && branches[i].key < KEYS, "what a branch needs is what a rule needs");
  walk(&v, met);
  for (uint32_t r = 0; r < v.p.rules_count; r++) {
    bool out = false;
    for (uint32_t i = 0; i < needed_count[r]; i++) out |= fails[needed[r][i].test][needed[r][i].key];
    check(met[r] <= 1, "no rule is met twice");
    check(met[r] == 1 || out, "a rule that is passed over needs what failed");
  }
}
