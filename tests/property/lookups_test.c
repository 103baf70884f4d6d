/* Look-ups of a batch: what tables say of the cells of many rows is what they say of each row alone. */
#include "harness.h"

#include "bundle/limits.h"
#include "eval/lanes.h"
#include "support/mesh.h"
#include "support/random_batch.h"
#include "support/seed.h"

static const char vocabulary[] =
    "module federal.vocabulary\n"
    "taxonomy action { export }\ntaxonomy purpose { service { support billing } }\ntaxonomy role { staff }\n"
    "taxonomy region { eu { de fr } us }\ntaxonomy domain { sales }\nlevels classification { public < internal < confidential }\n"
    "taxonomy tag {\n  person { person.id: id<person> person.number: id<person> }\n  geo.country: region\n"
    "  text: string\n  grade: classification\n  amount: decimal\n  day: date\n  num: int\n  net.address: ip\n}\n"
    "attributes subject { person?: id<person> name?: string }\nattributes context { }\ndomains may state person, geo.country, text, grade, amount, day, num, net.address\nissuer host\n"
    "table holds (person: id<person>) complete\ntable some (person: id<person>)\ntable stale (person: id<person>) complete\n"
    "table missing (person: id<person>) complete\ntable words (text: string) complete\ntable grades (level: classification) complete\n"
    "table places (region: region) complete\ntable amounts (amount: decimal) complete\ntable days (day: date) complete\n"
    "table numbers (number: int) complete\ntable addresses (address: ip) complete\n"
    "table pairs (person: id<person>, text: string) complete\ntable three (text: string, number: int, level: classification) complete\n"
    "table consent (person: id<person>, purpose: purpose) gives (note: string) complete\n"
    "table notes (text: string, number: int) complete\n"
    "table spells (person: id<person>, span: duration) complete\ntable months (person: id<person>, span: duration) complete\n";

#define FRESH(name, file) TABLE(name, file, "2029-01-01")
#define TABLE(name, file, until) \
  "  federal.vocabulary." name ": { file: " file ", version: 1, created: 2026-01-01T00:00:00Z, expires: " until "T00:00:00Z }\n"
static const char yaml[] =
    "edict: 1\nname: eu.example\nlayer: federal\nversion: 7\ncreated: 2026-01-01T00:00:00Z\nexpires: 2030-01-01T00:00:00Z\n"
    "rules: [ vocabulary.edict, rules.edict ]\ntables:\n";

static const char persons[] = "person\np-1\n42\n-3\n007\na text that is longer than sixteen bytes\n-1\n5\n9223372036854775807\n";
static const char words[] = "text\nAnn\na.b@c.example\na text that is longer than sixteen bytes\nsixteen bytes ok\nZo\xc3\xab\n";
static const char pairs[] = "person,text\np-1,Ann\n42,Ann\n42,a text that is longer than sixteen bytes\na text that is longer than sixteen bytes,de\n007,007\n";

static char three[4096]; /* so many that three random cells meet a row now and then */

static void write_three(void) {
  static const char *const some[] = {"Ann", "de", "orders", "42", "10.1.2.3", "eu", "ann", "a text that is longer than sixteen bytes"};
  static const char *const levels[] = {"public", "confidential"};
  size_t used = (size_t)snprintf(three, sizeof three, "text,number,level\n");
  for (size_t i = 0; i < sizeof some / sizeof *some * 2 * 5; i++)
    used += (size_t)snprintf(three + used, sizeof three - used, "%s,%d,%s\n", some[i / 10], (int)(i % 5), levels[i / 5 % 2]);
}

typedef struct table { const char *name, *file, *text, *expires; } table;
static const table tables[] = {
    {"holds", "holds.csv", persons, "2029-01-01"}, {"some", "holds.csv", NULL, "2029-01-01"}, {"stale", "stale.csv", persons, "2026-06-01"},
    {"words", "words.csv", words, "2029-01-01"}, {"grades", "grades.csv", "level\npublic\nconfidential\n", "2029-01-01"},
    {"places", "places.csv", "region\nde\nus\n", "2029-01-01"}, {"amounts", "amounts.csv", "amount\n12.50\n0.1\n3\n0\n", "2029-01-01"},
    {"days", "days.csv", "day\n2026-11-19\n2024-11-20\n", "2029-01-01"}, {"numbers", "numbers.csv", "number\n42\n-1\n7\n0\n", "2029-01-01"},
    {"addresses", "addresses.csv", "address\n10.1.2.3\n", "2029-01-01"}, {"pairs", "pairs.csv", pairs, "2029-01-01"},
    {"three", "three.csv", three, "2029-01-01"},
    {"spells", "spells.csv", "person,span\np-1,1 month\n42,30 days\n", "2029-01-01"}, {"months", "months.csv", "person,span\np-1,1 month\n42,2 months\n", "2029-01-01"},
    {"notes", "notes.csv", "text,number\nAnn,3\n", "2029-01-01"},
    {"consent", "consent.csv", "person,purpose,note\np-1,service,yes\n42,support,no\n-3,support,Ann\n007,billing,yes\nde,service,eu\neu,support,us\norders,service,orders\n", "2029-01-01"},
};

