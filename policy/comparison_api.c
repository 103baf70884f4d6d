/* Comparison: the C API, and the bundles that both sides' engines are made of.
 *
 * Programs are those of the bundles that were given, but for a domain's that supposed contracts are added to: that one is
 * emitted again from its sources. All are written anew so that they are in force at one time. */
#include "policy/checker.h"
#include "policy/comparison.h"
#include "policy/suppose.h"

#define ARENA_BUNDLES ((size_t)1 << 32)

/* ---- life ---- */

static edict_status fill(edict_comparison *c, const edict_comparison_options *options, edict_diagnostics *d) {
  edict_status status = edi_comparison_begin(c, options, d);
  if (status != EDICT_OK) return status;
  edi_comparison_changes(c);
  if (!c->failed) edi_comparison_ask(c);
  if (!c->failed) edi_comparison_pools(c);
  return c->failed ? edi_arena_status(&c->arena) : EDICT_OK;
}

edict_status edict_comparison_create(const edict_comparison_options *options, edict_comparison **comparison, edict_diagnostics *diagnostics) {
  if (!comparison) return EDICT_ARGUMENT;
  *comparison = NULL;
  if (!options || options->size != sizeof *options || !diagnostics) return EDICT_ARGUMENT;
  edi_arena own; /* what is found in it is in the comparison's own */
  edi_arena_init(&own, NULL, ARENA_BUNDLES);
  edict_comparison *c = EDI_NEW(&own, edict_comparison);
  if (!c) {
    edi_arena_fini(&own);
    return EDICT_MEMORY;
  }
  c->home = own;
  edict_status status = fill(c, options, diagnostics);
  *comparison = c;
  if (status != EDICT_OK) edict_comparison_destroy(comparison);
  return status;
}

void edict_comparison_destroy(edict_comparison **comparison) {
  if (!comparison || !*comparison) return;
  edict_comparison *c = *comparison;
  edi_arena home = c->home;
  edict_diagnostics_destroy(&c->quiet);
  edi_arena_fini(&c->arena);
  edi_arena_fini(&home);
  *comparison = NULL;
}

size_t edict_comparison_change_count(const edict_comparison *c) { return c->change_count; }
const edict_change *edict_comparison_change(const edict_comparison *c, size_t index) { return index < c->change_count ? &c->changes[index] : NULL; }
int edict_comparison_doubts(const edict_comparison *c, edict_side side) { return c->sides[side == EDICT_SIDE_NEW].doubts; }
size_t edict_comparison_request_count(const edict_comparison *c) { return c->asked_count; }
size_t edict_comparison_left(const edict_comparison *c) { return c->left; }
const char *edict_comparison_open(const edict_comparison *c, size_t index) { return index < c->open_count ? c->open[index] : NULL; }
size_t edict_comparison_pool_count(const edict_comparison *c) { return c->pool_count; }
const edict_pool *edict_comparison_pool(const edict_comparison *c, size_t index) { return index < c->pool_count ? &c->pools[index] : NULL; }

void edict_comparison_times(const edict_comparison *c, int64_t *from, int64_t *until) {
  *from = c->first;
  *until = c->past;
}

edict_status edict_comparison_request(const edict_comparison *c, size_t index, edict_test *test, const edict_supposed_contract **contract) {
  if (index >= c->asked_count) return EDICT_ARGUMENT;
  *test = c->asked[index].test;
  *contract = c->asked[index].contract;
  return EDICT_OK;
}

int edict_comparison_delegates(const edict_comparison *c) {
  for (int side = 0; side < EDI_SIDES; side++) {
    const edi_model *m = c->fields[0].models[side];
    for (size_t i = 0; i < m->rules_count; i++)
      if (m->rules[i].decl->effect == EDI_EFFECT_DELEGATE && !m->rules[i].decl->shadow) return 1;
  }
  return 0;
}

/* ---- bundles ---- */

typedef struct writer {
  const edict_comparison *c;
  const edi_compared_side *side;
  const edict_supposed_contract *contracts;
  size_t count;
  bool opens;
  edi_arena arena;              /* of one side's bundles */
  edict_bundle_list *list;
} writer;

