/* Verify, code: that every instruction is known, typed and in range, and every path ends in an
 * answer.
 *
 *   now[r]      the type of register r here, EDI_TYPE_NONE if some path has not written it
 *   pending[i]  what the jumps to instruction i bring along, met with `now` when the pass is there
 *
 * Code runs forward only, so one pass in order sees every jump before its target. Where two paths
 * meet a register keeps its type only if both agree; one that has none cannot be read. RETURN
 * stands last and nowhere else, and jumps fall through, so nothing is out of reach. */
#include "bundle/opcode.h"
#include "bundle/verifier.h"
#include "bundle/vocabulary.h"

enum { REGISTERS = 256 };

typedef struct block {
  struct block *next;
  edi_type types[REGISTERS];
} block;

typedef struct walk {
  edi_verifier *v;
  const edi_routine *routine;
  const edi_instr *instrs;
  uint32_t code, at; /* at: the instruction, counted from the code's first */
  edi_type now[REGISTERS];
  block **pending;
  block *spare;
} walk;

static void stand(walk *w, uint32_t at) {
  w->at = at;
  edi_verifier_at(w->v, EDI_SECTION_INSTRS, w->routine->instrs.first + at);
}

/* ---- paths ---- */

/* The registers as they are here arrive at instruction `target` too. */
static bool branch(walk *w, uint32_t target) {
  uint32_t registers = w->routine->registers;
  block *there = w->pending[target];
  if (there) {
    for (uint32_t r = 0; r < registers; r++)
      if (there->types[r] != w->now[r]) there->types[r] = EDI_TYPE_NONE;
    return true;
  }
  there = w->spare;
  if (there) w->spare = there->next;
  else there = edi_verifier_scratch(w->v, 1, sizeof *there);
  if (!there) return false;
  memcpy(there->types, w->now, registers * sizeof *w->now);
  w->pending[target] = there;
  return true;
}

static void join(walk *w) {
  block *here = w->pending[w->at];
  if (!here) return;
  for (uint32_t r = 0; r < w->routine->registers; r++)
    if (here->types[r] != w->now[r]) w->now[r] = EDI_TYPE_NONE;
  w->pending[w->at] = NULL;
  here->next = w->spare;
  w->spare = here;
}

/* ---- operands ---- */

/* A code names one thing, or none. */
static void name_thing(walk *w, uint32_t entity) {
  uint32_t *thing = &w->v->code_thing[w->code], named = EDI_THING_ANY;
  if (entity >= EDI_ENTITY_RESOURCE) named = EDI_THING_RESOURCE + (entity - EDI_ENTITY_RESOURCE);
  if (entity == EDI_ENTITY_DATASET || entity == EDI_ENTITY_COLUMN) named = EDI_THING_DATASET;
  if (named == EDI_THING_ANY || *thing == named) return;
  *thing = *thing == EDI_THING_ANY ? named : EDI_NONE;
}

static bool is_ordered(edi_type type) {
  static const bool ordered[] = {
#define TYPE(NAME, number, text, is) [(number)] = (is),
#include "bundle/types.def"
#undef TYPE
  };
  return !EDI_TYPE_IS_SET(type) && ordered[EDI_TYPE_BASE(type)];
}

/* Whether a register of this type may be an operand; `first` is the type of operand a. */
static bool operand_fits(edi_operand operand, edi_type type, edi_type first) {
  bool set = EDI_TYPE_IS_SET(type);
  if (operand > EDI_OPERAND_FIXED)
    return !set && EDI_TYPE_BASE(type) == (unsigned)operand - EDI_OPERAND_FIXED;
  switch ((int)operand) {
    case EDI_OPERAND_ANY:
    case EDI_OPERAND_BOOL_OR_ANY: return true;
    case EDI_OPERAND_SCALAR: return !set && EDI_TYPE_BASE(type) != EDI_TYPE_SUBJECT;
    case EDI_OPERAND_ORDERED: return is_ordered(type);
    case EDI_OPERAND_SET: return set;
    case EDI_OPERAND_SAME: return type == first;
    case EDI_OPERAND_ELEM: return type == EDI_TYPE_ELEM(first);
    case EDI_OPERAND_SETOF: return type == (first | EDI_TYPE_SET);
    default: return false;
  }
}

static bool read_register(walk *w, const char *field, uint32_t number, edi_type *type) {
  if (number >= w->routine->registers)
    return edi_verifier_fail(w->v, EDI_R0140, field, "the code has no such register");
  *type = w->now[number];
  if (*type != EDI_TYPE_NONE) return true;
  return edi_verifier_fail(w->v, EDI_R0141, field,
                           "register %u is not written on every path, or not with one type",
                           (unsigned)number);
}

