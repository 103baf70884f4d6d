/* Sets: membership, overlap and cover, complete and incomplete, over nodes, numbers and texts.
 *
 * A set is written as its members, `~` for incomplete; "?" alone is the unknown; +1 is a month, +30d are days. Regions:
 * eu { de fr } us. */
#include "harness.h"

#include "eval/sets.h"
#include "eval/truth.h"
#include "support/federation.h"

static federation fed;
static edi_vocabulary vocabulary;
static edi_arena arena;

__attribute__((constructor)) static void set_up(void) {
  edi_arena_init(&arena, NULL, 1 << 20);
  federation_init(&fed);
  if (edi_vocabulary_init(&vocabulary, &fed.program, &arena, NULL) != EDICT_OK) abort();
}
__attribute__((destructor)) static void tear_down(void) { edi_arena_fini(&arena); }

static edi_value word(const char *text, size_t length) {
  char name[64];
  snprintf(name, sizeof name, "%.*s", (int)length, text);
  if (name[0] >= '0' && name[0] <= '9') return edi_value_integer(EDI_TYPE_INT, strtol(name, NULL, 10));
  if (name[0] == '+') {
    bool days = name[length - 1] == 'd';
    edi_value v = edi_value_integer(EDI_TYPE_DURATION, strtol(name + 1, NULL, 10) * (days ? EDI_DAY_MICROS : 1));
    v.scale = !days;
    return v;
  }
  if (name[0] == '\'') return edi_value_text(EDI_TYPE_STRING, (edi_str){text + 1, length - 1});
  return edi_value_integer(EDI_TYPE_NODE, federation_node(&fed, "region", name));
}

static edi_value value(const char *text) {
  return strcmp(text, "?") == 0 ? edi_value_unknown() : word(text, strlen(text));
}

static edi_value set(const char *text, unsigned base) {
  edi_value *members = EDI_NEW_ARRAY(&arena, edi_value, 8), out = {.base = (uint8_t)base, .set = 1};
  if (strcmp(text, "?") == 0) return edi_value_unknown();
  for (const char *at = text; *at;) {
    size_t length = strcspn(at, " ");
    if (*at == '~') out.scale = 1;
    else members[out.length++] = word(at, length);
    at += length + strspn(at + length, " ");
  }
  out.as.members = members;
  if (out.length) out.base = members[0].base;
  return out;
}

static char letter(edi_truth t) { return t == EDI_YES ? 'y' : t == EDI_NO ? 'n' : '?'; }

/* Texts, as many as are wanted, that all have the mark of the first. */
static void texts_of_one_mark(edi_value *texts, uint32_t count) {
  uint16_t mark = 0;
  for (uint32_t at = 0, tried = 0; at < count; tried++) {
    edi_value v = edi_value_marked(edi_value_text(EDI_TYPE_ID, (edi_str){(const char *)&tried, sizeof tried}));
    if (at && v.mark != mark) continue;
    mark = v.mark;
    v.as.text = edi_arena_copy(&arena, (const char *)&tried, sizeof tried);
    if (!v.as.text) abort();
    texts[at++] = v;
  }
}

/* As many of one mark as buckets that are looked at hold, and one more: then there is no index, and all are found. */
TEST(texts_of_one_mark_in_a_set) {
  enum { HELD = EDI_BUCKETS_MOST * EDI_BUCKET_MARKS, ALL = HELD + 8, OTHERS = 100 };
  static const uint32_t counts[] = {1, EDI_MEMBERS_FEW, EDI_MEMBERS_FEW + 1, EDI_BUCKET_MARKS + 1, HELD, HELD + 1};
  static edi_value alike[ALL];
  texts_of_one_mark(alike, ALL);
  for (size_t c = 0; c < 2 * (sizeof counts / sizeof *counts); c++) {
    uint32_t count = counts[c / 2], others = c % 2 ? OTHERS : 0;
    edi_value *members = EDI_NEW_ARRAY(&arena, edi_value, count + others + edi_members_places(count + others));
    REQUIRE(members);
    memcpy(members, alike, count * sizeof *members);
    for (uint32_t i = 0; i < others; i++) {
      char *name = EDI_NEW_ARRAY(&arena, char, 16);
      REQUIRE(name);
      members[count + i] = edi_value_text(EDI_TYPE_ID, (edi_str){name, (size_t)snprintf(name, 16, "other-%u", (unsigned)i)});
    }
    edi_value s = edi_members_set(EDI_TYPE_ID, members, count + others);
    CHECK_INT(s.length, count + others);
    if (count > HELD) CHECK_INT(s.mark, 0);
    if (others && count < EDI_MEMBERS_FEW) CHECK_INT(s.mark, 32);
    for (uint32_t i = 0; i < ALL; i++)
      if (edi_members_have(&s, &alike[i]) != (i < count)) HARNESS_FAIL("%u of one mark, %u others: text %u", (unsigned)count, (unsigned)others, (unsigned)i);
    for (uint32_t i = 0; i < s.length; i++)
      if (!edi_members_have(&s, &s.as.members[i])) HARNESS_FAIL("%u of one mark, %u others: member %u", (unsigned)count, (unsigned)others, (unsigned)i);
  }
}

