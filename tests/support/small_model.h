/* Small model: a checked vocabulary made by hand, for tests of what reads one without the checker.
 *
 * Its declarations are the text in small_model.c, registered as federal/vocabulary.edict in the
 * list of diagnostics, so that labels at a declaration have a line to show. Tests may change any
 * symbol of it before they use it. */
#ifndef SMALL_MODEL_H
#define SMALL_MODEL_H

#include "policy/symbols.h"

/* All memory is the arena's; aborts without memory. `domain` NULL: the federal layer alone. */
edi_model *small_model_create(edi_arena *arena, const char *domain, edict_diagnostics *diagnostics);
/* Numbers by name; abort where there is none, so that a test's own typing error is seen. */
uint32_t small_model_node(const edi_model *model, const char *kind, const char *name);
uint32_t small_model_attr(const edi_model *model, edi_entity entity, const char *name);

#endif
