/* Kernels of texts: what replaces characters by place or by class.
 *
 * In: valid UTF-8. Out: text of as many code points, but for `partial`, `redact`, `zip3` and BigQuery's
 * forms. A text of ASCII alone, which most are, goes 32 bytes at a time through loops without branches
 * that compilers turn into vector code; any other text goes code point by code point. */
#include "enforce/kernels.h"

enum { CHUNK = 32 };

static edi_str arg_text(const edi_transform *t, unsigned at) { return edi_value_str(t->args[at]); }

static bool all_of(char *room, size_t length, edi_str *out) {
  *out = (edi_str){room, length};
  return room != NULL;
}

/* ---- classes ---- */

/* What stands for a character of each class; length 0: the character is kept. */
typedef struct classes { edi_str upper, lower, digit, other; bool ranger; } classes;

static edi_str replacement(const edi_transform *t, unsigned at) {
  edi_str c = arg_text(t, at);
  return edi_str_equal(c, EDI_STR("-")) ? (edi_str){"", 0} : c;
}

static classes classes_of(const edi_transform *t) {
  if (t->args[EDI_ARG_CLASS_PROFILE].as.integer == EDI_CLASS_RANGER)
    return (classes){EDI_STR("X"), EDI_STR("x"), EDI_STR("n"), {"", 0}, true};
  return (classes){replacement(t, EDI_ARG_CLASS_UPPER), replacement(t, EDI_ARG_CLASS_LOWER),
                   replacement(t, EDI_ARG_CLASS_DIGIT), replacement(t, EDI_ARG_CLASS_OTHER), false};
}

/* A letter of another script counts as a lower-case one, so that a name is not shown for its alphabet. */
static edi_str stands_in(const classes *c, uint32_t point) {
  if (point >= 'A' && point <= 'Z') return c->upper;
  if (point >= 'a' && point <= 'z') return c->lower;
  if (point >= '0' && point <= '9') return c->digit;
  if (point < 0x80) return c->other;
  if (!c->ranger) return c->lower;
  switch (edi_utf8_class(point)) {
    case EDI_UTF8_UPPER: return c->upper;
    case EDI_UTF8_LOWER: return c->lower;
    case EDI_UTF8_DIGIT: return c->digit;
    case EDI_UTF8_OTHER: break;
  }
  return c->other;
}

static char *put_point(char *at, const classes *c, edi_str s, size_t *from) {
  size_t begin = *from;
  edi_str piece = stands_in(c, edi_utf8_next(s, from));
  if (piece.len == 0) piece = (edi_str){s.ptr + begin, *from - begin};
  memcpy(at, piece.ptr, piece.len);
  return at + piece.len;
}

static inline __attribute__((always_inline)) uint8_t pick(uint8_t yes, uint8_t then, uint8_t otherwise) {
  return (uint8_t)((yes & then) | (~yes & otherwise));
}

static inline __attribute__((always_inline)) uint8_t within(uint8_t c, uint8_t first, uint8_t count) { return (uint8_t)(c - first) < count ? 0xFF : 0; }

/* Of each class a byte, and whether it replaces (0xFF) or the character is kept (0). */
typedef struct bytes { uint8_t to[4], does[4]; } bytes;

static inline __attribute__((always_inline)) void class_chunk(const bytes *b, const uint8_t *restrict in, uint8_t *restrict out) {
  const bytes k = *b;
  for (unsigned i = 0; i < CHUNK; i++) {
    uint8_t c = in[i], upper = within(c, 'A', 26), lower = within(c, 'a', 26), digit = within(c, '0', 10);
    uint8_t r = pick(k.does[3], k.to[3], c);
    r = pick(upper, pick(k.does[0], k.to[0], c), r);
    r = pick(lower, pick(k.does[1], k.to[1], c), r);
    out[i] = pick(digit, pick(k.does[2], k.to[2], c), r);
  }
}

