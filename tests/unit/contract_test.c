/* Contracts: what is read of each golden contract and what is said of it, the standard's own
 * examples, hostile ones, limits, failing memory. */

#include "bundle/limits.h"
#include "harness.h"
#include "policy/contract.h"
#include "policy/project.h"
#include "support/golden.h"
#include "support/hostile.h"
#include "support/short_memory.h"
#include "support/small_model.h"

enum { CEILING = 64 * 1024 * 1024 };

/* ---- facts as text ---- */

static void print_nodes(const edi_model *model, const char *title, const uint32_t *nodes,
                        size_t count, edi_buf *out) {
  if (count == 0) return;
  edi_buf_format(out, " %s", title);
  for (size_t i = 0; i < count; i++)
    edi_buf_format(out, " %.*s", EDI_STR_ARG(model->nodes[nodes[i]].name));
}

static void print_level(const edi_model *model, uint32_t level, edi_buf *out) {
  if (level != EDI_NONE)
    edi_buf_format(out, " classified %.*s", EDI_STR_ARG(model->levels[level].name));
}

static void print_value(const edi_model *model, const edi_fact_value *v, edi_buf *out) {
  if (EDI_TYPE_IS_SET(v->type)) {
    edi_buf_char(out, '[');
    for (size_t i = 0; i < v->member_count; i++) {
      if (i) edi_buf_text(out, ", ");
      print_value(model, &v->members[i], out);
    }
    edi_buf_char(out, ']');
    return;
  }
  switch (EDI_TYPE_BASE(v->type)) {
    case EDI_TYPE_STRING:
    case EDI_TYPE_ID: edi_json_string(out, v->text); break;
    case EDI_TYPE_IP: edi_hex_append(out, v->text.ptr, v->text.len); break;
    case EDI_TYPE_NODE: edi_buf_str(out, model->nodes[v->integer].name); break;
    case EDI_TYPE_LEVEL: edi_buf_str(out, model->levels[v->integer].name); break;
    case EDI_TYPE_DECIMAL: edi_decimal_format(out, v->decimal); break;
    case EDI_TYPE_DATE: edi_date_format(out, v->integer); break;
    case EDI_TYPE_TIMESTAMP: edi_timestamp_format(out, v->integer); break;
    case EDI_TYPE_DURATION:
      edi_buf_format(out, "%" PRId64 " months %" PRId64 " us", v->duration.months,
                     v->duration.micros);
      break;
    default: edi_buf_format(out, "%" PRId64, v->integer);
  }
}

static void print_facts(const edi_model *model, const edi_fact_entry *facts, size_t count,
                        edi_buf *out) {
  for (size_t i = 0; i < count; i++) {
    edi_buf_format(out, "    %.*s = ", EDI_STR_ARG(model->attrs[facts[i].attr].name));
    print_value(model, &facts[i].value, out);
    edi_buf_char(out, '\n');
  }
}

static void print_column(const edi_model *model, const edi_column_facts *c, edi_buf *out) {
  edi_buf_format(out, "    column %.*s", EDI_STR_ARG(c->name));
  if (!edi_str_equal(c->name, c->physical_name))
    edi_buf_format(out, " (%.*s)", EDI_STR_ARG(c->physical_name));
  edi_buf_format(out, ": %s%s%s", c->type == EDI_TYPE_NONE ? "-" : edi_type_base_name(c->type),
                 c->required ? " required" : "", c->closed ? " closed" : "");
  print_level(model, c->classification, out);
  print_nodes(model, "tagged", c->tags, c->tag_count, out);
  edi_buf_char(out, '\n');
}

