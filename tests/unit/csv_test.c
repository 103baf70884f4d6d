/* CSV: rows and what is none, in pieces of every size; hostile files; what is written is read again. */
#include "harness.h"

#include "support/hostile.h"
#include "workbench/csv.h"

typedef struct source { const char *from; size_t left, piece; int error; } source;

static int more(void *user, void *into, size_t room, size_t *got) {
  source *s = user;
  *got = s->left < s->piece ? s->left : s->piece;
  if (*got > room) *got = room;
  if (*got == 0 && s->error) return s->error;
  memcpy(into, s->from, *got);
  s->from += *got;
  s->left -= *got;
  return 0;
}

/* Rows as `a|b`, each ended by `/`; a field in quotes as `'a'`; then what is wrong, with its line. */
static const char *read_all(const char *text, size_t length, size_t piece, char delimiter) {
  static char out[8192];
  static intake in;
  csv_reader csv;
  source s = {text, length, piece, 0};
  edi_buf said = edi_buf_fixed(out, sizeof out);
  csv_result result;
  intake_init(&in, more, &s);
  csv_init(&csv, &in, delimiter, 4096);
  while ((result = csv_next(&csv)) == CSV_ROW) {
    for (size_t i = 0; i < csv.count; i++) {
      const char *quote = csv.fields[i].quoted ? "'" : "";
      edi_buf_format(&said, "%s%s%.*s%s", i ? "|" : "", quote, EDI_STR_ARG(csv_text(&csv, i)), quote);
    }
    edi_buf_text(&said, csv.crlf ? "//" : "/");
    csv.single = csv.single || csv.count == 1;
  }
  if (result == CSV_BAD) edi_buf_format(&said, "%llu %s", (unsigned long long)csv.line, csv.why);
  edi_buf_char(&said, '\0');
  csv_fini(&csv);
  return out;
}

static const struct { const char *text, *rows; } cases[] = {
    {"", ""},
    {"a", "a/"},
    {"a\n", "a/"},
    {"a\r\n", "a//"},
    {"a,b\nc,d", "a|b/c|d/"},
    {"a,b\r\nc,d\r\n", "a|b//c|d//"},
    {",\n,,\n", "|/||/"},
    {"\"a\"\n", "'a'/"},
    {"\"\"\n", "''/"},
    {"\"a,b\",c\n", "'a,b'|c/"},
    {"\"a\nb\",c\n", "'a\nb'|c/"},
    {"\"a\r\nb\"\r\n", "'a\r\nb'//"},
    {"\"a\"\"b\"\n", "'a\"b'/"},
    {"\"\"\"\"\n", "'\"'/"},
    {" a , b \n", " a | b /"},
    {"a,b\n\n\r\nc,d\n\n", "a|b/c|d/"},
    {"a\n\nb\n", "a//b/"}, /* an empty line is a row where rows have one field */
    {"\xEF\xBB\xBF" "a,b\n", "a|b/"},
    {"\xEF\xBB\xBF\"a\",b\n", "'a'|b/"},
    {"a\xEF\xBB\xBF\n", "a\xEF\xBB\xBF/"},
    {"a\"b\n", "1 it has a quote inside of a field without quotes"},
    {"a,b\n\"c\"d\n", "a|b/2 something stands after a closing quote"},
    {"a,b\n\"c\" ,d\n", "a|b/2 something stands after a closing quote"},
    {"a\n\n\"b\n\n\nc", "a//3 a quote is not closed"},
    {"a\rb\n", "1 it has a carriage return that ends no line"},
    {"a\r", "1 it has a carriage return that ends no line"},
    {"x,\"1\n2\"\ny,\"\nz\n\"z\n", "x|'1\n2'/3 something stands after a closing quote"},
};

TEST(rows_in_pieces_of_every_size) {
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    size_t length = strlen(cases[i].text);
    const char *rows = cases[i].rows;
    for (size_t piece = strncmp(cases[i].text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 1; piece <= length + 1; piece++) {
      const char *got = read_all(cases[i].text, length, piece, ',');
      if (strcmp(got, rows) != 0) HARNESS_FAIL("%s in pieces of %zu: %s, not %s", cases[i].text, piece, got, rows);
    }
  }
}

TEST(delimiters_and_bytes) {
  CHECK(strcmp(read_all("a;b,c\n", 6, 6, ';'), "a|b,c/") == 0);
  CHECK(strcmp(read_all("a\tb\n\"\t\"\tc\n", 10, 3, '\t'), "a|b/'\t'|c/") == 0);
  CHECK(strcmp(read_all("\xff\xfe,\xe2\x82\n", 6, 1, ','), "\xff\xfe|\xe2\x82/") == 0);
}

TEST(a_row_at_the_limit) {
  static char text[8192];
  memset(text, 'x', sizeof text);
  text[4096] = '\n';
  CHECK_INT(strlen(read_all(text, 4097, 1000, ',')), 4097);
  text[4096] = 'x';
  text[4097] = '\n';
  CHECK(strcmp(read_all(text, 4098, 1000, ','), "1 it is too long") == 0);
  text[0] = '"';
  CHECK(strcmp(read_all(text, 8192, 1000, ','), "1 it is too long") == 0);
}

TEST(a_read_that_fails) {
  static intake in;
  for (size_t piece = 1; piece < 8; piece++) {
    csv_reader csv;
    source s = {"a,b\nc,\"d", 8, piece, 5};
    intake_init(&in, more, &s);
    csv_init(&csv, &in, ',', 4096);
    CHECK_INT(csv_next(&csv), CSV_ROW);
    CHECK_INT(csv_next(&csv), CSV_FAILED);
    CHECK_INT(in.error, 5);
    csv_fini(&csv);
  }
}

/* Folder and manifest: `format` where a file cannot be read to its end. */
static edict_status door(const char *name, const char *bytes, size_t length, edict_diagnostics *findings) {
  static intake in;
  csv_reader csv;
  source s = {bytes, length, 4096, 0};
  csv_result result;
  (void)name;
  (void)findings;
  intake_init(&in, more, &s);
  csv_init(&csv, &in, ',', 1 << 16);
  while ((result = csv_next(&csv)) == CSV_ROW) continue;
  csv_fini(&csv);
  return result == CSV_END ? EDICT_OK : EDICT_FORMAT;
}

TEST(hostile_files_are_refused) {
  size_t total;
  CHECK_INT(hostile_run("tests/hostile/csv", door, &total), 0);
  CHECK(total >= 15);
}

HARNESS_MAIN
