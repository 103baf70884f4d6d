/* Bundle mutants: hostile bundles without end, made from real ones, with sizes, digests and signatures put right.
 *
 *   bundle_mutants --seed N --seeds N [--mutants N] [--only N]
 *
 * Each seed builds sets of bundles anew and changes them `mutants` times (10,000); --only runs one mutant of one seed
 * again. What is changed: the program in pieces (program_pieces.h), the words and rows of a table, what a manifest
 * says, and a few bytes of the finished file. A mutant that verifies is loaded twice, with and without an index, with
 * fused and plain code, in memory filled with two different bytes, and asked the same; all answers must be equal to
 * the byte. No decision may cost more than its bundles declare, no mutant may take more memory than MEMORY_MOST or
 * leave any behind, and none may take longer than SECONDS_MOST. Anything else aborts with the mutant that did it. */
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#include "base/parallel.h"
#include "edict/bundles.h"
#include "exercise.h"
#include "support/program_walk.h"

/* Of the sanitizers' runtime, whose headers are not always there. */
void __sanitizer_set_death_callback(void (*callback)(void));
int __sanitizer_install_malloc_and_free_hooks(void (*took)(const volatile void *, size_t), void (*gave)(const volatile void *));
size_t __sanitizer_get_allocated_size(const volatile void *piece);

enum { SECONDS_MOST = 20, SETS = 12, CODES = 1000, TWICE = 6, TOGETHER = 8 };
#define MEMORY_MOST ((size_t)64 << 20)

typedef struct tally {
  uint64_t mutants, reached, verified, loaded, bound, asked, twice, listed, decisions, permits, rows, shown, batches, signed_ones, tables;
  uint64_t refused[CODES]; /* R0000 to R0999 */
  uint64_t dearest;
  size_t peak;
} tally;

static tally all;

/* ---- memory ---- */

static unsigned char fill_byte; /* 0: nothing is filled */
static atomic_size_t memory_now, memory_peak; /* threads that load take it too */

/* What malloc gives is filled while a mutant is asked; larger pieces are new from the system, and calloc's are zero already. */
static void took(const volatile void *piece, size_t size) {
  size_t now = atomic_fetch_add(&memory_now, size) + size, most = atomic_load(&memory_peak);
  while (now > most && !atomic_compare_exchange_weak(&memory_peak, &most, now)) continue;
  if (fill_byte && size <= 65536 + 64) memset((void *)(uintptr_t)piece, fill_byte, size);
}
static void gave(const volatile void *piece) {
  if (piece) atomic_fetch_sub(&memory_now, __sanitizer_get_allocated_size((const volatile void *)piece));
}

__attribute__((noinline)) static void fill_stack(void) {
  unsigned char deep[48 * 1024];
  memset(deep, fill_byte, sizeof deep);
  __asm__ volatile("" : : "r"(deep) : "memory");
}

/* ---- where it is ---- */

static uint64_t seed_now, number_now;

static void tell_place(void) {
  fprintf(stderr, "\nbundle_mutants: died on mutant %llu of seed %llu: again with --seed %llu --only %llu\n", (unsigned long long)number_now,
          (unsigned long long)seed_now, (unsigned long long)seed_now, (unsigned long long)number_now);
}

/* Of an assertion, or of one that took too long. */
static void on_signal(int number) {
  tell_place();
  signal(number, SIG_DFL);
  raise(number);
}

static void die(const char *what) {
  fprintf(stderr, "bundle_mutants: %s\n", what);
  abort();
}

/* ---- making a mutant ---- */

static program_pieces work;

