/* Core bench: nanoseconds and instructions for a decision, a masked cell and a filtered row, each
 * beside the bare primitive, in one run on one machine.
 *
 * The median of several rounds; instructions of user code from the kernel's counter where it may be
 * read. `make bench` runs it; docs/performance.md says how figures are to be read. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "enforce/apply.h"
#include "bench/stopwatch.h"
#include "support/demo.h"
#include "support/transforms.h"

#define MANY_RULES 2000

/* ---- a decision ---- */

typedef struct asked {
  mesh *m;
  edict_request request;
} asked;

static void decide(void *user) {
  asked *a = user;
  if (edict_decide(a->m->decision, a->m->session, &a->request) != EDICT_OK) abort();
}

static void make_request(asked *a, mesh *m, uint32_t *columns, const edict_attribute *context, const char *action) {
  *a = (asked){.m = m, .request = {.size = sizeof a->request, .action = {action, strlen(action)}, .dataset = 0,
                                   .columns = columns, .column_count = 7, .context = context, .context_count = 1,
                                   .now = mesh_time(DEMO_NOW)}};
  for (uint32_t i = 0; i < 7; i++) columns[i] = i;
}

/* Rules that exist and do not apply: each is about a dataset that is not there. */
static char *other_rules(unsigned count) {
  size_t size = (size_t)count * 128 + 1, used = 0;
  char *text = malloc(size);
  if (!text) abort();
  text[0] = '\0';
  for (unsigned i = 0; i < count; i++)
    used += (size_t)snprintf(text + used, size - used, "rule other-%u\n  forbid read\n  on dataset named \"none-%u\"\n  because \"none\"\n\n", i, i);
  return text;
}

/* The support agent of the demonstration, whom issuer corp would vouch for. */
static void support_agent(mesh *m) {
  static const edict_text support = {"support", 7}, region = {"de", 2};
  const edict_attribute attributes[] = {{{"roles", 5}, &support, 1}, {{"purposes", 8}, &support, 1}, {{"regions", 7}, &region, 1}};
  if (edict_session_create_hypothetical(m->engine, (edict_text){"corp", 4}, (edict_text){"sam", 3}, attributes, 3, &m->session,
                                        m->diagnostics) != EDICT_OK)
    abort();
}

static void bench_decisions(void) {
  static const edict_text support = {"support", 7};
  static const edict_attribute context = {{"purpose", 7}, &support, 1};
  unsigned counts[] = {0, MANY_RULES};
  puts("decision: rules/demo, 7 columns of customers, handles held, context by name");
  for (size_t i = 0; i < 2; i++) {
    mesh m;
    asked a;
    uint32_t columns[7];
    char what[96], *more = other_rules(counts[i]);
    demo_mesh(&m, more);
    mesh_open(&m);
    support_agent(&m);
    make_request(&a, &m, columns, &context, "read");
    snprintf(what, sizeof what, "permit, masks, rows, retention; %u rules more that exist", counts[i]);
    measure(what, decide, &a, 20000);
    a.request.context_count = 0;
    snprintf(what, sizeof what, "deny (no purpose); %u rules more that exist", counts[i]);
    measure(what, decide, &a, 20000);
    mesh_fini(&m);
    free(more);
  }
}

/* ---- a masked cell ---- */

typedef struct masking {
  edi_transform transform;
  edi_apply_column column;
  edi_pattern_scratch *patterns;
  edict_cell in, out;
  char memory[1024];
} masking;

static void mask(void *user) {
  masking *m = user;
  edi_output output = {.ptr = m->memory, .size = sizeof m->memory};
  edi_apply(&m->transform, &m->column, m->patterns, &m->in, &m->out, &output);
}

static volatile char sink;

static void bare_copy(void *user) {
  masking *m = user;
  memcpy(m->memory, m->in.ptr, m->in.len);
  sink = m->memory[3];
}

static void bare_hash(void *user) {
  masking *m = user;
  unsigned char out[16];
  (void)crypto_generichash(out, sizeof out, (const unsigned char *)m->in.ptr, m->in.len, m->column.key->bytes, 32);
  sink = (char)out[0];
}

