/* Random rules: expressions by type, rules by effect, contracts by tag. See the header. */
#include "support/random_rules.h"

#include "base/calendar.h"

uint64_t random_below(random_source *r, uint64_t n) { /* SplitMix64 */
  uint64_t x = r->state += UINT64_C(0x9E3779B97F4A7C15);
  x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
  x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
  return (x ^ (x >> 31)) % n;
}

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define PICK(r, list) ((list)[random_below((r), COUNT(list))])

/* ---- expressions ---- */

typedef struct gen {
  random_source *r;
  edi_buf *out;
  bool request;   /* subject and context may be read */
  bool row;       /* row[...] may be read */
  bool opener;    /* no `is set` under `not` */
  bool domain;    /* the domain's own words may be used */
  bool tables;    /* tables may be asked */
} gen;

static void put(gen *g, const char *text) { edi_buf_text(g->out, text); }
static uint64_t below(gen *g, uint64_t n) { return random_below(g->r, n); }

/* One of the ways to write a value: first what is always there, then the request's, then the row's. */
static void choose(gen *g, const char *const *plain, size_t plains, const char *const *request, size_t requests,
                   const char *const *row, size_t rows) {
  size_t n = plains + (g->request ? requests : 0) + (g->row ? rows * 3 : 0);
  size_t i = below(g, n);
  if (i < plains) put(g, plain[i]);
  else if (g->request && i < plains + requests) put(g, request[i - plains]);
  else put(g, row[(i - plains - (g->request ? requests : 0)) / 3]);
}
static const char *const int_plain[] = {"dataset.rank", "0", "1", "7", "-3", "dataset.rank + 1", "9223372036854775807", "dataset.rank * 3", "weekday(now)"};
static const char *const int_request[] = {"subject.age", "length(subject.name)", "subject.age - 2", "subject.age * 4611686018427387904", "weekday(context.at)"};
static const char *const int_row[] = {"row[num.count]", "length(row[pii.email])", "weekday(row[time.collected])"};
static const char *const decimal_plain[] = {"product.budget", "1.5", "0.1", "100.25", "product.budget * 0.5", "product.budget + 922337203685477580.7",
                                            "product.budget * 0.000000000000000001"};
static const char *const decimal_request[] = {"subject.score", "context.amount", "subject.score + context.amount", "context.floor", "subject.score * context.amount"};
static const char *const decimal_row[] = {"row[num.amount]", "row[num.amount] - 1.5"};
static const char *const string_plain[] = {"product.owner", "dataset.name", "product.name", "\"a\"", "\"Ann\"", "\"orders\"", "lower(product.owner)"};
static const char *const string_request[] = {"subject.name", "context.channel", "lower(subject.name)"};
static const char *const string_row[] = {"row[pii.email]", "row[pii.phone]", "lower(row[pii.email])"};
static const char *const time_plain[] = {"now", "2026-05-01T00:00:00Z", "2026-11-20T10:00:00Z", "now - 24 months", "now + 9000 years",
                                         "2024-02-29T00:00:00Z + 1 year"};
static const char *const time_request[] = {"subject.seen", "context.at", "context.at + 90 days", "context.hour", "context.hour - 1 month"};
static const char *const time_row[] = {"row[time.collected]", "row[time.collected] + 12 months"};
static const char *const date_plain[] = {"dataset.since", "2026-05-01", "2024-02-29", "dataset.since + 1 month", "dataset.since + 1 year", "dataset.since - 3000 years"};
static const char *const date_request[] = {"subject.member", "subject.member + 365 days", "subject.member - 4 years"};
static const char *const date_row[] = {"row[time.day]"};
static const char *const bool_plain[] = {"product.critical", "true", "false"};
static const char *const bool_request[] = {"subject.vip", "context.trusted"};
static const char *const bool_row[] = {"row[flag]"};
static const char *const address_plain[] = {"dataset.gate", "\"10.1.2.3\"", "\"2001:db8::1\"", "\"10.255.255.255\""};
static const char *const address_request[] = {"subject.address", "context.client", "context.door"};
static const char *const address_row[] = {"row[net.address]"};
static const char *const person_plain[] = {"\"42\"", "\"p-1\"", "\"-3\""};
static const char *const person_request[] = {"subject.person"};
static const char *const person_row[] = {"row[person.id]"};
static const char *const duration_plain[] = {"dataset.keep", "24 months", "30 days", "12 hours", "1 month", "dataset.keep + 1 month", "time-of-day(now)",
                                             "dataset.keep - 30 days", "2026-05-01T00:00:00Z - now", "2 years"};
static const char *const duration_request[] = {"now - subject.seen", "context.at - subject.seen", "time-of-day(context.at)"};
static const char *const duration_row[] = {"now - row[time.collected]", "time-of-day(row[time.collected])"};
static const char *const level_plain[] = {"dataset.least"};
static const char *const level_request[] = {"subject.clearance"};
static const char *const level_row[] = {"row[level.of]"};
static const char *const grade_plain[] = {"grade.mid"};
static const char *const grade_request[] = {"context.grade"};
static const char *const region_plain[] = {"region.de", "region.eu"};
static const char *const region_request[] = {"subject.home"};
static const char *const region_row[] = {"row[geo.country]"};
static const char *const purpose_plain[] = {"purpose.support", "purpose.marketing", "purpose.service"};
static const char *const purpose_request[] = {"purpose"};
static const char *const tag_plain[] = {"tag.pii", "tag.plain"};
static const char *const tag_request[] = {"context.topic"};

