/* Bind: what a contract settles, the warnings that an author should know, and the limit of ways. */
#include "harness.h"

#include "bundle/limits.h"
#include "support/mesh.h"

#define DATASET(name, properties)                                                               \
  "  - name: " name "\n    logicalType: object\n    physicalName: " name "\n    customProperties:\n" \
  "      - { property: classification, value: internal }\n    properties:\n" properties
#define COLUMN(name, type, tags) "      - { name: " name ", logicalType: " type ", tags: [ " tags " ] }\n"

static const char usual[] = MESH_CONTRACT(
    DATASET("orders", COLUMN("id", "integer", "plain") COLUMN("email", "string", "pii.email")
                          COLUMN("at", "timestamp", "time.collected"))
    DATASET("calls", COLUMN("phone", "string", "pii.phone") "      - { name: note, logicalType: string }\n"));

static void begin(mesh *m, const char *federal, const char *domain, const char *contract) {
  mesh_init(m);
  mesh_federal(m, federal);
  mesh_domain(m, "sales", domain, contract);
  mesh_open(m);
}

static const edi_bound_dataset *dataset(const mesh *m, const char *name) {
  return &m->product->bound.datasets[edict_product_dataset(m->product, name)];
}

static const edi_entry *entry(const edi_bound_dataset *d, const char *rule) {
  for (size_t i = 0; i < d->entry_count; i++) {
    edi_str name = edi_program_string(&d->entries[i].linked->program, d->entries[i].rule->name);
    if (edi_str_ends(name, edi_str_from(rule))) return &d->entries[i];
  }
  return NULL;
}

#define RULE(name, effect, rest) "rule " name "\n " effect "\n" rest " because \"x\"\n"

TEST(targets_are_folded_for_each_dataset) {
  mesh m;
  begin(&m,
        RULE("all", "permit read", " on dataset classified <= confidential\n") RULE("orders", "forbid read", " on dataset named \"orders\"\n")
            RULE("elsewhere", "forbid read", " on product in domain finance\n") RULE("phones", "forbid read", " on dataset holding pii.phone\n")
                RULE("nowhere", "forbid read", " on dataset named \"archive\"\n") RULE("secret", "forbid read", " on dataset classified > internal\n"),
        "", usual);
  const edi_bound_dataset *orders = dataset(&m, "orders"), *calls = dataset(&m, "calls");
  CHECK(entry(orders, ".all") && entry(orders, ".orders") && !entry(orders, ".phones"));
  CHECK(entry(calls, ".all") && !entry(calls, ".orders") && entry(calls, ".phones"));
  CHECK(!entry(calls, ".elsewhere") && !entry(calls, ".nowhere") && !entry(calls, ".secret"));
  CHECK_INT(orders->entry_count, 2);
  CHECK_INT(calls->entry_count, 2);
  CHECK_INT(entry(orders, ".all")->target, EDI_YES);
  mesh_fini(&m);
}

/* Rules of one target share its answer, and still stand in the program's order. */
TEST(rules_of_one_target_keep_their_order) {
  static const char *const expected[] = {".a", ".b", ".c", ".e", ".g"};
  mesh m;
  begin(&m,
        RULE("a", "forbid read", " on dataset holding pii\n") RULE("b", "forbid read", "") RULE("c", "forbid export", " on dataset holding pii\n")
            RULE("d", "forbid read", " on dataset named \"calls\"\n") RULE("e", "permit read", " on dataset named \"orders\"\n")
                RULE("f", "forbid export", " on dataset named \"calls\"\n") RULE("g", "forbid export", ""),
        "", usual);
  const edi_bound_dataset *orders = dataset(&m, "orders");
  CHECK_INT(orders->entry_count, sizeof expected / sizeof *expected);
  for (size_t i = 0; i < orders->entry_count; i++) CHECK(&orders->entries[i] == entry(orders, expected[i]));
  mesh_fini(&m);
}

