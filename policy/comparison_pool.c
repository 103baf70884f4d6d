/* Comparison, pool: values worth asking with, by what could hold them.
 *
 * Each literal of a rule that changed is a boundary: it, and what lies on both sides of it, go into the bucket of its type.
 * What an attribute may hold is the bucket of its own type, whatever it is compared with: so two attributes that are
 * compared with each other have values in common. Rules that did not change add what lets a request through. */
#include <stdlib.h>

#include "bundle/vocabulary.h"
#include "policy/checker.h"
#include "policy/comparison.h"
#include "policy/pattern_sample.h"
#include "policy/text_meet.h"

enum { BUCKET_MOST = 96, OTHER_RULES_MOST = 128, TEXT_MOST = 300, LEAVES_MOST = 32, DURATIONS_MOST = 24, CLOCKS_MOST = 24, TABLES_MOST = 32, PATTERNS_MOST = 8 };

typedef struct bucket {
  unsigned base;
  edi_str param;                /* kind or scale */
  edict_text *values;
  size_t count, capacity;
} bucket;

typedef struct slot { edict_pool pool; size_t bucket; } slot;

struct edi_cells {
  bucket *buckets;
  size_t count;
  edi_duration durations[DURATIONS_MOST];
  size_t duration_count;
};

typedef struct collector {
  edict_comparison *c;
  const edi_model *m;
  bool wanted;
  bucket *buckets;
  size_t bucket_count, bucket_capacity;
  slot *slots;
  size_t slot_count, slot_capacity;
  edi_duration durations[DURATIONS_MOST];
  int64_t clocks[CLOCKS_MOST];   /* times of day, in microseconds */
  size_t duration_count, clock_count;
  edi_str tables[TABLES_MOST];  /* whose keys are there already */
  edi_str patterns[PATTERNS_MOST];
  size_t table_count, pattern_count;
  bool weekdays;
} collector;

/* ---- buckets ---- */

static bucket *bucket_of(collector *k, edi_type type) {
  unsigned base = EDI_TYPE_BASE(type);
  edi_str param = {NULL, 0};
  if (base == EDI_TYPE_NODE) param = k->m->kinds[EDI_TYPE_PARAM(type)].name;
  if (base == EDI_TYPE_LEVEL) param = k->m->scales[EDI_TYPE_PARAM(type)].name;
  for (size_t i = 0; i < k->bucket_count; i++)
    if (k->buckets[i].base == base && edi_str_equal(k->buckets[i].param, param)) return &k->buckets[i];
  void *items = k->buckets;
  if (!edi_comparison_grow(k->c, &items, &k->bucket_capacity, k->bucket_count, sizeof *k->buckets)) return NULL;
  k->buckets = items;
  k->buckets[k->bucket_count] = (bucket){.base = base, .param = param};
  return &k->buckets[k->bucket_count++];
}

static void add(collector *k, bucket *b, edi_str text) {
  if (!b || b->count >= BUCKET_MOST) return;
  for (size_t i = 0; i < b->count; i++)
    if (edi_str_equal((edi_str){b->values[i].ptr, b->values[i].len}, text)) return;
  if (!edi_comparison_grow(k->c, (void **)&b->values, &b->capacity, b->count, sizeof *b->values)) return;
  b->values[b->count++] = (edict_text){edi_comparison_text(k->c, text), text.len};
}

static void add_buf(collector *k, edi_type type, edi_buf *text) {
  add(k, bucket_of(k, type), (edi_str){text->ptr, text->len});
  text->len = 0;
}

static void add_integer(collector *k, edi_type type, int64_t value, int64_t step) {
  char storage[64];
  edi_buf text = edi_buf_fixed(storage, sizeof storage);
  for (int i = -1; i <= 1; i++) {
    int64_t one;
    if (__builtin_add_overflow(value, i * step, &one)) continue;
    if (EDI_TYPE_BASE(type) == EDI_TYPE_DATE) edi_date_format(&text, one);
    else if (EDI_TYPE_BASE(type) == EDI_TYPE_TIMESTAMP) edi_timestamp_format(&text, one);
    else edi_buf_format(&text, "%lld", (long long)one);
    add_buf(k, type, &text);
  }
}

static void add_decimal(collector *k, edi_type type, edi_decimal value) {
  static const char *const steps[] = {"0", "0.01", "-0.01", "1", "-1"};
  char storage[64];
  edi_buf text = edi_buf_fixed(storage, sizeof storage);
  for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
    edi_decimal step, sum;
    if (!edi_decimal_parse(edi_str_from(steps[i]), &step) || !edi_decimal_add(value, step, &sum)) continue;
    edi_decimal_format(&text, sum);
    add_buf(k, type, &text);
  }
}

/* ---- names ---- */

