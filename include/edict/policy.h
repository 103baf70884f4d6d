/* Policy: a project of rule files and contracts, checked and built into bundles (libedict-policy).
 *
 * For governance groups, tools and tests; a data product needs none of it. Everything that an author
 * wrote wrongly is a finding in the diagnostics and the status EDICT_FINDINGS. Since 0.1. */
#ifndef EDICT_POLICY_H
#define EDICT_POLICY_H

#include <stddef.h>
#include <stdint.h>

#include "edict/decision.h"
#include "edict/diagnostics.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A project read from its edict.yaml and checked; immutable, used by one thread at a time. */
typedef struct edict_project edict_project;

/* Reads edict.yaml at `path` and every file it names (for a domain also the federal bundle), checks
 * all of it and resolves the contracts. On EDICT_FINDINGS the diagnostics tell everything found. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_project_open(const char *path, edict_project **project,
                                                             edict_diagnostics *diagnostics);
/* The same for a domain on a federal bundle that is at hand, in the place of the file that edict.yaml names:
 * `federal`, 8-byte aligned, must stay while the project lives. NULL: that file. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_project_open_on(const char *path, const void *federal,
                                                                size_t length, edict_project **project,
                                                                edict_diagnostics *diagnostics);
/* The same with all that can be chosen. `lenient`: a tag or level of a column that nobody declared closes that column
 * (W0964) and is no error. */
typedef struct edict_project_options {
  size_t size;                /* sizeof(edict_project_options) */
  const void *federal;        /* as above */
  size_t federal_length;
  int lenient;
} edict_project_options;
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_project_open_with(const char *path, const edict_project_options *options,
                                                                  edict_project **project,
                                                                  edict_diagnostics *diagnostics);
EDICT_EXPORT void edict_project_destroy(edict_project **project);

/* The bundle's name and layer ("federal", "domain sales"); the path of the federal bundle that a domain
 * is built on, NULL for the federal layer. Valid while the project lives. */
EDICT_EXPORT const char *edict_project_name(const edict_project *project);
EDICT_EXPORT const char *edict_project_layer(const edict_project *project);
EDICT_EXPORT const char *edict_project_parent(const edict_project *project);

/* The unsigned bundle. The same sources give the same bytes anywhere; the caller frees them with
 * edict_text_free. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_project_build(const edict_project *project, char **bytes,
                                                              size_t *length, edict_diagnostics *diagnostics);
/* Table data files that the project holds, each a bundle of its own. */
EDICT_EXPORT size_t edict_project_table_count(const edict_project *project);
EDICT_EXPORT const char *edict_project_table_name(const edict_project *project, size_t index);
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_project_build_table(const edict_project *project, size_t index,
                                                                    char **bytes, size_t *length,
                                                                    edict_diagnostics *diagnostics);
/* Builds a bundle of rules anew from the sources that it carries, a domain's on this federal bundle (both 8-byte
 * aligned): EDICT_OK if the same bytes come out, signatures apart. EDICT_FINDINGS: others do, or the sources have
 * findings; EDICT_UNSUPPORTED: it carries no sources; EDICT_ARGUMENT: a domain's, without a federal bundle. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_bundle_rebuild(const void *bundle, size_t length, const void *federal,
                                                               size_t federal_length, edict_diagnostics *diagnostics);
/* What a federation trusts its domains to state: one fact a line, with the rules that read it, then the names
 * that it trusts; with `json` one object. The caller frees the text. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_project_openings(const edict_project *project, int json, char **text,
                                                                 size_t *length);

/* ---- layout ---- */

/* The one layout of a rule file: the same words and comments in their canonical form, which parses to
 * the same rules and is its own layout. `name` stands in messages. The caller frees *formatted with
 * edict_text_free. EDICT_FINDINGS: the text does not parse, and the diagnostics tell why; EDICT_LIMIT:
 * it would become too large; NULL in *formatted then. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_rules_format(const char *name, const char *text, size_t length,
                                                             char **formatted, size_t *formatted_length,
                                                             edict_diagnostics *diagnostics);

/* ---- `test` blocks of the project's own files as data; texts live as long as the project and end in a
 * NUL ---- */