/* In force as long as any bundle of either side. */
static edi_manifest anew(const writer *w, const edi_manifest *from) {
  edi_manifest m = *from;
  m.not_before = w->c->from;
  m.expires = w->c->until;
  m.stale_seconds = 0;
  if (m.created > m.not_before) m.created = m.not_before;
  return m;
}

static edict_status give(writer *w, edict_status status, edi_buf *buf) {
  char *bytes = NULL;
  size_t length = buf->len;
  if (status == EDICT_OK) edi_buf_char(buf, '\0');
  if (status == EDICT_OK) status = edi_buf_give(buf, &bytes);
  else edi_buf_fini(buf);
  if (status == EDICT_OK) w->list->items[w->list->count++] = (edict_bytes){bytes, length};
  return status;
}

static edict_status write_as_it_is(writer *w, const edi_bundle *b) {
  edi_buf buf;
  edi_manifest m = anew(w, &b->manifest);
  edi_bundle_file *files = EDI_NEW_ARRAY(&w->arena, edi_bundle_file, b->manifest.file_count + 1);
  if (!files) return edi_arena_status(&w->arena);
  for (size_t i = 0; i < b->manifest.file_count; i++) files[i] = b->files[i];
  edi_buf_init(&buf, NULL, EDI_LIMIT_BUNDLE_FILE + 1);
  return give(w, edi_bundle_write(&w->arena, &m, files, b->manifest.file_count, &buf, NULL), &buf);
}

static bool is_of(const edict_supposed_contract *c, edi_str domain) { return edi_str_equal((edi_str){c->domain.ptr, c->domain.len}, domain); }

/* A product's name begins with its domain's: no contract of another name can be written. */
static bool is_named_well(const edict_supposed_contract *c) {
  return c->dataset.len && c->product.len > c->domain.len + 1 && memcmp(c->product.ptr, c->domain.ptr, c->domain.len) == 0 && c->product.ptr[c->domain.len] == '.';
}

/* The model with the contracts that are supposed of a domain. False without memory. */
static bool add_contracts(writer *w, edi_str domain, edi_model *m) {
  edi_contract_facts *all = EDI_NEW_ARRAY(&w->arena, edi_contract_facts, m->contract_count + w->count + 1);
  if (!all) return false;
  if (m->contract_count) memcpy(all, m->contracts, m->contract_count * sizeof *all);
  m->contracts = all;
  for (size_t i = 0; i < w->count; i++) {
    if (!is_of(&w->contracts[i], domain) || !is_named_well(&w->contracts[i])) continue;
    if (!edi_contract_facts_of(&w->arena, m, &w->contracts[i], &all[m->contract_count])) return false;
    m->contract_count++;
  }
  return true;
}

/* A domain that the side has: its rules decide on supposed products too. */
static edict_status write_domain(writer *w, const edi_compared_bundle *b) {
  edi_buf buf;
  edi_str domain = b->bundle.manifest.layer_of;
  bool any = false;
  for (size_t i = 0; i < w->count; i++) any = any || is_of(&w->contracts[i], domain);
  if (!any) return write_as_it_is(w, &b->bundle);
  edi_model m = *b->build.model;
  edi_manifest manifest = anew(w, &b->bundle.manifest);
  m.arena = &w->arena;
  if (!add_contracts(w, domain, &m)) return edi_arena_status(&w->arena);
  edi_buf_init(&buf, NULL, EDI_LIMIT_BUNDLE_FILE + 1);
  return give(w, edi_build_again(&w->arena, &manifest, &b->bundle, &m, &buf, NULL), &buf);
}

static const edi_compared_bundle *domain_of(const edi_compared_side *side, edi_str domain) {
  for (size_t i = 0; i < side->count; i++) {
    const edi_manifest *m = &side->bundles[i].bundle.manifest;
    if (m->layer == EDI_BUNDLE_DOMAIN && edi_str_equal(m->layer_of, domain)) return &side->bundles[i];
  }
  return NULL;
}

