/* Disassemble: a verified program as text for people, the same bytes for the same program.
 *
 * Symbols first, then rules with their masks and codes, then contracts. A code is listed where it
 * is named first; later places refer to it by number. All text from the program is escaped. The
 * walk stops when the buffer is full, so that shared lists cannot make it long. */
#include "base/calendar.h"
#include "base/decimal.h"
#include "bundle/guard.h"
#include "bundle/limits.h"
#include "bundle/opcode.h"
#include "bundle/program.h"

typedef struct listing {
  const edi_program *p;
  edi_buf *out;
  unsigned char *listed; /* by code: whether it has been listed */
} listing;

static bool full(const listing *l) { return l->out->failed != EDICT_OK; }

/* ---- texts and types ---- */

static void put(listing *l, const char *text) { edi_buf_text(l->out, text); }

static void put_name(listing *l, edi_ref ref) {
  edi_buf_escaped(l->out, edi_program_string(l->p, ref), EDI_LIMIT_STRING);
}

static void put_quoted(listing *l, edi_str s) {
  edi_buf_char(l->out, '"');
  for (size_t at = 0; at < s.len && !full(l);) {
    size_t end = at;
    while (end < s.len && s.ptr[end] != '"' && s.ptr[end] != '\\') end++;
    edi_buf_escaped(l->out, (edi_str){s.ptr + at, end - at}, EDI_LIMIT_STRING);
    if (end < s.len) edi_buf_format(l->out, "\\%c", s.ptr[end++]);
    at = end;
  }
  edi_buf_char(l->out, '"');
}

/* ` word "text"`, or nothing for an empty text. */
static void put_field(listing *l, const char *word, edi_ref ref) {
  if (ref.len == 0) return;
  edi_buf_format(l->out, " %s ", word);
  put_quoted(l, edi_program_string(l->p, ref));
}

static void put_flag(listing *l, uint32_t flags, uint32_t flag, const char *word) {
  if (flags & flag) edi_buf_format(l->out, " %s", word);
}

static void put_node(listing *l, uint32_t node) {
  if (node == EDI_NONE) put(l, "-");
  else put_name(l, l->p->nodes[node].name);
}

static void put_type(listing *l, edi_type type) {
  uint32_t parameter = EDI_TYPE_PARAM(type);
  if (EDI_TYPE_IS_SET(type)) put(l, "set<");
  switch (EDI_TYPE_BASE(type)) {
    case EDI_TYPE_NODE: put_name(l, l->p->kinds[parameter].name); break;
    case EDI_TYPE_LEVEL: put_name(l, l->p->scales[parameter].name); break;
    case EDI_TYPE_ID:
      put(l, "id<");
      put_name(l, l->p->kinds[parameter].name);
      put(l, ">");
      break;
    default: put(l, edi_type_base_name(EDI_TYPE_BASE(type))); break;
  }
  if (EDI_TYPE_IS_SET(type)) put(l, ">");
}

static const char *entity_name(uint32_t entity) {
  static const char *const names[] = {"product", "dataset", "column", "subject", "context"};
  return entity < sizeof names / sizeof *names ? names[entity] : "?";
}

static void put_attr(listing *l, uint32_t attr) {
  uint32_t entity = l->p->attrs[attr].entity;
  if (entity < EDI_ENTITY_RESOURCE) put(l, entity_name(entity));
  else put_name(l, l->p->resources[entity - EDI_ENTITY_RESOURCE].name);
  put(l, ".");
  put_name(l, l->p->attrs[attr].name);
}

/* ---- constants and lists ---- */

static edi_str text_of(const listing *l, const edi_const *c) {
  return edi_program_string(l->p, (edi_ref){(uint32_t)c->value, c->aux});
}

