/* Decision log: real decisions through the C API into a real folder: what is refused, that nothing
 * personal stands there in clear, that every changed byte is found, what replay says of what. */
#define _GNU_SOURCE /* memmem */
#include "harness.h"

#include <sys/wait.h>
#include <unistd.h>

#include "edict/bundles.h"
#include "log/verify.h"
#include "support/logged.h"

static logged scene;

static size_t code_count(const char *code) { return mesh_count(&scene.m, code); }

static bool replay_is(int64_t now, edict_replay_report expected) {
  edict_replay_report r;
  edict_status status = logged_replay(&scene, now, &r);
  bool same = status == EDICT_OK && memcmp(&r, &expected, sizeof r) == 0;
  if (!same)
    printf("# %s: identical %" PRIu64 " different %" PRIu64 " corrupt %" PRIu64
           " unreplayable %" PRIu64 " gaps %" PRIu64 "\n",
           edict_status_name(status), r.identical, r.different, r.corrupt, r.unreplayable, r.gaps);
  return same;
}

/* ---- what goes in, comes out ---- */

TEST(every_decision_is_there_and_is_decided_the_same)
{
  edict_log_report report;
  logged_init(&scene, "");
  REQUIRE(logged_open(&scene) == EDICT_OK);
  size_t count = logged_everything(&scene);
  CHECK_INT(logged_close(&scene), EDICT_OK);
  CHECK(scene.log == NULL);
  CHECK_INT(logged_verify(&scene, &report), EDICT_OK);
  CHECK_INT(report.records, count);
  CHECK_INT(report.permits + report.denials, count);
  CHECK(report.permits >= 5 && report.denials >= 5);
  CHECK(report.closed && report.torn_bytes == 0 && report.damaged == 0);
  /* Neither the clock nor the engine's floor of time takes part. */
  const edict_replay_report all = {.identical = count};
  CHECK(replay_is(INT64_MIN, all));
  CHECK(replay_is(mesh_time("2029-12-31T00:00:00Z"), all));
  logged_fini(&scene);
}

TEST(a_log_goes_on_where_it_was_closed)
{
  edict_log_report report;
  logged_init(&scene, "");
  size_t count = 0;
  for (int i = 0; i < 3; i++) {
    REQUIRE(logged_open(&scene) == EDICT_OK);
    count += logged_everything(&scene);
    CHECK_INT(logged_close(&scene), EDICT_OK);
  }
  CHECK_INT(logged_verify(&scene, &report), EDICT_OK);
  CHECK_INT(report.records, count);
  CHECK(replay_is(INT64_MIN, (edict_replay_report){.identical = count}));
  logged_fini(&scene);
}

TEST(a_permit_is_there_before_the_log_is_closed)
{
  edict_log_report report;
  logged_init(&scene, "");
  REQUIRE(logged_open(&scene) == EDICT_OK);
  CHECK_INT(logged_ask(&scene, "read", "*", "purpose support"), EDICT_OK);
  CHECK_INT(logged_verify(&scene, &report), EDICT_OK);
  CHECK_INT(report.permits, 1);
  CHECK(!report.closed);
  logged_fini(&scene);
}

/* ---- what is refused ---- */

TEST(what_nobody_vouches_for_is_not_logged)
{
  edict_log_report report;
  logged_init(&scene, "");
  REQUIRE(logged_open(&scene) == EDICT_OK);
  mesh_subject(&scene.m, "roles analyst; purposes support; regions de");
  CHECK_INT(logged_ask(&scene, "read", "*", "purpose support"), EDICT_ARGUMENT);
  CHECK(edict_decision_is_hypothetical(scene.m.decision));
  CHECK_INT(code_count("R0415"), 1);
  CHECK_INT(edict_log_append(NULL, scene.m.decision, NULL), EDICT_ARGUMENT);
  CHECK_INT(logged_append(&scene, NULL), EDICT_ARGUMENT);
  edict_decision *fresh;
  REQUIRE(edict_decision_create(scene.m.product, &fresh) == EDICT_OK);
  CHECK_INT(logged_append(&scene, fresh), EDICT_ARGUMENT); /* nothing was decided */
  edict_decision_destroy(&fresh);
  CHECK_INT(logged_close(&scene), EDICT_OK);
  CHECK_INT(logged_verify(&scene, &report), EDICT_OK);
  CHECK_INT(report.records, 0);
  logged_fini(&scene);
}

