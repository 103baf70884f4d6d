/* Decide bench: what deciding costs around the rules, by stage: of a session that is new, of one that asks something
 * else, and of one that asks the same again.
 *
 * `make bench T=decide` tells nanoseconds. Instructions, which hardly vary, are counted by callgrind, one case in each
 * run: `valgrind --tool=callgrind --toggle-collect=measured build/release/bench/decide_bench CASE TIMES`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/stopwatch.h"
#include "support/demo.h"

#define SESSIONS 600

typedef struct asked {
  mesh m;
  uint32_t columns[64];
  edict_request request;
  edict_decision *decision;
  edict_session *session;
  edict_session *sessions[SESSIONS]; /* alike; more than a decision object remembers */
  size_t next;
} asked;

static const edict_text support = {"support", 7};
static const edict_attribute purpose = {{"purpose", 7}, &support, 1};

static void subjects(asked *a, const char *attributes) {
  a->decision = a->m.decision;
  for (size_t i = 0; i < SESSIONS; i++) {
    mesh_subject(&a->m, attributes);
    a->sessions[i] = a->m.session;
    a->m.session = NULL;
  }
  a->session = a->sessions[0];
}

static void demo(asked *a, size_t columns, size_t context) {
  demo_mesh(&a->m, "");
  mesh_open(&a->m);
  subjects(a, DEMO_SUPPORT);
  for (uint32_t i = 0; i < columns; i++) a->columns[i] = i;
  a->request = (edict_request){.size = sizeof a->request, .action = {"read", 4}, .columns = a->columns, .column_count = columns,
                               .context = &purpose, .context_count = context, .now = mesh_time(DEMO_NOW)};
}

static void demo_permit(asked *a) { demo(a, 7, 1); }
static void demo_deny(asked *a) { demo(a, 7, 0); }

/* ---- what is measured ---- */

static void decide(void *user) {
  asked *a = user;
  if (edict_decide(a->decision, a->session, &a->request) != EDICT_OK) abort();
}

static void decide_for_another(void *user) {
  asked *a = user;
  a->next = (a->next + 1) % SESSIONS;
  a->session = a->sessions[a->next];
  decide(user);
}

typedef struct bench_case {
  const char *name, *what;
  void (*prepare)(asked *a);
  void (*work)(void *user);
} bench_case;

static const bench_case cases[] = {
    {"demo-new", "rules/demo, 7 columns, permit, by names: a new session", demo_permit, decide_for_another},
    {"demo-again", "the same asked again", demo_permit, decide},
    {"deny-new", "rules/demo, 7 columns, no purpose, deny: a new session", demo_deny, decide_for_another},
    {"deny-again", "the same asked again", demo_deny, decide},
};

/* The name that callgrind's counting is switched on and off by. */
__attribute__((noinline)) void measured(const bench_case *c, asked *a, unsigned times);
void measured(const bench_case *c, asked *a, unsigned times) {
  for (unsigned i = 0; i < times; i++) c->work(a);
}

int main(int argc, char **argv) {
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    static asked a;
    if (argc == 3 && strcmp(argv[1], cases[i].name) != 0) continue;
    memset(&a, 0, sizeof a);
    cases[i].prepare(&a);
    cases[i].work(&a);
    cases[i].work(&a); /* what is done once is done */
    if (argc == 3) measured(&cases[i], &a, (unsigned)strtoul(argv[2], NULL, 10));
    else measure(cases[i].what, cases[i].work, &a, 5000);
    for (size_t k = 0; k < SESSIONS; k++) edict_session_destroy(&a.sessions[k]);
    mesh_fini(&a.m);
  }
  return 0;
}
