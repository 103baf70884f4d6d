/* Fuzz: contract text through both doors, edi_contract_parse and, if it is accepted, resolve. */
#include <stdlib.h>

#include "policy/contract.h"
#include "support/small_model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  edict_diagnostics *diagnostics = edict_diagnostics_create();
  edi_arena arena;
  edi_arena_init(&arena, NULL, (size_t)64 * 1024 * 1024);
  edi_model *model = small_model_create(&arena, "sales", diagnostics);
  edi_contract_ast *contract = NULL;
  edi_contract_facts facts;
  edict_status status = edi_contract_parse(
      &arena, EDI_STR("fuzz.yaml"), (edi_str){(const char *)data, size}, &contract, diagnostics);
  if (status == EDICT_OK)
    status = edi_contract_resolve(&arena, model, contract, &facts, diagnostics);
  /* Findings and errors go together, and an accepted contract holds no gap. */
  if ((status == EDICT_FINDINGS) != (edict_diagnostics_errors(diagnostics) > 0) &&
      status != EDICT_LIMIT && status != EDICT_MEMORY)
    abort();
  if (status == EDICT_OK && (facts.name.len == 0 || facts.domain == EDI_NONE)) abort();
  edi_arena_fini(&arena);
  edict_diagnostics_destroy(&diagnostics);
  return 0;
}
