/* Oracle, expressions: one function for each thing an expression can be, as the language says it. */
#include <stdio.h>
#include <string.h>

#include "base/pattern.h"
#include "support/oracle.h"

typedef oracle_context ctx;
__extension__ typedef __int128 wide_int;

oracle_truth oracle_and(oracle_truth a, oracle_truth b) {
  if (a == ORACLE_NO || b == ORACLE_NO) return ORACLE_NO;
  if (a == ORACLE_UNKNOWN || b == ORACLE_UNKNOWN) return ORACLE_UNKNOWN;
  return ORACLE_YES;
}

oracle_truth oracle_not(oracle_truth a) { return a == ORACLE_YES ? ORACLE_NO : a == ORACLE_NO ? ORACLE_YES : ORACLE_UNKNOWN; }

static oracle_truth oracle_or(oracle_truth a, oracle_truth b) { return oracle_not(oracle_and(oracle_not(a), oracle_not(b))); }

static oracle_value unknown(void) { return (oracle_value){0}; }
static oracle_value integer(unsigned base, int64_t i) { return (oracle_value){.base = base, .integer = i}; }
static oracle_value truth(oracle_truth t) { return t == ORACLE_UNKNOWN ? unknown() : integer(EDI_TYPE_BOOL, t == ORACLE_YES); }
static oracle_truth of(oracle_value v) { return !v.base ? ORACLE_UNKNOWN : v.integer ? ORACLE_YES : ORACLE_NO; }
static oracle_truth definite(bool b) { return b ? ORACLE_YES : ORACLE_NO; }

/* ---- the model's trees ---- */

bool oracle_tag_covers(const edi_model *model, uint32_t node, uint32_t above) {
  for (uint32_t at = node; at != EDI_NONE; at = model->nodes[at].parent)
    if (at == above) return true;
  return false;
}

/* x is n: at or below yes; n strictly below x unknown; else no. */
static oracle_truth node_is(const edi_model *m, int64_t x, int64_t n) {
  if (oracle_tag_covers(m, (uint32_t)x, (uint32_t)n)) return ORACLE_YES;
  if (oracle_tag_covers(m, (uint32_t)n, (uint32_t)x)) return ORACLE_UNKNOWN;
  return ORACLE_NO;
}

/* ---- comparing ---- */

static bool same_text(edi_str a, edi_str b) { return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0); }

/* Ordering of two known values: -1, 0, 1; 2 where months meet days and it is not decided. */
static int order(const edi_model *m, const oracle_value *a, const oracle_value *b) {
  if (a->base == EDI_TYPE_DECIMAL) return edi_decimal_compare(a->decimal, b->decimal);
  if (a->base == EDI_TYPE_DURATION) return edi_duration_compare(a->duration, b->duration);
  int64_t x = a->integer, y = b->integer;
  if (a->base == EDI_TYPE_LEVEL) {
    x = m->levels[x].rank;
    y = m->levels[y].rank;
  }
  return x < y ? -1 : x > y;
}

oracle_truth oracle_equal(const edi_model *m, const oracle_value *a, const oracle_value *b) {
  if (!a->base || !b->base) return ORACLE_UNKNOWN;
  switch (a->base) {
    case EDI_TYPE_STRING:
    case EDI_TYPE_ID: return definite(same_text(a->text, b->text));
    case EDI_TYPE_IP: return definite(memcmp(a->ip, b->ip, 16) == 0);
    case EDI_TYPE_BOOL: return definite(a->integer == b->integer);
    case EDI_TYPE_NODE: /* a fact that stands above or below the other leaves it open */
      if (a->integer == b->integer) return ORACLE_YES;
      return oracle_tag_covers(m, (uint32_t)a->integer, (uint32_t)b->integer) || oracle_tag_covers(m, (uint32_t)b->integer, (uint32_t)a->integer)
                 ? ORACLE_UNKNOWN : ORACLE_NO;
    default: break;
  }
  int o = order(m, a, b);
  return o == 2 ? ORACLE_UNKNOWN : definite(o == 0);
}

/* Whether `low` lies at or below `high`, equality where nothing lies below. */
static oracle_truth member(const edi_model *m, const oracle_value *low, const oracle_value *high) {
  if (!low->base || !high->base) return ORACLE_UNKNOWN;
  return low->base == EDI_TYPE_NODE ? node_is(m, low->integer, high->integer) : oracle_equal(m, low, high);
}

