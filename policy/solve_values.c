/* Solve, values: does one value give every active atom of a term an answer that it may have?
 *
 * The values that are tried stand for all there are: of numbers each that is compared with and its
 * neighbours, of a taxonomy each node that is named, those above, and one beside, of texts each that is
 * named and, where that is not enough, one that fits all patterns (text_meet.h). Sets of nodes are built
 * member by member. What cannot be tried counts as possible, so "no" is a proof. */
#include "policy/solve.h"

#include <stdlib.h>

#include "bundle/limits.h"
#include "policy/text_meet.h"

enum { TRIES_MOST = 160, CUTS_MOST = 48, NAMED_MOST = 128 };

typedef struct trial {
  const edi_solver *s;
  const edi_term *term;
  edi_term_value *value;
} trial;

static const edi_atom *active(const trial *t, size_t i) { return &t->s->atoms[t->term->active[i]]; }
static edi_truths truth(bool yes) { return yes ? EDI_TRUTH_YES : EDI_TRUTH_NO; }

/* ---- unknown ---- */

/* Whether the term may be unknown, as far as its atoms go. */
static bool fits_unknown(const trial *t) {
  if (t->term->total) return false;
  for (size_t i = 0; i < t->term->active_count; i++) {
    const edi_atom *a = active(t, i);
    if (a->op == EDI_ATOM_SET && !(a->now & EDI_TRUTH_NO)) return false;
    if (a->strict && !(a->now & EDI_TRUTH_UNKNOWN)) return false;
  }
  *t->value = (edi_term_value){.known = false};
  return true;
}

/* Whether some atom asks something of a value that there is. */
static bool may_be_known(const trial *t) {
  if (t->term->never_known) return false;
  for (size_t i = 0; i < t->term->active_count; i++) {
    const edi_atom *a = active(t, i);
    if (a->op == EDI_ATOM_SET && !(a->now & EDI_TRUTH_YES)) return false;
  }
  return true;
}

/* ---- whole numbers: int, date, timestamp, levels by rank, time of day ---- */

static int64_t rank_of(const trial *t, const edi_expr *x) {
  if (x->kind == EDI_EXPR_LEVEL) return t->s->model->levels[x->symbol].rank;
  if (x->kind == EDI_EXPR_DURATION) return x->duration.micros;
  bool day = x->kind == EDI_EXPR_TIMESTAMP && EDI_TYPE_BASE(t->term->type) == EDI_TYPE_DATE;
  return day ? edi_date_of(x->integer) : x->integer;
}

static bool is_day_of_time(const trial *t, const edi_expr *x) {
  return EDI_TYPE_BASE(t->term->type) == EDI_TYPE_TIMESTAMP && EDI_TYPE_BASE(x->type) == EDI_TYPE_DATE;
}

static bool compares(edi_atom_op op, int order) {
  switch ((int)op) {
    case EDI_ATOM_LT: return order < 0;
    case EDI_ATOM_LE: return order <= 0;
    case EDI_ATOM_GT: return order > 0;
    case EDI_ATOM_GE: return order >= 0;
    default: return order == 0;
  }
}

static int order_of(const trial *t, int64_t v, const edi_expr *literal) {
  int64_t c = rank_of(t, literal), x = is_day_of_time(t, literal) ? edi_date_of(v) : v;
  return x < c ? -1 : x > c;
}

static edi_truths number_answer(const trial *t, const edi_atom *a, int64_t v) {
  switch ((int)a->op) {
    case EDI_ATOM_SET: return EDI_TRUTH_YES;
    case EDI_ATOM_TRUE: return truth(v != 0);
    case EDI_ATOM_EQ:
    case EDI_ATOM_LT:
    case EDI_ATOM_LE:
    case EDI_ATOM_GT:
    case EDI_ATOM_GE: return truth(compares(a->op, order_of(t, v, a->other)));
    case EDI_ATOM_IN:
      for (size_t i = 0; i < a->other->operand_count; i++)
        if (order_of(t, v, a->other->operands[i]) == 0) return EDI_TRUTH_YES;
      return EDI_TRUTH_NO;
    default: return EDI_TRUTH_ANY;
  }
}

static bool fits_number(const trial *t, int64_t v) {
  for (size_t i = 0; i < t->term->active_count; i++)
    if (!(number_answer(t, active(t, i), v) & active(t, i)->now)) return false;
  *t->value = (edi_term_value){.known = true, .integer = v};
  return true;
}

typedef struct range { int64_t least, most; } range;

