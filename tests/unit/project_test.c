/* Projects: what is read of each golden edict.yaml and what is said of it, hostile ones, the
 * example in files, limits, failing calls and failing memory. */
#include "policy/project.h"

#include <errno.h>

#include "bundle/limits.h"
#include "harness.h"
#include "support/golden.h"
#include "support/hostile.h"
#include "support/short_memory.h"
#include "support/small_project.h"

enum { CEILING = 64 * 1024 * 1024 };

/* ---- a project as text ---- */

static void print_release(const edi_project_release *r, edi_buf *out) {
  edi_buf_format(out, " version %" PRIu64 ", created ", r->version);
  edi_timestamp_format(out, r->created);
  edi_buf_text(out, ", from ");
  edi_timestamp_format(out, r->not_before);
  edi_buf_text(out, " to ");
  edi_timestamp_format(out, r->expires);
  if (r->stale_seconds) edi_buf_format(out, ", then %" PRIu64 " s", r->stale_seconds);
  if (r->has_prev) {
    edi_buf_text(out, ", after ");
    edi_hex_append(out, r->prev, sizeof r->prev);
  }
  edi_buf_char(out, '\n');
}

static void print_files(const char *what, const edi_project_file *files, size_t count,
                        edi_buf *out) {
  for (size_t i = 0; i < count; i++)
    edi_buf_format(out, "  %s %.*s, %zu bytes\n", what, EDI_STR_ARG(files[i].path),
                   files[i].text.len);
}

static void print_project(const edi_project *p, edi_buf *out) {
  edi_buf_format(out, "%s %.*s", p->layer == EDI_BUNDLE_DOMAIN ? "domain" : "federal",
                 EDI_STR_ARG(p->name.text));
  print_release(&p->release, out);
  if (p->layer == EDI_BUNDLE_DOMAIN)
    edi_buf_format(out, "  of %.*s, on %s@>=%" PRIu64 "\n", EDI_STR_ARG(p->domain.text),
                   p->parent_path, p->parent_least);
  print_files("rules", p->rules, p->rule_count, out);
  print_files("contract", p->contracts, p->contract_count, out);
  print_files("keys", p->keys, p->key_count, out);
  for (size_t i = 0; i < p->table_count; i++) {
    edi_buf_format(out, "  table %.*s", EDI_STR_ARG(p->tables[i].name.text));
    print_release(&p->tables[i].release, out);
    print_files("  file", &p->tables[i].file, 1, out);
  }
}

/* ---- golden ---- */

static void check_golden(const char *name) {
  char path[256], expected[256];
  snprintf(path, sizeof path, "tests/golden/project/%s", name);
  snprintf(expected, sizeof expected, "tests/golden/project/%.*s.txt", (int)(strlen(name) - 5),
           name);
  size_t length = 0, rendered_length = 0;
  char *bytes = hostile_read(path, &length), *rendered = NULL;
  REQUIRE(bytes != NULL);
  edict_diagnostics *d = edict_diagnostics_create();
  edi_arena arena;
  edi_arena_init(&arena, NULL, CEILING);
  edi_buf out;
  edi_buf_init(&out, NULL, 1 << 20);
  edi_project *project = NULL;
  edict_status status = small_project_read(&arena, (edi_str){bytes, length}, &project, d);
  CHECK(status == (edict_diagnostics_errors(d) ? EDICT_FINDINGS : EDICT_OK));
  CHECK((status == EDICT_OK) == (project != NULL));
  if (project) print_project(project, &out);
  CHECK_INT(edict_diagnostics_render(d, EDICT_RENDERING_TEXT, &rendered, &rendered_length),
            EDICT_OK);
  if (rendered) edi_buf_append(&out, rendered, rendered_length);
  CHECK_INT(out.failed, EDICT_OK);
  CHECK(golden_matches(expected, out.ptr, out.len));
  edict_text_free(&rendered);
  edi_buf_fini(&out);
  edi_arena_fini(&arena);
  edict_diagnostics_destroy(&d);
  free(bytes);
}

TEST(golden_projects)
{ CHECK(golden_each("tests/golden/project", ".yaml", check_golden) >= 8); }

/* ---- hostile ---- */

static edict_status project_door(const char *name, const char *bytes, size_t length,
                                 edict_diagnostics *d) {
  (void)name;
  edi_arena arena;
  edi_arena_init(&arena, NULL, CEILING);
  edi_project *project = NULL;
  edict_status status = small_project_read(&arena, (edi_str){bytes, length}, &project, d);
  CHECK((status == EDICT_OK) == (project != NULL));
  edi_arena_fini(&arena);
  return status;
}

