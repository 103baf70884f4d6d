/* The store: what a writer sees, on a disk in memory and on a real one. */
#include "harness.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/logs.h"

static edict_status put(edi_store *store, uint64_t n, bool durable) {
  uint8_t bytes[LOGS_RECORD_MOST];
  size_t length = logs_record(n, bytes);
  return edi_store_append(store, EDI_FRAME_RECORD, bytes, length, durable, NULL, NULL);
}

static edi_store_state look(edi_store *store) {
  edi_store_state state;
  edi_store_look(store, &state);
  return state;
}

/* What a reader finds: every RECORD must be the next number. */
typedef struct found {
  uint64_t records, next_index, others[16];
  bool wrong;
} found;

static bool see(void *user, const edi_log_leaf *leaf) {
  found *f = user;
  uint8_t bytes[LOGS_RECORD_MOST];
  if (leaf->index != f->next_index++) f->wrong = true;
  if (leaf->type != EDI_FRAME_RECORD) {
    f->others[leaf->type & 15]++;
    return true;
  }
  size_t length = logs_record(f->records++, bytes);
  if (length != leaf->length || memcmp(bytes, leaf->payload, length) != 0) f->wrong = true;
  return true;
}

static edict_status read_log(disk *d, found *f, edi_log_summary *summary) {
  *f = (found){0};
  edi_log_visitor visitor = {.user = f, .leaf = see};
  return edi_log_read(disk_system(d), DISK_DIRECTORY, &visitor, summary, NULL);
}

static void check_log(disk *d, uint64_t records, bool closed) {
  found f;
  edi_log_summary summary;
  edi_log_verdict verdict;
  CHECK_INT(read_log(d, &f, &summary), EDICT_OK);
  CHECK(!f.wrong);
  CHECK_INT(f.records, records);
  CHECK_INT(summary.closed, closed);
  CHECK(strcmp(summary.origin, LOGS_ORIGIN) == 0);
  CHECK_INT(logs_verify(disk_system(d), DISK_DIRECTORY, &verdict, NULL), EDICT_OK);
  CHECK_INT(verdict.log.closed, closed);
  CHECK(verdict.root_known);
  CHECK_INT(verdict.log.size, summary.size);
  if (closed) CHECK_INT(verdict.uncovered, 0);
}

TEST(an_empty_log_is_closed_and_verified)
{
  disk *d = disk_create(1);
  edi_store_options options = logs_options();
  edi_store *store;
  REQUIRE(logs_open(d, &options, &store) == EDICT_OK);
  CHECK_INT(look(store).size, 0);
  CHECK_INT(edi_store_close(&store, NULL), EDICT_OK);
  CHECK(store == NULL);
  check_log(d, 0, true);
  CHECK_INT(edi_store_close(&store, NULL), EDICT_OK);
  CHECK_INT(edi_store_close(NULL, NULL), EDICT_OK);
  disk_destroy(d);
}

TEST(appended_leaves_are_read_back_in_order_over_many_segments)
{
  disk *d = disk_create(2);
  edi_store_options options = logs_options();
  edi_store *store;
  REQUIRE(logs_open(d, &options, &store) == EDICT_OK);
  for (uint64_t n = 0; n < 200; n++) {
    CHECK_INT(put(store, n, n % 3 == 0), EDICT_OK);
    if (n % 3 == 0) CHECK_INT(look(store).committed, n + 1);
  }
  CHECK_INT(edi_store_close(&store, NULL), EDICT_OK);
  check_log(d, 200, true);
  edi_log_summary summary;
  found f;
  CHECK_INT(read_log(d, &f, &summary), EDICT_OK);
  CHECK(summary.segments > 5);
  CHECK_INT(f.others[EDI_FRAME_CLOSE], 1);
  disk_destroy(d);
}

TEST(a_closed_log_goes_on_when_it_is_opened_again)
{
  disk *d = disk_create(3);
  edi_store_options options = logs_options();
  edi_store *store;
  for (uint64_t round = 0; round < 5; round++) {
    REQUIRE(logs_open(d, &options, &store) == EDICT_OK);
    CHECK_INT(look(store).recovered, false);
    CHECK_INT(look(store).size, round * 4);
    for (uint64_t n = 0; n < 3; n++) CHECK_INT(put(store, round * 3 + n, true), EDICT_OK);
    CHECK_INT(edi_store_close(&store, NULL), EDICT_OK);
    check_log(d, round * 3 + 3, true);
  }
  disk_destroy(d);
}

