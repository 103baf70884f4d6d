/* Whole answer: see the header. */
#include "support/whole_answer.h"

#include <stdio.h>

#include "log/record.h"

bool whole_answer(edict_decision *d, edi_buf *into) {
  static const unsigned char random[EDI_RECORD_RANDOM] = {9};
  char *json = NULL;
  size_t length;
  edi_record record;
  if (edict_decision_json(d, &json, &length) != EDICT_OK) return false;
  edi_buf_append(into, json, length);
  edict_text_free(&json);
  edi_buf_char(into, '\n');
  edi_record_answer(d, into);
  return edi_record_inputs(d, random, into) == EDICT_OK && (edi_record_describe(d, &record), true) &&
         (edi_buf_str(into, record.purpose), edi_buf_str(into, record.action), edi_buf_u64(into, (uint64_t)record.now), true);
}

bool whole_answers_same(edict_decision *a, edict_decision *b, size_t most, char *why, size_t size) {
  edi_buf mine, other;
  edi_buf_init(&mine, NULL, 1 << 22);
  edi_buf_init(&other, NULL, 1 << 22);
  bool same = whole_answer(a, &mine) && whole_answer(b, &other) && mine.failed == EDICT_OK;
  if (most && mine.len > most && other.len > most) mine.len -= most, other.len -= most;
  same = same && edi_str_equal((edi_str){mine.ptr, mine.len}, (edi_str){other.ptr, other.len});
  if (!same) snprintf(why, size, "%.*s\nand afresh\n%.*s", (int)mine.len, mine.ptr ? mine.ptr : "", (int)other.len, other.ptr ? other.ptr : "");
  edi_buf_fini(&mine);
  edi_buf_fini(&other);
  return same;
}
