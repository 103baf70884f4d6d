/* FF1: NIST's samples, both ways of computing compared, and the ends of the domain. */
#include "harness.h"

#include "enforce/ff1.h"
#include "support/random_rules.h"

/* The nine samples that NIST published with SP 800-38G (public domain). */
static const struct { const char *key; uint32_t radix; const char *tweak, *plain, *sealed; } samples[] = {
    {"2b7e151628aed2a6abf7158809cf4f3c", 10, "", "0123456789", "2433477484"},
    {"2b7e151628aed2a6abf7158809cf4f3c", 10, "39383736353433323130", "0123456789", "6124200773"},
    {"2b7e151628aed2a6abf7158809cf4f3c", 36, "3737373770717273373737", "0123456789abcdefghi", "a9tv40mll9kdu509eum"},
    {"2b7e151628aed2a6abf7158809cf4f3cef4359d8d580aa4f", 10, "", "0123456789", "2830668132"},
    {"2b7e151628aed2a6abf7158809cf4f3cef4359d8d580aa4f", 10, "39383736353433323130", "0123456789", "2496655549"},
    {"2b7e151628aed2a6abf7158809cf4f3cef4359d8d580aa4f", 36, "3737373770717273373737", "0123456789abcdefghi", "xbj3kv35jrawxv32ysr"},
    {"2b7e151628aed2a6abf7158809cf4f3cef4359d8d580aa4f7f036d6f04fc6a94", 10, "", "0123456789", "6657667009"},
    {"2b7e151628aed2a6abf7158809cf4f3cef4359d8d580aa4f7f036d6f04fc6a94", 10, "39383736353433323130", "0123456789", "1001623463"},
    {"2b7e151628aed2a6abf7158809cf4f3cef4359d8d580aa4f7f036d6f04fc6a94", 36, "3737373770717273373737", "0123456789abcdefghi", "xs8a0azh2avyalyzuwd"},
};

static void numerals_of(const char *text, uint8_t *out) {
  for (size_t i = 0; text[i]; i++) out[i] = (uint8_t)(text[i] <= '9' ? text[i] - '0' : text[i] - 'a' + 10);
}

TEST(samples_of_nist) {
  for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
    uint8_t key[32], tweak[32], x[64], plain[64], sealed[64];
    size_t key_length, tweak_length, n = strlen(samples[i].plain);
    edi_ff1 ff1;
    CHECK(edi_hex_decode(edi_str_from(samples[i].key), key, 32, &key_length));
    CHECK(edi_hex_decode(edi_str_from(samples[i].tweak), tweak, 32, &tweak_length));
    numerals_of(samples[i].plain, plain);
    numerals_of(samples[i].sealed, sealed);
    CHECK_INT(edi_ff1_init(&ff1, key_length), EDICT_OK);
    CHECK(edi_ff1_key(&ff1, key, samples[i].radix, (edi_str){(char *)tweak, tweak_length}));
    memcpy(x, plain, n);
    CHECK(edi_ff1_encrypt(&ff1, x, n) && memcmp(x, sealed, n) == 0);
    CHECK(edi_ff1_decrypt(&ff1, x, n) && memcmp(x, plain, n) == 0);
    ff1.low.d = ff1.high.d = 0; /* digit by digit */
    CHECK(edi_ff1_encrypt(&ff1, x, n) && memcmp(x, sealed, n) == 0);
    CHECK(edi_ff1_decrypt(&ff1, x, n) && memcmp(x, plain, n) == 0);
    edi_ff1_fini(&ff1);
  }
}