static edi_type node_type(const edi_model *m, uint32_t node) { return EDI_TYPE_MAKE(EDI_TYPE_NODE, m->nodes[node].kind); }

/* The node, what is below, beside and above it. */
static void add_node(collector *k, uint32_t node) {
  bucket *b = bucket_of(k, node_type(k->m, node));
  uint32_t child = edi_model_child(k->m, node, EDI_NONE), parent = k->m->nodes[node].parent;
  add(k, b, k->m->nodes[node].name);
  while (child != EDI_NONE && edi_model_child(k->m, child, EDI_NONE) != EDI_NONE) child = edi_model_child(k->m, child, EDI_NONE);
  if (child != EDI_NONE) add(k, b, k->m->nodes[child].name);
  if (parent == EDI_NONE) return;
  add(k, b, k->m->nodes[parent].name);
  uint32_t beside = edi_model_child(k->m, parent, EDI_NONE);
  if (beside == node) beside = edi_model_child(k->m, parent, node);
  if (beside != EDI_NONE) add(k, b, k->m->nodes[beside].name);
}

/* A root that nobody names, so that a set may hold something else. */
static void add_other_root(collector *k, edi_type type) {
  edi_range nodes = k->m->kinds[EDI_TYPE_PARAM(type)].nodes;
  bucket *b = bucket_of(k, type);
  for (uint32_t i = 0, n = nodes.first; i < 4 && n < nodes.first + nodes.count; i++, n = k->m->nodes[n].end) add(k, b, k->m->nodes[n].name);
}

static void add_levels(collector *k, uint32_t scale) {
  bucket *b = bucket_of(k, EDI_TYPE_MAKE(EDI_TYPE_LEVEL, scale));
  edi_range all = k->m->scales[scale].levels;
  for (uint32_t l = all.first; l < all.first + all.count; l++) add(k, b, k->m->levels[l].name);
}

/* What an attribute may hold where no rule compares it with a constant. */
static void add_plain(collector *k, bucket *b) {
  static const struct { unsigned base; const char *values[2]; } plain[] = {
      {EDI_TYPE_STRING, {"another", "one"}}, {EDI_TYPE_ID, {"another", "one"}}, {EDI_TYPE_BOOL, {"true", "false"}}, {EDI_TYPE_INT, {"0", "1"}},
      {EDI_TYPE_DECIMAL, {"0", "1"}}, {EDI_TYPE_DATE, {"2026-06-01", "2000-01-01"}}, {EDI_TYPE_IP, {"203.0.113.7", "10.0.0.1"}},
      {EDI_TYPE_TIMESTAMP, {"2026-06-01T00:00:00Z", "2000-01-01T00:00:00Z"}}};
  for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
    for (size_t n = 0; n < 2 && plain[i].base == b->base; n++) add(k, b, edi_str_from(plain[i].values[n]));
}

static edict_pool *add_slot(collector *k, edict_place place, edi_str kind, edi_str name, edi_type type) {
  bucket *b = bucket_of(k, EDI_TYPE_ELEM(type));
  for (size_t i = 0; i < k->slot_count; i++) {
    edict_pool *p = &k->slots[i].pool;
    if (p->place != place || !edi_str_equal(edi_str_from(p->kind), kind) || !edi_str_equal(edi_str_from(p->name), name)) continue;
    p->wanted = p->wanted || k->wanted;
    return p;
  }
  void *items = k->slots;
  if (!b || !edi_comparison_grow(k->c, &items, &k->slot_capacity, k->slot_count, sizeof *k->slots)) return NULL;
  k->slots = items;
  k->slots[k->slot_count++] = (slot){{.place = place, .kind = edi_comparison_text(k->c, kind), .name = edi_comparison_text(k->c, name),
                                      .set = EDI_TYPE_IS_SET(type), .wanted = k->wanted}, (size_t)(b - k->buckets)};
  if (EDI_TYPE_BASE(type) == EDI_TYPE_NODE) add_other_root(k, EDI_TYPE_ELEM(type));
  if (EDI_TYPE_BASE(type) == EDI_TYPE_LEVEL) add_levels(k, EDI_TYPE_PARAM(type));
  add_plain(k, &k->buckets[k->slots[k->slot_count - 1].bucket]);
  return &k->slots[k->slot_count - 1].pool;
}