TEST(hostile_projects_are_refused)
{
  size_t total = 0;
  CHECK_INT(hostile_run("tests/hostile/project", project_door, &total), 0);
  CHECK(total >= 15);
}

/* ---- from files ---- */

TEST(the_example_is_read_from_its_files)
{
  static const char *const paths[] = {"tests/example/federal/edict.yaml",
                                      "tests/example/sales/edict.yaml"};
  edi_arena arena;
  edi_arena_init(&arena, NULL, CEILING);
  edict_diagnostics *d = edict_diagnostics_create();
  edi_project *p = NULL;
  CHECK_INT(edi_project_load(&edi_system_posix, &arena, paths[0], &p, d), EDICT_OK);
  CHECK(p && p->rule_count >= 2 && p->key_count == 1 && p->table_count == 1);
  CHECK(p && p->rule_count >= 2 && edi_str_equal(p->rules[0].path, EDI_STR("privacy.edict")));
  CHECK_INT(edi_project_load(&edi_system_posix, &arena, paths[1], &p, d), EDICT_OK);
  CHECK(p && p->contract_count == 1 &&
        edi_str_equal(p->contracts[0].path, EDI_STR("contracts/orders.odcs.yaml")));
  CHECK(p && p->parent_path &&
        strcmp(p->parent_path, "tests/example/sales/../build/federal.edb") == 0);
  for (size_t i = 0; i < edict_diagnostics_count(d); i++)
    HARNESS_FAIL("%s", edict_diagnostics_message(d, i));
  edict_diagnostics_destroy(&d);
  edi_arena_fini(&arena);
}

TEST(a_file_that_is_not_there_is_said)
{
  edi_arena arena;
  edi_arena_init(&arena, NULL, CEILING);
  edict_diagnostics *d = edict_diagnostics_create();
  edi_project *p = NULL;
  CHECK_INT(edi_project_load(&edi_system_posix, &arena, "tests/example/none/edict.yaml", &p, d),
            EDICT_NOT_FOUND);
  CHECK(!p && edict_diagnostics_count(d) == 1 &&
        strcmp(edict_diagnostics_code(d, 0), "E0500") == 0);
  CHECK_INT(edi_project_from_memory(&arena, NULL, 0, &p, d), EDICT_ARGUMENT);
  edict_diagnostics_destroy(&d);
  edi_arena_fini(&arena);
}

/* ---- limits ---- */

static const char head[] =
    "edict: 1\nname: x\nlayer: federal\nversion: 1\ncreated: 2026-11-20T00:00:00Z\n"
    "expires: 2027-11-20T00:00:00Z\n";

static edict_status read_text(const edi_buf *text, const char *code) {
  edict_diagnostics *d = edict_diagnostics_create();
  CHECK_INT(text->failed, EDICT_OK);
  edict_status status = project_door("limit", text->ptr, text->len, d);
  if (!code) CHECK_INT(edict_diagnostics_count(d), 0);
  else if (edict_diagnostics_count(d) != 1 || strcmp(edict_diagnostics_code(d, 0), code) != 0)
    HARNESS_FAIL("expected %s alone, got %zu findings, %s first", code, edict_diagnostics_count(d),
                 edict_diagnostics_count(d) ? edict_diagnostics_code(d, 0) : "none");
  edict_diagnostics_destroy(&d);
  return status;
}

TEST(edict_yaml_is_as_large_as_the_limit)
{
  for (int past = 0; past < 2; past++) {
    edi_buf text;
    edi_buf_init(&text, NULL, (size_t)EDI_LIMIT_PROJECT_FILE + 2);
    edi_buf_format(&text, "%s#", head);
    while (text.len < (size_t)EDI_LIMIT_PROJECT_FILE + (size_t)past) edi_buf_char(&text, '#');
    CHECK_INT(read_text(&text, past ? "E0500" : NULL), past ? EDICT_LIMIT : EDICT_OK);
    edi_buf_fini(&text);
  }
}

TEST(a_name_is_as_long_as_the_limit)
{
  for (int past = 0; past < 2; past++) {
    edi_buf text;
    edi_buf_init(&text, NULL, 1 << 16);
    edi_buf_text(&text, "edict: 1\nlayer: federal\nversion: 1\ncreated: 2026-11-20T00:00:00Z\n"
                        "expires: 2027-11-20T00:00:00Z\nname: ");
    for (int i = 0; i < EDI_LIMIT_NAME + past; i++) edi_buf_char(&text, 'n');
    CHECK_INT(read_text(&text, past ? "E0505" : NULL), past ? EDICT_FINDINGS : EDICT_OK);
    edi_buf_fini(&text);
  }
}

