/* Codes: pages docs/codes/CODE.md whose example is bytes that come in through a door.
 *
 * The page names a file of tests/hostile/ in a block ```input DOOR/FILE; here it goes through that door, and
 * what is said is what the page says, as text and as the JSON lines in tests/golden/codes/. Pages of other
 * examples are looked at by tests/scripts/codes_test.py. GOLDEN_UPDATE=1 writes both anew. */
#include <dirent.h>

#include "harness.h"
#include "runtime/base/bytes.h"
#include "support/doors.h"
#include "support/golden.h"

enum { PAGE_MOST = 64 * 1024 };

static hostile_door *find_door(const char *input) {
  const char *slash = strchr(input, '/');
  const door *d = slash ? door_named(input, (size_t)(slash - input)) : NULL;
  return d ? d->open : NULL;
}

/* ---- a page ---- */

typedef struct page {
  char code[8], path[64], input[128];
  char text[PAGE_MOST];
  char *begin, *end; /* of what it says, within the text */
} page;

static bool read_page(page *p, const char *name) {
  size_t length = 0;
  const char *from;
  memset(p, 0, sizeof *p);
  snprintf(p->code, sizeof p->code, "%.5s", name);
  snprintf(p->path, sizeof p->path, "docs/codes/%.5s.md", name);
  char *bytes = hostile_read(p->path, &length);
  if (!bytes || length >= PAGE_MOST) HARNESS_FAIL("%s: cannot be read, or is too long", p->path);
  else memcpy(p->text, bytes, length);
  free(bytes);
  if (!(from = strstr(p->text, "\n```input "))) return false;
  sscanf(from, "\n```input %127[^\n]", p->input);
  p->begin = strstr(p->text, "## It says\n\n```text\n");
  if (p->begin) p->begin += strlen("## It says\n\n```text\n");
  p->end = p->begin ? strstr(p->begin, "```\n") : NULL;
  if (!p->end) HARNESS_FAIL("%s does not say what is said", p->path);
  return p->end != NULL;
}

/* Where in a bundle a mistake stands moves with every change of what bundles hold: such numbers are not compared. */
static bool same_but_numbers(const char *a, size_t a_length, const char *b, size_t b_length) {
  static const char digits[] = "0123456789";
  size_t i = 0, j = 0;
  while (i < a_length && j < b_length) {
    bool number = strchr(digits, a[i]) && strchr(digits, b[j]) && a[i] && b[j];
    if (!number && a[i++] != b[j++]) return false;
    while (number && i < a_length && a[i] && strchr(digits, a[i])) i++;
    while (number && j < b_length && b[j] && strchr(digits, b[j])) j++;
  }
  return i == a_length && j == b_length;
}

/* The page with another message; compared as a whole, so that an update writes it. */
static void compare_page(page *p, const char *message, size_t length) {
  edi_buf all;
  if (same_but_numbers(p->begin, (size_t)(p->end - p->begin), message, length)) return;
  edi_buf_init(&all, NULL, PAGE_MOST * 2);
  edi_buf_append(&all, p->text, (size_t)(p->begin - p->text));
  edi_buf_append(&all, message, length);
  edi_buf_text(&all, p->end);
  CHECK(all.failed == EDICT_OK && golden_matches(p->path, all.ptr, all.len));
  edi_buf_fini(&all);
}

static void compare_json(const page *p, const edict_diagnostics *findings) {
  char path[64], *text = NULL;
  size_t length = 0;
  snprintf(path, sizeof path, "tests/golden/codes/%s.jsonl", p->code);
  CHECK_INT(edict_diagnostics_render(findings, EDICT_RENDERING_JSON, &text, &length), EDICT_OK);
  size_t size = 0;
  char *expected = hostile_read(path, &size);
  if (!text || !expected || !same_but_numbers(expected, size, text, length))
    CHECK(text && golden_matches(path, text, length));
  free(expected);
  edict_text_free(&text);
}

/* One change to a log shows in several places; every other input gives its code alone. */
static void check_codes(const page *p, const edict_diagnostics *findings) {
  size_t own = 0, count = edict_diagnostics_count(findings);
  for (size_t i = 0; i < count; i++) own += strcmp(edict_diagnostics_code(findings, i), p->code) == 0;
  if (own == 0 || (own < count && strncmp(p->input, "log/", 4) != 0))
    HARNESS_FAIL("%s: its input gives %s", p->path, count ? edict_diagnostics_code(findings, own ? own : 0) : "nothing");
}

static void look_at(page *p) {
  char path[256], *text = NULL;
  size_t length = 0;
  hostile_door *open = find_door(p->input);
  snprintf(path, sizeof path, "tests/hostile/%s", p->input);
  char *bytes = open ? hostile_read(path, &length) : NULL;
  edict_diagnostics *findings = edict_diagnostics_create();
  if (!bytes || !findings) {
    HARNESS_FAIL("%s: no such door or input: %s", p->path, p->input);
  } else {
    CHECK(open(strchr(p->input, '/') + 1, bytes, length, findings) != EDICT_OK);
    check_codes(p, findings);
    CHECK_INT(edict_diagnostics_render(findings, EDICT_RENDERING_TEXT, &text, &length), EDICT_OK);
    if (text) compare_page(p, text, length);
    compare_json(p, findings);
  }
  edict_text_free(&text);
  edict_diagnostics_destroy(&findings);
  free(bytes);
}

TEST(inputs_of_pages_give_their_codes)
{
  static page p;
  size_t count = 0;
  DIR *dir = opendir("docs/codes");
  REQUIRE(dir != NULL);
  for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
    if (strlen(entry->d_name) != 8 || !read_page(&p, entry->d_name)) continue;
    look_at(&p);
    count++;
  }
  closedir(dir);
  CHECK(count > 60);
}

HARNESS_MAIN
