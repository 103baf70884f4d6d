/* What a decision object remembers against what it would decide: random rules, subjects and requests under a
 * clock that moves both ways, asked in any order of one decision object that remembers and of one that forgets
 * before each. All of the answer, what the log keeps of it and what it makes of rows must be the same bytes.
 * And what says that it stands until a moment must be the same at any moment before. */
#include "harness.h"

#include "support/random_world.h"
#include "support/seed.h"
#include "support/whole_answer.h"

enum { STEPS = 60, SESSIONS = 3, QUESTIONS = 3, ROWS = 2 };

typedef struct asked {
  random_attributes context, given;
  uint32_t columns[64];
  edict_resource resource;
  edict_request request;
  unsigned char seed[EDICT_SEED_BYTES];
  edict_question *question; /* the same, prepared */
  edict_entity *entity;
} asked;

typedef struct scene {
  random_world w;
  random_source r;
  edict_session *sessions[SESSIONS];
  asked questions[QUESTIONS];
  edict_decision *remembers, *forgets, *asks;
  int64_t now;
} scene;

typedef struct counts { uint64_t decisions, again, permits, rows, moments, later; } counts;

/* ---- rules about time ---- */

static const char *const clocks[] = {
    "weekday(now) == 5", "weekday(now) in [1, 6, 7]", "weekday(now) < 3", "5 <= weekday(now)", "weekday(now) != 2",
    "time-of-day(now) < 10 hours", "time-of-day(now) >= 18 hours", "6 hours < time-of-day(now)", "time-of-day(now) <= 86399 seconds",
    "time-of-day(now) == 10 hours", "now < 2026-11-21T00:00:00Z", "now >= 2026-11-20T10:00:01Z", "now == 2026-11-20T10:00:00Z",
    "2026-06-01T00:00:00Z < now", "now > 2026-05-31", "now <= 2026-11-20", "now == 2026-11-21", "now != 2026-06-01",
    "now in [2026-11-20T10:00:00Z, 2026-11-21T00:00:00Z]", "now - 1 day < 2026-11-20T10:00:00Z", "now < subject.seen", "now is set",
    "(time-of-day(now) >= 22 hours or time-of-day(now) < 6 hours)", "(weekday(now) > 5 and time-of-day(now) < 1 hours)", "now >= 2024-02-29T00:00:00Z",
    "now <= 2024-02-29", "now in [2024-02-29T00:00:00Z, 2026-12-31T23:59:59Z]", "(now >= 2026-11-20T23:30:00Z and now < 2026-11-21T00:30:00Z)", "weekday(now) * 2 == 10",
    "time-of-day(now) + 1 hours > 24 hours", "now - 1 month < 2026-10-31T00:00:00Z", "now == 9999-12-31"};
/* What a table says changes where its data begin and end to count. */
static const char *const tables[] = {"subject.person in holds", "subject.person not in holds", "\"42\" not in holds", "consent(\"p-1\", purpose.support).note is set",
                                     "subject.address in nets", "(subject.vip, 2026-05-01) not in flags"};
static const char *const others[] = {"subject.vip", "context.trusted", "purpose is support", "subject.age > 3", "subject.roles has staff",
                                     "context.channel is set", "not subject.home is de"};
#define SOME(r, list) ((list)[random_below((r), sizeof(list) / sizeof *(list))])

static void add_clock_rules(random_source *r, edi_buf *into) {
  static const char *const heads[] = {"permit read\n  on dataset named \"*\"", "permit share\n  on dataset named \"*\"", "forbid read", "forbid export", "mask column tagged pii\n  with null"};
  if (random_below(r, 2)) edi_buf_text(into, "\nrule open\n  permit read\n  on dataset named \"*\"\n");
  for (int i = 0; i < 4; i++) {
    if (random_below(r, 5) == 0) {
      edi_buf_format(into, "\nrule clock-%d\n  mask column tagged pii, plain, untagged\n  with null if %s\n  with keep otherwise\n", i, SOME(r, clocks));
      continue;
    }
    if (random_below(r, 6) == 0) {
      edi_buf_format(into, "\nrule clock-%d\n  require not (now - 1 day > 2026-11-19T10:00:00Z) or weekday(now) != 6\n", i);
      continue;
    }
    const char *first = random_below(r, 3) ? SOME(r, clocks) : SOME(r, tables);
    edi_buf_format(into, "\nrule clock-%d\n  %s\n  when %s%s (%s %s %s)\n", i, SOME(r, heads), first,
                   random_below(r, 2) ? " and" : " or", SOME(r, others), random_below(r, 2) ? "and" : "or", SOME(r, clocks));
  }
}

