/* Arrow door: see the header. */
#include "support/arrow_door.h"

#include <stdlib.h>

#include "support/arrows.h"
#include "support/mesh.h"

#define RULE(name, effect, rest) "rule " name "\n " effect "\n" rest " because \"x\"\n"

static const char contract[] = MESH_CONTRACT(
    "  - name: orders\n    logicalType: object\n    physicalName: orders\n    customProperties:\n"
    "      - { property: classification, value: internal }\n    properties:\n"
    "      - { name: id, logicalType: integer, required: true, tags: [ plain ] }\n"
    "      - { name: mail, logicalType: string, tags: [ pii.email ] }\n"
    "      - { name: phone, logicalType: string, tags: [ pii.phone ] }\n"
    "      - { name: country, logicalType: string, tags: [ geo.country ] }\n"
    "      - { name: amount, logicalType: number, tags: [ num.amount ] }\n"
    "      - { name: count, logicalType: integer, required: true, tags: [ num.count ] }\n"
    "      - { name: day, logicalType: date, tags: [ time.day ] }\n"
    "      - { name: at, logicalType: timestamp, tags: [ time.collected ] }\n"
    "      - { name: any, logicalType: array, tags: [ plain ] }\n"
    "      - name: address\n        logicalType: object\n        properties:\n"
    "          - { name: street, logicalType: string, tags: [ pii.phone ] }\n"
    "          - { name: city, logicalType: string, tags: [ plain ] }\n"
    "      - { name: mails, logicalType: array, items: { logicalType: string, tags: [ pii.email ] } }\n"
    "      - { name: prefs, logicalType: map, map: { key: { logicalType: string, tags: [ person.id ] }, value: { logicalType: string, tags: [ pii.email ] } } }\n");

static const char rules[] =
    RULE("open", "permit read", " on dataset classified <= internal\n")
    RULE("rows", "show only rows", " where row[geo.country] in subject.regions\n")
    RULE("mails", "mask column tagged pii.email\n with show-last(4)", "\n")
    RULE("phones", "mask column tagged pii.phone\n with null if row[num.count] > 5\n with show-first(1) otherwise", "\n")
    RULE("amounts", "mask column tagged num.amount\n with round(10)", "\n")
    RULE("counts", "mask column tagged num.count\n with clamp(0, 100)", "\n")
    RULE("days", "mask column tagged time.day\n with date-trunc(month)", "\n")
    RULE("people", "mask column tagged person.id\n with keep", "\n");

static void must(bool holds) {
  if (!holds) abort();
}

/* Made once and kept. */
static mesh *decided(void) {
  static mesh m;
  if (!m.engine) {
    mesh_init(&m);
    mesh_federal(&m, rules);
    mesh_domain(&m, "sales", "", contract);
    mesh_open(&m);
    mesh_subject(&m, "roles support; purposes service; regions de");
  }
  must(mesh_ask(&m, "read", "orders", "*", "purpose support", "2026-11-20T10:00:00Z") == EDICT_OK);
  must(edict_decision_effect(m.decision) == EDICT_PERMIT);
  return &m;
}

/* ---- the text ---- */

enum { BLOCKS_MOST = 1024, CHILDREN_MOST = 64, BUFFERS_MOST = 64, BYTES_MOST = 1 << 18 };

typedef struct text_reader {
  const char *at;
  edi_arena *arena;
  arrow_sizes *sizes;
  void *blocks[BLOCKS_MOST];
  size_t block_count, bytes, arrays;
  bool bad;
} text_reader;

static void released_array(struct ArrowArray *a) { a->release = NULL; }

static int64_t number(text_reader *r) {
  char *end;
  while (*r->at == ' ') r->at++;
  int64_t value = strtoll(r->at, &end, 10);
  r->bad = r->bad || end == r->at;
  r->at = end;
  return value;
}

static int digit(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; }

/* A block of exactly its size, so that a sanitizer sees a read past its end. */
static const void *buffer(text_reader *r, int64_t *size) {
  unsigned char some[4096];
  size_t length = 0, times = 1;
  *size = 0;
  if (*r->at == '-') return r->at++, NULL;
  if (*r->at == '0' && digit(r->at[1]) < 0) r->at++;
  while (length < sizeof some && digit(r->at[0]) >= 0 && digit(r->at[1]) >= 0) {
    some[length++] = (unsigned char)(digit(r->at[0]) * 16 + digit(r->at[1]));
    r->at += 2;
  }
  if (*r->at == '*') {
    r->at++;
    int64_t given = number(r);
    times = given < 0 || given > BYTES_MOST ? 0 : (size_t)given;
  }
  size_t all = length * times;
  r->bytes += all;
  unsigned char *block = r->bytes <= BYTES_MOST && r->block_count < BLOCKS_MOST ? malloc(all > 0 ? all : 1) : NULL;
  if (!block) return r->bad = true, NULL;
  r->blocks[r->block_count++] = block;
  for (size_t i = 0; i < times; i++) memcpy(block + i * length, some, length);
  *size = (int64_t)all;
  return block;
}

