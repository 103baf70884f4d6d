/* Guard: see the header.
 *
 * A register that holds a truth value has two lists of guards: `no`, each of which makes it a definite no where
 * it fails, and `yes`, the same for a definite yes. AND collects the first and keeps of the second what both
 * sides have; OR the other way round; NOT swaps them. Where two paths meet, what both have is kept; on the path
 * of a JUMP_NO the register is no, whatever the guards say (`top`). The invariant, for every path that runs:
 * where a guard of `no` fails the register is no, where one of `yes` fails it is yes.
 *
 * Codes that are like another differ in constants alone. If the walk of that one never asked what its constants are
 * (`asked`), but only carried along where they are named, its guards are theirs with their own constants put in. */
#include "bundle/guard.h"

#include "base/calendar.h"
#include "base/decimal.h"

#ifndef EDI_GUARD_ROOM /* a model of two guards needs no more room than for them */
#define EDI_GUARD_ROOM 32
#endif
enum { REGISTERS = EDI_GUARD_ROOM, INSTRS = 32 * EDI_GUARD_ROOM, PENDING = EDI_GUARD_ROOM, POOL = 32 * EDI_GUARD_ROOM, ITEMS = 256 * EDI_GUARD_ROOM };

typedef struct need { bool top; uint16_t first, count; } need; /* a range of the pool; top: whatever fails */

typedef enum sym_kind { SYM_NOTHING, SYM_CONST, SYM_ATTR, SYM_LEVEL, SYM_TRUTH } sym_kind;
typedef struct sym {
  sym_kind kind;
  const uint32_t *imm; /* CONST, ATTR: which, where it stands in the code; LEVEL: NULL */
  uint32_t entity;     /* LEVEL */
  need no, yes;
} sym;

typedef struct arrival { uint32_t target; sym registers[REGISTERS]; } arrival;
typedef struct span { uint32_t first, count; bool walked, asked; } span;

/* A guard, and where in the code its constants are named: the values of MEETS, or a bound; NULL: nowhere. Of one that is
 * kept also whether contracts fix it, and whether the constant of its values is a set, as those of its likes are then. */
typedef struct found { edi_guard guard; const uint32_t *values_at, *low_at, *high_at; bool fixed, set; } found;

struct edi_guards {
  const edi_program *p;
  edi_arena *arena;
  edict_status status;
  span *of_code;
  const uint32_t *likes;
  found *kept; /* of the codes that were walked; values of unions in memory of their own */
  size_t kept_count, kept_capacity;
  uint32_t truths[2]; /* the constants no and yes, EDI_NONE: the program has none */
  /* one walk */
  sym now[REGISTERS];
  arrival pending[PENDING];
  uint32_t pending_count;
  uint32_t registers;
  found pool[POOL];
  uint32_t pool_count;
  uint32_t items[ITEMS];
  uint32_t item_count;
  bool lost;  /* the pass cannot follow: no guards */
  bool asked; /* what a constant is was asked */
};

bool edi_guard_is_fixed(const edi_program *p, uint32_t flagged, uint32_t key) {
  static const bool fixed[EDI_GUARD_COUNT] = {
#define GUARD(NAME, number, fixed, word, meaning) [(number)] = (fixed),
#include "bundle/guards.def"
#undef GUARD
  };
  uint32_t test = EDI_GUARD_TEST(flagged);
  if (test != EDI_GUARD_MEETS && test != EDI_GUARD_WITHIN) return test < EDI_GUARD_COUNT && fixed[test];
  return p->attrs[key].entity == EDI_ENTITY_PRODUCT || p->attrs[key].entity == EDI_ENTITY_DATASET;
}

static bool is_among(const edi_guard *part, const edi_guard *whole) {
  if (part->values == whole->values && part->count == whole->count) return true;
  if (part->count > whole->count || whole->count > EDI_GUARD_VALUES) return false;
  uint32_t at = 0;
  for (uint32_t i = 0; i < part->count; i++) {
    while (at < whole->count && whole->values[at] < part->values[i]) at++;
    if (at == whole->count || whole->values[at] != part->values[i]) return false;
  }
  return true;
}

