/* Swept shop: see the header. */
#define _GNU_SOURCE /* mkdtemp, nftw */
#include "support/swept_shop.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "edict/bundles.h"
#include "log/decision_log.h"
#include "log/swept.h"

static const char yaml[] =
    "edict: 1\nname: eu.example\nlayer: federal\nversion: 7\ncreated: 2026-01-01T00:00:00Z\nexpires: 2030-01-01T00:00:00Z\n"
    "rules: [ vocabulary.edict, rules.edict ]\ntables:\n  federal.vocabulary.holds: { file: holds.csv, version: 1, "
    "created: 2026-01-01T00:00:00Z, expires: 2029-01-01T00:00:00Z }\n";
static const char rules[] =
    "module federal.rules\n"
    "rule old\n retain at most 24 months after row[time.collected] then erase\n on dataset holding person.id\n because \"old\"\n"
    "rule held\n retain while row[person.id] in holds\n on dataset holding person.id\n because \"held\"\n";
static const char contract[] = MESH_CONTRACT(
    "  - name: orders\n    physicalName: base_orders\n    properties:\n"
    "      - { name: id, logicalType: integer, tags: [ plain ] }\n"
    "      - { name: customer, physicalName: customer_id, logicalType: string, tags: [ person.id ] }\n"
    "      - { name: ordered, logicalType: timestamp, tags: [ time.collected ] }\n"
    "      - { name: note, logicalType: string, tags: [ text ] }\n"
    "  - name: lines\n    physicalName: order_lines\n    properties:\n"
    "      - { name: id, logicalType: integer, tags: [ plain ] }\n"
    "      - { name: order, physicalName: order_id, logicalType: integer, tags: [ plain ] }\n"
    "      - { name: customer, physicalName: customer_id, logicalType: string, tags: [ person.id ] }\n"
    "      - { name: ordered, logicalType: timestamp, tags: [ time.collected ] }\n");

static void must(bool good, const char *what) {
  if (good) return;
  fprintf(stderr, "swept shop: %s\n", what);
  abort();
}

/* ---- what the sweeper asks for ---- */

static int64_t tell_time(void *user) { return ((swept_shop *)user)->now; }

static int give_bytes(void *user, unsigned char *bytes, size_t length) {
  swept_shop *s = user;
  memset(bytes, ++s->randomness, length);
  return 1;
}

static void pass_point(void *user, edi_sweep_point point, const char *dataset, uint64_t rows) {
  swept_shop *s = user;
  s->points++;
  if (s->point) s->point(s, point, dataset, rows);
}

static int note_row(void *user, const char *dataset, const char *key) {
  swept_shop *s = user;
  size_t used = strlen(s->keys);
  (void)dataset;
  snprintf(s->keys + used, sizeof s->keys - used, "%s ", key);
  return 0;
}

/* ---- life ---- */

static void make_keys(swept_shop *s) {
  char *secret, name[256];
  unsigned char seed[32] = {3};
  must(edict_key_generate("shop.test/log", seed, &s->verifier, &secret) == EDICT_OK, "key");
  must(edict_key_parse(secret, strlen(secret), name, s->log_key) == EDICT_OK, "key");
  must(edict_auditor_keys(seed, s->auditor_public, s->auditor_secret) == EDICT_OK, "auditor");
  edict_text_free(&secret);
}

/* In memory where the system has room for files there: processes die in these tests, and no machine does, so that nothing
 * is learned from waiting for a disk. */
static const char *base_folder(void) {
  const char *base = getenv("TMPDIR");
  return access("/dev/shm", W_OK) == 0 ? "/dev/shm" : base ? base : "/tmp";
}

void swept_shop_make(swept_shop *s, const char *sql) { swept_shop_make_holding(s, sql, "person\np-held\n"); }

void swept_shop_make_holding(swept_shop *s, const char *sql, const char *holds) {
  memset(s, 0, sizeof *s);
  snprintf(s->folder, sizeof s->folder, "%s/edict-sweep-XXXXXX", base_folder());
  must(mkdtemp(s->folder) != NULL, "folder");
  mesh_init(&s->m);
  const mesh_file files[] = {{"edict.yaml", yaml}, {"vocabulary.edict", mesh_vocabulary}, {"rules.edict", rules}, {"holds.csv", holds}};
  mesh_add(&s->m, files, 4);
  mesh_domain(&s->m, "sales", "", contract);
  mesh_open(&s->m);
  make_keys(s);
  s->said = edict_diagnostics_create();
  swept_shop_renew(s, sql);
}