/* One operand field: a register whose type fits, or a plain number, or zero. */
static bool check_operand(walk *w, const char *field, edi_operand operand, uint8_t value,
                          edi_type first, edi_type *type) {
  *type = EDI_TYPE_NONE;
  if (operand == EDI_OPERAND_COUNT) return true;
  if (operand == EDI_OPERAND_NONE)
    return value == 0 ||
           edi_verifier_fail(w->v, EDI_R0140, field, "it has no meaning here and is not zero");
  if (operand == EDI_OPERAND_ENTITY) name_thing(w, value);
  if (operand == EDI_OPERAND_ENTITY)
    return value <= EDI_ENTITY_COLUMN ||
           edi_verifier_fail(w->v, EDI_R0140, field, "there is no such entity");
  if (!read_register(w, field, value, type)) return false;
  if (operand_fits(operand, *type, first)) return true;
  return edi_verifier_fail(w->v, EDI_R0141, field, "register %u is a %s%s, which does not fit",
                           (unsigned)value, EDI_TYPE_IS_SET(*type) ? "set of " : "",
                           edi_type_base_name(EDI_TYPE_BASE(*type)));
}

/* ---- immediates: each gives the type that it names, or EDI_TYPE_NONE ---- */

static bool check_const(walk *w, const edi_instr *instr, edi_type *named) {
  edi_verifier *v = w->v;
  unsigned char address[16];
  unsigned prefix;
  if (!edi_verifier_index(v, "imm", instr->imm, v->p.consts_count)) return false;
  const edi_const *c = &v->p.consts[instr->imm];
  *named = c->type;
  if (instr->op == EDI_OP_CONST) return true;
  if (instr->op == EDI_OP_IN_DOMAIN)
    return (c->type == EDI_TYPE_MAKE(EDI_TYPE_NODE, v->kind_domain) &&
            v->kind_domain != EDI_NONE) ||
           edi_verifier_fail(v, EDI_R0141, "imm", "the constant is not a domain");
  if (c->type != EDI_TYPE_STRING)
    return edi_verifier_fail(v, EDI_R0141, "imm", "the constant is not a string");
  if (instr->op != EDI_OP_IN_CIDR) return true;
  edi_str block_text = edi_verifier_string(v, (edi_ref){(uint32_t)c->value, c->aux});
  if (block_text.len <= 64 && edi_cidr_parse(block_text, address, &prefix)) return true;
  return edi_verifier_fail(v, EDI_R0128, "imm",
                           "the constant is not an address block in its canonical form");
}

static bool check_target(walk *w, const edi_instr *instr) {
  if (instr->imm > w->at && instr->imm < w->routine->instrs.count) return branch(w, instr->imm);
  return edi_verifier_fail(w->v, EDI_R0142, "imm",
                           "a jump goes forward, to an instruction of its code");
}

static bool check_rowslot(walk *w, const edi_instr *instr, edi_type *named) {
  edi_verifier *v = w->v;
  if (!edi_verifier_index(v, "imm", instr->imm, v->p.rowslots_count)) return false;
  if (instr->imm < v->slot_low[w->code]) v->slot_low[w->code] = instr->imm;
  if (instr->imm > v->slot_high[w->code]) v->slot_high[w->code] = instr->imm;
  *named = v->p.rowslots[instr->imm].type;
  return true;
}

/* LISTS[imm] nodes follow it. */
static bool check_nodes(walk *w, const edi_instr *instr) {
  edi_verifier *v = w->v;
  if (!edi_verifier_index(v, "imm", instr->imm, v->p.lists_count)) return false;
  edi_range nodes = {instr->imm + 1, v->p.lists[instr->imm]};
  if (nodes.count == 0) return edi_verifier_fail(v, EDI_R0131, "imm", "the list of nodes is empty");
  return edi_verifier_nodes(v, "imm", nodes, v->kind_tag);
}

static bool check_pattern(walk *w, const edi_instr *instr) {
  edi_verifier *v = w->v;
  if (!edi_verifier_index(v, "imm", instr->imm, v->p.patterns_count)) return false;
  if (v->p.patterns[instr->imm].use == EDI_PATTERN_CONDITION) return true;
  return edi_verifier_fail(v, EDI_R0129, "imm", "the pattern is compiled for another use");
}

static bool check_keys(walk *w, const edi_instr *instr, uint32_t table) {
  edi_verifier *v = w->v;
  edi_range keys = v->p.tables[table].keys;
  if (instr->b != keys.count)
    return edi_verifier_fail(v, EDI_R0140, "b", "it is not the table's number of keys");
  for (uint32_t i = 0; i < keys.count; i++) {
    edi_type type;
    if (!read_register(w, "a", instr->a + i, &type)) return false;
    if (type != v->p.tablecols[keys.first + i].type)
      return edi_verifier_fail(v, EDI_R0141, "a", "key %u is not of the declared type",
                               (unsigned)i);
  }
  return true;
}

