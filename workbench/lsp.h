/* Language server: the Language Server Protocol 3.17 over bytes, without input or output of its own.
 *
 * In: what a client wrote, in pieces of any size. Out: what is to be written to it, through the host.
 * Nothing here reads a clock, an environment or a folder; the host finds projects. Messages are at most
 * LSP_MESSAGE_MOST bytes, whatever their header says. A process has one server. */
#ifndef EDICT_LSP_H
#define EDICT_LSP_H

#include <stddef.h>
#include <stdint.h>

#define LSP_MESSAGE_MOST ((size_t)16 * 1024 * 1024)
/* Bytes of the buffer that messages are collected in: one message, its header, and a little. */
#define LSP_BUFFER_SIZE (LSP_MESSAGE_MOST + 64 * 1024)

typedef struct lsp_host {
  void *user;
  void (*send)(void *user, const char *bytes, size_t length);
  /* Calls `each` for the path of every edict.yaml below the folder `root`. May be NULL. */
  void (*find)(void *user, const char *root, void (*each)(void *to, const char *path), void *to);
  /* The time, microseconds since 1970, for warnings about rules that end; NULL: no clock. */
  int64_t (*now)(void *user);
} lsp_host;

typedef struct lsp_server lsp_server;

/* Begins anew. `buffer` has LSP_BUFFER_SIZE bytes and stays until lsp_close. */
lsp_server *lsp_open(const lsp_host *host, char *buffer);
void lsp_close(lsp_server *server);
/* Takes what came in and answers what is complete. -1: goes on; else the exit code that `exit` asks for. */
int lsp_feed(lsp_server *server, const char *bytes, size_t length);
/* Answers what waits until there is nothing more to read: call it when no input is at hand. */
void lsp_settle(lsp_server *server);

#endif
