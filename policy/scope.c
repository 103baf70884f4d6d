/* Scope: rules, keys, tables, definitions and obligations by name, bare or qualified.
 *
 * In: what a model has of these. Out: numbers. A bare name is looked up in its module, then in
 * its own layer, then in the federal one; two of a layer are told apart by their qualified names.
 * Invariant: entries are sorted by bare name, the federal layer first, then by qualified name, so all
 * that share a bare name stand together and the order of files changes nothing. */
#include <stdlib.h>

#include "policy/checker.h"
#include "policy/index.h"

static const char *const words[EDI_SCOPED_COUNT] = {"rule", "key", "table", "definition", "obligation"};

edi_span edi_scope_span(const edi_model *model, edi_scope_kind scope, uint32_t number) {
  switch (scope) {
    case EDI_SCOPED_RULES: return model->rules[number].decl->name.span;
    case EDI_SCOPED_KEYS: return model->keys[number].span;
    case EDI_SCOPED_TABLES: return model->tables[number].span;
    case EDI_SCOPED_DEFINITIONS: return model->definitions[number].span;
    case EDI_SCOPED_OBLIGATIONS: return model->obligations[number].span;
    case EDI_SCOPED_COUNT: break;
  }
  return EDI_SPAN_NONE;
}

const char *edi_scope_word(edi_scope_kind scope) { return words[scope]; }

size_t edi_scope_count(const edi_model *model, edi_scope_kind scope) {
  switch (scope) {
    case EDI_SCOPED_RULES: return model->rules_count;
    case EDI_SCOPED_KEYS: return model->keys_count;
    case EDI_SCOPED_TABLES: return model->tables_count;
    case EDI_SCOPED_DEFINITIONS: return model->definitions_count;
    case EDI_SCOPED_OBLIGATIONS: return model->obligations_count;
    case EDI_SCOPED_COUNT: break;
  }
  return 0;
}

edi_str edi_scope_name(const edi_model *model, edi_scope_kind scope, uint32_t number) {
  switch (scope) {
    case EDI_SCOPED_RULES: return model->rules[number].decl->qualified;
    case EDI_SCOPED_KEYS: return model->keys[number].name;
    case EDI_SCOPED_TABLES: return model->tables[number].name;
    case EDI_SCOPED_DEFINITIONS: return model->definitions[number].name;
    case EDI_SCOPED_OBLIGATIONS: return model->obligations[number].name;
    case EDI_SCOPED_COUNT: break;
  }
  return (edi_str){NULL, 0};
}

/* ---- building ---- */

/* Plain names have no dots, so the last one of a qualified name ends its module. */
static size_t module_length(edi_str qualified) {
  size_t at = qualified.len;
  while (at > 0 && qualified.ptr[at - 1] != '.') at--;
  return at;
}

static edi_str after(edi_str text, size_t at) {
  return (edi_str){text.ptr + at, text.len - at};
}

static void add(edi_checker *checker, edi_scope_kind kind, edi_str qualified, size_t number, bool domain) {
  edi_scope *scope = &checker->scopes[kind];
  void *items = scope->entries;
  if (qualified.len == 0) return; /* a declaration whose name could not be read */
  if (!edi_arena_regrow(&checker->scratch, &items, &scope->capacity, scope->count, sizeof *scope->entries)) {
    checker->failed = true;
    return;
  }
  scope->entries = items;
  scope->entries[scope->count++] = (edi_scope_entry){
      .bare = after(qualified, module_length(qualified)), .qualified = qualified, .number = (uint32_t)number,
      .domain = domain};
}

static int compare_entries(const void *a, const void *b) {
  const edi_scope_entry *x = a, *y = b;
  int order = edi_str_compare(x->bare, y->bare);
  if (order == 0) order = (int)x->domain - (int)y->domain;
  if (order == 0) order = edi_str_compare(x->qualified, y->qualified);
  return order ? order : x->number < y->number ? -1 : x->number > y->number;
}

static void add_rules(edi_checker *checker) {
  const edi_model *model = checker->model;
  for (size_t i = 0; i < model->rules_count; i++)
    add(checker, EDI_SCOPED_RULES, model->rules[i].decl->qualified, i, model->rules[i].domain);
}

void edi_scopes_build(edi_checker *checker, bool rules) {
  const edi_model *model = checker->model;
  for (size_t i = 0; i < EDI_SCOPED_COUNT; i++) checker->scopes[i].count = 0;
  if (rules) add_rules(checker);
  for (size_t i = 0; i < model->keys_count; i++)
    add(checker, EDI_SCOPED_KEYS, model->keys[i].name, i, model->keys[i].domain);
  for (size_t i = 0; i < model->tables_count; i++)
    add(checker, EDI_SCOPED_TABLES, model->tables[i].name, i, model->tables[i].domain);
  for (size_t i = 0; i < model->definitions_count; i++)
    add(checker, EDI_SCOPED_DEFINITIONS, model->definitions[i].name, i, model->definitions[i].domain);
  for (size_t i = 0; i < model->obligations_count; i++)
    add(checker, EDI_SCOPED_OBLIGATIONS, model->obligations[i].name, i, model->obligations[i].domain);
  for (size_t i = 0; i < EDI_SCOPED_COUNT; i++) {
    edi_scope *scope = &checker->scopes[i];
    if (scope->count) qsort(scope->entries, scope->count, sizeof *scope->entries, compare_entries);
  }
}

