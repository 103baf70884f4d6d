/* Solve, patterns: what matching says of a text that rules name, by the engine that decides, limits included. */
#include "base/pattern.h"
#include "policy/solve.h"

static edi_truths ask_engine(edi_str source, edi_str text) {
  static const edi_truths answers[] = {[EDI_PATTERN_NO] = EDI_TRUTH_NO, [EDI_PATTERN_YES] = EDI_TRUTH_YES, [EDI_PATTERN_UNKNOWN] = EDI_TRUTH_UNKNOWN};
  edi_pattern *pattern;
  edi_pattern_scratch *scratch;
  edi_truths answer = EDI_TRUTH_ANY;
  const char *why;
  size_t at;
  if (edi_pattern_compile(source, EDI_PATTERN_CONDITION, &pattern, &why, &at) != EDICT_OK) return answer;
  if (edi_pattern_scratch_create(&scratch) == EDICT_OK) {
    answer = answers[edi_pattern_match(pattern, scratch, text)];
    edi_pattern_scratch_destroy(scratch);
  }
  edi_pattern_destroy(pattern);
  return answer;
}

static uint64_t mix(uint64_t h, uint64_t more) { return (h ^ more) * UINT64_C(0x9E3779B97F4A7C15) + (h >> 29); }

/* Patterns stay where they are while the solver is there; texts need not. */
edi_truths edi_solver_match(const edi_solver *s, edi_str source, edi_str text) {
  uint64_t h = mix((uint64_t)(uintptr_t)source.ptr, text.len);
  for (size_t i = 0; i < text.len; i++) h = mix(h, (unsigned char)text.ptr[i]);
  edi_matched *m = &s->matched[(h >> 32) % EDI_MATCHED_PLACES];
  if (m->pattern != source.ptr || m->hash != h) *m = (edi_matched){source.ptr, h, ask_engine(source, text)};
  return m->answer;
}
