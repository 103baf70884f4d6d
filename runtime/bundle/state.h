/* State: what a host has seen, so that nothing older is believed again. A text file that the host keeps and
 * nobody signs; whoever can write it can forget, and can make nothing believed that is not signed.
 *
 *   edict-state/v1                                            v2 as soon as a keyring stands in it
 *   check <hex BLAKE2b-256 of all that follows this line>     finds accidents
 *   time 2026-11-20T10:00:00Z                                 of the last load
 *   root -  |  root 3 <hex digest of its text>                the root in force
 *   keyring 3 <hex BLAKE2b-256 of its federation's name>      the newest version, sorted; none of version 0
 *   bundle 42 <hex digest of its manifest> eu.example/sales domain sales     sorted by name and layer
 *   document 1234                                             root documents after the one that the host
 *   <as many bytes>                                           hands over, oldest first
 */
#ifndef EDI_STATE_H
#define EDI_STATE_H

#include "bundle/bundle.h"

typedef struct edi_floor {
  edi_str key;              /* name and layer: "eu.example table federal.vocabulary.holds" */
  uint64_t version;
  unsigned char digest[EDI_DIGEST_BYTES];
} edi_floor;

typedef struct edi_keyring_floor {
  uint64_t version;
  unsigned char federation[EDI_DIGEST_BYTES];
} edi_keyring_floor;

typedef struct edi_state {
  int64_t time;             /* whole seconds; EDI_STATE_NEVER: nothing was seen yet */
  bool has_root;
  uint64_t root_version;
  unsigned char root_digest[EDI_DIGEST_BYTES];
  edi_keyring_floor *keyrings; /* sorted by federation */
  size_t keyring_count;
  edi_floor *floors;        /* sorted by key */
  size_t floor_count, room; /* room: for floors that are added */
  edi_str *documents;
  size_t document_count;
} edi_state;

/* 1970-01-01T00:00:00Z */
#define EDI_STATE_NEVER INT64_C(0)

edict_status edi_state_parse(edi_arena *arena, edi_str bytes, edi_state *state, edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
/* The text of it; that of what was parsed is what was parsed. */
void edi_state_format(const edi_state *state, edi_buf *into);

/* Tables have the name of the bundle that declares them, so the layer belongs to the key. NULL: no memory. */
edi_str edi_state_key(edi_arena *arena, const edi_manifest *manifest);
const edi_floor *edi_state_find(const edi_state *state, edi_str key);
/* Whether the bundle of this key is not older than one that was seen: VERSION, or UNTRUSTED for another one
 * of the same version, or one that does not name the version before it. */
edict_status edi_state_admits(const edi_state *state, edi_str key, const edi_bundle *bundle, edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
/* Room for the floors of `more` further keys; and the floor of the bundle, which it admits, raised:
 * false without room. */
edict_status edi_state_reserve(edi_arena *arena, edi_state *state, size_t more) EDICT_MUST_CHECK;
bool edi_state_raise(edi_state *state, edi_str key, const edi_bundle *bundle) EDICT_MUST_CHECK;

/* The newest version of this federation's keyring that was seen, 0: none. Raised by one that is newer: LIMIT, MEMORY. */
uint64_t edi_state_keyring(const edi_state *state, const unsigned char *federation);
edict_status edi_state_raise_keyring(edi_arena *arena, edi_state *state, const unsigned char *federation,
                                     uint64_t version) EDICT_MUST_CHECK;
/* Whether the bytes begin as a state file's do. */
bool edi_state_is(edi_str bytes);

#endif
