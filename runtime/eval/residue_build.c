/* Residue, built: the conditions of the rules about one resource, folded with what is known of it.
 *
 * A condition is read as the expression that it is. What stands on the resource and the contract alone is folded;
 * what is left is kept where it is a conjunction of clauses over plain tests, and else the whole rule is left to the
 * VM. Rules that are definitely no for this resource are left out, whoever asks and whatever the context is. */
#include "bundle/limits.h"
#include "eval/codetree.h"
#include "eval/residue.h"
#include "eval/truth.h"

enum {
  SOUGHT_MOST = 4096, /* entries that are looked at where there is no index */
  TESTS_MOST = 4 * EDI_RESIDUE_MOST,
  CODE_BLOCK = 8192,
  CODE_MOST = 1024,   /* instructions; longer codes the VM runs */
};

typedef struct builder {
  edi_plan blank;            /* of the resource, with nobody asking */
  edi_arena *arena;          /* for the work; gone with it */
  edi_arena code;            /* for the code at hand */
  bool failed;               /* no memory, or it leaves too much */
  edi_residue_step steps[EDI_RESIDUE_MOST];
  uint32_t step_count;
  edi_residue_test tests[TESTS_MOST];
  uint32_t test_count;
  /* of the entry at hand */
  edi_truth most;            /* of all that is folded */
  bool whole;
  /* of the code at hand */
  const edi_linked *linked;
  edi_codetree tree;
  bool *open;                /* by instruction: it reads who asks, the context or a table */
  uint32_t visits;           /* of its nodes */
  edi_truth clause;          /* of the clause at hand: what is folded */
} builder;

/* ---- one code ---- */

static bool reads_request(const builder *b, const edi_instr *in) {
  if (edi_codetree_looks_up(in->op)) return true; /* its data begins and ends with time */
  if (in->op != EDI_OP_ATTR) return false;
  uint32_t entity = b->linked->program.attrs[in->imm].entity;
  return entity == EDI_ENTITY_SUBJECT || entity == EDI_ENTITY_CONTEXT;
}

/* False: it is not read as an expression, or texts that it makes share memory. */
static bool read_code(builder *b, edi_vm *vm, uint32_t code) {
  edi_codetree *t = &b->tree;
  b->visits = 0;
  if (vm->linked->program.codes[code].instrs.count > CODE_MOST) return false;
  edi_arena_fini(&b->code);
  edi_arena_init(&b->code, NULL, (size_t)1 << 28);
  b->code.block = CODE_BLOCK;
  edict_status status = edi_codetree_init(t, vm, code, &b->code);
  b->open = status == EDICT_OK ? EDI_NEW_ARRAY(&b->code, bool, t->count) : NULL;
  if (!b->open) b->failed = true;
  if (!b->open || !edi_codetree_link(t)) return false;
  for (uint32_t at = 0; at < t->count; at++) {
    if (t->code[at].op == EDI_OP_LOWER || t->code[at].op == EDI_OP_ROW) return false;
    b->open[at] = reads_request(b, &t->code[at]);
    for (uint32_t k = 0, from; (from = edi_codetree_operand(t, at, k)) != EDI_NONE; k++) b->open[at] = b->open[at] || b->open[from];
  }
  t->spare.always = true;
  (void)edi_vm_values(vm, code, t->values, &t->spare);
  return true;
}

/* Each node is met once as part of a conjunction and once of a clause. Code in which a value is used again and again is
 * no tree: who wrote it by hand does not make us walk it forever. */
static bool may_visit(builder *b) {
  if (b->whole || ++b->visits > 2 * b->tree.count) b->whole = true;
  return !b->whole && !b->failed;
}

static uint32_t past_moves(const builder *b, uint32_t at) {
  while (b->tree.code[at].op == EDI_OP_MOVE) at = b->tree.operands[at][0];
  return at;
}

/* ---- tests ---- */

/* An operand of a test; false: it is computed from what is not known. *base: of its type, NONE where nothing says. */
static bool operand(builder *b, uint32_t at, edi_residue_test *t, unsigned *from, uint16_t *slot, unsigned *base) {
  at = past_moves(b, at);
  if (!b->open[at]) {
    t->fixed = b->tree.values[at];
    *from = EDI_RESIDUE_FIXED;
    *base = t->fixed.base;
    return true;
  }
  if (b->tree.code[at].op != EDI_OP_ATTR) return false;
  uint32_t number = b->tree.code[at].imm, place = b->linked->slot_of[number];
  const edi_attr *attr = &b->linked->program.attrs[number];
  *from = attr->entity == EDI_ENTITY_SUBJECT ? EDI_RESIDUE_SUBJECT : EDI_RESIDUE_CONTEXT;
  *slot = (uint16_t)place;
  *base = EDI_TYPE_BASE(attr->type);
  return place <= UINT16_MAX;
}

