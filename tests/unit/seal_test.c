/* Sealed payloads: what the auditor gets back, what nobody else does, erasure. */
#define _GNU_SOURCE /* memmem */
#include "harness.h"

#include <sodium.h>

#include "log/payfile.h"
#include "support/logs.h"

static edi_store *open_store(disk *d, edi_store_options *options) {
  edi_store *store;
  if (logs_open(d, options, &store) != EDICT_OK) abort();
  return store;
}

static edi_seal_opener *auditor(disk *d) {
  uint8_t public_key[32], secret_key[32];
  edi_seal_opener *opener;
  logs_auditor(public_key, secret_key);
  if (edi_seal_opener_create(disk_system(d), DISK_DIRECTORY, secret_key, NULL, &opener, NULL) !=
      EDICT_OK)
    abort();
  return opener;
}

static edict_status open_one(disk *d, const edi_seal_pointer *pointer, edi_buf *out) {
  edi_seal_opener *opener = auditor(d);
  edict_status status = edi_seal_open(opener, pointer, out, NULL);
  edi_seal_opener_destroy(&opener);
  return status;
}

TEST(payloads_of_all_sizes_come_back)
{
  static const size_t sizes[] = {0, 1, 251, 252, 253, 508, 509, 4096, 65536, EDI_SEAL_PAYLOAD_MOST};
  static uint8_t bytes[EDI_SEAL_PAYLOAD_MOST + 1];
  for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)(i * 7 + i / 251);
  disk *d = disk_create(1);
  edi_store_options options = logs_options();
  edi_store *store = open_store(d, &options);
  edi_seal_pointer pointers[sizeof sizes / sizeof *sizes], over;
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    CHECK_INT(edi_seal_put(store, 20000 + (int64_t)i % 3, (uint32_t)i % 2, bytes, sizes[i],
                           &pointers[i], NULL),
              EDICT_OK);
    CHECK_INT(pointers[i].size_class, (sizes[i] + 4 + 255) / 256);
  }
  CHECK_INT(edi_seal_put(store, 20000, 0, bytes, EDI_SEAL_PAYLOAD_MOST + 1, &over, NULL),
            EDICT_ARGUMENT);
  CHECK_INT(over.offset, 0);
  CHECK_INT(edi_store_close(&store, NULL), EDICT_OK);
  edi_seal_opener *opener = auditor(d);
  for (int round = 0; round < 2; round++) /* from fresh and from remembered files */
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
      edi_buf out;
      edi_buf_init(&out, NULL, EDI_SEAL_PAYLOAD_MOST + 8);
      edi_buf_text(&out, "before");
      CHECK_INT(edi_seal_open(opener, &pointers[i], &out, NULL), EDICT_OK);
      CHECK_INT(out.len, sizes[i] + 6);
      CHECK(out.len == sizes[i] + 6 && memcmp(out.ptr + 6, bytes, sizes[i]) == 0);
      edi_buf_fini(&out);
    }
  edi_buf small;
  edi_buf_init(&small, NULL, 10);
  CHECK_INT(edi_seal_open(opener, &pointers[4], &small, NULL), EDICT_LIMIT);
  CHECK_INT(small.len, 0);
  edi_buf_fini(&small);
  edi_seal_opener_destroy(&opener);
  CHECK(opener == NULL);
  edi_log_verdict verdict;
  CHECK_INT(logs_verify(disk_system(d), DISK_DIRECTORY, &verdict, NULL), EDICT_OK);
  CHECK_INT(verdict.payload_files, 6);
  disk_destroy(d);
}

