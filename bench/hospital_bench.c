/* Hospital bench: what a decision costs as the rules grow and those that apply stay as many.
 *
 * The rules are those of tests/support/hospital.h. Staff belong to a department, now and then to a second one; four of five requests are
 * about the home department, two of five are reads. All is seeded; answers with an index and without are compared.
 * Every request differs from those that a decision object remembers. Instructions of one decision, handles
 * held: `valgrind --tool=callgrind --toggle-collect='measured*' build/release/bench/hospital_bench N TIMES`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "edict/question.h"
#include "enforce/host.h"
#include "support/hospital.h"

#define NOW INT64_C(1798000000000000)
enum { STAFF = 64, REQUESTS = 2048 };

/* ---- the world ---- */

typedef struct staff { char home[24], other[24], clearance[2]; } staff;

typedef struct question {
  edict_entity *entity;
  unsigned action;
  edict_text unit_text, sort_text, sensitivity_text;
  edict_attribute attributes[3];
  edict_resource resource;
  edict_request request;
  unsigned who;
  char unit_name[24], sensitivity[2];
} question;

typedef struct world {
  hospital rules;
  edict_engine *engine;
  edict_product *product;
  edict_decision *decision;
  edict_session *sessions[STAFF];
  staff people[STAFF];
  edict_question *actions[HOSPITAL_ACTIONS];
  question questions[REQUESTS];
  unsigned char effects[REQUESTS];
  size_t next;
  double load_ms, bind_ms;
} world;

static void must(bool ok, const char *what, edict_diagnostics *d) {
  char *text = NULL;
  size_t length;
  if (ok) return;
  if (d && edict_diagnostics_render(d, EDICT_RENDERING_TEXT, &text, &length) == EDICT_OK) fprintf(stderr, "%.2000s\n", text);
  fprintf(stderr, "%s\n", what);
  exit(1);
}

