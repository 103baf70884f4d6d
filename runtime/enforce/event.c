/* Event: see edict/event.h. One JSON object, or one row of texts, through the masks of a decision.
 *
 * In: text that nobody vouches for. Out: text that is made anew from cells that masks have given; nothing of the input
 * is copied. First all columns become cells, for the rules about rows; then each column that was asked for is written,
 * what lies in it part by part. Memory is the arena's, which begins anew with each event; what masks write is kept apart
 * from what came in. */
#include "enforce/cell_forms.h"
#include "enforce/containers.h"
#include "enforce/host.h"

enum { ARENA = 64 * 1024 * 1024, MASKS_FIRST = 64 * 1024, MASKS_MOST = 32 * 1024 * 1024 };

typedef enum form { SCALAR, OBJECT, ARRAY, MAP, STRANGE } form;

/* What a column or a part is called where it lies, and what it is. */
typedef struct called {
  edi_str member, physical;     /* of items, keys and values empty */
  bool by_name;                 /* data may call it so too: `member` is not what something beside it is called in the data */
  form form;
  uint32_t key, value;          /* MAP: the parts */
} called;

struct edict_events {
  edict_decision *decision;
  size_t most;
  edi_arena arena;              /* of one event */
  edi_arena own;
  const edi_bound_dataset *dataset; /* of `names` */
  called *names;                /* by column, parts too; so are all that follow */
  const edi_json **values;      /* what stands there, NULL: nothing; of columns alone */
  edict_cell *cells;            /* NULL of what a row has many of */
  uint64_t *unfit;
  uint64_t *spoilt;             /* where this event counts: added to `unfit` when it is shown */
  edi_buf out;
  char *masks;                  /* where masks write; nothing of it stays between cells */
  size_t masks_size;
  edi_output output;
  const char *why;
};

/* ---- create ---- */

static bool make_arrays(edict_events *e, size_t columns) {
  e->names = EDI_NEW_ARRAY(&e->own, called, columns);
  e->values = EDI_NEW_ARRAY(&e->own, const edi_json *, columns);
  e->cells = EDI_NEW_ARRAY(&e->own, edict_cell, columns);
  e->unfit = EDI_NEW_ARRAY(&e->own, uint64_t, columns);
  e->spoilt = EDI_NEW_ARRAY(&e->own, uint64_t, columns);
  return e->names && e->values && e->cells && e->unfit && e->spoilt;
}

edict_status edict_events_create(edict_decision *decision, const edict_events_options *options, edict_events **events) {
  edi_arena own;
  if (!events) return EDICT_ARGUMENT;
  *events = NULL;
  if (!decision || (options && options->size != sizeof *options)) return EDICT_ARGUMENT;
  edi_arena_init(&own, NULL, EDI_ARENA_SESSION);
  edict_events *e = EDI_NEW(&own, edict_events);
  if (!e) {
    edi_arena_fini(&own);
    return EDICT_MEMORY;
  }
  e->own = own;
  e->decision = decision;
  e->most = options && options->most ? options->most : EDI_LIMIT_EVENT;
  edi_arena_init(&e->arena, NULL, ARENA);
  edi_buf_init(&e->out, NULL, e->most);
  *events = e;
  if (make_arrays(e, decision->product->bound.most_columns)) return EDICT_OK;
  edict_events_destroy(events);
  return EDICT_MEMORY;
}

void edict_events_destroy(edict_events **events) {
  if (!events || !*events) return;
  edict_events *e = *events;
  *events = NULL;
  if (e->masks) edi_allocator_default.resize(edi_allocator_default.context, e->masks, e->masks_size, 0);
  edi_buf_fini(&e->out);
  edi_arena_wipe(&e->arena);
  edi_arena own = e->own;
  edi_arena_fini(&own);
}

uint64_t edict_events_unfit(const edict_events *e, size_t column) {
  const edi_bound_dataset *d = e ? e->decision->plan->dataset : NULL;
  return d && column < d->column_count ? e->unfit[column] : 0;
}

