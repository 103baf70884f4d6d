/* Random world: see the header. */
#define _GNU_SOURCE /* memmem */
#include "support/random_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The third is one that the host cannot meet. */
static const char *const host_meets[] = {"federal.vocabulary.ring", "federal.vocabulary.mark"};
static const char federal_yaml[] =
    "edict: 1\nname: eu.example\nlayer: federal\nversion: 1\ncreated: 2026-01-01T00:00:00Z\nexpires: 2030-01-01T00:00:00Z\n"
    "rules: [ \"*.edict\" ]\n";
static const char domain_yaml[] =
    "edict: 1\nname: eu.example/sales\nlayer: domain\ndomain: DOMAIN\nversion: 1\ncreated: 2026-01-01T00:00:00Z\n"
    "expires: 2030-01-01T00:00:00Z\nparent: { bundle: f.edb, least: 1 }\nrules: [ \"*.edict\" ]\ncontracts: [ \"c*.yaml\" ]\n";

void random_world_show(const random_world *w, const char *what) {
  char *text = NULL;
  size_t length = 0;
  printf("# seed %llu: %s\n", (unsigned long long)w->seed, what);
  for (int i = 0; i < 4; i++) printf("%.*s\n----\n", (int)w->texts[i].len, w->texts[i].ptr);
  for (int i = 0; i < RANDOM_TABLES; i++)
    if (w->tables[i].there) printf("# %s from %s until %s\n%.*s", w->tables[i].name, w->tables[i].from, w->tables[i].until, (int)w->table_texts[i].len, w->table_texts[i].ptr);
  if (edict_diagnostics_render(w->diagnostics, EDICT_RENDERING_TEXT, &text, &length) == EDICT_OK) printf("%s\n", text);
  edict_text_free(&text);
}

static edi_str str(const edi_buf *b) { return (edi_str){b->ptr, b->len}; }

static bool build(random_world *w, const edi_project_text *files, size_t count, edi_str parent, edi_build *out, edi_buf *bundle) {
  edi_project *project;
  if (edi_project_from_memory(&w->arena, files, count, &project, w->diagnostics) != EDICT_OK) return false;
  if (edi_build_check(&w->arena, project, parent, out, w->diagnostics) != EDICT_OK) return false;
  return edi_build_bundle(out, bundle, w->diagnostics) == EDICT_OK && bundle->failed == EDICT_OK;
}

typedef bool line_filter(random_world *w, edi_str line);

static void filter_lines(random_world *w, edi_buf *text, line_filter *keeps) {
  char *from = text->ptr, *to = text->ptr, *end = text->ptr + text->len;
  while (from < end) {
    char *line = from;
    from = memchr(line, '\n', (size_t)(end - line));
    from = from ? from + 1 : end;
    if (!keeps(w, (edi_str){line, (size_t)(from - line)})) continue;
    memmove(to, line, (size_t)(from - line));
    to += from - line;
  }
  text->len = (size_t)(to - text->ptr);
}

static bool is_no_obligation(random_world *w, edi_str line) {
  (void)w;
  return !edi_str_starts(line, EDI_STR("  oblige "));
}

/* A rule goes from the line of its name to that of the next. */
static bool is_of_kept_rule(random_world *w, edi_str line) {
  if (edi_str_starts(line, EDI_STR("rule ")) || edi_str_starts(line, EDI_STR("shadow rule "))) w->rule_count++;
  if (w->rule_count > RANDOM_WORLD_RULES) abort();
  return edi_str_starts(line, EDI_STR("module ")) || w->rule_count == 0 || !w->without || !w->without[w->rule_count - 1];
}

/* The federal layer with its tables. */
static bool build_federal(random_world *w) {
  static char yaml[4096], names[RANDOM_TABLES][32];
  edi_buf head = edi_buf_fixed(yaml, sizeof yaml);
  edi_project_text files[3 + RANDOM_TABLES] = {{"edict.yaml", {0}}, {"vocabulary.edict", edi_str_from(random_vocabulary())},
                                               {"rules.edict", str(&w->texts[0])}};
  size_t count = 3, tables = 0;
  edi_buf_text(&head, federal_yaml);
  random_tables_yaml(w->tables, "federal.vocabulary", &head);
  files[0].text = (edi_str){head.ptr, head.len};
  for (size_t i = 0; i < RANDOM_TABLES; i++) {
    if (!w->tables[i].there) continue;
    random_table_csv(&w->tables[i], &w->table_texts[i]);
    if (w->tables[i].own) continue;
    random_table_file(&w->tables[i], names[i], sizeof names[i]);
    files[count++] = (edi_project_text){names[i], str(&w->table_texts[i])};
  }
  if (!build(w, files, count, (edi_str){0}, &w->federal, &w->bundles[0])) return false;
  for (size_t i = 0; i < RANDOM_TABLES; i++)
    if (w->tables[i].there && !w->tables[i].own && edi_build_table(&w->federal, tables++, &w->table_bundles[i], w->diagnostics) != EDICT_OK) return false;
  return true;
}

