/* Replay inputs: a main for the fuzz harnesses that needs no fuzzing engine.
 *
 * In: the folders named as arguments, or tests/hostile/<door> for a program named <door>_fuzz. Every
 * file there (but expected.tsv) goes through LLVMFuzzerTestOneInput as it is, then truncated, with
 * flipped bits and with overwritten runs: the same mutations at every run and on every machine.
 * Out: the summary line that tests/run adds up; one test is one file. A harness that crashes, aborts
 * or takes longer than INPUT_SECONDS dies with the file and the mutation named on standard error.
 * Mutations stop after BUDGET_SECONDS, and the output says how many were left. */
#include <dirent.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { INPUT_SECONDS = 20, BUDGET_SECONDS = 4, MUTATIONS = 6000, PER_FILE_MAX = 400, FILES_MAX = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv);

static char *files[FILES_MAX];
static size_t file_count;
static int failed_files;
/* What is being run, for the signal handler. */
static char where[512];
static size_t where_length;

static void die_with_place(int signal_number) {
  ssize_t ignored = write(STDERR_FILENO, where, where_length);
  (void)ignored;
  signal(signal_number, SIG_DFL);
  raise(signal_number);
}

static void note_place(const char *file, const char *how, unsigned long number) {
  int n = snprintf(where, sizeof where, "replay: died on %s, %s %lu\n", file, how, number);
  where_length = n < 0 ? 0 : (size_t)n < sizeof where ? (size_t)n : sizeof where - 1;
}

static uint64_t next_random(uint64_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return *state;
}

static uint64_t seed_of(const uint8_t *data, size_t size) {
  uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a */
  for (size_t i = 0; i < size; i++) hash = (hash ^ data[i]) * 0x100000001b3u;
  return hash ? hash : 1;
}

static double seconds_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The bytes go into a block of exactly their size, so that a sanitizer sees a read past the end. */
static bool run_input(const uint8_t *data, size_t size) {
  uint8_t *copy = malloc(size ? size : 1);
  if (!copy) {
    fputs("replay: out of memory\n", stderr);
    exit(2);
  }
  memcpy(copy, data, size);
  alarm(INPUT_SECONDS);
  int result = LLVMFuzzerTestOneInput(copy, size);
  alarm(0);
  free(copy);
  return result == 0 || result == -1;
}

/* Changes data in place and returns the new size, never above the old one. */
static size_t mutate(uint8_t *data, size_t size, uint64_t *state) {
  static const uint8_t edges[] = {0x00, 0x01, 0x7f, 0x80, 0xff, '"', '\\', '\n', '{', '}', '.'};
  if (size == 0) return 0;
  switch (next_random(state) % 4) {
    case 0: return next_random(state) % size;
    case 1: {
      uint64_t flips = 1 + next_random(state) % 8;
      while (flips--) data[next_random(state) % size] ^= (uint8_t)(1u << (next_random(state) % 8));
      return size;
    }
    case 2: {
      size_t start = next_random(state) % size, length = 1 + next_random(state) % 8;
      uint8_t byte = edges[next_random(state) % sizeof edges];
      for (size_t i = start; i < size && i < start + length; i++) data[i] = byte;
      return size;
    }
    default: {
      size_t length = 1 + next_random(state) % (size < 64 ? size : 64);
      size_t from = next_random(state) % (size - length + 1), to = next_random(state) % (size - length + 1);
      memmove(data + to, data + from, length);
      return size;
    }
  }
}

static uint8_t *read_file(const char *path, size_t *size) {
  FILE *in = fopen(path, "rb");
  uint8_t *data = NULL;
  if (in && fseek(in, 0, SEEK_END) == 0) {
    long end = ftell(in);
    rewind(in);
    data = end < 0 ? NULL : malloc((size_t)end + 1);
    *size = data ? fread(data, 1, (size_t)end, in) : 0;
    if (data && (long)*size != end) {
      free(data);
      data = NULL;
    }
  }
  if (in) fclose(in);
  return data;
}

static int by_name(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool collect(const char *folder) {
  DIR *dir = opendir(folder);
  if (!dir) return false;
  for (struct dirent *entry; (entry = readdir(dir));) {
    if (entry->d_name[0] == '.' || strcmp(entry->d_name, "expected.tsv") == 0) continue;
    size_t length = strlen(folder) + strlen(entry->d_name) + 2;
    char *path = malloc(length);
    struct stat about;
    if (!path) exit(2);
    snprintf(path, length, "%s/%s", folder, entry->d_name);
    if (stat(path, &about) == 0 && S_ISREG(about.st_mode) && file_count < FILES_MAX) files[file_count++] = path;
    else free(path);
  }
  closedir(dir);
  return true;
}

/* tests/hostile/<door> for .../<door>_fuzz. */
static bool collect_own_door(const char *program) {
  const char *slash = strrchr(program, '/'), *name = slash ? slash + 1 : program;
  char folder[256];
  size_t length = strlen(name), suffix = strlen("_fuzz");
  if (length <= suffix || strcmp(name + length - suffix, "_fuzz") != 0) return false;
  snprintf(folder, sizeof folder, "tests/hostile/%.*s", (int)(length - suffix), name);
  if (collect(folder)) return true;
  fprintf(stderr, "replay: there is no folder %s\n", folder);
  return false;
}

/* Runs the file as it is and up to `mutations` variations of it; returns how many of those ran. */
static unsigned long replay_file(const char *path, unsigned long mutations, double deadline) {
  size_t size = 0;
  uint8_t *data = read_file(path, &size), *changed = data ? malloc(size + 1) : NULL;
  if (!changed) {
    printf("# cannot read %s\nnot ok %s\n", path, path);
    failed_files++;
    free(data);
    return 0;
  }
  note_place(path, "as it is", 0);
  bool good = run_input(data, size);
  uint64_t state = seed_of(data, size);
  unsigned long done = 0;
  for (; done < mutations && good && seconds_now() < deadline; done++) {
    memcpy(changed, data, size);
    size_t changed_size = mutate(changed, size, &state);
    note_place(path, "mutation", done);
    good = run_input(changed, changed_size);
  }
  if (!good) {
    printf("# the harness refused its contract (result not 0 or -1): %.*s", (int)where_length, where);
    failed_files++;
  }
  printf("%s %s\n", good ? "ok" : "not ok", path);
  free(data);
  free(changed);
  return done;
}

int main(int argc, char **argv) {
  const int signals[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGALRM};
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) signal(signals[i], die_with_place);
  bool found = argc > 1 || collect_own_door(argv[0]);
  for (int i = 1; i < argc; i++)
    if (!collect(argv[i])) {
      fprintf(stderr, "replay: cannot open folder %s\n", argv[i]);
      found = false;
    }
  if (!found || file_count == 0) {
    fputs("replay: no inputs\n", stderr);
    return 2;
  }
  if (LLVMFuzzerInitialize) LLVMFuzzerInitialize(&argc, &argv);
  qsort(files, file_count, sizeof *files, by_name);
  unsigned long share = MUTATIONS / file_count + 1, done = 0, wanted = 0;
  if (share > PER_FILE_MAX) share = PER_FILE_MAX;
  double deadline = seconds_now() + BUDGET_SECONDS;
  for (size_t i = 0; i < file_count; i++) {
    done += replay_file(files[i], share, deadline);
    wanted += share;
    free(files[i]);
  }
  printf("# %lu of %lu mutations ran\n", done, wanted);
  printf("# passed %zu failed %d skipped 0\n", file_count - (size_t)failed_files, failed_files);
  return failed_files != 0;
}
