/* Predicates: what a row must be, as text; and the text, as a rule, shows the same rows. */
#include "harness.h"

#include "support/mesh.h"

static const char contract[] = MESH_CONTRACT(
    "  - name: orders\n"
    "    customProperties:\n"
    "      - { property: classification, value: internal }\n"
    "      - { property: regions, value: [ de ] }\n"
    "    properties:\n"
    "      - { name: country, logicalType: string, tags: [ geo.country ] }\n"
    "      - { name: size, logicalType: integer, tags: [ num.count ] }\n"
    "      - { name: day, logicalType: timestamp, tags: [ time.collected ] }\n"
    "      - { name: marked, logicalType: boolean, tags: [ flag ] }\n"
    "      - { name: mail, logicalType: string, tags: [ pii.email ] }\n"
    "      - { name: buyer, logicalType: string, tags: [ person.id ] }\n"
    "      - { name: payer, logicalType: string, tags: [ person.id ] }\n");

#define TODAY "2026-11-20T10:00:00Z"
#define READS "rule reads\n permit read\n on dataset classified <= internal\n because \"x\"\n"
#define WHERE(e) "rule rows\n show only rows\n where " e "\n because \"x\"\n"

static const struct { const char *rules, *text; } table[] = {
    {WHERE("row[geo.country] in subject.regions"), "row.country in [de, fr]"},
    {WHERE("not row[geo.country] in subject.regions"), "row.country not in [de, fr]"},
    {WHERE("row[geo.country] is subject.home"), "row.country is unknown"},
    {WHERE("row[geo.country] is not eu"), "row.country is not eu"},
    {WHERE("row[geo.country] == us or subject.vip"), "true"},
    {WHERE("row[geo.country] == us and subject.vip"), "row.country == us"},
    {WHERE("row[geo.country] == us and not subject.vip"), "false"},
    {WHERE("(row[geo.country] == us or not subject.vip) and row[num.count] > 3"), "row.country == us and row.size > 3"},
    {WHERE("row[geo.country] == us or (row[num.count] > 3 and row[num.count] < 9)"), "row.country == us or (row.size > 3 and row.size < 9)"},
    {WHERE("row[geo.country] == us and row[num.count] > 3 and row[flag]"), "row.country == us and row.size > 3 and row.marked"},
    {WHERE("not (row[geo.country] == us or row[flag])"), "not (row.country == us or row.marked)"},
    {WHERE("row[num.count] < subject.age"), "row.size < 30"},
    {WHERE("subject.age < row[num.count]"), "row.size > 30"},
    {WHERE("subject.age == row[num.count] + 5"), "(row.size + 5) == 30"},
    {WHERE("row[num.count] + subject.age * 2 >= 62"), "(row.size + 60) >= 62"},
    {WHERE("row[time.collected] >= now - 3 days"), "row.day >= 2026-11-17T10:00:00Z"},
    {WHERE("row[pii.email] starts-with \"a\\\"b\""), "row.mail starts-with \"a\\\"b\""},
    {WHERE("row[pii.email] is set and row[pii.email] matches /a.*b/"), "row.mail is set and row.mail matches /a.*b/"},
    {WHERE("lower(row[pii.email]) == subject.name"), "lower(row.mail) == \"ana\""},
    {WHERE("row[geo.country] in dataset.regions"), "row.country in [de]"},
    {WHERE("purpose is support"), "true"},
    {WHERE("purpose is marketing"), "false"},
    {WHERE("subject.home is de"), "unknown"},
    {WHERE("row[flag] and subject.home is de"), "row.marked and unknown"},
    {WHERE("row[person.id] == subject.person"), "row.buyer == \"c-1\" and row.payer == \"c-1\""},
    {WHERE("row[flag] or row[person.id] == subject.person"),
     "(row.marked or row.buyer == \"c-1\") and (row.marked or row.payer == \"c-1\")"},
    {WHERE("row[flag]") "rule more\n show only rows\n where row[num.count] > 3\n because \"x\"\n"
     "rule again\n show only rows\n where row[flag]\n because \"x\"\n", "row.marked and row.size > 3"},
    {WHERE("row[flag]") "rule none\n show only rows\n where subject.vip\n because \"x\"\n", "row.marked"},
    {"", NULL},
};

