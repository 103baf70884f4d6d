/* Describe HTML: the card as one page of its own: no script, nothing fetched, readable in light, in dark, on paper, on
 * a telephone and to whoever listens to it. Every text goes through `put`, which escapes it. */
#include <string.h>

#include "workbench/describe.h"
#include "workbench/markup.h"

enum { DEPTH_MOST = 4 }; /* deeper parts stand in no further: see the style */

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n<style>\n"
    ":root{--ink:#1b1f24;--soft:#57606a;--line:#d0d7de;--back:#fff;--band:#f3f5f7;--yes:#0b6b34;--no:#a11622;--part:#7a4b00}\n"
    "@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#a2abb5;--line:#3d444d;--back:#0d1117;--band:#161b22;"
    "--yes:#56d364;--no:#ff8b87;--part:#e3b341}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0 auto;padding:1.5rem 1rem 4rem;max-width:66rem;font:1rem/1.5 system-ui,sans-serif;color:var(--ink);"
    "background:var(--back);overflow-wrap:anywhere}\n"
    "h1{font-size:1.7rem;margin:0}h2{font-size:1.3rem;margin:2.5rem 0 .5rem}h3{font-size:1.05rem;margin:0 0 .5rem}h4{font-size:.95rem;"
    "margin:1rem 0 .3rem}\n"
    "p{margin:.3rem 0}ul{margin:.3rem 0;padding-left:1.2rem}.soft{color:var(--soft)}code{font:.9em ui-monospace,monospace}\n"
    "table{width:100%;table-layout:fixed;border-collapse:collapse;margin:.5rem 0}caption{text-align:left;font-weight:600;padding:.2rem 0}\n"
    "th,td{text-align:left;vertical-align:top;padding:.35rem .5rem;border-top:1px solid var(--line)}th{font-weight:600}"
    "thead th{color:var(--soft);font-size:.85rem}thead th:first-child{width:32%}\n"
    "th.in1{padding-left:1.5rem}th.in2{padding-left:2.5rem}th.in3{padding-left:3.5rem}th.in4{padding-left:4.5rem}\n"
    ".answer{border:1px solid var(--line);border-left:.4rem solid var(--no);border-radius:.4rem;padding:.8rem 1rem;margin:1rem 0;"
    "background:var(--band)}.permit{border-left-color:var(--yes)}\n"
    ".permit .effect,.raw{color:var(--yes)}.effect{color:var(--no);font-weight:600}.closed{color:var(--no)}.masked{color:var(--part)}\n"
    "@media (max-width:34rem){thead{position:absolute;clip-path:inset(50%)}tr{display:block;border-top:1px solid var(--line);padding:.3rem 0}"
    "th,td{display:block;border:0;padding:.1rem 0}td[data-name]::before{content:attr(data-name) \": \";color:var(--soft)}}\n"
    "@media print{:root{--ink:#000;--soft:#333;--line:#999;--back:#fff;--band:#fff;--yes:#0b6b34;--no:#a11622;--part:#7a4b00}"
    "body{max-width:none;padding:0;font-size:10pt}tr{break-inside:avoid}h2,h3{break-after:avoid}}\n"
    "</style>\n";

static void put(edi_buf *into, const char *text) { markup_text(into, edi_str_from(text), true); }

static void put_buf(edi_buf *into, edi_buf *words) {
  markup_text(into, (edi_str){words->ptr ? words->ptr : "", words->len}, true);
  if (words->failed != EDICT_OK && into->failed == EDICT_OK) into->failed = words->failed;
  edi_buf_fini(words);
}

static void element(edi_buf *into, const char *tag, const char *text) {
  edi_buf_format(into, "<%s>", tag);
  put(into, text);
  edi_buf_format(into, "</%s>", tag);
}

/* ---- rules ---- */

static void put_rule(const json_t *card, const char *name, edi_buf *into) {
  const char *because = describe_text_of(describe_rule(card, name), "because");
  element(into, "code", name);
  if (*because) edi_buf_text(into, " <span class=\"soft\">");
  put(into, because);
  if (*because) edi_buf_text(into, "</span>");
}

