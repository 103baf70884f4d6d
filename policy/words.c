/* Words: what the grammar knows of each keyword, and which one a misspelt word was meant to be.
 *
 * In: policy/tokens.def, whose keywords are sorted by text. Out: numbers, texts, groups, ranks.
 * Reading order does not matter; nothing here keeps state. */
#include "policy/lex.h"

static const struct {
  edi_str text;
  edi_word_group group;
  unsigned rank;
} words[EDI_WORD_COUNT] = {
    {{"", 0}, EDI_GROUP_NONE, 0},
#define KEYWORD(NAME, text, group, rank) {{(text), sizeof(text) - 1}, EDI_GROUP_##group, (rank)},
#include "policy/tokens.def"
#undef KEYWORD
};

/* How each begins: eight bytes as a number, which is in the order of the texts. */
static const uint64_t beginnings[EDI_WORD_COUNT] = {
    0,
#define BYTE(text, i) (uint64_t)(unsigned char)text "\0\0\0\0\0\0\0"[i] << (56 - 8 * (i))
#define KEYWORD(NAME, text, group, rank) \
  BYTE(text, 0) | BYTE(text, 1) | BYTE(text, 2) | BYTE(text, 3) | BYTE(text, 4) | BYTE(text, 5) | BYTE(text, 6) | BYTE(text, 7),
#include "policy/tokens.def"
#undef KEYWORD
#undef BYTE
};

static const char *const kinds[EDI_TOKEN_COUNT] = {
#define TOKEN(NAME, text) (text),
#include "policy/tokens.def"
#undef TOKEN
};

const char *edi_token_kind_text(edi_token_kind kind) {
  return kind < EDI_TOKEN_COUNT ? kinds[kind] : "";
}

typedef union longest { /* as large as the longest word */
#define KEYWORD(NAME, text, group, rank) char NAME[sizeof(text) - 1];
#include "policy/tokens.def"
#undef KEYWORD
} longest;

/* Most names are none of the words: they have a capital, a digit, a dot or more bytes than any. */
static bool may_be_word(edi_str text) {
  if (text.len > sizeof(longest) || text.len == 0) return false;
  for (size_t i = 0; i < text.len; i++)
    if (text.ptr[i] != '-' && (text.ptr[i] < 'a' || text.ptr[i] > 'z')) return false;
  return true;
}

static uint64_t beginning_of(edi_str text) {
  uint64_t begin = 0;
  size_t count = text.len < 8 ? text.len : 8;
  for (size_t i = 0; i < count; i++) begin = begin << 8 | (unsigned char)text.ptr[i];
  return begin << (64 - 8 * count);
}

/* The first word that begins so, or past the last; without a jump, as no one could be guessed. */
static size_t first_of(uint64_t begin) {
  size_t first = 1, left = EDI_WORD_COUNT - 1;
  for (size_t half; left > 0; left -= half) {
    half = (left + 1) / 2;
    first += beginnings[first + half - 1] < begin ? half : 0;
  }
  return first;
}

edi_word edi_word_find(edi_str text) {
  if (!may_be_word(text)) return EDI_WORD_NONE;
  uint64_t begin = beginning_of(text);
  for (size_t i = first_of(begin); i < EDI_WORD_COUNT && beginnings[i] == begin; i++)
    if (edi_str_equal(words[i].text, text)) return (edi_word)i;
  return EDI_WORD_NONE;
}

edi_str edi_word_text(edi_word word) {
  return words[word < EDI_WORD_COUNT ? word : EDI_WORD_NONE].text;
}

edi_word_group edi_word_group_of(edi_word word) {
  return words[word < EDI_WORD_COUNT ? word : EDI_WORD_NONE].group;
}

unsigned edi_word_rank(edi_word word) {
  return words[word < EDI_WORD_COUNT ? word : EDI_WORD_NONE].rank;
}

/* How far a word may be from what was meant: a third of its length, at most two. */
static unsigned reach(edi_str keyword) { return keyword.len < 3 ? 0 : keyword.len < 6 ? 1 : 2; }

static unsigned distance(edi_str text, edi_str keyword) {
  enum { LONGEST = 16 };
  unsigned most = reach(keyword);
  char lower[LONGEST];
  if (text.len > keyword.len + most || text.len + most < keyword.len || text.len > LONGEST)
    return most + 1;
  for (size_t i = 0; i < text.len; i++) {
    char c = text.ptr[i];
    lower[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
  }
  return edi_str_distance((edi_str){lower, text.len}, keyword, most);
}

/* What other policy languages call it. */
static const struct {
  edi_str there;
  edi_word here;
} elsewhere[] = {
    {{"allow", 5}, EDI_WORD_PERMIT}, {{"grant", 5}, EDI_WORD_PERMIT},    {{"deny", 4}, EDI_WORD_FORBID},
    {{"block", 5}, EDI_WORD_FORBID}, {{"prohibit", 8}, EDI_WORD_FORBID}, {{"if", 2}, EDI_WORD_WHEN},
    {{"except", 6}, EDI_WORD_UNLESS}, {{"reason", 6}, EDI_WORD_BECAUSE},
    {{"expires", 7}, EDI_WORD_UNTIL}, {{"effective", 9}, EDI_WORD_FROM}, {{"description", 11}, EDI_WORD_NOTE},
};

edi_word edi_word_near(edi_str text, edi_word_group group) {
  edi_word best = EDI_WORD_NONE;
  for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++)
    if (edi_word_group_of(elsewhere[i].here) == group && edi_str_equal(text, elsewhere[i].there)) return elsewhere[i].here;
  unsigned nearest = UINT32_MAX;
  for (size_t i = 1; i < EDI_WORD_COUNT; i++) {
    if (group != EDI_GROUP_NONE && words[i].group != group) continue;
    unsigned d = distance(text, words[i].text);
    /* Of two at one distance the longer: `monts` was `months`. */
    if (d > reach(words[i].text) || d > nearest ||
        (d == nearest && words[i].text.len <= words[best].text.len))
      continue;
    nearest = d;
    best = (edi_word)i;
  }
  return best;
}

bool edi_word_is_near(edi_str text, edi_word word) {
  edi_str keyword = edi_word_text(word);
  return distance(text, keyword) <= reach(keyword);
}