static void put_scalar(listing *l, const edi_const *c) {
  switch (EDI_TYPE_BASE(c->type)) {
    case EDI_TYPE_BOOL: put(l, c->value ? "true" : "false"); break;
    case EDI_TYPE_DECIMAL:
      edi_decimal_format(l->out, (edi_decimal){c->value, (uint8_t)c->aux});
      break;
    case EDI_TYPE_TIMESTAMP: edi_timestamp_format(l->out, c->value); break;
    case EDI_TYPE_DATE: edi_date_format(l->out, c->value); break;
    case EDI_TYPE_DURATION:
      edi_buf_format(l->out, "%lld %s", (long long)c->value, c->aux ? "months" : "micros");
      break;
    case EDI_TYPE_NODE: put_node(l, (uint32_t)c->value); break;
    case EDI_TYPE_LEVEL: put_name(l, l->p->levels[c->value].name); break;
    case EDI_TYPE_STRING:
    case EDI_TYPE_ID: put_quoted(l, text_of(l, c)); break;
    case EDI_TYPE_IP:
      put(l, "ip ");
      edi_hex_append(l->out, text_of(l, c).ptr, c->aux);
      break;
    default: edi_buf_format(l->out, "%lld", (long long)c->value); break;
  }
}

static void put_const(listing *l, uint32_t index) {
  const edi_const *c = &l->p->consts[index];
  if (!EDI_TYPE_IS_SET(c->type)) {
    put_scalar(l, c);
    return;
  }
  put(l, "[");
  for (uint32_t i = 0; i < c->aux && !full(l); i++) {
    if (i > 0) put(l, ", ");
    put_scalar(l, &l->p->consts[l->p->lists[(uint32_t)c->value + i]]);
  }
  put(l, "]");
}

static void put_nodes(listing *l, edi_range nodes) {
  for (uint32_t i = 0; i < nodes.count && !full(l); i++) {
    if (i > 0) put(l, ", ");
    put_node(l, l->p->lists[nodes.first + i]);
  }
}

/* ---- symbols ---- */

static void list_node(listing *l, uint32_t index, unsigned depth) {
  const edi_node *node = &l->p->nodes[index];
  edi_buf_format(l->out, "  %*s%u ", (int)(2 * depth), "", (unsigned)index);
  put_name(l, node->name);
  if (node->type != EDI_TYPE_NONE) {
    put(l, ": ");
    put_type(l, node->type);
  }
  put_flag(l, node->flags, EDI_IMPORTED, "imported");
  put_flag(l, node->flags, EDI_NODE_ABSTRACT, "abstract");
  put_flag(l, node->flags, EDI_NODE_OPEN, "open");
  if (depth == 0 && node->parent != EDI_NONE) {
    put(l, " below ");
    put_node(l, node->parent);
  }
  put_field(l, "title", node->title);
  put(l, "\n");
}

static void list_kind(listing *l, const edi_kind *kind) {
  put(l, kind->flags & EDI_KIND_ID ? "kind of id " : "taxonomy ");
  put_name(l, kind->name);
  put_flag(l, kind->flags, EDI_IMPORTED, "imported");
  put(l, "\n");
  uint32_t ends[EDI_LIMIT_EXPRESSION_DEPTH];
  unsigned depth = 0;
  for (uint32_t i = kind->nodes.first; i < kind->nodes.first + kind->nodes.count && !full(l); i++) {
    while (depth > 0 && ends[depth - 1] <= i) depth--;
    list_node(l, i, depth);
    if (depth < EDI_LIMIT_EXPRESSION_DEPTH) ends[depth++] = l->p->nodes[i].end;
  }
}

static void list_scale(listing *l, const edi_scale *scale) {
  put(l, "levels ");
  put_name(l, scale->name);
  put_flag(l, scale->flags, EDI_IMPORTED, "imported");
  for (uint32_t i = 0; i < scale->levels.count && !full(l); i++) {
    put(l, i == 0 ? ": " : " < ");
    put_name(l, l->p->levels[scale->levels.first + i].name);
  }
  put(l, "\n");
}

static void list_resource(listing *l, const edi_resource *resource) {
  put(l, "resource ");
  put_name(l, resource->name);
  put_flag(l, resource->flags, EDI_IMPORTED, "imported");
  put(l, "\n");
}

