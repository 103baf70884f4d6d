/* Declarations, laid out: clauses under their rule, items in their braces, all else as runs.
 *
 * In: the tree of one declaration and its pieces. Out: its lines. The tree says where lines and items
 * begin; the switch over kinds has no default, so a new kind of declaration does not compile until it
 * has a layout here. */
#include "policy/formatter.h"

enum { CLAUSE_COLUMN = 8, TEST_COLUMN = 9, CASE_MOST = 48 };

/* ---- lines under a head ---- */

static size_t line_at(const edi_formatter *f, const edi_decl *decl, size_t k, size_t b) {
  return k < decl->line_count ? edi_format_at(f, decl->lines[k]) : b;
}

/* The head of a declaration that has lines. */
static void put_head(edi_formatter *f, const edi_decl *decl, size_t a, size_t b) {
  edi_format_run(f, a, line_at(f, decl, 0, b), EDI_FORMAT_STEP);
}

/* `word body`, the body at least `width` behind the start of the word. */
static void put_line(edi_formatter *f, size_t a, size_t b, uint32_t width) {
  uint32_t body = f->column + width;
  edi_format_put(f, a);
  if (a + 1 >= b) return;
  if (f->column + 1 > body) body = f->column + 1;
  if (f->pieces[a + 1].comment_count > 0) edi_format_break(f, a + 1, body, false);
  else edi_format_pad(f, f->pieces[a].word == EDI_WORD_SHOW ? f->column + 1 : body);
  edi_format_run(f, a + 1, b, body);
}

/* ---- rules ---- */

/* The piece of a case of a mask with which its `if` or `otherwise` begins; `b` if it has none. */
static size_t case_end(const edi_formatter *f, size_t a, size_t b) {
  for (size_t i = a + 2; i < b; i++) {
    edi_token_kind kind = f->pieces[i].kind;
    if (kind == EDI_TOKEN_PAREN_OPEN) i = f->pieces[i].match;
    else if (f->pieces[i].word == EDI_WORD_IF || f->pieces[i].word == EDI_WORD_OTHERWISE) return i;
  }
  return b;
}

/* The widest transform of the cases from line `k` on that have a condition. */
static uint32_t case_width(const edi_formatter *f, const edi_decl *decl, size_t k, size_t b) {
  uint32_t most = 0;
  for (; k < decl->line_count; k++) {
    size_t begin = line_at(f, decl, k, b), end = line_at(f, decl, k + 1, b);
    if (f->pieces[begin].word != EDI_WORD_WITH) break;
    size_t until = case_end(f, begin, end);
    uint32_t width = edi_format_width(f, begin + 1, until);
    if (until < end && edi_format_plain(f, begin, until) && width <= CASE_MOST && width > most)
      most = width;
  }
  return most;
}

/* `with TRANSFORM  if CONDITION`, the conditions of one mask in a column. */
static void put_case(edi_formatter *f, size_t a, size_t b, uint32_t width) {
  const uint32_t indent = 2 * EDI_FORMAT_STEP, body = indent + 6;
  size_t condition = case_end(f, a, b);
  edi_format_put(f, a);
  if (f->pieces[a + 1].comment_count > 0) edi_format_break(f, a + 1, body, false);
  else edi_format_pad(f, body);
  edi_format_run(f, a + 1, condition, body);
  if (condition == b) return;
  if (f->pieces[condition].comment_count > 0) {
    edi_format_break(f, condition, body, false);
  } else {
    edi_format_pad(f, body + width);
    edi_format_pad(f, f->column + 2);
  }
  edi_format_put(f, condition);
  if (condition + 1 == b) return;
  edi_format_gap(f, condition + 1, body);
  edi_format_run(f, condition + 1, b, f->column);
}