static oracle_truth in_set(const edi_model *m, const oracle_value *x, const oracle_value *set, bool has) {
  if (!x->base || !set->base) return ORACLE_UNKNOWN;
  oracle_truth t = set->incomplete ? ORACLE_UNKNOWN : ORACLE_NO;
  for (size_t i = 0; i < set->member_count; i++)
    t = oracle_or(t, has ? member(m, &set->members[i], x) : member(m, x, &set->members[i]));
  return t;
}

static oracle_truth overlaps(const edi_model *m, const oracle_value *a, const oracle_value *b) {
  if (!a->base || !b->base) return ORACLE_UNKNOWN;
  oracle_truth t = a->incomplete || b->incomplete ? ORACLE_UNKNOWN : ORACLE_NO;
  for (size_t i = 0; i < a->member_count; i++)
    for (size_t j = 0; j < b->member_count; j++)
      t = oracle_or(t, oracle_or(member(m, &a->members[i], &b->members[j]), member(m, &b->members[j], &a->members[i])));
  return t;
}

static oracle_truth covers(const edi_model *m, const oracle_value *a, const oracle_value *b) {
  if (!a->base || !b->base || b->member_count == 0) return ORACLE_UNKNOWN;
  oracle_truth t = b->incomplete ? ORACLE_UNKNOWN : ORACLE_YES;
  for (size_t i = 0; i < b->member_count; i++) t = oracle_and(t, in_set(m, &b->members[i], a, false));
  return t;
}

/* ---- attributes and cells ---- */

static oracle_value from_fact(const edi_fact_value *f);

static oracle_value *from_members(const edi_fact_value *members, size_t count) {
  static oracle_value pool[4096]; /* facts are few and live for one comparison */
  static size_t used;
  if (used + count > 4096) used = 0;
  oracle_value *out = pool + used;
  used += count;
  for (size_t i = 0; i < count; i++) out[i] = from_fact(&members[i]);
  return out;
}

static oracle_value from_fact(const edi_fact_value *f) {
  oracle_value v = {.base = EDI_TYPE_BASE(f->type), .set = EDI_TYPE_IS_SET(f->type), .integer = f->integer,
                    .decimal = f->decimal, .duration = f->duration, .text = f->text};
  if (v.set) {
    v.members = from_members(f->members, f->member_count);
    v.member_count = f->member_count;
  } else if (v.base == EDI_TYPE_IP) {
    memcpy(v.ip, f->text.ptr, 16);
  }
  return v;
}

static oracle_value fallback(const ctx *c, const edi_sym_attr *attr) {
  return attr->fallback ? oracle_eval(c, attr->fallback) : unknown();
}

static oracle_value attribute(const ctx *c, uint32_t symbol) {
  const edi_sym_attr *attr = &c->request->model->attrs[symbol];
  const edi_contract_facts *contract = c->request->contract;
  const edi_dataset_facts *d = &contract->datasets[c->request->dataset];
  if (attr->entity == EDI_ENTITY_SUBJECT || attr->entity >= EDI_ENTITY_CONTEXT) {
    if (attr->builtin && same_text(attr->name, EDI_STR("now"))) return integer(EDI_TYPE_TIMESTAMP, c->request->now);
    if (attr->builtin && same_text(attr->name, EDI_STR("action"))) return integer(EDI_TYPE_NODE, c->request->action);
    return c->request->attrs[symbol].given ? c->request->attrs[symbol] : fallback(c, attr);
  }
  bool product = attr->entity == EDI_ENTITY_PRODUCT;
  if (attr->builtin && same_text(attr->name, EDI_STR("name")))
    return (oracle_value){.base = EDI_TYPE_STRING, .text = product ? contract->name : d->name};
  if (attr->builtin) return integer(EDI_TYPE_NODE, contract->domain);
  const edi_fact_entry *facts = product ? contract->facts : d->facts;
  size_t count = product ? contract->fact_count : d->fact_count;
  for (size_t i = 0; i < count; i++)
    if (facts[i].attr == symbol) return from_fact(&facts[i].value);
  return fallback(c, attr);
}

/* As rules and tables write them: `24 months`. */
static bool duration_from(edi_str text, edi_duration *out) {
  static const struct { const char *name; int64_t months, micros; } units[] = {
      {"year", 12, 0}, {"month", 1, 0}, {"week", 0, 7 * EDI_DAY_MICROS}, {"day", 0, EDI_DAY_MICROS},
      {"hour", 0, EDI_DAY_MICROS / 24}, {"minute", 0, EDI_DAY_MICROS / 1440}, {"second", 0, 1000000}};
  char name[16];
  int count;
  if (text.len == 0 || text.len > 15 || sscanf(text.ptr, "%d %15[a-z]", &count, name) != 2) return false;
  for (size_t i = 0; i < sizeof units / sizeof *units; i++)
    if (strncmp(name, units[i].name, strlen(units[i].name)) == 0) {
      *out = (edi_duration){count * units[i].months, count * units[i].micros};
      return true;
    }
  return false;
}

