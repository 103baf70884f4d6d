/* Random tables: rows for the tables of random_vocabulary, as an edict.yaml names them and as CSV. Each time some
 * have no data at all, some are not valid at every moment of random_now, and no two rows of one have the same keys. */
#ifndef RANDOM_TABLES_H
#define RANDOM_TABLES_H

#include "support/oracle.h"
#include "support/random_rules.h"

enum { RANDOM_TABLES = 11, RANDOM_TABLE_COLUMNS = 7, RANDOM_TABLE_ROWS = 12 };

typedef struct random_table {
  const char *name; /* as it is declared */
  bool own;         /* the domain's: it stands in random_domain_words */
  bool there;       /* it has data */
  const char *from, *until;
  size_t columns, keys, rows;
  const char *cells[RANDOM_TABLE_ROWS][RANDOM_TABLE_COLUMNS]; /* NULL: absent */
} random_table;

void random_tables(random_source *r, random_table out[RANDOM_TABLES]);
/* The part of an edict.yaml that names those of that module that are there; nothing if none is. The federal one is "federal.vocabulary". */
void random_tables_yaml(const random_table tables[RANDOM_TABLES], const char *module, edi_buf *into);
/* The file that it names. */
void random_table_file(const random_table *table, char *out, size_t size);
void random_table_csv(const random_table *table, edi_buf *into);
/* The same rows as the oracle has them, by the model's symbols of tables. */
const oracle_table *random_tables_for_oracle(const random_table tables[RANDOM_TABLES], const edi_model *model, edi_arena *arena);

#endif
