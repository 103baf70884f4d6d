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

/* Appends a short record; aborts if that fails. */
void logs_put(edi_store *store, uint64_t n, bool durable);
/* A closed log with every kind of file and leaf: two segments, three payload files, one of them
 * erased, bytes that recovery cut, drops. The same bytes each time. */
disk *logs_rich(void);

/* Who can write files and not sign can compute CRCs. */
typedef struct logs_forger {
  uint8_t *bytes; /* of the segment */
  size_t size;
  uint32_t seed;
} logs_forger;
logs_forger logs_forge(disk *d, const char *segment);
uint8_t *logs_frame(const logs_forger *f, size_t n); /* frame number n, from 0 */
void logs_reseal(const logs_forger *f, uint8_t *frame);

/* Verifies with the fixed key. `first` (may be NULL) is the first damage that is an error, else the
 * first warning. Diagnostics are checked to be there if the status is not OK. */
edict_status logs_verify(const edi_system *system, const char *directory, edi_log_verdict *verdict,
                         logs_damage *first);

/* Opens; says what is wrong on standard output if it fails and `expected` is OK. */
edict_status logs_open(disk *d, const edi_store_options *options, edi_store **store);

/* Text of the findings; free() it. */
char *logs_findings(const edict_diagnostics *list);

#endif
