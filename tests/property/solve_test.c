/* The solver against the oracle: whatever it says can never be, no world that is tried may show.
 *
 * Random conditions over few attributes, alone and in pairs, each asked for every set of answers; worlds are
 * random contracts and requests, evaluated by the oracle. A "never" that a world contradicts is a false alarm
 * of some warning. EDICT_SEED and EDICT_ROUNDS choose where to start and how long to go on. */
#include "harness.h"

#include "policy/analysis.h"
#include "support/oracle.h"
#include "support/random_rules.h"
#include "support/seed.h"

enum { RULES = 10, CONTRACTS = 4, REQUESTS = 60, WORLDS = CONTRACTS * REQUESTS };

static const char domain_yaml[] =
    "edict: 1\nname: eu.example/sales\nlayer: domain\ndomain: sales\nversion: 1\ncreated: 2026-01-01T00:00:00Z\n"
    "expires: 2030-01-01T00:00:00Z\nparent: { bundle: f.edb, least: 1 }\nrules: [ \"*.edict\" ]\n";
static const char yaml[] =
    "edict: 1\nname: eu.example\nlayer: federal\nversion: 1\ncreated: 2026-01-01T00:00:00Z\nexpires: 2030-01-01T00:00:00Z\n"
    "rules: [ \"*.edict\" ]\n";

/* Tests that get in each other's way: few attributes, values at both sides of every limit. */
static const char *const tests[] = {
    "subject.roles has analyst", "subject.roles has staff", "subject.roles has support", "subject.roles has partner",
    "purpose is support", "purpose is service", "purpose is not billing", "purpose is mail", "purpose == commercial",
    "purpose != marketing", "purpose in [support, commercial]", "purpose not in [service]", "purpose is set",
    "subject.age < 7", "subject.age >= 7", "subject.age == 42", "subject.age != 0", "subject.age in [0, 7]", "subject.age is set",
    "subject.age > 9223372036854775806", "subject.score > 0.1", "subject.score <= 0.1", "subject.score == 1.5", "subject.score in [0.1, 100.25]",
    "subject.clearance >= confidential", "subject.clearance < internal", "subject.clearance == restricted", "context.grade > low",
    "context.grade < low", "context.grade == mid", "context.trusted", "not context.trusted", "subject.vip", "context.trusted == true",
    "context.channel == \"Ann\"", "context.channel != \"a\"", "context.channel starts-with \"A\"", "context.channel ends-with \"n\"",
    "context.channel contains \"r\"", "context.channel in [\"Ann\", \"a\"]", "lower(context.channel) == \"ann\"", "lower(context.channel) == \"Ann\"",
    "context.channel starts-with \"An\"", "context.channel ends-with \"nn\"", "context.channel contains \"nn\"", "context.channel starts-with \"n\"",
    "context.channel matches /A.*/", "context.channel matches /[a-z]+/", "context.channel matches /An*/", "context.channel matches /(?i)ann/",
    "context.channel matches /.{1,2}/", "lower(context.channel) matches /[A-Z].*/", "lower(context.channel) matches /ann?/", "context.channel matches /\\W?/",
    "dataset.name matches /o.*/", "dataset.name matches /[a-n]+|other/", "product.name matches /sales\\..+/", "product.name matches /[a-r].*/",
    "context.channel ends-with \"\"", "lower(context.channel) starts-with \"A\"", "lower(context.channel) contains \"n\"", "context.channel in [\"\", \"a\"]",
    "length(context.channel) < 0", "length(context.channel) >= 3", "subject.home is eu", "subject.home is de", "subject.home == us",
    "subject.home in subject.regions", "subject.home in dataset.regions", "subject.regions has eu", "subject.regions has de",
    "subject.regions overlaps [de]", "subject.regions covers dataset.regions", "now < 2026-11-21", "now >= 2026-06-01",
    "now == 2026-11-20", "now > 2026-11-20T10:00:00Z", "weekday(now) > 7", "weekday(now) == 5", "time-of-day(now) < 12 hours",
    "context.at < now", "context.at == 2026-05-01", "subject.member <= 2024-02-29", "subject.member > 2026-05-01", "subject.member == 2026-05-01T10:00:00Z",
    "action is read", "action is export", "action is access", "action in [share, unmask]", "dataset holding pii",
    "dataset holding pii.email", "dataset holding pii.email, geo.country", "product holding pii", "product holding plain",
    "dataset tagged pii", "product tagged plain", "dataset classified <= internal", "dataset classified > confidential",
    "dataset named \"orders\"", "dataset named \"or*\"", "dataset named \"o*e*\"", "dataset named \"*s\"", "dataset named \"?????\"", "dataset named \"*d*\"", "dataset named \"*\"",
    "dataset.name starts-with \"o\"", "dataset.name ends-with \"r\"", "product named \"sales.*\"", "product named \"*.o*\"", "product named \"shop*\"", "product.name contains \".\"", "dataset.name == \"other\"", "product in domain sales", "product in domain shop",
    "product.owner is set", "product.owner == \"Ann\"", "product.critical", "product.budget > 100", "dataset.rank >= 7", "dataset.rank < 0",
    "dataset.rank == 9223372036854775807", "dataset.since < 2024-03-01", "dataset.purposes has service", "purpose in dataset.purposes",
    "dataset holding untagged", "true", "false", "24 months == 2 years", "30 days < 1 month",
};