TEST(equal_lengths_and_equal_payloads_look_alike_only_in_size)
{
  disk *d = disk_create(2);
  edi_store_options options = logs_options();
  edi_store *store = open_store(d, &options);
  edi_seal_pointer a, b;
  CHECK_INT(edi_seal_put(store, 1, 1, "same", 4, &a, NULL), EDICT_OK);
  CHECK_INT(edi_seal_put(store, 1, 1, "same", 4, &b, NULL), EDICT_OK);
  CHECK_INT(a.size_class, b.size_class);
  CHECK(memcmp(a.digest, b.digest, sizeof a.digest) != 0);
  size_t size;
  char name[80];
  snprintf(name, sizeof name, "pay-%020llu.edp", (unsigned long long)a.file);
  uint8_t *bytes = disk_file(d, name, &size);
  CHECK(bytes && memmem(bytes, size, "same", 4) == NULL);
  CHECK_INT(edi_store_close(&store, NULL), EDICT_OK);
  disk_destroy(d);
}

TEST(another_auditor_reads_nothing)
{
  disk *d = disk_create(3);
  edi_store_options options = logs_options();
  edi_store *store = open_store(d, &options);
  edi_seal_pointer pointer;
  CHECK_INT(edi_seal_put(store, 1, 1, "secret", 6, &pointer, NULL), EDICT_OK);
  CHECK_INT(edi_store_close(&store, NULL), EDICT_OK);
  uint8_t public_key[32], secret_key[32];
  CHECK_INT(edi_seal_keys(disk_system(d), public_key, secret_key), EDICT_OK);
  edi_seal_opener *opener;
  REQUIRE(edi_seal_opener_create(disk_system(d), DISK_DIRECTORY, secret_key, NULL, &opener, NULL) ==
          EDICT_OK);
  edi_buf out;
  edi_buf_init(&out, NULL, 1000);
  CHECK_INT(edi_seal_open(opener, &pointer, &out, NULL), EDICT_UNTRUSTED);
  CHECK_INT(out.len, 0);
  edi_seal_opener_destroy(&opener);
  edi_buf_fini(&out);
  disk_destroy(d);
}

TEST(every_changed_byte_of_a_payload_file_is_refused)
{
  disk *d = disk_create(4);
  edi_store_options options = logs_options();
  edi_store *store = open_store(d, &options);
  edi_seal_pointer pointer, second;
  CHECK_INT(edi_seal_put(store, 1, 1, "payload", 7, &pointer, NULL), EDICT_OK);
  CHECK_INT(edi_seal_put(store, 1, 1, "another", 7, &second, NULL), EDICT_OK);
  CHECK_INT(edi_store_close(&store, NULL), EDICT_OK);
  char name[80];
  size_t size;
  snprintf(name, sizeof name, "pay-%020llu.edp", (unsigned long long)pointer.file);
  uint8_t *bytes = disk_file(d, name, &size);
  size_t end = (size_t)pointer.offset + 8 + 24 + 256 + 16;
  edi_buf out;
  edi_buf_init(&out, NULL, 1000);
  for (size_t at = 0; at < end; at++) {
    if (at >= pointer.offset && at < pointer.offset + 8)
      continue; /* the length is not used: PAYLOAD covers it */
    bytes[at] ^= 1;
    if (open_one(d, &pointer, &out) == EDICT_OK) HARNESS_FAIL("byte %zu", at);
    bytes[at] ^= 1;
  }
  CHECK_INT(out.len, 0);
  /* the other entry, moved here, with its own digest */
  uint8_t first[304];
  memcpy(first, bytes + pointer.offset, sizeof first);
  memcpy(bytes + pointer.offset, bytes + second.offset, sizeof first);
  edi_seal_pointer moved = second;
  moved.offset = pointer.offset;
  CHECK_INT(open_one(d, &moved, &out), EDICT_FORMAT);
  memcpy(bytes + pointer.offset, first, sizeof first);
  CHECK_INT(open_one(d, &pointer, &out), EDICT_OK);
  CHECK_TEXT(out.ptr, out.len, "payload");
  edi_buf_fini(&out);
  disk_destroy(d);
}

