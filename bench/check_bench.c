/* Check bench: time and memory of checking, analysing and building a project, from 100 rules to 100,000.
 *
 * The rules are made here: each kind in the share that a federation has, over one vocabulary whose tags,
 * roles and purposes grow with the rules, in files of 500 rules. For each size the stages are timed in a process
 * of their own, then the command, as people run it: elapsed and processor time, peak of memory. Of a few runs the
 * fastest counts. `check_bench N` runs one size; `check_bench N FOLDER` writes its project there. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "policy/analysis.h"

enum { FILES_MOST = 512, RULES_A_FILE = 500 };

static uint64_t state = 1;

static unsigned below(unsigned n) {
  uint64_t x = state += UINT64_C(0x9E3779B97F4A7C15);
  x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
  x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
  return (unsigned)((x ^ (x >> 31)) % n);
}

/* ---- the project ---- */

static const char yaml[] =
    "edict: 1\nname: eu.example\nlayer: federal\nversion: 1\ncreated: 2026-01-01T00:00:00Z\nexpires: 2030-01-01T00:00:00Z\n"
    "rules: [ \"*.edict\" ]\n";

typedef struct size { unsigned tags, roles, purposes; } size;

static size size_of(unsigned rules) {
  return (size){20 + rules / 50, 8 + rules / 500, 8 + rules / 500};
}

static void nodes(edi_buf *b, const char *kind, const char *stem, unsigned count) {
  edi_buf_format(b, "taxonomy %s {", kind);
  for (unsigned i = 0; i < count; i += 8) {
    edi_buf_format(b, "\n  %s%u {", stem, i);
    for (unsigned k = i + 1; k < i + 8; k++) edi_buf_format(b, " %s%u", stem, k);
    edi_buf_text(b, " }");
  }
  edi_buf_text(b, "\n}\n");
}

static void vocabulary(edi_buf *b, unsigned rules) {
  size s = size_of(rules);
  edi_buf_text(b, "module federal.vocabulary\ntaxonomy action { export { download } share }\ntaxonomy domain { sales finance }\n"
                  "taxonomy region { eu { de fr } us }\ntaxonomy tag { geo.country: region time.collected: timestamp }\n"
                  "levels classification { public < internal < confidential < restricted }\n"
                  "attributes subject { roles: set<role> regions: set<region> clearance?: classification age?: int }\n"
                  "attributes dataset { purposes?: set<purpose> from \"customProperties.purposes\" }\n"
                  "issuer host\nkey contact joinable within federation\n"
                  "domains may state classification, dataset.purposes, geo.country, time.collected");
  for (unsigned i = 0; i < s.tags; i += 8) edi_buf_format(b, ", t%u", i);
  edi_buf_text(b, "\n");
  nodes(b, "tag", "t", s.tags);
  nodes(b, "role", "r", s.roles);
  nodes(b, "purpose", "p", s.purposes);
}

static const char *const levels[] = {"public", "internal", "confidential", "restricted"};

static void target(edi_buf *b, size s) {
  unsigned tag = below(s.tags);
  if (below(3)) edi_buf_format(b, "  on dataset holding t%u\n", tag);
  else edi_buf_format(b, "  on dataset holding t%u and dataset classified <= %s\n", tag, levels[below(4)]);
}

static void rule(edi_buf *b, unsigned number, size s) {
  edi_buf_format(b, "rule r%u\n", number);
  unsigned kind = below(100);
  if (kind < 35) {
    edi_buf_text(b, below(2) ? "  permit read\n" : "  permit export\n");
    target(b, s);
    edi_buf_format(b, "  when subject.roles has r%u and purpose is p%u\n", below(s.roles), below(s.purposes));
  } else if (kind < 55) {
    edi_buf_text(b, below(2) ? "  forbid access\n" : "  forbid share\n");
    target(b, s);
    edi_buf_format(b, "  unless purpose in dataset.purposes or subject.roles has r%u\n", below(s.roles));
  } else if (kind < 80) {
    unsigned tag = below(s.tags); /* those of one tree are masked in one way, as an author would */
    edi_buf_format(b, "  mask column tagged t%u\n    with %s if subject.roles has r%u\n    with null otherwise\n", tag,
                   tag / 8 % 2 ? "show-last(4)" : "pseudonym(contact)", below(s.roles));
    target(b, s);
  } else if (kind < 90) {
    edi_buf_text(b, "  show only rows\n");
    target(b, s);
    edi_buf_text(b, "  where row[geo.country] in subject.regions\n");
  } else if (kind < 96) {
    edi_buf_format(b, "  retain at most %u months after row[time.collected] then erase\n", 6 + below(60));
    target(b, s);
  } else {
    edi_buf_format(b, "  forbid read\n  on dataset named \"set-%u-*\"\n  when subject.age < %u\n", below(1000), 14 + below(8));
  }
  edi_buf_format(b, "  because \"Standard %u, section %u\"\n\n", number % 97, number);
}

