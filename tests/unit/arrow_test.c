/* Arrow: batches by hand: what comes out and nothing else, what is refused, who owns what, the receipt. */
#include "harness.h"

#include "support/arrows.h"
#include "support/mesh.h"

#define RULE(name, effect, rest) "rule " name "\n " effect "\n" rest " because \"x\"\n"

static const char contract[] = MESH_CONTRACT(
    "  - name: orders\n    logicalType: object\n    physicalName: orders\n    customProperties:\n"
    "      - { property: classification, value: internal }\n    properties:\n"
    "      - { name: id, logicalType: integer, required: true, tags: [ plain ] }\n"
    "      - { name: email, physicalName: mail, logicalType: string, tags: [ pii.email ] }\n"
    "      - { name: phone, logicalType: string, tags: [ pii.phone ] }\n"
    "      - { name: country, logicalType: string, tags: [ geo.country ] }\n"
    "      - { name: notes, logicalType: array, tags: [ plain ] }\n"
    "      - { name: mail, physicalName: other, logicalType: string, tags: [ plain ] }\n");
enum { ID, EMAIL, PHONE, COUNTRY, NOTES, MAIL, COLUMNS };

static const char rules[] =
    RULE("open", "permit read", " on dataset classified <= internal\n")
    RULE("rows", "show only rows", " where row[geo.country] in subject.regions\n")
    RULE("mails", "mask column tagged pii.email\n with show-last(4)", "\n")
    RULE("phones", "mask column tagged pii.phone\n with drop", "\n");

typedef struct bench {
  mesh m;
  edi_arena arena;
  arrow_shape shape;
  struct ArrowSchema schema;
  struct ArrowArray batch;
  edict_diagnostics *d;
} bench;

static void begin(bench *b, const char *more, const char *shape) {
  char text[4096];
  snprintf(text, sizeof text, "%s%s", rules, more);
  memset(b, 0, sizeof *b);
  mesh_init(&b->m);
  mesh_federal(&b->m, text);
  mesh_domain(&b->m, "sales", "", contract);
  mesh_open(&b->m);
  mesh_subject(&b->m, "roles support; purposes service; regions de");
  CHECK_INT(mesh_ask(&b->m, "read", "orders", "*", "purpose support", "2026-11-20T10:00:00Z"), EDICT_OK);
  edi_arena_init(&b->arena, NULL, (size_t)1 << 24);
  b->d = edict_diagnostics_create();
  if (!arrow_shape_read(shape, &b->arena, &b->shape)) abort();
  arrow_schema_of(&b->shape, &b->arena, &b->schema);
}

static void end(bench *b) {
  edict_diagnostics_destroy(&b->d);
  edi_arena_fini(&b->arena);
  mesh_fini(&b->m);
}

static bool has_code(const bench *b, const char *code) {
  for (size_t i = 0; i < edict_diagnostics_count(b->d); i++)
    if (strcmp(edict_diagnostics_code(b->d, i), code) == 0) return true;
  return false;
}

/* ---- a batch by hand ---- */

static void no_release(struct ArrowArray *a) { a->release = NULL; }

static const int64_t ids[] = {11, 22, 33, 44};
static const int32_t mail_offsets[] = {0, 15, 30, 43, 43};
static const char mails[] = "ann@secret.exambob@hidden.examcarl@shown.ex";
static const unsigned char mail_valid[] = {0x07};
static const int32_t phone_offsets[] = {0, 4, 8, 12, 16};
static const char phones[] = "5551555255535554";
static const int32_t country_offsets[] = {0, 2, 4, 6, 8};
static const char countries[] = "defrdede";

typedef struct hand { struct ArrowArray root, columns[4], *places[4]; const void *buffers[4][3], *none[1]; } hand;

static void by_hand(hand *h) {
  memset(h, 0, sizeof *h);
  const void *buffers[4][3] = {{NULL, ids}, {mail_valid, mail_offsets, mails}, {NULL, phone_offsets, phones}, {NULL, country_offsets, countries}};
  memcpy(h->buffers, buffers, sizeof buffers);
  for (size_t i = 0; i < 4; i++) {
    h->columns[i] = (struct ArrowArray){.length = 4, .null_count = i == 1, .n_buffers = i ? 3 : 2, .buffers = h->buffers[i], .release = no_release};
    h->places[i] = &h->columns[i];
  }
  h->root = (struct ArrowArray){.length = 4, .n_buffers = 1, .buffers = h->none, .n_children = 4, .children = h->places, .release = no_release};
}
#define HAND "|+s{id|l;mail|u;phone|u;country|u}"

