/* The tree of a rule file: what the parser builds and the checker completes in place.
 *
 * The parser fills text and spans; the checker resolves names (symbol numbers point into the tables
 * of policy/symbols.h) and types, and nothing else changes. The emitter and the oracle of the tests
 * read the checked tree and share no code. All memory belongs to the project's arena; text points
 * into the source. Every list is in source order. */
#ifndef EDI_AST_H
#define EDI_AST_H

#include "base/calendar.h"
#include "base/decimal.h"
#include "base/diagnostic.h"
#include "bundle/program.h"

typedef struct edi_name { edi_str text; edi_span span; } edi_name; /* "" and EDI_SPAN_NONE: not there */
typedef struct edi_names { edi_name *items; size_t count; } edi_names;

/* ---- expressions ---- */
typedef enum edi_expr_kind {
#define EXPR(NAME, text, operands) EDI_EXPR_##NAME,
#include "policy/operators.def"
#undef EXPR
  EDI_EXPR_COUNT
} __attribute__((packed)) edi_expr_kind; /* one byte: a large project has millions of expressions */

/* What few expressions have: of others, see edi_expr_more. */
typedef struct edi_expr_more {
  edi_name value_name;       /* TABLE_VALUE: the column after the dot; the operator's span is the table. IN_TABLE:
                              * the table. Atoms of a resource: its kind */
  uint32_t value_column;     /* checker. TABLE_VALUE: index of the value column in its table */
  /* Checker. A NAME or CALL of a definition becomes, in place, what stands for it: its own span is that of the
   * name, `definition` the number in edi_model.definitions (else EDI_NONE). Everything below it, and arguments in
   * the places of parameters, is a copy; `use` is where the rule names the definition (else EDI_SPAN_NONE). */
  uint32_t definition;
  edi_span use;
  edi_source op_source;      /* of the operator, where it is not the expression's */
  uint32_t op_begin, op_end; /* as in edi_expr, which has no room for them then */
} edi_expr_more;

typedef struct edi_expr edi_expr;
struct edi_expr {
  edi_expr_kind kind;
  edi_expr_kind compare;     /* CLASSIFIED: EQ LT LE GT GE */
  uint8_t height;            /* a leaf's is 1; at most EDI_LIMIT_EXPRESSION_DEPTH, so walks may recurse */
  bool fixed : 1;            /* checker: an argument in the place of a parameter, typed where the rule gives it */
  bool extended : 1;         /* `more` is there */
  uint32_t operand_count;
  edi_expr **operands;
  union {                    /* what there is depends on the kind: edi_expr_has_text */
    /* NAME: the whole dotted text; the checker makes it NODE, LEVEL or ATTR in place (a key among a
     * transform's arguments excepted, whose symbol it sets). CALL: the definition's name, which is the operator's
     * span. STRING: decoded. MATCHES: pattern source. IN_CIDR: block. ROW_*: tag or column. IN_TABLE,
     * TABLE_VALUE: table. NAMED: glob. */
    edi_str text;
    int64_t integer;         /* BOOL 0/1, INT, DATE, TIMESTAMP */
    edi_decimal decimal;     /* DECIMAL */
    edi_duration duration;   /* DURATION */
    edi_expr *own[2];        /* of a kind without text: one or two operands, which `operands` points to then. A copy of the
                              * expression has its operands there too, where the first one stays */
  };
  union {
    struct { uint32_t op_begin, op_end; }; /* the operator's word, for messages: edi_expr_op_span */
    edi_expr_more *more;                   /* of one that is `extended`, which is made by edi_expr_extend alone */
  };
  edi_span span;             /* the whole expression */
  edi_entity entity;         /* target atoms: product, dataset or column; a kind of resource is EDI_ENTITY_RESOURCE,
                              * and once checked that plus its number. RESOURCE: the same */
  /* ---- set by the checker ----
   * The operands of a comparison or sum have one type; a timestamp compared with a date is the one
   * exception, and counts as its UTC day. A literal takes the type of the other side: an INT becomes a
   * DECIMAL in kind and value; a STRING stays one in kind and is of type ID or IP. `x in TABLE` becomes
   * IN_TABLE with one key, `x not in TABLE` a NOT around it. What says true or false is BOOL, target atoms
   * too. row.COLUMN has the type of the column's tags where they declare one, else the column's own. */
  edi_type type;             /* parameter: symbol number of kind or scale */
  uint32_t symbol;           /* NODE, LEVEL, ATTR, ROW_TAG (node), IN_TABLE, TABLE_VALUE (table), else EDI_NONE */
};
_Static_assert(sizeof(edi_expr) == 64, "a line of the processor's cache: most of a large project's memory is expressions");

