/* Inputs: who asked for what, as the sealed payload holds it, and back.
 *
 *   r 32 | issuer | id | not-before i64 | expires i64 | key digest 32 |
 *   attributes u32, each: name | form u8 | texts u32, each |
 *   request (host.h) |
 *   obligations that the host can meet u32, each: name |
 *   obligations of the answer u32, each: arguments u32, each: name | type | value
 *
 * Nodes and levels are named, so that it can be read without the bundle that numbered them. What
 * decode takes is what a session of this vocabulary can have written, in its order. */
#include <sodium.h>

#include "log/record.h"

/* How a value stands in the inputs. */
typedef enum form { FORM_UNKNOWN, FORM_SCALAR, FORM_SET, FORM_INCOMPLETE, FORM_COUNT } form;

/* ---- values as texts ---- */

static void put_level(const edi_program *p, edi_type type, int64_t rank, edi_buf *b) {
  const edi_scale *scale = &p->scales[EDI_TYPE_PARAM(type)];
  edi_record_put_text(b,
                      edi_program_string(p, p->levels[scale->levels.first + (uint32_t)rank].name));
}

static void put_duration(edi_value v, edi_buf *b) {
  edi_buf_format(b, "%lld%s", (long long)v.as.integer, v.scale ? "mo" : "us");
}

static void put_scalar(const edi_vocabulary *v, edi_type type, edi_value value, edi_buf *b) {
  char storage[64];
  edi_buf text = edi_buf_fixed(storage, sizeof storage);
  switch (value.base) {
    case EDI_TYPE_NODE: edi_record_put_text(b, edi_vocabulary_name(v, (uint32_t)value.as.integer)); return;
    case EDI_TYPE_LEVEL: put_level(v->program, type, value.as.integer, b); return;
    case EDI_TYPE_STRING:
    case EDI_TYPE_ID: edi_record_put_text(b, edi_value_str(value)); return;
    case EDI_TYPE_IP: edi_hex_append(&text, value.as.text, 16); break;
    case EDI_TYPE_BOOL: edi_buf_text(&text, value.as.integer ? "true" : "false"); break;
    case EDI_TYPE_DATE: edi_date_format(&text, value.as.integer); break;
    case EDI_TYPE_TIMESTAMP: edi_timestamp_format(&text, value.as.integer); break;
    case EDI_TYPE_DECIMAL: edi_decimal_format(&text, (edi_decimal){value.as.integer, value.scale}); break;
    case EDI_TYPE_DURATION: put_duration(value, &text); break;
    default: edi_buf_format(&text, "%lld", (long long)value.as.integer);
  }
  edi_record_put_text(b, (edi_str){storage, text.len});
}

/* As the decision itself gives it. */
static void put_formatted(const edi_vocabulary *v, edi_type type, edi_value value, edi_buf *b) {
  char storage[64];
  edi_buf text = edi_buf_fixed(storage, sizeof storage);
  bool plain = value.base == EDI_TYPE_STRING || value.base == EDI_TYPE_ID || value.base == EDI_TYPE_NODE ||
               value.base == EDI_TYPE_LEVEL;
  if (plain) {
    put_scalar(v, type, value, b);
    return;
  }
  edi_vocabulary_format(v, type, value, &text);
  edi_record_put_text(b, (edi_str){storage, text.len});
}

static form form_of(edi_value v) {
  if (!v.base) return FORM_UNKNOWN;
  return !v.set ? FORM_SCALAR : v.scale ? FORM_INCOMPLETE : FORM_SET;
}

static void put_attr(const edi_vocabulary *v, const edi_attr *attr, edi_value value, edi_buf *b) {
  edi_record_put_text(b, edi_program_string(v->program, attr->name));
  edi_buf_u8(b, (uint8_t)form_of(value));
  uint32_t count = !value.base ? 0 : value.set ? value.length : 1;
  edi_buf_u32(b, count);
  for (uint32_t i = 0; i < count; i++) put_scalar(v, attr->type, value.set ? value.as.members[i] : value, b);
}

/* Issuer and id have slots and stand before the attributes. */
#define IDENTITY_SLOTS 2

static bool is_identity(const edi_vocabulary *v, uint32_t slot) {
  return slot == v->slot_subject_id || slot == v->slot_subject_issuer;
}

