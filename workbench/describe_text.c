/* Describe text: the card for a terminal, and what both renderings say in words. */
#include <string.h>

#include "workbench/describe.h"

/* ---- words ---- */

const char *describe_text_of(const json_t *object, const char *key) {
  const char *text = json_string_value(json_object_get(object, key));
  return text ? text : "";
}

static void put(edi_buf *into, const char *text) { edi_buf_escaped(into, edi_str_from(text), SIZE_MAX); }

/* "a, b and c"; what is null is `none`, and a list of all that there is is `all`. */
static void put_list(const json_t *list, const json_t *of, const char *all, const char *none, edi_buf *into) {
  size_t count = json_array_size(list);
  if (count == json_array_size(of)) {
    edi_buf_text(into, all);
    return;
  }
  for (size_t i = 0; i < count; i++) {
    const char *name = json_string_value(json_array_get(list, i));
    edi_buf_text(into, i == 0 ? "" : i + 1 == count ? " and " : ", ");
    if (name) put(into, name);
    else edi_buf_text(into, none);
  }
}

void describe_audience(const json_t *card, const json_t *audience, edi_buf *into) {
  const json_t *issuers = json_object_get(audience, "issuers"), *all = json_object_get(card, "issuers");
  put_list(json_object_get(audience, "roles"), json_object_get(card, "roles"), "everybody", "whoever has no role", into);
  edi_buf_text(into, ", for ");
  put_list(json_object_get(audience, "purposes"), json_object_get(card, "purposes"), "any purpose", "no purpose", into);
  if (json_array_size(issuers) == json_array_size(all)) return;
  edi_buf_text(into, ", vouched for by ");
  put_list(issuers, all, "anybody", "nobody", into);
}

unsigned describe_depth(const json_t *column) { return (unsigned)json_integer_value(json_object_get(column, "depth")); }

void describe_mask(const json_t *of, const json_t *column, edi_buf *into) {
  const char *mask = describe_text_of(column, "mask"), *arguments = describe_text_of(column, "args");
  if (!*mask) edi_buf_text(into, "as it is");
  else if (strcmp(mask, "null") == 0) edi_buf_text(into, "closed");
  else if (strcmp(mask, "varies") == 0) edi_buf_text(into, "masked, how depends on the row");
  else {
    put(into, mask);
    if (*arguments) edi_buf_char(into, '(');
    put(into, arguments);
    if (*arguments) edi_buf_char(into, ')');
  }
  if (json_is_true(json_object_get(of, "parts"))) edi_buf_text(into, ", as one cell");
}

const char *describe_reason(const json_t *answer, const json_t *reason) {
  static const struct {
    const char *effect, *decision, *yes, *unknown;
  } words[] = {{"permit", "permit", "permitted by", "permitted by"},
               {"permit", "deny", "would be permitted by", "not known whether permitted by"},
               {"forbid", "deny", "forbidden by", "forbidden, as it cannot be decided, by"},
               {"require", "deny", "does not meet", "cannot be decided whether it meets"},
               {"exempt", "permit", "exempted by", "exempted by"}};
  if (json_is_null(json_object_get(reason, "at"))) return "";
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    if (strcmp(words[i].effect, describe_text_of(reason, "effect")) != 0) continue;
    if (strcmp(words[i].decision, describe_text_of(answer, "decision")) != 0) continue;
    return strcmp(describe_text_of(reason, "holds"), "unknown") == 0 ? words[i].unknown : words[i].yes;
  }
  return NULL;
}

const json_t *describe_rule(const json_t *card, const char *name) { return json_object_get(json_object_get(card, "rules"), name); }

void describe_ports_of(const json_t *card, const json_t *product, edi_buf *into) {
  size_t i, count = 0, told = 0;
  json_t *port;
  for (int pass = 0; pass < 2; pass++)
    json_array_foreach(json_object_get(card, "ports"), i, port) {
      if (strcmp(describe_text_of(port, "direction"), "output") != 0) continue;
      if (strcmp(describe_text_of(port, "product"), describe_text_of(product, "product")) != 0) continue;
      if (pass == 0) {
        count++;
        continue;
      }
      edi_buf_text(into, told == 0 ? count == 1 ? "output port " : "output ports " : told + 1 == count ? " and " : ", ");
      put(into, describe_text_of(port, "name"));
      told++;
    }
}

void describe_port(const json_t *port, edi_buf *into) {
  const char *product = describe_text_of(port, "product"), *result = describe_text_of(port, "result"), *contract = describe_text_of(port, "contract");
  if (*product) put(into, product);
  if (*product && strcmp(result, "another version") == 0) {
    edi_buf_text(into, ", which is of version ");
    put(into, describe_text_of(port, "contract_version"));
  }
  if (*product) return;
  edi_buf_text(into, *contract ? "contract " : "names no contract");
  put(into, contract);
  if (*contract) edi_buf_text(into, ", which is in none of the bundles");
}

/* ---- the card ---- */

static void indent(edi_buf *into, unsigned depth) {
  while (depth-- > 0) edi_buf_text(into, "  ");
}

