/* Accounts: comparing payload files and bytes kept aside with the leaves that tell of them.
 *
 * Both sides are sorted, so each file is read once and found by halving. */
#include "log/accounts.h"

/* ---- leaves ---- */

/* Where `file` is or belongs. */
static size_t find_file(const edi_accounts *accounts, uint64_t file) {
  size_t low = 0, high = accounts->file_count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (accounts->files[middle].file < file) low = middle + 1;
    else high = middle;
  }
  return low;
}

static edi_account *account_of(edi_accounts *accounts, uint64_t file) {
  size_t at = find_file(accounts, file);
  if (at < accounts->file_count && accounts->files[at].file == file) return &accounts->files[at];
  if (!edi_arena_grow(accounts->arena, (void **)&accounts->files, &accounts->file_capacity,
                      accounts->file_count, sizeof *accounts->files))
    return NULL;
  memmove(&accounts->files[at + 1], &accounts->files[at],
          (accounts->file_count - at) * sizeof *accounts->files);
  accounts->file_count++;
  accounts->files[at] = (edi_account){.file = file};
  return &accounts->files[at];
}

static bool take_payload(edi_accounts *accounts, const edi_leaf_payload *leaf) {
  edi_account *account = account_of(accounts, leaf->file);
  if (!account) return false;
  account->finished = true;
  account->length = leaf->length;
  memcpy(account->digest, leaf->digest, sizeof account->digest);
  return true;
}

static bool take_recovery(edi_accounts *accounts, const edi_leaf_recovery *leaf) {
  if (leaf->length == 0) return true;
  if (!edi_arena_grow(accounts->arena, (void **)&accounts->recoveries, &accounts->recovery_capacity,
                      accounts->recovery_count, sizeof *accounts->recoveries))
    return false;
  accounts->recoveries[accounts->recovery_count++] = *leaf;
  return true;
}

bool edi_accounts_take(edi_accounts *accounts, uint8_t type, const uint8_t *payload,
                       size_t length) {
  edi_leaf_payload file;
  edi_leaf_erasure erasure;
  edi_leaf_recovery recovery;
  if (type == EDI_FRAME_PAYLOAD && edi_leaf_payload_decode(payload, length, &file))
    return take_payload(accounts, &file);
  if (type == EDI_FRAME_RECOVERY && edi_leaf_recovery_decode(payload, length, &recovery))
    return take_recovery(accounts, &recovery);
  if (type == EDI_FRAME_ERASURE && edi_leaf_erasure_decode(payload, length, &erasure)) {
    edi_account *account = account_of(accounts, erasure.file);
    if (account) account->erased = true;
    return account != NULL;
  }
  return true;
}

/* ---- files ---- */

static void tell(const edi_accounts_check *check, edi_code code, const char *file,
                 const char *what) {
  edi_log_damage damage = {code, file, 0, UINT64_MAX, 0, what};
  edi_log_tell(check->visitor, &check->verdict->log, check->diagnostics, &damage);
}

/* Length and digest of a file that the directory has, or had a moment ago. */
static edict_status measure(const edi_accounts_check *check, const char *name, uint64_t *length,
                            uint8_t digest[32], bool *there) {
  char path[EDI_LAYOUT_PATH_MOST];
  int error = 0;
  *there = false;
  if (!edi_layout_path(check->directory, name, path)) return EDICT_ARGUMENT;
  edict_status status = edi_layout_digest(check->system, path, length, digest, &error);
  *there = status == EDICT_OK;
  if (status == EDICT_OK || status == EDICT_NOT_FOUND) return EDICT_OK;
  edi_diagnostics_add(check->diagnostics, EDI_R0402, EDI_SPAN_NONE, "",
                      "%s: reading failed, error %d", name, error);
  return status;
}

static edict_status compare_payload(const edi_accounts_check *check, const edi_account *account,
                                    const char *name) {
  uint64_t length = 0;
  uint8_t digest[32];
  bool there;
  edict_status status = measure(check, name, &length, digest, &there);
  if (status != EDICT_OK) return status;
  check->verdict->payload_files++;
  if (!there)
    tell(check, EDI_R0417, name, "the payload file is missing and no leaf says that it was erased");
  else if (length != account->length || memcmp(digest, account->digest, sizeof digest) != 0)
    tell(check, EDI_R0416, name, "the payload file is not the one that the log accounts for");
  return EDICT_OK;
}

