/* Iceberg: its nine actions for each of its types, from tests/vectors/iceberg.tsv: what comes out of a row of cells, of a JSON event
 * and of an Arrow batch, for the value and for NULL; and what an action that is not for the type comes to. */
#include "harness.h"

#include <sodium.h>

#include "edict/event.h"
#include "enforce/cell_forms.h"
#include "support/arrows.h"
#include "support/hostile.h"
#include "support/mesh.h"

enum { FIELDS = 8, VALUES_MOST = 64 };

typedef struct line { const char *field[FIELDS]; size_t number; } line;
enum { ACTION, MASK, TYPE, PROPERTY, SHAPE, IN, OUT, ARROW_OUT };

/* False: a comment, or nothing. */
static bool split(char *text, size_t number, line *l) {
  if (*text == '#' || *text == '\0') return false;
  *l = (line){.number = number};
  for (size_t i = 0; text && i < FIELDS; i++) {
    l->field[i] = text;
    text = strchr(text, '\t');
    if (text) *text++ = '\0';
  }
  if (!l->field[OUT]) abort();
  if (!l->field[ARROW_OUT]) l->field[ARROW_OUT] = l->field[OUT];
  return true;
}

static void open_line(mesh *m, const line *l) {
  char rules[512], contract[2048];
  snprintf(rules, sizeof rules, "rule open\n permit read\n on dataset classified <= internal\n because \"x\"\nrule masked\n mask column tagged plain\n with %s\n because \"x\"\n", l->field[MASK]);
  snprintf(contract, sizeof contract, MESH_CONTRACT("  - name: t\n    customProperties:\n      - { property: classification, value: internal }\n    properties:\n      - { name: c, tags: [ plain ], %s }\n"),
           l->field[PROPERTY]);
  mesh_sales(m, rules, contract, NULL);
  mesh_subject(m, "");
  CHECK_INT(mesh_ask(m, "read", "t", "*", "", "2026-11-20T10:00:00Z"), EDICT_OK);
}

/* ---- JSON as Arrow, and Arrow as JSON ---- */

typedef struct made { const edi_json *values[VALUES_MOST]; size_t count; } made;

static bool is_null(const edi_json *v) { return !v || v->kind == EDI_JSON_NULL; }

static unsigned base_of(const edi_arrow_type *t) {
  switch ((int)t->layout) {
    case EDICT_LAYOUT_DATE32: return EDI_TYPE_DATE;
    case EDICT_LAYOUT_CLOCK_US: return EDI_TYPE_TIME;
    case EDICT_LAYOUT_TIME_US:
    case EDICT_LAYOUT_TIME_NS: return EDI_TYPE_TIMESTAMP;
    case EDICT_LAYOUT_BLOB32:
    case EDICT_LAYOUT_BLOB64:
    case EDICT_LAYOUT_BLOB_FIXED: return EDI_TYPE_BINARY;
    default: return EDI_TYPE_NONE;
  }
}

/* A value that a JSON text says, as one of the column's own kind. */
static edict_cell cell_of(const edi_arrow_type *t, const edi_json *v, edi_arena *arena) {
  edict_cell c = edi_cell_from_json(base_of(t), v, arena);
  edi_value typed = edi_value_unknown();
  if (base_of(t) == EDI_TYPE_DATE || base_of(t) == EDI_TYPE_TIME || base_of(t) == EDI_TYPE_TIMESTAMP) typed = edi_cell_typed(&c, base_of(t));
  if (typed.base) c = (edict_cell){.type = base_of(t) == EDI_TYPE_DATE ? EDICT_CELL_DATE : base_of(t) == EDI_TYPE_TIME ? EDICT_CELL_TIME : EDICT_CELL_TIMESTAMP, .integer = typed.as.integer};
  return c;
}

static void make(edi_arrow_purse *purse, const edi_arrow_type *t, const made *from, edi_arena *arena, struct ArrowArray *out);

static const edi_json *member(const edi_json *of, const char *name) { return is_null(of) ? NULL : edi_strictjson_member(of, edi_str_from(name)); }