oracle_value oracle_from_text(const edi_model *m, edi_type type, edi_str text) {
  oracle_value v = {.base = EDI_TYPE_BASE(type), .text = text};
  bool ok = false;
  uint32_t symbol;
  switch (v.base) {
    case EDI_TYPE_STRING:
    case EDI_TYPE_ID: ok = true; break;
    case EDI_TYPE_BOOL:
      v.integer = same_text(text, EDI_STR("true"));
      ok = v.integer || same_text(text, EDI_STR("false"));
      break;
    case EDI_TYPE_INT:
      ok = edi_decimal_parse(text, &v.decimal) && v.decimal.scale == 0 && !memchr(text.ptr, '.', text.len);
      v.integer = v.decimal.mantissa;
      break;
    case EDI_TYPE_DECIMAL: ok = edi_decimal_parse(text, &v.decimal); break;
    case EDI_TYPE_DATE: ok = edi_date_parse(text, &v.integer); break;
    case EDI_TYPE_TIMESTAMP: ok = edi_timestamp_parse(text, &v.integer); break;
    case EDI_TYPE_IP: ok = oracle_address(text, v.ip); break;
    case EDI_TYPE_DURATION: ok = duration_from(text, &v.duration); break;
    case EDI_TYPE_NODE:
      symbol = edi_model_node(m, EDI_TYPE_PARAM(type), text);
      ok = symbol != EDI_NONE;
      v.integer = symbol;
      break;
    case EDI_TYPE_LEVEL:
      symbol = edi_model_level(m, EDI_TYPE_PARAM(type), text);
      ok = symbol != EDI_NONE;
      v.integer = symbol;
      break;
    default: break;
  }
  return ok ? v : unknown();
}

/* A cell as its column's base type; unknown if it does not fit. */
static oracle_value base_cell(const edict_cell *cell, unsigned base) {
  edi_str text = {cell->ptr, cell->len};
  oracle_value v = {.base = base};
  bool ok = false, is_text = cell->type == EDICT_CELL_TEXT;
  switch (base) {
    case EDI_TYPE_STRING:
      v.text = text;
      ok = is_text && edi_utf8_valid(text);
      break;
    case EDI_TYPE_INT:
      v.integer = cell->integer;
      ok = cell->type == EDICT_CELL_INT;
      break;
    case EDI_TYPE_BOOL:
      v.integer = cell->integer;
      ok = (cell->type == EDICT_CELL_BOOL || cell->type == EDICT_CELL_INT) && (v.integer == 0 || v.integer == 1);
      break;
    case EDI_TYPE_DECIMAL:
      if (cell->type == EDICT_CELL_INT) v.decimal = edi_decimal_from_int(cell->integer), ok = true;
      if (cell->type == EDICT_CELL_REAL) ok = edi_decimal_from_double(cell->real, &v.decimal);
      if (cell->type == EDICT_CELL_DECIMAL) ok = edi_decimal_make(cell->integer, cell->scale, &v.decimal);
      if (is_text) ok = edi_decimal_parse(text, &v.decimal);
      break;
    case EDI_TYPE_DATE:
      v.integer = cell->integer;
      ok = is_text ? edi_date_parse(text, &v.integer)
                   : cell->type == EDICT_CELL_DATE && v.integer >= EDI_DATE_MIN && v.integer <= EDI_DATE_MAX;
      break;
    case EDI_TYPE_TIMESTAMP:
      v.integer = cell->integer;
      ok = is_text ? edi_timestamp_parse(text, &v.integer)
                   : cell->type == EDICT_CELL_TIMESTAMP && v.integer >= EDI_TIMESTAMP_MIN && v.integer <= EDI_TIMESTAMP_MAX;
      break;
    default: break;
  }
  return ok ? v : unknown();
}

