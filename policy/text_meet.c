/* Text meet: see the header. All wishes are read at once, byte by byte: a state is the set of places in them up to which
 * a text was read, one bit for each place. States are visited in the order of the lengths of their texts, so that the
 * first that answers every wish has a shortest one. Bytes that the same places take are alike: one stands for all. */
#include "policy/text_meet.h"

#include "base/arena.h"
#include "policy/pattern_places.h"

enum { WORDS = EDI_PLACE_WORDS, BYTES_MOST = 128, STATES_MOST = 1024, SLOTS = 4 * STATES_MOST, MEMORY = 1 << 20 };

typedef edi_places places;

/* The places of a wish, and those at which it fits. */
typedef struct reader { places all, fit; bool fits; } reader;

typedef struct machine {
  reader readers[EDI_TEXT_WISHES];
  size_t reader_count;
  edi_place_map map;              /* what takes each byte; of patterns, where they go on */
  places start, stay, jump;       /* where to begin; places that any byte leaves as they are; those of patterns */
  unsigned char bytes[BYTES_MOST];
  size_t byte_count;
} machine;

typedef struct state { places at; uint32_t before; uint8_t byte; } state;

typedef struct walk {
  const machine *m;
  state *states;
  uint32_t count, *slots;
} walk;

/* ---- sets of places ---- */

static bool same(const places *a, const places *b) {
  uint64_t other = 0;
  for (size_t i = 0; i < WORDS; i++) other |= a->words[i] ^ b->words[i];
  return other == 0;
}

/* One place on for what the byte takes on; no wish's last place is among those. A pattern says by itself where it goes on. */
static places after(const machine *m, const places *at, size_t byte) {
  const places *takes = &m->map.takes[m->bytes[byte]];
  places out, jumps;
  uint64_t carried = 0;
  for (size_t i = 0; i < WORDS; i++) {
    uint64_t taken = at->words[i] & takes->words[i], step = taken & ~m->jump.words[i];
    jumps.words[i] = taken & m->jump.words[i];
    out.words[i] = (step << 1) | carried | (at->words[i] & m->stay.words[i]);
    carried = step >> 63;
  }
  for (size_t i = 0; i < WORDS; i++)
    for (uint64_t rest = jumps.words[i]; rest; rest &= rest - 1)
      edi_places_join(&out, &m->map.follow[i * 64 + (size_t)__builtin_ctzll(rest)]);
  return out;
}

/* ---- the machine ---- */

static bool is_upper(unsigned char c) { return c >= 'A' && c <= 'Z'; }

static void add_byte(machine *m, unsigned char c) {
  for (size_t i = 0; i < m->byte_count; i++)
    if (same(&m->map.takes[m->bytes[i]], &m->map.takes[c])) return;
  if (m->byte_count < BYTES_MOST) m->bytes[m->byte_count] = c;
  m->byte_count++;
}

/* Those that read well come first, so that they stand for others that are alike. */
static bool add_bytes(machine *m, bool lower) {
  static const char wanted[] = "xyzabcdefghijklmnopqrstuvw0123456789-_ ";
  for (const char *c = wanted; *c; c++) add_byte(m, (unsigned char)*c);
  for (unsigned c = ' '; c < 127; c++)
    if (!lower || !is_upper((unsigned char)c)) add_byte(m, (unsigned char)c);
  for (unsigned c = 0; c < 256; c++)
    if (c < ' ' || c >= 127) add_byte(m, (unsigned char)c);
  return m->byte_count <= BYTES_MOST;
}

static void take_on(machine *m, size_t place, char c) { edi_places_add(&m->map.takes[(unsigned char)c], place); }

/* A text, a glob, or a part of a text. */
static void read_text(machine *m, reader *r, const edi_text_wish *w) {
  size_t at = m->map.count;
  edi_places_add(&m->start, at);
  if (!w->begins) edi_places_add(&m->stay, at);
  for (size_t i = 0; i < w->text.len; i++) {
    char c = w->text.ptr[i];
    if (w->glob && c == '*') {
      edi_places_add(&m->stay, at);
      continue;
    }
    for (unsigned b = 0; w->glob && c == '?' && b < 256; b++) edi_places_add(&m->map.takes[b], at);
    if (!w->glob || c != '?') take_on(m, at, c);
    at++;
  }
  edi_places_add(&r->fit, at);
  if (!w->ends) edi_places_add(&m->stay, at);
  if (w->parts) {
    take_on(m, at, '.');
    take_on(m, at++, '[');
    edi_places_add(&r->fit, at);
    edi_places_add(&m->stay, at);
  }
  m->map.count = at + 1;
}