/* expr.c. What the expression has besides; of one that has nothing, names and spans that are not there. */
const edi_expr_more *edi_expr_more_of(const edi_expr *expr);
/* The same to be written to, not shared with a copy of the expression; NULL: no memory. */
edi_expr_more *edi_expr_extend(edi_arena *arena, edi_expr *expr);
edi_span edi_expr_op_span(const edi_expr *expr);
void edi_expr_set_op(edi_expr *expr, edi_span op); /* in the expression's source */
/* Whether `text` says something of such an expression. */
bool edi_expr_has_text(edi_expr_kind kind);
/* It, or nothing of one of another kind. */
edi_str edi_expr_text(const edi_expr *expr);
/* The same of `integer`. */
bool edi_expr_has_number(edi_expr_kind kind);
/* Written as a value, so that its type comes from it alone or from the other side. */
bool edi_expr_is_literal(const edi_expr *expr);

/* ---- rules ---- */
typedef struct edi_argument {  /* of a transform: positional if name.text is "" */
  edi_name name;
  edi_expr *value;             /* a literal, a NAME (key, word), or MATCHES with no operand for /re/. Checked:
                                * in the order written, by place first, then by name; a word is a STRING */
} edi_argument;
typedef struct edi_transform_use {
  edi_name name;               /* "show-last" */
  edi_argument *arguments;
  size_t argument_count;
  edi_span span;
  edi_transform_id id;         /* checker */
  uint32_t key;                /* checker: symbol of the key parameter, else EDI_NONE */
} edi_transform_use;
typedef struct edi_mask_case {
  edi_transform_use with;
  edi_expr *condition;         /* NULL: none given, or otherwise */
  bool otherwise;
  edi_span span;
} edi_mask_case;
typedef struct edi_mask_line { /* `mask column ATOMS` with its cases */
  edi_expr *column;            /* target over entity COLUMN; never NULL */
  edi_mask_case *cases;
  size_t case_count;
  edi_span span;
} edi_mask_line;

typedef struct edi_oblige {      /* one of `oblige NAME(args), ...` */
  edi_name name;
  edi_expr **arguments;        /* checked: of the parameters' types, one for each */
  size_t argument_count;
  edi_span span;
  uint32_t symbol;             /* checker: of the obligation, else EDI_NONE */
} edi_oblige;

/* What few rules have, or those of one effect alone: of others, see edi_rule_more_none. */
typedef struct edi_rule_more {
  edi_expr *where;             /* SHOW_ROWS */
  edi_expr *require;           /* REQUIRE */
  edi_expr *retain_while;      /* RETAIN_WHILE */
  edi_expr *duration;          /* RETAIN_AT_*: a DURATION literal or an attribute */
  edi_expr *after;             /* RETAIN_AT_*: ROW_TAG or ROW_COLUMN */
  edi_name delegate_to;        /* DELEGATE: domain */
  edi_names exempts;           /* EXEMPT: rules */
  int64_t least;               /* SHOW_GROUPS */
  edi_span least_span;
  edi_expr *group;             /* SHOW_GROUPS: ROW_TAG or ROW_COLUMN */
  bool then_erase, has_from, has_until, until_further_notice;
  int64_t from, until;         /* dates, both inclusive */
  edi_span from_span, until_span;
  edi_oblige *obliges;
  size_t oblige_count;
  edi_str see, note;           /* decoded; ptr NULL if absent */
  /* ---- set by the checker ---- */
  uint32_t delegate_node;
  uint32_t *exempt_rules;      /* one for each of exempts: its number in the model, or EDI_NONE */
} edi_rule_more;

typedef struct edi_rule_decl {
  edi_name name;
  edi_span span;               /* the word `rule` up to the name */
  bool shadow;
  edi_effect effect;
  edi_span effect_span;
  edi_names actions;           /* PERMIT, FORBID, DELEGATE */
  edi_mask_line *masks;        /* MASK */
  size_t mask_count;
  edi_expr *target;            /* `on`; NULL: everything */
  edi_expr *when, *unless;     /* NULL: not given */
  const edi_rule_more *more;   /* never NULL; to be written to, edi_rule_extend */
  edi_str because;             /* decoded; ptr NULL if absent */
  edi_span because_span;
  /* ---- set by the checker ---- */
  uint32_t thing;              /* what it is about: EDI_THING_*; a kind of resource by its number in the model */
  edi_str qualified;           /* "federal.privacy.residency" */
  uint32_t line, column;       /* of `rule`, from 1: set by the build */
  uint32_t *action_nodes;      /* one for each of actions */
} edi_rule_decl;

/* expr.c. What a rule has that has nothing of it. */
extern const edi_rule_more edi_rule_more_none;
/* The same of this rule to be written to; NULL: no memory. */
edi_rule_more *edi_rule_extend(edi_arena *arena, edi_rule_decl *rule);

