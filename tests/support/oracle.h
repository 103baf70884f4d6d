/* Oracle: the slow, obvious evaluator. Walks the checked tree of rules for one request and one row at
 * a time and decides everything from scratch; shares no code with emitter, linker, VM or plans.
 *
 * In: a checked model with its contracts, who asks for what, cells. Out: effect, rules that mattered,
 * the transform of each column, the fate of each row. Where it and the product differ, one is wrong. */
#ifndef ORACLE_H
#define ORACLE_H

#include "edict/decision.h"
#include "policy/symbols.h"

typedef struct oracle_value oracle_value;
struct oracle_value {
  unsigned base;          /* EDI_TYPE_*; 0: unknown */
  bool set, incomplete;
  bool given;             /* an attribute that the request names, with whatever text */
  int64_t integer;        /* BOOL INT DATE TIMESTAMP; NODE, LEVEL: symbol */
  edi_decimal decimal;
  edi_duration duration;
  edi_str text;           /* STRING ID */
  unsigned char ip[16];
  oracle_value *members;
  size_t member_count;
};

/* The rows of a table: for each its keys, then its values, of which those that are absent are unknown. */
typedef struct oracle_table {
  bool there;             /* there is data, which counts ... */
  int64_t from, until;    /* ... at these moments, the last not */
  const oracle_value *cells;
  size_t rows;
} oracle_table;

/* What a rule names: datasets or columns, a kind of resource. It is a matter of the rule's text alone. */
typedef struct oracle_named { bool dataset; uint32_t resource; } oracle_named;
const oracle_named *oracle_names(const edi_model *model, edi_arena *arena);

typedef struct oracle_request {
  const edi_model *model;
  const edi_contract_facts *contract;
  size_t dataset;
  uint32_t resource;         /* a kind of resource by symbol, asked about in place of a dataset; EDI_NONE */
  const oracle_table *tables; /* by table symbol; NULL: none has data */
  const oracle_named *named;  /* by rule, as oracle_names says; NULL: it is looked for each time */
  const oracle_value *attrs; /* by attribute symbol: subject, context and resource; product and dataset are looked up */
  uint32_t action;           /* node symbol, a leaf */
  const uint32_t *columns;
  size_t column_count;
  int64_t now;
  const bool *meets;         /* by obligation symbol: whether the host can */
  const edi_sym_rule *tried; /* a rule in shadow that counts as enforced, or NULL */
} oracle_request;

typedef enum oracle_truth { ORACLE_NO, ORACLE_YES, ORACLE_UNKNOWN } oracle_truth;

#define ORACLE_REASONS 256
typedef struct oracle_answer {
  edict_effect effect;
  struct { edi_str rule; oracle_truth holds; bool unmet; } reasons[ORACLE_REASONS];
  size_t reason_count;
  struct { const edi_oblige *oblige; edi_str rule; } obligations[ORACLE_REASONS];
  size_t obligation_count;
  struct { edi_str rule; oracle_truth holds; unsigned would; bool columns[64]; } shadows[ORACLE_REASONS];
  size_t shadow_count;
} oracle_answer;

/* The distinct values that a group must have, by column; 0: none. The last is of no column. */
void oracle_groups(const oracle_request *request, uint32_t least[65]);

void oracle_decide(const oracle_request *request, oracle_answer *answer);

/* What becomes of a row; only after a permit. */
edict_row oracle_row(const oracle_request *request, const edict_cell *cells);

/* The transform of one column for one row, in the words "show-last 4 *": name, then arguments. "keep"
 * and "null" for raw and the bottom. At most `size` bytes. */
void oracle_column(const oracle_request *request, uint32_t column, const edict_cell *cells, char *out, size_t size);

/* Text as a value of a type; for requests that a test makes. Members and texts are borrowed. */
oracle_value oracle_from_text(const edi_model *model, edi_type type, edi_str text);

/* Whether an attribute that the rule can read is unknown: the names that the decision should give. */
size_t oracle_unknowns(const oracle_request *request, edi_str rule, uint32_t *attrs, size_t most);

/* oracle_expr.c */
typedef struct oracle_context {
  const oracle_request *request;
  uint32_t column;            /* for column atoms */
  const edict_cell *cells;    /* the row, NULL outside of row expressions */
  const edi_expr *const *refs; /* the rule's row references ... */
  const uint32_t *choice;     /* ... and the column each stands for now; EDI_NONE: none */
  size_t ref_count;
} oracle_context;
oracle_value oracle_eval(const oracle_context *context, const edi_expr *expr);
oracle_truth oracle_test(const oracle_context *context, const edi_expr *expr); /* NULL: yes */
bool oracle_tag_covers(const edi_model *model, uint32_t tag, uint32_t asked);  /* at or below */
/* The tags of a column as served: an untagged one carries `untagged` and what it is served as. */
size_t oracle_column_tags(const oracle_request *request, uint32_t column, uint32_t *tags, size_t most);
oracle_value oracle_cell(const oracle_request *request, const edict_cell *cell, unsigned base, edi_type type);
/* As a value of another type, where it fits without force; unknown where its text does not. */
oracle_value oracle_as(oracle_value value, unsigned base);
oracle_truth oracle_equal(const edi_model *model, const oracle_value *a, const oracle_value *b);
oracle_truth oracle_and(oracle_truth a, oracle_truth b);
oracle_truth oracle_not(oracle_truth a);

/* oracle_outside.c: what comes from addresses and tables; and what came of all that were asked, by oracle_truth, or of
 * a value of a table whether it is known. */
typedef struct oracle_outside { uint64_t blocks[3], tables[3], values[2]; } oracle_outside;
extern oracle_outside oracle_asked;
bool oracle_address(edi_str text, unsigned char out[16]);
oracle_truth oracle_in_block(oracle_value address, edi_str block);
oracle_truth oracle_in_table(const oracle_context *context, const edi_expr *expr);
oracle_value oracle_table_value(const oracle_context *context, const edi_expr *expr);

#endif
