/* Random world: random rules and a contract, built into a federal and a domain bundle, loaded and bound.
 *
 * Everything goes the way of a real federation: text is parsed, checked, built, loaded, verified, linked. */
#ifndef RANDOM_WORLD_H
#define RANDOM_WORLD_H

#include "enforce/host.h"
#include "policy/build.h"
#include "support/random_tables.h"

#define RANDOM_WORLD_RULES 512

typedef struct random_world {
  edi_arena arena;
  edict_diagnostics *diagnostics;
  edi_buf texts[4]; /* federal rules, domain rules, contract, the domain's own words */
  edi_build federal, domain;
  edi_buf bundles[2];
  random_table tables[RANDOM_TABLES];
  edi_buf table_texts[RANDOM_TABLES], table_bundles[RANDOM_TABLES]; /* empty: the table has no data */
  const oracle_table *oracle_tables; /* the same for the oracle, once it is made */
  edict_engine *engine;
  edict_product *product; /* NULL: there are more ways to read a row than the limit allows */
  edict_index index;      /* of the engine; set it before the start */
  bool many;              /* as many rules as make an index worth it; set it before the world is made */
  uint64_t seed;
  void (*more)(random_source *r, edi_buf *into); /* further federal rules; NULL: none. Set before random_world_make */
  bool obliges_nothing;   /* the same: no rule has obligations */
  const bool *without;    /* the same: rules left out, by number, federal ones first; NULL: none */
  unsigned rule_count;    /* of the texts, those that were left out among them; RANDOM_WORLD_RULES at most */
  bool as_it_stands;      /* set it before the start: no code has a fused form, all is run as the bundle has it */
  bool about_rows;        /* set before it is made: rules about rows above all ... */
  size_t condition;       /* ... and where this is not 0, one of them: condition - 1 of random_row_conditions */
} random_world;

/* False: the random rules are not valid, which is a defect. random_world_end is due whatever came out. */
bool random_world_make(random_world *w, random_source *r);
/* Engine and product; the host can meet `ring` and `mark` of the vocabulary's obligations. */
bool random_world_start(random_world *w);
void random_world_end(random_world *w);
/* Prints the seed and the texts with a sentence, for a test that failed. */
void random_world_show(const random_world *w, const char *what);

#endif
