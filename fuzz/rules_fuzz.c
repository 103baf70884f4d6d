/* Rules: any bytes as a rule file.
 *
 * Nothing may crash; findings and status agree; every span of a tree lies in the source, and every
 * name stands where its span says; no expression is higher than the limit; a file parsed twice gives
 * the same tree; rendering what was found works. What parses has a layout that parses to the same tree
 * and is its own. */
#include <stdio.h>
#include <stdlib.h>

#include "bundle/limits.h"
#include "policy/format.h"
#include "policy/print.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HOLDS(condition) \
  ((condition) ? (void)0 : (fprintf(stderr, "not true: %s\n", #condition), abort()))

enum { CEILING = 256 * 1024 * 1024 };

static edict_status parse(edi_arena *arena, edi_str text, edict_diagnostics *findings,
                          edi_buf *printed) {
  edi_file_ast *file = NULL;
  edict_status status = edi_parse(arena, EDI_STR("fuzz.edict"), text, &file, findings);
  HOLDS(file != NULL);
  HOLDS(edi_ast_spans_valid(file, text));
  edi_ast_print(file, printed);
  return status;
}

static edict_status format(edi_str text, edi_buf *out) {
  edi_arena arena;
  edi_arena_init(&arena, NULL, CEILING);
  edi_buf_init(out, NULL, CEILING);
  edict_status status = edi_format(&arena, EDI_STR("fuzz.edict"), text, out, NULL);
  edi_arena_fini(&arena);
  return status;
}

/* `tree` is what `text` parses to. */
static void check_layout(edi_str text, const edi_buf *tree) {
  edi_buf out, again, other;
  edi_arena arena;
  edict_status status = format(text, &out);
  HOLDS(status == EDICT_OK || status == EDICT_LIMIT);
  if (status == EDICT_OK) {
    edi_str laid_out = {out.ptr, out.len};
    edi_arena_init(&arena, NULL, CEILING);
    edi_buf_init(&other, NULL, CEILING);
    HOLDS(parse(&arena, laid_out, NULL, &other) == EDICT_OK);
    HOLDS(other.len == tree->len && memcmp(other.ptr, tree->ptr, tree->len) == 0);
    HOLDS(format(laid_out, &again) == EDICT_OK);
    HOLDS(again.len == out.len && memcmp(again.ptr, out.ptr, out.len) == 0);
    edi_buf_fini(&again);
    edi_buf_fini(&other);
    edi_arena_fini(&arena);
  }
  edi_buf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  edi_str text = {(const char *)data, size};
  edict_diagnostics *findings = edict_diagnostics_create();
  edi_arena first, second;
  edi_buf printed, again;
  HOLDS(findings != NULL);
  edi_arena_init(&first, NULL, CEILING);
  edi_arena_init(&second, NULL, CEILING);
  edi_buf_init(&printed, NULL, CEILING);
  edi_buf_init(&again, NULL, CEILING);
  edict_status status = parse(&first, text, findings, &printed);
  HOLDS(status == EDICT_OK || status == EDICT_FINDINGS || status == EDICT_LIMIT);
  HOLDS((status == EDICT_OK) == (edict_diagnostics_errors(findings) == 0));
  HOLDS(parse(&second, text, NULL, &again) == status);
  HOLDS(printed.len == again.len && memcmp(printed.ptr, again.ptr, printed.len) == 0);
  if (status == EDICT_OK) check_layout(text, &printed);
  char *report = NULL;
  size_t length = 0;
  HOLDS(edict_diagnostics_render(findings, EDICT_RENDERING_TEXT, &report, &length) == EDICT_OK);
  edict_text_free(&report);
  edi_buf_fini(&printed);
  edi_buf_fini(&again);
  edi_arena_fini(&first);
  edi_arena_fini(&second);
  edict_diagnostics_destroy(&findings);
  return 0;
}
