/* Diff, edits: requests and contracts changed by what rules compare with, and made smaller step by step. */
#include "edict/forms.h"
#include "workbench/diffwork.h"

uint64_t work_below(work_random *r, uint64_t n) { /* SplitMix64 */
  uint64_t x = r->state += UINT64_C(0x9E3779B97F4A7C15);
  x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
  x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
  return n ? (x ^ (x >> 31)) % n : 0;
}

static bool same(edict_text a, edict_text b) { return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0); }
static edict_text text_of(const char *s) { return (edict_text){s, strlen(s)}; }

/* ---- from and to the API ---- */

static void attributes_of(const edict_attribute *from, size_t count, work_attributes *to) {
  to->count = 0;
  for (size_t i = 0; i < count && i < WORK_ATTRIBUTES; i++) {
    work_attribute *a = &to->items[to->count++];
    a->name = from[i].name;
    a->count = from[i].count < WORK_VALUES ? from[i].count : WORK_VALUES;
    for (size_t k = 0; k < a->count; k++) a->values[k] = from[i].values[k];
  }
}

static void tags_of(const edict_text *from, size_t count, work_tags *to) {
  to->count = count < WORK_TAGS ? count : WORK_TAGS;
  for (size_t i = 0; i < to->count; i++) to->items[i] = from[i];
}

void work_request_of(const edict_test *t, work_request *r) {
  *r = (work_request){.action = t->action, .issuer = t->issuer, .id = t->id, .kind = t->is_resource ? t->dataset : NULL, .now = t->now};
  attributes_of(t->subject, t->subject_count, &r->subject);
  attributes_of(t->context, t->context_count, &r->context);
  attributes_of(t->resource, t->resource_count, &r->resource);
}

void work_contract_of(const edict_supposed_contract *from, work_contract *c) {
  *c = (work_contract){.product = from->product, .domain = from->domain, .dataset = from->dataset, .level = from->level};
  c->named = !edi_str_contains((edi_str){from->product.ptr, from->product.len}, EDI_STR(".example-"));
  tags_of(from->product_tags, from->product_tag_count, &c->product_tags);
  tags_of(from->dataset_tags, from->dataset_tag_count, &c->dataset_tags);
  attributes_of(from->product_attributes, from->product_attribute_count, &c->product_attributes);
  attributes_of(from->dataset_attributes, from->dataset_attribute_count, &c->dataset_attributes);
  for (size_t i = 0; i < from->column_count && i < WORK_COLUMNS; i++) {
    work_column *to = &c->columns[c->column_count++];
    *to = (work_column){.name = from->columns[i].name, .level = from->columns[i].level, .type = from->columns[i].type};
    tags_of(from->columns[i].tags, from->columns[i].tag_count, &to->tags);
  }
}

static bool copy_texts(edi_arena *arena, const edict_text *from, size_t count, const edict_text **out) {
  edict_text *to = EDI_NEW_ARRAY(arena, edict_text, count + 1);
  if (to && count) memcpy(to, from, count * sizeof *to);
  *out = to;
  return to != NULL;
}

bool work_attributes_api(edi_arena *arena, const work_attributes *from, edict_attribute **out) {
  *out = EDI_NEW_ARRAY(arena, edict_attribute, from->count + 1);
  for (size_t i = 0; *out && i < from->count; i++) {
    edict_attribute *to = &(*out)[i];
    to->name = from->items[i].name;
    to->count = from->items[i].count;
    if (!copy_texts(arena, from->items[i].values, to->count, &to->values)) return false;
  }
  return *out != NULL;
}

bool work_contract_api(edi_arena *arena, const work_contract *c, edict_supposed_contract *out) {
  edict_attribute *product, *dataset;
  edict_supposed_column *columns = EDI_NEW_ARRAY(arena, edict_supposed_column, c->column_count + 1);
  *out = (edict_supposed_contract){.product = c->product, .domain = c->domain, .dataset = c->dataset, .level = c->level,
                                   .product_tag_count = c->product_tags.count, .dataset_tag_count = c->dataset_tags.count,
                                   .product_attribute_count = c->product_attributes.count, .dataset_attribute_count = c->dataset_attributes.count,
                                   .columns = columns, .column_count = c->column_count};
  if (!columns || !work_attributes_api(arena, &c->product_attributes, &product) || !work_attributes_api(arena, &c->dataset_attributes, &dataset)) return false;
  out->product_attributes = product;
  out->dataset_attributes = dataset;
  for (size_t i = 0; i < c->column_count; i++) {
    columns[i] = (edict_supposed_column){.name = c->columns[i].name, .type = c->columns[i].type, .tag_count = c->columns[i].tags.count, .level = c->columns[i].level};
    if (!copy_texts(arena, c->columns[i].tags.items, c->columns[i].tags.count, &columns[i].tags)) return false;
  }
  return copy_texts(arena, c->product_tags.items, c->product_tags.count, &out->product_tags) &&
         copy_texts(arena, c->dataset_tags.items, c->dataset_tags.count, &out->dataset_tags);
}