static void put_rules(const json_t *card, const json_t *rules, edi_buf *into) {
  if (json_array_size(rules) == 0) edi_buf_text(into, "<span class=\"soft\">no rule</span>");
  for (size_t i = 0; i < json_array_size(rules); i++) {
    if (i) edi_buf_text(into, "<br>");
    put_rule(card, json_string_value(json_array_get(rules, i)), into);
  }
}

/* ---- what is in a dataset ---- */

static void put_tags(const json_t *tags, edi_buf *into) {
  size_t i;
  json_t *tag;
  json_array_foreach(tags, i, tag) {
    if (i) edi_buf_text(into, ", ");
    put(into, json_string_value(tag));
  }
  if (json_array_size(tags) == 0) edi_buf_text(into, "<span class=\"soft\">none</span>");
}

static void put_level(const char *level, edi_buf *into) {
  if (*level) put(into, level);
  else edi_buf_text(into, "<span class=\"soft\">not stated</span>");
}

/* Parts stand in from what they are inside of. */
static void put_name(const json_t *column, edi_buf *into) {
  unsigned depth = describe_depth(column);
  edi_buf_text(into, "<tr><th scope=\"row\"");
  if (depth > 0) edi_buf_format(into, " class=\"in%u\"", depth < DEPTH_MOST ? depth : DEPTH_MOST);
  edi_buf_char(into, '>');
  put(into, describe_text_of(column, "name"));
}

static void put_columns(const json_t *dataset, edi_buf *into) {
  size_t i;
  json_t *column;
  edi_buf_text(into, "<table><caption>Columns</caption><thead><tr><th scope=\"col\">Column</th><th scope=\"col\">Type</th>"
                     "<th scope=\"col\">Classification</th><th scope=\"col\">Tags</th></tr></thead><tbody>\n");
  json_array_foreach(json_object_get(dataset, "columns"), i, column) {
    put_name(column, into);
    edi_buf_text(into, "</th><td data-name=\"Type\">");
    put(into, describe_text_of(column, "type"));
    if (json_is_true(json_object_get(column, "required"))) edi_buf_text(into, ", required");
    edi_buf_text(into, "</td><td data-name=\"Classification\">");
    put_level(describe_text_of(column, "classification"), into);
    edi_buf_text(into, "</td><td data-name=\"Tags\">");
    put_tags(json_object_get(column, "tags"), into);
    edi_buf_text(into, "</td></tr>\n");
  }
  edi_buf_text(into, "</tbody></table>\n");
}

/* ---- an answer ---- */

static const char *class_of(const json_t *column) {
  const char *mask = describe_text_of(column, "mask");
  return !*mask ? "raw" : strcmp(mask, "null") == 0 ? "closed" : "masked";
}

static void put_masks(const json_t *card, const json_t *dataset, const json_t *answer, edi_buf *into) {
  size_t i;
  json_t *of, *column, *columns = json_object_get(answer, "columns");
  if (json_object_size(columns) == 0) return;
  edi_buf_text(into, "<table><caption>What they see</caption><thead><tr><th scope=\"col\">Column</th><th scope=\"col\">Shown</th>"
                     "<th scope=\"col\">By</th></tr></thead><tbody>\n");
  json_array_foreach(json_object_get(dataset, "columns"), i, of) {
    edi_buf mask;
    if (!(column = json_object_get(columns, describe_text_of(of, "name")))) continue;
    edi_buf_init(&mask, NULL, (size_t)1 << 20);
    put_name(of, into);
    edi_buf_format(into, "</th><td data-name=\"Shown\" class=\"%s\">", class_of(column));
    describe_mask(of, column, &mask);
    put_buf(into, &mask);
    edi_buf_text(into, "</td><td data-name=\"By\">");
    if (json_array_size(json_object_get(column, "rules")) || strcmp(class_of(column), "closed") != 0)
      put_rules(card, json_object_get(column, "rules"), into);
    else edi_buf_text(into, "<span class=\"soft\">nothing says what is in it</span>");
    edi_buf_text(into, "</td></tr>\n");
  }
  edi_buf_text(into, "</tbody></table>\n");
}