static void add_attribute(collector *k, uint32_t symbol) {
  const edi_sym_attr *a = &k->m->attrs[symbol];
  const edi_str none = EDI_STR("");
  edi_entity e = a->entity;
  if (e == EDI_ENTITY_CONTEXT && a->builtin && !edi_str_equal(a->name, EDI_STR("purpose"))) return; /* now, action */
  if (e == EDI_ENTITY_SUBJECT && a->builtin && !EDI_TYPE_IS_SET(a->type)) return;                  /* issuer, id */
  if (e == EDI_ENTITY_PRODUCT && a->builtin) {
    add_slot(k, edi_str_equal(a->name, EDI_STR("name")) ? EDICT_PLACE_PRODUCT_NAME : EDICT_PLACE_DOMAIN, none, none, a->type);
    return;
  }
  if (e == EDI_ENTITY_DATASET && a->builtin) {
    add_slot(k, EDICT_PLACE_DATASET_NAME, none, none, a->type);
    return;
  }
  edict_place place = e == EDI_ENTITY_SUBJECT ? EDICT_PLACE_SUBJECT : e == EDI_ENTITY_CONTEXT ? EDICT_PLACE_CONTEXT
                      : e == EDI_ENTITY_PRODUCT ? EDICT_PLACE_PRODUCT : e == EDI_ENTITY_DATASET ? EDICT_PLACE_DATASET : EDICT_PLACE_RESOURCE;
  edict_pool *p = add_slot(k, place, place == EDICT_PLACE_RESOURCE ? edi_model_entity(k->m, e) : none, a->name, a->type);
  bool stated = place == EDICT_PLACE_PRODUCT || place == EDICT_PLACE_DATASET; /* a contract that states no value of its type is refused */
  if (p && a->fallback && !stated) p->defaulted = 1;
}

/* ---- texts ---- */

static void add_text(collector *k, edi_type type, edi_str text) {
  edi_buf buf;
  static const char *const around[][2] = {{"", ""}, {"", "x"}, {"x", ""}, {"x", "x"}};
  if (EDI_TYPE_BASE(type) == EDI_TYPE_IP) {
    add(k, bucket_of(k, type), text);
    return;
  }
  edi_buf_init(&buf, NULL, 1 << 20);
  for (size_t i = 0; i < 4; i++) {
    edi_buf_format(&buf, "%s%.*s%s", around[i][0], EDI_STR_ARG(text), around[i][1]);
    add_buf(k, type, &buf);
  }
  edi_buf_str(&buf, text);
  for (size_t i = 0; i < buf.len; i++)
    if (buf.ptr[i] >= 'a' && buf.ptr[i] <= 'z') buf.ptr[i] = (char)(buf.ptr[i] - 'a' + 'A');
  add_buf(k, type, &buf);
  edi_buf_fini(&buf);
}

/* What a glob asks for: a text that has it. */
static void add_glob(collector *k, edi_str glob) {
  char text[TEXT_MOST];
  size_t n = 0;
  for (size_t i = 0; i < glob.len && n + 1 < sizeof text; i++)
    if (glob.ptr[i] != '*') text[n++] = glob.ptr[i] == '?' ? 'x' : glob.ptr[i];
  if (n == 0) text[n++] = 'x';
  add(k, bucket_of(k, EDI_TYPE_MAKE(EDI_TYPE_STRING, 0)), (edi_str){text, n});
}

/* A text that tells two patterns apart. */
static void add_between(collector *k, bucket *b, edi_str matched, edi_str other) {
  char text[TEXT_MOST];
  edi_buf found = edi_buf_fixed(text, sizeof text);
  const edi_text_wish wishes[] = {{.text = matched, .pattern = true, .fits = true}, {.text = other, .pattern = true}};
  edi_text_met met = edi_text_meet(wishes, 2, false, false, &found);
  edi_str one = {found.ptr, found.len};
  if (met == EDI_TEXT_SOME && found.failed == EDICT_OK && edi_utf8_valid(one)) add(k, b, one);
}

/* Texts that it should match, one that is a little longer, and some that hardly anything matches. */
static void add_pattern(collector *k, edi_str source) {
  const edi_type type = EDI_TYPE_MAKE(EDI_TYPE_STRING, 0);
  bucket *b = bucket_of(k, type);
  char text[TEXT_MOST];
  for (unsigned ways = 0; ways <= EDI_PATTERN_SAMPLE_ALL; ways++) {
    size_t length = edi_pattern_sample(source, ways, text, sizeof text - 1);
    add(k, b, (edi_str){text, length});
    text[length] = '~';
    if (ways == 0) add(k, b, (edi_str){text, length + 1});
  }
  add(k, b, EDI_STR(""));
  add(k, b, EDI_STR("\xC2\xA1~"));
  for (size_t i = 0; i < k->pattern_count; i++) {
    if (edi_str_equal(k->patterns[i], source)) return;
    add_between(k, b, k->patterns[i], source);
    add_between(k, b, source, k->patterns[i]);
  }
  if (k->pattern_count < PATTERNS_MOST) k->patterns[k->pattern_count++] = source;
}

