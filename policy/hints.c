/* Hints: what somebody meant who wrote one thing where another is expected, or a name from elsewhere. See hints.def. */
#include "policy/checker.h"
#include "policy/parser.h"

typedef struct hint { edi_code code; const char *expected, *found, *fix; } hint;

static const hint hints[] = {
#define HINT(code, expected, found, fix) {EDI_##code, expected, found, fix},
#include "policy/hints.def"
#undef HINT
};

enum { SHOWN_MOST = 60 };

static const char *kind_of(const edi_token *token) {
  switch ((int)token->kind) {
    case EDI_TOKEN_STRING: return "a string";
    case EDI_TOKEN_INT:
    case EDI_TOKEN_DECIMAL: return "a number";
    case EDI_TOKEN_WORD: return token->word == EDI_WORD_NONE ? "a word" : "";
    default: return "";
  }
}

/* Whether one of the words, which blanks part, is the token's text. */
static bool lists(const char *words, edi_str text) {
  while (*words) {
    size_t length = strcspn(words, " ");
    if (edi_str_compare_caseless(text, (edi_str){words, length}) == 0) return true;
    words += length + (words[length] == ' ');
  }
  return false;
}

static bool ends_with(const char *words, const char *kind) {
  size_t all = strlen(words), one = strlen(kind);
  return one > 0 && all >= one && strcmp(words + all - one, kind) == 0;
}

static bool fits(const hint *h, edi_code code, const char *what, const char *kind, bool named, edi_str text) {
  if (h->code != code || strncmp(what, h->expected, strlen(h->expected)) != 0) return false;
  return ends_with(h->found, "anything") || ends_with(h->found, kind) || (named && lists(h->found, text));
}

/* `kind`: of what was found, a word or so; `named`: whether its text counts. NULL: nothing is known of it. */
static const hint *find(edi_code code, const char *what, const char *kind, bool named, edi_str text) {
  for (size_t i = 0; i < sizeof hints / sizeof *hints; i++)
    if (fits(&hints[i], code, what, kind, named, text)) return &hints[i];
  return NULL;
}

static bool say(edi_finding *finding, const hint *h, edi_str text) {
  const char *place = h ? strstr(h->fix, "%s") : NULL;
  if (h && !place) edi_finding_fix(finding, false, "%s", h->fix);
  else if (place && text.len <= SHOWN_MOST) edi_finding_fix(finding, false, "%.*s%.*s%s", (int)(place - h->fix), h->fix, EDI_STR_ARG(text), place + 2);
  return h != NULL;
}

static const hint *find_at(const edi_parser *parser, edi_code code, const char *what) {
  const edi_token *token = &parser->token;
  return find(code, what, kind_of(token), token->kind != EDI_TOKEN_STRING, edi_parser_text(parser, token->span));
}

bool edi_parser_has_hint(const edi_parser *parser, edi_code code, const char *what) { return find_at(parser, code, what) != NULL; }

void edi_parser_hint(edi_parser *parser, edi_finding *finding, edi_code code, const char *what) {
  (void)say(finding, find_at(parser, code, what), edi_parser_text(parser, parser->token.span));
}

void edi_parser_hint_at_end(edi_finding *finding, edi_code code, const char *what) {
  (void)say(finding, find(code, what, "the end", false, EDI_STR("")), EDI_STR(""));
}

bool edi_hint_of_name(edi_finding *finding, edi_code code, const char *what, edi_str name) {
  return say(finding, find(code, what, "", true, name), name);
}
