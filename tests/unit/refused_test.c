/* Refused: hostile inputs at the host's own doors. Each bundle, program, table, root, trust store, state file and keyring of
 * tests/hostile/ is offered as a load would offer it, each token to a session cache and each key set to an engine: it is
 * refused with its own code, the log says so, and what is in force and every byte on the disk stay as they were. */
#include "harness.h"

#include "bundle/state.h"
#include "edict/session_cache.h"
#include "support/bundle_door.h"
#include "support/doors.h"
#include "support/hostile.h"
#include "support/logged.h"
#include "support/seen.h"
#include "support/trusted.h"

enum { MOST = 1024 };
#define LATER INT64_C(3600000000) /* so that a state written once more would be another one */

/* What the log has to say, in its order. */
typedef struct entry { char what[8], code[8], digest[2 * EDI_DIGEST_BYTES + 1]; } entry;

static logged scene;
static seen s;
static entry entries[MOST];
static size_t entry_count;

static void begin(void) {
  logged_init(&scene, "");
  REQUIRE(logged_open(&scene) == EDICT_OK);
  seen_init(&s);
  s.log = scene.log;
  s.now = sample_created() + SAMPLE_DAY;
  entry_count = 0;
}

static void note_refusal(const char *what, const edict_diagnostics *findings, const edict_bytes *offered) {
  unsigned char digest[EDI_DIGEST_BYTES];
  size_t count = edict_diagnostics_count(findings);
  if (entry_count == MOST || count == 0) abort();
  entry *e = &entries[entry_count++];
  *e = (entry){.digest = ""};
  snprintf(e->what, sizeof e->what, "%s", what);
  snprintf(e->code, sizeof e->code, "%s", edict_diagnostics_code(findings, count - 1));
  if (!offered) return;
  edi_digest(offered->ptr, offered->len, digest);
  for (size_t i = 0; i < sizeof digest; i++) snprintf(e->digest + 2 * i, 3, "%02x", digest[i]);
}

/* ---- the log ---- */

typedef struct reading { size_t at, bad; } reading;

static int read_line(void *user, const char *json, size_t length) {
  reading *r = user;
  char line[8192], wanted[128];
  if (length >= sizeof line) return 1;
  memcpy(line, json, length);
  line[length] = '\0';
  if (!strstr(line, "\"refused\":")) return 0;
  const entry *e = r->at < entry_count ? &entries[r->at] : NULL;
  r->at++;
  if (e) snprintf(wanted, sizeof wanted, "\"refused\":\"%s\",", e->what);
  bool good = e && strstr(line, wanted) && strstr(line, e->digest);
  if (e) snprintf(wanted, sizeof wanted, "\"code\":\"%s\"", e->code);
  if (!good || !strstr(line, wanted)) {
    if (r->bad++ < 5) HARNESS_FAIL("refusal %zu of %s, %s: the log has %s", r->at - 1, e ? e->what : "nothing", e ? e->code : "", line);
  }
  return 0;
}

/* Everything that was refused stands in the log, in order, with its code; and the log is whole. */
static void end(void) {
  edict_log_report report;
  reading r = {0, 0};
  CHECK_INT(logged_close(&scene), EDICT_OK);
  CHECK_INT(logged_verify(&scene, &report), EDICT_OK);
  CHECK_INT(report.refusals, entry_count);
  CHECK_INT(edict_log_show(scene.folder, NULL, read_line, &r, scene.m.diagnostics), EDICT_OK);
  CHECK_INT(r.at, entry_count);
  CHECK_INT(r.bad, 0);
  seen_fini(&s);
  logged_fini(&scene);
}

/* ---- loads ---- */

typedef struct snapshot { uint8_t *disk; size_t size; edict_engine *engine; uint64_t generation; } snapshot;

static snapshot take_snapshot(void) {
  snapshot now = {.engine = edict_holder_engine(s.holder), .generation = edict_holder_generation(s.holder)};
  now.disk = disk_pack(s.d, &now.size);
  if (!now.disk || !now.engine) abort();
  return now;
}

static bool is_as_it_was(const snapshot *before) {
  snapshot now = take_snapshot();
  bool same = now.engine == before->engine && now.generation == before->generation && now.size == before->size && memcmp(now.disk, before->disk, now.size) == 0;
  edict_engine_destroy(&now.engine);
  free(now.disk);
  return same;
}

static void drop_snapshot(snapshot *before) {
  edict_engine_destroy(&before->engine);
  free(before->disk);
}

