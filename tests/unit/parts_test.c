/* Parts: what lies inside of columns is masked by itself; a container as one cell is never more open than they. */
#include "harness.h"

#include "support/arrows.h"
#include "support/mesh.h"

static const char contract[] = MESH_CONTRACT(
    "  - name: orders\n"
    "    customProperties:\n"
    "      - { property: classification, value: internal }\n"
    "    properties:\n"
    "      - { name: amount, logicalType: integer, tags: [ num.count ] }\n"
    "      - name: address\n"
    "        logicalType: object\n"
    "        tags: [ plain ]\n"
    "        properties:\n"
    "          - { name: country, logicalType: string, tags: [ geo.country ] }\n"
    "          - { name: city, logicalType: string }\n"
    "          - name: phones\n"
    "            logicalType: array\n"
    "            items: { logicalType: object, properties: [ { name: number, logicalType: string, tags: [ pii.phone ] } ] }\n"
    "      - name: loose\n"
    "        logicalType: object\n"
    "        properties:\n"
    "          - { name: known, logicalType: string, tags: [ plain ] }\n"
    "          - { name: unknown, logicalType: string }\n"
    "      - { name: prefs, logicalType: map, tags: [ text ], map: { key: { logicalType: string }, value: { logicalType: string } } }\n");

static const char rules[] =
    "rule reads\n permit read\n on dataset classified <= internal\n because \"x\"\n"
    "rule phones\n mask column tagged pii.phone\n with show-last(2)\n because \"x\"\n"
    "rule cities\n mask column named \"address.city\"\n with show-first(1)\n when subject.roles has analyst\n because \"x\"\n"
    "rule all-of-prefs\n mask column named \"prefs\"\n with redact\n because \"x\"\n"
    "rule here\n show only rows\n where row[geo.country] in subject.regions\n because \"x\"\n";

static mesh m;

__attribute__((constructor)) static void set_up(void) {
  mesh_init(&m);
  mesh_federal(&m, rules);
  mesh_domain(&m, "sales", "", contract);
  mesh_open(&m);
  mesh_subject(&m, "roles analyst; regions de");
}
__attribute__((destructor)) static void tear_down(void) { mesh_fini(&m); }

static const char *mask_of(const char *column) {
  const char *arguments;
  return edict_decision_column(m.decision, mesh_column(&m, "orders", column), &arguments);
}

TEST(parts_stand_behind_the_columns_and_know_their_place) {
  static const struct { const char *name, *physical, *type, *parent; edict_column_role role; int repeated; size_t parts; } wanted[] = {
      {"amount", "amount", "int", NULL, EDICT_COLUMN_FIELD, 0, 0},
      {"address", "address", "object", NULL, EDICT_COLUMN_FIELD, 0, 5},
      {"loose", "loose", "object", NULL, EDICT_COLUMN_FIELD, 0, 2},
      {"prefs", "prefs", "map", NULL, EDICT_COLUMN_FIELD, 0, 2},
      {"address.country", "country", "string", "address", EDICT_COLUMN_FIELD, 0, 0},
      {"address.city", "city", "string", "address", EDICT_COLUMN_FIELD, 0, 0},
      {"address.phones", "phones", "array", "address", EDICT_COLUMN_FIELD, 0, 2},
      {"address.phones[]", "", "object", "address.phones", EDICT_COLUMN_ITEM, 1, 1},
      {"address.phones[].number", "number", "string", "address.phones[]", EDICT_COLUMN_FIELD, 1, 0},
      {"loose.known", "known", "string", "loose", EDICT_COLUMN_FIELD, 0, 0},
      {"loose.unknown", "unknown", "string", "loose", EDICT_COLUMN_FIELD, 0, 0},
      {"prefs[key]", "", "string", "prefs", EDICT_COLUMN_KEY, 1, 0},
      {"prefs[value]", "", "string", "prefs", EDICT_COLUMN_VALUE, 1, 0},
  };
  size_t count = sizeof wanted / sizeof *wanted;
  CHECK_INT(edict_product_column_count(m.product, 0), count);
  CHECK_INT(edict_product_top_column_count(m.product, 0), 4);
  for (size_t i = 0; i < count; i++) {
    edict_column_info info;
    REQUIRE(edict_product_column_info(m.product, 0, i, &info) == EDICT_OK);
    CHECK(strcmp(info.name, wanted[i].name) == 0 && strcmp(info.physical_name, wanted[i].physical) == 0);
    CHECK(strcmp(info.type, wanted[i].type) == 0);
    CHECK_INT(info.role, wanted[i].role);
    CHECK_INT(info.repeated, wanted[i].repeated);
    CHECK_INT(info.part_count, wanted[i].parts);
    CHECK(info.parent == (wanted[i].parent ? edict_product_column(m.product, 0, wanted[i].parent) : SIZE_MAX));
    for (size_t p = 0; p < info.part_count; p++) {
      edict_column_info part;
      REQUIRE(edict_product_column_info(m.product, 0, info.first_part + p, &part) == EDICT_OK);
      CHECK(strncmp(part.name, info.name, strlen(info.name)) == 0);
    }
  }
}