static void mutate_manifest(edi_manifest *m, const bundle_set *set, random_source *r) {
  const edi_manifest *other = &set->bundles[random_below(r, set->count)].opened.manifest;
  switch (random_below(r, 12)) {
    case 0: m->version = random_below(r, 3) ? random_below(r, 20) : UINT64_MAX; break;
    case 1: m->layer = other->layer; break;
    case 2: m->layer_of = other->layer_of; break;
    case 3: m->name = other->name; break;
    case 4: m->parent = other->parent; break;
    case 5: m->parent_least = random_below(r, 20); break;
    case 6: m->cost = random_below(r, 1000); break;
    case 7: m->created = other->expires; break;
    case 8: m->expires = other->created; break;
    case 9: m->stale_seconds = random_below(r, 2) ? random_below(r, 1000) : UINT64_MAX; break;
    case 10: m->semantics = random_below(r, 3); break;
    default: m->layer_of = m->name;
  }
}

/* Words of a table: few such files hold, since rows stand where their keys say. */
static void mutate_table(edi_buf *file, random_source *r) {
  size_t words = file->len / 4;
  for (uint64_t n = 1 + random_below(r, 3); n > 0 && words > 0; n--) {
    char *at = file->ptr + 4 * random_below(r, words);
    edi_put32(at, random_below(r, 2) ? (uint32_t)random_below(r, 64) : edi_get32(at) ^ 1u << random_below(r, 32));
  }
}

static void copy_pieces(program_pieces *to, const program_pieces *from) {
  for (unsigned s = 0; s < EDI_SECTION_COUNT; s++) memcpy(to->bytes[s], from->bytes[s], to->length[s] = from->length[s]);
}

static void mutate_bytes(edi_buf *bytes, random_source *r);

/* The program of one bundle changed, a few times or once; now and then what is packed as well. */
static bool mutate_program(const bundle_set *set, const set_bundle *b, const program_pieces *donor, random_source *r, edi_buf *into) {
  static const uint8_t often[] = {1, 1, 1, 1, 2, 2, 3, 5};
  (void)set;
  copy_pieces(&work, &b->pieces);
  for (uint8_t n = often[random_below(r, sizeof often)]; n > 0; n--) pieces_change(&work, donor, r);
  pieces_repair(&work, random_below(r, 2) == 0);
  if (!pieces_pack(&work, into)) return false;
  if (random_below(r, 24) == 0) mutate_bytes(into, r);
  return true;
}

/* A few bytes of what is finished. */
static void mutate_bytes(edi_buf *bytes, random_source *r) {
  for (uint64_t n = 1 + random_below(r, 3); n > 0 && bytes->len > 0; n--) {
    size_t at = random_below(r, random_below(r, 2) || bytes->len < 700 ? bytes->len : 700);
    bytes->ptr[at] = (char)(random_below(r, 2) ? bytes->ptr[at] ^ 1 << random_below(r, 8) : (int)random_below(r, 256));
  }
  if (random_below(r, 8) == 0) bytes->len = random_below(r, bytes->len + 1);
}

static bool make_mutant(const bundle_set *set, size_t which, const program_pieces *donor, random_source *r, bool sign, edi_buf *contents, edi_buf *into) {
  const set_bundle *b = &set->bundles[which];
  edi_arena arena;
  edi_manifest m = b->opened.manifest;
  bool table = m.layer == EDI_BUNDLE_TABLE;
  edi_arena_init(&arena, NULL, (size_t)1 << 26);
  edi_bundle_file *files = EDI_NEW_ARRAY(&arena, edi_bundle_file, m.file_count);
  if (!files) abort();
  size_t count = 0;
  bool sources = random_below(r, 16) == 0;
  for (size_t i = 0; i < m.file_count; i++) {
    const edi_bundle_file *file = &b->opened.files[i];
    bool program = edi_str_equal(file->name, EDI_STR("program")), contained = program || edi_str_equal(file->name, EDI_STR("table"));
    if (contained || sources || edi_str_starts(file->name, EDI_STR("keys/"))) files[count++] = *file;
    if (!contained) continue;
    contents->len = 0;
    if (program) {
      if (!mutate_program(set, b, donor, r, contents)) {
        edi_arena_fini(&arena);
        return false;
      }
      if (m.cost < pieces_cost(&work)) m.cost = pieces_cost(&work);
    } else {
      edi_buf_append(contents, files[i].bytes.ptr, files[i].bytes.len);
      mutate_table(contents, r);
    }
    files[count - 1].bytes = (edi_str){contents->ptr, contents->len};
  }
  if (random_below(r, 12) == 0) mutate_manifest(&m, set, r);
  all.tables += table;
  into->len = 0;
  bool ok = edi_bundle_write(&arena, &m, files, count, into, NULL) == EDICT_OK;
  edi_arena_fini(&arena);
  if (ok && sign) ok = bundle_set_sign(set, which, into);
  if (ok && random_below(r, 64) == 0) mutate_bytes(into, r);
  return ok;
}

