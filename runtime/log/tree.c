/* Tree: appending, roots and proofs of the Merkle tree of RFC 6962.
 *
 * The peaks of a tree are the roots of the perfect subtrees that its size is made of, in binary:
 * a tree of 13 = 8 + 4 + 1 leaves has three. Appending merges equal ones; the root folds them from
 * the right. A proof is a list of ranges whose roots the verifier cannot compute himself. */
#include "log/tree.h"

static const uint64_t size_most = UINT64_C(1) << 63;

unsigned edi_tree_peaks(uint64_t size) { return (unsigned)__builtin_popcountll(size); }

bool edi_tree_hash_equal(const edi_tree_hash *a, const edi_tree_hash *b) {
  return memcmp(a->bytes, b->bytes, EDI_TREE_HASH_BYTES) == 0;
}

static edi_str hash_str(const edi_tree_hash *hash) {
  return (edi_str){(const char *)hash->bytes, EDI_TREE_HASH_BYTES};
}

/* `parent` may be `left` or `right`. */
static bool hash_node(edi_hasher *hasher, const edi_tree_hash *left, const edi_tree_hash *right,
                      edi_tree_hash *parent) {
  edi_str parts[] = {{"\x01", 1}, hash_str(left), hash_str(right)};
  return edi_hasher_sha256(hasher, parts, 3, parent->bytes);
}

bool edi_tree_leaf(edi_hasher *hasher, uint8_t type, const void *payload, size_t length,
                   edi_tree_hash *leaf) {
  const char prefix[2] = {0, (char)type};
  edi_str parts[] = {{prefix, 2}, {payload, length}};
  return edi_hasher_sha256(hasher, parts, 2, leaf->bytes);
}

bool edi_tree_append(edi_tree *tree, edi_hasher *hasher, const edi_tree_hash *leaf) {
  if (tree->size >= size_most) return false;
  /* As many peaks merge as there are 1 bits at the end of the size. */
  unsigned count = edi_tree_peaks(tree->size);
  edi_tree_hash node = *leaf;
  for (uint64_t size = tree->size; size & 1; size >>= 1)
    if (!hash_node(hasher, &tree->peaks[--count], &node, &node)) return false;
  tree->peaks[count] = node;
  tree->size++;
  return true;
}

bool edi_tree_root(const edi_tree *tree, edi_hasher *hasher, edi_tree_hash *root) {
  unsigned count = edi_tree_peaks(tree->size);
  if (count == 0) return edi_hasher_sha256(hasher, NULL, 0, root->bytes);
  *root = tree->peaks[count - 1];
  for (unsigned i = count - 1; i > 0; i--)
    if (!hash_node(hasher, &tree->peaks[i - 1], root, root)) return false;
  return true;
}

/* ---- making proofs ---- */

/* The largest power of two below size; size >= 2. */
static uint64_t split(uint64_t size) { return UINT64_C(1) << (63 - __builtin_clzll(size - 1)); }

static void add_range(edi_tree_prover *prover, uint64_t begin, uint64_t end) {
  prover->begin[prover->count] = begin;
  prover->end[prover->count++] = end;
}

/* Ranges were found from the root down; a proof goes from the leaf up. Then sorts by position. */
static void arrange(edi_tree_prover *prover) {
  for (size_t i = 0, j = prover->count; i + 1 < j; i++) {
    j--;
    uint64_t begin = prover->begin[i], end = prover->end[i];
    prover->begin[i] = prover->begin[j], prover->end[i] = prover->end[j];
    prover->begin[j] = begin, prover->end[j] = end;
  }
  for (size_t i = 0; i < prover->count; i++) {
    size_t at = i;
    for (; at > 0 && prover->begin[prover->order[at - 1]] > prover->begin[i]; at--)
      prover->order[at] = prover->order[at - 1];
    prover->order[at] = (uint8_t)i;
  }
}

bool edi_tree_prove_inclusion(edi_tree_prover *prover, uint64_t index, uint64_t size) {
  *prover = (edi_tree_prover){.size = size};
  if (index >= size || size > size_most) return false;
  uint64_t begin = 0, end = size;
  while (end - begin > 1) {
    uint64_t middle = begin + split(end - begin);
    if (index < middle) {
      add_range(prover, middle, end);
      end = middle;
    } else {
      add_range(prover, begin, middle);
      begin = middle;
    }
  }
  arrange(prover);
  return true;
}

