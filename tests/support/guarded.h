/* Guarded: a data product in a temporary folder, ready to be opened by the SQLite extension.
 *
 * The rules, contracts and rows are those of tests/sqlite/, built, signed and logged as a real one.
 * Programs that use it run in the root of the tree. */
#ifndef GUARDED_H
#define GUARDED_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct guarded {
  char folder[512];
  char config[600]; /* shop.conf in the folder */
} guarded;

/* False, after a message, if any step fails. All connections that SQLite opens from now on have the
 * extension's functions. */
bool guarded_make(guarded *g);
/* The same under further federal rules, a file with its `module`. */
bool guarded_make_with(guarded *g, const char *rules);
void guarded_remove(guarded *g);

/* A path in the folder; static storage, four at a time. */
const char *guarded_path(const guarded *g, const char *name);
void guarded_write(const guarded *g, const char *name, const char *text);
char *guarded_read(const guarded *g, const char *name); /* for free() */

/* A token of corp for `id` with one role, purposes and regions as JSON lists, from now for `seconds`
 * (negative: expired). For free(). */
char *guarded_token(const char *id, const char *role, const char *purposes, const char *regions,
                    long seconds);
/* Somebody of support, de and fr. */
char *guarded_support_token(void);

/* An empty connection in memory that called edict_open; NULL, after a message, if that failed. */
sqlite3 *guarded_open(const guarded *g, const char *token);
/* The same with another configuration of the folder: "wide.conf" is of a table with 66 columns. */
sqlite3 *guarded_open_as(const guarded *g, const char *config, const char *token);

/* A connection in memory that only has the functions; no product is needed. */
sqlite3 *guarded_plain(void);

/* Runs SQL and gives its rows, values joined by `|`, rows by newline ("NULL" for NULL); on an error
 * "error: " and its message, alone. For free(). */
char *guarded_run(sqlite3 *db, const char *sql);

#endif
