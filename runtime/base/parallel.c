/* Parallel: see the header. Each thread takes the next item that nobody has taken. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* sched_getaffinity */
#endif
#include "base/parallel.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>

typedef struct job {
  edi_parallel_work *work;
  void *user;
  size_t count;
  atomic_size_t next;
} job;

typedef struct seat {
  job *job;
  size_t worker;
  pthread_t thread;
  bool started;
} seat;

static atomic_size_t fixed;
static atomic_bool all_worth;
static atomic_size_t started, again;

edi_parallel_counts edi_parallel_counted(void) {
  return (edi_parallel_counts){atomic_load_explicit(&started, memory_order_relaxed), atomic_load_explicit(&again, memory_order_relaxed)};
}

void edi_parallel_again(void) { atomic_fetch_add_explicit(&again, 1, memory_order_relaxed); }

void edi_parallel_fix(size_t threads, bool eager) {
  atomic_store(&fixed, threads);
  atomic_store(&all_worth, eager);
}

/* Of the machine's processors the process may have been given a few. */
size_t edi_parallel_threads(void) {
  cpu_set_t given;
  size_t said = atomic_load(&fixed);
  if (said) return said;
  long count = sched_getaffinity(0, sizeof given, &given) == 0 ? CPU_COUNT(&given) : sysconf(_SC_NPROCESSORS_ONLN);
  return count < 1 ? 1 : count > EDI_PARALLEL_MOST ? EDI_PARALLEL_MOST : (size_t)count;
}

size_t edi_parallel_worth(size_t amount, size_t least) {
  return amount >= least || atomic_load(&all_worth) ? edi_parallel_threads() : 1;
}

static void *sit(void *user) {
  const seat *s = user;
  for (size_t item; (item = atomic_fetch_add(&s->job->next, 1)) < s->job->count;)
    s->job->work(s->job->user, s->worker, item);
  return NULL;
}

/* Signals are the host's: no thread of ours is interrupted by them. */
static void start(seat *seats, size_t threads, job *j) {
  sigset_t all, before;
  (void)sigfillset(&all);
  bool masked = pthread_sigmask(SIG_SETMASK, &all, &before) == 0;
  for (size_t i = 1; i < threads; i++) {
    seats[i] = (seat){.job = j, .worker = i};
    seats[i].started = pthread_create(&seats[i].thread, NULL, sit, &seats[i]) == 0;
    if (seats[i].started) atomic_fetch_add_explicit(&started, 1, memory_order_relaxed);
  }
  if (masked) (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void edi_parallel(size_t count, size_t threads, edi_parallel_work *work, void *user) {
  job j = {.work = work, .user = user, .count = count};
  seat seats[EDI_PARALLEL_MOST];
  atomic_init(&j.next, 0);
  if (threads > EDI_PARALLEL_MOST) threads = EDI_PARALLEL_MOST;
  if (threads > count) threads = count;
  if (threads > 1) start(seats, threads, &j);
  seats[0] = (seat){.job = &j};
  (void)sit(&seats[0]);
  for (size_t i = 1; i < threads; i++)
    if (seats[i].started) (void)pthread_join(seats[i].thread, NULL);
}