/* ---- declarations ---- */
typedef struct edi_node_decl edi_node_decl;
struct edi_node_decl {
  edi_name name;
  edi_str title;
  bool is_abstract, is_open;
  edi_name type;               /* after the colon: "region", "timestamp"; id<person>: type "id" and ... */
  edi_name type_parameter;     /* ... parameter "person" */
  edi_node_decl **children;
  size_t child_count;
  uint32_t symbol;             /* checker */
};
typedef struct edi_taxonomy_decl { edi_name kind; edi_node_decl **roots; size_t root_count; } edi_taxonomy_decl;
typedef struct edi_levels_decl { edi_name name; edi_names levels; } edi_levels_decl; /* lowest first */
typedef struct edi_type_decl {  /* `set<role>`: set true, name "role"; `id<person>`: name "id", parameter "person" */
  bool set;
  edi_name name, parameter;
  edi_span span;
} edi_type_decl;
typedef struct edi_attribute_decl {
  edi_name name;
  bool optional;
  edi_type_decl type;
  edi_expr *fallback;          /* `= literal`, or NULL */
  edi_str path;                /* `from "..."`, decoded; ptr NULL if absent */
  edi_span path_span;
} edi_attribute_decl;
typedef struct edi_attributes_decl {
  edi_entity entity;
  edi_span entity_span;
  edi_attribute_decl *items;
  size_t count;
} edi_attributes_decl;
typedef struct edi_resource_decl { /* `resource KIND { name: type ... }` */
  edi_name name;
  edi_attribute_decl *items;
  size_t count;
} edi_resource_decl;
typedef struct edi_claim_map { edi_str text; edi_name node; edi_span span; } edi_claim_map;
typedef struct edi_claim_decl {
  edi_name attribute;          /* "roles" of `subject.roles` */
  edi_str path;
  edi_span path_span;
  edi_name within;
  edi_claim_map *maps;
  size_t map_count;
  bool ignore_others;
} edi_claim_decl;
typedef struct edi_issuer_decl {
  edi_name name;               /* `host` with url.ptr NULL: the host vouches */
  edi_str url, audience, keys;
  edi_span url_span, audience_span, keys_span;
  edi_names algorithms, tokens;
  bool keys_from_host;         /* `keys from host`: no file */
  edi_name revoked;            /* a table, or "" */
  edi_claim_decl *claims;
  size_t claim_count;
} edi_issuer_decl;
typedef struct edi_key_decl { edi_name name; edi_str title; edi_name scope; } edi_key_decl; /* scope "" : product */
typedef struct edi_table_column { edi_name name; edi_type_decl type; } edi_table_column;
typedef struct edi_table_decl {
  edi_name name;
  edi_table_column *keys, *values;
  size_t key_count, value_count;
  bool complete;
} edi_table_decl;
/* `let NAME = expr` and `define NAME(param: type, ...) = expr` */
typedef struct edi_definition_decl {
  edi_name name;
  bool constant;               /* let */
  edi_table_column *parameters;
  size_t parameter_count;
  edi_expr *body;              /* as parsed: the checker copies it for each use. NULL only if broken */
} edi_definition_decl;
typedef struct edi_obligation_decl {
  edi_name name;
  edi_table_column *parameters;
  size_t parameter_count;
} edi_obligation_decl;
typedef struct edi_state_decl { edi_names facts; } edi_state_decl; /* "classification" "product.owner" "geo.country" */
typedef struct edi_untagged_decl { edi_name node; } edi_untagged_decl;

/* ---- tests ---- */
/* A value in a test: a scalar expression (literal or NAME), a list, or a record. The checker types it; a cell
 * only if the model has the product's contract: a NAME is then a NODE or a LEVEL of one of the column's tags. */
typedef struct edi_test_value edi_test_value;
typedef struct edi_test_field { edi_name name; edi_test_value *value; } edi_test_field;
struct edi_test_value {
  edi_expr *scalar;            /* literal, NAME or LIST; NULL: a record */
  edi_test_field *fields;
  size_t field_count;
  edi_span span;
};
typedef enum edi_expect_kind {
  EDI_EXPECT_PERMIT, EDI_EXPECT_DENY, EDI_EXPECT_COLUMN, EDI_EXPECT_ROW, EDI_EXPECT_OBLIGE,
  EDI_EXPECT_SHADOW, EDI_EXPECT_GROUPS,
} edi_expect_kind;
typedef enum edi_row_outcome { EDI_ROW_SHOWN, EDI_ROW_HIDDEN, EDI_ROW_WITHHELD, EDI_ROW_ERASABLE } edi_row_outcome;
typedef struct edi_expect {
  edi_expect_kind kind;
  edi_span span;
  edi_name rule;               /* `by RULE`, or ""; SHADOW: the rule */
  edi_name column;             /* COLUMN; GROUPS: of which there are so many values */
  edi_transform_use transform; /* COLUMN: name "raw" where nothing masks */
  edi_test_value *row;         /* ROW: cells in */
  edi_row_outcome outcome;
  edi_test_value *shown;       /* ROW shown { ... }: cells out, may be NULL */
  edi_oblige oblige;           /* OBLIGE: arguments are literals */
  int64_t least;               /* GROUPS */
  edi_span least_span;
} edi_expect;
/* Data that a test brings along: the rows of a table, instead of those of the project; what a key's material
 * is made from. Keys that no line names have none. */
