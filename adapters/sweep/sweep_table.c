/* Table: what holds a dataset, how its rows are found again, and what else would go with one.
 *
 * Only tables can be swept: a view has no rows of its own, and what a virtual one keeps its module alone knows. What a row
 * takes along, by a cascading foreign key or by a trigger, is refused unless the owner declared it by name. */
#include "adapters/sweep/sweep_parts.h"

#include <string.h>

SQLITE_EXTENSION_INIT3

static int refuse(const edi_sweep_table *t, const char *why) {
  edi_sqlite_say(t->sweeper->why, "dataset `%s` cannot be swept: `%s` %s", t->name, t->table, why);
  return SQLITE_ERROR;
}

static int prepare_for(const edi_sweep_table *t, const char *sql, sqlite3_stmt **statement) {
  int rc = sqlite3_prepare_v2(t->sweeper->db, sql, -1, statement, NULL);
  if (rc == SQLITE_OK) rc = sqlite3_bind_text(*statement, 1, t->table, -1, SQLITE_STATIC);
  return edi_sweep_fail(t->sweeper, "the schema cannot be read", rc);
}

static int finish(const edi_sweep_table *t, sqlite3_stmt *statement, int rc) {
  if (rc == SQLITE_ROW || rc == SQLITE_DONE) rc = SQLITE_OK;
  edi_sweep_fail(t->sweeper, "the schema cannot be read", rc);
  sqlite3_finalize(statement);
  return rc;
}

/* ---- kind ---- */

/* A dataset that is only guarded may be elsewhere, or a view, which loses no row. */
static int check_kind(edi_sweep_table *t, const char *kind) {
  t->absent = !t->selected && (!kind || strcmp(kind, "view") == 0);
  if (t->absent) return SQLITE_OK;
  if (!kind) return refuse(t, "is not in the database");
  if (strcmp(kind, "table") != 0)
    return refuse(t, strcmp(kind, "view") == 0 ? "is a view: name the table in the contract" : "is a virtual table, whose rows its module keeps");
  if (sqlite3_stricmp(t->table, "edict_sweep") == 0 || sqlite3_strnicmp(t->table, "sqlite_", 7) == 0) return refuse(t, "is not the product's");
  return SQLITE_OK;
}

static int read_kind(edi_sweep_table *t, int *without_rowid) {
  sqlite3_stmt *statement = NULL;
  int rc = prepare_for(t, "SELECT type,wr FROM pragma_table_list WHERE schema='main' AND name=?1 COLLATE NOCASE", &statement), good = SQLITE_OK;
  if (rc == SQLITE_OK) rc = sqlite3_step(statement);
  if (rc == SQLITE_ROW || rc == SQLITE_DONE)
    good = check_kind(t, rc == SQLITE_ROW ? (const char *)sqlite3_column_text(statement, 0) : NULL);
  *without_rowid = rc == SQLITE_ROW && sqlite3_column_int(statement, 1);
  rc = finish(t, statement, rc);
  return rc == SQLITE_OK ? good : rc;
}

/* ---- key ---- */

static char *joined(char *before, const char *between, const char *format, const char *name, int number) {
  char *part = sqlite3_mprintf(format, name, number);
  char *all = part ? sqlite3_mprintf("%s%s%s", before ? before : "", before ? between : "", part) : NULL;
  sqlite3_free(part);
  sqlite3_free(before);
  return all;
}

static int add_key(edi_sweep_table *t, const char *name) {
  t->key_count++;
  t->keys = joined(t->keys, ",", "t.\"%w\"", name, 0);
  t->match = joined(t->match, " AND ", "t.\"%w\"=?%d", name, t->key_count);
  return t->keys && t->match ? SQLITE_OK : SQLITE_NOMEM;
}

/* What comes after the key of ?1 and on, in the order of the key. */
static int finish_key(edi_sweep_table *t) {
  char *marks = NULL;
  for (int i = 1; i <= t->key_count; i++) marks = joined(marks, ",", "%.0s?%d", "", i);
  t->after = marks ? sqlite3_mprintf("(%s)>(%s)", t->keys, marks) : NULL;
  sqlite3_free(marks);
  return t->after ? SQLITE_OK : SQLITE_NOMEM;
}

