/* Holder: the engine in force, changed in one step.
 *
 * The order of a load: state, time, roots, each bundle, the set, floors; then the log, the state file, the
 * pointer. What fails before the file is replaced has changed nothing; after it nothing can fail.
 *
 * Two locks: `loading` orders the loads, each of which may take long; `changing` is held for the few
 * instructions in which the pointer is read and its user counted, or the pointer is replaced. What is
 * read without it could be freed before it is counted. */
#include "load/loader.h"

#include <pthread.h>

#include "load/admit.h"
#include "load/statefile.h"

struct edict_holder {
  pthread_mutex_t loading, changing;
  edict_engine *engine; /* NULL: none yet */
  atomic_ullong generation;
};

static void *take(void *pointer, size_t before, size_t after) {
  return edi_allocator_default.resize(edi_allocator_default.context, pointer, before, after);
}

edict_status edict_holder_create(edict_holder **holder) {
  *holder = NULL;
  edict_holder *h = take(NULL, 0, sizeof *h);
  if (!h) return EDICT_MEMORY;
  *h = (edict_holder){.engine = NULL};
  atomic_init(&h->generation, 0);
  bool first = pthread_mutex_init(&h->loading, NULL) == 0, both = first && pthread_mutex_init(&h->changing, NULL) == 0;
  if (!both) {
    if (first) (void)pthread_mutex_destroy(&h->loading);
    take(h, sizeof *h, 0);
    return EDICT_SYSTEM;
  }
  *holder = h;
  return EDICT_OK;
}

void edict_holder_destroy(edict_holder **holder) {
  if (!holder || !*holder) return;
  edict_holder *h = *holder;
  edict_engine_destroy(&h->engine);
  (void)pthread_mutex_destroy(&h->loading);
  (void)pthread_mutex_destroy(&h->changing);
  take(h, sizeof *h, 0);
  *holder = NULL;
}

/* ---- bytes of bundles that live as long as their engine ---- */

/* All bundles behind one another, each at a multiple of 8, as memory from the allocator is. */
typedef struct copies {
  size_t size; /* of the block, this head included */
  edict_bytes *bundles;
} copies;

static size_t rounded(size_t size) { return (size + 7) & ~(size_t)7; }

static void drop_copies(void *user) { take(user, ((copies *)user)->size, 0); }

static size_t copies_size(const edict_load *load) {
  size_t size = rounded(sizeof(copies)) + load->bundle_count * sizeof *load->bundles;
  for (size_t i = 0; i < load->bundle_count; i++)
    if (load->bundles[i].len > SIZE_MAX / 2 || !edi_size_add(size, rounded(load->bundles[i].len), &size)) return 0;
  return size;
}

static copies *copy_bundles(const edict_load *load) {
  size_t size = copies_size(load), at = rounded(sizeof(copies));
  copies *c = size ? take(NULL, 0, size) : NULL;
  if (!c) return NULL;
  char *bytes = (char *)c;
  *c = (copies){.size = size, .bundles = (edict_bytes *)(void *)(bytes + at)};
  at += load->bundle_count * sizeof *load->bundles;
  for (size_t i = 0; i < load->bundle_count; i++) {
    const edict_bytes *from = &load->bundles[i];
    if (from->len) memcpy(bytes + at, from->ptr, from->len);
    c->bundles[i] = (edict_bytes){bytes + at, from->len};
    at += rounded(from->len);
  }
  return c;
}

/* ---- loading ---- */

static bool malformed_list(const edict_bytes *list, size_t count) {
  if (count > 65536 || (count && !list)) return true;
  for (size_t i = 0; i < count; i++)
    if (list[i].len && !list[i].ptr) return true;
  return false;
}

/* Unsigned bundles have no floors: what was tried in development is not to stand in the way of what is signed. */
static bool malformed(const edict_load *load) {
  const edict_engine_options *options = load->options;
  if (!options || options->size != sizeof *options || (options->development && load->state)) return true;
  if (malformed_list(load->bundles, load->bundle_count) || malformed_list(load->roots, load->root_count)) return true;
  bool rooted = options->trust && edi_root_is((edi_str){options->trust, options->trust_length});
  return load->root_count && !rooted;
}

/* Whoever has to be told that nothing uses the bytes any more. */
typedef struct giving {
  void (*release)(void *user);
  void *user;
} giving;

static edict_status take_bundles(const edict_load *load, giving *give, const edict_bytes **bundles) {
  *give = (giving){load->release, load->release_user};
  *bundles = load->bundles;
  if (load->release) return EDICT_OK;
  copies *c = copy_bundles(load);
  if (!c) return EDICT_MEMORY;
  *give = (giving){drop_copies, c};
  *bundles = c->bundles;
  return EDICT_OK;
}

/* From here on it is the one; whoever reads the pointer meanwhile has the one before. */
static void put(edict_holder *h, edict_engine *engine) {
  (void)pthread_mutex_lock(&h->changing);
  edict_engine *before = h->engine;
  h->engine = engine;
  atomic_fetch_add(&h->generation, 1);
  (void)pthread_mutex_unlock(&h->changing);
  edict_engine_destroy(&before);
}