static bool same_values(const uint32_t *a, const uint32_t *b, uint32_t count) {
  return count == 0 || a == b || (count <= EDI_GUARD_VALUES && *a == *b && memcmp(a, b, count * sizeof *a) == 0);
}

bool edi_guard_same(const edi_guard *a, const edi_guard *b) {
  if (a->test != b->test || a->key != b->key || a->low != b->low || a->high != b->high || a->count != b->count) return false;
  return same_values(a->values, b->values, a->count);
}

edi_guard edi_branch_guard(const edi_branch *b, const uint32_t *lists) {
  if (edi_guard_is_between(b->test)) return (edi_guard){.test = b->test, .key = b->key, .low = b->values.first, .high = b->values.count};
  return (edi_guard){.test = b->test, .key = b->key, .count = b->values.count,
                     .values = b->values.count ? lists + b->values.first : NULL};
}

edi_guards *edi_guards_create(const edi_program *program, const uint32_t *likes, edi_arena *arena) {
  edi_guards *g = EDI_NEW(arena, edi_guards);
  span *of_code = EDI_NEW_ARRAY(arena, span, program->codes_count);
  if (!g || !of_code) return NULL;
  g->p = program;
  g->likes = likes;
  g->arena = arena;
  g->of_code = of_code;
  g->truths[0] = g->truths[1] = EDI_NONE;
  for (uint32_t i = 0; i < program->consts_count; i++)
    if (program->consts[i].type == EDI_TYPE_BOOL) g->truths[program->consts[i].value & 1] = i;
  return g;
}

edict_status edi_guards_status(const edi_guards *g) { return g->status; }

/* ---- lists ---- */

static need single(edi_guards *g, found one) {
  if (g->pool_count == POOL) return (need){0};
  g->pool[g->pool_count] = one;
  return (need){.first = (uint16_t)g->pool_count++, .count = 1};
}

/* The end of the list that is being made at the end of the pool. */
static void append(edi_guards *g, need *list, const found *one) {
  if (g->pool_count == POOL || list->count == EDI_GUARDS_OF_CODE) return;
  g->pool[g->pool_count++] = *one;
  list->count++;
}

static const found *find(const edi_guards *g, need list, const found *like) {
  for (uint32_t i = list.first; i < (uint32_t)list.first + list.count; i++)
    if (g->pool[i].guard.test == like->guard.test && g->pool[i].guard.key == like->guard.key) return &g->pool[i];
  return NULL;
}

/* -1, 0, 1; 2: not known here, or not of an order. */
static int order(const edi_guards *g, uint32_t a, uint32_t b) {
  if (a == b) return 0;
  const edi_const *x = &g->p->consts[a], *y = &g->p->consts[b];
  if (x->type != y->type) return 2;
  switch (EDI_TYPE_BASE(x->type)) {
    case EDI_TYPE_INT:
    case EDI_TYPE_TIMESTAMP:
    case EDI_TYPE_DATE: return x->value < y->value ? -1 : x->value > y->value;
    case EDI_TYPE_DECIMAL:
      return edi_decimal_compare((edi_decimal){x->value, (uint8_t)x->aux}, (edi_decimal){y->value, (uint8_t)y->aux});
    default: return 2;
  }
}

/* Whether how many values there are depends on which constant it is. */
static bool varies(const edi_guards *g, const found *one) {
  return one->values_at && EDI_TYPE_IS_SET(g->p->consts[*one->values_at].type);
}

/* Whether the bounds of b are narrower, below and above. */
static bool is_higher(const edi_guards *g, const edi_guard *a, const edi_guard *b) {
  return a->low == EDI_NONE || (b->low != EDI_NONE && order(g, b->low, a->low) == 1);
}
static bool is_lower(const edi_guards *g, const edi_guard *a, const edi_guard *b) {
  return a->high == EDI_NONE || (b->high != EDI_NONE && order(g, b->high, a->high) == -1);
}

/* Of two guards for one fact the narrower: both must hold. */
static edi_guard narrower(const edi_guards *g, const edi_guard *a, const edi_guard *b) {
  if (!edi_guard_is_between(a->test)) return a->count <= b->count ? *a : *b;
  edi_guard out = *a;
  if (is_higher(g, a, b)) out.low = b->low;
  if (is_lower(g, a, b)) out.high = b->high;
  return out;
}

