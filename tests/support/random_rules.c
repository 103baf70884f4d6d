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

const char random_vocabulary[] =
    "module federal.vocabulary\n"
    "taxonomy action { export { download print } share }\n"
    "taxonomy purpose { service { support billing } commercial { marketing { mail } } }\n"
    "taxonomy role { staff { support analyst } partner }\n"
    "taxonomy region { eu { de fr } us }\n"
    "taxonomy domain { sales { web shop } finance }\n"
    "taxonomy tag { open pii { open pii.email: string pii.phone: string } person.id: id<person> open geo.country: region\n"
    "  open time.collected: timestamp time.day: date open num.count: int num.amount: decimal flag: bool open plain }\n"
    "levels classification { public < internal < confidential < restricted }\n"
    "levels grade { low < mid < high }\n"
    "attributes subject { regions: set<region> clearance?: classification age?: int name?: string member?: date\n"
    "  seen?: timestamp vip?: bool score?: decimal nicks?: set<string> codes?: set<int> home?: region likes?: set<tag> }\n"
    "attributes context { channel?: string amount?: decimal at?: timestamp grade?: grade = mid trusted?: bool = false\n"
    "  areas?: set<region> topic?: tag topics?: set<tag> }\n"
    "attributes product { owner?: string from \"team.name\" budget?: decimal from \"customProperties.budget\"\n"
    "  critical?: bool from \"customProperties.critical\" }\n"
    "attributes dataset { purposes?: set<purpose> from \"customProperties.purposes\" since?: date from \"customProperties.since\"\n"
    "  rank?: int from \"customProperties.rank\" regions?: set<region> from \"customProperties.regions\"\n"
    "  topics?: set<tag> from \"customProperties.topics\" }\n"
    "resource model { owner?: string level?: classification size?: int regions?: set<region> home?: region\n"
    "  ready?: bool = false made?: timestamp cost?: decimal }\n"
    "resource report { author?: string shared?: set<string> }\n"
    "issuer host\n"
    "  subject.roles from \"roles\"\n  subject.purposes from \"purposes\"\n  subject.regions from \"regions\"\n"
    "  subject.clearance from \"clearance\"\n  subject.age from \"age\"\n  subject.name from \"name\"\n"
    "  subject.member from \"member\"\n  subject.seen from \"seen\"\n  subject.vip from \"vip\"\n"
    "  subject.score from \"score\"\n  subject.nicks from \"nicks\" ignore others\n  subject.codes from \"codes\"\n"
    "  subject.home from \"home\"\n  subject.likes from \"likes\"\n"
    "let home-market = eu\n"
    "let some-markets = [home-market, us]\n"
    "let spent = now - 24 months\n"
    "define over(n: int, most: int) = n > most or n == most - 1\n"
    "define lies-in(r: region, among: set<region>) = r in among and not r is us\n"
    "define either(a: bool, b: bool) = (a or b) and (b or a)\n"
    "define is-critical() = product.critical\n"
    "define carries(t: tag) = dataset holding t or product tagged t\n"
    "key wide joinable within federation\n"
    "key narrow joinable within product\n"
    "obligation ring()\nobligation mark(text: string, until: timestamp)\nobligation count(n: int, of: decimal, at: region)\n"
    "domains may state classification, product.owner, product.budget, product.critical, dataset.purposes, dataset.since,\n"
    "  dataset.rank, dataset.regions, dataset.topics, pii, person.id, geo.country, time.collected, time.day, num.count, num.amount, flag, plain,\n"
    "  untagged\n";

/* ---- expressions ---- */

