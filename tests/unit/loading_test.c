/* Loading: what a host has seen and what may come after it; and a process that is killed, or a call that fails,
 * at any step of a load: the state is the old one or the new one, and the last good engine stays. */
#include "harness.h"

#include <errno.h>

#include "bundle/state.h"
#include "support/seen.h"

static seen s;

/* Loads and compares; state and engine change with success alone. */
static void expect(const seen_set *set, bool begin, edict_status wanted, const char *wanted_code) {
  const char *code;
  char *before = seen_state(&s);
  uint64_t generation = edict_holder_generation(s.holder);
  edict_status status = seen_load(&s, set, begin, &code);
  char *after = seen_state(&s);
  if (status != wanted || strcmp(code, wanted_code) != 0)
    HARNESS_FAIL("%s %s, expected %s %s", edict_status_name(status), code, edict_status_name(wanted), wanted_code);
  CHECK_INT(edict_holder_generation(s.holder), generation + (status == EDICT_OK));
  if (status != EDICT_OK) CHECK(strcmp(before, after) == 0);
  free(before);
  free(after);
}

TEST(versions_only_grow)
{
  seen_set seven, eight, eight_other, nine, nine_other, ten, eleven;
  seen_init(&s);
  seen_set_init(&seven, 7, NULL, "x", "f4 g5 ");
  seen_set_init(&eight, 8, &seven, "x", "f4 g5 ");
  seen_set_init(&eight_other, 8, &seven, "y", "f4 g5 ");
  seen_set_init(&nine, 9, NULL, "x", "f4 g5 ");
  seen_set_init(&nine_other, 9, &eight_other, "x", "f4 g5 ");
  seen_set_init(&ten, 10, NULL, "x", "f4 g5 ");
  seen_set_init(&eleven, 11, &ten, "x", "f4 ");
  expect(&seven, false, EDICT_NOT_FOUND, "R0241");
  expect(&seven, true, EDICT_OK, "");
  expect(&seven, false, EDICT_OK, "");
  expect(&nine, false, EDICT_OK, "") ; /* two later: what came between was not seen */
  expect(&eight, false, EDICT_VERSION, "R0242");
  seen_restart(&s);
  expect(&eight, false, EDICT_VERSION, "R0242");
  expect(&nine_other, false, EDICT_UNTRUSTED, "R0243");
  expect(&ten, false, EDICT_UNTRUSTED, "R0244"); /* names no version before it */
  disk_remove(s.d, "state");
  expect(&seven, true, EDICT_OK, "");
  expect(&eight, false, EDICT_OK, "");
  expect(&eight_other, false, EDICT_UNTRUSTED, "R0243");
  expect(&nine_other, false, EDICT_UNTRUSTED, "R0244"); /* names the other one */
  expect(&ten, false, EDICT_OK, "");
  expect(&eleven, false, EDICT_UNTRUSTED, "R0218");
  seen_set *all[] = {&seven, &eight, &eight_other, &nine, &nine_other, &ten, &eleven};
  for (size_t i = 0; i < 7; i++) seen_set_fini(all[i]);
  seen_fini(&s);
}

TEST(a_state_that_was_changed_is_no_state)
{
  seen_set seven;
  seen_init(&s);
  seen_set_init(&seven, 7, NULL, "x", "f4 g5 ");
  expect(&seven, true, EDICT_OK, "");
  size_t size;
  char *good = seen_state(&s);
  (void)disk_file(s.d, "state", &size);
  for (size_t at = 0; at < size; at++) {
    good[at] ^= 1;
    disk_put(s.d, "state", good, size);
    good[at] ^= 1;
    expect(&seven, true, EDICT_FORMAT, "R0240"); /* not begun anew over what is there */
  }
  for (size_t cut = 0; cut < size; cut += 13) {
    disk_put(s.d, "state", good, cut);
    expect(&seven, true, EDICT_FORMAT, "R0240");
  }
  disk_put(s.d, "state", good, size);
  expect(&seven, false, EDICT_OK, "");
  free(good);
  seen_set_fini(&seven);
  seen_fini(&s);
}

TEST(the_clock_goes_forward)
{
  seen_set seven;
  seen_init(&s);
  seen_set_init(&seven, 7, NULL, "x", "f4 g5 ");
  expect(&seven, true, EDICT_OK, "");
  s.now = SEEN_NOW + 3600 * INT64_C(1000000);
  expect(&seven, false, EDICT_OK, "");
  s.now -= 60000000; /* the leeway */
  expect(&seven, false, EDICT_OK, "");
  edict_engine *engine = edict_holder_engine(s.holder);
  CHECK(atomic_load(&engine->floor) == SEEN_NOW + 3600 * INT64_C(1000000)); /* what was seen, not what the clock says */
  edict_engine_destroy(&engine);
  s.now -= 1;
  expect(&seven, false, EDICT_EXPIRED, "R0246");
  seen_restart(&s);
  expect(&seven, false, EDICT_EXPIRED, "R0246");
  /* A clock that is far ahead finds the bundles expired, so it is not remembered. */
  s.now = mesh_time("2027-06-01T00:00:00Z");
  expect(&seven, false, EDICT_EXPIRED, "R0215");
  s.now = mesh_time("2028-06-01T00:00:00Z");
  expect(&seven, false, EDICT_EXPIRED, "R0226");
  s.now = SEEN_NOW + 3600 * INT64_C(1000000);
  expect(&seven, false, EDICT_OK, "");
  seen_set_fini(&seven);
  seen_fini(&s);
}