TEST(the_decision_of_another_engine_is_not_logged)
{
  static logged other;
  logged_init(&scene, "");
  logged_init(&other, "");
  REQUIRE(logged_open(&scene) == EDICT_OK);
  CHECK_INT(mesh_ask(&other.m, "read", "orders", "*", "purpose support", LOGGED_NOW), EDICT_OK);
  CHECK_INT(logged_append(&scene, other.m.decision), EDICT_ARGUMENT);
  CHECK_INT(code_count("R0415"), 1);
  logged_fini(&other);
  logged_fini(&scene);
}

/* A request that the log cannot keep must not be served, and that it was refused is counted. */
TEST(a_request_too_large_is_refused_and_counted)
{
  static char text[EDI_REQUEST_COPY];
  const edict_text value = {text, sizeof text};
  const edict_attribute context[] = {{{"channel", 7}, &value, 1}};
  edict_request q = {.size = sizeof q,
                     .action = {"read", 4},
                     .context = context,
                     .context_count = 1,
                     .now = mesh_time(LOGGED_NOW)};
  memset(text, 'x', sizeof text);
  logged_init(&scene, "");
  REQUIRE(logged_open(&scene) == EDICT_OK);
  CHECK_INT(edict_decide(scene.m.decision, scene.m.session, &q), EDICT_OK);
  CHECK_INT(logged_append(&scene, scene.m.decision), EDICT_LIMIT);
  CHECK_INT(logged_ask(&scene, "read", "", "purpose support"), EDICT_OK);
  CHECK_INT(logged_close(&scene), EDICT_OK);
  edi_log_verify_options options = {.own_key = true};
  edi_log_verdict verdict;
  CHECK_INT(edi_log_verify(&edi_system_posix, scene.folder, &options, NULL, &verdict, NULL),
            EDICT_OK);
  CHECK_INT(verdict.dropped, 1);
  logged_fini(&scene);
}

/* What was asked of a resource, and the seed, are sealed with the rest, and decided again from there. */
TEST(resources_and_seeds_are_replayed)
{
  static const char *const attributes[] = {"owner ana; tags pii plain; parts a b", "owner bo", "", "onwer ana"};
  unsigned char seed[EDICT_SEED_BYTES] = {7};
  edict_request q = {.size = sizeof q, .action = {"read", 4}, .now = mesh_time(LOGGED_NOW), .seed = seed};
  logged_init(&scene, "resource model { owner?: string parts?: set<string> }\n"
                      "rule owners\n permit read\n on model tagged pii\n when model.owner == \"ana\"\n");
  REQUIRE(logged_open(&scene) == EDICT_OK);
  for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++) {
    CHECK_INT(mesh_ask_resource(&scene.m, "read", "model", attributes[i], "", LOGGED_NOW), EDICT_OK);
    CHECK_INT(edict_decision_effect(scene.m.decision), i == 0 ? EDICT_PERMIT : EDICT_DENY);
    CHECK_INT(logged_append(&scene, scene.m.decision), EDICT_OK);
  }
  CHECK_INT(mesh_ask_resource(&scene.m, "read", "modle", "", "", LOGGED_NOW), EDICT_OK);
  CHECK_INT(logged_append(&scene, scene.m.decision), EDICT_OK);
  CHECK_INT(edict_decide(scene.m.decision, scene.m.session, &q), EDICT_OK);
  CHECK_INT(logged_append(&scene, scene.m.decision), EDICT_OK);
  CHECK_INT(logged_close(&scene), EDICT_OK);
  CHECK(replay_is(INT64_MIN, (edict_replay_report){.identical = 6}));
  logged_fini(&scene);
}

