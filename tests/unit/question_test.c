/* Questions and entities: what they refuse, how long what they say lives, and the limits that they share. That they
 * are answered as requests are is stages_test's. */
#include "harness.h"

#include <pthread.h>

#include "bundle/limits.h"
#include "enforce/wording.h"
#include "support/mesh.h"

#define NOW "2026-11-20T10:00:00Z"

static const char rules[] =
    "resource model { owner?: string readers?: set<string> level?: classification = internal }\n"
    "rule open\n  permit read\n  on dataset classified <= internal\n  when subject.roles has support\n"
    "rule notes\n  permit read\n  on model named \"*\"\n  when \"ana\" in model.readers and context.channel == \"a\"\n"
    "rule sharing\n  permit export\n  on model named \"*\"\n  when model.owner == \"ana\"\n"
    "rule nicknames\n  permit unmask\n  on model named \"*\"\n  when subject.nicks has model.owner or model.readers overlaps subject.nicks\n"
    "shadow rule watch\n  forbid export\n  on model named \"*\"\n  when model.owner == \"ana\"\n"
    "shadow rule others\n  permit export\n  on model named \"*\"\n  when model.owner == \"bo\"\n"
    "rule owners\n  permit read\n  on model named \"*\"\n  when model.owner == \"ana\" and model.level <= internal\n";

static mesh m;
static const edict_text ana = {"ana", 3}, bo = {"bo", 2}, a = {"a", 1};

static void begin(void) {
  mesh_init(&m);
  mesh_federal(&m, rules);
  mesh_domain(&m, "sales", "",
              MESH_CONTRACT("  - name: orders\n    customProperties: [ { property: classification, value: internal } ]\n"
                            "    properties:\n      - { name: mail, logicalType: string, tags: [ pii.email ] }\n"));
  mesh_open(&m);
  mesh_subject(&m, "roles support");
}

static edict_request plain(void) { return (edict_request){.size = sizeof(edict_request), .action = {"read", 4}}; }

static edict_entity *note_of(const edict_text *owner, const edict_text *readers, size_t count) {
  const edict_attribute items[] = {{{"owner", 5}, owner, 1}, {{"readers", 7}, readers, count}, {{"name", 4}, &a, 1}};
  const edict_resource r = {{"model", 5}, items, 3};
  edict_entity *e = NULL;
  if (edict_entity_create(m.product, &r, &e) != EDICT_OK) abort();
  return e;
}

static int ask(const edict_question *q, const edict_entity *e) {
  if (edict_ask(m.decision, m.session, q, e, mesh_time(NOW), NULL) != EDICT_OK) return -1;
  return (int)edict_decision_effect(m.decision);
}

TEST(a_value_is_changed_and_taken_away) {
  begin();
  edict_request r = plain();
  edict_question *q;
  edict_entity *mine = note_of(&ana, &bo, 1), *shared = note_of(&bo, &ana, 1);
  const edict_attribute channel = {{"channel", 7}, &a, 1}, other = {{"channel", 7}, &bo, 1}, unknown = {{"chanel", 6}, &a, 1};
  REQUIRE(edict_question_create(m.product, &r, &q) == EDICT_OK);
  CHECK_INT(ask(q, mine), EDICT_PERMIT);
  CHECK_INT(ask(q, shared), EDICT_DENY);
  CHECK_INT(edict_question_set(q, &channel), EDICT_OK);
  CHECK_INT(ask(q, shared), EDICT_PERMIT);
  CHECK_INT(edict_question_set(q, &other), EDICT_OK);
  CHECK_INT(ask(q, shared), EDICT_DENY);
  CHECK_INT(edict_question_set(q, &channel), EDICT_OK);
  CHECK_INT(ask(q, shared), EDICT_PERMIT);
  CHECK_INT(edict_question_unset(q, channel.name), EDICT_OK);
  CHECK_INT(edict_question_unset(q, channel.name), EDICT_OK); /* it is gone */
  CHECK_INT(ask(q, shared), EDICT_DENY);
  /* a name that nobody declared is refused when it is asked, as with edict_decide */
  CHECK_INT(edict_question_set(q, &unknown), EDICT_OK);
  CHECK_INT(ask(q, mine), EDICT_DENY);
  CHECK(edi_str_equal((edi_str){mesh_first_reason(&m).ptr, mesh_first_reason(&m).len}, EDI_STR("edict.context")));
  CHECK_INT(edict_question_unset(q, unknown.name), EDICT_OK);
  CHECK_INT(ask(q, mine), EDICT_PERMIT);
  /* and so is what was prepared with one */
  edict_entity *odd = NULL;
  CHECK_INT(edict_entity_create(m.product, &(edict_resource){{"model", 5}, (edict_attribute[]){{{"owner", 5}, &ana, 1}, unknown}, 2}, &odd), EDICT_OK);
  CHECK_INT(ask(q, odd), EDICT_DENY);
  CHECK(edi_str_equal((edi_str){mesh_first_reason(&m).ptr, mesh_first_reason(&m).len}, EDI_STR("edict.resource")));
  edict_entity_destroy(&odd);
  edict_question_destroy(&q);
  edict_question_destroy(&q);
  edict_entity_destroy(&mine);
  edict_entity_destroy(&mine);
  edict_entity_destroy(&shared);
  mesh_fini(&m);
}

