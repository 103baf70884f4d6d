/* Authority: what a domain's program may hold, asked where it is loaded and not only by the checker.
 *
 * A federal and a domain bundle are built from text; the domain's program is then changed by hand, as a
 * domain that signs bytes of its own making could, and written into a bundle whose digests are right.
 * Every change here passes the verifier: what stops it is the engine. */
#include "harness.h"

#include "bundle/limits.h"
#include "bundle/packing.h"
#include "edict/edict.h"
#include "policy/build.h"
#include "policy/emit.h"
#include "support/sample_program.h"

typedef void change(edi_program *program, edi_buf *bytes);

typedef struct world {
  edi_arena arena;
  edict_diagnostics *diagnostics;
  edi_buf federal, domain;
  edict_engine *engine;
  edict_product *product;
} world;

#define NOW INT64_C(1795168800000000) /* 2026-11-20T10:00:00Z */
#define HEAD                                                                            \
  "version: 1\ncreated: 2026-01-01T00:00:00Z\nexpires: 2030-01-01T00:00:00Z\nrules: [ " \
  "\"*.edict\" ]\n"

static const char federal_yaml[] = "edict: 1\nname: eu.example\nlayer: federal\n" HEAD;
static const char domain_yaml[] =
    "edict: 1\nname: eu.example/sales\nlayer: domain\ndomain: sales\n" HEAD
    "parent: { bundle: f.edb, least: 1 }\ncontracts: [ \"c.yaml\" ]\n";

static const char vocabulary[] =
    "module federal.v\n"
    "taxonomy domain { sales shop }\n"
    "taxonomy role { staff { analyst } }\n"
    "taxonomy tag { open pii { pii.phone pii.zzz } time.collected: timestamp { time.first }\n"
    "  open loan: timestamp { loan.end } shut { shut.in } }\n"
    "taxonomy mode { slow fast }\nlevels rank { low < high }\nresource view { of?: string }\n"
    "attributes subject { roles: set<role> }\n"
    "issuer host\n"
    "domains may state time.collected, time.first\n";

static const char contract[] =
    "apiVersion: v3.1.0\nkind: DataContract\nid: c-1\nversion: 1.0.0\nstatus: active\ndomain: "
    "sales\n"
    "dataProduct: orders\nschema:\n  - name: orders\n    properties:\n"
    "      - { name: phone, logicalType: string, tags: [pii.phone] }\n"
    "      - { name: collected, logicalType: timestamp, tags: [time.first] }\n"
    "      - { name: shipped, logicalType: timestamp, tags: [pii] }\n";

static bool build(world *w, const edi_project_text *files, size_t count, edi_str parent,
                  edi_build *out, edi_buf *bundle) {
  edi_project *project;
  return edi_project_from_memory(&w->arena, files, count, &project, w->diagnostics) == EDICT_OK &&
         edi_build_check(&w->arena, project, parent, out, w->diagnostics) == EDICT_OK &&
         edi_build_bundle(out, bundle, w->diagnostics) == EDICT_OK;
}

/* The domain's bundle once more, with its program changed. */
static bool rewrite(world *w, change *how) {
  edi_bundle bundle;
  edi_program program;
  edi_buf bytes, packed, out;
  if (edi_bundle_open(&w->arena, w->domain.ptr, w->domain.len, &bundle, NULL) != EDICT_OK)
    return false;
  edi_str from = edi_bundle_find(&bundle, "program");
  edi_buf_init(&bytes, NULL, 1 << 20);
  edi_buf_init(&out, NULL, 1 << 22);
  edi_buf_init(&packed, NULL, 1 << 20);
  edi_buf_str(&bytes, sample_unpack(&w->arena, from));
  bool ok =
      edi_program_verify(bytes.ptr, bytes.len, &w->arena, &program, w->diagnostics) == EDICT_OK;
  if (ok) how(&program, &bytes);
  ok = ok && edi_program_pack(&program, &w->arena, &packed) == EDICT_OK;
  for (size_t i = 0; i < bundle.manifest.file_count; i++)
    if (edi_str_equal(bundle.files[i].name, EDI_STR("program")))
      bundle.files[i].bytes = (edi_str){packed.ptr, packed.len};
  ok = ok && edi_bundle_write(&w->arena, &bundle.manifest, bundle.files, bundle.manifest.file_count,
                              &out, w->diagnostics) == EDICT_OK;
  edi_buf_fini(&bytes);
  edi_buf_fini(&packed);
  edi_buf_fini(&w->domain);
  w->domain = out;
  return ok;
}