typedef enum edict_expect_kind {
  EDICT_EXPECT_PERMIT = 1,
  EDICT_EXPECT_DENY = 2,
  EDICT_EXPECT_COLUMN = 3,
  EDICT_EXPECT_ROW = 4,
  EDICT_EXPECT_OBLIGE = 5,
  EDICT_EXPECT_SHADOW = 6,
  EDICT_EXPECT_GROUPS = 7,
} edict_expect_kind;
typedef struct edict_test_cell { const char *column; edict_cell cell; } edict_test_cell;
typedef struct edict_expectation {
  edict_expect_kind kind;
  uint32_t line;                 /* in the test's file */
  const char *text;              /* as it was written, on one line */
  const char *rule;              /* PERMIT, DENY, SHADOW: qualified; the first two, NULL: any */
  const char *column;            /* COLUMN; GROUPS: of which each group has at least `least` values */
  const char *transform;         /* COLUMN: "show-last"; "keep" where nothing masks */
  const char *arguments;         /* COLUMN: `4`; NULL: not compared */
  const edict_test_cell *cells;  /* ROW: what is in it; a column not named is NULL */
  size_t cell_count;
  edict_row outcome;             /* ROW: SHOWN, WITHHELD, ERASABLE, or HIDDEN for anything not shown */
  const edict_test_cell *shown;  /* ROW shown: what comes out, or NULL: not compared */
  size_t shown_count;
  const char *obligation;        /* OBLIGE: qualified */
  const edict_text *obligation_arguments; /* OBLIGE: as edict_decision_obligation_argument gives them */
  size_t obligation_argument_count;
  uint32_t least;                /* GROUPS */
} edict_expectation;
typedef struct edict_test {
  const char *title, *file;
  uint32_t line;
  const char *product, *dataset, *action; /* dataset: the kind of resource if is_resource */
  const char *const *columns;
  size_t column_count;
  const char *issuer, *id;
  const edict_attribute *subject, *context;
  size_t subject_count, context_count;
  int64_t now;
  const char *const *tables;     /* qualified names of tables whose data is the test's own */
  const edict_named_key *keys;   /* the keys that have material in this test, if there are any */
  size_t table_count, key_count;
  const edict_expectation *expects;
  size_t expect_count;
  int is_resource;
  const edict_attribute *resource;
  size_t resource_count;
} edict_test;
/* Paths of the projects that `test-with` names, ready to open. */
EDICT_EXPORT size_t edict_project_test_with_count(const edict_project *project);
EDICT_EXPORT const char *edict_project_test_with(const edict_project *project, size_t index);
EDICT_EXPORT size_t edict_project_test_count(const edict_project *project);
EDICT_EXPORT edict_status edict_project_test(const edict_project *project, size_t index, edict_test *test);
/* The rows that a test gives its table `table`, as a bundle that is good at any time; edict_text_free it. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_project_test_table(const edict_project *project, size_t index,
                                                                   size_t table, char **bytes, size_t *length,
                                                                   edict_diagnostics *diagnostics);

/* ---- the rules of the project's own files, with each condition and where it stands ---- */
enum { EDICT_CAN_NO = 1, EDICT_CAN_YES = 2, EDICT_CAN_UNKNOWN = 4 }; /* 1 << edict_holds */
typedef struct edict_rule_part {
  const char *part;              /* as in edict_condition */
  uint32_t number;
  uint32_t line;
  unsigned can;                  /* what it can come out as; of "applies" what should be seen of it */
  uint32_t leaf;                 /* which comparison of the part, from 1; 0: the part as a whole, which comes first */
  int negated;                   /* of a comparison: `!=`, `is not`, `not in`, so that edict_condition says the opposite */
  const char *text;              /* of a comparison: as it is written, on one line; else "" */
} edict_rule_part;
typedef struct edict_rule_info {
  const char *name, *file;
  uint32_t line;
  const edict_rule_part *parts;  /* "applies" first */
  size_t part_count;
} edict_rule_info;
typedef struct edict_rule_list edict_rule_list;
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_rule_list_create(const edict_project *project, edict_rule_list **list);
EDICT_EXPORT void edict_rule_list_destroy(edict_rule_list **list);
EDICT_EXPORT size_t edict_rule_list_count(const edict_rule_list *list);
EDICT_EXPORT const edict_rule_info *edict_rule_list_at(const edict_rule_list *list, size_t index); /* NULL past the last */

