/* Program walk: follows every reference; aborts where a promise of the verifier is seen not to
 * hold. */
#include "program_walk.h"

#include <stdlib.h>

#include "base/calendar.h"
#include "base/decimal.h"
#include "bundle/opcode.h"
#include "bundle/vocabulary.h"

typedef struct walk {
  const edi_program *p;
  uint64_t sum;
} walk;

static void must(bool promise) {
  if (!promise) abort();
}

static void see(walk *w, uint64_t n) { w->sum = (w->sum ^ n) * UINT64_C(0x100000001b3); }

static void text(walk *w, edi_ref ref) {
  edi_str s = edi_program_string(w->p, ref);
  must(edi_utf8_valid(s));
  for (size_t i = 0; i < s.len; i++) {
    must(s.ptr[i] != '\0');
    see(w, (unsigned char)s.ptr[i]);
  }
}

static void node(walk *w, uint32_t index) {
  if (index != EDI_NONE) see(w, w->p->nodes[index].end);
}

static void type(walk *w, edi_type t) {
  uint32_t parameter = EDI_TYPE_PARAM(t), base = EDI_TYPE_BASE(t);
  if (base == EDI_TYPE_NODE || base == EDI_TYPE_ID) see(w, w->p->kinds[parameter].flags);
  if (base == EDI_TYPE_LEVEL) see(w, w->p->scales[parameter].levels.count);
}

static void constant(walk *w, uint32_t index) {
  const edi_const *c = &w->p->consts[index];
  type(w, c->type);
  if (EDI_TYPE_IS_SET(c->type)) {
    for (uint32_t i = 0; i < c->aux; i++) {
      uint32_t member = w->p->lists[c->value + i];
      must(w->p->consts[member].type == EDI_TYPE_ELEM(c->type));
      constant(w, member);
    }
    return;
  }
  switch (EDI_TYPE_BASE(c->type)) {
    case EDI_TYPE_STRING:
    case EDI_TYPE_ID: text(w, (edi_ref){(uint32_t)c->value, c->aux}); break;
    case EDI_TYPE_IP:
      for (size_t i = 0; i < 16; i++) see(w, (unsigned char)w->p->strings[c->value + (int64_t)i]);
      break;
    case EDI_TYPE_NODE: must(w->p->nodes[c->value].kind == EDI_TYPE_PARAM(c->type)); break;
    case EDI_TYPE_LEVEL: must(w->p->levels[c->value].scale == EDI_TYPE_PARAM(c->type)); break;
    default: see(w, (uint64_t)c->value); break;
  }
}

static void node_list(walk *w, edi_range range) {
  for (uint32_t i = 0; i < range.count; i++) {
    if (i > 0) must(w->p->lists[range.first + i - 1] < w->p->lists[range.first + i]);
    node(w, w->p->lists[range.first + i]);
  }
}

static void symbols(walk *w) {
  const edi_program *p = w->p;
  for (uint32_t i = 0; i < p->kinds_count; i++) {
    text(w, p->kinds[i].name);
    for (uint32_t j = 0; j < p->kinds[i].nodes.count; j++)
      must(p->nodes[p->kinds[i].nodes.first + j].kind == i);
  }
  for (uint32_t i = 0; i < p->nodes_count; i++) {
    const edi_node *n = &p->nodes[i];
    text(w, n->name);
    text(w, n->title);
    type(w, n->type);
    node(w, n->parent);
    must(n->end > i && n->end <= p->nodes_count);
    if (n->parent != EDI_NONE && !(p->nodes[n->parent].flags & EDI_IMPORTED))
      must(n->parent < i && n->end <= p->nodes[n->parent].end);
  }
  for (uint32_t i = 0; i < p->scales_count; i++)
    for (uint32_t j = 0; j < p->scales[i].levels.count; j++)
      text(w, p->levels[p->scales[i].levels.first + j].name);
  for (uint32_t i = 0; i < p->attrs_count; i++) {
    text(w, p->attrs[i].name);
    text(w, p->attrs[i].path);
    type(w, p->attrs[i].type);
    if (p->attrs[i].fallback != EDI_NONE) constant(w, p->attrs[i].fallback);
  }
  for (uint32_t i = 0; i < p->keys_count; i++) text(w, p->keys[i].name);
}