static void print_stated(const edi_model *model, const edi_contract_facts *f, edict_diagnostics *d,
                         edi_buf *out) {
  edi_buf_text(out, "  states\n");
  for (size_t i = 0; i < f->stated_count; i++) {
    const edi_sym_fact *s = &f->stated[i];
    edi_str name = s->kind == EDI_FACT_TAG    ? model->nodes[s->symbol].name
                   : s->kind == EDI_FACT_ATTR ? model->attrs[s->symbol].name
                                              : model->scales[s->symbol].name;
    uint32_t line, column;
    edi_diagnostics_locate(d, s->span.source, s->span.begin, &line, &column);
    edi_buf_format(out, "    %s %.*s at %u:%u\n",
                   s->kind == EDI_FACT_TAG    ? "tag"
                   : s->kind == EDI_FACT_ATTR ? "attribute"
                                              : "levels",
                   EDI_STR_ARG(name), line, column);
  }
}

static void print_contract(const edi_model *model, const edi_contract_facts *f,
                           edict_diagnostics *d, edi_buf *out) {
  edi_buf_format(out, "product %.*s of domain %.*s, version %.*s, %.*s", EDI_STR_ARG(f->name),
                 EDI_STR_ARG(model->nodes[f->domain].name), EDI_STR_ARG(f->version),
                 EDI_STR_ARG(f->status));
  print_nodes(model, "tagged", f->tags, f->tag_count, out);
  edi_buf_char(out, '\n');
  print_facts(model, f->facts, f->fact_count, out);
  for (size_t i = 0; i < f->dataset_count; i++) {
    const edi_dataset_facts *set = &f->datasets[i];
    edi_buf_format(out, "  dataset %.*s (%.*s)", EDI_STR_ARG(set->name),
                   EDI_STR_ARG(set->physical_name));
    print_level(model, set->classification, out);
    print_nodes(model, "tagged", set->tags, set->tag_count, out);
    edi_buf_char(out, '\n');
    print_facts(model, set->facts, set->fact_count, out);
    for (size_t k = 0; k < set->column_count; k++) print_column(model, &set->columns[k], out);
  }
  for (size_t i = 0; i < f->link_count; i++) {
    const edi_link_facts *l = &f->links[i];
    const edi_dataset_facts *from = &f->datasets[l->dataset], *to = &f->datasets[l->to_dataset];
    edi_buf_format(out, "  joins %.*s.%.*s with %.*s.%.*s\n", EDI_STR_ARG(from->name), EDI_STR_ARG(from->columns[l->column].name),
                   EDI_STR_ARG(to->name), EDI_STR_ARG(to->columns[l->to_column].name));
  }
  print_stated(model, f, d, out);
}

/* ---- one contract ---- */

/* Parses and resolves as the domain sales does; `required` makes two attributes of the model so. */
static edict_status read_contract(const char *name, edi_str text, bool required,
                                  edict_diagnostics *d, edi_buf *out) {
  edi_arena arena;
  edi_arena_init(&arena, NULL, CEILING);
  edi_model *model = small_model_create(&arena, "sales", d);
  if (required) {
    model->attrs[small_model_attr(model, EDI_ENTITY_PRODUCT, "owner")].optional = false;
    model->attrs[small_model_attr(model, EDI_ENTITY_DATASET, "purposes")].optional = false;
  }
  edi_contract_ast *contract = NULL;
  edi_contract_facts facts;
  edict_status status = edi_contract_parse(&arena, edi_str_from(name), text, &contract, d);
  CHECK((status == EDICT_OK) == (contract != NULL));
  if (contract) contract->lenient = strstr(name, "lenient") != NULL;
  if (status == EDICT_OK) status = edi_contract_resolve(&arena, model, contract, &facts, d);
  CHECK((status == EDICT_OK) == (edict_diagnostics_errors(d) == 0));
  if (status == EDICT_OK && out) print_contract(model, &facts, d, out);
  edi_arena_fini(&arena);
  return status;
}

