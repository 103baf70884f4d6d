/* Text meet against all short texts: what is said to be never is not there, what is found fits, and none is shorter.
 *
 * EDICT_SEED and EDICT_ROUNDS choose where to start and how many questions there are. */
#include "harness.h"

#include "policy/text_meet.h"
#include "support/random_rules.h"
#include "support/seed.h"

enum { WISHES_MOST = 4, PATTERN_MOST = 5, TEXT_MOST = 6 };

/* `x` stands for what no pattern names; `A` is not in lower case. */
static const char letters[] = "abA.x";

/* ---- the slow way ---- */

static bool fits_whole(const edi_text_wish *w, edi_str text) {
  if (w->glob) return edi_str_glob(w->text, text);
  if (w->begins && w->ends) return edi_str_equal(w->text, text);
  if (w->begins) return edi_str_starts(text, w->text);
  return w->ends ? edi_str_ends(text, w->text) : edi_str_contains(text, w->text);
}

static bool fits(const edi_text_wish *w, edi_str text) {
  for (size_t i = 0; w->parts && i < text.len; i++)
    if ((text.ptr[i] == '.' || text.ptr[i] == '[') && fits_whole(w, (edi_str){text.ptr, i})) return true;
  return fits_whole(w, text);
}

static bool fits_all(const edi_text_wish *wishes, size_t count, bool lower, bool named, edi_str text) {
  if (named && text.len == 0) return false;
  for (size_t i = 0; i < text.len; i++)
    if (lower && text.ptr[i] >= 'A' && text.ptr[i] <= 'Z') return false;
  for (size_t i = 0; i < count; i++)
    if (fits(&wishes[i], text) != wishes[i].fits) return false;
  return true;
}

/* The length of a shortest one, TEXT_MOST + 1 where there is none of these. */
static size_t shortest(const edi_text_wish *wishes, size_t count, bool lower, bool named) {
  char text[TEXT_MOST + 1];
  size_t of = sizeof letters - 1;
  for (size_t length = 0, all = 1; length <= TEXT_MOST; length++, all *= of)
    for (size_t n = 0; n < all; n++) {
      for (size_t i = 0, rest = n; i < length; i++, rest /= of) text[i] = letters[rest % of];
      if (fits_all(wishes, count, lower, named, (edi_str){text, length})) return length;
    }
  return TEXT_MOST + 1;
}

/* ---- random questions ---- */

static void random_wish(random_source *r, char *pattern, edi_text_wish *w) {
  static const char globs[] = "aabbA.**?";
  static const char plain[] = "aabbA.";
  uint64_t kind = random_below(r, 6);
  size_t length = random_below(r, PATTERN_MOST + 1);
  *w = (edi_text_wish){.glob = kind < 3, .begins = kind < 4 || kind == 5, .ends = kind < 3 || kind >= 4, .fits = random_below(r, 3) > 0};
  if (random_below(r, 10) == 0) w->begins = w->ends = w->glob;
  w->parts = w->glob && random_below(r, 5) == 0;
  for (size_t i = 0; i < length; i++) pattern[i] = w->glob ? globs[random_below(r, sizeof globs - 1)] : plain[random_below(r, sizeof plain - 1)];
  w->text = (edi_str){pattern, length};
}

static void show(const edi_text_wish *wishes, size_t count) {
  for (size_t i = 0; i < count; i++)
    printf("# %s `%.*s`%s%s%s%s\n", wishes[i].fits ? "fits" : "not", (int)wishes[i].text.len, wishes[i].text.ptr, wishes[i].glob ? " glob" : "",
           wishes[i].begins ? " begins" : "", wishes[i].ends ? " ends" : "", wishes[i].parts ? " parts" : "");
}

typedef struct counts { uint64_t never, some; } counts;