static range range_of(const trial *t) {
  const edi_term *term = t->term;
  const edi_expr *x = term->expr;
  if (x && x->kind == EDI_EXPR_WEEKDAY) return (range){1, 7};
  if (x && x->kind == EDI_EXPR_TIME_OF_DAY) return (range){0, EDI_DAY_MICROS - 1};
  if (x && x->kind == EDI_EXPR_LENGTH) return (range){0, INT64_MAX};
  if (term->kind == EDI_TERM_THING) return (range){0, (int64_t)t->s->model->resources_count};
  switch (EDI_TYPE_BASE(term->type)) {
    case EDI_TYPE_BOOL: return (range){0, 1};
    case EDI_TYPE_DATE: return (range){EDI_DATE_MIN, EDI_DATE_MAX};
    case EDI_TYPE_TIMESTAMP: return (range){EDI_TIMESTAMP_MIN, EDI_TIMESTAMP_MAX};
    case EDI_TYPE_LEVEL: return (range){0, (int64_t)t->s->model->scales[EDI_TYPE_PARAM(term->type)].levels.count - 1};
    default: return (range){INT64_MIN, INT64_MAX};
  }
}

typedef struct tries { int64_t items[TRIES_MOST]; size_t count; bool full; } tries;

static void add_try(tries *out, int64_t v) {
  if (out->count == TRIES_MOST) out->full = true;
  else out->items[out->count++] = v;
}

/* The value itself and its neighbours; of a day its first and last instant and theirs. */
static void add_cut(const trial *t, tries *out, const edi_expr *literal) {
  int64_t c = rank_of(t, literal), last = c;
  if (is_day_of_time(t, literal)) {
    c *= EDI_DAY_MICROS; /* a day of the calendar, so it fits */
    last = c + EDI_DAY_MICROS - 1;
    add_try(out, last);
  }
  add_try(out, c);
  if (c > INT64_MIN) add_try(out, c - 1);
  if (last < INT64_MAX) add_try(out, last + 1);
}

static bool possible_number(const trial *t) {
  tries at = {.count = 0};
  range r = range_of(t);
  if (t->term->kind == EDI_TERM_ATTR && t->term->symbol == t->s->attr_now) add_try(&at, t->s->prefer_now);
  for (size_t i = 0; i < t->term->active_count; i++) {
    const edi_atom *a = active(t, i);
    if (a->op == EDI_ATOM_IN)
      for (size_t k = 0; k < a->other->operand_count; k++) add_cut(t, &at, a->other->operands[k]);
    else if (a->other && a->op != EDI_ATOM_OPAQUE) add_cut(t, &at, a->other);
  }
  add_try(&at, 0);
  add_try(&at, 1);
  add_try(&at, r.least);
  add_try(&at, r.most);
  for (size_t i = 0; i < at.count; i++)
    if (at.items[i] >= r.least && at.items[i] <= r.most && fits_number(t, at.items[i])) return true;
  if (at.full) *t->value = (edi_term_value){.known = true, .free = true};
  return at.full;
}

/* ---- decimals: each constant, and the gaps between them ---- */

typedef struct cuts { edi_decimal items[CUTS_MOST]; size_t count; bool full; } cuts;

static int compare_cuts(const void *a, const void *b) {
  return edi_decimal_compare(*(const edi_decimal *)a, *(const edi_decimal *)b);
}

static void add_decimal(cuts *out, const edi_expr *literal) {
  if (out->count == CUTS_MOST) out->full = true;
  else out->items[out->count++] = literal->decimal;
}

/* Place 2i+1 is cut i; 2i lies below it and above the one before. */
static int place_order(const cuts *c, size_t place, edi_decimal constant) {
  size_t i = 0;
  while (i < c->count && edi_decimal_compare(c->items[i], constant) != 0) i++;
  return place < 2 * i + 1 ? -1 : place > 2 * i + 1;
}

static bool fits_place(const trial *t, const cuts *c, size_t place) {
  for (size_t i = 0; i < t->term->active_count; i++) {
    const edi_atom *a = active(t, i);
    edi_truths answer = EDI_TRUTH_ANY;
    if (a->op == EDI_ATOM_SET) answer = EDI_TRUTH_YES;
    else if (a->op == EDI_ATOM_IN) {
      answer = EDI_TRUTH_NO;
      for (size_t k = 0; k < a->other->operand_count; k++)
        if (place_order(c, place, a->other->operands[k]->decimal) == 0) answer = EDI_TRUTH_YES;
    } else if (a->op != EDI_ATOM_OPAQUE) {
      answer = truth(compares(a->op, place_order(c, place, a->other->decimal)));
    }
    if (!(answer & a->now)) return false;
  }
  return true;
}

/* A decimal that lies there: the cut, or one more or less than it, or in the middle of two. */
static edi_decimal at_place(const cuts *c, size_t place) {
  edi_decimal one = edi_decimal_from_int(1), half = {5, 1}, out = {0, 0};
  if (c->count == 0) return out;
  if (place % 2 == 1) return c->items[place / 2];
  if (place == 0) (void)edi_decimal_sub(c->items[0], one, &out);
  else if (place == 2 * c->count) (void)edi_decimal_add(c->items[c->count - 1], one, &out);
  else if (edi_decimal_add(c->items[place / 2 - 1], c->items[place / 2], &out)) (void)edi_decimal_mul(out, half, &out);
  return out;
}

