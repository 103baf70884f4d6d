/* Logged: a federation of two products on a mesh, whose decisions go into a real log in a folder.
 *
 * The subject `ana` is one that the host vouches for, with a value for every type of attribute that
 * the mesh's vocabulary declares, so that all of them pass through the sealed inputs. */
#ifndef LOGGED_H
#define LOGGED_H

#include "log/record.h"
#include "support/mesh.h"

#define LOGGED_ORIGIN "orders.sales.example/log"
#define LOGGED_ID     "ana@people.example"
#define LOGGED_NOW    "2026-11-20T10:00:00Z"

typedef struct logged {
  mesh m;               /* product sales.orders */
  edict_product *books; /* finance.books */
  edict_decision *booked;
  char folder[512]; /* below TMPDIR; not there before the first open */
  unsigned char secret_key[64], auditor_public[32], auditor_secret[32];
  char *verifier; /* of secret_key */
  edict_log *log;
} logged;

/* The mesh with its engine, sessions and decisions; `extra` are more federal rules ("" for none). */
void logged_init(logged *l, const char *extra);
void logged_init_as(logged *l, const char *extra, const edict_engine_options *options);
/* The same, and both domains declare `own`. */
void logged_init_own(logged *l, const char *extra, const char *own, const edict_engine_options *options);
void logged_fini(logged *l); /* closes an open log; removes the folder and what is beside it */

/* Texts that stand in the subject and in no rule: none may be in the folder in clear. */
extern const char *const logged_private[];
/* A host's subject with these attributes; NULL: those of ana. */
void logged_subject(logged *l, const char *id, const edict_attribute *attributes, size_t count);

edict_status logged_open(logged *l);
/* Decides for sales.orders and appends; the status of the append. */
edict_status logged_ask(logged *l, const char *action, const char *columns, const char *context);
edict_status logged_append(logged *l, const edict_decision *decision);
edict_status logged_close(logged *l);
/* Permits, denials and refusals for both products; how many. */
size_t logged_everything(logged *l);

edict_status logged_verify(logged *l, edict_log_report *report);
/* Replays with an engine over the mesh's bundles whose floor of time is `now`. */
edict_status logged_replay(logged *l, int64_t now, edict_replay_report *report);

/* Writes bundle-0.edb and on, auditor.key and log.pub beside the folder. */
void logged_keep(const logged *l);
/* Frees, and leaves all files. */
void logged_leave(logged *l);

/* Calls `each` with every file of the folder and its bytes; false from it ends and is returned. */
bool logged_files(const logged *l,
                  bool (*each)(void *user, const char *path, const char *bytes, size_t length),
                  void *user);
/* Writes a file anew; aborts if it cannot. */
void logged_put(const char *path, const void *bytes, size_t length);

#endif
