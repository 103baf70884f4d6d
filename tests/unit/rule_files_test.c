/* Rule files at once: the same trees and findings with any number of threads, whatever is in the files. */
#include "harness.h"

#include "base/parallel.h"
#include "policy/rule_files.h"
#include "policy/print.h"

enum { FILES = 24, RULES = 120 };

static edi_buf texts[FILES];

/* Every fifth file has mistakes, one is no text, one is empty. */
static void make_files(edi_parsed *files) {
  static char names[FILES][16];
  for (unsigned i = 0; i < FILES; i++) {
    edi_buf *b = &texts[i];
    edi_buf_init(b, NULL, 1 << 20);
    edi_buf_format(b, "module federal.m%u\n", i);
    for (unsigned k = 0; k < RULES && i != 7; k++)
      edi_buf_format(b, "rule r%u\n  forbid read\n  on dataset holding pii\n  when subject.roles has a%u %s (now > 2026-01-01 and %u == %u)\n", k, k,
                     i % 5 == 3 && k % 50 == 9 ? "andd" : "or", k, k + i);
    if (i == 11) edi_buf_append(b, "\xFF\0", 2);
    snprintf(names[i], sizeof names[i], "m%02u.edict", i);
    files[i] = (edi_parsed){.path = edi_str_from(names[i]), .text = {b->ptr, b->len}};
  }
}

/* Trees, statuses and findings as one text. */
static void parse(size_t threads, edi_buf *said) {
  edi_parsed files[FILES];
  edi_arena arena;
  edict_diagnostics *d = edict_diagnostics_create();
  char *text = NULL;
  size_t length = 0;
  make_files(files);
  edi_arena_init(&arena, NULL, (size_t)1 << 30);
  edi_parse_files(&arena, files, FILES, threads, d);
  for (size_t i = 0; i < FILES; i++) {
    edi_buf_format(said, "%u %d\n", files[i].source, (int)files[i].status);
    if (files[i].file) edi_ast_print(files[i].file, said);
  }
  CHECK_INT(edict_diagnostics_render(d, EDICT_RENDERING_TEXT, &text, &length), EDICT_OK);
  edi_buf_append(said, text, length);
  edict_text_free(&text);
  for (size_t i = 0; i < FILES; i++) edi_buf_fini(&texts[i]);
  edict_diagnostics_destroy(&d);
  edi_arena_fini(&arena);
}

TEST(any_number_of_threads_says_the_same) {
  edi_buf one, many;
  edi_buf_init(&one, NULL, 1 << 26);
  parse(1, &one);
  CHECK(one.failed == EDICT_OK && one.len > 100000);
  CHECK(edi_str_contains((edi_str){one.ptr, one.len}, EDI_STR("m03.edict")) && edi_str_contains((edi_str){one.ptr, one.len}, EDI_STR("error[E0162]")));
  for (size_t threads = 2; threads <= 5; threads++) {
    edi_buf_init(&many, NULL, 1 << 26);
    parse(threads, &many);
    CHECK(many.len == one.len && memcmp(many.ptr, one.ptr, one.len) == 0);
    edi_buf_fini(&many);
  }
  edi_buf_fini(&one);
}

/* ---- the threads themselves ---- */

enum { ITEMS = 5000 };
typedef struct tally { unsigned char done[ITEMS]; size_t by[8]; } tally;

static void count_item(void *user, size_t worker, size_t item) {
  tally *t = user;
  t->done[item]++;
  t->by[worker]++;
}

TEST(each_item_is_done_once) {
  for (size_t threads = 0; threads <= 8; threads++)
    for (size_t count = 0; count <= ITEMS; count += ITEMS / 2 + 1) {
      tally t = {.by = {0}};
      size_t sum = 0;
      edi_parallel(count, threads, count_item, &t);
      for (size_t i = 0; i < ITEMS; i++) CHECK_INT(t.done[i], i < count);
      for (size_t i = 0; i < 8; i++) sum += t.by[i];
      CHECK_INT(sum, count);
    }
  CHECK(edi_parallel_threads() >= 1);
}

HARNESS_MAIN