static void check_golden(const char *name) {
  char path[256], expected[256];
  snprintf(path, sizeof path, "tests/golden/contract/%s", name);
  snprintf(expected, sizeof expected, "tests/golden/contract/%.*s.txt", (int)(strlen(name) - 5),
           name);
  size_t length = 0, rendered_length = 0;
  char *bytes = hostile_read(path, &length), *rendered = NULL;
  REQUIRE(bytes != NULL);
  edict_diagnostics *d = edict_diagnostics_create();
  edi_buf out;
  edi_buf_init(&out, NULL, 1 << 20);
  edict_status status =
      read_contract(name, (edi_str){bytes, length}, strstr(name, "required") != NULL, d, &out);
  CHECK(status == EDICT_OK || status == EDICT_FINDINGS);
  CHECK_INT(edict_diagnostics_render(d, EDICT_RENDERING_TEXT, &rendered, &rendered_length),
            EDICT_OK);
  if (rendered) edi_buf_append(&out, rendered, rendered_length);
  CHECK_INT(out.failed, EDICT_OK);
  CHECK(golden_matches(expected, out.ptr, out.len));
  edict_text_free(&rendered);
  edi_buf_fini(&out);
  edict_diagnostics_destroy(&d);
  free(bytes);
}

TEST(golden_contracts)
{ CHECK(golden_each("tests/golden/contract", ".yaml", check_golden) >= 15); }

/* ---- the standard's examples ---- */

static void parse_example(const char *name) {
  char path[256];
  size_t length = 0;
  snprintf(path, sizeof path, "tests/odcs/%s", name);
  char *bytes = hostile_read(path, &length);
  REQUIRE(bytes != NULL);
  edict_diagnostics *d = edict_diagnostics_create();
  edi_arena arena;
  edi_arena_init(&arena, NULL, CEILING);
  edi_contract_ast *contract = NULL;
  CHECK_INT(edi_contract_parse(&arena, edi_str_from(name), (edi_str){bytes, length}, &contract, d),
            EDICT_OK);
  if (edict_diagnostics_count(d) > 0) HARNESS_FAIL("%s: %s", name, edict_diagnostics_message(d, 0));
  edi_arena_fini(&arena);
  edict_diagnostics_destroy(&d);
  free(bytes);
}

TEST(the_standards_examples_are_read_without_a_finding)
{ CHECK(golden_each("tests/odcs", ".odcs.yaml", parse_example) >= 5); }

/* ---- hostile contracts ---- */

static edict_status contract_door(const char *name, const char *bytes, size_t length,
                                  edict_diagnostics *d) {
  return read_contract(name, (edi_str){bytes, length}, false, d, NULL);
}

TEST(hostile_contracts_are_refused)
{
  size_t total = 0;
  CHECK_INT(hostile_run("tests/hostile/contract", contract_door, &total), 0);
  CHECK(total >= 25);
}

/* ---- limits ---- */

static const char head[] =
    "apiVersion: v3.1.0\nkind: DataContract\nid: x\nversion: 1\nstatus: active\n"
    "domain: sales\nname: x\n";

static void expect(const edi_buf *text, const char *code) {
  edict_diagnostics *d = edict_diagnostics_create();
  CHECK_INT(text->failed, EDICT_OK);
  edict_status status =
      read_contract("limit.yaml", (edi_str){text->ptr, text->len}, false, d, NULL);
  if (!code) CHECK_INT(status, EDICT_OK);
  else if (edict_diagnostics_count(d) != 1 || strcmp(edict_diagnostics_code(d, 0), code) != 0)
    HARNESS_FAIL("expected %s alone, got %zu findings, %s first", code, edict_diagnostics_count(d),
                 edict_diagnostics_count(d) ? edict_diagnostics_code(d, 0) : "none");
  edict_diagnostics_destroy(&d);
}

static void fill(edi_buf *text, char c, size_t count) {
  while (count--) edi_buf_char(text, c);
}

