/* What a decision object remembers: whose answer it is, for how long, and what it lets go of. That the answers are
 * those that would be made is stages_test's. */
#include "harness.h"

#include "support/mesh.h"

#define NOW "2026-11-20T10:00:00Z"

static const char rules[] =
    "rule open\n  permit read\n  on dataset classified <= internal\n  when subject.roles has support\n"
    "rule mail\n  mask column tagged pii.email\n  with show-last(4)\n";

static void begin(mesh *m) {
  mesh_init(m);
  mesh_federal(m, rules);
  mesh_domain(m, "sales", "",
              MESH_CONTRACT("  - name: orders\n    customProperties: [ { property: classification, value: internal } ]\n"
                            "    properties:\n      - { name: mail, logicalType: string, tags: [ pii.email ] }\n"));
  mesh_open(m);
}

static edict_session *session(mesh *m, const char *attributes) {
  mesh_subject(m, attributes);
  edict_session *s = m->session;
  m->session = NULL;
  return s;
}

static edict_request request_at(const char *now) {
  static const uint32_t columns[] = {0};
  return (edict_request){.size = sizeof(edict_request), .action = {"read", 4}, .columns = columns, .column_count = 1,
                         .now = mesh_time(now)};
}

/* Memory of a session that is gone becomes another's; its address alone would say that it is the same. */
TEST(a_subject_is_never_taken_for_another) {
  mesh m;
  begin(&m);
  edict_request r = request_at(NOW);
  for (int i = 0; i < 2000; i++) {
    bool may = i * 7 % 3 == 0;
    edict_session *s = session(&m, may ? "roles support" : "roles analyst");
    for (int again = 0; again < 1 + i % 3; again++) {
      CHECK_INT(edict_decide(m.decision, s, &r), EDICT_OK);
      CHECK_INT(edict_decision_effect(m.decision), may ? EDICT_PERMIT : EDICT_DENY);
    }
    edict_session_destroy(&s);
    CHECK_INT(edict_decision_effect(m.decision), may ? EDICT_PERMIT : EDICT_DENY); /* stays valid */
  }
  mesh_fini(&m);
}

/* How many users a session has beside who made it. */
static unsigned others(const edict_session *s) { return atomic_load(&((edict_session *)s)->users) - 1; }

/* `holds`: as the options have it. */
static void fill(mesh *m, edict_session **all, size_t holds) {
  const edict_decision_options options = {.size = sizeof options, .holds = holds};
  size_t most = holds ? holds : EDI_HELD_USUAL;
  edict_request r = request_at(NOW);
  edict_decision *d;
  REQUIRE(edict_decision_create_with(m->product, &options, &d) == EDICT_OK);
  for (size_t again = 0; again < 2; again++)
    for (size_t i = 0; i < most; i++) CHECK_INT(edict_decide(d, all[i], &r), EDICT_OK);
  for (size_t i = 0; i < most; i++) CHECK_INT(others(all[i]), 1);
  CHECK_INT(edict_decide(d, all[most], &r), EDICT_OK); /* one past */
  for (size_t i = 0; i < most; i++) CHECK_INT(others(all[i]), 0);
  CHECK_INT(others(all[most]), 1);
  CHECK_INT(edict_decide(d, all[0], &r), EDICT_OK);
  edict_decision_forget(d);
  CHECK_INT(others(all[0]) + others(all[most]), 0);
  CHECK_INT(edict_decision_effect(d), EDICT_DENY);
  CHECK_INT(edict_decision_valid_until(d), 0);
  edict_decision_destroy(&d);
}

TEST(sessions_are_kept_to_a_limit_and_let_go) {
  static const size_t holds[] = {0, 1, 2, 15, 16, 17, 31, 32, 33, 600};
  mesh m;
  begin(&m);
  edict_session *all[601];
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) all[i] = session(&m, "roles support");
  for (size_t i = 0; i < sizeof holds / sizeof *holds; i++) fill(&m, all, holds[i]);
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) edict_session_destroy(&all[i]);
  edict_decision_forget(NULL);
  mesh_fini(&m);
}

