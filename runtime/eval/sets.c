/* Sets: see the header. Sets are small (what a person holds, what a contract lists), so each question
 * is a walk; members are known scalars of one type. */
#include "eval/sets.h"

#include "eval/truth.h"

/* Whether `low` lies at or below `high`, or equals it where there is no below: of a month and 30 days that is unknown. */
static inline edi_truth lies(const edi_vocabulary *vocabulary, edi_value low, edi_value high) {
  if (low.base == EDI_TYPE_NODE) return edi_vocabulary_is(vocabulary, low.as.integer, high.as.integer);
  if (low.base == EDI_TYPE_DURATION) return edi_test_equal(vocabulary, low, high);
  return edi_value_compare(low, high) == 0 ? EDI_YES : EDI_NO;
}

edi_truth edi_set_holds(const edi_vocabulary *vocabulary, edi_value set, edi_value value,
                        edi_set_question question) {
  if (!set.base || !value.base) return EDI_UNKNOWN;
  edi_truth answer = set.scale ? EDI_UNKNOWN : EDI_NO;
  if (edi_base_is_text(set.base)) return edi_members_have(&set, &value) ? EDI_YES : answer;
  for (uint32_t i = 0; i < set.length; i++) {
    edi_value member = set.as.members[i];
    edi_truth t = question == EDI_SET_IN ? lies(vocabulary, value, member) : lies(vocabulary, member, value);
    if (t == EDI_YES) return EDI_YES;
    if (t == EDI_UNKNOWN) answer = EDI_UNKNOWN;
  }
  return answer;
}

edi_truth edi_set_overlaps(const edi_vocabulary *vocabulary, edi_value a, edi_value b) {
  if (!a.base || !b.base) return EDI_UNKNOWN;
  edi_truth answer = a.scale || b.scale ? EDI_UNKNOWN : EDI_NO;
  if (edi_base_is_text(a.base)) return edi_members_share(&a, &b) ? EDI_YES : answer;
  for (uint32_t i = 0; i < a.length; i++)
    for (uint32_t j = 0; j < b.length; j++) {
      edi_truth t = edi_either(lies(vocabulary, a.as.members[i], b.as.members[j]), lies(vocabulary, b.as.members[j], a.as.members[i]));
      if (t == EDI_YES) return EDI_YES;
      if (t == EDI_UNKNOWN) answer = EDI_UNKNOWN; /* no node: one of two is above the other, or neither is */
    }
  return answer;
}

edi_truth edi_set_covers(const edi_vocabulary *vocabulary, edi_value a, edi_value b) {
  if (!a.base || !b.base || b.length == 0) return EDI_UNKNOWN;
  edi_truth answer = b.scale ? EDI_UNKNOWN : EDI_YES;
  for (uint32_t i = 0; i < b.length; i++) {
    edi_truth t = edi_set_holds(vocabulary, a, b.as.members[i], EDI_SET_IN);
    if (t == EDI_NO) return EDI_NO;
    if (t == EDI_UNKNOWN) answer = EDI_UNKNOWN;
  }
  return answer;
}