static const char contract[] = MESH_CONTRACT(
    "  - name: orders\n    logicalType: object\n    physicalName: orders\n    properties:\n"
    "      - { name: person, logicalType: string, tags: [ person.id ] }\n"
    "      - { name: number, logicalType: integer, tags: [ person.number ] }\n"
    "      - { name: country, logicalType: string, tags: [ geo.country ] }\n"
    "      - { name: note, logicalType: string, tags: [ text ] }\n"
    "      - { name: grade, logicalType: string, tags: [ grade ] }\n"
    "      - { name: amount, logicalType: number, tags: [ amount ] }\n"
    "      - { name: day, logicalType: date, tags: [ day ] }\n"
    "      - { name: num, logicalType: integer, tags: [ num ] }\n"
    "      - { name: address, logicalType: string, tags: [ net.address ] }\n");

/* Some tables at a time: a mesh holds eight bundles. */
static void begin(mesh *m, const char *condition) {
  char all[4096], rules[1024];
  mesh_file files[3 + sizeof tables / sizeof *tables] = {{"edict.yaml", all}, {"vocabulary.edict", vocabulary}, {"rules.edict", rules}};
  size_t count = 3, used = (size_t)snprintf(all, sizeof all, "%s", yaml);
  for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
    const table *t = &tables[i];
    if (!strstr(condition, t->name)) continue;
    used += (size_t)snprintf(all + used, sizeof all - used, TABLE("%s", "%s", "%s"), t->name, t->file, t->expires);
    bool there = false;
    for (size_t k = 3; k < count; k++) there = there || strcmp(files[k].path, t->file) == 0;
    if (!there) files[count++] = (mesh_file){t->file, t->text ? t->text : persons};
  }
  snprintf(rules, sizeof rules,
           "module federal.rules\nrule open\n permit read\n on dataset named \"*\"\n because \"x\"\n"
           "rule rows\n show only rows\n where %s\n because \"x\"\n", condition);
  if (count == 3) snprintf(all, sizeof all, "%.*s", (int)(strstr(yaml, "tables:") - yaml), yaml);
  mesh_init(m);
  mesh_add(m, files, count);
  mesh_domain(m, "sales", "", contract);
  mesh_open(m);
  mesh_subject(m, "roles staff; purposes support; person p-1; name Ann");
  CHECK_INT(mesh_ask(m, "read", "orders", "*", "purpose support", "2026-11-20T10:00:00Z"), EDICT_OK);
}

/* Each shows some rows, but those that begin with a blank: they are unknown for every row. */
static const char *const conditions[] = {
    "row[person.id] in holds", "row[person.id] not in holds", "row[person.id] in some", " row[person.id] not in some",
    " row[person.id] in stale", " row[person.id] not in missing", "row[person.number] in holds", "row[person.number] not in holds",
    "row[text] in words", "lower(row[text]) in words", "row[grade] in grades", "row[geo.country] in places",
    "row[geo.country] not in places", "row[amount] in amounts", "row[amount] not in amounts", "row[day] in days", "row[num] in numbers",
    "row[num] + 1 in numbers", "row[net.address] in addresses", "row[net.address] not in addresses",
    "(row[person.id], row[text]) in pairs", "(row[person.id], row[text]) not in pairs", "(row[person.number], subject.name) in pairs",
    "(row[person.id], lower(\"ANN\")) not in pairs", "(row[text], row[num], row[grade]) in three",
    "(row[text], row[num], row[grade]) not in three", "(row[person.id], purpose) in consent",
    "(row[person.id], purpose) not in consent", "(row[person.id], 1 month) in spells", " (row[person.id], 1 month) not in spells",
    "(row[person.id], 1 month) not in months", " (row[person.id], now - now) not in months", "row[person.id] in holds and row[person.id] != \"p-1\"",
    "row[person.id] in holds or row[num] > 3", "row[person.number] not in holds and row[text] in words",
    "consent(row[person.id], purpose).note == \"yes\"", "not (consent(row[person.id], purpose).note == \"no\")",
    "not consent(row[person.id], purpose).note is set", "consent(row[person.number], purpose).note is set",
    "consent(row[person.id], purpose).note == row[text]", "length(consent(row[person.id], purpose).note) > 2 and row[person.id] in holds", " not (row[person.id] in some or row[person.id] in holds)",
};

