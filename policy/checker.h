/* Checker: what the files declare*.c, scope.c, resolve.c, check*.c and polarity.c share.
 *
 * In: parsed files. Out: a model, and the same trees with symbols and types filled in. Two phases:
 * declarations (everything that has a name), then rules and tests. Invariant: whoever gives up on
 * something has reported why, once; what depends on it is typed EDI_TYPE_NONE and says nothing more.
 * A model with errors may hold such gaps and is used by the checker alone. */
#ifndef EDI_CHECKER_H
#define EDI_CHECKER_H

#include "base/pattern.h"
#include "policy/symbols.h"

/* A tag whose type was declared and could not be understood: reported, no reason for more. */
#define EDI_TYPE_BROKEN 0xFFu
/* As a hint: the other side has an error, so a name that nothing else explains is passed over. */
#define EDI_HINT_SILENT 0xFEu

/* The taxonomies that every model has, by number. */
#define EDI_BUILTIN_KINDS(KIND) \
  KIND(TAG, "tag") KIND(PURPOSE, "purpose") KIND(ROLE, "role") KIND(REGION, "region") \
  KIND(ACTION, "action") KIND(DOMAIN, "domain") KIND(ISSUER, "issuer")
enum {
#define KIND(NAME, text) EDI_BUILTIN_##NAME,
  EDI_BUILTIN_KINDS(KIND)
#undef KIND
  EDI_BUILTIN_COUNT
};

/* The names of one namespace (rules, keys, tables, obligations, definitions) that are written bare or
 * qualified. */
typedef struct edi_scope_entry {
  edi_str bare, qualified;
  uint32_t number;
  bool domain;
} edi_scope_entry;
typedef struct edi_scope {
  edi_scope_entry *entries;    /* by bare name, the federal layer first, then by qualified name */
  size_t count, capacity;
} edi_scope;
typedef enum edi_scope_kind {
  EDI_SCOPED_RULES, EDI_SCOPED_KEYS, EDI_SCOPED_TABLES, EDI_SCOPED_DEFINITIONS, EDI_SCOPED_OBLIGATIONS,
  EDI_SCOPED_COUNT,
} edi_scope_kind;

/* Where an expression stands, and what it may read there. */
typedef struct edi_place {
  const char *text;            /* "`when`" */
  unsigned reads;              /* EDI_READS_* */
  const char *why;             /* why no more, or NULL */
} edi_place;
extern const edi_place edi_place_literal; /* a value that reads nothing */

/* A definition that is being put in the place of its name. */
typedef struct edi_expansion edi_expansion;
struct edi_expansion {
  uint32_t number;
  edi_span span;               /* of the name */
  const edi_expansion *outer;  /* the one whose body names this one, or NULL */
};

typedef struct edi_checker {
  edi_model *model;
  edict_diagnostics *diagnostics;
  size_t errors;
  bool failed;                 /* the arena gave nothing: its status ends everything */
  const edi_file_ast *file;    /* being read, and its layer */
  bool domain;
  const edi_place *place;
  edi_span untagged_span;      /* of `untagged columns are`, if there was one */
  unsigned full;               /* bounds that were reported: 1 << edi_bound */
  edi_arena scratch;           /* what is given back when the phase ends */
  char *names;                 /* room for short ones, so many bytes */
  size_t names_left;
  edi_scope scopes[EDI_SCOPED_COUNT];
  const edi_expansion *expansion; /* the innermost, or NULL */
  unsigned level;              /* of the expression being typed below its root */
  size_t expanded, expanded_all; /* parts copied from definitions: for this expression, for all */
  bool outgrown;               /* it was told that they are too many in this expression */
  edi_expr *spare;             /* parts that took another one's place, for the next copies; the next one in `integer` */
} edi_checker;

/* ---- messages: resolve.c ---- */
#define EDI_REPORT(checker, code, span, label, ...) \
  edi_checker_reported((checker), (code), \
                       edi_diagnostics_add((checker)->diagnostics, (code), (span), (label), __VA_ARGS__))
