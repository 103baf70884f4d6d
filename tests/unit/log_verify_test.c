/* Verification of a closed log finds every changed byte of every file, every cut, every file that
 * is missing or added, and names the file. A log that is not closed recovers at every length. */
#include "harness.h"

#include "log/leaves.h"
#include "support/logs.h"

#ifdef EDICT_SANITIZED
enum { STEP = 11 }; /* every eleventh byte: the sanitizers are slow */
#else
enum { STEP = 1 };
#endif

/* Verification of a changed log: never OK, and the file is named. */
static void expect_damage(disk *d, const char *name, const char *how, size_t at) {
  edi_log_verdict verdict;
  logs_damage first;
  edict_status status = logs_verify(disk_system(d), DISK_DIRECTORY, &verdict, &first);
  if (status == EDICT_OK) HARNESS_FAIL("%s: %s at %zu is not found", name, how, at);
  else if (strcmp(first.file, name) != 0)
    HARNESS_FAIL("%s: %s at %zu is put down to %s", name, how, at, first.file);
}

TEST(the_rich_log_is_intact)
{
  disk *d = logs_rich();
  edi_log_verdict verdict;
  logs_damage first;
  CHECK_INT(logs_verify(disk_system(d), DISK_DIRECTORY, &verdict, &first), EDICT_OK);
  CHECK_INT(first.count, 0);
  CHECK(verdict.log.closed);
  CHECK(verdict.root_known);
  CHECK_INT(verdict.log.segments, 2);
  CHECK_INT(verdict.payload_files, 2);
  CHECK_INT(verdict.payload_erased, 1);
  CHECK_INT(verdict.payload_open, 0);
  CHECK_INT(verdict.recoveries, 1);
  CHECK_INT(verdict.erasures, 1);
  CHECK_INT(verdict.dropped, 3);
  CHECK_INT(verdict.uncovered, 0);
  CHECK_INT(verdict.checkpoint_size, verdict.log.size);
  size_t names = 0;
  while (disk_name(d, names)) names++;
  CHECK_INT(names, 8); /* lock, ident, checkpoint, 2 segments, 2 payload files, 1 cut */
  disk_destroy(d);
}

TEST(every_changed_byte_of_every_file_of_a_closed_log_is_found_and_named)
{
  disk *d = logs_rich();
  size_t bytes = 0, size;
  for (size_t f = 0; disk_name(d, f); f++) {
    const char *name = disk_name(d, f);
    uint8_t *content = disk_file(d, name, &size);
    for (size_t at = f % STEP; at < size && harness_failed_checks < 10; at += STEP, bytes++) {
      uint8_t was = content[at];
      content[at] ^= (uint8_t)(1u << (at * 5 + at / 8) % 8);
      expect_damage(d, name, "a flipped bit", at);
      content[at] = was;
    }
  }
  printf("# %zu bytes changed\n", bytes);
  CHECK(bytes > 7000 / STEP);
  disk_destroy(d);
}

TEST(every_cut_of_every_file_of_a_closed_log_is_found_and_named)
{
  disk *d = logs_rich();
  for (size_t f = 0; disk_name(d, f); f++) {
    char name[80];
    size_t size;
    snprintf(name, sizeof name, "%s", disk_name(d, f));
    uint8_t *content = disk_file(d, name, &size), *copy = malloc(size + 1);
    if (size > 0) memcpy(copy, content, size);
    for (size_t length = 0; length < size && harness_failed_checks < 10; length += 3 * STEP) {
      disk_put(d, name, copy, length);
      expect_damage(d, name, "a cut", length);
    }
    copy[size] = 0; /* one byte more, also where zeroes would be padding */
    disk_put(d, name, copy, size + 1);
    if (strcmp(name, "lock") ==
        0) { /* that is what a writer killed while it opens the log leaves */
      edi_log_verdict verdict;
      CHECK_INT(logs_verify(disk_system(d), DISK_DIRECTORY, &verdict, NULL), EDICT_OK);
      CHECK(!verdict.log.closed);
    } else {
      expect_damage(d, name, "a byte more", size);
    }
    disk_put(d, name, copy, size);
    free(copy);
  }
  disk_destroy(d);
}

TEST(a_missing_file_is_named)
{
  disk *whole = logs_rich();
  for (size_t f = 0; disk_name(whole, f); f++) {
    disk *d = disk_copy(whole);
    const char *name = disk_name(whole, f);
    disk_remove(d, name);
    edi_log_verdict verdict;
    logs_damage first;
    CHECK(logs_verify(disk_system(d), DISK_DIRECTORY, &verdict, &first) != EDICT_OK);
    bool segment = strncmp(name, "seg-", 4) ==
                   0; /* a gap shows at the segment after it, or at the checkpoint */
    if (!segment && strcmp(first.file, name) != 0)
      HARNESS_FAIL("%s is missing and %s is named", name, first.file);
    disk_destroy(d);
  }
  disk_destroy(whole);
}

