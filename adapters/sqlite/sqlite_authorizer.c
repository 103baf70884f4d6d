/* Authorizer: what SQL text may do on a sealed connection.
 *
 * In: what SQLite asks while it compiles a statement. Out: SQLITE_OK or SQLITE_DENY. An allow-list:
 * whatever is not named here is denied, and on a broken connection everything is. */
#include <string.h>

#include "adapters/sqlite/sqlite_guard.h"

SQLITE_EXTENSION_INIT3

static const char *const functions[] = {
#define SQL_FUNCTION(name) name,
#include "adapters/sqlite/sql_functions.def"
#undef SQL_FUNCTION
};

/* They tell about the guarded tables, and set nothing. */
static const char *const pragmas[] = {"database_list", "foreign_key_list", "index_list",
                                      "table_info",    "table_list",       "table_xinfo"};

/* Besides the guarded ones: the schema, which holds nothing else, and JSON taken apart. */
static const char *const tables[] = {"sqlite_master",      "sqlite_schema", "sqlite_temp_master",
                                     "sqlite_temp_schema", "json_each",     "json_tree"};

static int among(const char *name, const char *const *list, size_t count) {
  for (size_t i = 0; name && i < count; i++)
    if (sqlite3_stricmp(name, list[i]) == 0) return 1;
  return 0;
}

#define AMONG(name, list) among(name, list, sizeof(list) / sizeof *(list))

static int is_guarded(const edi_sqlite_guard *guard, const char *table) {
  const edict_product *product = edi_sqlite_site_product(guard->site);
  for (size_t d = 0; d < edict_product_dataset_count(product); d++)
    if (sqlite3_stricmp(table, edict_product_dataset_name(product, d)) == 0) return 1;
  return 0;
}

/* SQLite asks with the column "" for whatever FROM names and no column is read of, common table
 * expressions included. The main database holds the guarded tables alone, so a name that is not a
 * module's can only be such an expression. */
static int is_expression(const edi_sqlite_guard *guard, const char *table, const char *column) {
  if (!column || column[0] != '\0') return 0;
  if (sqlite3_strnicmp(table, "pragma_", 7) == 0 || sqlite3_strnicmp(table, "sqlite_", 7) == 0)
    return 0;
  return !among(table, (const char *const *)guard->modules, guard->module_count);
}

static int may_read(const edi_sqlite_guard *guard, const char *table, const char *column,
                    const char *database) {
  if (!table || (database && strcmp(database, "main") != 0 && strcmp(database, "temp") != 0))
    return 0;
  return is_guarded(guard, table) || AMONG(table, tables) ||
         (!database && is_expression(guard, table, column));
}

int edi_sqlite_authorize(void *user, int action, const char *first, const char *second,
                         const char *database, const char *origin) {
  const edi_sqlite_guard *guard = user;
  (void)origin;
  /* For a virtual table's columns SQLite compiles, and never runs, updates of its own schema. */
  if (guard->declaring) return SQLITE_OK;
  if (guard->state != EDI_SQLITE_SEALED) return SQLITE_DENY;
  int allowed = 0;
  switch (action) {
    case SQLITE_SELECT:
    case SQLITE_RECURSIVE:
    case SQLITE_TRANSACTION:
    case SQLITE_SAVEPOINT: allowed = 1; break;
    case SQLITE_READ: allowed = may_read(guard, first, second, database); break;
    case SQLITE_FUNCTION: allowed = AMONG(second, functions); break;
    case SQLITE_PRAGMA: allowed = AMONG(first, pragmas); break;
    default: break;
  }
  return allowed ? SQLITE_OK : SQLITE_DENY;
}
