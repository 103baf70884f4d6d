/* VM: every operator of the language over known and unknown operands, as code that went the whole way, in the
 * form in which it is run and as it stands in the program.
 *
 * Each line of the tables is a condition of its own rule. `y`, `n` and `?` say what it must be; what
 * bind folded must be the same. The last test sees to it that no instruction was left out. */
#include "harness.h"

#include "support/mesh.h"

typedef struct line { char expected; const char *expression; } line;

#define SUBJECT                                                                                    \
  "roles support; purposes service; regions de fr; name Ann; member 2020-01-31; "                  \
  "seen 2026-11-20T09:30:00Z; score 2.50; codes 1 2; nicks a b; home de; address 10.1.2.3; "       \
  "clearance confidential; person p-1; vip true"
#define CONTEXT                                                                                    \
  "channel web; amount 0.1; size 9223372036854775807; areas eu; words a mars; client ::1; "        \
  "hosts 10.0.0.1 ::2 nowhere; day 2024-02-29; trusted false; purpose support; person p-1"
#define NOW "2026-11-20T10:00:00Z" /* a Friday */

/* subject.age is absent: the unknown of the tables. */
static const line conditions[] = {
    /* Kleene's tables */
    {'y', "subject.vip and subject.vip"}, {'n', "subject.vip and context.trusted"},
    {'?', "subject.vip and subject.age == 1"}, {'n', "context.trusted and subject.vip"},
    {'n', "context.trusted and context.trusted"}, {'n', "context.trusted and subject.age == 1"},
    {'?', "subject.age == 1 and subject.vip"}, {'n', "subject.age == 1 and context.trusted"},
    {'?', "subject.age == 1 and subject.age == 2"},
    {'y', "subject.vip or subject.vip"}, {'y', "subject.vip or context.trusted"},
    {'y', "subject.vip or subject.age == 1"}, {'y', "context.trusted or subject.vip"},
    {'n', "context.trusted or context.trusted"}, {'?', "context.trusted or subject.age == 1"},
    {'y', "subject.age == 1 or subject.vip"}, {'?', "subject.age == 1 or context.trusted"},
    {'?', "subject.age == 1 or subject.age == 2"},
    {'n', "not subject.vip"}, {'y', "not context.trusted"}, {'?', "not subject.age == 1"},
    {'?', "subject.vip and subject.age == 1 and subject.vip"},
    {'n', "subject.vip and subject.age == 1 and context.trusted"},
    {'y', "(context.trusted or subject.vip) and subject.vip"},
    /* is set: never unknown */
    {'y', "subject.name is set"}, {'n', "subject.age is set"}, {'y', "not (subject.age is set)"},
    {'n', "product.owner is set"}, {'y', "context.words is set"},
    /* comparisons */
    {'y', "subject.name == \"Ann\""}, {'n', "subject.name == \"ann\""}, {'y', "subject.name != \"ann\""},
    {'?', "subject.age == 1"}, {'?', "subject.age != 1"}, {'?', "subject.age < 1"}, {'?', "subject.age >= 1"},
    {'y', "context.size == 9223372036854775807"}, {'n', "context.size < 9223372036854775807"},
    {'y', "context.size <= 9223372036854775807"}, {'y', "context.size > -9223372036854775807"},
    {'y', "subject.score == 2.5"}, {'y', "subject.score < 2.51"}, {'n', "subject.score > 2.5"}, {'y', "subject.score > 2"},
    {'y', "subject.member < 2020-02-01"}, {'n', "subject.member > 2020-01-31"}, {'y', "subject.member >= 2020-01-31"},
    {'y', "subject.seen < now"}, {'y', "subject.seen == 2026-11-20T10:30:00+01:00"},
    {'y', "subject.clearance >= confidential"}, {'n', "subject.clearance < confidential"}, {'y', "subject.clearance < restricted"},
    {'y', "context.grade == mid"}, {'n', "context.grade == low"}, {'y', "subject.vip == true"}, {'n', "subject.vip == false"},
    {'y', "subject.person == context.person"}, {'y', "subject.address != context.client"},
    {'y', "context.day < subject.seen"}, /* a date meets a timestamp by its day */
    /* arithmetic, checked */
    {'y', "context.size - 1 < context.size"}, {'?', "context.size + 1 > 0"}, {'?', "context.size * 2 > 0"},
    {'?', "-2 - context.size < 0"}, {'y', "-1 - context.size < 0"}, {'?', "subject.age + 1 > 0"},
    {'y', "subject.score + 0.5 == 3.0"}, {'y', "subject.score - 3 == -0.5"}, {'y', "subject.score * context.amount == 0.25"},
    {'?', "subject.score * 9223372036854775807.0 > 0"}, {'?', "context.amount * 0.000000000000000001 > 0"},
    /* time */
    {'y', "subject.seen + 30 minutes == now"}, {'y', "now - 30 minutes == subject.seen"},
    {'y', "subject.seen + 1 month == 2026-12-20T09:30:00Z"}, {'?', "subject.seen + 9000 years > now"}, {'?', "subject.seen - 9000 years < now"},
    {'y', "subject.member + 1 month == 2020-02-29"}, {'y', "subject.member - 2 months == 2019-11-30"}, {'y', "subject.member + 1 day == 2020-02-01"},
    {'y', "subject.member - 1 week == 2020-01-24"}, {'y', "subject.member + 24 hours == 2020-02-01"},
    {'?', "subject.member + (now - subject.seen) > subject.member"}, {'?', "subject.member - (now - subject.seen) < subject.member"},
    {'?', "subject.member + 8000 years > subject.member"}, {'?', "subject.member - 3000 years < subject.member"},
    {'y', "now - subject.seen == 30 minutes"}, {'y', "now - subject.seen < 1 hour"}, {'?', "context.at - subject.seen < 1 hour"},
    {'y', "now - subject.seen < 1 month"}, {'?', "now - 2026-10-21T10:00:00Z < 1 month"}, {'n', "now - 2026-10-19T10:00:00Z < 1 month"},
    {'y', "now - subject.seen + 30 minutes == 1 hour"}, {'y', "now - subject.seen - 30 minutes == 0 days"},
    {'?', "now - subject.seen + 1 month > 1 hour"},
    {'y', "weekday(now) == 5"}, {'n', "weekday(now) > 5"}, {'?', "weekday(context.at) == 1"},
    {'y', "time-of-day(now) == 10 hours"}, {'y', "time-of-day(subject.seen) < 10 hours"},
    /* nodes: at or below, and a broader one leaves it open */
    {'y', "subject.home is eu"}, {'y', "subject.home is de"}, {'n', "subject.home is us"}, {'n', "subject.home is fr"}, {'n', "subject.home is not eu"},
    {'y', "purpose is support"}, {'y', "purpose is service"}, {'n', "purpose is marketing"}, {'y', "action is read"}, {'n', "action is export"},
    /* sets */
    {'y', "subject.home in subject.regions"}, {'n', "subject.home in [us]"}, {'y', "subject.home in [eu]"}, {'y', "subject.home not in [us]"},
    {'y', "subject.regions has eu"}, {'n', "subject.regions has us"}, {'y', "context.areas has eu"}, {'?', "context.areas has de"},
    {'n', "context.areas has us"}, {'y', "subject.codes has 2"}, {'n', "subject.codes has 3"}, {'y', "2 in subject.codes"},
    {'y', "subject.nicks has \"a\""}, {'?', "subject.nicks has subject.team"}, {'y', "context.hosts has subject.address or true"},
    {'?', "context.hosts has subject.address"}, {'?', "subject.address in context.hosts"},
    {'y', "subject.regions overlaps context.areas"}, {'n', "subject.regions overlaps [us]"}, {'y', "subject.nicks overlaps context.words"},
    {'y', "context.areas covers subject.regions"}, {'n', "subject.regions covers [us]"}, {'?', "dataset.regions covers subject.regions"},
    {'?', "dataset.purposes has support"},
    /* texts */
    {'y', "lower(subject.name) == \"ann\""}, {'y', "length(subject.name) == 3"}, {'y', "subject.name starts-with \"A\""},
    {'n', "subject.name starts-with \"nn\""}, {'y', "subject.name ends-with \"nn\""}, {'n', "subject.name ends-with \"Annn\""},
    {'y', "subject.name contains \"n\""}, {'n', "subject.name contains \"z\""}, {'y', "subject.name contains \"\""},
    {'y', "subject.name matches /A.+/"}, {'n', "subject.name matches /A/"}, {'?', "lower(subject.team) == \"x\""}, {'?', "subject.team matches /x/"},
    {'?', "subject.team starts-with \"x\""}, {'?', "length(subject.team) > 0"},
    /* addresses */
    {'y', "subject.address in cidr(\"10.0.0.0/8\")"}, {'n', "subject.address in cidr(\"10.1.2.4/32\")"}, {'y', "subject.address in cidr(\"10.1.2.3/32\")"},
    {'y', "subject.address in cidr(\"10.1.2.0/23\")"}, {'n', "subject.address in cidr(\"10.1.0.0/23\")"}, {'n', "context.client in cidr(\"10.0.0.0/8\")"},
    {'y', "context.client in cidr(\"::/127\")"}, {'y', "subject.address in cidr(\"0.0.0.0/0\")"}, {'?', "subject.gateway in cidr(\"10.0.0.0/8\")"},
    /* product, dataset */
    {'y', "dataset tagged text"}, {'n', "dataset tagged pii"}, {'y', "dataset holding pii"}, {'y', "dataset holding plain, pii.email"}, {'n', "dataset holding pii.phone"},
    {'y', "product holding pii.phone"}, {'n', "product tagged text"}, {'y', "dataset named \"ord*\""}, {'n', "dataset named \"ord\""}, {'y', "product named \"sales.*\""},
    {'y', "product in domain sales"}, {'n', "product in domain shop"}, {'n', "product in domain finance"}, {'y', "dataset classified <= internal"},
    {'n', "dataset classified > internal"}, {'y', "dataset classified == internal"}, {'y', "dataset.name == \"orders\""},
    {'y', "product.name == \"sales.orders\""}, {'y', "product.domain is sales"}, {'y', "dataset.since + 1 day == 2024-03-01"}, {'y', "dataset.rank == 7"},
    {'?', "product.owner == \"rita\""}, {'y', "subject.issuer is host"}, {'y', "subject.id is set"},
    /* tables without their data */
    {'?', "subject.person in holds"}, {'?', "(subject.person, purpose) in consent"}, {'?', "consent(subject.person, purpose).note == \"x\""},
};

