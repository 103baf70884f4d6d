/* Containers: what is dropped with what, parts that are asked for alone, and values that go with their keys when the
 * entries of a map are put into order. */
#include "harness.h"

#include "edict/arrow.h"
#include "edict/event.h"
#include "support/mesh.h"

static const char contract[] = MESH_CONTRACT(
    "  - name: orders\n    customProperties:\n      - { property: classification, value: internal }\n    properties:\n"
    "      - { name: counts, logicalType: array, items: { logicalType: integer, tags: [ num.count ] } }\n"
    "      - { name: nested, logicalType: array, items: { logicalType: array, items: { logicalType: integer, tags: [ num.count ] } } }\n"
    "      - { name: values, logicalType: map, map: { key: { logicalType: string, tags: [ text ] }, value: { logicalType: integer, tags: [ num.count ] } } }\n"
    "      - { name: keys, logicalType: map, map: { key: { logicalType: integer, tags: [ num.count ] }, value: { logicalType: string, tags: [ text ] } } }\n"
    "      - { name: box, logicalType: object, properties: [ { name: n, logicalType: integer, tags: [ num.count ] }, { name: t, logicalType: string, tags: [ text ] } ] }\n"
    "      - { name: pairs, logicalType: array, items: { logicalType: object, properties: [ { name: n, logicalType: integer, tags: [ num.count ] }, { name: m, logicalType: string, tags: [ pii.name ] } ] } }\n");

static void open_with(mesh *m, const char *mask, const char *columns) {
  char rules[1024];
  snprintf(rules, sizeof rules, "rule open\n permit read\n on dataset classified <= internal\n because \"x\"\nrule counts\n mask column tagged num.count\n with %s\n because \"x\"\n", mask);
  mesh_init(m);
  mesh_federal(m, rules);
  mesh_domain(m, "sales", "", contract);
  mesh_open(m);
  mesh_subject(m, "");
  CHECK_INT(mesh_ask(m, "read", "orders", columns, "", "2026-11-20T10:00:00Z"), EDICT_OK);
}

static void says_of(const char *event, const char *mask, const char *columns, const char *expected) {
  edict_events *events;
  edict_row row;
  edict_text out;
  mesh m;
  open_with(&m, mask, columns);
  CHECK_INT(edict_events_create(m.decision, NULL, &events), EDICT_OK);
  CHECK_INT(edict_events_apply(events, event, strlen(event), &row, &out, NULL), EDICT_OK);
  CHECK_INT(row, EDICT_ROW_SHOWN);
  CHECK_TEXT(out.ptr, out.len, expected);
  edict_events_destroy(&events);
  mesh_fini(&m);
}

static void says(const char *mask, const char *columns, const char *expected) {
  says_of("{\"counts\":[1],\"nested\":[[1]],\"values\":{\"b\":1,\"a\":2},\"keys\":{\"10\":\"x\",\"9\":\"y\"},\"box\":{\"n\":1,\"t\":\"z\"}}", mask, columns, expected);
}

TEST(a_container_goes_with_what_it_cannot_be_without) {
  says("drop", "*", "{\"box\":{\"t\":\"z\"},\"pairs\":null}");
  says("keep", "*", "{\"counts\":[1],\"nested\":[[1]],\"values\":{\"a\":2,\"b\":1},\"keys\":{\"9\":\"y\",\"10\":\"x\"},\"box\":{\"n\":1,\"t\":\"z\"},\"pairs\":null}");
  says("null", "*", "{\"counts\":null,\"nested\":null,\"values\":{\"a\":null,\"b\":null},\"keys\":null,\"box\":{\"n\":null,\"t\":\"z\"},\"pairs\":null}");
}

/* A map goes by its keys; of an object each member is masked. */
TEST(a_list_of_nothing_but_defaults_is_empty) {
  says("default", "*", "{\"counts\":[],\"nested\":[],\"values\":{\"a\":999999999,\"b\":999999999},\"keys\":{},\"box\":{\"n\":999999999,\"t\":\"z\"},\"pairs\":null}");
  says("default if row[text] == \"z\"\n with keep otherwise", "counts keys box", "{\"counts\":[],\"keys\":{},\"box\":{\"n\":999999999,\"t\":\"z\"}}");
  says("default if row[text] == \"y\"\n with null otherwise", "counts keys box", "{\"counts\":[null],\"keys\":null,\"box\":{\"n\":null,\"t\":\"z\"}}");
  says("default", "keys[key]", "{\"keys\":null}");
}

