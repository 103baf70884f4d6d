/* Arrow type: see the header. Nothing of a schema is believed: texts are checked for UTF-8 and length, counts against
 * what is there, and the depth before anything deeper is looked at. */
#include "enforce/arrow_type.h"

#include "bundle/limits.h"

typedef struct row {
  const char *format;
  edi_arrow_form form;
  edict_layout layout;
  size_t width;
} row;

static const row rows[] = {
#define ARROW(NAME, format, form, layout, bytes, name, cells) \
  [EDI_ARROW_ID_##NAME] = {format, EDI_ARROW_##form, EDICT_LAYOUT_##layout, bytes},
#include "enforce/arrow_types.def"
#undef ARROW
};
enum { ROWS = sizeof rows / sizeof *rows };

typedef struct schema_reader {
  edi_arena *arena;
  edict_diagnostics *diagnostics;
  size_t fields;
} schema_reader;

static edict_status refuse(const schema_reader *r, const char *name, const char *why) {
  edi_diagnostics_add(r->diagnostics, EDI_R0440, EDI_SPAN_NONE, "", "field `%s` of the schema %s", name ? name : "", why);
  return EDICT_FORMAT;
}

static edict_status beyond(const schema_reader *r, const char *why) {
  edi_diagnostics_add(r->diagnostics, EDI_R0441, EDI_SPAN_NONE, "", "the schema %s", why);
  return EDICT_LIMIT;
}

/* ---- parameters ---- */

/* Digits up to `most`; -1: none, or more than that. */
static int64_t number(const char **at, int64_t most) {
  int64_t value = 0;
  const char *p = *at;
  for (; *p >= '0' && *p <= '9'; p++)
    if ((value = value * 10 + (*p - '0')) > most) return -1;
  if (p == *at) return -1;
  *at = p;
  return value;
}

/* `P,S` or `P,S,BITS`. */
static bool read_decimal(const char *p, edi_arrow_type *t) {
  static const struct { int64_t bits, precision; edict_layout layout; } kinds[] = {
      {32, 9, EDICT_LAYOUT_DECIMAL32}, {64, 18, EDICT_LAYOUT_DECIMAL64}, {128, 38, EDICT_LAYOUT_DECIMAL128}, {256, 76, EDICT_LAYOUT_DECIMAL256}};
  int64_t precision = number(&p, 76), bits = 128;
  bool negative;
  if (precision < 1 || *p++ != ',') return false;
  negative = *p == '-';
  p += negative;
  int64_t scale = number(&p, 76);
  if (scale < 0) return false;
  if (*p == ',' && (p++, (bits = number(&p, 256)) < 0)) return false;
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    if (kinds[i].bits != bits || precision > kinds[i].precision) continue;
    t->precision = (int32_t)precision;
    t->scale = (int32_t)(negative ? -scale : scale);
    t->layout = kinds[i].layout;
    t->width = (size_t)bits / 8;
    return *p == '\0';
  }
  return false;
}

static bool read_parameters(const char *p, edi_arrow_type *t) {
  switch ((int)t->id) {
    case EDI_ARROW_ID_DECIMAL: return read_decimal(p, t);
    case EDI_ARROW_ID_FIXED_BINARY: {
      int64_t width = number(&p, INT32_MAX);
      t->width = width < 0 ? 0 : (size_t)width;
      return width >= 0 && *p == '\0';
    }
    case EDI_ARROW_ID_FIXED_LIST:
      t->list_size = number(&p, INT32_MAX);
      return t->list_size >= 0 && *p == '\0';
    default: return true; /* a zone; what is closed */
  }
}

static bool read_format(const char *format, edi_arrow_type *t) {
  for (size_t i = 0; i < ROWS; i++) {
    size_t length = strlen(rows[i].format);
    bool more = rows[i].format[length - 1] == ':';
    if (more ? strncmp(format, rows[i].format, length) != 0 : strcmp(format, rows[i].format) != 0) continue;
    t->id = (edi_arrow_id)i;
    t->form = rows[i].form;
    t->layout = rows[i].layout;
    t->width = rows[i].width;
    return !more || read_parameters(format + length, t);
  }
  return false;
}

