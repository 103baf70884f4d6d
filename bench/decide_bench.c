/* Decide bench: what deciding costs around the rules, by stage: of a session that is new, of one that asks something
 * else, and of one that asks the same again; by names and by what was prepared.
 *
 * `make bench T=decide` tells nanoseconds, what each case takes from the C library, and what reasons cost: the same program of an
 * evaluator without the lines that note them (bench/reasonless.py) is run in turn with this one. Instructions, which hardly
 * vary, are counted by callgrind, one case in each run:
 * `valgrind --tool=callgrind --toggle-collect=measured build/release/bench/decide_bench CASE TIMES`. */
#include <glob.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"
#include "bench/stopwatch.h"
#include "support/demo.h"
#include "support/heap.h"
#include "support/hostile.h"

enum { SESSIONS = 600, SUBJECTS = 50, DOCUMENTS = 50, GROUPS = 10 };

typedef struct asked {
  mesh m;
  uint32_t columns[64];
  edict_request request;
  edict_decision *decision;
  edict_session *session;
  edict_session *sessions[SESSIONS]; /* alike, and more than a decision object remembers; or SUBJECTS different ones */
  size_t next;
  edict_question *question;
  edict_entity *entities[DOCUMENTS];
  edict_resource documents[DOCUMENTS];
  uint64_t state;
  size_t permits, decisions;
} asked;

static const edict_text support = {"support", 7};
static const edict_attribute purpose = {{"purpose", 7}, &support, 1};

static void check(edict_status status) {
  if (status != EDICT_OK) abort();
}

/* ---- subjects ---- */

static void subjects(asked *a, const char *attributes) {
  a->decision = a->m.decision;
  for (size_t i = 0; i < SESSIONS; i++) {
    mesh_subject(&a->m, attributes);
    a->sessions[i] = a->m.session;
    a->m.session = NULL;
  }
  a->session = a->sessions[0];
}

static void ask_columns(asked *a, size_t columns, const edict_attribute *context) {
  for (uint32_t i = 0; i < columns; i++) a->columns[i] = i;
  a->request = (edict_request){.size = sizeof a->request, .action = {"read", 4}, .columns = a->columns, .column_count = columns,
                               .context = context, .context_count = context != NULL, .now = mesh_time(DEMO_NOW)};
  check(edict_question_create(a->m.product, &a->request, &a->question));
}

/* ---- rules/demo ---- */

static void demo(asked *a, const edict_attribute *context) {
  demo_mesh(&a->m, "");
  mesh_open(&a->m);
  subjects(a, DEMO_SUPPORT);
  ask_columns(a, 7, context);
}

static void demo_permit(asked *a) { demo(a, &purpose); }
static void demo_deny(asked *a) { demo(a, NULL); }

/* ---- rules/standard and a domain with a dataset of 20 columns ---- */

static const char shop_yaml[] =
    "edict: 1\nname: standard.example/shop\nlayer: domain\ndomain: retail\nversion: 1\ncreated: 2026-11-01T00:00:00Z\n"
    "expires: 2099-11-01T00:00:00Z\nparent: { bundle: federal.edb, least: 1 }\nrules: [ \"*.edict\" ]\ncontracts: [ \"*.odcs.yaml\" ]\n";