TEST(a_file_that_does_not_belong_is_named)
{
  static const char *const names[] = {"notes.txt",
                                      "spare",
                                      "ident.tmp",
                                      "checkpoint.tmp",
                                      "seg-1.edl",
                                      "pay-00000000000000009999.edp",
                                      "cut-00000000000000000000-000000000064-00.edt",
                                      "SEG-00000000000000000000.edl"};
  disk *whole = logs_rich();
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    disk *d = disk_copy(whole);
    disk_put(d, names[i], "", 0);
    expect_damage(d, names[i], "an added file", 0);
    disk_destroy(d);
  }
  disk_destroy(whole);
}

TEST(a_changed_payload_with_a_right_crc_is_found)
{
  disk *whole = logs_rich();
  logs_forger f = logs_forge(whole, "seg-00000000000000000000.edl");
  size_t frames = 0;
  while (logs_frame(&f, frames) < f.bytes + f.size) frames++;
  for (size_t n = 0; n < frames; n++) {
    disk *d = disk_copy(whole);
    f = logs_forge(d, "seg-00000000000000000000.edl");
    uint8_t *frame = logs_frame(&f, n);
    uint32_t length = edi_get32(frame);
    frame[EDI_FRAME_HEADER_BYTES + length / 2] ^= 1;
    logs_reseal(&f, frame);
    expect_damage(d, "seg-00000000000000000000.edl", "a forged frame", n);
    disk_destroy(d);
  }
  CHECK(frames > 20);
  disk_destroy(whole);
}

TEST(a_new_salt_with_right_crcs_is_found)
{
  disk *d = logs_rich();
  logs_forger f = logs_forge(d, "seg-00000000000000000000.edl");
  edi_segment_header header;
  CHECK(edi_segment_header_decode(f.bytes, &header));
  header.salt[3] ^= 8;
  edi_segment_header_encode(&header, f.bytes);
  f.seed = edi_segment_seed(&header);
  for (uint8_t *frame = logs_frame(&f, 0); frame < f.bytes + f.size;
       frame += edi_frame_size(edi_get32(frame)))
    logs_reseal(&f, frame);
  edi_log_verdict verdict;
  logs_damage first;
  CHECK_INT(logs_verify(disk_system(d), DISK_DIRECTORY, &verdict, &first), EDICT_FORMAT);
  CHECK_INT(first.code, EDI_R0421); /* the next segment's spine */
  disk_destroy(d);
}

TEST(two_leaves_that_change_places_are_found)
{
  disk *d = disk_create(5);
  edi_store_options options = logs_options();
  edi_store *store;
  REQUIRE(logs_open(d, &options, &store) == EDICT_OK);
  CHECK_INT(edi_store_append(store, EDI_FRAME_RECORD, "aaaaaaaa", 8, false, NULL, NULL), EDICT_OK);
  CHECK_INT(edi_store_append(store, EDI_FRAME_RECORD, "bbbbbbbb", 8, true, NULL, NULL), EDICT_OK);
  CHECK_INT(edi_store_close(&store, NULL), EDICT_OK);
  logs_forger f = logs_forge(d, "seg-00000000000000000000.edl");
  uint8_t *a = logs_frame(&f, 1), *b = logs_frame(&f, 2);
  memcpy(a + EDI_FRAME_HEADER_BYTES, "bbbbbbbb", 8);
  memcpy(b + EDI_FRAME_HEADER_BYTES, "aaaaaaaa", 8);
  logs_reseal(&f, a);
  logs_reseal(&f, b);
  expect_damage(d, "seg-00000000000000000000.edl", "swapped leaves", 1);
  disk_destroy(d);
}

