/* Lexer: blanks, comments, words, punctuation. Strings, patterns and numbers are in literal.c.
 *
 * In: bytes that may be anything. Out: tokens, and a message for each thing wrong. Invariant: every
 * byte is looked at once (a pattern's twice), `at` only grows, and nobody who reads the file can
 * see other text than the lexer does: what is not visible is refused in comments too. */
#include "policy/lex.h"

#include <stdio.h>

#include "bundle/limits.h"

edi_span edi_lexer_span(const edi_lexer *lexer, uint32_t begin, uint32_t end) {
  return (edi_span){lexer->source, begin, end};
}

char edi_lexer_byte(const edi_lexer *lexer, uint32_t ahead) {
  size_t at = (size_t)lexer->at + ahead;
  return at < lexer->text.len ? lexer->text.ptr[at] : '\0';
}

bool edi_lexer_is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool edi_lexer_is_digit(char c) { return c >= '0' && c <= '9'; }

bool edi_lexer_is_word(char c) {
  return edi_lexer_is_letter(c) || edi_lexer_is_digit(c) || c == '-';
}

void edi_lexer_no_memory(edi_lexer *lexer) {
  lexer->failed = edi_arena_status(lexer->arena);
  lexer->at = (uint32_t)lexer->text.len;
}

/* ---- characters that may not stand in a rule file ---- */

/* The first bytes that are no UTF-8 are reported, and no others: one wrong encoding is one
 * mistake. */
static void check_encoding(edi_lexer *lexer) {
  for (size_t at = 0; at < lexer->text.len;) {
    at += edi_utf8_ascii(lexer->text, at);
    size_t begin = at;
    if (at < lexer->text.len && edi_utf8_next(lexer->text, &at) == UINT32_MAX) {
      edi_finding *finding = edi_lexer_error(lexer, EDI_E0102, (uint32_t)begin, (uint32_t)at,
                                             "not UTF-8 from here", "the file is not UTF-8 text");
      edi_finding_fix(finding, false, "save the file as UTF-8");
      return;
    }
  }
}

bool edi_lexer_init(edi_lexer *lexer, edi_arena *arena, edi_source source, edi_str text,
                    edict_diagnostics *diagnostics) {
  *lexer = (edi_lexer){
      .text = text, .source = source, .arena = arena, .diagnostics = diagnostics, .first = true};
  const char *nul = text.len > 0 ? memchr(text.ptr, '\0', text.len) : NULL;
  if (nul) {
    uint32_t at = (uint32_t)(nul - text.ptr);
    edi_finding *finding = edi_lexer_error(lexer, EDI_E0102, at, at + 1, "a NUL byte",
                                           "the file is not UTF-8 text: it holds a NUL byte");
    edi_finding_fix(finding, false, "save the file as UTF-8");
    lexer->at = (uint32_t)text.len;
    return false;
  }
  check_encoding(lexer);
  if (edi_str_starts(text, EDI_STR("\xEF\xBB\xBF"))) {
    edi_finding *finding = edi_lexer_error(lexer, EDI_E0103, 0, 3, "a byte order mark",
                                           "the file begins with a byte order mark");
    edi_finding_fix(finding, true, "save the file as UTF-8 without a byte order mark");
    edi_finding_edit(finding, EDI_STR(""));
    lexer->at = lexer->line = 3;
  }
  return true;
}

static void report_hidden(edi_lexer *lexer, uint32_t begin, uint32_t c) {
  edi_finding *finding = edi_lexer_error(lexer, EDI_E0101, begin, lexer->at, "cannot be seen",
                                         "a character that cannot be seen: U+%04X", (unsigned)c);
  edi_finding_why(finding, "control, bidirectional and zero-width characters make a text read as "
                           "something that it is not, in comments too");
  edi_finding_fix(finding, false, "remove it; in a string, write \\u{%04X}", (unsigned)c);
}

/* Tells the first of a run of hidden characters from the others, which belong to the same
 * mistake. */
