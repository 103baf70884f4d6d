/* The verifier's records, continued: what one changed field cannot show. Records added to a program
 * or edited before it is finished: names that stand twice, records without owner, layers, orders,
 * limits at each and one past, and texts that are not whole. */
#include "harness.h"

#include "bundle/limits.h"
#include "bundle/value.h"
#include "support/sample_program.h"

static const char *first_code(edi_arena *arena, edi_builder *b, edict_diagnostics *findings) {
  edi_buf bytes;
  edi_program program;
  sample_bytes(b, &bytes);
  edict_status status = edi_program_verify(bytes.ptr, bytes.len, arena, &program, findings);
  edi_buf_fini(&bytes);
  return status == EDICT_OK ? "" : edict_diagnostics_code(findings, 0);
}

typedef void edit(edi_builder *b);

static void expect_edit(edi_builder *(*make)(edi_arena *), edit *edit_program, const char *expected,
                        const char *name) {
  edi_arena arena;
  edict_diagnostics *findings = edict_diagnostics_create();
  edi_arena_init(&arena, NULL, (size_t)64 << 20);
  edi_builder *b = make(&arena);
  edit_program(b);
  const char *code = first_code(&arena, b, findings);
  if (strcmp(code, expected) != 0)
    HARNESS_FAIL("%s: \"%s\", expected \"%s\" (%s)", name, code, expected,
                 *code ? edict_diagnostics_message(findings, 0) : "");
  edict_diagnostics_destroy(&findings);
  edi_arena_fini(&arena);
}
#define EDIT(make, function, code) expect_edit(make, function, code, #function)

static void same_kind_name(edi_builder *b) {
  edi_kind copy = *edi_builder_at_kinds(b, SAMPLE_KIND_PERSON);
  (void)edi_builder_add_kinds(b, &copy, 1);
}
static void same_node_name(edi_builder *b) {
  edi_builder_at_nodes(b, 3)->name = edi_builder_at_nodes(b, 2)->name;
}
static void node_name_of_other_kind(edi_builder *b) {
  edi_builder_at_nodes(b, 3)->name = edi_builder_at_nodes(b, 8)->name;
}
static void same_level_name(edi_builder *b) {
  edi_builder_at_levels(b, 1)->name = edi_builder_at_levels(b, 0)->name;
}
static void same_attr_name(edi_builder *b) {
  edi_attr copy = *edi_builder_at_attrs(b, 9);
  (void)edi_builder_add_attrs(b, &copy, 1);
}
static void attr_name_of_other_entity(edi_builder *b) {
  edi_attr copy = *edi_builder_at_attrs(b, 9);
  copy.entity = EDI_ENTITY_DATASET;
  (void)edi_builder_add_attrs(b, &copy, 1);
}
static void same_issuer_name(edi_builder *b) {
  edi_builder_at_issuers(b, 1)->name = edi_builder_at_issuers(b, 0)->name;
}
static void same_claim_text(edi_builder *b) {
  edi_builder_at_claimmaps(b, 1)->text = edi_builder_at_claimmaps(b, 0)->text;
}
static void same_key_name(edi_builder *b) {
  edi_builder_at_keys(b, 1)->name = edi_builder_at_keys(b, 0)->name;
}
static void same_table_name(edi_builder *b) {
  edi_builder_at_tables(b, 1)->name = edi_builder_at_tables(b, 0)->name;
}
static void same_tablecol_name(edi_builder *b) {
  edi_builder_at_tablecols(b, 2)->name = edi_builder_at_tablecols(b, 1)->name;
}
static void same_rule_name(edi_builder *b) {
  edi_builder_at_rules(b, 1)->name = edi_builder_at_rules(b, 0)->name;
}
static void same_column_name(edi_builder *b) {
  edi_builder_at_columns(b, 1)->name = edi_builder_at_columns(b, 0)->name;
}
static void same_contract(edi_builder *b) {
  edi_contract copy = *edi_builder_at_contracts(b, 0);
  copy.datasets.count = copy.facts.count = 0;
  (void)edi_builder_add_contracts(b, &copy, 1);
}
static void same_dataset(edi_builder *b) {
  edi_dataset copy = *edi_builder_at_datasets(b, 0);
  copy.columns.count = copy.facts.count = 0;
  (void)edi_builder_add_datasets(b, &copy, 1);
  edi_builder_at_contracts(b, 0)->datasets.count = 2;
}

TEST(names_stand_once)
{
  EDIT(sample_federal, same_kind_name, "R0122");
  EDIT(sample_federal, same_node_name, "R0122");
  EDIT(sample_federal, node_name_of_other_kind, "");
  EDIT(sample_federal, same_level_name, "R0122");
  EDIT(sample_federal, same_attr_name, "R0122");
  EDIT(sample_federal, attr_name_of_other_entity, "");
  EDIT(sample_federal, same_issuer_name, "R0122");
  EDIT(sample_federal, same_claim_text, "R0122");
  EDIT(sample_federal, same_key_name, "R0122");
  EDIT(sample_federal, same_table_name, "R0122");
  EDIT(sample_federal, same_tablecol_name, "R0122");
  EDIT(sample_federal, same_rule_name, "R0122");
  EDIT(sample_federal, same_column_name, "R0122");
  EDIT(sample_federal, same_contract, "R0122");
  EDIT(sample_federal, same_dataset, "R0122");
}