/* The whole load of a host; what is refused is noted. */
static edict_status offer(const char *name, edict_load *l, edict_diagnostics *findings) {
  snapshot before = take_snapshot();
  l->size = sizeof *l;
  l->log = scene.log;
  edict_status status = edi_holder_load(disk_system(s.d), s.holder, l, findings);
  if (status == EDICT_OK) HARNESS_FAIL("%s was loaded", name);
  else if (!is_as_it_was(&before)) HARNESS_FAIL("%s was refused, and something changed", name);
  if (status != EDICT_OK) note_refusal("load", findings, l->bundle_count ? &l->bundles[l->bundle_count - 1] : NULL);
  drop_snapshot(&before);
  return status;
}

static edi_buf trust_store;
static seen_set seven; /* a federation in force: its federal bundle */

static edict_engine_options plain_options(void) {
  return (edict_engine_options){.size = sizeof(edict_engine_options), .trust = trust_store.ptr, .trust_length = trust_store.len, .now = s.now};
}

/* In force: a good bundle, believed by the trust store of the folder. */
static void begin_loads(void) {
  begin();
  edi_buf_init(&trust_store, NULL, 4096);
  edi_buf_text(&trust_store, "edict-trust/v1\n");
  sample_trust_line(&trust_store, "federal eu.example", DOOR_FEDERAL_KEY, DOOR_FEDERAL);
  sample_trust_line(&trust_store, "domain sales eu.example/sales", DOOR_DOMAIN_KEY, DOOR_DOMAIN);
  sample_trust_line(&trust_store, "log", DOOR_LOG_KEY, DOOR_LOG);
  seen_set_init(&seven, 7, NULL, "x", "f1 ");
  edict_engine_options options = plain_options();
  const edict_bytes bundle = {seven.m.bundles[0].ptr, seven.m.bundles[0].len};
  const edict_load l = {.size = sizeof l, .options = &options, .bundles = &bundle, .bundle_count = 1, .state = SEEN_STATE, .begin = 1, .log = scene.log};
  edict_status status = edi_holder_load(disk_system(s.d), s.holder, &l, s.diagnostics);
  if (status != EDICT_OK) {
    fprintf(stderr, "the good bundle is not loaded: %s\n", edict_diagnostics_message(s.diagnostics, 0));
    abort();
  }
  s.now += LATER;
}

static void end_loads(void) {
  end();
  edi_buf_fini(&trust_store);
  seen_set_fini(&seven);
}

/* In the place of the federal bundle; if it says that it is another layer's, beside the good one. */
static edict_status load_bundle(const char *name, const char *bytes, size_t length, edict_diagnostics *findings) {
  edi_arena arena;
  edi_bundle bundle;
  edi_arena_init(&arena, NULL, (size_t)64 << 20);
  bool beside = edi_bundle_open(&arena, bytes, length, &bundle, NULL) == EDICT_OK && bundle.manifest.layer != EDI_BUNDLE_FEDERAL;
  edi_arena_fini(&arena);
  edict_engine_options options = plain_options();
  const edict_bytes both[] = {{seven.m.bundles[0].ptr, seven.m.bundles[0].len}, {bytes, length}};
  edict_load l = {.options = &options, .bundles = &both[!beside], .bundle_count = 1u + beside, .state = SEEN_STATE};
  return offer(name, &l, findings);
}

/* What a door takes is no matter here. */
static bool is_taken(hostile_door *open, const char *name, const char *bytes, size_t length) {
  edict_diagnostics *findings = edict_diagnostics_create();
  bool taken = open(name, bytes, length, findings) == EDICT_OK;
  edict_diagnostics_destroy(&findings);
  return taken;
}

/* No load reads a source, by which nothing is decided: whoever reads one refuses it, and no load has to. */
static edict_status bundles(const char *name, const char *bytes, size_t length, edict_diagnostics *findings) {
  if (strcmp(name, "source-byte.edb") == 0) return bundle_door(name, bytes, length, findings);
  return is_taken(bundle_door, name, bytes, length) ? EDICT_OK : load_bundle(name, bytes, length, findings);
}

