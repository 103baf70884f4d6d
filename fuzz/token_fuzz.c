/* Token: bytes from anywhere at the gate, and as the payload of a token that passed it.
 *
 * What is taken must name somebody at this time; what is refused must leave nothing behind and say why
 * once. Payloads cannot be signed by a mutation, so the second half enters behind the signature: the same
 * strict parse, then the claims of issuer corp, whose roles must stay within their bound. */
#include <stdlib.h>

#include "bundle/limits.h"
#include "identity/claims.h"
#include "identity/issuers.h"
#include "support/trusted.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static trusted world;

static void check(bool holds) {
  if (!holds) abort();
}

static void at_the_gate(edi_str token) {
  edi_arena arena;
  edi_subject s, zero = {0};
  edict_diagnostics *diagnostics = edict_diagnostics_create();
  edi_arena_init(&arena, NULL, 1 << 20);
  edict_status status = edi_token_verify(world.issuers, &world.vocabulary, token, TRUSTED_NOW,
                                         &arena, &s, diagnostics);
  if (status == EDICT_OK) {
    check(s.id.len > 0 && s.not_before <= TRUSTED_NOW && TRUSTED_NOW < s.expires);
  } else {
    check(memcmp(&s, &zero, sizeof s) == 0 && edict_diagnostics_count(diagnostics) == 1);
  }
  edi_arena_fini(&arena);
  edict_diagnostics_destroy(&diagnostics);
}

static void behind_the_signature(edi_str payload) {
  edi_arena arena;
  const edi_json *object;
  const char *why;
  edi_arena_init(&arena, NULL, 4 << 20);
  const edi_vocabulary *v = &world.vocabulary;
  edi_value *attrs = EDI_NEW_ARRAY(&arena, edi_value, v->subject_slots);
  if (attrs &&
      edi_strictjson_parse(payload, EDI_LIMIT_TOKEN_DEPTH, &arena, &object, &why) == EDICT_OK) {
    check(edi_claims_fill(v, &world.federation.issuers[0], object, &arena, &arena, attrs) !=
          EDICT_DEFECT);
    edi_value roles =
        attrs[v->attr_slot[federation_attr(&world.federation, EDI_ENTITY_SUBJECT, "roles")]];
    for (uint32_t i = 0; edi_value_known(roles) && i < roles.length; i++)
      check(edi_vocabulary_below(v, roles.as.members[i].as.integer,
                                 federation_node(&world.federation, "role", "staff")));
  }
  edi_arena_fini(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (!world.issuers) {
    trusted_init(&world);
    check(trusted_load(&world) == EDICT_OK);
  }
  edi_str text = {(const char *)data, size};
  at_the_gate(text);
  behind_the_signature(text);
  return 0;
}