static void put_rule(edi_formatter *f, const edi_decl *decl, size_t a, size_t b) {
  uint32_t width = 0;
  put_head(f, decl, a, b);
  for (size_t k = 0; k < decl->line_count; k++) {
    size_t begin = line_at(f, decl, k, b), end = line_at(f, decl, k + 1, b);
    bool with = f->pieces[begin].word == EDI_WORD_WITH;
    edi_format_break(f, begin, (with ? 2 : 1) * EDI_FORMAT_STEP, false);
    if (with) {
      put_case(f, begin, end, width);
    } else {
      put_line(f, begin, end, CLAUSE_COLUMN);
      width = case_width(f, decl, k + 1, b);
    }
  }
}

/* ---- tests and issuers ---- */

/* The rows of a table on lines of their own, where one line does not hold them all. */
static bool put_given(edi_formatter *f, const edi_test_decl *test, size_t begin, size_t end) {
  const edi_given_table *table = NULL;
  for (size_t i = 0; i < test->table_count && !table; i++)
    if (edi_format_at(f, test->tables[i].name.span.begin) == begin + 1) table = &test->tables[i];
  if (!table || edi_format_fits(f, begin, end) || !edi_format_plain(f, begin, begin + 3)) return false;
  for (size_t r = 0; r < table->row_count; r++) /* a clause's word would begin a clause there */
    if (!edi_format_may_begin(f, edi_format_at(f, table->rows[r].span.begin))) return false;
  edi_format_put(f, begin);
  edi_format_pad(f, TEST_COLUMN + EDI_FORMAT_STEP);
  edi_format_run(f, begin + 1, begin + 3, 2 * EDI_FORMAT_STEP);
  for (size_t r = 0; r < table->row_count; r++) {
    size_t from = edi_format_at(f, table->rows[r].span.begin);
    size_t past = r + 1 < table->row_count ? edi_format_at(f, table->rows[r + 1].span.begin) : end - 1;
    edi_format_break(f, from, 2 * EDI_FORMAT_STEP, true);
    edi_format_run(f, from, past, 3 * EDI_FORMAT_STEP);
  }
  edi_format_break_close(f, end - 1, 2 * EDI_FORMAT_STEP, EDI_FORMAT_STEP);
  edi_format_put(f, end - 1);
  return true;
}

static void put_test(edi_formatter *f, const edi_decl *decl, size_t a, size_t b) {
  put_head(f, decl, a, b);
  f->mode = EDI_FORMAT_OUTCOME;
  for (size_t k = 0; k < decl->line_count; k++) {
    size_t begin = line_at(f, decl, k, b);
    size_t end = line_at(f, decl, k + 1, b);
    edi_format_break(f, begin, EDI_FORMAT_STEP, k > 0);
    if (!put_given(f, decl->as.test, begin, end)) put_line(f, begin, end, TEST_COLUMN);
  }
}

static bool is_claim(const edi_piece *piece) {
  return edi_str_starts(piece->text, EDI_STR("subject."));
}

/* The longest first word of the lines that are, or are not, claims. */
static uint32_t issuer_width(const edi_formatter *f, const edi_decl *decl, bool claims) {
  uint32_t most = 0;
  for (size_t k = 0; k < decl->line_count; k++) {
    const edi_piece *piece = &f->pieces[line_at(f, decl, k, 0)];
    if (is_claim(piece) == claims && piece->length > most) most = piece->length;
  }
  return most + 1;
}

static void put_issuer(edi_formatter *f, const edi_decl *decl, size_t a, size_t b) {
  uint32_t widths[] = {issuer_width(f, decl, false), issuer_width(f, decl, true)};
  put_head(f, decl, a, b);
  f->mode = EDI_FORMAT_CLAIM;
  for (size_t k = 0; k < decl->line_count; k++) {
    size_t begin = line_at(f, decl, k, b);
    edi_format_break(f, begin, EDI_FORMAT_STEP, k > 0);
    put_line(f, begin, line_at(f, decl, k + 1, b), widths[is_claim(&f->pieces[begin])]);
  }
}

/* ---- braces ---- */

/* The brace that opens the items of [a, b); `b` if none does. */
static size_t find_brace(const edi_formatter *f, size_t a, size_t b) {
  while (a < b && f->pieces[a].kind != EDI_TOKEN_BRACE_OPEN) a++;
  return a;
}