TEST(a_dataset_has_columns_up_to_the_limit)
{
  for (int past = 0; past < 2; past++) {
    edi_buf text;
    edi_buf_init(&text, NULL, 1 << 20);
    edi_buf_format(&text, "%sschema:\n- name: t\n  properties:\n", head);
    for (int i = 0; i < EDI_LIMIT_COLUMNS + past; i++) edi_buf_format(&text, "  - name: c%d\n", i);
    expect(&text, past ? "E0428" : NULL);
    edi_buf_fini(&text);
  }
}

TEST(a_dataset_has_columns_up_to_the_limit_with_what_is_inside)
{
  for (int past = 0; past < 2; past++) {
    edi_buf text;
    edi_buf_init(&text, NULL, 1 << 20);
    edi_buf_format(&text, "%sschema:\n- name: t\n  properties:\n  - name: last\n  - name: o\n    properties:\n", head);
    for (int i = 0; i < EDI_LIMIT_COLUMNS - 2 + past; i++) edi_buf_format(&text, "    - name: c%d\n", i);
    expect(&text, past ? "E0428" : NULL);
    edi_buf_fini(&text);
  }
}

TEST(a_set_has_members_up_to_the_limit)
{
  for (int past = 0; past < 2; past++) {
    edi_buf text;
    edi_buf_init(&text, NULL, 1 << 20);
    edi_buf_format(&text,
                   "%sschema:\n- name: t\n  customProperties:\n  - property: weights\n    value: [",
                   head);
    for (int i = 0; i < EDI_LIMIT_SET_MEMBERS + past; i++) edi_buf_format(&text, "%d,", i);
    edi_buf_text(&text, "]\n");
    expect(&text, past ? "E0428" : NULL);
    edi_buf_fini(&text);
  }
}

TEST(names_are_as_long_as_the_limit)
{
  for (int past = 0; past < 2; past++) {
    edi_buf text;
    edi_buf_init(&text, NULL, 1 << 20);
    edi_buf_format(&text, "%sschema:\n- name: ", head);
    fill(&text, 'n', (size_t)EDI_LIMIT_EXTERNAL_NAME + (size_t)past);
    expect(&text, past ? "E0425" : NULL);
    edi_buf_fini(&text);
  }
}

TEST(a_product_name_is_as_long_as_the_limit)
{
  for (int past = 0; past < 2; past++) {
    edi_buf text;
    edi_buf_init(&text, NULL, 1 << 20);
    edi_buf_format(&text, "%sdataProduct: ", head);
    fill(&text, 'n', (size_t)EDI_LIMIT_EXTERNAL_NAME - strlen("sales.") + (size_t)past);
    expect(&text, past ? "E0425" : NULL);
    edi_buf_fini(&text);
  }
}

TEST(texts_are_as_long_as_the_limit)
{
  for (int past = 0; past < 2; past++) {
    edi_buf text;
    edi_buf_init(&text, NULL, 1 << 20);
    edi_buf_format(&text, "%steam:\n  name: ", head);
    fill(&text, 'n', (size_t)EDI_LIMIT_STRING + (size_t)past);
    expect(&text, past ? "E0428" : NULL);
    edi_buf_fini(&text);
  }
}

TEST(nesting_is_as_deep_as_the_limit)
{
  for (int past = 0; past < 2; past++) {
    edi_buf text;
    edi_buf_init(&text, NULL, 1 << 20);
    edi_buf_format(&text, "%sdescription: ", head);
    fill(&text, '[', (size_t)EDI_LIMIT_CONTRACT_DEPTH - 1 + (size_t)past);
    fill(&text, ']', (size_t)EDI_LIMIT_CONTRACT_DEPTH - 1 + (size_t)past);
    expect(&text, past ? "E0411" : NULL);
    edi_buf_fini(&text);
  }
}

TEST(a_document_has_parts_up_to_the_limit)
{
  for (int past = 0; past < 2; past++) {
    edi_buf text;
    edi_buf_init(&text, NULL, 1 << 22);
    /* The root, seven pairs, the key and the list: 17 before the items. */
    edi_buf_format(&text, "%sdescription: [", head);
    for (int i = 17; i < EDI_LIMIT_CONTRACT_NODES + past; i++) edi_buf_text(&text, "x,");
    edi_buf_text(&text, "]\n");
    expect(&text, past ? "E0412" : NULL);
    edi_buf_fini(&text);
  }
}

