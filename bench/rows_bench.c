/* Rows bench: rows a second through `edict apply`'s code, from memory to memory: CSV and JSON lines of the
 * same rows, beside a copy of the same bytes. The least of several rounds, in the thread's own processor time. */
#include "bench/stopwatch.h"

#include <string.h>

#include "support/event_door.h"
#include "support/hostile.h"
#include "workbench/rows.h"

enum { ROWS = 20000 };

typedef struct source { const char *from; size_t left; } source;

static int more(void *user, void *into, size_t room, size_t *got) {
  source *s = user;
  *got = s->left < room ? s->left : room;
  if (*got) memcpy(into, s->from, *got);
  s->from += *got;
  s->left -= *got;
  return 0;
}

static size_t written;

static int drop(void *user, const void *bytes, size_t length) {
  (void)user;
  (void)bytes;
  written += length;
  return 0;
}

static double used(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void make(edi_buf *csv, edi_buf *json) {
  edi_buf_text(csv, "id,country,note,e_mail,day,amount,ok\n");
  for (int i = 0; i < ROWS; i++) {
    const char *country = i % 3 ? "de" : "us", *ok = i % 2 ? "true" : "false";
    edi_buf_format(csv, "%d,%s,\"note, %d\",person%d@people.example,2026-03-%02d,%d.50,%s\n", i, country, i, i, i % 28 + 1, i, ok);
    edi_buf_format(json, "{\"id\":%d,\"country\":\"%s\",\"note\":\"note, %d\",\"e_mail\":\"person%d@people.example\",\"day\":\"2026-03-%02d\",\"amount\":%d.50,\"ok\":%s}\n",
                   i, country, i, i, i % 28 + 1, i, ok);
  }
}

static uint64_t once(rows_result (*work)(rows_job *), const edi_buf *bytes) {
  static intake in;
  static sink to;
  source s = {bytes->ptr, bytes->len};
  mesh *m = event_door_mesh();
  rows_job job = {.product = m->product, .decision = m->decision, .in = &in, .out = &to, .delimiter = ',', .null_text = ""};
  intake_init(&in, more, &s);
  sink_open_stream(&to, drop, NULL);
  if (work(&job) != ROWS_DONE || sink_finish(&to) != 0) exit(1);
  uint64_t rows = job.rows_in;
  rows_close(&job);
  return rows;
}

static void measure_rows(const char *name, rows_result (*work)(rows_job *), const edi_buf *bytes) {
  double least = 1e18, copy = 1e18;
  char *other = malloc(bytes->len);
  uint64_t rows = 0;
  for (int i = 0; i < ROUNDS; i++) {
    double begin = used();
    rows = once(work, bytes);
    double spent = used() - begin;
    if (spent < least) least = spent;
    begin = used();
    memcpy(other, bytes->ptr, bytes->len);
    spent = used() - begin;
    if (spent < copy) copy = spent;
  }
  printf("%-10s %6.0f ns a row, %9.0f rows a second, %4.0f MB a second (a copy: %.0f)\n", name, least / (double)rows, (double)rows * 1e9 / least,
         (double)bytes->len * 1e3 / least, (double)bytes->len * 1e3 / copy);
  free(other);
}

int main(void) {
  edi_buf csv, json;
  edi_buf_init(&csv, NULL, (size_t)1 << 28);
  edi_buf_init(&json, NULL, (size_t)1 << 28);
  make(&csv, &json);
  event_door_decide(event_door_mesh());
  measure_rows("CSV", rows_csv, &csv);
  measure_rows("JSON lines", rows_json, &json);
  edi_buf_fini(&csv);
  edi_buf_fini(&json);
  return written ? 0 : 1;
}