static struct ArrowArray *array(text_reader *r);

static void read_buffers(text_reader *r, struct ArrowArray *a) {
  const void *found[BUFFERS_MOST];
  for (a->n_buffers = 0; *r->at == ' ' && !r->bad; a->n_buffers++) {
    while (*r->at == ' ') r->at++;
    if (a->n_buffers == BUFFERS_MOST || r->sizes->count == ARROW_SIZES_MOST) r->bad = true;
    else found[a->n_buffers] = buffer(r, &r->sizes->bytes[r->sizes->count++]);
  }
  a->buffers = EDI_NEW_ARRAY(r->arena, const void *, (size_t)a->n_buffers + 1);
  must(a->buffers != NULL);
  for (int64_t i = 0; i < a->n_buffers && !r->bad; i++) a->buffers[i] = found[i];
}

static struct ArrowArray *array(text_reader *r) {
  bool gone = *r->at == '!';
  if (*r->at == 'x') {
    r->at += r->at[1] == '\n' ? 2 : 1;
    return NULL;
  }
  r->at += gone;
  struct ArrowArray *a = EDI_NEW(r->arena, struct ArrowArray);
  must(a != NULL);
  a->release = gone ? NULL : released_array;
  a->length = number(r);
  a->null_count = number(r);
  a->offset = number(r);
  a->n_children = number(r);
  int64_t dictionary = number(r);
  r->bad = r->bad || a->n_children > CHILDREN_MOST || ++r->arrays > 4096;
  if (!r->bad) read_buffers(r, a);
  r->bad = r->bad || *r->at != '\n';
  if (r->bad) return a;
  r->at++;
  int64_t children = a->n_children < 0 ? 0 : a->n_children;
  a->children = children ? EDI_NEW_ARRAY(r->arena, struct ArrowArray *, (size_t)children) : NULL;
  for (int64_t i = 0; i < children && !r->bad; i++) a->children[i] = array(r);
  if (dictionary && !r->bad) a->dictionary = array(r);
  return a;
}

/* ---- the door ---- */

static edict_status pass(mesh *m, const struct ArrowSchema *schema, const struct ArrowArray *batch, const arrow_sizes *sizes, edi_arena *arena,
                         edict_diagnostics *findings) {
  edict_arrow_options options = {.size = sizeof options, .memory = 1 << 24};
  edict_arrow_sizes known = {sizes->bytes, sizes->count};
  struct ArrowSchema out_schema;
  struct ArrowArray out;
  edict_arrow *arrow;
  edi_arrow_type type;
  char why[256];
  edict_status status = edict_arrow_create(m->decision, schema, &options, &arrow, findings);
  if (status != EDICT_OK) return status;
  must(edict_arrow_schema(arrow, &out_schema) == EDICT_OK);
  must(edi_arrow_type_read(&out_schema, arena, &type, NULL) == EDICT_OK);
  status = edict_arrow_apply(arrow, batch, &known, &out, findings);
  must((status == EDICT_OK) == (out.release != NULL));
  if (status == EDICT_OK) {
    must(edi_arrow_check(&type, &out, NULL, NULL) == EDICT_OK);
    must(arrow_is_clean(&type, &out, why, sizeof why));
    out.release(&out);
  }
  out_schema.release(&out_schema);
  edict_arrow_destroy(&arrow);
  return status;
}

edict_status arrow_door(const char *name, const char *bytes, size_t length, edict_diagnostics *findings) {
  (void)name;
  static arrow_sizes sizes;
  edi_arena arena;
  arrow_shape shape;
  struct ArrowSchema schema;
  edi_arena_init(&arena, NULL, (size_t)1 << 28);
  char *text = edi_arena_copy(&arena, bytes, length);
  must(text != NULL);
  text_reader r = {.at = text, .arena = &arena, .sizes = &sizes};
  edict_status status = EDICT_ARGUMENT;
  sizes.count = 0;
  const char *line = strchr(text, '\n');
  if (line && arrow_shape_read(text, &arena, &shape)) {
    r.at = line + 1;
    struct ArrowArray *batch = array(&r);
    if (!r.bad && batch) {
      arrow_schema_of(&shape, &arena, &schema);
      status = pass(decided(), &schema, batch, &sizes, &arena, findings);
    }
  }
  for (size_t i = 0; i < r.block_count; i++) free(r.blocks[i]);
  edi_arena_fini(&arena);
  return status;
}
