/* Bundles whose index is damaged, bit by bit, with digests made anew: the verifier refuses them, or nothing is
 * decided otherwise than by looking at every rule.
 *
 * The index of random federal rules is changed: a bit of a branch or of its lists, a field that another branch has,
 * two rules that stand in each other's place. EDICT_SEED and EDICT_ROUNDS choose where to start and how long to go on. */
#include "harness.h"

#include "base/parallel.h"
#include "bundle/packing.h"
#include "log/record.h"
#include "support/random_world.h"
#include "support/sample_program.h"
#include "support/seed.h"

enum { TRIES = 700, REQUESTS = 24 };

typedef struct counts { uint64_t tries, refused, held, decisions, permits; } counts;

typedef struct index_scene {
  random_world w;
  random_source r;
  edi_bundle bundle;
  edi_buf records;      /* of the federal program as it was built */
  edi_program program;
  counts *n;
} index_scene;

/* ---- damage ---- */

static size_t offset_of(const index_scene *s, const void *record) { return (size_t)((const char *)record - s->records.ptr); }

static uint32_t some_branch(index_scene *s) { return (uint32_t)random_below(&s->r, s->program.branches_count); }

static void flip(index_scene *s, edi_buf *copy, size_t word) {
  uint32_t value = edi_get32(copy->ptr + word);
  edi_put32(copy->ptr + word, value ^ (UINT32_C(1) << random_below(&s->r, random_below(&s->r, 4) ? 5 : 32)));
}

static void flip_list(index_scene *s, edi_buf *copy, edi_range list) {
  if (list.count == 0 || list.first + list.count > s->program.lists_count) return;
  flip(s, copy, offset_of(s, &s->program.lists[list.first + random_below(&s->r, list.count)]));
}

/* What one branch says in the place of what another does. */
static void take_field(index_scene *s, edi_buf *copy) {
  size_t field = random_below(&s->r, sizeof(edi_branch) / 4) * 4;
  size_t from = offset_of(s, &s->program.branches[some_branch(s)]) + field, to = offset_of(s, &s->program.branches[some_branch(s)]) + field;
  memcpy(copy->ptr + to, s->records.ptr + from, field == offsetof(edi_branch, rules) || field == offsetof(edi_branch, values) ? 8 : 4);
}

/* The same of another attribute: a branch beside it may need that of just such rules. */
static void ask_another(index_scene *s, edi_buf *copy) {
  uint32_t at = some_branch(s);
  edi_put32(copy->ptr + offset_of(s, &s->program.branches[at].key), (uint32_t)random_below(&s->r, s->program.attrs_count));
}

static void exchange_rules(index_scene *s, edi_buf *copy) {
  size_t at[2];
  for (int i = 0; i < 2; i++) {
    const edi_branch *b = &s->program.branches[some_branch(s)];
    if (b->rules.count == 0) return;
    at[i] = offset_of(s, &s->program.lists[b->rules.first + random_below(&s->r, b->rules.count)]);
  }
  memcpy(copy->ptr + at[0], s->records.ptr + at[1], 4);
  memcpy(copy->ptr + at[1], s->records.ptr + at[0], 4);
}

/* The rules of a branch and those of another, whole. */
static void exchange_lists(index_scene *s, edi_buf *copy) {
  size_t a = offset_of(s, &s->program.branches[some_branch(s)].rules), b = offset_of(s, &s->program.branches[some_branch(s)].rules);
  memcpy(copy->ptr + a, s->records.ptr + b, sizeof(edi_range));
  memcpy(copy->ptr + b, s->records.ptr + a, sizeof(edi_range));
}

static void damage(index_scene *s, edi_buf *copy) {
  const edi_branch *b = &s->program.branches[some_branch(s)];
  switch (random_below(&s->r, 10)) {
    case 0:
    case 1: flip(s, copy, offset_of(s, b) + random_below(&s->r, sizeof *b / 4) * 4); return;
    case 2:
    case 3: take_field(s, copy); return;
    case 4: exchange_rules(s, copy); return;
    case 5: exchange_lists(s, copy); return;
    case 6: flip_list(s, copy, b->rules); return;
    case 7:
    case 8: ask_another(s, copy); return;
    default: if (!edi_guard_is_between(b->test)) flip_list(s, copy, b->values);
  }
}

