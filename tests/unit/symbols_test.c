/* Symbols: look-ups with and without an index, suggestions, types spelt out; texts read by type. */
#include "policy/symbols.h"

#include "harness.h"
#include "policy/typed.h"
#include "support/small_model.h"

enum { CEILING = 4 * 1024 * 1024 };

static edi_arena arena;

static edi_model *model_new(void) {
  edi_arena_init(&arena, NULL, CEILING);
  return small_model_create(&arena, NULL, NULL);
}

TEST(names_are_found_with_and_without_an_index)
{
  edi_model *m = model_new();
  for (int indexed = 0; indexed < 2; indexed++) {
    if (indexed) CHECK_INT(edi_model_index(m, &arena), EDICT_OK);
    for (size_t i = 0; i < m->nodes_count; i++)
      CHECK_INT(edi_model_node(m, m->nodes[i].kind, m->nodes[i].name), i);
    uint32_t tag = edi_model_kind(m, EDI_STR("tag")), role = edi_model_kind(m, EDI_STR("role"));
    CHECK_INT(edi_model_node(m, role, EDI_STR("pii.email")), EDI_NONE);
    CHECK_INT(edi_model_node(m, tag, EDI_STR("pii.emai")), EDI_NONE);
    CHECK_INT(edi_model_node(m, EDI_NONE, EDI_STR("pii")), EDI_NONE);
  }
  /* An index that does not know of the last node is not used. */
  m->nodes_by_name_count--;
  CHECK(edi_model_node(m, m->nodes[3].kind, m->nodes[3].name) == 3);
  edi_arena_fini(&arena);
}

TEST(other_names_are_found)
{
  edi_model *m = model_new();
  CHECK_INT(edi_model_kind(m, EDI_STR("tag")), 0);
  CHECK_INT(edi_model_kind(m, EDI_STR("tags")), EDI_NONE);
  CHECK_INT(edi_model_scale(m, EDI_STR("quality")), 1);
  CHECK_INT(edi_model_scale(m, EDI_STR("bronze")), EDI_NONE);
  CHECK_INT(m->levels[edi_model_level(m, 0, EDI_STR("restricted"))].rank, 3);
  CHECK_INT(edi_model_level(m, 1, EDI_STR("restricted")), EDI_NONE);
  CHECK_INT(edi_model_level(m, EDI_NONE, EDI_STR("restricted")), EDI_NONE);
  CHECK(edi_model_attr(m, EDI_ENTITY_PRODUCT, EDI_STR("owner")) != EDI_NONE);
  CHECK_INT(edi_model_attr(m, EDI_ENTITY_DATASET, EDI_STR("owner")), EDI_NONE);
  CHECK(edi_model_table(m, EDI_STR("federal.vocabulary.consent")) != EDI_NONE);
  CHECK_INT(edi_model_table(m, EDI_STR("consent")), EDI_NONE);
  CHECK_INT(edi_model_key(m, EDI_STR("federal.privacy.contact")), EDI_NONE);
  edi_arena_fini(&arena);
}

/* The taxonomy goes before the kind of id of the same name. */
TEST(a_kind_of_id_gives_way_to_a_taxonomy)
{
  edi_model *m = model_new();
  uint32_t person = edi_model_kind(m, EDI_STR("person"));
  CHECK(person != EDI_NONE && m->kinds[person].id);
  m->kinds[person].name = EDI_STR("role");
  CHECK(!m->kinds[edi_model_kind(m, EDI_STR("role"))].id);
  edi_arena_fini(&arena);
}

TEST(below_is_at_or_below)
{
  edi_model *m = model_new();
  uint32_t eu = small_model_node(m, "region", "eu"), de = small_model_node(m, "region", "de");
  uint32_t us = small_model_node(m, "region", "us");
  CHECK(edi_model_below(m, de, eu) && edi_model_below(m, eu, eu));
  CHECK(!edi_model_below(m, eu, de) && !edi_model_below(m, us, eu));
  CHECK(!edi_model_below(m, EDI_NONE, eu) && !edi_model_below(m, eu, EDI_NONE));
  edi_arena_fini(&arena);
}

TEST(the_nearest_name_is_suggested)
{
  static const struct {
    const char *wanted, *near;
  } cases[] = {
      {"pii.emial", "pii.email"},
      {"PII.EMAIL", "pii.email"},
      {"pii.fone", "pii.phone"},

      {"geo.contry", "geo.country"},
      {"pi", NULL},
      {"pij", "pii"},
      {"", NULL},
      {"finance", NULL},
      {"monye", "money"},
      {"specia1.health", "special.health"},
  };
  edi_model *m = model_new();
  uint32_t tag = edi_model_kind(m, EDI_STR("tag"));
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    edi_sym_near near = edi_model_suggest_node(m, tag, edi_str_from(cases[i].wanted));
    if (cases[i].near) CHECK_TEXT(near.name.ptr ? near.name.ptr : "", near.name.len, cases[i].near);
    else CHECK(near.name.ptr == NULL);
  }
  CHECK_TEXT(edi_model_suggest_level(m, 0, EDI_STR("Internl")).name.ptr, 8, "internal");
  CHECK_TEXT(edi_model_suggest_attr(m, EDI_ENTITY_PRODUCT, EDI_STR("ovner")).name.ptr, 5, "owner");
  CHECK_TEXT(edi_model_suggest_kind(m, EDI_STR("purposes")).name.ptr, 7, "purpose");
  CHECK_TEXT(edi_model_suggest_scale(m, EDI_STR("qualty")).name.ptr, 7, "quality");
  CHECK_TEXT(edi_model_suggest_table(m, EDI_STR("federal.vocabulary.consents")).name.ptr, 26,
             "federal.vocabulary.consent");
  CHECK(edi_model_suggest_key(m, EDI_STR("contact")).name.ptr == NULL);
  edi_arena_fini(&arena);
}

