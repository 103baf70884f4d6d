/* Hostile contracts: however a domain writes down the same data, nothing opens that the federal layer closes.
 *
 * Random federal rules; a table whose columns are tagged as they are; and a contract of the same table that tries to
 * get round the tags: a second property of one physical name, in other letters; encrypted twins; a column inside of an
 * object; a second schema object of the same table without a tag; tags added that domains may not state; levels
 * left out. Each column of it is asked beside the plain one: it is permitted, shown and raw only where that
 * is. Names match the same globs in both, and facts that domains may state are the same, since rules trust those. */
#include "harness.h"

#include "enforce/host.h"
#include "policy/build.h"
#include "support/random_rules.h"

enum { COLUMNS_MOST = 6, HOSTILE_MOST = 64, REQUESTS = 24, ROWS = 3 };

static const char federal_yaml[] =
    "edict: 1\nname: eu.example\nlayer: federal\nversion: 1\ncreated: 2026-01-01T00:00:00Z\n"
    "expires: 2030-01-01T00:00:00Z\nrules: [ \"*.edict\" ]\n";
static const char domain_yaml[] =
    "edict: 1\nname: eu.example/sales\nlayer: domain\ndomain: sales\nversion: 1\ncreated: 2026-01-01T00:00:00Z\n"
    "expires: 2030-01-01T00:00:00Z\nparent: { bundle: f.edb, least: 1 }\nrules: [ \"*.edict\" ]\ncontracts: [ \"c.yaml\" ]\n";
/* Tags that no domain may state, and what closes by them. */
static const char extra[] =
    "module federal.extra\ntaxonomy tag { extra { extra.a extra.b } }\n"
    "rule extra-hides\n  mask column tagged extra.a\n    with null\n"
    "rule extra-forbids\n  forbid download\n  on dataset holding extra.b\n";

typedef struct plain_column { const char *tag, *type; bool level; } plain_column;

typedef struct world {
  uint64_t seed;
  edi_arena arena;
  edict_diagnostics *diagnostics;
  edi_buf rules, honest, hostile, federal, bundles[2];
  plain_column columns[COLUMNS_MOST];
  size_t count;
  uint32_t stands_for[2][HOSTILE_MOST]; /* by dataset and column of the hostile contract: which one it is */
  size_t hostile_count[2];
  edict_engine *engines[2];
  edict_product *products[2];
} world;

typedef struct counts { uint64_t worlds, questions, permits, closed, rows, columns; } counts;

static edi_str str(const edi_buf *b) { return (edi_str){b->ptr, b->len}; }
#define PICK(r, list) ((list)[random_below(r, sizeof(list) / sizeof *(list))])

/* ---- two contracts of one table ---- */

static void choose_columns(world *w, random_source *r) {
  static const plain_column some[] = {
      {"pii.email", "string", false}, {"pii.phone", "string", true},       {"pii", "string", false},           {"person.id", "string", false},
      {"geo.country", "string", false}, {"time.collected", "timestamp", false}, {"time.day", "date", true}, {"num.count", "integer", false},
      {"num.amount", "number", false},  {"flag", "boolean", false},        {"plain", "string", false}};
  w->count = 2 + random_below(r, COLUMNS_MOST - 1);
  for (size_t i = 0; i < w->count; i++) w->columns[i] = PICK(r, some);
}

static void begin_contract(edi_buf *into) {
  edi_buf_text(into, "apiVersion: v3.1.0\nkind: DataContract\nid: 1\nversion: 1.0.0\nstatus: active\ndomain: sales\ndataProduct: p\n"
                     "team: { name: Ann }\nschema:\n");
}

static const char *const facts[] = {"purposes, value: [ service, marketing ]", "rank, value: 7", "regions, value: [ de, us ]", "since, value: '2026-05-01'"};

static void begin_dataset(edi_buf *into, const char *name, const char *physical, bool tagged, bool level) {
  edi_buf_format(into, "  - name: %s\n    logicalType: object\n    physicalName: %s\n", name, physical);
  if (tagged) edi_buf_text(into, "    tags: [ pii ]\n");
  edi_buf_text(into, "    customProperties:\n      - { property: note, value: x }\n");
  for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
    edi_buf_format(into, "      - { property: %s }\n", facts[i]);
  if (level) edi_buf_text(into, "      - { property: classification, value: internal }\n");
  edi_buf_text(into, "    properties:\n");
}