/* ---- names ---- */

static bool is_container(const edi_bound_column *c) { return c->part_count > 0; }
static uint32_t end_part(const edi_bound_column *c) { return c->part_first + c->part_count; }

/* What it is, by the parts that lie in it; what is none of the three shows nothing. */
static void name_form(const edi_bound_dataset *d, const edi_bound_column *c, called *n) {
  n->form = SCALAR;
  n->key = n->value = EDI_NONE;
  if (!is_container(c)) return;
  edi_column_role first = d->columns[c->part_first].role;
  n->form = first == EDI_COLUMN_FIELD ? OBJECT : first == EDI_COLUMN_ITEM ? ARRAY : MAP;
  for (uint32_t part = c->part_first; part < end_part(c); part = edi_part_next(d, part)) {
    edi_column_role role = d->columns[part].role;
    if ((role == EDI_COLUMN_FIELD) != (n->form == OBJECT) || (role == EDI_COLUMN_ITEM) != (n->form == ARRAY)) n->form = STRANGE;
    if (role == EDI_COLUMN_KEY) n->key = part;
    if (role == EDI_COLUMN_VALUE) n->value = part;
  }
  if (n->form == MAP && (n->key == EDI_NONE || n->value == EDI_NONE || is_container(&d->columns[n->key]))) n->form = STRANGE;
}

/* Of columns, or of what lies in one: names that are what another is called in the data are not its own. */
static void name_apart(edict_events *e, const edi_bound_dataset *d, uint32_t first, uint32_t end, bool columns) {
  for (uint32_t i = first; i < end; i = columns ? i + 1 : edi_part_next(d, i)) {
    called *n = &e->names[i];
    n->by_name = n->member.len && !edi_str_equal(n->member, n->physical);
    for (uint32_t k = first; n->by_name && k < end; k = columns ? k + 1 : edi_part_next(d, k))
      if (edi_str_equal(e->names[k].physical, n->member)) n->by_name = false;
  }
}

static void name_all(edict_events *e, const edi_bound_dataset *d) {
  const edict_product *product = e->decision->product;
  const edict_column_info *columns = product->columns[d - product->bound.datasets];
  for (uint32_t i = 0; i < d->column_count; i++) {
    const edi_bound_column *c = &d->columns[i];
    e->names[i] = (called){.member = edi_part_member(d, c)};
    if (c->role == EDI_COLUMN_FIELD) e->names[i].physical = edi_str_from(columns[i].physical_name);
    name_form(d, c, &e->names[i]);
  }
  name_apart(e, d, 0, (uint32_t)d->top_count, true);
  for (uint32_t i = 0; i < d->column_count; i++)
    if (e->names[i].form == OBJECT) name_apart(e, d, d->columns[i].part_first, end_part(&d->columns[i]), false);
  e->dataset = d;
}

/* ---- masks ---- */

static bool grow_masks(edict_events *e) {
  size_t size = e->masks_size ? e->masks_size * 2 : MASKS_FIRST;
  if (size > MASKS_MOST) return false;
  char *grown = edi_allocator_default.resize(edi_allocator_default.context, e->masks, e->masks_size, size);
  if (!grown) return false;
  e->masks = grown;
  e->masks_size = size;
  return true;
}

/* What becomes of one cell of a column or part: with as much memory as it needs. False: it is dropped, or there is none
 * of that. */
static bool mask_cell(edict_events *e, uint32_t part, const edict_cell *in, edict_cell *out) {
  edict_decision *d = e->decision;
  edi_transform room;
  const edi_transform *t = edi_plan_column_transform(d->plan, part, e->cells, &room);
  edi_apply_column how = edi_decision_how(d, part, t, t != &room, e->cells);
  do {
    e->output = (edi_output){.ptr = e->masks, .size = e->masks_size, .hasher = &d->hasher};
    edi_decision_apply(d, t, t != &room, &how, in, out, &e->output);
  } while (e->output.full && grow_masks(e));
  if (e->output.full) e->out.failed = EDICT_LIMIT;
  e->spoilt[part] += e->output.failed;
  return t->id != EDI_TRANSFORM_DROP && d->plan->columns[part].asked;
}

