/* Solve, atoms: expressions as numbered questions about numbered terms, so that the same question asked in
 * two rules is one. Names are resolved, so the number stands for the meaning and not for the text. */
#include "policy/checker.h"
#include "policy/solve.h"

/* ---- the same expression ---- */

/* Of one kind. */
static bool same_leaf(const edi_expr *a, const edi_expr *b) {
  if (edi_expr_has_text(a->kind)) return edi_str_equal(a->text, b->text);
  if (a->kind == EDI_EXPR_DECIMAL) return edi_decimal_compare(a->decimal, b->decimal) == 0;
  if (a->kind != EDI_EXPR_DURATION) return !edi_expr_has_number(a->kind) || a->integer == b->integer;
  return a->duration.months == b->duration.months && a->duration.micros == b->duration.micros;
}

static uint32_t value_column(const edi_expr *x) { return edi_expr_more_of(x)->value_column; }

static bool by_symbol(edi_expr_kind kind) {
  return kind == EDI_EXPR_NODE || kind == EDI_EXPR_LEVEL || kind == EDI_EXPR_ATTR || kind == EDI_EXPR_ROW_TAG;
}

/* Names of rules' own parts (tables, values) are compared by symbol, everything else as it is. */
bool edi_expr_same(const edi_expr *a, const edi_expr *b) {
  if (a == b) return true;
  if (!a || !b || a->kind != b->kind || a->operand_count != b->operand_count || a->entity != b->entity ||
      a->compare != b->compare || a->symbol != b->symbol || value_column(a) != value_column(b))
    return false;
  if (!by_symbol(a->kind) && a->kind != EDI_EXPR_IN_TABLE && a->kind != EDI_EXPR_TABLE_VALUE && !same_leaf(a, b)) return false;
  for (size_t i = 0; i < a->operand_count; i++)
    if (!edi_expr_same(a->operands[i], b->operands[i])) return false;
  return true;
}

static uint64_t mix(uint64_t h, uint64_t v) {
  h = (h ^ v) * UINT64_C(0x9E3779B97F4A7C15);
  return h ^ (h >> 29);
}

static uint64_t hash_leaf(const edi_expr *x) {
  if (edi_expr_has_text(x->kind)) return x->text.len > 0 ? edi_str_hash(x->text) : 0;
  if (x->kind == EDI_EXPR_DECIMAL) return (uint64_t)x->decimal.mantissa + x->decimal.scale;
  if (x->kind == EDI_EXPR_DURATION) return (uint64_t)x->duration.months * 31 + (uint64_t)x->duration.micros;
  return edi_expr_has_number(x->kind) ? (uint64_t)x->integer : 0;
}

uint64_t edi_expr_hash(const edi_expr *x) {
  uint64_t h = mix((uint64_t)x->kind + 1, ((uint64_t)x->symbol << 32) ^ value_column(x));
  h = mix(h, (uint64_t)x->entity << 8 | x->compare);
  if (!by_symbol(x->kind) && x->kind != EDI_EXPR_IN_TABLE && x->kind != EDI_EXPR_TABLE_VALUE) h = mix(h, hash_leaf(x));
  for (size_t i = 0; i < x->operand_count; i++) h = mix(h, edi_expr_hash(x->operands[i]));
  return h;
}

bool edi_expr_is_of_resource(const edi_expr *x) {
  bool atom = x->kind == EDI_EXPR_RESOURCE || x->kind == EDI_EXPR_TAGGED || x->kind == EDI_EXPR_NAMED;
  return atom && x->entity >= EDI_ENTITY_RESOURCE;
}

bool edi_expr_reads_request(const edi_model *m, const edi_expr *x) {
  if (x->kind == EDI_EXPR_ATTR && m->attrs[x->symbol].entity >= EDI_ENTITY_CONTEXT) return true;
  if (edi_expr_is_of_resource(x)) return true;
  for (size_t i = 0; i < x->operand_count; i++)
    if (edi_expr_reads_request(m, x->operands[i])) return true;
  return false;
}

/* ---- terms ---- */

static bool grow(edi_solver *s, void **items, size_t *capacity, size_t count, size_t size) {
  if (edi_arena_grow(s->arena, items, capacity, count, size)) return true;
  s->failed = true;
  return false;
}