static void open_with(mesh *m, const char *rules) {
  char federal[4096];
  snprintf(federal, sizeof federal, "%s%s", READS, rules);
  mesh_init(m);
  mesh_federal(m, federal);
  mesh_domain(m, "sales", "", contract);
  mesh_open(m);
  mesh_subject(m, "regions de fr; vip true; age 30; name ana; person c-1; purposes support");
  CHECK_INT(mesh_ask(m, "read", "orders", "*", "purpose support", TODAY), EDICT_OK);
  CHECK_INT(edict_decision_effect(m->decision), EDICT_PERMIT);
}

/* The member of the JSON, unescaped: "" where it is null. */
static void where_of(mesh *m, char *out, size_t size) {
  char *text = NULL;
  size_t length = 0, n = 0;
  REQUIRE(edict_decision_json(m->decision, &text, &length) == EDICT_OK);
  const char *at = strstr(text, "\"rows\":{\"where\":");
  REQUIRE(at != NULL);
  at += strlen("\"rows\":{\"where\":");
  if (*at == '"')
    for (at++; *at != '"' && n + 1 < size; at++) {
      if (*at == '\\') at++;
      out[n++] = *at;
    }
  out[n] = '\0';
  edict_text_free(&text);
}

/* ---- the text as a rule ---- */

/* `row.country` of the text as `row[geo.country]`, `c-1` as what it is. */
static void as_rule(const char *text, char *out, size_t size) {
  static const char *const names[][2] = {{"row.country", "row[geo.country]"}, {"row.size", "row[num.count]"},
                                         {"row.day", "row[time.collected]"}, {"row.marked", "row[flag]"},
                                         {"row.mail", "row[pii.email]"}};
  size_t n = 0;
  while (*text && n + 32 < size) {
    size_t i = 0;
    while (i < 5 && strncmp(text, names[i][0], strlen(names[i][0])) != 0) i++;
    if (i < 5) {
      n += (size_t)snprintf(out + n, size - n, "%s", names[i][1]);
      text += strlen(names[i][0]);
    } else {
      out[n++] = *text++;
    }
  }
  out[n] = '\0';
}

static edict_row row_of(mesh *m, unsigned n) {
  static const char *const countries[] = {"de", "us", "eu"}, *const mails[] = {"a\"b", "ANA", "a-b"};
  edict_cell out[7], none = {.type = EDICT_CELL_NULL};
  char memory[1024];
  edict_row row;
  edict_cell in[] = {n % 4 == 3 ? none : mesh_text(countries[n % 4]), mesh_int(n % 9 * 5),
                     {.type = EDICT_CELL_TIMESTAMP, .integer = mesh_time("2026-11-17T10:00:00Z") + (int64_t)(n % 3) - 1},
                     {.type = EDICT_CELL_BOOL, .integer = n / 4 % 2},
                     n % 5 > 2 ? none : mesh_text(mails[n % 5]),
                     mesh_text(n % 3 ? "c-1" : "c-2"), mesh_text(n % 2 ? "c-1" : "c-2")};
  CHECK_INT(edict_decision_apply_row(m->decision, in, 7, out, memory, sizeof memory, &row), EDICT_OK);
  return row;
}

static void check_round(mesh *m, const char *text) {
  char expression[1024], rules[2048];
  mesh again;
  if (strstr(text, "unknown") || strstr(text, "row.buyer") || strcmp(text, "true") == 0 || strcmp(text, "false") == 0) return;
  as_rule(text, expression, sizeof expression);
  snprintf(rules, sizeof rules, "rule rows\n show only rows\n where %s\n because \"x\"\n", expression);
  open_with(&again, rules);
  for (unsigned n = 0; n < 420; n++)
    if (row_of(m, n) != row_of(&again, n)) HARNESS_FAIL("%s: row %u", text, n);
  mesh_fini(&again);
}

TEST(texts) {
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    mesh m;
    char text[1024];
    open_with(&m, table[i].rules);
    where_of(&m, text, sizeof text);
    const char *wanted = table[i].text ? table[i].text : "";
    if (strcmp(text, wanted) != 0) HARNESS_FAIL("%s\n is not\n%s", text, wanted);
    else if (*text) check_round(&m, text);
    bool shown = false, hidden = false;
    for (unsigned n = 0; n < 420; n++) *(row_of(&m, n) == EDICT_ROW_SHOWN ? &shown : &hidden) = true;
    bool never = strcmp(text, "false") == 0 || strstr(text, "unknown"), always = !*text || strcmp(text, "true") == 0;
    if (shown == never || hidden == always) HARNESS_FAIL("%s: rows", text);
    mesh_fini(&m);
  }
}