/* ---- edits of attributes ---- */

static void drop_attribute(work_attributes *all, size_t at) {
  memmove(&all->items[at], &all->items[at + 1], (all->count - at - 1) * sizeof *all->items);
  all->count--;
}

static void drop_value(work_attribute *a, size_t at) {
  memmove(&a->values[at], &a->values[at + 1], (a->count - at - 1) * sizeof *a->values);
  a->count--;
}

static size_t find(const work_attributes *all, edict_text name) {
  size_t at = 0;
  while (at < all->count && !same(all->items[at].name, name)) at++;
  return at;
}

static void add_value(work_attribute *a, edict_text value) {
  for (size_t i = 0; i < a->count; i++)
    if (same(a->values[i], value)) return;
  if (a->count < WORK_VALUES) a->values[a->count++] = value;
}

static work_attribute *attribute(work_attributes *all, edict_text name) {
  size_t at = find(all, name);
  if (at < all->count) return &all->items[at];
  if (all->count == WORK_ATTRIBUTES) return NULL;
  all->items[all->count] = (work_attribute){.name = name};
  return &all->items[all->count++];
}

/* Of no type but texts: what has a default is unknown so, and in no other way. */
static const edict_text no_value = {"?", 1};

static void vary_attribute(work_attributes *all, const edict_pool *pool, work_random *r) {
  edict_text name = text_of(pool->name), value = pool->values[work_below(r, pool->count)];
  size_t at = find(all, name);
  uint64_t how = work_below(r, 8);
  if (at < all->count && how < 2) {
    work_attribute *a = &all->items[at];
    if (pool->set && a->count && how == 0) drop_value(a, work_below(r, a->count));
    else if (pool->defaulted && how == 1) a->count = 1, a->values[0] = no_value;
    else drop_attribute(all, at);
    return;
  }
  work_attribute *a = attribute(all, name);
  if (!a) return;
  if (!pool->set || how < 5) a->count = 0;
  add_value(a, value);
  if (pool->set && how == 7) add_value(a, pool->values[work_below(r, pool->count)]);
}

/* ---- edits of requests ---- */

static bool is_of_request(const edict_pool *p, const work_request *r) {
  switch ((int)p->place) {
    case EDICT_PLACE_SUBJECT:
    case EDICT_PLACE_CONTEXT:
    case EDICT_PLACE_ACTION:
    case EDICT_PLACE_NOW: return true;
    case EDICT_PLACE_RESOURCE: return r->kind && strcmp(r->kind, p->kind) == 0;
    default: return false;
  }
}

/* A pool that fits, most often one that a changed rule reads; NULL: there is none. */
static const edict_pool *pick(const edict_comparison *c, work_random *random, bool (*fits)(const edict_pool *pool, const void *user), const void *user) {
  const edict_pool *fitting[256];
  size_t count = 0;
  bool narrow = work_below(random, 4) != 0;
  for (int pass = narrow ? 0 : 1; pass < 2 && count == 0; pass++)
    for (size_t i = 0; i < edict_comparison_pool_count(c) && count < sizeof fitting / sizeof *fitting; i++) {
      const edict_pool *p = edict_comparison_pool(c, i);
      if (p->count == 0 || !fits(p, user) || (pass == 0 && !p->wanted)) continue;
      fitting[count++] = p;
    }
  return count ? fitting[work_below(random, count)] : NULL;
}

static bool fits_request(const edict_pool *p, const void *user) { return is_of_request(p, user); }

/* A purpose that the subject may not have is no purpose. */
static void let_have(work_random *random, work_request *r) {
  size_t at = find(&r->context, text_of("purpose"));
  if (at == r->context.count || r->context.items[at].count == 0 || work_below(random, 4) == 0) return;
  work_attribute *held = attribute(&r->subject, text_of("purposes"));
  if (held) add_value(held, r->context.items[at].values[0]);
}