static bool hidden_before(const edi_lexer *lexer, uint32_t begin) {
  uint32_t at = begin;
  while (at > 0 && begin - at < 4 && ((unsigned char)lexer->text.ptr[at - 1] & 0xC0) == 0x80) at--;
  if (at > 0) at--;
  size_t next = at;
  uint32_t c = at < begin ? edi_utf8_next(lexer->text, &next) : 'x';
  return next == begin && c != '\n' && c != '\t' && c != '\r' && c != UINT32_MAX &&
         edi_utf8_hidden(c);
}

void edi_lexer_rune(edi_lexer *lexer) {
  unsigned char c = (unsigned char)edi_lexer_byte(lexer, 0);
  uint32_t begin = lexer->at;
  if ((c >= 0x20 && c < 0x7F) || c == '\t' || c == '\n') {
    lexer->at++;
    return;
  }
  size_t at = lexer->at;
  uint32_t rune = edi_utf8_next(lexer->text, &at);
  bool line_end = c == '\r' && edi_lexer_byte(lexer, 1) == '\n';
  lexer->at = (uint32_t)at;
  if (rune != UINT32_MAX && !line_end && edi_utf8_hidden(rune) && !hidden_before(lexer, begin))
    report_hidden(lexer, begin, rune);
}

/* ---- blanks ---- */

static bool at_hidden(const edi_lexer *lexer) {
  unsigned char c = (unsigned char)edi_lexer_byte(lexer, 0);
  if (c != '\0' && c < 0x80) return c < 0x20 || c == 0x7F;
  size_t at = lexer->at;
  uint32_t rune = edi_utf8_next(lexer->text, &at);
  return c != '\0' && (rune == UINT32_MAX || edi_utf8_hidden(rune));
}

/* Blanks of other kinds, which texts from elsewhere bring along: how many bytes the one here has, or 0. */
static uint32_t other_blank(const edi_lexer *lexer) {
  size_t at = lexer->at;
  if ((unsigned char)edi_lexer_byte(lexer, 0) < 0x80) return 0;
  uint32_t c = edi_utf8_next(lexer->text, &at);
  bool blank = c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x202F || c == 0x205F || c == 0x3000;
  return blank ? (uint32_t)at - lexer->at : 0;
}

/* A run of them is one mistake, and a blank all the same. */
static void skip_other_blanks(edi_lexer *lexer) {
  uint32_t begin = lexer->at, length;
  size_t at = begin;
  uint32_t first = edi_utf8_next(lexer->text, &at);
  while ((length = other_blank(lexer)) > 0) lexer->at += length;
  edi_finding *finding = edi_lexer_error(lexer, EDI_E0100, begin, lexer->at, "", "a blank of another kind: U+%04X", (unsigned)first);
  edi_finding_fix(finding, true, "write a blank");
  edi_finding_edit(finding, EDI_STR(" "));
}

static bool at_dashes(const edi_lexer *lexer) { return lexer->first && edi_lexer_byte(lexer, 0) == '-' && edi_lexer_byte(lexer, 1) == '-'; }

/* `-- ...` on a line of its own, a comment of other languages: what it says is no mistake. */
static void skip_dashes(edi_lexer *lexer) {
  edi_finding *finding = edi_lexer_error(lexer, EDI_E0110, lexer->at, lexer->at + 2, "", "`--` begins a comment in other languages");
  edi_finding_write(finding, true, EDI_STR("#"));
  while (lexer->at < lexer->text.len && edi_lexer_byte(lexer, 0) != '\n') edi_lexer_rune(lexer);
}

/* Skips to the next token; whether there was anything. Bytes that are no UTF-8 count as blanks:
 * they were reported once. */
static bool skip_blanks(edi_lexer *lexer) {
  uint32_t begin = lexer->at;
  while (lexer->at < lexer->text.len) {
    char c = edi_lexer_byte(lexer, 0);
    if (c == '\n') {
      lexer->line = ++lexer->at;
      lexer->first = true;
    } else if (c == ' ' || c == '\t') {
      lexer->at++;
    } else if (c == '#') {
      while (lexer->at < lexer->text.len && edi_lexer_byte(lexer, 0) != '\n') edi_lexer_rune(lexer);
    } else if (at_hidden(lexer)) {
      edi_lexer_rune(lexer);
    } else if (other_blank(lexer)) {
      skip_other_blanks(lexer);
    } else if (at_dashes(lexer)) {
      skip_dashes(lexer);
    } else {
      break;
    }
  }
  return lexer->at > begin || begin == 0;
}

