/* Random rows: rules that are about rows above all, over a contract that has a column for each of their tags. */
#include "support/random_rules.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define PICK(r, list) ((list)[random_below((r), COUNT(list))])

/* What a federal rule may ask of a row. */
static const char *const by_tag[] = {
    "row[num.count] > 3", "row[num.count] <= 7", "row[num.count] == 4", "row[num.count] != 5", "3 < row[num.count]", "row[num.count] >= dataset.rank",
    "row[num.count] < subject.age", "row[num.count] + 1 > 9223372036854775807", "row[num.count] * 2 == 8", "row[num.count] is set",
    "row[num.count] in [1, 2, 3]", "row[num.count] not in [0, 1, 4, 5, 6, 7, 8, 42, 100, 127, -1, -3]", "row[num.count] in subject.codes",
    "row[num.count] not in subject.codes", "subject.codes has row[num.count]", "row[num.amount] > 1.5", "row[num.amount] <= 20.25",
    "row[num.amount] == 1.50", "row[num.amount] != 0.1", "row[num.amount] < product.budget", "row[num.amount] * 2 > 3", "row[num.amount] in [1.5, 2, 12.50]",
    "row[num.amount] is set", "row[num.amount] >= -0.001", "row[time.collected] < 2026-05-01T00:00:00Z", "row[time.collected] >= now - 24 months",
    "row[time.collected] < now", "row[time.collected] == 2026-05-01T00:00:00Z", "row[time.collected] > subject.seen", "weekday(row[time.collected]) > 3",
    "time-of-day(row[time.collected]) == 0 hours", "row[time.collected] == 2026-05-01", "row[time.collected] <= 2025-12-31",
    "row[time.day] == row[time.collected]", "row[time.day] < 2026-05-01", "row[time.day] >= dataset.since", "row[time.day] != 2024-12-31",
    "row[time.day] <= row[time.day]", "row[time.day] in [2026-01-01, 2025-06-30]", "row[time.day] + 1 month > 2026-06-01", "row[flag]", "not row[flag]",
    "row[flag] == context.trusted", "row[flag] == product.critical", "row[flag] != product.critical", "row[geo.country] is eu", "row[geo.country] is de", "row[geo.country] is not de", "row[geo.country] == de",
    "row[geo.country] != us", "row[geo.country] in [de, us]", "row[geo.country] in subject.regions", "row[geo.country] not in subject.regions",
    "row[geo.country] in context.areas", "subject.regions has row[geo.country]", "row[geo.country] is set", "row[pii.email] == \"Ann\"", "row[pii.email] != \"42\"",
    "row[pii.email] in [\"Ann\", \"42\", \"\"]", "row[pii.email] in subject.nicks", "row[pii.email] is set", "lower(row[pii.email]) == \"ann\"",
    "lower(row[pii.phone]) starts-with \"a\"", "row[pii.email] ends-with \"example\"", "row[pii.phone] contains \"o\"", "row[pii.email] matches /[a-z0-9.@]+/",
    "length(row[pii.email]) > 3", "length(row[pii.phone]) == row[num.count]", "row[pii.email] == row[pii.phone]", "row[person.id] == \"42\"",
    "row[person.id] != \"-3\"", "row[person.id] in [\"42\", \"7\", \"p-1\"]", "row[person.id] is set", "row[num.count] == row[num.count]",
    "length(row[pii.email]) + row[num.count] > 7", "subject.name == \"Ann\"", "subject.age > 7", "product.critical", "context.trusted", "true", "false",
    "row[net.address] in cidr(\"10.0.0.0/8\")", "row[net.address] not in cidr(\"10.1.2.3/32\")", "row[net.address] in cidr(\"2001:db8::/32\")", "row[net.address] in cidr(\"::/0\")",
    "row[net.address] == \"10.1.2.3\"", "row[net.address] != subject.address", "row[net.address] in dataset.gates", "row[net.address] in context.hosts", "row[net.address] is set",
    "row[net.address] in nets", "nets(row[net.address]).gate == row[net.address]", "row[level.of] >= internal", "row[level.of] == confidential", "row[level.of] in [public, restricted]",
    "row[level.of] <= subject.clearance", "row[level.of] is set", "(row[level.of], row[pii.email], context.grade) in ranks", "row[person.id] in holds", "row[person.id] not in holds",
    "(row[person.id], purpose) in consent", "consent(row[person.id], purpose).given < now", "consent(row[person.id], purpose.support).note == row[pii.email]",
    "consent(row[person.id], purpose).grade is set", "row[geo.country] in places", "row[geo.country] not in places", "places(row[geo.country]).level <= internal",
    "places(row[geo.country]).rank == row[num.count]", "(row[num.count], row[num.amount]) in counts", "counts(row[num.count], row[num.amount]).of > row[num.amount]",
    "(row[flag], row[time.day]) not in flags", "row[time.collected] in moments", "moments(row[time.collected]).day == row[time.day]", "moments(row[time.collected]).good",
    "(row[geo.country], region.de) in trips", "trips(row[geo.country], row[geo.country]).span < 24 months", "now - row[time.collected] > 90 days",
    "row[time.collected] + dataset.keep > now", "row[time.day] - 1 year < 2025-02-28", "row[time.day] + 8000 years > 2026-01-01", "row[person.id] == subject.person",
    "row[person.id] in subject.people", "row[num.amount] * row[num.amount] > 2.5", "row[num.amount] + 92233720368547758.07 > 0", "row[pii.email] starts-with row[pii.phone]",
    "row[pii.phone] matches /\\p{L}+/", "row[time.day] in subject.days", "row[num.amount] in subject.rates", "held(row[person.id])", "inside(row[net.address])",
    "(lower(row[pii.email]) == \"ann\" or row[net.address] in dataset.gates)"};
