/* What a prepared resource leaves of the rules against the rules themselves: random rules about resources, asked
 * about prepared entities by a decision that walks what is left, and in words by one that forgets before each. All
 * of the answer and what the log keeps of it must be the same bytes, at any time, with an index and without. */
#include "harness.h"

#include "enforce/wording.h"
#include "support/random_world.h"
#include "support/seed.h"
#include "support/whole_answer.h"

enum { SESSIONS = 4, ENTITIES = 5, QUESTIONS = 4, STEPS = 60, RULES = 14 };

typedef struct about { random_attributes given; edict_resource resource; edict_entity *entity; } about;
typedef struct put { random_attributes context; edict_request request; edict_question *question; } put;

typedef struct scene {
  random_world w;
  random_source r;
  edict_session *sessions[SESSIONS];
  about entities[ENTITIES];
  put questions[QUESTIONS];
  edict_decision *asks, *forgets;
} scene;

typedef struct counts { uint64_t decisions, permits, refused, brief, swift; } counts;

/* ---- rules ---- */

static const char *const conditions[] = {
    "subject.nicks has model.owner", "model.owner == subject.name", "model.owner in subject.nicks", "subject.name == \"Ann\"",
    "model.size > subject.age", "model.size <= 7", "subject.age == 7", "subject.age >= model.size", "model.level >= subject.clearance",
    "subject.clearance >= internal", "model.home in subject.regions", "subject.regions has model.home", "model.home is eu",
    "subject.home is eu", "subject.home == model.home", "model.regions overlaps subject.regions", "subject.regions covers model.regions",
    "model.regions covers context.areas", "model.ready", "subject.vip", "context.trusted", "not subject.vip", "purpose is support",
    "context.channel == model.owner", "now < 2026-11-21T00:00:00Z", "model.made < now",
    "now - 1 day < model.made", "weekday(now) == 5", "subject.seen < model.made", "subject.score < model.cost", "model.cost >= 0.1",
    "subject.roles has staff", "subject.roles has analyst", "lower(model.owner) == \"ann\"", "lower(subject.name) == \"ann\"", "lower(model.owner) == subject.name",
    "subject.nicks has lower(model.owner)",
    "subject.name starts-with \"A\"", "context.grade >= mid", "subject.codes has model.size", "context.at < model.made",
    "now >= 2026-11-20T10:00:01Z", "subject.likes overlaps context.topics", "model.tags has pii", "product.critical", "subject.member < 2026-01-01"};

/* What most applications ask. Few other rules are about reports. */
static const char *const of_texts[] = {"subject.nicks has report.author", "report.shared has subject.name", "report.shared overlaps subject.nicks",
                                       "subject.nicks overlaps report.shared", "subject.name in report.shared", "report.author in subject.nicks",
                                       "report.author == subject.name", "subject.name == report.author", "not (subject.name == report.author)",
                                       "report.tags has pii", "not (report.tags has pii)"};

static void condition_of_texts(random_source *r, edi_buf *into) {
  uint64_t more = random_below(r, 3);
  if (random_below(r, 6) == 0) { /* no more than unknown where the resource states no tags, whatever else is said */
    edi_buf_format(into, "report.tags has pii and %s", of_texts[random_below(r, 6)]);
    return;
  }
  const char *between = random_below(r, 12) ? " or " : " and ";
  for (uint64_t i = 0; i <= more; i++)
    edi_buf_format(into, "%s%s", i ? between : "", of_texts[random_below(r, sizeof of_texts / sizeof *of_texts)]);
}

/* What a require may read: it is decided before anybody asks. */
static const char *const required[] = {"product.critical", "now < 2026-11-21T00:00:00Z", "not (weekday(now) == 5)", "product.critical or weekday(now) == 5",
                                       "product.critical and now >= 2026-11-20T10:00:01Z", "not (now < 2026-06-01T00:00:00Z or product.critical)"};

static void condition(random_source *r, unsigned depth, edi_buf *into) {
  switch (random_below(r, depth ? 7 : 2)) {
    case 2:
      edi_buf_text(into, "not (");
      condition(r, depth - 1, into);
      edi_buf_text(into, ")");
      return;
    case 3:
    case 4:
    case 5:
    case 6:
      edi_buf_text(into, "(");
      condition(r, depth - 1, into);
      edi_buf_text(into, random_below(r, 2) ? " and " : " or ");
      condition(r, depth - 1, into);
      edi_buf_text(into, ")");
      return;
    default: edi_buf_text(into, conditions[random_below(r, sizeof conditions / sizeof *conditions)]);
  }
}

