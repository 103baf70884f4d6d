/* Set: the bundles, trust store and keyring that a verb was given, as an engine. */
#include <string.h>

#include "cli/command.h"
#include "edict/ceremony.h"
#include "edict/holder.h"

/* Takes the bytes, whatever happens. */
static edict_status add(cli_set *set, char *bytes, size_t length) {
  if (set->count == CLI_VALUES_MOST) {
    edict_text_free(&bytes);
    (void)cli_refuse("more than %d bundles", CLI_VALUES_MOST);
    return EDICT_LIMIT;
  }
  set->bytes[set->count] = bytes;
  set->bundles[set->count++] = (edict_bytes){bytes, length};
  return EDICT_OK;
}

edict_status cli_set_add_file(cli_arguments *a, const char *path, cli_set *set) {
  char *bytes;
  size_t length;
  edict_status status = cli_read(a, path, CLI_FILE_MOST, &bytes, &length);
  return status == EDICT_OK ? add(set, bytes, length) : status;
}

edict_status cli_set_add_project(cli_arguments *a, const edict_project *project, cli_set *set) {
  char *bytes;
  size_t length;
  const char *parent = edict_project_parent(project);
  edict_status status = EDICT_OK;
  if (!parent && set->has_federal) {
    (void)cli_refuse("there is one federal project, and it comes before those of domains, which bring its bundle along where "
                     "it is left out");
    return EDICT_ARGUMENT;
  }
  if (parent && !set->has_federal) status = cli_set_add_file(a, parent, set);
  set->has_federal = true;
  if (status == EDICT_OK) status = edict_project_build(project, &bytes, &length, a->diagnostics);
  if (status == EDICT_OK) status = add(set, bytes, length);
  for (size_t i = 0; i < edict_project_table_count(project) && status == EDICT_OK; i++) {
    status = edict_project_build_table(project, i, &bytes, &length, a->diagnostics);
    if (status == EDICT_OK) status = add(set, bytes, length);
  }
  return status;
}

edict_status cli_set_add_path(cli_arguments *a, const char *path, cli_set *set) {
  edict_project *project;
  edict_bytes federal = {NULL, 0};
  if (set->has_federal && set->count) federal = set->bundles[0];
  edict_status status = edict_project_open_on(cli_project_file(path), federal.ptr, federal.len, &project, a->diagnostics);
  if (status == EDICT_OK) status = cli_set_add_project(a, project, set);
  edict_project_destroy(&project);
  return status;
}

/* The bytes are copied. */
static edict_status load(cli_arguments *a, const edict_engine_options *options, cli_set *set) {
  edict_holder *holder = NULL;
  edict_load request = {.size = sizeof request, .options = options, .bundles = set->bundles, .bundle_count = set->count,
                        .state = cli_value(a, "--state"), .begin = cli_flag(a, "--begin-state")};
  edict_status status = edict_holder_create(&holder);
  if (status == EDICT_OK) status = edict_holder_load(holder, &request, a->diagnostics);
  if (status == EDICT_OK) set->engine = edict_holder_engine(holder);
  edict_holder_destroy(&holder);
  return status;
}

static cli_exit start(cli_arguments *a, edict_engine_options *options, cli_set *set) {
  options->size = sizeof *options;
  options->keyring = set->keyring.text;
  options->keyring_length = set->keyring.length;
  options->keyring_secret = &set->keyring.secret;
  options->keyring_least = set->keyring.least;
  if (cli_flag(a, "--state")) return cli_exit_of_load(load(a, options, set));
  return cli_exit_of_load(
      edict_engine_create(options, set->bundles, set->count, &set->engine, a->diagnostics));
}

/* The obligations of --meets; all of them where it is left out and the answer is only supposed. */
static void read_meets(const cli_arguments *a, cli_set *set, edict_engine_options *options) {
  const char *name;
  options->obligations = set->meets;
  options->obligation_count = 0;
  for (size_t i = 0; (name = cli_value_at(a, "--meets", i)) != NULL; i++)
    set->meets[options->obligation_count++] = name;
  if (options->obligation_count == 0 && !set->acts && !a->gives) set->meets[options->obligation_count++] = "*";
}

cli_exit cli_set_develop(cli_arguments *a, int64_t now, cli_set *set) {
  edict_engine_options options = {.now = now, .development = 1, .index = EDICT_INDEX_ONCE}; /* a test binds its product */
  read_meets(a, set, &options);
  return start(a, &options, set);
}

