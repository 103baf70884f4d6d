/* Ask: see the header. */
#include "cli/ask.h"

#include <string.h>

#define ISSUER_NAME_MOST 128
#define TOKEN_MOST ((size_t)64 * 1024)

/* ---- attributes as JSON ---- */

static edict_text json_text(const json_t *v) {
  return (edict_text){json_string_value(v), json_string_length(v)};
}

static bool add_value(cli_attributes *a, const json_t *v) {
  if (a->value_count == CLI_ATTRIBUTE_VALUES_MOST) return false;
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

static bool add_attribute(cli_attributes *a, const char *name, const json_t *v) {
  edict_text *first = &a->values[a->value_count];
  size_t before = a->value_count, i;
  json_t *item;
  bool ok = true;
  if (json_is_array(v)) {
    json_array_foreach(v, i, item) ok = ok && add_value(a, item);
  } else {
    ok = add_value(a, v);
  }
  if (!ok || a->count == CLI_ATTRIBUTES_MOST) return false;
  a->items[a->count++] = (edict_attribute){{name, strlen(name)}, first, a->value_count - before};
  return true;
}

typedef enum role { ROLE_SUBJECT, ROLE_CONTEXT, ROLE_RESOURCE } role;

/* Issuer and id of a subject, the kind of a resource; NULL for what is an attribute. */
static edict_text *identity_part(cli_attributes *a, const char *name, role what) {
  if (what == ROLE_RESOURCE) return strcmp(name, "kind") == 0 ? &a->kind : NULL;
  if (what == ROLE_CONTEXT) return NULL;
  if (strcmp(name, "issuer") == 0) return &a->issuer;
  return strcmp(name, "id") == 0 ? &a->id : NULL;
}

/* What the JSON of `root` says; the texts borrow from it. */
static bool fill(const cli_arguments *args, const char *option, role what, cli_attributes *a) {
  const char *name;
  json_t *v;
  a->count = a->value_count = 0;
  a->issuer = a->id = a->kind = (edict_text){NULL, 0};
  json_object_foreach(a->root, name, v) {
    edict_text *identity = identity_part(a, name, what);
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

static bool read_attributes(const cli_arguments *args, const char *option, role what,
                            cli_attributes *a) {
  json_error_t error;
  const char *text = cli_value(args, option);
  a->root = json_loads(text ? text : "{}", JSON_REJECT_DUPLICATES, &error);
  if (json_is_object(a->root)) return fill(args, option, what, a);
  (void)cli_usage(args, "%s takes a JSON object", option);
  return false;
}

/* ---- who asks ---- */

/* NAME=FILE: what a host would hand over. */
static cli_exit give_keys(cli_arguments *a, const edict_engine *engine, const char *given) {
  const char *equals = strchr(given, '=');
  char name[ISSUER_NAME_MOST + 1], *jwks;
  size_t length;
  if (!equals || equals == given || (size_t)(equals - given) >= sizeof name)
    return cli_usage(a, "--keys takes NAME=FILE");
  memcpy(name, given, (size_t)(equals - given));
  name[equals - given] = '\0';
  edict_status status = cli_read(a, equals + 1, CLI_TEXT_MOST, &jwks, &length);
  if (status != EDICT_OK) return cli_exit_of(status);
  status = edict_engine_reload_keys(engine, name, jwks, length, a->diagnostics);
  cli_forget(&jwks, length);
  return cli_exit_of_load(status);
}

static cli_exit give_all_keys(cli_arguments *a, const edict_engine *engine) {
  const char *given;
  cli_exit code = CLI_DONE;
  for (size_t i = 0; code == CLI_DONE && (given = cli_value_at(a, "--keys", i)); i++)
    code = give_keys(a, engine, given);
  return code;
}

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

cli_exit cli_ask_session(cli_arguments *a, cli_ask *ask, edict_session **session) {
  cli_attributes *subject = &ask->subject;
  *session = NULL;
  if (cli_flag(a, "--token")) return open_token(a, ask->set.engine, ask->now, session);
  if (!fill(a, "--subject", ROLE_SUBJECT, subject)) return CLI_USAGE;
  if (!subject->issuer.len || !subject->id.len)
    return cli_usage(a, "--subject needs `issuer` and `id`");
  return cli_exit_of(edict_session_create_hypothetical(ask->set.engine, subject->issuer,
                                                       subject->id, subject->items, subject->count,
                                                       session, a->diagnostics));
}

/* ---- what is asked ---- */

static size_t find_column(const edict_product *product, size_t dataset, const char *name,
                          size_t length) {
  edict_column_info info;
  for (size_t c = 0; edict_product_column_info(product, dataset, c, &info) == EDICT_OK; c++)
    if (strlen(info.name) == length && memcmp(info.name, name, length) == 0) return c;
  return SIZE_MAX;
}

static const char *column_at(const void *of, size_t i) {
  const cli_ask *ask = of;
  edict_column_info info;
  return edict_product_column_info(ask->product, ask->dataset, i, &info) == EDICT_OK ? info.name : NULL;
}

static const char *dataset_at(const void *of, size_t i) {
  const cli_ask *ask = of;
  return i < edict_product_dataset_count(ask->product) ? edict_product_dataset_name(ask->product, i) : NULL;
}

static cli_exit nothing_called(const cli_arguments *a, const char *what, const char *name, size_t length, const char *near) {
  return cli_usage(a, "%s `%.*s`%s%s%s", what, (int)length, name, near ? "; did you mean `" : "", near ? near : "", near ? "`?" : "");
}

static cli_exit read_columns(const cli_arguments *a, const char *at, cli_ask *out) {
  size_t all = edict_product_column_count(out->product, out->dataset);
  if (!at && all > CLI_COLUMNS_MOST)
    return cli_usage(a, "the dataset has very many columns: name some");
  for (; !at && out->column_count < all; out->column_count++) out->columns[out->column_count] = (uint32_t)out->column_count;
  while (at && *at) {
    size_t length = strcspn(at, ","), column = find_column(out->product, out->dataset, at, length);
    if (column == SIZE_MAX)
      return nothing_called(a, "the dataset has no column", at, length, cli_nearest(at, length, column_at, out));
    if (out->column_count == CLI_COLUMNS_MOST) return cli_usage(a, "too many columns");
    out->columns[out->column_count++] = (uint32_t)column;
    at += length + (at[length] == ',');
  }
  return CLI_DONE;
}

static cli_exit read_resource(cli_arguments *a, cli_ask *ask) {
  if (cli_flag(a, "--columns")) return cli_usage(a, "a resource has no columns");
  if (!read_attributes(a, "--resource", ROLE_RESOURCE, &ask->resource)) return CLI_USAGE;
  return ask->resource.kind.len ? CLI_DONE : cli_usage(a, "--resource needs `kind`");
}

static cli_exit read_dataset(const cli_arguments *a, const char *columns, cli_ask *ask) {
  const char *dataset = cli_value(a, "--dataset");
  ask->dataset = edict_product_dataset(ask->product, dataset);
  if (ask->dataset == SIZE_MAX)
    return nothing_called(a, "the product has no dataset", dataset, strlen(dataset), cli_nearest(dataset, strlen(dataset), dataset_at, ask));
  return read_columns(a, columns, ask);
}

static cli_exit read_question(cli_arguments *a, const char *columns, cli_ask *ask) {
  cli_exit code = cli_exit_of_load(edict_product_create(
      ask->set.engine, cli_value(a, "--product"), &ask->product, a->diagnostics));
  if (code != CLI_DONE) return code;
  code = cli_flag(a, "--resource") ? read_resource(a, ask) : read_dataset(a, columns, ask);
  bool read = code == CLI_DONE && read_attributes(a, "--context", ROLE_CONTEXT, &ask->context) &&
              (cli_flag(a, "--token") || read_attributes(a, "--subject", ROLE_SUBJECT, &ask->subject));
  return code != CLI_DONE ? code : read ? CLI_DONE : CLI_USAGE;
}

cli_exit cli_ask_open(cli_arguments *a, cli_ask *ask) {
  memset(ask, 0, sizeof *ask);
  if (!cli_need(a, "--product") || !cli_need(a, "--action")) return CLI_USAGE;
  if (cli_flag(a, "--dataset") == cli_flag(a, "--resource"))
    return cli_usage(a, "give either --dataset or --resource");
  return cli_ask_open_for(a, ask, cli_value(a, "--action"), cli_value(a, "--columns"));
}

cli_exit cli_ask_open_for(cli_arguments *a, cli_ask *ask, const char *action, const char *columns) {
  memset(ask, 0, sizeof *ask);
  ask->action = action;
  if (!cli_need(a, "--product") || (!cli_flag(a, "--resource") && !cli_need(a, "--dataset"))) return CLI_USAGE;
  if (cli_flag(a, "--token") == cli_flag(a, "--subject"))
    return cli_usage(a, "give either --token or --subject");
  if (!cli_now(a, &ask->now)) return CLI_USAGE;
  cli_exit code = cli_set_open(a, ask->now, &ask->set);
  if (code == CLI_DONE) code = give_all_keys(a, ask->set.engine);
  return code == CLI_DONE ? read_question(a, columns, ask) : code;
}

cli_exit cli_ask_decide(cli_arguments *a, cli_ask *ask, const edict_session *session,
                        edict_decision *decision) {
  cli_attributes *of = &ask->resource;
  if (!fill(a, "--context", ROLE_CONTEXT, &ask->context)) return CLI_USAGE;
  if (of->root && !fill(a, "--resource", ROLE_RESOURCE, of)) return CLI_USAGE;
  edict_resource resource = {of->kind, of->items, of->count};
  edict_request request = {.size = sizeof request,
                           .action = {ask->action, strlen(ask->action)},
                           .dataset = ask->dataset,
                           .resource = of->root ? &resource : NULL,
                           .columns = ask->columns,
                           .column_count = ask->column_count,
                           .context = ask->context.items,
                           .context_count = ask->context.count,
                           .now = ask->now,
                           .seed = ask->seed};
  return cli_exit_of(edict_decide(decision, session, &request));
}

void cli_ask_close(cli_ask *ask) {
  json_decref(ask->subject.root);
  json_decref(ask->context.root);
  json_decref(ask->resource.root);
  edict_product_destroy(&ask->product);
  cli_set_close(&ask->set);
}