static void write_honest(world *w) {
  begin_contract(&w->honest);
  for (int d = 0; d < 2; d++) {
    begin_dataset(&w->honest, d ? "other" : "orders", d ? "other_t" : "orders_t", true, true);
    for (size_t i = 0; i < w->count; i++)
      edi_buf_format(&w->honest, "      - { name: c%u, logicalType: %s, tags: [ %s ]%s }\n", (unsigned)i, w->columns[i].type, w->columns[i].tag,
                     w->columns[i].level ? ", classification: restricted" : "");
  }
}

/* A column of the hostile contract that stands for column `of`; `tail` is what else it says. */
static void add_column(world *w, int dataset, size_t of, const char *suffix, const char *physical, const char *tail) {
  if (w->hostile_count[dataset] == HOSTILE_MOST) abort();
  edi_buf_format(&w->hostile, "      - { name: c%u%s, physicalName: %s, logicalType: %s%s }\n", (unsigned)of, suffix, physical, w->columns[of].type, tail);
  w->stands_for[dataset][w->hostile_count[dataset]++] = (uint32_t)of;
}

static void add_hostile(world *w, random_source *r, size_t of, bool whole) {
  const plain_column *c = &w->columns[of];
  char physical[16], tail[160], spelt[16];
  const char *level = c->level && random_below(r, 2) ? ", classification: restricted" : "", *added = random_below(r, 4) ? "" : ", extra.a";
  snprintf(physical, sizeof physical, "c%u", (unsigned)of);
  snprintf(spelt, sizeof spelt, "%c%u", random_below(r, 2) ? 'C' : 'c', (unsigned)of);
  bool twin = random_below(r, 3) == 0, inside = random_below(r, 4) == 0 && whole;
  if (inside) {
    edi_buf_format(&w->hostile, "      - name: c%uy\n        logicalType: object\n        properties:\n          - { name: leaf, logicalType: %s, tags: [ %s ] }\n",
                   (unsigned)of, c->type, c->tag);
    w->stands_for[0][w->hostile_count[0]++] = (uint32_t)of;
  }
  size_t used = (size_t)snprintf(tail, sizeof tail, ", tags: [ %s%s ]%s", c->tag, added, level);
  if (twin) snprintf(tail + used, sizeof tail - used, ", encryptedName: c%uz", (unsigned)of);
  add_column(w, 0, of, "", physical, tail);
  if (random_below(r, 2)) add_column(w, 0, of, "x", spelt, random_below(r, 3) ? "" : ", tags: [ extra.b ]");
  if (twin) {
    snprintf(spelt, sizeof spelt, "c%uz", (unsigned)of);
    add_column(w, 0, of, "z", spelt, "");
  }
}

/* The table as one object that gets round its tags, and as a second one that has none. */
static void write_hostile(world *w, random_source *r) {
  begin_contract(&w->hostile);
  begin_dataset(&w->hostile, "orders", "orders_t", true, random_below(r, 3) != 0);
  for (size_t i = 0; i < w->count; i++) add_hostile(w, r, i, true);
  begin_dataset(&w->hostile, "other", random_below(r, 2) ? "orders_t" : "ORDERS_T", false, random_below(r, 3) != 0);
  for (size_t i = 0; i < w->count; i++) {
    char spelt[16];
    snprintf(spelt, sizeof spelt, "%c%u", random_below(r, 2) ? 'C' : 'c', (unsigned)i);
    add_column(w, 1, i, "", spelt, "");
  }
}

/* ---- worlds ---- */

static bool build(world *w, const edi_project_text *files, size_t count, edi_str parent, edi_buf *bundle) {
  edi_project *project;
  edi_build made;
  return edi_project_from_memory(&w->arena, files, count, &project, w->diagnostics) == EDICT_OK &&
         edi_build_check(&w->arena, project, parent, &made, w->diagnostics) == EDICT_OK &&
         edi_build_bundle(&made, bundle, w->diagnostics) == EDICT_OK;
}

