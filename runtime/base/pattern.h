/* Pattern: the one door for regular expressions. PCRE2 behind limits of our own; the same engine and
 * the same limits in every mode, so an answer never depends on where it is computed.
 *
 * Two uses with two engines. A *condition* (`matches /re/`) matches the whole string with
 * pcre2_dfa_match, which does not backtrack, and refuses captures, back-references and lookaround
 * when it is compiled. A *substitution* (the mask `regex`) uses pcre2_match with match, depth and
 * heap limits. A limit that is hit is EDI_PATTERN_UNKNOWN: the caller closes. UTF mode always, with
 * classes that mean ASCII; no JIT, no callouts, no \C, no (*VERB), no recursion. */
#ifndef EDI_PATTERN_H
#define EDI_PATTERN_H

#include "base/bytes.h"

/* Bytes. A longer subject is UNKNOWN. Limits inside of these depend on the subject's length alone, so
 * that the worst case stays in the milliseconds to about a second (see pattern.c). */
enum {
  EDI_PATTERN_SOURCE_MOST = 1000,
  EDI_PATTERN_SUBJECT_MOST = 16 * 1024,   /* of a condition */
  EDI_PATTERN_SUBSTITUTE_MOST = 8 * 1024, /* of a substitution */
};

typedef struct edi_pattern edi_pattern; /* immutable once compiled; shared by threads */

typedef enum edi_pattern_use { EDI_PATTERN_CONDITION, EDI_PATTERN_SUBSTITUTE } edi_pattern_use;
typedef enum edi_pattern_result {
  EDI_PATTERN_NO = 0,
  EDI_PATTERN_YES = 1,
  EDI_PATTERN_UNKNOWN = 2, /* a limit was hit, or the subject is not UTF-8 */
} edi_pattern_result;

/* Scratch a match needs; one per thread, made once, so that matching allocates nothing. */
typedef struct edi_pattern_scratch edi_pattern_scratch;
edict_status edi_pattern_scratch_create(edi_pattern_scratch **scratch);
void edi_pattern_scratch_destroy(edi_pattern_scratch *scratch);

/* Compiles `source` (at most 1,000 bytes). On FINDINGS, `*why` (static text) says what is wrong and
 * `*at` where, in bytes. */
edict_status edi_pattern_compile(edi_str source, edi_pattern_use use, edi_pattern **pattern,
                                 const char **why, size_t *at) EDICT_MUST_CHECK;
void edi_pattern_destroy(edi_pattern *pattern);

/* The whole of `subject`; EDI_PATTERN_CONDITION patterns only. No allocation. */
edi_pattern_result edi_pattern_match(const edi_pattern *pattern, edi_pattern_scratch *scratch,
                                     edi_str subject);
/* Replaces every match by `replacement` ($1 to $9, ${name} not offered, $$ is a dollar) into out.
 * UNKNOWN also when the result needs more than `capacity` bytes. NO: no match, and out holds the
 * subject unchanged. No allocation. */
edi_pattern_result edi_pattern_substitute(const edi_pattern *pattern, edi_pattern_scratch *scratch,
                                          edi_str subject, edi_str replacement, char *out,
                                          size_t capacity, size_t *length);
/* Whether `replacement` names only groups that the pattern has. */
bool edi_pattern_replacement_valid(const edi_pattern *pattern, edi_str replacement);

#endif