/* An index only spares work: whatever is in a set of many texts is found in it, and nothing else, with marks or without. */
TEST(texts_in_large_sets) {
  enum { MOST = 300 };
  static char names[2 * MOST][16];
  edi_value texts[2 * MOST], *members = EDI_NEW_ARRAY(&arena, edi_value, MOST + edi_members_places(MOST));
  REQUIRE(members);
  for (int i = 0; i < 2 * MOST; i++)
    texts[i] = edi_value_text(EDI_TYPE_ID, (edi_str){names[i], (size_t)snprintf(names[i], sizeof names[i], "user-%d", i)});
  static const uint32_t counts[] = {0, 1, 2, 6, 7, 8, 9, 10, 11, 41, MOST};
  for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
    for (uint32_t i = 0; i < counts[c]; i++) members[i] = texts[2 * i];
    edi_value s = edi_members_set(EDI_TYPE_ID, members, counts[c]);
    CHECK_INT(s.length, counts[c]);
    for (uint32_t i = 0; i < 2 * MOST; i++) {
      bool is = i % 2 == 0 && i / 2 < counts[c];
      edi_value marked = edi_value_marked(texts[i]);
      if (edi_members_have(&s, &texts[i]) != is || edi_members_have(&s, &marked) != is)
        HARNESS_FAIL("%s in a set of %u", names[i], (unsigned)counts[c]);
      edi_value one = {.base = EDI_TYPE_ID, .set = 1, .length = 1, .as.members = &texts[i]};
      CHECK_INT(edi_set_overlaps(&vocabulary, s, one), is ? EDI_YES : EDI_NO);
      CHECK_INT(edi_set_overlaps(&vocabulary, one, s), is ? EDI_YES : EDI_NO);
    }
  }
}

/* Of any few and any many, whose texts have a mark in common or a length, and fill buckets or not. */
TEST(sets_of_texts_that_share) {
  enum { ALL = 160, FEW = 12 };
  static char names[ALL][80];
  static edi_value alike[ALL], a[2 * ALL], b[2 * ALL];
  uint64_t random = 7;
  texts_of_one_mark(alike, ALL / 8);
  for (int i = ALL / 8; i < ALL; i++) {
    int length = snprintf(names[i], sizeof names[i], "%.*s%d", i % 60, "------------------------------------------------------------", i);
    alike[i] = edi_value_text(EDI_TYPE_ID, (edi_str){names[i], (size_t)length});
  }
  for (int round = 0; round < 20000; round++) {
    uint32_t counts[2], most[2] = {FEW, round % 3 ? ALL / 2 : FEW}, from = round % 5 ? 0 : ALL / 8;
    edi_value *members[2] = {a, b}, sets[2];
    for (int s = 0; s < 2; s++) {
      random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
      counts[s] = (uint32_t)(random >> 33) % most[s];
      for (uint32_t i = 0; i < counts[s]; i++) {
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
        members[s][i] = alike[from + (uint32_t)(random >> 33) % (ALL - from)];
      }
      sets[s] = edi_members_set(EDI_TYPE_ID, members[s], counts[s]);
    }
    bool share = false;
    for (uint32_t i = 0; i < sets[0].length; i++)
      for (uint32_t j = 0; j < sets[1].length; j++) share = share || edi_value_compare(a[i], b[j]) == 0;
    bool right = edi_members_share(&sets[0], &sets[1]) == share && edi_members_share(&sets[1], &sets[0]) == share;
    for (uint32_t j = 0; j < sets[1].length; j++) {
      bool has = false;
      for (uint32_t i = 0; i < sets[0].length; i++) has = has || edi_value_compare(a[i], b[j]) == 0;
      right = right && edi_members_have(&sets[0], &b[j]) == has;
    }
    CHECK(right);
    if (!right) return;
  }
}

/* Texts of one mark that differ in one place alone, whatever that is, or of which one goes on where the other ends. */
TEST(texts_of_one_mark_that_are_nearly_the_same) {
  static const uint32_t lengths[] = {4, 7, 8, 9, 15, 16, 17, 24, 25, 31, 32, 33, 40, 63, 64, 65, 80};
  char one[96], other[96];
  for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++)
    for (uint32_t at = 0; at <= lengths[l]; at += at + 8 > lengths[l] ? 1 : 4) { /* four bytes there; or behind the end, but for a few */
      uint32_t length = lengths[l], longer = at + 4 > length ? at + 4 : length;
      memset(one, '-', sizeof one);
      edi_value member = edi_value_marked(edi_value_text(EDI_TYPE_ID, (edi_str){one, length}));
      for (uint32_t tried = 1; tried < 1u << 24; tried++) {
        memcpy(other, one, sizeof other);
        memcpy(other + at, &tried, sizeof tried);
        edi_value text = edi_value_marked(edi_value_text(EDI_TYPE_ID, (edi_str){other, longer}));
        if (text.mark != member.mark) continue;
        edi_value members[3] = {member}, set = edi_members_set(EDI_TYPE_ID, members, 1);
        CHECK(edi_members_have(&set, &member) && !edi_members_have(&set, &text));
        break;
      }
    }
}

