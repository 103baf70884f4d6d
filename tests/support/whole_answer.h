/* Whole answer: all that a decision says, and all that the log keeps of it, as bytes to be compared. */
#ifndef WHOLE_ANSWER_H
#define WHOLE_ANSWER_H

#include "base/bytes.h"
#include "edict/edict.h"

/* The last eight bytes are the time that was asked for. False: it could not be told. */
bool whole_answer(edict_decision *decision, edi_buf *into);
/* Whether two are the same but for the last `most` bytes; if not, `why` shows both. */
bool whole_answers_same(edict_decision *a, edict_decision *b, size_t most, char *why, size_t size);

#endif
