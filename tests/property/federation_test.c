/* Federation: what a federal delegate opens to a domain stays under every federal rule that closes.
 *
 * One federation and one contract, served three ways: with no rule of the domain, with one that
 * permits everything it may (the most that delegates open), and with random ones. A random domain
 * permits no more than the second, shows no row and unmasks no column that the second does not, and
 * drops no federal rule from its reasons. tighten_test.c compares the first and the third alone. */
#define _GNU_SOURCE /* memmem */
#include "harness.h"

#include "support/mesh.h"
#include "support/random_rules.h"
#include "support/seed.h"

#define REQUESTS 12
#define ROWS     5

typedef enum way { PLAIN, OPENER, RANDOM, WAYS } way;

typedef struct served {
  mesh m;
  edict_product *product;
  edict_decision *decision;
  edict_session *session;
} served;

typedef struct world {
  uint64_t seed;
  edi_buf federal, contract, random, words;
  const char *domain;
  served ways[WAYS];
  bool serves; /* none of the three can be read in too many ways */
} world;

typedef struct counts {
  uint64_t decisions, permits, delegated, rows, refused;
} counts;

static const char *text(edi_buf *b) {
  edi_buf_char(b, '\0');
  return b->ptr;
}

static bool fail(world *w, const char *why) {
  printf("# seed %llu: %s\n%s\n----\n%s\n----\n%s\n", (unsigned long long)w->seed, why,
         w->federal.ptr, w->random.ptr, w->contract.ptr);
  return false;
}

/* ---- three ways ---- */

static bool serve(world *w, served *s, const char *rules) {
  char yaml[512];
  snprintf(yaml, sizeof yaml,
           "edict: 1\nname: eu.example/d\nlayer: domain\ndomain: %s\nversion: 1\n"
           "created: 2026-01-01T00:00:00Z\nexpires: 2030-01-01T00:00:00Z\n"
           "parent: { bundle: f.edb, least: 1 }\nrules: [ d.edict, w.edict ]\ncontracts: [ c.yaml ]\n",
           w->domain);
  const mesh_file federal[] = {{"edict.yaml",
                                "edict: 1\nname: eu.example\nlayer: federal\nversion: 1\n"
                                "created: 2026-01-01T00:00:00Z\nexpires: 2030-01-01T00:00:00Z\n"
                                "rules: [ \"*.edict\" ]\n"},
                               {"v.edict", random_vocabulary()},
                               {"f.edict", w->federal.ptr}};
  const mesh_file domain[] = {
      {"edict.yaml", yaml}, {"d.edict", rules}, {"w.edict", w->words.ptr}, {"c.yaml", w->contract.ptr}};
  mesh_init(&s->m);
  mesh_add(&s->m, federal, 3);
  mesh_add(&s->m, domain, 4);
  if (mesh_engine(&s->m, NULL) != EDICT_OK) return false;
  edict_status status = edict_product_create(s->m.engine, edict_engine_product_name(s->m.engine, 0),
                                             &s->product, s->m.diagnostics);
  return status == EDICT_OK && edict_decision_create(s->product, &s->decision) == EDICT_OK;
}

static void make_world(world *w, random_source *r) {
  char none[64], most[160];
  edi_buf_init(&w->federal, NULL, 1 << 20);
  edi_buf_init(&w->contract, NULL, 1 << 20);
  edi_buf_init(&w->random, NULL, 1 << 20);
  edi_buf_init(&w->words, NULL, 1 << 20);
  random_federal_rules(r, 2 + (unsigned)random_below(r, 7), &w->federal);
  random_contract(r, true, &w->contract);
  random_domain_rules(r, 1 + (unsigned)random_below(r, 6), &w->random);
  w->domain = strstr(text(&w->contract), "domain: sales") ? "sales" : "shop";
  (void)text(&w->federal);
  random_domain_words(r, w->domain, &w->words);
  (void)text(&w->words);
  char *module = strstr(text(&w->random), "module sales.rules");
  if (module && strcmp(w->domain, "shop") == 0) memcpy(module, "module shop.rules ", 18);
  snprintf(none, sizeof none, "module %s.none\n", w->domain);
  snprintf(most, sizeof most,
           "module %s.most\nrule all\n  permit access\n  on product named \"*\"\n", w->domain);
  w->serves = serve(w, &w->ways[PLAIN], none);
  w->serves = serve(w, &w->ways[OPENER], most) && w->serves;
  w->serves = serve(w, &w->ways[RANDOM], w->random.ptr) && w->serves;
}

static void end_world(world *w) {
  for (int i = 0; i < WAYS; i++) {
    served *s = &w->ways[i];
    edict_session_destroy(&s->session);
    edict_decision_destroy(&s->decision);
    edict_product_destroy(&s->product);
    mesh_fini(&s->m);
  }
  edi_buf_fini(&w->federal);
  edi_buf_fini(&w->contract);
  edi_buf_fini(&w->random);
  edi_buf_fini(&w->words);
}

/* ---- what must hold ---- */

static bool permits(const served *s) { return edict_decision_effect(s->decision) == EDICT_PERMIT; }

/* Whether a reason by a rule of the federation stands in the other decision too. */
static bool has_reason(const edict_decision *d, const edict_reason *wanted) {
  edict_reason r;
  for (size_t i = 0; i < edict_decision_reason_count(d); i++)
    if (edict_decision_reason(d, i, &r) == EDICT_OK && r.rule.len == wanted->rule.len &&
        memcmp(r.rule.ptr, wanted->rule.ptr, r.rule.len) == 0)
      return true;
  return false;
}

