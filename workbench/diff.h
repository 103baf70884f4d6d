/* Diff: what changed for whom between two sets of bundles, shown by requests that both sets decide.
 *
 * In: the bundles of both sides. Out: what they say otherwise, and requests whose outcome changes, each asked of both
 * engines and made as small as it stays so. The same input gives the same report: the search draws from a fixed seed.
 * A search ends; what it did not look at stands in the report. */
#ifndef EDICT_DIFF_H
#define EDICT_DIFF_H

#include "base/bytes.h"
#include "edict/compare.h"
#include "edict/edict.h"

/* What a change is to whoever asks, the worst last. DIFFERS: neither more nor less, or both: it counts as opening. */
typedef enum diff_verdict { DIFF_SAME, DIFF_CLOSES, DIFF_DIFFERS, DIFF_OPENS, DIFF_VERDICTS } diff_verdict;
const char *diff_verdict_word(diff_verdict verdict); /* "same", "closes", "differs", "opens" */

/* One thing of an outcome that is not the same: "column phone", "null", "keep". */
typedef struct diff_aspect {
  const char *what, *before, *after;
  diff_verdict verdict;
} diff_aspect;

typedef struct diff_finding {
  diff_verdict verdict;
  bool permits[2];              /* by side */
  bool supposed;                /* the contract is; else it is of a product that the sides carry */
  bool opens;                   /* ... with a domain that permits all that delegates let it */
  bool known[2];                /* whether the side has the product, the issuer and the resource at all */
  const char *example;          /* the request, as the lines of a `test` block */
  const diff_aspect *aspects;
  size_t aspect_count;
  const char *const *rules[2];  /* of each side, those that decided */
  size_t rule_counts[2];
  uint64_t like;                /* how many requests came out like it, this one among them */
} diff_finding;

typedef struct diff_options {
  const edict_bytes *bundles[2];
  size_t counts[2];
  uint64_t requests;            /* at most so many are asked; 0: DIFF_REQUESTS */
  size_t shown;                 /* at most so many are shown; 0: DIFF_SHOWN */
} diff_options;
enum { DIFF_REQUESTS = 20000, DIFF_SHOWN = 20 };

typedef struct diff_report {
  edi_arena arena;              /* owns all that is below but the comparison */
  edict_comparison *comparison;
  diff_finding *findings;       /* those that open first */
  size_t finding_count;
  uint64_t found[DIFF_VERDICTS]; /* requests by verdict */
  uint64_t kinds;               /* of changed outcomes, those not shown among them */
  uint64_t asked, rows;         /* requests and rows, each of both sides */
  size_t contracts, products;   /* that were asked about */
  size_t changes;               /* that can change an answer */
  size_t beyond;                /* changes that no request shows */
  bool searched;                /* false: nothing changed that could be searched for */
  bool bounded;                 /* the search met its bound */
  size_t skipped;               /* products and supposed contracts that the bound left no request for */
  size_t unwritable;            /* supposed contracts that no bundle could hold */
  bool unbindable;              /* some product could not be bound on a side */
} diff_report;

edict_status diff_run(const diff_options *options, diff_report *report, edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
void diff_report_fini(diff_report *report);
/* The worst that was found, by requests or by what no request shows. */
diff_verdict diff_report_verdict(const diff_report *report);

/* For people, or as one JSON object (docs/diff.md); the caller frees it with edict_text_free. */
edict_status diff_report_write(const diff_report *report, bool json, char **text, size_t *length) EDICT_MUST_CHECK;
/* What opens, closes, is different or cannot be told, as JSON lines for a SARIF log, each where a rule that changed stands. */
edict_status diff_report_lines(const diff_report *report, char **text, size_t *length) EDICT_MUST_CHECK;

#endif
