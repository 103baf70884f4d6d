/* Vocabulary: names found, built-ins required, text from outside typed or unknown. */
#include "harness.h"

#include "bundle/limits.h"
#include "support/federation.h"

static federation fed;
static edi_arena arena;
static edi_vocabulary vocabulary;
static edict_diagnostics *diagnostics;

static edict_status begin(void) {
  diagnostics = edict_diagnostics_create();
  edi_arena_init(&arena, NULL, 1 << 20);
  return edi_vocabulary_init(&vocabulary, &fed.program, &arena, diagnostics);
}

static void end(void) {
  edi_arena_fini(&arena);
  edict_diagnostics_destroy(&diagnostics);
}

static edi_type type_of(const char *attribute) {
  return EDI_TYPE_ELEM(fed.attrs[federation_attr(&fed, EDI_ENTITY_SUBJECT, attribute)].type);
}

TEST(finds_every_node_by_kind_and_name)
{
  federation_init(&fed);
  CHECK_INT(begin(), EDICT_OK);
  for (uint32_t i = 0; i < fed.program.nodes_count; i++)
    CHECK_INT(edi_vocabulary_node(&vocabulary, fed.nodes[i].kind,
                                  edi_program_string(&fed.program, fed.nodes[i].name)),
              i);
  uint32_t role = edi_vocabulary_kind(&vocabulary, EDI_STR("role"));
  uint32_t purpose = edi_vocabulary_kind(&vocabulary, EDI_STR("purpose"));
  CHECK(edi_vocabulary_node(&vocabulary, role, EDI_STR("support")) !=
        edi_vocabulary_node(&vocabulary, purpose, EDI_STR("support")));
  CHECK_INT(edi_vocabulary_node(&vocabulary, role, EDI_STR("billing")), EDI_NONE);
  CHECK_INT(edi_vocabulary_node(&vocabulary, role, EDI_STR("")), EDI_NONE);
  CHECK_INT(edi_vocabulary_node(&vocabulary, EDI_NONE, EDI_STR("support")), EDI_NONE);
  CHECK_INT(edi_vocabulary_kind(&vocabulary, EDI_STR("colour")), EDI_NONE);
  end();
}

TEST(an_id_kind_yields_to_a_taxonomy_of_its_name)
{
  federation_init(&fed);
  uint32_t person = federation_kind(&fed, "person"), region = federation_kind(&fed, "region");
  CHECK_INT(begin(), EDICT_OK);
  CHECK_INT(edi_vocabulary_kind(&vocabulary, EDI_STR("person")), person);
  end();
  edi_kind kept = fed.kinds[region];
  fed.kinds[region] = fed.kinds[person], fed.kinds[person] = kept;
  fed.kinds[region].name = kept.name;
  CHECK_INT(begin(), EDICT_OK);
  CHECK_INT(edi_vocabulary_kind(&vocabulary, EDI_STR("region")), person);
  end();
}

TEST(levels_and_attributes_by_name)
{
  federation_init(&fed);
  CHECK_INT(begin(), EDICT_OK);
  CHECK_INT(edi_vocabulary_level(&vocabulary, 0, EDI_STR("public")), 0);
  CHECK_INT(edi_vocabulary_level(&vocabulary, 0, EDI_STR("restricted")), 3);
  CHECK_INT(edi_vocabulary_level(&vocabulary, 0, EDI_STR("secret")), EDI_NONE);
  CHECK_INT(edi_vocabulary_level(&vocabulary, 1, EDI_STR("public")), EDI_NONE);
  CHECK_INT(edi_vocabulary_attr(&vocabulary, EDI_ENTITY_SUBJECT, EDI_STR("purposes")),
            federation_attr(&fed, EDI_ENTITY_SUBJECT, "purposes"));
  CHECK_INT(edi_vocabulary_attr(&vocabulary, EDI_ENTITY_CONTEXT, EDI_STR("purposes")), EDI_NONE);
  end();
}

