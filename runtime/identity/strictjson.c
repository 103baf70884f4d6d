/* Strict JSON: a recursive descent that goes at most `depth` deep. The rule stands above each function.
 *
 * Children are chained while their number is unknown, then put in a row: an array's in order, an
 * object's sorted by name, so that a name that stands twice is seen and look-up is by bisection. */
#include "identity/strictjson.h"

/* A number is bounded in length and exponent so that every parser can hold it. */
enum { NUMBER_CHARACTERS_MOST = 40, EXPONENT_DIGITS_MOST = 2 };
enum { FEW = 16 }; /* members that are sorted and looked through one by one */

const char edi_strictjson_twice[] = "a member stands twice";

typedef struct child {
  edi_json value;
  struct child *next;
} child;

typedef struct parser {
  edi_str text;
  size_t at, depth;
  edi_arena *arena;
  bool data; /* see edi_strictjson_parse_data */
  edict_status status;
  const char *why;
} parser;

static bool parse_value(parser *p, edi_json *value);

static bool fail(parser *p, edict_status status, const char *why) {
  if (p->status == EDICT_OK) {
    p->status = status;
    p->why = why;
  }
  return false;
}

static bool not_json(parser *p) { return fail(p, EDICT_FORMAT, "it is not JSON"); }

static bool no_room(parser *p) {
  return fail(p, edi_arena_status(p->arena), "it needs more memory than there is");
}

static char peek(const parser *p) {
  return p->at < p->text.len ? p->text.ptr[p->at] : 0; /* a NUL is part of no rule */
}

static bool take(parser *p, char c) {
  if (peek(p) != c || p->at == p->text.len) return false;
  p->at++;
  return true;
}

