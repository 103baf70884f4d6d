/* Guarded: see the header. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* mkdtemp, nftw */
#endif
#include "support/guarded.h"

#include <ftw.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "edict/bundles.h"
#include "edict/edict.h"
#include "edict/policy.h"
#include "support/hostile.h"
#include "support/mint.h"

int sqlite3_edictsqlite_init(sqlite3 *db, char **why, const struct sqlite3_api_routines *api);

static const char config_text[] =
    "edict-sqlite/v1\n"
    "# the product of the tests\n"
    "database shop.db\nproduct sales.shop\nbundle build/federal.edb\nbundle build/sales.edb\n"
    "trust trust\nkeyring keyring\nlog log\nlog-key log.key\nauditor-key auditor.pub\n";
static const char wide_text[] =
    "edict-sqlite/v1\n"
    "database shop.db\nproduct sales.wide\nbundle build/federal.edb\nbundle build/sales.edb\n"
    "trust trust\nlog log-wide\nlog-key log.key\nauditor-key auditor.pub\n";

static const char *const sources[] = {
    "federal/edict.yaml",
    "federal/corp.jwks.json",
    "federal/vocabulary.edict",
    "federal/privacy.edict",
    "sales/edict.yaml",
    "sales/contracts/shop.odcs.yaml",
    "sales/contracts/wide.odcs.yaml",
};

const char *guarded_path(const guarded *g, const char *name) {
  static char paths[4][1200];
  static unsigned turn;
  char *path = paths[turn++ % 4];
  snprintf(path, sizeof paths[0], "%s/%s", g->folder, name);
  return path;
}

static void write_bytes(const guarded *g, const char *name, const char *bytes, size_t length) {
  FILE *file = fopen(guarded_path(g, name), "wb");
  if (!file || fwrite(bytes, 1, length, file) != length || fclose(file) != 0) {
    fprintf(stderr, "guarded: cannot write %s\n", name);
    abort();
  }
}

void guarded_write(const guarded *g, const char *name, const char *text) {
  write_bytes(g, name, text, strlen(text));
}

static char *read_text(const char *path) {
  size_t length = 0;
  char *bytes = hostile_read(path, &length), *text = bytes ? realloc(bytes, length + 1) : NULL;
  if (!text) {
    fprintf(stderr, "guarded: cannot read %s\n", path);
    abort();
  }
  text[length] = '\0';
  return text;
}

char *guarded_read(const guarded *g, const char *name) { return read_text(guarded_path(g, name)); }

static bool make_folders(guarded *g) {
  static const char *const folders[] = {"federal", "sales", "sales/contracts", "build"};
  const char *base = getenv("TMPDIR");
  snprintf(g->folder, sizeof g->folder, "%s/edict-guarded-XXXXXX", base ? base : "/tmp");
  if (!mkdtemp(g->folder)) return false;
  for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
    if (mkdir(guarded_path(g, folders[i]), 0700) != 0) return false;
  for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
    char from[256];
    snprintf(from, sizeof from, "tests/sqlite/%s", sources[i]);
    char *text = read_text(from);
    guarded_write(g, sources[i], text);
    free(text);
  }
  return true;
}

/* A key from a fixed seed; the verifier key is for free(). */
static char *make_key(const guarded *g, const char *name, unsigned char seed, const char *file) {
  unsigned char bytes[32];
  char *verifier, *secret;
  memset(bytes, seed, sizeof bytes);
  if (edict_key_generate(name, bytes, &verifier, &secret) != EDICT_OK) abort();
  if (file) guarded_write(g, file, secret);
  char *copy = strdup(file ? verifier : secret);
  edict_text_free(&verifier);
  edict_text_free(&secret);
  return copy;
}

static bool build(const guarded *g, const char *project_path, const char *key_name,
                  unsigned char seed, const char *out, edict_diagnostics *diagnostics) {
  edict_project *project;
  char *bytes = NULL, *made = NULL, *secret = make_key(g, key_name, seed, NULL);
  size_t length = 0, made_length = 0;
  edict_status status = edict_project_open(guarded_path(g, project_path), &project, diagnostics);
  if (status == EDICT_OK) status = edict_project_build(project, &bytes, &length, diagnostics);
  if (status == EDICT_OK)
    status =
        edict_bundle_sign(bytes, length, secret, strlen(secret), &made, &made_length, diagnostics);
  if (status == EDICT_OK) write_bytes(g, out, made, made_length);
  edict_project_destroy(&project);
  edict_text_free(&bytes);
  edict_text_free(&made);
  free(secret);
  return status == EDICT_OK;
}