static void look_for(void *user, const void *bytes, size_t length) {
  static const char *const raw[] = {"secret", "hidden", "carl", "5551", "5552", "5553", "bob"};
  for (size_t i = 0; i < sizeof raw / sizeof *raw; i++)
    for (size_t at = 0; at + strlen(raw[i]) <= length; at++)
      if (memcmp((const char *)bytes + at, raw[i], strlen(raw[i])) == 0) ++*(int *)user;
}

static edi_arrow_type type_of(bench *b, const struct ArrowSchema *schema) {
  edi_arrow_type type;
  if (edi_arrow_type_read(schema, &b->arena, &type, NULL) != EDICT_OK) abort();
  return type;
}

TEST(a_batch_by_hand) {
  bench b;
  hand h;
  edict_arrow *arrow;
  struct ArrowSchema schema;
  struct ArrowArray out;
  int found = 0;
  begin(&b, "", HAND);
  by_hand(&h);
  REQUIRE(edict_arrow_create(b.m.decision, &b.schema, NULL, &arrow, b.d) == EDICT_OK);
  CHECK(edict_diagnostics_count(b.d) == 2 && has_code(&b, "R0444")); /* notes and mail were asked for */
  CHECK_INT(edict_arrow_schema(arrow, &schema), EDICT_OK);
  CHECK_INT(schema.n_children, 3); /* phone is dropped */
  CHECK(strcmp(schema.format, "+s") == 0 && strcmp(schema.children[0]->name, "id") == 0 && strcmp(schema.children[1]->name, "email") == 0); /* as the contract calls it */
  REQUIRE(edict_arrow_apply(arrow, &h.root, NULL, &out, b.d) == EDICT_OK);
  CHECK(out.length == 3 && out.n_children == 3 && out.offset == 0 && out.null_count == 0);
  static const int64_t shown[] = {11, 33, 44};
  CHECK(memcmp(out.children[0]->buffers[1], shown, sizeof shown) == 0 && out.children[0]->buffers[0] == NULL);
  static const int32_t offsets[] = {0, 15, 28, 28};
  CHECK(memcmp(out.children[1]->buffers[1], offsets, sizeof offsets) == 0);
  CHECK_TEXT(out.children[1]->buffers[2], 28, "***********exam*********n.ex");
  CHECK_INT(out.children[1]->null_count, 1);
  edi_arrow_type type = type_of(&b, &schema);
  arrow_each_buffer(&type, &out, look_for, &found);
  CHECK_INT(found, 0);
  CHECK(h.root.release && h.columns[0].release); /* what came in is still its owner's */
  out.release(&out);
  schema.release(&schema);
  edict_arrow_destroy(&arrow);
  edict_arrow_destroy(&arrow);
  end(&b);
}

/* ---- owners ---- */

/* Any part may be moved away, outlives the rest, and is released by itself. */
TEST(parts_are_moved) {
  bench b;
  hand h;
  edict_arrow *arrow;
  struct ArrowSchema schema, field;
  struct ArrowArray out, column;
  begin(&b, "", HAND);
  by_hand(&h);
  REQUIRE(edict_arrow_create(b.m.decision, &b.schema, NULL, &arrow, b.d) == EDICT_OK);
  CHECK_INT(edict_arrow_schema(arrow, &schema), EDICT_OK);
  CHECK_INT(edict_arrow_apply(arrow, &h.root, NULL, &out, b.d), EDICT_OK);
  edict_arrow_destroy(&arrow);
  column = *out.children[0];
  out.children[0]->release = NULL;
  field = *schema.children[1];
  schema.children[1]->release = NULL;
  out.release(&out);
  schema.release(&schema);
  CHECK(!out.release && !schema.release);
  CHECK(((const int64_t *)column.buffers[1])[2] == 44);
  CHECK(strcmp(field.name, "email") == 0 && strcmp(field.format, "u") == 0);
  column.release(&column);
  field.release(&field);
  CHECK(!column.release && !field.release);
  end(&b);
}

/* ---- what is refused ---- */