TEST(a_batch_says_what_each_row_says) {
  random_source r = {seed_of("EDICT_SEED", 17)};
  batch_counts counts = {0};
  write_three();
  char why[512];
  for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++) {
    mesh m;
    uint64_t before = counts.shown;
    begin(&m, conditions[i]);
    for (int round = 0; round < 24; round++)
      if (!batch_agrees(m.decision, &r, random_below(&r, round < 20 ? 300 : 2600), NULL, &counts, why, sizeof why)) HARNESS_FAIL("%s: %s", conditions[i], why);
    mesh_fini(&m);
    if (!seed_is_given() && (counts.shown > before) == (*conditions[i] == ' ')) HARNESS_FAIL("%s: shows %d", conditions[i], (int)(counts.shown - before));
  }
}

/* One column is given, and an address in each row; all others are NULL. */
static size_t shown_of(const char *condition, size_t column, const edict_vector *vector) {
  enum { ADDRESS = 8 };
  static const int32_t eight[] = {0, 8};
  static const unsigned char codes[2600];
  const edict_vector address = {.layout = EDICT_LAYOUT_TEXT32, .length = 1, .values = eight, .bytes = "10.1.2.3"};
  edict_vector columns[9] = {[ADDRESS] = {.layout = EDICT_LAYOUT_UINT8, .length = vector->length, .values = codes, .dictionary = &address}};
  edict_batch batch = {.size = sizeof batch, .rows = vector->length, .columns = columns, .column_count = 9};
  edict_selection s = {.size = sizeof s};
  mesh m;
  begin(&m, condition);
  columns[column] = *vector;
  CHECK_INT(edict_decision_select(m.decision, &batch, &s), EDICT_OK);
  mesh_fini(&m);
  return s.shown_count;
}

/* The text of a number is made for each row; together they are longer than what the VM has room for. */
TEST(numbers_that_are_ids_fill_no_room) {
  static int64_t numbers[EDI_BLOCK];
  for (size_t i = 0; i < EDI_BLOCK; i++) numbers[i] = INT64_MAX;
  const edict_vector vector = {.layout = EDICT_LAYOUT_INT64, .length = EDI_BLOCK, .values = numbers};
  CHECK_INT(shown_of("row[person.number] in holds", 1, &vector), EDI_BLOCK);
}

/* What `lower` makes for one condition is so long at most in all, however the condition is taken apart: what is longer is unknown,
 * and who looked at each part alone would show the row. */
TEST(texts_that_share_a_limit) {
  static char text[EDI_VM_SCRATCH - 16 + 1];
  memset(text, 'a', sizeof text);
  for (int32_t more = 0; more < 2; more++) {
    const edict_vector one = {.layout = EDICT_LAYOUT_TEXT32, .length = 1, .values = (const int32_t[]){0, EDI_VM_SCRATCH - 16 + more}, .bytes = text};
    CHECK_INT(shown_of("not (lower(row[text]) == \"b\" or row[net.address] == \"10.1.2.9\")", 3, &one), 1 - more);
  }
  for (int32_t length = 1000; length <= 3000; length += 2000) {
    int32_t offsets[100];
    size_t rows = sizeof offsets / sizeof *offsets - 1;
    for (size_t i = 0; i <= rows; i++) offsets[i] = i ? length : 0; /* the first row's; all others are empty */
    const edict_vector vector = {.layout = EDICT_LAYOUT_TEXT32, .length = rows, .values = offsets, .bytes = text};
    CHECK_INT(shown_of("not (lower(row[text]) == \"b\" or lower(lower(row[text])) == \"c\")", 3, &vector), length == 1000 ? rows : rows - 1);
  }
}

