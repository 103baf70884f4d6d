/* Check: every message, read by people and kept in golden files; the example; the numbers of symbols;
 * limits; memory that runs out.
 *
 * Each tests/golden/check/NAME.edict is checked with base/vocabulary.edict before it; NAME beginning with
 * `sales` is the domain's layer, with the contract base/orders.odcs.yaml. NAME.txt holds what is said. A code
 * of the checker that no test has seen fails the last test. */
#include <dirent.h>

#include "bundle/limits.h"
#include "harness.h"
#include "policy/polarity.h"
#include "policy/print.h"
#include "support/check_door.h"
#include "support/golden.h"
#include "support/hostile.h"
#include "support/short_memory.h"

enum { CEILING = 256 * 1024 * 1024, FILES_MOST = 256, LOADED_MOST = 4096 };

static bool seen[EDI_CODE_COUNT];

static void note_codes(const edict_diagnostics *d) {
  for (size_t i = 0; i < edict_diagnostics_count(d); i++) seen[edi_diagnostics_code_at(d, i)] = true;
}

/* ---- a check of texts ---- */

typedef struct checked {
  edi_arena arena;
  edict_diagnostics *diagnostics;
  edi_file_ast *files[16];
  size_t file_count, federal_count;
  edi_contract_ast *contract;
  edi_model *model;
  edict_status status;
} checked;

static void checked_init(checked *c, const edi_allocator *allocator) {
  *c = (checked){.diagnostics = edi_diagnostics_create(allocator)};
  edi_arena_init(&c->arena, allocator, CEILING);
}

static void checked_fini(checked *c) {
  edi_arena_fini(&c->arena);
  edict_diagnostics_destroy(&c->diagnostics);
}

static void add_text(checked *c, const char *path, edi_str text, bool federal) {
  edict_status status = edi_parse(&c->arena, edi_str_from(path), text, &c->files[c->file_count++], c->diagnostics);
  if (status != EDICT_OK && c->status == EDICT_OK) c->status = status;
  if (federal) c->federal_count = c->file_count;
}

static char *loaded[LOADED_MOST];
static size_t loaded_count;

__attribute__((destructor)) static void unload(void) {
  while (loaded_count > 0) free(loaded[--loaded_count]);
}

/* A file's text; kept for the whole run, as trees borrow it. */
static edi_str load(const char *path) {
  size_t length = 0;
  char *text = hostile_read(path, &length);
  if (!text) return (edi_str){NULL, 0};
  if (loaded_count < LOADED_MOST) loaded[loaded_count++] = text;
  return (edi_str){text, length};
}

static void add_file(checked *c, const char *folder, const char *name, bool federal) {
  char path[512];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  edi_str text = load(path);
  if (!text.ptr) HARNESS_FAIL("cannot read %s", path);
  add_text(c, name, text, federal);
}

/* Checks what was added; `contract` NULL: none. */
static void run(checked *c, const char *domain, const char *contract) {
  edict_status parsed = c->status;
  c->status = edi_check_declarations(&c->arena, c->files, c->file_count, c->federal_count, edi_str_from(domain),
                                     &c->model, c->diagnostics);
  if (c->status != EDICT_OK && c->status != EDICT_FINDINGS) return;
  edict_status resolved = EDICT_OK;
  if (contract && c->status == EDICT_OK) {
    resolved = edi_contract_parse(&c->arena, EDI_STR("orders.odcs.yaml"), load(contract), &c->contract, c->diagnostics);
    if (resolved == EDICT_OK)
      resolved = edi_contract_resolve_all(&c->arena, c->model, &c->contract, 1, c->diagnostics);
  }
  edict_status rules = edi_check_rules(c->model, c->diagnostics);
  if (c->status == EDICT_OK) c->status = resolved;
  if (c->status == EDICT_OK || (rules != EDICT_OK && rules != EDICT_FINDINGS)) c->status = rules;
  if (c->status == EDICT_OK) c->status = parsed;
}

static bool says(const checked *c, const char *golden) {
  char *text = NULL;
  size_t length = 0;
  if (edict_diagnostics_render(c->diagnostics, EDICT_RENDERING_TEXT, &text, &length) != EDICT_OK) return false;
  bool same = golden_matches(golden, text, length);
  edict_text_free(&text);
  return same;
}