typedef struct gen {
  random_source *r;
  edi_buf *out;
  bool request;   /* subject and context may be read */
  bool row;       /* row[...] may be read */
  bool opener;    /* no `is set` under `not` */
  bool domain;    /* the domain's own words may be used */
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
#define CHOOSE(g, p, q, w) choose(g, p, COUNT(p), q, COUNT(q), w, COUNT(w))

static const char *const int_plain[] = {"dataset.rank", "0", "1", "7", "-3", "dataset.rank + 1", "9223372036854775807", "dataset.rank * 3"};
static const char *const int_request[] = {"subject.age", "length(subject.name)", "subject.age - 2", "subject.age * 4611686018427387904"};
static const char *const int_row[] = {"row[num.count]", "length(row[pii.email])"};
static const char *const decimal_plain[] = {"product.budget", "1.5", "0.1", "100.25", "product.budget * 0.5"};
static const char *const decimal_request[] = {"subject.score", "context.amount", "subject.score + context.amount"};
static const char *const decimal_row[] = {"row[num.amount]", "row[num.amount] - 1.5"};
static const char *const string_plain[] = {"product.owner", "dataset.name", "product.name", "\"a\"", "\"Ann\"", "\"orders\"", "lower(product.owner)"};
static const char *const string_request[] = {"subject.name", "context.channel", "lower(subject.name)"};
static const char *const string_row[] = {"row[pii.email]", "row[pii.phone]", "lower(row[pii.email])"};
static const char *const time_plain[] = {"now", "2026-05-01T00:00:00Z", "2026-11-20T10:00:00Z", "now - 24 months"};
static const char *const time_request[] = {"subject.seen", "context.at", "context.at + 90 days"};
static const char *const time_row[] = {"row[time.collected]", "row[time.collected] + 12 months"};
static const char *const date_plain[] = {"dataset.since", "2026-05-01", "2024-02-29", "dataset.since + 1 month"};
static const char *const date_request[] = {"subject.member", "subject.member + 365 days"};
static const char *const date_row[] = {"row[time.day]"};
static const char *const bool_plain[] = {"product.critical", "true", "false"};
static const char *const bool_request[] = {"subject.vip", "context.trusted"};
static const char *const bool_row[] = {"row[flag]"};
static const char *const comparisons[] = {" == ", " != ", " < ", " <= ", " > ", " >= "};
static const char *const region_nodes[] = {"eu", "de", "fr", "us"};
static const char *const purpose_nodes[] = {"service", "support", "billing", "commercial", "marketing", "mail"};
static const char *const tag_nodes[] = {"pii", "pii.email", "pii.phone", "person.id", "geo.country", "time.collected", "num.count", "plain", "untagged"};
static const char *const level_names[] = {"public", "internal", "confidential", "restricted"};

static const char *const own_tags[] = {"own.a", "own.b", "own.mail", "own.place", "own.tier", "own.n", "own.when"};
static const char *const tiers[] = {"gold", "silver", "platinum", "iron"};

static void tag(gen *g) {
  if (g->domain && below(g, 3) == 0) put(g, PICK(g->r, own_tags));
  else put(g, PICK(g->r, tag_nodes));
}

/* Attributes that hold tags, and whose nodes are the domain's own. */
static void words(gen *g) {
  static const char *const sets[] = {"dataset.topics", "context.topics", "subject.likes"};
  static const char *const tests[] = {"row[own.tier] is ", "row[own.tier] is not ", "dataset.tier is ", "dataset.tier == ", "dataset.tiers has "};
  uint64_t kind = below(g, g->domain ? 6 : 2);
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
    put(g, PICK(g->r, tiers));
    return;
  }
  tag(g);
}

static void compare_values(gen *g) {
  unsigned kind = (unsigned)below(g, 6);
  for (int side = 0; side < 2; side++) {
    if (side) put(g, kind == 2 || kind == 5 ? comparisons[below(g, 2)] : PICK(g->r, comparisons));
    switch (kind) {
      case 0: CHOOSE(g, int_plain, int_request, int_row); break;
      case 1: CHOOSE(g, decimal_plain, decimal_request, decimal_row); break;
      case 2: CHOOSE(g, string_plain, string_request, string_row); break;
      case 3: CHOOSE(g, time_plain, time_request, time_row); break;
      case 4: CHOOSE(g, date_plain, date_request, date_row); break;
      default: CHOOSE(g, bool_plain, bool_request, bool_row); break;
    }
  }
}