/* ---- asking ---- */

typedef struct side { edict_engine *engine; edict_product *product; edict_decision *decision; } side;

static bool open_side(index_scene *s, const edi_buf *federal, edict_index index, side *out) {
  edi_buf was = s->w.bundles[0];
  s->w.bundles[0] = *federal;
  s->w.index = index;
  bool ok = random_world_start(&s->w);
  s->w.bundles[0] = was;
  *out = (side){.engine = s->w.engine, .product = s->w.product};
  s->w.engine = NULL;
  s->w.product = NULL;
  return ok && (!out->product || edict_decision_create(out->product, &out->decision) == EDICT_OK);
}

static void close_side(side *s) {
  edict_decision_destroy(&s->decision);
  edict_product_destroy(&s->product);
  edict_engine_destroy(&s->engine);
}

static bool answer(side *s, const random_attributes *subject, const edict_request *q, edi_buf *into) {
  edict_session *session = NULL;
  edict_diagnostics *notes = edict_diagnostics_create();
  bool ok = edict_session_create_hypothetical(s->engine, (edict_text){"host", 4}, (edict_text){"ann", 3}, subject->items, subject->count, &session,
                                              notes) == EDICT_OK && edict_decide(s->decision, session, q) == EDICT_OK;
  if (ok) edi_record_answer(s->decision, into);
  edict_session_destroy(&session);
  edict_diagnostics_destroy(&notes);
  return ok && into->failed == EDICT_OK;
}

static bool ask(index_scene *s, side sides[2]) {
  random_attributes subject, context, given;
  edi_buf said[2];
  uint32_t columns[64];
  random_subject(&s->r, &subject);
  random_context(&s->r, &context);
  const char *action = random_action(&s->r), *kind = random_resource(&s->r, &given);
  edict_resource resource = {{kind, strlen(kind)}, given.items, given.count};
  bool about = random_below(&s->r, 3) == 0;
  edict_request q = {.size = sizeof q, .action = {action, strlen(action)}, .dataset = about ? 0 : random_below(&s->r, 2), .columns = columns,
                     .context = context.items, .context_count = context.count, .now = random_now(&s->r), .resource = about ? &resource : NULL};
  for (size_t c = 0; !about && c < edict_product_column_count(sides[0].product, q.dataset); c++) columns[q.column_count++] = (uint32_t)c;
  bool ok = true;
  for (int k = 0; k < 2; k++) {
    edi_buf_init(&said[k], NULL, 1 << 20);
    ok = answer(&sides[k], &subject, &q, &said[k]) && ok;
  }
  ok = ok && edi_str_equal((edi_str){said[0].ptr, said[0].len}, (edi_str){said[1].ptr, said[1].len});
  s->n->decisions++;
  s->n->permits += ok && edict_decision_effect(sides[0].decision) == EDICT_PERMIT;
  for (int k = 0; k < 2; k++) edi_buf_fini(&said[k]);
  return ok;
}

