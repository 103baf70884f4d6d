/* Keyed masks: what each gives under a key, by hand where another way leads there, and back again. */
#include "harness.h"

#include <sodium.h>

#include "enforce/apply.h"
#include "support/random_rules.h"
#include "support/transforms.h"

static char memory[1 << 18];
static edi_mask_key key;
static edi_hasher hasher;

__attribute__((constructor)) static void set_up(void) {
  if (sodium_init() < 0 || edi_mask_key_init(&key, true) != EDICT_OK || edi_hasher_init(&hasher) != EDICT_OK) abort();
}
__attribute__((destructor)) static void tear_down(void) {
  edi_mask_key_fini(&key);
  edi_hasher_fini(&hasher);
}

static edi_output fresh(void) { return (edi_output){.ptr = memory, .size = sizeof memory, .hasher = &hasher}; }

static void prepare(const edi_transform *t) {
  for (unsigned i = 0; i < EDI_MASK_KEY_MOST; i++) key.bytes[i] = (unsigned char)(i + 1);
  key.epoch = 3;
  CHECK(edi_mask_key_prepare(&key, t));
}

/* A text under a transform; NULL where it gives nothing. */
static const char *masked(const edi_transform *t, edi_str in) {
  edi_apply_column column = {.base = EDI_TYPE_STRING, .key = &key};
  edi_output output = fresh();
  edict_cell cell = {.type = EDICT_CELL_TEXT, .ptr = in.ptr, .len = in.len}, out;
  edi_apply(t, &column, NULL, &cell, &out, &output);
  if (out.type != EDICT_CELL_TEXT) return NULL;
  CHECK_INT(output.used, out.len);
  memory[output.used] = '\0';
  return out.ptr;
}

static void expect(const char *text, const char *in, const char *wanted) {
  edi_transform t = transform_of(text);
  prepare(&t);
  const char *got = masked(&t, edi_str_from(in));
  if (!got || strcmp(got, wanted) != 0) HARNESS_FAIL("%s of %s is %s, expected %s", text, in, got ? got : "NULL", wanted);
}

/* Of every length up to one block, as libsodium has it. */
TEST(the_keyed_hash_is_blake2b) {
  unsigned char block[EDI_KEYEDHASH_MOST + 1] = {0}, got[16], wanted[16], bytes[32];
  random_source r = {11};
  edi_keyedhash hash;
  for (size_t length = 1; length <= EDI_KEYEDHASH_MOST; length++)
    for (unsigned round = 0; round < 20; round++) {
      memset(block, 0, sizeof block);
      for (size_t i = 0; i < length; i++) block[i] = (unsigned char)random_below(&r, 256);
      for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (unsigned char)random_below(&r, 256);
      edi_keyedhash_init(&hash, bytes);
      edi_keyedhash_short(&hash, block, length, got);
      CHECK_INT(crypto_generichash(wanted, sizeof wanted, block, length, bytes, sizeof bytes), 0);
      if (memcmp(got, wanted, sizeof got) != 0) HARNESS_FAIL("%zu bytes", length);
    }
}

/* Of every length around one block a pseudonym is the same as it always was. */
TEST(pseudonyms_of_all_lengths) {
  char text[300];
  edi_transform t = transform_of("pseudonym(k, encode: hex)");
  prepare(&t);
  memset(text, 'a', sizeof text);
  for (size_t length = 0; length < sizeof text; length++) {
    unsigned char input[400] = {EDI_TYPE_STRING}, digest[16];
    char hex[33];
    edi_put64(input + 1, length);
    memcpy(input + 9, text, length);
    (void)crypto_generichash(digest, 16, input, 9 + length, key.bytes, 32);
    sodium_bin2hex(hex, sizeof hex, digest, 16);
    const char *got = masked(&t, (edi_str){text, length});
    if (!got || strcmp(got, hex) != 0) HARNESS_FAIL("%zu bytes", length);
  }
}