TEST(an_abandoned_log_is_recovered_and_says_so)
{
  disk *d = disk_create(4);
  edi_store_options options = logs_options();
  edi_store *store;
  REQUIRE(logs_open(d, &options, &store) == EDICT_OK);
  CHECK_INT(put(store, 0, true), EDICT_OK);
  CHECK_INT(put(store, 1, false), EDICT_OK); /* lost: never committed */
  edi_store_abandon(&store);
  CHECK(store == NULL);
  check_log(d, 1, false);
  REQUIRE(logs_open(d, &options, &store) == EDICT_OK);
  CHECK(look(store).recovered);
  CHECK_INT(look(store).size, 2); /* the RECOVERY leaf */
  CHECK_INT(put(store, 1, true), EDICT_OK);
  CHECK_INT(edi_store_close(&store, NULL), EDICT_OK);
  check_log(d, 2, true);
  found f;
  edi_log_summary summary;
  CHECK_INT(read_log(d, &f, &summary), EDICT_OK);
  CHECK_INT(f.others[EDI_FRAME_RECOVERY], 1);
  disk_destroy(d);
}

TEST(buffered_leaves_are_committed_by_the_first_call_after_50_ms)
{
  disk *d = disk_create(5);
  edi_store_options options = logs_options();
  edi_store *store;
  REQUIRE(logs_open(d, &options, &store) == EDICT_OK);
  disk_set_time(d, 1000000, 0);
  CHECK_INT(put(store, 0, false), EDICT_OK);
  disk_set_time(d, 1049999, 0);
  CHECK_INT(put(store, 1, false), EDICT_OK);
  CHECK_INT(look(store).committed, 0);
  disk_set_time(d, 1050000, 0);
  CHECK_INT(put(store, 2, false), EDICT_OK);
  CHECK_INT(look(store).committed, 3);
  CHECK_INT(put(store, 3, false), EDICT_OK);
  CHECK_INT(edi_store_flush(store, NULL), EDICT_OK);
  CHECK_INT(look(store).committed, 4);
  CHECK_INT(edi_store_flush(store, NULL), EDICT_OK);
  CHECK_INT(edi_store_close(&store, NULL), EDICT_OK);
  check_log(d, 4, true);
  disk_destroy(d);
}

TEST(the_buffer_is_bounded)
{
  disk *d = disk_create(6);
  edi_store_options options = logs_options();
  edi_store *store;
  options.segment_size = 1 << 20;
  REQUIRE(logs_open(d, &options, &store) == EDICT_OK);
  disk_set_time(d, 1000000, 0); /* no time passes */
  static uint8_t big[65535];
  for (int n = 0; n < 5; n++)
    CHECK_INT(edi_store_append(store, EDI_FRAME_RECEIPT, big, sizeof big, false, NULL, NULL),
              EDICT_OK);
  CHECK_INT(look(store).committed, 4); /* one fits, the next one drives it out */
  CHECK_INT(edi_store_close(&store, NULL), EDICT_OK);
  check_log(d, 0, true);
  disk_destroy(d);
}

