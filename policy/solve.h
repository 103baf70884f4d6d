/* Solve: can these conditions have these answers at once?
 *
 * In: goals, each an expression with the set of answers it may have (no, yes, unknown). Out: NEVER, which is
 * a proof; MAYBE, with a value for each thing that was read; or LEFT, the work's bound. Worlds that cannot
 * be are sometimes thought possible (what joins two attributes is taken as free), so NEVER is always true
 * and MAYBE is a proposal, to be shown by evaluating it. Read the end of solve.c first. */
#ifndef EDI_SOLVE_H
#define EDI_SOLVE_H

#include "policy/symbols.h"

typedef uint8_t edi_truths; /* a set of answers */
enum { EDI_TRUTH_NO = 1, EDI_TRUTH_YES = 2, EDI_TRUTH_UNKNOWN = 4, EDI_TRUTH_ANY = 7 };

/* `request` tells two requests of one subject on one dataset apart: 0 or 1. expr NULL: always yes. */
typedef struct edi_goal {
  const edi_expr *expr;
  edi_truths truths;
  uint8_t request;
} edi_goal;

typedef enum edi_solved { EDI_SOLVED_NEVER, EDI_SOLVED_MAYBE, EDI_SOLVED_LEFT } edi_solved;

/* What an expression reads that can be given a value of its own. TAGS and HELD are the tags of a product,
 * dataset or column, and those of what is inside; THING is what the request is about: 0 a dataset, else the
 * number of the kind of resource, from 1. */
typedef enum edi_term_kind {
  EDI_TERM_ATTR, EDI_TERM_TAGS, EDI_TERM_HELD, EDI_TERM_LEVEL, EDI_TERM_NAME, EDI_TERM_EXPR, EDI_TERM_THING
} edi_term_kind;

#define EDI_TERM_MEMBERS 24
typedef struct edi_term_value {
  bool known, incomplete, free; /* free: nothing was asked of the value but that it is there */
  int64_t integer;              /* BOOL INT DATE TIMESTAMP; NODE, LEVEL: symbol; time-of-day: micros */
  edi_decimal decimal;
  edi_str text;                 /* STRING ID */
  uint32_t members[EDI_TERM_MEMBERS]; /* sets of nodes, tags */
  size_t member_count;
} edi_term_value;

typedef struct edi_term {
  edi_term_kind kind;
  edi_entity entity;            /* TAGS HELD LEVEL NAME */
  uint32_t symbol;              /* ATTR */
  const edi_expr *expr;         /* EXPR: row cells, tables' values, sums, texts made of texts */
  edi_type type;
  uint8_t request;
  bool total;                   /* never unknown */
  bool never_known;             /* nothing can give it a value */
  bool leaf;                    /* a node that has none below */
  uint64_t hash;
  uint32_t next;                /* of the same bucket */
  uint32_t *active;             /* atoms that are bound in the branch at hand */
  size_t active_count, active_capacity;
} edi_term;

/* What decides an atom of one term, given a value of it. */
typedef enum edi_atom_op {
  EDI_ATOM_OPAQUE, EDI_ATOM_TRUE, EDI_ATOM_SET, EDI_ATOM_EQ, EDI_ATOM_LT, EDI_ATOM_LE, EDI_ATOM_GT, EDI_ATOM_GE,
  EDI_ATOM_IS, EDI_ATOM_IN, EDI_ATOM_HAS, EDI_ATOM_TAG, EDI_ATOM_GLOB, EDI_ATOM_TEXT, EDI_ATOM_MATCH,
} edi_atom_op;

typedef struct edi_atom {
  const edi_expr *expr, *other; /* the whole; the literal side */
  edi_atom_op op;
  uint32_t node;                /* TAG, IS, HAS: asked about */
  uint32_t terms[2];            /* EDI_NONE */
  uint32_t operand;             /* of a list */
  uint8_t request;
  bool strict;                  /* unknown where a term of it is */
  bool turned;                  /* `expr` is the solver's own: of a test that negates it */
  uint64_t hash;
  uint32_t next;
  edi_truths possible;          /* on its own */
  edi_truths now;               /* in the branch at hand */
} edi_atom;

