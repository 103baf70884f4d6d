/* No allocation: deciding and applying take no memory from the C library, patterns and keys included.
 *
 * Every call of malloc and its kin in the process is counted, those of the libraries below too: by
 * functions of the same names here, or by the sanitizer's own hooks where it has taken the names. */
#include "harness.h"

#include <errno.h>

#include "support/demo.h"
#include "support/transforms.h"

static volatile size_t calls; /* compilers know that malloc changes nothing */

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
int __sanitizer_install_malloc_and_free_hooks(void (*taken)(const volatile void *, size_t),
                                              void (*given)(const volatile void *));
static void taken(const volatile void *p, size_t size) { (void)p, (void)size, calls = calls + 1; }
static void given(const volatile void *p) { (void)p, calls = calls + 1; }
__attribute__((constructor)) static void install(void) {
  if (__sanitizer_install_malloc_and_free_hooks(taken, given) == 0) abort();
}
#else
/* Hidden, as all else here is, they would take the place of the libraries' calls of these names no more. */
#define SEEN __attribute__((visibility("default")))
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *p, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *p);
SEEN void *malloc(size_t size) { return calls++, __libc_malloc(size); }
SEEN void *calloc(size_t count, size_t size) { return calls++, __libc_calloc(count, size); }
SEEN void *realloc(void *p, size_t size) { return calls++, __libc_realloc(p, size); }
SEEN void *aligned_alloc(size_t alignment, size_t size) { return calls++, __libc_memalign(alignment, size); }
SEEN int posix_memalign(void **out, size_t alignment, size_t size) {
  calls++;
  *out = __libc_memalign(alignment, size);
  return *out ? 0 : ENOMEM;
}
SEEN void free(void *p) {
  calls++;
  __libc_free(p);
}
#endif

/* Beside the demonstration's rules: both engines of patterns, texts made in scratch, a table, a key, and for
 * partners obligations with values made for the request, an exemption, groups, and rules in shadow. */
static const char more[] =
    "domains may state commerce.status\n"
    "rule items\n mask column tagged commerce.item\n with regex(/([a-m]+)[n-z]*/, \"$1*\")\n because \"x\"\n"
    "rule statuses\n show only rows\n on dataset named \"orders\"\n"
    " where row[commerce.status] matches /(?:pa[a-z]+|ret.*)/ and lower(row[commerce.status]) != \"x\"\n"
    " because \"x\"\n"
    "obligation watermark(text: string, until: timestamp)\n"
    "obligation tell(whom: role)\n"
    "rule marked\n permit read\n on dataset classified <= internal\n when subject.roles has partner\n"
    " oblige watermark(lower(\"Partner COPY\"), now + 30 days), tell(dpo)\n because \"x\"\n"
    "rule no-partners\n forbid read\n on dataset holding person.id\n when subject.roles has partner\n"
    " oblige tell(dpo)\n because \"x\"\n"
    "rule lifted\n exempt no-partners\n on dataset classified <= internal\n when subject.purposes has support\n"
    " until 2027-12-31\n oblige tell(analyst)\n because \"x\"\n"
    "rule crowds\n show only groups of at least 5 row[person.id]\n on dataset holding person.id\n"
    " when subject.roles has partner\n because \"x\"\n"
    "shadow rule amounts\n mask column tagged commerce.amount\n with null\n when subject.roles has partner\n because \"x\"\n"
    "shadow rule paid\n show only rows\n on dataset holding commerce.status\n where row[commerce.status] == \"paid\"\n"
    " when subject.roles has partner\n because \"x\"\n";
static const char keyring[] =
    "edict-keyring/v1\nfederation eu.example\n"
    "epoch 1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";

#define PARTNER "roles partner; purposes support; regions de"

static mesh world;

__attribute__((constructor)) static void make_world(void) {
  static const char *const all[] = {"*"};
  const edict_engine_options options = {.size = sizeof options, .now = INT64_MIN, .development = 1,
                                        .obligations = all, .obligation_count = 1, .suppresses_groups = 1,
                                        .keyring = keyring, .keyring_length = sizeof keyring - 1};
  demo_mesh(&world, more);
  if (mesh_engine(&world, &options) != EDICT_OK) abort();
  mesh_open(&world);
}
__attribute__((destructor)) static void end_world(void) { mesh_fini(&world); }

