/* Verifier: what the parts of edi_program_verify share.
 *
 *   verify_layout.c   header, sections, padding, strings, lists; runs the others in this order
 *   verify_symbols.c  kinds, nodes, scales, attributes, issuers, keys, tables
 *   verify_records.c  constants, patterns, masks, row slots, rules, contracts
 *   verify_index.c    the index, against what the codes of the rules need
 *   verify_code.c     instructions and what a code needs, costs and reads
 *   verify_tools.c    the questions that all of them ask
 *
 * A check returns false after it said why; the first one ends the whole. `section` and `record` are
 * where the checks stand: loops set them, messages name them. Every step is linear in the file,
 * also where ranges and strings are shared, so that nobody can make a small file cost much. */
#ifndef EDI_VERIFIER_H
#define EDI_VERIFIER_H

#include "base/pattern.h"
#include "bundle/guard.h"
#include "bundle/likes.h"
#include "bundle/limits.h"
#include "bundle/measure.h"
#include "bundle/program.h"

/* What code at some place may read and must give. */
typedef struct edi_place {
  const char *field;
  uint32_t reads; /* EDI_READS_* */
  edi_type type;  /* of the answer */
} edi_place;

typedef struct edi_verifier {
  edi_program p;
  edi_arena *arena;
  edict_diagnostics *diagnostics;
  edict_status status; /* why it stopped */
  unsigned section;
  uint32_t record;

  /* STRINGS: a bit for each byte that starts a code point, or that no text may hold; and the number
   * of the latter before each word of 64. */
  uint64_t *starts, *bad;
  uint32_t *bad_before;
  bool ascii; /* they are ASCII without a NUL throughout: the bits are not needed */
  uint32_t *ascending; /* by index of LISTS: where the ascending run that holds it ends */
  uint32_t counts[EDI_SECTION_COUNT]; /* of records */
  /* Records that have their owner: so many from the first on, as where owners stand in the order of what they own; and
   * whether each has one, once another came. */
  uint32_t owned_first[EDI_SECTION_COUNT];
  uint8_t *owned[EDI_SECTION_COUNT];
  uint8_t *set_owned;                /* the same for items of LISTS that are members of sets */

  uint32_t kind_tag, kind_action, kind_domain, kind_issuer,
      scale_classification; /* EDI_NONE: none */
  edi_str domain;           /* of the settings; empty: federal */
  bool federal;

  edi_pattern **patterns; /* compiled */
  uint32_t regex_masks;
  uint32_t *slot_low, *slot_high; /* by code: the row slots it reads, low > high for none */
  uint8_t *code_used;
  uint32_t *code_thing; /* by code: the EDI_THING_* that it names; EDI_NONE: two of them */
  const edi_shaping *shapes; /* of codes, as the unpacker knows them; NULL: nobody does */
  edi_likes likes;        /* of codes */
  edi_attr_sets attrs;
  uint64_t cost; /* of the rules that were verified */
  /* The newest rule whose `reads` were compared with its codes: the likes of those, and where the list is. */
  struct { uint32_t codes[3]; edi_range reads; bool known; } read_before;
} edi_verifier;

bool edi_verify_symbols(edi_verifier *v);
bool edi_verify_values(edi_verifier *v); /* constants, patterns, masks, row slots */
bool edi_verify_codes(edi_verifier *v);
bool edi_verify_rules(edi_verifier *v);
bool edi_verify_contracts(edi_verifier *v);
bool edi_verify_index(edi_verifier *v); /* after the codes: that it leads to each rule, and passes over none that may apply */
/* The same in parts that may be done at the same time and in any order, the first one that it leads to each rule. *finder is kept
 * from part to part, NULL at first. All hold where edi_verify_index would hold. */
enum { EDI_INDEX_PARTS = 9 };
bool edi_verify_index_part(edi_verifier *v, uint32_t part, edi_guards **finder);

/* ---- verify_tools.c ---- */

