/* Batch: rows of a batch selected and masked as alone, for types that few rules speak of; what is refused; memory. */
#include "harness.h"

#include "support/mesh.h"
#include "support/random_batch.h"

#define RULE(name, effect, rest) "rule " name "\n " effect "\n" rest " because \"x\"\n"
#define OPEN                     RULE("open", "permit read", " on dataset classified <= internal\n")

static const char contract[] = MESH_CONTRACT(
    "  - name: orders\n    logicalType: object\n    physicalName: orders\n    customProperties:\n"
    "      - { property: classification, value: internal }\n    properties:\n"
    "      - { name: id, logicalType: integer, required: true, tags: [ plain ] }\n"
    "      - { name: email, logicalType: string, tags: [ pii.email ] }\n"
    "      - { name: at, logicalType: timestamp, tags: [ time.collected ] }\n"
    "      - { name: person, logicalType: string, tags: [ person.id ] }\n"
    "      - { name: number, logicalType: integer, tags: [ plain ] }\n"
    "      - { name: country, logicalType: string, tags: [ geo.country ] }\n"
    "      - { name: address, logicalType: string, tags: [ net.address ] }\n"
    "      - { name: grade, logicalType: string, tags: [ grade.of ] }\n"
    "      - { name: note, logicalType: string, tags: [ text ] }\n");
enum { ID, EMAIL, AT, PERSON, NUMBER, COUNTRY, ADDRESS, GRADE, NOTE, COLUMNS };

static void begin(mesh *m, const char *rules) {
  char text[4096];
  snprintf(text, sizeof text, "%s%s", OPEN, rules);
  mesh_init(m);
  mesh_federal(m, text);
  mesh_domain(m, "sales", "", contract);
  mesh_open(m);
  mesh_subject(m, "roles support; purposes service; regions de; person p-1; address 10.1.2.3");
  CHECK_INT(mesh_ask(m, "read", "orders", "*", "purpose support", "2026-11-20T10:00:00Z"), EDICT_OK);
}

/* ---- rules one by one ---- */

TEST(conditions_of_each_kind) {
  static const char *const wheres[] = {
      "row[net.address] in cidr(\"10.0.0.0/8\")", "row[net.address] == subject.address", "row[net.address] is set",
      "row[grade.of] >= mid", "row[grade.of] == low", "not row[grade.of] < high", "row[person.id] == subject.person",
      "row[person.id] in [\"p-1\", \"42\"]", "row[person.id] in holds", "(row[person.id], purpose) in consent",
      "consent(row[person.id], purpose).given < now", "lower(row[pii.email]) == lower(\"ANN\")",
      "lower(row[pii.email]) == \"ann\" or lower(row[text]) == \"orders\"", "row[pii.email] matches /[a-z]+@[a-z.]+/",
      "length(row[pii.email]) == length(row[text])", "row[pii.email] == row[text]", "now > row[time.collected]",
      "row[time.collected] + 1 month > now", "row[time.collected] in [2026-05-01T00:00:00Z]", "row[geo.country] in subject.regions",
  };
  random_source r = {11};
  batch_counts counts = {0};
  char rules[512], why[512];
  for (size_t i = 0; i < sizeof wheres / sizeof *wheres; i++) {
    mesh m;
    snprintf(rules, sizeof rules, RULE("rows", "show only rows", " where %s\n"), wheres[i]);
    begin(&m, rules);
    for (int round = 0; round < 12; round++)
      if (!batch_agrees(m.decision, &r, random_below(&r, 300), NULL, &counts, why, sizeof why)) HARNESS_FAIL("%s: %s", wheres[i], why);
    mesh_fini(&m);
  }
  if (counts.shown * 50 < counts.rows || !counts.open || !counts.cells)
    HARNESS_FAIL("%d of %d rows shown, %d open, %d by cell", (int)counts.shown, (int)counts.rows, (int)counts.open, (int)counts.cells);
}