static bool begin(world *w, const char *federal_rules, const char *domain_rules, const char *yaml) {
  edi_build federal, domain;
  memset(w, 0, sizeof *w);
  edi_arena_init(&w->arena, NULL, (size_t)1 << 28);
  w->diagnostics = edict_diagnostics_create();
  edi_buf_init(&w->federal, NULL, 1 << 22);
  edi_buf_init(&w->domain, NULL, 1 << 22);
  edi_project_text top[] = {{"edict.yaml", edi_str_from(federal_yaml)},
                            {"v.edict", edi_str_from(vocabulary)},
                            {"r.edict", edi_str_from(federal_rules)}};
  edi_project_text own[] = {{"edict.yaml", edi_str_from(domain_yaml)},
                            {"s.edict", edi_str_from(domain_rules)},
                            {"c.yaml", edi_str_from(yaml)}};
  return build(w, top, 3, (edi_str){0}, &federal, &w->federal) &&
         build(w, own, 3, (edi_str){w->federal.ptr, w->federal.len}, &domain, &w->domain);
}

static edict_status load(world *w) {
  edict_bytes bytes[] = {{w->federal.ptr, w->federal.len}, {w->domain.ptr, w->domain.len}};
  edict_engine_options options = {.size = sizeof options, .now = NOW, .development = 1};
  edict_status status = edict_engine_create(&options, bytes, 2, &w->engine, w->diagnostics);
  if (status == EDICT_OK)
    status = edict_product_create(w->engine, "sales.orders", &w->product, w->diagnostics);
  return status;
}

static void end(world *w) {
  edict_product_destroy(&w->product);
  edict_engine_destroy(&w->engine);
  edi_buf_fini(&w->federal);
  edi_buf_fini(&w->domain);
  edict_diagnostics_destroy(&w->diagnostics);
  edi_arena_fini(&w->arena);
}

#define OPEN    "rule open\n  permit read\n  on dataset named \"*\"\n"
#define FEDERAL "module federal.r\n" OPEN

/* The codes of the findings, one after the other. */
static const char *codes(const world *w) {
  static char out[256];
  size_t used = 0;
  out[0] = '\0';
  for (size_t i = 0; i < edict_diagnostics_count(w->diagnostics); i++)
    used += (size_t)snprintf(out + used, sizeof out - used, "%s ",
                             edict_diagnostics_code(w->diagnostics, i));
  return out;
}

#define RETAIN_24 "rule old\n  retain at most 24 months after row[time.collected] then erase\n"

static edi_rule *rule_at(edi_program *program, uint32_t i) {
  return (edi_rule *)(uintptr_t)&program->rules[i];
}

/* The bound of the first rule runs on the slot of the second. */
static void time_of_the_second(edi_program *program, edi_buf *bytes) {
  (void)bytes;
  rule_at(program, 0)->rowslots = program->rules[1].rowslots;
}

static edict_status load_with(world *w, const char *rule, change *how) {
  char rules[512];
  snprintf(rules, sizeof rules,
           "module sales.r\nrule keep\n  %s\n"
           "rule less\n  retain at most 1 months after row.shipped\n",
           rule);
  if (!begin(w, FEDERAL RETAIN_24, rules, contract)) return EDICT_DEFECT;
  if (how && !rewrite(w, how)) return EDICT_DEFECT;
  return load(w);
}

/* A time of its own choice would let a domain keep what the federation erases. */
TEST(a_domain_keeps_rows_by_the_federal_time_alone)
{
  static const struct {
    const char *rule;
    change *how;
    edict_status expected;
  } cases[] = {
      {"retain at least 24 months after row[time.collected]", NULL, EDICT_OK},
      {"retain at least 24 months after row[time.first]", NULL, EDICT_OK}, /* some of its columns */
      {"retain at least 24 months after row.collected", NULL, EDICT_OK},   /* one of them by name */
      {"retain at least 1 months after row.shipped", NULL, EDICT_FINDINGS},
      {"retain at least 1 months after row[time.first]", time_of_the_second, EDICT_FINDINGS},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    world w;
    edict_status status = load_with(&w, cases[i].rule, cases[i].how);
    if (status != cases[i].expected) HARNESS_FAIL("case %zu: status %d, %s", i, status, codes(&w));
    if (status != EDICT_OK) CHECK(strstr(codes(&w), "R0522"));
    end(&w);
  }
}

