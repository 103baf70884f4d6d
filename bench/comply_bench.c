/* Comply bench: contracts held to the rules that require something of them, from 10 to 10,000.
 *
 * Each contract has two datasets of 20 columns with tags and levels; the federation has 20 requirements, 5 of which
 * most contracts do not meet. Time is processor time of all of it: reading, resolving, building, asking, rendering. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/bytes.h"
#include "workbench/comply.h"

enum { CONTRACTS_MOST = 10000, REQUIREMENTS = 20, COLUMNS = 20, PATH_MOST = 256 };

static const char yaml[] =
    "edict: 1\nname: eu.example\nlayer: federal\nversion: 1\ncreated: 2026-01-01T00:00:00Z\nexpires: 2030-01-01T00:00:00Z\n"
    "rules: [ \"*.edict\" ]\n";

static double cpu_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void must(edict_status status, const char *what) {
  if (status == EDICT_OK || status == EDICT_FINDINGS) return;
  fprintf(stderr, "%s: status %d\n", what, (int)status);
  exit(1);
}

static void put(const char *folder, const char *name, const edi_buf *text) {
  char path[2 * PATH_MOST];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "wb");
  if (!file || fwrite(text->ptr, 1, text->len, file) != text->len || fclose(file) != 0) must(EDICT_SYSTEM, path);
}

static void write_rules(const char *folder) {
  edi_buf b;
  edi_buf_init(&b, NULL, 1 << 20);
  edi_buf_text(&b, yaml);
  put(folder, "edict.yaml", &b);
  b.len = 0;
  edi_buf_text(&b, "module federal.vocabulary\ntaxonomy domain { sales finance }\ntaxonomy tag { pii { t0 t1 t2 t3 t4 t5 t6 t7 } }\n"
                   "levels classification { public < internal < restricted }\nattributes product { owner?: string from \"team.name\" }\n"
                   "attributes dataset { keep?: duration from \"customProperties.keep\" }\nissuer host\n"
                   "domains may state classification, product.owner, dataset.keep, t0, t1, t2, t3, t4, t5, t6, t7\n");
  for (int i = 0; i < REQUIREMENTS; i++) {
    edi_buf_format(&b, "rule r%d\n  require %s\n  on dataset holding t%d\n  because \"Standard %d\"\n", i,
                   i % 4 == 0 ? "dataset.keep <= 6 months" : i % 4 == 1 ? "product.owner is set" : i % 4 == 2 ? "dataset holding t3"
                                                                                                            : "dataset classified <= internal",
                   i % 8, i);
  }
  put(folder, "rules.edict", &b);
  edi_buf_fini(&b);
}

static void write_contract(const char *folder, int number) {
  char name[64];
  edi_buf b;
  edi_buf_init(&b, NULL, 1 << 16);
  edi_buf_format(&b, "apiVersion: v3.1.0\nkind: DataContract\nid: c%d\nversion: 1.0.0\nstatus: active\ndomain: %s\ndataProduct: p%d\n"
                     "team: { name: Desk }\nschema:\n", number, number % 2 ? "sales" : "finance", number);
  for (int d = 0; d < 2; d++) {
    edi_buf_format(&b, "  - name: d%d\n    customProperties: [ { property: keep, value: %d months } ]\n    properties:\n", d, number % 9 + 4);
    for (int c = 0; c < COLUMNS; c++)
      edi_buf_format(&b, "      - { name: c%d, logicalType: string, classification: internal, tags: [ t%d ], description: a column }\n", c, c % 8);
  }
  snprintf(name, sizeof name, "c%05d.odcs.yaml", number);
  put(folder, name, &b);
  edi_buf_fini(&b);
}

static void run(const char *folder, char **paths, size_t count) {
  double best = 0;
  char project_path[2 * PATH_MOST];
  size_t findings = 0;
  snprintf(project_path, sizeof project_path, "%s/edict.yaml", folder);
  for (int round = 0; round < 5; round++) {
    edict_project *project;
    comply_report report;
    char *text = NULL;
    size_t length;
    double begin = cpu_ns();
    edict_diagnostics *d = edict_diagnostics_create();
    must(edict_project_open(project_path, &project, d), "the rules");
    const comply_options options = {.paths = paths, .count = count};
    must(comply_run(project, &options, &report, d), "comply");
    must(comply_render("json", "bench", &report, d, &text, &length), "rendering");
    double ms = (cpu_ns() - begin) / 1e6;
    findings = report.unmet + report.undecided;
    edict_text_free(&text);
    comply_report_fini(&report);
    edict_project_destroy(&project);
    edict_diagnostics_destroy(&d);
    if (round == 0 || ms < best) best = ms;
  }
  printf("%6zu contracts, %zu datasets, %d requirements: %9.2f ms, %zu findings\n", count, 2 * count, REQUIREMENTS, best, findings);
}

int main(void) {
  static char *paths[CONTRACTS_MOST];
  char folder[] = "/tmp/comply-bench-XXXXXX", command[PATH_MOST];
  if (!mkdtemp(folder)) return 1;
  write_rules(folder);
  for (int i = 0; i < CONTRACTS_MOST; i++) {
    write_contract(folder, i);
    paths[i] = malloc(PATH_MOST);
    if (!paths[i]) return 1;
    snprintf(paths[i], PATH_MOST, "%s/c%05d.odcs.yaml", folder, i);
  }
  for (size_t count = 10; count <= CONTRACTS_MOST; count *= 10) run(folder, paths, count);
  snprintf(command, sizeof command, "rm -r %s", folder);
  return system(command) == 0 ? 0 : 1;
}