/* The name under which the row's number can be had: one that no column has, or the column that is the number. */
static int read_number(edi_sweep_table *t) {
  static const char *const names[] = {"_rowid_", "rowid", "oid"};
  int taken[3] = {0}, parts = 0;
  sqlite3_stmt *statement = NULL;
  char *whole = NULL;
  int rc = prepare_for(t, "SELECT name,type,pk FROM pragma_table_xinfo(?1,'main')", &statement);
  while (rc == SQLITE_OK && (rc = sqlite3_step(statement)) == SQLITE_ROW) {
    const char *name = (const char *)sqlite3_column_text(statement, 0), *type = (const char *)sqlite3_column_text(statement, 1);
    for (size_t i = 0; name && i < 3; i++) taken[i] |= sqlite3_stricmp(name, names[i]) == 0;
    if (name && sqlite3_column_int(statement, 2) && ++parts == 1 && type && sqlite3_stricmp(type, "INTEGER") == 0) whole = sqlite3_mprintf("%s", name);
    rc = SQLITE_OK;
  }
  rc = finish(t, statement, rc);
  size_t at = 0;
  while (at < 3 && taken[at]) at++;
  if (rc == SQLITE_OK && at < 3) rc = add_key(t, names[at]);
  else if (rc == SQLITE_OK && whole && parts == 1) rc = add_key(t, whole);
  else if (rc == SQLITE_OK) rc = refuse(t, "has columns of each name that its rows' numbers could be had by");
  sqlite3_free(whole);
  return rc;
}

static int add_told(edi_sweep_table *t, const char *name) {
  t->told_count++;
  t->told = joined(t->told, ",", "\"%w\"", name, 0);
  return t->told ? SQLITE_OK : SQLITE_NOMEM;
}

/* The declared primary key, of whatever kind. */
static int read_primary(edi_sweep_table *t, int (*add)(edi_sweep_table *t, const char *name)) {
  sqlite3_stmt *statement = NULL;
  int rc = prepare_for(t, "SELECT name FROM pragma_table_xinfo(?1,'main') WHERE pk>0 ORDER BY pk", &statement);
  while (rc == SQLITE_OK && (rc = sqlite3_step(statement)) == SQLITE_ROW) rc = add(t, (const char *)sqlite3_column_text(statement, 0));
  return finish(t, statement, rc);
}

static int read_key(edi_sweep_table *t, int without_rowid) {
  int rc = without_rowid ? read_primary(t, add_key) : read_number(t);
  if (rc == SQLITE_OK && t->key_count == 0) rc = refuse(t, "has no primary key");
  if (rc == SQLITE_OK) rc = read_primary(t, add_told);
  if (rc != SQLITE_OK || t->told_count) return rc;
  t->told_count = 1; /* the row's number */
  t->told = sqlite3_mprintf("%s", t->keys + strlen("t."));
  return t->told ? SQLITE_OK : SQLITE_NOMEM;
}

/* ---- columns ---- */

static int check_columns(edi_sweep_table *t) {
  edict_column_info info;
  const edict_product *product = t->sweeper->options->product;
  sqlite3_str *sql = sqlite3_str_new(t->sweeper->db);
  sqlite3_stmt *statement = NULL;
  sqlite3_str_appendall(sql, "SELECT 1");
  for (size_t c = 0; c < t->column_count; c++)
    if (edict_product_column_info(product, t->dataset, c, &info) == EDICT_OK && info.parent == SIZE_MAX) sqlite3_str_appendf(sql, ",t.\"%w\"", info.physical_name);
  sqlite3_str_appendf(sql, " FROM main.\"%w\" AS t", t->table);
  char *text = sqlite3_str_finish(sql);
  int rc = text ? sqlite3_prepare_v2(t->sweeper->db, text, -1, &statement, NULL) : SQLITE_NOMEM;
  if (rc == SQLITE_ERROR) edi_sqlite_say(t->sweeper->why, "the database does not hold dataset `%s`: %s", t->name, sqlite3_errmsg(t->sweeper->db));
  (void)edi_sweep_fail(t->sweeper, "the database refused", rc);
  sqlite3_finalize(statement);
  sqlite3_free(text);
  return rc;
}

/* ---- what would go along ---- */

/* Tables that lose or change rows with those of ?1, and how: by keys that cascade, however far. */
#define REACH                                                                                                                  \
  "WITH RECURSIVE reach(name,how) AS (SELECT ?1,'delete' UNION SELECT m.name,CASE f.on_delete WHEN 'CASCADE' THEN r.how ELSE " \
  "'update' END FROM reach r JOIN sqlite_schema m ON m.type='table' JOIN pragma_foreign_key_list(m.name,'main') f WHERE " EDGE ") "
