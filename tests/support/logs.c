/* Logs: keys, records and verification for the tests of the decision log. */
#include "support/logs.h"

#include <malloc.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

/* Thousands of logs are made and freed: the heap keeps its pages. */
__attribute__((constructor)) static void keep_heap(void) {
  mallopt(M_TRIM_THRESHOLD, 256 * 1024 * 1024);
  mallopt(M_MMAP_THRESHOLD, 16 * 1024 * 1024);
}

static void log_keys(uint8_t public_key[32], uint8_t secret_key[64]) {
  uint8_t seed[32];
  memset(seed, 7, sizeof seed);
  crypto_sign_seed_keypair(public_key, secret_key, seed);
}

edi_store_options logs_options(void) {
  uint8_t public_key[32], ignored[32];
  edi_store_options options = {.origin = EDI_STR(LOGS_ORIGIN),
                               .segment_size = 4096,
                               .batch_size = 73728,
                               .has_auditor = true};
  log_keys(public_key, options.secret_key);
  logs_auditor(options.auditor_key, ignored);
  return options;
}

edi_note_key logs_key(void) {
  edi_note_key key = {.name = EDI_STR(LOGS_ORIGIN)};
  uint8_t secret[64];
  log_keys(key.public_key, secret);
  return key;
}

void logs_auditor(uint8_t public_key[32], uint8_t secret_key[32]) {
  uint8_t seed[32];
  memset(seed, 9, sizeof seed);
  crypto_box_seed_keypair(public_key, secret_key, seed);
}

size_t logs_record(uint64_t n, uint8_t *bytes) {
  size_t length = (size_t)(n * 37 % 589) + 8;
  for (size_t i = 0; i < length; i++) bytes[i] = (uint8_t)(n * 31 + i * 7 + 1);
  edi_put64(bytes, n);
  return length;
}

char *logs_findings(const edict_diagnostics *list) {
  size_t count = edict_diagnostics_count(list), length = 1;
  for (size_t i = 0; i < count; i++) length += strlen(edict_diagnostics_message(list, i)) + 10;
  char *text = malloc(length), *at = text;
  if (!text) abort();
  *at = '\0';
  for (size_t i = 0; i < count; i++)
    at += snprintf(at, length - (size_t)(at - text), "%s %s\n", edict_diagnostics_code(list, i),
                   edict_diagnostics_message(list, i));
  return text;
}

static void remember(void *user, const edi_log_damage *damage) {
  logs_damage *first = user;
  bool error = edi_code_severity(damage->code) == EDICT_SEVERITY_ERROR;
  bool better =
      first->count == 0 || (error && edi_code_severity(first->code) != EDICT_SEVERITY_ERROR);
  first->count++;
  if (!better) return;
  first->code = damage->code;
  first->offset = damage->offset;
  snprintf(first->file, sizeof first->file, "%s", damage->file);
}

edict_status logs_verify(const edi_system *system, const char *directory, edi_log_verdict *verdict,
                         logs_damage *first) {
  logs_damage ignored;
  if (!first) first = &ignored;
  memset(first, 0, sizeof *first);
  edi_note_key key = logs_key();
  edi_log_verify_options options = {.keys = &key, .key_count = 1};
  edi_log_visitor visitor = {.user = first, .damage = remember};
  edict_diagnostics *list = edict_diagnostics_create();
  edict_status status = edi_log_verify(system, directory, &options, &visitor, verdict, list);
  if (status != EDICT_OK && edict_diagnostics_errors(list) == 0) {
    printf("# a verification failed and said nothing\n");
    abort();
  }
  if (status == EDICT_OK && edict_diagnostics_errors(list) != 0) {
    printf("# a verification passed with errors\n");
    abort();
  }
  edict_diagnostics_destroy(&list);
  return status;
}

edict_status logs_open(disk *d, const edi_store_options *options, edi_store **store) {
  edict_diagnostics *list = edict_diagnostics_create();
  edict_status status = edi_store_open(disk_system(d), DISK_DIRECTORY, options, store, list);
  if (status != EDICT_OK && edict_diagnostics_errors(list) == 0) {
    printf("# an opening failed and said nothing\n");
    abort();
  }
  edict_diagnostics_destroy(&list);
  return status;
}

/* ---- a log with everything, and forging it ---- */

static void require(bool good) {
  if (!good) abort();
}

void logs_put(edi_store *store, uint64_t n, bool durable) {
  uint8_t bytes[LOGS_RECORD_MOST];
  size_t length = logs_record(n, bytes) % 90 + 8;
  require(edi_store_append(store, EDI_FRAME_RECORD, bytes, length, durable, NULL, NULL) ==
          EDICT_OK);
}

disk *logs_rich(void) {
  disk *d = disk_create(77);
  edi_store_options options = logs_options();
  edi_store *store;
  edi_seal_pointer pointer;
  uint64_t files;
  if (logs_open(d, &options, &store) != EDICT_OK) abort();
  for (uint64_t n = 0; n < 4; n++) logs_put(store, n, n % 2);
  require(edi_seal_put(store, 20000, 1, "erase me", 8, &pointer, NULL) == EDICT_OK);
  require(edi_seal_put(store, 20001, 1, "keep me", 7, &pointer, NULL) == EDICT_OK);
  require(edi_seal_erase(store, 20000, 1, &files, NULL) == EDICT_OK);
  require(files == 1);
  edi_store_drop(store, 3);
  logs_put(store, 4, true);
  edi_store_abandon(&store);
  /* a batch that power cut into: its first sector is there, the rest is not */
  size_t size, used;
  uint8_t *segment = disk_file(d, "seg-00000000000000000000.edl", &size);
  for (used = size; used > 0 && segment[used - 1] == 0;) used--;
  memset(segment + (used + 7) / 8 * 8, 0x5A, 40);
  if (logs_open(d, &options, &store) != EDICT_OK) abort();
  edi_store_state state;
  edi_store_look(store, &state);
  require(state.cut == 40);
  require(edi_seal_put(store, 20002, 2, "", 0, &pointer, NULL) == EDICT_OK);
  for (uint64_t n = 5; n < 30; n++) logs_put(store, n, n % 2);
  require(edi_store_close(&store, NULL) == EDICT_OK);
  return d;
}

logs_forger logs_forge(disk *d, const char *segment) {
  logs_forger f;
  edi_segment_header header;
  f.bytes = disk_file(d, segment, &f.size);
  if (!edi_segment_header_decode(f.bytes, &header)) abort();
  f.seed = edi_segment_seed(&header);
  return f;
}

/* Frame number `n` of a segment, from 0. */
uint8_t *logs_frame(const logs_forger *f, size_t n) {
  uint8_t *at = f->bytes + EDI_SEGMENT_HEADER_BYTES;
  for (; n > 0; n--) at += edi_frame_size(edi_get32(at));
  return at;
}

void logs_reseal(const logs_forger *f, uint8_t *frame) {
  edi_frame_seal(frame, edi_get32(frame + 16), f->seed);
}
