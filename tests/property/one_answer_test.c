/* One answer: the same rows as an Arrow batch, as JSON events, as texts of a file, as cells and as vectors come out the same:
 * random contracts, nested too, random masks and random values, damaged ones among them, in each layout that Arrow has.
 *
 * A batch is made; its rows are written as JSON and as texts by this file, from cells, and so is what comes out of it. What
 * a JSON text cannot say, being damaged, is a number that no column holds. EDICT_SEED and EDICT_ROUNDS choose where to
 * start and how many contracts there are. */
#include "harness.h"

#include "edict/event.h"
#include "edict/receipt.h"
#include "enforce/cell_forms.h"
#include "support/arrows.h"
#include "support/mesh.h"
#include "support/seed.h"

#define RULE(name, effect, rest) "rule " name "\n " effect "\n" rest " because \"x\"\n"
#define COUNT(list) (sizeof(list) / sizeof *(list))
#define PICK(r, list) ((list)[random_below((r), COUNT(list))])

enum { COLUMNS_MOST = 128, TOPS = 9, DEPTH = 3, TEXT_MOST = 1 << 16, BATCHES = 3, ROWS = 24, ROUNDS = 60 };

typedef struct counts { uint64_t rows, shown, values, damaged, strange, texts, raw; } counts;

/* ---- a contract and the batches of it ---- */

typedef struct kind { const char *logical, *tag, *formats[9], *masks[15]; } kind;

#define VARIES(mask, other) mask " if row[text] == \"de\"\n with " other " otherwise"
static const kind kinds[] = {
    {"logicalType: string", "pii.email", {"u", "U", "vu", "c=|u", "S=|vu"},
     {"keep", "keep", "null", "drop", "const(\"hidden\")", "show-last(4)", "classmask", "email(both)", "pseudonym(narrow)", "token(narrow)", "fpe(narrow)", "sha256",
      VARIES("keep", "pseudonym(wide)"), VARIES("show-first(2)", "null")}},
    {"logicalType: string", "pii.name", {"u", "vu", "i=|U"}, {"keep", "redact", "default", "default(nulls: hide)", "const(\"x\", nulls: hide)", VARIES("default(nulls: hide)", "default"), "regex(/[0-9]+/, \"<number>\")", "partial(1, \"*\", 1)", VARIES("keep", "null")}},
    {"logicalType: integer", "num.count", {"c", "C", "s", "I", "i", "l", "L", "S=|l"}, {"keep", "keep", "null", "drop", "round(100)", "bucket(0, 100, 10)", "default", "default(nulls: hide)", VARIES("keep", "clamp(0, 10)"), VARIES("default", "keep")}},
    {"logicalType: number", "num.amount", {"d:10,2", "d:38,18", "d:18,0,64", "d:76,3,256", "l", "i"}, {"keep", "keep", "null", "round(0.5)", "clamp(0.5, 10)", VARIES("keep", "const(1.5)")}},
    {"logicalType: number, logicalTypeOptions: { format: f64 }", "pii.phone", {"g", "i=|g"}, {"keep", "keep", "null", "round(0.5)", "default", VARIES("keep", "bucket(0, 100, 5)")}},
    {"logicalType: boolean", "flag", {"b", "c=|b"}, {"keep", "null", "drop", "const(true)", "default", "default(nulls: hide)"}},
    {"logicalType: date", "time.day", {"tdD", "tdm", "S=|tdD"}, {"keep", "keep", "null", "date-trunc(month)", "const(2020-01-01)", VARIES("keep", "date-trunc(year)")}},
    {"logicalType: timestamp", "time.collected", {"tss:", "tsm:UTC", "tsu:Europe/Berlin"}, {"keep", "keep", "null", "date-trunc(hour)", VARIES("keep", "null")}},
    {"logicalType: time", "grade.of", {"tts", "ttm", "ttu", "ttn"}, {"keep", "keep", "null", "default"}},
    {"logicalType: string, physicalType: binary", "net.address", {"z", "Z", "vz"}, {"keep", "keep", "null", "redact", "sha256", "pseudonym(narrow)", "token(narrow)"}},
};
static const kind whole = {"logicalType: object", "plain", {"+s{a|u;b|+l{item|i};c|g}", "+s{m|+s{x|b;y|vu}}", "+l{item|u}"}, {"keep", "keep", "null", "drop"}};
static const kind keys = {"logicalType: string", "person.id", {"u", "vu", "c=|u"}, {"keep", "keep", "pseudonym(narrow)", "fpe(narrow)", "show-last(2)", "drop", "default", "default(nulls: hide)", VARIES("keep", "pseudonym(wide)"), VARIES("default(nulls: hide)", "keep")}};

