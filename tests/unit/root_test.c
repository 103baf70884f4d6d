/* Root documents: what one says, who has to sign it, and how one follows the other. */
#include "harness.h"

#include "base/calendar.h"
#include "edict/ceremony.h"
#include "support/sample_root.h"
#include "support/short_memory.h"

static edict_diagnostics *findings;
static edi_arena arena;

static void begin(void) {
  findings = edict_diagnostics_create();
  edi_arena_init(&arena, NULL, (size_t)64 << 20);
}
static void end(void) {
  edict_diagnostics_destroy(&findings);
  edi_arena_fini(&arena);
}
static edi_str bytes_of(const edi_buf *buf) { return (edi_str){buf->ptr, buf->len}; }
static const char *code(void) {
  const char *c = edict_diagnostics_code(findings, 0);
  return c ? c : "";
}

TEST(what_it_says)
{
  begin();
  edi_buf bytes, text;
  edi_root root;
  sample_root(&bytes, sample_root_first, NULL, "a:1 b:2");
  sample_root_text(&text, sample_root_first, NULL);
  REQUIRE(edi_root_parse(&arena, bytes_of(&bytes), &root, findings) == EDICT_OK);
  CHECK_TEXT(root.name.ptr, root.name.len, "eu.example");
  CHECK(root.version == 1 && !root.has_prev);
  CHECK(root.expires == sample_created() + 365 * SAMPLE_DAY);
  CHECK(edi_str_equal(root.text, bytes_of(&text)));
  CHECK_INT(root.trust.count, 7);
  CHECK_INT(root.trust.role_count, 4);
  CHECK_INT(root.trust.roles[root.role].threshold, 2);
  CHECK_INT(root.trust.roles[root.role].keys, 3);
  for (size_t i = 0; i < root.trust.role_count; i++) {
    edi_buf words;
    edi_buf_init(&words, NULL, 256);
    edi_trust_role_print(&root.trust.roles[i], &words);
    static const char *const printed[] = {"federal eu.example", "domain sales eu.example/sales", "log", "root"};
    CHECK_TEXT(words.ptr, words.len, printed[i]);
    edi_buf_fini(&words);
  }
  /* The head as it is written is the head as it is read. */
  edi_buf head;
  edi_buf_init(&head, NULL, 1024);
  edi_root_format_head(root.name, root.version, root.has_prev, root.prev, root.expires, &head);
  CHECK(edi_str_starts(root.text, bytes_of(&head)));
  edi_buf_fini(&head);
  edi_buf_fini(&bytes);
  edi_buf_fini(&text);
  end();
}

TEST(drafts)
{
  begin();
  edi_root root;
  edi_buf text;
  const char *const whole[] = {sample_root_first, "edict-root/v1\nname eu.example\nversion 1\nprev -\nexpires 2027-11-20T00:00:00Z\n",
                               "edict-root/v1\nname eu.example\nversion 1\nprev -\nexpires 2027-11-20T00:00:00Z\nroot @a:1\n"
                               "threshold federal eu.example 2\nfederal eu.example @f:4\n"};
  for (size_t i = 0; i < 3; i++) {
    sample_root_text(&text, whole[i], NULL);
    CHECK_INT(edi_root_parse_draft(&arena, bytes_of(&text), &root, findings), EDICT_OK);
    CHECK_INT(root.note.signature_count, 0);
    CHECK_INT(edi_root_parse(&arena, bytes_of(&text), &root, findings), EDICT_FORMAT);
    CHECK(root.version == 0 && root.trust.count == 0);
    edi_buf_fini(&text);
  }
  /* What is wrong in any document is wrong in a draft. */
  const struct { const char *text, *code; } bad[] = {
      {"edict-root/v1\nname eu.example\n", "R0220"},
      {"edict-root/v1\nname eu.example\nversion 1\nprev -\nexpires 2027-11-20T00:00:00Z\nfederal us.example @f:4\n", "R0227"},
      {"edict-root/v1\nname eu.example\nversion 1\nprev -\nexpires 2027-11-20T00:00:00Z\nroot @f:4\nroot @g:4\n", "R0202"},
  };
  for (size_t i = 0; i < 3; i++) {
    edict_diagnostics_clear(findings);
    sample_root_text(&text, bad[i].text, NULL);
    CHECK_INT(edi_root_parse_draft(&arena, bytes_of(&text), &root, findings), EDICT_FORMAT);
    CHECK(strcmp(code(), bad[i].code) == 0);
    edi_buf_fini(&text);
  }
  end();
}

/* ---- from one to the next ---- */

enum { CHAIN = 6 };
/* Versions 1 to 6; number i is signed by keys i and i+1, and names keys i, i+1 and i+2, so two of any
 * neighbours are common. */
