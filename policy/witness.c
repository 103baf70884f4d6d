/* Witness: what the solver proposes, written down as a contract and a request that the evaluator can be
 * asked about. What the solver took as free (two attributes that are compared with each other) is settled
 * here as well as it goes; whether the request shows what is claimed, the evaluator says. */
#include "policy/analysis.h"

#include <stdlib.h>

#include "policy/checker.h"

typedef struct proposal {
  edi_analysis *a;
  edi_solver *s;
  edi_term_value *values; /* by term */
  bool *bound;
  uint8_t request;
  bool failed;            /* no memory */
} proposal;

static void *array_in(proposal *p, edi_arena *arena, size_t count, size_t size) {
  void *out = edi_arena_array(arena, count ? count : 1, size);
  if (!out) p->failed = true;
  return out;
}

static void *array(proposal *p, size_t count, size_t size) { return array_in(p, p->a->arena, count, size); }

static const char *terminated(proposal *p, edi_str s) {
  const char *copy = edi_arena_copy(p->a->arena, s.ptr, s.len);
  if (!copy) p->failed = true;
  return copy ? copy : "";
}

/* ---- values that settle what two terms say to each other ---- */

static void add_node(edi_term_value *set, uint32_t node) {
  for (size_t i = 0; i < set->member_count; i++)
    if (set->members[i] == node) return;
  if (set->member_count < EDI_TERM_MEMBERS) set->members[set->member_count++] = node;
}

static uint32_t some_node(const proposal *p, edi_type type) {
  const edi_sym_kind *kind = &p->s->model->kinds[EDI_TYPE_PARAM(type)];
  uint32_t node = kind->nodes.first;
  while (p->s->model->nodes[node].end > node + 1) node++;
  return node;
}

static void settle_in(proposal *p, const edi_atom *atom, uint32_t x, uint32_t set) {
  edi_term_value *v = &p->values[x], *members = &p->values[set];
  const edi_term *one = &p->s->terms[x];
  if (EDI_TYPE_BASE(one->type) != EDI_TYPE_NODE || p->s->model->kinds[EDI_TYPE_PARAM(one->type)].nodes.count == 0) return;
  if (atom->now & (EDI_TRUTH_YES | EDI_TRUTH_NO) && !p->bound[x]) {
    *v = (edi_term_value){.known = true, .integer = members->member_count ? members->members[0] : some_node(p, one->type)};
    p->bound[x] = true;
  }
  if (atom->now == EDI_TRUTH_UNKNOWN || !v->known) return;
  if (!p->bound[set]) *members = (edi_term_value){.known = true};
  p->bound[set] = true;
  if (!(atom->now & EDI_TRUTH_NO)) add_node(members, (uint32_t)v->integer);
}

static void settle_same(proposal *p, uint32_t x, uint32_t y) {
  if (p->bound[x] && !p->bound[y]) p->values[y] = p->values[x];
  else if (p->bound[y] && !p->bound[x]) p->values[x] = p->values[y];
  else if (!p->bound[x]) p->values[x] = p->values[y] = (edi_term_value){.known = true, .free = true, .text = EDI_STR("same")};
  p->bound[x] = p->bound[y] = true;
}

static void settle_sets(proposal *p, const edi_atom *atom, uint32_t x, uint32_t y) {
  edi_type type = p->s->terms[x].type;
  if (EDI_TYPE_BASE(type) != EDI_TYPE_NODE || (atom->now & EDI_TRUTH_NO) || atom->now == EDI_TRUTH_UNKNOWN) return;
  edi_term_value *a = &p->values[x], *b = &p->values[y];
  uint32_t node = a->member_count ? a->members[0] : b->member_count ? b->members[0] : some_node(p, type);
  if (!p->bound[x]) *a = (edi_term_value){.known = true};
  if (!p->bound[y]) *b = (edi_term_value){.known = true};
  p->bound[x] = p->bound[y] = true;
  if (atom->expr->kind == EDI_EXPR_COVERS)
    for (size_t i = 0; i < b->member_count; i++) add_node(a, b->members[i]);
  add_node(a, node);
  add_node(b, node);
}