/* As many buckets as there are numbers, or more: those who stand in one keep their order. */
static bool widen(edi_solver *s, size_t numbers) {
  if (numbers < s->bucket_count) return true;
  size_t count = 2 * s->bucket_count, mask = count - 1;
  uint32_t *atoms = edi_solver_buckets(s->arena, count), *terms = edi_solver_buckets(s->arena, count);
  if (!atoms || !terms) {
    s->failed = true;
    return false;
  }
  for (uint32_t i = 0; i < s->atom_count; i++) {
    s->atoms[i].next = atoms[s->atoms[i].hash & mask];
    atoms[s->atoms[i].hash & mask] = i;
  }
  for (uint32_t i = 0; i < s->term_count; i++) {
    s->terms[i].next = terms[s->terms[i].hash & mask];
    terms[s->terms[i].hash & mask] = i;
  }
  s->atom_buckets = atoms;
  s->term_buckets = terms;
  s->bucket_count = count;
  return true;
}

static bool same_term(const edi_term *a, const edi_term *b) {
  return a->hash == b->hash && a->kind == b->kind && a->request == b->request && a->entity == b->entity &&
         a->symbol == b->symbol && edi_expr_same(a->expr, b->expr);
}

static uint32_t term_number(edi_solver *s, edi_term t) {
  t.hash = mix((uint64_t)t.kind * 7 + t.request, ((uint64_t)t.entity << 32) ^ t.symbol);
  if (t.expr) t.hash = mix(t.hash, edi_expr_hash(t.expr));
  for (uint32_t i = s->term_buckets[t.hash & (s->bucket_count - 1)]; i != EDI_NONE; i = s->terms[i].next)
    if (same_term(&s->terms[i], &t)) return i;
  void *items = s->terms;
  if (!widen(s, s->term_count) || !grow(s, &items, &s->term_capacity, s->term_count, sizeof t)) return EDI_NONE;
  s->terms = items;
  uint32_t *bucket = &s->term_buckets[t.hash & (s->bucket_count - 1)];
  t.next = *bucket;
  *bucket = (uint32_t)s->term_count;
  s->terms[s->term_count] = t;
  uint32_t number = (uint32_t)s->term_count++;
  if (t.kind == EDI_TERM_TAGS && t.entity == EDI_ENTITY_COLUMN) s->tags_column = number;
  if (t.kind == EDI_TERM_HELD && t.entity == EDI_ENTITY_DATASET) s->held_dataset = number;
  if (t.kind == EDI_TERM_HELD && t.entity == EDI_ENTITY_PRODUCT) s->held_product = number;
  if (t.kind == EDI_TERM_ATTR && t.symbol == s->attr_product) s->name_of_product = number;
  if (t.kind == EDI_TERM_ATTR && t.symbol == s->attr_domain) s->domain_of_product = number;
  return number;
}

uint32_t edi_solver_attr(edi_solver *s, uint32_t symbol, uint8_t request) {
  const edi_sym_attr *a = &s->model->attrs[symbol];
  edi_term t = {.kind = EDI_TERM_ATTR, .symbol = symbol, .type = a->type};
  t.total = a->builtin && (symbol == s->attr_now || symbol == s->attr_action || a->entity == EDI_ENTITY_PRODUCT ||
                           a->entity == EDI_ENTITY_DATASET || edi_str_equal(a->name, EDI_STR("issuer")));
  t.leaf = symbol == s->attr_action;
  t.never_known = s->never_known[symbol];
  t.request = a->entity >= EDI_ENTITY_CONTEXT ? request : 0;
  return term_number(s, t);
}

uint32_t edi_solver_thing(edi_solver *s, uint8_t request) {
  edi_term t = {.kind = EDI_TERM_THING, .symbol = EDI_NONE, .type = EDI_TYPE_INT, .total = true, .request = request};
  return term_number(s, t);
}

static uint32_t about(edi_solver *s, edi_term_kind kind, edi_entity entity, edi_type type) {
  edi_term t = {.kind = kind, .entity = entity, .symbol = EDI_NONE, .type = type, .total = kind != EDI_TERM_LEVEL};
  return term_number(s, t);
}

/* The term that a value is read from; EDI_NONE for a literal. */
static uint32_t term_of(edi_solver *s, const edi_expr *x, uint8_t request) {
  if (edi_expr_is_literal(x)) return EDI_NONE;
  if (x->kind == EDI_EXPR_ATTR) return edi_solver_attr(s, x->symbol, request);
  edi_term t = {.kind = EDI_TERM_EXPR, .symbol = EDI_NONE, .expr = x, .type = x->type};
  t.request = edi_expr_reads_request(s->model, x) ? request : 0;
  bool of_time = x->kind == EDI_EXPR_WEEKDAY || x->kind == EDI_EXPR_TIME_OF_DAY;
  t.total = of_time && x->operands[0]->kind == EDI_EXPR_ATTR && x->operands[0]->symbol == s->attr_now;
  return term_number(s, t);
}

