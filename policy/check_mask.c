/* Check of masks: transforms by name, their arguments by bundle/transforms.def, their conditions.
 *
 * In: `mask` lines, and the transform that a test expects. Out: the transform's number, its key, typed
 * arguments. Arguments stay as written: by place first, then by name; the defaults are the reader's to
 * fill in. Invariant: after this no argument is missing, doubled or of a wrong type. */
#include "policy/checker.h"
#include "policy/transform_args.h"

/* ---- which parameter ---- */

typedef struct placement {
  edi_transform_use *use;
  edi_parameter parameters[EDI_PARAMETERS_MOST];
  const edi_argument *given[EDI_PARAMETERS_MOST];
  unsigned count;
  bool named; /* one by name was seen */
} placement;

static edi_finding *report_argument(edi_checker *checker, const placement *p, edi_span span, const char *message) {
  return EDI_REPORT(checker, EDI_E0218, span, "", "`%.*s` %s", EDI_STR_ARG(p->use->name.text), message);
}

static unsigned find_named(edi_checker *checker, const placement *p, const edi_argument *argument) {
  edi_suggest suggest;
  edi_suggest_init(&suggest, argument->name.text);
  for (unsigned i = 0; i < p->count; i++) {
    if (edi_str_equal(p->parameters[i].name, argument->name.text)) return i;
    if (p->parameters[i].has_fallback) edi_suggest_offer(&suggest, p->parameters[i].name, EDI_SPAN_NONE);
  }
  edi_finding *finding = report_argument(checker, p, argument->name.span, "has no parameter of that name");
  edi_finding_near(finding, suggest.best, "");
  return p->count;
}

/* The parameter that an argument is for; count: reported. */
static unsigned place_argument(edi_checker *checker, placement *p, const edi_argument *argument, unsigned position) {
  if (argument->name.text.len > 0) {
    p->named = true;
    unsigned at = find_named(checker, p, argument);
    if (at == p->count || p->parameters[at].has_fallback) return at;
    edi_finding *finding = report_argument(checker, p, argument->name.span, "takes this one by its place");
    edi_finding_fix(finding, false, "leave `%.*s:` out", EDI_STR_ARG(argument->name.text));
    return p->count;
  }
  if (p->named) {
    report_argument(checker, p, argument->value->span, "takes arguments by place first, then by name");
    return p->count;
  }
  if (position < p->count) return position;
  report_argument(checker, p, argument->value->span,
                  p->count == 0   ? "takes no argument"
                  : p->count == 1 ? "takes one argument"
                                  : edi_checker_text(checker, "takes %u arguments", p->count));
  return p->count;
}

/* ---- what type ---- */

static bool is_text(edi_checker *checker, const placement *p, edi_expr *value, const char *message) {
  if (value->kind == EDI_EXPR_STRING) {
    value->type = EDI_TYPE_STRING;
    return true;
  }
  edi_finding *finding = report_argument(checker, p, value->span, message);
  if (value->kind == EDI_EXPR_NAME) edi_finding_fix(finding, false, "\"%.*s\"", EDI_STR_ARG(value->text));
  return false;
}

static void report_no_pattern(edi_checker *checker, const placement *p, const edi_expr *value) {
  edi_finding *finding = report_argument(checker, p, value->span, "takes a pattern such as /[0-9]+/");
  bool text = value->kind == EDI_EXPR_STRING && !memchr(value->text.ptr, '/', value->text.len);
  if (text) edi_finding_fix(finding, false, "/%.*s/", EDI_STR_ARG(value->text));
}

static void check_value(edi_checker *checker, const placement *p, edi_expr *value) {
  switch ((int)value->kind) {
    case EDI_EXPR_BOOL:
    case EDI_EXPR_INT:
    case EDI_EXPR_DECIMAL:
    case EDI_EXPR_STRING:
    case EDI_EXPR_DATE:
    case EDI_EXPR_TIMESTAMP: value->type = edi_check_leaf(checker, value, EDI_TYPE_NONE); return;
    case EDI_EXPR_NAME:
      if (edi_str_equal(value->text, EDI_STR("null"))) {
        edi_finding *finding = report_argument(checker, p, value->span, "takes a literal that a column can hold");
        edi_finding_fix(finding, false, "with null");
        return;
      }
      (void)is_text(checker, p, value, "takes a literal that a column can hold");
      return;
    default: (void)is_text(checker, p, value, "takes a literal that a column can hold");
  }
}