oracle_value oracle_cell(const oracle_request *request, const edict_cell *cell, unsigned base, edi_type type) {
  static char digits[8][32];
  static unsigned next;
  oracle_value v = base_cell(cell, base);
  unsigned wanted = EDI_TYPE_BASE(type);
  if (!v.base || v.base == wanted) return v;
  if (v.base == EDI_TYPE_STRING && (wanted == EDI_TYPE_NODE || wanted == EDI_TYPE_LEVEL || wanted == EDI_TYPE_ID || wanted == EDI_TYPE_IP))
    return oracle_from_text(request->model, type, v.text);
  if (v.base == EDI_TYPE_INT && wanted == EDI_TYPE_DECIMAL)
    return (oracle_value){.base = wanted, .decimal = edi_decimal_from_int(v.integer)};
  if (v.base == EDI_TYPE_INT && wanted == EDI_TYPE_ID) {
    char *out = digits[next++ % 8];
    int n = snprintf(out, 32, "%lld", (long long)v.integer);
    return (oracle_value){.base = wanted, .text = {out, (size_t)n}};
  }
  if (v.base == EDI_TYPE_DATE && wanted == EDI_TYPE_TIMESTAMP) return integer(wanted, v.integer * EDI_DAY_MICROS);
  return unknown();
}

static oracle_value row_reference(const ctx *c, const edi_expr *x) {
  for (size_t i = 0; i < c->ref_count; i++) {
    const edi_expr *ref = c->refs[i];
    bool same = ref->kind == x->kind && (x->kind == EDI_EXPR_ROW_TAG ? ref->symbol == x->symbol : same_text(ref->text, x->text));
    if (!same) continue;
    uint32_t column = c->choice[i];
    if (column == EDI_NONE || !c->cells) return unknown();
    const edi_dataset_facts *d = &c->request->contract->datasets[c->request->dataset];
    return oracle_cell(c->request, &c->cells[column], d->columns[column].type, x->type);
  }
  return unknown();
}

/* ---- target atoms ---- */

size_t oracle_column_tags(const oracle_request *r, uint32_t column, uint32_t *tags, size_t most) {
  const edi_column_facts *c = &r->contract->datasets[r->dataset].columns[column];
  const edi_model *m = r->model;
  size_t count = 0;
  for (size_t i = 0; i < c->tag_count && count < most; i++) tags[count++] = c->tags[i];
  if (count) return count;
  tags[count++] = edi_model_node(m, edi_model_kind(m, EDI_STR("tag")), EDI_STR("untagged"));
  if (m->untagged != EDI_NONE) tags[count++] = m->untagged;
  return count;
}

static bool any_tag(const edi_model *m, const uint32_t *tags, size_t count, const edi_expr *x) {
  for (size_t i = 0; i < count; i++)
    for (size_t o = 0; o < x->operand_count; o++)
      if (oracle_tag_covers(m, tags[i], x->operands[o]->symbol)) return true;
  return false;
}

static bool column_tagged(const oracle_request *r, uint32_t column, const edi_expr *x) {
  uint32_t tags[64];
  return any_tag(r->model, tags, oracle_column_tags(r, column, tags, 64), x);
}

static bool dataset_holds(const oracle_request *r, size_t dataset, const edi_expr *x) {
  oracle_request other = *r;
  other.dataset = dataset;
  for (uint32_t c = 0; c < r->contract->datasets[dataset].column_count; c++)
    if (column_tagged(&other, c, x)) return true;
  return false;
}

/* What the request says of the resource: `tags` or `name`. */
static oracle_value given(const ctx *c, const edi_expr *x, const char *name) {
  return attribute(c, edi_model_attr(c->request->model, x->entity, edi_str_from(name)));
}

static oracle_truth resource_tagged(const ctx *c, const edi_expr *x) {
  oracle_value tags = given(c, x, "tags");
  oracle_truth t = ORACLE_NO;
  for (size_t i = 0; i < x->operand_count; i++) {
    oracle_value node = integer(EDI_TYPE_NODE, x->operands[i]->symbol);
    t = oracle_or(t, in_set(c->request->model, &node, &tags, true));
  }
  return t;
}

static oracle_truth atom_tagged(const ctx *c, const edi_expr *x) {
  if (x->entity >= EDI_ENTITY_RESOURCE) return resource_tagged(c, x);
  const edi_contract_facts *p = c->request->contract;
  const edi_dataset_facts *d = &p->datasets[c->request->dataset];
  if (x->entity == EDI_ENTITY_COLUMN) return definite(column_tagged(c->request, c->column, x));
  if (x->entity == EDI_ENTITY_DATASET) return definite(any_tag(c->request->model, d->tags, d->tag_count, x));
  return definite(any_tag(c->request->model, p->tags, p->tag_count, x));
}

static oracle_truth atom_holding(const ctx *c, const edi_expr *x) {
  if (x->entity == EDI_ENTITY_COLUMN) return definite(column_tagged(c->request, c->column, x));
  if (x->entity == EDI_ENTITY_DATASET) return definite(dataset_holds(c->request, c->request->dataset, x));
  for (size_t d = 0; d < c->request->contract->dataset_count; d++)
    if (dataset_holds(c->request, d, x)) return ORACLE_YES;
  return ORACLE_NO;
}

