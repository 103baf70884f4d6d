/* Plan: refusals that no rule makes, what opens and what closes, until when an answer holds. */
#include "harness.h"

#include "bundle/limits.h"
#include "support/mesh.h"

#define DATASET(name, level, more)                                                              \
  "  - name: " name "\n    logicalType: object\n    physicalName: " name "\n    customProperties:\n" \
  "      - { property: classification, value: " level " }\n" more                                 \
  "    properties:\n      - { name: id, logicalType: integer, tags: [ plain ] }\n"                \
  "      - { name: email, logicalType: string, tags: [ pii.email ] }\n"
#define RULE(name, effect, rest) "rule " name "\n " effect "\n" rest " because \"x\"\n"
#define NOW "2026-11-20T10:00:00Z"
#define STAFF "roles support; purposes service; regions de; vip true"

static const char usual[] = MESH_CONTRACT(
    DATASET("orders", "internal", "      - { property: purposes, value: [ support ] }\n")
    DATASET("secrets", "restricted", ""));

static void begin(mesh *m, const char *federal, const char *domain) {
  mesh_init(m);
  mesh_federal(m, federal);
  mesh_domain(m, "sales", domain, usual);
  mesh_open(m);
  mesh_subject(m, STAFF);
}

static bool permits(mesh *m, const char *action, const char *dataset, const char *context, const char *now) {
  CHECK_INT(mesh_ask(m, action, dataset, "*", context, now), EDICT_OK);
  return edict_decision_effect(m->decision) == EDICT_PERMIT;
}

static const char opening[] = RULE("open", "permit read", " on dataset classified <= internal\n when subject.vip\n");

/* ---- refusals that no rule makes ---- */

TEST(requests_that_no_rule_decides) {
  static const struct { const char *action, *context, *reason; } table[] = {
      {"fly", "", "edict.action"},          {"", "", "edict.action"},
      {"access", "", "edict.action"},       {"export", "", "edict.action"}, /* not leaves */
      {"read", "weather sunny", "edict.context"}, {"read", "now 2026-11-20T10:00:00Z", "edict.context"},
      {"read", "action read", "edict.context"},   {"read", "channel web; channel app", "edict.context"},
  };
  mesh m;
  begin(&m, opening, "");
  CHECK(permits(&m, "read", "orders", "", NOW));
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    CHECK(!permits(&m, table[i].action, "orders", table[i].context, NOW));
    edict_text reason = mesh_first_reason(&m);
    CHECK_TEXT(reason.ptr, reason.len, table[i].reason);
    CHECK_INT(edict_decision_reason_count(m.decision), 1);
    CHECK_INT(edict_decision_valid_until(m.decision), mesh_time(NOW)); /* hold it no longer than now */
  }
  CHECK(permits(&m, "read", "orders", "", NOW)); /* nothing of a refusal stays */
  mesh_fini(&m);
}

static edict_status ask_columns(mesh *m, const uint32_t *columns, size_t count, size_t dataset) {
  edict_request request = {.size = sizeof request, .action = {"read", 4}, .dataset = dataset, .columns = columns,
                           .column_count = count, .now = mesh_time(NOW)};
  return edict_decide(m->decision, m->session, &request);
}

TEST(columns_at_the_last_and_one_past) {
  const uint32_t good[] = {0, 1, 1, 0}, bad[] = {0, 2}, worse[] = {UINT32_MAX};
  mesh m;
  begin(&m, opening, "");
  CHECK_INT(ask_columns(&m, good, 4, 0), EDICT_OK);
  CHECK_INT(edict_decision_effect(m.decision), EDICT_PERMIT);
  CHECK_INT(m.decision->plan->asked_count, 2); /* asked for twice is asked for once */
  CHECK_INT(ask_columns(&m, bad, 2, 0), EDICT_OK);
  CHECK_INT(edict_decision_effect(m.decision), EDICT_DENY);
  edict_text reason = mesh_first_reason(&m);
  CHECK_TEXT(reason.ptr, reason.len, "edict.column");
  CHECK_INT(ask_columns(&m, worse, 1, 0), EDICT_OK);
  CHECK_INT(edict_decision_effect(m.decision), EDICT_DENY);
  CHECK_INT(ask_columns(&m, NULL, 0, 0), EDICT_OK); /* none: still a read of the dataset */
  CHECK_INT(edict_decision_effect(m.decision), EDICT_PERMIT);
  CHECK_INT(ask_columns(&m, good, 1, 2), EDICT_ARGUMENT);
  CHECK_INT(edict_decision_effect(m.decision), EDICT_DENY);
  mesh_fini(&m);
}

