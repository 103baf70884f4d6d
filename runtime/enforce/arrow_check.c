/* Arrow check: see the header. */
#include "enforce/arrow_check.h"

/* So that no product of a position and a width of at most 2 GiB overflows. */
#define LENGTH_MOST (INT64_C(1) << 31)
#define POSITION_MOST ((INT64_C(1) << 40))

typedef struct checker {
  const edict_arrow_sizes *sizes;
  size_t at; /* the next of them */
  edict_diagnostics *diagnostics;
} checker;

static edict_status refuse(const checker *c, const edi_arrow_type *t, const char *why) {
  edi_diagnostics_add(c->diagnostics, EDI_R0442, EDI_SPAN_NONE, "", "column `%s` of the batch %s", t->name, why);
  return EDICT_FORMAT;
}

/* Bytes of the buffers of one array; unknown ones are as long as can be. */
typedef struct extents { const int64_t *bytes; } extents;

static bool holds(extents e, size_t buffer, int64_t bytes) { return !e.bytes || bytes <= e.bytes[buffer]; }

static bool valid_at(const struct ArrowArray *a, int64_t at) {
  const unsigned char *bits = (const unsigned char *)a->buffers[0];
  return !bits || (bits[(a->offset + at) / 8] >> ((a->offset + at) % 8) & 1) != 0;
}

/* ---- one array by itself ---- */

static int64_t buffers_of(const edi_arrow_type *t) {
  switch (t->form) {
    case EDI_ARROW_NOTHING:
    case EDI_ARROW_CLOSED: return 0;
    case EDI_ARROW_FIXED_LIST:
    case EDI_ARROW_STRUCT: return 1;
    case EDI_ARROW_BITS:
    case EDI_ARROW_FIXED:
    case EDI_ARROW_LIST:
    case EDI_ARROW_MAP: return 2;
    case EDI_ARROW_BYTES:
    case EDI_ARROW_VIEWS: return 3;
  }
  return 0;
}

/* What is wrong with the counts; NULL: nothing. */
static const char *wrong_counts(const edi_arrow_type *t, const struct ArrowArray *a) {
  int64_t buffers = buffers_of(t);
  bool views = t->form == EDI_ARROW_VIEWS;
  if (a->length < 0 || a->offset < 0) return "has a negative length or offset";
  if (a->length > POSITION_MOST || a->offset > POSITION_MOST) return "has a length or an offset beyond 2^40";
  if (a->null_count < -1 || a->null_count > a->length) return "has more nulls than values, or a negative number of them";
  if (views ? a->n_buffers < buffers || a->n_buffers > LENGTH_MOST : a->n_buffers != buffers) return "has another number of buffers than its type";
  if (buffers && !a->buffers) return "has no buffers";
  if (a->n_children != (int64_t)t->child_count || (a->n_children && !a->children)) return "has another number of children than its type";
  if ((a->dictionary != NULL) != (t->dictionary != NULL)) return "has a dictionary that its type does not have, or none where it has";
  if (buffers && !a->buffers[0] && a->null_count > 0) return "has nulls and no bitmap of them";
  return NULL;
}

/* The sizes of its buffers; NULL in *why: they are known or nobody gave any. */
static extents take_sizes(checker *c, const struct ArrowArray *a, const char **why) {
  extents e = {NULL};
  if (!c->sizes) return e;
  size_t count = (size_t)a->n_buffers;
  if (count > c->sizes->count - c->at) {
    *why = "has more buffers than sizes of them were given";
    return e;
  }
  e.bytes = c->sizes->bytes + c->at;
  c->at += count;
  for (size_t i = 0; i < count; i++)
    if (e.bytes[i] < 0 || (e.bytes[i] > 0 && !a->buffers[i])) *why = "has a buffer of a negative size, or none where a size says one";
  return e;
}

/* Whether buffer `which` is there, and has so many bytes. One of no bytes need not be there. */
static const char *wrong_buffer(const struct ArrowArray *a, extents e, size_t which, int64_t bytes) {
  if (bytes > 0 && !a->buffers[which]) return "lacks a buffer";
  return holds(e, which, bytes) ? NULL : "has a buffer that is shorter than its values need";
}

