/* Pattern: PCRE2 compiled and run behind limits of our own.
 *
 * In: a source that pattern_scan.c let through, a subject, a replacement. Out: yes, no or unknown.
 * Everything that PCRE2 leaves to its build or to a locale is set here: newline, \R, UTF mode and
 * classes that mean ASCII (\d \w \s, POSIX names, \b), because PCRE2_UCP is not set.
 *
 * Matching allocates nothing: PCRE2 takes its match data, contexts and backtracking frames from
 * fixed slots of the scratch. Since 10.41 pcre2_match asks for frames while it runs, a larger run
 * before it gives the smaller back, so two slots of the heap limit's size are enough. */
#include "base/pattern.h"

#include "base/pattern_scan.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

enum {
  NEST_MOST = 50,                  /* parentheses in parentheses */
  COMPILED_MOST = 64 * 1024,       /* bytes of a compiled pattern */
  GROUPS_MOST = 9,                 /* what $1 to $9 can name */
  FRAMES_KIB = 1024,               /* backtracking frames of one match */
  DEPTH_MOST = 5000,               /* frames that depend on each other */
  CALLS_MOST = 10000,              /* backtracking points from one start */
  CALLS_LEAST = 64,                /* the same, for the longest subjects */
  STATES_MOST = 1000,              /* states that a condition is in at once */
  STATES_LEAST = 100,              /* the same, for the longest subjects */
  WORKSPACE = 2 + 6 * STATES_MOST, /* ints: PCRE2 keeps two lists of states of three ints each */
  CONDITION_CALLS_MOST = 100,      /* a pattern that passed the scan needs one */
};

/* Steps of one substitution: starts * backtracking points * bytes that each may scan. */
#define SUBSTITUTE_STEPS_MOST (UINT64_C(1) << 30)
/* Steps of one condition: bytes * pairs of states, because PCRE2 looks for a state in a list. */
#define CONDITION_STEPS_MOST UINT64_C(100000000)

struct edi_pattern {
  pcre2_code *code;
  edi_pattern_use use;
  uint32_t groups;
};

/* ---- scratch ---- */

enum { SMALL_SLOTS = 6, SMALL_SIZE = 1024, LARGE_SLOTS = 2, LARGE_SIZE = FRAMES_KIB * 1024 };
enum { SLOTS = SMALL_SLOTS + LARGE_SLOTS };

struct edi_pattern_scratch {
  _Alignas(16) char small[SMALL_SLOTS][SMALL_SIZE];
  _Alignas(16) char large[LARGE_SLOTS][LARGE_SIZE];
  bool taken[SLOTS];
  pcre2_general_context *general;
  pcre2_match_context *condition, *substitution;
  pcre2_match_data *data;
  int workspace[WORKSPACE];
};

static void *slot_at(edi_pattern_scratch *scratch, size_t i) {
  return i < SMALL_SLOTS ? (void *)scratch->small[i] : (void *)scratch->large[i - SMALL_SLOTS];
}

static void *slot_take(size_t size, void *context) {
  edi_pattern_scratch *scratch = context;
  for (size_t i = size <= SMALL_SIZE ? 0 : SMALL_SLOTS; i < SLOTS && size <= LARGE_SIZE; i++) {
    if (scratch->taken[i]) continue;
    scratch->taken[i] = true;
    return slot_at(scratch, i);
  }
  return NULL;
}

static void slot_give_back(void *pointer, void *context) {
  edi_pattern_scratch *scratch = context;
  for (size_t i = 0; pointer && i < SLOTS; i++)
    if (slot_at(scratch, i) == pointer) scratch->taken[i] = false;
}

