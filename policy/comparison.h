/* Comparison: two sides, opened; private to comparison*.c. The public door is edict/compare.h.
 *
 * A side is a federal bundle with those of domains and tables. Models of the two sides share nothing: what is common
 * to them is names. A field is what one domain is on either side, or the federal layer alone; where a side has no such
 * domain, the field's model there is that of its federation. Order: sides, changes, requests and pools; then questions. */
#ifndef EDI_COMPARISON_H
#define EDI_COMPARISON_H

#include "bundle/tablefile.h"
#include "edict/compare.h"
#include "policy/analysis.h"

enum { EDI_OLD, EDI_NEW, EDI_SIDES };

typedef struct edi_compared_bundle {
  edi_bundle bundle;
  edi_str bytes;
  edi_build build;              /* of its sources; not of a table's */
} edi_compared_bundle;

typedef struct edi_compared_side {
  edi_compared_bundle *bundles; /* in the order that they were given */
  size_t count;
  const edi_compared_bundle *federal;
  bool doubts;
} edi_compared_side;

typedef struct edi_field {
  edi_str domain;               /* empty: the federal layer */
  const edi_compared_bundle *bundles[EDI_SIDES]; /* NULL: the side has no such domain */
  const edi_model *models[EDI_SIDES];
} edi_field;

/* A rule of a field that a search is for: it changed, or what it names did. Numbers of the side's model; EDI_NONE:
 * the side does not enforce it. */
typedef struct edi_change_pair { uint32_t field, rules[EDI_SIDES]; } edi_change_pair;

typedef struct edi_asked { edict_test test; const edict_supposed_contract *contract; } edi_asked;

struct edict_comparison {
  edi_arena home;               /* where this stands */
  edi_arena arena;              /* everything else */
  edict_diagnostics *quiet;     /* of both sides' sources */
  edi_compared_side sides[EDI_SIDES];
  edi_field *fields;            /* the federal one first */
  size_t field_count;
  int64_t from, until;          /* of all bundles together */
  int64_t first, past;          /* when all of them are in force, if ever; else the same */
  edict_change *changes;
  size_t change_count, change_capacity;
  edi_change_pair *pairs;
  size_t pair_count, pair_capacity;
  edi_asked *asked;
  size_t asked_count, asked_capacity;
  size_t left;
  const char **open;
  size_t open_count, open_capacity;
  edict_pool *pools;
  size_t pool_count, pool_capacity;
  struct edi_cells *cells;
  bool failed;                  /* the arena gave nothing */
};

const char *edi_comparison_text(edict_comparison *comparison, edi_str text);
const char *edi_comparison_format(edict_comparison *comparison, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Makes room for one more; false without memory. */
bool edi_comparison_grow(edict_comparison *comparison, void **items, size_t *capacity, size_t count, size_t each);

/* comparison_sides.c */
edict_status edi_comparison_begin(edict_comparison *comparison, const edict_comparison_options *options,
                                 edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

/* comparison_words.c: what is declared, as parts. */
typedef struct edi_part {
  edi_str name, text;
  edi_str source;               /* of it what no request is sure to show: a claim and what its texts mean, patterns */
  bool lets_in;                 /* tokens that are refused without it */
  const edi_expr *condition;    /* NULL: it is no condition, or more than one */
  const edi_model *model;       /* of its names */
  int opens;                    /* its yes: 1 opens, -1 closes, 0 neither for certain */
} edi_part;
/* comparison_patterns.c: whether two conditions differ in patterns of which each opens no more than the one in its place did. */
bool edi_comparison_tightens(const edi_part *before, const edi_part *after);

typedef struct edi_thing {
  const char *noun;
  edi_str name;
  edi_part *parts;
  size_t part_count, part_capacity;
  uint32_t rule;                /* of the model; EDI_NONE: something else */
  bool shadow, decides;
  edi_span span;                /* where it stands, if `file` does not say */
  edi_str file;
  uint32_t line;
} edi_thing;
typedef struct edi_things { edict_comparison *c; edi_thing *items; size_t count, capacity; } edi_things;
/* All things of the field's own layer on one side. */
void edi_things_of(edi_things *things, const edi_field *field, int side);
edi_thing *edi_things_add(edi_things *things, const char *noun, edi_str name);
void edi_things_part(edi_things *things, edi_thing *thing, const char *name, edi_buf *text); /* takes the text */
void edi_things_rules(edi_things *things, const edi_field *field, int side);      /* comparison_rules.c */
void edi_things_products(edi_things *things, const edi_field *field, int side);   /* comparison_products.c */

/* comparison_changes.c: things of both sides beside each other; fills changes and pairs. */
void edi_comparison_changes(edict_comparison *comparison);

/* comparison_carry.c: an expression of one model in the names of another; NULL: it has not all of them. */
typedef struct edi_carrier { edi_arena *arena; const edi_model *from, *to; bool failed; } edi_carrier;
edi_expr *edi_carry_expr(edi_carrier *carrier, const edi_expr *expr);
edi_rule_decl *edi_carry_rule(edi_carrier *carrier, const edi_rule_decl *rule);

/* comparison_ask.c: requests for the pairs. */
void edi_comparison_ask(edict_comparison *comparison);

/* comparison_pool.c */
void edi_comparison_pools(edict_comparison *comparison);

/* comparison_tables.c: keys of a table's rows that differ between the sides, and of a few others, column by column.
 * False: more differ than are told. */
typedef void edi_key_heard(void *user, uint32_t column, edi_str text);
bool edi_comparison_keys(edict_comparison *comparison, edi_str table, edi_key_heard *hear, void *user);

/* comparison_facts.c: contracts by names, and as facts of a model. */
const edict_supposed_contract *edi_contract_named(edict_comparison *comparison, const edi_model *model, const edi_contract_facts *facts);
bool edi_contract_facts_of(edi_arena *arena, const edi_model *model, const edict_supposed_contract *contract, edi_contract_facts *facts);

#endif
