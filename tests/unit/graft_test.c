/* Graft: two domains loaded at once, each with tags of its own below the federal ones that are open and with
 * taxonomies of its own, some under the same names. Federal rules reach them, and neither reaches the other. */
#include "harness.h"

#include "support/mesh.h"

#define NOW "2026-11-20T10:00:00Z"

static const char vocabulary[] =
    "module federal.v\n"
    "taxonomy action { export share }\n"
    "taxonomy domain { sales finance }\n"
    "taxonomy role { staff { analyst } }\n"
    "taxonomy tag {\n"
    "  abstract open care { care.note: string open care.visit: timestamp }\n"
    "  open topic { topic.news }\n"
    "  open near: place { near.home }\n"
    "  about: tag\n"
    "  open spot\n"
    "}\n"
    "taxonomy place { north { fjord } south }\n"
    "attributes subject { roles: set<role> likes?: set<tag> }\n"
    "attributes context { asked?: tag wanted?: set<tag> }\n"
    "attributes dataset { topics?: set<tag> from \"customProperties.topics\" }\n"
    "resource model { owner?: string }\n"
    "table listed (about: tag) complete\n"
    "obligation note-topics(of: tag)\n"
    "issuer host\n"
    "domains may state topic, near, about, dataset.topics\n";

static const char rules[] =
    "module federal.r\n"
    "rule everyone\n permit read\n on dataset named \"*\"\n"
    "rule care-is-hidden\n mask column tagged care\n with null\n unless subject.roles has analyst\n"
    "rule offers-are-told\n forbid read\n on dataset tagged topic and not dataset tagged topic.news\n when context.asked is topic.news\n"
    "rule models\n permit read\n on model tagged topic\n"
    "rule wanted\n permit export\n on dataset named \"*\"\n when context.asked is topic and not context.wanted has care\n"
    "rule liked\n permit export\n on dataset named \"*\"\n when subject.likes has topic\n"
    "rule stated\n permit share\n on dataset named \"*\"\n when dataset.topics has topic\n"
    "rule unlisted\n forbid read\n on dataset named \"*\"\n when not ((context.asked) in listed) and context.asked is topic\n"
    "rule at-home\n show only rows\n on dataset holding near\n where row[near] is north\n"
    "rule about-above\n mask column tagged about\n with generalise(0)\n"
    "rule told\n permit read\n on dataset named \"told\"\n oblige note-topics(context.asked)\n";

/* The same names in both, and not the same places. */
static const char sales_rules[] =
    "module sales.r\n"
    "taxonomy tag {\n"
    "  care { care.plan: string { care.plan.old } care.tier: tier }\n"
    "  topic { topic.offer }\n"
    "  near { near.shop }\n"
    "  spot { spot.a { spot.b } spot.c }\n"
    "}\n"
    "taxonomy tier { gold { platinum } silver }\n"
    "attributes dataset { tier?: tier from \"customProperties.tier\" }\n"
    "rule gold\n show only rows\n on dataset holding care.tier\n where row[care.tier] is gold\n"
    "rule tiers\n mask column tagged care.tier\n with generalise(0)\n on dataset named \"orders\"\n when dataset.tier is gold\n"
    "rule plans\n forbid export\n on dataset holding care.plan\n when context.asked is topic.offer\n";

static const char finance_rules[] =
    "module finance.r\n"
    "taxonomy tag {\n"
    "  topic { care.plan topic.offer { topic.news.late } }\n"
    "  care { care.tier: tier }\n"
    "}\n"
    "taxonomy tier { silver { gold } platinum }\n"
    "rule silver\n show only rows\n on dataset holding care.tier\n where row[care.tier] is silver\n";

#define CONTRACT(domain, facts, columns)                                                             \
  "apiVersion: v3.1.0\nkind: DataContract\nid: c-1\nversion: 1.0.0\nstatus: active\ndomain: " domain \
  "\ndataProduct: orders\nschema:\n  - name: orders\n" facts "    properties:\n" columns             \
  "  - name: told\n    properties: [ { name: x, logicalType: string, tags: [topic] } ]\n"               \
  "  - name: twins\n    properties:\n"                                                              \
  "      - { name: a, physicalName: p, logicalType: string, tags: [ care.tier ] }\n"                 \
  "      - { name: b, physicalName: P, logicalType: string }\n"                                      \
  "      - { name: c, logicalType: string, tags: [ care.tier ], encryptedName: d }\n"                \
  "      - { name: d, logicalType: string }\n"                                                       \
  "      - name: e\n        logicalType: object\n        properties: [ { name: f, logicalType: string, tags: [ care.tier ] } ]\n"

