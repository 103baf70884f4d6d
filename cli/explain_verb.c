/* explain: what a code means. The pages are part of the command. */
#include <jansson.h>
#include <string.h>

#include "cli/command.h"
#include "cli/pages.h"

static const cli_option explain_options[] = {
    {"--list", NULL, "every code with what it is about", false},
    CLI_FORMAT_OPTION("how the page is written"),
    CLI_END_OF_OPTIONS,
};

static void print_list(const cli_arguments *a) {
  for (const cli_page *page = cli_pages; page->code; page++) {
    json_t *line = cli_json(a) ? json_pack("{s:s, s:s}", "code", page->code, "title",
                                           cli_page_title(page))
                               : NULL;
    if (line) (void)json_dumpf(line, stdout, JSON_COMPACT);
    else printf("%s  %s", page->code, cli_page_title(page));
    putchar('\n');
    json_decref(line);
  }
}

/* Headings without their marks, blocks moved in: a page is read on a terminal. */
static void print_page(const cli_page *page) {
  bool block = false;
  for (const char *const *line = page->lines; *line; line++) {
    const char *text = *line;
    bool fence = strncmp(text, "```", 3) == 0;
    if (fence) block = !block;
    else if (block) printf("%s%s\n", *text ? "    " : "", text);
    else puts(text + strspn(text, "# "));
  }
}

static void print_json(const cli_page *page) {
  json_t *lines = json_array();
  for (const char *const *line = page->lines; *line; line++)
    (void)json_array_append_new(lines, json_string(*line));
  json_t *all = json_pack("{s:s, s:s, s:o}", "code", page->code, "title", cli_page_title(page),
                          "page", lines);
  if (!all || json_dumpf(all, stdout, JSON_COMPACT) != 0)
    (void)cli_refuse("the page cannot be shown: no memory is left");
  putchar('\n');
  json_decref(all);
}

static const char *code_at(const void *list, size_t i) { return ((const cli_page *)list)[i].code; }

static cli_exit no_such_code(const cli_arguments *a, const char *word) {
  char capitals[16];
  size_t length = strlen(word);
  if (length < sizeof capitals)
    for (size_t i = 0; i <= length; i++)
      capitals[i] = (char)(word[i] >= 'a' && word[i] <= 'z' ? word[i] - 32 : word[i]);
  const char *near =
      length < sizeof capitals ? cli_nearest(capitals, length, code_at, cli_pages) : NULL;
  return cli_usage(a, "there is no code `%s`%s%s%s; `edict explain --list` has all", word,
                   near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

static cli_exit run_explain(cli_arguments *a) {
  if (cli_flag(a, "--list")) {
    if (a->positional_count) return cli_usage(a, "give either a code or --list");
    print_list(a);
    return CLI_DONE;
  }
  if (a->positional_count != 1) return cli_usage(a, "name one code, such as E0203");
  const cli_page *page = cli_page_find(a->positional[0]);
  if (!page) return no_such_code(a, a->positional[0]);
  if (cli_json(a)) print_json(page);
  else print_page(page);
  return CLI_DONE;
}

const cli_verb cli_verb_explain = {
    .name = "explain",
    .synopsis = "CODE | --list [OPTION]...",
    .options = explain_options,
    .positional_most = 1,
    .run = run_explain,
    .more = "Codes stand in brackets before each message: error[E0203].\n",
};