static void bare_match(void *user) {
  masking *m = user;
  size_t length;
  sink = (char)edi_pattern_substitute(m->transform.pattern, m->patterns, (edi_str){m->in.ptr, m->in.len}, edi_value_str(m->transform.args[EDI_ARG_REGEX_REPLACEMENT]),
                                      m->memory, sizeof m->memory, &length);
}

static void bench_masks(void) {
  static edi_mask_key mask_key = {.bytes = {7}};
  edi_keyedhash_init(&mask_key.hash, mask_key.bytes);
  masking m = {.column = {.base = EDI_TYPE_STRING, .key = &mask_key}, .in = mesh_text("juergen.mueller@mail.example")};
  edi_pattern *pattern = NULL;
  const char *why;
  size_t at;
  if (edi_pattern_scratch_create(&m.patterns) != EDICT_OK ||
      edi_pattern_compile(EDI_STR("[a-z]+@"), EDI_PATTERN_SUBSTITUTE, &pattern, &why, &at) != EDICT_OK)
    abort();
  puts("masked cell: a mail address of 28 bytes, or a timestamp");
  measure("bare: memcpy", bare_copy, &m, 200000);
  m.transform = (edi_transform){.id = EDI_TRANSFORM_RAW};
  measure("keep", mask, &m, 200000);
  m.transform = (edi_transform){.id = EDI_TRANSFORM_NULL};
  measure("null", mask, &m, 200000);
  m.transform = transform_of("const(\"hidden\")");
  measure("const", mask, &m, 200000);
  m.transform = transform_of("show-last(4)");
  measure("show-last", mask, &m, 200000);
  measure("bare: keyed BLAKE2b of the text", bare_hash, &m, 50000);
  m.transform = transform_of("pseudonym(k@product)");
  measure("pseudonym", mask, &m, 50000);
  m.transform = transform_of("regex(/[a-z]+@/, \"x@\")");
  measure("bare: substitution by the pattern", bare_match, &m, 20000);
  measure("regex", mask, &m, 20000);
  m.column.base = EDI_TYPE_TIMESTAMP;
  m.in = (edict_cell){.type = EDICT_CELL_TIMESTAMP, .integer = mesh_time(DEMO_NOW)};
  m.transform = transform_of("date-trunc(month)");
  measure("date-trunc(month)", mask, &m, 200000);
  edi_pattern_destroy(pattern);
  edi_pattern_scratch_destroy(m.patterns);
}

/* ---- a filtered row ---- */

typedef struct filtering {
  mesh *m;
  edict_cell in[7], out[7];
  char memory[1024];
} filtering;

static void filter(void *user) {
  filtering *f = user;
  bool grouped;
  sink = (char)edi_plan_row(f->m->decision->plan, f->in, &grouped);
}

static void apply(void *user) {
  filtering *f = user;
  edict_row row;
  if (edict_decision_apply_row(f->m->decision, f->in, 7, f->out, f->memory, sizeof f->memory, &row) != EDICT_OK) abort();
  sink = (char)row;
}

/* What a person would write in C for residency and retention of the demo. */
static void bare_filter(void *user) {
  filtering *f = user;
  int64_t t;
  bool here = f->in[4].len == 2 && memcmp(f->in[4].ptr, "de", 2) == 0;
  sink = here && edi_timestamp_parse((edi_str){f->in[6].ptr, f->in[6].len}, &t) && t >= INT64_C(1732147200000000);
}

static void bench_rows(void) {
  static const edict_text support = {"support", 7};
  static const edict_attribute context = {{"purpose", 7}, &support, 1};
  mesh m;
  asked a;
  uint32_t columns[7];
  filtering f = {.m = &m};
  demo_mesh(&m, "");
  mesh_open(&m);
  support_agent(&m);
  make_request(&a, &m, columns, &context, "read");
  decide(&a);
  demo_customer(f.in);
  puts("filtered row: a customer of rules/demo (residency, retention, a table of holds), time as text");
  measure("bare: the same two conditions by hand", bare_filter, &f, 200000);
  measure("filter", filter, &f, 20000);
  measure("filter and mask seven columns", apply, &f, 20000);
  f.in[4] = mesh_text("us");
  measure("filter, row of another region", filter, &f, 20000);
  mesh_fini(&m);
}

int main(void) {
  if (sodium_init() < 0) return 1;
  open_counter();
  bench_decisions();
  bench_masks();
  bench_rows();
  return 0;
}