/* Those that follow are read, asked, and given back but for the newest. */
static edict_status follow(cli_arguments *a, int64_t now, char **trust, size_t *length) {
  edict_bytes roots[CLI_VALUES_MOST + 1] = {{*trust, *length}};
  char *texts[CLI_VALUES_MOST + 1] = {*trust};
  const char *path;
  size_t count = 1, newest = 0;
  edict_status status = EDICT_OK;
  while (status == EDICT_OK && (path = cli_value_at(a, "--root", count - 1)) != NULL) {
    size_t root_length = 0;
    status = cli_read(a, path, CLI_TEXT_MOST, &texts[count], &root_length);
    roots[count] = (edict_bytes){texts[count], root_length};
    count++;
  }
  if (status == EDICT_OK) status = edict_root_verify(roots, count, now, &newest, a->diagnostics);
  for (size_t i = 0; i < count; i++)
    if (i != newest) edict_text_free(&texts[i]);
  *trust = texts[newest];
  *length = roots[newest].len;
  return status;
}

edict_status cli_trust_read(cli_arguments *a, int64_t now, char **trust, size_t *length) {
  edict_status status = cli_read(a, cli_value(a, "--trust"), CLI_TEXT_MOST, trust, length);
  return status == EDICT_OK && cli_flag(a, "--root") ? follow(a, now, trust, length) : status;
}

static cli_exit open_rules(cli_arguments *a, int64_t now, cli_set *set) {
  edict_status status = EDICT_OK;
  const char *path;
  for (size_t i = 0; (path = cli_value_at(a, "--rules", i)) && status == EDICT_OK; i++) {
    status = cli_set_add_path(a, path, set);
  }
  if (status == EDICT_OK) status = cli_keyring_given(a, &set->keyring);
  if (status != EDICT_OK) return cli_exit_of(status);
  fputs("edict: rules compiled on the fly for development: nothing is signed\n", stderr);
  return cli_set_develop(a, now, set);
}

static cli_exit open_bundles(cli_arguments *a, int64_t now, cli_set *set) {
  edict_status status = EDICT_OK;
  const char *path, *trust = cli_value(a, "--trust");
  edict_engine_options options = {.now = now, .development = cli_flag(a, "--development")};
  read_meets(a, set, &options);
  for (size_t i = 0; (path = cli_value_at(a, "--bundle", i)) && status == EDICT_OK; i++)
    status = cli_set_add_file(a, path, set);
  if (status == EDICT_OK && trust) status = cli_trust_read(a, now, &set->trust, &options.trust_length);
  if (status == EDICT_OK) status = cli_keyring_given(a, &set->keyring);
  if (status != EDICT_OK) return cli_exit_of(status);
  options.trust = set->trust;
  if (options.development) fputs("edict: development mode: unsigned bundles are accepted\n", stderr);
  return start(a, &options, set);
}

static cli_exit open_any(cli_arguments *a, int64_t now, cli_set *set) {
  bool rules = cli_flag(a, "--rules"), bundles = cli_flag(a, "--bundle");
  bool trust = cli_flag(a, "--trust"), development = cli_flag(a, "--development");
  if (rules == bundles) return cli_usage(a, "give either --bundle FILE... or --rules FILE...");
  if (cli_flag(a, "--root") && !trust) return cli_usage(a, "--root follows what --trust names");
  if (rules && (trust || development))
    return cli_usage(a, "--rules signs nothing: --trust and --development are for --bundle");
  if (bundles && !trust && !development)
    return cli_usage(a, "--trust FILE is needed to believe a bundle (or --development)");
  return rules ? open_rules(a, now, set) : open_bundles(a, now, set);
}

cli_exit cli_set_open(cli_arguments *a, int64_t now, cli_set *set) {
  memset(set, 0, sizeof *set);
  return open_any(a, now, set);
}

cli_exit cli_set_open_to_act(cli_arguments *a, int64_t now, cli_set *set) {
  memset(set, 0, sizeof *set);
  set->acts = true;
  return open_any(a, now, set);
}

void cli_set_close(cli_set *set) {
  edict_engine_destroy(&set->engine);
  for (size_t i = 0; i < set->count; i++) edict_text_free(&set->bytes[i]);
  edict_text_free(&set->trust);
  cli_keyring_forget(&set->keyring);
}