/* Over the rows below: one letter for each. */
static const struct { const char *expected, *expression; } rows[] = {
    {"ynn???", "row[num.count] == 5"},
    {"yyn???", "row[num.amount] >= 1.5"},
    {"yyn???", "row[geo.country] is eu"},
    {"yyn???", "row[geo.country] in subject.regions or row[geo.country] is eu"},
    {"yn????", "row[flag]"},
    {"ynn???", "row[pii.email] matches /a@.*/"},
    {"ynn???", "lower(row[pii.email]) == \"a@x\""},
    {"yny???", "length(row[pii.email]) == 3"},
    {"yyn???", "row[time.collected] > 2026-01-01T00:00:00Z"},
    {"yyn???", "row[time.day] > 2026-01-01"},
    {"ynn???", "row[person.id] == subject.person"},
    {"??????", "row[person.id] in holds"},
    {"yyn???", "row[grade.of] > low"},
    {"ynn???", "row[net.address] in cidr(\"10.0.0.0/8\")"},
    {"ynn???", "row[pii.email] == row[text]"},
    {"yyynnn", "row[num.count] is set"},
    {"??????", "row[pii.phone] == \"x\""}, /* the dataset has none */
};

static const char contract[] = MESH_CONTRACT(
    "  - name: orders\n    logicalType: object\n    physicalName: orders\n    tags: [ text ]\n"
    "    customProperties:\n      - { property: classification, value: internal }\n"
    "      - { property: since, value: 2024-02-29 }\n      - { property: rank, value: 7 }\n"
    "    properties:\n"
    "      - { name: count, logicalType: integer, tags: [ num.count ] }\n"
    "      - { name: amount, logicalType: number, tags: [ num.amount ] }\n"
    "      - { name: country, logicalType: string, tags: [ geo.country ] }\n"
    "      - { name: flag, logicalType: boolean, tags: [ flag ] }\n"
    "      - { name: email, logicalType: string, tags: [ pii.email ] }\n"
    "      - { name: at, logicalType: timestamp, tags: [ time.collected ] }\n"
    "      - { name: day, logicalType: date, tags: [ time.day ] }\n"
    "      - { name: person, logicalType: string, tags: [ person.id ] }\n"
    "      - { name: grade, logicalType: string, tags: [ grade.of ] }\n"
    "      - { name: address, logicalType: string, tags: [ net.address ] }\n"
    "      - { name: other, logicalType: string, tags: [ text ] }\n"
    "  - name: calls\n    logicalType: object\n    physicalName: calls\n    properties:\n"
    "      - { name: phone, logicalType: string, tags: [ pii.phone ] }\n");

