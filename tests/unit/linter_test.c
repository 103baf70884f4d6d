/* Linter: every warning about rules, read by people and kept in golden files.
 *
 * Each tests/golden/analysis/NAME.edict is a federal project beside base/vocabulary.edict; NAME beginning with
 * `sales` is the domain's, with the contract base/orders.odcs.yaml; one that begins with `delegated` has base/delegated.edict. NAME.txt holds what is said. A file whose
 * name ends in `-near` nearly does what its neighbour warns of, and nothing is said of it. */
#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "edict/edict.h"
#include "harness.h"
#include "support/golden.h"
#include "support/hostile.h"
#include "workbench/linter.h"

#define FOLDER "tests/golden/analysis"
#define NOW INT64_C(1795168800000000) /* 2026-11-20T10:00:00Z */

enum { NAMES_MOST = 128, PATH = 512 };

static const char federal_yaml[] =
    "edict: 1\nname: eu.example\nlayer: federal\nversion: 1\ncreated: 2026-11-20T00:00:00Z\nexpires: 2027-11-20T00:00:00Z\n"
    "rules: [ \"*.edict\" ]\nkeys: [ \"corp.jwks.json\" ]\n";
static const char domain_yaml[] =
    "edict: 1\nname: eu.example/sales\nlayer: domain\ndomain: sales\nversion: 1\ncreated: 2026-11-20T00:00:00Z\n"
    "expires: 2027-11-20T00:00:00Z\nparent: { bundle: ../federal.edb, least: 1 }\nrules: [ \"*.edict\" ]\ncontracts: [ \"*.odcs.yaml\" ]\n";

/* ---- folders ---- */

static char top[PATH];

static const char *in_top(const char *name) {
  static char paths[4][PATH * 2];
  static unsigned next;
  char *path = paths[next++ % 4];
  snprintf(path, sizeof paths[0], "%s/%s", top, name);
  return path;
}

static bool write_text(const char *name, const char *text, size_t length) {
  FILE *f = fopen(in_top(name), "wb");
  bool ok = f && fwrite(text, 1, length, f) == length;
  return f && fclose(f) == 0 && ok;
}

static bool copy_file(const char *from, const char *name) {
  size_t length = 0;
  char *text = hostile_read(from, &length);
  bool ok = text && write_text(name, text, length);
  free(text);
  return ok;
}

static bool prepare(void) {
  const char *tmp = getenv("TMPDIR");
  snprintf(top, sizeof top, "%s/linter.XXXXXX", tmp ? tmp : "/tmp");
  return mkdtemp(top) && mkdir(in_top("federal"), 0700) == 0 && mkdir(in_top("sales"), 0700) == 0 &&
         write_text("federal/edict.yaml", federal_yaml, sizeof federal_yaml - 1) &&
         write_text("sales/edict.yaml", domain_yaml, sizeof domain_yaml - 1) &&
         copy_file("tests/keys/corp.jwks.json", "federal/corp.jwks.json") &&
         copy_file(FOLDER "/base/vocabulary.edict", "federal/vocabulary.edict") &&
         copy_file(FOLDER "/base/orders.odcs.yaml", "sales/orders.odcs.yaml");
}

static bool build_parent(void) {
  edict_diagnostics *d = edict_diagnostics_create();
  edict_project *project = NULL;
  char *bytes = NULL;
  size_t length = 0;
  bool ok = edict_project_open(in_top("federal/edict.yaml"), &project, d) == EDICT_OK &&
            edict_project_build(project, &bytes, &length, d) == EDICT_OK && write_text("federal.edb", bytes, length);
  edict_text_free(&bytes);
  edict_project_destroy(&project);
  edict_diagnostics_destroy(&d);
  return ok;
}

/* ---- one file ---- */

static void render(edict_diagnostics *d, char **text, size_t *length) {
  if (edict_diagnostics_render(d, EDICT_RENDERING_TEXT, text, length) != EDICT_OK) HARNESS_FAIL("nothing rendered");
}

