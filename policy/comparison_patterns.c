/* Comparison, patterns: what another pattern in the place of one opens.
 *
 * Two conditions that differ in patterns alone are walked side by side. Each pattern is held to the one in its place: by a yes that
 * opens, no more texts may match, by a yes that closes, no fewer. A text that meets a limit of matching is neither matched
 * nor not, so that an old pattern which can meet one might open nothing where the new one does; and where a yes
 * closes as well as opens, as that of a permit with obligations, a new pattern may not meet one either. */
#include "policy/comparison.h"
#include "policy/pattern_places.h"
#include "policy/phrase.h"

typedef struct pair { const edi_part *before, *after; } pair;

static bool same_words(const pair *p, const edi_expr *before, const edi_expr *after) {
  edi_buf words[2];
  for (int i = 0; i < 2; i++) edi_buf_init(&words[i], NULL, 1 << 20);
  edi_phrase_expr(p->before->model, before, &words[0]);
  edi_phrase_expr(p->after->model, after, &words[1]);
  bool same = words[0].failed == EDICT_OK && words[1].failed == EDICT_OK &&
              edi_str_equal((edi_str){words[0].ptr, words[0].len}, (edi_str){words[1].ptr, words[1].len});
  for (int i = 0; i < 2; i++) edi_buf_fini(&words[i]);
  return same;
}

static bool opens_no_more(edi_str before, edi_str after, int opens) {
  if (edi_str_equal(before, after)) return true;
  if (!edi_pattern_is_certain(before) || (opens == 0 && !edi_pattern_is_certain(after))) return false;
  if (opens >= 0 && !edi_pattern_within(after, before)) return false;
  return opens > 0 || edi_pattern_within(before, after);
}

/* `opens`: what a yes of them does. */
static bool walk(const pair *p, const edi_expr *before, const edi_expr *after, int opens) {
  if (before->kind != after->kind || before->operand_count != after->operand_count) return false;
  if (before->kind == EDI_EXPR_MATCHES)
    return same_words(p, before->operands[0], after->operands[0]) && opens_no_more(before->text, after->text, opens);
  bool joins = before->kind == EDI_EXPR_AND || before->kind == EDI_EXPR_OR, turns = before->kind == EDI_EXPR_NOT;
  if (!joins && !turns) return same_words(p, before, after);
  for (uint32_t i = 0; i < before->operand_count; i++)
    if (!walk(p, before->operands[i], after->operands[i], turns ? -opens : opens)) return false;
  return true;
}

bool edi_comparison_tightens(const edi_part *before, const edi_part *after) {
  const pair p = {before, after};
  return before->condition && after->condition && before->opens == after->opens && walk(&p, before->condition, after->condition, before->opens);
}
