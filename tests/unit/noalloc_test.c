/* Deciding and applying allocate nothing, whatever the answer: counted at malloc itself. */
#include "harness.h"

#include "support/demo.h"

#if defined(EDICT_SANITIZED)
TEST(nothing_is_allocated) { SKIP("a sanitizer owns malloc in this build"); }
#else

static unsigned long calls;

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *pointer, size_t size);
void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void *realloc(void *pointer, size_t size);

void *malloc(size_t size) {
  calls++;
  return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
  calls++;
  return __libc_calloc(count, size);
}

void *realloc(void *pointer, size_t size) {
  calls++;
  return __libc_realloc(pointer, size);
}

static const edict_text support = {"support", 7}, analyst = {"analyst", 7}, analytics = {"analytics", 9}, region = {"de", 2};

static void session(mesh *m, const edict_text *role, const edict_text *purpose) {
  const edict_attribute attributes[] = {{{"roles", 5}, role, 1}, {{"purposes", 8}, purpose, 1}, {{"regions", 7}, &region, 1}};
  edict_session_destroy(&m->session);
  CHECK(edict_session_create_hypothetical(m->engine, (edict_text){"corp", 4}, (edict_text){"sam", 3}, attributes, 3, &m->session,
                                          m->diagnostics) == EDICT_OK);
}

/* How often malloc was called by `times` decisions, each applied to a row. */
static unsigned long count(mesh *m, const edict_text *purpose, size_t dataset, edict_effect effect) {
  const edict_attribute context = {{"purpose", 7}, purpose, purpose ? 1 : 0};
  uint32_t columns[] = {0, 1, 2, 3, 4, 5, 6};
  edict_request request = {.size = sizeof request, .action = {"read", 4}, .dataset = dataset, .columns = columns, .column_count = 7,
                           .context = &context, .context_count = 1, .now = mesh_time(DEMO_NOW)};
  edict_cell in[7], out[7];
  char memory[4096];
  edict_row row;
  if (dataset == 0) demo_customer(in);
  else demo_order(in);
  unsigned long before = calls;
  for (int i = 0; i < 1000; i++) {
    CHECK(edict_decide(m->decision, m->session, &request) == EDICT_OK);
    CHECK_INT(edict_decision_effect(m->decision), effect);
    if (effect == EDICT_PERMIT)
      CHECK(edict_decision_apply_row(m->decision, in, 7, out, memory, sizeof memory, &row) == EDICT_OK);
  }
  return calls - before;
}

TEST(nothing_is_allocated) {
  mesh m;
  demo_mesh(&m, "");
  mesh_open(&m);
  unsigned long made = calls;
  free(malloc(1));
  CHECK(calls > made); /* the counter counts */
  session(&m, &support, &support);
  CHECK_INT(count(&m, &support, 0, EDICT_PERMIT), 0);
  CHECK_INT(count(&m, &support, 1, EDICT_PERMIT), 0);
  CHECK_INT(count(&m, NULL, 0, EDICT_DENY), 0);
  session(&m, &analyst, &analytics);
  CHECK_INT(count(&m, &analytics, 0, EDICT_PERMIT), 0);
  CHECK_INT(count(&m, &support, 0, EDICT_DENY), 0);
  mesh_fini(&m);
}
#endif

HARNESS_MAIN
