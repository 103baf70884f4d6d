/* Many requests at once: each effect is that of edict_decide by itself, for one subject and many resources and for
 * many subjects and one request, with obligations that cannot be met, exemptions, delegates, shadows, unknown kinds
 * and attributes, and pointers that cannot be meant. EDICT_SEED and EDICT_ROUNDS choose where to start and how long. */
#include "harness.h"

#include "support/random_world.h"
#include "support/seed.h"

enum { SUBJECTS = 7, RESOURCES = 12, ROUNDS_OF_WORLD = 4 };

typedef struct many_counts { uint64_t effects, permits, failed; } many_counts;

typedef struct scene {
  random_world w;
  random_source r;
  edict_session *sessions[SUBJECTS];
  edict_decision *many, *single;
} scene;

/* Rules that look at texts and sets of the context beside those of the resource. */
static void about_both(random_source *r, edi_buf *into) {
  static const char *const conditions[] = {
      "context.channel == \"Ann\" and model.owner is set", "context.channel == model.owner", "context.channel == model.name and model.size > 3",
      "context.areas has eu and model.regions has us", "context.areas overlaps model.regions", "model.home in context.areas"};
  static const char *const effects[] = {"permit access", "permit read", "forbid read", "forbid export"};
  for (unsigned i = 0; i < 4; i++)
    edi_buf_format(into, "\nrule both-%u\n  %s\n  on model\n  when %s\n  because \"x\"\n", i, effects[random_below(r, 4)], conditions[random_below(r, 6)]);
}

static bool open_scene(scene *s) {
  bool ok = random_world_make(&s->w, &s->r) && random_world_start(&s->w);
  if (!ok || !s->w.product) return ok;
  for (size_t i = 0; ok && i < SUBJECTS; i++) {
    random_attributes subject;
    random_subject(&s->r, &subject);
    ok = edict_session_create_hypothetical(s->w.engine, (edict_text){"host", 4}, (edict_text){"ann", 3}, subject.items, subject.count,
                                           &s->sessions[i], s->w.diagnostics) == EDICT_OK;
  }
  return ok && edict_decision_create(s->w.product, &s->many) == EDICT_OK && edict_decision_create(s->w.product, &s->single) == EDICT_OK;
}

static void close_scene(scene *s) {
  edict_decision_destroy(&s->many);
  edict_decision_destroy(&s->single);
  for (size_t i = 0; i < SUBJECTS; i++) edict_session_destroy(&s->sessions[i]);
  random_world_end(&s->w);
}

/* What one by one gives; the first status that is not OK in *first. */
static edict_effect alone(scene *s, const edict_session *session, const edict_request *request, edict_status *first) {
  edict_status status = edict_decide(s->single, session, request);
  if (*first == EDICT_OK) *first = status;
  return edict_decision_effect(s->single);
}

static bool same(const unsigned char *effects, const edict_effect *expected, size_t count, const scene *s, many_counts *n) {
  for (size_t i = 0; i < count; i++) {
    n->effects++;
    n->permits += expected[i] == EDICT_PERMIT;
    if (effects[i] != (unsigned char)expected[i]) return printf("# number %zu is %d, alone %d\n", i, effects[i], (int)expected[i]) < 0;
  }
  return edict_decision_effect(s->many) == EDICT_DENY && edict_decision_reason_count(s->many) == 0;
}

static bool many_resources(scene *s, edict_request request, many_counts *n) {
  static random_attributes given[RESOURCES];
  edict_resource resources[RESOURCES];
  unsigned char effects[RESOURCES];
  edict_effect expected[RESOURCES];
  edict_status first = EDICT_OK;
  const edict_session *session = s->sessions[random_below(&s->r, SUBJECTS)];
  request.dataset = request.column_count = 0;
  for (size_t i = 0; i < RESOURCES; i++) {
    const char *kind = random_resource(&s->r, &given[i]);
    if (random_below(&s->r, 10) == 0) kind = "nothing";
    if (random_below(&s->r, 10) == 0 && given[i].count) given[i].items[0].name = (edict_text){"novel", 5};
    resources[i] = (edict_resource){{kind, strlen(kind)}, given[i].items, given[i].count};
    if (random_below(&s->r, 20) == 0) resources[i].kind.ptr = NULL;
  }
  for (size_t i = 0; i < RESOURCES; i++) {
    edict_request one = request;
    one.resource = &resources[i];
    expected[i] = alone(s, session, &one, &first);
  }
  memset(effects, 7, sizeof effects);
  edict_status status = edict_decide_resources(s->many, session, &request, resources, RESOURCES, effects);
  n->failed += status != EDICT_OK;
  return status == first && same(effects, expected, RESOURCES, s, n);
}

static bool many_subjects(scene *s, edict_request request, many_counts *n) {
  random_attributes given;
  const edict_session *sessions[SUBJECTS + 2];
  unsigned char effects[SUBJECTS + 2];
  edict_effect expected[SUBJECTS + 2];
  edict_status first = EDICT_OK;
  edict_resource resource;
  if (random_below(&s->r, 2)) {
    const char *kind = random_resource(&s->r, &given);
    resource = (edict_resource){{kind, strlen(kind)}, given.items, given.count};
    request.resource = &resource;
    request.dataset = request.column_count = 0;
  }
  for (size_t i = 0; i < SUBJECTS + 2; i++) {
    sessions[i] = i % 5 == 4 && random_below(&s->r, 8) == 0 ? NULL : s->sessions[random_below(&s->r, SUBJECTS)];
    expected[i] = alone(s, sessions[i], &request, &first);
  }
  memset(effects, 7, sizeof effects);
  edict_status status = edict_decide_subjects(s->many, sessions, SUBJECTS + 2, &request, effects);
  n->failed += status != EDICT_OK;
  return status == first && same(effects, expected, SUBJECTS + 2, s, n);
}