/* Of the processor: what other work on the machine adds least to. */
static double processor(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void open_engine(world *w, edict_index index) {
  edict_bytes bytes[] = {{w->rules.bundles[0].ptr, w->rules.bundles[0].len}, {w->rules.bundles[1].ptr, w->rules.bundles[1].len}};
  edict_engine_options options = {.size = sizeof options, .now = INT64_MIN, .development = 1, .index = index};
  edict_diagnostics *d = edict_diagnostics_create();
  double start = processor();
  must(edict_engine_create(&options, bytes, 2, &w->engine, d) == EDICT_OK, "no engine", d);
  w->load_ms = (processor() - start) / 1e6;
  start = processor();
  must(edict_product_create(w->engine, edict_engine_product_name(w->engine, 0), &w->product, d) == EDICT_OK, "no product", d);
  w->bind_ms = (processor() - start) / 1e6;
  must(edict_decision_create(w->product, &w->decision) == EDICT_OK, "no decision", d);
  edict_diagnostics_destroy(&d);
}

static void close_engine(world *w) {
  for (size_t i = 0; i < STAFF; i++) edict_session_destroy(&w->sessions[i]);
  for (size_t i = 0; i < HOSPITAL_ACTIONS; i++) edict_question_destroy(&w->actions[i]);
  for (size_t i = 0; i < REQUESTS; i++) edict_entity_destroy(&w->questions[i].entity);
  edict_decision_destroy(&w->decision);
  edict_product_destroy(&w->product);
  edict_engine_destroy(&w->engine);
}

static void hire(world *w, unsigned units) {
  random_source r = {4711};
  edict_diagnostics *d = edict_diagnostics_create();
  for (size_t i = 0; i < STAFF; i++) {
    staff *p = &w->people[i];
    snprintf(p->home, sizeof p->home, "unit-%u", (unsigned)random_below(&r, units));
    snprintf(p->other, sizeof p->other, "unit-%u", (unsigned)random_below(&r, units));
    snprintf(p->clearance, sizeof p->clearance, "%u", 1 + (unsigned)random_below(&r, 4));
    unsigned role = (unsigned)random_below(&r, HOSPITAL_ROLES), second = (unsigned)random_below(&r, HOSPITAL_ROLES);
    edict_text held[] = {{hospital_roles[role], strlen(hospital_roles[role])}, {hospital_roles[second], strlen(hospital_roles[second])}}, clearance = {p->clearance, 1};
    edict_text belongs[] = {{p->home, strlen(p->home)}, {p->other, strlen(p->other)}};
    edict_attribute attributes[] = {{{"roles", 5}, held, 2}, {{"units", 5}, belongs, random_below(&r, 20) ? 1u : 2u}, {{"clearance", 9}, &clearance, 1}};
    must(edict_session_create_hypothetical(w->engine, (edict_text){"host", 4}, (edict_text){"ann", 3}, attributes, 3, &w->sessions[i], d) == EDICT_OK, "no session", d);
  }
  edict_diagnostics_destroy(&d);
}

static void ask(world *w, unsigned units) {
  random_source r = {815};
  for (size_t i = 0; i < REQUESTS; i++) {
    question *q = &w->questions[i];
    q->who = (unsigned)random_below(&r, STAFF);
    unsigned other = (unsigned)random_below(&r, units);
    snprintf(q->unit_name, sizeof q->unit_name, "unit-%u", other);
    if (random_below(&r, 5)) snprintf(q->unit_name, sizeof q->unit_name, "%s", w->people[q->who].home);
    snprintf(q->sensitivity, sizeof q->sensitivity, "%u", 1 + (unsigned)random_below(&r, 4));
    const char *sort = hospital_kinds[random_below(&r, HOSPITAL_KINDS)];
    q->action = random_below(&r, 100) < 39 ? 0 : (unsigned)random_below(&r, HOSPITAL_ACTIONS);
    q->unit_text = (edict_text){q->unit_name, strlen(q->unit_name)};
    q->sort_text = (edict_text){sort, strlen(sort)};
    q->sensitivity_text = (edict_text){q->sensitivity, 1};
    q->attributes[0] = (edict_attribute){{"unit", 4}, &q->unit_text, 1};
    q->attributes[1] = (edict_attribute){{"sort", 4}, &q->sort_text, 1};
    q->attributes[2] = (edict_attribute){{"sensitivity", 11}, &q->sensitivity_text, 1};
    q->resource = (edict_resource){{"record", 6}, q->attributes, 3};
    q->request = (edict_request){.size = sizeof q->request, .action = {hospital_actions[q->action], strlen(hospital_actions[q->action])},
                                 .resource = &q->resource, .now = NOW};
    must(edict_entity_create(w->product, &q->resource, &q->entity) == EDICT_OK, "no entity", NULL);
  }
  for (size_t i = 0; i < HOSPITAL_ACTIONS; i++) {
    edict_request request = {.size = sizeof request, .action = {hospital_actions[i], strlen(hospital_actions[i])}};
    must(edict_question_create(w->product, &request, &w->actions[i]) == EDICT_OK, "no question", NULL);
  }
}

static void decide(void *user) {
  world *w = user;
  const question *q = &w->questions[w->next];
  if (edict_decide(w->decision, w->sessions[q->who], &q->request) != EDICT_OK) abort();
  w->next = (w->next + 1) % REQUESTS;
}

static void ask_next(void *user) {
  world *w = user;
  const question *q = &w->questions[w->next];
  if (edict_ask(w->decision, w->sessions[q->who], w->actions[q->action], q->entity, NOW, NULL) != EDICT_OK) abort();
  w->next = (w->next + 1) % REQUESTS;
}

static unsigned effects(world *w, void (*decide_one)(void *user), bool compare) {
  unsigned permits = 0;
  w->next = 0;
  for (size_t i = 0; i < REQUESTS; i++) {
    decide_one(w);
    unsigned char effect = (unsigned char)(edict_decision_effect(w->decision) == EDICT_PERMIT);
    must(!compare || w->effects[i] == effect, "the answers differ", NULL);
    w->effects[i] = effect;
    permits += effect;
  }
  return permits;
}

static void sizes(const world *w) {
  const edi_program *p = &w->engine->linked[0].program;
  double packed = (double)w->engine->linked[0].bundle->program.len - p->strings_count, records = 0;
#define SECTION(NAME, type, member) records += EDI_SECTION_##NAME == EDI_SECTION_STRINGS ? 0 : (double)p->member##_count * sizeof(type);
  EDI_SECTIONS(SECTION)
#undef SECTION
  double rules = (double)w->rules.rules;
  printf("  bundle: %.1f bytes a rule beside its strings; strings %.0f; records %.0f, engine %.0f, product %.0f bytes a rule in memory\n",
         packed / rules, (double)p->strings_count / rules, records / rules, (double)w->engine->arena.used / rules, (double)w->product->arena.used / rules);
}

/* The least of several rounds. */
static void least(const char *what, void (*work)(void *user), world *w, unsigned times) {
  double best = 1e18;
  for (unsigned r = 0; r < 15; r++) {
    double start = processor();
    for (unsigned i = 0; i < times; i++) work(w);
    double each = (processor() - start) / times;
    if (each < best) best = each;
  }
  printf("  %-58s %9.1f ns\n", what, best);
}

static void one_size(unsigned units) {
  static world w;
  char what[96];
  memset(&w, 0, sizeof w);
  hospital_build(&w.rules, units);
  for (int k = 0; k < 2; k++) {
    edict_index index = k == 0 ? EDICT_INDEX_AUTO : EDICT_INDEX_NEVER;
    open_engine(&w, index);
    hire(&w, units);
    ask(&w, units);
    unsigned permits = effects(&w, decide, k == 1);
    (void)effects(&w, ask_next, true);
    if (k == 0) printf("%zu rules: %.1f%% permits; load and verify %.2f ms, bind %.2f ms\n", w.rules.rules, permits * 100.0 / REQUESTS, w.load_ms, w.bind_ms);
    if (k == 0) sizes(&w);
    unsigned times = k == 0 ? 2 * REQUESTS : units > 100 ? 64 : REQUESTS;
    snprintf(what, sizeof what, "%zu rules, %s an index, by names", w.rules.rules, k == 0 ? "with" : "without");
    least(what, decide, &w, times);
    snprintf(what, sizeof what, "%zu rules, %s an index, handles held", w.rules.rules, k == 0 ? "with" : "without");
    least(what, ask_next, &w, times);
    close_engine(&w);
  }
  hospital_fini(&w.rules);
}

/* The name that callgrind's counting is switched on and off by. */
__attribute__((noinline)) void measured(world *w, unsigned times);
void measured(world *w, unsigned times) {
  for (unsigned i = 0; i < times; i++) ask_next(w);
}

int main(int argc, char **argv) {
  static const unsigned sizes_of[] = {1, 5, 50, 100, 300, 3000};
  if (argc == 3) {
    static world w;
    unsigned units = (unsigned)strtoul(argv[1], NULL, 10);
    hospital_build(&w.rules, units);
    open_engine(&w, EDICT_INDEX_AUTO);
    hire(&w, units);
    ask(&w, units);
    (void)effects(&w, ask_next, false);
    measured(&w, (unsigned)strtoul(argv[2], NULL, 10));
    return 0;
  }
  for (size_t i = 0; i < sizeof sizes_of / sizeof *sizes_of; i++) one_size(sizes_of[i]);
  return 0;
}
