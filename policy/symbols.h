/* Symbols: what the checker knows of a project, names resolved and typed.
 *
 * A model is the federal layer alone, or one domain on top of the federal layer it is checked against
 * (whose sources travel in the federal bundle). Symbol numbers are indices into these arrays; the
 * checker writes them into the tree. `domain` marks what the domain declares itself. Built-in kinds
 * (tag purpose role region action domain issuer), nodes (access, read, unmask, untagged) and
 * attributes come first. Nodes stand in preorder, kind by kind; the tags that a domain hangs below federal
 * ones come after all federal nodes, and so are not in their run: ask edi_model_below. */
#ifndef EDI_SYMBOLS_H
#define EDI_SYMBOLS_H

#include "policy/ast.h"
#include "policy/contract.h"

typedef struct edi_sym_kind { edi_str name; edi_range nodes, own; bool id, builtin, domain; edi_span span; } edi_sym_kind;
typedef struct edi_sym_node {
  edi_str name, title;
  uint32_t kind, parent, end;   /* as edi_node of bundle/program.h */
  uint32_t outer;               /* a domain's: the federal node that its tree hangs below, or EDI_NONE */
  edi_type type;
  bool is_abstract, is_open, builtin, domain;
  edi_span span;
} edi_sym_node;
typedef struct edi_sym_scale { edi_str name; edi_range levels; bool domain; edi_span span; } edi_sym_scale;
typedef struct edi_sym_level { edi_str name; uint32_t scale, rank; edi_span span; } edi_sym_level;
typedef struct edi_sym_resource { edi_str name; bool domain; edi_span span; } edi_sym_resource; /* a kind */
typedef struct edi_sym_attr {
  edi_entity entity;
  edi_str name, path;
  edi_type type;
  edi_expr *fallback;           /* checked literal, or NULL */
  bool optional, builtin, domain;
  edi_span span;
} edi_sym_attr;
typedef struct edi_sym_claim { uint32_t attr, within; const edi_claim_decl *decl; uint32_t *map_nodes; } edi_sym_claim;
typedef struct edi_sym_issuer {
  const edi_issuer_decl *decl;
  edi_str name;
  bool host;
  uint32_t algorithms;          /* EDI_ALG_* */
  uint32_t tokens;              /* EDI_TOKENS_* */
  uint32_t revoked;             /* a table of the federation, or EDI_NONE */
  const edi_file_ast *file;
  uint32_t node;                /* in kind `issuer` */
  edi_sym_claim *claims;
  size_t claim_count;
} edi_sym_issuer;
typedef struct edi_sym_key { edi_str name, title; uint32_t scope; bool domain; edi_span span; } edi_sym_key; /* qualified */
typedef struct edi_sym_tablecol { edi_str name; edi_type type; edi_span span; } edi_sym_tablecol;
typedef struct edi_sym_table {
  edi_str name;                 /* qualified */
  edi_sym_tablecol *keys, *values;
  size_t key_count, value_count;
  bool complete, domain, broken; /* broken: the parser reported something in it, here and below */
  edi_span span;
} edi_sym_table;
typedef struct edi_sym_obligation {
  edi_str name;                 /* qualified */
  edi_sym_tablecol *parameters;
  size_t parameter_count;
  bool domain, broken;
  edi_span span;
} edi_sym_obligation;
/* What edi_check_rules_at_once made of a rule: WRONG leaves a tree that is half checked. */
typedef enum edi_at_once { EDI_AT_ONCE_NOT, EDI_AT_ONCE_RIGHT, EDI_AT_ONCE_WRONG } edi_at_once;
typedef struct edi_sym_rule {
  edi_rule_decl *decl;
  const edi_file_ast *file;
  bool domain, broken;
  unsigned char at_once;        /* edi_at_once */
} edi_sym_rule;
typedef struct edi_sym_test { edi_test_decl *decl; const edi_file_ast *file; bool domain, broken; } edi_sym_test;
typedef struct edi_sym_definition {
  edi_str name;                 /* qualified */
  edi_definition_decl *decl;
  const edi_file_ast *file;
  edi_type *types;              /* of the parameters; EDI_TYPE_NONE: reported */
  bool domain, broken;          /* broken: reported where it stands, no reason for more where it is used */
  bool flexible;                /* a `let` that takes its type from what it stands beside */
  edi_span span;
} edi_sym_definition;
typedef struct edi_sym_use { uint32_t definition; edi_span span; } edi_sym_use; /* as written in a file */
typedef enum edi_fact_kind { EDI_FACT_CLASSIFICATION, EDI_FACT_ATTR, EDI_FACT_TAG } edi_fact_kind;
typedef struct edi_sym_fact { edi_fact_kind kind; uint32_t symbol; edi_span span; } edi_sym_fact;

