/* Status: names, texts and values of the one list. */
#include "harness.h"

#include "edict/status.h"

TEST(names_are_lower_case_and_distinct)
{
  static const edict_status all[] = {
#define STATUS(NAME, value, text) EDICT_##NAME,
#include "edict/status.def"
#undef STATUS
  };
  size_t count = sizeof all / sizeof *all;
  for (size_t i = 0; i < count; i++) {
    const char *name = edict_status_name(all[i]);
    CHECK(strlen(name) > 0 && strspn(name, "abcdefghijklmnopqrstuvwxyz_") == strlen(name));
    CHECK(strlen(edict_status_text(all[i])) > 0);
    for (size_t k = 0; k < i; k++)
      CHECK(all[i] != all[k] && strcmp(name, edict_status_name(all[k])) != 0);
  }
  CHECK_INT(EDICT_OK, 0);
  CHECK_TEXT(edict_status_name(EDICT_NOT_FOUND), strlen(edict_status_name(EDICT_NOT_FOUND)),
             "not_found");
  CHECK_TEXT(edict_status_name(EDICT_UNSUPPORTED), strlen(edict_status_name(EDICT_UNSUPPORTED)),
             "unsupported");
}

TEST(other_values_are_unknown)
{
  static const int others[] = {-1, 14, 99, INT32_MAX, INT32_MIN};
  for (size_t i = 0; i < 5; i++) {
    CHECK_INT(strcmp(edict_status_name((edict_status)others[i]), "unknown"), 0);
    CHECK(strlen(edict_status_text((edict_status)others[i])) > 0);
  }
}

HARNESS_MAIN