/* A root that was loaded once is remembered: the host need not hand it over again. */
TEST(roots_are_remembered_and_never_older)
{
  seen_set seven;
  const char *code;
  edi_arena arena;
  edi_state state;
  seen_init(&s);
  seen_set_init(&seven, 7, NULL, "x", "f4 g5 ");
  expect(&seven, true, EDICT_OK, "");
  edict_bytes second = {s.roots[1].ptr, s.roots[1].len};
  CHECK_INT(seen_load_with(&s, &seven, &second, 1, &code), EDICT_OK);
  char *text = seen_state(&s);
  edi_arena_init(&arena, NULL, (size_t)1 << 20);
  REQUIRE(edi_state_parse(&arena, edi_str_from(text), &state, NULL) == EDICT_OK);
  CHECK(state.has_root && state.root_version == 2 && state.document_count == 1 && state.floor_count == 2);
  seen_restart(&s);
  expect(&seven, false, EDICT_OK, ""); /* with version 1 as what is handed over */
  s.trust = &s.roots[1];
  expect(&seven, false, EDICT_OK, "");
  /* Now that version 2 is handed over, nothing of it is kept; version 1 alone is older. */
  s.trust = &s.roots[0];
  expect(&seven, false, EDICT_VERSION, "R0228");
  edi_buf store;
  sample_root_text(&store, "edict-trust/v1\nfederal eu.example @f:4\ndomain sales eu.example/sales @d:6\n", NULL);
  s.trust = &store;
  expect(&seven, false, EDICT_VERSION, "R0228");
  CHECK_INT(seen_load_with(&s, &seven, &second, 1, &code), EDICT_ARGUMENT); /* roots, and no root before them */
  edi_buf_fini(&store);
  edi_arena_fini(&arena);
  free(text);
  seen_set_fini(&seven);
  seen_fini(&s);
}

TEST(another_root_of_the_same_version)
{
  seen_set seven;
  edi_buf fork;
  seen_init(&s);
  seen_set_init(&seven, 7, NULL, "x", "f4 g5 ");
  expect(&seven, true, EDICT_OK, "");
  sample_root(&fork,
              "edict-root/v1\nname eu.example\nversion 1\nprev -\nexpires 2029-11-20T00:00:00Z\nthreshold root 1\nroot @x:9\n"
              "threshold federal eu.example 1\nfederal eu.example @f:4\nthreshold domain sales eu.example/sales 1\n"
              "domain sales eu.example/sales @d:6\n", NULL, "x:9");
  s.trust = &fork;
  expect(&seven, false, EDICT_UNTRUSTED, "R0225");
  edi_buf_fini(&fork);
  seen_set_fini(&seven);
  seen_fini(&s);
}

TEST(somebody_else_loads)
{
  seen_set seven;
  seen_init(&s);
  seen_set_init(&seven, 7, NULL, "x", "f4 g5 ");
  const edi_system *system = disk_system(s.d);
  edi_file lock;
  REQUIRE(system->open(system->context, SEEN_STATE ".lock", EDI_OPEN_WRITE | EDI_OPEN_CREATE, &lock) == 0);
  REQUIRE(system->lock(system->context, lock) == 0);
  expect(&seven, true, EDICT_BUSY, "R0245");
  CHECK(system->close(system->context, lock) == 0);
  expect(&seven, true, EDICT_OK, "");
  seen_set_fini(&seven);
  seen_fini(&s);
}

TEST(development_has_no_state)
{
  edict_engine_options options = {.size = sizeof options, .development = 1};
  edict_load l = {.size = sizeof l, .options = &options, .state = SEEN_STATE, .begin = 1};
  seen_init(&s);
  CHECK_INT(edict_holder_load(s.holder, &l, NULL), EDICT_ARGUMENT);
  seen_fini(&s);
}

static char *destroy_subject(const char *ring, const edict_keyring_secret *secret, const char *who) {
  static const unsigned char seed[32] = {2};
  char *text = NULL;
  if (edict_keyring_destroy_subject(ring, strlen(ring), secret, "person.id", who, seed, &text, NULL) != EDICT_OK) abort();
  return text;
}

static char *create_ring(const char *federation, const edict_keyring_secret *secret) {
  static const unsigned char seed[32] = {1};
  char *text = NULL;
  if (edict_keyring_create(federation, seed, secret, &text) != EDICT_OK) abort();
  return text;
}

