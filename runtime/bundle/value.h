/* Value: what expressions compute with. Type 0 is the unknown, so zeroed memory is unknown.
 *
 * A value borrows its text and its members. Types inside the VM are static: `type` tells only the base
 * and whether it is known; kinds and scales were proved by the verifier. */
#ifndef EDI_VALUE_H
#define EDI_VALUE_H

#include "base/bytes.h"
#include "base/calendar.h"
#include "base/decimal.h"
#include "bundle/program.h"

typedef struct edi_value {
  uint8_t base;       /* EDI_TYPE_*; 0: unknown */
  uint8_t set : 1;    /* a set: `members`, `length` of them */
  uint8_t scale : 7;  /* DECIMAL: scale; DURATION: 1 months, 0 micros; set: 1 incomplete */
  uint16_t mark;      /* STRING, ID, IP: edi_value_marked; 0: none. A set of them: how many buckets follow its members (members.h) */
  uint32_t length;    /* STRING, ID, IP: bytes; set: members */
  union {
    int64_t integer;  /* BOOL 0/1, INT, DECIMAL mantissa, TIMESTAMP, DATE, DURATION; NODE number in the vocabulary; LEVEL rank */
    const char *text; /* STRING, ID; IP: 16 bytes, v4 mapped */
    const struct edi_value *members; /* each known, scalar */
  } as;
} edi_value;

/* Whether values of this base type are bytes: `text` and `length`. */
static inline bool edi_base_is_text(unsigned base) {
  return base == EDI_TYPE_STRING || base == EDI_TYPE_ID || base == EDI_TYPE_IP;
}

/* Kleene's three values. */
typedef enum edi_truth { EDI_NO = 0, EDI_YES = 1, EDI_UNKNOWN = 2 } edi_truth;

static inline edi_value edi_value_unknown(void) { return (edi_value){0}; }
static inline edi_value edi_value_integer(unsigned base, int64_t i) {
  return (edi_value){.base = (uint8_t)base, .as.integer = i};
}
/* A number that is known to be a scale, as the field takes it. */
#define EDI_VALUE_SCALE(number) ((number) & 0x7Fu)
static inline edi_value edi_value_decimal(edi_decimal d) {
  return (edi_value){.base = EDI_TYPE_DECIMAL, .scale = EDI_VALUE_SCALE(d.scale), .as.integer = d.mantissa};
}
static inline edi_value edi_value_text(unsigned base, edi_str s) {
  return (edi_value){.base = (uint8_t)base, .length = (uint32_t)s.len, .as.text = s.ptr};
}
/* The text with two bytes of its hash: most texts that differ are told apart without being read. */
edi_value edi_value_marked(edi_value text);
static inline bool edi_value_known(edi_value v) { return v.base != 0; }
static inline edi_str edi_value_str(edi_value v) { return (edi_str){v.as.text, v.length}; }
static inline edi_truth edi_value_truth(edi_value v) { return v.base ? (edi_truth)(v.as.integer & 1) : EDI_UNKNOWN; }
static inline edi_value edi_value_from_truth(edi_truth t) {
  return t == EDI_UNKNOWN ? edi_value_unknown() : edi_value_integer(EDI_TYPE_BOOL, t);
}

/* Whether two known texts are the same bytes. */
static inline bool edi_value_same_text(edi_value a, edi_value b) {
  if (a.length != b.length || (a.mark != b.mark && a.mark && b.mark)) return false;
  return a.length == 0 || memcmp(a.as.text, b.as.text, a.length) == 0;
}

/* A total order over known scalars of one base type, for sorting and equality (not the language's <). */
int edi_value_compare(edi_value a, edi_value b);
/* The set of `count` known scalars of base type `base`: sorts them in place by edi_value_compare and
 * drops duplicates. The set borrows `members`. */
edi_value edi_value_set(unsigned base, edi_value *members, uint32_t count);

#endif