/* The request names them, an obligation gives them back, and the auditor reads them as they are written. */
TEST(tags_of_a_domain_are_replayed)
{
  static const char *const about[] = {"about topic.own", "about topic", "about topic.own.in", "about topic.no", ""};
  const edict_engine_options options = {.size = sizeof options, .now = INT64_MIN, .development = 1, .obligation_count = 1,
                                        .obligations = (const char *const[]){"*"}};
  logged_init_own(&scene,
                  "taxonomy tag { open topic }\nresource model { owner?: string }\nattributes context { about?: tag }\n"
                  "obligation note(of: tag)\n"
                  "rule told\n permit read\n on model tagged topic\n when context.about is topic\n oblige note(context.about)\n",
                  "taxonomy tag { topic { topic.own { topic.own.in } } }\n", &options);
  REQUIRE(logged_open(&scene) == EDICT_OK);
  for (size_t i = 0; i < sizeof about / sizeof *about; i++) {
    CHECK_INT(mesh_ask_resource(&scene.m, "read", "model", i == 1 ? "tags plain topic.own.in" : "tags topic.own", about[i], LOGGED_NOW), EDICT_OK);
    CHECK_INT(edict_decision_effect(scene.m.decision), i < 3 ? EDICT_PERMIT : EDICT_DENY);
    CHECK_INT(logged_append(&scene, scene.m.decision), EDICT_OK);
  }
  CHECK_INT(logged_close(&scene), EDICT_OK);
  CHECK(replay_is(INT64_MIN, (edict_replay_report){.identical = 5}));
  logged_fini(&scene);
}

TEST(one_writer_at_a_time)
{
  logged_init(&scene, "");
  REQUIRE(logged_open(&scene) == EDICT_OK);
  edict_log *mine = scene.log;
  CHECK_INT(logged_open(&scene), EDICT_BUSY);
  CHECK(scene.log == NULL);
  scene.log = mine;
  CHECK_INT(logged_ask(&scene, "read", "*", "purpose support"), EDICT_OK);
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) { /* a child has no log: nothing may be served there */
    edict_status status = logged_ask(&scene, "read", "*", "purpose support");
    _exit(status == EDICT_BUSY ? 0 : 1);
  }
  int ended = 1;
  CHECK(waitpid(child, &ended, 0) == child && WIFEXITED(ended) && WEXITSTATUS(ended) == 0);
  CHECK_INT(logged_ask(&scene, "read", "*", "purpose support"), EDICT_OK);
  CHECK_INT(logged_close(&scene), EDICT_OK);
  CHECK(replay_is(INT64_MIN, (edict_replay_report){.identical = 2}));
  logged_fini(&scene);
}

TEST(options_that_cannot_be_meant)
{
  logged_init(&scene, "");
  edict_log *log;
  edict_log_options o = {.size = sizeof o,
                         .origin = LOGGED_ORIGIN,
                         .secret_key = scene.secret_key,
                         .auditor_key = scene.auditor_public};
  edict_log_options bad[] = {o, o, o, o, o, o};
  bad[0].size--;
  bad[1].origin = NULL;
  bad[2].secret_key = NULL;
  bad[3].auditor_key = NULL;
  bad[4].origin = "edict-log";
  bad[5].origin = "two words";
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    CHECK_INT(edict_log_open(scene.folder, scene.m.engine, &bad[i], &log, scene.m.diagnostics),
              EDICT_ARGUMENT);
    CHECK(log == NULL && access(scene.folder, F_OK) != 0);
  }
  CHECK_INT(edict_log_open("/proc/none/log", scene.m.engine, &o, &log, NULL), EDICT_NOT_FOUND);
  CHECK_INT(edict_log_close(&log, NULL), EDICT_OK); /* none */
  logged_fini(&scene);
}

/* ---- what stands in the folder ---- */

static bool tells_nothing(void *user, const char *path, const char *bytes, size_t length) {
  (void)user;
  bool quiet = true;
  for (size_t i = 0; logged_private[i]; i++) {
    if (!memmem(bytes, length, logged_private[i], strlen(logged_private[i]))) continue;
    printf("# %s holds `%s`\n", path, logged_private[i]);
    quiet = false;
  }
  return quiet;
}

