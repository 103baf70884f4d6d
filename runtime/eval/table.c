/* Table look-ups: keys as cells in the table file's own form, found by its index.
 *
 * A node key stands for itself and every node above it, so one question may probe several rows; the
 * number of probes is bounded, and beyond the bound the answer is unknown. */
#include "eval/table.h"

#define MOST_PROBES EDI_LIMIT_TABLE_PROBES
#define KEY_TEXT EDI_LIMIT_TABLE_KEY

typedef struct probe {
  const edi_vm *vm;
  const edi_table_link *link;
  const edi_value *keys;
  unsigned count;
  edi_tablecell cells[EDI_LIMIT_TABLE_COLUMNS];
  char text[KEY_TEXT];      /* written before it is read, and never zeroed as a whole */
  unsigned probes;
  bool too_many, open;      /* open: a row that is not found may be what a key means all the same */
  unsigned hits;
  /* for values */
  bool wants_value, disagree;
  uint32_t column;
  const edi_tablecell *value;
} probe;

/* No months are no time. */
static edi_tablecell number_cell(edi_value v) {
  bool scaled = v.base == EDI_TYPE_DECIMAL || (v.base == EDI_TYPE_DURATION && v.as.integer != 0);
  return (edi_tablecell){EDI_TABLECELL_INLINE, scaled ? v.scale : 0, v.as.integer};
}

/* A row may stand for a node below the key; and whether a month is 30 days depends on the month. */
static bool is_open(const edi_vm *vm, const edi_table_link *link, edi_value key) {
  if (key.base == EDI_TYPE_NODE) return !edi_vocabulary_is_leaf(vm->vocabulary, (uint32_t)key.as.integer);
  return key.base == EDI_TYPE_DURATION && (link->data->units & ~(1u << number_cell(key).length)) != 0;
}

static bool set_text(probe *p, unsigned key, size_t *used, edi_str text) {
  if (text.len > KEY_TEXT - *used) return false;
  if (text.len) memcpy(p->text + *used, text.ptr, text.len);
  p->cells[key] = (edi_tablecell){EDI_TABLECELL_HEAP, (uint32_t)text.len, (int64_t)*used};
  *used += text.len;
  return true;
}

static bool same_value(const probe *p, const edi_tablecell *a, const edi_tablecell *b) {
  edi_str heap = p->link->data->heap;
  if (edi_tablecell_is_text(a) && edi_tablecell_is_text(b))
    return edi_str_equal(edi_tablecell_text(a, heap), edi_tablecell_text(b, heap));
  return a->kind == b->kind && a->length == b->length && a->value == b->value;
}

static void hit(probe *p, uint64_t row) {
  if (p->wants_value) {
    const edi_tablefile *data = p->link->data;
    const edi_tablecell *cell = &data->cells[row * (data->key_count + data->value_count) + p->column];
    if (p->hits > 0 && !same_value(p, cell, p->value)) p->disagree = true;
    p->value = cell;
  }
  p->hits++;
}

static void probe_from(probe *p, unsigned key, size_t used);

static void probe_node(probe *p, unsigned key, size_t used) {
  const edi_vocabulary *v = p->vm->vocabulary;
  uint32_t node = (uint32_t)p->keys[key].as.integer;
  for (uint32_t at = node; at != EDI_NONE; at = edi_vocabulary_parent(v, at)) {
    size_t mark = used;
    if (!set_text(p, key, &mark, edi_vocabulary_name(v, at))) {
      p->too_many = true;
      return;
    }
    probe_from(p, key + 1, mark);
  }
}

/* A level is found by its name, as tables keep it. */
static edi_str level_name(const edi_vm *vm, const edi_table_link *link, unsigned key, edi_value v) {
  const edi_program *federal = vm->vocabulary->program;
  const edi_scale *scale = &federal->scales[EDI_TYPE_PARAM(link->types[key])];
  uint32_t level = scale->levels.first + (uint32_t)v.as.integer;
  return edi_program_string(federal, federal->levels[level].name);
}

