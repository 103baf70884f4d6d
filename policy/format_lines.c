/* Lines: runs of pieces on one line if they fit, else broken where it can be read.
 *
 * In: pieces that are measured. Out: text, without blanks at the ends of lines. A run that does not
 * fit is broken before its `and` and `or`, all or none; what still does not fit, after the commas of
 * lists and within brackets. Invariant: nothing begins a line that would be read as another line of
 * the declaration. */
#include "policy/formatter.h"

/* ---- writing ---- */

static void put_text(edi_formatter *f, edi_str text, uint32_t length) {
  edi_buf_str(f->out, text);
  f->column += length;
}

void edi_format_put(edi_formatter *f, size_t i) {
  put_text(f, f->pieces[i].text, f->pieces[i].length);
}

void edi_format_pad(edi_formatter *f, uint32_t column) {
  for (; f->column < column; f->column++) edi_buf_char(f->out, ' ');
}

static void new_line(edi_formatter *f, uint32_t indent, bool blank) {
  if (f->out->len > 0) edi_buf_text(f->out, blank ? "\n\n" : "\n");
  f->column = 0;
  edi_format_pad(f, indent);
}

void edi_format_comment(edi_formatter *f, const edi_comment *comment, uint32_t indent, bool blank) {
  uint32_t length = (uint32_t)edi_utf8_count(comment->text);
  if (comment->own || f->column == 0) new_line(f, indent, blank);
  else edi_format_pad(f, f->column + 2);
  put_text(f, comment->text, length);
}

void edi_format_break_close(edi_formatter *f, size_t i, uint32_t comments, uint32_t indent) {
  const edi_piece *piece = &f->pieces[i];
  for (size_t k = 0; k < piece->comment_count; k++)
    edi_format_comment(f, &piece->comments[k], comments, k > 0 && piece->comments[k].blank);
  new_line(f, indent, false);
}

void edi_format_break(edi_formatter *f, size_t i, uint32_t indent, bool blanks) {
  const edi_piece *piece = &f->pieces[i];
  for (size_t k = 0; k < piece->comment_count; k++)
    edi_format_comment(f, &piece->comments[k], indent, blanks && piece->comments[k].blank);
  new_line(f, indent, blanks && piece->blank);
}

void edi_format_gap(edi_formatter *f, size_t i, uint32_t indent) {
  if (f->pieces[i].comment_count > 0) edi_format_break(f, i, indent, false);
  else edi_format_pad(f, f->column + f->pieces[i].gap);
}

/* ---- measuring ---- */

uint32_t edi_format_width(const edi_formatter *f, size_t a, size_t b) {
  return a >= b ? 0 : f->pieces[b - 1].width - f->pieces[a].width + f->pieces[a].length;
}

bool edi_format_plain(const edi_formatter *f, size_t a, size_t b) {
  return a >= b || f->pieces[b - 1].commented == f->pieces[a].commented;
}

bool edi_format_fits(const edi_formatter *f, size_t a, size_t b) {
  return edi_format_plain(f, a, b) && f->column + edi_format_width(f, a, b) <= EDI_FORMAT_WIDTH;
}

/* ---- runs ---- */

/* Whether `i` opens a bracket that closes within the run up to `b`. */
static bool is_open(const edi_formatter *f, size_t i, size_t b) {
  edi_token_kind kind = f->pieces[i].kind;
  return (kind == EDI_TOKEN_BRACE_OPEN || kind == EDI_TOKEN_BRACKET_OPEN ||
          kind == EDI_TOKEN_PAREN_OPEN) &&
         f->pieces[i].match < b;
}

/* The piece after `i`, or after the bracket that `i` opens. */
static size_t step(const edi_formatter *f, size_t i, size_t b) {
  return is_open(f, i, b) ? f->pieces[i].match + 1 : i + 1;
}

static bool begins_line(const edi_formatter *f, size_t i) {
  edi_word word = f->pieces[i].word;
  switch (f->mode) {
    case EDI_FORMAT_LOGIC: return word == EDI_WORD_AND || word == EDI_WORD_OR;
    case EDI_FORMAT_OUTCOME:
      return word == EDI_WORD_SHOWN || word == EDI_WORD_HIDDEN || word == EDI_WORD_WITHHELD || word == EDI_WORD_ERASABLE;
    case EDI_FORMAT_CLAIM:
      return word == EDI_WORD_WITHIN || word == EDI_WORD_IGNORE ||
             (f->pieces[i].kind == EDI_TOKEN_STRING && f->pieces[i - 1].word != EDI_WORD_FROM);
    case EDI_FORMAT_TABLE: return word == EDI_WORD_GIVES || word == EDI_WORD_COMPLETE;
    case EDI_FORMAT_KEY: return word == EDI_WORD_JOINABLE;
  }
  return false;
}