static void settle(proposal *p, const edi_atom *atom) {
  uint32_t x = atom->terms[0], y = atom->terms[1];
  if (atom->op != EDI_ATOM_OPAQUE || atom->now == EDI_TRUTH_ANY || x == EDI_NONE || y == EDI_NONE) return;
  switch ((int)atom->expr->kind) {
    case EDI_EXPR_IN: settle_in(p, atom, x, y); return;
    case EDI_EXPR_HAS: settle_in(p, atom, y, x); return;
    case EDI_EXPR_EQ:
    case EDI_EXPR_LE:
    case EDI_EXPR_GE:
      if (!(atom->now & EDI_TRUTH_NO) && atom->now != EDI_TRUTH_UNKNOWN) settle_same(p, x, y);
      return;
    case EDI_EXPR_OVERLAPS:
    case EDI_EXPR_COVERS: settle_sets(p, atom, x, y); return;
    default: return;
  }
}

static uint32_t attr_term(const proposal *p, uint32_t symbol) {
  if (symbol == EDI_NONE) return EDI_NONE;
  for (uint32_t i = 0; i < p->s->term_count; i++) {
    const edi_term *t = &p->s->terms[i];
    bool here = p->s->model->attrs[symbol].entity < EDI_ENTITY_CONTEXT || t->request == p->request;
    if (t->kind == EDI_TERM_ATTR && t->symbol == symbol && here) return i;
  }
  return EDI_NONE;
}

/* A purpose that the subject may not have is no purpose: it has those of both requests. */
static void settle_purposes(proposal *p) {
  uint32_t held = attr_term(p, edi_model_attr(p->s->model, EDI_ENTITY_SUBJECT, EDI_STR("purposes")));
  for (uint32_t i = 0; i < p->s->term_count && held != EDI_NONE; i++) {
    const edi_term *t = &p->s->terms[i];
    if (t->kind != EDI_TERM_ATTR || t->symbol != p->s->attr_purpose || !p->bound[i] || !p->values[i].known) continue;
    if (!p->bound[held]) p->values[held] = (edi_term_value){.known = true};
    p->bound[held] = true;
    add_node(&p->values[held], (uint32_t)p->values[i].integer);
  }
}

static bool propose(proposal *p) {
  uint32_t purposes = edi_model_attr(p->s->model, EDI_ENTITY_SUBJECT, EDI_STR("purposes"));
  if (purposes != EDI_NONE && edi_solver_attr(p->s, purposes, 0) == EDI_NONE) return false;
  p->values = array_in(p, p->a->work, p->s->term_count, sizeof *p->values);
  p->bound = array_in(p, p->a->work, p->s->term_count, sizeof *p->bound);
  if (p->failed) return false;
  for (size_t i = 0; i < p->s->term_count; i++) p->bound[i] = edi_solver_value(p->s, &p->s->terms[i], &p->values[i]);
  for (size_t i = 0; i < p->s->atom_count; i++) settle(p, &p->s->atoms[i]);
  settle_purposes(p);
  return true;
}

/* A copy: the solver's own texts go with it. */
static edi_str text_value(proposal *p, uint32_t term) {
  edi_str text = p->values[term].text;
  return (edi_str){terminated(p, text), text.len};
}

/* ---- values as text ---- */

static edi_str decimal_text(proposal *p, edi_decimal d) {
  char storage[64];
  edi_buf buf = edi_buf_fixed(storage, sizeof storage);
  edi_decimal_format(&buf, d);
  return (edi_str){terminated(p, (edi_str){storage, buf.len}), buf.len};
}

static edi_str time_text(proposal *p, unsigned base, int64_t v) {
  char storage[64];
  edi_buf buf = edi_buf_fixed(storage, sizeof storage);
  if (base == EDI_TYPE_DATE) edi_date_format(&buf, v);
  else if (base == EDI_TYPE_TIMESTAMP) edi_timestamp_format(&buf, v);
  else edi_buf_format(&buf, "%lld", (long long)v);
  return (edi_str){terminated(p, (edi_str){storage, buf.len}), buf.len};
}

static uint32_t level_symbol(const edi_model *m, edi_type type, int64_t rank) {
  return m->scales[EDI_TYPE_PARAM(type)].levels.first + (uint32_t)rank;
}