static bool possible_decimal(const trial *t) {
  cuts c = {.count = 0};
  for (size_t i = 0; i < t->term->active_count; i++) {
    const edi_atom *a = active(t, i);
    if (a->op == EDI_ATOM_IN)
      for (size_t k = 0; k < a->other->operand_count; k++) add_decimal(&c, a->other->operands[k]);
    else if (a->other && a->op != EDI_ATOM_OPAQUE) add_decimal(&c, a->other);
  }
  if (c.count > 1) qsort(c.items, c.count, sizeof *c.items, compare_cuts);
  size_t kept = c.count > 0;
  for (size_t i = 1; i < c.count; i++)
    if (edi_decimal_compare(c.items[i], c.items[kept - 1]) != 0) c.items[kept++] = c.items[i];
  c.count = kept;
  for (size_t place = 0; place <= 2 * c.count; place++) {
    if (!c.full && !fits_place(t, &c, place)) continue;
    *t->value = (edi_term_value){.known = true, .decimal = at_place(&c, place)};
    return true;
  }
  return false;
}

/* ---- texts ---- */

static bool has_stars(edi_str glob) {
  return memchr(glob.ptr, '*', glob.len) || memchr(glob.ptr, '?', glob.len);
}

/* A name of a column, which the parts in it have as well, so that one glob may say yes of it and of what it does not fit. */
static bool has_parts(const trial *t) { return t->term->kind == EDI_TERM_NAME; }

static edi_truths glob_answer(const trial *t, const edi_atom *a, edi_str v) {
  bool fits = edi_str_glob(a->expr->text, v);
  bool part = has_parts(t) && !fits && (memchr(v.ptr, '.', v.len) || memchr(v.ptr, '[', v.len));
  return part ? EDI_TRUTH_NO | EDI_TRUTH_YES : truth(fits);
}

static edi_truths text_answer(const trial *t, const edi_atom *a, edi_str v) {
  switch ((int)a->op) {
    case EDI_ATOM_SET: return EDI_TRUTH_YES;
    case EDI_ATOM_EQ: return truth(edi_str_equal(v, a->other->text));
    case EDI_ATOM_GLOB: return glob_answer(t, a, v);
    case EDI_ATOM_IN:
      for (size_t i = 0; i < a->other->operand_count; i++)
        if (edi_str_equal(v, a->other->operands[i]->text)) return EDI_TRUTH_YES;
      return EDI_TRUTH_NO;
    case EDI_ATOM_TEXT:
      if (a->expr->kind == EDI_EXPR_STARTS) return truth(edi_str_starts(v, a->other->text));
      if (a->expr->kind == EDI_EXPR_ENDS) return truth(edi_str_ends(v, a->other->text));
      return truth(edi_str_contains(v, a->other->text));
    case EDI_ATOM_MATCH: return edi_solver_match(t->s, a->expr->text, v);
    default: return EDI_TRUTH_ANY;
  }
}

static bool is_lowered(const trial *t) { return t->term->expr && t->term->expr->kind == EDI_EXPR_LOWER; }

static bool is_lower(edi_str s) {
  for (size_t i = 0; i < s.len; i++)
    if (s.ptr[i] >= 'A' && s.ptr[i] <= 'Z') return false;
  return true;
}

static bool fits_text(const trial *t, edi_str v) {
  if (is_lowered(t) && !is_lower(v)) return false;
  for (size_t i = 0; i < t->term->active_count; i++)
    if (!(text_answer(t, active(t, i), v) & active(t, i)->now)) return false;
  *t->value = (edi_term_value){.known = true, .text = v};
  return true;
}

/* Whether the answer is one of two that a text can give. There are texts that no pattern is sure of. */
static bool is_bound(const edi_atom *a) {
  if (a->op == EDI_ATOM_MATCH && (a->now & EDI_TRUTH_UNKNOWN)) return false;
  edi_truths now = a->now & (EDI_TRUTH_NO | EDI_TRUTH_YES);
  return a->op != EDI_ATOM_SET && a->op != EDI_ATOM_OPAQUE && now != (EDI_TRUTH_NO | EDI_TRUTH_YES);
}

static bool is_pattern(const trial *t, const edi_atom *a) {
  return a->op == EDI_ATOM_TEXT || a->op == EDI_ATOM_MATCH || (a->op == EDI_ATOM_GLOB && (has_parts(t) || has_stars(a->expr->text)));
}

