/* Parser: what the files parse*.c share; private to them.
 *
 * Recursive descent with one token of look-ahead. A parse function that fails has reported why,
 * returns false or NULL, and leaves the parser where it failed; the loops over clauses and
 * declarations skip to the next one (edi_parser_skip_*), so one mistake is one message. Above each
 * parse function stands its rule of the grammar, as in docs/grammar.md. */
#ifndef EDI_PARSER_H
#define EDI_PARSER_H

#include "bundle/limits.h"
#include "policy/ast.h"
#include "policy/lex.h"

typedef struct edi_parser {
  edi_lexer lexer;           /* its `errors` counts the parser's too; its `failed` ends all */
  edi_token token;           /* the next one to be consumed */
  edi_token ahead;           /* the one after, if has_ahead */
  bool has_ahead;
  edi_span consumed;         /* the token consumed last */
  uint32_t doubt;            /* where a word ends that was taken for another, with a message */
  unsigned depth;            /* nested parse functions that can nest */
  unsigned parens;           /* parentheses of expressions that are open */
  uint32_t column;           /* of the declaration that is being parsed */
  bool in_call;              /* among its arguments: a comma ends one, a list of tags stands in parentheses */
  bool in_mask;              /* in the target of a mask: atoms are about columns */
  bool in_tags;              /* in the taxonomy of tags: `open` is offered */
  bool braced;               /* the rule was opened with a brace, which was told; so is the one that closes it */
  bool keeps_lines;          /* `lines` are wanted */
  bool keep;                 /* enough of the declaration was read to stay in the tree */
  uint32_t *lines;           /* of the declaration: see edi_decl */
  size_t line_count, line_capacity;
  edi_expr *nodes;           /* that no tree has taken yet */
  size_t node_count;
  edi_arena *arena;
  edict_diagnostics *diagnostics;
  edi_file_ast *file;
} edi_parser;

/* ---- tokens ---- */
void edi_parser_advance(edi_parser *parser);
/* The same for a token that nobody will look at: a pattern is passed over as one. */
void edi_parser_skip(edi_parser *parser);
const edi_token *edi_parser_peek(edi_parser *parser);
bool edi_parser_at(const edi_parser *parser, edi_token_kind kind);
bool edi_parser_at_word(const edi_parser *parser, edi_word word);
bool edi_parser_accept(edi_parser *parser, edi_token_kind kind);
bool edi_parser_accept_word(edi_parser *parser, edi_word word);
/* A cell of the row is missing; always false. A tag that stands there is told with what is around it. */
bool edi_parser_no_row(edi_parser *parser, const char *what);
/* Consumes it or reports that it is missing; `where` goes on the message: "after `show`". A word
 * that is nearly the one expected is reported and taken for it. */
bool edi_parser_expect(edi_parser *parser, edi_token_kind kind, const char *where);
bool edi_parser_expect_word(edi_parser *parser, edi_word word, const char *where);
/* Reports `open` as never closed, unless `kind` is there and is consumed. */
bool edi_parser_close(edi_parser *parser, edi_token_kind kind, edi_span open);
bool edi_parser_string(edi_parser *parser, const char *where, edi_str *text, edi_span *span);
/* A name with or without dots; `what` it names goes on the message: "the name of a rule". Refuses a
 * word that begins the next clause or declaration. */
bool edi_parser_name(edi_parser *parser, const char *what, edi_name *name);
/* The same without dots. */
bool edi_parser_plain_name(edi_parser *parser, const char *what, edi_name *name);
/* name { "," name } */
/* The name of a column; in quotes if it is no name of the language: a path such as "phones[].number". */
bool edi_parser_column(edi_parser *parser, edi_name *name);
bool edi_parser_names(edi_parser *parser, const char *what, edi_names *names);

/* The end of the file, or the next declaration, which ends what is open: a declaration's word first
 * on its line and no deeper than the declaration that is being parsed. */
