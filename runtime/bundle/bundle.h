/* Bundle: one file that carries a program or a table, its sources, and the signatures on them.
 *
 *   "EDICTBDL" | format u32 | manifest length u32 | signatures length u32 | 0 u32 | total length u64 |
 *   32 zero bytes | manifest text | signature lines | zero padding to 64 | file | padding | file ...
 *
 * The signature lines begin with the blank line of a signed note, so that manifest and signatures are
 * one, as it stands. Files in manifest order, each at a multiple of 64, zero padding, exact total length. Files: "program"
 * (bundle/program.h), "table" (bundle/tablefile.h), "rules/...", "contracts/...", "keys/...",
 * "edict.yaml". Signing appends to the signature lines and changes no signed byte: the signed text is
 * the manifest. The layout is specified in docs/bundle-format.md. */
#ifndef EDI_BUNDLE_H
#define EDI_BUNDLE_H

#include "bundle/manifest.h"
#include "bundle/program.h"
#include "bundle/trust.h"

typedef struct edi_bundle_file { edi_str name; edi_str bytes; } edi_bundle_file;

typedef struct edi_bundle {
  edi_manifest manifest;
  edi_str manifest_text;                 /* the signed bytes */
  edi_str signatures;                    /* note lines; empty: unsigned */
  unsigned char digest[EDI_DIGEST_BYTES]; /* of manifest_text: the bundle's identity everywhere */
  edi_bundle_file *files;
  edi_str program;                       /* the file of that name, for edi_bundle_program; {NULL,0} of a table */
  bool hashed;                           /* the program too */
} edi_bundle;

/* Checks the layout, parses the manifest, and (files hashed) that each file's digest is right.
 * `bytes` must stay and be 8-byte aligned. Signatures are not looked at. */
edict_status edi_bundle_open(edi_arena *arena, const void *bytes, size_t length, edi_bundle *bundle,
                             edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
/* The same for who decides by the bundle and reads no sources: only the files that decide are hashed, the program when it is
 * asked for, and the others have no bytes in *bundle. */
edict_status edi_bundle_load(edi_arena *arena, const void *bytes, size_t length, edi_bundle *bundle,
                             edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
/* Whether a file of this name can decide anything: program, table, key sets. */
bool edi_bundle_decides(edi_str file);

/* Whether keys of the role may sign a bundle of this manifest. */
bool edi_bundle_speaks_for(const edi_trust_role *role, const edi_manifest *manifest);
/* Whether trusted keys stand behind the bundle for the layer, domain and name that its manifest
 * claims, at time `now`: UNTRUSTED, EXPIRED (also not yet valid), VERSION (semantics or format).
 * Table bundles are signed by federal keys, or by the domain's if the table's first part is the domain;
 * their name is the key's bundle or lies below it ("eu.example/sales/holds" for "eu.example/sales"). */
edict_status edi_bundle_authenticate(const edi_bundle *bundle, const edi_trust *trust, int64_t now,
                                     edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

/* The program of a federal or domain bundle, the one that the manifest names, verified, and found to be of the manifest's layer and
 * domain and to cost no more than it says, in memory of the arena; what verifying needs besides is of `scratch`, which may
 * be the same. FORMAT otherwise; also of a table's bundle. */
edict_status edi_bundle_program(const edi_bundle *bundle, edi_arena *arena, edi_arena *scratch, edi_program *program,
                                edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

/* A file of the bundle by name; {NULL,0} if it has none, or none that was hashed. */
edi_str edi_bundle_find(const edi_bundle *bundle, const char *name);

/* Writes an unsigned bundle: manifest->files is computed from `files` (sorted here). The same input
 * gives the same bytes. */
edict_status edi_bundle_write(edi_arena *arena, const edi_manifest *manifest, edi_bundle_file *files,
                              size_t file_count, edi_buf *into, edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
/* Writes nothing, and says what writing would: OK if all of it is good and fits. */
edict_status edi_bundle_try(edi_arena *arena, const edi_manifest *manifest, edi_bundle_file *files, size_t file_count,
                            edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

/* The same bundle under these signature lines, which begin with the blank line of a note. */
edict_status edi_bundle_attach(edi_arena *arena, const void *bytes, size_t length, edi_str lines, edi_buf *into,
                               edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

/* The same bundle with one more signature by the key `name`. Refuses a second one by the same key. */
edict_status edi_bundle_sign(edi_arena *arena, const void *bytes, size_t length, edi_str key_name,
                             const unsigned char secret_key[64], edi_buf *into,
                             edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

#endif