bool edi_scopes_names_rules(const edi_model *model) {
  bool named = model->tests_count > 0;
  for (size_t i = 0; i < model->rules_count && !named; i++) named = model->rules[i].decl->more->exempts.count > 0;
  return named;
}

/* Puts the rule's name among those seen; true if it is there, or if that cannot be told at once. */
static bool seen(const edi_model *model, uint32_t *slots, size_t mask, uint32_t rule) {
  enum { PROBES_MOST = 64 };
  edi_str name = model->rules[rule].decl->qualified;
  size_t at = edi_str_hash(name) & mask;
  for (unsigned i = 0; i < PROBES_MOST; i++, at = (at + 1) & mask) {
    if (!slots[at]) {
      slots[at] = rule + 1;
      return false;
    }
    if (edi_str_equal(model->rules[slots[at] - 1].decl->qualified, name)) return true;
  }
  return true;
}

bool edi_scopes_may_clash(edi_checker *checker) {
  const edi_model *model = checker->model;
  size_t size = 64;
  bool clash = false;
  if (model->domain.len > 0) return true; /* what hides a federal rule shares its bare name alone */
  while (size < 2 * model->rules_count) size *= 2;
  uint32_t *slots = EDI_NEW_ARRAY(&checker->scratch, uint32_t, size);
  if (!slots) checker->failed = true;
  for (size_t i = 0; slots && i < model->rules_count && !clash; i++)
    clash = model->rules[i].decl->qualified.len > 0 && seen(model, slots, size - 1, (uint32_t)i);
  return clash;
}

/* ---- declared twice, hidden ---- */

static void report_twice(edi_checker *checker, edi_scope_kind kind, const edi_scope_entry *first,
                         const edi_scope_entry *second) {
  edi_finding *finding =
      EDI_REPORT(checker, EDI_E0201, edi_scope_span(checker->model, kind, second->number), "the second one",
                 "the %s `%.*s` is declared twice", words[kind], EDI_STR_ARG(second->qualified));
  edi_finding_label(finding, edi_scope_span(checker->model, kind, first->number), "the first one");
  edi_finding_fix(finding, false, "give one of the two another name");
}

static void report_hides(edi_checker *checker, edi_scope_kind kind, const edi_scope_entry *federal,
                         const edi_scope_entry *own) {
  edi_finding *finding =
      EDI_REPORT(checker, EDI_E0303, edi_scope_span(checker->model, kind, own->number), "the domain's",
                 "the %s `%.*s` of the domain hides a federal one", words[kind], EDI_STR_ARG(own->bare));
  edi_finding_label(finding, edi_scope_span(checker->model, kind, federal->number), "`%.*s`",
                    EDI_STR_ARG(federal->qualified));
  edi_finding_why(finding, "a federal name means the same thing in every domain");
  edi_finding_fix(finding, false, "rename the domain's %s", words[kind]);
}

void edi_scopes_check(edi_checker *checker) {
  for (size_t k = 0; k < EDI_SCOPED_COUNT; k++) {
    const edi_scope *scope = &checker->scopes[k];
    size_t federal = 0; /* one past the federal entry of the same bare name, 0: none */
    for (size_t i = 1; i < scope->count; i++) {
      const edi_scope_entry *before = &scope->entries[i - 1], *entry = &scope->entries[i];
      bool same = edi_str_equal(before->bare, entry->bare);
      if (!same) federal = 0;
      else if (!before->domain) federal = i;
      if (same && edi_str_equal(before->qualified, entry->qualified))
        report_twice(checker, (edi_scope_kind)k, before, entry);
      else if (federal && entry->domain)
        report_hides(checker, (edi_scope_kind)k, &scope->entries[federal - 1], entry);
    }
  }
}

/* ---- finding ---- */

static const edi_scope_entry *first_of(const edi_scope *scope, edi_str bare, size_t *count) {
  size_t low = 0, high = scope->count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (edi_str_compare(scope->entries[middle].bare, bare) < 0) low = middle + 1;
    else high = middle;
  }
  *count = 0;
  if (scope->count == 0) return NULL;
  while (low + *count < scope->count && edi_str_equal(scope->entries[low + *count].bare, bare)) ++*count;
  return scope->entries + low;
}