TEST(a_target_that_is_unknown_stays) {
  static const char unclassified[] = MESH_CONTRACT(
      "  - name: orders\n    logicalType: object\n    physicalName: orders\n    properties:\n" COLUMN("id", "integer", "plain"));
  mesh m;
  begin(&m, RULE("open", "permit read", " on dataset classified <= internal\n") RULE("shut", "forbid export", " on dataset classified > internal\n"),
        "", unclassified);
  CHECK_INT(entry(dataset(&m, "orders"), ".open")->target, EDI_UNKNOWN);
  CHECK_INT(entry(dataset(&m, "orders"), ".shut")->target, EDI_UNKNOWN);
  mesh_subject(&m, "roles support; purposes support");
  CHECK_INT(mesh_ask(&m, "read", "orders", "", "purpose support", "2026-11-20T10:00:00Z"), EDICT_OK);
  CHECK_INT(edict_decision_effect(m.decision), EDICT_DENY); /* an unknown opens nothing */
  CHECK_INT(mesh_reason(&m, "open")->holds, EDI_UNKNOWN);
  mesh_fini(&m);
}

TEST(conditions_and_requirements_that_a_contract_settles) {
  mesh m;
  begin(&m,
        RULE("fixed", "forbid export", " on dataset holding pii\n when dataset.name == \"orders\"\n")
            RULE("asks", "forbid export", " on dataset holding pii\n when subject.vip\n") RULE("owned", "require product.owner is set", " on dataset holding pii\n")
                RULE("timed", "require now < 2027-01-01T00:00:00Z", " on dataset holding pii\n"),
        "", usual);
  const edi_bound_dataset *orders = dataset(&m, "orders"), *calls = dataset(&m, "calls");
  CHECK(entry(orders, ".fixed")->condition_fixed && entry(orders, ".fixed")->condition == EDI_YES);
  CHECK(entry(calls, ".fixed")->condition_fixed && entry(calls, ".fixed")->condition == EDI_NO);
  CHECK(!entry(orders, ".asks")->condition_fixed);
  CHECK(entry(orders, ".owned")->body_fixed && entry(orders, ".owned")->body == EDI_NO);
  CHECK(!entry(orders, ".timed")->body_fixed);
  REQUIRE(entry(orders, ".timed")->moments);
  CHECK_INT(entry(orders, ".timed")->moments->at[0], mesh_time("2027-01-01T00:00:00Z"));
  mesh_fini(&m);
}

/* When an outcome is known: a NO is final where no unknown can turn it, which `is set` could. */
TEST(stages_of_rules) {
  static const struct { const char *name; edi_stage stage; } expected[] = {
      {".fixed", EDI_STAGE_SESSION},  {".subject", EDI_STAGE_SESSION}, {".either", EDI_STAGE_EITHER},
      {".or", EDI_STAGE_EITHER},      {".request", EDI_STAGE_REQUEST}, {".presence", EDI_STAGE_REQUEST},
      {".text", EDI_STAGE_REQUEST},   {".clock", EDI_STAGE_EITHER},    {".absence", EDI_STAGE_SESSION}};
  mesh m;
  begin(&m,
        RULE("fixed", "forbid export", " on dataset holding pii\n") RULE("subject", "forbid export", " when subject.vip or subject.age > 3\n")
            RULE("either", "forbid export", " when context.trusted and subject.vip\n")
                RULE("or", "forbid export", " when (purpose is support or subject.age > 3) and not subject.vip\n")
                    RULE("request", "forbid export", " when context.trusted\n")
                        RULE("presence", "forbid export", " when subject.vip and not context.channel is set\n")
                            RULE("text", "forbid export", " when subject.vip and lower(context.channel) == \"a\"\n")
                                RULE("clock", "forbid export", " when now > 2027-01-01T00:00:00Z and subject.vip\n")
                                    RULE("absence", "forbid export", " when not subject.vip is set\n"),
        "", usual);
  const edi_bound_dataset *orders = dataset(&m, "orders");
  for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
    const edi_entry *e = entry(orders, expected[i].name);
    REQUIRE(e);
    if (e->stage != expected[i].stage) HARNESS_FAIL("%s is of stage %d", expected[i].name, (int)e->stage);
  }
  mesh_fini(&m);
}