TEST(leaves_have_at_most_65535_bytes_and_a_type_of_the_callers)
{
  disk *d = disk_create(7);
  edi_store_options options = logs_options();
  edi_store *store;
  REQUIRE(logs_open(d, &options, &store) == EDICT_OK);
  static uint8_t big[65536];
  uint64_t index = 99;
  CHECK_INT(edi_store_append(store, EDI_FRAME_BUNDLE, big, 65535, true, &index, NULL), EDICT_OK);
  CHECK_INT(index, 0);
  CHECK_INT(edi_store_append(store, EDI_FRAME_RECEIPT, NULL, 0, true, &index, NULL), EDICT_OK);
  CHECK_INT(index, 1);
  edict_diagnostics *list = edict_diagnostics_create();
  CHECK_INT(edi_store_append(store, EDI_FRAME_RECORD, big, 65536, true, NULL, list),
            EDICT_ARGUMENT);
  CHECK_INT(edict_diagnostics_errors(list), 1);
  CHECK(strcmp(edict_diagnostics_code(list, 0), "R0415") == 0);
  edict_diagnostics_destroy(&list);
  for (int type = 0; type < 256; type++)
    if (edi_frame_kind_of((uint8_t)type) != EDI_FRAME_KIND_CALLER)
      CHECK_INT(edi_store_append(store, (edi_frame_type)type, big, 1, true, NULL, NULL),
                EDICT_ARGUMENT);
  CHECK_INT(look(store).dropped, 0);
  CHECK_INT(edi_store_close(&store, NULL), EDICT_OK);
  check_log(d, 0, true);
  disk_destroy(d);
}

TEST(options_are_checked)
{
  disk *d = disk_create(8);
  edi_store *store;
  static const edi_str bad_origins[] = {
      {"", 0}, {"edict-log", 9}, {"a b", 3}, {"a+b", 3}, {"a\nb", 3}};
  for (size_t i = 0; i < sizeof bad_origins / sizeof *bad_origins; i++) {
    edi_store_options options = logs_options();
    options.origin = bad_origins[i];
    CHECK_INT(logs_open(d, &options, &store), EDICT_ARGUMENT);
    CHECK(store == NULL);
  }
  edi_store_options options = logs_options();
  options.segment_size = 4095;
  CHECK_INT(logs_open(d, &options, &store), EDICT_ARGUMENT);
  options = logs_options();
  options.batch_size = 73727;
  CHECK_INT(logs_open(d, &options, &store), EDICT_ARGUMENT);
  options = logs_options();
  options.payload_file_size = UINT64_C(4) << 30;
  options.segment_size = (UINT64_C(4) << 30) + 1;
  CHECK_INT(logs_open(d, &options, &store), EDICT_ARGUMENT);
  options = logs_options();
  char path[EDI_STORE_PATH_MOST + 1];
  memset(path, 'p', sizeof path);
  path[EDI_STORE_PATH_MOST] = '\0';
  CHECK_INT(edi_store_open(disk_system(d), path, &options, &store, NULL), EDICT_ARGUMENT);
  CHECK_INT(edi_store_open(disk_system(d), "", &options, &store, NULL), EDICT_ARGUMENT);
  CHECK_INT(edi_store_open(disk_system(d), NULL, &options, &store, NULL), EDICT_ARGUMENT);
  options.must_exist = true;
  CHECK_INT(logs_open(d, &options, &store), EDICT_NOT_FOUND);
  CHECK(disk_name(d, 0) == NULL); /* nothing was made */
  disk_destroy(d);
}

TEST(a_second_opener_is_told_busy)
{
  disk *d = disk_create(9);
  edi_store_options options = logs_options();
  edi_store *store, *second;
  REQUIRE(logs_open(d, &options, &store) == EDICT_OK);
  CHECK_INT(logs_open(d, &options, &second), EDICT_BUSY);
  CHECK(second == NULL);
  CHECK_INT(put(store, 0, true), EDICT_OK);
  CHECK_INT(edi_store_close(&store, NULL), EDICT_OK);
  CHECK_INT(logs_open(d, &options, &second), EDICT_OK);
  CHECK_INT(edi_store_close(&second, NULL), EDICT_OK);
  check_log(d, 1, true);
  disk_destroy(d);
}

TEST(a_child_process_is_told_busy_and_writes_nothing)
{
  disk *d = disk_create(10);
  edi_store_options options = logs_options();
  edi_store *store;
  REQUIRE(logs_open(d, &options, &store) == EDICT_OK);
  CHECK_INT(put(store, 0, true), EDICT_OK);
  disk_set_process(d, 101);
  edi_seal_pointer pointer;
  edi_buf note;
  edi_buf_init(&note, NULL, 1000);
  CHECK_INT(put(store, 1, true), EDICT_BUSY);
  CHECK_INT(put(store, 1, false), EDICT_BUSY);
  CHECK_INT(edi_store_flush(store, NULL), EDICT_BUSY);
  CHECK_INT(edi_store_checkpoint(store, &note, NULL), EDICT_BUSY);
  CHECK_INT(edi_seal_put(store, 1, 1, "x", 1, &pointer, NULL), EDICT_BUSY);
  CHECK(look(store).failed);
  edi_store_drop(store, 1);
  disk_set_process(d, 100);
  CHECK_INT(put(store, 1, true), EDICT_OK);
  CHECK_INT(edi_store_close(&store, NULL), EDICT_OK);
  check_log(d, 2, true);
  edi_buf_fini(&note);
  disk_destroy(d);
}

