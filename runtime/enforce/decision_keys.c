/* Decision, keys: what the keyed masks of one decision need, derived when they are first met.
 *
 * In: a transform of the plan and the type of a column. Out: a key prepared for the two, or none: then
 * the mask is the bottom. Slots are made with the decision, so that deriving allocates nothing; all of
 * it is wiped at the next decision. */
#include "enforce/host.h"

#include <sodium.h>

edict_status edi_decision_keys_init(edict_decision *d) {
  const edi_bound_product *bound = &d->product->bound;
  d->keys = EDI_NEW_ARRAY(&d->arena, edi_decision_key, bound->most_keys);
  if (!d->keys) return edi_arena_status(&d->arena);
  for (; d->slot_count < bound->most_keys; d->slot_count++) {
    edict_status status = edi_mask_key_init(&d->keys[d->slot_count].key, bound->ciphers);
    if (status != EDICT_OK) return status;
  }
  if (bound->most_keys) {
    d->recall.slots = edi_recall_slots(&d->arena);
    if (!d->recall.slots) return edi_arena_status(&d->arena);
  }
  edict_status status = edi_mask_key_init(&d->reverse, bound->ciphers);
  return status == EDICT_OK ? edi_mask_key_init(&d->own, bound->ciphers) : status;
}

void edi_decision_keys_wipe(edict_decision *d) {
  for (size_t i = 0; i < d->key_count; i++) edi_mask_key_wipe(&d->keys[i].key);
  d->key_count = 0;
  edi_recall_wipe(&d->recall);
  if (d->own_known) edi_mask_key_wipe(&d->own);
  d->own_known = false;
  if (d->has_salt) sodium_memzero(d->salt, sizeof d->salt);
  if (d->has_seed) sodium_memzero(d->seed, sizeof d->seed);
  d->has_salt = d->has_seed = false;
}

void edi_decision_keys_fini(edict_decision *d) {
  edi_decision_keys_wipe(d);
  while (d->slot_count > 0) edi_mask_key_fini(&d->keys[--d->slot_count].key);
  edi_mask_key_fini(&d->reverse);
  edi_mask_key_fini(&d->own);
}

/* Where pseudonyms under this key may be joined; false where the request does not say. */
static bool scope_value(const edict_decision *d, unsigned scope, edi_buf *into) {
  const edi_vocabulary *v = d->plan->vocabulary;
  const edi_program *federal = v->program;
  edi_value purpose = d->plan->context[v->slot_purpose];
  switch (scope) {
    case EDI_SCOPE_FEDERATION: return true;
    case EDI_SCOPE_DOMAIN:
      edi_buf_str(into, edi_vocabulary_name(v, d->product->bound.domain));
      return true;
    case EDI_SCOPE_PRODUCT: edi_buf_str(into, d->product->bound.name); return true;
    case EDI_SCOPE_PURPOSE:
      if (purpose.base) edi_buf_str(into, edi_vocabulary_name(v, (uint32_t)purpose.as.integer));
      return purpose.base != 0;
    case EDI_SCOPE_READER:
      edi_buf_str(into, edi_program_string(federal, federal->issuers[d->session->subject.issuer].name));
      edi_buf_char(into, '\n'); /* in no issuer's name: the pair stays a pair */
      edi_buf_str(into, d->session->subject.id);
      return true;
    case EDI_SCOPE_QUERY:
      if (d->has_seed) edi_buf_append(into, d->seed, sizeof d->seed);
      return d->has_seed;
    default: return false;
  }
}

edict_status edict_decision_column_scope(const edict_decision *decision, size_t column, char *text, size_t room) {
  static const char *const names[] = {"", "query", "reader ", "purpose ", "product ", "domain ", "federation"};
  if (!decision || !text || room == 0) return EDICT_ARGUMENT;
  text[0] = '\0';
  const edi_plan *plan = decision->plan;
  if (plan->effect != EDICT_PERMIT || column >= plan->dataset->column_count || !plan->columns[column].asked || plan->columns[column].live_count)
    return EDICT_OK;
  const edi_transform *t = &plan->columns[column].fixed;
  edi_buf out = edi_buf_fixed(text, room);
  if (t->id == EDI_TRANSFORM_SHA256_QUERY || (t->key.len && t->key_scope == EDI_SCOPE_QUERY)) edi_buf_text(&out, names[EDI_SCOPE_QUERY]);
  else if (t->key.len && t->key_scope < sizeof names / sizeof *names) {
    edi_buf_text(&out, names[t->key_scope]);
    (void)scope_value(decision, t->key_scope, &out);
  }
  edi_buf_char(&out, '\0');
  if (out.failed != EDICT_OK) text[0] = '\0';
  return out.failed == EDICT_OK ? EDICT_OK : EDICT_LIMIT;
}

