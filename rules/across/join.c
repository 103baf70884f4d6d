/* Across companies: one request, decided by two engines, each with bundles, trust and words of its own.
 *
 *   across-join FOLDER TOKEN SECONDS PURPOSE-OF-HOSPITAL PURPOSE-OF-INSTITUTE
 *
 * FOLDER holds what docs/across.md built. Prints what each decided, and the rows that both show. Their rule
 * sets are never merged: what joins them is this program. */
#include <edict/bundles.h>
#include <edict/edict.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 8, ROWS = 5, MEMORY = 4096, FILE_MOST = 1 << 20 };

typedef struct company {
  edict_engine *engine;
  edict_product *product;
  edict_session *session;
  edict_decision *decision;
  char *files[5]; /* federal bundle, the domain's, trust store, keyring, the key that opens it */
} company;

static const char *const names[COLUMNS] = {"case_no", "born", "zip", "diagnosis", "remarks", "consent", "country", "admitted"};

static const char *const cases[ROWS][COLUMNS] = {
    {"H-1001", "1961-05-17", "02139", "C50.9", "lives alone", "yes", "de", "2026-05-04T08:00:00Z"},
    {"H-1002", "1970-11-02", "10115", "C18.2", "", "no", "de", "2026-06-11T09:30:00Z"},
    {"H-1003", "1955-02-28", "94110", "C34.1", "smoker", "yes", "us", "2026-07-01T10:00:00Z"},
    {"H-1004", "1982-08-09", "75011", "C50.1", "", NULL, "fr", "2026-08-20T11:45:00Z"},
    {"H-1005", "1949-12-31", "75001", "C61", "by letter only", "yes", "fr", "2026-09-30T23:59:59Z"},
};

static edict_text text(const char *s) { return (edict_text){s, strlen(s)}; }

static void need(edict_status status, const edict_diagnostics *notes) {
  if (status == EDICT_OK) return;
  fprintf(stderr, "across-join: %s\n", edict_status_text(status));
  for (size_t i = 0; i < edict_diagnostics_count(notes); i++)
    fprintf(stderr, "  %s: %s\n", edict_diagnostics_code(notes, i), edict_diagnostics_message(notes, i));
  exit(3);
}

static edict_bytes load(const char *folder, const char *file, char **keep, edict_diagnostics *notes) {
  char path[1024];
  size_t length;
  snprintf(path, sizeof path, "%s/%s", folder, file);
  need(edict_file_read(path, FILE_MOST, keep, &length, notes), notes);
  return (edict_bytes){*keep, length};
}

/* Each company is loaded from a folder of its own: nothing of one reaches the other. */
static void open_company(company *c, const char *folder, const char *domain, const char *product, const char *token,
                         int64_t now, edict_diagnostics *notes) {
  edict_bytes bundles[] = {load(folder, "federal.edb", &c->files[0], notes), load(folder, domain, &c->files[1], notes)};
  edict_bytes trust = load(folder, "trust", &c->files[2], notes), keyring = load(folder, "keyring", &c->files[3], notes);
  edict_bytes opens = load(folder, "keyring.key", &c->files[4], notes);
  edict_keyring_secret secret = {.text = opens.ptr, .length = opens.len};
  edict_engine_options options = {.size = sizeof options, .trust = trust.ptr, .trust_length = trust.len,
                                  .keyring = keyring.ptr, .keyring_length = keyring.len, .keyring_secret = &secret,
                                  .now = now};
  need(edict_engine_create(&options, bundles, 2, &c->engine, notes), notes);
  need(edict_product_create(c->engine, product, &c->product, notes), notes);
  need(edict_decision_create(c->product, &c->decision), notes);
  need(edict_session_create(c->engine, token, strlen(token), now, &c->session, notes), notes);
}

