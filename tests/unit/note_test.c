/* Signed notes: the reference implementation's example, thresholds, hostile notes, names, keys. */
#include "harness.h"

#include <sodium.h>

#include "bundle/note.h"

/* From the package documentation of golang.org/x/mod/sumdb/note. */
#define PETER_TEXT                                             \
  "If you think cryptography is the answer to your problem,\n" \
  "then you don't know what your problem is.\n"
#define PETER_LINE             \
  "\xE2\x80\x94 PeterNeumann " \
  "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
#define ENOCH_LINE          \
  "\xE2\x80\x94 EnochRoot " \
  "rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"
static const char peter_key[] =
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
static const char peter_seed[] = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"; /* 0x01 || seed */
static const char enoch_key[] = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";

static edi_note_key key_of(const char *text) {
  edi_note_key key = {0};
  if (!edi_note_key_parse(edi_str_from(text), &key)) HARNESS_FAIL("key does not parse: %s", text);
  return key;
}

/* A key made from one byte. */
typedef struct pair {
  uint8_t secret[64];
  edi_note_key key;
} pair;
static pair pair_of(const char *name, uint8_t seed_byte) {
  pair p = {0};
  uint8_t seed[32];
  memset(seed, seed_byte, sizeof seed);
  p.key.name = edi_str_from(name);
  crypto_sign_seed_keypair(p.key.public_key, p.secret, seed);
  return p;
}

static edict_status verify(edi_str bytes, const edi_note_key *keys, size_t count, uint64_t *bits,
                           unsigned *distinct) {
  edi_note note;
  const char *why;
  *bits = 99, *distinct = 99;
  edict_status status = edi_note_split(bytes, &note, &why);
  if (status != EDICT_OK) return status;
  return edi_note_verify(&note, keys, count, bits, distinct, &why);
}

TEST(the_reference_example_verifies)
{
  edi_note_key keys[] = {key_of(peter_key), key_of(enoch_key)};
  uint64_t bits;
  unsigned distinct;
  CHECK_INT(verify(EDI_STR(PETER_TEXT "\n" PETER_LINE), keys, 2, &bits, &distinct), EDICT_OK);
  CHECK_INT(bits, 1);
  CHECK_INT(distinct, 1);
  CHECK_INT(verify(EDI_STR(PETER_TEXT "\n" PETER_LINE ENOCH_LINE), keys, 2, &bits, &distinct),
            EDICT_OK);
  CHECK_INT(bits, 3);
  CHECK_INT(distinct, 2);
  CHECK_INT(verify(EDI_STR(PETER_TEXT "\n" PETER_LINE), keys + 1, 1, &bits, &distinct),
            EDICT_UNTRUSTED);
  CHECK_INT(bits, 0);
  CHECK_INT(distinct, 0);
}

TEST(signing_gives_the_reference_bytes)
{
  uint8_t raw[33], public_key[32], secret[64];
  size_t length;
  REQUIRE(edi_base64_decode(edi_str_from(peter_seed), raw, sizeof raw, &length));
  crypto_sign_seed_keypair(public_key, secret, raw + 1);
  edi_buf buf;
  edi_buf_init(&buf, NULL, 4096);
  edi_note_begin(&buf, EDI_STR(PETER_TEXT));
  CHECK_INT(edi_note_sign(&buf, EDI_STR(PETER_TEXT), EDI_STR("PeterNeumann"), secret), EDICT_OK);
  CHECK_TEXT(buf.ptr, buf.len, PETER_TEXT "\n" PETER_LINE);
  edi_buf_fini(&buf);
  edi_buf_init(&buf, NULL, 4096);
  CHECK(edi_note_key_format(&buf, EDI_STR("PeterNeumann"), public_key));
  CHECK_TEXT(buf.ptr, buf.len, peter_key);
  edi_buf_fini(&buf);
}

