/* Format: a file's declarations in their order, with the lines between them.
 *
 * Rules, tests and issuers stand apart by one empty line; between other declarations one stays where
 * the author left some. Comments stand with what follows them; indented ones right below a
 * declaration stay with it. Invariant: what is written is read again and compared, tokens, comments
 * and tree, before anybody gets it. */
#include "policy/format.h"

#include "bundle/limits.h"
#include "policy/formatter.h"
#include "policy/print.h"

/* ---- between declarations ---- */

/* Whether a declaration stands apart from its neighbours. */
static bool stands_apart(const edi_decl *decl) {
  switch (decl->kind) {
    case EDI_DECL_RULE:
    case EDI_DECL_TEST:
    case EDI_DECL_ISSUER: return true;
    case EDI_DECL_TAXONOMY:
    case EDI_DECL_LEVELS:
    case EDI_DECL_ATTRIBUTES:
    case EDI_DECL_RESOURCE:
    case EDI_DECL_KEY:
    case EDI_DECL_TABLE:
    case EDI_DECL_LET:
    case EDI_DECL_DEFINE:
    case EDI_DECL_STATE:
    case EDI_DECL_OBLIGATION:
    case EDI_DECL_UNTAGGED: return false;
  }
  return true;
}

/* The comments that stay with the declaration before: on its line, or indented right below it. */
static size_t put_inner_comments(edi_formatter *f, const edi_piece *piece, bool after_decl) {
  size_t k = 0;
  for (; k < piece->comment_count; k++) {
    const edi_comment *comment = &piece->comments[k];
    if (comment->own && (!after_decl || !comment->deeper || comment->blank)) break;
    edi_format_comment(f, comment, EDI_FORMAT_STEP, false);
  }
  return k;
}

/* Ends what was before piece `i`, which begins a declaration or is END; writes the comments between. */
static void put_between(edi_formatter *f, size_t i, bool after_decl, bool apart) {
  const edi_piece *piece = &f->pieces[i];
  bool end = piece->kind == EDI_TOKEN_END, start = f->out->len == 0;
  size_t first = put_inner_comments(f, piece, after_decl);
  bool blank = !end && piece->blank;
  for (size_t k = first; k < piece->comment_count; k++) blank = blank || piece->comments[k].blank;
  bool add = apart && !blank && !start;
  for (size_t k = first; k < piece->comment_count; k++)
    edi_format_comment(f, &piece->comments[k], 0,
                       piece->comments[k].blank || (add && k == first));
  if (f->out->len == 0) return;
  bool before_piece = !end && (piece->blank || (add && first == piece->comment_count));
  edi_buf_text(f->out, before_piece ? "\n\n" : "\n");
  f->column = 0;
}

/* ---- neighbours in a column ---- */

/* Whether nothing but the end of a line, and a comment on it, stands before piece `i`. */
static bool follows_closely(const edi_piece *piece) {
  bool own = piece->comment_count > 0 && (piece->comment_count > 1 || piece->comments[0].own);
  return !own && !piece->blank;
}

typedef struct file_layout {
  edi_formatter f;
  const edi_file_ast *file;
  size_t *starts;    /* of the declarations; one more: END */
  uint32_t *columns; /* of what stands in a column with neighbours; 0: nothing does */
} file_layout;

/* Whether declarations of the kind, one below the other, have something in a column. */
static bool is_aligned(edi_decl_kind kind) {
  return kind == EDI_DECL_TAXONOMY || kind == EDI_DECL_LET;
}

/* The braces of taxonomies that follow each other closely stand in a column, and so do the signs of
 * `let`; the names of long ones count and stay. */
static void align(file_layout *layout) {
  const edi_formatter *f = &layout->f;
  size_t count = layout->file->decl_count;
  for (size_t k = 0, end; k < count; k = end) {
    uint32_t most = 0;
    edi_decl_kind kind = layout->file->decls[k]->kind;
    for (end = k; end < count && is_aligned(kind); end++) {
      size_t a = layout->starts[end];
      if (layout->file->decls[end]->kind != kind || (end > k && !follows_closely(&f->pieces[a])))
        break;
      uint32_t width = edi_format_width(f, a, a + 2);
      if (width > most) most = width;
    }
    for (size_t i = k; i < end; i++) layout->columns[i] = most + 1;
    end += end == k;
  }
}

/* ---- the file ---- */

static bool prepare(file_layout *layout, edi_str text) {
  edi_formatter *f = &layout->f;
  size_t count = layout->file->decl_count;
  layout->starts = EDI_NEW_ARRAY(f->arena, size_t, count + 1);
  layout->columns = EDI_NEW_ARRAY(f->arena, uint32_t, count + 1);
  if (!layout->starts || !layout->columns || !edi_format_read(f, text)) return false;
  for (size_t k = 0; k < count; k++)
    layout->starts[k] = edi_format_at(f, layout->file->decls[k]->span.begin);
  layout->starts[count] = f->count - 1;
  for (size_t k = 0; k < count; k++)
    edi_format_measure(f, layout->starts[k], layout->starts[k + 1], layout->file->decls[k]);
  align(layout);
  return true;
}