TEST(pointers_are_encoded_one_way_only)
{
  edi_seal_pointer pointer = {7, 176, 1, {1, 2, 3}}, back;
  uint8_t bytes[EDI_SEAL_POINTER_BYTES], copy[EDI_SEAL_POINTER_BYTES];
  edi_seal_pointer_encode(&pointer, bytes);
  CHECK(edi_seal_pointer_decode(bytes, &back));
  CHECK(back.file == 7 && back.offset == 176 && back.size_class == 1 && back.digest[2] == 3);
  static const struct {
    size_t at;
    uint64_t value;
  } bad[] = {{8, 0}, {8, 168}, {8, 177}, {8, UINT64_MAX - 7}, {16, 0}};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    memcpy(copy, bytes, sizeof copy);
    if (bad[i].at == 16) edi_put32(copy + 16, (uint32_t)bad[i].value);
    else edi_put64(copy + bad[i].at, bad[i].value);
    CHECK(!edi_seal_pointer_decode(copy, &back));
    CHECK_INT(back.offset, 0);
  }
  memcpy(copy, bytes, sizeof copy);
  copy[20] = 1; /* reserved */
  CHECK(!edi_seal_pointer_decode(copy, &back));
  edi_put32(copy + 16, 4097); /* the largest payload's class */
  copy[20] = 0;
  CHECK(edi_seal_pointer_decode(copy, &back));
  edi_put32(copy + 16, 4098);
  CHECK(!edi_seal_pointer_decode(copy, &back));
  memset(copy, 0, sizeof copy);
  CHECK(!edi_seal_pointer_decode(copy, &back)); /* there is none */
}

TEST(a_day_and_class_is_erased_for_good)
{
  disk *d = disk_create(5);
  edi_store_options options = logs_options();
  edi_store *store = open_store(d, &options);
  edi_seal_pointer old[2], kept[2];
  uint64_t files = 9;
  CHECK_INT(edi_seal_put(store, 10, 1, "old", 3, &old[0], NULL), EDICT_OK);
  CHECK_INT(edi_seal_put(store, 11, 1, "old", 3, &old[1], NULL), EDICT_OK);
  CHECK_INT(edi_seal_put(store, 12, 1, "new", 3, &kept[0], NULL), EDICT_OK);
  CHECK_INT(edi_seal_put(store, 10, 2, "other class", 11, &kept[1], NULL), EDICT_OK);
  CHECK_INT(edi_seal_erase(store, 11, 1, &files, NULL), EDICT_OK);
  CHECK_INT(files, 2);
  edi_buf out;
  edi_buf_init(&out, NULL, 1000);
  edict_diagnostics *list = edict_diagnostics_create();
  edi_seal_opener *opener = auditor(d);
  CHECK_INT(edi_seal_open(opener, &old[0], &out, list), EDICT_NOT_FOUND);
  CHECK(strcmp(edict_diagnostics_code(list, 0), "R0417") == 0);
  CHECK_INT(edi_seal_open(opener, &old[1], &out, NULL), EDICT_NOT_FOUND);
  CHECK_INT(edi_store_flush(store, NULL), EDICT_OK);
  CHECK_INT(edi_seal_open(opener, &kept[0], &out, NULL), EDICT_OK);
  CHECK_INT(edi_seal_open(opener, &kept[1], &out, NULL), EDICT_OK);
  edi_seal_opener_destroy(&opener);
  CHECK_INT(edi_seal_erase(store, 11, 1, &files, NULL), EDICT_OK);
  CHECK_INT(files, 0);
  /* the day can be written to again, with a new key */
  CHECK_INT(edi_seal_put(store, 10, 1, "again", 5, &old[0], NULL), EDICT_OK);
  CHECK_INT(edi_store_close(&store, NULL), EDICT_OK);
  edi_log_verdict verdict;
  CHECK_INT(logs_verify(disk_system(d), DISK_DIRECTORY, &verdict, NULL), EDICT_OK);
  CHECK_INT(verdict.payload_erased, 2);
  CHECK_INT(verdict.erasures, 2);
  edict_diagnostics_destroy(&list);
  edi_buf_fini(&out);
  disk_destroy(d);
}