static void vary_once(const edict_comparison *c, work_random *random, work_request *r) {
  const edict_pool *p = pick(c, random, fits_request, r);
  if (!p) return;
  edict_text value = p->values[work_below(random, p->count)];
  switch ((int)p->place) {
    case EDICT_PLACE_SUBJECT: vary_attribute(&r->subject, p, random); return;
    case EDICT_PLACE_RESOURCE: vary_attribute(&r->resource, p, random); return;
    case EDICT_PLACE_CONTEXT:
      vary_attribute(&r->context, p, random);
      let_have(random, r);
      return;
    case EDICT_PLACE_ACTION: r->action = value.ptr; return;
    case EDICT_PLACE_NOW: {
      int64_t from, until, now;
      edict_comparison_times(c, &from, &until);
      if (edict_time_parse(value.ptr, value.len, &now) == EDICT_OK && now >= from && now < until) r->now = now;
      return;
    }
    default: return;
  }
}

bool work_request_fill(const edict_comparison *c, work_request *r, size_t at) {
  enum { EACH = 3 };
  for (size_t i = 0; i < r->subject.count; i++) {
    work_attribute *a = &r->subject.items[i];
    for (size_t n = 0; n < edict_comparison_pool_count(c) && a->count == 0; n++) {
      const edict_pool *p = edict_comparison_pool(c, n);
      size_t ways = p->count < EACH ? p->count : EACH, length = strlen(p->name);
      if (p->place != EDICT_PLACE_SUBJECT || !p->set || length != a->name.len || memcmp(p->name, a->name.ptr, length) != 0) continue;
      if (at < ways) {
        add_value(a, p->values[at]);
        return true;
      }
      at -= ways;
      break;
    }
  }
  return false;
}

static bool fits_kind(const edict_pool *p, const void *user) {
  (void)user;
  return p->place == EDICT_PLACE_RESOURCE;
}

/* Sometimes what is asked about is another thing altogether. */
static void vary_kind(const edict_comparison *c, work_random *random, work_request *r) {
  if (work_below(random, 12)) return;
  const edict_pool *p = pick(c, random, fits_kind, NULL);
  bool resource = p && work_below(random, 2);
  r->kind = resource ? p->kind : NULL;
  r->resource.count = 0;
}

void work_request_vary(const edict_comparison *c, work_random *random, work_request *r) {
  uint64_t edits = 1 + work_below(random, 2) + work_below(random, 3);
  vary_kind(c, random, r);
  if (work_below(random, 10) == 0) { /* from nothing, with a few things */
    r->subject.count = r->context.count = r->resource.count = 0;
    edits += 2 + work_below(random, 8);
  }
  for (uint64_t i = 0; i < edits; i++) vary_once(c, random, r);
}

/* ---- edits of contracts ---- */

static bool fits_contract(const edict_pool *p, const void *user) {
  const work_contract *c = user;
  switch ((int)p->place) {
    case EDICT_PLACE_PRODUCT:
    case EDICT_PLACE_DATASET:
    case EDICT_PLACE_PRODUCT_TAGS:
    case EDICT_PLACE_DATASET_TAGS:
    case EDICT_PLACE_COLUMN_TAGS:
    case EDICT_PLACE_DATASET_LEVEL:
    case EDICT_PLACE_DATASET_NAME:
    case EDICT_PLACE_DOMAIN: return true;
    case EDICT_PLACE_COLUMN_LEVEL: return c->column_count > 0;
    default: return false;
  }
}

static void vary_tags(work_tags *tags, edict_text value, work_random *random) {
  size_t at = 0;
  while (at < tags->count && !same(tags->items[at], value)) at++;
  if (at < tags->count) {
    tags->items[at] = tags->items[--tags->count];
  } else if (tags->count < WORK_TAGS) {
    if (tags->count && work_below(random, 3) == 0) tags->items[0] = value;
    else tags->items[tags->count++] = value;
  }
}

static const char *const more_names[] = {"d1", "d2", "d3", "d4", "d5", "d6", "d7", "d8"};

static void vary_columns(work_contract *c, edict_text tag, work_random *random) {
  uint64_t how = work_below(random, 4);
  if (how == 0 && c->column_count) {
    size_t at = work_below(random, c->column_count);
    memmove(&c->columns[at], &c->columns[at + 1], (c->column_count - at - 1) * sizeof *c->columns);
    c->column_count--;
  } else if (how == 1 && c->column_count) {
    work_column *one = &c->columns[work_below(random, c->column_count)];
    one->type = NULL;
    vary_tags(&one->tags, tag, random);
  } else {
    for (size_t n = 0; n < sizeof more_names / sizeof *more_names && c->column_count < WORK_COLUMNS; n++) {
      size_t at = 0;
      while (at < c->column_count && !same(c->columns[at].name, text_of(more_names[n]))) at++;
      if (at < c->column_count) continue;
      c->columns[c->column_count++] = (work_column){.name = text_of(more_names[n]), .tags = {{tag}, work_below(random, 12) ? 1 : 0}};
      return;
    }
  }
}