TEST(what_is_no_question) {
  begin();
  static const uint32_t columns[] = {0};
  edict_request r = plain(), small = r, nowhere = r, with_columns = r, about = r;
  edict_resource note = {{"model", 5}, NULL, 0}, crooked = {{NULL, 4}, NULL, 0};
  edict_question *q = NULL, *of_columns, *of_note;
  edict_entity *e = NULL;
  small.size--;
  nowhere.dataset = 1;
  with_columns.columns = columns;
  with_columns.column_count = 1;
  about.resource = &note;
  CHECK_INT(edict_question_create(NULL, &r, &q), EDICT_ARGUMENT);
  CHECK_INT(edict_question_create(m.product, NULL, &q), EDICT_ARGUMENT);
  CHECK_INT(edict_question_create(m.product, &r, NULL), EDICT_ARGUMENT);
  CHECK_INT(edict_question_create(m.product, &small, &q), EDICT_ARGUMENT);
  CHECK_INT(edict_question_create(m.product, &nowhere, &q), EDICT_ARGUMENT);
  CHECK(!q);
  CHECK_INT(edict_entity_create(m.product, &crooked, &e), EDICT_ARGUMENT);
  CHECK_INT(edict_entity_create(m.product, NULL, &e), EDICT_ARGUMENT);
  CHECK_INT(edict_entity_create(NULL, &note, &e), EDICT_ARGUMENT);
  CHECK_INT(edict_entity_create(m.product, &note, NULL), EDICT_ARGUMENT);
  CHECK(!e);
  REQUIRE(edict_question_create(m.product, &r, &q) == EDICT_OK && edict_question_create(m.product, &with_columns, &of_columns) == EDICT_OK &&
          edict_question_create(m.product, &about, &of_note) == EDICT_OK && edict_entity_create(m.product, &note, &e) == EDICT_OK);
  CHECK_INT(edict_question_set(q, NULL), EDICT_ARGUMENT);
  CHECK_INT(edict_question_set(NULL, &(edict_attribute){{"channel", 7}, &a, 1}), EDICT_ARGUMENT);
  CHECK_INT(edict_question_set(q, &(edict_attribute){{"channel", 7}, NULL, 1}), EDICT_ARGUMENT);
  CHECK_INT(edict_question_unset(NULL, a), EDICT_ARGUMENT);
  /* an entity is asked about with what says nothing else of what is asked about */
  CHECK_INT(ask(of_columns, NULL), EDICT_PERMIT);
  CHECK_INT(ask(of_columns, e), -1);
  CHECK_INT(edict_decision_effect(m.decision), EDICT_DENY);
  CHECK_INT(ask(of_note, NULL), EDICT_DENY);
  CHECK_INT(ask(of_note, e), -1);
  CHECK_INT(edict_ask(NULL, m.session, q, NULL, 0, NULL), EDICT_ARGUMENT);
  CHECK_INT(edict_ask(m.decision, NULL, q, NULL, 0, NULL), EDICT_ARGUMENT);
  CHECK_INT(edict_ask(m.decision, m.session, NULL, NULL, 0, NULL), EDICT_ARGUMENT);
  edict_product *other;
  edict_decision *others;
  REQUIRE(edict_product_create(m.engine, "sales.orders", &other, m.diagnostics) == EDICT_OK && edict_decision_create(other, &others) == EDICT_OK);
  CHECK_INT(edict_ask(others, m.session, q, NULL, mesh_time(NOW), NULL), EDICT_ARGUMENT);
  edict_decision_destroy(&others);
  edict_product_destroy(&other);
  edict_question_destroy(&q);
  edict_question_destroy(&of_columns);
  edict_question_destroy(&of_note);
  edict_entity_destroy(&e);
  mesh_fini(&m);
}

/* What a decision says stays what it was when all that it was asked with is gone. */
TEST(decisions_outlive_what_they_were_asked_with) {
  begin();
  edict_request r = plain();
  edict_question *q;
  edict_entity *e = note_of(&bo, &ana, 1);
  char words[512];
  static const char all_unknown[] = "not known: model.";
  const edict_text text = {"a channel that nobody knows", 27};
  REQUIRE(edict_question_create(m.product, &r, &q) == EDICT_OK && edict_question_set(q, &(edict_attribute){{"channel", 7}, &text, 1}) == EDICT_OK);
  CHECK_INT(ask(q, e), EDICT_DENY);
  edict_question_destroy(&q);
  edict_entity_destroy(&e);
  edict_session_destroy(&m.session);
  edict_product_destroy(&m.product);
  CHECK(edict_decision_explain(m.decision, words, sizeof words) > 0 && !strstr(words, all_unknown));
  char *json;
  size_t length;
  REQUIRE(edict_decision_json(m.decision, &json, &length) == EDICT_OK);
  CHECK(strstr(json, "\"resource\":\"model\""));
  edict_text_free(&json);
  edict_decision_forget(m.decision); /* the last to hold the entity */
  mesh_fini(&m);
}

