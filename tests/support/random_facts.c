/* Random facts: the vocabulary, and contracts, subjects, contexts, resources and cells by its names. See random_rules.h. */
#include <stdio.h>

#include "base/calendar.h"
#include "support/random_rules.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define PICK(r, list) ((list)[random_below((r), COUNT(list))])

const char *const random_levels[4] = {"public", "internal", "confidential", "restricted"};
const char *const random_own_tags[7] = {"own.a", "own.b", "own.mail", "own.place", "own.tier", "own.n", "own.when"};
const char *const random_tiers[4] = {"gold", "silver", "platinum", "iron"};

/* What is declared, then tables, definitions and what domains may state. */
static const char vocabulary[] =
    "module federal.vocabulary\n"
    "taxonomy action { export { download print } share }\n"
    "taxonomy purpose { service { support billing } commercial { marketing { mail } } }\n"
    "taxonomy role { staff { support analyst } partner }\n"
    "taxonomy region { eu { de fr } us }\n"
    "taxonomy domain { sales { web shop } finance }\n"
    "taxonomy tag { open pii { open pii.email: string pii.phone: string } person.id: id<person> open geo.country: region\n"
    "  open time.collected: timestamp time.day: date open num.count: int num.amount: decimal flag: bool\n"
    "  open net.address: ip open level.of: classification open plain }\n"
    "levels classification { public < internal < confidential < restricted }\n"
    "levels grade { low < mid < high }\n"
    "attributes subject { regions: set<region> clearance?: classification age?: int name?: string member?: date\n"
    "  seen?: timestamp vip?: bool score?: decimal nicks?: set<string> codes?: set<int> home?: region likes?: set<tag>\n"
    "  address?: ip person?: id<person> people?: set<id<person>> badges?: set<classification> days?: set<date> rates?: set<decimal> }\n"
    "attributes context { channel?: string amount?: decimal at?: timestamp grade?: grade = mid trusted?: bool = false\n"
    "  areas?: set<region> topic?: tag topics?: set<tag> client?: ip hosts?: set<ip> moments?: set<timestamp> answers?: set<bool> hour?: timestamp = 2026-11-20T10:00:00Z\n"
    "  floor?: decimal = 1.5 door?: ip = \"10.1.2.3\" zones?: set<region> = [de, us] }\n"
    "attributes product { owner?: string from \"team.name\" budget?: decimal from \"customProperties.budget\"\n"
    "  critical?: bool from \"customProperties.critical\" }\n"
    "attributes dataset { purposes?: set<purpose> from \"customProperties.purposes\" since?: date from \"customProperties.since\"\n"
    "  rank?: int from \"customProperties.rank\" regions?: set<region> from \"customProperties.regions\"\n"
    "  topics?: set<tag> from \"customProperties.topics\" keep?: duration from \"customProperties.keep\"\n"
    "  gate?: ip from \"customProperties.gate\" gates?: set<ip> from \"customProperties.gates\" least?: classification = internal from \"customProperties.least\" }\n"
    "resource model { owner?: string level?: classification size?: int regions?: set<region> home?: region\n"
    "  ready?: bool = false made?: timestamp cost?: decimal\n"
    "  address?: ip holder?: id<person> readers?: set<id<person>> }\n"
    "resource report { author?: string shared?: set<string> }\n"
    "issuer host\n"
    "  subject.roles from \"roles\"\n  subject.purposes from \"purposes\"\n  subject.regions from \"regions\"\n"
    "  subject.clearance from \"clearance\"\n  subject.age from \"age\"\n  subject.name from \"name\"\n"
    "  subject.member from \"member\"\n  subject.seen from \"seen\"\n  subject.vip from \"vip\"\n"
    "  subject.score from \"score\"\n  subject.nicks from \"nicks\" ignore others\n  subject.codes from \"codes\"\n"
    "  subject.home from \"home\"\n  subject.likes from \"likes\"\n"
    "  subject.address from \"address\"\n  subject.person from \"person\"\n  subject.people from \"people\" ignore others\n"
    "  subject.badges from \"badges\"\n  subject.days from \"days\"\n  subject.rates from \"rates\"\n";
