/* Order: a stable merge sort whose worst case is n log n, whoever chose the keys.
 *
 * In: records in memory and as much scratch again. Out: the records in ascending order, equal ones
 * as they stood. The C library's qsort is not used: it allocates, and its worst case is not
 * promised. */
#ifndef EDI_ORDER_H
#define EDI_ORDER_H

#include "base/bytes.h"

/* Less than, equal to or greater than 0, as the first belongs before, with or after the second. */
typedef int edi_order_compare(const void *context, const void *a, const void *b);

/* Sorts `count` items of `size` bytes; `spare` has room for as many. */
void edi_order_sort(void *items, void *spare, size_t count, size_t size, edi_order_compare *compare,
                    const void *context);

/* Sorts numbers in ascending order and drops duplicates; returns how many are left. In place,
 * without scratch: for the short lists of rules. */
uint32_t edi_order_distinct(uint32_t *numbers, uint32_t count);

#endif
