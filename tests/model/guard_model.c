/* Guards: where two for one fact meet by `and` or by `or`, what is kept of them fails only where it may. */
#include "model.h"

#include "no_findings.h"
#define EDI_GUARD_ROOM 1
#include "runtime/bundle/guard.c"

int edi_decimal_compare(edi_decimal a, edi_decimal b) {
  (void)a, (void)b;
  return any_int();
}

enum { CONSTS = 3, MOST = 2 };

static edi_guards g;
static edi_program program;
static edi_const consts[CONSTS];
static uint32_t values[2][MOST];
static int64_t number; /* the attribute that bounds are about */
static unsigned bits;  /* the members of one that values are about */

static uint32_t any_bound(void) { return any_bool() ? EDI_NONE : (uint32_t)any_size(CONSTS - 1); }

static found any_found(bool between, uint32_t which) {
  uint32_t *v = values[which];
  v[0] = (uint32_t)any_size(6);
  v[1] = v[0] + 1 + (uint32_t)any_size(1);
  if (between) return (found){.guard = {.test = EDI_GUARD_WITHIN, .low = any_bound(), .high = any_bound()}};
  return (found){.guard = {.test = EDI_GUARD_TAGGED, .count = 1 + (uint32_t)any_size(MOST - 1), .values = v}};
}

static bool holds(const edi_guard *one) {
  if (one->test == EDI_GUARD_WITHIN)
    return (one->low == EDI_NONE || consts[one->low].value <= number) && (one->high == EDI_NONE || number <= consts[one->high].value);
  for (uint32_t i = 0; i < one->count; i++)
    if (bits >> one->values[i] & 1u) return true;
  return false;
}

/* Two guards for one fact: bounds that are constants of one type, or values. */
static void any_two(bool between, found *a, found *b) {
  for (int i = 0; i < CONSTS; i++) consts[i] = (edi_const){.type = EDI_TYPE_INT, .value = any_i64()};
  program.consts = consts;
  g.p = &program;
  number = any_i64();
  bits = any_u32();
  *a = any_found(between, 0);
  *b = any_found(between, 1);
}

/* Where both are needed, what is kept of them fails only where one does. */
void prove_narrower(void) {
  found a, b;
  any_two(any_bool(), &a, &b);
  found one = narrower_found(&g, &a, &b);
  check(holds(&one.guard) || !holds(&a.guard) || !holds(&b.guard), "what is kept of two that are needed fails only where one of them does");
}

/* Where either will do, what is kept fails only where both do. */
static void check_wider(bool between) {
  found a, b, one;
  any_two(between, &a, &b);
  if (!wider(&g, &a, &b, &one)) return;
  check(g.item_count <= ITEMS, "a list of both's values lies within its room");
  check(holds(&one.guard) || (!holds(&a.guard) && !holds(&b.guard)), "what is kept of two of which one will do fails only where both do");
}

void prove_wider_bounds(void) { check_wider(true); }

/* At the begin of the room, and where it ends. */
void prove_wider_values(void) {
  g.item_count = any_bool() ? 0 : ITEMS - 3;
  check_wider(false);
}