TEST(a_log_of_another_key_is_untrusted)
{
  disk *d = logs_rich();
  edi_note_key key = logs_key();
  key.public_key[0] ^= 1;
  edi_log_verify_options options = {.keys = &key, .key_count = 1};
  edi_log_verdict verdict;
  CHECK_INT(edi_log_verify(disk_system(d), DISK_DIRECTORY, &options, NULL, &verdict, NULL),
            EDICT_UNTRUSTED);
  key = logs_key();
  key.name = EDI_STR("another.example/log");
  CHECK_INT(edi_log_verify(disk_system(d), DISK_DIRECTORY, &options, NULL, &verdict, NULL),
            EDICT_UNTRUSTED);
  options = (edi_log_verify_options){0};
  CHECK_INT(edi_log_verify(disk_system(d), DISK_DIRECTORY, &options, NULL, &verdict, NULL),
            EDICT_ARGUMENT);
  options.own_key = true;
  CHECK_INT(edi_log_verify(disk_system(d), DISK_DIRECTORY, &options, NULL, &verdict, NULL),
            EDICT_OK);
  options.earlier = EDI_STR("not a note");
  CHECK_INT(edi_log_verify(disk_system(d), DISK_DIRECTORY, &options, NULL, &verdict, NULL),
            EDICT_ARGUMENT);
  disk *empty = disk_create(1);
  options = (edi_log_verify_options){.own_key = true};
  CHECK_INT(edi_log_verify(disk_system(empty), DISK_DIRECTORY, &options, NULL, &verdict, NULL),
            EDICT_NOT_FOUND);
  disk_destroy(empty);
  disk_destroy(d);
}

/* ---- a log that is not closed ---- */

/* Offset after the last frame. */
static size_t end_of(disk *d, const char *name) {
  logs_forger f = logs_forge(d, name);
  uint8_t *at = f.bytes + EDI_SEGMENT_HEADER_BYTES;
  while (at + EDI_FRAME_HEADER_BYTES <= f.bytes + f.size && at[4] != 0)
    at += edi_frame_size(edi_get32(at));
  return (size_t)(at - f.bytes);
}

/* Ten commits; no checkpoint but the first. `ends[n]`: offset after commit n. */
static disk *open_log(size_t ends[11], size_t *size) {
  disk *d = disk_create(88);
  edi_store_options options = logs_options();
  options.segment_size = 1 << 20;
  edi_store *store;
  disk_set_time(d, INT64_C(1795000000000000), 0);
  if (logs_open(d, &options, &store) != EDICT_OK) abort();
  for (uint64_t n = 0; n <= 10; n++) {
    ends[n] = end_of(d, "seg-00000000000000000000.edl");
    if (n < 10) logs_put(store, n * 3, false), logs_put(store, n * 3 + 1, true);
  }
  edi_store_abandon(&store);
  (void)disk_file(d, "seg-00000000000000000000.edl", size);
  return d;
}

static uint64_t leaves_of(disk *d, edict_status *status) {
  edi_log_summary summary;
  *status = edi_log_read(disk_system(d), DISK_DIRECTORY, NULL, &summary, NULL);
  return summary.size;
}

TEST(every_length_of_an_open_segment_recovers_to_a_commit)
{
  size_t ends[11], size;
  disk *whole = open_log(ends, &size);
  edi_store_options options = logs_options();
  uint8_t *content = disk_file(whole, "seg-00000000000000000000.edl", &size);
  for (size_t length = 0; length <= ends[10] && harness_failed_checks < 10; length += STEP) {
    disk *d = disk_copy(whole);
    disk_put(d, "seg-00000000000000000000.edl", content, length);
    uint64_t commits = 0;
    while (commits < 10 && ends[commits + 1] <= length) commits++;
    edi_store *store;
    edict_status status = logs_open(d, &options, &store);
    if (length < ends[0]) {
      CHECK_INT(status, EDICT_FORMAT); /* its beginning was synced before it had its name */
    } else {
      CHECK_INT(status, EDICT_OK);
      edi_store_state state;
      if (store) edi_store_look(store, &state);
      if (store && state.committed != 2 * commits + 1)
        HARNESS_FAIL("length %zu: %" PRIu64 " leaves", length, state.committed);
      CHECK(state.cut <= length - ends[commits]);
      CHECK(state.cut > 0 || length < ends[commits] + 4);
      CHECK_INT(edi_store_close(&store, NULL), EDICT_OK);
      edi_log_verdict verdict;
      CHECK_INT(logs_verify(disk_system(d), DISK_DIRECTORY, &verdict, NULL), EDICT_OK);
      CHECK(verdict.log.closed);
      CHECK_INT(verdict.recoveries, 1);
    }
    disk_destroy(d);
  }
  disk_destroy(whole);
}

