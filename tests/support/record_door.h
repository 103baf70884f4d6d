/* Record doors: bytes from outside as a record, an answer or the inputs of a decision log.
 *
 * Inputs are read in the vocabulary of a fixed federation, which tests/support/hostile_records.py
 * knows too. What is taken is walked to its end, and encodes to the bytes that were taken. */
#ifndef RECORD_DOOR_H
#define RECORD_DOOR_H

#include "log/record.h"

/* By the name's beginning: "record-", "answer-" or "inputs-". */
edict_status record_door(const char *name, const char *bytes, size_t length,
                         edict_diagnostics *findings);

#endif
