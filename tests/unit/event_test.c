/* Events: what of a JSON object comes out under the masks of the door's rules, to the letter; what is counted; limits. */
#include "harness.h"

#include "enforce/cell_forms.h"
#include "support/event_door.h"

static edict_events *events;

#define SAYS(got, expected) CHECK_TEXT(got, strlen(got), expected)

static mesh *start(void) {
  mesh *m = event_door_mesh();
  event_door_decide(m);
  edict_events_destroy(&events);
  CHECK_INT(edict_events_create(m->decision, NULL, &events), EDICT_OK);
  return m;
}

/* What comes out of one event, or "-" where nothing does, or "status: why". */
static const char *apply(const char *event) {
  static char said[65536];
  edict_row row;
  edict_text out;
  const char *why = "";
  edict_status status = edict_events_apply(events, event, strlen(event), &row, &out, &why);
  if (status != EDICT_OK) snprintf(said, sizeof said, "%s: %s", edict_status_name(status), why);
  else snprintf(said, sizeof said, "%.*s", row == EDICT_ROW_SHOWN ? (int)out.len : 1, row == EDICT_ROW_SHOWN ? out.ptr : "-");
  return said;
}

/* One member of what comes out, as it is written there. */
static const char *member(const char *event, const char *name) {
  static char found[65536];
  char wanted[64];
  snprintf(wanted, sizeof wanted, ",\"%s\":", name);
  const char *out = apply(event), *at = strstr(out, wanted);
  if (!at) return strchr(out, ':') && out[0] != '{' ? out : "absent";
  at += strlen(wanted);
  size_t depth = 0, length = 0;
  bool quoted = false;
  for (; at[length] && (quoted || depth || (at[length] != ',' && at[length] != '}')); length++) {
    if (at[length] == '\\') length++;
    else if (at[length] == '"') quoted = !quoted;
    else if (!quoted && (at[length] == '{' || at[length] == '[')) depth++;
    else if (!quoted && (at[length] == '}' || at[length] == ']')) depth--;
  }
  snprintf(found, sizeof found, "%.*s", (int)length, at);
  return found;
}

TEST(a_whole_event) {
  start();
  SAYS(apply("{\"country\":\"de\"}"),
             "{\"id\":999999999,\"country\":\"de\",\"note\":null,\"mail\":null,\"day\":null,\"amount\":null,\"size\":null,\"ok\":null,"
             "\"secret\":null,\"blob\":null,\"real\":null,\"bytes\":null,\"at\":null,\"address\":null,\"phones\":null,\"lines\":null,\"labels\":null,\"friends\":null,"
             "\"keyless\":null,\"shut\":null}");
  SAYS(apply(" { \"shut\" : [] , \"count\":1, \"nobody\":{}, \"country\" : \"fr\", \"id\": 7, \"ok\":false, \"note\":\"\" } "),
             "{\"id\":999999999,\"country\":\"fr\",\"note\":\"\",\"mail\":null,\"day\":null,\"amount\":null,\"size\":null,\"ok\":false,"
             "\"secret\":null,\"blob\":null,\"real\":null,\"bytes\":null,\"at\":null,\"address\":null,\"phones\":null,\"lines\":null,\"labels\":null,\"friends\":null,"
             "\"keyless\":null,\"shut\":null}");
  SAYS(apply("{\"country\":\"us\"}"), "-");
  SAYS(apply("{\"country\":null}"), "-");
  SAYS(apply("{\"country\":7}"), "-");
  SAYS(apply("{}"), "-");
}

