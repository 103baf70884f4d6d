/* Site: see the header. In: the path of a configuration. Out: verified objects, or nothing.
 *
 * The registry is the process's only shared state; its mutex is held while a site is opened or
 * closed, never while a query runs. What is secret is wiped as soon as it was used. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* explicit_bzero */
#endif
#include "adapters/sqlite/sqlite_site.h"

#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <sqlite3ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "adapters/sqlite/sqlite_config.h"
#include "adapters/sqlite/sqlite_words.h"
#include "edict/bundles.h"
#include "edict/holder.h"

SQLITE_EXTENSION_INIT3

enum {
  KEY_BYTES = 4096,
  KEYRING_BYTES = 65536,
  TRUST_BYTES = 1024 * 1024,
  BUNDLE_BYTES = 2047 * 1024 * 1024, /* of table data */
  FILES_MOST = EDI_SQLITE_BUNDLES + EDI_SQLITE_ROOTS + EDI_SQLITE_ISSUERS + EDI_SQLITE_LINES + 1,
  TRIES = 100, /* while somebody else loads with the same state */
};

struct edi_sqlite_site {
  edi_sqlite_site *next;
  unsigned users;
  char path[PATH_MAX]; /* of the configuration, without links */
  char database[PATH_MAX];
  char secret[PATH_MAX]; /* of what opens the keyring; empty: nothing does */
  char product_name[EDI_SQLITE_VALUE_BYTES + 1];
  size_t folder_length; /* of the path, with its last slash: what relative paths start from */
  char *text;           /* the configuration */
  edi_sqlite_config config;
  struct stat files[FILES_MOST]; /* as they were when they were read */
  size_t file_count;
  edict_bytes bundles[EDI_SQLITE_BUNDLES];
  edict_engine *engine;
  edict_product *product;
  edict_log *log;
};

static pthread_mutex_t registry_mutex = PTHREAD_MUTEX_INITIALIZER;
static edi_sqlite_site *registry;

/* ---- files ---- */

/* Starts with a slash, so that no name is taken for a URI. */
static int make_path(const edi_sqlite_site *s, edict_text value, char path[PATH_MAX]) {
  size_t folder = value.ptr[0] == '/' ? 0 : s->folder_length;
  if (folder + value.len >= PATH_MAX) return 0;
  memcpy(path, s->path, folder);
  memcpy(path + folder, value.ptr, value.len);
  path[folder + value.len] = '\0';
  return 1;
}

/* The state is taken before the file is read: a change in between is seen as one later. */
static edict_status read_path(edi_sqlite_site *s, const char *path, size_t most, char **bytes,
                              size_t *length, edict_diagnostics *diagnostics) {
  struct stat *state = &s->files[s->file_count++];
  if (stat(path, state) != 0) memset(state, 0, sizeof *state);
  return edict_file_read(path, most, bytes, length, diagnostics);
}

static edict_status read_value(edi_sqlite_site *s, edict_text value, size_t most, char **bytes,
                               size_t *length, edict_diagnostics *diagnostics) {
  char path[PATH_MAX];
  return make_path(s, value, path) ? read_path(s, path, most, bytes, length, diagnostics)
                                   : EDICT_LIMIT;
}

static void wipe(char **bytes, size_t length) {
  if (*bytes) explicit_bzero(*bytes, length);
  edict_text_free(bytes);
}

static int read_config(edi_sqlite_site *s, const char *path, edict_diagnostics *diagnostics,
                       char **why) {
  size_t length, line;
  const char *what;
  if (!realpath(path, s->path)) {
    edi_sqlite_say(why, "the configuration `%s` cannot be found", path);
    return 0;
  }
  s->folder_length = (size_t)(strrchr(s->path, '/') - s->path) + 1;
  edict_status status =
      read_path(s, s->path, EDI_SQLITE_CONFIG_BYTES, &s->text, &length, diagnostics);
  if (status != EDICT_OK) {
    edi_sqlite_say_finding(why, "the configuration", status, diagnostics);
    return 0;
  }
  if (edi_sqlite_config_parse(s->text, length, &s->config, &line, &what) == EDICT_OK) return 1;
  if (line) edi_sqlite_say(why, "%s:%llu: %s", path, (unsigned long long)line, what);
  else edi_sqlite_say(why, "%s: %s", path, what);
  return 0;
}