static bool glob(const char *g, size_t gl, const char *s, size_t sl) {
  if (gl == 0) return sl == 0;
  if (*g == '*') return glob(g + 1, gl - 1, s, sl) || (sl && glob(g, gl, s + 1, sl - 1));
  return sl && (*g == '?' || *g == *s) && glob(g + 1, gl - 1, s + 1, sl - 1);
}

static oracle_truth resource_named(const ctx *c, const edi_expr *x) {
  oracle_value name = given(c, x, "name");
  return name.base ? definite(glob(x->text.ptr, x->text.len, name.text.ptr, name.text.len)) : ORACLE_UNKNOWN;
}

static oracle_truth atom_named(const ctx *c, const edi_expr *x) {
  if (x->entity >= EDI_ENTITY_RESOURCE) return resource_named(c, x);
  const edi_contract_facts *p = c->request->contract;
  const edi_dataset_facts *d = &p->datasets[c->request->dataset];
  edi_str name = x->entity == EDI_ENTITY_PRODUCT ? p->name : x->entity == EDI_ENTITY_DATASET ? d->name : d->columns[c->column].name;
  return definite(glob(x->text.ptr, x->text.len, name.ptr, name.len));
}

static oracle_truth atom_classified(const ctx *c, const edi_expr *x) {
  const edi_contract_facts *p = c->request->contract;
  const edi_dataset_facts *d = &p->datasets[c->request->dataset];
  uint32_t level = x->entity == EDI_ENTITY_COLUMN ? d->columns[c->column].classification : d->classification;
  if (x->entity == EDI_ENTITY_PRODUCT) {
    level = p->dataset_count ? p->datasets[0].classification : EDI_NONE;
    for (size_t i = 1; i < p->dataset_count && level != EDI_NONE; i++) {
      uint32_t other = p->datasets[i].classification;
      if (other == EDI_NONE || c->request->model->levels[other].rank > c->request->model->levels[level].rank) level = other;
    }
  }
  if (level == EDI_NONE) return ORACLE_UNKNOWN;
  uint32_t have = c->request->model->levels[level].rank, asked = c->request->model->levels[x->operands[0]->symbol].rank;
  switch ((int)x->compare) {
    case EDI_EXPR_EQ: return definite(have == asked);
    case EDI_EXPR_LT: return definite(have < asked);
    case EDI_EXPR_LE: return definite(have <= asked);
    case EDI_EXPR_GT: return definite(have > asked);
    default: return definite(have >= asked);
  }
}

/* ---- arithmetic ---- */

oracle_value oracle_as(oracle_value v, unsigned base) {
  if (v.base == EDI_TYPE_INT && base == EDI_TYPE_DECIMAL) return (oracle_value){.base = base, .decimal = edi_decimal_from_int(v.integer)};
  if (v.base == EDI_TYPE_TIMESTAMP && base == EDI_TYPE_DATE) return integer(base, edi_date_of(v.integer));
  if (v.base == EDI_TYPE_STRING && base == EDI_TYPE_ID) v.base = EDI_TYPE_ID;
  if (v.base == EDI_TYPE_STRING && base == EDI_TYPE_IP) return oracle_address(v.text, v.ip) ? (v.base = EDI_TYPE_IP, v) : unknown();
  return v;
}

/* Both sides as one type: a decimal wins over an int, a date over a timestamp, an id or an address over a string. */
static void bring_together(oracle_value *a, oracle_value *b) {
  static const unsigned wins[] = {EDI_TYPE_DECIMAL, EDI_TYPE_DATE, EDI_TYPE_ID, EDI_TYPE_IP};
  for (size_t i = 0; i < sizeof wins / sizeof *wins; i++)
    if (a->base == wins[i] || b->base == wins[i]) {
      *a = oracle_as(*a, wins[i]);
      *b = oracle_as(*b, wins[i]);
    }
}

static oracle_value plus(int64_t a, int64_t b, unsigned base, int op) {
  wide_int wide = op == EDI_EXPR_ADD ? (wide_int)a + b : op == EDI_EXPR_SUB ? (wide_int)a - b : (wide_int)a * b;
  return wide > INT64_MAX || wide < INT64_MIN ? unknown() : integer(base, (int64_t)wide);
}

