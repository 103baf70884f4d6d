/* Editor: a project checked again and again, over texts that are not saved.
 *
 * In: paths and texts. Out: findings, and an index for whoever asks. Each check reads everything anew
 * into an arena of its own: nothing of an older one is left to be wrong. */
#include "policy/editor_state.h"

#include "bundle/limits.h"

#define PASSING_MOST ((size_t)256 * 1024 * 1024)

/* ---- life ---- */

static void *resize(void *pointer, size_t old_size, size_t new_size) {
  return edi_allocator_default.resize(edi_allocator_default.context, pointer, old_size, new_size);
}

edict_status edict_editor_create(const char *path, edict_editor **editor) {
  *editor = NULL;
  if (!path || !*path) return EDICT_ARGUMENT;
  edict_editor *e = resize(NULL, 0, sizeof *e);
  size_t length = strlen(path) + 1;
  char *copy = e ? resize(NULL, 0, length) : NULL;
  if (!copy) {
    if (e) resize(e, sizeof *e, 0);
    return EDICT_MEMORY;
  }
  memcpy(copy, path, length);
  *e = (edict_editor){
      .path = copy, .overlay = {.below = &edi_system_posix}, .status = EDICT_NOT_FOUND};
  edi_arena_init(&e->passing, NULL, PASSING_MOST);
  *editor = e;
  return EDICT_OK;
}

static void drop_project(edict_editor *e) {
  edict_project_destroy(&e->project);
  e->index = (edi_index){.arena = NULL};
  e->texts = NULL;
  e->file_count = e->text_count = 0;
  e->arena = NULL;
  e->described = NULL;
}

void edict_editor_destroy(edict_editor **editor) {
  if (!editor || !*editor) return;
  edict_editor *e = *editor;
  drop_project(e);
  edi_arena_fini(&e->passing);
  edi_overlay_fini(&e->overlay);
  resize(e->path, strlen(e->path) + 1, 0);
  resize(e, sizeof *e, 0);
  *editor = NULL;
}

edict_status edict_editor_set_text(edict_editor *editor, const char *path, const char *text,
                                   size_t length) {
  if (!editor || !path) return EDICT_ARGUMENT;
  return edi_overlay_set(&editor->overlay, path, (edi_str){text, text ? length : 0});
}

/* ---- files ---- */

static const edi_file_ast *ast_of(const edi_model *model, edi_str path, bool federal) {
  if (!model) return NULL;
  size_t begin = federal ? 0 : model->federal_file_count;
  size_t end = federal ? model->federal_file_count : model->file_count;
  for (size_t i = begin; i < end; i++)
    if (edi_str_equal(model->files[i]->path, path)) return model->files[i];
  return NULL;
}

static const char *path_of(edict_editor *e, edi_str name) {
  const char *slash = strrchr(e->path, '/');
  size_t folder = slash ? (size_t)(slash - e->path) + 1 : 0;
  char *path = edi_arena_alloc(e->arena, folder + name.len + 1);
  if (!path) return NULL;
  memcpy(path, e->path, folder);
  memcpy(path + folder, name.ptr, name.len);
  return path;
}

static bool add_text(edict_editor *e, size_t *capacity, edi_editor_text text) {
  void *items = e->texts;
  if (!edi_arena_grow(e->arena, &items, capacity, e->text_count, sizeof text)) return false;
  e->texts = items;
  e->texts[e->text_count++] = text;
  return true;
}

static edi_source contract_source(const edi_model *model, edi_str path) {
  for (size_t i = 0; model && i < model->contract_count; i++)
    if (edi_str_equal(model->contracts[i].path, path)) return model->contracts[i].source;
  return EDI_SOURCE_NONE;
}

static bool add_files(edict_editor *e, size_t *capacity) {
  const edi_build *b = &e->project->build;
  const edi_project *p = b->project;
  bool good = add_text(e, capacity, (edi_editor_text){e->path, p->path, p->text, p->source, NULL});
  for (size_t i = 0; i < p->rule_count && good; i++) {
    const edi_project_file *f = &p->rules[i];
    const edi_file_ast *ast = ast_of(b->model, f->path, p->layer == EDI_BUNDLE_FEDERAL);
    const char *path = path_of(e, f->path);
    good = path && add_text(e, capacity, (edi_editor_text){path, f->path, f->text,
                                                           ast ? ast->source : EDI_SOURCE_NONE, ast});
  }
  for (size_t i = 0; i < p->contract_count && good; i++) {
    const edi_project_file *f = &p->contracts[i];
    const char *path = path_of(e, f->path);
    good = path && add_text(e, capacity, (edi_editor_text){path, f->path, f->text,
                                                           contract_source(b->model, f->path), NULL});
  }
  e->data_first = e->text_count;
  for (size_t i = 0; i < p->table_count && good; i++) {
    const edi_project_file *f = &p->tables[i].file;
    const char *path = path_of(e, f->path);
    good = path && add_text(e, capacity, (edi_editor_text){path, f->path, f->text, EDI_SOURCE_NONE, NULL});
  }
  e->file_count = e->text_count;
  return good;
}

