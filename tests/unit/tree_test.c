/* The Merkle tree: vectors of certificate-transparency, and every proof of small trees against a
 * tree that is computed from the definition. */
#include "harness.h"

#include "log/tree.h"

enum { VECTORS = 8, SMALL = 70 };

/* Leaves and roots of certificate-transparency's tests; a leaf there has no type byte. */
static const struct {
  const char *leaf;
  const char *root;
} vectors[VECTORS] = {
    {"", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"},
    {"00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"},
    {"10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"},
    {"2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"},
    {"3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"},
    {"40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"},
    {"5051525354555657", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"},
    {"606162636465666768696a6b6c6d6e6f",
     "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"},
};

static edi_hasher hasher;

static edi_tree_hash hash_of(const char *hex) {
  edi_tree_hash hash = {{0}};
  size_t length;
  if (!edi_hex_decode(edi_str_from(hex), hash.bytes, sizeof hash.bytes, &length) || length != 32)
    HARNESS_FAIL("not a hash: %s", hex);
  return hash;
}

static edi_tree_hash vector_leaf(size_t i) {
  edi_tree_hash hash = {{0}};
  uint8_t bytes[33] = {0}; /* 0x00 and the leaf */
  size_t length;
  CHECK(edi_hex_decode(edi_str_from(vectors[i].leaf), bytes + 1, sizeof bytes - 1, &length));
  edi_str part = {(const char *)bytes, length + 1};
  CHECK(edi_hasher_sha256(&hasher, &part, 1, hash.bytes));
  return hash;
}

static edi_tree_hash numbered_leaf(uint64_t i) {
  edi_tree_hash hash;
  CHECK(edi_tree_leaf(&hasher, 1, &i, sizeof i, &hash));
  return hash;
}

/* MTH(D[begin:end]) straight from RFC 6962, section 2.1. */
static edi_tree_hash defined(const edi_tree_hash *leaves, size_t count) {
  if (count == 1) return leaves[0];
  size_t k = 1;
  while (k * 2 < count) k *= 2;
  edi_tree_hash both[2] = {defined(leaves, k), defined(leaves + k, count - k)}, out;
  edi_str parts[] = {{"\x01", 1}, {(const char *)both, sizeof both}};
  CHECK(edi_hasher_sha256(&hasher, parts, 2, out.bytes));
  return out;
}

static void fill(edi_tree_hash *leaves) {
  for (size_t i = 0; i < SMALL; i++) leaves[i] = numbered_leaf(i);
}

__attribute__((constructor)) static void set_up(void) {
  if (edi_hasher_init(&hasher) != EDICT_OK) abort();
}

TEST(the_empty_tree_has_the_hash_of_nothing)
{
  edi_tree tree = {0};
  edi_tree_hash root,
      expected = hash_of("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(edi_tree_root(&tree, &hasher, &root));
  CHECK(edi_tree_hash_equal(&root, &expected));
}

TEST(roots_are_those_of_certificate_transparency)
{
  edi_tree tree = {0};
  for (size_t i = 0; i < VECTORS; i++) {
    edi_tree_hash leaf = vector_leaf(i), root, expected = hash_of(vectors[i].root);
    CHECK(edi_tree_append(&tree, &hasher, &leaf));
    CHECK(edi_tree_root(&tree, &hasher, &root));
    CHECK(edi_tree_hash_equal(&root, &expected));
  }
}

TEST(a_leaf_is_type_and_payload)
{
  /* leaf of type 0x20 and payload 0x21 is certificate-transparency's fourth leaf */
  edi_tree_hash leaf, expected = vector_leaf(3);
  CHECK(edi_tree_leaf(&hasher, 0x20, "\x21", 1, &leaf));
  CHECK(edi_tree_hash_equal(&leaf, &expected));
}

static void check_proof(const edi_tree_prover *prover, const char *const *expected, size_t count) {
  CHECK_INT(prover->count, count);
  for (size_t i = 0; i < count && i < prover->count; i++) {
    edi_tree_hash hash = hash_of(expected[i]);
    CHECK(edi_tree_hash_equal(&prover->hashes[i], &hash));
  }
}

TEST(consistency_proofs_are_those_of_certificate_transparency)
{
  static const struct {
    uint64_t from, to;
    size_t count;
    const char *proof[3];
  } cases[] = {
      {1, 1, 0, {0}},
      {1,
       8,
       3,
       {"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"}},
      {6,
       8,
       3,
       {"0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}},
      {2,
       5,
       2,
       {"5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"}},
  };
  for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
    edi_tree_prover prover;
    CHECK(edi_tree_prove_consistency(&prover, cases[c].from, cases[c].to));
    for (size_t i = 0; i < cases[c].to; i++) {
      edi_tree_hash leaf = vector_leaf(i);
      CHECK(edi_tree_prover_feed(&prover, &hasher, &leaf));
    }
    CHECK(edi_tree_prover_done(&prover));
    check_proof(&prover, cases[c].proof, cases[c].count);
  }
}

TEST(inclusion_proof_of_certificate_transparency)
{
  static const char *const proof[] = {
      "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
      "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
      "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"};
  edi_tree_prover prover;
  CHECK(edi_tree_prove_inclusion(&prover, 0, 8));
  for (size_t i = 0; i < VECTORS; i++) {
    edi_tree_hash leaf = vector_leaf(i);
    CHECK(edi_tree_prover_feed(&prover, &hasher, &leaf));
  }
  check_proof(&prover, proof, 3);
}

TEST(roots_of_small_trees_are_those_of_the_definition)
{
  edi_tree_hash leaves[SMALL];
  fill(leaves);
  edi_tree tree = {0};
  for (size_t i = 0; i < SMALL; i++) {
    CHECK(edi_tree_append(&tree, &hasher, &leaves[i]));
    edi_tree_hash root, expected = defined(leaves, i + 1);
    CHECK(edi_tree_root(&tree, &hasher, &root));
    CHECK(edi_tree_hash_equal(&root, &expected));
  }
}

TEST(every_inclusion_in_small_trees_is_proved_and_nothing_else)
{
  edi_tree_hash leaves[SMALL];
  fill(leaves);
  for (size_t size = 1; size < SMALL; size++) {
    edi_tree_hash root = defined(leaves, size);
    for (size_t index = 0; index < size; index++) {
      edi_tree_prover prover;
      CHECK(edi_tree_prove_inclusion(&prover, index, size));
      for (size_t i = 0; i < size; i++) CHECK(edi_tree_prover_feed(&prover, &hasher, &leaves[i]));
      CHECK(edi_tree_prover_done(&prover));
      bool holds = false;
      CHECK(edi_tree_check_inclusion(&hasher, index, size, &leaves[index], prover.hashes,
                                     prover.count, &root, &holds));
      CHECK(holds);
      CHECK(edi_tree_check_inclusion(&hasher, index, size, &leaves[index + 1], prover.hashes,
                                     prover.count, &root, &holds));
      CHECK(!holds);
      CHECK(edi_tree_check_inclusion(&hasher, (index + 1) % size, size, &leaves[index],
                                     prover.hashes, prover.count, &root, &holds));
      CHECK(!holds || size == 1);
      if (prover.count > 0) {
        CHECK(edi_tree_check_inclusion(&hasher, index, size, &leaves[index], prover.hashes,
                                       prover.count - 1, &root, &holds));
        CHECK(!holds);
        prover.hashes[index % prover.count].bytes[7] ^= 1;
        CHECK(edi_tree_check_inclusion(&hasher, index, size, &leaves[index], prover.hashes,
                                       prover.count, &root, &holds));
        CHECK(!holds);
      }
    }
  }
}

TEST(every_consistency_of_small_trees_is_proved_and_nothing_else)
{
  edi_tree_hash leaves[SMALL], roots[SMALL];
  fill(leaves);
  for (size_t size = 1; size < SMALL; size++) roots[size] = defined(leaves, size);
  for (size_t to = 1; to < SMALL; to++)
    for (size_t from = 1; from <= to; from++) {
      edi_tree_prover prover;
      CHECK(edi_tree_prove_consistency(&prover, from, to));
      for (size_t i = 0; i < to; i++) CHECK(edi_tree_prover_feed(&prover, &hasher, &leaves[i]));
      bool holds = false;
      CHECK(edi_tree_check_consistency(&hasher, from, to, &roots[from], &roots[to], prover.hashes,
                                       prover.count, &holds));
      CHECK(holds);
      if (from == to) continue;
      CHECK(edi_tree_check_consistency(&hasher, from, to, &roots[from], &roots[from], prover.hashes,
                                       prover.count, &holds));
      CHECK(!holds);
      CHECK(edi_tree_check_consistency(&hasher, from, to, &roots[to], &roots[to], prover.hashes,
                                       prover.count, &holds));
      CHECK(!holds);
      for (size_t i = 0; i < prover.count; i++) {
        prover.hashes[i].bytes[0] ^= 0x80;
        CHECK(edi_tree_check_consistency(&hasher, from, to, &roots[from], &roots[to], prover.hashes,
                                         prover.count, &holds));
        CHECK(!holds);
        prover.hashes[i].bytes[0] ^= 0x80;
      }
      CHECK(edi_tree_check_consistency(&hasher, from, to, &roots[from], &roots[to], prover.hashes,
                                       prover.count - 1, &holds));
      CHECK(!holds);
    }
}

TEST(impossible_proofs_are_refused)
{
  edi_tree_prover prover;
  CHECK(!edi_tree_prove_inclusion(&prover, 0, 0));
  CHECK(!edi_tree_prove_inclusion(&prover, 7, 7));
  CHECK(!edi_tree_prove_inclusion(&prover, 1, UINT64_MAX));
  CHECK(!edi_tree_prove_consistency(&prover, 0, 7));
  CHECK(!edi_tree_prove_consistency(&prover, 8, 7));
  CHECK(edi_tree_prove_inclusion(&prover, 5, UINT64_C(1) << 63));
  CHECK_INT(prover.count, 63);
  CHECK(edi_tree_prove_consistency(&prover, (UINT64_C(1) << 62) + 1, UINT64_C(1) << 63));
  CHECK(prover.count <= EDI_TREE_PROOF_MOST);
  edi_tree_hash any = {{0}};
  bool holds = true;
  CHECK(edi_tree_check_inclusion(&hasher, 3, 3, &any, &any, 1, &any, &holds));
  CHECK(!holds);
  CHECK(edi_tree_check_consistency(&hasher, 0, 3, &any, &any, &any, 0, &holds));
  CHECK(!holds);
  CHECK(edi_tree_prove_inclusion(&prover, 0, 1));
  CHECK(edi_tree_prover_feed(&prover, &hasher, &any));
  CHECK(!edi_tree_prover_feed(&prover, &hasher, &any)); /* one more than the tree has */
}

HARNESS_MAIN
