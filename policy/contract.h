/* Contract: an Open Data Contract Standard 3.x document read into facts.
 *
 * Two steps. edi_contract_parse is the one door for contract text: strict YAML (yaml.h) and the
 * standard's shape, no vocabulary needed. edi_contract_resolve looks up every tag, level and attribute
 * in a model and gives typed facts; a misspelt tag is an error with a suggestion, never a fact that is
 * silently missing. Use the list of diagnostics that the model was checked with: its spans point into
 * that list's sources. Source: Open Data Contract Standard v3.1.0, Bitol, Apache-2.0. */
#ifndef EDI_CONTRACT_H
#define EDI_CONTRACT_H

#include "base/diagnostic.h"
#include "base/decimal.h"
#include "base/calendar.h"
#include "bundle/program.h"
#include "policy/yaml.h"

struct edi_model;
struct edi_sym_fact;

/* A typed literal of a fact: one scalar, or a set of them. */
typedef struct edi_fact_value {
  edi_type type;
  int64_t integer;              /* BOOL INT DATE TIMESTAMP NODE LEVEL: number or symbol */
  edi_decimal decimal;
  edi_duration duration;
  edi_str text;                 /* STRING ID; IP: 16 bytes */
  struct edi_fact_value *members; /* sets: sorted, distinct */
  size_t member_count;
} edi_fact_value;
typedef struct edi_fact_entry { uint32_t attr; edi_fact_value value; } edi_fact_entry;

/* A column, or what lies inside of one: behind the columns, in preorder, named by its path. */
typedef struct edi_column_facts {
  edi_str name, physical_name;  /* physical: the name where none is stated; datasets too */
  uint32_t type;                /* base type of cells, EDI_TYPE_NONE: array, object, map */
  bool uuid;                    /* a STRING of them */
  bool required, closed;        /* closed: lenient, and something that it states is not known */
  uint32_t inside;              /* one more than the place in the dataset of what it lies inside of; 0: a column */
  edi_column_role role;         /* in there */
  bool repeated, has_parts;     /* repeated: in an array or a map, so that a row has many of it */
  uint32_t classification;      /* level symbol, EDI_NONE */
  uint32_t *tags;               /* node symbols, sorted, distinct */
  size_t tag_count;
  edi_span span;
} edi_column_facts;
typedef struct edi_dataset_facts {
  edi_str name, physical_name;
  uint32_t classification;
  uint32_t *tags;
  size_t tag_count;
  edi_fact_entry *facts;
  size_t fact_count;
  edi_column_facts *columns;
  size_t column_count;
  edi_span span;
} edi_dataset_facts;
/* A foreign key: a column stands for another. */
typedef struct edi_link_facts {
  uint32_t dataset, column, to_dataset, to_column; /* places in the contract */
  edi_span span;                /* of the reference */
} edi_link_facts;
/* A foreign key into another contract: `FILE#REFERENCE`. */
typedef struct edi_outer_link {
  uint32_t dataset, column;
  edi_str file, reference;
  edi_span span;
} edi_outer_link;
typedef struct edi_contract_facts {
  edi_str name, id, version, status, path;
  uint32_t domain;              /* node of kind `domain` */
  uint32_t *tags;
  size_t tag_count;
  edi_fact_entry *facts;
  size_t fact_count;
  edi_dataset_facts *datasets;
  size_t dataset_count;
  edi_link_facts *links;
  size_t link_count;
  edi_outer_link *outer;
  size_t outer_count;
  const edi_yaml *schema;       /* in which references by ids are looked up; NULL: there is none */
  struct edi_sym_fact *stated;  /* each tag and attribute that the contract states, and that it states
                                 * a classification (the scale), at its first place. Sorted, distinct */
  size_t stated_count;
  edi_span span;                /* of the name */
  edi_source source;
} edi_contract_facts;

/* What parse gives: the YAML tree, known to have the standard's shape where Edict reads it. */
typedef struct edi_contract_ast {
  edi_str path;
  edi_source source;
  const edi_yaml *root;
  /* Set before resolving. */
  bool lenient;                 /* a column's tag or level that nobody declared closes it */
  edi_str domain;               /* whose it is if it names none; empty: the domain whose bundle the model is of */
} edi_contract_ast;

edict_status edi_contract_parse(edi_arena *arena, edi_str path, edi_str text, edi_contract_ast **contract,
                                edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
edict_status edi_contract_resolve(edi_arena *arena, const struct edi_model *model,
                                  const edi_contract_ast *contract, edi_contract_facts *facts,
                                  edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
/* Resolves several into model->contracts, in order of product name; two of one product are an error. */
edict_status edi_contract_resolve_all(edi_arena *arena, struct edi_model *model,
                                      edi_contract_ast *const *contracts, size_t count,
                                      edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

#endif