TEST(schemas_that_are_refused) {
  static const struct { const char *shape, *code; edict_status status; } cases[] = {
      {"|l", "R0440", EDICT_FORMAT},
      {"|+s{id|}", "R0440", EDICT_FORMAT},
      {"|+s{id|q}", "R0440", EDICT_FORMAT},
      {"|+s{id|ll}", "R0440", EDICT_FORMAT},
      {"|+s{id|d:}", "R0440", EDICT_FORMAT},
      {"|+s{id|d:0,0}", "R0440", EDICT_FORMAT},
      {"|+s{id|d:39,2}", "R0440", EDICT_FORMAT},
      {"|+s{id|d:38,2,12}", "R0440", EDICT_FORMAT},
      {"|+s{id|d:77,2,256}", "R0440", EDICT_FORMAT},
      {"|+s{id|w:-1}", "R0440", EDICT_FORMAT},
      {"|+s{id|w:2147483648}", "R0440", EDICT_FORMAT},
      {"|+s{id|+l}", "R0440", EDICT_FORMAT},
      {"|+s{id|+l{a|l;b|l}}", "R0440", EDICT_FORMAT},
      {"|+s{id|+m{a|l}}", "R0440", EDICT_FORMAT},
      {"|+s{id|+m{a|+s{b|l}}}", "R0440", EDICT_FORMAT},
      {"|+s{id|l{a|l}}", "R0440", EDICT_FORMAT},
      {"|+s{id|u=|u}", "R0440", EDICT_FORMAT},
      {"|+s{id|g=|u}", "R0440", EDICT_FORMAT},
      {"|+s{id|l;id|l}", "R0440", EDICT_FORMAT},
      {"|+s{mail|u;email|u}", "R0440", EDICT_FORMAT},
      {"|+s{\xff|u}", "R0440", EDICT_FORMAT},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    bench b;
    edict_arrow *arrow = NULL;
    begin(&b, "", cases[i].shape);
    edict_status status = edict_arrow_create(b.m.decision, &b.schema, NULL, &arrow, b.d);
    if (status != cases[i].status || !has_code(&b, cases[i].code) || arrow)
      HARNESS_FAIL("%s: %s", cases[i].shape, edict_status_name(status));
    edict_arrow_destroy(&arrow);
    end(&b);
  }
}

static edict_status depth_of(size_t depth, bench *b) {
  char shape[4096] = "|+s{notes|", *at = shape + strlen(shape);
  edict_arrow *arrow = NULL;
  for (size_t i = 0; i < depth; i++) at += sprintf(at, "+l{|");
  at += sprintf(at, "l");
  for (size_t i = 0; i < depth + 1; i++) *at++ = '}';
  *at = '\0';
  begin(b, "", shape);
  edict_status status = edict_arrow_create(b->m.decision, &b->schema, NULL, &arrow, b->d);
  edict_arrow_destroy(&arrow);
  return status;
}

/* The struct itself is at depth 0, its fields at 1. */
TEST(limits_of_schemas) {
  bench b;
  CHECK_INT(depth_of(EDI_LIMIT_ARROW_DEPTH - 1, &b), EDICT_OK);
  end(&b);
  CHECK_INT(depth_of(EDI_LIMIT_ARROW_DEPTH, &b), EDICT_LIMIT);
  CHECK(has_code(&b, "R0441"));
  end(&b);
  for (size_t more = 0; more < 2; more++) {
    begin(&b, "", "|+s{id|l}");
    size_t fields = EDI_LIMIT_ARROW_FIELDS - 1 + more; /* and the struct itself */
    struct ArrowSchema *one = b.schema.children[0], **many = EDI_NEW_ARRAY(&b.arena, struct ArrowSchema *, fields), x = *one;
    edict_arrow *arrow = NULL;
    x.name = "x";
    for (size_t i = 0; i < fields; i++) many[i] = i ? &x : one;
    b.schema.children = many;
    b.schema.n_children = (int64_t)fields;
    CHECK_INT(edict_arrow_create(b.m.decision, &b.schema, NULL, &arrow, NULL), more ? EDICT_LIMIT : EDICT_OK);
    edict_arrow_destroy(&arrow);
    end(&b);
  }
}

static const void *one_null[2];