/* ---- what lies inside of columns ---- */

static bool put_part(edict_events *e, uint32_t part, const edi_json *value);

static void put_separator(edict_events *e, bool *first) {
  if (!*first) edi_buf_char(&e->out, ',');
  *first = false;
}

/* A name and what follows; back to where it was if that is dropped. */
static void put_member(edict_events *e, edi_str name, uint32_t part, const edi_json *value, bool *first) {
  size_t begin = e->out.len;
  bool was_first = *first;
  put_separator(e, first);
  edi_json_string(&e->out, name);
  edi_buf_char(&e->out, ':');
  if (put_part(e, part, value)) return;
  e->out.len = begin;
  *first = was_first;
}

/* The value of the member that belongs to the column, which is found by two names; two of them are one too many. */
static const edi_json *find_member(edict_events *e, uint32_t column, const edi_json *object) {
  const called *n = &e->names[column];
  const edi_json *physical = n->physical.len ? edi_strictjson_member(object, n->physical) : NULL,
                 *named = n->by_name ? edi_strictjson_member(object, n->member) : NULL;
  if (physical && named) e->why = "two members are of one column";
  return physical ? physical : named;
}

static void put_object(edict_events *e, const edi_bound_column *c, const edi_json *value) {
  const edi_bound_dataset *d = e->dataset;
  bool first = true;
  edi_buf_char(&e->out, '{');
  for (uint32_t part = c->part_first; part < end_part(c); part = edi_part_next(d, part))
    if (edi_part_is_shown(e->decision->plan, part)) put_member(e, e->names[part].member, part, find_member(e, part, value), &first);
  edi_buf_char(&e->out, '}');
}

/* One of many: what is dropped of it is null, so that their number does not depend on it. */
static void put_one_of_many(edict_events *e, uint32_t part, const edi_json *value) {
  size_t begin = e->out.len;
  if (put_part(e, part, value)) return;
  e->out.len = begin;
  edi_buf_text(&e->out, "null");
}

static void put_array(edict_events *e, const edi_bound_column *c, const edi_json *value) {
  bool first = true;
  edi_buf_char(&e->out, '[');
  for (size_t i = 0; i < value->count; i++) {
    put_separator(e, &first);
    put_one_of_many(e, c->part_first, value->items[i]);
  }
  edi_buf_char(&e->out, ']');
}

/* A key as it is shown, which stays when the next one is masked. False: it is nothing, and its entry is left out. */
static bool take_key(edict_events *e, uint32_t part, const edi_json *entry, edict_cell *key) {
  edict_cell in = edi_cell_from_text(e->dataset->columns[part].base, entry->name, &e->arena);
  uint64_t spoilt = e->spoilt[part];
  if (!mask_cell(e, part, &in, key) || key->type == EDICT_CELL_NULL || e->spoilt[part] != spoilt) return false;
  bool made = (key->type == EDICT_CELL_TEXT || key->type == EDICT_CELL_BLOB) && key->len && key->ptr != in.ptr;
  if (made) key->ptr = edi_arena_copy(&e->arena, key->ptr, key->len);
  if (made && !key->ptr) e->out.failed = edi_arena_status(&e->arena);
  return e->out.failed == EDICT_OK;
}

static void put_key(edict_events *e, const edict_cell *key) {
  char storage[64];
  edi_buf text = edi_buf_fixed(storage, sizeof storage);
  if (key->type == EDICT_CELL_BLOB) {
    edi_cell_put_json(&e->out, key); /* in base64, which nothing in it escapes */
  } else if (key->type == EDICT_CELL_TEXT) {
    edi_json_string(&e->out, (edi_str){key->len ? key->ptr : "", key->len});
  } else {
    edi_cell_put_text(&text, key);
    edi_json_string(&e->out, (edi_str){text.ptr, text.len});
  }
}