/* Members of context and resource are counted together: at the limit, and one past. */
TEST(limits_are_those_of_a_request) {
  begin();
  static char names[520][8];
  static edict_text texts[520];
  for (size_t i = 0; i < 520; i++) texts[i] = (edict_text){names[i], (size_t)snprintf(names[i], sizeof names[i], "r%03zu", i)};
  texts[0] = ana;
  edict_request r = plain();
  const edict_attribute areas = {{"areas", 5}, &(edict_text){"eu", 2}, 1}, channel = {{"channel", 7}, &a, 1};
  for (size_t count = 509; count <= 514; count++) {
    edict_question *q;
    edict_entity *e = note_of(&bo, texts, count);
    const edict_attribute items[] = {{{"owner", 5}, &bo, 1}, {{"readers", 7}, texts, count}, {{"name", 4}, &a, 1}};
    const edict_resource note = {{"model", 5}, items, 3};
    const edict_attribute context[] = {areas, channel};
    edict_request by_names = r;
    by_names.resource = &note;
    by_names.context = context;
    by_names.context_count = 2;
    by_names.now = mesh_time(NOW);
    REQUIRE(edict_question_create(m.product, &r, &q) == EDICT_OK && edict_question_set(q, &areas) == EDICT_OK && edict_question_set(q, &channel) == EDICT_OK);
    CHECK_INT(ask(q, e), EDICT_PERMIT);
    edi_value readers = edi_value_unknown();
    for (int named = 0; named < 2; named++) {
      if (named) CHECK_INT(edict_decide(m.decision, m.session, &by_names), EDICT_OK);
      const edi_vocabulary *v = m.decision->plan->vocabulary;
      uint32_t attr = edi_vocabulary_attr(v, (edi_entity)(EDI_ENTITY_RESOURCE + 0), EDI_STR("readers"));
      edi_value got = m.decision->plan->resource[v->attr_slot[attr]];
      if (!named) readers = got;
      CHECK_INT(got.length, readers.length);
      CHECK_INT(got.scale, readers.scale);
    }
    CHECK_INT(readers.length, count < 511 ? count : 511);
    CHECK_INT(readers.scale, count > 511);
    edict_question_destroy(&q);
    edict_entity_destroy(&e);
  }
  mesh_fini(&m);
}

TEST(longer_than_a_log_takes) {
  begin();
  static char text[EDI_REQUEST_COPY + 1];
  memset(text, 'x', sizeof text);
  size_t head = 4 + 4 + (4 + 4) + 4 + (4 + 7) + 4 + 4 + 1;
  edict_request r = plain();
  for (size_t past = 0; past < 2; past++) {
    const edict_text value = {text, EDI_REQUEST_COPY - head + past};
    const edict_attribute channel = {{"channel", 7}, &value, 1};
    edict_question *q;
    REQUIRE(edict_question_create(m.product, &r, &q) == EDICT_OK);
    CHECK_INT(edict_question_set(q, &channel), past ? EDICT_LIMIT : EDICT_OK);
    CHECK_INT(q->wording->request.context_count, past ? 0 : 1); /* on failure it stays */
    CHECK_INT(ask(q, NULL), EDICT_PERMIT);
    edi_buf bytes;
    edi_buf_init(&bytes, NULL, 1 << 20);
    CHECK_INT(edi_decision_request(m.decision, &bytes), EDICT_OK);
    /* with an entity beside, the two are too long for the log */
    edict_entity *e = note_of(&ana, &ana, 1);
    CHECK_INT(ask(q, e), EDICT_PERMIT);
    CHECK_INT(edi_decision_request(m.decision, &bytes), past ? EDICT_OK : EDICT_LIMIT);
    edi_buf_fini(&bytes);
    edict_question_destroy(&q);
    edict_entity_destroy(&e);
  }
  mesh_fini(&m);
}

/* What an entity fixed is of that entity alone: nothing of it is left where many are asked about by names. */
TEST(an_entity_leaves_nothing_behind) {
  begin();
  static char text[4096];
  memset(text, 'x', sizeof text);
  const edict_text value = {text, sizeof text}; /* too long to be remembered: answered where many are, too */
  const edict_attribute channel = {{"channel", 7}, &value, 1};
  const edict_attribute mine[] = {{{"owner", 5}, &ana, 1}, {{"name", 4}, &a, 1}}, other[] = {{{"owner", 5}, &bo, 1}, {{"name", 4}, &a, 1}};
  const edict_resource both[] = {{{"model", 5}, mine, 2}, {{"model", 5}, other, 2}};
  edict_request r = plain();
  r.now = mesh_time(NOW);
  for (size_t before = 0; before < 2; before++) {
    unsigned char effects[2];
    edict_question *q;
    edict_entity *e = note_of(before ? &ana : &bo, &bo, 1);
    REQUIRE(edict_question_create(m.product, &r, &q) == EDICT_OK && edict_question_set(q, &channel) == EDICT_OK);
    CHECK_INT(ask(q, e), before ? EDICT_PERMIT : EDICT_DENY);
    CHECK(m.decision->answer == &m.decision->desk);
    edict_question_destroy(&q);
    edict_entity_destroy(&e);
    CHECK_INT(edict_decide_resources(m.decision, m.session, &r, both, 2, effects), EDICT_OK);
    CHECK_INT(effects[0], EDICT_PERMIT);
    CHECK_INT(effects[1], EDICT_DENY);
  }
  mesh_fini(&m);
}