static void make_inside(edi_arrow_purse *purse, const edi_arrow_type *t, const made *from, edi_arena *arena, struct ArrowArray *out) {
  made inside = {{0}, 0};
  for (size_t i = 0; i < t->child_count; i++) {
    inside.count = 0;
    for (size_t k = 0; k < from->count; k++) {
      const edi_json *v = from->values[k];
      if (!is_null(v)) edi_arrow_set_valid(out, (int64_t)k);
      size_t fixed = t->form == EDI_ARROW_FIXED_LIST ? (size_t)t->list_size : 0, count = t->form == EDI_ARROW_STRUCT ? 1 : is_null(v) ? fixed : v->count;
      for (size_t e = 0; e < count; e++)
        inside.values[inside.count++] = is_null(v) ? NULL : t->form == EDI_ARROW_STRUCT ? member(v, t->children[i].name) : v->items[e];
      edi_arrow_put_end(t, out, (int64_t)k, (int64_t)inside.count);
    }
    if (t->form == EDI_ARROW_MAP) { /* the entries: a struct of keys, which are the members' names, and values */
      const edi_arrow_type *entries = t->children;
      struct ArrowArray *pairs = out->children[0];
      REQUIRE(edi_arrow_begin(purse, entries, (int64_t)inside.count, pairs) == EDICT_OK);
      struct ArrowArray *keys = pairs->children[0];
      REQUIRE(edi_arrow_begin(purse, entries->children, (int64_t)inside.count, keys) == EDICT_OK);
      for (size_t e = 0; e < inside.count; e++) {
        edi_arrow_set_valid(pairs, (int64_t)e);
        edict_cell key = {.type = EDICT_CELL_TEXT, .ptr = inside.values[e]->name.ptr, .len = inside.values[e]->name.len};
        REQUIRE(edi_arrow_put(purse, entries->children, keys, (int64_t)e, &key));
      }
      make(purse, &entries->children[1], &inside, arena, pairs->children[1]);
      REQUIRE(edi_arrow_end(purse, entries->children, keys) == EDICT_OK && edi_arrow_end(purse, entries, pairs) == EDICT_OK);
    } else {
      make(purse, &t->children[i], &inside, arena, out->children[i]);
    }
  }
}

static void make(edi_arrow_purse *purse, const edi_arrow_type *t, const made *from, edi_arena *arena, struct ArrowArray *out) {
  REQUIRE(edi_arrow_begin(purse, t, (int64_t)from->count, out) == EDICT_OK);
  if (t->child_count) make_inside(purse, t, from, arena, out);
  for (size_t k = 0; k < from->count && !t->child_count; k++) {
    edict_cell c = cell_of(t, from->values[k], arena);
    if (c.type != EDICT_CELL_NULL) REQUIRE(edi_arrow_put(purse, t, out, (int64_t)k, &c));
    else edi_arrow_put_end(t, out, (int64_t)k, (int64_t)edi_arrow_piece_of(out, EDI_ARROW_TEXT)->len);
  }
  REQUIRE(edi_arrow_end(purse, t, out) == EDICT_OK);
}

static edict_cell cell_at(const edi_arrow_type *t, const struct ArrowArray *a, int64_t at) {
  edict_vector room, v = edi_arrow_vector(t, a, &room);
  return edict_vector_cell(&v, (size_t)at);
}

static void write(edi_buf *out, const edi_arrow_type *t, const struct ArrowArray *a, int64_t at) {
  edict_cell cell;
  bool map = t->form == EDI_ARROW_MAP, object = t->form == EDI_ARROW_STRUCT;
  if (t->child_count == 0) {
    cell = cell_at(t, a, at);
    edi_cell_put_json(out, &cell);
  } else if (!edi_arrow_is_valid(t, a, at)) {
    edi_buf_text(out, "null");
  } else {
    bool fixed = t->form == EDI_ARROW_FIXED_LIST;
    int64_t from = object ? 0 : fixed ? at * t->list_size : edi_arrow_offset(t, a, at), end = object ? (int64_t)t->child_count : fixed ? from + t->list_size : edi_arrow_offset(t, a, at + 1);
    edi_buf_char(out, map || object ? '{' : '[');
    for (int64_t i = from; i < end; i++) {
      if (i > from) edi_buf_char(out, ',');
      if (object) edi_buf_format(out, "\"%s\":", t->children[i].name);
      if (map) write(out, &t->children->children[0], a->children[0]->children[0], i);
      if (map) edi_buf_char(out, ':');
      write(out, object ? &t->children[i] : map ? &t->children->children[1] : t->children, object ? a->children[i] : map ? a->children[0]->children[1] : a->children[0], object ? at : i);
    }
    edi_buf_char(out, map || object ? '}' : ']');
  }
}

/* ---- the three ways ---- */

static edi_arena arena;
static char said[4096];

static const edi_json *parse(const char *value) {
  const edi_json *object;
  const char *why;
  char *text = edi_arena_alloc(&arena, strlen(value) + 16);
  if (!text) abort();
  int length = snprintf(text, strlen(value) + 16, "{\"c\":%s}", value);
  if (edi_strictjson_parse_data((edi_str){text, (size_t)length}, EDI_LIMIT_EVENT_DEPTH, &arena, &object, &why) != EDICT_OK) abort();
  return object;
}