/* How a value of a type is written; the letters are those of random_tables.c. */
#define OF(p, q, w) p, COUNT(p), q, COUNT(q), w, COUNT(w)
static const struct {
  char letter;
  const char *const *plain; size_t plains;
  const char *const *request; size_t requests;
  const char *const *row; size_t rows;
} kinds_of_values[] = {
    {'i', OF(int_plain, int_request, int_row)}, {'n', OF(decimal_plain, decimal_request, decimal_row)},
    {'s', OF(string_plain, string_request, string_row)}, {'t', OF(time_plain, time_request, time_row)},
    {'d', OF(date_plain, date_request, date_row)}, {'b', OF(bool_plain, bool_request, bool_row)},
    {'a', OF(address_plain, address_request, address_row)}, {'p', OF(person_plain, person_request, person_row)},
    {'m', OF(duration_plain, duration_request, duration_row)}, {'l', OF(level_plain, level_request, level_row)},
    {'r', OF(region_plain, region_request, region_row)}, {'g', grade_plain, 1, grade_request, 1, NULL, 0},
    {'u', purpose_plain, COUNT(purpose_plain), purpose_request, 1, NULL, 0}, {'k', tag_plain, COUNT(tag_plain), tag_request, 1, NULL, 0}};

/* The tables of the vocabulary: types of the keys, then names and types of what they give. */
static const struct { const char *name, *keys; size_t values; const char *names[4]; const char *types; } tables[] = {
    {"holds", "p", 0, {NULL}, ""}, {"consent", "pu", 4, {"given", "note", "grade", "place"}, "tsgr"}, {"places", "r", 2, {"level", "rank"}, "li"},
    {"nets", "a", 2, {"gate", "keep"}, "am"}, {"counts", "in", 1, {"of"}, "n"}, {"flags", "bd", 0, {NULL}, ""}, {"moments", "t", 2, {"day", "good"}, "db"},
    {"topics", "k", 1, {"who"}, "p"}, {"ranks", "lsg", 0, {NULL}, ""}, {"trips", "rr", 2, {"span", "count"}, "mi"}};

static void value(gen *g, char letter);

static void key_values(gen *g, const char *letters) {
  gen inner = *g;
  inner.tables = false; /* one look-up for another's key is enough of a sentence */
  for (size_t k = 0; letters[k]; k++) {
    if (k > 0) put(g, ", ");
    value(&inner, letters[k]);
  }
}

/* A value of that type, or of any where the letter is 0, that a table gives. False: there is none. */
static bool table_value(gen *g, char letter, char *found) {
  size_t first = below(g, COUNT(tables));
  for (size_t i = 0; i < COUNT(tables); i++) {
    size_t t = (first + i) % COUNT(tables);
    for (size_t v = 0; v < tables[t].values; v++) {
      if (letter ? tables[t].types[v] != letter : below(g, 2) && v + 1 < tables[t].values) continue;
      *found = tables[t].types[v];
      edi_buf_format(g->out, "%s(", tables[t].name);
      key_values(g, tables[t].keys);
      edi_buf_format(g->out, ").%s", tables[t].names[v]);
      return true;
    }
  }
  return false;
}

static void value(gen *g, char letter) {
  char found;
  if (g->tables && below(g, 10) == 0 && table_value(g, letter, &found)) return;
  for (size_t i = 0; i < COUNT(kinds_of_values); i++)
    if (kinds_of_values[i].letter == letter)
      choose(g, kinds_of_values[i].plain, kinds_of_values[i].plains, kinds_of_values[i].request, kinds_of_values[i].requests,
             kinds_of_values[i].row, kinds_of_values[i].rows);
}

static const char *const comparisons[] = {" == ", " != ", " < ", " <= ", " > ", " >= "};
static const char *const region_nodes[] = {"eu", "de", "fr", "us"};
static const char *const grades[] = {"low", "mid", "high"};
static const char *const purpose_nodes[] = {"service", "support", "billing", "commercial", "marketing", "mail"};
static const char *const tag_nodes[] = {"pii", "pii.email", "pii.phone", "person.id", "geo.country", "time.collected", "num.count", "plain", "untagged"};


static void tag(gen *g) {
  if (g->domain && below(g, 3) == 0) put(g, PICK(g->r, random_own_tags));
  else put(g, PICK(g->r, tag_nodes));
}

/* Attributes that hold tags, and whose nodes are the domain's own. */
static void own_table(gen *g) {
  static const char *const keys[] = {"dataset.tier", "tier.gold", "tier.silver", "row[own.tier]"};
  static const char *const tests[] = {".place is eu", ".place in dataset.regions", ".level >= internal", ".of is own.a", ".of is pii", ".next is silver", ".next == dataset.tier"};
  size_t key = below(g, g->row ? 4 : 3);
  if (below(g, 2)) edi_buf_format(g->out, below(g, 3) ? "%s in stars" : "%s not in stars", keys[g->row && below(g, 2) ? 3 : 0]);
  else edi_buf_format(g->out, "stars(%s)%s", keys[key], PICK(g->r, tests));
}

static void words(gen *g) {
  static const char *const sets[] = {"dataset.topics", "context.topics", "subject.likes"};
  static const char *const tests[] = {"row[own.tier] is ", "row[own.tier] is not ", "dataset.tier is ", "dataset.tier == ", "dataset.tiers has "};
  uint64_t kind = below(g, g->domain ? 8 : 2);
  if (kind > 5 && g->tables) {
    own_table(g);
    return;
  }
  if (kind == 0) {
    put(g, PICK(g->r, sets));
    put(g, " has ");
  } else if (kind == 1) {
    put(g, (const char *[]){"context.topic is ", "context.topic is not ", "context.topic == "}[below(g, 3)]);
  } else if (kind == 2 && g->row) {
    put(g, "row[own.place] in ");
    put(g, below(g, 2) ? "dataset.regions" : "subject.regions");
    return;
  } else if (kind == 3) {
    put(g, below(g, 2) ? "dataset.tier in dataset.tiers" : "dataset.tiers overlaps [gold, iron]");
    return;
  } else {
    put(g, tests[g->row ? below(g, 5) : 2 + below(g, 3)]);
    put(g, PICK(g->r, random_tiers));
    return;
  }
  tag(g);
}

