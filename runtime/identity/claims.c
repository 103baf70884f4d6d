/* Claims: paths walked, texts mapped, nodes bounded, values typed.
 *
 *   payload --path--> JSON value --> texts --map, name, within--> nodes   --> value of the slot
 *                                    texts --convert------------> scalars -->
 *
 * A claim that is not there leaves what absence means; one that is there and cannot be typed is
 * unknown. An external text that is mapped is never also read as a node's name. */
#include "identity/claims.h"

#include <inttypes.h>
#include <stdio.h>

#include "bundle/limits.h"

/* ---- text to value ---- */

/* The node that a text stands for: by the line's map, else by name; EDI_NONE if none or not allowed. */
static uint32_t node_of(const edi_vocabulary *v, const edi_claim *claim, uint32_t kind,
                        edi_str text) {
  const edi_program *p = v->program;
  uint32_t node = EDI_NONE;
  bool mapped = false;
  for (uint32_t i = 0; claim && i < claim->map.count && !mapped; i++) {
    const edi_claimmap *map = &p->claimmaps[claim->map.first + i];
    mapped = edi_str_equal(edi_program_string(p, map->text), text);
    if (mapped) node = map->node;
  }
  if (!mapped) node = edi_vocabulary_node(v, kind, text);
  if (node == EDI_NONE) return EDI_NONE;
  bool bounded = claim && claim->within != EDI_NONE;
  return bounded && !edi_vocabulary_below(v, node, claim->within) ? EDI_NONE : node;
}

/* Sets *value to unknown where the text cannot be typed; the status is for memory alone. */
static edict_status scalar(const edi_vocabulary *v, const edi_claim *claim, edi_type type,
                           edi_str text, edi_arena *arena, edi_value *value) {
  unsigned char address[16];
  *value = edi_value_unknown();
  if (EDI_TYPE_BASE(type) == EDI_TYPE_NODE) {
    uint32_t node = node_of(v, claim, EDI_TYPE_PARAM(type), text);
    if (node != EDI_NONE) *value = edi_value_integer(EDI_TYPE_NODE, node);
    return EDICT_OK;
  }
  edi_value converted = edi_vocabulary_convert(v, type, text, address);
  if (converted.base == EDI_TYPE_STRING || converted.base == EDI_TYPE_ID ||
      converted.base == EDI_TYPE_IP) {
    const char *copy = edi_arena_copy(arena, converted.as.text, converted.length);
    if (!copy) return edi_arena_status(arena);
    converted.as.text = copy;
  }
  *value = converted;
  return EDICT_OK;
}

static edict_status set(const edi_vocabulary *v, const edi_claim *claim, edi_type type,
                        const edi_claimed *claimed, edi_arena *arena, edi_value *value) {
  *value = edi_value_unknown();
  if (claimed->count > EDI_LIMIT_SET_MEMBERS) return EDICT_OK;
  edi_value *members = EDI_NEW_ARRAY(arena, edi_value, claimed->count);
  if (!members) return edi_arena_status(arena);
  uint32_t known = 0;
  for (size_t i = 0; i < claimed->count; i++) {
    edict_status status =
        scalar(v, claim, EDI_TYPE_ELEM(type), claimed->texts[i], arena, &members[known]);
    if (status != EDICT_OK) return status;
    if (edi_value_known(members[known])) known++;
  }
  bool ignore_others = claim && (claim->flags & EDI_CLAIM_IGNORE_OTHERS);
  bool incomplete = known < claimed->count || claimed->others > 0;
  *value = edi_value_set(EDI_TYPE_BASE(type), members, known);
  if (incomplete && !ignore_others) value->scale = 1;
  return EDICT_OK;
}

edict_status edi_claims_value(const edi_vocabulary *vocabulary, const edi_claim *claim,
                              uint32_t attr, const edi_claimed *claimed, edi_arena *arena,
                              edi_value *value) {
  edi_type type = vocabulary->program->attrs[attr].type;
  if (EDI_TYPE_IS_SET(type)) return set(vocabulary, claim, type, claimed, arena, value);
  *value = edi_value_unknown();
  if (claimed->many || claimed->count != 1) return EDICT_OK;
  return scalar(vocabulary, claim, type, claimed->texts[0], arena, value);
}

/* ---- payload to texts ---- */

typedef enum walk { WALK_FOUND, WALK_ABSENT, WALK_BROKEN } walk;

