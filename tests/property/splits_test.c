/* One law: it makes no difference at which stage a fact is known. The same rules over facts that are all the
 * context's, or the contract's, the subject's, the context's or the row's in any split, give the same effect, rules
 * that mattered, unknowns, masks, predicate, retention and obligations. Each split is asked until all that can be
 * folded is. A fact that is not given is given nowhere. */
#include "harness.h"

#include "enforce/host.h"
#include "support/mesh.h"
#include "support/random_rules.h"
#include "support/seed.h"

/* Facts of rules about requests, then facts that rules about rows read too. */
enum { FACTS = 9, OF_ROWS = 6, SPLITS = 4, RULES = 9, COLUMNS = FACTS - OF_ROWS + 3 };
typedef enum place { CONTEXT, SUBJECT, PRODUCT, ROW } place;
static const char *const entities[] = {"context", "subject", "product"};
static const char types[FACTS] = {'b', 'i', 's', 'b', 'i', 's', 'b', 'i', 's'};

typedef struct world {
  random_source r;
  const char *values[FACTS]; /* NULL: not given */
  const char *purpose;
  place places[FACTS];
  char rules[8192];          /* `$3` stands for a fact */
} world;

#define PICK(r, list) ((list)[random_below((r), sizeof(list) / sizeof *(list))])

/* ---- rules ---- */

static void comparison(random_source *r, edi_buf *out, bool of_row) {
  static const char *const ints[] = {" > 3", " == 7", " <= 0", " != 3", " + 1 > 4"};
  static const char *const strings[] = {" == \"ann\"", " starts-with \"b\"", " contains \"n\"", " matches /[a-m]+/", " != \"bo\""};
  unsigned fact = (unsigned)(of_row ? OF_ROWS + random_below(r, FACTS - OF_ROWS) : random_below(r, OF_ROWS));
  const char *rest = types[fact] == 'b' ? "" : types[fact] == 'i' ? PICK(r, ints) : PICK(r, strings);
  if (types[fact] == 's' && random_below(r, 5) == 0) edi_buf_format(out, "lower($%u)%s", fact, rest);
  else edi_buf_format(out, "$%u%s", fact, rest);
}

static void condition(random_source *r, edi_buf *out, unsigned depth, bool of_row) {
  if (depth == 0 || random_below(r, 3) == 0) {
    comparison(r, out, of_row && random_below(r, 2));
    return;
  }
  if (random_below(r, 4) == 0) edi_buf_text(out, "not ");
  edi_buf_char(out, '(');
  condition(r, out, depth - 1, of_row);
  edi_buf_text(out, random_below(r, 2) ? " and " : " or ");
  condition(r, out, depth - 1, of_row);
  edi_buf_char(out, ')');
}

/* A name, then what comes before a condition over facts. Cases and `where` alone may read the row. */
typedef struct head { const char *name, *text, *end; } head;
static const head heads[] = {
    {"open", "permit read\n  on dataset named \"*\"\n  when ", "\n\n"},
    {"close", "forbid read\n  when ", "\n  oblige tell(\"no\")\n\n"},
    {"hide", "mask column tagged pii.email\n  with show-last(2)\n  when ", "\n\n"},
    {"tell", "permit read\n  on dataset named \"*\"\n  when ", "\n  oblige tell(\"yes\")\n\n"},
};

static void make_rules(world *w) {
  edi_buf out = edi_buf_fixed(w->rules, sizeof w->rules - 1);
  for (unsigned i = 0; i < RULES - 2; i++) {
    const head *h = i < 2 ? &heads[i * 3] : &PICK(&w->r, heads);
    edi_buf_format(&out, "rule %s-%u\n  %s", h->name, i, h->text);
    condition(&w->r, &out, 2, false);
    edi_buf_text(&out, h->end);
  }
  edi_buf_text(&out, "rule keep\n  retain at most 24 months after row[time.collected]\n\nrule some\n  mask column tagged pii.phone\n  with null if ");
  condition(&w->r, &out, 2, true);
  edi_buf_text(&out, "\n  with show-first(1) otherwise\n\nrule rows\n  show only rows\n  where row[pii.email] == \"bo\" or ");
  condition(&w->r, &out, 2, true);
  edi_buf_text(&out, "\n");
  edi_buf_char(&out, '\0');
  if (out.failed != EDICT_OK) abort();
}

/* The rules with each fact where this split has it. */
static void put_rules(const world *w, char *into, size_t size) {
  edi_buf out = edi_buf_fixed(into, size);
  for (const char *c = w->rules; *c; c++) {
    if (*c != '$') {
      edi_buf_char(&out, *c);
      continue;
    }
    unsigned fact = (unsigned)(*++c - '0');
    if (w->places[fact] == ROW) edi_buf_format(&out, "row[cell.f%u]", fact);
    else edi_buf_format(&out, "%s.f%u", entities[w->places[fact]], fact);
  }
  edi_buf_char(&out, '\0');
  if (out.failed != EDICT_OK) abort();
}