/* `unfit`: what is counted of the column. */
static const struct { const char *name, *value, *shown; unsigned unfit; } values[] = {
    {"note", "\"a\\u00e9\\n\\\"\"", "\"a\xC3\xA9\\n\\\"\"", 0},
    {"note", "\"\\ud83d\\ude00\"", "\"\xF0\x9F\x98\x80\"", 0},
    {"note", "\"\\u0000\"", "\"\\u0000\"", 0},
    {"note", "\"\\u202e\"", "\"\\u202e\"", 0},
    {"note", "7", "null", 1},
    {"note", "{\"a\":1}", "null", 1},
    {"note", "[]", "null", 1},
    {"ok", "true", "true", 0},
    {"ok", "1", "1", 0},
    {"ok", "2", "null", 1},
    {"ok", "\"true\"", "null", 1},
    {"size", "7", "7", 0},
    {"size", "-0", "0", 0},
    {"size", "-0.0e7", "0", 0},
    {"size", "1.50", "1.5", 0},
    {"size", "0.1", "0.1", 0},
    {"size", "1e2", "100", 0},
    {"size", "1.25E+1", "12.5", 0},
    {"size", "125e-3", "0.125", 0},
    {"size", "1000e-3", "1", 0},
    {"size", "0.30000000000000004", "0.30000000000000004", 0},
    {"size", "9223372036854775807", "9223372036854775807", 0},
    {"size", "-9223372036854775808", "-9223372036854775808", 0},
    {"size", "9223372036854775808", "null", 1},
    {"size", "0.000000000000000001", "0.000000000000000001", 0},
    {"size", "0.0000000000000000001", "null", 1},
    {"size", "10e-19", "0.000000000000000001", 0},
    {"size", "1e18", "1000000000000000000", 0},
    {"size", "1e19", "null", 1},
    {"size", "1e-400", "null", 1},
    {"size", "0e999999999999", "0", 0},
    {"size", "\"12.50\"", "\"12.50\"", 0},
    {"size", "\"12,50\"", "null", 1},
    {"size", "true", "null", 1},
    {"amount", "1234.5", "1200", 0},
    {"amount", "\"1234.5\"", "\"1200\"", 0},
    {"amount", "\"x\"", "null", 1},
    {"day", "\"2026-03-17\"", "\"2026-03-01\"", 0},
    {"day", "\"2026-02-30\"", "null", 1},
    {"day", "20260317", "null", 1},
    {"id", "7", "absent", 0}, /* it stands first */
    {"secret", "\"x\"", "null", 0},
    {"blob", "{\"a\":1}", "{\"a\":1}", 0}, /* the contract does not say what lies in it: it is one value */
    {"blob", "[\"\\u0041\",null,1e999,{\"b\":[true,1.50]}]", "[\"A\",null,null,{\"b\":[true,1.5]}]", 1},
    {"blob", "\"flat\"", "\"flat\"", 0},
    {"real", "0.1", "0.1", 0},
    {"real", "7.0", "7", 0},
    {"real", "1e300", "1e300", 0},
    {"real", "-123456789012345678901234567890", "-12345678901234568e13", 0},
    {"real", "1e999", "null", 1},
    {"real", "\"1.5\"", "\"1.5\"", 0},
    {"bytes", "\"AAEC\"", "\"AAEC\"", 0},
    {"bytes", "\"AAE=\"", "\"AAE=\"", 0},
    {"bytes", "\"\"", "\"\"", 0},
    {"bytes", "\"AAE\"", "null", 1},
    {"bytes", "\"AA E\"", "null", 1},
    {"bytes", "7", "null", 1},
    {"at", "\"13:45:00\"", "\"13:45:00\"", 0},
    {"at", "\"24:00:00\"", "null", 1},
    {"count", "7", "absent", 0},
    {"phones", "[\"+4930\",null,7,\"\"]", "[\"***30\",null,null,\"\"]", 1},
    {"phones", "[]", "[]", 0},
    {"phones", "\"+4930\"", "null", 1},
    {"shut", "[{\"a\":\"x\"}]", "null", 0},
    {"labels", "{\"b\":\"Zoe Z\",\"a\":null}", "{\"a\":null,\"b\":\"Zo***\"}", 0},
    {"labels", "[]", "null", 1},
    {"keyless", "{\"a\":1}", "null", 0},
    {"lines", "[{\"sku\":\"a\",\"x\":1,\"steps\":[1,1.5]},null,3]",
     "[{\"sku\":\"a\",\"for\":null,\"steps\":[1,null]},null,null]", 2},
    {"address", "{\"s\":\"Allee\",\"city\":\"Bonn\",\"hidden\":\"x\",\"gone\":1,\"geo\":{\"lat\":50.75,\"lon\":150,\"h\":1}}",
     "{\"city\":\"Bonn\",\"street\":\"Al***\",\"hidden\":null,\"geo\":{\"lat\":50.75,\"lon\":100}}", 0},
    {"address", "{\"street\":7}", "{\"city\":null,\"street\":\"XX******\",\"hidden\":null,\"geo\":null}", 1},
    {"address", "{\"s\":\"a\",\"street\":\"b\"}", "format: two members are of one column", 0},
};

/* Of a column and of all that lies in it. */
static uint64_t unfit(const mesh *m, const char *column) {
  size_t at = mesh_column(m, "people", column);
  edict_column_info info;
  CHECK_INT(edict_product_column_info(m->product, 0, at, &info), EDICT_OK);
  uint64_t all = edict_events_unfit(events, at);
  for (size_t i = 0; i < info.part_count; i++) all += edict_events_unfit(events, info.first_part + i);
  return all;
}