TEST(an_erasure_that_was_interrupted_goes_on_when_the_log_is_opened)
{
  for (uint64_t at = 1; at < 30; at++) {
    disk *d = disk_create(6);
    edi_store_options options = logs_options();
    edi_store *store = open_store(d, &options);
    edi_seal_pointer pointer;
    uint64_t files;
    CHECK_INT(edi_seal_put(store, 10, 1, "old", 3, &pointer, NULL), EDICT_OK);
    CHECK_INT(edi_store_flush(store, NULL), EDICT_OK);
    disk_fail(d, at, true, 5);
    edict_status status = edi_seal_erase(store, 10, 1, &files, NULL);
    edi_store_abandon(&store);
    disk_crash(d);
    store = open_store(d, &options);
    CHECK_INT(edi_store_close(&store, NULL), EDICT_OK);
    edi_log_verdict verdict;
    CHECK_INT(logs_verify(disk_system(d), DISK_DIRECTORY, &verdict, NULL), EDICT_OK);
    CHECK_INT(verdict.payload_files + verdict.payload_erased, 1);
    if (status == EDICT_OK) CHECK_INT(verdict.payload_erased, 1);
    disk_destroy(d);
  }
}

TEST(the_writer_limits_what_it_takes)
{
  disk *d = disk_create(7);
  edi_store_options options = logs_options();
  options.payload_file_size = 4096;
  edi_store *store = open_store(d, &options);
  edi_seal_pointer pointer;
  CHECK_INT(edi_seal_put(store, 1, EDI_SEAL_CLASS_MOST, "x", 1, &pointer, NULL), EDICT_OK);
  CHECK_INT(edi_seal_put(store, 1, EDI_SEAL_CLASS_MOST + 1, "x", 1, &pointer, NULL),
            EDICT_ARGUMENT);
  CHECK_INT(edi_seal_put(store, INT64_MAX, 1, "x", 1, &pointer, NULL), EDICT_ARGUMENT);
  CHECK_INT(edi_seal_put(store, INT64_MIN, 1, "x", 1, &pointer, NULL), EDICT_ARGUMENT);
  for (uint32_t class = 1; class < 32; class ++)
    CHECK_INT(edi_seal_put(store, 1, class, "x", 1, &pointer, NULL), EDICT_OK);
  CHECK_INT(edi_seal_put(store, 1, 32, "x", 1, &pointer, NULL), EDICT_LIMIT);
  CHECK_INT(edi_seal_finish(store, 2, NULL), EDICT_OK);
  CHECK_INT(edi_seal_put(store, 1, 32, "x", 1, &pointer, NULL), EDICT_OK);
  uint64_t first = pointer.file;
  for (int i = 0; i < 20; i++)
    CHECK_INT(edi_seal_put(store, 1, 32, "x", 1, &pointer, NULL), EDICT_OK);
  CHECK(pointer.file > first); /* a file that reached its size is left */
  CHECK_INT(edi_store_close(&store, NULL), EDICT_OK);
  edi_log_verdict verdict;
  CHECK_INT(logs_verify(disk_system(d), DISK_DIRECTORY, &verdict, NULL), EDICT_OK);
  options.has_auditor = false;
  store = open_store(d, &options);
  CHECK_INT(edi_seal_put(store, 1, 1, "x", 1, &pointer, NULL), EDICT_ARGUMENT);
  CHECK_INT(edi_store_close(&store, NULL), EDICT_OK);
  disk_destroy(d);
}

TEST(the_sealed_key_is_a_libsodium_sealed_box)
{
  uint8_t key[32], public_key[32], secret_key[32], seed[32], sealed[80], opened[32];
  memset(key, 0xAB, sizeof key);
  memset(seed, 0xCD, sizeof seed);
  logs_auditor(public_key, secret_key);
  CHECK(edi_payfile_seal_key(key, public_key, seed, sealed));
  CHECK(sodium_is_zero(seed, sizeof seed));
  CHECK(crypto_box_seal_open(opened, sealed, sizeof sealed, public_key, secret_key) == 0);
  CHECK(memcmp(opened, key, sizeof key) == 0);
  uint8_t zero[32] = {0}; /* a key of low order is refused */
  CHECK(!edi_payfile_seal_key(key, zero, seed, sealed));
}

HARNESS_MAIN
