/* Editor, tables: what is wrong in the data of a project's tables, as a build finds it.
 *
 * Data may be large, and most checks follow the change of a letter in a rule. So a table in which nothing was found is
 * not read again as long as its text, its columns and the words of the vocabulary are the same. */
#include "policy/editor_state.h"

static uint64_t mix(uint64_t h, uint64_t v) {
  h = (h ^ v) * UINT64_C(0x9E3779B97F4A7C15);
  return h ^ (h >> 29);
}

static uint64_t words_of(const edi_model *m) {
  uint64_t h = mix(m->nodes_count, m->levels_count);
  for (size_t i = 0; i < m->kinds_count; i++) h = mix(h, edi_str_hash(m->kinds[i].name));
  for (size_t i = 0; i < m->nodes_count; i++) h = mix(mix(h, edi_str_hash(m->nodes[i].name)), (uint64_t)m->nodes[i].kind << 1 | m->nodes[i].is_abstract);
  for (size_t i = 0; i < m->levels_count; i++) h = mix(mix(h, edi_str_hash(m->levels[i].name)), m->levels[i].scale);
  return h;
}

static uint64_t columns_of(const edi_sym_tablecol *columns, size_t count) {
  uint64_t h = count;
  for (size_t i = 0; i < count; i++) h = mix(mix(h, edi_str_hash(columns[i].name)), columns[i].type);
  return h;
}

static uint64_t key_of(const edi_model *m, const edi_project_table *table, uint64_t words) {
  uint32_t number = edi_model_table(m, table->name.text);
  uint64_t h = mix(words, edi_str_hash(table->name.text));
  if (number == EDI_NONE) return h;
  const edi_sym_table *t = &m->tables[number];
  h = mix(mix(h, columns_of(t->keys, t->key_count)), columns_of(t->values, t->value_count));
  return mix(mix(h, edi_str_hash(table->file.path)), edi_str_hash(table->file.text));
}

static bool is_clean(const edict_editor *e, uint64_t key) {
  for (size_t i = 0; i < e->clean_count; i++)
    if (e->clean[i] == key) return true;
  return false;
}

/* Remembered where there is room: what is not is read again. */
static void remember(uint64_t *clean, size_t *count, uint64_t key) {
  if (*count < EDI_EDITOR_CLEAN_MOST) clean[(*count)++] = key;
}

edict_status edict_editor_check_tables(edict_editor *editor, size_t most, edict_diagnostics *diagnostics) {
  const edict_project *project = edict_editor_project(editor);
  if (!project) return EDICT_OK;
  const edi_project *p = project->build.project;
  uint64_t words = words_of(project->build.model), clean[EDI_EDITOR_CLEAN_MOST];
  size_t count = 0, left = most;
  edict_status all = EDICT_OK;
  for (size_t i = 0; i < p->table_count; i++) {
    uint64_t key = key_of(project->build.model, &p->tables[i], words);
    edict_status status = EDICT_OK;
    char *bytes = NULL;
    size_t length = p->tables[i].file.text.len;
    if (!is_clean(editor, key)) {
      if (length > left) status = EDICT_LIMIT;
      else status = edict_project_build_table(project, i, &bytes, &length, diagnostics);
      left -= status == EDICT_LIMIT ? 0 : p->tables[i].file.text.len;
      edict_text_free(&bytes);
    }
    if (status == EDICT_OK) remember(clean, &count, key);
    else if (all == EDICT_OK || all == EDICT_FINDINGS) all = status;
  }
  memcpy(editor->clean, clean, count * sizeof *clean);
  editor->clean_count = count;
  return all;
}