static bool read_pattern(machine *m, reader *r, const edi_text_wish *w) {
  places first;
  uint32_t done;
  size_t begin = m->map.count;
  if (!edi_pattern_places(w->text, &m->map, &first, &done)) return false;
  edi_places_join(&m->start, &first);
  edi_places_add(&r->fit, done);
  for (size_t i = begin; i < m->map.count; i++) edi_places_add(&m->jump, i);
  return true;
}

static bool read_wish(machine *m, reader *r, const edi_text_wish *w) {
  size_t begin = m->map.count;
  r->fits = w->fits;
  if (!w->pattern && begin + w->text.len + 2 > EDI_PLACES_MOST) return false;
  if (w->pattern && !read_pattern(m, r, w)) return false;
  if (!w->pattern) read_text(m, r, w);
  for (size_t i = begin; i < m->map.count; i++) edi_places_add(&r->all, i);
  return true;
}

static bool build(machine *m, const edi_text_wish *wishes, size_t count, bool lower) {
  m->reader_count = count;
  if (count > EDI_TEXT_WISHES) return false;
  for (size_t i = 0; i < count; i++)
    if (!read_wish(m, &m->readers[i], &wishes[i])) return false;
  return add_bytes(m, lower);
}

/* ---- the walk ---- */

static bool answers_all(const machine *m, const places *at) {
  for (size_t i = 0; i < m->reader_count; i++)
    if (edi_places_touch(at, &m->readers[i].fit) != m->readers[i].fits) return false;
  return true;
}

/* A pattern that has to fit and was left for good. */
static bool is_lost(const machine *m, const places *at) {
  for (size_t i = 0; i < m->reader_count; i++)
    if (m->readers[i].fits && !edi_places_touch(at, &m->readers[i].all)) return true;
  return false;
}

/* False where there is no room for it. */
static bool add_state(walk *w, places at, uint32_t before, uint8_t byte) {
  uint64_t h = 0;
  for (size_t i = 0; i < WORDS; i++) h = (h ^ at.words[i]) * UINT64_C(0x9E3779B97F4A7C15) + (h >> 29);
  size_t slot = (h >> 20) % SLOTS;
  for (; w->slots[slot]; slot = (slot + 1) % SLOTS)
    if (same(&w->states[w->slots[slot] - 1].at, &at)) return true;
  if (w->count == STATES_MOST) return false;
  w->states[w->count++] = (state){at, before, byte};
  w->slots[slot] = w->count;
  return true;
}

static void write_text(const walk *w, uint32_t at, edi_buf *found) {
  char text[STATES_MOST];
  size_t length = 0;
  for (; at != 0; at = w->states[at].before) text[sizeof text - ++length] = (char)w->m->bytes[w->states[at].byte];
  edi_buf_append(found, text + sizeof text - length, length);
}

static edi_text_met visit(walk *w, bool named, edi_buf *found) {
  w->states[w->count++] = (state){w->m->start, 0, 0}; /* in no slot: longer texts may lead there again, and be the first with a name */
  for (uint32_t i = 0; i < w->count; i++) {
    if ((i > 0 || !named) && answers_all(w->m, &w->states[i].at)) {
      if (found) write_text(w, i, found);
      return EDI_TEXT_SOME;
    }
    for (size_t b = 0; b < w->m->byte_count; b++) {
      places next = after(w->m, &w->states[i].at, b);
      if (!is_lost(w->m, &next) && !add_state(w, next, i, (uint8_t)b)) return EDI_TEXT_LEFT;
    }
  }
  return EDI_TEXT_NEVER;
}

edi_text_met edi_text_meet(const edi_text_wish *wishes, size_t count, bool lower, bool named, edi_buf *found) {
  edi_arena arena;
  edi_arena_init(&arena, NULL, MEMORY);
  edi_text_met met = EDI_TEXT_LEFT;
  machine *m = EDI_NEW(&arena, machine);
  if (m && build(m, wishes, count, lower)) {
    walk w = {.m = m, .states = (state *)edi_arena_room(&arena, STATES_MOST, sizeof(state)), .slots = EDI_NEW_ARRAY(&arena, uint32_t, SLOTS)};
    if (w.states && w.slots) met = visit(&w, named, found);
  }
  edi_arena_fini(&arena);
  return met;
}