/* Sealed with a key that lies beside it. */
static void write_keyring(const guarded *g) {
  static const char plain[] = "edict-keyring/v1\nfederation mesh.test\nepoch 1 "
                              "0505050505050505050505050505050505050505050505050505050505050505\n";
  const unsigned char seed[32] = {5}, other[32] = {6};
  char *key = NULL, *text = NULL;
  if (edict_keyring_key_create(seed, &key) != EDICT_OK) abort();
  const edict_keyring_secret secret = {key, strlen(key), 0};
  if (edict_keyring_edit(plain, sizeof plain - 1, NULL, EDICT_KEYRING_SEAL, 0, other, &secret, &text, NULL) != EDICT_OK) abort();
  guarded_write(g, "keyring", text);
  guarded_write(g, "keyring.key", key);
  edict_text_free(&text);
  edict_text_free(&key);
}

static void make_keys(const guarded *g) {
  unsigned char seed[32], public_key[32], secret_key[32];
  char hex[66], trust[2048];
  char *federal = make_key(g, "mesh.test-a", 1, "federal.key"),
       *sales = make_key(g, "mesh.test/sales-a", 2, "sales.key");
  char *log = make_key(g, "shop.test/log", 3, "log.key");
  snprintf(trust, sizeof trust,
           "edict-trust/v1\nfederal mesh.test %s\ndomain sales mesh.test/sales %s\nlog %s\n",
           federal, sales, log);
  guarded_write(g, "trust", trust);
  guarded_write(g, "log.pub", log);
  memset(seed, 4, sizeof seed);
  if (edict_auditor_keys(seed, public_key, secret_key) != EDICT_OK) abort();
  for (size_t i = 0; i < 32; i++) snprintf(hex + 2 * i, 3, "%02x", public_key[i]);
  memcpy(hex + 64, "\n", 2);
  guarded_write(g, "auditor.pub", hex);
  write_keyring(g);
  free(federal);
  free(sales);
  free(log);
}

static bool fill_database(const guarded *g) {
  sqlite3 *db;
  char *sql = read_text("tests/sqlite/base.sql");
  bool good = sqlite3_open(guarded_path(g, "shop.db"), &db) == SQLITE_OK &&
              sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;
  sqlite3_close(db);
  free(sql);
  return good;
}

bool guarded_make(guarded *g) { return guarded_make_with(g, ""); }

bool guarded_make_with(guarded *g, const char *rules) {
  edict_diagnostics *diagnostics = edict_diagnostics_create();
  bool good = make_folders(g) && fill_database(g);
  if (good && *rules) guarded_write(g, "federal/more.edict", rules);
  if (good) {
    make_keys(g);
    guarded_write(g, "shop.conf", config_text);
    guarded_write(g, "wide.conf", wide_text);
    snprintf(g->config, sizeof g->config, "%s/shop.conf", g->folder);
    good = build(g, "federal/edict.yaml", "mesh.test-a", 1, "build/federal.edb", diagnostics) &&
           build(g, "sales/edict.yaml", "mesh.test/sales-a", 2, "build/sales.edb", diagnostics);
  }
  for (size_t i = 0; i < edict_diagnostics_count(diagnostics); i++)
    printf("# guarded: %s: %s\n", edict_diagnostics_code(diagnostics, i),
           edict_diagnostics_message(diagnostics, i));
  edict_diagnostics_destroy(&diagnostics);
  if (!good) puts("# guarded: the product could not be made");
  return good && sqlite3_auto_extension((void (*)(void))sqlite3_edictsqlite_init) == SQLITE_OK;
}

static int remove_one(const char *path, const struct stat *state, int type, struct FTW *walk) {
  (void)state;
  (void)type;
  (void)walk;
  return remove(path);
}

