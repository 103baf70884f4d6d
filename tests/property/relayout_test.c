/* Relayout: laws of the formatter over random rules in random layouts.
 *
 * However a file is laid out, and wherever comments stand in it: what `edict fmt` makes of it parses
 * to the same tree, holds the same comments in the same order, and is its own layout. Without
 * comments and empty lines, one row of words has one layout. */
#include "support/relayout.h"

#include "harness.h"
#include "policy/format.h"
#include "policy/print.h"
#include "support/hostile.h"

enum { MOST = 16 * 1024 * 1024, ROUNDS = 400 };

/* The tree of a text that parses; empty if it does not. */
static void tree_of(edi_str text, edi_buf *tree) {
  edi_arena arena;
  edi_file_ast *file;
  edi_arena_init(&arena, NULL, (size_t)512 * 1024 * 1024);
  if (edi_parse(&arena, EDI_STR("x.edict"), text, &file, NULL) == EDICT_OK) edi_ast_print(file, tree);
  edi_arena_fini(&arena);
}

static bool laid_out(edi_str text, edi_buf *out) {
  edi_arena arena;
  edi_arena_init(&arena, NULL, (size_t)512 * 1024 * 1024);
  edict_status status = edi_format(&arena, EDI_STR("x.edict"), text, out, NULL);
  edi_arena_fini(&arena);
  if (status != EDICT_OK) printf("# status %d for:\n%.*s\n", (int)status, EDI_STR_ARG(text));
  return status == EDICT_OK;
}

static bool equal(const edi_buf *a, const edi_buf *b) {
  return a->len > 0 && a->len == b->len && memcmp(a->ptr, b->ptr, a->len) == 0;
}

static edi_str str_of(const edi_buf *buf) { return (edi_str){buf->ptr, buf->len}; }

typedef struct bufs { edi_buf text, tree, out, again, other; } bufs;

static void fresh(bufs *b) {
  edi_buf *all[] = {&b->text, &b->tree, &b->out, &b->again, &b->other};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) edi_buf_init(all[i], NULL, MOST);
}

static void put_away(bufs *b) {
  edi_buf *all[] = {&b->text, &b->tree, &b->out, &b->again, &b->other};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) edi_buf_fini(all[i]);
}

/* A line without blanks at its end, and no two empty lines. */
static bool tidy(edi_str text) {
  for (size_t i = 0; i + 1 < text.len; i++) {
    bool end = text.ptr[i + 1] == '\n';
    if (end && (text.ptr[i] == ' ' || text.ptr[i] == '\t' || text.ptr[i] == '\r')) return false;
    if (end && text.ptr[i] == '\n' && i + 2 < text.len && text.ptr[i + 2] == '\n') return false;
  }
  return text.len > 0 && text.ptr[text.len - 1] == '\n' && text.ptr[0] != '\n' &&
         (text.len < 2 || text.ptr[text.len - 2] != '\n');
}

static bool check_laws(random_source *r, edi_str source, relayout_wish wish) {
  bufs b, plain;
  fresh(&b);
  fresh(&plain);
  size_t comments = relayout(r, source, wish, &b.text);
  tree_of(source, &b.tree);
  tree_of(str_of(&b.text), &b.other);
  bool good = equal(&b.tree, &b.other); /* else relayout itself is wrong */
  if (!good) printf("# relayout changed it:\n%.*s\n", EDI_STR_ARG(str_of(&b.text)));
  good = good && laid_out(str_of(&b.text), &b.out) && laid_out(str_of(&b.out), &b.again);
  edi_buf_fini(&b.other);
  edi_buf_init(&b.other, NULL, MOST);
  if (good) tree_of(str_of(&b.out), &b.other);
  good = good && equal(&b.tree, &b.other) && equal(&b.out, &b.again) && tidy(str_of(&b.out)) &&
         relayout_comments(str_of(&b.out), comments) == comments;
  if (good && !wish.comments && !wish.blanks) {
    relayout(r, source, wish, &plain.text);
    good = laid_out(str_of(&plain.text), &plain.out) && equal(&b.out, &plain.out);
  }
  if (!good)
    printf("# of:\n%.*s\n# came:\n%.*s\n# then:\n%.*s\n", EDI_STR_ARG(str_of(&b.text)),
           EDI_STR_ARG(str_of(&b.out)), EDI_STR_ARG(str_of(&b.again)));
  put_away(&b);
  put_away(&plain);
  return good;
}

static const relayout_wish wishes[] = {{false, false}, {false, true}, {true, false}, {true, true}};

TEST(random_rules_keep_their_meaning_and_comments) {
  random_source r = {20261129};
  for (unsigned round = 0; round < ROUNDS; round++) {
    edi_buf rules;
    edi_buf_init(&rules, NULL, MOST);
    if (round % 2) random_federal_rules(&r, 6, &rules);
    else random_domain_rules(&r, 6, &rules);
    bool good = check_laws(&r, str_of(&rules), wishes[round / 2 % 4]);
    edi_buf_fini(&rules);
    CHECK(good);
    if (!good) return;
  }
}

/* Files with every form of the language. */
static const char *const files[] = {
    "tests/golden/parse/good-one-of-each.edict",
    "tests/golden/format/forms.edict",
    "tests/example/federal/vocabulary.edict",
    "tests/example/federal/privacy.edict",
};

TEST(every_form_keeps_its_meaning_and_comments) {
  random_source r = {7};
  CHECK(check_laws(&r, edi_str_from(random_vocabulary()), wishes[3]));
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    size_t length;
    char *text = hostile_read(files[i], &length);
    REQUIRE(text != NULL);
    for (unsigned round = 0; round < ROUNDS / 2; round++) {
      bool good = check_laws(&r, (edi_str){text, length}, wishes[round % 4]);
      CHECK(good);
      if (!good) break;
    }
    free(text);
  }
}

HARNESS_MAIN
