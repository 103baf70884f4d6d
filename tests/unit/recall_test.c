/* Recall: a decision that has seen a value before masks it as one that has not, and forgets it with its keys; columns leave
 * nothing of their texts where they were masked. */
#include "harness.h"

#include "edict/batch.h"
#include "edict/event.h"
#include "support/mesh.h"
#include "support/random_rules.h"

static const char contract[] = MESH_CONTRACT("  - name: orders\n    customProperties:\n      - { property: classification, value: internal }\n"
    "    properties:\n      - { name: a, logicalType: string, tags: [ pii.email ] }\n      - { name: b, logicalType: string, tags: [ pii.name ] }\n"
    "      - { name: c, logicalType: string, required: true, tags: [ pii.phone ] }\n      - { name: d, logicalType: string, tags: [ text ] }\n");
static const char rules[] =
    "rule reads\n permit read\n on dataset classified <= internal\n because \"x\"\n"
    "rule a\n mask column tagged pii.email\n with pseudonym(wide)\n because \"x\"\n"
    "rule b\n mask column tagged pii.name\n with token(narrow)\n because \"x\"\n"
    "rule c\n mask column tagged pii.phone\n with fpe(narrow, alphabet: \"0123456789abcdef\")\n because \"x\"\n"
    "rule d\n mask column tagged text\n with pseudonym(wide)  if row[pii.email] == \"x\"\n with token(wide)  otherwise\n because \"x\"\n";
enum { COLUMNS = 4 };

static void open_mesh(mesh *m) {
  static const edict_named_key keys[] = {{{"federal.vocabulary.wide", 23}, {"one", 3}}, {{"federal.vocabulary.narrow", 25}, {"two", 3}}};
  const edict_engine_options options = {.size = sizeof options, .now = INT64_MIN, .development = 1, .keys = keys, .key_count = 2};
  mesh_sales(m, rules, contract, &options);
  mesh_subject(m, "");
  if (mesh_ask(m, "read", "orders", "*", "", "2026-11-20T10:00:00Z") != EDICT_OK) abort();
}

static bool is_used(const edi_recall *r, size_t slot) { return r->tags[slot / EDI_RECALL_WAYS] >> 8 * (slot % EDI_RECALL_WAYS) & 0xFF; }

static int slots_used(const edict_decision *d) {
  int count = 0;
  for (size_t i = 0; i < EDI_RECALL_SLOTS; i++) count += is_used(&d->recall, i);
  return count;
}

static bool same(const edict_cell *a, const edict_cell *b) {
  return a->type == b->type && (a->type != EDICT_CELL_TEXT || (a->len == b->len && memcmp(a->ptr, b->ptr, a->len) == 0));
}

/* Few values, so that most come again, around the longest that is kept, and bytes that are no text. */
static edict_cell value(random_source *r, char room[128]) {
  size_t length = random_below(r, 4) ? random_below(r, 20) : 44 + random_below(r, 10);
  memset(room, '0' + (int)random_below(r, 3), length);
  if (random_below(r, 30) == 0 && length) room[length - 1] = (char)0xC3;
  if (random_below(r, 30) == 0) return (edict_cell){.type = EDICT_CELL_INT, .integer = 7};
  return (edict_cell){.type = random_below(r, 20) ? EDICT_CELL_TEXT : EDICT_CELL_NULL, .ptr = length ? room : NULL, .len = length};
}

TEST(a_value_that_comes_again_is_masked_as_at_first) {
  mesh with, without;
  random_source r = {5};
  char rooms[COLUMNS][128], memory[2][8192];
  size_t differences = 0;
  open_mesh(&with);
  open_mesh(&without);
  without.decision->recall.slots = NULL; /* remembers nothing */
  for (size_t i = 0; i < 20000; i++) {
    edict_cell in[COLUMNS], out[2][COLUMNS];
    edict_row row;
    for (size_t c = 0; c < COLUMNS; c++) in[c] = value(&r, rooms[c]);
    CHECK_INT(edict_decision_apply_row(with.decision, in, COLUMNS, out[0], memory[0], sizeof memory[0], &row), EDICT_OK);
    CHECK_INT(edict_decision_apply_row(without.decision, in, COLUMNS, out[1], memory[1], sizeof memory[1], &row), EDICT_OK);
    for (size_t c = 0; c < COLUMNS; c++) differences += !same(&out[0][c], &out[1][c]);
  }
  CHECK_INT(differences, 0);
  CHECK(slots_used(with.decision) > 10);
  /* Too little memory is too little, whether the value was there before or not. */
  edict_cell in[COLUMNS] = {mesh_text("000"), mesh_text("000"), mesh_text("000000000"), mesh_text("000")}, out[COLUMNS];
  edict_row row;
  for (size_t size = 0; size < 60; size++)
    CHECK_INT(edict_decision_apply_row(with.decision, in, COLUMNS, out, memory[0], size, &row), EDICT_LIMIT);
  mesh_fini(&with);
  mesh_fini(&without);
}