TEST(another_key_or_origin_is_refused)
{
  disk *d = disk_create(11);
  edi_store_options options = logs_options();
  edi_store *store;
  REQUIRE(logs_open(d, &options, &store) == EDICT_OK);
  CHECK_INT(edi_store_close(&store, NULL), EDICT_OK);
  edi_store_options other = options;
  other.origin = EDI_STR("another.example/log");
  CHECK_INT(logs_open(d, &other, &store), EDICT_UNTRUSTED);
  other = options;
  other.secret_key[40] ^= 1;
  CHECK_INT(logs_open(d, &other, &store), EDICT_UNTRUSTED);
  check_log(d, 0, true);
  disk_destroy(d);
}

TEST(checkpoints_are_signed_once_a_second_if_something_came)
{
  disk *d = disk_create(12);
  edi_store_options options = logs_options();
  options.segment_size = 1 << 20;
  edi_store *store;
  REQUIRE(logs_open(d, &options, &store) == EDICT_OK);
  disk_set_time(d, INT64_C(1800000000000000), 0);
  CHECK_INT(put(store, 0, true), EDICT_OK);
  CHECK_INT(look(store).checkpoint_size, 1); /* the one before was long ago */
  disk_set_time(d, INT64_C(1800000000999999), 0);
  CHECK_INT(put(store, 1, true), EDICT_OK);
  CHECK_INT(look(store).checkpoint_size, 1);
  disk_set_time(d, INT64_C(1800000001000000), 0);
  CHECK_INT(put(store, 2, true), EDICT_OK);
  CHECK_INT(look(store).checkpoint_size, 3);
  CHECK_INT(put(store, 3, true), EDICT_OK);
  edi_buf note;
  edi_buf_init(&note, NULL, 1000);
  CHECK_INT(edi_store_checkpoint(store, &note, NULL), EDICT_OK);
  CHECK_INT(look(store).checkpoint_size, 4);
  CHECK(edi_str_starts((edi_str){note.ptr, note.len}, EDI_STR(LOGS_ORIGIN "\n4\n")));
  size_t size;
  uint8_t *file = disk_file(d, "checkpoint", &size);
  CHECK(size == note.len && memcmp(file, note.ptr, size) == 0);
  CHECK_INT(edi_store_close(&store, NULL), EDICT_OK);
  check_log(d, 4, true);

  /* an auditor who kept that checkpoint finds it in the log, and does not find another */
  edi_note_key key = logs_key();
  edi_log_verify_options verify = {.keys = &key, .key_count = 1, .earlier = {note.ptr, note.len}};
  edi_log_verdict verdict;
  CHECK_INT(edi_log_verify(disk_system(d), DISK_DIRECTORY, &verify, NULL, &verdict, NULL),
            EDICT_OK);
  disk *other = disk_create(13);
  REQUIRE(logs_open(other, &options, &store) == EDICT_OK);
  for (uint64_t n = 0; n < 9; n++) CHECK_INT(put(store, n + 1, true), EDICT_OK);
  CHECK_INT(edi_store_close(&store, NULL), EDICT_OK);
  CHECK_INT(edi_log_verify(disk_system(other), DISK_DIRECTORY, &verify, NULL, &verdict, NULL),
            EDICT_VERSION);
  edi_buf_fini(&note);
  disk_destroy(other);
  disk_destroy(d);
}