static void orphan_node(edi_builder *b) {
  edi_node node = {.name = edi_builder_string(b, EDI_STR("orphan")),
                   .parent = EDI_NONE,
                   .end = edi_builder_count_nodes(b) + 1};
  (void)edi_builder_add_nodes(b, &node, 1);
}
static void orphan_level(edi_builder *b) {
  edi_level level = {edi_builder_string(b, EDI_STR("orphan")), 0, 4};
  (void)edi_builder_add_levels(b, &level, 1);
}
static void orphan_claim(edi_builder *b) {
  (void)edi_builder_add_claims(b, edi_builder_at_claims(b, 1), 1);
}
static void orphan_map(edi_builder *b) {
  (void)edi_builder_add_claimmaps(b, edi_builder_at_claimmaps(b, 1), 1);
}
static void orphan_tablecol(edi_builder *b) {
  (void)edi_builder_add_tablecols(b, edi_builder_at_tablecols(b, 1), 1);
}
static void orphan_instr(edi_builder *b) { (void)edi_builder_add_instrs(b, &(edi_instr){0}, 1); }
static void orphan_code(edi_builder *b) {
  edi_const no = {.type = EDI_TYPE_BOOL};
  edi_instr code[] = {{EDI_OP_CONST, 0, 0, 0, edi_builder_const(b, no)},
                      {EDI_OP_RETURN, 0, 0, 0, 0}};
  (void)edi_builder_code(b, code, 2, EDI_TYPE_BOOL);
}
static void orphan_case(edi_builder *b) {
  (void)edi_builder_add_cases(b, edi_builder_at_cases(b, 8), 1);
}
static void orphan_arm(edi_builder *b) {
  (void)edi_builder_add_cases(b, edi_builder_at_cases(b, 8), 1);
  edi_arm arm = {edi_builder_at_arms(b, 0)->column, {9, 1}};
  (void)edi_builder_add_arms(b, &arm, 1);
}
static void orphan_dataset(edi_builder *b) {
  edi_dataset copy = *edi_builder_at_datasets(b, 0);
  copy.columns.count = copy.facts.count = 0;
  (void)edi_builder_add_datasets(b, &copy, 1);
}
static void orphan_column(edi_builder *b) {
  (void)edi_builder_add_columns(b, edi_builder_at_columns(b, 2), 1);
}
static void orphan_fact(edi_builder *b) {
  (void)edi_builder_add_facts(b, edi_builder_at_facts(b, 0), 1);
}

TEST(records_belong_to_somebody)
{
  EDIT(sample_federal, orphan_node, "R0125");
  EDIT(sample_federal, orphan_level, "R0125");
  EDIT(sample_federal, orphan_claim, "R0125");
  EDIT(sample_federal, orphan_map, "R0125");
  EDIT(sample_federal, orphan_tablecol, "R0125");
  EDIT(sample_federal, orphan_instr, "R0125");
  EDIT(sample_federal, orphan_code, "R0125");
  EDIT(sample_federal, orphan_case, "R0125");
  EDIT(sample_federal, orphan_arm, "R0125");
  EDIT(sample_federal, orphan_dataset, "R0125");
  EDIT(sample_federal, orphan_column, "R0125");
  EDIT(sample_federal, orphan_fact, "R0125");
}

/* ---- obligations ---- */

