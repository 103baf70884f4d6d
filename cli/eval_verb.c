/* eval: decides one request and shows the whole answer. */
#include <jansson.h>
#include <string.h>

#include "cli/command.h"

#define VALUES_MOST 1024

static const cli_option eval_options[] = {
    {"--bundle", "FILE", "a bundle; several times: the federal one, the domain's, tables"},
    {"--trust", "FILE", "the trust store"},
    {"--development", NULL, "accept unsigned bundles; the decision says so"},
    {"--keyring", "FILE", "the keyring"},
    {"--rules", "FILE", "instead of bundles: a project's edict.yaml, compiled on the fly"},
    {"--product", "NAME", "such as sales.orders"},
    {"--dataset", "NAME", "a dataset of the product"},
    {"--action", "NAME", "such as read"},
    {"--columns", "A,B", "the columns that the query reads; left out: all"},
    {"--token", "FILE", "a token of the subject"},
    {"--subject", "JSON", "a supposed subject: {\"issuer\":\"corp\",\"id\":\"ana\",\"roles\":[\"analyst\"]}"},
    {"--context", "JSON", "the request's context: {\"purpose\":\"billing\"}"},
    {"--now", "TIME", "at which time; left out: the clock"},
    {"--format", "text|json", "a sentence, or the decision as JSON"},
    {NULL, NULL, NULL},
};

/* Attributes read from a JSON object; texts borrow from it. */
typedef struct attributes {
  json_t *root;
  edict_attribute items[CLI_VALUES_MOST];
  edict_text values[VALUES_MOST];
  char numbers[VALUES_MOST][24];
  size_t count, value_count;
  edict_text issuer, id;
} attributes;

static bool add_value(attributes *a, const json_t *v) {
  if (a->value_count == VALUES_MOST) return false;
  edict_text *out = &a->values[a->value_count];
  char *number = a->numbers[a->value_count];
  a->value_count++;
  if (json_is_string(v)) {
    *out = (edict_text){json_string_value(v), json_string_length(v)};
    return true;
  }
  if (json_is_boolean(v)) snprintf(number, sizeof a->numbers[0], "%s", json_is_true(v) ? "true" : "false");
  else if (json_is_integer(v)) snprintf(number, sizeof a->numbers[0], "%lld", (long long)json_integer_value(v));
  else return false;
  *out = (edict_text){number, strlen(number)};
  return true;
}

static bool add_attribute(attributes *a, const char *name, const json_t *v) {
  edict_text *first = &a->values[a->value_count];
  size_t before = a->value_count;
  bool ok = true;
  if (json_is_array(v)) {
    size_t i;
    json_t *item;
    json_array_foreach(v, i, item) ok = ok && add_value(a, item);
  } else {
    ok = add_value(a, v);
  }
  if (!ok || a->count == CLI_VALUES_MOST) return false;
  a->items[a->count++] = (edict_attribute){{name, strlen(name)}, first, a->value_count - before};
  return true;
}

static bool read_attributes(const char *verb, const char *option, const char *text, bool identity, attributes *a) {
  json_error_t error;
  const char *name;
  json_t *v;
  memset(a, 0, sizeof *a);
  a->root = json_loads(text ? text : "{}", JSON_REJECT_DUPLICATES, &error);
  if (!json_is_object(a->root)) {
    (void)cli_usage(verb, "%s takes a JSON object", option);
    return false;
  }
  json_object_foreach(a->root, name, v) {
    bool is_issuer = identity && strcmp(name, "issuer") == 0, is_id = identity && strcmp(name, "id") == 0;
    if ((is_issuer || is_id) && json_is_string(v)) {
      *(is_issuer ? &a->issuer : &a->id) = (edict_text){json_string_value(v), json_string_length(v)};
    } else if (!add_attribute(a, name, v)) {
      (void)cli_usage(verb, "%s: the value of `%s` is no text, integer, boolean or list of them", option, name);
      return false;
    }
  }
  return true;
}