/* By action: what names it or something above it, and whatever names none. */
TEST(entries_by_action) {
  static const struct { const char *action; unsigned count; } expected[] = {{"read", 3}, {"download", 4}, {"unmask", 3}};
  mesh m;
  begin(&m,
        RULE("reads", "permit read", " on dataset classified <= restricted\n") RULE("exports", "permit export", " on dataset classified <= restricted\n")
            RULE("loads", "forbid download", "") RULE("masks", "mask column tagged pii.email\n with null", "")
                RULE("reveals", "permit unmask", " on dataset classified <= internal\n") RULE("rows", "show only rows", " on dataset named \"calls\"\n where row[pii.phone] is set\n")
                    RULE("needs", "require product.name == \"sales.orders\"", ""),
        "", usual);
  const edi_vocabulary *v = &m.engine->vocabulary;
  uint32_t first = v->program->kinds[v->kind_action].nodes.first;
  for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
    uint32_t node = edi_vocabulary_node(v, v->kind_action, edi_str_from(expected[i].action));
    const edi_concern *c = &dataset(&m, "orders")->concerns[node - first];
    /* masks and needs concern every action */
    if (c->count != expected[i].count) HARNESS_FAIL("%s: %u entries", expected[i].action, c->count);
    for (uint32_t k = 1; k < c->count; k++) CHECK(c->entries[k - 1] < c->entries[k]);
  }
  mesh_fini(&m);
}

TEST(untagged_columns_are_closed_or_served_as_what_is_said) {
  static const char opening[] = RULE("all", "permit read", " on dataset classified <= confidential\n");
  static const char served[] = "untagged columns are plain\n" RULE("all", "permit read", " on dataset classified <= confidential\n");
  for (int as_plain = 0; as_plain < 2; as_plain++) {
    mesh m;
    begin(&m, as_plain ? served : opening, "", usual);
    const edi_bound_column *note = &dataset(&m, "calls")->columns[1];
    CHECK_INT(note->closed, !as_plain);
    CHECK_INT(note->tag_count, as_plain ? 2 : 1);
    mesh_subject(&m, "roles support; purposes support");
    CHECK_INT(mesh_ask(&m, "read", "calls", "*", "purpose support", "2026-11-20T10:00:00Z"), EDICT_OK);
    CHECK_TEXT(edict_decision_column(m.decision, 1, NULL), strlen(edict_decision_column(m.decision, 1, NULL)), as_plain ? "keep" : "null");
    CHECK_INT(edict_decision_effect(m.decision), EDICT_PERMIT);
    mesh_fini(&m);
  }
}

/* ---- warnings ---- */

TEST(r0510_a_column_that_is_not_there) {
  mesh m;
  begin(&m, RULE("rows", "show only rows", " on dataset holding pii.email\n where row[geo.country] in subject.regions\n"), "", usual);
  CHECK_INT(mesh_count(&m, "R0510"), 1); /* on orders; calls hold no mail */
  CHECK_INT(mesh_count(&m, "R0512") + mesh_count(&m, "R0513"), 0);
  CHECK(strstr(edict_diagnostics_message(m.diagnostics, 0), "federal.rules.rows"));
  CHECK(strstr(edict_diagnostics_message(m.diagnostics, 0), "`orders`"));
  mesh_fini(&m);
}

TEST(r0512_a_mask_that_does_not_fit) {
  mesh m;
  begin(&m,
        RULE("permits", "permit read", " on dataset classified <= internal\n") RULE("ids", "mask column tagged plain\n with show-last(4)", "")
            RULE("mails", "mask column tagged pii.email\n with date-trunc(month)", "") RULE("times", "mask column tagged time.collected\n with const(7)", ""),
        "", usual);
  CHECK_INT(mesh_count(&m, "R0512"), 3);
  mesh_subject(&m, "roles support; purposes support");
  CHECK_INT(mesh_ask(&m, "read", "orders", "*", "purpose support", "2026-11-20T10:00:00Z"), EDICT_OK);
  for (size_t c = 0; c < 3; c++) CHECK(strcmp(edict_decision_column(m.decision, c, NULL), "null") == 0);
  mesh_fini(&m);
}