/* The domain's bundle as it was, under a federal one that came to bound retention. */
static bool bound_later(world *w) {
  edi_build federal;
  edi_project_text top[] = {{"edict.yaml", edi_str_from(federal_yaml)}, {"v.edict", edi_str_from(vocabulary)},
                            {"r.edict", EDI_STR(FEDERAL RETAIN_24)}};
  edi_buf_fini(&w->federal);
  edi_buf_init(&w->federal, NULL, 1 << 22);
  return build(w, top, 3, (edi_str){0}, &federal, &w->federal);
}

/* Days are compared with months of any length: of 730 nobody knows, so they may outlast; a condition may hold for ever. */
TEST(what_may_outlast_a_bound_is_refused)
{
  static const struct { const char *rule; edict_status expected; } cases[] = {
      {"retain at least 24 months after row[time.collected]", EDICT_OK},
      {"retain at least 671 days after row[time.collected]", EDICT_OK},
      {"retain at least 673 days after row[time.collected]", EDICT_FINDINGS},
      {"retain at least 730 days after row[time.collected]", EDICT_FINDINGS},
      {"retain at least 25 months after row[time.collected]", EDICT_FINDINGS},
      {"retain while row[time.collected] < 2026-01-01T00:00:00Z", EDICT_FINDINGS},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    world w;
    char rules[256];
    snprintf(rules, sizeof rules, "module sales.r\nrule keep\n  %s\n  on dataset named \"*\"\n", cases[i].rule);
    REQUIRE(begin(&w, FEDERAL, rules, contract) && bound_later(&w));
    edict_status status = load(&w);
    if (status != cases[i].expected) HARNESS_FAIL("%s: status %d, %s", cases[i].rule, (int)status, codes(&w));
    if (status != EDICT_OK) CHECK(strstr(codes(&w), "R0522"));
    end(&w);
  }
}

/* Whichever column stands first. */
TEST(another_time_that_stands_before_the_federal_one)
{
  static const char turned[] =
      "apiVersion: v3.1.0\nkind: DataContract\nid: c-1\nversion: 1.0.0\nstatus: active\ndomain: sales\n"
      "dataProduct: orders\nschema:\n  - name: orders\n    properties:\n"
      "      - { name: shipped, logicalType: timestamp, tags: [pii] }\n"
      "      - { name: collected, logicalType: timestamp, tags: [time.first] }\n";
  world w;
  REQUIRE(begin(&w, FEDERAL RETAIN_24, "module sales.r\nrule keep\n  retain at least 1 months after row.shipped\n", turned));
  CHECK_INT(load(&w), EDICT_FINDINGS);
  CHECK(strstr(codes(&w), "R0522"));
  end(&w);
}

static void break_a_name(edi_program *program, edi_buf *bytes) {
  (void)bytes;
  ((char *)(uintptr_t)program->strings)[program->rules[0].name.off + 8] = '\n';
}

/* "salesxr.close": the domain's letters, and no part of their own. */
static void join_the_first_part(edi_program *program, edi_buf *bytes) {
  (void)bytes;
  ((char *)(uintptr_t)program->strings)[program->rules[0].name.off + 5] = 'x';
}

/* "sales.": the domain, and nothing in it. */
static void leave_the_first_part(edi_program *program, edi_buf *bytes) {
  (void)bytes;
  rule_at(program, 0)->name.len = 6;
}

static void federal_first_part(edi_program *program, edi_buf *bytes) {
  (void)bytes;
  memcpy((char *)(uintptr_t)program->strings + program->rules[0].name.off, "tales", 5);
}

TEST(names_of_a_domain_are_words_of_its_own)
{
  static change *const changes[] = {break_a_name, join_the_first_part, leave_the_first_part, federal_first_part};
  for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
    world w;
    REQUIRE(begin(&w, FEDERAL,
                  "module sales.r\nrule close\n  forbid read\n  on dataset named \"*\"\n", contract));
    REQUIRE(rewrite(&w, changes[i]));
    edict_status status = load(&w);
    const char *code = i == 0 ? "R0520" : "R0132"; /* the verifier of programs asks for the domain's part already */
    if (status != (i == 0 ? EDICT_FINDINGS : EDICT_FORMAT) || !strstr(codes(&w), code)) HARNESS_FAIL("change %zu: status %d, %s", i, (int)status, codes(&w));
    end(&w);
  }
}

