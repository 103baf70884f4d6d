/* Check door: see the header. */
#include "support/check_door.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/emit.h"
#include "support/hostile.h"

#define BASE "tests/golden/check/base/"

static void fail(const char *what) {
  fprintf(stderr, "check door: %s\n", what);
  abort();
}

/* ---- what an accepted tree holds ---- */

static bool needs_symbol(edi_expr_kind kind) {
  return kind == EDI_EXPR_NODE || kind == EDI_EXPR_LEVEL || kind == EDI_EXPR_ATTR || kind == EDI_EXPR_ROW_TAG ||
         kind == EDI_EXPR_IN_TABLE || kind == EDI_EXPR_TABLE_VALUE;
}

static void complete_expr(const edi_expr *expr) {
  if (!expr) return;
  if (expr->kind == EDI_EXPR_NAME || expr->kind == EDI_EXPR_CALL) fail("a name that was not resolved");
  if (expr->type == EDI_TYPE_NONE) fail("an expression without a type");
  if (needs_symbol(expr->kind) && expr->symbol == EDI_NONE) fail("an expression without its symbol");
  if (expr->kind == EDI_EXPR_TABLE_VALUE && edi_expr_more_of(expr)->value_column == EDI_NONE) fail("a value of no column");
  for (size_t i = 0; i < expr->operand_count; i++) complete_expr(expr->operands[i]);
}

static void complete_transform(const edi_transform_use *use) {
  if (use->id == EDI_TRANSFORM_NONE) fail("a transform without its number");
  if (use->id == EDI_TRANSFORM_PSEUDONYM && use->key == EDI_NONE) fail("a pseudonym without its key");
}

static void complete_rule(const edi_rule_decl *rule) {
  if (rule->qualified.len == 0 || rule->effect == EDI_EFFECT_NONE) fail("a rule without a name or an effect");
  for (size_t i = 0; i < rule->actions.count; i++)
    if (!rule->action_nodes || rule->action_nodes[i] == EDI_NONE) fail("an action without its node");
  if (rule->effect == EDI_EFFECT_DELEGATE && rule->more->delegate_node == EDI_NONE) fail("a delegate to nobody");
  const edi_expr *const parts[] = {rule->target,       rule->more->where,    rule->when, rule->unless, rule->more->require,
                                   rule->more->retain_while, rule->more->duration, rule->more->after};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) complete_expr(parts[i]);
  for (size_t i = 0; i < rule->mask_count; i++) {
    complete_expr(rule->masks[i].column);
    for (size_t j = 0; j < rule->masks[i].case_count; j++) {
      complete_transform(&rule->masks[i].cases[j].with);
      complete_expr(rule->masks[i].cases[j].condition);
    }
  }
}

void check_door_complete(const edi_model *model) {
  for (size_t i = 0; i < model->rules_count; i++) complete_rule(model->rules[i].decl);
  for (size_t i = 0; i < model->attrs_count; i++) {
    if (model->attrs[i].type == EDI_TYPE_NONE) fail("an attribute without a type");
    complete_expr(model->attrs[i].fallback);
  }
  for (size_t i = 0; i < model->nodes_count; i++) {
    const edi_sym_node *node = &model->nodes[i];
    if (node->kind >= model->kinds_count || node->end <= i || node->end > model->nodes_count) fail("a node out of place");
    if (node->parent == EDI_NONE) continue;
    if (node->parent >= i || !edi_model_below(model, (uint32_t)i, node->parent) ||
        !edi_model_below(model, node->end - 1, node->parent))
      fail("a node that is not below its parent");
  }
}

/* What the checker accepts is a program that the verifier accepts. */
static void verify(edi_arena *arena, edi_model *model, edict_diagnostics *d) {
  edi_buf bytes;
  edi_program program;
  for (size_t i = 0; i < model->rules_count; i++) {
    edi_rule_decl *rule = model->rules[i].decl;
    edi_diagnostics_locate(d, rule->span.source, rule->span.begin, &rule->line, &rule->column);
  }
  edi_buf_init(&bytes, NULL, (size_t)64 * 1024 * 1024);
  edi_excess excess;
  uint64_t cost;
  edict_status status = edi_emit(arena, model, false, &bytes, &cost, &excess);
  void *aligned = status == EDICT_OK ? edi_arena_alloc(arena, bytes.len) : NULL;
  if (aligned) {
    memcpy(aligned, bytes.ptr, bytes.len);
    status = edi_program_verify(aligned, bytes.len, arena, &program, d);
  }
  edi_buf_fini(&bytes);
  if (status != EDICT_OK && status != EDICT_LIMIT && status != EDICT_MEMORY)
    fail("a program that is not verified comes of an accepted tree");
}

/* ---- the door ---- */

static edi_str load(const char *path) {
  size_t length = 0;
  char *text = hostile_read(path, &length);
  if (!text) fail(path);
  return (edi_str){text, length};
}

static edict_status check(edi_arena *arena, bool domain, edi_str text, edict_diagnostics *d) {
  static edi_str vocabulary, second, contract_text;
  if (!vocabulary.ptr) {
    vocabulary = load(BASE "vocabulary.edict");
    second = load(BASE "second.edict");
    contract_text = load(BASE "orders.odcs.yaml");
  }
  edi_file_ast *files[3];
  edi_model *model;
  edi_contract_ast *contract;
  if (edi_parse(arena, EDI_STR("vocabulary.edict"), vocabulary, &files[0], d) != EDICT_OK ||
      edi_parse(arena, EDI_STR("second.edict"), second, &files[1], d) != EDICT_OK)
    fail("the vocabulary does not parse");
  edict_status parsed = edi_parse(arena, EDI_STR("input.edict"), text, &files[2], d);
  if (parsed != EDICT_OK && parsed != EDICT_FINDINGS) return parsed;
  edict_status names = edi_check_declarations(arena, files, 3, domain ? 2 : 3, domain ? EDI_STR("sales") : EDI_STR(""),
                                              &model, d);
  if (names != EDICT_OK && names != EDICT_FINDINGS) return names;
  if (domain && names == EDICT_OK &&
      (edi_contract_parse(arena, EDI_STR("orders.odcs.yaml"), contract_text, &contract, d) != EDICT_OK ||
       edi_contract_resolve_all(arena, model, &contract, 1, d) != EDICT_OK))
    return EDICT_FINDINGS; /* a domain's own attributes may ask more of the contract than it says */
  edict_status rules = edi_check_rules(model, d);
  if (rules != EDICT_OK) return rules;
  if (names != EDICT_OK) return names;
  if (parsed != EDICT_OK) return parsed;
  check_door_complete(model);
  verify(arena, model, d);
  return EDICT_OK;
}

edict_status check_door(const char *name, const char *bytes, size_t length, edict_diagnostics *findings) {
  static const edi_str prefix = {"module sales", 12};
  edi_str text = {bytes, length};
  const char *file = strrchr(name, '/') ? strrchr(name, '/') + 1 : name;
  bool domain = *file ? strncmp(file, "sales", 5) == 0 : edi_str_starts(text, prefix);
  edi_arena arena;
  edi_arena_init(&arena, NULL, (size_t)256 * 1024 * 1024);
  edict_status status = check(&arena, domain, text, findings);
  edi_arena_fini(&arena);
  if (status == EDICT_OK && edict_diagnostics_errors(findings) > 0) fail("accepted, with errors");
  if (status == EDICT_FINDINGS && edict_diagnostics_errors(findings) == 0) fail("refused, without an error");
  return status;
}