/* The same of resources, beside a few of what any request has. */
static const char *const resource_tests[] = {
    "model", "model tagged pii", "model tagged pii.email", "model tagged pii, plain", "model tagged person.id, geo.country",
    "model.tags has pii", "model.tags has pii.email", "model named \"Ann\"", "model named \"A*\"", "model named \"*n\"", "model.name == \"Ann\"",
    "model.owner == \"Ann\"", "model.owner is set", "model.owner matches /A[a-n]+/", "model.name matches /[^A]*/", "model.owner in [\"Ann\", \"a\"]", "model.size < 7", "model.size >= 7", "model.size == 42",
    "model.size is set", "model.level <= internal", "model.level > confidential", "model.home is eu", "model.home is de", "model.home == us",
    "model.home in subject.regions", "model.regions has eu", "model.regions has de", "model.ready", "model.cost > 0.1", "model.cost <= 1.5",
    "model.made < now", "subject.roles has analyst", "purpose is support", "action is export", "product.critical", "context.trusted",
};

/* Tags of the federation; in the domain's words, too. */
static const char *const tag_tests[] = {
    "context.topic is pii", "context.topic is pii.email", "context.topic is not pii.phone", "context.topic == pii", "context.topic == plain",
    "context.topic in [pii.email, geo.country]", "context.topic is geo.country", "context.topic is set", "context.topics has pii",
    "context.topics has pii.email", "context.topics has pii.phone", "context.topics has plain", "subject.likes has pii", "subject.likes has pii.email",
    "subject.likes overlaps context.topics", "dataset.topics has pii", "dataset.topics has plain", "dataset.topics has geo.country",
    "dataset holding pii", "dataset holding pii.email", "dataset holding pii.phone", "dataset holding plain", "dataset tagged pii", "dataset tagged pii.email",
    "product tagged plain", "product holding geo.country", "subject.roles has analyst",
};
static const char *const own_tests[] = {
    "context.topic is own.a", "context.topic is plain", "context.topic is not own.a", "context.topic is pii", "context.topic is own.b", "context.topic == own.b", "context.topic == pii.email",
    "context.topic in [own.a, plain]", "context.topic is own.place", "context.topic is geo.country", "context.topics has own.a", "context.topics has pii",
    "context.topics has own.c", "context.topics has plain", "dataset.topics has own.a", "dataset.topics has pii", "dataset.topics has own.place",
    "subject.likes has pii", "dataset holding own.a", "dataset holding own.b", "dataset holding pii", "dataset holding pii.email", "dataset holding plain",
    "dataset holding own.mail", "dataset tagged own.a", "dataset tagged own.b", "dataset tagged pii", "product tagged plain", "product holding own.tier",
    "dataset.tier is gold", "dataset.tier is silver", "dataset.tier == platinum", "dataset.tier in [iron]", "dataset.tiers has gold", "dataset.tiers has iron",
    "dataset.tiers overlaps [platinum]", "dataset.tier in dataset.tiers", "subject.roles has analyst",
};

