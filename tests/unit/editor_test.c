/* Editor: texts laid over files, an index whose every reference holds its name, outlines, completion
 * everywhere, wrong use. What an editor's user sees is in tests/scripts/lsp_test.py. */
#include "edict/editor.h"

#include "base/system.h"
#include "harness.h"
#include "policy/overlay.h"

#define PROJECT "tests/example/federal/edict.yaml"
#define RULES "tests/example/federal/privacy.edict"

/* ---- overlay ---- */

typedef struct names { char text[1024]; } names;

static void add_name(void *user, const char *name) {
  names *n = user;
  strncat(n->text, name, sizeof n->text - strlen(n->text) - 2);
  strcat(n->text, " ");
}

static bool reads(edi_overlay *overlay, const char *path, const char *expected) {
  edi_system system = edi_overlay_system(overlay);
  edi_buf text;
  edi_buf_init(&text, NULL, 1 << 20);
  edict_status status = edi_system_read_file(&system, path, 1 << 20, &text, NULL);
  bool good = expected ? status == EDICT_OK && edi_str_equal((edi_str){text.ptr, text.len}, edi_str_from(expected))
                       : status == EDICT_NOT_FOUND;
  edi_buf_fini(&text);
  return good;
}

TEST(overlays_answer_for_files) {
  edi_overlay overlay = {.below = &edi_system_posix};
  edi_system system = edi_overlay_system(&overlay);
  names seen = {""};
  edi_file file;
  CHECK(reads(&overlay, "no-such-folder/a", NULL));
  for (int i = 0; i < 20; i++) {
    char path[64];
    snprintf(path, sizeof path, "no-such-folder/%d", i);
    CHECK_INT(edi_overlay_set(&overlay, path, EDI_STR("text")), EDICT_OK);
  }
  CHECK_INT(edi_overlay_set(&overlay, "no-such-folder/7", EDI_STR("another text")), EDICT_OK);
  CHECK_INT(edi_overlay_set(&overlay, "no-such-folder/8", (edi_str){NULL, 0}), EDICT_OK);
  CHECK_INT(edi_overlay_set(&overlay, "no-such-folder/8", (edi_str){NULL, 0}), EDICT_OK);
  CHECK_INT(edi_overlay_set(&overlay, "no-such-folder/deep/x", EDI_STR("")), EDICT_OK);
  CHECK(reads(&overlay, "no-such-folder/7", "another text"));
  CHECK(reads(&overlay, "no-such-folder/19", "text"));
  CHECK(reads(&overlay, "no-such-folder/8", NULL));
  CHECK(reads(&overlay, "no-such-folder/deep/x", ""));
  CHECK_INT(system.list_dir(system.context, "no-such-folder", add_name, &seen), 0);
  CHECK(strstr(seen.text, "19 ") && !strstr(seen.text, "x ") && !strstr(seen.text, "deep"));
  CHECK(system.list_dir(system.context, "another-folder", add_name, &seen) != 0);
  CHECK(system.open(system.context, "no-such-folder/7", EDI_OPEN_WRITE, &file) != 0);
  edi_overlay_fini(&overlay);
}

/* ---- the index ---- */

static edict_reference places[4096];

static size_t check_references(edict_editor *editor, const edict_symbol *symbol) {
  size_t count = edict_editor_references(editor, symbol->id, places, 4096), length = strlen(symbol->name);
  for (size_t i = 0; i < count && i < 4096; i++) {
    edict_editor_file file;
    edict_symbol again;
    edict_reference here;
    CHECK_INT(edict_editor_file_at(editor, places[i].file, &file), EDICT_OK);
    CHECK(places[i].end <= file.length && places[i].end - places[i].begin == length);
    CHECK(memcmp(file.text + places[i].begin, symbol->name, length) == 0);
    for (size_t at = places[i].begin; at < places[i].end; at++) {
      CHECK_INT(edict_editor_symbol_at(editor, places[i].file, at, &again, &here), EDICT_OK);
      CHECK(again.id == symbol->id && here.begin == places[i].begin && here.declares == places[i].declares);
    }
  }
  return count;
}