static void close_brace(edi_formatter *f, size_t close, uint32_t indent) {
  edi_format_break_close(f, close, indent + EDI_FORMAT_STEP, indent);
  edi_format_put(f, close);
}

/* The first piece of a node: its name, or what stands before it. */
static size_t node_at(const edi_formatter *f, const edi_node_decl *node) {
  return edi_format_at(f, node->name.span.begin) - node->is_abstract - node->is_open;
}

static void put_nodes(edi_formatter *f, size_t open, edi_node_decl *const *nodes, size_t count,
                      uint32_t indent) {
  size_t close = f->pieces[open].match;
  uint32_t inner = indent + EDI_FORMAT_STEP;
  for (size_t k = 0; k < count; k++) {
    size_t begin = node_at(f, nodes[k]), end = k + 1 < count ? node_at(f, nodes[k + 1]) : close;
    edi_format_break(f, begin, inner, k > 0);
    size_t brace = nodes[k]->child_count > 0 ? find_brace(f, begin, end) : end;
    if (brace == end || edi_format_fits(f, begin, end)) {
      edi_format_run(f, begin, end, inner + EDI_FORMAT_STEP);
    } else {
      edi_format_run(f, begin, brace + 1, inner + EDI_FORMAT_STEP);
      put_nodes(f, brace, nodes[k]->children, nodes[k]->child_count, inner);
    }
  }
  close_brace(f, close, indent);
}

static void put_taxonomy(edi_formatter *f, const edi_taxonomy_decl *taxonomy, size_t a, size_t b,
                         uint32_t column) {
  size_t brace = find_brace(f, a, b);
  bool fits = edi_format_fits(f, a, b);
  if (fits && column > 0) {
    edi_format_run(f, a, brace, EDI_FORMAT_STEP);
    edi_format_pad(f, column);
    edi_format_run(f, brace, b, EDI_FORMAT_STEP);
  } else if (fits || brace == b) {
    edi_format_run(f, a, b, EDI_FORMAT_STEP);
  } else {
    edi_format_run(f, a, brace + 1, EDI_FORMAT_STEP);
    put_nodes(f, brace, taxonomy->roots, taxonomy->root_count, 0);
  }
}

/* The piece of an attribute with which its `= value` or `from "path"` begins; `b` if it has none. */
static size_t attribute_tail(const edi_formatter *f, size_t a, size_t b) {
  for (size_t i = a + 3; i < b; i++)
    if (f->pieces[i].kind == EDI_TOKEN_ASSIGN || f->pieces[i].word == EDI_WORD_FROM) return i;
  return b;
}

/* Attributes, one a line, their tails in a column. */
static void put_items(edi_formatter *f, size_t brace, const edi_attribute_decl *items,
                      size_t count) {
  size_t close = f->pieces[brace].match;
  uint32_t most = 0;
  for (int write = 0; write < 2; write++) {
    for (size_t k = 0; k < count; k++) {
      size_t begin = edi_format_at(f, items[k].name.span.begin);
      size_t end = k + 1 < count ? edi_format_at(f, items[k + 1].name.span.begin) : close;
      size_t tail = attribute_tail(f, begin, end);
      uint32_t width = edi_format_width(f, begin, tail);
      if (!write) {
        if (tail < end && edi_format_plain(f, begin, tail) && width > most) most = width;
        continue;
      }
      edi_format_break(f, begin, EDI_FORMAT_STEP, k > 0);
      edi_format_run(f, begin, tail, 2 * EDI_FORMAT_STEP);
      if (tail == end) continue;
      if (f->pieces[tail].comment_count == 0) edi_format_pad(f, EDI_FORMAT_STEP + most);
      edi_format_gap(f, tail, 2 * EDI_FORMAT_STEP);
      edi_format_run(f, tail, end, 2 * EDI_FORMAT_STEP);
    }
  }
  close_brace(f, close, 0);
}

