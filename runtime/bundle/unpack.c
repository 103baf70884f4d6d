/* Unpack: from columns to records.
 *
 * In: bytes from outside. Out: records laid out as edi_program_verify reads them, or one finding. Invariant: nothing
 * is read beyond the bytes, nothing is allocated for more records than the bytes can tell of, none of the bytes is left
 * over. What the numbers mean is the verifier's to ask. */
#include "base/parallel.h"
#include "bundle/limits.h"
#include "bundle/packing.h"

typedef struct unpacker {
  const unsigned char *bytes;
  size_t length, at;
  edi_packed_header header;
  edi_arena *arena, *scratch;
  edict_diagnostics *diagnostics;
  edict_status status;
  char *records;
  edi_section_entry entries[EDI_SECTION_COUNT];
} unpacker;

static bool fail(unpacker *u, edi_code code, const char *what) {
  u->status = EDICT_FORMAT;
  edi_diagnostics_add(u->diagnostics, code, EDI_SPAN_NONE, "", "program: %s", what);
  return false;
}

static void *take(unpacker *u, edi_arena *arena, size_t count, size_t size) {
  void *piece = edi_arena_array(arena, count, size);
  if (piece) return piece;
  u->status = edi_arena_status(arena);
  edi_diagnostics_add(u->diagnostics, EDI_R0115, EDI_SPAN_NONE, "", "program: no memory to unpack it");
  return NULL;
}

/* ---- the header ---- */

static const size_t record_sizes[EDI_SECTION_COUNT] = {
#define SECTION(NAME, type, member) sizeof(type),
    EDI_SECTIONS(SECTION)
#undef SECTION
};

/* Each column of each block has a byte at least. */
static uint64_t least_bytes(unsigned section, size_t record, uint32_t count) {
  return ((uint64_t)count + EDI_PACKED_BLOCK - 1) / EDI_PACKED_BLOCK * edi_packed_columns(section, record);
}

/* Where each section's records will lie. */
static uint64_t lay_out(unpacker *u) {
  uint64_t at = sizeof(edi_program_header) + sizeof u->entries;
  for (unsigned s = 0; s < EDI_SECTION_COUNT; s++) {
    u->entries[s] = (edi_section_entry){(at + 7) & ~(uint64_t)7, u->header.counts[s] * (uint64_t)record_sizes[s]};
    at = u->entries[s].offset + u->entries[s].length;
  }
  return at;
}

static bool read_counts(unpacker *u) {
  const edi_packed_header *h = &u->header;
  uint64_t least = least_bytes(EDI_SECTION_COUNT, sizeof(edi_shape), h->shapes) +
                   least_bytes(EDI_SECTION_INSTRS, sizeof(edi_instr), h->shape_instrs);
  for (unsigned s = 0; s < EDI_SECTION_COUNT; s++) {
    if (s == EDI_SECTION_INSTRS) continue; /* those of the codes follow from their shapes */
    least += s == EDI_SECTION_STRINGS ? h->counts[s] : least_bytes(s, s == EDI_SECTION_CODES ? 4 : record_sizes[s], h->counts[s]);
  }
  return least <= u->length - sizeof *h || fail(u, EDI_R0111, "its sections reach beyond its end");
}

static bool read_header(unpacker *u) {
  edi_packed_header *h = &u->header;
  if (u->length < sizeof *h) return fail(u, EDI_R0110, "it is shorter than its header");
  memcpy(h, u->bytes, sizeof *h);
  if (memcmp(h->magic, EDI_PROGRAM_MAGIC, sizeof h->magic) != 0)
    return fail(u, EDI_R0110, "it does not begin with " EDI_PROGRAM_MAGIC);
  if (h->format != EDI_PROGRAM_FORMAT) return fail(u, EDI_R0110, "its format is not known");
  if (h->sections != EDI_SECTION_COUNT) return fail(u, EDI_R0110, "its number of sections is not that of the format");
  if (h->length != u->length) return fail(u, EDI_R0110, "its length is not what the header says");
  if (u->length > EDI_LIMIT_BUNDLE_FILE || lay_out(u) > EDI_LIMIT_BUNDLE_FILE)
    return fail(u, EDI_R0113, "it is larger than a bundle may be");
  u->at = sizeof *h;
  return read_counts(u);
}

