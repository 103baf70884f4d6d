/* Signing in several places: whatever way signatures come together, the document is the same but for their order,
 * and nothing but a signature of the same text is added. */
#include "harness.h"

#include "edict/bundles.h"
#include "edict/ceremony.h"
#include "support/sample_root.h"

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
static const char *code(void) {
  const char *c = edict_diagnostics_code(findings, 0);
  return c ? c : "";
}

typedef struct text { char *ptr; size_t len; } text;

static text copy_of(const edi_buf *buf) {
  char *copy = edi_arena_copy(&arena, buf->ptr, buf->len); /* at a multiple of 16 */
  if (!copy) abort();
  return (text){copy, buf->len};
}

/* The secret key text of `name` made from a seed of the number. */
static char *secret_of(const char *name, unsigned char number) {
  unsigned char seed[32] = {number};
  char *verifier, *secret;
  if (edict_key_generate(name, seed, &verifier, &secret) != EDICT_OK) abort();
  edict_text_free(&verifier);
  return secret;
}

static edict_status sign(text *t, const char *name, unsigned char number) {
  char *secret = secret_of(name, number), *out;
  size_t length;
  edict_diagnostics_clear(findings);
  edict_status status = edict_document_sign(t->ptr, t->len, secret, strlen(secret), &out, &length, findings);
  edict_text_free(&secret);
  if (status != EDICT_OK) return status;
  edi_buf buf = {.ptr = out, .len = length};
  *t = copy_of(&buf);
  edict_text_free(&out);
  return EDICT_OK;
}

static edict_status add(text *t, const text *note, size_t *added) {
  char *out;
  size_t length;
  edict_diagnostics_clear(findings);
  edict_status status = edict_document_add(t->ptr, t->len, note->ptr, note->len, &out, &length, added, findings);
  if (status != EDICT_OK) return status;
  edi_buf buf = {.ptr = out, .len = length};
  *t = copy_of(&buf);
  edict_text_free(&out);
  return EDICT_OK;
}

static text request_of(const text *t) {
  char *out;
  size_t length;
  if (edict_document_request(t->ptr, t->len, &out, &length, findings) != EDICT_OK) abort();
  edi_buf buf = {.ptr = out, .len = length};
  text copy = copy_of(&buf);
  edict_text_free(&out);
  return copy;
}

static size_t signatures(const text *t) {
  edict_document_facts f;
  return edict_document_about(t->ptr, t->len, &f, findings) == EDICT_OK ? f.signatures : SIZE_MAX;
}

/* A bundle, its request, a root draft: each goes to two people and back. */
static text make(int which) {
  edi_buf bytes;
  if (which == 0) {
    edi_manifest m = sample_manifest(EDI_BUNDLE_FEDERAL, "eu.example", NULL);
    sample_bundle(&arena, &m, &bytes);
  } else {
    sample_root_text(&bytes, sample_root_first, NULL);
  }
  text t = copy_of(&bytes);
  edi_buf_fini(&bytes);
  return t;
}

TEST(signatures_come_together)
{
  for (int which = 0; which < 2; which++) {
    begin();
    text here = make(which), request = request_of(&here), bo = request, cy = request;
    size_t added;
    CHECK_INT(signatures(&here), 0);
    CHECK_INT(sign(&here, "ana", 1), EDICT_OK);
    CHECK_INT(sign(&bo, "bo", 2), EDICT_OK);
    CHECK_INT(sign(&cy, "cy", 3), EDICT_OK);
    CHECK_INT(add(&here, &bo, &added), EDICT_OK);
    CHECK_INT(added, 1);
    CHECK_INT(add(&here, &cy, &added), EDICT_OK);
    CHECK_INT(add(&here, &cy, &added), EDICT_OK); /* again */
    CHECK_INT(added, 0);
    CHECK_INT(signatures(&here), 3);
    /* One after the other gives the same bytes. */
    text turn = make(which);
    CHECK_INT(sign(&turn, "ana", 1), EDICT_OK);
    CHECK_INT(sign(&turn, "bo", 2), EDICT_OK);
    CHECK_INT(sign(&turn, "cy", 3), EDICT_OK);
    CHECK(turn.len == here.len && memcmp(turn.ptr, here.ptr, here.len) == 0);
    /* A request that two signed brings both; what is signed stays the same text. */
    CHECK_INT(sign(&bo, "cy", 3), EDICT_OK);
    text fresh = make(which), again = request_of(&here);
    CHECK_INT(add(&fresh, &bo, &added), EDICT_OK);
    CHECK_INT(added, 2);
    CHECK(again.len == request.len && memcmp(again.ptr, request.ptr, again.len) == 0);
    CHECK_INT(sign(&here, "bo", 2), EDICT_ARGUMENT);
    CHECK(strcmp(code(), "R0217") == 0);
    end();
  }
}

