/* Guarded table: see the header. This file is the table as the planner sees it: it tells nothing
 * about the base table's size or order, and takes one equality as a hint. */
#include "adapters/sqlite/guarded_table.h"

#include <string.h>

#include "adapters/sqlite/sqlite_source.h"
#include "adapters/sqlite/sqlite_words.h"

SQLITE_EXTENSION_INIT3

/* What the planner is told of every guarded table, so that no plan depends on hidden rows. */
#define ESTIMATED_COST      1e6
#define ESTIMATED_SEEK_COST 1e2
enum { ESTIMATED_ROWS = 1000000, ESTIMATED_SEEK_ROWS = 25 };

/* ---- making one ---- */

/* The base columns' declared types settle the form of masked decimals. */
static int describe(edi_sqlite_table *table) {
  const edict_product *product = edi_sqlite_site_product(table->guard->site);
  unsigned char *wanted = sqlite3_malloc64(table->column_count + 1);
  sqlite3_stmt *rows = NULL;
  if (!wanted) return SQLITE_NOMEM;
  memset(wanted, 1, table->column_count);
  int rc = edi_sqlite_source_prepare(table->guard, table->dataset, wanted, &rows);
  for (size_t c = 0; c < table->column_count && rc == SQLITE_OK; c++) {
    edict_column_info info;
    if (edict_product_column_info(product, table->dataset, c, &info) != EDICT_OK) rc = SQLITE_ERROR;
    else
      table->columns[c] = edi_sqlite_column_make(info.type, sqlite3_column_decltype(rows, (int)c));
  }
  sqlite3_finalize(rows);
  sqlite3_free(wanted);
  return rc;
}

static int declare(const edi_sqlite_table *table) {
  const edict_product *product = edi_sqlite_site_product(table->guard->site);
  sqlite3_str *sql = sqlite3_str_new(table->guard->db);
  edict_column_info info;
  sqlite3_str_appendall(sql, "CREATE TABLE x(");
  for (size_t c = 0; c < table->column_count; c++) {
    if (edict_product_column_info(product, table->dataset, c, &info) != EDICT_OK) continue;
    sqlite3_str_appendf(sql, "%s\"%w\" %s", c ? "," : "", info.name, table->columns[c].declared);
  }
  sqlite3_str_appendchar(sql, 1, ')');
  char *text = sqlite3_str_finish(sql);
  table->guard->declaring = 1;
  int rc = text ? sqlite3_declare_vtab(table->guard->db, text) : SQLITE_NOMEM;
  table->guard->declaring = 0;
  sqlite3_free(text);
  return rc;
}

/* SQLite compares names without case, so two datasets that differ in it alone cannot both be. */
static size_t find_dataset(const edict_product *product, const char *name) {
  size_t found = SIZE_MAX;
  for (size_t d = 0; d < edict_product_dataset_count(product); d++)
    if (sqlite3_stricmp(edict_product_dataset_name(product, d), name) == 0) found = d;
  return found;
}

static int make(edi_sqlite_guard *guard, const char *name, sqlite3_vtab **made, char **why) {
  const edict_product *product = edi_sqlite_site_product(guard->site);
  size_t dataset = find_dataset(product, name);
  if (dataset == SIZE_MAX) {
    edi_sqlite_say(why, "the product has no such dataset");
    return SQLITE_ERROR;
  }
  size_t count = edict_product_top_column_count(product, dataset);
  edi_sqlite_table *table = sqlite3_malloc64(sizeof *table + count * sizeof *table->columns);
  if (!table) return SQLITE_NOMEM;
  *table = (edi_sqlite_table){.guard = guard, .dataset = dataset, .column_count = count,
                              .cell_count = edict_product_column_count(product, dataset)};
  int rc = describe(table);
  if (rc == SQLITE_OK) rc = declare(table);
  if (rc == SQLITE_OK) rc = sqlite3_vtab_config(guard->db, SQLITE_VTAB_DIRECTONLY);
  if (rc != SQLITE_OK) {
    sqlite3_free(table);
    return rc;
  }
  *made = &table->base;
  return SQLITE_OK;
}

static int create(sqlite3 *db, void *user, int count, const char *const *words, sqlite3_vtab **made,
                  char **why) {
  edi_sqlite_guard *guard = user;
  (void)db;
  if (guard->creating && count == 3) return make(guard, words[2], made, why);
  edi_sqlite_say(why, "guarded tables are made by edict_open alone");
  return SQLITE_ERROR;
}

/* After the schema was read anew. */
static int connect(sqlite3 *db, void *user, int count, const char *const *words,
                   sqlite3_vtab **made, char **why) {
  edi_sqlite_guard *guard = user;
  (void)db;
  if (guard->state == EDI_SQLITE_SEALED && count == 3) return make(guard, words[2], made, why);
  edi_sqlite_say(why, "the connection is not guarded");
  return SQLITE_ERROR;
}

static int disconnect(sqlite3_vtab *table) {
  sqlite3_free(table);
  return SQLITE_OK;
}

/* ---- planning ---- */

/* A term `column = value` that an index over the shown rows can answer: SQLite compares again.
 * Only by bytes, since another collation calls more texts equal. SQLite's number of the column, or
 * -1. */
static int choose_equality(sqlite3_index_info *info) {
  for (int i = 0; i < info->nConstraint; i++) {
    const struct sqlite3_index_constraint *c = &info->aConstraint[i];
    if (!c->usable || c->op != SQLITE_INDEX_CONSTRAINT_EQ || c->iColumn < 0) continue;
    const char *collation = sqlite3_vtab_collation(info, i);
    if (!collation || sqlite3_stricmp(collation, "BINARY") != 0) continue;
    info->aConstraintUsage[i].argvIndex = 1;
    return c->iColumn;
  }
  return -1;
}

/* What travels from here to the scan is the set of columns that the statement reads of this table
 * anywhere (projection, filter, join, grouping, order) and the column of the equality, if one is
 * taken. Estimates are constants. */
static int plan(sqlite3_vtab *table, sqlite3_index_info *info) {
  (void)table;
  info->idxStr = sqlite3_mprintf("%llx", info->colUsed);
  if (!info->idxStr) return SQLITE_NOMEM;
  info->idxNum = 0;
  info->needToFreeIdxStr = 1;
  int column = choose_equality(info);
  info->idxNum = column + 1;
  info->estimatedCost = column < 0 ? ESTIMATED_COST : ESTIMATED_SEEK_COST;
  info->estimatedRows = column < 0 ? ESTIMATED_ROWS : ESTIMATED_SEEK_ROWS;
  return SQLITE_OK;
}

/* No xUpdate: read-only. create and connect differ, so the module's name is no table. */
static const sqlite3_module module = {
    .iVersion = 1,
    .xCreate = create,
    .xConnect = connect,
    .xBestIndex = plan,
    .xDisconnect = disconnect,
    .xDestroy = disconnect,
    .xOpen = edi_sqlite_scan_open,
    .xClose = edi_sqlite_scan_close,
    .xFilter = edi_sqlite_scan_filter,
    .xNext = edi_sqlite_scan_next,
    .xEof = edi_sqlite_scan_at_end,
    .xColumn = edi_sqlite_scan_column,
    .xRowid = edi_sqlite_scan_row,
};

int edi_sqlite_table_register(edi_sqlite_guard *guard) {
  return sqlite3_create_module_v2(guard->db, EDI_SQLITE_MODULE, &module,
                                  edi_sqlite_guard_keep(guard), edi_sqlite_guard_leave);
}
