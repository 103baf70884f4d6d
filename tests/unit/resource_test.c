/* Resource: decisions about what is no dataset; what a request may say of it; programs that lie about what their
 * rules are about. */
#include "bundle/limits.h"
#include "harness.h"
#include "policy/emit.h"
#include "support/golden.h"
#include "support/mesh.h"

#define NOW "2026-11-20T10:00:00Z"

static const char contract[] = MESH_CONTRACT(
    "  - name: orders\n    logicalType: object\n    physicalName: orders\n    customProperties:\n"
    "      - { property: classification, value: internal }\n    properties:\n"
    "      - { name: email, logicalType: string, tags: [ pii.email ] }\n");

static const char rules[] =
    "taxonomy action { share }\n"
    "resource model { owner?: string level?: classification readers?: set<string> ready?: bool = true home?: region }\n"
    "resource report { pages: int }\n"
    "rule owners\n permit read\n on model\n when model.owner == subject.name\n"
    "rule readers\n permit read\n on model named \"m-*\"\n when subject.name in model.readers and model.ready\n"
    "rule tagged\n permit export\n on model tagged pii.email, plain\n"
    "rule at-home\n permit share\n on model\n when model.home in subject.regions\n"
    "rule secret\n forbid read\n on model\n when model.level > internal\n"
    "rule datasets\n permit access\n on dataset classified <= internal\n"
    "rule no-orders\n forbid share\n on dataset named \"orders\"\n"
    "rule nobody\n forbid access\n when subject.name == \"eve\"\n"
    "rule owned\n require product.name == \"sales.orders\"\n"
    "rule domains\n delegate permit share to domain sales\n on model tagged plain\n until further notice\n";

static void begin(mesh *m, const char *domain_rules) {
  mesh_init(m);
  mesh_federal(m, rules);
  mesh_domain(m, "sales", domain_rules, contract);
  mesh_open(m);
  mesh_subject(m, "name bo; regions de");
}

/* ---- decisions ---- */

TEST(rules_about_a_resource) {
  static const struct {
    const char *action, *kind, *attributes, *reason;
    bool permit;
  } cases[] = {
      {"read", "model", "owner bo; level internal", "owners", true},
      {"read", "model", "owner ann; level internal", "owners", false},
      {"read", "model", "owner bo; level confidential", "secret", false},
      {"read", "model", "owner bo", "secret", false}, /* no level: what closes applies */
      {"read", "model", "owner bo; level atlantis", "secret", false},
      {"read", "model", "level public; name m-1; readers ann bo", "readers", true},
      {"read", "model", "level public; name x-1; readers ann bo", "owners", false},
      {"read", "model", "level public; readers ann bo", "readers", false}, /* no name */
      {"read", "model", "level public; name m-1; readers ann bo; ready false", "readers", false},
      {"download", "model", "tags pii.email", "tagged", true},
      {"download", "model", "tags pii", "tagged", false}, /* broader than what is asked: unknown */
      {"download", "model", "tags atlantis plain", "tagged", true},
      {"download", "model", "tags", "edict.default-deny", false}, /* it has none: no permit's target holds */
      {"download", "model", "", "tagged", false},
      {"share", "model", "home de", "at-home", true},
      {"share", "model", "home eu", "at-home", false},
      {"read", "report", "pages 3", "edict.default-deny", false}, /* no rule about datasets reaches it */
      {"read", "repotr", "pages 3", "edict.resource", false},
      {"read", "", "", "edict.resource", false},
      {"read", "model", "owner bo; onwer bo", "edict.resource", false},
      {"read", "model", "owner bo; owner bo", "edict.resource", false},
      {"read", "report", "owner bo", "edict.resource", false},
      {"access", "model", "owner bo", "edict.action", false},
  };
  mesh m;
  begin(&m, "");
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    CHECK_INT(mesh_ask_resource(&m, cases[i].action, cases[i].kind, cases[i].attributes, "", NOW), EDICT_OK);
    if ((edict_decision_effect(m.decision) == EDICT_PERMIT) != cases[i].permit || !mesh_reason(&m, cases[i].reason)) {
      char words[512];
      (void)edict_decision_explain(m.decision, words, sizeof words);
      HARNESS_FAIL("%s %s { %s }: %s", cases[i].action, cases[i].kind, cases[i].attributes, words);
    }
  }
  mesh_fini(&m);
}

/* What names neither dataset nor resource closes both. */
TEST(rules_about_anything) {
  mesh m;
  begin(&m, "");
  mesh_subject(&m, "name eve; regions de");
  CHECK_INT(mesh_ask_resource(&m, "share", "model", "home de", "", NOW), EDICT_OK);
  CHECK(edict_decision_effect(m.decision) == EDICT_DENY && mesh_reason(&m, "nobody"));
  CHECK_INT(mesh_ask(&m, "read", "orders", "*", "", NOW), EDICT_OK);
  CHECK(edict_decision_effect(m.decision) == EDICT_DENY && mesh_reason(&m, "nobody"));
  mesh_fini(&m);
}

