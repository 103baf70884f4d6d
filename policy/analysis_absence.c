/* Analysis of absence: what is closed and opens for whoever leaves something out.
 *
 * An opener may not ask that a claim, an attribute of the context or of a resource be absent (E0224). In a
 * closer the same door is an `unless` that absence makes true, and in a mask a case that shows more by it
 * than one that follows. `when x is set` says for whom a rule closes, and is left alone. */
#include "policy/analysis.h"

#include "policy/checker.h"

typedef struct looking {
  edi_analysis *a;
  const edi_subject *subject;
  const edi_mask_line *line; /* of a case; NULL: the rule's `unless` */
  const edi_mask_case *own;
} looking;

static const edi_expr *asked(const looking *l) { return l->own ? l->own->condition : l->subject->rule->unless; }

/* A request that leaves it out and that the rule, or what stands before the case, does not reach. */
static bool want_absence(const looking *l, const edi_expr *set, edi_permit_goals *g) {
  edi_analysis *a = l->a;
  edi_permit_begin(g, a, 1);
  edi_permit_want(g, set, EDI_TRUTH_NO, 0);
  if (l->own) return edi_mask_want(g, l->subject, l->line, l->own);
  edi_permit_want(g, edi_analysis_reach(a, l->subject), EDI_TRUTH_YES, 0);
  edi_permit_want(g, l->subject->rule->unless, EDI_TRUTH_YES, 0);
  return l->subject->rule->mask_count == 0 || edi_mask_want_column(g, &l->subject->rule->masks[0]);
}

static void show_absence(const looking *l, const edi_expr *set, edi_warning *w) {
  edi_analysis *a = l->a;
  const edi_rule_decl *r = l->subject->rule;
  edi_permit_goals g;
  if (r->shadow || !edi_analysis_may_witness(a) || !want_absence(l, set, &g) || !edi_permit_solve(&g)) return;
  edi_witness *shown = edi_witness_make(a, w, 0, r);
  if (!shown) return;
  edi_witness_expect(a, shown, (edict_expectation){.kind = EDICT_EXPECT_PERMIT});
  if (r->mask_count && edi_witness_column(a, shown)) edi_mask_expect(a, shown, l->own ? &l->own->with : NULL, l->own ? NULL : "keep");
  w->shows = l->own ? "a request that leaves it out, and what it sees" : "a request that leaves it out, and is let through";
}

static void warn_absence(const looking *l, const edi_expr *set) {
  edi_analysis *a = l->a;
  edi_str name = l->subject->rule->name.text;
  const char *message = l->own ? edi_analysis_text(a, "a mask of rule `%.*s` shows more where something is absent", EDI_STR_ARG(name))
                               : edi_analysis_text(a, "rule `%.*s` does not close where something is absent", EDI_STR_ARG(name));
  edi_warning *w = edi_analysis_warn(a, EDI_W0345, set->span, "no for whoever leaves it out", message);
  if (!w) return;
  w->stands = true;
  w->why = "who leaves a claim or an attribute out is let through by it";
  w->fix = l->own ? "show more by a value that must be there: if subject.NAME == ..." : "open by a value that must be there: unless subject.NAME == ...";
  show_absence(l, set, w);
}

static void look_at_set(void *user, const edi_expr *x, int sign) {
  const looking *l = user;
  if (x->kind != EDI_EXPR_IS_SET || sign > 0) return;
  if (!(edi_expr_reads_within(l->a->model, x) & (EDI_READS_SUBJECT | EDI_READS_CONTEXT | EDI_READS_RESOURCE))) return;
  edi_goal goals[] = {{asked(l), EDI_TRUTH_YES, 0}, {x, EDI_TRUTH_NO, 0}};
  if (edi_analysis_ask(l->a, goals, 2) != EDI_SOLVED_NEVER) warn_absence(l, x);
}

/* Of two cases, whether the first shows what the other, which comes later, would not. */
static bool shows_more(const edi_mask_case *first, const edi_mask_case *later) {
  return edi_mask_shows(first->with.id) && (!edi_mask_shows(later->with.id) ||
         (first->with.id == EDI_TRANSFORM_RAW && later->with.id != EDI_TRANSFORM_RAW));
}

static void look_at_line(looking l, const edi_mask_line *line) {
  l.line = line;
  for (size_t i = 0; i < line->case_count; i++) {
    bool more = false;
    l.own = &line->cases[i];
    for (size_t k = i + 1; k < line->case_count; k++) more = more || shows_more(l.own, &line->cases[k]);
    if (more && l.own->condition) edi_polarity_walk(l.own->condition, 1, look_at_set, &l);
  }
}

void edi_analysis_absence(edi_analysis *a) {
  for (size_t i = 0; i < a->model->rules_count && !a->failed; i++) {
    looking l = {.a = a, .subject = &a->subjects[i]};
    const edi_rule_decl *r = l.subject->rule;
    bool opens = r->effect == EDI_EFFECT_PERMIT || r->effect == EDI_EFFECT_DELEGATE || r->effect == EDI_EFFECT_EXEMPT;
    if (opens || l.subject->never || !edi_analysis_own(a, l.subject)) continue;
    if (r->unless) edi_polarity_walk(r->unless, 1, look_at_set, &l);
    for (size_t m = 0; m < r->mask_count; m++) look_at_line(l, &r->masks[m]);
  }
}
