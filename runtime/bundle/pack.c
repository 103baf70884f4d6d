/* Pack: from records to columns, and from codes to shapes.
 *
 * In: a program whose codes own its instructions in their order. Out: bytes that edi_program_unpack reads. The same
 * program gives the same bytes: of the ways to write a block the shortest is taken, numbers before steps. */
#include "bundle/packing.h"

typedef struct packer {
  const edi_program *p;
  edi_arena *arena;
  edi_buf *into;
  uint32_t *shape_of; /* by code */
  uint32_t *first;    /* by shape: the first code that has it */
  uint32_t shape_count;
  edi_section_packed *packed;
  void *user;
} packer;

/* ---- columns ---- */

static unsigned bytes_of(uint32_t number) {
  return number == 0 ? 0 : number < 0x100 ? 1 : number < 0x10000 ? 2 : number < 0x1000000 ? 3 : 4;
}

/* A way to write a block: what is common and how wide the rest is. Numbers are compared as signed, so that "none"
 * is the neighbour of zero. */
typedef struct way { uint32_t base; unsigned width; } way;

static way way_of(const uint32_t *numbers, uint32_t count) {
  int32_t low = INT32_MAX, high = INT32_MIN;
  for (uint32_t i = 0; i < count; i++) {
    int32_t n = (int32_t)numbers[i];
    if (n < low) low = n;
    if (n > high) high = n;
  }
  return (way){(uint32_t)low, bytes_of((uint32_t)high - (uint32_t)low)};
}

static size_t size_of(way w, uint32_t count) { return bytes_of(w.base) + (size_t)w.width * count; }

static void put_number(edi_buf *into, uint32_t number, unsigned bytes) {
  unsigned char little[4];
  edi_put32(little, number);
  edi_buf_append(into, little, bytes);
}

static void put_block(edi_buf *into, const uint32_t *numbers, uint32_t count, uint32_t before) {
  uint32_t steps[EDI_PACKED_BLOCK];
  for (uint32_t i = 0; i < count; i++) steps[i] = numbers[i] - (i ? numbers[i - 1] : before);
  way plain = way_of(numbers, count), stepped = way_of(steps, count);
  bool steps_it = size_of(stepped, count) < size_of(plain, count);
  way w = steps_it ? stepped : plain;
  const uint32_t *chosen = steps_it ? steps : numbers;
  edi_buf_u8(into, (uint8_t)(w.width | (steps_it ? EDI_PACKED_STEPS : 0u) | bytes_of(w.base) * EDI_PACKED_BASE));
  put_number(into, w.base, bytes_of(w.base));
  for (uint32_t i = 0; i < count && w.width; i++) put_number(into, chosen[i] - w.base, w.width);
}

/* Where a column's number stands in a record, and how many bytes it has. */
static uint32_t number_at(const unsigned char *record, unsigned section, uint32_t column) {
  if (section != EDI_SECTION_INSTRS) return edi_get32(record + (size_t)column * 4);
  return column < 4 ? record[column] : edi_get32(record + 4);
}

static void put_records(edi_buf *into, unsigned section, const void *records, uint32_t count, size_t size) {
  const unsigned char *at = records;
  uint32_t numbers[EDI_PACKED_BLOCK], columns = edi_packed_columns(section, size), before[EDI_PACKED_COLUMNS] = {0};
  for (uint32_t done = 0; done < count; done += EDI_PACKED_BLOCK) {
    uint32_t here = count - done < EDI_PACKED_BLOCK ? count - done : EDI_PACKED_BLOCK;
    for (uint32_t c = 0; c < columns; c++) {
      for (uint32_t i = 0; i < here; i++) numbers[i] = number_at(at + (size_t)(done + i) * size, section, c);
      put_block(into, numbers, here, before[c]);
      before[c] = numbers[here - 1];
    }
  }
}

/* ---- shapes ---- */

static edi_instr shaped(edi_instr instr) {
  if (instr.op == EDI_OP_CONST) instr.imm = 0;
  return instr;
}

static uint64_t shape_hash(const packer *k, uint32_t code) {
  const edi_routine *r = &k->p->codes[code];
  const edi_instr *instrs = k->p->instrs + r->instrs.first;
  uint64_t hash = r->instrs.count ^ (uint64_t)r->type << 32;
  for (uint32_t i = 0; i < r->instrs.count; i++) {
    const edi_instr in = shaped(instrs[i]);
    hash = edi_str_hash((edi_str){(const char *)&in, sizeof in}) ^ (hash * UINT64_C(0x9E3779B97F4A7C15));
  }
  return hash ^ hash >> 29;
}

static bool is_like(const packer *k, uint32_t a, uint32_t b) {
  const edi_routine *x = &k->p->codes[a], *y = &k->p->codes[b];
  if (x->instrs.count != y->instrs.count || x->type != y->type || x->registers != y->registers || x->cost != y->cost ||
      x->reads != y->reads)
    return false;
  for (uint32_t i = 0; i < x->instrs.count; i++) {
    const edi_instr left = shaped(k->p->instrs[x->instrs.first + i]), right = shaped(k->p->instrs[y->instrs.first + i]);
    if (memcmp(&left, &right, sizeof left) != 0) return false;
  }
  return true;
}