/* BLAKE2b-128 by hand, and its writings. */
TEST(writings_of_a_pseudonym) {
  unsigned char input[64] = {EDI_TYPE_STRING, 3}, mac[16];
  char base64[32], hex[33], uuid[40];
  memcpy(input + 9, "ana", 3);
  for (unsigned i = 0; i < 32; i++) key.bytes[i] = (unsigned char)(i + 1);
  CHECK_INT(crypto_generichash(mac, 16, input, 12, key.bytes, 32), 0);
  sodium_bin2base64(base64, sizeof base64, mac, 16, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  sodium_bin2hex(hex, sizeof hex, mac, 16);
  expect("pseudonym(k)", "ana", base64);
  expect("pseudonym(k, encode: hex)", "ana", hex);
  snprintf(uuid, sizeof uuid, "%.8s-%.4s-8%.3s-%c%.3s-%.12s", hex, hex + 8, hex + 13, "89ab"[(mac[8] >> 4) & 3], hex + 17, hex + 20);
  expect("pseudonym(k, encode: uuid)", "ana", uuid);
  edi_transform crockford = transform_of("pseudonym(k, encode: crockford)");
  const char *got = masked(&crockford, EDI_STR("ana"));
  CHECK_INT(strlen(got), 26);
  unsigned char back[17] = {0}; /* 26 digits of 5 bits: the last two bits are zero */
  for (unsigned i = 0; i < 26; i++) {
    unsigned digit = (unsigned)(strchr("0123456789ABCDEFGHJKMNPQRSTVWXYZ", got[i]) - "0123456789ABCDEFGHJKMNPQRSTVWXYZ");
    for (unsigned b = 0; b < 5; b++)
      if (digit >> (4 - b) & 1) back[(5 * i + b) / 8] |= (unsigned char)(0x80 >> (5 * i + b) % 8);
  }
  CHECK(memcmp(back, mac, 16) == 0 && back[16] == 0);
}

TEST(an_address_keeps_its_domain) {
  edi_transform email = transform_of("email(pseudo, key: k)"), pseudonym = transform_of("pseudonym(k)");
  char wanted[64];
  prepare(&email);
  snprintf(wanted, sizeof wanted, "%s@example.org", masked(&pseudonym, EDI_STR("ana")));
  CHECK(strcmp(masked(&email, EDI_STR("ana@example.org")), wanted) == 0);
  CHECK(masked(&email, EDI_STR("ana")) == NULL);
}

TEST(tokens_open_again) {
  static const char *const texts[] = {"", "a", "ana@example.org", "\xE7\x8E\x8B\xE5\xB0\x8F\xE6\x98\x8E", "a longer text than one block of the cipher, or two"};
  edi_transform t = transform_of("token(k)"), other = transform_of("token(k, context: \"x\")");
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    char token[512];
    edi_str plain;
    prepare(&t);
    snprintf(token, sizeof token, "%s", masked(&t, edi_str_from(texts[i])));
    CHECK(strncmp(token, "e3~", 3) == 0);
    CHECK_INT(strlen(token), 3 + ((16 + strlen(texts[i])) * 4 + 2) / 3);
    edi_output output = fresh();
    CHECK(edi_kernel_token_open(&key, edi_str_from(token), &output, &plain) && edi_str_equal(plain, edi_str_from(texts[i])));
    char last = token[strlen(token) - 1]; /* another text, another writing, another epoch, another context: none opens */
    token[strlen(token) - 1] = last == 'A' ? 'E' : 'A';
    output = fresh();
    CHECK(!edi_kernel_token_open(&key, edi_str_from(token), &output, &plain) && output.used == 0);
    token[strlen(token) - 1] = last;
    key.epoch = 4;
    CHECK(!edi_kernel_token_open(&key, edi_str_from(token), &output, &plain));
    prepare(&other);
    CHECK(!edi_kernel_token_open(&key, edi_str_from(token), &output, &plain));
  }
}

TEST(what_is_no_token) {
  static const char *const texts[] = {"", "e", "e3", "e3~", "3~AAAA", "e03~AAAA", "e3~A", "e3~AAAA", "e3~!!!!", "e99999999999~AAAA", "e3.AAAA"};
  edi_transform t = transform_of("token(k)");
  edi_str plain;
  prepare(&t);
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    edi_output output = fresh();
    CHECK(!edi_kernel_token_open(&key, edi_str_from(texts[i]), &output, &plain));
  }
}

TEST(formats_are_kept) {
  static const struct { const char *transform, *in; } table[] = {
      {"fpe(k)", "4111-1111-1111-4444"}, {"fpe(k)", "+49 (30) 123456"}, {"fpe(k)", "123456"},
      {"fpe(k, alphabet: \"0123456789abcdef\")", "de:ad:be:ef:00:01"}, {"fpe(k, alphabet: \"abcdefghijklmnopqrstuvwxyz\")", "m\xC3\xBCller-lang"},
      {"fpe(k, alphabet: \"01\")", "01010101010101010101"},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    edi_transform t = transform_of(table[i].transform);
    edi_str alphabet = edi_value_str(t.args[EDI_ARG_FPE_ALPHABET]), in = edi_str_from(table[i].in), back;
    char out[64];
    prepare(&t);
    const char *got = masked(&t, in);
    REQUIRE(got != NULL);
    snprintf(out, sizeof out, "%s", got);
    CHECK_INT(strlen(out), in.len);
    CHECK(strcmp(out, table[i].in) != 0);
    for (size_t c = 0; c < in.len; c++) {
      bool was = memchr(alphabet.ptr, in.ptr[c], alphabet.len), is = memchr(alphabet.ptr, out[c], alphabet.len);
      CHECK(was ? is : out[c] == in.ptr[c]);
    }
    edi_output output = fresh();
    CHECK(edi_kernel_fpe_open(&key, &t, edi_str_from(out), &output, &back) && edi_str_equal(back, in));
  }
  edi_transform few = transform_of("fpe(k)");
  prepare(&few);
  CHECK(masked(&few, EDI_STR("12345")) == NULL); /* a domain of less than a million */
  CHECK(masked(&few, EDI_STR("no digits")) == NULL);
}