/* The domain's layer, of the texts that are there, with its one table. */
static bool build_domain(random_world *w, const char *name) {
  static char yaml[2048], words[32], file[32];
  edi_buf head = edi_buf_fixed(yaml, sizeof yaml);
  const char *at = strstr(domain_yaml, "DOMAIN");
  edi_buf_format(&head, "%.*s%s%s", (int)(at - domain_yaml), domain_yaml, name, at + 6);
  snprintf(words, sizeof words, "%s.words", name);
  random_tables_yaml(w->tables, words, &head);
  edi_project_text domain[5] = {{"edict.yaml", {head.ptr, head.len}}, {"sales.edict", str(&w->texts[1])}, {"words.edict", str(&w->texts[3])},
                                {"c.yaml", str(&w->texts[2])}};
  random_table *own = &w->tables[RANDOM_TABLES - 1];
  random_table_file(own, file, sizeof file);
  if (own->there) domain[4] = (edi_project_text){file, str(&w->table_texts[RANDOM_TABLES - 1])};
  if (!build(w, domain, own->there ? 5 : 4, str(&w->bundles[0]), &w->domain, &w->bundles[1])) return false;
  return !own->there || edi_build_table(&w->domain, 0, &w->table_bundles[RANDOM_TABLES - 1], w->diagnostics) == EDICT_OK;
}

bool random_world_make(random_world *w, random_source *r) {
  edi_arena_init(&w->arena, NULL, (size_t)1 << 30);
  w->diagnostics = edict_diagnostics_create();
  for (int i = 0; i < 4; i++) edi_buf_init(&w->texts[i], NULL, 1 << 20);
  for (int i = 0; i < 2; i++) edi_buf_init(&w->bundles[i], NULL, 1 << 26);
  for (int i = 0; i < RANDOM_TABLES; i++) {
    edi_buf_init(&w->table_texts[i], NULL, 1 << 16);
    edi_buf_init(&w->table_bundles[i], NULL, 1 << 20);
  }
  random_tables(r, w->tables);
  if (w->about_rows && w->condition) {
    random_row_condition(w->condition - 1, &w->texts[0], &w->texts[1]);
    random_row_contract(r, &w->texts[2]);
  } else if (w->about_rows) {
    random_row_rules(r, 1 + (unsigned)random_below(r, 5), &w->texts[0]);
    random_row_domain_rules(r, (unsigned)random_below(r, 5), &w->texts[1]);
    random_row_contract(r, &w->texts[2]);
  } else {
    random_federal_rules(r, (w->many ? 30 : 3) + (unsigned)random_below(r, w->many ? 30 : 8), &w->texts[0]);
    if (w->many) random_indexed_rules(r, 20 + (unsigned)random_below(r, 60), &w->texts[0]);
    if (w->more) w->more(r, &w->texts[0]);
    random_domain_rules(r, (w->many ? 20 : 1) + (unsigned)random_below(r, w->many ? 20 : 5), &w->texts[1]);
    random_contract(r, true, &w->texts[2]);
  }
  w->rule_count = 0;
  for (int i = 0; i < 2; i++) {
    if (w->obliges_nothing) filter_lines(w, &w->texts[i], is_no_obligation);
    filter_lines(w, &w->texts[i], is_of_kept_rule);
  }
  if (!build_federal(w)) return false;
  const char *name = memmem(w->texts[2].ptr, w->texts[2].len, "domain: sales", 13) ? "sales" : "shop";
  if (strcmp(name, "shop") == 0) /* the module is the domain's */
    for (size_t i = 0; i + 17 < w->texts[1].len; i++)
      if (memcmp(w->texts[1].ptr + i, "module sales.rules", 18) == 0) memcpy(w->texts[1].ptr + i, "module shop.rules ", 18);
  random_domain_words(r, name, &w->texts[3]);
  if (!build_domain(w, name)) return false;
  w->oracle_tables = random_tables_for_oracle(w->tables, w->domain.model, &w->arena);
  return true;
}

static void unfuse(edict_engine *engine) {
  for (size_t i = 0; i < engine->linked_count; i++) {
    const edi_linked *layer = &engine->linked[i];
    memset(layer->fused, 0, layer->program.codes_count * sizeof *layer->fused);
  }
}

bool random_world_start(random_world *w) {
  edict_bytes bytes[2 + RANDOM_TABLES] = {{w->bundles[0].ptr, w->bundles[0].len}, {w->bundles[1].ptr, w->bundles[1].len}};
  size_t count = 2;
  for (size_t i = 0; i < RANDOM_TABLES; i++)
    if (w->tables[i].there) bytes[count++] = (edict_bytes){w->table_bundles[i].ptr, w->table_bundles[i].len};
  edict_engine_options options = {.size = sizeof options, .now = INT64_MIN, .development = 1, .obligations = host_meets,
                                  .obligation_count = 2, .index = w->index};
  edict_diagnostics *notes = edict_diagnostics_create();
  bool ok = edict_engine_create(&options, bytes, count, &w->engine, w->diagnostics) == EDICT_OK;
  if (ok && w->as_it_stands) unfuse(w->engine);
  edict_status bound = ok ? edict_product_create(w->engine, edict_engine_product_name(w->engine, 0), &w->product, notes) : EDICT_OK;
  edict_diagnostics_destroy(&notes);
  return ok && (bound == EDICT_OK || bound == EDICT_LIMIT); /* too many ways to read a row is refused */
}

void random_world_end(random_world *w) {
  edict_product_destroy(&w->product);
  edict_engine_destroy(&w->engine);
  for (int i = 0; i < 4; i++) edi_buf_fini(&w->texts[i]);
  for (int i = 0; i < 2; i++) edi_buf_fini(&w->bundles[i]);
  for (int i = 0; i < RANDOM_TABLES; i++) {
    edi_buf_fini(&w->table_texts[i]);
    edi_buf_fini(&w->table_bundles[i]);
  }
  edict_diagnostics_destroy(&w->diagnostics);
  edi_arena_fini(&w->arena);
}
