/* Engine: bundles opened, authenticated, verified and linked into one set, or nothing at all.
 *
 * Order: each bundle on its own (layout, signatures, times, bytecode), then the set (one federal
 * bundle, a domain at most once, each on the federal bundle that it names), then vocabulary, issuers,
 * links, tables, keyring. Any failure ends in an empty engine and a diagnostic. */
#include "enforce/host.h"

#include "bundle/root.h"
#include "eval/authority.h"

#include <stdlib.h>

/* Bytes of a program from which on memory is taken in large pieces, whose pages the system hands out at once. */
enum { LARGE_PROGRAM = 1 << 20, LARGE_BLOCK = 16 << 20 };

const char *edi_terminated(edi_arena *arena, edi_str s) { return edi_arena_copy(arena, s.ptr, s.len); }

static edict_status refuse(edict_diagnostics *diagnostics, const edi_bundle *b, const char *why) {
  edi_diagnostics_add(diagnostics, EDI_R0503, EDI_SPAN_NONE, "", "bundle `%.*s`: %s", EDI_STR_ARG(b->manifest.name), why);
  return EDICT_FINDINGS;
}

static const char *layer_text(edi_arena *arena, const edi_manifest *m) {
  edi_buf buf;
  edi_buf_init(&buf, NULL, 1024);
  edi_manifest_put_layer(m, &buf);
  const char *out = buf.failed == EDICT_OK ? edi_arena_copy(arena, buf.ptr, buf.len) : NULL;
  edi_buf_fini(&buf);
  return out;
}

/* ---- one bundle ---- */

static edict_status authenticate(const edict_engine_options *options, const edi_trust *trust, const edi_bundle *b,
                                 edict_diagnostics *diagnostics) {
  if (options->development && (!options->trust || b->signatures.len == 0)) return EDICT_OK;
  return edi_bundle_authenticate(b, trust, options->now, diagnostics);
}

static edict_status open_table(edi_loaded *l, edict_diagnostics *diagnostics) {
  edi_str bytes = edi_bundle_find(&l->bundle, "table");
  if (!bytes.ptr) return refuse(diagnostics, &l->bundle, "it carries no table");
  return edi_tablefile_verify(bytes.ptr, bytes.len, &l->table, diagnostics);
}

static edict_status open_program(edi_arena *arena, edi_loaded *l, edict_diagnostics *diagnostics) {
  const edi_manifest *m = &l->bundle.manifest;
  edi_linked *k = l->linked;
  edi_arena scratch; /* what verifying needs besides the records is not kept */
  edi_arena_init(&scratch, NULL, EDI_ARENA_ENGINE);
  if (l->bundle.program.len > LARGE_PROGRAM) scratch.block = arena->block = LARGE_BLOCK;
  edict_status status = edi_bundle_program(&l->bundle, arena, &scratch, &k->program, diagnostics);
  edi_arena_fini(&scratch);
  if (status != EDICT_OK) return status;
  k->bundle = &l->bundle;
  k->not_before = m->not_before;
  k->expires = m->expires + (int64_t)m->stale_seconds * 1000000;
  return EDICT_OK;
}

static edict_status open_one(edict_engine *e, const edict_engine_options *options, const edi_trust *trust,
                             edict_bytes bytes, edi_loaded *l, edict_diagnostics *diagnostics) {
  edict_status status = edi_bundle_load(&e->arena, bytes.ptr, bytes.len, &l->bundle, diagnostics);
  if (status == EDICT_OK) status = authenticate(options, trust, &l->bundle, diagnostics);
  if (status != EDICT_OK) return status;
  const edi_manifest *m = &l->bundle.manifest;
  l->name = edi_terminated(&e->arena, m->name);
  l->layer = layer_text(&e->arena, m);
  if (!l->name || !l->layer) return edi_arena_status(&e->arena);
  if (m->layer == EDI_BUNDLE_TABLE) return open_table(l, diagnostics);
  l->linked = &e->linked[m->layer == EDI_BUNDLE_FEDERAL ? 0 : ++e->linked_count];
  if (l->linked->bundle) return refuse(diagnostics, &l->bundle, "a second federal bundle");
  return open_program(&e->arena, l, diagnostics);
}