/* While it is open, and when it is not. */
static bool names_nobody(void) {
  logged_init(&scene, "");
  CHECK_INT(logged_open(&scene), EDICT_OK);
  logged_everything(&scene);
  bool quiet = logged_files(&scene, tells_nothing, NULL);
  CHECK_INT(logged_close(&scene), EDICT_OK);
  quiet = logged_files(&scene, tells_nothing, NULL) && quiet;
  logged_fini(&scene);
  return quiet;
}

/* Three letters stand in sealed bytes by chance once in some thousand logs; what is written in clear stands in
 * every log, so in the next one too. */
TEST(nobody_is_named_in_clear)
{
  CHECK(names_nobody() || names_nobody());
}

typedef struct flips {
  size_t flipped, missed;
} flips;

static bool flip_each(void *user, const char *path, const char *bytes, size_t length) {
  flips *f = user;
  char *changed = malloc(length + 1);
  if (!changed) return false;
  memcpy(changed, bytes, length);
  for (size_t at = 0; at < length; at++) {
    edict_log_report report;
    changed[at] ^= (char)(1 << (at % 8));
    logged_put(path, changed, length);
    edict_diagnostics_clear(scene.m.diagnostics);
    edict_status status = logged_verify(&scene, &report);
    f->flipped++;
    if (status == EDICT_OK || edict_diagnostics_errors(scene.m.diagnostics) == 0) {
      printf("# %s: byte %zu of %zu may be changed\n", path, at, length);
      f->missed++;
    }
    changed[at] ^= (char)(1 << (at % 8));
  }
  logged_put(path, bytes, length);
  free(changed);
  return true;
}

TEST(every_changed_byte_of_a_closed_log_is_found)
{
  edict_log_report report;
  flips f = {0, 0};
  logged_init(&scene, "");
  REQUIRE(logged_open(&scene) == EDICT_OK);
  CHECK_INT(logged_ask(&scene, "read", "phone", "purpose support"), EDICT_OK);
  CHECK_INT(logged_ask(&scene, "read", "phone", "purpose marketing"), EDICT_OK);
  CHECK_INT(logged_close(&scene), EDICT_OK);
  CHECK(logged_files(&scene, flip_each, &f));
  CHECK(f.flipped > 2000);
  CHECK_INT(f.missed, 0);
  CHECK_INT(logged_verify(&scene, &report), EDICT_OK); /* the bytes are as they were */
  printf("# %zu bytes\n", f.flipped);
  logged_fini(&scene);
}

TEST(only_the_key_of_the_log_verifies_it)
{
  edict_log_report report;
  logged_init(&scene, "");
  REQUIRE(logged_open(&scene) == EDICT_OK);
  CHECK_INT(logged_close(&scene), EDICT_OK);
  unsigned char seed[32] = {99};
  char *other, *secret;
  REQUIRE(edict_key_generate(LOGGED_ORIGIN, seed, &other, &secret) == EDICT_OK);
  CHECK_INT(edict_log_verify(scene.folder, other, &report, scene.m.diagnostics), EDICT_UNTRUSTED);
  CHECK_INT(edict_log_verify(scene.folder, "no key", &report, scene.m.diagnostics), EDICT_ARGUMENT);
  CHECK_INT(code_count("R0490"), 1);
  CHECK_INT(edict_log_verify(scene.folder, NULL, &report, scene.m.diagnostics), EDICT_OK);
  CHECK_INT(edict_log_verify(NULL, NULL, &report, scene.m.diagnostics), EDICT_ARGUMENT);
  CHECK_INT(edict_log_verify("/proc/none", NULL, &report, scene.m.diagnostics), EDICT_NOT_FOUND);
  edict_text_free(&other);
  edict_text_free(&secret);
  logged_fini(&scene);
}

/* ---- replay ---- */

TEST(other_bundles_replay_nothing)
{
  static logged other;
  logged_init(&scene, "");
  REQUIRE(logged_open(&scene) == EDICT_OK);
  size_t count = logged_everything(&scene);
  CHECK_INT(logged_close(&scene), EDICT_OK);
  logged_init(&other, "rule more\n  forbid export\n  on dataset holding plain\n");
  edict_replay_report r;
  CHECK_INT(edict_replay(scene.folder, other.m.engine, scene.auditor_secret, NULL, NULL, &r,
                         scene.m.diagnostics),
            EDICT_OK);
  CHECK_INT(r.unreplayable, count);
  CHECK_INT(r.identical + r.different + r.corrupt + r.gaps, 0);
  logged_fini(&other);
  logged_fini(&scene);
}

