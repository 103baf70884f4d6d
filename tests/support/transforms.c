/* Transforms from text: see the header. */
#include "support/transforms.h"

#include <stdio.h>
#include <stdlib.h>

static edi_pattern *patterns[256];
static size_t pattern_count;
static char storage[1 << 20];
static size_t stored;

__attribute__((destructor)) static void forget(void) {
  while (pattern_count > 0) edi_pattern_destroy(patterns[--pattern_count]);
}

static void refuse(const char *text, const char *why) {
  fprintf(stderr, "%s: %s\n", text, why);
  abort();
}

static edi_str keep(edi_str s) {
  if (s.len > sizeof storage - stored) refuse("transforms", "no room");
  char *at = storage + stored;
  memcpy(at, s.ptr, s.len);
  stored += s.len;
  return (edi_str){at, s.len};
}

static int hex_digit(char c) { return c >= '0' && c <= '9' ? c - '0' : (c | 32) - 'a' + 10; }

static edi_str unquote(edi_str s) {
  char out[4096];
  size_t used = 0;
  for (size_t i = 1; i + 1 < s.len && used < sizeof out; i++) {
    char c = s.ptr[i];
    if (c == '\\') {
      c = s.ptr[++i];
      if (c == 'n') c = '\n';
      if (c == 't') c = '\t';
      if (c == 'x') {
        c = (char)(hex_digit(s.ptr[i + 1]) << 4 | hex_digit(s.ptr[i + 2]));
        i += 2;
      }
    }
    out[used++] = c;
  }
  return keep((edi_str){out, used});
}

/* Bytes as x"0a0b". */
static edi_value bytes_of(edi_str s) {
  char out[256];
  size_t used = 0;
  for (size_t i = 2; i + 2 < s.len && used < sizeof out; i += 2) out[used++] = (char)(hex_digit(s.ptr[i]) << 4 | hex_digit(s.ptr[i + 1]));
  return edi_value_text(EDI_TYPE_BINARY, keep((edi_str){out, used}));
}

edi_value transform_value(edi_str s) {
  int64_t number;
  edi_decimal d;
  if (edi_str_equal(s, EDI_STR("NULL"))) return edi_value_unknown();
  if (s.len >= 2 && s.ptr[0] == '"') return edi_value_text(EDI_TYPE_STRING, unquote(s));
  if (s.len >= 3 && s.ptr[0] == 'x' && s.ptr[1] == '"') return bytes_of(s);
  if (edi_clock_parse(s, &number)) return edi_value_integer(EDI_TYPE_TIME, number);
  if (edi_str_equal(s, EDI_STR("true"))) return edi_value_integer(EDI_TYPE_BOOL, 1);
  if (edi_str_equal(s, EDI_STR("false"))) return edi_value_integer(EDI_TYPE_BOOL, 0);
  if (edi_date_parse(s, &number)) return edi_value_integer(EDI_TYPE_DATE, number);
  if (edi_timestamp_parse(s, &number)) return edi_value_integer(EDI_TYPE_TIMESTAMP, number);
  if (edi_decimal_parse(s, &d)) {
    bool whole = !edi_str_contains(s, EDI_STR("."));
    edi_value v = edi_value_integer(whole ? EDI_TYPE_INT : EDI_TYPE_DECIMAL, d.mantissa);
    v.scale = EDI_VALUE_SCALE(d.scale);
    return v;
  }
  return edi_value_text(EDI_TYPE_STRING, keep(s)); /* a word */
}

static edi_str trimmed(edi_str s) {
  while (s.len && *s.ptr == ' ') s.ptr++, s.len--;
  while (s.len && s.ptr[s.len - 1] == ' ') s.len--;
  return s;
}

/* The next argument: up to a comma that stands in neither a text nor a pattern. */
static edi_str next_argument(edi_str *left) {
  char in = 0;
  size_t i = 0;
  for (; i < left->len; i++) {
    char c = left->ptr[i];
    bool starts = c == '"' || (c == '/' && i == strspn(left->ptr, " "));
    if (in && c == '\\') i++;
    else if (in ? c == in : starts) in = in ? 0 : c;
    else if (!in && c == ',') break;
  }
  edi_str one = trimmed((edi_str){left->ptr, i});
  size_t used = i < left->len ? i + 1 : i;
  left->ptr += used;
  left->len -= used;
  return one;
}