TEST(slots_are_dense_and_invert)
{
  federation_init(&fed);
  CHECK_INT(begin(), EDICT_OK);
  uint32_t subjects = 0, contexts = 0;
  for (uint32_t i = 0; i < fed.program.attrs_count; i++) {
    uint32_t entity = fed.attrs[i].entity, slot = vocabulary.attr_slot[i];
    if (entity == EDI_ENTITY_SUBJECT) {
      CHECK_INT(slot, subjects++);
      CHECK_INT(vocabulary.subject_attrs[slot], i);
    } else if (entity == EDI_ENTITY_CONTEXT) {
      CHECK_INT(slot, contexts++);
      CHECK_INT(vocabulary.context_attrs[slot], i);
    } else {
      CHECK_INT(slot, EDI_NONE);
    }
  }
  CHECK_INT(vocabulary.subject_slots, subjects);
  CHECK_INT(vocabulary.context_slots, contexts);
  CHECK_INT(vocabulary.context_attrs[vocabulary.slot_purpose],
            federation_attr(&fed, EDI_ENTITY_CONTEXT, "purpose"));
  CHECK_INT(vocabulary.subject_attrs[vocabulary.slot_purposes],
            federation_attr(&fed, EDI_ENTITY_SUBJECT, "purposes"));
  CHECK_INT(vocabulary.node_read, federation_node(&fed, "action", "read"));
  end();
}

TEST(absence_means_what_is_declared)
{
  static const edi_const consts[] = {{EDI_TYPE_BOOL, 0, 0},    {EDI_TYPE_STRING, 3, 0},
                                     {EDI_TYPE_LEVEL, 0, 2},   {EDI_TYPE_INT | EDI_TYPE_SET, 2, 0},
                                     {EDI_TYPE_INT, 0, 7},     {EDI_TYPE_INT, 0, 9},
                                     {EDI_TYPE_DECIMAL, 1, 15}};
  static const uint32_t lists[] = {4, 5};
  static const char *const attrs[] = {"mfa", "team", "clearance", "grades", "grade", NULL, "share"};
  edi_value got[7];
  federation_init(&fed);
  fed.program.consts = consts, fed.program.consts_count = 7, fed.program.lists = lists,
  fed.program.lists_count = 2;
  for (uint32_t i = 0; i < 7; i++)
    if (attrs[i]) fed.attrs[federation_attr(&fed, EDI_ENTITY_SUBJECT, attrs[i])].fallback = i;
  CHECK_INT(begin(), EDICT_OK);
  for (uint32_t i = 0; i < 7; i++)
    if (attrs[i])
      got[i] = vocabulary.subject_fallbacks[vocabulary.attr_slot[federation_attr(
          &fed, EDI_ENTITY_SUBJECT, attrs[i])]];
  CHECK(got[0].base == EDI_TYPE_BOOL && got[0].as.integer == 0);
  CHECK_TEXT(got[1].as.text, got[1].length, "tag");
  CHECK(got[2].base == EDI_TYPE_LEVEL && got[2].as.integer == 2);
  CHECK(got[3].set == 1 && got[3].length == 2 && got[3].as.members[1].as.integer == 9);
  CHECK(got[4].base == EDI_TYPE_INT && got[4].as.integer == 7);
  CHECK(got[6].as.integer == 15 && got[6].scale == 1);
  CHECK(!edi_value_known(vocabulary.subject_fallbacks[vocabulary.slot_purposes]));
  end();
}

TEST(below_and_is_follow_the_tree)
{
  federation_init(&fed);
  CHECK_INT(begin(), EDICT_OK);
  uint32_t staff = federation_node(&fed, "role", "staff"),
           dpo = federation_node(&fed, "role", "dpo");
  uint32_t reseller = federation_node(&fed, "role", "reseller");
  CHECK_INT(edi_vocabulary_is(&vocabulary, dpo, staff), EDI_YES);
  CHECK_INT(edi_vocabulary_is(&vocabulary, dpo, dpo), EDI_YES);
  CHECK_INT(edi_vocabulary_is(&vocabulary, staff, dpo), EDI_UNKNOWN);
  CHECK_INT(edi_vocabulary_is(&vocabulary, reseller, staff), EDI_NO);
  end();
}

