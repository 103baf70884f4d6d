/* The verifier's index, and what it proves by: guards of codes that no compiler of Edict writes, and the depth at
 * the limit and one past it. What one changed field shows, hostile/program shows. */
#include "harness.h"

#include "base/calendar.h"
#include "base/parallel.h"
#include "bundle/guard.h"
#include "support/sample_program.h"

/* ---- guards ---- */


enum { ATTR_A, ATTR_B, ATTR_FLAG, ATTR_DATASET };
enum { CONST_ONE, CONST_TWO, CONST_SET, CONST_YES, CONST_NO };

static const edi_attr attrs[] = {
    {.entity = EDI_ENTITY_SUBJECT, .type = EDI_TYPE_INT},
    {.entity = EDI_ENTITY_CONTEXT, .type = EDI_TYPE_INT},
    {.entity = EDI_ENTITY_CONTEXT, .type = EDI_TYPE_BOOL},
    {.entity = EDI_ENTITY_DATASET, .type = EDI_TYPE_INT},
};
static const uint32_t lists[] = {CONST_ONE, CONST_TWO};
static const edi_const consts[] = {
    {EDI_TYPE_INT, 0, 1}, {EDI_TYPE_INT, 0, 2}, {EDI_TYPE_INT | EDI_TYPE_SET, 2, 0}, {EDI_TYPE_BOOL, 0, 1}, {EDI_TYPE_BOOL, 0, 0}};

typedef struct guard_case {
  const char *name;
  edi_instr code[12];
  const char *guards; /* test and key of each, in their order, with the number of values or the bounds */
} guard_case;