static void add_lengths(collector *k, const edi_expr *x) {
  char text[TEXT_MOST];
  if (x->operand_count != 2) return;
  for (int i = 0; i < 2; i++) {
    if (x->operands[i]->kind != EDI_EXPR_LENGTH || x->operands[!i]->kind != EDI_EXPR_INT) continue;
    int64_t length = x->operands[!i]->integer;
    if (length < -1 || length > (int64_t)sizeof text) continue;
    for (int64_t n = length - 1; n <= length + 1; n++) {
      if (n < 0 || n >= (int64_t)sizeof text) continue;
      memset(text, 'x', (size_t)n);
      add(k, bucket_of(k, EDI_TYPE_MAKE(EDI_TYPE_STRING, 0)), (edi_str){text, (size_t)n});
    }
  }
}

static void add_address(collector *k, const unsigned char address[16]) {
  char text[EDI_IP_TEXT];
  add(k, bucket_of(k, EDI_TYPE_MAKE(EDI_TYPE_IP, 0)), (edi_str){text, edi_ip_format(address, text)});
}

/* The address beside one, up or down; not from one kind of addresses into the other. */
static void add_beside(collector *k, const unsigned char address[16], bool up) {
  unsigned char out[16];
  int at = 15;
  memcpy(out, address, sizeof out);
  while (at >= 0 && out[at] == (up ? 0xff : 0)) out[at--] = up ? 0 : 0xff;
  if (at < 0) return;
  out[at] = (unsigned char)(up ? out[at] + 1 : out[at] - 1);
  if (edi_ip_is_v4(out) == edi_ip_is_v4(address)) add_address(k, out);
}

/* The first and the last address of a block, those beside it, and some that hardly any block holds. */
static void add_block(collector *k, edi_str block) {
  const edi_type type = EDI_TYPE_MAKE(EDI_TYPE_IP, 0);
  unsigned char first[16], last[16];
  unsigned prefix = 0;
  if (edi_cidr_parse(block, first, &prefix)) {
    memcpy(last, first, sizeof last);
    for (unsigned i = prefix; i < 128; i++) last[i / 8] |= (unsigned char)(0x80 >> i % 8);
    add_address(k, first);
    add_address(k, last);
    add_beside(k, first, false);
    add_beside(k, last, true);
  }
  add(k, bucket_of(k, type), EDI_STR("203.0.113.7"));
  add(k, bucket_of(k, type), EDI_STR("2001:db8::7"));
}

/* ---- expressions ---- */

static void add_clock(collector *k, int64_t moment) {
  int64_t clock = moment - edi_date_of(moment) * EDI_DAY_MICROS;
  if (k->clock_count < CLOCKS_MOST) k->clocks[k->clock_count++] = clock;
}

static void add_duration(collector *k, edi_duration d) {
  for (size_t i = 0; i < k->duration_count; i++)
    if (k->durations[i].months == d.months && k->durations[i].micros == d.micros) return;
  if (k->duration_count < DURATIONS_MOST) k->durations[k->duration_count++] = d;
  if (d.months == 0 && d.micros < EDI_DAY_MICROS && k->clock_count < CLOCKS_MOST) k->clocks[k->clock_count++] = d.micros;
}

static void add_literal(collector *k, const edi_expr *x) {
  switch ((int)x->kind) {
    case EDI_EXPR_BOOL:
      add(k, bucket_of(k, x->type), EDI_STR("true"));
      add(k, bucket_of(k, x->type), EDI_STR("false"));
      return;
    case EDI_EXPR_INT: add_integer(k, x->type, x->integer, 1); return;
    case EDI_EXPR_DATE:
      add_integer(k, EDI_TYPE_MAKE(EDI_TYPE_DATE, 0), x->integer, 1);
      add_integer(k, EDI_TYPE_MAKE(EDI_TYPE_TIMESTAMP, 0), x->integer * EDI_DAY_MICROS, EDI_DAY_MICROS);
      add_integer(k, EDI_TYPE_MAKE(EDI_TYPE_TIMESTAMP, 0), x->integer * EDI_DAY_MICROS, 1000000);
      return;
    case EDI_EXPR_TIMESTAMP:
      add_integer(k, x->type, x->integer, 1000000);
      add_integer(k, EDI_TYPE_MAKE(EDI_TYPE_DATE, 0), edi_date_of(x->integer), 1);
      return;
    case EDI_EXPR_DECIMAL: add_decimal(k, x->type, x->decimal); return;
    case EDI_EXPR_STRING: add_text(k, x->type, x->text); return;
    case EDI_EXPR_DURATION: add_duration(k, x->duration); return;
    case EDI_EXPR_LEVEL: add_levels(k, EDI_TYPE_PARAM(x->type)); return;
    case EDI_EXPR_NODE:
    case EDI_EXPR_ROW_TAG: add_node(k, x->symbol); return;
    case EDI_EXPR_ADD: /* what a sum or a product of others is, turns about zero */
    case EDI_EXPR_SUB:
    case EDI_EXPR_MUL:
      if (EDI_TYPE_BASE(x->type) == EDI_TYPE_INT) add_integer(k, x->type, 0, 1);
      if (EDI_TYPE_BASE(x->type) == EDI_TYPE_DECIMAL) add_decimal(k, x->type, edi_decimal_from_int(0));
      return;
    default: return;
  }
}

