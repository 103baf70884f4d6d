/* Pattern: any source, any subject, both uses.
 *
 * In: a separator byte, the pattern up to the next such byte, then the subject. Nothing may crash; a
 * refusal has its reason and a place inside of the pattern; the same question gets the same answer
 * from a used and from a fresh scratch, and what a substitution returns is UTF-8. */
#include <stdio.h>
#include <stdlib.h>

#include "base/pattern.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HOLDS(condition) \
  ((condition) ? (void)0 : (fprintf(stderr, "not true: %s\n", #condition), abort()))

enum { OUT_SIZE = 4 * EDI_PATTERN_SUBJECT_MOST };

static edi_pattern *compile(edi_str source, edi_pattern_use use) {
  edi_pattern *pattern = NULL;
  const char *why = NULL;
  size_t at = SIZE_MAX;
  edict_status status = edi_pattern_compile(source, use, &pattern, &why, &at);
  HOLDS(status == EDICT_OK || status == EDICT_FINDINGS || status == EDICT_MEMORY);
  HOLDS((status == EDICT_OK) == (pattern != NULL));
  if (status == EDICT_FINDINGS) HOLDS(why && *why && at <= source.len);
  return pattern;
}

static void try_condition(edi_str source, edi_str subject, edi_pattern_scratch *used,
                          edi_pattern_scratch *fresh) {
  edi_pattern *pattern = compile(source, EDI_PATTERN_CONDITION);
  if (!pattern) return;
  edi_pattern_result first = edi_pattern_match(pattern, used, subject);
  HOLDS(edi_pattern_match(pattern, used, subject) == first);
  HOLDS(edi_pattern_match(pattern, fresh, subject) == first);
  if (!edi_utf8_valid(subject)) HOLDS(first == EDI_PATTERN_UNKNOWN);
  edi_pattern_destroy(pattern);
}

static void try_substitution(edi_str source, edi_str subject, edi_pattern_scratch *used,
                             edi_pattern_scratch *fresh) {
  static char out[OUT_SIZE], again[OUT_SIZE];
  edi_pattern *pattern = compile(source, EDI_PATTERN_SUBSTITUTE);
  if (!pattern) return;
  edi_str with =
      edi_pattern_replacement_valid(pattern, EDI_STR("$1-$$")) ? EDI_STR("$1-$$") : EDI_STR("**");
  size_t length = 0, second = 0;
  edi_pattern_result first =
      edi_pattern_substitute(pattern, used, subject, with, out, OUT_SIZE, &length);
  HOLDS(edi_pattern_substitute(pattern, fresh, subject, with, again, OUT_SIZE, &second) == first);
  HOLDS(second == length && memcmp(out, again, length) == 0);
  if (first == EDI_PATTERN_UNKNOWN) HOLDS(length == 0);
  else HOLDS(edi_utf8_valid((edi_str){out, length}));
  if (first == EDI_PATTERN_NO) HOLDS(edi_str_equal((edi_str){out, length}, subject));
  edi_pattern_destroy(pattern);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static edi_pattern_scratch *used;
  edi_pattern_scratch *fresh = NULL;
  if (size < 1) return -1;
  const char *text = (const char *)data, *split = memchr(text + 1, text[0], size - 1);
  size_t length = split ? (size_t)(split - text) - 1 : size - 1;
  edi_str source = {text + 1, length};
  edi_str subject = split ? (edi_str){split + 1, size - length - 2} : (edi_str){NULL, 0};
  if (!used) HOLDS(edi_pattern_scratch_create(&used) == EDICT_OK);
  HOLDS(edi_pattern_scratch_create(&fresh) == EDICT_OK);
  try_condition(source, subject, used, fresh);
  try_substitution(source, subject, used, fresh);
  edi_pattern_scratch_destroy(fresh);
  return 0;
}
