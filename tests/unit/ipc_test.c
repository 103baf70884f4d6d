/* IPC: streams that others wrote, hostile ones, and the same rows in three formats, which come out with the same cells.
 *
 * tests/vectors/people.arrows and tests/hostile/ipc/ were written with pyarrow (tests/support/hostile_ipc.py). */
#include "harness.h"

#include <errno.h>

#include "base/calendar.h"
#include "identity/strictjson.h"
#include "support/event_door.h"
#include "support/hostile.h"
#include "workbench/csv.h"
#include "workbench/ipc.h"
#include "workbench/rows.h"

typedef struct source { const char *from; size_t left, piece; const char *all; size_t size; } source;

static int more(void *user, void *into, size_t room, size_t *got) {
  source *s = user;
  *got = s->left < s->piece ? s->left : s->piece;
  if (*got > room) *got = room;
  if (*got) memcpy(into, s->from, *got);
  s->from += *got;
  s->left -= *got;
  return 0;
}

static int place(void *user, uint64_t at, uint64_t *size) {
  source *s = user;
  CHECK(at <= s->size);
  s->from = s->all + at;
  s->left = s->size - (size_t)at;
  *size = s->size;
  return 0;
}

static int collect(void *user, const void *bytes, size_t length) {
  edi_buf *out = user;
  edi_buf_append(out, bytes, length);
  return out->failed == EDICT_OK ? 0 : ENOSPC;
}

static bool by_place; /* what is read can go to a place */

static rows_result run(char format, const char *bytes, size_t length, size_t piece, edi_buf *out, rows_job *job) {
  static intake in;
  static sink to;
  source s = {bytes, length, piece, bytes, length};
  mesh *m = event_door_mesh();
  event_door_decide(m);
  intake_init(&in, more, &s);
  if (by_place) in.place = place;
  sink_open_stream(&to, collect, out);
  *job = (rows_job){.product = m->product, .dataset = 0, .decision = m->decision, .in = &in, .out = &to, .delimiter = ',', .null_text = ""};
  rows_result result = format == 'c' ? rows_csv(job) : format == 'j' ? rows_json(job) : rows_arrow(job, NULL);
  if (result == ROWS_DONE && sink_finish(&to) != 0) result = ROWS_UNWRITTEN;
  return result;
}

/* ---- the cells of a stream, as texts ---- */

static void put_value(edi_buf *out, const struct ArrowSchema *s, const struct ArrowArray *a, size_t row) {
  const unsigned char *valid = a->buffers[0], *values = a->buffers[1];
  if (valid && !(valid[row / 8] >> row % 8 & 1)) return;
  if (strcmp(s->format, "u") == 0) {
    uint32_t begin = edi_get32(values + 4 * row), end = edi_get32(values + 4 * row + 4);
    csv_put(out, (edi_str){begin < end ? (const char *)a->buffers[2] + begin : "", end - begin}, ',', begin == end);
  } else if (strcmp(s->format, "l") == 0) {
    edi_buf_format(out, "%lld", (long long)edi_get64(values + 8 * row));
  } else if (strcmp(s->format, "tdD") == 0) {
    edi_date_format(out, (int32_t)edi_get32(values + 4 * row));
  } else if (strcmp(s->format, "b") == 0) {
    edi_buf_text(out, values[row / 8] >> row % 8 & 1 ? "true" : "false");
  } else {
    HARNESS_FAIL("a column of format %s", s->format);
  }
}

/* The stream as CSV. */
static void put_stream(edi_buf *out, const edi_buf *stream) {
  static intake in;
  ipc_reader reader;
  source s = {.from = stream->ptr, .left = stream->len, .piece = 1000};
  intake_init(&in, more, &s);
  CHECK_INT(ipc_open(&reader, &in), IPC_BATCH);
  size_t columns = (size_t)reader.schema.n_children;
  for (size_t c = 0; c < columns; c++) edi_buf_format(out, "%s%s", c ? "," : "", reader.schema.children[c]->name);
  edi_buf_char(out, '\n');
  ipc_result result;
  while ((result = ipc_next(&reader)) == IPC_BATCH)
    for (size_t row = 0; row < (size_t)reader.batch.length; row++)
      for (size_t c = 0; c < columns; c++) {
        put_value(out, reader.schema.children[c], reader.batch.children[c], row);
        edi_buf_char(out, c + 1 < columns ? ',' : '\n');
      }
  CHECK_INT(result, IPC_END);
  ipc_close(&reader);
}