TEST(each_value) {
  for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
    char event[4096];
    mesh *m = start();
    snprintf(event, sizeof event, "{\"country\":\"de\",\"%s\":%s}", values[i].name, values[i].value);
    const char *got = member(event, values[i].name);
    if (strcmp(got, values[i].shown) != 0) HARNESS_FAIL("%s: %s gives %s, not %s", values[i].name, values[i].value, got, values[i].shown);
    uint64_t counted = unfit(m, values[i].name);
    if (counted != values[i].unfit) HARNESS_FAIL("%s: %s: %llu are counted", values[i].name, values[i].value, (unsigned long long)counted);
  }
}

/* Pseudonyms of keys keep them apart, and their order is not that of the names. */
TEST(keys_of_a_map) {
  char first[4096];
  start();
  snprintf(first, sizeof first, "%s", member("{\"country\":\"de\",\"friends\":{\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"e\":5,\"f\":6}}", "friends"));
  const char *last = "";
  size_t ascending = 0, count = 0;
  for (char *at = first; (at = strchr(at, '"')) != NULL; count++) {
    char *end = strchr(at + 1, '"');
    CHECK(end && end - at == 23 && end[1] == ':');
    *end = '\0';
    ascending += strcmp(last, at) < 0;
    last = at;
    at = end + 2;
  }
  CHECK_INT(count, 6);
  CHECK_INT(ascending, 6);
}

TEST(rows_of_texts) {
  mesh *m = start();
  enum { COLUMNS = 21 };
  edict_text in[COLUMNS] = {{NULL, 0}}, out[COLUMNS];
  edict_row row;
  const char *why = "";
#define IN(name, text) in[mesh_column(m, "people", name)] = (edict_text){text, sizeof(text) - 1}
#define OUT(name, text) SAYS(room[mesh_column(m, "people", name)], text)
  IN("country", "de");
  IN("ok", "TRUE");
  IN("size", "1.50");
  IN("day", "2026-03-17");
  IN("phones", "[\"+4930\"]");
  IN("address", "{\"city\":\"Bonn\"}");
  IN("count", "7");
  IN("note", "a,\"b\"");
  CHECK_INT(edict_product_top_column_count(m->product, 0), COLUMNS);
  CHECK_INT(edict_events_apply_texts(events, in, COLUMNS, &row, out, &why), EDICT_OK);
  CHECK_INT(row, EDICT_ROW_SHOWN);
  static char room[COLUMNS][256];
  for (size_t c = 0; c < COLUMNS; c++) snprintf(room[c], sizeof room[c], "%.*s", out[c].ptr ? (int)out[c].len : 4, out[c].ptr ? out[c].ptr : "NULL");
  OUT("id", "999999999");
  OUT("country", "de");
  OUT("ok", "true");
  OUT("size", "1.50");
  OUT("day", "2026-03-01");
  OUT("phones", "[\"***30\"]");
  OUT("address", "{\"city\":\"Bonn\",\"street\":null,\"hidden\":null,\"geo\":null}");
  OUT("count", "NULL");
  OUT("note", "a,\"b\"");
  static const char *const bad[] = {"[", "{\"a\":1}}", "1,\"x\":2", "[1],[2]", "{\"a\":1,\"a\":2}", ""};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    in[mesh_column(m, "people", "phones")] = (edict_text){bad[i], strlen(bad[i])};
    CHECK_INT(edict_events_apply_texts(events, in, COLUMNS, &row, out, &why), EDICT_FORMAT);
    CHECK_INT(row, EDICT_ROW_HIDDEN);
    for (size_t c = 0; c < COLUMNS; c++) CHECK(out[c].ptr == NULL);
  }
}

/* A part may be asked for alone; of the rest of its column nothing is said. */
TEST(parts_alone) {
  mesh *m = start();
  CHECK_INT(mesh_ask(m, "read", "people", "country address.city lines[].steps[] labels[value]", "", "2026-11-20T10:00:00Z"), EDICT_OK);
  SAYS(apply("{\"country\":\"de\",\"note\":\"x\",\"address\":{\"city\":\"Bonn\",\"s\":\"y\",\"geo\":{\"lat\":1}},"
             "\"lines\":[{\"sku\":\"a\",\"steps\":[1]}],\"labels\":{\"a\":\"b\"},\"phones\":[\"1\"]}"),
       "{\"country\":\"de\",\"address\":{\"city\":\"Bonn\"},\"lines\":[{\"steps\":[1]}],\"labels\":null}");
  CHECK(edict_decision_drops(m->decision, mesh_column(m, "people", "phones")));
  CHECK(!edict_decision_drops(m->decision, mesh_column(m, "people", "address")));
}

