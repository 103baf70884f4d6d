/* Sample bundle: put together with the functions that tests look at from the other side. */
#include "sample_bundle.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/calendar.h"
#include "bundle/note.h"
#include "bundle/tablefile.h"
#include "sample_program.h"

static void must(edict_status status, const char *what, edict_diagnostics *findings) {
  if (status == EDICT_OK) return;
  fprintf(stderr, "sample bundle: %s: %s\n", what,
          edict_diagnostics_count(findings) > 0 ? edict_diagnostics_message(findings, 0)
                                                : edict_status_name(status));
  abort();
}

int64_t sample_created(void) {
  int64_t date = 0;
  (void)edi_date_from_civil(2026, 11, 20, &date);
  return date * EDI_DAY_MICROS;
}

edi_manifest sample_manifest(edi_bundle_layer layer, const char *name, const char *layer_of) {
  edi_manifest m = {
      .name = edi_str_from(name), .layer = layer, .layer_of = edi_str_from(layer_of), .version = 3};
  m.created = m.not_before = sample_created();
  m.expires = m.created + 365 * EDI_DAY_MICROS;
  m.semantics = EDI_SEMANTICS;
  m.format = EDI_BUNDLE_FORMAT;
  m.cost = 100000;
  m.has_prev = true;
  memset(m.prev, 0xA5, sizeof m.prev);
  if (layer != EDI_BUNDLE_FEDERAL) {
    m.parent = EDI_STR("eu.example");
    m.parent_least = 2;
  }
  return m;
}

void sample_key(uint32_t number, unsigned char secret[64]) {
  unsigned char public_key[32], seed[32] = {0};
  edi_put32(seed, number);
  crypto_sign_seed_keypair(public_key, secret, seed);
}

void sample_trust_line(edi_buf *text, const char *role, const char *key_name, uint32_t number) {
  unsigned char secret[64];
  sample_key(number, secret);
  edi_buf_format(text, "%s ", role);
  if (!edi_note_key_format(text, edi_str_from(key_name), secret + 32)) abort();
  edi_buf_char(text, '\n');
}

/* One key column of strings, three rows. */
static void sample_table(edi_arena *arena, edi_buf *into, edict_diagnostics *findings) {
  const uint32_t types[] = {EDI_TYPE_STRING, 0};
  const edi_tablecell cells[] = {
      {EDI_TABLECELL_HEAP, 1, 0}, {EDI_TABLECELL_HEAP, 1, 1}, {EDI_TABLECELL_HEAP, 2, 0}};
  edi_buf_init(into, NULL, (size_t)1 << 20);
  must(edi_tablefile_write(arena, types, 1, 0, cells, 3, EDI_STR("ab"), into, findings), "table",
       findings);
}

void sample_bundle(edi_arena *arena, const edi_manifest *manifest, edi_buf *into) {
  edict_diagnostics *findings = edict_diagnostics_create();
  edi_buf program;
  bool table = manifest->layer == EDI_BUNDLE_TABLE;
  if (table) sample_table(arena, &program, findings);
  else {
    sample_bytes(manifest->layer == EDI_BUNDLE_FEDERAL ? sample_federal(arena) : sample_domain(arena), &program);
    sample_pack(&program);
  }
  edi_bundle_file files[] = {
      {EDI_STR("rules/privacy.edict"), EDI_STR("module federal.privacy\n")},
      {table ? EDI_STR("table") : EDI_STR("program"), {program.ptr, program.len}},
      {EDI_STR("edict.yaml"), EDI_STR("edict: 1\n")},
      {EDI_STR("keys/none"), {"", 0}},
  };
  edi_buf_init(into, NULL, EDI_LIMIT_BUNDLE_FILE);
  must(edi_bundle_write(arena, manifest, files, 4, into, findings), "write", findings);
  edi_buf_fini(&program);
  edict_diagnostics_destroy(&findings);
}

void sample_sign(edi_arena *arena, edi_buf *bundle, const char *key_name, uint32_t number) {
  edict_diagnostics *findings = edict_diagnostics_create();
  unsigned char secret[64];
  edi_buf signed_bytes;
  sample_key(number, secret);
  edi_buf_init(&signed_bytes, NULL, EDI_LIMIT_BUNDLE_FILE);
  must(edi_bundle_sign(arena, bundle->ptr, bundle->len, edi_str_from(key_name), secret,
                       &signed_bytes, findings),
       "sign", findings);
  edi_buf_fini(bundle);
  *bundle = signed_bytes;
  edict_diagnostics_destroy(&findings);
}