/* Recursion is as deep as a table has keys: at most EDI_LIMIT_TABLE_COLUMNS. */
static void probe_from(probe *p, unsigned key, size_t used) {
  if (p->too_many) return;
  if (key == p->count) {
    if (++p->probes > MOST_PROBES) {
      p->too_many = true;
      return;
    }
    uint64_t row = edi_tablefile_find(p->link->data, p->cells, (edi_str){p->text, used});
    if (row != UINT64_MAX) hit(p, row);
    return;
  }
  edi_value v = p->keys[key];
  switch (v.base) {
    case EDI_TYPE_NODE: probe_node(p, key, used); return;
    case EDI_TYPE_STRING:
    case EDI_TYPE_ID:
    case EDI_TYPE_IP:
    case EDI_TYPE_LEVEL:
      if (!set_text(p, key, &used,
                    v.base == EDI_TYPE_LEVEL ? level_name(p->vm, p->link, key, v) : edi_value_str(v))) {
        p->too_many = true;
        return;
      }
      break;
    default: p->cells[key] = number_cell(v);
  }
  probe_from(p, key + 1, used);
}

static bool is_fresh(const edi_vm *vm, const edi_table_link *link) {
  return link->data && vm->now >= link->not_before && vm->now < link->fresh_until;
}

/* False if nothing can be said: too many keys, or an unknown one. */
static bool may_ask(const edi_value *keys, unsigned count) {
  if (count > EDI_LIMIT_TABLE_COLUMNS) return false;
  for (unsigned i = 0; i < count; i++)
    if (!keys[i].base || keys[i].set) return false;
  return true;
}

static bool ask(probe *p, const edi_vm *vm, uint32_t table, const edi_value *keys, unsigned count) {
  p->vm = vm;
  p->link = &vm->linked->tables[table];
  p->keys = keys;
  p->count = count;
  p->probes = p->hits = 0;
  p->too_many = p->open = p->disagree = false;
  if (!is_fresh(vm, p->link) || !may_ask(keys, count)) return false;
  for (unsigned i = 0; i < count; i++) p->open = p->open || is_open(vm, p->link, keys[i]);
  probe_from(p, 0, 0);
  return !p->too_many;
}

edi_truth edi_table_has(const edi_vm *vm, uint32_t table, const edi_value *keys, unsigned count) {
  probe p;
  p.wants_value = false;
  if (!ask(&p, vm, table, keys, count)) return EDI_UNKNOWN;
  if (p.hits) return EDI_YES;
  return p.link->complete && !p.open ? EDI_NO : EDI_UNKNOWN;
}

static edi_value from_cell(const probe *p, const edi_tablecell *cell, edi_type type) {
  const edi_vocabulary *v = p->vm->vocabulary;
  if (cell->kind == EDI_TABLECELL_INLINE) {
    edi_value value = edi_value_integer(EDI_TYPE_BASE(type), cell->value);
    value.scale = EDI_VALUE_SCALE(cell->length);
    return value;
  }
  edi_str text = edi_tablecell_text(cell, p->link->data->heap);
  uint32_t found;
  switch (EDI_TYPE_BASE(type)) {
    case EDI_TYPE_NODE:
      found = edi_vocabulary_node(v, EDI_TYPE_PARAM(type), text);
      return found == EDI_NONE ? edi_value_unknown() : edi_value_integer(EDI_TYPE_NODE, found);
    case EDI_TYPE_LEVEL:
      found = edi_vocabulary_level(v, EDI_TYPE_PARAM(type), text);
      return found == EDI_NONE ? edi_value_unknown() : edi_value_integer(EDI_TYPE_LEVEL, found);
    default: return edi_value_text(EDI_TYPE_BASE(type), text);
  }
}

edi_value edi_table_value(const edi_vm *vm, uint32_t column, const edi_value *keys, unsigned count) {
  const edi_program *program = &vm->linked->program;
  const edi_tablecol *col = &program->tablecols[column];
  const edi_table *table = &program->tables[col->table];
  probe p;
  p.wants_value = true;
  p.column = table->keys.count + (column - table->values.first);
  if (!ask(&p, vm, col->table, keys, count) || p.hits == 0 || p.disagree) return edi_value_unknown();
  if (p.value->kind == EDI_TABLECELL_ABSENT) return edi_value_unknown();
  return from_cell(&p, p.value, p.link->types[p.column]);
}

/* ---- many look-ups ---- */

void edi_table_many_begin(edi_table_many *m, const edi_vm *vm, uint32_t table, unsigned count, edi_truth *said) {
  m->vm = vm;
  m->table = table;
  m->count = count;
  m->fresh = is_fresh(vm, &vm->linked->tables[table]);
  m->said = said;
  m->asked = m->waiting = m->used = 0;
}