/* The engine's floor, the bundles' times (both mesh bundles: 2026-01-01 to 2030-01-01) and the token's. */
TEST(times_at_the_border_and_one_past) {
  mesh m;
  mesh_init(&m);
  mesh_federal(&m, opening);
  mesh_domain(&m, "sales", "", usual);
  edict_engine_options options = {.size = sizeof options, .now = mesh_time("2026-06-01T00:00:00Z"), .development = 1};
  CHECK_INT(mesh_engine(&m, &options), EDICT_OK);
  mesh_open(&m);
  mesh_subject(&m, STAFF);
  m.session->subject.not_before = mesh_time("2026-07-01T00:00:00Z");
  m.session->subject.expires = mesh_time("2029-01-01T00:00:00Z");
  static const struct { const char *now, *reason; } table[] = {
      {"2025-12-31T23:59:59.999999Z", "edict.time-floor"}, {"2026-05-31T23:58:59.999999Z", "edict.time-floor"},
      {"2026-05-31T23:59:00Z", "edict.token-time"}, {"2026-06-01T00:00:00Z", "edict.token-time"}, {"2026-06-30T23:59:59.999999Z", "edict.token-time"},
      {"2026-07-01T00:00:00Z", NULL}, {"2028-12-31T23:59:59.999999Z", NULL}, {"2029-01-01T00:00:00Z", "edict.token-time"},
      {"2029-12-31T23:59:59.999999Z", "edict.token-time"}, {"2030-01-01T00:00:59.999999Z", "edict.token-time"},
      {"2030-01-01T00:01:00Z", "edict.bundle-expiry"},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    bool permit = permits(&m, "read", "orders", "", table[i].now);
    CHECK_INT(permit, table[i].reason == NULL);
    edict_text reason = mesh_first_reason(&m);
    if (table[i].reason) CHECK_TEXT(reason.ptr, reason.len, table[i].reason);
    else CHECK_INT(edict_decision_valid_until(m.decision), m.session->subject.expires);
  }
  mesh_fini(&m);
}

TEST(bundles_before_their_time) {
  mesh m;
  begin(&m, opening, "");
  CHECK(!permits(&m, "read", "orders", "", "2025-12-31T23:58:59.999999Z"));
  edict_text reason = mesh_first_reason(&m);
  CHECK_TEXT(reason.ptr, reason.len, "edict.bundle-not-yet");
  CHECK(permits(&m, "read", "orders", "", "2025-12-31T23:59:00Z")); /* the leeway */
  CHECK(permits(&m, "read", "orders", "", "2026-01-01T00:00:00Z"));
  mesh_fini(&m);
}

TEST(bundles_past_their_time) {
  mesh m;
  begin(&m, opening, "");
  CHECK(permits(&m, "read", "orders", "", "2029-12-31T23:59:59.999999Z"));
  CHECK(permits(&m, "read", "orders", "", "2030-01-01T00:00:59.999999Z")); /* the leeway */
  CHECK(!permits(&m, "read", "orders", "", "2030-01-01T00:01:00Z"));
  edict_text reason = mesh_first_reason(&m);
  CHECK_TEXT(reason.ptr, reason.len, "edict.bundle-expiry");
  char told[256];
  (void)edict_decision_explain(m.decision, told, sizeof told);
  CHECK(strstr(told, "the rules have expired at this time") != NULL);
  /* A clock that was set back is another thing, and said first. */
  edict_engine_advance(m.engine, mesh_time("2030-01-01T00:01:00Z"));
  CHECK(!permits(&m, "read", "orders", "", "2025-12-31T00:00:00Z"));
  reason = mesh_first_reason(&m);
  CHECK_TEXT(reason.ptr, reason.len, "edict.time-floor");
  mesh_fini(&m);
}