static const char sales_contract[] = CONTRACT(
    "sales",
    "    tags: [ topic.offer ]\n    customProperties:\n      - { property: tier, value: platinum }\n"
    "      - { property: topics, value: [ topic.offer ] }\n",
    "      - { name: plan, logicalType: string, tags: [ care.plan.old ] }\n"
    "      - { name: tier, logicalType: string, tags: [ care.tier ] }\n"
    "      - { name: shop, logicalType: string, tags: [ near.shop ] }\n"
    "      - { name: about, logicalType: string, tags: [ about ] }\n");
static const char finance_contract[] =
    CONTRACT("finance", "    customProperties: [ { property: topics, value: [ care.tier ] } ]\n",
             "      - { name: plan, logicalType: string, tags: [ care.plan ] }\n"
             "      - { name: tier, logicalType: string, tags: [ care.tier ] }\n"
             "      - { name: about, logicalType: string, tags: [ about ] }\n");

#define HEAD(name, layer)                                                                \
  "edict: 1\nname: " name "\n" layer "version: 1\ncreated: 2026-01-01T00:00:00Z\nexpires: " \
  "2030-01-01T00:00:00Z\nrules: [ \"*.edict\" ]\n"
#define DOMAIN(name) HEAD("eu.example/" name, "layer: domain\ndomain: " name "\n") \
  "parent: { bundle: f.edb, least: 1 }\ncontracts: [ \"c.yaml\" ]\n"

static void begin(mesh *m) {
  const mesh_file federal[] = {
      {"edict.yaml", HEAD("eu.example", "layer: federal\n")
                     "tables: { federal.v.listed: { file: listed.csv, version: 1, created: 2026-01-01T00:00:00Z, "
                     "expires: 2030-01-01T00:00:00Z } }\n"},
      {"v.edict", vocabulary}, {"r.edict", rules}, {"listed.csv", "about\ntopic.news\n"}};
  const mesh_file sales[] = {{"edict.yaml", DOMAIN("sales")}, {"s.edict", sales_rules}, {"c.yaml", sales_contract}};
  const mesh_file finance[] = {{"edict.yaml", DOMAIN("finance")}, {"s.edict", finance_rules}, {"c.yaml", finance_contract}};
  mesh_init(m);
  mesh_add(m, federal, 4);
  mesh_add(m, sales, 3);
  mesh_add(m, finance, 3);
  mesh_open(m);
  mesh_subject(m, "roles staff");
}

/* The same world, asked of the other domain's product. */
static void turn_to_finance(mesh *m) {
  edict_decision_destroy(&m->decision);
  edict_product_destroy(&m->product);
  REQUIRE(edict_product_create(m->engine, "finance.orders", &m->product, m->diagnostics) == EDICT_OK);
  REQUIRE(edict_decision_create(m->product, &m->decision) == EDICT_OK);
}

static bool permits(mesh *m, const char *action, const char *columns, const char *context) {
  if (mesh_ask(m, action, "orders", columns, context, NOW) != EDICT_OK) HARNESS_FAIL("no decision");
  return edict_decision_effect(m->decision) == EDICT_PERMIT;
}

TEST(a_federal_rule_reaches_what_a_domain_hangs_below)
{
  mesh m;
  begin(&m);
  REQUIRE(permits(&m, "read", "*", "asked near"));
  CHECK(strcmp(edict_decision_column(m.decision, 0, NULL), "null") == 0); /* care.plan.old lies below care */
  CHECK(strcmp(edict_decision_column(m.decision, 1, NULL), "null") == 0);
  CHECK(strcmp(edict_decision_column(m.decision, 3, NULL), "generalise") == 0);
  turn_to_finance(&m);
  REQUIRE(permits(&m, "read", "*", "asked near"));
  CHECK(strcmp(edict_decision_column(m.decision, 0, NULL), "keep") == 0); /* here care.plan lies below topic */
  CHECK(strcmp(edict_decision_column(m.decision, 1, NULL), "null") == 0);
  mesh_fini(&m);
}

