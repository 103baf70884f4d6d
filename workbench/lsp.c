/* Language server: messages into calls. See the headers.
 *
 * In: one message after the other. Out: for each request one answer, in order. Invariant: nothing but
 * `exit` ends the server; a message that cannot be understood costs that message alone. */
#define _GNU_SOURCE /* memmem */
#include "workbench/lsp.h"

#include <stdio.h>
#include <string.h>

#include "edict/release.h"
#include "workbench/lsp_server.h"

static lsp_server the_server;

/* ---- sending ---- */

void lsp_send(lsp_server *s, json_t *message) {
  char head[64];
  char *text = message ? json_dumps(message, JSON_COMPACT) : NULL;
  json_decref(message);
  if (!text) return; /* no memory: the client will ask again */
  size_t length = strlen(text);
  int n = snprintf(head, sizeof head, "Content-Length: %zu\r\n\r\n", length);
  s->host.send(s->host.user, head, (size_t)n);
  s->host.send(s->host.user, text, length);
  edict_text_free(&text);
}

void lsp_notify(lsp_server *s, const char *method, json_t *params) {
  lsp_send(s, json_pack("{s:s, s:s, s:o}", "jsonrpc", "2.0", "method", method, "params", params));
}

void lsp_log(lsp_server *s, const char *text) {
  lsp_notify(s, "window/logMessage", json_pack("{s:i, s:s}", "type", 2, "message", text));
}

void lsp_answer_error(lsp_server *s, const json_t *id, lsp_error error, const char *message) {
  json_t *copy = id ? json_deep_copy(id) : json_null();
  lsp_send(s, json_pack("{s:s, s:o, s:{s:i, s:s}}", "jsonrpc", "2.0", "id", copy, "error", "code", (int)error,
                        "message", message));
}

json_t *lsp_fail(lsp_server *s, lsp_error error, const char *message) {
  s->error = error;
  s->message = message;
  return NULL;
}

/* ---- life ---- */

static bool list_has(const json_t *list, const char *text) {
  for (size_t i = 0; i < json_array_size(list); i++) {
    const char *item = json_string_value(json_array_get(list, i));
    if (item && strcmp(item, text) == 0) return true;
  }
  return false;
}

static const json_t *member(const json_t *object, const char *const *path) {
  for (; object && *path; path++) object = json_object_get(object, *path);
  return object;
}

/* As older clients say it. */
static void add_root_path(lsp_server *s, const char *path) {
  json_t *uri = lsp_uri_of(path);
  lsp_add_root(s, json_string_value(uri));
  json_decref(uri);
}

static void read_client(lsp_server *s, const json_t *params) {
  static const char *const encodings[] = {"capabilities", "general", "positionEncodings", NULL};
  static const char *const formats[] = {"capabilities", "textDocument", "hover", "contentFormat", NULL};
  static const char *const watching[] = {"capabilities", "workspace", "didChangeWatchedFiles", "dynamicRegistration", NULL};
  const json_t *folders = json_object_get(params, "workspaceFolders");
  for (size_t i = 0; i < json_array_size(folders); i++) lsp_add_root(s, lsp_text(json_array_get(folders, i), "uri"));
  if (s->root_count == 0) lsp_add_root(s, lsp_text(params, "rootUri"));
  if (s->root_count == 0 && lsp_text(params, "rootPath")) add_root_path(s, lsp_text(params, "rootPath"));
  s->watches = json_is_true(member(params, watching));
  s->utf8 = list_has(member(params, encodings), "utf-8");
  s->markdown = list_has(member(params, formats), "markdown");
}

static json_t *initialize(lsp_server *s, const json_t *params) {
  if (s->state != LSP_STARTED) return lsp_fail(s, LSP_INVALID_REQUEST, "initialize comes once, and first");
  read_client(s, params);
  s->state = LSP_RUNNING;
  json_t *sync = json_pack("{s:b, s:i, s:b}", "openClose", 1, "change", 2, "save", 1);
  json_t *able = json_pack(
      "{s:s, s:o, s:b, s:b, s:b, s:b, s:b, s:{s:b}, s:{s:[s,s,s,s,s]}, s:b, s:{s:[s,s]}, s:{s:b}, s:{s:[s]}, s:{s:{s:b, s:b}}}",
      "positionEncoding", s->utf8 ? "utf-8" : "utf-16", "textDocumentSync", sync, "hoverProvider", 1,
      "definitionProvider", 1, "referencesProvider", 1, "documentSymbolProvider", 1, "workspaceSymbolProvider", 1,
      "renameProvider", "prepareProvider", 1, "completionProvider", "triggerCharacters", ".", "[", "(", ",", " ",
      "documentFormattingProvider", 1, "codeActionProvider", "codeActionKinds", "quickfix", "source.fixAll",
      "codeLensProvider", "resolveProvider", 0, "executeCommandProvider", "commands", "edict.runTests",
      "workspace", "workspaceFolders", "supported", 1, "changeNotifications", 1);
  return json_pack("{s:o, s:{s:s, s:s}}", "capabilities", able, "serverInfo", "name", "edict", "version",
                   EDICT_RELEASE);
}