/* ---- what is asked ---- */

static bool new_session(scene *s, size_t at) {
  static const char *const ids[] = {"ann", "bob", "cy"};
  random_attributes subject;
  const char *id = ids[random_below(&s->r, 3)];
  random_subject(&s->r, &subject);
  edict_session_destroy(&s->sessions[at]);
  return edict_session_create_hypothetical(s->w.engine, (edict_text){"host", 4}, (edict_text){id, strlen(id)}, subject.items,
                                           subject.count, &s->sessions[at], s->w.diagnostics) == EDICT_OK;
}

static bool names_twice(const random_attributes *a) {
  for (size_t i = 0; i < a->count; i++)
    for (size_t j = 0; j < i; j++)
      if (a->items[i].name.len == a->items[j].name.len && memcmp(a->items[i].name.ptr, a->items[j].name.ptr, a->items[i].name.len) == 0) return true;
  return false;
}

/* In one step, or from something else by changes that end in the same. */
static bool prepare(scene *s, asked *q) {
  const edict_text other = {"other", 5};
  edict_request r = q->request;
  size_t all = q->context.count, first = names_twice(&q->context) ? all : random_below(&s->r, all + 1);
  edict_question_destroy(&q->question);
  edict_entity_destroy(&q->entity);
  bool apart = r.resource && random_below(&s->r, 3);
  if (apart && edict_entity_create(s->w.product, &q->resource, &q->entity) != EDICT_OK) return false;
  if (apart) r.resource = NULL;
  r.context_count = first;
  bool ok = edict_question_create(s->w.product, &r, &q->question) == EDICT_OK;
  if (first < all && random_below(&s->r, 2)) {
    edict_attribute more = {q->context.items[all - 1].name, &other, 1};
    ok = ok && edict_question_set(q->question, &more) == EDICT_OK && edict_question_unset(q->question, more.name) == EDICT_OK;
  }
  for (size_t i = first; ok && i < all; i++) ok = edict_question_set(q->question, &q->context.items[i]) == EDICT_OK;
  if (ok && first < all) { /* away and back, in its place */
    edict_attribute changed = {q->context.items[0].name, &other, 1};
    ok = edict_question_set(q->question, &changed) == EDICT_OK && edict_question_set(q->question, &q->context.items[0]) == EDICT_OK;
  }
  return ok;
}

static bool new_question(scene *s, asked *q) {
  random_context(&s->r, &q->context);
  const char *action = random_action(&s->r);
  q->request = (edict_request){.size = sizeof q->request, .action = {action, strlen(action)}, .dataset = random_below(&s->r, 2),
                               .columns = q->columns, .context = q->context.items, .context_count = q->context.count};
  if (random_below(&s->r, 3) == 0) {
    const char *kind = random_resource(&s->r, &q->given);
    q->resource = (edict_resource){{kind, strlen(kind)}, q->given.items, q->given.count};
    q->request.resource = &q->resource;
    q->request.dataset = 0;
    return prepare(s, q);
  }
  size_t all = edict_product_column_count(s->w.product, q->request.dataset);
  for (size_t c = 0; c < all; c++)
    if (random_below(&s->r, 3)) q->columns[q->request.column_count++] = (uint32_t)c;
  return prepare(s, q);
}