/* What a round is about. ABOVE: what is said of the federation alone, in worlds of a domain with words of its own. */
typedef enum round_about { RESOURCES, DATASETS, OWN, ABOVE, ROUNDS_ABOUT } round_about;

typedef struct tests_of { const char *const *items; size_t count; } tests_of;

static void condition(random_source *r, unsigned depth, edi_buf *into, const tests_of *of, size_t base) {
  uint64_t kind = random_below(r, depth ? 7 : 3);
  if (kind < 3) {
    /* Mostly from one stretch of the list, where tests are about the same things. */
    size_t count = of->count;
    edi_buf_text(into, of->items[random_below(r, 4) ? (base + random_below(r, 9)) % count : random_below(r, count)]);
    return;
  }
  edi_buf_text(into, kind == 6 ? "not (" : "(");
  condition(r, depth - 1, into, of, base);
  if (kind < 6) {
    edi_buf_text(into, kind == 3 || kind == 5 ? " and " : " or ");
    condition(r, depth - 1, into, of, base);
  }
  edi_buf_text(into, ")");
}

static void conditions(random_source *r, const tests_of *of, edi_buf *into) {
  size_t base = random_below(r, of->count);
  for (unsigned i = 0; i < RULES; i++) {
    edi_buf_format(into, "rule c%u\n  forbid %s\n", i, random_below(r, 3) ? "access" : "export, share");
    if (random_below(r, 2)) {
      edi_buf_text(into, "  when ");
      condition(r, 3, into, of, base);
    }
    if (random_below(r, 3) == 0) {
      edi_buf_text(into, "\n  unless ");
      condition(r, 2, into, of, base);
    }
    if (random_below(r, 5) == 0) edi_buf_text(into, "\n  from 2026-06-01");
    if (random_below(r, 5) == 0) edi_buf_text(into, "\n  until 2026-11-20");
    edi_buf_char(into, '\n');
  }
}

/* ---- worlds ---- */

typedef struct bench {
  edi_arena arena;
  edict_diagnostics *diagnostics;
  edi_build build;
  const edi_model *model;      /* of the worlds: the build's, or that of a domain on top */
  edi_analysis analysis;
  edi_contract_facts contracts[CONTRACTS];
  round_about about;
  uint8_t answers[64][WORLDS]; /* by rule: a truth as a set of one */
} bench;

static void fill(bench *b, oracle_value *attrs, edi_entity entity, const random_attributes *given) {
  const edi_model *m = b->model;
  bool federal = entity == EDI_ENTITY_SUBJECT; /* it has no words of a domain */
  for (size_t i = 0; i < given->count; i++) {
    const edict_attribute *a = &given->items[i];
    uint32_t symbol = edi_model_attr(m, entity, (edi_str){a->name.ptr, a->name.len});
    edi_type type = m->attrs[symbol].type;
    oracle_value v = {.base = EDI_TYPE_BASE(type), .set = EDI_TYPE_IS_SET(type)};
    v.members = EDI_NEW_ARRAY(&b->arena, oracle_value, a->count + 1);
    for (size_t k = 0; k < a->count; k++) {
      oracle_value one = oracle_from_text(m, EDI_TYPE_ELEM(type), (edi_str){a->values[k].ptr, a->values[k].len});
      if (federal && one.base == EDI_TYPE_NODE && m->nodes[one.integer].domain) one = (oracle_value){0};
      if (!v.set) v = one;
      else if (one.base) v.members[v.member_count++] = one;
      else v.incomplete = true;
    }
    v.given = true;
    attrs[symbol] = v;
  }
}

static edi_truths as_set(oracle_truth t) {
  return t == ORACLE_YES ? EDI_TRUTH_YES : t == ORACLE_NO ? EDI_TRUTH_NO : EDI_TRUTH_UNKNOWN;
}