/* Which number the atom of an expression has, as last asked. */
enum { EDI_ATOM_BUCKETS = 1 << 8, EDI_ATOM_PLACES = 1 << 12 }; /* at least; at most */
/* What the engine says of a text under a pattern, as last asked. */
enum { EDI_MATCHED_PLACES = 64 };
typedef struct edi_matched { const char *pattern; uint64_t hash; edi_truths answer; } edi_matched;
typedef struct edi_atom_place { const edi_expr *expr; uint32_t operand, request, number; } edi_atom_place;

typedef struct edi_solver {
  const edi_model *model;
  edi_arena *arena;
  edi_atom *atoms;
  edi_term *terms;
  size_t atom_count, atom_capacity, term_count, term_capacity;
  uint32_t *atom_buckets, *term_buckets;
  edi_atom_place *places;
  size_t place_count;           /* a power of two */
  size_t bucket_count;
  uint32_t tags_column, held_dataset, held_product; /* terms; EDI_NONE: not asked yet */
  uint32_t name_of_product, domain_of_product;      /* likewise */
  edi_matched *matched;         /* so many places, filled when there is a pattern */
  struct edi_undo *trail;
  size_t trail_count, trail_capacity;
  uint32_t attr_now, attr_action, attr_purpose, attr_product, attr_domain, attr_dataset;
  bool *never_known;            /* by attribute: no issuer fills it */
  int64_t prefer_now;           /* the time that a proposal has where nothing asks for another */
  uint64_t steps;               /* done in all */
  uint64_t step_limit;          /* ... after which everything is LEFT */
  uint32_t budget;              /* what is left of it for the question at hand */
  bool proposing;               /* values are for people: small sets */
  bool failed;                  /* the arena gave nothing */
} edi_solver;

/* `model`: checked without findings. `rules`: so many it is asked about, more or less. */
bool edi_solver_init(edi_solver *solver, edi_arena *arena, const edi_model *model, size_t rules);
/* MAYBE leaves the values readable until the next question. */
edi_solved edi_solve(edi_solver *solver, const edi_goal *goals, size_t count, uint32_t budget);
/* After MAYBE: the value proposed for a term, and whether the goals bind it at all. */
bool edi_solver_value(edi_solver *solver, const edi_term *term, edi_term_value *value);

/* solve_atoms.c: numbers; EDI_NONE without memory. An atom is no `and`, `or`, `not` or negated test, and no
 * list of tags: of those give the operand's number too. */
uint32_t edi_solver_atom(edi_solver *solver, const edi_expr *expr, uint32_t operand, uint8_t request);
/* So many that hold nothing. */
uint32_t *edi_solver_buckets(edi_arena *arena, size_t count);
/* Numbers an atom of another solver here, if it has no number yet; false without memory. */
bool edi_solver_adopt(edi_solver *solver, const edi_atom *atom);
uint32_t edi_solver_attr(edi_solver *solver, uint32_t symbol, uint8_t request); /* the term of an attribute */
uint32_t edi_solver_thing(edi_solver *solver, uint8_t request); /* the term of what the request is about */
/* Whether two expressions are the same, names resolved. */
bool edi_expr_same(const edi_expr *a, const edi_expr *b);
uint64_t edi_expr_hash(const edi_expr *expr);
/* Whether an expression reads what a request brings: context, action, time. */
bool edi_expr_reads_request(const edi_model *model, const edi_expr *expr);
/* `model`, `model tagged t`: of a resource, which is given with the request and need not say all. */
bool edi_expr_is_of_resource(const edi_expr *expr);

/* solve_patterns.c: what matching answers. */
edi_truths edi_solver_match(const edi_solver *solver, edi_str source, edi_str text);

/* solve_values.c: whether some value of the term gives every active atom an answer it may have; the value. */
bool edi_term_possible(const edi_solver *solver, const edi_term *term, edi_term_value *value);
/* Of a term whose values are texts: one that does so too, and that the glob fits. */
bool edi_term_text_like(const edi_solver *solver, const edi_term *term, edi_str glob, edi_str *text);
/* Whether the node does so. */
bool edi_term_takes_node(const edi_solver *solver, const edi_term *term, uint32_t node);
/* Whether some product is of a domain and has a name that do so: its domain's name begins it. */
bool edi_solver_names_product(const edi_solver *solver);

#endif