/* Values first to last + 1, of an array whose counts are right. */
static const char *wrong_buffers(const edi_arrow_type *t, const struct ArrowArray *a, extents e, int64_t end) {
  int64_t count = a->offset + end;
  const char *why = NULL;
  if (end == 0) return NULL;
  if (buffers_of(t) && a->buffers[0]) why = wrong_buffer(a, e, 0, (count + 7) / 8);
  if (why) return why;
  switch (t->form) {
    case EDI_ARROW_BITS: return wrong_buffer(a, e, 1, (count + 7) / 8);
    case EDI_ARROW_FIXED:
      if (t->width && count > INT64_MAX / (int64_t)t->width) return "is larger than any memory";
      return wrong_buffer(a, e, 1, count * (int64_t)t->width);
    case EDI_ARROW_VIEWS: return wrong_buffer(a, e, 1, count * (int64_t)t->width);
    case EDI_ARROW_BYTES:
    case EDI_ARROW_LIST:
    case EDI_ARROW_MAP: return wrong_buffer(a, e, 1, (count + 1) * (int64_t)t->width);
    case EDI_ARROW_NOTHING:
    case EDI_ARROW_FIXED_LIST:
    case EDI_ARROW_STRUCT:
    case EDI_ARROW_CLOSED: break;
  }
  return NULL;
}

/* ---- what its values say ---- */

/* Offsets of the window rise; *end: the last one. */
static const char *wrong_offsets(const edi_arrow_type *t, const struct ArrowArray *a, int64_t from, int64_t to, int64_t *end) {
  int64_t before = *end = from == to ? 0 : edi_arrow_offset(t, a, from);
  if (before < 0) return "has a negative offset";
  for (int64_t i = from; i < to; i++) {
    int64_t next = edi_arrow_offset(t, a, i + 1);
    if (next < before) return "has offsets out of order";
    before = next;
  }
  *end = from == to ? 0 : before;
  return NULL;
}

static const char *wrong_bytes(const edi_arrow_type *t, const struct ArrowArray *a, extents e, int64_t from, int64_t to) {
  int64_t end = 0;
  const char *why = wrong_offsets(t, a, from, to, &end);
  if (why || end == 0) return why;
  return !a->buffers[2] ? "lacks a buffer" : holds(e, 2, end) ? NULL : "has an offset beyond its bytes";
}

static const char *wrong_views(const struct ArrowArray *a, extents e, int64_t from, int64_t to) {
  int64_t parts = a->n_buffers - 3;
  const unsigned char *sizes = (const unsigned char *)a->buffers[a->n_buffers - 1];
  if (parts > 0 && (!sizes || !holds(e, (size_t)a->n_buffers - 1, parts * 8))) return "lacks the sizes of its buffers";
  for (int64_t i = 0; i < parts; i++) {
    int64_t size = (int64_t)edi_get64(sizes + i * 8);
    if (size < 0 || (size > 0 && !a->buffers[i + 2]) || !holds(e, (size_t)i + 2, size)) return "has a buffer of another size than it says";
  }
  for (int64_t i = from; i < to; i++) {
    if (!valid_at(a, i)) continue;
    const unsigned char *view = (const unsigned char *)a->buffers[1] + (a->offset + i) * 16;
    int32_t length = (int32_t)edi_get32(view), part = (int32_t)edi_get32(view + 8), at = (int32_t)edi_get32(view + 12);
    if (length < 0) return "has a view of a negative length";
    if (length <= 12) continue;
    if (part < 0 || part >= parts || at < 0) return "has a view into no buffer of its own";
    if ((int64_t)at + length > (int64_t)edi_get64(sizes + part * INT64_C(8))) return "has a view beyond its buffer";
  }
  return NULL;
}

static uint64_t index_at(const edi_arrow_type *t, const struct ArrowArray *a, int64_t at) {
  edict_vector none, v = edi_arrow_vector(t, a, &none);
  v.dictionary = NULL;
  v.valid = NULL;
  edict_cell cell = edict_vector_cell(&v, (size_t)at);
  return cell.type == EDICT_CELL_INT ? (uint64_t)cell.integer : UINT64_MAX;
}

static const char *wrong_indices(const edi_arrow_type *t, const struct ArrowArray *a, int64_t from, int64_t to) {
  if (!a->dictionary->release || a->dictionary->length < 0) return "has a dictionary that was released, or of a negative length";
  for (int64_t i = from; i < to; i++)
    if (valid_at(a, i) && index_at(t, a, i) >= (uint64_t)a->dictionary->length) return "has an index outside of its dictionary";
  return NULL;
}

/* ---- the tree ---- */

static edict_status check(checker *c, const edi_arrow_type *t, const struct ArrowArray *a, int64_t from, int64_t to);

/* The sizes of a closed array, in which nothing else is looked at. */
static edict_status pass_over(checker *c, const edi_arrow_type *t, const struct ArrowArray *a) {
  edict_status status = EDICT_OK;
  if (!c->sizes) return EDICT_OK;
  if (!a || !a->release || a->n_buffers < 0 || a->n_children != (int64_t)t->child_count || (a->n_children && !a->children) ||
      (a->dictionary != NULL) != (t->dictionary != NULL))
    return refuse(c, t, "is not of its type");
  if ((uint64_t)a->n_buffers > c->sizes->count - c->at) return refuse(c, t, "has more buffers than sizes of them were given");
  c->at += (size_t)a->n_buffers;
  for (size_t i = 0; status == EDICT_OK && i < t->child_count; i++) status = pass_over(c, &t->children[i], a->children[i]);
  return status == EDICT_OK && t->dictionary ? pass_over(c, t->dictionary, a->dictionary) : status;
}