/* ---- words ---- */

/* A word with letters that are not ASCII is one word for the message, and for the parser. */
static void report_foreign_word(edi_lexer *lexer, uint32_t begin) {
  bool hidden = false;
  size_t errors = lexer->errors;
  while (lexer->at < lexer->text.len) {
    unsigned char c = (unsigned char)edi_lexer_byte(lexer, 0);
    if ((c < 0x80 && !edi_lexer_is_word((char)c)) || other_blank(lexer)) break;
    hidden = hidden || at_hidden(lexer);
    edi_lexer_rune(lexer);
  }
  if (hidden || lexer->errors > errors) return;
  edi_finding *finding =
      edi_lexer_error(lexer, EDI_E0100, begin, lexer->at, "not ASCII",
                      "a name is written with ASCII letters, digits, `-` and `_`");
  edi_finding_why(finding, "letters of other scripts can look the same and be different");
}

static void check_length(edi_lexer *lexer, const edi_token *token, uint32_t begin) {
  if (token->text.len <= EDI_LIMIT_NAME) return;
  edi_finding *finding = edi_lexer_error(lexer, EDI_E0704, begin, lexer->at, "too long",
                                         "a name of %zu bytes is too long", token->text.len);
  edi_finding_note(finding, "a name has at most %d bytes", EDI_LIMIT_NAME);
}

/* A letter that a word of another script, or with an accent, begins with. */
static bool at_foreign_letter(const edi_lexer *lexer) {
  size_t at = lexer->at;
  if ((unsigned char)edi_lexer_byte(lexer, 0) < 0x80) return false;
  edi_utf8_kind kind = edi_utf8_class(edi_utf8_next(lexer->text, &at));
  return kind == EDI_UTF8_UPPER || kind == EDI_UTF8_LOWER;
}

/* A `-` at the end of a word is not part of it: `x- y` is a subtraction that lacks a blank. */
static void read_word(edi_lexer *lexer, edi_token *token) {
  uint32_t begin = lexer->at;
  for (;;) {
    while (edi_lexer_is_word(edi_lexer_byte(lexer, 0))) lexer->at++;
    if (edi_lexer_byte(lexer, 0) != '.' || !edi_lexer_is_letter(edi_lexer_byte(lexer, 1))) break;
    lexer->at++;
  }
  bool foreign = (unsigned char)edi_lexer_byte(lexer, 0) >= 0x80 && !other_blank(lexer);
  if (!foreign)
    while (lexer->text.ptr[lexer->at - 1] == '-') lexer->at--;
  token->kind = EDI_TOKEN_WORD;
  token->text = (edi_str){lexer->text.ptr + begin, lexer->at - begin};
  if (foreign) {
    report_foreign_word(lexer, begin);
    token->text.len = lexer->at - begin;
  } else {
    check_length(lexer, token, begin);
  }
  token->word = edi_word_find(token->text);
}

/* ---- punctuation ---- */

static const struct {
  char text[3];
  edi_token_kind kind;
} marks[] = {
    /* the longer ones first */
    {"==", EDI_TOKEN_EQ},          {"!=", EDI_TOKEN_NE},
    {"<=", EDI_TOKEN_LE},          {">=", EDI_TOKEN_GE},
    {"{", EDI_TOKEN_BRACE_OPEN},   {"}", EDI_TOKEN_BRACE_CLOSE},
    {"[", EDI_TOKEN_BRACKET_OPEN}, {"]", EDI_TOKEN_BRACKET_CLOSE},
    {"(", EDI_TOKEN_PAREN_OPEN},   {")", EDI_TOKEN_PAREN_CLOSE},
    {",", EDI_TOKEN_COMMA},        {":", EDI_TOKEN_COLON},
    {".", EDI_TOKEN_DOT},          {"?", EDI_TOKEN_QUESTION},
    {"=", EDI_TOKEN_ASSIGN},       {"<", EDI_TOKEN_LT},
    {">", EDI_TOKEN_GT},           {"+", EDI_TOKEN_PLUS},
    {"-", EDI_TOKEN_MINUS},        {"*", EDI_TOKEN_STAR},
    {"/", EDI_TOKEN_SLASH},
};