static void skip_blanks(parser *p) {
  if (p->at < p->text.len && (unsigned char)p->text.ptr[p->at] > ' ') return;
  while (peek(p) == ' ' || peek(p) == '\t' || peek(p) == '\n' || peek(p) == '\r') p->at++;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* ---- strings ---- */

static bool parse_hex4(parser *p, uint32_t *unit) {
  *unit = 0;
  for (int i = 0; i < 4; i++, p->at++) {
    char c = peek(p);
    char lower = (char)(c | 0x20);
    if (is_digit(c)) *unit = *unit << 4 | (uint32_t)(c - '0');
    else if (lower >= 'a' && lower <= 'f') *unit = *unit << 4 | (uint32_t)(lower - 'a' + 10);
    else return not_json(p);
  }
  return true;
}

static size_t encode_utf8(uint32_t c, char *out) {
  if (c < 0x80) return out[0] = (char)c, 1;
  size_t length = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  for (size_t i = length - 1; i > 0; i--, c >>= 6) out[i] = (char)(0x80 | (c & 0x3F));
  out[0] = (char)((0xF00 >> length & 0xF0) | c);
  return length;
}

/* unicode ::= "u" hex4 | "u" high-surrogate "\u" low-surrogate; the "u" has been taken */
static bool parse_unicode(parser *p, char *out, size_t *length) {
  uint32_t unit = 0, low = 0;
  if (!parse_hex4(p, &unit)) return false;
  if (unit >= 0xD800 && unit <= 0xDFFF) {
    if (unit > 0xDBFF || !take(p, '\\') || !take(p, 'u') || !parse_hex4(p, &low) || low < 0xDC00 ||
        low > 0xDFFF)
      return fail(p, EDICT_FORMAT, "it holds half a surrogate pair");
    unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
  }
  if (unit == 0 && !p->data) return fail(p, EDICT_FORMAT, "it holds a NUL");
  *length += encode_utf8(unit, out + *length);
  return true;
}

/* escape ::= "\" ( ["\/bfnrt] | unicode ); the backslash has been taken */
static bool parse_escape(parser *p, char *out, size_t *length) {
  static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
  char c = peek(p);
  const char *found = c ? strchr(from, c) : NULL;
  if (!found && c != 'u') return not_json(p);
  p->at++;
  if (c == 'u') return parse_unicode(p, out, length);
  out[(*length)++] = to[found - from];
  return true;
}

/* Where the string that begins at p->at ends; SIZE_MAX if it does not. *plain: it has no escape. */
static size_t string_end(const parser *p, bool *plain) {
  *plain = true;
  const char *text = p->text.ptr;
  for (size_t i = p->at, length = p->text.len; i < length && (unsigned char)text[i] >= 0x20; i++) {
    if (text[i] == '"') return i;
    if (text[i] == '\\') {
      *plain = false;
      i++;
    }
  }
  return SIZE_MAX;
}

/* string ::= '"' ( character | escape )* '"' */
static bool parse_string(parser *p, edi_str *text) {
  bool plain;
  if (!take(p, '"')) return not_json(p);
  size_t begin = p->at, end = string_end(p, &plain);
  if (end == SIZE_MAX) return not_json(p);
  if (plain) {
    *text = (edi_str){p->text.ptr + begin, end - begin};
    p->at = end + 1;
    return true;
  }
  char *out =
      edi_arena_alloc(p->arena, end - begin); /* no escape is shorter than what it stands for */
  size_t length = 0;
  if (!out) return no_room(p);
  while (p->at < end) {
    if (!take(p, '\\')) out[length++] = p->text.ptr[p->at++];
    else if (!parse_escape(p, out, &length)) return false;
  }
  *text = (edi_str){out, length};
  return take(p, '"') || not_json(p);
}

/* ---- numbers ---- */

static size_t take_digits(parser *p) {
  size_t begin = p->at;
  while (is_digit(peek(p))) p->at++;
  return p->at - begin;
}

static bool out_of_range(parser *p) { return p->data || fail(p, EDICT_FORMAT, "a number is out of range"); }

/* One that 64 bits do not hold stays a REAL where that is allowed. */
static bool store_integer(parser *p, edi_str digits, edi_json *value) {
  bool negative = digits.ptr[0] == '-';
  int64_t integer = 0;
  for (size_t i = negative; i < digits.len; i++) {
    int digit = digits.ptr[i] - '0';
    if (__builtin_mul_overflow(integer, 10, &integer) ||
        __builtin_add_overflow(integer, negative ? -digit : digit, &integer))
      return out_of_range(p);
  }
  value->kind = EDI_JSON_INTEGER;
  value->integer = integer;
  return true;
}

/* number ::= "-"? ( "0" | [1-9] [0-9]* ) ( "." [0-9]+ )? ( [eE] [+-]? [0-9]+ )? */
static bool parse_number(parser *p, edi_json *value) {
  size_t begin = p->at, exponent = 0;
  bool integer = true;
  take(p, '-');
  bool zero = peek(p) == '0';
  size_t digits = take_digits(p);
  if (digits == 0 || (zero && digits > 1)) return not_json(p);
  if (take(p, '.')) {
    integer = false;
    if (take_digits(p) == 0) return not_json(p);
  }
  if (take(p, 'e') || take(p, 'E')) {
    integer = false;
    if (!take(p, '+')) take(p, '-');
    exponent = take_digits(p);
    if (exponent == 0) return not_json(p);
  }
  edi_str text = {p->text.ptr + begin, p->at - begin};
  value->kind = EDI_JSON_REAL;
  value->text = text;
  if ((text.len > NUMBER_CHARACTERS_MOST || exponent > EXPONENT_DIGITS_MOST) && !out_of_range(p)) return false;
  return !integer || store_integer(p, text, value);
}

/* ---- arrays and objects ---- */

static child *add_child(parser *p, child ***last, edi_json *parent) {
  child *made = EDI_NEW(p->arena, child);
  if (!made) {
    no_room(p);
    return NULL;
  }
  **last = made;
  *last = &made->next;
  parent->count++;
  return made;
}

/* Heapsort of members by name. */
static void sift_down(const edi_json **heap, size_t at, size_t count) {
  for (size_t next = 2 * at + 1; next < count; at = next, next = 2 * at + 1) {
    if (next + 1 < count && edi_str_compare(heap[next]->name, heap[next + 1]->name) < 0) next++;
    if (edi_str_compare(heap[at]->name, heap[next]->name) >= 0) return;
    const edi_json *kept = heap[at];
    heap[at] = heap[next];
    heap[next] = kept;
  }
}

/* Few, as objects mostly have, are put in one after another. */
static void insert_by_name(const edi_json **items, size_t count) {
  for (size_t i = 1; i < count; i++) {
    const edi_json *one = items[i];
    size_t at = i;
    for (; at > 0 && edi_str_compare(items[at - 1]->name, one->name) > 0; at--) items[at] = items[at - 1];
    items[at] = one;
  }
}

static void sort_by_name(const edi_json **items, size_t count) {
  if (count <= FEW) {
    insert_by_name(items, count);
    return;
  }
  for (size_t i = count / 2; i-- > 0;) sift_down(items, i, count);
  for (size_t last = count; last-- > 1;) {
    const edi_json *kept = items[0];
    items[0] = items[last];
    items[last] = kept;
    sift_down(items, 0, last);
  }
}

static bool put_in_row(parser *p, const child *first, edi_json *parent) {
  parent->items = EDI_NEW_ARRAY(p->arena, const edi_json *, parent->count);
  if (!parent->items) return no_room(p);
  size_t i = 0;
  for (const child *c = first; c; c = c->next) parent->items[i++] = &c->value;
  if (parent->kind != EDI_JSON_OBJECT) return true;
  sort_by_name(parent->items, parent->count);
  for (i = 1; i < parent->count; i++)
    if (edi_str_equal(parent->items[i - 1]->name, parent->items[i]->name))
      return fail(p, EDICT_FORMAT, edi_strictjson_twice);
  return true;
}

/* member ::= string ":" value */
static bool parse_member(parser *p, edi_json *value) {
  skip_blanks(p);
  if (!parse_string(p, &value->name)) return false;
  skip_blanks(p);
  return take(p, ':') ? parse_value(p, value) : not_json(p);
}

/* array ::= "[" ( value ( "," value )* )? "]"      object ::= "{" ( member ( "," member )* )? "}" */
static bool parse_list(parser *p, edi_json *list, char close) {
  child *first = NULL, **last = &first;
  if (p->depth == 0) return fail(p, EDICT_LIMIT, "it is nested too deeply");
  p->depth--;
  list->kind = close == '}' ? EDI_JSON_OBJECT : EDI_JSON_ARRAY;
  p->at++;
  skip_blanks(p);
  for (bool more = !take(p, close); more;) {
    child *item = add_child(p, &last, list);
    if (!item || !(close == '}' ? parse_member(p, &item->value) : parse_value(p, &item->value)))
      return false;
    skip_blanks(p);
    more = !take(p, close);
    if (more && !take(p, ',')) return not_json(p);
  }
  p->depth++;
  return put_in_row(p, first, list);
}

static bool parse_word(parser *p, const char *word, edi_json_kind kind, int64_t integer,
                       edi_json *value) {
  edi_str rest = {p->text.ptr + p->at, p->text.len - p->at}, wanted = edi_str_from(word);
  if (!edi_str_starts(rest, wanted)) return not_json(p);
  p->at += wanted.len;
  value->kind = kind;
  value->integer = integer;
  return true;
}

/* value ::= object | array | string | number | "true" | "false" | "null" */
static bool parse_value(parser *p, edi_json *value) {
  skip_blanks(p);
  switch (peek(p)) {
    case '{': return parse_list(p, value, '}');
    case '[': return parse_list(p, value, ']');
    case '"': value->kind = EDI_JSON_STRING; return parse_string(p, &value->text);
    case 't': return parse_word(p, "true", EDI_JSON_BOOL, 1, value);
    case 'f': return parse_word(p, "false", EDI_JSON_BOOL, 0, value);
    case 'n': return parse_word(p, "null", EDI_JSON_NULL, 0, value);
    default: return parse_number(p, value);
  }
}

static bool parse_text(parser *p, edi_json *root) {
  if (!edi_utf8_valid(p->text)) return fail(p, EDICT_FORMAT, "it is not valid UTF-8");
  skip_blanks(p);
  if (peek(p) != '{') return fail(p, EDICT_FORMAT, "it is not an object");
  if (!parse_value(p, root)) return false;
  skip_blanks(p);
  return p->at == p->text.len || fail(p, EDICT_FORMAT, "something follows the object");
}

static edict_status parse(parser *p, const edi_json **object, const char **why) {
  edi_json *root = EDI_NEW(p->arena, edi_json);
  if (root ? parse_text(p, root) : no_room(p)) *object = root;
  else *object = NULL;
  *why = p->why;
  return p->status;
}

edict_status edi_strictjson_parse(edi_str text, size_t depth, edi_arena *arena,
                                  const edi_json **object, const char **why) {
  parser p = {.text = text, .depth = depth, .arena = arena};
  return parse(&p, object, why);
}

edict_status edi_strictjson_parse_data(edi_str text, size_t depth, edi_arena *arena,
                                       const edi_json **object, const char **why) {
  parser p = {.text = text, .depth = depth, .arena = arena, .data = true};
  return parse(&p, object, why);
}

/* ---- look-up ---- */

static bool is_named(const edi_json *member, edi_str name) {
  return member->name.len == name.len && (name.len == 0 || (member->name.ptr[0] == name.ptr[0] && memcmp(member->name.ptr, name.ptr, name.len) == 0));
}

const edi_json *edi_strictjson_member(const edi_json *value, edi_str name) {
  size_t low = 0, high = value && value->kind == EDI_JSON_OBJECT ? value->count : 0;
  for (size_t i = 0; high <= FEW && i < high; i++)
    if (is_named(value->items[i], name)) return value->items[i];
  if (high <= FEW) return NULL;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    int order = edi_str_compare(name, value->items[middle]->name);
    if (order == 0) return value->items[middle];
    if (order < 0) high = middle;
    else low = middle + 1;
  }
  return NULL;
}

edi_str edi_strictjson_text(const edi_json *value) {
  return value && value->kind == EDI_JSON_STRING ? value->text : (edi_str){NULL, 0};
}

edi_str edi_strictjson_text_of(const edi_json *object, const char *name) {
  return edi_strictjson_text(edi_strictjson_member(object, edi_str_from(name)));
}