/* The same, and where its constants are named. */
static found narrower_found(edi_guards *g, const found *a, const found *b) {
  const edi_guard *x = &a->guard, *y = &b->guard;
  if (!edi_guard_is_between(x->test)) {
    g->asked |= varies(g, a) || varies(g, b);
    return x->count <= y->count ? *a : *b;
  }
  g->asked |= (x->low != EDI_NONE && y->low != EDI_NONE) || (x->high != EDI_NONE && y->high != EDI_NONE);
  return (found){narrower(g, x, y), NULL, is_higher(g, x, y) ? b->low_at : a->low_at, is_lower(g, x, y) ? b->high_at : a->high_at, false, false};
}

static bool unite(edi_guards *g, const edi_guard *a, const edi_guard *b, edi_guard *out) {
  if (is_among(b, a)) return true;
  if (a->count + b->count > EDI_GUARD_VALUES || a->count + b->count > ITEMS - g->item_count) return false;
  uint32_t *to = g->items + g->item_count, count = 0, i = 0, k = 0;
  while (i < a->count || k < b->count) {
    uint32_t x = i < a->count ? a->values[i] : UINT32_MAX, y = k < b->count ? b->values[k] : UINT32_MAX;
    to[count++] = x < y ? x : y;
    i += x <= y;
    k += y <= x;
  }
  g->item_count += count;
  out->values = to;
  out->count = count;
  return true;
}

/* One that fails only where both do; false: there is none. */
static bool wider(edi_guards *g, const found *one, const found *other, found *out) {
  const edi_guard *a = &one->guard, *b = &other->guard;
  *out = *one;
  if (one->values_at != other->values_at || a->values != b->values || edi_guard_is_between(a->test)) g->asked = true;
  if (!edi_guard_is_between(a->test)) return unite(g, a, b, &out->guard);
  int low = a->low == EDI_NONE || b->low == EDI_NONE ? 2 : order(g, a->low, b->low);
  int high = a->high == EDI_NONE || b->high == EDI_NONE ? 2 : order(g, a->high, b->high);
  out->guard.low = low == 2 ? EDI_NONE : low <= 0 ? a->low : b->low;
  out->guard.high = high == 2 ? EDI_NONE : high >= 0 ? a->high : b->high;
  return out->guard.low != EDI_NONE || out->guard.high != EDI_NONE;
}

static need both(edi_guards *g, need a, need b) {
  if (a.top || b.top) return (need){.top = true};
  if (a.count == 0) return b;
  if (b.count == 0) return a;
  need out = {.first = (uint16_t)g->pool_count};
  for (uint32_t i = a.first; i < (uint32_t)a.first + a.count; i++) {
    const found *other = find(g, b, &g->pool[i]);
    found one = other ? narrower_found(g, &g->pool[i], other) : g->pool[i];
    append(g, &out, &one);
  }
  for (uint32_t i = b.first; i < (uint32_t)b.first + b.count; i++)
    if (!find(g, a, &g->pool[i])) append(g, &out, &g->pool[i]);
  return out;
}

static need either(edi_guards *g, need a, need b) {
  if (a.top) return b;
  if (b.top || (a.first == b.first && a.count == b.count)) return a;
  need out = {.first = (uint16_t)g->pool_count};
  for (uint32_t i = a.first; i < (uint32_t)a.first + a.count; i++) {
    const found *other = find(g, b, &g->pool[i]);
    found one;
    if (other && wider(g, &g->pool[i], other, &one)) append(g, &out, &one);
  }
  return out;
}

/* ---- registers ---- */

static sym truth(need no, need yes) { return (sym){.kind = SYM_TRUTH, .no = no, .yes = yes}; }

static sym meets(edi_guards *g, const uint32_t *attr, const uint32_t *constant) {
  if (*constant == EDI_NONE) return truth((need){0}, (need){0});
  bool own = constant != &g->truths[0] && constant != &g->truths[1];
  return truth(single(g, (found){{EDI_GUARD_MEETS, *attr, 0, 0, 1, constant}, own ? constant : NULL, NULL, NULL, false, false}), (need){0});
}