static const char shop_contract[] =
    "apiVersion: v3.1.0\nkind: DataContract\nid: c-1\nversion: 1.0.0\nstatus: active\ndomain: retail\ndataProduct: orders\nteam:\n  name: shop-data\nschema:\n"
    "  - name: customers\n    logicalType: object\n    customProperties:\n"
    "      - { property: classification, value: confidential }\n"
    "      - { property: purposes, value: [ essential, analytics, marketing.communications ] }\n"
    "      - { property: legalBasis, value: [ contract, consent ] }\n"
    "      - { property: dataSubjects, value: [ customer ] }\n      - { property: keep, value: 36 months }\n"
    "    properties:\n"
    "      - { name: customer_id, logicalType: string, required: true, tags: [ person.id ] }\n"
    "      - { name: name, logicalType: string, tags: [ user.name ] }\n"
    "      - { name: email, logicalType: string, tags: [ user.contact.email ] }\n"
    "      - { name: phone, logicalType: string, tags: [ user.contact.phone_number ] }\n"
    "      - { name: street, logicalType: string, tags: [ user.contact.address.street ] }\n"
    "      - { name: city, logicalType: string, tags: [ user.contact.address.city ] }\n"
    "      - { name: zip, logicalType: string, tags: [ user.contact.address.postal_code ] }\n"
    "      - { name: born, logicalType: date, tags: [ user.demographic.date_of_birth ] }\n"
    "      - { name: gender, logicalType: string, tags: [ user.demographic.gender ] }\n"
    "      - { name: country, logicalType: string, tags: [ person.country ] }\n"
    "      - { name: since, logicalType: timestamp, tags: [ time.collected ] }\n"
    "      - { name: number, logicalType: integer, tags: [ record.number ] }\n"
    "      - { name: amount, logicalType: number, tags: [ record.amount ] }\n"
    "      - { name: item, logicalType: string, tags: [ record.item ] }\n"
    "      - { name: second_mail, logicalType: string, tags: [ user.contact.email ] }\n"
    "      - { name: second_phone, logicalType: string, tags: [ user.contact.phone_number ] }\n"
    "      - { name: nick, logicalType: string, tags: [ user.name ] }\n"
    "      - { name: last_item, logicalType: string, tags: [ record.item ] }\n"
    "      - { name: last_amount, logicalType: number, tags: [ record.amount ] }\n"
    "      - { name: last_number, logicalType: integer, tags: [ record.number ] }\n";

static void add_standard(mesh *m) {
  mesh_file files[64];
  size_t count = 0;
  glob_t found;
  if (glob("rules/standard/federal/*", 0, NULL, &found) != 0 || found.gl_pathc > 60) abort();
  for (size_t pass = 0; pass < 2; pass++) /* edict.yaml comes first */
    for (size_t i = 0; i < found.gl_pathc; i++) {
      const char *name = strrchr(found.gl_pathv[i], '/') + 1;
      size_t length;
      if ((strcmp(name, "edict.yaml") == 0) != (pass == 0) || strcmp(name, "tests.edict") == 0) continue; /* those are of its own shop */
      char *bytes = hostile_read(found.gl_pathv[i], &length);
      if (!bytes) abort();
      files[count++] = (mesh_file){edi_arena_copy(&m->arena, name, strlen(name)), edi_arena_copy(&m->arena, bytes, length)};
      free(bytes);
    }
  globfree(&found);
  mesh_add(m, files, count);
}

static void standard(asked *a) {
  static const edict_text helping = {"essential.service.operations.support", 36};
  static const edict_attribute context = {{"purpose", 7}, &helping, 1};
  mesh_init(&a->m);
  add_standard(&a->m);
  const mesh_file shop[] = {{"edict.yaml", shop_yaml}, {"shop.edict", "module retail.rules\n"}, {"c.odcs.yaml", shop_contract}};
  mesh_add(&a->m, shop, 3);
  if (mesh_engine(&a->m, NULL) != EDICT_OK || edict_product_create(a->m.engine, "retail.orders", &a->m.product, a->m.diagnostics) != EDICT_OK ||
      edict_decision_create(a->m.product, &a->m.decision) != EDICT_OK)
    abort();
  subjects(a, "roles support; purposes essential; regions de; clearance confidential; location de");
  ask_columns(a, 20, &context);
}

/* ---- documents that belong to somebody, are shared, lie in folders or are public: requests drawn at random ---- */

