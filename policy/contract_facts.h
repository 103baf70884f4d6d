/* Contract facts: what the files that resolve a contract share; nobody else includes this.
 *
 * contract_resolve.c walks product, datasets and columns; contract_twins.c lets columns that are
 * the same data share tags; contract_parts.c makes columns of what lies inside of them; contract_attributes.c follows the declared paths and types what it
 * finds. All report through the resolver, which remembers what is stated. */
#ifndef EDI_CONTRACT_FACTS_H
#define EDI_CONTRACT_FACTS_H

#include "policy/contract.h"
#include "policy/symbols.h"

typedef struct edi_resolver {
  edi_arena *arena;
  const edi_model *model;
  edict_diagnostics *diagnostics;
  edi_sym_fact *stated;
  size_t stated_count, stated_capacity;
  size_t errors, suggestions;
  edi_str domain;           /* of a contract that names none; empty: it has to name one */
  bool lenient;             /* what is wrong with a column closes it */
  edi_column_facts *column; /* that is being read */
  bool type_told;           /* its type is none of the standard, and that was told */
  edict_status failed; /* MEMORY or LIMIT; OK otherwise */
} edi_resolver;

/* A set of symbols. */
typedef struct edi_numbers {
  uint32_t *items;
  size_t count, capacity;
} edi_numbers;
void edi_numbers_add(edi_resolver *resolver, edi_numbers *set, uint32_t number);
void edi_numbers_sort(edi_numbers *set); /* ascending, distinct */

/* No control characters and nothing that turns the direction of text. */
bool edi_contract_is_clean(edi_str text);
/* `Retired` is retired. */
bool edi_contract_is_retired(edi_str status);
/* The text of a map's scalar that says something; the empty string if there is none. */
edi_str edi_contract_text(const edi_yaml *map, const char *key);

void edi_resolver_no_memory(edi_resolver *resolver);
/* Counts an error; the caller adds to the finding. */
#define edi_resolver_error(resolver, code, span, label, ...) \
  ((resolver)->errors++,                                     \
   edi_diagnostics_add((resolver)->diagnostics, (code), (span), (label), __VA_ARGS__))
/* The same for a fact that nobody declared: lenient, it is a warning and the column that states it is closed. */
edi_finding *edi_resolver_fact_error(edi_resolver *resolver, edi_code code, edi_span span, const char *label,
                                     const char *format, ...) __attribute__((format(printf, 5, 6)));
/* Remembers that the contract states a fact. */
void edi_resolver_state(edi_resolver *resolver, edi_fact_kind kind, uint32_t symbol, edi_span span);
/* `name` is no node of `kind`, no level of `scale`: an error with the nearest one and its place. */
void edi_resolver_unknown_node(edi_resolver *resolver, uint32_t kind, edi_str name, edi_span span);
void edi_resolver_unknown_level(edi_resolver *resolver, uint32_t scale, edi_str name,
                                edi_span span);
/* Notes for editors that the text names a node or a level. */
void edi_resolver_note_node(const edi_resolver *resolver, uint32_t node, const edi_yaml *text);
void edi_resolver_note_level(const edi_resolver *resolver, uint32_t level, const edi_yaml *text);
/* Whether a contract may state the node; an error if it is abstract or built in. */
bool edi_resolver_may_state(edi_resolver *resolver, uint32_t node, edi_span span);

/* The attributes of `entity` that `from` (the root, or a schema object) states, in order of their
 * numbers; `place` is where a missing one is reported. */
void edi_resolver_attributes(edi_resolver *resolver, edi_entity entity, const edi_yaml *from,
                             edi_span place, edi_fact_entry **facts, size_t *count);
/* Whose text is `pii.email`, `pii:email` or `pii=email`; EDI_NONE: no tag. */
uint32_t edi_resolver_find_tag(const edi_resolver *resolver, edi_str text);
/* The base type of a property's cells. */
uint32_t edi_resolver_read_type(edi_resolver *resolver, const edi_yaml *property);
/* Whether it is a string of UUIDs, so that nothing else may stand in it. */
bool edi_resolver_is_uuid(const edi_yaml *property);
/* Of two levels, each of which may be EDI_NONE. */
uint32_t edi_resolver_higher(const edi_resolver *resolver, uint32_t a, uint32_t b);
/* The foreign keys, once datasets and columns are known. */
void edi_resolver_link(edi_resolver *resolver, const edi_yaml *schema, edi_contract_facts *facts);
/* After twins: what lies inside of columns becomes columns behind them. */
void edi_resolver_add_parts(edi_resolver *resolver, const edi_yaml *properties, edi_dataset_facts *dataset);
/* A schema object while it is read: its dataset, the properties that its columns are of (NULL: none), and the tags that
 * it and they have so far, each sorted. */
typedef struct edi_read_object {
  edi_dataset_facts *dataset;
  const edi_yaml *properties;
  edi_numbers *column_tags;
  edi_numbers tags;
} edi_read_object;
/* Lets twins share tags, in each object and among those of one physical name, which are one table: their own
 * tags as well; contract_objects.c. */
void edi_resolver_share_objects(edi_resolver *resolver, edi_read_object *objects, size_t count);
/* After their levels are known: objects of one physical name that state a level have the highest of them. */
void edi_resolver_share_object_levels(edi_resolver *resolver, edi_read_object *objects, size_t count);
/* Columns that are the same data share their tags: those of one physical name, and from a column
 * to the one that its `encryptedName` names, and on from there. tags: sorted, one set for each
 * column. */
void edi_resolver_share_twins(edi_resolver *resolver, const edi_yaml *properties,
                              edi_dataset_facts *dataset, edi_numbers *tags);

#endif