/* A log that another program wrote with the right key: leaves, tree and signatures are in order, what
 * the records say is not. */
typedef enum forgery {
  HONEST,
  OTHER_ANSWER,
  OTHER_PURPOSE,
  OTHER_DATASET,
  OTHER_INPUTS,
  OTHER_R,
  NO_RECORD,
  OTHER_TIME
} forgery;

static void forge(edi_record *r, edi_buf *inputs, edi_buf *answer, forgery how) {
  if (how == OTHER_PURPOSE) r->purpose = EDI_STR("marketing");
  if (how == OTHER_DATASET) r->dataset = EDI_STR("customers");
  if (how == OTHER_TIME) r->now += EDI_DAY_MICROS;
  if (how == OTHER_INPUTS) inputs->ptr[inputs->len - 1] ^= 1; /* after the commitment */
  if (how == OTHER_R) inputs->ptr[0] ^= 1;
  if (how == OTHER_ANSWER) answer->ptr[1] ^= 1; /* valid until */
}

/* The newest decision of the mesh, which says of itself that the bundles of `claimed` decided. */
static void append_as(edi_store *store, const mesh *m, const edict_engine *claimed, forgery how) {
  unsigned char random[EDI_RECORD_RANDOM] = {5};
  edi_buf inputs, answer, payload;
  edi_record r;
  edi_buf_init(&inputs, NULL, 1 << 20);
  edi_buf_init(&answer, NULL, 1 << 20);
  edi_buf_init(&payload, NULL, 1 << 20);
  edi_record_describe(m->decision, &r);
  edi_record_set(claimed, r.set);
  edi_record_answer(m->decision, &answer);
  if (edi_record_inputs(m->decision, random, &inputs) != EDICT_OK) abort();
  edi_record_commit((edi_str){inputs.ptr, inputs.len}, r.commitment);
  forge(&r, &inputs, &answer, how);
  if (edi_seal_put(store, edi_date_of(r.now), 0, inputs.ptr, inputs.len, &r.payload, NULL) !=
      EDICT_OK)
    abort();
  r.answer = (edi_str){answer.ptr, answer.len};
  edi_record_encode(&r, &payload);
  if (how == NO_RECORD) payload.len = 100;
  if (edi_store_append(store, EDI_FRAME_RECORD, payload.ptr, payload.len, true, NULL, NULL) !=
      EDICT_OK)
    abort();
  edi_buf_fini(&inputs);
  edi_buf_fini(&answer);
  edi_buf_fini(&payload);
}

static void append_forged(edi_store *store, forgery how) {
  if (mesh_ask(&scene.m, "read", "orders", "*", "purpose support", LOGGED_NOW) != EDICT_OK) abort();
  append_as(store, &scene.m, scene.m.engine, how);
}

static edi_store *open_store(const logged *l) {
  edi_store *store;
  edi_store_options o = {.origin = EDI_STR(LOGGED_ORIGIN), .has_auditor = true};
  memcpy(o.secret_key, l->secret_key, sizeof o.secret_key);
  memcpy(o.auditor_key, l->auditor_public, sizeof o.auditor_key);
  if (edi_store_open(&edi_system_posix, l->folder, &o, &store, l->m.diagnostics) != EDICT_OK)
    abort();
  return store;
}

TEST(records_that_do_not_fit_their_inputs)
{
  static const struct {
    forgery how;
    edict_replay_report expected;
  } table[] = {
      {HONEST, {.identical = 1}},      {OTHER_ANSWER, {.different = 1}},
      {OTHER_TIME, {.different = 1}},  {OTHER_PURPOSE, {.corrupt = 1}},
      {OTHER_DATASET, {.corrupt = 1}}, {OTHER_INPUTS, {.corrupt = 1}},
      {OTHER_R, {.corrupt = 1}},       {NO_RECORD, {.corrupt = 1}},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    edict_log_report report;
    logged_init(&scene, "");
    edi_store *store = open_store(&scene);
    append_forged(store, table[i].how);
    CHECK_INT(edi_store_close(&store, NULL), EDICT_OK);
    CHECK_INT(logged_verify(&scene, &report), EDICT_OK);
    CHECK_INT(report.records, 1);
    if (!replay_is(INT64_MIN, table[i].expected)) HARNESS_FAIL("forgery %zu", i);
    logged_fini(&scene);
  }
}