typedef struct maker {
  random_source *r;
  edi_buf *yaml, *shape;
  unsigned number;
  bool strange;                  /* now and then in another form than the contract says */
  uint64_t *stranges;
} maker;

static const char *format_of(maker *m, const kind *k) {
  size_t count = 0;
  while (count < COUNT(k->formats) && k->formats[count]) count++;
  return k->formats[random_below(m->r, count)];
}

static void make_part(maker *m, unsigned depth);

static void make_member(maker *m, unsigned depth) {
  unsigned n = m->number++;
  bool physical = random_below(m->r, 2);
  edi_buf_format(m->yaml, "{ name: n%u, ", n);
  if (physical) edi_buf_format(m->yaml, "physicalName: p%u, ", n);
  edi_buf_format(m->shape, "%c%u|", physical && random_below(m->r, 2) ? 'p' : 'n', n);
  make_part(m, depth);
  edi_buf_text(m->yaml, " }");
}

static void make_members(maker *m, unsigned depth) {
  edi_buf_text(m->yaml, "logicalType: object, properties: [ ");
  edi_buf_text(m->shape, "+s{");
  for (uint64_t i = 0, count = 1 + random_below(m->r, 3); i < count; i++) {
    if (i) edi_buf_text(m->yaml, ", ");
    if (i) edi_buf_char(m->shape, ';');
    make_member(m, depth);
  }
  edi_buf_text(m->yaml, " ]");
  edi_buf_char(m->shape, '}');
}

static void make_items(maker *m, unsigned depth) {
  static const char *const lists[] = {"+l{item|", "+L{item|", "+w:2{item|"};
  edi_buf_text(m->yaml, "logicalType: array, items: { ");
  edi_buf_text(m->shape, PICK(m->r, lists));
  make_part(m, depth);
  edi_buf_text(m->yaml, " }");
  edi_buf_char(m->shape, '}');
}

static void make_map(maker *m, unsigned depth) {
  bool numbers = random_below(m->r, 4) == 0;
  edi_buf_format(m->yaml, "logicalType: map, map: { key: { %s, tags: [ person.id ]%s }, value: { ", numbers ? "logicalType: integer" : keys.logical, random_below(m->r, 3) ? "" : ", required: true");
  edi_buf_format(m->shape, "+m{entries|+s{key|%s;value|", numbers ? "l" : format_of(m, &keys));
  make_part(m, depth);
  edi_buf_text(m->yaml, " } }");
  edi_buf_text(m->shape, "}}");
}

static void make_part(maker *m, unsigned depth) {
  size_t began = m->shape->len;
  uint64_t form = depth ? random_below(m->r, 9) : 0;
  if (form == 6) make_members(m, depth - 1);
  else if (form == 7) make_items(m, depth - 1);
  else if (form == 8) make_map(m, depth - 1);
  else {
    const kind *k = random_below(m->r, 10) ? &PICK(m->r, kinds) : &whole;
    bool required = k != &whole && random_below(m->r, 4) == 0;
    edi_buf_format(m->yaml, "%s, tags: [ %s ]%s", k->logical, k->tag, required ? ", required: true" : "");
    edi_buf_text(m->shape, format_of(m, k));
    if (k == &whole || required) return; /* a list has no place for what is required of a number */
  }
  if (!m->strange || random_below(m->r, 12)) return;
  ++*m->stranges;
  m->shape->len = began;
  edi_buf_text(m->shape, form == 7 ? "+s{a|u}" : form == 6 || form == 8 ? (random_below(m->r, 2) ? "+l{item|i}" : "i") : "+l{item|u}");
}

/* Columns, and the shape of a batch: with a country that rules read. */
static void make_contract(maker *m) {
  static const char head[] = MESH_CONTRACT("  - name: orders\n    logicalType: object\n    physicalName: orders\n    customProperties:\n"
                                           "      - { property: classification, value: internal }\n    properties:\n"
                                           "      - { name: country, logicalType: string, tags: [ text ] }\n");
  edi_buf_text(m->yaml, head);
  edi_buf_text(m->shape, "|+s{country|u");
  for (unsigned i = 0; i < TOPS; i++) {
    edi_buf_text(m->yaml, "      - ");
    edi_buf_char(m->shape, ';');
    make_member(m, DEPTH);
    edi_buf_char(m->yaml, '\n');
  }
  edi_buf_char(m->shape, '}');
}