/* What was asked in bulk leaves nothing behind: a decision that follows has the words of one that it did not come before. */
static bool nothing_stays(scene *s, const edict_request *request) {
  static char mine[8192], theirs[8192];
  const edict_session *session = s->sessions[random_below(&s->r, SUBJECTS)];
  edict_decision_forget(s->single);
  if (edict_decide(s->many, session, request) != edict_decide(s->single, session, request)) return false;
  (void)edict_decision_explain(s->many, mine, sizeof mine);
  (void)edict_decision_explain(s->single, theirs, sizeof theirs);
  bool same = strcmp(mine, theirs) == 0;
  if (!same) printf("# %s\n# alone: %s\n", mine, theirs);
  return same;
}

static bool rounds(scene *s, many_counts *n) {
  for (int i = 0; i < ROUNDS_OF_WORLD; i++) {
    random_attributes context;
    uint32_t columns[64];
    random_context(&s->r, &context);
    const char *action = random_action(&s->r);
    edict_request request = {.size = sizeof request, .action = {action, strlen(action)}, .dataset = random_below(&s->r, 2), .columns = columns,
                             .context = context.items, .context_count = context.count, .now = random_now(&s->r)};
    size_t all = edict_product_column_count(s->w.product, request.dataset);
    for (size_t c = 0; c < all; c++)
      if (random_below(&s->r, 3)) columns[request.column_count++] = (uint32_t)c;
    if (!many_resources(s, request, n) || !nothing_stays(s, &request)) return false;
    if (!many_subjects(s, request, n) || !nothing_stays(s, &request)) return false;
  }
  return true;
}

TEST(many_at_once_are_as_one_by_one) {
  uint64_t first = seed_of("EDICT_SEED", 1), last = first + seed_of("EDICT_ROUNDS", 250);
  many_counts n = {0};
  bool ok = true;
  for (uint64_t seed = first; ok && seed < last; seed++) {
    scene s = {.w = {.seed = seed, .many = seed % 8 == 1, .index = seed % 2 ? EDICT_INDEX_ALWAYS : EDICT_INDEX_NEVER,
                     .obliges_nothing = seed % 3 > 0, .more = about_both}, .r = {seed * 1000003}};
    ok = open_scene(&s) && (!s.w.product || rounds(&s, &n));
    if (!ok) random_world_show(&s.w, "many requests at once differ");
    close_scene(&s);
    CHECK(ok);
  }
  printf("# %llu effects, %llu permits, %llu calls that failed in part\n", (unsigned long long)n.effects, (unsigned long long)n.permits,
         (unsigned long long)n.failed);
  if (first != 1) return; /* what was met is asked of the worlds of `make check`; others differ as they may */
  CHECK(n.permits * 50 > n.effects && n.failed > 10);
}

/* What fails as a whole denies all. */
TEST(what_is_refused) {
  scene s = {.w = {.seed = 3}, .r = {3}};
  unsigned char effects[2] = {1, 1};
  edict_resource resources[2] = {{{"model", 5}, NULL, 0}, {{"model", 5}, NULL, 0}};
  edict_request request = {.size = sizeof request, .action = {"read", 4}};
  REQUIRE(open_scene(&s) && s.w.product);
#define DENIED(call, expected)                                                   \
  do {                                                                           \
    memset(effects, 1, sizeof effects);                                          \
    CHECK_INT(call, expected);                                                   \
    if (effects[0] || effects[1]) HARNESS_FAIL("%s opens", #call);               \
  } while (0)
  const edict_session *one = s.sessions[0], *const sessions[] = {one, one};
  DENIED(edict_decide_resources(NULL, one, &request, resources, 2, effects), EDICT_ARGUMENT);
  DENIED(edict_decide_resources(s.many, NULL, &request, resources, 2, effects), EDICT_ARGUMENT);
  DENIED(edict_decide_resources(s.many, one, NULL, resources, 2, effects), EDICT_ARGUMENT);
  DENIED(edict_decide_resources(s.many, one, &request, NULL, 2, effects), EDICT_ARGUMENT);
  DENIED(edict_decide_subjects(NULL, sessions, 2, &request, effects), EDICT_ARGUMENT);
  DENIED(edict_decide_subjects(s.many, NULL, 2, &request, effects), EDICT_ARGUMENT);
  DENIED(edict_decide_subjects(s.many, sessions, 2, NULL, effects), EDICT_ARGUMENT);
  CHECK_INT(edict_decide_resources(s.many, one, &request, resources, 2, NULL), EDICT_ARGUMENT);
  CHECK_INT(edict_decide_subjects(s.many, sessions, 2, &request, NULL), EDICT_ARGUMENT);
  CHECK_INT(edict_decide_resources(s.many, one, &request, NULL, 0, NULL), EDICT_OK);
  CHECK_INT(edict_decide_subjects(s.many, NULL, 0, &request, NULL), EDICT_OK);
  request.dataset = 1;
  DENIED(edict_decide_resources(s.many, one, &request, resources, 2, effects), EDICT_ARGUMENT);
  request.dataset = 99;
  DENIED(edict_decide_subjects(s.many, sessions, 2, &request, effects), EDICT_ARGUMENT);
  request.size--;
  DENIED(edict_decide_subjects(s.many, sessions, 2, &request, effects), EDICT_ARGUMENT);
  close_scene(&s);
}

HARNESS_MAIN