static void look(bench *b, random_source *r, size_t world) {
  const edi_model *m = b->model;
  random_attributes subject, context;
  random_subject(r, &subject);
  random_context(r, &context);
  oracle_value *attrs = EDI_NEW_ARRAY(&b->arena, oracle_value, m->attrs_count);
  fill(b, attrs, EDI_ENTITY_SUBJECT, &subject);
  fill(b, attrs, EDI_ENTITY_CONTEXT, &context);
  oracle_request q = {.model = m, .contract = &b->contracts[world % CONTRACTS], .dataset = random_below(r, 2), .attrs = attrs,
                      .resource = EDI_NONE, .now = random_now(r)};
  if (b->about == RESOURCES && random_below(r, 4)) {
    random_attributes given;
    q.resource = edi_model_resource(m, edi_str_from(random_resource(r, &given)));
    fill(b, attrs, (edi_entity)(EDI_ENTITY_RESOURCE + q.resource), &given);
  }
  q.action = edi_model_node(m, edi_model_kind(m, EDI_STR("action")), edi_str_from(random_action(r)));
  oracle_context c = {.request = &q};
  for (size_t i = 0; i < b->build.model->rules_count; i++) b->answers[i][world] = as_set(oracle_test(&c, b->analysis.subjects[i].condition));
}

static bool check(bench *b, const edi_project_text *files, size_t count, edi_str parent, edi_build *out) {
  edi_project *project;
  return edi_project_from_memory(&b->arena, files, count, &project, b->diagnostics) == EDICT_OK &&
         edi_build_check(&b->arena, project, parent, out, b->diagnostics) == EDICT_OK;
}

/* The build whose rules are asked about, and the model of the worlds. */
static bool build(bench *b, random_source *r, edi_buf *rules) {
  edi_build above, below;
  edi_buf bundle, words;
  bool own = b->about == OWN;
  edi_project_text federal[] = {{"edict.yaml", edi_str_from(yaml)}, {"vocabulary.edict", edi_str_from(random_vocabulary())},
                                {"rules.edict", {rules->ptr, rules->len}}};
  if (!check(b, federal, own ? 2 : 3, (edi_str){0}, own ? &above : &b->build)) return false;
  b->model = b->build.model;
  if (!own && b->about != ABOVE) return true;
  edi_buf_init(&bundle, NULL, 1 << 24);
  edi_buf_init(&words, NULL, 1 << 20);
  random_domain_words(r, "sales", &words);
  bool ok = edi_build_bundle(own ? &above : &b->build, &bundle, b->diagnostics) == EDICT_OK;
  edi_str parent = {edi_arena_copy(&b->arena, bundle.ptr, bundle.len), bundle.len};
  edi_str text = {edi_arena_copy(&b->arena, words.ptr, words.len), words.len};
  edi_project_text domain[] = {{"edict.yaml", edi_str_from(domain_yaml)}, {"words.edict", text}, {"rules.edict", {rules->ptr, rules->len}}};
  ok = ok && parent.ptr && text.ptr && check(b, domain, own ? 3 : 2, parent, own ? &b->build : &below);
  if (ok) b->model = own ? b->build.model : below.model;
  edi_buf_fini(&bundle);
  edi_buf_fini(&words);
  return ok;
}

static bool start(bench *b, random_source *r, edi_buf *rules, edi_buf *contracts) {
  const edict_analysis_options options = {.size = sizeof options, .now = INT64_MIN};
#define OF(list) {list, sizeof list / sizeof *list}
  static const tests_of of[] = {[RESOURCES] = OF(resource_tests), [DATASETS] = OF(tests), [OWN] = OF(own_tests), [ABOVE] = OF(tag_tests)};
#undef OF
  edi_buf_text(rules, b->about == OWN ? "module sales.rules\n" : "module federal.rules\n");
  conditions(r, &of[b->about], rules);
  if (!build(b, r, rules)) return false;
  if (edi_analysis_run(&b->analysis, &b->arena, &b->arena, &b->build, &options) != EDICT_OK) return false;
  b->analysis.solver.step_limit = UINT64_MAX;
  for (size_t i = 0; i < CONTRACTS; i++) {
    edi_contract_ast *ast;
    bool own = b->about == OWN || b->about == ABOVE;
    do { /* the words are those of `sales` */
      contracts[i].len = 0;
      random_contract(r, own, &contracts[i]);
      edi_buf_char(&contracts[i], '\0');
    } while (own && !strstr(contracts[i].ptr, "domain: sales"));
    contracts[i].len--;
    if (edi_contract_parse(&b->arena, EDI_STR("c.yaml"), (edi_str){contracts[i].ptr, contracts[i].len}, &ast, b->diagnostics) != EDICT_OK) return false;
    if (edi_contract_resolve(&b->arena, b->model, ast, &b->contracts[i], b->diagnostics) != EDICT_OK) return false;
  }
  for (size_t i = 0; i < WORLDS; i++) look(b, r, i);
  return true;
}