/* Back and forth, by little and by much, and onto the edges of what the newest answer said. */
static void move_clock(scene *s) {
  int64_t edge = edict_decision_valid_until(s->remembers);
  static const char *const moments[] = {"2024-02-28T23:59:59.999999Z", "2024-02-29T00:00:00Z", "2024-03-01T00:00:00Z", "2026-11-20T21:59:59.999999Z", "2026-11-20T23:45:00Z",
                                        "2026-12-31T23:59:59.999999Z", "2026-10-31T00:00:00Z", "2026-11-22T00:59:59.999999Z", "2026-11-20T10:00:00.999999Z"};
  switch (random_below(&s->r, 9)) {
    case 0: s->now = random_now(&s->r); break;
    case 6: (void)edi_timestamp_parse(edi_str_from(SOME(&s->r, moments)), &s->now); break;
    case 1: s->now += (int64_t)random_below(&s->r, 1000); break;
    case 2: s->now -= (int64_t)random_below(&s->r, 1000); break;
    case 3: s->now += (int64_t)random_below(&s->r, 40) * 3600 * 1000000; break;
    case 4: if (edge && edge < EDI_TIMESTAMP_MAX) s->now = edge - 1; break;
    case 5: if (edge && edge < EDI_TIMESTAMP_MAX) s->now = edge; break;
    default: break;
  }
}

/* ---- rows as bytes ---- */

static void add_cells(const edict_cell *cells, size_t count, edi_buf *into) {
  for (size_t c = 0; c < count; c++) {
    edi_buf_u32(into, (uint32_t)cells[c].type);
    edi_buf_u64(into, (uint64_t)cells[c].integer);
    if (cells[c].ptr) edi_buf_append(into, cells[c].ptr, cells[c].len);
  }
}

static void row_bytes(edict_decision *d, const edict_cell *in, size_t count, edi_buf *into) {
  edict_cell out[64];
  char memory[4096];
  edict_row row;
  edict_status status = edict_decision_apply_row(d, in, count, out, memory, sizeof memory, &row);
  edi_buf_u32(into, (uint32_t)status);
  edi_buf_u32(into, (uint32_t)row);
  add_cells(out, count, into);
}

static bool same_rows(scene *s, const asked *q, counts *n) {
  edict_cell in[64];
  edi_buf mine, other;
  bool same = true;
  size_t count = edict_product_column_count(s->w.product, q->request.dataset);
  for (int i = 0; i < ROWS && same && !q->request.resource; i++) {
    edi_buf_init(&mine, NULL, 1 << 20);
    edi_buf_init(&other, NULL, 1 << 20);
    for (size_t c = 0; c < count; c++) {
      edict_column_info info;
      same = same && edict_product_column_info(s->w.product, q->request.dataset, c, &info) == EDICT_OK;
      in[c] = random_cell(&s->r, info.type);
    }
    row_bytes(s->remembers, in, count, &mine);
    row_bytes(s->forgets, in, count, &other);
    same = same && mine.failed == EDICT_OK && edi_str_equal((edi_str){mine.ptr, mine.len}, (edi_str){other.ptr, other.len});
    edi_buf_fini(&mine);
    edi_buf_fini(&other);
    n->rows++;
  }
  return same;
}

/* ---- the two laws ---- */

static edict_status afresh(scene *s, const edict_session *session, asked *q, int64_t now) {
  q->request.now = now;
  edict_decision_forget(s->forgets);
  return edict_decide(s->forgets, session, &q->request);
}

