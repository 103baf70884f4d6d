/* Obligations: who must meet them, what denies when nobody can, their arguments, their order. */
#include "harness.h"

#include "support/mesh.h"

#define CHECK_SAME(got, expected)                                                        \
  do {                                                                                   \
    const char *same_got = (got);                                                        \
    if (strcmp(same_got, (expected)) != 0) HARNESS_FAIL("\"%s\", not \"%s\"", same_got, (expected)); \
  } while (0)

static const char obligations[] =
    "obligation ring()\n"
    "obligation mark(text: string, until: timestamp)\n"
    "obligation every(b: bool, i: int, d: decimal, s: string, t: timestamp, day: date, long: duration, a: ip,\n"
    "  n: purpose, l: classification, p: id<person>)\n";

static const char contract[] = MESH_CONTRACT(
    "  - name: orders\n"
    "    customProperties:\n"
    "      - { property: classification, value: internal }\n"
    "    properties:\n"
    "      - { name: email, logicalType: string, tags: [ pii.email ] }\n"
    "      - { name: day, logicalType: timestamp, tags: [ time.collected ] }\n");

#define PERMIT "rule reads\n permit read\n on dataset classified <= internal\n because \"x\"\n"
#define ON " on dataset classified <= internal\n"
#define NOW "2026-11-20T10:00:00Z"

static const char *const all[] = {"*"};
static const char *const ring_alone[] = {"federal.rules.ring", "federal.rules.nobody-knows-it"};

static void open_with(mesh *m, const char *rules, const char *own, const char *const *meets, size_t count) {
  char text[8192];
  snprintf(text, sizeof text, "%s%s", obligations, rules);
  mesh_init(m);
  mesh_federal(m, text);
  mesh_domain(m, "sales", own, contract);
  const edict_engine_options options = {.size = sizeof options, .now = INT64_MIN, .development = 1,
                                        .obligations = meets, .obligation_count = count};
  if (mesh_engine(m, &options) != EDICT_OK) abort();
  mesh_open(m);
  mesh_subject(m, "roles analyst; purposes support");
}

static edict_effect ask_for(mesh *m, const char *columns, const char *context) {
  CHECK_INT(mesh_ask(m, "read", "orders", columns, context, NOW), EDICT_OK);
  return edict_decision_effect(m->decision);
}

/* "mark(x, 2026-…) ring()", in their order. */
static const char *told(mesh *m) {
  static char out[2048];
  size_t used = 0;
  edict_obligation o;
  out[0] = '\0';
  for (size_t i = 0; edict_decision_obligation(m->decision, i, &o) == EDICT_OK; i++) {
    used += (size_t)snprintf(out + used, sizeof out - used, "%s%.*s(", i ? " " : "", (int)o.name.len - 14, o.name.ptr + 14);
    for (size_t k = 0; k < o.argument_count; k++) {
      edict_argument a;
      CHECK_INT(edict_decision_obligation_argument(m->decision, i, k, &a), EDICT_OK);
      used += (size_t)snprintf(out + used, sizeof out - used, "%s%.*s", k ? ", " : "", (int)a.value.len, a.value.ptr);
    }
    used += (size_t)snprintf(out + used, sizeof out - used, ")");
  }
  return out;
}

static const char *unmet(const mesh *m, const char *rule) {
  static char out[256];
  const edi_reason *r = mesh_reason(m, rule);
  edict_reason reason;
  if (!r) return "no such reason";
  CHECK_INT(edict_decision_reason(m->decision, (size_t)(r - m->decision->plan->reasons), &reason), EDICT_OK);
  snprintf(out, sizeof out, "%.*s", (int)reason.unmet.len, reason.unmet.ptr);
  return out;
}

typedef struct scenario {
  const char *name, *rules;
  bool can; /* the host meets ring() and nothing else */
  const char *columns, *context;
  edict_effect effect;
  const char *told, *rule, *unmet;
} scenario;