static void put_attributes(edi_formatter *f, const edi_attribute_decl *items, size_t count, size_t a,
                           size_t b) {
  size_t brace = find_brace(f, a, b);
  bool whole = edi_format_fits(f, a, b) || brace == b;
  edi_format_run(f, a, whole ? b : brace + 1, EDI_FORMAT_STEP);
  if (!whole) put_items(f, brace, items, count);
}

static void put_levels(edi_formatter *f, size_t a, size_t b) {
  size_t brace = find_brace(f, a, b), close = b - 1;
  bool whole = edi_format_fits(f, a, b) || brace == b;
  edi_format_run(f, a, whole ? b : brace + 1, EDI_FORMAT_STEP);
  if (whole) return;
  for (size_t i = brace + 1; i < close;) {
    size_t end = i + 1;
    while (end < close && f->pieces[end].kind != EDI_TOKEN_LT) end++;
    if (edi_format_may_begin(f, i)) edi_format_break(f, i, EDI_FORMAT_STEP, false);
    else edi_format_gap(f, i, EDI_FORMAT_STEP); /* a clause's word would begin a clause there */
    edi_format_run(f, i, end, 2 * EDI_FORMAT_STEP);
    i = end;
  }
  close_brace(f, close, 0);
}

/* ---- definitions ---- */

/* `let NAME = E`, the sign at `column` if that is not 0; a long E stands below. */
static void put_definition(edi_formatter *f, size_t a, size_t b, uint32_t column) {
  size_t sign = a;
  while (sign < b && f->pieces[sign].kind != EDI_TOKEN_ASSIGN) sign++;
  bool fits = edi_format_fits(f, a, b);
  edi_format_run(f, a, sign, EDI_FORMAT_STEP);
  if (sign + 1 >= b) return;
  if (fits) edi_format_pad(f, column);
  if (f->column > column || !fits) edi_format_gap(f, sign, EDI_FORMAT_STEP);
  edi_format_put(f, sign);
  if (fits || !edi_format_may_begin(f, sign + 1)) edi_format_gap(f, sign + 1, EDI_FORMAT_STEP);
  else edi_format_break(f, sign + 1, EDI_FORMAT_STEP, false);
  edi_format_run(f, sign + 1, b, EDI_FORMAT_STEP);
}

/* ---- all of them ---- */

static void put_run(edi_formatter *f, size_t a, size_t b, edi_format_mode mode) {
  f->mode = mode;
  edi_format_run(f, a, b, EDI_FORMAT_STEP);
}

void edi_format_decl(edi_formatter *f, const edi_decl *decl, size_t a, size_t b, uint32_t column) {
  f->mode = EDI_FORMAT_LOGIC;
  switch (decl->kind) {
    case EDI_DECL_TAXONOMY: put_taxonomy(f, &decl->as.taxonomy, a, b, column); return;
    case EDI_DECL_LEVELS: put_levels(f, a, b); return;
    case EDI_DECL_ATTRIBUTES:
      put_attributes(f, decl->as.attributes.items, decl->as.attributes.count, a, b);
      return;
    case EDI_DECL_RESOURCE: put_attributes(f, decl->as.resource.items, decl->as.resource.count, a, b); return;
    case EDI_DECL_ISSUER: put_issuer(f, decl, a, b); return;
    case EDI_DECL_KEY: put_run(f, a, b, EDI_FORMAT_KEY); return;
    case EDI_DECL_TABLE: put_run(f, a, b, EDI_FORMAT_TABLE); return;
    case EDI_DECL_OBLIGATION:
    case EDI_DECL_STATE:
    case EDI_DECL_UNTAGGED: put_run(f, a, b, EDI_FORMAT_LOGIC); return;
    case EDI_DECL_RULE: put_rule(f, decl, a, b); return;
    case EDI_DECL_TEST: put_test(f, decl, a, b); return;
    case EDI_DECL_LET:
    case EDI_DECL_DEFINE: put_definition(f, a, b, column); return;
  }
}