static const char *type_name(char t) { return t == 'b' ? "bool" : t == 'i' ? "int" : "string"; }

static void put_vocabulary(char *into, size_t size) {
  edi_buf out = edi_buf_fixed(into, size);
  edi_buf_text(&out, "module federal.vocabulary\ntaxonomy domain { sales }\ntaxonomy purpose { support }\n"
                     "taxonomy tag { pii { pii.email: string pii.phone: string } time.collected: timestamp \n");
  for (unsigned f = OF_ROWS; f < FACTS; f++) edi_buf_format(&out, "  cell.f%u: %s\n", f, type_name(types[f]));
  edi_buf_text(&out, "}\nlevels classification { public < internal }\n");
  for (unsigned e = 0; e < 3; e++) {
    edi_buf_format(&out, "attributes %s {", entities[e]);
    for (unsigned f = 0; f < FACTS; f++) {
      edi_buf_format(&out, " f%u?: %s", f, type_name(types[f]));
      if (e == PRODUCT) edi_buf_format(&out, " from \"customProperties.f%u\"", f);
    }
    edi_buf_text(&out, " }\n");
  }
  edi_buf_text(&out, "issuer host\nobligation tell(text: string)\ndomains may state pii, time.collected, untagged");
  for (unsigned f = 0; f < FACTS; f++) edi_buf_format(&out, ", product.f%u", f);
  for (unsigned f = OF_ROWS; f < FACTS; f++) edi_buf_format(&out, ", cell.f%u", f);
  edi_buf_text(&out, "\n");
  edi_buf_char(&out, '\0');
  if (out.failed != EDICT_OK) abort();
}

static void put_contract(const world *w, char *into, size_t size) {
  edi_buf out = edi_buf_fixed(into, size);
  bool any = false;
  edi_buf_text(&out, "apiVersion: v3.1.0\nkind: DataContract\nid: c-1\nversion: 1.0.0\nstatus: active\ndomain: sales\ndataProduct: orders\n");
  for (unsigned f = 0; f < FACTS; f++) {
    if (w->places[f] != PRODUCT || !w->values[f]) continue;
    if (!any) edi_buf_text(&out, "customProperties:\n");
    any = true;
    edi_buf_format(&out, "  - { property: f%u, value: %s }\n", f, w->values[f]);
  }
  edi_buf_text(&out, "schema:\n  - name: orders\n    properties:\n"
                     "      - { name: mail, logicalType: string, tags: [ pii.email ] }\n"
                     "      - { name: phone, logicalType: string, tags: [ pii.phone ] }\n"
                     "      - { name: at, logicalType: timestamp, tags: [ time.collected ] }\n");
  for (unsigned f = OF_ROWS; f < FACTS; f++)
    edi_buf_format(&out, "      - { name: f%u, logicalType: %s, tags: [ cell.f%u ] }\n", f,
                   types[f] == 'b' ? "boolean" : types[f] == 'i' ? "integer" : "string", f);
  edi_buf_char(&out, '\0');
  if (out.failed != EDICT_OK) abort();
}

/* ---- asking ---- */

typedef struct given { edict_attribute items[FACTS]; edict_text values[FACTS]; char names[FACTS][4]; size_t count; } given;

static void give(const world *w, place where, given *g) {
  g->count = 0;
  for (unsigned f = 0; f < FACTS; f++) {
    if (w->places[f] != where || !w->values[f]) continue;
    size_t i = g->count++;
    snprintf(g->names[i], sizeof g->names[i], "f%u", f);
    g->values[i] = (edict_text){w->values[f], strlen(w->values[f])};
    g->items[i] = (edict_attribute){{g->names[i], 2}, &g->values[i], 1};
  }
}

static edict_cell cell_of(const world *w, unsigned f) {
  if (!w->values[f]) return (edict_cell){.type = EDICT_CELL_NULL};
  if (types[f] == 'b') return (edict_cell){.type = EDICT_CELL_BOOL, .integer = w->values[f][0] == 't'};
  if (types[f] == 'i') return (edict_cell){.type = EDICT_CELL_INT, .integer = strtoll(w->values[f], NULL, 10)};
  return mesh_text(w->values[f]);
}

static bool reads_rows(const world *w) {
  for (unsigned f = 0; f < FACTS; f++)
    if (w->places[f] == ROW) return true;
  return false;
}