static oracle_value decimals(edi_decimal a, edi_decimal b, int op) {
  oracle_value v = {.base = EDI_TYPE_DECIMAL};
  bool ok = op == EDI_EXPR_ADD ? edi_decimal_add(a, b, &v.decimal) : op == EDI_EXPR_SUB ? edi_decimal_sub(a, b, &v.decimal) : edi_decimal_mul(a, b, &v.decimal);
  return ok ? v : unknown();
}

static oracle_value durations(edi_duration a, edi_duration b, int op) {
  int sign = op == EDI_EXPR_SUB ? -1 : 1;
  bool months = a.months || b.months, micros = a.micros || b.micros;
  if (months && micros) return unknown();
  wide_int m = (wide_int)a.months + sign * (wide_int)b.months, u = (wide_int)a.micros + sign * (wide_int)b.micros;
  if (m > INT64_MAX || m < INT64_MIN || u > INT64_MAX || u < INT64_MIN) return unknown();
  return (oracle_value){.base = EDI_TYPE_DURATION, .duration = {(int64_t)m, (int64_t)u}};
}

static oracle_value moved(oracle_value when, edi_duration d, int op) {
  int64_t out;
  if (op == EDI_EXPR_SUB) d = (edi_duration){-d.months, -d.micros};
  if (when.base == EDI_TYPE_TIMESTAMP) return edi_timestamp_add(when.integer, d, &out) ? integer(when.base, out) : unknown();
  if (d.months) return edi_date_add_months(when.integer, d.months, &out) ? integer(when.base, out) : unknown();
  if (d.micros % EDI_DAY_MICROS) return unknown();
  out = when.integer + d.micros / EDI_DAY_MICROS;
  return out < EDI_DATE_MIN || out > EDI_DATE_MAX ? unknown() : integer(when.base, out);
}

static oracle_value arithmetic(const ctx *c, const edi_expr *x) {
  oracle_value a = oracle_eval(c, x->operands[0]), b = oracle_eval(c, x->operands[1]);
  if (!a.base || !b.base) return unknown();
  int op = (int)x->kind;
  if (a.base == EDI_TYPE_DECIMAL || b.base == EDI_TYPE_DECIMAL) {
    bring_together(&a, &b);
    return decimals(a.decimal, b.decimal, op);
  }
  if (a.base == EDI_TYPE_INT) return plus(a.integer, b.integer, EDI_TYPE_INT, op);
  if (a.base == EDI_TYPE_DURATION && b.base == EDI_TYPE_DURATION) return durations(a.duration, b.duration, op);
  if (a.base == EDI_TYPE_DURATION) return moved(b, a.duration, op);
  if (b.base == EDI_TYPE_DURATION) return moved(a, b.duration, op);
  return (oracle_value){.base = EDI_TYPE_DURATION, .duration = {0, a.integer - b.integer}};
}

/* ---- strings ---- */

static oracle_truth string_test(const ctx *c, const edi_expr *x) {
  oracle_value a = oracle_eval(c, x->operands[0]), b = oracle_eval(c, x->operands[1]);
  if (!a.base || !b.base) return ORACLE_UNKNOWN;
  edi_str s = a.text, t = b.text;
  for (size_t at = 0; at + t.len <= s.len; at++) {
    bool here = t.len == 0 || memcmp(s.ptr + at, t.ptr, t.len) == 0;
    bool right = x->kind == EDI_EXPR_CONTAINS || (x->kind == EDI_EXPR_STARTS ? at == 0 : at + t.len == s.len);
    if (here && right) return ORACLE_YES;
  }
  return ORACLE_NO;
}

static oracle_value lower(oracle_value v) {
  static char pool[8][4096];
  static unsigned next;
  if (!v.base || v.text.len > 4000) return unknown();
  char *out = pool[next++ % 8];
  for (size_t i = 0; i < v.text.len; i++) out[i] = v.text.ptr[i] >= 'A' && v.text.ptr[i] <= 'Z' ? (char)(v.text.ptr[i] + 32) : v.text.ptr[i];
  v.text.ptr = out;
  return v;
}

static oracle_truth matches(const ctx *c, const edi_expr *x) {
  oracle_value v = oracle_eval(c, x->operands[0]);
  edi_pattern *pattern;
  edi_pattern_scratch *scratch;
  const char *why;
  size_t at;
  if (!v.base || edi_pattern_compile(x->text, EDI_PATTERN_CONDITION, &pattern, &why, &at) != EDICT_OK) return ORACLE_UNKNOWN;
  oracle_truth t = ORACLE_UNKNOWN;
  if (edi_pattern_scratch_create(&scratch) == EDICT_OK) {
    edi_pattern_result r = edi_pattern_match(pattern, scratch, v.text);
    t = r == EDI_PATTERN_YES ? ORACLE_YES : r == EDI_PATTERN_NO ? ORACLE_NO : ORACLE_UNKNOWN;
    edi_pattern_scratch_destroy(scratch);
  }
  edi_pattern_destroy(pattern);
  return t;
}