/* What comes in another form than the contract says has no place for what stands for NULL either. */
static void make_rule(random_source *r, edi_buf *out, unsigned number, const kind *k, bool strange) {
  size_t count = 0;
  while (count < COUNT(k->masks) && k->masks[count]) count++;
  const char *mask = k->masks[random_below(r, count)];
  edi_buf_format(out, "rule m%u\n mask column tagged %s\n with %s\n because \"x\"\n", number, k->tag, strange && strstr(mask, "nulls: hide") ? "default" : mask);
}

static void make_rules(random_source *r, edi_buf *out, bool strange) {
  edi_buf_text(out, RULE("open", "permit read", " on dataset classified <= internal\n") RULE("rows", "show only rows", " where not row[text] == \"fr\"\n"));
  for (unsigned i = 0; i < COUNT(kinds); i++) make_rule(r, out, i, &kinds[i], strange);
  make_rule(r, out, 90, &whole, strange);
  make_rule(r, out, 91, &keys, strange);
}

/* ---- writing ---- */

static const char nothing[] = "1e999"; /* a number, and of no column */

static bool is_bytes(edict_layout layout) { return layout == EDICT_LAYOUT_BLOB32 || layout == EDICT_LAYOUT_BLOB64 || layout == EDICT_LAYOUT_BLOB_VIEW; }

/* Whether a text can say it. */
static bool is_sayable(const edict_cell *c, edict_layout layout) {
  switch ((int)c->type) {
    case EDICT_CELL_TEXT: return edi_utf8_valid((edi_str){c->ptr, c->len});
    case EDICT_CELL_BLOB: return is_bytes(layout);
    case EDICT_CELL_REAL: return edi_double_is_finite(c->real);
    case EDICT_CELL_DATE: return c->integer >= EDI_DATE_MIN && c->integer <= EDI_DATE_MAX;
    case EDICT_CELL_TIMESTAMP: return c->integer >= EDI_TIMESTAMP_MIN && c->integer <= EDI_TIMESTAMP_MAX;
    case EDICT_CELL_TIME: return c->integer >= 0 && c->integer <= EDI_CLOCK_MOST;
    default: return true;
  }
}

static edict_cell cell_at(const edi_arrow_type *t, const struct ArrowArray *a, int64_t at) {
  edict_vector room, v = edi_arrow_vector(t, a, &room);
  return edict_vector_cell(&v, (size_t)at);
}

static edict_layout layout_of(const edi_arrow_type *t) { return t->dictionary ? t->dictionary->layout : t->layout; }

static void put_value(edi_buf *out, const edi_arrow_type *t, const struct ArrowArray *a, int64_t at, bool outer);

static void put_items(edi_buf *out, const edi_arrow_type *t, const struct ArrowArray *a, int64_t at) {
  bool fixed = t->form == EDI_ARROW_FIXED_LIST;
  int64_t from = fixed ? (a->offset + at) * t->list_size : edi_arrow_offset(t, a, at), to = fixed ? from + t->list_size : edi_arrow_offset(t, a, at + 1);
  edi_buf_char(out, '[');
  for (int64_t i = from; i < to; i++) {
    if (i > from) edi_buf_char(out, ',');
    put_value(out, t->children, a->children[0], i, false);
  }
  edi_buf_char(out, ']');
}

static bool same_text(const edict_cell *a, const edict_cell *b) {
  if (a->type != b->type) return false;
  return a->type == EDICT_CELL_TEXT ? edi_str_equal((edi_str){a->ptr, a->len}, (edi_str){b->ptr, b->len}) : a->integer == b->integer;
}

/* JSON has no key twice, and none that is damaged: such entries are not written. */
static void put_entries(edi_buf *out, const edi_arrow_type *t, const struct ArrowArray *a, int64_t at) {
  const edi_arrow_type *key = &t->children->children[0], *value = &t->children->children[1];
  const struct ArrowArray *entries = a->children[0];
  int64_t from = edi_arrow_offset(t, a, at), to = edi_arrow_offset(t, a, at + 1);
  bool first = true;
  edi_buf_char(out, '{');
  for (int64_t i = from; i < to; i++) {
    edict_cell k = cell_at(key, entries->children[0], entries->offset + i);
    bool told = k.type != EDICT_CELL_NULL && is_sayable(&k, layout_of(key));
    for (int64_t other = from; told && other < to; other++) {
      edict_cell o = cell_at(key, entries->children[0], entries->offset + other);
      told = other == i || !same_text(&k, &o);
    }
    if (!told) continue;
    if (!first) edi_buf_char(out, ',');
    first = false;
    if (k.type == EDICT_CELL_TEXT) edi_json_string(out, (edi_str){k.ptr, k.len});
    else edi_buf_format(out, "\"%lld\"", (long long)k.integer);
    edi_buf_char(out, ':');
    put_value(out, value, entries->children[1], entries->offset + i, false);
  }
  edi_buf_char(out, '}');
}