static edi_duty *duty(edi_builder *b, uint32_t i) { return edi_builder_at_duties(b, i); }
static void same_obligation(edi_builder *b) {
  edi_builder_at_obligations(b, 1)->name = edi_builder_at_obligations(b, 0)->name;
}
static void same_parameter(edi_builder *b) { edi_builder_at_params(b, 1)->name = edi_builder_at_params(b, 0)->name; }
static void orphan_parameter(edi_builder *b) { (void)edi_builder_add_params(b, edi_builder_at_params(b, 1), 1); }
static void orphan_duty(edi_builder *b) { (void)edi_builder_add_duties(b, duty(b, 1), 1); }
static void other_owner(edi_builder *b) { edi_builder_at_params(b, 1)->obligation = 1; }
static void set_parameter(edi_builder *b) { edi_builder_at_params(b, 0)->type = EDI_TYPE_STRING | EDI_TYPE_SET; }
static void no_obligation(edi_builder *b) { duty(b, 0)->obligation = 2; }
static void too_few_arguments(edi_builder *b) { duty(b, 0)->args.count = 1; }
static void argument_of_other_type(edi_builder *b) {
  edi_range args = duty(b, 0)->args;
  uint32_t codes[] = {*edi_builder_at_lists(b, args.first + 1), *edi_builder_at_lists(b, args.first)};
  duty(b, 0)->args = edi_builder_list(b, codes, 2);
}
/* The row is read where only the request may be. */
static void argument_reads_row(edi_builder *b) {
  edi_instr code[] = {{EDI_OP_ROW, 0, 0, 0, 0}, {EDI_OP_RETURN, 0, 0, 0, 0}};
  uint32_t codes[] = {edi_builder_code(b, code, 2, EDI_TYPE_STRING), *edi_builder_at_lists(b, duty(b, 0)->args.first + 1)};
  duty(b, 0)->args = edi_builder_list(b, codes, 2);
}
static void duties_shared(edi_builder *b) {
  for (uint32_t i = 0; i < edi_builder_count_rules(b); i++)
    if (edi_builder_at_rules(b, i)->duties.count == 0) edi_builder_at_rules(b, i)->duties = (edi_range){0, 2};
}
static void obligation_of_other_layer(edi_builder *b) {
  edi_builder_at_obligations(b, 1)->name = edi_builder_string(b, EDI_STR("finance.rules.tell"));
}
static void obligation_flag(edi_builder *b) { edi_builder_at_obligations(b, 1)->flags = 2; }
static void federal_imports_obligation(edi_builder *b) { edi_builder_at_obligations(b, 0)->flags = EDI_IMPORTED; }

TEST(obligations)
{
  EDIT(sample_federal, same_obligation, "R0122");
  EDIT(sample_federal, same_parameter, "R0122");
  EDIT(sample_federal, orphan_parameter, "R0125");
  EDIT(sample_federal, orphan_duty, "R0125");
  EDIT(sample_federal, other_owner, "R0125");
  EDIT(sample_federal, set_parameter, "R0127");
  EDIT(sample_federal, no_obligation, "R0124");
  EDIT(sample_federal, too_few_arguments, "R0131");
  EDIT(sample_federal, argument_of_other_type, "R0145");
  EDIT(sample_federal, argument_reads_row, "R0145");
  EDIT(sample_federal, duties_shared, "R0125");
  EDIT(sample_federal, obligation_flag, "R0123");
  EDIT(sample_federal, federal_imports_obligation, "R0132");
  EDIT(sample_domain, obligation_of_other_layer, "R0132");
}

/* ---- exempts and groups: the last two rules of the sample ---- */

static edi_rule *from_end(edi_builder *b, uint32_t i) {
  return edi_builder_at_rules(b, edi_builder_count_rules(b) - i);
}
static edi_rule *exempt(edi_builder *b) { return from_end(b, 1); }
static edi_rule *groups(edi_builder *b) { return from_end(b, 2); }
static void name_rules(edi_builder *b, uint32_t first, uint32_t second) {
  exempt(b)->exempts = edi_builder_list(b, (const uint32_t[]){first, second}, 2);
}
static void exempts_nothing(edi_builder *b) { exempt(b)->exempts.count = 0; }
static void exempts_itself(edi_builder *b) { name_rules(b, 1, edi_builder_count_rules(b) - 1); }
static void exempts_a_permit(edi_builder *b) { name_rules(b, 0, 3); }
static void exempts_twice(edi_builder *b) { name_rules(b, 3, 3); }
static void exempts_backwards(edi_builder *b) { name_rules(b, 4, 3); }
static void exempts_no_rule(edi_builder *b) { name_rules(b, 3, edi_builder_count_rules(b)); }
static void forbid_exempts(edi_builder *b) { from_end(b, 3)->exempts = exempt(b)->exempts; }
static void exempt_without_target(edi_builder *b) { exempt(b)->target = EDI_NONE; }
static void exempt_with_actions(edi_builder *b) { exempt(b)->actions = edi_builder_at_rules(b, 0)->actions; }
/* It names a `retain`, which reads no subject. */
static void exempt_reads_subject(edi_builder *b) { exempt(b)->condition = edi_builder_at_rules(b, 0)->condition; }
static void exempt_of_rows_reads_subject(edi_builder *b) {
  exempt_reads_subject(b);
  name_rules(b, 4, 5);
}
static void exempts_damaged_effect(edi_builder *b) {
  exempts_twice(b);
  name_rules(b, 3, 4);
  edi_builder_at_rules(b, 4)->effect = 99;
}
static void groups_of_none(edi_builder *b) { groups(b)->least = 0; }
static void groups_of_one(edi_builder *b) { groups(b)->least = 1; }
static void groups_of_two(edi_builder *b) { groups(b)->least = 2; }
static void groups_of_many(edi_builder *b) { groups(b)->least = EDI_LIMIT_GROUP; }
static void groups_of_too_many(edi_builder *b) { groups(b)->least = EDI_LIMIT_GROUP + 1; }
static void groups_of_nothing(edi_builder *b) { groups(b)->rowslots.count = 0; }
static void groups_of_two_things(edi_builder *b) { groups(b)->rowslots = (edi_range){0, 2}; }
static void groups_with_body(edi_builder *b) { groups(b)->body = groups(b)->target = exempt(b)->target; }
static void rows_of_least(edi_builder *b) { edi_builder_at_rules(b, 4)->least = 5; }