/* The rules decide while both layers are in force. */
TEST(layers_of_different_times) {
  static const struct { const char *federal, *domain, *first, *last; } table[] = {
      {"2026-01-01T00:00:00Z 2028-01-01T00:00:00Z", "2026-06-01T00:00:00Z 2030-01-01T00:00:00Z", "2026-05-31T23:59:00Z", "2028-01-01T00:00:59.999999Z"},
      {"2026-06-01T00:00:00Z 2030-01-01T00:00:00Z", "2026-01-01T00:00:00Z 2028-01-01T00:00:00Z", "2026-05-31T23:59:00Z", "2028-01-01T00:00:59.999999Z"},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    mesh m;
    char top[512], own[512], rules[512];
    const char *const form = "edict: 1\nname: %s\nlayer: %s\nversion: 1\ncreated: 2026-01-01T00:00:00Z\nnot-before: %.20s\nexpires: %s\nrules: [ \"*.edict\" ]\n%s";
    snprintf(top, sizeof top, form, "eu.example", "federal", table[i].federal, table[i].federal + 21, "");
    snprintf(own, sizeof own, form, "eu.example/sales", "domain\ndomain: sales", table[i].domain, table[i].domain + 21,
             "contracts: [ \"c.yaml\" ]\nparent: { bundle: f.edb, least: 1 }\n");
    snprintf(rules, sizeof rules, "module federal.rules\n%s", opening);
    const mesh_file federal[] = {{"edict.yaml", top}, {"v.edict", mesh_vocabulary}, {"r.edict", rules}};
    const mesh_file domain[] = {{"edict.yaml", own}, {"s.edict", "module sales.rules\n"}, {"c.yaml", usual}};
    mesh_init(&m);
    mesh_add(&m, federal, 3);
    mesh_add(&m, domain, 3);
    mesh_open(&m);
    mesh_subject(&m, STAFF);
    int64_t first = mesh_time(table[i].first), last = mesh_time(table[i].last);
    for (int step = -1; step <= 1; step++) {
      CHECK_INT(edict_decide(m.decision, m.session, &(edict_request){.size = sizeof(edict_request), .action = {"read", 4}, .now = first + step}), EDICT_OK);
      CHECK_INT(edict_decision_effect(m.decision), step < 0 ? EDICT_DENY : EDICT_PERMIT);
      CHECK_INT(edict_decide(m.decision, m.session, &(edict_request){.size = sizeof(edict_request), .action = {"read", 4}, .now = last + step}), EDICT_OK);
      CHECK_INT(edict_decision_effect(m.decision), step > 0 ? EDICT_DENY : EDICT_PERMIT);
    }
    mesh_fini(&m);
  }
}

/* What was remembered of an answer counts no more at a time that has become too early. */
TEST(the_floor_rises_and_never_falls) {
  mesh m;
  begin(&m, opening, "");
  CHECK(permits(&m, "read", "orders", "", NOW));
  edict_engine_advance(m.engine, mesh_time(NOW) + 60000000);
  CHECK(permits(&m, "read", "orders", "", NOW));
  edict_engine_advance(m.engine, mesh_time(NOW) + 60000001);
  edict_engine_advance(m.engine, mesh_time(NOW));
  edict_engine_advance(NULL, 0);
  CHECK(!permits(&m, "read", "orders", "", NOW));
  edict_text reason = mesh_first_reason(&m);
  CHECK_TEXT(reason.ptr, reason.len, "edict.time-floor");
  mesh_fini(&m);
}

TEST(default_deny) {
  mesh m;
  begin(&m, RULE("shut", "forbid download", ""), "");
  CHECK(!permits(&m, "read", "orders", "", NOW));
  edict_text reason = mesh_first_reason(&m);
  CHECK_TEXT(reason.ptr, reason.len, "edict.default-deny");
  mesh_fini(&m);
}

/* ---- what opens, what closes ---- */

