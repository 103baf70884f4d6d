/* Small project: see the header. */
#include "support/small_project.h"

#include "bundle/limits.h"

edict_status small_project_read(edi_arena *arena, edi_str text, edi_project **project,
                                edict_diagnostics *diagnostics) {
  static char large[EDI_LIMIT_JWKS_FILE + 1];
  const edi_project_text files[] = {
      {"edict.yaml", text},
      {"top-1.edict", EDI_STR("module federal.top\n")},
      {"rules/b.edict", EDI_STR("module federal.b\n")},
      {"rules/a.edict", EDI_STR("module federal.a\n")},
      {"rules/.hidden.edict", EDI_STR("module federal.hidden\n")},
      {"rules/more/c.edict", EDI_STR("module federal.c\n")},
      {"upper/A.edict", EDI_STR("module federal.upper\n")},
      {"contracts/orders.odcs.yaml", EDI_STR("kind: DataContract\n")},
      {"corp.jwks.json", EDI_STR("{\"keys\": []}\n")},
      {"large.json", {large, sizeof large}},
      {"tables/holds.csv", EDI_STR("person\np-1\n")},
      {"tables/rates.csv", EDI_STR("")},
  };
  return edi_project_from_memory(arena, files, sizeof files / sizeof *files, project, diagnostics);
}