TEST(exempts_and_groups)
{
  EDIT(sample_federal, exempts_nothing, "R0131");
  EDIT(sample_federal, exempts_itself, "R0131");
  EDIT(sample_federal, exempts_a_permit, "R0131");
  EDIT(sample_federal, exempts_twice, "R0126");
  EDIT(sample_federal, exempts_backwards, "R0126");
  EDIT(sample_federal, exempts_no_rule, "R0124");
  EDIT(sample_federal, forbid_exempts, "R0131");
  EDIT(sample_federal, exempt_without_target, "R0131");
  EDIT(sample_federal, exempt_with_actions, "R0131");
  EDIT(sample_federal, exempt_reads_subject, "R0145");
  EDIT(sample_federal, exempt_of_rows_reads_subject, "");
  EDIT(sample_federal, exempts_damaged_effect, "R0134");
  EDIT(sample_federal, groups_of_none, "R0134");
  EDIT(sample_federal, groups_of_one, "R0134");
  EDIT(sample_federal, groups_of_two, "");
  EDIT(sample_federal, groups_of_many, "");
  EDIT(sample_federal, groups_of_too_many, "R0134");
  EDIT(sample_federal, groups_of_nothing, "R0131");
  EDIT(sample_federal, groups_of_two_things, "R0131");
  EDIT(sample_federal, groups_with_body, "R0131");
  EDIT(sample_federal, rows_of_least, "R0134");
}

static void domain_issuer(edi_builder *b) {
  edi_issuer host = {
      .name = edi_builder_string(b, EDI_STR("mine")), .flags = EDI_ISSUER_HOST, .node = 24};
  (void)edi_builder_add_issuers(b, &host, 1);
}
static void domain_delegates(edi_builder *b) {
  edi_rule *rule = edi_builder_at_rules(b, 0);
  rule->effect = EDI_EFFECT_DELEGATE;
  rule->delegate_to = 22;
}
static void domain_names_federal(edi_builder *b) {
  edi_builder_at_rules(b, 0)->name = edi_builder_string(b, EDI_STR("federal.privacy.mine"));
}
static void domain_names_other(edi_builder *b) {
  edi_builder_at_rules(b, 0)->name = edi_builder_string(b, EDI_STR("salesforce.rules.mine"));
}
static void domain_kind(edi_builder *b) {
  edi_kind kind = {edi_builder_string(b, EDI_STR("season")), {edi_builder_count_nodes(b), 1}, 0};
  edi_node node = {.name = edi_builder_string(b, EDI_STR("winter")),
                   .kind = edi_builder_add_kinds(b, &kind, 1),
                   .parent = EDI_NONE,
                   .end = edi_builder_count_nodes(b) + 1};
  (void)edi_builder_add_nodes(b, &node, 1);
}
static void import_in_own_kind(edi_builder *b) {
  domain_kind(b);
  edi_builder_at_nodes(b, edi_builder_count_nodes(b) - 1)->flags = EDI_IMPORTED;
}
/* The kinds' runs stand in the order of kinds, so a node of a tag's own is put below pii by moving
 * the last tag's place. */
static void below_open(edi_builder *b) {
  edi_node *last = edi_builder_at_nodes(b, 6);
  last->flags = 0;
  last->parent = 1;
}
/* The third role below the first, as if the federation let domains add roles. */
static void below_open_role(edi_builder *b) {
  edi_builder_at_nodes(b, 10)->flags |= EDI_NODE_OPEN;
  edi_node *last = edi_builder_at_nodes(b, 12);
  last->flags = 0;
  last->parent = 10;
}
static void open_role(edi_builder *b) { edi_builder_at_nodes(b, 10)->flags |= EDI_NODE_OPEN; }
static void own_open(edi_builder *b) {
  below_open(b);
  edi_builder_at_nodes(b, 6)->flags = EDI_NODE_OPEN;
}
static void below_closed(edi_builder *b) {
  below_open(b);
  edi_builder_at_nodes(b, 6)->parent = 0;
}
static void import_inside(edi_builder *b) {
  below_open(b);
  edi_node *outer = edi_builder_at_nodes(b, 5), *inner = edi_builder_at_nodes(b, 6);
  *outer = *inner; /* declared, and the import after it would lie inside */
  outer->end = 7;
  outer->name = edi_builder_string(b, EDI_STR("mine"));
  inner->flags = EDI_IMPORTED;
  inner->parent = EDI_NONE;
}
static void domain_called_federal(edi_builder *b) {
  edi_builder_at_settings(b, 0)->domain = edi_builder_string(b, EDI_STR("federal"));
}
static void domain_attr(edi_builder *b) {
  edi_attr attr = {.name = edi_builder_string(b, EDI_STR("cost-centre")),
                   .path = edi_builder_string(b, EDI_STR("x")),
                   .entity = EDI_ENTITY_PRODUCT,
                   .type = EDI_TYPE_STRING,
                   .fallback = EDI_NONE};
  (void)edi_builder_add_attrs(b, &attr, 1);
}
static void federal_column_by_name(edi_builder *b) {
  edi_rowslot *slot = edi_builder_at_rowslots(b, 0);
  slot->node = EDI_NONE;
  slot->name = edi_builder_string(b, EDI_STR("phone"));
}
static void other_domains_product(edi_builder *b) {
  edi_builder_at_contracts(b, 0)->name = edi_builder_string(b, EDI_STR("finance.orders"));
}