static edi_str value_text(proposal *p, uint32_t term) {
  const edi_term *t = &p->s->terms[term];
  const edi_term_value *v = &p->values[term];
  unsigned base = EDI_TYPE_BASE(t->type);
  switch (base) {
    case EDI_TYPE_BOOL: return v->integer ? EDI_STR("true") : EDI_STR("false");
    case EDI_TYPE_NODE: return p->s->model->nodes[v->free ? some_node(p, t->type) : (uint32_t)v->integer].name;
    case EDI_TYPE_LEVEL: return p->s->model->levels[level_symbol(p->s->model, t->type, v->integer)].name;
    case EDI_TYPE_DECIMAL: return decimal_text(p, v->decimal);
    case EDI_TYPE_STRING:
    case EDI_TYPE_ID: return text_value(p, term);
    case EDI_TYPE_IP: return EDI_STR("10.0.0.1");
    case EDI_TYPE_DURATION: return EDI_STR("1 day");
    default: return time_text(p, base, v->integer);
  }
}

/* ---- the request ---- */

static edict_text api(edi_str s) { return (edict_text){s.ptr, s.len}; }

/* The attributes of subject, context or resource that are proposed. */
static const edict_attribute *attributes(proposal *p, edi_entity entity, size_t *count) {
  const edi_model *m = p->s->model;
  edict_attribute *out = array(p, p->s->term_count, sizeof *out);
  *count = 0;
  for (uint32_t i = 0; out && i < p->s->term_count && !p->failed; i++) {
    const edi_term *t = &p->s->terms[i];
    if (t->kind != EDI_TERM_ATTR || m->attrs[t->symbol].entity != entity || !p->bound[i] || !p->values[i].known) continue;
    if (t->symbol == p->s->attr_now || t->symbol == p->s->attr_action) continue;
    if (entity >= EDI_ENTITY_CONTEXT && t->request != p->request) continue;
    if (entity == EDI_ENTITY_SUBJECT && (edi_str_equal(m->attrs[t->symbol].name, EDI_STR("issuer")) || edi_str_equal(m->attrs[t->symbol].name, EDI_STR("id"))) && m->attrs[t->symbol].builtin) continue;
    bool set = EDI_TYPE_IS_SET(t->type), nodes = EDI_TYPE_BASE(t->type) == EDI_TYPE_NODE;
    size_t n = !set ? 1 : nodes ? p->values[i].member_count : 1;
    edict_text *values = array(p, n + 1, sizeof *values);
    for (size_t k = 0; values && k < n; k++)
      values[k] = api(set && nodes ? m->nodes[p->values[i].members[k]].name : value_text(p, i));
    if (values && p->values[i].incomplete) values[n++] = api(EDI_STR("unlisted"));
    out[(*count)++] = (edict_attribute){api(m->attrs[t->symbol].name), values, n};
  }
  return out;
}

/* Whether the line lets all of this through; what is not listed anywhere is meant to be dropped. */
static bool is_let_through(const edi_model *m, const edi_sym_claim *claim, const edict_attribute *a) {
  if (claim->within == EDI_NONE) return true;
  for (size_t i = 0; i < a->count; i++) {
    uint32_t node = edi_model_node(m, EDI_TYPE_PARAM(m->attrs[claim->attr].type), (edi_str){a->values[i].ptr, a->values[i].len});
    if (node != EDI_NONE && !edi_model_below(m, node, claim->within)) return false;
  }
  return true;
}

static bool fills(const edi_sym_issuer *issuer, const edi_model *m, const edict_attribute *a) {
  if (issuer->host && issuer->claim_count == 0) return true;
  for (size_t i = 0; i < issuer->claim_count; i++)
    if (edi_str_equal(m->attrs[issuer->claims[i].attr].name, (edi_str){a->name.ptr, a->name.len}))
      return is_let_through(m, &issuer->claims[i], a);
  return false;
}

/* The issuer that was asked for, else the first that may say all of this. */
static const edi_sym_issuer *issuer_for(const proposal *p, const edict_attribute *attrs, size_t count) {
  const edi_model *m = p->s->model;
  uint32_t term = attr_term(p, edi_model_attr(m, EDI_ENTITY_SUBJECT, EDI_STR("issuer")));
  for (size_t i = 0; i < m->issuers_count; i++) {
    bool fit = term == EDI_NONE || !p->bound[term] || p->values[term].integer == m->issuers[i].node;
    for (size_t k = 0; k < count && fit; k++) fit = fills(&m->issuers[i], m, &attrs[k]);
    if (fit) return &m->issuers[i];
  }
  return NULL;
}

