/* History: one life after the other, and the comparison of what was told with what is found. */
#include "support/history.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { RECORD_BYTES = 8 + EDI_SEAL_POINTER_BYTES, NUMBERS = HISTORY_NUMBERS };

#define WRONG(h, ...) ((h)->wrong = true, printf("# "), printf(__VA_ARGS__), putchar('\n'))

uint64_t history_draw(history *h, uint64_t below) {
  h->random ^= h->random << 13;
  h->random ^= h->random >> 7;
  h->random ^= h->random << 17;
  return h->random % below;
}

static size_t payload_of(uint64_t n, uint8_t *bytes) {
  size_t length = (size_t)(n * 101 % 700);
  for (size_t i = 0; i < length; i++) bytes[i] = (uint8_t)(n + i);
  return length;
}

/* ---- one life ---- */

static void append(history *h, edi_store *store, bool durable, bool sealed, int64_t day,
                   uint32_t class) {
  uint8_t record[RECORD_BYTES] = {0}, payload[700];
  uint64_t n = h->next;
  edi_seal_pointer pointer;
  if (n == NUMBERS) return;
  edi_put64(record, n);
  if (sealed) {
    size_t length = payload_of(n, payload);
    if (edi_seal_put(store, day, class, payload, length, &pointer, NULL) != EDICT_OK) return;
    edi_seal_pointer_encode(&pointer, record + 8);
  }
  h->next++;
  edict_status status =
      edi_store_append(store, EDI_FRAME_RECORD, record, sizeof record, durable, NULL, NULL);
  if (status != EDICT_OK) return;
  h->buffered[n] = true;
  if (!durable) return;
  for (uint64_t i = 0; i <= n; i++) h->acknowledged[i] = h->acknowledged[i] || h->buffered[i];
}

static void acknowledge_all(history *h) {
  for (uint64_t i = 0; i < h->next; i++) h->acknowledged[i] = h->acknowledged[i] || h->buffered[i];
}

static void act(history *h, edi_store *store, uint64_t what, int64_t day, uint32_t class) {
  uint64_t files;
  if (what < 80) append(h, store, what < 40, what % 3 == 0, day, class);
  else if (what < 88) {
    if (edi_store_flush(store, NULL) == EDICT_OK) acknowledge_all(h);
  } else if (what < 94) {
    edi_buf note;
    edi_buf_init(&note, NULL, 4096);
    if (edi_store_checkpoint(store, &note, NULL) == EDICT_OK) {
      acknowledge_all(h);
      h->checkpoint.len = 0;
      edi_buf_append(&h->checkpoint, note.ptr, note.len);
    }
    edi_buf_fini(&note);
  } else if (what < 97) {
    (void)!edi_seal_finish(store, day, NULL);
  } else if (what < 98) {
    h->erased_before = true;
    (void)!edi_seal_erase(store, day, class, &files, NULL);
  } else {
    edi_store_drop(store, 1 + history_draw(h, 3));
  }
}

static void act_at_random(history *h, edi_store *store) {
  uint64_t what = history_draw(h, 100);
  int64_t day = 20000 + (int64_t)history_draw(h, 4);
  uint32_t class = (uint32_t)history_draw(h, 2);
  act(h, store, what, day, class);
}

/* One of everything; enough records for a second segment. */
static void act_by_script(history *h, edi_store *store) {
  static const uint8_t script[] = {3, 40, 42, 85, 12, 90, 43, 99, 95, 0, 97, 1, 30};
  uint8_t filling[1500] = {0};
  for (size_t i = 0; i < sizeof script; i++) {
    act(h, store, script[i], 20000 + (int64_t)i / 6, 1);
    if (i % 4 == 2)
      (void)!edi_store_append(store, EDI_FRAME_RECEIPT, filling, sizeof filling, false, NULL, NULL);
  }
}

/* *opened: the store was opened. Returns whether it was closed in order. `actions` SCRIPT: the
 * script. */
enum { SCRIPT = 1000 };
static bool live_so(history *h, unsigned actions, bool close, bool *opened) {
  edi_store *store;
  memset(h->buffered, 0, sizeof h->buffered);
  edict_status status = logs_open(h->d, &h->options, &store);
  *opened = status == EDICT_OK;
  /* Only failing calls keep a log from opening: never damage, never a rollback. */
  if (status != EDICT_OK && status != EDICT_SYSTEM && status != EDICT_LIMIT)
    WRONG(h, "seed %" PRIu64 ": opening says %s", h->seed, edict_status_name(status));
  if (status != EDICT_OK) return false;
  if (actions == SCRIPT) act_by_script(h, store);
  else
    for (unsigned i = 0; i < actions && !h->wrong; i++) act_at_random(h, store);
  if (!close) {
    edi_store_abandon(&store);
    return false;
  }
  bool closed = edi_store_close(&store, NULL) == EDICT_OK;
  if (closed) acknowledge_all(h);
  return closed;
}

bool history_live_at_random(history *h, bool *opened) {
  unsigned actions = (unsigned)history_draw(h, 40);
  bool close = history_draw(h, 2) == 0;
  return live_so(h, actions, close, opened);
}

bool history_live_by_script(history *h, bool close, bool *opened) {
  return live_so(h, SCRIPT, close, opened);
}

