/* The verifier's codes: what every instruction takes and gives, joins, jumps, places, measures.
 *
 * Types of operands are tried exhaustively against signatures written here by hand; the rest are
 * codes of a few instructions put into a rule that holds otherwise. */
#include "harness.h"

#include "base/calendar.h"
#include "base/pattern.h"
#include "bundle/limits.h"
#include "bundle/measure.h"
#include "bundle/opcode.h"
#include "support/sample_program.h"

/* Kinds of the sample. */
enum { TAG, PURPOSE, ROLE, REGION, ACTION, DOMAIN_KIND, ISSUER, PERSON };
#define NODE_OF(kind) EDI_TYPE_MAKE(EDI_TYPE_NODE, kind)

/* A value of each type that registers can have. */
typedef enum value {
  V_BOOL,
  V_INT,
  V_DECIMAL,
  V_STRING,
  V_TIMESTAMP,
  V_DATE,
  V_DURATION,
  V_IP,
  V_PURPOSE,
  V_ROLE,
  V_LEVEL,
  V_ID,
  V_SUBJECT,
  V_INTS,
  V_PURPOSES,
  V_LEVELS,
  VALUES
} value;

static const edi_type types[VALUES] = {
    EDI_TYPE_BOOL,
    EDI_TYPE_INT,
    EDI_TYPE_DECIMAL,
    EDI_TYPE_STRING,
    EDI_TYPE_TIMESTAMP,
    EDI_TYPE_DATE,
    EDI_TYPE_DURATION,
    EDI_TYPE_IP,
    NODE_OF(PURPOSE),
    NODE_OF(ROLE),
    EDI_TYPE_LEVEL,
    EDI_TYPE_MAKE(EDI_TYPE_ID, PERSON),
    EDI_TYPE_SUBJECT,
    EDI_TYPE_INT | EDI_TYPE_SET,
    NODE_OF(PURPOSE) | EDI_TYPE_SET,
    EDI_TYPE_LEVEL | EDI_TYPE_SET,
};

enum {
  NODE_SUPPORT = 8,
  NODE_ANALYST = 11,
  ATTR_ID = 2,
  ATTR_ROLES = 3,
  ATTR_PURPOSE = 6,
  ATTR_NOW = 7
};

/* An instruction that puts such a value into a register. */
static edi_instr load(edi_builder *b, value v, uint8_t dst) {
  edi_const c = {.type = types[v]};
  uint32_t index;
  if (v == V_SUBJECT) return (edi_instr){EDI_OP_ATTR, dst, 0, 0, ATTR_ID};
  if (v == V_PURPOSE) c.value = NODE_SUPPORT;
  if (v == V_ROLE) c.value = NODE_ANALYST;
  if (v == V_STRING || v == V_ID) index = edi_builder_const_text(b, types[v], EDI_STR("text"));
  else if (v == V_IP) index = edi_builder_const_text(b, types[v], EDI_STR("0123456789abcdef"));
  else index = edi_builder_const(b, c); /* a set: empty */
  return (edi_instr){EDI_OP_CONST, dst, 0, 0, index};
}

static bool scalar(value v) { return v < V_SUBJECT; }
static bool ordered(value v) {
  return v == V_INT || v == V_DECIMAL || v == V_TIMESTAMP || v == V_DATE || v == V_DURATION ||
         v == V_LEVEL;
}
static bool node(value v) { return v == V_PURPOSE || v == V_ROLE; }
static bool set(value v) { return v >= V_INTS; }
static bool member(value v, value of) {
  return (of == V_INTS && v == V_INT) || (of == V_PURPOSES && v == V_PURPOSE) ||
         (of == V_LEVELS && v == V_LEVEL);
}