/* ---- engine and product ---- */

static edict_status read_bundles(edi_sqlite_site *s, edict_diagnostics *diagnostics) {
  edict_status status = EDICT_OK;
  for (size_t i = 0; i < s->config.bundle_count && status == EDICT_OK; i++) {
    char *bytes;
    size_t length;
    status = read_value(s, s->config.bundles[i], BUNDLE_BYTES, &bytes, &length, diagnostics);
    s->bundles[i] = (edict_bytes){bytes, length};
  }
  return status;
}

/* The names that the configuration says, each with a NUL, in `room`. */
static void note_obligations(const edi_sqlite_config *config, char *room, const char **names,
                             edict_engine_options *options) {
  for (size_t i = 0; i < config->obligation_count; i++) {
    edict_text name = config->obligations[i];
    memcpy(room, name.ptr, name.len);
    room[name.len] = '\0';
    names[i] = room;
    room += name.len + 1;
  }
  options->obligations = names;
  options->obligation_count = config->obligation_count;
}

/* What opens the keyring: the file that the configuration names, else the one beside it with `.key`. */
static edict_status read_secret(edi_sqlite_site *s, char **text, edict_keyring_secret *secret, edict_diagnostics *diagnostics) {
  edict_text key = s->config.values[EDI_SQLITE_KEYRING_KEY], passphrase = s->config.values[EDI_SQLITE_KEYRING_PASSPHRASE];
  bool named = key.len || passphrase.len;
  edict_text value = key.len ? key : passphrase.len ? passphrase : s->config.values[EDI_SQLITE_KEYRING];
  if (!make_path(s, value, s->secret)) return EDICT_LIMIT;
  size_t length = strlen(s->secret);
  if (!named && length + sizeof ".key" > sizeof s->secret) return EDICT_LIMIT;
  if (!named) memcpy(s->secret + length, ".key", sizeof ".key");
  if (!named && access(s->secret, F_OK) != 0) {
    s->secret[0] = '\0'; /* the engine says what is missing */
    return EDICT_OK;
  }
  edict_status status = read_path(s, s->secret, KEYRING_BYTES, text, &secret->length, diagnostics);
  secret->text = *text;
  secret->passphrase = !key.len && passphrase.len > 0;
  return status;
}

/* What an engine is made from and does not keep. */
typedef struct material {
  char *trust, *keyring, *secret_text;
  size_t trust_length, keyring_length;
  edict_keyring_secret secret;
  edict_bytes roots[EDI_SQLITE_ROOTS];
  edict_issuer_keys keys[EDI_SQLITE_ISSUERS];
  char names[EDI_SQLITE_ISSUERS][EDI_SQLITE_NAME_BYTES + 1];
} material;

static edict_status read_roots(edi_sqlite_site *s, material *m, edict_diagnostics *diagnostics) {
  edict_status status = EDICT_OK;
  for (size_t i = 0; i < s->config.root_count && status == EDICT_OK; i++) {
    char *bytes;
    size_t length;
    status = read_value(s, s->config.roots[i], TRUST_BYTES, &bytes, &length, diagnostics);
    m->roots[i] = (edict_bytes){bytes, length};
  }
  return status;
}

static edict_status read_issuers(edi_sqlite_site *s, material *m, edict_diagnostics *diagnostics) {
  edict_status status = EDICT_OK;
  for (size_t i = 0; i < s->config.issuer_count && status == EDICT_OK; i++) {
    char *text;
    size_t length;
    edict_text name = s->config.issuers[i];
    memcpy(m->names[i], name.ptr, name.len);
    m->names[i][name.len] = '\0';
    status = read_value(s, s->config.issuer_keys[i], TRUST_BYTES, &text, &length, diagnostics);
    m->keys[i] = (edict_issuer_keys){m->names[i], text, length};
  }
  return status;
}