/* The bytes in a bundle that is good but for them, signed by who may. */
static edict_status wrapped(const char *name, bool table, edi_str bytes, edict_diagnostics *findings) {
  edi_arena arena;
  edi_buf bundle;
  edi_manifest m = table ? sample_manifest(EDI_BUNDLE_TABLE, "eu.example/holds", "federal.vocabulary.holds") : sample_manifest(EDI_BUNDLE_FEDERAL, "eu.example", NULL);
  edi_bundle_file files[] = {{EDI_STR("rules/privacy.edict"), EDI_STR("module federal.privacy\n")}, {table ? EDI_STR("table") : EDI_STR("program"), bytes},
                             {EDI_STR("edict.yaml"), EDI_STR("edict: 1\n")}, {EDI_STR("keys/none"), {"", 0}}};
  m.version = 4;
  edi_arena_init(&arena, NULL, (size_t)64 << 20);
  edi_buf_init(&bundle, NULL, EDI_LIMIT_BUNDLE_FILE);
  if (edi_bundle_write(&arena, &m, files, 4, &bundle, NULL) != EDICT_OK) abort();
  sample_sign(&arena, &bundle, DOOR_FEDERAL_KEY, DOOR_FEDERAL);
  edict_status status = load_bundle(name, bundle.ptr, bundle.len, findings);
  edi_buf_fini(&bundle);
  edi_arena_fini(&arena);
  return status;
}

static edict_status programs(const char *name, const char *bytes, size_t length, edict_diagnostics *findings) {
  return is_taken(program_door, name, bytes, length) ? EDICT_OK : wrapped(name, false, (edi_str){bytes, length}, findings);
}

static edict_status tables(const char *name, const char *bytes, size_t length, edict_diagnostics *findings) {
  return is_taken(tablefile_door, name, bytes, length) ? EDICT_OK : wrapped(name, true, (edi_str){bytes, length}, findings);
}

static edict_status good_again(const char *name, const edict_engine_options *options, const char *state, edict_diagnostics *findings) {
  const edict_bytes bundle = {seven.m.bundles[0].ptr, seven.m.bundles[0].len};
  edict_load l = {.options = options, .bundles = &bundle, .bundle_count = 1, .state = state};
  return offer(name, &l, findings);
}

static edict_status trust_door(const char *name, const char *bytes, size_t length, edict_diagnostics *findings) {
  edi_arena arena;
  edi_trust trust;
  (void)name;
  edi_arena_init(&arena, NULL, (size_t)64 << 20);
  edict_status status = edi_trust_parse(&arena, (edi_str){bytes, length}, &trust, findings);
  edi_arena_fini(&arena);
  return status;
}

static edict_status trusts(const char *name, const char *bytes, size_t length, edict_diagnostics *findings) {
  if (is_taken(trust_door, name, bytes, length)) return EDICT_OK;
  edict_engine_options options = plain_options();
  options.trust = bytes;
  options.trust_length = length;
  return good_again(name, &options, SEEN_STATE, findings);
}

/* As the file of another set, which stays as it is. */
static edict_status states(const char *name, const char *bytes, size_t length, edict_diagnostics *findings) {
  edi_arena arena;
  edi_state state;
  edi_arena_init(&arena, NULL, (size_t)64 << 20);
  bool taken = edi_state_parse(&arena, (edi_str){bytes, length}, &state, NULL) == EDICT_OK;
  edi_arena_fini(&arena);
  if (taken) return EDICT_OK;
  edict_engine_options options = plain_options();
  disk_put(s.d, "other", bytes, length);
  return good_again(name, &options, DISK_DIRECTORY "/other", findings);
}

/* Plain ones are for development, which keeps no state. */
static edict_status keyrings(const char *name, const char *bytes, size_t length, edict_diagnostics *findings) {
  if (is_taken(door_named("keyring", 7)->open, name, bytes, length)) return EDICT_OK;
  edict_engine_options options = plain_options();
  options.development = 1;
  options.keyring = bytes;
  options.keyring_length = length;
  options.keyring_secret = &door_keyring_secret;
  return good_again(name, &options, NULL, findings);
}

TEST(hostile_keyrings_change_nothing) {
  size_t total = 0;
  begin_loads();
  CHECK_INT(hostile_run("tests/hostile/keyring", keyrings, &total), 0);
  CHECK(total >= 48 && entry_count >= 40);
  end_loads();
}

TEST(hostile_bundles_programs_and_tables_change_nothing) {
  size_t total[3] = {0};
  begin_loads();
  CHECK_INT(hostile_run("tests/hostile/bundle", bundles, &total[0]), 0);
  CHECK_INT(hostile_run("tests/hostile/program", programs, &total[1]), 0);
  CHECK_INT(hostile_run("tests/hostile/tablefile", tables, &total[2]), 0);
  CHECK(total[0] >= 45 && total[1] >= 73 && total[2] >= 57);
  CHECK_INT(entry_count, total[0] - 4 + total[1] - 4 + total[2] - 3); /* all but those that are good, and one source */
  end_loads();
}

