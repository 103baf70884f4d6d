/* Holder: loads that succeed and fail, whose bytes live how long, and a change under threads that decide. */
#include "harness.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/logged.h"

#define NOW "2026-11-20T10:00:00Z"

/* Two sets that differ in one rule: the first permits, the second does not. */
static mesh sets[2];

static const char *const rules[] = {"rule reads\n permit read\n on dataset classified <= confidential\n because \"x\"\n",
                                    "rule reads\n permit export\n on dataset classified <= confidential\n because \"x\"\n"};
static const char datasets[] = MESH_CONTRACT(
    "  - name: orders\n    logicalType: object\n    physicalName: orders\n"
    "    customProperties: [ { property: classification, value: public } ]\n    properties:\n"
    "      - { name: id, logicalType: integer }\n");

static unsigned char set_digests[2][EDI_DIGEST_BYTES];

static void begin(void) {
  for (int i = 0; i < 2; i++) {
    mesh_init(&sets[i]);
    mesh_federal(&sets[i], rules[i]);
    mesh_domain(&sets[i], "sales", "", datasets);
  }
}
static void end(void) {
  for (int i = 0; i < 2; i++) mesh_fini(&sets[i]);
}

static edict_engine_options development(void) {
  return (edict_engine_options){.size = sizeof(edict_engine_options), .now = mesh_time(NOW), .development = 1};
}

static void count_release(void *user) { atomic_fetch_add((atomic_uint *)user, 1); }

static size_t bytes_of(const mesh *m, edict_bytes out[MESH_BUNDLES]) {
  for (size_t i = 0; i < m->bundle_count; i++) out[i] = (edict_bytes){m->bundles[i].ptr, m->bundles[i].len};
  return m->bundle_count;
}

/* Loads set number `which`; `released` NULL: copied. */
static edict_status load(edict_holder *holder, int which, atomic_uint *released, edict_log *log) {
  edict_bytes bundles[MESH_BUNDLES];
  edict_engine_options options = development();
  edict_load l = {.size = sizeof l, .options = &options, .bundles = bundles, .log = log};
  l.bundle_count = bytes_of(&sets[which], bundles);
  if (released) l.release = count_release, l.release_user = released;
  return edict_holder_load(holder, &l, sets[which].diagnostics);
}

/* Whether the engine permits; -1: something is neither old nor new. */
static int permits(const edict_engine *engine) {
  edict_product *product = NULL;
  edict_session *session = NULL;
  edict_decision *decision = NULL;
  uint32_t columns[] = {0};
  edict_request r = {.size = sizeof r, .action = {"read", 4}, .columns = columns, .column_count = 1, .now = mesh_time(NOW)};
  edict_attribute none = {.count = 0};
  int answer = -1;
  if (edict_product_create(engine, "sales.orders", &product, NULL) == EDICT_OK &&
      edict_session_create_host(engine, (edict_text){"ana", 3}, &none, 0, &session, NULL) == EDICT_OK &&
      edict_decision_create(product, &decision) == EDICT_OK && edict_decide(decision, session, &r) == EDICT_OK)
    answer = edict_decision_effect(decision) == EDICT_PERMIT;
  edict_decision_destroy(&decision);
  edict_session_destroy(&session);
  edict_product_destroy(&product);
  return answer;
}

static int held(edict_holder *holder) {
  edict_engine *engine = edict_holder_engine(holder);
  int answer = engine ? permits(engine) : -2;
  edict_engine_destroy(&engine);
  return answer;
}

TEST(a_load_takes_the_place_of_the_one_before)
{
  edict_holder *holder;
  begin();
  REQUIRE(edict_holder_create(&holder) == EDICT_OK);
  CHECK_INT(held(holder), -2);
  CHECK_INT(edict_holder_generation(holder), 0);
  CHECK_INT(load(holder, 0, NULL, NULL), EDICT_OK);
  CHECK_INT(held(holder), 1);
  CHECK_INT(load(holder, 1, NULL, NULL), EDICT_OK);
  CHECK_INT(held(holder), 0);
  CHECK_INT(edict_holder_generation(holder), 2);
  edict_holder_destroy(&holder);
  CHECK(holder == NULL);
  edict_holder_destroy(&holder);
  end();
}