static const char *of_event(mesh *m, const char *value) {
  char event[1024];
  edict_events *events;
  edict_row row;
  edict_text out;
  snprintf(event, sizeof event, "{\"c\":%s}", value);
  CHECK_INT(edict_events_create(m->decision, NULL, &events), EDICT_OK);
  CHECK_INT(edict_events_apply(events, event, strlen(event), &row, &out, NULL), EDICT_OK);
  snprintf(said, sizeof said, "%.*s", out.len > 6 ? (int)out.len - 6 : 0, out.len > 6 ? out.ptr + 5 : "");
  edict_events_destroy(&events);
  return said;
}

static const char *of_row(mesh *m, const line *l, const edi_arrow_type *t, const char *value) {
  char memory[1024];
  edict_cell in = cell_of(t, member(parse(value), "c"), &arena), masked;
  edict_row row;
  edi_buf out = edi_buf_fixed(said, sizeof said - 1);
  (void)l;
  CHECK_INT(edict_decision_apply_row(m->decision, &in, 1, &masked, memory, sizeof memory, &row), EDICT_OK);
  edi_cell_put_json(&out, &masked);
  said[out.len] = '\0';
  return said;
}

static void must(bool done) {
  if (!done) abort();
}

/* The value and NULL in one batch; what the one at `at` came out as. */
static const char *of_arrow(mesh *m, const line *l, int64_t at) {
  char text[1024];
  arrow_shape shape;
  struct ArrowSchema schema, out_schema;
  struct ArrowArray batch, out;
  edi_arrow_type type, out_type;
  edict_arrow *arrow;
  edi_arrow_purse purse = {.left = 1 << 20};
  snprintf(text, sizeof text, "|+s{c|%s}", l->field[SHAPE]);
  if (!arrow_shape_read(text, &arena, &shape)) abort();
  arrow_schema_of(&shape, &arena, &schema);
  must(edi_arrow_type_read(&schema, &arena, &type, NULL) == EDICT_OK);
  made rows = {{parse(l->field[IN]), parse("null")}, 2};
  make(&purse, &type, &rows, &arena, &batch);
  must(edict_arrow_create(m->decision, &schema, NULL, &arrow, NULL) == EDICT_OK && edict_arrow_schema(arrow, &out_schema) == EDICT_OK);
  must(edict_arrow_apply(arrow, &batch, NULL, &out, NULL) == EDICT_OK && edi_arrow_type_read(&out_schema, &arena, &out_type, NULL) == EDICT_OK);
  edi_buf buf = edi_buf_fixed(said, sizeof said - 1);
  write(&buf, &out_type.children[0], out.children[0], at);
  said[buf.len] = '\0';
  out.release(&out);
  out_schema.release(&out_schema);
  batch.release(&batch);
  edict_arrow_destroy(&arrow);
  return said;
}

static void same(const line *l, const char *way, const char *got, const char *wanted) {
  if (strcmp(got, wanted) != 0) HARNESS_FAIL("line %zu: %s of %s, %s: %s, not %s", l->number, l->field[MASK], l->field[TYPE], way, got, wanted);
}

static edi_arrow_type plain_type(const line *l) { return edi_arrow_type_of(l->field[SHAPE], "c"); }

static void run_line(const line *l) {
  mesh m;
  bool refused = strcmp(l->field[OUT], "refused") == 0, filled = strstr(l->field[MASK], "adopted") || (strstr(l->field[PROPERTY], "required") && strcmp(l->field[MASK], "null") == 0);
  const char *out = refused ? "null" : l->field[OUT], *arrow_out = refused ? "null" : l->field[ARROW_OUT];
  edi_arena_init(&arena, NULL, (size_t)1 << 22);
  open_line(&m, l);
  if ((mesh_count(&m, "R0512") > 0) != refused) HARNESS_FAIL("line %zu: %s of %s: %zu findings R0512", l->number, l->field[MASK], l->field[TYPE], mesh_count(&m, "R0512"));
  same(l, "event", of_event(&m, l->field[IN]), out);
  same(l, "event, NULL", of_event(&m, "null"), filled ? out : "null");
  same(l, "Arrow", of_arrow(&m, l, 0), arrow_out);
  same(l, "Arrow, NULL", of_arrow(&m, l, 1), filled ? arrow_out : "null");
  if (!strchr(l->field[SHAPE], '{')) {
    edi_arrow_type t = plain_type(l);
    same(l, "row", of_row(&m, l, &t, l->field[IN]), out);
    same(l, "row, NULL", of_row(&m, l, &t, "null"), filled ? out : "null");
  }
  mesh_fini(&m);
  edi_arena_fini(&arena);
}