TEST(a_text_may_have_blank_lines)
{
  pair a = pair_of("a", 1);
  edi_str text = EDI_STR("one\n\n\ntwo\n\n");
  edi_buf buf;
  edi_buf_init(&buf, NULL, 4096);
  edi_note_begin(&buf, text);
  CHECK_INT(edi_note_sign(&buf, text, a.key.name, a.secret), EDICT_OK);
  edi_note note;
  const char *why;
  CHECK_INT(edi_note_split((edi_str){buf.ptr, buf.len}, &note, &why), EDICT_OK);
  CHECK_TEXT(note.text.ptr, note.text.len, "one\n\n\ntwo\n\n");
  edi_buf_fini(&buf);
}

TEST(one_key_under_two_names_counts_once)
{
  pair a = pair_of("a", 1), b = pair_of("b", 1), c = pair_of("c", 2);
  edi_str text = EDI_STR("x\n");
  edi_buf buf;
  edi_buf_init(&buf, NULL, 4096);
  edi_note_begin(&buf, text);
  CHECK_INT(edi_note_sign(&buf, text, a.key.name, a.secret), EDICT_OK);
  CHECK_INT(edi_note_sign(&buf, text, b.key.name, b.secret), EDICT_OK);
  uint64_t bits;
  unsigned distinct;
  edi_note_key keys[] = {c.key, a.key, b.key, a.key};
  CHECK_INT(verify((edi_str){buf.ptr, buf.len}, keys, 4, &bits, &distinct), EDICT_OK);
  CHECK_INT(bits, 0xE);
  CHECK_INT(distinct, 1);
  CHECK_INT(edi_note_sign(&buf, text, c.key.name, c.secret), EDICT_OK);
  CHECK_INT(verify((edi_str){buf.ptr, buf.len}, keys, 4, &bits, &distinct), EDICT_OK);
  CHECK_INT(distinct, 2);
  edi_buf_fini(&buf);
}

TEST(every_changed_byte_of_a_note_is_refused)
{
  const char good[] = PETER_TEXT "\n" PETER_LINE;
  edi_note_key keys[] = {key_of(peter_key)};
  char bytes[sizeof good];
  for (size_t i = 0; i + 1 < sizeof good; i++)
    for (unsigned flip = 1; flip < 256; flip <<= 1) {
      memcpy(bytes, good, sizeof good);
      bytes[i] = (char)(bytes[i] ^ flip);
      uint64_t bits;
      unsigned distinct;
      if (verify((edi_str){bytes, sizeof good - 1}, keys, 1, &bits, &distinct) == EDICT_OK)
        HARNESS_FAIL("byte %zu flipped by %u passes", i, flip);
    }
  for (size_t cut = 0; cut + 1 < sizeof good; cut++) {
    uint64_t bits;
    unsigned distinct;
    CHECK(verify((edi_str){good, cut}, keys, 1, &bits, &distinct) != EDICT_OK);
  }
}

TEST(a_bad_signature_of_a_known_key_refuses_the_note)
{
  pair a = pair_of("a", 1), b = pair_of("b", 2), unknown = pair_of("b", 3);
  edi_str text = EDI_STR("x\n"), other = EDI_STR("y\n");
  edi_note_key keys[] = {a.key, b.key};
  uint64_t bits;
  unsigned distinct;
  edi_buf buf;
  edi_buf_init(&buf, NULL, 4096);
  edi_note_begin(&buf, text);
  CHECK_INT(edi_note_sign(&buf, text, a.key.name, a.secret), EDICT_OK);
  /* the name of a known key with another hint: unknown, ignored */
  CHECK_INT(edi_note_sign(&buf, other, unknown.key.name, unknown.secret), EDICT_OK);
  CHECK_INT(verify((edi_str){buf.ptr, buf.len}, keys, 2, &bits, &distinct), EDICT_OK);
  CHECK_INT(bits, 1);
  /* a second signature by a, of another text: a good one before it does not help */
  CHECK_INT(edi_note_sign(&buf, other, a.key.name, a.secret), EDICT_OK);
  CHECK_INT(verify((edi_str){buf.ptr, buf.len}, keys, 2, &bits, &distinct), EDICT_UNTRUSTED);
  CHECK_INT(bits, 0);
  edi_buf_fini(&buf);
}