/* Iceberg's mask-alphanum: digits n, `( ) , . - @` as they are, all else x. */
static inline __attribute__((always_inline)) void alphanum_chunk(const bytes *b, const uint8_t *restrict in, uint8_t *restrict out) {
  (void)b;
  for (unsigned i = 0; i < CHUNK; i++) {
    uint8_t c = in[i], kept = within(c, '(', 2) | within(c, ',', 3) | within(c, '@', 1);
    out[i] = pick(kept, c, pick(within(c, '0', 10), 'n', 'x'));
  }
}

typedef void chunk(const bytes *b, const uint8_t *restrict in, uint8_t *restrict out);

static inline __attribute__((always_inline)) void each_chunk(chunk *run, const bytes *b, edi_str in, char *out) {
  uint8_t from[CHUNK], to[CHUNK];
  size_t i = 0;
  for (; i + CHUNK <= in.len; i += CHUNK) run(b, (const uint8_t *)in.ptr + i, (uint8_t *)out + i);
  if (i == in.len) return;
  memset(from, 0, sizeof from);
  memcpy(from, in.ptr + i, in.len - i);
  run(b, from, to);
  memcpy(out + i, to, in.len - i);
}

/* False: a class is replaced by more than a byte. */
static bool bytes_of(const classes *c, bytes *b) {
  const edi_str all[4] = {c->upper, c->lower, c->digit, c->other};
  for (unsigned i = 0; i < 4; i++) {
    if (all[i].len > 1) return false;
    b->to[i] = all[i].len ? (uint8_t)*all[i].ptr : 0;
    b->does[i] = all[i].len ? 0xFF : 0;
  }
  return true;
}

static size_t widest(const classes *c) {
  size_t most = 1;
  if (c->upper.len > most) most = c->upper.len;
  if (c->lower.len > most) most = c->lower.len;
  if (c->digit.len > most) most = c->digit.len;
  return c->other.len > most ? c->other.len : most;
}

/* The text with every character by its class, at `out`; how long it became. */
static size_t put_classes(const classes *c, edi_str in, char *out) {
  bytes b;
  char *at = out;
  if (edi_utf8_is_ascii(in) && bytes_of(c, &b)) {
    each_chunk(class_chunk, &b, in, out);
    return in.len;
  }
  for (size_t from = 0; from < in.len;) at = put_point(at, c, in, &from);
  return (size_t)(at - out);
}

static size_t put_alphanum(edi_str in, char *out) {
  size_t used = 0;
  if (edi_utf8_is_ascii(in)) {
    each_chunk(alphanum_chunk, NULL, in, out);
    return in.len;
  }
  for (size_t at = 0; at < in.len;) {
    uint32_t c = edi_utf8_next(in, &at);
    bool kept = c < 0x80 && c != 0 && strchr("(),.-@", (int)c);
    out[used++] = c >= '0' && c <= '9' ? 'n' : kept ? (char)c : 'x';
  }
  return used;
}

/* Whether the transform replaces by single bytes, as most do: then a text of ASCII needs no more. */
static bool simple(const edi_transform *t, bytes *b) {
  if (t->args[EDI_ARG_CLASS_PROFILE].as.integer != EDI_CLASS_EDICT) return false;
  for (unsigned i = 0; i < 4; i++) {
    if (t->args[i].length != 1) return false;
    b->to[i] = (uint8_t)*t->args[i].as.text;
    b->does[i] = b->to[i] == '-' ? 0 : 0xFF;
  }
  return true;
}

bool edi_kernel_classmask(const edi_transform *t, edi_str in, edi_output *memory, edi_str *out) {
  bytes b;
  if (simple(t, &b) && edi_utf8_is_ascii(in)) {
    char *same = edi_output_take(memory, in.len);
    if (same) each_chunk(class_chunk, &b, in, same);
    return all_of(same, in.len, out);
  }
  classes c = classes_of(t);
  size_t bound;
  char *room = edi_size_mul(in.len, widest(&c), &bound) ? edi_output_take(memory, bound) : NULL;
  if (!room) return false;
  size_t length = put_classes(&c, in, room);
  edi_output_give_back(memory, bound - length);
  return all_of(room, length, out);
}