typedef struct edi_given_row {
  edi_expr **keys;             /* literals or NAMEs, in the order of the table's keys */
  size_t key_count;
  edi_test_value *values;      /* a record of value columns, NULL: none given */
  edi_span span;
} edi_given_row;
typedef struct edi_given_table {
  edi_name name;
  edi_given_row *rows;
  size_t row_count;
  uint32_t symbol;             /* checker; EDI_NONE: reported */
} edi_given_table;
typedef struct edi_given_key {
  edi_name name;
  edi_str text;
  uint32_t symbol;             /* checker; EDI_NONE: reported */
} edi_given_key;
typedef struct edi_test_decl {
  edi_str title;
  edi_span span;
  edi_name product, action, dataset;
  edi_names columns;
  edi_test_value *resource;          /* the record after a kind of resource, whose name `dataset` then is; NULL */
  edi_test_value *subject, *context; /* records */
  edi_given_table *tables;
  edi_given_key *keys;
  size_t table_count, key_count;
  edi_expect *expects;
  size_t expect_count;
} edi_test_decl;

/* ---- a file ---- */
typedef enum edi_decl_kind {
  EDI_DECL_TAXONOMY, EDI_DECL_LEVELS, EDI_DECL_ATTRIBUTES, EDI_DECL_ISSUER, EDI_DECL_KEY,
  EDI_DECL_TABLE, EDI_DECL_STATE, EDI_DECL_UNTAGGED, EDI_DECL_OBLIGATION, EDI_DECL_RULE,
  EDI_DECL_TEST, EDI_DECL_LET, EDI_DECL_DEFINE, EDI_DECL_RESOURCE,
} __attribute__((packed)) edi_decl_kind;
typedef struct edi_decl {
  edi_decl_kind kind;
  bool broken;                 /* something in it was reported: declare its names, check nothing else */
  uint32_t line_count;         /* of `lines`: what stands on a line of its own when laid out */
  uint32_t *lines;             /* where each clause of a rule, `with`, line of a test or an issuer begins in the source, in order */
  edi_span span;
  union {
    edi_taxonomy_decl taxonomy;
    edi_levels_decl levels;
    edi_attributes_decl attributes;
    edi_issuer_decl *issuer;   /* these two are larger than a rule: never NULL */
    edi_key_decl key;
    edi_table_decl table;
    edi_state_decl state;
    edi_untagged_decl untagged;
    edi_obligation_decl obligation;
    edi_rule_decl rule;
    edi_test_decl *test;
    edi_definition_decl definition; /* LET, DEFINE */
    edi_resource_decl resource;
  } as;
} edi_decl;
typedef struct edi_file_ast {
  edi_source source;
  edi_str path;                /* as shown in messages and stored in the bundle */
  edi_str text;                /* what was parsed; of a file that is too large, nothing */
  edi_name module;             /* "federal.privacy" */
  edi_decl **decls;
  size_t decl_count;
} edi_file_ast;

/* Parses one file: the one door for rule text. Reports every error it can (it resynchronises at the
 * next clause or declaration), FINDINGS if there was one; what could be read is in *file all the
 * same, so that the checker can go on for the other declarations. */
edict_status edi_parse(edi_arena *arena, edi_str path, edi_str text, edi_file_ast **file,
                       edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

/* The same in two steps: the source's number, and the tree, which needs nothing of the list of findings if
 * `diagnostics` is NULL, and has no `lines`: it is not laid out. */
edi_source edi_parse_open(edi_str path, edi_str text, edict_diagnostics *diagnostics);
edict_status edi_parse_source(edi_arena *arena, edi_source source, edi_str path, edi_str text, edi_file_ast **file,
                              edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
/* Reads a rule of a file once more, in the place of the tree that there was of it: that was right, and was checked in part. It
 * keeps its qualified name. MEMORY, LIMIT: the old tree stays. */
edict_status edi_parse_rule_again(edi_arena *arena, const edi_file_ast *file, edi_rule_decl *rule) EDICT_MUST_CHECK;

const char *edi_expr_kind_name(edi_expr_kind kind);

#endif