/* expand.c: counts an error. One within a definition says where that is used, and is said once. */
edi_finding *edi_checker_reported(edi_checker *checker, edi_code code, edi_finding *finding);
/* expand.c: says where the rule names the definition that `expr` comes from, if it comes from one. */
void edi_finding_definition(const edi_checker *checker, edi_finding *finding, const edi_expr *expr); /* likewise */
void edi_finding_use(edi_finding *finding, const edi_expr *expr);
/* Text for a label, in the arena. */
const char *edi_checker_text(edi_checker *checker, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A type as written, and with its article: "an `int`", "a `set<role>`". */
const char *edi_checker_type(edi_checker *checker, edi_type type);
const char *edi_checker_a_type(edi_checker *checker, edi_type type);
/* "declared here" at `span`, or a note that it is built in. */
/* Whether to look for what was meant: not for the thousandth mistake of a file. */
bool edi_checker_suggests(const edi_checker *checker);
void edi_finding_declared(edi_finding *finding, edi_span span);
/* What was probably meant: labels where it is declared and fixes with `prefix` before it. */
void edi_finding_near(edi_finding *finding, edi_sym_near near, const char *prefix);
/* A text literal stands where a value of `type` is meant: how that would be written. */
void edi_finding_text_as(edi_checker *checker, edi_finding *finding, const edi_expr *text, edi_type type);
/* A name, cell or literal as the author wrote it; "..." for anything larger. */
const char *edi_checker_written(edi_checker *checker, const edi_expr *expr);
void *edi_checker_alloc(edi_checker *checker, size_t size);
/* As edi_expr_extend. */
edi_expr_more *edi_checker_extend(edi_checker *checker, edi_expr *expr);
/* "a.b", in the arena. */
edi_str edi_checker_join(edi_checker *checker, edi_str a, edi_str b);

/* hints.c: what was meant by a name that is not there, where that is known. False: it is not. */
bool edi_hint_of_name(edi_finding *finding, edi_code code, const char *what, edi_str name);

/* ---- names: resolve.c ---- */
/* A taxonomy (never a kind of id) of that name which the current file may see. */
uint32_t edi_resolve_kind(const edi_checker *checker, edi_str name);
/* A node of `kind` by "node" or "kind.node"; reports and gives EDI_NONE if there is none. */
uint32_t edi_resolve_node(edi_checker *checker, uint32_t kind, edi_name name);
/* Fills in a NAME as attribute, node or level; `hint` is the type that its surroundings ask for. */
edi_type edi_resolve_name(edi_checker *checker, edi_expr *expr, edi_type hint);
/* Whether a name says by itself what it is: an attribute, or `kind.node`. */
bool edi_resolve_stands_alone(const edi_checker *checker, edi_str text);
/* Whether it is written as an attribute; then of what, and which. */
bool edi_resolve_is_attribute(edi_str text, edi_entity *entity, edi_str *attribute);
/* Whether it is a kind of resource, or is written as an attribute of one; `attribute` "": the kind alone. */
bool edi_resolve_is_resource(const edi_checker *checker, edi_str text, edi_entity *entity, edi_str *attribute);
/* scope.c: a rule, key, table or obligation by its bare or qualified name, seen from the current file. EDI_NONE:
 * reported. */
uint32_t edi_scope_resolve(edi_checker *checker, edi_scope_kind scope, edi_str text, edi_span span);
/* The same without a word, for names that may be something else; an ambiguous one is found. */
uint32_t edi_scope_find(const edi_checker *checker, edi_scope_kind scope, edi_str text);
/* Offers the names of a scope that the current file may see. */
void edi_scope_offer(const edi_checker *checker, edi_scope_kind scope, edi_suggest *suggest);
/* scope.c: collects the names of the model's keys, tables, definitions and obligations, and of its rules where they
 * are wanted: they are many, and few projects name one. */
void edi_scopes_build(edi_checker *checker, bool rules);
/* Whether anything of the model names a rule. */
bool edi_scopes_names_rules(const edi_model *model);
/* Whether two rules may have one name, or one may hide another: false is certain. */
bool edi_scopes_may_clash(edi_checker *checker);
/* Reports names that are declared twice in a module, or hide a federal one. */
void edi_scopes_check(edi_checker *checker);
edi_span edi_scope_span(const edi_model *model, edi_scope_kind scope, uint32_t number);
const char *edi_scope_word(edi_scope_kind scope); /* "rule" */
size_t edi_scope_count(const edi_model *model, edi_scope_kind scope);
edi_str edi_scope_name(const edi_model *model, edi_scope_kind scope, uint32_t number); /* qualified */

/* ---- declarations ---- */
/* What is bounded, so that a search through all of it is cheap. */
#define EDI_BOUNDS(BOUND)                                     \
  BOUND(KINDS, "taxonomies and kinds of id")                  \
  BOUND(LEVELS, "levels")                                     \
  BOUND(ATTRIBUTES, "attributes")                             \
  BOUND(ISSUERS, "issuers")                                   \
  BOUND(RESOURCES, "kinds of resource")                       \
  BOUND(CLAIM_MAPS, "texts mapped to nodes by one claim")     \
  BOUND(STATED_FACTS, "facts that domains may state")
typedef enum edi_bound {
#define BOUND(NAME, text) EDI_BOUND_##NAME,
  EDI_BOUNDS(BOUND)
#undef BOUND
  EDI_BOUND_COUNT
} edi_bound;
/* declare.c: whether one more fits beside `count`; reports the first that does not. */
bool edi_declare_fits(edi_checker *checker, edi_bound bound, size_t count, edi_span span);
/* add_kinds, add_nodes, ...: a new, zeroed symbol at the end; NULL: the checker has failed. */
#define SYMBOL(type, member) type *edi_checker_add_##member(edi_checker *checker);
EDI_SYMBOLS(SYMBOL)
#undef SYMBOL
/* declare.c: taxonomies, levels and the types that they make. */
void edi_declare_builtin_kinds(edi_checker *checker);
void edi_declare_taxonomies(edi_checker *checker, edi_file_ast *const *files, size_t count);
/* A type as written; EDI_TYPE_BROKEN after a report. Kinds of id come into being here. */
edi_type edi_declare_type(edi_checker *checker, edi_name name, edi_name parameter, edi_span span);
/* Whether a taxonomy, scale or kind of resource may have this name; reported if not. */
bool edi_declare_is_free_name(edi_checker *checker, edi_name name);
/* declare_attr.c */
void edi_declare_builtin_attrs(edi_checker *checker);
void edi_declare_attributes(edi_checker *checker, const edi_attributes_decl *decl);
void edi_declare_resource(edi_checker *checker, const edi_resource_decl *decl);
void edi_declare_facts(edi_checker *checker, const edi_state_decl *decl);
void edi_declare_untagged(edi_checker *checker, const edi_untagged_decl *decl);
/* declare_issuer.c */
void edi_declare_issuers(edi_checker *checker, edi_file_ast *const *files, size_t count);
/* The tables in which issuers take tokens back; names are known. */
void edi_declare_revocations(edi_checker *checker);
/* declare_scoped.c: keys, tables, obligations, rules and tests. */
void edi_declare_scoped(edi_checker *checker, edi_decl *decl);

/* ---- expressions: check_expr.c ---- */
/* Types the expression in place; EDI_TYPE_NONE: reported. `hint`: see edi_resolve_name. */
edi_type edi_check_expr(edi_checker *checker, edi_expr *expr, edi_type hint);
/* The same for what must be true or false. */
void edi_check_condition(edi_checker *checker, edi_expr *expr, const edi_place *place);
/* A literal of `type`; false: reported. */
bool edi_check_literal(edi_checker *checker, edi_expr *expr, edi_type type);
/* Whether the expression takes its type from the other side. */
bool edi_expr_is_flexible(const edi_checker *checker, const edi_expr *expr);
unsigned edi_expr_reads(const edi_model *model, const edi_expr *expr); /* of this node alone */
unsigned edi_expr_reads_within(const edi_model *model, const edi_expr *expr); /* with its operands */
/* check_operand.c: leaves, tables and target atoms. */
edi_type edi_check_leaf(edi_checker *checker, edi_expr *expr, edi_type hint);
edi_type edi_check_table(edi_checker *checker, edi_expr *expr);
edi_type edi_check_atom(edi_checker *checker, edi_expr *expr);
bool edi_check_may_read(edi_checker *checker, const edi_expr *expr, edi_span span);
/* Compiles a pattern, the caller's to destroy; NULL: reported. `around` ends with its closing slash. */
edi_pattern *edi_check_pattern(edi_checker *checker, edi_str source, edi_span around, edi_pattern_use use);

/* expand.c: whether the name is that of a definition; then the NAME becomes what stands for it. */
bool edi_expand_is(const edi_checker *checker, edi_str text);
edi_type edi_expand_name(edi_checker *checker, edi_expr *expr, edi_type hint);
edi_type edi_expand_call(edi_checker *checker, edi_expr *expr, edi_type hint);
/* Whether the definition, once its turn has come, is one that takes its type from the other side. */
bool edi_expand_is_flexible(const edi_checker *checker, edi_str text);
/* A parameter of a definition whose body is typed without arguments. */
bool edi_expand_is_parameter(const edi_expr *expr);
/* The body with `arguments` in the places of its parameters; NULL: too large, which is for the caller to report. */
edi_expr *edi_expand_copy(edi_checker *checker, const edi_definition_decl *decl, edi_expr *const *arguments);
void edi_expand_report_size(edi_checker *checker, const edi_sym_definition *symbol, edi_span span);
/* definitions.c: types every definition by itself, reports names that cannot be and those that are
 * defined by themselves. */
void edi_check_definitions(edi_checker *checker);

/* ---- rules, layers, tests ---- */
void edi_check_rule(edi_checker *checker, edi_sym_rule *rule);
/* What stands in `on` or after `mask`: a condition of target atoms alone. */
void edi_check_target(edi_checker *checker, edi_expr *expr, const edi_place *place);
void edi_check_transform(edi_checker *checker, edi_transform_use *use); /* check_mask.c */
void edi_check_masks(edi_checker *checker, edi_rule_decl *rule);
/* check_oblige.c: the obligation and its arguments, which read what `place` may. */
void edi_check_oblige(edi_checker *checker, edi_oblige *oblige, const edi_place *place);
/* How large a group must be; check_rule.c. */
void edi_check_least(edi_checker *checker, int64_t least, edi_span span);
void edi_check_test(edi_checker *checker, edi_test_decl *test);
/* Reports field `i` if one before it has its name. */
void edi_check_field_twice(edi_checker *checker, const edi_test_value *record, size_t i);
void edi_check_given(edi_checker *checker, edi_test_decl *test); /* check_given.c */
/* check_thing.c: what the rule is about, from all that it names. */
void edi_check_thing(edi_checker *checker, edi_rule_decl *rule);
/* check_layer.c */
void edi_layer_check_module(edi_checker *checker, const edi_file_ast *file);
void edi_layer_check_declaration(edi_checker *checker, const edi_decl *decl);
void edi_layer_check_links(edi_checker *checker);
/* polarity.c */
void edi_polarity_check(edi_checker *checker);
/* Whether that has nothing to report of these rules; false without memory, too. */
bool edi_polarity_is_right(const edi_model *model, size_t first, size_t count);
/* Visits every part of `expr` that is not `and`, `or`, `not`, with the sign it stands under: 1 as it
 * is, -1 under an odd number of `not`, 0 where it can count both ways. */
typedef void edi_polarity_visit(void *user, const edi_expr *expr, int sign);
void edi_polarity_walk(const edi_expr *expr, int sign, edi_polarity_visit *visit, void *user);

#endif