TEST(r0513_masks_that_do_not_go_together) {
  mesh m;
  begin(&m,
        RULE("first", "mask column tagged pii.email\n with show-first(4)", "") RULE("last", "mask column tagged pii\n with show-last(4)", "")
            RULE("fewer", "mask column tagged pii.email\n with show-first(2)", "") RULE("none", "mask column tagged pii.email\n with null", "")
                RULE("phone", "mask column tagged pii.phone\n with show-last(2)", ""),
        "rule own\n mask column tagged pii.email\n with pseudonym(wide)\n because \"x\"\n", usual);
  /* on `email`: last against first, fewer against last, own against first; on `phone` none */
  CHECK_INT(mesh_count(&m, "R0513"), 3);
  mesh_fini(&m);
}

/* ---- ways to read a row ---- */

/* A contract of one dataset with so many columns of each tag. */
static const char *columns_of(unsigned countries, unsigned texts) {
  static char text[65536];
  edi_buf buf = edi_buf_fixed(text, sizeof text);
  edi_buf_text(&buf, MESH_CONTRACT("  - name: orders\n    logicalType: object\n    physicalName: orders\n    properties:\n"));
  for (unsigned i = 0; i < countries; i++) edi_buf_format(&buf, "      - { name: c%u, logicalType: string, tags: [ geo.country ] }\n", i);
  for (unsigned i = 0; i < texts; i++) edi_buf_format(&buf, "      - { name: t%u, logicalType: string, tags: [ text ] }\n", i);
  edi_buf_char(&buf, '\0');
  return text;
}

static edict_status bind_columns(unsigned countries, unsigned texts, size_t *ways) {
  mesh m;
  mesh_init(&m);
  mesh_federal(&m, RULE("rows", "show only rows", " on dataset holding geo.country\n where row[geo.country] in subject.regions and row[text] == \"x\"\n"));
  mesh_domain(&m, "sales", "", columns_of(countries, texts));
  CHECK_INT(mesh_engine(&m, NULL), EDICT_OK);
  edict_status status = edict_product_create(m.engine, "sales.orders", &m.product, m.diagnostics);
  CHECK_INT(mesh_count(&m, "R0511"), status == EDICT_OK ? 0 : 1);
  CHECK_INT(m.product == NULL, status != EDICT_OK);
  *ways = m.product ? m.product->bound.datasets[0].entries[0].combination_count : 0;
  mesh_fini(&m);
  return status;
}

TEST(ways_at_the_limit_and_one_past) {
  static const struct { unsigned countries, texts; edict_status status; } table[] = {
      {64, 1, EDICT_OK}, {65, 1, EDICT_LIMIT}, {1, 64, EDICT_OK}, {1, 65, EDICT_LIMIT}, {8, 8, EDICT_OK},
      {8, 9, EDICT_LIMIT}, {64, 0, EDICT_OK}, {65, 0, EDICT_LIMIT}, {200, 200, EDICT_LIMIT}};
  CHECK_INT(EDI_LIMIT_ROW_COMBINATIONS, 64);
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    size_t ways;
    edict_status status = bind_columns(table[i].countries, table[i].texts, &ways);
    CHECK_INT(status, table[i].status);
    if (status == EDICT_OK) CHECK_INT(ways, table[i].countries * (table[i].texts ? table[i].texts : 1));
  }
}

/* Every way is one pair of columns, each pair once. */
TEST(all_ways_and_each_once) {
  bool seen[8][8] = {{0}};
  mesh m;
  begin(&m, RULE("rows", "show only rows", " on dataset holding geo.country\n where row[geo.country] in subject.regions and row[text] == \"x\"\n"), "",
        columns_of(8, 8));
  const edi_entry *e = entry(dataset(&m, "orders"), ".rows");
  REQUIRE(e && e->combination_count == 64);
  for (uint32_t w = 0; w < 64; w++) {
    uint32_t a = e->combinations[2 * w], b = e->combinations[2 * w + 1];
    if (a > b) { uint32_t c = a; a = b; b = c; }
    REQUIRE(a < 8 && b >= 8 && b < 16);
    CHECK(!seen[a][b - 8]);
    seen[a][b - 8] = true;
  }
  mesh_fini(&m);
}

HARNESS_MAIN