static bool ask(random_source *r, counts *n) {
  edi_text_wish wishes[WISHES_MOST];
  char patterns[WISHES_MOST][PATTERN_MOST + 1], storage[256];
  size_t count = 1 + random_below(r, WISHES_MOST);
  bool lower = random_below(r, 4) == 0, named = random_below(r, 2) == 0;
  for (size_t i = 0; i < count; i++) random_wish(r, patterns[i], &wishes[i]);
  edi_buf found = edi_buf_fixed(storage, sizeof storage);
  edi_text_met met = edi_text_meet(wishes, count, lower, named, &found);
  size_t least = shortest(wishes, count, lower, named);
  bool shortest_one = found.len == least || (least > TEXT_MOST && found.len > TEXT_MOST);
  if (memchr(found.ptr, '[', found.len)) shortest_one = found.len <= least; /* which the slow way does not try */
  bool right = met == EDI_TEXT_NEVER ? least > TEXT_MOST
                                     : met == EDI_TEXT_SOME && shortest_one && fits_all(wishes, count, lower, named, (edi_str){found.ptr, found.len});
  n->never += met == EDI_TEXT_NEVER;
  n->some += met == EDI_TEXT_SOME;
  if (!right) {
    printf("# said %d `%.*s`, shortest of %zu bytes\n", (int)met, (int)found.len, found.ptr, least);
    show(wishes, count);
  }
  return right;
}

TEST(all_short_texts_agree) {
  uint64_t first = seed_of("EDICT_SEED", 1), rounds = seed_of("EDICT_ROUNDS", 4000);
  counts n = {0, 0};
  for (uint64_t seed = first; seed < first + rounds; seed++) {
    random_source r = {seed * 7919};
    if (ask(&r, &n)) continue;
    HARNESS_FAIL("seed %llu", (unsigned long long)seed);
    break;
  }
  printf("# %llu never, %llu found\n", (unsigned long long)n.never, (unsigned long long)n.some);
  CHECK(seed_is_given() || (n.never > rounds / 20 && n.some > rounds / 4));
}

/* ---- limits: what is larger is left open ---- */

static edi_text_met two(edi_str a, edi_str b) {
  edi_text_wish wishes[] = {{.text = a, .glob = true, .begins = true, .ends = true, .fits = true},
                            {.text = b, .glob = true, .begins = true, .ends = true, .fits = true}};
  return edi_text_meet(wishes, 2, false, false, NULL);
}

TEST(large_questions_are_left) {
  char long_one[256], many[26 * 20 + 1], bytes[128];
  edi_text_wish wishes[EDI_TEXT_WISHES + 1];
  memset(long_one, 'a', sizeof long_one);
  CHECK_INT(two((edi_str){long_one, 252}, EDI_STR("b")), EDI_TEXT_NEVER); /* 253 places, and room for 3 */
  CHECK_INT(two((edi_str){long_one, 253}, EDI_STR("b")), EDI_TEXT_LEFT);
  for (size_t i = 0; i < EDI_TEXT_WISHES + 1; i++) wishes[i] = (edi_text_wish){.text = EDI_STR("a"), .begins = true, .fits = true};
  CHECK_INT(edi_text_meet(wishes, EDI_TEXT_WISHES, false, false, NULL), EDI_TEXT_SOME);
  CHECK_INT(edi_text_meet(wishes, EDI_TEXT_WISHES + 1, false, false, NULL), EDI_TEXT_LEFT);
  for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (char)(128 + i);
  CHECK_INT(two((edi_str){bytes, 127}, EDI_STR("b")), EDI_TEXT_LEFT);
  CHECK_INT(two((edi_str){bytes, 126}, EDI_STR("b")), EDI_TEXT_NEVER);
  /* Texts that hold twenty letters, in any order: more states than are tried. */
  for (size_t i = 0; i < 20; i++) {
    many[i] = (char)('a' + i);
    wishes[i] = (edi_text_wish){.text = {&many[i], 1}, .fits = true};
  }
  CHECK_INT(edi_text_meet(wishes, 20, false, false, NULL), EDI_TEXT_LEFT);
}

HARNESS_MAIN