static void put_entries(edict_events *e, const called *map, const edi_json *value, const edi_map_key *keys, size_t count) {
  bool first = true;
  edi_buf_char(&e->out, '{');
  for (size_t i = 0; i < count; i++) {
    put_separator(e, &first);
    put_key(e, &keys[i].shown);
    edi_buf_char(&e->out, ':');
    put_one_of_many(e, map->value, value->items[keys[i].entry]);
  }
  edi_buf_char(&e->out, '}');
}

/* False: its keys cannot be shown. */
static bool put_map(edict_events *e, const called *map, const edi_json *value) {
  unsigned base = e->dataset->columns[map->key].base;
  edi_transform room;
  const edi_transform *t = edi_plan_column_transform(e->decision->plan, map->key, e->cells, &room);
  edi_map_key *keys = EDI_NEW_ARRAY(&e->arena, edi_map_key, value->count), *spare = EDI_NEW_ARRAY(&e->arena, edi_map_key, value->count);
  size_t count = 0;
  if (!keys || !spare) e->out.failed = edi_arena_status(&e->arena);
  if (!keys || !spare || !edi_keys_stay_apart(t, base)) return false;
  for (size_t i = 0; i < value->count && e->out.failed == EDICT_OK; i++)
    if (take_key(e, map->key, value->items[i], &keys[count].shown)) keys[count++].entry = i;
  size_t told = edi_map_keys_settle(base, keys, spare, count);
  e->spoilt[map->key] += count - told;
  put_entries(e, map, value, keys, told);
  return true;
}

static bool is_of_form(form wanted, const edi_json *value) {
  return wanted != STRANGE && value->kind == (wanted == ARRAY ? EDI_JSON_ARRAY : EDI_JSON_OBJECT);
}

/* What stands in the place of a container that is NULL where its parts hide that; NULL: nothing does. */
static const edi_json *in_place_of_null(edict_events *e, uint32_t column) {
  static const edi_json object = {.kind = EDI_JSON_OBJECT}, array = {.kind = EDI_JSON_ARRAY};
  form f = e->names[column].form;
  return f != STRANGE && edi_part_is_filled(e->decision->plan, column, e->cells) ? (f == ARRAY ? &array : &object) : NULL;
}

/* What lies in a container that the contract describes. A container of another kind is nothing. False: it is null. */
static bool put_container(edict_events *e, uint32_t column, const edi_json *value) {
  const edi_bound_column *c = &e->dataset->columns[column];
  const called *n = &e->names[column];
  size_t begin = e->out.len;
  bool tells = edi_part_tells(e->decision->plan, column);
  if (tells && (!value || value->kind == EDI_JSON_NULL)) value = in_place_of_null(e, column);
  bool there = tells && value, put = there && is_of_form(n->form, value);
  if (there && !put) e->spoilt[column]++;
  if (put && n->form == OBJECT) put_object(e, c, value);
  else if (put && edi_part_is_emptied(e->decision->plan, column, e->cells)) edi_buf_text(&e->out, n->form == ARRAY ? "[]" : "{}");
  else if (put && n->form == ARRAY) put_array(e, c, value);
  else if (put) put = put_map(e, n, value);
  if (put) return true;
  e->out.len = begin;
  edi_buf_text(&e->out, "null");
  return false;
}

/* A value of which the contract does not say what lies in it, as it is. */
static void put_whole(edict_events *e, uint32_t part, const edi_json *value) {
  bool object = value->kind == EDI_JSON_OBJECT, first = true;
  edict_cell cell = {0};
  if (!object && value->kind != EDI_JSON_ARRAY) {
    edict_cell in = edi_cell_from_json(EDI_TYPE_NONE, value, &e->arena);
    if (mask_cell(e, part, &in, &cell)) edi_cell_put_json(&e->out, &cell);
    return;
  }
  edi_buf_char(&e->out, object ? '{' : '[');
  for (size_t i = 0; i < value->count; i++) {
    put_separator(e, &first);
    if (object) edi_json_string(&e->out, value->items[i]->name);
    if (object) edi_buf_char(&e->out, ':');
    put_whole(e, part, value->items[i]);
  }
  edi_buf_char(&e->out, object ? '}' : ']');
}