bool edi_kernel_alphanum(const edi_transform *t, edi_str in, edi_output *memory, edi_str *out) {
  (void)t;
  char *room = edi_output_take(memory, in.len);
  if (!room) return false;
  size_t length = put_alphanum(in, room);
  edi_output_give_back(memory, in.len - length);
  return all_of(room, length, out);
}

/* ---- show-first, show-last ---- */

/* Hive's mask_show_last_n(col, 4, 'x', 'x', 'x', -1, '1'), as Ranger calls it. */
static const classes ranger_rest = {{"x", 1}, {"x", 1}, {"x", 1}, {"", 0}, true};

static size_t put_rest(const edi_transform *t, edi_str hidden, size_t points, char *out) {
  if (t->args[EDI_ARG_SHOW_PROFILE].as.integer == EDI_SHOW_RANGER) return put_classes(&ranger_rest, hidden, out);
  if (t->args[EDI_ARG_SHOW_REST].base == EDI_TYPE_INT) return put_alphanum(hidden, out);
  edi_str rest = arg_text(t, EDI_ARG_SHOW_REST);
  if (rest.len == 1) {
    memset(out, *rest.ptr, points);
    return points;
  }
  for (size_t i = 0; i < points; i++) memcpy(out + i * rest.len, rest.ptr, rest.len);
  return points * rest.len;
}

edi_shows edi_shows_of(const edi_transform *t) {
  if (t->id != EDI_TRANSFORM_SHOW_LAST && t->id != EDI_TRANSFORM_SHOW_FIRST) return (edi_shows){0};
  bool ranger = t->args[EDI_ARG_SHOW_PROFILE].as.integer == EDI_SHOW_RANGER;
  return (edi_shows){(size_t)t->args[EDI_ARG_SHOW_COUNT].as.integer, ranger ? EDI_SHORT_KEEP : t->args[EDI_ARG_SHOW_SHORT].as.integer};
}

bool edi_kernel_is_bytewise(const edi_transform *t) {
  bytes b;
  int64_t profile = t->args[EDI_ARG_SHOW_PROFILE].as.integer;
  if (t->id == EDI_TRANSFORM_ALPHANUM) return true;
  if (t->id == EDI_TRANSFORM_CLASSMASK) return simple(t, &b);
  if (t->id != EDI_TRANSFORM_SHOW_LAST && t->id != EDI_TRANSFORM_SHOW_FIRST) return false;
  if (profile == EDI_SHOW_BIGQUERY || profile == EDI_SHOW_RANGER || t->args[EDI_ARG_SHOW_SHORT].as.integer == EDI_SHORT_HASH) return false;
  return t->args[EDI_ARG_SHOW_REST].base == EDI_TYPE_INT || arg_text(t, EDI_ARG_SHOW_REST).len == 1;
}

static inline __attribute__((always_inline)) void each_byte(const edi_transform *t, edi_str run, char *out) {
  bytes b;
  if (t->id == EDI_TRANSFORM_CLASSMASK && simple(t, &b)) each_chunk(class_chunk, &b, run, out);
  else if (t->id == EDI_TRANSFORM_ALPHANUM || t->args[EDI_ARG_SHOW_REST].base == EDI_TYPE_INT) each_chunk(alphanum_chunk, NULL, run, out);
  else memset(out, *arg_text(t, EDI_ARG_SHOW_REST).ptr, run.len);
}

static void each_byte_plain(const edi_transform *t, edi_str run, char *out) { each_byte(t, run, out); }
#if defined(__x86_64__)
/* The same source, for wider registers. */
static __attribute__((target("avx2"))) void each_byte_avx2(const edi_transform *t, edi_str run, char *out) { each_byte(t, run, out); }
#endif

void edi_kernel_bytewise(const edi_transform *t, edi_str run, char *out) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) {
    each_byte_avx2(t, run, out);
    return;
  }
