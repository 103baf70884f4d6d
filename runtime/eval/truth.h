/* Truth: Kleene's connectives, and the tests that answer yes, no or unknown about two values.
 *
 * In: operands whose types the verifier proved to fit. The VM, and what of a rule is left when a resource is known,
 * run the same tests, so they are inline and written once. */
#ifndef EDI_TRUTH_H
#define EDI_TRUTH_H

#include "bundle/opcode.h"
#include "eval/fused.h"
#include "eval/sets.h"

static inline edi_truth edi_both(edi_truth a, edi_truth b) {
  if (a == EDI_NO || b == EDI_NO) return EDI_NO;
  return a == EDI_YES && b == EDI_YES ? EDI_YES : EDI_UNKNOWN;
}

static inline edi_truth edi_either(edi_truth a, edi_truth b) {
  if (a == EDI_YES || b == EDI_YES) return EDI_YES;
  return a == EDI_NO && b == EDI_NO ? EDI_NO : EDI_UNKNOWN;
}

static inline edi_truth edi_opposite(edi_truth a) {
  return a == EDI_UNKNOWN ? EDI_UNKNOWN : a == EDI_YES ? EDI_NO : EDI_YES;
}

static inline edi_duration edi_duration_of(edi_value v) {
  return v.scale ? (edi_duration){v.as.integer, 0} : (edi_duration){0, v.as.integer};
}

static inline edi_decimal edi_decimal_of(edi_value v) { return (edi_decimal){v.as.integer, v.scale}; }

/* -1, 0, 1 or 2 for unknown; both known and of one base type. */
static inline int edi_test_compare(edi_value a, edi_value b) {
  if (a.base == EDI_TYPE_DECIMAL) return edi_decimal_compare(edi_decimal_of(a), edi_decimal_of(b));
  if (a.base == EDI_TYPE_DURATION) return edi_duration_compare(edi_duration_of(a), edi_duration_of(b));
  return a.as.integer < b.as.integer ? -1 : a.as.integer > b.as.integer;
}

/* Of two nodes, one of which lies above the other, it is open whether they are the same. */
static inline edi_truth edi_test_equal_nodes(const edi_vocabulary *v, int64_t a, int64_t b) {
  if (a == b) return EDI_YES;
  return edi_vocabulary_below(v, a, b) || edi_vocabulary_below(v, b, a) ? EDI_UNKNOWN : EDI_NO;
}

static inline edi_truth edi_test_equal(const edi_vocabulary *v, edi_value a, edi_value b) {
  if (!a.base || !b.base) return EDI_UNKNOWN;
  if (a.base == EDI_TYPE_NODE) return edi_test_equal_nodes(v, a.as.integer, b.as.integer);
  if (edi_base_is_text(a.base)) return edi_value_same_text(a, b) ? EDI_YES : EDI_NO;
  if (a.base == EDI_TYPE_DURATION) {
    int order = edi_test_compare(a, b);
    return order == 2 ? EDI_UNKNOWN : order == 0 ? EDI_YES : EDI_NO;
  }
  return edi_value_compare(a, b) == 0 ? EDI_YES : EDI_NO;
}

static inline edi_truth edi_test_less(edi_value a, edi_value b, bool or_equal) {
  if (!a.base || !b.base) return EDI_UNKNOWN;
  if (a.base == EDI_TYPE_DURATION) {
    int before = edi_duration_less(edi_duration_of(a), edi_duration_of(b), or_equal);
    return before == 2 ? EDI_UNKNOWN : before ? EDI_YES : EDI_NO;
  }
  int order = edi_test_compare(a, b);
  return order < 0 || (or_equal && order == 0) ? EDI_YES : EDI_NO;
}

/* A set of texts that are known, and a text, or another set. */
static inline edi_truth edi_test_has_text(const edi_value *set, const edi_value *text) {
  return edi_members_have(set, text) ? EDI_YES : set->scale ? EDI_UNKNOWN : EDI_NO;
}
static inline edi_truth edi_test_share_text(const edi_value *a, const edi_value *b) {
  return edi_members_share(a, b) ? EDI_YES : a->scale || b->scale ? EDI_UNKNOWN : EDI_NO;
}

/* The same of an operand that may be unknown, and one that is known. What no index tells is asked apart, and which of the
 * two is the set is no jump. */
__attribute__((noinline, unused)) static edi_truth edi_test_open_without_mark(const edi_value *open, const edi_value *set, const edi_value *text) {
  return open->base ? edi_test_has_text(set, text) : EDI_UNKNOWN;
}
static inline edi_truth edi_test_open_has_text(const edi_value *open, const edi_value *fixed, bool open_has) {
  const edi_value *set = open_has ? open : fixed, *text = open_has ? fixed : open;
  return set->mark && text->mark ? edi_test_has_text(set, text) : edi_test_open_without_mark(open, set, text);
}
static inline edi_truth edi_test_open_shares_text(const edi_value *open, const edi_value *fixed) {
  return open->base ? edi_test_share_text(open, fixed) : EDI_UNKNOWN;
}

/* Tests of two known operands of one type that the fuser told apart. */
static inline edi_truth edi_test_known(const edi_vocabulary *v, unsigned op, const edi_value *a, const edi_value *b) {
  switch (op) {
    case EDI_FUSED_EQ_INT: return a->as.integer == b->as.integer ? EDI_YES : EDI_NO;
    case EDI_FUSED_EQ_NODE: return edi_test_equal_nodes(v, a->as.integer, b->as.integer);
    case EDI_FUSED_EQ_TEXT: return edi_value_same_text(*a, *b) ? EDI_YES : EDI_NO;
    case EDI_FUSED_LT_INT: return a->as.integer < b->as.integer ? EDI_YES : EDI_NO;
    case EDI_FUSED_LE_INT: return a->as.integer <= b->as.integer ? EDI_YES : EDI_NO;
    case EDI_FUSED_HAS_TEXT: return edi_test_has_text(a, b);
    case EDI_FUSED_OVERLAPS_TEXT: return edi_test_share_text(a, b);
    default: return edi_vocabulary_is(v, a->as.integer, b->as.integer);
  }
}

static inline bool edi_test_is_typed(unsigned op) { return op >= EDI_FUSED_EQ_INT; }

/* The others that take two operands, known or not. */
static inline edi_truth edi_test_any(const edi_vocabulary *v, unsigned op, edi_value a, edi_value b) {
  switch (op) {
    case EDI_OP_EQ: return edi_test_equal(v, a, b);
    case EDI_OP_LT: return edi_test_less(a, b, false);
    case EDI_OP_LE: return edi_test_less(a, b, true);
    case EDI_OP_IN: return edi_set_holds(v, b, a, EDI_SET_IN);
    case EDI_OP_HAS: return edi_set_holds(v, a, b, EDI_SET_HAS);
    case EDI_OP_OVERLAPS: return edi_set_overlaps(v, a, b);
    default: return edi_set_covers(v, a, b);
  }
}

#endif