TEST(every_required_built_in_is_required)
{
  static const char *const nodes[][2] = {
      {"action", "access"}, {"action", "read"}, {"action", "unmask"}, {"tag", "untagged"}};
  static const char *const kinds[] = {"tag", "purpose", "role", "action", "domain", "issuer"};
  static const struct {
    edi_entity entity;
    const char *name;
  } attrs[] = {{EDI_ENTITY_CONTEXT, "purpose"}, {EDI_ENTITY_CONTEXT, "now"},
               {EDI_ENTITY_CONTEXT, "action"},  {EDI_ENTITY_SUBJECT, "issuer"},
               {EDI_ENTITY_SUBJECT, "id"},      {EDI_ENTITY_SUBJECT, "purposes"}};
  for (size_t i = 0; i < 4 + 6 + 6; i++) {
    federation_init(&fed);
    edi_ref other = federation_string(&fed, "other");
    if (i < 4) fed.nodes[federation_node(&fed, nodes[i][0], nodes[i][1])].name = other;
    else if (i < 10) fed.kinds[federation_kind(&fed, kinds[i - 4])].name = other;
    else fed.attrs[federation_attr(&fed, attrs[i - 10].entity, attrs[i - 10].name)].name = other;
    CHECK_INT(begin(), EDICT_FORMAT);
    CHECK_INT(edi_diagnostics_code_at(diagnostics, 0), EDI_R0190);
    CHECK(vocabulary.program == NULL);
    end();
  }
}

TEST(built_ins_have_their_types)
{
  static const struct {
    edi_entity entity;
    const char *name;
  } attrs[] = {{EDI_ENTITY_CONTEXT, "purpose"}, {EDI_ENTITY_CONTEXT, "now"},
               {EDI_ENTITY_CONTEXT, "action"},  {EDI_ENTITY_SUBJECT, "issuer"},
               {EDI_ENTITY_SUBJECT, "id"},      {EDI_ENTITY_SUBJECT, "purposes"}};
  for (size_t i = 0; i < sizeof attrs / sizeof *attrs; i++) {
    federation_init(&fed);
    fed.attrs[federation_attr(&fed, attrs[i].entity, attrs[i].name)].type = EDI_TYPE_STRING;
    CHECK_INT(begin(), EDICT_FORMAT);
    CHECK_INT(edi_diagnostics_code_at(diagnostics, 0), EDI_R0191);
    end();
  }
}

TEST(a_domains_program_gives_no_vocabulary)
{
  federation_init(&fed);
  fed.settings[0].layer = EDI_LAYER_DOMAIN;
  CHECK_INT(begin(), EDICT_FORMAT);
  CHECK_INT(edi_diagnostics_code_at(diagnostics, 0), EDI_R0192);
  end();
}