/* What is to be refused for its time is refused in the same words, though all about it was found out before. */
/* Each of many resources finds as much room for its members, and for their index, as the first one did. */
TEST(many_resources_of_many_members) {
  enum { RESOURCES = 300, READERS = EDI_LIMIT_CONTEXT_MEMBERS - 1 };
  static char names[READERS][12];
  static edict_text readers[RESOURCES][READERS];
  static edict_attribute items[RESOURCES][2];
  static edict_resource resources[RESOURCES];
  static unsigned char effects[RESOURCES];
  static const edict_attribute channel = {{"channel", 7}, &a, 1};
  begin();
  for (int i = 0; i < READERS; i++) snprintf(names[i], sizeof names[i], "reader-%04d", i);
  for (int i = 0; i < RESOURCES; i++) {
    for (int k = 0; k < READERS; k++) readers[i][k] = (edict_text){names[k], 11};
    if (i % 3 == 0) readers[i][i] = ana;
    items[i][0] = (edict_attribute){{"readers", 7}, readers[i], READERS};
    items[i][1] = (edict_attribute){{"name", 4}, &a, 1};
    resources[i] = (edict_resource){{"model", 5}, items[i], 2};
  }
  edict_request r = plain();
  r.now = mesh_time(NOW);
  r.context = &channel;
  r.context_count = 1;
  for (int round = 0; round < 2; round++) {
    CHECK_INT(edict_decide_resources(m.decision, m.session, &r, resources, RESOURCES, effects), EDICT_OK);
    for (int i = 0; i < RESOURCES; i++)
      if (effects[i] != (i % 3 == 0 ? EDICT_PERMIT : EDICT_DENY)) HARNESS_FAIL("resource %d is %d", i, effects[i]);
  }
  mesh_fini(&m);
}

TEST(times_at_the_border_and_one_past) {
  begin();
  edict_request r = plain();
  edict_question *q;
  edict_entity *e = note_of(&ana, &bo, 1);
  REQUIRE(edict_question_create(m.product, &r, &q) == EDICT_OK);
  m.session->subject.not_before = INT64_MIN;
  m.session->subject.expires = INT64_MAX;
  static const struct { const char *now, *reason; } bundles[] = {{"2025-12-31T23:58:59.999999Z", "edict.bundle-not-yet"},
                                                                 {"2030-01-01T00:01:00Z", "edict.bundle-expiry"}};
  for (size_t i = 0; i < 2; i++) {
    CHECK_INT(edict_ask(m.decision, m.session, q, e, mesh_time(bundles[i].now), NULL), EDICT_OK);
    edict_text reason = mesh_first_reason(&m);
    CHECK_TEXT(reason.ptr, reason.len, bundles[i].reason);
  }
  m.session->subject.not_before = mesh_time("2026-07-01T00:00:00Z");
  m.session->subject.expires = mesh_time("2029-01-01T00:00:00Z");
  static const struct { const char *now, *reason; } table[] = {
      {"2025-12-31T23:58:59.999999Z", "edict.bundle-not-yet"}, {"2025-12-31T23:59:00Z", "edict.token-time"},
      {"2026-06-30T23:59:59.999999Z", "edict.token-time"}, {"2026-07-01T00:00:00Z", NULL}, {"2028-12-31T23:59:59.999999Z", NULL},
      {"2029-01-01T00:00:00Z", "edict.token-time"}, {"2030-01-01T00:00:59.999999Z", "edict.token-time"}, {"2030-01-01T00:01:00Z", "edict.bundle-expiry"},
      {NOW, NULL}, /* with the floor below: at it, and one past */
      {"2026-11-20T09:59:59.999999Z", "edict.time-floor"},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    if (strcmp(table[i].now, NOW) == 0) edict_engine_advance(m.engine, mesh_time(NOW) + 60000000);
    CHECK_INT(edict_ask(m.decision, m.session, q, e, mesh_time(table[i].now), NULL), EDICT_OK);
    CHECK_INT(edict_decision_effect(m.decision), table[i].reason ? EDICT_DENY : EDICT_PERMIT);
    edict_text reason = mesh_first_reason(&m);
    if (table[i].reason) CHECK_TEXT(reason.ptr, reason.len, table[i].reason);
    else CHECK_INT(edict_decision_valid_until(m.decision), m.session->subject.expires);
  }
  m.session->subject.expires = INT64_MAX;
  CHECK_INT(ask(q, e), EDICT_PERMIT);
  CHECK_INT(edict_decision_valid_until(m.decision), mesh_time("2030-01-01T00:01:00Z"));
  edict_question_destroy(&q);
  edict_entity_destroy(&e);
  mesh_fini(&m);
}

/* What was made the long way, where the short one makes its answer too, is gone with it. */
TEST(a_long_answer_leaves_nothing_to_a_short_one) {
  begin();
  static char text[4096];
  memset(text, 'x', sizeof text);
  const edict_text value = {text, sizeof text}; /* too long to be remembered */
  edict_request r = plain(), more = r;
  more.action = (edict_text){"download", 8};
  edict_question *q, *export;
  edict_entity *e = note_of(&ana, &bo, 1);
  REQUIRE(edict_question_create(m.product, &r, &q) == EDICT_OK && edict_question_create(m.product, &more, &export) == EDICT_OK);
  REQUIRE(edict_question_set(export, &(edict_attribute){{"channel", 7}, &value, 1}) == EDICT_OK);
  edict_entity *theirs = note_of(&bo, &bo, 1);
  for (int again = 0; again < 4; again++) {
    CHECK_INT(ask(export, again % 2 ? theirs : e), again % 2 ? EDICT_DENY : EDICT_PERMIT);
    CHECK(m.decision->answer == &m.decision->desk && !m.decision->plan->brief);
    CHECK_INT(m.decision->plan->shadow_count, 1);
    CHECK_INT(ask(q, e), EDICT_PERMIT);
    CHECK(m.decision->answer == &m.decision->desk && m.decision->plan->brief);
    CHECK_INT(m.decision->plan->shadow_count, 0);
  }
  edict_question_destroy(&q);
  edict_question_destroy(&export);
  edict_entity_destroy(&theirs);
  edict_entity_destroy(&e);
  mesh_fini(&m);
}