/* ---- judging one ---- */

/* Where a refusal came from: the container, who signed it, the verifier, or what bundles are to each other. */
static void count_refusal(const edict_diagnostics *findings) {
  const char *code = edict_diagnostics_count(findings) ? edict_diagnostics_code(findings, 0) : NULL;
  unsigned long number = code && code[0] == 'R' ? strtoul(code + 1, NULL, 10) : 0;
  if (number < CODES) all.refused[number]++;
  bool container = number >= 100 && number <= 106, verifier = number >= 110 && number < 160;
  all.reached += !container && (number < 200 || number >= 300);
  all.verified += !container && !verifier && number != 107 && (number < 200 || number >= 300);
}

/* What a reader does who looks at the bundle without believing in it. */
static void look(const edi_buf *bytes) {
  edi_arena arena;
  edi_bundle bundle;
  edi_program program;
  edict_diagnostics *findings = edict_diagnostics_create();
  char *text = NULL;
  size_t length = 0;
  edi_arena_init(&arena, NULL, (size_t)1 << 28);
  edict_status status = edi_bundle_open(&arena, bytes->ptr, bytes->len, &bundle, findings);
  if (status == EDICT_OK && bundle.manifest.layer != EDI_BUNDLE_TABLE) {
    status = edi_bundle_program(&bundle, &arena, &arena, &program, findings);
    if (status == EDICT_OK) (void)program_walk(&program);
  }
  if ((status == EDICT_OK) != (edict_diagnostics_errors(findings) == 0)) die("a refusal without a reason, or a reason without one");
  if (edict_bundle_inspect(bytes->ptr, bytes->len, 1, &text, &length, NULL) == EDICT_OK) all.listed++;
  edict_text_free(&text);
  (void)!edict_bundle_costs(bytes->ptr, bytes->len, &text, &length, NULL);
  edict_text_free(&text);
  edict_diagnostics_destroy(&findings);
  edi_arena_fini(&arena);
}

static void add_told(const exercise_told *told) {
  bool loaded = told->loaded == EDICT_OK;
  all.reached += loaded;
  all.verified += loaded;
  all.loaded += loaded;
  all.bound += told->products > 0;
  all.asked += told->decisions > 0;
  all.decisions += told->decisions;
  all.permits += told->permits;
  all.rows += told->rows;
  all.shown += told->rows_shown;
  all.batches += told->batches;
  if (told->dearest > all.dearest) all.dearest = told->dearest;
}

static void compare(const edi_buf answers[2]) {
  if (answers[0].len == answers[1].len && memcmp(answers[0].ptr, answers[1].ptr, answers[0].len) == 0) return;
  size_t at = 0;
  while (at < answers[0].len && at < answers[1].len && answers[0].ptr[at] == answers[1].ptr[at]) at++;
  size_t from = at > 300 ? at - 300 : 0;
  for (int i = 0; i < 2; i++)
    fprintf(stderr, "---- %s, from byte %zu\n%.*s\n", i ? "with an index, plain code" : "without an index", from,
            (int)(answers[i].len - from < 600 ? answers[i].len - from : 600), answers[i].ptr + from);
  die("two answers differ");
}