TEST(scalars_convert_or_are_unknown)
{
  static const struct {
    const char *attribute, *text;
    bool known;
    int64_t integer;
  } cases[] = {{"mfa", "true", true, 1},
               {"mfa", "false", true, 0},
               {"mfa", "True", false, 0},
               {"mfa", "1", false, 0},
               {"mfa", "", false, 0},
               {"grade", "0", true, 0},
               {"grade", "-1", true, -1},
               {"grade", "42", true, 42},
               {"grade", "9223372036854775807", true, INT64_MAX},
               {"grade", "-9223372036854775808", true, INT64_MIN},
               {"grade", "9223372036854775808", false, 0},
               {"grade", "-9223372036854775809", false, 0},
               {"grade", "007", false, 0},
               {"grade", "-0", false, 0},
               {"grade", "-", false, 0},
               {"grade", "+1", false, 0},
               {"grade", "1.0", false, 0},
               {"grade", "1e3", false, 0},
               {"grade", " 1", false, 0},
               {"grade", "", false, 0},
               {"hired", "1970-01-02", true, 1},
               {"hired", "2026-02-29", false, 0},
               {"hired", "2026-2-1", false, 0},
               {"trained", "1970-01-01T00:00:01Z", true, 1000000},
               {"trained", "1970-01-01T00:00:01", false, 0},
               {"clearance", "internal", true, 1},
               {"clearance", "Internal", false, 0},
               {"clearance", "1", false, 0},
               {"region", "atlantis", false, 0},
               {"region", "", false, 0}};
  unsigned char storage[16];
  federation_init(&fed);
  CHECK_INT(begin(), EDICT_OK);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    edi_value v = edi_vocabulary_convert(&vocabulary, type_of(cases[i].attribute),
                                         edi_str_from(cases[i].text), storage);
    if (edi_value_known(v) != cases[i].known ||
        (cases[i].known && v.as.integer != cases[i].integer))
      HARNESS_FAIL("%s from \"%s\"", cases[i].attribute, cases[i].text);
  }
  edi_value de = edi_vocabulary_convert(&vocabulary, type_of("region"), EDI_STR("de"), storage);
  CHECK_INT(de.as.integer, federation_node(&fed, "region", "de"));
  edi_value share =
      edi_vocabulary_convert(&vocabulary, type_of("share"), EDI_STR("-12.5"), storage);
  CHECK_INT(share.base, EDI_TYPE_DECIMAL);
  CHECK_INT(share.as.integer, -125);
  CHECK_INT(share.scale, 1);
  edi_value team =
      edi_vocabulary_convert(&vocabulary, EDI_TYPE_STRING, EDI_STR("gr\xc3\xbcn"), storage);
  CHECK_TEXT(team.as.text, team.length, "gr\xc3\xbcn");
  CHECK(!edi_value_known(
      edi_vocabulary_convert(&vocabulary, EDI_TYPE_STRING, EDI_STR("\xff"), storage)));
  CHECK(!edi_value_known(
      edi_vocabulary_convert(&vocabulary, type_of("person"), EDI_STR("\xc0\x80"), storage)));
  CHECK(!edi_value_known(
      edi_vocabulary_convert(&vocabulary, EDI_TYPE_DURATION, EDI_STR("24 months"), storage)));
  CHECK(!edi_value_known(
      edi_vocabulary_convert(&vocabulary, EDI_TYPE_SUBJECT, EDI_STR("ana"), storage)));
  CHECK(!edi_value_known(
      edi_vocabulary_convert(&vocabulary, EDI_TYPE_INT | EDI_TYPE_SET, EDI_STR("1"), storage)));
  end();
}

TEST(sets_are_sorted_distinct_and_say_when_incomplete)
{
  edi_str texts[] = {EDI_STR("dpo"), EDI_STR("support"), EDI_STR("dpo"), EDI_STR("king")};
  federation_init(&fed);
  CHECK_INT(begin(), EDICT_OK);
  edi_value set =
      edi_vocabulary_convert_set(&vocabulary, type_of("roles"), texts, 4, false, &arena);
  CHECK_INT(set.base, EDI_TYPE_NODE);
  CHECK_INT(set.set, 1);
  CHECK_INT(set.length, 2);
  CHECK_INT(set.scale, 1);
  CHECK_INT(set.as.members[0].as.integer, federation_node(&fed, "role", "support"));
  CHECK_INT(set.as.members[1].as.integer, federation_node(&fed, "role", "dpo"));
  CHECK_INT(edi_vocabulary_convert_set(&vocabulary, type_of("roles"), texts, 4, true, &arena).scale,
            0);
  CHECK_INT(
      edi_vocabulary_convert_set(&vocabulary, type_of("roles"), texts, 3, false, &arena).scale, 0);
  set = edi_vocabulary_convert_set(&vocabulary, type_of("roles"), texts, 0, false, &arena);
  CHECK(edi_value_known(set) && set.set == 1 && set.length == 0 && set.scale == 0);
  edi_str networks[] = {EDI_STR("::1"), EDI_STR("10.0.0.1"), EDI_STR("::ffff:10.0.0.1"),
                        EDI_STR("10.0.0.0")};
  set = edi_vocabulary_convert_set(&vocabulary, type_of("networks"), networks, 4, false, &arena);
  CHECK_INT(set.length, 3);
  CHECK_INT(set.as.members[2].as.text[15], 1);
  CHECK_INT((unsigned char)set.as.members[2].as.text[12], 10);
  end();
}

