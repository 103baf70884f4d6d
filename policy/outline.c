/* Outline: the declarations of a file, as editors list them. */
#include "policy/editor_state.h"
#include "policy/lex.h"

/* What a declaration is called, and where that stands. The switch has no default: a new kind of
 * declaration does not compile until it is listed. */
static edi_name name_of(const edi_decl *decl) {
  switch (decl->kind) {
    case EDI_DECL_TAXONOMY: return decl->as.taxonomy.kind;
    case EDI_DECL_LEVELS: return decl->as.levels.name;
    case EDI_DECL_ATTRIBUTES: return (edi_name){{NULL, 0}, decl->as.attributes.entity_span};
    case EDI_DECL_ISSUER: return decl->as.issuer->name;
    case EDI_DECL_KEY: return decl->as.key.name;
    case EDI_DECL_TABLE: return decl->as.table.name;
    case EDI_DECL_STATE: return (edi_name){EDI_STR("may state"), decl->span};
    case EDI_DECL_UNTAGGED: return (edi_name){EDI_STR("columns"), decl->span};
    case EDI_DECL_OBLIGATION: return decl->as.obligation.name;
    case EDI_DECL_RULE: return decl->as.rule.name;
    case EDI_DECL_TEST: return (edi_name){decl->as.test->title, decl->as.test->span};
    case EDI_DECL_LET:
    case EDI_DECL_DEFINE: return decl->as.definition.name;
    case EDI_DECL_RESOURCE: return decl->as.resource.name;
  }
  return (edi_name){{NULL, 0}, decl->span};
}

/* The word that begins a declaration, as it stands there. */
static edi_str first_word(edi_str text, uint32_t begin) {
  uint32_t end = begin;
  while (end < text.len && edi_lexer_is_word(text.ptr[end])) end++;
  return (edi_str){text.ptr + begin, end - begin};
}

static void list(edict_editor *e, const edi_editor_text *file, const edi_decl *decl, edict_outline *item) {
  edi_name name = name_of(decl);
  bool inside = name.span.source == file->source && name.span.end <= file->text.len;
  edi_span span = inside && name.span.end > name.span.begin ? name.span : decl->span;
  edi_str written = {file->text.ptr + span.begin, span.end - span.begin};
  *item = (edict_outline){
      .kind = edi_editor_text_copy(e, first_word(file->text, decl->span.begin)),
      .name = edi_editor_text_copy(e, name.text.len > 0 ? name.text : written),
      .begin = decl->span.begin,
      .end = decl->span.end,
      .name_begin = span.begin,
      .name_end = span.end};
}

size_t edict_editor_outline(edict_editor *editor, size_t file, edict_outline *items, size_t capacity) {
  if (file >= editor->file_count || !editor->texts[file].rules) return 0;
  const edi_editor_text *text = &editor->texts[file];
  const edi_file_ast *ast = text->rules;
  edi_arena *kept = edi_editor_pass(editor);
  for (size_t i = 0; i < ast->decl_count && i < capacity; i++)
    list(editor, text, ast->decls[i], &items[i]);
  editor->arena = kept;
  return ast->decl_count;
}
