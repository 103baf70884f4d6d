/* Parallel: items of work done by several threads at once.
 *
 * Which thread does an item is not fixed, so what an item gives must depend on the item alone. Where no thread
 * can be started, the calling one does all. */
#ifndef EDI_PARALLEL_H
#define EDI_PARALLEL_H

#include <stdbool.h>
#include <stddef.h>

enum { EDI_PARALLEL_MOST = 256 };

/* Threads that can run at once here; at least 1, at most EDI_PARALLEL_MOST. */
size_t edi_parallel_threads(void);
/* The same for so much work, and 1 if it is less than `least`, of which starting a thread is not worth its while. */
size_t edi_parallel_worth(size_t amount, size_t least);
/* From now on they are as many as this, 0: as many as can run at once; `eager`: any work is worth it. For tests and measures,
 * which compare. */
void edi_parallel_fix(size_t threads, bool eager);

/* `worker` is below `threads`: what a thread has for itself. The calling thread is worker 0. */
typedef void edi_parallel_work(void *user, size_t worker, size_t item);
/* Does the items 0 to `count`, each once; they begin in this order. Returns when all are done. */
void edi_parallel(size_t count, size_t threads, edi_parallel_work *work, void *user);

/* What was done at once since the process began, so that tests see that it was: threads that were started, and work that
 * was done again in order, since at once it did not come to its end. Who falls back so says it. */
typedef struct edi_parallel_counts { size_t started, again; } edi_parallel_counts;
edi_parallel_counts edi_parallel_counted(void);
void edi_parallel_again(void);

#endif