TEST(what_was_erased_is_not_replayed)
{
  edict_log_report report;
  uint64_t files;
  logged_init(&scene, "");
  REQUIRE(logged_open(&scene) == EDICT_OK);
  size_t count = logged_everything(&scene);
  CHECK_INT(logged_close(&scene), EDICT_OK);
  edi_store *store = open_store(&scene);
  CHECK_INT(edi_seal_erase(store, edi_date_of(mesh_time(LOGGED_NOW)), 0, &files, NULL), EDICT_OK);
  CHECK_INT(files, 1);
  CHECK_INT(edi_store_close(&store, NULL), EDICT_OK);
  CHECK_INT(logged_verify(&scene, &report), EDICT_OK);
  CHECK_INT(report.records, count); /* the records stand */
  CHECK(replay_is(INT64_MIN, (edict_replay_report){.unreplayable = count}));
  logged_fini(&scene);
}

static bool spoil_payload(void *user, const char *path, const char *bytes, size_t length) {
  (void)user;
  if (!strstr(path, "/pay-")) return true;
  char *changed = malloc(length);
  if (!changed) return false;
  memcpy(changed, bytes, length);
  changed[length - 20] ^= 1;
  logged_put(path, changed, length);
  free(changed);
  return true;
}

TEST(a_changed_payload_is_corrupt_and_named)
{
  edict_log_report report;
  logged_init(&scene, "");
  REQUIRE(logged_open(&scene) == EDICT_OK);
  CHECK_INT(logged_ask(&scene, "read", "*", "purpose support"), EDICT_OK);
  CHECK_INT(logged_close(&scene), EDICT_OK);
  CHECK(logged_files(&scene, spoil_payload, NULL));
  CHECK(replay_is(INT64_MIN, (edict_replay_report){.corrupt = 1}));
  CHECK(code_count("R0416") > 0);
  CHECK_INT(logged_verify(&scene, &report), EDICT_FORMAT);
  CHECK(report.damaged > 0);
  logged_fini(&scene);
}

TEST(another_auditor_opens_nothing)
{
  logged_init(&scene, "");
  REQUIRE(logged_open(&scene) == EDICT_OK);
  CHECK_INT(logged_ask(&scene, "read", "*", "purpose support"), EDICT_OK);
  CHECK_INT(logged_close(&scene), EDICT_OK);
  unsigned char seed[32] = {8}, public_key[32];
  REQUIRE(edict_auditor_keys(seed, public_key, scene.auditor_secret) == EDICT_OK);
  CHECK(replay_is(INT64_MIN, (edict_replay_report){.unreplayable = 1}));
  edict_replay_report r;
  CHECK_INT(edict_replay(scene.folder, scene.m.engine, NULL, NULL, NULL, &r, NULL), EDICT_ARGUMENT);
  logged_fini(&scene);
}

/* ---- show ---- */

typedef struct lines {
  char text[65536];
  size_t length, count, most;
} lines;

static int keep(void *user, const char *json, size_t length) {
  lines *l = user;
  if (l->length + length >= sizeof l->text) return 1;
  memcpy(l->text + l->length, json, length);
  l->length += length;
  l->text[l->length] = '\0';
  return ++l->count == l->most;
}