static bool step(scene *s, counts *n, char *why, size_t size) {
  asked *q = &s->questions[random_below(&s->r, QUESTIONS)];
  size_t who = random_below(&s->r, SESSIONS);
  if (random_below(&s->r, 12) == 0 && !new_session(s, who)) return false;
  if (random_below(&s->r, 12) == 0 && !new_question(s, q)) return false;
  if (random_below(&s->r, 40) == 0) edict_decision_forget(s->remembers);
  q->request.seed = random_below(&s->r, 2) ? q->seed : NULL;
  q->seed[0]++;
  move_clock(s);
  if (afresh(s, s->sessions[who], q, s->now) != EDICT_OK) return false;
  size_t before = s->remembers->next;
  bool ok = edict_decide(s->remembers, s->sessions[who], &q->request) == EDICT_OK;
  n->again += s->remembers->next == before;
  ok = ok && whole_answers_same(s->remembers, s->forgets, 0, why, size) && same_rows(s, q, n);
  edict_status status = random_below(&s->r, 4) ? edict_ask(s->asks, s->sessions[who], q->question, q->entity, s->now, q->request.seed)
                                               : edict_decide(s->asks, s->sessions[who], &q->request);
  ok = ok && status == EDICT_OK && whole_answers_same(s->asks, s->forgets, 0, why, size);
  n->decisions++;
  n->permits += edict_decision_effect(s->forgets) == EDICT_PERMIT;
  /* Any moment before it ends: all the same but the time itself, the last eight bytes. */
  int64_t end = edict_decision_valid_until(s->remembers), left = end - s->now;
  if (!ok || left <= 1) return ok;
  int64_t later = s->now + (random_below(&s->r, 2) ? left - 1 : (int64_t)random_below(&s->r, (uint64_t)left));
  ok = afresh(s, s->sessions[who], q, later) == EDICT_OK && whole_answers_same(s->remembers, s->forgets, 8, why, size);
  n->moments++;
  n->later += left > 1000000;
  return ok;
}

static bool begin(scene *s, uint64_t seed) {
  s->w.seed = seed;
  s->w.more = add_clock_rules;
  s->r = (random_source){seed * 7919 + 11};
  if (!random_world_make(&s->w, &s->r) || !random_world_start(&s->w)) return false;
  s->now = random_now(&s->r);
  if (!s->w.product) return true;
  for (size_t i = 0; i < SESSIONS; i++)
    if (!new_session(s, i)) return false;
  for (size_t i = 0; i < QUESTIONS; i++) if (!new_question(s, &s->questions[i])) return false;
  return edict_decision_create(s->w.product, &s->asks) == EDICT_OK &&
         edict_decision_create(s->w.product, &s->remembers) == EDICT_OK && edict_decision_create(s->w.product, &s->forgets) == EDICT_OK;
}

static void end(scene *s) {
  for (size_t i = 0; i < SESSIONS; i++) edict_session_destroy(&s->sessions[i]);
  for (size_t i = 0; i < QUESTIONS; i++) {
    edict_question_destroy(&s->questions[i].question);
    edict_entity_destroy(&s->questions[i].entity);
  }
  edict_decision_destroy(&s->asks);
  edict_decision_destroy(&s->remembers);
  edict_decision_destroy(&s->forgets);
  random_world_end(&s->w);
}

TEST(what_is_remembered_is_what_would_be_decided) {
  uint64_t first = seed_of("EDICT_SEED", 1), rounds = seed_of("EDICT_ROUNDS", 150);
  counts n = {0};
  static char why[65536];
  for (uint64_t seed = first; seed < first + rounds; seed++) {
    static scene s;
    s = (scene){.now = 0};
    bool ok = begin(&s, seed);
    strcpy(why, "it could not be asked");
    for (int i = 0; ok && s.w.product && i < STEPS; i++) ok = step(&s, &n, why, sizeof why);
    if (!ok) random_world_show(&s.w, why);
    end(&s);
    CHECK(ok);
    if (!ok) return;
  }
  printf("# %llu decisions (%llu permits), %llu given again, %llu rows, %llu later moments (%llu after more than a second)\n",
         (unsigned long long)n.decisions, (unsigned long long)n.permits, (unsigned long long)n.again, (unsigned long long)n.rows,
         (unsigned long long)n.moments, (unsigned long long)n.later);
  if (first != 1) return; /* what was met is asked of the worlds of `make check`; others differ as they may */
  CHECK(n.again > n.decisions / 20 && n.permits > n.decisions / 20 && n.later > n.decisions / 10);
}

HARNESS_MAIN
