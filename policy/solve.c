/* Solve: see the header. Goals are taken apart along `and`, `or`, `not` until atoms are left; what cannot
 * be taken apart in one way only is put off and then tried way by way. Each atom that is bound is checked
 * against what else is asked of its terms, so that a branch ends where it contradicts itself. */
#include "policy/solve.h"

#include "policy/checker.h"

typedef struct edi_undo { uint32_t atom; edi_truths was; } edi_undo;

enum { DEPTH_MOST = 4000 };

/* ---- setting up ---- */

static bool never_filled(const edi_model *m, uint32_t attr) {
  if (m->attrs[attr].entity != EDI_ENTITY_SUBJECT || m->attrs[attr].fallback || m->issuers_count == 0) return false;
  if (EDI_TYPE_BASE(m->attrs[attr].type) == EDI_TYPE_SUBJECT || edi_str_equal(m->attrs[attr].name, EDI_STR("issuer"))) return false;
  for (size_t i = 0; i < m->issuers_count; i++) {
    if (m->issuers[i].host && m->issuers[i].claim_count == 0) return false;
    for (size_t c = 0; c < m->issuers[i].claim_count; c++)
      if (m->issuers[i].claims[c].attr == attr) return false;
  }
  return true;
}

uint32_t *edi_solver_buckets(edi_arena *arena, size_t count) {
  uint32_t *out = EDI_NEW_ARRAY(arena, uint32_t, count);
  for (size_t i = 0; out && i < count; i++) out[i] = EDI_NONE;
  return out;
}

static void mark_never_known(edi_solver *s) {
  for (uint32_t i = 0; i < s->model->attrs_count; i++) s->never_known[i] = never_filled(s->model, i);
}

bool edi_solver_init(edi_solver *s, edi_arena *arena, const edi_model *m, size_t rules) {
  size_t buckets = EDI_ATOM_BUCKETS, places = EDI_ATOM_BUCKETS; /* there are more of the first as they fill */
  while (places < EDI_ATOM_PLACES && places < 4 * rules) places *= 2;
  *s = (edi_solver){.model = m, .arena = arena, .bucket_count = buckets, .place_count = places, .step_limit = UINT64_MAX,
                    .tags_column = EDI_NONE, .held_dataset = EDI_NONE, .held_product = EDI_NONE,
                    .name_of_product = EDI_NONE, .domain_of_product = EDI_NONE};
  s->atom_buckets = edi_solver_buckets(arena, buckets);
  s->term_buckets = edi_solver_buckets(arena, buckets);
  s->never_known = EDI_NEW_ARRAY(arena, bool, m->attrs_count);
  s->places = EDI_NEW_ARRAY(arena, edi_atom_place, places);
  if (!s->atom_buckets || !s->term_buckets || !s->never_known || !s->places) return false;
  s->attr_now = edi_model_attr(m, EDI_ENTITY_CONTEXT, EDI_STR("now"));
  s->attr_action = edi_model_attr(m, EDI_ENTITY_CONTEXT, EDI_STR("action"));
  s->attr_purpose = edi_model_attr(m, EDI_ENTITY_CONTEXT, EDI_STR("purpose"));
  s->attr_product = edi_model_attr(m, EDI_ENTITY_PRODUCT, EDI_STR("name"));
  s->attr_domain = edi_model_attr(m, EDI_ENTITY_PRODUCT, EDI_STR("domain"));
  s->attr_dataset = edi_model_attr(m, EDI_ENTITY_DATASET, EDI_STR("name"));
  mark_never_known(s);
  return true;
}

/* ---- binding atoms ---- */

static bool activate(edi_solver *s, uint32_t term, uint32_t atom) {
  if (term == EDI_NONE) return true;
  edi_term *t = &s->terms[term];
  void *items = t->active;
  if (!edi_arena_grow(s->arena, &items, &t->active_capacity, t->active_count, sizeof *t->active)) return false;
  t->active = items;
  t->active[t->active_count++] = atom;
  return true;
}

static void undo_to(edi_solver *s, size_t mark) {
  while (s->trail_count > mark) {
    edi_undo u = s->trail[--s->trail_count];
    edi_atom *a = &s->atoms[u.atom];
    a->now = u.was;
    if (u.was != EDI_TRUTH_ANY) continue;
    for (int i = 0; i < 2; i++)
      if (a->terms[i] != EDI_NONE) s->terms[a->terms[i]].active_count--;
  }
}

static bool possible(const edi_solver *s, uint32_t term) {
  edi_term_value value;
  return term == EDI_NONE || s->terms[term].active_count == 0 || edi_term_possible(s, &s->terms[term], &value);
}

static bool is_of_product(const edi_solver *s, uint32_t term) {
  return term != EDI_NONE && (term == s->name_of_product || term == s->domain_of_product);
}

static bool check_terms(const edi_solver *s, const edi_atom *a) {
  if (!possible(s, a->terms[0]) || !possible(s, a->terms[1])) return false;
  if (is_of_product(s, a->terms[0]) && !edi_solver_names_product(s)) return false;
  if (a->op != EDI_ATOM_TAG || s->terms[a->terms[0]].kind != EDI_TERM_HELD) return true;
  return possible(s, s->tags_column) && possible(s, s->held_dataset);
}