/* What an instruction makes of its operands: the type, or EDI_TYPE_NONE where they do not fit. */
static edi_type signature(edi_op op, value a, value b) {
  const edi_type B = EDI_TYPE_BOOL, none = EDI_TYPE_NONE;
#define IF(condition, type) return (condition) ? (edi_type)(type) : none
  switch ((int)op) {
    case EDI_OP_MOVE: return types[a];
    case EDI_OP_AND:
    case EDI_OP_OR: IF(a == V_BOOL && b == V_BOOL, B);
    case EDI_OP_NOT: IF(a == V_BOOL, B);
    case EDI_OP_IS_SET: return B;
    case EDI_OP_EQ: IF(scalar(a) && a == b, B);
    case EDI_OP_LT:
    case EDI_OP_LE: IF(ordered(a) && a == b, B);
    case EDI_OP_IS: IF(node(a) && a == b, B);
    case EDI_OP_IN: IF(member(a, b), B);
    case EDI_OP_HAS: IF(member(b, a), B);
    case EDI_OP_OVERLAPS:
    case EDI_OP_COVERS: IF(set(a) && a == b, B);
    case EDI_OP_TO_DECIMAL: IF(a == V_INT, EDI_TYPE_DECIMAL);
    case EDI_OP_ADD_INT:
    case EDI_OP_SUB_INT:
    case EDI_OP_MUL_INT: IF(a == V_INT && b == V_INT, EDI_TYPE_INT);
    case EDI_OP_ADD_DECIMAL:
    case EDI_OP_SUB_DECIMAL:
    case EDI_OP_MUL_DECIMAL: IF(a == V_DECIMAL && b == V_DECIMAL, EDI_TYPE_DECIMAL);
    case EDI_OP_ADD_TIME:
    case EDI_OP_SUB_TIME: IF(a == V_TIMESTAMP && b == V_DURATION, EDI_TYPE_TIMESTAMP);
    case EDI_OP_ADD_DATE:
    case EDI_OP_SUB_DATE: IF(a == V_DATE && b == V_DURATION, EDI_TYPE_DATE);
    case EDI_OP_ADD_DURATION:
    case EDI_OP_SUB_DURATION: IF(a == V_DURATION && b == V_DURATION, EDI_TYPE_DURATION);
    case EDI_OP_DIFF_TIME: IF(a == V_TIMESTAMP && b == V_TIMESTAMP, EDI_TYPE_DURATION);
    case EDI_OP_DATE_OF: IF(a == V_TIMESTAMP, EDI_TYPE_DATE);
    case EDI_OP_STARTS:
    case EDI_OP_ENDS:
    case EDI_OP_CONTAINS: IF(a == V_STRING && b == V_STRING, B);
    case EDI_OP_LOWER: IF(a == V_STRING, EDI_TYPE_STRING);
    case EDI_OP_LENGTH: IF(a == V_STRING, EDI_TYPE_INT);
    case EDI_OP_WEEKDAY: IF(a == V_TIMESTAMP, EDI_TYPE_INT);
    case EDI_OP_TIME_OF_DAY: IF(a == V_TIMESTAMP, EDI_TYPE_DURATION);
    default: return UINT32_MAX; /* not decided by two registers alone */
  }
#undef IF
}

/* Verifies a program whose only rule has this condition; the first code reported, or "". */
typedef struct outcome {
  char code[8];
  char message[256];
} outcome;

static outcome verify(edi_arena *arena, edi_builder *b, uint32_t condition) {
  outcome result = {"", ""};
  edict_diagnostics *findings = edict_diagnostics_create();
  edi_program program;
  edi_buf bytes;
  edi_rule rule = {.name = edi_builder_string(b, EDI_STR("federal.test.code")),
                   .file = edi_builder_string(b, EDI_STR("f")),
                   .line = 1,
                   .column = 1,
                   .effect = EDI_EFFECT_FORBID,
                   .from = (int32_t)EDI_DATE_MIN,
                   .until = (int32_t)EDI_DATE_MAX,
                   .target = EDI_NONE,
                   .condition = condition,
                   .body = EDI_NONE,
                   .delegate_to = EDI_NONE,
                   .thing = EDI_THING_DATASET};
  rule.actions = edi_builder_list(b, (const uint32_t[]){18}, 1);
  (void)edi_builder_add_rules(b, &rule, 1);
  sample_bytes(b, &bytes);
  if (edi_program_verify(bytes.ptr, bytes.len, arena, &program, findings) != EDICT_OK) {
    snprintf(result.code, sizeof result.code, "%s", edict_diagnostics_code(findings, 0));
    snprintf(result.message, sizeof result.message, "%s", edict_diagnostics_message(findings, 0));
  }
  edi_buf_fini(&bytes);
  edict_diagnostics_destroy(&findings);
  return result;
}

/* The answer of the code is a bool: whatever r2 is, `is set` says so. */
static outcome try_operands(edi_op op, value a, value b, edi_type *type) {
  edi_arena arena;
  edi_arena_init(&arena, NULL, (size_t)16 << 20);
  edi_builder *builder = sample_many_rules(&arena, 0);
  uint8_t second = edi_opcodes[op].b == EDI_OPERAND_NONE ? 0 : 1;
  edi_instr code[] = {load(builder, a, 0),
                      load(builder, b, 1),
                      {(uint8_t)op, 2, 0, second, 0},
                      {EDI_OP_IS_SET, 0, 2, 0, 0},
                      {EDI_OP_RETURN, 0, 0, 0, 0}};
  outcome result = verify(&arena, builder, edi_builder_code(builder, code, 5, EDI_TYPE_BOOL));
  edi_arena_fini(&arena);
  *type = EDI_TYPE_NONE;
  if (*result.code) return result;
  /* The type of r2 is the one whose code with MOVE and RETURN of it holds. */
  for (value v = 0; v < VALUES && *type == EDI_TYPE_NONE; v++) {
    if (types[v] != signature(op, a, b)) continue;
    edi_arena_init(&arena, NULL, (size_t)16 << 20);
    builder = sample_many_rules(&arena, 0);
    edi_instr compared[] = {load(builder, a, 0),
                            load(builder, b, 1),
                            {(uint8_t)op, 2, 0, second, 0},
                            {EDI_OP_RETURN, 0, 2, 0, 0}};
    outcome typed = verify(&arena, builder, edi_builder_code(builder, compared, 4, types[v]));
    /* The place wants a bool; the code itself must have held. */
    if (!*typed.code || strcmp(typed.code, "R0145") == 0) *type = types[v];
    edi_arena_fini(&arena);
  }
  return result;
}