TEST(a_set_has_at_most_its_limit)
{
  static edi_str texts[EDI_LIMIT_SET_MEMBERS + 1];
  static char digits[EDI_LIMIT_SET_MEMBERS + 1][8];
  federation_init(&fed);
  CHECK_INT(begin(), EDICT_OK);
  for (unsigned i = 0; i <= EDI_LIMIT_SET_MEMBERS; i++)
    texts[i] =
        (edi_str){digits[i], (size_t)snprintf(digits[i], 8, "%u", (i * 2654435761u) % 99991)};
  edi_value set = edi_vocabulary_convert_set(&vocabulary, type_of("grades"), texts,
                                             EDI_LIMIT_SET_MEMBERS, false, &arena);
  CHECK(set.length > 4000 && set.scale == 0);
  for (uint32_t i = 1; i < set.length; i++)
    CHECK(set.as.members[i - 1].as.integer < set.as.members[i].as.integer);
  set = edi_vocabulary_convert_set(&vocabulary, type_of("grades"), texts, EDI_LIMIT_SET_MEMBERS + 1,
                                   false, &arena);
  CHECK(!edi_value_known(set));
  end();
}

TEST(values_have_a_total_order)
{
  edi_value months = edi_value_integer(EDI_TYPE_DURATION, 1), days = months;
  months.scale = 1;
  CHECK(edi_value_compare(months, days) > 0);
  CHECK(edi_value_compare(days, months) < 0);
  CHECK(edi_value_compare(edi_value_integer(EDI_TYPE_INT, -1), edi_value_integer(EDI_TYPE_INT, 1)) <
        0);
  edi_value half = edi_value_integer(EDI_TYPE_DECIMAL, 5),
            one = edi_value_integer(EDI_TYPE_DECIMAL, 1);
  half.scale = 1;
  CHECK(edi_value_compare(half, one) < 0);
  CHECK(edi_value_compare(edi_value_text(EDI_TYPE_STRING, EDI_STR("a")),
                          edi_value_text(EDI_TYPE_STRING, EDI_STR("ab"))) < 0);
  CHECK(edi_value_compare(edi_value_text(EDI_TYPE_ID, EDI_STR("a")),
                          edi_value_text(EDI_TYPE_ID, EDI_STR("a"))) == 0);
  CHECK(edi_value_compare(edi_value_unknown(), one) < 0);
}

