/* Records: what is encoded is decoded, what is decoded encodes to the same bytes, inputs of every type
 * come back as they were, and nothing else is taken. */
#include "harness.h"

#include "log/record.h"
#include "support/logged.h"

static logged scene;
static edi_arena arena;

static void begin(void) {
  edi_arena_init(&arena, NULL, (size_t)1 << 28);
  logged_init(&scene, "");
}
static void end(void) {
  logged_fini(&scene);
  edi_arena_fini(&arena);
}

static void ask(const char *action, const char *context) {
  if (mesh_ask(&scene.m, action, "orders", "*", context, LOGGED_NOW) != EDICT_OK) abort();
}

static edi_buf buffer(void) {
  edi_buf b;
  edi_buf_init(&b, NULL, 1 << 20);
  return b;
}

static edi_str str(const edi_buf *b) { return (edi_str){b->ptr, b->len}; }

/* A whole record of the scene's decision. */
static edi_buf record_of(edi_buf *answer) {
  edi_record r;
  edi_buf out = buffer();
  edi_record_describe(scene.m.decision, &r);
  edi_record_answer(scene.m.decision, answer);
  r.bundles = 41;
  memset(r.set, 1, sizeof r.set);
  memset(r.commitment, 2, sizeof r.commitment);
  r.payload = (edi_seal_pointer){.file = 3, .offset = 4096, .size_class = 2};
  r.answer = str(answer);
  edi_record_encode(&r, &out);
  return out;
}

TEST(records_come_back)
{
  begin();
  ask("read", "purpose support");
  edi_buf answer = buffer(), bytes = record_of(&answer), again = buffer();
  edi_record r;
  CHECK_INT(bytes.len % 256, 0);
  REQUIRE(edi_record_decode(str(&bytes), &r));
  CHECK_INT(r.version, 1);
  CHECK_INT(r.flags, EDI_RECORD_PERMIT | EDI_RECORD_DEVELOPMENT);
  CHECK_INT(r.now, mesh_time(LOGGED_NOW));
  CHECK_INT(r.bundles, 41);
  CHECK_INT(r.payload.offset, 4096);
  CHECK_TEXT(r.product.ptr, r.product.len, "sales.orders");
  CHECK_TEXT(r.dataset.ptr, r.dataset.len, "orders");
  CHECK_TEXT(r.action.ptr, r.action.len, "read");
  CHECK_TEXT(r.purpose.ptr, r.purpose.len, "support");
  CHECK(edi_str_equal(r.answer, str(&answer)));
  edi_record_encode(&r, &again);
  CHECK(edi_str_equal(str(&again), str(&bytes)));
  edi_buf_fini(&answer);
  edi_buf_fini(&bytes);
  edi_buf_fini(&again);
  end();
}

TEST(an_unknown_purpose_is_not_in_the_record)
{
  begin();
  ask("read", "purpose billing"); /* the subject holds no such purpose: that it asked is private */
  edi_buf answer = buffer(), bytes = record_of(&answer);
  edi_record r;
  REQUIRE(edi_record_decode(str(&bytes), &r));
  CHECK_INT(r.purpose.len, 0);
  CHECK_INT(r.flags & EDI_RECORD_PERMIT, 0);
  edi_buf_fini(&answer);
  edi_buf_fini(&bytes);
  end();
}

TEST(answers_come_back)
{
  begin();
  ask("read", "purpose support");
  edi_buf bytes = buffer();
  edi_answer a;
  edi_record_answer(scene.m.decision, &bytes);
  REQUIRE(edi_answer_decode(&arena, str(&bytes), &a));
  CHECK_INT(a.effect, EDICT_PERMIT);
  CHECK_INT(a.valid_until, edict_decision_valid_until(scene.m.decision));
  CHECK_INT(a.reason_count, edict_decision_reason_count(scene.m.decision));
  CHECK_INT(a.column_count, 4);
  CHECK_INT(a.row_rule_count, 1);
  CHECK_TEXT(a.row_rules[0].ptr, a.row_rules[0].len, "federal.rules.residency");
  CHECK_INT(a.retention_count, 2);
  CHECK_INT(a.retentions[0].cutoff, mesh_time("2024-11-21T00:00:00Z"));
  CHECK(a.columns[0].varies && !a.columns[0].fell && a.columns[0].arguments.len == 0);
  CHECK_INT(a.columns[1].transform, EDI_TRANSFORM_SHOW_LAST);
  CHECK_TEXT(a.columns[1].arguments.ptr, a.columns[1].arguments.len, "4, rest: \"x\"");
  edi_buf_fini(&bytes);
  end();
}