static void check_count(edi_checker *checker, const placement *p, const edi_parameter *parameter, edi_expr *value) {
  value->type = EDI_TYPE_INT;
  if (value->kind == EDI_EXPR_INT && value->integer >= 0 && value->integer <= EDI_PARAMETER_COUNT_MOST) return;
  bool characters = edi_str_equal(parameter->name, EDI_STR("count"));
  edi_finding *finding = report_argument(
      checker, p, value->span,
      characters ? "takes a number of characters" : edi_checker_text(checker, "takes a number as its `%.*s`", EDI_STR_ARG(parameter->name)));
  edi_finding_note(finding, "a number from 0 to %d", EDI_PARAMETER_COUNT_MOST);
}

static void check_number(edi_checker *checker, const placement *p, edi_expr *value) {
  value->type = value->kind == EDI_EXPR_DECIMAL ? EDI_TYPE_DECIMAL : EDI_TYPE_INT;
  if (value->kind != EDI_EXPR_INT && value->kind != EDI_EXPR_DECIMAL)
    report_argument(checker, p, value->span, "takes a number");
}

static void check_int(edi_checker *checker, const placement *p, edi_expr *value) {
  value->type = EDI_TYPE_INT;
  if (value->kind != EDI_EXPR_INT) report_argument(checker, p, value->span, "takes a whole number");
}

static void note_words(edi_checker *checker, edi_finding *finding, const edi_parameter *parameter) {
  char storage[256];
  edi_buf words = edi_buf_fixed(storage, sizeof storage);
  edi_str word;
  for (unsigned i = 0; edi_parameter_word(parameter, i, &word); i++) {
    if (i) edi_buf_text(&words, ", ");
    edi_buf_str(&words, edi_str_equal(word, EDI_STR("char")) ? EDI_STR("a character in quotes") : word);
  }
  edi_finding_note(finding, "one of %s", edi_checker_text(checker, "%.*s", (int)words.len, words.ptr));
}

/* A word, in quotes or not; where a character may stand, a text in quotes is one. */
static void check_choice(edi_checker *checker, const placement *p, const edi_parameter *parameter, edi_expr *value) {
  bool character = false, only = edi_str_equal(parameter->words, EDI_STR("char"));
  bool word = value->kind == EDI_EXPR_NAME, text = value->kind == EDI_EXPR_STRING;
  edi_suggest suggest;
  edi_suggest_init(&suggest, edi_expr_text(value));
  edi_str one;
  for (unsigned i = 0; edi_parameter_word(parameter, i, &one); i++) {
    bool is_char = edi_str_equal(one, EDI_STR("char"));
    character = character || is_char;
    if (!is_char && (word || text)) edi_suggest_offer(&suggest, one, EDI_SPAN_NONE);
  }
  edi_value given = edi_value_text(EDI_TYPE_STRING, edi_expr_text(value));
  if (word && character && edi_utf8_count(value->text) == 1) word = false; /* x for "x" */
  if ((word || text) && edi_argument_normal(parameter, given).base) {
    value->kind = EDI_EXPR_STRING;
    value->type = EDI_TYPE_STRING;
    return;
  }
  if (only && text) {
    report_argument(checker, p, value->span, "takes exactly one character");
    return;
  }
  if (only) {
    (void)is_text(checker, p, value, "takes a character in quotes");
    return;
  }
  edi_finding *finding =
      report_argument(checker, p, value->span,
                      edi_checker_text(checker, "has no such `%.*s`", EDI_STR_ARG(parameter->name)));
  note_words(checker, finding, parameter);
  edi_finding_near(finding, suggest.best, "");
}

static void check_key(edi_checker *checker, const placement *p, edi_expr *value) {
  if (value->kind != EDI_EXPR_NAME) {
    report_argument(checker, p, value->span, "takes the name of a key");
    return;
  }
  value->symbol = edi_scope_resolve(checker, EDI_SCOPED_KEYS, value->text, value->span);
  p->use->key = value->symbol;
}

static bool is_row(const edi_expr *value) {
  return value->kind == EDI_EXPR_ROW_TAG || value->kind == EDI_EXPR_ROW_COLUMN;
}

