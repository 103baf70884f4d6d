/* Recall: a decision that has seen a value before masks it as one that has not, and forgets it with its keys. */
#include "harness.h"

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
  mesh_init(m);
  mesh_federal(m, rules);
  mesh_domain(m, "sales", "", contract);
  if (mesh_engine(m, &options) != EDICT_OK) abort();
  mesh_open(m);
  mesh_subject(m, "");
  if (mesh_ask(m, "read", "orders", "*", "", "2026-11-20T10:00:00Z") != EDICT_OK) abort();
}

static int slots_used(const edict_decision *d) {
  int count = 0;
  for (size_t i = 0; i < EDI_RECALL_WORDS; i++) count += __builtin_popcountll(d->recall.used[i]);
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
    if (r->used[i / 64] >> i % 64 & 1) r->slots[i].out[0] ^= 1;
  memset(r->used, 0, sizeof r->used);
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
      if (before.used[i / 64] >> i % 64 & 1) CHECK(memcmp(&before.slots[i], zeros, sizeof zeros) == 0);
  }
  mesh_fini(&m);
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
