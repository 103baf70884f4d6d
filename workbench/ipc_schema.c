/* IPC schema: the message of a schema as an ArrowSchema, in the reader's arena. */
#include <stdio.h>

#include "workbench/ipc.h"

typedef struct schema_reader {
  ipc_reader *reader;
  flat *f;
  size_t fields;
  edi_str names[IPC_DEPTH + 1]; /* of the field that is read, and of those that it lies in */
  unsigned depth;               /* so many of them */
  ipc_result result;
} schema_reader;

static void keep(struct ArrowSchema *s) { s->release = NULL; }

/* `field `a.b`: why`; where the text finds no memory, why alone. */
static const char *with_field(schema_reader *r, const char *why) {
  char bytes[1024];
  edi_buf text = edi_buf_fixed(bytes, sizeof bytes - 1);
  edi_buf_text(&text, "field `");
  for (unsigned i = 0; i < r->depth; i++) {
    if (i) edi_buf_char(&text, '.');
    edi_buf_escaped(&text, r->names[i], 200);
  }
  edi_buf_text(&text, "`: ");
  edi_buf_text(&text, why);
  const char *whole = text.failed == EDICT_OK ? edi_arena_copy(&r->reader->schema_arena, text.ptr, text.len) : NULL;
  return whole ? whole : why;
}

static bool fail(schema_reader *r, ipc_result result, const char *why) {
  if (r->result == IPC_BATCH) {
    r->result = result;
    r->reader->why = r->depth ? with_field(r, why) : why;
  }
  return false;
}

static const char *copy(schema_reader *r, edi_str s) {
  const char *out = memchr(s.ptr ? s.ptr : "", 0, s.len) ? NULL : edi_arena_copy(&r->reader->schema_arena, s.ptr ? s.ptr : "", s.len);
  if (!out) fail(r, IPC_BAD, "a name holds what no name may");
  return out;
}

static int64_t option(schema_reader *r, flat_table type, unsigned number, unsigned bytes, int64_t missing) {
  return flat_number(r->f, type, number, bytes, missing);
}

static bool int_format(schema_reader *r, flat_table t, char out[64]) {
  static const char letters[2][5] = {"CSIL", "csil"};
  int64_t bits = option(r, t, 0, 4, 0);
  int place = bits == 8 ? 0 : bits == 16 ? 1 : bits == 32 ? 2 : bits == 64 ? 3 : -1;
  if (place < 0) return fail(r, IPC_BAD, "an integer of a width that there is not");
  snprintf(out, 64, "%c", letters[option(r, t, 1, 1, 0) != 0][place]);
  return true;
}

/* One of the letters by a unit that the type says. */
static bool unit_format(schema_reader *r, const char *head, const char *letters, int64_t unit, char out[64]) {
  if (unit < 0 || unit >= (int64_t)strlen(letters)) return fail(r, IPC_BAD, "a unit that there is not");
  snprintf(out, 64, "%s%c", head, letters[unit]);
  return true;
}

static bool time_format(schema_reader *r, flat_table t, char out[64]) {
  int64_t unit = option(r, t, 0, 2, 1), bits = option(r, t, 1, 4, 32);
  if (bits != (unit < 2 ? 32 : 64)) return fail(r, IPC_BAD, "a time of a width that there is not");
  return unit_format(r, "tt", "smun", unit, out);
}

static bool stamp_format(schema_reader *r, flat_table t, char out[64]) {
  edi_str zone = flat_text(r->f, t, 1);
  char head[64];
  if (!unit_format(r, "ts", "smun", option(r, t, 0, 2, 0), head)) return false;
  if (zone.len > 48 || (zone.len && memchr(zone.ptr, 0, zone.len))) return fail(r, IPC_BAD, "the name of its zone is too long");
  snprintf(out, 64, "%.3s:%.*s", head, EDI_STR_ARG(zone));
  return true;
}

static bool sized_format(schema_reader *r, const char *head, int64_t size, char out[64]) {
  if (size < 0) return fail(r, IPC_BAD, "a negative width");
  snprintf(out, 64, "%s%lld", head, (long long)size);
  return true;
}

/* Those that Arrow has and batches here have not. */
static bool refuse_type(schema_reader *r, int64_t kind) {
  static const char *const names[] = {[IPC_UNION] = "a union, which is not read: write its members as columns",
                                      [IPC_RUN_ENDS] = "a run-end encoded column, which is not read: write it plain or as a dictionary",
                                      [IPC_LIST_VIEW] = "a list view, which is not read: write a list",
                                      [IPC_LARGE_LIST_VIEW] = "a list view, which is not read: write a list"};
  const char *name = kind > 0 && kind < (int64_t)(sizeof names / sizeof *names) ? names[kind] : NULL;
  return fail(r, IPC_UNSUPPORTED, name ? name : "a type that is not known here");
}

