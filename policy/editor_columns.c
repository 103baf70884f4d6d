/* Editor, columns of contracts: what is known of one, from its contract or from `row.NAME` of a rule.
 *
 * They are no symbols: several datasets may have a column of one name, and what it is called is said by the
 * data. So they are told of and not renamed. */
#include "policy/editor_state.h"
#include "policy/lex.h"

enum { TOLD_MOST = 16, TEXT_MOST = 16384 };

/* The word at the place, if `row.` stands before it. */
static bool row_column_at(edi_str text, size_t offset, size_t *begin, size_t *end) {
  if (offset > text.len) return false;
  for (*begin = offset; *begin > 0 && edi_lexer_is_word(text.ptr[*begin - 1]);) --*begin;
  for (*end = offset; *end < text.len && edi_lexer_is_word(text.ptr[*end]);) ++*end;
  edi_str before = {text.ptr, *begin};
  bool row = *end > *begin && edi_str_ends(before, EDI_STR("row."));
  return row && (*begin == 4 || !edi_lexer_is_word(text.ptr[*begin - 5]));
}

static void put_column(edict_editor *e, const edi_contract_facts *c, const edi_dataset_facts *d, const edi_column_facts *column, edi_buf *into) {
  const edi_model *m = e->project->build.model;
  edi_buf_format(into, "%scolumn %.*s: %s", into->len ? "\n" : "", EDI_STR_ARG(column->name),
                 column->type == EDI_TYPE_NONE ? "no cells that rules read" : edi_editor_type(e, column->type));
  for (size_t i = 0; i < column->tag_count; i++)
    edi_buf_format(into, "%s%.*s", i ? ", " : ", tagged ", EDI_STR_ARG(m->nodes[column->tags[i]].name));
  if (column->classification != EDI_NONE) edi_buf_format(into, ", classified %.*s", EDI_STR_ARG(m->levels[column->classification].name));
  edi_buf_format(into, ", of dataset %.*s of %.*s (%.*s)", EDI_STR_ARG(d->name), EDI_STR_ARG(c->name), EDI_STR_ARG(c->path));
}

/* Those of the name, or the one whose name stands at the place. */
static void put_columns(edict_editor *e, edi_str name, edi_source source, uint32_t offset, edict_reference *here, edi_buf *into) {
  const edi_model *m = e->project->build.model;
  size_t told = 0;
  for (size_t c = 0; c < m->contract_count; c++)
    for (size_t d = 0; d < m->contracts[c].dataset_count; d++)
      for (size_t i = 0; i < m->contracts[c].datasets[d].column_count; i++) {
        const edi_column_facts *column = &m->contracts[c].datasets[d].columns[i];
        const edi_span at = column->span;
        bool stands = name.len == 0 && at.source == source && source != EDI_SOURCE_NONE && at.begin <= offset && offset <= at.end;
        if (!stands && (name.len == 0 || !edi_str_equal(column->name, name))) continue;
        if (stands) *here = (edict_reference){here->file, at.begin, at.end, true};
        if (told++ < TOLD_MOST) put_column(e, &m->contracts[c], &m->contracts[c].datasets[d], column, into);
      }
  if (told > TOLD_MOST) edi_buf_format(into, "\nand %zu more", told - TOLD_MOST);
}

const char *edict_editor_column_at(edict_editor *editor, size_t file, size_t offset, edict_reference *here) {
  if (file >= editor->file_count || offset > UINT32_MAX || !editor->project->build.model) return NULL;
  const edi_editor_text *text = &editor->texts[file];
  edi_str name = {NULL, 0};
  edi_buf told;
  *here = (edict_reference){.file = file};
  if (text->rules) {
    if (!row_column_at(text->text, offset, &here->begin, &here->end)) return NULL;
    name = (edi_str){text->text.ptr + here->begin, here->end - here->begin};
  }
  edi_buf_init(&told, NULL, TEXT_MOST);
  put_columns(editor, name, text->source, (uint32_t)offset, here, &told);
  if (told.len > 0) return edi_editor_text_give(editor, &told);
  edi_buf_fini(&told);
  return NULL;
}