/* What a term is asked at once is tried against each other: many questions cost their square. One question may
 * take that long; all of them may not. */
static void charge(edi_solver *s, const edi_atom *a) {
  size_t asked = 0;
  for (int i = 0; i < 2; i++)
    if (a->terms[i] != EDI_NONE && s->terms[a->terms[i]].active_count > asked) asked = s->terms[a->terms[i]].active_count;
  s->steps += (uint64_t)asked * asked / 256;
}

static bool bind(edi_solver *s, uint32_t number, edi_truths may) {
  edi_atom *a = &s->atoms[number];
  edi_truths now = a->now & may & a->possible;
  if (now == a->now) return true;
  if (now == 0) return false;
  void *trail = s->trail;
  if (!edi_arena_grow(s->arena, &trail, &s->trail_capacity, s->trail_count, sizeof *s->trail)) {
    s->failed = true;
    return false;
  }
  s->trail = trail;
  if (a->now == EDI_TRUTH_ANY)
    for (int i = 0; i < 2; i++)
      if (!activate(s, a->terms[i], number)) {
        if (i == 1 && a->terms[0] != EDI_NONE) s->terms[a->terms[0]].active_count--;
        s->failed = true;
        return false;
      }
  s->trail[s->trail_count++] = (edi_undo){number, a->now};
  a->now = now;
  charge(s, a);
  return check_terms(s, a);
}

/* ---- the search ---- */

typedef struct todo {
  const edi_expr *expr;
  edi_truths may;
  uint8_t request;
  const struct todo *next;
} todo;

static edi_truths turned(edi_truths may) {
  return (edi_truths)((may & EDI_TRUTH_UNKNOWN) | (may & EDI_TRUTH_NO ? EDI_TRUTH_YES : 0) | (may & EDI_TRUTH_YES ? EDI_TRUTH_NO : 0));
}

/* The ways in which `a and b` can have an answer of a set: what a may be, and what b. */
typedef struct way { edi_truths a, b; } way;

enum { N = EDI_TRUTH_NO, Y = EDI_TRUTH_YES, U = EDI_TRUTH_UNKNOWN, ANY = EDI_TRUTH_ANY };
static const struct { way ways[3]; unsigned count; } ways_of_and[8] = {
    [N] = {{{N, ANY}, {Y | U, N}}, 2},
    [Y] = {{{Y, Y}}, 1},
    [U] = {{{U, Y | U}, {Y, U}}, 2},
    [N | U] = {{{N | U, ANY}, {Y, N | U}}, 2},
    [Y | U] = {{{Y | U, Y | U}}, 1},
    [N | Y] = {{{Y, Y}, {N, ANY}, {Y | U, N}}, 3},
};

static edi_solved search(edi_solver *s, const todo *list, const todo *later, unsigned depth);

static edi_solved worse(edi_solved a, edi_solved b) { return a == EDI_SOLVED_LEFT ? a : b; }

static edi_solved try_ways(edi_solver *s, const todo *at, const todo *later, unsigned depth) {
  bool either = at->expr->kind == EDI_EXPR_OR;
  edi_truths may = either ? turned(at->may) : at->may;
  edi_solved all = EDI_SOLVED_NEVER;
  size_t mark = s->trail_count;
  for (unsigned i = 0; i < ways_of_and[may].count && all != EDI_SOLVED_MAYBE; i++) {
    way w = ways_of_and[may].ways[i];
    todo b = {at->expr->operands[1], either ? turned(w.b) : w.b, at->request, NULL};
    todo a = {at->expr->operands[0], either ? turned(w.a) : w.a, at->request, &b};
    edi_solved one = search(s, &a, later, depth + 1);
    if (one == EDI_SOLVED_MAYBE) return one;
    undo_to(s, mark);
    all = worse(all, one);
  }
  return all;
}

/* One of a list of tags. Those of a resource may be unknown: one that may be yes or unknown is enough for both. */
static edi_solved try_operands(edi_solver *s, const todo *at, const todo *later, unsigned depth) {
  edi_solved all = EDI_SOLVED_NEVER;
  size_t mark = s->trail_count;
  edi_truths one_may = edi_expr_is_of_resource(at->expr) ? (edi_truths)(at->may & (EDI_TRUTH_YES | EDI_TRUTH_UNKNOWN)) : EDI_TRUTH_YES;
  for (uint32_t i = 0; i < at->expr->operand_count; i++) {
    uint32_t atom = edi_solver_atom(s, at->expr, i, at->request);
    edi_solved one = EDI_SOLVED_NEVER;
    if (atom == EDI_NONE) return EDI_SOLVED_LEFT;
    if (bind(s, atom, one_may)) one = search(s, NULL, later, depth + 1);
    if (one == EDI_SOLVED_MAYBE) return one;
    undo_to(s, mark);
    all = worse(all, one);
  }
  return all;
}

static bool is_tag_list(const edi_expr *x) { return x->kind == EDI_EXPR_TAGGED || x->kind == EDI_EXPR_HOLDING; }