/* In the place of the condition of a rule: whether an attribute of the context that it reads is set, or yes, and AND of
 * that and itself so many times. No compiler writes it, and every verifier takes it. */
static void repeat_condition(const char *rule, uint32_t times) {
  static edi_instr all[4096];
  edi_linked *l = &m.engine->linked[0];
  edi_program *p = &l->program;
  uint32_t code = EDI_NONE, at = p->instrs_count;
  for (uint32_t i = 0; i < p->rules_count; i++)
    if (edi_str_ends(edi_program_string(p, p->rules[i].name), edi_str_from(rule))) code = p->rules[i].condition;
  REQUIRE(code != EDI_NONE && at + times + 8 < 4096 && p->codes[code].registers > 1);
  edi_routine *routine = (edi_routine *)&p->codes[code];
  edi_instr constant = {0}, attribute = {0}, *next = all + at;
  memcpy(all, p->instrs, at * sizeof *all);
  for (uint32_t i = 0; i < routine->instrs.count; i++) {
    const edi_instr *in = &all[routine->instrs.first + i];
    if (in->op == EDI_OP_CONST) constant = *in;
    if (in->op == EDI_OP_ATTR && p->attrs[in->imm].entity == EDI_ENTITY_CONTEXT) attribute = *in;
  }
  REQUIRE(constant.op == EDI_OP_CONST && attribute.op == EDI_OP_ATTR);
  attribute.dst = 0;
  constant.dst = 1;
  *next++ = attribute;
  *next++ = (edi_instr){.op = EDI_OP_IS_SET, .dst = 0, .a = 0};
  *next++ = constant;
  *next++ = (edi_instr){.op = EDI_OP_IS_SET, .dst = 1, .a = 1};
  *next++ = (edi_instr){.op = EDI_OP_OR, .dst = 0, .a = 0, .b = 1};
  for (uint32_t i = 0; i < times; i++) *next++ = (edi_instr){.op = EDI_OP_AND, .dst = 0, .a = 0, .b = 0};
  *next++ = (edi_instr){.op = EDI_OP_RETURN, .a = 0};
  routine->instrs = (edi_range){at, (uint32_t)(next - all) - at};
  p->instrs = all;
  l->fused[code] = NULL;
}

TEST(a_value_that_is_used_again_and_again_is_not_walked_forever) {
  begin();
  repeat_condition("notes", 60);
  edict_request r = plain();
  edict_question *q;
  edict_entity *e = note_of(&bo, &ana, 1);
  REQUIRE(edict_question_create(m.product, &r, &q) == EDICT_OK);
  CHECK_INT(ask(q, e), EDICT_PERMIT);
  edict_question_destroy(&q);
  edict_entity_destroy(&e);
  mesh_fini(&m);
}

/* How many hold what a question says, beside the question. */
static unsigned others(const edi_wording *w) { return atomic_load(&((edi_wording *)w)->users) - 1; }

TEST(what_questions_say_is_kept_to_a_limit_and_let_go) {
  begin();
  edict_request r = plain();
  edict_entity *e = note_of(&ana, &bo, 1);
  static edict_question *all[EDI_HELD_USUAL + 1];
  for (size_t i = 0; i <= EDI_HELD_USUAL; i++) REQUIRE(edict_question_create(m.product, &r, &all[i]) == EDICT_OK);
  for (int again = 0; again < 2; again++)
    for (size_t i = 0; i < EDI_HELD_USUAL; i++) CHECK_INT(ask(all[i], e), EDICT_PERMIT);
  for (size_t i = 0; i < EDI_HELD_USUAL; i++) CHECK_INT(others(all[i]->wording), 1);
  CHECK_INT(ask(all[EDI_HELD_USUAL], e), EDICT_PERMIT); /* one past */
  for (size_t i = 0; i < EDI_HELD_USUAL; i++) CHECK_INT(others(all[i]->wording), 0);
  CHECK_INT(others(all[EDI_HELD_USUAL]->wording), 1);
  edict_decision_forget(m.decision);
  CHECK_INT(others(all[EDI_HELD_USUAL]->wording), 0);
  CHECK_INT(ask(all[EDI_HELD_USUAL], e), EDICT_PERMIT); /* and is held again */
  CHECK_INT(others(all[EDI_HELD_USUAL]->wording), 1);
  for (size_t i = 0; i <= EDI_HELD_USUAL; i++) edict_question_destroy(&all[i]);
  edict_entity_destroy(&e);
  mesh_fini(&m);
}

/* Another text of the same mark, and as long. */
static edict_text twin_of(const char *text) {
  static char twins[4][8];
  static size_t made;
  edi_value wanted = edi_value_marked(edi_value_text(EDI_TYPE_STRING, edi_str_from(text)));
  char *twin = twins[made++];
  for (uint64_t n = 0; n < UINT64_C(1) << 35; n++) {
    for (unsigned i = 0; i < 7; i++) twin[i] = (char)('a' + (n >> 5 * i) % 26);
    if (edi_value_marked(edi_value_text(EDI_TYPE_STRING, (edi_str){twin, strlen(text)})).mark == wanted.mark && strncmp(twin, text, strlen(text)) != 0)
      return (edict_text){twin, strlen(text)};
  }
  abort();
}