static const char *const days[] = {"", "", "", "  until 2026-11-20\n", "  from 2026-06-01\n", "  from 2026-06-01\n  until 2026-11-20\n"};
static const char *const actions[] = {"read", "read", "access", "share", "unmask", "export"};

static void add_rules_about_reports(random_source *r, edi_buf *into) {
  bool obliges = random_below(r, 4) == 0; /* in some worlds */
  for (unsigned i = 0; i < RULES / 2; i++) {
    bool forbids = random_below(r, 10) == 0;
    edi_buf_format(into, "\nrule report-%u\n  %s %s\n  on report\n  when ", i, forbids ? "forbid" : "permit", actions[random_below(r, 6)]);
    condition_of_texts(r, into);
    edi_buf_format(into, "\n%s%s  because \"x\"\n", random_below(r, 10) ? "" : days[random_below(r, 6)],
                   obliges && random_below(r, 4) == 0 ? "  oblige ring()\n" : "");
  }
}

static void add_rules(random_source *r, edi_buf *into) {
  bool all = random_below(r, 2); /* some worlds have plain rules alone */
  add_rules_about_reports(r, into);
  for (unsigned i = 0; i < RULES; i++) {
    uint64_t kind = random_below(r, 8);
    edi_buf_format(into, "\n%srule left-%u\n  ", all && random_below(r, 10) == 0 ? "shadow " : "", i);
    if (kind < 6) edi_buf_format(into, "permit %s\n  on model%s\n  when ", actions[random_below(r, 6)], random_below(r, 3) ? "" : " named \"*\"");
    else if (kind == 6) edi_buf_format(into, "forbid %s\n  on model\n  when ", actions[random_below(r, 6)]);
    else edi_buf_text(into, "require ");
    if (kind == 7) edi_buf_format(into, "%s\n  on model", required[random_below(r, 6)]);
    else {
      if (kind == 6) edi_buf_text(into, "(");
      condition(r, 3, into);
      if (kind == 6) edi_buf_text(into, ")");
    }
    if (kind == 6 && random_below(r, 3) == 0) /* what opens may not ask it */
      edi_buf_format(into, " and %s is set", random_below(r, 2) ? "context.channel" : "subject.name");
    edi_buf_text(into, "\n");
    if (kind < 7 && random_below(r, 4) == 0) {
      edi_buf_text(into, "  unless ");
      condition(r, 1, into);
      edi_buf_text(into, "\n");
    }
    edi_buf_text(into, days[random_below(r, 6)]);
    if (all && random_below(r, 8) == 0) edi_buf_text(into, "  oblige ring()\n");
    edi_buf_text(into, "  because \"x\"\n");
  }
}

/* ---- what is asked ---- */

static bool new_session(scene *s, size_t at) {
  random_attributes subject;
  random_subject(&s->r, &subject);
  edict_session_destroy(&s->sessions[at]);
  return edict_session_create_hypothetical(s->w.engine, (edict_text){"host", 4}, (edict_text){"ann", 3}, subject.items, subject.count,
                                           &s->sessions[at], s->w.diagnostics) == EDICT_OK;
}

static bool new_entity(scene *s, about *a) {
  const char *kind = random_resource(&s->r, &a->given);
  a->resource = (edict_resource){{kind, strlen(kind)}, a->given.items, a->given.count};
  edict_entity_destroy(&a->entity);
  return edict_entity_create(s->w.product, &a->resource, &a->entity) == EDICT_OK;
}

static bool new_question(scene *s, put *q) {
  random_context(&s->r, &q->context);
  const char *action = random_action(&s->r);
  q->request = (edict_request){.size = sizeof q->request, .action = {action, strlen(action)}, .context = q->context.items,
                               .context_count = q->context.count};
  edict_question_destroy(&q->question);
  return edict_question_create(s->w.product, &q->request, &q->question) == EDICT_OK;
}