static bool make_world(world *w, random_source *r) {
  edi_buf *const all[] = {&w->rules, &w->honest, &w->hostile, &w->federal, &w->bundles[0], &w->bundles[1]};
  edi_arena_init(&w->arena, NULL, (size_t)1 << 30);
  w->diagnostics = edict_diagnostics_create();
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) edi_buf_init(all[i], NULL, 1 << 26);
  random_federal_rules(r, 4 + (unsigned)random_below(r, 10), &w->rules);
  choose_columns(w, r);
  write_honest(w);
  write_hostile(w, r);
  edi_project_text federal[] = {{"edict.yaml", edi_str_from(federal_yaml)}, {"v.edict", edi_str_from(random_vocabulary())},
                                {"e.edict", edi_str_from(extra)}, {"r.edict", str(&w->rules)}};
  if (!build(w, federal, 4, (edi_str){0}, &w->federal)) return false;
  for (int i = 0; i < 2; i++) {
    edi_project_text domain[] = {{"edict.yaml", edi_str_from(domain_yaml)}, {"s.edict", edi_str_from("module sales.none\n")},
                                 {"c.yaml", str(i ? &w->hostile : &w->honest)}};
    if (!build(w, domain, 3, str(&w->federal), &w->bundles[i])) return false;
  }
  return true;
}

/* False: it can be read in too many ways, and is refused. */
static bool serve(world *w, int which) {
  static const char *const meets[] = {"federal.vocabulary.ring", "federal.vocabulary.mark"};
  edict_bytes bytes[] = {{w->federal.ptr, w->federal.len}, {w->bundles[which].ptr, w->bundles[which].len}};
  edict_engine_options options = {.size = sizeof options, .now = INT64_MIN, .development = 1, .obligations = meets, .obligation_count = 2};
  return edict_engine_create(&options, bytes, 2, &w->engines[which], w->diagnostics) == EDICT_OK &&
         edict_product_create(w->engines[which], "sales.p", &w->products[which], NULL) == EDICT_OK;
}

static void end_world(world *w) {
  edi_buf *const all[] = {&w->rules, &w->honest, &w->hostile, &w->federal, &w->bundles[0], &w->bundles[1]};
  for (int i = 0; i < 2; i++) {
    edict_product_destroy(&w->products[i]);
    edict_engine_destroy(&w->engines[i]);
  }
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) edi_buf_fini(all[i]);
  edict_diagnostics_destroy(&w->diagnostics);
  edi_arena_fini(&w->arena);
}

static bool fail(const world *w, const char *why) {
  char *text = NULL;
  size_t length = 0;
  printf("# seed %llu: %s\n%.*s----\n%.*s----\n%.*s", (unsigned long long)w->seed, why, (int)w->rules.len, w->rules.ptr, (int)w->honest.len,
         w->honest.ptr, (int)w->hostile.len, w->hostile.ptr);
  if (edict_diagnostics_render(w->diagnostics, EDICT_RENDERING_TEXT, &text, &length) == EDICT_OK) printf("%s\n", text);
  edict_text_free(&text);
  return false;
}

/* ---- comparing ---- */

typedef struct sides { edict_decision *decisions[2]; edict_session *subjects[2]; } sides;

static edict_row row_of(edict_decision *d, const edict_cell *in, size_t count) {
  static char memory[1 << 16];
  edict_cell out[HOSTILE_MOST];
  edict_row row;
  return edict_decision_apply_row(d, in, count, out, memory, sizeof memory, &row) == EDICT_OK ? row : EDICT_ROW_HIDDEN;
}

/* One row of the table as both contracts have it. */
static bool compare_row(const world *w, random_source *r, const sides *s, size_t dataset, const uint32_t *asked, size_t count) {
  edict_cell plain[COLUMNS_MOST], in[HOSTILE_MOST];
  const edi_bound_dataset *d = s->decisions[0]->plan->dataset, *h = s->decisions[1]->plan->dataset;
  for (size_t i = 0; i < w->count; i++) plain[i] = random_cell(r, edi_type_base_name(d->columns[i].base));
  for (size_t i = 0; i < h->column_count; i++)
    in[i] = i < w->hostile_count[dataset] && h->columns[i].base ? plain[w->stands_for[dataset][i]] : (edict_cell){.type = EDICT_CELL_NULL};
  if (row_of(s->decisions[1], in, h->column_count) == EDICT_ROW_SHOWN && row_of(s->decisions[0], plain, w->count) != EDICT_ROW_SHOWN)
    return fail(w, "a row is shown that was not");
  for (size_t i = 0; i < count; i++) {
    edi_transform a_room, b_room;
    const edi_transform *a = edi_plan_column_transform(s->decisions[0]->plan, w->stands_for[dataset][asked[i]], plain, &a_room);
    const edi_transform *b = edi_plan_column_transform(s->decisions[1]->plan, asked[i], in, &b_room);
    if (!edi_transform_below(b, a)) return fail(w, "a column is masked less");
  }
  return true;
}

