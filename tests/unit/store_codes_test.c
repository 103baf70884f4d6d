/* Store codes: what is said when the disk, the process or a caller of the log fails. Pages docs/codes/R04xx.md
 * name this file for codes that no input alone can give. */
#include <errno.h>

#include "harness.h"
#include "support/logs.h"

#define SEGMENT "seg-00000000000000000000.edl"

static bool says(const edict_diagnostics *list, edi_code code) {
  for (size_t i = 0; i < edict_diagnostics_count(list); i++)
    if (edi_diagnostics_code_at(list, i) == code) return true;
  return false;
}

static edict_status open_disk(disk *d, edi_store **store, edict_diagnostics *list) {
  edi_store_options options = logs_options();
  options.segment_size = 1 << 20;
  return edi_store_open(disk_system(d), DISK_DIRECTORY, &options, store, list);
}

static edict_status put(edi_store *store, edict_diagnostics *list) {
  uint8_t bytes[LOGS_RECORD_MOST];
  uint64_t index;
  return edi_store_append(store, EDI_FRAME_RECORD, bytes, logs_record(1, bytes), true, &index, list);
}

TEST(r0400_a_second_opener)
{
  disk *d = disk_create(1);
  edi_store *store, *second;
  edict_diagnostics *list = edict_diagnostics_create();
  REQUIRE(open_disk(d, &store, NULL) == EDICT_OK);
  CHECK_INT(open_disk(d, &second, list), EDICT_BUSY);
  CHECK(says(list, EDI_R0400));
  CHECK_INT(edi_store_close(&store, NULL), EDICT_OK);
  edict_diagnostics_destroy(&list);
  disk_destroy(d);
}

TEST(r0401_a_child)
{
  disk *d = disk_create(2);
  edi_store *store;
  edict_diagnostics *list = edict_diagnostics_create();
  REQUIRE(open_disk(d, &store, NULL) == EDICT_OK);
  disk_set_process(d, 101);
  CHECK_INT(put(store, list), EDICT_BUSY);
  CHECK(says(list, EDI_R0401));
  CHECK_INT(edi_store_close(&store, NULL), EDICT_OK);
  edict_diagnostics_destroy(&list);
  disk_destroy(d);
}

TEST(r0402_a_call_fails)
{
  disk *d = disk_create(3);
  edi_store *store;
  edict_diagnostics *list = edict_diagnostics_create();
  REQUIRE(open_disk(d, &store, NULL) == EDICT_OK);
  disk_fail(d, 1, true, EIO);
  CHECK_INT(put(store, list), EDICT_SYSTEM);
  CHECK(says(list, EDI_R0402));
  edi_store_abandon(&store);
  edict_diagnostics_destroy(&list);
  disk_destroy(d);
}

TEST(r0410_damage_before_the_end)
{
  disk *d = disk_create(4);
  size_t size;
  edi_store *store;
  edict_diagnostics *list = edict_diagnostics_create();
  REQUIRE(open_disk(d, &store, NULL) == EDICT_OK);
  for (int i = 0; i < 20; i++) CHECK_INT(put(store, NULL), EDICT_OK);
  edi_store_abandon(&store);
  disk_file(d, SEGMENT, &size)[2000] ^= 4;
  CHECK_INT(open_disk(d, &store, list), EDICT_FORMAT);
  CHECK(says(list, EDI_R0410));
  edict_diagnostics_destroy(&list);
  disk_destroy(d);
}

TEST(r0413_a_bit_flips)
{
  disk *d = disk_create(5);
  edi_store *store;
  edict_diagnostics *list = edict_diagnostics_create();
  REQUIRE(open_disk(d, &store, NULL) == EDICT_OK);
  disk_flip(d, 1);
  CHECK_INT(put(store, list), EDICT_SYSTEM);
  CHECK(says(list, EDI_R0413));
  edi_store_abandon(&store);
  edict_diagnostics_destroy(&list);
  disk_destroy(d);
}

TEST(r0425_a_process_died)
{
  disk *d = disk_create(6);
  edi_store *store;
  edict_diagnostics *list = edict_diagnostics_create();
  REQUIRE(open_disk(d, &store, NULL) == EDICT_OK);
  CHECK_INT(put(store, NULL), EDICT_OK);
  edi_store_abandon(&store);
  disk_kill(d);
  CHECK_INT(open_disk(d, &store, list), EDICT_OK);
  CHECK(says(list, EDI_R0425));
  CHECK_INT(edi_store_close(&store, NULL), EDICT_OK);
  edict_diagnostics_destroy(&list);
  disk_destroy(d);
}

/* Some call after the erasure was recorded fails, and so does what follows it. */
TEST(r0426_an_erasure_was_interrupted)
{
  bool said = false;
  for (uint64_t at = 1; at < 30; at++) {
    disk *d = disk_create(7);
    edi_store *store;
    edi_seal_pointer pointer;
    uint64_t files;
    edi_log_verdict verdict;
    REQUIRE(open_disk(d, &store, NULL) == EDICT_OK);
    CHECK_INT(edi_seal_put(store, 10, 1, "old", 3, &pointer, NULL), EDICT_OK);
    CHECK_INT(edi_store_flush(store, NULL), EDICT_OK);
    disk_fail(d, at, true, EIO);
    edict_status status = edi_seal_erase(store, 10, 1, &files, NULL);
    edi_store_abandon(&store);
    disk_fail(d, 0, false, 0);
    disk_kill(d);
    logs_damage damage;
    (void)logs_verify(disk_system(d), DISK_DIRECTORY, &verdict, &damage);
    said = said || (status != EDICT_OK && damage.code == EDI_R0426);
    disk_destroy(d);
  }
  CHECK(said);
}

HARNESS_MAIN