static void put_fields(edi_buf *out, const edi_arrow_type *t, const struct ArrowArray *a, int64_t at) {
  edi_buf_char(out, '{');
  for (size_t i = 0; i < t->child_count; i++) {
    if (i) edi_buf_char(out, ',');
    edi_json_string(out, edi_str_from(t->children[i].name));
    edi_buf_char(out, ':');
    put_value(out, &t->children[i], a->children[i], a->offset + at, false);
  }
  edi_buf_char(out, '}');
}

/* `outer`: as plain text, as far as it is no container; nothing for NULL. */
static void put_value(edi_buf *out, const edi_arrow_type *t, const struct ArrowArray *a, int64_t at, bool outer) {
  bool container = t->child_count || t->form == EDI_ARROW_STRUCT;
  edict_cell cell = container ? (edict_cell){0} : cell_at(t, a, at);
  if (container ? !edi_arrow_is_valid(t, a, at) : cell.type == EDICT_CELL_NULL) edi_buf_text(out, outer ? "" : "null");
  else if (t->form == EDI_ARROW_STRUCT) put_fields(out, t, a, at);
  else if (t->form == EDI_ARROW_MAP) put_entries(out, t, a, at);
  else if (container) put_items(out, t, a, at);
  else if (outer && cell.type == EDICT_CELL_TEXT) edi_buf_append(out, cell.ptr, cell.len);
  else if (!is_sayable(&cell, layout_of(t))) edi_buf_text(out, nothing);
  else if (outer) edi_cell_put_text(out, &cell);
  else edi_cell_put_json(out, &cell);
}

/* ---- one batch, in every way ---- */

typedef struct paths {
  mesh *m;
  edict_events *events;
  edict_arrow *arrow;
  const edi_arrow_type *in, *out;
  const struct ArrowArray *batch, *shown;
  counts *n;
  char why[2048];
} paths;

static bool differs(paths *p, const char *what, edi_str one, edi_str other) {
  snprintf(p->why, sizeof p->why, "%s: %.*s, not %.*s", what, (int)(one.len < 900 ? one.len : 900), one.ptr, (int)(other.len < 900 ? other.len : 900), other.ptr);
  return false;
}

static uint32_t part_of(const paths *p, uint32_t parent, const char *name) {
  const edi_bound_dataset *d = p->m->decision->plan->dataset;
  const edict_column_info *infos = p->m->product->columns[0];
  for (uint32_t c = 0; c < d->column_count; c++) {
    const char *dot = strrchr(infos[c].name, '.');
    bool named = strcmp(infos[c].physical_name, name) == 0 || strcmp(dot ? dot + 1 : infos[c].name, name) == 0;
    if (d->columns[c].parent == parent && d->columns[c].role == EDI_COLUMN_FIELD && named) return c;
  }
  return EDI_NONE;
}

/* Cells of the columns and of what lies in structs, the only ones that a row has. */
static void fill(const paths *p, uint32_t column, const edi_arrow_type *t, const struct ArrowArray *a, int64_t at, edict_cell *cells) {
  if (column == EDI_NONE) return;
  bool parts = p->m->decision->plan->dataset->columns[column].part_count > 0;
  if (t->form == EDI_ARROW_STRUCT && edi_arrow_is_valid(t, a, at) && parts)
    for (size_t i = 0; i < t->child_count; i++) fill(p, part_of(p, column, t->children[i].name), &t->children[i], a->children[i], a->offset + at, cells);
  if (t->child_count || t->form == EDI_ARROW_STRUCT || parts) return;
  cells[column] = cell_at(t, a, at);
}