TEST(forbid_wins_and_unknowns_close) {
  static const struct { const char *subject; bool permit; const char *rule; edi_truth holds; } table[] = {
      {"roles support; vip true; age 20", true, "open", EDI_YES},
      {"roles support; vip true; age 10", false, "minors", EDI_YES},
      {"roles support; vip true", false, "minors", EDI_UNKNOWN}, /* an unknown forbid holds */
      {"roles support; age 20", false, "open", EDI_UNKNOWN},     /* an unknown permit does not */
      {"roles support; vip false; age 20", false, "open", EDI_NO},
      {"roles partner; vip true; age 20", false, "staff-only", EDI_YES},
  };
  mesh m;
  begin(&m, RULE("open", "permit read", " on dataset classified <= internal\n when subject.vip\n") RULE("minors", "forbid access", " when subject.age < 18\n")
                RULE("staff-only", "forbid access", " unless subject.roles has staff\n"),
        "");
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    mesh_subject(&m, table[i].subject);
    if (permits(&m, "read", "orders", "", NOW) != table[i].permit) HARNESS_FAIL("%s", table[i].subject);
    const edi_reason *reason = mesh_reason(&m, table[i].rule);
    REQUIRE(reason);
    CHECK_INT(reason->holds, table[i].holds);
  }
  mesh_subject(&m, "roles support; vip true");
  (void)permits(&m, "read", "orders", "", NOW);
  CHECK_INT(edict_decision_reason_count(m.decision), 1); /* only what holds, and its unknown */
  const char *unknown = edict_decision_reason_unknown(m.decision, 0, 0);
  CHECK(unknown && strcmp(unknown, "subject.age") == 0);
  CHECK(!edict_decision_reason_unknown(m.decision, 0, 1));
  CHECK(!edict_decision_reason_unknown(m.decision, 1, 0));
  mesh_fini(&m);
}

TEST(requirements_close_access_but_not_unmask) {
  mesh m;
  begin(&m, RULE("open", "permit read, unmask", " on dataset classified <= internal\n") RULE("owned", "require product.owner is set", ""), "");
  CHECK(!permits(&m, "read", "orders", "", NOW));
  CHECK(mesh_reason(&m, "owned"));
  CHECK(permits(&m, "unmask", "orders", "", NOW));
  mesh_fini(&m);
}

TEST(actions_below_what_a_rule_names) {
  mesh m;
  begin(&m, RULE("all", "permit access", " on dataset classified <= internal\n") RULE("no-export", "forbid export", ""), "");
  CHECK(permits(&m, "read", "orders", "", NOW));
  CHECK(!permits(&m, "download", "orders", "", NOW));
  CHECK(!permits(&m, "unmask", "orders", "", NOW)); /* not below access */
  mesh_fini(&m);
}

TEST(a_purpose_that_nobody_granted_is_unknown) {
  static const struct { const char *subject, *purpose; edi_truth holds; } table[] = {
      {"purposes service", "purpose support", EDI_YES}, {"purposes support", "purpose support", EDI_YES},
      {"purposes billing", "purpose support", EDI_UNKNOWN}, {"purposes support", "purpose service", EDI_UNKNOWN},
      {"purposes commercial", "purpose support", EDI_UNKNOWN}, {"purposes", "purpose support", EDI_UNKNOWN},
      {"", "purpose support", EDI_UNKNOWN}, {"purposes service", "", EDI_UNKNOWN}, {"purposes service", "purpose lunch", EDI_UNKNOWN},
      {"purposes service nowhere", "purpose support", EDI_YES}, {"purposes nowhere", "purpose support", EDI_UNKNOWN},
      {"purposes service", "purpose billing", EDI_NO}, {"purposes service", "purpose support billing", EDI_UNKNOWN},
  };
  mesh m;
  begin(&m, RULE("open", "permit read", " on dataset classified <= internal\n when purpose is support\n"), "");
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    mesh_subject(&m, table[i].subject);
    CHECK_INT(permits(&m, "read", "orders", table[i].purpose, NOW), table[i].holds == EDI_YES);
    if (mesh_reason(&m, "open")->holds != table[i].holds) HARNESS_FAIL("%s; %s", table[i].subject, table[i].purpose);
  }
  mesh_fini(&m);
}