static void regions(gen *g) {
  static const char *const plain[] = {"dataset.regions", "[de, us]", "[eu]"};
  static const char *const request[] = {"subject.regions", "context.areas", "subject.regions"};
  choose(g, plain, COUNT(plain), request, COUNT(request), NULL, 0);
}

/* Texts, addresses, truths and ids have no order. A node or level on both sides would be of no type. */
static void compare_with(gen *g, char letter) {
  put(g, strchr("sbapr", letter) ? comparisons[below(g, 2)] : PICK(g->r, comparisons));
  if (letter == 'g') put(g, PICK(g->r, grades));
  else if (letter == 'l' && below(g, 2)) put(g, PICK(g->r, random_levels));
  else if (letter == 'r') put(g, PICK(g->r, region_nodes));
  else value(g, letter);
}

static void compare_values(gen *g) {
  char letter = "innsttdbbapmmli"[below(g, 15)];
  value(g, letter);
  compare_with(g, letter);
}

/* A test of a table, or of what it gives. */
static void lookup(gen *g) {
  if (g->domain && below(g, 4) == 0) {
    own_table(g);
    return;
  }
  size_t t = below(g, COUNT(tables));
  char letter = tables[t].keys[0];
  if (below(g, 2)) {
    bool given = table_value(g, 0, &letter);
    if (given && !g->opener && below(g, 3) == 0) put(g, " is set");
    else if (letter == 'r' && below(g, 2)) { put(g, " in "); regions(g); }
    else compare_with(g, letter);
    return;
  }
  while (!tables[t].keys[1] && strchr("rk", letter) && !g->request) letter = tables[t = below(g, COUNT(tables))].keys[0]; /* a node is in no table */
  if (tables[t].keys[1]) put(g, "(");
  gen inner = *g;
  inner.tables = false;
  if (!tables[t].keys[1] && strchr("rk", letter)) put(&inner, letter == 'k' ? "context.topic" : g->row && below(g, 2) ? "row[geo.country]" : "subject.home");
  else key_values(g, tables[t].keys);
  if (tables[t].keys[1]) put(g, ")");
  edi_buf_format(g->out, below(g, 3) ? " in %s" : " not in %s", tables[t].name);
}

static const char *const blocks[] = {"10.0.0.0/8", "10.1.2.3/32", "0.0.0.0/0", "10.1.2.2/31", "10.128.0.0/9", "2001:db8::/32", "::/0", "::1/128", "::/128",
                                     "2001:db8:ffff::/49", "::ffff:10.0.0.0/104", "8.0.0.0/5", "128.0.0.0/1"};
static const char *const other_addresses[] = {"dataset.gates has \"10.1.2.3\"", "dataset.gate in dataset.gates", "dataset.gates overlaps [\"::1\", \"10.0.0.0\"]"};
static const char *const asked_addresses[] = {"context.client in context.hosts", "context.hosts has subject.address", "context.hosts overlaps dataset.gates",
                                              "dataset.gates covers context.hosts", "context.hosts has \"10.1.2.3\"", "subject.address not in dataset.gates",
                                              "context.hosts overlaps [\"10.1.2.3\", \"::\"]", "context.client in [\"10.1.2.3\", \"2001:db8::1\"]", "inside(context.client)"};

/* Where something comes from. */
static void addresses(gen *g) {
  if (below(g, 3) == 0) {
    choose(g, other_addresses, COUNT(other_addresses), asked_addresses, COUNT(asked_addresses), NULL, 0);
    return;
  }
  gen inner = *g;
  inner.tables = inner.tables && below(g, 4) == 0;
  if (g->row && below(g, 2)) put(g, "row[net.address]");
  else if (g->request && below(g, 4)) put(g, PICK(g->r, address_request));
  else if (inner.tables && below(g, 2)) { put(g, "nets("); key_values(g, "a"); put(g, ").gate"); }
  else put(g, "dataset.gate");
  edi_buf_format(g->out, below(g, 4) ? " in cidr(\"%s\")" : " not in cidr(\"%s\")", PICK(g->r, blocks));
}

static bool asks_table(const char *text) {
  for (size_t i = 0; i < COUNT(tables); i++) {
    const char *at = strstr(text, tables[i].name);
    if (at && at > text && at[-1] == ' ' && !at[strlen(tables[i].name)]) return true;
  }
  return false;
}

