/* Strict JSON: what is taken and refused, and that jansson reads the same out of what is taken. */
#include "harness.h"

#include <jansson.h>

#include "identity/strictjson.h"
#include "support/short_memory.h"

enum { DEPTH = 16 };

static edi_arena arena;
static const char *why;

static const edi_json *parse(edi_str text, edict_status *status) {
  const edi_json *object = NULL;
  edi_arena_init(&arena, NULL, 1 << 22);
  *status = edi_strictjson_parse(text, DEPTH, &arena, &object, &why);
  return object;
}

static void end(void) { edi_arena_fini(&arena); }

/* `why` NULL: taken. */
static const struct {
  const char *text, *why;
} texts[] = {{"{}", NULL},
             {" \t\r\n{ } ", NULL},
             {"{\"a\":1}", NULL},
             {"{\"a\":[1,2,{\"b\":null}],\"c\":true,\"d\":false}", NULL},
             {"{\"a\":-0}", NULL},
             {"{\"a\":9223372036854775807}", NULL},
             {"{\"a\":-9223372036854775808}", NULL},
             {"{\"a\":1.5e99}", NULL},
             {"{\"a\":1E+5}", NULL},
             {"{\"\":\"\"}", NULL},
             {"{\"a\":\"\\ud83d\\ude00\"}", NULL},
             {"{\"a\":\"\\u00e9\\/\\\"\\\\\\b\\f\\n\\r\\t\"}", NULL},
             {"{\"a\":\"\x7f\"}", NULL},
             {"", "not an object"},
             {"   ", "not an object"},
             {"[]", "not an object"},
             {"1", "not an object"},
             {"\"a\"", "not an object"},
             {"null", "not an object"},
             {"\xef\xbb\xbf{}", "not an object"},
             {"\v{}", "not an object"},
             {"{", "not JSON"},
             {"{\"a\"}", "not JSON"},
             {"{\"a\":}", "not JSON"},
             {"{\"a\":1,}", "not JSON"},
             {"{,}", "not JSON"},
             {"{a:1}", "not JSON"},
             {"{'a':1}", "not JSON"},
             {"{\"a\":1 \"b\":2}", "not JSON"},
             {"{\"a\":[1,]}", "not JSON"},
             {"{\"a\":[1", "not JSON"},
             {"{\"a\":[1}", "not JSON"},
             {"{\"a\":\"", "not JSON"},
             {"{\"a\":\"x", "not JSON"},
             {"{\"a\":\"\\", "not JSON"},
             {"{\"a\":\"\\\"}", "not JSON"},
             {"{\"a\":\"\\x41\"}", "not JSON"},
             {"{\"a\":\"\\u12\"}", "not JSON"},
             {"{\"a\":\"\\u12g4\"}", "not JSON"},
             {"{\"a\":\"\t\"}", "not JSON"},
             {"{\"a\":\"\n\"}", "not JSON"},
             {"{\"a\":tru}", "not JSON"},
             {"{\"a\":True}", "not JSON"},
             {"{\"a\":nul}", "not JSON"},
             {"{\"a\":NaN}", "not JSON"},
             {"{\"a\":Infinity}", "not JSON"},
             {"{\"a\":01}", "not JSON"},
             {"{\"a\":+1}", "not JSON"},
             {"{\"a\":.5}", "not JSON"},
             {"{\"a\":1.}", "not JSON"},
             {"{\"a\":1e}", "not JSON"},
             {"{\"a\":1e+}", "not JSON"},
             {"{\"a\":-}", "not JSON"},
             {"{\"a\":0x10}", "not JSON"},
             {"{/**/}", "not JSON"},
             {"{}//", "follows"},
             {"{}{}", "follows"},
             {"{},", "follows"},
             {"{}]", "follows"},
             {"{\"a\":9223372036854775808}", "out of range"},
             {"{\"a\":-9223372036854775809}", "out of range"},
             {"{\"a\":1e100}", "out of range"},
             {"{\"a\":1e001}", "out of range"},
             {"{\"a\":0.00000000000000000000000000000000000000}", NULL},
             {"{\"a\":0.000000000000000000000000000000000000000}", "out of range"},
             {"{\"a\":1,\"a\":2}", "twice"},
             {"{\"a\":1,\"b\":2,\"\\u0061\":3}", "twice"},
             {"{\"x\":[{\"a\":1,\"a\":1}]}", "twice"},
             {"{\"a\":\"\\u0000\"}", "NUL"},
             {"{\"\\u0000\":1}", "NUL"},
             {"{\"a\":\"\\ud800\"}", "surrogate"},
             {"{\"a\":\"\\udc00\"}", "surrogate"},
             {"{\"a\":\"\\ud800\\u0041\"}", "surrogate"},
             {"{\"a\":\"\\ud800\\ud800\"}", "surrogate"},
             {"{\"a\":\"\\ud800x\"}", "surrogate"},
             {"{\"a\":\"\xff\"}", "UTF-8"},
             {"{\"a\":\"\xc0\xaf\"}", "UTF-8"},
             {"{\"a\":\"\xed\xa0\x80\"}", "UTF-8"},
             {"{\"a\":[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]}", NULL},
             {"{\"a\":[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]}", "deeply"}};