static const char csv[] =
    "id,country,note,e_mail,day,ok,stranger\n"
    "7,de,\"a, \"\"b\"\"\n\",a@b.example,2026-03-17,true,1\n"
    "8,us,hidden,b@b.example,,false,2\n"
    "9,fr,,,1969-12-31,,3\n"
    "10,de,\"\",a@b.example,2000-02-29,false,4\n"
    "11,de,Zo\xC3\xAB \xF0\x9F\x98\x80,\"\",,true,5\n";
static const char json[] =
    "{\"id\":7,\"country\":\"de\",\"note\":\"a, \\\"b\\\"\\n\",\"e_mail\":\"a@b.example\",\"day\":\"2026-03-17\",\"ok\":true}\n"
    "{\"id\":8,\"country\":\"us\",\"note\":\"hidden\",\"e_mail\":\"b@b.example\",\"day\":null,\"ok\":false}\n"
    "{\"id\":9,\"country\":\"fr\",\"note\":null,\"e_mail\":null,\"day\":\"1969-12-31\",\"ok\":null}\n"
    "{\"id\":10,\"country\":\"de\",\"note\":\"\",\"e_mail\":\"a@b.example\",\"day\":\"2000-02-29\",\"ok\":false}\n"
    "{\"id\":11,\"country\":\"de\",\"note\":\"Zo\\u00eb \\ud83d\\ude00\",\"e_mail\":\"\",\"day\":null,\"ok\":true}\n";

/* Events as CSV, of the columns that the others have. */
static void put_events(edi_buf *out, const edi_buf *lines) {
  static const char *const names[] = {"id", "country", "note", "mail", "day", "ok"};
  edi_buf_text(out, "id,country,note,mail,day,ok\n");
  for (size_t at = 0; at < lines->len;) {
    const char *line = lines->ptr + at, *end = memchr(line, '\n', lines->len - at);
    edi_arena arena;
    const edi_json *object;
    const char *why;
    edi_arena_init(&arena, NULL, 1 << 22);
    CHECK_INT(edi_strictjson_parse_data((edi_str){line, (size_t)(end - line)}, 64, &arena, &object, &why), EDICT_OK);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
      const edi_json *v = edi_strictjson_member(object, edi_str_from(names[i]));
      if (v->kind == EDI_JSON_STRING) csv_put(out, v->text, ',', v->text.len == 0);
      else if (v->kind == EDI_JSON_INTEGER) edi_buf_format(out, "%lld", (long long)v->integer);
      else if (v->kind == EDI_JSON_BOOL) edi_buf_text(out, v->integer ? "true" : "false");
      edi_buf_char(out, i + 1 < sizeof names / sizeof *names ? ',' : '\n');
    }
    edi_arena_fini(&arena);
    at += (size_t)(end - line) + 1;
  }
}

/* Without the header: a stream keeps the names of its fields. */
static edi_str rows_of(const edi_buf *out) {
  const char *end = out->len ? memchr(out->ptr, '\n', out->len) : NULL;
  return end ? (edi_str){end + 1, out->len - (size_t)(end + 1 - out->ptr)} : (edi_str){"", 0};
}

static const char *terminated(edi_buf *out) {
  edi_buf_char(out, '\0');
  out->len--;
  return rows_of(out).ptr;
}

