/* Extension: what SQLite calls when the library is loaded, and the functions that SQL sees.
 *
 *   edict_open(config, token)   guards the connection, once; gives the product's name
 *   edict_purpose(purpose)      states the purpose of what is executed from now on; NULL: none
 *   edict_explain()             the newest decision in words; NULL before the first
 *   edict_decision()            the same as JSON
 *
 * None of them may be called from a view, a trigger or any other part of a schema. */
#include <string.h>

#include "adapters/sqlite/sqlite_guard.h"
#include "adapters/sqlite/sqlite_words.h"

SQLITE_EXTENSION_INIT3

int sqlite3_edictsqlite_init(sqlite3 *db, char **why, const sqlite3_api_routines *api);
int sqlite3_extension_init(sqlite3 *db, char **why, const sqlite3_api_routines *api);

/* Takes `why` over. */
static void result_failure(sqlite3_context *context, char *why) {
  if (why) sqlite3_result_error(context, why, -1);
  else sqlite3_result_error_nomem(context);
  sqlite3_free(why);
}

static int is_text(sqlite3_value *value) { return sqlite3_value_type(value) == SQLITE_TEXT; }

static edict_text text_of(sqlite3_value *value) {
  const char *text = (const char *)sqlite3_value_text(value);
  return (edict_text){text ? text : "", text ? (size_t)sqlite3_value_bytes(value) : 0};
}

static void run_open(sqlite3_context *context, int count, sqlite3_value **values) {
  edi_sqlite_guard *guard = sqlite3_user_data(context);
  char *why = NULL;
  (void)count;
  if (!is_text(values[0]) || !is_text(values[1])) {
    sqlite3_result_error(
        context, "edict: edict_open takes the path of a configuration and a token, both text", -1);
    return;
  }
  edict_text config = text_of(values[0]), token = text_of(values[1]);
  if (strlen(config.ptr) != config.len ||
      edi_sqlite_guard_open(guard, config.ptr, token, &why) != SQLITE_OK) {
    if (strlen(config.ptr) != config.len) edi_sqlite_say(&why, "a path holds no NUL");
    result_failure(context, why);
    return;
  }
  sqlite3_result_text(context, edi_sqlite_site_product_name(guard->site), -1, SQLITE_TRANSIENT);
}

static void run_purpose(sqlite3_context *context, int count, sqlite3_value **values) {
  edi_sqlite_guard *guard = sqlite3_user_data(context);
  int none = sqlite3_value_type(values[0]) == SQLITE_NULL;
  edict_text purpose = none ? (edict_text){"", 0} : text_of(values[0]);
  (void)count;
  if (guard->state != EDI_SQLITE_SEALED)
    sqlite3_result_error(context, "edict: edict_open comes first", -1);
  else if (!none &&
           (!is_text(values[0]) || purpose.len == 0 || purpose.len > sizeof guard->purpose))
    sqlite3_result_error(context, "edict: a purpose is a text of 1 to 256 bytes, or NULL", -1);
  else {
    memcpy(guard->purpose, purpose.ptr, purpose.len);
    guard->purpose_length = purpose.len;
    guard->purpose_turn++;
    sqlite3_result_value(context, values[0]);
  }
}

static void run_explain(sqlite3_context *context, int count, sqlite3_value **values) {
  edi_sqlite_guard *guard = sqlite3_user_data(context);
  (void)count;
  (void)values;
  if (!guard->newest) return;
  size_t length = edict_decision_explain(guard->newest->decision, NULL, 0);
  char *text = sqlite3_malloc64(length + 1);
  if (!text) {
    sqlite3_result_error_nomem(context);
    return;
  }
  (void)edict_decision_explain(guard->newest->decision, text, length + 1);
  sqlite3_result_text64(context, text, length, sqlite3_free, SQLITE_UTF8);
}

static void run_decision(sqlite3_context *context, int count, sqlite3_value **values) {
  edi_sqlite_guard *guard = sqlite3_user_data(context);
  char *text = NULL, *why = NULL;
  size_t length;
  (void)count;
  (void)values;
  if (!guard->newest) return;
  edict_status status = edict_decision_json(guard->newest->decision, &text, &length);
  if (status == EDICT_OK) {
    sqlite3_result_text64(context, text, length, SQLITE_TRANSIENT, SQLITE_UTF8);
  } else {
    edi_sqlite_say(&why, "the decision cannot be told: %s", edict_status_text(status));
    result_failure(context, why);
  }
  edict_text_free(&text);
}

static int register_functions(sqlite3 *db, edi_sqlite_guard *guard) {
  static const struct {
    const char *name;
    int count;
    void (*run)(sqlite3_context *, int, sqlite3_value **);
  } functions[] = {
      {"edict_open", 2, run_open},
      {"edict_purpose", 1, run_purpose},
      {"edict_explain", 0, run_explain},
      {"edict_decision", 0, run_decision},
  };
  int rc = SQLITE_OK;
  /* A registration that fails calls the destructor itself. */
  for (size_t i = 0; i < sizeof functions / sizeof *functions && rc == SQLITE_OK; i++)
    rc = sqlite3_create_function_v2(db, functions[i].name, functions[i].count,
                                    SQLITE_UTF8 | SQLITE_DIRECTONLY, edi_sqlite_guard_keep(guard),
                                    functions[i].run, NULL, NULL, edi_sqlite_guard_leave);
  return rc;
}

/* Stays loaded: the libraries below keep state of the process. */
EDICT_EXPORT int sqlite3_edictsqlite_init(sqlite3 *db, char **why,
                                          const sqlite3_api_routines *api) {
  SQLITE_EXTENSION_INIT2(api);
  (void)why;
  edi_sqlite_guard *guard = edi_sqlite_guard_create(db);
  if (!guard) return SQLITE_NOMEM;
  int rc = register_functions(db, guard);
  edi_sqlite_guard_leave(guard);
  return rc == SQLITE_OK ? SQLITE_OK_LOAD_PERMANENTLY : rc;
}

EDICT_EXPORT int sqlite3_extension_init(sqlite3 *db, char **why, const sqlite3_api_routines *api) {
  return sqlite3_edictsqlite_init(db, why, api);
}
