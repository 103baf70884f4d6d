/* Language server: what the files lsp*.c share; private to them.
 *
 *   lsp_frame.c    bytes into messages
 *   lsp.c          messages into calls: life, errors, cancelling
 *   lsp_place.c    offsets and positions, paths and URIs
 *   lsp_sync.c     documents and projects; findings published
 *   lsp_names.c    hover, definition, references, rename, symbols
 *   lsp_write.c    completion, formatting, code actions
 *   lsp_lens.c     tests run, and what became of them
 *
 * Every json_t that a function returns belongs to its caller; NULL answers `null`. */
#ifndef EDICT_LSP_SERVER_H
#define EDICT_LSP_SERVER_H

#include <jansson.h>
#include <stdbool.h>

#include "edict/editor.h"
#include "edict/file.h"
#include "workbench/lsp.h"

enum {
  LSP_PATH_MOST = 4096,
  LSP_PROJECTS_MOST = 64,
  LSP_ROOTS_MOST = 16,
  LSP_DOCUMENTS_MOST = 1024,
  LSP_TEXT_MOST = 8 * 1024 * 1024,   /* bytes of one document */
  LSP_PLACES_MOST = 65536,           /* references of one symbol in one project */
  LSP_OUTLINE_MOST = 65536,
  LSP_SHOWN_MOST = 1000,             /* findings that are published of one file */
};

typedef enum lsp_error {
  LSP_PARSE_ERROR = -32700,
  LSP_INVALID_REQUEST = -32600,
  LSP_NO_METHOD = -32601,
  LSP_INVALID_PARAMS = -32602,
  LSP_INTERNAL = -32603,
  LSP_NOT_INITIALIZED = -32002,
  LSP_REQUEST_FAILED = -32803,
  LSP_CANCELLED = -32800,
} lsp_error;

typedef struct lsp_project {
  char path[LSP_PATH_MOST]; /* of edict.yaml */
  edict_editor *editor;
  edict_diagnostics *findings;
  size_t data_errors; /* of the findings, those in the data of tables */
  json_t *items;     /* the findings, as JSON */
  json_t *published; /* URIs that have some */
  json_t *tests;     /* "file:line" -> "" if it passes, else what failed; NULL: not run since the last check */
  bool dirty;        /* something changed since the last check */
  bool typed;        /* and that was typing: not opened, saved or changed on disk */
} lsp_project;

typedef enum lsp_state { LSP_STARTED, LSP_RUNNING, LSP_SHUT_DOWN } lsp_state;

struct lsp_server {
  lsp_host host;
  char *buffer;
  size_t length;     /* bytes in the buffer */
  size_t begin;      /* of them, what is dealt with */
  size_t skip;       /* bytes to come of a message that is too large */
  bool garbled;      /* what came was no header, and that has been said */
  lsp_state state;
  int exit_code;     /* -1: no exit yet */
  bool utf8;         /* positions count bytes, not UTF-16 units */
  bool markdown;     /* hovers may be Markdown */
  bool watches;      /* the client watches files if it is asked to */
  char roots[LSP_ROOTS_MOST][LSP_PATH_MOST]; /* the workspace's folders */
  size_t root_count;
  json_t *documents; /* URI -> { path, text, version } */
  lsp_project projects[LSP_PROJECTS_MOST];
  size_t project_count;
  /* ---- of the request at hand ---- */
  lsp_error error;
  const char *message; /* NULL: no error */
};

/* ---- lsp_frame.c ---- */
/* The next complete message in the buffer; NULL: none. *length 0 with a message: it was refused, which
 * has been answered. */
const char *lsp_frame_next(lsp_server *server, size_t *length);
/* Adds as much as fits; returns how much that is. */
size_t lsp_frame_add(lsp_server *server, const char *bytes, size_t length);

/* ---- lsp.c ---- */
void lsp_send(lsp_server *server, json_t *message); /* takes it */
void lsp_notify(lsp_server *server, const char *method, json_t *params); /* takes them */
void lsp_answer_error(lsp_server *server, const json_t *id, lsp_error error, const char *message);
/* For handlers: the request fails with this; returns NULL. */
json_t *lsp_fail(lsp_server *server, lsp_error error, const char *message);
void lsp_log(lsp_server *server, const char *text);

/* ---- lsp_place.c ---- */
/* A place in a text that only moves on: asking in order costs one walk. */
typedef struct lsp_walk { const char *text; size_t length, at, line_begin; size_t line; } lsp_walk;
json_t *lsp_position(const lsp_server *server, lsp_walk *walk, size_t offset);
json_t *lsp_range(const lsp_server *server, lsp_walk *walk, size_t begin, size_t end);
/* The offset of an LSP position, within the text whatever it says; SIZE_MAX: no position. */
size_t lsp_offset(const lsp_server *server, const json_t *position, const char *text, size_t length);
/* Offset of a finding's line and column, from 1, in code points. */
size_t lsp_locate(lsp_walk *walk, json_int_t line, json_int_t column);
bool lsp_path_of(const char *uri, char path[LSP_PATH_MOST]); /* false: no file */
json_t *lsp_uri_of(const char *path);
const char *lsp_text(const json_t *object, const char *key); /* a string member; NULL: none */

/* ---- lsp_sync.c ---- */
/* Folders come and go: their URIs. */
void lsp_add_root(lsp_server *server, const char *uri);
void lsp_remove_root(lsp_server *server, const char *uri);
void lsp_find_projects(lsp_server *server);
void lsp_did_open(lsp_server *server, const json_t *params);
void lsp_did_change(lsp_server *server, const json_t *params);
void lsp_did_close(lsp_server *server, const json_t *params);
void lsp_did_change_files(lsp_server *server, const json_t *params);
void lsp_check_all(lsp_server *server); /* those that are dirty, and publishes */
void lsp_drop_all(lsp_server *server);
/* Where a request points: the project, the file of its editor, and the offset. */
typedef struct lsp_spot {
  lsp_project *project;
  size_t file, offset;
  edict_editor_file text;
} lsp_spot;
/* By `textDocument` and, if it is there, `position`. False: the file is of no project, which is no error. */
bool lsp_spot_of(lsp_server *server, const json_t *params, lsp_spot *spot);
/* The text of a document that is open, or on disk through a project; NULL: unknown. */
const char *lsp_document_text(lsp_server *server, const char *uri, size_t *length);
/* The file of a project's editor by its path or, if `by_name`, by the name in findings; SIZE_MAX: none. */
size_t lsp_project_file(const lsp_project *project, const char *text, bool by_name, edict_editor_file *file);

/* ---- the requests ---- */
json_t *lsp_hover(lsp_server *server, const json_t *params);
json_t *lsp_definition(lsp_server *server, const json_t *params);
json_t *lsp_references(lsp_server *server, const json_t *params);
json_t *lsp_prepare_rename(lsp_server *server, const json_t *params);
json_t *lsp_rename(lsp_server *server, const json_t *params);
json_t *lsp_document_symbols(lsp_server *server, const json_t *params);
json_t *lsp_workspace_symbols(lsp_server *server, const json_t *params);
json_t *lsp_complete(lsp_server *server, const json_t *params);
json_t *lsp_format(lsp_server *server, const json_t *params);
json_t *lsp_code_actions(lsp_server *server, const json_t *params);
json_t *lsp_code_lenses(lsp_server *server, const json_t *params);
json_t *lsp_execute(lsp_server *server, const json_t *params);

#endif