/* ---- atoms ---- */

static edi_atom_op flipped(edi_atom_op op) {
  return op == EDI_ATOM_LT ? EDI_ATOM_GT : op == EDI_ATOM_LE ? EDI_ATOM_GE : op == EDI_ATOM_GT ? EDI_ATOM_LT : op == EDI_ATOM_GE ? EDI_ATOM_LE : op;
}

static edi_atom_op compare_op(edi_expr_kind kind) {
  switch ((int)kind) {
    case EDI_EXPR_LT: return EDI_ATOM_LT;
    case EDI_EXPR_LE: return EDI_ATOM_LE;
    case EDI_EXPR_GT: return EDI_ATOM_GT;
    case EDI_EXPR_GE: return EDI_ATOM_GE;
    default: return EDI_ATOM_EQ;
  }
}

/* Whether a value of the term's type can be tried against the literal. */
static bool is_decidable(const edi_solver *s, uint32_t term, const edi_expr *literal) {
  edi_type type = s->terms[term].type;
  if (EDI_TYPE_IS_SET(type)) return false;
  switch (EDI_TYPE_BASE(type)) {
    case EDI_TYPE_IP: return false;
    case EDI_TYPE_DURATION: /* only time-of-day has one unit */
      return s->terms[term].kind == EDI_TERM_EXPR && s->terms[term].expr->kind == EDI_EXPR_TIME_OF_DAY && literal->kind == EDI_EXPR_DURATION && literal->duration.months == 0;
    default: return true;
  }
}

static void decide_compare(edi_solver *s, edi_atom *a, edi_atom_op op) {
  const edi_expr *x = a->expr, *left = x->operands[0], *right = x->operands[1];
  a->strict = true;
  a->terms[0] = term_of(s, left, a->request);
  a->terms[1] = term_of(s, right, a->request);
  if (s->failed || (a->terms[0] != EDI_NONE) == (a->terms[1] != EDI_NONE)) return;
  bool turned = a->terms[0] == EDI_NONE;
  if (turned) {
    a->terms[0] = a->terms[1];
    a->terms[1] = EDI_NONE;
  }
  a->other = turned ? left : right;
  if (is_decidable(s, a->terms[0], a->other)) a->op = turned ? flipped(op) : op;
}

/* `x in [..]`, `S has n`. */
static void decide_member(edi_solver *s, edi_atom *a) {
  const edi_expr *x = a->expr, *left = x->operands[0], *right = x->operands[1];
  a->strict = true;
  a->terms[0] = term_of(s, left, a->request);
  a->terms[1] = term_of(s, right, a->request);
  if (s->failed || a->terms[0] == EDI_NONE || a->terms[1] != EDI_NONE) return;
  a->other = right;
  bool nodes = EDI_TYPE_BASE(s->terms[a->terms[0]].type) == EDI_TYPE_NODE;
  if (x->kind == EDI_EXPR_HAS && nodes && right->kind == EDI_EXPR_NODE) {
    a->op = EDI_ATOM_HAS;
    a->node = right->symbol;
  } else if (x->kind == EDI_EXPR_IN && right->kind == EDI_EXPR_LIST && is_decidable(s, a->terms[0], right) &&
             EDI_TYPE_BASE(s->terms[a->terms[0]].type) != EDI_TYPE_DURATION) {
    a->op = EDI_ATOM_IN;
  }
}

/* `model` is one kind of thing; the kind past the last asks for any resource. */
static void decide_kind(edi_solver *s, edi_atom *a) {
  uint32_t kind = a->expr->entity - EDI_ENTITY_RESOURCE + 1;
  bool any = kind > s->model->resources_count;
  edi_expr *number = EDI_NEW(s->arena, edi_expr);
  s->failed = s->failed || !number;
  if (!number) return;
  *number = (edi_expr){.kind = EDI_EXPR_INT, .type = EDI_TYPE_INT, .integer = any ? 1 : kind, .symbol = EDI_NONE};
  a->other = number;
  a->op = any ? EDI_ATOM_GE : EDI_ATOM_EQ;
  a->terms[0] = edi_solver_thing(s, a->request);
}