static cli_exit open_session(cli_arguments *a, const edict_engine *engine, int64_t now, edict_session **session) {
  if (cli_flag(a, "--token") == cli_flag(a, "--subject")) return cli_usage("eval", "give either --token or --subject");
  if (cli_flag(a, "--token")) {
    char *token;
    size_t length;
    edict_status status = cli_read(a, cli_value(a, "--token"), &token, &length);
    if (status == EDICT_OK) {
      while (length && (token[length - 1] == '\n' || token[length - 1] == '\r')) length--;
      status = edict_session_create(engine, token, length, now, session, a->diagnostics);
    }
    edict_text_free(&token);
    return cli_exit_of(status);
  }
  static attributes subject;
  cli_exit code = CLI_USAGE;
  if (read_attributes("eval", "--subject", cli_value(a, "--subject"), true, &subject))
    code = cli_exit_of(edict_session_create_hypothetical(engine, subject.issuer, subject.id, subject.items, subject.count,
                                                         session, a->diagnostics));
  json_decref(subject.root);
  return code;
}

static bool read_columns(cli_arguments *a, const edict_product *product, size_t dataset, uint32_t *columns, size_t *count) {
  const char *at = cli_value(a, "--columns");
  *count = 0;
  if (!at) {
    *count = edict_product_column_count(product, dataset);
    for (size_t i = 0; i < *count; i++) columns[i] = (uint32_t)i;
    return true;
  }
  while (*at) {
    char name[512];
    size_t length = strcspn(at, ",");
    snprintf(name, sizeof name, "%.*s", (int)length, at);
    size_t column = edict_product_column(product, dataset, name);
    if (column == SIZE_MAX || *count == 4096) {
      (void)cli_usage("eval", "the dataset has no column `%s`", name);
      return false;
    }
    columns[(*count)++] = (uint32_t)column;
    at += length + (at[length] == ',');
  }
  return true;
}

static cli_exit show(cli_arguments *a, edict_decision *decision) {
  char *json, words[8192];
  size_t length;
  if (!cli_json(a)) {
    (void)edict_decision_explain(decision, words, sizeof words);
    puts(words);
  } else {
    edict_status status = edict_decision_json(decision, &json, &length);
    if (status != EDICT_OK) return cli_exit_of(status);
    printf("%s\n", json);
    edict_text_free(&json);
  }
  return edict_decision_effect(decision) == EDICT_PERMIT ? CLI_DONE : CLI_FOUND;
}

static cli_exit decide(cli_arguments *a, const edict_product *product, const edict_session *session, int64_t now) {
  static uint32_t columns[4096];
  static attributes context;
  const char *name = cli_value(a, "--dataset"), *action = cli_value(a, "--action");
  size_t dataset = edict_product_dataset(product, name), count;
  if (dataset == SIZE_MAX) return cli_usage("eval", "the product has no dataset `%s`", name);
  if (!read_columns(a, product, dataset, columns, &count)) return CLI_USAGE;
  cli_exit code = CLI_USAGE;
  if (read_attributes("eval", "--context", cli_value(a, "--context"), false, &context)) {
    edict_request request = {.size = sizeof request, .action = {action, strlen(action)}, .dataset = dataset,
                             .columns = columns, .column_count = count, .context = context.items,
                             .context_count = context.count, .now = now};
    edict_decision *decision = NULL;
    edict_status status = edict_decision_create(product, &decision);
    if (status == EDICT_OK) status = edict_decide(decision, session, &request);
    code = status == EDICT_OK ? show(a, decision) : cli_exit_of(status);
    edict_decision_destroy(&decision);
  }
  json_decref(context.root);
  return code;
}

static cli_exit run_eval(cli_arguments *a) {
  int64_t now;
  cli_set set;
  edict_product *product = NULL;
  edict_session *session = NULL;
  if (!cli_need(a, "eval", "--product") || !cli_need(a, "eval", "--dataset") || !cli_need(a, "eval", "--action") ||
      !cli_now(a, "eval", &now))
    return CLI_USAGE;
  cli_exit code = cli_set_open(a, "eval", now, &set);
  if (code == CLI_DONE) code = cli_exit_of(edict_product_create(set.engine, cli_value(a, "--product"), &product, a->diagnostics));
  if (code == CLI_DONE) code = open_session(a, set.engine, now, &session);
  if (code == CLI_DONE) code = decide(a, product, session, now);
  edict_session_destroy(&session);
  edict_product_destroy(&product);
  cli_set_close(&set);
  return code;
}

const cli_verb cli_verb_eval = {
    .name = "eval", .synopsis = "--bundle FILE... --trust FILE --product NAME --dataset NAME --action NAME ...",
    .options = eval_options, .run = run_eval,
};