TEST(layers)
{
  EDIT(sample_domain, domain_issuer, "R0132");
  EDIT(sample_domain, domain_delegates, "R0132");
  EDIT(sample_domain, domain_names_federal, "R0132");
  EDIT(sample_domain, domain_names_other, "R0132");
  EDIT(sample_domain, domain_kind, "");
  EDIT(sample_domain, import_in_own_kind, "R0132");
  EDIT(sample_domain, below_open, "");
  EDIT(sample_domain, below_closed, "R0132");
  EDIT(sample_domain, below_open_role, "R0132");
  EDIT(sample_federal, open_role, "R0132");
  EDIT(sample_domain, own_open, "R0132");
  EDIT(sample_domain, import_inside, "R0126");
  EDIT(sample_domain, domain_called_federal, "R0133");
  EDIT(sample_domain, domain_attr, "");
  EDIT(sample_domain, other_domains_product, "R0132");
  EDIT(sample_federal, federal_column_by_name, "R0132");
}

/* What the builder sorts. */
static void facts_sorted(edi_builder *b) {
  domain_attr(b);
  edi_fact facts[] = {{edi_builder_count_attrs(b) - 1, edi_builder_at_facts(b, 0)->value},
                      *edi_builder_at_facts(b, 0)};
  edi_contract other = *edi_builder_at_contracts(b, 0);
  other.name = edi_builder_string(b, EDI_STR("sales.other"));
  other.datasets.count = 0;
  other.facts = edi_builder_facts(b, facts, 2);
  (void)edi_builder_add_contracts(b, &other, 1);
}
static void tags_descend(edi_builder *b) {
  edi_builder_at_columns(b, 1)->tags = edi_builder_list(b, (const uint32_t[]){3, 2}, 2);
}
static void tag_twice(edi_builder *b) {
  edi_builder_at_columns(b, 1)->tags = edi_builder_list(b, (const uint32_t[]){2, 2}, 2);
}
static void tag_is_a_role(edi_builder *b) {
  edi_builder_at_columns(b, 1)->tags = edi_builder_list(b, (const uint32_t[]){2, 10}, 2);
}
static void action_is_a_tag(edi_builder *b) {
  edi_builder_at_rules(b, 0)->actions = edi_builder_list(b, (const uint32_t[]){2, 18}, 2);
}
static void other_scale(edi_builder *b) {
  edi_scale scale = {edi_builder_string(b, EDI_STR("heat")), {edi_builder_count_levels(b), 1}, 0};
  edi_level level = {edi_builder_string(b, EDI_STR("cold")), edi_builder_add_scales(b, &scale, 1),
                     0};
  edi_builder_at_columns(b, 0)->classification = edi_builder_add_levels(b, &level, 1);
}
static void set_twice_owned(edi_builder *b) {
  for (uint32_t i = 0; i < edi_builder_count_consts(b); i++) {
    edi_const c = *edi_builder_at_consts(b, i);
    if (!EDI_TYPE_IS_SET(c.type) || c.aux == 0) continue;
    (void)edi_builder_add_consts(b, &c, 1);
    return;
  }
}
static void set_of_mixed(edi_builder *b) {
  uint32_t members[] = {edi_builder_const(b, (edi_const){.type = EDI_TYPE_BOOL}),
                        edi_builder_const(b, (edi_const){.type = EDI_TYPE_INT, .value = 77})};
  (void)edi_builder_const_set(b, EDI_TYPE_INT, members, 2);
}
static void facts_descend(edi_builder *b) {
  domain_attr(b); /* one more attribute, of a product */
  edi_fact facts[] = {{edi_builder_count_attrs(b) - 1, edi_builder_at_facts(b, 0)->value},
                      *edi_builder_at_facts(b, 0)};
  uint32_t first = edi_builder_add_facts(b, facts, 2);
  *edi_builder_at_facts(b, 0) = (edi_fact){0, 0};
  edi_builder_at_contracts(b, 0)->facts = (edi_range){first, 2};
}