TEST(bytes_that_were_copied_may_change)
{
  edict_holder *holder;
  begin();
  REQUIRE(edict_holder_create(&holder) == EDICT_OK);
  CHECK_INT(load(holder, 0, NULL, NULL), EDICT_OK);
  for (size_t i = 0; i < sets[0].bundle_count; i++) memset(sets[0].bundles[i].ptr, 0xAA, sets[0].bundles[i].len);
  CHECK_INT(held(holder), 1);
  edict_holder_destroy(&holder);
  end();
}

TEST(a_failed_load_changes_nothing)
{
  edict_holder *holder;
  begin();
  REQUIRE(edict_holder_create(&holder) == EDICT_OK);
  atomic_uint released[2] = {0, 0};
  CHECK_INT(load(holder, 0, &released[0], NULL), EDICT_OK);
  for (size_t i = 0; i < sets[1].bundle_count; i++) {
    for (size_t at = 0; at < 64; at += 7) {
      sets[1].bundles[i].ptr[at] ^= 1;
      CHECK(load(holder, 1, &released[1], NULL) != EDICT_OK);
      sets[1].bundles[i].ptr[at] ^= 1;
      CHECK_INT(edict_holder_generation(holder), 1);
    }
  }
  CHECK_INT(held(holder), 1);
  CHECK_INT(atomic_load(&released[0]), 0);
  CHECK_INT(atomic_load(&released[1]), 10 * sets[1].bundle_count);
  edict_holder_destroy(&holder);
  CHECK_INT(atomic_load(&released[0]), 1);
  end();
}

TEST(bytes_are_given_back_after_their_last_user)
{
  edict_holder *holder;
  edict_product *product = NULL;
  begin();
  REQUIRE(edict_holder_create(&holder) == EDICT_OK);
  atomic_uint released[2] = {0, 0};
  CHECK_INT(load(holder, 0, &released[0], NULL), EDICT_OK);
  edict_engine *engine = edict_holder_engine(holder);
  REQUIRE(edict_product_create(engine, "sales.orders", &product, NULL) == EDICT_OK);
  CHECK_INT(load(holder, 1, &released[1], NULL), EDICT_OK);
  edict_engine_destroy(&engine);
  CHECK_INT(atomic_load(&released[0]), 0); /* the product is left */
  edict_product_destroy(&product);
  CHECK_INT(atomic_load(&released[0]), 1);
  edict_holder_destroy(&holder);
  CHECK_INT(atomic_load(&released[1]), 1);
  end();
}

TEST(loads_that_cannot_be_meant)
{
  edict_holder *holder;
  begin();
  REQUIRE(edict_holder_create(&holder) == EDICT_OK);
  atomic_uint released = 0;
  edict_engine_options options = development();
  edict_bytes bundles[MESH_BUNDLES] = {{NULL, 0}}, none[1] = {{NULL, 8}};
  size_t count = bytes_of(&sets[0], bundles);
  edict_load good = {.size = sizeof good, .options = &options, .bundles = bundles, .bundle_count = count,
                     .release = count_release, .release_user = &released}, l;
  CHECK_INT(edict_holder_load(holder, NULL, NULL), EDICT_ARGUMENT);
  CHECK_INT(edict_holder_load(NULL, &good, NULL), EDICT_ARGUMENT);
  l = good, l.options = NULL;
  CHECK_INT(edict_holder_load(holder, &l, NULL), EDICT_ARGUMENT);
  l = good, l.bundles = NULL;
  CHECK_INT(edict_holder_load(holder, &l, NULL), EDICT_ARGUMENT);
  l = good, l.bundles = none, l.bundle_count = 1;
  CHECK_INT(edict_holder_load(holder, &l, NULL), EDICT_ARGUMENT);
  CHECK_INT(atomic_load(&released), 4);
  l = good, l.size--; /* a layout that is not known: nothing of it can be called */
  CHECK_INT(edict_holder_load(holder, &l, NULL), EDICT_ARGUMENT);
  CHECK_INT(atomic_load(&released), 4);
  l = good, l.bundle_count = 0; /* no bundle makes no set */
  CHECK_INT(edict_holder_load(holder, &l, NULL), EDICT_FINDINGS);
  CHECK_INT(atomic_load(&released), 5);
  CHECK(edict_holder_engine(holder) == NULL && edict_holder_engine(NULL) == NULL);
  CHECK_INT(edict_holder_generation(NULL), 0);
  edict_holder_destroy(&holder);
  edict_holder_destroy(NULL);
  end();
}

/* ---- the log ---- */