bool edi_parser_at_end(const edi_parser *parser);
/* The same, or a clause's, an effect's or `with` first on its line. */
bool edi_parser_at_line_word(const edi_parser *parser);
/* Anything that may stand after a complete clause, wherever on the line. */
bool edi_parser_at_clause_end(const edi_parser *parser);
/* False: something else follows on the line of a complete clause, and that has been reported. What
 * is first on its line is left to the loop over clauses. */
bool edi_parser_clause_done(edi_parser *parser);
/* The same after the expression of a definition, which the next declaration follows. */
bool edi_parser_definition_done(edi_parser *parser);
/* A misspelt word of a declaration, where a declaration could begin. */
bool edi_parser_at_misspelt(const edi_parser *parser);
void edi_parser_skip_clause(edi_parser *parser);
void edi_parser_skip_declaration(edi_parser *parser);
/* Skips what stands between here and the bracket that closes the one just consumed, and it. */
void edi_parser_skip_brackets(edi_parser *parser);

/* ---- messages ---- */
edict_diagnostics *edi_parser_list(edi_parser *parser); /* counts an error */
#define edi_parser_error(parser, code, span, label, ...) \
  edi_diagnostics_add(edi_parser_list(parser), (code), (span), (label), __VA_ARGS__)
/* Says of the token consumed last that it may have been taken for the wrong thing: what is wrong right
 * after it is no mistake of its own. */
void edi_parser_doubt(edi_parser *parser);
/* "expected WHAT, found ...", at the next token; nothing more about a BAD one. Always false. */
bool edi_parser_unexpected(edi_parser *parser, edi_code code, const char *what);
/* hints.c: what was meant, where that is known of what was found. */
void edi_parser_hint(edi_parser *parser, edi_finding *finding, edi_code code, const char *what);
void edi_parser_hint_at_end(edi_finding *finding, edi_code code, const char *what); /* nothing was found */
bool edi_parser_has_hint(const edi_parser *parser, edi_code code, const char *what);
#define EDI_SHOWN_MOST 80
/* How a message shows a token, in `shown`, which it returns. */
const char *edi_parser_shown(const edi_token *token, char shown[EDI_SHOWN_MOST]);
edi_span edi_parser_span(const edi_parser *parser, uint32_t begin, uint32_t end);
/* From `first` up to what was consumed last. */
edi_span edi_parser_from(const edi_parser *parser, edi_span first);
edi_str edi_parser_text(const edi_parser *parser, edi_span span);
/* Whether it ends on the line on which it begins, so that a tool may write it anew. */
bool edi_parser_on_a_line(const edi_parser *parser, edi_span span);

/* ---- memory and nesting ---- */
void *edi_parser_alloc(edi_parser *parser, size_t size); /* NULL: the parser has failed */
/* What an expression has besides, to be written to; NULL: the parser has failed. */
edi_expr_more *edi_parser_expr_more(edi_parser *parser, edi_expr *expr);
/* What a rule has besides, to be written to; NULL: the parser has failed. */
edi_rule_more *edi_parser_rule_more(edi_parser *parser, edi_rule_decl *rule);
/* Grows *items by one and returns the new, zeroed place; NULL: the parser has failed. */
void *edi_parser_push(edi_parser *parser, void **items, size_t *count, size_t *capacity,
                      size_t size);
/* Appends to an array whose items, count and capacity the caller holds. */
#define EDI_PUSH(parser, items, count, capacity, type, value)                                    \
  do {                                                                                           \
    void *push_items = (items);                                                                  \
    type *push_place =                                                                           \
        edi_parser_push((parser), &push_items, &(count), &(capacity), sizeof(type));             \
    (items) = push_items;                                                                        \
    if (push_place) *push_place = (value);                                                       \
  } while (0)
/* Notes that the next token begins a line of the declaration. */
void edi_parser_line(edi_parser *parser);
bool edi_parser_enter(edi_parser *parser); /* false: too deep, reported */
void edi_parser_leave(edi_parser *parser);