/* ---- measuring ---- */

static double cpu_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

typedef struct times { double check, analyse, build; size_t bytes, warnings, left, source; } times;

static times measure(const edi_project_text *files, size_t count) {
  times t = {0};
  edi_arena arena, work;
  edi_project *project;
  edi_build build;
  edi_analysis analysis;
  edi_buf bundle;
  const edict_analysis_options options = {.size = sizeof options, .now = INT64_MIN};
  edict_diagnostics *d = edict_diagnostics_create();
  edi_arena_init(&arena, NULL, (size_t)1 << 32);
  edi_arena_init(&work, NULL, (size_t)1 << 32);
  edi_buf_init(&bundle, NULL, EDI_LIMIT_BUNDLE_FILE);
  double begin = cpu_ms();
  edict_status status = edi_project_from_memory(&arena, files, count, &project, d);
  if (status == EDICT_OK) status = edi_build_check(&arena, project, (edi_str){0}, &build, d);
  double checked = cpu_ms();
  if (status == EDICT_OK) status = edi_analysis_run(&analysis, &arena, &work, &build, &options);
  double analysed = cpu_ms();
  edi_arena_fini(&work);
  if (status == EDICT_OK) status = edi_build_bundle(&build, &bundle, d);
  t.build = cpu_ms() - analysed;
  t.check = checked - begin;
  t.analyse = analysed - checked;
  t.bytes = bundle.len;
  t.warnings = analysis.warning_count;
  t.left = analysis.left;
  if (status != EDICT_OK) {
    char *text;
    size_t length;
    if (edict_diagnostics_render(d, EDICT_RENDERING_TEXT, &text, &length) == EDICT_OK) fprintf(stderr, "%s\n", text);
    fprintf(stderr, "status %d\n", (int)status);
    exit(1);
  }
  edi_buf_fini(&bundle);
  edict_diagnostics_destroy(&d);
  edi_arena_fini(&arena);
  return t;
}

static char names[FILES_MOST][32];
static edi_project_text files[FILES_MOST + 2];

static size_t make_project(unsigned rules) {
  static edi_buf texts[FILES_MOST];
  size_t count = 0;
  edi_buf words;
  size s = size_of(rules);
  edi_buf_init(&words, NULL, 1 << 24);
  vocabulary(&words, rules);
  files[count++] = (edi_project_text){"edict.yaml", edi_str_from(yaml)};
  files[count++] = (edi_project_text){"vocabulary.edict", {words.ptr, words.len}};
  for (unsigned i = 0; i < rules; i++) {
    unsigned file = i / RULES_A_FILE;
    if (i % RULES_A_FILE == 0) {
      edi_buf_init(&texts[file], NULL, 1 << 22);
      edi_buf_format(&texts[file], "module federal.m%u\n\n", file);
    }
    rule(&texts[file], i, s);
    if (i % RULES_A_FILE == RULES_A_FILE - 1 || i + 1 == rules) {
      snprintf(names[file], sizeof names[file], "m%04u.edict", file);
      files[count++] = (edi_project_text){names[file], {texts[file].ptr, texts[file].len}};
    }
  }
  return count;
}

static void write_project(const char *folder, size_t count) {
  char path[4096];
  for (size_t i = 0; i < count; i++) {
    snprintf(path, sizeof path, "%s/%s", folder, files[i].path);
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(files[i].text.ptr, 1, files[i].text.len, f) != files[i].text.len || fclose(f) != 0) abort();
  }
}