static void make_chain(edi_buf documents[CHAIN]) {
  for (unsigned i = 0; i < CHAIN; i++) {
    char pattern[1024], signers[64];
    snprintf(pattern, sizeof pattern,
             "edict-root/v1\nname eu.example\nversion %u\nprev %s\nexpires 2027-11-20T00:00:00Z\n"
             "threshold root 2\nroot @k:%u\nroot @k:%u\nroot @k:%u\n",
             i + 1, i ? "$prev" : "-", i + 1, i + 2, i + 3);
    snprintf(signers, sizeof signers, "k:%u k:%u", i + 1, i + 2);
    sample_root(&documents[i], pattern, i ? &documents[i - 1] : NULL, signers);
  }
}

static edict_status advance(const edi_buf *anchor, const edi_str *documents, size_t count, edi_root *root, size_t *steps) {
  edi_str *chain;
  edict_diagnostics_clear(findings);
  return edi_root_advance(&arena, bytes_of(anchor), documents, count, root, &chain, steps, findings);
}

TEST(versions_step_by_one_in_any_order)
{
  edi_buf d[CHAIN];
  edi_root root;
  size_t steps;
  begin();
  make_chain(d);
  edi_str given[CHAIN + 2];
  static const size_t orders[][CHAIN] = {{0, 1, 2, 3, 4, 5}, {5, 4, 3, 2, 1, 0}, {3, 0, 5, 1, 4, 2}};
  for (size_t o = 0; o < 3; o++) {
    for (size_t i = 0; i < CHAIN; i++) given[i] = bytes_of(&d[orders[o][i]]);
    for (size_t from = 0; from < CHAIN; from++) {
      CHECK_INT(advance(&d[from], given, CHAIN, &root, &steps), EDICT_OK);
      CHECK_INT(root.version, CHAIN);
      CHECK_INT(steps, CHAIN - 1 - from);
    }
  }
  /* The same one twice is one; nothing at all is the anchor. */
  given[CHAIN] = given[0], given[CHAIN + 1] = given[1];
  CHECK_INT(advance(&d[0], given, CHAIN + 2, &root, &steps), EDICT_OK);
  CHECK_INT(steps, CHAIN - 1);
  CHECK_INT(advance(&d[2], given, 0, &root, &steps), EDICT_OK);
  CHECK_INT(root.version, 3);
  /* One is missing. */
  for (size_t missing = 1; missing + 1 < CHAIN; missing++) {
    size_t count = 0;
    for (size_t i = 0; i < CHAIN; i++)
      if (i != missing) given[count++] = bytes_of(&d[i]);
    CHECK_INT(advance(&d[0], given, count, &root, &steps), EDICT_VERSION);
    CHECK(strcmp(code(), "R0224") == 0);
  }
  for (size_t i = 0; i < CHAIN; i++) edi_buf_fini(&d[i]);
  end();
}

static edict_status verify(const edi_buf *a, const edi_buf *b, const edi_buf *c) {
  const edi_buf *const all[] = {a, b, c};
  edict_bytes roots[3];
  size_t count = 0, newest = 9;
  edict_diagnostics_clear(findings);
  for (; count < 3 && all[count]; count++) roots[count] = (edict_bytes){all[count]->ptr, all[count]->len};
  edict_status status = edict_root_verify(roots, count, sample_created() + EDI_DAY_MICROS, &newest, findings);
  CHECK((newest == 9) == (status != EDICT_OK));
  return status;
}

/* A load passes over what is older than what it trusts. Who asks whether documents are signed is told of each of them. */
TEST(each_that_is_asked_about_is_verified)
{
  edi_buf first, second, other, bare, text;
  begin();
  sample_root(&first, sample_root_first, NULL, "a:1 b:2");
  sample_root(&second, sample_root_second, &first, "a:1 b:2 c:3");
  sample_root(&bare, sample_root_first, NULL, "a:1");
  sample_root_text(&text, sample_root_first, NULL);
  sample_root(&other, "edict-root/v1\nname eu.example\nversion 1\nprev -\nexpires 2027-11-20T00:00:00Z\nthreshold root 1\nroot @x:9\n"
              "threshold federal eu.example 1\nfederal eu.example @f:4\n", NULL, "x:9");
  CHECK_INT(verify(&first, NULL, NULL), EDICT_OK);
  CHECK_INT(verify(&first, &second, NULL), EDICT_OK);
  CHECK_INT(verify(&first, &second, &first), EDICT_OK);
  CHECK_INT(verify(&first, &second, &bare), EDICT_UNTRUSTED); /* the same text, without enough signatures */
  CHECK(strcmp(code(), "R0222") == 0);
  CHECK_INT(verify(&second, &first, NULL), EDICT_VERSION);
  CHECK(strcmp(code(), "R0224") == 0);
  CHECK_INT(verify(&second, &other, NULL), EDICT_VERSION); /* signed by its own key alone */
  CHECK_INT(verify(&second, &text, NULL), EDICT_FORMAT); /* nobody signed it */
  edi_buf_fini(&first);
  edi_buf_fini(&second);
  edi_buf_fini(&other);
  edi_buf_fini(&bare);
  edi_buf_fini(&text);
  end();
}