/* Below a node that the federal layer did not open, or says that it did. */
static void shut_what_is_above(edi_program *program, edi_buf *bytes) {
  (void)bytes;
  for (uint32_t i = 0; i < program->nodes_count; i++) ((edi_node *)(uintptr_t)&program->nodes[i])->flags &= ~(uint32_t)EDI_NODE_OPEN;
}

TEST(a_word_of_a_domain_stands_below_an_open_one)
{
  world w;
  REQUIRE(begin(&w, FEDERAL, "module sales.r\ntaxonomy tag { pii { own.x } }\n", contract));
  REQUIRE(rewrite(&w, shut_what_is_above));
  CHECK_INT(load(&w), EDICT_FORMAT);
  CHECK(strstr(codes(&w), "R0132"));
  end(&w);
}

static void join_further(edi_program *program, edi_buf *bytes) {
  (void)bytes;
  ((edi_key *)(uintptr_t)&program->keys[0])->scope = EDI_SCOPE_FEDERATION;
}

TEST(a_key_of_a_domain_joins_within_it)
{
  world w;
  REQUIRE(begin(&w, FEDERAL,
                "module sales.r\nkey k \"k\" joinable within domain\n"
                "rule close\n  mask column tagged pii.phone with pseudonym(k)\n",
                contract));
  REQUIRE(rewrite(&w, join_further));
  CHECK_INT(load(&w), EDICT_FORMAT);
  CHECK_TEXT(codes(&w), strlen(codes(&w)), "R0132 "); /* the verifier of programs asks already */
  end(&w);
}

/* Column 0 gets the tag that the rule's mask names. */
static void tag_by_the_mask(edi_program *program, edi_buf *bytes) {
  (void)bytes;
  for (uint32_t i = 0; i < program->instrs_count; i++)
    if (program->instrs[i].op == EDI_OP_TAGGED)
      ((edi_column *)(uintptr_t)&program->columns[0])->tags =
          (edi_range){program->instrs[i].imm + 1, program->lists[program->instrs[i].imm]};
}

static edict_status decide(world *w, edict_decision **decision) {
  edict_session *session = NULL;
  uint32_t columns[] = {0, 1, 2};
  edict_request request = {.size = sizeof request,
                           .action = {"read", 4},
                           .columns = columns,
                           .column_count = 3,
                           .now = NOW};
  edict_status status =
      edict_session_create_host(w->engine, (edict_text){"s", 1}, NULL, 0, &session, NULL);
  if (status == EDICT_OK) status = edict_decision_create(w->product, decision);
  if (status == EDICT_OK) status = edict_decide(*decision, session, &request);
  edict_session_destroy(&session);
  return status;
}

/* Alone, and beside another tag. */
TEST(a_column_tagged_untagged_is_refused)
{
  static const char *const tags[] = {"untagged", "untagged, pii"};
  for (size_t i = 0; i < 2; i++) {
    world w;
    char rules[256];
    snprintf(rules, sizeof rules,
             "module sales.r\nrule none\n  mask column tagged %s with show-last(4)\n  "
             "when subject.roles has analyst\n", tags[i]);
    REQUIRE(begin(&w, FEDERAL, rules, contract));
    REQUIRE(rewrite(&w, tag_by_the_mask));
    CHECK_INT(load(&w), EDICT_FINDINGS);
    CHECK(strstr(codes(&w), "R0427"));
    end(&w);
  }
}

/* The one duration of the program below zero. */
static void negate_durations(edi_program *program, edi_buf *bytes) {
  (void)bytes;
  for (uint32_t i = 0; i < program->consts_count; i++)
    if (program->consts[i].type == EDI_TYPE_DURATION)
      ((edi_const *)(uintptr_t)&program->consts[i])->value = -1;
}