static void regions(gen *g) {
  static const char *const plain[] = {"dataset.regions", "[de, us]", "[eu]"};
  static const char *const request[] = {"subject.regions", "context.areas", "subject.regions"};
  choose(g, plain, COUNT(plain), request, COUNT(request), NULL, 0);
}

/* Attributes of the request beside constants: what an index tells rules apart by. */
static const char *const constant_conditions[] = {
    "purpose in [support, mail]", "purpose is support", "subject.age in [0, 7, 42]", "subject.age <= 7", "subject.age == 42", "7 < subject.age",
    "subject.name in [\"Ann\", \"a\"]", "subject.name == \"Zoë\"", "subject.regions overlaps [de, us]", "subject.regions covers [de]",
    "subject.regions covers [de, fr]", "[eu, us] covers subject.regions", "subject.nicks has \"a\"", "subject.codes has 7", "subject.regions has fr",
    "subject.roles overlaps [support, partner]", "context.grade >= mid", "context.grade == low", "subject.clearance == confidential",
    "subject.clearance > public", "subject.score in [0.1, 1.5]", "subject.score < 1.5", "context.at >= 2026-05-01T00:00:00Z",
    "subject.member < 2026-05-01", "now < 2026-11-20T12:00:00Z", "subject.vip", "not subject.vip", "context.trusted", "subject.home is eu",
    "subject.home == de", "subject.home in [fr, us]", "subject.issuer is host", "subject.name != \"a\"", "not subject.age > 7"};

static void membership(gen *g) {
  if (g->request && below(g, 2)) {
    put(g, PICK(g->r, constant_conditions));
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
      if (!dataset && !column) { put(g, below(g, 3) ? "product in domain sales" : "product in domain shop"); return; }
      put(g, entity); put(g, " named "); put(g, below(g, 2) ? "\"*\"" : column ? "\"c1*\"" : "\"or*\"");
      return;
    default: break;
  }
  put(g, dataset || column ? entity : "dataset"); put(g, " classified "); put(g, ((const char *[]){"<= ", "> ", ">= "})[below(g, 3)]); put(g, PICK(g->r, level_names));
}

static void strings(gen *g) {
  CHOOSE(g, string_plain, string_request, string_row);
  switch (below(g, 4)) {
    case 0: put(g, " starts-with \"A\""); return;
    case 1: put(g, " ends-with \"n\""); return;
    case 2: put(g, " contains \"r\""); return;
    default: put(g, " matches /[A-Za-z]+(?:\\.[a-z]+)?/"); return;
  }
}

static void whether_set(gen *g) {
  static const char *const plain[] = {"product.owner is set", "dataset.since is set"};
  static const char *const request[] = {"subject.age is set", "purpose is set", "context.channel is set"};
  static const char *const row[] = {"row[pii.email] is set"};
  CHOOSE(g, plain, request, row);
}

static void condition(gen *g, unsigned depth);

