/* Tighten: a domain can close, and open only what a federal delegate lets it.
 *
 * The same federation, contracts and requests are decided with and without the domain's rules, which
 * come from text and then, changed by hand, as a domain that signs bytes of its own making could. What
 * the rules add may deny, mask more, hide more; it permits more only where a delegate holds, and it
 * keeps no row beyond the day after the federation would have it erased. */
#define _GNU_SOURCE /* memmem */
#include "harness.h"

#include "bundle/measure.h"
#include "bundle/packing.h"
#include "enforce/host.h"
#include "policy/build.h"
#include "support/random_rules.h"
#include "support/sample_program.h"
#include "support/seed.h"

#define REQUESTS 10
#define ROWS     4
#define MUTANTS  400 /* tries for each set of rules */
#define LOADED   6   /* of them as many are loaded, at most */

static const char federal_yaml[] =
    "edict: 1\nname: eu.example\nlayer: federal\nversion: 1\ncreated: 2026-01-01T00:00:00Z\n"
    "expires: 2030-01-01T00:00:00Z\nrules: [ \"*.edict\" ]\n";
static const char domain_yaml[] =
    "edict: 1\nname: eu.example/d\nlayer: domain\ndomain: %s\nversion: 1\ncreated: "
    "2026-01-01T00:00:00Z\n"
    "expires: 2030-01-01T00:00:00Z\nparent: { bundle: f.edb, least: 1 }\nrules: [ \"*.edict\" ]\n"
    "contracts: [ \"c*.yaml\" ]\n";

typedef struct served {
  edict_engine *engine;
  edict_product *product;
} served;

typedef struct world {
  uint64_t seed;
  edi_arena arena;
  edict_diagnostics *diagnostics;
  edi_buf rules, own, words, contract, federal, with, without, changed;
  served plain, closer;
} world;

typedef struct counts {
  uint64_t decisions, permits, closed, opened, mutants, rows;
  uint64_t resources;
} counts;

static edi_str str(const edi_buf *b) { return (edi_str){b->ptr, b->len}; }

static bool build(world *w, const edi_project_text *files, size_t count, edi_str parent,
                  edi_buf *bundle) {
  edi_project *project;
  edi_build made;
  return edi_project_from_memory(&w->arena, files, count, &project, w->diagnostics) == EDICT_OK &&
         edi_build_check(&w->arena, project, parent, &made, w->diagnostics) == EDICT_OK &&
         edi_build_bundle(&made, bundle, w->diagnostics) == EDICT_OK;
}

static bool make_world(world *w, random_source *r) {
  char yaml[1024], empty[64];
  edi_buf *const all[] = {&w->rules, &w->own,     &w->words,  &w->contract, &w->federal,
                          &w->with,  &w->without, &w->changed};
  edi_arena_init(&w->arena, NULL, (size_t)1 << 30);
  w->diagnostics = edict_diagnostics_create();
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) edi_buf_init(all[i], NULL, 1 << 26);
  random_federal_rules(r, 3 + (unsigned)random_below(r, 8), &w->rules);
  random_domain_rules(r, 1 + (unsigned)random_below(r, 5), &w->own);
  random_contract(r, true, &w->contract);
  const char *name =
      memmem(w->contract.ptr, w->contract.len, "domain: sales", 13) ? "sales" : "shop";
  char *module = memmem(w->own.ptr, w->own.len, "module sales.rules", 18);
  if (module && strcmp(name, "shop") == 0) memcpy(module, "module shop.rules ", 18);
  snprintf(yaml, sizeof yaml, domain_yaml, name);
  snprintf(empty, sizeof empty, "module %s.none\n", name);
  edi_project_text federal[] = {{"edict.yaml", edi_str_from(federal_yaml)},
                                {"v.edict", edi_str_from(random_vocabulary())},
                                {"r.edict", str(&w->rules)}};
  random_domain_words(r, name, &w->words); /* which the contract speaks of, with the rules and without */
  edi_project_text with[] = {{"edict.yaml", edi_str_from(yaml)}, {"s.edict", str(&w->own)},
                             {"w.edict", str(&w->words)}, {"c.yaml", str(&w->contract)}};
  edi_project_text without[] = {with[0], {"s.edict", edi_str_from(empty)}, with[2], with[3]};
  return build(w, federal, 3, (edi_str){0}, &w->federal) &&
         build(w, with, 4, str(&w->federal), &w->with) &&
         build(w, without, 4, str(&w->federal), &w->without);
}