/* The leaves of a batch that came out against those of a row. */
static bool leaves_agree(paths *p, uint32_t column, const edi_arrow_type *t, const struct ArrowArray *a, int64_t at, const edict_cell *row) {
  char one[2048], other[2048];
  edi_buf mine = edi_buf_fixed(one, sizeof one), theirs = edi_buf_fixed(other, sizeof other);
  if (t->form == EDI_ARROW_STRUCT && p->m->decision->plan->dataset->columns[column].part_count) {
    for (size_t i = 0; i < t->child_count && edi_arrow_is_valid(t, a, at); i++)
      if (!leaves_agree(p, part_of(p, column, t->children[i].name), &t->children[i], a->children[i], a->offset + at, row)) return false;
    return true;
  }
  if (t->child_count || p->m->decision->plan->dataset->columns[column].part_count) return true;
  put_value(&mine, t, a, at, false);
  edi_cell_put_json(&theirs, &row[column]);
  p->n->values++;
  return edi_str_equal((edi_str){mine.ptr, mine.len}, (edi_str){theirs.ptr, theirs.len}) ||
         differs(p, "a cell of a row", (edi_str){mine.ptr, mine.len}, (edi_str){theirs.ptr, theirs.len});
}

/* The row as texts: the same, but that a text in a column of texts is no more of another type. */
static bool texts_agree(paths *p, int64_t at, int64_t k) {
  static char in_room[TEXT_MOST], out_room[TEXT_MOST];
  const edi_bound_dataset *d = p->m->decision->plan->dataset;
  edi_buf in = edi_buf_fixed(in_room, sizeof in_room), expected = edi_buf_fixed(out_room, sizeof out_room);
  edict_text texts[COLUMNS_MOST] = {{0}}, out[COLUMNS_MOST];
  edict_row row;
  const char *why = "";
  for (size_t i = 0; i < p->in->child_count; i++) {
    const edi_arrow_type *t = &p->in->children[i];
    uint32_t c = part_of(p, EDI_NONE, t->name);
    size_t began = in.len;
    put_value(&in, t, p->batch->children[i], p->batch->offset + at, true);
    bool there = t->child_count ? edi_arrow_is_valid(t, p->batch->children[i], p->batch->offset + at) : cell_at(t, p->batch->children[i], p->batch->offset + at).type != EDICT_CELL_NULL;
    if (there) texts[c] = (edict_text){in.ptr + began, in.len - began};
  }
  if (in.failed || edict_events_apply_texts(p->events, texts, d->top_count, &row, out, &why) != EDICT_OK) return differs(p, why, (edi_str){in.ptr, in.len}, EDI_STR(""));
  if ((row == EDICT_ROW_SHOWN) != (k >= 0)) return differs(p, "the texts are shown otherwise", (edi_str){in.ptr, in.len}, EDI_STR(""));
  for (size_t i = 0; k >= 0 && i < p->out->child_count; i++) {
    const edi_arrow_type *t = &p->out->children[i];
    uint32_t c = part_of(p, EDI_NONE, t->name);
    bool plain = d->columns[c].part_count == 0;
    if (plain && (t->child_count || (d->columns[c].base == EDI_TYPE_STRING && p->n->strange))) continue; /* JSON is a text there, and so is what is strange */
    expected.len = 0;
    put_value(&expected, t, p->shown->children[i], k, true);
    p->n->texts++;
    if (!edi_str_equal((edi_str){out[c].ptr ? out[c].ptr : "", out[c].len}, (edi_str){expected.ptr ? expected.ptr : "", expected.len}))
      return differs(p, "a text", (edi_str){out[c].ptr, out[c].len}, (edi_str){expected.ptr, expected.len});
  }
  return true;
}