/* What only a domain may: columns by name. */
static const char *const by_name[] = {
    "row.n < row.m", "row.n <= row.m", "row.n == row.m", "row.n != row.m", "row.d < row.e", "row.e == row.d", "row.at < row.then", "row.at >= row.then",
    "row.at == row.then", "row.day <= row.until", "row.day == row.until", "row.at > row.day", "row.yes == row.no", "row.m in [1, 3, 5]", "row.e >= 2",
    "row.then < now", "row.until is set", "row.text == row.more", "row.text == \"eu\"", "(row.yes or row.no)", "row.m + 0 > 5"};

static void condition(random_source *r, edi_buf *into, bool domain, bool sweeps, unsigned depth) {
  uint64_t kind = depth ? random_below(r, 8) : 0;
  if (kind >= 4) {
    static const char *const before[] = {"(", "(", "(", "not ("};
    edi_buf_text(into, before[kind - 4]);
    condition(r, into, domain, sweeps, depth - 1);
    if (kind < 7) {
      edi_buf_text(into, kind == 5 ? " or " : " and ");
      condition(r, into, domain, sweeps, depth - 1);
    }
    edi_buf_text(into, ")");
    return;
  }
  const char *text = domain && random_below(r, 2) ? PICK(r, by_name) : PICK(r, by_tag);
  while (sweeps && (strstr(text, "subject") || strstr(text, "context") || strstr(text, "purpose)"))) text = PICK(r, by_tag);
  edi_buf_text(into, text);
}

static void row_rule(random_source *r, unsigned number, edi_buf *into, bool domain) {
  static const char *const durations[] = {"24 months", "90 days", "1 month", "12 hours", "2 years", "400 days", "18 months", "keep-for", "dataset.keep"};
  uint64_t kind = domain ? 0 : random_below(r, 8);
  edi_buf_format(into, "rule %c%u\n", domain ? 'd' : 'r', number);
  if (kind < 4) {
    edi_buf_text(into, "  show only rows\n");
    if (domain) edi_buf_text(into, "  on dataset named \"*\"\n");
    edi_buf_text(into, "  where ");
    condition(r, into, domain, false, 3);
    edi_buf_text(into, "\n");
  } else if (kind < 6) {
    edi_buf_format(into, "  retain at most %s after row[time.collected]%s\n", PICK(r, durations), random_below(r, 3) ? " then erase" : "");
  } else if (kind == 6) {
    edi_buf_format(into, "  retain at least %s after row[time.collected]\n", PICK(r, durations));
  } else {
    edi_buf_text(into, "  retain while ");
    condition(r, into, false, true, 2);
    edi_buf_text(into, "\n");
  }
  if (random_below(r, 8) == 0) edi_buf_text(into, kind < 4 ? "  when subject.age > 3\n" : "  when dataset.rank > 0\n");
  edi_buf_text(into, "  because \"x\"\n\n");
}