/* A truth value that a constant or an attribute gives. */
static sym as_truth(edi_guards *g, const sym *s) {
  if (s->kind == SYM_TRUTH) return *s;
  if (s->kind == SYM_CONST && g->p->consts[*s->imm].type == EDI_TYPE_BOOL) {
    bool yes = g->p->consts[*s->imm].value != 0;
    return truth((need){.top = !yes}, (need){.top = yes});
  }
  if (s->kind != SYM_ATTR || g->p->attrs[*s->imm].type != EDI_TYPE_BOOL) return truth((need){0}, (need){0});
  return truth(meets(g, s->imm, &g->truths[1]).no, meets(g, s->imm, &g->truths[0]).no);
}

static bool same_sym(edi_guards *g, const sym *a, const sym *b) {
  if (a->kind == SYM_CONST && b->kind == SYM_CONST && a->imm != b->imm) g->asked = true;
  return a->kind == b->kind && (a->imm == b->imm || (a->imm && b->imm && *a->imm == *b->imm)) && a->entity == b->entity;
}

static sym met(edi_guards *g, const sym *a, const sym *b) {
  if (a->kind != SYM_TRUTH && b->kind != SYM_TRUTH && same_sym(g, a, b)) return *a;
  sym x = as_truth(g, a), y = as_truth(g, b);
  return truth(either(g, x.no, y.no), either(g, x.yes, y.yes));
}

static void arrive(edi_guards *g, uint32_t target, uint32_t decided, bool yes) {
  uint32_t at = 0;
  sym known = as_truth(g, &g->now[decided]);
  if (yes) known.yes = (need){.top = true};
  else known.no = (need){.top = true};
  while (at < g->pending_count && g->pending[at].target != target) at++;
  if (at == PENDING) {
    g->lost = true;
    return;
  }
  arrival *there = &g->pending[at];
  for (uint32_t r = 0; r < g->registers; r++) {
    const sym *from = r == decided ? &known : &g->now[r];
    there->registers[r] = at == g->pending_count ? *from : met(g, &there->registers[r], from);
  }
  there->target = target;
  if (at == g->pending_count) g->pending_count++;
}

static void join(edi_guards *g, uint32_t at) {
  for (uint32_t i = g->pending_count; i-- > 0;) {
    if (g->pending[i].target != at) continue;
    for (uint32_t r = 0; r < g->registers; r++) g->now[r] = met(g, &g->pending[i].registers[r], &g->now[r]);
    if (i != --g->pending_count) g->pending[i] = g->pending[g->pending_count];
  }
}

/* ---- comparisons ---- */

/* Whether values of the type are equal or not, never half so but for nodes. */
static bool is_definite(edi_type type) {
  unsigned base = EDI_TYPE_BASE(type);
  return base != EDI_TYPE_DURATION && base != EDI_TYPE_SUBJECT;
}

/* An attribute beside a constant, in whichever order. */
static bool sides(const sym *a, const sym *b, const sym **fact, const sym **constant) {
  *fact = a->kind == SYM_CONST ? b : a;
  *constant = a->kind == SYM_CONST ? a : b;
  return (*constant)->kind == SYM_CONST && ((*fact)->kind == SYM_ATTR || (*fact)->kind == SYM_LEVEL);
}

/* Bounds are where they are named; NULL: there is none. */
static sym between(edi_guards *g, const sym *fact, const uint32_t *low, const uint32_t *high) {
  bool attr = fact->kind == SYM_ATTR;
  edi_guard guard = {.test = attr ? EDI_GUARD_WITHIN : EDI_GUARD_CLASSIFIED, .key = attr ? *fact->imm : fact->entity,
                     .low = low ? *low : EDI_NONE, .high = high ? *high : EDI_NONE};
  return truth(single(g, (found){guard, NULL, low, high, false, false}), (need){0});
}

/* EQ, IS, IN, HAS, OVERLAPS: no only if nothing of the fact meets anything of the constant. */
static sym meeting(edi_guards *g, const sym *a, const sym *b) {
  const sym *fact, *constant;
  if (!sides(a, b, &fact, &constant)) return (sym){0};
  const edi_const *c = &g->p->consts[*constant->imm];
  if (!is_definite(c->type)) return (sym){0};
  if (fact->kind == SYM_LEVEL) return between(g, fact, constant->imm, constant->imm);
  if (!EDI_TYPE_IS_SET(c->type)) return meets(g, fact->imm, constant->imm);
  if (c->aux == 0) return (sym){0};
  edi_guard guard = {EDI_GUARD_MEETS, *fact->imm, 0, 0, c->aux, g->p->lists + c->value};
  return truth(single(g, (found){guard, constant->imm, NULL, NULL, false, false}), (need){0});
}