/* A text that no atom names: it is equal to none. What patterns say of it stays open. */
static bool fits_another_text(const trial *t, bool *patterns) {
  *patterns = false;
  for (size_t i = 0; i < t->term->active_count; i++) {
    const edi_atom *a = active(t, i);
    edi_truths answer = a->op == EDI_ATOM_SET ? EDI_TRUTH_YES : EDI_TRUTH_ANY;
    bool pattern = is_pattern(t, a);
    if (a->op == EDI_ATOM_EQ || a->op == EDI_ATOM_IN || (a->op == EDI_ATOM_GLOB && !pattern)) answer = EDI_TRUTH_NO;
    if (pattern) answer = a->op == EDI_ATOM_MATCH ? EDI_TRUTH_ANY : EDI_TRUTH_NO | EDI_TRUTH_YES;
    if (!(answer & a->now)) return false;
    *patterns = *patterns || (pattern && is_bound(a));
  }
  *t->value = (edi_term_value){.known = true, .free = true, .text = EDI_STR("another")};
  return true;
}

/* What a glob, a beginning or an end asks for, as a text that has it. */
static edi_str sample_text(const trial *t, const edi_atom *a) {
  if (a->op == EDI_ATOM_TEXT) return a->other->text;
  edi_str glob = a->expr->text;
  char *out = edi_arena_alloc(t->s->arena, glob.len + 1);
  size_t n = 0;
  for (size_t i = 0; out && i < glob.len; i++)
    if (glob.ptr[i] != '*') out[n++] = glob.ptr[i] == '?' ? 'x' : glob.ptr[i];
  if (out && n == 0) out[n++] = 'x';
  return (edi_str){out, out ? n : 0};
}

typedef struct wishes { edi_text_wish items[EDI_TEXT_WISHES]; size_t count; bool full; } wishes;

static void wish(wishes *all, edi_text_wish one) {
  if (all->count == EDI_TEXT_WISHES) all->full = true;
  else all->items[all->count++] = one;
}

static void wish_pattern(const trial *t, const edi_atom *a, wishes *all) {
  edi_text_wish one = {.fits = !(a->now & EDI_TRUTH_NO), .begins = true, .ends = true};
  if (a->op == EDI_ATOM_MATCH) {
    one.text = a->expr->text;
    one.pattern = true;
  } else if (a->op == EDI_ATOM_GLOB) {
    one.text = a->expr->text;
    one.glob = true;
    one.parts = has_parts(t) && one.fits;
  } else {
    one.text = a->other->text;
    one.begins = a->expr->kind == EDI_EXPR_STARTS;
    one.ends = a->expr->kind == EDI_EXPR_ENDS;
  }
  wish(all, one);
}

/* A text that was named and must not be it; only where it would do otherwise. */
static void wish_no_text(const trial *t, edi_str v, wishes *all) {
  for (size_t i = 0; i < t->term->active_count; i++)
    if (is_pattern(t, active(t, i)) && !(text_answer(t, active(t, i), v) & active(t, i)->now)) return;
  wish(all, (edi_text_wish){.text = v, .begins = true, .ends = true});
}

static void wish_all(const trial *t, wishes *all) {
  for (size_t i = 0; i < t->term->active_count; i++) {
    const edi_atom *a = active(t, i);
    if (!is_bound(a)) continue;
    if (is_pattern(t, a)) wish_pattern(t, a, all);
    else if (a->op == EDI_ATOM_GLOB) wish_no_text(t, a->expr->text, all);
    else if (a->op == EDI_ATOM_EQ) wish_no_text(t, a->other->text, all);
    for (size_t k = 0; a->op == EDI_ATOM_IN && k < a->other->operand_count; k++) wish_no_text(t, a->other->operands[k]->text, all);
  }
}

/* Names of products, datasets and columns are never empty. */
static bool is_name(const trial *t) {
  const edi_solver *s = t->s;
  bool attr = t->term->kind == EDI_TERM_ATTR && (t->term->symbol == s->attr_product || t->term->symbol == s->attr_dataset);
  return attr || t->term->kind == EDI_TERM_NAME;
}

/* A text that fits all of them, into the arena; `text` NULL: it is not wanted. */
static edi_text_met meet(const trial *t, const wishes *all, edi_str *text) {
  char storage[EDI_LIMIT_EXTERNAL_NAME + 1];
  edi_buf found = edi_buf_fixed(storage, sizeof storage);
  if (all->full) return EDI_TEXT_LEFT;
  edi_text_met met = edi_text_meet(all->items, all->count, is_lowered(t), is_name(t), text ? &found : NULL);
  if (met != EDI_TEXT_SOME || !text) return met;
  if (found.failed != EDICT_OK || !edi_utf8_valid((edi_str){found.ptr, found.len})) return EDI_TEXT_LEFT;
  *text = (edi_str){edi_arena_copy(t->s->arena, found.ptr, found.len), found.len};
  return text->ptr ? EDI_TEXT_SOME : EDI_TEXT_LEFT;
}

/* Whether some text fits all patterns. */
static bool meets(const trial *t) {
  wishes all = {.count = 0};
  edi_str text;
  wish_all(t, &all);
  edi_text_met met = meet(t, &all, t->s->proposing ? &text : NULL);
  if (met == EDI_TEXT_SOME && t->s->proposing) *t->value = (edi_term_value){.known = true, .text = text};
  return met != EDI_TEXT_NEVER;
}