/* ---- columns ---- */

/* A block of a column that was found to lie within the bytes. */
typedef struct block { const unsigned char *numbers; uint32_t base; unsigned width; bool steps; } block;

static uint32_t number_of(const unsigned char *from, unsigned bytes) {
  switch (bytes) {
    case 0: return 0;
    case 1: return from[0];
    case 2: return edi_get16(from);
    case 3: return edi_get16(from) | (uint32_t)from[2] << 16;
    default: return edi_get32(from);
  }
}

static bool read_block(unpacker *u, uint32_t count, block *b) {
  if (u->at == u->length) return fail(u, EDI_R0111, "its sections reach beyond its end");
  unsigned head = u->bytes[u->at++], common = head / EDI_PACKED_BASE;
  b->width = head & EDI_PACKED_WIDTH;
  b->steps = (head & EDI_PACKED_STEPS) != 0;
  if (b->width > 4 || common > 4) return fail(u, EDI_R0112, "a column begins with what no column begins with");
  size_t size = common + (size_t)b->width * count;
  if (u->length - u->at < size) return fail(u, EDI_R0111, "its sections reach beyond its end");
  b->base = number_of(u->bytes + u->at, common);
  b->numbers = u->bytes + u->at + common;
  u->at += size;
  return true;
}

/* Writes the numbers of one width, each `apart` bytes after the one before; returns the last. */
static inline uint32_t spread_width(const block *b, unsigned width, uint32_t before, uint32_t count, char *to, size_t apart) {
  uint32_t value = before;
  if (b->steps)
    for (uint32_t i = 0; i < count; i++, to += apart) {
      value += b->base + number_of(b->numbers + (size_t)i * width, width);
      memcpy(to, &value, sizeof value);
    }
  else
    for (uint32_t i = 0; i < count; i++, to += apart) {
      value = b->base + number_of(b->numbers + (size_t)i * width, width);
      memcpy(to, &value, sizeof value);
    }
  return value;
}

static uint32_t spread(const block *b, uint32_t before, uint32_t count, char *to, size_t apart) {
  switch (b->width) {
    case 0: return spread_width(b, 0, before, count, to, apart);
    case 1: return spread_width(b, 1, before, count, to, apart);
    case 2: return spread_width(b, 2, before, count, to, apart);
    case 3: return spread_width(b, 3, before, count, to, apart);
    default: return spread_width(b, 4, before, count, to, apart);
  }
}

/* Records of nothing but words; the memory is zero, so a column of nothing is there already. */
static bool read_records(unpacker *u, void *records, uint32_t count, size_t size) {
  uint32_t columns = (uint32_t)(size / 4), before[EDI_PACKED_COLUMNS] = {0};
  block b;
  for (uint32_t done = 0; done < count; done += EDI_PACKED_BLOCK) {
    uint32_t here = count - done < EDI_PACKED_BLOCK ? count - done : EDI_PACKED_BLOCK;
    char *to = (char *)records + (size_t)done * size;
    for (uint32_t c = 0; c < columns; c++) {
      if (!read_block(u, here, &b)) return false;
      bool nothing = b.width == 0 && b.base == 0 && (!b.steps || before[c] == 0);
      before[c] = nothing ? 0 : spread(&b, before[c], here, to + (size_t)c * 4, size);
    }
  }
  return true;
}

/* Instructions: four bytes and a word. */
static bool read_instrs(unpacker *u, edi_instr *instrs, uint32_t count) {
  uint32_t numbers[EDI_PACKED_BLOCK], before[5] = {0};
  block b;
  for (uint32_t done = 0; done < count; done += EDI_PACKED_BLOCK) {
    uint32_t here = count - done < EDI_PACKED_BLOCK ? count - done : EDI_PACKED_BLOCK;
    for (uint32_t c = 0; c < 5; c++) {
      uint32_t all = 0;
      if (!read_block(u, here, &b)) return false;
      before[c] = spread(&b, before[c], here, (char *)numbers, sizeof *numbers);
      for (uint32_t i = 0; i < here; i++) {
        edi_instr *in = &instrs[done + i];
        if (c == 4) in->imm = numbers[i];
        else ((unsigned char *)in)[c] = (unsigned char)numbers[i];
        all |= numbers[i];
      }
      if (c < 4 && all > UINT8_MAX) return fail(u, EDI_R0112, "a byte of an instruction is larger than bytes are");
    }
  }
  return true;
}