TEST(a_bundle_holds_files_up_to_the_limit)
{
  static edi_project_text files[EDI_LIMIT_BUNDLE_FILES + 2];
  static char names[EDI_LIMIT_BUNDLE_FILES + 2][16];
  for (size_t past = 0; past < 2; past++) {
    edi_buf text;
    edi_buf_init(&text, NULL, 1 << 16);
    edi_buf_format(&text, "%srules: [ \"r/*\" ]\n", head);
    size_t count = 0;
    files[count++] = (edi_project_text){"edict.yaml", {text.ptr, text.len}};
    for (; count <= EDI_LIMIT_BUNDLE_FILES + past; count++) {
      snprintf(names[count], sizeof names[count], "r/%zu", count);
      files[count] = (edi_project_text){names[count], EDI_STR("")};
    }
    edict_diagnostics *d = edict_diagnostics_create();
    edi_arena arena;
    edi_arena_init(&arena, NULL, CEILING);
    edi_project *p = NULL;
    CHECK_INT(edi_project_from_memory(&arena, files, count, &p, d),
              past ? EDICT_FINDINGS : EDICT_OK);
    CHECK_INT(edict_diagnostics_count(d), past);
    if (past) CHECK(strcmp(edict_diagnostics_code(d, 0), "E0517") == 0);
    else CHECK(p && p->rule_count == EDI_LIMIT_BUNDLE_FILES);
    edi_arena_fini(&arena);
    edict_diagnostics_destroy(&d);
    edi_buf_fini(&text);
  }
}

/* ---- failures ---- */

/* The posix table whose call number `fail_at` fails, for those that a project makes. */
static size_t calls, fail_at;
static bool fails(void) { return ++calls == fail_at; }
static int failing_open(void *c, const char *path, unsigned flags, edi_file *file) {
  return fails() ? EIO : edi_system_posix.open(c, path, flags, file);
}
static int failing_close(void *c, edi_file file) {
  int result = edi_system_posix.close(c, file);
  return fails() ? EIO : result;
}
static int failing_read(void *c, edi_file file, uint64_t offset, void *bytes, size_t length,
                        size_t *got) {
  return fails() ? EIO : edi_system_posix.read(c, file, offset, bytes, length, got);
}
static int failing_size(void *c, edi_file file, uint64_t *size) {
  return fails() ? EIO : edi_system_posix.size(c, file, size);
}
static int failing_list(void *c, const char *path, void (*each)(void *, const char *), void *user) {
  int result = edi_system_posix.list_dir(c, path, each, user);
  return fails() ? EIO : result;
}

TEST(each_system_call_that_fails_is_said)
{
  edi_system system = edi_system_posix;
  system.open = failing_open;
  system.close = failing_close;
  system.read = failing_read;
  system.size = failing_size;
  system.list_dir = failing_list;
  bool passed = false;
  for (fail_at = 1; fail_at < 200 && !passed; fail_at++) {
    edi_arena arena;
    edi_arena_init(&arena, NULL, CEILING);
    edict_diagnostics *d = edict_diagnostics_create();
    edi_project *p = NULL;
    calls = 0;
    edict_status status =
        edi_project_load(&system, &arena, "tests/example/federal/edict.yaml", &p, d);
    passed = calls < fail_at;
    CHECK((status == EDICT_OK) == passed);
    CHECK((p != NULL) == passed);
    CHECK((edict_diagnostics_errors(d) > 0) == !passed);
    edict_diagnostics_destroy(&d);
    edi_arena_fini(&arena);
  }
  CHECK(passed);
}

TEST(memory_that_fails_is_said_and_given_back)
{
  size_t length = 0;
  char *bytes = hostile_read("tests/golden/project/federal.yaml", &length);
  REQUIRE(bytes != NULL);
  edict_diagnostics *d = edict_diagnostics_create();
  bool passed = false;
  for (size_t n = 1; n < 1000 && !passed; n++) {
    short_memory memory;
    edi_allocator allocator = short_memory_init(&memory, n);
    edi_arena arena;
    edi_arena_init(&arena, &allocator, CEILING);
    edi_project *p = NULL;
    edict_status status = small_project_read(&arena, (edi_str){bytes, length}, &p, d);
    CHECK_INT(status, memory.failed ? EDICT_MEMORY : EDICT_OK);
    edi_arena_fini(&arena);
    CHECK_INT(memory.live, 0);
    CHECK_INT(memory.wrong, 0);
    passed = !memory.failed;
  }
  CHECK(passed);
  CHECK_INT(edict_diagnostics_errors(d), 0);
  edict_diagnostics_destroy(&d);
  free(bytes);
}

HARNESS_MAIN
