/* Logged: see the header. */
#define _GNU_SOURCE /* mkdtemp */
#include "support/logged.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "edict/bundles.h"
#include "support/hostile.h"

static const char rules[] =
    "rule staff-read\n"
    "  permit access\n"
    "  on dataset classified <= confidential\n"
    "  when subject.roles has analyst or subject.roles has support\n"
    "  because \"standard 1\"\n"
    "rule purposes\n"
    "  forbid access\n"
    "  on dataset holding pii\n"
    "  unless purpose in dataset.purposes\n"
    "rule mails\n"
    "  mask column tagged pii.email\n"
    "    with pseudonym(federal.vocabulary.wide) if subject.roles has analyst\n"
    "    with show-last(4) if row[geo.country] in subject.regions\n"
    "    with null otherwise\n"
    "rule phones\n"
    "  mask column tagged pii.phone\n"
    "    with show-last(4, rest: \"x\")\n"
    "rule residency\n"
    "  show only rows\n"
    "  on dataset holding geo.country\n"
    "  where row[geo.country] in subject.regions\n"
    "rule kept\n"
    "  retain at most 24 months after row[time.collected] then erase\n"
    "  on dataset holding pii\n"
    "rule held\n"
    "  retain at least 30 days after row[time.collected]\n"
    "  on dataset holding pii\n"
    "rule of-age\n"
    "  forbid export\n"
    "  when subject.age < 18\n";

static const char sales_rules[] = "rule no-mail-before-dawn\n"
                                  "  mask column tagged pii.email\n"
                                  "    with null\n"
                                  "  when now < 2026-11-20T06:00:00Z\n";

static const char orders[] =
    MESH_CONTRACT("  - name: orders\n"
                  "    logicalType: object\n"
                  "    customProperties:\n"
                  "      - { property: classification, value: internal }\n"
                  "      - { property: purposes, value: [ support ] }\n"
                  "    properties:\n"
                  "      - { name: mail, logicalType: string, tags: [ pii.email ] }\n"
                  "      - { name: phone, logicalType: string, tags: [ pii.phone ] }\n"
                  "      - { name: country, logicalType: string, tags: [ geo.country ] }\n"
                  "      - { name: since, logicalType: timestamp, tags: [ time.collected ] }\n");

static const char books[] =
    "apiVersion: v3.1.0\nkind: DataContract\nid: c-2\nversion: 1.0.0\nstatus: active\n"
    "domain: finance\ndataProduct: books\nschema:\n"
    "  - name: entries\n"
    "    logicalType: object\n"
    "    customProperties:\n"
    "      - { property: classification, value: restricted }\n"
    "    properties:\n"
    "      - { name: amount, logicalType: number, tags: [ num.amount ] }\n";

static void die(const logged *l, const char *what) {
  char *text = NULL;
  size_t length = 0;
  fprintf(stderr, "logged: %s\n", what);
  if (edict_diagnostics_render(l->m.diagnostics, EDICT_RENDERING_TEXT, &text, &length) == EDICT_OK)
    fprintf(stderr, "%s\n", text);
  abort();
}

/* ---- who asks ---- */

const char *const logged_private[] = {LOGGED_ID,    "Ana Zimt", "nick-one", "analyst", "dpo",
                                      "2001-02-03", "424242",   "3.25",     "people",  NULL};

#define VALUES(...) \
  (const edict_text[]){__VA_ARGS__}, sizeof((const edict_text[]){__VA_ARGS__}) / sizeof(edict_text)
#define T(literal) \
  { (literal), sizeof(literal) - 1 }

void logged_subject(logged *l, const char *id, const edict_attribute *attributes, size_t count) {
  const edict_attribute ana[] = {
      {T("roles"), VALUES(T("analyst"), T("dpo"))},
      {T("purposes"), VALUES(T("support"), T("marketing"))},
      {T("regions"), VALUES(T("de"), T("fr"), T("mars"))}, /* incomplete */
      {T("clearance"), VALUES(T("confidential"))},
      {T("age"), VALUES(T("424242"))},
      {T("name"), VALUES(T("Ana Zimt"))},
      {T("member"), VALUES(T("2001-02-03"))},
      {T("seen"), VALUES(T("2026-11-19T08:00:00.000001Z"))},
      {T("vip"), VALUES(T("true"))},
      {T("score"), VALUES(T("3.25"))},
      {T("nicks"), VALUES(T("nick-one"), T("a"), T(""))},
      {T("codes"), VALUES(T("7"), T("-3"), T("42"))},
      {T("home"), VALUES(T("atlantis"))}, /* unknown */
      {T("address"), VALUES(T("2001:db8::1"))},
      {T("person"), VALUES(T("p-17"))},
  };
  edict_session_destroy(&l->m.session);
  if (!attributes) {
    attributes = ana;
    count = sizeof ana / sizeof *ana;
  }
  if (edict_session_create_host(l->m.engine, (edict_text){id, strlen(id)}, attributes, count,
                                &l->m.session, l->m.diagnostics) != EDICT_OK)
    die(l, "no session");
}