enum { COLUMNS = 11, ROWS = 6 };
#define T(s) {.type = EDICT_CELL_TEXT, .ptr = (s), .len = sizeof(s) - 1}
#define I(i) {.type = EDICT_CELL_INT, .integer = (i)}
#define D(m, s) {.type = EDICT_CELL_DECIMAL, .integer = (m), .scale = (s)}
static const edict_cell cells[ROWS][COLUMNS] = {
    {I(5), D(150, 2), T("de"), I(1), T("a@x"), T("2026-11-20T00:00:00Z"), T("2026-11-20"), T("p-1"), T("high"), T("10.9.9.9"), T("a@x")},
    {I(6), I(2), T("fr"), I(0), T("long@mail"), {.type = EDICT_CELL_TIMESTAMP, .integer = INT64_C(1790000000000000)},
     {.type = EDICT_CELL_DATE, .integer = 20700}, T("p-2"), T("mid"), T("11.0.0.1"), T("x")},
    {I(-5), T("1.49"), T("us"), {.type = EDICT_CELL_BOOL, .integer = 2}, T("b@x"), T("2025-01-01T00:00:00Z"), T("2025-01-01"), T("p-3"),
     T("low"), T("::1"), T("y")},
    {{0}}, /* NULL everywhere */
    {T("5"), T("1,5"), T("atlantis"), T("true"), I(7), T("2026-11-20"), T("2026-02-30"), {.type = EDICT_CELL_BLOB, .ptr = "p-1", .len = 3},
     T("highest"), T("10.0.0"), I(7)}, /* of other types, or naming nothing */
    {{.type = EDICT_CELL_REAL, .real = 5}, {.type = EDICT_CELL_BOOL, .integer = 1}, T("DE"), I(2), T("a@\xFF"), {.type = EDICT_CELL_DATE, .integer = 20700},
     {.type = EDICT_CELL_TIMESTAMP, .integer = 5}, T("p-\xFF"), T(""), T("010.0.0.1"), T("\xFF")},
};