typedef struct job {
  const char *subject, *dataset, *purpose, *action;
  edict_effect effect;
  size_t obligations, shadows, groups;
} job;

/* Reads all that the decision asks of its host, and has the sizes of groups judged: whether it is what was expected. */
static bool asked(const job *j) {
  static const uint64_t sizes[] = {4, 5};
  edict_decision *d = world.decision;
  unsigned char shown[2] = {1, 1};
  size_t count = 0, shadows = 0;
  edict_obligation o;
  edict_argument a;
  edict_shadow s;
  for (; edict_decision_obligation(d, count, &o) == EDICT_OK; count++)
    for (size_t i = 0; i < o.argument_count; i++)
      if (edict_decision_obligation_argument(d, count, i, &a) != EDICT_OK || a.value.len == 0) return false;
  while (edict_decision_shadow(d, shadows, &s) == EDICT_OK) shadows++;
  if (count != j->obligations || shadows != j->shadows || edict_decision_group_count(d) != j->groups) return false;
  if (j->groups == 0) return true;
  return edict_decision_apply_groups(d, sizes, 2, shown) == EDICT_OK && !shown[0] && shown[1];
}

/* Decides and applies `times`; how many rows were shown. */
static size_t work(const job *j, size_t times) {
  static const uint32_t all[] = {0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3};
  edict_text purpose = {j->purpose, strlen(j->purpose)};
  edict_attribute context = {{"purpose", 7}, &purpose, 1};
  edict_request request = {.size = sizeof request, .action = {j->action, strlen(j->action)},
                           .dataset = edict_product_dataset(world.product, j->dataset), .columns = all, .column_count = 7,
                           .context = &context, .context_count = 1, .now = mesh_time(DEMO_NOW)};
  edict_cell in[7], out[7];
  char memory[4096];
  size_t shown = 0;
  if (strcmp(j->dataset, "orders") == 0) demo_order(in);
  else demo_customer(in);
  for (size_t i = 0; i < times; i++) {
    edict_row row;
    request.column_count = 7 + i % 12; /* more ways to ask than answers are remembered */
    if (i % 2 == 0) request.column_count = 7;
    if (edict_decide(world.decision, world.session, &request) != EDICT_OK) return 0;
    if (edict_decision_effect(world.decision) != j->effect || !asked(j)) return 0;
    if (edict_decision_apply_row(world.decision, in, 7, out, memory, sizeof memory, &row) != EDICT_OK) return 0;
    shown += row == EDICT_ROW_SHOWN;
  }
  return shown;
}

TEST(deciding_and_applying_take_no_memory) {
  static const job jobs[] = {
      {PARTNER, "orders", "support", "read", EDICT_PERMIT, 3, 2, 1},
      {PARTNER, "customers", "support", "read", EDICT_DENY, 1, 0, 0},
      {DEMO_ANALYST, "customers", "analytics", "read", EDICT_PERMIT, 0, 0, 0},
      {DEMO_ANALYST, "orders", "analytics", "read", EDICT_PERMIT, 0, 0, 0},
      {DEMO_ANALYST, "orders", "analytics", "export", EDICT_PERMIT, 0, 0, 0},
      {DEMO_SUPPORT, "customers", "support", "read", EDICT_PERMIT, 0, 0, 0},
      {DEMO_SUPPORT, "orders", "support", "read", EDICT_PERMIT, 0, 0, 0},
      {DEMO_SUPPORT, "customers", "marketing", "read", EDICT_DENY, 0, 0, 0},
      {DEMO_SUPPORT, "customers", "support", "fly", EDICT_DENY, 0, 0, 0},
  };
  edict_session *sessions[sizeof jobs / sizeof *jobs]; /* a decision lets go of the one before */
  for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++) {
    sessions[i] = world.session;
    world.session = NULL;
    mesh_subject(&world, jobs[i].subject);
    size_t before = calls;
    size_t shown = work(&jobs[i], 1000); /* the first call of all is among them */
    size_t after = calls;
    if (after != before) HARNESS_FAIL("%s of %s: %zu calls", jobs[i].action, jobs[i].dataset, after - before);
    if (shown != (jobs[i].effect == EDICT_PERMIT ? 1000 : 0) || !asked(&jobs[i]))
      HARNESS_FAIL("job %zu: %zu rows shown", i, shown);
  }
  for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++) edict_session_destroy(&sessions[i]);
}

