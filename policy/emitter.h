/* Emitter: what emit*.c share; private to them.
 *
 * `*_at` map symbols of the model to records of the program, EDI_NONE where a symbol is not emitted.
 * They are filled before any rule: first marking what a domain uses, then writing it in the model's
 * order. */
#ifndef EDI_EMITTER_H
#define EDI_EMITTER_H

#include "bundle/builder.h"
#include "policy/emit.h"

typedef struct edi_emitter {
  const edi_model *model;
  edi_builder *builder;
  edi_arena *arena;
  bool domain;                 /* a domain's program: federal symbols are imported */
  bool failed;                 /* out of memory */
  uint32_t rule;               /* of the model, that is being written; EDI_NONE */
  edi_excess excess;           /* what is too much for a bundle, the first time */
  edi_instr *instrs;           /* of the code that is being written: its place is used again */
  size_t instr_capacity;
  const edi_expr **slots;      /* cells that the rule at hand reads, likewise */
  size_t slot_capacity;
  bool *uses_kind, *uses_node, *uses_scale, *uses_attr, *uses_key, *uses_table, *uses_obligation, *uses_resource;
  bool *hangs;                  /* by node: a federal tag that ones of the domain stand below */
  uint32_t *kind_at, *node_at, *scale_at, *level_at, *attr_at, *key_at, *table_at, *obligation_at, *resource_at, *rule_at;
} edi_emitter;

/* emit_mark.c: marks what own rules and contracts use. */
void edi_emit_mark(edi_emitter *emitter);
/* emit_symbols.c: writes the marked symbols and the contracts. */
void edi_emit_symbols(edi_emitter *emitter);
void edi_emit_contracts(edi_emitter *emitter);
edi_type edi_emit_type(const edi_emitter *emitter, edi_type type);
/* A checked literal or a fact's value as a constant. */
uint32_t edi_emit_literal(edi_emitter *emitter, const edi_expr *literal, edi_type type);
uint32_t edi_emit_fact(edi_emitter *emitter, const edi_fact_value *value);
/* `few` if that is enough, else so many bytes of the emitter's; NULL: it has failed. */
void *edi_emit_room(edi_emitter *emitter, void *few, size_t few_size, size_t size);
/* More than `most` of `what` in the rule at hand. */
void edi_emit_exceed(edi_emitter *emitter, const char *what, unsigned most);
/* emit_code.c: a code that returns the expression's value; the rule's row slots begin at slot_base
 * and are `slots`, in order. NULL gives EDI_NONE. */
typedef struct edi_emit_slots { const edi_expr **items; uint32_t count, base; } edi_emit_slots;
uint32_t edi_emit_code(edi_emitter *emitter, const edi_expr *expr, edi_type type, const edi_emit_slots *slots);
/* `when` and not `unless`; EDI_NONE if neither is given. */
uint32_t edi_emit_condition(edi_emitter *emitter, const edi_expr *when, const edi_expr *unless);
/* emit_rule.c */
void edi_emit_rules(edi_emitter *emitter);

#endif
