/* Pattern places against the engine that matches: all short texts lead to the end if and only if they match; what is said
 * to lie within another pattern has no text outside of it; what is said to be certain meets no limit with long texts.
 *
 * EDICT_SEED and EDICT_ROUNDS choose where to start and how many patterns there are. */
#include "harness.h"

#include "base/pattern.h"
#include "policy/pattern_places.h"
#include "policy/text_meet.h"
#include "support/random_rules.h"
#include "support/seed.h"

enum { LETTERS = 5, LETTERS_MOST = 4, TEXTS = 1 + 5 + 25 + 125 + 625, DEPTH_MOST = 3 };

static const char *const letters[LETTERS] = {"a", "b", "\n", "\xC3\xA9", "0"};

typedef struct short_texts { edi_str items[TEXTS]; char bytes[TEXTS][2 * LETTERS_MOST + 1]; } short_texts;
static short_texts all;
static edi_pattern_scratch *scratch;

static void make_texts(void) {
  size_t n = 0;
  for (size_t length = 0, of = 1; length <= LETTERS_MOST; length++, of *= LETTERS)
    for (size_t k = 0; k < of; k++, n++) {
      all.bytes[n][0] = '\0';
      for (size_t i = 0, rest = k; i < length; i++, rest /= LETTERS) strcat(all.bytes[n], letters[rest % LETTERS]);
      all.items[n] = edi_str_from(all.bytes[n]);
    }
}

/* ---- random patterns ---- */

static void put_random(random_source *r, edi_buf *b, unsigned depth) {
  static const char *const atoms[] = {"a", "b", "0", "\xC3\xA9", ".", "\\d", "\\w", "\\s", "\\D", "\\W", "\\S", "[ab]", "[^a]", "[a-c0]", "[\\d\xC3\xA9]", "[^\\w]", "\\n", "-", "[]a]", "[b-]", "(?:)", "(?:|a)"};
  static const char *const repeats[] = {"*", "+", "?", "{2}", "{1,2}", "{0,1}", "{1,}", "*?", "+?", "{2,}?", "{0}"};
  size_t branches = random_below(r, 4) ? 1 : 2;
  for (size_t i = 0; i < branches; i++) {
    if (i) edi_buf_char(b, '|');
    for (uint64_t n = random_below(r, 4); n > 0; n--) {
      bool group = depth < DEPTH_MOST && random_below(r, 4) == 0;
      if (group) edi_buf_text(b, "(?:");
      if (group) put_random(r, b, depth + 1);
      edi_buf_text(b, group ? ")" : atoms[random_below(r, sizeof atoms / sizeof *atoms)]);
      if (random_below(r, 3) == 0) edi_buf_text(b, repeats[random_below(r, sizeof repeats / sizeof *repeats)]);
    }
  }
}

typedef struct subject {
  char bytes[512];
  edi_str source;
  edi_pattern *pattern;
  bool read;
  edi_place_map map;
  edi_places first;
  uint32_t done;
} subject;

static bool make_subject(random_source *r, subject *s) {
  edi_buf b = edi_buf_fixed(s->bytes, sizeof s->bytes);
  const char *why;
  size_t at;
  if (random_below(r, 8) == 0) edi_buf_char(&b, '^');
  put_random(r, &b, 0);
  if (random_below(r, 8) == 0) edi_buf_char(&b, '$');
  s->source = (edi_str){b.ptr, b.len};
  s->map = (edi_place_map){.count = 0};
  if (b.failed != EDICT_OK || edi_pattern_compile(s->source, EDI_PATTERN_CONDITION, &s->pattern, &why, &at) != EDICT_OK) return false;
  s->read = edi_pattern_places(s->source, &s->map, &s->first, &s->done);
  return true;
}

/* ---- the slow way ---- */

static bool leads_to_end(const subject *s, edi_str text) {
  edi_places at = s->first;
  for (size_t i = 0; i < text.len; i++) {
    edi_places next = {{0}};
    for (size_t p = 0; p < s->map.count; p++)
      if ((at.words[p / 64] & s->map.takes[(unsigned char)text.ptr[i]].words[p / 64]) >> p % 64 & 1) edi_places_join(&next, &s->map.follow[p]);
    at = next;
  }
  return at.words[s->done / 64] >> s->done % 64 & 1;
}