TEST(a_file_is_as_large_as_the_limit)
{
  for (int past = 0; past < 2; past++) {
    edi_buf text;
    edi_buf_init(&text, NULL, (size_t)EDI_LIMIT_CONTRACT_FILE + 2);
    edi_buf_format(&text, "%s#", head);
    fill(&text, '#', (size_t)EDI_LIMIT_CONTRACT_FILE + (size_t)past - text.len);
    expect(&text, past ? "E0400" : NULL);
    edi_buf_fini(&text);
  }
}

/* ---- several ---- */

static edict_status resolve_all(const char *const *texts, size_t count, edi_arena *arena,
                                edi_model *model, edict_diagnostics *d) {
  edi_contract_ast *contracts[4] = {NULL};
  for (size_t i = 0; i < count; i++) {
    char *path = edi_arena_copy(arena, "a.yaml", 6);
    path[0] = (char)('a' + i);
    edict_status status =
        edi_contract_parse(arena, edi_str_from(path), edi_str_from(texts[i]), &contracts[i], d);
    if (status != EDICT_OK) return status;
  }
  return edi_contract_resolve_all(arena, model, contracts, count, d);
}

#define CONTRACT(name)                                                                  \
  "apiVersion: v3.1.0\nkind: DataContract\nid: x\nversion: 1\nstatus: active\ndomain: " \
  "sales\nname: " name "\n"

TEST(contracts_stand_in_order_of_product_names)
{
  static const char *const texts[] = {CONTRACT("orders"), CONTRACT("baskets"), CONTRACT("returns")};
  edi_arena arena;
  edi_arena_init(&arena, NULL, CEILING);
  edict_diagnostics *d = edict_diagnostics_create();
  edi_model *model = small_model_create(&arena, "sales", d);
  CHECK_INT(resolve_all(texts, 3, &arena, model, d), EDICT_OK);
  CHECK_INT(model->contract_count, 3);
  CHECK(model->contract_count == 3 &&
        edi_str_equal(model->contracts[0].name, EDI_STR("sales.baskets")));
  CHECK(model->contract_count == 3 &&
        edi_str_equal(model->contracts[2].name, EDI_STR("sales.returns")));
  edict_diagnostics_destroy(&d);
  edi_arena_fini(&arena);
}

TEST(two_contracts_of_one_product_are_refused)
{
  static const char *const texts[] = {CONTRACT("orders"), CONTRACT("baskets"), CONTRACT("orders")};
  edi_arena arena;
  edi_arena_init(&arena, NULL, CEILING);
  edict_diagnostics *d = edict_diagnostics_create();
  edi_model *model = small_model_create(&arena, "sales", d);
  CHECK_INT(resolve_all(texts, 3, &arena, model, d), EDICT_FINDINGS);
  CHECK_INT(model->contract_count, 0);
  CHECK_INT(edict_diagnostics_count(d), 1);
  CHECK(edict_diagnostics_count(d) == 1 && strcmp(edict_diagnostics_code(d, 0), "E0440") == 0);
  edict_diagnostics_destroy(&d);
  edi_arena_fini(&arena);
}

TEST(a_federal_bundle_holds_contracts_of_any_domain)
{
  edi_arena arena;
  edi_arena_init(&arena, NULL, CEILING);
  edict_diagnostics *d = edict_diagnostics_create();
  edi_model *model = small_model_create(&arena, NULL, d);
  static const char *const texts[] = {CONTRACT("orders")};
  CHECK_INT(resolve_all(texts, 1, &arena, model, d), EDICT_OK);
  edict_diagnostics_destroy(&d);
  edi_arena_fini(&arena);
}

/* ---- the example ---- */

