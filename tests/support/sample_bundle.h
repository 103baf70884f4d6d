/* Sample bundle: manifests, keys and trust stores for tests of bundles, from numbers and names. */
#ifndef SAMPLE_BUNDLE_H
#define SAMPLE_BUNDLE_H

#include "bundle/bundle.h"

/* 2026-11-20T00:00:00Z, when sample manifests are created; they expire a year later. */
int64_t sample_created(void);
#define SAMPLE_DAY INT64_C(86400000000)

/* A manifest of version 3 that holds; `layer_of` NULL for the federal layer. */
edi_manifest sample_manifest(edi_bundle_layer layer, const char *name, const char *layer_of);
/* The key pair that belongs to a number: secret[32..] is the public half. */
void sample_key(uint32_t number, unsigned char secret[64]);
/* A line of a trust store: `role` is "federal eu.example" or the like. */
void sample_trust_line(edi_buf *text, const char *role, const char *key_name, uint32_t number);

/* An unsigned bundle of the sample program, or with `table` set of a small table; aborts on
 * failure. */
void sample_bundle(edi_arena *arena, const edi_manifest *manifest, edi_buf *into);
/* Signs in place. */
void sample_sign(edi_arena *arena, edi_buf *bundle, const char *key_name, uint32_t number);

#endif