static void vary_contract_once(const edict_comparison *c, work_random *random, work_contract *k) {
  const edict_pool *p = pick(c, random, fits_contract, k);
  if (!p) return;
  edict_text value = p->values[work_below(random, p->count)];
  bool drop = work_below(random, 5) == 0;
  switch ((int)p->place) {
    case EDICT_PLACE_PRODUCT: vary_attribute(&k->product_attributes, p, random); return;
    case EDICT_PLACE_DATASET: vary_attribute(&k->dataset_attributes, p, random); return;
    case EDICT_PLACE_PRODUCT_TAGS: vary_tags(&k->product_tags, value, random); return;
    case EDICT_PLACE_DATASET_TAGS: vary_tags(&k->dataset_tags, value, random); return;
    case EDICT_PLACE_COLUMN_TAGS: vary_columns(k, value, random); return;
    case EDICT_PLACE_DATASET_LEVEL: k->level = drop ? (edict_text){NULL, 0} : value; return;
    case EDICT_PLACE_COLUMN_LEVEL: k->columns[work_below(random, k->column_count)].level = drop ? (edict_text){NULL, 0} : value; return;
    case EDICT_PLACE_DATASET_NAME: k->dataset = value; return;
    case EDICT_PLACE_DOMAIN:
      if (!k->named) k->domain = value; /* a name begins with it */
      return;
    default: return;
  }
}

void work_contract_vary(const edict_comparison *c, work_random *random, work_contract *k) {
  uint64_t edits = 1 + work_below(random, 2) + work_below(random, 3);
  for (uint64_t i = 0; i < edits; i++) vary_contract_once(c, random, k);
}

/* ---- smaller ---- */

static bool shrink_attributes(work_attributes *all, size_t *at) {
  for (size_t i = 0; i < all->count; i++) {
    if ((*at)-- == 0) {
      drop_attribute(all, i);
      return true;
    }
    for (size_t k = 0; all->items[i].count > 1 && k < all->items[i].count; k++)
      if ((*at)-- == 0) {
        drop_value(&all->items[i], k);
        return true;
      }
  }
  return false;
}

bool work_request_shrink(work_request *r, size_t at) {
  if (shrink_attributes(&r->subject, &at) || shrink_attributes(&r->context, &at) || shrink_attributes(&r->resource, &at)) return true;
  if (at >= r->column_count || r->column_count < 2) return false;
  memmove(&r->columns[at], &r->columns[at + 1], (r->column_count - at - 1) * sizeof *r->columns);
  r->column_count--;
  return true;
}

static bool shrink_tags(work_tags *tags, size_t *at) {
  if (*at >= tags->count) {
    *at -= tags->count;
    return false;
  }
  tags->items[*at] = tags->items[--tags->count];
  return true;
}

bool work_contract_shrink(work_contract *c, size_t at) {
  if (at < c->column_count) {
    memmove(&c->columns[at], &c->columns[at + 1], (c->column_count - at - 1) * sizeof *c->columns);
    c->column_count--;
    return true;
  }
  at -= c->column_count;
  if (shrink_tags(&c->product_tags, &at) || shrink_tags(&c->dataset_tags, &at)) return true;
  for (size_t i = 0; i < c->column_count; i++)
    if (shrink_tags(&c->columns[i].tags, &at)) return true;
  if (shrink_attributes(&c->product_attributes, &at) || shrink_attributes(&c->dataset_attributes, &at)) return true;
  if (at == 0 && c->level.ptr) {
    c->level = (edict_text){NULL, 0};
    return true;
  }
  at -= c->level.ptr != NULL;
  for (size_t i = 0; i < c->column_count; i++) {
    if (!c->columns[i].level.ptr) continue;
    if (at-- > 0) continue;
    c->columns[i].level = (edict_text){NULL, 0};
    return true;
  }
  return false;
}

static size_t size_of(const work_attributes *all) {
  size_t size = all->count;
  for (size_t i = 0; i < all->count; i++) size += all->items[i].count;
  return size;
}

size_t work_request_size(const work_request *r) { return size_of(&r->subject) + size_of(&r->context) + size_of(&r->resource) + r->column_count; }