static void list_attr(listing *l, uint32_t index) {
  const edi_attr *attr = &l->p->attrs[index];
  edi_buf_format(l->out, "attribute %u ", (unsigned)index);
  put_attr(l, index);
  put(l, ": ");
  put_type(l, attr->type);
  put_flag(l, attr->flags, EDI_IMPORTED, "imported");
  put_flag(l, attr->flags, EDI_ATTR_OPTIONAL, "optional");
  put_flag(l, attr->flags, EDI_ATTR_BUILTIN, "built-in");
  put_field(l, "from", attr->path);
  if (attr->fallback != EDI_NONE) {
    put(l, " else ");
    put_const(l, attr->fallback);
  }
  put(l, "\n");
}

static void list_claim(listing *l, const edi_claim *claim) {
  put(l, "  ");
  put_attr(l, claim->attr);
  put_field(l, "from", claim->path);
  if (claim->within != EDI_NONE) {
    put(l, " within ");
    put_node(l, claim->within);
  }
  for (uint32_t i = 0; i < claim->map.count && !full(l); i++) {
    const edi_claimmap *map = &l->p->claimmaps[claim->map.first + i];
    put(l, i == 0 ? " " : ", ");
    put_quoted(l, edi_program_string(l->p, map->text));
    put(l, " as ");
    put_node(l, map->node);
  }
  put_flag(l, claim->flags, EDI_CLAIM_IGNORE_OTHERS, "ignore others");
  put(l, "\n");
}

static void list_issuer(listing *l, const edi_issuer *issuer) {
  put(l, "issuer ");
  put_name(l, issuer->name);
  put_flag(l, issuer->flags, EDI_ISSUER_HOST, "(the host vouches)");
  put_field(l, "url", issuer->url);
  put_field(l, "audience", issuer->audience);
  put_field(l, "keys", issuer->keys);
  for (size_t i = 0; i < edi_algorithm_count(); i++)
    put_flag(l, issuer->algorithms, edi_algorithm_at(i)->bit, edi_algorithm_at(i)->name);
  put_flag(l, issuer->flags, EDI_ISSUER_KEYS_FROM_HOST, "keys from host");
  put_flag(l, issuer->tokens, EDI_TOKENS_ACCESS, "access");
  put_flag(l, issuer->tokens, EDI_TOKENS_WORKLOAD, "workload");
  put_flag(l, issuer->tokens, EDI_TOKENS_JWT, "jwt");
  if (issuer->revoked != EDI_NONE) put_field(l, "revoked in", l->p->tables[issuer->revoked].name);
  put(l, "\n");
  for (uint32_t i = 0; i < issuer->claims.count && !full(l); i++)
    list_claim(l, &l->p->claims[issuer->claims.first + i]);
}

static void list_key(listing *l, const edi_key *key) {
  static const char *const scopes[] = {"?",       "query",  "reader",    "purpose",
                                       "product", "domain", "federation"};
  put(l, "key ");
  put_name(l, key->name);
  put_flag(l, key->flags, EDI_IMPORTED, "imported");
  edi_buf_format(l->out, " joinable within %s", scopes[key->scope]);
  put_field(l, "title", key->title);
  put(l, "\n");
}

static void put_tablecols(listing *l, edi_range columns) {
  for (uint32_t i = 0; i < columns.count && !full(l); i++) {
    const edi_tablecol *column = &l->p->tablecols[columns.first + i];
    if (i > 0) put(l, ", ");
    put_name(l, column->name);
    put(l, ": ");
    put_type(l, column->type);
  }
}

static void list_table(listing *l, const edi_table *table) {
  put(l, "table ");
  put_name(l, table->name);
  put(l, " (");
  put_tablecols(l, table->keys);
  put(l, ")");
  if (table->values.count > 0) {
    put(l, " gives (");
    put_tablecols(l, table->values);
    put(l, ")");
  }
  put_flag(l, table->flags, EDI_IMPORTED, "imported");
  put_flag(l, table->flags, EDI_TABLE_COMPLETE, "complete");
  put(l, "\n");
}

static void list_obligation(listing *l, const edi_obligation *obligation) {
  put(l, "obligation ");
  put_name(l, obligation->name);
  put(l, "(");
  for (uint32_t i = 0; i < obligation->params.count && !full(l); i++) {
    const edi_param *param = &l->p->params[obligation->params.first + i];
    if (i > 0) put(l, ", ");
    put_name(l, param->name);
    put(l, ": ");
    put_type(l, param->type);
  }
  put(l, ")");
  put_flag(l, obligation->flags, EDI_IMPORTED, "imported");
  put(l, "\n");
}