TEST(texts_taken_and_refused)
{
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    edict_status status;
    const edi_json *object = parse(edi_str_from(texts[i].text), &status);
    if ((object != NULL) != (texts[i].why == NULL) || (object != NULL) != (status == EDICT_OK) ||
        (texts[i].why && !strstr(why, texts[i].why)))
      HARNESS_FAIL("%s: status %d, %s", texts[i].text, status, why ? why : "-");
    end();
  }
  edict_status status;
  parse((edi_str){"{\"a\":1}\0", 8}, &status);
  CHECK_INT(status, EDICT_FORMAT);
  end();
  parse((edi_str){"{\"a\0\":1}", 8}, &status);
  CHECK_INT(status, EDICT_FORMAT);
  end();
  CHECK(parse((edi_str){NULL, 0}, &status) == NULL);
  end();
}

/* Data: what is refused is the same, but for numbers of any length and a NUL in a text. */
TEST(texts_of_data)
{
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    const edi_json *object = NULL;
    bool taken = !texts[i].why || strstr(texts[i].why, "out of range") || strstr(texts[i].why, "NUL");
    edi_arena_init(&arena, NULL, 1 << 22);
    edict_status status = edi_strictjson_parse_data(edi_str_from(texts[i].text), DEPTH, &arena, &object, &why);
    if ((status == EDICT_OK) != taken || (object != NULL) != taken) HARNESS_FAIL("%s: status %d", texts[i].text, status);
    end();
  }
  static const struct { const char *text; edi_json_kind kind; } numbers[] = {
      {"7", EDI_JSON_INTEGER}, {"-9223372036854775808", EDI_JSON_INTEGER}, {"9223372036854775808", EDI_JSON_REAL}, {"1e999", EDI_JSON_REAL}};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    char text[64];
    const edi_json *object = NULL;
    snprintf(text, sizeof text, "{\"a\":%s}", numbers[i].text);
    edi_arena_init(&arena, NULL, 1 << 22);
    REQUIRE(edi_strictjson_parse_data(edi_str_from(text), DEPTH, &arena, &object, &why) == EDICT_OK);
    CHECK_INT(object->items[0]->kind, numbers[i].kind);
    CHECK_TEXT(object->items[0]->text.ptr, object->items[0]->text.len, numbers[i].text);
    end();
  }
}

TEST(values_and_look_up)
{
  edict_status status;
  const edi_json *o = parse(EDI_STR("{\"z\":-7,\"list\":[\"b\",\"a\"],\"yes\":true,\"\":\"empty\","
                                    "\"r\":1.5,\"s\":\"\\u00e9\\ud83d\\ude00\\n\"}"),
                            &status);
  REQUIRE(o != NULL);
  CHECK_INT(o->count, 6);
  CHECK_INT(edi_strictjson_member(o, EDI_STR("z"))->integer, -7);
  CHECK_INT(edi_strictjson_member(o, EDI_STR("yes"))->integer, 1);
  CHECK_INT(edi_strictjson_member(o, EDI_STR("r"))->kind, EDI_JSON_REAL);
  edi_str text = edi_strictjson_text_of(o, "s");
  CHECK_TEXT(text.ptr, text.len, "\xc3\xa9\xf0\x9f\x98\x80\n");
  text = edi_strictjson_text_of(o, "");
  CHECK_TEXT(text.ptr, text.len, "empty");
  const edi_json *list = edi_strictjson_member(o, EDI_STR("list"));
  CHECK_TEXT(list->items[0]->text.ptr, list->items[0]->text.len, "b");
  CHECK(edi_strictjson_member(o, EDI_STR("Z")) == NULL);
  CHECK(edi_strictjson_member(list, EDI_STR("z")) == NULL);
  CHECK(edi_strictjson_member(NULL, EDI_STR("z")) == NULL);
  CHECK(edi_strictjson_text_of(o, "z").ptr == NULL);
  end();
}

TEST(many_members_are_found)
{
  edi_buf text;
  edict_status status;
  edi_buf_init(&text, NULL, 1 << 20);
  for (unsigned i = 0; i < 2000; i++)
    edi_buf_format(&text, "%s\"m%u\":%u", i ? "," : "{", i * 7919 % 2000, i);
  edi_buf_char(&text, '}');
  const edi_json *o = parse((edi_str){text.ptr, text.len}, &status);
  REQUIRE(o != NULL);
  for (unsigned i = 0; i < 2000; i++) {
    char name[16];
    snprintf(name, sizeof name, "m%u", i * 7919 % 2000);
    const edi_json *m = edi_strictjson_member(o, edi_str_from(name));
    CHECK(m && m->integer == (int64_t)i);
  }
  end();
  edi_buf_fini(&text);
}