TEST(a_log_follows_and_takes_what_was_begun_before)
{
  static logged scene;
  edict_holder *holder;
  edict_log_report report;
  logged_init(&scene, "");
  REQUIRE(logged_open(&scene) == EDICT_OK);
  REQUIRE(edict_holder_create(&holder) == EDICT_OK);
  CHECK_INT(logged_ask(&scene, "read", "*", "purpose support"), EDICT_OK);
  edict_bytes bundles[MESH_BUNDLES];
  edict_engine_options options = development();
  edict_load l = {.size = sizeof l, .options = &options, .bundles = bundles, .log = scene.log};
  l.bundle_count = bytes_of(&scene.m, bundles);
  for (int i = 0; i < 31; i++) CHECK_INT(edict_holder_load(holder, &l, scene.m.diagnostics), EDICT_OK);
  CHECK_INT(logged_ask(&scene, "read", "*", "purpose support"), EDICT_OK); /* the engine of the 32nd before */
  CHECK_INT(edict_holder_load(holder, &l, scene.m.diagnostics), EDICT_OK);
  CHECK_INT(logged_ask(&scene, "read", "*", "purpose support"), EDICT_ARGUMENT);
  CHECK_INT(edict_log_follow(scene.log, scene.m.engine, scene.m.diagnostics), EDICT_OK);
  CHECK_INT(logged_ask(&scene, "read", "*", "purpose support"), EDICT_OK);
  CHECK_INT(edict_log_follow(NULL, scene.m.engine, NULL), EDICT_ARGUMENT);
  CHECK_INT(logged_close(&scene), EDICT_OK);
  CHECK_INT(logged_verify(&scene, &report), EDICT_OK);
  CHECK_INT(report.records, 3);
  CHECK_INT(report.leaves, 1 + 32 + 1 + 3 + 2); /* PAYLOAD and CLOSE */
  edict_replay_report replayed;
  CHECK_INT(logged_replay(&scene, INT64_MIN, &replayed), EDICT_OK);
  CHECK_INT(replayed.identical, 3);
  edict_holder_destroy(&holder);
  logged_fini(&scene);
}

typedef struct lines { char text[8192]; size_t length; } lines;
static int take_line(void *user, const char *json, size_t length) {
  lines *l = user;
  if (l->length + length >= sizeof l->text) return 1;
  memcpy(l->text + l->length, json, length);
  l->length += length;
  return 0;
}

/* A refused load is in the log when it returns, with what was offered; a token without anything of it. */
TEST(what_was_refused_is_recorded)
{
  static logged scene;
  static lines shown;
  edict_holder *holder;
  edict_log_report report;
  begin();
  logged_init(&scene, "");
  REQUIRE(logged_open(&scene) == EDICT_OK);
  REQUIRE(edict_holder_create(&holder) == EDICT_OK);
  CHECK_INT(load(holder, 0, NULL, scene.log), EDICT_OK);
  sets[1].bundles[0].ptr[9] ^= 1;
  edict_diagnostics_clear(sets[1].diagnostics);
  CHECK_INT(load(holder, 1, NULL, scene.log), EDICT_VERSION);
  CHECK_INT(logged_verify(&scene, &report), EDICT_OK);
  CHECK_INT(report.refusals, 1);
  edict_diagnostics *kept = sets[1].diagnostics;
  sets[1].diagnostics = NULL; /* a caller who does not want to know */
  CHECK_INT(load(holder, 1, NULL, scene.log), EDICT_VERSION);
  sets[1].diagnostics = kept;
  edict_session *session = NULL;
  edict_diagnostics_clear(scene.m.diagnostics);
  const char token[] = "secret-of-somebody.secret.secret";
  edict_status refused = edict_session_create(scene.m.engine, token, strlen(token), mesh_time(NOW), &session, scene.m.diagnostics);
  CHECK(refused != EDICT_OK);
  CHECK_INT(edict_log_refused(scene.log, EDICT_REFUSED_TOKEN, mesh_time(NOW), refused, scene.m.diagnostics, NULL, 0, NULL), EDICT_OK);
  const char keys[] = "{\"keys\":[{\"kty\":\"oct\",\"k\":\"secret\"}]}";
  const edict_bytes offered = {keys, sizeof keys - 1};
  edict_diagnostics_clear(scene.m.diagnostics);
  refused = edict_engine_reload_keys(scene.m.engine, "host", keys, strlen(keys), scene.m.diagnostics);
  CHECK(refused != EDICT_OK);
  CHECK_INT(edict_log_refused(scene.log, EDICT_REFUSED_KEYS, mesh_time(NOW), refused, scene.m.diagnostics, &offered, 1, NULL), EDICT_ARGUMENT);
  CHECK_INT(edict_log_refused(scene.log, EDICT_REFUSED_KEYS, mesh_time(NOW), refused, scene.m.diagnostics, NULL, 0, NULL), EDICT_OK);
  CHECK_INT(edict_log_refused(scene.log, EDICT_REFUSED_TOKEN, 0, EDICT_OK, NULL, NULL, 0, NULL), EDICT_ARGUMENT);
  CHECK_INT(edict_log_refused(scene.log, (edict_refused)4, 0, EDICT_FORMAT, NULL, NULL, 0, NULL), EDICT_ARGUMENT);
  CHECK_INT(edict_log_refused(scene.log, (edict_refused)0, 0, EDICT_FORMAT, NULL, NULL, 0, NULL), EDICT_ARGUMENT);
  CHECK_INT(edict_log_refused(NULL, EDICT_REFUSED_TOKEN, 0, EDICT_FORMAT, NULL, NULL, 0, NULL), EDICT_ARGUMENT);
  edict_holder_destroy(&holder);
  CHECK_INT(logged_close(&scene), EDICT_OK);
  CHECK_INT(logged_verify(&scene, &report), EDICT_OK);
  CHECK_INT(report.refusals, 4);
  CHECK_INT(edict_log_show(scene.folder, NULL, take_line, &shown, scene.m.diagnostics), EDICT_OK);
  size_t loads = 0;
  for (const char *at = shown.text; (at = strstr(at, "\"refused\":\"load\",\"status\":\"version\",\"code\":\"R0100\"")) != NULL; at++) loads++;
  CHECK_INT(loads, 2);
  CHECK(strstr(shown.text, "\"refused\":\"token\"") != NULL);
  CHECK(strstr(shown.text, "\"refused\":\"keys\"") != NULL);
  CHECK(strstr(shown.text, "secret") == NULL);
  edict_replay_report replayed;
  CHECK_INT(logged_replay(&scene, INT64_MIN, &replayed), EDICT_OK);
  logged_fini(&scene);
  end();
}

