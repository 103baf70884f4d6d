/* Project: edict.yaml and the files it names, read into memory with nothing left to look up.
 *
 * One edict.yaml describes one bundle and the table data built beside it. Paths are relative to its
 * folder and stay inside of it (but parent.bundle); they are the names in the bundle. Every time is
 * given, so that a build reads no clock. Nothing is parsed here but edict.yaml itself; each thing
 * wrong in it is a finding. The layout is below. */
#ifndef EDI_PROJECT_H
#define EDI_PROJECT_H

#include "base/diagnostic.h"
#include "base/system.h"
#include "bundle/manifest.h"
#include "policy/ast.h"

/*   edict: 1
 *   name: eu.example/sales            # the bundle's name
 *   layer: domain                     # or federal
 *   domain: sales                     # layer domain only
 *   version: 7
 *   created: 2026-11-20T00:00:00Z
 *   not-before: 2026-11-20T00:00:00Z  # left out: created
 *   expires: 2027-11-20T00:00:00Z
 *   on-expiry: deny                   # or stale-ok:<seconds>; left out: deny
 *   prev: <hex>                       # optional: digest of the manifest before
 *   parent: { bundle: ../build/federal.edb, least: 7 }   # layer domain only
 *   rules: [ "*.edict", "more/a-?.edict" ]   # * and ? in the last part of a path only
 *   contracts: [ "*.odcs.yaml" ]
 *   keys: [ "corp.jwks.json" ]        # JWKS files that issuers name
 *   test-with: [ "../sales/edict.yaml" ] # projects of the products that tests ask about
 *   tables: { federal.vocabulary.holds: { file: holds.csv, version: 3, created: .., expires: .. } }
 * A table takes not-before, on-expiry and prev too. */
typedef struct edi_project_file {
  edi_str path;                 /* "rules/privacy.edict": as stored in the bundle */
  edi_str text;
  edi_span span;                /* what in edict.yaml named it */
} edi_project_file;

/* What a manifest says of one issue of a bundle or a table. */
typedef struct edi_project_release {
  uint64_t version;
  int64_t created, not_before, expires; /* whole seconds; created <= not_before < expires */
  uint64_t stale_seconds;       /* 0: deny on expiry */
  bool has_prev;
  unsigned char prev[EDI_DIGEST_BYTES];
} edi_project_release;

typedef struct edi_project_table {
  edi_name name;                /* qualified: "federal.vocabulary.legal-holds" */
  edi_project_release release;
  edi_project_file file;        /* CSV: policy/table_csv.h */
} edi_project_table;

typedef struct edi_project {
  edi_str path;                 /* of edict.yaml, as it was given */
  edi_source source;
  edi_str text;                 /* of edict.yaml, as read: it travels in the bundle */
  edi_name name;
  edi_bundle_layer layer;       /* FEDERAL or DOMAIN */
  edi_name domain;              /* DOMAIN only */
  edi_project_release release;
  edi_name parent;              /* DOMAIN only: the federal bundle, as written */
  const char *parent_path;      /* the same, ready to open; NULL: none. It is not read here */
  uint64_t parent_least;
  edi_project_file *rules, *contracts, *keys; /* each sorted by path, distinct */
  size_t rule_count, contract_count, key_count;
  edi_project_table *tables;    /* sorted by name */
  size_t table_count;
  const char **test_with;       /* ready to open, as parent_path; not read here */
  size_t test_with_count;
} edi_project;

/* Reads edict.yaml at `path` and every file it names; the arena owns all of it. FINDINGS: what is
 * wrong in edict.yaml, all of it. NOT_FOUND, SYSTEM: edict.yaml cannot be read (a named file that
 * cannot be read is a finding). LIMIT: edict.yaml is too large, or the arena is full. */
edict_status edi_project_load(const edi_system *system, edi_arena *arena, const char *path,
                              edi_project **project,
                              edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

/* The same from memory: files[0] is edict.yaml, the others are what it may name, by paths relative
 * to its folder. */
typedef struct edi_project_text { const char *path; edi_str text; } edi_project_text;
edict_status edi_project_from_memory(edi_arena *arena, const edi_project_text *files,
                                     size_t file_count, edi_project **project,
                                     edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
/* The same of the files that a bundle carries. It has no data of tables, which are bundles of their own: a file that
 * is named and not there is empty. */
edict_status edi_project_from_bundle(edi_arena *arena, const edi_project_text *files, size_t file_count,
                                     edi_project **project, edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

#endif