/* ---- the walk ---- */

static oracle_value list(const ctx *c, const edi_expr *x) {
  static oracle_value pool[1024];
  static size_t used;
  if (used + x->operand_count > 1024) used = 0;
  oracle_value *members = pool + used;
  used += x->operand_count;
  for (size_t i = 0; i < x->operand_count; i++) members[i] = oracle_eval(c, x->operands[i]);
  return (oracle_value){.base = EDI_TYPE_BASE(x->type), .set = true, .members = members, .member_count = x->operand_count};
}

static bool ordered(edi_expr_kind kind, int o) {
  return kind == EDI_EXPR_LT ? o < 0 : kind == EDI_EXPR_LE ? o <= 0 : kind == EDI_EXPR_GT ? o > 0 : o >= 0;
}

/* Whatever a month has: the answer, if it is the same for 28 to 31 days. */
static oracle_truth ordered_durations(edi_expr_kind kind, edi_duration a, edi_duration b) {
  __extension__ typedef __int128 wide;
  unsigned yes = 0;
  for (int days = 28; days <= 31; days++) {
    wide x = (wide)a.months * days * EDI_DAY_MICROS + a.micros, y = (wide)b.months * days * EDI_DAY_MICROS + b.micros;
    yes += ordered(kind, x < y ? -1 : x > y);
  }
  return yes == 0 ? ORACLE_NO : yes == 4 ? ORACLE_YES : ORACLE_UNKNOWN;
}

static oracle_truth compare(const ctx *c, const edi_expr *x) {
  oracle_value a = oracle_eval(c, x->operands[0]), b = oracle_eval(c, x->operands[1]);
  const edi_model *m = c->request->model;
  if (!a.base || !b.base) return ORACLE_UNKNOWN;
  bring_together(&a, &b);
  if (x->kind == EDI_EXPR_EQ) return oracle_equal(m, &a, &b);
  if (x->kind == EDI_EXPR_NE) return oracle_not(oracle_equal(m, &a, &b));
  if (a.base == EDI_TYPE_DURATION) return ordered_durations(x->kind, a.duration, b.duration);
  return definite(ordered(x->kind, order(m, &a, &b)));
}

static oracle_truth set_test(const ctx *c, const edi_expr *x) {
  oracle_value a = oracle_eval(c, x->operands[0]), b = oracle_eval(c, x->operands[1]);
  const edi_model *m = c->request->model;
  for (size_t i = 0; i < b.member_count; i++) bring_together(&a, &b.members[i]);
  switch ((int)x->kind) {
    case EDI_EXPR_IN: return in_set(m, &a, &b, false);
    case EDI_EXPR_NOT_IN: return oracle_not(in_set(m, &a, &b, false));
    case EDI_EXPR_HAS: return in_set(m, &b, &a, true);
    case EDI_EXPR_OVERLAPS: return overlaps(m, &a, &b);
    default: return covers(m, &a, &b);
  }
}

static oracle_truth is_test(const ctx *c, const edi_expr *x) {
  oracle_value a = oracle_eval(c, x->operands[0]), b = oracle_eval(c, x->operands[1]);
  oracle_truth t = !a.base || !b.base ? ORACLE_UNKNOWN : node_is(c->request->model, a.integer, b.integer);
  return x->kind == EDI_EXPR_IS ? t : oracle_not(t);
}

static oracle_value literal(const edi_expr *x) {
  oracle_value v = {.base = EDI_TYPE_BASE(x->type)};
  if (v.base == EDI_TYPE_IP) return oracle_address(x->text, v.ip) ? v : unknown();
  if (x->kind == EDI_EXPR_STRING) v.text = x->text;
  else if (x->kind == EDI_EXPR_DECIMAL) v.decimal = x->decimal;
  else if (x->kind == EDI_EXPR_DURATION) v.duration = x->duration;
  else v.integer = x->integer;
  return v;
}

static oracle_value time_of(const ctx *c, const edi_expr *x) {
  oracle_value v = oracle_eval(c, x->operands[0]);
  if (!v.base) return v;
  int64_t day = edi_date_of(v.integer);
  if (x->kind == EDI_EXPR_WEEKDAY) return integer(EDI_TYPE_INT, ((day + 3) % 7 + 7) % 7 + 1); /* 1970-01-01 was a Thursday */
  return (oracle_value){.base = EDI_TYPE_DURATION, .duration = {0, v.integer - day * EDI_DAY_MICROS}};
}