bool edi_witness_is_vouched(edi_analysis *a) {
  proposal p = {.a = a, .s = &a->solver};
  size_t count;
  const edict_attribute *attrs = propose(&p) ? attributes(&p, EDI_ENTITY_SUBJECT, &count) : NULL;
  a->failed = a->failed || p.failed;
  return attrs && !p.failed && issuer_for(&p, attrs, count);
}

/* ---- the contract ---- */

static edi_fact_value scalar_fact(proposal *p, uint32_t term, edi_type type) {
  const edi_term_value *v = &p->values[term];
  unsigned base = EDI_TYPE_BASE(type);
  edi_fact_value out = {.type = EDI_TYPE_ELEM(type), .integer = v->integer, .decimal = v->decimal};
  if (base == EDI_TYPE_LEVEL) out.integer = level_symbol(p->s->model, type, v->integer);
  if (base == EDI_TYPE_DURATION) out.duration = (edi_duration){12, 0};
  if (base == EDI_TYPE_STRING || base == EDI_TYPE_ID) out.text = text_value(p, term);
  if (base == EDI_TYPE_IP) out.text = (edi_str){"\0\0\0\0\0\0\0\0\0\0\377\377\12\0\0\1", 16};
  return out;
}

static int compare_nodes(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return x < y ? -1 : x > y;
}

static edi_fact_value set_fact(proposal *p, uint32_t term, edi_type type) {
  edi_term_value *v = &p->values[term];
  edi_fact_value out = {.type = type};
  bool nodes = EDI_TYPE_BASE(type) == EDI_TYPE_NODE;
  if (nodes && v->member_count > 1) qsort(v->members, v->member_count, sizeof *v->members, compare_nodes);
  out.member_count = nodes ? v->member_count : 1;
  out.members = array(p, out.member_count, sizeof *out.members);
  for (size_t i = 0; out.members && i < out.member_count; i++) {
    if (nodes) out.members[i] = (edi_fact_value){.type = EDI_TYPE_ELEM(type), .integer = v->members[i]};
    else out.members[i] = scalar_fact(p, term, type);
  }
  return out;
}

static edi_fact_entry *facts(proposal *p, edi_entity entity, size_t *count) {
  edi_fact_entry *out = array(p, p->s->term_count, sizeof *out);
  *count = 0;
  for (uint32_t symbol = 0; out && symbol < p->s->model->attrs_count; symbol++) {
    const edi_sym_attr *attr = &p->s->model->attrs[symbol];
    if (attr->entity != entity || attr->builtin) continue;
    uint32_t term = attr_term(p, symbol);
    if (term == EDI_NONE || !p->bound[term] || !p->values[term].known) continue;
    out[(*count)++] = (edi_fact_entry){symbol, EDI_TYPE_IS_SET(attr->type) ? set_fact(p, term, attr->type) : scalar_fact(p, term, attr->type)};
  }
  return out;
}

static uint32_t find_term(const proposal *p, edi_term_kind kind, edi_entity entity) {
  for (uint32_t i = 0; i < p->s->term_count; i++)
    if (p->s->terms[i].kind == kind && p->s->terms[i].entity == entity && p->bound[i]) return i;
  return EDI_NONE;
}

static uint32_t *tags_of(proposal *p, edi_term_kind kind, edi_entity entity, size_t *count) {
  uint32_t term = find_term(p, kind, entity);
  *count = term == EDI_NONE ? 0 : p->values[term].member_count;
  if (*count == 0) return NULL;
  uint32_t *out = array(p, *count, sizeof *out);
  if (!out) return NULL;
  memcpy(out, p->values[term].members, *count * sizeof *out);
  qsort(out, *count, sizeof *out, compare_nodes);
  return out;
}

static uint32_t level_of(const proposal *p, edi_entity entity) {
  uint32_t term = find_term(p, EDI_TERM_LEVEL, entity);
  if (term == EDI_NONE || !p->values[term].known) return EDI_NONE;
  return level_symbol(p->s->model, p->s->terms[term].type, p->values[term].integer);
}

uint32_t edi_witness_cell_type(const edi_model *m, const uint32_t *tags, size_t count) {
  for (size_t i = 0; i < count; i++) {
    unsigned base = EDI_TYPE_BASE(m->nodes[tags[i]].type);
    if (base == EDI_TYPE_INT || base == EDI_TYPE_DECIMAL || base == EDI_TYPE_BOOL || base == EDI_TYPE_DATE || base == EDI_TYPE_TIMESTAMP) return base;
  }
  return EDI_TYPE_STRING;
}