const char *edi_verifier_section_name(unsigned section);
void edi_verifier_at(edi_verifier *v, unsigned section, uint32_t record);
/* Says what is wrong with a field of the record; always false. */
bool edi_verifier_fail(edi_verifier *v, edi_code code, const char *field, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
bool edi_verifier_limit(edi_verifier *v, const char *field, uint64_t most, const char *what);
/* Says that the arena has no more; always false. */
bool edi_verifier_starved(edi_verifier *v);
/* Scratch; NULL after it said that there is none. */
void *edi_verifier_scratch(edi_verifier *v, size_t count, size_t size);

/* Text: in STRINGS, whole code points, no NUL, between `least` and `most` bytes. */
bool edi_verifier_text_at(edi_verifier *v, const char *field, edi_ref ref, size_t least, size_t most);
static inline bool edi_verifier_text(edi_verifier *v, const char *field, edi_ref ref, size_t least, size_t most) {
  bool plain = v->ascii && ref.off <= v->p.strings_count && ref.len <= v->p.strings_count - ref.off;
  return (plain && ref.len >= least && ref.len <= most) || edi_verifier_text_at(v, field, ref, least, most);
}
/* A word: not empty, no longer than a name may be. */
bool edi_verifier_name(edi_verifier *v, const char *field, edi_ref ref);
/* A qualified name of the layer that declares it: "federal." or "<domain>." and something. */
bool edi_verifier_qualified(edi_verifier *v, const char *field, edi_ref ref, bool imported);
bool edi_verifier_flags(edi_verifier *v, uint32_t flags, uint32_t known);
/* EDI_IMPORTED stands nowhere in a federal program. */
bool edi_verifier_import(edi_verifier *v, uint32_t flags);

bool edi_verifier_no_index(edi_verifier *v, const char *field);
static inline bool edi_verifier_index(edi_verifier *v, const char *field, uint32_t index, uint32_t count) {
  return index < count || edi_verifier_no_index(v, field);
}
/* A node of this kind; kind EDI_NONE has no nodes. */
bool edi_verifier_node(edi_verifier *v, const char *field, uint32_t node, uint32_t kind);
bool edi_verifier_range(edi_verifier *v, const char *field, edi_range range, uint32_t count);
/* The range's records of another section get their owner; none may have one yet. */
bool edi_verifier_own_some(edi_verifier *v, const char *field, edi_range range, unsigned section);
static inline bool edi_verifier_own(edi_verifier *v, const char *field, edi_range range, unsigned section) {
  if (range.count == 0 && range.first <= v->counts[section]) return true;
  return edi_verifier_own_some(v, field, range, section);
}
/* After the owners: no record of the section is without one. */
bool edi_verifier_owned(edi_verifier *v, unsigned section);
/* A range of LISTS, strictly ascending, every item at least `low` and below `high`. */
bool edi_verifier_list(edi_verifier *v, const char *field, edi_range range, uint32_t low,
                       uint32_t high);
/* The same of nodes of one kind. */
bool edi_verifier_nodes(edi_verifier *v, const char *field, edi_range range, uint32_t kind);

bool edi_verifier_type(edi_verifier *v, const char *field, edi_type type);
/* A type of cells and tables: scalar, and not a subject. */
bool edi_verifier_scalar(edi_verifier *v, const char *field, edi_type type);

/* No two records of `section` with the same owner have the same name. `names` and `owners` (NULL:
 * one owner for all) point into the first record; the strides are in bytes. */
bool edi_verifier_distinct(edi_verifier *v, unsigned section, uint32_t count, const edi_ref *names,
                           size_t name_stride, const uint32_t *owners, size_t owner_stride);

/* The code stands at this place: it reads no more than may be read there, gives what is asked for,
 * and its row slots lie within `slots`. */
bool edi_verifier_place(edi_verifier *v, const edi_place *place, uint32_t code, edi_range slots);

static inline edi_str edi_verifier_string(const edi_verifier *v, edi_ref ref) {
  return edi_program_string(&v->p, ref);
}

#endif
