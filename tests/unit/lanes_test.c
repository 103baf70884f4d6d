/* Lanes: each set gives the bits that one number at a time gives, at every length up to a block. */
#include "harness.h"

#include "eval/lanes.h"
#include "support/random_rules.h"

static const char *const names[] = {"portable", "avx2", "avx512"};
enum { SETS = 3 };

typedef struct numbers {
  int64_t a[EDI_BLOCK], b[EDI_BLOCK];
  int32_t narrow[EDI_BLOCK];
  uint32_t codes[EDI_BLOCK];
  uint32_t table[144];
  uint32_t length;
} numbers;

static int64_t some(random_source *r) {
  static const int64_t ends[] = {INT64_MIN, INT64_MIN + 1, -1, 0, 1, INT64_MAX - 1, INT64_MAX};
  return random_below(r, 4) ? (int64_t)random_below(r, 9) - 4 : ends[random_below(r, 7)];
}

static void draw(random_source *r, numbers *n) {
  static const uint32_t lengths[] = {1, 2, 4, 12, 31, 32, 62, 63, 64, 65, 255, 256, 257, 511, 512, 513, 4096};
  n->length = lengths[random_below(r, 17)];
  memset(n->table, 0, sizeof n->table);
  uint64_t often = random_below(r, 3) ? 2 : n->length; /* half of them, or one or two */
  bool others = random_below(r, 2);
  for (uint32_t i = 0; i <= n->length; i++)
    if ((random_below(r, often) == 0) != others) n->table[i / 32] |= UINT32_C(1) << (i % 32);
  for (size_t i = 0; i < EDI_BLOCK; i++) {
    n->a[i] = some(r);
    n->b[i] = some(r);
    n->narrow[i] = random_below(r, 4) ? (int32_t)random_below(r, 9) - 4 : random_below(r, 2) ? INT32_MAX : INT32_MIN;
    n->codes[i] = random_below(r, 16) ? (uint32_t)random_below(r, n->length) : random_below(r, 2) ? UINT32_MAX : n->length + (uint32_t)random_below(r, 40);
  }
}

/* The bits of a lane and nothing beyond them. */
#define SAME(out, n, bit)                                                                \
  do {                                                                                   \
    for (size_t i = 0; i < edi_words(n) * 64; i++) {                                     \
      bool expected = i < (n) && (bit), is = (out)[i / 64] >> (i % 64) & 1;              \
      if (expected != is) HARNESS_FAIL("%s: bit %zu of %zu", lanes->name, i, (size_t)(n)); \
    }                                                                                    \
  } while (0)

static void check(const edi_lanes *lanes, const numbers *x, size_t n, int64_t least, int64_t most) {
  uint64_t out[EDI_BLOCK_WORDS + 1];
  int32_t low = (int32_t)(least < INT32_MIN ? INT32_MIN : least > INT32_MAX ? INT32_MAX : least);
  int32_t high = (int32_t)(most < INT32_MIN ? INT32_MIN : most > INT32_MAX ? INT32_MAX : most);
  lanes->range64(x->a, n, least, most, out);
  SAME(out, n, x->a[i] >= least && x->a[i] <= most);
  lanes->range32(x->narrow, n, low, high, out);
  SAME(out, n, x->narrow[i] >= low && x->narrow[i] <= high);
  lanes->less64(x->a, x->b, n, out);
  SAME(out, n, x->a[i] < x->b[i]);
  lanes->equal64(x->a, x->b, n, out);
  SAME(out, n, x->a[i] == x->b[i]);
  lanes->pick32(x->codes, n, x->table, x->length, out);
#define CODE(i) (x->codes[i] < x->length ? x->codes[i] : x->length)
  SAME(out, n, x->table[CODE(i) / 32] >> (CODE(i) % 32) & 1);
}

static void check_select(const edi_lanes *lanes, random_source *r, size_t n) {
  uint64_t bits[EDI_BLOCK_WORDS] = {0};
  uint32_t out[EDI_BLOCK];
  uint64_t often = random_below(r, 9);
  size_t count = 0;
  for (size_t i = 0; i < n; i++) bits[i / 64] |= (uint64_t)(random_below(r, 8) < often) << (i % 64);
  size_t made = lanes->select(bits, n, 4000000000u, out);
  for (size_t i = 0; i < n; i++)
    if (bits[i / 64] >> (i % 64) & 1) CHECK(count < made && out[count++] == 4000000000u + i);
  CHECK_INT(made, count);
}

TEST(sets_agree_with_one_at_a_time) {
  random_source r = {7};
  static numbers x;
  for (size_t k = 0; k < SETS; k++) {
    const edi_lanes *lanes = edi_lanes_named(names[k]);
    if (!lanes) continue;
      CHECK_TEXT(lanes->name, strlen(lanes->name), names[k]);
    for (int round = 0; round < 60; round++) {
      draw(&r, &x);
      size_t n = round < 20 ? (size_t)round * 13 : random_below(&r, EDI_BLOCK + 1);
      check(lanes, &x, n, some(&r), some(&r));
      check(lanes, &x, n, INT64_MIN, INT64_MAX);
      check_select(lanes, &r, n);
    }
  }
}

TEST(a_set_that_is_not_there) {
  CHECK(edi_lanes_named("vector") == NULL);
  CHECK(edi_lanes_named("portable") == &edi_lanes_portable);
  CHECK(edi_lanes_best() != NULL);
}

HARNESS_MAIN
