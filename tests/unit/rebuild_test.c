/* Rebuilding: what its own sources give is found to be so, and nothing else is. */
#include "harness.h"

#include "edict/policy.h"
#include "support/sample_bundle.h"
#include "support/mesh.h"

static mesh m, other;

static void begin(void) {
  mesh_init(&m);
  mesh_federal(&m, "rule reads\n permit read\n on dataset classified <= confidential\n because \"x\"\n");
  mesh_domain(&m, "sales", "rule less\n forbid read\n when subject.age < 18\n because \"x\"\n",
              MESH_CONTRACT("  - name: orders\n    logicalType: object\n    physicalName: orders\n    properties:\n"
                            "      - { name: id, logicalType: integer }\n"));
  mesh_init(&other);
  mesh_federal(&other, "rule reads\n permit export\n on dataset classified <= confidential\n because \"x\"\n");
  mesh_domain(&other, "sales", "rule less\n forbid read\n when subject.age < 17\n because \"x\"\n",
              MESH_CONTRACT("  - name: orders\n    logicalType: object\n    physicalName: orders\n    properties:\n"
                            "      - { name: id, logicalType: integer }\n"));
}
static void end(void) {
  mesh_fini(&m);
  mesh_fini(&other);
}

static edict_status rebuild(const edi_buf *bundle, const edi_buf *federal) {
  edict_diagnostics_clear(m.diagnostics);
  return edict_bundle_rebuild(bundle->ptr, bundle->len, federal ? federal->ptr : NULL, federal ? federal->len : 0, m.diagnostics);
}

TEST(what_was_built_is_built_again)
{
  begin();
  CHECK_INT(rebuild(&m.bundles[0], NULL), EDICT_OK);
  CHECK_INT(rebuild(&m.bundles[1], &m.bundles[0]), EDICT_OK);
  CHECK_INT(rebuild(&m.bundles[1], NULL), EDICT_ARGUMENT);
  CHECK_INT(rebuild(&m.bundles[1], &other.bundles[1]), EDICT_FINDINGS); /* no federal bundle */
  sample_sign(&m.arena, &m.bundles[0], "f", 4); /* signatures are no part of it */
  CHECK_INT(rebuild(&m.bundles[0], NULL), EDICT_OK);
  end();
}

/* The bundle with one of its files changed, added (`bytes` set) or left out, and a right manifest for that. */
static void forge(const edi_buf *bundle, const char *name, edi_str bytes, uint64_t cost, edi_buf *into) {
  edi_bundle b;
  edi_bundle_file files[64];
  size_t count = 0;
  bool found = false;
  if (edi_bundle_open(&m.arena, bundle->ptr, bundle->len, &b, NULL) != EDICT_OK) abort();
  for (size_t i = 0; i < b.manifest.file_count; i++) {
    files[count] = b.files[i];
    if (edi_str_equal(b.files[i].name, edi_str_from(name))) {
      found = true;
      if (!bytes.ptr) continue;
      files[count].bytes = bytes;
    }
    count++;
  }
  if (!found && bytes.ptr) files[count++] = (edi_bundle_file){edi_str_from(name), bytes};
  if (cost) b.manifest.cost = cost;
  edi_buf_init(into, NULL, (size_t)1 << 24);
  if (edi_bundle_write(&m.arena, &b.manifest, files, count, into, m.diagnostics) != EDICT_OK) abort();
}

static void expect(const edi_buf *bundle, const char *name, edi_str bytes, uint64_t cost, edict_status status, const char *code,
                   const char *named) {
  edi_buf forged;
  forge(bundle, name, bytes, cost, &forged);
  edict_status got = rebuild(&forged, bundle == &m.bundles[1] ? &m.bundles[0] : NULL);
  const char *first = edict_diagnostics_code(m.diagnostics, 0), *message = edict_diagnostics_message(m.diagnostics, 0);
  if (got != status || !first || strcmp(first, code) != 0 || !strstr(message, named))
    HARNESS_FAIL("%s: %s %s %s", name, edict_status_name(got), first ? first : "", message ? message : "");
  edi_buf_fini(&forged);
}

TEST(whatever_was_changed_is_found)
{
  begin();
  edi_bundle b, from;
  for (size_t i = 0; i < 2; i++) {
    REQUIRE(edi_bundle_open(&m.arena, m.bundles[i].ptr, m.bundles[i].len, &b, NULL) == EDICT_OK);
    REQUIRE(edi_bundle_open(&m.arena, other.bundles[i].ptr, other.bundles[i].len, &from, NULL) == EDICT_OK);
    /* Rules of one bundle with the program of another: what an auditor would be shown is not what decides. */
    expect(&m.bundles[i], "program", edi_bundle_find(&from, "program"), 0, EDICT_FINDINGS, "E0850", "`program`");
    expect(&m.bundles[i], "rules/rules.edict", edi_bundle_find(&from, "rules/rules.edict"), 0, EDICT_FINDINGS, "E0850", "`program`");
    expect(&m.bundles[i], "notes.txt", EDI_STR("what no build writes"), 0, EDICT_FINDINGS, "E0850", "`notes.txt`");
    expect(&m.bundles[i], "program", edi_bundle_find(&b, "program"), b.manifest.cost + 1, EDICT_FINDINGS, "E0850", "manifest");
    expect(&m.bundles[i], "edict.yaml", (edi_str){NULL, 0}, 0, EDICT_UNSUPPORTED, "E0851", "no sources");
  }
  end();
}

TEST(tables_have_no_sources)
{
  begin();
  edi_manifest manifest = sample_manifest(EDI_BUNDLE_TABLE, "eu.example/holds", "federal.vocabulary.holds");
  edi_buf table;
  sample_bundle(&m.arena, &manifest, &table);
  CHECK_INT(rebuild(&table, NULL), EDICT_UNSUPPORTED);
  CHECK_INT(mesh_count(&m, "E0851"), 1);
  edi_buf_fini(&table);
  end();
}

HARNESS_MAIN