/* More texts than there are slots, of every length, in which a byte is another: each is found as itself or not at all. */
TEST(texts_that_share_a_slot_stay_apart) {
  static edi_recall r;
  static char in[3000][64];
  static const edi_transform of[2];
  edi_arena arena;
  random_source random = {17};
  size_t found = 0;
  edi_arena_init(&arena, NULL, (size_t)1 << 20);
  r.slots = edi_recall_slots(&arena);
  for (size_t i = 0; i < 3000; i++) memset(in[i], 'x', sizeof in[i]);
  for (size_t i = 0; i < 3000; i++) {
    size_t length = i % 60;
    if (length) in[i][random_below(&random, length)] = (char)random_below(&random, 256);
  }
  for (size_t round = 0; round < 60000; round++) {
    size_t i = random_below(&random, 2) ? random_below(&random, 120) : random_below(&random, 3000);
    const edi_transform *t = &of[random_below(&random, 2)];
    edi_str text = {in[i], i % 60}, made;
    char became[80], room[80];
    edi_output memory = {.ptr = room, .size = sizeof room};
    size_t length = (size_t)snprintf(became, sizeof became, "%zu %zu", (size_t)(t - of), text.len);
    memcpy(became + length, text.ptr, text.len);
    length += text.len;
    if (edi_recall_find(&r, t, text, &memory, &made)) {
      found++;
      CHECK(made.len == length && memcmp(made.ptr, became, length) == 0);
    } else {
      edi_recall_keep(&r, t, text, (edi_str){became, length});
      CHECK(edi_recall_find(&r, t, text, &memory, &made) == (text.len <= EDI_RECALL_IN && text.len + length <= EDI_RECALL_BOTH));
    }
  }
  if (found < 10000 || found > 50000) HARNESS_FAIL("%zu found", found);
  edi_arena_fini(&arena);
}

/* What stands in slots that nothing was put into is nobody's. */
TEST(slots_that_are_not_used_say_nothing) {
  mesh m;
  open_mesh(&m);
  edict_cell in[COLUMNS] = {mesh_text("a text"), mesh_text("a text"), mesh_text("0123456789"), mesh_text("a text")}, out[2][COLUMNS];
  char memory[2][8192];
  edict_row row;
  CHECK_INT(edict_decision_apply_row(m.decision, in, COLUMNS, out[0], memory[0], sizeof memory[0], &row), EDICT_OK);
  edi_recall *r = &m.decision->recall;
  for (size_t i = 0; i < EDI_RECALL_SLOTS; i++)
    if (is_used(r, i)) r->slots[i].bytes[r->slots[i].in_length] ^= 1;
  memset(r->tags, 0, sizeof r->tags);
  CHECK_INT(edict_decision_apply_row(m.decision, in, COLUMNS, out[1], memory[1], sizeof memory[1], &row), EDICT_OK);
  for (size_t c = 0; c < COLUMNS; c++) CHECK(same(&out[0][c], &out[1][c]));
  mesh_fini(&m);
}

TEST(nothing_is_kept_for_the_next_decision) {
  mesh m;
  static const char zeros[sizeof(edi_recalled)];
  open_mesh(&m);
  edict_cell in[COLUMNS] = {mesh_text("a secret"), mesh_text("a secret"), mesh_text("0123456789"), mesh_text("a secret")}, out[COLUMNS];
  char memory[8192];
  edict_row row;
  for (unsigned rows = 1; rows < 300; rows = rows * 3) { /* few values, and more than are remembered one by one */
    if (mesh_ask(&m, "read", "orders", "*", "", "2026-11-20T10:00:00Z") != EDICT_OK) abort();
    for (unsigned i = 0; i < rows; i++) {
      char text[16];
      snprintf(text, sizeof text, "secret %u", i);
      in[0] = mesh_text(text);
      CHECK_INT(edict_decision_apply_row(m.decision, in, COLUMNS, out, memory, sizeof memory, &row), EDICT_OK);
    }
    edi_recall before = m.decision->recall;
    CHECK(slots_used(m.decision) > (int)rows / 2); /* some fall together */
    edict_decision_forget(m.decision);
    CHECK_INT(slots_used(m.decision), 0);
    for (size_t i = 0; i < EDI_RECALL_SLOTS; i++)
      if (is_used(&before, i)) CHECK(memcmp(&before.slots[i], zeros, sizeof zeros) == 0);
  }
  mesh_fini(&m);
}

/* ---- what stands where calls were ---- */

