/* Sample root: root documents and trust stores from texts in which `@name:7` stands for the verifier key
 * of that name whose number is 7 (sample_key), signed by such keys; and the door that root documents come
 * in through. */
#ifndef SAMPLE_ROOT_H
#define SAMPLE_ROOT_H

#include "bundle/root.h"
#include "support/sample_bundle.h"

/* The text with its keys; `$prev` is the digest of the note `before` (NULL: there is none). */
void sample_root_text(edi_buf *into, const char *pattern, const edi_buf *before);
/* The same, and signed by "a:1 b:2"; with signers "" the text alone. */
void sample_root(edi_buf *into, const char *pattern, const edi_buf *before, const char *signers);

/* Version 1 of eu.example: root keys a:1 b:2 c:3, two of them; federal f:4 g:5, two; domain sales d:6. */
extern const char sample_root_first[];
/* Version 2 of it: root keys b:2 c:3 e:7, two of them; the rest the same. */
extern const char sample_root_second[];

/* Parsed, verified, in its time a day after sample_created(); of an input whose name begins with `next`
 * as what follows version 1 above. */
edict_status root_door(const char *name, const char *bytes, size_t length, edict_diagnostics *findings);

#endif