/* A load under way. What it has made is given back unless it comes to its end. */
typedef struct loading {
  const edict_load *load;
  edi_arena arena; /* of roots and floors */
  giving give;     /* of the bytes, as long as no engine has them */
  edi_statefile file;
  edi_state next;
  edict_engine *engine;
} loading;

/* The engine gives the bytes back when it is gone. */
static edict_status make_engine(loading *l, const edict_engine_options *options, const edict_bytes *bundles,
                                edict_diagnostics *diagnostics) {
  edict_status status = edict_engine_create(options, bundles, l->load->bundle_count, &l->engine, diagnostics);
  if (status != EDICT_OK) return status;
  l->engine->release = l->give.release;
  l->engine->release_user = l->give.user;
  l->give.release = NULL;
  return EDICT_OK;
}

/* What the host has seen, and whether this may come after it. */
static edict_status check(const edi_system *system, loading *l, edict_diagnostics *diagnostics) {
  const edict_load *load = l->load;
  const edict_bytes *bundles;
  edict_engine_options options;
  edict_status status = take_bundles(load, &l->give, &bundles);
  if (status == EDICT_OK && load->state)
    status = edi_statefile_open(system, load->state, load->begin != 0, &l->arena, &l->file, diagnostics);
  if (status == EDICT_OK) status = edi_admit_trust(&l->arena, load, &l->file.state, &options, &l->next, diagnostics);
  if (status == EDICT_OK) status = make_engine(l, &options, bundles, diagnostics);
  if (status == EDICT_OK && load->state) status = edi_admit_bundles(&l->arena, l->engine, &l->next, diagnostics);
  if (status == EDICT_OK && load->state) status = edi_admit_keyring(&l->arena, l->engine, &l->next, diagnostics);
  return status;
}

/* The bytes are still there. A log that cannot be written changes nothing more: the load has failed already. */
static void record(const edict_load *load, edict_status status, edict_diagnostics *diagnostics) {
  if (!load->log) return;
  edict_status recorded = edict_log_refused(load->log, EDICT_REFUSED_LOAD, load->options->now, status, diagnostics, load->bundles,
                                            load->bundle_count, diagnostics);
  if (recorded != EDICT_OK)
    edi_diagnostics_add(diagnostics, EDI_R0247, EDI_SPAN_NONE, "", "the log could not record that this load was refused");
}

static edict_status run(const edi_system *system, edict_holder *h, const edict_load *load, edict_diagnostics *diagnostics) {
  loading l = {.load = load};
  edi_arena_init(&l.arena, NULL, EDI_ARENA_ENGINE);
  edict_status status = check(system, &l, diagnostics);
  if (status == EDICT_OK && load->log) status = edict_log_follow(load->log, l.engine, diagnostics);
  if (status == EDICT_OK && load->state) status = edi_statefile_write(&l.file, &l.next, diagnostics);
  if (status == EDICT_OK) {
    if (load->state) edict_engine_advance(l.engine, l.next.time);
    put(h, l.engine);
  } else {
    record(load, status, diagnostics);
    edict_engine_destroy(&l.engine);
  }
  if (l.give.release) l.give.release(l.give.user);
  if (load->state) edi_statefile_close(&l.file);
  edi_arena_fini(&l.arena);
  return status;
}

/* Why a load failed is recorded, whether or not the caller wants to know it. */
static edict_status run_told(const edi_system *system, edict_holder *h, const edict_load *load, edict_diagnostics *diagnostics) {
  if (diagnostics || !load->log) return run(system, h, load, diagnostics);
  edict_diagnostics *own = edict_diagnostics_create();
  edict_status status = run(system, h, load, own);
  edict_diagnostics_destroy(&own);
  return status;
}

edict_status edi_holder_load(const edi_system *system, edict_holder *holder, const edict_load *load,
                             edict_diagnostics *diagnostics) {
  if (!load || load->size != sizeof *load) return EDICT_ARGUMENT;
  if (!holder || malformed(load)) {
    if (load->release) load->release(load->release_user);
    return EDICT_ARGUMENT;
  }
  (void)pthread_mutex_lock(&holder->loading);
  edict_status status = run_told(system, holder, load, diagnostics);
  (void)pthread_mutex_unlock(&holder->loading);
  return status;
}

edict_status edict_holder_load(edict_holder *holder, const edict_load *load, edict_diagnostics *diagnostics) {
  return edi_holder_load(&edi_system_posix, holder, load, diagnostics);
}

/* ---- reading ---- */

edict_engine *edict_holder_engine(edict_holder *holder) {
  if (!holder) return NULL;
  (void)pthread_mutex_lock(&holder->changing);
  edict_engine *engine = holder->engine;
  if (engine) (void)edi_engine_keep(engine);
  (void)pthread_mutex_unlock(&holder->changing);
  return engine;
}

uint64_t edict_holder_generation(const edict_holder *holder) {
  return holder ? atomic_load(&((edict_holder *)holder)->generation) : 0;
}
