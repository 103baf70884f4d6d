/* Set: the bundles, trust store and keyring that a verb was given, as an engine. */
#include <string.h>

#include "cli/command.h"

static edict_status add(cli_set *set, char *bytes, size_t length) {
  if (set->count == CLI_VALUES_MOST) {
    edict_text_free(&bytes);
    return EDICT_LIMIT;
  }
  set->bytes[set->count] = bytes;
  set->bundles[set->count++] = (edict_bytes){bytes, length};
  return EDICT_OK;
}

static edict_status add_file(cli_arguments *a, const char *path, cli_set *set) {
  char *bytes;
  size_t length;
  edict_status status = cli_read(a, path, &bytes, &length);
  return status == EDICT_OK ? add(set, bytes, length) : status;
}

edict_status cli_set_add_project(cli_arguments *a, const edict_project *project, cli_set *set) {
  edict_status status = EDICT_OK;
  if (edict_project_parent(project)) status = add_file(a, edict_project_parent(project), set);
  return status == EDICT_OK ? cli_set_add_domain(a, project, set) : status;
}

edict_status cli_set_add_domain(cli_arguments *a, const edict_project *project, cli_set *set) {
  char *bytes;
  size_t length;
  edict_status status = edict_project_build(project, &bytes, &length, a->diagnostics);
  if (status == EDICT_OK) status = add(set, bytes, length);
  for (size_t i = 0; i < edict_project_table_count(project) && status == EDICT_OK; i++) {
    status = edict_project_build_table(project, i, &bytes, &length, a->diagnostics);
    if (status == EDICT_OK) status = add(set, bytes, length);
  }
  return status;
}

edict_status cli_set_develop(cli_arguments *a, int64_t now, cli_set *set) {
  edict_engine_options options = {.size = sizeof options, .now = now, .development = 1};
  return edict_engine_create(&options, set->bundles, set->count, &set->engine, a->diagnostics);
}

static edict_status open_rules(cli_arguments *a, int64_t now, cli_set *set) {
  edict_status status = EDICT_OK;
  const char *path;
  for (size_t i = 0; (path = cli_value_at(a, "--rules", i)) != NULL && status == EDICT_OK; i++) {
    edict_project *project;
    status = edict_project_open(path, &project, a->diagnostics);
    if (status != EDICT_OK) break;
    status = cli_set_add_project(a, project, set);
    edict_project_destroy(&project);
  }
  fputs("edict: rules compiled on the fly for development: nothing is signed\n", stderr);
  return status == EDICT_OK ? cli_set_develop(a, now, set) : status;
}

static edict_status open_bundles(cli_arguments *a, int64_t now, cli_set *set) {
  edict_status status = EDICT_OK;
  const char *path, *trust = cli_value(a, "--trust"), *keyring = cli_value(a, "--keyring");
  edict_engine_options options = {.size = sizeof options, .now = now, .development = cli_flag(a, "--development")};
  for (size_t i = 0; (path = cli_value_at(a, "--bundle", i)) != NULL && status == EDICT_OK; i++) status = add_file(a, path, set);
  if (status == EDICT_OK && trust) status = cli_read(a, trust, &set->trust, &options.trust_length);
  if (status == EDICT_OK && keyring) status = cli_read(a, keyring, &set->keyring, &options.keyring_length);
  if (status != EDICT_OK) return status;
  options.trust = set->trust;
  options.keyring = set->keyring;
  if (options.development) fputs("edict: development mode: unsigned bundles are accepted\n", stderr);
  return edict_engine_create(&options, set->bundles, set->count, &set->engine, a->diagnostics);
}

cli_exit cli_set_open(cli_arguments *a, const char *verb, int64_t now, cli_set *set) {
  memset(set, 0, sizeof *set);
  bool rules = cli_flag(a, "--rules"), bundles = cli_flag(a, "--bundle");
  if (rules == bundles) return cli_usage(verb, "give either --bundle FILE... or --rules edict.yaml");
  if (bundles && !cli_flag(a, "--trust") && !cli_flag(a, "--development"))
    return cli_usage(verb, "--trust FILE is needed to believe a bundle (or --development)");
  edict_status status = rules ? open_rules(a, now, set) : open_bundles(a, now, set);
  return cli_exit_of(status);
}

void cli_set_close(cli_set *set) {
  edict_engine_destroy(&set->engine);
  for (size_t i = 0; i < set->count; i++) edict_text_free(&set->bytes[i]);
  edict_text_free(&set->trust);
  edict_text_free(&set->keyring);
}