static void close_served(served *s) {
  edict_product_destroy(&s->product);
  edict_engine_destroy(&s->engine);
}

static bool serve(const world *w, const edi_buf *domain, served *out) {
  edict_bytes bytes[] = {{w->federal.ptr, w->federal.len}, {domain->ptr, domain->len}};
  static const char *const meets[] = {"federal.vocabulary.ring", "federal.vocabulary.mark"};
  edict_engine_options options = {.size = sizeof options,
                                  .now = INT64_MIN,
                                  .development = 1,
                                  .obligations = meets,
                                  .obligation_count = 2};
  *out = (served){NULL, NULL};
  if (edict_engine_create(&options, bytes, 2, &out->engine, NULL) == EDICT_OK &&
      edict_product_create(out->engine, edict_engine_product_name(out->engine, 0), &out->product,
                           NULL) == EDICT_OK)
    return true;
  close_served(out);
  return false;
}

/* ---- a program changed by hand ---- */

static uint32_t *word_of(edi_program *p, random_source *r) {
#define PICK(member, type)                                                                     \
  (p->member##_count ? (uint32_t *)(uintptr_t)&p->member[random_below(r, p->member##_count)] + \
                           random_below(r, sizeof(type) / sizeof(uint32_t))                    \
                     : NULL)
  switch (random_below(r, 10)) {
    case 0:
    case 1:
    case 2: return PICK(rules, edi_rule);
    case 3: return PICK(arms, edi_arm);
    case 4: return PICK(cases, edi_case);
    case 5: return PICK(rowslots, edi_rowslot);
    case 6: return PICK(instrs, edi_instr);
    case 7: return PICK(masks, edi_mask);
    case 8: return PICK(duties, edi_duty);
    default: return PICK(keys, edi_key);
  }
#undef PICK
}

/* A few words of rules, masks or codes, with the cost put right: all that a contract says stays. */
static bool mutate(const world *w, random_source *r, edi_buf *into) {
  edi_arena arena;
  edi_bundle bundle;
  edi_program program, again;
  edi_arena_init(&arena, NULL, (size_t)1 << 26);
  bool ok = edi_bundle_open(&arena, w->with.ptr, w->with.len, &bundle, NULL) == EDICT_OK;
  edi_str from = ok ? edi_bundle_find(&bundle, "program") : (edi_str){0};
  edi_str records = ok ? sample_unpack(&arena, from) : (edi_str){0};
  edi_buf changed;
  edi_buf_init(&changed, NULL, (size_t)1 << 24);
  ok = ok && edi_program_verify(records.ptr, records.len, &arena, &program, NULL) == EDICT_OK;
  for (uint64_t n = 1 + random_below(r, 3); ok && n > 0; n--) {
    uint32_t *word = word_of(&program, r);
    if (!word) continue;
    uint64_t how = random_below(r, 4);
    *word = how == 0   ? *word + 1
            : how == 1 ? *word - 1
            : how == 2 ? (uint32_t)random_below(r, 12)
                       : EDI_NONE;
  }
  ok = ok && edi_program_verify(records.ptr, records.len, &arena, &again, NULL) == EDICT_OK &&
       edi_program_pack(&again, &arena, &changed) == EDICT_OK;
  for (size_t i = 0; ok && i < bundle.manifest.file_count; i++)
    if (edi_str_equal(bundle.files[i].name, EDI_STR("program")))
      bundle.files[i].bytes = (edi_str){changed.ptr, changed.len};
  if (ok) bundle.manifest.cost = again.settings->cost;
  into->len = 0;
  ok = ok && !edi_str_equal((edi_str){changed.ptr, changed.len}, from) &&
       edi_bundle_write(&arena, &bundle.manifest, bundle.files, bundle.manifest.file_count, into,
                        NULL) == EDICT_OK;
  edi_buf_fini(&changed);
  edi_arena_fini(&arena);
  return ok;
}

/* ---- comparing ---- */