TEST(hostile_trust_stores_and_state_files_change_nothing) {
  size_t total[2] = {0};
  begin_loads();
  CHECK_INT(hostile_run("tests/hostile/trust", trusts, &total[0]), 0);
  disk_put(s.d, "other.lock", "", 0);
  CHECK_INT(hostile_run("tests/hostile/state", states, &total[1]), 0);
  CHECK(total[0] >= 70 && total[1] >= 44 && entry_count >= 95);
  end_loads();
}

/* ---- roots: of a federation whose root is known and remembered ---- */

/* As the root that the host hands over; what does not begin like one would be read as a trust store there, so it comes as
 * one that follows, as do those that are meant to. One that is expired comes where nothing is remembered of another. */
static edict_status roots(const char *name, const char *bytes, size_t length, edict_diagnostics *findings) {
  if (is_taken(root_door, name, bytes, length)) return EDICT_OK;
  bool follows = strncmp(name, "next", 4) == 0 || !edi_root_is((edi_str){bytes, length});
  edict_engine_options options = {.size = sizeof options, .trust = follows ? s.roots[0].ptr : bytes, .trust_length = follows ? s.roots[0].len : length, .now = s.now};
  const edict_bytes bundles[] = {{seven.m.bundles[0].ptr, seven.m.bundles[0].len}, {seven.m.bundles[1].ptr, seven.m.bundles[1].len}}, root = {bytes, length};
  edict_load l = {.options = &options, .bundles = bundles, .bundle_count = 2, .state = strstr(name, "expired") ? NULL : SEEN_STATE,
                  .roots = follows ? &root : NULL, .root_count = follows};
  return offer(name, &l, findings);
}

TEST(hostile_roots_change_nothing) {
  size_t total = 0;
  begin();
  seen_set_init(&seven, 7, NULL, "x", "f4 g5 ");
  REQUIRE(seen_load(&s, &seven, true, NULL) == EDICT_OK);
  s.now += LATER;
  CHECK_INT(hostile_run("tests/hostile/roots", roots, &total), 0);
  CHECK(total >= 74 && entry_count >= total - 8);
  end();
  seen_set_fini(&seven);
}

/* ---- tokens and key sets: an engine with the issuers of support/trusted.h ---- */

#define ACTORS " subject.actor from \"act.sub\"\n subject.actors from \"act*.sub\"\n"
static const char issuers[] =
    "module federal.vocabulary\n"
    "taxonomy purpose { service }\ntaxonomy role { staff partner }\ntaxonomy domain { sales }\ntaxonomy tag { pii plain }\n"
    "levels classification { public < internal }\n"
    "attributes subject { actor?: string actors?: set<string> team?: string }\n"
    "issuer corp \"https://login.corp.example\"\n audience \"mesh\"\n keys \"corp.jwks.json\"\n algorithms RS256, ES256\n tokens jwt, access\n"
    " subject.roles from \"realm_access.roles\" within staff ignore others\n"
    "issuer partner-idp \"https://id.partner.example\"\n audience \"mesh-eu\"\n keys \"partner.jwks.json\"\n algorithms ES256\n subject.roles from \"roles\" within partner\n"
    "issuer works \"https://works.example\"\n audience \"mesh\"\n keys \"works.jwks.json\"\n algorithms RS512, PS256, ES384, ES512, EdDSA\n" ACTORS
    "issuer cluster \"spiffe://prod.example\"\n audience \"mesh\"\n keys \"prod.jwks.json\"\n algorithms ES256\n" ACTORS " subject.team from \"sub\"\n"
    "issuer desk \"https://desk.example\"\n audience \"mesh\"\n keys from host\n algorithms HS256, HS512\n" ACTORS
    "issuer late \"https://late.example\"\n audience \"mesh\"\n keys from host\n algorithms RS256, ES256\n"
    "issuer host\ndomains may state plain\n"
    "rule readers\n permit read\n on dataset holding plain\n when subject.roles has staff\n because \"x\"\n";

typedef struct bench { mesh m; edict_session_cache *cache; } bench;
static bench b;