/* Whether it is such a value, and shown as it is in this row. */
static bool is_whole(edict_events *e, uint32_t part, const edi_json *value) {
  edi_transform room;
  bool container = value && (value->kind == EDI_JSON_OBJECT || value->kind == EDI_JSON_ARRAY);
  return container && e->dataset->columns[part].base == EDI_TYPE_NONE && e->decision->plan->columns[part].asked &&
         edi_plan_column_transform(e->decision->plan, part, e->cells, &room)->id == EDI_TRANSFORM_RAW;
}

/* One part, or a column that nothing lies in; false: it is dropped. */
static bool put_part(edict_events *e, uint32_t part, const edi_json *value) {
  const edi_bound_column *c = &e->dataset->columns[part];
  edict_cell in, out;
  if (is_container(c)) {
    (void)put_container(e, part, value);
    return edi_part_is_shown(e->decision->plan, part);
  }
  if (is_whole(e, part, value)) {
    put_whole(e, part, value);
    return true;
  }
  in = edi_cell_from_json(c->base, value, &e->arena);
  bool put = mask_cell(e, part, &in, &out);
  if (put) edi_cell_put_json(&e->out, &out);
  return put;
}

/* ---- rows ---- */

/* The cell of a column, and of what lies in it and a row has one of. A container is NULL or what no rule can read. */
static void fill_cells(edict_events *e, uint32_t column, const edi_json *value) {
  const edi_bound_dataset *d = e->dataset;
  const edi_bound_column *c = &d->columns[column];
  bool object = e->names[column].form == OBJECT && value && value->kind == EDI_JSON_OBJECT;
  e->cells[column] = !is_container(c) ? edi_cell_from_json(c->base, value, &e->arena)
                     : value && value->kind != EDI_JSON_NULL ? edi_cell_unfit() : (edict_cell){.type = EDICT_CELL_NULL};
  for (uint32_t part = c->part_first; part < end_part(c); part = edi_part_next(d, part)) {
    if (!d->columns[part].repeated) fill_cells(e, part, object ? find_member(e, part, value) : NULL);
    else memset(&e->cells[part], 0, (d->columns[part].part_count + 1) * sizeof *e->cells);
  }
}

static edict_status begin(edict_events *e, edict_row *row, const char **why) {
  if (row) *row = EDICT_ROW_HIDDEN;
  if (why) *why = "nothing was decided about a dataset";
  if (!e || !row || !e->decision->plan->dataset || e->decision->plan->dataset->thing != EDI_THING_DATASET) return EDICT_ARGUMENT;
  if (why) *why = "";
  edi_arena_fini(&e->arena);
  edi_arena_init(&e->arena, NULL, ARENA);
  e->out.len = 0;
  e->out.failed = EDICT_OK;
  e->why = NULL;
  if (e->dataset != e->decision->plan->dataset) name_all(e, e->decision->plan->dataset);
  memset(e->spoilt, 0, e->dataset->column_count * sizeof *e->spoilt);
  return EDICT_OK;
}

static edict_status give_up(edict_events *e, edict_status status, const char *why, const char **told) {
  e->out.len = 0;
  if (told) *told = why;
  return status;
}

/* Whether the row is shown, from its cells. */
static edict_status judge(edict_events *e, edict_row *row, const char **why) {
  bool grouped;
  *row = edi_plan_row(e->decision->plan, e->cells, &grouped);
  return grouped ? give_up(e, EDICT_UNSUPPORTED, "rows may be shown in groups alone", why) : EDICT_OK;
}