/* ---- codes ---- */

/* A column that is read as its numbers are asked for. */
typedef struct column {
  uint32_t numbers[EDI_PACKED_BLOCK];
  uint32_t left, at, count, before; /* left: those that no block has told of yet */
} column;

static bool column_next(unpacker *u, column *c, uint32_t *number) {
  if (c->at == c->count) {
    if (c->left == 0) return fail(u, EDI_R0112, "it has fewer constants than its codes");
    c->count = c->left < EDI_PACKED_BLOCK ? c->left : EDI_PACKED_BLOCK;
    c->left -= c->count;
    c->at = 0;
    block b;
    if (!read_block(u, c->count, &b)) return false;
    c->before = spread(&b, c->before, c->count, (char *)c->numbers, sizeof *c->numbers);
  }
  *number = c->numbers[c->at++];
  return true;
}

/* The shapes, and where the instructions of each begin. */
typedef struct shapes {
  edi_shape *all;
  edi_instr *instrs;
  uint32_t *first;
  uint32_t *place_first, *places; /* where each names constants, and how many times */
  uint32_t *constants, *of;
  uint32_t *values; /* the constants of all codes, which are so many */
  uint32_t constant_count;
} shapes;

static bool read_shapes(unpacker *u, shapes *s) {
  uint32_t count = u->header.shapes, total = u->header.shape_instrs, at = 0, placed = 0;
  s->all = take(u, u->scratch, count, sizeof *s->all);
  s->instrs = s->all ? take(u, u->scratch, total, sizeof *s->instrs) : NULL;
  s->first = s->instrs ? take(u, u->scratch, count, sizeof *s->first) : NULL;
  s->constants = s->first ? take(u, u->scratch, count, sizeof *s->constants) : NULL;
  s->place_first = s->constants ? take(u, u->scratch, count, sizeof *s->place_first) : NULL;
  s->places = s->place_first ? take(u, u->scratch, total, sizeof *s->places) : NULL;
  if (!s->places || !read_records(u, s->all, count, sizeof *s->all) ||
      !read_instrs(u, s->instrs, total))
    return false;
  for (uint32_t i = 0; i < count; i++) {
    s->first[i] = at;
    s->place_first[i] = placed;
    if (s->all[i].count > total - at) return fail(u, EDI_R0112, "its shapes have more instructions than there are");
    for (uint32_t end = at + s->all[i].count; at < end; at++) {
      if (s->instrs[at].op != EDI_OP_CONST) continue;
      if (s->instrs[at].imm != 0) return fail(u, EDI_R0112, "a shape names a constant");
      s->places[placed++] = at - s->first[i];
    }
    s->constants[i] = placed - s->place_first[i];
  }
  return at == total || fail(u, EDI_R0112, "its shapes have fewer instructions than there are");
}

/* A shape is met for the first time after all before it, so each is some code's. */
static bool read_shape_of(unpacker *u, shapes *s) {
  uint32_t codes = u->header.counts[EDI_SECTION_CODES], met = 0;
  uint64_t instrs = 0, constants = 0;
  s->of = take(u, u->scratch, codes, sizeof *s->of);
  if (!s->of || !read_records(u, s->of, codes, sizeof *s->of)) return false;
  for (uint32_t i = 0; i < codes; i++) {
    uint32_t shape = s->of[i];
    if (shape > met || shape >= u->header.shapes) return fail(u, EDI_R0112, "a code has a shape that was not met yet");
    met += shape == met;
    instrs += s->all[shape].count;
    constants += s->constants[shape];
  }
  if (met != u->header.shapes) return fail(u, EDI_R0112, "no code has one of its shapes");
  if (instrs != u->header.counts[EDI_SECTION_INSTRS])
    return fail(u, EDI_R0112, "its codes have another number of instructions than the header says");
  s->constant_count = (uint32_t)constants; /* no more than instructions */
  s->values = take(u, u->scratch, s->constant_count, sizeof *s->values);
  return s->values != NULL;
}