/* Tags, levels and names of what is asked about. */
static void add_target(collector *k, const edi_expr *x) {
  const edi_str none = EDI_STR("");
  const edi_type tags = EDI_TYPE_MAKE(EDI_TYPE_NODE, EDI_BUILTIN_TAG) | EDI_TYPE_SET;
  const edi_type level = k->m->classification == EDI_NONE ? 0 : EDI_TYPE_MAKE(EDI_TYPE_LEVEL, k->m->classification);
  bool resource = x->entity >= EDI_ENTITY_RESOURCE, product = x->entity == EDI_ENTITY_PRODUCT, column = x->entity == EDI_ENTITY_COLUMN;
  edi_str kind = resource ? edi_model_entity(k->m, x->entity) : none;
  switch ((int)x->kind) {
    case EDI_EXPR_TAGGED:
      if (resource) add_slot(k, EDICT_PLACE_RESOURCE, kind, EDI_STR("tags"), tags);
      else add_slot(k, product ? EDICT_PLACE_PRODUCT_TAGS : column ? EDICT_PLACE_COLUMN_TAGS : EDICT_PLACE_DATASET_TAGS, none, none, tags);
      return;
    case EDI_EXPR_ROW_TAG:
    case EDI_EXPR_HOLDING: add_slot(k, EDICT_PLACE_COLUMN_TAGS, none, none, tags); return;
    case EDI_EXPR_CLASSIFIED:
      if (level) add_slot(k, column ? EDICT_PLACE_COLUMN_LEVEL : EDICT_PLACE_DATASET_LEVEL, none, none, level);
      return;
    case EDI_EXPR_RESOURCE: add_slot(k, EDICT_PLACE_RESOURCE, kind, EDI_STR("name"), EDI_TYPE_MAKE(EDI_TYPE_STRING, 0)); return;
    case EDI_EXPR_IN_DOMAIN: add_slot(k, EDICT_PLACE_DOMAIN, none, none, EDI_TYPE_MAKE(EDI_TYPE_NODE, EDI_BUILTIN_DOMAIN)); return;
    case EDI_EXPR_NAMED:
      add_glob(k, x->text);
      if (resource) add_slot(k, EDICT_PLACE_RESOURCE, kind, EDI_STR("name"), EDI_TYPE_MAKE(EDI_TYPE_STRING, 0));
      else add_slot(k, product ? EDICT_PLACE_PRODUCT_NAME : EDICT_PLACE_DATASET_NAME, none, none, EDI_TYPE_MAKE(EDI_TYPE_STRING, 0));
      return;
    default: return;
  }
}

/* What a cell may hold at all, where nothing is compared with it. */
static void add_cell_values(collector *k, const edi_expr *x) {
  if (x->kind != EDI_EXPR_ROW_TAG && x->kind != EDI_EXPR_ROW_COLUMN) return;
  if (EDI_TYPE_BASE(x->type) == EDI_TYPE_NODE) add_other_root(k, EDI_TYPE_ELEM(x->type));
  if (EDI_TYPE_BASE(x->type) == EDI_TYPE_LEVEL) add_levels(k, EDI_TYPE_PARAM(x->type));
  if (EDI_TYPE_BASE(x->type) == EDI_TYPE_IP) add(k, bucket_of(k, x->type), EDI_STR("192.0.2.1"));
}

/* Keys of tables go to whatever is asked with. */
typedef struct listener { collector *k; const edi_sym_table *table; } listener;

static void hear_key(void *user, uint32_t column, edi_str text) {
  const listener *l = user;
  if (column < l->table->key_count) add(l->k, bucket_of(l->k, l->table->keys[column].type), text);
}

static void add_table(collector *k, const edi_sym_table *table) {
  listener l = {k, table};
  for (size_t i = 0; i < k->table_count; i++)
    if (edi_str_equal(k->tables[i], table->name)) return;
  if (k->table_count < TABLES_MOST) k->tables[k->table_count++] = table->name;
  (void)edi_comparison_keys(k->c, table->name, hear_key, &l);
}

static void add_keys(collector *k, const edi_expr *x) {
  if ((x->kind == EDI_EXPR_IN_TABLE || x->kind == EDI_EXPR_TABLE_VALUE) && x->symbol != EDI_NONE) add_table(k, &k->m->tables[x->symbol]);
}