static const scenario scenarios[] = {
    {"a permit that obliges", "rule a\n permit read\n" ON " oblige ring()\n because \"x\"\n", true, "*", "", EDICT_PERMIT,
     "ring()", "a", ""},
    {"nobody can meet it", "rule a\n permit read\n" ON " oblige ring()\n because \"x\"\n", false, "*", "", EDICT_DENY, "", "a",
     "federal.rules.ring"},
    {"another permit holds", PERMIT "rule a\n permit read\n" ON " oblige ring()\n because \"x\"\n", false, "*", "", EDICT_PERMIT,
     "", "reads", ""},
    {"both permits hold", PERMIT "rule a\n permit read\n" ON " oblige ring()\n because \"x\"\n", true, "*", "", EDICT_PERMIT,
     "ring()", "a", ""},
    {"one of two cannot be met", "rule a\n permit read\n" ON " oblige ring(), mark(\"x\", now)\n because \"x\"\n", true, "*", "",
     EDICT_DENY, "", "a", "federal.rules.mark"},
    {"a mask that applies", PERMIT "rule a\n mask column tagged pii.email\n with null\n oblige ring()\n because \"x\"\n", false,
     "email", "", EDICT_DENY, "", "a", "federal.rules.ring"},
    {"a mask that reaches nothing", PERMIT "rule a\n mask column tagged pii.email\n with null\n oblige ring()\n because \"x\"\n",
     false, "day", "", EDICT_PERMIT, "", "reads", ""},
    {"rows", PERMIT "rule a\n show only rows\n where row[pii.email] is set\n oblige ring()\n because \"x\"\n", false, "day", "",
     EDICT_DENY, "", "a", "federal.rules.ring"},
    {"retention", PERMIT "rule a\n retain at most 2 years after row[time.collected]\n oblige ring()\n because \"x\"\n", true, "day",
     "", EDICT_PERMIT, "ring()", "a", ""},
    {"a closer that does not apply", PERMIT "rule a\n show only rows\n where row[pii.email] is set\n when purpose is marketing\n"
     " oblige ring()\n because \"x\"\n", false, "day", "purpose support", EDICT_PERMIT, "", "reads", ""},
    {"a closer that may apply", PERMIT "rule a\n show only rows\n where row[pii.email] is set\n when purpose is marketing\n"
     " oblige ring()\n because \"x\"\n", false, "day", "", EDICT_DENY, "", "a", "federal.rules.ring"},
    {"a forbid obliges too", PERMIT "rule a\n forbid read\n oblige ring()\n because \"x\"\n", true, "*", "", EDICT_DENY, "ring()",
     "a", ""},
    {"a forbid that nobody can answer for", PERMIT "rule a\n forbid read\n oblige ring()\n because \"x\"\n", false, "*", "",
     EDICT_DENY, "", "a", "federal.rules.ring"},
};

TEST(what_obliges_whom) {
  for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++) {
    const scenario *s = &scenarios[i];
    mesh m;
    open_with(&m, s->rules, "", ring_alone, s->can ? 2 : 0);
    edict_effect effect = ask_for(&m, s->columns, s->context);
    if (effect != s->effect) HARNESS_FAIL("%s: effect %d", s->name, (int)effect);
    if (strcmp(told(&m), s->told) != 0) HARNESS_FAIL("%s: obliges to %s", s->name, told(&m));
    if (strcmp(unmet(&m, s->rule), s->unmet) != 0) HARNESS_FAIL("%s: unmet %s", s->name, unmet(&m, s->rule));
    if (effect == EDICT_DENY) {
      CHECK_INT(m.decision->plan->row_rule_count + m.decision->plan->retain_rule_count + m.decision->plan->asked_count, 0);
      CHECK_SAME(edict_decision_column(m.decision, 0, NULL), "null");
    }
    mesh_fini(&m);
  }
}

TEST(arguments_of_every_type) {
  mesh m;
  open_with(&m,
            "rule a\n permit read\n" ON
            " oblige every(true, 12, 2.50, lower(\"LOUD\"), now, 2026-02-03, 36 hours, \"10.1.2.3\", purpose, internal, \"p-1\"),"
            " every(false, -1, 0.5, dataset.name, now - 1 month, 2024-02-29, 24 months, \"2001:db8::1\", support, public, \"\")\n"
            " because \"x\"\n",
            "", all, 1);
  CHECK_INT(ask_for(&m, "*", "purpose support"), EDICT_PERMIT);
  CHECK_SAME(told(&m), "every(true, 12, 2.5, loud, 2026-11-20T10:00:00Z, 2026-02-03, 36 hours, 10.1.2.3, support, internal, p-1) "
                      "every(false, -1, 0.5, orders, 2026-10-20T10:00:00Z, 2024-02-29, 24 months, 2001:db8::1, support, public, )");
  edict_argument a;
  CHECK_INT(edict_decision_obligation_argument(m.decision, 0, 0, &a), EDICT_OK);
  CHECK_SAME(a.type, "bool");
  CHECK_INT(edict_decision_obligation_argument(m.decision, 0, 8, &a), EDICT_OK);
  CHECK_SAME(a.type, "node");
  CHECK_INT(edict_decision_obligation_argument(m.decision, 0, 11, &a), EDICT_ARGUMENT);
  CHECK_INT(edict_decision_obligation_argument(m.decision, 2, 0, &a), EDICT_ARGUMENT);
  CHECK_INT(edict_decision_obligation_argument(NULL, 0, 0, &a), EDICT_ARGUMENT);
  edict_obligation o;
  CHECK_INT(edict_decision_obligation(m.decision, 2, &o), EDICT_ARGUMENT);
  CHECK_INT(edict_decision_obligation(NULL, 0, &o), EDICT_ARGUMENT);
  CHECK_INT(edict_decision_obligation_count(NULL), 0);
  mesh_fini(&m);
}