static void put_rows(const json_t *card, const json_t *answer, edi_buf *into) {
  const json_t *rows = json_object_get(answer, "rows");
  const char *where = describe_text_of(rows, "where");
  if (json_array_size(json_object_get(rows, "rules")) == 0) return;
  edi_buf_text(into, "<h4>Which rows</h4><p>where <code>");
  put(into, *where ? where : "the rules say");
  edi_buf_text(into, "</code></p><p>by ");
  put_rules(card, json_object_get(rows, "rules"), into);
  edi_buf_text(into, "</p>\n");
}

static void put_bound(const json_t *r, edi_buf *into) {
  const char *bound = describe_text_of(r, "bound"), *cutoff = describe_text_of(r, "cutoff");
  if (strcmp(bound, "while") == 0) {
    edi_buf_text(into, "kept while the rule says");
    return;
  }
  if (strcmp(bound, "at least") == 0) edi_buf_text(into, "kept at least a time after ");
  else {
    edi_buf_text(into, "hidden before ");
    put(into, *cutoff ? cutoff : "a day that each row says");
    edi_buf_text(into, strcmp(describe_text_of(r, "then"), "erase") == 0 ? ", and to be erased, by " : ", by ");
  }
  element(into, "code", describe_text_of(r, "column"));
}

static void put_retention(const json_t *card, const json_t *answer, edi_buf *into) {
  size_t i;
  json_t *r;
  if (json_array_size(json_object_get(answer, "retention")) == 0) return;
  edi_buf_text(into, "<h4>Until when</h4><ul>\n");
  json_array_foreach(json_object_get(answer, "retention"), i, r) {
    edi_buf_text(into, "<li>");
    put_bound(r, into);
    edi_buf_text(into, ": ");
    put_rule(card, describe_text_of(r, "rule"), into);
    edi_buf_text(into, "</li>\n");
  }
  edi_buf_text(into, "</ul>\n");
}

static void put_duties(const json_t *card, const json_t *answer, edi_buf *into) {
  const json_t *groups = json_object_get(answer, "groups"), *duties = json_object_get(answer, "obligations");
  size_t i;
  json_t *item;
  if (json_array_size(groups) + json_array_size(duties) == 0) return;
  edi_buf_text(into, "<h4>On condition</h4><ul>\n");
  json_array_foreach(groups, i, item) {
    edi_buf_format(into, "<li>in groups of at least %d ", (int)json_integer_value(json_object_get(item, "least")));
    element(into, "code", describe_text_of(item, "column"));
    edi_buf_text(into, ": ");
    put_rules(card, json_object_get(item, "rules"), into);
    edi_buf_text(into, "</li>\n");
  }
  json_array_foreach(duties, i, item) {
    edi_buf_text(into, "<li>obliges to ");
    element(into, "code", describe_text_of(item, "name"));
    edi_buf_text(into, ": ");
    put_rule(card, describe_text_of(item, "rule"), into);
    edi_buf_text(into, "</li>\n");
  }
  edi_buf_text(into, "</ul>\n");
}

static void put_reason(const json_t *card, const char *words, const json_t *reason, edi_buf *into) {
  size_t k;
  json_t *name;
  edi_buf_text(into, "<li>");
  put(into, words);
  if (*words) edi_buf_char(into, ' ');
  if (*words) put_rule(card, describe_text_of(reason, "rule"), into);
  else put(into, describe_text_of(reason, "because")); /* what no rule says */
  json_array_foreach(json_object_get(reason, "unknown"), k, name) {
    edi_buf_text(into, k ? ", " : "; not known: ");
    element(into, "code", json_string_value(name));
  }
  edi_buf_text(into, "</li>\n");
}