static bool fail(const world *w, const char *why) {
  printf("# seed %llu: %s\n%.*s----\n%.*s----\n%.*s", (unsigned long long)w->seed, why,
         (int)w->rules.len, w->rules.ptr, (int)w->own.len, w->own.ptr, (int)w->contract.len,
         w->contract.ptr);
  return false;
}

static edict_row row_of(edict_decision *d, const edict_cell *in, size_t count) {
  static char memory[1 << 16];
  edict_cell out[64];
  edict_row row;
  return edict_decision_apply_row(d, in, count, out, memory, sizeof memory, &row) == EDICT_OK
             ? row
             : EDICT_ROW_HIDDEN;
}

static bool compare_row(const world *w, random_source *r, edict_decision *plain,
                        edict_decision *closer, const edict_request *q, edict_cell *in) {
  const edi_bound_dataset *d = plain->plan->dataset;
  for (size_t c = 0; c < d->column_count; c++)
    in[c] = random_cell(r, d->columns[c].base ? edi_type_base_name(d->columns[c].base) : "other");
  edict_row without = row_of(plain, in, d->column_count),
            with = row_of(closer, in, d->column_count);
  if (with == EDICT_ROW_SHOWN && without != EDICT_ROW_SHOWN)
    return fail(w, "a row is shown that was not");
  for (size_t i = 0; i < q->column_count; i++) {
    edi_transform a_room;
    const edi_transform *a = edi_plan_column_transform(plain->plan, q->columns[i], in, &a_room);
    edi_transform b_room;
    const edi_transform *b = edi_plan_column_transform(closer->plan, q->columns[i], in, &b_room);
    if (!edi_transform_below(b, a)) return fail(w, "a column is masked less");
  }
  return true;
}

/* Groups that must have so many of something must have as many with the domain's rules. */
static bool compare_groups(const world *w, const edict_decision *plain, const edict_decision *closer) {
  edict_group a, b;
  for (size_t i = 0; edict_decision_group(plain, i, &a) == EDICT_OK; i++) {
    bool kept = false;
    for (size_t k = 0; edict_decision_group(closer, k, &b) == EDICT_OK; k++)
      kept = kept || (b.column == a.column && b.least >= a.least);
    if (!kept) return fail(w, "smaller groups are shown");
  }
  return true;
}

typedef struct pair {
  edict_decision *plain, *closer;
  edict_session *subject, *subject_too;
} pair;

static bool decide_both(const pair *p, const edict_request *q) {
  return edict_decide(p->plain, p->subject, q) == EDICT_OK &&
         edict_decide(p->closer, p->subject_too, q) == EDICT_OK;
}

/* What the federation erases today and tomorrow, the domain does not keep beyond tomorrow. */
static bool compare_erasure(const world *w, const pair *p, edict_request *q, const edict_cell *in) {
  size_t count = p->plain->plan->dataset->column_count;
  if (row_of(p->plain, in, count) != EDICT_ROW_ERASABLE) return true;
  q->now += EDI_DAY_MICROS;
  bool decided = decide_both(p, q),
       both = decided && edict_decision_effect(p->closer) == EDICT_PERMIT;
  bool kept = both && row_of(p->plain, in, count) == EDICT_ROW_ERASABLE &&
              row_of(p->closer, in, count) != EDICT_ROW_ERASABLE;
  q->now -= EDI_DAY_MICROS;
  return kept ? fail(w, "a row is kept that was to be erased") : decided && decide_both(p, q);
}

static bool compare(const world *w, random_source *r, const pair *p, edict_request *q, counts *n) {
  if (!decide_both(p, q)) return fail(w, "no decision");
  bool before = edict_decision_effect(p->plain) == EDICT_PERMIT,
       after = edict_decision_effect(p->closer) == EDICT_PERMIT;
  n->decisions++;
  n->permits += after;
  n->closed += before && !after;
  n->opened += after && !before;
  if (after && !before && !p->plain->plan->delegated)
    return fail(w, "the domain's rules permit what is not delegated");
  if (before && after && !compare_groups(w, p->plain, p->closer)) return false;
  for (int i = 0; before && after && i < ROWS; i++) {
    edict_cell in[64];
    n->rows++;
    if (!compare_row(w, r, p->plain, p->closer, q, in) || !compare_erasure(w, p, q, in))
      return false;
  }
  return true;
}

