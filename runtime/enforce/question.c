/* Question: see edict/question.h. What a question says is made anew as a whole whenever it is changed, from a
 * request, by the same code that reads requests; so it can say nothing else than they do. */
#include "enforce/wording.h"

enum { QUESTION_BLOCK = 2048, QUESTION_MOST = 1 << 22 };
/* Room for bytes, tried one after the other: 256, 4 Ki, 64 Ki. */
enum { BYTES_FIRST = 256, BYTES_STEP = 16 };

/* ---- copies ---- */

static bool copy_text(edi_arena *arena, edict_text *t) {
  t->ptr = edi_arena_copy(arena, t->ptr ? t->ptr : "", t->len);
  return t->ptr != NULL;
}

static bool copy_attribute(edi_arena *arena, const edict_attribute *from, edict_attribute *to) {
  edict_text *values = EDI_NEW_ARRAY(arena, edict_text, from->count);
  *to = (edict_attribute){from->name, values, from->count};
  bool copied = values && copy_text(arena, &to->name);
  for (size_t v = 0; copied && v < from->count; v++) {
    values[v] = from->values[v];
    copied = copy_text(arena, &values[v]);
  }
  return copied;
}

static edict_attribute *copy_attributes(edi_arena *arena, const edict_attribute *from, size_t count) {
  edict_attribute *to = EDI_NEW_ARRAY(arena, edict_attribute, count);
  for (size_t i = 0; to && i < count; i++)
    if (!copy_attribute(arena, &from[i], &to[i])) return NULL;
  return to;
}

static bool copy_resource(edi_arena *arena, const edict_resource *from, edict_resource *to) {
  *to = *from;
  to->attributes = copy_attributes(arena, from->attributes, from->attribute_count);
  return to->attributes && copy_text(arena, &to->kind);
}

static bool copy_request(edi_arena *arena, const edict_request *from, edict_request *to) {
  *to = *from;
  to->now = 0;
  to->seed = NULL;
  uint32_t *columns = EDI_NEW_ARRAY(arena, uint32_t, from->column_count);
  edict_resource *resource = EDI_NEW(arena, edict_resource);
  to->columns = columns;
  to->context = copy_attributes(arena, from->context, from->context_count);
  if (!columns || !resource || !to->context || !copy_text(arena, &to->action)) return false;
  if (from->column_count) memcpy(columns, from->columns, from->column_count * sizeof *columns);
  if (!from->resource) return true;
  to->resource = resource;
  return copy_resource(arena, from->resource, resource);
}

/* ---- wording ---- */

/* A value takes 5 bytes of a request at least; an address that was 2 bytes of text after 4 of length is 16. */
static edi_reading_sizes sizes_for(size_t length) {
  size_t members = length / 5 + 1, text = length * 3;
  edi_reading_sizes most = edi_reading_largest;
  return (edi_reading_sizes){members < most.members ? (uint32_t)members : most.members, text < most.text ? text : most.text};
}

/* Two of which neither takes half of the limits of a request are within them together. */
static bool is_small(const edi_reading *r) {
  return r->member_count < edi_reading_largest.members / 2 && r->text_used < edi_reading_largest.text / 2;
}

static edict_status read_wording(edi_wording *w, const edict_product *product) {
  const edi_vocabulary *v = product->layers[1]->vocabulary;
  const edict_request *r = &w->request;
  w->known.thing = edi_plan_thing(&product->bound, v, r->dataset, r->resource);
  if (!w->known.thing) return EDICT_ARGUMENT;
  w->known.action = edi_plan_action(v, (edi_str){r->action.ptr, r->action.len});
  w->known.place = w->known.action - v->program->kinds[v->kind_action].nodes.first;
  edict_status status = edi_reading_init(&w->reading, v, product->bound.federal, sizes_for(w->length), &w->arena);
  if (status != EDICT_OK) return status;
  w->known.context = &w->reading;
  w->known.context_read = edi_reading_context(&w->reading, r->context, r->context_count);
  w->known.purpose = w->reading.context[v->slot_purpose].base != 0;
  w->known.brief = w->known.action != EDI_NONE && w->known.context_read == EDI_READ_WELL && !r->resource && r->dataset == 0 &&
                   r->column_count == 0 && is_small(&w->reading);
  return EDICT_OK; /* a resource of its own is read when it is asked: its memory is to be the decision's */
}