TEST(another_text_is_not_added)
{
  begin();
  text bundle = make(0), root = make(1), note = request_of(&bundle);
  size_t added;
  CHECK_INT(sign(&note, "ana", 1), EDICT_OK);
  CHECK_INT(add(&root, &note, &added), EDICT_ARGUMENT);
  CHECK(strcmp(code(), "R0219") == 0);
  CHECK_INT(added, 0);
  text unsigned_note = request_of(&bundle);
  CHECK_INT(add(&bundle, &unsigned_note, &added), EDICT_FORMAT);
  CHECK(strcmp(code(), "R0211") == 0);
  /* Each byte of the signed text matters. */
  size_t length = request_of(&bundle).len;
  for (size_t at = 0; at < length; at += 3) {
    note.ptr[at] ^= 1;
    CHECK(add(&bundle, &note, &added) != EDICT_OK);
    note.ptr[at] ^= 1;
  }
  CHECK_INT(add(&bundle, &note, &added), EDICT_OK);
  end();
}

TEST(what_nobody_should_sign)
{
  const char *const texts[] = {"", "hello\n", "edict-root/v1\nname eu.example\n", "edict-bundle/v1\nname eu.example\n",
                               "edict-root/v1\nname eu.example\nversion 1\nprev -\nexpires 2027-11-20T00:00:00Z\n",
                               "edict-log/v1\norigin x\n", "eu.example/log\n5\nAAAA\n", "edict-trust/v1\n", "edict-state/v1\n"};
  begin();
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    edi_buf bytes;
    edi_buf_init(&bytes, NULL, 4096);
    edi_buf_text(&bytes, texts[i]);
    edi_buf_char(&bytes, '\0');
    bytes.len--;
    text t = copy_of(&bytes);
    edi_buf_fini(&bytes);
    if (sign(&t, "ana", 1) == EDICT_OK) HARNESS_FAIL("signed: %s", texts[i]);
    CHECK(edict_diagnostics_count(findings) > 0);
  }
  end();
}

/* ---- editing root documents ---- */

static edict_status edit(text *t, const char *statement, const char *revoked) {
  char *out;
  size_t length;
  edict_diagnostics_clear(findings);
  edict_status status = statement ? edict_root_add(t->ptr, t->len, statement, &out, &length, findings)
                                  : edict_root_revoke(t->ptr, t->len, revoked, &out, &length, findings);
  if (status != EDICT_OK) return status;
  edi_buf buf = {.ptr = out, .len = length};
  *t = copy_of(&buf);
  edict_text_free(&out);
  return EDICT_OK;
}

TEST(drafts_are_edited)
{
  begin();
  char *out, statement[512];
  size_t length;
  REQUIRE(edict_root_begin("eu.example", sample_created(), &out, &length, findings) == EDICT_OK);
  edi_buf buf = {.ptr = out, .len = length}, key;
  text t = copy_of(&buf);
  edict_text_free(&out);
  sample_root_text(&key, "root @a:1", NULL);
  snprintf(statement, sizeof statement, "%.*s", (int)key.len, key.ptr);
  CHECK_INT(edit(&t, statement, NULL), EDICT_OK);
  CHECK_INT(edit(&t, statement, NULL), EDICT_FORMAT); /* twice */
  CHECK_INT(edit(&t, "threshold root 1", NULL), EDICT_OK);
  CHECK_INT(edit(&t, "threshold root 2", NULL), EDICT_OK); /* in the place of the other */
  CHECK_INT(edit(&t, "threshold root 1\nlog x", NULL), EDICT_ARGUMENT);
  CHECK_INT(edit(&t, "admin x", NULL), EDICT_FORMAT);
  CHECK_INT(edit(&t, NULL, "b"), EDICT_NOT_FOUND);
  CHECK_INT(edit(&t, NULL, ""), EDICT_ARGUMENT);
  edi_buf wanted;
  sample_root_text(&wanted, "edict-root/v1\nname eu.example\nversion 1\nprev -\nexpires 2026-11-20T00:00:00Z\nthreshold root 2\nroot @a:1\n", NULL);
  CHECK_TEXT(t.ptr, t.len, (edi_buf_char(&wanted, '\0'), wanted.ptr));
  CHECK_INT(edit(&t, NULL, "a"), EDICT_OK);
  CHECK_INT(edict_root_begin("EU", sample_created(), &out, &length, findings), EDICT_FORMAT);
  CHECK_INT(edict_root_rotate(t.ptr, t.len, sample_created(), &out, &length, findings), EDICT_FORMAT); /* nobody signed it */
  edi_buf_fini(&wanted);
  edi_buf_fini(&key);
  end();
}

HARNESS_MAIN