/* A mark only spares work: nobody is let in for the mark of somebody else's name. */
TEST(texts_of_one_mark_are_no_more_alike_than_others)
{
  begin();
  const edict_text mine[] = {{"georgia", 7}, {"florida", 7}}, theirs[] = {twin_of("georgia"), twin_of("florida")}, none[] = {{"alabama", 7}};
  const edict_attribute nicks = {{"nicks", 5}, mine, 2};
  edict_session_destroy(&m.session);
  REQUIRE(edict_session_create_hypothetical(m.engine, (edict_text){"host", 4}, ana, &nicks, 1, &m.session, m.diagnostics) == EDICT_OK);
  edict_request r = plain();
  edict_question *q;
  r.action = (edict_text){"unmask", 6};
  REQUIRE(edict_question_create(m.product, &r, &q) == EDICT_OK);
  const struct { edict_text owner; const edict_text *readers; size_t count; int effect; } table[] = {
      {mine[1], none, 1, EDICT_PERMIT}, {none[0], mine, 2, EDICT_PERMIT},   {none[0], mine + 1, 1, EDICT_PERMIT},
      {theirs[1], none, 1, EDICT_DENY}, {none[0], theirs, 2, EDICT_DENY},   {theirs[0], theirs + 1, 1, EDICT_DENY},
      {none[0], none, 1, EDICT_DENY},   {theirs[0], mine, 1, EDICT_PERMIT}, {mine[0], theirs, 2, EDICT_PERMIT}};
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    edict_entity *e = note_of(&table[i].owner, table[i].readers, table[i].count);
    for (int again = 0; again < 2; again++) CHECK_INT(ask(q, e), table[i].effect);
    CHECK(edi_swift_has(e->known.swift, q->wording->known.place));
    edict_entity_destroy(&e);
  }
  edict_question_destroy(&q);
  mesh_fini(&m);
}

/* What an entity says is copied out of the room that it was read in, sets without members too, which have an index. */
TEST(an_entity_keeps_all_that_it_says) {
  begin();
  const edict_text readers[] = {ana, bo, {"", 0}};
  const edict_attribute none = {{"readers", 7}, readers, 0};
  const edict_resource with_none = {{"model", 5}, &none, 1};
  for (size_t count = 0; count <= 3; count++) {
    edict_entity *e = count ? note_of(&ana, readers, count) : NULL;
    if (!e) REQUIRE(edict_entity_create(m.product, &with_none, &e) == EDICT_OK);
    const edi_reading *r = &e->reading;
    const char *texts = (const char *)r->texts;
    unsigned sets = 0;
    for (uint32_t slot = 0; slot < r->vocabulary->resource_slots[e->known.thing->thing - EDI_THING_RESOURCE]; slot++) {
      edi_value v = e->known.resource[slot];
      const edi_value *members = v.as.members;
      if (v.set && edi_base_is_text(v.base) && v.length == count) {
        sets++;
        CHECK(members >= r->members && members + v.length + edi_members_places(v.length) <= r->members + r->member_end);
        for (size_t i = 0; i < v.length; i++) CHECK(members[i].as.text >= texts && members[i].as.text + members[i].length <= texts + r->text_used);
      } else if (edi_base_is_text(v.base) && !v.set) CHECK(v.as.text >= texts && v.as.text + v.length <= texts + r->text_used);
    }
    CHECK_INT(sets, 1);
    edict_entity_destroy(&e);
  }
  mesh_fini(&m);
}

/* As many permits as there are, of four tests each but the last. */
static const char *many_permits(unsigned count, unsigned last) {
  static char text[32768];
  size_t at = (size_t)snprintf(text, sizeof text, "resource model { owner?: string readers?: set<string> }\n");
  for (unsigned i = 0; i < count; i++) {
    at += (size_t)snprintf(text + at, sizeof text - at, "rule p%u\n  permit unmask\n  on model named \"*\"\n  when ", i);
    for (unsigned k = 0; k < (i + 1 == count ? last : 4); k++)
      at += (size_t)snprintf(text + at, sizeof text - at, "%ssubject.nicks has \"%u.%u\"", k ? " or " : "", i, k);
    at += (size_t)snprintf(text + at, sizeof text - at, "\n");
  }
  return text;
}

/* What permits about texts say is the same where it is told swiftly and where there are too many tests, or rules. */
TEST(permits_about_texts_at_their_limits) {
  static const struct { unsigned rules, last; bool swift; } table[] = {{1, 1, true}, {6, 4, true}, {7, 4, true}, {63, 4, true}, {64, 1, true},
                                                                       {64, 2, true}, {64, 3, false}, {64, 4, false}, {65, 1, false}};
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    char first[] = "0.0", last[16], none[16];
    snprintf(last, sizeof last, "%u.%u", table[i].rules - 1, table[i].last - 1);
    snprintf(none, sizeof none, "%u.%u", table[i].rules - 1, table[i].last);
    const edict_text nicks[] = {{first, 3}, {last, strlen(last)}, {none, strlen(none)}};
    edict_question *q;
    mesh_init(&m);
    mesh_federal(&m, many_permits(table[i].rules, table[i].last));
    mesh_domain(&m, "sales", "", MESH_CONTRACT("  - name: orders\n    properties:\n      - { name: mail, logicalType: string, tags: [ pii.email ] }\n"));
    mesh_open(&m);
    edict_request r = plain();
    r.action = (edict_text){"unmask", 6};
    REQUIRE(edict_question_create(m.product, &r, &q) == EDICT_OK);
    edict_entity *e = note_of(&ana, NULL, 0);
    CHECK(edi_swift_has(e->known.swift, q->wording->known.place) == table[i].swift);
    CHECK(edi_swift_has(e->known.swift, q->wording->known.place + 1) == table[i].swift); /* nothing is said of it */
    for (unsigned who = 0; who < 8; who++) {
      edict_text mine[3];
      size_t count = 0;
      for (unsigned n = 0; n < 3; n++)
        if (who >> n & 1) mine[count++] = nicks[n];
      const edict_attribute attribute = {{"nicks", 5}, mine, count};
      edict_session_destroy(&m.session);
      REQUIRE(edict_session_create_hypothetical(m.engine, (edict_text){"host", 4}, ana, &attribute, 1, &m.session, m.diagnostics) == EDICT_OK);
      size_t reasons = table[i].rules == 1 ? (who & 3) != 0 : (who & 1) + (who >> 1 & 1);
      for (int again = 0; again < 2; again++) CHECK_INT(ask(q, e), reasons ? EDICT_PERMIT : EDICT_DENY);
      if (reasons) CHECK_INT(edict_decision_reason_count(m.decision), reasons);
    }
    edict_entity_destroy(&e);
    edict_question_destroy(&q);
    mesh_fini(&m);
  }
}