/* Masks now and then, so that columns vary with the row. */
static void mask_rule(random_source *r, edi_buf *into) {
  static const char *const masks[] = {"null", "default", "keep", "show-last(4)", "const(\"x\")", "pseudonym(federal.vocabulary.wide)"};
  static const char *const on[] = {"pii.email", "pii.phone", "num.count", "time.collected", "geo.country", "plain", "flag", "num.amount", "time.day"};
  edi_buf_format(into, "rule m%u\n  mask column tagged %s\n    with %s", (unsigned)random_below(r, 1u << 30), PICK(r, on), PICK(r, masks));
  if (random_below(r, 2)) {
    edi_buf_text(into, " if ");
    condition(r, into, false, false, 1);
  }
  edi_buf_text(into, "\n  because \"x\"\n\n");
}

void random_row_rules(random_source *r, unsigned count, edi_buf *into) {
  edi_buf_text(into, "module federal.rules\n\nrule opens\n  permit access\n  on dataset named \"*\"\n  because \"x\"\n\n");
  for (unsigned i = 0; i < count; i++) row_rule(r, i, into, false);
  for (uint64_t i = random_below(r, 4); i > 0; i--) mask_rule(r, into);
}

size_t random_row_conditions(void) { return 2 * (COUNT(by_tag) + COUNT(by_name)); }

void random_row_condition(size_t number, edi_buf *federal, edi_buf *domain) {
  size_t at = number / 2;
  bool named = at >= COUNT(by_tag);
  const char *text = named ? by_name[(at - COUNT(by_tag)) % COUNT(by_name)] : by_tag[at];
  edi_buf_text(federal, "module federal.rules\n\nrule opens\n  permit access\n  on dataset named \"*\"\n  because \"x\"\n\n");
  edi_buf_text(domain, "module sales.rules\n\n");
  edi_buf_format(named ? domain : federal, "rule one\n  show only rows\n  on dataset named \"*\"\n  where %s(%s)\n  because \"x\"\n",
                 number % 2 ? "not " : "", text);
}

void random_row_domain_rules(random_source *r, unsigned count, edi_buf *into) {
  edi_buf_text(into, "module sales.rules\n\n");
  for (unsigned i = 0; i < count; i++) row_rule(r, i, into, true);
}

void random_row_contract(random_source *r, edi_buf *into) {
  static const struct { const char *name, *tag, *type; unsigned often; } columns[] = {
      {"email", "pii.email", "string", 8}, {"phone", "pii.phone", "string", 8}, {"person", "person.id", "string", 4}, {"number", "person.id", "integer", 5},
      {"country", "geo.country", "string", 8}, {"at", "time.collected", "timestamp", 8}, {"other_at", "time.collected", "date", 2},
      {"text_at", "time.collected", "string", 1}, {"day", "time.day", "date", 8}, {"n", "num.count", "integer", 8}, {"d", "num.amount", "number", 8},
      {"whole", "num.amount", "integer", 2}, {"flag", "flag", "boolean", 8}, {"m", "plain", "integer", 8}, {"e", "plain", "number", 8},
      {"then", "plain", "timestamp", 8}, {"until", "plain", "date", 8}, {"yes", "plain", "boolean", 8}, {"no", "plain", "boolean", 8},
      {"text", "plain", "string", 8}, {"more", "plain", "string", 8}, {"things", "plain", "array", 2}, {"address", "net.address", "string", 8}, {"proxy", "net.address", "string", 1}, {"level", "level.of", "string", 8}};
  edi_buf_text(into, "apiVersion: v3.1.0\nkind: DataContract\nid: 1\nversion: 1.0.0\nstatus: active\ndomain: sales\ndataProduct: p\n"
                     "customProperties:\n  - { property: budget, value: 100.25 }\n  - { property: critical, value: true }\nschema:\n");
  static const char *const keeps[] = {"24 months", "30 days", "12 hours", "18 months"};
  for (int d = 0; d < 2; d++) {
    edi_buf_format(into, "  - name: %s\n    logicalType: object\n    physicalName: '%s \"table\"'\n    customProperties:\n"
                         "      - { property: classification, value: internal }\n      - { property: rank, value: %u }\n"
                         "      - { property: since, value: '2026-05-01' }\n      - { property: keep, value: %s }\n      - { property: gates, value: [ 10.1.2.3, '::1' ] }\n    properties:\n",
                   d ? "other" : "orders", d ? "other" : "orders", (unsigned)random_below(r, 9), PICK(r, keeps));
    for (size_t c = 0; c < COUNT(columns); c++)
      if (random_below(r, 8) < columns[c].often)
        edi_buf_format(into, "      - { name: %s, physicalName: 'the %s', logicalType: %s, tags: [ %s ]%s }\n", columns[c].name, columns[c].name,
                       columns[c].type, columns[c].tag, random_below(r, 6) ? "" : ", required: true");
  }
}