static bool possible_text(const trial *t) {
  for (size_t i = 0; i < t->term->active_count; i++) {
    const edi_atom *a = active(t, i);
    if (a->op == EDI_ATOM_EQ && fits_text(t, a->other->text)) return true;
    for (size_t k = 0; a->op == EDI_ATOM_IN && k < a->other->operand_count; k++)
      if (fits_text(t, a->other->operands[k]->text)) return true;
    if (a->op == EDI_ATOM_GLOB && !has_stars(a->expr->text) && fits_text(t, a->expr->text)) return true;
  }
  for (size_t i = 0; i < t->term->active_count; i++) {
    const edi_atom *a = active(t, i);
    if ((a->op == EDI_ATOM_GLOB || a->op == EDI_ATOM_TEXT) && fits_text(t, sample_text(t, a))) return true;
  }
  bool patterns;
  return fits_another_text(t, &patterns) && (!patterns || meets(t));
}

/* ---- nodes ---- */

/* In the federal layer alone an open tag stands for all that domains may hang below it too. */
static bool stands_for_more(const edi_solver *s, uint32_t x) {
  return s->model->domain.len == 0 && s->model->nodes[x].is_open;
}

static edi_truths node_is(const edi_solver *s, uint32_t x, uint32_t n) {
  if (edi_model_below(s->model, x, n)) return EDI_TRUTH_YES;
  if (!edi_model_below(s->model, n, x)) return EDI_TRUTH_NO;
  return stands_for_more(s, x) ? EDI_TRUTH_UNKNOWN | EDI_TRUTH_NO : EDI_TRUTH_UNKNOWN;
}

/* Kleene's `or` of an answer so far, which is not yes, and one more that is not. */
static edi_truths or_else(edi_truths all, edi_truths one) {
  if (all == EDI_TRUTH_UNKNOWN || one == EDI_TRUTH_UNKNOWN) return EDI_TRUTH_UNKNOWN;
  return all | one;
}

static edi_truths node_answer(const edi_solver *s, const edi_atom *a, uint32_t v) {
  edi_truths one, all = EDI_TRUTH_NO;
  switch ((int)a->op) {
    case EDI_ATOM_SET: return EDI_TRUTH_YES;
    case EDI_ATOM_EQ:
      if (v == a->other->symbol) return stands_for_more(s, v) ? EDI_TRUTH_YES | EDI_TRUTH_UNKNOWN : EDI_TRUTH_YES;
      one = node_is(s, v, a->other->symbol);
      return one == EDI_TRUTH_YES ? EDI_TRUTH_UNKNOWN : one;
    case EDI_ATOM_IS:
      one = node_is(s, v, a->node);
      return a->expr->kind == EDI_EXPR_IN_DOMAIN && one == EDI_TRUTH_UNKNOWN ? EDI_TRUTH_NO : one;
    case EDI_ATOM_IN:
      for (size_t i = 0; i < a->other->operand_count; i++) {
        one = node_is(s, v, a->other->operands[i]->symbol);
        if (one == EDI_TRUTH_YES) return one;
        all = or_else(all, one);
      }
      return all;
    default: return EDI_TRUTH_ANY;
  }
}

/* Called with each node that stands for others; false ends the walk. */
typedef bool each_node(const trial *t, uint32_t node, void *user);

static bool is_above_named(const trial *t, uint32_t node);

static void walk_named(const trial *t, bool (*each)(const trial *t, uint32_t named, void *user), void *user) {
  for (size_t i = 0; i < t->term->active_count; i++) {
    const edi_atom *a = active(t, i);
    if (a->op == EDI_ATOM_EQ && !each(t, a->other->symbol, user)) return;
    if (a->node != EDI_NONE && !each(t, a->node, user)) return;
    for (size_t k = 0; a->op == EDI_ATOM_IN && k < a->other->operand_count; k++)
      if (!each(t, a->other->operands[k]->symbol, user)) return;
  }
}

typedef struct search { uint32_t node; bool found; } search;

static bool check_above(const trial *t, uint32_t named, void *user) {
  search *s = user;
  s->found = edi_model_below(t->s->model, named, s->node);
  return !s->found;
}

/* At or above a node that an atom names. */
static bool is_above_named(const trial *t, uint32_t node) {
  search s = {node, false};
  walk_named(t, check_above, &s);
  return s.found;
}

/* Down to a leaf. */
static uint32_t leaf_below(const edi_model *m, uint32_t node) {
  while (m->nodes[node].end > node + 1) node++;
  return node;
}

static bool can_be_stated(const edi_model *m, uint32_t node) {
  return !m->nodes[node].is_abstract || m->nodes[node].is_open || m->nodes[node].builtin; /* `untagged` */
}

/* The first of a tree that a contract may state; EDI_NONE. */
static uint32_t stated_below(const edi_model *m, uint32_t node) {
  for (uint32_t at = node; at < m->nodes[node].end; at++)
    if (can_be_stated(m, at)) return at;
  return EDI_NONE;
}