TEST(a_log_rolled_back_behind_its_checkpoint_is_not_continued)
{
  disk *d = disk_create(14);
  edi_store_options options = logs_options();
  options.segment_size = 1 << 20;
  edi_store *store;
  REQUIRE(logs_open(d, &options, &store) == EDICT_OK);
  CHECK_INT(put(store, 0, true), EDICT_OK);
  disk *old = disk_copy(d);
  CHECK_INT(put(store, 1, true), EDICT_OK);
  CHECK_INT(edi_store_close(&store, NULL), EDICT_OK);
  size_t size;
  uint8_t *newest = disk_file(d, "checkpoint", &size);
  disk_put(old, "checkpoint", newest, size);
  disk *before = disk_copy(old);
  CHECK_INT(logs_open(old, &options, &store), EDICT_VERSION);
  logs_damage damage;
  edi_log_verdict verdict;
  CHECK_INT(logs_verify(disk_system(old), DISK_DIRECTORY, &verdict, &damage), EDICT_FORMAT);
  size_t a, b;
  uint8_t *was = disk_file(before, "seg-00000000000000000000.edl", &a),
          *is = disk_file(old, "seg-00000000000000000000.edl", &b);
  CHECK(a == b && memcmp(was, is, a) == 0); /* nothing was changed */
  disk_destroy(before);
  disk_destroy(old);
  disk_destroy(d);
}

TEST(damage_in_the_middle_is_not_cut)
{
  disk *d = disk_create(15);
  edi_store_options options = logs_options();
  options.segment_size = 1 << 20;
  edi_store *store;
  REQUIRE(logs_open(d, &options, &store) == EDICT_OK);
  for (uint64_t n = 0; n < 20; n++) CHECK_INT(put(store, n, true), EDICT_OK);
  edi_store_abandon(&store);
  size_t size;
  uint8_t *bytes = disk_file(d, "seg-00000000000000000000.edl", &size);
  bytes[2000] ^= 4;
  uint8_t *before = malloc(size);
  memcpy(before, bytes, size);
  CHECK_INT(logs_open(d, &options, &store), EDICT_FORMAT);
  size_t after;
  bytes = disk_file(d, "seg-00000000000000000000.edl", &after);
  CHECK(size == after && memcmp(before, bytes, size) == 0);
  free(before);
  /* the reader delivers what is around it and names the place */
  found f;
  edi_log_summary summary;
  edi_log_visitor visitor = {.user = &f, .leaf = see};
  f = (found){0};
  edict_diagnostics *list = edict_diagnostics_create();
  CHECK_INT(edi_log_read(disk_system(d), DISK_DIRECTORY, &visitor, &summary, list), EDICT_FORMAT);
  CHECK_INT(summary.leaves, 19);
  CHECK_INT(summary.damages, 1);
  CHECK(strstr(edict_diagnostics_message(list, 0), "seg-00000000000000000000.edl: byte "));
  edict_diagnostics_destroy(&list);
  disk_destroy(d);
}

TEST(a_failed_sync_poisons_the_log_until_it_is_opened_again)
{
  for (uint64_t at = 1; at < 6; at++) {
    disk *d = disk_create(16 + at);
    edi_store_options options = logs_options();
    edi_store *store;
    REQUIRE(logs_open(d, &options, &store) == EDICT_OK);
    CHECK_INT(put(store, 0, true), EDICT_OK);
    disk_fail(d, at, false, EIO);
    edict_status status = put(store, 1, true);
    if (look(store).failed) {
      CHECK_INT(put(store, 2, true), EDICT_SYSTEM);
      CHECK_INT(put(store, 2, false), EDICT_SYSTEM);
      CHECK_INT(edi_store_flush(store, NULL), EDICT_SYSTEM);
      edict_diagnostics *list = edict_diagnostics_create();
      CHECK_INT(edi_store_close(&store, list), EDICT_SYSTEM);
      CHECK(strcmp(edict_diagnostics_code(list, 0), "R0412") == 0);
      edict_diagnostics_destroy(&list);
    } else {
      CHECK_INT(edi_store_close(&store, NULL), EDICT_OK);
    }
    disk_crash(d);
    REQUIRE(logs_open(d, &options, &store) == EDICT_OK);
    CHECK_INT(edi_store_close(&store, NULL), EDICT_OK);
    found f;
    edi_log_summary summary;
    CHECK_INT(read_log(d, &f, &summary), EDICT_OK);
    CHECK(f.records >= (status == EDICT_OK ? 2 : 1) && f.records <= 2);
    disk_destroy(d);
  }
}