/* Every transform with every kind of argument, keys made ready and wiped among it. */
TEST(asking_takes_no_memory) {
  static const uint32_t all[] = {0, 1, 2, 3, 4, 5, 6};
  static const edict_text support = {"support", 7};
  const edict_attribute context = {{"purpose", 7}, &support, 1};
  edict_request request = {.size = sizeof request, .action = {"read", 4}, .context = &context, .context_count = 1};
  edict_question *questions[12];
  edict_session *before_it = world.session;
  world.session = NULL;
  mesh_subject(&world, DEMO_SUPPORT);
  for (size_t i = 0; i < 12; i++) {
    request.columns = all;
    request.column_count = 1 + i % 7;
    request.dataset = i / 7;
    REQUIRE(edict_question_create(world.product, &request, &questions[i]) == EDICT_OK);
  }
  size_t before = calls, permits = 0;
  for (size_t i = 0; i < 1200; i++) {
    if (edict_ask(world.decision, world.session, questions[i * 5 % 12], NULL, mesh_time(DEMO_NOW) + (int64_t)i, NULL) != EDICT_OK) break;
    permits += edict_decision_effect(world.decision) == EDICT_PERMIT;
  }
  size_t after = calls;
  CHECK_INT(after - before, 0);
  CHECK_INT(permits, 1200);
  for (size_t i = 0; i < 12; i++) edict_question_destroy(&questions[i]);
  edict_session_destroy(&before_it);
}
TEST(no_transform_takes_memory) {
  static const char *const texts[] = {
      "show-last(4)", "show-first(4, short: hash)", "regex(/[0-9]+/, \"#\")", "pseudonym(k)", "pseudonym(k, encode: uuid)", "classmask",
      "alphanum", "charmask(3, skip: \"-\")", "partial(1, \"*\", 1)", "email", "email(pseudo, key: k)", "pan", "sha256", "sha256-query",
      "token(k)", "fpe(k)", "ip-trunc", "bucket(0, 100, 10)", "zip3", "redact", "default", "const(\"x\")", "date-trunc(month)",
      "date-shift(k, -3, 3, by: row[person.id])", "round(5)", "clamp(1, 9)",
  };
  edi_mask_key key;
  edi_hasher hasher;
  edi_pattern_scratch *patterns;
  static const unsigned bases[] = {EDI_TYPE_STRING, EDI_TYPE_INT, EDI_TYPE_DATE};
  static const edict_cell cells[] = {{.type = EDICT_CELL_TEXT, .ptr = "ana-4111@example.org", .len = 20}, {.type = EDICT_CELL_INT, .integer = 1234567},
                                     {.type = EDICT_CELL_DATE, .integer = 20000}};
  char memory[4096];
  REQUIRE(edi_mask_key_init(&key, true) == EDICT_OK && edi_hasher_init(&hasher) == EDICT_OK && edi_pattern_scratch_create(&patterns) == EDICT_OK);
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    edi_transform t = transform_of(texts[i]);
    size_t before = calls;
    for (size_t k = 0; k < 300; k++) {
      edi_apply_column column = {.base = bases[k % 3], .key = &key, .salt = EDI_STR("0123456789abcdef"), .cell = &cells[1], .cell_base = EDI_TYPE_INT};
      edi_output output = {.ptr = memory, .size = sizeof memory, .hasher = &hasher};
      edict_cell out;
      if (!edi_transform_suits(&t, column.base) || !edi_mask_key_prepare(&key, &t)) continue;
      edi_apply(&t, &column, patterns, &cells[k % 3], &out, &output);
      edi_mask_key_wipe(&key);
    }
    if (calls != before) HARNESS_FAIL("%s: %zu calls", texts[i], calls - before);
  }
  edi_mask_key_fini(&key);
  edi_hasher_fini(&hasher);
  edi_pattern_scratch_destroy(patterns);
}