static bool check_tablecol(walk *w, const edi_instr *instr, edi_type *named) {
  edi_verifier *v = w->v;
  if (!edi_verifier_index(v, "imm", instr->imm, v->p.tablecols_count)) return false;
  const edi_tablecol *column = &v->p.tablecols[instr->imm];
  edi_range values = v->p.tables[column->table].values;
  *named = column->type;
  if (instr->imm < values.first || instr->imm - values.first >= values.count)
    return edi_verifier_fail(v, EDI_R0124, "imm", "it is not a value of a table");
  return check_keys(w, instr, column->table);
}

static bool check_scale(walk *w, const edi_instr *instr, edi_type *named) {
  if (!edi_verifier_index(w->v, "imm", instr->imm, w->v->p.scales_count)) return false;
  *named = EDI_TYPE_MAKE(EDI_TYPE_LEVEL, instr->imm);
  if (instr->imm == w->v->scale_classification) return true;
  return edi_verifier_fail(w->v, EDI_R0124, "imm",
                           "only `classification` is the scale of datasets and columns");
}

static bool check_attr(walk *w, const edi_instr *instr, edi_type *named) {
  if (!edi_verifier_index(w->v, "imm", instr->imm, w->v->p.attrs_count)) return false;
  *named = w->v->p.attrs[instr->imm].type;
  name_thing(w, w->v->p.attrs[instr->imm].entity);
  return true;
}

static bool check_immediate(walk *w, const edi_instr *instr, edi_type *named) {
  *named = EDI_TYPE_NONE;
  switch (edi_opcodes[instr->op].imm) {
    case EDI_IMMEDIATE_CONST: return check_const(w, instr, named);
    case EDI_IMMEDIATE_TARGET: return check_target(w, instr);
    case EDI_IMMEDIATE_ATTR: return check_attr(w, instr, named);
    case EDI_IMMEDIATE_ROWSLOT: return check_rowslot(w, instr, named);
    case EDI_IMMEDIATE_NODES: return check_nodes(w, instr);
    case EDI_IMMEDIATE_PATTERN: return check_pattern(w, instr);
    case EDI_IMMEDIATE_TABLE:
      return edi_verifier_index(w->v, "imm", instr->imm, w->v->p.tables_count) &&
             check_keys(w, instr, instr->imm);
    case EDI_IMMEDIATE_TABLECOL: return check_tablecol(w, instr, named);
    case EDI_IMMEDIATE_SCALE: return check_scale(w, instr, named);
    case EDI_IMMEDIATE_NONE: break;
  }
  return instr->imm == 0 ||
         edi_verifier_fail(w->v, EDI_R0140, "imm", "it has no meaning here and is not zero");
}

/* ---- instructions ---- */

static bool write_result(walk *w, const edi_instr *instr, edi_type first, edi_type named) {
  edi_operand dst = edi_opcodes[instr->op].dst;
  if (dst == EDI_OPERAND_NONE)
    return instr->dst == 0 ||
           edi_verifier_fail(w->v, EDI_R0140, "dst", "it has no meaning here and is not zero");
  if (instr->dst >= w->routine->registers)
    return edi_verifier_fail(w->v, EDI_R0140, "dst", "the code has no such register");
  edi_type type = EDI_TYPE_MAKE((unsigned)dst - EDI_OPERAND_FIXED, 0);
  if (dst == EDI_OPERAND_A) type = first;
  if (dst == EDI_OPERAND_IMM) type = named;
  w->now[instr->dst] = type;
  return true;
}

static bool check_return(walk *w, edi_type type) {
  if (w->at + 1 != w->routine->instrs.count)
    return edi_verifier_fail(w->v, EDI_R0143, "op", "RETURN is not the last instruction");
  if (type == w->routine->type) return true;
  return edi_verifier_fail(w->v, EDI_R0143, "a", "the answer is not of the code's type");
}

static bool check_instr(walk *w, const edi_instr *instr) {
  if (instr->op >= EDI_OP_COUNT)
    return edi_verifier_fail(w->v, EDI_R0140, "op", "there is no such instruction");
  const edi_opcode *opcode = &edi_opcodes[instr->op];
  edi_type a, b, named;
  if (!check_operand(w, "a", opcode->a, instr->a, EDI_TYPE_NONE, &a) ||
      !check_operand(w, "b", opcode->b, instr->b, a, &b) || !check_immediate(w, instr, &named) ||
      !write_result(w, instr, a, named))
    return false;
  if (instr->op == EDI_OP_HOLDING && instr->a == EDI_ENTITY_COLUMN)
    return edi_verifier_fail(w->v, EDI_R0140, "a", "a column holds no columns");
  return instr->op != EDI_OP_RETURN || check_return(w, a);
}