#define EDGE                                                                                                    \
  "f.\"table\"=r.name COLLATE NOCASE AND ((r.how='delete' AND f.on_delete IN ('CASCADE','SET NULL','SET DEFAULT')) " \
  "OR (r.how='update' AND f.on_update IN ('CASCADE','SET NULL','SET DEFAULT')))"

static int is_declared(const edi_sweeper *s, const char *name) {
  for (size_t i = 0; name && i < s->options->declared_count; i++)
    if (sqlite3_stricmp(name, s->options->declared[i]) == 0) return 1;
  return 0;
}

/* Each name that the query gives must have been declared. */
static int check_declared(edi_sweep_table *t, const char *sql, const char *what) {
  sqlite3_stmt *statement = NULL;
  int rc = prepare_for(t, sql, &statement), good = SQLITE_OK;
  while (rc == SQLITE_OK && good == SQLITE_OK && (rc = sqlite3_step(statement)) == SQLITE_ROW) {
    const char *name = (const char *)sqlite3_column_text(statement, 0);
    rc = SQLITE_OK;
    if (is_declared(t->sweeper, name)) continue;
    edi_sqlite_say(t->sweeper->why, "dataset `%s` cannot be swept: with its rows %s `%s`, which was not declared", t->name, what, name ? name : "");
    good = SQLITE_ERROR;
  }
  rc = finish(t, statement, rc);
  return rc == SQLITE_OK ? good : rc;
}

static int check_reach(edi_sweep_table *t) {
  int rc = check_declared(t,
                          REACH "SELECT DISTINCT m.name FROM reach r JOIN sqlite_schema m ON m.type='table' "
                                "JOIN pragma_foreign_key_list(m.name,'main') f WHERE " EDGE,
                          "others go or change in table");
  if (rc != SQLITE_OK) return rc;
  return check_declared(t,
                        REACH "SELECT DISTINCT g.name FROM reach r JOIN sqlite_schema g ON g.type='trigger' AND "
                              "g.tbl_name=r.name COLLATE NOCASE",
                        "there may run trigger");
}

static int read_references(edi_sweep_table *t) {
  sqlite3_stmt *statement = NULL;
  int rc = prepare_for(t,
                       "SELECT 1 FROM sqlite_schema m JOIN pragma_foreign_key_list(m.name,'main') f WHERE m.type='table' AND "
                       "f.\"table\"=?1 COLLATE NOCASE",
                       &statement);
  if (rc == SQLITE_OK) rc = sqlite3_step(statement);
  t->referenced = rc == SQLITE_ROW;
  return finish(t, statement, rc);
}

/* A misspelt name would let through nothing, and its owner would not know why. */
static int check_names(edi_sweeper *s) {
  int rc = SQLITE_OK;
  for (size_t i = 0; i < s->options->declared_count && rc == SQLITE_OK; i++) {
    sqlite3_stmt *statement;
    rc = edi_sweep_prepare(s, &statement, "SELECT 1 FROM sqlite_schema WHERE type IN ('table','trigger') AND name=%Q COLLATE NOCASE",
                           s->options->declared[i]);
    if (rc == SQLITE_OK && sqlite3_step(statement) != SQLITE_ROW) {
      edi_sqlite_say(s->why, "the database has no table or trigger `%s`", s->options->declared[i]);
      rc = SQLITE_ERROR;
    }
    sqlite3_finalize(statement);
  }
  return rc;
}

/* ---- all of it ---- */

static int look(edi_sweep_table *t) {
  int without_rowid = 0;
  int rc = read_kind(t, &without_rowid);
  if (rc != SQLITE_OK || t->absent) return rc;
  rc = check_columns(t);
  if (rc == SQLITE_OK) rc = read_key(t, without_rowid);
  if (rc == SQLITE_OK) rc = finish_key(t);
  if (rc == SQLITE_OK) rc = read_references(t);
  return rc == SQLITE_OK && t->selected ? check_reach(t) : rc;
}

int edi_sweep_look(edi_sweeper *s) {
  int rc = check_names(s);
  for (size_t i = 0; i < s->table_count && rc == SQLITE_OK; i++) rc = look(&s->tables[i]);
  return edi_sweep_fail(s, "the schema cannot be read", rc);
}

int edi_sweep_read_schema(edi_sweeper *s, int64_t *version) { return edi_sweep_number(s, "PRAGMA main.schema_version", 0, version); }
