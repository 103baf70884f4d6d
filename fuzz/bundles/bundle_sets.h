/* Bundle sets: real federations built from a seed, each taken apart so that one of its bundles can be changed.
 *
 * Random rules and contracts as the property tests draw them, the rules of the demonstration, and a federation with
 * tables, patterns, addresses and every kind of mask. All are signed by keys of a trust store. */
#ifndef BUNDLE_SETS_H
#define BUNDLE_SETS_H

#include "enforce/host.h"
#include "program_pieces.h"
#include "support/mesh.h"

/* What requests about a set speak of, and what its bundles say of themselves. */
enum { SET_WORDS = 256 };
typedef struct set_word { edict_text text; bool set; } set_word; /* set: of an attribute that is one */
typedef struct set_words {
  set_word subject[SET_WORDS], context[SET_WORDS], resource[SET_WORDS], values[SET_WORDS], actions[SET_WORDS], kinds[SET_WORDS];
  size_t subjects, contexts, resources, value_count, action_count, kind_count;
} set_words;

typedef struct set_bundle {
  edi_buf bytes, with_signature;
  edi_bundle opened;
  program_pieces pieces; /* not of a table */
} set_bundle;

typedef struct bundle_set {
  edi_arena arena;
  set_bundle bundles[MESH_BUNDLES];
  size_t count;
  edi_buf trust;
  set_words words;
} bundle_set;

/* Kinds: 0 random rules, 1 those about rows, 2 many of them now and then, 3 the demonstration, 4 tables. */
/* Aborts where a set cannot be built: that is a defect of what it is built with. */
void bundle_set_make(bundle_set *set, unsigned kind, uint64_t seed);
void bundle_set_end(bundle_set *set);
/* Signs bytes that are a bundle of the set's role, in place; false: they are no bundle. */
bool bundle_set_sign(const bundle_set *set, size_t which, edi_buf *bytes);

#endif