static void begin_tokens(void) {
  static const unsigned char hash_key[32] = {7};
  static const char yaml[] = "edict: 1\nname: eu.example\nlayer: federal\nversion: 1\ncreated: 2026-01-01T00:00:00Z\nexpires: 2028-01-01T00:00:00Z\nrules: [ \"*.edict\" ]\nkeys: [ \"*.json\" ]\n";
  char *sets[] = {trusted_key_file("corp.jwks.json"), trusted_key_file("partner.jwks.json"), trusted_key_file("works.jwks.json"), trusted_key_file("prod.jwks.json"),
                  trusted_key_file("desk.jwks.json")};
  begin();
  mesh_init(&b.m);
  const mesh_file files[] = {{"edict.yaml", yaml}, {"v.edict", issuers}, {"corp.jwks.json", sets[0]}, {"partner.jwks.json", sets[1]}, {"works.jwks.json", sets[2]}, {"prod.jwks.json", sets[3]}};
  mesh_add(&b.m, files, 6);
  const edict_issuer_keys keys[] = {{"desk", sets[4], strlen(sets[4])}, {"late", sets[0], strlen(sets[0])}};
  const edict_engine_options options = {.size = sizeof options, .now = INT64_MIN, .development = 1, .issuer_keys = keys, .issuer_key_count = 2};
  const edict_session_cache_options room = {.size = sizeof room, .entries = 1024, .hash_key = hash_key};
  if (mesh_engine(&b.m, &options) != EDICT_OK || edict_session_cache_create(&room, &b.cache) != EDICT_OK) abort();
  for (size_t i = 0; i < 5; i++) free(sets[i]);
}

static void end_tokens(void) {
  edict_session_cache_destroy(&b.cache);
  mesh_fini(&b.m);
  end();
}

/* What one token leaves in the cache: a session if it is good, nothing if it is not, and nothing of those before goes. */
static edict_status tokens(const char *name, const char *bytes, size_t length, edict_diagnostics *findings) {
  edict_session_cache_stats before, after;
  edict_session *session = NULL;
  edict_session_cache_stats_get(b.cache, &before);
  edict_status status = edict_session_cache_get(b.cache, b.m.engine, bytes, length, TRUSTED_NOW, &session, findings);
  edict_session_cache_stats_get(b.cache, &after);
  if ((status == EDICT_OK) != (session != NULL)) HARNESS_FAIL("%s: a status and a session that do not agree", name);
  bool kept = after.entries == before.entries + (status == EDICT_OK) && after.evictions == before.evictions && (status == EDICT_OK || after.bytes == before.bytes);
  if (!kept) HARNESS_FAIL("%s: the cache has %zu entries of %zu bytes after %zu of %zu", name, after.entries, after.bytes, before.entries, before.bytes);
  edict_session_destroy(&session);
  if (status == EDICT_OK) return status;
  CHECK_INT(edict_log_refused(scene.log, EDICT_REFUSED_TOKEN, TRUSTED_NOW, status, findings, NULL, 0, NULL), EDICT_OK);
  note_refusal("token", findings, NULL);
  return status;
}

static bool is_in_log(void *user, const char *path, const char *bytes, size_t length) {
  const edi_str *part = user;
  for (size_t at = 0; at + part->len <= length; at++)
    if (memcmp(bytes + at, part->ptr, part->len) == 0) {
      HARNESS_FAIL("%s has a part of a token", path);
      return false;
    }
  return true;
}

TEST(hostile_tokens_leave_nothing) {
  size_t total = 0, length = 0;
  edict_session_cache_stats stats;
  begin_tokens();
  CHECK_INT(hostile_run("tests/hostile/token", tokens, &total), 0);
  edict_session_cache_stats_get(b.cache, &stats);
  CHECK(total >= 390 && entry_count >= 350 && stats.entries + entry_count == total);
  char *token = hostile_read("tests/hostile/token/sig-bit.jwt", &length);
  REQUIRE(token && length > 300);
  edi_str part = {token + length - 64, 48}; /* of its signature */
  CHECK(logged_files(&scene, is_in_log, &part));
  free(token);
  end_tokens();
}

/* The keys before stay, and vouch for what they vouched for. */
static edict_status key_sets(const char *name, const char *bytes, size_t length, edict_diagnostics *findings) {
  const edi_jwk *before = b.m.engine->issuers->slots[5].keys ? b.m.engine->issuers->slots[5].keys->jwks.keys : NULL;
  edict_status status = edict_engine_reload_keys(b.m.engine, "late", bytes, length, findings);
  const edi_jwk *after = b.m.engine->issuers->slots[5].keys ? b.m.engine->issuers->slots[5].keys->jwks.keys : NULL;
  if (status != EDICT_OK && (!before || before != after)) HARNESS_FAIL("%s: the keys before did not stay", name);
  return status;
}

TEST(hostile_key_sets_leave_the_keys_before) {
  size_t total = 0;
  begin_tokens();
  CHECK_INT(hostile_run("tests/hostile/jwks", key_sets, &total), 0);
  CHECK(total >= 38);
  end_tokens();
}

HARNESS_MAIN