TEST(operands_exhaustively)
{
  size_t tried = 0;
  for (unsigned op = 0; op < EDI_OP_COUNT; op++) {
    if (signature((edi_op)op, V_BOOL, V_BOOL) == UINT32_MAX) continue;
    for (value a = 0; a < VALUES; a++)
      for (value b = 0; b < VALUES; b++, tried++) {
        edi_type type, expected = signature((edi_op)op, a, b);
        if (edi_opcodes[op].b == EDI_OPERAND_NONE && b > 0) continue;
        outcome got = try_operands((edi_op)op, a, b, &type);
        if (strcmp(got.code, expected == EDI_TYPE_NONE ? "R0141" : "") != 0 || type != expected)
          HARNESS_FAIL("%s of %u and %u: \"%s\" and type %x, expected type %x (%s)",
                       edi_op_name((edi_op)op), a, b, got.code, (unsigned)type, (unsigned)expected,
                       got.message);
      }
  }
  CHECK(tried > 8000);
}

TEST(every_instruction_is_in_the_sample)
{
  edi_arena arena;
  edi_arena_init(&arena, NULL, (size_t)16 << 20);
  edi_builder *b = sample_federal(&arena);
  bool seen[EDI_OP_COUNT] = {false};
  for (uint32_t i = 0; i < edi_builder_count_instrs(b); i++)
    seen[edi_builder_at_instrs(b, i)->op] = true;
  for (unsigned op = 0; op < EDI_OP_COUNT; op++)
    if (!seen[op]) HARNESS_FAIL("%s is in no code", edi_op_name((edi_op)op));
  edi_arena_fini(&arena);
}

/* ---- codes by hand ---- */

enum { MOST = 16 };
typedef struct coded {
  const char *name, *code;
  edi_instr instrs[MOST];
} coded;

