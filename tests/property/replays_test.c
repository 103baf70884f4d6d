/* Replay of random worlds: decisions about datasets and resources, with tables and addresses and all else that rules may
 * ask, go into a real log with their inputs sealed, and are decided again from it: by an engine that seeks rules otherwise,
 * runs their codes as the bundle has them, and remembers nothing. Each comes out identical. */
#define _GNU_SOURCE /* mkdtemp */
#include "harness.h"

#include <dirent.h>
#include <sodium.h>
#include <unistd.h>

#include "edict/log.h"
#include "support/random_world.h"
#include "support/seed.h"

enum { REQUESTS = 24 };

typedef struct counts { uint64_t worlds, decisions, permits, resources; } counts;
typedef struct side { edict_engine *engine; edict_product *product; edict_decision *decision; } side;

static unsigned char public_key[32], secret_key[64], auditor_public[32], auditor_secret[32];

static bool make_keys(void) {
  const unsigned char seed[32] = {7};
  return sodium_init() >= 0 && crypto_sign_seed_keypair(public_key, secret_key, seed) == 0 &&
         edict_auditor_keys(seed, auditor_public, auditor_secret) == EDICT_OK;
}

static void remove_folder(const char *folder) {
  char path[768];
  DIR *dir = opendir(folder);
  for (struct dirent *e; dir && (e = readdir(dir));) {
    snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
    (void)unlink(path);
  }
  if (dir) closedir(dir);
  (void)rmdir(folder);
}

static bool open_side(random_world *w, edict_index index, bool as_it_stands, side *out) {
  w->index = index;
  w->as_it_stands = as_it_stands;
  bool ok = random_world_start(w);
  *out = (side){w->engine, w->product, NULL};
  w->engine = NULL;
  w->product = NULL;
  return ok && (!out->product || edict_decision_create(out->product, &out->decision) == EDICT_OK);
}

static void close_side(side *s) {
  edict_decision_destroy(&s->decision);
  edict_product_destroy(&s->product);
  edict_engine_destroy(&s->engine);
}

static bool ask(random_world *w, side *s, random_source *r, edict_log *log, counts *n) {
  random_attributes subject, context, given;
  edict_session *session = NULL;
  uint32_t columns[64];
  random_subject(r, &subject);
  random_context(r, &context);
  const char *action = random_action(r), *kind = random_resource(r, &given);
  edict_resource resource = {{kind, strlen(kind)}, given.items, given.count};
  bool about = random_below(r, 4) == 0;
  edict_request q = {.size = sizeof q, .action = {action, strlen(action)}, .dataset = about ? 0 : random_below(r, 2), .columns = columns,
                     .context = context.items, .context_count = context.count, .now = random_now(r), .resource = about ? &resource : NULL};
  for (size_t c = 0; !about && c < edict_product_column_count(s->product, q.dataset); c++)
    if (random_below(r, 3)) columns[q.column_count++] = (uint32_t)c;
  bool ok = edict_session_create_host(s->engine, (edict_text){"ann", 3}, subject.items, subject.count, &session, w->diagnostics) == EDICT_OK &&
            edict_decide(s->decision, session, &q) == EDICT_OK && edict_log_append(log, s->decision, w->diagnostics) == EDICT_OK;
  n->decisions++;
  n->resources += about;
  n->permits += ok && edict_decision_effect(s->decision) == EDICT_PERMIT;
  edict_session_destroy(&session);
  return ok;
}

static int ignore(void *user, const char *json, size_t length) { return (void)user, (void)json, (void)length, 0; }

static bool one_world(uint64_t seed, counts *n) {
  random_world w = {.seed = seed, .about_rows = seed % 3 == 0, .many = seed % 8 == 1};
  random_source r = {seed * 15485863 + 1};
  side sides[2] = {{0}};
  char folder[512];
  edict_log *log = NULL;
  edict_replay_report report = {0};
  uint64_t before = n->decisions;
  snprintf(folder, sizeof folder, "%s/replays-XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
  const edict_log_options options = {.size = sizeof options, .origin = "p.example/log", .secret_key = secret_key, .auditor_key = auditor_public};
  bool ok = mkdtemp(folder) && random_world_make(&w, &r) && open_side(&w, EDICT_INDEX_AUTO, false, &sides[0]) &&
            open_side(&w, seed % 2 ? EDICT_INDEX_NEVER : EDICT_INDEX_ALWAYS, true, &sides[1]);
  ok = ok && edict_log_open(folder, sides[0].engine, &options, &log, w.diagnostics) == EDICT_OK;
  for (int i = 0; ok && sides[0].product && i < REQUESTS; i++) ok = ask(&w, &sides[0], &r, log, n);
  ok = ok && edict_log_close(&log, w.diagnostics) == EDICT_OK &&
       edict_replay(folder, sides[1].engine, auditor_secret, ignore, NULL, &report, w.diagnostics) == EDICT_OK &&
       report.identical == n->decisions - before && !report.different && !report.corrupt && !report.unreplayable && !report.gaps;
  if (!ok) {
    printf("# %" PRIu64 " identical, %" PRIu64 " different, %" PRIu64 " corrupt, %" PRIu64 " unreplayable\n", report.identical, report.different,
           report.corrupt, report.unreplayable);
    random_world_show(&w, "a log is replayed otherwise");
  }
  n->worlds++;
  if (log) ok = edict_log_close(&log, w.diagnostics) == EDICT_OK && ok;
  for (int k = 0; k < 2; k++) close_side(&sides[k]);
  random_world_end(&w);
  remove_folder(folder);
  return ok;
}

TEST(what_is_logged_is_decided_the_same) {
  uint64_t first = seed_of("EDICT_SEED", 1), rounds = seed_of("EDICT_ROUNDS", 24);
  counts n = {0};
  REQUIRE(make_keys());
  for (uint64_t seed = first; seed < first + rounds; seed++) {
    bool ok = one_world(seed, &n);
    CHECK(ok);
    if (!ok) return;
  }
  printf("# %" PRIu64 " worlds, %" PRIu64 " decisions (%" PRIu64 " permits, %" PRIu64 " about a resource), all identical\n", n.worlds, n.decisions, n.permits,
         n.resources);
  CHECK(n.permits * 20 > n.decisions && n.resources * 8 > n.decisions);
}

HARNESS_MAIN
