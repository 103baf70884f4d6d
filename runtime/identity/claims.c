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

#include "bundle/claimpath.h"
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
  if (edi_base_is_text(converted.base)) {
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
  edi_value *members = EDI_NEW_ARRAY(arena, edi_value, claimed->count + edi_members_places((uint32_t)claimed->count));
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
  *value = edi_members_set(EDI_TYPE_BASE(type), members, known);
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

/* An actor of another issuer is not told by its `sub`: equal ids of two issuers are not equal. Its `iss`
 * may be read. */
static bool is_foreign(const edi_json *actor, const edi_json *payload, edi_str last) {
  const edi_json *iss = edi_strictjson_member(actor, EDI_STR("iss"));
  return iss && !edi_str_equal(last, EDI_STR("iss")) &&
         !edi_str_equal(edi_strictjson_text(iss), edi_strictjson_text_of(payload, "iss"));
}

/* From `from` by the steps of `path` that begin at `at`. BROKEN: something on the way is there and is no
 * object. */
static walk walk_steps(const edi_json *payload, const edi_json *from, edi_str path, size_t at,
                       const edi_json **found) {
  const edi_json *here = from, *actor = from == payload ? NULL : from;
  edi_claimpath_step step = {.name = {NULL, 0}};
  bool leading = true;
  while (edi_claimpath_next(path, &at, &step)) {
    if (here->kind != EDI_JSON_OBJECT) return WALK_BROKEN;
    here = edi_strictjson_member(here, step.name);
    if (!here) return actor && is_foreign(actor, payload, step.name) ? WALK_BROKEN : WALK_ABSENT;
    leading = leading && edi_str_equal(step.name, EDI_STR("act"));
    if (leading && actor && is_foreign(actor, payload, step.name)) return WALK_BROKEN;
    if (leading) actor = here;
  }
  if (actor && is_foreign(actor, payload, step.name)) return WALK_BROKEN;
  *found = here;
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

/* Of each actor in the chain one text; an actor without it, or of another issuer and those behind it,
 * count as members that name nothing. */
static edict_status texts_of_chain(const edi_json *payload, edi_str path, edi_type type,
                                   edi_arena *scratch, edi_claimed *claimed) {
  edi_claimpath_step first;
  size_t rest = 0, count = 0;
  (void)edi_claimpath_next(path, &rest, &first);
  const edi_json *actors = edi_strictjson_member(payload, first.name);
  for (const edi_json *a = actors; a; a = edi_strictjson_member(a, first.name)) count++;
  edi_str *texts = EDI_NEW_ARRAY(scratch, edi_str, count);
  if (!texts) return edi_arena_status(scratch);
  *claimed = (edi_claimed){.texts = texts, .many = true};
  bool foreign = false;
  for (const edi_json *a = actors; a; a = edi_strictjson_member(a, first.name)) {
    const edi_json *found = NULL;
    bool there = !foreign && walk_steps(payload, a, path, rest, &found) == WALK_FOUND;
    foreign = foreign || is_foreign(a, payload, first.name);
    edict_status status =
        there ? add_text(found, type, scratch, texts, claimed) : (claimed->others++, EDICT_OK);
    if (status != EDICT_OK) return status;
  }
  return EDICT_OK;
}

/* *how: whether it is there, and can be read; only then is there something claimed. */
static edict_status read_claim(const edi_json *payload, edi_str path, edi_type type,
                               edi_arena *scratch, edi_claimed *claimed, walk *how) {
  const edi_json *found = NULL;
  if (edi_claimpath_is_chain(path)) {
    *how = edi_strictjson_member(payload, EDI_STR("act")) ? WALK_FOUND : WALK_ABSENT;
    return texts_of_chain(payload, path, type, scratch, claimed);
  }
  *how = walk_steps(payload, payload, path, 0, &found);
  if (*how != WALK_FOUND) return EDICT_OK;
  if (found->kind == EDI_JSON_OBJECT || found->kind == EDI_JSON_NULL) *how = WALK_BROKEN;
  return *how == WALK_FOUND ? texts_of(found, type, scratch, claimed) : EDICT_OK;
}

static edict_status fill_one(const edi_vocabulary *v, const edi_claim *claim,
                             const edi_json *payload, edi_arena *scratch, edi_arena *arena,
                             edi_value *value) {
  edi_type type = v->program->attrs[claim->attr].type;
  edi_str path = edi_program_string(v->program, claim->path);
  edi_claimed claimed;
  walk how = WALK_BROKEN;
  edict_status status = read_claim(payload, path, type, scratch, &claimed, &how);
  if (status != EDICT_OK || how == WALK_ABSENT) return status;
  if (how == WALK_FOUND) return edi_claims_value(v, claim, claim->attr, &claimed, arena, value);
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