/* A decision sees by a bit of its own what it holds; there are 64, and who has none holds all the same. */
TEST(more_decisions_than_have_a_hand) {
  enum { HANDS = 64, DECISIONS = HANDS + 2 };
  begin();
  edict_request r = plain();
  edict_question *q;
  edict_entity *e = note_of(&ana, &bo, 1);
  edict_decision *all[DECISIONS], *first = m.decision;
  REQUIRE(edict_question_create(m.product, &r, &q) == EDICT_OK);
  unsigned long long taken = first->hand;
  CHECK_INT(taken, 1);
  for (size_t i = 0; i < DECISIONS; i++) {
    REQUIRE(edict_decision_create(m.product, &all[i]) == EDICT_OK);
    CHECK((i < HANDS - 1) == (all[i]->hand != 0) && (taken & all[i]->hand) == 0);
    taken |= all[i]->hand;
  }
  CHECK(taken == ~0ULL);
  for (size_t again = 0; again < 3; again++)
    for (size_t i = 0; i < DECISIONS; i++) {
      uint64_t serial = all[i]->serial;
      CHECK_INT(edict_ask(all[i], m.session, q, e, mesh_time(NOW), NULL), EDICT_OK);
      CHECK_INT(edict_decision_effect(all[i]), EDICT_PERMIT);
      CHECK(all[i]->serial > serial && all[i]->plan->brief); /* who began with the answer before sees that it is another */
    }
  CHECK_INT(others(q->wording), DECISIONS);
  CHECK_INT(atomic_load(&e->users), DECISIONS + 1);
  CHECK_INT(atomic_load(&m.session->users), DECISIONS + 1);
  CHECK(atomic_load(&e->holders) == (taken & ~first->hand) && atomic_load(&q->wording->holders) == (taken & ~first->hand));
  for (size_t i = 0; i < DECISIONS; i++) edict_decision_destroy(&all[i]);
  CHECK(atomic_load(&e->users) == 1 && atomic_load(&e->holders) == 0 && atomic_load(&m.session->holders) == 0);
  REQUIRE(edict_decision_create(m.product, &all[0]) == EDICT_OK); /* a bit that was given back says nothing of who had it */
  CHECK_INT(all[0]->hand, 2);
  for (int again = 0; again < 2; again++) {
    CHECK_INT(edict_ask(all[0], m.session, q, e, mesh_time(NOW), NULL), EDICT_OK);
    CHECK(atomic_load(&e->users) == 2 && atomic_load(&m.session->users) == 2 && others(q->wording) == 1);
    edict_decision_forget(all[0]);
    CHECK(atomic_load(&e->users) == 1 && atomic_load(&m.session->users) == 1 && others(q->wording) == 0);
  }
  edict_decision_destroy(&all[0]);
  edict_entity_destroy(&e);
  edict_question_destroy(&q);
  mesh_fini(&m);
}

/* An entity knows what it is, but not what a table will say of it. */
TEST(a_table_is_asked_when_it_is_decided) {
  static const char yaml[] =
      "edict: 1\nname: eu.example\nlayer: federal\nversion: 7\ncreated: 2026-01-01T00:00:00Z\nexpires: 2030-01-01T00:00:00Z\n"
      "rules: [ \"*.edict\" ]\ntables:\n  federal.vocabulary.names: { file: names.csv, version: 1, created: 2026-06-01T00:00:00Z, "
      "expires: 2027-01-01T00:00:00Z }\n";
  static const char words[] =
      "module federal.vocabulary\ntaxonomy action { export }\ntaxonomy purpose { service }\ntaxonomy role { staff }\n"
      "taxonomy domain { sales }\ntaxonomy tag { plain }\nlevels classification { public < internal }\nissuer host\n"
      "resource model { owner?: string }\ntable names (name: string) complete\n"
      "rule known\n  permit read\n  on model\n  when model.owner in names\n";
  static const mesh_file files[] = {{"edict.yaml", yaml}, {"vocabulary.edict", words}, {"names.csv", "name\nana\n"}};
  mesh_init(&m);
  mesh_add(&m, files, 3);
  mesh_domain(&m, "sales", "", MESH_CONTRACT("  - name: orders\n    properties:\n      - { name: id, logicalType: string, tags: [ plain ] }\n"));
  mesh_open(&m);
  mesh_subject(&m, "roles staff");
  edict_request r = plain();
  edict_question *q;
  REQUIRE(edict_question_create(m.product, &r, &q) == EDICT_OK);
  static const struct { const char *owner, *now; edict_effect effect; } table[] = {
      {"ana", "2026-05-31T23:58:59Z", EDICT_DENY}, {"ana", "2026-07-01T00:00:00Z", EDICT_PERMIT}, {"bo", "2026-07-01T00:00:00Z", EDICT_DENY},
      {"ana", "2027-01-02T00:00:00Z", EDICT_DENY}};
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    const edict_text owner = {table[i].owner, strlen(table[i].owner)};
    const edict_attribute given = {{"owner", 5}, &owner, 1};
    const edict_resource model = {{"model", 5}, &given, 1};
    edict_entity *e;
    REQUIRE(edict_entity_create(m.product, &model, &e) == EDICT_OK);
    CHECK_INT(edict_ask(m.decision, m.session, q, e, mesh_time(table[i].now), NULL), EDICT_OK);
    CHECK_INT(edict_decision_effect(m.decision), table[i].effect);
    edict_entity_destroy(&e);
  }
  edict_question_destroy(&q);
  mesh_fini(&m);
}

