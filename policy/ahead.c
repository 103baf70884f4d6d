/* Ahead: see the header. A round is so many pieces of so many rules, which grow as long as the steps of the analysis go
 * far enough: hardly anything is asked in vain, and memory is bounded. */
#include "policy/ahead.h"

#include "base/parallel.h"

enum { RULES_LEAST = 64 }; /* fewer are asked sooner than threads are started */

bool edi_ahead_open(edi_ahead *h, edi_analysis *a, edi_ahead_look *look, unsigned parts, uint32_t each) {
  *h = (edi_ahead){.a = a, .look = look, .parts = parts, .each = each, .threads = edi_parallel_worth(a->model->rules_count, RULES_LEAST)};
  if (h->threads > EDI_AHEAD_PIECES) h->threads = EDI_AHEAD_PIECES;
  if (h->threads > 1) h->pieces = EDI_NEW_ARRAY(a->work, edi_ahead_piece, EDI_AHEAD_PIECES);
  return h->threads == 1 || h->pieces;
}

static void end_round(edi_ahead *h) {
  for (size_t i = 0; h->first < h->end && i < EDI_AHEAD_PIECES; i++) edi_arena_fini(&h->pieces[i].arena);
  h->first = h->end;
}

void edi_ahead_close(edi_ahead *h) { end_round(h); }

/* ---- one piece ---- */

static void begin_piece(const edi_ahead *h, edi_ahead_piece *p) {
  const edi_analysis *a = h->a;
  edi_arena_init(&p->arena, a->work->allocator, a->work->ceiling);
  p->alone = (edi_analysis){.arena = &p->arena, .work = &p->arena, .build = a->build, .model = a->model, .subjects = a->subjects,
                            .domain = a->domain, .has_now = a->has_now, .unused = a->unused, .now = a->now, .budget = a->budget};
  p->adopted = 0;
  p->failed = !edi_solver_init(&p->alone.solver, &p->arena, a->model, EDI_AHEAD_RULES);
  p->alone.solver.prefer_now = a->solver.prefer_now;
}

static void look_at_rule(const edi_ahead *h, edi_ahead_piece *p, size_t worker, uint32_t rule, edi_ahead_answer *answers) {
  edi_analysis *alone = &p->alone;
  for (unsigned part = 0; part < h->parts; part++) {
    uint64_t before = alone->solver.steps;
    alone->left = 0;
    uint32_t found = h->look(h->user, alone, worker, rule, part);
    answers[part] = (edi_ahead_answer){alone->solver.steps - before, alone->left, alone->solver.atom_count, found};
  }
}

static void look_at_piece(void *user, size_t worker, size_t item) {
  const edi_ahead *h = user;
  edi_ahead_piece *p = &h->pieces[item];
  uint32_t first = h->first + (uint32_t)item * h->each;
  begin_piece(h, p);
  for (uint32_t i = 0; i < h->each && first + i < h->end && !p->failed; i++) {
    look_at_rule(h, p, worker, first + i, p->answers[i]);
    p->failed = p->alone.failed || p->alone.solver.failed;
  }
}

/* Twice as many rules as in the round before, or those that what is left of the steps goes for at the same rate. */
static void measure_round(edi_ahead *h) {
  const edi_solver *s = &h->a->solver;
  uint64_t spent = s->steps - h->before, rules = h->end - h->first, left = s->step_limit - s->steps;
  if (left > UINT32_MAX) left = UINT32_MAX;
  uint64_t each = 2 * (uint64_t)h->each, affordable = spent ? left / spent * rules / EDI_AHEAD_PIECES + 1 : each;
  if (rules && affordable < each) each = affordable;
  if (rules) h->each = each < EDI_AHEAD_RULES ? (uint32_t)each : EDI_AHEAD_RULES;
  h->before = s->steps;
}

static void next_round(edi_ahead *h, uint32_t rule) {
  measure_round(h);
  size_t rest = h->a->model->rules_count - rule, most = (size_t)EDI_AHEAD_PIECES * h->each;
  end_round(h);
  h->first = rule;
  h->end = rule + (uint32_t)(rest < most ? rest : most);
  edi_parallel((h->end - h->first + h->each - 1) / h->each, h->threads, look_at_piece, h);
}

/* ---- its answers ---- */

static edi_ahead_piece *piece_of(const edi_ahead *h, uint32_t rule) { return &h->pieces[(rule - h->first) / h->each]; }

const edi_ahead_answer *edi_ahead_at(edi_ahead *h, uint32_t rule, unsigned part) {
  const edi_solver *s = &h->a->solver;
  if (h->threads == 1 || s->steps >= s->step_limit) return NULL;
  if (rule >= h->end) next_round(h, rule);
  const edi_ahead_piece *p = piece_of(h, rule);
  const edi_ahead_answer *answer = &p->answers[(rule - h->first) % h->each][part];
  return p->failed || answer->steps > s->step_limit - s->steps ? NULL : answer;
}

void edi_ahead_take(edi_ahead *h, uint32_t rule, unsigned part) {
  edi_ahead_piece *p = piece_of(h, rule);
  const edi_ahead_answer *answer = &p->answers[(rule - h->first) % h->each][part];
  h->a->solver.steps += answer->steps;
  h->a->left += answer->left;
  for (; p->adopted < answer->atoms; p->adopted++)
    if (!edi_solver_adopt(&h->a->solver, &p->alone.solver.atoms[p->adopted])) return;
}
