/* Fuzz: bytes as an access agreement; what is read and approved is made a rule file, which the layout reads again. */
#include <stdlib.h>

#include "edict/agreements.h"
#include "policy/agreement.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const edict_agreement_options options = {.size = sizeof options, .module = "sales.agreements", .action = "read", .purpose = "support",
                                                  .team = "subject.team", .product = "subject.product", .user = "subject.user"};
  const edict_contract_text text = {"fuzz.yaml", (const char *)data, size};
  edict_diagnostics *d = edict_diagnostics_create();
  edi_arena arena;
  edi_agreement agreement;
  char *rules = NULL;
  size_t length;
  edi_arena_init(&arena, NULL, (size_t)64 << 20);
  edict_status read = edi_agreement_parse(&arena, EDI_STR("fuzz.yaml"), (edi_str){(const char *)data, size}, &agreement, d);
  if ((read == EDICT_FINDINGS) != (edict_diagnostics_errors(d) > 0)) abort();
  edict_diagnostics_clear(d);
  edict_status made = edict_agreements_import(&text, 1, &options, &rules, &length, d);
  if (read == EDICT_FINDINGS && made == EDICT_OK) abort();
  if ((made == EDICT_OK) != (rules != NULL) || made == EDICT_DEFECT) abort();
  if ((made == EDICT_FINDINGS) != (edict_diagnostics_errors(d) > 0)) abort();
  edict_text_free(&rules);
  edi_arena_fini(&arena);
  edict_diagnostics_destroy(&d);
  return 0;
}