/* What this row counted is counted, here and for the decision's receipt; one that is hidden counts as a row alone. */
static void settle(edict_events *e, edict_row row) {
  bool shown = row == EDICT_ROW_SHOWN;
  for (uint32_t c = 0; shown && c < e->dataset->column_count; c++) {
    e->unfit[c] += e->spoilt[c];
    if (e->decision->plan->columns[c].asked) edi_decision_count_failed(e->decision, c, e->spoilt[c]);
  }
  edi_decision_count_rows(e->decision, 1, shown, true);
}

static edict_status find_values(edict_events *e, const edi_json *object, const char **why) {
  const edi_bound_dataset *d = e->decision->plan->dataset;
  for (uint32_t c = 0; c < d->top_count; c++) {
    e->values[c] = find_member(e, c, object);
    fill_cells(e, c, e->values[c]);
  }
  return e->why ? give_up(e, EDICT_FORMAT, e->why, why) : EDICT_OK;
}

static edict_status put_event(edict_events *e, const char **why) {
  const edi_plan *plan = e->decision->plan;
  bool first = true;
  edi_buf_char(&e->out, '{');
  for (uint32_t c = 0; c < e->dataset->top_count; c++)
    if (edi_part_is_shown(plan, c)) put_member(e, e->names[c].member, c, e->values[c], &first);
  edi_buf_char(&e->out, '}');
  if (e->why) return give_up(e, EDICT_FORMAT, e->why, why);
  return e->out.failed == EDICT_OK ? EDICT_OK : give_up(e, e->out.failed, "what comes out is too long", why);
}

edict_status edict_events_apply(edict_events *e, const char *text, size_t length, edict_row *row, edict_text *out, const char **why) {
  const edi_json *object;
  const char *said = NULL;
  if (out) *out = (edict_text){NULL, 0};
  edict_status status = begin(e, row, why);
  if (status != EDICT_OK || !out || (length && !text)) return EDICT_ARGUMENT;
  if (length > e->most) return give_up(e, EDICT_LIMIT, "it is too long", why);
  status = edi_strictjson_parse_data((edi_str){text, length}, EDI_LIMIT_EVENT_DEPTH, &e->arena, &object, &said);
  if (status != EDICT_OK) return give_up(e, status, said, why);
  status = find_values(e, object, why);
  if (status == EDICT_OK) status = judge(e, row, why);
  if (status == EDICT_OK && *row == EDICT_ROW_SHOWN) {
    status = put_event(e, why);
    if (status == EDICT_OK) *out = (edict_text){e->out.ptr, e->out.len};
  }
  if (status == EDICT_OK) settle(e, *row);
  else *row = EDICT_ROW_HIDDEN;
  return status;
}

/* ---- rows of texts ---- */

/* The text of a column that others lie in, as a value; the parser takes objects, so it is put into one. */
static edict_status read_container(edict_events *e, edict_text in, const edi_json **value, const char **why) {
  static const char head[] = "{\"\":";
  const edi_json *object;
  const char *said = NULL;
  *value = NULL;
  if (!in.ptr) return EDICT_OK;
  char *text = edi_arena_alloc(&e->arena, in.len + sizeof head);
  if (!text) return give_up(e, edi_arena_status(&e->arena), "it needs more memory than there is", why);
  memcpy(text, head, sizeof head - 1);
  memcpy(text + sizeof head - 1, in.ptr, in.len);
  text[sizeof head - 1 + in.len] = '}';
  edict_status status = edi_strictjson_parse_data((edi_str){text, in.len + sizeof head}, EDI_LIMIT_EVENT_DEPTH + 1, &e->arena, &object, &said);
  if (status != EDICT_OK) return give_up(e, status, said, why);
  if (object->count != 1) return give_up(e, EDICT_FORMAT, "it is not JSON", why);
  *value = object->items[0];
  return EDICT_OK;
}