/* *k: the row that comes next of those that came out; it is one on if this one is it. */
static bool row_agrees(paths *p, int64_t at, int64_t *k) {
  static char in_room[TEXT_MOST], out_room[TEXT_MOST], memory[TEXT_MOST];
  edi_buf event = edi_buf_fixed(in_room, sizeof in_room), expected = edi_buf_fixed(out_room, sizeof out_room);
  edict_cell cells[COLUMNS_MOST] = {{0}}, masked[COLUMNS_MOST];
  size_t columns = p->m->decision->plan->dataset->column_count;
  edict_row row, of_event;
  edict_text seen;
  const char *why = "";
  for (size_t i = 0; i < p->in->child_count; i++) fill(p, part_of(p, EDI_NONE, p->in->children[i].name), &p->in->children[i], p->batch->children[i], p->batch->offset + at, cells);
  if (edict_decision_apply_row(p->m->decision, cells, columns, masked, memory, sizeof memory, &row) != EDICT_OK) return differs(p, "a row", EDI_STR(""), EDI_STR(""));
  put_fields(&event, p->in, p->batch, at);
  edict_status status = edict_events_apply(p->events, event.ptr, event.len, &of_event, &seen, &why);
  if (event.failed || status != EDICT_OK || row != of_event) return differs(p, why, (edi_str){event.ptr, event.len}, EDI_STR(""));
  p->n->rows++;
  if (row != EDICT_ROW_SHOWN) return texts_agree(p, at, -1);
  p->n->shown++;
  if (*k >= p->shown->length) return differs(p, "fewer rows in the batch", EDI_STR(""), EDI_STR(""));
  put_fields(&expected, p->out, p->shown, *k);
  if (expected.failed || !edi_str_equal((edi_str){seen.ptr, seen.len}, (edi_str){expected.ptr, expected.len})) {
    printf("# of %.*s\n", (int)event.len, event.ptr);
    return differs(p, "an event", (edi_str){seen.ptr, seen.len}, (edi_str){expected.ptr, expected.len});
  }
  for (size_t i = 0; i < p->out->child_count; i++)
    if (!leaves_agree(p, part_of(p, EDI_NONE, p->out->children[i].name), &p->out->children[i], p->shown->children[i], *k, masked)) return false;
  return texts_agree(p, at, (*k)++);
}

/* The columns of a batch as vectors, those that are no containers: what edict_decision_apply_batch makes of them is what came out. */
static bool vectors_agree(paths *p) {
  static char memory[1 << 18];
  static edict_cell cells[COLUMNS_MOST][ROWS];
  const edi_bound_dataset *d = p->m->decision->plan->dataset;
  edict_vector vectors[COLUMNS_MOST] = {{0}}, rooms[COLUMNS_MOST];
  edict_masked masked[COLUMNS_MOST];
  uint32_t rows[ROWS];
  for (size_t c = 0; c < d->column_count; c++) masked[c] = (edict_masked){.cells = cells[c]};
  for (size_t i = 0; i < p->in->child_count; i++) {
    uint32_t c = part_of(p, EDI_NONE, p->in->children[i].name);
    if (p->in->children[i].child_count || d->columns[c].part_count) continue;
    vectors[c] = edi_arrow_vector(&p->in->children[i], p->batch->children[i], &rooms[c]);
    vectors[c].offset += (size_t)p->batch->offset;
    vectors[c].length = (size_t)p->batch->length;
  }
  edict_batch batch = {.size = sizeof batch, .rows = (size_t)p->batch->length, .columns = vectors, .column_count = d->column_count};
  edict_selection s = {.size = sizeof s, .rows = rows};
  if (edict_decision_apply_batch(p->m->decision, &batch, &s, masked, memory, sizeof memory) != EDICT_OK || (int64_t)s.shown_count != p->shown->length)
    return differs(p, "vectors are shown otherwise", EDI_STR(""), EDI_STR(""));
  for (size_t i = 0; i < p->out->child_count; i++) {
    uint32_t c = part_of(p, EDI_NONE, p->out->children[i].name);
    edict_cell row[COLUMNS_MOST] = {{0}};
    for (size_t k = 0; vectors[c].layout && k < s.shown_count; k++) {
      if (masked[c].as == EDICT_MASKED_SAME) row[c] = edict_vector_cell(&vectors[c], rows[k]);
      else row[c] = masked[c].as == EDICT_MASKED_NULL ? (edict_cell){0} : cells[c][k];
      if (!leaves_agree(p, c, &p->out->children[i], p->shown->children[i], (int64_t)k, row)) return false;
    }
  }
  return true;
}

/* ---- nothing but what may be seen ---- */

typedef struct search { edi_str wanted; bool found; } search;

static void look_for(void *user, const void *bytes, size_t length) {
  search *s = user;
  for (size_t at = 0; !s->found && at + s->wanted.len <= length; at++) s->found = memcmp((const char *)bytes + at, s->wanted.ptr, s->wanted.len) == 0;
}