TEST(show_tells_who_asked_to_the_auditor_alone)
{
  static lines with, without, few;
  with = without = few = (lines){.count = 0};
  few.most = 2;
  logged_init(&scene, "");
  REQUIRE(logged_open(&scene) == EDICT_OK);
  size_t count = logged_everything(&scene);
  CHECK_INT(logged_close(&scene), EDICT_OK);
  CHECK_INT(edict_log_show(scene.folder, NULL, keep, &without, scene.m.diagnostics), EDICT_OK);
  CHECK_INT(edict_log_show(scene.folder, scene.auditor_secret, keep, &with, scene.m.diagnostics),
            EDICT_OK);
  CHECK_INT(edict_log_show(scene.folder, NULL, keep, &few, scene.m.diagnostics), EDICT_OK);
  CHECK_INT(with.count, count);
  CHECK_INT(without.count, count);
  CHECK_INT(few.count, 2);
  CHECK(tells_nothing(NULL, "show", without.text, without.length));
  CHECK(strstr(with.text, "\"id\":\"" LOGGED_ID "\"") != NULL);
  CHECK(strstr(without.text, "\"subject\":null,\"request\":null") != NULL);
  CHECK(strstr(with.text, "\"rule\":\"edict.context\"") != NULL);
  unsigned char wrong[32] = {1};
  with = (lines){.count = 0};
  CHECK_INT(edict_log_show(scene.folder, wrong, keep, &with, scene.m.diagnostics), EDICT_OK);
  CHECK(tells_nothing(NULL, "show", with.text, with.length));
  CHECK_INT(edict_log_show(NULL, NULL, keep, &with, NULL), EDICT_ARGUMENT);
  CHECK_INT(edict_log_show("/proc/none", NULL, keep, &with, scene.m.diagnostics), EDICT_NOT_FOUND);
  logged_fini(&scene);
}

/* With EDICT_KEEP, a folder that is there, log, bundles and keys stay in it: log_test.py runs the
 * command on them. */
TEST(a_log_for_the_command)
{
  edict_log_report report;
  char path[1024], *bytes;
  size_t length;
  logged_init(&scene, "");
  if (getenv("EDICT_KEEP"))
    snprintf(scene.folder, sizeof scene.folder, "%s/log", getenv("EDICT_KEEP"));
  REQUIRE(logged_open(&scene) == EDICT_OK);
  size_t count = logged_everything(&scene);
  CHECK_INT(logged_close(&scene), EDICT_OK);
  logged_keep(&scene);
  CHECK_INT(logged_verify(&scene, &report), EDICT_OK);
  CHECK_INT(report.records, count);
  snprintf(path, sizeof path, "%s/../bundle-0.edb", scene.folder);
  REQUIRE(edict_file_read(path, scene.m.bundles[0].len, &bytes, &length, scene.m.diagnostics) ==
          EDICT_OK);
  CHECK(length == scene.m.bundles[0].len && memcmp(bytes, scene.m.bundles[0].ptr, length) == 0);
  edict_text_free(&bytes);
  if (getenv("EDICT_KEEP")) logged_leave(&scene);
  else logged_fini(&scene);
}

/* ---- obligations, exemptions, groups, rules in shadow ---- */

static const char duties[] =
    "obligation mark(text: string, until: timestamp)\n"
    "obligation tell(whom: role)\n"
    "obligation never()\n"
    "rule marked\n permit read\n on dataset classified <= internal\n when subject.roles has analyst\n"
    " oblige mark(\"copy\", now + 30 days), tell(dpo)\n because \"x\"\n"
    "rule refused\n forbid download\n oblige tell(staff)\n because \"x\"\n"
    "rule in-emergencies\n exempt purposes\n on dataset classified <= internal\n"
    " when context.channel == \"emergency\"\n until 2027-12-31\n oblige tell(support)\n because \"x\"\n"
    "rule crowds\n show only groups of at least 5 row[geo.country]\n on dataset holding geo.country\n"
    " when context.size > 5\n because \"x\"\n"
    "rule nobody-can\n show only rows\n where row[geo.country] is set\n when context.size < 0\n"
    " oblige never()\n because \"x\"\n"
    "shadow rule no-phones\n mask column tagged pii.phone\n with null\n because \"x\"\n"
    "shadow rule no-crowds\n forbid read\n when context.size > 7\n because \"x\"\n";