/* Attributes of the request beside constants: what an index tells rules apart by. */
static const char *const constant_conditions[] = {
    "purpose in [support, mail]", "purpose is support", "subject.age in [0, 7, 42]", "subject.age <= 7", "subject.age == 42", "7 < subject.age",
    "subject.name in [\"Ann\", \"a\"]", "subject.name == \"Zoë\"", "subject.regions overlaps [de, us]", "subject.regions covers [de]",
    "subject.regions covers [de, fr]", "[eu, us] covers subject.regions", "subject.nicks has \"a\"", "subject.codes has 7", "subject.regions has fr",
    "subject.roles overlaps [support, partner]", "context.grade >= mid", "context.grade == low", "subject.clearance == confidential",
    "subject.clearance > public", "subject.score in [0.1, 1.5]", "subject.score < 1.5", "context.at >= 2026-05-01T00:00:00Z",
    "subject.member < 2026-05-01", "now < 2026-11-20T12:00:00Z", "subject.vip", "not subject.vip", "context.trusted", "subject.home is eu",
    "subject.home == de", "subject.home in [fr, us]", "subject.issuer is host", "subject.name != \"a\"", "not subject.age > 7",
    "subject.people has \"42\"", "subject.person in [\"42\", \"p-1\"]", "subject.person == \"7\"", "subject.badges has internal", "subject.badges overlaps [public]",
    "subject.badges covers [public, restricted]", "subject.clearance in [internal, restricted]", "subject.days has 2026-05-01", "subject.member in [2024-02-29, 2026-05-01]",
    "subject.rates has 1.5", "subject.rates overlaps [0.1, 100.25]", "context.hosts has \"10.1.2.3\"", "context.moments has 2026-11-20T10:00:00Z", "context.answers has true",
    "context.zones has de", "context.zones overlaps [fr]", "subject.address in cidr(\"10.0.0.0/8\")", "subject.address == \"10.1.2.3\"", "context.client in cidr(\"2001:db8::/32\")",
    "context.client not in cidr(\"::/0\")", "context.door == \"10.1.2.3\"", "context.floor >= 1.5", "context.hour < 2026-11-20T10:00:00Z", "action is export", "action == read",
    "action is not share", "subject.purposes has support", "subject.roles covers [support, partner]", "weekday(now) == 5", "time-of-day(now) < 12 hours", "now >= 2026-11-20T10:00:01Z",
    "product.domain is sales", "product.domain == web", "context.grade in [low, high]", "subject.name starts-with \"A\"",
    "length(subject.name) > 2", "subject.age + 1 > 7", "subject.person in holds", "subject.person not in holds", "(subject.person, purpose) in consent", "subject.home in places",
    "subject.address in nets", "context.topic in topics", "subject.seen < now - 1 month", "subject.score * 2 == 3"};

/* Two values of one request, or of it and a dataset. */
static const char *const asked_conditions[] = {
    "subject.person in subject.people", "subject.clearance in subject.badges", "subject.member in subject.days", "subject.score in subject.rates",
    "context.at in context.moments", "context.trusted in context.answers", "context.zones overlaps subject.regions", "context.zones covers context.areas",
    "purpose in subject.purposes", "subject.clearance >= dataset.least", "subject.person not in subject.people", "dataset.keep <= 2 years", "dataset.keep < 31 days",
    "dataset.keep in [30 days, 2 years]", "dataset.keep not in [1 month, 12 hours]", "now - context.at not in [1 month, 2 hours]"};
static const char *const row_conditions[] = {
    "row[person.id] in subject.people", "row[level.of] >= internal", "row[level.of] in subject.badges", "row[level.of] <= subject.clearance", "row[time.day] in subject.days",
    "row[num.amount] in subject.rates", "row[net.address] in dataset.gates", "row[net.address] in context.hosts", "row[person.id] == subject.person", "row[flag] in context.answers",
    "row[level.of] == subject.clearance", "row[level.of] in [public, internal]", "subject.people has row[person.id]"};

static void constant(gen *g) {
  const char *text = PICK(g->r, constant_conditions);
  while (!g->tables && asks_table(text)) text = PICK(g->r, constant_conditions);
  put(g, text);
}

static void membership(gen *g) {
  if (g->request && below(g, 2)) {
    if (g->row && below(g, 2)) put(g, PICK(g->r, row_conditions));
    else if (below(g, 4) == 0) put(g, PICK(g->r, asked_conditions));
    else constant(g);
    return;
  }
  switch (below(g, g->row ? 9 : 8)) {
    case 0: break;
    case 1: put(g, "dataset.regions"); put(g, below(g, 2) ? " overlaps " : " covers "); regions(g); return;
    case 2: put(g, "dataset.purposes has "); put(g, PICK(g->r, purpose_nodes)); return;
    case 3: if (!g->request) break; put(g, "purpose in dataset.purposes"); return;
    case 4: if (!g->request) break; put(g, "subject.roles has "); put(g, below(g, 2) ? "analyst" : "staff"); return;
    case 5: if (!g->request) break; put(g, (const char *[]){"purpose is ", "purpose is not ", "purpose == ", "purpose != "}[below(g, 4)]); put(g, PICK(g->r, purpose_nodes)); return;
    case 6: if (!g->request) break; put(g, below(g, 2) ? "subject.nicks has \"Ann\"" : "subject.age in subject.codes"); return;
    case 7: if (!g->request) break; put(g, "subject.home in "); regions(g); return;
    default: put(g, "row[geo.country]"); put(g, below(g, 4) ? " in " : " not in "); regions(g); return;
  }
  put(g, g->request && below(g, 2) ? "subject.regions" : "dataset.regions");
  put(g, " has ");
  put(g, PICK(g->r, region_nodes));
}

static void atom(gen *g, const char *entity) {
  bool dataset = entity[0] == 'd', column = entity[0] == 'c';
  switch (below(g, 4)) {
    case 0:
      put(g, entity); put(g, " tagged "); tag(g);
      if (below(g, 2)) { put(g, ", "); tag(g); }
      return;
    case 1:
      if (column) break;
      put(g, entity); put(g, " holding "); tag(g);
      return;
    case 2:
      if (!dataset && !column) { put(g, (const char *[]){"product in domain sales", "product in domain shop", "product not in domain web", "product named \"?\"", "product named \"*q\""}[below(g, 5)]); return; }
      put(g, entity); put(g, " named "); put(g, (const char *[]){"\"*\"", column ? "\"c1*\"" : "\"or*\"", column ? "\"?2\"" : "\"?t*e?\""}[below(g, 3)]);
      return;
    default: break;
  }
  put(g, dataset || column ? entity : "dataset"); put(g, " classified "); put(g, ((const char *[]){"<= ", "> ", ">= ", "< ", "== "})[below(g, 5)]); put(g, PICK(g->r, random_levels));
}

