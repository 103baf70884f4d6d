/* Claim path: cut into steps, for the checker, the verifier and the gate alike. */
#include "bundle/claimpath.h"

/* Length of the step at `at` with its quotes, and *why if it is none. */
static size_t step_length(edi_str path, size_t at, const char **why) {
  edi_str rest = {path.ptr + at, path.len - at};
  bool quoted = rest.len > 0 && rest.ptr[0] == '\'';
  const char *end = NULL;
  if (quoted) {
    end = memchr(rest.ptr + 1, '\'', rest.len - 1);
    if (!end) *why = "a quote is not closed";
    return end ? (size_t)(end - rest.ptr) + 1 : rest.len;
  }
  end = rest.len > 0 ? memchr(rest.ptr, '.', rest.len) : NULL;
  return end ? (size_t)(end - rest.ptr) : rest.len;
}

static const char *check_step(edi_str step, bool first, bool last) {
  const edi_str actors = EDI_STR("act*");
  bool quoted = step.len > 0 && step.ptr[0] == '\'';
  if (step.len == 0 || (quoted && step.len == 2)) return "a step is empty";
  if (quoted) return NULL;
  if (memchr(step.ptr, '\'', step.len)) return "a quote stands within a step";
  if (!memchr(step.ptr, '*', step.len)) return NULL;
  if (!edi_str_equal(step, actors)) return "a `*` stands only after `act`; put the step in quotes";
  return first && !last ? NULL : "`act*` is the first step and not the last";
}

bool edi_claimpath_valid(edi_str path, const char **why) {
  *why = NULL;
  for (size_t at = 0; !*why;) {
    size_t length = step_length(path, at, why);
    if (*why) break;
    bool last = at + length == path.len;
    *why = check_step((edi_str){path.ptr + at, length}, at == 0, last);
    if (!*why && !last && path.ptr[at + length] != '.') *why = "after a quote comes a dot";
    if (last) break;
    at += length + 1;
  }
  return !*why;
}

bool edi_claimpath_next(edi_str path, size_t *at, edi_claimpath_step *step) {
  const char *why = NULL;
  if (*at > path.len || (*at == path.len && path.len == 0)) return false;
  size_t length = step_length(path, *at, &why);
  edi_str text = {path.ptr + *at, length};
  *at += length + 1;
  *step = (edi_claimpath_step){.name = text};
  if (text.len >= 2 && text.ptr[0] == '\'') step->name = (edi_str){text.ptr + 1, text.len - 2};
  else if (edi_str_equal(text, EDI_STR("act*"))) *step = (edi_claimpath_step){{text.ptr, 3}, true};
  return true;
}

bool edi_claimpath_reads_actor(edi_str path) {
  size_t at = 0;
  edi_claimpath_step step;
  return edi_claimpath_next(path, &at, &step) && edi_str_equal(step.name, EDI_STR("act"));
}

bool edi_claimpath_is_chain(edi_str path) {
  size_t at = 0;
  edi_claimpath_step step;
  return edi_claimpath_next(path, &at, &step) && step.chain;
}
