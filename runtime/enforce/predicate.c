/* Predicate: what a row must be for a decision to show it, as one text, for `rows.where`.
 *
 * The rules that show only rows, each in every way to read its columns, joined by `and`; the same text is
 * written once. It is for people and for tools: a host applies the decision itself. */
#include "enforce/host.h"
#include "eval/trace.h"

enum { TEXT_MOST = 16 * 1024, PARTS_MOST = 64, MEMORY_MOST = 64 << 20 };

typedef struct teller {
  edict_decision *decision;
  edi_arena arena;
  edi_str parts[PARTS_MOST];
  bool either[PARTS_MOST];
  size_t count;
  bool never;                /* some rule shows no row at all */
} teller;

static edict_status add_part(teller *t, edi_str text, bool either) {
  for (size_t i = 0; i < t->count; i++)
    if (edi_str_equal(t->parts[i], text)) return EDICT_OK;
  if (t->count == PARTS_MOST) return EDICT_LIMIT;
  char *copy = edi_arena_copy(&t->arena, text.ptr, text.len);
  if (!copy) return edi_arena_status(&t->arena);
  t->parts[t->count] = (edi_str){copy, text.len};
  t->either[t->count++] = either;
  return EDICT_OK;
}

static edict_status add_way(teller *t, const edi_entry *e, uint32_t way) {
  edi_predicate predicate;
  edi_buf text;
  edi_vm vm = edi_plan_vm(t->decision->plan, e);
  vm.slot_columns = e->combinations + (size_t)way * e->rule->rowslots.count;
  edi_buf_init(&text, NULL, TEXT_MOST);
  edict_status status = edi_trace_predicate(&vm, e->rule->body, &t->arena, &predicate, &text);
  if (status == EDICT_OK && predicate.fixed == EDI_NO) t->never = true;
  if (status == EDICT_OK && predicate.fixed == EDI_UNKNOWN)
    status = add_part(t, (edi_str){text.ptr, text.len}, predicate.either);
  edi_buf_fini(&text);
  return status;
}

static void put_parts(const teller *t, edi_buf *into) {
  if (t->never || t->count == 0) edi_buf_text(into, t->never ? "false" : "true");
  for (size_t i = 0; !t->never && i < t->count; i++) {
    bool nested = t->either[i] && t->count > 1;
    edi_buf_format(into, "%s%s%.*s%s", i > 0 ? " and " : "", nested ? "(" : "", EDI_STR_ARG(t->parts[i]), nested ? ")" : "");
  }
}

edict_status edi_decision_where(edict_decision *decision, edi_buf *into) {
  const edi_plan *plan = decision->plan;
  teller t = {.decision = decision};
  edict_status status = EDICT_OK;
  edi_arena_init(&t.arena, NULL, MEMORY_MOST);
  for (uint32_t i = 0; status == EDICT_OK && i < plan->row_rule_count; i++) {
    const edi_entry *e = &plan->dataset->entries[plan->row_rules[i]];
    for (uint32_t way = 0; status == EDICT_OK && way < e->combination_count; way++) status = add_way(&t, e, way);
  }
  if (status == EDICT_OK && plan->row_rule_count > 0) put_parts(&t, into);
  edi_arena_fini(&t.arena);
  return status == EDICT_OK ? into->failed : status;
}
