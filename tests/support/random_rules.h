/* Random rules: a fixed vocabulary, and rules, contracts, requests and rows drawn from a seed.
 *
 * Everything is text, as people would write it, so that parser, checker and builder take part. Every
 * rule file that comes out is valid: one that the checker refuses is a defect of this file or of it. */
#ifndef RANDOM_RULES_H
#define RANDOM_RULES_H

#include "base/bytes.h"
#include "edict/decision.h"

typedef struct random_source { uint64_t state; } random_source;
uint64_t random_below(random_source *r, uint64_t n);

const char *random_vocabulary(void);
/* Words that both rules and contracts speak of. */
extern const char *const random_levels[4], *const random_own_tags[7], *const random_tiers[4];
/* Rules of the federal layer, to stand behind those, that are told apart by what they need of a request. */
void random_indexed_rules(random_source *r, unsigned count, edi_buf *into);
void random_federal_rules(random_source *r, unsigned count, edi_buf *into);
void random_domain_rules(random_source *r, unsigned count, edi_buf *into);
/* The domain's own tags and taxonomies, which its rules and `own` contracts speak of: always the same names, in
 * different places. A file of its own, so that they are there without the rules. */
void random_domain_words(random_source *r, const char *domain, edi_buf *into);
void random_contract(random_source *r, bool own, edi_buf *into);

/* The same, about rows above all: what is permitted, and which rows and until when (random_rows.c). */
void random_row_rules(random_source *r, unsigned count, edi_buf *into);
void random_row_domain_rules(random_source *r, unsigned count, edi_buf *into);
void random_row_contract(random_source *r, edi_buf *into);
/* Each condition that those rules ask of a row, and each under `not`, as the one rule about rows. */
size_t random_row_conditions(void);
void random_row_condition(size_t number, edi_buf *federal, edi_buf *domain);

/* Attributes of a subject or a context, by the vocabulary's names; texts live until the next call. */
typedef struct random_attributes {
  edict_attribute items[32];
  edict_text values[128];
  size_t count, value_count;
} random_attributes;
void random_subject(random_source *r, random_attributes *out);
void random_context(random_source *r, random_attributes *out);
/* The attributes of a resource, and its kind. */
const char *random_resource(random_source *r, random_attributes *out);
const char *random_action(random_source *r);
int64_t random_now(random_source *r);
/* A cell for a column of that type: often fitting, sometimes NULL, ill-typed or odd. */
edict_cell random_cell(random_source *r, const char *type);

#endif