static void list_symbols(listing *l) {
  const edi_program *p = l->p;
  for (uint32_t i = 0; i < p->kinds_count && !full(l); i++) list_kind(l, &p->kinds[i]);
  for (uint32_t i = 0; i < p->scales_count && !full(l); i++) list_scale(l, &p->scales[i]);
  for (uint32_t i = 0; i < p->resources_count && !full(l); i++) list_resource(l, &p->resources[i]);
  for (uint32_t i = 0; i < p->attrs_count && !full(l); i++) list_attr(l, i);
  for (uint32_t i = 0; i < p->issuers_count && !full(l); i++) list_issuer(l, &p->issuers[i]);
  for (uint32_t i = 0; i < p->keys_count && !full(l); i++) list_key(l, &p->keys[i]);
  for (uint32_t i = 0; i < p->tables_count && !full(l); i++) list_table(l, &p->tables[i]);
  for (uint32_t i = 0; i < p->obligations_count && !full(l); i++)
    list_obligation(l, &p->obligations[i]);
}

/* ---- codes ---- */

static void put_reads(listing *l, uint32_t reads) {
  static const char *const names[] = {"product", "column", "subject", "context",
                                      "now",     "row",    "table",   "resource"};
  put(l, ", reads");
  if (reads == 0) put(l, " nothing");
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (reads >> i & 1) edi_buf_format(l->out, " %s", names[i]);
}

static void put_rowslot(listing *l, uint32_t index) {
  const edi_rowslot *slot = &l->p->rowslots[index];
  put(l, slot->node == EDI_NONE ? "row." : "row[");
  if (slot->node == EDI_NONE) put_name(l, slot->name);
  else put_node(l, slot->node);
  put(l, slot->node == EDI_NONE ? ": " : "]: ");
  put_type(l, slot->type);
}

static void put_immediate(listing *l, edi_immediate kind, uint32_t imm) {
  const edi_program *p = l->p;
  switch (kind) {
    case EDI_IMMEDIATE_NONE: return;
    case EDI_IMMEDIATE_CONST: put_const(l, imm); return;
    case EDI_IMMEDIATE_TARGET: edi_buf_format(l->out, "-> %u", (unsigned)imm); return;
    case EDI_IMMEDIATE_ATTR: put_attr(l, imm); return;
    case EDI_IMMEDIATE_ROWSLOT: put_rowslot(l, imm); return;
    case EDI_IMMEDIATE_NODES: put_nodes(l, (edi_range){imm + 1, p->lists[imm]}); return;
    case EDI_IMMEDIATE_PATTERN:
      put_quoted(l, edi_program_string(p, p->patterns[imm].source));
      return;
    case EDI_IMMEDIATE_TABLE: put_name(l, p->tables[imm].name); return;
    case EDI_IMMEDIATE_TABLECOL:
      put_name(l, p->tables[p->tablecols[imm].table].name);
      put(l, ".");
      put_name(l, p->tablecols[imm].name);
      return;
    case EDI_IMMEDIATE_SCALE: put_name(l, p->scales[imm].name); return;
  }
}

static void list_instr(listing *l, uint32_t at, const edi_instr *instr) {
  const edi_opcode *opcode = &edi_opcodes[instr->op];
  edi_buf_format(l->out, "    %4u  %-14s", (unsigned)at, opcode->name);
  if (opcode->dst != EDI_OPERAND_NONE) edi_buf_format(l->out, " r%u", (unsigned)instr->dst);
  if (edi_operand_is_register(opcode->a)) edi_buf_format(l->out, " r%u", (unsigned)instr->a);
  if (opcode->a == EDI_OPERAND_ENTITY) edi_buf_format(l->out, " %s", entity_name(instr->a));
  if (edi_operand_is_register(opcode->b)) edi_buf_format(l->out, " r%u", (unsigned)instr->b);
  if (opcode->b == EDI_OPERAND_COUNT) edi_buf_format(l->out, " *%u", (unsigned)instr->b);
  if (opcode->imm != EDI_IMMEDIATE_NONE) put(l, " ");
  put_immediate(l, opcode->imm, instr->imm);
  put(l, "\n");
}