TEST(memory_that_ends_ends_the_parse)
{
  const edi_str text = EDI_STR("{\"a\":[1,2,3],\"b\":{\"c\":\"\\n\"}}");
  for (size_t n = 1;; n++) {
    short_memory memory;
    edi_allocator allocator = short_memory_init(&memory, n);
    edi_arena a;
    const edi_json *object;
    edi_arena_init(&a, &allocator, 1 << 20);
    edict_status status = edi_strictjson_parse(text, DEPTH, &a, &object, &why);
    CHECK_INT(status, memory.failed ? EDICT_MEMORY : EDICT_OK);
    CHECK((object != NULL) == (status == EDICT_OK));
    edi_arena_fini(&a);
    if (!memory.failed) break;
  }
  /* Many values against a small ceiling: LIMIT, and never half an object. */
  edi_buf many;
  edi_buf_init(&many, NULL, 1 << 20);
  edi_buf_text(&many, "{\"a\":[0");
  for (unsigned i = 0; i < 4000; i++) edi_buf_text(&many, ",0");
  edi_buf_text(&many, "]}");
  edi_arena small;
  const edi_json *object;
  edi_arena_init(&small, NULL, 1 << 16);
  CHECK_INT(edi_strictjson_parse((edi_str){many.ptr, many.len}, DEPTH, &small, &object, &why),
            EDICT_LIMIT);
  CHECK(object == NULL);
  edi_arena_fini(&small);
  edi_buf_fini(&many);
}

/* ---- against jansson ---- */

static bool same(const edi_json *mine, const json_t *other) {
  switch (mine->kind) {
    case EDI_JSON_NULL: return json_is_null(other);
    case EDI_JSON_BOOL:
      return json_is_boolean(other) && json_is_true(other) == (mine->integer == 1);
    case EDI_JSON_INTEGER:
      return json_is_integer(other) && json_integer_value(other) == mine->integer;
    case EDI_JSON_REAL: return json_is_real(other);
    case EDI_JSON_STRING:
      return json_is_string(other) &&
             edi_str_equal(mine->text,
                           (edi_str){json_string_value(other), json_string_length(other)});
    case EDI_JSON_ARRAY:
      if (!json_is_array(other) || json_array_size(other) != mine->count) return false;
      for (size_t i = 0; i < mine->count; i++)
        if (!same(mine->items[i], json_array_get(other, i))) return false;
      return true;
    case EDI_JSON_OBJECT:
      if (!json_is_object(other) || json_object_size(other) != mine->count) return false;
      for (size_t i = 0; i < mine->count; i++) {
        edi_str name = mine->items[i]->name;
        const json_t *member = json_object_getn(other, name.ptr, name.len);
        if (!member || !same(mine->items[i], member)) return false;
      }
      return true;
  }
  return false;
}

static uint64_t state = 88172645463325252u;
static unsigned next(unsigned below) {
  state ^= state << 13, state ^= state >> 7, state ^= state << 17;
  return (unsigned)(state >> 33) % below;
}

TEST(jansson_reads_the_same)
{
  static const char *const seeds[] = {
      "{\"iss\":\"https://"
      "a.example\",\"exp\":1795172400,\"realm_access\":{\"roles\":[\"a\",\"b\"]},\"x\":1.5e3}",
      "{\"a\":\"\\u00e9\\ud83d\\ude00\\\\\\\"\",\"b\":[[],{},null,true,false,-0,12],\"\":{\"a\":{}}"
      "}",
      "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\"}]}"};
  static const char bytes[] = "{}[]\",:\\u0123456789abdeftrnul+-.E \n\xc3\xa9";
  unsigned taken = 0;
  for (unsigned round = 0; round < 60000; round++) {
    char text[256];
    size_t length = (size_t)snprintf(text, sizeof text, "%s", seeds[round % 3]);
    for (unsigned k = next(4); k > 0; k--) {
      size_t at = next((unsigned)length);
      if (next(3) == 0) memmove(text + at, text + at + 1, --length - at);
      else text[at] = bytes[next(sizeof bytes - 1)];
    }
    edict_status status;
    const edi_json *mine = parse((edi_str){text, length}, &status);
    json_t *other = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
    bool differs =
        mine ? !other || !same(mine, other)
             : json_is_object(other) && !strstr(why, "out of range") && !strstr(why, "deeply");
    if (differs) HARNESS_FAIL("%.*s: %s", (int)length, text, mine ? "taken" : why);
    taken += mine != NULL;
    json_decref(other);
    end();
  }
  CHECK(taken > 10000 && taken < 50000);
}

HARNESS_MAIN