TEST(a_domain_opens_only_what_is_delegated) {
  static const char own[] = RULE("own", "permit read", " on dataset classified <= restricted\n");
  static const struct { const char *delegate; const char *dataset, *now; bool permit; } table[] = {
      {"", "orders", NOW, false},
      {RULE("lets", "delegate permit read to domain sales", " on dataset classified <= internal\n until 2026-12-31\n"), "orders", NOW, true},
      {RULE("lets", "delegate permit read to domain sales", " on dataset classified <= internal\n until 2026-12-31\n"), "secrets", NOW, false},
      {RULE("lets", "delegate permit read to domain sales", " on dataset classified <= internal\n until 2026-12-31\n"), "orders", "2026-12-31T23:59:59Z", true},
      {RULE("lets", "delegate permit read to domain sales", " on dataset classified <= internal\n until 2026-12-31\n"), "orders", "2027-01-01T00:00:00Z", false},
      {RULE("lets", "delegate permit read to domain sales", " on dataset classified <= internal\n when subject.age > 5\n until further notice\n"), "orders", NOW, false},
      {RULE("lets", "delegate permit read to domain sales", " on dataset classified <= internal\n when subject.vip\n until further notice\n"), "orders", NOW, true},
      {RULE("lets", "delegate permit access to domain sales", " on dataset classified <= internal\n until further notice\n"), "orders", NOW, true},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    mesh m;
    mesh_init(&m);
    mesh_federal(&m, table[i].delegate);
    mesh_domain(&m, "sales", *table[i].delegate ? own : "", usual);
    mesh_open(&m);
    mesh_subject(&m, STAFF);
    if (permits(&m, "read", table[i].dataset, "", table[i].now) != table[i].permit) HARNESS_FAIL("row %zu", i);
    mesh_fini(&m);
  }
}

/* ---- the context ---- */

/* What a request brought is not needed once it is decided: rows read the plan's own copy. */
TEST(nothing_of_the_request_is_kept) {
  mesh m;
  begin(&m, RULE("open", "permit read", " on dataset classified <= internal\n") RULE("rows", "show only rows", " where row[pii.email] == context.channel\n"), "");
  char channel[] = "web", name[] = "channel", action[] = "read";
  edict_text value = {channel, 3};
  edict_attribute context = {{name, 7}, &value, 1};
  edict_request request = {.size = sizeof request, .action = {action, 4}, .context = &context, .context_count = 1, .now = mesh_time(NOW)};
  CHECK_INT(edict_decide(m.decision, m.session, &request), EDICT_OK);
  memset(channel, '#', 3), memset(name, '#', 7), memset(action, '#', 4);
  value = (edict_text){NULL, 0};
  edict_cell in[2] = {mesh_int(1), mesh_text("web")}, out[2];
  edict_row row;
  CHECK_INT(edict_decision_apply_row(m.decision, in, 2, out, NULL, 0, &row), EDICT_OK);
  CHECK_INT(row, EDICT_ROW_SHOWN);
  mesh_fini(&m);
}

static edi_truth ask_words(mesh *m, size_t count, size_t length) {
  static char text[EDI_LIMIT_CONTEXT_TEXT + 16]; /* the longest begins at 8 */
  static edict_text values[EDI_LIMIT_CONTEXT_MEMBERS + 2];
  memset(text, 'w', sizeof text);
  for (size_t i = 0; i < count; i++) { /* distinct, all of one length but the last */
    snprintf(text + i * 8, 9, "%07zu", i);
    text[i * 8 + 7] = 'w';
    values[i] = (edict_text){text + i * 8, 7};
  }
  if (length) values[count - 1] = (edict_text){text + 8, length};
  edict_attribute words = {{"words", 5}, values, count};
  edict_request request = {.size = sizeof request, .action = {"read", 4}, .context = &words, .context_count = 1, .now = mesh_time(NOW)};
  CHECK_INT(edict_decide(m->decision, m->session, &request), EDICT_OK);
  const edi_reason *r = mesh_reason(m, "words");
  return r ? r->holds : EDI_NO;
}

TEST(sets_of_a_context_at_the_limit_and_one_past) {
  mesh m;
  begin(&m, RULE("words", "forbid read", " when context.words has \"never\"\n"), "");
  CHECK_INT(ask_words(&m, EDI_LIMIT_CONTEXT_MEMBERS, 0), EDI_NO);
  CHECK_INT(ask_words(&m, EDI_LIMIT_CONTEXT_MEMBERS + 1, 0), EDI_UNKNOWN); /* incomplete */
  CHECK_INT(ask_words(&m, 1, EDI_LIMIT_CONTEXT_TEXT), EDI_NO);
  CHECK_INT(ask_words(&m, 1, EDI_LIMIT_CONTEXT_TEXT + 1), EDI_UNKNOWN);
  CHECK_INT(ask_words(&m, 2, EDI_LIMIT_CONTEXT_TEXT - 7), EDI_NO);
  CHECK_INT(ask_words(&m, 2, EDI_LIMIT_CONTEXT_TEXT - 6), EDI_UNKNOWN);
  mesh_fini(&m);
}