TEST(a_negative_retention_shows_nothing)
{
  world w;
  edict_decision *d = NULL;
  edict_row row = EDICT_ROW_SHOWN;
  edict_cell in[3] = {{.type = EDICT_CELL_TEXT, .ptr = "1", .len = 1},
                      {.type = EDICT_CELL_TIMESTAMP, .integer = NOW - 1}},
             out[3];
  char memory[4096];
  REQUIRE(begin(
      &w, FEDERAL,
      "module sales.r\nrule old\n  retain at most 1 months after row[time.collected] then erase\n",
      contract));
  REQUIRE(rewrite(&w, negate_durations));
  REQUIRE(load(&w) == EDICT_OK && decide(&w, &d) == EDICT_OK);
  CHECK_INT(edict_decision_effect(d), EDICT_PERMIT);
  CHECK_INT(edict_decision_apply_row(d, in, 3, out, memory, sizeof memory, &row), EDICT_OK);
  CHECK_INT(row, EDICT_ROW_WITHHELD);
  edict_decision_destroy(&d);
  end(&w);
}

/* A rule whose time is never there would keep what the federation erases. */
TEST(what_a_domain_does_not_know_keeps_nothing)
{
  static const struct {
    const char *rule;
    edict_row expected;
  } cases[] = {
      {"retain at most 1 months after row.shipped", EDICT_ROW_ERASABLE},
      {"retain at most 1 months after row.shipped then erase", EDICT_ROW_ERASABLE},
      {"retain at least 1 months after row[time.collected]", EDICT_ROW_ERASABLE},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    world w;
    edict_decision *d = NULL;
    edict_row row = EDICT_ROW_SHOWN;
    edict_cell in[3] = {{.type = EDICT_CELL_NULL}, {.type = EDICT_CELL_TIMESTAMP}}, out[3];
    char memory[4096], rules[256];
    snprintf(rules, sizeof rules, "module sales.r\nrule own\n  %s\n", cases[i].rule);
    REQUIRE(begin(&w, FEDERAL RETAIN_24, rules, contract));
    REQUIRE(load(&w) == EDICT_OK && decide(&w, &d) == EDICT_OK);
    CHECK_INT(edict_decision_apply_row(d, in, 3, out, memory, sizeof memory, &row), EDICT_OK);
    CHECK_INT(row, cases[i].expected);
    edict_decision_destroy(&d);
    end(&w);
  }
}

/* ---- tags and taxonomies of the domain's own ---- */

#define OWN                                                                                       \
  "module sales.r\ntaxonomy tag { pii { pii.own { pii.own.in } pii.two } loan { loan.due } }\n"    \
  "taxonomy tier { gold { iron } tin }\nrule close\n  forbid read\n  on dataset holding shut or " \
  "dataset holding pii.own\n"

static edi_node *node_named(edi_program *program, const char *name) {
  for (uint32_t i = 0; i < program->nodes_count; i++)
    if (edi_str_equal(edi_program_string(program, program->nodes[i].name), edi_str_from(name)))
      return (edi_node *)(uintptr_t)&program->nodes[i];
  abort();
}

static uint32_t number_of(edi_program *program, const char *name) {
  return (uint32_t)(node_named(program, name) - program->nodes);
}

static void rename_to(edi_program *program, edi_ref ref, const char *name) {
  if (ref.len != strlen(name)) abort();
  memcpy((char *)(uintptr_t)program->strings + ref.off, name, ref.len);
}

