/* LSP door: see the header. */
#include "support/lsp_door.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workbench/lsp.h"

enum { ANSWERS_MOST = 64 * 1024 * 1024 };

typedef struct answers {
  char *bytes;
  size_t length, capacity;
} answers;

static void fail(const char *what) {
  fprintf(stderr, "lsp door: %s\n", what);
  abort();
}

static void receive(void *user, const char *bytes, size_t length) {
  answers *a = user;
  if (a->length + length > ANSWERS_MOST) fail("answers without end");
  if (a->length + length > a->capacity) {
    a->capacity = 2 * (a->length + length);
    a->bytes = realloc(a->bytes, a->capacity);
    if (!a->bytes) fail("no memory");
  }
  memcpy(a->bytes + a->length, bytes, length);
  a->length += length;
}

/* ---- the project ---- */

static const struct {
  const char *name, *text;
} documents[] = {
    {"edict.yaml", "edict: 1\nname: eu.example\nlayer: federal\nversion: 1\ncreated: 2026-01-01T00:00:00Z\n"
                   "expires: 2027-01-01T00:00:00Z\nrules: [ \"*.edict\" ]\n"},
    {"words.edict", "module federal.words\n\ntaxonomy tag { pii \"Personal\" { pii.email } }\ntaxonomy role { staff }\n"
                    "levels classification { low < high }\nissuer host\nkey k\n"},
    {"rules.edict", "module federal.rules\n\nrule r\n  mask    column tagged pii.email\n    with  pseudonym(k)\n"
                    "  unless  subject.roles has staff\n  because \"b\xC3\xBC\"\n\nlet x = subject.roles has staff\n"},
};

static void send(lsp_server *server, json_t *message) {
  char head[64], *text = json_dumps(message, JSON_COMPACT);
  if (!text) fail("no memory");
  int n = snprintf(head, sizeof head, "Content-Length: %zu\r\n\r\n", strlen(text));
  if (lsp_feed(server, head, (size_t)n) >= 0 || lsp_feed(server, text, strlen(text)) >= 0) fail("it left");
  free(text);
  json_decref(message);
}

static void open_project(lsp_server *server) {
  send(server, json_pack("{s:s, s:i, s:s, s:{s:{}}}", "jsonrpc", "2.0", "id", 0, "method", "initialize", "params",
                         "capabilities"));
  for (size_t i = 0; i < sizeof documents / sizeof *documents; i++)
    send(server, json_pack("{s:s, s:s, s:{s:{s:s+, s:i, s:s}}}", "jsonrpc", "2.0", "method", "textDocument/didOpen",
                           "params", "textDocument", "uri", "file:///no-such-folder/", documents[i].name, "version", 1,
                           "text", documents[i].text));
}

/* ---- what comes back ---- */

static edict_status status_of(json_int_t code) {
  switch (code) {
    case -32700: return EDICT_FORMAT;
    case -32601: return EDICT_UNSUPPORTED;
    case -32602: return EDICT_ARGUMENT;
    case -32002: return EDICT_EXPIRED;
    case -32800: return EDICT_BUSY;
    case -32803: return EDICT_FINDINGS;
    default: return EDICT_ARGUMENT;
  }
}

static edict_status read_message(const json_t *message) {
  const json_t *error = json_object_get(message, "error");
  const char *version = json_string_value(json_object_get(message, "jsonrpc"));
  bool told = json_is_string(json_object_get(message, "method"));
  bool answered = json_object_get(message, "id") && (error || json_object_get(message, "result"));
  if (!version || strcmp(version, "2.0") != 0 || told == answered) fail("a message that is none");
  if (!error) return EDICT_OK;
  const char *why = json_string_value(json_object_get(error, "message"));
  if (!why || !*why) fail("an error that says nothing");
  if (strstr(why, "too large") || strstr(why, "too many values")) return EDICT_LIMIT;
  if (strstr(why, "shut down")) return EDICT_EXPIRED;
  return status_of(json_integer_value(json_object_get(error, "code")));
}

static edict_status read_answers(const answers *a) {
  edict_status first = EDICT_OK;
  for (size_t at = 0; at < a->length;) {
    size_t length;
    int head;
    char line[64] = "";
    size_t left = a->length - at < sizeof line - 1 ? a->length - at : sizeof line - 1;
    memcpy(line, a->bytes + at, left);
    if (sscanf(line, "Content-Length: %zu\r\n\r\n%n", &length, &head) != 1) fail("an answer without a header");
    const char *body = strstr(line, "\r\n\r\n");
    if (!body) fail("a header without an end");
    at += (size_t)(body - line) + 4;
    if (length > a->length - at) fail("an answer that is cut");
    json_t *message = json_loadb(a->bytes + at, length, 0, NULL);
    if (!message) fail("an answer that is no JSON");
    edict_status status = read_message(message);
    if (first == EDICT_OK) first = status;
    json_decref(message);
    at += length;
  }
  return first;
}

edict_status lsp_door(const char *bytes, size_t length, size_t piece, bool project) {
  static char buffer[LSP_BUFFER_SIZE];
  answers a = {.bytes = NULL};
  lsp_host host = {.user = &a, .send = receive};
  lsp_server *server = lsp_open(&host, buffer);
  if (project) open_project(server);
  for (size_t at = 0, n; at < length; at += n) {
    n = length - at < piece ? length - at : piece;
    if (lsp_feed(server, bytes + at, n) >= 0) break;
    lsp_settle(server);
  }
  lsp_close(server);
  edict_status status = read_answers(&a);
  free(a.bytes);
  return status;
}