oracle_value oracle_eval(const ctx *c, const edi_expr *x) {
  oracle_value v;
  switch (x->kind) {
    case EDI_EXPR_BOOL:
    case EDI_EXPR_INT:
    case EDI_EXPR_DECIMAL:
    case EDI_EXPR_STRING:
    case EDI_EXPR_DATE:
    case EDI_EXPR_TIMESTAMP:
    case EDI_EXPR_DURATION: return literal(x);
    case EDI_EXPR_LIST: return list(c, x);
    case EDI_EXPR_NODE: return integer(EDI_TYPE_NODE, x->symbol);
    case EDI_EXPR_LEVEL: return integer(EDI_TYPE_LEVEL, x->symbol);
    case EDI_EXPR_ATTR: return attribute(c, x->symbol);
    case EDI_EXPR_ROW_TAG:
    case EDI_EXPR_ROW_COLUMN: return row_reference(c, x);
    case EDI_EXPR_AND: return truth(oracle_and(of(oracle_eval(c, x->operands[0])), of(oracle_eval(c, x->operands[1]))));
    case EDI_EXPR_OR: return truth(oracle_or(of(oracle_eval(c, x->operands[0])), of(oracle_eval(c, x->operands[1]))));
    case EDI_EXPR_NOT: return truth(oracle_not(of(oracle_eval(c, x->operands[0]))));
    case EDI_EXPR_EQ:
    case EDI_EXPR_NE:
    case EDI_EXPR_LT:
    case EDI_EXPR_LE:
    case EDI_EXPR_GT:
    case EDI_EXPR_GE: return truth(compare(c, x));
    case EDI_EXPR_IS:
    case EDI_EXPR_IS_NOT: return truth(is_test(c, x));
    case EDI_EXPR_IS_SET: return truth(definite(oracle_eval(c, x->operands[0]).base != 0));
    case EDI_EXPR_IN:
    case EDI_EXPR_NOT_IN:
    case EDI_EXPR_HAS:
    case EDI_EXPR_OVERLAPS:
    case EDI_EXPR_COVERS: return truth(set_test(c, x));
    case EDI_EXPR_ADD:
    case EDI_EXPR_SUB:
    case EDI_EXPR_MUL: return arithmetic(c, x);
    case EDI_EXPR_STARTS:
    case EDI_EXPR_ENDS:
    case EDI_EXPR_CONTAINS: return truth(string_test(c, x));
    case EDI_EXPR_LOWER: return lower(oracle_eval(c, x->operands[0]));
    case EDI_EXPR_LENGTH:
      v = oracle_eval(c, x->operands[0]);
      return v.base && edi_utf8_valid(v.text) ? integer(EDI_TYPE_INT, (int64_t)edi_utf8_count(v.text)) : unknown();
    case EDI_EXPR_MATCHES: return truth(matches(c, x));
    case EDI_EXPR_WEEKDAY:
    case EDI_EXPR_TIME_OF_DAY: return time_of(c, x);
    case EDI_EXPR_TAGGED: return truth(atom_tagged(c, x));
    case EDI_EXPR_HOLDING: return truth(atom_holding(c, x));
    case EDI_EXPR_NAMED: return truth(atom_named(c, x));
    case EDI_EXPR_IN_DOMAIN: return truth(definite(oracle_tag_covers(c->request->model, c->request->contract->domain, x->operands[0]->symbol)));
    case EDI_EXPR_CLASSIFIED: return truth(atom_classified(c, x));
    case EDI_EXPR_RESOURCE: /* the kind past the last is the analysis's own way to ask for any */
      if (x->entity - EDI_ENTITY_RESOURCE == c->request->model->resources_count) return truth(definite(c->request->resource != EDI_NONE));
      return truth(definite(c->request->resource == x->entity - EDI_ENTITY_RESOURCE));
    case EDI_EXPR_IN_CIDR: return truth(oracle_in_block(oracle_eval(c, x->operands[0]), x->text));
    case EDI_EXPR_IN_TABLE: return truth(oracle_in_table(c, x));
    case EDI_EXPR_TABLE_VALUE: return oracle_table_value(c, x);
    case EDI_EXPR_NAME:
    case EDI_EXPR_CALL:
    case EDI_EXPR_COUNT: break;
  }
  return unknown();
}

oracle_truth oracle_test(const ctx *c, const edi_expr *x) { return x ? of(oracle_eval(c, x)) : ORACLE_YES; }