/* Everything that ends early, and everything longer, is refused; a changed byte is refused or another
 * record: what is taken encodes to what was taken. */
TEST(only_what_encode_writes_is_taken)
{
  begin();
  ask("read", "purpose support");
  edi_buf answer = buffer(), bytes = record_of(&answer);
  edi_record r;
  size_t taken = 0;
  for (size_t n = 0; n < bytes.len; n++) CHECK(!edi_record_decode((edi_str){bytes.ptr, n}, &r));
  for (size_t n = 0; n < answer.len; n++) {
    edi_answer a;
    CHECK(!edi_answer_decode(&arena, (edi_str){answer.ptr, n}, &a));
  }
  for (size_t at = 0; at < bytes.len; at++) {
    bytes.ptr[at] ^= 4;
    if (edi_record_decode(str(&bytes), &r)) {
      edi_buf again = buffer();
      edi_record_encode(&r, &again);
      CHECK(edi_str_equal(str(&again), str(&bytes)));
      edi_buf_fini(&again);
      taken++;
    }
    bytes.ptr[at] ^= 4;
  }
  CHECK(taken > 100 &&
        taken < bytes.len - 20); /* digests and texts may be anything, lengths may not */
  edi_buf_zeros(&bytes, 256);
  CHECK(!edi_record_decode(str(&bytes), &r));
  edi_buf_char(&answer, '\0');
  edi_answer a;
  CHECK(!edi_answer_decode(&arena, str(&answer), &a));
  edi_buf_fini(&answer);
  edi_buf_fini(&bytes);
  end();
}

TEST(what_is_in_clear_agrees_with_the_answer)
{
  begin();
  ask("read", "purpose support");
  edi_buf answer = buffer(), bytes = record_of(&answer);
  edi_record r;
  bytes.ptr[4] ^= EDI_RECORD_PERMIT;
  CHECK(!edi_record_decode(str(&bytes), &r));
  bytes.ptr[4] ^= EDI_RECORD_PERMIT | 8; /* a flag that nobody knows */
  CHECK(!edi_record_decode(str(&bytes), &r));
  edi_buf_fini(&answer);
  edi_buf_fini(&bytes);
  end();
}

/* ---- inputs ---- */

static edi_buf inputs_of(void) {
  unsigned char random[EDI_RECORD_RANDOM] = {9};
  edi_buf out = buffer();
  if (edi_record_inputs(scene.m.decision, random, &out) != EDICT_OK) abort();
  return out;
}

static bool same_value(edi_value a, edi_value b) {
  if (a.base != b.base || a.set != b.set) return false;
  if (!a.set) return !a.base || edi_value_compare(a, b) == 0;
  if (a.length != b.length || a.scale != b.scale) return false;
  for (uint32_t i = 0; i < a.length; i++)
    if (edi_value_compare(a.as.members[i], b.as.members[i]) != 0) return false;
  return true;
}

TEST(inputs_of_every_type_come_back)
{
  begin();
  ask("download",
      "purpose support; channel phone; amount 12.50; areas de us moon; hosts 10.0.0.1; words a b");
  edi_buf bytes = inputs_of();
  edi_inputs in;
  const edi_vocabulary *v = &scene.m.engine->vocabulary;
  REQUIRE(edi_inputs_decode(&arena, v, str(&bytes), &in));
  const edi_subject *was = &scene.m.session->subject;
  CHECK_TEXT(in.subject.id.ptr, in.subject.id.len, LOGGED_ID);
  CHECK_INT(in.subject.issuer, was->issuer);
  CHECK_INT(in.subject.expires, was->expires);
  size_t known = 0;
  for (uint32_t slot = 0; slot < v->subject_slots; slot++) {
    if (slot == v->slot_subject_id) continue; /* text of its own, compared above */
    if (!same_value(in.subject.attrs[slot], was->attrs[slot])) HARNESS_FAIL("slot %u differs", slot);
    known += was->attrs[slot].base != 0;
  }
  CHECK(known >= 15); /* ana has one of each type */
  CHECK_TEXT(in.request.action.ptr, in.request.action.len, "download");
  CHECK_INT(in.request.column_count, 4);
  CHECK_INT(in.request.context_count, 6);
  CHECK_INT(in.request.context[3].count, 3);
  edi_buf_fini(&bytes);
  end();
}