/* ---- life ---- */

static void make_keys(logged *l) {
  unsigned char seed[32] = {7};
  char name[256], *secret;
  if (edict_key_generate(LOGGED_ORIGIN, seed, &l->verifier, &secret) != EDICT_OK ||
      edict_key_parse(secret, strlen(secret), name, l->secret_key) != EDICT_OK ||
      edict_auditor_keys(seed, l->auditor_public, l->auditor_secret) != EDICT_OK)
    die(l, "no keys");
  edict_text_free(&secret);
}

void logged_init(logged *l, const char *extra) { logged_init_as(l, extra, NULL); }

void logged_init_as(logged *l, const char *extra, const edict_engine_options *options) {
  logged_init_own(l, extra, "", options);
}

void logged_init_own(logged *l, const char *extra, const char *own, const edict_engine_options *options) {
  char federal[8192], sales[4096];
  const char *base = getenv("TMPDIR");
  memset(l, 0, sizeof *l);
  mesh_init(&l->m);
  snprintf(federal, sizeof federal, "%s%s", rules, extra);
  mesh_federal(&l->m, federal);
  snprintf(sales, sizeof sales, "%s%s", own, sales_rules);
  mesh_domain(&l->m, "sales", sales, orders);
  mesh_domain(&l->m, "finance", own, books);
  if (mesh_engine(&l->m, options) != EDICT_OK) die(l, "no engine");
  mesh_open(&l->m);
  if (edict_product_create(l->m.engine, "finance.books", &l->books, l->m.diagnostics) != EDICT_OK ||
      edict_decision_create(l->books, &l->booked) != EDICT_OK)
    die(l, "no second product");
  snprintf(l->folder, sizeof l->folder - 8, "%s/edict-logged-XXXXXX", base ? base : "/tmp");
  if (!mkdtemp(l->folder)) die(l, "no folder");
  strncat(l->folder, "/log", 5);
  make_keys(l);
  logged_subject(l, LOGGED_ID, NULL, 0);
}

void logged_leave(logged *l) {
  edict_decision_destroy(&l->booked);
  edict_product_destroy(&l->books);
  edict_text_free(&l->verifier);
  mesh_fini(&l->m);
}

static bool remove_one(void *user, const char *path, const char *bytes, size_t length) {
  (void)user, (void)bytes, (void)length;
  return unlink(path) == 0;
}

void logged_fini(logged *l) {
  if (l->log) (void)logged_close(l);
  (void)logged_files(l, remove_one, NULL);
  (void)rmdir(l->folder);
  l->folder[strlen(l->folder) - 4] = '\0'; /* the one that holds it */
  (void)logged_files(l, remove_one, NULL);
  (void)rmdir(l->folder);
  logged_leave(l);
}

/* ---- for other programs ---- */

static void keep_file(const logged *l, const char *name, const void *bytes, size_t length) {
  char path[1024];
  snprintf(path, sizeof path, "%s/../%s", l->folder, name);
  if (edict_file_write(path, bytes, length, l->m.diagnostics) != EDICT_OK) die(l, "no file");
}

void logged_keep(const logged *l) {
  char name[32], key[66];
  for (size_t i = 0; i < l->m.bundle_count; i++) {
    snprintf(name, sizeof name, "bundle-%zu.edb", i);
    keep_file(l, name, l->m.bundles[i].ptr, l->m.bundles[i].len);
  }
  for (size_t i = 0; i < 32; i++) snprintf(key + 2 * i, 3, "%02x", l->auditor_secret[i]);
  key[64] = '\n';
  keep_file(l, "auditor.key", key, 65);
  keep_file(l, "log.pub", l->verifier, strlen(l->verifier));
}

/* ---- the log ---- */

edict_status logged_open(logged *l) {
  const edict_log_options options = {.size = sizeof options,
                                     .origin = LOGGED_ORIGIN,
                                     .secret_key = l->secret_key,
                                     .auditor_key = l->auditor_public};
  return edict_log_open(l->folder, l->m.engine, &options, &l->log, l->m.diagnostics);
}