TEST(signatures_are_limited_to_32)
{
  pair a = pair_of("a", 1);
  edi_str text = EDI_STR("x\n");
  for (int count = 32; count <= 33; count++) {
    edi_buf buf;
    edi_buf_init(&buf, NULL, 1 << 16);
    edi_note_begin(&buf, text);
    for (int i = 0; i < count; i++)
      CHECK_INT(edi_note_sign(&buf, text, a.key.name, a.secret), EDICT_OK);
    uint64_t bits;
    unsigned distinct;
    CHECK_INT(verify((edi_str){buf.ptr, buf.len}, &a.key, 1, &bits, &distinct),
              count == 32 ? EDICT_OK : EDICT_LIMIT);
    edi_buf_fini(&buf);
  }
}

TEST(keys_are_limited_to_64)
{
  edi_note_key keys[65];
  for (int i = 0; i < 65; i++) keys[i] = key_of(peter_key);
  uint64_t bits;
  unsigned distinct;
  CHECK_INT(verify(EDI_STR(PETER_TEXT "\n" PETER_LINE), keys, 64, &bits, &distinct), EDICT_OK);
  CHECK_INT(bits, -1);
  CHECK_INT(distinct, 1);
  CHECK_INT(verify(EDI_STR(PETER_TEXT "\n" PETER_LINE), keys, 65, &bits, &distinct),
            EDICT_ARGUMENT);
}

TEST(malformed_notes_are_refused)
{
#define DASH "\xE2\x80\x94 "
  static const char *const bad[] = {
      "",
      "\n",
      "\n\n",
      "x\n",
      "x\n\n",
      "x\n" PETER_LINE,
      PETER_LINE,
      "\n" PETER_LINE,
      "\n\n" PETER_LINE,                        /* empty text */
      "x\r\n\n" PETER_LINE,                     /* CR */
      "x\ty\n\n" PETER_LINE,                    /* TAB */
      "x\x01\n\n" PETER_LINE,                   /* control */
      "\xFFx\n\n" PETER_LINE,                   /* not UTF-8 */
      "\xC0\xAF\n\n" PETER_LINE,                /* overlong */
      "x\n\n" PETER_LINE "y",                   /* bytes after */
      "x\n\n" PETER_LINE "\n",                  /* an empty line after */
      "x\n\n- a AAAAAAA=\n",                    /* another dash */
      "x\n\n" DASH "a\n",                       /* no signature */
      "x\n\n" DASH "a \n",                      /* empty signature */
      "x\n\n" DASH " AAAAAAA=\n",               /* empty name */
      "x\n\n" DASH "a  AAAAAAA=\n",             /* two spaces */
      "x\n\n" DASH "a+b AAAAAAA=\n",            /* plus in a name */
      "x\n\n" DASH "a\xC2\xA0z AAAAAAA=\n",     /* a no-break space in a name */
      "x\n\n" DASH "a\xE2\x80\x83z AAAAAAA=\n", /* an em space in a name */
      "x\n\n" DASH "a AAAAAA==\n",              /* only a hint */
      "x\n\n" DASH "a AAAAAAA\n",               /* no padding */
      "x\n\n" DASH "a AAAAAAB=\n",              /* spare bits not zero */
      "x\n\n" DASH "a AAAAAAA= \n",             /* space at the end */
      "x\n\n" DASH "a AAAA AAA=\n",
  };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    edi_note note;
    const char *why = NULL;
    if (edi_note_split(edi_str_from(bad[i]), &note, &why) != EDICT_FORMAT)
      HARNESS_FAIL("passes: %zu", i);
    CHECK(why && *why);
    CHECK_INT(note.signature_count, 0);
  }
  edi_note note;
  const char *why;
  CHECK_INT(edi_note_split(EDI_STR("x\n\n" DASH "a AAAAAAA=\n"), &note, &why),
            EDICT_OK); /* one byte */
}

