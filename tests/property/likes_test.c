/* Likes: what is found of a code for the one that it is like is what is found of the code itself.
 *
 * Codes are drawn in rows: one form, each with constants of its own, few enough that some are the same by chance,
 * which the others of the row are not. Their guards, and the fused forms of the codes of random worlds, are compared
 * with those that are made one by one. */
#include "bundle/likes.h"

#include "base/calendar.h"
#include "bundle/guard.h"
#include "harness.h"
#include "support/random_world.h"
#include "support/seed.h"

enum { ROWS = 6, LIKES = 6, MOST = 4096, DEPTH = 4 };

static const uint32_t lists[] = {0, 1, 2, 0, 1, 2, 1};
static const edi_const consts[] = {
    {EDI_TYPE_STRING, 1, 0}, {EDI_TYPE_STRING, 1, 1}, {EDI_TYPE_STRING, 1, 2},
    {EDI_TYPE_INT, 0, 5}, {EDI_TYPE_INT, 0, 7}, {EDI_TYPE_INT, 0, 9},
    {EDI_TYPE_STRING | EDI_TYPE_SET, 1, 0}, {EDI_TYPE_STRING | EDI_TYPE_SET, 2, 1}, {EDI_TYPE_STRING | EDI_TYPE_SET, 0, 0},
    {EDI_TYPE_STRING | EDI_TYPE_SET, 3, 3}, {EDI_TYPE_STRING | EDI_TYPE_SET, 1, 6},
    {EDI_TYPE_BOOL, 0, 0}, {EDI_TYPE_BOOL, 0, 1},
};
static const struct { uint32_t first, count; } sorts[] = {{0, 3}, {3, 3}, {6, 5}, {11, 2}};
enum { TEXT, NUMBER, TEXTS, TRUTH };
static const edi_attr attrs[] = {
    {.entity = EDI_ENTITY_RESOURCE, .type = EDI_TYPE_STRING},
    {.entity = EDI_ENTITY_RESOURCE, .type = EDI_TYPE_INT},
    {.entity = EDI_ENTITY_SUBJECT, .type = EDI_TYPE_STRING | EDI_TYPE_SET},
    {.entity = EDI_ENTITY_PRODUCT, .type = EDI_TYPE_BOOL},
};

static edi_instr instrs[MOST];
static edi_routine codes[ROWS * LIKES];
static uint32_t instr_count;

static void put(edi_op op, unsigned dst, unsigned a, unsigned b, uint32_t imm) {
  if (instr_count == MOST) abort();
  instrs[instr_count++] = (edi_instr){(uint8_t)op, (uint8_t)dst, (uint8_t)a, (uint8_t)b, imm};
}

/* The constant is put in for each code of the row. */
static void put_pair(unsigned dst, uint32_t attr, unsigned sort) {
  put(EDI_OP_ATTR, dst, 0, 0, attr);
  put(EDI_OP_CONST, dst + 1, 0, 0, sorts[sort].first);
}

/* A constant that depends on the path, and may be the same on both. */
static void put_chosen(unsigned dst, uint32_t first) {
  put(EDI_OP_ATTR, dst + 2, 0, 0, TRUTH);
  put(EDI_OP_CONST, dst + 1, 0, 0, sorts[TEXT].first);
  put(EDI_OP_JUMP_YES, 0, dst + 2, 0, instr_count + 2 - first);
  put(EDI_OP_CONST, dst + 1, 0, 0, sorts[TEXT].first);
  put(EDI_OP_ATTR, dst, 0, 0, TEXT);
  put(EDI_OP_EQ, dst, dst, dst + 1, 0);
}

static void put_leaf(random_source *r, unsigned dst, uint32_t first_of_code) {
  switch (random_below(r, 7)) {
    case 6: put_chosen(dst, first_of_code); break;
    case 0: put_pair(dst, TEXT, TEXT), put(EDI_OP_EQ, dst, dst, dst + 1, 0); break;
    case 1: put_pair(dst, TEXT, TEXTS), put(EDI_OP_IN, dst, dst, dst + 1, 0); break;
    case 2: put_pair(dst, TEXTS, TEXT), put(EDI_OP_HAS, dst, dst, dst + 1, 0); break;
    case 3: {
      bool less = random_below(r, 2), first = random_below(r, 2);
      put_pair(dst, NUMBER, NUMBER);
      put(less ? EDI_OP_LT : EDI_OP_LE, dst, first ? dst : dst + 1, first ? dst + 1 : dst, 0);
      break;
    }
    case 4: put(EDI_OP_ATTR, dst, 0, 0, TRUTH); break;
    default: put(EDI_OP_CONST, dst, 0, 0, sorts[TRUTH].first); break;
  }
}