/* Which part of its children the window covers. */
static const char *child_window(const edi_arrow_type *t, const struct ArrowArray *a, int64_t *from, int64_t *to) {
  const char *why;
  int64_t end;
  switch ((int)t->form) {
    case EDI_ARROW_STRUCT:
      *from += a->offset;
      *to += a->offset;
      return NULL;
    case EDI_ARROW_FIXED_LIST:
      if (t->list_size && (a->offset + *to) > POSITION_MOST / t->list_size) return "is longer than 2^40 elements";
      *from = (a->offset + *from) * t->list_size;
      *to = (a->offset + *to) * t->list_size;
      return NULL;
    default:
      why = wrong_offsets(t, a, *from, *to, &end);
      *from = !why && *from != *to ? edi_arrow_offset(t, a, *from) : 0;
      *to = end;
      return why;
  }
}

static edict_status check_children(checker *c, const edi_arrow_type *t, const struct ArrowArray *a, int64_t from, int64_t to) {
  edict_status status = EDICT_OK;
  if (t->child_count == 0) return EDICT_OK;
  const char *why = child_window(t, a, &from, &to);
  if (why) return refuse(c, t, why);
  for (size_t i = 0; status == EDICT_OK && i < t->child_count; i++) {
    const edi_arrow_type *child = &t->children[i];
    if (child->closed) status = pass_over(c, child, a->children[i]);
    else if (!a->children[i] || !a->children[i]->release) status = refuse(c, child, "is not there, or was released");
    else if (a->children[i]->length < to) status = refuse(c, child, "is shorter than what it is part of");
    else status = check(c, child, a->children[i], from, to);
  }
  return status;
}

static edict_status check(checker *c, const edi_arrow_type *t, const struct ArrowArray *a, int64_t from, int64_t to) {
  const char *why = wrong_counts(t, a);
  extents e = {NULL};
  if (!why) e = take_sizes(c, a, &why);
  if (!why) why = wrong_buffers(t, a, e, to);
  if (!why && t->form == EDI_ARROW_BYTES) why = wrong_bytes(t, a, e, from, to);
  if (!why && t->form == EDI_ARROW_VIEWS) why = wrong_views(a, e, from, to);
  if (!why && t->dictionary) why = wrong_indices(t, a, from, to);
  if (why) return refuse(c, t, why);
  edict_status status = check_children(c, t, a, from, to);
  if (status == EDICT_OK && t->dictionary) status = check(c, t->dictionary, a->dictionary, 0, a->dictionary->length);
  return status;
}

edict_status edi_arrow_check(const edi_arrow_type *type, const struct ArrowArray *array, const edict_arrow_sizes *sizes,
                             edict_diagnostics *diagnostics) {
  checker c = {.sizes = sizes, .diagnostics = diagnostics};
  if (!array || !array->release) return refuse(&c, type, "is not there, or was released");
  if (sizes && sizes->count && !sizes->bytes) return EDICT_ARGUMENT;
  edict_status status = wrong_counts(type, array) ? refuse(&c, type, wrong_counts(type, array)) : check(&c, type, array, 0, array->length);
  if (status == EDICT_OK && sizes && c.at != sizes->count) status = refuse(&c, type, "has fewer buffers than sizes of them were given");
  return status;
}

edict_vector edi_arrow_vector(const edi_arrow_type *t, const struct ArrowArray *a, edict_vector *room) {
  edict_vector v = {.layout = t->layout, .scale = t->scale, .length = (size_t)a->length, .offset = (size_t)a->offset, .width = (uint32_t)t->width};
  if (t->form == EDI_ARROW_NOTHING || t->closed || t->child_count) return (edict_vector){.layout = EDICT_LAYOUT_NULL};
  static const unsigned char none[32]; /* stands for the buffer of an array without values */
  v.valid = (const unsigned char *)a->buffers[0];
  v.values = a->buffers[1] ? a->buffers[1] : none;
  if (t->form == EDI_ARROW_BYTES) v.bytes = (const char *)a->buffers[2];
  if (t->form == EDI_ARROW_VIEWS) v.parts = a->buffers + 2;
  if (!t->dictionary) return v;
  edict_vector nothing;
  *room = edi_arrow_vector(t->dictionary, a->dictionary, &nothing);
  v.dictionary = room;
  return v;
}
