/* Root document: who may sign what in a federation, signed by the keys that it names. A C2SP signed note:
 *
 *   edict-root/v1
 *   name eu.example                 the federation; every bundle in it is called so, or eu.example/...
 *   version 2                       counts up by one
 *   prev -  |  prev <hex BLAKE2b-256 of the text of version 1>
 *   expires 2027-11-20T00:00:00Z
 *   threshold root 2                then statements as in bundle/trust.h, in any order, without comments
 *   root alice+1a2b3c4d+AbC...=
 *   root bob+...
 *   threshold federal eu.example 1
 *   federal eu.example eu.example-a+...
 *
 *   — alice <hint and signature>
 *
 * Version 1 is believed since the host hands it over. Any later one needs the threshold of root keys of the
 * version before and its own. The expiry bounds loading, so that a root that nobody renews is noticed; of what
 * is in force the bundles' own times decide. */
#ifndef EDI_ROOT_H
#define EDI_ROOT_H

#include "bundle/signers.h"

typedef struct edi_root {
  edi_str bytes;          /* all of it; borrowed, like all texts here */
  edi_str text;           /* what is signed */
  edi_str name;
  uint64_t version;       /* at least 1 */
  bool has_prev;          /* of every version but the first */
  unsigned char prev[EDI_DIGEST_BYTES];
  int64_t expires;
  edi_trust trust;        /* all roles */
  uint32_t role;          /* of the root keys, among them */
  unsigned char digest[EDI_DIGEST_BYTES]; /* of the text */
  edi_note note;          /* no signatures in a draft that nobody signed */
} edi_root;

bool edi_root_is(edi_str bytes);

/* What it says. Signatures are not looked at. */
edict_status edi_root_parse(edi_arena *arena, edi_str bytes, edi_root *root, edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
/* The same for a text that nobody need have signed yet. */
edict_status edi_root_parse_unsigned(edi_arena *arena, edi_str bytes, edi_root *root, edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
/* The same for what is still being written: no signature need be there, no threshold, no key. */
edict_status edi_root_parse_draft(edi_arena *arena, edi_str bytes, edi_root *root,
                                  edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
/* Whether enough of its own root keys signed it. */
edict_status edi_root_verify(const edi_root *root, edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
/* Whether `next`, which was verified, is the version after `before` and enough root keys of that signed it. */
edict_status edi_root_follows(const edi_root *before, const edi_root *next, edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
edict_status edi_root_check_time(const edi_root *root, int64_t now, edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

/* From `anchor`, which is believed, through those of `documents` that come after it, in any order: the
 * newest, all verified. Older ones are passed over; two of one version must be the same. The
 * bytes of those that were stepped through are in the chain, oldest first. */
edict_status edi_root_advance(edi_arena *arena, edi_str anchor, const edi_str *documents, size_t count, edi_root *newest,
                              edi_str **chain, size_t *chain_count, edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

/* The keys of a text that the host hands over: a trust store, or a root document, verified and in its time. */
edict_status edi_trust_open(edi_arena *arena, edi_str text, int64_t now, edi_trust *trust,
                            edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

/* The lines before the statements. */
void edi_root_format_head(edi_str name, uint64_t version, bool has_prev, const unsigned char prev[EDI_DIGEST_BYTES],
                          int64_t expires, edi_buf *into);
/* The text, its statements in order: root keys first, thresholds before keys. */
void edi_root_format(const edi_root *root, edi_buf *into);

#endif