static bool keeps_reasons(const served *less, const served *more) {
  edict_reason r;
  for (size_t i = 0; i < edict_decision_reason_count(less->decision); i++) {
    if (edict_decision_reason(less->decision, i, &r) != EDICT_OK) return false;
    bool federal = r.rule.len > 8 && memcmp(r.rule.ptr, "federal.", 8) == 0;
    if (federal && !has_reason(more->decision, &r)) return false;
  }
  return true;
}

static edict_row row_of(served *s, const edict_cell *in, size_t count) {
  static char memory[1 << 16];
  edict_cell out[64];
  edict_row row;
  if (edict_decision_apply_row(s->decision, in, count, out, memory, sizeof memory, &row) !=
      EDICT_OK)
    return EDICT_ROW_HIDDEN;
  return row;
}

static bool compare_rows(world *w, random_source *r, const edict_request *q, served *base,
                         served *other, counts *n) {
  const edi_bound_dataset *d = base->decision->plan->dataset;
  for (int i = 0; i < ROWS; i++) {
    edict_cell in[64];
    n->rows++;
    for (size_t c = 0; c < d->column_count; c++)
      in[c] = random_cell(r, d->columns[c].base ? edi_type_base_name(d->columns[c].base) : "other");
    bool shown = row_of(other, in, d->column_count) == EDICT_ROW_SHOWN;
    if (shown && row_of(base, in, d->column_count) != EDICT_ROW_SHOWN)
      return fail(w, "the domain shows a row that the federation hides");
    for (size_t c = 0; c < q->column_count; c++) {
      edi_transform less_room;
      const edi_transform *less = edi_plan_column_transform(base->decision->plan, q->columns[c], in, &less_room);
      edi_transform more_room;
      const edi_transform *more = edi_plan_column_transform(other->decision->plan, q->columns[c], in, &more_room);
      if (!edi_transform_below(more, less))
        return fail(w, "the domain masks a column less than the federation");
    }
  }
  return true;
}

static bool compare(world *w, random_source *r, const edict_request *q, counts *n) {
  served *plain = &w->ways[PLAIN], *opener = &w->ways[OPENER], *random = &w->ways[RANDOM];
  served *base = permits(plain) ? plain : opener;
  n->decisions++;
  if (permits(plain) && !permits(opener)) return fail(w, "a permit closes");
  if (!permits(random)) return true;
  n->permits++;
  n->delegated += base == opener;
  if (!permits(base)) return fail(w, "the domain permits more than all that is delegated");
  if (base == opener && !plain->decision->plan->delegated)
    return fail(w, "no delegate holds, and the domain permits");
  if (!keeps_reasons(base, random)) return fail(w, "a federal rule no longer matters");
  if (edict_decision_valid_until(random->decision) > edict_decision_valid_until(base->decision))
    return fail(w, "the answer holds longer");
  return compare_rows(w, r, q, base, random, n);
}

static bool one_request(world *w, random_source *r, counts *n) {
  random_attributes subject, context;
  uint32_t columns[64];
  random_subject(r, &subject);
  random_context(r, &context);
  const char *action = random_action(r);
  edict_request q = {.size = sizeof q,
                     .action = {action, strlen(action)},
                     .dataset = random_below(r, 2),
                     .columns = columns,
                     .context = context.items,
                     .context_count = context.count,
                     .now = random_now(r)};
  for (size_t c = 0; c < edict_product_column_count(w->ways[PLAIN].product, q.dataset); c++)
    if (random_below(r, 3)) columns[q.column_count++] = (uint32_t)c;
  for (int i = 0; i < WAYS; i++) {
    served *s = &w->ways[i];
    edict_session_destroy(&s->session);
    if (edict_session_create_hypothetical(s->m.engine, (edict_text){"host", 4},
                                          (edict_text){"ann", 3}, subject.items, subject.count,
                                          &s->session, s->m.diagnostics) != EDICT_OK ||
        edict_decide(s->decision, s->session, &q) != EDICT_OK)
      return fail(w, "no decision");
  }
  return compare(w, r, &q, n);
}

TEST(a_delegate_opens_nothing_that_the_federation_closes)
{
  uint64_t first = seed_of("EDICT_SEED", 1),
           rounds = seed_of("EDICT_ROUNDS", 300);
  counts n = {0};
  bool ok = true;
  for (uint64_t seed = first; ok && seed < first + rounds; seed++) {
    static world w;
    random_source r = {seed * 9000011};
    w = (world){.seed = seed};
    make_world(&w, &r);
    n.refused += !w.serves;
    for (int i = 0; ok && w.serves && i < REQUESTS; i++) ok = one_request(&w, &r, &n);
    end_world(&w);
  }
  CHECK(ok);
  printf("# %llu decisions: %llu permits, %llu by a delegate; %llu rows; %llu worlds refused\n",
         (unsigned long long)n.decisions, (unsigned long long)n.permits,
         (unsigned long long)n.delegated, (unsigned long long)n.rows,
         (unsigned long long)n.refused);
  CHECK(n.delegated * 50 > n.decisions && n.permits > n.delegated); /* or it would show little */
}

HARNESS_MAIN