static bool agrees(const subject *s) {
  for (size_t i = 0; s->read && i < TEXTS; i++) {
    edi_pattern_result result = edi_pattern_match(s->pattern, scratch, all.items[i]);
    if (result == (leads_to_end(s, all.items[i]) ? EDI_PATTERN_YES : EDI_PATTERN_NO)) continue;
    printf("# /%.*s/ of `%.*s` is %d\n", EDI_STR_ARG(s->source), EDI_STR_ARG(all.items[i]), (int)result);
    return false;
  }
  return true;
}

static bool is_outside(const subject *a, const subject *b, edi_str text) {
  return edi_pattern_match(a->pattern, scratch, text) == EDI_PATTERN_YES && edi_pattern_match(b->pattern, scratch, text) == EDI_PATTERN_NO;
}

typedef struct counts { uint64_t read, within, outside, certain, uncertain; } counts;

/* Within, or a text outside, short or not; large ones may be too many states to try. */
static bool judges(const subject *a, const subject *b, counts *n) {
  char storage[1024];
  edi_buf found = edi_buf_fixed(storage, sizeof storage);
  const edi_text_wish wishes[] = {{.text = a->source, .pattern = true, .fits = true}, {.text = b->source, .pattern = true}};
  edi_text_met met = edi_text_meet(wishes, 2, false, false, &found);
  bool within = edi_pattern_within(a->source, b->source), outside = false;
  for (size_t i = 0; i < TEXTS && !outside; i++) outside = is_outside(a, b, all.items[i]);
  n->within += within;
  n->outside += outside;
  bool large = a->map.count + b->map.count > EDI_PLACES_MOST / 4, tried = met != EDI_TEXT_LEFT;
  bool right = within == (met == EDI_TEXT_NEVER) && !(within && outside) && (a->read && b->read ? tried || large : !tried);
  edi_str text = {found.ptr, found.len};
  if (right && met == EDI_TEXT_SOME && edi_utf8_valid(text)) right = is_outside(a, b, text);
  if (!right) printf("# /%.*s/ within /%.*s/: %d, %d, `%.*s`\n", EDI_STR_ARG(a->source), EDI_STR_ARG(b->source), (int)met, within, EDI_STR_ARG(text));
  return right;
}

/* Long texts of few letters, which patterns read in as many ways as they can be. */
static bool stays_certain(random_source *r, const subject *s, counts *n) {
  static char text[EDI_PATTERN_SUBJECT_MOST];
  bool certain = edi_pattern_is_certain(s->source), unknown = false;
  for (unsigned k = 0; k < 6 && !unknown; k++) {
    size_t length = 0, run = k < 3 ? 1 : 1 + random_below(r, 2000);
    const char *letter = letters[k % LETTERS];
    while (length + 2 < sizeof text) {
      if (random_below(r, run) == 0 && k >= 3) letter = letters[random_below(r, LETTERS)];
      for (const char *c = letter; *c; c++) text[length++] = *c;
    }
    unknown = edi_pattern_match(s->pattern, scratch, (edi_str){text, length}) == EDI_PATTERN_UNKNOWN;
  }
  n->certain += certain;
  n->uncertain += unknown;
  if (certain && unknown) printf("# /%.*s/ meets a limit\n", EDI_STR_ARG(s->source));
  return !(certain && unknown);
}

static bool try_pair(random_source *r, counts *n) {
  static subject a, b;
  if (!make_subject(r, &a)) return true;
  bool right = true, both = make_subject(r, &b);
  n->read += a.read;
  right = agrees(&a) && stays_certain(r, &a, n) && (!both || judges(&a, &b, n));
  edi_pattern_destroy(a.pattern);
  if (both) edi_pattern_destroy(b.pattern);
  return right;
}

TEST(places_say_what_the_engine_says) {
  uint64_t first = seed_of("EDICT_SEED", 1), rounds = seed_of("EDICT_ROUNDS", 700);
  counts n = {0};
  make_texts();
  CHECK_INT(edi_pattern_scratch_create(&scratch), EDICT_OK);
  for (uint64_t seed = first; seed < first + rounds; seed++) {
    random_source r = {seed * 7919};
    if (try_pair(&r, &n)) continue;
    HARNESS_FAIL("seed %llu", (unsigned long long)seed);
    break;
  }
  edi_pattern_scratch_destroy(scratch);
  printf("# %llu read, %llu within another, %llu not, %llu certain, %llu met a limit\n", (unsigned long long)n.read, (unsigned long long)n.within,
         (unsigned long long)n.outside, (unsigned long long)n.certain, (unsigned long long)n.uncertain);
  CHECK(seed_is_given() || (n.read > rounds * 9 / 10 && n.within > rounds / 20 && n.outside > rounds / 4 && n.certain > rounds / 5 && n.uncertain > 5));
}

