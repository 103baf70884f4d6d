/* Swift: see the header. Most tests say no, of which nothing is written: that is what stands there. */
#include "eval/swift.h"

#include "eval/truth.h"

/* ---- making ---- */

typedef struct builder {
  const edi_residue *residue;
  edi_swift_list *lists;
  edi_swift_test tests[EDI_SWIFT_NOT];
  uint32_t count;
} builder;

/* False: it is no test about texts, one of which is the subject's and the other known. */
static bool read_test(const edi_residue_test *t, edi_swift_test *out) {
  bool subject_first = t->from_a == EDI_RESIDUE_SUBJECT && t->from_b == EDI_RESIDUE_FIXED;
  bool subject_last = t->from_a == EDI_RESIDUE_FIXED && t->from_b == EDI_RESIDUE_SUBJECT;
  if (t->not || !t->fixed.base || !(subject_first || subject_last)) return false;
  if (t->op == EDI_FUSED_HAS_TEXT) out->way = subject_first ? EDI_SWIFT_SUBJECT_HAS : EDI_SWIFT_HAS_SUBJECTS;
  else if (t->op == EDI_FUSED_OVERLAPS_TEXT) out->way = EDI_SWIFT_SHARE;
  else if (t->op == EDI_FUSED_EQ_TEXT) out->way = EDI_SWIFT_SAME;
  else return false;
  out->slot = subject_first ? t->at_a : t->at_b;
  out->fixed = t->fixed;
  return true;
}

/* Of one clause, or of none. */
static bool read_step(builder *b, const edi_residue_step *step) {
  const edi_residue_test *t = b->residue->tests + step->first;
  uint32_t count = step->way == EDI_WAY_WHOLE || step->count == 0 ? 1 : step->count;
  if (step->way == EDI_WAY_WHOLE || step->dated || step->shadow || step->says != EDI_SAYS_PERMIT) return false;
  if (b->count + count > EDI_SWIFT_NOT || (step->count && (step->most != EDI_YES || t->rest != step->count - 1))) return false;
  for (uint32_t i = 0; i < count; i++) {
    edi_swift_test *out = &b->tests[b->count + i];
    *out = (edi_swift_test){.entry = step->entry, .way = EDI_SWIFT_KNOWN, .more = i + 1 < count, .fixed.length = step->most};
    if (step->count && !read_test(&t[i], out)) return false;
  }
  b->count += count;
  return true;
}

static bool is_same(const edi_residue *r, const edi_residue_list *a, const edi_residue_list *b) {
  return a->count == b->count && memcmp(r->order + a->first, r->order + b->first, a->count * sizeof *r->order) == 0;
}

static void read_list(builder *b, uint32_t action) {
  const edi_residue *r = b->residue;
  const edi_residue_list *list = edi_residue_of(r, action);
  uint32_t first = b->count;
  b->lists[action] = (edi_swift_list){.count = EDI_SWIFT_NOT};
  if (!list->plain || !list->timeless || list->count > EDI_RESIDUE_FEW) return;
  for (uint32_t before = 0; before < action; before++)
    if (b->lists[before].count != EDI_SWIFT_NOT && is_same(r, list, edi_residue_of(r, before))) {
      b->lists[action] = b->lists[before];
      return;
    }
  bool swift = true;
  for (uint32_t i = 0; i < list->count && swift; i++) swift = read_step(b, &r->steps[r->order[list->first + i]]);
  if (!swift || b->count == EDI_SWIFT_NOT) b->count = first;
  else b->lists[action] = (edi_swift_list){(uint8_t)first, (uint8_t)(b->count - first)};
}

static size_t padded(size_t bytes) { return (bytes + 7) & ~(size_t)7; }

/* One after the other, as far as there is room; NULL: there is no memory. */
static void *place(size_t bytes, size_t *used, edi_swift_room *room, edi_arena *arena) {
  if (bytes > sizeof room->bytes - *used) return edi_arena_lines(arena, bytes);
  void *at = room->bytes + *used;
  *used += padded(bytes);
  return at;
}

static void keep(const builder *b, edi_plan_known *known, uint32_t actions, edi_swift_room *room, edi_arena *arena) {
  size_t tests = padded(sizeof(edi_swift) + actions * sizeof *b->lists), used = 0;
  if (tests > UINT16_MAX) return;
  edi_swift *swift = b->count ? place(tests + b->count * sizeof *b->tests, &used, room, arena) : NULL; /* without tests it spares nothing */
  void *residue = swift || b->count == 0 ? place(b->residue->bytes, &used, room, arena) : NULL;
  if (!residue) return;
  if (swift) {
    swift->tests = (uint16_t)tests;
    memcpy(swift->lists, b->lists, actions * sizeof *b->lists);
    memcpy((char *)swift + tests, b->tests, b->count * sizeof *b->tests);
  }
  known->swift = swift;
  known->residue = edi_residue_copy(b->residue, residue);
}

void edi_swift_make(edi_plan_known *known, const edi_residue *residue, uint32_t actions, edi_swift_room *room, edi_arena *arena) {
  edi_arena work;
  edi_arena_init(&work, NULL, (size_t)1 << 24);
  builder *b = EDI_NEW(&work, builder);
  if (b) b->lists = EDI_NEW_ARRAY(&work, edi_swift_list, actions);
  if (b && b->lists) {
    b->residue = residue;
    for (uint32_t action = 0; action < actions; action++) read_list(b, action);
    keep(b, known, actions, room, arena);
  }
  edi_arena_fini(&work);
}

/* ---- deciding ---- */

/* Apart, so that sets that have a text, which are asked most, have what they read in registers. */
__attribute__((noinline)) static edi_truth ask_other(const edi_swift_test *t, const edi_value *open) {
  if (t->way == EDI_SWIFT_SHARE) return edi_test_open_shares_text(open, &t->fixed);
  if (t->way == EDI_SWIFT_KNOWN) return (edi_truth)t->fixed.length;
  return !open->base ? EDI_UNKNOWN : edi_value_same_text(*open, t->fixed) ? EDI_YES : EDI_NO;
}

static inline edi_truth ask(const edi_swift_test *t, const edi_value *open) {
  if (t->way > EDI_SWIFT_HAS_SUBJECTS) return ask_other(t, open);
  return edi_test_open_has_text(open, &t->fixed, t->way == EDI_SWIFT_SUBJECT_HAS);
}

void edi_swift_settle(edi_plan *plan, const edi_swift *swift, size_t action) {
  const edi_swift_list list = swift->lists[action];
  const edi_swift_test *t = (const edi_swift_test *)(const void *)((const char *)swift + swift->tests) + list.first, *end = t + list.count;
  const edi_value *subjects = plan->subject->attrs;
  uint32_t holding = 0, reasons = 0, said = 0; /* yes and unknown are a bit each */
  for (; t < end; t++) {
    said |= ask(t, subjects + t->slot);
    if (!said || t->more) continue;
    edi_truth truth = said & EDI_YES ? EDI_YES : EDI_UNKNOWN;
    plan->outcomes[t->entry] = truth;
    plan->holding[holding++] = t->entry;
    plan->reasons[reasons] = (edi_reason){t->entry, truth, EDI_SYSTEM_NONE, 0};
    reasons += truth == EDI_YES;
    said = 0;
  }
  plan->holding_count = holding;
  plan->reason_count = reasons;
  plan->reasons_due = reasons == 0;
  plan->effect = reasons ? EDICT_PERMIT : EDICT_DENY;
}
