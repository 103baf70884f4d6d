/* Load bench: from the bytes of bundles to an engine that decides: opened, digests, signatures, verified, linked.
 *
 * The rules are those of tests/support/hospital.h. Each load is the whole of edict_engine_create, in memory that is new
 * to it. By the clock, since two threads may share it; processor time beside it. The federal bundle has two signatures,
 * and as many are asked for; loaded with the domain's, which has one, and alone. Instructions
 * of one load: `valgrind --tool=callgrind --toggle-collect=edict_engine_create build/release/bench/load_bench UNITS`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bundle/bundle.h"
#include "edict/bundles.h"
#include "edict/engine.h"
#include "stopwatch.h"
#include "support/hospital.h"

#define NOW INT64_C(1798000000000000)
enum { LOADS = 31, KEYS = 3 };

typedef struct world {
  hospital rules;
  edict_bytes plain[2], trusted[2]; /* the federal bundle and the domain's, unsigned and signed */
  char *signed_bytes[KEYS];
  char trust[2048];
} world;

/* ---- signing ---- */

/* Adds a line to the trust store and a signature to the bundle. */
static void sign(world *w, unsigned number, const char *role, const char *name, edict_bytes *bundle, edict_diagnostics *d) {
  unsigned char seed[32] = {(unsigned char)(number + 1)};
  char *verifier, *secret, *out;
  size_t length, at = strlen(w->trust);
  hospital_must(edict_key_generate(name, seed, &verifier, &secret) == EDICT_OK, "no key", d);
  snprintf(w->trust + at, sizeof w->trust - at, "%s %s\n", role, verifier);
  hospital_must(edict_bundle_sign(bundle->ptr, bundle->len, secret, strlen(secret), &out, &length, d) == EDICT_OK, "not signed", d);
  edict_text_free(&verifier);
  edict_text_free(&secret);
  w->signed_bytes[number] = out;
  *bundle = (edict_bytes){out, length};
}

static void make_world(world *w, unsigned units) {
  edict_diagnostics *d = edict_diagnostics_create();
  *w = (world){.trust = "edict-trust/v1\n"};
  hospital_build(&w->rules, units);
  for (int i = 0; i < 2; i++) w->plain[i] = w->trusted[i] = (edict_bytes){w->rules.bundles[i].ptr, w->rules.bundles[i].len};
  sign(w, 0, "federal eu.example", "eu.example-a", &w->trusted[0], d);
  sign(w, 1, "federal eu.example", "eu.example-b", &w->trusted[0], d);
  sign(w, 2, "domain ward eu.example/ward", "eu.example/ward-a", &w->trusted[1], d);
  strcat(w->trust, "threshold federal eu.example 2\n");
  edict_diagnostics_destroy(&d);
}

static void drop_world(world *w) {
  for (int i = 0; i < KEYS; i++) edict_text_free(&w->signed_bytes[i]);
  hospital_fini(&w->rules);
}

/* ---- loading ---- */

typedef struct loads { const char *what; const edict_bytes *bundles; size_t count; bool trusted; } loads;
typedef struct figures { double wall[LOADS], busy[LOADS]; } figures;

static double processor(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* What an engine's end takes is not counted. */
static void load(const world *w, const loads *l, unsigned times, figures *f) {
  edict_engine_options options = {.size = sizeof options, .now = NOW, .development = !l->trusted};
  edict_diagnostics *d = edict_diagnostics_create();
  if (l->trusted) {
    options.trust = w->trust;
    options.trust_length = strlen(w->trust);
  }
  for (unsigned i = 0; i < times; i++) {
    edict_engine *engine;
    double start = now(), from = processor();
    hospital_must(edict_engine_create(&options, l->bundles, l->count, &engine, d) == EDICT_OK, "no engine", d);
    f->busy[i] = processor() - from;
    f->wall[i] = now() - start;
    edict_engine_destroy(&engine);
  }
  edict_diagnostics_destroy(&d);
}

static void show(const world *w, const loads *l) {
  figures f;
  load(w, l, LOADS, &f);
  qsort(f.wall, LOADS, sizeof *f.wall, compare);
  qsort(f.busy, LOADS, sizeof *f.busy, compare);
  printf("  %-34s %8.2f ms, least %8.2f; of the processors %8.2f, least %8.2f\n", l->what, f.wall[LOADS / 2] / 1e6, f.wall[0] / 1e6,
         f.busy[LOADS / 2] / 1e6, f.busy[0] / 1e6);
}

int main(int argc, char **argv) {
  static const unsigned units[] = {30, 300, 3000};
  static world w;
  static figures unused;
  const loads all[] = {{"unsigned, with the domain's", w.plain, 2, false}, {"two signatures", w.trusted, 1, true},
                       {"two, with the domain's of one", w.trusted, 2, true}};
  if (argc == 2) {
    make_world(&w, (unsigned)strtoul(argv[1], NULL, 10));
    load(&w, &all[1], 1, &unused);
    drop_world(&w);
    return 0;
  }
  for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
    make_world(&w, units[i]);
    printf("%zu rules, %zu bytes\n", w.rules.rules, w.trusted[0].len);
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) show(&w, &all[k]);
    drop_world(&w);
  }
  return 0;
}
