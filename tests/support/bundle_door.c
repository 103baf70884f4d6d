/* Bundle doors: see the header. */
#include "bundle_door.h"

#include <stdlib.h>

#include "bundle/packing.h"
#include "bundle/tablefile.h"
#include "program_walk.h"

enum { SCRATCH = 256 * 1024 * 1024 };

/* Lists and walks a program that was verified. */
static void read_program(const edi_program *program) {
  edi_buf listing;
  edi_buf_init(&listing, NULL, (size_t)1 << 20);
  (void)program_walk(program);
  edi_program_disassemble(program, &listing);
  edi_buf_fini(&listing);
}

static void read_table(const edi_tablefile *t) {
  uint32_t columns = t->key_count + t->value_count;
  for (uint64_t r = 0; r < t->place_count && r < 1000; r++) {
    if (!edi_tablefile_has_row(t, r)) continue;
    if (edi_tablefile_find(t, t->cells + r * columns, t->heap) != r) abort();
    for (uint32_t c = 0; c < columns; c++) {
      const edi_tablecell *cell = &t->cells[r * columns + c];
      if (!edi_tablecell_is_text(cell) || t->types[2 * c] == EDI_TYPE_IP) continue;
      if (!edi_utf8_valid(edi_tablecell_text(cell, t->heap))) abort();
    }
  }
}

static void trust_of_door(edi_arena *arena, edi_trust *trust) {
  edi_buf text;
  edi_buf_init(&text, NULL, 4096);
  edi_buf_text(&text, "edict-trust/v1\n");
  sample_trust_line(&text, "federal eu.example", DOOR_FEDERAL_KEY, DOOR_FEDERAL);
  sample_trust_line(&text, "domain sales eu.example/sales", DOOR_DOMAIN_KEY, DOOR_DOMAIN);
  sample_trust_line(&text, "log", DOOR_LOG_KEY, DOOR_LOG);
  char *copy = edi_arena_copy(arena, text.ptr, text.len);
  if (!copy || edi_trust_parse(arena, (edi_str){copy, text.len}, trust, NULL) != EDICT_OK) abort();
  edi_buf_fini(&text);
}

static edict_status read_contents(const edi_bundle *bundle, edi_arena *arena,
                                  edict_diagnostics *findings) {
  edi_program program;
  edi_tablefile table;
  if (bundle->manifest.layer == EDI_BUNDLE_TABLE) {
    edi_str bytes = edi_bundle_find(bundle, "table");
    edict_status status = edi_tablefile_verify(bytes.ptr, bytes.len, &table, findings);
    if (status == EDICT_OK) read_table(&table);
    return status;
  }
  edict_status status = edi_bundle_program(bundle, arena, arena, &program, findings);
  if (status == EDICT_OK) read_program(&program);
  return status;
}

/* The bundle, and the program of one that has one. */
typedef edict_status opener(edi_arena *arena, const void *bytes, size_t length, edi_bundle *bundle, edict_diagnostics *d);
static edict_status open_by(opener *open, edi_arena *arena, const char *bytes, size_t length, edi_bundle *bundle, edict_diagnostics *d) {
  edi_program program;
  edict_status status = open(arena, bytes, length, bundle, d);
  if (status != EDICT_OK || bundle->manifest.layer == EDI_BUNDLE_TABLE) return status;
  return edi_bundle_program(bundle, arena, arena, &program, d);
}

/* Who loads a bundle is told what who opens it is told, but for damaged sources. */
static void compare_loaded(const char *bytes, size_t length) {
  edi_arena arena;
  edi_bundle opened, loaded;
  edict_diagnostics *said = edict_diagnostics_create(), *told = edict_diagnostics_create();
  edi_arena_init(&arena, NULL, SCRATCH);
  edict_status all = open_by(edi_bundle_open, &arena, bytes, length, &opened, said);
  edict_status some = open_by(edi_bundle_load, &arena, bytes, length, &loaded, told);
  bool sources = all != EDICT_OK && strcmp(edict_diagnostics_code(said, 0), "R0155") == 0;
  if (!sources && some != all) abort();
  if (!sources && all != EDICT_OK && strcmp(edict_diagnostics_message(said, 0), edict_diagnostics_message(told, 0)) != 0) abort();
  if (all == EDICT_OK && memcmp(loaded.digest, opened.digest, sizeof loaded.digest) != 0) abort();
  for (size_t i = 0; some == EDICT_OK && i < loaded.manifest.file_count; i++)
    if (loaded.files[i].bytes.ptr && !edi_bundle_decides(loaded.files[i].name)) abort();
  edict_diagnostics_destroy(&said);
  edict_diagnostics_destroy(&told);
  edi_arena_fini(&arena);
}

edict_status bundle_door(const char *name, const char *bytes, size_t length,
                         edict_diagnostics *findings) {
  edi_arena arena;
  edi_bundle bundle;
  edi_trust trust;
  (void)name;
  edi_arena_init(&arena, NULL, SCRATCH);
  compare_loaded(bytes, length);
  trust_of_door(&arena, &trust);
  edict_status status = edi_bundle_open(&arena, bytes, length, &bundle, findings);
  if (status == EDICT_OK)
    status = edi_bundle_authenticate(&bundle, &trust, sample_created() + SAMPLE_DAY, findings);
  if (status == EDICT_OK) status = read_contents(&bundle, &arena, findings);
  edi_arena_fini(&arena);
  return status;
}

edict_status program_door(const char *name, const char *bytes, size_t length,
                          edict_diagnostics *findings) {
  edi_arena arena;
  edi_program program;
  (void)name;
  edi_arena_init(&arena, NULL, SCRATCH);
  edict_status status = edi_program_read(bytes, length, &arena, &arena, &program, findings);
  if (status == EDICT_OK) read_program(&program);
  edi_arena_fini(&arena);
  return status;
}

edict_status tablefile_door(const char *name, const char *bytes, size_t length,
                            edict_diagnostics *findings) {
  edi_tablefile table;
  (void)name;
  edict_status status = edi_tablefile_verify(bytes, length, &table, findings);
  if (status == EDICT_OK) read_table(&table);
  return status;
}