static void strings(gen *g) {
  static const char *const tests[] = {" starts-with ", " ends-with ", " contains "}, *const parts[] = {"\"A\"", "\"n\"", "\"r\"", "\"\""};
  static const char *const patterns[] = {"[A-Za-z]+(?:\\.[a-z]+)?", ".*", "A?n+.*", "[^a]*", "\\p{L}+", "(?:a|n|A)*e?", "Zo.", "[a-z]{2,3}", "a?"};
  value(g, 's');
  if (below(g, 3) == 0) {
    edi_buf_format(g->out, " matches /%s/", PICK(g->r, patterns));
    return;
  }
  put(g, PICK(g->r, tests));
  if (below(g, 2)) put(g, PICK(g->r, parts));
  else value(g, 's');
}

static void whether_set(gen *g) {
  static const char *const plain[] = {"product.owner is set", "dataset.since is set", "dataset.keep is set", "dataset.gates is set"};
  static const char *const request[] = {"subject.age is set", "purpose is set", "context.channel is set", "subject.address is set", "subject.people is set", "context.door is set"};
  static const char *const row[] = {"row[pii.email] is set", "row[net.address] is set"};
  choose(g, OF(plain, request, row));
}

static void condition(gen *g, unsigned depth);

/* A definition of the vocabulary. */
static void definition(gen *g, unsigned depth) {
  switch (below(g, depth ? 9 : 8)) {
    case 5: put(g, "inside("); value(g, 'a'); break;
    case 6:
      if (!g->tables) { put(g, "spent == now"); return; }
      put(g, "held("); key_values(g, "p");
      break;
    case 7:
      if (!g->tables) { put(g, "spent <= now"); return; }
      put(g, "allowed("); key_values(g, "pu");
      break;
    case 0: put(g, "over("); value(g, 'i'); put(g, ", "); value(g, 'i'); break;
    case 1:
      if (!g->request) { put(g, "spent > now"); return; }
      put(g, g->row ? "lies-in(row[geo.country], " : "lies-in(subject.home, ");
      regions(g);
      break;
    case 2: put(g, "is-critical("); break;
    case 3: put(g, "carries("); tag(g); break;
    case 4:
      if (!g->request) { put(g, "spent < now"); return; }
      put(g, below(g, 2) ? "subject.home is home-market" : "subject.home in some-markets");
      return;
    default: put(g, "either(("); condition(g, depth - 1); put(g, "), ("); condition(g, depth - 1); put(g, ")"); break;
  }
  put(g, ")");
}

static void condition(gen *g, unsigned depth) {
  uint64_t kind = below(g, depth ? 15 : 12);
  if (kind >= 12) {
    put(g, kind == 14 ? "not (" : "(");
    bool was = g->opener;
    g->opener = was || kind == 14;
    condition(g, depth - 1);
    if (kind != 14) {
      put(g, kind == 12 ? " and " : " or ");
      condition(g, depth - 1);
    }
    g->opener = was;
    put(g, ")");
    return;
  }
  switch (kind) {
    case 0:
    case 1: compare_values(g); return;
    case 2:
    case 3: membership(g); return;
    case 4: strings(g); return;
    case 5: atom(g, "dataset"); return;
    case 8: definition(g, depth); return;
    case 10:
      if (g->tables) lookup(g);
      else compare_values(g);
      return;
    case 11: addresses(g); return;
    case 9:
      if (g->request && below(g, 2)) words(g);
      else atom(g, "dataset");
      return;
    case 6:
      if (g->opener) compare_values(g);
      else whether_set(g);
      return;
    default:
      if (!g->request) atom(g, "product");
      else put(g, below(g, 2) ? "subject.clearance >= confidential" : "context.grade < high");
      return;
  }
}

/* Kinds of rules: those below are numbers in effect(). */
enum { RULES_MOST = 64, EXEMPT = 10, RESOURCE = 11, RESOURCE_FORBID = 12, RESOURCE_REQUIRE = 13, RESOURCE_FACTS = 34 };

/* ---- resources ---- */

static const char *const resource_atoms[] = {
    "model", "model tagged pii", "model tagged pii.email, plain", "model tagged person.id", "model named \"*\"", "model named \"a*\"",
    "model named \"?nn\"", "product in domain sales"};
/* First what may be asked whoever asks: nothing of the subject, of the context. */
static const char *const resource_conditions[] = {
    "model.size > 7", "model.level >= internal", "model.home is eu", "model.home is not de", "model.regions has eu", "model.ready", "product.critical",
    "model tagged pii, plain", "model.tags overlaps [pii, plain]", "model.tags has pii", "model named \"*n*\"", "model.made < now", "model.cost * 2 > 0.1",
    "lower(model.owner) starts-with \"a\"", "model", "model.owner == \"Ann\"", "model.owner in [\"Ann\", \"a\"]", "model.size in [0, 7]", "model.size <= 7",
    "model.size > 0", "model.home in [de, us]", "model.home == de", "model.regions overlaps [de]", "model.level <= internal", "model.cost >= 0.1",
    "model.tags covers [pii]", "not model.ready", "model.made < 2026-05-01T00:00:00Z", "model.regions covers [de, fr]",
    "model.address in cidr(\"10.0.0.0/8\")", "model.address == \"10.1.2.3\"", "model.readers has \"42\"", "model.holder != \"p-1\"", "model.address not in cidr(\"::/0\")",
    "model.owner == subject.name", "model.owner != subject.name",
    "model.size == subject.age", "subject.clearance >= model.level", "model.home in subject.regions", "subject.regions has de",
    "model.regions overlaps subject.regions", "subject.regions covers model.regions", "purpose is support", "context.trusted",
    "subject.roles has analyst", "subject.age == 7", "model.readers has subject.person", "model.holder in holds", "(model.holder, purpose) in consent",
    "model.address in context.hosts", "model.readers overlaps subject.people", "nets(model.address).gate == subject.address", "model.home in places", "action is export"};

