/* Steps of sweeps on the record: notes, leaves, what is sealed, what show, verify and replay say of them, and that a step
 * is found by who asks whether the log has it. */
#define _GNU_SOURCE /* memmem */
#include "harness.h"

#include <sodium.h>

#include "log/swept.h"
#include "support/logged.h"

static const unsigned char id[EDICT_SWEPT_ID_BYTES] = "sweep number one", other[EDICT_SWEPT_ID_BYTES] = "sweep number two";
static const unsigned char secret[32] = "thirty-two bytes that are random";
static const char row_key[] = "marker-key-17";

typedef struct scene { logged l; edict_sweep *sweep; edict_diagnostics *said; } scene;

static void begin_at(scene *s, const char *now) {
  logged_init(&s->l, "");
  s->said = edict_diagnostics_create();
  if (logged_open(&s->l) != EDICT_OK || edict_sweep_create(s->l.m.product, 0, &s->sweep) != EDICT_OK) abort();
  if (edict_sweep_at(s->sweep, mesh_time(now), s->said) != EDICT_OK) abort();
}

static void begin(scene *s) { begin_at(s, LOGGED_NOW); }

static void end(scene *s) {
  edict_sweep_destroy(&s->sweep);
  edict_diagnostics_destroy(&s->said);
  logged_fini(&s->l);
}

static edict_swept step_of(edict_swept_step step, uint64_t number) {
  return (edict_swept){.size = sizeof(edict_swept), .step = step, .id = id, .number = number, .table = {"orders", 6}};
}

/* A batch of `count` rows, the first of which has the key above. */
static edict_swept batch_of(uint64_t number, size_t count) {
  static unsigned char keys[EDICT_SWEPT_KEYS_MOST + 1][EDICT_SWEPT_KEY_BYTES];
  edict_swept s = step_of(EDICT_SWEPT_BATCH, number);
  edict_swept_key(secret, row_key, strlen(row_key), keys[0]);
  s.random = secret;
  s.keys = keys[0];
  s.key_count = s.erased = count;
  return s;
}

static edict_status note_of(const scene *s, const edict_swept *swept, char **note, size_t *length) {
  return edict_swept_note(s->sweep, swept, note, length);
}

/* What is written down is in the log. */
static void log_step(scene *s, const edict_swept *swept) {
  char *note;
  size_t length;
  if (note_of(s, swept, &note, &length) != EDICT_OK || edict_log_swept(s->l.log, note, length, s->said) != EDICT_OK) abort();
  edict_text_free(&note);
}

static void log_sweep(scene *s) {
  edict_swept begun = step_of(EDICT_SWEPT_BEGUN, 0), ended = step_of(EDICT_SWEPT_ENDED, 2);
  edict_swept first = batch_of(1, 3), second = batch_of(2, 1);
  begun.seen = 100;
  begun.withheld = 10;
  begun.undecided = 2;
  begun.erasable = 5;
  second.spared = 1;
  second.blocked = 2;
  second.along = 7;
  ended.seen = 100;
  ended.erased = 4;
  ended.flags = EDICT_SWEPT_VACUUMED;
  log_step(s, &begun);
  log_step(s, &first);
  log_step(s, &second);
  log_step(s, &ended);
}

/* ---- notes ---- */

TEST(a_note_comes_back) {
  scene s;
  char *note;
  size_t length;
  edi_swept back;
  edi_str sealed;
  begin(&s);
  edict_swept batch = batch_of(7, 3);
  REQUIRE(note_of(&s, &batch, &note, &length) == EDICT_OK);
  REQUIRE(edi_swept_note_decode((edi_str){note, length}, &back, &sealed));
  CHECK(back.step == EDICT_SWEPT_BATCH && back.number == 7 && back.erased == 3 && back.flags == EDI_SWEPT_DEVELOPMENT);
  CHECK_INT(back.now, mesh_time(LOGGED_NOW));
  CHECK_TEXT(back.product.ptr, back.product.len, "sales.orders");
  CHECK_TEXT(back.dataset.ptr, back.dataset.len, "orders");
  CHECK_INT((long)sealed.len, 32 + 3 * 16);
  CHECK(memcmp(sealed.ptr, secret, 32) == 0);
  edict_text_free(&note);
  end(&s);
}

TEST(what_does_not_fit_together_is_no_note) {
  scene s;
  char *note;
  size_t length;
  begin(&s);
  edict_swept bad[9];
  for (size_t i = 0; i < 9; i++) bad[i] = batch_of(1, 2);
  bad[0].key_count = 1;
  bad[1].random = NULL;
  bad[2].number = 0;
  bad[3].table.len = 0;
  bad[4].flags = EDICT_SWEPT_LEFT;
  bad[5].step = (edict_swept_step)4;
  bad[6].size = 1;
  bad[7].undecided = 1;
  bad[8] = batch_of(1, EDICT_SWEPT_KEYS_MOST + 1);
  for (size_t i = 0; i < 9; i++) CHECK_INT(note_of(&s, &bad[i], &note, &length), EDICT_ARGUMENT);
  edict_swept most = batch_of(1, EDICT_SWEPT_KEYS_MOST);
  CHECK_INT(note_of(&s, &most, &note, &length), EDICT_OK);
  CHECK_INT(edict_log_swept(s.l.log, note, length, s.said), EDICT_OK);
  edict_text_free(&note);
  CHECK_INT(edict_log_swept(s.l.log, "no note", 7, s.said), EDICT_FORMAT);
  CHECK_INT(edict_sweep_at(s.sweep, mesh_time("2031-01-01T00:00:00Z"), s.said), EDICT_EXPIRED);
  CHECK_INT(note_of(&s, &most, &note, &length), EDICT_ARGUMENT); /* nothing may be erased then */
  end(&s);
}