static void print(const checked *c) {
  char *text = NULL;
  size_t length = 0;
  if (edict_diagnostics_render(c->diagnostics, EDICT_RENDERING_TEXT, &text, &length) != EDICT_OK) return;
  printf("%.*s\n", (int)length, text);
  edict_text_free(&text);
}

/* ---- golden files ---- */

static int compare_names(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static size_t list(const char *folder, char *names[FILES_MOST]) {
  size_t count = 0;
  DIR *dir = opendir(folder);
  for (struct dirent *entry; dir && (entry = readdir(dir)) != NULL && count < FILES_MOST;) {
    size_t length = strlen(entry->d_name);
    if (length > 6 && strcmp(entry->d_name + length - 6, ".edict") == 0) names[count++] = strdup(entry->d_name);
  }
  if (dir) closedir(dir);
  qsort(names, count, sizeof *names, compare_names);
  return count;
}

#define GOLDEN "tests/golden/check"

TEST(says_what_people_have_read) {
  char *names[FILES_MOST];
  size_t count = list(GOLDEN, names);
  CHECK(count > 30);
  for (size_t i = 0; i < count; i++) {
    checked c;
    char expected[512];
    bool domain = strncmp(names[i], "sales", 5) == 0;
    checked_init(&c, NULL);
    add_file(&c, GOLDEN "/base", "second.edict", true);
    add_file(&c, GOLDEN "/base", "vocabulary.edict", true);
    add_file(&c, GOLDEN, names[i], !domain);
    run(&c, domain ? "sales" : "", domain ? GOLDEN "/base/orders.odcs.yaml" : NULL);
    snprintf(expected, sizeof expected, GOLDEN "/%.*s.txt", (int)strlen(names[i]) - 6, names[i]);
    if (!says(&c, expected)) HARNESS_FAIL("%s says something else", names[i]);
    if ((c.status == EDICT_OK) != (edict_diagnostics_errors(c.diagnostics) == 0))
      HARNESS_FAIL("%s: status %s, %zu errors", names[i], edict_status_name(c.status),
                   edict_diagnostics_errors(c.diagnostics));
    note_codes(c.diagnostics);
    checked_fini(&c);
    free(names[i]);
  }
}

/* ---- the example ---- */

static void add_example(checked *c) {
  add_file(c, "tests/example/federal", "vocabulary.edict", true);
  add_file(c, "tests/example/federal", "privacy.edict", true);
}

TEST(finds_nothing_in_the_example) {
  checked c;
  checked_init(&c, NULL);
  add_example(&c);
  run(&c, "", NULL);
  CHECK_INT(c.status, EDICT_OK);
  CHECK_INT(edict_diagnostics_count(c.diagnostics), 0);
  if (c.status != EDICT_OK) print(&c);
  checked_fini(&c);
  checked_init(&c, NULL);
  add_example(&c);
  run(&c, "sales", "tests/example/sales/contracts/orders.odcs.yaml");
  CHECK_INT(c.status, EDICT_OK);
  CHECK_INT(edict_diagnostics_count(c.diagnostics), 0);
  if (c.status != EDICT_OK) print(&c);
  checked_fini(&c);
}

/* ---- numbers ---- */

static void print_model(const edi_model *model, edi_buf *out) {
  for (size_t i = 0; i < model->kinds_count; i++)
    edi_buf_format(out, "kind %.*s %u+%u\n", EDI_STR_ARG(model->kinds[i].name), model->kinds[i].nodes.first,
                   model->kinds[i].nodes.count);
  for (size_t i = 0; i < model->nodes_count; i++) {
    const edi_sym_node *node = &model->nodes[i];
    edi_buf_format(out, "node %zu %.*s.%.*s parent %d end %u%s", i, EDI_STR_ARG(model->kinds[node->kind].name),
                   EDI_STR_ARG(node->name), node->parent == EDI_NONE ? -1 : (int)node->parent, node->end,
                   node->type ? ": " : "");
    if (node->type) edi_model_type_name(model, node->type, out);
    edi_buf_char(out, '\n');
  }
  for (size_t i = 0; i < model->attrs_count; i++) {
    edi_buf_format(out, "attribute %d %.*s: ", (int)model->attrs[i].entity, EDI_STR_ARG(model->attrs[i].name));
    edi_model_type_name(model, model->attrs[i].type, out);
    edi_buf_format(out, "%s%s\n", model->attrs[i].optional ? " optional" : "", model->attrs[i].builtin ? " built in" : "");
  }
  for (size_t i = 0; i < model->keys_count; i++)
    edi_buf_format(out, "key %.*s %u\n", EDI_STR_ARG(model->keys[i].name), model->keys[i].scope);
  for (size_t i = 0; i < model->tables_count; i++) edi_buf_format(out, "table %.*s\n", EDI_STR_ARG(model->tables[i].name));
  for (size_t i = 0; i < model->rules_count; i++)
    edi_buf_format(out, "rule %.*s\n", EDI_STR_ARG(model->rules[i].decl->qualified));
}

TEST(numbers_do_not_depend_on_the_order_of_files) {
  static const char *const names[] = {"second.edict", "vocabulary.edict", "clean.edict"};
  static const size_t orders[][3] = {{0, 1, 2}, {2, 1, 0}, {1, 2, 0}};
  edi_buf out[3];
  for (size_t i = 0; i < 3; i++) {
    checked c;
    checked_init(&c, NULL);
    edi_buf_init(&out[i], NULL, 1 << 20);
    for (size_t j = 0; j < 3; j++)
      add_file(&c, orders[i][j] == 2 ? GOLDEN : GOLDEN "/base", names[orders[i][j]], true);
    run(&c, "", NULL);
    CHECK_INT(c.status, EDICT_OK);
    if (c.status == EDICT_OK) print_model(c.model, &out[i]);
    checked_fini(&c);
  }
  CHECK(golden_matches(GOLDEN "/base/model.out", out[0].ptr, out[0].len));
  for (size_t i = 1; i < 3; i++)
    CHECK(out[i].len == out[0].len && memcmp(out[i].ptr, out[0].ptr, out[0].len) == 0);
  for (size_t i = 0; i < 3; i++) edi_buf_fini(&out[i]);
}

TEST(a_domain_changes_no_federal_number) {
  checked alone, both;
  checked_init(&alone, NULL);
  checked_init(&both, NULL);
  add_file(&alone, GOLDEN "/base", "vocabulary.edict", true);
  add_file(&both, GOLDEN "/base", "vocabulary.edict", true);
  add_file(&both, GOLDEN, "sales-clean.edict", false);
  add_file(&both, GOLDEN, "sales-tags.edict", false);
  run(&alone, "", NULL);
  run(&both, "sales", GOLDEN "/base/orders.odcs.yaml");
  REQUIRE(alone.status == EDICT_OK && both.status == EDICT_OK);
  for (size_t i = 0; i < both.model->nodes_count; i++) CHECK(both.model->nodes[i].domain == (i >= alone.model->nodes_count));
  CHECK(both.model->nodes_count > alone.model->nodes_count + 10);
  for (size_t i = 0; i < alone.model->nodes_count; i++) {
    const edi_sym_node *a = &alone.model->nodes[i], *b = &both.model->nodes[i];
    CHECK(edi_str_equal(a->name, b->name) && a->kind == b->kind && a->parent == b->parent && a->end == b->end);
  }
  for (size_t i = 0; i < alone.model->attrs_count; i++)
    CHECK(edi_str_equal(alone.model->attrs[i].name, both.model->attrs[i].name));
  checked_fini(&alone);
  checked_fini(&both);
}

/* ---- openings ---- */

TEST(lists_what_opens) {
  checked c;
  edi_buf out;
  checked_init(&c, NULL);
  edi_buf_init(&out, NULL, 1 << 20);
  add_file(&c, GOLDEN "/base", "vocabulary.edict", true);
  add_file(&c, GOLDEN, "clean.edict", true);
  run(&c, "", NULL);
  REQUIRE(c.status == EDICT_OK);
  edi_polarity_openings(c.model, false, &out);
  CHECK_INT(out.failed, EDICT_OK);
  CHECK(golden_matches(GOLDEN "/base/openings.out", out.ptr, out.len));
  out.len = 0;
  edi_polarity_openings(c.model, true, &out);
  CHECK(golden_matches(GOLDEN "/base/openings.json", out.ptr, out.len));
  edi_buf_fini(&out);
  checked_fini(&c);
}

/* Names open where they stand positive in what opens or negative in what closes, and where they are read. */
TEST(lists_the_names_that_open) {
  checked c;
  edi_buf out;
  checked_init(&c, NULL);
  edi_buf_init(&out, NULL, 1 << 20);
  add_text(&c, "a.edict", EDI_STR("module federal.a\n"
                                  "rule opens\n  permit read\n  on dataset named \"or*\" and not product named \"x\"\n"
                                  "rule closes\n  forbid read\n  on dataset named \"or*\" and not dataset named \"public-*\"\n"
                                  "rule unless-named\n  forbid export\n  unless dataset named \"or*\" or dataset named \"or*\"\n"
                                  "rule masks\n  mask not column named \"id\"\n    with null\n"
                                  "rule reads\n  forbid export\n  when product.name == \"a.b\"\n"
                                  "taxonomy action { export }\n"), true);
  run(&c, "", NULL);
  REQUIRE(c.status == EDICT_OK);
  edi_polarity_openings(c.model, false, &out);
  static const char text[] = "\nnames, which domains give as they like\n"
                             "product.name\n  federal.a.reads\n"
                             "dataset named \"or*\"\n  federal.a.opens\n  federal.a.unless-named\n"
                             "dataset named \"public-*\"\n  federal.a.closes\n"
                             "column named \"id\"\n  federal.a.masks\n";
  CHECK_TEXT(out.ptr, out.len, text);
  out.len = 0;
  edi_polarity_openings(c.model, true, &out);
  static const char json[] = "{\"facts\":[],\"unused\":[],\"names\":["
                             "{\"of\":\"product\",\"named\":\"*\",\"read\":true,\"rules\":[\"federal.a.reads\"]},"
                             "{\"of\":\"dataset\",\"named\":\"or*\",\"read\":false,\"rules\":[\"federal.a.opens\",\"federal.a.unless-named\"]},"
                             "{\"of\":\"dataset\",\"named\":\"public-*\",\"read\":false,\"rules\":[\"federal.a.closes\"]},"
                             "{\"of\":\"column\",\"named\":\"id\",\"read\":false,\"rules\":[\"federal.a.masks\"]}]}\n";
  CHECK_TEXT(out.ptr, out.len, json);
  edi_buf_fini(&out);
  checked_fini(&c);
}

/* ---- callers ---- */

TEST(refuses_counts_that_do_not_go_together) {
  checked c;
  checked_init(&c, NULL);
  add_file(&c, GOLDEN "/base", "vocabulary.edict", true);
  CHECK_INT(edi_check(&c.arena, c.files, 1, 2, EDI_STR(""), &c.model, NULL), EDICT_ARGUMENT);
  CHECK_INT(edi_check(&c.arena, c.files, 1, 0, EDI_STR(""), &c.model, NULL), EDICT_ARGUMENT);
  CHECK(!c.model);
  CHECK_INT(edi_check(&c.arena, c.files, 1, 1, EDI_STR(""), &c.model, NULL), EDICT_OK);
  checked_fini(&c);
}

TEST(says_findings_without_a_list) {
  checked c;
  checked_init(&c, NULL);
  add_text(&c, "a.edict", EDI_STR("module federal.a\nrule a\n  forbid reed\n"), true);
  CHECK_INT(edi_check(&c.arena, c.files, 1, 1, EDI_STR(""), &c.model, NULL), EDICT_FINDINGS);
  checked_fini(&c);
  checked_init(&c, NULL);
  add_text(&c, "a.edict", EDI_STR("module federal.a\nrule a\n  forbid read read\n"), true);
  CHECK_INT(c.status, EDICT_FINDINGS);
  CHECK_INT(edi_check(&c.arena, c.files, 1, 1, EDI_STR(""), &c.model, NULL), EDICT_FINDINGS);
  checked_fini(&c);
}

/* A name that is declared twice is told of once, wherever it is used. */
TEST(tells_of_a_second_declaration_once) {
  static const char uses[] =
      "module federal.b\nrule r\n  permit read\n  on dataset holding pii\n  when adult() or adult()\n  unless subject.age in listed\n  oblige notify()\n"
      "rule s\n  exempt closed\n  on dataset holding pii\n  until further notice\n";
  static const char *const twice[] = {
      "define adult() = subject.age >= 18\ndefine adult() = subject.age >= 21\ntable listed (age: int)\nobligation notify()\n",
      "define adult() = subject.age >= 18\ntable listed (age: int)\ntable listed (age: int)\nobligation notify()\n",
      "define adult() = subject.age >= 18\ntable listed (age: int)\nobligation notify()\nobligation notify()\n",
  };
  for (size_t i = 0; i < sizeof twice / sizeof *twice; i++) {
    char text[1024];
    checked c;
    checked_init(&c, NULL);
    snprintf(text, sizeof text,
             "module federal.a\ntaxonomy tag { pii }\nattributes subject { age: int }\nissuer host\ndomains may state pii\n"
             "rule closed\n  forbid read\n%s", twice[i]);
    add_text(&c, "a.edict", edi_str_from(text), true);
    add_text(&c, "b.edict", edi_str_from(uses), true);
    run(&c, "", NULL);
    if (edict_diagnostics_count(c.diagnostics) != 1) print(&c);
    CHECK_INT(edict_diagnostics_count(c.diagnostics), 1);
    CHECK(edi_diagnostics_code_at(c.diagnostics, 0) == EDI_E0201);
    checked_fini(&c);
  }
}

TEST(refuses_a_domain_that_is_not_declared) {
  checked c;
  checked_init(&c, NULL);
  add_file(&c, GOLDEN "/base", "vocabulary.edict", true);
  run(&c, "sals", NULL);
  CHECK_INT(c.status, EDICT_FINDINGS);
  CHECK(says(&c, GOLDEN "/base/no-domain.out"));
  note_codes(c.diagnostics);
  checked_fini(&c);
}

TEST(says_what_a_small_vocabulary_lacks) {
  static const struct {
    const char *federal, *domain, *golden;
  } cases[] = {
      {"module federal.a\nrule a\n  permit read\n  on dataset classified <= internal\n", NULL, "no-levels"},
      {"module federal.a\nlevels classification { low < high }\nrule a\n  forbid read\n  on dataset classified <= low\n",
       NULL, "unlisted-levels"},
      {"module federal.a\ntaxonomy domain { sales }\n", "module sales.a\nrule a\n  permit read\n  on product named \"*\"\n",
       "no-delegate"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    checked c;
    char golden[256];
    checked_init(&c, NULL);
    add_text(&c, "federal.edict", edi_str_from(cases[i].federal), true);
    if (cases[i].domain) add_text(&c, "sales.edict", edi_str_from(cases[i].domain), false);
    run(&c, cases[i].domain ? "sales" : "", NULL);
    CHECK_INT(c.status, EDICT_FINDINGS);
    snprintf(golden, sizeof golden, GOLDEN "/base/%s.out", cases[i].golden);
    CHECK(says(&c, golden));
    checked_fini(&c);
  }
}

/* A file that declares `count` of something that is bounded, and one that declares one more. */
typedef void write_bounded(edi_buf *text, size_t count);

static void write_kinds(edi_buf *text, size_t count) {
  for (size_t i = 7; i < count; i++) edi_buf_format(text, "taxonomy k%zu { }\n", i); /* 7 are built in */
}

static void write_levels(edi_buf *text, size_t count) {
  for (size_t i = 0; i < count; i++) edi_buf_format(text, "%s l%zu", i ? " <" : "levels grades {", i);
  edi_buf_text(text, " }\n");
}

static void write_attributes(edi_buf *text, size_t count) {
  edi_buf_text(text, "attributes subject {");
  for (size_t i = 10; i < count; i++) edi_buf_format(text, " a%zu?: int", i); /* 10 are built in */
  edi_buf_text(text, " }\n");
}

static void write_issuers(edi_buf *text, size_t count) {
  for (size_t i = 0; i < count; i++)
    edi_buf_format(text, "issuer i%zu \"https://%zu.example\"\n  audience \"m\"\n  keys \"k\"\n  algorithms ES256\n", i, i);
}

static void write_maps(edi_buf *text, size_t count) {
  edi_buf_text(text, "taxonomy role { r }\nissuer host\n  subject.roles from \"r\"");
  for (size_t i = 0; i < count; i++) edi_buf_format(text, " \"%zu\" as r", i);
  edi_buf_text(text, "\n");
}

static void write_facts(edi_buf *text, size_t count) {
  edi_buf_text(text, "taxonomy tag { t }\ndomains may state t");
  for (size_t i = 1; i < count; i++) edi_buf_text(text, ", t");
  edi_buf_text(text, "\n");
}

/* The federal part of a tree counts. */
TEST(bounds_the_depth_of_a_domains_tags) {
  for (unsigned below = EDI_LIMIT_EXPRESSION_DEPTH - 2; below < EDI_LIMIT_EXPRESSION_DEPTH; below++) {
    checked c;
    edi_buf own;
    edi_buf_init(&own, NULL, 1 << 16);
    edi_buf_text(&own, "module sales.deep\ntaxonomy tag { inner ");
    for (unsigned i = 0; i < below; i++) edi_buf_format(&own, "{ n%u ", i);
    for (unsigned i = 0; i <= below; i++) edi_buf_text(&own, "} ");
    checked_init(&c, NULL);
    add_text(&c, "v.edict", EDI_STR("module federal.v\ntaxonomy domain { sales }\ntaxonomy tag { outer { open inner } }\n"), true);
    add_text(&c, "s.edict", (edi_str){own.ptr, own.len}, false);
    run(&c, "sales", NULL);
    CHECK_INT(c.status, below + 2 <= EDI_LIMIT_EXPRESSION_DEPTH ? EDICT_OK : EDICT_FINDINGS);
    if (c.status != EDICT_OK) CHECK(strcmp(edict_diagnostics_code(c.diagnostics, 0), "E0703") == 0);
    checked_fini(&c);
    edi_buf_fini(&own);
  }
}

TEST(bounds_what_is_searched_through) {
  static const struct {
    write_bounded *write;
    size_t most;
  } bounds[] = {{write_kinds, EDI_LIMIT_KINDS}, {write_levels, EDI_LIMIT_LEVELS}, {write_attributes, EDI_LIMIT_ATTRIBUTES},
                {write_issuers, EDI_LIMIT_ISSUERS}, {write_maps, EDI_LIMIT_CLAIM_MAPS}, {write_facts, EDI_LIMIT_STATED_FACTS}};
  for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++)
    for (size_t extra = 0; extra < 3; extra++) {
      checked c;
      edi_buf text;
      checked_init(&c, NULL);
      edi_buf_init(&text, NULL, 1 << 20);
      edi_buf_text(&text, "module federal.a\n");
      bounds[i].write(&text, bounds[i].most + extra);
      add_text(&c, "a.edict", (edi_str){text.ptr, text.len}, true);
      run(&c, "", NULL);
      CHECK_INT(c.status, extra ? EDICT_FINDINGS : EDICT_OK);
      CHECK_INT(edict_diagnostics_errors(c.diagnostics), extra > 0);
      if (extra) CHECK_INT(edi_diagnostics_code_at(c.diagnostics, 0), EDI_E0709);
      note_codes(c.diagnostics);
      checked_fini(&c);
      edi_buf_fini(&text);
    }
}

/* ---- definitions ---- */

static void add_more(checked *c, edi_buf *text) {
  add_text(c, "a.edict", (edi_str){text->ptr, text->len}, true);
  run(c, "", NULL);
}

/* `let NAME = true or true or ...` of `parts` parts, an odd number. */
static void write_let(edi_buf *text, const char *name, size_t parts) {
  edi_buf_format(text, "let %s = true", name);
  for (size_t i = 1; i < parts; i += 2) edi_buf_text(text, " or true");
  edi_buf_text(text, "\n");
}

TEST(bounds_what_stands_for_definitions) {
  for (size_t extra = 0; extra < 2; extra++) {
    checked c;
    edi_buf text;
    checked_init(&c, NULL);
    edi_buf_init(&text, NULL, 1 << 20);
    edi_buf_text(&text, "module federal.a\n");
    write_let(&text, "many", EDI_LIMIT_EXPANSION - 1);
    edi_buf_format(&text, "let few = %s\nrule a\n  forbid read\n  when many and few\n", extra ? "not true" : "true");
    add_more(&c, &text);
    CHECK_INT(c.status, extra ? EDICT_FINDINGS : EDICT_OK);
    CHECK_INT(edict_diagnostics_errors(c.diagnostics), extra);
    if (extra) CHECK_INT(edi_diagnostics_code_at(c.diagnostics, 0), EDI_E0247);
    note_codes(c.diagnostics);
    checked_fini(&c);
    edi_buf_fini(&text);
  }
}

/* Each is copied once to be typed by itself, and then for each use. */
TEST(bounds_what_stands_for_all_definitions) {
  enum { PARTS = 3999 };
  for (size_t extra = 0; extra < 3; extra++) {
    checked c = {.diagnostics = edict_diagnostics_create()};
    edi_buf text;
    edi_arena_init(&c.arena, NULL, (size_t)1 << 30);
    edi_buf_init(&text, NULL, 1 << 20);
    edi_buf_text(&text, "module federal.a\n");
    write_let(&text, "many", PARTS);
    write_let(&text, "one", 1);
    size_t rest = EDI_LIMIT_EXPANSIONS - PARTS - 1 + extra;
    for (size_t i = 0; rest > 0; i++) {
      size_t part = rest >= PARTS ? PARTS : 1;
      edi_buf_format(&text, "rule r%zu\n  forbid read\n  when %s\n", i, part == 1 ? "one" : "many");
      rest -= part;
    }
    add_more(&c, &text);
    CHECK_INT(c.status, extra ? EDICT_FINDINGS : EDICT_OK);
    CHECK_INT(edict_diagnostics_errors(c.diagnostics), extra > 0);
    if (extra) CHECK_INT(edi_diagnostics_code_at(c.diagnostics, 0), EDI_E0247);
    note_codes(c.diagnostics);
    checked_fini(&c);
    edi_buf_fini(&text);
  }
}

/* A rule that names definitions is the rule that has them written out. */
TEST(definitions_are_what_stands_for_them) {
  static const char *const vocabulary =
      "module federal.a\ntaxonomy region { eu { de fr } us }\ntaxonomy tag { pii person.id: id<person> geo: region }\n"
      "attributes subject { regions: set<region> home?: region age?: int share?: decimal mail?: string person?: id<person> }\n"
      "table holds (person: id<person>) complete\n"
      "let europe = eu\nlet both = [europe, us]\nlet most = 3\nlet mine = subject.home\nlet long = 2 years\n"
      "let dull = dataset holding pii\nlet yes = true\n"
      "define of(t: tag) = dataset holding t\ndefine held(who: id<person>) = who in holds\n"
      "define over(a: int, least: int) = a > least and not a == least + 1\n"
      "define part(a: decimal) = subject.share > a\ndefine xor(a: bool, b: bool) = (a or b) and not (a and b)\n"
      "define at-home(r: region) = mine is r\ndefine twice(a: bool) = xor(a, xor(a, yes))\n";
  static const struct {
    const char *with, *without;
  } cases[] = {
      {"at-home(europe)", "subject.home is eu"},
      {"de == mine", "de == subject.home"},
      {"mine in both", "subject.home in [eu, us]"},
      {"subject.regions overlaps both", "subject.regions overlaps [eu, us]"},
      {"over(subject.age, most)", "subject.age > 3 and not subject.age == 3 + 1"},
      {"part(3)", "subject.share > 3"},
      {"subject.share > most", "subject.share > 3"},
      {"held(\"c\") or not held(subject.person)", "\"c\" in holds or not subject.person in holds"},
      {"of(pii) and dull", "dataset holding pii and dataset holding pii"},
      {"twice(subject.age > most)", "(subject.age > 3 or ((subject.age > 3 or true) and not (subject.age > 3 and true))) and "
       "not (subject.age > 3 and ((subject.age > 3 or true) and not (subject.age > 3 and true)))"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    edi_buf out[2];
    for (size_t j = 0; j < 2; j++) {
      checked c;
      edi_buf text;
      checked_init(&c, NULL);
      edi_buf_init(&text, NULL, 1 << 20);
      edi_buf_init(&out[j], NULL, 1 << 20);
      edi_buf_format(&text, "%srule a\n  forbid read\n  when %s\n", vocabulary, j ? cases[i].without : cases[i].with);
      add_more(&c, &text);
      if (c.status != EDICT_OK) print(&c);
      REQUIRE(c.status == EDICT_OK && c.model->rules_count == 1);
      edi_expr_print(c.model->rules[0].decl->when, &out[j]);
      checked_fini(&c);
      edi_buf_fini(&text);
    }
    if (out[0].len != out[1].len || memcmp(out[0].ptr, out[1].ptr, out[0].len) != 0)
      HARNESS_FAIL("%s:\n%.*s\n%.*s", cases[i].with, (int)out[0].len, out[0].ptr, (int)out[1].len, out[1].ptr);
    for (size_t j = 0; j < 2; j++) edi_buf_fini(&out[j]);
  }
}

TEST(notes_where_definitions_are_used) {
  checked c;
  checked_init(&c, NULL);
  add_file(&c, GOLDEN "/base", "second.edict", true);
  add_file(&c, GOLDEN "/base", "vocabulary.edict", true);
  add_file(&c, GOLDEN, "definitions.edict", true);
  run(&c, "", NULL);
  REQUIRE(c.status == EDICT_OK);
  size_t trusted = 0;
  for (size_t i = 0; i < c.model->uses_count; i++) {
    const edi_sym_use *use = &c.model->uses[i];
    const edi_sym_definition *definition = &c.model->definitions[use->definition];
    CHECK(use->span.source == definition->span.source && definition->span.source != EDI_SOURCE_NONE);
    trusted += edi_str_equal(definition->decl->name.text, EDI_STR("trusted"));
  }
  CHECK_INT(trusted, 3);
  checked_fini(&c);
}

/* ---- hostile ---- */

TEST(refuses_what_is_hostile) {
  size_t total = 0;
  CHECK_INT(hostile_run("tests/hostile/check", check_door, &total), 0);
  CHECK(total >= 15);
}

TEST(accepted_trees_have_no_gap) {
  static const char *const names[] = {GOLDEN "/clean.edict", GOLDEN "/sales-clean.edict", GOLDEN "/sales-tags.edict"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    edict_diagnostics *d = edict_diagnostics_create();
    edi_str text = load(names[i]);
    CHECK_INT(check_door(names[i], text.ptr, text.len, d), EDICT_OK);
    edict_diagnostics_destroy(&d);
  }
}

/* Every allocation fails once; what is said then is the status, and nothing is left behind. */
TEST(survives_when_memory_runs_out) {
  static const char *const names[] = {"clean.edict", "openings.edict", "issuers.edict", "definitions.edict",
                                      "definitions-wrong.edict", "sales-tags.edict", "sales-tags-wrong.edict"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    for (size_t n = 1;; n++) {
      short_memory memory;
      edi_allocator allocator = short_memory_init(&memory, n);
      checked c = {.diagnostics = edict_diagnostics_create()};
      edi_arena_init(&c.arena, &allocator, CEILING);
      add_file(&c, GOLDEN "/base", "vocabulary.edict", true);
      bool domain = strncmp(names[i], "sales", 5) == 0;
      add_file(&c, GOLDEN, names[i], !domain);
      if (c.status == EDICT_OK) run(&c, domain ? "sales" : "", NULL);
      bool failed = memory.failed;
      if (failed && c.status != EDICT_MEMORY && c.status != EDICT_FINDINGS)
        HARNESS_FAIL("%s: status %s at call %zu", names[i], edict_status_name(c.status), n);
      checked_fini(&c);
      CHECK_INT(memory.live, 0);
      CHECK_INT(memory.wrong, 0);
      if (!failed) break;
    }
  }
}

/* ---- every code ---- */

TEST(every_code_has_a_test) {
#define DIAGNOSTIC(CODE, severity, title) {EDI_##CODE, #CODE},
  static const struct {
    edi_code code;
    const char *name;
  } codes[] = {
#include "base/diagnostics.def"
  };
#undef DIAGNOSTIC
  for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
    const char *name = codes[i].name;
    bool ours = strncmp(name, "E02", 3) == 0 || (strncmp(name, "E03", 3) == 0 && strcmp(name, "E0320") < 0) ||
                (strncmp(name, "E08", 3) == 0 && strcmp(name, "E0840") < 0) ||
                strcmp(name, "E0709") == 0 || strcmp(name, "E0710") == 0;
    if (ours && !seen[codes[i].code]) HARNESS_FAIL("no test has seen %s", name);
  }
}

HARNESS_MAIN
