/* Costs: the worst case of each rule and of each action, as a table for people.
 *
 * Units are those of opcodes.def, about a nanosecond each: every code runs forward only, so the sum over
 * its instructions bounds it. The path of an action is every rule that a request of it may run. */
#include "bundle/measure.h"
#include "bundle/order.h"

static edi_str text(const edi_program *p, edi_ref ref) { return edi_program_string(p, ref); }

typedef struct row { uint64_t cost; uint32_t rule; } row;

static int dearest_first(const void *context, const void *a, const void *b) {
  const row *x = a, *y = b;
  const edi_program *p = context;
  if (x->cost != y->cost) return x->cost > y->cost ? -1 : 1;
  return edi_str_compare(text(p, p->rules[x->rule].name), text(p, p->rules[y->rule].name));
}

/* Whether a request of this action may run the rule: one that names actions names it or one above. */
static bool concerns(const edi_program *p, const edi_rule *rule, uint32_t action) {
  if (rule->actions.count == 0) return true;
  for (uint32_t i = 0; i < rule->actions.count; i++) {
    uint32_t node = p->lists[rule->actions.first + i];
    if (action >= node && action < p->nodes[node].end) return true;
  }
  return false;
}

static uint64_t cost_of_action(const edi_program *p, const row *rows, uint32_t action, uint32_t *rules) {
  uint64_t cost = 0;
  *rules = 0;
  for (uint32_t i = 0; i < p->rules_count; i++) {
    if (!concerns(p, &p->rules[rows[i].rule], action)) continue;
    cost += rows[i].cost;
    (*rules)++;
  }
  return cost;
}

static bool is_leaf_action(const edi_program *p, uint32_t node) {
  return edi_str_equal(text(p, p->kinds[p->nodes[node].kind].name), EDI_STR("action")) && p->nodes[node].end == node + 1;
}

static void put_actions(const edi_program *p, const row *rows, edi_buf *into) {
  uint64_t worst = 0;
  uint32_t worst_action = EDI_NONE;
  edi_buf_format(into, "\n%10s  %6s  %s\n", "cost", "rules", "action");
  for (uint32_t i = 0; i < p->nodes_count; i++) {
    uint32_t rules;
    if (!is_leaf_action(p, i)) continue;
    uint64_t cost = cost_of_action(p, rows, i, &rules);
    edi_buf_format(into, "%10llu  %6u  %.*s\n", (unsigned long long)cost, rules, EDI_STR_ARG(text(p, p->nodes[i].name)));
    if (worst_action != EDI_NONE && cost <= worst) continue;
    worst = cost;
    worst_action = i;
  }
  if (worst_action != EDI_NONE)
    edi_buf_format(into, "\nworst path: %.*s, %llu of %u\n", EDI_STR_ARG(text(p, p->nodes[worst_action].name)),
                   (unsigned long long)worst, (unsigned)p->settings->cost);
}

edict_status edi_costs_print(const edi_program *p, edi_arena *arena, edi_buf *into) {
  row *rows = EDI_NEW_ARRAY(arena, row, p->rules_count), *spare = EDI_NEW_ARRAY(arena, row, p->rules_count);
  if (!rows || !spare) return edi_arena_status(arena);
  for (uint32_t i = 0; i < p->rules_count; i++) rows[i] = (row){edi_measure_rule(p, &p->rules[i]), i};
  edi_order_sort(rows, spare, p->rules_count, sizeof *rows, dearest_first, p);
  edi_buf_format(into, "%10s  %s\n", "cost", "rule");
  for (uint32_t i = 0; i < p->rules_count; i++) {
    const edi_rule *r = &p->rules[rows[i].rule];
    edi_buf_format(into, "%10llu  %.*s (%.*s:%u)\n", (unsigned long long)rows[i].cost, EDI_STR_ARG(text(p, r->name)),
                   EDI_STR_ARG(text(p, r->file)), r->line);
  }
  put_actions(p, rows, into);
  return into->failed;
}