/* What was decided depends on it: the federal obligations, then the domain's own. */
static void put_meets(const edict_decision *d, edi_buf *b) {
  size_t at = b->len;
  uint32_t count = 0;
  edi_buf_u32(b, 0);
  for (unsigned layer = 0; layer < 2; layer++) {
    const edi_program *p = &d->product->layers[layer]->program;
    for (uint32_t o = 0; o < p->obligations_count; o++) {
      bool again = layer == 1 && (p->obligations[o].flags & EDI_IMPORTED);
      if (again || !d->plan->meets[layer][o]) continue;
      edi_record_put_text(b, edi_program_string(p, p->obligations[o].name));
      count++;
    }
  }
  if (b->failed == EDICT_OK) edi_put32(b->ptr + at, count);
}

void edi_record_arguments(const edict_decision *d, edi_buf *b) {
  edict_obligation o;
  edi_buf_u32(b, d->plan->duty_count);
  for (size_t i = 0; edict_decision_obligation(d, i, &o) == EDICT_OK; i++) {
    edi_buf_u32(b, (uint32_t)o.argument_count);
    for (size_t k = 0; k < o.argument_count; k++) {
      edi_value value;
      edi_type type;
      edi_str name;
      if (!edi_obligation_value(d, i, k, &value, &type, &name)) b->failed = EDICT_DEFECT;
      if (b->failed != EDICT_OK) return;
      edi_record_put_text(b, name);
      edi_record_put_text(b, edi_str_from(edi_type_base_name(EDI_TYPE_BASE(type))));
      put_formatted(d->plan->vocabulary, type, value, b);
    }
  }
}

edict_status edi_record_inputs(const edict_decision *decision,
                               const unsigned char random[EDI_RECORD_RANDOM], edi_buf *b) {
  if (!decision->session || decision->answer->length == 0) return EDICT_LIMIT;
  const edi_vocabulary *v = decision->plan->vocabulary;
  const edi_program *p = v->program;
  const edi_subject *s = &decision->session->subject;
  edi_buf_append(b, random, EDI_RECORD_RANDOM);
  edi_record_put_text(b, edi_program_string(p, p->issuers[s->issuer].name));
  edi_record_put_text(b, s->id);
  edi_buf_u64(b, (uint64_t)s->not_before);
  edi_buf_u64(b, (uint64_t)s->expires);
  edi_buf_append(b, s->key_digest, sizeof s->key_digest);
  edi_buf_u32(b, v->subject_slots - IDENTITY_SLOTS);
  for (uint32_t slot = 0; slot < v->subject_slots; slot++)
    if (!is_identity(v, slot)) put_attr(v, &p->attrs[v->subject_attrs[slot]], s->attrs[slot], b);
  edict_status status = edi_decision_request(decision, b);
  if (status != EDICT_OK) return status;
  put_meets(decision, b);
  edi_record_arguments(decision, b);
  return b->failed;
}

void edi_record_commit(edi_str inputs, unsigned char commitment[32]) {
  (void)crypto_generichash(commitment, 32, (const unsigned char *)inputs.ptr + EDI_RECORD_RANDOM,
                           inputs.len - EDI_RECORD_RANDOM, (const unsigned char *)inputs.ptr,
                           EDI_RECORD_RANDOM);
}

/* ---- and back ---- */

static bool get_duration(edi_str text, edi_value *out) {
  bool months = edi_str_ends(text, EDI_STR("mo"));
  edi_decimal d;
  if (text.len < 3 || !edi_decimal_parse((edi_str){text.ptr, text.len - 2}, &d) || d.scale)
    return false;
  *out = edi_value_integer(EDI_TYPE_DURATION, d.mantissa);
  out->scale = months;
  return true;
}

static bool get_scalar(edi_arena *arena, const edi_vocabulary *v, edi_type type, edi_str text,
                       edi_value *out) {
  if (EDI_TYPE_BASE(type) == EDI_TYPE_DURATION) return get_duration(text, out);
  if (EDI_TYPE_BASE(type) == EDI_TYPE_IP) {
    unsigned char *bytes = edi_arena_alloc(arena, 16);
    size_t length;
    if (!bytes || !edi_hex_decode(text, bytes, 16, &length) || length != 16) return false;
    *out = edi_value_text(EDI_TYPE_IP, (edi_str){(const char *)bytes, 16});
    return true;
  }
  *out = edi_vocabulary_convert(v, type, text, NULL);
  return out->base != 0;
}