static edict_status read_texts(edict_events *e, const edict_text *in, size_t count, const char **why) {
  const edi_bound_dataset *d = e->dataset;
  for (uint32_t c = 0; c < count; c++) {
    e->values[c] = NULL;
    if (!is_container(&d->columns[c])) {
      e->cells[c] = edi_cell_from_text(d->columns[c].base, (edi_str){in[c].ptr, in[c].len}, &e->arena);
      continue;
    }
    edict_status status = read_container(e, in[c], &e->values[c], why);
    if (status != EDICT_OK) return status;
    fill_cells(e, c, e->values[c]);
  }
  return e->why ? give_up(e, EDICT_FORMAT, e->why, why) : EDICT_OK;
}

/* Offsets into the buffer first, as it moves while it grows. */
static edict_status put_texts(edict_events *e, size_t count, edict_text *out, const char **why) {
  const edi_plan *plan = e->decision->plan;
  size_t *ends = EDI_NEW_ARRAY(&e->arena, size_t, count);
  bool *there = EDI_NEW_ARRAY(&e->arena, bool, count);
  if (!ends || !there) return give_up(e, edi_arena_status(&e->arena), "it needs more memory than there is", why);
  for (uint32_t c = 0; c < count; ends[c++] = e->out.len) {
    edict_cell cell;
    size_t begin = e->out.len;
    if (!edi_part_is_shown(plan, c)) continue;
    if (is_container(&e->dataset->columns[c])) {
      there[c] = put_container(e, c, e->values[c]);
      if (!there[c]) e->out.len = begin;
      continue;
    }
    there[c] = mask_cell(e, c, &e->cells[c], &cell) && cell.type != EDICT_CELL_NULL;
    if (there[c]) edi_cell_put_text(&e->out, &cell);
  }
  if (e->why) return give_up(e, EDICT_FORMAT, e->why, why);
  if (e->out.failed != EDICT_OK) return give_up(e, e->out.failed, "what comes out is too long", why);
  for (size_t c = 0, begun = 0; c < count; begun = ends[c++])
    out[c] = there[c] ? (edict_text){e->out.len ? e->out.ptr + begun : "", ends[c] - begun} : (edict_text){NULL, 0};
  return EDICT_OK;
}

edict_status edict_events_apply_texts(edict_events *e, const edict_text *in, size_t count, edict_row *row, edict_text *out, const char **why) {
  size_t length = 0;
  if (out) memset(out, 0, count * sizeof *out);
  edict_status status = begin(e, row, why);
  if (status != EDICT_OK || count != e->dataset->top_count || (count && (!in || !out))) return EDICT_ARGUMENT;
  for (size_t c = 0; c < count; c++)
    if (!edi_size_add(length, in[c].len, &length) || length > e->most) return give_up(e, EDICT_LIMIT, "it is too long", why);
  status = read_texts(e, in, count, why);
  if (status == EDICT_OK) status = judge(e, row, why);
  if (status == EDICT_OK && *row == EDICT_ROW_SHOWN) status = put_texts(e, count, out, why);
  if (status == EDICT_OK) settle(e, *row);
  else *row = EDICT_ROW_HIDDEN;
  return status;
}

/* ---- what tools ask ---- */

int edict_product_column_is(const edict_product *product, size_t dataset, size_t column, edict_text name) {
  const edi_str given = {name.ptr, name.len};
  if (column >= edict_product_top_column_count(product, dataset)) return 0;
  const edict_column_info *columns = product->columns[dataset];
  if (edi_str_equal(edi_str_from(columns[column].physical_name), given)) return 1;
  bool named = edi_str_equal(edi_str_from(columns[column].name), given);
  for (size_t c = 0; named && c < product->bound.datasets[dataset].top_count; c++)
    named = !edi_str_equal(edi_str_from(columns[c].physical_name), given);
  return named;
}

int edict_decision_drops(const edict_decision *decision, size_t column) {
  const edi_plan *plan = decision ? decision->plan : NULL;
  if (!plan || plan->effect != EDICT_PERMIT || !plan->dataset || column >= plan->dataset->column_count) return 1;
  return !edi_part_is_shown(plan, (uint32_t)column);
}
