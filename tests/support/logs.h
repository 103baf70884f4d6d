/* Logs: what tests of the decision log share: keys, options, records, verification with the first
 * damage remembered. */
#ifndef LOGS_H
#define LOGS_H

#include "log/layout.h"
#include "log/seal.h"
#include "log/verify.h"
#include "support/disk.h"

#define LOGS_ORIGIN "orders.sales.example/log"

/* Small segments, the default batch; signed with a fixed key, sealed to a fixed auditor. */
edi_store_options logs_options(void);
edi_note_key logs_key(void);
void logs_auditor(uint8_t public_key[32], uint8_t secret_key[32]);

/* Record number `n`: its bytes depend on n alone. Returns the length, at most 600. */
size_t logs_record(uint64_t n, uint8_t *bytes);
#define LOGS_RECORD_MOST 600

typedef struct logs_damage {
  edi_code code;
  char file[EDI_LAYOUT_NAME_MOST];
  uint64_t offset;
  size_t count; /* errors and warnings */
} logs_damage;

/* Verifies with the fixed key. `first` (may be NULL) is the first damage that is an error, else the
 * first warning. Diagnostics are checked to be there if the status is not OK. */
edict_status logs_verify(const edi_system *system, const char *directory, edi_log_verdict *verdict, logs_damage *first);

/* Opens; says what is wrong on standard output if it fails and `expected` is OK. */
edict_status logs_open(disk *d, const edi_store_options *options, edi_store **store);

/* Text of the findings; free() it. */
char *logs_findings(const edict_diagnostics *list);

#endif
