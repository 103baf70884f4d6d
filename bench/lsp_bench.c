/* Language server bench: what an editor waits for after a key is pressed, in projects of 100 to 100,000
 * rules: one change of a rule file, the whole project checked, findings published, a request answered.
 *
 * The server runs in this process, over documents that are open in it. Medians of several rounds. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "workbench/lsp.h"

enum { ROUNDS = 9, RULES_IN_FILE = 1000 };
#define TEXT_MOST ((size_t)1024 * 1024)

static char buffer[LSP_BUFFER_SIZE], text[TEXT_MOST];
static size_t answered;

static void receive(void *user, const char *bytes, size_t length) {
  (void)user;
  (void)bytes;
  answered += length;
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void send(lsp_server *server, json_t *message) {
  char head[64], *body = json_dumps(message, JSON_COMPACT);
  if (!body) abort();
  int n = snprintf(head, sizeof head, "Content-Length: %zu\r\n\r\n", strlen(body));
  if (lsp_feed(server, head, (size_t)n) >= 0 || lsp_feed(server, body, strlen(body)) >= 0) abort();
  free(body);
  json_decref(message);
}

static void open_document(lsp_server *server, const char *name, const char *content) {
  send(server, json_pack("{s:s, s:s, s:{s:{s:s+, s:i, s:s}}}", "jsonrpc", "2.0", "method", "textDocument/didOpen",
                         "params", "textDocument", "uri", "file:///no-such-folder/", name, "version", 1, "text", content));
}

static void write_rules(unsigned file, unsigned count) {
  size_t at = (size_t)snprintf(text, sizeof text, "module federal.m%u\n", file);
  for (unsigned i = 0; i < count; i++)
    at += (size_t)snprintf(text + at, sizeof text - at,
                           "\nrule r%u\n  forbid  read\n  on      dataset holding t%u\n  unless  subject.roles has staff and "
                           "purpose is support\n  because \"Standard %u\"\n",
                           i, i % 500, i);
}

static void open_project(lsp_server *server, unsigned rules) {
  send(server, json_pack("{s:s, s:i, s:s, s:{s:{}}}", "jsonrpc", "2.0", "id", 0, "method", "initialize", "params",
                         "capabilities"));
  size_t at = (size_t)snprintf(text, sizeof text, "module federal.words\n\ntaxonomy purpose { support billing }\n"
                                                  "taxonomy role { staff partner }\ntaxonomy tag {\n");
  for (unsigned i = 0; i < 500; i++) at += (size_t)snprintf(text + at, sizeof text - at, "  t%u\n", i);
  snprintf(text + at, sizeof text - at, "}\nissuer host\ndomains may state t0\n");
  open_document(server, "words.edict", text);
  for (unsigned file = 0; file * RULES_IN_FILE < rules; file++) {
    char name[32];
    unsigned left = rules - file * RULES_IN_FILE;
    snprintf(name, sizeof name, "m%u.edict", file);
    write_rules(file, left < RULES_IN_FILE ? left : RULES_IN_FILE);
    open_document(server, name, text);
  }
  open_document(server, "edict.yaml", "edict: 1\nname: eu.example\nlayer: federal\nversion: 1\n"
                                      "created: 2026-01-01T00:00:00Z\nexpires: 2027-01-01T00:00:00Z\nrules: [ \"*.edict\" ]\n");
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

/* A letter is typed in the first rule file, and then something is asked. */
static double type_and_ask(lsp_server *server, const char *method, int version) {
  double start = now();
  send(server, json_pack("{s:s, s:s, s:{s:{s:s, s:i}, s:[{s:{s:{s:i, s:i}, s:{s:i, s:i}}, s:s}]}}", "jsonrpc", "2.0",
                         "method", "textDocument/didChange", "params", "textDocument", "uri",
                         "file:///no-such-folder/m0.edict", "version", version, "contentChanges", "range", "start", "line", 3,
                         "character", 14, "end", "line", 3, "character", 14, "text", " "));
  send(server, json_pack("{s:s, s:i, s:s, s:{s:{s:s}, s:{s:i, s:i}}}", "jsonrpc", "2.0", "id", 1, "method", method,
                         "params", "textDocument", "uri", "file:///no-such-folder/m0.edict", "position", "line", 4,
                         "character", 28));
  return now() - start;
}

static double median(lsp_server *server, const char *method, int *version) {
  double ms[ROUNDS];
  for (int i = 0; i < ROUNDS; i++) ms[i] = type_and_ask(server, method, ++*version);
  qsort(ms, ROUNDS, sizeof *ms, compare);
  return ms[ROUNDS / 2];
}

int main(void) {
  lsp_host host = {.send = receive};
  puts("milliseconds of processor time from a key to the answer, the whole project checked in between");
  printf("%10s %12s %12s\n", "rules", "hover", "completion");
  for (unsigned rules = 100; rules <= 100000; rules *= 10) {
    int version = 1;
    lsp_server *server = lsp_open(&host, buffer);
    open_project(server, rules);
    lsp_settle(server);
    double hover = median(server, "textDocument/hover", &version);
    printf("%10u %12.1f %12.1f\n", rules, hover, median(server, "textDocument/completion", &version));
    lsp_close(server);
  }
  return answered > 0 ? 0 : 1;
}
