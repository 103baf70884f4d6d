/* Link: verified programs joined by name into what decisions run on.
 *
 * In: the federal program and the domains'. Out: for each program its constants as values, its
 * patterns compiled, its attributes, tables, keys and transforms mapped to the vocabulary's numbers.
 * A name that a domain imports and the federal layer no longer has refuses the set. Immutable. */
#ifndef EDI_LINK_H
#define EDI_LINK_H

#include "base/pattern.h"
#include "bundle/bundle.h"
#include "bundle/tablefile.h"
#include "bundle/vocabulary.h"
#include "edict/engine.h"
#include "eval/fused.h"
#include "eval/transform.h"

/* A declared table with the data that was loaded for it. */
typedef struct edi_table_link {
  const edi_tablefile *data;     /* NULL: no data, every look-up is unknown */
  int64_t not_before, fresh_until; /* outside: stale, unknown */
  bool complete;
  const edi_type *types;         /* keys, then values; parameters in the vocabulary's numbers */
} edi_table_link;

typedef struct edi_linked {
  edi_program program;
  const edi_bundle *bundle;
  const edi_vocabulary *vocabulary; /* the federation's, with what this program declares of its own */
  uint32_t number;               /* 0 federal, then the domains in order */
  uint32_t domain;               /* node of its domain; EDI_NONE for the federal layer */
  uint32_t *node_of;             /* own node -> vocabulary node */
  uint32_t *kind_of;
  uint32_t *slot_of;             /* own attribute -> slot of subject, context or resource; EDI_NONE for others */
  uint32_t *thing_of;            /* own kind of resource -> EDI_THING_* in the vocabulary's numbers */
  edi_value *consts;             /* own constant -> value, nodes and levels in vocabulary numbers */
  edi_pattern **patterns;
  edi_transform *transforms;     /* own mask -> transform */
  edi_table_link *tables;        /* own table -> data */
  edi_type *slot_types;          /* own rowslot -> type in vocabulary numbers */
  edi_type *param_types;         /* own parameter of an obligation -> the same */
  const edi_fused **fused;       /* own code -> the form it is run in; NULL: as it stands, or no BOOL */
  bool *meets;                   /* own obligation -> whether the host can meet it; none until the engine says so */
  edict_index index;             /* how far they are found by it */
  int64_t not_before, expires;   /* when it may decide */
} edi_linked;

/* Fills `linked` for one program; `federal` is the federation's vocabulary, which lives as long. */
edict_status edi_link_program(edi_linked *linked, const edi_vocabulary *federal, edi_arena *arena,
                              edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
/* A type of the program's in the vocabulary's numbers, EDI_TYPE_NONE where it names what is not there;
 * kind_of is filled. */
edi_type edi_link_type(const edi_linked *linked, const edi_vocabulary *vocabulary, edi_type type);
/* What patterns of either program need to run; *scratch is NULL, and status OK, where neither has one. */
edict_status edi_link_scratch(const edi_linked *federal, const edi_linked *domain, edi_pattern_scratch **scratch) EDICT_MUST_CHECK;
void edi_link_fini(edi_linked *linked); /* frees compiled patterns */

#endif