typedef struct walk { each_node *each; void *user; bool go; } walk;

/* A node of this tree, if no atom names one of them: it stands for all. */
static bool offer_tree(const trial *t, uint32_t top, walk *w) {
  const edi_model *m = t->s->model;
  if (is_above_named(t, top)) return false;
  uint32_t node = t->term->leaf ? leaf_below(m, top) : stated_below(m, top);
  if (node != EDI_NONE) w->go = w->each(t, node, w->user);
  return node != EDI_NONE;
}

/* One tree below `node` that no atom names: it stands for all of those. */
static void offer_gap(const trial *t, uint32_t node, walk *w) {
  for (uint32_t c = edi_model_child(t->s->model, node, EDI_NONE); c != EDI_NONE && w->go; c = edi_model_child(t->s->model, node, c))
    if (offer_tree(t, c, w)) return;
}

static void offer_root(const trial *t, edi_range roots, walk *w) {
  for (uint32_t c = roots.first; c < roots.first + roots.count && w->go; c = t->s->model->nodes[c].end)
    if (offer_tree(t, c, w)) return;
}

static bool offer_line(const trial *t, uint32_t named, void *user) {
  walk *w = user;
  const edi_model *m = t->s->model;
  for (uint32_t at = named; at != EDI_NONE && w->go; at = m->nodes[at].parent) {
    bool leaf = m->nodes[at].end == at + 1;
    if (leaf || !t->term->leaf) w->go = w->each(t, at, w->user);
    if (w->go) offer_gap(t, at, w);
  }
  return w->go;
}

/* Nodes that stand for all there are, those that are named first. */
static void offer_nodes(const trial *t, each_node *each, void *user) {
  walk w = {each, user, true};
  const edi_sym_kind *kind = &t->s->model->kinds[EDI_TYPE_PARAM(t->term->type)];
  walk_named(t, offer_line, &w);
  if (w.go) offer_root(t, kind->nodes, &w);
}

static bool try_node(const trial *t, uint32_t node, void *user) {
  bool *found = user;
  if (!edi_term_takes_node(t->s, t->term, node)) return true;
  *t->value = (edi_term_value){.known = true, .integer = node};
  *found = true;
  return false;
}

static bool possible_node(const trial *t) {
  bool found = false;
  offer_nodes(t, try_node, &found);
  return found;
}

/* ---- sets of nodes, and tags ---- */

/* What `has n` still may answer. A set that has no fit member must answer no, where it may not be unknown. */
typedef struct set_trial {
  edi_truths may[TRIES_MOST];
  bool tags; /* nothing is above or incomplete */
  uint32_t members[EDI_TERM_MEMBERS];
  size_t count;
  bool full;
} set_trial;

/* What a column carries is held by its dataset, and what a dataset holds by its product. */
static bool holder_allows(const trial *t, uint32_t holder, uint32_t node) {
  const edi_term *h = &t->s->terms[holder];
  for (size_t i = 0; i < h->active_count; i++) {
    const edi_atom *a = &t->s->atoms[h->active[i]];
    if (!(a->now & EDI_TRUTH_YES) && edi_model_below(t->s->model, node, a->node)) return false;
  }
  return true;
}

static bool container_allows(const trial *t, uint32_t node) {
  const edi_term *own = t->term;
  bool column = own->kind == EDI_TERM_TAGS && own->entity == EDI_ENTITY_COLUMN;
  bool dataset = own->kind == EDI_TERM_HELD && own->entity == EDI_ENTITY_DATASET;
  if (column && t->s->held_dataset != EDI_NONE && !holder_allows(t, t->s->held_dataset, node)) return false;
  return !(column || dataset) || t->s->held_product == EDI_NONE || holder_allows(t, t->s->held_product, node);
}

static bool member_fits(const trial *t, const set_trial *st, uint32_t node) {
  for (size_t i = 0; i < t->term->active_count; i++) {
    const edi_atom *a = active(t, i);
    if (a->node == EDI_NONE) continue;
    edi_truths one = node_is(t->s, node, a->node);
    if (one == EDI_TRUTH_YES && !(st->may[i] & EDI_TRUTH_YES)) return false;
    if (one == EDI_TRUTH_UNKNOWN && !st->tags && !(st->may[i] & (EDI_TRUTH_YES | EDI_TRUTH_UNKNOWN))) return false;
  }
  return !st->tags || container_allows(t, node);
}

static bool useful(const trial *t, const set_trial *st, uint32_t node) {
  for (size_t i = 0; i < t->term->active_count; i++) {
    const edi_atom *a = active(t, i);
    if (a->node == EDI_NONE) continue;
    if ((st->may[i] & EDI_TRUTH_NO) && (st->may[i] & EDI_TRUTH_UNKNOWN || st->tags)) continue;
    if (node_is(t->s, node, a->node) != EDI_TRUTH_NO) return true;
  }
  return false;
}