/* A domain that has nothing but supposed contracts. */
static edict_status write_supposed(writer *w, edi_str domain) {
  const edi_compared_bundle *federal = w->side->federal;
  edi_buf buf;
  edi_model m = *federal->build.model;
  edi_project project = *federal->build.project;
  uint32_t node = edi_model_node(&m, EDI_BUILTIN_DOMAIN, domain);
  if (node == EDI_NONE) return EDICT_OK; /* the side has no such domain, and so none of its products */
  project.release.not_before = w->c->from;
  project.release.expires = w->c->until;
  project.release.stale_seconds = 0;
  if (project.release.created > w->c->from) project.release.created = w->c->from;
  m.arena = &w->arena;
  m.domain = m.nodes[node].name;
  m.domain_node = node;
  if (!add_contracts(w, domain, &m)) return edi_arena_status(&w->arena);
  if (w->opens && !edi_suppose_permits(&w->arena, node, &m)) return edi_arena_status(&w->arena);
  edi_buf_init(&buf, NULL, EDI_LIMIT_BUNDLE_FILE + 1);
  return give(w, edi_build_supposed(&w->arena, &project, &m, &buf), &buf);
}

static edict_status write_all(writer *w) {
  edict_status status = EDICT_OK;
  for (size_t i = 0; i < w->side->count && status == EDICT_OK; i++) {
    const edi_compared_bundle *b = &w->side->bundles[i];
    status = b->bundle.manifest.layer == EDI_BUNDLE_DOMAIN ? write_domain(w, b) : write_as_it_is(w, &b->bundle);
  }
  for (size_t i = 0; i < w->count && status == EDICT_OK; i++) {
    edi_str domain = {w->contracts[i].domain.ptr, w->contracts[i].domain.len};
    bool done = domain_of(w->side, domain) != NULL;
    for (size_t k = 0; k < i; k++) done = done || is_of(&w->contracts[k], domain);
    if (!done) status = write_supposed(w, domain);
  }
  return status;
}

edict_status edict_comparison_bundles(const edict_comparison *c, edict_side side, const edict_supposed_contract *contracts, size_t count,
                                      int opens, edict_bundle_list *list) {
  writer w = {.c = c, .side = &c->sides[side == EDICT_SIDE_NEW], .contracts = contracts, .count = count, .opens = opens != 0, .list = list};
  *list = (edict_bundle_list){NULL, 0};
  edi_buf items;
  edi_buf_init(&items, NULL, (size_t)1 << 24);
  edi_buf_zeros(&items, (w.side->count + count + 1) * sizeof(edict_bytes));
  char *memory = NULL;
  edict_status status = edi_buf_give(&items, &memory);
  if (status != EDICT_OK) return status;
  list->items = (edict_bytes *)(void *)memory;
  edi_arena_init(&w.arena, NULL, ARENA_BUNDLES);
  status = write_all(&w);
  edi_arena_fini(&w.arena);
  if (status != EDICT_OK) edict_comparison_bundles_free(list);
  return status;
}

void edict_comparison_bundles_free(edict_bundle_list *list) {
  if (!list) return;
  for (size_t i = 0; i < list->count; i++) {
    char *bytes = (char *)(uintptr_t)list->items[i].ptr;
    edict_text_free(&bytes);
  }
  char *items = (char *)list->items;
  edict_text_free(&items);
  *list = (edict_bundle_list){NULL, 0};
}

/* ---- subjects ---- */

static const edi_sym_issuer *issuer_named(const edi_model *m, const char *name) {
  for (size_t i = 0; i < m->issuers_count; i++)
    if (edi_str_equal(m->issuers[i].name, edi_str_from(name))) return &m->issuers[i];
  return NULL;
}

/* The line that fills an attribute. */
static const edi_sym_claim *claim_of(const edi_sym_issuer *issuer, uint32_t attr) {
  for (size_t i = 0; i < issuer->claim_count; i++)
    if (issuer->claims[i].attr == attr) return &issuer->claims[i];
  return NULL;
}