static void put_condition(random_source *r, unsigned depth, unsigned dst, uint32_t first) {
  if (depth == 0 || random_below(r, 4) == 0) {
    put_leaf(r, dst, first);
    return;
  }
  bool both = random_below(r, 2), jumps = random_below(r, 2);
  put_condition(r, depth - 1, dst, first);
  uint32_t jump = instr_count;
  if (jumps) put(both ? EDI_OP_JUMP_NO : EDI_OP_JUMP_YES, 0, dst, 0, 0);
  put_condition(r, depth - 1, dst + 1, first);
  put(both ? EDI_OP_AND : EDI_OP_OR, dst, dst, dst + 1, 0);
  if (jumps) instrs[jump].imm = instr_count - first;
  if (random_below(r, 5) == 0) put(EDI_OP_NOT, dst, dst, 0, 0);
}

/* A row: one form, then copies of it; every constant is drawn among those of its type. */
static void put_row(random_source *r, uint32_t row) {
  uint32_t first = instr_count;
  put_condition(r, DEPTH, 0, first);
  put(EDI_OP_RETURN, 0, 0, 0, 0);
  uint32_t count = instr_count - first;
  for (uint32_t k = 0; k < LIKES; k++) {
    uint32_t at = first + k * count;
    if (at + count > MOST) abort();
    if (k) memcpy(&instrs[at], &instrs[first], count * sizeof *instrs);
    for (uint32_t i = at; i < at + count; i++)
      for (unsigned s = 0; instrs[i].op == EDI_OP_CONST && s < 4; s++)
        if (instrs[i].imm - sorts[s].first < sorts[s].count)
          instrs[i].imm = sorts[s].first + (uint32_t)random_below(r, sorts[s].count);
    codes[row * LIKES + k] = (edi_routine){{at, count}, EDI_TYPE_BOOL, DEPTH + 4, 1, 1};
  }
  instr_count = first + LIKES * count;
}

static bool same(const edi_guard *a, uint32_t n, const edi_guard *b, uint32_t m) {
  if (n != m) return false;
  for (uint32_t i = 0; i < n; i++)
    if (!edi_guard_same(&a[i], &b[i])) return false;
  return true;
}

/* Each guard of the rule is one that it needs; none of another count of values is, nor of another key. */
static bool needs_its_own(edi_guards *finder, const edi_rule *rule, const edi_guard *all, uint32_t count) {
  static edi_guard_place places[EDI_GUARDS_OF_RULE]; /* kept from rule to rule, as the verifier keeps them */
  static edi_guard before[EDI_GUARDS_OF_RULE];
  edi_rule_guards of;
  edi_guards_look(finder, rule, &of);
  for (uint32_t i = 0; i < count; i++) {
    edi_guard other = all[i], further = all[i];
    edi_guard_place fresh = {.known = false};
    other.count++, other.low++;
    further.key += 1000;
    if (before[i].test != all[i].test || before[i].key != all[i].key) places[i].known = false;
    before[i] = all[i];
    if (!edi_guards_need(finder, &of, &all[i], &places[i]) || edi_guards_need(finder, &of, &other, &places[i])) return false;
    if (edi_guards_need(finder, &of, &further, &fresh)) return false;
  }
  return true;
}

/* All guards with what is known of likes and without; how many codes were like another. */
static uint32_t compare(const edi_program *p, const uint32_t *likes, edi_arena *arena, bool *right) {
  edi_guards *knowing = edi_guards_create(p, likes, arena);
  uint32_t alike = 0;
  *right = knowing != NULL;
  for (uint32_t c = 0; c < p->codes_count && *right; c++) {
    edi_guard some[EDI_GUARDS_OF_RULE], other[EDI_GUARDS_OF_RULE];
    edi_rule rule = {.from = EDI_DATE_MIN, .until = EDI_DATE_MAX, .target = EDI_NONE, .condition = c};
    if (p->codes[c].type != EDI_TYPE_BOOL) continue;
    edi_guards *alone = edi_guards_create(p, NULL, arena);
    uint32_t n = edi_guards_rule(knowing, &rule, some), m = alone ? edi_guards_rule(alone, &rule, other) : 0;
    *right = alone && same(some, n, other, m) && needs_its_own(knowing, &rule, some, n);
    alike += likes[c] != c;
  }
  return alike;
}