TEST(absence_in_the_context) {
  mesh m;
  begin(&m, RULE("open", "permit read", " on dataset classified <= internal\n when context.grade >= mid and not context.trusted\n"), "");
  CHECK(permits(&m, "read", "orders", "", NOW));                     /* the declared fallbacks */
  CHECK(!permits(&m, "read", "orders", "grade low", NOW));
  CHECK(!permits(&m, "read", "orders", "grade superb", NOW));        /* given, and no value: unknown */
  CHECK(!permits(&m, "read", "orders", "grade", NOW));
  CHECK(!permits(&m, "read", "orders", "trusted true", NOW));
  mesh_fini(&m);
}

/* ---- until when ---- */

TEST(until_when_an_answer_holds) {
  static const struct { const char *rules, *now, *until; } table[] = {
      {"", NOW, "2030-01-01T00:01:00Z"},
      {RULE("r", "forbid read", " when subject.age > 200\n from 2026-12-01\n"), NOW, "2026-12-01T00:00:00Z"},
      {RULE("r", "forbid read", " when subject.age > 200\n until 2026-11-20\n"), NOW, "2026-11-21T00:00:00Z"},
      {RULE("r", "forbid read", " when subject.age > 200\n until 2026-11-19\n"), NOW, "2030-01-01T00:01:00Z"},
      {RULE("r", "forbid read", " when subject.age > 200\n from 2026-11-21\n until 2026-12-31\n"), NOW, "2026-11-21T00:00:00Z"},
      {RULE("r", "forbid download", " until 2026-11-20\n"), NOW, "2030-01-01T00:01:00Z"}, /* another action */
      {RULE("r", "forbid read", " when now > 2027-01-01T00:00:00Z\n"), NOW, "2027-01-01T00:00:00.000001Z"},
      {RULE("r", "forbid read", " when 2027-01-01T00:00:00Z <= now\n"), NOW, "2027-01-01T00:00:00Z"},
      {RULE("r", "forbid read", " when now == 2027-01-01T00:00:00Z\n"), NOW, "2027-01-01T00:00:00Z"},
      {RULE("r", "forbid read", " when now == 2026-11-20T10:00:00Z and subject.age > 200\n"), NOW, "2026-11-20T10:00:00.000001Z"},
      {RULE("r", "forbid read", " when now > 2026-12-24\n"), NOW, "2026-12-25T00:00:00Z"},
      {RULE("r", "forbid read", " when now >= 2026-12-24\n"), NOW, "2026-12-24T00:00:00Z"},
      {RULE("r", "forbid read", " when weekday(now) in [6, 7]\n"), NOW, "2026-11-21T00:00:00Z"}, /* a Friday */
      {RULE("r", "forbid read", " when weekday(now) == 2\n"), NOW, "2026-11-24T00:00:00Z"},
      {RULE("r", "forbid read", " when 6 <= weekday(now)\n"), "2026-11-17T10:00:00Z", "2026-11-21T00:00:00Z"},
      {RULE("r", "forbid read", " when weekday(now) > 7\n"), NOW, "2030-01-01T00:01:00Z"},
      {RULE("r", "forbid read", " when time-of-day(now) >= 18 hours\n"), NOW, "2026-11-20T18:00:00Z"},
      {RULE("r", "forbid read", " when time-of-day(now) > 18 hours\n"), NOW, "2026-11-20T18:00:00.000001Z"},
      {RULE("r", "forbid read", " when time-of-day(now) < 6 hours\n"), NOW, "2026-11-21T00:00:00Z"},
      {RULE("r", "forbid read", " when time-of-day(now) > 30 hours\n"), NOW, "2030-01-01T00:01:00Z"},
      {RULE("r", "forbid read", " when weekday(now) == 7 or (time-of-day(now) < 6 hours and subject.age > 3)\n"), NOW, "2026-11-21T00:00:00Z"},
      {RULE("r", "forbid read", " when now is set and subject.age > 200\n"), NOW, "2030-01-01T00:01:00Z"},
      /* what cannot be told in advance */
      {RULE("r", "forbid read", " when now - 24 months > 2026-11-20T10:00:00Z\n"), NOW, "2026-11-20T10:00:00.000001Z"},
      {RULE("r", "forbid read", " when subject.age > 200 and now < subject.seen\n"), NOW, "2026-11-20T10:00:00.000001Z"},
      {RULE("r", "show only rows", " where now < 2027-01-01T00:00:00Z or row[time.collected] is set\n"), NOW, "2027-01-01T00:00:00Z"},
      {RULE("r", "retain at most 24 months after row[time.collected]", ""), NOW, "2026-11-21T00:00:00Z"},
      {RULE("r", "retain at least 1 month after row[time.collected]", ""), "2026-12-31T23:59:59.999999Z", "2027-01-01T00:00:00Z"},
      {RULE("r", "show only rows", " where row[time.collected] < now\n"), NOW, "2026-11-20T10:00:00.000001Z"},
      {RULE("r", "mask column tagged pii\n with null if row[time.collected] < now\n with keep otherwise", ""), NOW, "2026-11-20T10:00:00.000001Z"},
      {RULE("r", "require now < 2027-01-01T00:00:00Z", ""), NOW, "2027-01-01T00:00:00Z"},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    char rules[2048];
    snprintf(rules, sizeof rules, "%s%s", opening, table[i].rules);
    mesh m;
    begin(&m, rules, "");
    mesh_subject(&m, "roles support; vip true; age 1");
    CHECK(permits(&m, "read", "orders", "", table[i].now));
    if (edict_decision_valid_until(m.decision) != mesh_time(table[i].until))
      HARNESS_FAIL("row %zu: %" PRId64 " before %s", i, mesh_time(table[i].until) - edict_decision_valid_until(m.decision), table[i].until);
    mesh_fini(&m);
  }
}

