/* Sieve: what of a decision depends on the row, as a small program over blocks of rows.
 *
 * In: a plan that permits, and batches. Out: for each row what edi_plan_row says of it. Each rule about rows is
 * kept in each way to read it as two expressions over bitmaps, one of the rows where it is surely yes and one of
 * those where it is surely no; unknown is neither. Leaves are conditions about one column, which the lanes answer
 * where the column's layout lets them, else the VM, once for each value that is met; what reads several columns
 * in a way that lanes do not have is left open, and the VM runs the whole code for those rows that it leaves open.
 * So nothing here says again what an instruction means, but comparisons of numbers with a constant. */
#ifndef EDI_SIEVE_H
#define EDI_SIEVE_H

#include "eval/lanes.h"
#include "eval/plan.h"
#include "eval/table.h"
#include "eval/vector.h"

/* How a condition about one column compares. NONE: in some other way. */
typedef enum edi_relation { EDI_RELATION_NONE, EDI_RELATION_EQ, EDI_RELATION_LT, EDI_RELATION_LE, EDI_RELATION_GT,
                            EDI_RELATION_GE, EDI_RELATION_IN, EDI_RELATION_SET } edi_relation;

/* How a leaf is answered for the batch at hand. */
typedef enum edi_leaf_method {
  EDI_LEAF_OPEN,     /* not: the VM runs the whole code */
  EDI_LEAF_SAME,     /* all rows hold NULL */
  EDI_LEAF_CODES,    /* by place in the dictionary */
  EDI_LEAF_BITS,     /* BOOL */
  EDI_LEAF_RANGE,    /* numbers within bounds */
  EDI_LEAF_MEMBERS,  /* numbers among some */
  EDI_LEAF_PAIR,     /* numbers of two columns */
  EDI_LEAF_CELLS,    /* by cell, remembered */
  EDI_LEAF_TABLE,    /* a look-up, many at once */
} edi_leaf_method;

/* Numbers of a column: what is compared is the number times `factor`; outside of least..most it is ill-typed. */
typedef struct edi_lane {
  int64_t factor, least, most;
  unsigned scale;            /* decimals */
  bool odd;                  /* numbers that are INT64_MIN stand for cells of another form */
} edi_lane;

typedef struct edi_bounds { int64_t least, most; bool turned, never; } edi_bounds;

/* A look-up by cells of the row, or by what is the same for every row, and what it says of the block at hand. */
typedef struct edi_leaf_keys {
  uint32_t table, count;
  struct { uint32_t slot; edi_value fixed; } keys[EDI_TABLE_MANY_KEYS]; /* slot EDI_NONE: it is fixed */
  unsigned forgetful;        /* blocks to come in which nothing is remembered, since little was met again */
  bool have;                 /* `said` is of the block that begins with `row` */
  size_t row;
  uint64_t said[2][EDI_BLOCK_WORDS]; /* by EDI_NO and EDI_YES */
  edi_truth truths[EDI_BLOCK];
  uint16_t rows[EDI_BLOCK];  /* of the truths */
  edi_table_many many;
} edi_leaf_keys;

struct edi_memo;
typedef struct edi_leaf {
  uint32_t column, other;    /* other: EDI_NONE, or the second column */
  uint32_t routine;          /* the condition alone, in the parts of its way */
  edi_relation relation;
  edi_value constant;        /* what is compared with, a set for IN */
  uint32_t slot, other_slot; /* row slots; slot EDI_NONE: the column is read in several ways */
  uint8_t step;              /* EDI_OP_TO_DECIMAL, EDI_OP_DATE_OF or 0: what is done to the cell first */
  bool has_null;
  edi_truth null;            /* what a NULL gives, if has_null */
  struct edi_memo *memo;
  edi_leaf_keys *keys;       /* NULL: it is no look-up, or one that only the VM can do */
  /* for the batch at hand, by EDI_NO and EDI_YES */
  edi_leaf_method method;
  edi_lane lane;
  edi_bounds bounds[2];
  edi_truth bit[2];
  int64_t *members;
  size_t member_count;
  uint32_t *table[2];
  size_t table_words;
} edi_leaf;

typedef struct edi_sieve_node { uint8_t op, want; uint32_t a, b; } edi_sieve_node;

/* One way to read the row of one rule. */
typedef struct edi_sieve_way {
  const edi_entry *entry;
  edi_vm vm;                 /* for the whole code */
  edi_vm part_vm;            /* for the parts: conditions of leaves, as routines of their own */
  edi_linked parts;
  edi_sieve_node *nodes;
  uint32_t node_count, node_room;
  uint32_t yes, no;          /* roots; EDI_NONE: the code is not read as a tree, all is open */
  edi_leaf *leaves;
  uint32_t leaf_count;
  bool open;                 /* for the batch at hand: some leaf is */
  bool crowded;              /* not read as a tree, since the texts that it makes share one room */
} edi_sieve_way;

