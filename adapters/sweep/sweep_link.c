/* Link: hands the functions of the SQLite that the program is linked with to those files that call them through the
 * extension's table. SQLite gives that table to whoever it opens a connection for. */
#include "adapters/sweep/sweep_link.h"

#include <stddef.h>

extern const sqlite3_api_routines *sqlite3_api;

static int take_table(sqlite3 *db, char **why, const sqlite3_api_routines *table) {
  (void)db;
  (void)why;
  sqlite3_api = table;
  return SQLITE_OK;
}

int edi_sweep_link(void) {
  sqlite3 *db = NULL;
  int rc = sqlite3_auto_extension((void (*)(void))take_table);
  if (rc == SQLITE_OK) rc = sqlite3_open_v2(":memory:", &db, SQLITE_OPEN_READWRITE, NULL);
  sqlite3_close(db);
  sqlite3_cancel_auto_extension((void (*)(void))take_table);
  return rc == SQLITE_OK && sqlite3_api ? SQLITE_OK : SQLITE_ERROR;
}