static json_t *shut_down(lsp_server *s, const json_t *params) {
  (void)params;
  s->state = LSP_SHUT_DOWN;
  return NULL;
}

/* Without this some clients tell of no file that is changed, made or deleted elsewhere. */
static void ask_to_watch(lsp_server *s) {
  static const char files[] = "**/*.{edict,yaml,yml,csv,json,edb}";
  lsp_send(s, json_pack("{s:s, s:s, s:s, s:{s:[{s:s, s:s, s:{s:[{s:s}]}}]}}", "jsonrpc", "2.0", "id", "edict.files", "method",
                        "client/registerCapability", "params", "registrations", "id", "edict.files", "method",
                        "workspace/didChangeWatchedFiles", "registerOptions", "watchers", "globPattern", files));
}

static void initialized(lsp_server *s, const json_t *params) {
  (void)params;
  lsp_find_projects(s);
  if (s->watches) ask_to_watch(s);
}

static void change_folders(lsp_server *s, const json_t *params) {
  const json_t *event = json_object_get(params, "event"), *added = json_object_get(event, "added"), *removed = json_object_get(event, "removed");
  for (size_t i = 0; i < json_array_size(removed); i++) lsp_remove_root(s, lsp_text(json_array_get(removed, i), "uri"));
  for (size_t i = 0; i < json_array_size(added); i++) lsp_add_root(s, lsp_text(json_array_get(added, i), "uri"));
  lsp_find_projects(s);
}

static void leave(lsp_server *s, const json_t *params) {
  (void)params;
  s->exit_code = s->state == LSP_SHUT_DOWN ? 0 : 1;
}

static void ignore(lsp_server *s, const json_t *params) {
  (void)s;
  (void)params;
}

/* ---- methods ---- */

static const struct {
  const char *method;
  json_t *(*run)(lsp_server *s, const json_t *params);
} requests[] = {
    {"initialize", initialize},
    {"shutdown", shut_down},
    {"textDocument/hover", lsp_hover},
    {"textDocument/definition", lsp_definition},
    {"textDocument/references", lsp_references},
    {"textDocument/prepareRename", lsp_prepare_rename},
    {"textDocument/rename", lsp_rename},
    {"textDocument/documentSymbol", lsp_document_symbols},
    {"workspace/symbol", lsp_workspace_symbols},
    {"textDocument/completion", lsp_complete},
    {"textDocument/formatting", lsp_format},
    {"textDocument/codeAction", lsp_code_actions},
    {"textDocument/codeLens", lsp_code_lenses},
    {"workspace/executeCommand", lsp_execute},
};

static const struct {
  const char *method;
  void (*run)(lsp_server *s, const json_t *params);
} notifications[] = {
    {"initialized", initialized},
    {"exit", leave},
    {"textDocument/didOpen", lsp_did_open},
    {"textDocument/didChange", lsp_did_change},
    {"textDocument/didClose", lsp_did_close},
    {"textDocument/didSave", lsp_did_change_files},
    {"workspace/didChangeWatchedFiles", lsp_did_change_files},
    {"workspace/didChangeWorkspaceFolders", change_folders},
    {"$/cancelRequest", ignore}, /* looked for when its request is at hand */
};

static void say_nothing(void *user, const char *bytes, size_t length) {
  (void)user;
  (void)bytes;
  (void)length;
}

/* Whether a message that waits in the buffer cancels the request `id`. */
static bool is_cancelled(const lsp_server *s, const json_t *id) {
  static const char word[] = "$/cancelRequest";
  const char *begin = s->buffer + s->begin;
  size_t left = s->length - s->begin, length;
  bool found = false;
  if (!memmem(begin, left, word, sizeof word - 1)) return false;
  lsp_server ahead = *s; /* reads on without moving anything, and says nothing */
  ahead.host.send = say_nothing;
  for (const char *text; !found && (text = lsp_frame_next(&ahead, &length)) != NULL;) {
    if (!memmem(text, length, word, sizeof word - 1)) continue;
    json_t *message = json_loadb(text, length, 0, NULL);
    const char *method = lsp_text(message, "method");
    const json_t *which = json_object_get(json_object_get(message, "params"), "id");
    found = method && strcmp(method, word) == 0 && json_equal(which, id);
    json_decref(message);
  }
  return found;
}