TEST(the_seed_comes_back)
{
  unsigned char seed[EDICT_SEED_BYTES] = {1, 2, 3};
  const edict_request q = {.size = sizeof q, .action = {"read", 4}, .now = mesh_time(LOGGED_NOW), .seed = seed};
  begin();
  CHECK_INT(edict_decide(scene.m.decision, scene.m.session, &q), EDICT_OK);
  edi_buf bytes = inputs_of();
  edi_inputs in;
  REQUIRE(edi_inputs_decode(&arena, &scene.m.engine->vocabulary, str(&bytes), &in));
  CHECK(in.request.seed && memcmp(in.request.seed, seed, sizeof seed) == 0);
  CHECK(in.request.resource == NULL);
  edi_buf_fini(&bytes);
  end();
}

TEST(inputs_that_no_session_wrote_are_refused)
{
  begin();
  ask("read", "purpose support");
  edi_buf bytes = inputs_of();
  const edi_vocabulary *v = &scene.m.engine->vocabulary;
  edi_inputs in;
  edi_buf shown = buffer();
  for (size_t n = 0; n < bytes.len; n++) {
    CHECK(!edi_inputs_decode(&arena, v, (edi_str){bytes.ptr, n}, &in));
    CHECK(!edi_inputs_show((edi_str){bytes.ptr, n}, &shown));
    CHECK_INT(shown.len, 0);
  }
  size_t refused = 0;
  for (size_t at = EDI_RECORD_RANDOM; at < bytes.len; at++) {
    bytes.ptr[at] ^= 1;
    refused += !edi_inputs_decode(&arena, v, str(&bytes), &in);
    bytes.ptr[at] ^= 1;
  }
  CHECK(refused > 200); /* lengths, names, forms, nodes */
  edi_buf_char(&bytes, 'x');
  CHECK(!edi_inputs_decode(&arena, v, str(&bytes), &in));
  edi_buf_fini(&shown);
  edi_buf_fini(&bytes);
  end();
}

TEST(commitments_are_blinded)
{
  begin();
  ask("read", "purpose support");
  edi_buf bytes = inputs_of();
  unsigned char a[32], b[32], c[32];
  edi_record_commit(str(&bytes), a);
  edi_record_commit(str(&bytes), b);
  CHECK(memcmp(a, b, 32) == 0);
  bytes.ptr[0] ^= 1; /* another r */
  edi_record_commit(str(&bytes), c);
  CHECK(memcmp(a, c, 32) != 0);
  bytes.ptr[0] ^= 1;
  bytes.ptr[bytes.len - 1] ^= 1; /* another input */
  edi_record_commit(str(&bytes), c);
  CHECK(memcmp(a, c, 32) != 0);
  edi_buf_fini(&bytes);
  end();
}

TEST(inputs_are_shown_as_json)
{
  static const char start[] =
      "\"subject\":{\"issuer\":\"host\",\"id\":\"" LOGGED_ID
      "\",\"roles\":[\"analyst\",\"dpo\"],\"purposes\":[\"support\",\"marketing\"],"
      "\"regions\":[\"de\",\"fr\",null],\"clearance\":\"confidential\",\"age\":\"424242\",";
  static const char finish[] =
      "\"request\":{\"dataset\":0,\"columns\":[0,1,2,3],\"action\":\"read\","
      "\"context\":{\"purpose\":[\"support\"]},\"resource\":null,\"seed\":null},\"meets\":[],\"arguments\":[]";
  begin();
  ask("read", "purpose support");
  edi_buf bytes = inputs_of(), shown = buffer();
  REQUIRE(edi_inputs_show(str(&bytes), &shown));
  CHECK(edi_str_starts(str(&shown), EDI_STR(start)));
  CHECK(edi_str_ends(str(&shown), EDI_STR(finish)));
  CHECK(edi_str_contains(str(&shown), EDI_STR("\"home\":null")));
  CHECK(edi_str_contains(str(&shown), EDI_STR("\"address\":\"20010db8000000000000000000000001\"")));
  edi_buf_fini(&bytes);
  edi_buf_fini(&shown);
  end();
}

TEST(a_set_is_the_bundles_in_any_order)
{
  begin();
  unsigned char a[EDI_DIGEST_BYTES], b[EDI_DIGEST_BYTES];
  edict_engine *e = scene.m.engine;
  edi_record_set(e, a);
  edi_loaded first = e->loaded[0];
  e->loaded[0] = e->loaded[2];
  e->loaded[2] = first;
  edi_record_set(e, b);
  CHECK(memcmp(a, b, sizeof a) == 0);
  e->loaded[0].bundle.digest[5] ^= 1;
  edi_record_set(e, b);
  CHECK(memcmp(a, b, sizeof a) != 0);
  end();
}

HARNESS_MAIN