TEST(a_flipped_byte_in_an_open_segment_is_cut_only_at_its_end)
{
  size_t ends[11], size;
  disk *whole = open_log(ends, &size);
  edi_store_options options = logs_options();
  for (size_t at = 0; at < ends[10] && harness_failed_checks < 10; at += 3 * STEP) {
    disk *d = disk_copy(whole);
    uint8_t *content = disk_file(d, "seg-00000000000000000000.edl", &size);
    content[at] ^= 0x10;
    edi_store *store;
    edict_status status = logs_open(d, &options, &store);
    if (at < ends[9]) {
      if (status != EDICT_FORMAT)
        HARNESS_FAIL("byte %zu: opening says %s", at, edict_status_name(status));
      edict_status reading;
      (void)leaves_of(d, &reading);
      CHECK_INT(reading, EDICT_FORMAT);
    } else if (at < ends[10] - edi_frame_size(EDI_LEAF_COMMIT_BYTES)) {
      /* frames of the batch follow, and no sector is missing */
      if (status != EDICT_FORMAT)
        HARNESS_FAIL("byte %zu: opening says %s", at, edict_status_name(status));
    } else { /* the last COMMIT: nothing follows it */
      edi_store_state state = {0};
      CHECK_INT(status, EDICT_OK);
      if (store) edi_store_look(store, &state);
      CHECK_INT(state.committed, 2 * 9 + 1);
      CHECK(state.cut > 0);
    }
    edi_store_abandon(&store);
    disk_destroy(d);
  }
  disk_destroy(whole);
}

/* Sectors of the last batch that never reached the disk are a torn end, in whatever order the
 * others did. */
TEST(missing_sectors_of_the_last_batch_are_torn)
{
  for (unsigned lost = 1; lost < 64; lost++) {
    disk *d = disk_create(6);
    edi_store_options options = logs_options();
    options.segment_size = 1 << 20;
    edi_store *store;
    REQUIRE(logs_open(d, &options, &store) == EDICT_OK);
    logs_put(store, 1, true);
    size_t size, begin = end_of(d, "seg-00000000000000000000.edl");
    for (uint64_t n = 2; n < 70; n++) logs_put(store, n, false);
    CHECK_INT(edi_store_flush(store, NULL), EDICT_OK);
    edi_store_abandon(&store);
    size_t end = end_of(d, "seg-00000000000000000000.edl");
    uint8_t *bytes = disk_file(d, "seg-00000000000000000000.edl", &size);
    CHECK(end - begin > 6 * 512);
    for (size_t at = begin; at < end; at++)
      if (lost >> (at / 512 - begin / 512) % 6 & 1) bytes[at] = 0;
    REQUIRE(logs_open(d, &options, &store) == EDICT_OK);
    edi_store_state state;
    edi_store_look(store, &state);
    CHECK_INT(state.committed, 2); /* the first record and RECOVERY */
    CHECK_INT(edi_store_close(&store, NULL), EDICT_OK);
    edi_log_verdict verdict;
    CHECK_INT(logs_verify(disk_system(d), DISK_DIRECTORY, &verdict, NULL), EDICT_OK);
    disk_destroy(d);
  }
}

/* A sector that a disk lost later, with later batches behind it, is not a torn end. */
TEST(a_missing_sector_before_later_batches_is_damage)
{
  size_t ends[11], size;
  disk *d = open_log(ends, &size);
  edi_store_options options = logs_options();
  edi_store *store;
  uint8_t *content = disk_file(d, "seg-00000000000000000000.edl", &size);
  CHECK(ends[10] > 5 * 512);
  memset(content + 3 * 512, 0, 512);
  CHECK_INT(logs_open(d, &options, &store), EDICT_FORMAT);
  edi_log_verdict verdict;
  CHECK_INT(logs_verify(disk_system(d), DISK_DIRECTORY, &verdict, NULL), EDICT_FORMAT);
  disk_destroy(d);
}

TEST(an_open_log_is_verified_up_to_its_last_checkpoint_and_its_end_reported)
{
  size_t ends[11], size;
  disk *d = open_log(ends, &size);
  edi_log_verdict verdict;
  logs_damage first;
  CHECK_INT(logs_verify(disk_system(d), DISK_DIRECTORY, &verdict, &first), EDICT_OK);
  CHECK_INT(first.code, EDI_R0419);
  CHECK(!verdict.log.closed);
  CHECK_INT(verdict.log.size, 20);
  CHECK_INT(verdict.uncovered, 20);
  uint8_t *bytes = disk_file(d, "seg-00000000000000000000.edl", &size);
  bytes[ends[10] - 3] ^= 1; /* the last COMMIT */
  CHECK_INT(logs_verify(disk_system(d), DISK_DIRECTORY, &verdict, &first), EDICT_OK);
  CHECK_INT(first.code, EDI_R0411);
  CHECK_INT(verdict.log.size, 18);
  CHECK(verdict.log.torn > 0);
  bytes[ends[5] + 30] ^= 1; /* evidence follows */
  CHECK_INT(logs_verify(disk_system(d), DISK_DIRECTORY, &verdict, &first), EDICT_FORMAT);
  CHECK(first.offset >= ends[5] && first.offset <= ends[5] + 30);
  disk_destroy(d);
}

HARNESS_MAIN
