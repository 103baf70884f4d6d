/* Pattern places: see the header.
 *
 *   alternatives  branch ("|" branch)*
 *   branch        (atom repetition?)*        a repeated atom is read as often as it has copies
 *   atom          "(?:" alternatives ")", "[" class "]", ".", an escape, any other character
 *
 * A character that is not ASCII is a run of bytes. "Any that is not ASCII" is first bytes, each followed by so many
 * others: in UTF-8 no more has to be said. */
#include "policy/pattern_places.h"

#include "base/arena.h"
#include "policy/text_meet.h"

enum { DEPTH_MOST = 32, WORK_MOST = 4096, MANY = EDI_PLACES_MOST + 1 };

typedef struct piece {
  edi_places first, last;
  bool empty; /* it may be nothing */
} piece;

typedef struct reader {
  edi_str s;
  size_t at;
  edi_place_map *map;
  unsigned depth, deepest, work;
  unsigned idle; /* what takes no byte at all and is a state all the same: a branch of nothing, what is repeated not once */
  bool counts;  /* something is repeated by `+` or a number */
  bool loose;   /* a place is led to by two repetitions at once, or something that may be nothing is repeated */
  bool failed;
} reader;

/* Characters of ASCII, and whether all others are among them. */
typedef struct class_set { bool in[128], others; } class_set;

static piece alternatives(reader *r);