static bool format_of(schema_reader *r, int64_t kind, flat_table t, char out[64]) {
  static const char *const plain[] = {[IPC_NULL] = "n", [IPC_BINARY] = "z", [IPC_UTF8] = "u", [IPC_BOOL] = "b", [IPC_LIST] = "+l", [IPC_STRUCT] = "+s",
                                      [IPC_MAP] = "+m", [IPC_LARGE_BINARY] = "Z", [IPC_LARGE_UTF8] = "U", [IPC_LARGE_LIST] = "+L",
                                      [IPC_BINARY_VIEW] = "vz", [IPC_UTF8_VIEW] = "vu"};
  if (kind > 0 && kind < (int64_t)(sizeof plain / sizeof *plain) && plain[kind]) {
    snprintf(out, 64, "%s", plain[kind]);
    return true;
  }
  switch (kind) {
    case IPC_INT: return int_format(r, t, out);
    case IPC_FLOAT: return unit_format(r, "", "efg", option(r, t, 0, 2, 0), out);
    case IPC_DECIMAL:
      snprintf(out, 64, "d:%lld,%lld,%lld", (long long)option(r, t, 0, 4, 0), (long long)option(r, t, 1, 4, 0), (long long)option(r, t, 2, 4, 128));
      return true;
    case IPC_DATE: return unit_format(r, "td", "Dm", option(r, t, 0, 2, 1), out);
    case IPC_TIME: return time_format(r, t, out);
    case IPC_TIMESTAMP: return stamp_format(r, t, out);
    case IPC_INTERVAL: return unit_format(r, "ti", "MDn", option(r, t, 0, 2, 0), out);
    case IPC_DURATION: return unit_format(r, "tD", "smun", option(r, t, 0, 2, 1), out);
    case IPC_FIXED_BINARY: return sized_format(r, "w:", option(r, t, 0, 4, 0), out);
    case IPC_FIXED_LIST: return sized_format(r, "+w:", option(r, t, 0, 4, 0), out);
    default: return refuse_type(r, kind);
  }
}

static bool read_field(schema_reader *r, flat_table field, struct ArrowSchema *into, ipc_field *own, unsigned depth);

static bool read_children(schema_reader *r, flat_vector list, struct ArrowSchema *into, ipc_field *own, unsigned depth) {
  edi_arena *arena = &r->reader->schema_arena;
  if (list.count > IPC_FIELDS - r->fields) return fail(r, IPC_BAD, "its schema has too many fields");
  into->n_children = (int64_t)list.count;
  into->children = EDI_NEW_ARRAY(arena, struct ArrowSchema *, list.count);
  own->children = EDI_NEW_ARRAY(arena, ipc_field, list.count);
  struct ArrowSchema *all = EDI_NEW_ARRAY(arena, struct ArrowSchema, list.count);
  if (!into->children || !own->children || !all) return fail(r, IPC_MEMORY, "");
  for (size_t i = 0; i < list.count; i++) {
    into->children[i] = &all[i];
    if (!read_field(r, flat_at(r->f, list, i), &all[i], &own->children[i], depth + 1)) return false;
  }
  return true;
}

/* The places of a dictionary's values, and the values themselves, which the type of the field is. */
static bool read_dictionary(schema_reader *r, flat_table encoding, struct ArrowSchema *into, ipc_field *own) {
  edi_arena *arena = &r->reader->schema_arena;
  flat_table index = flat_sub(r->f, encoding, 1);
  char format[64] = "i";
  struct ArrowSchema *values = EDI_NEW(arena, struct ArrowSchema);
  ipc_field *field = EDI_NEW(arena, ipc_field);
  ipc_dictionary *d = EDI_NEW(arena, ipc_dictionary);
  if (!values || !field || !d) return fail(r, IPC_MEMORY, "");
  if (index.at && !int_format(r, index, format)) return false;
  *values = *into;
  values->name = "";
  *field = *own;
  field->schema = values;
  own->id = flat_number(r->f, encoding, 0, 8, 0);
  own->values = field;
  own->children = NULL;
  own->form = IPC_FIXED;
  if (!ipc_form_of(format, &own->form, &own->width)) return fail(r, IPC_BAD, "the indices of a dictionary are no integers");
  into->format = copy(r, edi_str_from(format));
  into->n_children = 0;
  into->children = NULL;
  into->dictionary = values;
  if (flat_number(r->f, encoding, 2, 1, 0)) into->flags |= ARROW_FLAG_DICTIONARY_ORDERED;
  for (ipc_dictionary *other = r->reader->dictionaries; other; other = other->next)
    if (other->id == own->id) return fail(r, IPC_UNSUPPORTED, "its dictionary is another field's too, which is not read");
  *d = (ipc_dictionary){.next = r->reader->dictionaries, .id = own->id, .values = field};
  edi_buf_init(&d->body, NULL, (size_t)1 << 31);
  edi_arena_init(&d->arena, NULL, (size_t)1 << 28);
  r->reader->dictionaries = d;
  return into->format != NULL;
}