static int64_t shifted(const edi_transform *t, int64_t date, edict_cell entity, unsigned base) {
  edi_apply_column column = {.base = EDI_TYPE_DATE, .key = &key, .cell = &entity, .cell_base = base};
  edi_output output = fresh();
  edict_cell in = {.type = EDICT_CELL_DATE, .integer = date}, out;
  edi_apply(t, &column, NULL, &in, &out, &output);
  return out.type == EDICT_CELL_DATE ? out.integer : INT64_MIN;
}

TEST(dates_move_with_their_entity) {
  edi_transform t = transform_of("date-shift(k, -2, 2, by: row[person.id])");
  size_t seen[5] = {0};
  prepare(&t);
  for (int64_t person = 0; person < 1000; person++) {
    edict_cell id = {.type = EDICT_CELL_INT, .integer = person};
    int64_t days = shifted(&t, 20000, id, EDI_TYPE_INT) - 20000;
    REQUIRE(days >= -2 && days <= 2);
    seen[days + 2]++;
    CHECK_INT(shifted(&t, 5, id, EDI_TYPE_INT) - 5, days); /* what lies between two dates stays */
  }
  for (unsigned i = 0; i < 5; i++) CHECK(seen[i] > 140 && seen[i] < 260);
  const edict_cell none = {0}, text = {.type = EDICT_CELL_TEXT, .ptr = "p-1", .len = 3};
  CHECK_INT(shifted(&t, 20000, none, EDI_TYPE_INT), INT64_MIN);
  CHECK_INT(shifted(&t, 20000, text, EDI_TYPE_INT), INT64_MIN); /* no entity of the column's type */
  CHECK(shifted(&t, 20000, text, EDI_TYPE_STRING) != INT64_MIN);
  edi_transform far = transform_of("date-shift(k, 1, 2, by: row[person.id])");
  prepare(&far);
  CHECK_INT(shifted(&far, EDI_DATE_MAX, text, EDI_TYPE_STRING), INT64_MIN); /* past the calendar */
}

/* Without a key, without a salt, with a short one: nothing. */
TEST(nothing_without_its_secret) {
  static const char *const texts[] = {"pseudonym(k)", "token(k)", "fpe(k)", "email(pseudo, key: k)"};
  edict_cell in = {.type = EDICT_CELL_TEXT, .ptr = "ana@example.org-123456", .len = 22}, out;
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    edi_transform t = transform_of(texts[i]);
    edi_apply_column column = {.base = EDI_TYPE_STRING};
    edi_output output = fresh();
    edi_apply(&t, &column, NULL, &in, &out, &output);
    CHECK_INT(out.type, EDICT_CELL_NULL);
  }
  edi_transform query = transform_of("sha256-query");
  edi_apply_column column = {.base = EDI_TYPE_STRING, .salt = {"0123456789abcde", 15}};
  edi_output output = fresh();
  edi_apply(&query, &column, NULL, &in, &out, &output);
  CHECK_INT(out.type, EDICT_CELL_NULL);
  column.salt = EDI_STR("0123456789abcdef");
  edi_apply(&query, &column, NULL, &in, &out, &output);
  REQUIRE(out.type == EDICT_CELL_TEXT && out.len == 64);
  const edi_str parts[] = {column.salt, {in.ptr, in.len}};
  uint8_t digest[32];
  char hex[64];
  CHECK(edi_digest_sha256(parts, 2, digest));
  edi_hex_write(digest, 32, false, hex);
  CHECK(memcmp(hex, out.ptr, 64) == 0);
}

/* A wiped key gives what zero gives, not what it gave. */
TEST(wiped_keys_are_gone) {
  edi_transform t = transform_of("token(k)");
  char before[128];
  prepare(&t);
  snprintf(before, sizeof before, "%s", masked(&t, EDI_STR("ana")));
  edi_mask_key_wipe(&key);
  for (unsigned i = 0; i < EDI_MASK_KEY_MOST; i++) CHECK(key.bytes[i] == 0);
  CHECK(strcmp(before, masked(&t, EDI_STR("ana"))) != 0);
}

/* Long texts are numbers of several words, of which half stands in the key while it is taken back. */
TEST(wiped_keys_keep_nothing_of_what_was_taken_back) {
  edi_transform t = transform_of("fpe(k)");
  char out[64];
  edi_output output = fresh();
  edi_str back;
  prepare(&t);
  snprintf(out, sizeof out, "%s", masked(&t, EDI_STR("1234567890123456789012345678901234567890")));
  CHECK(edi_kernel_fpe_open(&key, &t, edi_str_from(out), &output, &back));
  edi_mask_key_wipe(&key);
  for (size_t i = 0; i < sizeof key.ff1.tail; i++) CHECK(((const unsigned char *)&key.ff1.tail)[i] == 0);
}

HARNESS_MAIN
