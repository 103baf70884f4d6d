/* Lookup: which entries of a bound dataset or kind of resource can apply to a request, found by what they need.
 *
 * Made when a product is bound, from the indices of both layers and what the contract fixes. A tree: at each node
 * entries that stand there, and groups of branches by one key each. A key's value of the request is sought once
 * among all constants that any branch compares it with, and is then a few small numbers. What is unknown leads
 * everywhere below. What is passed over is a definite no; what is found may be one too. Immutable. */
#ifndef EDI_LOOKUP_H
#define EDI_LOOKUP_H

#include "bundle/guard.h"
#include "bundle/vocabulary.h"
#include "eval/link.h"

typedef struct edi_lookup_key {
  uint32_t test;              /* EDI_GUARD_ACTION IN_FORCE MEETS WITHIN */
  uint32_t entity, slot;      /* MEETS, WITHIN: where its value stands in a request */
  uint32_t base;              /* type of `values` */
  edi_value *values;          /* ascending and distinct */
  uint32_t count;
  uint32_t *slots;            /* texts: open addressing, number + 1; else NULL */
  uint32_t mask;
} edi_lookup_key;

/* Among values: `low` is the number of one. Between bounds: place 2n + 1 is value n, 2n what lies before it. */
typedef struct edi_lookup_edge { uint32_t low, high, highest, node; } edi_lookup_edge; /* highest: of this and those before */
typedef struct edi_lookup_group {
  uint32_t key;
  uint32_t edge_first, edge_count;   /* ascending by low */
  uint32_t entry_first, entry_count; /* of all below */
} edi_lookup_group;
typedef struct edi_lookup_node {
  uint32_t entry_first, entry_count; /* that stand here */
  uint32_t group_first, group_count;
} edi_lookup_node;

typedef struct edi_lookup {
  const edi_lookup_key *keys;
  uint32_t key_count;
  const edi_lookup_node *nodes; /* the first is the root */
  uint32_t node_count;          /* 0: there is nothing to be told apart, all entries are candidates */
  uint32_t few;                 /* so many are evaluated without being sought */
  const edi_lookup_group *groups;
  const edi_lookup_edge *edges;
  const uint32_t *entries;
} edi_lookup;

struct edi_bound_dataset;
struct edi_vm;

/* Sets the bit of each rule of the VM's program that can be about its dataset, by what the contract fixes. */
void edi_lookup_mark(const struct edi_vm *vm, uint64_t *rules);
/* The lookup of a dataset whose entries are bound; `vms` are over it, one for each layer. There is none for few
 * entries, unless the programs' `index` asks for it always. */
edict_status edi_lookup_make(edi_lookup *lookup, const struct edi_bound_dataset *dataset, const struct edi_vm *vms,
                             edi_arena *arena) EDICT_MUST_CHECK;

/* ---- deciding ---- */

enum { EDI_LOOKUP_RANGES = 32, EDI_LOOKUP_LEVELS = 4 };

/* What one key comes to in one request: ranges of numbers, or one place; more ranges than there is room for are
 * as if it were unknown. */
typedef struct edi_lookup_known {
  uint32_t turn;              /* of the request that it is of */
  bool known;
  uint32_t count;
  struct { uint32_t from, to; } ranges[EDI_LOOKUP_RANGES];
} edi_lookup_known;

/* A set of entries that gives them in order and is empty then: a bit for each, and above it one for each word. */
typedef struct edi_lookup_state {
  uint64_t *bits[EDI_LOOKUP_LEVELS];
  unsigned levels;
  edi_lookup_known *known;    /* by key */
  size_t known_count;
  uint32_t turn;
} edi_lookup_state;

/* The facts of a request, by slot; resource NULL: a dataset is asked about. */
typedef struct edi_lookup_facts {
  const edi_vocabulary *vocabulary;
  const edi_value *subject, *context, *resource;
  uint32_t action;
  int64_t today;
  bool whenever;              /* action and day are not known */
} edi_lookup_facts;

edict_status edi_lookup_state_init(edi_lookup_state *state, size_t entries, size_t keys, edi_arena *arena) EDICT_MUST_CHECK;
/* The entries that can apply, ascending, into `out`, which has room for all; how many. */
uint32_t edi_lookup_find(const edi_lookup *lookup, edi_lookup_state *state, const edi_lookup_facts *facts, uint32_t *out);

#endif
