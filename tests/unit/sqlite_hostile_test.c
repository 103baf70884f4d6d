/* Hostile SQL: every file of tests/hostile/sql/ on a guarded connection of its own.
 *
 * A line of expected.tsv: the file, a tab, what it gives (rows joined by `;`, values by `|`) or the
 * beginning of its error, a tab, why. The connection has stand-ins for what a shell or a host may bring:
 * functions and a module whose every answer is a secret. No answer may hold one, in letters or in hex. */
#include <dirent.h>

#include "harness.h"
#include "support/guarded.h"
#include "support/hostile.h"

enum { STEPS_MOST = 3000, STEPS_EACH = 1000 };

static const char folder[] = "tests/hostile/sql";
static const char *const secrets[] = {"MARKER", "HIDDEN", "4D41524B4552", "48494444454E", "77700"};

/* ---- stand-ins ---- */

static void run_secret(sqlite3_context *context, int count, sqlite3_value **values) {
  (void)count;
  (void)values;
  sqlite3_result_text(context, "MARKER of a stand-in", -1, SQLITE_STATIC);
}

static int connect_secret(sqlite3 *db, void *user, int count, const char *const *words,
                          sqlite3_vtab **table, char **why) {
  (void)user;
  (void)count;
  (void)words;
  (void)why;
  *table = sqlite3_malloc(sizeof **table);
  if (!*table) return SQLITE_NOMEM;
  memset(*table, 0, sizeof **table);
  return sqlite3_declare_vtab(db, "CREATE TABLE x(x)");
}

static int plan_secret(sqlite3_vtab *table, sqlite3_index_info *info) {
  (void)table;
  info->estimatedCost = 1;
  return SQLITE_OK;
}

static int disconnect_secret(sqlite3_vtab *table) {
  sqlite3_free(table);
  return SQLITE_OK;
}

typedef struct secret_cursor {
  sqlite3_vtab_cursor base;
  int row;
} secret_cursor;

static int open_secret(sqlite3_vtab *table, sqlite3_vtab_cursor **cursor) {
  (void)table;
  secret_cursor *c = sqlite3_malloc(sizeof *c);
  if (!c) return SQLITE_NOMEM;
  memset(c, 0, sizeof *c);
  *cursor = &c->base;
  return SQLITE_OK;
}

static int close_secret(sqlite3_vtab_cursor *cursor) {
  sqlite3_free(cursor);
  return SQLITE_OK;
}

static int filter_secret(sqlite3_vtab_cursor *cursor, int plan, const char *text, int count,
                         sqlite3_value **values) {
  (void)plan;
  (void)text;
  (void)count;
  (void)values;
  ((secret_cursor *)cursor)->row = 0;
  return SQLITE_OK;
}

static int next_secret(sqlite3_vtab_cursor *cursor) {
  ((secret_cursor *)cursor)->row++;
  return SQLITE_OK;
}

static int at_end_secret(sqlite3_vtab_cursor *cursor) { return ((secret_cursor *)cursor)->row > 0; }

static int column_secret(sqlite3_vtab_cursor *cursor, sqlite3_context *context, int column) {
  (void)cursor;
  (void)column;
  run_secret(context, 0, NULL);
  return SQLITE_OK;
}

static int row_secret(sqlite3_vtab_cursor *cursor, sqlite3_int64 *row) {
  (void)cursor;
  *row = 1;
  return SQLITE_OK;
}

static const sqlite3_module secret_module = {
    .xConnect = connect_secret,
    .xBestIndex = plan_secret,
    .xDisconnect = disconnect_secret,
    .xOpen = open_secret,
    .xClose = close_secret,
    .xFilter = filter_secret,
    .xNext = next_secret,
    .xEof = at_end_secret,
    .xColumn = column_secret,
    .xRowid = row_secret,
};

static void add_stand_ins(sqlite3 *db) {
  static const char *const functions[] = {"readfile", "writefile",  "edit",           "eval",
                                          "regexp",   "sqlite_log", "fts3_tokenizer", "rtreedepth"};
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
    CHECK_INT(
        sqlite3_create_function(db, functions[i], -1, SQLITE_UTF8, NULL, run_secret, NULL, NULL),
        SQLITE_OK);
  CHECK_INT(sqlite3_create_module(db, "fsdir", &secret_module, NULL), SQLITE_OK);
  CHECK_INT(sqlite3_exec(db, "SELECT x FROM fsdir", NULL, NULL, NULL), SQLITE_OK);
}

static int count_steps(void *user) { return ++*(int *)user > STEPS_MOST; }

/* ---- one file ---- */

static guarded product;
static char *token;