TEST(a_domain_opens_what_is_delegated) {
  mesh m;
  begin(&m, "rule all\n permit share\n on model\n");
  CHECK_INT(mesh_ask_resource(&m, "share", "model", "tags plain", "", NOW), EDICT_OK);
  CHECK(edict_decision_effect(m.decision) == EDICT_PERMIT && mesh_reason(&m, "all"));
  CHECK_INT(mesh_ask_resource(&m, "share", "model", "tags pii", "", NOW), EDICT_OK);
  CHECK(edict_decision_effect(m.decision) == EDICT_DENY && mesh_reason(&m, "all"));
  mesh_fini(&m);
}

static void says_unknown(mesh *m, const char *expected) {
  const char *name = edict_decision_reason_unknown(m->decision, 0, 0);
  CHECK_TEXT(name ? name : "", name ? strlen(name) : 0, expected);
}

TEST(what_is_unknown_is_named) {
  mesh m;
  begin(&m, "");
  CHECK_INT(mesh_ask_resource(&m, "read", "model", "owner bo", "", NOW), EDICT_OK);
  says_unknown(&m, "model.level");
  CHECK_INT(mesh_ask_resource(&m, "download", "model", "", "", NOW), EDICT_OK);
  says_unknown(&m, "model.tags");
  mesh_fini(&m);
}

/* Nothing of one request is left for the next. */
TEST(a_resource_is_forgotten) {
  mesh m;
  begin(&m, "");
  CHECK_INT(mesh_ask_resource(&m, "read", "model", "owner bo; level internal", "", NOW), EDICT_OK);
  CHECK_INT(edict_decision_effect(m.decision), EDICT_PERMIT);
  CHECK_INT(mesh_ask_resource(&m, "read", "model", "level internal", "", NOW), EDICT_OK);
  CHECK_INT(edict_decision_effect(m.decision), EDICT_DENY);
  CHECK_INT(mesh_ask(&m, "read", "orders", "*", "", NOW), EDICT_OK);
  CHECK_INT(edict_decision_effect(m.decision), EDICT_PERMIT);
  mesh_fini(&m);
}

TEST(shows_it_as_json) {
  mesh m;
  char *text = NULL;
  size_t length = 0;
  begin(&m, "");
  CHECK_INT(mesh_ask_resource(&m, "read", "model", "owner bo; level internal", "", NOW), EDICT_OK);
  REQUIRE(edict_decision_json(m.decision, &text, &length) == EDICT_OK);
  CHECK(strstr(text, "\"dataset\":null,\"resource\":\"model\","));
  CHECK(strstr(text, "\"columns\":{},\"rows\":{\"where\":null,\"rules\":[]},\"groups\":[],\"retention\":[]"));
  CHECK(!strstr(text, "internal")); /* values are in no decision */
  edict_text_free(&text);
  CHECK_INT(mesh_ask_resource(&m, "read", "modle", "", "", NOW), EDICT_OK);
  REQUIRE(edict_decision_json(m.decision, &text, &length) == EDICT_OK);
  CHECK(strstr(text, "\"dataset\":null,\"resource\":null,"));
  edict_text_free(&text);
  mesh_fini(&m);
}

/* ---- requests that cannot be meant, and large ones ---- */

TEST(a_request_is_about_one_thing) {
  mesh m;
  begin(&m, "");
  const edict_resource resource = {{"model", 5}, NULL, 0}, broken = {{"model", 5}, NULL, 1}, nameless = {{NULL, 1}, NULL, 0};
  const uint32_t column = 0;
  const edict_request good = {.size = sizeof good, .action = {"read", 4}, .now = mesh_time(NOW), .resource = &resource};
  CHECK_INT(edict_decide(m.decision, m.session, &good), EDICT_OK);
  edict_request bad[4] = {good, good, good, good};
  bad[0].dataset = 1;
  bad[1].columns = &column;
  bad[1].column_count = 1;
  bad[2].resource = &broken;
  bad[3].resource = &nameless;
  for (size_t i = 0; i < 4; i++) {
    CHECK_INT(edict_decide(m.decision, m.session, &bad[i]), EDICT_ARGUMENT);
    CHECK_INT(edict_decision_effect(m.decision), EDICT_DENY);
  }
  mesh_fini(&m);
}