static edict_session *suppose(const served *s, const random_attributes *a) {
  edict_session *session = NULL;
  edict_status status =
      edict_session_create_hypothetical(s->engine, (edict_text){"host", 4}, (edict_text){"ann", 3},
                                        a->items, a->count, &session, NULL);
  return status == EDICT_OK ? session : NULL;
}

static bool one_request(const world *w, random_source *r, const pair *made, const served *closer,
                        counts *n) {
  random_attributes subject, context, given;
  uint32_t columns[64];
  pair p = *made;
  random_subject(r, &subject);
  random_context(r, &context);
  p.subject = suppose(&w->plain, &subject);
  p.subject_too = suppose(closer, &subject);
  const char *action = random_action(r);
  edict_request q = {.size = sizeof q,
                     .action = {action, strlen(action)},
                     .dataset = random_below(r, 2),
                     .columns = columns,
                     .context = context.items,
                     .context_count = context.count,
                     .now = random_now(r)};
  const char *kind = random_resource(r, &given);
  edict_resource resource = {{kind, strlen(kind)}, given.items, given.count};
  if (random_below(r, 3) == 0) q.resource = &resource;
  if (q.resource) q.dataset = 0;
  n->resources += q.resource != NULL;
  for (size_t c = 0; !q.resource && c < edict_product_column_count(w->plain.product, q.dataset); c++)
    if (random_below(r, 3)) columns[q.column_count++] = (uint32_t)c;
  bool ok = p.subject && p.subject_too && compare(w, r, &p, &q, n);
  edict_session_destroy(&p.subject);
  edict_session_destroy(&p.subject_too);
  return ok;
}

static bool compare_served(const world *w, random_source *r, const served *closer, counts *n) {
  pair p = {NULL, NULL, NULL, NULL};
  bool ok = edict_decision_create(w->plain.product, &p.plain) == EDICT_OK &&
            edict_decision_create(closer->product, &p.closer) == EDICT_OK;
  for (int i = 0; ok && i < REQUESTS; i++) ok = one_request(w, r, &p, closer, n);
  edict_decision_destroy(&p.plain);
  edict_decision_destroy(&p.closer);
  return ok;
}

static bool compare_mutants(world *w, random_source *r, counts *n) {
  bool ok = true;
  for (int tries = 0, loaded = 0; ok && tries < MUTANTS && loaded < LOADED; tries++) {
    served mutant;
    if (!mutate(w, r, &w->changed) || !serve(w, &w->changed, &mutant)) continue;
    loaded++;
    n->mutants++;
    ok = compare_served(w, r, &mutant, n);
    close_served(&mutant);
  }
  return ok;
}

static void end_world(world *w) {
  edi_buf *const all[] = {&w->rules, &w->own,     &w->words,  &w->contract, &w->federal,
                          &w->with,  &w->without, &w->changed};
  close_served(&w->plain);
  close_served(&w->closer);
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) edi_buf_fini(all[i]);
  edict_diagnostics_destroy(&w->diagnostics);
  edi_arena_fini(&w->arena);
}

TEST(a_domain_only_tightens)
{
  uint64_t first = seed_of("EDICT_SEED", 1),
           rounds = seed_of("EDICT_ROUNDS", 120);
  counts n = {0};
  for (uint64_t seed = first; seed < first + rounds; seed++) {
    world w = {.seed = seed};
    random_source r = {seed * 7000003};
    bool ok = make_world(&w, &r);
    CHECK(ok);
    /* One that can be read in too many ways is refused, which closes it. */
    if (ok && serve(&w, &w.without, &w.plain)) {
      if (serve(&w, &w.with, &w.closer)) ok = compare_served(&w, &r, &w.closer, &n);
      ok = ok && compare_mutants(&w, &r, &n);
      CHECK(ok);
    }
    end_world(&w);
    if (!ok) break;
  }
  printf("# %llu decisions: %llu permits, %llu closed, %llu opened by a delegate; %llu rows, %llu "
         "changed programs\n",
         (unsigned long long)n.decisions, (unsigned long long)n.permits,
         (unsigned long long)n.closed, (unsigned long long)n.opened, (unsigned long long)n.rows,
         (unsigned long long)n.mutants);
  CHECK(n.closed > 0 && n.opened > 0 && n.mutants > rounds / 2 && n.resources > 0); /* or it would show little */
}

HARNESS_MAIN