/* Texts that the VM makes share its room, whole and in part: what is unknown for want of it is so in a batch. */
TEST(texts_that_share_the_scratch) {
  static char texts[3][2600];
  static const int32_t offsets[] = {0, 2600, 5200, 7800};
  edict_vector columns[COLUMNS] = {{0}};
  unsigned char states[3];
  mesh m;
  begin(&m, RULE("rows", "show only rows", " where lower(row[pii.email]) == \"x\" or lower(row[text]) != \"x\"\n"));
  memset(texts, 'A', sizeof texts);
  columns[EMAIL] = columns[NOTE] = (edict_vector){.layout = EDICT_LAYOUT_TEXT32, .length = 3, .values = offsets, .bytes = texts[0]};
  edict_batch batch = {.size = sizeof batch, .rows = 3, .columns = columns, .column_count = COLUMNS};
  edict_selection s = {.size = sizeof s, .states = states};
  edict_cell in[COLUMNS], out[COLUMNS];
  edict_row row;
  CHECK_INT(edict_decision_select(m.decision, &batch, &s), EDICT_OK);
  for (size_t c = 0; c < COLUMNS; c++) in[c] = edict_vector_cell(&columns[c], 0);
  CHECK_INT(edict_decision_apply_row(m.decision, in, COLUMNS, out, NULL, 0, &row), EDICT_OK);
  CHECK_INT(row, EDICT_ROW_HIDDEN); /* the second text has no room */
  CHECK_INT(states[0], row);
  mesh_fini(&m);
}

/* ---- a small batch by hand ---- */

static const int64_t ids[] = {1, 2, 3, 4};
static const char *const mails = "ann@example.orgbob@example.org";
static const int32_t mail_offsets[] = {0, 15, 30, 30, 30};
static const unsigned char mail_valid[] = {0x0B}; /* the third is NULL */
static const int64_t times[] = {INT64_C(1790000000000), INT64_C(1600000000000), INT64_C(1790000000000), INT64_C(1790000000000)};
static const int32_t country_offsets[] = {0, 2, 4};
static const edict_vector countries = {.layout = EDICT_LAYOUT_TEXT32, .length = 2, .values = country_offsets, .bytes = "deus"};
static const int8_t country_codes[] = {0, 0, 1, 0};

static void by_hand(edict_vector columns[COLUMNS], edict_batch *batch) {
  memset(columns, 0, COLUMNS * sizeof *columns);
  columns[ID] = (edict_vector){.layout = EDICT_LAYOUT_INT64, .length = 4, .values = ids};
  columns[EMAIL] = (edict_vector){.layout = EDICT_LAYOUT_TEXT32, .length = 4, .values = mail_offsets, .bytes = mails, .valid = mail_valid};
  columns[AT] = (edict_vector){.layout = EDICT_LAYOUT_TIME_MS, .length = 4, .values = times};
  columns[COUNTRY] = (edict_vector){.layout = EDICT_LAYOUT_INT8, .length = 4, .values = country_codes, .dictionary = &countries};
  *batch = (edict_batch){.size = sizeof *batch, .rows = 4, .columns = columns, .column_count = COLUMNS};
}

static const char by_hand_rules[] =
    RULE("residency", "show only rows", " where row[geo.country] in subject.regions\n")
    RULE("old", "retain at most 24 months after row[time.collected] then erase", "")
    RULE("mails", "mask column tagged pii.email\n with show-last(4)", "\n")
    RULE("notes", "mask column tagged text\n with null", "\n");