TEST(a_bit_that_flips_on_the_way_to_the_disk_is_noticed)
{
  unsigned noticed = 0;
  for (uint64_t at = 1; at < 40; at++) {
    disk *d = disk_create(100 + at);
    edi_store_options options = logs_options();
    edi_store *store;
    disk_flip(d, at);
    edict_status status = logs_open(d, &options, &store);
    bool acknowledged[3] = {false};
    for (uint64_t n = 0; status == EDICT_OK && n < 3; n++) {
      status = put(store, n, true);
      acknowledged[n] = status == EDICT_OK;
    }
    if (store) {
      edict_status closed = edi_store_close(&store, NULL);
      status = status == EDICT_OK ? closed : status;
    }
    noticed += status != EDICT_OK;
    disk_flip(d, 0);
    edi_log_verdict verdict;
    edict_status verified = logs_verify(disk_system(d), DISK_DIRECTORY, &verdict, NULL);
    if (acknowledged[0] || acknowledged[1]) {
      found f;
      edi_log_summary summary;
      (void)read_log(d, &f, &summary);
      for (uint64_t n = 0; n < 3; n++) CHECK(!acknowledged[n] || f.records > n);
    }
    if (status == EDICT_OK) CHECK_INT(verified, EDICT_OK);
    disk_destroy(d);
  }
  CHECK_INT(noticed, 9); /* every write but the one to `lock` */
}

TEST(what_could_not_be_taken_is_counted_in_a_drop_leaf)
{
  disk *d = disk_create(30);
  edi_store_options options = logs_options();
  edi_store *store;
  REQUIRE(logs_open(d, &options, &store) == EDICT_OK);
  edi_store_drop(store, 5);
  CHECK_INT(put(store, 0, true), EDICT_OK);
  CHECK_INT(look(store).dropped, 5);
  edi_store_drop(store, 2);
  CHECK_INT(edi_store_close(&store, NULL), EDICT_OK);
  check_log(d, 1, true);
  edi_log_verdict verdict;
  CHECK_INT(logs_verify(disk_system(d), DISK_DIRECTORY, &verdict, NULL), EDICT_OK);
  CHECK_INT(verdict.dropped, 7);
  disk_destroy(d);
}

TEST(on_a_full_disk_leaves_are_refused_and_counted_and_the_log_closes)
{
  disk *d = disk_create(31);
  edi_store_options options = logs_options();
  edi_store *store;
  REQUIRE(logs_open(d, &options, &store) == EDICT_OK);
  disk_limit(d, 1); /* nothing may grow; the spare is there */
  uint64_t taken = 0, refused = 0;
  edict_diagnostics *list = edict_diagnostics_create();
  for (uint64_t n = 0; n < 100; n++) {
    uint8_t bytes[LOGS_RECORD_MOST];
    size_t length = logs_record(taken, bytes);
    edict_status status =
        edi_store_append(store, EDI_FRAME_RECORD, bytes, length, true, NULL, list);
    CHECK(status == EDICT_OK || status == EDICT_LIMIT);
    if (status == EDICT_OK) CHECK_INT(refused, 0);
    taken += status == EDICT_OK;
    refused += status != EDICT_OK;
  }
  CHECK(look(store).full);
  CHECK(!look(store).failed);
  CHECK(taken > 15); /* two segments */
  CHECK(refused > 0);
  CHECK(strcmp(edict_diagnostics_code(list, 0), "R0414") == 0);
  edict_diagnostics_destroy(&list);
  CHECK_INT(look(store).dropped, refused);
  for (int i = 0; i < 2000; i++) CHECK_INT(edi_store_flush(store, NULL), EDICT_OK);
  disk_limit(d, 0); /* somebody makes room */
  disk_set_time(d, INT64_C(1900000000000000), 1000000);
  CHECK_INT(put(store, taken, true), EDICT_OK);
  CHECK(!look(store).full);
  CHECK_INT(edi_store_close(&store, NULL), EDICT_OK);
  check_log(d, taken + 1, true);
  edi_log_verdict verdict;
  CHECK_INT(logs_verify(disk_system(d), DISK_DIRECTORY, &verdict, NULL), EDICT_OK);
  CHECK_INT(verdict.dropped, refused);
  disk_destroy(d);
}

