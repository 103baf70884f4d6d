/* Formatter: what the files format*.c share; private to them.
 *
 * A file is a row of pieces: its tokens, each with the comments that stand before it. Laying out
 * decides where lines begin and how many blanks stand between two pieces, and nothing else: every
 * piece is written, in order, as it stood, so that no form of the language can get lost. Numbers of
 * pieces are written [a, b): from a up to and without b. */
#ifndef EDI_FORMATTER_H
#define EDI_FORMATTER_H

#include "policy/ast.h"
#include "policy/lex.h"

enum {
  EDI_FORMAT_WIDTH = 100, /* code points in a line, if it can be broken */
  EDI_FORMAT_STEP = 2,    /* of indentation */
};

typedef struct edi_comment {
  edi_str text; /* from `#`, without blanks at its end */
  bool own;     /* on a line of its own; else it follows a piece on its line */
  bool deeper;  /* own, and indented */
  bool blank;   /* own, and an empty line above */
} edi_comment;

typedef struct edi_piece {
  edi_token_kind kind;
  edi_word word;
  edi_str text;    /* as written */
  uint32_t begin;  /* where in the source */
  uint32_t length; /* code points */
  edi_comment *comments; /* before it; only the first may be one that is not `own` */
  size_t comment_count, comment_capacity;
  bool blank;   /* an empty line right above it */
  bool first;   /* on its line, in the source */
  bool spaced;  /* blanks before it, in the source */
  unsigned gap; /* blanks before it within a line: set by edi_format_measure */
  /* ---- sums over all pieces of the declaration up to this one, and with it ---- */
  uint32_t width;     /* of gaps and texts */
  uint32_t commented; /* how many have comments */
  size_t match;       /* of an opening bracket: the one that closes it */
} edi_piece;

/* Which words begin a line where a run does not fit on one. */
typedef enum edi_format_mode {
  EDI_FORMAT_LOGIC,   /* and, or */
  EDI_FORMAT_OUTCOME, /* shown, hidden, withheld, erasable */
  EDI_FORMAT_CLAIM,   /* within, "text" as, ignore */
  EDI_FORMAT_TABLE,   /* gives, complete */
  EDI_FORMAT_KEY,     /* joinable */
} edi_format_mode;

typedef struct edi_formatter {
  edi_arena *arena;
  edi_buf *out;
  edi_piece *pieces; /* the last is END */
  size_t count;
  uint32_t column; /* of what is written next */
  edi_format_mode mode;
} edi_formatter;

/* ---- format_pieces.c ---- */
/* The pieces of a text that parses; false without memory. */
bool edi_format_read(edi_formatter *f, edi_str text);
/* The piece that begins at `offset`, or the first after it. */
size_t edi_format_at(const edi_formatter *f, uint32_t offset);
/* Sets gaps, sums and matches of the pieces of one declaration. */
void edi_format_measure(edi_formatter *f, size_t a, size_t b, const edi_decl *decl);

/* ---- format_lines.c ---- */
void edi_format_put(edi_formatter *f, size_t i);
void edi_format_pad(edi_formatter *f, uint32_t column); /* blanks up to it */
/* Ends the line, writes the comments before piece `i`, and begins its line. `blanks`: empty lines
 * stay, one at a time. */
void edi_format_break(edi_formatter *f, size_t i, uint32_t indent, bool blanks);
/* The same with the comments indented otherwise than the piece. */
void edi_format_break_close(edi_formatter *f, size_t i, uint32_t comments, uint32_t indent);
/* One comment on a line of its own. */
void edi_format_comment(edi_formatter *f, const edi_comment *comment, uint32_t indent, bool blank);
/* Its gap, or a break where comments stand before it. */
void edi_format_gap(edi_formatter *f, size_t i, uint32_t indent);
/* Code points of [a, b) on one line; whether no comment stands within; whether it fits here. */
uint32_t edi_format_width(const edi_formatter *f, size_t a, size_t b);
bool edi_format_plain(const edi_formatter *f, size_t a, size_t b);
bool edi_format_fits(const edi_formatter *f, size_t a, size_t b);
/* Whether a line may begin with piece `i` although none did. */
bool edi_format_may_begin(const edi_formatter *f, size_t i);
/* Writes [a, b), on one line if it fits; lines after the first are indented to `indent`. */
void edi_format_run(edi_formatter *f, size_t a, size_t b, uint32_t indent);

/* ---- format_decl.c ---- */
/* Writes the pieces [a, b) of one declaration. `column`: where the brace of a taxonomy or the sign of a
 * `let` stands, with those of its neighbours; 0 elsewhere. */
void edi_format_decl(edi_formatter *f, const edi_decl *decl, size_t a, size_t b, uint32_t column);

#endif