/* Members of a set are sorted and distinct; everything that tests membership relies on it. */
static bool get_members(edi_arena *arena, const edi_vocabulary *v, edi_type type, edi_reader *r,
                        uint32_t count, edi_value **members) {
  *members = EDI_NEW_ARRAY(arena, edi_value, count);
  for (uint32_t i = 0; *members && i < count; i++) {
    edi_str text = edi_record_get_text(r);
    if (r->bad || !get_scalar(arena, v, EDI_TYPE_ELEM(type), text, &(*members)[i])) return false;
    if (i && edi_value_compare((*members)[i - 1], (*members)[i]) >= 0) return false;
  }
  return *members != NULL;
}

static bool fits(edi_type type, uint8_t kind, uint32_t count) {
  switch (kind) {
    case FORM_UNKNOWN: return count == 0;
    case FORM_SCALAR: return count == 1 && !EDI_TYPE_IS_SET(type);
    case FORM_SET:
    case FORM_INCOMPLETE: return EDI_TYPE_IS_SET(type) && count <= EDI_LIMIT_SET_MEMBERS;
    default: return false;
  }
}

/* The attribute in the slot where it belongs. */
static bool get_attr(edi_arena *arena, const edi_vocabulary *v, edi_reader *r, uint32_t slot,
                     edi_subject *s) {
  uint32_t attr = edi_vocabulary_attr(v, EDI_ENTITY_SUBJECT, edi_record_get_text(r));
  uint8_t kind = edi_reader_u8(r);
  uint32_t count = edi_record_get_count(r, 4);
  edi_value *members, *out = &s->attrs[slot];
  if (r->bad || attr != v->subject_attrs[slot]) return false;
  edi_type type = v->program->attrs[attr].type;
  if (!fits(type, kind, count) || !get_members(arena, v, type, r, count, &members)) return false;
  if (kind == FORM_SCALAR) *out = members[0];
  if (kind == FORM_SET || kind == FORM_INCOMPLETE)
    *out = (edi_value){.base = (uint8_t)EDI_TYPE_BASE(type),
                       .set = 1,
                       .scale = kind == FORM_INCOMPLETE,
                       .length = count,
                       .as.members = members};
  return true;
}

static bool get_issuer(const edi_vocabulary *v, edi_str name, edi_subject *s) {
  const edi_program *p = v->program;
  for (uint32_t i = 0; i < p->issuers_count; i++) {
    if (!edi_str_equal(edi_program_string(p, p->issuers[i].name), name)) continue;
    s->issuer = i;
    s->attrs[v->slot_subject_issuer] = edi_value_integer(EDI_TYPE_NODE, p->issuers[i].node);
    s->attrs[v->slot_subject_id] = edi_value_text(EDI_TYPE_SUBJECT, s->id);
    return true;
  }
  return false;
}

static bool get_subject(edi_arena *arena, const edi_vocabulary *v, edi_reader *r, edi_subject *s) {
  (void)edi_reader_bytes(r, EDI_RECORD_RANDOM);
  edi_str issuer = edi_record_get_text(r);
  s->id = edi_record_get_text(r);
  s->not_before = (int64_t)edi_reader_u64(r);
  s->expires = (int64_t)edi_reader_u64(r);
  edi_str digest = edi_reader_bytes(r, sizeof s->key_digest);
  uint32_t count = edi_reader_u32(r);
  s->attrs = EDI_NEW_ARRAY(arena, edi_value, v->subject_slots);
  if (r->bad || !s->attrs || count != v->subject_slots - IDENTITY_SLOTS) return false;
  memcpy(s->key_digest, digest.ptr, digest.len);
  for (uint32_t slot = 0; slot < v->subject_slots; slot++)
    if (!is_identity(v, slot) && !get_attr(arena, v, r, slot, s)) return false;
  return get_issuer(v, issuer, s);
}

/* ---- the request ---- */

static bool get_attribute(edi_arena *arena, edi_reader *r, edict_attribute *out) {
  edi_str name = edi_record_get_text(r);
  uint32_t count = edi_record_get_count(r, 4);
  edict_text *values = EDI_NEW_ARRAY(arena, edict_text, count);
  for (uint32_t i = 0; values && i < count; i++) {
    edi_str text = edi_record_get_text(r);
    values[i] = (edict_text){text.ptr, text.len};
  }
  *out = (edict_attribute){{name.ptr, name.len}, values, count};
  return values && !r->bad;
}

static bool get_attributes(edi_arena *arena, edi_reader *r, const edict_attribute **out, size_t *count) {
  *count = edi_record_get_count(r, 8);
  edict_attribute *items = EDI_NEW_ARRAY(arena, edict_attribute, *count);
  if (!items) return false;
  for (size_t i = 0; i < *count; i++)
    if (!get_attribute(arena, r, &items[i])) return false;
  *out = items;
  return true;
}