TEST(orders)
{
  EDIT(sample_federal, facts_sorted, "");
  EDIT(sample_federal, tags_descend, "R0126");
  EDIT(sample_federal, tag_twice, "R0126");
  EDIT(sample_federal, tag_is_a_role, "R0124");
  EDIT(sample_federal, action_is_a_tag, "R0124");
  EDIT(sample_federal, other_scale, "R0124");
  EDIT(sample_federal, set_twice_owned, "R0125");
  EDIT(sample_federal, set_of_mixed, "R0128");
  EDIT(sample_federal, facts_descend, "R0126");
}

/* ---- limits, at each and one past ---- */

static uint32_t wanted; /* how long what the edit makes is to be */

static edi_ref long_text(edi_builder *b, const char *begin, uint32_t length) {
  char *text = malloc(length);
  memset(text, 'x', length);
  memcpy(text, begin, strlen(begin));
  edi_ref ref = edi_builder_string(b, (edi_str){text, length});
  free(text);
  return ref;
}
static void long_name(edi_builder *b) {
  edi_builder_at_nodes(b, 0)->name = long_text(b, "n", wanted);
}
static void long_qualified(edi_builder *b) {
  edi_builder_at_rules(b, 0)->name = long_text(b, "federal.", wanted);
}
static void long_string(edi_builder *b) {
  edi_builder_at_rules(b, 0)->because = long_text(b, "b", wanted);
}
static void long_column(edi_builder *b) {
  edi_builder_at_columns(b, 0)->name = long_text(b, "c", wanted);
}
static void long_pattern(edi_builder *b) {
  edi_builder_at_patterns(b, 1)->source = long_text(b, "p", wanted);
}
static void many_columns(edi_builder *b) {
  uint32_t first = edi_builder_count_columns(b);
  for (uint32_t i = 0; i < wanted; i++) {
    char name[16];
    snprintf(name, sizeof name, "c%u", (unsigned)i);
    edi_column column = {.name = edi_builder_string(b, edi_str_from(name)),
                         .dataset = 1,
                         .classification = EDI_NONE};
    (void)edi_builder_add_columns(b, &column, 1);
  }
  edi_dataset dataset = {.name = edi_builder_string(b, EDI_STR("wide")),
                         .classification = EDI_NONE,
                         .columns = {first, wanted}};
  (void)edi_builder_add_datasets(b, &dataset, 1);
  edi_builder_at_contracts(b, 0)->datasets.count = 2;
}
static void many_tablecols(edi_builder *b) {
  uint32_t first = edi_builder_count_tablecols(b), table_number = edi_builder_count_tables(b);
  for (uint32_t i = 0; i < wanted; i++) {
    char name[16];
    snprintf(name, sizeof name, "c%u", (unsigned)i);
    edi_tablecol column = {edi_builder_string(b, edi_str_from(name)), EDI_TYPE_INT, table_number};
    (void)edi_builder_add_tablecols(b, &column, 1);
  }
  edi_table table = {.name = edi_builder_string(b, EDI_STR("federal.wide")),
                     .keys = {first, 1},
                     .values = {first + 1, wanted - 1}};
  (void)edi_builder_add_tables(b, &table, 1);
}
static void many_members(edi_builder *b) {
  uint32_t *members = malloc(wanted * sizeof *members);
  for (uint32_t i = 0; i < wanted; i++)
    members[i] = edi_builder_const(b, (edi_const){.type = EDI_TYPE_INT, .value = 1000 + i});
  (void)edi_builder_const_set(b, EDI_TYPE_INT, members, wanted);
  free(members);
}
static void deep_nodes(edi_builder *b) {
  uint32_t first = edi_builder_count_nodes(b);
  edi_kind kind = {edi_builder_string(b, EDI_STR("deep")), {first, wanted}, 0};
  uint32_t number = edi_builder_add_kinds(b, &kind, 1);
  for (uint32_t i = 0; i < wanted; i++) {
    char name[16];
    snprintf(name, sizeof name, "n%u", (unsigned)i);
    edi_node node = {.name = edi_builder_string(b, edi_str_from(name)),
                     .kind = number,
                     .parent = i == 0 ? EDI_NONE : first + i - 1,
                     .end = first + wanted};
    (void)edi_builder_add_nodes(b, &node, 1);
  }
}
static void many_patterns(edi_builder *b) {
  edi_pattern_ref pattern = *edi_builder_at_patterns(b, 1);
  for (uint32_t i = edi_builder_count_patterns(b); i < wanted; i++) (void)edi_builder_add_patterns(b, &pattern, 1);
}
static void many_regex_masks(edi_builder *b) {
  edi_mask mask = *edi_builder_at_masks(b, 4);
  for (uint32_t i = 1; i < wanted; i++) (void)edi_builder_add_masks(b, &mask, 1);
}