/* Operators of other languages, and what they are here. */
static const struct {
  char text[4];
  edi_token_kind kind;
  edi_word word;
  char here[4];
} foreign[] = {
    {"===", EDI_TOKEN_EQ, EDI_WORD_NONE, "=="},  {"!==", EDI_TOKEN_NE, EDI_WORD_NONE, "!="},
    {"=>", EDI_TOKEN_GE, EDI_WORD_NONE, ">="},   {"=<", EDI_TOKEN_LE, EDI_WORD_NONE, "<="},
    {"&&", EDI_TOKEN_WORD, EDI_WORD_AND, "and"}, {"||", EDI_TOKEN_WORD, EDI_WORD_OR, "or"},
    {"<>", EDI_TOKEN_NE, EDI_WORD_NONE, "!="},   {"&", EDI_TOKEN_WORD, EDI_WORD_AND, "and"},
    {"|", EDI_TOKEN_WORD, EDI_WORD_OR, "or"},    {"!", EDI_TOKEN_WORD, EDI_WORD_NOT, "not"},
};

static bool next_is(const edi_lexer *lexer, const char *text) {
  for (uint32_t i = 0; text[i]; i++)
    if (edi_lexer_byte(lexer, i) != text[i]) return false;
  return true;
}

/* A word in the place of a sign: `a&&b` becomes `a and b`. */
static void set_apart(const edi_lexer *lexer, edi_finding *finding, uint32_t begin, const char *word) {
  char text[8];
  bool before = begin > 0 && !strchr(" \t\n(", lexer->text.ptr[begin - 1]);
  bool after = !strchr(" \t\r\n", edi_lexer_byte(lexer, 0));
  int length = snprintf(text, sizeof text, "%s%s%s", before ? " " : "", word, after ? " " : "");
  edi_finding_edit(finding, (edi_str){text, (size_t)length});
}

static bool read_foreign(edi_lexer *lexer, edi_token *token) {
  for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
    if (!next_is(lexer, foreign[i].text) || next_is(lexer, "!=") != next_is(lexer, "!==")) continue;
    uint32_t begin = lexer->at;
    lexer->at += (uint32_t)strlen(foreign[i].text);
    token->kind = foreign[i].kind;
    token->word = foreign[i].word;
    token->text = (edi_str){lexer->text.ptr + begin, lexer->at - begin};
    edi_finding *finding =
        edi_lexer_error(lexer, EDI_E0110, begin, lexer->at, "",
                        "`%s` is an operator of other languages", foreign[i].text);
    edi_finding_write(finding, true, edi_str_from(foreign[i].here));
    if (token->kind == EDI_TOKEN_WORD) set_apart(lexer, finding, begin, foreign[i].here);
    return true;
  }
  return false;
}

static bool is_stray(const edi_lexer *lexer) {
  unsigned char c = (unsigned char)edi_lexer_byte(lexer, 0);
  return c >= 0x80 || (c != '\0' && strchr("$%&'@\\^`|~!;", c) != NULL);
}

/* The same text in quotes of the language. */
static void write_quoted(edi_finding *finding, edi_str text) {
  char quoted[1024];
  edi_buf buf = edi_buf_fixed(quoted, sizeof quoted);
  edi_buf_char(&buf, '"');
  for (size_t i = 0; i < text.len; i++) {
    bool doubled = text.ptr[i] == '\'' && i + 1 < text.len && text.ptr[i + 1] == '\'';
    if (doubled) i++;
    if (text.ptr[i] == '"' || text.ptr[i] == '\\') edi_buf_char(&buf, '\\');
    edi_buf_char(&buf, text.ptr[i]);
  }
  edi_buf_char(&buf, '"');
  if (buf.failed == EDICT_OK) edi_finding_edit(finding, (edi_str){buf.ptr, buf.len});
}

/* A string in quotes of another kind is read to their end, so that what stands in it is no mistake
 * of its own. */