static bool scratch_prepare(edi_pattern_scratch *scratch) {
  scratch->general = pcre2_general_context_create(slot_take, slot_give_back, scratch);
  if (!scratch->general) return false;
  scratch->condition = pcre2_match_context_create(scratch->general);
  scratch->substitution = pcre2_match_context_create(scratch->general);
  scratch->data = pcre2_match_data_create(GROUPS_MOST + 1, scratch->general);
  if (!scratch->condition || !scratch->substitution || !scratch->data) return false;
  pcre2_set_match_limit(scratch->condition, CONDITION_CALLS_MOST);
  pcre2_set_depth_limit(scratch->condition, CONDITION_CALLS_MOST);
  pcre2_set_heap_limit(scratch->condition, FRAMES_KIB);
  pcre2_set_depth_limit(scratch->substitution, DEPTH_MOST);
  pcre2_set_heap_limit(scratch->substitution, FRAMES_KIB);
  return true;
}

edict_status edi_pattern_scratch_create(edi_pattern_scratch **scratch) {
  const edi_allocator *allocator = &edi_allocator_default;
  *scratch = NULL;
  edi_pattern_scratch *fresh = allocator->resize(allocator->context, NULL, 0, sizeof *fresh);
  if (!fresh) return EDICT_MEMORY;
  memset(fresh->taken, 0, sizeof fresh->taken); /* the slots stay untouched until they are needed */
  if (!scratch_prepare(fresh)) {
    edi_pattern_scratch_destroy(fresh);
    return EDICT_MEMORY;
  }
  *scratch = fresh;
  return EDICT_OK;
}

/* PCRE2's objects live in the slots and go with them. */
void edi_pattern_scratch_destroy(edi_pattern_scratch *scratch) {
  const edi_allocator *allocator = &edi_allocator_default;
  if (scratch) allocator->resize(allocator->context, scratch, sizeof *scratch, 0);
}

/* ---- compiling ---- */

static void *heap_take(size_t size, void *context) {
  (void)context;
  return edi_allocator_default.resize(edi_allocator_default.context, NULL, 0, size);
}

static void heap_give_back(void *pointer, void *context) {
  (void)context;
  if (pointer) edi_allocator_default.resize(edi_allocator_default.context, pointer, 0, 0);
}

/* A compile context with every build-time choice made; NULL without memory. */
static pcre2_compile_context *settings_create(void) {
  pcre2_general_context *general = pcre2_general_context_create(heap_take, heap_give_back, NULL);
  pcre2_compile_context *settings = general ? pcre2_compile_context_create(general) : NULL;
  pcre2_general_context_free(general);
  if (!settings) return NULL;
  pcre2_set_max_pattern_length(settings, EDI_PATTERN_SOURCE_MOST);
  pcre2_set_parens_nest_limit(settings, NEST_MOST);
  pcre2_set_newline(settings, PCRE2_NEWLINE_LF);
  pcre2_set_bsr(settings, PCRE2_BSR_UNICODE);
  return settings;
}

/* What the scan let through and PCRE2 finds to be refused all the same; NULL if nothing. */
static const char *inspect(edi_pattern *pattern) {
  uint32_t references = 0, raw_bytes = 0;
  size_t size = SIZE_MAX;
  if (pcre2_pattern_info(pattern->code, PCRE2_INFO_CAPTURECOUNT, &pattern->groups) != 0 ||
      pcre2_pattern_info(pattern->code, PCRE2_INFO_BACKREFMAX, &references) != 0 ||
      pcre2_pattern_info(pattern->code, PCRE2_INFO_HASBACKSLASHC, &raw_bytes) != 0 ||
      pcre2_pattern_info(pattern->code, PCRE2_INFO_SIZE, &size) != 0)
    return "the pattern cannot be inspected";
  if (size > COMPILED_MOST) return "the compiled pattern is too large";
  if (raw_bytes) return "\\C is not offered";
  if (pattern->use == EDI_PATTERN_SUBSTITUTE) return NULL;
  if (pattern->groups != 0) return "a plain group captures, and a condition cannot: write (?:...)";
  return references != 0 ? "a back-reference cannot stand in a condition" : NULL;
}