TEST(the_same_rows_in_three_formats) {
  edi_buf plain, lines, events, stream, cells;
  rows_job job;
  size_t length = 0;
  char *arrow = hostile_read("tests/vectors/people.arrows", &length);
  edi_buf *all[] = {&plain, &lines, &events, &stream, &cells};
  for (size_t i = 0; i < 5; i++) edi_buf_init(all[i], NULL, (size_t)1 << 24);
  CHECK(arrow != NULL);
  CHECK_INT(run('c', csv, sizeof csv - 1, 100, &plain, &job), ROWS_DONE);
  CHECK_INT(job.rows_out, 4);
  rows_close(&job);
  CHECK_INT(run('j', json, sizeof json - 1, 100, &lines, &job), ROWS_DONE);
  CHECK_INT(job.rows_out, 4);
  rows_close(&job);
  put_events(&events, &lines);
  for (size_t piece = 1; piece < 4000; piece = piece * 7 + 1) {
    stream.len = cells.len = 0;
    CHECK_INT(run('a', arrow, length, piece, &stream, &job), ROWS_DONE);
    CHECK_INT(job.rows_in, 5);
    CHECK_INT(job.rows_out, 4);
    rows_close(&job);
    put_stream(&cells, &stream);
    CHECK_TEXT(rows_of(&cells).ptr, rows_of(&cells).len, terminated(&plain));
  }
  CHECK_TEXT(events.ptr, events.len, terminated(&plain) - (rows_of(&plain).ptr - plain.ptr));
  for (size_t i = 0; i < 5; i++) edi_buf_fini(all[i]);
  free(arrow);
}

/* ---- hostile streams ---- */

static edict_status door(const char *name, const char *bytes, size_t length, edict_diagnostics *findings) {
  static intake in;
  ipc_reader reader;
  edict_arrow *arrow = NULL;
  struct ArrowArray out;
  source s = {bytes, length, 4096, bytes, length};
  mesh *m = event_door_mesh();
  event_door_decide(m);
  (void)name;
  intake_init(&in, more, &s);
  in.place = place;
  ipc_result result = ipc_open(&reader, &in);
  edict_status status = result == IPC_BATCH ? edict_arrow_create(m->decision, &reader.schema, NULL, &arrow, NULL) : EDICT_OK;
  while (status == EDICT_OK && result == IPC_BATCH && (result = ipc_next(&reader)) == IPC_BATCH) {
    status = edict_arrow_apply(arrow, &reader.batch, &reader.sizes, &out, findings);
    if (status == EDICT_OK) out.release(&out);
  }
  edict_arrow_destroy(&arrow);
  ipc_close(&reader);
  return status != EDICT_OK ? status : result == IPC_BAD ? EDICT_FORMAT : result == IPC_UNSUPPORTED ? EDICT_UNSUPPORTED : EDICT_OK;
}

TEST(hostile_streams_are_refused) {
  size_t total;
  CHECK_INT(hostile_run("tests/hostile/ipc", door, &total), 0);
  CHECK(total >= 15);
}

/* What is hidden is in no byte of what comes out, and what comes out can be read. */
TEST(nothing_hidden_comes_out) {
  static const char *const names[] = {"good.arrows", "file.arrow", "dictionary.arrows", "views.arrows", "large.arrows", "version-4.arrows", "file-shuffled.arrow"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    char path[256];
    size_t length = 0;
    edi_buf out;
    rows_job job;
    static intake in;
    ipc_reader reader;
    snprintf(path, sizeof path, "tests/hostile/ipc/%s", names[i]);
    char *bytes = hostile_read(path, &length);
    edi_buf_init(&out, NULL, (size_t)1 << 24);
    CHECK(bytes != NULL);
    by_place = strncmp(names[i], "file", 4) == 0;
    CHECK_INT(run('a', bytes, length, 4096, &out, &job), ROWS_DONE);
    by_place = false;
    CHECK_INT(job.rows_out, 2);
    rows_close(&job);
    CHECK(!edi_str_contains((edi_str){out.ptr, out.len}, EDI_STR("HIDDEN-")));
    CHECK(!edi_str_contains((edi_str){out.ptr, out.len}, EDI_STR("undeclared")));
    source s = {.from = out.ptr, .left = out.len, .piece = 1};
    intake_init(&in, more, &s);
    CHECK_INT(ipc_open(&reader, &in), IPC_BATCH);
    ipc_result result;
    int64_t rows = 0;
    while ((result = ipc_next(&reader)) == IPC_BATCH) rows += reader.batch.length;
    CHECK_INT(result, IPC_END);
    CHECK_INT(rows, 2);
    ipc_close(&reader);
    edi_buf_fini(&out);
    free(bytes);
  }
}

HARNESS_MAIN