/* ---- the tree ---- */

static const char *copied(schema_reader *r, const char *text) {
  return edi_arena_copy(r->arena, text ? text : "", text ? strlen(text) : 0);
}

static bool name_fits(const char *text) {
  size_t length = text ? strnlen(text, EDI_LIMIT_EXTERNAL_NAME + 1) : 0;
  return length <= EDI_LIMIT_EXTERNAL_NAME && edi_utf8_valid((edi_str){text ? text : "", length});
}

static bool children_fit(const struct ArrowSchema *s, const edi_arrow_type *t) {
  if (s->n_children < 0 || (s->n_children > 0 && !s->children)) return false;
  switch (t->form) {
    case EDI_ARROW_LIST:
    case EDI_ARROW_FIXED_LIST:
    case EDI_ARROW_MAP: return s->n_children == 1;
    case EDI_ARROW_STRUCT:
    case EDI_ARROW_CLOSED: return true;
    case EDI_ARROW_NOTHING:
    case EDI_ARROW_BITS:
    case EDI_ARROW_FIXED:
    case EDI_ARROW_BYTES:
    case EDI_ARROW_VIEWS: break;
  }
  return s->n_children == 0;
}

static edict_status read_type(schema_reader *r, const struct ArrowSchema *s, unsigned depth, edi_arrow_type *t);

static edict_status read_children(schema_reader *r, const struct ArrowSchema *s, unsigned depth, edi_arrow_type *t) {
  edict_status status = EDICT_OK;
  if (s->n_children > EDI_LIMIT_ARROW_FIELDS) return beyond(r, "has too many fields");
  t->child_count = (size_t)s->n_children;
  t->children = EDI_NEW_ARRAY(r->arena, edi_arrow_type, t->child_count);
  if (!t->children) return edi_arena_status(r->arena);
  for (size_t i = 0; status == EDICT_OK && i < t->child_count; i++) {
    status = read_type(r, s->children[i], depth + 1, &t->children[i]);
    t->closed = t->closed || t->children[i].closed;
  }
  if (status != EDICT_OK || t->form != EDI_ARROW_MAP) return status;
  const edi_arrow_type *entries = t->children;
  bool pairs = entries->form == EDI_ARROW_STRUCT && entries->child_count == 2;
  return pairs ? EDICT_OK : refuse(r, t->name, "is a map whose entries are no pairs");
}

/* The values of a dictionary are plain: what is nested, or has a dictionary itself, is not read. */
static edict_status read_dictionary(schema_reader *r, const struct ArrowSchema *s, unsigned depth, edi_arrow_type *t) {
  if (!s->dictionary) return EDICT_OK;
  if (t->layout < EDICT_LAYOUT_INT8 || t->layout > EDICT_LAYOUT_UINT64) return refuse(r, t->name, "has a dictionary and indices that are no integers");
  t->dictionary = EDI_NEW(r->arena, edi_arrow_type);
  if (!t->dictionary) return edi_arena_status(r->arena);
  edict_status status = read_type(r, s->dictionary, depth + 1, t->dictionary);
  t->closed = t->closed || t->dictionary->closed || t->dictionary->child_count || t->dictionary->dictionary;
  return status;
}