TEST(every_reference_holds_its_name) {
  edict_editor *editor;
  edict_diagnostics *findings = edict_diagnostics_create();
  edict_symbol symbol;
  size_t total = 0;
  CHECK_INT(edict_editor_create(PROJECT, &editor), EDICT_OK);
  CHECK_INT(edict_editor_check(editor, findings), EDICT_OK);
  CHECK(edict_editor_project(editor) != NULL);
  for (size_t i = 0; edict_editor_symbol(editor, i, &symbol) == EDICT_OK; i++) total += check_references(editor, &symbol);
  CHECK(total > 100);
  CHECK_INT(edict_editor_symbol_named(editor, "tag", "tag.pii.phone", &symbol), EDICT_OK);
  CHECK_INT(edict_editor_references(editor, symbol.id, places, 0), 2);
  CHECK_INT(edict_editor_symbol_named(editor, "role", "tag.pii.phone", &symbol), EDICT_NOT_FOUND);
  edict_editor_destroy(&editor);
  edict_diagnostics_destroy(&findings);
}

TEST(what_is_broken_is_asked_about_all_the_same) {
  static const char text[] = "module federal.privacy\nkey contact\nrule a\n  forbid\nrule b\n  forbid  read\n  on dataset holding pii\n";
  edict_editor *editor;
  edict_diagnostics *findings = edict_diagnostics_create();
  edict_outline items[8];
  edict_symbol symbol;
  edict_reference here;
  CHECK_INT(edict_editor_create(PROJECT, &editor), EDICT_OK);
  CHECK_INT(edict_editor_set_text(editor, RULES, text, strlen(text)), EDICT_OK);
  CHECK_INT(edict_editor_check(editor, findings), EDICT_FINDINGS);
  CHECK(edict_editor_project(editor) == NULL);
  CHECK_INT(edict_editor_outline(editor, 1, items, 8), 3);
  CHECK(strcmp(items[2].kind, "rule") == 0 && strcmp(items[2].name, "b") == 0);
  CHECK_INT(edict_editor_symbol_at(editor, 1, strlen(text) - 3, &symbol, &here), EDICT_OK);
  CHECK(strcmp(symbol.qualified, "tag.pii") == 0);
  CHECK_INT(edict_editor_set_text(editor, RULES, NULL, 0), EDICT_OK);
  CHECK_INT(edict_editor_check(editor, findings), EDICT_OK);
  edict_editor_destroy(&editor);
  edict_diagnostics_destroy(&findings);
}

/* ---- resources ---- */

static void collect(void *user, const edict_completion *one) { add_name(user, one->text); }

static bool offers(edict_editor *editor, const char *text, const char *before, const char *name) {
  names seen = {""};
  size_t begin, at = (size_t)(strstr(text, before) - text) + strlen(before);
  char wanted[64];
  snprintf(wanted, sizeof wanted, "%s ", name);
  return edict_editor_complete(editor, 1, at, collect, &seen, &begin) == EDICT_OK && strstr(seen.text, wanted) != NULL;
}

TEST(kinds_of_resource_are_symbols) {
  static const char text[] =
      "module federal.privacy\nkey contact\nresource model { owner: string }\nrule a\n  permit  read\n  on      model tagged pii\n"
      "  when    model.owner == subject.id and model named \"x\"\ntest \"t\"\n  product  sales.orders\n"
      "  subject  { issuer: corp, id: \"a\" }\n  context  { now: 2026-11-20T10:00:00Z }\n"
      "  ask      read model { owner: \"a\" }\n  expect   deny\n";
  edict_editor *editor;
  edict_diagnostics *findings = edict_diagnostics_create();
  edict_symbol symbol;
  CHECK_INT(edict_editor_create(PROJECT, &editor), EDICT_OK);
  CHECK_INT(edict_editor_set_text(editor, RULES, text, strlen(text)), EDICT_OK);
  edict_status status = edict_editor_check(editor, findings);
  CHECK(status == EDICT_OK || status == EDICT_FINDINGS);
  REQUIRE(edict_editor_symbol_named(editor, "resource", "model", &symbol) == EDICT_OK);
  CHECK(strcmp(symbol.signature, "resource model { owner: string }") == 0);
  CHECK_INT(check_references(editor, &symbol), 5);
  CHECK(edict_editor_rename_trouble(editor, symbol.id, "report") == NULL);
  CHECK(edict_editor_rename_trouble(editor, symbol.id, "region") != NULL);
  REQUIRE(edict_editor_symbol_named(editor, "attribute", "model.owner", &symbol) == EDICT_OK);
  CHECK_INT(check_references(editor, &symbol), 3);
  CHECK(offers(editor, text, "on      ", "model") && offers(editor, text, "on      model ", "tagged"));
  CHECK(offers(editor, text, "when    ", "model.owner") && offers(editor, text, "read ", "model"));
  CHECK(offers(editor, text, "read model { ", "owner"));
  edict_editor_destroy(&editor);
  edict_diagnostics_destroy(&findings);
}