static void put_rule(const json_t *card, const char *name, edi_buf *into) {
  const char *because = describe_text_of(describe_rule(card, name), "because");
  put(into, name);
  if (*because) edi_buf_text(into, ": ");
  put(into, because);
}

static void put_rules(const json_t *card, const json_t *rules, edi_buf *into) {
  for (size_t i = 0; i < json_array_size(rules); i++) {
    edi_buf_text(into, i ? "; " : "  by ");
    put_rule(card, json_string_value(json_array_get(rules, i)), into);
  }
  edi_buf_char(into, '\n');
}

static void put_columns(const json_t *card, const json_t *dataset, const json_t *answer, edi_buf *into) {
  size_t i;
  json_t *of, *column;
  json_array_foreach(json_object_get(dataset, "columns"), i, of) {
    const char *name = describe_text_of(of, "name");
    if (!(column = json_object_get(json_object_get(answer, "columns"), name))) continue;
    indent(into, 3 + describe_depth(of));
    put(into, name);
    edi_buf_text(into, ": ");
    describe_mask(of, column, into);
    put_rules(card, json_object_get(column, "rules"), into);
  }
}

static void put_rows(const json_t *card, const json_t *answer, edi_buf *into) {
  const json_t *rows = json_object_get(answer, "rows"), *rules = json_object_get(rows, "rules");
  const char *where = describe_text_of(rows, "where");
  if (json_array_size(rules) == 0) return;
  indent(into, 3);
  edi_buf_text(into, "rows where ");
  put(into, *where ? where : "the rules say");
  put_rules(card, rules, into);
}

static void put_retention(const json_t *card, const json_t *answer, edi_buf *into) {
  size_t i;
  json_t *r;
  json_array_foreach(json_object_get(answer, "retention"), i, r) {
    const char *bound = describe_text_of(r, "bound"), *column = describe_text_of(r, "column"), *cutoff = describe_text_of(r, "cutoff");
    indent(into, 3);
    if (strcmp(bound, "at most") == 0) {
      edi_buf_text(into, "hidden before ");
      put(into, *cutoff ? cutoff : "a day that each row says");
      edi_buf_text(into, strcmp(describe_text_of(r, "then"), "erase") == 0 ? ", and to be erased, by " : ", by ");
    } else {
      edi_buf_text(into, strcmp(bound, "while") == 0 ? "kept while the rule says" : "kept at least a time after ");
    }
    put(into, column);
    edi_buf_text(into, "  by ");
    put_rule(card, describe_text_of(r, "rule"), into);
    edi_buf_char(into, '\n');
  }
}

static void put_duties(const json_t *card, const json_t *answer, edi_buf *into) {
  size_t i;
  json_t *item;
  json_array_foreach(json_object_get(answer, "groups"), i, item) {
    indent(into, 3);
    edi_buf_format(into, "in groups of at least %d ", (int)json_integer_value(json_object_get(item, "least")));
    put(into, describe_text_of(item, "column"));
    put_rules(card, json_object_get(item, "rules"), into);
  }
  json_array_foreach(json_object_get(answer, "obligations"), i, item) {
    indent(into, 3);
    edi_buf_text(into, "obliges to ");
    put(into, describe_text_of(item, "name"));
    edi_buf_text(into, "  by ");
    put_rule(card, describe_text_of(item, "rule"), into);
    edi_buf_char(into, '\n');
  }
}

static void put_reasons(const json_t *card, const json_t *answer, edi_buf *into) {
  size_t i, k;
  json_t *reason, *name;
  if (json_array_size(json_object_get(answer, "reasons")) == 0) return;
  json_array_foreach(json_object_get(answer, "reasons"), i, reason) {
    const char *words = describe_reason(answer, reason);
    if (!words) continue;
    indent(into, 3);
    edi_buf_text(into, words);
    if (*words) edi_buf_char(into, ' ');
    if (*words) put_rule(card, describe_text_of(reason, "rule"), into);
    else put(into, describe_text_of(reason, "because")); /* what no rule says */
    json_array_foreach(json_object_get(reason, "unknown"), k, name) {
      edi_buf_text(into, k ? ", " : "; not known: ");
      put(into, json_string_value(name));
    }
    edi_buf_char(into, '\n');
  }
}

static void put_answer(const json_t *card, const json_t *dataset, const char *action, const json_t *answer, edi_buf *into) {
  size_t i;
  json_t *audience;
  bool permit = strcmp(describe_text_of(answer, "decision"), "permit") == 0;
  edi_buf_char(into, '\n');
  indent(into, 1);
  put(into, action);
  edi_buf_text(into, permit ? " is permitted to\n" : " is denied to\n");
  json_array_foreach(json_object_get(answer, "audience"), i, audience) {
    indent(into, 2);
    describe_audience(card, audience, into);
    edi_buf_char(into, '\n');
  }
  put_columns(card, dataset, answer, into);
  put_rows(card, answer, into);
  put_retention(card, answer, into);
  put_duties(card, answer, into);
  put_reasons(card, answer, into);
}