/* Its constants go there and to the values of all codes. */
static bool expand_code(unpacker *u, const shapes *s, uint32_t shape, column *constants, edi_instr *to, uint32_t *values) {
  const uint32_t *places = s->places + s->place_first[shape], count = s->all[shape].count;
  if (count) memcpy(to, s->instrs + s->first[shape], count * sizeof *to);
  for (uint32_t i = 0; i < s->constants[shape]; i++) {
    if (!column_next(u, constants, &values[i])) return false;
    to[places[i]].imm = values[i];
  }
  return true;
}

static bool expand_codes(unpacker *u, const shapes *s) {
  edi_routine *codes = (edi_routine *)(void *)(u->records + u->entries[EDI_SECTION_CODES].offset);
  edi_instr *instrs = (edi_instr *)(void *)(u->records + u->entries[EDI_SECTION_INSTRS].offset);
  column constants = {.left = s->constant_count};
  uint32_t at = 0, *values = s->values;
  for (uint32_t i = 0; i < u->header.counts[EDI_SECTION_CODES]; i++) {
    const edi_shape *of = &s->all[s->of[i]];
    codes[i] = (edi_routine){{at, of->count}, of->type, of->registers, of->cost, of->reads};
    if (!expand_code(u, s, s->of[i], &constants, instrs + at, values)) return false;
    at += of->count;
    values += s->constants[s->of[i]];
  }
  return true;
}

/* ---- records ---- */

static bool begin_records(unpacker *u) {
  size_t total = (size_t)lay_out(u);
  edi_program_header header = {.format = EDI_PROGRAM_FORMAT, .sections = EDI_SECTION_COUNT, .length = total};
  memcpy(header.magic, EDI_RECORDS_MAGIC, sizeof header.magic);
  u->records = take(u, u->arena, total, 1);
  if (!u->records) return false;
  memcpy(u->records, &header, sizeof header);
  memcpy(u->records + sizeof header, u->entries, sizeof u->entries);
  return true;
}

/* Of codes and their instructions no records are packed. */
static uint32_t packed_count(const unpacker *u, unsigned section) {
  return section == EDI_SECTION_CODES || section == EDI_SECTION_INSTRS ? 0 : u->header.counts[section];
}

static bool read_sections(unpacker *u, unsigned from, unsigned end) {
  for (unsigned s = from; s < end; s++)
    if (!read_records(u, u->records + u->entries[s].offset, packed_count(u, s), record_sizes[s])) return false;
  return true;
}

static bool read_strings(unpacker *u) {
  size_t strings = u->header.counts[EDI_SECTION_STRINGS];
  if (u->length - u->at != strings) return fail(u, EDI_R0111, "its texts do not end where it ends");
  if (strings) memcpy(u->records + u->entries[EDI_SECTION_STRINGS].offset, u->bytes + u->at, strings);
  return true;
}

/* ---- parts, which may be read at once ---- */

/* The codes, the sections with most of the records, and the rest. */
enum { PARTS = 3, HALF = EDI_SECTION_RULES + 1 };

static bool read_part(unpacker *u, const shapes *s, size_t part) {
  if (part == 0) return expand_codes(u, s);
  if (part == 1) return read_sections(u, 0, HALF);
  return read_sections(u, HALF, EDI_SECTION_STRINGS) && read_strings(u);
}

static bool pass_blocks(unpacker *u, uint32_t left, uint32_t columns) {
  block b;
  for (uint32_t here; left > 0; left -= here) {
    here = left < EDI_PACKED_BLOCK ? left : EDI_PACKED_BLOCK;
    for (uint32_t c = 0; c < columns; c++)
      if (!read_block(u, here, &b)) return false;
  }
  return true;
}

/* To where the part begins. */
static bool pass_parts(unpacker *u, const shapes *s, size_t part) {
  if (part > 0 && !pass_blocks(u, s->constant_count, 1)) return false;
  for (unsigned k = 0; part > 1 && k < HALF; k++)
    if (!pass_blocks(u, packed_count(u, k), (uint32_t)(record_sizes[k] / 4))) return false;
  return true;
}

