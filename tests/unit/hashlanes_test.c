/* Hash lanes: every set, with every number of messages and every length, gives what libsodium's keyed BLAKE2b gives. */
#include "harness.h"

#include <sodium.h>

#include "base/hashlanes.h"
#include "support/random_rules.h"

static const char *const names[] = {"portable", "avx2", "avx512"};
enum { SETS = 3 };

static void check(const char *name, edi_hashlanes *lanes, random_source *r, size_t count, size_t least, size_t most) {
  static edi_hashlanes_batch batch;
  unsigned char key[32], wanted[EDI_KEYEDHASH_BYTES];
  edi_keyedhash hash;
  for (size_t i = 0; i < sizeof key; i++) key[i] = (unsigned char)random_below(r, 256);
  edi_keyedhash_init(&hash, key);
  for (size_t i = 0; i < EDI_HASHLANES_MOST; i++) {
    size_t length = least + random_below(r, most - least + 1);
    batch.lengths[i] = length;
    memset(batch.blocks[i], 0, EDI_KEYEDHASH_MOST);
    for (size_t k = 0; k < length; k++) batch.blocks[i][k] = (unsigned char)random_below(r, 256);
  }
  lanes(&hash, &batch, count);
  for (size_t i = 0; i < count; i++) {
    CHECK_INT(crypto_generichash(wanted, sizeof wanted, batch.blocks[i], batch.lengths[i], key, sizeof key), 0);
    if (memcmp(batch.out[i], wanted, sizeof wanted) != 0)
      HARNESS_FAIL("%s: message %zu of %zu, of %zu bytes", name, i, count, (size_t)batch.lengths[i]);
  }
}

TEST(all_sets_give_what_libsodium_gives) {
  random_source r = {17};
  if (sodium_init() < 0) abort();
  for (size_t s = 0; s < SETS; s++) {
    edi_hashlanes *lanes = edi_hashlanes_named(names[s]);
    if (!lanes) {
      printf("# %s: this processor does not have it\n", names[s]);
      continue;
    }
    for (size_t count = 0; count <= EDI_HASHLANES_MOST; count++) {
      for (size_t length = 1; length <= EDI_KEYEDHASH_MOST; length++) check(names[s], lanes, &r, count, length, length);
      for (unsigned round = 0; round < 300; round++) check(names[s], lanes, &r, count, 1, round % 2 ? EDI_KEYEDHASH_MOST : 40);
    }
  }
}

TEST(a_set_is_chosen) {
  CHECK(edi_hashlanes_named("portable") != NULL);
  CHECK(edi_hashlanes_named("of the future") == NULL);
  edi_hashlanes *best = edi_hashlanes_best(), *wide = edi_hashlanes_named("avx512"), *less = edi_hashlanes_named("avx2");
  CHECK(best == (wide ? wide : less ? less : edi_hashlanes_named("portable")));
}

HARNESS_MAIN