TEST(a_signature_of_another_algorithm_is_ignored_up_to_8_kib)
{
  edi_buf buf;
  char zeros[6200] = {0};
  for (int over = 0; over < 2; over++) {
    edi_buf_init(&buf, NULL, 1 << 16);
    edi_buf_text(&buf, PETER_TEXT "\n" PETER_LINE DASH "pq ");
    edi_base64_append(&buf, zeros, over ? 6147 : 6144); /* 8,192 characters, and 8,196 */
    edi_buf_char(&buf, '\n');
    edi_note_key keys[] = {key_of(peter_key)};
    uint64_t bits;
    unsigned distinct;
    CHECK_INT(verify((edi_str){buf.ptr, buf.len}, keys, 1, &bits, &distinct),
              over ? EDICT_LIMIT : EDICT_OK);
    edi_buf_fini(&buf);
  }
}

TEST(a_short_signature_of_a_known_key_refuses_the_note)
{
  edi_note_key key = key_of(peter_key);
  uint64_t bits;
  unsigned distinct;
  CHECK_INT(verify(EDI_STR("x\n\n" DASH "PeterNeumann x08gowA=\n"), &key, 1, &bits, &distinct),
            EDICT_UNTRUSTED);
}

TEST(keys_as_text_are_strict)
{
  static const char *const bad[] = {
      "",
      "+",
      "a",
      "PeterNeumann",
      "PeterNeumann+c74f20a3",
      "PeterNeumann+c74f20a3+",
      "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",             /* no name */
      "PeterNeumann+C74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", /* upper case */
      "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", /* wrong hint */
      "PeterNeumanm+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", /* wrong name */
      "PeterNeumann+c74f20a3+AhpC2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", /* algorithm 2 */
      "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10Q=", /* short */
      "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\n",
      "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
  };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    edi_note_key key;
    if (edi_note_key_parse(edi_str_from(bad[i]), &key)) HARNESS_FAIL("passes: %s", bad[i]);
  }
}

TEST(names_are_limited_to_128_bytes)
{
  char name[130];
  memset(name, 'n', sizeof name);
  CHECK(edi_note_name_valid((edi_str){name, 128}));
  CHECK(!edi_note_name_valid((edi_str){name, 129}));
  CHECK(edi_note_name_valid(EDI_STR("eu.example/sales-a")));
  CHECK(edi_note_name_valid(EDI_STR("\xC3\xA9t\xC3\xA9")));
  CHECK(!edi_note_name_valid(EDI_STR("")));
  CHECK(!edi_note_name_valid(EDI_STR("a\x7F")));
  CHECK(!edi_note_name_valid(EDI_STR("\xE3\x80\x80")));
}

TEST(signing_refuses_what_could_not_be_read_again)
{
  pair a = pair_of("a", 1);
  edi_buf buf;
  edi_buf_init(&buf, NULL, 4096);
  CHECK_INT(edi_note_sign(&buf, EDI_STR(""), a.key.name, a.secret), EDICT_ARGUMENT);
  CHECK_INT(edi_note_sign(&buf, EDI_STR("x"), a.key.name, a.secret), EDICT_ARGUMENT);
  CHECK_INT(edi_note_sign(&buf, EDI_STR("x\r\n"), a.key.name, a.secret), EDICT_ARGUMENT);
  CHECK_INT(edi_note_sign(&buf, EDI_STR("x\n"), EDI_STR("a b"), a.secret), EDICT_ARGUMENT);
  CHECK_INT(buf.len, 0);
  edi_buf_fini(&buf);
  edi_buf_init(&buf, NULL, 20);
  CHECK_INT(edi_note_sign(&buf, EDI_STR("x\n"), a.key.name, a.secret), EDICT_LIMIT);
  edi_buf_fini(&buf);
}

HARNESS_MAIN
