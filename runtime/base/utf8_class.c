/* UTF-8 classes: upper-case letters, lower-case letters and digits outside of ASCII, from a pinned table,
 * so that every build of every machine gives one answer. */
#include "base/bytes.h"

static const struct { uint16_t first, last; uint8_t step, kind; } classes[] = {
#define CLASS(first, last, step, kind) {first, last, step, EDI_UTF8_##kind},
#include "base/utf8_class.def"
#undef CLASS
};
enum { COUNT = sizeof classes / sizeof *classes };

/* Rows of every other code point come in pairs that lie between each other, upper beside lower: so the
 * last two rows that begin at or before `c` are looked at. */
edi_utf8_kind edi_utf8_class(uint32_t c) {
  size_t low = 0, high = COUNT;
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (classes[middle].first <= c) low = middle + 1;
    else high = middle;
  }
  for (size_t back = 1; back <= 2 && back <= low; back++) {
    size_t i = low - back;
    if (c <= classes[i].last && (c - classes[i].first) % classes[i].step == 0) return (edi_utf8_kind)classes[i].kind;
  }
  return EDI_UTF8_OTHER;
}
