/* Hostile: see the header. */
#include "support/hostile.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "edict/status.h"

char *hostile_read(const char *path, size_t *length) {
  FILE *file = fopen(path, "rb");
  char *bytes = NULL;
  if (file && fseek(file, 0, SEEK_END) == 0) {
    long size = ftell(file);
    rewind(file);
    bytes = size < 0 ? NULL : malloc(size ? (size_t)size : 1);
    *length = bytes ? fread(bytes, 1, (size_t)size, file) : 0;
    if (bytes && *length != (size_t)size) {
      free(bytes);
      bytes = NULL;
    }
  }
  if (file) fclose(file);
  return bytes;
}

static bool found(const edict_diagnostics *findings, edict_status status, const char *expected) {
  if (strcmp(expected, "OK") == 0)
    return status == EDICT_OK && edict_diagnostics_errors(findings) == 0;
  if (status == EDICT_OK) return false;
  if (strcmp(expected, edict_status_name(status)) == 0) return true;
  for (size_t i = 0; i < edict_diagnostics_count(findings); i++)
    if (strcmp(edict_diagnostics_code(findings, i), expected) == 0) return true;
  return false;
}

static bool run_one(const char *folder, const char *name, const char *expected,
                    hostile_door *door) {
  char path[512];
  size_t length = 0;
  snprintf(path, sizeof path, "%s/%s", folder, name);
  char *bytes = hostile_read(path, &length);
  edict_diagnostics *findings = edict_diagnostics_create();
  if (!bytes || !findings) {
    printf("# %s: cannot be read\n", path);
    free(bytes);
    edict_diagnostics_destroy(&findings);
    return false;
  }
  edict_status status = door(name, bytes, length, findings);
  bool good = found(findings, status, expected);
  if (!good) {
    printf("# %s: expected %s, got %s with", path, expected, edict_status_name(status));
    for (size_t i = 0; i < edict_diagnostics_count(findings) && i < 5; i++)
      printf(" %s (%s)", edict_diagnostics_code(findings, i),
             edict_diagnostics_message(findings, i));
    putchar('\n');
  }
  edict_diagnostics_destroy(&findings);
  free(bytes);
  return good;
}

/* Whether the manifest has a line for `name`. */
static bool is_listed(const char *manifest, const char *name) {
  size_t length = strlen(name);
  for (const char *line = manifest; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
    if (strncmp(line, name, length) == 0 && line[length] == '\t') return true;
  return false;
}

static size_t count_unlisted(const char *folder, const char *manifest) {
  DIR *dir = opendir(folder);
  size_t unlisted = 0;
  if (!dir) return 1;
  for (struct dirent *entry; (entry = readdir(dir));) {
    if (entry->d_name[0] == '.' || strcmp(entry->d_name, "expected.tsv") == 0 ||
        strcmp(entry->d_name, "README.md") == 0)
      continue;
    if (is_listed(manifest, entry->d_name)) continue;
    printf("# %s/%s has no line in expected.tsv\n", folder, entry->d_name);
    unlisted++;
  }
  closedir(dir);
  return unlisted;
}

size_t hostile_run(const char *folder, hostile_door *door, size_t *total) {
  char path[512];
  size_t length = 0, bad = 0;
  *total = 0;
  snprintf(path, sizeof path, "%s/expected.tsv", folder);
  char *bytes = hostile_read(path, &length), *manifest = bytes ? realloc(bytes, length + 1) : NULL;
  if (!manifest) {
    printf("# cannot read %s\n", path);
    free(bytes);
    return 1;
  }
  manifest[length] = 0;
  bad += count_unlisted(folder, manifest);
  for (char *line = manifest, *next; *line; line = next) {
    char *end = strchr(line, '\n');
    next = end ? end + 1 : line + strlen(line);
    if (end) *end = 0;
    if (*line == 0 || *line == '#') continue;
    char *code = strchr(line, '\t'), *why = code ? strchr(code + 1, '\t') : NULL;
    if (!why) {
      printf("# %s: a line is not NAME, CODE, WHY with tabs between\n", path);
      bad++;
      continue;
    }
    *code = *why = 0;
    (*total)++;
    bad += !run_one(folder, line, code + 1, door);
  }
  free(manifest);
  return bad;
}
