/* Doors: see the header. */
#include "support/doors.h"

#include <stdlib.h>
#include <string.h>

#include "bundle/state.h"
#include "enforce/key_source.h"
#include "identity/gate.h"
#include "identity/jwks.h"
#include "policy/contract.h"
#include "policy/ast.h"
#include "support/bundle_door.h"
#include "support/check_door.h"
#include "support/event_door.h"
#include "support/log_door.h"
#include "support/record_door.h"
#include "support/sample_root.h"
#include "support/small_model.h"
#include "support/trusted.h"

enum { ROOM = 64 << 20 };

static edict_status trust_door(const char *name, const char *bytes, size_t length, edict_diagnostics *findings) {
  edi_arena arena;
  edi_trust trust;
  (void)name;
  edi_arena_init(&arena, NULL, ROOM);
  edict_status status = edi_trust_parse(&arena, (edi_str){bytes, length}, &trust, findings);
  edi_arena_fini(&arena);
  return status;
}

static edict_status state_door(const char *name, const char *bytes, size_t length, edict_diagnostics *findings) {
  edi_arena arena;
  edi_state state;
  (void)name;
  edi_arena_init(&arena, NULL, ROOM);
  edict_status status = edi_state_parse(&arena, (edi_str){bytes, length}, &state, findings);
  edi_arena_fini(&arena);
  return status;
}

#define KEYRING_KEY "edict-keyring-key/v1\nfffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff8\n"
const edict_keyring_secret door_keyring_secret = {KEYRING_KEY, sizeof KEYRING_KEY - 1, 0};

static edict_status keyring_door(const char *name, const char *bytes, size_t length, edict_diagnostics *findings) {
  edi_keyring *keyring;
  (void)name;
  const edict_engine_options options = {.size = sizeof options, .keyring = bytes, .keyring_length = length, .keyring_secret = &door_keyring_secret, .development = 1};
  edict_status status = edi_keyring_open(&options, &keyring, findings);
  edi_keyring_destroy(keyring);
  return status;
}

static edict_status jwks_door(const char *name, const char *bytes, size_t length, edict_diagnostics *findings) {
  edi_arena arena;
  edi_jwks jwks;
  (void)name;
  edi_arena_init(&arena, NULL, 8 << 20);
  edi_jwk_source source = {.name = EDI_STR("corp.jwks.json"), .algorithms = EDI_ALG_RS256 | EDI_ALG_ES256};
  edict_status status = edi_jwks_parse((edi_str){bytes, length}, &source, &arena, &jwks, findings);
  edi_jwks_fini(&jwks);
  edi_arena_fini(&arena);
  return status;
}

static trusted world;
static void end_world(void) { trusted_fini(&world); }

/* The issuers are there before the first token comes, as they are in a host. */
static edict_status token_door(const char *name, const char *bytes, size_t length, edict_diagnostics *findings) {
  edi_arena arena;
  edi_subject subject;
  (void)name;
  if (!world.issuers) {
    trusted_init(&world);
    if (trusted_load(&world) != EDICT_OK || atexit(end_world) != 0) abort();
  }
  edi_arena_init(&arena, NULL, 1 << 20);
  edict_status status = edi_token_verify(world.issuers, &world.vocabulary, (edi_str){bytes, length}, TRUSTED_NOW, &arena, &subject, findings);
  edi_arena_fini(&arena);
  return status;
}

/* Read, and held to a vocabulary, as the domain sales does. */
static edict_status contract_door(const char *name, const char *bytes, size_t length, edict_diagnostics *findings) {
  edi_arena arena;
  edi_contract_ast *contract = NULL;
  edi_contract_facts facts;
  edi_arena_init(&arena, NULL, ROOM);
  edi_model *model = small_model_create(&arena, "sales", findings);
  edict_status status = edi_contract_parse(&arena, edi_str_from(name), (edi_str){bytes, length}, &contract, findings);
  if (status == EDICT_OK) status = edi_contract_resolve(&arena, model, contract, &facts, findings);
  edi_arena_fini(&arena);
  return status;
}

static edict_status rules_door(const char *name, const char *bytes, size_t length, edict_diagnostics *findings) {
  edi_arena arena;
  edi_file_ast *file;
  edi_arena_init(&arena, NULL, ROOM);
  edict_status status = edi_parse(&arena, edi_str_from(name), (edi_str){bytes, length}, &file, findings);
  edi_arena_fini(&arena);
  return status;
}

/* Above what is measured, and not far: a counter that grows is to be seen. Only who checks rules takes more than 6 MiB: of
 * definitions that stand for one another, up to their own limit. */
const door doors[] = {
    {"token", token_door, 384, 500},
    {"jwks", jwks_door, 600, 95000},
    {"bundle", bundle_door, 512, 64},
    {"roots", root_door, 256, 24},
    {"trust", trust_door, 3072, 24},
    {"state", state_door, 256, 8},
    {"program", program_door, 512, 64},
    {"tablefile", tablefile_door, 128, 6},
    {"contract", contract_door, 3072, 55000},
    {"rules", rules_door, 6144, 50000},
    {"check", check_door, 56 * 1024, 20000},
    {"keyring", keyring_door, 128, 4},
    {"event", event_door, 1536, 32},
    {"record", record_door, 256, 24},
    {"log", log_door, 1024, 48},
};
const size_t door_count = sizeof doors / sizeof *doors;

const door *door_named(const char *name, size_t length) {
  for (size_t i = 0; i < door_count; i++)
    if (strlen(doors[i].name) == length && memcmp(doors[i].name, name, length) == 0) return &doors[i];
  return NULL;
}