#endif
  each_byte_plain(t, run, out);
}

/* BigQuery writes XXXXX for what is hidden, however long it is. */
static bool show_bigquery(edi_str shown, bool last, edi_output *memory, edi_str *out) {
  char *room = edi_output_take(memory, shown.len + 5);
  if (!room) return false;
  memcpy(last ? room : room + shown.len, "XXXXX", 5);
  memcpy(last ? room + 5 : room, shown.ptr, shown.len);
  return all_of(room, shown.len + 5, out);
}

bool edi_kernel_show(const edi_transform *t, edi_str in, edi_output *memory, edi_str *out) {
  bool last = t->id == EDI_TRANSFORM_SHOW_LAST, ascii = edi_utf8_is_ascii(in);
  bool bigquery = t->args[EDI_ARG_SHOW_PROFILE].as.integer == EDI_SHOW_BIGQUERY;
  size_t points = ascii ? in.len : edi_utf8_count(in), count = (size_t)t->args[EDI_ARG_SHOW_COUNT].as.integer;
  bool hashes = bigquery || t->args[EDI_ARG_SHOW_SHORT].as.integer == EDI_SHORT_HASH;
  if (hashes && points <= count) return edi_kernel_digest(in, memory, out);
  size_t shown = hashes ? count : edi_shows_points(edi_shows_of(t), points), hidden = points - shown;
  size_t cut = last ? hidden : shown;
  if (!ascii) cut = edi_utf8_offset(in, cut);
  edi_str visible = last ? (edi_str){in.ptr + cut, in.len - cut} : (edi_str){in.ptr, cut};
  edi_str masked = last ? (edi_str){in.ptr, cut} : (edi_str){in.ptr + cut, in.len - cut};
  if (bigquery) return show_bigquery(visible, last, memory, out);
  size_t bound;
  /* A character in the place of another has at most four bytes; one by its class no more than it had. */
  if (!edi_size_mul(hidden, t->args[EDI_ARG_SHOW_REST].base == EDI_TYPE_STRING ? arg_text(t, EDI_ARG_SHOW_REST).len : 1, &bound)) return false;
  if (bound < masked.len) bound = masked.len;
  char *room = edi_output_take(memory, bound + visible.len);
  if (!room) return false;
  if (!last) memcpy(room, visible.ptr, visible.len);
  size_t rest = put_rest(t, masked, hidden, last ? room : room + visible.len);
  if (last) memcpy(room + rest, visible.ptr, visible.len);
  edi_output_give_back(memory, bound - rest);
  return all_of(room, rest + visible.len, out);
}

/* ---- charmask ---- */

/* A set of characters to step over, of which the first 128 are bits. */
typedef struct skipped { uint64_t ascii[2]; edi_str all; bool wide; } skipped;

static skipped skipped_of(edi_str all) {
  skipped s = {.all = all, .wide = !edi_utf8_is_ascii(all)};
  for (size_t i = 0; i < all.len; i++) {
    unsigned char c = (unsigned char)all.ptr[i];
    if (c < 128) s.ascii[c >> 6] |= UINT64_C(1) << (c & 63);
  }
  return s;
}

static bool skips(const skipped *s, edi_str point) {
  unsigned char c = (unsigned char)*point.ptr;
  return c < 128 ? s->ascii[c >> 6] >> (c & 63) & 1 : s->wide && edi_str_contains(s->all, point);
}

static size_t counted(const skipped *s, edi_str in) {
  size_t count = 0;
  for (size_t at = 0, begin = 0; at < in.len; begin = at) {
    (void)edi_utf8_next(in, &at);
    count += !skips(s, (edi_str){in.ptr + begin, at - begin});
  }
  return count;
}