static mesh world;

__attribute__((constructor)) static void make_world(void) {
  static char text[65536];
  edi_buf rules = edi_buf_fixed(text, sizeof text);
  for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++)
    edi_buf_format(&rules, "rule q%zu\n forbid read\n when %s\n because \"x\"\n", i, conditions[i].expression);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    edi_buf_format(&rules, "rule w%zu\n show only rows\n where %s\n because \"x\"\n", i, rows[i].expression);
  edi_buf_char(&rules, '\0');
  mesh_init(&world);
  mesh_federal(&world, rules.failed == EDICT_OK ? text : "too long");
  mesh_domain(&world, "sales", "", contract);
  mesh_open(&world);
  mesh_subject(&world, SUBJECT);
  if (mesh_ask(&world, "read", "orders", "", CONTEXT, NOW) != EDICT_OK) abort();
}
__attribute__((destructor)) static void end_world(void) { mesh_fini(&world); }

static const edi_entry *entry(char kind, size_t number) {
  char name[64];
  snprintf(name, sizeof name, "federal.rules.%c%zu", kind, number);
  const edi_bound_dataset *d = world.decision->plan->dataset;
  for (size_t i = 0; i < d->entry_count; i++)
    if (edi_str_equal(edi_program_string(&d->entries[i].linked->program, d->entries[i].rule->name), edi_str_from(name)))
      return &d->entries[i];
  return NULL;
}