static bool get_resource(edi_arena *arena, edi_reader *r, const edict_resource **out) {
  edict_resource *resource = EDI_NEW(arena, edict_resource);
  if (!resource) return false;
  edi_str kind = edi_record_get_text(r);
  resource->kind = (edict_text){kind.ptr, kind.len};
  *out = resource;
  return get_attributes(arena, r, &resource->attributes, &resource->attribute_count);
}

static bool get_request(edi_arena *arena, edi_reader *r, edict_request *request) {
  *request = (edict_request){.size = sizeof *request, .dataset = edi_reader_u32(r)};
  request->column_count = edi_record_get_count(r, 4);
  uint32_t *columns = EDI_NEW_ARRAY(arena, uint32_t, request->column_count);
  for (size_t i = 0; columns && i < request->column_count; i++) columns[i] = edi_reader_u32(r);
  edi_str action = edi_record_get_text(r);
  if (!columns || !get_attributes(arena, r, &request->context, &request->context_count)) return false;
  request->columns = columns;
  request->action = (edict_text){action.ptr, action.len};
  uint8_t flags = edi_reader_u8(r);
  if (flags & ~(EDI_REQUEST_RESOURCE | EDI_REQUEST_SEED)) return false;
  if ((flags & EDI_REQUEST_RESOURCE) && !get_resource(arena, r, &request->resource)) return false;
  if (flags & EDI_REQUEST_SEED) request->seed = (const unsigned char *)edi_reader_bytes(r, EDICT_SEED_BYTES).ptr;
  return !r->bad;
}

/* ---- what the host could do ---- */

static bool get_meets(edi_arena *arena, edi_reader *r, edi_inputs *inputs) {
  inputs->meet_count = edi_record_get_count(r, 4);
  inputs->meets = EDI_NEW_ARRAY(arena, edi_str, inputs->meet_count);
  for (uint32_t i = 0; inputs->meets && i < inputs->meet_count; i++) inputs->meets[i] = edi_record_get_text(r);
  return inputs->meets && !r->bad;
}

bool *edi_inputs_meets(edi_arena *arena, const edi_inputs *inputs, const edi_linked *linked) {
  const edi_program *p = &linked->program;
  bool *out = EDI_NEW_ARRAY(arena, bool, p->obligations_count);
  for (uint32_t o = 0; out && o < p->obligations_count; o++)
    for (uint32_t i = 0; i < inputs->meet_count && !out[o]; i++)
      out[o] = edi_str_equal(edi_program_string(p, p->obligations[o].name), inputs->meets[i]);
  return out;
}

/* Read to its end; what is compared is its bytes. */
static bool get_arguments(edi_reader *r, edi_inputs *inputs) {
  size_t from = r->at;
  uint32_t count = edi_record_get_count(r, 4);
  for (uint32_t i = 0; i < count && !r->bad; i++) {
    uint32_t arguments = edi_record_get_count(r, 12);
    for (uint32_t k = 0; k < arguments * 3 && !r->bad; k++) (void)edi_record_get_text(r);
  }
  inputs->arguments = (edi_str){(const char *)r->ptr + from, r->at - from};
  return !r->bad;
}

bool edi_inputs_decode(edi_arena *arena, const edi_vocabulary *vocabulary, edi_str bytes,
                       edi_inputs *inputs) {
  edi_reader r = edi_record_reader(bytes);
  memset(inputs, 0, sizeof *inputs);
  return get_subject(arena, vocabulary, &r, &inputs->subject) &&
         get_request(arena, &r, &inputs->request) && get_meets(arena, &r, inputs) &&
         get_arguments(&r, inputs) && edi_record_ended(&r);
}

/* ---- for the auditor to read ---- */

static void show_texts(edi_reader *r, uint32_t count, edi_buf *b) {
  for (uint32_t i = 0; i < count && !r->bad; i++) {
    if (i) edi_buf_char(b, ',');
    edi_json_string(b, edi_record_get_text(r));
  }
}

/* null, "text", ["text"]; an incomplete set ends in null, which stands for what named nothing. */
static void show_attr(edi_reader *r, edi_buf *b) {
  edi_json_string(b, edi_record_get_text(r));
  uint8_t kind = edi_reader_u8(r);
  uint32_t count = edi_record_get_count(r, 4);
  bool set = kind == FORM_SET || kind == FORM_INCOMPLETE;
  if (kind >= FORM_COUNT || (kind == FORM_UNKNOWN && count) || (kind == FORM_SCALAR && count != 1))
    r->bad = true;
  edi_buf_text(b, set ? ":[" : kind == FORM_UNKNOWN ? ":null" : ":");
  show_texts(r, count, b);
  if (kind == FORM_INCOMPLETE) edi_buf_text(b, count ? ",null" : "null");
  if (set) edi_buf_char(b, ']');
}