/* One array and its count for each kind of symbol. */
#define EDI_SYMBOLS(SYMBOL)               \
  SYMBOL(edi_sym_kind, kinds)             \
  SYMBOL(edi_sym_node, nodes)             \
  SYMBOL(edi_sym_scale, scales)           \
  SYMBOL(edi_sym_level, levels)           \
  SYMBOL(edi_sym_resource, resources)     \
  SYMBOL(edi_sym_attr, attrs)             \
  SYMBOL(edi_sym_issuer, issuers)         \
  SYMBOL(edi_sym_key, keys)               \
  SYMBOL(edi_sym_table, tables)           \
  SYMBOL(edi_sym_obligation, obligations) \
  SYMBOL(edi_sym_rule, rules)             \
  SYMBOL(edi_sym_test, tests)             \
  SYMBOL(edi_sym_fact, may_state)         \
  SYMBOL(edi_sym_definition, definitions) \
  SYMBOL(edi_sym_use, uses)

typedef struct edi_index edi_index; /* policy/index.h */

typedef struct edi_model {
  edi_arena *arena;
  edi_file_ast **files;         /* federal files first */
  size_t file_count, federal_file_count;
  edi_str domain;               /* empty: the federal layer alone */
  uint32_t domain_node;         /* in kind `domain`; EDI_NONE */
  uint32_t classification;      /* the scale named `classification`; EDI_NONE if not declared */
  uint32_t untagged;            /* node, or EDI_NONE */
#define SYMBOL(type, member) type *member; size_t member##_count, member##_capacity;
  EDI_SYMBOLS(SYMBOL)
#undef SYMBOL
  uint32_t *nodes_by_name;      /* edi_model_index: all nodes in order of kind and name */
  size_t nodes_by_name_count;   /* other than nodes_count: no index, look-ups walk */
  uint32_t *node_slots;         /* the same by hash: node + 1, or 0 */
  size_t node_slot_count;       /* a power of two */
  edi_contract_facts *contracts; /* resolved; in order of product name */
  size_t contract_count;
  bool contracts_failed;        /* some contract has mistakes: what no contract has may stand in it */
  bool openings_right;          /* edi_check_rules_at_once found nothing wrong in what the rules open by */
  edi_index *index;             /* where names that are resolved are noted; NULL: nowhere */
} edi_model;

/* Checks parsed files: resolves every name, types every expression, enforces layers and polarity.
 * `federal_file_count` of `files` are the federal layer's; `domain` empty checks that layer alone.
 * Reports all it finds; the model is usable only with EDICT_OK. */