static const char more_vocabulary[] =
    "table holds (person: id<person>) complete\n"
    "table consent (person: id<person>, purpose: purpose) gives (given: timestamp, note: string, grade: grade, place: region)\n"
    "table places (region: region) gives (level: classification, rank: int) complete\n"
    "table nets (address: ip) gives (gate: ip, keep: duration) complete\n"
    "table counts (n: int, d: decimal) gives (of: decimal)\n"
    "table flags (on: bool, day: date) complete\n"
    "table moments (at: timestamp) gives (day: date, good: bool) complete\n"
    "table topics (tag: tag) gives (who: id<person>) complete\n"
    "table ranks (level: classification, name: string, grade: grade) complete\n"
    "table trips (a: region, b: region) gives (span: duration, count: int) complete\n"
    "let home-market = eu\n"
    "let some-markets = [home-market, us]\n"
    "let spent = now - 24 months\n"
    "let keep-for = dataset.keep\nlet keep-long = 24 months\n"
    "define inside(a: ip) = a in cidr(\"10.0.0.0/8\") or a in cidr(\"2001:db8::/32\")\n"
    "define held(p: id<person>) = p in holds\n"
    "define allowed(p: id<person>, u: purpose) = (p, u) in consent and consent(p, u).given < now\n"
    "define over(n: int, most: int) = n > most or n == most - 1\n"
    "define lies-in(r: region, among: set<region>) = r in among and not r is us\n"
    "define either(a: bool, b: bool) = (a or b) and (b or a)\n"
    "define is-critical() = product.critical\n"
    "define carries(t: tag) = dataset holding t or product tagged t\n"
    "key wide joinable within federation\n"
    "key narrow joinable within product\n"
    "obligation ring()\nobligation mark(text: string, until: timestamp)\nobligation count(n: int, of: decimal, at: region)\n"
    "domains may state classification, product.owner, product.budget, product.critical, dataset.purposes, dataset.since,\n"
    "  dataset.rank, dataset.regions, dataset.topics, dataset.keep, dataset.gate, dataset.gates, dataset.least, net.address, level.of, pii, person.id, geo.country, time.collected, time.day, num.count, num.amount, flag, plain,\n"
    "  untagged\n";

const char *random_vocabulary(void) {
  static char whole[sizeof vocabulary + sizeof more_vocabulary];
  if (!whole[0]) snprintf(whole, sizeof whole, "%s%s", vocabulary, more_vocabulary);
  return whole;
}

/* ---- contracts ---- */