static void list_code(listing *l, const char *place, uint32_t code) {
  if (code == EDI_NONE || full(l)) return;
  const edi_routine *routine = &l->p->codes[code];
  edi_buf_format(l->out, "  %s: code %u", place, (unsigned)code);
  if (l->listed[code]) {
    put(l, ", listed above\n");
    return;
  }
  l->listed[code] = 1;
  put(l, ", ");
  put_type(l, routine->type);
  edi_buf_format(l->out, ", %u registers, cost %u", (unsigned)routine->registers,
                 (unsigned)routine->cost);
  put_reads(l, routine->reads);
  put(l, "\n");
  for (uint32_t i = 0; i < routine->instrs.count && !full(l); i++)
    list_instr(l, i, &l->p->instrs[routine->instrs.first + i]);
}

/* ---- rules ---- */

static void put_mask(listing *l, const edi_mask *mask) {
  bool first = true;
  put(l, edi_transform_name((edi_transform_id)mask->transform));
  put(l, "(");
  for (uint32_t i = 0; i < mask->args.count; i++, first = false) {
    if (!first) put(l, ", ");
    put_const(l, l->p->lists[mask->args.first + i]);
  }
  if (mask->key != EDI_NONE) {
    put(l, first ? "" : ", ");
    put_name(l, l->p->keys[mask->key].name);
    first = false;
  }
  if (mask->pattern != EDI_NONE) {
    put(l, first ? "pattern " : ", pattern ");
    put_quoted(l, edi_program_string(l->p, l->p->patterns[mask->pattern].source));
  }
  put(l, ")");
}

static void list_arm(listing *l, const edi_arm *arm) {
  list_code(l, "mask column", arm->column);
  for (uint32_t i = 0; i < arm->cases.count && !full(l); i++) {
    const edi_case *c = &l->p->cases[arm->cases.first + i];
    put(l, "  with ");
    put_mask(l, &l->p->masks[c->mask]);
    put(l, c->condition == EDI_NONE ? " otherwise\n" : "\n");
    list_code(l, "if", c->condition);
  }
}

static void list_dates(listing *l, const edi_rule *rule) {
  if (rule->from != EDI_DATE_MIN) {
    put(l, "  from ");
    edi_date_format(l->out, rule->from);
    put(l, "\n");
  }
  if (rule->until == EDI_DATE_MAX) return;
  put(l, "  until ");
  edi_date_format(l->out, rule->until);
  put(l, "\n");
}

static void list_text(listing *l, const char *word, edi_ref ref) {
  if (ref.len == 0) return;
  put(l, " ");
  put_field(l, word, ref);
  put(l, "\n");
}

static void list_effect(listing *l, const edi_rule *rule) {
  edi_buf_format(l->out, "  %s", edi_effect_name((edi_effect)rule->effect));
  if (rule->actions.count > 0) put(l, " ");
  put_nodes(l, rule->actions);
  if (rule->delegate_to != EDI_NONE) {
    put(l, " to domain ");
    put_node(l, rule->delegate_to);
  }
  put_flag(l, rule->flags, EDI_RULE_THEN_ERASE, "then erase");
  for (uint32_t i = 0; i < rule->exempts.count && !full(l); i++) {
    put(l, i == 0 ? " " : ", ");
    put_name(l, l->p->rules[l->p->lists[rule->exempts.first + i]].name);
  }
  if (rule->least) edi_buf_format(l->out, " of at least %u", (unsigned)rule->least);
  put(l, "\n");
  for (uint32_t i = 0; i < rule->rowslots.count && !full(l); i++) {
    put(l, "  reads ");
    put_rowslot(l, rule->rowslots.first + i);
    put(l, "\n");
  }
}

static void list_duty(listing *l, const edi_duty *duty) {
  put(l, "  oblige ");
  put_name(l, l->p->obligations[duty->obligation].name);
  put(l, "\n");
  for (uint32_t i = 0; i < duty->args.count && !full(l); i++)
    list_code(l, "argument", l->p->lists[duty->args.first + i]);
}