static edict_status compile(edi_pattern *pattern, edi_str source, const char **why, size_t *at) {
  uint32_t options = PCRE2_UTF | PCRE2_NEVER_UCP | PCRE2_NEVER_BACKSLASH_C | PCRE2_DOLLAR_ENDONLY;
  if (pattern->use == EDI_PATTERN_CONDITION) options |= PCRE2_ANCHORED | PCRE2_ENDANCHORED;
  pcre2_compile_context *settings = settings_create();
  if (!settings) return EDICT_MEMORY;
  int error = 0;
  PCRE2_SIZE offset = 0;
  pattern->code = pcre2_compile((PCRE2_SPTR)(source.ptr ? source.ptr : ""), source.len, options,
                                &error, &offset, settings);
  pcre2_compile_context_free(settings);
  if (!pattern->code) {
    if (error == PCRE2_ERROR_HEAP_FAILED) return EDICT_MEMORY;
    if (error == PCRE2_ERROR_UNICODE_NOT_SUPPORTED) return EDICT_UNSUPPORTED;
    *why = edi_pattern_compile_error(error);
    *at = offset < source.len ? offset : source.len;
    return EDICT_FINDINGS;
  }
  *why = inspect(pattern);
  *at = 0;
  return *why ? EDICT_FINDINGS : EDICT_OK;
}

edict_status edi_pattern_compile(edi_str source, edi_pattern_use use, edi_pattern **pattern,
                                 const char **why, size_t *at) {
  *pattern = NULL;
  *why = edi_pattern_scan(source, use == EDI_PATTERN_CONDITION, at);
  if (*why) return EDICT_FINDINGS;
  edi_pattern *fresh = heap_take(sizeof *fresh, NULL);
  if (!fresh) return EDICT_MEMORY;
  *fresh = (edi_pattern){.use = use};
  edict_status status = compile(fresh, source, why, at);
  if (status == EDICT_OK) *pattern = fresh;
  else edi_pattern_destroy(fresh);
  return status;
}

void edi_pattern_destroy(edi_pattern *pattern) {
  if (!pattern) return;
  pcre2_code_free(pattern->code);
  heap_give_back(pattern, NULL);
}

/* ---- matching ---- */

static PCRE2_SPTR subject_units(edi_str subject) {
  return (PCRE2_SPTR)(subject.ptr ? subject.ptr : "");
}

/* The workspace for a subject: the longer it is, the fewer states at once. A repeat of a repeat,
 * such as (?:a+)+, is in a state for each byte of a run, most other patterns in a handful. */
static size_t workspace_for(size_t length) {
  uint64_t states = STATES_MOST;
  while (states > STATES_LEAST && states * states * (length + 1) > CONDITION_STEPS_MOST)
    states -= states / 8;
  return 2 + 6 * (size_t)(states < STATES_LEAST ? STATES_LEAST : states);
}

edi_pattern_result edi_pattern_match(const edi_pattern *pattern, edi_pattern_scratch *scratch,
                                     edi_str subject) {
  if (pattern->use != EDI_PATTERN_CONDITION || subject.len > EDI_PATTERN_SUBJECT_MOST)
    return EDI_PATTERN_UNKNOWN;
  int found = pcre2_dfa_match(pattern->code, subject_units(subject), subject.len, 0,
                              PCRE2_ANCHORED | PCRE2_ENDANCHORED, scratch->data, scratch->condition,
                              scratch->workspace, workspace_for(subject.len));
  if (found == PCRE2_ERROR_NOMATCH) return EDI_PATTERN_NO;
  if (found < 0) return EDI_PATTERN_UNKNOWN;
  const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(scratch->data);
  return ends[0] == 0 && ends[1] == subject.len ? EDI_PATTERN_YES : EDI_PATTERN_NO;
}

/* ---- substituting ---- */

/* A bounded output; `full` once something did not fit. */
typedef struct output {
  char *ptr;
  size_t capacity, length;
  bool full;
} output;

static void put(output *out, const char *bytes, size_t length) {
  if (out->full || length > out->capacity - out->length) {
    out->full = true;
    return;
  }
  if (length > 0) memcpy(out->ptr + out->length, bytes, length);
  out->length += length;
}

/* The group that `$` at `at` of the replacement names, 0 for a dollar, -1 if it is neither. */
static int reference_at(edi_str replacement, size_t at) {
  char c = at + 1 < replacement.len ? replacement.ptr[at + 1] : '\0';
  if (c == '$') return 0;
  return c >= '1' && c <= '9' ? c - '0' : -1;
}