static const char *const resource_duties[] = {"  oblige ring()\n", "  oblige mark(model.owner, now), ring()\n",
                                              "  oblige count(model.size, model.cost, model.home)\n"};

/* `facts`: of those alone. */
static void resource_condition(gen *g, unsigned depth, bool facts) {
  switch (below(g, depth ? 6 : 3)) {
    case 3: put(g, "not ("); resource_condition(g, depth - 1, facts); put(g, ")"); return;
    case 4:
    case 5:
      put(g, "(");
      resource_condition(g, depth - 1, facts);
      put(g, below(g, 2) ? " and " : " or ");
      resource_condition(g, depth - 1, facts);
      put(g, ")");
      return;
    default: put(g, facts ? resource_conditions[below(g, RESOURCE_FACTS)] : PICK(g->r, resource_conditions));
  }
}

/* A rule about models, or, now and then, about reports. */
static void resource_target(gen *g, bool facts) {
  put(g, "model and ");
  if (below(g, 4) == 0) put(g, "not ");
  put(g, PICK(g->r, resource_atoms));
  put(g, "\n");
  if (below(g, 2)) { put(g, "  when "); resource_condition(g, 1, facts); put(g, "\n"); }
  if (below(g, 4) == 0) { put(g, "  unless "); resource_condition(g, 1, facts); put(g, "\n"); }
}

static void resource_requirement(gen *g, unsigned number, bool domain) {
  edi_buf_format(g->out, "%srule %c%u\n  require ", below(g, 8) == 0 ? "shadow " : "", domain ? 'd' : 'f', number);
  if (below(g, 6) == 0) put(g, "model.owner is set and ");
  resource_condition(g, 1, true);
  put(g, "\n  on ");
  resource_target(g, true);
  put(g, "  because \"x\"\n\n");
}

static void resource_rule(gen *g, unsigned number, bool forbids, bool domain) {
  static const char *const effects[] = {[0] = "permit ", [3] = "forbid ", [4] = "delegate permit "};
  static const char *const some[] = {"read", "access", "export", "share"};
  size_t kind = forbids ? 3 : domain || below(g, 4) ? 0 : 4;
  edi_buf_format(g->out, "%srule %c%u\n  %s", below(g, 8) == 0 ? "shadow " : "", domain ? 'd' : 'f', number, effects[kind]);
  put(g, PICK(g->r, some));
  put(g, kind == 4 ? " to domain sales\n  on " : "\n  on ");
  if (below(g, 8) == 0) {
    put(g, "report\n  when report.author == subject.name\n");
    if (kind == 4) put(g, "  until 2027-12-31\n");
  } else {
    resource_target(g, false);
    if (kind == 4) put(g, "  until 2027-12-31\n");
    if (below(g, 4) == 0) put(g, PICK(g->r, resource_duties));
  }
  put(g, "  because \"x\"\n\n");
}

/* ---- rules ---- */

static void clause(gen *g, const char *word, bool request, bool row, bool opener) {
  gen inner = *g;
  inner.request = request;
  inner.row = row;
  inner.opener = opener;
  inner.tables = g->tables && strcmp(word, "  require ") != 0;
  put(g, word);
  condition(&inner, 2);
  put(g, "\n");
}

static void target(gen *g, bool needed) {
  if (!needed && below(g, 3) == 0) return;
  put(g, "  on ");
  uint64_t kind = below(g, 4);
  if (kind == 0) put(g, "not (");
  atom(g, below(g, 4) ? "dataset" : "product");
  if (kind == 0) put(g, ")");
  if (kind == 1) { put(g, " and "); atom(g, "dataset"); }
  if (kind == 2) { put(g, " or "); atom(g, "dataset"); }
  put(g, "\n");
}

static const char *const transforms[] = {"null", "keep", "show-last(4)", "show-last(2)", "show-last(2, rest: \"x\")", "show-first(3)",
                                         "const(\"gone\")", "const(5)", "pseudonym(WIDE)", "pseudonym(NARROW)", "date-trunc(month)",
                                         "date-trunc(year)", "date-trunc(isoweek)", "regex(/[a-z]+/, \"z\")",
                                         "drop", "default", "alphanum", "classmask", "classmask(other: \"#\")", "round(2, mode: floor)",
                                         "round(3, mode: floor)", "round(6, mode: floor)", "clamp(0, 5)", "clamp(2, 9)",
                                         "redact", "sha256", "sha256-query", "zip3", "email", "pan", "charmask", "ip-trunc", "partial(1, \"x\", 2)"};

static void transform(gen *g) {
  const char *t = PICK(g->r, transforms);
  if (strncmp(t, "pseudonym", 9) != 0) put(g, t);
  else put(g, t[10] == 'W' ? "pseudonym(federal.vocabulary.wide)" : "pseudonym(federal.vocabulary.narrow)");
}