/* In the order in which is_unchanged looks at them. */
static edict_status read_material(edi_sqlite_site *s, material *m, edict_diagnostics *diagnostics) {
  edict_text keys = s->config.values[EDI_SQLITE_KEYRING];
  edict_status status = read_bundles(s, diagnostics);
  if (status == EDICT_OK) status = read_roots(s, m, diagnostics);
  if (status == EDICT_OK) status = read_issuers(s, m, diagnostics);
  if (status == EDICT_OK)
    status = read_value(s, s->config.values[EDI_SQLITE_TRUST], TRUST_BYTES, &m->trust, &m->trust_length, diagnostics);
  if (status == EDICT_OK && keys.len)
    status = read_value(s, keys, KEYRING_BYTES, &m->keyring, &m->keyring_length, diagnostics);
  if (status == EDICT_OK && keys.len) status = read_secret(s, &m->secret_text, &m->secret, diagnostics);
  return status;
}

static void forget_material(material *m) {
  edict_text_free(&m->trust);
  wipe(&m->keyring, m->keyring_length);
  wipe(&m->secret_text, m->secret.length);
  for (size_t i = 0; i < EDI_SQLITE_ROOTS; i++) {
    char *bytes = (char *)(uintptr_t)m->roots[i].ptr;
    edict_text_free(&bytes);
  }
  for (size_t i = 0; i < EDI_SQLITE_ISSUERS; i++) {
    char *text = (char *)(uintptr_t)m->keys[i].jwks;
    wipe(&text, m->keys[i].jwks_length);
  }
}

/* The bundles' bytes are the site's, which outlives the engine. */
static void keep_bytes(void *user) { (void)user; }

static void wait_a_little(void) {
  struct timespec t = {.tv_nsec = 20000000};
  (void)nanosleep(&t, NULL);
}

static edict_status load(edi_sqlite_site *s, const edict_engine_options *options, const material *m,
                         edict_diagnostics *diagnostics) {
  char state[PATH_MAX];
  edict_holder *holder;
  edict_text value = s->config.values[EDI_SQLITE_STATE];
  edict_load load = {.size = sizeof load, .options = options, .bundles = s->bundles, .bundle_count = s->config.bundle_count,
                     .roots = m->roots, .root_count = s->config.root_count, .release = keep_bytes,
                     .begin = s->config.values[EDI_SQLITE_BEGIN_STATE].len > 0};
  if (value.len && !make_path(s, value, state)) return EDICT_LIMIT;
  load.state = value.len ? state : NULL;
  edict_status status = edict_holder_create(&holder);
  if (status != EDICT_OK) return status;
  status = EDICT_BUSY;
  for (int i = 0; status == EDICT_BUSY && i < TRIES; i++) {
    if (i) wait_a_little();
    edict_diagnostics_clear(diagnostics);
    status = edict_holder_load(holder, &load, diagnostics);
  }
  if (status == EDICT_OK) s->engine = edict_holder_engine(holder);
  edict_holder_destroy(&holder);
  return status;
}

static edict_status make_engine(edi_sqlite_site *s, edict_diagnostics *diagnostics) {
  static char room[EDI_SQLITE_CONFIG_BYTES]; /* under the registry's mutex; a line is longer than its name */
  static material m;
  const char *names[EDI_SQLITE_OBLIGATIONS];
  edict_engine_options options = {.size = sizeof options, .now = edi_sqlite_now()};
  memset(&m, 0, sizeof m);
  edict_status status = read_material(s, &m, diagnostics);
  if (status == EDICT_OK) {
    note_obligations(&s->config, room, names, &options);
    options.trust = m.trust;
    options.trust_length = m.trust_length;
    options.keyring = m.keyring;
    options.keyring_length = m.keyring_length;
    options.keyring_secret = &m.secret;
    options.issuer_keys = m.keys;
    options.issuer_key_count = s->config.issuer_count;
    status = load(s, &options, &m, diagnostics);
  }
  forget_material(&m);
  return status;
}

