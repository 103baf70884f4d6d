/* Emit: see the header. First what is used, then symbols, contracts and rules, each in the model's
 * order; the builder lays out the bytes. The delegate's domain is marked with the rule's actions. */
#include "policy/emit.h"

#include "policy/emitter.h"

static bool make_maps(edi_emitter *e) {
  const edi_model *m = e->model;
#define MAP(member, kind, at)                                           \
  e->uses_##kind = EDI_NEW_ARRAY(e->arena, bool, m->member##_count + 1); \
  e->at = EDI_NEW_ARRAY(e->arena, uint32_t, m->member##_count + 1);      \
  if (!e->uses_##kind || !e->at) return false;
  MAP(kinds, kind, kind_at)
  MAP(nodes, node, node_at)
  MAP(scales, scale, scale_at)
  MAP(attrs, attr, attr_at)
  MAP(keys, key, key_at)
  MAP(tables, table, table_at)
  MAP(obligations, obligation, obligation_at)
  MAP(resources, resource, resource_at)
#undef MAP
  e->hangs = EDI_NEW_ARRAY(e->arena, bool, m->nodes_count + 1);
  e->level_at = EDI_NEW_ARRAY(e->arena, uint32_t, m->levels_count + 1);
  e->rule_at = EDI_NEW_ARRAY(e->arena, uint32_t, m->rules_count + 1);
  return e->hangs && e->level_at && e->rule_at;
}

static uint32_t rule_of(const edi_emitter *e, uint32_t record) {
  for (uint32_t i = 0; record != EDI_NONE && i < e->model->rules_count; i++)
    if (e->rule_at[i] == record) return i;
  return EDI_NONE;
}

void edi_emit_exceed(edi_emitter *e, const char *what, unsigned most) {
  if (e->excess.rule == EDI_NONE) e->excess = (edi_excess){e->rule, what, most};
}

void *edi_emit_room(edi_emitter *e, void *few, size_t few_size, size_t size) {
  void *piece = size <= few_size ? few : edi_arena_alloc(e->arena, size);
  if (!piece) e->failed = true;
  return piece;
}

edict_status edi_emit(edi_arena *arena, const edi_model *model, bool packed, edi_buf *into, uint64_t *cost,
                      edi_excess *excess) {
  *cost = 0;
  *excess = (edi_excess){.rule = EDI_NONE};
  edi_emitter e = {.model = model, .builder = edi_builder_create(arena), .arena = arena,
                   .domain = model->domain.len > 0, .rule = EDI_NONE, .excess = {.rule = EDI_NONE}};
  if (!e.builder || !make_maps(&e)) return edi_arena_status(arena);
  edi_emit_mark(&e);
  edi_emit_symbols(&e);
  edi_emit_contracts(&e);
  edi_emit_rules(&e);
  if (e.failed) return edi_arena_status(arena);
  *excess = e.excess;
  if (excess->rule != EDI_NONE) return EDICT_LIMIT;
  edi_builder_file_rules(e.builder);
  edict_status status = packed ? edi_builder_pack(e.builder, into) : edi_builder_finish(e.builder, into);
  *cost = edi_builder_cost(e.builder);
  excess->rule = rule_of(&e, edi_builder_costly(e.builder));
  return status == EDICT_OK && excess->rule != EDI_NONE ? EDICT_LIMIT : status;
}