/* A program that the verifier takes, in a bundle of its own: with its index and without. */
static bool answers_stay(index_scene *s, const edi_program *program) {
  edi_arena arena;
  edi_buf packed, bundle;
  side sides[2] = {{0}};
  edi_arena_init(&arena, NULL, (size_t)64 << 20);
  edi_buf_init(&packed, NULL, 1 << 24);
  edi_buf_init(&bundle, NULL, 1 << 26);
  bool ok = edi_program_pack(program, &arena, &packed) == EDICT_OK;
  edi_str was = {0};
  for (size_t i = 0; i < s->bundle.manifest.file_count; i++)
    if (edi_str_equal(s->bundle.files[i].name, EDI_STR("program"))) {
      was = s->bundle.files[i].bytes;
      s->bundle.files[i].bytes = (edi_str){packed.ptr, packed.len};
    }
  ok = ok && edi_bundle_write(&arena, &s->bundle.manifest, s->bundle.files, s->bundle.manifest.file_count, &bundle, s->w.diagnostics) == EDICT_OK;
  for (size_t i = 0; i < s->bundle.manifest.file_count; i++)
    if (edi_str_equal(s->bundle.files[i].name, EDI_STR("program"))) s->bundle.files[i].bytes = was;
  ok = ok && open_side(s, &bundle, EDICT_INDEX_ALWAYS, &sides[0]) && open_side(s, &bundle, EDICT_INDEX_NEVER, &sides[1]);
  for (int i = 0; ok && sides[0].product && i < REQUESTS; i++) ok = ask(s, sides);
  for (int k = 0; k < 2; k++) close_side(&sides[k]);
  edi_buf_fini(&bundle);
  edi_buf_fini(&packed);
  edi_arena_fini(&arena);
  return ok;
}

static bool try_once(index_scene *s) {
  edi_arena arena;
  edi_program program;
  edi_buf copy;
  bool ok = true;
  edi_arena_init(&arena, NULL, (size_t)64 << 20);
  edi_buf_init(&copy, NULL, 1 << 24);
  edi_buf_append(&copy, s->records.ptr, s->records.len);
  damage(s, &copy);
  bool same = memcmp(copy.ptr, s->records.ptr, copy.len) == 0;
  edict_status status = same ? EDICT_FORMAT : edi_program_verify(copy.ptr, copy.len, &arena, &program, NULL);
  edi_parallel_fix(2, true);
  bool together = !same && edi_program_verify(copy.ptr, copy.len, &arena, &program, NULL) != status;
  edi_parallel_fix(0, false);
  s->n->tries += !same;
  s->n->refused += !same && status != EDICT_OK;
  s->n->held += status == EDICT_OK;
  if (together) ok = false; /* two threads find what one does */
  if (ok && status == EDICT_OK) ok = answers_stay(s, &program);
  edi_buf_fini(&copy);
  edi_arena_fini(&arena);
  return ok;
}

static bool one_world(uint64_t seed, counts *n) {
  static index_scene s;
  s = (index_scene){.w = {.seed = seed, .many = true}, .r = {seed * 7919 + 5}, .n = n};
  bool ok = random_world_make(&s.w, &s.r) &&
            edi_bundle_open(&s.w.arena, s.w.bundles[0].ptr, s.w.bundles[0].len, &s.bundle, s.w.diagnostics) == EDICT_OK;
  edi_buf_init(&s.records, NULL, 1 << 24);
  if (ok) edi_buf_str(&s.records, sample_unpack(&s.w.arena, edi_bundle_find(&s.bundle, "program")));
  ok = ok && edi_program_verify(s.records.ptr, s.records.len, &s.w.arena, &s.program, s.w.diagnostics) == EDICT_OK;
  for (int i = 0; ok && i < TRIES; i++) ok = try_once(&s);
  if (!ok) random_world_show(&s.w, "an index that is damaged decides");
  edi_buf_fini(&s.records);
  random_world_end(&s.w);
  return ok;
}

TEST(a_damaged_index_decides_nothing) {
  uint64_t first = seed_of("EDICT_SEED", 1), rounds = seed_of("EDICT_ROUNDS", 16);
  counts n = {0};
  for (uint64_t seed = first; seed < first + rounds; seed++) {
    bool ok = one_world(seed, &n);
    CHECK(ok);
    if (!ok) return;
  }
  printf("# %llu damaged indexes, %llu refused, %llu that hold: %llu decisions (%llu permits), all as without\n", (unsigned long long)n.tries,
         (unsigned long long)n.refused, (unsigned long long)n.held, (unsigned long long)n.decisions, (unsigned long long)n.permits);
  CHECK(n.refused * 2 > n.tries && (first != 1 || n.held > 5 * rounds));
}

HARNESS_MAIN