static void put_module(edi_formatter *f) {
  put_between(f, 0, false, false);
  f->pieces[0].gap = 0;
  f->pieces[1].gap = 1;
  edi_format_put(f, 0);
  edi_format_gap(f, 1, EDI_FORMAT_STEP);
  edi_format_put(f, 1);
}

static void put_file(file_layout *layout) {
  edi_formatter *f = &layout->f;
  const edi_file_ast *file = layout->file;
  put_module(f);
  for (size_t k = 0; k < file->decl_count; k++) {
    bool apart = k == 0 || stands_apart(file->decls[k]) || stands_apart(file->decls[k - 1]);
    put_between(f, layout->starts[k], k > 0, apart);
    edi_format_decl(f, file->decls[k], layout->starts[k], layout->starts[k + 1],
                    layout->columns[k]);
  }
  put_between(f, f->count - 1, file->decl_count > 0, file->decl_count == 0);
}

/* ---- proof ---- */

/* Whether both rows of pieces have the same tokens and the same comments in the same order. */
static bool same_pieces(const edi_formatter *a, const edi_formatter *b) {
  size_t ac = 0, bc = 0, ak = 0, bk = 0;
  if (a->count != b->count) return false;
  for (size_t i = 0; i < a->count; i++)
    if (a->pieces[i].kind != b->pieces[i].kind ||
        !edi_str_equal(a->pieces[i].text, b->pieces[i].text))
      return false;
  for (;;) {
    while (ac < a->count && ak == a->pieces[ac].comment_count) ac++, ak = 0;
    while (bc < b->count && bk == b->pieces[bc].comment_count) bc++, bk = 0;
    if (ac == a->count || bc == b->count) return ac == a->count && bc == b->count;
    if (!edi_str_equal(a->pieces[ac].comments[ak++].text, b->pieces[bc].comments[bk++].text))
      return false;
  }
}

static bool same_tree(const edi_file_ast *a, const edi_file_ast *b) {
  enum { TREE_MOST = 1 << 30 };
  edi_buf one, other;
  edi_buf_init(&one, NULL, TREE_MOST);
  edi_buf_init(&other, NULL, TREE_MOST);
  edi_ast_print(a, &one);
  edi_ast_print(b, &other);
  bool same = one.failed == EDICT_OK && other.failed == EDICT_OK && one.len == other.len &&
              memcmp(one.ptr, other.ptr, one.len) == 0;
  edi_buf_fini(&one);
  edi_buf_fini(&other);
  return same;
}

static edict_status prove(const file_layout *layout, edict_diagnostics *diagnostics) {
  const edi_formatter *f = &layout->f;
  edi_str text = {f->out->ptr, f->out->len};
  edi_formatter again = {.arena = f->arena};
  edi_file_ast *file;
  edict_status status = edi_parse(f->arena, layout->file->path, text, &file, NULL);
  if (status == EDICT_MEMORY || status == EDICT_LIMIT) return status;
  if (status == EDICT_OK && !edi_format_read(&again, text)) return edi_arena_status(f->arena);
  if (status == EDICT_OK && same_pieces(f, &again) && same_tree(layout->file, file))
    return EDICT_OK;
  edi_finding *finding =
      edi_diagnostics_add(diagnostics, EDI_E0841, (edi_span){layout->file->source, 0, 0}, "",
                          "the layout of this file would not say the same");
  edi_finding_note(finding, "this is a defect of Edict; the file was left as it is");
  return EDICT_DEFECT;
}

edict_status edi_format(edi_arena *arena, edi_str path, edi_str text, edi_buf *out,
                        edict_diagnostics *diagnostics) {
  file_layout layout = {.f = {.arena = arena, .out = out}};
  edi_file_ast *file;
  edict_status status = edi_parse(arena, path, text, &file, diagnostics);
  layout.file = file;
  if (status != EDICT_OK) return status;
  if (!prepare(&layout, text)) return edi_arena_status(arena);
  put_file(&layout);
  if (out->failed == EDICT_MEMORY) return EDICT_MEMORY;
  if (out->failed == EDICT_OK && out->len <= EDI_LIMIT_RULE_FILE)
    return prove(&layout, diagnostics);
  edi_finding *finding =
      edi_diagnostics_add(diagnostics, EDI_E0840, (edi_span){file->source, 0, 0}, "",
                          "laid out, this file would be larger than a rule file may be");
  edi_finding_fix(finding, false, "split it: several files may share a module");
  return EDICT_LIMIT;
}