/* A child of the process that opened the log cannot write to it: the load is refused all the same, and it is told
 * that nobody will read of it. */
TEST(a_refusal_that_cannot_be_recorded)
{
  static logged scene;
  edict_holder *holder;
  begin();
  logged_init(&scene, "");
  REQUIRE(logged_open(&scene) == EDICT_OK);
  REQUIRE(edict_holder_create(&holder) == EDICT_OK);
  sets[0].bundles[0].ptr[9] ^= 1;
  pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    edict_diagnostics_clear(sets[0].diagnostics);
    bool refused = load(holder, 0, NULL, scene.log) == EDICT_VERSION;
    _exit(refused && mesh_count(&sets[0], "R0100") == 1 && mesh_count(&sets[0], "R0247") == 1 ? 0 : 1);
  }
  int status = 0;
  CHECK_INT(waitpid(child, &status, 0), child);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  edict_holder_destroy(&holder);
  logged_fini(&scene);
  end();
}

/* ---- threads ---- */

enum { THREADS = 16, ROUNDS = 60, LOADS = 40 };
typedef struct shared { edict_holder *holder; atomic_uint released; } shared;

/* Every answer is that of one set or the other, and generations only grow. */
static void *decide(void *user) {
  shared *s = user;
  intptr_t bad = 0;
  uint64_t seen = 0;
  for (int i = 0; i < ROUNDS; i++) {
    uint64_t generation = edict_holder_generation(s->holder);
    int answer = held(s->holder);
    bad += generation < seen || answer < 0;
    seen = generation;
  }
  return (void *)bad;
}

/* Whether the decision's JSON names the engine's federal bundle, by whose digest the answer is known. */
static bool names_its_bundles(const edict_engine *engine, edict_decision *d, int *which) {
  const char *name, *layer;
  uint64_t version;
  const unsigned char *digest;
  char hex[2 * EDI_DIGEST_BYTES + 1], *json = NULL;
  size_t length;
  if (edict_engine_bundle(engine, 0, &name, &layer, &version, &digest) != EDICT_OK) return false;
  for (size_t i = 0; i < EDI_DIGEST_BYTES; i++) snprintf(hex + 2 * i, 3, "%02x", digest[i]);
  if (edict_decision_json(d, &json, &length) != EDICT_OK) return false;
  bool named = strstr(json, hex) != NULL;
  edict_text_free(&json);
  *which = memcmp(digest, set_digests[0], EDI_DIGEST_BYTES) == 0 ? 0 : memcmp(digest, set_digests[1], EDI_DIGEST_BYTES) == 0 ? 1 : -1;
  return named && *which >= 0;
}

