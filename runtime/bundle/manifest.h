/* Manifest: the signed text of a bundle, C2SP signed note, fixed lines in fixed order.
 *
 *   edict-bundle/v1
 *   name eu.example/sales
 *   layer federal | layer domain NAME | layer table QUALIFIED-NAME
 *   version 42
 *   prev -  |  prev <hex BLAKE2b-256 of the previous manifest's text>
 *   created / not-before / expires    each "created 2026-11-20T00:00:00Z"
 *   on-expiry deny | stale-ok:<seconds>
 *   semantics 1
 *   format 1
 *   cost 200000
 *   parent -  |  parent eu.example@>=118
 *   file <size> <hex BLAKE2b-256> <name>      sorted by name, distinct, [a-z0-9._/-], no empty, "."
 *                                              or ".." part, no leading "/"
 * LF ends each line; decimal without leading zeros. What is verified is what is parsed. */
#ifndef EDI_MANIFEST_H
#define EDI_MANIFEST_H

#include "base/bytes.h"
#include "base/diagnostic.h"
#include "bundle/limits.h"

#define EDI_DIGEST_BYTES 32 /* BLAKE2b-256, crypto_generichash without key */
#define EDI_SEMANTICS 1u    /* the language semantics that this code evaluates */
#define EDI_BUNDLE_FORMAT 1u

typedef enum edi_bundle_layer { EDI_BUNDLE_FEDERAL = 1, EDI_BUNDLE_DOMAIN = 2, EDI_BUNDLE_TABLE = 3 } edi_bundle_layer;

typedef struct edi_manifest_file {
  uint64_t size;
  unsigned char digest[EDI_DIGEST_BYTES];
  edi_str name;
} edi_manifest_file;

typedef struct edi_manifest {
  edi_str name;
  edi_bundle_layer layer;
  edi_str layer_of;             /* the domain, or the table's qualified name; empty for federal */
  uint64_t version;             /* at least 1 */
  bool has_prev;
  unsigned char prev[EDI_DIGEST_BYTES];
  int64_t created, not_before, expires; /* timestamps */
  uint64_t stale_seconds;       /* 0: deny on expiry */
  uint64_t semantics, format, cost;
  edi_str parent;               /* empty: none (federal). A domain and a table must have one */
  uint64_t parent_least;
  edi_manifest_file *files;
  size_t file_count;
} edi_manifest;

/* Parses the text (without signatures); strings borrow from it, files come from the arena. */
edict_status edi_manifest_parse(edi_arena *arena, edi_str text, edi_manifest *manifest,
                                edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
/* The text; what edi_manifest_parse does not take cannot be a manifest: parse it to know. */
void edi_manifest_format(const edi_manifest *manifest, edi_buf *into);

/* Names of files and of bundles: [a-z0-9._/-], no empty, "." or ".." part, no leading "/". A bundle's
 * is at most EDI_LIMIT_NAME bytes, a file's EDI_LIMIT_EXTERNAL_NAME. */
/* "federal", "domain sales" or "table federal.vocabulary.holds"; what is wrong with it, NULL if nothing is. */
const char *edi_manifest_parse_layer(edi_str words, edi_bundle_layer *layer, edi_str *of);
void edi_manifest_put_layer(const edi_manifest *manifest, edi_buf *into);
bool edi_manifest_name_valid(edi_str name, size_t most);

void edi_digest(const void *bytes, size_t length, unsigned char digest[EDI_DIGEST_BYTES]);

#endif