static edict_status fill_wording(edi_wording *w, const edict_product *product, const edict_request *request) {
  for (size_t room = BYTES_FIRST; w->length == 0; room *= BYTES_STEP) {
    if (room > EDI_REQUEST_COPY) return EDICT_LIMIT;
    char *bytes = EDI_NEW_ARRAY(&w->arena, char, room);
    if (!bytes) return edi_arena_status(&w->arena);
    w->length = edi_request_write(request, bytes, room, &w->flags);
    w->bytes = bytes;
  }
  w->print = edi_request_print(w->bytes, w->length);
  if (!copy_request(&w->arena, request, &w->request)) return edi_arena_status(&w->arena);
  return read_wording(w, product);
}

const edi_wording *edi_wording_keep(const edi_wording *wording) {
  atomic_fetch_add(&((edi_wording *)wording)->users, 1);
  return wording;
}

void edi_wording_leave(const edi_wording *wording) {
  edi_wording *w = (edi_wording *)wording;
  if (atomic_fetch_sub(&w->users, 1) != 1) return;
  edi_arena arena = w->arena;
  edi_arena_fini(&arena);
}

static edict_status make_wording(const edict_product *product, const edict_request *request, edi_wording **wording) {
  edi_arena arena;
  edi_arena_init(&arena, NULL, QUESTION_MOST);
  arena.block = QUESTION_BLOCK;
  edi_wording *w = EDI_NEW(&arena, edi_wording);
  if (!w) {
    edi_arena_fini(&arena);
    return EDICT_MEMORY;
  }
  w->arena = arena;
  atomic_init(&w->users, 1);
  edict_status status = fill_wording(w, product, request);
  if (status == EDICT_OK) *wording = w;
  else edi_wording_leave(w);
  return status;
}

/* ---- question ---- */

edict_status edict_question_create(const edict_product *product, const edict_request *request, edict_question **question) {
  if (!question) return EDICT_ARGUMENT;
  *question = NULL;
  if (!product || !request || edi_request_malformed(request)) return EDICT_ARGUMENT;
  edi_arena arena;
  edi_arena_init(&arena, NULL, QUESTION_MOST);
  arena.block = QUESTION_BLOCK;
  edict_question *q = EDI_NEW(&arena, edict_question);
  edict_status status = q ? make_wording(product, request, &q->wording) : EDICT_MEMORY;
  if (status != EDICT_OK) {
    edi_arena_fini(&arena);
    return status;
  }
  q->arena = arena;
  q->product = edi_product_keep(product);
  *question = q;
  return EDICT_OK;
}

void edict_question_destroy(edict_question **question) {
  if (!question || !*question) return;
  edict_question *q = *question;
  edi_wording_leave(q->wording);
  edi_product_leave(q->product);
  edi_arena arena = q->arena;
  edi_arena_fini(&arena);
  *question = NULL;
}

static size_t place_of(const edict_request *r, edict_text name) {
  size_t at = 0;
  while (at < r->context_count &&
         !edi_str_equal((edi_str){r->context[at].name.ptr, r->context[at].name.len}, (edi_str){name.ptr, name.len}))
    at++;
  return at;
}

/* The question with `attribute` at place `at` of its context, NULL: without what is there. */
static edict_status change(edict_question *q, size_t at, const edict_attribute *attribute) {
  edict_request r = q->wording->request;
  edi_wording *next = NULL;
  edi_arena arena;
  edi_arena_init(&arena, NULL, QUESTION_MOST);
  arena.block = QUESTION_BLOCK;
  size_t count = at == r.context_count ? r.context_count + 1 : r.context_count;
  edict_attribute *context = EDI_NEW_ARRAY(&arena, edict_attribute, count);
  edict_status status = context ? EDICT_OK : edi_arena_status(&arena);
  if (context && r.context_count) memcpy(context, r.context, r.context_count * sizeof *context);
  if (context && attribute) context[at] = *attribute;
  else if (context) memmove(context + at, context + at + 1, (--count - at) * sizeof *context);
  r.context = context;
  r.context_count = count;
  if (status == EDICT_OK) status = make_wording(q->product, &r, &next);
  edi_arena_fini(&arena);
  if (status != EDICT_OK) return status;
  edi_wording_leave(q->wording);
  q->wording = next;
  return EDICT_OK;
}

edict_status edict_question_set(edict_question *question, const edict_attribute *attribute) {
  if (!question || !attribute || edi_attribute_malformed(attribute)) return EDICT_ARGUMENT;
  return change(question, place_of(&question->wording->request, attribute->name), attribute);
}

edict_status edict_question_unset(edict_question *question, edict_text name) {
  if (!question || (name.len && !name.ptr)) return EDICT_ARGUMENT;
  size_t at = place_of(&question->wording->request, name);
  return at == question->wording->request.context_count ? EDICT_OK : change(question, at, NULL);
}