/* Among equally near names the first in order of bytes, in whatever order they are offered. */
TEST(suggestions_do_not_depend_on_order)
{
  static const char *const names[] = {"card", "bard", "ward", "lard"};
  for (size_t first = 0; first < 4; first++) {
    edi_suggest suggest;
    edi_suggest_init(&suggest, EDI_STR("hard"));
    for (size_t i = 0; i < 4; i++)
      edi_suggest_offer(&suggest, edi_str_from(names[(first + i) % 4]), EDI_SPAN_NONE);
    CHECK_TEXT(suggest.best.name.ptr, suggest.best.name.len, "bard");
  }
}

TEST(types_are_spelt_as_people_write_them)
{
  edi_model *m = model_new();
  uint32_t role = edi_model_kind(m, EDI_STR("role")), person = edi_model_kind(m, EDI_STR("person"));
  const struct {
    edi_type type;
    const char *text;
  } cases[] = {
      {EDI_TYPE_INT, "int"},
      {EDI_TYPE_TIMESTAMP | EDI_TYPE_SET, "set<timestamp>"},
      {EDI_TYPE_MAKE(EDI_TYPE_NODE, role) | EDI_TYPE_SET, "set<role>"},
      {EDI_TYPE_MAKE(EDI_TYPE_ID, person), "id<person>"},
      {EDI_TYPE_MAKE(EDI_TYPE_LEVEL, 1), "quality"},
      {EDI_TYPE_MAKE(EDI_TYPE_LEVEL, 99), "level"},
      {EDI_TYPE_MAKE(EDI_TYPE_NODE, 99), "node"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    edi_buf out;
    edi_buf_init(&out, NULL, 256);
    edi_model_type_name(m, cases[i].type, &out);
    CHECK_TEXT(out.ptr, out.len, cases[i].text);
    edi_buf_fini(&out);
  }
  edi_arena_fini(&arena);
}

/* ---- typed texts ---- */

TEST(durations_are_read_in_the_languages_form)
{
  static const struct {
    const char *text;
    int64_t months, micros;
    bool good;
  } cases[] = {
      {"24 months", 24, 0, true},
      {"1 month", 1, 0, true},
      {"2 years", 24, 0, true},
      {"1 week", 0, 7 * EDI_DAY_MICROS, true},
      {"90 days", 0, 90 * EDI_DAY_MICROS, true},
      {"12 hours", 0, 12 * (EDI_DAY_MICROS / 24), true},
      {"1 minute", 0, 60000000, true},
      {"1 second", 0, 1000000, true},
      {"0 days", 0, 0, true},
      {"106751991 days", 0, 106751991 * EDI_DAY_MICROS, true},
      {"106751992 days", 0, 0, false}, /* one past 64 bits */
      {"90", 0, 0, false},
      {"90days", 0, 0, false},
      {"90  days", 0, 0, false},
      {" 90 days", 0, 0, false},
      {"90 days ", 0, 0, false},
      {"-90 days", 0, 0, false},
      {"090 days", 0, 0, false},
      {"90 Days", 0, 0, false},
      {"90 decades", 0, 0, false},
      {"days", 0, 0, false},
      {"", 0, 0, false},
  };
  edi_model *m = model_new();
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    edi_fact_value value;
    edi_typed result =
        edi_typed_read(&arena, m, EDI_TYPE_DURATION, edi_str_from(cases[i].text), &value);
    if ((result == EDI_TYPED_OK) != cases[i].good)
      HARNESS_FAIL("\"%s\": %d", cases[i].text, (int)result);
    if (result != EDI_TYPED_OK) continue;
    CHECK_INT(value.duration.months, cases[i].months);
    CHECK_INT(value.duration.micros, cases[i].micros);
  }
  edi_arena_fini(&arena);
}

TEST(sets_are_sorted_and_distinct)
{
  static const char *const texts[] = {"0.10", "12", "-3.5", "0.1", "12.0", "11"};
  edi_model *m = model_new();
  edi_fact_value members[6];
  size_t count = 6;
  for (size_t i = 0; i < count; i++)
    CHECK_INT(edi_typed_read(&arena, m, EDI_TYPE_DECIMAL, edi_str_from(texts[i]), &members[i]),
              EDI_TYPED_OK);
  CHECK(edi_typed_sort(&arena, members, &count));
  CHECK_INT(count, 4);
  CHECK(members[0].decimal.mantissa == -35 && members[1].decimal.mantissa == 1);
  CHECK(members[2].decimal.mantissa == 11 && members[3].decimal.mantissa == 12);
  edi_arena_fini(&arena);
}

HARNESS_MAIN