/* ---- the set ---- */

static edict_status check_parent(edict_engine *e, const edi_loaded *l, edict_diagnostics *diagnostics) {
  const edi_manifest *m = &l->bundle.manifest, *federal = &e->linked[0].bundle->manifest;
  if (m->layer == EDI_BUNDLE_FEDERAL) return EDICT_OK;
  if (!edi_str_equal(m->parent, federal->name))
    return refuse(diagnostics, &l->bundle, "it is served under another federal bundle than the one given");
  if (federal->version < m->parent_least)
    return refuse(diagnostics, &l->bundle, "the federal bundle is older than the least version it is served under");
  return EDICT_OK;
}

static edict_status check_set(edict_engine *e, edict_diagnostics *diagnostics) {
  if (!e->linked[0].bundle) {
    edi_diagnostics_add(diagnostics, EDI_R0503, EDI_SPAN_NONE, "", "no federal bundle is given, and a domain alone opens nothing");
    return EDICT_FINDINGS;
  }
  e->linked_count++;
  edict_status status = EDICT_OK;
  for (size_t i = 0; i < e->loaded_count && status == EDICT_OK; i++) status = check_parent(e, &e->loaded[i], diagnostics);
  for (size_t i = 1; i < e->linked_count && status == EDICT_OK; i++)
    for (size_t j = 1; j < i; j++)
      if (edi_str_equal(e->linked[i].bundle->manifest.layer_of, e->linked[j].bundle->manifest.layer_of))
        return refuse(diagnostics, e->linked[i].bundle, "a second bundle of the same domain");
  return status;
}

static edict_status link_all(edict_engine *e, edict_index index, edict_diagnostics *diagnostics) {
  edict_status status = edi_vocabulary_init(&e->vocabulary, &e->linked[0].program, &e->arena, diagnostics);
  for (size_t i = 0; i < e->linked_count && status == EDICT_OK; i++) {
    e->linked[i].number = (uint32_t)i;
    e->linked[i].index = index;
    status = edi_link_program(&e->linked[i], &e->vocabulary, &e->arena, diagnostics);
    if (status == EDICT_OK && i > 0) status = edi_authority_check(&e->linked[0], &e->linked[i], diagnostics);
  }
  return status;
}

/* ---- tables ---- */

static bool same_columns(const edi_tablefile *t, const edi_table *declared, const edi_table_link *link) {
  if (t->key_count != declared->keys.count || t->value_count != declared->values.count) return false;
  for (uint32_t c = 0; c < t->key_count + t->value_count; c++)
    if (t->types[2 * c] != EDI_TYPE_BASE(link->types[c])) return false;
  return true;
}

/* Gives the data to every program that declares or imports the table; how many there were. */
static edict_status attach(edict_engine *e, const edi_loaded *l, edict_diagnostics *diagnostics) {
  size_t found = 0;
  const edi_manifest *m = &l->bundle.manifest;
  for (size_t i = 0; i < e->linked_count; i++) {
    edi_linked *k = &e->linked[i];
    for (uint32_t t = 0; t < k->program.tables_count; t++) {
      if (!edi_str_equal(edi_program_string(&k->program, k->program.tables[t].name), m->layer_of)) continue;
      if (!same_columns(&l->table, &k->program.tables[t], &k->tables[t]))
        return refuse(diagnostics, &l->bundle, "its columns are not the declared ones");
      if (k->tables[t].data) return refuse(diagnostics, &l->bundle, "a second bundle of the same table");
      k->tables[t].data = &l->table;
      k->tables[t].not_before = m->not_before;
      k->tables[t].fresh_until = m->expires + (int64_t)m->stale_seconds * 1000000;
      found++;
    }
  }
  return found ? EDICT_OK : refuse(diagnostics, &l->bundle, "no rule bundle declares this table");
}

/* ---- what the host can do ---- */

static bool host_meets(const edict_engine_options *options, edi_str name) {
  for (size_t i = 0; i < options->obligation_count; i++) {
    edi_str given = edi_str_from(options->obligations[i]);
    if (edi_str_equal(given, name) || edi_str_equal(given, EDI_STR("*"))) return true;
  }
  return false;
}