static void mask_line(gen *g) {
  gen row = *g;
  row.request = row.row = true;
  row.opener = false;
  put(g, "  mask ");
  atom(g, "column");
  put(g, "\n");
  uint64_t cases = 1 + below(g, 3);
  for (uint64_t i = 0; i < cases; i++) {
    put(g, "    with ");
    transform(g);
    if (cases > 1 && i + 1 == cases) put(g, " otherwise");
    else if (cases > 1 || below(g, 2)) {
      put(g, " if ");
      row.row = below(g, 3) == 0;
      condition(&row, 1);
    }
    put(g, "\n");
  }
}

static const char *const actions[] = {"read", "access", "export", "download, print", "share", "read, share"};
static const char *const durations[] = {"24 months", "90 days", "1 month", "12 hours", "2 years", "keep-for", "dataset.keep", "keep-long"};

/* One or two of the rules that close; false: there is none. *sweeps: one reads neither subject nor context;
 * *about: one is about models; *facts: and requires something of them. */
static bool exempt(gen *g, const unsigned *kinds, unsigned count, bool domain, bool *sweeps, bool *about, bool *facts, bool *tables_asked) {
  unsigned first = (unsigned)below(g, count), named = 0;
  for (unsigned k = 0; k < count && named < 2; k++) {
    unsigned i = (first + k) % count;
    if (kinds[i] == 0 || kinds[i] == 8 || kinds[i] == EXEMPT || kinds[i] == RESOURCE || (named && below(g, 2))) continue;
    edi_buf_format(g->out, named ? ", %c%u" : "  exempt %c%u", domain ? 'd' : 'f', i);
    *sweeps = *sweeps || (kinds[i] >= 4 && kinds[i] <= 7);
    *about = *about || kinds[i] == RESOURCE_FORBID || kinds[i] == RESOURCE_REQUIRE;
    *facts = *facts || kinds[i] == RESOURCE_REQUIRE;
    *tables_asked = *tables_asked && kinds[i] != 7 && kinds[i] != RESOURCE_REQUIRE;
    named++;
  }
  if (named) put(g, "\n");
  return named > 0;
}

static void effect(gen *g, unsigned kind, bool domain) {
  switch (kind) {
    case 0: put(g, "  permit "); put(g, PICK(g->r, actions)); put(g, "\n"); target(g, true); return;
    case 1: put(g, "  forbid "); put(g, PICK(g->r, actions)); put(g, "\n"); target(g, false); return;
    case 2: mask_line(g); if (below(g, 3) == 0) mask_line(g); target(g, false); return;
    case 3: put(g, "  show only rows\n"); target(g, false); clause(g, "  where ", true, true, false); return;
    case 4:
      put(g, "  retain at most "); put(g, PICK(g->r, durations));
      put(g, domain && below(g, 3) == 0 ? " after row[own.when]" : " after row[time.collected]");
      put(g, below(g, 2) ? " then erase\n" : "\n");
      target(g, false);
      return;
    case 5:
      if (domain) break;
      put(g, "  retain at least "); put(g, PICK(g->r, durations)); put(g, " after row[time.collected]\n");
      target(g, false);
      return;
    case 6:
      if (domain) break;
      clause(g, "  retain while ", false, true, false);
      target(g, false);
      return;
    case 9:
      edi_buf_format(g->out, "  show only groups of at least %u row[%s]\n", 2 + (unsigned)below(g, 4),
                     (const char *[]){"person.id", "pii.email", "geo.country", "num.count"}[below(g, 4)]);
      target(g, false);
      return;
    case 7: clause(g, "  require ", false, false, true); target(g, false); return;
    default:
      if (domain) break;
      put(g, "  delegate permit read, export to domain sales\n");
      target(g, true);
      return;
  }
  put(g, "  forbid share\n");
}

/* Arguments read what the rule's `when` may. */
static void obligation(gen *g) {
  switch (below(g, 3)) {
    case 0: put(g, "ring()"); return;
    case 1:
      put(g, "mark(");
      value(g, 's');
      put(g, ", ");
      value(g, 't');
      put(g, ")");
      return;
    default:
      put(g, "count(");
      value(g, 'i');
      put(g, ", ");
      value(g, 'n');
      put(g, ", ");
      value(g, 'r');
      put(g, ")");
  }
}

static void oblige(gen *g, bool request) {
  gen inner = *g;
  inner.request = request;
  put(g, "  oblige ");
  obligation(&inner);
  if (below(g, 3) == 0) {
    put(g, ", ");
    obligation(&inner);
  }
  put(g, "\n");
}

/* A domain opens something more often, or little of it would be lent. */
static unsigned pick_kind(gen *g, bool domain) {
  static const unsigned kinds[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 2, 2, 3, 3, 4, 5, 6, 7, 8, 8, 9, 9, 9, EXEMPT, EXEMPT, EXEMPT, EXEMPT, EXEMPT, EXEMPT, EXEMPT, EXEMPT, EXEMPT, EXEMPT,
                                   RESOURCE, RESOURCE, RESOURCE, RESOURCE, RESOURCE, RESOURCE_FORBID, RESOURCE_REQUIRE};
  return domain && below(g, 4) == 0 ? 0 : PICK(g->r, kinds);
}