static bool read_field(schema_reader *r, flat_table field, struct ArrowSchema *into, ipc_field *own, unsigned depth) {
  char format[64];
  flat_table type = flat_sub(r->f, field, 3), encoding = flat_sub(r->f, field, 4);
  int64_t kind = flat_number(r->f, field, 2, 1, 0);
  if (field.at == 0 || r->f->bad) return fail(r, IPC_BAD, "its schema is damaged");
  if (depth > IPC_DEPTH || ++r->fields > IPC_FIELDS) return fail(r, IPC_BAD, "its schema is nested too deeply, or has too many fields");
  r->names[depth - 1] = flat_text(r->f, field, 0);
  r->depth = depth;
  if (!format_of(r, kind, type, format)) return false;
  *into = (struct ArrowSchema){.format = copy(r, edi_str_from(format)), .name = copy(r, flat_text(r->f, field, 0)), .release = keep,
                               .flags = flat_number(r->f, field, 1, 1, 0) ? ARROW_FLAG_NULLABLE : 0};
  if (!into->format || !into->name) return false;
  if (kind == IPC_MAP && flat_number(r->f, type, 0, 1, 0)) into->flags |= ARROW_FLAG_MAP_KEYS_SORTED;
  *own = (ipc_field){.schema = into};
  if (!ipc_form_of(format, &own->form, &own->width)) return fail(r, IPC_BAD, "a type that there is not");
  if (!read_children(r, flat_list(r->f, field, 5, 4), into, own, depth)) return false;
  r->depth = depth;
  return !encoding.at || read_dictionary(r, encoding, into, own);
}

ipc_result ipc_read_schema(ipc_reader *reader, flat *f, flat_table schema) {
  schema_reader r = {.reader = reader, .f = f, .result = IPC_BATCH};
  reader->field = EDI_NEW(&reader->schema_arena, ipc_field);
  if (!reader->field) return IPC_MEMORY;
  reader->schema = (struct ArrowSchema){.format = "+s", .name = "", .release = keep};
  *reader->field = (ipc_field){.schema = &reader->schema, .form = IPC_VALID};
  if (flat_number(f, schema, 0, 2, 0) != 0) (void)fail(&r, IPC_UNSUPPORTED, "it is big-endian");
  else (void)read_children(&r, flat_list(f, schema, 1, 4), &reader->schema, reader->field, 0);
  r.depth = 0;
  if (r.result == IPC_BATCH && f->bad) (void)fail(&r, IPC_BAD, "its schema is damaged");
  reader->field_count = r.fields;
  return r.result;
}

bool ipc_form_of(const char *format, ipc_form *form, int64_t *width) {
  static const struct { const char *formats; ipc_form form; int64_t width; } forms[] = {
      {"n", IPC_NONE, 0},   {"b", IPC_BITS, 0},     {"cC", IPC_FIXED, 1},    {"sSe", IPC_FIXED, 2}, {"iIf", IPC_FIXED, 4},
      {"lLg", IPC_FIXED, 8}, {"zu", IPC_BYTES, 4},  {"ZU", IPC_BYTES, 8}};
  long long a = 0, b = 0, bits = 128;
  for (size_t i = 0; format[0] && !format[1] && i < sizeof forms / sizeof *forms; i++)
    if (strchr(forms[i].formats, format[0])) return *form = forms[i].form, *width = forms[i].width, true;
  *form = IPC_FIXED;
  if (sscanf(format, "d:%lld,%lld,%lld", &a, &b, &bits) >= 2) return *width = bits / 8, bits == 32 || bits == 64 || bits == 128 || bits == 256;
  if (sscanf(format, "w:%lld", &a) == 1) return *width = a, a >= 0;
  if (format[0] == 't') {
    bool wide = format[1] == 's' || format[1] == 'D' || (format[1] == 't' && (format[2] == 'u' || format[2] == 'n')) || strcmp(format, "tdm") == 0 ||
                strcmp(format, "tiD") == 0;
    return *width = strcmp(format, "tin") == 0 ? 16 : wide ? 8 : 4, true;
  }
  if (strcmp(format, "vu") == 0 || strcmp(format, "vz") == 0) return *form = IPC_VIEWS, *width = 16, true;
  if (strcmp(format, "+l") == 0 || strcmp(format, "+m") == 0) return *form = IPC_OFFSETS, *width = 4, true;
  if (strcmp(format, "+L") == 0) return *form = IPC_OFFSETS, *width = 8, true;
  *form = IPC_VALID;
  *width = 0;
  return strcmp(format, "+s") == 0 || strncmp(format, "+w:", 3) == 0;
}