static char letter(edi_truth t) { return t == EDI_YES ? 'y' : t == EDI_NO ? 'n' : '?'; }

/* Both forms mean one thing; the compiler's conditions all have both. */
static edi_truth run_both(edi_vm *vm, uint32_t code) {
  edi_truth as_it_stands = edi_value_truth(edi_vm_run(vm, code)), got = edi_vm_test(vm, code);
  if (!vm->linked->fused[code]) HARNESS_FAIL("code %u is not fused", (unsigned)code);
  if (got != as_it_stands) HARNESS_FAIL("code %u is %c fused and %c as it stands", (unsigned)code, letter(got), letter(as_it_stands));
  return got;
}

TEST(conditions_over_known_and_unknown) {
  for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++) {
    const edi_entry *e = entry('q', i);
    REQUIRE(e);
    edi_vm vm = edi_plan_vm(world.decision->plan, e);
    edi_truth got = run_both(&vm, e->rule->condition);
    if (letter(got) != conditions[i].expected)
      HARNESS_FAIL("`%s` is %c, expected %c", conditions[i].expression, letter(got), conditions[i].expected);
    if (e->condition_fixed && e->condition != got) HARNESS_FAIL("`%s` was folded to another answer", conditions[i].expression);
  }
}

TEST(rows_of_every_kind_of_cell) {
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const edi_entry *e = entry('w', i);
    REQUIRE(e && e->combination_count == 1);
    for (size_t r = 0; r < ROWS; r++) {
      edi_vm vm = edi_plan_vm(world.decision->plan, e);
      vm.cells = cells[r];
      vm.slot_columns = e->combinations;
      char got = letter(run_both(&vm, e->rule->body));
      if (got != rows[i].expected[r]) HARNESS_FAIL("`%s` on row %zu is %c", rows[i].expression, r, got);
    }
  }
}

/* What is made in scratch is bounded; past the bound the answer is unknown, not wrong. */
TEST(scratch_that_is_full) {
  static char mail[EDI_VM_SCRATCH + 1];
  memset(mail, 'A', sizeof mail);
  const edi_entry *e = entry('w', 6); /* lower(row[pii.email]) == "a@x" */
  for (size_t past = 0; past < 2; past++) {
    edict_cell row[COLUMNS];
    memcpy(row, cells[0], sizeof row);
    row[4] = (edict_cell){.type = EDICT_CELL_TEXT, .ptr = mail, .len = EDI_VM_SCRATCH + past};
    edi_vm vm = edi_plan_vm(world.decision->plan, e);
    vm.cells = row;
    vm.slot_columns = e->combinations;
    CHECK_INT(run_both(&vm, e->rule->body), past ? EDI_UNKNOWN : EDI_NO);
  }
}

/* A routine without a row reads none. */
TEST(a_row_that_is_not_there_is_unknown) {
  const edi_entry *e = entry('w', 0);
  edi_vm vm = edi_plan_vm(world.decision->plan, e);
  CHECK_INT(run_both(&vm, e->rule->body), EDI_UNKNOWN);
  CHECK_INT(edi_vm_test(&vm, EDI_NONE), EDI_YES);
}

/* ---- code by hand: what the compiler never emits and bundles of others may hold ---- */

typedef struct hand { edi_arena arena; edi_routine routine; edi_const types[2]; const edi_fused *fused; edi_linked linked; } hand;

static void write_by_hand(hand *h, const edi_instr *instrs, uint32_t count, edi_type type, const edi_value *constants) {
  *h = (hand){.routine = {.instrs = {0, count}, .type = type, .registers = 4}, .types = {{constants[0].base, 0, 0}, {constants[1].base, 0, 0}}};
  edi_arena_init(&h->arena, NULL, 1 << 20);
  h->linked = (edi_linked){.program = {.instrs = instrs, .codes = &h->routine, .consts = h->types}, .consts = (edi_value *)constants, .fused = &h->fused};
  if (type == EDI_TYPE_BOOL) REQUIRE(edi_fuse(&h->linked, 0, &h->arena, &(bool){false}, &h->fused) == EDICT_OK);
}