#if defined(__SANITIZE_ADDRESS__)
enum { STACK_IS_ELSEWHERE = 1 };
#else
enum { STACK_IS_ELSEWHERE = 0 };
#endif

/* How many times eight bytes of the text stand where the calls before this one had what they worked with. */
static __attribute__((noinline)) size_t left_behind(const char *text, size_t length) {
  char used[48 * 1024], *at = used;
  size_t found = 0;
  __asm__ volatile("" : "+r"(at) : : "memory"); /* as if it had been written */
  for (size_t i = 0; i + 8 <= sizeof used; i++)
    for (size_t k = 0; k + 8 <= length; k++) found += memcmp(at + i, text + k, 8) == 0;
  return found;
}

/* Leaves it there, as a call that wipes nothing would. */
static __attribute__((noinline)) void leave_some(const char *text, size_t length) {
  char used[4096], *at = used;
  memset(used, 0, sizeof used);
  memcpy(used + sizeof used / 2, text, length);
  __asm__ volatile("" : "+r"(at) : : "memory");
}

static __attribute__((noinline)) void apply_some(mesh *m, const edict_batch *batch, edict_cell cells[][40]) {
  static char memory[1 << 14];
  uint32_t rows[40];
  edict_masked masked[COLUMNS];
  for (size_t c = 0; c < COLUMNS; c++) masked[c] = (edict_masked){.cells = cells[c]};
  edict_selection selection = {.size = sizeof selection, .rows = rows};
  CHECK_INT(edict_decision_apply_batch(m->decision, batch, &selection, masked, memory, sizeof memory), EDICT_OK);
}

/* Columns of texts under a key leave none of them on the stack: pseudonyms and tokens of several blocks, digits. */
TEST(batches_leave_no_text_on_the_stack) {
  static const char *const texts[] = {"Zoe.Quimby-Hartnell@qwx.example;Xylo.Quartz7781;Vy-kq.9921.Wz;aa", "8349127504"};
  static edict_cell cells[COLUMNS][40];
  static int32_t offsets[41];
  static char bytes[40 * 80];
  if (STACK_IS_ELSEWHERE) return;
  for (size_t t = 0; t < 2; t++) {
    mesh m;
    edict_vector columns[COLUMNS];
    size_t length = strlen(texts[t]);
    open_mesh(&m);
    for (size_t i = 0; i < 40; i++) memcpy(bytes + i * length, texts[t], length);
    for (size_t i = 0; i < 41; i++) offsets[i] = (int32_t)(i * length);
    for (size_t c = 0; c < COLUMNS; c++)
      columns[c] = c == 3 ? (edict_vector){.layout = EDICT_LAYOUT_NULL}
                          : (edict_vector){.layout = EDICT_LAYOUT_TEXT32, .length = 40, .values = offsets, .bytes = bytes};
    m.decision->recall.slots = NULL; /* each is made anew */
    edict_batch batch = {.size = sizeof batch, .rows = 40, .columns = columns, .column_count = COLUMNS};
    apply_some(&m, &batch, cells);
    CHECK_INT(left_behind(texts[t], length), 0);
    leave_some(texts[t], length);
    CHECK(left_behind(texts[t], length) > 0); /* it is looked for where it would be */
    mesh_fini(&m);
  }
}

/* Events take from it what they gave before, and give to it. */
TEST(events_recall_as_rows_do) {
  static const char *const given[] = {"{\"a\":\"ann\",\"b\":\"bob\",\"c\":\"1234567\",\"d\":\"x\"}", "{\"a\":\"ann\",\"b\":\"ann\",\"c\":\"12\",\"d\":\"ann\"}",
                                      "{\"a\":\"bob\",\"b\":\"bob\",\"c\":\"1234567\",\"d\":\"x\"}"};
  mesh with, without;
  edict_events *recalls, *forgets;
  open_mesh(&with);
  open_mesh(&without);
  without.decision->recall.slots = NULL;
  CHECK(edict_events_create(with.decision, NULL, &recalls) == EDICT_OK && edict_events_create(without.decision, NULL, &forgets) == EDICT_OK);
  for (size_t i = 0; i < 6; i++) {
    const char *event = given[i % 3];
    edict_row row, other_row;
    edict_text out, other;
    CHECK_INT(edict_events_apply(recalls, event, strlen(event), &row, &out, NULL), EDICT_OK);
    CHECK_INT(edict_events_apply(forgets, event, strlen(event), &other_row, &other, NULL), EDICT_OK);
    CHECK(row == EDICT_ROW_SHOWN && other_row == row && out.len == other.len && memcmp(out.ptr, other.ptr, out.len) == 0);
  }
  CHECK(slots_used(with.decision) >= 4);
  edict_events_destroy(&recalls);
  edict_events_destroy(&forgets);
  mesh_fini(&with);
  mesh_fini(&without);
}

HARNESS_MAIN
