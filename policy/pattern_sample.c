/* Pattern sample: see the header.
 *
 *   alternatives  branch ("|" branch)*          the first or the last counts, the others are read over
 *   branch        (atom repetition?)*
 *   atom          "(" alternatives ")", "[" class "]", an escape, any other character
 *
 * What it does not know it takes as it stands: no text that comes out does harm. */
#include "policy/pattern_sample.h"

enum { DEPTH_MOST = 32, REPEAT_MOST = 64 };

typedef struct sampler {
  edi_str source;
  size_t at;
  char *out;
  size_t capacity, length;
  unsigned depth, ways;
} sampler;

static void alternatives(sampler *s);

static bool more(const sampler *s) { return s->at < s->source.len; }
static char here(const sampler *s) { return more(s) ? s->source.ptr[s->at] : '\0'; }

static bool take(sampler *s, char c) {
  if (here(s) != c) return false;
  s->at++;
  return true;
}

static void put(sampler *s, char c) {
  if (s->length < s->capacity) s->out[s->length++] = c;
}

/* One that an escape stands for; 0: none, as of an assertion. */
static char escaped(char c) {
  static const char pairs[][2] = {{'d', '0'}, {'D', 'x'}, {'w', 'a'}, {'W', '-'}, {'s', ' '}, {'S', 'x'}, {'h', ' '}, {'t', '\t'}, {'n', '\n'}, {'r', '\r'},
                                  {'b', 0},   {'B', 0},   {'A', 0},   {'z', 0},   {'Z', 0},   {'G', 0}};
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
    if (pairs[i][0] == c) return pairs[i][1];
  return c;
}

/* The characters of a class, ASCII alone; the bracket is behind. */
static void read_class(sampler *s, bool in[128]) {
  unsigned char last = 0;
  for (bool first = true; more(s) && (first || here(s) != ']'); first = false) {
    unsigned char c = (unsigned char)s->source.ptr[s->at++];
    if (c == '\\' && more(s)) c = (unsigned char)escaped(s->source.ptr[s->at++]);
    if (c == '-' && !first && more(s) && here(s) != ']') {
      unsigned char end = (unsigned char)s->source.ptr[s->at++];
      for (unsigned i = last; i <= end && i < 128; i++) in[i] = true;
    } else if (c < 128) {
      in[c] = true;
    }
    last = c;
  }
  (void)take(s, ']');
}

static void class(sampler *s) {
  static const char wanted[] = "ax0A_-. @:/";
  bool in[128] = {false}, not = take(s, '^');
  read_class(s, in);
  for (unsigned c = 126; c >= ' ' && (s->ways & EDI_PATTERN_SAMPLE_CHAR); c--)
    if (in[c] != not) {
      put(s, (char)c);
      return;
    }
  for (const char *c = wanted; *c; c++)
    if (in[(unsigned char)*c] != not) {
      put(s, *c);
      return;
    }
  for (unsigned c = ' '; c < 127; c++)
    if (in[c] != not) {
      put(s, (char)c);
      return;
    }
}

static void group(sampler *s) {
  if (take(s, '?'))
    while (more(s) && here(s) != ':' && here(s) != ')') s->at++;
  (void)take(s, ':');
  alternatives(s);
  (void)take(s, ')');
}

static void atom(sampler *s) {
  char c = s->source.ptr[s->at++];
  if (c == '(') group(s);
  else if (c == '[') class(s);
  else if (c == '.') put(s, 'x');
  else if (c == '\\' && more(s)) {
    char one = escaped(s->source.ptr[s->at++]);
    if (one) put(s, one);
  } else if (c != '^' && c != '$') put(s, c);
}

static size_t digits(sampler *s) {
  size_t number = 0;
  while (here(s) >= '0' && here(s) <= '9') {
    number = number < REPEAT_MOST ? number * 10 + (size_t)(here(s) - '0') : number;
    s->at++;
  }
  return number < REPEAT_MOST ? number : REPEAT_MOST;
}

/* How often at least, but once, or at most; what stands there is read. */
static size_t repetition(sampler *s) {
  size_t least = 0, most = 0;
  if (take(s, '{')) {
    least = most = digits(s);
    if (take(s, ',')) most = here(s) == '}' ? least + 1 : digits(s);
    while (more(s) && s->source.ptr[s->at++] != '}') {}
  } else if (take(s, '?')) {
    most = 1;
  } else if (take(s, '*') || take(s, '+')) {
    most = 2;
  } else {
    return 1;
  }
  if (!take(s, '?')) (void)take(s, '+'); /* lazy or possessive */
  if (s->ways & EDI_PATTERN_SAMPLE_MOST) least = most;
  return least < 1 ? 1 : least < REPEAT_MOST ? least : REPEAT_MOST;
}

static void branch(sampler *s) {
  while (more(s) && here(s) != '|' && here(s) != ')') {
    size_t begin = s->length;
    atom(s);
    size_t end = s->length, times = repetition(s);
    for (size_t n = 1; n < times; n++)
      for (size_t i = begin; i < end; i++) put(s, s->out[i]);
  }
}

static void alternatives(sampler *s) {
  if (s->depth == DEPTH_MOST) {
    s->at = s->source.len;
    return;
  }
  s->depth++;
  bool last = s->ways & EDI_PATTERN_SAMPLE_BRANCH;
  size_t begin = s->length;
  branch(s);
  while (take(s, '|')) {
    size_t kept = s->length;
    if (last) s->length = begin;
    branch(s);
    if (!last) s->length = kept;
  }
  s->depth--;
}

size_t edi_pattern_sample(edi_str source, unsigned ways, char *out, size_t capacity) {
  sampler s = {.source = source, .out = out, .capacity = capacity, .ways = ways};
  alternatives(&s);
  return s.length;
}