static void add_expr(collector *k, const edi_expr *x) {
  if (!x) return;
  add_keys(k, x);
  add_cell_values(k, x);
  add_literal(k, x);
  add_target(k, x);
  if (x->kind == EDI_EXPR_ATTR) add_attribute(k, x->symbol);
  if (x->kind == EDI_EXPR_IN_CIDR) add_block(k, x->text);
  if (x->kind == EDI_EXPR_WEEKDAY) k->weekdays = true;
  if (x->kind == EDI_EXPR_TIME_OF_DAY && x->operands[0]->kind == EDI_EXPR_TIMESTAMP) add_clock(k, x->operands[0]->integer);
  if (x->kind == EDI_EXPR_MATCHES) add_pattern(k, x->text);
  add_lengths(k, x);
  for (uint32_t i = 0; i < x->operand_count; i++) add_expr(k, x->operands[i]);
}

static void add_day(collector *k, bool has, int64_t date) {
  if (has) add_integer(k, EDI_TYPE_MAKE(EDI_TYPE_TIMESTAMP, 0), date * EDI_DAY_MICROS, EDI_DAY_MICROS);
}

static void add_rule(collector *k, const edi_rule_decl *r) {
  const edi_expr *all[] = {r->target, r->more->where, r->when, r->unless, r->more->require, r->more->retain_while, r->more->duration, r->more->after, r->more->group};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) add_expr(k, all[i]);
  for (size_t i = 0; i < r->mask_count; i++) {
    add_expr(k, r->masks[i].column);
    for (size_t n = 0; n < r->masks[i].case_count; n++) add_expr(k, r->masks[i].cases[n].condition);
  }
  for (size_t i = 0; i < r->more->oblige_count; i++)
    for (size_t n = 0; n < r->more->obliges[i].argument_count; n++) add_expr(k, r->more->obliges[i].arguments[n]);
  add_day(k, r->more->has_from, r->more->from);
  add_day(k, r->more->has_until && !r->more->until_further_notice, r->more->until);
  if (r->effect == EDI_EFFECT_DELEGATE) add_slot(k, EDICT_PLACE_DOMAIN, EDI_STR(""), EDI_STR(""), EDI_TYPE_MAKE(EDI_TYPE_NODE, EDI_BUILTIN_DOMAIN));
}

/* ---- what every request has ---- */

static void add_actions(collector *k) {
  edi_range all = k->m->kinds[EDI_BUILTIN_ACTION].nodes;
  bucket *b = bucket_of(k, EDI_TYPE_MAKE(EDI_TYPE_NODE, EDI_BUILTIN_ACTION));
  size_t added = 0;
  for (uint32_t i = all.first; i < all.first + all.count && added < LEAVES_MOST; i++)
    if (edi_model_child(k->m, i, EDI_NONE) == EDI_NONE) {
      add(k, b, k->m->nodes[i].name);
      added++;
    }
}

static void add_rules(collector *k, bool wanted) {
  edict_comparison *c = k->c;
  size_t others = 0;
  k->wanted = wanted;
  for (size_t i = 0; i < c->pair_count && wanted; i++)
    for (int side = 0; side < EDI_SIDES; side++) {
      k->m = c->fields[c->pairs[i].field].models[side];
      if (c->pairs[i].rules[side] != EDI_NONE) add_rule(k, k->m->rules[c->pairs[i].rules[side]].decl);
    }
  for (size_t f = 0; f < c->field_count && !wanted; f++) {
    k->m = c->fields[f].models[EDI_NEW];
    for (size_t i = 0; i < k->m->rules_count && others < OTHER_RULES_MOST; i++, others++)
      if (!k->m->rules[i].decl->shadow) add_rule(k, k->m->rules[i].decl);
  }
}

/* ---- what changed and is no rule ---- */

static void add_stated(collector *k, const edi_fact_value *v) {
  for (size_t i = 0; i < v->member_count; i++) add_stated(k, &v->members[i]);
  if (EDI_TYPE_IS_SET(v->type)) return;
  switch (EDI_TYPE_BASE(v->type)) {
    case EDI_TYPE_NODE: add_node(k, (uint32_t)v->integer); return;
    case EDI_TYPE_LEVEL: add_levels(k, EDI_TYPE_PARAM(v->type)); return;
    case EDI_TYPE_STRING:
    case EDI_TYPE_ID: add_text(k, v->type, v->text); return;
    case EDI_TYPE_INT:
    case EDI_TYPE_DATE: add_integer(k, v->type, v->integer, 1); return;
    case EDI_TYPE_TIMESTAMP: add_integer(k, v->type, v->integer, 1000000); return;
    case EDI_TYPE_DECIMAL: add_decimal(k, v->type, v->decimal); return;
    case EDI_TYPE_DURATION: add_duration(k, v->duration); return;
    default: return;
  }
}