/* A definition of the vocabulary. */
static void definition(gen *g, unsigned depth) {
  switch (below(g, depth ? 6 : 5)) {
    case 0: put(g, "over("); CHOOSE(g, int_plain, int_request, int_row); put(g, ", "); CHOOSE(g, int_plain, int_request, int_row); break;
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
  uint64_t kind = below(g, depth ? 13 : 10);
  if (kind >= 10) {
    put(g, kind == 12 ? "not (" : "(");
    bool was = g->opener;
    g->opener = was || kind == 12;
    condition(g, depth - 1);
    if (kind != 12) {
      put(g, kind == 10 ? " and " : " or ");
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
enum { RULES_MOST = 64, EXEMPT = 10, RESOURCE = 11, RESOURCE_FORBID = 12, RESOURCE_REQUIRE = 13, RESOURCE_FACTS = 29 };

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
    "model.tags covers [pii]", "not model.ready", "model.made < 2026-05-01T00:00:00Z", "model.regions covers [de, fr]", "model.owner == subject.name", "model.owner != subject.name",
    "model.size == subject.age", "subject.clearance >= model.level", "model.home in subject.regions", "subject.regions has de",
    "model.regions overlaps subject.regions", "subject.regions covers model.regions", "purpose is support", "context.trusted",
    "subject.roles has analyst", "subject.age == 7"};

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
                                         "round(3, mode: floor)", "round(6, mode: floor)", "clamp(0, 5)", "clamp(2, 9)"};

static void transform(gen *g) {
  const char *t = PICK(g->r, transforms);
  if (t[0] != 'p') put(g, t);
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
static const char *const durations[] = {"24 months", "90 days", "1 month", "12 hours", "2 years"};

/* One or two of the rules that close; false: there is none. *sweeps: one reads neither subject nor context;
 * *about: one is about models; *facts: and requires something of them. */
static bool exempt(gen *g, const unsigned *kinds, unsigned count, bool domain, bool *sweeps, bool *about, bool *facts) {
  unsigned first = (unsigned)below(g, count), named = 0;
  for (unsigned k = 0; k < count && named < 2; k++) {
    unsigned i = (first + k) % count;
    if (kinds[i] == 0 || kinds[i] == 8 || kinds[i] == EXEMPT || kinds[i] == RESOURCE || (named && below(g, 2))) continue;
    edi_buf_format(g->out, named ? ", %c%u" : "  exempt %c%u", domain ? 'd' : 'f', i);
    *sweeps = *sweeps || (kinds[i] >= 4 && kinds[i] <= 7);
    *about = *about || kinds[i] == RESOURCE_FORBID || kinds[i] == RESOURCE_REQUIRE;
    *facts = *facts || kinds[i] == RESOURCE_REQUIRE;
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
      CHOOSE(g, string_plain, string_request, string_row);
      put(g, ", ");
      CHOOSE(g, time_plain, time_request, time_row);
      put(g, ")");
      return;
    default:
      put(g, "count(");
      CHOOSE(g, int_plain, int_request, int_row);
      put(g, ", ");
      CHOOSE(g, decimal_plain, decimal_request, decimal_row);
      put(g, g->request && below(g, 2) ? ", subject.home)" : ", de)");
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

static void rule(gen *g, unsigned number, const unsigned *all, unsigned count, bool domain) {
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
  } else if (exempt(g, all, count, domain, &sweeps, &about, &facts)) {
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
  if (below(g, 6) == 0 || kind == EXEMPT || (kind == 8 && !domain)) put(g, below(g, 2) ? "  until 2026-11-20\n" : "  until 2027-12-31\n");
  if (kind != 7 && below(g, 5) == 0) oblige(g, !sweeps);
  put(g, "  because \"x\"\n\n");
}

static void rules(random_source *r, unsigned count, edi_buf *into, bool domain) {
  gen g = {.r = r, .out = into, .domain = domain};
  unsigned kinds[RULES_MOST];
  if (count > RULES_MOST) count = RULES_MOST;
  put(&g, domain ? "module sales.rules\n\n" : "module federal.rules\n\n");
  for (unsigned i = 0; i < count; i++) kinds[i] = pick_kind(&g, domain);
  for (unsigned i = 0; i < count; i++) rule(&g, i, kinds, count, domain);
}

void random_federal_rules(random_source *r, unsigned count, edi_buf *into) {
  rules(r, count, into, false);
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
  gen g = {.r = r, .out = into};
  const char *const *sets = below(&g, 2) ? NULL : set_conditions[below(&g, COUNT(set_conditions))];
  for (unsigned i = 0; i < count; i++) indexed_rule(&g, i, below(&g, 3) == 0, sets);
}

void random_domain_rules(random_source *r, unsigned count, edi_buf *into) { rules(r, count, into, true); }

/* ---- contracts ---- */

typedef struct column { const char *tag, *type; } column;
static const column columns[] = {
    {"pii.email", "string"}, {"pii.phone", "string"}, {"pii", "string"}, {"person.id", "integer"}, {"person.id", "string"},
    {"geo.country", "string"}, {"time.collected", "timestamp"}, {"time.collected", "date"}, {"time.day", "date"},
    {"num.count", "integer"}, {"num.amount", "number"}, {"flag", "boolean"}, {"plain", "string"}, {"plain", "array"},
    {"time.collected", "string"}, {NULL, "string"}, {NULL, "integer"},
}, own_columns[] = {
    {"own.a", "string"}, {"own.b", "string"}, {"own.mail", "string"}, {"own.place", "string"}, {"own.tier", "string"},
    {"own.tier", "string"}, {"own.n", "integer"}, {"own.when", "timestamp"}, {"own.when", "date"},
};

static void hang(random_source *r, edi_buf *into, const char *const *above, size_t count, const char *what) {
  edi_buf_format(into, "  %s { %s }\n", above[random_below(r, count)], what);
}
#define HANG(what, ...) hang(r, into, (const char *const[]){__VA_ARGS__}, COUNT(((const char *const[]){__VA_ARGS__})), what)

void random_domain_words(random_source *r, const char *domain, edi_buf *into) {
  edi_buf_format(into, "module %s.words\ntaxonomy tag {\n", domain);
  if (random_below(r, 2)) HANG("own.a { own.b own.c }", "pii", "plain", "pii.email");
  else { HANG("own.a", "pii", "plain"); HANG("own.b { own.c }", "plain", "pii", "geo.country"); }
  HANG("own.mail: string", "pii", "pii.email", "plain");
  HANG("own.place { own.place.of }", "geo.country");
  HANG("own.tier: tier", "pii", "plain");
  HANG("own.n", "num.count");
  HANG("own.when", "time.collected");
  edi_buf_format(into, "}\ntaxonomy tier { %s }\n",
                 random_below(r, 2) ? "gold { platinum } silver { iron }" : "silver { gold { iron platinum } }");
  edi_buf_text(into, "attributes dataset { tier?: tier from \"customProperties.tier\" tiers?: set<tier> from \"customProperties.tiers\" }\n");
}

static void add_property(random_source *r, edi_buf *into, const char *name, const char *const *values, size_t count) {
  if (random_below(r, 4) == 0) return;
  edi_buf_format(into, "      - { property: %s, value: %s }\n", name, values[random_below(r, count)]);
}

static void add_dataset(random_source *r, bool own, edi_buf *into, const char *name) {
  static const char *const topics[] = {"[ pii ]", "[ pii.phone, plain ]", "[ geo.country ]"}, *const own_topics[] = {"[ own.a ]", "[ pii, own.b ]", "[ own.mail, own.place.of ]"};
  static const char *const tier_sets[] = {"[ gold ]", "[ silver, platinum ]", "[ iron ]"};
  static const char *const purposes[] = {"[ support ]", "[ service, marketing ]", "[ commercial ]"};
  static const char *const ranks[] = {"0", "7", "9223372036854775807"};
  static const char *const dates[] = {"'2026-05-01'", "'2024-02-29'", "'2023-12-31'"};
  static const char *const places[] = {"[ de ]", "[ eu, us ]", "[ fr ]"};
  edi_buf_format(into, "  - name: %s\n    logicalType: object\n    physicalName: %s\n", name, name);
  if (random_below(r, 3) == 0) edi_buf_format(into, "    tags: [ %s ]\n", own && random_below(r, 2) ? PICK(r, own_tags) : "pii");
  edi_buf_text(into, "    customProperties:\n      - { property: note, value: x }\n");
  add_property(r, into, "classification", level_names, COUNT(level_names));
  add_property(r, into, "purposes", purposes, COUNT(purposes));
  add_property(r, into, "rank", ranks, COUNT(ranks));
  add_property(r, into, "since", dates, COUNT(dates));
  add_property(r, into, "regions", places, COUNT(places));
  if (own && random_below(r, 2)) add_property(r, into, "topics", own_topics, COUNT(own_topics));
  else add_property(r, into, "topics", topics, COUNT(topics));
  if (own) add_property(r, into, "tier", tiers, COUNT(tiers));
  if (own) add_property(r, into, "tiers", tier_sets, COUNT(tier_sets));
  edi_buf_text(into, "    properties:\n");
  uint64_t count = 2 + random_below(r, 7);
  for (uint64_t i = 0; i < count; i++) {
    bool mine = own && random_below(r, 3) == 0;
    const column *c = mine ? &PICK(r, own_columns) : &PICK(r, columns);
    edi_buf_format(into, "      - { name: c%u, logicalType: %s", (unsigned)i, c->type);
    if (c->tag) edi_buf_format(into, ", tags: [ %s ]", c->tag);
    if (random_below(r, 5) == 0) edi_buf_format(into, ", classification: %s", level_names[random_below(r, 4)]);
    if (random_below(r, 4) == 0) edi_buf_text(into, ", required: true");
    edi_buf_text(into, " }\n");
  }
}

void random_contract(random_source *r, bool own, edi_buf *into) {
  edi_buf_text(into, "apiVersion: v3.1.0\nkind: DataContract\nid: 1\nversion: 1.0.0\nstatus: active\n");
  edi_buf_format(into, "domain: %s\ndataProduct: p\n", random_below(r, 3) ? "sales" : "shop");
  if (random_below(r, 2)) edi_buf_text(into, "team: { name: Ann }\n");
  if (random_below(r, 3) == 0) edi_buf_format(into, "tags: [ %s ]\n", own && random_below(r, 2) ? PICK(r, own_tags) : "plain");
  if (random_below(r, 2)) edi_buf_text(into, "customProperties:\n  - { property: budget, value: 100.25 }\n  - { property: critical, value: true }\n");
  edi_buf_text(into, "schema:\n");
  add_dataset(r, own, into, "orders");
  add_dataset(r, own, into, "other");
}

/* ---- requests ---- */

static void give(random_source *r, random_attributes *out, const char *name, bool set, const char *const *values, size_t count) {
  if (random_below(r, 4) == 0) return;
  size_t n = set ? random_below(r, 4) : 1;
  edict_attribute *a = &out->items[out->count++];
  *a = (edict_attribute){{name, strlen(name)}, &out->values[out->value_count], n};
  for (size_t i = 0; i < n; i++) {
    const char *v = values[random_below(r, count)];
    out->values[out->value_count++] = (edict_text){v, strlen(v)};
  }
}
#define GIVE(name, set, list) give(r, out, name, set, list, COUNT(list))

static const char *const some_regions[] = {"de", "fr", "eu", "us", "de", "mars"};
static const char *const some_purposes[] = {"support", "billing", "service", "marketing", "mail", "commercial"};
static const char *const some_ints[] = {"0", "7", "-3", "42", "9223372036854775807", "x", "1.5"};
static const char *const some_strings[] = {"Ann", "a", "", "orders", "Zoë", "bob.example"};
static const char *const some_decimals[] = {"1.5", "0.1", "100.25", "-7", "nan"};
static const char *const some_times[] = {"2026-05-01T00:00:00Z", "2024-02-29T23:59:59Z", "2026-11-20T10:00:00Z", "soon"};
static const char *const some_dates[] = {"2026-05-01", "2024-02-29", "2026-02-30", "2025-12-31"};
static const char *const some_bools[] = {"true", "false", "yes"};
static const char *const some_roles[] = {"analyst", "staff", "support", "partner", "king"};
static const char *const some_levels[] = {"public", "confidential", "restricted", "secret"};
static const char *const some_tags[] = {"pii", "pii.email", "plain", "person.id", "gold", "geo.country", "own.a", "own.b", "own.c", "own.place"};
static const char *const some_grades[] = {"low", "high", "none"};

void random_subject(random_source *r, random_attributes *out) {
  *out = (random_attributes){.count = 0};
  GIVE("roles", true, some_roles);
  GIVE("purposes", true, some_purposes);
  GIVE("regions", true, some_regions);
  GIVE("clearance", false, some_levels);
  GIVE("age", false, some_ints);
  GIVE("name", false, some_strings);
  GIVE("member", false, some_dates);
  GIVE("seen", false, some_times);
  GIVE("vip", false, some_bools);
  GIVE("score", false, some_decimals);
  GIVE("nicks", true, some_strings);
  GIVE("codes", true, some_ints);
  GIVE("home", false, some_regions);
  GIVE("likes", true, some_tags);
}

void random_context(random_source *r, random_attributes *out) {
  *out = (random_attributes){.count = 0};
  GIVE("purpose", false, some_purposes);
  GIVE("channel", false, some_strings);
  GIVE("amount", false, some_decimals);
  GIVE("at", false, some_times);
  GIVE("grade", false, some_grades);
  GIVE("trusted", false, some_bools);
  GIVE("areas", true, some_regions);
  GIVE("topic", false, some_tags);
  GIVE("topics", true, some_tags);
}

const char *random_resource(random_source *r, random_attributes *out) {
  *out = (random_attributes){.count = 0};
  bool model = random_below(r, 5) != 0;
  GIVE("name", false, some_strings);
  GIVE("tags", true, some_tags);
  if (!model) {
    GIVE("author", false, some_strings);
    GIVE("shared", true, some_strings);
    return "report";
  }
  GIVE("owner", false, some_strings);
  GIVE("level", false, some_levels);
  GIVE("size", false, some_ints);
  GIVE("regions", true, some_regions);
  GIVE("home", false, some_regions);
  GIVE("ready", false, some_bools);
  GIVE("made", false, some_times);
  GIVE("cost", false, some_decimals);
  return "model";
}

const char *random_action(random_source *r) {
  static const char *const leaves[] = {"read", "read", "read", "download", "print", "share", "unmask"};
  return PICK(r, leaves);
}

int64_t random_now(random_source *r) {
  static const char *const moments[] = {"2026-11-20T10:00:00Z", "2026-11-21T00:00:00Z", "2026-05-31T23:59:59Z", "2026-06-01T00:00:00Z"};
  int64_t t = 0;
  (void)edi_timestamp_parse(edi_str_from(PICK(r, moments)), &t);
  return t;
}

edict_cell random_cell(random_source *r, const char *type) {
  static const char *const texts[] = {"de", "eu", "us", "atlantis", "Ann", "a.b@c.example", "", "42", "2025-01-31T00:00:00Z", "2026-11-19",
                                      "2024-11-20T12:00:00Z", "2027-01-01T00:00:00Z", "12.50", "Zo\xc3\xab", "\xff",
                                      "gold", "platinum", "iron"};
  uint64_t kind = random_below(r, 10);
  if (kind == 0) return (edict_cell){.type = EDICT_CELL_NULL};
  if (kind > 2) {
    if (type[0] == 'i') return (edict_cell){.type = EDICT_CELL_INT, .integer = (int64_t)random_below(r, 9) - 1};
    if (type[0] == 'b') return (edict_cell){.type = EDICT_CELL_BOOL, .integer = (int64_t)random_below(r, 2)};
    if (type[0] == 'd' && type[1] == 'a') return (edict_cell){.type = EDICT_CELL_DATE, .integer = 19700 + (int64_t)random_below(r, 1200)};
    if (type[0] == 't') return (edict_cell){.type = EDICT_CELL_TIMESTAMP, .integer = (19700 + (int64_t)random_below(r, 1200)) * EDI_DAY_MICROS + (int64_t)random_below(r, 3)};
    if (type[0] == 'd') return (edict_cell){.type = EDICT_CELL_DECIMAL, .integer = (int64_t)random_below(r, 4000), .scale = 2};
  }
  if (kind == 1) return (edict_cell){.type = EDICT_CELL_INT, .integer = (int64_t)random_below(r, 3)};
  const char *t = PICK(r, texts);
  return (edict_cell){.type = EDICT_CELL_TEXT, .ptr = t, .len = strlen(t)};
}