static int by_name(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

/* Attributes by their last part, in the order of names: where one is declared says where it comes from. */
static void put_unknowns(edict_decision *d, size_t reason, edi_buf *into) {
  char names[32][32];
  const char *order[32];
  size_t count = 0;
  const char *name;
  while (count < 32 && (name = edict_decision_reason_unknown(d, reason, count)) != NULL) {
    const char *dot = strrchr(name, '.');
    snprintf(names[count], sizeof names[count], "%s", dot ? dot + 1 : name);
    order[count] = names[count];
    count++;
  }
  qsort(order, count, sizeof *order, by_name);
  for (size_t i = 0; i < count; i++) edi_buf_format(into, " %s", order[i]);
}

/* `rows`: a mask whose cases read the row is among the reasons whatever a row says, so those are left out. */
static void put_answer(edict_decision *d, bool rows, edi_buf *into) {
  edict_reason reason;
  edict_obligation duty;
  edict_argument argument;
  edi_buf_format(into, "%s until %lld\n", edict_decision_effect(d) == EDICT_PERMIT ? "permit" : "deny", (long long)edict_decision_valid_until(d));
  for (size_t i = 0; edict_decision_reason(d, i, &reason) == EDICT_OK; i++) {
    if (rows && edi_str_starts((edi_str){reason.rule.ptr, reason.rule.len}, EDI_STR("federal.rules.some"))) continue;
    edi_buf_format(into, "%.*s %d unmet %.*s", (int)reason.rule.len, reason.rule.ptr, (int)reason.holds, (int)reason.unmet.len, reason.unmet.ptr ? reason.unmet.ptr : "");
    put_unknowns(d, i, into);
    edi_buf_char(into, '\n');
  }
  for (size_t i = 0; edict_decision_obligation(d, i, &duty) == EDICT_OK; i++) {
    if (edict_decision_obligation_argument(d, i, 0, &argument) != EDICT_OK) abort();
    edi_buf_format(into, "oblige %.*s %.*s\n", (int)duty.rule.len, duty.rule.ptr, (int)argument.value.len, argument.value.ptr);
  }
  for (uint32_t i = 0; i < d->plan->retain_rule_count; i++)
    edi_buf_format(into, "retain %u %d %lld\n", (unsigned)d->plan->retain_rules[i], (int)d->plan->retain_holds[i], (long long)d->plan->retain_cutoffs[i]);
  for (size_t c = 0; c < COLUMNS; c++) {
    const char *arguments, *name = edict_decision_column(d, c, &arguments);
    if (!rows || c != 1) edi_buf_format(into, "column %zu %s(%s)\n", c, name, arguments);
  }
  if (!rows && edict_decision_effect(d) == EDICT_PERMIT && edi_decision_where(d, into) != EDICT_OK) abort();
}

static void put_rows(const world *w, edict_decision *d, edi_buf *into) {
  for (int old = 0; old < 2; old++) {
    edict_cell in[COLUMNS] = {mesh_text("ann@mail.example"), mesh_text("+4930"), mesh_text(old ? "2020-01-01T00:00:00Z" : "2026-10-01T00:00:00Z")};
    edict_cell out[COLUMNS];
    edict_row row;
    char memory[512];
    for (unsigned f = OF_ROWS; f < FACTS; f++) in[3 + f - OF_ROWS] = cell_of(w, f);
    if (edict_decision_apply_row(d, in, COLUMNS, out, memory, sizeof memory, &row) != EDICT_OK) abort();
    edi_buf_format(into, "row %d", (int)row);
    for (size_t c = 0; c < 2; c++) edi_buf_format(into, " %.*s", (int)out[c].len, out[c].ptr ? out[c].ptr : "");
    edi_buf_char(into, '\n');
  }
}

/* Asks this split three times; what it says the first time and the last. */
static void answer(const world *w, bool rows, edi_buf *first, edi_buf *last, bool *permit) {
  static char vocabulary[4096], rules[16384], contract[4096];
  static const char *const all[] = {"*"};
  mesh m;
  given subject, context;
  uint32_t columns[COLUMNS];
  char *text = rules + snprintf(rules, sizeof rules, "module federal.rules\n");
  mesh_init(&m);
  put_vocabulary(vocabulary, sizeof vocabulary);
  put_rules(w, text, sizeof rules - (size_t)(text - rules));
  put_contract(w, contract, sizeof contract);
  mesh_file files[] = {{"edict.yaml", "edict: 1\nname: eu.example\nlayer: federal\nversion: 7\ncreated: 2026-01-01T00:00:00Z\n"
                                      "expires: 2030-01-01T00:00:00Z\nrules: [ \"*.edict\" ]\n"},
                       {"vocabulary.edict", vocabulary},
                       {"rules.edict", rules}};
  mesh_add(&m, files, 3);
  mesh_domain(&m, "sales", "", contract);
  const edict_engine_options options = {.size = sizeof options, .now = INT64_MIN, .development = 1, .obligations = all, .obligation_count = 1};
  if (mesh_engine(&m, &options) != EDICT_OK) abort();
  mesh_open(&m);
  give(w, SUBJECT, &subject);
  give(w, CONTEXT, &context);
  if (edict_session_create_hypothetical(m.engine, (edict_text){"host", 4}, (edict_text){"ann", 3}, subject.items, subject.count, &m.session,
                                        m.diagnostics) != EDICT_OK)
    abort();
  for (uint32_t c = 0; c < COLUMNS; c++) columns[c] = c;
  edict_request r = {.size = sizeof r, .action = {"read", 4}, .columns = columns, .column_count = COLUMNS, .context = context.items,
                     .context_count = context.count, .now = mesh_time("2026-11-20T10:00:00Z")};
  for (int again = 0; again < 3; again++) {
    edi_buf *into = again == 0 ? first : last;
    r.column_count = again == 1 ? 1 : COLUMNS; /* not given again at once: the subject is folded, and then asked */
    if (again == 2) m.decision->answers[0].session = NULL;
    if (edict_decide(m.decision, m.session, &r) != EDICT_OK) abort();
    if (again == 1) continue;
    put_answer(m.decision, rows, into);
    put_rows(w, m.decision, into);
  }
  *permit = edict_decision_effect(m.decision) == EDICT_PERMIT;
  mesh_fini(&m);
}

static void make_values(world *w) {
  static const char *const bools[] = {"true", "false", "true"}, *const ints[] = {"0", "3", "7", "-2"}, *const strings[] = {"ann", "bo", "Nina"};
  for (unsigned f = 0; f < FACTS; f++)
    w->values[f] = random_below(&w->r, 5) == 0 ? NULL : types[f] == 'b' ? PICK(&w->r, bools) : types[f] == 'i' ? PICK(&w->r, ints) : PICK(&w->r, strings);
}

static bool same(const edi_buf *a, const edi_buf *b) {
  return a->failed == EDICT_OK && b->failed == EDICT_OK && edi_str_equal((edi_str){a->ptr, a->len}, (edi_str){b->ptr, b->len});
}

static bool try_split(world *w, bool *permit) {
  edi_buf texts[4];
  bool ok = true, rows = reads_rows(w), other;
  world all = *w;
  for (unsigned f = 0; f < FACTS; f++) all.places[f] = CONTEXT;
  for (int i = 0; i < 4; i++) edi_buf_init(&texts[i], NULL, 1 << 20);
  answer(&all, rows, &texts[0], &texts[1], permit);
  answer(w, rows, &texts[2], &texts[3], &other);
  for (int i = 1; i < 4; i++) ok = ok && same(&texts[0], &texts[i]);
  if (!ok) {
    printf("# %s# places", w->rules);
    for (unsigned f = 0; f < FACTS; f++) printf(" %u:%s=%s", f, w->places[f] == ROW ? "row" : entities[w->places[f]], w->values[f] ? w->values[f] : "-");
    for (int i = 0; i < 4; i++) printf("\n# %s\n%.*s", i < 2 ? "all in the context" : "split", (int)texts[i].len, texts[i].ptr);
  }
  for (int i = 0; i < 4; i++) edi_buf_fini(&texts[i]);
  return ok;
}

TEST(where_a_fact_is_known_makes_no_difference) {
  uint64_t rounds = seed_of("EDICT_ROUNDS", 60), first = seed_of("EDICT_SEED", 1);
  uint64_t permits = 0, splits = 0, of_rows = 0;
  for (uint64_t seed = first; seed < first + rounds; seed++) {
    static world w;
    w = (world){.r = {seed * 104729 + 7}};
    make_rules(&w);
    for (int i = 0; i < SPLITS; i++) {
      bool permit;
      make_values(&w);
      for (unsigned f = 0; f < FACTS; f++) w.places[f] = (place)random_below(&w.r, f < OF_ROWS || i % 2 ? 3 : 4);
      bool ok = try_split(&w, &permit);
      if (!ok) printf("# seed %llu\n", (unsigned long long)seed);
      CHECK(ok);
      if (!ok) return;
      splits++;
      permits += permit;
      of_rows += reads_rows(&w);
    }
  }
  printf("# %llu splits (%llu permits, %llu with facts of rows)\n", (unsigned long long)splits, (unsigned long long)permits, (unsigned long long)of_rows);
  if (first != 1) return; /* what was met is asked of the worlds of `make check`; others differ as they may */
  CHECK(permits * 5 > splits && of_rows * 5 > splits);
}

HARNESS_MAIN