static void many_parameters(edi_builder *b) {
  edi_obligation long_one = {edi_builder_string(b, EDI_STR("federal.long")), {edi_builder_count_params(b), wanted}, 0};
  for (uint32_t i = 0; i < wanted; i++) {
    char name[16];
    snprintf(name, sizeof name, "p%u", (unsigned)i);
    edi_param param = {edi_builder_string(b, edi_str_from(name)), EDI_TYPE_INT, edi_builder_count_obligations(b)};
    (void)edi_builder_add_params(b, &param, 1);
  }
  (void)edi_builder_add_obligations(b, &long_one, 1);
}
/* As many copies of a rule about rows, all of them exempted from. */
static void many_exempts(edi_builder *b) {
  uint32_t *named = malloc(wanted * sizeof *named);
  for (uint32_t i = 0; i < wanted; i++) {
    char name[32];
    snprintf(name, sizeof name, "federal.many.r%u", (unsigned)i);
    edi_rule copy = *edi_builder_at_rules(b, 4);
    copy.name = edi_builder_string(b, edi_str_from(name));
    named[i] = edi_builder_add_rules(b, &copy, 1);
  }
  for (uint32_t i = 0; i < edi_builder_count_rules(b); i++)
    if (edi_builder_at_rules(b, i)->effect == EDI_EFFECT_EXEMPT)
      edi_builder_at_rules(b, i)->exempts = edi_builder_list(b, named, wanted);
  free(named);
}
static void many_duties(edi_builder *b) {
  edi_range range = {edi_builder_count_duties(b), wanted};
  for (uint32_t i = 0; i < wanted; i++) (void)edi_builder_add_duties(b, &(edi_duty){1, {0, 0}}, 1);
  edi_builder_at_rules(b, 0)->duties = range;
}

TEST(limits)
{
  const struct {
    edit *make;
    uint32_t limit;
    const char *name;
  } rows[] = {
      {long_name, EDI_LIMIT_NAME, "NAME"},
      {long_qualified, 2 * EDI_LIMIT_NAME + 1, "qualified NAME"},
      {long_string, EDI_LIMIT_STRING, "STRING"},
      {long_column, EDI_LIMIT_EXTERNAL_NAME, "EXTERNAL_NAME"},
      {long_pattern, EDI_LIMIT_PATTERN, "PATTERN"},
      {many_columns, EDI_LIMIT_COLUMNS, "COLUMNS"},
      {many_tablecols, EDI_LIMIT_TABLE_COLUMNS, "TABLE_COLUMNS"},
      {many_parameters, EDI_LIMIT_OBLIGATION_PARAMETERS, "OBLIGATION_PARAMETERS"},
      {many_exempts, EDI_LIMIT_RULE_EXEMPTS, "RULE_EXEMPTS"},
      {many_duties, EDI_LIMIT_RULE_OBLIGATIONS, "RULE_OBLIGATIONS"},
      {many_members, EDI_LIMIT_SET_MEMBERS, "SET_MEMBERS"},
      {deep_nodes, EDI_LIMIT_EXPRESSION_DEPTH, "EXPRESSION_DEPTH"},
      {many_patterns, EDI_LIMIT_PATTERNS, "PATTERNS"},
      {many_regex_masks, EDI_LIMIT_PATTERNS, "masks with PATTERNS"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    wanted = rows[i].limit;
    expect_edit(sample_federal, rows[i].make, "", rows[i].name);
    wanted++;
    expect_edit(sample_federal, rows[i].make, "R0113", rows[i].name);
  }
}

/* Arguments of masks as no checker lets them through. Record 0 of MASKS becomes `odd_mask`. */
typedef struct odd { edi_transform_id id; const char *args[5]; const char *code; } odd;
static const odd *odd_mask;

static uint32_t odd_argument(edi_builder *b, const char *text) {
  edi_decimal d;
  if (!edi_decimal_parse(edi_str_from(text), &d)) return edi_builder_const_text(b, EDI_TYPE_STRING, edi_str_from(text));
  edi_type type = strchr(text, '.') ? EDI_TYPE_DECIMAL : EDI_TYPE_INT;
  return edi_builder_const(b, (edi_const){type, d.scale, d.mantissa});
}

static void odd_arguments(edi_builder *b) {
  uint32_t args[5], count = 0;
  for (; count < 5 && odd_mask->args[count]; count++) args[count] = odd_argument(b, odd_mask->args[count]);
  edi_mask m = {odd_mask->id, edi_builder_list(b, args, count), EDI_NONE, EDI_NONE};
  *edi_builder_at_masks(b, 0) = m;
}

TEST(arguments_of_masks)
{
#define OF(name, code, ...) {EDI_TRANSFORM_##name, {__VA_ARGS__}, code}
  static const odd rows[] = {
      OF(SHOW_LAST, "", "1000", "*", "half", "edict"), OF(SHOW_LAST, "R0130", "1001", "*", "half", "edict"),
      OF(SHOW_LAST, "R0130", "-1", "*", "half", "edict"), OF(SHOW_LAST, "R0130", "4", "**", "half", "edict"),
      OF(SHOW_LAST, "R0130", "4", "", "half", "edict"), OF(SHOW_LAST, "R0130", "4", "*", "third", "edict"),
      OF(SHOW_LAST, "R0130", "4", "*", "half"), OF(SHOW_LAST, "R0130", "4.5", "*", "half", "edict"),
      OF(SHOW_LAST, "R0130", "4", "char", "half", "edict"),
      OF(SHOW_LAST, "R0130", "4", "x", "half", "iceberg"), OF(SHOW_LAST, "", "4", "alphanum", "keep", "edict"),
      OF(CLASSMASK, "R0130", "X", "x", "xx", "-", "edict"), OF(CHARMASK, "R0130", "1001", "*", "start", ""),
      OF(CHARMASK, "", "-1000", "*", "end", "abc"), OF(CHARMASK, "R0130", "-9223372036854775807", "*", "end", "abc"),
      OF(EMAIL, "R0130", "both", "bigquery"), OF(EMAIL, "R0130", "all", "edict"), OF(PAN, "", "6", "4", "*"),
      OF(PAN, "R0130", "7", "4", "*"), OF(PAN, "R0130", "6", "5", "*"), OF(IP_TRUNC, "", "32", "128"),
      OF(IP_TRUNC, "R0130", "33", "128"), OF(IP_TRUNC, "R0130", "32", "129"), OF(ROUND, "R0130", "0", "floor"),
      OF(ROUND, "R0130", "-5", "floor"), OF(ROUND, "", "0.05", "half-even"), OF(ROUND, "R0130", "x", "floor"),
      OF(BUCKET, "", "0", "10", "10"), OF(BUCKET, "R0130", "0", "10", "10.5"), OF(BUCKET, "R0130", "0", "10", "0"),
      OF(BUCKET, "R0130", "10", "0", "1"), OF(BUCKET, "R0130", "-9223372036854775807", "9223372036854775807", "1"),
      OF(BUCKET, "R0130", "0", "9223372036854775807", "0.5"), OF(CLAMP, "", "5", "5"), OF(CLAMP, "R0130", "6", "5"),
      OF(CLAMP, "R0130", "a", "b"), OF(GENERALISE, "", "30"), OF(GENERALISE, "R0130", "31"), OF(ZIP3, "", "036 059"),
      OF(ZIP3, "R0130", "036 05"), OF(ZIP3, "R0130", "036  059"), OF(DATE_TRUNC, "R0130", "week"), OF(DROP, "R0130", "1"),
      OF(EMAIL, "R0130", "pseudo", "edict") /* without a key */, OF(SHA256_QUERY, "", "hex", "int"), OF(TOKEN, "R0124", ""),
      OF(FPE, "R0130", "0", ""), OF(FPE, "R0130", "00", ""), OF(FPE, "R0130", "0\x7F", ""), OF(FPE, "R0124", "01", ""),
      OF(DATE_SHIFT, "R0130", "5", "5", "0"), OF(DATE_SHIFT, "R0130", "-36501", "5", "0"), OF(DATE_SHIFT, "R0130", "-5", "5", "-1"),
      OF(DATE_SHIFT, "R0130", "-5", "5", "10000"), OF(DATE_SHIFT, "R0124", "-5", "5", "0"),
  };
#undef OF
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char name[32];
    snprintf(name, sizeof name, "arguments %zu", i);
    odd_mask = &rows[i];
    expect_edit(sample_federal, odd_arguments, rows[i].code, name);
  }
}

