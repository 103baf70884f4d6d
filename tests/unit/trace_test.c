/* Trace: code that no compiler wrote is refused in bounded time; what compilers write is held against the oracle
 * in tests/property/oracle_test.c. */
#include "eval/trace.h"
#include "harness.h"

enum { INSTRS_MOST = 600 };

typedef struct world {
  edi_linked linked;
  edi_instr code[INSTRS_MOST];
  edi_routine codes[1];
  edi_const consts[2];
  edi_value values[2];
  edi_vocabulary vocabulary;
  edi_vm vm;
  edi_arena arena;
  char scratch[EDI_VM_SCRATCH];
} world;

static void begin(world *w, uint32_t count) {
  w->codes[0] = (edi_routine){.instrs = {0, count}};
  for (int i = 0; i < 2; i++) {
    w->consts[i] = (edi_const){.type = EDI_TYPE_BOOL, .value = i};
    w->values[i] = edi_value_integer(EDI_TYPE_BOOL, i);
  }
  w->linked.program.instrs = w->code;
  w->linked.program.codes = w->codes;
  w->linked.program.consts = w->consts;
  w->linked.consts = w->values;
  w->vocabulary.program = &w->linked.program;
  w->vm = (edi_vm){.linked = &w->linked, .vocabulary = &w->vocabulary, .scratch = w->scratch};
  edi_arena_init(&w->arena, NULL, (size_t)64 << 20);
}

static size_t lines;
static void count_line(void *user, const edi_trace_line *line) {
  (void)user;
  (void)line;
  lines++;
}

static edict_status trace(world *w) {
  lines = 0;
  edict_status status = edi_trace(&w->vm, 0, &w->arena, 0, count_line, NULL);
  edi_arena_fini(&w->arena);
  return status;
}

TEST(a_value_used_twice_at_each_step_is_no_endless_tree)
{
  static world w;
  static const uint8_t ops[] = {EDI_OP_AND, EDI_OP_OR, EDI_OP_EQ};
  for (size_t k = 0; k < 3; k++) {
    memset(&w, 0, sizeof w);
    w.code[0] = (edi_instr){.op = EDI_OP_CONST, .imm = 1};
    for (uint32_t i = 1; i < 101; i++) w.code[i] = (edi_instr){.op = i % 2 ? ops[k] : EDI_OP_OR};
    w.code[101] = (edi_instr){.op = EDI_OP_RETURN};
    begin(&w, 102);
    CHECK_INT(trace(&w), EDICT_LIMIT);
  }
}

TEST(a_tree_deeper_than_any_rule_is_refused)
{
  static world w;
  for (uint32_t depth = 240; depth <= 500; depth += 260) {
    memset(&w, 0, sizeof w);
    w.code[0] = (edi_instr){.op = EDI_OP_CONST, .imm = 1};
    for (uint32_t i = 1; i <= depth; i++) w.code[i] = (edi_instr){.op = EDI_OP_NOT};
    w.code[depth + 1] = (edi_instr){.op = EDI_OP_RETURN};
    begin(&w, depth + 2);
    CHECK_INT(trace(&w), depth == 240 ? EDICT_OK : EDICT_LIMIT);
    if (depth == 240) CHECK_INT(lines, 241);
  }
}

/* no; if no, go to the end; yes; the end: it answers no, and without the jump yes. */
TEST(a_jump_over_what_would_change_the_answer_is_told)
{
  static world w;
  memset(&w, 0, sizeof w);
  w.code[0] = (edi_instr){.op = EDI_OP_CONST, .imm = 0};
  w.code[1] = (edi_instr){.op = EDI_OP_JUMP_NO, .imm = 3};
  w.code[2] = (edi_instr){.op = EDI_OP_CONST, .imm = 1};
  w.code[3] = (edi_instr){.op = EDI_OP_RETURN};
  begin(&w, 4);
  CHECK_INT(trace(&w), EDICT_UNSUPPORTED);
  CHECK_INT(lines, 0);
}

/* However little there is: all is told, or nothing. */
TEST(without_memory_nothing_is_told)
{
  static world w;
  edict_status status = EDICT_LIMIT;
  size_t refused = 0;
  memset(&w, 0, sizeof w);
  w.code[0] = (edi_instr){.op = EDI_OP_CONST, .imm = 1};
  for (uint32_t i = 1; i < 240; i++) w.code[i] = (edi_instr){.op = EDI_OP_NOT};
  w.code[240] = (edi_instr){.op = EDI_OP_RETURN};
  for (size_t left = 256; status == EDICT_LIMIT && left < (size_t)1 << 20; left += left / 8) {
    begin(&w, 241);
    edi_arena_fini(&w.arena);
    edi_arena_init(&w.arena, NULL, (size_t)1 << 20);
    REQUIRE(edi_arena_alloc(&w.arena, ((size_t)1 << 20) - left));
    status = trace(&w);
    CHECK_INT(lines, status == EDICT_OK ? 240 : 0);
    refused += status == EDICT_LIMIT;
  }
  CHECK_INT(status, EDICT_OK);
  CHECK(refused > 8);
}

HARNESS_MAIN