static const char documents_rules[] =
    "resource document { owner?: string viewers?: set<string> folders?: set<string> public?: bool = false }\n"
    "rule public\n  permit read\n  on document named \"*\"\n  when document.public\n"
    "rule owners\n  permit read\n  on document named \"*\"\n  when document.owner == subject.name\n"
    "rule viewers\n  permit read\n  on document named \"*\"\n  when subject.name in document.viewers\n"
    "rule folders\n  permit read\n  on document named \"*\"\n  when document.folders overlaps subject.nicks\n"
    "rule writers\n  permit download\n  on document named \"*\"\n  when document.owner == subject.name\n";

static uint64_t draw(asked *a, uint64_t below) {
  a->state = a->state * UINT64_C(6364136223846793005) + 1442695040888963407u;
  return (a->state >> 33) % below;
}

static edict_text name_of(asked *a, const char *what, uint64_t number) {
  char text[32];
  int length = snprintf(text, sizeof text, "%s-%u", what, (unsigned)number);
  return (edict_text){edi_arena_copy(&a->m.arena, text, (size_t)length), (size_t)length};
}

static edict_text *names_of(asked *a, const char *what, uint64_t below, size_t count) {
  edict_text *texts = EDI_NEW_ARRAY(&a->m.arena, edict_text, count);
  for (size_t i = 0; i < count; i++) texts[i] = name_of(a, what, draw(a, below));
  return texts;
}

static void make_document(asked *a, size_t at) {
  static const edict_text truths[] = {{"false", 5}, {"true", 4}};
  edict_attribute *items = EDI_NEW_ARRAY(&a->m.arena, edict_attribute, 5);
  items[0] = (edict_attribute){{"owner", 5}, names_of(a, "person", SUBJECTS, 1), 1};
  items[1] = (edict_attribute){{"viewers", 7}, names_of(a, "person", SUBJECTS, 3), 3};
  items[2] = (edict_attribute){{"folders", 7}, names_of(a, "folder", GROUPS, 1), 1};
  items[3] = (edict_attribute){{"public", 6}, &truths[draw(a, 10) == 0], 1};
  items[4] = (edict_attribute){{"name", 4}, names_of(a, "document", DOCUMENTS, 1), 1};
  a->documents[at] = (edict_resource){{"document", 8}, items, 5};
  check(edict_entity_create(a->m.product, &a->documents[at], &a->entities[at]));
}

static void documents(asked *a) {
  mesh_init(&a->m);
  mesh_federal(&a->m, documents_rules);
  mesh_domain(&a->m, "sales", "", MESH_CONTRACT("  - name: orders\n    properties:\n      - { name: c, logicalType: string }\n"));
  mesh_open(&a->m);
  a->decision = a->m.decision;
  for (size_t i = 0; i < SUBJECTS; i++) {
    char attributes[128];
    snprintf(attributes, sizeof attributes, "name person-%zu; nicks folder-%u folder-%u", i, (unsigned)draw(a, GROUPS), (unsigned)draw(a, GROUPS));
    mesh_subject(&a->m, attributes);
    a->sessions[i] = a->m.session;
    a->m.session = NULL;
  }
  for (size_t i = 0; i < DOCUMENTS; i++) make_document(a, i);
  a->request = (edict_request){.size = sizeof a->request, .action = {"read", 4}, .now = mesh_time(DEMO_NOW)};
  check(edict_question_create(a->m.product, &a->request, &a->question));
}

/* ---- what is measured ---- */

static void make_decision(void *user) {
  asked *a = user;
  edict_decision *d;
  check(edict_decision_create(a->m.product, &d));
  edict_decision_destroy(&d);
}

static void decide(void *user) {
  asked *a = user;
  check(edict_decide(a->decision, a->session, &a->request));
}

static void decide_for_another(void *user) {
  asked *a = user;
  a->next = (a->next + 1) % SESSIONS;
  a->session = a->sessions[a->next];
  decide(user);
}