/* Immediates that stand for what only the builder knows: constants of each value, and these. */
enum {
  C = 0x100000,
  C_GLOB = C + VALUES,
  C_CIDR,
  C_CIDR_LONG,
  C_CIDR_HOST,
  C_DOMAIN,
  L_TAGS,
  L_MIXED,
  L_EMPTY,
  L_DESCENDING
};
#define END OP(RETURN, 0, 0, 0, 0)
#define OP(name, dst, a, b, imm) \
  { EDI_OP_##name, (dst), (a), (b), (imm) }
#define LAST_INSTR \
  { 0xFF, 0, 0, 0, 0 }

static uint32_t resolve(edi_builder *b, uint32_t imm) {
  uint32_t tags[] = {2, 3}, mixed[] = {2, 10};
  if (imm < C) return imm;
  if (imm < C + VALUES) return load(b, (value)(imm - C), 0).imm;
  switch (imm) {
    case C_GLOB: return edi_builder_const_text(b, EDI_TYPE_STRING, EDI_STR("a*"));
    case C_CIDR: return edi_builder_const_text(b, EDI_TYPE_STRING, EDI_STR("2001:db8::/32"));
    case C_CIDR_LONG: return edi_builder_const_text(b, EDI_TYPE_STRING, EDI_STR("10.0.0.0/33"));
    case C_CIDR_HOST: return edi_builder_const_text(b, EDI_TYPE_STRING, EDI_STR("10.0.0.1/8"));
    case C_DOMAIN: return edi_builder_const(b, (edi_const){NODE_OF(DOMAIN_KIND), 0, 21});
    case L_TAGS: return edi_builder_nodes(b, tags, 2);
    case L_MIXED: return edi_builder_nodes(b, mixed, 2);
    case L_EMPTY: return edi_builder_list(b, (const uint32_t[]){0}, 1).first;
    case L_DESCENDING: return edi_builder_list(b, (const uint32_t[]){2, 3, 2}, 3).first;
    default: return imm;
  }
}

static void expect_codes(const coded *rows, size_t count) {
  for (size_t i = 0; i < count; i++) {
    edi_arena arena;
    edi_arena_init(&arena, NULL, (size_t)16 << 20);
    edi_builder *b = sample_federal(&arena);
    edi_instr instrs[MOST];
    uint32_t length = 0;
    while (length < MOST && rows[i].instrs[length].op != 0xFF) {
      instrs[length] = rows[i].instrs[length];
      instrs[length].imm = resolve(b, instrs[length].imm);
      length++;
    }
    outcome got = verify(&arena, b, edi_builder_code(b, instrs, length, EDI_TYPE_BOOL));
    if (strcmp(got.code, rows[i].code) != 0)
      HARNESS_FAIL("%s: \"%s\", expected \"%s\" (%s)", rows[i].name, got.code, rows[i].code,
                   got.message);
    edi_arena_fini(&arena);
  }
}
#define EXPECT(rows) expect_codes(rows, sizeof(rows) / sizeof *(rows))
#define YES          OP(CONST, 0, 0, 0, C + V_BOOL)

TEST(paths)
{
  static const coded rows[] = {
      {"an answer", "", {YES, END, LAST_INSTR}},
      {"no RETURN", "R0143", {YES, LAST_INSTR}},
      {"RETURN in the middle", "R0143", {YES, END, YES, END, LAST_INSTR}},
      {"the answer of another type", "R0143", {OP(CONST, 0, 0, 0, C + V_INT), END, LAST_INSTR}},
      {"never written", "R0141", {OP(RETURN, 0, 0, 0, 0), LAST_INSTR}},
      {"read before it is written",
       "R0141",
       {YES, OP(AND, 0, 0, 1, 0), OP(CONST, 1, 0, 0, C + V_BOOL), END, LAST_INSTR}},
      {"a jump", "", {YES, OP(JUMP_NO, 0, 0, 0, 3), OP(NOT, 0, 0, 0, 0), END, LAST_INSTR}},
      {"a jump to the next", "", {YES, OP(JUMP_YES, 0, 0, 0, 2), END, LAST_INSTR}},
      {"a jump to itself", "R0142", {YES, OP(JUMP_NO, 0, 0, 0, 1), END, LAST_INSTR}},
      {"a jump back", "R0142", {YES, OP(JUMP_NO, 0, 0, 0, 0), END, LAST_INSTR}},
      {"a jump past the end", "R0142", {YES, OP(JUMP_NO, 0, 0, 0, 3), END, LAST_INSTR}},
      {"a jump far past the end", "R0142", {YES, OP(JUMP_NO, 0, 0, 0, EDI_NONE), END, LAST_INSTR}},
      {"a jump on an int",
       "R0141",
       {OP(CONST, 0, 0, 0, C + V_INT), OP(JUMP_NO, 0, 0, 0, 2), YES, END, LAST_INSTR}},
      {"written on one path only",
       "R0141",
       {YES, OP(JUMP_NO, 0, 0, 0, 3), OP(MOVE, 1, 0, 0, 0), OP(AND, 0, 0, 1, 0), END, LAST_INSTR}},
      {"written on one path, not read",
       "",
       {YES, OP(JUMP_NO, 0, 0, 0, 3), OP(MOVE, 1, 0, 0, 0), END, LAST_INSTR}},
      {"two types at a join",
       "R0141",
       {YES, OP(CONST, 1, 0, 0, C + V_INT), OP(JUMP_NO, 0, 0, 0, 4), OP(CONST, 1, 0, 0, C + V_BOOL),
        OP(MOVE, 0, 1, 0, 0), END, LAST_INSTR}},
      {"two types at a join, not read",
       "",
       {YES, OP(CONST, 1, 0, 0, C + V_INT), OP(JUMP_NO, 0, 0, 0, 4), OP(CONST, 1, 0, 0, C + V_BOOL),
        OP(MOVE, 0, 0, 0, 0), END, LAST_INSTR}},
      {"two jumps to one place, of two types",
       "R0141",
       {YES, OP(CONST, 1, 0, 0, C + V_INT), OP(JUMP_NO, 0, 0, 0, 6), OP(CONST, 1, 0, 0, C + V_BOOL),
        OP(JUMP_YES, 0, 0, 0, 6), OP(CONST, 1, 0, 0, C + V_BOOL), OP(MOVE, 0, 1, 0, 0), END,
        LAST_INSTR}},
      {"rewritten after the join",
       "",
       {YES, OP(CONST, 1, 0, 0, C + V_INT), OP(JUMP_NO, 0, 0, 0, 4), OP(CONST, 1, 0, 0, C + V_BOOL),
        OP(MOVE, 1, 0, 0, 0), OP(AND, 0, 0, 1, 0), END, LAST_INSTR}},
      {"crossing jumps",
       "",
       {YES, OP(JUMP_NO, 0, 0, 0, 4), OP(JUMP_YES, 0, 0, 0, 5), OP(NOT, 0, 0, 0, 0),
        OP(NOT, 0, 0, 0, 0), END, LAST_INSTR}},
      {"nested joins",
       "R0141",
       {YES, OP(JUMP_NO, 0, 0, 0, 5), OP(CONST, 1, 0, 0, C + V_BOOL), OP(JUMP_YES, 0, 0, 0, 5),
        OP(NOT, 1, 1, 0, 0), OP(AND, 0, 0, 1, 0), END, LAST_INSTR}},
  };
  EXPECT(rows);
}

TEST(fields)
{
  static const coded rows[] = {
      {"dst of RETURN", "R0140", {YES, {EDI_OP_RETURN, 1, 0, 0, 0}, LAST_INSTR}},
      {"b of RETURN", "R0140", {YES, {EDI_OP_RETURN, 0, 0, 1, 0}, LAST_INSTR}},
      {"imm of RETURN", "R0140", {YES, {EDI_OP_RETURN, 0, 0, 0, 1}, LAST_INSTR}},
      {"a of CONST", "R0140", {OP(CONST, 0, 1, 0, C + V_BOOL), END, LAST_INSTR}},
      {"b of NOT", "R0140", {YES, OP(NOT, 0, 0, 1, 0), END, LAST_INSTR}},
      {"imm of AND", "R0140", {YES, OP(AND, 0, 0, 0, 1), END, LAST_INSTR}},
      {"dst of a jump", "R0140", {YES, OP(JUMP_NO, 1, 0, 0, 2), END, LAST_INSTR}},
      {"no such constant", "R0124", {OP(CONST, 0, 0, 0, 99999), END, LAST_INSTR}},
      {"no such pattern",
       "R0124",
       {OP(CONST, 0, 0, 0, C + V_STRING), OP(MATCHES, 0, 0, 0, 2), END, LAST_INSTR}},
      {"a mask's pattern",
       "R0129",
       {OP(CONST, 0, 0, 0, C + V_STRING), OP(MATCHES, 0, 0, 0, 0), END, LAST_INSTR}},
      {"a condition's pattern",
       "",
       {OP(CONST, 0, 0, 0, C + V_STRING), OP(MATCHES, 0, 0, 0, 1), END, LAST_INSTR}},
      {"a pattern over an int",
       "R0141",
       {OP(CONST, 0, 0, 0, C + V_INT), OP(MATCHES, 0, 0, 0, 1), END, LAST_INSTR}},
      {"no such entity", "R0140", {OP(TAGGED, 0, 3, 0, L_TAGS), END, LAST_INSTR}},
      {"tags", "", {OP(TAGGED, 0, 1, 0, L_TAGS), END, LAST_INSTR}},
      {"b of TAGGED", "R0140", {OP(TAGGED, 0, 1, 1, L_TAGS), END, LAST_INSTR}},
      {"a tag and a role", "R0124", {OP(TAGGED, 0, 1, 0, L_MIXED), END, LAST_INSTR}},
      {"no tags", "R0131", {OP(TAGGED, 0, 1, 0, L_EMPTY), END, LAST_INSTR}},
      {"tags out of order", "R0126", {OP(TAGGED, 0, 1, 0, L_DESCENDING), END, LAST_INSTR}},
      {"a list beyond all", "R0124", {OP(TAGGED, 0, 1, 0, 99999), END, LAST_INSTR}},
      {"a column holds none", "R0140", {OP(HOLDING, 0, 2, 0, L_TAGS), END, LAST_INSTR}},
      {"a glob", "", {OP(NAMED, 0, 1, 0, C_GLOB), END, LAST_INSTR}},
      {"a glob of an int", "R0141", {OP(NAMED, 0, 1, 0, C + V_INT), END, LAST_INSTR}},
      {"a domain", "", {OP(IN_DOMAIN, 0, 0, 0, C_DOMAIN), END, LAST_INSTR}},
      {"a purpose for a domain", "R0141", {OP(IN_DOMAIN, 0, 0, 0, C + V_PURPOSE), END, LAST_INSTR}},
      {"a network",
       "",
       {OP(CONST, 0, 0, 0, C + V_IP), OP(IN_CIDR, 0, 0, 0, C_CIDR), END, LAST_INSTR}},
      {"too long a prefix",
       "R0128",
       {OP(CONST, 0, 0, 0, C + V_IP), OP(IN_CIDR, 0, 0, 0, C_CIDR_LONG), END, LAST_INSTR}},
      {"host bits",
       "R0128",
       {OP(CONST, 0, 0, 0, C + V_IP), OP(IN_CIDR, 0, 0, 0, C_CIDR_HOST), END, LAST_INSTR}},
      {"a network that is an int",
       "R0141",
       {OP(CONST, 0, 0, 0, C + V_IP), OP(IN_CIDR, 0, 0, 0, C + V_INT), END, LAST_INSTR}},
      {"a level",
       "",
       {OP(CLASSIFICATION, 0, 1, 0, 0), OP(CONST, 1, 0, 0, C + V_LEVEL), OP(EQ, 0, 0, 1, 0), END,
        LAST_INSTR}},
      {"no such scale",
       "R0124",
       {OP(CLASSIFICATION, 0, 1, 0, 1), OP(IS_SET, 0, 0, 0, 0), END, LAST_INSTR}},
      {"no such attribute",
       "R0124",
       {OP(CONST, 0, 0, 0, C + V_BOOL), OP(IN_DOMAIN, 1, 0, 0, 99999), END, LAST_INSTR}},
  };
  EXPECT(rows);
}

TEST(tables)
{
  static const coded rows[] = {
      {"keys",
       "",
       {OP(CONST, 0, 0, 0, C + V_ID), OP(CONST, 1, 0, 0, C + V_PURPOSE), OP(IN_TABLE, 0, 0, 2, 1),
        END, LAST_INSTR}},
      {"a key too few",
       "R0140",
       {OP(CONST, 0, 0, 0, C + V_ID), OP(IN_TABLE, 0, 0, 1, 1), END, LAST_INSTR}},
      {"a key too many",
       "R0140",
       {OP(CONST, 0, 0, 0, C + V_ID), OP(CONST, 1, 0, 0, C + V_PURPOSE), OP(IN_TABLE, 0, 0, 2, 0),
        END, LAST_INSTR}},
      {"no key",
       "R0140",
       {OP(CONST, 0, 0, 0, C + V_ID), OP(IN_TABLE, 0, 0, 0, 0), END, LAST_INSTR}},
      {"a key of another type",
       "R0141",
       {OP(CONST, 0, 0, 0, C + V_ID), OP(CONST, 1, 0, 0, C + V_ROLE), OP(IN_TABLE, 0, 0, 2, 1), END,
        LAST_INSTR}},
      {"the subject for a person",
       "R0141",
       {OP(ATTR, 0, 0, 0, ATTR_ID), OP(IN_TABLE, 0, 0, 1, 0), END, LAST_INSTR}},
      {"a key that is not written",
       "R0141",
       {OP(CONST, 0, 0, 0, C + V_ID), OP(IN_TABLE, 0, 0, 2, 1), END, LAST_INSTR}},
      {"keys beyond the registers",
       "R0141",
       {OP(CONST, 249, 0, 0, C + V_ID), OP(IN_TABLE, 0, 248, 2, 1), END, LAST_INSTR}},
      {"no such table",
       "R0124",
       {OP(CONST, 0, 0, 0, C + V_ID), OP(IN_TABLE, 0, 0, 1, 2), END, LAST_INSTR}},
      {"a value",
       "",
       {OP(CONST, 0, 0, 0, C + V_ID), OP(CONST, 1, 0, 0, C + V_PURPOSE),
        OP(TABLE_VALUE, 0, 0, 2, 3), OP(ATTR, 1, 0, 0, ATTR_NOW), OP(LT, 0, 0, 1, 0), END,
        LAST_INSTR}},
      {"a key for a value",
       "R0124",
       {OP(CONST, 0, 0, 0, C + V_ID), OP(CONST, 1, 0, 0, C + V_PURPOSE),
        OP(TABLE_VALUE, 0, 0, 2, 2), END, LAST_INSTR}},
      {"no such column",
       "R0124",
       {OP(CONST, 0, 0, 0, C + V_ID), OP(TABLE_VALUE, 0, 0, 1, 4), END, LAST_INSTR}},
  };
  EXPECT(rows);
}

/* ---- where a code may stand ---- */

/* One instruction for each thing that can be read, and an `is set` of it where it is no bool. */
static const struct {
  uint32_t reads;
  edi_instr instr;
  bool is_bool;
} readers[] = {
    {EDI_READS_PRODUCT, OP(TAGGED, 0, EDI_ENTITY_DATASET, 0, L_TAGS), true},
    {EDI_READS_PRODUCT, OP(ATTR, 0, 0, 0, 9), false},
    {EDI_READS_PRODUCT, OP(IN_DOMAIN, 0, 0, 0, C_DOMAIN), true},
    {EDI_READS_COLUMN, OP(TAGGED, 0, EDI_ENTITY_COLUMN, 0, L_TAGS), true},
    {EDI_READS_COLUMN, OP(NAMED, 0, EDI_ENTITY_COLUMN, 0, C_GLOB), true},
    {EDI_READS_COLUMN, OP(CLASSIFICATION, 0, EDI_ENTITY_COLUMN, 0, 0), false},
    {EDI_READS_SUBJECT, OP(ATTR, 0, 0, 0, ATTR_ROLES), false},
    {EDI_READS_CONTEXT, OP(ATTR, 0, 0, 0, ATTR_PURPOSE), false},
    {EDI_READS_NOW, OP(ATTR, 0, 0, 0, ATTR_NOW), false},
    {EDI_READS_ROW, OP(ROW, 0, 0, 0, 0), false}, /* the slot is set below */
    {EDI_READS_TABLE, OP(IN_TABLE, 0, 0, 1, 0), true},
};
enum {
  ALL = EDI_READS_PRODUCT | EDI_READS_COLUMN | EDI_READS_SUBJECT | EDI_READS_CONTEXT |
        EDI_READS_NOW | EDI_READS_ROW | EDI_READS_TABLE,
  SWEEP = EDI_READS_PRODUCT | EDI_READS_NOW | EDI_READS_TABLE,
};

static const struct {
  const char *name;
  uint32_t rule;
  size_t field;
  uint32_t may;
} places[] = {
    {"target", 0, offsetof(edi_rule, target), EDI_READS_PRODUCT},
    {"condition of a permit", 0, offsetof(edi_rule, condition),
     ALL & ~(EDI_READS_COLUMN | EDI_READS_ROW)},
    {"condition of a forbid", 2, offsetof(edi_rule, condition),
     ALL & ~(EDI_READS_COLUMN | EDI_READS_ROW)},
    {"condition of retain", 8, offsetof(edi_rule, condition), SWEEP},
    {"where", 4, offsetof(edi_rule, body), ALL & ~EDI_READS_COLUMN},
    {"while", 8, offsetof(edi_rule, body), SWEEP | EDI_READS_ROW},
    {"require", 5, offsetof(edi_rule, body), EDI_READS_PRODUCT | EDI_READS_NOW},
    {"duration", 6, offsetof(edi_rule, body), 0}, /* gives no bool */
};

static uint32_t reader_code(edi_builder *b, size_t reader, uint32_t slot) {
  /* The first makes the key of a table; the others write over it. */
  edi_instr code[] = { load(b, V_ID, 0), readers[reader].instr, OP(IS_SET, 0, 0, 0, 0), END };
  code[1].imm = readers[reader].reads == EDI_READS_ROW ? slot : resolve(b, code[1].imm);
  if (readers[reader].is_bool) code[2] = (edi_instr)OP(NOT, 0, 0, 0, 0);
  return edi_builder_code(b, code, 4, EDI_TYPE_BOOL);
}

TEST(places)
{
  for (size_t p = 0; p < sizeof places / sizeof *places; p++)
    for (size_t r = 0; r < sizeof readers / sizeof *readers; r++) {
      edi_arena arena;
      edi_arena_init(&arena, NULL, (size_t)16 << 20);
      edi_builder *b = sample_federal(&arena);
      edi_rule *rule = edi_builder_at_rules(b, places[p].rule);
      uint32_t code = reader_code(b, r, rule->rowslots.first);
      memcpy((char *)rule + places[p].field, &code, sizeof code);
      bool may = readers[r].reads & places[p].may;
      outcome got = verify(&arena, b, EDI_NONE);
      /* R0125: the code that was replaced is named by nobody, which comes after all rules hold. */
      bool held = !*got.code || strcmp(got.code, "R0125") == 0;
      bool refused = strcmp(got.code, "R0145") == 0;
      if (may ? !held : !refused)
        HARNESS_FAIL("%s with reader %zu: \"%s\" (%s)", places[p].name, r, got.code, got.message);
      edi_arena_fini(&arena);
    }
}

/* ---- limits and measures ---- */

static const char *limit_outcome(uint32_t registers, uint32_t instrs, uint32_t attrs) {
  static outcome got;
  edi_arena arena;
  edi_arena_init(&arena, NULL, (size_t)64 << 20);
  edi_builder *b = sample_many_rules(&arena, 0);
  edi_instr *code = malloc((instrs + attrs + 4) * sizeof *code);
  uint32_t count = 0, yes = resolve(b, C + V_BOOL);
  for (uint32_t i = 0; i < attrs; i++) {
    char name[16];
    snprintf(name, sizeof name, "a%u", (unsigned)i);
    edi_attr attr = {.name = edi_builder_string(b, edi_str_from(name)),
                     .entity = EDI_ENTITY_CONTEXT,
                     .type = EDI_TYPE_BOOL,
                     .fallback = EDI_NONE};
    code[count++] = (edi_instr){EDI_OP_ATTR, 0, 0, 0, edi_builder_add_attrs(b, &attr, 1)};
  }
  code[count++] = (edi_instr){EDI_OP_CONST, (uint8_t)(registers - 1), 0, 0, yes};
  while (count + 1 < instrs) code[count++] = (edi_instr){EDI_OP_CONST, 0, 0, 0, yes};
  code[count++] = (edi_instr){EDI_OP_RETURN, 0, (uint8_t)(registers - 1), 0, 0};
  got = verify(&arena, b, edi_builder_code(b, code, count, EDI_TYPE_BOOL));
  free(code);
  edi_arena_fini(&arena);
  return got.code;
}

TEST(limits)
{
  CHECK(strcmp(limit_outcome(EDI_LIMIT_CODE_REGISTERS, 0, 0), "") == 0);
  CHECK(strcmp(limit_outcome(EDI_LIMIT_CODE_REGISTERS + 1, 0, 0), "R0113") == 0);
  CHECK(strcmp(limit_outcome(1, EDI_LIMIT_CODE_INSTRS, 0), "") == 0);
  CHECK(strcmp(limit_outcome(1, EDI_LIMIT_CODE_INSTRS + 1, 0), "R0113") == 0);
  CHECK(strcmp(limit_outcome(1, 0, EDI_LIMIT_CODE_ATTRS), "") == 0);
  CHECK(strcmp(limit_outcome(1, 0, EDI_LIMIT_CODE_ATTRS + 1), "R0113") == 0);
}

/* A rule that costs so many units: questions of 16 each, then instructions of one. */
static const char *cost_outcome(uint32_t cost, uint32_t *costly) {
  static outcome got;
  edi_arena arena;
  edi_arena_init(&arena, NULL, (size_t)64 << 20);
  edi_builder *b = sample_many_rules(&arena, 0);
  uint32_t dear = (cost - 3) / 16 - 1, count = 0;
  edi_instr *code = malloc((dear + 64) * sizeof *code);
  code[count++] = load(b, V_INTS, 0);
  code[count++] = load(b, V_INT, 1);
  for (uint32_t i = 0; i < dear; i++) code[count++] = (edi_instr){EDI_OP_HAS, 2, 0, 1, 0};
  for (uint32_t left = cost - 3 - dear * 16; left > 0; left--) code[count++] = load(b, V_INT, 1);
  code[count++] = (edi_instr){EDI_OP_RETURN, 0, 2, 0, 0};
  got = verify(&arena, b, edi_builder_code(b, code, count, EDI_TYPE_BOOL));
  *costly = edi_builder_costly(b);
  free(code);
  edi_arena_fini(&arena);
  return got.code;
}

TEST(the_cost_of_a_rule)
{
  uint32_t costly;
  CHECK(strcmp(cost_outcome(EDI_LIMIT_RULE_COST, &costly), "") == 0);
  CHECK_INT(costly, EDI_NONE);
  CHECK(strcmp(cost_outcome(EDI_LIMIT_RULE_COST + 1, &costly), "R0113") == 0);
  CHECK(costly != EDI_NONE);
}

/* Fields that the builder fills in, and an instruction that it does not take. */
TEST(measures_and_unknown_instructions)
{
  static const struct {
    unsigned section;
    size_t size, field, width;
    uint64_t value;
    const char *code;
  } rows[] = {
      {EDI_SECTION_INSTRS, sizeof(edi_instr), offsetof(edi_instr, op), 1, EDI_OP_COUNT, "R0140"},
      {EDI_SECTION_INSTRS, sizeof(edi_instr), offsetof(edi_instr, op), 1, 255, "R0140"},
      {EDI_SECTION_INSTRS, sizeof(edi_instr), offsetof(edi_instr, dst), 1, 3,
       "R0140"}, /* of 3 registers */
      {EDI_SECTION_CODES, sizeof(edi_routine), offsetof(edi_routine, instrs.first), 4, 1, "R0141"},
      {EDI_SECTION_CODES, sizeof(edi_routine), offsetof(edi_routine, instrs.count), 4, 0, "R0143"},
      {EDI_SECTION_CODES, sizeof(edi_routine), offsetof(edi_routine, instrs.count), 4, 12, "R0143"},
      {EDI_SECTION_CODES, sizeof(edi_routine), offsetof(edi_routine, instrs.count), 4, 14, "R0143"},
      {EDI_SECTION_CODES, sizeof(edi_routine), offsetof(edi_routine, instrs.count), 4, EDI_NONE,
       "R0125"},
      {EDI_SECTION_CODES, sizeof(edi_routine), offsetof(edi_routine, type), 4, EDI_TYPE_INT,
       "R0143"},
      {EDI_SECTION_CODES, sizeof(edi_routine), offsetof(edi_routine, type), 4, 0, "R0127"},
      {EDI_SECTION_CODES, sizeof(edi_routine), offsetof(edi_routine, registers), 4, 2, "R0140"},
      {EDI_SECTION_CODES, sizeof(edi_routine), offsetof(edi_routine, registers), 4, 4, "R0144"},
      {EDI_SECTION_CODES, sizeof(edi_routine), offsetof(edi_routine, registers), 4, 251, "R0113"},
      {EDI_SECTION_CODES, sizeof(edi_routine), offsetof(edi_routine, cost), 4, 1, "R0144"},
      {EDI_SECTION_CODES, sizeof(edi_routine), offsetof(edi_routine, reads), 4, 3, "R0144"},
      {EDI_SECTION_CODES, sizeof(edi_routine), offsetof(edi_routine, reads), 4, 0x81, "R0144"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    edi_arena arena;
    edi_buf bytes;
    edi_program program;
    edict_diagnostics *findings = edict_diagnostics_create();
    edi_arena_init(&arena, NULL, (size_t)16 << 20);
    sample_bytes(sample_federal(&arena), &bytes);
    unsigned char *at = (unsigned char *)bytes.ptr +
                        sample_offset(bytes.ptr, rows[i].section, 0, rows[i].size, rows[i].field);
    for (size_t w = 0; w < rows[i].width; w++) at[w] = (unsigned char)(rows[i].value >> (8 * w));
    CHECK_INT(edi_program_verify(bytes.ptr, bytes.len, &arena, &program, findings), EDICT_FORMAT);
    const char *code = edict_diagnostics_code(findings, 0);
    if (!code || strcmp(code, rows[i].code) != 0)
      HARNESS_FAIL("row %zu: %s, expected %s (%s)", i, code, rows[i].code,
                   edict_diagnostics_message(findings, 0));
    edict_diagnostics_destroy(&findings);
    edi_buf_fini(&bytes);
    edi_arena_fini(&arena);
  }
}

HARNESS_MAIN