/* ---- wrong use ---- */

static void ignore(void *user, const edict_completion *one) {
  (void)user;
  (void)one;
}

TEST(wrong_use) {
  edict_editor *editor = NULL;
  edict_diagnostics *findings = edict_diagnostics_create();
  edict_symbol symbol;
  edict_reference here;
  edict_editor_file file;
  size_t begin;
  CHECK_INT(edict_editor_create(NULL, &editor), EDICT_ARGUMENT);
  CHECK_INT(edict_editor_create("", &editor), EDICT_ARGUMENT);
  CHECK_INT(edict_editor_create("no-such-folder/edict.yaml", &editor), EDICT_OK);
  CHECK_INT(edict_editor_file_count(editor), 0);
  CHECK_INT(edict_editor_symbol(editor, 0, &symbol), EDICT_NOT_FOUND);
  CHECK_INT(edict_editor_check(editor, NULL), EDICT_ARGUMENT);
  CHECK_INT(edict_editor_check(editor, findings), EDICT_NOT_FOUND);
  CHECK_INT(edict_editor_symbol_at(editor, 0, 0, &symbol, &here), EDICT_NOT_FOUND);
  CHECK_INT(edict_editor_file_at(editor, 0, &file), EDICT_ARGUMENT);
  CHECK_INT(edict_editor_complete(editor, 0, 0, ignore, NULL, &begin), EDICT_NOT_FOUND);
  CHECK_INT(edict_editor_outline(editor, 0, NULL, 0), 0);
  CHECK(edict_editor_rename_trouble(editor, 7, "x") != NULL);
  edict_editor_destroy(&editor);
  CHECK_INT(edict_editor_create(PROJECT, &editor), EDICT_OK);
  CHECK_INT(edict_editor_check(editor, findings), EDICT_OK);
  CHECK_INT(edict_editor_file_at(editor, 0, &file), EDICT_OK);
  CHECK_INT(edict_editor_complete(editor, 0, file.length + 1, ignore, NULL, &begin), EDICT_ARGUMENT);
  CHECK_INT(edict_editor_symbol_at(editor, 0, SIZE_MAX, &symbol, &here), EDICT_NOT_FOUND);
  CHECK_INT(edict_editor_set_text(editor, NULL, "", 0), EDICT_ARGUMENT);
  edict_editor_destroy(&editor);
  edict_editor_destroy(&editor);
  edict_diagnostics_destroy(&findings);
}

/* Completion at every place of every file of the example: nothing but offers. */
TEST(completion_everywhere) {
  edict_editor *editor;
  edict_diagnostics *findings = edict_diagnostics_create();
  edict_editor_file file;
  CHECK_INT(edict_editor_create(PROJECT, &editor), EDICT_OK);
  CHECK_INT(edict_editor_check(editor, findings), EDICT_OK);
  for (size_t i = 0; i < edict_editor_file_count(editor); i++) {
    CHECK_INT(edict_editor_file_at(editor, i, &file), EDICT_OK);
    for (size_t at = 0; at <= file.length; at++) {
      size_t begin = SIZE_MAX;
      CHECK_INT(edict_editor_complete(editor, i, at, ignore, NULL, &begin), EDICT_OK);
      CHECK(begin <= at);
    }
  }
  edict_editor_destroy(&editor);
  edict_diagnostics_destroy(&findings);
}

HARNESS_MAIN
