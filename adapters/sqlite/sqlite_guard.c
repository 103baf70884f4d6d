/* Guard: see the header. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "adapters/sqlite/sqlite_guard.h"

#include <string.h>

#include "adapters/sqlite/sqlite_source.h"
#include "adapters/sqlite/sqlite_words.h"

SQLITE_EXTENSION_INIT3

/* ---- life ---- */

edi_sqlite_guard *edi_sqlite_guard_create(sqlite3 *db) {
  edi_sqlite_guard *guard = sqlite3_malloc64(sizeof *guard);
  if (!guard) return NULL;
  *guard = (edi_sqlite_guard){.db = db, .users = 1, .diagnostics = edict_diagnostics_create()};
  if (guard->diagnostics) return guard;
  sqlite3_free(guard);
  return NULL;
}

edi_sqlite_guard *edi_sqlite_guard_keep(edi_sqlite_guard *guard) {
  guard->users++;
  return guard;
}

static void let_go(edi_sqlite_guard *guard) {
  for (edi_sqlite_seat *seat = guard->seats, *next; seat; seat = next) {
    next = seat->next;
    edict_decision_destroy(&seat->decision);
    sqlite3_free(seat);
  }
  guard->seats = guard->newest = NULL;
  if (guard->source) edi_sqlite_source_close(guard);
  edict_session_destroy(&guard->session);
  edi_sqlite_site_leave(guard->site);
  guard->site = NULL;
}

void edi_sqlite_guard_leave(void *user) {
  edi_sqlite_guard *guard = user;
  if (--guard->users > 0) return;
  let_go(guard);
  for (size_t i = 0; i < guard->module_count; i++) sqlite3_free(guard->modules[i]);
  sqlite3_free(guard->modules);
  edict_diagnostics_destroy(&guard->diagnostics);
  sqlite3_free(guard);
}

/* ---- opening ---- */

/* The token is refused either way: a log that cannot say so is told to the host's error log. */
static void record_refusal(edi_sqlite_guard *guard, int64_t now, edict_status refused) {
  edict_log *log = edi_sqlite_site_log(guard->site);
  edict_status status =
      log ? edict_log_refused(log, EDICT_REFUSED_TOKEN, now, refused, guard->diagnostics, NULL, 0, NULL) : EDICT_OK;
  if (status != EDICT_OK) sqlite3_log(SQLITE_ERROR, "edict: the log did not record that a token was refused");
}

static int begin_session(edi_sqlite_guard *guard, edict_text token, char **why) {
  edict_diagnostics_clear(guard->diagnostics);
  int64_t now = edi_sqlite_now();
  edict_status status =
      edict_session_create(edi_sqlite_site_engine(guard->site), token.ptr, token.len,
                           now, &guard->session, guard->diagnostics);
  if (status == EDICT_OK) return 1;
  edi_sqlite_say_finding(why, "the token", status, guard->diagnostics);
  record_refusal(guard, now, status);
  return 0;
}

int edi_sqlite_guard_open(edi_sqlite_guard *guard, const char *config, edict_text token,
                          char **why) {
  if (guard->state != EDI_SQLITE_NEW) {
    edi_sqlite_say(why, "this connection was opened before, and that is for good");
    return SQLITE_ERROR;
  }
  if (edi_sqlite_seal_check(guard, why) != SQLITE_OK) return SQLITE_ERROR;
  guard->site = edi_sqlite_site_open(config, why);
  if (guard->site && begin_session(guard, token, why) &&
      edi_sqlite_source_open(guard, why) == SQLITE_OK)
    return edi_sqlite_seal(guard, why);
  let_go(guard);
  return SQLITE_ERROR;
}

/* ---- seats ---- */

enum { HIGHEST_BIT = 63, SEATS_KEPT = 64, SEATS_MOST = 4096 };

int edi_sqlite_is_used(sqlite3_uint64 used, size_t column) {
  return (int)(used >> (column < HIGHEST_BIT ? column : HIGHEST_BIT) & 1);
}

int edi_sqlite_seat_holds(const edi_sqlite_guard *guard, const edi_sqlite_seat *seat) {
  return seat->permits && seat->purpose_turn == guard->purpose_turn &&
         edi_sqlite_now() < seat->valid_until;
}

/* The statement that is being executed, if only one is. A scan that finds another statement in the
 * middle of its work cannot tell which of them it belongs to. */
static sqlite3_stmt *executing(const edi_sqlite_guard *guard) {
  sqlite3_stmt *found = NULL;
  for (sqlite3_stmt *s = sqlite3_next_stmt(guard->db, NULL); s;
       s = sqlite3_next_stmt(guard->db, s)) {
    if (!sqlite3_stmt_busy(s)) continue;
    if (found) return NULL;
    found = s;
  }
  return found;
}

/* A seat of this very execution. A statement that ended or starts again has closed its scans, and
 * with the last scan the snapshot ends: so within one snapshot a statement's address stands for one
 * execution. */