static void put_column(const json_t *column, edi_buf *into) {
  size_t i;
  json_t *tag;
  indent(into, 2 + describe_depth(column));
  put(into, describe_text_of(column, "name"));
  edi_buf_text(into, ": ");
  put(into, describe_text_of(column, "type"));
  if (json_is_true(json_object_get(column, "required"))) edi_buf_text(into, ", required");
  if (*describe_text_of(column, "classification")) edi_buf_text(into, ", ");
  put(into, describe_text_of(column, "classification"));
  json_array_foreach(json_object_get(column, "tags"), i, tag) {
    edi_buf_text(into, i ? ", " : ", tagged ");
    put(into, json_string_value(tag));
  }
  edi_buf_char(into, '\n');
}

static void put_dataset(const json_t *card, const json_t *dataset, edi_buf *into) {
  size_t i, k;
  json_t *item, *answer;
  const char *level = describe_text_of(dataset, "classification");
  edi_buf_text(into, "\ndataset ");
  put(into, describe_text_of(dataset, "name"));
  edi_buf_text(into, *level ? ", " : ", not classified");
  put(into, level);
  edi_buf_text(into, "\n\n  columns\n");
  json_array_foreach(json_object_get(dataset, "columns"), i, item) put_column(item, into);
  json_array_foreach(json_object_get(dataset, "actions"), i, item)
    json_array_foreach(json_object_get(item, "answers"), k, answer) put_answer(card, dataset, describe_text_of(item, "action"), answer, into);
}

static void put_datasets(const json_t *card, const json_t *product, edi_buf *into) {
  size_t i;
  json_t *dataset;
  json_array_foreach(json_object_get(product, "datasets"), i, dataset) put_dataset(card, dataset, into);
}

static void put_stated(const json_t *of, const char *key, const char *before, edi_buf *into) {
  const char *text = describe_text_of(of, key);
  if (*text) edi_buf_text(into, before);
  put(into, text);
}

static void put_port(const json_t *port, edi_buf *into) {
  indent(into, 1);
  put(into, describe_text_of(port, "direction"));
  put_stated(port, "name", " ", into);
  put_stated(port, "type", ", ", into);
  put_stated(port, "version", ", version ", into);
  if (json_is_true(json_object_get(port, "deprecated"))) edi_buf_text(into, ", deprecated");
  edi_buf_text(into, ": ");
  describe_port(port, into);
  edi_buf_char(into, '\n');
}

static void put_offer(const json_t *card, edi_buf *into) {
  const json_t *of = json_object_get(card, "data_product");
  size_t i;
  json_t *item;
  edi_buf_text(into, "data product ");
  put(into, *describe_text_of(of, "name") ? describe_text_of(of, "name") : describe_text_of(of, "id"));
  put_stated(of, "domain", " of ", into);
  put_stated(of, "version", ", version ", into);
  put_stated(of, "status", ", ", into);
  if (json_is_true(json_object_get(of, "deprecated"))) edi_buf_text(into, ", deprecated");
  edi_buf_text(into, ", as its rules have it at ");
  put(into, describe_text_of(card, "now"));
  edi_buf_text(into, "\n\nports\n");
  json_array_foreach(json_object_get(card, "ports"), i, item) put_port(item, into);
  json_array_foreach(json_object_get(card, "products"), i, item) {
    edi_buf_char(into, '\n');
    describe_ports_of(card, item, into);
    put_stated(item, "product", ": ", into);
    edi_buf_char(into, '\n');
    put_datasets(card, item, into);
  }
}

void describe_write_text(const json_t *card, edi_buf *into) {
  if (json_object_get(card, "data_product")) {
    put_offer(card, into);
    return;
  }
  put(into, describe_text_of(card, "product"));
  edi_buf_text(into, ", as its rules have it at ");
  put(into, describe_text_of(card, "now"));
  edi_buf_char(into, '\n');
  put_datasets(card, card, into);
}

/* ---- the forms ---- */

static int append(const char *bytes, size_t length, void *user) {
  edi_buf_append(user, bytes, length);
  return ((edi_buf *)user)->failed == EDICT_OK ? 0 : -1;
}

static void write_json(const json_t *card, edi_buf *into) {
  if (json_dump_callback(card, append, into, JSON_INDENT(2)) != 0 && into->failed == EDICT_OK) into->failed = EDICT_MEMORY;
  edi_buf_char(into, '\n');
}

edict_status describe_render(const char *format, const json_t *card, char **text, size_t *length) {
  static const struct {
    const char *name;
    void (*write)(const json_t *card, edi_buf *into);
  } writers[] = {{"text", describe_write_text}, {"json", write_json}, {"html", describe_write_html}};
  *text = NULL;
  for (size_t i = 0; i < sizeof writers / sizeof *writers; i++) {
    edi_buf buf;
    if (strcmp(writers[i].name, format) != 0) continue;
    edi_buf_init(&buf, NULL, (size_t)1 << 28);
    writers[i].write(card, &buf);
    *length = buf.len;
    return edi_buf_give(&buf, text);
  }
  return EDICT_ARGUMENT;
}