/* A column in the block at hand. */
typedef struct edi_sieve_column {
  unsigned have;             /* which of these are of this block */
  uint64_t valid[EDI_BLOCK_WORDS];
  int64_t *room;
  const int64_t *numbers;
  uint32_t *code_room;
  const uint32_t *codes;
} edi_sieve_column;

typedef struct edi_sieve {
  edi_plan *plan;
  edi_arena *arena;
  const edi_lanes *lanes;
  bool splits;
  int64_t since, until;      /* it says what the plan says at since <= now < until */
  edi_sieve_way *wheres, *whiles;
  uint32_t where_count, while_count;
  edi_sieve_column *columns; /* by column */
  edict_cell *cells;         /* a row for the VM */
  edi_value *values;         /* of the largest part, for the VM */
  int64_t *times;            /* of a block, where they are no numbers of a column */
  int64_t *stands_from;      /* by retain rule of the plan: the first moment at which an AT_LEAST stands */
  const edict_batch *batch;  /* at hand, and the block in it */
  size_t row, count;
} edi_sieve;

/* For the plan as it is decided. WHOLE: conditions about one text are one leaf, joins and all; SPLIT: each is its own. */
typedef enum edi_sieve_texts { EDI_SIEVE_WHOLE, EDI_SIEVE_SPLIT } edi_sieve_texts;
edict_status edi_sieve_init(edi_sieve *sieve, edi_plan *plan, const edi_lanes *lanes, edi_sieve_texts texts,
                            edi_arena *arena) EDICT_MUST_CHECK;
/* A batch that edi_vector_check has passed, column by column; it stays while it is sifted. */
edict_status edi_sieve_bind(edi_sieve *sieve, const edict_batch *batch) EDICT_MUST_CHECK;

typedef struct edi_sifted {
  uint64_t shown[EDI_BLOCK_WORDS], past[EDI_BLOCK_WORDS], erasable[EDI_BLOCK_WORDS];
  bool grouped;              /* some row may be shown as part of a group alone; none is shown then */
} edi_sifted;
/* Rows `row` to `row` + count, at most EDI_BLOCK. Without `states` it is not asked which hidden rows are erasable, and
 * what holds them back is not looked at. */
void edi_sieve_block(edi_sieve *sieve, size_t row, size_t count, bool states, edi_sifted *out);

/* ---- shared by sieve.c, sieve_build.c and sieve_leaf.c ---- */
/* sieve_build.c */
enum { EDI_SIEVE_NEVER, EDI_SIEVE_ALWAYS, EDI_SIEVE_AND, EDI_SIEVE_OR, EDI_SIEVE_LEAF };
edict_status edi_sieve_build(edi_sieve *sieve, edi_sieve_way *way, const edi_entry *entry, uint32_t number) EDICT_MUST_CHECK;
/* sieve_lane.c: numbers of the column, bounds for what a leaf asks of them; false: there are none. */
bool edi_sieve_lane(const edict_vector *vector, unsigned base, unsigned domain, edi_lane *lane);
/* Numbers of 10^-scale that compare so with a decimal. */
edi_bounds edi_decimal_bounds(edi_relation relation, edi_decimal number, unsigned scale);
/* What is no wherever this is yes, and the other way round; EQ has none and is itself. */
edi_relation edi_relation_opposite(edi_relation relation);
bool edi_leaf_bounds(const edi_leaf *leaf, edi_truth want, edi_bounds *bounds);
bool edi_leaf_members(edi_leaf *leaf, edi_arena *arena);
bool edi_leaf_is_member(const edi_leaf *leaf, int64_t number);
const int64_t *edi_sieve_numbers(edi_sieve *sieve, uint32_t column);
const uint64_t *edi_sieve_valid(edi_sieve *sieve, uint32_t column);
/* sieve_leaf.c: a value of the condition for one cell of its column, and the bits of a block. */
edi_truth edi_leaf_truth(edi_sieve *sieve, edi_sieve_way *way, edi_leaf *leaf, const edict_cell *cell);
edict_status edi_leaf_bind(edi_sieve *sieve, edi_sieve_way *way, edi_leaf *leaf) EDICT_MUST_CHECK;
/* What was said of a cell, and where it is remembered; false: it must be asked for. */
bool edi_leaf_recall(const edi_leaf *leaf, const edict_cell *cell, edi_truth *truth);
void edi_leaf_remember(const edi_leaf *leaf, const edict_cell *cell, edi_truth truth);
void edi_leaf_block(edi_sieve *sieve, edi_sieve_way *way, edi_leaf *leaf, edi_truth want, uint64_t *out);
/* sieve_table.c: a look-up, answered for the block at hand, into leaf->keys->said. */
void edi_leaf_look_up(edi_sieve *sieve, edi_sieve_way *way, edi_leaf *leaf);

#endif