static edict_status compare_listed(const edi_accounts *accounts, const edi_accounts_check *check,
                                   edi_layout_name listed) {
  char name[EDI_LAYOUT_NAME_MOST];
  size_t at = find_file(accounts, listed.number);
  const edi_account *account =
      at < accounts->file_count && accounts->files[at].file == listed.number ? &accounts->files[at]
                                                                             : NULL;
  edi_layout_format(listed, name);
  if (account &&
      account->erased) { /* opening the log again finishes an erasure that was interrupted */
    tell(check, check->closed ? EDI_R0416 : EDI_R0426, name,
         "the payload file was erased and is there all the same");
    return EDICT_OK;
  }
  if (account && account->finished) return compare_payload(check, account, name);
  if (!check->complete) return EDICT_OK;
  if (check->closed)
    tell(check, EDI_R0423, name, "no leaf of the log accounts for this payload file");
  else check->verdict->payload_open++;
  return EDICT_OK;
}

static edict_status compare_payloads(const edi_accounts *accounts,
                                     const edi_accounts_check *check) {
  for (size_t i = 0; i < check->list->count; i++) {
    edict_status status = EDICT_OK;
    if (check->list->names[i].kind == EDI_LAYOUT_PAYLOAD)
      status = compare_listed(accounts, check, check->list->names[i]);
    if (status != EDICT_OK) return status;
  }
  for (size_t i = 0; i < accounts->file_count; i++) {
    const edi_account *account = &accounts->files[i];
    edi_layout_name name = {.kind = EDI_LAYOUT_PAYLOAD, .number = account->file};
    char text[EDI_LAYOUT_NAME_MOST];
    check->verdict->payload_erased += account->erased;
    if (account->erased || edi_layout_has(check->list, name)) continue;
    edi_layout_format(name, text);
    tell(check, EDI_R0417, text, "the payload file is missing and no leaf says that it was erased");
  }
  return EDICT_OK;
}

static edict_status compare_recovery(const edi_accounts_check *check,
                                     const edi_leaf_recovery *recovery) {
  edi_layout_name parsed = {.kind = EDI_LAYOUT_CUT,
                            .number = recovery->segment,
                            .offset = recovery->offset,
                            .ordinal = recovery->ordinal};
  char name[EDI_LAYOUT_NAME_MOST];
  uint64_t length = 0;
  uint8_t digest[32];
  bool there;
  edi_layout_format(parsed, name);
  edict_status status = measure(check, name, &length, digest, &there);
  if (status != EDICT_OK) return status;
  if (!there) tell(check, EDI_R0422, name, "the bytes that recovery kept aside are missing");
  else if (length != recovery->length || memcmp(digest, recovery->digest, sizeof digest) != 0)
    tell(check, EDI_R0422, name, "the bytes that recovery kept aside were changed");
  return EDICT_OK;
}

static void compare_cuts(const edi_accounts *accounts, const edi_accounts_check *check) {
  for (size_t i = 0; i < check->list->count; i++) {
    edi_layout_name name = check->list->names[i];
    bool told = false;
    if (name.kind != EDI_LAYOUT_CUT) continue;
    for (size_t j = 0; j < accounts->recovery_count && !told; j++)
      told = accounts->recoveries[j].segment == name.number &&
             accounts->recoveries[j].offset == name.offset &&
             accounts->recoveries[j].ordinal == name.ordinal;
    char text[EDI_LAYOUT_NAME_MOST];
    edi_layout_format(name, text);
    if (!told && check->complete && check->closed)
      tell(check, EDI_R0423, text, "no RECOVERY leaf tells of these bytes");
  }
}

edict_status edi_accounts_compare(const edi_accounts *accounts, const edi_accounts_check *check) {
  edict_status status = compare_payloads(accounts, check);
  for (size_t i = 0; i < accounts->recovery_count && status == EDICT_OK; i++)
    status = compare_recovery(check, &accounts->recoveries[i]);
  if (status == EDICT_OK) compare_cuts(accounts, check);
  return status;
}
