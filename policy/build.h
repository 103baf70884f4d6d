/* Build: a project's files become a checked model, and the model a bundle.
 *
 * In: edict.yaml, and for a domain the federal bundle, whose sources are checked along. Out: bytes that
 * depend on these alone: no clock, no environment, no order of a directory. */
#ifndef EDI_BUILD_H
#define EDI_BUILD_H

#include "bundle/bundle.h"
#include "policy/contract_links.h"
#include "policy/project.h"
#include "policy/symbols.h"

typedef struct edi_build {
  edi_arena *arena;
  edict_diagnostics *diagnostics; /* of opening; not used afterwards */
  edi_project *project;
  edi_bundle parent;              /* DOMAIN: the federal bundle */
  edi_model *model;               /* of a project with findings: for editors alone */
  edi_index *index;               /* NULL: none was asked for */
  bool lenient;                   /* as in edi_contract_ast */
  struct edict_links links;       /* foreign keys of its contracts */
} edi_build;

/* Loads, parses and checks everything that `path` names. `parent`: the federal bundle for a domain, in the
 * place of the file that it names; a NULL pointer: that file. It must stay. */
edict_status edi_build_open(const edi_system *system, edi_arena *arena, const char *path, edi_str parent,
                            edi_build *build, edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
/* The same, noting in `index` what refers to what, and leniently or not. */
edict_status edi_build_open_indexed(const edi_system *system, edi_arena *arena, const char *path, edi_str parent,
                                    edi_index *index, bool lenient, edi_build *build,
                                    edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
/* The same for a project that is already loaded; `parent` is the federal bundle's bytes (8-byte
 * aligned) for a domain, empty for the federal layer. */
edict_status edi_build_check(edi_arena *arena, edi_project *project, edi_str parent, edi_build *build,
                             edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
edict_status edi_build_bundle(const edi_build *build, edi_buf *into, edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
/* A release of what is asked at any time, years ahead too. */
void edi_build_timeless(edi_project_release *release);
/* Finds what edi_build_bundle finds, and writes it without the text of its rules, which nobody who evaluates it reads, and
 * timeless. Who loads a federal one verifies its program. */
edict_status edi_build_trial(const edi_build *build, edi_buf *into, edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
/* For analysis. That alone: who loads it verifies it. */
edict_status edi_build_bare(const edi_build *build, edi_buf *into) EDICT_MUST_CHECK;
/* The federal model of a domain's parent, from the sources in its bundle. */
edict_status edi_build_parent_model(const edi_build *build, edi_arena *arena, edi_model **model,
                                    edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
/* A bundle with the files of another and the program of `model`. */
edict_status edi_build_again(edi_arena *arena, const edi_manifest *manifest, const edi_bundle *files, const edi_model *model,
                             edi_buf *into, edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
/* A domain's bundle with the contracts of `model` alone, under the project's federal bundle. */
edict_status edi_build_supposed(edi_arena *arena, const edi_project *project, const edi_model *model,
                                edi_buf *into) EDICT_MUST_CHECK;
/* The table `index` of the project. */
edict_status edi_build_table(const edi_build *build, size_t index, edi_buf *into,
                             edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
/* The same for a table of that name whose CSV is `text`; `path` is its name in messages. */
edict_status edi_build_table_text(const edi_build *build, const edi_project_release *release, edi_str name,
                                  edi_str path, edi_str text, edi_buf *into,
                                  edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

#endif