static void read_rules(edi_arena *arena, const char *name, edi_file_ast **file,
                       edict_diagnostics *d) {
  char path[256];
  size_t length = 0;
  snprintf(path, sizeof path, "tests/example/federal/%s", name);
  char *bytes = hostile_read(path, &length);
  REQUIRE(bytes != NULL);
  edi_str text = {edi_arena_copy(arena, bytes, length), length};
  CHECK_INT(edi_parse(arena, edi_str_from(name), text, file, d), EDICT_OK);
  free(bytes);
}

/* With the vocabulary as the checker gives it. */
TEST(the_examples_contract_is_resolved)
{
  edi_arena arena;
  edi_arena_init(&arena, NULL, CEILING);
  edict_diagnostics *d = edict_diagnostics_create();
  edi_file_ast *files[2] = {NULL};
  edi_project *project = NULL;
  edi_model *model = NULL;
  edi_contract_ast *contract = NULL;
  read_rules(&arena, "vocabulary.edict", &files[0], d);
  read_rules(&arena, "privacy.edict", &files[1], d);
  CHECK_INT(
      edi_project_load(&edi_system_posix, &arena, "tests/example/sales/edict.yaml", &project, d),
      EDICT_OK);
  REQUIRE(project && project->contract_count == 1 && files[0] && files[1]);
  CHECK_INT(edi_check_declarations(&arena, files, 2, 2, project->domain.text, &model, d), EDICT_OK);
  REQUIRE(model != NULL);
  edi_project_file *file = &project->contracts[0];
  CHECK_INT(edi_contract_parse(&arena, file->path, file->text, &contract, d), EDICT_OK);
  REQUIRE(contract != NULL);
  CHECK_INT(edi_contract_resolve_all(&arena, model, &contract, 1, d), EDICT_OK);
  for (size_t i = 0; i < edict_diagnostics_count(d); i++)
    HARNESS_FAIL("%s", edict_diagnostics_message(d, i));
  REQUIRE(model->contract_count == 1);
  edi_buf out;
  edi_buf_init(&out, NULL, 1 << 16);
  print_contract(model, &model->contracts[0], d, &out);
  CHECK(golden_matches("tests/golden/contract/example.facts", out.ptr, out.len));
  edi_buf_fini(&out);
  edict_diagnostics_destroy(&d);
  edi_arena_fini(&arena);
}

/* ---- memory ---- */

TEST(memory_that_fails_is_said_and_given_back)
{
  size_t length = 0;
  char *bytes = hostile_read("tests/golden/contract/columns.yaml", &length);
  REQUIRE(bytes != NULL);
  edict_diagnostics *d = edict_diagnostics_create();
  edi_arena model_arena;
  edi_arena_init(&model_arena, NULL, CEILING);
  edi_model *model = small_model_create(&model_arena, "sales", d);
  bool passed = false;
  for (size_t n = 1; n < 1000 && !passed; n++) {
    short_memory memory;
    edi_allocator allocator = short_memory_init(&memory, n);
    edi_arena arena;
    edi_arena_init(&arena, &allocator, CEILING);
    edi_contract_ast *contract = NULL;
    edi_contract_facts facts;
    edict_status status =
        edi_contract_parse(&arena, EDI_STR("c.yaml"), (edi_str){bytes, length}, &contract, d);
    if (status == EDICT_OK) status = edi_contract_resolve(&arena, model, contract, &facts, d);
    CHECK_INT(status, memory.failed ? EDICT_MEMORY : EDICT_OK);
    edi_arena_fini(&arena);
    CHECK_INT(memory.live, 0);
    CHECK_INT(memory.wrong, 0);
    passed = !memory.failed;
  }
  CHECK(passed);
  CHECK_INT(edict_diagnostics_errors(d), 0);
  edi_arena_fini(&model_arena);
  edict_diagnostics_destroy(&d);
  free(bytes);
}

HARNESS_MAIN