TEST(limits) {
  static char event[64 * 1024];
  mesh *m = start();
  const edict_events_options options = {.size = sizeof options, .most = 1024};
  edict_row row;
  edict_text out;
  const char *why;
  edict_events_destroy(&events);
  CHECK_INT(edict_events_create(m->decision, &options, &events), EDICT_OK);
  int head = snprintf(event, sizeof event, "{\"country\":\"de\",\"x\":\"");
  memset(event + head, 'x', 2048);
  memcpy(event + 1022, "\"}", 2);
  CHECK_INT(edict_events_apply(events, event, 1024, &row, &out, &why), EDICT_OK);
  CHECK_INT(row, EDICT_ROW_SHOWN);
  event[1022] = 'x';
  memcpy(event + 1023, "\"}", 2);
  CHECK_INT(edict_events_apply(events, event, 1025, &row, &out, &why), EDICT_LIMIT);
  CHECK_INT(row, EDICT_ROW_HIDDEN);
  /* What comes out is longer than what goes in. */
  head = snprintf(event, sizeof event, "{\"country\":\"de\",\"note\":\"");
  memset(event + head, 'n', 1000 - (size_t)head);
  memcpy(event + 1000, "\"}", 2);
  CHECK_INT(edict_events_apply(events, event, 1002, &row, &out, &why), EDICT_LIMIT);
  CHECK_INT(out.len, 0);
}

/* A text of more bytes than a cell may have is unfit, masked or not. */
TEST(cells_at_their_limit) {
  static char event[2 * EDI_LIMIT_CELL + 256];
  mesh *m = start();
  for (size_t more = 0; more < 2; more++) {
    edict_row row;
    edict_text out;
    int head = snprintf(event, sizeof event, "{\"country\":\"de\",\"note\":\"");
    memset(event + head, 'n', EDI_LIMIT_CELL + more);
    memcpy(event + head + EDI_LIMIT_CELL + more, "\"}", 2);
    CHECK_INT(edict_events_apply(events, event, (size_t)head + EDI_LIMIT_CELL + more + 2, &row, &out, NULL), EDICT_OK);
    CHECK_INT(row, EDICT_ROW_SHOWN);
    CHECK_INT(out.len > EDI_LIMIT_CELL, more == 0);
    CHECK_INT(unfit(m, "note"), more);
  }
}

TEST(counts_of_a_receipt) {
  mesh *m = start();
  edict_receipt receipt = {.size = sizeof receipt};
  uint32_t address = (uint32_t)mesh_column(m, "people", "address.street"), note = (uint32_t)mesh_column(m, "people", "note");
  (void)apply("{\"country\":\"de\",\"note\":7,\"address\":{\"street\":7}}");
  (void)apply("{\"country\":\"us\",\"note\":7}"); /* hidden: a row that came in */
  (void)apply("{\"country\":");                      /* none */
  CHECK_INT(edict_decision_receipt(m->decision, &receipt), EDICT_OK);
  CHECK_INT(receipt.rows_in, 2);
  CHECK_INT(receipt.rows_out, 1);
  for (size_t i = 0; i < receipt.column_count; i++)
    CHECK_INT(receipt.columns[i].failed, receipt.columns[i].column == address || receipt.columns[i].column == note);
  CHECK_INT(edict_decision_receipt(m->decision, &receipt), EDICT_OK);
  CHECK_INT(receipt.rows_in, 0);
}

TEST(misuse) {
  mesh *m = start();
  edict_events_options options = {.size = 1};
  edict_events *none = NULL;
  edict_row row;
  edict_text out;
  CHECK_INT(edict_events_create(NULL, NULL, &none), EDICT_ARGUMENT);
  CHECK_INT(edict_events_create(m->decision, &options, &none), EDICT_ARGUMENT);
  CHECK(none == NULL);
  edict_decision_forget(m->decision);
  CHECK_INT(edict_events_apply(events, "{}", 2, &row, &out, NULL), EDICT_ARGUMENT);
  CHECK_INT(edict_events_apply(NULL, "{}", 2, &row, &out, NULL), EDICT_ARGUMENT);
  edict_events_destroy(NULL);
  edict_events_destroy(&none);
}

HARNESS_MAIN
