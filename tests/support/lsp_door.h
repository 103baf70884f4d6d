/* LSP door: bytes of a client through the language server, with what it answers held to the protocol.
 *
 * The server has no disk: a small project is open in it, as documents that were never saved. */
#ifndef LSP_DOOR_H
#define LSP_DOOR_H

#include <stdbool.h>

#include "edict/diagnostics.h"

/* Feeds the bytes, in pieces of at most `piece`, to a server that has just begun or, if `project`, holds the
 * project. Aborts if what comes back is no sequence of messages. The status tells the first error that was
 * answered: FORMAT (no header, no JSON), LIMIT (too large), ARGUMENT (no request, wrong parameters),
 * UNSUPPORTED (no such method), EXPIRED (before initialize, after shutdown), BUSY (cancelled), FINDINGS (the
 * request failed); OK if there was none. */
edict_status lsp_door(const char *bytes, size_t length, size_t piece, bool project);

#endif