bool edi_kernel_charmask(const edi_transform *t, edi_str in, edi_output *memory, edi_str *out) {
  int64_t asked = t->args[EDI_ARG_CHARMASK_COUNT].as.integer;
  edi_str mask = arg_text(t, EDI_ARG_CHARMASK_CHAR);
  skipped skip = skipped_of(arg_text(t, EDI_ARG_CHARMASK_SKIP));
  size_t all = counted(&skip, in), bound, used = 0, number = 0;
  size_t left = asked <= 0 ? (size_t)-asked : 0;
  size_t hidden = asked > 0 ? ((size_t)asked < all ? (size_t)asked : all) : all - (left < all ? left : all);
  size_t first = t->args[EDI_ARG_CHARMASK_SIDE].as.integer == 0 ? 0 : all - hidden;
  char *room = edi_size_mul(in.len, mask.len, &bound) ? edi_output_take(memory, bound) : NULL;
  if (!room) return false;
  for (size_t at = 0, begin = 0; at < in.len; begin = at) {
    (void)edi_utf8_next(in, &at);
    edi_str piece = {in.ptr + begin, at - begin};
    if (!skips(&skip, piece)) {
      bool hides = number >= first && number < first + hidden;
      number++;
      if (hides) piece = mask;
    }
    memcpy(room + used, piece.ptr, piece.len);
    used += piece.len;
  }
  edi_output_give_back(memory, bound - used);
  return all_of(room, used, out);
}

/* ---- partial, redact ---- */

/* PostgreSQL Anonymizer's partial; what would leave nothing out gives the padding alone. */
bool edi_kernel_partial(const edi_transform *t, edi_str in, edi_output *memory, edi_str *out) {
  size_t first = (size_t)t->args[EDI_ARG_PARTIAL_FIRST].as.integer, last = (size_t)t->args[EDI_ARG_PARTIAL_LAST].as.integer;
  size_t points = edi_utf8_count(in), head = 0, tail = 0;
  edi_str pad = arg_text(t, EDI_ARG_PARTIAL_PAD);
  if (first + last < points) {
    head = edi_utf8_offset(in, first);
    tail = in.len - edi_utf8_offset(in, points - last);
  }
  char *room = edi_output_take(memory, head + pad.len + tail);
  if (!room) return false;
  memcpy(room, in.ptr, head);
  if (pad.len) memcpy(room + head, pad.ptr, pad.len);
  memcpy(room + head + pad.len, in.ptr + in.len - tail, tail);
  return all_of(room, head + pad.len + tail, out);
}

/* ---- pan ---- */

enum { PAN_LEAST = 12, PAN_MOST = 19 };

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool are_digits(uint64_t eight) {
  uint64_t up = UINT64_C(0x0606060606060606), high = UINT64_C(0xF0F0F0F0F0F0F0F0), digits = UINT64_C(0x3030303030303030);
  return (eight & high) == digits && ((eight + up) & high) == digits;
}

static bool eight_are_digits(const char *at) { return are_digits(edi_get64(at)); }

/* Four at either place, which may overlap. */
static bool fours_are_digits(const char *a, const char *b) { return are_digits(edi_get32(a) | (uint64_t)edi_get32(b) << 32); }

/* Of eight or more. */
static bool all_digits(edi_str s) {
  for (size_t i = 0; i + 8 <= s.len; i += 8)
    if (!eight_are_digits(s.ptr + i)) return false;
  return eight_are_digits(s.ptr + s.len - 8);
}

/* A card's number: 12 to 19 digits, with single blanks or hyphens between them. */
static size_t pan_digits(edi_str in) {
  size_t digits = 0;
  if (in.len >= PAN_LEAST && in.len <= PAN_MOST && all_digits(in)) return in.len;
  bool before = false; /* what stands before is a digit */
  for (size_t i = 0; i < in.len; i++) {
    bool digit = is_digit(in.ptr[i]);
    if (!digit && (!before || (in.ptr[i] != ' ' && in.ptr[i] != '-'))) return 0;
    digits += digit;
    before = digit;
  }
  return before && digits >= PAN_LEAST && digits <= PAN_MOST ? digits : 0;
}

