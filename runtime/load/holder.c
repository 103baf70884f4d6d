/* Holder: the engine in force, changed in one step.
 *
 * Two locks: `loading` orders the loads, each of which may take long; `changing` is held for the few
 * instructions in which the pointer is read and its user counted, or the pointer is replaced. What is
 * read without it could be freed before it is counted. */
#include "edict/holder.h"

#include <pthread.h>

#include "enforce/host.h"

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

static bool malformed(const edict_load *load) {
  if (load->size != sizeof *load || !load->options || load->bundle_count > 65536) return true;
  if (load->bundle_count && !load->bundles) return true;
  for (size_t i = 0; i < load->bundle_count; i++)
    if (load->bundles[i].len && !load->bundles[i].ptr) return true;
  return false;
}

/* An engine that gives its bytes back; on failure they were given back. */
static edict_status make_engine(const edict_load *load, edict_engine **engine, edict_diagnostics *diagnostics) {
  copies *c = load->release ? NULL : copy_bundles(load);
  void (*release)(void *user) = load->release ? load->release : drop_copies;
  void *user = load->release ? load->release_user : c;
  if (!load->release && !c) return EDICT_MEMORY;
  edict_status status =
      edict_engine_create(load->options, c ? c->bundles : load->bundles, load->bundle_count, engine, diagnostics);
  if (status == EDICT_OK) {
    (*engine)->release = release;
    (*engine)->release_user = user;
  } else {
    release(user);
  }
  return status;
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

static edict_status load_engine(edict_holder *h, const edict_load *load, edict_diagnostics *diagnostics) {
  edict_engine *engine = NULL;
  edict_status status = make_engine(load, &engine, diagnostics);
  if (status == EDICT_OK && load->log) status = edict_log_follow(load->log, engine, diagnostics);
  if (status == EDICT_OK) put(h, engine);
  else edict_engine_destroy(&engine);
  return status;
}

edict_status edict_holder_load(edict_holder *holder, const edict_load *load, edict_diagnostics *diagnostics) {
  if (!load || load->size != sizeof *load) return EDICT_ARGUMENT;
  if (!holder || malformed(load)) {
    if (load->release) load->release(load->release_user);
    return EDICT_ARGUMENT;
  }
  (void)pthread_mutex_lock(&holder->loading);
  edict_status status = load_engine(holder, load, diagnostics);
  (void)pthread_mutex_unlock(&holder->loading);
  return status;
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