TEST(a_value_that_is_moved) {
  static const edi_instr instrs[] = {
      {EDI_OP_CONST, 0, 0, 0, 0}, {EDI_OP_TO_DECIMAL, 1, 0, 0, 0}, {EDI_OP_MOVE, 2, 1, 0, 0}, {EDI_OP_RETURN, 0, 2, 0, 0}};
  edi_value constants[2] = {edi_value_integer(EDI_TYPE_INT, 5)};
  hand h;
  write_by_hand(&h, instrs, 4, EDI_TYPE_DECIMAL, constants);
  edi_vm vm = {.linked = &h.linked};
  edi_value five = edi_vm_run(&vm, 0);
  CHECK(five.base == EDI_TYPE_DECIMAL && five.as.integer == 5 && five.scale == 0);
  constants[0] = edi_value_unknown();
  CHECK(!edi_vm_run(&vm, 0).base);
  edi_arena_fini(&h.arena);
}

/* Truth that is moved, compared, and kept while its first register is written again. */
TEST(truth_that_is_moved) {
  static const edi_instr instrs[] = {
      {EDI_OP_CONST, 0, 0, 0, 0}, {EDI_OP_IS_SET, 1, 0, 0, 0}, {EDI_OP_MOVE, 2, 1, 0, 0}, {EDI_OP_NOT, 1, 1, 0, 0},
      {EDI_OP_EQ, 3, 1, 2, 0}, {EDI_OP_NOT, 3, 3, 0, 0}, {EDI_OP_AND, 0, 3, 2, 0}, {EDI_OP_RETURN, 0, 0, 0, 0}};
  edi_value constants[2] = {edi_value_integer(EDI_TYPE_INT, 5)};
  hand h;
  write_by_hand(&h, instrs, 8, EDI_TYPE_BOOL, constants);
  edi_vm vm = {.linked = &h.linked, .vocabulary = &world.engine->vocabulary};
  CHECK_INT(run_both(&vm, 0), EDI_YES);
  constants[0] = edi_value_unknown();
  CHECK_INT(run_both(&vm, 0), EDI_NO);
  edi_arena_fini(&h.arena);
}

/* A register that two paths fill in two ways is not fused, and runs as it stands. */
TEST(paths_that_disagree) {
  static const edi_instr instrs[] = {
      {EDI_OP_CONST, 0, 0, 0, 0}, {EDI_OP_CONST, 1, 0, 0, 0}, {EDI_OP_JUMP_NO, 0, 0, 0, 4},
      {EDI_OP_CONST, 1, 0, 0, 1}, {EDI_OP_RETURN, 0, 1, 0, 0}};
  edi_value constants[2] = {edi_value_integer(EDI_TYPE_BOOL, 1), edi_value_integer(EDI_TYPE_BOOL, 0)};
  hand h;
  write_by_hand(&h, instrs, 5, EDI_TYPE_BOOL, constants);
  CHECK(!h.fused);
  edi_vm vm = {.linked = &h.linked};
  CHECK_INT(edi_vm_test(&vm, 0), EDI_NO);
  edi_arena_fini(&h.arena);
}

/* Longer than the fuser's room, and deeper than its jumps: as it stands, with the same answer. */
TEST(code_at_the_fusers_limits) {
  enum { MOST = 1024 };
  static edi_instr instrs[MOST + 4];
  edi_value constants[2] = {edi_value_integer(EDI_TYPE_BOOL, 1)};
  for (unsigned past = 0; past < 2; past++) {
    uint32_t count = 0;
    instrs[count++] = (edi_instr){EDI_OP_CONST, 0, 0, 0, 0};
    while (count < MOST - 1 + past) instrs[count++] = (edi_instr){EDI_OP_NOT, 0, 0, 0, 0}; /* 1,022 of them, then 1,023 */
    instrs[count++] = (edi_instr){EDI_OP_RETURN, 0, 0, 0, 0};
    hand h;
    write_by_hand(&h, instrs, count, EDI_TYPE_BOOL, constants);
    CHECK_INT(h.fused != NULL, !past);
    edi_vm vm = {.linked = &h.linked};
    CHECK_INT(edi_vm_test(&vm, 0), past ? EDI_NO : EDI_YES);
    edi_arena_fini(&h.arena);
  }
  for (unsigned jumps = 32; jumps <= 33; jumps++) {
    uint32_t count = 0;
    instrs[count++] = (edi_instr){EDI_OP_CONST, 0, 0, 0, 0};
    for (unsigned i = 0; i < jumps; i++) instrs[count++] = (edi_instr){EDI_OP_JUMP_NO, 0, 0, 0, jumps + 1};
    instrs[count++] = (edi_instr){EDI_OP_RETURN, 0, 0, 0, 0};
    hand h;
    write_by_hand(&h, instrs, count, EDI_TYPE_BOOL, constants);
    CHECK_INT(h.fused != NULL, jumps == 32);
    edi_vm vm = {.linked = &h.linked};
    CHECK_INT(edi_vm_test(&vm, 0), EDI_YES);
    edi_arena_fini(&h.arena);
  }
}