static uint32_t scope_named(edi_str name) {
  static const char *const names[] = {"query", "reader", "purpose", "product", "domain", "federation"};
  for (uint32_t i = 0; i < 6; i++)
    if (edi_str_equal(name, edi_str_from(names[i]))) return i + EDI_SCOPE_QUERY;
  return 0;
}

static void set_key(edi_transform *t, edi_str s) {
  const char *at = memchr(s.ptr, '@', s.len);
  size_t name = at ? (size_t)(at - s.ptr) : s.len;
  t->key = keep((edi_str){s.ptr, name});
  t->key_scope = at ? scope_named((edi_str){at + 1, s.len - name - 1}) : EDI_SCOPE_PRODUCT;
}

static void set_pattern(edi_transform *t, edi_str s, const char *text) {
  const char *why;
  size_t at;
  t->pattern_source = keep((edi_str){s.ptr + 1, s.len - 2});
  if (pattern_count == sizeof patterns / sizeof *patterns ||
      edi_pattern_compile(t->pattern_source, EDI_PATTERN_SUBSTITUTE, &patterns[pattern_count], &why, &at) != EDICT_OK)
    refuse(text, "its pattern");
  t->pattern = patterns[pattern_count++];
}

/* The parameter of an argument, whose name is taken off. */
static unsigned parameter_of(edi_transform_id id, edi_str *one, unsigned *position) {
  edi_parameter p;
  for (unsigned i = 0; edi_transform_parameter(id, i, &p); i++)
    if (edi_str_starts(*one, p.name) && one->len > p.name.len && one->ptr[p.name.len] == ':') {
      *one = trimmed((edi_str){one->ptr + p.name.len + 1, one->len - p.name.len - 1});
      return i;
    }
  return (*position)++;
}

static void set_arguments(edi_transform *t, edi_str left, const char *text) {
  edi_parameter p;
  unsigned position = 0;
  while (left.len) {
    edi_str one = next_argument(&left);
    unsigned at = parameter_of(t->id, &one, &position);
    if (!edi_transform_parameter(t->id, at, &p)) refuse(text, "too many arguments");
    if (p.type == EDI_PARAMETER_KEY) {
      set_key(t, one);
      t->args[at] = edi_value_integer(EDI_TYPE_BOOL, 1);
    } else if (p.type == EDI_PARAMETER_ROW) {
      bool tag = one.ptr[3] == '[';
      t->args[at] = edi_value_text(EDI_TYPE_STRING, keep((edi_str){one.ptr + 4, one.len - 4 - tag}));
      t->args[at].scale = !tag;
    } else if (p.type == EDI_PARAMETER_PATTERN) set_pattern(t, one, text);
    else t->args[at] = edi_argument_normal(&p, transform_value(one));
    if (p.type != EDI_PARAMETER_KEY && p.type != EDI_PARAMETER_PATTERN && !t->args[at].base) refuse(text, "an argument");
  }
}

edi_transform transform_of(const char *text) {
  const char *open = strchr(text, '(');
  size_t length = open ? (size_t)(open - text) : strlen(text);
  edi_transform t = {.id = edi_transform_by_name((edi_str){text, length})};
  edi_parameter p;
  if (t.id == EDI_TRANSFORM_NONE) refuse(text, "no such transform");
  for (unsigned i = 0; edi_transform_parameter(t.id, i, &p); i++)
    if (p.has_fallback && p.type != EDI_PARAMETER_KEY) t.args[i] = edi_argument_fallback(&p);
  if (open) set_arguments(&t, (edi_str){open + 1, strlen(open) - 2}, text);
  for (unsigned i = 0; edi_transform_parameter(t.id, i, &p); i++)
    if (!p.has_fallback && p.type != EDI_PARAMETER_KEY && p.type != EDI_PARAMETER_PATTERN && !t.args[i].base) refuse(text, "lacks an argument");
  const char *trouble = edi_arguments_settle(t.id, t.args);
  if (trouble) refuse(text, trouble);
  return t;
}