/* One generation of a worker: what it prepared goes with the engine that it was made for. */
static bool ask_a_generation(edict_holder *holder) {
  edict_engine *engine = edict_holder_engine(holder);
  edict_product *product = NULL;
  edict_session *session = NULL;
  edict_decision *decision = NULL;
  edict_question *question = NULL;
  uint32_t columns[] = {0};
  edict_request r = {.size = sizeof r, .action = {"read", 4}, .columns = columns, .column_count = 1};
  edict_attribute none = {.count = 0};
  int which = -1;
  bool good = engine && edict_product_create(engine, "sales.orders", &product, NULL) == EDICT_OK &&
              edict_session_create_host(engine, (edict_text){"ana", 3}, &none, 0, &session, NULL) == EDICT_OK &&
              edict_decision_create(product, &decision) == EDICT_OK && edict_question_create(product, &r, &question) == EDICT_OK;
  edict_engine_destroy(&engine); /* the others keep it */
  for (int i = 0; good && i < 20; i++) {
    good = edict_ask(decision, session, question, NULL, mesh_time(NOW) + i % 3, NULL) == EDICT_OK &&
           names_its_bundles(decision->product->engine, decision, &which) &&
           (edict_decision_effect(decision) == EDICT_PERMIT) == (which == 0);
  }
  edict_question_destroy(&question);
  edict_session_destroy(&session);
  edict_product_destroy(&product);
  edict_decision_destroy(&decision);
  return good;
}

static void *ask(void *user) {
  shared *s = user;
  intptr_t bad = 0;
  for (int i = 0; i < 8; i++) bad += !ask_a_generation(s->holder);
  return (void *)bad;
}

static void note_digest(edict_holder *holder, int which) {
  edict_engine *engine = edict_holder_engine(holder);
  const char *name, *layer;
  uint64_t version;
  const unsigned char *digest;
  if (!engine || edict_engine_bundle(engine, 0, &name, &layer, &version, &digest) != EDICT_OK) abort();
  memcpy(set_digests[which], digest, EDI_DIGEST_BYTES);
  edict_engine_destroy(&engine);
}

TEST(what_is_prepared_goes_with_its_engine)
{
  shared s = {.released = 0};
  pthread_t threads[THREADS];
  begin();
  REQUIRE(edict_holder_create(&s.holder) == EDICT_OK);
  for (int i = 0; i < 2; i++) {
    CHECK_INT(load(s.holder, i, &s.released, NULL), EDICT_OK);
    note_digest(s.holder, i);
  }
  for (size_t i = 0; i < THREADS; i++) REQUIRE(pthread_create(&threads[i], NULL, ask, &s) == 0);
  for (int i = 0; i < 20; i++) CHECK_INT(load(s.holder, i % 2, &s.released, NULL), EDICT_OK);
  for (size_t i = 0; i < THREADS; i++) {
    void *bad;
    pthread_join(threads[i], &bad);
    CHECK(bad == NULL);
  }
  CHECK_INT(atomic_load(&s.released), 21);
  edict_holder_destroy(&s.holder);
  CHECK_INT(atomic_load(&s.released), 22); /* nothing that was prepared keeps an engine */
  end();
}

TEST(sixteen_threads_decide_while_it_changes)
{
  shared s = {.released = 0};
  pthread_t threads[THREADS];
  begin();
  REQUIRE(edict_holder_create(&s.holder) == EDICT_OK);
  CHECK_INT(load(s.holder, 0, &s.released, NULL), EDICT_OK);
  for (size_t i = 0; i < THREADS; i++) REQUIRE(pthread_create(&threads[i], NULL, decide, &s) == 0);
  for (int i = 1; i <= LOADS; i++) CHECK_INT(load(s.holder, i % 2, &s.released, NULL), EDICT_OK);
  for (size_t i = 0; i < THREADS; i++) {
    void *bad;
    pthread_join(threads[i], &bad);
    CHECK(bad == NULL);
  }
  CHECK_INT(atomic_load(&s.released), LOADS); /* all but the one in force */
  edict_holder_destroy(&s.holder);
  CHECK_INT(atomic_load(&s.released), LOADS + 1);
  end();
}

HARNESS_MAIN