static void put_reasons(const json_t *card, const json_t *answer, edi_buf *into) {
  size_t i, shown = 0;
  json_t *reason;
  json_array_foreach(json_object_get(answer, "reasons"), i, reason) {
    const char *words = describe_reason(answer, reason);
    if (!words) continue;
    if (shown++ == 0) edi_buf_text(into, "<h4>Why</h4><ul>\n");
    put_reason(card, words, reason, into);
  }
  if (shown) edi_buf_text(into, "</ul>\n");
}

static void put_answer(const json_t *card, const json_t *dataset, const char *action, const json_t *answer, edi_buf *into) {
  bool permit = strcmp(describe_text_of(answer, "decision"), "permit") == 0;
  size_t i;
  json_t *audience;
  edi_buf_format(into, "<section class=\"answer%s\"><h3>", permit ? " permit" : "");
  put(into, action);
  edi_buf_format(into, " is <span class=\"effect\">%s</span> to</h3><ul>\n", permit ? "permitted" : "denied");
  json_array_foreach(json_object_get(answer, "audience"), i, audience) {
    edi_buf words;
    edi_buf_init(&words, NULL, (size_t)1 << 24);
    describe_audience(card, audience, &words);
    edi_buf_text(into, "<li>");
    put_buf(into, &words);
    edi_buf_text(into, "</li>\n");
  }
  edi_buf_text(into, "</ul>\n");
  put_masks(card, dataset, answer, into);
  put_rows(card, answer, into);
  put_retention(card, answer, into);
  put_duties(card, answer, into);
  put_reasons(card, answer, into);
  edi_buf_text(into, "</section>\n");
}

/* ---- the page ---- */

static void put_dataset(const json_t *card, const json_t *dataset, edi_buf *into) {
  size_t i, k;
  json_t *item, *answer;
  edi_buf_text(into, "<h2>Dataset ");
  put(into, describe_text_of(dataset, "name"));
  edi_buf_text(into, "</h2>\n<p class=\"soft\">classification: ");
  put_level(describe_text_of(dataset, "classification"), into);
  edi_buf_text(into, "; tags: ");
  put_tags(json_object_get(dataset, "tags"), into);
  edi_buf_text(into, "</p>\n");
  put_columns(dataset, into);
  json_array_foreach(json_object_get(dataset, "actions"), i, item)
    json_array_foreach(json_object_get(item, "answers"), k, answer) put_answer(card, dataset, describe_text_of(item, "action"), answer, into);
}

static void put_supposed(const json_t *supposed, const char *what, edi_buf *into) {
  const char *name;
  json_t *value;
  size_t i;
  json_object_foreach(json_object_get(supposed, what), name, value) {
    edi_buf_text(into, "<li><code>");
    put(into, what);
    edi_buf_char(into, '.');
    put(into, name);
    edi_buf_text(into, "</code>: ");
    if (!json_is_array(value)) put(into, json_is_string(value) ? json_string_value(value) : json_is_true(value) ? "true" : "as given");
    else {
      json_t *member;
      json_array_foreach(value, i, member) {
        if (i) edi_buf_text(into, ", ");
        put(into, json_string_value(member) ? json_string_value(member) : "as given");
      }
    }
    edi_buf_text(into, "</li>\n");
  }
}

static void put_datasets(const json_t *card, const json_t *product, edi_buf *into) {
  size_t i;
  json_t *dataset;
  json_array_foreach(json_object_get(product, "datasets"), i, dataset) put_dataset(card, dataset, into);
}

/* ---- a data product with its ports ---- */

static void put_said(const json_t *of, const char *key, edi_buf *into) {
  const char *text = describe_text_of(of, key);
  if (*text) put(into, text);
  else edi_buf_text(into, "<span class=\"soft\">not stated</span>");
}