TEST(every_action_of_every_type) {
  static const char *const actions[] = {"mask-alphanum", "show-first-4", "show-last-4", "replace-with-null", "mask-to-fixed-value", "truncate-to-year", "truncate-to-month", "sha-256-global", "sha-256-query-local"};
  size_t length, number = 0, seen[9] = {0};
  char *file = hostile_read("tests/vectors/iceberg.tsv", &length);
  REQUIRE(file != NULL && length && file[length - 1] == '\n');
  for (char *at = file, *end; at < file + length; at = end + 1) {
    line l;
    end = memchr(at, '\n', (size_t)(file + length - at));
    *end = '\0';
    if (!split(at, ++number, &l)) continue;
    run_line(&l);
    for (size_t i = 0; i < 9; i++) seen[i] += strcmp(l.field[ACTION], actions[i]) == 0;
  }
  for (size_t i = 0; i < 9; i++)
    if (seen[i] < 12) HARNESS_FAIL("%s: %zu lines", actions[i], seen[i]);
  free(file);
}

/* ---- sha-256-query-local ---- */

/* SHA-256 of the salt and the bytes, in the form that the type has. */
static void salted(mesh *m, const char *type, const char *value, char *out, size_t size) {
  unsigned char digest[32], bytes[64], number[8];
  crypto_hash_sha256_state state;
  edi_str salt = edi_decision_salt(m->decision);
  bool whole = strcmp(type, "int") == 0 || strcmp(type, "long") == 0, blob = strcmp(type, "binary") == 0;
  size_t length = strlen(value), width = strcmp(type, "int") == 0 ? 4 : 8;
  edi_put64(number, (uint64_t)strtoll(value, NULL, 10));
  if (whole) memcpy(bytes, number, length = width);
  else memcpy(bytes, value, length);
  CHECK(salt.len >= 16);
  crypto_hash_sha256_init(&state);
  crypto_hash_sha256_update(&state, (const unsigned char *)salt.ptr, salt.len);
  crypto_hash_sha256_update(&state, bytes, length);
  crypto_hash_sha256_final(&state, digest);
  if (whole) snprintf(out, size, "%lld", width == 4 ? (long long)(int32_t)edi_get32(digest) : (long long)edi_get64(digest));
  else if (blob) sodium_bin2base64(out, size, digest, sizeof digest, sodium_base64_VARIANT_ORIGINAL);
  else sodium_bin2hex(out, size, digest, sizeof digest);
}

/* What is made with a salt that is another one in each decision, and the same in all of one. */
TEST(the_hash_of_one_query) {
  static const struct { const char *type, *mask, *property, *shape, *value, *json; } kinds[] = {
      {"string", "sha256-query", "logicalType: string", "u", "ann@example.org", "\"ann@example.org\""},
      {"int", "sha256-query(width: int)", "logicalType: integer", "i", "42", "42"},
      {"long", "sha256-query", "logicalType: integer", "l", "-9000000000", "-9000000000"},
      {"binary", "sha256-query", "logicalType: string, physicalType: binary", "z", "abc", "\"YWJj\""},
  };
  static unsigned char seed[EDICT_SEED_BYTES];
  char wanted[128], before[128] = "", json[160];
  for (size_t i = 0; i < 8; i++) {
    line l = {.field = {"", kinds[i / 2].mask, kinds[i / 2].type, kinds[i / 2].property, kinds[i / 2].shape, kinds[i / 2].json, "", ""}};
    mesh m;
    edi_arena_init(&arena, NULL, (size_t)1 << 22);
    open_line(&m, &l);
    same(&l, "without a seed", of_event(&m, l.field[IN]), "null");
    const edict_request request = {.size = sizeof request, .action = {"read", 4}, .dataset = 0, .columns = (const uint32_t[]){0}, .column_count = 1, .now = mesh_time("2026-11-20T10:00:00Z"), .seed = seed};
    seed[0] = (unsigned char)i;
    CHECK_INT(edict_decide(m.decision, m.session, &request), EDICT_OK);
    salted(&m, l.field[TYPE], kinds[i / 2].value, wanted, sizeof wanted);
    snprintf(json, sizeof json, *l.field[IN] == '"' ? "\"%s\"" : "%s", wanted);
    edi_arrow_type t = plain_type(&l);
    same(&l, "event", of_event(&m, l.field[IN]), json);
    same(&l, "event, NULL", of_event(&m, "null"), "null");
    same(&l, "row", of_row(&m, &l, &t, l.field[IN]), json);
    same(&l, "Arrow", of_arrow(&m, &l, 0), json);
    if (i % 2) CHECK(strcmp(before, wanted) != 0);
    memcpy(before, wanted, sizeof before);
    mesh_fini(&m);
    edi_arena_fini(&arena);
  }
}

HARNESS_MAIN
