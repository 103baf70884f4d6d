/* Lexer: the bytes of a rule file into tokens, one at a time.
 *
 * In: text that may be anything. Out: tokens whose spans lie in the text, in order, without
 * overlap, END for ever after the last. Whatever is wrong with a character, a number, a date, a
 * string is reported here; the token that is returned then is what was probably meant, or BAD,
 * about which the parser says nothing more. */
#ifndef EDI_LEX_H
#define EDI_LEX_H

#include "base/diagnostic.h"

typedef enum edi_token_kind {
#define TOKEN(NAME, text) EDI_TOKEN_##NAME,
#include "policy/tokens.def"
#undef TOKEN
  EDI_TOKEN_COUNT
} edi_token_kind;

typedef enum edi_word {
  EDI_WORD_NONE = 0, /* a name that means nothing to the grammar */
#define KEYWORD(NAME, text, group, rank) EDI_WORD_##NAME,
#include "policy/tokens.def"
#undef KEYWORD
  EDI_WORD_COUNT
} edi_word;

typedef enum edi_word_group {
  EDI_GROUP_NONE = 0,
  EDI_GROUP_PLAIN,
  EDI_GROUP_OPERATOR,
  EDI_GROUP_CLOSER,
  EDI_GROUP_CLAUSE,
  EDI_GROUP_EFFECT,
  EDI_GROUP_DECLARATION,
  EDI_GROUP_UNIT,
  EDI_GROUP_ENTITY,
} edi_word_group;

typedef struct edi_token {
  edi_token_kind kind;
  edi_word word;    /* WORD: which keyword it is, if it is one */
  edi_span span;
  uint32_t column;  /* bytes between the line's start and the token */
  bool first;       /* nothing but blanks before it on its line */
  bool spaced;      /* a blank, a comment, a line end or the file's start before it */
  bool reported;    /* something is wrong with it, and that has been said */
  edi_str text;     /* as written; STRING and PATTERN decoded */
  int64_t integer;  /* DATE, TIMESTAMP */
} edi_token;

typedef struct edi_lexer {
  edi_str text;
  uint32_t at;
  uint32_t line;    /* where the line of `at` starts */
  bool first;       /* no token on this line yet */
  bool passing;     /* over what was told as a whole: nothing more of it is told, but what cannot be seen */
  edi_source source;
  edi_arena *arena;
  edict_diagnostics *diagnostics; /* may be NULL */
  uint32_t cut;     /* where a string or pattern ended that nothing closes; 0: none did */
  size_t errors;    /* reported so far; the parser counts its own here too */
  edict_status failed; /* MEMORY or LIMIT: the arena gave nothing, and every token is END */
} edi_lexer;

/* `text` must stay; it is at most EDI_LIMIT_RULE_FILE long. False: it is no text, and that has been
 * reported. */
bool edi_lexer_init(edi_lexer *lexer, edi_arena *arena, edi_source source, edi_str text,
                    edict_diagnostics *diagnostics);
void edi_lexer_next(edi_lexer *lexer, edi_token *token);
/* The grammar alone knows where a pattern may stand: reads on from a SLASH as a pattern, and *token
 * becomes a PATTERN. No token after the SLASH may have been read. */
void edi_lexer_pattern(edi_lexer *lexer, edi_token *token);

const char *edi_token_kind_text(edi_token_kind kind);
edi_word edi_word_find(edi_str text);
edi_str edi_word_text(edi_word word);
edi_word_group edi_word_group_of(edi_word word);
unsigned edi_word_rank(edi_word word);
/* The keyword of `group` (NONE: of any) that `text` was probably meant to be; NONE if no one is
 * near. */
edi_word edi_word_near(edi_str text, edi_word_group group);
bool edi_word_is_near(edi_str text, edi_word word);

/* ---- between lex.c and literal.c ---- */

/* Reports an error over the bytes `begin` to `end`. */
#define edi_lexer_error(lexer, code, begin, end, label, ...)                                   \
  ((lexer)->errors++,                                                                          \
   edi_diagnostics_add(edi_lexer_tells(lexer, code) ? (lexer)->diagnostics : NULL, (code),     \
                       edi_lexer_span((lexer), (begin), (end)), (label), __VA_ARGS__))
static inline bool edi_lexer_tells(const edi_lexer *lexer, edi_code code) {
  return !lexer->failed && (!lexer->passing || code == EDI_E0101);
}
edi_span edi_lexer_span(const edi_lexer *lexer, uint32_t begin, uint32_t end);
/* The byte `ahead` of where the lexer is; 0 past the end (no text holds a NUL). */
char edi_lexer_byte(const edi_lexer *lexer, uint32_t ahead);
bool edi_lexer_is_letter(char c); /* what a word may begin with */
bool edi_lexer_is_digit(char c);
bool edi_lexer_is_word(char c);
/* Steps over one byte or code point of a comment, string or pattern; reports what must not stand in
 * a rule file anywhere. */
void edi_lexer_rune(edi_lexer *lexer);
void edi_lexer_no_memory(edi_lexer *lexer);

/* Each reads one token from where the lexer is, which holds its first byte. */
void edi_lexer_string(edi_lexer *lexer, edi_token *token);
void edi_lexer_number(edi_lexer *lexer, edi_token *token);

#endif