/* One physical name, an encrypted twin, a column inside of another: the tag goes where federal ones go. */
TEST(twins_share_the_tags_of_the_domain)
{
  mesh m;
  begin(&m);
  for (int analyst = 0; analyst <= 1; analyst++) {
    mesh_subject(&m, analyst ? "roles analyst" : "roles staff");
    CHECK_INT(mesh_ask(&m, "read", "twins", "*", "asked near", NOW), EDICT_OK);
    CHECK_INT(edict_decision_effect(m.decision), EDICT_PERMIT);
    for (size_t c = 0; c < 5; c++) /* one without a tag would be null for an analyst as well */
      if ((strcmp(edict_decision_column(m.decision, c, NULL), "null") == 0) != !analyst)
        HARNESS_FAIL("column %zu is %s", c, edict_decision_column(m.decision, c, NULL));
  }
  mesh_fini(&m);
}

/* One row of the dataset, by its texts; what is shown of column `column`, or how the row is not. */
static const char *shown(mesh *m, const char *const *texts, size_t count, size_t column) {
  static char memory[4096], answer[256];
  edict_cell in[8], out[8];
  edict_row row = EDICT_ROW_HIDDEN;
  for (size_t i = 0; i < count; i++) in[i] = mesh_text(texts[i]);
  if (edict_decision_apply_row(m->decision, in, count, out, memory, sizeof memory, &row) != EDICT_OK) return "failed";
  if (row != EDICT_ROW_SHOWN) return "hidden";
  if (out[column].type != EDICT_CELL_TEXT) return "no text";
  snprintf(answer, sizeof answer, "%.*s", (int)out[column].len, out[column].ptr);
  return answer;
}

TEST(cells_are_read_in_the_words_of_the_domain)
{
  static const struct {
    const char *row[4];
    size_t column;
    const char *expected;
  } sales[] = {
      {{"p", "platinum", "fjord", "care.plan.old"}, 1, "gold"}, /* generalise(0), in the domain's own taxonomy */
      {{"p", "gold", "north", "care.plan.old"}, 3, "care"},     /* and from its own tag up to the federal one */
      {{"p", "gold", "north", "topic.news"}, 3, "topic"},
      {{"p", "gold", "north", "topic.news.late"}, 3, "no text"}, /* finance's */
      {{"p", "silver", "north", "topic"}, 3, "hidden"},
      {{"p", "gold", "south", "topic"}, 3, "hidden"}, /* near.shop lies below near */
      {{"p", "tin", "north", "topic"}, 3, "hidden"},
  };
  mesh m;
  begin(&m);
  mesh_subject(&m, "roles analyst");
  REQUIRE(permits(&m, "read", "*", "asked near"));
  for (size_t i = 0; i < sizeof sales / sizeof *sales; i++) {
    const char *got = shown(&m, sales[i].row, 4, sales[i].column);
    if (strcmp(got, sales[i].expected) != 0) HARNESS_FAIL("sales %zu: %s", i, got);
  }
  turn_to_finance(&m);
  REQUIRE(permits(&m, "read", "*", "asked near"));
  CHECK(strcmp(shown(&m, (const char *const[]){"p", "gold", "topic.news.late"}, 3, 2), "topic") == 0);
  CHECK(strcmp(shown(&m, (const char *const[]){"p", "platinum", "topic"}, 3, 2), "hidden") == 0);
  CHECK(strcmp(shown(&m, (const char *const[]){"p", "silver", "care.plan.old"}, 3, 2), "no text") == 0);
  mesh_fini(&m);
}