/* A column that carries `untagged` carries nothing. */
static void add_column(proposal *p, edi_dataset_facts *d, uint32_t *tags, size_t count, edi_str name, uint32_t level) {
  if (count == 1 && p->s->model->nodes[tags[0]].builtin) count = 0;
  edi_column_facts *c = &d->columns[d->column_count];
  if (!name.ptr) name = edi_str_from(edi_analysis_text(p->a, "c%zu", d->column_count + 1));
  d->column_count++;
  *c = (edi_column_facts){.name = name, .physical_name = name, .type = edi_witness_cell_type(p->s->model, tags, count),
                          .classification = level, .tags = tags, .tag_count = count, .span = EDI_SPAN_NONE};
}

static bool is_there(const edi_dataset_facts *d, uint32_t tag) {
  for (size_t i = 0; i < d->column_count; i++)
    for (size_t k = 0; k < d->columns[i].tag_count; k++)
      if (d->columns[i].tags[k] == tag) return true;
  return false;
}

static void add_columns(proposal *p, edi_dataset_facts *d) {
  size_t own = 0;
  uint32_t *tags = tags_of(p, EDI_TERM_TAGS, EDI_ENTITY_COLUMN, &own);
  uint32_t name = find_term(p, EDI_TERM_NAME, EDI_ENTITY_COLUMN);
  edi_str called = name != EDI_NONE && !p->values[name].free ? text_value(p, name) : (edi_str){NULL, 0};
  d->columns = array(p, 2 * EDI_TERM_MEMBERS + 1, sizeof *d->columns);
  if (p->failed) return;
  if (own || called.ptr || find_term(p, EDI_TERM_LEVEL, EDI_ENTITY_COLUMN) != EDI_NONE)
    add_column(p, d, tags, own, called, level_of(p, EDI_ENTITY_COLUMN));
  if (d->column_count == 1 && p->a->column_type != EDI_TYPE_NONE) d->columns[0].type = p->a->column_type;
  static const edi_entity holders[] = {EDI_ENTITY_DATASET, EDI_ENTITY_PRODUCT};
  for (size_t h = 0; h < 2; h++) {
    size_t held = 0;
    uint32_t *nodes = tags_of(p, EDI_TERM_HELD, holders[h], &held);
    for (size_t i = 0; i < held && !p->failed; i++)
      if (!is_there(d, nodes[i])) add_column(p, d, &nodes[i], 1, (edi_str){NULL, 0}, EDI_NONE);
  }
}

/* ---- names ---- */

/* A name that fits the glob and what is asked of this attribute. */
static bool name_like(proposal *p, uint32_t symbol, const char *glob, edi_str *name) {
  uint32_t term = attr_term(p, symbol);
  *name = edi_str_from(glob);
  if (term == EDI_NONE || !p->bound[term]) return !strchr(glob, '*');
  if (!edi_term_text_like(p->s, &p->s->terms[term], *name, name)) return false;
  name->ptr = terminated(p, *name);
  return true;
}

/* A product's name begins with its domain. It is `example`, with a number that no other has, if nothing else is asked
 * for; a name with the number if that can be, and else any. */
static bool name_product(proposal *p, uint32_t domain, edi_str *name) {
  edi_str d = p->s->model->nodes[domain].name;
  size_t number = p->a->contract_count + 1;
  return name_like(p, p->s->attr_product, edi_analysis_text(p->a, "%.*s.example-%zu", EDI_STR_ARG(d), number), name) ||
         name_like(p, p->s->attr_product, edi_analysis_text(p->a, "%.*s.?*-%zu*", EDI_STR_ARG(d), number), name) ||
         name_like(p, p->s->attr_product, edi_analysis_text(p->a, "%.*s.?*", EDI_STR_ARG(d)), name);
}

/* The first domain that may have a product of such a name; the one that was proposed comes before others. */
static bool name_in_domain(proposal *p, uint32_t *domain, edi_str *name) {
  const edi_model *m = p->s->model;
  uint32_t term = attr_term(p, p->s->attr_domain);
  bool asked = term != EDI_NONE && p->bound[term] && p->values[term].known;
  edi_range all = !asked && m->domain_node != EDI_NONE ? (edi_range){m->domain_node, 1} : m->kinds[EDI_BUILTIN_DOMAIN].nodes;
  if (asked && name_product(p, *domain = (uint32_t)p->values[term].integer, name)) return true;
  for (*domain = all.first; *domain < all.first + all.count; (*domain)++)
    if ((!asked || edi_term_takes_node(p->s, &p->s->terms[term], *domain)) && name_product(p, *domain, name)) return true;
  return false;
}