/* ---- in the log ---- */

TEST(verify_counts_and_replay_agrees) {
  scene s;
  edict_log_report report;
  edict_replay_report replayed;
  begin(&s);
  log_sweep(&s);
  REQUIRE(logged_close(&s.l) == EDICT_OK);
  REQUIRE(logged_verify(&s.l, &report) == EDICT_OK);
  CHECK_INT((long)report.sweeps, 1);
  CHECK_INT((long)report.erased, 4);
  CHECK_INT((long)report.records, 0);
  REQUIRE(logged_replay(&s.l, mesh_time("2026-12-01T00:00:00Z"), &replayed) == EDICT_OK);
  CHECK_INT((long)replayed.identical, 4);
  CHECK_INT((long)(replayed.different + replayed.corrupt + replayed.unreplayable + replayed.gaps), 0);
  end(&s);
}

/* A leaf that says another cutoff than its rules give, and one whose keys are not those that it committed to. */
TEST(replay_finds_other_rules_and_other_keys) {
  scene s;
  edict_replay_report replayed;
  char *note;
  size_t length;
  begin(&s);
  edict_swept begun = step_of(EDICT_SWEPT_BEGUN, 0), batch = batch_of(1, 2);
  REQUIRE(note_of(&s, &begun, &note, &length) == EDICT_OK);
  note[length - 9 - 16] = (char)(note[length - 9 - 16] ^ 1); /* in the cutoff of one of the rules */
  edict_status status = edict_log_swept(s.l.log, note, length, s.said);
  CHECK_INT(status, EDICT_OK);
  edict_text_free(&note);
  log_step(&s, &batch);
  REQUIRE(logged_close(&s.l) == EDICT_OK);
  REQUIRE(logged_replay(&s.l, mesh_time("2026-12-01T00:00:00Z"), &replayed) == EDICT_OK);
  CHECK_INT((long)replayed.identical, 1);
  CHECK_INT((long)replayed.different, 1);
  end(&s);
}

typedef struct lines { char text[65536]; size_t used, count; } lines;

static int keep_line(void *user, const char *json, size_t length) {
  lines *l = user;
  if (l->used + length >= sizeof l->text) abort();
  memcpy(l->text + l->used, json, length);
  l->text[l->used += length] = '\0';
  l->count++;
  return 0;
}

TEST(show_tells_each_step_and_the_keys_to_the_auditor_alone) {
  scene s;
  static lines open, shut;
  unsigned char pseudonym[16];
  char hex[33];
  begin(&s);
  log_sweep(&s);
  REQUIRE(logged_close(&s.l) == EDICT_OK);
  shut = open = (lines){.used = 0};
  REQUIRE(edict_log_show(s.l.folder, NULL, keep_line, &shut, s.said) == EDICT_OK);
  REQUIRE(edict_log_show(s.l.folder, s.l.auditor_secret, keep_line, &open, s.said) == EDICT_OK);
  CHECK(shut.count == 4 && open.count == 4);
  CHECK(strstr(shut.text, "\"step\":\"begun\",\"number\":0") && strstr(shut.text, "\"seen\":100,\"withheld\":10,\"undecided\":2,\"erasable\":5"));
  CHECK(strstr(shut.text, "\"erased\":1,\"spared\":1,\"blocked\":2,\"along\":7") && strstr(shut.text, "\"vacuumed\":true"));
  CHECK(strstr(shut.text, "\"rule\":\"federal.rules.kept\",\"bound\":\"at most\",\"holds\":\"yes\",\"then\":\"erase\",\"cutoff\":\"2024-11-21T00:00:00Z\""));
  edict_swept_key(secret, row_key, strlen(row_key), pseudonym);
  sodium_bin2hex(hex, sizeof hex, pseudonym, sizeof pseudonym);
  CHECK(!strstr(shut.text, hex) && strstr(shut.text, "\"random\":null,\"keys\":null"));
  CHECK(strstr(open.text, hex) != NULL);
  end(&s);
}

static bool no_key(void *user, const char *path, const char *bytes, size_t length) {
  (void)user;
  if (!memmem(bytes, length, row_key, strlen(row_key)) && !memmem(bytes, length, secret, sizeof secret)) return true;
  HARNESS_FAIL("%s holds a key, or what its pseudonyms are made with", path);
  return false;
}

TEST(no_file_of_the_log_holds_a_key) {
  scene s;
  begin(&s);
  log_sweep(&s);
  CHECK(logged_files(&s.l, no_key, NULL));
  REQUIRE(logged_close(&s.l) == EDICT_OK);
  CHECK(logged_files(&s.l, no_key, NULL));
  end(&s);
}

TEST(a_step_is_found_by_sweep_step_and_number) {
  scene s;
  char *note;
  size_t length;
  int found;
  begin(&s);
  log_sweep(&s);
  edict_swept steps[] = {batch_of(2, 1), batch_of(3, 1), batch_of(1, 9), step_of(EDICT_SWEPT_ENDED, 1), batch_of(2, 1)};
  static const int expected[] = {1, 0, 1, 0, 0};
  steps[4].id = other;
  for (size_t i = 0; i < 5; i++) {
    REQUIRE(note_of(&s, &steps[i], &note, &length) == EDICT_OK);
    found = -1;
    CHECK_INT(edict_log_has_swept(s.l.folder, note, length, &found, s.said), EDICT_OK); /* of a log that is open */
    CHECK_INT(found, expected[i]);
    edict_text_free(&note);
  }
  CHECK_INT(edict_log_has_swept(s.l.folder, "x", 1, &found, s.said), EDICT_FORMAT);
  end(&s);
}

HARNESS_MAIN