static bool is_pair(unsigned op) {
  return op == EDI_OP_EQ || op == EDI_OP_LT || op == EDI_OP_LE || op == EDI_OP_IS || op == EDI_OP_IN || op == EDI_OP_HAS ||
         op == EDI_OP_OVERLAPS || op == EDI_OP_COVERS;
}

/* The node as one test; false: it is of no form that tests have. */
static bool test_of(builder *b, uint32_t at, edi_residue_test *t) {
  const edi_instr *in = &b->tree.code[at];
  unsigned from[2] = {EDI_RESIDUE_FIXED, EDI_RESIDUE_FIXED}, base[2] = {EDI_TYPE_NONE, EDI_TYPE_NONE};
  uint16_t slot[2] = {0, 0};
  bool turned = false, pair = is_pair(in->op);
  *t = (edi_residue_test){.op = pair ? in->op : in->op == EDI_OP_IS_SET ? EDI_OP_IS_SET : EDI_FUSED_TRUTH};
  if (!pair && in->op != EDI_OP_IS_SET && in->op != EDI_OP_ATTR) return false;
  if (!operand(b, in->op == EDI_OP_ATTR ? at : b->tree.operands[at][0], t, &from[0], &slot[0], &base[0])) return false;
  if (pair && !operand(b, b->tree.operands[at][1], t, &from[1], &slot[1], &base[1])) return false;
  if (pair) t->op = (uint8_t)edi_fused_test(in->op, base[0], base[1], &turned);
  t->from_a = (uint8_t)from[turned];
  t->at_a = slot[turned];
  t->from_b = (uint8_t)from[!turned];
  t->at_b = slot[!turned];
  return true;
}

static void add_test(builder *b, edi_residue_test t) {
  if (b->test_count == TESTS_MOST) b->failed = true;
  else b->tests[b->test_count++] = t;
}

/* ---- clauses ---- */

static edi_truth folded(const builder *b, uint32_t at, bool not) {
  edi_truth t = edi_value_truth(b->tree.values[at]);
  return not ? edi_opposite(t) : t;
}

/* One side of a clause; what is folded is in b->clause. */
static void disjoin(builder *b, uint32_t at, bool not) {
  if (!may_visit(b)) return;
  at = past_moves(b, at);
  unsigned op = b->tree.code[at].op;
  edi_residue_test t;
  if (!b->open[at]) b->clause = edi_either(b->clause, folded(b, at, not));
  else if (op == EDI_OP_NOT) disjoin(b, b->tree.operands[at][0], !not);
  else if (op == (not ? EDI_OP_AND : EDI_OP_OR)) {
    disjoin(b, b->tree.operands[at][0], not);
    disjoin(b, b->tree.operands[at][1], not);
  } else if (test_of(b, at, &t)) {
    t.not = not;
    add_test(b, t);
  } else b->whole = true;
}

/* Of what is open, so that at least one test comes of it. */
static void add_clause(builder *b, uint32_t at, bool not) {
  uint32_t first = b->test_count;
  b->clause = EDI_NO;
  disjoin(b, at, not);
  if (b->clause == EDI_YES) b->test_count = first;
  else if (b->clause == EDI_UNKNOWN) add_test(b, (edi_residue_test){.op = EDI_FUSED_TRUTH}); /* of what is unknown */
  for (uint32_t i = first; i < b->test_count; i++) b->tests[i].rest = (uint16_t)(b->test_count - 1 - i);
}

static void conjoin(builder *b, uint32_t at, bool not) {
  if (!may_visit(b)) return;
  at = past_moves(b, at);
  unsigned op = b->tree.code[at].op;
  if (!b->open[at]) b->most = edi_both(b->most, folded(b, at, not));
  else if (op == EDI_OP_NOT) conjoin(b, b->tree.operands[at][0], !not);
  else if (op == (not ? EDI_OP_OR : EDI_OP_AND)) {
    conjoin(b, b->tree.operands[at][0], not);
    conjoin(b, b->tree.operands[at][1], not);
  } else add_clause(b, at, not);
}

/* ---- one entry ---- */

/* What reads the resource and the contract alone is run once. */
static bool is_of_resource(const edi_linked *linked, uint32_t code) {
  const uint32_t others = ~(uint32_t)(EDI_READS_PRODUCT | EDI_READS_COLUMN | EDI_READS_RESOURCE);
  return (linked->program.codes[code].reads & others) == 0;
}