static void list_rule(listing *l, const edi_rule *rule) {
  put(l, rule->flags & EDI_RULE_SHADOW ? "shadow rule " : "rule ");
  put_name(l, rule->name);
  put(l, " at ");
  put_name(l, rule->file);
  edi_buf_format(l->out, ":%u:%u\n", (unsigned)rule->line, (unsigned)rule->column);
  list_effect(l, rule);
  list_dates(l, rule);
  list_code(l, "target", rule->target);
  list_code(l, "condition", rule->condition);
  list_code(l, "body", rule->body);
  for (uint32_t i = 0; i < rule->arms.count && !full(l); i++)
    list_arm(l, &l->p->arms[rule->arms.first + i]);
  for (uint32_t i = 0; i < rule->duties.count && !full(l); i++)
    list_duty(l, &l->p->duties[rule->duties.first + i]);
  if (rule->reads.count > 0) put(l, "  attributes ");
  for (uint32_t i = 0; i < rule->reads.count && !full(l); i++) {
    if (i > 0) put(l, ", ");
    put_attr(l, l->p->lists[rule->reads.first + i]);
  }
  if (rule->reads.count > 0) put(l, "\n");
  list_text(l, "because", rule->because);
  list_text(l, "see", rule->see);
  list_text(l, "note", rule->note);
}

/* ---- contracts ---- */

static void list_facts(listing *l, const char *indent, edi_range facts) {
  for (uint32_t i = 0; i < facts.count && !full(l); i++) {
    const edi_fact *fact = &l->p->facts[facts.first + i];
    put(l, indent);
    put_attr(l, fact->attr);
    put(l, " = ");
    put_const(l, fact->value);
    put(l, "\n");
  }
}

static void put_described(listing *l, edi_ref physical, uint32_t level, edi_range tags) {
  put_field(l, "physical", physical);
  if (level != EDI_NONE) {
    put(l, " classified ");
    put_name(l, l->p->levels[level].name);
  }
  if (tags.count > 0) put(l, " tagged ");
  put_nodes(l, tags);
  put(l, "\n");
}

static void list_dataset(listing *l, const edi_dataset *dataset) {
  put(l, "  dataset ");
  put_name(l, dataset->name);
  put_described(l, dataset->physical_name, dataset->classification, dataset->tags);
  list_facts(l, "    ", dataset->facts);
  for (uint32_t i = 0; i < dataset->columns.count && !full(l); i++) {
    const edi_column *column = &l->p->columns[dataset->columns.first + i];
    put(l, "    column ");
    put_name(l, column->name);
    edi_buf_format(l->out, ": %s",
                   column->type == EDI_TYPE_NONE ? "other" : edi_type_base_name(column->type));
    put_flag(l, column->flags, EDI_COLUMN_REQUIRED, "required");
    put_flag(l, column->flags, EDI_COLUMN_CLOSED, "closed");
    put_flag(l, column->flags, EDI_COLUMN_UUID, "uuid");
    put_described(l, column->physical_name, column->classification, column->tags);
  }
}

static void list_contract(listing *l, const edi_contract *contract) {
  put(l, "product ");
  put_name(l, contract->name);
  put(l, " of domain ");
  put_node(l, contract->domain);
  put_field(l, "id", contract->id);
  put_field(l, "version", contract->version);
  put_field(l, "status", contract->status);
  put_field(l, "file", contract->file);
  if (contract->tags.count > 0) put(l, " tagged ");
  put_nodes(l, contract->tags);
  put(l, "\n");
  list_facts(l, "  ", contract->facts);
  for (uint32_t i = 0; i < contract->datasets.count && !full(l); i++)
    list_dataset(l, &l->p->datasets[contract->datasets.first + i]);
}

/* ---- the index ---- */