bool edi_kernel_pan(const edi_transform *t, edi_str in, edi_output *memory, edi_str *out) {
  edi_str rest = arg_text(t, EDI_ARG_PAN_REST);
  size_t digits = pan_digits(in), number = 0, used = 0, bound = in.len * rest.len;
  size_t first = (size_t)t->args[EDI_ARG_PAN_FIRST].as.integer, last = (size_t)t->args[EDI_ARG_PAN_LAST].as.integer;
  char *room = digits ? edi_output_take(memory, bound) : NULL;
  if (!room) return false;
  if (digits == in.len && rest.len == 1) {
    uint64_t hidden = UINT64_C(0x0101010101010101) * (unsigned char)*rest.ptr;
    for (size_t at = 0; at < 3; at++) edi_put64(room + at * (in.len - 8) / 2, hidden); /* 12 to 19 bytes */
    edi_copy_short(room, in.ptr, first);
    edi_copy_short(room + in.len - last, in.ptr + in.len - last, last);
    return all_of(room, in.len, out);
  }
  for (size_t i = 0; i < in.len; i++) {
    bool digit = is_digit(in.ptr[i]), hides = digit && number - first < digits - last - first;
    number += digit;
    room[used] = hides ? *rest.ptr : in.ptr[i];
    for (size_t k = 1; hides && k < rest.len; k++) room[used + k] = rest.ptr[k];
    used += hides ? rest.len : 1;
  }
  edi_output_give_back(memory, bound - used);
  return all_of(room, used, out);
}

/* ---- zip3 ---- */

/* The areas of at most 20,000 people that the guidance of the US Department of Health and Human Services
 * on de-identification (26 November 2012) names, from the census of 2000. */
#define AREA(a, b, c) ((a) | (b) << 8 | (c) << 16)
static const uint32_t small_areas[20] = { /* as many as are compared at once */
    AREA('0', '3', '6'), AREA('0', '5', '9'), AREA('0', '6', '3'), AREA('1', '0', '2'), AREA('2', '0', '3'),
    AREA('5', '5', '6'), AREA('6', '9', '2'), AREA('7', '9', '0'), AREA('8', '2', '1'), AREA('8', '2', '3'),
    AREA('8', '3', '0'), AREA('8', '3', '1'), AREA('8', '7', '8'), AREA('8', '7', '9'), AREA('8', '8', '4'),
    AREA('8', '9', '0'), AREA('8', '9', '3')};
#undef AREA

/* Five digits, or nine with or without a hyphen. */
static bool is_zip(edi_str in) {
  if (in.len == 5) return fours_are_digits(in.ptr, in.ptr + 1);
  if (in.len == 9) return eight_are_digits(in.ptr) && is_digit(in.ptr[8]);
  return in.len == 10 && in.ptr[5] == '-' && fours_are_digits(in.ptr, in.ptr + 6) && is_digit(in.ptr[4]);
}

/* `area`: its three digits, the first one least. */
static bool is_small(edi_str given, uint32_t area) {
  bool among = false;
  if (given.len == 0) {
    uint32_t any = 0;
    for (size_t i = 0; i < sizeof small_areas / sizeof *small_areas; i++) any |= small_areas[i] == area;
    return any;
  }
  for (size_t i = 0; i + 3 <= given.len; i += 4)
    among |= ((unsigned char)given.ptr[i] | (uint32_t)(unsigned char)given.ptr[i + 1] << 8 | (uint32_t)(unsigned char)given.ptr[i + 2] << 16) == area;
  return among;
}

bool edi_kernel_zip3(const edi_transform *t, edi_str in, edi_output *memory, edi_str *out) {
  char *room = is_zip(in) ? edi_output_take(memory, 3) : NULL;
  if (!room) return false;
  bool small = is_small(arg_text(t, EDI_ARG_ZIP3_SMALL), edi_get32(in.ptr) & 0xFFFFFF); /* a fourth byte is there */
  memcpy(room, small ? "000" : in.ptr, 3);
  return all_of(room, 3, out);
}