/* Whatever byte of a later document changes, it is refused, or what it says is still what was signed. */
TEST(every_byte_is_covered)
{
  edi_buf d[CHAIN];
  edi_root root, good;
  size_t steps;
  begin();
  make_chain(d);
  edi_str given = bytes_of(&d[1]);
  REQUIRE(advance(&d[0], &given, 1, &good, &steps) == EDICT_OK);
  size_t taken = 0;
  for (size_t at = 0; at < d[1].len; at++) {
    d[1].ptr[at] ^= (char)(1 << (at % 7));
    edi_arena scratch = arena;
    edi_arena_init(&arena, NULL, (size_t)1 << 22);
    if (advance(&d[0], &given, 1, &root, &steps) == EDICT_OK) taken++;
    edi_arena_fini(&arena);
    arena = scratch;
    d[1].ptr[at] ^= (char)(1 << (at % 7));
  }
  CHECK_INT(taken, 0); /* both its signatures are needed */
  for (size_t i = 0; i < CHAIN; i++) edi_buf_fini(&d[i]);
  end();
}

TEST(its_time)
{
  edi_buf bytes;
  edi_trust trust;
  begin();
  sample_root(&bytes, sample_root_first, NULL, "a:1 b:2");
  int64_t expires = sample_created() + 365 * SAMPLE_DAY;
  CHECK_INT(edi_trust_open(&arena, bytes_of(&bytes), expires - 1, &trust, findings), EDICT_OK);
  CHECK_INT(trust.count, 7);
  CHECK_INT(edi_trust_open(&arena, bytes_of(&bytes), expires, &trust, findings), EDICT_EXPIRED);
  CHECK_INT(trust.count, 0);
  CHECK(strcmp(code(), "R0226") == 0);
  /* An old root is no hindrance on the way to a newer one, and its own time is not looked at. */
  edi_buf_fini(&bytes);
  end();
}

/* A text that is no root document is a store. */
TEST(stores_are_opened_too)
{
  edi_buf text;
  edi_trust trust;
  begin();
  sample_root_text(&text, "edict-trust/v1\nfederal eu.example @f:4\n", NULL);
  CHECK_INT(edi_trust_open(&arena, bytes_of(&text), INT64_MAX, &trust, findings), EDICT_OK);
  CHECK_INT(trust.count, 1);
  CHECK_INT(edi_trust_open(&arena, EDI_STR("edict-root/v1"), 0, &trust, findings), EDICT_FORMAT);
  CHECK(strcmp(code(), "R0200") == 0);
  edi_buf_fini(&text);
  end();
}

TEST(limits)
{
  for (size_t more = 0; more < 2; more++) {
    begin();
    edi_buf bytes;
    edi_root root;
    sample_root(&bytes, sample_root_first, NULL, "a:1 b:2");
    /* Lines of strangers would be too many before they are too large: the text is filled instead. */
    char *large = edi_arena_alloc(&arena, EDI_LIMIT_ROOT_FILE + 1);
    REQUIRE(large != NULL);
    memset(large, 'x', EDI_LIMIT_ROOT_FILE + 1);
    memcpy(large, bytes.ptr, bytes.len);
    CHECK_INT(edi_root_parse(&arena, (edi_str){large, EDI_LIMIT_ROOT_FILE + more}, &root, findings), more ? EDICT_LIMIT : EDICT_FORMAT);
    edi_buf_fini(&bytes);
    end();
  }
}

TEST(short_memory_is_no_trust)
{
  edi_buf d[CHAIN];
  make_chain(d);
  edi_str given = bytes_of(&d[1]);
  for (size_t n = 1;; n++) {
    short_memory memory;
    edi_allocator allocator = short_memory_init(&memory, n);
    edi_arena small;
    edi_root root = {.version = 77};
    edi_str *chain;
    size_t steps;
    edi_arena_init(&small, &allocator, (size_t)1 << 22);
    edict_status status = edi_root_advance(&small, bytes_of(&d[0]), &given, 1, &root, &chain, &steps, NULL);
    edi_arena_fini(&small);
    CHECK(memory.live == 0 && memory.wrong == 0);
    CHECK_INT(status, memory.failed ? EDICT_MEMORY : EDICT_OK);
    CHECK_INT(root.version, memory.failed ? 77 : 2);
    if (!memory.failed) break;
  }
  for (size_t i = 0; i < CHAIN; i++) edi_buf_fini(&d[i]);
}

HARNESS_MAIN