TEST(a_batch_by_hand) {
  edict_vector columns[COLUMNS];
  edict_masked masked[COLUMNS] = {{0}};
  edict_cell cells[4], as_they_are[COLUMNS][4];
  edict_batch batch;
  unsigned char states[4], bits[1];
  uint32_t rows[4];
  char memory[64];
  mesh m;
  begin(&m, by_hand_rules);
  by_hand(columns, &batch);
  edict_selection s = {.size = sizeof s, .states = states, .shown = bits, .rows = rows};
  for (size_t c = 0; c < COLUMNS; c++) masked[c].cells = as_they_are[c];
  masked[EMAIL].cells = cells;
  CHECK_INT(edict_decision_apply_batch(m.decision, &batch, &s, masked, memory, sizeof memory), EDICT_OK);
  static const unsigned char expected[] = {EDICT_ROW_SHOWN, EDICT_ROW_ERASABLE, EDICT_ROW_HIDDEN, EDICT_ROW_SHOWN};
  CHECK(memcmp(states, expected, 4) == 0);
  CHECK_INT(bits[0], 0x09);
  CHECK(s.shown_count == 2 && rows[0] == 0 && rows[1] == 3 && s.erasable_count == 1 && s.withheld_count == 0);
  CHECK_INT(masked[ID].as, EDICT_MASKED_SAME);
  CHECK_INT(masked[NOTE].as, EDICT_MASKED_NULL);
  REQUIRE(masked[EMAIL].as == EDICT_MASKED_CELLS);
  CHECK_TEXT(cells[0].ptr, cells[0].len, "***********.org");
  CHECK_INT(cells[1].len, 0);
  /* Too little memory: nothing is shown, and nothing is left in it. */
  memset(memory, 0, sizeof memory);
  CHECK_INT(edict_decision_apply_batch(m.decision, &batch, &s, masked, memory, 10), EDICT_LIMIT);
  CHECK(s.shown_count == 0 && bits[0] == 0 && states[0] == EDICT_ROW_HIDDEN && masked[ID].as == EDICT_MASKED_NULL);
  for (size_t i = 0; i < sizeof memory; i++) CHECK_INT(memory[i], 0);
  /* No room for cells, or for the numbers of rows. */
  masked[EMAIL].cells = NULL;
  CHECK_INT(edict_decision_apply_batch(m.decision, &batch, &s, masked, memory, sizeof memory), EDICT_ARGUMENT);
  masked[EMAIL].cells = cells;
  masked[AT].cells = NULL; /* times of which one may not fit; an integer column needs none */
  masked[ID].cells = NULL;
  CHECK_INT(edict_decision_apply_batch(m.decision, &batch, &s, masked, memory, sizeof memory), EDICT_ARGUMENT);
  masked[AT].cells = as_they_are[AT];
  CHECK_INT(edict_decision_apply_batch(m.decision, &batch, &s, masked, memory, sizeof memory), EDICT_OK);
  s.rows = NULL;
  CHECK_INT(edict_decision_apply_batch(m.decision, &batch, &s, masked, memory, sizeof memory), EDICT_ARGUMENT);
  mesh_fini(&m);
}

