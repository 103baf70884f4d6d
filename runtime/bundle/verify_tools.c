/* Verify, tools: the questions about texts, indices, ranges, lists, types and names.
 *
 * In: a field of the record where the verifier stands. Out: true, or false with one finding that
 * names section, record and field. Invariant: no question costs more than what it asks about the
 * first time; shared strings, lists and codes are answered from tables made once. */
#include <stdarg.h>
#include <stdio.h>

#include "bundle/order.h"
#include "bundle/verifier.h"

const char *edi_verifier_section_name(unsigned section) {
  static const char *const names[EDI_SECTION_COUNT] = {
#define SECTION(NAME, type, member) #NAME,
      EDI_SECTIONS(SECTION)
#undef SECTION
  };
  return section < EDI_SECTION_COUNT ? names[section] : "?";
}

void edi_verifier_at(edi_verifier *v, unsigned section, uint32_t record) {
  v->section = section;
  v->record = record;
}

bool edi_verifier_fail(edi_verifier *v, edi_code code, const char *field, const char *format, ...) {
  char why[256];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(why, sizeof why, format, arguments);
  va_end(arguments);
  v->status = EDICT_FORMAT;
  edi_diagnostics_add(v->diagnostics, code, EDI_SPAN_NONE, "", "program: %s record %u, `%s`: %s",
                      edi_verifier_section_name(v->section), (unsigned)v->record, field, why);
  return false;
}

bool edi_verifier_limit(edi_verifier *v, const char *field, uint64_t most, const char *what) {
  return edi_verifier_fail(v, EDI_R0113, field, "more than %llu %s", (unsigned long long)most,
                           what);
}

bool edi_verifier_starved(edi_verifier *v) {
  bool told = v->status == EDICT_LIMIT || v->status == EDICT_MEMORY;
  v->status = edi_arena_status(v->arena);
  if (told) return false; /* of several pieces in a row one is told of */
  edi_diagnostics_add(v->diagnostics, EDI_R0115, EDI_SPAN_NONE, "",
                      "program: no scratch memory for what %s needs",
                      edi_verifier_section_name(v->section));
  return false;
}

void *edi_verifier_scratch(edi_verifier *v, size_t count, size_t size) {
  void *scratch = edi_arena_array(v->arena, count, size);
  if (!scratch) edi_verifier_starved(v);
  return scratch;
}

/* ---- texts ---- */

static bool bit(const uint64_t *bits, size_t at) { return (bits[at / 64] >> (at % 64)) & 1; }

/* How many bad bytes stand before `at`. */
static uint64_t bad_until(const edi_verifier *v, size_t at) {
  uint64_t below = v->bad[at / 64] & ((UINT64_C(1) << (at % 64)) - 1);
  return v->bad_before[at / 64] + (uint64_t)__builtin_popcountll(below);
}

/* Whether a text may begin or end here: not inside of a code point. */
static bool between(const edi_verifier *v, size_t at) {
  return at == v->p.strings_count || bit(v->starts, at) || bit(v->bad, at);
}

bool edi_verifier_text_at(edi_verifier *v, const char *field, edi_ref ref, size_t least, size_t most) {
  if (ref.off > v->p.strings_count || ref.len > v->p.strings_count - ref.off)
    return edi_verifier_fail(v, EDI_R0120, field, "it lies outside of STRINGS");
  size_t end = (size_t)ref.off + ref.len;
  if (ref.len > 0 && !v->ascii &&
      (!between(v, ref.off) || !between(v, end) || bad_until(v, ref.off) != bad_until(v, end)))
    return edi_verifier_fail(v, EDI_R0120, field, "it is not UTF-8, or holds a NUL");
  if (ref.len < least) return edi_verifier_fail(v, EDI_R0121, field, "it is empty");
  if (ref.len > most) return edi_verifier_limit(v, field, most, "bytes");
  return true;
}

bool edi_verifier_name(edi_verifier *v, const char *field, edi_ref ref) {
  return edi_verifier_text(v, field, ref, 1, EDI_LIMIT_NAME);
}

bool edi_verifier_qualified(edi_verifier *v, const char *field, edi_ref ref, bool imported) {
  /* Module, dot and name, each of the two as long as a name may be. */
  if (!edi_verifier_text(v, field, ref, 1, 2 * EDI_LIMIT_NAME + 1)) return false;
  edi_str name = edi_verifier_string(v, ref);
  edi_str layer = v->federal || imported ? EDI_STR("federal") : v->domain;
  if (name.len > layer.len + 1 && name.ptr[layer.len] == '.' && memcmp(name.ptr, layer.ptr, layer.len) == 0)
    return true;
  return edi_verifier_fail(v, EDI_R0132, field, "its first part is not the layer that declares it");
}

/* ---- flags, indices, ranges ---- */