edict_status edi_check(edi_arena *arena, edi_file_ast **files, size_t file_count, size_t federal_file_count,
                       edi_str domain, edi_model **model, edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
/* The same in two steps, for a domain, whose contracts are resolved against its names and must be known
 * before its rules are typed (`row.COLUMN`, the columns of a test):
 *
 *   edi_check_declarations(..., &model, diagnostics)
 *   edi_contract_resolve_all(arena, model, contracts, count, diagnostics)
 *   edi_check_rules(model, diagnostics)
 *
 * FINDINGS of the first step leaves a model that is good for the second one alone, which then reports
 * what else is wrong. A tree is checked once. ARGUMENT: counts and domain do not go together. */
edict_status edi_check_declarations(edi_arena *arena, edi_file_ast **files, size_t file_count,
                                    size_t federal_file_count, edi_str domain, edi_model **model,
                                    edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
/* The same, and the model notes in `index` what refers to what; the domain with the place where it is named. */
edict_status edi_check_declarations_indexed(edi_arena *arena, edi_file_ast **files, size_t file_count,
                                            size_t federal_file_count, edi_name domain, edi_index *index,
                                            edi_model **model, edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
edict_status edi_check_rules(edi_model *model, edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
/* Checks the rules, and what domains open by them, of a model that notes nothing in an index and has neither definitions nor
 * rules that name rules, by so many threads, and says nothing. edi_check_rules does the rest then: it reads and checks once
 * more the rules in which something is wrong, to tell of it in order. */
void edi_check_rules_at_once(edi_model *model, size_t threads);

typedef struct edi_sym_near { edi_str name; edi_span span; } edi_sym_near;

/* Look-ups; EDI_NONE if there is none. `kind` EDI_NONE searches no kind. */
uint32_t edi_model_kind(const edi_model *model, edi_str name);
uint32_t edi_model_node(const edi_model *model, uint32_t kind, edi_str name);
uint32_t edi_model_scale(const edi_model *model, edi_str name);
uint32_t edi_model_level(const edi_model *model, uint32_t scale, edi_str name);
uint32_t edi_model_attr(const edi_model *model, edi_entity entity, edi_str name);
uint32_t edi_model_resource(const edi_model *model, edi_str name);
/* Whether it is a kind of resource, or is written as an attribute of one; `attribute` "": the kind alone. */
bool edi_model_is_resource(const edi_model *model, edi_str text, edi_entity *entity, edi_str *attribute);
/* "subject"; of a kind of resource its name. */
edi_str edi_model_entity(const edi_model *model, edi_entity entity);
uint32_t edi_model_table(const edi_model *model, edi_str qualified);
uint32_t edi_model_key(const edi_model *model, edi_str qualified);
static inline bool edi_model_below(const edi_model *model, uint32_t node, uint32_t above) { /* at or below */
  if (node >= model->nodes_count || above >= model->nodes_count) return false;
  if (model->nodes[node].domain && !model->nodes[above].domain) node = model->nodes[node].outer; /* EDI_NONE: past all */
  return node >= above && node < model->nodes[above].end;
}
/* The next child of `node` after `child` (EDI_NONE: the first), those of a domain last; EDI_NONE at the end. */
uint32_t edi_model_child(const edi_model *model, uint32_t node, uint32_t child);
/* Makes look-ups of nodes logarithmic; call it when the last node has been declared. */
edict_status edi_model_index(edi_model *model, edi_arena *arena) EDICT_MUST_CHECK;
/* What was probably meant by a name that is not there: the nearest one within an edit distance of a
 * third of its length, the first in order of bytes among equals; NULL-pointer text if there is none. */
edi_sym_near edi_model_suggest_node(const edi_model *model, uint32_t kind, edi_str name);
edi_sym_near edi_model_suggest_level(const edi_model *model, uint32_t scale, edi_str name);
edi_sym_near edi_model_suggest_attr(const edi_model *model, edi_entity entity, edi_str name);
edi_sym_near edi_model_suggest_kind(const edi_model *model, edi_str name);
edi_sym_near edi_model_suggest_resource(const edi_model *model, edi_str name);
edi_sym_near edi_model_suggest_scale(const edi_model *model, edi_str name);
edi_sym_near edi_model_suggest_table(const edi_model *model, edi_str qualified);
edi_sym_near edi_model_suggest_key(const edi_model *model, edi_str qualified);
/* For other lists: call edi_suggest_offer with each candidate, then read `best`. */
typedef struct edi_suggest { edi_str wanted; unsigned distance; edi_sym_near best; } edi_suggest;
void edi_suggest_init(edi_suggest *suggest, edi_str wanted);
void edi_suggest_offer(edi_suggest *suggest, edi_str name, edi_span span);

/* A type as a person writes it: "set<role>", "id<person>", "classification". */
void edi_model_type_name(const edi_model *model, edi_type type, edi_buf *into);

#endif
