/* History: several lives of one log on a disk in memory, and what must be true after each.
 *
 * A life opens the log, appends records with and without sealed payloads, checkpoints, erases,
 * closes; somewhere power fails, the process dies or a call fails. What the writer was told is
 * remembered outside. Afterwards nothing acknowledged may be lost, nothing invented, and the log
 * verifies. What is wrong is printed and remembered in `wrong`. */
#ifndef HISTORY_H
#define HISTORY_H

#include "support/logs.h"

enum { HISTORY_NUMBERS = 4096 };

typedef struct history {
  disk *d;
  uint64_t seed, random;
  edi_store_options options;
  uint64_t next;                      /* record number */
  bool acknowledged[HISTORY_NUMBERS]; /* durable, and told so */
  bool buffered[HISTORY_NUMBERS];     /* taken, not yet told durable */
  bool erased_before;                 /* payloads may be gone */
  edi_buf checkpoint;                 /* the newest that was handed out */
  bool wrong;
  uint64_t found[HISTORY_NUMBERS], found_count;
  edi_seal_opener *opener;
} history;

history *history_begin(uint64_t seed);
/* Frees it; whether nothing was wrong. */
bool history_end(history *h);
/* The same on every machine: `below` at most, from the seed. */
uint64_t history_draw(history *h, uint64_t below);

/* One life. *opened: the log was opened. Returns whether it was closed in order. At random: up to
 * 40 actions and perhaps a close. By script: one of everything, enough for a second segment. Short:
 * opens, and closes or not. */
bool history_live_at_random(history *h, bool *opened);
bool history_live_by_script(history *h, bool close, bool *opened);
bool history_live_short(history *h, bool close, bool *opened);

/* Reads and verifies what there is. `closed`: it must be closed. */
void history_check(history *h, bool opened, bool closed);
/* A last life that nothing disturbs: the log must open, close and verify. */
void history_finish(history *h);

#endif