bool edi_tree_prove_consistency(edi_tree_prover *prover, uint64_t old_size, uint64_t size) {
  *prover = (edi_tree_prover){.size = size};
  if (old_size == 0 || old_size > size || size > size_most) return false;
  uint64_t begin = 0, end = size;
  bool known = true; /* the subtree is one whose root the old tree's holder knows: the old tree */
  while (old_size != end) {
    uint64_t middle = begin + split(end - begin);
    if (old_size <= middle) {
      add_range(prover, middle, end);
      end = middle;
    } else {
      add_range(prover, begin, middle);
      begin = middle;
      known = false;
    }
  }
  if (!known) add_range(prover, begin, end);
  arrange(prover);
  return true;
}

bool edi_tree_prover_feed(edi_tree_prover *prover, edi_hasher *hasher, const edi_tree_hash *leaf) {
  if (prover->fed >= prover->size) return false;
  uint64_t at = prover->fed++;
  if (prover->done == prover->count) return true;
  size_t range = prover->order[prover->done];
  if (at < prover->begin[range]) return true;
  if (!edi_tree_append(&prover->part, hasher, leaf)) return false;
  if (prover->fed < prover->end[range]) return true;
  if (!edi_tree_root(&prover->part, hasher, &prover->hashes[range])) return false;
  prover->part = (edi_tree){0};
  prover->done++;
  return true;
}

bool edi_tree_prover_done(const edi_tree_prover *prover) { return prover->fed == prover->size; }

/* ---- checking proofs (RFC 9162, 2.1.3.2 and 2.1.4.2; the trees are the same) ---- */

bool edi_tree_check_inclusion(edi_hasher *hasher, uint64_t index, uint64_t size,
                              const edi_tree_hash *leaf, const edi_tree_hash *proof, size_t count,
                              const edi_tree_hash *root, bool *holds) {
  *holds = false;
  if (index >= size || size > size_most) return true;
  uint64_t node = index, last = size - 1;
  edi_tree_hash hash = *leaf;
  for (size_t i = 0; i < count; i++) {
    if (last == 0) return true; /* longer than the tree is high */
    if ((node & 1) || node == last) {
      if (!hash_node(hasher, &proof[i], &hash, &hash)) return false;
      while (!(node & 1) && node != 0) node >>= 1, last >>= 1;
    } else if (!hash_node(hasher, &hash, &proof[i], &hash)) {
      return false;
    }
    node >>= 1, last >>= 1;
  }
  *holds = last == 0 && edi_tree_hash_equal(&hash, root);
  return true;
}

/* One step of a consistency proof: `next` belongs to both trees or to the new one alone. */
static bool fold_step(edi_hasher *hasher, const edi_tree_hash *next, uint64_t *node, uint64_t *last,
                      edi_tree_hash *of_old, edi_tree_hash *of_new) {
  if ((*node & 1) || *node == *last) {
    if (!hash_node(hasher, next, of_old, of_old) || !hash_node(hasher, next, of_new, of_new))
      return false;
    while (!(*node & 1) && *node != 0) *node >>= 1, *last >>= 1;
  } else if (!hash_node(hasher, of_new, next, of_new)) {
    return false;
  }
  *node >>= 1, *last >>= 1;
  return true;
}

bool edi_tree_check_consistency(edi_hasher *hasher, uint64_t old_size, uint64_t size,
                                const edi_tree_hash *old_root, const edi_tree_hash *root,
                                const edi_tree_hash *proof, size_t count, bool *holds) {
  *holds = false;
  if (old_size == 0 || old_size > size || size > size_most) return true;
  if (old_size == size) {
    *holds = count == 0 && edi_tree_hash_equal(old_root, root);
    return true;
  }
  uint64_t node = old_size - 1, last = size - 1;
  while (node & 1) node >>= 1, last >>= 1;
  size_t i = 0;
  /* A tree of a power of two is one subtree: its root is what the proof begins with. */
  edi_tree_hash of_old = *old_root;
  if ((old_size & (old_size - 1)) != 0) {
    if (count == 0) return true;
    of_old = proof[i++];
  }
  edi_tree_hash of_new = of_old;
  for (; i < count; i++) {
    if (last == 0) return true;
    if (!fold_step(hasher, &proof[i], &node, &last, &of_old, &of_new)) return false;
  }
  *holds =
      last == 0 && edi_tree_hash_equal(&of_old, old_root) && edi_tree_hash_equal(&of_new, root);
  return true;
}