static sqlite3 *open_with_stand_ins(void) {
  sqlite3 *db;
  char *sql = sqlite3_mprintf("SELECT edict_open(%Q, %Q); SELECT edict_purpose('support')",
                              product.config, token);
  CHECK_INT(sqlite3_open(":memory:", &db), SQLITE_OK);
  add_stand_ins(db);
  char *got = guarded_run(db, sql);
  CHECK_TEXT(got, strlen(got), "sales.shop\nsupport");
  free(got);
  sqlite3_free(sql);
  return db;
}

/* `@FOLDER@` stands for the product's folder. For free(). */
static char *fill_in(const char *sql, size_t length) {
  static const char mark[] = "@FOLDER@";
  char *out = malloc(length * (sizeof product.folder / 8) + 1), *at = out;
  for (size_t i = 0; i < length;) {
    if (length - i >= sizeof mark - 1 && memcmp(sql + i, mark, sizeof mark - 1) == 0) {
      at += sprintf(at, "%s", product.folder);
      i += sizeof mark - 1;
    } else {
      *at++ = sql[i++];
    }
  }
  *at = '\0';
  return out;
}

static void look_for_secrets(const char *name, const char *got) {
  for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++)
    if (strstr(got, secrets[i])) HARNESS_FAIL("%s gives a secret: %s", name, got);
}

static bool is_expected(char *got, const char *expected) {
  if (strncmp(expected, "error: ", 7) == 0) return strncmp(got, expected, strlen(expected)) == 0;
  for (char *at = got; *at; at++)
    if (*at == '\n') *at = ';';
  return strcmp(got, expected) == 0;
}

static void run_file(const char *name, const char *expected) {
  char path[512];
  size_t length = 0;
  int steps = 0;
  snprintf(path, sizeof path, "%s/%s", folder, name);
  char *bytes = hostile_read(path, &length);
  if (!bytes) {
    HARNESS_FAIL("%s cannot be read", path);
    return;
  }
  sqlite3 *db = open_with_stand_ins();
  char *sql = fill_in(bytes, length);
  sqlite3_progress_handler(db, STEPS_EACH, count_steps, &steps);
  char *got = guarded_run(db, sql);
  sqlite3_progress_handler(db, 0, NULL, NULL);
  look_for_secrets(name, got);
  if (!is_expected(got, expected)) HARNESS_FAIL("%s gives %s\n#   not %s", name, got, expected);
  free(got);
  /* Whatever happened, the connection is what it was. */
  free(guarded_run(db, "ROLLBACK"));
  got = guarded_run(db,
                    "SELECT edict_purpose('support'); SELECT id, phone FROM orders WHERE id < 13");
  CHECK_TEXT(got, strlen(got), "support\n11|***********1234");
  free(got);
  CHECK_INT(sqlite3_close(db), SQLITE_OK);
  free(sql);
  free(bytes);
}

static bool has_file(const char *name) {
  char path[512];
  size_t length;
  snprintf(path, sizeof path, "%s/%s", folder, name);
  char *bytes = hostile_read(path, &length);
  free(bytes);
  return bytes != NULL;
}

static size_t count_files(void) {
  size_t count = 0;
  DIR *dir = opendir(folder);
  for (struct dirent *entry; dir && (entry = readdir(dir));)
    count += strstr(entry->d_name, ".sql") != NULL;
  if (dir) closedir(dir);
  return count;
}

TEST(no_way_around)
{
  char path[512], *line, *next;
  size_t length = 0, listed = 0;
  REQUIRE(guarded_make(&product));
  token = guarded_support_token();
  sqlite3 *first =
      guarded_open(&product, token); /* keeps the log open, so that each file is quick */
  REQUIRE(first);
  snprintf(path, sizeof path, "%s/expected.tsv", folder);
  char *bytes = hostile_read(path, &length), *manifest = bytes ? realloc(bytes, length + 1) : NULL;
  REQUIRE(manifest);
  manifest[length] = '\0';
  for (line = manifest; *line; line = next) {
    char *end = strchr(line, '\n');
    next = end ? end + 1 : line + strlen(line);
    if (end) *end = '\0';
    if (*line == '#' || !*line) continue;
    char *expected = strchr(line, '\t'), *why = expected ? strchr(expected + 1, '\t') : NULL;
    if (!why) {
      HARNESS_FAIL("expected.tsv: a line is not FILE, ANSWER, WHY: %s", line);
      continue;
    }
    *expected = *why = '\0';
    CHECK(has_file(line));
    listed++;
    run_file(line, strcmp(expected + 1, "nothing") == 0 ? "" : expected + 1);
  }
  CHECK_INT(listed, count_files());
  CHECK(listed >= 40);
  free(manifest);
  sqlite3_close(first);
  guarded_remove(&product);
  free(token);
}

HARNESS_MAIN
