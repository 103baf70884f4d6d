/* Guard: what one connection is guarded by, from load to close.
 *
 *   extension loaded --edict_open--> SEALED     all checks passed; for good
 *                    \-------------> BROKEN     sealing failed half-way: every statement is refused
 *
 * The guard belongs to its connection and is used under that connection's mutex. Functions, module
 * and tables hold a count of users; the last to leave frees. A seat is a decision: the scans of one
 * execution of one statement that read the same columns of the same table sit on one. */
#ifndef EDI_SQLITE_GUARD_H
#define EDI_SQLITE_GUARD_H

#include <sqlite3ext.h>

#include "adapters/sqlite/sqlite_site.h"
#include "edict/edict.h"

typedef enum edi_sqlite_state {
  EDI_SQLITE_NEW = 0,
  EDI_SQLITE_SEALED = 1,
  EDI_SQLITE_BROKEN = 2
} edi_sqlite_state;

typedef struct edi_sqlite_seat {
  struct edi_sqlite_seat *next;
  edict_decision *decision;
  unsigned users;        /* scans that sit on it */
  int permits;           /* it was decided, permitted and logged */
  size_t dataset;        /* ... for this table */
  sqlite3_uint64 used;   /* ... these columns, as the planner's set */
  uint64_t purpose_turn; /* ... this purpose */
  int64_t valid_until;
  sqlite3_stmt *statement; /* ... this execution; NULL: it could not be told which */
  uint64_t snapshot;
} edi_sqlite_seat;

enum { EDI_SQLITE_PURPOSE_BYTES = 256 };

typedef struct edi_sqlite_guard {
  sqlite3 *db; /* the connection that is guarded */
  unsigned users;
  edi_sqlite_state state;
  int creating;  /* 1 while the guarded tables are made, and never again */
  int declaring; /* 1 while SQLite parses the columns of a guarded table, text of our own */
  edi_sqlite_site *site;
  edict_session *session;
  edict_diagnostics *diagnostics;
  sqlite3 *source;   /* the private connection to the base tables; it has no name in SQL */
  unsigned readers;  /* scans in its transaction */
  uint64_t snapshot; /* number of that transaction */
  edi_sqlite_seat *seats;
  unsigned seat_count;
  edi_sqlite_seat *newest; /* of the newest decision; NULL: none yet */
  char purpose[EDI_SQLITE_PURPOSE_BYTES];
  size_t purpose_length; /* 0: none is stated */
  uint64_t purpose_turn; /* grows whenever it is stated anew */
  char **modules;        /* names that were modules when the connection was sealed */
  size_t module_count;
} edi_sqlite_guard;

/* With one user; NULL without memory. */
edi_sqlite_guard *edi_sqlite_guard_create(sqlite3 *db);
edi_sqlite_guard *edi_sqlite_guard_keep(edi_sqlite_guard *guard);
void edi_sqlite_guard_leave(void *guard);

/* Everything that edict_open does: looks at the connection, reads the configuration, verifies the
 * token, opens the database, seals. SQLITE_OK or, with *why, SQLITE_ERROR. */
int edi_sqlite_guard_open(edi_sqlite_guard *guard, const char *config, edict_text token,
                          char **why);

/* Decides and logs a read of the columns in `used`, or finds the decision that this execution of
 * this statement took already. SQLITE_OK: permitted, and the record is durable. Anything else
 * (SQLITE_AUTH: denied), with *why or without memory: serve nothing. The caller must be among the
 * source's readers. */
int edi_sqlite_guard_sit(edi_sqlite_guard *guard, size_t dataset, sqlite3_uint64 used,
                         edi_sqlite_seat **seat, char **why);
void edi_sqlite_guard_rise(edi_sqlite_seat *seat); /* NULL is allowed */
/* Whether the seat's decision still answers for what is executed now. */
int edi_sqlite_seat_holds(const edi_sqlite_guard *guard, const edi_sqlite_seat *seat);
/* Whether the planner's set names the column; its highest bit stands for all columns from 63 on. */
int edi_sqlite_is_used(sqlite3_uint64 used, size_t column);

/* ---- sealing: sqlite_seal.c and sqlite_authorizer.c ---- */
/* Whether the connection is one that can be guarded: nothing in it, nothing attached, nothing
 * running. */
int edi_sqlite_seal_check(edi_sqlite_guard *guard, char **why);
/* Makes the guarded tables and closes the connection to everything else. */
int edi_sqlite_seal(edi_sqlite_guard *guard, char **why);
int edi_sqlite_authorize(void *guard, int action, const char *first, const char *second,
                         const char *database, const char *origin);

#endif