static bool is_negated(edi_expr_kind kind) {
  return kind == EDI_EXPR_NE || kind == EDI_EXPR_IS_NOT || kind == EDI_EXPR_NOT_IN;
}

/* What has one way only: done at once. */
static bool is_forced(const edi_expr *x, edi_truths may) {
  if (x->kind == EDI_EXPR_AND) return ways_of_and[may].count == 1;
  if (x->kind == EDI_EXPR_OR) return ways_of_and[turned(may)].count == 1;
  return !is_tag_list(x) || x->operand_count == 1 || !(may & EDI_TRUTH_YES);
}

static bool bind_all(edi_solver *s, const todo *at) {
  edi_truths may = is_negated(at->expr->kind) ? turned(at->may) : at->may;
  uint32_t count = is_tag_list(at->expr) ? (uint32_t)at->expr->operand_count : 1;
  /* Of several, some are no where the list is unknown: which ones is left open. */
  if (count > 1 && (may & EDI_TRUTH_UNKNOWN)) may |= EDI_TRUTH_NO;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t atom = edi_solver_atom(s, at->expr, i, at->request);
    if (atom == EDI_NONE || !bind(s, atom, may)) return false;
  }
  return true;
}

/* A long list costs as many steps as it takes to look at it; false where they are not left. */
static bool pay_for(edi_solver *s, const edi_expr *x) {
  size_t members = is_tag_list(x) ? x->operand_count : 0;
  for (size_t i = 0; i < x->operand_count && !is_tag_list(x); i++)
    if (x->operands[i]->kind == EDI_EXPR_LIST) members += x->operands[i]->operand_count / 8;
  s->steps += members;
  if (members > s->budget) s->budget = 0;
  else s->budget -= (uint32_t)members;
  return s->budget > 0;
}

static edi_solved take(edi_solver *s, const todo *at, const todo *later, unsigned depth) {
  const edi_expr *x = at->expr;
  if (at->may == 0) return EDI_SOLVED_NEVER;
  if (!x || x->kind == EDI_EXPR_BOOL) {
    bool fits = (at->may & (!x || x->integer ? EDI_TRUTH_YES : EDI_TRUTH_NO)) != 0;
    return fits ? search(s, at->next, later, depth + 1) : EDI_SOLVED_NEVER;
  }
  if (at->may == EDI_TRUTH_ANY || (is_tag_list(x) && (at->may & (N | Y)) == (N | Y))) return search(s, at->next, later, depth + 1);
  if (x->kind == EDI_EXPR_NOT) {
    todo inner = {x->operands[0], turned(at->may), at->request, at->next};
    return search(s, &inner, later, depth + 1);
  }
  if (!is_forced(x, at->may)) {
    todo put_off = {x, at->may, at->request, later};
    return search(s, at->next, &put_off, depth + 1);
  }
  if (x->kind == EDI_EXPR_AND || x->kind == EDI_EXPR_OR) {
    way w = ways_of_and[x->kind == EDI_EXPR_OR ? turned(at->may) : at->may].ways[0];
    bool either = x->kind == EDI_EXPR_OR;
    todo b = {x->operands[1], either ? turned(w.b) : w.b, at->request, at->next};
    todo a = {x->operands[0], either ? turned(w.a) : w.a, at->request, &b};
    return search(s, &a, later, depth + 1);
  }
  if (!pay_for(s, x)) return EDI_SOLVED_LEFT;
  if (!bind_all(s, at)) return s->failed ? EDI_SOLVED_LEFT : EDI_SOLVED_NEVER;
  return search(s, at->next, later, depth + 1);
}

static edi_solved search(edi_solver *s, const todo *list, const todo *later, unsigned depth) {
  if (s->budget == 0 || depth > DEPTH_MOST || s->failed) return EDI_SOLVED_LEFT;
  s->budget--;
  s->steps++;
  if (list) return take(s, list, later, depth);
  if (!later) return EDI_SOLVED_MAYBE;
  return is_tag_list(later->expr) ? try_operands(s, later, later->next, depth) : try_ways(s, later, later->next, depth);
}

static edi_solved start(edi_solver *s, const edi_goal *goals, size_t count, const todo *list) {
  if (count == 0) return search(s, list, NULL, 0);
  todo first = {goals[count - 1].expr, goals[count - 1].truths, goals[count - 1].request, list};
  return start(s, goals, count - 1, &first);
}

edi_solved edi_solve(edi_solver *s, const edi_goal *goals, size_t count, uint32_t budget) {
  undo_to(s, 0);
  if (s->steps >= s->step_limit || s->failed) return EDI_SOLVED_LEFT;
  s->budget = budget;
  edi_solved solved = start(s, goals, count, NULL);
  if (solved != EDI_SOLVED_MAYBE) undo_to(s, 0);
  return s->failed ? EDI_SOLVED_LEFT : solved;
}

bool edi_solver_value(edi_solver *s, const edi_term *term, edi_term_value *value) {
  s->proposing = true;
  bool bound = term->active_count > 0 && edi_term_possible(s, term, value);
  s->proposing = false;
  return bound;
}