edict_status logged_close(logged *l) { return edict_log_close(&l->log, l->m.diagnostics); }

edict_status logged_append(logged *l, const edict_decision *decision) {
  return edict_log_append(l->log, decision, l->m.diagnostics);
}

edict_status logged_ask(logged *l, const char *action, const char *columns, const char *context) {
  if (mesh_ask(&l->m, action, "orders", columns, context, LOGGED_NOW) != EDICT_OK)
    die(l, "no decision");
  return logged_append(l, l->m.decision);
}

static edict_status ask_books(logged *l, const char *action) {
  const uint32_t columns[] = {0};
  const edict_request request = {.size = sizeof request,
                                 .action = {action, strlen(action)},
                                 .columns = columns,
                                 .column_count = 1,
                                 .now = mesh_time(LOGGED_NOW)};
  if (edict_decide(l->booked, l->m.session, &request) != EDICT_OK) die(l, "no decision");
  return logged_append(l, l->booked);
}

size_t logged_everything(logged *l) {
  static const struct {
    const char *action, *columns, *context;
  } asks[] = {
      {"read", "*", "purpose support"},
      {"read", "phone mail", "purpose support"},
      {"read", "", "purpose support"},
      {"read", "country", "purpose marketing"},
      {"read", "country", "purpose billing"}, /* not the subject's: unknown */
      {"download", "*", "purpose support; channel phone; amount 12.50; areas de us moon; size 9"},
      {"export", "*", "purpose support"}, /* no leaf */
      {"fly", "*", "purpose support"},
      {"read", "*", "purpose support; shoe size"},
      {"read", "*", ""},
      {"unmask", "*", "purpose support"},
  };
  size_t count = 0;
  for (size_t i = 0; i < sizeof asks / sizeof *asks; i++) {
    if (logged_ask(l, asks[i].action, asks[i].columns, asks[i].context) != EDICT_OK)
      die(l, "no append");
    count++;
  }
  if (mesh_ask(&l->m, "read", "orders", "*", "purpose support", "2026-11-20T03:00:00Z") !=
          EDICT_OK ||
      logged_append(l, l->m.decision) != EDICT_OK || ask_books(l, "read") != EDICT_OK)
    die(l, "no append");
  return count + 2;
}

/* ---- the auditor ---- */

edict_status logged_verify(logged *l, edict_log_report *report) {
  return edict_log_verify(l->folder, l->verifier, report, l->m.diagnostics);
}

edict_status logged_replay(logged *l, int64_t now, edict_replay_report *report) {
  const edict_engine_options options = {.size = sizeof options, .now = now, .development = 1};
  edict_bytes bytes[MESH_BUNDLES];
  edict_engine *engine;
  for (size_t i = 0; i < l->m.bundle_count; i++)
    bytes[i] = (edict_bytes){l->m.bundles[i].ptr, l->m.bundles[i].len};
  if (edict_engine_create(&options, bytes, l->m.bundle_count, &engine, l->m.diagnostics) !=
      EDICT_OK)
    die(l, "no engine to replay with");
  edict_status status =
      edict_replay(l->folder, engine, l->auditor_secret, NULL, NULL, report, l->m.diagnostics);
  edict_engine_destroy(&engine);
  return status;
}

/* ---- its files ---- */

bool logged_files(const logged *l,
                  bool (*each)(void *user, const char *path, const char *bytes, size_t length),
                  void *user) {
  char *paths[64];
  size_t count = 0;
  bool good = true;
  DIR *dir = opendir(l->folder);
  for (struct dirent *entry; dir && (entry = readdir(dir)) != NULL;) {
    if (entry->d_name[0] == '.' || count == 64) continue;
    if (asprintf(&paths[count], "%s/%s", l->folder, entry->d_name) < 0) abort();
    count++;
  }
  if (dir) closedir(dir);
  for (size_t i = 0; i < count; i++) {
    size_t length = 0;
    char *bytes = hostile_read(paths[i], &length);
    good = good && bytes && each(user, paths[i], bytes, length);
    free(bytes);
    free(paths[i]);
  }
  return good;
}

void logged_put(const char *path, const void *bytes, size_t length) {
  FILE *file = fopen(path, "r+b");
  if (!file || fwrite(bytes, 1, length, file) != length || fclose(file) != 0 ||
      truncate(path, (off_t)length) != 0)
    abort();
}