TEST(what_is_refused) {
  edict_vector columns[COLUMNS], nested;
  edict_batch batch;
  unsigned char states[4];
  mesh m;
  edict_selection s = {.size = sizeof s, .states = states};
  begin(&m, by_hand_rules);
  by_hand(columns, &batch);
#define REFUSED(change)                                                              \
  do {                                                                               \
    by_hand(columns, &batch);                                                        \
    change;                                                                          \
    memset(states, EDICT_ROW_SHOWN, sizeof states);                                  \
    CHECK_INT(edict_decision_select(m.decision, &batch, &s), EDICT_ARGUMENT);        \
    if (states[0] != EDICT_ROW_HIDDEN || s.shown_count) HARNESS_FAIL("%s shows", #change); \
  } while (0)
  REFUSED(batch.column_count--);
  REFUSED(batch.columns = NULL);
  REFUSED(columns[ID].length = 3);
  REFUSED(columns[ID].values = NULL);
  REFUSED(columns[ID].layout = (edict_layout)(EDICT_LAYOUT_CLOCK_NS + 1));
  REFUSED(columns[ID].layout = (edict_layout)-1);
  REFUSED(columns[ID].offset = SIZE_MAX);
  REFUSED(columns[EMAIL].dictionary = &countries); /* indices are integers */
  REFUSED((nested = countries, nested.dictionary = &countries, columns[COUNTRY].dictionary = &nested));
  REFUSED((columns[ID].layout = EDICT_LAYOUT_DECIMAL128, columns[ID].scale = 77));
  by_hand(columns, &batch);
  batch.size--;
  CHECK_INT(edict_decision_select(m.decision, &batch, &s), EDICT_ARGUMENT);
  batch.size++;
  CHECK_INT(edict_decision_select(NULL, &batch, &s), EDICT_ARGUMENT);
  CHECK_INT(edict_decision_select(m.decision, NULL, &s), EDICT_ARGUMENT);
  s.size--;
  CHECK_INT(edict_decision_select(m.decision, &batch, &s), EDICT_ARGUMENT);
  mesh_fini(&m);
}

/* A deny shows no row, and a decision made for one batch does not stay for the next request. */
TEST(denied_and_decided_again) {
  edict_vector columns[COLUMNS];
  edict_batch batch;
  unsigned char states[4];
  mesh m;
  edict_selection s = {.size = sizeof s, .states = states};
  begin(&m, by_hand_rules);
  by_hand(columns, &batch);
  CHECK_INT(edict_decision_select(m.decision, &batch, &s), EDICT_OK);
  CHECK_INT(s.shown_count, 2);
  CHECK_INT(mesh_ask(&m, "download", "orders", "*", "purpose support", "2026-11-20T10:00:00Z"), EDICT_OK);
  CHECK_INT(edict_decision_select(m.decision, &batch, &s), EDICT_OK);
  CHECK_INT(s.shown_count, 0);
  CHECK_INT(mesh_ask(&m, "read", "orders", "*", "purpose support", "2020-10-20T10:00:00Z"), EDICT_OK);
  if (edict_decision_effect(m.decision) == EDICT_PERMIT) CHECK_INT(edict_decision_select(m.decision, &batch, &s), EDICT_OK);
  mesh_subject(&m, "roles support; purposes service; regions us");
  CHECK_INT(mesh_ask(&m, "read", "orders", "*", "purpose support", "2026-11-20T10:00:00Z"), EDICT_OK);
  CHECK_INT(edict_decision_select(m.decision, &batch, &s), EDICT_OK);
  CHECK(s.shown_count == 1 && states[2] == EDICT_ROW_SHOWN);
  batch.rows = 0;
  CHECK_INT(edict_decision_select(m.decision, &batch, &s), EDICT_OK);
  mesh_fini(&m);
}

/* An answer is given again at another time, when what it says of rows has changed. */
TEST(the_same_answer_later) {
  static const char *const times_of_day[] = {"2026-09-22T10:00:00Z", "2026-09-22T20:00:00Z", "2026-09-22T13:13:19.999999Z",
                                             "2026-09-22T14:13:20Z", "2026-09-22T14:13:19.999999Z", "2026-09-22T10:00:00Z"};
  edict_vector columns[COLUMNS];
  edict_batch batch;
  mesh m;
  edict_selection s = {.size = sizeof s};
  begin(&m, RULE("new", "show only rows", " where row[time.collected] + 1 day > now\n"));
  by_hand(columns, &batch);
  for (size_t i = 0; i < sizeof times_of_day / sizeof *times_of_day; i++) {
    edict_cell in[COLUMNS], out[COLUMNS];
    char memory[256];
    edict_row row;
    size_t alone = 0;
    CHECK_INT(mesh_ask(&m, "read", "orders", "id", "purpose support", times_of_day[i]), EDICT_OK);
    CHECK_INT(edict_decision_select(m.decision, &batch, &s), EDICT_OK);
    for (size_t k = 0; k < batch.rows; k++) {
      for (size_t c = 0; c < COLUMNS; c++) in[c] = edict_vector_cell(&columns[c], k);
      CHECK_INT(edict_decision_apply_row(m.decision, in, COLUMNS, out, memory, sizeof memory, &row), EDICT_OK);
      alone += row == EDICT_ROW_SHOWN;
    }
    if (s.shown_count != alone) HARNESS_FAIL("%s: %zu shown, %zu alone", times_of_day[i], s.shown_count, alone);
  }
  mesh_fini(&m);
}

TEST(groups_of_a_host_that_has_none) {
  edict_vector columns[COLUMNS];
  edict_batch batch;
  unsigned char states[4];
  mesh m;
  edict_selection s = {.size = sizeof s, .states = states};
  begin(&m, RULE("crowds", "show only groups of at least 3 row[person.id]", ""));
  by_hand(columns, &batch);
  CHECK_INT(edict_decision_select(m.decision, &batch, &s), EDICT_UNSUPPORTED);
  CHECK(s.shown_count == 0 && states[0] == EDICT_ROW_HIDDEN);
  mesh_fini(&m);
}

/* ---- cells ---- */

static edict_cell one(edict_layout layout, int32_t scale, const void *values) {
  edict_vector v = {.layout = layout, .scale = scale, .length = 1, .values = values};
  return edict_vector_cell(&v, 0);
}

TEST(values_as_cells) {
  static const unsigned char ones[16] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
  unsigned char bytes[16] = {0};
  CHECK_INT(one(EDICT_LAYOUT_INT8, 0, ones).integer, -1);
  CHECK_INT(one(EDICT_LAYOUT_UINT8, 0, ones).integer, 255);
  CHECK_INT(one(EDICT_LAYOUT_UINT32, 0, ones).integer, INT64_C(4294967295));
  CHECK_INT(one(EDICT_LAYOUT_UINT64, 0, ones).type, EDICT_CELL_BLOB);
  CHECK_INT(one(EDICT_LAYOUT_BOOL, 0, ones).integer, 1);
  CHECK_INT(one(EDICT_LAYOUT_DECIMAL128, 2, ones).integer, -1);
  CHECK_INT(one(EDICT_LAYOUT_DECIMAL128, 19, ones).type, EDICT_CELL_BLOB);
  CHECK_INT(one(EDICT_LAYOUT_DECIMAL128, -2, ones).integer, -100);
  edi_put64(bytes, 1000); /* a scale beyond 18 whose last digits are zeros */
  CHECK_INT(one(EDICT_LAYOUT_DECIMAL128, 21, bytes).integer, 1);
  CHECK_INT(one(EDICT_LAYOUT_DECIMAL128, 21, bytes).scale, 18);
  edi_put64(bytes, 1001);
  CHECK_INT(one(EDICT_LAYOUT_TIME_NS, 0, bytes).type, EDICT_CELL_BLOB);
  CHECK_INT(one(EDICT_LAYOUT_TIME_S, 0, bytes).integer, 1001000000);
  edi_put64(bytes, (uint64_t)INT64_MAX);
  CHECK_INT(one(EDICT_LAYOUT_TIME_S, 0, bytes).integer, INT64_MAX);
  edi_put64(bytes, 86400001);
  CHECK_INT(one(EDICT_LAYOUT_DATE64, 0, bytes).type, EDICT_CELL_BLOB);
  edi_put64(bytes, 86400000);
  CHECK_INT(one(EDICT_LAYOUT_DATE64, 0, bytes).integer, 1);
}

TEST(real32_is_the_same_number) {
  static const uint32_t bits[] = {0, 0x80000000, 1, 0x007FFFFF, 0x00800000, 0x3F800000, 0xC0490FDB, 0x7F7FFFFF, 0x7F800000, 0xFF800000, 0x00000100};
  for (size_t i = 0; i < sizeof bits / sizeof *bits; i++) {
    float f;
    memcpy(&f, &bits[i], sizeof f);
    double expected = f;
    edict_cell cell = one(EDICT_LAYOUT_REAL32, 0, &bits[i]);
    if (memcmp(&cell.real, &expected, sizeof expected) != 0) HARNESS_FAIL("bits %08x", bits[i]);
  }
}

HARNESS_MAIN