static void put_bounds(listing *l, const edi_guard *guard) {
  bool dates = EDI_GUARD_TEST(guard->test) == EDI_GUARD_IN_FORCE;
  put(l, " from ");
  if (dates) edi_date_format(l->out, (int32_t)guard->low);
  else if (guard->low != EDI_NONE) put_const(l, guard->low);
  else put(l, "any");
  put(l, " to ");
  if (dates) edi_date_format(l->out, (int32_t)guard->high);
  else if (guard->high != EDI_NONE) put_const(l, guard->high);
  else put(l, "any");
}

static void put_guard(listing *l, const edi_guard *guard) {
  static const char *const words[EDI_GUARD_COUNT] = {
      "all",
#define GUARD(NAME, number, fixed, word, meaning) [(number)] = (word),
#include "bundle/guards.def"
#undef GUARD
  };
  static const char *const entities[] = {"product ", "dataset "};
  uint32_t test = EDI_GUARD_TEST(guard->test);
  bool tags = test == EDI_GUARD_TAGGED || test == EDI_GUARD_HOLDING, nodes = tags || test == EDI_GUARD_ACTION;
  if (guard->test & EDI_GUARD_CONDITION) put(l, "when ");
  if (tags || test == EDI_GUARD_NAMED || test == EDI_GUARD_CLASSIFIED) put(l, entities[guard->key]);
  if (test == EDI_GUARD_MEETS || test == EDI_GUARD_WITHIN) {
    put_attr(l, guard->key);
    put(l, " ");
  }
  put(l, words[test]);
  if (test == EDI_GUARD_THING && guard->key < EDI_THING_RESOURCE) put(l, " dataset");
  if (test == EDI_GUARD_THING && guard->key >= EDI_THING_RESOURCE) {
    put(l, " ");
    put_name(l, l->p->resources[guard->key - EDI_THING_RESOURCE].name);
  }
  if (edi_guard_is_between(test)) put_bounds(l, guard);
  for (uint32_t i = 0; i < guard->count && !full(l); i++) {
    put(l, i == 0 ? " " : ", ");
    if (nodes) put_node(l, guard->values[i]);
    else put_const(l, guard->values[i]);
  }
}

/* Each branch in a line, and what stands in it in the next ones, by its depth. */
static void list_branches(listing *l, uint32_t first, uint32_t end, unsigned depth) {
  for (uint32_t at = first; at < end && !full(l); at = l->p->branches[at].end) {
    const edi_branch *b = &l->p->branches[at];
    edi_guard guard = edi_branch_guard(b, l->p->lists);
    edi_buf_format(l->out, "%*s", (int)(2 * depth + 2), "");
    put_guard(l, &guard);
    for (uint32_t i = 0; i < b->rules.count && !full(l); i++) {
      put(l, i == 0 ? ": " : ", ");
      put_name(l, l->p->rules[l->p->lists[b->rules.first + i]].name);
    }
    put(l, "\n");
    list_branches(l, at + 1, b->end, depth + 1);
  }
}

static void list_program(listing *l) {
  const edi_program *p = l->p;
  put(l, p->settings->layer == EDI_LAYER_FEDERAL ? "program of the federal layer"
                                                 : "program of domain ");
  put_name(l, p->settings->domain);
  edi_buf_format(l->out, ", cost %u\n", (unsigned)p->settings->cost);
  if (p->settings->untagged != EDI_NONE) {
    put(l, "untagged columns are ");
    put_node(l, p->settings->untagged);
    put(l, "\n");
  }
  list_symbols(l);
  for (uint32_t i = 0; i < p->rules_count && !full(l); i++) list_rule(l, &p->rules[i]);
  for (uint32_t i = 0; i < p->contracts_count && !full(l); i++) list_contract(l, &p->contracts[i]);
  if (p->branches_count) put(l, "index\n");
  list_branches(l, 0, p->branches_count, 0);
}

void edi_program_disassemble(const edi_program *program, edi_buf *into) {
  const edi_allocator *allocator = into->allocator;
  size_t size = (size_t)program->codes_count + 1;
  if (into->failed != EDICT_OK) return;
  listing l = {program, into, allocator->resize(allocator->context, NULL, 0, size)};
  if (!l.listed) {
    into->failed = EDICT_MEMORY;
    return;
  }
  memset(l.listed, 0, size);
  list_program(&l);
  allocator->resize(allocator->context, l.listed, size, 0);
}