static bool find_shapes(packer *k) {
  uint32_t count = k->p->codes_count;
  size_t slots = 16;
  while (slots < (size_t)count * 2) slots *= 2;
  uint32_t *table = EDI_NEW_ARRAY(k->arena, uint32_t, slots);
  k->shape_of = EDI_NEW_ARRAY(k->arena, uint32_t, count);
  k->first = EDI_NEW_ARRAY(k->arena, uint32_t, count);
  if (!table || !k->shape_of || !k->first) return false;
  for (uint32_t c = 0; c < count; c++) {
    size_t slot = shape_hash(k, c) & (slots - 1);
    while (table[slot] && !is_like(k, k->first[table[slot] - 1], c)) slot = (slot + 1) & (slots - 1);
    if (!table[slot]) {
      k->first[k->shape_count] = c;
      table[slot] = ++k->shape_count;
    }
    k->shape_of[c] = table[slot] - 1;
  }
  return true;
}

/* Codes lie one after the other, and their constants are counted. */
static bool is_in_order(const edi_program *p) {
  uint32_t at = 0;
  for (uint32_t c = 0; c < p->codes_count; c++) {
    const edi_range run = p->codes[c].instrs;
    if (run.first != at || run.count > p->instrs_count - at) return false;
    at += run.count;
  }
  return at == p->instrs_count;
}

/* ---- the whole ---- */

static bool put_shapes(packer *k, uint32_t *instr_count) {
  uint32_t at = 0;
  edi_shape *shapes = EDI_NEW_ARRAY(k->arena, edi_shape, k->shape_count);
  for (uint32_t s = 0; s < k->shape_count; s++) *instr_count += k->p->codes[k->first[s]].instrs.count;
  edi_instr *instrs = EDI_NEW_ARRAY(k->arena, edi_instr, *instr_count);
  if (!shapes || !instrs) return false;
  for (uint32_t s = 0; s < k->shape_count; s++) {
    const edi_routine *r = &k->p->codes[k->first[s]];
    shapes[s] = (edi_shape){r->instrs.count, r->type, r->registers, r->cost, r->reads};
    for (uint32_t i = 0; i < r->instrs.count; i++) instrs[at++] = shaped(k->p->instrs[r->instrs.first + i]);
  }
  put_records(k->into, EDI_SECTION_COUNT, shapes, k->shape_count, sizeof *shapes);
  put_records(k->into, EDI_SECTION_INSTRS, instrs, *instr_count, sizeof *instrs);
  return true;
}

static bool put_codes(packer *k) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < k->p->instrs_count; i++) count += k->p->instrs[i].op == EDI_OP_CONST;
  uint32_t *consts = EDI_NEW_ARRAY(k->arena, uint32_t, count);
  if (!consts) return false;
  count = 0;
  for (uint32_t i = 0; i < k->p->instrs_count; i++)
    if (k->p->instrs[i].op == EDI_OP_CONST) consts[count++] = k->p->instrs[i].imm;
  put_records(k->into, EDI_SECTION_LISTS, k->shape_of, k->p->codes_count, sizeof *k->shape_of);
  put_records(k->into, EDI_SECTION_LISTS, consts, count, sizeof *consts);
  return true;
}

static void done(const packer *k, unsigned section) {
  if (k->packed) k->packed(k->user, section);
}

static void put_sections(const packer *k) {
  const edi_program *p = k->p;
#define SECTION(NAME, type, member)                                                          \
  if (EDI_SECTION_##NAME != EDI_SECTION_CODES && EDI_SECTION_##NAME != EDI_SECTION_INSTRS && \
      EDI_SECTION_##NAME != EDI_SECTION_STRINGS) {                                           \
    put_records(k->into, EDI_SECTION_##NAME, p->member, p->member##_count, sizeof(type));    \
    done(k, EDI_SECTION_##NAME);                                                             \
  }
  EDI_SECTIONS(SECTION)
#undef SECTION
  edi_buf_append(k->into, p->strings, p->strings_count);
  done(k, EDI_SECTION_STRINGS);
}

edict_status edi_program_pack_away(const edi_program *p, edi_arena *scratch, edi_section_packed *packed, void *user, edi_buf *into) {
  packer k = {.p = p, .arena = scratch, .into = into, .packed = packed, .user = user};
  edi_packed_header header = {
      .format = EDI_PROGRAM_FORMAT,
      .sections = EDI_SECTION_COUNT,
      .counts = {
#define SECTION(NAME, type, member) p->member##_count,
          EDI_SECTIONS(SECTION)
#undef SECTION
      }};
  size_t start = into->len;
  if (!is_in_order(p)) return EDICT_ARGUMENT;
  if (!find_shapes(&k)) return edi_arena_status(scratch);
  memcpy(header.magic, EDI_PROGRAM_MAGIC, sizeof header.magic);
  header.shapes = k.shape_count;
  edi_buf_append(into, &header, sizeof header);
  if (!put_shapes(&k, &header.shape_instrs) || !put_codes(&k)) return edi_arena_status(scratch);
  done(&k, EDI_SECTION_CODES);
  done(&k, EDI_SECTION_INSTRS);
  put_sections(&k);
  if (into->failed != EDICT_OK) return into->failed;
  header.length = into->len - start;
  memcpy(into->ptr + start, &header, sizeof header);
  return EDICT_OK;
}

edict_status edi_program_pack(const edi_program *p, edi_arena *scratch, edi_buf *into) {
  return edi_program_pack_away(p, scratch, NULL, NULL, into);
}