static bool may_run(lsp_server *s, const char *method, const json_t *id) {
  if (s->state == LSP_STARTED && strcmp(method, "initialize") != 0)
    lsp_answer_error(s, id, LSP_NOT_INITIALIZED, "initialize comes first");
  else if (s->state == LSP_SHUT_DOWN) lsp_answer_error(s, id, LSP_INVALID_REQUEST, "the server was shut down");
  else if (is_cancelled(s, id)) lsp_answer_error(s, id, LSP_CANCELLED, "cancelled");
  else return true;
  return false;
}

static void run_request(lsp_server *s, const char *method, const json_t *id, const json_t *params) {
  if (!may_run(s, method, id)) return;
  size_t count = sizeof requests / sizeof *requests, i = 0;
  while (i < count && strcmp(requests[i].method, method) != 0) i++;
  if (i == count) {
    lsp_answer_error(s, id, LSP_NO_METHOD, "there is no such method");
    return;
  }
  s->message = NULL;
  if (s->state == LSP_RUNNING) lsp_check_all(s);
  json_t *result = requests[i].run(s, params);
  if (s->message) {
    json_decref(result);
    lsp_answer_error(s, id, s->error, s->message);
    return;
  }
  lsp_send(s, json_pack("{s:s, s:O, s:o}", "jsonrpc", "2.0", "id", id, "result", result ? result : json_null()));
}

static void run_notification(lsp_server *s, const char *method, const json_t *params) {
  if (s->state != LSP_RUNNING && strcmp(method, "exit") != 0) return;
  for (size_t i = 0; i < sizeof notifications / sizeof *notifications; i++)
    if (strcmp(notifications[i].method, method) == 0) notifications[i].run(s, params);
}

/* ---- messages ---- */

/* More values than any client sends would take many times the memory of their text. */
static bool is_bounded(const char *text, size_t length) {
  enum { VALUES_MOST = 400000 };
  size_t values = 0;
  bool string = false;
  for (size_t i = 0; i < length; i++) {
    if (string && text[i] == '\\') i++;
    else if (text[i] == '"') string = !string;
    else if (!string) values += text[i] == ',' || text[i] == '[' || text[i] == '{';
  }
  return values <= VALUES_MOST;
}

static bool is_id(const json_t *id) { return json_is_integer(id) || json_is_string(id); }

static void take(lsp_server *s, const char *text, size_t length) {
  if (!is_bounded(text, length)) {
    lsp_answer_error(s, NULL, LSP_INVALID_REQUEST, "a message with too many values");
    return;
  }
  json_t *message = json_loadb(text, length, 0, NULL);
  const json_t *id = json_object_get(message, "id"), *params = json_object_get(message, "params");
  const char *method = lsp_text(message, "method"), *version = lsp_text(message, "jsonrpc");
  bool answer = !method && (json_object_get(message, "result") || json_object_get(message, "error"));
  if (!message) lsp_answer_error(s, NULL, LSP_PARSE_ERROR, "a message that is no JSON");
  else if (answer) answer = true; /* nothing was asked whose answer matters */
  else if (!method || !version || strcmp(version, "2.0") != 0 || (id && !is_id(id)))
    lsp_answer_error(s, is_id(id) ? id : NULL, LSP_INVALID_REQUEST, "a message that is no request");
  else if (id) run_request(s, method, id, params);
  else run_notification(s, method, params);
  json_decref(message);
}

void lsp_settle(lsp_server *s) {
  if (s->state == LSP_RUNNING) lsp_check_all(s);
}

int lsp_feed(lsp_server *s, const char *bytes, size_t length) {
  while (s->exit_code < 0) {
    size_t taken = lsp_frame_add(s, bytes, length), size;
    bytes += taken;
    length -= taken;
    for (const char *text; s->exit_code < 0 && (text = lsp_frame_next(s, &size)) != NULL;) take(s, text, size);
    if (length == 0) break;
  }
  return s->exit_code;
}

lsp_server *lsp_open(const lsp_host *host, char *buffer) {
  the_server = (lsp_server){.host = *host, .buffer = buffer, .exit_code = -1, .documents = json_object()};
  return &the_server;
}

void lsp_close(lsp_server *s) {
  lsp_drop_all(s);
  json_decref(s->documents);
  s->documents = NULL;
}
