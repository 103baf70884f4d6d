/* eval: decides one request and shows the whole answer. Nothing is logged. */
#include <jansson.h>
#include <string.h>

#include "cli/command.h"

#define ATTRIBUTES_MOST       256
#define ATTRIBUTE_VALUES_MOST 4096
#define COLUMNS_MOST          4096
#define TOKEN_MOST            ((size_t)64 * 1024)

static const cli_option eval_options[] = {
    CLI_SET_OPTIONS,
    {"--product", "NAME", "such as sales.orders", false},
    {"--dataset", "NAME", "a dataset of the product", false},
    {"--action", "NAME", "such as read", false},
    {"--columns", "A,B", "the columns that the query reads; left out: all", false},
    {"--token", "FILE", "a token of the subject", false},
    {"--subject", "JSON",
     "a supposed subject: {\"issuer\":\"corp\",\"id\":\"ana\",\"roles\":[\"analyst\"]}", false},
    {"--context", "JSON", "the request's context: {\"purpose\":\"billing\"}", false},
    {"--meets", "NAME", "an obligation that the host can meet, or none; left out: all", true},
    {"--now", "TIME", "a supposed time; left out: the clock", false},
    CLI_FORMAT_OPTION("a sentence, or the decision as JSON"),
    CLI_END_OF_OPTIONS,
};

/* ---- attributes as JSON ---- */

/* Attributes read from a JSON object; texts borrow from it. */
typedef struct attributes {
  json_t *root;
  edict_attribute items[ATTRIBUTES_MOST];
  edict_text values[ATTRIBUTE_VALUES_MOST];
  char numbers[ATTRIBUTE_VALUES_MOST][24];
  size_t count, value_count;
  edict_text issuer, id;
} attributes;

static edict_text json_text(const json_t *v) {
  return (edict_text){json_string_value(v), json_string_length(v)};
}

static bool add_value(attributes *a, const json_t *v) {
  if (a->value_count == ATTRIBUTE_VALUES_MOST) return false;
  edict_text *out = &a->values[a->value_count];
  char *number = a->numbers[a->value_count];
  if (json_is_string(v)) {
    *out = json_text(v);
  } else if (json_is_boolean(v)) {
    *out = json_is_true(v) ? (edict_text){"true", 4} : (edict_text){"false", 5};
  } else if (json_is_integer(v)) {
    int n = snprintf(number, sizeof a->numbers[0], "%lld", (long long)json_integer_value(v));
    *out = (edict_text){number, (size_t)n};
  } else {
    return false;
  }
  a->value_count++;
  return true;
}

static bool add_attribute(attributes *a, const char *name, const json_t *v) {
  edict_text *first = &a->values[a->value_count];
  size_t before = a->value_count, i;
  json_t *item;
  bool ok = true;
  if (json_is_array(v)) {
    json_array_foreach(v, i, item) ok = ok && add_value(a, item);
  } else {
    ok = add_value(a, v);
  }
  if (!ok || a->count == ATTRIBUTES_MOST) return false;
  a->items[a->count++] = (edict_attribute){{name, strlen(name)}, first, a->value_count - before};
  return true;
}

/* Issuer and id of a subject; NULL for what is an attribute. */
static edict_text *identity_part(attributes *a, const char *name) {
  if (strcmp(name, "issuer") == 0) return &a->issuer;
  return strcmp(name, "id") == 0 ? &a->id : NULL;
}

static bool read_attributes(const cli_arguments *args, const char *option, bool is_subject,
                            attributes *a) {
  json_error_t error;
  const char *name, *text = cli_value(args, option);
  json_t *v;
  memset(a, 0, sizeof *a);
  a->root = json_loads(text ? text : "{}", JSON_REJECT_DUPLICATES, &error);
  if (!json_is_object(a->root)) {
    (void)cli_usage(args, "%s takes a JSON object", option);
    return false;
  }
  json_object_foreach(a->root, name, v) {
    edict_text *identity = is_subject ? identity_part(a, name) : NULL;
    if (identity && json_is_string(v)) {
      *identity = json_text(v);
    } else if (identity) {
      (void)cli_usage(args, "%s: `%s` is a text", option, name);
      return false;
    } else if (!add_attribute(a, name, v)) {
      (void)cli_usage(
          args, "%s: `%s` is no text, integer, boolean or list of them (write a decimal as text)",
          option, name);
      return false;
    }
  }
  return true;
}

/* ---- who asks ---- */

/* At a supposed time even a real token gives a supposed subject. */
static cli_exit open_token(cli_arguments *a, const edict_engine *engine, int64_t now,
                           edict_session **session) {
  char *token;
  size_t length, most;
  edict_status status = cli_read(a, cli_value(a, "--token"), TOKEN_MOST, &token, &most);
  if (status != EDICT_OK) return cli_exit_of(status);
  length = most;
  while (length && (token[length - 1] == '\n' || token[length - 1] == '\r')) length--;
  status = cli_flag(a, "--now")
               ? edict_session_create_supposed(engine, token, length, now, session, a->diagnostics)
               : edict_session_create(engine, token, length, now, session, a->diagnostics);
  cli_forget(&token, most);
  return cli_exit_of(status);
}