static bool name_dataset(proposal *p, edi_str *name) {
  return name_like(p, p->s->attr_dataset, "example", name) || name_like(p, p->s->attr_dataset, "?*", name);
}

static bool make_contract(proposal *p, edi_contract_facts *c) {
  edi_dataset_facts *d = array(p, 1, sizeof *d);
  uint32_t domain;
  edi_str name, dataset;
  if (!d || !name_in_domain(p, &domain, &name) || !name_dataset(p, &dataset)) return false;
  *c = (edi_contract_facts){.name = name, .id = EDI_STR("example"), .version = EDI_STR("1.0.0"), .status = EDI_STR("active"),
                            .path = EDI_STR("example.odcs.yaml"), .domain = domain, .datasets = d, .dataset_count = 1,
                            .span = EDI_SPAN_NONE, .source = EDI_SOURCE_NONE};
  *d = (edi_dataset_facts){.name = dataset, .physical_name = dataset, .classification = level_of(p, EDI_ENTITY_DATASET), .span = EDI_SPAN_NONE};
  c->tags = tags_of(p, EDI_TERM_TAGS, EDI_ENTITY_PRODUCT, &c->tag_count);
  c->facts = facts(p, EDI_ENTITY_PRODUCT, &c->fact_count);
  d->tags = tags_of(p, EDI_TERM_TAGS, EDI_ENTITY_DATASET, &d->tag_count);
  d->facts = facts(p, EDI_ENTITY_DATASET, &d->fact_count);
  add_columns(p, d);
  return !p->failed;
}

/* How many have this name already. */
static size_t round_of(const edi_analysis *a, edi_str name) {
  size_t round = 0;
  for (size_t i = 0; i < a->contract_count; i++) round += edi_str_equal(a->contracts[i].name, name);
  return round;
}

static bool keep_contract(proposal *p, uint32_t *number) {
  edi_analysis *a = p->a;
  void *items = a->contracts, *rounds = a->rounds;
  if (!edi_arena_grow(a->arena, &items, &a->contract_capacity, a->contract_count, sizeof *a->contracts) ||
      !edi_arena_grow(a->arena, &rounds, &a->round_capacity, a->contract_count, sizeof *a->rounds)) {
    a->failed = true;
    return false;
  }
  a->contracts = items;
  a->rounds = rounds;
  edi_contract_facts *made = &a->contracts[a->contract_count];
  if (!make_contract(p, made)) return false;
  size_t round = round_of(a, made->name);
  if (round >= EDI_ANALYSIS_ROUNDS) return false;
  a->rounds[a->contract_count] = (uint8_t)round;
  *number = (uint32_t)a->contract_count++;
  return true;
}

/* ---- the whole ---- */

/* The kind of resource that the request is about; EDI_NONE: a dataset. */
static uint32_t resource_of(const proposal *p) {
  for (uint32_t i = 0; i < p->s->term_count; i++) {
    const edi_term *t = &p->s->terms[i];
    if (t->kind == EDI_TERM_THING && t->request == p->request && p->bound[i] && p->values[i].integer > 0)
      return (uint32_t)p->values[i].integer - 1;
  }
  return EDI_NONE;
}

static void ask_dataset(proposal *p, edict_test *test, const edi_dataset_facts *d) {
  const char **columns = array(p, d->column_count, sizeof *columns);
  for (size_t i = 0; columns && i < d->column_count; i++) columns[i] = terminated(p, d->columns[i].name);
  test->dataset = d->name.ptr;
  test->columns = columns;
  test->column_count = d->column_count;
}

static void ask_resource(proposal *p, edict_test *test, uint32_t kind) {
  test->is_resource = 1;
  test->dataset = terminated(p, p->s->model->resources[kind].name);
  test->resource = attributes(p, (edi_entity)(EDI_ENTITY_RESOURCE + kind), &test->resource_count);
}

static const char *action_of(proposal *p) {
  uint32_t term = attr_term(p, p->s->attr_action);
  bool named = term != EDI_NONE && p->bound[term];
  return terminated(p, named ? p->s->model->nodes[p->values[term].integer].name : EDI_STR("read"));
}