TEST(a_disk_that_stays_full_still_closes_the_segment)
{
  disk *d = disk_create(32);
  edi_store_options options = logs_options();
  edi_store *store;
  REQUIRE(logs_open(d, &options, &store) == EDICT_OK);
  disk_limit(d, 1);
  uint64_t taken = 0;
  while (put(store, taken, true) == EDICT_OK) taken++;
  CHECK_INT(edi_store_close(&store, NULL),
            EDICT_LIMIT); /* the checkpoint file cannot be replaced */
  disk_limit(d, 0);
  check_log(d, taken, false);
  REQUIRE(logs_open(d, &options, &store) == EDICT_OK);
  CHECK_INT(edi_store_close(&store, NULL), EDICT_OK);
  check_log(d, taken, true);
  disk_destroy(d);
}

TEST(without_space_for_a_segment_no_log_is_made)
{
  disk *d = disk_create(33);
  edi_store_options options = logs_options();
  edi_store *store;
  disk_limit(d, 10000);
  CHECK_INT(logs_open(d, &options, &store), EDICT_LIMIT);
  disk_limit(d, 0);
  REQUIRE(logs_open(d, &options, &store) == EDICT_OK);
  CHECK_INT(put(store, 0, true), EDICT_OK);
  CHECK_INT(edi_store_close(&store, NULL), EDICT_OK);
  check_log(d, 1, true);
  disk_destroy(d);
}

/* ---- on a real disk, with threads and processes ---- */

static char directory[64];

static bool make_directory(void) {
  snprintf(directory, sizeof directory, "/tmp/edict-log-XXXXXX");
  return mkdtemp(directory) != NULL;
}

static void remove_name(void *user, const char *name) {
  char path[400];
  (void)user;
  snprintf(path, sizeof path, "%s/%s", directory, name);
  unlink(path);
}

static void remove_directory(void) {
  (void)edi_system_posix.list_dir(NULL, directory, remove_name, NULL);
  rmdir(directory);
}

enum { THREADS = 8, EACH = 50 };

typedef struct worker {
  pthread_t thread;
  edi_store *store;
  unsigned number, good;
  uint64_t indices[EACH];
} worker;

static void *work(void *argument) {
  worker *w = argument;
  for (uint32_t i = 0; i < EACH; i++) {
    uint8_t bytes[8];
    edi_seal_pointer pointer;
    edi_put32(bytes, w->number);
    edi_put32(bytes + 4, i);
    bool sealed = i % 5 != 0 || edi_seal_put(w->store, 20000 + w->number % 2, w->number % 3, bytes,
                                             8, &pointer, NULL) == EDICT_OK;
    uint64_t files;
    if (i % 20 == 7) /* two threads may want the same files gone */
      sealed = sealed && edi_seal_erase(w->store, 20001, w->number % 3, &files, NULL) == EDICT_OK;
    w->good += sealed && edi_store_append(w->store, EDI_FRAME_RECORD, bytes, 8, i % 2 == 0,
                                          &w->indices[i], NULL) == EDICT_OK;
  }
  return NULL;
}

typedef struct tally {
  uint32_t next[THREADS];
  const worker *workers;
  bool wrong;
} tally;

static bool count_leaf(void *user, const edi_log_leaf *leaf) {
  tally *t = user;
  if (leaf->type != EDI_FRAME_RECORD) return true;
  uint32_t number = edi_get32(leaf->payload), i = edi_get32(leaf->payload + 4);
  if (number >= THREADS || i != t->next[number] || leaf->index != t->workers[number].indices[i])
    t->wrong = true;
  if (number < THREADS) t->next[number]++;
  return true;
}