/* What is not seen does not count. */
TEST(a_list_in_which_something_else_is_seen_has_its_items) {
  static const char pairs[] = "{\"pairs\":[{\"n\":1,\"m\":\"a\"},{\"n\":2}]}";
  says_of(pairs, "default", "pairs", "{\"pairs\":[{\"n\":999999999,\"m\":\"a\"},{\"n\":999999999,\"m\":null}]}");
  says_of(pairs, "default", "pairs[].n", "{\"pairs\":[]}");
  says_of(pairs, "default\n because \"x\"\nrule names\n mask column tagged pii.name\n with null", "pairs", "{\"pairs\":[]}");
  says_of(pairs, "default\n because \"x\"\nrule names\n mask column tagged pii.name\n with default(profile: bigquery)", "pairs", "{\"pairs\":[]}");
}

static const char nothing_there[] = "{\"counts\":null,\"nested\":null,\"values\":null,\"box\":null}";

TEST(null_stays_null_unless_all_hides_it) {
  says_of(nothing_there, "default", "*", "{\"counts\":null,\"nested\":null,\"values\":null,\"keys\":null,\"box\":null,\"pairs\":null}");
  says_of(nothing_there, "default(nulls: hide)", "counts nested values keys[key] keys[value] box", "{\"counts\":[],\"nested\":[],\"values\":null,\"keys\":null,\"box\":null}");
  says_of(nothing_there, "default(nulls: hide)", "box.n", "{\"box\":{\"n\":999999999}}");
  says_of(nothing_there, "const(7, nulls: hide)", "counts box.n", "{\"counts\":null,\"box\":{\"n\":7}}");
}

/* An item of another type is not looked at; an object in the place of a list is. */
TEST(what_is_of_another_form_is_null_nevertheless) {
  says_of("{\"counts\":[\"x\",{}],\"nested\":{\"a\":1},\"keys\":[1]}", "default", "counts nested keys", "{\"counts\":[],\"nested\":null,\"keys\":null}");
}

TEST(keys_or_values_alone_tell_nothing) {
  says("keep", "values[key]", "{\"values\":null}");
  says("keep", "values[value]", "{\"values\":null}");
  says("keep", "values[key] values[value]", "{\"values\":{\"a\":2,\"b\":1}}");
  says("keep", "box.t", "{\"box\":{\"t\":\"z\"}}");
}

static void no_schema(struct ArrowSchema *s) { s->release = NULL; }
static void no_array(struct ArrowArray *a) { a->release = NULL; }

/* Four entries whose first and last stay where they are: their numbers still go with their keys. */
TEST(values_go_with_their_keys) {
  static const char texts[] = "acbd";
  static const int32_t key_offsets[] = {0, 1, 2, 3, 4}, map_offsets[] = {0, 4};
  static const int64_t numbers[] = {110, 220, 330, 440};
  const void *none[1] = {NULL}, *map_buffers[2] = {NULL, map_offsets}, *key_buffers[3] = {NULL, key_offsets, texts}, *value_buffers[2] = {NULL, numbers};
  struct ArrowSchema key = {.format = "u", .name = "key", .release = no_schema}, value = {.format = "l", .name = "value", .release = no_schema}, *of_entries[2] = {&key, &value};
  struct ArrowSchema entries = {.format = "+s", .name = "entries", .n_children = 2, .children = of_entries, .release = no_schema}, *of_map[1] = {&entries};
  struct ArrowSchema map = {.format = "+m", .name = "values", .n_children = 1, .children = of_map, .release = no_schema}, *of_root[1] = {&map};
  struct ArrowSchema root = {.format = "+s", .name = "", .n_children = 1, .children = of_root, .release = no_schema};
  struct ArrowArray keys = {.length = 4, .n_buffers = 3, .buffers = key_buffers, .release = no_array}, values = {.length = 4, .n_buffers = 2, .buffers = value_buffers, .release = no_array};
  struct ArrowArray *entry_places[2] = {&keys, &values}, pairs = {.length = 4, .n_buffers = 1, .buffers = none, .n_children = 2, .children = entry_places, .release = no_array};
  struct ArrowArray *map_places[1] = {&pairs}, maps = {.length = 1, .n_buffers = 2, .buffers = map_buffers, .n_children = 1, .children = map_places, .release = no_array};
  struct ArrowArray *root_places[1] = {&maps}, batch = {.length = 1, .n_buffers = 1, .buffers = none, .n_children = 1, .children = root_places, .release = no_array}, out;
  edict_arrow *arrow;
  mesh m;
  open_with(&m, "round(100)", "*");
  REQUIRE(edict_arrow_create(m.decision, &root, NULL, &arrow, NULL) == EDICT_OK && edict_arrow_apply(arrow, &batch, NULL, &out, NULL) == EDICT_OK);
  const struct ArrowArray *told = out.children[0]->children[0];
  CHECK_INT(told->length, 4);
  CHECK(memcmp(told->children[0]->buffers[2], "abcd", 4) == 0);
  static const int64_t wanted[] = {100, 300, 200, 400};
  CHECK(memcmp(told->children[1]->buffers[1], wanted, sizeof wanted) == 0);
  out.release(&out);
  edict_arrow_destroy(&arrow);
  mesh_fini(&m);
}

HARNESS_MAIN