static void check_row(edi_checker *checker, const placement *p, edi_expr *value) {
  static const edi_place argument = {"an argument of a mask", EDI_READS_ROW, NULL};
  if (!is_row(value)) {
    report_argument(checker, p, value->span, "takes a cell of the row, such as row[person.id]");
    return;
  }
  const edi_place *before = checker->place;
  checker->place = &argument;
  value->type = edi_check_expr(checker, value, EDI_TYPE_NONE);
  checker->place = before;
}

static bool is_pattern(const edi_expr *value) {
  return value->kind == EDI_EXPR_MATCHES && value->operand_count == 0;
}

static void check_argument(edi_checker *checker, const placement *p, unsigned at) {
  edi_expr *value = p->given[at]->value;
  const edi_parameter *parameter = &p->parameters[at];
  /* A word of a choice is that word, whatever else is defined under its name. */
  bool name = parameter->type == EDI_PARAMETER_KEY ||
              (parameter->type == EDI_PARAMETER_CHOICE &&
               edi_argument_normal(parameter, edi_value_text(EDI_TYPE_STRING, edi_expr_text(value))).base);
  if (value->kind == EDI_EXPR_NAME && !name && edi_expand_is(checker, value->text) &&
      edi_check_expr(checker, value, EDI_TYPE_NONE) == EDI_TYPE_NONE)
    return;
  if (is_row(value) && parameter->type != EDI_PARAMETER_ROW) {
    report_argument(checker, p, value->span, "takes no cell of the row here");
    return;
  }
  if (is_pattern(value) && p->parameters[at].type != EDI_PARAMETER_PATTERN) {
    report_argument(checker, p, value->span, "takes no pattern here");
    return;
  }
  switch (p->parameters[at].type) {
    case EDI_PARAMETER_VALUE: check_value(checker, p, value); break;
    case EDI_PARAMETER_COUNT: check_count(checker, p, &p->parameters[at], value); break;
    case EDI_PARAMETER_INT: check_int(checker, p, value); break;
    case EDI_PARAMETER_NUMBER: check_number(checker, p, value); break;
    case EDI_PARAMETER_TEXT: (void)is_text(checker, p, value, "takes a text"); break;
    case EDI_PARAMETER_ROW: check_row(checker, p, value); break;
    case EDI_PARAMETER_KEY: check_key(checker, p, value); break;
    case EDI_PARAMETER_CHOICE: check_choice(checker, p, &p->parameters[at], value); break;
    case EDI_PARAMETER_PATTERN:
      if (!is_pattern(value)) report_no_pattern(checker, p, value);
      break;
  }
}

/* A pattern and the text that takes the place of its matches. */
static void check_substitution(edi_checker *checker, const placement *p) {
  const edi_expr *source = NULL, *replacement = NULL;
  for (unsigned i = 0; i < p->count; i++) {
    if (!p->given[i]) continue;
    if (p->parameters[i].type == EDI_PARAMETER_PATTERN) source = p->given[i]->value;
    if (p->parameters[i].type == EDI_PARAMETER_TEXT) replacement = p->given[i]->value;
  }
  if (!source || !is_pattern(source)) return;
  edi_pattern *pattern = edi_check_pattern(checker, source->text, source->span, EDI_PATTERN_SUBSTITUTE);
  if (pattern && replacement && replacement->kind == EDI_EXPR_STRING &&
      !edi_pattern_replacement_valid(pattern, replacement->text)) {
    edi_finding *finding = EDI_REPORT(checker, EDI_E0219, replacement->span, "",
                                      "the replacement names a group that the pattern does not have");
    edi_finding_note(finding, "$1 to $9 are the groups of the pattern, $$ is a dollar");
  }
  edi_pattern_destroy(pattern);
}

/* Each argument is right by itself; whether they go together is asked where the verifier asks it too. */
static void check_together(edi_checker *checker, const placement *p) {
  edi_value args[EDI_PARAMETERS_MOST];
  edi_transform_args(checker->model, p->use, args);
  const char *trouble = edi_arguments_settle(p->use->id, args);
  if (trouble)
    EDI_REPORT(checker, EDI_E0270, p->use->span, "", "`%.*s` %s", EDI_STR_ARG(p->use->name.text), trouble);
}

/* ---- a transform ---- */

