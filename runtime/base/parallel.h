/* Parallel: items of work done by several threads at once.
 *
 * Which thread does an item is not fixed, so what an item gives must depend on the item alone. Where no thread
 * can be started, the calling one does all. */
#ifndef EDI_PARALLEL_H
#define EDI_PARALLEL_H

#include <stddef.h>

enum { EDI_PARALLEL_MOST = 256 };

/* Threads that can run at once here; at least 1, at most EDI_PARALLEL_MOST. */
size_t edi_parallel_threads(void);

/* `worker` is below `threads`: what a thread has for itself. The calling thread is worker 0. */
typedef void edi_parallel_work(void *user, size_t worker, size_t item);
/* Does the items 0 to `count`, each once; they begin in this order. Returns when all are done. */
void edi_parallel(size_t count, size_t threads, edi_parallel_work *work, void *user);

#endif