static void note_obligations(edict_engine *e, const edict_engine_options *options) {
  for (size_t i = 0; i < e->linked_count; i++) {
    const edi_program *p = &e->linked[i].program;
    for (uint32_t o = 0; o < p->obligations_count; o++)
      e->linked[i].meets[o] = host_meets(options, edi_program_string(p, p->obligations[o].name));
  }
}

/* ---- products ---- */

static int compare_places(const void *a, const void *b) {
  return strcmp(((const edi_product_place *)a)->name, ((const edi_product_place *)b)->name);
}

static edict_status place_products(edict_engine *e, edict_diagnostics *diagnostics) {
  size_t count = 0;
  for (size_t i = 1; i < e->linked_count; i++) count += e->linked[i].program.contracts_count;
  e->places = EDI_NEW_ARRAY(&e->arena, edi_product_place, count);
  if (!e->places) return edi_arena_status(&e->arena);
  for (size_t i = 1; i < e->linked_count; i++) {
    const edi_linked *k = &e->linked[i];
    for (uint32_t c = 0; c < k->program.contracts_count; c++) {
      const edi_contract *contract = &k->program.contracts[c];
      if (!edi_vocabulary_below(&e->vocabulary, k->node_of[contract->domain], k->domain))
        return refuse(diagnostics, k->bundle, "it carries the contract of another domain's product");
      const char *name = edi_terminated(&e->arena, edi_program_string(&k->program, contract->name));
      if (!name) return edi_arena_status(&e->arena);
      e->places[e->place_count++] = (edi_product_place){name, (uint32_t)i, c};
    }
  }
  qsort(e->places, e->place_count, sizeof *e->places, compare_places);
  for (size_t i = 1; i < e->place_count; i++)
    if (strcmp(e->places[i - 1].name, e->places[i].name) == 0)
      return refuse(diagnostics, e->linked[e->places[i].linked].bundle, "it carries a contract of a product that is there already");
  return EDICT_OK;
}

/* ---- issuers ---- */

static edict_status give_revocations(edict_engine *e, edict_diagnostics *diagnostics) {
  const edi_program *federal = &e->linked[0].program;
  edict_status status = EDICT_OK;
  for (uint32_t i = 0; i < federal->issuers_count && status == EDICT_OK; i++) {
    uint32_t table = federal->issuers[i].revoked;
    if (table == EDI_NONE) continue;
    const edi_table_link *link = &e->linked[0].tables[table];
    status = edi_issuers_revocation(e->issuers, i, link->data, link->not_before, link->fresh_until, diagnostics);
  }
  return status;
}

static edict_status take_keys(edict_engine *e, const edict_engine_options *options, edict_diagnostics *diagnostics) {
  edict_status status = EDICT_OK;
  for (size_t i = 0; i < options->issuer_key_count && status == EDICT_OK; i++) {
    const edict_issuer_keys *k = &options->issuer_keys[i];
    status = edict_engine_reload_keys(e, k->issuer, k->jwks, k->jwks_length, diagnostics);
  }
  return status;
}

edict_status edict_engine_reload_keys(const edict_engine *engine, const char *issuer, const char *jwks, size_t length,
                                      edict_diagnostics *diagnostics) {
  if (!engine || !issuer || (length && !jwks)) return EDICT_ARGUMENT;
  return edi_issuers_reload(engine->issuers, edi_str_from(issuer), (edi_str){jwks, length}, diagnostics);
}

/* ---- life ---- */

static edict_status name_keys(edict_engine *e, const edict_engine_options *options) {
  edict_named_key *keys = EDI_NEW_ARRAY(&e->arena, edict_named_key, options->key_count);
  for (size_t i = 0; keys && i < options->key_count; i++) {
    const edict_text name = options->keys[i].name;
    keys[i] = (edict_named_key){{edi_arena_copy(&e->arena, name.ptr, name.len), name.len}, options->keys[i].text};
    if (!keys[i].name.ptr) return edi_arena_status(&e->arena);
  }
  return keys ? edi_keyring_create_named(keys, options->key_count, &e->keyring) : edi_arena_status(&e->arena);
}