/* The sources of the federal bundle: "rules/x.edict" there is "NAME/x.edict" in the model. */
static bool add_parent(edict_editor *e, size_t *capacity) {
  const edi_build *b = &e->project->build;
  const edi_model *m = b->model;
  for (size_t i = 0; m && m->domain.len > 0 && i < m->federal_file_count; i++) {
    edi_str path = m->files[i]->path, bundle = b->parent.manifest.name;
    if (path.len <= bundle.len + 1) continue;
    edi_str file = {path.ptr + bundle.len + 1, path.len - bundle.len - 1};
    for (size_t k = 0; k < b->parent.manifest.file_count; k++) {
      edi_str name = b->parent.files[k].name;
      if (!edi_str_starts(name, EDI_STR("rules/")) || name.len != file.len + 6 || !edi_str_ends(name, file))
        continue;
      edi_editor_text text = {NULL, path, b->parent.files[k].bytes, m->files[i]->source, m->files[i]};
      if (!add_text(e, capacity, text)) return false;
    }
  }
  return true;
}

edi_str edi_editor_source_text(const edict_editor *editor, edi_source source) {
  for (size_t i = 0; i < editor->text_count; i++)
    if (editor->texts[i].source == source && source != EDI_SOURCE_NONE) return editor->texts[i].text;
  return EDI_STR("");
}

size_t edi_editor_file_of(const edict_editor *editor, edi_source source) {
  for (size_t i = 0; i < editor->file_count; i++)
    if (editor->texts[i].source == source && source != EDI_SOURCE_NONE) return i;
  return EDICT_EDITOR_NOWHERE;
}

/* ---- checking ---- */

static edi_str text_of_source(void *user, edi_source source) {
  return edi_editor_source_text(user, source);
}

static edict_status finish(edict_editor *e) {
  size_t capacity = 0;
  e->arena = &e->project->arena;
  if (!e->project->build.project) return EDICT_OK; /* edict.yaml could not be read */
  if (!add_files(e, &capacity) || !add_parent(e, &capacity)) return edi_arena_status(e->arena);
  const edi_model *model = e->project->build.model;
  return model ? edi_index_finish(&e->index, model, text_of_source, e) : EDICT_OK;
}

edict_status edict_editor_check(edict_editor *editor, edict_diagnostics *diagnostics) {
  if (!editor || !diagnostics) return EDICT_ARGUMENT;
  drop_project(editor);
  edict_diagnostics_clear(diagnostics);
  edi_system system = edi_overlay_system(&editor->overlay);
  editor->status = edi_project_handle_open(&system, editor->path, (edi_str){NULL, 0}, &editor->index, false,
                                           &editor->project, diagnostics);
  if (!editor->project) return editor->status;
  edict_status status = finish(editor);
  if (status == EDICT_OK) return editor->status;
  drop_project(editor);
  return editor->status = status;
}

const edict_project *edict_editor_project(const edict_editor *editor) {
  return editor->status == EDICT_OK ? editor->project : NULL;
}

size_t edict_editor_file_count(const edict_editor *editor) { return editor->file_count; }

edict_status edict_editor_file_at(const edict_editor *editor, size_t index, edict_editor_file *file) {
  if (index >= editor->file_count) return EDICT_ARGUMENT;
  const edi_editor_text *text = &editor->texts[index];
  const edi_project *p = editor->project->build.project;
  *file = (edict_editor_file){.path = text->path,
                              .name = text->name.ptr, /* copied by the project, with a NUL */
                              .text = text->text.ptr,
                              .length = text->text.len,
                              .rules = index > 0 && index <= p->rule_count};
  return EDICT_OK;
}

/* ---- texts ---- */

edi_arena *edi_editor_pass(edict_editor *editor) {
  edi_arena *kept = editor->arena;
  edi_arena_fini(&editor->passing);
  edi_arena_init(&editor->passing, NULL, PASSING_MOST);
  editor->arena = &editor->passing;
  return kept;
}

const char *edi_editor_text_copy(edict_editor *editor, edi_str text) {
  const char *copy = edi_arena_copy(editor->arena, text.ptr ? text.ptr : "", text.len);
  return copy ? copy : "";
}

const char *edi_editor_text_give(edict_editor *editor, edi_buf *buf) {
  const char *text = buf->failed == EDICT_OK
                         ? edi_editor_text_copy(editor, (edi_str){buf->ptr, buf->len})
                         : "";
  edi_buf_fini(buf);
  return text;
}

const char *edi_editor_type(edict_editor *editor, edi_type type) {
  edi_buf buf;
  edi_buf_init(&buf, NULL, 1024);
  if (type != EDI_TYPE_NONE) edi_model_type_name(editor->project->build.model, type, &buf);
  return edi_editor_text_give(editor, &buf);
}