TEST(a_keyring_from_before_is_not_taken_again)
{
  static const unsigned char seed[32] = {3};
  seen_set seven;
  char *key = NULL;
  REQUIRE(edict_keyring_key_create(seed, &key) == EDICT_OK);
  const edict_keyring_secret secret = {.text = key, .length = strlen(key)};
  char *first = create_ring("eu.example", &secret), *second = destroy_subject(first, &secret, "c-1"), *third = destroy_subject(second, &secret, "c-2");
  char *other = create_ring("us.example", &secret), *other_next = destroy_subject(other, &secret, "c-1");
  seen_init(&s);
  s.secret = &secret;
  seen_set_init(&seven, 7, NULL, "x", "f4 g5 ");
  s.keyring = first;
  expect(&seven, true, EDICT_OK, "");
  char *text = seen_state(&s);
  CHECK(strncmp(text, "edict-state/v1\n", 15) == 0); /* a keyring that was never changed leaves nothing */
  free(text);
  s.keyring = second;
  expect(&seven, false, EDICT_OK, "");
  s.keyring = first;
  expect(&seven, false, EDICT_VERSION, "R0530");
  s.keyring = third;
  expect(&seven, false, EDICT_OK, "");
  seen_restart(&s);
  s.keyring = second;
  expect(&seven, false, EDICT_VERSION, "R0530");
  s.keyring = NULL; /* whoever has none makes no pseudonyms, and the host remembers all the same */
  expect(&seven, false, EDICT_OK, "");
  s.keyring = other; /* another federation's keys join other data than these rules are for */
  expect(&seven, false, EDICT_UNTRUSTED, "R0607");
  s.keyring = other_next;
  expect(&seven, false, EDICT_UNTRUSTED, "R0607");
  s.keyring = second; /* and do not make room for it */
  expect(&seven, false, EDICT_VERSION, "R0530");
  s.keyring = third;
  expect(&seven, false, EDICT_OK, "");
  seen_set_fini(&seven);
  seen_fini(&s);
  char *all[] = {first, second, third, other, other_next, key};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) edict_text_free(&all[i]);
}

/* ---- killed at any step ---- */

typedef struct texts { char *before, *after; } texts;

static texts learn(const seen_set *seven, const seen_set *eight) {
  texts t;
  seen_init(&s);
  if (seen_load(&s, seven, true, NULL) != EDICT_OK) abort();
  t.before = seen_state(&s);
  if (seen_load(&s, eight, false, NULL) != EDICT_OK) abort();
  t.after = seen_state(&s);
  seen_fini(&s);
  return t;
}

enum { KILLED, POWER, ONE_CALL, WAYS };

/* Call number `at` of a load of version 8 is the last one, or the one that fails. False: there were fewer. */
static bool fail_at(int way, uint64_t at, const texts *t, const seen_set *seven, const seen_set *eight) {
  seen_init(&s);
  CHECK_INT(seen_load(&s, seven, true, NULL), EDICT_OK);
  disk_fail(s.d, at, way != ONE_CALL, EIO); /* counts from here */
  edict_status status = seen_load(&s, eight, false, NULL);
  bool reached = disk_calls(s.d) >= at;
  disk_fail(s.d, 0, false, 0);
  /* In this process: the new one in force, or the old one. */
  edict_engine *engine = edict_holder_engine(s.holder);
  const char *name, *layer;
  uint64_t version = 0;
  const unsigned char *digest;
  CHECK_INT(edict_engine_bundle(engine, 0, &name, &layer, &version, &digest), EDICT_OK);
  CHECK_INT(version, status == EDICT_OK ? 8 : 7);
  edict_engine_destroy(&engine);
  /* In the next one: the old state or the new one, and the new one if this process was told that it is in force. */
  if (way == KILLED) disk_kill(s.d);
  if (way == POWER) disk_crash(s.d);
  char *left = seen_state(&s);
  bool is_new = strcmp(left, t->after) == 0;
  if (!is_new && strcmp(left, t->before) != 0) HARNESS_FAIL("way %d, call %d: a mixture:\n%s", way, (int)at, left);
  if (status == EDICT_OK) CHECK(is_new);
  free(left);
  seen_restart(&s);
  expect(seven, false, is_new ? EDICT_VERSION : EDICT_OK, is_new ? "R0242" : "");
  expect(eight, false, EDICT_OK, "");
  seen_fini(&s);
  return reached;
}

TEST(killed_or_failed_at_any_call)
{
  seen_set seven, eight;
  seen_set_init(&seven, 7, NULL, "x", "f4 g5 ");
  seen_set_init(&eight, 8, &seven, "x", "f4 g5 ");
  texts t = learn(&seven, &eight);
  CHECK(strcmp(t.before, t.after) != 0);
  for (int way = 0; way < WAYS; way++) {
    uint64_t at = 1;
    while (fail_at(way, at, &t, &seven, &eight)) at++;
    CHECK(at > 12); /* lock, read, write, sync, rename, sync of the folder, and what closes */
  }
  free(t.before);
  free(t.after);
  seen_set_fini(&seven);
  seen_set_fini(&eight);
}

HARNESS_MAIN