static void no_transform(edi_checker *checker, const edi_transform_use *use) {
  edi_suggest suggest;
  edi_suggest_init(&suggest, use->name.text);
#define TRANSFORM(NAME, number, text, determinism, types, parameters) \
  edi_suggest_offer(&suggest, EDI_STR(text), EDI_SPAN_NONE);
#include "bundle/transforms.def"
#undef TRANSFORM
  edi_finding *finding = EDI_REPORT(checker, EDI_E0217, use->name.span, "not known", "there is no transform `%.*s`",
                                    EDI_STR_ARG(use->name.text));
  edi_finding_note(finding, "the transforms are"
#define TRANSFORM(NAME, number, text, determinism, types, parameters) " " text
#include "bundle/transforms.def"
#undef TRANSFORM
  );
  if (!edi_hint_of_name(finding, EDI_E0217, "a transform", use->name.text)) edi_finding_near(finding, suggest.best, "");
}

/* Told once, with what has to be given: `bucket(LO, HI, SIZE)`. */
static bool report_lacking(edi_checker *checker, const placement *p, unsigned at) {
  char storage[256];
  edi_buf form = edi_buf_fixed(storage, sizeof storage);
  for (unsigned i = 0; i < p->count && !p->parameters[i].has_fallback; i++) {
    edi_str name = p->parameters[i].name;
    if (i) edi_buf_text(&form, ", ");
    if (p->parameters[i].type == EDI_PARAMETER_PATTERN) edi_buf_text(&form, "/PATTERN/");
    else if (p->parameters[i].type == EDI_PARAMETER_ROW) edi_buf_text(&form, "row[TAG]");
    else if (p->parameters[i].type == EDI_PARAMETER_TEXT) edi_buf_text(&form, "\"TEXT\"");
    else
      for (size_t c = 0; c < name.len; c++) edi_buf_char(&form, (char)(name.ptr[c] - 'a' + 'A'));
  }
  edi_finding *finding = report_argument(checker, p, p->use->span,
                                         edi_checker_text(checker, "lacks its `%.*s`", EDI_STR_ARG(p->parameters[at].name)));
  edi_finding_fix(finding, false, "%.*s(%.*s)", EDI_STR_ARG(p->use->name.text), (int)form.len, form.ptr);
  return true;
}

void edi_check_transform(edi_checker *checker, edi_transform_use *use) {
  placement p = {.use = use};
  unsigned position = 0;
  size_t before = checker->errors;
  use->key = EDI_NONE;
  use->id = edi_transform_by_name(use->name.text);
  if (use->id == EDI_TRANSFORM_NONE) {
    no_transform(checker, use);
    return;
  }
  while (p.count < EDI_PARAMETERS_MOST && edi_transform_parameter(use->id, p.count, &p.parameters[p.count])) p.count++;
  bool placed = true;
  for (size_t i = 0; i < use->argument_count; i++) {
    const edi_argument *argument = &use->arguments[i];
    unsigned at = place_argument(checker, &p, argument, position);
    if (argument->name.text.len == 0) position++;
    if (at == p.count) placed = false;
    else if (p.given[at]) report_argument(checker, &p, argument->value->span, "is given this argument twice");
    else p.given[at] = argument;
  }
  bool lacks = false;
  for (unsigned i = 0; i < p.count; i++) {
    if (p.given[i]) check_argument(checker, &p, i);
    else if (placed && !lacks && !p.parameters[i].has_fallback) lacks = report_lacking(checker, &p, i);
  }
  check_substitution(checker, &p);
  if (placed && checker->errors == before) check_together(checker, &p);
}

/* ---- mask lines ---- */

void edi_check_masks(edi_checker *checker, edi_rule_decl *rule) {
  static const edi_place column = {"`mask`", EDI_READS_COLUMN, NULL};
  static const edi_place condition = {
      "the `if` of a mask",
      EDI_READS_PRODUCT | EDI_READS_SUBJECT | EDI_READS_CONTEXT | EDI_READS_NOW | EDI_READS_ROW | EDI_READS_TABLE,
      NULL};
  for (size_t i = 0; i < rule->mask_count; i++) {
    edi_mask_line *line = &rule->masks[i];
    edi_check_target(checker, line->column, &column);
    for (size_t j = 0; j < line->case_count; j++) {
      edi_check_transform(checker, &line->cases[j].with);
      if (line->cases[j].condition) edi_check_condition(checker, line->cases[j].condition, &condition);
    }
  }
}