static const guard_case cases[] = {
    {"equality", {{EDI_OP_ATTR, 0, 0, 0, ATTR_A}, {EDI_OP_CONST, 1, 0, 0, CONST_ONE}, {EDI_OP_EQ, 0, 0, 1, 0}, {EDI_OP_RETURN, 0, 0, 0, 0}}, "9:0=1 "},
    {"the constant first", {{EDI_OP_CONST, 1, 0, 0, CONST_ONE}, {EDI_OP_ATTR, 0, 0, 0, ATTR_A}, {EDI_OP_EQ, 0, 1, 0, 0}, {EDI_OP_RETURN, 0, 0, 0, 0}}, "9:0=1 "},
    {"not equal", {{EDI_OP_ATTR, 0, 0, 0, ATTR_A}, {EDI_OP_CONST, 1, 0, 0, CONST_ONE}, {EDI_OP_EQ, 0, 0, 1, 0}, {EDI_OP_NOT, 0, 0, 0, 0}, {EDI_OP_RETURN, 0, 0, 0, 0}}, ""},
    {"two attributes", {{EDI_OP_ATTR, 0, 0, 0, ATTR_A}, {EDI_OP_ATTR, 1, 0, 0, ATTR_B}, {EDI_OP_EQ, 0, 0, 1, 0}, {EDI_OP_RETURN, 0, 0, 0, 0}}, ""},
    {"membership", {{EDI_OP_ATTR, 0, 0, 0, ATTR_A}, {EDI_OP_CONST, 1, 0, 0, CONST_SET}, {EDI_OP_IN, 0, 0, 1, 0}, {EDI_OP_RETURN, 0, 0, 0, 0}}, "9:0=2 "},
    {"below", {{EDI_OP_ATTR, 0, 0, 0, ATTR_A}, {EDI_OP_CONST, 1, 0, 0, CONST_ONE}, {EDI_OP_LT, 0, 0, 1, 0}, {EDI_OP_RETURN, 0, 0, 0, 0}}, "10:0..0 "},
    {"not below", {{EDI_OP_ATTR, 0, 0, 0, ATTR_A}, {EDI_OP_CONST, 1, 0, 0, CONST_ONE}, {EDI_OP_LT, 0, 0, 1, 0}, {EDI_OP_NOT, 0, 0, 0, 0}, {EDI_OP_RETURN, 0, 0, 0, 0}}, "10:0 0.. "},
    {"a flag", {{EDI_OP_ATTR, 0, 0, 0, ATTR_FLAG}, {EDI_OP_RETURN, 0, 0, 0, 0}}, "9:2=1 "},
    {"a fact of the contract", {{EDI_OP_ATTR, 0, 0, 0, ATTR_DATASET}, {EDI_OP_CONST, 1, 0, 0, CONST_ONE}, {EDI_OP_EQ, 0, 0, 1, 0}, {EDI_OP_RETURN, 0, 0, 0, 0}}, "265:3=1 "},
    {"and", {{EDI_OP_ATTR, 0, 0, 0, ATTR_A}, {EDI_OP_CONST, 1, 0, 0, CONST_ONE}, {EDI_OP_EQ, 0, 0, 1, 0}, {EDI_OP_JUMP_NO, 0, 0, 0, 8},
             {EDI_OP_ATTR, 1, 0, 0, ATTR_B}, {EDI_OP_CONST, 2, 0, 0, CONST_TWO}, {EDI_OP_EQ, 1, 1, 2, 0}, {EDI_OP_AND, 0, 0, 1, 0}, {EDI_OP_RETURN, 0, 0, 0, 0}},
     "9:0=1 9:1=1 "},
    {"or of one attribute", {{EDI_OP_ATTR, 0, 0, 0, ATTR_A}, {EDI_OP_CONST, 1, 0, 0, CONST_ONE}, {EDI_OP_EQ, 0, 0, 1, 0}, {EDI_OP_JUMP_YES, 0, 0, 0, 8},
             {EDI_OP_ATTR, 1, 0, 0, ATTR_A}, {EDI_OP_CONST, 2, 0, 0, CONST_TWO}, {EDI_OP_EQ, 1, 1, 2, 0}, {EDI_OP_OR, 0, 0, 1, 0}, {EDI_OP_RETURN, 0, 0, 0, 0}},
     "9:0=2 "},
    {"or of two", {{EDI_OP_ATTR, 0, 0, 0, ATTR_A}, {EDI_OP_CONST, 1, 0, 0, CONST_ONE}, {EDI_OP_EQ, 0, 0, 1, 0}, {EDI_OP_JUMP_YES, 0, 0, 0, 8},
             {EDI_OP_ATTR, 1, 0, 0, ATTR_B}, {EDI_OP_CONST, 2, 0, 0, CONST_TWO}, {EDI_OP_EQ, 1, 1, 2, 0}, {EDI_OP_OR, 0, 0, 1, 0}, {EDI_OP_RETURN, 0, 0, 0, 0}},
     ""},
    /* a jump past the comparison: what it is taken on says nothing of the answer */
    {"another register answers", {{EDI_OP_CONST, 1, 0, 0, CONST_YES}, {EDI_OP_ATTR, 2, 0, 0, ATTR_FLAG}, {EDI_OP_JUMP_NO, 0, 2, 0, 6},
             {EDI_OP_ATTR, 0, 0, 0, ATTR_A}, {EDI_OP_CONST, 3, 0, 0, CONST_ONE}, {EDI_OP_EQ, 1, 0, 3, 0}, {EDI_OP_RETURN, 0, 1, 0, 0}}, ""},
    /* jumps that arrive in the order in which they were taken, not the other way round */
    {"crossing jumps", {{EDI_OP_ATTR, 0, 0, 0, ATTR_FLAG}, {EDI_OP_CONST, 1, 0, 0, CONST_YES}, {EDI_OP_JUMP_NO, 0, 0, 0, 5}, {EDI_OP_JUMP_YES, 0, 0, 0, 8},
             {EDI_OP_CONST, 1, 0, 0, CONST_NO}, {EDI_OP_ATTR, 2, 0, 0, ATTR_A}, {EDI_OP_CONST, 3, 0, 0, CONST_ONE}, {EDI_OP_EQ, 1, 2, 3, 0}, {EDI_OP_RETURN, 0, 1, 0, 0}}, ""},
    /* on the path of the jump the flag is yes; what it guarded there is the answer's still */
    {"the flag decides", {{EDI_OP_ATTR, 0, 0, 0, ATTR_FLAG}, {EDI_OP_MOVE, 1, 0, 0, 0}, {EDI_OP_JUMP_YES, 0, 0, 0, 4}, {EDI_OP_CONST, 1, 0, 0, CONST_NO}, {EDI_OP_RETURN, 0, 1, 0, 0}}, "9:2=1 "},
};

