/* Rules: the C API for the text of one rule file. */
#include "edict/policy.h"
#include "policy/format.h"

enum { ARENA_RULES = 1 << 30, LAID_OUT_MOST = 16 * 1024 * 1024 };

edict_status edict_rules_format(const char *name, const char *text, size_t length, char **formatted,
                                size_t *formatted_length, edict_diagnostics *diagnostics) {
  *formatted = NULL;
  *formatted_length = 0;
  if (!name || (!text && length > 0) || !diagnostics) return EDICT_ARGUMENT;
  edi_arena arena;
  edi_buf out;
  edi_arena_init(&arena, NULL, ARENA_RULES);
  edi_buf_init(&out, NULL, LAID_OUT_MOST);
  edict_status status = edi_format(&arena, edi_str_from(name),
                                   (edi_str){length > 0 ? text : "", length}, &out, diagnostics);
  edi_arena_fini(&arena);
  size_t size = out.len;
  if (status == EDICT_OK) edi_buf_char(&out, '\0');
  if (status == EDICT_OK) status = edi_buf_give(&out, formatted);
  else edi_buf_fini(&out);
  if (status == EDICT_OK) *formatted_length = size;
  return status;
}