/* ---- entity ---- */

/* What the resource leaves of its rules, where it lies together. */
static void fold(edict_entity *e, const edi_vocabulary *v) {
  edi_arena work;
  edi_arena_init(&work, NULL, QUESTION_MOST);
  const edi_residue *residue = edi_residue_make(e->known.thing, v, e->reading.resource, &work);
  if (residue) edi_swift_make(&e->known, residue, v->program->kinds[v->kind_action].nodes.count, &e->room, &e->arena);
  edi_arena_fini(&work);
}

/* As large as may be, and then kept as small as it is, so that what is read of it lies near together. */
static edict_status read_resource(edict_entity *e, const edict_product *product, const edict_resource *resource, edi_arena *work) {
  const edi_vocabulary *v = product->layers[1]->vocabulary;
  uint32_t kind = e->known.thing->thing - EDI_THING_RESOURCE;
  edi_reading wide;
  edict_status status = edi_reading_init(&wide, v, product->bound.federal, sizes_for(e->length), work);
  if (status != EDICT_OK) return status;
  e->known.resource_read = edi_reading_resource(&wide, kind, resource->attributes, resource->attribute_count);
  edi_reading_sizes sizes = {wide.member_count, wide.text_used};
  status = edi_reading_init(&e->reading, v, product->bound.federal, sizes, &e->arena);
  e->known.resource = e->reading.resource;
  if (status == EDICT_OK) edi_reading_copy_resource(&e->reading, &wide, kind);
  return status;
}

static edict_status fill_entity(edict_entity *e, const edict_product *product, const edict_resource *resource) {
  const edi_vocabulary *v = product->layers[1]->vocabulary;
  for (size_t room = BYTES_FIRST; e->length == 0; room *= BYTES_STEP) {
    if (room > EDI_REQUEST_COPY) return EDICT_LIMIT;
    char *bytes = EDI_NEW_ARRAY(&e->arena, char, room);
    if (!bytes) return edi_arena_status(&e->arena);
    e->length = edi_resource_write(resource, bytes, room);
    e->bytes = bytes;
  }
  if (!copy_resource(&e->arena, resource, &e->resource)) return edi_arena_status(&e->arena);
  e->known.thing = edi_plan_thing(&product->bound, v, 0, resource);
  if (e->known.thing == product->bound.no_resource) {
    edict_status status = edi_reading_init(&e->reading, v, product->bound.federal, (edi_reading_sizes){0, 0}, &e->arena);
    e->known.resource = e->reading.resource;
    return status;
  }
  edi_arena work;
  edi_arena_init(&work, NULL, QUESTION_MOST);
  edict_status status = read_resource(e, product, resource, &work);
  edi_arena_fini(&work);
  if (status != EDICT_OK) return status;
  if (e->known.resource_read == EDI_READ_WELL) fold(e, v);
  e->known.brief = e->known.residue && is_small(&e->reading);
  return EDICT_OK;
}

edict_status edict_entity_create(const edict_product *product, const edict_resource *resource, edict_entity **entity) {
  if (!entity) return EDICT_ARGUMENT;
  *entity = NULL;
  if (!product || !resource || edi_resource_malformed(resource)) return EDICT_ARGUMENT;
  edi_arena arena;
  edi_arena_init(&arena, NULL, QUESTION_MOST);
  arena.block = QUESTION_BLOCK;
  edict_entity *e = edi_arena_lines(&arena, sizeof *e);
  if (!e) {
    edi_arena_fini(&arena);
    return EDICT_MEMORY;
  }
  e->arena = arena;
  atomic_init(&e->users, 1);
  e->product = edi_product_keep(product);
  edict_status status = fill_entity(e, product, resource);
  if (status == EDICT_OK) *entity = e;
  else edi_entity_leave(e);
  return status;
}

const edict_entity *edi_entity_keep(const edict_entity *entity) {
  atomic_fetch_add(&((edict_entity *)entity)->users, 1);
  return entity;
}

void edi_entity_leave(const edict_entity *entity) {
  edict_entity *e = (edict_entity *)entity;
  if (atomic_fetch_sub(&e->users, 1) != 1) return;
  edi_product_leave(e->product);
  edi_arena arena = e->arena;
  edi_arena_fini(&arena);
}

void edict_entity_destroy(edict_entity **entity) {
  if (!entity || !*entity) return;
  edi_entity_leave(*entity);
  *entity = NULL;
}