static void describe(const edi_guard *g, uint32_t count, char *out, size_t size) {
  size_t used = 0;
  out[0] = '\0';
  for (uint32_t i = 0; i < count; i++) {
    used += (size_t)snprintf(out + used, size - used, "%u:%u", (unsigned)g[i].test, (unsigned)g[i].key);
    if (!edi_guard_is_between(g[i].test)) used += (size_t)snprintf(out + used, size - used, "=%u ", (unsigned)g[i].count);
    else if (g[i].low == EDI_NONE) used += (size_t)snprintf(out + used, size - used, "..%u ", (unsigned)g[i].high);
    else if (g[i].high == EDI_NONE) used += (size_t)snprintf(out + used, size - used, " %u.. ", (unsigned)g[i].low);
    else used += (size_t)snprintf(out + used, size - used, " %u..%u ", (unsigned)g[i].low, (unsigned)g[i].high);
  }
}

TEST(guards_of_codes) {
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    edi_arena arena;
    edi_guard guards[EDI_GUARDS_OF_RULE];
    char said[256];
    uint32_t count = 1;
    while (cases[i].code[count - 1].op != EDI_OP_RETURN) count++;
    edi_routine code = {.instrs = {0, count}, .type = EDI_TYPE_BOOL, .registers = 4};
    edi_program p = {.attrs = attrs, .attrs_count = 4, .consts = consts, .consts_count = 5, .lists = lists, .lists_count = 2,
                     .codes = &code, .codes_count = 1, .instrs = cases[i].code, .instrs_count = count};
    edi_rule rule = {.from = EDI_DATE_MIN, .until = EDI_DATE_MAX, .target = EDI_NONE, .condition = 0};
    edi_arena_init(&arena, NULL, (size_t)8 << 20);
    edi_guards *finder = edi_guards_create(&p, NULL, &arena);
    CHECK(finder != NULL);
    describe(guards, finder ? edi_guards_rule(finder, &rule, guards) : 0, said, sizeof said);
    if (strcmp(said, cases[i].guards) != 0) HARNESS_FAIL("%s: \"%s\", expected \"%s\"", cases[i].name, said, cases[i].guards);
    edi_arena_fini(&arena);
  }
}

/* ---- the index ---- */

/* The sample's rules below so many branches that all need what each of them does. */
static const char *code_at_depth(uint32_t depth, bool all) {
  static char code[16];
  edi_arena arena;
  edi_buf bytes;
  edi_program program;
  edict_diagnostics *findings = edict_diagnostics_create();
  edi_arena_init(&arena, NULL, (size_t)64 << 20);
  edi_builder *b = sample_federal(&arena);
  uint32_t rules[64], count = edi_builder_count_rules(b);
  for (uint32_t i = 0; i < count; i++) rules[i] = i;
  for (uint32_t i = 0; i <= depth; i++) {
    edi_branch branch = {.test = i ? EDI_GUARD_THING : EDI_GUARD_NONE, .key = i ? EDI_THING_DATASET : 0, .end = depth + 1};
    if (i == depth) branch.rules = edi_builder_list(b, rules, all ? count : count - 1);
    (void)edi_builder_add_branches(b, &branch, 1);
  }
  sample_bytes(b, &bytes);
  edict_status status = edi_program_verify(bytes.ptr, bytes.len, &arena, &program, findings);
  snprintf(code, sizeof code, "%s", status == EDICT_OK ? "" : edict_diagnostics_code(findings, 0));
  edi_buf_fini(&bytes);
  edict_diagnostics_destroy(&findings);
  edi_arena_fini(&arena);
  return code;
}

TEST(an_index_is_so_deep) {
  CHECK(strcmp(code_at_depth(0, true), "") == 0);
  CHECK(strcmp(code_at_depth(EDI_BRANCH_DEPTH, true), "") == 0);
  CHECK(strcmp(code_at_depth(EDI_BRANCH_DEPTH + 1, true), "R0113") == 0);
  CHECK(strcmp(code_at_depth(EDI_BRANCH_DEPTH, false), "R0148") == 0);
}

