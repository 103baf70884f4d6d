/* Tokened: a mesh whose subjects come with tokens, of two issuers whose keys the host hands over.
 *
 *   corp    https://login.corp.example   ES256, k-1 and k-2; takes back in table taken-back, reads act.sub
 *   other   https://other.example        ES256, o-1
 *   host
 *
 * Product sales.orders has the dataset orders with the columns id and email; staff may read it and memos, and see pseudonyms of
 * email that join within the reader. The data of taken-back are fresh until 2026-12-01. */
#ifndef TOKENED_H
#define TOKENED_H

#include "support/mesh.h"
#include "support/mint.h"

#define TOKENED_NOW INT64_C(1795168800000000) /* 2026-11-20T10:00:00Z */

typedef struct tokened {
  mesh m;
  EVP_PKEY *keys[3]; /* k-1, k-2, o-1 */
  char *sets[3];     /* corp: both; corp: k-2 alone; other */
  edict_question *question; /* prepared when it is first asked, so that decisions hold both from then on */
  edict_entity *memo;
} tokened;

/* `taken_back` are lines "claim,value"; NULL: the table has no data. The engine is made, with all keys. */
void tokened_init(tokened *t, const char *taken_back);
void tokened_fini(tokened *t);

/* A token of key number `key` for `sub`, valid for an hour from ten minutes before TOKENED_NOW, its role staff. `more`
 * are further members, each with a comma before it, such as ",\"jti\":\"t-1\"". */
edi_buf tokened_mint(const tokened *t, size_t key, const char *sub, const char *more);
/* A session of the engine; the code of what was found in *code (may be NULL). */
edict_status tokened_session(tokened *t, const edi_buf *token, int64_t now, edict_session **session, const char **code);
/* Whether `session` may read at `now`; *status is that of the decision. */
bool tokened_reads(tokened *t, const edict_session *session, int64_t now, edict_status *status);

#endif