static bool read_quoted(edi_lexer *lexer, edi_token *token) {
  static const char *const quotes[] = {"'", "\xE2\x80\x9C", "\xE2\x80\x9D", "\xE2\x80\x98",
                                       "\xE2\x80\x99"};
  enum { COUNT = sizeof quotes / sizeof *quotes };
  uint32_t begin = lexer->at, opening = 0;
  for (size_t i = 0; i < COUNT; i++)
    if (next_is(lexer, quotes[i])) opening = (uint32_t)strlen(quotes[i]);
  if (opening == 0) return false;
  lexer->at += opening;
  uint32_t inside = lexer->at, closing = 0;
  while (closing == 0 && lexer->at < lexer->text.len && edi_lexer_byte(lexer, 0) != '\n') {
    bool doubled = edi_lexer_byte(lexer, 0) == '\'' && edi_lexer_byte(lexer, 1) == '\'' && opening == 1; /* as SQL has it: one of the text */
    for (size_t i = 0; i < COUNT && !doubled; i++)
      if (next_is(lexer, quotes[i])) closing = (uint32_t)strlen(quotes[i]);
    if (doubled) edi_lexer_rune(lexer);
    if (closing == 0) edi_lexer_rune(lexer);
  }
  token->kind = EDI_TOKEN_STRING;
  token->text = (edi_str){lexer->text.ptr + inside, lexer->at - inside};
  lexer->at += closing;
  edi_finding *finding = edi_lexer_error(lexer, EDI_E0100, begin, closing ? lexer->at : begin + opening, "",
                                         "a string stands in straight double quotes");
  bool escapes = token->text.len > 0 && memchr(token->text.ptr, '\\', token->text.len); /* in each language others */
  edi_finding_fix(finding, !escapes, "write \"...\"");
  if (closing) write_quoted(finding, token->text);
  return true;
}

/* A run of characters that no token begins with. A whole run is one mistake. */
static void read_stray(edi_lexer *lexer, edi_token *token) {
  uint32_t begin = lexer->at;
  const char *fix = NULL;
  char c = edi_lexer_byte(lexer, 0);
  if (read_quoted(lexer, token)) return;
  if (c == ';') fix = "leave the `;` out: nothing stands at the end of a line";
  if (c == '%') fix = "there is no remainder: write it with + - *";
  do edi_lexer_rune(lexer);
  while (is_stray(lexer) && !at_hidden(lexer));
  token->kind = EDI_TOKEN_BAD;
  edi_finding *finding = edi_lexer_error(lexer, EDI_E0100, begin, lexer->at, "not expected",
                                         "no word or sign of the language begins like this");
  bool end = c == ';' && lexer->at == begin + 1; /* it says nothing anywhere */
  if (fix) edi_finding_fix(finding, end, "%s", fix);
  bool apart = strchr(" \t\r\n", edi_lexer_byte(lexer, 0)) != NULL; /* else what stands around it would become one word */
  if (end) edi_finding_edit(finding, apart ? EDI_STR("") : EDI_STR(" "));
}

static void read_mark(edi_lexer *lexer, edi_token *token) {
  for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
    if (!next_is(lexer, marks[i].text)) continue;
    lexer->at += (uint32_t)strlen(marks[i].text);
    token->kind = marks[i].kind;
    return;
  }
  read_stray(lexer, token);
}

/* ---- the next token ---- */

void edi_lexer_next(edi_lexer *lexer, edi_token *token) {
  bool spaced = skip_blanks(lexer);
  *token = (edi_token){.kind = EDI_TOKEN_END,
                       .first = lexer->first,
                       .spaced = spaced,
                       .column = lexer->at - lexer->line};
  uint32_t begin = lexer->at;
  size_t errors = lexer->errors;
  char c = edi_lexer_byte(lexer, 0);
  if (lexer->at >= lexer->text.len) token->text.len = 0;
  else if (edi_lexer_is_letter(c) || at_foreign_letter(lexer)) read_word(lexer, token);
  else if (edi_lexer_is_digit(c)) edi_lexer_number(lexer, token);
  else if (c == '"') edi_lexer_string(lexer, token);
  else if (!read_foreign(lexer, token)) read_mark(lexer, token);
  lexer->first = false;
  token->reported = lexer->errors > errors;
  if (lexer->failed) *token = (edi_token){.kind = EDI_TOKEN_END, .first = true, .spaced = true};
  token->span = edi_lexer_span(lexer, begin, token->kind == EDI_TOKEN_END ? begin : lexer->at);
}
