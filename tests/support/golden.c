/* Golden: see the header. */
#include "support/golden.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool update(const char *path, const char *text, size_t length) {
  FILE *file = fopen(path, "wb");
  bool good = file && fwrite(text, 1, length, file) == length;
  if (file && fclose(file) != 0) good = false;
  printf("# %s %s\n", good ? "wrote" : "cannot write", path);
  return good;
}

static void print_line(const char *what, size_t number, const char *text, size_t length,
                       size_t begin) {
  size_t end = begin;
  while (end < length && text[end] != '\n') end++;
  printf("# %s line %zu: %.*s\n", what, number, (int)(end - begin), text + begin);
}

bool golden_matches(const char *path, const char *text, size_t length) {
  const char *wanted = getenv("GOLDEN_UPDATE");
  if (wanted && *wanted == '1') return update(path, text, length);
  FILE *file = fopen(path, "rb");
  if (!file) {
    printf("# cannot open %s\n", path);
    return false;
  }
  char *expected = malloc(length + 2);
  size_t size = expected ? fread(expected, 1, length + 1, file) : 0;
  fclose(file);
  size_t at = 0, line = 1, begin = 0;
  while (at < size && at < length && expected[at] == text[at])
    if (text[at++] == '\n') {
      line++;
      begin = at;
    }
  bool same = expected && at == size && at == length;
  if (!same && expected) {
    printf("# %s differs\n", path);
    print_line("expected", line, expected, size, begin);
    print_line("got     ", line, text, length, begin);
  }
  free(expected);
  return same;
}

size_t golden_each(const char *folder, const char *ending, void (*each)(const char *name)) {
  DIR *dir = opendir(folder);
  size_t count = 0, end = strlen(ending);
  for (struct dirent *entry; dir && (entry = readdir(dir));) {
    size_t length = strlen(entry->d_name);
    if (length <= end || strcmp(entry->d_name + length - end, ending) != 0) continue;
    each(entry->d_name);
    count++;
  }
  if (dir) closedir(dir);
  return count;
}