static void add_contract(collector *k, const edi_contract_facts *c) {
  for (size_t i = 0; i < c->fact_count; i++) add_stated(k, &c->facts[i].value);
  for (size_t i = 0; i < c->tag_count; i++) add_node(k, c->tags[i]);
  for (size_t d = 0; d < c->dataset_count; d++) {
    const edi_dataset_facts *f = &c->datasets[d];
    for (size_t i = 0; i < f->fact_count; i++) add_stated(k, &f->facts[i].value);
    for (size_t i = 0; i < f->tag_count; i++) add_node(k, f->tags[i]);
    for (size_t i = 0; i < f->column_count; i++)
      for (size_t t = 0; t < f->columns[i].tag_count; t++) add_node(k, f->columns[i].tags[t]);
  }
}

/* Nodes that moved, came or went, and all that contracts state which state something else. */
static void add_change(collector *k, const edict_change *change) {
  edi_str noun = edi_str_from(change->noun), name = edi_str_from(change->name);
  uint32_t kind = edi_model_kind(k->m, noun), node = kind == EDI_NONE ? EDI_NONE : edi_model_node(k->m, kind, name);
  if (node != EDI_NONE) add_node(k, node);
  for (size_t i = 0; i < k->m->contract_count && edi_str_equal(noun, EDI_STR("product")); i++)
    if (edi_str_equal(k->m->contracts[i].name, name)) add_contract(k, &k->m->contracts[i]);
  uint32_t table = edi_str_equal(noun, EDI_STR("data of table")) ? edi_model_table(k->m, name) : EDI_NONE;
  if (table != EDI_NONE) add_table(k, &k->m->tables[table]);
}

static void add_changes(collector *k) {
  const edict_comparison *c = k->c;
  for (size_t i = 0; i < c->change_count; i++)
    for (size_t f = 0; f < c->field_count && c->changes[i].decides; f++)
      for (int side = 0; side < EDI_SIDES; side++) {
        k->m = c->fields[f].models[side];
        add_change(k, &c->changes[i]);
      }
}

/* Moments: those that rules name, times of day and days of the week, all within the time of both sides. */
static void add_times(collector *k) {
  const edict_comparison *c = k->c;
  const edi_type type = EDI_TYPE_MAKE(EDI_TYPE_TIMESTAMP, 0);
  int64_t middle = c->first + (c->past - c->first) / 2;
  int64_t day = (int64_t)edi_date_of(middle) * EDI_DAY_MICROS;
  add_integer(k, type, day + EDI_DAY_MICROS / 2, EDI_DAY_MICROS);
  for (int i = 0; i < 7 && k->weekdays; i++) add_integer(k, type, day + EDI_DAY_MICROS / 2 + i * EDI_DAY_MICROS, EDI_DAY_MICROS);
  for (size_t i = 0; i < k->clock_count; i++) add_integer(k, type, day + k->clocks[i], 1000000);
  for (size_t i = 0; i < k->duration_count; i++) {
    int64_t then;
    edi_duration d = {-k->durations[i].months, -k->durations[i].micros};
    if (edi_timestamp_add(day + EDI_DAY_MICROS / 2, d, &then)) add_integer(k, type, then, EDI_DAY_MICROS);
  }
}

static void put_pools(collector *k) {
  edict_comparison *c = k->c;
  c->pools = EDI_NEW_ARRAY(&c->arena, edict_pool, k->slot_count);
  if (!c->pools) {
    c->failed = true;
    return;
  }
  for (size_t i = 0; i < k->slot_count; i++) {
    edict_pool *p = &c->pools[c->pool_count++];
    *p = k->slots[i].pool;
    p->values = k->buckets[k->slots[i].bucket].values;
    p->count = k->buckets[k->slots[i].bucket].count;
  }
}

void edi_comparison_pools(edict_comparison *c) {
  collector k = {.c = c, .m = c->fields[0].models[EDI_NEW]};
  const edi_str none = EDI_STR("");
  add_changes(&k);
  add_rules(&k, true);
  add_rules(&k, false);
  k.m = c->fields[0].models[EDI_NEW];
  add_actions(&k);
  k.m = c->fields[0].models[EDI_OLD];
  add_actions(&k);
  add_slot(&k, EDICT_PLACE_ACTION, none, none, EDI_TYPE_MAKE(EDI_TYPE_NODE, EDI_BUILTIN_ACTION));
  add_times(&k);
  add_slot(&k, EDICT_PLACE_NOW, none, none, EDI_TYPE_MAKE(EDI_TYPE_TIMESTAMP, 0));
  put_pools(&k);
  c->cells = EDI_NEW(&c->arena, struct edi_cells);
  c->failed = c->failed || !c->cells;
  if (!c->cells) return;
  *c->cells = (struct edi_cells){.buckets = k.buckets, .count = k.bucket_count, .duration_count = k.duration_count};
  memcpy(c->cells->durations, k.durations, sizeof k.durations);
}