/* What stands in no event that came out stands in no buffer either. */
static bool is_unseen(paths *p, const char *all_events, size_t length) {
  static const char *const raw[] = {"bob.smith@mail.example", "4111-1111-1111-4444", "ann@example.org", "a text that is longer than twelve bytes", "a\xf8longer text that is damaged\x88",
                                    "thirteen byte", "exactly 12 b"};
  for (size_t i = 0; i < COUNT(raw); i++) {
    char room[128];
    edi_buf base64 = edi_buf_fixed(room, sizeof room);
    search buffers = {edi_str_from(raw[i]), false}, events = buffers, bytes;
    edi_base64_append(&base64, raw[i], strlen(raw[i]));
    bytes = (search){{base64.ptr, base64.len}, false};
    arrow_each_buffer(p->out, p->shown, look_for, &buffers);
    look_for(&events, all_events, length);
    look_for(&bytes, all_events, length);
    p->n->raw += buffers.found;
    if (buffers.found && !events.found && !bytes.found) return differs(p, "nobody may see", buffers.wanted, EDI_STR(""));
  }
  return true;
}

static bool rows_agree(paths *p) {
  static char all[1 << 20];
  edi_buf said = edi_buf_fixed(all, sizeof all);
  int64_t k = 0;
  for (int64_t at = 0; at < p->batch->length; at++)
    if (!row_agrees(p, at, &k)) return false;
  if (k != p->shown->length) return differs(p, "more rows in the batch", EDI_STR(""), EDI_STR(""));
  for (int64_t at = 0; at < k; at++) put_fields(&said, p->out, p->shown, at);
  return said.failed == EDICT_OK && is_unseen(p, all, said.len) && vectors_agree(p);
}

/* ---- what was counted ---- */

/* Below a map a text says less than a batch: keys that are damaged or stand twice are not in it. */
static bool is_below_map(const edi_bound_dataset *d, uint32_t c) {
  for (; c != EDI_NONE; c = d->columns[c].parent)
    if (d->columns[c].role == EDI_COLUMN_KEY || d->columns[c].role == EDI_COLUMN_VALUE) return true;
  return false;
}

static void take_receipt(paths *p, uint64_t failed[COLUMNS_MOST]) {
  edict_receipt receipt = {.size = sizeof receipt};
  memset(failed, 0, COLUMNS_MOST * sizeof *failed);
  CHECK_INT(edict_decision_receipt(p->m->decision, &receipt), EDICT_OK);
  for (size_t i = 0; i < receipt.column_count; i++) failed[receipt.columns[i].column] = receipt.columns[i].failed;
}

/* The events of the batch once more, and nothing else. */
static bool counts_agree(paths *p, const uint64_t of_batch[COLUMNS_MOST]) {
  static char room[TEXT_MOST];
  const edi_bound_dataset *d = p->m->decision->plan->dataset;
  uint64_t of_events[COLUMNS_MOST];
  take_receipt(p, of_events);
  for (int64_t at = 0; at < p->batch->length; at++) {
    edi_buf event = edi_buf_fixed(room, sizeof room);
    edict_row row;
    edict_text seen;
    put_fields(&event, p->in, p->batch, at);
    CHECK_INT(edict_events_apply(p->events, event.ptr, event.len, &row, &seen, NULL), EDICT_OK);
  }
  take_receipt(p, of_events);
  for (uint32_t c = 0; c < d->column_count; c++) {
    p->n->damaged += of_batch[c];
    if (is_below_map(d, c) || of_batch[c] == of_events[c]) continue;
    snprintf(p->why, sizeof p->why, "column %s: %d failed in the batch, %d in events", p->m->product->columns[0][c].name, (int)of_batch[c], (int)of_events[c]);
    return false;
  }
  return true;
}

/* ---- worlds ---- */

static bool one_batch(paths *p, const arrow_shape *shape, random_source *r, unsigned number) {
  static arrow_sizes sizes;
  arrow_values values = {.source = r, .null_in = number % 2 ? 6 : 0, .damaged = number != 0, .sliced = number % 3 != 0};
  struct ArrowSchema schema, out_schema;
  struct ArrowArray batch, out;
  edi_arrow_type in_type, out_type;
  edi_arena arena;
  uint64_t failed[COLUMNS_MOST];
  edict_diagnostics *d = edict_diagnostics_create();
  edi_arena_init(&arena, NULL, (size_t)1 << 28);
  arrow_schema_of(shape, &arena, &schema);
  arrow_random(shape, &values, random_below(r, ROWS), &arena, &batch, &sizes);
  edict_arrow_sizes known = {sizes.bytes, sizes.count};
  edict_status status = edict_arrow_create(p->m->decision, &schema, NULL, &p->arrow, d);
  if (status == EDICT_OK) status = edict_arrow_schema(p->arrow, &out_schema);
  take_receipt(p, failed);
  if (status == EDICT_OK) status = edict_arrow_apply(p->arrow, &batch, &known, &out, d);
  bool ok = status == EDICT_OK;
  if (!ok) snprintf(p->why, sizeof p->why, "%s %s", edict_status_name(status), edict_diagnostics_count(d) ? edict_diagnostics_message(d, edict_diagnostics_count(d) - 1) : "");
  if (ok) {
    take_receipt(p, failed);
    if (edi_arrow_type_read(&schema, &arena, &in_type, NULL) != EDICT_OK || edi_arrow_type_read(&out_schema, &arena, &out_type, NULL) != EDICT_OK) abort();
    p->in = &in_type;
    p->out = &out_type;
    p->batch = &batch;
    p->shown = &out;
    ok = arrow_is_clean(&out_type, &out, p->why, sizeof p->why) && rows_agree(p) && counts_agree(p, failed);
    out.release(&out);
    out_schema.release(&out_schema);
  }
  edict_arrow_destroy(&p->arrow);
  edict_diagnostics_destroy(&d);
  edi_arena_fini(&arena);
  return ok;
}