static edi_sqlite_seat *find_seat(const edi_sqlite_guard *guard, const edi_sqlite_seat *wanted) {
  if (!wanted->statement) return NULL;
  for (edi_sqlite_seat *s = guard->seats; s; s = s->next)
    if (s->statement == wanted->statement && s->snapshot == wanted->snapshot &&
        s->dataset == wanted->dataset && s->used == wanted->used && edi_sqlite_seat_holds(guard, s))
      return s;
  return NULL;
}

static edi_sqlite_seat *make_seat(edi_sqlite_guard *guard) {
  edi_sqlite_seat *seat = sqlite3_malloc64(sizeof *seat);
  if (!seat) return NULL;
  *seat = (edi_sqlite_seat){.next = guard->seats};
  if (edict_decision_create(edi_sqlite_site_product(guard->site), &seat->decision) != EDICT_OK) {
    sqlite3_free(seat);
    return NULL;
  }
  guard->seats = seat;
  guard->seat_count++;
  return seat;
}

/* One of an earlier snapshot; else, while they are few, a new one; else any that nobody sits on. */
static edi_sqlite_seat *free_seat(edi_sqlite_guard *guard) {
  edi_sqlite_seat *any = NULL;
  for (edi_sqlite_seat *s = guard->seats; s; s = s->next) {
    if (s->users) continue;
    if (s->snapshot != guard->snapshot) return s;
    any = s;
  }
  if (guard->seat_count < SEATS_KEPT || (!any && guard->seat_count < SEATS_MOST))
    return make_seat(guard);
  return any;
}

void edi_sqlite_guard_rise(edi_sqlite_seat *seat) {
  if (seat) seat->users--;
}

/* ---- deciding ---- */

static int say_denied(edi_sqlite_seat *seat, char **why) {
  size_t length = edict_decision_explain(seat->decision, NULL, 0);
  char *text = sqlite3_malloc64(length + 1);
  if (!text) return SQLITE_NOMEM;
  (void)edict_decision_explain(seat->decision, text, length + 1);
  edi_sqlite_say(why, "%s", text);
  sqlite3_free(text);
  return SQLITE_AUTH;
}

static int decide(edi_sqlite_guard *guard, edi_sqlite_seat *seat, const uint32_t *columns,
                  size_t count, char **why) {
  static const char read_action[] = "read", purpose_name[] = "purpose";
  edict_text purpose = {guard->purpose, guard->purpose_length};
  edict_attribute context = {{purpose_name, sizeof purpose_name - 1}, &purpose, 1};
  edict_request request = {.size = sizeof request,
                           .action = {read_action, sizeof read_action - 1},
                           .dataset = seat->dataset,
                           .columns = columns,
                           .column_count = count,
                           .context = &context,
                           .context_count = purpose.len ? 1 : 0,
                           .now = edi_sqlite_now()};
  guard->newest = seat;
  edict_status status = edict_decide(seat->decision, guard->session, &request);
  if (status != EDICT_OK || edict_decision_is_hypothetical(seat->decision)) {
    edi_sqlite_say(why, "no decision could be made: %s", edict_status_text(status));
    return SQLITE_ERROR;
  }
  edict_diagnostics_clear(guard->diagnostics);
  status = edict_log_append(edi_sqlite_site_log(guard->site), seat->decision, guard->diagnostics);
  if (edict_decision_effect(seat->decision) != EDICT_PERMIT) return say_denied(seat, why);
  if (status == EDICT_OK) return SQLITE_OK;
  edi_sqlite_say_finding(why, "the decision cannot be logged, so nothing is served", status,
                         guard->diagnostics);
  return SQLITE_ERROR;
}

static int decide_columns(edi_sqlite_guard *guard, edi_sqlite_seat *seat, char **why) {
  size_t all = edict_product_top_column_count(edi_sqlite_site_product(guard->site), seat->dataset),
         count = 0;
  uint32_t *columns = sqlite3_malloc64((all + 1) * sizeof *columns);
  if (!columns) return SQLITE_NOMEM;
  for (size_t c = 0; c < all; c++)
    if (edi_sqlite_is_used(seat->used, c)) columns[count++] = (uint32_t)c;
  int rc = decide(guard, seat, columns, count, why);
  sqlite3_free(columns);
  return rc;
}

int edi_sqlite_guard_sit(edi_sqlite_guard *guard, size_t dataset, sqlite3_uint64 used,
                         edi_sqlite_seat **seat, char **why) {
  edi_sqlite_seat wanted = {.dataset = dataset,
                            .used = used,
                            .purpose_turn = guard->purpose_turn,
                            .snapshot = guard->snapshot};
  int rc = SQLITE_OK;
  wanted.statement = executing(guard);
  edi_sqlite_seat *s = find_seat(guard, &wanted);
  if (!s) {
    s = free_seat(guard);
    if (!s) return SQLITE_NOMEM;
    wanted.next = s->next;
    wanted.decision = s->decision;
    *s = wanted;
    rc = decide_columns(guard, s, why);
    s->valid_until = edict_decision_valid_until(s->decision);
    s->permits = rc == SQLITE_OK;
  }
  if (rc != SQLITE_OK) return rc;
  s->users++;
  *seat = s;
  return SQLITE_OK;
}