static edict_status read_type(schema_reader *r, const struct ArrowSchema *s, unsigned depth, edi_arrow_type *t) {
  if (depth > EDI_LIMIT_ARROW_DEPTH) return beyond(r, "is nested too deeply");
  if (++r->fields > EDI_LIMIT_ARROW_FIELDS) return beyond(r, "has too many fields");
  if (!s || !s->release || !s->format) return refuse(r, NULL, "is not there, or was released");
  if (!name_fits(s->name)) return refuse(r, NULL, "has a name that is too long, or no UTF-8");
  if (!name_fits(s->format) || !read_format(s->format, t)) return refuse(r, s->name, "is of a format that the specification does not have");
  if (!children_fit(s, t)) return refuse(r, s->name, "has another number of children than its format says");
  t->closed = t->form == EDI_ARROW_CLOSED;
  t->flags = s->flags & (ARROW_FLAG_DICTIONARY_ORDERED | ARROW_FLAG_NULLABLE | ARROW_FLAG_MAP_KEYS_SORTED);
  t->format = copied(r, s->format);
  t->name = copied(r, s->name);
  if (!t->format || !t->name) return edi_arena_status(r->arena);
  if (t->layout == EDICT_LAYOUT_BLOB_FIXED && t->width > INT32_MAX) return refuse(r, s->name, "is too wide");
  edict_status status = read_children(r, s, depth, t);
  return status == EDICT_OK ? read_dictionary(r, s, depth, t) : status;
}

edict_status edi_arrow_type_read(const struct ArrowSchema *schema, edi_arena *arena, edi_arrow_type *type,
                                 edict_diagnostics *diagnostics) {
  schema_reader r = {.arena = arena, .diagnostics = diagnostics};
  *type = (edi_arrow_type){0};
  return read_type(&r, schema, 0, type);
}

edi_arrow_type edi_arrow_type_of(const char *format, const char *name) {
  edi_arrow_type t = {.format = format, .name = name, .flags = ARROW_FLAG_NULLABLE};
  (void)read_format(format, &t); /* one of ours */
  return t;
}

/* ---- schemas that go out ---- */

/* Everything of one schema but what its children and dictionary own, which may be moved away from it. */
typedef struct owned_schema {
  size_t size;
  struct ArrowSchema *children; /* their structs, and the dictionary's behind them */
  struct ArrowSchema *places[];
} owned_schema;

static void free_schema(struct ArrowSchema *s) {
  owned_schema *o = s->private_data;
  for (int64_t i = 0; i < s->n_children; i++)
    if (s->children[i]->release) s->children[i]->release(s->children[i]);
  if (s->dictionary && s->dictionary->release) s->dictionary->release(s->dictionary);
  edi_allocator_default.resize(edi_allocator_default.context, o, o->size, 0);
  s->release = NULL;
}

/* One block: the pointers to the children, their structs, the two texts. */
static edict_status shape_schema(const edi_arrow_type *t, struct ArrowSchema *s) {
  size_t texts = strlen(t->format) + strlen(t->name) + 2, structs = t->child_count + (t->dictionary != NULL);
  size_t size = sizeof(owned_schema) + structs * (sizeof(struct ArrowSchema *) + sizeof(struct ArrowSchema)) + texts;
  owned_schema *o = edi_allocator_default.resize(edi_allocator_default.context, NULL, 0, size);
  if (!o) return EDICT_MEMORY;
  memset(o, 0, size);
  o->size = size;
  o->children = (struct ArrowSchema *)(void *)(o->places + structs);
  for (size_t i = 0; i < structs; i++) o->places[i] = &o->children[i];
  char *format = (char *)(o->children + structs), *name = format + strlen(t->format) + 1;
  memcpy(format, t->format, strlen(t->format));
  memcpy(name, t->name, strlen(t->name));
  *s = (struct ArrowSchema){.format = format, .name = name, .flags = t->flags, .n_children = (int64_t)t->child_count,
                            .children = t->child_count ? o->places : NULL, .release = free_schema, .private_data = o};
  if (t->dictionary) s->dictionary = o->places[t->child_count];
  return EDICT_OK;
}

edict_status edi_arrow_type_write(const edi_arrow_type *type, struct ArrowSchema *schema) {
  *schema = (struct ArrowSchema){0};
  edict_status status = shape_schema(type, schema);
  for (size_t i = 0; status == EDICT_OK && i < type->child_count; i++)
    status = edi_arrow_type_write(&type->children[i], schema->children[i]);
  if (status == EDICT_OK && type->dictionary) status = edi_arrow_type_write(type->dictionary, schema->dictionary);
  if (status != EDICT_OK && schema->release) schema->release(schema);
  return status;
}