static bool one_world(uint64_t seed, counts *n) {
  static const char keyring[] = "edict-keyring/v1\nfederation eu.example\nepoch 1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";
  const edict_engine_options options = {.size = sizeof options, .now = INT64_MIN, .development = 1, .keyring = keyring, .keyring_length = sizeof keyring - 1};
  static char yaml_room[TEXT_MOST], shape_room[TEXT_MOST], rules_room[TEXT_MOST];
  edi_buf yaml = edi_buf_fixed(yaml_room, sizeof yaml_room), shape_text = edi_buf_fixed(shape_room, sizeof shape_room - 1), rules = edi_buf_fixed(rules_room, sizeof rules_room);
  random_source r = {seed * 7919 + 13};
  counts own = *n;
  maker make = {.r = &r, .yaml = &yaml, .shape = &shape_text, .strange = seed % 2 == 0, .stranges = &own.strange};
  arrow_shape shape;
  edi_arena arena;
  mesh m;
  own.strange = 0;
  make_contract(&make);
  make_rules(&r, &rules, make.strange);
  edi_buf_char(&yaml, '\0');
  edi_buf_char(&shape_text, '\0');
  edi_buf_char(&rules, '\0');
  edi_arena_init(&arena, NULL, (size_t)1 << 24);
  if (yaml.failed || shape_text.failed || rules.failed || !arrow_shape_read(shape_text.ptr, &arena, &shape)) abort();
  mesh_sales(&m, rules.ptr, yaml.ptr, &options);
  mesh_subject(&m, "roles support; purposes service; regions de");
  CHECK_INT(mesh_ask(&m, "read", "orders", "*", "purpose support", "2026-11-20T10:00:00Z"), EDICT_OK);
  paths p = {.m = &m, .n = &own};
  bool ok = m.decision->plan->dataset->column_count <= COLUMNS_MOST && edict_events_create(m.decision, NULL, &p.events) == EDICT_OK;
  for (unsigned i = 0; ok && i < BATCHES; i++) ok = one_batch(&p, &shape, &r, i);
  if (!ok) printf("# seed %d: %s\n# %s\n# %s\n# %s\n", (int)seed, p.why, shape_text.ptr, yaml.ptr, rules.ptr);
  edict_events_destroy(&p.events);
  mesh_fini(&m);
  edi_arena_fini(&arena);
  own.strange += n->strange;
  *n = own;
  return ok;
}

TEST(every_way_gives_one_answer) {
  uint64_t seed = seed_of("EDICT_SEED", 1), end = seed + seed_of("EDICT_ROUNDS", ROUNDS);
  counts n = {0};
  bool ok = true;
  for (; ok && seed < end; seed++) CHECK(ok = one_world(seed, &n));
  printf("# %llu rows, %llu shown, %llu values, %llu texts, %llu damaged, %llu strange, %llu raw ones seen\n", (unsigned long long)n.rows, (unsigned long long)n.shown,
         (unsigned long long)n.values, (unsigned long long)n.texts, (unsigned long long)n.damaged, (unsigned long long)n.strange, (unsigned long long)n.raw);
  if (seed_is_given()) return; /* what was met is asked of the seeds of `make check`; others differ as they may */
  CHECK(n.shown > 500 && n.values > 3000 && n.texts > 3000 && n.damaged > 500 && n.strange > 10 && n.raw > 20);
}

HARNESS_MAIN