TEST(whoever_asks_for_a_container_asks_for_its_parts) {
  CHECK_INT(mesh_ask(&m, "read", "orders", "address prefs", "", "2026-11-20T10:00:00Z"), EDICT_OK);
  CHECK_INT(edict_decision_effect(m.decision), EDICT_PERMIT);
  CHECK(strcmp(mask_of("address.country"), "keep") == 0); /* the tag of the container is enough to be served */
  CHECK(strcmp(mask_of("address.city"), "show-first") == 0);
  CHECK(strcmp(mask_of("address.phones[].number"), "show-last") == 0);
  CHECK(strcmp(mask_of("prefs[key]"), "redact") == 0); /* what is said of a column by name is said of all in it */
  CHECK(strcmp(mask_of("prefs[value]"), "redact") == 0);
  CHECK(strcmp(mask_of("amount"), "null") == 0); /* nobody asked */
  CHECK(strcmp(mask_of("loose.known"), "null") == 0);
}

TEST(a_part_may_be_asked_for_alone) {
  CHECK_INT(mesh_ask(&m, "read", "orders", "address.city loose.known", "", "2026-11-20T10:00:00Z"), EDICT_OK);
  CHECK(strcmp(mask_of("address.city"), "show-first") == 0);
  CHECK(strcmp(mask_of("loose.known"), "keep") == 0);
  CHECK(strcmp(mask_of("address"), "null") == 0);
  CHECK(strcmp(mask_of("address.country"), "null") == 0);
}

/* A host that cannot look inside gets the bottom where anything inside is masked or closed. */
TEST(a_container_is_as_closed_as_what_is_in_it) {
  CHECK_INT(mesh_ask(&m, "read", "orders", "*", "", "2026-11-20T10:00:00Z"), EDICT_OK);
  CHECK(strcmp(mask_of("address"), "null") == 0);
  CHECK(strcmp(mask_of("prefs"), "null") == 0);
  CHECK(strcmp(mask_of("loose.unknown"), "null") == 0); /* no tag: closed */
  CHECK(strcmp(mask_of("loose"), "null") == 0);
  CHECK(strcmp(mask_of("loose.known"), "keep") == 0);
}

TEST(rules_read_what_is_in_objects) {
  size_t count = edict_product_column_count(m.product, 0), country = mesh_column(&m, "orders", "address.country");
  edict_cell in[16] = {{0}}, out[16];
  char memory[256];
  edict_row row;
  CHECK_INT(mesh_ask(&m, "read", "orders", "address.city", "", "2026-11-20T10:00:00Z"), EDICT_OK);
  CHECK(edict_decision_reads(m.decision, country));
  in[mesh_column(&m, "orders", "address.city")] = mesh_text("Berlin");
  in[country] = mesh_text("de");
  CHECK_INT(edict_decision_apply_row(m.decision, in, count, out, memory, sizeof memory, &row), EDICT_OK);
  CHECK_INT(row, EDICT_ROW_SHOWN);
  edict_cell city = out[mesh_column(&m, "orders", "address.city")];
  CHECK(city.len == 6 && memcmp(city.ptr, "B*****", 6) == 0);
  in[country] = (edict_cell){0}; /* a host that does not look inside: unknown, and so hidden */
  CHECK_INT(edict_decision_apply_row(m.decision, in, count, out, memory, sizeof memory, &row), EDICT_OK);
  CHECK_INT(row, EDICT_ROW_HIDDEN);
}

/* Cells of what is repeated are none that rules read, whatever a host puts there. */
TEST(what_a_row_has_many_of_is_unknown_to_rules) {
  mesh r;
  mesh_init(&r);
  mesh_federal(&r, "rule reads\n permit read\n on dataset classified <= internal\n because \"x\"\n"
                   "rule here\n show only rows\n where row[geo.country] in subject.regions\n because \"x\"\n");
  mesh_domain(&r, "sales", "", MESH_CONTRACT("  - name: orders\n    customProperties:\n      - { property: classification, value: internal }\n"
              "    properties:\n      - { name: seen, logicalType: array, items: { logicalType: string, tags: [ geo.country ] } }\n"));
  mesh_open(&r);
  mesh_subject(&r, "regions de");
  CHECK_INT(mesh_ask(&r, "read", "orders", "*", "", "2026-11-20T10:00:00Z"), EDICT_OK);
  edict_cell in[2] = {mesh_text("de"), mesh_text("de")}, out[2];
  char memory[64];
  edict_row row;
  CHECK_INT(edict_decision_apply_row(r.decision, in, 2, out, memory, sizeof memory, &row), EDICT_OK);
  CHECK_INT(row, EDICT_ROW_HIDDEN);
  mesh_fini(&r);
}

/* A field of a batch that is called as a part is in its container is no column. */
TEST(a_part_is_no_field_of_a_batch) {
  edi_arena arena;
  arrow_shape shape;
  struct ArrowSchema schema;
  edict_arrow *arrow = NULL;
  edict_diagnostics *d = edict_diagnostics_create();
  edi_arena_init(&arena, NULL, (size_t)1 << 24);
  REQUIRE(arrow_shape_read("|+s{amount|l;city|u}", &arena, &shape));
  arrow_schema_of(&shape, &arena, &schema);
  CHECK_INT(mesh_ask(&m, "read", "orders", "amount address.city", "", "2026-11-20T10:00:00Z"), EDICT_OK);
  CHECK_INT(edict_arrow_create(m.decision, &schema, NULL, &arrow, d), EDICT_OK);
  CHECK_INT(edict_diagnostics_count(d), 1);
  CHECK(strcmp(edict_diagnostics_code(d, 0), "R0443") == 0);
  edict_arrow_destroy(&arrow);
  edict_diagnostics_destroy(&d);
  edi_arena_fini(&arena);
}

HARNESS_MAIN