/* ---- the grammar ---- */
/* parse_expr.c */
edi_expr *edi_parse_expression(edi_parser *parser);
bool edi_parse_arguments(edi_parser *parser, edi_expr ***items, size_t *count, size_t *capacity);
/* parse_operand.c */
edi_expr *edi_parse_operand(edi_parser *parser); /* without + - * */
edi_expr *edi_parse_integer(edi_parser *parser); /* at an INT: a number, whatever word follows it */
edi_expr *edi_parse_atom(edi_parser *parser);
/* The same of a kind of resource, whose name is consumed; `tagged` or the like is next. */
edi_expr *edi_parse_resource_atom(edi_parser *parser, const edi_token *kind);
edi_expr *edi_parse_value(edi_parser *parser); /* literal, name, or a list of them */
edi_expr *edi_parse_row(edi_parser *parser);
/* A tree; NULL if it is too deep or there is no memory. Operands are taken over, or copied where there are one or two of
 * a kind without text. */
edi_expr *edi_parser_expr(edi_parser *parser, edi_expr_kind kind, edi_span span, edi_span op_span,
                          edi_expr **operands, size_t count);
edi_expr *edi_parser_unary(edi_parser *parser, edi_expr_kind kind, edi_span span, edi_span op_span,
                           edi_expr *operand);
edi_expr *edi_parser_binary(edi_parser *parser, edi_expr_kind kind, edi_span op_span,
                            edi_expr *left, edi_expr *right);
edi_expr *edi_parser_name_expr(edi_parser *parser, edi_name name);
/* Gives an expression its `value_name`; false: the parser has failed. */
bool edi_parser_value_name(edi_parser *parser, edi_expr *expr, edi_name name);
/* parse_rule.c, parse_effect.c */
/* Whether an expression has nothing but target atoms joined by and, or, not; reported if not. */
bool edi_parser_target(edi_parser *parser, const edi_expr *expr);
bool edi_parse_rule(edi_parser *parser, edi_decl *decl);
bool edi_parse_effect(edi_parser *parser, edi_rule_decl *rule);
bool edi_parse_transform(edi_parser *parser, edi_transform_use *transform);
/* "of" "at" "least", up to the integer, which is next. */
bool edi_parse_at_least(edi_parser *parser, const char *after);
/* NAME(args), with expressions or, in a test, with values. */
bool edi_parse_duty(edi_parser *parser, bool values, edi_oblige *oblige);
/* parse_decl.c, parse_source.c, parse_testcase.c: true if the declaration's end was reached */
bool edi_parse_type(edi_parser *parser, edi_type_decl *type);
bool edi_parse_taxonomy(edi_parser *parser, edi_decl *decl);
bool edi_parse_levels(edi_parser *parser, edi_decl *decl);
bool edi_parse_attributes(edi_parser *parser, edi_decl *decl);
bool edi_parse_issuer(edi_parser *parser, edi_decl *decl);
bool edi_parse_key(edi_parser *parser, edi_decl *decl);
bool edi_parse_table(edi_parser *parser, edi_decl *decl);
/* The columns of a table, or the parameters of a definition, each of which is `what`. */
bool edi_parse_columns(edi_parser *parser, const char *what, const char *where,
                       edi_table_column **items, size_t *count);
bool edi_parse_obligation(edi_parser *parser, edi_decl *decl);
bool edi_parse_state(edi_parser *parser, edi_decl *decl);
bool edi_parse_untagged(edi_parser *parser, edi_decl *decl);
bool edi_parse_test(edi_parser *parser, edi_decl *decl);
bool edi_parse_resource(edi_parser *parser, edi_decl *decl);
bool edi_parse_let(edi_parser *parser, edi_decl *decl); /* parse_define.c */
bool edi_parse_define(edi_parser *parser, edi_decl *decl);

#endif