static const edi_scope_entry *find_qualified(const edi_checker *checker, const edi_scope *scope, edi_str text) {
  size_t count;
  const edi_scope_entry *entries = first_of(scope, after(text, module_length(text)), &count);
  for (size_t i = 0; i < count; i++)
    if ((checker->domain || !entries[i].domain) && edi_str_equal(entries[i].qualified, text)) return &entries[i];
  return NULL;
}

static bool in_module(const edi_scope_entry *entry, edi_str module) {
  size_t length = module_length(entry->qualified);
  return length == module.len + 1 && edi_str_starts(entry->qualified, module);
}

/* The entry a name means; *other is a second one that it could mean as well, or NULL. */
static const edi_scope_entry *find(const edi_checker *checker, edi_scope_kind kind, edi_str text,
                                   const edi_scope_entry **other) {
  const edi_scope *scope = &checker->scopes[kind];
  *other = NULL;
  if (module_length(text) > 0) return find_qualified(checker, scope, text);
  size_t count;
  const edi_scope_entry *entries = first_of(scope, text, &count), *found = NULL;
  for (size_t i = 0; i < count; i++)
    if (checker->file && in_module(&entries[i], checker->file->module.text)) return &entries[i];
  for (int domain = checker->domain; domain >= 0 && !found; domain--) {
    for (size_t i = 0; i < count; i++) {
      if (entries[i].domain != (domain != 0)) continue;
      if (!found) found = &entries[i];
      else if (!edi_str_equal(entries[i].qualified, found->qualified)) *other = &entries[i]; /* declared twice: that was told */
    }
  }
  return found;
}

uint32_t edi_scope_find(const edi_checker *checker, edi_scope_kind kind, edi_str text) {
  const edi_scope_entry *other, *found = find(checker, kind, text, &other);
  return found ? found->number : EDI_NONE;
}

static void report_ambiguous(edi_checker *checker, edi_scope_kind kind, edi_str text, edi_span span,
                             const edi_scope_entry *one, const edi_scope_entry *other) {
  edi_finding *finding = EDI_REPORT(checker, EDI_E0208, span, "which one?",
                                    "more than one %s is called `%.*s`", words[kind], EDI_STR_ARG(text));
  const edi_scope_entry *both[] = {one, other};
  for (size_t i = 0; i < 2; i++)
    edi_finding_label(finding, edi_scope_span(checker->model, kind, both[i]->number), "`%.*s`",
                      EDI_STR_ARG(both[i]->qualified));
  edi_finding_fix(finding, false, "%.*s", EDI_STR_ARG(one->qualified));
}

void edi_scope_offer(const edi_checker *checker, edi_scope_kind kind, edi_suggest *suggest) {
  const edi_scope *scope = &checker->scopes[kind];
  bool qualified = module_length(suggest->wanted) > 0;
  for (size_t i = 0; i < scope->count; i++) {
    const edi_scope_entry *entry = &scope->entries[i];
    if (entry->domain && !checker->domain) continue;
    edi_suggest_offer(suggest, qualified ? entry->qualified : entry->bare,
                      edi_scope_span(checker->model, kind, entry->number));
  }
}

/* `NAME(...)` is a definition, a function, or the beginning of a table's value. */
static void note_call(const edi_checker *checker, edi_finding *finding, edi_suggest *suggest) {
  static const edi_str functions[] = {{"lower", 5}, {"length", 6}, {"weekday", 7}, {"time-of-day", 11}};
  if (edi_hint_of_name(finding, EDI_E0207, "a function", suggest->wanted)) return;
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
    edi_suggest_offer(suggest, functions[i], EDI_SPAN_NONE);
  if (edi_scope_find(checker, EDI_SCOPED_TABLES, suggest->wanted) != EDI_NONE)
    edi_finding_note(finding, "a value of a table is written `table(keys).column`");
  else if (!suggest->best.name.ptr)
    edi_finding_note(finding, "the functions are lower, length, weekday and time-of-day");
}

static void report_missing(edi_checker *checker, edi_scope_kind kind, edi_str text, edi_span span) {
  edi_finding *finding = EDI_REPORT(checker, EDI_E0207, span, "not declared", "there is no %s `%.*s`",
                                    words[kind], EDI_STR_ARG(text));
  edi_suggest suggest;
  if (!edi_checker_suggests(checker)) return;
  edi_suggest_init(&suggest, text);
  edi_scope_offer(checker, kind, &suggest);
  if (kind == EDI_SCOPED_DEFINITIONS) note_call(checker, finding, &suggest);
  edi_finding_near(finding, suggest.best, "");
}

uint32_t edi_scope_resolve(edi_checker *checker, edi_scope_kind kind, edi_str text, edi_span span) {
  const edi_scope_entry *other, *found = find(checker, kind, text, &other);
  if (!found) report_missing(checker, kind, text, span);
  else if (other) report_ambiguous(checker, kind, text, span, found, other);
  else edi_index_note(checker->model->index, EDI_INDEX_SCOPED + (unsigned)kind, found->number, found->bare, span);
  return found && !other ? found->number : EDI_NONE;
}