/* More different requests of one subject than are remembered, so that each is made anew. */
static void decide_otherwise(void *user) {
  asked *a = user;
  size_t columns = a->request.column_count;
  a->next = (a->next + 1) % 12;
  a->columns[columns - 1] = (uint32_t)(a->next % columns);
  a->columns[columns - 2] = (uint32_t)(a->next / 7);
  decide(user);
}

static void ask(void *user) {
  asked *a = user;
  check(edict_ask(a->decision, a->session, a->question, NULL, a->request.now, NULL));
}

static void ask_for_another(void *user) {
  asked *a = user;
  a->next = (a->next + 1) % SESSIONS;
  a->session = a->sessions[a->next];
  ask(user);
}

static void count(asked *a) {
  a->permits += edict_decision_effect(a->decision) == EDICT_PERMIT;
  a->decisions++;
}

static void decide_at_random(void *user) {
  asked *a = user;
  a->request.resource = &a->documents[draw(a, DOCUMENTS)];
  check(edict_decide(a->decision, a->sessions[draw(a, SUBJECTS)], &a->request));
  count(a);
}

static void ask_at_random(void *user) {
  asked *a = user;
  const edict_entity *e = a->entities[draw(a, DOCUMENTS)];
  check(edict_ask(a->decision, a->sessions[draw(a, SUBJECTS)], a->question, e, a->request.now, NULL));
  count(a);
}

/* The same draws alone, and what a person would write in C of the first two rules. */
static void draw_alone(void *user) {
  asked *a = user;
  a->permits += draw(a, DOCUMENTS) == draw(a, SUBJECTS);
  a->decisions++;
}

/* What a session that is new or prepared costs with reasons and without. */
static const char *const with_reasons[] = {"demo-new", "standard-new", "standard-ask-new", "documents-ask"};

typedef struct bench_case {
  const char *name, *what;
  void (*prepare)(asked *a);
  void (*work)(void *user);
} bench_case;

static const bench_case cases[] = {
    {"demo-make", "rules/demo, 7 columns: a decision object made and destroyed", demo_permit, make_decision},
    {"demo-new", "rules/demo, 7 columns, permit, by names: a new session", demo_permit, decide_for_another},
    {"demo-other", "the same session, other columns", demo_permit, decide_otherwise},
    {"demo-again", "the same asked again", demo_permit, decide},
    {"demo-ask", "the same asked again, prepared", demo_permit, ask},
    {"deny-new", "rules/demo, 7 columns, no purpose, deny: a new session", demo_deny, decide_for_another},
    {"deny-other", "the same session, other columns", demo_deny, decide_otherwise},
    {"deny-again", "the same asked again", demo_deny, decide},
    {"standard-make", "rules/standard, 20 columns: a decision object made and destroyed", standard, make_decision},
    {"standard-new", "rules/standard, 20 columns, permit: a new session", standard, decide_for_another},
    {"standard-ask-new", "the same, prepared: a new session", standard, ask_for_another},
    {"standard-other", "the same session, other columns", standard, decide_otherwise},
    {"standard-again", "the same asked again", standard, decide},
    {"standard-ask", "the same asked again, prepared", standard, ask},
    {"documents-draw", "50 subjects, 50 documents: drawing two numbers", documents, draw_alone},
    {"documents-names", "drawing and deciding, by names", documents, decide_at_random},
    {"documents-ask", "drawing and deciding, prepared", documents, ask_at_random},
};

/* The name that callgrind's counting is switched on and off by. */
__attribute__((noinline)) void measured(const bench_case *c, asked *a, unsigned times);
void measured(const bench_case *c, asked *a, unsigned times) {
  for (unsigned i = 0; i < times; i++) c->work(a);
}