/* A column is found by its name: the contracts of two companies need not list them in one order. Here they do. */
static bool decide(company *c, const char *name, const char *purpose, int64_t now, const edict_diagnostics *notes) {
  uint32_t columns[COLUMNS];
  size_t dataset = edict_product_dataset(c->product, "patients");
  for (uint32_t i = 0; i < COLUMNS; i++) {
    columns[i] = (uint32_t)edict_product_column(c->product, dataset, names[i]);
    if (columns[i] != i) need(EDICT_NOT_FOUND, notes);
  }
  edict_text value = text(purpose);
  edict_attribute context = {text("purpose"), &value, 1};
  edict_request request = {.size = sizeof request, .action = text("read"), .dataset = dataset, .columns = columns,
                           .column_count = COLUMNS, .context = &context, .context_count = 1, .now = now};
  need(edict_decide(c->decision, c->session, &request), notes);
  char why[1024];
  edict_decision_explain(c->decision, why, sizeof why);
  printf("%s: %s\n", name, why);
  return edict_decision_effect(c->decision) == EDICT_PERMIT;
}

/* A row that both show, masked by both. The institute is asked about what the hospital's masks left and never about
 * the original: else a condition of the institute's would tell, by the row being there, what the hospital masked. */
static edict_status join_row(company *hospital, company *institute, const edict_cell *row, edict_cell *out, char *memory,
                             bool *shown) {
  edict_cell left[COLUMNS];
  edict_row here, there;
  *shown = false;
  edict_status status = edict_decision_apply_row(hospital->decision, row, COLUMNS, left, memory, MEMORY, &here);
  if (status != EDICT_OK || here != EDICT_ROW_SHOWN) return status;
  status = edict_decision_apply_row(institute->decision, left, COLUMNS, out, memory + MEMORY, MEMORY, &there);
  *shown = status == EDICT_OK && there == EDICT_ROW_SHOWN;
  return status;
}

static void print_row(const edict_cell *row) {
  for (size_t i = 0; i < COLUMNS; i++) {
    const char *end = i + 1 < COLUMNS ? " | " : "\n";
    if (row[i].type == EDICT_CELL_TEXT) printf("%.*s%s", (int)row[i].len, (const char *)row[i].ptr, end);
    else printf("-%s", end);
  }
}

static void print_rows(company *hospital, company *institute, const edict_diagnostics *notes) {
  for (size_t i = 0; i < COLUMNS; i++) printf("%s%s", names[i], i + 1 < COLUMNS ? " | " : "\n");
  for (size_t r = 0; r < ROWS; r++) {
    edict_cell row[COLUMNS] = {{0}}, out[COLUMNS];
    char memory[2 * MEMORY];
    bool shown;
    for (size_t i = 0; i < COLUMNS; i++)
      if (cases[r][i]) row[i] = (edict_cell){.type = EDICT_CELL_TEXT, .ptr = cases[r][i], .len = strlen(cases[r][i])};
    need(join_row(hospital, institute, row, out, memory, &shown), notes);
    if (shown) print_row(out);
  }
}

static void close_company(company *c) {
  edict_session_destroy(&c->session);
  edict_decision_destroy(&c->decision);
  edict_product_destroy(&c->product);
  edict_engine_destroy(&c->engine);
  for (size_t i = 0; i < sizeof c->files / sizeof *c->files; i++) edict_text_free(&c->files[i]);
}

int main(int argc, char **argv) {
  if (argc != 6) {
    fputs("usage: across-join FOLDER TOKEN SECONDS PURPOSE-OF-HOSPITAL PURPOSE-OF-INSTITUTE\n", stderr);
    return 2;
  }
  edict_diagnostics *notes = edict_diagnostics_create();
  company hospital = {0}, institute = {0};
  char path[1024], *token;
  load(".", argv[2], &token, notes);
  token[strcspn(token, "\n")] = 0;
  int64_t now = strtoll(argv[3], NULL, 10) * 1000000;
  snprintf(path, sizeof path, "%s/hospital", argv[1]);
  open_company(&hospital, path, "care.edb", "care.study", token, now, notes);
  snprintf(path, sizeof path, "%s/institute", argv[1]);
  open_company(&institute, path, "oncology.edb", "oncology.received", token, now, notes);

  /* Both are asked, also when one denies: whoever is refused learns why from each. */
  bool here = decide(&hospital, "hospital", argv[4], now, notes);
  bool there = decide(&institute, "institute", argv[5], now, notes);
  bool permitted = here && there;
  puts(permitted ? "together: permitted" : "together: denied");
  if (permitted) print_rows(&hospital, &institute, notes);
  close_company(&hospital);
  close_company(&institute);
  edict_text_free(&token);
  edict_diagnostics_destroy(&notes);
  return permitted ? 0 : 1;
}