bool edi_decision_derive(const edict_decision *d, const edi_transform *t, unsigned base, uint64_t epoch,
                         const unsigned char *entity, edi_mask_key *key) {
  const edi_keyring *keyring = d->product->engine->keyring;
  char storage[1024];
  edi_buf value = edi_buf_fixed(storage, sizeof storage);
  if (!keyring || !scope_value(d, t->key_scope, &value) || value.failed != EDICT_OK) return false;
  edi_key_parts parts = {t->key, edi_str_from(edi_transform_name(t->id)), t->key_scope, {value.ptr, value.len}, base, entity};
  key->epoch = epoch;
  return edi_keyring_derive(keyring, &parts, &key->epoch, key->bytes, edi_mask_key_size(t->id)) &&
         edi_mask_key_prepare(key, t);
}

/* A transform that is fixed for a column stands in the plan, so its address finds it again at once. */
edi_mask_key *edi_decision_key_for(edict_decision *d, const edi_transform *t, bool fixed, unsigned base) {
  for (size_t i = 0; i < d->key_count && fixed; i++)
    if (d->keys[i].source == t) return d->keys[i].available ? &d->keys[i].key : NULL;
  for (size_t i = 0; i < d->key_count; i++) {
    edi_decision_key *k = &d->keys[i];
    if (k->base == base && edi_transform_equal(&k->transform, t)) return k->available ? &k->key : NULL;
  }
  if (d->key_count == d->slot_count) return NULL;
  edi_decision_key *k = &d->keys[d->key_count++];
  k->transform = *t;
  k->source = fixed ? t : NULL;
  k->base = base;
  k->available = edi_decision_derive(d, t, base, 0, NULL, &k->key);
  return k->available ? &k->key : NULL;
}

/* An id is one however it is kept: as a text, or as a number. */
static edi_str id_of(edi_value v, edi_buf *digits) {
  if (v.base == EDI_TYPE_STRING) return edi_value_str(v);
  if (v.base != EDI_TYPE_INT) return (edi_str){NULL, 0};
  edi_buf_format(digits, "%lld", (long long)v.as.integer);
  return (edi_str){digits->ptr, digits->len};
}

edi_mask_key *edi_decision_own_key(edict_decision *d, const edi_transform *t, const edict_cell *cell, unsigned cell_base, unsigned base,
                                   const unsigned char **entity) {
  const edi_keyring *keyring = d->product->engine->keyring;
  unsigned char one[EDI_ENTITY_BYTES];
  char storage[32];
  edi_buf digits = edi_buf_fixed(storage, sizeof storage);
  edi_str id = id_of(edi_cell_typed(cell, cell_base), &digits);
  if (!keyring || !id.ptr) return NULL;
  edi_keyring_entity(keyring, edi_value_str(t->args[t->id == EDI_TRANSFORM_TOKEN ? EDI_ARG_TOKEN_BY : EDI_ARG_PSEUDONYM_BY]), id, one);
  bool same = d->own_known && d->own_base == base && memcmp(one, d->own_entity, sizeof one) == 0 && edi_transform_equal(t, &d->own_of);
  if (!same) {
    d->own_of = *t;
    d->own_base = base;
    memcpy(d->own_entity, one, sizeof one);
    d->own_there = edi_decision_derive(d, t, base, 0, one, &d->own);
    d->own_known = true;
  }
  *entity = d->own_entity;
  return d->own_there ? &d->own : NULL;
}

/* Not the seed itself, which is a secret of keys as well. */
edi_str edi_decision_salt(edict_decision *d) {
  static const unsigned char use[] = "edict sha256-query";
  if (!d->has_seed) return (edi_str){NULL, 0};
  if (!d->has_salt) d->has_salt = crypto_generichash(d->salt, sizeof d->salt, use, sizeof use - 1, d->seed, sizeof d->seed) == 0;
  return d->has_salt ? (edi_str){(const char *)d->salt, sizeof d->salt} : (edi_str){NULL, 0};
}
