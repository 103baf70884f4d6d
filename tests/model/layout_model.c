/* The layout of a program: header, sections, counts and padding, for files of any size up to the limit. */
#include "model.h"

#include "runtime/base/utf8.c"
#include "runtime/bundle/verify_layout.c"

edi_finding *edi_diagnostics_add(edict_diagnostics *d, edi_code code, edi_span span, const char *label, const char *format, ...) {
  (void)d, (void)code, (void)span, (void)label, (void)format;
  return NULL;
}

const char *edi_verifier_section_name(unsigned section) {
  (void)section;
  return "";
}

/* One section of a file of any size: where it may lie, and how many records it may have. Of the file itself only what
 * is read stands in memory: the header, and padding. */
void prove_section(void) {
  enum { SHOWN = 640 };
  edi_verifier v = {.status = EDICT_DEFECT};
  char bytes[SHOWN];
  size_t length = any_size(EDI_LIMIT_BUNDLE_FILE), record = sizeof(edi_rule);
  uint64_t at = any_u64();
  unsigned section = (unsigned)any_size(EDI_SECTION_COUNT - 1);
  const char *first = NULL;
  uint32_t count = 0;
  assume(length >= SHOWN && at >= FIRST_SECTION && at <= SHOWN - 8);
  uint64_t before = at;
  if (!take_section(&v, bytes, length, section, record, &at, &first, &count)) return;
  check(at >= before && at <= length, "it ends within the file");
  check((size_t)(first - bytes) % 8 == 0 && (size_t)(first - bytes) >= before, "it begins at a multiple of 8, after the one before");
  check((uint64_t)count * record == at - (uint64_t)(first - bytes), "its records fill it");
}

/* Characters of a text, of whatever bytes. */
void prove_strings(void) {
  enum { LENGTH = 12 };
  char strings[LENGTH];
  edi_str all = {strings, any_size(LENGTH)};
  size_t at = any_size(LENGTH), before = at;
  assume(at < all.len);
  (void)edi_utf8_next(all, &at);
  check(at > before && at <= all.len && at <= before + 4, "a character lies within the text");
  uint64_t eight = any_u64();
  bool is_plain = true;
  for (int i = 0; i < 8; i++) is_plain = is_plain && (eight >> 8 * i & 0xFF) >= 1 && (eight >> 8 * i & 0xFF) < 0x80;
  check(plain(eight) == is_plain, "eight plain characters are told by one look");
}
