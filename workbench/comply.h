/* Comply: contracts held to the `require` rules of a project, each answer the evaluator's own.
 *
 * In: a project, contracts, a time. Out: for each dataset of each contract that could be read what it makes of
 * each rule that is about it, and a finding where it does not meet one. */
#ifndef EDICT_COMPLY_H
#define EDICT_COMPLY_H

#include "base/bytes.h"
#include "edict/contracts.h"

typedef enum comply_result { COMPLY_MET, COMPLY_UNMET, COMPLY_UNDECIDED } comply_result;
typedef struct comply_answer {
  size_t contract, dataset, rule; /* of the set; contract SIZE_MAX: it is about a port, and `dataset` is that port's number */
  comply_result result;
  const char *unknown;            /* UNDECIDED: attributes, separated by commas */
} comply_answer;

typedef struct comply_options {
  char *const *paths;             /* of contracts; count 0: those that the project names */
  size_t count;
  const char *const *products;         /* paths of data products, whose ports are looked for among the contracts */
  size_t product_count;
  int64_t now;                    /* microseconds: whether a rule is in force */
  int lenient;
  const char *domain;             /* of contracts that name none; NULL: they have to */
} comply_options;

typedef struct comply_report {
  edi_arena arena;
  edict_contract_set *set;
  comply_answer *answers;         /* in the order of contracts, datasets, rules; then of ports, rules */
  size_t count, capacity;
  /* Of contracts: those that could not be read, those with an unmet or undecided rule that is enforced. */
  size_t refused, failed;
  size_t astray;                  /* ports whose contract is not there or of another version, data products that cannot be read */
  size_t ports_failed;            /* those with an unmet or undecided rule that is enforced */
  size_t datasets, met, unmet, undecided, shadow; /* shadow: unmet or undecided, of rules in shadow */
} comply_report;

/* What becomes of a port: "another version", or "missing" if the contract that it names is not here; else "unmet" or
 * "undecided", as the rules about it are; else "missing" if it names none, and "elsewhere" for an input port of one that nobody
 * gave; else as its contract's datasets do, "met", "unmet", "undecided" or "refused". */
const char *comply_port_result(const comply_report *report, size_t port);

/* EDICT_EXPIRED: nothing can be asked at that time. EDICT_FINDINGS if a contract is refused or fails; `diagnostics` is the list that the project was opened with. */
edict_status comply_run(const edict_project *project, const comply_options *options, comply_report *report,
                        edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
void comply_report_fini(comply_report *report);

/* `format` is "text", "json" or "junit"; the caller frees the text with edict_text_free. "text" is a summary: the
 * findings are in the diagnostics. */
edict_status comply_render(const char *format, const char *project, const comply_report *report,
                           edict_diagnostics *diagnostics, char **text, size_t *length) EDICT_MUST_CHECK;

#endif