/* Sets of context and resource share one pool: what does not fit makes a set incomplete, and opens nothing. */
TEST(sets_have_their_limit) {
  enum { MOST = EDI_LIMIT_CONTEXT_MEMBERS };
  static char texts[MOST + 1][8];
  static edict_text values[MOST + 1];
  mesh m;
  begin(&m, "");
  for (size_t i = 0; i <= MOST; i++) {
    snprintf(texts[i], sizeof texts[i], "r%zu", i);
    values[i] = (edict_text){texts[i], strlen(texts[i])};
  }
  const edict_text name = {"m-1", 3}, level = {"public", 6};
  for (size_t extra = 0; extra < 2; extra++) {
    values[MOST - 1 + extra] = (edict_text){"bo", 2}; /* the last one that fits, or one past it */
    const edict_attribute attributes[] = {
        {{"readers", 7}, values, MOST + extra}, {{"name", 4}, &name, 1}, {{"level", 5}, &level, 1}};
    const edict_resource resource = {{"model", 5}, attributes, 3};
    const edict_request r = {.size = sizeof r, .action = {"read", 4}, .now = mesh_time(NOW), .resource = &resource};
    CHECK_INT(edict_decide(m.decision, m.session, &r), EDICT_OK);
    CHECK_INT(edict_decision_effect(m.decision), extra ? EDICT_DENY : EDICT_PERMIT);
    values[MOST - 1] = (edict_text){texts[MOST - 1], strlen(texts[MOST - 1])};
  }
  mesh_fini(&m);
}

/* ---- programs that lie ---- */

static const char lies[] =
    "module federal.a\ntaxonomy tag { pii }\nlevels classification { low < high }\nresource model { owner?: string }\n"
    "resource report { owner?: string }\ndomains may state classification\n"
    "rule r0\n permit read\n on model\n when model.owner == \"x\"\n"
    "rule r1\n forbid read\n on dataset classified <= low\n"
    "rule r2\n mask column tagged pii\n with null\n"
    "rule r3\n forbid read\n";

static void emit(edi_arena *arena, edict_diagnostics *d, edi_buf *bytes) {
  edi_file_ast *file;
  edi_model *model;
  REQUIRE(edi_parse(arena, EDI_STR("a.edict"), edi_str_from(lies), &file, d) == EDICT_OK);
  REQUIRE(edi_check(arena, &file, 1, 1, EDI_STR(""), &model, d) == EDICT_OK);
  for (size_t i = 0; i < model->rules_count; i++) {
    edi_rule_decl *rule = model->rules[i].decl;
    edi_diagnostics_locate(d, rule->span.source, rule->span.begin, &rule->line, &rule->column);
  }
  edi_excess excess;
  uint64_t cost;
  REQUIRE(edi_emit(arena, model, false, bytes, &cost, &excess) == EDICT_OK);
}

TEST(the_verifier_knows_what_a_rule_is_about) {
  static const struct {
    unsigned rule;
    uint32_t thing;
    edi_code code; /* NONE: holds */
  } cases[] = {
      {0, EDI_THING_RESOURCE, EDI_CODE_NONE},     {0, EDI_THING_RESOURCE + 1, EDI_R0145}, {0, EDI_THING_DATASET, EDI_R0145},
      {0, EDI_THING_ANY, EDI_R0131},              {0, EDI_THING_RESOURCE + 2, EDI_R0124}, {0, EDI_NONE, EDI_R0124},
      {1, EDI_THING_ANY, EDI_R0145},              {1, EDI_THING_RESOURCE, EDI_R0145},     {2, EDI_THING_ANY, EDI_R0131},
      {2, EDI_THING_RESOURCE, EDI_R0131},         {3, EDI_THING_ANY, EDI_CODE_NONE},      {3, EDI_THING_DATASET, EDI_CODE_NONE},
      {3, EDI_THING_RESOURCE + 1, EDI_CODE_NONE},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    edict_diagnostics *d = edict_diagnostics_create();
    edi_arena arena;
    edi_buf bytes;
    edi_program program;
    edi_arena_init(&arena, NULL, 64 << 20);
    edi_buf_init(&bytes, NULL, 1 << 20);
    emit(&arena, d, &bytes);
    edict_diagnostics_clear(d);
    REQUIRE(edi_program_verify(bytes.ptr, bytes.len, &arena, &program, d) == EDICT_OK);
    ((edi_rule *)(uintptr_t)program.rules)[cases[i].rule].thing = cases[i].thing;
    edict_status status = edi_program_verify(bytes.ptr, bytes.len, &arena, &program, d);
    CHECK_INT(status, cases[i].code == EDI_CODE_NONE ? EDICT_OK : EDICT_FORMAT);
    if (status != EDICT_OK) CHECK_INT(edi_diagnostics_code_at(d, 0), cases[i].code);
    edi_buf_fini(&bytes);
    edi_arena_fini(&arena);
    edict_diagnostics_destroy(&d);
  }
}

HARNESS_MAIN