typedef struct parts { const unpacker *u; const shapes *s; bool held[PARTS]; } parts;

static void read_one_part(void *user, size_t worker, size_t item) {
  parts *p = user;
  unpacker own = *p->u;
  (void)worker;
  own.diagnostics = NULL;
  p->held[item] = pass_parts(&own, p->s, item) && read_part(&own, p->s, item);
}

/* At once by two threads, which take no memory. What does not hold is read again in order, to say why. */
static bool read_parts(unpacker *u, const shapes *s, bool at_once) {
  parts p = {.u = u, .s = s};
  bool held = at_once;
  if (at_once) edi_parallel(PARTS, 2, read_one_part, &p);
  for (size_t i = 0; i < PARTS; i++) held = held && p.held[i];
  if (at_once && !held) edi_parallel_again();
  for (size_t i = 0; i < PARTS && !held; i++)
    if (!read_part(u, s, i)) return false;
  return true;
}

/* ---- the whole ---- */

static edict_status unpack(unpacker *u, shapes *s, bool at_once, edi_str *records) {
  *s = (shapes){0};
  *records = (edi_str){NULL, 0};
  if (!u->bytes) {
    (void)fail(u, EDI_R0110, "there are no bytes");
    return EDICT_ARGUMENT;
  }
  if (!read_header(u) || !read_shapes(u, s) || !read_shape_of(u, s) || !begin_records(u) || !read_parts(u, s, at_once)) return u->status;
  *records = (edi_str){u->records, (size_t)lay_out(u)};
  return EDICT_OK;
}

edict_status edi_program_unpack(const void *bytes, size_t length, edi_arena *arena, edi_arena *scratch, edi_str *records,
                                edict_diagnostics *diagnostics) {
  unpacker u = {.bytes = bytes, .length = length, .arena = arena, .scratch = scratch, .diagnostics = diagnostics, .status = EDICT_DEFECT};
  shapes s;
  return unpack(&u, &s, false, records);
}

/* ---- verified ---- */

typedef struct reading {
  unpacker u;
  shapes s;
  edi_str records;
  edi_program *program;
  edict_status status;
  unsigned char *digest;
} reading;

static void verify_or_hash(void *user, size_t worker, size_t item) {
  reading *r = user;
  const edi_shaping shaping = {r->u.header.shapes, r->s.of, r->s.constants, r->s.values};
  (void)worker;
  if (item == 1) edi_digest(r->u.bytes, r->u.length, r->digest);
  else if (r->status == EDICT_OK)
    r->status = edi_program_verify_shaped(r->records, &shaping, r->u.scratch, r->program, r->u.diagnostics);
}

static edict_status read(reading *r) {
  bool at_once = r->digest != NULL;
  *r->program = (edi_program){0};
  r->status = unpack(&r->u, &r->s, at_once, &r->records);
  edi_parallel(at_once ? 2 : 1, 2, verify_or_hash, r);
  if (r->status != EDICT_OK) return r->status;
  uint32_t *likes = EDI_NEW_ARRAY(r->u.arena, uint32_t, r->program->codes_count);
  if (likes && r->program->codes_count) memcpy(likes, r->program->likes, r->program->codes_count * sizeof *likes);
  r->program->likes = likes; /* without memory every code is its own */
  return EDICT_OK;
}

edict_status edi_program_read(const void *bytes, size_t length, edi_arena *arena, edi_arena *scratch, edi_program *program,
                              edict_diagnostics *diagnostics) {
  reading r = {.u = {.bytes = bytes, .length = length, .arena = arena, .scratch = scratch, .diagnostics = diagnostics, .status = EDICT_DEFECT},
               .program = program};
  return read(&r);
}

edict_status edi_program_read_hashed(const void *bytes, size_t length, edi_arena *arena, edi_arena *scratch, edi_program *program,
                                     unsigned char digest[EDI_DIGEST_BYTES]) {
  reading r = {.u = {.bytes = bytes, .length = length, .arena = arena, .scratch = scratch, .status = EDICT_DEFECT},
               .program = program, .digest = digest};
  return read(&r);
}