TEST(batches_that_are_refused) {
  static const int32_t backwards[] = {0, 15, 10, 43, 43}, negative[] = {-1, 15, 30, 43, 43};
  bench b;
  hand h;
  edict_arrow *arrow;
  begin(&b, "", HAND);
  REQUIRE(edict_arrow_create(b.m.decision, &b.schema, NULL, &arrow, b.d) == EDICT_OK);
#define REFUSED(change)                                                                     \
  do {                                                                                      \
    struct ArrowArray out = {.release = no_release};                                        \
    by_hand(&h);                                                                            \
    edict_diagnostics_clear(b.d);                                                           \
    change;                                                                                 \
    CHECK_INT(edict_arrow_apply(arrow, &h.root, NULL, &out, b.d), EDICT_FORMAT);            \
    if (!has_code(&b, "R0442") || out.release) HARNESS_FAIL("%s is not refused", #change);  \
  } while (0)
  REFUSED(h.root.release = NULL);
  REFUSED(h.root.length = -1);
  REFUSED(h.root.offset = -1);
  REFUSED(h.root.offset = 1); /* its columns are too short */
  REFUSED(h.root.n_children = 3);
  REFUSED(h.root.children = NULL);
  REFUSED(h.root.n_buffers = 0);
  REFUSED(h.root.buffers = NULL);
  REFUSED(h.root.null_count = 1);
  REFUSED((h.root.length = INT64_MAX, h.root.offset = 1));
  REFUSED(h.none[0] = mail_valid); /* a row that is null */
  REFUSED(h.columns[0].release = NULL);
  REFUSED(h.columns[0].length = 3);
  REFUSED(h.columns[0].length = -4);
  REFUSED(h.columns[0].offset = INT64_MIN);
  REFUSED((h.columns[0].offset = INT64_MAX, h.columns[0].length = INT64_MAX));
  REFUSED(h.columns[0].n_buffers = 3);
  REFUSED(h.columns[0].buffers = one_null);
  REFUSED(h.columns[0].null_count = -2);
  REFUSED(h.columns[0].null_count = 5);
  REFUSED(h.columns[0].null_count = 1); /* and no bitmap */
  REFUSED(h.columns[0].dictionary = &h.columns[1]);
  REFUSED((h.columns[0].n_children = 1, h.columns[0].children = h.places));
  REFUSED(h.buffers[1][1] = backwards);
  REFUSED(h.buffers[1][1] = negative);
  REFUSED(h.buffers[1][1] = NULL);
  REFUSED(h.buffers[1][2] = NULL);
  edict_arrow_destroy(&arrow);
  end(&b);
}

/* With the sizes of its buffers nothing is read beyond them. */
TEST(sizes_of_buffers) {
  bench b;
  hand h;
  edict_arrow *arrow;
  begin(&b, "", HAND);
  REQUIRE(edict_arrow_create(b.m.decision, &b.schema, NULL, &arrow, b.d) == EDICT_OK);
  static const int64_t good[] = {0, 0, 32, 1, 20, 43, 0, 20, 16, 0, 20, 8};
  for (size_t i = 0; i <= 12; i++) {
    struct ArrowArray out;
    int64_t bytes[13];
    memcpy(bytes, good, sizeof good);
    edict_arrow_sizes sizes = {bytes, 12};
    by_hand(&h);
    if (i < 12) bytes[i] -= 1;
    CHECK_INT(edict_arrow_apply(arrow, &h.root, &sizes, &out, b.d), i < 12 ? EDICT_FORMAT : EDICT_OK);
    if (out.release) out.release(&out);
    sizes.count = i;
    if (i < 12) CHECK_INT(edict_arrow_apply(arrow, &h.root, &sizes, &out, b.d), EDICT_FORMAT);
    sizes.count = 13;
    if (i < 12) bytes[i] += 1;
    bytes[12] = 0;
    CHECK_INT(edict_arrow_apply(arrow, &h.root, &sizes, &out, b.d), EDICT_FORMAT);
  }
  edict_arrow_destroy(&arrow);
  end(&b);
}

/* ---- what is told, and when it is of no more use ---- */

TEST(warnings_of_a_schema) {
  bench b;
  edict_arrow *arrow;
  struct ArrowSchema schema;
  begin(&b, "", "|+s{id|l;nobody|u;notes|+r{a|i;b|u}}");
  REQUIRE(edict_arrow_create(b.m.decision, &b.schema, NULL, &arrow, b.d) == EDICT_OK);
  CHECK(has_code(&b, "R0443") && has_code(&b, "R0444") && has_code(&b, "R0445"));
  CHECK_INT(edict_arrow_schema(arrow, &schema), EDICT_OK);
  CHECK(schema.n_children == 2 && strcmp(schema.children[1]->format, "n") == 0);
  schema.release(&schema);
  edict_arrow_destroy(&arrow);
  end(&b);
}

TEST(a_decision_made_anew) {
  bench b;
  hand h;
  edict_arrow *arrow;
  struct ArrowArray out;
  begin(&b, "", HAND);
  by_hand(&h);
  REQUIRE(edict_arrow_create(b.m.decision, &b.schema, NULL, &arrow, b.d) == EDICT_OK);
  CHECK_INT(mesh_ask(&b.m, "read", "orders", "*", "purpose support", "2026-11-20T10:00:00Z"), EDICT_OK);
  CHECK_INT(edict_arrow_apply(arrow, &h.root, NULL, &out, b.d), EDICT_ARGUMENT);
  CHECK(!out.release);
  edict_arrow_destroy(&arrow);
  /* A deny shows nothing: no column, no row. */
  struct ArrowSchema schema;
  CHECK_INT(mesh_ask(&b.m, "download", "orders", "*", "purpose support", "2026-11-20T10:00:00Z"), EDICT_OK);
  REQUIRE(edict_arrow_create(b.m.decision, &b.schema, NULL, &arrow, b.d) == EDICT_OK);
  CHECK_INT(edict_arrow_schema(arrow, &schema), EDICT_OK);
  CHECK_INT(schema.n_children, 0);
  CHECK_INT(edict_arrow_apply(arrow, &h.root, NULL, &out, b.d), EDICT_OK);
  CHECK(out.length == 0 && out.n_children == 0);
  out.release(&out);
  schema.release(&schema);
  edict_arrow_destroy(&arrow);
  CHECK_INT(edict_arrow_create(NULL, &b.schema, NULL, &arrow, b.d), EDICT_ARGUMENT);
  CHECK_INT(edict_arrow_create(b.m.decision, NULL, NULL, &arrow, b.d), EDICT_ARGUMENT);
  edict_decision_forget(b.m.decision);
  CHECK_INT(edict_arrow_create(b.m.decision, &b.schema, NULL, &arrow, b.d), EDICT_ARGUMENT);
  end(&b);
}

/* ---- memory ---- */

TEST(a_ceiling_for_what_comes_out) {
  bench b;
  hand h;
  edict_arrow *arrow;
  struct ArrowArray out;
  bool passed = false;
  begin(&b, "", HAND);
  by_hand(&h);
  for (uint64_t memory = 1; memory < 8192; memory += 61) {
    edict_arrow_options options = {.size = sizeof options, .memory = memory};
    REQUIRE(edict_arrow_create(b.m.decision, &b.schema, &options, &arrow, b.d) == EDICT_OK);
    edict_status status = edict_arrow_apply(arrow, &h.root, NULL, &out, b.d);
    CHECK(status == (passed ? EDICT_OK : status == EDICT_OK ? EDICT_OK : EDICT_LIMIT));
    passed = passed || status == EDICT_OK;
    if (out.release) out.release(&out);
    edict_arrow_destroy(&arrow);
  }
  CHECK(passed);
  end(&b);
}

/* A column of long texts under a mask needs twice what comes out of it, a longest text, and no more; the same comes out as
 * with all the memory there is. One column alone is longer than what is masked at once. */
TEST(long_texts_need_twice_what_comes_out) {
  enum { MANY = 2500, LONG = 2100 }; /* a chunk is a little longer than a desk that grows by four */
  static char long_texts[MANY * LONG];
  static int64_t numbers[MANY];
  static int32_t ends[3][MANY + 1];
  static char places[MANY * 2 + 1];
  bench b;
  hand h;
  edict_arrow *arrow;
  struct ArrowArray out[2];
  edict_status status[3];
  const uint64_t memory[3] = {0, (uint64_t)MANY * LONG * 21 / 10, (uint64_t)MANY * LONG * 9 / 10};
  begin(&b, "", HAND);
  by_hand(&h);
  for (size_t i = 0; i < sizeof long_texts; i++) long_texts[i] = (char)('a' + i * 7919 % 26);
  for (int32_t i = 0; i <= MANY; i++) ends[0][i] = i * LONG, ends[1][i] = 0, ends[2][i] = 2 * i;
  for (size_t i = 0; i < MANY; i++) memcpy(places + 2 * i, "de", 2);
  const void *buffers[4][3] = {{NULL, numbers}, {NULL, ends[0], long_texts}, {NULL, ends[1], places}, {NULL, ends[2], places}};
  memcpy(h.buffers, buffers, sizeof buffers);
  h.root.length = MANY;
  for (size_t i = 0; i < 4; i++) h.columns[i].length = MANY, h.columns[i].null_count = 0;
  for (size_t i = 0; i < 3; i++) {
    edict_arrow_options options = {.size = sizeof options, .memory = memory[i]};
    struct ArrowArray spare = {0}, *to = i < 2 ? &out[i] : &spare;
    REQUIRE(edict_arrow_create(b.m.decision, &b.schema, &options, &arrow, b.d) == EDICT_OK);
    status[i] = edict_arrow_apply(arrow, &h.root, NULL, to, b.d);
    edict_arrow_destroy(&arrow);
  }
  REQUIRE(status[0] == EDICT_OK && status[1] == EDICT_OK);
  CHECK_INT(status[2], EDICT_LIMIT);
  const struct ArrowArray *all = out[0].children[1], *few = out[1].children[1];
  CHECK(out[1].length == MANY && memcmp(all->buffers[1], few->buffers[1], (MANY + 1) * sizeof(int32_t)) == 0);
  CHECK(memcmp(all->buffers[2], few->buffers[2], (size_t)MANY * LONG) == 0);
  CHECK(memcmp((const char *)few->buffers[2] + LONG - 4, long_texts + LONG - 4, 4) == 0 && *(const char *)few->buffers[2] == '*');
  for (size_t i = 0; i < 2; i++) out[i].release(&out[i]);
  end(&b);
}

/* ---- the receipt ---- */

TEST(a_receipt) {
  bench b;
  hand h;
  edict_arrow *arrow;
  struct ArrowArray out;
  edict_receipt first = {.size = sizeof first}, second = {.size = sizeof second};
  static const char damaged[] = "ann@secret.exambob@hidden.examcarl@\xff\xffown.ex";
  begin(&b, "", HAND);
  by_hand(&h);
  h.buffers[1][2] = damaged;
  REQUIRE(edict_arrow_create(b.m.decision, &b.schema, NULL, &arrow, b.d) == EDICT_OK);
  for (int i = 0; i < 2; i++) {
    CHECK_INT(edict_arrow_apply(arrow, &h.root, NULL, &out, b.d), EDICT_OK);
    CHECK_INT(out.children[1]->null_count, 2);
    out.release(&out);
  }
  CHECK_INT(edict_decision_receipt(b.m.decision, &first), EDICT_OK);
  CHECK(first.rows_in == 8 && first.rows_out == 6 && first.number == 1 && first.column_count == COLUMNS);
  CHECK(first.columns[EMAIL].column == EMAIL && strcmp(first.columns[EMAIL].transform, "show-last") == 0 && first.columns[EMAIL].failed == 2);
  CHECK(strcmp(first.columns[ID].transform, "keep") == 0 && first.columns[ID].failed == 0);
  /* Rows count too, and a batch that was refused does not. */
  h.root.length = -1;
  CHECK_INT(edict_arrow_apply(arrow, &h.root, NULL, &out, b.d), EDICT_FORMAT);
  edict_cell in[COLUMNS] = {{0}}, cells[COLUMNS];
  edict_row row;
  char memory[64];
  in[COUNTRY] = mesh_text("de");
  in[EMAIL] = mesh_text("\xff");
  CHECK_INT(edict_decision_apply_row(b.m.decision, in, COLUMNS, cells, memory, sizeof memory, &row), EDICT_OK);
  CHECK_INT(edict_decision_receipt(b.m.decision, &second), EDICT_OK);
  CHECK(second.rows_in == 1 && second.rows_out == 1 && second.number == 2 && second.columns[EMAIL].failed == 1);
  CHECK(memcmp(first.plan, second.plan, sizeof first.plan) == 0);
  edict_arrow_destroy(&arrow);
  CHECK_INT(mesh_ask(&b.m, "read", "orders", "id", "purpose support", "2026-11-20T10:00:00Z"), EDICT_OK);
  CHECK_INT(edict_decision_receipt(b.m.decision, &second), EDICT_OK);
  CHECK(second.rows_in == 0 && second.number == 1 && second.column_count == 1 && memcmp(first.plan, second.plan, sizeof first.plan) != 0);
  second.size--;
  CHECK_INT(edict_decision_receipt(b.m.decision, &second), EDICT_ARGUMENT);
  end(&b);
}

HARNESS_MAIN
