/* Hints: what somebody meant who wrote one thing where the grammar expects another. See hints.def. */
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

static bool fits(const hint *h, edi_code code, const char *what, const edi_token *token, edi_str text) {
  if (h->code != code || strncmp(what, h->expected, strlen(h->expected)) != 0) return false;
  return ends_with(h->found, kind_of(token)) || (token->kind != EDI_TOKEN_STRING && lists(h->found, text));
}

void edi_parser_hint(edi_parser *parser, edi_finding *finding, edi_code code, const char *what) {
  const edi_token *token = &parser->token;
  edi_str text = edi_parser_text(parser, token->span);
  for (size_t i = 0; i < sizeof hints / sizeof *hints; i++) {
    const hint *h = &hints[i];
    if (!fits(h, code, what, token, text)) continue;
    const char *place = strstr(h->fix, "%s");
    if (!place) edi_finding_fix(finding, false, "%s", h->fix);
    else if (text.len <= SHOWN_MOST) edi_finding_fix(finding, false, "%.*s%.*s%s", (int)(place - h->fix), h->fix, EDI_STR_ARG(text), place + 2);
    return;
  }
}