TEST(what_a_decision_may_hold_is_said_when_it_is_made) {
  mesh m;
  begin(&m);
  edict_decision *d;
  edict_decision_options options = {.size = sizeof options, .holds = EDI_HELD_LIMIT};
  CHECK_INT(edict_decision_create_with(m.product, &options, &d), EDICT_OK);
  edict_decision_destroy(&d);
  options.holds++;
  CHECK_INT(edict_decision_create_with(m.product, &options, &d), EDICT_ARGUMENT);
  CHECK(d == NULL);
  options = (edict_decision_options){.size = sizeof options - 1};
  CHECK_INT(edict_decision_create_with(m.product, &options, &d), EDICT_ARGUMENT);
  CHECK_INT(edict_decision_create_with(NULL, NULL, &d), EDICT_ARGUMENT);
  CHECK_INT(edict_decision_create_with(m.product, NULL, &d), EDICT_OK);
  edict_decision_destroy(&d);
  mesh_fini(&m);
}

/* Whether what a subject fixes of the rules about reading is kept. */
static bool folds(const mesh *m) {
  const edi_bound_dataset *d = &m->product->bound.datasets[0];
  const edi_vocabulary *v = &m->engine->vocabulary;
  uint32_t actions = v->program->kinds[v->kind_action].nodes.count;
  bool found = false;
  for (uint32_t action = 0; action < actions && !found; action++)
    if (d->concerns[action].count) found = d->concerns[action].folds;
  return found;
}

/* The decision that folds asks twice what subject and request make together. */
TEST(what_costs_more_than_is_declared_is_not_folded) {
#define DEAR "  when subject.roles has support and purpose is support and subject.regions has de and subject.regions has fr and " \
             "subject.purposes has support and purpose in subject.purposes\n"
  static const char both[] = "rule open\n  permit read\n  on dataset classified <= internal\n"
                             DEAR,
                    other[] = "rule others\n  permit export\n  on dataset classified <= internal\n"
                              DEAR;
  for (int more = 0; more < 2; more++) {
    char text[1024];
    mesh m;
    snprintf(text, sizeof text, "%s%s", both, more ? other : "");
    mesh_init(&m);
    mesh_federal(&m, text);
    mesh_domain(&m, "sales", "",
                MESH_CONTRACT("  - name: orders\n    customProperties: [ { property: classification, value: internal } ]\n"
                              "    properties:\n      - { name: mail, logicalType: string, tags: [ pii.email ] }\n"));
    mesh_open(&m);
    CHECK_INT(folds(&m), more);
    mesh_fini(&m);
  }
}

static bool is_given_again(mesh *m, const edict_session *s, const edict_request *r) {
  size_t before = m->decision->next;
  CHECK_INT(edict_decide(m->decision, s, r), EDICT_OK);
  return m->decision->next == before && m->decision->answer != &m->decision->desk;
}

TEST(the_same_is_given_again_and_nothing_else) {
  mesh m;
  begin(&m);
  edict_session *one = session(&m, "roles support"), *two = session(&m, "roles support");
  const edict_text support = {"support", 7};
  const edict_attribute purpose = {{"purpose", 7}, &support, 1};
  static const uint32_t twice[] = {0, 0};
  unsigned char seed[EDICT_SEED_BYTES] = {1};
  edict_request r = request_at(NOW), later = r, earlier = r, other = r;
  later.now += 3600 * INT64_C(1000000);
  earlier.now -= 1;
  CHECK(!is_given_again(&m, one, &r));
  CHECK(is_given_again(&m, one, &r));
  CHECK(is_given_again(&m, one, &later));
  CHECK(!is_given_again(&m, one, &earlier));
  CHECK(is_given_again(&m, one, &r));
  CHECK(!is_given_again(&m, two, &r));
  other.context = &purpose;
  other.context_count = 1;
  CHECK(!is_given_again(&m, one, &other));
  other = r;
  other.columns = twice;
  other.column_count = 2;
  CHECK(!is_given_again(&m, one, &other));
  other = r;
  other.seed = seed; /* the seed is no part of the answer */
  CHECK(is_given_again(&m, one, &other));
  CHECK(m.decision->has_seed);
  CHECK(is_given_again(&m, one, &r));
  CHECK(!m.decision->has_seed);
  other = r;
  other.dataset = 1; /* a mistake leaves nothing behind */
  CHECK_INT(edict_decide(m.decision, one, &other), EDICT_ARGUMENT);
  CHECK_INT(edict_decision_effect(m.decision), EDICT_DENY);
  CHECK_INT(edict_decide(m.decision, one, &other), EDICT_ARGUMENT);
  CHECK(is_given_again(&m, one, &r));
  edict_session_destroy(&one);
  edict_session_destroy(&two);
  mesh_fini(&m);
}