static bool check_routine(edi_verifier *v, const edi_routine *routine) {
  if (!edi_verifier_own(v, "instrs", routine->instrs, EDI_SECTION_INSTRS) ||
      !edi_verifier_type(v, "type", routine->type))
    return false;
  if (routine->instrs.count == 0) return edi_verifier_fail(v, EDI_R0143, "instrs", "there is none");
  if (routine->instrs.count > EDI_LIMIT_CODE_INSTRS)
    return edi_verifier_limit(v, "instrs", EDI_LIMIT_CODE_INSTRS, "instructions");
  if (routine->registers > EDI_LIMIT_CODE_REGISTERS)
    return edi_verifier_limit(v, "registers", EDI_LIMIT_CODE_REGISTERS, "registers");
  return true;
}

static bool check_measures(edi_verifier *v, const edi_routine *routine) {
  edi_routine measured;
  edi_measure_code(&v->p, v->p.instrs + routine->instrs.first, routine->instrs.count, &measured);
  if (measured.registers != routine->registers)
    return edi_verifier_fail(v, EDI_R0144, "registers", "the instructions name %u",
                             (unsigned)measured.registers);
  if (measured.cost != routine->cost)
    return edi_verifier_fail(v, EDI_R0144, "cost", "the instructions cost %u",
                             (unsigned)measured.cost);
  if (measured.reads == routine->reads) return true;
  return edi_verifier_fail(v, EDI_R0144, "reads", "the instructions read otherwise");
}

/* A code that is like one that holds, holds. */
static bool is_known(edi_verifier *v, uint32_t code) {
  uint32_t like = edi_likes_find(&v->likes, code);
  if (like == code) return false;
  v->slot_low[code] = v->slot_low[like];
  v->slot_high[code] = v->slot_high[like];
  v->code_thing[code] = v->code_thing[like];
  return true;
}

static bool walk_code(walk *w, uint32_t code) {
  edi_verifier *v = w->v;
  edi_verifier_at(v, EDI_SECTION_CODES, code);
  w->code = code;
  w->routine = &v->p.codes[code];
  if (!check_routine(v, w->routine)) return false;
  if (is_known(v, code)) return true;
  w->instrs = v->p.instrs + w->routine->instrs.first;
  memset(w->now, 0, w->routine->registers * sizeof *w->now);
  v->slot_low[code] = UINT32_MAX;
  for (uint32_t i = 0; i < w->routine->instrs.count; i++) {
    stand(w, i);
    join(w);
    if (!check_instr(w, &w->instrs[i])) return false;
  }
  if (w->instrs[w->at].op != EDI_OP_RETURN)
    return edi_verifier_fail(v, EDI_R0143, "op", "the last instruction is not RETURN");
  edi_verifier_at(v, EDI_SECTION_CODES, code);
  return check_measures(v, w->routine);
}

/* How many instructions a code of the program has at most; one that has more than it may is refused anyway. */
static uint32_t longest_code(const edi_verifier *v) {
  uint32_t longest = 0;
  for (uint32_t i = 0; i < v->p.codes_count; i++)
    if (v->p.codes[i].instrs.count > longest) longest = v->p.codes[i].instrs.count;
  return longest < EDI_LIMIT_CODE_INSTRS ? longest : EDI_LIMIT_CODE_INSTRS;
}

bool edi_verify_codes(edi_verifier *v) {
  uint32_t count = v->p.codes_count;
  v->slot_low = edi_verifier_scratch(v, count, sizeof *v->slot_low);
  v->slot_high = edi_verifier_scratch(v, count, sizeof *v->slot_high);
  v->code_used = edi_verifier_scratch(v, count, 1);
  v->code_thing = edi_verifier_scratch(v, count, sizeof *v->code_thing);
  walk w = {.v = v, .pending = edi_verifier_scratch(v, longest_code(v), sizeof(block *))};
  if (!v->slot_low || !v->slot_high || !v->code_used || !v->code_thing || !w.pending) return false;
  if (edi_likes_init(&v->likes, &v->p, v->shapes, v->arena) != EDICT_OK) return edi_verifier_starved(v);
  for (uint32_t i = 0; i < count; i++)
    if (!walk_code(&w, i)) return false;
  if (edi_attr_sets_init(&v->attrs, &v->p, v->likes.of, v->arena) != EDICT_OK) return edi_verifier_starved(v);
  for (uint32_t i = 0; i < count; i++) {
    edi_verifier_at(v, EDI_SECTION_CODES, i);
    if (v->attrs.of_code[i].count > EDI_LIMIT_CODE_ATTRS)
      return edi_verifier_limit(v, "instrs", EDI_LIMIT_CODE_ATTRS, "different attributes");
  }
  return true;
}
