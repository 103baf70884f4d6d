/* Editor, data: where the table data of a project names a node, a level or a column of its table.
 *
 * Read only when somebody asks, by the one reader of such files: data may be large, and no check needs it. A
 * file that cannot be read as its table's data names nothing for certain, and says so. */
#include "policy/editor_state.h"
#include "policy/table_csv.h"

enum { DATA_MOST = 64 * 1024 * 1024 };

typedef struct asked {
  const edi_index_symbol *symbol;
  uint32_t table;
  size_t file;
  edi_editor_place *each;
  void *user;
} asked;

static void hear(void *user, const edi_table_csv_name *name) {
  const asked *a = user;
  unsigned kind = a->symbol->kind;
  bool same = kind == EDI_INDEX_COLUMN ? name->heading && a->table * EDI_LIMIT_TABLE_COLUMNS + name->column == a->symbol->number
              : kind == EDI_INDEX_NODE ? !name->heading && EDI_TYPE_BASE(name->type) == EDI_TYPE_NODE && name->symbol == a->symbol->number
                                       : !name->heading && EDI_TYPE_BASE(name->type) == EDI_TYPE_LEVEL && name->symbol == a->symbol->number;
  if (same) a->each(a->user, &(edict_reference){a->file, name->begin, name->end, false});
}

static bool may_name(const edi_model *m, const edi_index_symbol *s, uint32_t table) {
  const edi_sym_table *t = &m->tables[table];
  if (s->kind == EDI_INDEX_COLUMN) return s->number / EDI_LIMIT_TABLE_COLUMNS == table;
  edi_type type = s->kind == EDI_INDEX_NODE ? EDI_TYPE_MAKE(EDI_TYPE_NODE, m->nodes[s->number].kind)
                                            : EDI_TYPE_MAKE(EDI_TYPE_LEVEL, m->levels[s->number].scale);
  for (size_t i = 0; i < t->key_count; i++)
    if (t->keys[i].type == type) return true;
  for (size_t i = 0; i < t->value_count; i++)
    if (t->values[i].type == type) return true;
  return false;
}

static bool read_table(const edict_editor *e, asked *a, const edi_project_table *table) {
  const edi_model *m = e->project->build.model;
  edi_arena arena;
  if (table->file.text.len > DATA_MOST) return false;
  edi_arena_init(&arena, NULL, (size_t)1 << 30);
  edict_status status = edi_table_csv_names(&arena, m, &m->tables[a->table], table->file.text, hear, a);
  edi_arena_fini(&arena);
  return status == EDICT_OK;
}

const edi_project_table *edi_editor_data(const edict_editor *e, uint32_t id, edi_editor_place *each, void *user) {
  const edi_model *m = e->project ? e->project->build.model : NULL;
  const edi_project *p = e->project ? e->project->build.project : NULL;
  if (!m || id >= e->index.symbol_count) return NULL;
  asked a = {.symbol = &e->index.symbols[id], .each = each, .user = user};
  if (a.symbol->kind != EDI_INDEX_NODE && a.symbol->kind != EDI_INDEX_LEVEL && a.symbol->kind != EDI_INDEX_COLUMN) return NULL;
  for (size_t i = 0; i < p->table_count; i++) {
    a.table = edi_model_table(m, p->tables[i].name.text);
    a.file = e->data_first + i;
    if (a.table == EDI_NONE || !may_name(m, a.symbol, a.table)) continue;
    if (!read_table(e, &a, &p->tables[i])) return &p->tables[i];
  }
  return NULL;
}

/* ---- what stands at a place ---- */

typedef struct seeking {
  uint32_t table;
  size_t offset;
  edi_table_csv_name found;
  bool any;
} seeking;

static void look(void *user, const edi_table_csv_name *name) {
  seeking *s = user;
  if (s->any || s->offset < name->begin || s->offset > name->end) return;
  s->found = *name;
  s->any = true;
}

static uint32_t symbol_of(const edict_editor *e, unsigned kind, uint32_t number) {
  for (size_t i = 0; i < e->index.symbol_count; i++)
    if (e->index.symbols[i].kind == kind && e->index.symbols[i].number == number) return (uint32_t)i;
  return EDI_NONE;
}

uint32_t edi_editor_data_at(const edict_editor *e, size_t file, size_t offset, edict_reference *here) {
  const edi_model *m = e->project->build.model;
  const edi_project *p = e->project->build.project;
  size_t at = file - e->data_first;
  edi_arena arena;
  if (!m || file < e->data_first || at >= p->table_count || p->tables[at].file.text.len > DATA_MOST) return EDI_NONE;
  seeking s = {.table = edi_model_table(m, p->tables[at].name.text), .offset = offset};
  if (s.table == EDI_NONE) return EDI_NONE;
  edi_arena_init(&arena, NULL, (size_t)1 << 30);
  edict_status status = edi_table_csv_names(&arena, m, &m->tables[s.table], p->tables[at].file.text, look, &s);
  edi_arena_fini(&arena);
  if (status != EDICT_OK || !s.any) return EDI_NONE;
  *here = (edict_reference){file, s.found.begin, s.found.end, false};
  if (s.found.heading) return symbol_of(e, EDI_INDEX_COLUMN, (uint32_t)(s.table * EDI_LIMIT_TABLE_COLUMNS + s.found.column));
  return symbol_of(e, EDI_TYPE_BASE(s.found.type) == EDI_TYPE_NODE ? EDI_INDEX_NODE : EDI_INDEX_LEVEL, s.found.symbol);
}
