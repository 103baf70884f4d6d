/* Regraft: a domain's taxonomies changed by hand, as a domain that signs bytes of its own making could.
 *
 * Words of kinds and nodes of random domains' programs are changed. What the verifier and the link let through
 * must be what the checker could have let through: every own tag below a tag that the federation opened, of its
 * type, under no federal name, no deeper than may be; and `at or below` must say what the parents say. */
#include "harness.h"

#include "bundle/limits.h"
#include "eval/link.h"
#include "support/random_world.h"
#include "support/sample_program.h"
#include "support/seed.h"

#define MUTANTS 1500 /* for each world */

typedef struct counts { uint64_t mutants, verified, linked, own; } counts;

/* Another letter, or a federal name of the same length. */
static void take_a_name(edi_program *p, const edi_node *node, random_source *r) {
  static const char *const federal[] = {"flag", "plain", "time.day", "person.id", "pii.phone", "num.count", "num.amount"};
  const char *name = federal[random_below(r, sizeof federal / sizeof *federal)];
  char *at = (char *)(uintptr_t)p->strings + node->name.off;
  if (strlen(name) == node->name.len) memcpy(at, name, node->name.len);
  else if (node->name.len > 0) at[random_below(r, node->name.len)] ^= (char)(1u << random_below(r, 5));
}

/* A word of a kind or a node, or the name of one made that of another. */
static void change(edi_program *p, random_source *r) {
  edi_node *node = (edi_node *)(uintptr_t)&p->nodes[random_below(r, p->nodes_count)];
  edi_kind *kind = (edi_kind *)(uintptr_t)&p->kinds[random_below(r, p->kinds_count)];
  const edi_node *other = &p->nodes[random_below(r, p->nodes_count)];
  uint32_t near = (uint32_t)(node - p->nodes) + (uint32_t)random_below(r, 5) - 2;
  switch (random_below(r, 11)) {
    case 0: node->parent = near; return;
    case 1: node->parent = (uint32_t)random_below(r, p->nodes_count + 1) - 1; return;
    case 2: node->end = near + 1; return;
    case 3: node->flags ^= 1u << random_below(r, 4); return;
    case 4: node->flags = other->flags; return;
    case 5: node->type = random_below(r, 2) ? other->type : EDI_TYPE_MAKE(1 + random_below(r, 12), random_below(r, p->kinds_count)); return;
    case 6: node->name = other->name; return;
    case 7: take_a_name(p, node, r); return;
    case 8: kind->flags ^= 1u << random_below(r, 2); return;
    case 9: /* hung below what is said to be open */
      if (node->parent == EDI_NONE || !(other->flags & EDI_IMPORTED)) return;
      ((edi_node *)(uintptr_t)other)->flags |= EDI_NODE_OPEN;
      node->parent = (uint32_t)(other - p->nodes);
      return;
    default: *((uint32_t *)(uintptr_t)node + random_below(r, sizeof *node / 4)) = (uint32_t)random_below(r, 64); return;
  }
}

static bool lies_below(const edi_vocabulary *v, uint32_t node, uint32_t above) {
  for (; node != EDI_NONE; node = edi_vocabulary_parent(v, node))
    if (node == above) return true;
  return false;
}

static const char *wrong_node(const edi_vocabulary *v, uint32_t i) {
  const edi_program *federal = v->program;
  const edi_own_node *own = &v->own_nodes[i];
  uint32_t depth = 1, top = own->parent;
  for (uint32_t at = own->parent; at != EDI_NONE; at = edi_vocabulary_parent(v, at)) depth++;
  while (top != EDI_NONE && top >= federal->nodes_count) top = edi_vocabulary_parent(v, top);
  if (depth > EDI_LIMIT_EXPRESSION_DEPTH || depth != own->depth) return "its depth";
  if (top != own->outer) return "what it hangs below";
  if ((top == EDI_NONE) != (own->kind >= federal->kinds_count)) return "no federal tag above it, or one above a node of an own kind";
  if (top != EDI_NONE && (!(federal->nodes[top].flags & EDI_NODE_OPEN) || own->kind != v->kind_tag)) return "it hangs below what is not open";
  if (own->parent != EDI_NONE && edi_vocabulary_cell_type(v, own->parent) != EDI_TYPE_NONE &&
      edi_vocabulary_cell_type(v, own->parent) != own->type)
    return "its type";
  if (edi_vocabulary_node(v, own->kind, own->name) != federal->nodes_count + i) return "its name means another";
  return NULL;
}

static const char *wrong(const edi_vocabulary *v, random_source *r) {
  uint32_t count = v->program->nodes_count + v->own_node_count;
  const char *why = NULL;
  for (uint32_t i = 0; i < v->own_node_count && !why; i++) why = wrong_node(v, i);
  for (int tries = 0; tries < 200 && !why; tries++) {
    uint32_t a = (uint32_t)random_below(r, count), b = (uint32_t)random_below(r, count);
    if (tries % 2) a = count - 1 - (uint32_t)random_below(r, v->own_node_count + 1) % count;
    if (edi_vocabulary_below(v, a, b) != lies_below(v, a, b)) why = "at or below";
    bool leaf = true;
    for (uint32_t c = 0; c < count && leaf; c++) leaf = edi_vocabulary_parent(v, c) != a;
    if (edi_vocabulary_is_leaf(v, a) != leaf) why = "what is a leaf";
  }
  return why;
}

static const char *try_one(const edi_vocabulary *federal, edi_str program, random_source *r, counts *n) {
  edi_arena arena;
  edi_linked linked = {0};
  edi_program p;
  const char *why = NULL;
  edi_arena_init(&arena, NULL, (size_t)1 << 26);
  char *bytes = edi_arena_copy(&arena, program.ptr, program.len);
  bool ok = bytes && edi_program_verify(bytes, program.len, &arena, &p, NULL) == EDICT_OK;
  for (uint64_t i = random_below(r, 3); ok && i < 3; i++) change(&p, r);
  n->mutants++;
  ok = ok && edi_program_verify(bytes, program.len, &arena, &linked.program, NULL) == EDICT_OK;
  n->verified += ok;
  if (ok && edi_link_program(&linked, federal, &arena, NULL) == EDICT_OK) {
    why = wrong(linked.vocabulary, r);
    n->linked++;
    n->own += linked.vocabulary->own_node_count;
    edi_link_fini(&linked);
  }
  edi_arena_fini(&arena);
  return why;
}

TEST(what_is_let_through_could_have_been_written)
{
  uint64_t rounds = seed_of("EDICT_ROUNDS", 8);
  counts n = {0};
  for (uint64_t seed = 1; seed <= rounds; seed++) {
    random_source r = {seed * 104729};
    random_world w = {.seed = seed};
    REQUIRE(random_world_make(&w, &r) && random_world_start(&w));
    edi_str program = sample_unpack(&w.arena, w.engine->linked[1].bundle->program);
    for (int i = 0; i < MUTANTS; i++) {
      const char *why = try_one(w.engine->linked[0].vocabulary, program, &r, &n);
      if (!why) continue;
      random_world_show(&w, why);
      HARNESS_FAIL("mutant %d: %s", i, why);
      break;
    }
    random_world_end(&w);
  }
  printf("# %llu mutants, %llu verified, %llu linked, %llu own nodes\n", (unsigned long long)n.mutants,
         (unsigned long long)n.verified, (unsigned long long)n.linked, (unsigned long long)n.own);
  CHECK(n.linked > n.mutants / 50 && n.verified > n.linked && n.own > n.linked); /* or it would show little */
}

HARNESS_MAIN