/* Texts that are not UTF-8, cut code points, NULs; texts may share bytes and lie beside
 * addresses. */
static edi_ref odd_ref;
static void odd_because(edi_builder *b) {
  edi_ref whole = edi_builder_string(b, (edi_str){"\xE2\x82\xAC"
                                                  "a\0b\xFF\xE2\x82"
                                                  "c\xC3\xA4",
                                                  12});
  edi_builder_at_rules(b, 0)->because = (edi_ref){whole.off + odd_ref.off, odd_ref.len};
}

TEST(texts)
{
  const struct {
    uint32_t off, len;
    const char *code;
  } rows[] = {
      {0, 3, ""},       {0, 4, ""},       {3, 1, ""},      {9, 1, ""},      {10, 2, ""},
      {9, 3, ""},       {0, 0, ""},       {1, 0, ""},      {0, 1, "R0120"}, {0, 2, "R0120"},
      {1, 2, "R0120"},  {1, 1, "R0120"},  {3, 2, "R0120"}, {4, 1, "R0120"}, {5, 2, "R0120"},
      {6, 1, "R0120"},  {7, 2, "R0120"},  {7, 3, "R0120"}, {8, 2, "R0120"}, {10, 1, "R0120"},
      {11, 1, "R0120"}, {0, 12, "R0120"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char name[32];
    snprintf(name, sizeof name, "bytes %u + %u", (unsigned)rows[i].off, (unsigned)rows[i].len);
    odd_ref = (edi_ref){rows[i].off, rows[i].len};
    expect_edit(sample_federal, odd_because, rows[i].code, name);
  }
}

HARNESS_MAIN
