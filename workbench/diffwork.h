/* Diff work: what the files of the search share; private to diff*.c.
 *
 * A request and a contract are held by value, with room for what an edit adds, so that an edit is a copy. Texts are of
 * the comparison or of the report's arena. A bench is two engines; a stand is one product on both. */
#ifndef EDICT_DIFFWORK_H
#define EDICT_DIFFWORK_H

#include "workbench/diff.h"

enum {
  WORK_ATTRIBUTES = 24, WORK_VALUES = 12, WORK_COLUMNS = 48, WORK_TAGS = 12,
  WORK_ROWS_CLOSE = 192, WORK_ROWS_FAR = 12, WORK_CELLS = 128, WORK_WIDTH = 4096, WORK_ROW_CELLS = 16, WORK_ROW_MEMORY = 1 << 18,
};

typedef struct work_attribute { edict_text name, values[WORK_VALUES]; size_t count; } work_attribute;
typedef struct work_attributes { work_attribute items[WORK_ATTRIBUTES]; size_t count; } work_attributes;

/* A row by the names of its columns; what is not named is NULL. */
typedef struct work_row { bool set; edict_text names[WORK_ROW_CELLS]; edict_cell cells[WORK_ROW_CELLS]; size_t count; } work_row;

typedef struct work_request {
  const char *action, *issuer, *id;
  const char *kind;             /* of resource; NULL: the dataset */
  work_attributes subject, context, resource;
  edict_text columns[WORK_COLUMNS]; /* asked for; none: all that both sides have */
  size_t column_count;
  int64_t now;
  work_row rows[DIFF_VERDICTS]; /* by what became of them: these are tried before any other */
} work_request;

typedef struct work_tags { edict_text items[WORK_TAGS]; size_t count; } work_tags;
typedef struct work_column { edict_text name, level; const char *type; work_tags tags; } work_column;
typedef struct work_contract {
  edict_text product, domain, dataset, level;
  bool named;                   /* a rule asks for its name, which stays */
  work_tags product_tags, dataset_tags;
  work_attributes product_attributes, dataset_attributes;
  work_column columns[WORK_COLUMNS];
  size_t column_count;
} work_contract;

typedef struct work_random { uint64_t state; } work_random;
uint64_t work_below(work_random *random, uint64_t n);

/* ---- diff_edit.c: from and to the forms of the comparison, and edits ---- */
void work_request_of(const edict_test *test, work_request *request);
void work_contract_of(const edict_supposed_contract *from, work_contract *contract);
/* The form of the API, in the arena. False without memory. */
bool work_contract_api(edi_arena *arena, const work_contract *contract, edict_supposed_contract *out);
bool work_attributes_api(edi_arena *arena, const work_attributes *attributes, edict_attribute **out);
/* One to four values changed by what the pools hold. */
void work_request_vary(const edict_comparison *comparison, work_random *random, work_request *request);
/* Way number `at` to give a member to a set of the subject's that is empty, since what has none sees no rows of some
 * rules; false: there is no such one. */
bool work_request_fill(const edict_comparison *comparison, work_request *request, size_t at);
void work_contract_vary(const edict_comparison *comparison, work_random *random, work_contract *contract);
/* Edit number `at` of those that make it smaller; false: there is no such one. */
bool work_request_shrink(work_request *request, size_t at);
bool work_contract_shrink(work_contract *contract, size_t at);
size_t work_request_size(const work_request *request);

/* ---- diff_stand.c: one product, asked of both sides ---- */
typedef struct work_bench {
  const edict_comparison *comparison;
  edict_bundle_list lists[2];
  edict_engine *engines[2];
} work_bench;
edict_status work_bench_open(const edict_comparison *comparison, const edict_supposed_contract *contracts, size_t count, bool opens,
                             work_bench *bench, edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
void work_bench_close(work_bench *bench);

/* Room for rows, used again and again. */
typedef struct work_desk {
  edict_cell *in[2], *out[2];
  char *memory;
  struct work_rows *rows;
} work_desk;
bool work_desk_make(edi_arena *arena, work_desk *desk); /* false without memory */
struct work_rows *work_rows_make(edi_arena *arena);

typedef struct work_stand {
  const work_bench *bench;
  edict_product *products[2];   /* NULL: the side does not have it */
  edict_decision *decisions[2];
  edict_session *sessions[2];
  work_attributes subject;      /* that the sessions are of */
  const char *issuer;
  size_t dataset[2];
  const char *dataset_name;
  size_t column_count;          /* that both sides' datasets have, of the name's on either */
  size_t columns[WORK_COLUMNS][2]; /* by side; SIZE_MAX: it lacks it */
  const char *column_names[WORK_COLUMNS];
  const char *column_types[WORK_COLUMNS];
  size_t widths[2];             /* all columns of the dataset */
  const work_desk *desk;
  work_row found[DIFF_VERDICTS]; /* of the last request: a row for each verdict that rows had */
  uint64_t rows;                /* asked so far */
  bool unbindable;
} work_stand;
edict_status work_stand_open(work_stand *stand, const work_bench *bench, const work_desk *desk, const char *product) EDICT_MUST_CHECK;
void work_stand_dataset(work_stand *stand, const char *dataset);
void work_stand_close(work_stand *stand);

/* What is different, for people; in an arena. NULL of it: only the verdict is asked for. */
typedef struct work_detail {
  edi_arena *arena;
  diff_aspect *items;
  size_t count, capacity;
  bool failed;
} work_detail;
typedef struct work_outcome { diff_verdict verdict; bool permits[2], known[2]; } work_outcome;
/* Asks both sides. `rows`: how many rows are tried at most. */
edict_status work_ask(work_stand *stand, const work_request *request, size_t rows, work_random *random, work_detail *detail,
                      work_outcome *outcome) EDICT_MUST_CHECK;

diff_verdict work_worst(const bool seen[DIFF_VERDICTS]);

/* ---- diff_rows.c ---- */
void work_rows(work_stand *stand, const work_request *request, size_t most, work_random *random, work_detail *detail, bool seen[DIFF_VERDICTS]);
void work_detail_add(work_detail *detail, const char *what, const char *before, const char *after, diff_verdict verdict);
const char *work_text(work_detail *detail, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- diff_report.c: a finding for people, but for its number ---- */
/* What no request does about a change that is beyond. */
const char *work_beyond_words(const edict_change *change);
void work_finding_text(const diff_finding *finding, edi_buf *into);

#endif
