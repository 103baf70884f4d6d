/* Targets: rules counted by target, then put in their places; see the header. */
#include "eval/targets.h"

/* Codes and, behind them, no code: where a target's number stands, from 1. */
static uint32_t *place_of(uint32_t *numbers, const edi_program *p, uint32_t code) {
  return &numbers[code == EDI_NONE ? p->codes_count : code];
}

static void count_rules(edi_targets *t, const edi_program *p, uint32_t *numbers) {
  for (uint32_t r = 0; r < p->rules_count; r++) {
    uint32_t code = p->rules[r].target, *number = place_of(numbers, p, code);
    if (*number == 0) {
      t->items[t->count++] = (edi_target){.code = code};
      *number = (uint32_t)t->count;
    }
    t->items[*number - 1].count++;
  }
}

bool edi_targets_init(edi_targets *t, const edi_program *p, edi_arena *arena) {
  uint32_t *numbers = EDI_NEW_ARRAY(arena, uint32_t, (size_t)p->codes_count + 1);
  *t = (edi_targets){.items = EDI_NEW_ARRAY(arena, edi_target, p->rules_count),
                     .rules = EDI_NEW_ARRAY(arena, uint32_t, p->rules_count)};
  if (!numbers || !t->items || !t->rules) return false;
  count_rules(t, p, numbers);
  uint32_t first = 0;
  for (size_t i = 0; i < t->count; i++) {
    t->items[i].first = first;
    first += t->items[i].count;
    t->items[i].count = 0;
  }
  for (uint32_t r = 0; r < p->rules_count; r++) {
    edi_target *target = &t->items[*place_of(numbers, p, p->rules[r].target) - 1];
    t->rules[target->first + target->count++] = r;
  }
  return true;
}