/* ---- reasons ---- */

TEST(reasons_of_a_permit_are_what_shaped_it) {
  mesh m;
  begin(&m,
        RULE("b-open", "permit read", " on dataset classified <= internal\n") RULE("a-open", "permit read", " on dataset classified <= internal\n when subject.vip\n")
            RULE("not-open", "permit read", " on dataset classified <= internal\n when not subject.vip\n") RULE("mail", "mask column tagged pii.email\n with null", "")
                RULE("keeps", "mask column tagged pii.email\n with keep", "") RULE("phone", "mask column tagged pii.phone\n with null", "")
                    RULE("rows", "show only rows", " where row[pii.email] is set\n") RULE("hold", "retain while row[pii.email] == \"x\"", "")
                        RULE("idle", "forbid read", " when subject.roles has partner\n"),
        "");
  CHECK(permits(&m, "read", "orders", "", NOW));
  static const char *const expected[] = {"a-open", "b-open", "hold", "mail", "rows"};
  size_t found = 0;
  for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
    if (mesh_reason(&m, expected[i])) found++;
    else HARNESS_FAIL("%s is missing", expected[i]);
  }
  CHECK_INT(edict_decision_reason_count(m.decision), found);
  /* The same for one column less: its mask shaped nothing. */
  CHECK_INT(mesh_ask(&m, "read", "orders", "id", "", NOW), EDICT_OK);
  CHECK(!mesh_reason(&m, "mail"));
  CHECK_INT(edict_decision_reason_count(m.decision), found - 1);
  mesh_fini(&m);
}

TEST(reads_are_what_applying_needs) {
  mesh m;
  begin(&m, RULE("open", "permit read", " on dataset classified <= internal\n") RULE("rows", "show only rows", " where row[pii.email] is set\n"), "");
  CHECK_INT(mesh_ask(&m, "read", "orders", "id", "", NOW), EDICT_OK);
  CHECK(edict_decision_reads(m.decision, 0) && edict_decision_reads(m.decision, 1) && !edict_decision_reads(m.decision, 2));
  CHECK_INT(mesh_ask(&m, "read", "secrets", "id", "", NOW), EDICT_OK); /* denied */
  CHECK(!edict_decision_reads(m.decision, 0) && !edict_decision_reads(m.decision, 1));
  mesh_fini(&m);
}

HARNESS_MAIN