/* LT and LE: the bound counts as inside, which is wide enough for both. */
static sym comparing(edi_guards *g, const sym *a, const sym *b) {
  const sym *fact, *constant;
  if (!sides(a, b, &fact, &constant) || !is_definite(g->p->consts[*constant->imm].type)) return (sym){0};
  const uint32_t *bound = constant->imm;
  sym below = between(g, fact, NULL, bound), above = between(g, fact, bound, NULL);
  return fact == a ? truth(below.no, above.no) : truth(above.no, below.no);
}

static sym atom(edi_guards *g, edi_guard_test test, const edi_instr *in) {
  edi_guard guard = {.test = test, .key = in->a, .count = 1, .values = &in->imm};
  if (test == EDI_GUARD_TAGGED || test == EDI_GUARD_HOLDING) {
    guard.count = g->p->lists[in->imm];
    guard.values = g->p->lists + in->imm + 1;
    if (guard.count > EDI_GUARD_VALUES) return (sym){0}; /* no list of its own: a number stands before it */
  }
  return truth(single(g, (found){guard, NULL, NULL, NULL, false, false}), (need){0});
}

static void step(edi_guards *g, const edi_instr *in) {
  sym *r = g->now, out = {0};
  sym a, b;
  switch ((int)in->op) {
    case EDI_OP_RETURN: return;
    case EDI_OP_JUMP_NO:
    case EDI_OP_JUMP_YES: arrive(g, in->imm, in->a, in->op == EDI_OP_JUMP_YES); return;
    case EDI_OP_CONST: out = (sym){.kind = SYM_CONST, .imm = &in->imm}; break;
    case EDI_OP_ATTR: out = (sym){.kind = SYM_ATTR, .imm = &in->imm}; break;
    case EDI_OP_MOVE: out = r[in->a]; break;
    case EDI_OP_CLASSIFICATION: out = (sym){.kind = SYM_LEVEL, .entity = in->a}; break;
    case EDI_OP_AND:
    case EDI_OP_OR:
      a = as_truth(g, &r[in->a]);
      b = as_truth(g, &r[in->b]);
      out = in->op == EDI_OP_AND ? truth(both(g, a.no, b.no), either(g, a.yes, b.yes))
                                 : truth(either(g, a.no, b.no), both(g, a.yes, b.yes));
      break;
    case EDI_OP_NOT:
      a = as_truth(g, &r[in->a]);
      out = truth(a.yes, a.no);
      break;
    case EDI_OP_EQ:
    case EDI_OP_IS:
    case EDI_OP_IN:
    case EDI_OP_HAS:
    case EDI_OP_OVERLAPS: out = meeting(g, &r[in->a], &r[in->b]); break;
    case EDI_OP_COVERS: /* a set that has none of what it should cover; one that should be covered may be empty */
      if (r[in->a].kind == SYM_ATTR) out = meeting(g, &r[in->a], &r[in->b]);
      break;
    case EDI_OP_LT:
    case EDI_OP_LE: out = comparing(g, &r[in->a], &r[in->b]); break;
    case EDI_OP_TAGGED: out = atom(g, EDI_GUARD_TAGGED, in); break;
    case EDI_OP_HOLDING: out = atom(g, EDI_GUARD_HOLDING, in); break;
    case EDI_OP_NAMED: out = atom(g, EDI_GUARD_NAMED, in); break;
    case EDI_OP_IN_DOMAIN: out = atom(g, EDI_GUARD_IN_DOMAIN, in); break;
    default: break;
  }
  r[in->dst] = out;
}