static void issuers_and_tables(walk *w) {
  const edi_program *p = w->p;
  for (uint32_t i = 0; i < p->issuers_count; i++) {
    const edi_issuer *issuer = &p->issuers[i];
    text(w, issuer->url);
    node(w, issuer->node);
    for (uint32_t j = 0; j < issuer->claims.count; j++) {
      const edi_claim *claim = &p->claims[issuer->claims.first + j];
      text(w, claim->path);
      type(w, p->attrs[claim->attr].type);
      node(w, claim->within);
      for (uint32_t k = 0; k < claim->map.count; k++)
        node(w, p->claimmaps[claim->map.first + k].node);
    }
  }
  for (uint32_t i = 0; i < p->tables_count; i++) {
    text(w, p->tables[i].name);
    for (uint32_t j = 0; j < p->tables[i].keys.count; j++)
      type(w, p->tablecols[p->tables[i].keys.first + j].type);
    for (uint32_t j = 0; j < p->tables[i].values.count; j++)
      must(p->tablecols[p->tables[i].values.first + j].table == i);
  }
}

static void immediate(walk *w, const edi_instr *instr, uint32_t at, uint32_t count,
                      edi_range slots) {
  const edi_program *p = w->p;
  unsigned char address[16];
  unsigned prefix;
  switch (edi_opcodes[instr->op].imm) {
    case EDI_IMMEDIATE_NONE: must(instr->imm == 0); break;
    case EDI_IMMEDIATE_CONST: constant(w, instr->imm); break;
    case EDI_IMMEDIATE_TARGET: must(instr->imm > at && instr->imm < count); break;
    case EDI_IMMEDIATE_ATTR: type(w, p->attrs[instr->imm].type); break;
    case EDI_IMMEDIATE_ROWSLOT:
      must(instr->imm >= slots.first && instr->imm - slots.first < slots.count);
      break;
    case EDI_IMMEDIATE_NODES:
      node_list(w, (edi_range){instr->imm + 1, p->lists[instr->imm]});
      break;
    case EDI_IMMEDIATE_PATTERN: text(w, p->patterns[instr->imm].source); break;
    case EDI_IMMEDIATE_TABLE: see(w, p->tables[instr->imm].flags); break;
    case EDI_IMMEDIATE_TABLECOL: see(w, p->tables[p->tablecols[instr->imm].table].flags); break;
    case EDI_IMMEDIATE_SCALE: text(w, p->scales[instr->imm].name); break;
  }
  if (instr->op == EDI_OP_IN_CIDR) {
    const edi_const *c = &p->consts[instr->imm];
    must(edi_cidr_parse((edi_str){p->strings + c->value, c->aux}, address, &prefix) &&
         prefix <= 128);
  }
}

static void code(walk *w, uint32_t index, edi_range slots) {
  if (index == EDI_NONE) return;
  const edi_routine *r = &w->p->codes[index];
  const edi_instr *instrs = w->p->instrs + r->instrs.first;
  must(r->instrs.count > 0 && instrs[r->instrs.count - 1].op == EDI_OP_RETURN);
  for (uint32_t i = 0; i < r->instrs.count; i++) {
    must(instrs[i].op < EDI_OP_COUNT &&
         (i + 1 == r->instrs.count || instrs[i].op != EDI_OP_RETURN));
    must(edi_opcodes[instrs[i].op].dst == EDI_OPERAND_NONE || instrs[i].dst < r->registers);
    immediate(w, &instrs[i], i, r->instrs.count, slots);
  }
  see(w, r->reads);
}

static void mask(walk *w, uint32_t index) {
  const edi_mask *m = &w->p->masks[index];
  for (uint32_t i = 0; i < m->args.count; i++) constant(w, w->p->lists[m->args.first + i]);
  if (m->key != EDI_NONE) text(w, w->p->keys[m->key].name);
  if (m->pattern != EDI_NONE) text(w, w->p->patterns[m->pattern].source);
}