/* Nobody measures a refusal that was meant to be a permit. */
static void check_effect(const bench_case *c, asked *a) {
  char words[1024];
  if (a->request.column_count == 0) return;
  check(edict_decide(a->decision, a->session, &a->request));
  if ((edict_decision_effect(a->decision) == EDICT_PERMIT) == (strncmp(c->name, "deny", 4) != 0)) return;
  edict_decision_explain(a->decision, words, sizeof words);
  fprintf(stderr, "%s: %s\n", c->name, words);
  abort();
}

static void end(asked *a) {
  for (size_t k = 0; k < SESSIONS; k++) edict_session_destroy(&a->sessions[k]);
  for (size_t k = 0; k < DOCUMENTS; k++) edict_entity_destroy(&a->entities[k]);
  edict_question_destroy(&a->question);
  mesh_fini(&a->m);
}

/* ---- threads: decisions in all within a time, one session and one engine for all ---- */

enum { THREADS_MOST = 16 };
typedef struct worker { asked *shared; edict_decision *decision; unsigned times; } worker;

static void *work_alone(void *user) {
  worker *w = user;
  asked *a = w->shared;
  uint64_t state = (uint64_t)(uintptr_t)w;
  for (unsigned i = 0; i < w->times; i++) {
    state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    check(edict_ask(w->decision, a->sessions[(state >> 33) % SUBJECTS], a->question, a->entities[(state >> 45) % DOCUMENTS], a->request.now, NULL));
  }
  return NULL;
}

/* The least of the rounds, for one decision of all of them. */
static double time_threads(asked *a, unsigned threads) {
  worker workers[THREADS_MOST];
  pthread_t ids[THREADS_MOST];
  double best = 1e18;
  for (int round = 0; round < ROUNDS; round++) {
    for (unsigned i = 0; i < threads; i++) {
      workers[i] = (worker){.shared = a, .times = 20000};
      check(edict_decision_create(a->m.product, &workers[i].decision));
    }
    double start = now();
    for (unsigned i = 0; i < threads; i++)
      if (pthread_create(&ids[i], NULL, work_alone, &workers[i]) != 0) abort();
    for (unsigned i = 0; i < threads; i++) (void)pthread_join(ids[i], NULL);
    double ns = (now() - start) / (20000.0 * threads);
    best = ns < best ? ns : best;
    for (unsigned i = 0; i < threads; i++) edict_decision_destroy(&workers[i].decision);
  }
  return best;
}

/* 1 to 16, as far as there are processors for them; two in any case. */
static void bench_threads(asked *a) {
  size_t processors = edi_parallel_threads();
  double one = 0;
  for (unsigned threads = 1; threads <= THREADS_MOST && (threads <= 2 || threads <= processors); threads *= 2) {
    double ns = time_threads(a, threads);
    if (threads == 1) one = ns;
    printf("  documents, prepared, %2u threads on %zu processors: a decision in all %9.1f ns, %5.2f times as many as one thread makes\n", threads,
           processors, ns, one / ns);
  }
}

/* ---- what is taken, and what reasons cost ---- */

typedef struct piece_counts { size_t decisions, pieces, of_making; } piece_counts;

/* Pieces that the C library gave, to the project and to every library under it. Making a decision object takes some,
 * which shows that they are counted. */
static void count_pieces(const bench_case *c, asked *a, piece_counts *n) {
  enum { TIMES = 2000 };
  if (c->work == draw_alone) return;
  heap_begin();
  for (int i = 0; i < TIMES; i++) c->work(a);
  size_t pieces = heap_end().calls;
  if (c->work == make_decision) {
    n->of_making = pieces / TIMES;
    return;
  }
  n->pieces += pieces;
  n->decisions += TIMES;
}

/* The number that stands behind `mark` in what a command says; 0: it is not there. */
static double number_of(const char *command, const char *mark) {
  char line[256];
  double number = 0;
  FILE *told = popen(command, "r");
  if (!told) abort();
  while (fgets(line, sizeof line, told)) {
    const char *at = strstr(line, mark);
    if (at) number = strtod(at + strlen(mark), NULL);
  }
  (void)pclose(told);
  return number;
}