/* The list outlives the walk; a union's values move with it. */
static span keep(edi_guards *g, need list) {
  span out = {.first = (uint32_t)g->kept_count, .walked = true, .asked = g->asked};
  for (uint32_t i = list.first; i < (uint32_t)list.first + list.count; i++) {
    found one = g->pool[i];
    edi_guard *guard = &one.guard;
    void *kept = g->kept;
    if (guard->values >= g->items && guard->values < g->items + ITEMS)
      guard->values = (const uint32_t *)(void *)edi_arena_copy(g->arena, (const char *)guard->values, guard->count * sizeof *guard->values);
    bool room = (guard->values || guard->count == 0) &&
                edi_arena_regrow(g->arena, &kept, &g->kept_capacity, g->kept_count, sizeof *g->kept);
    g->kept = kept;
    if (!room) {
      g->status = edi_arena_status(g->arena);
      return out;
    }
    one.fixed = edi_guard_is_fixed(g->p, guard->test, guard->key);
    one.set = varies(g, &one);
    g->kept[g->kept_count++] = one;
    out.count++;
  }
  return out;
}

static span walk(edi_guards *g, const edi_routine *routine) {
  const edi_instr *code = g->p->instrs + routine->instrs.first;
  uint32_t count = routine->instrs.count;
  if (routine->type != EDI_TYPE_BOOL || count > INSTRS || routine->registers > REGISTERS) return (span){.walked = true};
  g->registers = routine->registers;
  g->pool_count = g->item_count = g->pending_count = 0;
  g->lost = g->asked = false;
  memset(g->now, 0, g->registers * sizeof *g->now);
  for (uint32_t at = 0; at < count && !g->lost; at++) {
    if (g->pending_count) join(g, at);
    step(g, &code[at]);
  }
  if (g->lost) return (span){.walked = true};
  return keep(g, as_truth(g, &g->now[code[count - 1].a]).no);
}

/* ---- rules ---- */

/* The guards of a code, or of the one that it is like, if its own are those with its own constants. */
static const span *spans(edi_guards *g, uint32_t *code) {
  uint32_t like = g->likes ? g->likes[*code] : *code;
  if (!g->of_code[like].walked) g->of_code[like] = walk(g, &g->p->codes[like]);
  if (like == *code) return &g->of_code[like];
  if (!g->of_code[like].asked) {
    *code = like;
    return &g->of_code[like];
  }
  if (!g->of_code[*code].walked) g->of_code[*code] = walk(g, &g->p->codes[*code]);
  return &g->of_code[*code];
}

/* The guard with the constants of a code that lies so many words further on. */
static edi_guard placed(const edi_guards *g, const found *like, ptrdiff_t apart) {
  edi_guard out = like->guard;
  if (like->low_at) out.low = like->low_at[apart];
  if (like->high_at) out.high = like->high_at[apart];
  if (!like->values_at) return out;
  out.values = like->values_at + apart;
  if (!like->set) return out;
  const edi_const *c = &g->p->consts[*out.values];
  out.count = c->aux;
  out.values = g->p->lists + c->value;
  return out;
}

/* Whether rules say it themselves: of this no code has guards. */
static bool is_own(uint32_t test) { return test == EDI_GUARD_THING || test == EDI_GUARD_ACTION || test == EDI_GUARD_IN_FORCE; }

static bool own_need(const edi_guards *g, const edi_rule *rule, uint32_t test, edi_guard *out) {
  switch (test) {
    case EDI_GUARD_THING:
      *out = (edi_guard){.test = EDI_GUARD_THING, .key = rule->thing};
      return rule->thing != EDI_THING_ANY;
    case EDI_GUARD_ACTION:
      *out = (edi_guard){.test = EDI_GUARD_ACTION, .count = rule->actions.count, .values = g->p->lists + rule->actions.first};
      return rule->actions.count > 0;
    default:
      *out = (edi_guard){.test = EDI_GUARD_IN_FORCE, .low = (uint32_t)rule->from, .high = (uint32_t)rule->until};
      return rule->from > EDI_DATE_MIN || rule->until < EDI_DATE_MAX;
  }
}

/* The guards of a code, and how many words its constants lie further on than those of the code that was walked. */
static edi_code_guards look(edi_guards *g, uint32_t code) {
  if (code == EDI_NONE) return (edi_code_guards){0};
  uint32_t like = code;
  const span *s = spans(g, &like);
  edi_code_guards out = {s->first, s->count, 0};
  if (like != code) {
    const edi_instr *mine = g->p->instrs + g->p->codes[code].instrs.first, *its = g->p->instrs + g->p->codes[like].instrs.first;
    out.apart = (mine - its) * (ptrdiff_t)(sizeof *mine / sizeof(uint32_t));
  }
  return out;
}

