/* Editor: a project as an editor sees it: texts that are not saved, what is named where, what could be
 * written here (libedict-policy).
 *
 * Files are numbered from 0 up to edict_editor_file_count, anew with each check; places are offsets in
 * bytes. Texts that a call gives end in a NUL and are valid until the next check, those of outlines until the
 * next outline or completion. One thread at a time.
 * Since 0.1. */
#ifndef EDICT_EDITOR_H
#define EDICT_EDITOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "edict/policy.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct edict_editor edict_editor;

/* The project of the edict.yaml at `path`. Nothing is read yet. EDICT_MEMORY, EDICT_ARGUMENT. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_editor_create(const char *path, edict_editor **editor);
EDICT_EXPORT void edict_editor_destroy(edict_editor **editor);

/* From the next check on, the file at `path` (in the folder of edict.yaml, written with the same
 * beginning) has this text, which is copied, whether it is on disk or not; NULL: what is on disk. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_editor_set_text(edict_editor *editor, const char *path,
                                                                const char *text, size_t length);

/* Reads and checks everything anew. The list is cleared first. After EDICT_FINDINGS, what could be
 * understood can be asked about all the same; after any other status nothing can. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_editor_check(edict_editor *editor, edict_diagnostics *diagnostics);
/* The project, to be built or tested, after a check that found nothing; else NULL. */
EDICT_EXPORT const edict_project *edict_editor_project(const edict_editor *editor);

/* After a check that found nothing: adds what is wrong in the data of the project's tables. Data that has not changed since
 * nothing was found in it is not read again. `most`: bytes of other data that are; EDICT_LIMIT: some of it was left out. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_editor_check_tables(edict_editor *editor, size_t most, edict_diagnostics *diagnostics);

typedef struct edict_editor_file {
  const char *path; /* as it can be opened */
  const char *name; /* as findings name it */
  const char *text;
  size_t length;
  bool rules; /* a rule file; else a contract, edict.yaml or the data of a table */
} edict_editor_file;
EDICT_EXPORT size_t edict_editor_file_count(const edict_editor *editor);
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_editor_file_at(const edict_editor *editor, size_t index,
                                                               edict_editor_file *file);

/* ---- symbols ---- */

#define EDICT_EDITOR_NOWHERE SIZE_MAX

/* Something that has a name: a node, a level, an attribute, a rule, ... */
typedef struct edict_symbol {
  uint32_t id;           /* until the next check */
  const char *kind;      /* "tag", "role" (the taxonomy of a node), "level", "attribute", "rule", ... */
  const char *name;      /* bare: "pii.email", "roles" */
  const char *qualified; /* distinct within its kind: "tag.pii.email", "subject.roles" */
  const char *signature; /* how it is declared, in one line: "subject.roles: set<role>" */
  const char *title;     /* its title or its `because`; NULL: none */
  const char *see;       /* of a rule; NULL: none */
  size_t file;           /* that declares it; EDICT_EDITOR_NOWHERE: built in, or of the federal bundle */
  size_t begin, end;     /* of its name there */
} edict_symbol;
typedef struct edict_reference { size_t file, begin, end; bool declares; } edict_reference;

/* The symbol that is named at a place, and where its name stands there. EDICT_NOT_FOUND: none. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_editor_symbol_at(edict_editor *editor, size_t file, size_t offset,
                                                                 edict_symbol *symbol, edict_reference *here);
/* The symbol of that kind and qualified name, as another project's editor calls it. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_editor_symbol_named(edict_editor *editor, const char *kind,
                                                                    const char *qualified, edict_symbol *symbol);
/* Symbols `index` 0, 1, ... in no order; EDICT_NOT_FOUND past the last. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_editor_symbol(edict_editor *editor, size_t index, edict_symbol *symbol);
/* Where symbol `id` is named in the project's files, its declaration and the data of tables among them. Returns how many places
 * there are; `capacity` bounds what is written. */
EDICT_EXPORT size_t edict_editor_references(const edict_editor *editor, uint32_t id, edict_reference *places,
                                            size_t capacity);
/* Why symbol `id` cannot be called `name`; NULL: it can. */
EDICT_EXPORT const char *edict_editor_rename_trouble(edict_editor *editor, uint32_t id, const char *name);

/* What is known of the contract column at a place (its name in a contract, `row.NAME` in a rule), one dataset a line, and
 * where the name stands; NULL: none is there. Such columns are no symbols: their names are the data's. */
EDICT_EXPORT const char *edict_editor_column_at(edict_editor *editor, size_t file, size_t offset, edict_reference *here);

/* ---- outline ---- */
typedef struct edict_outline {
  const char *kind; /* the word that begins the declaration: "rule", "taxonomy" */
  const char *name; /* what it is called; a test's title; a fact's list is called by its words */
  size_t begin, end, name_begin, name_end;
} edict_outline;
/* The declarations of a rule file, in order; returns how many there are. */
EDICT_EXPORT size_t edict_editor_outline(edict_editor *editor, size_t file, edict_outline *items, size_t capacity);

/* ---- completion ---- */
typedef struct edict_completion {
  const char *text;   /* to be written in place of the word at the cursor */
  const char *kind;   /* "word", or what a symbol's is */
  const char *detail; /* a type or a title, or "" */
} edict_completion;
/* Offers what could be written at a place, given its text now (which need not parse); *begin becomes
 * where the word at the cursor begins. `offer` is called for each; texts are valid during the call. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_editor_complete(edict_editor *editor, size_t file, size_t offset,
                                                                void (*offer)(void *user, const edict_completion *one),
                                                                void *user, size_t *begin);

#ifdef __cplusplus
}
#endif
#endif