/* ---- threads ---- */

enum { THREADS = 4, ASKS = 300 };
static edict_question *shared_question;
static edict_entity *shared_entities[3];

static void *asker(void *user) {
  edict_decision *d;
  size_t *wrong = user;
  if (edict_decision_create(m.product, &d) != EDICT_OK) abort();
  for (size_t i = 0; i < ASKS; i++) {
    if (edict_ask(d, m.session, shared_question, shared_entities[i % 3], mesh_time(NOW) + (int64_t)i, NULL) != EDICT_OK) ++*wrong;
    *wrong += edict_decision_effect(d) != (i % 3 == 1 ? EDICT_DENY : EDICT_PERMIT);
    if (i % 100 == 99) edict_decision_forget(d);
  }
  edict_decision_destroy(&d);
  return NULL;
}

TEST(threads_share_a_question_and_its_entities) {
  begin();
  edict_request r = plain();
  const edict_attribute channel = {{"channel", 7}, &a, 1};
  pthread_t threads[THREADS];
  size_t wrong[THREADS] = {0};
  REQUIRE(edict_question_create(m.product, &r, &shared_question) == EDICT_OK && edict_question_set(shared_question, &channel) == EDICT_OK);
  shared_entities[0] = note_of(&ana, &bo, 1);
  shared_entities[1] = note_of(&bo, &bo, 1);
  shared_entities[2] = note_of(&bo, &ana, 1);
  for (size_t i = 0; i < THREADS; i++) REQUIRE(pthread_create(&threads[i], NULL, asker, &wrong[i]) == 0);
  for (size_t i = 0; i < THREADS; i++) {
    (void)pthread_join(threads[i], NULL);
    CHECK_INT(wrong[i], 0);
  }
  edict_question_destroy(&shared_question);
  for (size_t i = 0; i < 3; i++) edict_entity_destroy(&shared_entities[i]);
  mesh_fini(&m);
}

/* Tests about texts that are joined by `and` are no list of which one is enough. */
TEST(each_of_two_texts_is_wanted) {
  mesh_init(&m);
  mesh_federal(&m, "resource model { owner?: string readers?: set<string> }\n"
                   "rule both\n  permit read\n  on model named \"*\"\n  when subject.nicks has model.owner and model.readers overlaps subject.nicks\n");
  mesh_domain(&m, "sales", "", MESH_CONTRACT("  - name: orders\n    properties:\n      - { name: mail, logicalType: string, tags: [ pii.email ] }\n"));
  mesh_open(&m);
  mesh_subject(&m, "roles support; nicks ana");
  edict_request r = plain();
  edict_question *q;
  REQUIRE(edict_question_create(m.product, &r, &q) == EDICT_OK);
  const struct { const edict_text *owner, *readers; int wanted; } cases[] = {
      {&ana, &ana, EDICT_PERMIT}, {&ana, &bo, EDICT_DENY}, {&bo, &ana, EDICT_DENY}, {&bo, &bo, EDICT_DENY}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    edict_entity *e = note_of(cases[i].owner, cases[i].readers, 1);
    CHECK_INT(ask(q, e), cases[i].wanted);
    CHECK_INT(ask(q, e), cases[i].wanted);
    edict_entity_destroy(&e);
  }
  edict_question_destroy(&q);
  mesh_fini(&m);
}

/* What stands as long as who asks, where rules do not only look for texts. */
TEST(a_number_is_asked_for) {
  mesh_init(&m);
  mesh_federal(&m, "resource model { owner?: string readers?: set<string> }\n"
                   "rule scored\n  permit read\n  on model named \"*\"\n  when subject.score > 2 and model.owner == \"ana\"\n");
  mesh_domain(&m, "sales", "", MESH_CONTRACT("  - name: orders\n    properties:\n      - { name: mail, logicalType: string, tags: [ pii.email ] }\n"));
  mesh_open(&m);
  mesh_subject(&m, "roles support; score 3");
  edict_request r = plain();
  edict_question *q;
  edict_entity *e = note_of(&ana, &bo, 1);
  REQUIRE(edict_question_create(m.product, &r, &q) == EDICT_OK);
  m.session->subject.expires = mesh_time("2029-01-01T00:00:00Z");
  for (int again = 0; again < 2; again++) {
    CHECK_INT(ask(q, e), EDICT_PERMIT);
    CHECK_INT(edict_decision_valid_until(m.decision), m.session->subject.expires);
  }
  edict_question_destroy(&q);
  edict_entity_destroy(&e);
  mesh_fini(&m);
}

HARNESS_MAIN