bool edi_verifier_flags(edi_verifier *v, uint32_t flags, uint32_t known) {
  if ((flags & ~known) == 0) return true;
  return edi_verifier_fail(v, EDI_R0123, "flags", "bits that have no meaning here are set");
}

bool edi_verifier_import(edi_verifier *v, uint32_t flags) {
  if (!v->federal || !(flags & EDI_IMPORTED)) return true;
  return edi_verifier_fail(v, EDI_R0132, "flags", "a federal program imports nothing");
}

bool edi_verifier_no_index(edi_verifier *v, const char *field) {
  return edi_verifier_fail(v, EDI_R0124, field, "no record has this index");
}

bool edi_verifier_node(edi_verifier *v, const char *field, uint32_t node, uint32_t kind) {
  if (!edi_verifier_index(v, field, node, v->p.nodes_count)) return false;
  if (v->p.nodes[node].kind == kind) return true;
  return edi_verifier_fail(v, EDI_R0124, field, "the node is of another kind");
}

bool edi_verifier_range(edi_verifier *v, const char *field, edi_range range, uint32_t count) {
  if (range.first <= count && range.count <= count - range.first) return true;
  return edi_verifier_fail(v, EDI_R0125, field, "the range leaves its section");
}

/* From now on each record is asked about by itself. */
static bool own_singly(edi_verifier *v, unsigned section) {
  v->owned[section] = edi_verifier_scratch(v, v->counts[section], 1);
  if (v->owned[section]) memset(v->owned[section], 1, v->owned_first[section]);
  return v->owned[section] != NULL;
}

bool edi_verifier_own_some(edi_verifier *v, const char *field, edi_range range, unsigned section) {
  if (!edi_verifier_range(v, field, range, v->counts[section])) return false;
  if (range.count == 0) return true;
  if (!v->owned[section] && range.first == v->owned_first[section]) {
    v->owned_first[section] += range.count;
    return true;
  }
  if (!v->owned[section] && !own_singly(v, section)) return false;
  for (uint32_t i = range.first; i < range.first + range.count; i++) {
    if (v->owned[section][i])
      return edi_verifier_fail(v, EDI_R0125, field, "%s record %u belongs to another one already",
                               edi_verifier_section_name(section), (unsigned)i);
    v->owned[section][i] = 1;
  }
  return true;
}

bool edi_verifier_owned(edi_verifier *v, unsigned section) {
  for (uint32_t i = v->owned_first[section]; i < v->counts[section]; i++) {
    if (v->owned[section] && v->owned[section][i]) continue;
    edi_verifier_at(v, section, i);
    return edi_verifier_fail(v, EDI_R0125, "(record)", "it belongs to no other record");
  }
  return true;
}

bool edi_verifier_list(edi_verifier *v, const char *field, edi_range range, uint32_t low,
                       uint32_t high) {
  if (!edi_verifier_range(v, field, range, v->p.lists_count)) return false;
  if (range.count == 0) return true;
  if (range.count > v->ascending[range.first] - range.first)
    return edi_verifier_fail(v, EDI_R0126, field, "the list is not in strictly ascending order");
  const uint32_t *items = v->p.lists + range.first;
  if (items[0] >= low && items[range.count - 1] < high) return true;
  return edi_verifier_fail(v, EDI_R0124, field,
                           "the list names a record that does not exist, or of another kind");
}

bool edi_verifier_nodes(edi_verifier *v, const char *field, edi_range range, uint32_t kind) {
  edi_range nodes = kind == EDI_NONE ? (edi_range){0, 0} : v->p.kinds[kind].nodes;
  return edi_verifier_list(v, field, range, nodes.first, nodes.first + nodes.count);
}

/* ---- types ---- */

static bool parameter_valid(const edi_verifier *v, edi_type type) {
  uint32_t parameter = EDI_TYPE_PARAM(type);
  switch (EDI_TYPE_BASE(type)) {
    case EDI_TYPE_NODE:
      return parameter < v->p.kinds_count && !(v->p.kinds[parameter].flags & EDI_KIND_ID);
    case EDI_TYPE_ID:
      return parameter < v->p.kinds_count && (v->p.kinds[parameter].flags & EDI_KIND_ID);
    case EDI_TYPE_LEVEL: return parameter < v->p.scales_count;
    default: return parameter == 0;
  }
}

bool edi_verifier_type(edi_verifier *v, const char *field, edi_type type) {
  uint32_t base = EDI_TYPE_BASE(type);
  bool known = base >= EDI_TYPE_BOOL && base <= EDI_TYPE_SUBJECT && (type & 0xFE00u) == 0;
  if (!known || (base == EDI_TYPE_SUBJECT && EDI_TYPE_IS_SET(type)) || !parameter_valid(v, type))
    return edi_verifier_fail(v, EDI_R0127, field, "there is no such type");
  return true;
}