/* Once in one way or the other; one in TWICE both ways, with all that can be asked. */
static void ask(const bundle_set *set, size_t which, const edi_buf *mutant, bool with_trust, random_source *r, edi_buf answers[2]) {
  static const exercise_way ways[2] = {{.index = EDICT_INDEX_NEVER}, {.index = EDICT_INDEX_ALWAYS, .as_it_stands = true}};
  edict_bytes bundles[MESH_BUNDLES];
  exercise_told told[2] = {{0}, {0}};
  size_t count = 1;
  bool twice = random_below(r, TWICE) == 0;
  uint64_t seed = random_below(r, UINT64_MAX), first = random_below(r, 2);
  bundles[0] = (edict_bytes){mutant->ptr, mutant->len}; /* so that what is refused costs nothing more */
  for (size_t i = 0; i < set->count; i++) {
    const edi_buf *b = with_trust ? &set->bundles[i].with_signature : &set->bundles[i].bytes;
    if (i != which) bundles[count++] = (edict_bytes){b->ptr, b->len};
  }
  edict_diagnostics *findings = edict_diagnostics_create();
  for (size_t i = 0; i < (twice ? 2 : 1); i++) {
    exercise_way way = ways[(first + i) % 2];
    way.with_trust = with_trust;
    way.closely = twice;
    if (twice) fill_byte = i ? 0x5A : 0xA5;
    if (twice) fill_stack();
    exercise(set, bundles, &way, seed, &answers[i], &told[i], findings);
    fill_byte = 0;
    if (told[i].loaded == EDICT_OK) continue;
    if (i > 0 || edict_diagnostics_errors(findings) == 0) die("a refusal without a reason, or at the second time alone");
    count_refusal(findings);
    twice = false;
  }
  edict_diagnostics_destroy(&findings);
  add_told(&told[0]);
  if (twice) compare(answers);
  all.twice += twice;
}

static void one_mutant(bundle_set *sets, uint64_t number, edi_buf buffers[4]) {
  random_source r = {seed_now * UINT64_C(0x9E3779B97F4A7C15) + number};
  size_t place = random_below(&r, SETS);
  const bundle_set *set = &sets[place], *other = &sets[random_below(&r, 4) ? place / 2 * 2 : random_below(&r, SETS)];
  size_t which = random_below(&r, set->count);
  if (set->bundles[which].opened.manifest.layer == EDI_BUNDLE_TABLE && random_below(&r, 3)) which = random_below(&r, 2);
  /* Of another program of the same layer, where there is one. */
  const program_pieces *donor = &other->bundles[0].pieces;
  for (size_t i = 0; i < other->count; i++)
    if (other->bundles[i].opened.manifest.layer == set->bundles[which].opened.manifest.layer && other->bundles[i].pieces.bytes[0]) donor = &other->bundles[i].pieces;
  bool sign = random_below(&r, 16) == 0;
  all.mutants++;
  atomic_store(&memory_peak, atomic_load(&memory_now));
  size_t before = atomic_load(&memory_now);
  if (!make_mutant(set, which, donor, &r, sign, &buffers[0], &buffers[1])) return;
  all.signed_ones += sign;
  edi_buf mutant = buffers[1];
  if (random_below(&r, 16) == 0) look(&mutant);
  ask(set, which, &mutant, sign, &r, buffers + 2);
  size_t peak = atomic_load(&memory_peak) - before;
  if (peak > all.peak) all.peak = peak;
  if (peak > MEMORY_MOST) die("a mutant took more memory than it may");
}

/* ---- all of them ---- */

static void report(const char *what) {
  const struct { const char *name; uint64_t count; } counts[] = {
      {"mutants", all.mutants}, {"reached the verifier", all.reached}, {"verified", all.verified}, {"loaded", all.loaded}, {"bound", all.bound},
      {"decided", all.asked}, {"twice", all.twice}, {"listed", all.listed}, {"signed", all.signed_ones}, {"tables", all.tables},
      {"decisions", all.decisions}, {"permits", all.permits}, {"rows", all.rows}, {"shown", all.shown}, {"batches", all.batches}};
  printf("%s:", what);
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) printf(" %llu %s,", (unsigned long long)counts[i].count, counts[i].name);
  printf(" dearest decision %llu/1000 of what is declared, peak %zu KiB, left %zu KiB\n", (unsigned long long)all.dearest, all.peak / 1024,
         atomic_load(&memory_now) / 1024);
  fflush(stdout);
}