/* A resource's tags and its name come with the request, like its other attributes. */
static void decide_resource(edi_solver *s, edi_atom *a, uint32_t operand) {
  const edi_expr *x = a->expr;
  if (x->kind == EDI_EXPR_RESOURCE) {
    decide_kind(s, a);
    return;
  }
  bool tags = x->kind == EDI_EXPR_TAGGED;
  uint32_t attr = edi_model_attr(s->model, x->entity, tags ? EDI_STR("tags") : EDI_STR("name"));
  if (attr == EDI_NONE) return;
  a->strict = true;
  a->op = tags ? EDI_ATOM_HAS : EDI_ATOM_GLOB;
  if (tags) a->node = x->operands[operand]->symbol;
  a->terms[0] = edi_solver_attr(s, attr, a->request);
}

static void decide_match(edi_solver *s, edi_atom *a) {
  a->strict = true;
  a->terms[0] = term_of(s, a->expr->operands[0], a->request);
  if (a->terms[0] != EDI_NONE) a->op = EDI_ATOM_MATCH;
  if (!s->matched) s->matched = EDI_NEW_ARRAY(s->arena, edi_matched, EDI_MATCHED_PLACES);
  s->failed = s->failed || !s->matched;
}

static void decide_atom(edi_solver *s, edi_atom *a, uint32_t operand) {
  const edi_expr *x = a->expr;
  if (edi_expr_is_of_resource(x)) {
    decide_resource(s, a, operand);
    return;
  }
  switch ((int)x->kind) {
    case EDI_EXPR_TAGGED:
    case EDI_EXPR_HOLDING:
      a->op = EDI_ATOM_TAG;
      a->node = x->operands[operand]->symbol;
      a->terms[0] = about(s, x->kind == EDI_EXPR_TAGGED ? EDI_TERM_TAGS : EDI_TERM_HELD, x->entity,
                          EDI_TYPE_MAKE(EDI_TYPE_NODE, EDI_BUILTIN_TAG) | EDI_TYPE_SET);
      return;
    case EDI_EXPR_NAMED:
      a->op = EDI_ATOM_GLOB;
      a->terms[0] = x->entity == EDI_ENTITY_COLUMN ? about(s, EDI_TERM_NAME, x->entity, EDI_TYPE_STRING)
                    : edi_solver_attr(s, x->entity == EDI_ENTITY_PRODUCT ? s->attr_product : s->attr_dataset, 0);
      return;
    case EDI_EXPR_IN_DOMAIN:
      a->op = EDI_ATOM_IS;
      a->node = x->operands[0]->symbol;
      a->terms[0] = edi_solver_attr(s, s->attr_domain, 0);
      return;
    case EDI_EXPR_CLASSIFIED:
      a->op = compare_op(x->compare);
      a->other = x->operands[0];
      a->terms[0] = about(s, EDI_TERM_LEVEL, x->entity, EDI_TYPE_MAKE(EDI_TYPE_LEVEL, s->model->classification));
      a->strict = true;
      return;
    case EDI_EXPR_IS_SET:
      a->terms[0] = term_of(s, x->operands[0], a->request);
      if (a->terms[0] != EDI_NONE) a->op = EDI_ATOM_SET;
      return;
    case EDI_EXPR_EQ:
    case EDI_EXPR_LT:
    case EDI_EXPR_LE:
    case EDI_EXPR_GT:
    case EDI_EXPR_GE: decide_compare(s, a, compare_op(x->kind)); return;
    case EDI_EXPR_IS:
      decide_compare(s, a, EDI_ATOM_IS);
      if (a->op == EDI_ATOM_IS && a->other->kind == EDI_EXPR_NODE && a->other == x->operands[1]) a->node = a->other->symbol;
      else a->op = EDI_ATOM_OPAQUE;
      return;
    case EDI_EXPR_IN:
    case EDI_EXPR_HAS: decide_member(s, a); return;
    case EDI_EXPR_OVERLAPS:
    case EDI_EXPR_COVERS:
      a->strict = true;
      a->terms[0] = term_of(s, x->operands[0], a->request);
      a->terms[1] = term_of(s, x->operands[1], a->request);
      return;
    case EDI_EXPR_STARTS:
    case EDI_EXPR_ENDS:
    case EDI_EXPR_CONTAINS:
      decide_compare(s, a, EDI_ATOM_TEXT);
      if (a->op == EDI_ATOM_TEXT && a->other != x->operands[1]) a->op = EDI_ATOM_OPAQUE;
      return;
    case EDI_EXPR_MATCHES: decide_match(s, a); return;
    case EDI_EXPR_IN_CIDR:
      a->strict = true;
      a->terms[0] = term_of(s, x->operands[0], a->request);
      return;
    case EDI_EXPR_ATTR:
    case EDI_EXPR_ROW_TAG:
    case EDI_EXPR_ROW_COLUMN:
    case EDI_EXPR_TABLE_VALUE:
      if (EDI_TYPE_BASE(x->type) != EDI_TYPE_BOOL) return;
      a->op = EDI_ATOM_TRUE;
      a->strict = true;
      a->terms[0] = term_of(s, x, a->request);
      return;
    default: return; /* tables and what is to come: free, but the same wherever it stands */
  }
}