static void hang_on_what_is_shut(edi_program *program, edi_buf *bytes) {
  (void)bytes;
  node_named(program, "shut")->flags |= EDI_NODE_OPEN;
  node_named(program, "pii.two")->parent = number_of(program, "shut");
}
static void hang_on_what_is_not_open(edi_program *program, edi_buf *bytes) {
  (void)bytes;
  node_named(program, "pii.two")->parent = number_of(program, "shut");
}
static void hang_on_nothing(edi_program *program, edi_buf *bytes) {
  (void)bytes;
  node_named(program, "pii.two")->parent = EDI_NONE;
}
static void hang_on_its_own_side(edi_program *program, edi_buf *bytes) {
  (void)bytes;
  node_named(program, "pii.two")->parent = number_of(program, "pii.own");
}
static void move_a_federal_tag(edi_program *program, edi_buf *bytes) {
  (void)bytes;
  node_named(program, "shut")->parent = number_of(program, "pii");
}
static void take_in_a_neighbour(edi_program *program, edi_buf *bytes) {
  (void)bytes;
  node_named(program, "pii.own")->end++;
}
static void leave_out_a_child(edi_program *program, edi_buf *bytes) {
  (void)bytes;
  node_named(program, "pii.own")->end--;
}
static void own_a_federal_tag(edi_program *program, edi_buf *bytes) {
  (void)bytes;
  node_named(program, "shut")->flags = 0;
}
static void own_a_root(edi_program *program, edi_buf *bytes) {
  (void)bytes;
  edi_node *shut = node_named(program, "shut");
  shut->flags = 0;
  shut->parent = number_of(program, "pii");
}
static void take_a_federal_name(edi_program *program, edi_buf *bytes) {
  (void)bytes;
  rename_to(program, node_named(program, "pii.two")->name, "pii.zzz");
}
static void take_the_name_untagged(edi_program *program, edi_buf *bytes) {
  (void)bytes;
  rename_to(program, node_named(program, "loan.due")->name, "untagged");
}
static void take_the_name_of(edi_program *program, const char *kind) {
  for (uint32_t i = 0; i < program->kinds_count; i++)
    if (edi_str_equal(edi_program_string(program, program->kinds[i].name), EDI_STR("tier")))
      rename_to(program, program->kinds[i].name, kind);
}
static void take_a_taxonomy(edi_program *program, edi_buf *bytes) {
  (void)bytes;
  take_the_name_of(program, "mode");
}
static void take_the_roles(edi_program *program, edi_buf *bytes) {
  (void)bytes;
  take_the_name_of(program, "role");
}
static void take_the_levels(edi_program *program, edi_buf *bytes) {
  (void)bytes;
  take_the_name_of(program, "rank");
}
static void take_the_resource(edi_program *program, edi_buf *bytes) {
  (void)bytes;
  take_the_name_of(program, "view");
}
static void break_the_taxonomy(edi_program *program, edi_buf *bytes) {
  (void)bytes;
  take_the_name_of(program, "t\033\nr");
}
static void break_the_tag(edi_program *program, edi_buf *bytes) {
  (void)bytes;
  rename_to(program, node_named(program, "pii.two")->name, "pii\033two");
}
static void change_the_type(edi_program *program, edi_buf *bytes) {
  (void)bytes;
  node_named(program, "loan.due")->type = EDI_TYPE_STRING;
}
static void leave_out_the_type(edi_program *program, edi_buf *bytes) {
  (void)bytes;
  node_named(program, "loan.due")->type = EDI_TYPE_NONE;
}
static void change_the_type_above(edi_program *program, edi_buf *bytes) {
  (void)bytes;
  node_named(program, "loan")->type = node_named(program, "loan.due")->type = EDI_TYPE_STRING;
}
static void open_it_itself(edi_program *program, edi_buf *bytes) {
  (void)bytes;
  node_named(program, "pii.own")->flags |= EDI_NODE_OPEN;
}

TEST(a_domain_hangs_its_own_below_what_is_open_and_nowhere_else)
{
  static const struct {
    change *how;
    const char *code;
  } cases[] = {
      {NULL, ""},
      {hang_on_what_is_shut, "R0523 "},
      {hang_on_what_is_not_open, "R0132 "},
      {hang_on_nothing, "R0124 "},
      {hang_on_its_own_side, "R0132 "},
      {move_a_federal_tag, "R0126 "},
      {take_in_a_neighbour, "R0126 "},
      {leave_out_a_child, "R0132 "},
      {own_a_federal_tag, "R0124 "},
      {own_a_root, "R0524 "},
      {take_a_federal_name, "R0524 "},
      {take_the_name_untagged, "R0524 "},
      {take_a_taxonomy, "R0524 "},
      {take_the_roles, "R0132 "},
      {take_the_levels, "R0524 "},
      {take_the_resource, "R0524 "},
      {break_the_taxonomy, "R0520 "},
      {break_the_tag, "R0520 "},
      {change_the_type, "R0525 "},
      {leave_out_the_type, "R0525 "},
      {change_the_type_above, "R0501 "},
      {open_it_itself, "R0132 "},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    world w;
    REQUIRE(begin(&w, FEDERAL, OWN, contract));
    REQUIRE(!cases[i].how || rewrite(&w, cases[i].how));
    edict_diagnostics_clear(w.diagnostics);
    edict_status status = load(&w);
    if ((status == EDICT_OK) != !cases[i].how || strcmp(codes(&w), cases[i].code) != 0)
      HARNESS_FAIL("case %zu: status %d, %s", i, status, codes(&w));
    end(&w);
  }
}