/* ---- what people write ---- */

static const struct { const char *inner, *outer; bool within, certain; } written[] = {
    {"[0-9]+", "\\d+", true, true},
    {"\\d+", "[0-9]+", true, true},
    {"acme-[a-z]+", "acme-.*", true, true},
    {"acme-.*", "acme-[a-z]+", false, true},
    {"[a-z]+@acme\\.com", ".*@acme\\.com", true, true},
    {"(?:de|fr)-[0-9]{4}", "[a-z]{2}-[0-9]{4,}", true, true},
    {"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", "[A-Z]{2}[0-9]{2}[A-Z0-9]{1,30}", true, true},
    {"[0-9]", "[0-9]+", true, true},
    {".*[0-9]+", ".*", true, false}, /* a state for each digit of a run */
    {"(?:a+)+", "a+", true, false},
    {"a+", "(?:a+)+", true, true},
    {"(?:){0,20}", "a?", true, false}, /* a state for each of what takes nothing */
    {"(?:a|){30}", "a*", true, false},
    {"a(?:|b)", "ab?", true, true},
    {"\xC3\xA4+", "[\xC3\xA4\xC3\xB6]+", true, true},
    {"(?i)acme", "acme", false, false}, /* not understood */
    {"acme", "(?i)acme", false, true},
    {"\\bacme", ".*", false, false},
    {"\\p{L}+", ".*", false, false},
    {"[[:alpha:]]", ".", false, false},
    {"[^\xC3\xA4]", ".", false, false},
};

TEST(usual_patterns_are_judged) {
  for (size_t i = 0; i < sizeof written / sizeof *written; i++) {
    bool within = edi_pattern_within(edi_str_from(written[i].inner), edi_str_from(written[i].outer));
    bool certain = edi_pattern_is_certain(edi_str_from(written[i].inner));
    if (within != written[i].within || certain != written[i].certain) HARNESS_FAIL("/%s/ within /%s/: %d, %d", written[i].inner, written[i].outer, within, certain);
  }
}

static bool reads(const char *pattern) {
  static edi_place_map map;
  edi_places first;
  uint32_t done;
  map.count = 0;
  memset(&map, 0, sizeof map);
  return edi_pattern_places(edi_str_from(pattern), &map, &first, &done);
}

/* What no engine would take, and what ends in the middle: no harm, and nothing that is said to lie within nothing. */
TEST(any_bytes_do_no_harm) {
  static const char bytes[] = "ab09.*+?{},[]()|^$\\-:dwsDWSn\xC3\xA9\xF0\x9F\x80\xFF\0/_ \n";
  uint64_t first = seed_of("EDICT_SEED", 1), rounds = seed_of("EDICT_ROUNDS", 20000), within = 0;
  for (uint64_t seed = first; seed < first + rounds; seed++) {
    random_source r = {seed * 104729};
    char text[24];
    size_t length = random_below(&r, sizeof text);
    for (size_t i = 0; i < length; i++) text[i] = bytes[random_below(&r, sizeof bytes - 1)];
    char *alone = malloc(length ? length : 1); /* nothing behind it is read */
    if (!alone) abort();
    memcpy(alone, text, length);
    within += edi_pattern_within((edi_str){alone, length}, EDI_STR("[^x]*"));
    (void)edi_pattern_is_certain((edi_str){alone, length});
    free(alone);
  }
  printf("# %llu within\n", (unsigned long long)within);
  CHECK(seed_is_given() || within > rounds / 100);
}

TEST(large_patterns_are_left) {
  CHECK(reads("a{255}"));
  CHECK(!reads("a{256}"));
  CHECK(!reads("(?:(?:(?:(?:){200}){200}){200}){200}"));
  char deep[31 * 4 + 31 + 2] = "";
  for (size_t i = 0; i < 31; i++) strcat(deep, "(?:");
  strcat(deep, "a");
  for (size_t i = 0; i < 31; i++) strcat(deep, ")");
  CHECK(reads(deep));
  char deeper[160] = "(?:";
  strcat(strcat(deeper, deep), ")");
  CHECK(!reads(deeper));
}

HARNESS_MAIN