static void answer_waiting(edi_table_many *m) {
  if (!m->waiting) return;
  edi_tablefile_find_many(m->vm->linked->tables[m->table].data, m->cells, m->waiting, (edi_str){m->text, m->used}, m->found);
  for (size_t i = 0; i < m->waiting; i++)
    if (m->found[i] != UINT64_MAX) m->said[m->of[i]] = EDI_YES;
  m->waiting = m->used = 0;
}

/* A short text into its cell, another behind those of its look-up, of which there are `*length` bytes. */
static bool put_text(edi_table_many *m, edi_str text, edi_tablecell *cell, size_t *length) {
  if (text.len > KEY_TEXT - *length) return false;
  *length += text.len;
  if (text.len <= EDI_TABLE_SHORT_MOST) {
    *cell = edi_tablecell_short(text);
    return true;
  }
  if (text.len > sizeof m->text - m->used) return false;
  *cell = (edi_tablecell){EDI_TABLECELL_HEAP, (uint32_t)text.len, (int64_t)m->used};
  memcpy(m->text + m->used, text.ptr, text.len);
  m->used += text.len;
  return true;
}

/* As probe_from, but that rows wait. False: there is no room for all of them, or they are beyond a limit. */
static bool put_from(edi_table_many *m, const edi_value *keys, unsigned key, edi_tablecell *row, size_t length) {
  const edi_vocabulary *v = m->vm->vocabulary;
  if (key == m->count) {
    if (m->waiting == EDI_TABLE_AT_ONCE) return false;
    memcpy(m->cells + m->waiting * m->count, row, m->count * sizeof *row);
    m->of[m->waiting++] = m->asked;
    return true;
  }
  edi_value value = keys[key];
  if (value.base == EDI_TYPE_NODE) {
    for (uint32_t at = (uint32_t)value.as.integer; at != EDI_NONE; at = edi_vocabulary_parent(v, at)) {
      size_t used = length;
      if (!put_text(m, edi_vocabulary_name(v, at), &row[key], &used) || !put_from(m, keys, key + 1, row, used)) return false;
    }
    return true;
  }
  if (value.base == EDI_TYPE_LEVEL || edi_base_is_text(value.base)) {
    edi_str text = value.base == EDI_TYPE_LEVEL ? level_name(m->vm, &m->vm->linked->tables[m->table], key, value) : edi_value_str(value);
    if (!put_text(m, text, &row[key], &length)) return false;
  } else {
    row[key] = number_cell(value);
  }
  return put_from(m, keys, key + 1, row, length);
}

static bool put(edi_table_many *m, const edi_value *keys) {
  edi_tablecell row[EDI_TABLE_MANY_KEYS];
  size_t waiting = m->waiting, used = m->used;
  if (put_from(m, keys, 0, row, 0)) return true;
  m->waiting = waiting;
  m->used = used;
  return false;
}

/* What the look-up is where no row is found. */
static edi_truth otherwise(const edi_table_many *m, const edi_value *keys) {
  const edi_table_link *link = &m->vm->linked->tables[m->table];
  bool complete = link->complete;
  for (unsigned i = 0; i < m->count; i++) complete = complete && !is_open(m->vm, link, keys[i]);
  return complete ? EDI_NO : EDI_UNKNOWN;
}

void edi_table_many_add(edi_table_many *m, const edi_value *keys) {
  bool may = m->fresh && may_ask(keys, m->count);
  m->said[m->asked] = may ? otherwise(m, keys) : EDI_UNKNOWN;
  if (may && !put(m, keys)) {
    answer_waiting(m);
    if (!put(m, keys)) m->said[m->asked] = edi_table_has(m->vm, m->table, keys, m->count);
  }
  m->asked++;
}

static bool put_one(edi_table_many *m, edi_str key) {
  size_t length = 0;
  if (m->waiting == EDI_TABLE_AT_ONCE || !put_text(m, key, &m->cells[m->waiting], &length)) return false;
  m->of[m->waiting++] = m->asked;
  return true;
}

void edi_table_many_add_text(edi_table_many *m, edi_str key) {
  m->said[m->asked] = m->fresh && m->vm->linked->tables[m->table].complete ? EDI_NO : EDI_UNKNOWN;
  if (m->fresh && !put_one(m, key)) {
    answer_waiting(m);
    if (!put_one(m, key)) m->said[m->asked] = EDI_UNKNOWN;
  }
  m->asked++;
}

void edi_table_many_end(edi_table_many *m) { answer_waiting(m); }