/* A tree of `depth` tags, one below the other, the last of which is named `last`. */
static void nest(edi_buf *into, const char *name, unsigned depth, const char *last) {
  for (unsigned i = 1; i < depth; i++) edi_buf_format(into, "%s%u { ", name, i);
  edi_buf_text(into, last);
  for (unsigned i = 1; i < depth; i++) edi_buf_text(into, " }");
}

/* What the domain was built on is not what it is loaded with. */
static edict_status load_contract_with_federal(world *w, const char *old, const char *new, const char *own, const char *of_product) {
  edi_build federal, domain;
  memset(w, 0, sizeof *w);
  edi_arena_init(&w->arena, NULL, (size_t)1 << 30);
  w->diagnostics = edict_diagnostics_create();
  edi_buf_init(&w->federal, NULL, 1 << 24);
  edi_buf_init(&w->domain, NULL, 1 << 24);
  const char *texts[] = {old, new};
  for (size_t i = 0; i < 2; i++) {
    edi_project_text top[] = {{"edict.yaml", edi_str_from(federal_yaml)}, {"v.edict", edi_str_from(vocabulary)},
                              {"r.edict", edi_str_from(texts[i])}};
    edi_project_text below[] = {{"edict.yaml", edi_str_from(domain_yaml)}, {"s.edict", edi_str_from(own)},
                                {"c.yaml", edi_str_from(of_product)}};
    if (i == 1) edi_buf_fini(&w->federal);
    if (i == 1) edi_buf_init(&w->federal, NULL, 1 << 24);
    if (!build(w, top, 3, (edi_str){0}, &federal, &w->federal)) return EDICT_DEFECT;
    if (i == 0 && !build(w, below, 3, (edi_str){w->federal.ptr, w->federal.len}, &domain, &w->domain)) return EDICT_DEFECT;
  }
  edict_diagnostics_clear(w->diagnostics);
  return load(w);
}

static edict_status load_with_federal(world *w, const char *old, const char *new, const char *own) {
  return load_contract_with_federal(w, old, new, own, contract);
}

TEST(a_federation_may_close_what_it_opened)
{
  static const struct {
    const char *old, *new, *own, *code;
  } cases[] = {
      {"taxonomy tag { open a }", "taxonomy tag { open a { a.x } }", "taxonomy tag { a { a.own } }", ""},
      {"taxonomy tag { open a }", "taxonomy tag { b { open a } }", "taxonomy tag { a { a.own } }", ""},
      {"taxonomy tag { open a }", "taxonomy tag { a }", "taxonomy tag { a { a.own } }", "R0523 "},
      {"taxonomy tag { open a }", "taxonomy tag { a }", "", ""}, /* it hangs nothing there */
      {"taxonomy tag { open a }", "", "taxonomy tag { a { a.own } }", "R0501 "},
      {"taxonomy tag { open a }", "taxonomy tag { open a { a.own } }", "taxonomy tag { a { a.own } }", "R0524 "},
      {"taxonomy tag { open a }", "taxonomy tag { open a b { a.own } }", "taxonomy tag { a { a.own } }", "R0524 "},
      {"taxonomy tag { open a }", "taxonomy tag { open a: string }", "taxonomy tag { a { a.own } }", "R0501 "},
      {"", "taxonomy kind { x }", "taxonomy kind { y }", "R0524 "},
      {"", "attributes subject { of?: id<kind> }", "taxonomy kind { y }", ""}, /* an id is no taxonomy */
      {"", "attributes subject { of?: id<kind> }", "attributes dataset { of?: id<kind> from \"customProperties.of\" }", "R0524 "},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    world w;
    char old[256], new[256], own[256];
    snprintf(old, sizeof old, "module federal.r\n%s\n%s", cases[i].old, OPEN);
    snprintf(new, sizeof new, "module federal.r\n%s\n%s", cases[i].new, OPEN);
    snprintf(own, sizeof own, "module sales.r\n%s\n", cases[i].own);
    edict_status status = load_with_federal(&w, old, new, own);
    if (status == EDICT_DEFECT || strcmp(codes(&w), cases[i].code) != 0)
      HARNESS_FAIL("case %zu: status %d, %s", i, status, codes(&w));
    end(&w);
  }
}