bool edi_format_may_begin(const edi_formatter *f, size_t i) {
  edi_word word = f->pieces[i].word;
  edi_word_group group = edi_word_group_of(word);
  return group != EDI_GROUP_CLAUSE && group != EDI_GROUP_EFFECT && group != EDI_GROUP_DECLARATION &&
         word != EDI_WORD_WITH;
}

/* `{`, its items, each on a line, `}`. */
static void put_block(edi_formatter *f, size_t open, uint32_t indent) {
  size_t close = f->pieces[open].match;
  edi_format_put(f, open);
  for (size_t i = open + 1, end; i < close; i = end) {
    for (end = i; end < close && f->pieces[end].kind != EDI_TOKEN_COMMA;) end = step(f, end, close);
    end += end < close;
    edi_format_break(f, i, indent + EDI_FORMAT_STEP, i > open + 1);
    edi_format_run(f, i, end, indent + EDI_FORMAT_STEP);
  }
  edi_format_break_close(f, close, indent + EDI_FORMAT_STEP, indent);
  edi_format_put(f, close);
}

static void put_brackets(edi_formatter *f, size_t open, uint32_t indent) {
  enum { FAR = 70 }; /* further to the right nothing is aligned */
  size_t close = f->pieces[open].match;
  edi_format_mode mode = f->mode;
  f->mode = EDI_FORMAT_LOGIC;
  if (f->pieces[open].kind == EDI_TOKEN_BRACE_OPEN) {
    put_block(f, open, indent);
  } else {
    edi_format_put(f, open);
    uint32_t inner = f->column < FAR ? f->column : indent + EDI_FORMAT_STEP;
    if (open + 1 < close) {
      edi_format_gap(f, open + 1, inner);
      edi_format_run(f, open + 1, close, inner);
    }
    if (f->pieces[close].comment_count > 0) edi_format_break_close(f, close, inner, indent);
    edi_format_put(f, close);
  }
  f->mode = mode;
}

/* The end of the item of a list that begins at `i`, with its comma. */
static size_t item_end(const edi_formatter *f, size_t i, size_t b) {
  while (i < b && f->pieces[i].kind != EDI_TOKEN_COMMA) i = step(f, i, b);
  return i < b ? i + 1 : b;
}

/* A run with no place of its own to break: after commas and within brackets. */
static void put_list(edi_formatter *f, size_t a, size_t b, uint32_t indent) {
  for (size_t i = a; i < b; i = step(f, i, b)) {
    bool item = i > a && f->pieces[i - 1].kind == EDI_TOKEN_COMMA;
    bool full = item && f->column + f->pieces[i].gap + edi_format_width(f, i, item_end(f, i, b)) >
                            EDI_FORMAT_WIDTH;
    if (full && edi_format_may_begin(f, i)) edi_format_break(f, i, indent, false);
    else if (i > a) edi_format_gap(f, i, indent);
    if (!is_open(f, i, b)) edi_format_put(f, i);
    else if (!edi_format_fits(f, i, f->pieces[i].match + 1)) put_brackets(f, i, indent);
    else edi_format_run(f, i, f->pieces[i].match + 1, indent);
  }
}

static void put_flat(edi_formatter *f, size_t a, size_t b) {
  for (size_t i = a; i < b; i++) {
    if (i > a) edi_format_pad(f, f->column + f->pieces[i].gap);
    edi_format_put(f, i);
  }
}

/* The next place from `i` on where a line begins. */
static size_t next_line(const edi_formatter *f, size_t i, size_t b) {
  while (i < b && !begins_line(f, i)) i = step(f, i, b);
  return i < b ? i : b;
}

void edi_format_run(edi_formatter *f, size_t a, size_t b, uint32_t indent) {
  if (a >= b) return;
  if (edi_format_fits(f, a, b)) {
    put_flat(f, a, b);
    return;
  }
  size_t at = next_line(f, step(f, a, b), b);
  if (at == b) {
    put_list(f, a, b, indent);
    return;
  }
  edi_format_run(f, a, at, indent);
  while (at < b) {
    size_t next = next_line(f, at + 1, b);
    edi_format_break(f, at, indent, false);
    edi_format_put(f, at);
    if (at + 1 < next) {
      edi_format_gap(f, at + 1, indent);
      edi_format_run(f, at + 1, next, f->column);
    }
    at = next;
  }
}