/* ---- the command ---- */

typedef struct spent { double wall, cpu, mib; } spent;

static double wall_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double ms_of(struct timeval t) { return (double)t.tv_sec * 1e3 + (double)t.tv_usec / 1e3; }

static spent run(const char *command, char *const *arguments) {
  struct rusage usage;
  int status = 0;
  double begin = wall_ms();
  fflush(NULL);
  pid_t child = fork();
  if (child == 0) {
    if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr)) _exit(126);
    execv(command, arguments);
    _exit(127);
  }
  if (child < 0 || wait4(child, &status, 0, &usage) < 0 || status != 0) abort();
  return (spent){wall_ms() - begin, ms_of(usage.ru_utime) + ms_of(usage.ru_stime), (double)usage.ru_maxrss / 1024};
}

static spent fastest(const char *command, char *const *arguments, unsigned rounds) {
  spent best = run(command, arguments);
  for (unsigned i = 1; i < rounds; i++) {
    spent one = run(command, arguments);
    if (one.wall < best.wall) best = one;
  }
  return best;
}

static void run_command(unsigned rules) {
  const char *tmp = getenv("TMPDIR"), *build = getenv("EDICT_BUILD");
  char folder[1024], path[2048], out[2048], command[2048];
  snprintf(folder, sizeof folder, "%s/check_bench.XXXXXX", tmp ? tmp : "/tmp");
  if (!mkdtemp(folder)) abort();
  size_t count = make_project(rules);
  write_project(folder, count);
  snprintf(path, sizeof path, "%s/edict.yaml", folder);
  snprintf(out, sizeof out, "%s/out.edb", folder);
  snprintf(command, sizeof command, "%s/edict", build ? build : "build");
  char edict[] = "edict", check_verb[] = "check", build_verb[] = "build", out_option[] = "--out";
  char *check[] = {edict, check_verb, path, NULL}, *bundle[] = {edict, build_verb, path, out_option, out, NULL};
  unsigned rounds = rules < 10000 ? 9 : 3;
  spent c = fastest(command, check, rounds), b = fastest(command, bundle, rounds);
  printf("%7u rules              edict check %8.0f ms, %8.0f of processors, %6.1f MiB   edict build %8.0f ms, %8.0f, %6.1f MiB\n", rules, c.wall, c.cpu,
         c.mib, b.wall, b.cpu, b.mib);
  for (size_t i = 0; i < count; i++) {
    snprintf(path, sizeof path, "%s/%s", folder, files[i].path);
    unlink(path);
  }
  unlink(out);
  rmdir(folder);
}

static void run_size(unsigned rules) {
  size_t count = make_project(rules);
  times best = {0};
  for (unsigned run = 0; run < (rules < 10000 ? 9 : 3); run++) {
    times t = measure(files, count);
    if (run == 0 || t.check + t.analyse + t.build < best.check + best.analyse + best.build) best = t;
  }
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  size_t source = 0;
  for (size_t i = 0; i < count; i++) source += files[i].text.len;
  printf("%7u rules %8.1f KiB  check %8.2f ms  analysis %8.2f ms  build %8.2f ms  bundle %8.1f KiB  peak %6.1f MiB  %zu warnings, %zu left\n", rules,
         (double)source / 1024, best.check, best.analyse, best.build, (double)best.bytes / 1024, (double)usage.ru_maxrss / 1024, best.warnings, best.left);
}

int main(int argc, char **argv) {
  static const unsigned sizes[] = {100, 1000, 10000, 100000};
  if (argc > 2) {
    write_project(argv[2], make_project((unsigned)strtoul(argv[1], NULL, 10)));
    return 0;
  }
  if (argc > 1) {
    run_size((unsigned)strtoul(argv[1], NULL, 10));
    run_command((unsigned)strtoul(argv[1], NULL, 10));
    return 0;
  }
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
      run_size(sizes[i]);
      run_command(sizes[i]);
      fflush(stdout);
      _exit(0);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) < 0 || status != 0) return 1;
  }
  return 0;
}
