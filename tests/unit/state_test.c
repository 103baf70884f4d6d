/* State: what is written is what is read, floors rise, and its limits. */
#include "harness.h"

#include "bundle/state.h"
#include "support/sample_bundle.h"

static edi_arena arena;

static edi_bundle bundle(const char *name, edi_bundle_layer layer, const char *of, uint64_t version, unsigned char mark) {
  edi_bundle b = {.manifest = sample_manifest(layer, name, of)};
  b.manifest.version = version;
  memset(b.digest, mark, sizeof b.digest);
  return b;
}

TEST(what_is_written_is_read)
{
  edi_arena_init(&arena, NULL, (size_t)64 << 20);
  edi_state state = {.time = sample_created(), .has_root = true, .root_version = UINT64_MAX}, again;
  edi_str documents[] = {EDI_STR("edict-root/v1\nno matter what\n\n"), EDI_STR("bundle 1\n")};
  memset(state.root_digest, 0xAB, sizeof state.root_digest);
  state.documents = documents;
  state.document_count = 2;
  edi_bundle b[] = {bundle("eu.example/sales", EDI_BUNDLE_DOMAIN, "sales", 3, 1), bundle("eu.example", EDI_BUNDLE_FEDERAL, NULL, UINT64_MAX, 2),
                    bundle("eu.example", EDI_BUNDLE_TABLE, "federal.vocabulary.holds", 1, 3)};
  REQUIRE(edi_state_reserve(&arena, &state, 3) == EDICT_OK);
  for (size_t i = 0; i < 3; i++) CHECK(edi_state_raise(&state, edi_state_key(&arena, &b[i].manifest), &b[i]));
  edi_bundle fourth = bundle("eu.example/x", EDI_BUNDLE_DOMAIN, "x", 1, 4);
  CHECK(!edi_state_raise(&state, edi_state_key(&arena, &fourth.manifest), &fourth)); /* no room was made */
  edi_buf text, twice;
  edi_buf_init(&text, NULL, 1 << 16);
  edi_buf_init(&twice, NULL, 1 << 16);
  edi_state_format(&state, &text);
  REQUIRE(edi_state_parse(&arena, (edi_str){text.ptr, text.len}, &again, NULL) == EDICT_OK);
  edi_state_format(&again, &twice);
  CHECK(edi_str_equal((edi_str){text.ptr, text.len}, (edi_str){twice.ptr, twice.len}));
  CHECK_INT(again.floor_count, 3);
  CHECK(edi_str_equal(again.documents[1], documents[1]));
  for (size_t i = 0; i < 3; i++) {
    const edi_floor *f = edi_state_find(&again, edi_state_key(&arena, &b[i].manifest));
    REQUIRE(f != NULL);
    CHECK(f->version == b[i].manifest.version && memcmp(f->digest, b[i].digest, sizeof f->digest) == 0);
  }
  CHECK(edi_state_find(&again, EDI_STR("eu.example")) == NULL);
  edi_buf_fini(&text);
  edi_buf_fini(&twice);
  edi_arena_fini(&arena);
}

TEST(what_a_floor_admits)
{
  edi_arena_init(&arena, NULL, (size_t)64 << 20);
  edi_state state = {.time = 0};
  edi_bundle five = bundle("eu.example", EDI_BUNDLE_FEDERAL, NULL, 5, 0xA5);
  edi_str key = edi_state_key(&arena, &five.manifest);
  CHECK_INT(edi_state_admits(&state, key, &five, NULL), EDICT_OK);
  REQUIRE(edi_state_reserve(&arena, &state, 1) == EDICT_OK && edi_state_raise(&state, key, &five));
  const struct { uint64_t version; unsigned char mark, prev; edict_status status; } rows[] = {
      {5, 0xA5, 0, EDICT_OK},    {5, 0xA6, 0, EDICT_UNTRUSTED},    {4, 0xA5, 0, EDICT_VERSION}, {1, 1, 0, EDICT_VERSION},
      {6, 1, 0xA5, EDICT_OK},    {6, 1, 0xA6, EDICT_UNTRUSTED},    {6, 1, 0, EDICT_UNTRUSTED},  {7, 1, 0, EDICT_OK},
      {7, 1, 0x11, EDICT_OK},    {UINT64_MAX, 1, 0, EDICT_OK},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    edi_bundle b = bundle("eu.example", EDI_BUNDLE_FEDERAL, NULL, rows[i].version, rows[i].mark);
    b.manifest.has_prev = rows[i].prev != 0;
    memset(b.manifest.prev, rows[i].prev, sizeof b.manifest.prev);
    CHECK_INT(edi_state_admits(&state, key, &b, NULL), rows[i].status);
  }
  edi_arena_fini(&arena);
}