void guarded_remove(guarded *g) {
  sqlite3_cancel_auto_extension((void (*)(void))sqlite3_edictsqlite_init);
  nftw(g->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

char *guarded_token(const char *id, const char *role, const char *purposes, const char *regions,
                    long seconds) {
  static const char header[] = "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"ec-1\"}";
  char payload[1024];
  long now = (long)time(NULL), from = seconds < 0 ? now + 2 * seconds : now - 5;
  snprintf(payload, sizeof payload,
           "{\"iss\":\"https://"
           "login.corp.example\",\"aud\":\"mesh\",\"sub\":\"%s\",\"iat\":%ld,\"exp\":%ld,"
           "\"roles\":[\"%s\"],\"purposes\":%s,\"regions\":%s}",
           id, from, now + seconds, role, purposes, regions);
  EVP_PKEY *key = mint_key("tests/keys/ec-a.test.pem");
  edi_buf token;
  edi_buf_init(&token, NULL, 16384);
  if (!mint_token("ES256", key, (edi_str){0}, edi_str_from(header), edi_str_from(payload), &token))
    abort();
  edi_buf_char(&token, '\0');
  char *copy = strdup(token.ptr);
  edi_buf_fini(&token);
  EVP_PKEY_free(key);
  return copy;
}

char *guarded_support_token(void) {
  return guarded_token("ana", "support", "[\"support\"]", "[\"de\",\"fr\"]", 600);
}

sqlite3 *guarded_open_as(const guarded *g, const char *config, const char *token) {
  sqlite3 *db = NULL;
  sqlite3_stmt *open = NULL;
  int rc = sqlite3_open(":memory:", &db);
  if (rc == SQLITE_OK) rc = sqlite3_prepare_v2(db, "SELECT edict_open(?, ?)", -1, &open, NULL);
  if (rc == SQLITE_OK)
    rc = sqlite3_bind_text(open, 1, guarded_path(g, config), -1, SQLITE_TRANSIENT);
  if (rc == SQLITE_OK) rc = sqlite3_bind_text(open, 2, token, -1, SQLITE_STATIC);
  if (rc == SQLITE_OK) rc = sqlite3_step(open);
  if (rc != SQLITE_ROW) printf("# guarded: edict_open: %s\n", sqlite3_errmsg(db));
  sqlite3_finalize(open);
  if (rc == SQLITE_ROW) return db;
  sqlite3_close(db);
  return NULL;
}

sqlite3 *guarded_open(const guarded *g, const char *token) {
  return guarded_open_as(g, "shop.conf", token);
}

/* ---- running ---- */

typedef struct answer {
  char *text;
  size_t length;
} answer;

static void add(answer *a, const char *bytes, size_t length) {
  char *more = realloc(a->text, a->length + length + 1);
  if (!more) abort();
  memcpy(more + a->length, bytes, length);
  more[a->length + length] = '\0';
  *a = (answer){more, a->length + length};
}

static void add_row(answer *a, sqlite3_stmt *statement) {
  if (a->length) add(a, "\n", 1);
  for (int c = 0; c < sqlite3_column_count(statement); c++) {
    if (c) add(a, "|", 1);
    int is_null = sqlite3_column_type(statement, c) == SQLITE_NULL;
    const char *value = is_null ? "NULL" : sqlite3_column_blob(statement, c);
    size_t length = is_null ? 4 : (size_t)sqlite3_column_bytes(statement, c);
    if (value) add(a, value, length);
  }
}

char *guarded_run(sqlite3 *db, const char *sql) {
  answer a = {0};
  int rc = SQLITE_OK;
  add(&a, "", 0);
  while (*sql && rc == SQLITE_OK) {
    sqlite3_stmt *statement = NULL;
    rc = sqlite3_prepare_v2(db, sql, -1, &statement, &sql);
    while (rc == SQLITE_OK && statement && (rc = sqlite3_step(statement)) == SQLITE_ROW) {
      add_row(&a, statement);
      rc = SQLITE_OK;
    }
    if (rc == SQLITE_DONE) rc = SQLITE_OK;
    if (rc != SQLITE_OK) {
      a.length = 0;
      add(&a, "error: ", 7);
      add(&a, sqlite3_errmsg(db), strlen(sqlite3_errmsg(db)));
    }
    sqlite3_finalize(statement);
  }
  return a.text;
}

sqlite3 *guarded_plain(void) {
  sqlite3 *db = NULL;
  if (sqlite3_auto_extension((void (*)(void))sqlite3_edictsqlite_init) == SQLITE_OK &&
      sqlite3_open(":memory:", &db) == SQLITE_OK)
    return db;
  return NULL;
}