static void one_seed(uint64_t seed, uint64_t mutants, uint64_t only) {
  static const uint8_t kinds[SETS] = {0, 0, 0, 0, 1, 1, 1, 1, 2, 3, 4, 4};
  static bundle_set sets[SETS];
  edi_buf buffers[4];
  const struct itimerval limit = {{0, 0}, {SECONDS_MOST, 0}}, none = {{0, 0}, {0, 0}};
  seed_now = seed;
  for (unsigned i = 0; i < SETS; i++) bundle_set_make(&sets[i], kinds[i], seed * 31 + i);
  for (int i = 0; i < 4; i++) edi_buf_init(&buffers[i], NULL, (size_t)1 << 26);
  for (uint64_t n = 0; n < mutants; n++) {
    if (only != UINT64_MAX && n != only) continue;
    number_now = n;
    edi_parallel_fix(n % TOGETHER == 0 ? 2 : 1, n % TOGETHER == 0); /* as large programs are loaded */
    setitimer(ITIMER_PROF, &limit, NULL);
    one_mutant(sets, n, buffers);
  }
  setitimer(ITIMER_PROF, &none, NULL);
  for (int i = 0; i < 4; i++) edi_buf_fini(&buffers[i]);
  for (unsigned i = 0; i < SETS; i++) bundle_set_end(&sets[i]);
}

/* What libraries keep for good once they were used. */
static void warm_up(void) {
  static bundle_set set;
  static const exercise_way way = {.closely = true};
  edict_bytes bundles[MESH_BUNDLES];
  edi_buf answers;
  exercise_told told = {0};
  edi_buf_init(&answers, NULL, (size_t)1 << 26);
  for (unsigned kind = 3; kind <= 4; kind++) {
    bundle_set_make(&set, kind, 16);
    for (size_t i = 0; i < set.count; i++) bundles[i] = (edict_bytes){set.bundles[i].bytes.ptr, set.bundles[i].bytes.len};
    exercise(&set, bundles, &way, 1, &answers, &told, NULL);
    if (told.loaded != EDICT_OK) die("a set that nobody changed is refused");
    bundle_set_end(&set);
  }
  edi_buf_fini(&answers);
}

static uint64_t argument(int argc, char **argv, const char *name, uint64_t otherwise) {
  for (int i = 1; i + 1 < argc; i++)
    if (strcmp(argv[i], name) == 0) return strtoull(argv[i + 1], NULL, 10);
  return otherwise;
}

int main(int argc, char **argv) {
  uint64_t first = argument(argc, argv, "--seed", 1), seeds = argument(argc, argv, "--seeds", 1);
  uint64_t mutants = argument(argc, argv, "--mutants", 10000), only = argument(argc, argv, "--only", UINT64_MAX);
  char what[64];
  size_t settled = 0;
  __sanitizer_set_death_callback(tell_place);
  signal(SIGABRT, on_signal);
  signal(SIGPROF, on_signal);
  __sanitizer_install_malloc_and_free_hooks(took, gave);
  if (!pieces_init(&work)) return 2;
  warm_up();
  for (uint64_t seed = first; seed < first + seeds; seed++) {
    one_seed(seed, mutants, only);
    if (seed == first) settled = atomic_load(&memory_now);
    if (seed > first && atomic_load(&memory_now) > settled + 65536) die("memory was left behind");
    snprintf(what, sizeof what, "up to seed %llu", (unsigned long long)seed);
    report(what);
  }
  printf("first refusals:");
  for (unsigned i = 0; i < CODES; i++)
    if (all.refused[i]) printf(" R%04u:%llu", i, (unsigned long long)all.refused[i]);
  printf("\n");
  pieces_fini(&work);
  return 0;
}