TEST(many_requests_at_once_take_no_memory) {
  edict_text purpose = {"support", 7};
  edict_attribute context = {{"purpose", 7}, &purpose, 1};
  edict_request request = {.size = sizeof request, .action = {"read", 4}, .dataset = edict_product_dataset(world.product, "customers"),
                           .context = &context, .context_count = 1, .now = mesh_time(DEMO_NOW)};
  edict_resource things[] = {{{"thing", 5}, NULL, 0}, {{"other", 5}, NULL, 0}};
  edict_session *before_it = world.session;
  unsigned char effects[3] = {0};
  world.session = NULL;
  mesh_subject(&world, DEMO_SUPPORT);
  const edict_session *const sessions[] = {world.session, before_it, world.session};
  size_t before = calls;
  for (int i = 0; i < 300; i++) {
    CHECK_INT(edict_decide_subjects(world.decision, sessions, before_it ? 3 : 1, &request, effects), EDICT_OK);
    request.dataset = 0;
    CHECK_INT(edict_decide_resources(world.decision, world.session, &request, things, 2, effects + 1), EDICT_OK);
    request.dataset = edict_product_dataset(world.product, "customers");
  }
  CHECK_INT(calls - before, 0);
  CHECK_INT(effects[0], EDICT_PERMIT);
  edict_session_destroy(&before_it);
}

/* The first batch of an answer may take memory; later ones, laid out as it was, do not. */
TEST(later_batches_take_no_memory) {
  enum { ROWS = 1500 };
  static const job j = {DEMO_SUPPORT, "customers", "support", "read", EDICT_PERMIT, 0, 0, 0};
  static int64_t times[ROWS];
  static int32_t offsets[ROWS + 1];
  static char texts[ROWS * 2];
  static unsigned char states[ROWS];
  static uint32_t rows[ROWS];
  edict_vector columns[7] = {{0}};
  edict_session *before_it = world.session;
  world.session = NULL;
  mesh_subject(&world, j.subject);
  for (int i = 0; i < ROWS; i++) {
    times[i] = mesh_time(DEMO_NOW) - i * INT64_C(86400000000);
    offsets[i + 1] = (i + 1) * 2;
    memcpy(texts + (size_t)i * 2, i % 3 ? "de" : "us", 2);
  }
  for (size_t c = 0; c < 6; c++) columns[c] = (edict_vector){.layout = EDICT_LAYOUT_TEXT32, .length = ROWS, .values = offsets, .bytes = texts};
  columns[6] = (edict_vector){.layout = EDICT_LAYOUT_TIME_US, .length = ROWS, .values = times};
  edict_batch batch = {.size = sizeof batch, .rows = ROWS, .columns = columns, .column_count = 7};
  edict_selection s = {.size = sizeof s, .states = states, .rows = rows};
  CHECK_INT(work(&j, 1), 1);
  size_t before = calls;
  CHECK_INT(edict_decision_select(world.decision, &batch, &s), EDICT_OK);
  CHECK(calls > before);
  before = calls;
  for (int i = 0; i < 20; i++) CHECK_INT(edict_decision_select(world.decision, &batch, &s), EDICT_OK);
  CHECK_INT(calls - before, 0);
  CHECK(s.shown_count > 100 && s.shown_count < ROWS);
  edict_session_destroy(&before_it);
}

/* The counting itself works, and what may take memory does. */
TEST(calls_are_counted) {
  char *text;
  size_t length, before = calls;
  void *volatile p = malloc(3);
  free(p);
  CHECK(calls >= before + 2);
  mesh_subject(&world, DEMO_SUPPORT);
  CHECK_INT(mesh_ask(&world, "read", "customers", "*", "purpose support", DEMO_NOW), EDICT_OK);
  before = calls;
  CHECK_INT(edict_decision_json(world.decision, &text, &length), EDICT_OK);
  CHECK(calls > before);
  edict_text_free(&text);
}

HARNESS_MAIN
