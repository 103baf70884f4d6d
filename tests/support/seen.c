/* Seen: see the header. */
#include "seen.h"

#include <stdio.h>
#include <stdlib.h>

static void put_prev(edi_buf *yaml, const seen_set *before) {
  edi_arena arena;
  edi_bundle bundle;
  if (!before) return;
  edi_arena_init(&arena, NULL, (size_t)64 << 20);
  if (edi_bundle_open(&arena, before->m.bundles[0].ptr, before->m.bundles[0].len, &bundle, NULL) != EDICT_OK) abort();
  edi_buf_text(yaml, "prev: ");
  edi_hex_append(yaml, bundle.digest, sizeof bundle.digest);
  edi_buf_char(yaml, '\n');
  edi_arena_fini(&arena);
}

static void sign(seen_set *set, const char *signers) {
  edi_arena arena;
  edi_arena_init(&arena, NULL, (size_t)64 << 20);
  for (const char *at = signers; *at; at += 3) { /* "f4 g5 " */
    char name[2] = {at[0], '\0'};
    sample_sign(&arena, &set->m.bundles[0], name, (uint32_t)(at[1] - '0'));
  }
  sample_sign(&arena, &set->m.bundles[1], "d", 6);
  edi_arena_fini(&arena);
}

void seen_set_init(seen_set *set, unsigned version, const seen_set *before, const char *other, const char *signers) {
  edi_buf yaml;
  edi_buf_init(&yaml, NULL, 4096);
  mesh_init(&set->m);
  edi_buf_format(&yaml, "edict: 1\nname: eu.example\nlayer: federal\nversion: %u\ncreated: 2026-01-01T00:00:00Z\n"
                        "expires: 2027-01-01T00:00:00Z\nrules: [ \"*.edict\" ]\n", version);
  put_prev(&yaml, before);
  edi_buf_char(&yaml, '\0');
  char rules[512];
  set->permits = version % 2;
  snprintf(rules, sizeof rules, "module federal.rules\nrule reads\n permit %s\n on dataset classified <= confidential\n because \"%s\"\n",
           set->permits ? "read" : "export", other);
  mesh_file files[] = {{"edict.yaml", yaml.ptr}, {"vocabulary.edict", mesh_vocabulary}, {"rules.edict", rules}};
  mesh_add(&set->m, files, 3);
  mesh_domain(&set->m, "sales", "",
              MESH_CONTRACT("  - name: orders\n    logicalType: object\n    physicalName: orders\n"
                            "    customProperties: [ { property: classification, value: public } ]\n    properties:\n"
                            "      - { name: id, logicalType: integer }\n"));
  sign(set, signers);
  edi_buf_fini(&yaml);
}

void seen_set_fini(seen_set *set) { mesh_fini(&set->m); }

void seen_init(seen *s) {
  *s = (seen){.d = disk_create(7), .diagnostics = edict_diagnostics_create(), .now = SEEN_NOW};
  sample_root(&s->roots[0], sample_root_first, NULL, "a:1 b:2");
  sample_root(&s->roots[1], sample_root_second, &s->roots[0], "b:2 c:3");
  s->trust = &s->roots[0];
  const edi_system *system = disk_system(s->d);
  if (system->make_dir(system->context, DISK_DIRECTORY) != 0 || edict_holder_create(&s->holder) != EDICT_OK) abort();
}

void seen_fini(seen *s) {
  edict_holder_destroy(&s->holder);
  disk_destroy(s->d);
  edict_diagnostics_destroy(&s->diagnostics);
  edi_buf_fini(&s->roots[0]);
  edi_buf_fini(&s->roots[1]);
}

void seen_restart(seen *s) {
  edict_holder_destroy(&s->holder);
  if (edict_holder_create(&s->holder) != EDICT_OK) abort();
}

static edict_status load(seen *s, const seen_set *set, bool begin, const edict_bytes *roots, size_t count, const char **code) {
  edict_bytes bundles[MESH_BUNDLES];
  edict_engine_options options = {.size = sizeof options, .trust = s->trust->ptr, .trust_length = s->trust->len, .now = s->now,
                                  .keyring = s->keyring, .keyring_length = s->keyring ? strlen(s->keyring) : 0, .keyring_secret = s->secret};
  edict_load l = {.size = sizeof l, .options = &options, .bundles = bundles, .roots = roots, .root_count = count,
                  .state = SEEN_STATE, .begin = begin, .log = s->log};
  for (size_t i = 0; i < set->m.bundle_count; i++) bundles[i] = (edict_bytes){set->m.bundles[i].ptr, set->m.bundles[i].len};
  l.bundle_count = set->m.bundle_count;
  edict_diagnostics_clear(s->diagnostics);
  edict_status status = edi_holder_load(disk_system(s->d), s->holder, &l, s->diagnostics);
  const char *found = edict_diagnostics_code(s->diagnostics, 0);
  if (code) *code = found ? found : "";
  return status;
}

edict_status seen_load(seen *s, const seen_set *set, bool begin, const char **code) { return load(s, set, begin, NULL, 0, code); }

edict_status seen_load_with(seen *s, const seen_set *set, const edict_bytes *roots, size_t count, const char **code) {
  return load(s, set, false, roots, count, code);
}

char *seen_state(seen *s) {
  size_t size = 0;
  const uint8_t *bytes = disk_file(s->d, "state", &size);
  char *text = malloc(size + 1);
  if (!text) abort();
  if (bytes && size) memcpy(text, bytes, size);
  text[size] = '\0';
  return text;
}