static void show_subject(edi_reader *r, edi_buf *b) {
  (void)edi_reader_bytes(r, EDI_RECORD_RANDOM);
  edi_buf_text(b, "\"subject\":{\"issuer\":");
  edi_json_string(b, edi_record_get_text(r));
  edi_buf_text(b, ",\"id\":");
  edi_json_string(b, edi_record_get_text(r));
  (void)edi_reader_bytes(r, 8 + 8 + sizeof((edi_subject *)NULL)->key_digest);
  uint32_t count = edi_record_get_count(r, 9);
  for (uint32_t i = 0; i < count && !r->bad; i++) {
    edi_buf_char(b, ',');
    show_attr(r, b);
  }
  edi_buf_char(b, '}');
}

static void show_attributes(edi_reader *r, edi_buf *b) {
  uint32_t count = edi_record_get_count(r, 8);
  edi_buf_char(b, '{');
  for (uint32_t i = 0; i < count && !r->bad; i++) {
    if (i) edi_buf_char(b, ',');
    edi_json_string(b, edi_record_get_text(r));
    edi_buf_text(b, ":[");
    show_texts(r, edi_record_get_count(r, 4), b);
    edi_buf_char(b, ']');
  }
  edi_buf_char(b, '}');
}

static void show_request(edi_reader *r, edi_buf *b) {
  edi_buf_format(b, ",\"request\":{\"dataset\":%u,\"columns\":[", edi_reader_u32(r));
  uint32_t count = edi_record_get_count(r, 4);
  for (uint32_t i = 0; i < count; i++) edi_buf_format(b, i ? ",%u" : "%u", edi_reader_u32(r));
  edi_buf_text(b, "],\"action\":");
  edi_json_string(b, edi_record_get_text(r));
  edi_buf_text(b, ",\"context\":");
  show_attributes(r, b);
  uint8_t flags = edi_reader_u8(r);
  if (flags & ~(EDI_REQUEST_RESOURCE | EDI_REQUEST_SEED)) r->bad = true;
  edi_buf_text(b, flags & EDI_REQUEST_RESOURCE ? ",\"resource\":{\"kind\":" : ",\"resource\":null");
  if (flags & EDI_REQUEST_RESOURCE) {
    edi_json_string(b, edi_record_get_text(r));
    edi_buf_text(b, ",\"attributes\":");
    show_attributes(r, b);
    edi_buf_char(b, '}');
  }
  edi_buf_text(b, flags & EDI_REQUEST_SEED ? ",\"seed\":\"" : ",\"seed\":null");
  if (flags & EDI_REQUEST_SEED) {
    edi_str seed = edi_reader_bytes(r, EDICT_SEED_BYTES);
    edi_hex_append(b, seed.ptr, seed.len);
    edi_buf_char(b, '"');
  }
  edi_buf_char(b, '}');
}

static void show_meets(edi_reader *r, edi_buf *b) {
  edi_buf_text(b, ",\"meets\":[");
  show_texts(r, edi_record_get_count(r, 4), b);
  edi_buf_char(b, ']');
}

/* One object for each obligation of the answer, in its order. */
static void show_arguments(edi_reader *r, edi_buf *b) {
  uint32_t count = edi_record_get_count(r, 4);
  edi_buf_text(b, ",\"arguments\":[");
  for (uint32_t i = 0; i < count && !r->bad; i++) {
    uint32_t arguments = edi_record_get_count(r, 12);
    edi_buf_text(b, i ? ",{" : "{");
    for (uint32_t k = 0; k < arguments && !r->bad; k++) {
      if (k) edi_buf_char(b, ',');
      edi_json_string(b, edi_record_get_text(r));
      (void)edi_record_get_text(r); /* its type */
      edi_buf_char(b, ':');
      edi_json_string(b, edi_record_get_text(r));
    }
    edi_buf_char(b, '}');
  }
  edi_buf_char(b, ']');
}

bool edi_inputs_show(edi_str bytes, edi_buf *into) {
  edi_reader r = edi_record_reader(bytes);
  size_t before = into->len;
  show_subject(&r, into);
  show_request(&r, into);
  show_meets(&r, into);
  show_arguments(&r, into);
  if (edi_record_ended(&r)) return true;
  into->len = before;
  return false;
}