/* A name is as long as whoever asks likes; one that is too long is unknown. */
TEST(names_against_a_glob) {
  static const edi_instr instrs[] = {{EDI_OP_CONST, 0, 0, 0, 1}, {EDI_OP_GLOB, 1, 0, 0, 0}, {EDI_OP_RETURN, 0, 1, 0, 0}};
  static char name[EDI_LIMIT_EXTERNAL_NAME + 1];
  memset(name, 'a', sizeof name);
  edi_value constants[2] = {edi_value_text(EDI_TYPE_STRING, EDI_STR("a*a"))};
  hand h;
  write_by_hand(&h, instrs, 3, EDI_TYPE_BOOL, constants);
  edi_vm vm = {.linked = &h.linked};
  constants[1] = edi_value_text(EDI_TYPE_STRING, (edi_str){name, EDI_LIMIT_EXTERNAL_NAME});
  CHECK_INT(run_both(&vm, 0), EDI_YES);
  constants[1] = edi_value_text(EDI_TYPE_STRING, EDI_STR("ab"));
  CHECK_INT(run_both(&vm, 0), EDI_NO);
  constants[1] = edi_value_text(EDI_TYPE_STRING, (edi_str){name, sizeof name});
  CHECK_INT(run_both(&vm, 0), EDI_UNKNOWN);
  constants[1] = edi_value_unknown();
  CHECK_INT(run_both(&vm, 0), EDI_UNKNOWN);
  edi_arena_fini(&h.arena);
}

/* Texts of one mark are read; marks alone never make two texts one. */
TEST(texts_of_one_mark) {
  enum { MANY = 2000 };
  static char texts[MANY][12];
  static edi_value values[MANY];
  for (int i = 0; i < MANY; i++) {
    int n = snprintf(texts[i], sizeof texts[i], "user%d", i);
    values[i] = edi_value_marked(edi_value_text(EDI_TYPE_ID, (edi_str){texts[i], (size_t)n}));
  }
  unsigned same_mark = 0;
  for (int i = 0; i < MANY; i++)
    for (int k = 0; k < MANY; k++) {
      same_mark += i != k && values[i].mark == values[k].mark;
      if (edi_value_same_text(values[i], values[k]) != (i == k)) HARNESS_FAIL("user%d and user%d", i, k);
      if (edi_value_same_text(values[i], edi_value_text(EDI_TYPE_ID, edi_value_str(values[k]))) != (i == k)) HARNESS_FAIL("unmarked");
    }
  CHECK(same_mark > 0 && same_mark < MANY * MANY / 16384); /* of evenly spread ones 65536 pairs have one that is alike */
}

TEST(every_instruction_was_run) {
  bool used[EDI_OP_COUNT] = {[EDI_OP_MOVE] = true, [EDI_OP_TO_DECIMAL] = true, [EDI_OP_GLOB] = true};
  const edi_program *p = &world.engine->linked[0].program;
  for (uint32_t i = 0; i < p->instrs_count; i++) used[p->instrs[i].op] = true;
  for (unsigned op = 0; op < EDI_OP_COUNT; op++)
    if (!used[op]) HARNESS_FAIL("no test runs %s", edi_op_name((edi_op)op));
}

HARNESS_MAIN