/* ---- cells ---- */

typedef struct cell_list { edict_cell *items; size_t most, count; } cell_list;

static void add_cell(cell_list *l, edict_cell cell) {
  if (l->count < l->most) l->items[l->count++] = cell;
}

static void cell_of(cell_list *l, unsigned base, edict_text text) {
  edi_str s = {text.ptr, text.len};
  int64_t value;
  edi_decimal d;
  if (base == EDI_TYPE_STRING) add_cell(l, (edict_cell){.type = EDICT_CELL_TEXT, .ptr = text.ptr, .len = text.len});
  else if (base == EDI_TYPE_DATE && edi_date_parse(s, &value)) add_cell(l, (edict_cell){.type = EDICT_CELL_DATE, .integer = value});
  else if (base == EDI_TYPE_TIMESTAMP && edi_timestamp_parse(s, &value)) add_cell(l, (edict_cell){.type = EDICT_CELL_TIMESTAMP, .integer = value});
  else if (base == EDI_TYPE_INT && edi_decimal_parse(s, &d) && d.scale == 0) add_cell(l, (edict_cell){.type = EDICT_CELL_INT, .integer = d.mantissa});
  else if (base == EDI_TYPE_DECIMAL && edi_decimal_parse(s, &d)) add_cell(l, (edict_cell){.type = EDICT_CELL_TEXT, .ptr = text.ptr, .len = text.len});
}

/* Past and not yet past each duration, a day apart. */
static void add_ages(const edict_comparison *c, cell_list *l, unsigned base, int64_t now) {
  for (size_t i = 0; i < c->cells->duration_count; i++)
    for (int64_t step = -1; step <= 1; step++) {
      edi_duration d = {-c->cells->durations[i].months, -c->cells->durations[i].micros};
      int64_t then;
      if (!edi_timestamp_add(now, d, &then)) continue;
      then += step * EDI_DAY_MICROS;
      add_cell(l, base == EDI_TYPE_DATE ? (edict_cell){.type = EDICT_CELL_DATE, .integer = edi_date_of(then)}
                                        : (edict_cell){.type = EDICT_CELL_TIMESTAMP, .integer = then});
    }
}

static unsigned base_named(const char *type) {
  static const unsigned bases[] = {EDI_TYPE_STRING, EDI_TYPE_INT, EDI_TYPE_DECIMAL, EDI_TYPE_BOOL, EDI_TYPE_DATE, EDI_TYPE_TIMESTAMP};
  for (size_t i = 0; i < sizeof bases / sizeof *bases; i++)
    if (strcmp(edi_type_base_name(bases[i]), type) == 0) return bases[i];
  return EDI_TYPE_NONE;
}

static bool holds(unsigned base, unsigned values) {
  if (base == EDI_TYPE_STRING) return values == EDI_TYPE_STRING || values == EDI_TYPE_ID || values == EDI_TYPE_NODE || values == EDI_TYPE_LEVEL || values == EDI_TYPE_IP;
  if (base == EDI_TYPE_INT) return values == EDI_TYPE_INT || values == EDI_TYPE_ID; /* ids may be numbers */
  if (base == EDI_TYPE_DECIMAL) return values == EDI_TYPE_INT || values == EDI_TYPE_DECIMAL;
  return base == values;
}

size_t edict_comparison_cells(const edict_comparison *c, const char *type, int64_t now, edict_cell *cells, size_t most) {
  cell_list l = {cells, most, 0};
  unsigned base = base_named(type);
  add_cell(&l, (edict_cell){.type = EDICT_CELL_NULL});
  if (base == EDI_TYPE_BOOL)
    for (int i = 0; i < 2; i++) add_cell(&l, (edict_cell){.type = EDICT_CELL_BOOL, .integer = i});
  if (base == EDI_TYPE_DATE || base == EDI_TYPE_TIMESTAMP) {
    add_ages(c, &l, base, now);
    cell_of(&l, base, base == EDI_TYPE_DATE ? (edict_text){"2020-01-01", 10} : (edict_text){"2020-01-01T00:00:00Z", 20});
    cell_of(&l, base, base == EDI_TYPE_DATE ? (edict_text){"9000-01-01", 10} : (edict_text){"9000-01-01T00:00:00Z", 20});
  }
  if (base == EDI_TYPE_INT || base == EDI_TYPE_DECIMAL) cell_of(&l, base, (edict_text){"0", 1});
  if (base == EDI_TYPE_STRING) cell_of(&l, base, (edict_text){"another", 7});
  for (size_t i = 0; i < c->cells->count; i++)
    for (size_t n = 0; n < c->cells->buckets[i].count && holds(base, c->cells->buckets[i].base); n++)
      cell_of(&l, base, c->cells->buckets[i].values[n]);
  return l.count;
}