/* Keys of a look-up are so long at most; one byte more is unknown, not missing. */
TEST(long_keys) {
  static char text[EDI_LIMIT_TABLE_KEY + 1];
  memset(text, 'a', sizeof text);
  for (size_t more = 0; more < 2; more++) {
    int32_t offsets[100];
    size_t rows = sizeof offsets / sizeof *offsets - 1;
    const edict_vector one = {.layout = EDICT_LAYOUT_TEXT32, .length = 1, .values = (const int32_t[]){0, (int32_t)(EDI_LIMIT_TABLE_KEY + more)}, .bytes = text};
    for (size_t i = 0; i <= rows; i++) offsets[i] = (int32_t)i;
    CHECK_INT(shown_of("row[text] not in words", 3, &one), 1 - more);
    CHECK_INT(shown_of("(row[text], 3) not in notes", 3, &one), 1 - more);
    const edict_vector many = {.layout = EDICT_LAYOUT_TEXT32, .length = rows, .values = offsets, .bytes = text};
    CHECK_INT(shown_of("row[text] not in words", 3, &many), rows);
  }
}

/* A text is no number, though it looks like one: where the column is one of numbers nothing is known of it. */
TEST(texts_in_a_column_of_numbers) {
  const edict_vector text = {.layout = EDICT_LAYOUT_TEXT32, .length = 1, .values = (const int32_t[]){0, 2}, .bytes = "42"};
  const edict_vector other = {.layout = EDICT_LAYOUT_TEXT32, .length = 1, .values = (const int32_t[]){0, 2}, .bytes = "43"};
  CHECK_INT(shown_of("row[person.id] in holds", 0, &text), 1);
  CHECK_INT(shown_of("row[person.id] not in holds", 0, &other), 1);
  CHECK_INT(shown_of("row[person.number] in holds", 1, &text), 0);
  CHECK_INT(shown_of("row[person.number] not in holds", 1, &other), 0);
}

/* Texts of which none comes again, so that after a block nothing is remembered of them: known and missing ones, NULL, what is
 * no UTF-8, and what stands before the first byte. */
TEST(texts_that_never_come_again) {
  enum { ROWS = 4 * EDI_BLOCK + 37, WIDTH = 24, BEFORE = 2 };
  static const char *const known[] = {"p-1", "42", "-3", "007", "a text that is longer than sixteen bytes", "-1", "5"};
  static char texts[BEFORE + ROWS * WIDTH + 64];
  static int32_t offsets[ROWS + 1];
  static unsigned char valid[ROWS / 8 + 1];
  static const char *const asked[] = {"row[person.id] in holds", "row[person.id] not in holds", " row[person.id] in stale"};
  memcpy(texts, "42", BEFORE);
  char *at = texts + BEFORE;
  for (size_t i = 0; i < ROWS; i++) {
    at += i % 97 == 5    ? snprintf(at, 64, "%s", known[i / 97 % (sizeof known / sizeof *known)])
          : i % 97 == 9 ? snprintf(at, WIDTH, "%zu\xc3", i)
                        : snprintf(at, WIDTH, "%0*zu", (int)(4 + i % 17), i);
    offsets[i + 1] = (int32_t)(at - texts - BEFORE);
    valid[i / 8] |= (unsigned char)((i % 97 != 13) << (i % 8));
  }
  for (size_t broken = 0; broken < 2; broken++) {
    if (broken) offsets[ROWS - 1] = -BEFORE, offsets[ROWS] = 0; /* "42", if it were read */
    edict_vector columns[9] = {{.layout = EDICT_LAYOUT_TEXT32, .length = ROWS, .values = offsets, .bytes = texts + BEFORE, .valid = valid}};
    const edict_batch batch = {.size = sizeof batch, .rows = ROWS, .columns = columns, .column_count = 9};
    for (size_t c = 0; c < sizeof asked / sizeof *asked; c++) {
      static uint32_t shown[ROWS];
      size_t next = 0;
      edict_selection s = {.size = sizeof s, .rows = shown};
      mesh m;
      begin(&m, asked[c]);
      REQUIRE(edict_decision_select(m.decision, &batch, &s) == EDICT_OK);
      for (uint32_t i = 0; i < ROWS; i++) {
        edict_cell cells[9] = {edict_vector_cell(&columns[0], i)}, out[9];
        edict_row row;
        REQUIRE(edict_decision_apply_row(m.decision, cells, 9, out, NULL, 0, &row) == EDICT_OK);
        bool is_shown = next < s.shown_count && shown[next] == i;
        if (is_shown != (row == EDICT_ROW_SHOWN)) HARNESS_FAIL("%s: row %u", asked[c], (unsigned)i);
        next += is_shown;
      }
      CHECK((s.shown_count > 0) == (*asked[c] != ' '));
      mesh_fini(&m);
    }
  }
}

HARNESS_MAIN