static bool lets_through(const edi_model *m, const edi_sym_claim *claim, uint32_t attr, edict_text value) {
  if (!claim || claim->within == EDI_NONE || EDI_TYPE_BASE(m->attrs[attr].type) != EDI_TYPE_NODE) return true;
  uint32_t node = edi_model_node(m, EDI_TYPE_PARAM(m->attrs[attr].type), (edi_str){value.ptr, value.len});
  return node == EDI_NONE || edi_model_below(m, node, claim->within);
}

edict_status edict_comparison_admit(const edict_comparison *c, edict_side side, const char *issuer, const edict_attribute *attributes, size_t count,
                                    edict_attribute *out, size_t *out_count, edict_text *values) {
  const edi_model *m = c->fields[0].models[side == EDICT_SIDE_NEW];
  const edi_sym_issuer *from = issuer_named(m, issuer);
  *out_count = 0;
  if (!from) return EDICT_NOT_FOUND;
  bool all = from->host && from->claim_count == 0;
  for (size_t i = 0; i < count; i++) {
    uint32_t attr = edi_model_attr(m, EDI_ENTITY_SUBJECT, (edi_str){attributes[i].name.ptr, attributes[i].name.len});
    const edi_sym_claim *claim = attr == EDI_NONE ? NULL : claim_of(from, attr);
    if (attr == EDI_NONE || (!claim && !all)) continue;
    bool set = EDI_TYPE_IS_SET(m->attrs[attr].type), cut = false;
    edict_attribute *to = &out[*out_count];
    *to = (edict_attribute){attributes[i].name, values, 0};
    for (size_t k = 0; k < attributes[i].count; k++) {
      if (lets_through(m, claim, attr, attributes[i].values[k])) values[to->count++] = attributes[i].values[k];
      else cut = true;
    }
    /* A value that the line does not let through leaves a set incomplete, unless others are ignored. */
    if (set && cut && claim && !claim->decl->ignore_others) values[to->count++] = (edict_text){"unlisted", 8};
    if (!set && to->count != 1) continue;
    values += to->count;
    ++*out_count;
  }
  return EDICT_OK;
}

edict_status edict_comparison_declared(const edict_comparison *c, edict_side side, const char *kind, const edict_attribute *attributes, size_t count,
                                       edict_attribute *out, size_t *out_count) {
  const edi_model *m = c->fields[0].models[side == EDICT_SIDE_NEW];
  edi_entity entity = EDI_ENTITY_CONTEXT;
  *out_count = 0;
  if (kind) {
    uint32_t number = edi_model_resource(m, edi_str_from(kind));
    if (number == EDI_NONE) return EDICT_NOT_FOUND;
    entity = (edi_entity)(EDI_ENTITY_RESOURCE + number);
  }
  for (size_t i = 0; i < count; i++) {
    uint32_t attr = edi_model_attr(m, entity, (edi_str){attributes[i].name.ptr, attributes[i].name.len});
    if (attr == EDI_NONE || (!EDI_TYPE_IS_SET(m->attrs[attr].type) && attributes[i].count != 1)) continue;
    out[(*out_count)++] = attributes[i];
  }
  return EDICT_OK;
}

/* ---- showing ---- */

edict_status edict_comparison_show(const edict_comparison *c, const edict_supposed_contract *contract, const edict_test *test, char **text, size_t *length) {
  edi_arena arena;
  edi_buf lines;
  edi_contract_facts facts;
  const edi_model *m = c->fields[0].models[EDI_NEW];
  edi_witness w = {.test = *test};
  edi_arena_init(&arena, NULL, ARENA_BUNDLES);
  edi_buf_init(&lines, NULL, (size_t)1 << 20);
  edi_analysis a = {.arena = &arena, .model = m, .contracts = &facts, .contract_count = 1};
  bool good = !contract || edi_contract_facts_of(&arena, m, contract, &facts);
  if (good && contract) edi_witness_print(&a, &w, &lines);
  else if (good) edi_witness_print_test(&a, &w, &lines);
  *length = lines.len;
  edict_status status = good ? edi_buf_give(&lines, text) : edi_arena_status(&arena);
  if (!good) edi_buf_fini(&lines);
  edi_arena_fini(&arena);
  return status;
}