/* ---- texts that are made ---- */

enum { LONG = 1500 }; /* three of them are more than a decision has room for */

static void open_long(mesh *m, const char *rules) {
  char federal[4096], text[3 * LONG + 256], a[LONG + 1], b[LONG + 1], c[LONG + 1];
  memset(a, 'A', LONG), memset(b, 'B', LONG), memset(c, 'C', LONG);
  a[LONG] = b[LONG] = c[LONG] = '\0';
  snprintf(federal, sizeof federal, "%s%s", READS, rules);
  mesh_init(m);
  mesh_federal(m, federal);
  mesh_domain(m, "sales", "", contract);
  mesh_open(m);
  snprintf(text, sizeof text, "vip true; age 30; name %s; team %s; gateway 10.0.0.1; purposes support", a, b);
  mesh_subject(m, text);
  snprintf(text, sizeof text, "purpose support; channel %s", c);
  CHECK_INT(mesh_ask(m, "read", "orders", "*", text, TODAY), EDICT_OK);
}

#define LONG_WHERE                                                                                          \
  WHERE("(row[geo.country] == de and row[pii.email] == lower(subject.name)) or (row[num.count] > 3 and "    \
        "row[pii.email] == lower(subject.team)) or (row[flag] and row[pii.email] == lower(context.channel))")

/* A row of the last part alone is shown, and the text says of which. */
TEST(each_part_has_room_for_its_texts)
{
  static char text[16384], wanted[LONG + 64];
  char memory[8192];
  edict_cell in[7] = {mesh_text("us"), mesh_int(1), {0}, {.type = EDICT_CELL_BOOL, .integer = 1}}, out[7];
  edict_row row;
  mesh m;
  open_long(&m, LONG_WHERE);
  where_of(&m, text, sizeof text);
  CHECK(strstr(text, "unknown") == NULL);
  for (const char *letter = "abc"; *letter; letter++) {
    snprintf(wanted, sizeof wanted, "row.mail == \"");
    memset(wanted + 13, *letter, LONG), wanted[13 + LONG] = '\0';
    if (!strstr(text, wanted)) HARNESS_FAIL("no %c in %.80s...", *letter, text);
  }
  in[4] = mesh_text(wanted + 13);
  CHECK_INT(edict_decision_apply_row(m.decision, in, 7, out, memory, sizeof memory, &row), EDICT_OK);
  CHECK_INT(row, EDICT_ROW_SHOWN);
  mesh_fini(&m);
}

static void keep_root(void *user, const edict_expression *e) {
  if (e->depth == 0 && strcmp(e->part, "when") == 0) *(edict_holds *)user = e->holds;
}

/* The first two are passed over; what all three would need is more than there is. */
TEST(what_is_passed_over_takes_no_room)
{
  static const struct { const char *when; edict_holds holds; } cases[] = {
      {"(context.trusted and lower(subject.name) == \"x\") or (context.trusted and lower(subject.team) == \"x\")"
       " or lower(context.channel) starts-with \"ccc\"", EDICT_HOLDS_YES},
      /* nothing is passed over, and the room is used up as it is when the request is decided */
      {"(subject.vip and lower(subject.name) == \"x\") or (subject.vip and lower(subject.team) == \"x\")"
       " or lower(context.channel) starts-with \"ccc\"", EDICT_HOLDS_UNKNOWN},
  };
  for (size_t i = 0; i < 2; i++) {
    char rules[1024];
    edict_holds holds = EDICT_HOLDS_NO;
    mesh m;
    snprintf(rules, sizeof rules, "rule no\n forbid read\n when %s\n because \"x\"\n", cases[i].when);
    open_long(&m, rules);
    CHECK_INT(edict_decision_effect(m.decision), EDICT_DENY);
    CHECK_INT(edict_decision_expressions(m.decision, keep_root, &holds), EDICT_OK);
    CHECK_INT(holds, cases[i].holds);
    mesh_fini(&m);
  }
}

HARNESS_MAIN