static void rule(gen *whole, unsigned number, const unsigned *all, unsigned count, bool domain) {
  gen own = *whole, *g = &own;
  unsigned kind = all[number];
  if (kind == RESOURCE || kind == RESOURCE_FORBID) {
    resource_rule(g, number, kind == RESOURCE_FORBID, domain);
    return;
  }
  if (kind == RESOURCE_REQUIRE) {
    resource_requirement(g, number, domain);
    return;
  }
  bool about = false, facts = false, sweeps = kind >= 4 && kind <= 6, opener = kind == 0 || kind == 8 || kind == EXEMPT;
  edi_buf_format(g->out, "%srule %c%u\n", below(g, 6) == 0 ? "shadow " : "", domain ? 'd' : 'f', number);
  if (kind != EXEMPT) {
    effect(g, kind, domain);
  } else if (exempt(g, all, count, domain, &sweeps, &about, &facts, &own.tables)) {
    if (about && !sweeps) {
      put(g, "  on ");
      resource_target(g, facts);
      put(g, "  until 2027-12-31\n  because \"x\"\n\n");
      return;
    }
    target(g, true);
  } else {
    put(g, "  forbid share\n");
  }
  if (kind != 7 && below(g, 2)) clause(g, "  when ", !sweeps, false, opener);
  if (kind != 7 && below(g, 3) == 0) clause(g, "  unless ", !sweeps, false, true);
  if (below(g, 6) == 0) put(g, "  from 2026-06-01\n");
  if (below(g, 6) == 0 || kind == EXEMPT || (kind == 8 && !domain))
    put(g, (const char *[]){"  until 2026-11-20\n", "  until 2027-12-31\n", "  until further notice\n"}[below(g, 3)]);
  if (kind != 7 && below(g, 5) == 0) oblige(g, !sweeps);
  put(g, "  because \"x\"\n\n");
}

static void rules(random_source *r, unsigned count, edi_buf *into, bool domain) {
  gen g = {.r = r, .out = into, .domain = domain, .tables = true};
  unsigned kinds[RULES_MOST];
  if (count > RULES_MOST) count = RULES_MOST;
  put(&g, domain ? "module sales.rules\n\n" : "module federal.rules\n\n");
  for (unsigned i = 0; i < count; i++) kinds[i] = pick_kind(&g, domain);
  for (unsigned i = 0; i < count; i++) rule(&g, i, kinds, count, domain);
}

void random_federal_rules(random_source *r, unsigned count, edi_buf *into) {
  rules(r, count, into, false);
  if (random_below(r, 3) == 0) edi_buf_text(into, "untagged columns are plain\n\n");
  edi_buf_text(into, "rule opens\n  delegate permit access to domain sales\n  on dataset classified <= confidential\n  until 2027-12-31\n");
}

/* Conditions on one set: where most rules have one, the index tells them apart by its members. */
static const char *const set_conditions[][6] = {
    {"subject.codes has 0", "subject.codes has 7", "subject.codes has 42", "subject.codes has 9223372036854775807",
     "subject.codes has 8", "subject.codes overlaps [0, 42]"},
    {"subject.regions has eu", "subject.regions has de", "subject.regions has fr", "subject.regions has us",
     "subject.regions overlaps [fr, us]", "subject.regions covers [de]"},
    {"subject.nicks has \"Ann\"", "subject.nicks has \"a\"", "subject.nicks has \"\"", "subject.nicks has \"orders\"",
     "subject.nicks has \"Zoë\"", "subject.nicks has \"bob.example\""},
    {"dataset.regions has eu", "dataset.regions has de", "dataset.regions has fr", "dataset.regions has us",
     "dataset.regions overlaps [fr, us]", "dataset.regions covers [de]"}};

/* A rule that is told from others by its conditions; `sets`: above all by one of set_conditions. */
static void indexed_rule(gen *g, unsigned number, bool model, const char *const *sets) {
  static const char *const words[] = {" and ", " or "};
  bool permits = below(g, 8) != 0;
  edi_buf_format(g->out, "%srule i%u\n  %s", below(g, 10) ? "" : "shadow ", number, permits ? "permit " : "forbid ");
  put(g, PICK(g->r, actions));
  put(g, model ? "\n  on model" : below(g, 2) ? "\n  on dataset named \"*\"" : "\n  on dataset classified <= restricted");
  if (below(g, 3) == 0) { put(g, " and "); if (model) put(g, PICK(g->r, resource_atoms)); else atom(g, "dataset"); }
  for (int clause = 0; clause < 2; clause++) {
    if (clause == 1 && below(g, 3)) break;
    put(g, clause == 0 ? "\n  when " : "\n  unless ");
    const char *word = words[below(g, 4) == 0];
    if (permits && clause == 0 && word == words[0] && below(g, 8) == 0) put(g, "context.channel is set and ");
    for (uint64_t i = 0, n = sets && !model ? 1 : 1 + below(g, 3); i < n; i++) {
      if (i) put(g, word);
      bool turned = below(g, sets ? 24 : 6) == 0;
      put(g, turned ? "(not (" : "(");
      if (sets && !model && clause == 0) put(g, sets[below(g, 6)]);
      else put(g, model && below(g, 2) ? PICK(g->r, resource_conditions) : PICK(g->r, constant_conditions));
      put(g, turned ? "))" : ")");
    }
  }
  put(g, "\n");
  if (below(g, 5) == 0) put(g, below(g, 2) ? "  from 2026-06-01\n" : "  from 2026-05-31\n");
  if (below(g, 5) == 0) put(g, below(g, 2) ? "  until 2026-11-20\n" : "  until 2027-12-31\n");
  put(g, "  because \"x\"\n\n");
}

void random_indexed_rules(random_source *r, unsigned count, edi_buf *into) {
  gen g = {.r = r, .out = into, .tables = true};
  const char *const *sets = below(&g, 2) ? NULL : set_conditions[below(&g, COUNT(set_conditions))];
  for (unsigned i = 0; i < count; i++) indexed_rule(&g, i, below(&g, 3) == 0, sets);
}

void random_domain_rules(random_source *r, unsigned count, edi_buf *into) { rules(r, count, into, true); }