static bool add_member(const trial *t, uint32_t node, void *user) {
  set_trial *st = user;
  if (st->tags && !can_be_stated(t->s->model, node)) return true;
  if (!member_fits(t, st, node) || !useful(t, st, node)) return true;
  for (size_t i = 0; i < st->count; i++)
    if (st->members[i] == node) return true;
  if (st->count == EDI_TERM_MEMBERS) st->full = true;
  else st->members[st->count++] = node;
  return !st->full;
}

static edi_truths set_answer(const trial *t, const set_trial *st, uint32_t asked, bool incomplete) {
  edi_truths all = incomplete ? EDI_TRUTH_UNKNOWN : EDI_TRUTH_NO;
  for (size_t i = 0; i < st->count; i++) {
    edi_truths one = node_is(t->s, st->members[i], asked);
    if (one == EDI_TRUTH_YES) return one;
    if (!st->tags) all = or_else(all, one);
  }
  return all;
}

static bool answers_all(const trial *t, const set_trial *st, bool incomplete) {
  for (size_t i = 0; i < t->term->active_count; i++) {
    const edi_atom *a = active(t, i);
    if (a->node != EDI_NONE && !(set_answer(t, st, a->node, incomplete) & st->may[i])) return false;
  }
  return true;
}

/* For a request that people read: no member that could be left out. */
static void drop_needless(const trial *t, set_trial *st, bool incomplete) {
  for (size_t i = st->count; i-- > 0;) {
    set_trial fewer = *st;
    memmove(&fewer.members[i], &fewer.members[i + 1], (st->count - i - 1) * sizeof *st->members);
    fewer.count--;
    if (answers_all(t, &fewer, incomplete)) *st = fewer;
  }
}

static bool accept_set(const trial *t, set_trial *st, bool incomplete) {
  if (t->s->proposing) drop_needless(t, st, incomplete);
  *t->value = (edi_term_value){.known = true, .incomplete = incomplete, .member_count = st->count};
  memcpy(t->value->members, st->members, sizeof st->members);
  return true;
}

static bool may_be_incomplete(const trial *t, const set_trial *st) {
  for (size_t i = 0; i < t->term->active_count; i++)
    if (active(t, i)->op == EDI_ATOM_HAS && st->may[i] == EDI_TRUTH_NO) return false;
  return !st->tags;
}

/* Whether what has to be in the set answers everything by itself: then the set of all members that do no harm does, too. */
static bool fits_as_asked(const trial *t, const set_trial *st) {
  set_trial asked = *st;
  for (size_t i = 0; i < t->term->active_count; i++) {
    uint32_t node = active(t, i)->node;
    if (node == EDI_NONE || (st->may[i] & EDI_TRUTH_NO) || !(st->may[i] & EDI_TRUTH_YES)) continue;
    if (asked.count == EDI_TERM_MEMBERS) return false;
    if (st->tags && !(can_be_stated(t->s->model, node) && container_allows(t, node))) return false;
    asked.members[asked.count++] = node;
  }
  return answers_all(t, &asked, false);
}

/* The set of all members that do no harm answers everything that can be answered; where it says no to what
 * must not be unknown, no it is, and fewer members may be left. */
static bool possible_set(const trial *t, set_trial *st) {
  bool changed = true;
  if (t->term->active_count > TRIES_MOST || (!t->s->proposing && fits_as_asked(t, st))) return true;
  while (changed) {
    changed = false;
    st->count = 0;
    offer_nodes(t, add_member, st);
    if (st->full) return true;
    bool incomplete = may_be_incomplete(t, st);
    if (answers_all(t, st, false)) return accept_set(t, st, false);
    if (answers_all(t, st, incomplete)) return accept_set(t, st, incomplete);
    for (size_t i = 0; i < t->term->active_count; i++) {
      const edi_atom *a = active(t, i);
      if (a->node == EDI_NONE || (set_answer(t, st, a->node, incomplete) & st->may[i])) continue;
      /* {no, yes}: yes was out of reach, so it must be no. */
      if (st->may[i] != (EDI_TRUTH_NO | EDI_TRUTH_YES)) return false;
      st->may[i] = EDI_TRUTH_NO;
      changed = true;
    }
  }
  return false;
}

static bool possible_nodes(const trial *t) {
  set_trial st = {.tags = t->term->kind != EDI_TERM_ATTR && t->term->kind != EDI_TERM_EXPR};
  for (size_t i = 0; i < t->term->active_count && i < TRIES_MOST; i++) st.may[i] = active(t, i)->now;
  return possible_set(t, &st);
}

/* ---- all ---- */

/* A set of something else, a duration, an address: whatever is asked, some value may say it. */
static bool possible_other(const trial *t) {
  *t->value = (edi_term_value){.known = true, .free = true};
  return true;
}

