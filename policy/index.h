/* Index: who refers to what, for editors.
 *
 * The checker notes each name that it resolves, where an index was asked for; nothing else changes.
 * Finishing makes symbols of everything that has a name, and sorts what refers to them by place.
 * Invariant: the bytes at a reference are the symbol's bare name. */
#ifndef EDI_INDEX_H
#define EDI_INDEX_H

#include "policy/symbols.h"

typedef enum edi_index_kind {
  EDI_INDEX_TAXONOMY,
  EDI_INDEX_NODE,
  EDI_INDEX_SCALE,
  EDI_INDEX_LEVEL,
  EDI_INDEX_ATTR,
  EDI_INDEX_RESOURCE, /* a kind of resource */
  EDI_INDEX_COLUMN, /* of a table: the table's number times EDI_LIMIT_TABLE_COLUMNS, plus that of the column */
  EDI_INDEX_SCOPED, /* and on: this plus an edi_scope_kind */
} edi_index_kind;

typedef struct edi_index_ref {
  uint64_t identity; /* a node's is where its name stands in memory, as nodes are numbered anew */
  unsigned kind;
  uint32_t symbol;   /* of the index */
  bool declares;
  edi_span span;     /* of the bare name */
} edi_index_ref;

typedef struct edi_index_symbol {
  unsigned kind;
  uint32_t number; /* in the model's array of that kind */
  uint64_t identity;
  edi_str name;      /* bare */
  edi_str qualified; /* as it can be written anywhere; distinct within its kind */
  edi_span span;     /* where it is declared; EDI_SPAN_NONE: built in */
} edi_index_symbol;

struct edi_index {
  edi_arena *arena;
  edi_index_ref *refs; /* finished: by source and place */
  size_t count, capacity;
  edi_index_symbol *symbols; /* by kind and identity */
  size_t symbol_count, symbol_capacity;
  bool failed; /* the arena gave nothing */
};

/* Notes that what ends where `span` does names the symbol; `index` may be NULL. `name` is its bare name
 * or its qualified one. */
void edi_index_note(edi_index *index, unsigned kind, uint32_t number, edi_str name, edi_span span);
/* A value of a table, by its place among the values. */
void edi_index_note_value(edi_index *index, const edi_model *model, const edi_sym_table *table, size_t value, edi_span span);
void edi_index_note_node(edi_index *index, const edi_model *model, uint32_t node, edi_span span);
/* Symbols and references of a model that was checked; `text` gives the text of a source. */
edict_status edi_index_finish(edi_index *index, const edi_model *model,
                              edi_str (*text)(void *user, edi_source source), void *user) EDICT_MUST_CHECK;
/* The reference at a place, NULL if none is there. */
const edi_index_ref *edi_index_at(const edi_index *index, edi_source source, uint32_t offset);

#endif
