/* Accounts: what the log's leaves say about the other files of its directory, and whether the files
 * are so. For verification.
 *
 * In: committed PAYLOAD, ERASURE and RECOVERY leaves, then the directory. Out: one damage for each
 * file that is missing, changed, left over or not accounted for. */
#ifndef EDI_ACCOUNTS_H
#define EDI_ACCOUNTS_H

#include "log/leaves.h"
#include "log/verify.h"

typedef struct edi_account { /* one payload file */
  uint64_t file, length;
  uint8_t digest[32];
  bool finished, erased;
} edi_account;

typedef struct edi_accounts {
  edi_arena *arena;
  edi_account *files; /* sorted by number */
  size_t file_count, file_capacity;
  edi_leaf_recovery *recoveries; /* with bytes kept aside */
  size_t recovery_count, recovery_capacity;
} edi_accounts;

/* Takes a committed leaf; others than the three are passed over. False: no memory. */
bool edi_accounts_take(edi_accounts *accounts, uint8_t type, const uint8_t *payload,
                       size_t length) EDICT_MUST_CHECK;

typedef struct edi_accounts_check {
  const edi_system *system;
  const char *directory;
  const edi_layout_list *list;
  bool closed;   /* files without a leaf do not belong here */
  bool complete; /* every leaf was read: what has no leaf may be called so */
  edi_log_verdict *verdict;
  const edi_log_visitor *visitor;
  edict_diagnostics *diagnostics;
} edi_accounts_check;

/* OK also when there is damage; SYSTEM, MEMORY. */
edict_status edi_accounts_compare(const edi_accounts *accounts,
                                  const edi_accounts_check *check) EDICT_MUST_CHECK;

#endif