/* BROKEN: something on the way is there and is no object. */
static walk walk_path(const edi_json *payload, edi_str path, const edi_json **found) {
  const edi_json *at = payload;
  for (size_t begin = 0; begin <= path.len;) {
    const char *dot = memchr(path.ptr + begin, '.', path.len - begin);
    size_t length = dot ? (size_t)(dot - path.ptr) - begin : path.len - begin;
    if (at->kind != EDI_JSON_OBJECT) return WALK_BROKEN;
    at = edi_strictjson_member(at, (edi_str){path.ptr + begin, length});
    if (!at) return WALK_ABSENT;
    begin += length + 1;
  }
  *found = at;
  return WALK_FOUND;
}

/* {NULL, 0} without memory. */
static edi_str digits_of(int64_t integer, edi_arena *scratch) {
  char digits[24];
  int length = snprintf(digits, sizeof digits, "%" PRId64, integer);
  return (edi_str){edi_arena_copy(scratch, digits, (size_t)length), (size_t)length};
}

/* Numbers and truth values only where the type is one: 7 is no employee's id, true no name. A real is
 * never taken: a decimal comes as an integer or as text. */
static edict_status add_text(const edi_json *value, edi_type type, edi_arena *scratch,
                             edi_str *texts, edi_claimed *claimed) {
  unsigned base = EDI_TYPE_BASE(type);
  edi_str text = edi_strictjson_text(value);
  if (value->kind == EDI_JSON_BOOL && base == EDI_TYPE_BOOL)
    text = value->integer ? EDI_STR("true") : EDI_STR("false");
  if (value->kind == EDI_JSON_INTEGER && (base == EDI_TYPE_INT || base == EDI_TYPE_DECIMAL)) {
    text = digits_of(value->integer, scratch);
    if (!text.ptr) return edi_arena_status(scratch);
  }
  if (text.ptr) texts[claimed->count++] = text;
  else claimed->others++;
  return EDICT_OK;
}

static edict_status texts_of(const edi_json *value, edi_type type, edi_arena *scratch,
                             edi_claimed *claimed) {
  bool many = value->kind == EDI_JSON_ARRAY;
  size_t count = many ? value->count : 1;
  edi_str *texts = EDI_NEW_ARRAY(scratch, edi_str, count);
  if (!texts) return edi_arena_status(scratch);
  *claimed = (edi_claimed){.texts = texts, .many = many};
  for (size_t i = 0; i < count; i++) {
    edict_status status = add_text(many ? value->items[i] : value, type, scratch, texts, claimed);
    if (status != EDICT_OK) return status;
  }
  return EDICT_OK;
}

static edict_status fill_one(const edi_vocabulary *v, const edi_claim *claim,
                             const edi_json *payload, edi_arena *scratch, edi_arena *arena,
                             edi_value *value) {
  const edi_json *found = NULL;
  edi_type type = v->program->attrs[claim->attr].type;
  edi_claimed claimed;
  switch (walk_path(payload, edi_program_string(v->program, claim->path), &found)) {
    case WALK_ABSENT: return EDICT_OK;
    case WALK_BROKEN: break;
    case WALK_FOUND: {
      if (found->kind == EDI_JSON_OBJECT || found->kind == EDI_JSON_NULL) break;
      edict_status status = texts_of(found, type, scratch, &claimed);
      return status == EDICT_OK ? edi_claims_value(v, claim, claim->attr, &claimed, arena, value)
                                : status;
    }
  }
  *value = edi_value_unknown();
  return EDICT_OK;
}

edict_status edi_claims_fill(const edi_vocabulary *vocabulary, const edi_issuer *issuer,
                             const edi_json *payload, edi_arena *scratch, edi_arena *arena,
                             edi_value *attrs) {
  for (uint32_t i = 0; i < issuer->claims.count; i++) {
    const edi_claim *claim = &vocabulary->program->claims[issuer->claims.first + i];
    uint32_t slot = vocabulary->attr_slot[claim->attr];
    edict_status status = fill_one(vocabulary, claim, payload, scratch, arena, &attrs[slot]);
    if (status != EDICT_OK) return status;
  }
  return EDICT_OK;
}

const edi_claim *edi_claims_line(const edi_program *program, const edi_issuer *issuer,
                                 uint32_t attr) {
  for (uint32_t i = 0; i < issuer->claims.count; i++)
    if (program->claims[issuer->claims.first + i].attr == attr)
      return &program->claims[issuer->claims.first + i];
  return NULL;
}
