/* Forms: times as people write them, cells as people read them. */
#include "edict/forms.h"

#include <math.h>

#include "harness.h"

TEST(times_are_rfc_3339)
{
  static const struct {
    const char *text;
    int64_t time;
  } good[] = {
      {"1970-01-01T00:00:00Z", 0},
      {"2026-11-20T10:00:00Z", INT64_C(1795168800000000)},
      {"2026-11-20T11:00:00.5+01:00", INT64_C(1795168800500000)},
  };
  static const char *const bad[] = {"",
                                    "2026-11-20",
                                    "2026-11-20T10:00:00",
                                    "2026-11-20t10:00:00Z",
                                    "2026-02-29T00:00:00Z",
                                    "2026-11-20T10:00:00Z\n"};
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    int64_t time = -1;
    CHECK_INT(edict_time_parse(good[i].text, strlen(good[i].text), &time), EDICT_OK);
    CHECK_INT(time, good[i].time);
  }
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    int64_t time = -1;
    CHECK_INT(edict_time_parse(bad[i], strlen(bad[i]), &time), EDICT_FORMAT);
    CHECK_INT(time, -1);
  }
  CHECK_INT(edict_time_parse(NULL, 0, NULL), EDICT_ARGUMENT);
}

TEST(cells_are_written_as_in_a_rule_file)
{
  const struct {
    edict_cell cell;
    const char *text;
  } table[] = {
      {{.type = EDICT_CELL_NULL}, "null"},
      {{.type = EDICT_CELL_INT, .integer = INT64_MIN}, "-9223372036854775808"},
      {{.type = EDICT_CELL_BOOL, .integer = 1}, "true"},
      {{.type = EDICT_CELL_DATE, .integer = 20777}, "2026-11-20"},
      {{.type = EDICT_CELL_DATE, .integer = INT64_MAX}, "0000-00-00"},
      {{.type = EDICT_CELL_TIMESTAMP, .integer = INT64_C(1795168800500000)}, "2026-11-20T10:00:00.500Z"},
      {{.type = EDICT_CELL_DECIMAL, .integer = 1250, .scale = 2}, "12.5"},
      {{.type = EDICT_CELL_DECIMAL, .integer = 1, .scale = 19}, "(no number)"},
      {{.type = EDICT_CELL_REAL, .real = 0.1}, "0.1"},
      {{.type = EDICT_CELL_REAL, .real = NAN}, "(no number)"},
      {{.type = EDICT_CELL_TEXT, .ptr = "a\nb", .len = 3}, "\"a\\u{000A}b\""},
      {{.type = EDICT_CELL_BLOB, .ptr = "abc", .len = 3}, "(3 bytes)"},
      {{.type = (edict_cell_type)99}, "(of no type)"},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    char text[64];
    size_t length = edict_cell_text(&table[i].cell, text, sizeof text);
    CHECK_TEXT(text, length, table[i].text);
    CHECK_INT(strlen(text), length);
  }
}

TEST(cells_are_cut_to_the_room_there_is)
{
  const edict_cell cell = {.type = EDICT_CELL_TEXT, .ptr = "hello", .len = 5};
  char text[4] = "xxx";
  CHECK_INT(edict_cell_text(&cell, text, 4), 7);
  CHECK_TEXT(text, strlen(text), "\"he");
  CHECK_INT(edict_cell_text(&cell, text, 1), 7);
  CHECK_TEXT(text, strlen(text), "");
  CHECK_INT(edict_cell_text(&cell, NULL, 0), 7);
}

HARNESS_MAIN