TEST(many_threads_share_one_log)
{
  REQUIRE(make_directory());
  edi_store_options options = logs_options();
  options.payload_file_size = 4096;
  edi_store *store;
  static worker workers[THREADS];
  memset(workers, 0, sizeof workers);
  REQUIRE(edi_store_open(&edi_system_posix, directory, &options, &store, NULL) == EDICT_OK);
  for (unsigned i = 0; i < THREADS; i++) {
    workers[i].store = store;
    workers[i].number = i;
    REQUIRE(pthread_create(&workers[i].thread, NULL, work, &workers[i]) == 0);
  }
  for (unsigned i = 0; i < THREADS; i++) pthread_join(workers[i].thread, NULL);
  for (unsigned i = 0; i < THREADS; i++) CHECK_INT(workers[i].good, EACH);
  CHECK_INT(edi_store_close(&store, NULL), EDICT_OK);
  tally t = {.workers = workers};
  edi_log_visitor visitor = {.user = &t, .leaf = count_leaf};
  edi_log_summary summary;
  CHECK_INT(edi_log_read(&edi_system_posix, directory, &visitor, &summary, NULL), EDICT_OK);
  CHECK(!t.wrong);
  for (unsigned i = 0; i < THREADS; i++) CHECK_INT(t.next[i], EACH);
  edi_log_verdict verdict;
  CHECK_INT(logs_verify(&edi_system_posix, directory, &verdict, NULL), EDICT_OK);
  CHECK(verdict.log.closed);
  CHECK(verdict.commits < THREADS * EACH); /* some shared a commit */
  CHECK(verdict.payload_files + verdict.payload_erased >= 6);
  CHECK(verdict.payload_erased > 0);
  remove_directory();
}

TEST(a_forked_child_leaves_the_parents_log_alone)
{
  REQUIRE(make_directory());
  edi_store_options options = logs_options();
  edi_store *store;
  REQUIRE(edi_store_open(&edi_system_posix, directory, &options, &store, NULL) == EDICT_OK);
  CHECK_INT(put(store, 0, true), EDICT_OK);
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    edi_store *second;
    int bad = put(store, 1, true) != EDICT_BUSY;
    bad |= edi_store_open(&edi_system_posix, directory, &options, &second, NULL) != EDICT_BUSY;
    bad |= edi_store_close(&store, NULL) != EDICT_OK;
    _exit(bad);
  }
  int result = -1;
  CHECK(waitpid(child, &result, 0) == child && WIFEXITED(result) && WEXITSTATUS(result) == 0);
  CHECK_INT(put(store, 1, true), EDICT_OK);
  /* the lock is still held: the child's close did not give it away */
  edi_store *second;
  CHECK_INT(edi_store_open(&edi_system_posix, directory, &options, &second, NULL), EDICT_BUSY);
  CHECK_INT(edi_store_close(&store, NULL), EDICT_OK);
  edi_log_verdict verdict;
  CHECK_INT(logs_verify(&edi_system_posix, directory, &verdict, NULL), EDICT_OK);
  CHECK_INT(verdict.log.leaves, 3);
  remove_directory();
}

TEST(a_killed_process_loses_nothing_that_it_acknowledged)
{
  REQUIRE(make_directory());
  edi_store_options options = logs_options();
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    edi_store *store;
    if (edi_store_open(&edi_system_posix, directory, &options, &store, NULL) != EDICT_OK) _exit(1);
    for (uint64_t n = 0;; n++) {
      if (put(store, n, true) != EDICT_OK) _exit(1);
      if (write(ends[1], &n, sizeof n) != sizeof n) _exit(1);
    }
  }
  close(ends[1]);
  uint64_t last = 0;
  while (last < 40 && read(ends[0], &last, sizeof last) == sizeof last) continue;
  kill(child, SIGKILL);
  int result;
  waitpid(child, &result, 0);
  while (read(ends[0], &last, sizeof last) == sizeof last) continue;
  close(ends[0]);
  edi_store *store;
  REQUIRE(edi_store_open(&edi_system_posix, directory, &options, &store, NULL) == EDICT_OK);
  CHECK(look(store).size >= last + 1);
  CHECK_INT(edi_store_close(&store, NULL), EDICT_OK);
  edi_log_verdict verdict;
  CHECK_INT(logs_verify(&edi_system_posix, directory, &verdict, NULL), EDICT_OK);
  CHECK(verdict.log.closed);
  remove_directory();
}

HARNESS_MAIN
