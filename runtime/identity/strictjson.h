/* Strict JSON: one object from text that nobody vouches for yet.
 *
 * In: text. Out: a jansson object, or why not. Stricter than the library alone: valid UTF-8, no NUL, no
 * member twice (after unescaping), nesting bounded before the parser sees it, nothing after the object.
 * What a member may be is for the caller to ask. */
#ifndef EDI_STRICTJSON_H
#define EDI_STRICTJSON_H

#include <jansson.h>

#include "base/bytes.h"

/* LIMIT: nested deeper than `depth` (the object itself counts as 1). FORMAT: anything else that is
 * wrong. MEMORY. `*why` is then static text such as "a member stands twice"; *object is NULL. The caller
 * gives the object back with json_decref. */
edict_status edi_strictjson_object(edi_str text, size_t depth, json_t **object, const char **why) EDICT_MUST_CHECK;

/* A string's bytes, borrowed from the value; {NULL, 0} if it is none. */
edi_str edi_strictjson_text(const json_t *value);

#endif