/* ---- claims ---- */

typedef struct counts { uint64_t asked, never, left; } counts;

static bool seen(const bench *b, size_t i, edi_truths a, size_t j, edi_truths t) {
  for (size_t w = 0; w < WORLDS; w++)
    if ((b->answers[i][w] & a) && (b->answers[j][w] & t)) return true;
  return false;
}

static bool check_pair(bench *b, size_t i, edi_truths a, size_t j, edi_truths t, counts *n) {
  edi_goal goals[] = {{b->analysis.subjects[i].condition, a, 0}, {b->analysis.subjects[j].condition, t, 0}};
  edi_solved solved = edi_solve(&b->analysis.solver, goals, 2, 2000);
  n->asked++;
  n->never += solved == EDI_SOLVED_NEVER;
  n->left += solved == EDI_SOLVED_LEFT;
  if (solved != EDI_SOLVED_NEVER || !seen(b, i, a, j, t)) return true;
  printf("# c%zu in %u and c%zu in %u can be\n", i, a, j, t);
  return false;
}

static bool check_all(bench *b, counts *n) {
  static const edi_truths sets[] = {1, 2, 3, 4, 5, 6};
  for (size_t i = 0; i < b->build.model->rules_count; i++)
    for (size_t j = 0; j < b->build.model->rules_count; j++)
      for (size_t x = 0; x < 6; x++)
        for (size_t y = 0; y < (i == j ? 1 : 6); y++)
          if (!check_pair(b, i, sets[x], j, i == j ? sets[x] : sets[y], n)) return false;
  return true;
}

TEST(never_is_never) {
  uint64_t first = seed_of("EDICT_SEED", 1), rounds = seed_of("EDICT_ROUNDS", 60);
  counts n = {0};
  static bench b;
  for (uint64_t seed = first; seed < first + rounds; seed++) {
    random_source r = {seed * 7919};
    edi_buf texts[1 + CONTRACTS];
    for (size_t i = 0; i < 1 + CONTRACTS; i++) edi_buf_init(&texts[i], NULL, 1 << 20);
    edi_arena_init(&b.arena, NULL, (size_t)1 << 30);
    b.diagnostics = edict_diagnostics_create();
    b.about = (round_about)(seed % ROUNDS_ABOUT);
    bool made = start(&b, &r, &texts[0], &texts[1]);
    bool ok = made && check_all(&b, &n);
    if (!ok) {
      char *text = NULL;
      size_t length;
      printf("# seed %llu\n%.*s\n", (unsigned long long)seed, (int)texts[0].len, texts[0].ptr);
      if (edict_diagnostics_render(b.diagnostics, EDICT_RENDERING_TEXT, &text, &length) == EDICT_OK) printf("%s\n", text);
      edict_text_free(&text);
    }
    CHECK(ok);
    for (size_t i = 0; i < 1 + CONTRACTS; i++) edi_buf_fini(&texts[i]);
    edict_diagnostics_destroy(&b.diagnostics);
    edi_arena_fini(&b.arena);
    if (!ok) break;
  }
  printf("# %llu questions, %llu never, %llu left open\n", (unsigned long long)n.asked, (unsigned long long)n.never, (unsigned long long)n.left);
  CHECK(n.never > 100); /* a solver that proves nothing would be right as well */
  CHECK(n.left * 20 < n.asked);
}

HARNESS_MAIN