/* The constants that the codes name, and how many each of a row does. */
static void find_values(uint32_t *named, uint32_t *values) {
  uint32_t count = 0;
  for (uint32_t code = 0; code < ROWS * LIKES; code++) {
    const edi_range run = codes[code].instrs;
    named[code / LIKES] = 0;
    for (uint32_t i = 0; i < run.count; i++) {
      if (instrs[run.first + i].op != EDI_OP_CONST) continue;
      values[count++] = instrs[run.first + i].imm;
      named[code / LIKES]++;
    }
  }
}

TEST(guards_of_likes)
{
  random_source r = {1};
  uint32_t alike = 0;
  for (unsigned round = 0; round < 400; round++) {
    edi_arena arena;
    edi_likes likes;
    bool right;
    edi_arena_init(&arena, NULL, (size_t)1 << 30);
    instr_count = 0;
    for (uint32_t row = 0; row < ROWS; row++) put_row(&r, row);
    uint32_t of[ROWS * LIKES], values[MOST], named[ROWS];
    const edi_shaping shapes = {ROWS, of, named, values};
    for (uint32_t i = 0; i < ROWS * LIKES; i++) of[i] = i / LIKES;
    find_values(named, values);
    edi_program p = {.attrs = attrs, .attrs_count = 4, .consts = consts, .consts_count = sizeof consts / sizeof *consts,
                     .lists = lists, .lists_count = sizeof lists / sizeof *lists, .codes = codes, .codes_count = ROWS * LIKES,
                     .instrs = instrs, .instrs_count = instr_count};
    REQUIRE(edi_likes_init(&likes, &p, round % 2 ? &shapes : NULL, &arena) == EDICT_OK);
    for (uint32_t i = 0; i < p.codes_count; i++) (void)edi_likes_find(&likes, i);
    alike += compare(&p, likes.of, &arena, &right);
    if (!right) HARNESS_FAIL("round %u", round);
    edi_arena_fini(&arena);
    if (!right) return;
  }
  CHECK(alike > 5000);
}

static bool same_code(const edi_fused *a, const edi_fused *b) {
  if (!a || !b) return a == b;
  size_t count = 1;
  while (a[count - 1].op != EDI_OP_RETURN) count++;
  return memcmp(a, b, count * sizeof *a) == 0;
}

/* Codes of what people write: guards, and the fused forms that the engine made. */
TEST(codes_of_random_worlds)
{
  uint32_t alike = 0, fused = 0;
  for (uint64_t seed = 1; seed <= 6; seed++) {
    random_source r = {seed * 7919};
    random_world w = {.seed = seed, .many = true};
    REQUIRE(random_world_make(&w, &r) && random_world_start(&w));
    for (int side = 0; side < 2; side++) {
      edi_linked *linked = &w.engine->linked[side];
      edi_arena arena;
      bool right;
      edi_arena_init(&arena, NULL, (size_t)1 << 30);
      REQUIRE(linked->program.likes != NULL);
      alike += compare(&linked->program, linked->program.likes, &arena, &right);
      if (!right) HARNESS_FAIL("guards of seed %llu", (unsigned long long)seed);
      for (uint32_t c = 0; c < linked->program.codes_count; c++) {
        bool asked;
        const edi_fused *alone = NULL;
        if (linked->program.codes[c].type != EDI_TYPE_BOOL) continue;
        REQUIRE(edi_fuse(linked, c, &arena, &asked, &alone) == EDICT_OK);
        fused += linked->fused[c] != NULL;
        if (!same_code(linked->fused[c], alone)) HARNESS_FAIL("code %u of seed %llu", (unsigned)c, (unsigned long long)seed);
      }
      edi_arena_fini(&arena);
    }
    random_world_end(&w);
  }
  printf("# %u alike, %u fused\n", (unsigned)alike, (unsigned)fused);
  CHECK(alike > 10);
  CHECK(fused > 300);
}

HARNESS_MAIN