TEST(what_comes_with_a_request_is_read_in_the_words_of_the_product)
{
  static const struct {
    const char *context;
    bool sales, finance;
  } exports[] = {
      {"asked topic.news; wanted topic", true, true},
      {"asked topic.offer; wanted topic.offer", false, true}, /* the domain's rule `plans` */
      {"asked topic.news.late; wanted topic.news", false, true},
      {"asked care.plan; wanted topic", false, true},
      {"asked care.plan.old; wanted topic", false, false},  /* sales' alone */
      {"asked topic; wanted care.plan", false, true},
      {"asked topic; wanted care.tier", false, false},
      {"asked topic; wanted care.plan.old topic", false, false}, /* a set with a name that is none: incomplete */
  };
  mesh m;
  begin(&m);
  for (size_t i = 0; i < sizeof exports / sizeof *exports; i++)
    if (permits(&m, "export", "about", exports[i].context) != exports[i].sales) HARNESS_FAIL("sales, case %zu", i);
  CHECK_INT(mesh_ask_resource(&m, "read", "model", "tags topic.offer", "", NOW), EDICT_OK);
  CHECK_INT(edict_decision_effect(m.decision), EDICT_PERMIT);
  CHECK_INT(mesh_ask_resource(&m, "read", "model", "tags topic.news.late", "", NOW), EDICT_OK);
  CHECK_INT(edict_decision_effect(m.decision), EDICT_DENY);
  turn_to_finance(&m);
  for (size_t i = 0; i < sizeof exports / sizeof *exports; i++)
    if (permits(&m, "export", "about", exports[i].context) != exports[i].finance) HARNESS_FAIL("finance, case %zu", i);
  CHECK_INT(mesh_ask_resource(&m, "read", "model", "tags topic.news.late", "", NOW), EDICT_OK);
  CHECK_INT(edict_decision_effect(m.decision), EDICT_PERMIT);
  mesh_fini(&m);
}

TEST(a_fact_of_a_contract_is_a_tag_of_the_domain)
{
  mesh m;
  begin(&m);
  CHECK(permits(&m, "share", "about", "")); /* topic.offer */
  turn_to_finance(&m);
  CHECK(!permits(&m, "share", "about", "")); /* care.tier */
  mesh_fini(&m);
}

/* A subject is somebody before any product is chosen: it knows the federation's words alone. */
TEST(a_subject_has_no_words_of_a_domain)
{
  mesh m;
  begin(&m);
  turn_to_finance(&m);
  mesh_subject(&m, "roles staff; likes topic.offer");
  CHECK(!permits(&m, "export", "about", ""));
  mesh_subject(&m, "roles staff; likes topic.news");
  CHECK(permits(&m, "export", "about", ""));
  mesh_fini(&m);
}

/* A row of a complete table may stand for what a domain hangs below, so that `not in it` is not certain. */
TEST(a_table_is_asked_for_the_tags_above)
{
  static const struct {
    const char *context;
    bool sales, finance;
  } reads[] = {
      {"asked topic.news", false, true}, /* listed; in sales `offers-are-told` closes */
      {"asked topic.offer", false, false},
      {"asked topic", false, false},
      {"asked near", true, true}, /* no topic */
  };
  mesh m;
  begin(&m);
  for (size_t i = 0; i < sizeof reads / sizeof *reads; i++)
    if (permits(&m, "read", "about", reads[i].context) != reads[i].sales) HARNESS_FAIL("sales, case %zu", i);
  turn_to_finance(&m);
  for (size_t i = 0; i < sizeof reads / sizeof *reads; i++)
    if (permits(&m, "read", "about", reads[i].context) != reads[i].finance) HARNESS_FAIL("finance, case %zu", i);
  mesh_fini(&m);
}

TEST(an_argument_names_the_tag_of_the_domain)
{
  mesh m;
  edict_obligation o;
  edict_argument a;
  edict_engine_options options = {.size = sizeof options, .now = INT64_MIN, .development = 1, .obligation_count = 1,
                                  .obligations = (const char *const[]){"*"}};
  begin(&m);
  edict_decision_destroy(&m.decision);
  edict_session_destroy(&m.session);
  edict_product_destroy(&m.product);
  REQUIRE(mesh_engine(&m, &options) == EDICT_OK);
  mesh_open(&m);
  mesh_subject(&m, "roles staff");
  CHECK_INT(mesh_ask(&m, "read", "told", "x", "asked care.plan.old", NOW), EDICT_OK);
  REQUIRE(edict_decision_obligation(m.decision, 0, &o) == EDICT_OK);
  REQUIRE(edict_decision_obligation_argument(m.decision, 0, 0, &a) == EDICT_OK);
  CHECK_TEXT(a.value.ptr, a.value.len, "care.plan.old");
  mesh_fini(&m);
}