static void put_port(const json_t *port, edi_buf *into) {
  bool described = strcmp(describe_text_of(port, "result"), "missing") != 0 && strcmp(describe_text_of(port, "result"), "another version") != 0;
  edi_buf words;
  edi_buf_text(into, "<tr><th scope=\"row\">");
  put(into, describe_text_of(port, "name"));
  if (json_is_true(json_object_get(port, "deprecated"))) edi_buf_text(into, "<br><span class=\"soft\">deprecated</span>");
  edi_buf_text(into, "</th><td data-name=\"Direction\">");
  put(into, describe_text_of(port, "direction"));
  edi_buf_text(into, "</td><td data-name=\"Type\">");
  put_said(port, "type", into);
  edi_buf_text(into, "</td><td data-name=\"Version\">");
  put_said(port, "version", into);
  edi_buf_format(into, "</td><td data-name=\"Carries\"%s>", described ? "" : " class=\"closed\"");
  edi_buf_init(&words, NULL, (size_t)1 << 20);
  describe_port(port, &words);
  put_buf(into, &words);
  edi_buf_text(into, "</td></tr>\n");
}

static void put_offer(const json_t *card, const json_t *of, edi_buf *into) {
  size_t i;
  json_t *item;
  edi_buf_text(into, "<p class=\"soft\">domain: ");
  put_said(of, "domain", into);
  edi_buf_text(into, "; version: ");
  put_said(of, "version", into);
  edi_buf_text(into, "; status: ");
  put_said(of, "status", into);
  if (json_is_true(json_object_get(of, "deprecated"))) edi_buf_text(into, "; deprecated");
  edi_buf_text(into, "</p>\n<table><caption>Ports</caption><thead><tr><th scope=\"col\">Port</th><th scope=\"col\">Direction</th>"
                     "<th scope=\"col\">Type</th><th scope=\"col\">Version</th><th scope=\"col\">Carries</th></tr></thead><tbody>\n");
  json_array_foreach(json_object_get(card, "ports"), i, item) put_port(item, into);
  edi_buf_text(into, "</tbody></table>\n");
}

static void put_products(const json_t *card, edi_buf *into) {
  size_t i;
  json_t *item;
  json_array_foreach(json_object_get(card, "products"), i, item) {
    edi_buf words;
    edi_buf_init(&words, NULL, (size_t)1 << 20);
    edi_buf_text(into, "<h2>");
    put(into, describe_text_of(item, "product"));
    edi_buf_text(into, "</h2>\n<p class=\"soft\">");
    describe_ports_of(card, item, &words);
    put_buf(into, &words);
    edi_buf_text(into, "</p>\n");
    put_datasets(card, item, into);
  }
}

/* The data product's name, else its id; of a product its name. */
static const char *title_of(const json_t *card, const json_t *of) {
  if (!of) return describe_text_of(card, "product");
  return *describe_text_of(of, "name") ? describe_text_of(of, "name") : describe_text_of(of, "id");
}

void describe_write_html(const json_t *card, edi_buf *into) {
  const json_t *supposed = json_object_get(card, "supposed"), *of = json_object_get(card, "data_product");
  edi_buf_text(into, head);
  edi_buf_text(into, "<title>Policy card of ");
  put(into, title_of(card, of));
  edi_buf_text(into, "</title>\n</head>\n<body>\n<main>\n<h1>");
  put(into, title_of(card, of));
  edi_buf_text(into, "</h1>\n<p class=\"soft\">Policy card, as the rules have it at ");
  put(into, describe_text_of(card, "now"));
  edi_buf_text(into, "</p>\n<p>Each answer is the one that the evaluator gives to somebody with one role and one purpose, of whom nothing else "
                     "is known. What is not known opens nothing.</p>\n");
  if (json_object_size(json_object_get(supposed, "subject")) + json_object_size(json_object_get(supposed, "context")) > 0) {
    edi_buf_text(into, "<p>Supposed of everybody:</p><ul>\n");
    put_supposed(supposed, "subject", into);
    put_supposed(supposed, "context", into);
    edi_buf_text(into, "</ul>\n");
  }
  if (of) put_offer(card, of, into);
  if (of) put_products(card, into);
  else put_datasets(card, card, into);
  edi_buf_text(into, "</main>\n</body>\n</html>\n");
}