/* Pseudonyms under another federation's keys would join its data, and none of this one's. */
static edict_status open_keyring(edict_engine *e, const edict_engine_options *options, edict_diagnostics *diagnostics) {
  if (!options->keyring && !options->derive) return EDICT_OK;
  edict_status status = edi_keyring_open(options, &e->keyring, diagnostics);
  edi_str name = e->linked[0].bundle->manifest.name;
  if (status != EDICT_OK || edi_keyring_is_of(e->keyring, name)) return status;
  edi_diagnostics_add(diagnostics, EDI_R0607, EDI_SPAN_NONE, "", "the keyring is of another federation than `%.*s`", EDI_STR_ARG(name));
  return EDICT_UNTRUSTED;
}

static edict_status fill(edict_engine *e, const edict_engine_options *options, const edict_bytes *bundles,
                         size_t count, edict_diagnostics *diagnostics) {
  edi_trust trust = {0};
  edict_status status = EDICT_OK;
  if (options->trust)
    status = edi_trust_open(&e->arena, (edi_str){options->trust, options->trust_length}, options->now, &trust, diagnostics);
  e->loaded = EDI_NEW_ARRAY(&e->arena, edi_loaded, count);
  e->linked = EDI_NEW_ARRAY(&e->arena, edi_linked, count + 1);
  if (status == EDICT_OK && (!e->loaded || !e->linked)) status = edi_arena_status(&e->arena);
  for (size_t i = 0; i < count && status == EDICT_OK; i++) {
    status = open_one(e, options, &trust, bundles[i], &e->loaded[i], diagnostics);
    e->loaded_count = i + 1;
  }
  if (status == EDICT_OK) status = check_set(e, diagnostics);
  if (status == EDICT_OK) status = link_all(e, options->index, diagnostics);
  if (status == EDICT_OK) note_obligations(e, options);
  for (size_t i = 0; i < count && status == EDICT_OK; i++)
    if (e->loaded[i].bundle.manifest.layer == EDI_BUNDLE_TABLE) status = attach(e, &e->loaded[i], diagnostics);
  if (status == EDICT_OK) status = place_products(e, diagnostics);
  if (status == EDICT_OK)
    status = edi_issuers_create(&e->arena, &e->linked[0].program, e->linked[0].bundle, &e->issuers, diagnostics);
  if (status == EDICT_OK && options->key_count) status = name_keys(e, options);
  if (status == EDICT_OK) status = give_revocations(e, diagnostics);
  if (status == EDICT_OK) status = take_keys(e, options, diagnostics);
  if (status == EDICT_OK) status = open_keyring(e, options, diagnostics);
  return status;
}

static bool malformed_obligations(const edict_engine_options *options) {
  if (options->obligation_count && !options->obligations) return true;
  for (size_t i = 0; i < options->obligation_count; i++)
    if (!options->obligations[i]) return true;
  return false;
}

/* Numbers of engines: an address may be given out again, a number is not. */
static atomic_ullong engines;

edict_status edict_engine_create(const edict_engine_options *options, const edict_bytes *bundles, size_t count,
                                 edict_engine **engine, edict_diagnostics *diagnostics) {
  *engine = NULL;
  if (!options || options->size != sizeof *options || (!options->trust && !options->development) || count > 65536)
    return EDICT_ARGUMENT;
  bool served = options->keyring || options->derive;
  if (options->key_count && (!options->keys || !options->development || served)) return EDICT_ARGUMENT;
  if (options->keyring && options->derive) return EDICT_ARGUMENT;
  if ((count && !bundles) || (options->keyring_length && !options->keyring)) return EDICT_ARGUMENT;
  if (malformed_obligations(options) || options->index > EDICT_INDEX_ONCE) return EDICT_ARGUMENT;
  if (options->issuer_key_count && !options->issuer_keys) return EDICT_ARGUMENT;
  edi_arena arena;
  edi_arena_init(&arena, NULL, EDI_ARENA_ENGINE);
  edict_engine *e = EDI_NEW(&arena, edict_engine);
  if (!e) {
    edi_arena_fini(&arena);
    return EDICT_MEMORY;
  }
  e->arena = arena;
  atomic_init(&e->users, 1);
  e->id = atomic_fetch_add(&engines, 1) + 1;
  atomic_init(&e->floor, options->now);
  e->development = options->development != 0;
  e->suppresses_groups = options->suppresses_groups != 0;
  edict_status status = fill(e, options, bundles, count, diagnostics);
  if (status != EDICT_OK) {
    edi_engine_leave(e);
    return status;
  }
  *engine = e;
  return EDICT_OK;
}