static double time_in(const char *program, const char *name) {
  char command[1200];
  snprintf(command, sizeof command, "'%s' --time %s", program, name);
  double ns = number_of(command, "ns ");
  if (ns <= 0) abort();
  return ns;
}

/* Where there is valgrind: instructions do not depend on what else the machine does, nor on where code happens to lie. */
static double instructions_in(const char *program, const char *name) {
  enum { TIMES = 500 };
  char command[1200];
  snprintf(command, sizeof command, "valgrind --tool=callgrind --callgrind-out-file=/dev/null --toggle-collect=measured '%s' %s %d 2>&1", program, name, TIMES);
  return number_of(command, "Collected : ") / TIMES;
}

/* The two programs in turn, the least of each. */
static void bench_reasons(const char *self) {
  enum { TURNS = 24 };
  char other[1024];
  const char *slash = strrchr(self, '/');
  if (!slash || snprintf(other, sizeof other, "%.*s/reasonless/decide_bench", (int)(slash - self), self) >= (int)sizeof other) abort();
  for (size_t i = 0; i < sizeof with_reasons / sizeof *with_reasons; i++) {
    const char *name = with_reasons[i];
    double with = 1e18, without = 1e18, counted = instructions_in(self, name), less = instructions_in(other, name);
    for (int turn = 0; turn < TURNS; turn++) {
      bool own = (turn + turn / 2) % 2 == 0; /* neither is always first */
      double ns = time_in(own ? self : other, name);
      if (own && ns < with) with = ns;
      if (!own && ns < without) without = ns;
    }
    printf("  reasons, %-17s %7.1f ns with, %7.1f without", name, with, without);
    if (counted > 0) printf("; %6.0f instructions with, %6.0f without: %4.1f of 100 (10 may be)\n", counted, less, 100 * (counted - less) / counted);
    else printf(": %4.1f of 100 (10 may be); without valgrind no instructions are counted\n", 100 * (with - without) / with);
  }
}

static double least(const bench_case *c, asked *a) {
  double best = 1e18;
  for (int round = 0; round < 40; round++) {
    double start = now();
    measured(c, a, 500);
    double ns = (now() - start) / 500;
    best = ns < best ? ns : best;
  }
  return best;
}

/* NULL: all of them. */
static void bench_all(const char *only, unsigned times) {
  piece_counts n = {0};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    static asked a;
    if (only && strcmp(only, cases[i].name) != 0) continue;
    memset(&a, 0, sizeof a);
    cases[i].prepare(&a);
    check_effect(&cases[i], &a);
    for (unsigned k = 0; k < 3000; k++) cases[i].work(&a); /* what is done once or twice is done */
    if (only && times) measured(&cases[i], &a, times);
    else if (only) printf("ns %.2f\n", least(&cases[i], &a));
    else measure(cases[i].what, cases[i].work, &a, 1000); /* short, so that other work hardly comes between */
    if (!only && a.decisions && cases[i].work == ask_at_random) {
      printf("  %zu of %zu permitted\n", a.permits, a.decisions);
      bench_threads(&a);
    }
    if (!only) count_pieces(&cases[i], &a, &n);
    end(&a);
  }
  if (only) return;
  printf("  allocations, by the project and every library under it: %zu in %zu decisions (0 may be); making a decision object takes %zu\n", n.pieces,
         n.decisions, n.of_making);
}

/* CASE TIMES: for callgrind; --time CASE: for the other program. */
int main(int argc, char **argv) {
  if (argc == 3 && strcmp(argv[1], "--time") == 0) bench_all(argv[2], 0);
  else if (argc == 3) bench_all(argv[1], (unsigned)strtoul(argv[2], NULL, 10));
  else bench_all(NULL, 0);
  if (argc == 1) bench_reasons(argv[0]);
  return 0;
}
