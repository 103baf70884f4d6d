/* Completion within tests: lines, products, columns, attributes and their values. */
#include "policy/complete.h"

/* The token after the first one that is `word` and begins a line of the test; an END: none. */
static const edi_token *after_line(const edi_scene *s, edi_word word) {
  static const edi_token none = {.kind = EDI_TOKEN_END};
  for (size_t i = 0; i + 1 < s->count; i++)
    if (s->tokens[i].kind == EDI_TOKEN_WORD && s->tokens[i].word == word && s->tokens[i].first)
      return &s->tokens[i + 1];
  return &none;
}

static const edi_contract_facts *product_of(const edi_scene *s) {
  const edi_token *name = after_line(s, EDI_WORD_PRODUCT);
  for (size_t i = 0; i < s->model->contract_count; i++)
    if (edi_str_equal(s->model->contracts[i].name, name->text)) return &s->model->contracts[i];
  return NULL;
}

/* The dataset that `ask` names. */
static const edi_dataset_facts *dataset_of(const edi_scene *s) {
  const edi_contract_facts *product = product_of(s);
  const edi_token *action = after_line(s, EDI_WORD_ASK);
  if (!product || action->kind == EDI_TOKEN_END || action + 1 >= s->tokens + s->count) return NULL;
  for (size_t i = 0; i < product->dataset_count; i++)
    if (edi_str_equal(product->datasets[i].name, action[1].text)) return &product->datasets[i];
  return NULL;
}

static void offer_columns(edi_scene *s) {
  const edi_dataset_facts *dataset = dataset_of(s);
  for (size_t i = 0; dataset && i < dataset->column_count; i++)
    edi_offer(s, dataset->columns[i].name, "column", "");
}

static void offer_datasets(edi_scene *s) {
  const edi_contract_facts *product = product_of(s);
  for (size_t i = 0; product && i < product->dataset_count; i++)
    edi_offer(s, product->datasets[i].name, "dataset", "");
}

static void offer_products(edi_scene *s) {
  for (size_t i = 0; i < s->model->contract_count; i++)
    edi_offer(s, s->model->contracts[i].name, "product", "");
}

/* The values of a column: nodes and levels of its tags' types. */
static void offer_cells(edi_scene *s, edi_str column) {
  const edi_dataset_facts *dataset = dataset_of(s);
  for (size_t i = 0; dataset && i < dataset->column_count; i++) {
    if (!edi_str_equal(dataset->columns[i].name, column)) continue;
    for (size_t k = 0; k < dataset->columns[i].tag_count; k++)
      edi_offer_values(s, s->model->nodes[dataset->columns[i].tags[k]].type);
  }
}

/* Within the braces of `subject`, `context` or a row. */
static void complete_record(edi_scene *s, edi_word line) {
  const edi_token *last = edi_scene_back(s, 1);
  bool named = last->kind == EDI_TOKEN_BRACE_OPEN ||
               (last->kind == EDI_TOKEN_COMMA && s->tokens[s->bracket].kind == EDI_TOKEN_BRACE_OPEN);
  edi_entity entity = line == EDI_WORD_SUBJECT ? EDI_ENTITY_SUBJECT : EDI_ENTITY_CONTEXT;
  uint32_t resource = line == EDI_WORD_ASK && s->bracket > 0 ? edi_model_resource(s->model, s->tokens[s->bracket - 1].text) : EDI_NONE;
  if (resource != EDI_NONE) entity = (edi_entity)(EDI_ENTITY_RESOURCE + resource);
  bool row = line == EDI_WORD_EXPECT;
  if (named && row) offer_columns(s);
  else if (named) edi_offer_attributes(s, entity, false);
  if (named) return;
  size_t colon = s->count;
  while (colon > 1 && s->tokens[colon - 1].kind != EDI_TOKEN_COLON) colon--;
  if (colon < 2) return;
  edi_str field = s->tokens[colon - 2].text;
  uint32_t attr = row ? EDI_NONE : edi_model_attr(s->model, entity, field);
  if (row) offer_cells(s, field);
  else if (attr != EDI_NONE) edi_offer_values(s, s->model->attrs[attr].type);
}

static void complete_expect(edi_scene *s) {
  static const char *const kinds[] = {"permit", "deny", "column", "row", "oblige", "shadow", "groups of at least", NULL};
  static const char *const outcomes[] = {"shown", "hidden", "withheld", "erasable", NULL};
  static const char *const by[] = {"by", NULL};
  static const char *const raw[] = {"raw", NULL};
  const edi_token *last = edi_scene_back(s, 1), *before = edi_scene_back(s, 2);
  if (edi_scene_after(s, EDI_WORD_EXPECT)) edi_offer_words(s, kinds);
  else if (edi_scene_after(s, EDI_WORD_BY)) edi_offer_scoped(s, EDI_SCOPED_RULES);
  else if (edi_scene_after(s, EDI_WORD_COLUMN)) offer_columns(s);
  else if (before->word == EDI_WORD_COLUMN) {
    edi_offer_words(s, raw);
#define TRANSFORM(NAME, number, text, determinism, types, parameters) \
  edi_offer(s, EDI_STR(text), "transform", parameters);
#include "bundle/transforms.def"
#undef TRANSFORM
  } else if (last->kind == EDI_TOKEN_BRACE_CLOSE) edi_offer_words(s, outcomes);
  else if (last->word == EDI_WORD_PERMIT || last->word == EDI_WORD_DENY) edi_offer_words(s, by);
}

static void complete_ask(edi_scene *s) {
  static const char *const columns[] = {"columns", NULL};
  size_t words = s->count - s->line;
  if (words == 1) edi_offer_nodes(s, EDI_BUILTIN_ACTION);
  else if (words == 2) {
    offer_datasets(s);
    edi_offer_resources(s);
  } else if (words == 3) edi_offer_words(s, columns);
  else if (edi_scene_list(s) == EDI_WORD_COLUMNS) offer_columns(s);
}

void edi_complete_test(edi_scene *s) {
  static const char *const lines[] = {"product", "subject", "context", "ask", "expect", NULL};
  edi_word line = s->line < s->count ? s->tokens[s->line].word : EDI_WORD_NONE;
  if (s->bracket != SIZE_MAX) complete_record(s, line);
  else if (s->first || s->line >= s->count) edi_offer_words(s, lines);
  else if (line == EDI_WORD_PRODUCT) offer_products(s);
  else if (line == EDI_WORD_ASK) complete_ask(s);
  else if (line == EDI_WORD_EXPECT) complete_expect(s);
}