static bool possible_known(const trial *t) {
  edi_type type = t->term->type;
  if (EDI_TYPE_IS_SET(type)) return EDI_TYPE_BASE(type) == EDI_TYPE_NODE ? possible_nodes(t) : possible_other(t);
  switch (EDI_TYPE_BASE(type)) {
    case EDI_TYPE_BOOL:
    case EDI_TYPE_INT:
    case EDI_TYPE_DATE:
    case EDI_TYPE_TIMESTAMP:
    case EDI_TYPE_LEVEL: return possible_number(t);
    case EDI_TYPE_DURATION:
      return t->term->expr && t->term->expr->kind == EDI_EXPR_TIME_OF_DAY ? possible_number(t) : possible_other(t);
    case EDI_TYPE_DECIMAL: return possible_decimal(t);
    case EDI_TYPE_STRING:
    case EDI_TYPE_ID: return possible_text(t);
    case EDI_TYPE_NODE: return possible_node(t);
    default: return possible_other(t);
  }
}

/* Trying costs the square of what is named, so long lists are left open. */
static bool is_too_much(const trial *t) {
  size_t named = 0;
  for (size_t i = 0; i < t->term->active_count && named <= NAMED_MOST; i++) {
    const edi_atom *a = active(t, i);
    named += a->op == EDI_ATOM_IN ? a->other->operand_count : 1;
  }
  return named > NAMED_MOST;
}

/* Where it has to be one of those that are named, they are tried. */
static bool named_text(const trial *t, edi_str glob, edi_str *text) {
  for (size_t i = 0; i < t->term->active_count; i++) {
    const edi_atom *a = active(t, i);
    bool literal = a->op == EDI_ATOM_EQ || (a->op == EDI_ATOM_GLOB && !has_stars(a->expr->text));
    *text = !literal ? (edi_str){NULL, 0} : a->op == EDI_ATOM_EQ ? a->other->text : a->expr->text;
    if (literal && edi_str_glob(glob, *text) && fits_text(t, *text)) return true;
    for (size_t k = 0; a->op == EDI_ATOM_IN && k < a->other->operand_count; k++) {
      *text = a->other->operands[k]->text;
      if (edi_str_glob(glob, *text) && fits_text(t, *text)) return true;
    }
  }
  return false;
}

static edi_text_met text_like(const edi_solver *s, const edi_term *term, edi_str glob, edi_str *text) {
  edi_term_value value;
  trial t = {s, term, &value};
  wishes all = {.count = 0};
  bool patterns;
  if ((!has_stars(glob) && fits_text(&t, *text = glob)) || named_text(&t, glob, text)) return EDI_TEXT_SOME;
  if (!fits_another_text(&t, &patterns)) return EDI_TEXT_NEVER;
  wish_all(&t, &all);
  wish(&all, (edi_text_wish){.text = glob, .glob = true, .begins = true, .ends = true, .fits = true});
  return meet(&t, &all, text);
}

bool edi_term_text_like(const edi_solver *s, const edi_term *term, edi_str glob, edi_str *text) {
  return text_like(s, term, glob, text) == EDI_TEXT_SOME;
}

bool edi_term_takes_node(const edi_solver *s, const edi_term *term, uint32_t node) {
  for (size_t i = 0; i < term->active_count; i++) {
    const edi_atom *a = &s->atoms[term->active[i]];
    if (!(node_answer(s, a, node) & a->now)) return false;
  }
  return true;
}

static bool may_be_named(const edi_solver *s, const edi_term *name, uint32_t domain) {
  char glob[EDI_LIMIT_EXTERNAL_NAME + 4];
  edi_buf b = edi_buf_fixed(glob, sizeof glob);
  edi_str text;
  edi_buf_format(&b, "%.*s.?*", EDI_STR_ARG(s->model->nodes[domain].name));
  return b.failed != EDICT_OK || text_like(s, name, (edi_str){b.ptr, b.len}, &text) != EDI_TEXT_NEVER;
}

bool edi_solver_names_product(const edi_solver *s) {
  if (s->name_of_product == EDI_NONE || s->domain_of_product == EDI_NONE) return true;
  const edi_term *name = &s->terms[s->name_of_product], *domain = &s->terms[s->domain_of_product];
  edi_range all = s->model->kinds[EDI_TYPE_PARAM(domain->type)].nodes;
  trial t = {s, name, &(edi_term_value){.known = false}};
  if (name->active_count == 0 || domain->active_count == 0 || all.count > NAMED_MOST || is_too_much(&t)) return true;
  for (uint32_t d = all.first; d < all.first + all.count; d++)
    if (edi_term_takes_node(s, domain, d) && may_be_named(s, name, d)) return true;
  return false;
}

bool edi_term_possible(const edi_solver *s, const edi_term *term, edi_term_value *value) {
  trial t = {s, term, value};
  if (is_too_much(&t)) {
    *value = (edi_term_value){.known = true, .free = true};
    return true;
  }
  return (may_be_known(&t) && possible_known(&t)) || fits_unknown(&t);
}