bool history_live_short(history *h, bool close, bool *opened) {
  return live_so(h, 0, close, opened);
}

/* ---- what is found afterwards ---- */

static bool see(void *user, const edi_log_leaf *leaf) {
  history *h = user;
  edi_seal_pointer pointer;
  uint8_t expected[700];
  if (leaf->type != EDI_FRAME_RECORD) return true;
  uint64_t n = leaf->length == RECORD_BYTES ? edi_get64(leaf->payload) : UINT64_MAX;
  if (n >= h->next || (h->found_count > 0 && n <= h->found[h->found_count - 1])) {
    WRONG(h, "seed %" PRIu64 ": record %" PRIu64 " is invented or out of order", h->seed, n);
    return false;
  }
  h->found[h->found_count++] = n;
  if (!edi_seal_pointer_decode(leaf->payload + 8, &pointer)) return true; /* not sealed */
  edi_buf out;
  edi_buf_init(&out, NULL, 4096);
  edict_diagnostics *list = edict_diagnostics_create();
  edict_status status = edi_seal_open(h->opener, &pointer, &out, list);
  size_t length = payload_of(n, expected);
  bool same = status == EDICT_OK && out.len == length &&
              (length == 0 || memcmp(out.ptr, expected, length) == 0);
  /* An erasure that was interrupted leaves a file whose key is gone or half gone. */
  bool erased = h->erased_before && (status == EDICT_NOT_FOUND || status == EDICT_FORMAT);
  if (!same && !erased)
    WRONG(h, "seed %" PRIu64 ": the payload of record %" PRIu64 " says %s: %s", h->seed, n,
          edict_status_name(status),
          edict_diagnostics_count(list) > 0 ? edict_diagnostics_message(list, 0) : "other bytes");
  edict_diagnostics_destroy(&list);
  edi_buf_fini(&out);
  return true;
}

static void read_all(history *h) {
  uint8_t public_key[32], secret_key[32];
  edi_log_visitor visitor = {.user = h, .leaf = see};
  edi_log_summary summary;
  logs_auditor(public_key, secret_key);
  h->found_count = 0;
  if (edi_seal_opener_create(disk_system(h->d), DISK_DIRECTORY, secret_key, NULL, &h->opener,
                             NULL) != EDICT_OK)
    abort();
  edict_status status = edi_log_read(disk_system(h->d), DISK_DIRECTORY, &visitor, &summary, NULL);
  if (status != EDICT_OK)
    WRONG(h, "seed %" PRIu64 ": reading says %s", h->seed, edict_status_name(status));
  edi_seal_opener_destroy(&h->opener);
  uint64_t at = 0;
  for (uint64_t n = 0; n < h->next && !h->wrong; n++) {
    while (at < h->found_count && h->found[at] < n) at++;
    if (h->acknowledged[n] && (at == h->found_count || h->found[at] != n))
      WRONG(h, "seed %" PRIu64 ": record %" PRIu64 " was acknowledged and is lost", h->seed, n);
  }
}

static void verify_all(history *h, bool closed) {
  edi_log_verdict verdict;
  edi_note_key key = logs_key();
  edi_log_verify_options options = {
      .keys = &key, .key_count = 1, .earlier = {h->checkpoint.ptr, h->checkpoint.len}};
  edict_diagnostics *list = edict_diagnostics_create();
  edict_status status =
      edi_log_verify(disk_system(h->d), DISK_DIRECTORY, &options, NULL, &verdict, list);
  if (status != EDICT_OK) {
    char *text = logs_findings(list);
    WRONG(h, "seed %" PRIu64 ": verification says %s\n# %s", h->seed, edict_status_name(status),
          text);
    free(text);
  }
  if (closed && !verdict.log.closed)
    WRONG(h, "seed %" PRIu64 ": closed, and verification does not see it", h->seed);
  edict_diagnostics_destroy(&list);
}

void history_check(history *h, bool opened, bool closed) {
  size_t size;
  if (!opened && !disk_file(h->d, "seg-00000000000000000000.edl", &size))
    return; /* never came to be */
  read_all(h);
  if (!h->wrong) verify_all(h, closed);
}

history *history_begin(uint64_t seed) {
  history *h = calloc(1, sizeof *h);
  if (!h) abort();
  h->seed = seed;
  h->random = seed * 0x9E3779B97F4A7C15u + 1;
  h->d = disk_create(seed);
  h->options = logs_options();
  h->options.payload_file_size = 4096;
  disk_set_time(h->d, INT64_C(1795000000000000), history_draw(h, 3) == 0 ? 40000 : 100);
  edi_buf_init(&h->checkpoint, NULL, 4096);
  return h;
}

bool history_end(history *h) {
  bool good = !h->wrong;
  edi_buf_fini(&h->checkpoint);
  disk_destroy(h->d);
  free(h);
  return good;
}

void history_finish(history *h) {
  bool opened, closed;
  disk_fail(h->d, 0, false, 0);
  disk_limit(h->d, 0);
  closed = live_so(h, 5, true, &opened);
  if (!opened || !closed)
    WRONG(h, "seed %" PRIu64 ": the last life could not close the log", h->seed);
  if (!h->wrong) history_check(h, opened, true);
}