static void lint(const char *name, char **text, size_t *length) {
  bool sales = strncmp(name, "sales", 5) == 0;
  char from[PATH];
  edict_diagnostics *d = edict_diagnostics_create();
  edict_project *project = NULL;
  edict_analysis_options options = {.size = sizeof options, .now = NOW, .unused = 1};
  snprintf(from, sizeof from, FOLDER "/%s.edict", name);
  bool delegated = strncmp(name, "delegated", 9) == 0;
  CHECK(copy_file(delegated ? FOLDER "/base/delegated.edict" : FOLDER "/base/vocabulary.edict", "federal/vocabulary.edict"));
  CHECK(copy_file(from, sales ? "sales/rules.edict" : "federal/rules.edict"));
  CHECK(edict_project_open(in_top(sales ? "sales/edict.yaml" : "federal/edict.yaml"), &project, d) == EDICT_OK);
  if (project) CHECK(linter_run(project, &options, d) == EDICT_OK);
  render(d, text, length);
  edict_project_destroy(&project);
  edict_diagnostics_destroy(&d);
  unlink(in_top("federal/rules.edict"));
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static size_t list_names(char **names) {
  DIR *dir = opendir(FOLDER);
  size_t count = 0;
  for (struct dirent *e; dir && (e = readdir(dir));) {
    char *end = strstr(e->d_name, ".edict");
    if (end && end[6] == '\0' && count < NAMES_MOST) names[count++] = strndup(e->d_name, (size_t)(end - e->d_name));
  }
  if (dir) closedir(dir);
  qsort(names, count, sizeof *names, by_name);
  return count;
}

/* A bundle that cannot be loaded would be a defect of ours, whoever finds it. */
TEST(a_trial_is_verified)
{
  edict_diagnostics *d = edict_diagnostics_create();
  edict_project *project = NULL;
  edict_trial trial = {.bytes = NULL};
  REQUIRE(prepare());
  REQUIRE(edict_project_open(in_top("federal/edict.yaml"), &project, d) == EDICT_OK);
  CHECK_INT(edict_project_trial(project, &trial, d), EDICT_OK);
  CHECK(trial.bytes);
  CHECK_INT(edict_trial_verify(&trial, d), EDICT_OK);
  CHECK_INT(edict_diagnostics_count(d), 0);
  trial.bytes[trial.length - 1] ^= 1;
  CHECK_INT(edict_trial_verify(&trial, d), EDICT_DEFECT);
  CHECK_INT(edict_diagnostics_count(d), 1);
  edict_text_free(&trial.bytes);
  edict_project_destroy(&project);
  edict_diagnostics_destroy(&d);
}

TEST(warnings_and_near_misses) {
  char *names[NAMES_MOST], golden[PATH];
  REQUIRE(prepare() && build_parent());
  size_t count = list_names(names);
  CHECK(count > 20);
  for (size_t i = 0; i < count; i++) {
    char *text = NULL;
    size_t length = 0, end = strlen(names[i]);
    bool near = end > 5 && strcmp(names[i] + end - 5, "-near") == 0;
    lint(names[i], &text, &length);
    snprintf(golden, sizeof golden, FOLDER "/%s.txt", names[i]);
    if (near && length > 0) HARNESS_FAIL("%s: something is said:\n%s", names[i], text);
    if (!near) CHECK(golden_matches(golden, text, length));
    edict_text_free(&text);
    free(names[i]);
  }
}

/* `when` joins COUNT parts with `or`, each `part`, its number, `end`. */
static void check_size(const char *head, const char *part, const char *end, unsigned count, const char *expected) {
  static char text[1 << 16];
  size_t at = (size_t)snprintf(text, sizeof text, "module federal.large\n%srule large\n  forbid read\n  when ", head);
  for (unsigned i = 0; i < count; i++) {
    at += (size_t)snprintf(text + at, sizeof text - at, "%s", i ? "\n    or " : "");
    at += (size_t)snprintf(text + at, sizeof text - at, "%s%u%s", part, i, end);
  }
  snprintf(text + at, sizeof text - at, "\n  because \"x\"\n");
  edict_diagnostics *d = edict_diagnostics_create();
  edict_project *project = NULL;
  edict_analysis_options options = {.size = sizeof options, .now = NOW};
  REQUIRE(write_text("federal/rules.edict", text, strlen(text)));
  CHECK_INT(edict_project_open(in_top("federal/edict.yaml"), &project, d), EDICT_OK);
  if (project) CHECK_INT(linter_run(project, &options, d), expected ? EDICT_FINDINGS : EDICT_OK);
  CHECK_INT(edict_diagnostics_errors(d), expected ? 1 : 0);
  if (expected) CHECK_TEXT(edict_diagnostics_code(d, 0), 5, expected);
  edict_project_destroy(&project);
  edict_diagnostics_destroy(&d);
  unlink(in_top("federal/rules.edict"));
}

/* What `edict build` refuses by its size, `edict check` refuses as well: at the limit and one past it. */
TEST(rules_that_no_bundle_can_hold) {
  static char head[1 << 13];
  size_t at = (size_t)snprintf(head, sizeof head, "attributes context {");
  for (unsigned i = 0; i <= 256; i++) at += (size_t)snprintf(head + at, sizeof head - at, " b%u?: bool", i);
  snprintf(head + at, sizeof head - at, " }\n");
  check_size(head, "context.b", "", 256, NULL);
  check_size(head, "context.b", "", 257, "E0712");
  check_size("attributes context { spot?: string }\n", "context.spot matches /a", "/", 198, NULL);
  check_size("attributes context { spot?: string }\n", "context.spot matches /a", "/", 199, "E0711");
}

HARNESS_MAIN