bool edi_verifier_scalar(edi_verifier *v, const char *field, edi_type type) {
  if (!edi_verifier_type(v, field, type)) return false;
  if (!EDI_TYPE_IS_SET(type) && EDI_TYPE_BASE(type) != EDI_TYPE_SUBJECT) return true;
  return edi_verifier_fail(v, EDI_R0127, field, "a set or a subject cannot stand here");
}

/* ---- names ---- */

typedef struct named {
  uint64_t hash;
  uint32_t owner, record;
} named;
typedef struct name_source {
  const edi_verifier *v;
  const char *names;
  size_t stride;
} name_source;

static edi_str name_of(const name_source *source, uint32_t record) {
  edi_ref ref;
  memcpy(&ref, source->names + record * source->stride, sizeof ref);
  return edi_verifier_string(source->v, ref);
}

/* By hash first, which decides nearly always; by all that makes a name in the end, so that names
 * that were made to collide only make it slower by a logarithm. */
static int compare_named(const void *context, const void *left, const void *right) {
  const named *a = left, *b = right;
  if (a->hash != b->hash) return a->hash < b->hash ? -1 : 1;
  if (a->owner != b->owner) return a->owner < b->owner ? -1 : 1;
  return edi_str_compare(name_of(context, a->record), name_of(context, b->record));
}

/* Whether a table by hash told the names apart; false: two are the same, or their hashes lie too close. */
static bool apart_by_hash(const name_source *source, const named *all, uint32_t count, uint32_t *slots, size_t mask) {
  enum { STEPS = 64 };
  for (uint32_t i = 0; i < count; i++) {
    size_t slot = (size_t)(all[i].hash ^ all[i].hash >> 32) & mask;
    unsigned step = 0;
    while (slots[slot]) {
      if (++step > STEPS || compare_named(source, &all[slots[slot] - 1], &all[i]) == 0) return false;
      slot = (slot + 1) & mask;
    }
    slots[slot] = i + 1;
  }
  return true;
}

static bool apart_by_order(edi_verifier *v, unsigned section, const name_source *source, named *all, uint32_t count) {
  named *spare = edi_verifier_scratch(v, count, sizeof *spare);
  if (!spare) return false;
  edi_order_sort(all, spare, count, sizeof *all, compare_named, source);
  for (uint32_t i = 1; i < count; i++) {
    if (compare_named(source, &all[i - 1], &all[i]) != 0) continue;
    edi_verifier_at(v, section, all[i].record);
    return edi_verifier_fail(v, EDI_R0122, "name", "record %u has the same name", (unsigned)all[i - 1].record);
  }
  return true;
}

bool edi_verifier_distinct(edi_verifier *v, unsigned section, uint32_t count, const edi_ref *names,
                           size_t name_stride, const uint32_t *owners, size_t owner_stride) {
  edi_verifier_at(v, section, 0);
  if (count < 2) return true;
  size_t slot_count = 4;
  while (slot_count < (size_t)count * 2) slot_count *= 2;
  named *all = edi_verifier_scratch(v, count, sizeof *all);
  uint32_t *slots = all ? edi_verifier_scratch(v, slot_count, sizeof *slots) : NULL;
  if (!slots) return false;
  name_source source = {v, (const char *)names, name_stride};
  for (uint32_t i = 0; i < count; i++) {
    uint32_t owner = 0;
    if (owners) memcpy(&owner, (const char *)owners + i * owner_stride, sizeof owner);
    uint64_t hash = edi_str_hash(name_of(&source, i)) ^ owner * UINT64_C(0x9E3779B97F4A7C15);
    all[i] = (named){hash, owner, i};
  }
  return apart_by_hash(&source, all, count, slots, slot_count - 1) || apart_by_order(v, section, &source, all, count);
}

/* ---- codes ---- */

bool edi_verifier_place(edi_verifier *v, const edi_place *place, uint32_t code, edi_range slots) {
  if (!edi_verifier_index(v, place->field, code, v->p.codes_count)) return false;
  const edi_routine *routine = &v->p.codes[code];
  v->code_used[code] = 1;
  if (routine->type != place->type)
    return edi_verifier_fail(v, EDI_R0145, place->field, "code %u does not give a %s",
                             (unsigned)code, edi_type_base_name(EDI_TYPE_BASE(place->type)));
  if (routine->reads & ~place->reads)
    return edi_verifier_fail(v, EDI_R0145, place->field, "code %u reads what may not be read here",
                             (unsigned)code);
  if (!(routine->reads & EDI_READS_ROW)) return true;
  if (v->slot_low[code] >= slots.first && v->slot_high[code] - slots.first < slots.count)
    return true;
  return edi_verifier_fail(v, EDI_R0146, place->field, "code %u reads a row slot of another rule",
                           (unsigned)code);
}