unsigned long long edi_engine_take_hand(const edict_engine *engine) {
  atomic_ullong *hands = &((edict_engine *)engine)->hands;
  unsigned long long taken = atomic_load(hands), hand;
  do hand = ~taken & (taken + 1); /* the lowest that is free */
  while (hand && !atomic_compare_exchange_weak(hands, &taken, taken | hand));
  return hand;
}

void edi_engine_give_hand(const edict_engine *engine, unsigned long long hand) {
  if (hand) atomic_fetch_and(&((edict_engine *)engine)->hands, ~hand);
}

const edict_engine *edi_engine_keep(const edict_engine *engine) {
  atomic_fetch_add(&((edict_engine *)engine)->users, 1);
  return engine;
}

void edi_engine_leave(const edict_engine *engine) {
  edict_engine *e = (edict_engine *)engine;
  if (atomic_fetch_sub(&e->users, 1) != 1) return;
  for (size_t i = 0; e->linked && i < e->loaded_count + 1; i++) edi_link_fini(&e->linked[i]);
  edi_issuers_destroy(e->issuers);
  edi_keyring_destroy(e->keyring);
  edi_arena arena = e->arena; /* holds the engine itself */
  void (*tell)(void *user) = e->release;
  void *user = e->release_user;
  edi_arena_fini(&arena);
  if (tell) tell(user);
}

void edict_engine_advance(const edict_engine *engine, int64_t now) {
  if (!engine) return;
  atomic_llong *floor = &((edict_engine *)engine)->floor;
  long long seen = atomic_load(floor);
  while (seen < now && !atomic_compare_exchange_weak(floor, &seen, now)) continue;
}

/* The records are the engine's own, and what is linked of them knows nothing of shadow: products are told when they are bound. */
static void shadow_denials(const edi_program *p) {
  edi_rule *rules = (edi_rule *)p->rules;
  for (uint32_t i = 0; i < p->rules_count; i++)
    if (rules[i].effect == EDI_EFFECT_FORBID || rules[i].effect == EDI_EFFECT_REQUIRE) rules[i].flags |= EDI_RULE_SHADOW;
}

edict_status edict_engine_shadow_denials(edict_engine *engine) {
  if (!engine || !engine->development || atomic_load(&engine->users) != 1) return EDICT_ARGUMENT;
  for (size_t i = 0; i < engine->linked_count; i++) shadow_denials(&engine->linked[i].program);
  for (size_t i = 0; i < engine->loaded_count; i++) memset(engine->loaded[i].bundle.digest, 0, sizeof engine->loaded[i].bundle.digest);
  return EDICT_OK;
}

void edict_engine_destroy(edict_engine **engine) {
  if (!engine || !*engine) return;
  edi_engine_leave(*engine);
  *engine = NULL;
}

size_t edict_engine_bundle_count(const edict_engine *engine) { return engine->loaded_count; }

edict_status edict_engine_bundle(const edict_engine *engine, size_t index, const char **name, const char **layer,
                                 uint64_t *version, const unsigned char **digest) {
  if (index >= engine->loaded_count) return EDICT_ARGUMENT;
  const edi_loaded *l = &engine->loaded[index];
  *name = l->name;
  *layer = l->layer;
  *version = l->bundle.manifest.version;
  *digest = l->bundle.digest;
  return EDICT_OK;
}

uint64_t edict_engine_keyring_version(const edict_engine *engine) { return engine ? edi_keyring_version(engine->keyring) : 0; }

int edict_engine_is_development(const edict_engine *engine) { return engine->development; }
size_t edict_engine_product_count(const edict_engine *engine) { return engine->place_count; }
const char *edict_engine_product_name(const edict_engine *engine, size_t index) {
  return index < engine->place_count ? engine->places[index].name : NULL;
}