TEST(both_ways_agree_and_come_back) {
  static const uint32_t radices[] = {2, 3, 10, 16, 26, 36, 62, 94, 95, 255, 256};
  random_source r = {7};
  for (size_t i = 0; i < sizeof radices / sizeof *radices; i++) {
    uint32_t radix = radices[i];
    uint8_t key[32];
    char tweak[64];
    edi_ff1 ff1;
    for (size_t k = 0; k < sizeof key; k++) key[k] = (uint8_t)random_below(&r, 256);
    for (size_t k = 0; k < sizeof tweak; k++) tweak[k] = (char)random_below(&r, 256);
    CHECK_INT(edi_ff1_init(&ff1, 32), EDICT_OK);
    for (size_t n = 20; n <= EDI_FF1_LENGTH_MOST; n += n < 70 ? 1 : 31) {
      uint8_t plain[EDI_FF1_LENGTH_MOST], fast[EDI_FF1_LENGTH_MOST], slow[EDI_FF1_LENGTH_MOST];
      CHECK(edi_ff1_key(&ff1, key, radix, (edi_str){tweak, random_below(&r, 64)}));
      for (size_t k = 0; k < n; k++) plain[k] = (uint8_t)random_below(&r, radix);
      memcpy(fast, plain, n);
      memcpy(slow, plain, n);
      CHECK(edi_ff1_encrypt(&ff1, fast, n));
      ff1.low.d = ff1.high.d = 0;
      CHECK(edi_ff1_encrypt(&ff1, slow, n));
      if (memcmp(fast, slow, n) != 0) HARNESS_FAIL("radix %u, %zu numerals", radix, n);
      if (memcmp(fast, plain, n) == 0) HARNESS_FAIL("radix %u, %zu numerals: nothing changed", radix, n);
      for (size_t k = 0; k < n; k++) CHECK(fast[k] < radix);
      CHECK(edi_ff1_decrypt(&ff1, slow, n) && memcmp(slow, plain, n) == 0);
      ff1.length = 0; /* computes anew which way to go */
      CHECK(edi_ff1_decrypt(&ff1, fast, n) && memcmp(fast, plain, n) == 0);
    }
    edi_ff1_fini(&ff1);
  }
}

/* Halves of a thousand numbers meet every border that a sum can have: many values, short and digit by digit, and back. */
TEST(the_least_halves) {
  static const struct { uint32_t radix; size_t count; } table[] = {{10, 6}, {2, 20}, {100, 3}, {10, 7}, {10, 16}, {10, 15}, {10, 19}, {36, 7}};
  static const uint8_t key[32] = {9};
  random_source r = {8};
  edi_ff1 ff1;
  REQUIRE(edi_ff1_init(&ff1, 32) == EDICT_OK);
  for (unsigned i = 0; i < 8000; i++) {
    uint32_t radix = table[i % 8].radix;
    size_t n = table[i % 8].count;
    uint8_t plain[20], fast[20], slow[20];
    CHECK(edi_ff1_key(&ff1, key, radix, (edi_str){"", 0}));
    for (size_t k = 0; k < n; k++) plain[k] = fast[k] = slow[k] = (uint8_t)random_below(&r, radix);
    CHECK(edi_ff1_encrypt(&ff1, fast, n));
    ff1.low.d = ff1.high.d = 0; /* digit by digit */
    CHECK(edi_ff1_encrypt(&ff1, slow, n));
    if (memcmp(fast, slow, n) != 0) HARNESS_FAIL("radix %u, value %u", radix, i);
    ff1.length = 0; /* computes anew which way to go */
    CHECK(edi_ff1_decrypt(&ff1, fast, n) && memcmp(fast, plain, n) == 0);
  }
  edi_ff1_fini(&ff1);
}

/* A domain of a million is enough, one less is not; one numeral never is. */
TEST(the_domain_has_a_million) {
  static const struct { uint32_t radix; size_t count; bool good; } table[] = {
      {10, 6, true}, {10, 5, false}, {2, 20, true}, {2, 19, false}, {100, 3, true}, {99, 3, false}, {255, 2, false}, {256, 3, true},
      {256, 1, false}, {10, 0, false}, {10, EDI_FF1_LENGTH_MOST, true}, {10, EDI_FF1_LENGTH_MOST + 1, false},
  };
  static const uint8_t key[32] = {9};
  edi_ff1 ff1;
  REQUIRE(edi_ff1_init(&ff1, 32) == EDICT_OK);
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    uint8_t numerals[EDI_FF1_LENGTH_MOST + 1] = {0};
    CHECK(edi_ff1_key(&ff1, key, table[i].radix, (edi_str){"", 0}));
    if (edi_ff1_encrypt(&ff1, numerals, table[i].count) != table[i].good) HARNESS_FAIL("radix %u, %zu", table[i].radix, table[i].count);
  }
  CHECK(!edi_ff1_key(&ff1, key, 1, (edi_str){"", 0}) && !edi_ff1_key(&ff1, key, 257, (edi_str){"", 0}));
  edi_ff1_fini(&ff1);
}

HARNESS_MAIN
