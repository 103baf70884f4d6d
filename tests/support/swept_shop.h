/* Swept shop: a product whose rows can be swept, its rules, its database and its log, in a folder of its own.
 *
 * Product sales.orders has two datasets: orders (id, customer, ordered, note) in the table base_orders, and lines (id, order,
 * customer, ordered) in order_lines. Rows are due 24 months after `ordered`, unless the customer is `p-held`. The clock is
 * the test's. */
#ifndef SWEPT_SHOP_H
#define SWEPT_SHOP_H

#include <sqlite3.h>

#include "adapters/sweep/sweeper.h"
#include "support/mesh.h"

#define SHOP_NOW "2026-11-20T10:00:00Z"
#define SHOP_OLD "2020-01-01T00:00:00Z"
#define SHOP_NEW "2026-10-01T00:00:00Z"

typedef struct swept_shop {
  mesh m;
  char folder[512], database[600], log_folder[600];
  unsigned char log_key[64], auditor_public[32], auditor_secret[32];
  char *verifier;
  edict_log *log;
  edict_diagnostics *said;
  int64_t now;
  unsigned turn;      /* of databases */
  uint8_t randomness; /* of the next bytes that are asked for */
  /* Called at each point of a sweep; NULL: nobody looks. */
  void (*point)(struct swept_shop *shop, edi_sweep_point point, const char *dataset, uint64_t rows);
  unsigned points; /* so far */
  char keys[8192]; /* of rows that were listed, each with a blank behind it */
  edi_sweeper_options options; /* what a test may change before a sweep */
  edi_sweep_why why; /* of the newest sweep */
  edi_sweep_tally tally[2];
  int resumed, left;
  bool log_failed; /* it could not be closed */
} swept_shop;

/* A database made by this SQL. */
void swept_shop_make(swept_shop *shop, const char *sql);
/* The same with these persons held, as the text of a CSV file. */
void swept_shop_make_holding(swept_shop *shop, const char *sql, const char *holds);
/* Another database and another log, under the same rules. */
void swept_shop_renew(swept_shop *shop, const char *sql);
void swept_shop_remove(swept_shop *shop);
/* Opens the log, sweeps `dataset` (SIZE_MAX: all), closes the log. Whether all went well; else shop->why. */
bool swept_shop_sweep(swept_shop *shop, size_t dataset);
bool swept_shop_list(swept_shop *shop, size_t dataset);
/* Runs SQL on a connection of its own. */
void swept_shop_run(const swept_shop *shop, const char *sql);
/* The first column of all rows, with a blank behind each; for free(). */
char *swept_shop_ask(const swept_shop *shop, const char *sql);
/* The log is whole, has the rows `from` to `to` of orders as erased in exactly one batch each, and no others, and names no
 * batch twice. Prints what is not so. */
bool swept_shop_log_says(swept_shop *shop, const char *expected);

#endif