static bool is_definite(const edi_solver *s, const edi_atom *a) {
  if (edi_expr_is_of_resource(a->expr)) return a->expr->kind == EDI_EXPR_RESOURCE || s->failed;
  switch ((int)a->expr->kind) {
    case EDI_EXPR_TAGGED:
    case EDI_EXPR_HOLDING:
    case EDI_EXPR_NAMED:
    case EDI_EXPR_IN_DOMAIN:
    case EDI_EXPR_IS_SET: return true;
    default: return s->failed;
  }
}

static edi_truths constant_durations(edi_expr_kind kind, edi_duration a, edi_duration b) {
  int order = edi_duration_compare(a, b), answer = 2;
  if (kind == EDI_EXPR_EQ) answer = order == 2 ? 2 : order == 0;
  else if (kind == EDI_EXPR_LT || kind == EDI_EXPR_LE) answer = edi_duration_less(a, b, kind == EDI_EXPR_LE);
  else if (kind == EDI_EXPR_GT || kind == EDI_EXPR_GE) answer = edi_duration_less(b, a, kind == EDI_EXPR_GE);
  else return EDI_TRUTH_ANY;
  return answer == 2 ? EDI_TRUTH_UNKNOWN : answer ? EDI_TRUTH_YES : EDI_TRUTH_NO;
}

/* Of two literals. */
static edi_truths constant(const edi_expr *x) {
  if (x->operand_count != 2 || !edi_expr_is_literal(x->operands[0]) || !edi_expr_is_literal(x->operands[1]) || x->operands[0]->kind != x->operands[1]->kind)
    return EDI_TRUTH_ANY;
  const edi_expr *a = x->operands[0], *b = x->operands[1];
  int order;
  switch ((int)a->kind) {
    case EDI_EXPR_INT:
    case EDI_EXPR_DATE:
    case EDI_EXPR_TIMESTAMP: order = a->integer < b->integer ? -1 : a->integer > b->integer; break;
    case EDI_EXPR_DECIMAL: order = edi_decimal_compare(a->decimal, b->decimal); break;
    case EDI_EXPR_DURATION: return constant_durations(x->kind, a->duration, b->duration);
    default: return EDI_TRUTH_ANY;
  }
  bool yes;
  switch ((int)x->kind) {
    case EDI_EXPR_EQ: yes = order == 0; break;
    case EDI_EXPR_LT: yes = order < 0; break;
    case EDI_EXPR_LE: yes = order <= 0; break;
    case EDI_EXPR_GT: yes = order > 0; break;
    case EDI_EXPR_GE: yes = order >= 0; break;
    default: return EDI_TRUTH_ANY;
  }
  return yes ? EDI_TRUTH_YES : EDI_TRUTH_NO;
}

/* Of a thing and itself. */
static edi_truths with_itself(const edi_expr *x) {
  if (x->operand_count != 2 || !edi_expr_same(x->operands[0], x->operands[1])) return EDI_TRUTH_ANY;
  switch ((int)x->kind) {
    case EDI_EXPR_EQ:
    case EDI_EXPR_LE:
    case EDI_EXPR_GE: return EDI_TRUTH_YES | EDI_TRUTH_UNKNOWN;
    case EDI_EXPR_LT:
    case EDI_EXPR_GT: return EDI_TRUTH_NO | EDI_TRUTH_UNKNOWN;
    default: return EDI_TRUTH_ANY;
  }
}

/* What an atom can answer by itself. */
static edi_truths possible_alone(edi_solver *s, edi_atom *a) {
  edi_truths can = is_definite(s, a) ? EDI_TRUTH_NO | EDI_TRUTH_YES : EDI_TRUTH_ANY;
  bool never_known = false;
  for (int i = 0; i < 2; i++) never_known = never_known || (a->terms[i] != EDI_NONE && s->terms[a->terms[i]].never_known);
  if (never_known && a->strict) can = EDI_TRUTH_UNKNOWN;
  if (never_known && a->op == EDI_ATOM_SET) can = EDI_TRUTH_NO;
  return can & constant(a->expr) & with_itself(a->expr);
}

