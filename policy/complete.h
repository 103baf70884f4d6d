/* Complete: what complete*.c share; private to them.
 *
 * A scene is what stands before the cursor: the tokens of its declaration, the line it is on, the bracket
 * it is in. */
#ifndef EDI_COMPLETE_H
#define EDI_COMPLETE_H

#include "policy/checker.h"
#include "policy/editor_state.h"
#include "policy/lex.h"

typedef struct edi_scene {
  edict_editor *editor;
  const edi_model *model;
  edi_str text;
  uint32_t at;          /* where the word at the cursor begins */
  edi_token *tokens;    /* of the declaration, before the cursor */
  size_t count;
  size_t line;          /* the token that begins the clause, or the line of a test or an issuer */
  size_t bracket;       /* the innermost that is open; SIZE_MAX: none */
  bool first;           /* nothing but blanks before the cursor on its line */
  bool margin;          /* and not even these */
  void (*offer)(void *user, const edict_completion *one);
  void *user;
} edi_scene;

void edi_offer(edi_scene *s, edi_str text, const char *kind, const char *detail);
void edi_offer_words(edi_scene *s, const char *const *words); /* up to NULL */
void edi_offer_nodes(edi_scene *s, uint32_t kind);
void edi_offer_levels(edi_scene *s, uint32_t scale);
void edi_offer_attributes(edi_scene *s, edi_entity entity, bool prefixed);
void edi_offer_resources(edi_scene *s);
void edi_offer_scoped(edi_scene *s, edi_scope_kind scope);
void edi_offer_values(edi_scene *s, edi_type type); /* of a type, or of its members */
void edi_offer_types(edi_scene *s);

/* The token `back` before the cursor, 1 the last one; an END if there is none. */
const edi_token *edi_scene_back(const edi_scene *s, size_t back);
bool edi_scene_after(const edi_scene *s, edi_word word); /* the last token is that word */
/* What the cursor is in a list of names after: the word before `a, b, |`. */
edi_word edi_scene_list(const edi_scene *s);

/* complete_expr.c: within a condition or a target that begins after token `from`. */
void edi_complete_expression(edi_scene *s, size_t from, bool mask);
/* complete_test.c */
void edi_complete_test(edi_scene *s);

#endif
