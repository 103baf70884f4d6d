/* Value: the order of known scalars, and sets put into it.
 *
 * The order is total within one base type and has nothing to do with the language's `<`: it makes
 * equal values neighbours, so that a set is sorted, distinct, and the same however it was given. */
#include "bundle/value.h"

/* All of the text counts: names that a program makes differ anywhere. No secret and no promise: who makes many texts
 * of one mark has them read. */
edi_value edi_value_marked(edi_value text) {
  const uint64_t odd = UINT64_C(0x9E3779B97F4A7C15);
  uint64_t mixed = text.length, word;
  uint32_t at = 0;
  for (; text.length - at >= sizeof word; at += (uint32_t)sizeof word) {
    memcpy(&word, text.as.text + at, sizeof word);
    mixed = (mixed ^ word) * odd;
    mixed ^= mixed >> 32;
  }
  word = 0;
  if (text.length > at) memcpy(&word, text.as.text + at, text.length - at);
  mixed = (mixed ^ word) * odd;
  text.mark = (uint16_t)(mixed >> 48);
  if (text.mark == 0) text.mark = 1;
  return text;
}

static int compare_integers(int64_t a, int64_t b) { return a < b ? -1 : a > b; }

int edi_value_compare(edi_value a, edi_value b) {
  if (a.base != b.base) return a.base < b.base ? -1 : 1;
  switch (a.base) {
    case EDI_TYPE_STRING:
    case EDI_TYPE_ID:
    case EDI_TYPE_IP: return edi_str_compare(edi_value_str(a), edi_value_str(b));
    case EDI_TYPE_DECIMAL:
      return edi_decimal_compare((edi_decimal){a.as.integer, a.scale},
                                 (edi_decimal){b.as.integer, b.scale});
    default: /* for a duration, scale tells months from exact time */
      return a.scale != b.scale ? (a.scale < b.scale ? -1 : 1)
                                : compare_integers(a.as.integer, b.as.integer);
  }
}

static void swap(edi_value *a, edi_value *b) {
  edi_value kept = *a;
  *a = *b;
  *b = kept;
}

static void sift_down(edi_value *heap, size_t at, size_t count) {
  for (size_t child = 2 * at + 1; child < count; at = child, child = 2 * at + 1) {
    if (child + 1 < count && edi_value_compare(heap[child], heap[child + 1]) < 0) child++;
    if (edi_value_compare(heap[at], heap[child]) >= 0) return;
    swap(&heap[at], &heap[child]);
  }
}

/* Heapsort: qsort may take memory of its own, and its worst case is the library's choice. */
static void sort(edi_value *values, size_t count) {
  for (size_t i = count / 2; i-- > 0;) sift_down(values, i, count);
  for (size_t last = count; last-- > 1;) {
    swap(&values[0], &values[last]);
    sift_down(values, 0, last);
  }
}

edi_value edi_value_set(unsigned base, edi_value *members, uint32_t count) {
  uint32_t kept = 0;
  sort(members, count);
  for (uint32_t i = 0; i < count; i++)
    if (kept == 0 || edi_value_compare(members[kept - 1], members[i]) != 0)
      members[kept++] = members[i];
  return (edi_value){.base = (uint8_t)base, .set = 1, .length = kept, .as.members = members};
}