static cli_exit open_session(cli_arguments *a, const edict_engine *engine, int64_t now,
                             edict_session **session) {
  static attributes subject;
  cli_exit code = CLI_USAGE;
  if (cli_flag(a, "--token")) return open_token(a, engine, now, session);
  if (read_attributes(a, "--subject", true, &subject)) {
    if (!subject.issuer.len || !subject.id.len)
      code = cli_usage(a, "--subject needs `issuer` and `id`");
    else
      code = cli_exit_of(edict_session_create_hypothetical(engine, subject.issuer, subject.id,
                                                           subject.items, subject.count, session,
                                                           a->diagnostics));
  }
  json_decref(subject.root);
  return code;
}

/* ---- what is asked ---- */

typedef struct asked {
  size_t dataset;
  uint32_t columns[COLUMNS_MOST];
  size_t count;
} asked;

static size_t find_column(const edict_product *product, size_t dataset, const char *name,
                          size_t length) {
  edict_column_info info;
  for (size_t c = 0; edict_product_column_info(product, dataset, c, &info) == EDICT_OK; c++)
    if (strlen(info.name) == length && memcmp(info.name, name, length) == 0) return c;
  return SIZE_MAX;
}

static cli_exit read_columns(const cli_arguments *a, const edict_product *product, asked *out) {
  const char *at = cli_value(a, "--columns");
  size_t all = edict_product_column_count(product, out->dataset);
  if (!at && all > COLUMNS_MOST)
    return cli_usage(a, "the dataset has very many columns: name some");
  for (; !at && out->count < all; out->count++) out->columns[out->count] = (uint32_t)out->count;
  while (at && *at) {
    size_t length = strcspn(at, ","), column = find_column(product, out->dataset, at, length);
    if (column == SIZE_MAX)
      return cli_usage(a, "the dataset has no column `%.*s`", (int)length, at);
    if (out->count == COLUMNS_MOST) return cli_usage(a, "too many columns");
    out->columns[out->count++] = (uint32_t)column;
    at += length + (at[length] == ',');
  }
  return CLI_DONE;
}

/* ---- the answer ---- */

static cli_exit show(const cli_arguments *a, edict_decision *decision) {
  static char words[65536];
  char *json;
  size_t length;
  if (cli_json(a)) {
    edict_status status = edict_decision_json(decision, &json, &length);
    if (status != EDICT_OK) return cli_exit_of(status);
    fwrite(json, 1, length, stdout);
    putchar('\n');
    edict_text_free(&json);
  } else {
    (void)edict_decision_explain(decision, words, sizeof words);
    puts(words);
  }
  return edict_decision_effect(decision) == EDICT_PERMIT ? CLI_DONE : CLI_FOUND;
}

static cli_exit answer(cli_arguments *a, const edict_product *product, const edict_session *session,
                       const edict_request *request) {
  edict_decision *decision = NULL;
  edict_status status = edict_decision_create(product, &decision);
  if (status == EDICT_OK) status = edict_decide(decision, session, request);
  cli_exit code = status == EDICT_OK ? show(a, decision) : cli_exit_of(status);
  edict_decision_destroy(&decision);
  return code;
}

static cli_exit decide(cli_arguments *a, const edict_product *product, const edict_session *session,
                       int64_t now) {
  static asked what;
  static attributes context;
  const char *name = cli_value(a, "--dataset"), *action = cli_value(a, "--action");
  what.dataset = edict_product_dataset(product, name);
  if (what.dataset == SIZE_MAX) return cli_usage(a, "the product has no dataset `%s`", name);
  cli_exit code = read_columns(a, product, &what);
  if (code != CLI_DONE) return code;
  code = CLI_USAGE;
  if (read_attributes(a, "--context", false, &context)) {
    edict_request request = {.size = sizeof request,
                             .action = {action, strlen(action)},
                             .dataset = what.dataset,
                             .columns = what.columns,
                             .column_count = what.count,
                             .context = context.items,
                             .context_count = context.count,
                             .now = now};
    code = answer(a, product, session, &request);
  }
  json_decref(context.root);
  return code;
}

static cli_exit run_eval(cli_arguments *a) {
  int64_t now;
  cli_set set;
  edict_product *product = NULL;
  edict_session *session = NULL;
  if (!cli_need(a, "--product") || !cli_need(a, "--dataset") || !cli_need(a, "--action"))
    return CLI_USAGE;
  if (cli_flag(a, "--token") == cli_flag(a, "--subject"))
    return cli_usage(a, "give either --token or --subject");
  if (!cli_now(a, &now)) return CLI_USAGE;
  cli_exit code = cli_set_open(a, now, &set);
  if (code == CLI_DONE)
    code = cli_exit_of_load(
        edict_product_create(set.engine, cli_value(a, "--product"), &product, a->diagnostics));
  if (code == CLI_DONE) code = open_session(a, set.engine, now, &session);
  if (code == CLI_DONE) code = decide(a, product, session, now);
  edict_session_destroy(&session);
  edict_product_destroy(&product);
  cli_set_close(&set);
  return code;
}

const cli_verb cli_verb_eval = {
    .name = "eval",
    .synopsis = "--bundle FILE... --trust FILE --product NAME --dataset NAME --action NAME\n"
                "                  --token FILE | --subject JSON [OPTION]...",
    .options = eval_options,
    .run = run_eval,
    .more = "Ends with 0 for a permit and 1 for a denial. --subject and --now make the decision\n"
            "hypothetical: no log takes it. Without --meets the host is supposed to meet every\n"
            "obligation; `--meets none` supposes one that meets none.\n",
};