TEST(a_listing_says_below_what_they_stand)
{
  mesh m;
  edi_buf out;
  begin(&m);
  edi_buf_init(&out, NULL, 1 << 20);
  edi_program_disassemble(&m.engine->linked[1].program, &out);
  edi_buf_char(&out, '\0');
  static const char *const lines[] = {"care imported open\n", " care.plan: string below care\n", " care.plan.old: string\n",
                                      " care.tier: tier below care\n", "taxonomy tier\n", "taxonomy tag imported\n"};
  for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
    if (!strstr(out.ptr, lines[i])) HARNESS_FAIL("no %s in %s", lines[i], out.ptr);
  edi_buf_fini(&out);
  mesh_fini(&m);
}

/* Numbers of the federation are the same for everybody; a domain's begin where they end. */
TEST(numbers_are_the_domains_own)
{
  mesh m;
  begin(&m);
  const edi_vocabulary *shared = m.engine->linked[0].vocabulary, *sales = m.engine->linked[1].vocabulary,
                       *finance = m.engine->linked[2].vocabulary;
  uint32_t tag = shared->kind_tag, federal = shared->program->nodes_count;
  uint32_t topic = edi_vocabulary_node(shared, tag, EDI_STR("topic")), news = edi_vocabulary_node(shared, tag, EDI_STR("topic.news"));
  uint32_t ours = edi_vocabulary_node(sales, tag, EDI_STR("topic.offer")), theirs = edi_vocabulary_node(finance, tag, EDI_STR("topic.offer"));
  CHECK_INT(edi_vocabulary_node(sales, tag, EDI_STR("topic")), topic);
  CHECK(ours >= federal && theirs >= federal && ours != EDI_NONE && theirs != EDI_NONE);
  CHECK_INT(edi_vocabulary_node(shared, tag, EDI_STR("topic.offer")), EDI_NONE);
  CHECK_INT(edi_vocabulary_kind(shared, EDI_STR("tier")), EDI_NONE);
  CHECK_INT(edi_vocabulary_kind(sales, EDI_STR("tier")), shared->program->kinds_count);
  CHECK_INT(edi_vocabulary_is(sales, ours, topic), EDI_YES);
  CHECK_INT(edi_vocabulary_is(sales, topic, ours), EDI_UNKNOWN);
  CHECK_INT(edi_vocabulary_is(sales, ours, news), EDI_NO);
  CHECK_INT(edi_vocabulary_is(sales, ours, edi_vocabulary_node(shared, tag, EDI_STR("care"))), EDI_NO);
  CHECK_INT(edi_vocabulary_is(sales, edi_vocabulary_node(sales, edi_vocabulary_kind(sales, EDI_STR("tier")), EDI_STR("gold")), topic), EDI_NO);
  CHECK(edi_vocabulary_is_leaf(sales, ours) && !edi_vocabulary_is_leaf(finance, theirs));
  uint32_t home = edi_vocabulary_node(shared, tag, EDI_STR("near.home")), near = edi_vocabulary_parent(shared, home);
  CHECK(edi_vocabulary_is_leaf(sales, home) && !edi_vocabulary_is_leaf(sales, near) && !edi_vocabulary_is_leaf(shared, near));
  uint32_t spot = edi_vocabulary_node(shared, tag, EDI_STR("spot"));
  CHECK(edi_vocabulary_is_leaf(shared, spot) && !edi_vocabulary_is_leaf(sales, spot) && edi_vocabulary_is_leaf(finance, spot));
  uint32_t visit = edi_vocabulary_node(shared, tag, EDI_STR("care.visit"));
  CHECK(edi_vocabulary_is_leaf(shared, visit) && edi_vocabulary_is_leaf(sales, visit));
  mesh_fini(&m);
}

HARNESS_MAIN