/* ---- analysis: what the rules never do, and what they do beside each other ----
 *
 * Some warnings are proved; the others come with requests that show them, each a test of a product which an
 * additional bundle holds. Whoever has an evaluator asks it and confirms what it says; only then is such a
 * warning told. `workbench/linter.h` does all of that. */
typedef struct edict_analysis edict_analysis;

typedef struct edict_analysis_options {
  size_t size;              /* sizeof(edict_analysis_options) */
  int64_t now;              /* microseconds since 1970, for rules that end soon; INT64_MIN: no clock */
  int unused;               /* 1: a federation's declarations that none of its rules uses, too */
} edict_analysis_options;
/* Looks at the project's own rules. The project must live as long. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_analysis_create(const edict_project *project,
                                                                const edict_analysis_options *options,
                                                                edict_analysis **analysis);
EDICT_EXPORT void edict_analysis_destroy(edict_analysis **analysis);
EDICT_EXPORT size_t edict_analysis_witness_count(const edict_analysis *analysis);
/* Request `index`, which holds if everything it expects does, and the world that it is asked in: the bundles that are
 * loaded together. Products of one name are in worlds apart; an odd world is the one before it without the rules that deny:
 * edict_engine_shadow_denials. */
EDICT_EXPORT edict_status edict_analysis_witness(const edict_analysis *analysis, size_t index, edict_test *test,
                                                size_t *world);
/* Rule `which` (qualified) that must be among its reasons with yes; NULL past the last. */
EDICT_EXPORT const char *edict_analysis_witness_rule(const edict_analysis *analysis, size_t index, size_t which);
/* The evaluator answered request `index` as expected. */
EDICT_EXPORT void edict_analysis_confirm(edict_analysis *analysis, size_t index);
/* The bundles of a world, below EDICT_ANALYSIS_WORLDS: how many, and each of them, unsigned; the caller frees the bytes. */
#define EDICT_ANALYSIS_WORLDS 32
EDICT_EXPORT size_t edict_analysis_bundle_count(const edict_analysis *analysis);
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_analysis_bundle(const edict_analysis *analysis, size_t index,
                                                                size_t world, char **bytes, size_t *length);
/* The project's own bundle as it is asked: what a build would find is found, and the text of its rules, which nobody who
 * evaluates them reads, is not in it. The caller frees it. For the federal layer it is the first of the bundles above, and a
 * build would find one thing more, a defect of ours: that the bundle cannot be loaded. Who loads it finds that as well, and who
 * does not calls edict_trial_verify, which takes as much work and memory. */
typedef struct edict_trial {
  char *bytes;
  size_t length;
} edict_trial;
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_project_trial(const edict_project *project, edict_trial *trial,
                                                              edict_diagnostics *diagnostics);
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_trial_verify(const edict_trial *trial, edict_diagnostics *diagnostics);
/* Adds what was proved or confirmed. `refused`: why the evaluator could not be asked, or NULL.
 * `diagnostics`: the list that the project was opened with. */
EDICT_EXPORT void edict_analysis_tell(const edict_analysis *analysis, const char *refused, edict_diagnostics *diagnostics);

#ifdef __cplusplus
}
#endif
#endif