static int open_product(edi_sqlite_site *s, edict_diagnostics *diagnostics, char **why) {
  edict_text product = s->config.values[EDI_SQLITE_PRODUCT];
  memcpy(s->product_name, product.ptr, product.len);
  edict_status status = make_engine(s, diagnostics);
  if (status != EDICT_OK) {
    edi_sqlite_say_finding(why, "the bundles", status, diagnostics);
    return 0;
  }
  edict_diagnostics_clear(diagnostics);
  status = edict_product_create(s->engine, s->product_name, &s->product, diagnostics);
  if (status != EDICT_OK) {
    edi_sqlite_say_finding(why, "the product", status, diagnostics);
    return 0;
  }
  for (size_t i = 0; i < edict_diagnostics_count(diagnostics); i++)
    sqlite3_log(SQLITE_WARNING, "edict: %s: %s", edict_diagnostics_code(diagnostics, i),
                edict_diagnostics_message(diagnostics, i));
  edict_diagnostics_clear(diagnostics);
  return 1;
}

/* ---- log ---- */

static int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* 64 digits and a line end. */
static edict_status read_auditor(edi_sqlite_site *s, unsigned char key[32],
                                 edict_diagnostics *diagnostics) {
  char *text;
  size_t length;
  edict_status status = read_value(s, s->config.values[EDI_SQLITE_AUDITOR_KEY], KEY_BYTES, &text,
                                   &length, diagnostics);
  if (status != EDICT_OK) return status;
  int good = length == 65 && text[64] == '\n';
  for (size_t i = 0; good && i < 32; i++) {
    int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);
    good = high >= 0 && low >= 0;
    if (good) key[i] = (unsigned char)(high << 4 | low);
  }
  edict_text_free(&text);
  return good ? EDICT_OK : EDICT_FORMAT;
}

static edict_status read_log_key(edi_sqlite_site *s, char name[256], unsigned char key[64],
                                 edict_diagnostics *diagnostics) {
  char *text;
  size_t length;
  edict_status status =
      read_value(s, s->config.values[EDI_SQLITE_LOG_KEY], KEY_BYTES, &text, &length, diagnostics);
  if (status == EDICT_OK) status = edict_key_parse(text, length, name, key);
  wipe(&text, length);
  return status;
}

static edict_status start_log(edi_sqlite_site *s, const char *origin, const unsigned char key[64],
                              const unsigned char auditor[32], edict_diagnostics *diagnostics) {
  char path[PATH_MAX];
  edict_log_options options = {
      .size = sizeof options, .origin = origin, .secret_key = key, .auditor_key = auditor};
  if (!make_path(s, s->config.values[EDI_SQLITE_LOG], path)) return EDICT_LIMIT;
  return edict_log_open(path, s->engine, &options, &s->log, diagnostics);
}

static int open_log(edi_sqlite_site *s, edict_diagnostics *diagnostics, char **why) {
  char name[256];
  unsigned char key[64], auditor[32];
  edict_status status = read_auditor(s, auditor, diagnostics);
  if (status != EDICT_OK) {
    edi_sqlite_say_finding(why, "the auditor's public key", status, diagnostics);
    return 0;
  }
  status = read_log_key(s, name, key, diagnostics);
  if (status != EDICT_OK) edi_sqlite_say_finding(why, "the log's secret key", status, diagnostics);
  if (status == EDICT_OK) {
    status = start_log(s, name, key, auditor, diagnostics);
    if (status != EDICT_OK) edi_sqlite_say_finding(why, "the log", status, diagnostics);
  }
  explicit_bzero(key, sizeof key);
  return status == EDICT_OK;
}

/* ---- life ---- */

static void destroy(edi_sqlite_site *s) {
  edict_diagnostics *diagnostics = edict_diagnostics_create();
  /* The caller is gone: the host's error log is who can still be told. */
  if (s->log && edict_log_close(&s->log, diagnostics) != EDICT_OK) {
    size_t count = diagnostics ? edict_diagnostics_count(diagnostics) : 0;
    sqlite3_log(SQLITE_ERROR, "edict: the log was not closed: %s",
                count ? edict_diagnostics_message(diagnostics, count - 1) : "no memory");
  }
  edict_diagnostics_destroy(&diagnostics);
  edict_product_destroy(&s->product);
  edict_engine_destroy(&s->engine);
  for (size_t i = 0; i < EDI_SQLITE_BUNDLES; i++) {
    char *bytes = (char *)(uintptr_t)s->bundles[i].ptr;
    edict_text_free(&bytes);
  }
  edict_text_free(&s->text);
  sqlite3_free(s);
}

