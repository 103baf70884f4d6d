/* Text meet: see the header. All patterns are read at once, byte by byte: a state is the set of places in them up to which
 * a text was read, one bit for each place. States are visited in the order of the lengths of their texts, so that the
 * first that answers every wish has a shortest one. Bytes that no pattern names are alike: one stands for all. */
#include "policy/text_meet.h"

#include "base/arena.h"

enum { WORDS = 4, PLACES_MOST = 64 * WORDS, BYTES_MOST = 64, STATES_MOST = 1024, SLOTS = 4 * STATES_MOST, MEMORY = 1 << 20 };

typedef struct places { uint64_t words[WORDS]; } places;

/* A pattern's places, and those at which it fits. */
typedef struct reader { places all, fit; bool fits; } reader;

typedef struct machine {
  reader readers[EDI_TEXT_WISHES];
  size_t reader_count, place_count;
  places start, stay;             /* where to begin; places that any byte leaves as they are */
  unsigned char bytes[BYTES_MOST];
  places step[BYTES_MOST];        /* by byte: places that it takes on by one */
  size_t byte_count;
  bool full;
} machine;

typedef struct state { places at; uint32_t before; uint8_t byte; } state;

typedef struct walk {
  const machine *m;
  state *states;
  uint32_t count, *slots;
} walk;

/* ---- sets of places ---- */

static void add_place(places *p, size_t at) { p->words[at / 64] |= UINT64_C(1) << at % 64; }

static bool touch(const places *a, const places *b) {
  uint64_t any = 0;
  for (size_t i = 0; i < WORDS; i++) any |= a->words[i] & b->words[i];
  return any != 0;
}

static bool same(const places *a, const places *b) { return memcmp(a, b, sizeof *a) == 0; }

/* One place on for what the byte takes on; no pattern's last place is among those. */
static places after(const machine *m, const places *at, size_t byte) {
  places out;
  uint64_t carried = 0;
  for (size_t i = 0; i < WORDS; i++) {
    uint64_t taken = at->words[i] & m->step[byte].words[i];
    out.words[i] = (taken << 1) | carried | (at->words[i] & m->stay.words[i]);
    carried = taken >> 63;
  }
  return out;
}

/* ---- the machine ---- */

static size_t byte_slot(const machine *m, unsigned char c) {
  for (size_t i = 0; i < m->byte_count; i++)
    if (m->bytes[i] == c) return i;
  return BYTES_MOST;
}

static bool is_upper(unsigned char c) { return c >= 'A' && c <= 'Z'; }

static void add_byte(machine *m, unsigned char c, bool lower) {
  if ((lower && is_upper(c)) || byte_slot(m, c) != BYTES_MOST) return;
  if (m->byte_count == BYTES_MOST) m->full = true;
  else m->bytes[m->byte_count++] = c;
}

/* One that no pattern names, if there is one, comes first: texts that are found read well by it. */
static void add_another(machine *m, const edi_text_wish *wishes, size_t count) {
  static const char wanted[] = "xyzabcdefghijklmnopqrstuvw0123456789-_ ";
  for (const char *c = wanted; *c; c++) {
    bool named = false;
    for (size_t i = 0; i < count && !named; i++) named = memchr(wishes[i].text.ptr, *c, wishes[i].text.len) != NULL;
    if (named) continue;
    m->bytes[m->byte_count++] = (unsigned char)*c;
    return;
  }
  m->full = true; /* texts of those bytes alone would prove nothing */
}

static void add_bytes(machine *m, const edi_text_wish *wishes, size_t count, bool lower) {
  add_another(m, wishes, count);
  for (size_t i = 0; i < count; i++) {
    for (size_t k = 0; k < wishes[i].text.len; k++) {
      char c = wishes[i].text.ptr[k];
      if (!wishes[i].glob || (c != '*' && c != '?')) add_byte(m, (unsigned char)c, lower);
    }
    if (wishes[i].parts) add_byte(m, '.', lower);
    if (wishes[i].parts) add_byte(m, '[', lower);
  }
}

static void take_on(machine *m, size_t place, unsigned char c) {
  size_t slot = byte_slot(m, c);
  if (slot < BYTES_MOST) add_place(&m->step[slot], place);
}

static void read_pattern(machine *m, reader *r, const edi_text_wish *w) {
  size_t at = m->place_count;
  add_place(&m->start, at);
  if (!w->begins) add_place(&m->stay, at);
  for (size_t i = 0; i < w->text.len; i++) {
    char c = w->text.ptr[i];
    if (w->glob && c == '*') {
      add_place(&m->stay, at);
      continue;
    }
    for (size_t b = 0; w->glob && c == '?' && b < m->byte_count; b++) add_place(&m->step[b], at);
    if (!w->glob || c != '?') take_on(m, at, (unsigned char)c);
    at++;
  }
  add_place(&r->fit, at);
  if (!w->ends) add_place(&m->stay, at);
  if (w->parts) {
    take_on(m, at, '.');
    take_on(m, at++, '[');
    add_place(&r->fit, at);
    add_place(&m->stay, at);
  }
  for (size_t i = m->place_count; i <= at; i++) add_place(&r->all, i);
  m->place_count = at + 1;
}

static bool build(machine *m, const edi_text_wish *wishes, size_t count, bool lower) {
  *m = (machine){.reader_count = count};
  size_t needed = 0;
  for (size_t i = 0; i < count && needed <= PLACES_MOST; i++) needed += wishes[i].text.len + 2;
  if (count > EDI_TEXT_WISHES || needed > PLACES_MOST) return false;
  add_bytes(m, wishes, count, lower);
  for (size_t i = 0; i < count && !m->full; i++) {
    m->readers[i].fits = wishes[i].fits;
    read_pattern(m, &m->readers[i], &wishes[i]);
  }
  return !m->full;
}

/* ---- the walk ---- */

static bool answers_all(const machine *m, const places *at) {
  for (size_t i = 0; i < m->reader_count; i++)
    if (touch(at, &m->readers[i].fit) != m->readers[i].fits) return false;
  return true;
}

/* A pattern that has to fit and was left for good. */
static bool is_lost(const machine *m, const places *at) {
  for (size_t i = 0; i < m->reader_count; i++)
    if (m->readers[i].fits && !touch(at, &m->readers[i].all)) return true;
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