TEST(addresses_have_one_text)
{
  static const struct {
    const char *text, *hex;
  } cases[] = {{"10.0.0.1", "00000000000000000000ffff0a000001"},
               {"255.255.255.255", "00000000000000000000ffffffffffff"},
               {"0.0.0.0", "00000000000000000000ffff00000000"},
               {"::ffff:10.0.0.1", "00000000000000000000ffff0a000001"},
               {"::", "00000000000000000000000000000000"},
               {"::1", "00000000000000000000000000000001"},
               {"1::", "00010000000000000000000000000000"},
               {"2001:db8::1", "20010db8000000000000000000000001"},
               {"2001:db8:0:1:1:1:1:1", "20010db8000000010001000100010001"},
               {"1:0:0:2::3", "00010000000000020000000000000003"},
               {"1:2:3:4:5:6:7:8", "00010002000300040005000600070008"},
               {"1::2:0:0:3:4", "00010000000000020000000000030004"},
               {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffffffffffffffffffffffffffffffff"},
               {"", NULL},
               {"10.0.0", NULL},
               {"10.0.0.1.2", NULL},
               {"10.0.0.256", NULL},
               {"10.0.0.01", NULL},
               {"010.0.0.1", NULL},
               {"10.0.0.", NULL},
               {".10.0.0.1", NULL},
               {"0x0a.0.0.1", NULL},
               {"1.2.3.4 ", NULL},
               {" 1.2.3.4", NULL},
               {"1.2.3.1234", NULL},
               {":", NULL},
               {":::", NULL},
               {":1::", NULL},
               {"1:", NULL},
               {"::1:", NULL},
               {"1::2::3", NULL},
               {"12345::", NULL},
               {"1:2:3:4:5:6:7", NULL},
               {"1:2:3:4:5:6:7:8:9", NULL},
               {"1:2:3:4:5:6:7::", NULL},
               {"1::2:3:4:5:6:7:8", NULL},
               {"0:0:0:0:0:0:0:1", NULL},
               {"2001:DB8::1", NULL},
               {"2001:0db8::1", NULL},
               {"2001:db8:0:0:0:0:0:1", NULL},
               {"1:0:0:2:0:0:0:3", NULL},
               {"1::2:0:0:0:3", NULL},
               {"fe80::1%eth0", NULL},
               {"[::1]", NULL},
               {"::g", NULL},
               {"::ffff:a00:1", NULL},
               {"::ffff:010.0.0.1", NULL},
               {"::ffff:1.2.3", NULL},
               {"::10.0.0.1", NULL}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    unsigned char bytes[16], expected[16];
    size_t length = 0;
    bool parsed = edi_ip_parse(edi_str_from(cases[i].text), bytes);
    if (parsed != (cases[i].hex != NULL)) HARNESS_FAIL("\"%s\"", cases[i].text);
    if (!parsed || !cases[i].hex) continue;
    REQUIRE(edi_hex_decode(edi_str_from(cases[i].hex), expected, 16, &length));
    if (memcmp(bytes, expected, 16) != 0) HARNESS_FAIL("\"%s\"", cases[i].text);
  }
}

TEST(networks_have_no_host_bits)
{
  static const struct {
    const char *text;
    int prefix;
  } cases[] = {{"10.0.0.0/8", 104},
               {"0.0.0.0/0", 96},
               {"10.1.2.3/32", 128},
               {"2001:db8::/32", 32},
               {"::/0", 0},
               {"::1/128", 128},
               {"10.0.2.0/23", 119},
               {"10.0.1.0/23", -1}, /* the first bit behind the prefix */
               {"2001:db8:0:1::/63", -1},
               {"10.0.0.1/8", -1},
               {"10.0.0.0/33", -1},
               {"10.0.0.0/08", -1},
               {"10.0.0.0/", -1},
               {"10.0.0.0", -1},
               {"/8", -1},
               {"10.0.0.0/8/8", -1},
               {"10.0.0.0/8 ", -1},
               {"10.0.0.0/-1", -1},
               {"2001:db8::/129", -1},
               {"2001:db8::1/32", -1},
               {"", -1}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    unsigned char bytes[16];
    unsigned prefix = 999;
    bool parsed = edi_cidr_parse(edi_str_from(cases[i].text), bytes, &prefix);
    if (parsed != (cases[i].prefix >= 0) || (parsed && prefix != (unsigned)cases[i].prefix))
      HARNESS_FAIL("\"%s\"", cases[i].text);
  }
}

/* Allocation fails at the first, second, ... block; every run before the last says so. */
static size_t allowed;
static void *limited(void *context, void *pointer, size_t old_size, size_t new_size) {
  if (new_size > 0 && allowed-- == 0) return allowed = 0, NULL;
  return edi_allocator_default.resize(context, pointer, old_size, new_size);
}

TEST(without_memory_it_says_so)
{
  const edi_allocator allocator = {limited, NULL};
  federation_init(&fed);
  allowed = 0;
  edi_arena_init(&arena, &allocator, 1 << 20);
  CHECK_INT(edi_vocabulary_init(&vocabulary, &fed.program, &arena, NULL), EDICT_MEMORY);
  CHECK(vocabulary.program == NULL);
  edi_arena_fini(&arena);
}

HARNESS_MAIN
