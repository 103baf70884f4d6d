/* Rebuild: whether a bundle is what its own sources give.
 *
 * In: a bundle, and for a domain the federal bundle that it was built on. The sources that it carries are built as
 * a project of their own, in memory, and the manifest that comes out must be the one that was signed: with it each
 * file is, since it holds their digests. So an auditor who has read the sources knows the program. */
#include "policy/rebuild.h"

#include "edict/policy.h"

#define ARENA_REBUILD ((size_t)1 << 31)

static edict_status fail(edict_diagnostics *d, edict_status status, edi_code code, const char *what) {
  edi_diagnostics_add(d, code, EDI_SPAN_NONE, "", "%s", what);
  return status;
}

/* ---- the sources ---- */

/* The path that a file had in its project; false for what is no source. */
static bool source_path(edi_str name, edi_str *path) {
  static const char *const folders[] = {"rules/", "contracts/", "keys/"};
  *path = name;
  if (edi_str_equal(name, EDI_STR("edict.yaml"))) return true;
  for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
    edi_str folder = edi_str_from(folders[i]);
    if (!edi_str_starts(name, folder)) continue;
    *path = (edi_str){name.ptr + folder.len, name.len - folder.len};
    return true;
  }
  return false;
}

static edict_status add(edi_arena *arena, edi_project_text *files, size_t *count, size_t at, edi_str path, edi_str text) {
  const char *copy = edi_arena_copy(arena, path.ptr, path.len);
  if (!copy) return edi_arena_status(arena);
  files[at] = (edi_project_text){copy, text};
  if (at == *count) ++*count;
  return EDICT_OK;
}

/* edict.yaml first; a path that two lists named stands twice, and says the same. */
static edict_status take_sources(edi_arena *arena, const edi_bundle *b, edi_project_text **files, size_t *count,
                                 edict_diagnostics *d) {
  edi_str yaml = edi_bundle_find(b, "edict.yaml"), path;
  *files = EDI_NEW_ARRAY(arena, edi_project_text, b->manifest.file_count + 1);
  *count = 0;
  if (!*files) return edi_arena_status(arena);
  if (!yaml.ptr) return fail(d, EDICT_UNSUPPORTED, EDI_E0851, "the bundle carries no sources that it could be built from");
  edict_status status = add(arena, *files, count, 0, EDI_STR("edict.yaml"), yaml);
  for (size_t i = 0; i < b->manifest.file_count && status == EDICT_OK; i++) {
    const edi_bundle_file *f = &b->files[i];
    if (edi_str_equal(f->name, EDI_STR("edict.yaml")) || !source_path(f->name, &path)) continue;
    status = add(arena, *files, count, *count, path, f->bytes);
  }
  return status;
}

/* ---- comparing ---- */

/* The first file that the two do not have alike; empty if it is the lines above the files. */
static edi_str first_difference(const edi_manifest *a, const edi_manifest *b) {
  for (size_t i = 0; i < a->file_count || i < b->file_count; i++) {
    if (i >= a->file_count) return b->files[i].name;
    if (i >= b->file_count) return a->files[i].name;
    int order = edi_str_compare(a->files[i].name, b->files[i].name);
    if (order) return order < 0 ? a->files[i].name : b->files[i].name;
    if (memcmp(a->files[i].digest, b->files[i].digest, sizeof a->files[i].digest) != 0) return a->files[i].name;
  }
  return (edi_str){NULL, 0};
}

static edict_status compare(const edi_bundle *given, const edi_bundle *built, edict_diagnostics *d) {
  if (edi_str_equal(given->manifest_text, built->manifest_text)) return EDICT_OK;
  edi_str name = first_difference(&given->manifest, &built->manifest);
  edi_finding *f = name.len ? edi_diagnostics_add(d, EDI_E0850, EDI_SPAN_NONE, "", "its sources give another `%.*s` than the bundle carries", EDI_STR_ARG(name))
                            : edi_diagnostics_add(d, EDI_E0850, EDI_SPAN_NONE, "", "its sources give another manifest than the bundle carries");
  if (given->manifest.layer == EDI_BUNDLE_DOMAIN)
    edi_finding_note(f, "a domain is built on one federal bundle: another version of it may give another program");
  return EDICT_FINDINGS;
}

/* What was built, in memory of the arena, at a multiple of 8. */
static edict_status open_built(edi_arena *arena, edi_buf *bytes, edi_bundle *built, edict_diagnostics *d) {
  char *copy = edi_arena_copy(arena, bytes->ptr, bytes->len);
  return copy ? edi_bundle_open(arena, copy, bytes->len, built, d) : edi_arena_status(arena);
}

edict_status edi_rebuild_check(edi_arena *arena, const edi_bundle *given, edi_str federal, edi_build *build, edict_diagnostics *d) {
  edi_project_text *files;
  size_t count;
  edi_project *project;
  edict_status status = take_sources(arena, given, &files, &count, d);
  if (status == EDICT_OK) status = edi_project_from_bundle(arena, files, count, &project, d);
  if (status == EDICT_OK && (project->layer == EDI_BUNDLE_DOMAIN) != (given->manifest.layer == EDI_BUNDLE_DOMAIN))
    status = fail(d, EDICT_FINDINGS, EDI_E0850, "its sources are of another layer than the bundle");
  return status == EDICT_OK ? edi_build_check(arena, project, federal, build, d) : status;
}

edict_status edi_rebuild_compare(edi_arena *arena, const edi_bundle *given, const edi_build *build, edict_diagnostics *d) {
  edi_bundle built;
  edi_buf bytes;
  edi_buf_init(&bytes, NULL, EDI_LIMIT_BUNDLE_FILE + 1);
  edict_status status = edi_build_bundle(build, &bytes, d);
  if (status == EDICT_OK) status = open_built(arena, &bytes, &built, d);
  if (status == EDICT_OK) status = compare(given, &built, d);
  edi_buf_fini(&bytes);
  return status;
}

static edict_status rebuild(edi_arena *arena, const edi_bundle *given, edi_str federal, edict_diagnostics *d) {
  edi_build build;
  edict_status status = edi_rebuild_check(arena, given, federal, &build, d);
  return status == EDICT_OK ? edi_rebuild_compare(arena, given, &build, d) : status;
}

edict_status edict_bundle_rebuild(const void *bundle, size_t length, const void *federal, size_t federal_length,
                                  edict_diagnostics *diagnostics) {
  edi_arena arena;
  edi_bundle given;
  edi_arena_init(&arena, NULL, ARENA_REBUILD);
  edict_status status = edi_bundle_open(&arena, bundle, length, &given, diagnostics);
  if (status == EDICT_OK && given.manifest.layer == EDI_BUNDLE_TABLE)
    status = fail(diagnostics, EDICT_UNSUPPORTED, EDI_E0851, "a table's bundle carries its data, and no sources that it could be built from");
  if (status == EDICT_OK && given.manifest.layer == EDI_BUNDLE_DOMAIN && !federal) status = EDICT_ARGUMENT;
  if (status == EDICT_OK) status = rebuild(&arena, &given, (edi_str){federal, federal_length}, diagnostics);
  edi_arena_fini(&arena);
  return status;
}