static bool more(const reader *r) { return r->at < r->s.len; }
static char here(const reader *r) { return more(r) ? r->s.ptr[r->at] : '\0'; }
static char next_char(const reader *r) { return r->at + 1 < r->s.len ? r->s.ptr[r->at + 1] : '\0'; }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_plain(unsigned char c) { return c >= ' ' && c < 127 && !(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z'); }

static piece fail(reader *r) {
  r->failed = true;
  r->at = r->s.len;
  return (piece){.empty = true};
}

/* ---- pieces ---- */

static uint32_t add_place(reader *r) {
  if (r->map->count == EDI_PLACES_MOST) {
    (void)fail(r);
    return 0;
  }
  return (uint32_t)r->map->count++;
}

static void take_bytes(reader *r, uint32_t place, unsigned first, unsigned last) {
  for (unsigned c = first; c <= last; c++) edi_places_add(&r->map->takes[c], place);
}

static bool has(const edi_places *places, size_t p) { return places->words[p / 64] >> p % 64 & 1; }

static void lead(reader *r, const edi_places *from, const edi_places *to) {
  for (size_t p = 0; p < r->map->count; p++) {
    if (!has(from, p)) continue;
    r->loose = r->loose || edi_places_touch(&r->map->follow[p], to);
    edi_places_join(&r->map->follow[p], to);
  }
}

static void append(reader *r, piece *all, const piece *one) {
  lead(r, &all->last, &one->first);
  if (all->empty) edi_places_join(&all->first, &one->first);
  if (one->empty) edi_places_join(&all->last, &one->last);
  else all->last = one->last;
  all->empty = all->empty && one->empty;
}

static void either(piece *all, const piece *one) {
  edi_places_join(&all->first, &one->first);
  edi_places_join(&all->last, &one->last);
  all->empty = all->empty || one->empty;
}

static piece run_of_bytes(reader *r, const char *bytes, size_t length) {
  piece all = {.empty = true};
  for (size_t i = 0; i < length; i++) {
    uint32_t p = add_place(r);
    piece one = {.empty = false};
    take_bytes(r, p, (unsigned char)bytes[i], (unsigned char)bytes[i]);
    edi_places_add(&one.first, p);
    edi_places_add(&one.last, p);
    append(r, &all, &one);
  }
  return all;
}

/* First bytes, and those that follow: three, two, one. */
static void add_others(reader *r, piece *all) {
  static const unsigned char firsts[][2] = {{0xC2, 0xDF}, {0xE0, 0xEF}, {0xF0, 0xF4}};
  uint32_t after[3] = {0}, before = 0;
  for (size_t n = 0; n < 3; n++) {
    after[n] = add_place(r);
    take_bytes(r, after[n], 0x80, 0xBF);
    if (n > 0) edi_places_add(&r->map->follow[after[n]], before);
    before = after[n];
    uint32_t first = add_place(r);
    take_bytes(r, first, firsts[n][0], firsts[n][1]);
    edi_places_add(&r->map->follow[first], after[n]);
    edi_places_add(&all->first, first);
  }
  edi_places_add(&all->last, after[0]);
}

static piece one_of(reader *r, const class_set *set) {
  piece all = {.empty = false};
  uint32_t p = add_place(r);
  for (unsigned c = 0; c < 128; c++)
    if (set->in[c]) take_bytes(r, p, c, c);
  edi_places_add(&all.first, p);
  edi_places_add(&all.last, p);
  if (set->others) add_others(r, &all);
  return all;
}

/* ---- characters ---- */

static void turn(class_set *set) {
  for (unsigned c = 0; c < 128; c++) set->in[c] = !set->in[c];
  set->others = !set->others;
}

/* `\d` and its kin; false: it is none of them. */
static bool named_class(char name, class_set *set) {
  char kind = (char)(name | 0x20);
  if (kind != 'd' && kind != 'w' && kind != 's') return false;
  *set = (class_set){.others = false};
  for (unsigned c = 0; c < 128; c++) {
    bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
    set->in[c] = kind == 's' ? c == ' ' || (c >= '\t' && c <= '\r') : (c >= '0' && c <= '9') || (kind == 'w' && letter);
  }
  if (kind != name) turn(set);
  return true;
}

/* The one character that stands after a backslash; 0: it is not known here. */
static char escaped(char c) {
  static const char pairs[][2] = {{'t', '\t'}, {'n', '\n'}, {'r', '\r'}, {'f', '\f'}, {'e', 0x1B}, {'a', 0x07}};
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
    if (pairs[i][0] == c) return pairs[i][1];
  return is_plain((unsigned char)c) ? c : '\0';
}

/* One of a class that is ASCII, perhaps escaped; false: it is more than one, or not known. */
static bool class_char(reader *r, unsigned char *c) {
  *c = (unsigned char)here(r);
  r->at++;
  if (*c == '\\') {
    *c = (unsigned char)escaped(here(r));
    r->at++;
    return *c != 0;
  }
  return *c != 0 && *c < 128 && *c != '[';
}

/* Others than ASCII are taken one by one, where the class is not turned. */
static void class_rune(reader *r, piece *runes) {
  size_t begin = r->at;
  edi_utf8_next(r->s, &r->at);
  piece one = run_of_bytes(r, r->s.ptr + begin, r->at - begin);
  either(runes, &one);
  if (here(r) == '-' && next_char(r) != ']') (void)fail(r);
}

static void class_range(reader *r, class_set *set) {
  unsigned char low, high;
  if (!class_char(r, &low)) {
    (void)fail(r);
    return;
  }
  high = low;
  bool range = here(r) == '-' && next_char(r) != ']';
  if (range) r->at++;
  if (range && (!class_char(r, &high) || high < low || (here(r) == '-' && next_char(r) != ']'))) (void)fail(r);
  for (unsigned c = low; c <= high && c < 128; c++) set->in[c] = true;
}

static piece read_class(reader *r) {
  class_set set = {.others = false}, named;
  piece runes = {.empty = false};
  bool turned = here(r) == '^', any_runes = false;
  if (turned) r->at++;
  for (bool first = true; more(r) && (first || here(r) != ']'); first = false) {
    if (here(r) == '\\' && named_class(next_char(r), &named)) {
      r->at += 2;
      if (here(r) == '-' && next_char(r) != ']') return fail(r);
      for (unsigned c = 0; c < 128; c++) set.in[c] = set.in[c] || named.in[c];
      set.others = set.others || named.others;
    } else if ((unsigned char)here(r) >= 128) {
      class_rune(r, &runes);
      any_runes = true;
    } else {
      class_range(r, &set);
    }
  }
  if (here(r) != ']' || (turned && any_runes)) return fail(r);
  r->at++;
  if (turned) turn(&set);
  piece all = one_of(r, &set);
  if (any_runes) either(&all, &runes);
  return all;
}

static piece read_escape(reader *r) {
  class_set set;
  char c = here(r), one = escaped(c);
  r->at++;
  if (named_class(c, &set)) return one_of(r, &set);
  return one ? run_of_bytes(r, &one, 1) : fail(r);
}

/* ---- the grammar ---- */

static piece group(reader *r) {
  if (here(r) != '?' || next_char(r) != ':') return fail(r);
  r->at += 2;
  piece all = alternatives(r);
  if (here(r) != ')') return fail(r);
  r->at++;
  return all;
}

static piece atom(reader *r) {
  size_t begin = r->at;
  char c = here(r);
  if (++r->work > WORK_MOST) return fail(r);
  edi_utf8_next(r->s, &r->at);
  if (c == '(') return group(r);
  if (c == '[') return read_class(r);
  if (c == '\\') return read_escape(r);
  if (c == '.') {
    class_set any = {.in = {['\n'] = true}};
    turn(&any);
    return one_of(r, &any);
  }
  bool ends = c == '$' && r->depth == 1 && (!more(r) || here(r) == '|');
  if (ends) return (piece){.empty = true};
  return c && strchr("^$*+?{", c) ? fail(r) : run_of_bytes(r, r->s.ptr + begin, r->at - begin);
}

static size_t digits(reader *r) {
  size_t number = 0;
  if (!is_digit(here(r))) (void)fail(r);
  for (; is_digit(here(r)); r->at++) number = number < MANY ? number * 10 + (size_t)(here(r) - '0') : number;
  return number < MANY ? number : MANY - 1;
}

/* How often at least and at most; false: once. */
static bool repetition(reader *r, size_t *least, size_t *most) {
  char c = here(r);
  if (c != '*' && c != '+' && c != '?' && c != '{') return false;
  r->at++;
  r->counts = r->counts || c == '+' || c == '{';
  *least = c == '+';
  *most = c == '?' ? 1 : MANY;
  if (c == '{') {
    *least = *most = digits(r);
    if (here(r) == ',') {
      r->at++;
      *most = here(r) == '}' ? MANY : digits(r);
    }
    if (here(r) != '}' || *most < *least) (void)fail(r);
    r->at++;
  }
  if (here(r) == '?') r->at++; /* lazy: the same texts */
  if (here(r) == '+') (void)fail(r);
  return true;
}

/* An atom with what repeats it. A copy that may be missing is led to by the one before it alone. */
static void repeated(reader *r, piece *all) {
  size_t begin = r->at, least = 1, most = 1;
  piece one = atom(r), run = {.empty = true}, any = {.empty = true};
  bool many = repetition(r, &least, &most) && most == MANY;
  size_t end = r->at, copies = many ? (least ? least : 1) : most;
  if (copies == 0) r->idle++;
  for (size_t n = 0; n < copies && !r->failed; n++) {
    if (n > 0) r->at = begin;
    if (n > 0) one = atom(r);
    if (many && n + 1 == copies) lead(r, &one.last, &one.first);
    r->loose = r->loose || (many && one.empty);
    append(r, n < least ? all : &run, &one);
    edi_places_join(&any.last, &run.last);
  }
  any.first = run.first;
  append(r, all, &any);
  r->at = r->failed ? r->s.len : end;
}

static piece branch(reader *r) {
  piece all = {.empty = true};
  size_t places = r->map->count;
  if (r->depth == 1 && here(r) == '^') r->at++;
  while (more(r) && here(r) != '|' && here(r) != ')') repeated(r, &all);
  if (r->map->count == places) r->idle++;
  return all;
}

static piece alternatives(reader *r) {
  if (r->depth == DEPTH_MOST) return fail(r);
  if (++r->depth > r->deepest) r->deepest = r->depth;
  piece all = branch(r);
  while (!r->failed && here(r) == '|') {
    r->at++;
    piece one = branch(r);
    either(&all, &one);
  }
  r->depth--;
  return all;
}

static bool read_all(reader *r, edi_places *first, uint32_t *done) {
  edi_places end = {{0}};
  piece all = alternatives(r);
  if (more(r)) return false;
  *done = add_place(r);
  edi_places_add(&end, *done);
  if (r->failed) return false;
  lead(r, &all.last, &end);
  *first = all.first;
  if (all.empty) edi_places_join(first, &end);
  return true;
}

bool edi_pattern_places(edi_str source, edi_place_map *map, edi_places *first, uint32_t *done) {
  reader r = {.s = source, .map = map};
  return read_all(&r, first, done);
}

/* ---- what patterns say of each other, and of their limits ---- */

bool edi_pattern_within(edi_str inner, edi_str outer) {
  const edi_text_wish wishes[] = {{.text = inner, .pattern = true, .fits = true}, {.text = outer, .pattern = true}};
  return edi_text_meet(wishes, 2, false, false, NULL) == EDI_TEXT_NEVER;
}

static size_t places_in(const edi_places *places) {
  size_t n = 0;
  for (size_t i = 0; i < EDI_PLACE_WORDS; i++) n += (size_t)__builtin_popcountll(places->words[i]);
  return n;
}

/* At most one of these places takes any byte. */
static bool is_one_way(const edi_place_map *map, const edi_places *from) {
  for (size_t c = 0; c < 256; c++) {
    edi_places both = *from;
    for (size_t i = 0; i < EDI_PLACE_WORDS; i++) both.words[i] &= map->takes[c].words[i];
    if (places_in(&both) > 1) return false;
  }
  return true;
}

/* The matcher keeps a state for each place that it can be at, for each number of repetitions that it counts there, some for
 * each group around it, and for all that is passed without a byte; it has room for 100 with the longest text. */
static bool has_few_states(const reader *r, const edi_places *first) {
  enum { STATES_MOST = 100, STATES_A_PLACE = 2 };
  size_t widest = places_in(first);
  bool one_way = !r->loose && is_one_way(r->map, first);
  for (size_t p = 0; p < r->map->count; p++) {
    size_t width = places_in(&r->map->follow[p]);
    if (width > widest) widest = width;
    one_way = one_way && is_one_way(r->map, &r->map->follow[p]);
  }
  if (!one_way && (r->counts || r->loose)) return false;
  return ((one_way ? widest : r->map->count) + r->idle) * STATES_A_PLACE * (1 + r->deepest) <= STATES_MOST;
}

bool edi_pattern_is_certain(edi_str source) {
  edi_arena arena;
  edi_arena_init(&arena, NULL, 1 << 16);
  reader r = {.s = source, .map = EDI_NEW(&arena, edi_place_map)};
  edi_places first;
  uint32_t done;
  bool certain = r.map && read_all(&r, &first, &done) && has_few_states(&r, &first);
  edi_arena_fini(&arena);
  return certain;
}