/* The test that a negated one negates. */
static edi_expr_kind positive(edi_expr_kind kind) {
  return kind == EDI_EXPR_NE ? EDI_EXPR_EQ : kind == EDI_EXPR_IS_NOT ? EDI_EXPR_IS : kind == EDI_EXPR_NOT_IN ? EDI_EXPR_IN : kind;
}

static uint32_t find_atom(const edi_solver *s, const edi_atom *a, uint32_t operand) {
  const edi_expr *x = a->expr;
  bool list = x->kind == EDI_EXPR_TAGGED || x->kind == EDI_EXPR_HOLDING;
  for (uint32_t i = s->atom_buckets[a->hash & (s->bucket_count - 1)]; i != EDI_NONE; i = s->atoms[i].next) {
    const edi_atom *b = &s->atoms[i];
    if (b->hash != a->hash || b->request != a->request || b->expr->kind != x->kind) continue;
    if (list ? b->expr->entity == x->entity && b->node == x->operands[operand]->symbol : edi_expr_same(b->expr, x)) return i;
  }
  return EDI_NONE;
}

static uint32_t add_atom(edi_solver *s, edi_atom *a, uint32_t operand) {
  a->operand = operand;
  decide_atom(s, a, operand);
  a->possible = possible_alone(s, a);
  void *items = s->atoms;
  if (s->failed || !widen(s, s->atom_count) || !grow(s, &items, &s->atom_capacity, s->atom_count, sizeof *a)) return EDI_NONE;
  s->atoms = items;
  uint32_t *bucket = &s->atom_buckets[a->hash & (s->bucket_count - 1)];
  a->next = *bucket;
  *bucket = (uint32_t)s->atom_count;
  s->atoms[s->atom_count] = *a;
  return (uint32_t)s->atom_count++;
}

/* The expression, which is somebody else's, as the solver's own. */
static bool keep_turned(edi_solver *s, edi_atom *a) {
  edi_expr *copy = EDI_NEW(s->arena, edi_expr);
  s->failed = s->failed || !copy;
  if (!copy) return false;
  *copy = *a->expr;
  a->expr = copy;
  return a->turned = true;
}

static uint32_t number_of(edi_solver *s, const edi_expr *written, uint32_t operand, uint8_t request) {
  edi_expr local = *written;
  const edi_expr *x = written;
  if (positive(x->kind) != x->kind) {
    local.kind = positive(x->kind);
    x = &local;
  }
  bool list = x->kind == EDI_EXPR_TAGGED || x->kind == EDI_EXPR_HOLDING;
  edi_atom a = {.expr = x, .node = EDI_NONE, .terms = {EDI_NONE, EDI_NONE}, .now = EDI_TRUTH_ANY};
  a.request = request && edi_expr_reads_request(s->model, x) ? request : 0;
  uint64_t of = list ? mix((uint64_t)x->kind * 31 + x->entity, x->operands[operand]->symbol) : edi_expr_hash(x);
  a.hash = mix(of, a.request);
  uint32_t found = find_atom(s, &a, operand);
  if (found != EDI_NONE) return found;
  if (x == &local && !keep_turned(s, &a)) return EDI_NONE;
  return add_atom(s, &a, operand);
}

bool edi_solver_adopt(edi_solver *s, const edi_atom *from) {
  edi_atom a = {.expr = from->expr, .node = EDI_NONE, .terms = {EDI_NONE, EDI_NONE}, .now = EDI_TRUTH_ANY, .request = from->request,
                .hash = from->hash};
  if (find_atom(s, &a, from->operand) != EDI_NONE) return true;
  if (from->turned && !keep_turned(s, &a)) return false;
  return add_atom(s, &a, from->operand) != EDI_NONE;
}

/* Rules are asked about again and again: the number that an expression had last is kept by where it stands. */
uint32_t edi_solver_atom(edi_solver *s, const edi_expr *written, uint32_t operand, uint8_t request) {
  uint64_t key = mix((uintptr_t)written, (uint64_t)operand << 1 | request);
  edi_atom_place *place = &s->places[key & (s->place_count - 1)];
  if (place->expr == written && place->operand == operand && place->request == request) return place->number;
  uint32_t number = number_of(s, written, operand, request);
  if (number != EDI_NONE) *place = (edi_atom_place){written, operand, request, number};
  return number;
}
