/* Tree: the Merkle tree of RFC 6962 over the log's leaves, SHA-256.
 *
 *   leaf  SHA-256(0x00 || type || payload)          type is one byte
 *   node  SHA-256(0x01 || left || right)
 *   root of nothing  SHA-256("")
 *
 * An edi_tree holds only the roots of the full subtrees on the left edge (at most 64), so it
 * appends and gives its root without the leaves. A value: copy it to look ahead. Functions with a
 * hasher say false only when OpenSSL failed. */
#ifndef EDI_TREE_H
#define EDI_TREE_H

#include "base/digest.h"

#define EDI_TREE_HASH_BYTES EDI_SHA256_BYTES
#define EDI_TREE_PEAKS_MOST 64
/* Hashes in a proof: at most 63 levels, and one more for consistency. */
#define EDI_TREE_PROOF_MOST 65

typedef struct edi_tree_hash {
  uint8_t bytes[EDI_TREE_HASH_BYTES];
} edi_tree_hash;

/* peaks[0] is the largest subtree. There are edi_tree_peaks(size) of them. All zero: the empty
 * tree. */
typedef struct edi_tree {
  uint64_t size;
  edi_tree_hash peaks[EDI_TREE_PEAKS_MOST];
} edi_tree;

unsigned edi_tree_peaks(uint64_t size);
bool edi_tree_hash_equal(const edi_tree_hash *a, const edi_tree_hash *b);

bool edi_tree_leaf(edi_hasher *hasher, uint8_t type, const void *payload, size_t length,
                   edi_tree_hash *leaf) EDICT_MUST_CHECK;
/* False also when the tree is full (2^63 leaves); it is then unchanged. */
bool edi_tree_append(edi_tree *tree, edi_hasher *hasher,
                     const edi_tree_hash *leaf) EDICT_MUST_CHECK;
bool edi_tree_root(const edi_tree *tree, edi_hasher *hasher, edi_tree_hash *root) EDICT_MUST_CHECK;

/* Proofs. A proof is a list of roots of ranges of leaves. The prover knows which ranges, takes all
 * leaf hashes from 0 to size - 1 in order, and keeps no more than the proof itself: so a proof
 * about a log of any size is made in one reading of it. */
typedef struct edi_tree_prover {
  uint64_t begin[EDI_TREE_PROOF_MOST], end[EDI_TREE_PROOF_MOST]; /* ranges in proof order */
  edi_tree_hash hashes[EDI_TREE_PROOF_MOST];                     /* the proof, when done */
  uint8_t order[EDI_TREE_PROOF_MOST];                            /* ranges by position */
  size_t count, done;
  uint64_t size, fed;
  edi_tree part; /* of the range being fed */
} edi_tree_prover;

/* Leaf `index` is in the tree of `size`. False if index >= size. */
bool edi_tree_prove_inclusion(edi_tree_prover *prover, uint64_t index,
                              uint64_t size) EDICT_MUST_CHECK;
/* The tree of `old_size` is the beginning of the tree of `size`. False if old_size is 0 or >
 * size. */
bool edi_tree_prove_consistency(edi_tree_prover *prover, uint64_t old_size,
                                uint64_t size) EDICT_MUST_CHECK;
bool edi_tree_prover_feed(edi_tree_prover *prover, edi_hasher *hasher,
                          const edi_tree_hash *leaf) EDICT_MUST_CHECK;
/* All leaves were fed: hashes[0 .. count) is the proof. */
bool edi_tree_prover_done(const edi_tree_prover *prover);

/* Verification, from roots alone. *holds is the answer; false is returned when OpenSSL failed. */
bool edi_tree_check_inclusion(edi_hasher *hasher, uint64_t index, uint64_t size,
                              const edi_tree_hash *leaf, const edi_tree_hash *proof, size_t count,
                              const edi_tree_hash *root, bool *holds) EDICT_MUST_CHECK;
bool edi_tree_check_consistency(edi_hasher *hasher, uint64_t old_size, uint64_t size,
                                const edi_tree_hash *old_root, const edi_tree_hash *root,
                                const edi_tree_hash *proof, size_t count,
                                bool *holds) EDICT_MUST_CHECK;

#endif