/* Rows are read at the time that is asked, in batches too, though the plan is the one from before. */
TEST(rows_are_read_at_the_new_time) {
  static const uint32_t columns[] = {0};
  mesh m;
  mesh_init(&m);
  mesh_federal(&m, "rule open\n  permit read\n  on dataset named \"*\"\n  when subject.roles has support\n"
                   "rule past\n  show only rows\n  where row[time.collected] < now\n");
  mesh_domain(&m, "sales", "", MESH_CONTRACT("  - name: orders\n    properties:\n      - { name: at, logicalType: timestamp, tags: [ time.collected ] }\n"));
  mesh_open(&m);
  edict_session *s = session(&m, "roles support");
  edict_request r = request_at(NOW);
  r.columns = columns;
  int64_t time = r.now + 5, start = r.now;
  edict_cell in = {.type = EDICT_CELL_TIMESTAMP, .integer = time}, out;
  const edict_vector vector = {.layout = EDICT_LAYOUT_TIME_US, .length = 1, .values = &time};
  const edict_batch batch = {.size = sizeof batch, .rows = 1, .columns = &vector, .column_count = 1};
  for (int64_t later = 0; later < 12; later++) {
    edict_row row;
    edict_selection shown = {.size = sizeof shown};
    r.now = start + later;
    CHECK_INT(is_given_again(&m, s, &r), later > 0);
    CHECK_INT(edict_decision_valid_until(m.decision), r.now + 1);
    CHECK_INT(edict_decision_apply_row(m.decision, &in, 1, &out, NULL, 0, &row), EDICT_OK);
    CHECK_INT(row, later > 5 ? EDICT_ROW_SHOWN : EDICT_ROW_HIDDEN);
    CHECK_INT(edict_decision_select(m.decision, &batch, &shown), EDICT_OK);
    CHECK_INT(shown.shown_count, later > 5);
  }
  edict_session_destroy(&s);
  mesh_fini(&m);
}

/* What is too long to be remembered is decided each time, and its request is there for the log, up to its limit. */
TEST(requests_of_any_length) {
  mesh m;
  begin(&m);
  edict_session *s = session(&m, "roles support");
  static char text[EDI_REQUEST_COPY + 1];
  memset(text, 'x', sizeof text);
  size_t head = 4 + 4 + 4 + (4 + 4) + 4 + (4 + 7) + 4 + 4 + 1; /* all but the value's bytes */
  const struct { size_t length; bool remembered, logged; } table[] = {
      {8, true, true}, {1024 - head, true, true}, {1025 - head, false, true},
      {EDI_REQUEST_COPY - head, false, true}, {EDI_REQUEST_COPY + 1 - head, false, false}, {EDI_REQUEST_COPY + 1, false, false}};
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    const edict_text value = {text, table[i].length};
    const edict_attribute channel = {{"channel", 7}, &value, 1};
    edict_request r = request_at(NOW);
    r.context = &channel;
    r.context_count = 1;
    CHECK(!is_given_again(&m, s, &r));
    CHECK_INT(is_given_again(&m, s, &r), table[i].remembered);
    CHECK_INT(edict_decision_effect(m.decision), EDICT_PERMIT);
    edi_buf bytes;
    edi_buf_init(&bytes, NULL, 1 << 20);
    CHECK_INT(edi_decision_request(m.decision, &bytes), table[i].logged ? EDICT_OK : EDICT_LIMIT);
    CHECK_INT(bytes.len, table[i].logged ? head + table[i].length : 0);
    edi_buf_fini(&bytes);
  }
  edict_session_destroy(&s);
  mesh_fini(&m);
}

HARNESS_MAIN