/* The time that is asked for or, where a time of day or a day of the week is, the first one such from there on. */
static int64_t moment_of(proposal *p) {
  uint32_t term = attr_term(p, p->s->attr_now);
  int64_t now = term != EDI_NONE && p->bound[term] ? p->values[term].integer : p->s->prefer_now;
  for (uint32_t i = 0; i < p->s->term_count; i++) {
    const edi_term *t = &p->s->terms[i];
    const edi_expr *x = t->kind == EDI_TERM_EXPR && p->bound[i] && p->values[i].known ? t->expr : NULL;
    bool asks = x && (x->kind == EDI_EXPR_TIME_OF_DAY || x->kind == EDI_EXPR_WEEKDAY);
    if (!asks || x->operands[0]->kind != EDI_EXPR_ATTR || x->operands[0]->symbol != p->s->attr_now) continue;
    int64_t day = edi_date_of(now), clock = now - day * EDI_DAY_MICROS, wanted = p->values[i].integer;
    if (x->kind == EDI_EXPR_WEEKDAY) day += (wanted - edi_date_weekday(day) + 7) % 7;
    else day += wanted < clock;
    now = day * EDI_DAY_MICROS + (x->kind == EDI_EXPR_WEEKDAY ? clock : wanted);
  }
  return now;
}

static bool make_test(proposal *p, edi_witness *w, const edi_rule_decl *about) {
  const edi_contract_facts *c = &p->a->contracts[w->contract];
  uint32_t kind = resource_of(p);
  w->test = (edict_test){.title = about->qualified.ptr, .file = "", .product = c->name.ptr, .action = action_of(p), .id = "s-1",
                         .now = moment_of(p)};
  if (kind == EDI_NONE) ask_dataset(p, &w->test, &c->datasets[0]);
  else ask_resource(p, &w->test, kind);
  w->test.subject = attributes(p, EDI_ENTITY_SUBJECT, &w->test.subject_count);
  w->test.context = attributes(p, EDI_ENTITY_CONTEXT, &w->test.context_count);
  const edi_sym_issuer *issuer = issuer_for(p, w->test.subject, w->test.subject_count);
  if (!issuer) return false;
  w->test.issuer = terminated(p, issuer->name);
  return !p->failed;
}

static bool keep_witness(edi_analysis *a, edi_warning *claim, edi_witness *w) {
  void *items = a->witnesses;
  if (!edi_arena_grow(a->arena, &items, &a->witness_capacity, a->witness_count, sizeof w)) {
    a->failed = true;
    return false;
  }
  a->witnesses = items;
  a->witnesses[a->witness_count++] = w;
  claim->witnesses[claim->witness_count++] = w;
  return true;
}

edi_witness *edi_witness_make(edi_analysis *a, edi_warning *claim, uint8_t request, const edi_rule_decl *about) {
  proposal p = {.a = a, .s = &a->solver, .request = request};
  edi_witness *w = EDI_NEW(a->arena, edi_witness);
  bool made = w && claim->witness_count < 2 && propose(&p);
  if (made && claim->witness_count) w->contract = claim->witnesses[0]->contract;
  else if (made) made = keep_contract(&p, &w->contract);
  if (made) w->supposes = a->supposing;
  made = made && make_test(&p, w, about) && keep_witness(a, claim, w);
  a->failed = a->failed || !w || p.failed;
  claim->refused = claim->refused || !made;
  return made ? w : NULL;
}

void edi_witness_expect(edi_analysis *a, edi_witness *w, edict_expectation expectation) {
  edict_expectation *more = EDI_NEW_ARRAY(a->arena, edict_expectation, w->test.expect_count + 1);
  if (!more) {
    a->failed = true;
    return;
  }
  if (w->test.expect_count) memcpy(more, w->test.expects, w->test.expect_count * sizeof *more);
  more[w->test.expect_count++] = expectation;
  w->test.expects = more;
}

void edi_witness_holds(edi_witness *w, const edi_rule_decl *rule) {
  if (w->holds_count < EDI_WITNESS_HOLDS) w->holds[w->holds_count++] = rule->qualified.ptr;
}

const char *edi_witness_column(const edi_analysis *a, const edi_witness *w) {
  (void)a;
  return w->test.column_count ? w->test.columns[0] : NULL;
}
