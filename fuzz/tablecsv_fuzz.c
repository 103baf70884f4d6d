/* Fuzz: table text read against each table of the small model; what is accepted has to be table
 * data. */
#include <stdlib.h>

#include "policy/table_csv.h"
#include "support/small_model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  edi_arena arena;
  edi_arena_init(&arena, NULL, (size_t)64 * 1024 * 1024);
  edi_model *model = small_model_create(&arena, NULL, NULL);
  for (size_t i = 0; i < model->tables_count; i++) {
    edict_diagnostics *diagnostics = edict_diagnostics_create();
    edi_buf file;
    edi_buf_init(&file, NULL, (size_t)64 * 1024 * 1024);
    edict_status status =
        edi_table_csv_write(&arena, model, &model->tables[i], EDI_STR("fuzz.csv"),
                            (edi_str){(const char *)data, size}, &file, diagnostics);
    if (status == EDICT_FINDINGS && edict_diagnostics_errors(diagnostics) == 0) abort();
    if (status == EDICT_DEFECT || status == EDICT_ARGUMENT || status == EDICT_FORMAT) abort();
    if (status == EDICT_OK) {
      edi_tablefile table;
      if (edi_tablefile_verify(file.ptr, file.len, &table, diagnostics) != EDICT_OK) abort();
    }
    edi_buf_fini(&file);
    edict_diagnostics_destroy(&diagnostics);
  }
  edi_arena_fini(&arena);
  return 0;
}