/* A copy of the filed sample with one branch changed, by one thread and by two; the code, or "". */
static const char *code_of_branch(uint32_t at, void (*change)(edi_branch *b, const edi_program *p), bool together) {
  static char code[16];
  edi_arena arena;
  edi_buf bytes;
  edi_program program;
  edict_diagnostics *findings = edict_diagnostics_create();
  edi_arena_init(&arena, NULL, (size_t)64 << 20);
  sample_bytes(sample_filed(&arena), &bytes);
  if (edi_program_verify(bytes.ptr, bytes.len, &arena, &program, findings) != EDICT_OK) HARNESS_FAIL("it does not hold");
  change((edi_branch *)(uintptr_t)&program.branches[at], &program);
  edi_parallel_fix(together ? 2 : 1, together);
  edict_status status = edi_program_verify(bytes.ptr, bytes.len, &arena, &program, findings);
  edi_parallel_fix(0, false);
  snprintf(code, sizeof code, "%s", status == EDICT_OK ? "" : edict_diagnostics_code(findings, 0));
  edi_buf_fini(&bytes);
  edict_diagnostics_destroy(&findings);
  edi_arena_fini(&arena);
  return code;
}

static void need_nothing(edi_branch *b, const edi_program *p) { (void)p, b->test = EDI_GUARD_NONE, b->key = 0, b->values = (edi_range){0, 0}; }
static void need_another(edi_branch *b, const edi_program *p) { (void)p, b->key = b->key ? 0 : 1; }
static void hold_nothing(edi_branch *b, const edi_program *p) { (void)p, b->rules = (edi_range){0, 0}; }

static uint32_t root_ends; /* where the first branch is to end */
static void end_early(edi_branch *b, const edi_program *p) { (void)p, b->end = root_ends; }

static uint32_t branches_of_sample(uint32_t *leaf) {
  edi_arena arena;
  edi_buf bytes;
  edi_program program;
  edi_arena_init(&arena, NULL, (size_t)64 << 20);
  sample_bytes(sample_filed(&arena), &bytes);
  uint32_t count = edi_program_verify(bytes.ptr, bytes.len, &arena, &program, NULL) == EDICT_OK ? program.branches_count : 0;
  for (uint32_t i = 1; i < count; i++)
    if (program.branches[i].end == i + 1) *leaf = i;
  edi_buf_fini(&bytes);
  edi_arena_fini(&arena);
  return count;
}

/* Whichever branch it is, and however the work is shared. */
TEST(a_branch_that_is_otherwise)
{
  uint32_t leaf = 0, count = branches_of_sample(&leaf);
  REQUIRE(count > 3 && leaf > 0);
  for (int together = 0; together < 2; together++) {
    for (uint32_t i = 1; i < count; i++) {
      if (strcmp(code_of_branch(i, need_nothing, together), "R0134") != 0) HARNESS_FAIL("branch %u needs nothing", (unsigned)i);
      if (strcmp(code_of_branch(i, need_another, together), "") == 0) HARNESS_FAIL("branch %u needs something else", (unsigned)i);
    }
    CHECK_TEXT(code_of_branch(leaf, hold_nothing, together), 5, "R0131");
    for (root_ends = 0; root_ends < count; root_ends++)
      if (strcmp(code_of_branch(0, end_early, together), "R0126") != 0) HARNESS_FAIL("the first ends at %u", (unsigned)root_ends);
  }
}

TEST(an_index_without_rules) {
  edi_arena arena;
  edi_buf bytes;
  edi_program program;
  edict_diagnostics *findings = edict_diagnostics_create();
  edi_arena_init(&arena, NULL, (size_t)8 << 20);
  edi_builder *b = sample_empty(&arena);
  edi_branch branch = {.end = 1};
  (void)edi_builder_add_branches(b, &branch, 1);
  sample_bytes(b, &bytes);
  CHECK_INT(edi_program_verify(bytes.ptr, bytes.len, &arena, &program, findings), EDICT_FORMAT);
  CHECK(strcmp(edict_diagnostics_code(findings, 0), "R0148") == 0);
  edi_buf_fini(&bytes);
  edict_diagnostics_destroy(&findings);
  edi_arena_fini(&arena);
}

HARNESS_MAIN