static void add_code(builder *b, const edi_entry *e, uint32_t code, bool not) {
  edi_vm vm = edi_plan_vm(&b->blank, e);
  if (code == EDI_NONE) return; /* yes; a require has a body */
  if (is_of_resource(e->linked, code)) {
    edi_truth t = edi_vm_test(&vm, code);
    b->most = edi_both(b->most, not ? edi_opposite(t) : t);
    return;
  }
  b->linked = e->linked;
  if (read_code(b, &vm, code)) conjoin(b, b->tree.root, not);
  else b->whole = true;
}

static edi_residue_says says_of(const builder *b, const edi_entry *e) {
  if (e->rule->effect == EDI_EFFECT_PERMIT && e->linked == b->blank.product->federal) return EDI_SAYS_PERMIT;
  if (e->rule->effect == EDI_EFFECT_FORBID) return EDI_SAYS_FORBID;
  return e->rule->effect == EDI_EFFECT_REQUIRE ? EDI_SAYS_REQUIRE : EDI_SAYS_NOTHING;
}

/* A step of one test is told by that. */
static edi_residue_way way_of(const builder *b, const edi_residue_step *step) {
  if (b->whole) return EDI_WAY_WHOLE;
  if (step->dated || step->count > 1) return EDI_WAY_TESTS;
  return step->count ? EDI_WAY_TEST : EDI_WAY_KNOWN;
}

static void add_entry(builder *b, uint32_t entry) {
  const edi_entry *e = &b->blank.dataset->entries[entry];
  uint32_t first = b->test_count;
  /* Most rules are told by their code as it stands. */
  if (e->stage == EDI_STAGE_EITHER && edi_plan_outcome(&b->blank, e, e->rule->from) == EDI_NO) return;
  b->most = e->target_fixed ? e->target : EDI_YES;
  b->whole = false;
  if (!e->target_fixed) add_code(b, e, e->rule->target, false);
  if (e->condition_fixed) b->most = edi_both(b->most, e->condition);
  else if (b->most != EDI_NO) add_code(b, e, e->rule->condition, false);
  bool require = e->rule->effect == EDI_EFFECT_REQUIRE; /* `require E` is `forbid access unless E` */
  if (require && e->body_fixed) b->most = edi_both(b->most, edi_opposite(e->body));
  else if (require && b->most != EDI_NO) add_code(b, e, e->rule->body, true);
  if (b->most == EDI_NO || b->whole) b->test_count = first;
  if (b->most == EDI_NO) return;
  if (b->step_count == EDI_RESIDUE_MOST) b->failed = true;
  if (b->failed) return;
  edi_residue_step step = {
      .entry = entry, .first = (uint16_t)first, .count = (uint16_t)(b->test_count - first), .says = (uint8_t)says_of(b, e),
      .most = (uint8_t)b->most,
      .dated = e->rule->from > EDI_DATE_MIN || e->rule->until < EDI_DATE_MAX, .shadow = (e->rule->flags & EDI_RULE_SHADOW) != 0};
  step.way = (uint8_t)way_of(b, &step);
  b->steps[b->step_count++] = step;
}

/* ---- all of them ---- */

static void add_sought(builder *b) {
  const edi_bound_dataset *kind = b->blank.dataset;
  edi_lookup_state state;
  const edi_lookup_facts facts = {.vocabulary = b->blank.vocabulary, .resource = b->blank.resource, .action = EDI_NONE, .whenever = true};
  uint32_t *found = EDI_NEW_ARRAY(b->arena, uint32_t, kind->entry_count);
  if (!found || edi_lookup_state_init(&state, kind->entry_count, kind->lookup.key_count, b->arena) != EDICT_OK) {
    b->failed = true;
    return;
  }
  uint32_t count = edi_lookup_find(&kind->lookup, &state, &facts, found);
  for (uint32_t i = 0; i < count && !b->failed; i++) add_entry(b, found[i]);
}

static void add_all(builder *b) {
  const edi_bound_dataset *kind = b->blank.dataset;
  if (kind->lookup.node_count && kind->entry_count > kind->lookup.few) {
    add_sought(b);
    return;
  }
  if (kind->entry_count > SOUGHT_MOST) b->failed = true;
  for (uint32_t i = 0; i < kind->entry_count && !b->failed; i++) add_entry(b, i);
}

static bool is_plain(const builder *b, const edi_residue_step *step) {
  return step->says != EDI_SAYS_NOTHING && !step->shadow && b->blank.dataset->entries[step->entry].rule->duties.count == 0;
}