/* Each argument that is not known, alone. */
TEST(an_unknown_argument_cannot_be_met) {
  static const char *const unknown[] = {"purpose is support", "lower(dataset.name) == product.owner"};
  for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
    char rules[512];
    mesh m;
    snprintf(rules, sizeof rules, "obligation say(b: bool)\nrule a\n permit read\n" ON " oblige ring(), say(%s)\n because \"x\"\n",
             unknown[i]);
    open_with(&m, rules, "", all, 1);
    CHECK_INT(ask_for(&m, "*", ""), EDICT_DENY);
    CHECK_SAME(unmet(&m, "a"), "federal.rules.say");
    const char *name = edict_decision_reason_unknown(m.decision, 0, 0);
    CHECK(name && strcmp(name, i == 0 ? "purpose" : "product.owner") == 0);
    char words[512];
    edict_decision_explain(m.decision, words, sizeof words);
    CHECK(strstr(words, "does not apply, as its obligation federal.rules.say cannot be met") != NULL);
    mesh_fini(&m);
  }
}

TEST(a_delegate_obliges_who_rests_on_it) {
  static const char rules[] = "rule gives\n delegate permit read to domain sales\n" ON " until 2027-12-31\n oblige ring()\n because \"x\"\n";
  static const char own[] = "rule mine\n permit read\n" ON " because \"x\"\n";
  mesh m;
  open_with(&m, rules, own, ring_alone, 1);
  CHECK_INT(ask_for(&m, "*", ""), EDICT_PERMIT);
  CHECK_SAME(told(&m), "ring()");
  mesh_fini(&m);
  open_with(&m, rules, own, NULL, 0);
  CHECK_INT(ask_for(&m, "*", ""), EDICT_DENY);
  mesh_fini(&m);
}

/* A domain's obligation is its own; a federal one that it uses is the federal one. */
TEST(a_domain_obliges) {
  static const char own[] = "obligation bow(n: int)\nrule rows\n show only rows\n where row[pii.email] is set\n"
                            " oblige bow(3), mark(\"here\", now)\n because \"x\"\n";
  static const char *const both[] = {"sales.rules.bow", "federal.rules.mark"};
  mesh m;
  open_with(&m, PERMIT, own, both, 2);
  CHECK_INT(ask_for(&m, "*", ""), EDICT_PERMIT);
  CHECK_INT(edict_decision_obligation_count(m.decision), 2);
  mesh_fini(&m);
  open_with(&m, PERMIT, own, both, 1);
  CHECK_INT(ask_for(&m, "*", ""), EDICT_DENY);
  CHECK_SAME(unmet(&m, "rows"), "federal.rules.mark");
  mesh_fini(&m);
}

TEST(options_that_cannot_be_meant) {
  static const char *const holes[] = {"federal.rules.ring", NULL};
  mesh m;
  open_with(&m, PERMIT, "", NULL, 0);
  edict_engine_options o = {.size = sizeof o, .now = 0, .development = 1, .obligations = holes, .obligation_count = 2};
  edict_engine *engine;
  edict_bytes bytes = {m.bundles[0].ptr, m.bundles[0].len};
  CHECK_INT(edict_engine_create(&o, &bytes, 1, &engine, NULL), EDICT_ARGUMENT);
  o.obligations = NULL;
  CHECK_INT(edict_engine_create(&o, &bytes, 1, &engine, NULL), EDICT_ARGUMENT);
  mesh_fini(&m);
}

HARNESS_MAIN
