/* Relayout: one token after the other, with what may stand between two drawn anew. See the header. */
#include "support/relayout.h"

#include <stdio.h>

#include "policy/lex.h"

typedef struct layouter {
  random_source *r;
  relayout_wish wish;
  edi_buf *out;
  size_t comments;
} layouter;

static bool one_in(layouter *l, uint64_t n) { return random_below(l->r, n) == 0; }

/* Whether a line may not begin with the token unless it did: it would begin a clause. */
static bool is_line_word(const edi_token *token) {
  edi_word_group group =
      token->kind == EDI_TOKEN_WORD ? edi_word_group_of(token->word) : EDI_GROUP_NONE;
  return group == EDI_GROUP_CLAUSE || group == EDI_GROUP_EFFECT || group == EDI_GROUP_DECLARATION ||
         (token->kind == EDI_TOKEN_WORD && token->word == EDI_WORD_WITH);
}

static void put_comment(layouter *l) {
  edi_buf_format(l->out, "%s#%zu", one_in(l, 3) ? "" : " ", l->comments++);
  if (one_in(l, 2)) edi_buf_text(l->out, " on (f\xC3\xBC" "r) `x` \"{ # or ");
}

/* One or more line ends, with comments between. `indent`: what begins the last line. */
static void put_lines(layouter *l, uint64_t indent) {
  do {
    if (l->wish.comments && one_in(l, 3)) put_comment(l);
    edi_buf_text(l->out, one_in(l, 9) ? " \r\n" : "\n");
    while (l->wish.blanks && one_in(l, 4)) edi_buf_text(l->out, one_in(l, 3) ? "  \n" : "\n");
    if (!l->wish.comments) break;
    if (one_in(l, 2)) edi_buf_text(l->out, "   ");
    put_comment(l);
    edi_buf_char(l->out, '\n');
  } while (one_in(l, 3));
  for (uint64_t i = 0; i < indent; i++) edi_buf_char(l->out, ' ');
}

static void put_between(layouter *l, const edi_token *before, const edi_token *token) {
  bool declares = token->kind == EDI_TOKEN_WORD && token->first && token->column == 0;
  bool sign = before->kind == EDI_TOKEN_MINUS && !token->spaced;
  if (sign) return;
  if (declares || token->kind == EDI_TOKEN_END) put_lines(l, 0);
  else if (one_in(l, 4) && (token->first || !is_line_word(token))) put_lines(l, 1 + random_below(l->r, 9));
  else if (token->spaced || one_in(l, 3)) edi_buf_text(l->out, one_in(l, 5) ? " \t " : " ");
}

size_t relayout(random_source *r, edi_str text, relayout_wish wish, edi_buf *out) {
  layouter l = {.r = r, .wish = wish, .out = out};
  edi_arena arena;
  edi_lexer lexer;
  edi_token before = {.kind = EDI_TOKEN_END}, token;
  edi_arena_init(&arena, NULL, 64 * 1024 * 1024);
  if (!edi_lexer_init(&lexer, &arena, EDI_SOURCE_NONE, text, NULL)) return 0;
  for (bool start = true;; start = false, before = token) {
    edi_lexer_next(&lexer, &token);
    if (token.kind == EDI_TOKEN_SLASH) edi_lexer_pattern(&lexer, &token);
    if (!start) put_between(&l, &before, &token);
    else if (wish.comments && one_in(&l, 2)) put_lines(&l, 0);
    if (token.kind == EDI_TOKEN_END) break;
    edi_buf_append(out, text.ptr + token.span.begin, token.span.end - token.span.begin);
  }
  edi_arena_fini(&arena);
  return l.comments;
}

size_t relayout_comments(edi_str text, size_t count) {
  size_t at = 0;
  for (size_t k = 0; k < count; k++) {
    char wanted[24];
    size_t length = (size_t)snprintf(wanted, sizeof wanted, "#%zu", k);
    while (at + length <= text.len && (memcmp(text.ptr + at, wanted, length) != 0 ||
                                       (at + length < text.len && text.ptr[at + length] >= '0' &&
                                        text.ptr[at + length] <= '9')))
      at++;
    if (at + length > text.len) return k;
    at += length;
  }
  return count;
}
