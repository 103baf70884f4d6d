/* Pieces: the tokens of a file with the comments between them, and what stands between two on a line.
 *
 * In: text that parses, so that everything between two tokens is blanks, line ends and comments.
 * Out: pieces in order, END last. A comment before something that cannot begin a line is moved behind
 * it: `a # why` and `, b` on the next line become `a, # why` and `b`. */
#include "policy/formatter.h"

/* ---- reading ---- */

static bool add_comment(edi_formatter *f, edi_piece *piece, edi_comment comment) {
  void *items = piece->comments;
  if (!edi_arena_grow(f->arena, &items, &piece->comment_capacity, piece->comment_count,
                      sizeof comment))
    return false;
  piece->comments = items;
  comment.own = comment.own || piece->comment_count > 0;
  piece->comments[piece->comment_count++] = comment;
  return true;
}

static edi_str without_blanks(edi_str text) {
  while (text.len > 0 && strchr(" \t\r", text.ptr[text.len - 1])) text.len--;
  return text;
}

/* What stands between two tokens: `between`, which begins the file if `start`. */
static bool read_between(edi_formatter *f, edi_piece *piece, edi_str between, bool start) {
  size_t line_ends = start ? 1 : 0, line = 0;
  for (size_t at = 0; at < between.len; at++) {
    if (between.ptr[at] == '\n') {
      line_ends++;
      line = at + 1;
    }
    if (between.ptr[at] != '#') continue;
    const char *end = memchr(between.ptr + at, '\n', between.len - at);
    size_t length = end ? (size_t)(end - between.ptr) - at : between.len - at;
    edi_comment comment = {.text = without_blanks((edi_str){between.ptr + at, length}),
                           .own = line_ends > 0,
                           .deeper = at > line,
                           .blank = line_ends > 1 && !(start && piece->comment_count == 0)};
    if (!add_comment(f, piece, comment)) return false;
    at += length - 1;
    line_ends = 0;
  }
  piece->blank = line_ends > 1;
  return true;
}

static bool add_piece(edi_formatter *f, size_t *capacity, const edi_token *token, edi_str text,
                      uint32_t from) {
  void *items = f->pieces;
  if (!edi_arena_grow(f->arena, &items, capacity, f->count, sizeof *f->pieces)) return false;
  f->pieces = items;
  edi_piece *piece = &f->pieces[f->count++];
  edi_str written = {text.ptr + token->span.begin, token->span.end - token->span.begin};
  *piece = (edi_piece){.kind = token->kind,
                       .word = token->kind == EDI_TOKEN_WORD ? token->word : EDI_WORD_NONE,
                       .text = written,
                       .begin = token->span.begin,
                       .length = (uint32_t)edi_utf8_count(written),
                       .first = token->first,
                       .spaced = token->spaced};
  edi_str between = {text.ptr + from, token->span.begin - from};
  return read_between(f, piece, between, from == 0);
}

/* Whether piece `i` must stay on the line of the one before it: it belongs to it, or it would be taken
 * for the word of a clause. */
static bool stays(const edi_formatter *f, size_t i) {
  const edi_piece *piece = &f->pieces[i];
  switch ((int)piece->kind) {
    case EDI_TOKEN_COMMA:
    case EDI_TOKEN_COLON:
    case EDI_TOKEN_QUESTION:
    case EDI_TOKEN_DOT:
    case EDI_TOKEN_PAREN_OPEN:
    case EDI_TOKEN_BRACKET_OPEN:
    case EDI_TOKEN_BRACE_OPEN:
    case EDI_TOKEN_LT:
    case EDI_TOKEN_GT: return true;
    default: break;
  }
  edi_word_group group = edi_word_group_of(piece->word);
  return !piece->first && (group == EDI_GROUP_CLAUSE || group == EDI_GROUP_EFFECT ||
                           group == EDI_GROUP_DECLARATION || piece->word == EDI_WORD_WITH);
}

static bool move_comments(edi_formatter *f) {
  for (size_t i = 1; i + 1 < f->count; i++) {
    edi_piece *piece = &f->pieces[i], *next = piece + 1;
    if (piece->comment_count == 0 || !stays(f, i)) continue;
    edi_piece moved = *piece;
    for (size_t k = 0; k < next->comment_count; k++)
      if (!add_comment(f, &moved, next->comments[k])) return false;
    next->comments = moved.comments;
    next->comment_count = moved.comment_count;
    next->comment_capacity = moved.comment_capacity;
    piece->comments = NULL;
    piece->comment_count = piece->comment_capacity = 0;
  }
  return true;
}

bool edi_format_read(edi_formatter *f, edi_str text) {
  edi_lexer lexer;
  edi_token token;
  size_t capacity = 0;
  uint32_t from = 0;
  if (!edi_lexer_init(&lexer, f->arena, EDI_SOURCE_NONE, text, NULL)) return false;
  do {
    edi_lexer_next(&lexer, &token);
    if (token.kind == EDI_TOKEN_SLASH) edi_lexer_pattern(&lexer, &token);
    if (lexer.failed != EDICT_OK || !add_piece(f, &capacity, &token, text, from)) return false;
    from = token.span.end;
  } while (token.kind != EDI_TOKEN_END);
  return move_comments(f);
}