static const struct { const char *action, *columns, *context; } duty_asks[] = {
    {"read", "*", "purpose support; size 1"},
    {"read", "country", "purpose support; size 6"},
    {"read", "*", "purpose support; size 9"},
    {"read", "phone", "purpose support"},                          /* what the size decides is unknown */
    {"read", "*", "purpose support; size -1"},                     /* an obligation that cannot be met */
    {"read", "*", "purpose marketing; size 1; channel emergency"}, /* lifted */
    {"read", "*", "purpose marketing; size 1; channel phone"},
    {"download", "*", "purpose support; size 1"},
};
enum { DUTY_ASKS = sizeof duty_asks / sizeof *duty_asks };

/* What somebody changed in the rules, and how many of the answers are others for it. */
static const struct { const char *from, *to; uint64_t different; } duty_changes[] = {
    {"\"copy\"", "\"copies\"", 4},
    {"shadow rule no-phones", "rule no-phones", 3},
    {"shadow rule no-crowds", "rule no-crowds", 2},
    {"at least 5", "at least 6", 2},
    {"tell(support)", "tell(analyst)", 1},
    {"exempt purposes", "exempt mails", 1},
};

static void init_duties(logged *l, const char *from, const char *to) {
  static const char *const meets[] = {"federal.rules.mark", "federal.rules.tell", "federal.rules.nobody-knows-it"};
  const edict_engine_options options = {.size = sizeof options, .now = INT64_MIN, .development = 1,
                                        .obligations = meets, .obligation_count = 3};
  char text[4096];
  const char *at = strstr(duties, from);
  if (!at) abort();
  snprintf(text, sizeof text, "%.*s%s%s", (int)(at - duties), duties, to, at + strlen(from));
  logged_init_as(l, text, &options);
  if (getenv("EDICT_KEEP")) snprintf(l->folder, sizeof l->folder, "%s/log", getenv("EDICT_KEEP"));
}

static void end_duties(logged *l) {
  if (getenv("EDICT_KEEP")) logged_leave(l);
  else logged_fini(l);
}

/* Decisions under changed rules in a log of their own, which says that those of `scene` were in force. */
static void claim(size_t change) {
  static logged other;
  edict_replay_report report;
  logged as = scene; /* the auditor has the bundles that were in force */
  init_duties(&other, duty_changes[change].from, duty_changes[change].to);
  if (getenv("EDICT_KEEP"))
    snprintf(other.folder, sizeof other.folder, "%s/claimed-%zu", getenv("EDICT_KEEP"), change);
  edi_store *store = open_store(&other);
  for (size_t i = 0; i < DUTY_ASKS; i++) {
    if (mesh_ask(&other.m, duty_asks[i].action, "orders", duty_asks[i].columns, duty_asks[i].context, LOGGED_NOW) != EDICT_OK)
      abort();
    append_as(store, &other.m, scene.m.engine, HONEST);
  }
  CHECK_INT(edi_store_close(&store, NULL), EDICT_OK);
  memcpy(as.folder, other.folder, sizeof as.folder);
  CHECK_INT(logged_replay(&as, INT64_MIN, &report), EDICT_OK);
  if (report.different != duty_changes[change].different ||
      report.identical + report.different != DUTY_ASKS)
    HARNESS_FAIL("%s: %" PRIu64 " identical, %" PRIu64 " different, %" PRIu64 " corrupt", duty_changes[change].to,
                 report.identical, report.different, report.corrupt);
  end_duties(&other);
}

/* With EDICT_KEEP the logs stay, for log_test.py. */
TEST(duties_for_the_command)
{
  init_duties(&scene, "rule", "rule");
  REQUIRE(logged_open(&scene) == EDICT_OK);
  for (size_t i = 0; i < DUTY_ASKS; i++)
    CHECK_INT(logged_ask(&scene, duty_asks[i].action, duty_asks[i].columns, duty_asks[i].context), EDICT_OK);
  CHECK_INT(logged_close(&scene), EDICT_OK);
  CHECK(replay_is(INT64_MIN, (edict_replay_report){.identical = DUTY_ASKS}));
  if (getenv("EDICT_KEEP")) logged_keep(&scene);
  for (size_t i = 0; i < sizeof duty_changes / sizeof *duty_changes; i++) claim(i);
  end_duties(&scene);
}

HARNESS_MAIN
