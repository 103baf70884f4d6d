/* Analysis of times: rules that end soon or have ended, and those that never do. */
#include "policy/analysis.h"

enum { DAYS_BEFORE = 30 };

static void look_at_end(edi_analysis *a, const edi_rule_decl *r, uint32_t rule) {
  int64_t left = r->more->until - edi_date_of(a->now);
  if (left > DAYS_BEFORE) return;
  char day[32];
  edi_buf text = edi_buf_fixed(day, sizeof day);
  edi_date_format(&text, r->more->until);
  day[text.len] = '\0';
  const char *message = left < 0 ? edi_analysis_text(a, "rule `%.*s` has ended on %s", EDI_STR_ARG(r->name.text), day)
                        : left == 0 ? edi_analysis_text(a, "rule `%.*s` ends today", EDI_STR_ARG(r->name.text))
                                    : edi_analysis_text(a, "rule `%.*s` ends in %lld day%s", EDI_STR_ARG(r->name.text), (long long)left, left == 1 ? "" : "s");
  edi_warning *w = edi_analysis_warn(a, EDI_W0314, r->more->until_span, left < 0 ? "in the past" : "its last day", message);
  if (!w) return;
  w->rule = rule;
  w->why = r->effect == EDI_EFFECT_PERMIT || r->effect == EDI_EFFECT_DELEGATE || r->effect == EDI_EFFECT_EXEMPT ? "from the day after nothing is opened by it"
                                                                                 : "from the day after nothing is closed by it";
}

void edi_analysis_times(edi_analysis *a) {
  for (uint32_t i = 0; i < a->model->rules_count && !a->failed; i++) {
    const edi_rule_decl *r = a->subjects[i].rule;
    if (!edi_analysis_own(a, &a->subjects[i])) continue;
    if (r->more->until_further_notice) {
      edi_warning *w = edi_analysis_warn(a, EDI_N0315, r->more->until_span, "has no end",
                                         edi_analysis_text(a, "rule `%.*s` is in force until further notice", EDI_STR_ARG(r->name.text)));
      if (w) w->rule = i;
    } else if (r->more->has_until && a->has_now) {
      look_at_end(a, r, i);
    }
  }
}
