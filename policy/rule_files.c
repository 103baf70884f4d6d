/* Rule files: see the header. Threads parse without telling anything, each into an arena of its own, which the
 * project's then takes over; a file in which something is wrong is parsed once more, in its turn, to be told of. */
#include "policy/rule_files.h"

#include "base/parallel.h"

enum { BYTES_LEAST = 128 * 1024 }; /* below, a thread costs more than it brings */

typedef struct job {
  edi_parsed *files;
  edi_arena arenas[EDI_PARALLEL_MOST];
} job;

/* The more there is, the larger its blocks, up to those that the system gives in large pages: trees are written once, and
 * getting small pages for them is a tenth of the work. An eighth at most is left over. */
static void widen(edi_arena *arena) {
  enum { LARGE_BLOCK = 4 * 1024 * 1024, PAGE = 4096 };
  size_t block = arena->reserved / 8 & ~(size_t)(PAGE - 1);
  if (block > arena->block) arena->block = block < LARGE_BLOCK ? block : LARGE_BLOCK;
}

static void parse_quietly(void *user, size_t worker, size_t item) {
  job *j = user;
  edi_parsed *f = &j->files[item];
  widen(&j->arenas[worker]);
  f->status = edi_parse_source(&j->arenas[worker], f->source, f->path, f->text, &f->file, NULL);
}

static size_t threads_for(const edi_arena *arena, const edi_parsed *files, size_t count, size_t threads) {
  size_t bytes = 0, room = (arena->ceiling - arena->reserved) / (threads ? threads : 1);
  for (size_t i = 0; i < count; i++) bytes += files[i].text.len;
  bool pays = bytes >= BYTES_LEAST && room >= 16 * bytes && arena->allocator == &edi_allocator_default;
  return !pays ? 1 : threads < EDI_PARALLEL_MOST ? threads : EDI_PARALLEL_MOST;
}

static bool parse_at_once(edi_arena *arena, edi_parsed *files, size_t count, size_t threads) {
  job *j = EDI_NEW(arena, job);
  if (!j) return false;
  j->files = files;
  for (size_t i = 0; i < threads; i++) edi_arena_init(&j->arenas[i], NULL, (arena->ceiling - arena->reserved) / threads);
  edi_parallel(count, threads, parse_quietly, j);
  for (size_t i = 0; i < threads; i++) edi_arena_adopt(arena, &j->arenas[i]);
  return true;
}

void edi_parse_files(edi_arena *arena, edi_parsed *files, size_t count, size_t threads, edict_diagnostics *diagnostics) {
  threads = threads_for(arena, files, count, threads);
  for (size_t i = 0; i < count; i++) files[i].source = edi_parse_open(files[i].path, files[i].text, diagnostics);
  bool done = threads > 1 && parse_at_once(arena, files, count, threads);
  for (size_t i = 0; i < count; i++) {
    edi_parsed *f = &files[i];
    if (done && f->status == EDICT_OK) continue;
    f->status = edi_parse_source(arena, f->source, f->path, f->text, &f->file, diagnostics);
  }
}