static bool begin(scene *s, uint64_t seed) {
  s->w.seed = seed;
  s->w.more = add_rules;
  static const edict_index ways[] = {EDICT_INDEX_ALWAYS, EDICT_INDEX_AUTO, EDICT_INDEX_NEVER, EDICT_INDEX_ONCE};
  s->w.index = ways[seed % 4];
  s->r = (random_source){seed * 104729 + 7};
  if (!random_world_make(&s->w, &s->r) || !random_world_start(&s->w)) return false;
  if (!s->w.product) return true;
  for (size_t i = 0; i < SESSIONS; i++)
    if (!new_session(s, i)) return false;
  for (size_t i = 0; i < ENTITIES; i++)
    if (!new_entity(s, &s->entities[i])) return false;
  for (size_t i = 0; i < QUESTIONS; i++)
    if (!new_question(s, &s->questions[i])) return false;
  return edict_decision_create(s->w.product, &s->asks) == EDICT_OK && edict_decision_create(s->w.product, &s->forgets) == EDICT_OK;
}

static void end(scene *s) {
  for (size_t i = 0; i < SESSIONS; i++) edict_session_destroy(&s->sessions[i]);
  for (size_t i = 0; i < ENTITIES; i++) edict_entity_destroy(&s->entities[i].entity);
  for (size_t i = 0; i < QUESTIONS; i++) edict_question_destroy(&s->questions[i].question);
  edict_decision_destroy(&s->asks);
  edict_decision_destroy(&s->forgets);
  random_world_end(&s->w);
}

static bool step(scene *s, counts *n, char *why, size_t size) {
  about *a = &s->entities[random_below(&s->r, ENTITIES)];
  put *q = &s->questions[random_below(&s->r, QUESTIONS)];
  size_t who = random_below(&s->r, SESSIONS);
  if (random_below(&s->r, 6) == 0 && !new_session(s, who)) return false;
  if (random_below(&s->r, 6) == 0 && !new_entity(s, a)) return false;
  if (random_below(&s->r, 6) == 0 && !new_question(s, q)) return false;
  if (random_below(&s->r, 30) == 0) edict_decision_forget(s->asks);
  edict_request whole = q->request;
  whole.resource = &a->resource;
  whole.now = random_now(&s->r) + (int64_t)random_below(&s->r, 3) - 1;
  if (random_below(&s->r, 40) == 0) whole.now = INT64_C(4000000000000000); /* past all bundles */
  edict_decision_forget(s->forgets);
  if (edict_decide(s->forgets, s->sessions[who], &whole) != EDICT_OK) return false;
  if (edict_ask(s->asks, s->sessions[who], q->question, a->entity, whole.now, NULL) != EDICT_OK) return false;
  n->decisions++;
  n->permits += edict_decision_effect(s->asks) == EDICT_PERMIT;
  n->refused += edict_decision_effect(s->asks) == EDICT_DENY && edict_decision_reason_count(s->asks) > 1;
  n->brief += s->asks->answer == &s->asks->desk;
  const edi_plan *plan = s->asks->plan;
  n->swift += plan->brief && edi_swift_has(a->entity->known.swift, (size_t)(plan->concern - plan->dataset->concerns)) && plan->holding_count;
  return whole_answers_same(s->asks, s->forgets, 0, why, size);
}

TEST(what_a_resource_leaves_says_what_the_rules_say) {
  uint64_t first = seed_of("EDICT_SEED", 1), rounds = seed_of("EDICT_ROUNDS", 200);
  counts n = {0};
  static char why[65536];
  for (uint64_t seed = first; seed < first + rounds; seed++) {
    static scene s;
    memset(&s, 0, sizeof s);
    bool ok = begin(&s, seed);
    strcpy(why, "it could not be asked");
    for (int i = 0; ok && s.w.product && i < STEPS; i++) ok = step(&s, &n, why, sizeof why);
    if (!ok) random_world_show(&s.w, why);
    end(&s);
    CHECK(ok);
    if (!ok) return;
  }
  printf("# %llu decisions (%llu permits, %llu refused by several rules), %llu of them by what is left alone, %llu swiftly\n", (unsigned long long)n.decisions,
         (unsigned long long)n.permits, (unsigned long long)n.refused, (unsigned long long)n.brief, (unsigned long long)n.swift);
  if (seed_is_given()) return;
  CHECK(n.permits > n.decisions / 30 && n.refused > n.decisions / 30 && n.brief > n.decisions / 4 && n.swift > n.decisions / 50);
}

HARNESS_MAIN