static bool one_question(const world *w, random_source *r, const sides *s, counts *n) {
  random_attributes context;
  uint32_t all[COLUMNS_MOST], asked[HOSTILE_MOST];
  const char *action = random_action(r);
  size_t dataset = random_below(r, 2), count = 0;
  random_context(r, &context);
  edict_request q = {.size = sizeof q, .action = {action, strlen(action)}, .dataset = dataset, .columns = all,
                     .context = context.items, .context_count = context.count, .now = random_now(r)};
  for (uint32_t i = 0; i < w->hostile_count[dataset]; i++)
    if (random_below(r, 2)) asked[count++] = i;
  bool wanted[COLUMNS_MOST] = {false};
  for (size_t i = 0; i < count; i++) wanted[w->stands_for[dataset][asked[i]]] = true;
  for (uint32_t i = 0; i < w->count; i++)
    if (wanted[i]) all[q.column_count++] = i;
  if (edict_decide(s->decisions[0], s->subjects[0], &q) != EDICT_OK) return fail(w, "no decision");
  q.columns = asked;
  q.column_count = count;
  if (edict_decide(s->decisions[1], s->subjects[1], &q) != EDICT_OK) return fail(w, "no decision");
  bool before = edict_decision_effect(s->decisions[0]) == EDICT_PERMIT, after = edict_decision_effect(s->decisions[1]) == EDICT_PERMIT;
  n->questions++;
  n->permits += before && after;
  n->closed += before && !after;
  n->columns += count;
  if (after && !before) return fail(w, "the hostile contract permits what the plain one does not");
  for (int i = 0; before && after && i < ROWS; i++, n->rows++)
    if (!compare_row(w, r, s, dataset, asked, count)) return false;
  return true;
}

static bool compare(const world *w, random_source *r, counts *n) {
  sides s = {{NULL, NULL}, {NULL, NULL}};
  bool ok = true;
  for (int i = 0; i < 2; i++) ok = edict_decision_create(w->products[i], &s.decisions[i]) == EDICT_OK && ok;
  for (int q = 0; ok && q < REQUESTS; q++) {
    random_attributes subject;
    random_subject(r, &subject);
    for (int i = 0; i < 2; i++) {
      edict_session_destroy(&s.subjects[i]);
      ok = edict_session_create_hypothetical(w->engines[i], (edict_text){"host", 4}, (edict_text){"ann", 3}, subject.items, subject.count, &s.subjects[i],
                                             NULL) == EDICT_OK && ok;
    }
    ok = ok && one_question(w, r, &s, n);
  }
  for (int i = 0; i < 2; i++) {
    edict_decision_destroy(&s.decisions[i]);
    edict_session_destroy(&s.subjects[i]);
  }
  return ok;
}

static uint64_t from_environment(const char *name, uint64_t otherwise) {
  const char *text = getenv(name);
  return text ? strtoull(text, NULL, 10) : otherwise;
}

TEST(no_contract_opens_what_the_federation_closes)
{
  uint64_t first = from_environment("EDICT_SEED", 1), rounds = from_environment("EDICT_ROUNDS", 250);
  counts n = {0};
  for (uint64_t seed = first; seed < first + rounds; seed++) {
    world w = {.seed = seed};
    random_source r = {seed * 5000011};
    bool ok = make_world(&w, &r) || fail(&w, "it is not built");
    if (ok && serve(&w, 0) && serve(&w, 1)) {
      n.worlds++;
      ok = compare(&w, &r, &n);
    }
    end_world(&w);
    CHECK(ok);
    if (!ok) break;
  }
  printf("# %llu worlds, %llu questions: %llu permitted by both, %llu closed by the hostile contract alone; %llu columns, %llu rows\n",
         (unsigned long long)n.worlds, (unsigned long long)n.questions, (unsigned long long)n.permits, (unsigned long long)n.closed,
         (unsigned long long)n.columns, (unsigned long long)n.rows);
  CHECK(n.worlds > rounds / 2 && n.permits > rounds && n.closed > 0 && n.rows > rounds); /* or it would show little */
}

HARNESS_MAIN