static int same_file(const struct stat *a, const struct stat *b) {
  return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
         a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
         a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* The values in the order in which open reads them. */
static int is_unchanged(const edi_sqlite_site *s) {
  static const edi_sqlite_line singles[] = {EDI_SQLITE_TRUST, EDI_SQLITE_KEYRING,
                                            EDI_SQLITE_AUDITOR_KEY, EDI_SQLITE_LOG_KEY};
  char path[PATH_MAX];
  struct stat now;
  size_t at = 0;
  if (stat(s->path, &now) != 0 || !same_file(&now, &s->files[at++])) return 0;
  for (size_t i = 0; i < s->config.bundle_count; i++)
    if (!make_path(s, s->config.bundles[i], path) || stat(path, &now) != 0 ||
        !same_file(&now, &s->files[at++]))
      return 0;
  for (size_t i = 0; i < s->config.root_count + s->config.issuer_count; i++) {
    size_t roots = s->config.root_count;
    edict_text value = i < roots ? s->config.roots[i] : s->config.issuer_keys[i - roots];
    if (!make_path(s, value, path) || stat(path, &now) != 0 || !same_file(&now, &s->files[at++])) return 0;
  }
  for (size_t i = 0; i < sizeof singles / sizeof *singles; i++) {
    edict_text value = s->config.values[singles[i]];
    if (value.len == 0) continue;
    if (!make_path(s, value, path) || stat(path, &now) != 0 || !same_file(&now, &s->files[at++]))
      return 0;
    bool opens = singles[i] == EDI_SQLITE_KEYRING && s->secret[0] != '\0';
    if (opens && (stat(s->secret, &now) != 0 || !same_file(&now, &s->files[at++]))) return 0;
  }
  return at == s->file_count;
}

static edi_sqlite_site *find(const char *path) {
  char real[PATH_MAX];
  if (!realpath(path, real)) return NULL;
  for (edi_sqlite_site *s = registry; s; s = s->next)
    if (strcmp(s->path, real) == 0 && is_unchanged(s)) return s;
  return NULL;
}

static edi_sqlite_site *make(const char *path, char **why) {
  edict_diagnostics *diagnostics = edict_diagnostics_create();
  edi_sqlite_site *s = sqlite3_malloc64(sizeof *s);
  if (!s || !diagnostics) {
    edict_diagnostics_destroy(&diagnostics);
    sqlite3_free(s);
    return NULL;
  }
  memset(s, 0, sizeof *s);
  int good = read_config(s, path, diagnostics, why) && open_product(s, diagnostics, why);
  if (good && !make_path(s, s->config.values[EDI_SQLITE_DATABASE], s->database)) {
    edi_sqlite_say(why, "the path of the database is too long");
    good = 0;
  }
  good = good && open_log(s, diagnostics, why);
  edict_diagnostics_destroy(&diagnostics);
  if (good) return s;
  destroy(s);
  return NULL;
}

edi_sqlite_site *edi_sqlite_site_open(const char *path, char **why) {
  pthread_mutex_lock(&registry_mutex);
  edi_sqlite_site *s = find(path);
  if (!s && (s = make(path, why)) != NULL) {
    s->next = registry;
    registry = s;
  }
  if (s) s->users++;
  pthread_mutex_unlock(&registry_mutex);
  if (!s) edi_sqlite_say(why, "no memory");
  return s;
}

void edi_sqlite_site_leave(edi_sqlite_site *site) {
  if (!site) return;
  pthread_mutex_lock(&registry_mutex);
  if (--site->users == 0) {
    edi_sqlite_site **at = &registry;
    while (*at != site) at = &(*at)->next;
    *at = site->next;
    destroy(site);
  }
  pthread_mutex_unlock(&registry_mutex);
}

const edict_engine *edi_sqlite_site_engine(const edi_sqlite_site *site) { return site->engine; }
const edict_product *edi_sqlite_site_product(const edi_sqlite_site *site) { return site->product; }
const char *edi_sqlite_site_product_name(const edi_sqlite_site *site) { return site->product_name; }
edict_log *edi_sqlite_site_log(const edi_sqlite_site *site) { return site->log; }
const char *edi_sqlite_site_database(const edi_sqlite_site *site) { return site->database; }