bool edi_pattern_replacement_valid(const edi_pattern *pattern, edi_str replacement) {
  for (size_t i = 0; i < replacement.len; i++) {
    if (replacement.ptr[i] != '$') continue;
    int group = reference_at(replacement, i++);
    if (group < 0 || (uint32_t)group > pattern->groups) return false;
  }
  return edi_utf8_valid(replacement);
}

/* The replacement of one match. Groups that took no part are empty. */
static void put_replacement(output *out, edi_str subject, edi_str replacement,
                            const PCRE2_SIZE *ends) {
  for (size_t i = 0; i < replacement.len; i++) {
    if (replacement.ptr[i] != '$') {
      put(out, replacement.ptr + i, 1);
      continue;
    }
    int group = reference_at(replacement, i++);
    if (group == 0) put(out, "$", 1);
    else if (ends[2 * group] != PCRE2_UNSET)
      put(out, subject.ptr + ends[2 * group], ends[2 * group + 1] - ends[2 * group]);
  }
}

/* PCRE2 counts backtracking points from each start anew, and each may scan the whole subject: so
 * the longer the subject, the fewer. */
static uint32_t calls_for(size_t length) {
  uint64_t area = (uint64_t)(length + 1) * (length + 1), calls = SUBSTITUTE_STEPS_MOST / area;
  if (calls > CALLS_MOST) return CALLS_MOST;
  return calls < CALLS_LEAST ? CALLS_LEAST : (uint32_t)calls;
}

/* All matches from left to right. After an empty match the same place is tried for one that is not
 * empty, and then a code point is copied, as in Perl. */
static edi_pattern_result replace_all(const edi_pattern *pattern, edi_pattern_scratch *scratch,
                                      edi_str subject, edi_str replacement, output *out) {
  const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(scratch->data);
  const uint32_t retry = PCRE2_NOTEMPTY_ATSTART | PCRE2_ANCHORED;
  edi_pattern_result result = EDI_PATTERN_NO;
  uint32_t options = 0;
  size_t at = 0, copied = 0;
  for (;;) {
    int found = pcre2_match(pattern->code, subject_units(subject), subject.len, at, options,
                            scratch->data, scratch->substitution);
    if (found == PCRE2_ERROR_NOMATCH && (options & retry) == retry && at < subject.len) {
      edi_utf8_next(subject, &at);
      options = PCRE2_NO_UTF_CHECK;
      continue;
    }
    if (found == PCRE2_ERROR_NOMATCH) break;
    if (found < 0 || ends[1] < ends[0] || ends[0] < copied) return EDI_PATTERN_UNKNOWN;
    result = EDI_PATTERN_YES;
    put(out, subject.ptr + copied, ends[0] - copied);
    put_replacement(out, subject, replacement, ends);
    if (out->full) return EDI_PATTERN_UNKNOWN;
    options = PCRE2_NO_UTF_CHECK | (ends[0] == ends[1] ? retry : 0);
    at = copied = ends[1];
  }
  put(out, subject.ptr + copied, subject.len - copied);
  return out->full ? EDI_PATTERN_UNKNOWN : result;
}

edi_pattern_result edi_pattern_substitute(const edi_pattern *pattern, edi_pattern_scratch *scratch,
                                          edi_str subject, edi_str replacement, char *out,
                                          size_t capacity, size_t *length) {
  *length = 0;
  if (pattern->use != EDI_PATTERN_SUBSTITUTE || subject.len > EDI_PATTERN_SUBSTITUTE_MOST ||
      !edi_pattern_replacement_valid(pattern, replacement))
    return EDI_PATTERN_UNKNOWN;
  if (!subject.ptr) subject.ptr = "";
  output bounded = {.ptr = out, .capacity = capacity};
  pcre2_set_match_limit(scratch->substitution, calls_for(subject.len));
  edi_pattern_result result = replace_all(pattern, scratch, subject, replacement, &bounded);
  if (result != EDI_PATTERN_UNKNOWN) *length = bounded.length;
  return result;
}