static void list_action(const builder *b, uint32_t action, edi_residue_list *list, uint16_t *order, uint32_t *used) {
  const edi_vocabulary *v = b->blank.vocabulary;
  uint32_t node = v->program->kinds[v->kind_action].nodes.first + action;
  const edi_concern *c = &b->blank.dataset->concerns[action];
  *list = (edi_residue_list){.first = (uint16_t)*used, .plain = true, .closes = edi_vocabulary_below(v, node, v->node_access),
                             .timeless = !edi_moments_any(&c->dates) && !edi_moments_any(&c->moments) && !edi_moments_any(&c->row_moments)};
  for (uint32_t i = 0; i < b->step_count; i++) {
    if (!edi_bound_concerns(b->blank.dataset, b->steps[i].entry, action)) continue;
    order[(*used)++] = (uint16_t)i;
    list->count++;
    list->plain = list->plain && is_plain(b, &b->steps[i]);
  }
}

static void *put(char **to, const void *items, size_t bytes) {
  void *at = *to;
  if (bytes) memcpy(at, items, bytes);
  *to += (bytes + 7) & ~(size_t)7;
  return at;
}

/* Only what is walked is kept, and lies in one piece. */
static const edi_residue *keep(const builder *b, edi_arena *arena) {
  const edi_vocabulary *v = b->blank.vocabulary;
  uint32_t actions = v->program->kinds[v->kind_action].nodes.count, used = 0;
  if (actions * b->step_count > UINT16_MAX) return NULL;
  uint16_t *order = EDI_NEW_ARRAY(b->arena, uint16_t, actions * b->step_count);
  edi_residue_list *lists = EDI_NEW_ARRAY(b->arena, edi_residue_list, actions);
  if (!order || !lists) return NULL;
  for (uint32_t i = 0; i < actions; i++) list_action(b, i, &lists[i], order, &used);
  size_t bytes[] = {actions * sizeof *lists, used * sizeof *order, b->step_count * sizeof *b->steps, b->test_count * sizeof *b->tests};
  size_t all = sizeof(edi_residue);
  for (size_t i = 0; i < sizeof bytes / sizeof *bytes; i++) all += (bytes[i] + 7) & ~(size_t)7;
  edi_residue *kept = edi_arena_lines(arena, all);
  if (!kept) return NULL;
  kept->bytes = all;
  char *to = (char *)kept->lists;
  (void)put(&to, lists, bytes[0]);
  kept->order = put(&to, order, bytes[1]);
  kept->steps = put(&to, b->steps, bytes[2]);
  kept->tests = put(&to, b->tests, bytes[3]);
  return kept;
}

const edi_residue *edi_residue_copy(const edi_residue *from, void *to) {
  edi_residue *copy = memcpy(to, from, from->bytes);
  ptrdiff_t moved = (char *)to - (const char *)from;
  copy->order = (const uint16_t *)(const void *)((const char *)from->order + moved);
  copy->steps = (const edi_residue_step *)(const void *)((const char *)from->steps + moved);
  copy->tests = (const edi_residue_test *)(const void *)((const char *)from->tests + moved);
  return copy;
}

static const edi_residue *build(builder *b, const edi_vocabulary *v, edi_arena *arena) {
  char scratch[EDI_VM_SCRATCH];
  uint32_t slots = v->context_slots > v->subject_slots ? v->context_slots : v->subject_slots;
  edi_value *unknowns = EDI_NEW_ARRAY(b->arena, edi_value, slots);
  const edi_subject nobody = {.attrs = unknowns};
  if (!unknowns || edi_pattern_scratch_create(&b->blank.patterns) != EDICT_OK) return NULL;
  b->blank.subject = &nobody;
  b->blank.context = unknowns;
  b->blank.scratch = scratch;
  add_all(b);
  edi_pattern_scratch_destroy(b->blank.patterns);
  return b->failed ? NULL : keep(b, arena);
}

const edi_residue *edi_residue_make(const edi_bound_dataset *thing, const edi_vocabulary *v, const edi_value *values, edi_arena *arena) {
  edi_arena work;
  edi_arena_init(&work, NULL, (size_t)1 << 28);
  builder *b = EDI_NEW(&work, builder);
  const edi_residue *residue = NULL;
  if (b) {
    b->arena = &work;
    b->blank = (edi_plan){.product = thing->product, .dataset = thing, .vocabulary = v, .resource = values};
    edi_arena_init(&b->code, NULL, 1);
    residue = build(b, v, arena);
    edi_arena_fini(&b->code);
  }
  edi_arena_fini(&work);
  return residue;
}