/* The domain was built on a federation whose nodes are not abstract, and is loaded with one where they are. */
TEST(a_contract_states_no_abstract_node)
{
#define EXTRA(word) "module federal.r\n" OPEN "taxonomy tag { " word "extra { " word "extra.leaf } }\n"
  for (int place = 0; place < 4; place++) { /* nowhere; of the product, the dataset, a column */
    world w;
    char text[1024];
    snprintf(text, sizeof text,
             "apiVersion: v3.1.0\nkind: DataContract\nid: c-1\nversion: 1.0.0\nstatus: active\ndomain: sales\ndataProduct: orders\n%s"
             "schema:\n  - name: orders\n%s    properties:\n      - name: phone\n        logicalType: string\n%s",
             place == 1 ? "tags: [extra.leaf]\n" : "", place == 2 ? "    tags: [extra.leaf]\n" : "",
             place == 3 ? "        tags: [extra.leaf]\n" : "");
    edict_status status = load_contract_with_federal(&w, EXTRA(""), EXTRA("abstract "), "module sales.r\n", text);
    CHECK_TEXT(codes(&w), strlen(codes(&w)), place ? "R0427 " : "");
    CHECK_INT(status, place ? EDICT_FINDINGS : EDICT_OK);
    end(&w);
  }
#undef EXTRA
}

TEST(own_tags_stand_no_deeper_than_a_taxonomy_may)
{
  for (unsigned above = 64; above <= 65; above++) {
    world w;
    edi_buf new, own;
    edi_buf_init(&new, NULL, 1 << 16);
    edi_buf_init(&own, NULL, 1 << 16);
    edi_buf_text(&new, "module federal.r\ntaxonomy tag { ");
    nest(&new, "f", above, "open a");
    edi_buf_text(&new, " }\n" OPEN);
    edi_buf_char(&new, '\0');
    edi_buf_text(&own, "module sales.r\ntaxonomy tag { a { ");
    nest(&own, "o", EDI_LIMIT_EXPRESSION_DEPTH - 64, "last");
    edi_buf_text(&own, " } }\n");
    edi_buf_char(&own, '\0');
    edict_status status = load_with_federal(&w, "module federal.r\ntaxonomy tag { open a }\n" OPEN, new.ptr, own.ptr);
    CHECK_TEXT(codes(&w), strlen(codes(&w)), above == 64 ? "" : "R0526 ");
    CHECK_INT(status, above == 64 ? EDICT_OK : EDICT_FINDINGS);
    edi_buf_fini(&new);
    edi_buf_fini(&own);
    end(&w);
  }
}

TEST(own_taxonomies_are_as_many_as_one_layer_sees)
{
  enum { KNOWN = 9 }; /* seven built in, `mode`, and the one of the domain */
  for (int more = 0; more <= 1; more++) {
    world w;
    edi_buf new;
    edi_buf_init(&new, NULL, 1 << 20);
    edi_buf_text(&new, "module federal.r\n" OPEN);
    for (int i = 0; i < EDI_LIMIT_KINDS - KNOWN + more; i++) edi_buf_format(&new, "taxonomy t%d { n }\n", i);
    edi_buf_char(&new, '\0');
    edict_status status = load_with_federal(&w, FEDERAL, new.ptr, "module sales.r\ntaxonomy tier { gold }\n");
    CHECK_TEXT(codes(&w), strlen(codes(&w)), more ? "R0526 " : "");
    CHECK_INT(status, more ? EDICT_FINDINGS : EDICT_OK);
    edi_buf_fini(&new);
    end(&w);
  }
}

TEST(a_permit_that_is_not_delegated_says_so)
{
  world w;
  edict_decision *d = NULL;
  char text[256] = "";
  REQUIRE(begin(&w,
                "module federal.r\nrule lend\n  delegate permit read to domain sales\n  on dataset "
                "named \"x\"\n"
                "  until further notice\n",
                "module sales.r\nrule open\n  permit read\n  on dataset named \"*\"\n  because "
                "\"As agreed\"\n",
                contract));
  REQUIRE(load(&w) == EDICT_OK && decide(&w, &d) == EDICT_OK);
  CHECK_INT(edict_decision_effect(d), EDICT_DENY);
  (void)edict_decision_explain(d, text, sizeof text);
  CHECK_TEXT(text, strlen(text),
             "denied: no rule permits it; sales.r.open is not delegated (As agreed)");
  edict_decision_destroy(&d);
  end(&w);
}

HARNESS_MAIN