void edi_guards_look(edi_guards *g, const edi_rule *rule, edi_rule_guards *of) {
  of->rule = rule;
  of->codes[0] = look(g, rule->target);
  of->codes[1] = look(g, rule->condition);
}

static uint32_t flagged(const found *f, bool condition) {
  return f->guard.test | (condition && f->fixed ? EDI_GUARD_CONDITION : 0);
}

static edi_guard own_guard(const edi_guards *g, const found *f, const edi_code_guards *c, uint32_t test) {
  edi_guard one = c->apart ? placed(g, f, c->apart) : f->guard;
  one.test = test;
  return one;
}

static bool is_where(const edi_guard_place *place, const edi_rule_guards *of) {
  for (unsigned c = 0; c < 2; c++)
    if (place->codes[c].first != of->codes[c].first || place->codes[c].count != of->codes[c].count) return false;
  return place->known;
}

/* Whether the guard, with the constants of a code that lies so many words further on, is the wanted one, which has its
 * test and key: most name one constant, and it is enough to look at that. */
static bool is_wanted(const edi_guards *g, const found *f, ptrdiff_t apart, const edi_guard *wanted) {
  edi_guard own = f->guard;
  if (apart && f->values_at && !f->set) own.values = f->values_at + apart;
  else if (apart) own = placed(g, f, apart);
  return own.low == wanted->low && own.high == wanted->high && own.count == wanted->count &&
         same_values(own.values, wanted->values, own.count);
}

/* What all guards of the codes with this test and key come to; how many they are, and where the last one is. */
static uint32_t need_of_codes(const edi_guards *g, const edi_rule_guards *of, uint32_t test, uint32_t key, edi_guard *out,
                              edi_guard_place *place) {
  uint32_t count = 0;
  for (unsigned c = 0; c < 2; c++) {
    for (uint32_t i = of->codes[c].first; i < of->codes[c].first + of->codes[c].count; i++) {
      const found *f = &g->kept[i];
      if (f->guard.key != key || flagged(f, c == 1) != test) continue;
      edi_guard one = own_guard(g, f, &of->codes[c], test);
      *out = count++ ? narrower(g, out, &one) : one;
      place->code = c;
      place->at = i;
    }
  }
  return count;
}

bool edi_guards_need(const edi_guards *g, const edi_rule_guards *of, const edi_guard *wanted, edi_guard_place *place) {
  edi_guard own;
  if (is_own(wanted->test)) return own_need(g, of->rule, wanted->test, &own) && edi_guard_same(&own, wanted);
  if (is_where(place, of)) return is_wanted(g, &g->kept[place->at], of->codes[place->code].apart, wanted);
  uint32_t count = need_of_codes(g, of, wanted->test, wanted->key, &own, place);
  memcpy(place->codes, of->codes, sizeof place->codes);
  place->known = count == 1;
  return count > 0 && edi_guard_same(&own, wanted);
}

uint32_t edi_guards_rule(edi_guards *g, const edi_rule *rule, edi_guard *out) {
  static const edi_guard_test of_rules[] = {EDI_GUARD_THING, EDI_GUARD_ACTION, EDI_GUARD_IN_FORCE};
  edi_rule_guards of;
  uint32_t count = 0;
  edi_guards_look(g, rule, &of);
  for (size_t i = 0; i < sizeof of_rules / sizeof *of_rules; i++) count += own_need(g, rule, of_rules[i], &out[count]);
  for (unsigned c = 0; c < 2; c++) {
    for (uint32_t i = 0; i < of.codes[c].count; i++) {
      const found *f = &g->kept[of.codes[c].first + i];
      uint32_t k = 0, test = flagged(f, c == 1);
      while (k < count && (out[k].test != test || out[k].key != f->guard.key)) k++;
      edi_guard one = own_guard(g, f, &of.codes[c], test);
      out[k] = k < count ? narrower(g, &out[k], &one) : one;
      count += k == count;
    }
  }
  return count;
}