size_t edi_format_at(const edi_formatter *f, uint32_t offset) {
  size_t low = 0, high = f->count - 1;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (f->pieces[middle].begin < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/* ---- gaps ---- */

static bool opens(edi_token_kind kind) {
  return kind == EDI_TOKEN_BRACE_OPEN || kind == EDI_TOKEN_BRACKET_OPEN ||
         kind == EDI_TOKEN_PAREN_OPEN;
}

static bool closes(edi_token_kind kind) {
  return kind == EDI_TOKEN_BRACE_CLOSE || kind == EDI_TOKEN_BRACKET_CLOSE ||
         kind == EDI_TOKEN_PAREN_CLOSE;
}

/* Whether a parenthesis after this piece is that of a call: `lower(x)`, but `and (x)`. */
static bool is_called(const edi_piece *piece) {
  if (piece->kind != EDI_TOKEN_WORD || piece->word == EDI_WORD_WHILE ||
      piece->word == EDI_WORD_GIVES)
    return false;
  edi_word_group group = edi_word_group_of(piece->word);
  return group != EDI_GROUP_OPERATOR && group != EDI_GROUP_CLOSER && group != EDI_GROUP_CLAUSE &&
         group != EDI_GROUP_EFFECT;
}

/* Blanks between two pieces that depend on no more than the two. */
static unsigned plain_gap(const edi_piece *before, const edi_piece *piece) {
  if (before->kind == EDI_TOKEN_BRACE_OPEN) return piece->kind != EDI_TOKEN_BRACE_CLOSE;
  if (opens(before->kind) || before->kind == EDI_TOKEN_DOT) return 0;
  switch ((int)piece->kind) {
    case EDI_TOKEN_COMMA:
    case EDI_TOKEN_COLON:
    case EDI_TOKEN_QUESTION:
    case EDI_TOKEN_DOT:
    case EDI_TOKEN_PAREN_CLOSE:
    case EDI_TOKEN_BRACKET_CLOSE: return 0;
    case EDI_TOKEN_PAREN_OPEN: return !is_called(before);
    case EDI_TOKEN_BRACKET_OPEN: return before->word != EDI_WORD_ROW;
    default: return 1;
  }
}

/* `<` and `>` of a type: after a name that a colon or such a `<` is before. */
typedef struct type_state {
  bool offered; /* this declaration has types */
  unsigned open;
} type_state;

static unsigned type_gap(type_state *state, const edi_piece *pieces, size_t i, size_t a,
                         unsigned gap) {
  bool inner = state->open > 0 && pieces[i - 1].kind == EDI_TOKEN_LT;
  if (inner) gap = 0;
  if (!state->offered || i < a + 2) return gap;
  edi_token_kind before = pieces[i - 2].kind;
  bool begins = pieces[i].kind == EDI_TOKEN_LT && pieces[i - 1].kind == EDI_TOKEN_WORD &&
                (before == EDI_TOKEN_COLON || (before == EDI_TOKEN_LT && state->open > 0));
  bool ends = pieces[i].kind == EDI_TOKEN_GT && state->open > 0;
  state->open += begins;
  state->open -= ends;
  return begins || ends ? 0 : gap;
}

/* What stands apart by two blanks: items of attributes, texts of claims. */
static void widen_attributes(edi_formatter *f, const edi_attribute_decl *items, size_t count) {
  for (size_t i = 1; i < count; i++) f->pieces[edi_format_at(f, items[i].name.span.begin)].gap = 2;
}

static void widen_claims(edi_formatter *f, const edi_issuer_decl *issuer) {
  for (size_t i = 0; i < issuer->claim_count; i++) {
    const edi_claim_decl *claim = &issuer->claims[i];
    for (size_t k = 0; k < claim->map_count; k++)
      f->pieces[edi_format_at(f, claim->maps[k].span.begin)].gap = 2;
    if (claim->map_count == 0 || !claim->ignore_others) continue;
    f->pieces[edi_format_at(f, claim->maps[claim->map_count - 1].span.end)].gap = 2;
  }
}

static void measure_gaps(edi_formatter *f, size_t a, size_t b, const edi_decl *decl) {
  type_state types = {.offered = decl->kind != EDI_DECL_RULE && decl->kind != EDI_DECL_TEST};
  for (size_t i = a + 1; i < b; i++) {
    const edi_piece *piece = &f->pieces[i], *before = piece - 1;
    unsigned gap = plain_gap(before, piece);
    bool sign = before->kind == EDI_TOKEN_MINUS && !piece->spaced;
    bool table = decl->kind == EDI_DECL_TABLE && i == a + 2;
    gap = type_gap(&types, f->pieces, i, a, gap);
    f->pieces[i].gap = sign ? 0 : table ? 1 : gap;
  }
  if (decl->kind == EDI_DECL_ATTRIBUTES) widen_attributes(f, decl->as.attributes.items, decl->as.attributes.count);
  if (decl->kind == EDI_DECL_RESOURCE) widen_attributes(f, decl->as.resource.items, decl->as.resource.count);
  if (decl->kind == EDI_DECL_ISSUER) widen_claims(f, decl->as.issuer);
}

/* Brackets of a text that parses are in pairs; the open ones are chained through `match`. */
static void measure_brackets(edi_formatter *f, size_t a, size_t b) {
  size_t open = SIZE_MAX;
  for (size_t i = a; i < b; i++) {
    edi_piece *piece = &f->pieces[i];
    if (opens(piece->kind)) {
      piece->match = open;
      open = i;
    } else if (closes(piece->kind) && open != SIZE_MAX) {
      size_t outer = f->pieces[open].match;
      f->pieces[open].match = i;
      open = outer;
    }
  }
}

void edi_format_measure(edi_formatter *f, size_t a, size_t b, const edi_decl *decl) {
  uint32_t width = 0, commented = 0;
  measure_gaps(f, a, b, decl);
  measure_brackets(f, a, b);
  for (size_t i = a; i < b; i++) {
    edi_piece *piece = &f->pieces[i];
    if (i == a) piece->gap = 0;
    piece->width = width += piece->gap + piece->length;
    piece->commented = commented += piece->comment_count > 0;
  }
}
