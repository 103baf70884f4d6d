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
  edi_store_options options = {.origin = EDI_STR(LOGS_ORIGIN), .segment_size = 4096, .batch_size = 73728, .has_auditor = true};
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
    at += snprintf(at, length - (size_t)(at - text), "%s %s\n", edict_diagnostics_code(list, i), edict_diagnostics_message(list, i));
  return text;
}

static void remember(void *user, const edi_log_damage *damage) {
  logs_damage *first = user;
  bool error = edi_code_severity(damage->code) == EDICT_SEVERITY_ERROR;
  bool better = first->count == 0 || (error && edi_code_severity(first->code) != EDICT_SEVERITY_ERROR);
  first->count++;
  if (!better) return;
  first->code = damage->code;
  first->offset = damage->offset;
  snprintf(first->file, sizeof first->file, "%s", damage->file);
}

edict_status logs_verify(const edi_system *system, const char *directory, edi_log_verdict *verdict, logs_damage *first) {
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