typedef struct column { const char *tag, *type; } column;
static const column columns[] = {
    {"pii.email", "string"}, {"pii.phone", "string"}, {"pii", "string"}, {"person.id", "integer"}, {"person.id", "string"},
    {"geo.country", "string"}, {"time.collected", "timestamp"}, {"time.collected", "date"}, {"time.day", "date"},
    {"num.count", "integer"}, {"num.amount", "number"}, {"flag", "boolean"}, {"net.address", "string"}, {"level.of", "string"}, {"plain", "string"}, {"plain", "array"},
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
  edi_buf_text(into, "attributes dataset { tier?: tier from \"customProperties.tier\" tiers?: set<tier> from \"customProperties.tiers\" }\n"
                     "table stars (tier: tier) gives (place: region, level: classification, of: tag, next: tier) complete\n");
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
  static const char *const keeps[] = {"24 months", "30 days", "12 hours", "1 month", "14 months", "30 minutes"}, *const gates[] = {"10.1.2.3", "'2001:db8::1'", "10.0.0.0"};
  static const char *const gate_sets[] = {"[ 10.1.2.3 ]", "[ '::1', 10.255.255.255 ]"};
  edi_buf_format(into, "  - name: %s\n    logicalType: object\n    physicalName: %s\n", name, name);
  if (random_below(r, 3) == 0) edi_buf_format(into, "    tags: [ %s ]\n", own && random_below(r, 2) ? PICK(r, random_own_tags) : "pii");
  edi_buf_text(into, "    customProperties:\n      - { property: note, value: x }\n");
  add_property(r, into, "classification", random_levels, COUNT(random_levels));
  add_property(r, into, "purposes", purposes, COUNT(purposes));
  add_property(r, into, "rank", ranks, COUNT(ranks));
  add_property(r, into, "since", dates, COUNT(dates));
  add_property(r, into, "regions", places, COUNT(places));
  add_property(r, into, "keep", keeps, COUNT(keeps));
  add_property(r, into, "gate", gates, COUNT(gates));
  add_property(r, into, "gates", gate_sets, COUNT(gate_sets));
  add_property(r, into, "least", random_levels, COUNT(random_levels));
  if (own && random_below(r, 2)) add_property(r, into, "topics", own_topics, COUNT(own_topics));
  else add_property(r, into, "topics", topics, COUNT(topics));
  if (own) add_property(r, into, "tier", random_tiers, COUNT(random_tiers));
  if (own) add_property(r, into, "tiers", tier_sets, COUNT(tier_sets));
  edi_buf_text(into, "    properties:\n");
  uint64_t count = 2 + random_below(r, 7);
  for (uint64_t i = 0; i < count; i++) {
    bool mine = own && random_below(r, 3) == 0;
    const column *c = mine ? &PICK(r, own_columns) : &PICK(r, columns);
    edi_buf_format(into, "      - { name: c%u, logicalType: %s", (unsigned)i, c->type);
    if (c->tag) edi_buf_format(into, ", tags: [ %s ]", c->tag);
    if (random_below(r, 5) == 0) edi_buf_format(into, ", classification: %s", random_levels[random_below(r, 4)]);
    if (random_below(r, 4) == 0) edi_buf_text(into, ", required: true");
    edi_buf_text(into, " }\n");
  }
}

void random_contract(random_source *r, bool own, edi_buf *into) {
  edi_buf_text(into, "apiVersion: v3.1.0\nkind: DataContract\nid: 1\nversion: 1.0.0\nstatus: active\n");
  edi_buf_format(into, "domain: %s\ndataProduct: p\n", random_below(r, 3) ? "sales" : "shop");
  if (random_below(r, 2)) edi_buf_text(into, "team: { name: Ann }\n");
  if (random_below(r, 3) == 0) edi_buf_format(into, "tags: [ %s ]\n", own && random_below(r, 2) ? PICK(r, random_own_tags) : "plain");
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

static const char *const some_addresses[] = {"10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.0", "10.1.2.3", "10.1.2.2", "::1", "::", "2001:db8::1",
                                             "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::",
                                             "::ffff:10.1.2.3", "::ffff:a01:203", "010.1.2.3", "2001:DB8::1", "10.1.2", "10.1.2.256", "1:0:0:2::", "10.0.0.0/8"};
static const char *const some_persons[] = {"42", "p-1", "7", "-3", "Ann", "", "042"};

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
  GIVE("address", false, some_addresses);
  GIVE("person", false, some_persons);
  GIVE("people", true, some_persons);
  GIVE("badges", true, some_levels);
  GIVE("days", true, some_dates);
  GIVE("rates", true, some_decimals);
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
  GIVE("client", false, some_addresses);
  GIVE("hosts", true, some_addresses);
  GIVE("moments", true, some_times);
  GIVE("answers", true, some_bools);
  GIVE("hour", false, some_times);
  GIVE("floor", false, some_decimals);
  GIVE("door", false, some_addresses);
  GIVE("zones", true, some_regions);
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
  GIVE("address", false, some_addresses);
  GIVE("holder", false, some_persons);
  GIVE("readers", true, some_persons);
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
                                      "gold", "platinum", "iron", "10.1.2.3", "10.255.255.255", "11.0.0.0", "::1", "2001:db8::1", "::ffff:10.1.2.3", "010.1.2.3",
                                      "public", "restricted", "p-1"};
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