void swept_shop_renew(swept_shop *s, const char *sql) {
  s->turn++;
  snprintf(s->database, sizeof s->database, "%s/shop-%u.db", s->folder, s->turn);
  snprintf(s->log_folder, sizeof s->log_folder, "%s/log-%u", s->folder, s->turn);
  s->now = mesh_time(SHOP_NOW);
  s->randomness = 0;
  s->point = NULL;
  s->options = (edi_sweeper_options){.batch = 1000, .share = 10, .confirmed = 1};
  swept_shop_run(s, sql);
}

static int remove_one(const char *path, const struct stat *state, int type, struct FTW *walk) {
  (void)state;
  (void)type;
  (void)walk;
  return remove(path);
}

void swept_shop_remove(swept_shop *s) {
  edi_sweeper_free(&s->why);
  edict_diagnostics_destroy(&s->said);
  edict_text_free(&s->verifier);
  mesh_fini(&s->m);
  nftw(s->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* ---- sweeping ---- */

static bool sweep(swept_shop *s, const size_t *datasets, bool erases) {
  edi_sweeper_options o = s->options;
  edi_sweeper_free(&s->why);
  s->keys[0] = '\0';
  s->points = 0;
  s->resumed = s->left = 0;
  memset(s->tally, 0, sizeof s->tally);
  edict_diagnostics_clear(s->said);
  o.database = s->database;
  o.product = s->m.product;
  o.datasets = datasets;
  o.dataset_count = datasets ? 1 : 0;
  o.log = s->log;
  o.log_folder = s->log_folder;
  o.clock = tell_time;
  o.random = give_bytes;
  o.point = pass_point;
  o.row = erases ? NULL : note_row;
  o.user = s;
  edi_sweeper *sweeper = edi_sweeper_open(&o, s->said, &s->why);
  bool good = sweeper && (erases ? edi_sweeper_erase(sweeper, s->said, &s->why) : edi_sweeper_list(sweeper, s->said, &s->why));
  for (size_t i = 0; sweeper && i < edi_sweeper_count(sweeper) && i < 2; i++) s->tally[i] = *edi_sweeper_tally(sweeper, i);
  if (sweeper) {
    s->resumed = edi_sweeper_resumed(sweeper);
    s->left = edi_sweeper_left(sweeper);
    edi_sweeper_close(&sweeper);
  }
  return good;
}

bool swept_shop_list(swept_shop *s, size_t dataset) { return sweep(s, dataset == SIZE_MAX ? NULL : &dataset, false); }

/* Room for a log that nobody needs on a disk: a hole in the place of zeros. Where thousands of logs are begun, writing zeros
 * is most of the work. */
static int reserve_hole(void *context, edi_file file, uint64_t size) {
  uint64_t has = 0;
  int error = edi_system_posix.size(context, file, &has);
  return error != 0 || has >= size ? error : edi_system_posix.truncate(context, file, size);
}

bool swept_shop_sweep(swept_shop *s, size_t dataset) {
  static edi_system system;
  system = edi_system_posix;
  system.reserve = reserve_hole;
  const edict_log_options options = {.size = sizeof options, .origin = "shop.test/log", .secret_key = s->log_key, .auditor_key = s->auditor_public};
  must(edi_log_open(&system, s->log_folder, s->m.engine, &options, &s->log, NULL) == EDICT_OK, "the log does not open");
  bool good = sweep(s, dataset == SIZE_MAX ? NULL : &dataset, true);
  s->log_failed = edict_log_close(&s->log, NULL) != EDICT_OK;
  return good;
}

/* ---- the database ---- */

void swept_shop_run(const swept_shop *s, const char *sql) {
  sqlite3 *db;
  char *error = NULL;
  must(sqlite3_open(s->database, &db) == SQLITE_OK && sqlite3_busy_timeout(db, 5000) == SQLITE_OK, "open");
  must(sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL) == SQLITE_OK, "foreign keys");
  (void)sqlite3_exec(db, sql, NULL, NULL, &error);
  must(!error, error);
  sqlite3_close(db);
}

char *swept_shop_ask(const swept_shop *s, const char *sql) {
  sqlite3 *db = NULL;
  sqlite3_stmt *rows;
  char *text = calloc(1, 1 << 20);
  must(text && sqlite3_open(s->database, &db) == SQLITE_OK, "open");
  must(sqlite3_prepare_v2(db, sql, -1, &rows, NULL) == SQLITE_OK, sqlite3_errmsg(db));
  for (size_t used = 0; sqlite3_step(rows) == SQLITE_ROW; used = strlen(text))
    snprintf(text + used, (1 << 20) - used, "%s ", (const char *)sqlite3_column_text(rows, 0));
  sqlite3_finalize(rows);
  sqlite3_close(db);
  return text;
}

/* ---- the log ---- */

enum { IDS = 512 };
typedef struct told {
  unsigned times[IDS]; /* by id: in how many batches it is */
  uint64_t erased;
  char batches[IDS][64];
  size_t batch_count;
  bool twice;
} told;

static void note_batch(told *t, const char *json) {
  const char *sweep = strstr(json, "\"sweep\":\""), *number = strstr(json, "\"number\":");
  char name[64];
  must(sweep && number && t->batch_count < IDS, "a batch");
  snprintf(name, sizeof name, "%.32s %d", sweep + 9, atoi(number + 9));
  for (size_t i = 0; i < t->batch_count; i++) t->twice |= strcmp(t->batches[i], name) == 0;
  memcpy(t->batches[t->batch_count++], name, sizeof name);
  t->erased += (uint64_t)atoi(strstr(json, "\"erased\":") + 9);
}

static void note_keys(told *t, const char *json) {
  const char *random = strstr(json, "\"random\":\""), *keys = strstr(json, "\"keys\":[");
  unsigned char secret[32], key[9] = {'i'}, pseudonym[EDICT_SWEPT_KEY_BYTES];
  char hex[2 * EDICT_SWEPT_KEY_BYTES + 1] = "";
  size_t length;
  must(random && keys && edi_hex_decode((edi_str){random + 10, 64}, secret, sizeof secret, &length), "sealed keys");
  for (uint64_t id = 0; id < IDS; id++) {
    edi_put64(key + 1, id);
    edict_swept_key(secret, key, sizeof key, pseudonym);
    edi_hex_write(pseudonym, sizeof pseudonym, false, hex);
    for (const char *at = strstr(keys, hex); at; at = strstr(at + 1, hex)) t->times[id]++;
  }
}

static int take_line(void *user, const char *json, size_t length) {
  told *t = user;
  char *copy = strndup(json, length);
  if (strstr(copy, "\"step\":\"batch\"")) {
    note_batch(t, copy);
    note_keys(t, copy);
  }
  free(copy);
  return 0;
}

bool swept_shop_log_says(swept_shop *s, const char *expected) {
  static told t;
  static char got[16384];
  edict_log_report report;
  uint64_t ids = 0;
  memset(&t, 0, sizeof t);
  got[0] = '\0';
  edict_diagnostics_clear(s->said);
  bool whole = edict_log_verify(s->log_folder, s->verifier, &report, s->said) == EDICT_OK && report.closed;
  if (edict_log_show(s->log_folder, s->auditor_secret, take_line, &t, s->said) != EDICT_OK) whole = false;
  for (unsigned id = 0, used = 0; id < IDS; id++) {
    ids += t.times[id];
    if (t.times[id]) used += (unsigned)snprintf(got + used, sizeof got - used, t.times[id] > 1 ? "%u! " : "%u ", id);
  }
  bool good = whole && !t.twice && ids == t.erased && report.erased == t.erased && strcmp(got, expected) == 0;
  if (!good)
    printf("# log: whole %d, a batch twice %d, %llu rows and %llu keys: %s\n# not %s\n", whole, t.twice, (unsigned long long)t.erased,
           (unsigned long long)ids, got, expected);
  return good;
}