/* What a processor of its own finds in a bucket is what any finds. */
TEST(bits_of_a_bucket_on_any_processor) {
  for (unsigned places = 0; places < 256; places++) {
    edi_bucket same;
    for (unsigned i = 0; i < EDI_BUCKET_MARKS; i++) same[i] = places >> i & 1 ? UINT16_MAX : 0;
    uint32_t bits = 0;
    for (unsigned i = 0; i < EDI_BUCKET_MARKS; i++) bits |= (places >> i & 1 ? 3u : 0) << 2 * i;
    CHECK_INT(edi_bucket_bits(same), bits);
    CHECK_INT(edi_bucket_bits_portable(same), bits);
  }
}

TEST(in_and_has) {
  static const struct { const char *set, *value; char in, has; } table[] = {
      {"de us", "de", 'y', 'y'},   {"de us", "fr", 'n', 'n'},   {"eu", "de", 'y', '?'},
      {"eu", "eu", 'y', 'y'},      {"de", "eu", '?', 'y'},      {"us", "eu", 'n', 'n'},
      {"", "de", 'n', 'n'},        {"de ~", "de", 'y', 'y'},    {"de ~", "fr", '?', '?'},
      {"~", "de", '?', '?'},       {"?", "de", '?', '?'},       {"de", "?", '?', '?'},
      {"us de", "eu", '?', 'y'},   {"us fr de", "de", 'y', 'y'}, {"1 2", "2", 'y', 'y'},
      {"1 2", "3", 'n', 'n'},      {"1 ~", "3", '?', '?'},      {"'a 'b", "'b", 'y', 'y'},
      {"'a 'b", "'B", 'n', 'n'},   {"?", "?", '?', '?'},
      {"'a ~", "'a", 'y', 'y'},    {"'a ~", "'b", '?', '?'},
      {"+1", "+1", 'y', 'y'},      {"+1", "+30d", '?', '?'},    {"+1 +30d", "+30d", 'y', 'y'},
      {"+30d", "+1", '?', '?'},    {"+1", "+32d", 'n', 'n'},    {"+1 +2", "+3", 'n', 'n'},
      {"+0", "+0d", 'y', 'y'},     {"+0d", "+1", 'n', 'n'},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    edi_value s = set(table[i].set, EDI_TYPE_NODE), v = value(table[i].value);
    char in = letter(edi_set_holds(&vocabulary, s, v, EDI_SET_IN));
    char has = letter(edi_set_holds(&vocabulary, s, v, EDI_SET_HAS));
    if (in != table[i].in || has != table[i].has)
      HARNESS_FAIL("%s, %s: in %c, has %c", table[i].set, table[i].value, in, has);
    if (edi_base_is_text(s.base) && v.base) CHECK_INT(letter(edi_test_has_text(&s, &v)), in); /* as fused codes and residues ask it */
  }
}

TEST(overlaps_and_covers) {
  static const struct { const char *a, *b; char overlaps, covers; } table[] = {
      {"de us", "us fr", 'y', 'n'}, {"de", "fr", 'n', 'n'},    {"eu", "de", 'y', 'y'},
      {"de", "eu", 'y', '?'},       {"eu us", "de us", 'y', 'y'}, {"eu", "de us", 'y', 'n'},
      {"", "de", 'n', 'n'},         {"de", "", 'n', '?'},      {"", "", 'n', '?'},
      {"de ~", "fr", '?', '?'},     {"de", "fr ~", '?', 'n'},  {"de", "de ~", 'y', '?'},
      {"de ~", "de", 'y', 'y'},     {"de ~", "de ~", 'y', '?'}, {"?", "de", '?', '?'},
      {"de", "?", '?', '?'},        {"~", "~", '?', '?'},      {"1 2 3", "1 3", 'y', 'y'},
      {"1 2", "3", 'n', 'n'},       {"'a", "'a", 'y', 'y'},    {"us", "eu", 'n', 'n'},
      {"'a ~", "'a", 'y', 'y'},     {"'a", "'b", 'n', 'n'},    {"'a ~", "'b", '?', '?'},
      {"'a", "'b ~", '?', 'n'},
      {"+1", "+30d", '?', '?'},     {"+1 +5d", "+30d +5d", 'y', '?'}, {"+1", "+32d", 'n', 'n'},
      {"+0", "+0d", 'y', 'y'},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    edi_value a = set(table[i].a, EDI_TYPE_NODE), b = set(table[i].b, EDI_TYPE_NODE);
    char overlaps = letter(edi_set_overlaps(&vocabulary, a, b));
    char covers = letter(edi_set_covers(&vocabulary, a, b));
    if (overlaps != table[i].overlaps || covers != table[i].covers)
      HARNESS_FAIL("%s, %s: overlaps %c, covers %c", table[i].a, table[i].b, overlaps, covers);
    CHECK_INT(edi_set_overlaps(&vocabulary, b, a), edi_set_overlaps(&vocabulary, a, b));
    if (edi_base_is_text(a.base)) CHECK_INT(letter(edi_test_share_text(&a, &b)), overlaps);
  }
}

HARNESS_MAIN