static void rule(walk *w, const edi_rule *r) {
  const edi_program *p = w->p;
  const edi_range none = {0, 0};
  text(w, r->name);
  text(w, r->because);
  text(w, r->see);
  text(w, r->note);
  text(w, r->file);
  node_list(w, r->actions);
  node(w, r->delegate_to);
  code(w, r->target, none);
  code(w, r->condition, none);
  code(w, r->body, r->rowslots);
  for (uint32_t i = 0; i < r->arms.count; i++) {
    const edi_arm *arm = &p->arms[r->arms.first + i];
    code(w, arm->column, none);
    for (uint32_t j = 0; j < arm->cases.count; j++) {
      mask(w, p->cases[arm->cases.first + j].mask);
      code(w, p->cases[arm->cases.first + j].condition, r->rowslots);
    }
  }
  for (uint32_t i = 0; i < r->exempts.count; i++) {
    const edi_rule *named = &p->rules[p->lists[r->exempts.first + i]];
    must(named->effect != EDI_EFFECT_PERMIT && named->effect != EDI_EFFECT_DELEGATE &&
         named->effect != EDI_EFFECT_EXEMPT);
    text(w, named->name);
  }
  must((r->least > 0) == (r->effect == EDI_EFFECT_SHOW_GROUPS));
  for (uint32_t i = 0; i < r->duties.count; i++) {
    const edi_duty *duty = &p->duties[r->duties.first + i];
    const edi_obligation *obligation = &p->obligations[duty->obligation];
    text(w, obligation->name);
    must(duty->args.count == obligation->params.count);
    for (uint32_t j = 0; j < duty->args.count; j++) {
      const edi_param *param = &p->params[obligation->params.first + j];
      text(w, param->name);
      type(w, param->type);
      must(p->codes[p->lists[duty->args.first + j]].type == param->type);
      code(w, p->lists[duty->args.first + j], none);
    }
  }
  for (uint32_t i = 0; i < r->rowslots.count; i++) {
    const edi_rowslot *slot = &p->rowslots[r->rowslots.first + i];
    text(w, slot->name);
    type(w, slot->type);
    node(w, slot->node);
  }
  for (uint32_t i = 0; i < r->reads.count; i++)
    text(w, p->attrs[p->lists[r->reads.first + i]].name);
  edi_buf dates;
  edi_buf_init(&dates, NULL, 64);
  edi_date_format(&dates, r->from);
  edi_date_format(&dates, r->until);
  edi_buf_fini(&dates);
}

static void facts(walk *w, edi_range range) {
  for (uint32_t i = 0; i < range.count; i++) {
    const edi_fact *fact = &w->p->facts[range.first + i];
    must(w->p->attrs[fact->attr].type == w->p->consts[fact->value].type);
    constant(w, fact->value);
  }
}

static void contract(walk *w, const edi_contract *c) {
  const edi_program *p = w->p;
  text(w, c->name);
  node(w, c->domain);
  node_list(w, c->tags);
  facts(w, c->facts);
  for (uint32_t i = 0; i < c->datasets.count; i++) {
    const edi_dataset *d = &p->datasets[c->datasets.first + i];
    text(w, d->name);
    node_list(w, d->tags);
    facts(w, d->facts);
    if (d->classification != EDI_NONE) see(w, p->levels[d->classification].rank);
    for (uint32_t j = 0; j < d->columns.count; j++) {
      const edi_column *column = &p->columns[d->columns.first + j];
      text(w, column->name);
      text(w, column->physical_name);
      node_list(w, column->tags);
      if (column->classification != EDI_NONE) see(w, p->levels[column->classification].rank);
    }
  }
}

uint64_t program_walk(const edi_program *program) {
  walk w = {program, UINT64_C(0xcbf29ce484222325)};
  must(program->settings_count == 1);
  text(&w, program->settings->domain);
  node(&w, program->settings->untagged);
  symbols(&w);
  issuers_and_tables(&w);
  for (uint32_t i = 0; i < program->consts_count; i++) constant(&w, i);
  for (uint32_t i = 0; i < program->masks_count; i++) mask(&w, i);
  for (uint32_t i = 0; i < program->rules_count; i++) rule(&w, &program->rules[i]);
  for (uint32_t i = 0; i < program->contracts_count; i++) contract(&w, &program->contracts[i]);
  return w.sum;
}