TEST(keyrings_only_grow)
{
  edi_arena_init(&arena, NULL, (size_t)64 << 20);
  edi_state state = {.time = 0}, again;
  edi_buf text;
  unsigned char of[EDI_LIMIT_STATE_KEYRINGS + 1][EDI_DIGEST_BYTES] = {{0}};
  for (size_t i = 0; i <= EDI_LIMIT_STATE_KEYRINGS; i++) of[i][0] = (unsigned char)(i * 37); /* in no order */
  CHECK(edi_state_keyring(&state, of[0]) == 0);
  CHECK_INT(edi_state_raise_keyring(&arena, &state, of[0], 0), EDICT_OK);
  CHECK_INT(state.keyring_count, 0); /* one that was never changed is no floor */
  for (size_t i = 0; i < EDI_LIMIT_STATE_KEYRINGS; i++) CHECK_INT(edi_state_raise_keyring(&arena, &state, of[i], i + 1), EDICT_OK);
  CHECK_INT(edi_state_raise_keyring(&arena, &state, of[EDI_LIMIT_STATE_KEYRINGS], 1), EDICT_LIMIT);
  edi_keyring_floor *before = state.keyrings;
  CHECK_INT(edi_state_raise_keyring(&arena, &state, of[5], 6), EDICT_OK);
  CHECK(state.keyrings == before); /* as new as it was */
  CHECK_INT(edi_state_raise_keyring(&arena, &state, of[5], UINT64_MAX), EDICT_OK);
  CHECK_INT(edi_state_raise_keyring(&arena, &state, of[5], 3), EDICT_OK);
  edi_buf_init(&text, NULL, EDI_LIMIT_STATE_FILE);
  edi_state_format(&state, &text);
  CHECK(edi_state_is((edi_str){text.ptr, text.len}) && edi_str_starts((edi_str){text.ptr, text.len}, EDI_STR("edict-state/v2\n")));
  REQUIRE(edi_state_parse(&arena, (edi_str){text.ptr, text.len}, &again, NULL) == EDICT_OK);
  for (size_t i = 0; i < EDI_LIMIT_STATE_KEYRINGS; i++) CHECK(edi_state_keyring(&again, of[i]) == (i == 5 ? UINT64_MAX : i + 1));
  edi_buf_fini(&text);
  edi_arena_fini(&arena);
}

TEST(limits)
{
  for (size_t more = 0; more < 2; more++) {
    edi_arena_init(&arena, NULL, (size_t)256 << 20);
    edi_state state = {.time = 0, .has_root = true, .root_version = 1}, again;
    edi_buf text;
    state.document_count = EDI_LIMIT_STATE_ROOTS + more;
    state.documents = EDI_NEW_ARRAY(&arena, edi_str, state.document_count);
    for (size_t i = 0; i < state.document_count; i++) state.documents[i] = EDI_STR("x");
    edi_buf_init(&text, NULL, EDI_LIMIT_STATE_FILE);
    edi_state_format(&state, &text);
    CHECK_INT(edi_state_parse(&arena, (edi_str){text.ptr, text.len}, &again, NULL), more ? EDICT_LIMIT : EDICT_OK);
    edi_buf_fini(&text);
    /* As many floors; each of the last is one digit longer than its neighbour's key. */
    state.document_count = 0;
    state.floor_count = EDI_LIMIT_STATE_BUNDLES + more;
    state.floors = EDI_NEW_ARRAY(&arena, edi_floor, state.floor_count);
    for (size_t i = 0; i < state.floor_count; i++) {
      char *key = edi_arena_alloc(&arena, 32);
      int length = snprintf(key, 32, "b%06zu federal", i);
      state.floors[i] = (edi_floor){.key = {key, (size_t)length}, .version = 1};
    }
    edi_buf_init(&text, NULL, EDI_LIMIT_STATE_FILE);
    edi_state_format(&state, &text);
    CHECK_INT(edi_state_parse(&arena, (edi_str){text.ptr, text.len}, &again, NULL), more ? EDICT_LIMIT : EDICT_OK);
    edi_buf_fini(&text);
    char *large = edi_arena_alloc(&arena, EDI_LIMIT_STATE_FILE + 1);
    memset(large, 'x', EDI_LIMIT_STATE_FILE + 1);
    CHECK_INT(edi_state_parse(&arena, (edi_str){large, EDI_LIMIT_STATE_FILE + more}, &again, NULL), more ? EDICT_LIMIT : EDICT_FORMAT);
    edi_arena_fini(&arena);
  }
}

HARNESS_MAIN
