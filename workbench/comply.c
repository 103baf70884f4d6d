/* Comply: see the header. A read of each dataset is decided for a subject of whom nothing is known. No rule in the
 * bundles permits it, so the reasons are the requirements that are not met; what else was looked at and is about
 * the dataset is met. */
#include "workbench/comply.h"

#include <stdio.h>
#include <string.h>

#include "edict/edict.h"
#include "edict/file.h"
#include "workbench/joins.h"

#define CONTRACT_MOST ((size_t)4 * 1024 * 1024 + 1) /* one past what the reader takes, which then says so */
#define ARENA_REPORT ((size_t)1 << 31)

typedef struct bench {
  char **bytes;
  edict_bytes *bundles; /* the project's own, and one for each domain */
  size_t count;
  edict_engine *engine;
  edict_session *session;
} bench;

typedef struct asked {
  edict_product *product;
  edict_decision *decision;
} asked;

typedef struct looked {
  bool about, whole;  /* the rule is about the dataset; all its conditions were told */
} looked;

typedef struct run {
  comply_report *report;
  const comply_options *options;
  edict_diagnostics *diagnostics;
  bench bench;
  looked *looked;     /* by rule */
  size_t rule_count, last; /* last: the rule that was told of last */
  bool failed;        /* the contract at hand */
} run;

static edict_text text(const char *s) { return (edict_text){s, strlen(s)}; }

/* ---- an engine ---- */

static void close_bench(bench *b) {
  edict_session_destroy(&b->session);
  edict_engine_destroy(&b->engine);
  for (size_t i = 0; i < b->count; i++) edict_text_free(&b->bytes[i]);
}

static edict_status open_bench(const edict_contract_set *set, bool all, edi_arena *arena, bench *b, edict_diagnostics *diagnostics) {
  static const char *const every[] = {"*"};
  edict_engine_options options = {.size = sizeof options, .now = INT64_MIN, .development = 1, .obligations = every,
                                  .obligation_count = 1};
  size_t count = edict_contract_set_bundle_count(set);
  b->bytes = EDI_NEW_ARRAY(arena, char *, count);
  b->bundles = EDI_NEW_ARRAY(arena, edict_bytes, count);
  edict_status status = b->bytes && b->bundles ? EDICT_OK : edi_arena_status(arena);
  for (size_t i = 0; i < count && status == EDICT_OK; i++) {
    status = edict_contract_set_bundle(set, i, all, &b->bytes[i], &b->bundles[i].len, diagnostics);
    b->bundles[i].ptr = b->bytes[i];
    if (status == EDICT_OK) b->count++;
  }
  if (status == EDICT_OK) status = edict_engine_create(&options, b->bundles, b->count, &b->engine, diagnostics);
  const char *issuer = edict_contract_set_issuer(set);
  if (status == EDICT_OK)
    status = edict_session_create_hypothetical(b->engine, text(issuer ? issuer : "host"), text("comply"), NULL, 0, &b->session,
                                               diagnostics);
  return status == EDICT_ARGUMENT ? EDICT_UNTRUSTED : status; /* a federation without an issuer */
}

/* ---- one dataset ---- */

static bool is_name(const char *name, edict_text text) {
  return strlen(name) == text.len && memcmp(name, text.ptr, text.len) == 0;
}

/* Rules are told in an order of their own, all parts of one after the other. */
static size_t find_rule(run *r, edict_text name) {
  edict_requirement rule;
  for (size_t k = 0; k < r->rule_count; k++) {
    size_t i = (r->last + k) % r->rule_count;
    if (edict_contract_set_rule(r->report->set, i, &rule) == EDICT_OK && is_name(rule.rule, name)) return r->last = i;
  }
  return SIZE_MAX;
}

/* A rule is about the dataset unless its target or its `when` says no, or its `unless` yes. */
static void hear(void *user, const edict_condition *c) {
  run *r = user;
  size_t rule = find_rule(r, c->rule);
  if (rule == SIZE_MAX) return;
  looked *l = &r->looked[rule];
  if (strcmp(c->part, "applies") == 0) *l = (looked){.about = true};
  bool opens = strcmp(c->part, "unless") == 0, needs = strcmp(c->part, "on") == 0 || strcmp(c->part, "when") == 0;
  if ((needs && c->holds == EDICT_HOLDS_NO) || (opens && c->holds == EDICT_HOLDS_YES)) l->about = false;
  if (strcmp(c->part, "require") == 0) l->whole = c->holds == EDICT_HOLDS_YES;
}

static const char *join_unknown(run *r, edict_decision *d, size_t reason) {
  edi_buf buf;
  const char *name, *copy;
  edi_buf_init(&buf, NULL, (size_t)1 << 20);
  for (size_t i = 0; (name = edict_decision_reason_unknown(d, reason, i)); i++) edi_buf_format(&buf, "%s%s", i ? ", " : "", name);
  copy = buf.failed == EDICT_OK ? edi_arena_copy(&r->report->arena, buf.ptr ? buf.ptr : "", buf.len) : NULL;
  edi_buf_fini(&buf);
  return copy;
}

static edict_status keep(run *r, comply_answer answer) {
  comply_report *report = r->report;
  void *items = report->answers;
  edict_requirement rule;
  edict_status status = edict_contract_set_rule(report->set, answer.rule, &rule);
  if (status != EDICT_OK) return status;
  if (!edi_arena_grow(&report->arena, &items, &report->capacity, report->count, sizeof answer))
    return edi_arena_status(&report->arena);
  report->answers = items;
  report->answers[report->count++] = answer;
  if (answer.result == COMPLY_MET) report->met++;
  else if (rule.shadow) report->shadow++;
  else if (answer.result == COMPLY_UNMET) report->unmet++;
  else report->undecided++;
  if (answer.result == COMPLY_MET) return EDICT_OK;
  const char *unknown = answer.result == COMPLY_UNDECIDED ? answer.unknown : NULL;
  r->failed = r->failed || !rule.shadow;
  if (answer.contract == SIZE_MAX) edict_contract_set_tell_port(report->set, answer.dataset, answer.rule, unknown, r->diagnostics);
  else edict_contract_set_tell(report->set, answer.contract, answer.dataset, answer.rule, unknown, r->diagnostics);
  return EDICT_OK;
}

/* The number of the reason that is about the rule, SIZE_MAX: none. */
static size_t find_reason(const edict_decision *d, const char *rule, edict_reason *reason) {
  for (size_t i = 0; i < edict_decision_reason_count(d); i++)
    if (edict_decision_reason(d, i, reason) == EDICT_OK && strcmp(reason->effect, "require") == 0 && is_name(rule, reason->rule)) return i;
  return SIZE_MAX;
}

static edict_status answer(run *r, edict_decision *d, size_t contract, size_t dataset, size_t number) {
  edict_requirement rule;
  edict_reason reason;
  comply_answer a = {contract, dataset, number, COMPLY_MET, NULL};
  edict_status status = edict_contract_set_rule(r->report->set, number, &rule);
  if (status != EDICT_OK) return status;
  size_t at = find_reason(d, rule.rule, &reason);
  /* What is not among the reasons and not met either is lifted, or not in force on that day. */
  if (at == SIZE_MAX) return r->looked[number].about && r->looked[number].whole ? keep(r, a) : EDICT_OK;
  a.result = reason.holds == EDICT_HOLDS_YES ? COMPLY_UNMET : COMPLY_UNDECIDED;
  if (a.result == COMPLY_UNDECIDED && !(a.unknown = join_unknown(r, d, at))) return edi_arena_status(&r->report->arena);
  return keep(r, a);
}

/* Refusals that no rule makes, such as of the time: nothing was asked of the rules then. */
static bool is_refused(const edict_decision *d) {
  edict_reason reason;
  for (size_t i = 0; i < edict_decision_reason_count(d); i++)
    if (edict_decision_reason(d, i, &reason) == EDICT_OK && reason.file.len == 0 && !is_name("edict.default-deny", reason.rule))
      return true;
  return false;
}

/* Rules about everything are asked of datasets: what a port carries is held to them there. */
static edict_status ask(run *r, const asked *of, edict_request *request, size_t contract, size_t index) {
  edict_requirement rule;
  edict_status status = edict_decide(of->decision, r->bench.session, request);
  if (status == EDICT_OK && is_refused(of->decision)) status = EDICT_EXPIRED;
  memset(r->looked, 0, r->rule_count * sizeof *r->looked);
  if (status == EDICT_OK) status = edict_decision_conditions(of->decision, NULL, 0, hear, r);
  for (size_t i = 0; i < r->rule_count && status == EDICT_OK; i++) {
    status = edict_contract_set_rule(r->report->set, i, &rule);
    if (status == EDICT_OK && (rule.of_ports != 0) == (contract == SIZE_MAX)) status = answer(r, of->decision, contract, index, i);
  }
  return status;
}

static edict_status open_asked(run *r, const char *product, asked *of) {
  edict_diagnostics *notes = edict_diagnostics_create(); /* of binding: about rules and not about the contract */
  *of = (asked){.product = NULL};
  edict_status status = notes ? edict_product_create(r->bench.engine, product, &of->product, notes) : EDICT_MEMORY;
  if (status == EDICT_OK) status = edict_decision_create(of->product, &of->decision);
  edict_diagnostics_destroy(&notes);
  return status;
}

static void close_asked(asked *of) {
  edict_decision_destroy(&of->decision);
  edict_product_destroy(&of->product);
}

static edict_status ask_contract(run *r, size_t index, const edict_contract_info *info) {
  asked of;
  edict_status status = open_asked(r, info->product, &of);
  for (size_t i = 0; i < info->dataset_count && status == EDICT_OK; i++) {
    edict_request request = {.size = sizeof request, .action = text("read"), .dataset = edict_product_dataset(of.product, info->datasets[i].name),
                             .now = r->options->now};
    status = ask(r, &of, &request, index, i);
    r->report->datasets++;
  }
  close_asked(&of);
  return status;
}

static edict_status ask_port(run *r, size_t index, const edict_contract_port *port) {
  asked of;
  edict_status status = open_asked(r, port->asked, &of);
  const edict_resource resource = {text("port"), port->attributes, port->attribute_count};
  edict_request request = {.size = sizeof request, .action = text("read"), .resource = &resource, .now = r->options->now};
  if (status == EDICT_OK) status = ask(r, &of, &request, SIZE_MAX, index);
  close_asked(&of);
  return status;
}

static edict_status ask_ports(run *r) {
  edict_contract_port port;
  edict_status status = EDICT_OK;
  for (size_t i = 0; status == EDICT_OK && edict_contract_set_port(r->report->set, i, &port) == EDICT_OK; i++) {
    r->failed = false;
    if (port.asked) status = ask_port(r, i, &port);
    r->report->ports_failed += r->failed;
  }
  return status;
}

/* ---- all of them ---- */

static edict_status ask_all(run *r) {
  edict_contract_info info;
  comply_report *report = r->report;
  edict_status status = EDICT_OK;
  for (size_t i = 0; i < edict_contract_set_count(report->set) && status == EDICT_OK; i++) {
    r->failed = false;
    status = edict_contract_set_at(report->set, i, &info);
    if (status == EDICT_OK && !info.product) report->refused++;
    else if (status == EDICT_OK) status = ask_contract(r, i, &info);
    report->failed += r->failed;
  }
  return status;
}

static void free_texts(edict_contract_text *texts, size_t count) {
  for (size_t i = 0; texts && i < count; i++) {
    char *text = (char *)(uintptr_t)texts[i].text;
    edict_text_free(&text);
  }
}

static edict_status read_texts(run *r, const char *const *paths, size_t count, edict_contract_text **texts) {
  edict_status status = EDICT_OK;
  *texts = EDI_NEW_ARRAY(&r->report->arena, edict_contract_text, count);
  if (!*texts) return edi_arena_status(&r->report->arena);
  for (size_t i = 0; i < count && status == EDICT_OK; i++) {
    char *text = NULL;
    status = edict_file_read(paths[i], CONTRACT_MOST, &text, &(*texts)[i].length, r->diagnostics);
    (*texts)[i].path = paths[i];
    (*texts)[i].text = text;
  }
  return status;
}

/* Errors about data products and their ports count as contracts that fail do. */
static edict_status read_products(run *r) {
  const comply_options *o = r->options;
  edict_contract_text *texts = NULL;
  size_t before = edict_diagnostics_errors(r->diagnostics);
  edict_status status = read_texts(r, o->products, o->product_count, &texts);
  if (status == EDICT_OK) status = edict_contract_set_add_products(r->report->set, texts, o->product_count, r->diagnostics);
  free_texts(texts, o->product_count);
  r->report->astray = edict_diagnostics_errors(r->diagnostics) - before;
  return status;
}

static edict_status read_set(run *r, const edict_project *project) {
  const comply_options *o = r->options;
  const edict_contract_options options = {.size = sizeof options, .lenient = o->lenient, .domain = o->domain};
  edict_status status = EDICT_OK;
  edict_contract_text *texts = NULL;
  status = read_texts(r, (const char *const *)o->paths, o->count, &texts);
  if (status == EDICT_OK)
    status = edict_contract_set_create(project, texts, o->count, &options, &r->report->set, r->diagnostics);
  free_texts(texts, o->count);
  return status;
}

/* Foreign keys are looked at under all rules. Bundles that cannot be asked show nothing of them, and that is told. */
static edict_status look_at_joins(run *r) {
  const edict_links *links = edict_contract_set_links(r->report->set);
  bench b = {.count = 0};
  if (edict_links_count(links) == 0) return EDICT_OK;
  edict_diagnostics *quiet = edict_diagnostics_create();
  edict_status status = quiet ? open_bench(r->report->set, true, &r->report->arena, &b, quiet) : EDICT_MEMORY;
  if (status == EDICT_OK) status = joins_check(links, b.engine, b.bundles[0], r->options->now, r->diagnostics);
  else if (status != EDICT_MEMORY && status != EDICT_DEFECT) {
    edict_links_tell_left(r->diagnostics);
    status = EDICT_OK;
  }
  close_bench(&b);
  edict_diagnostics_destroy(&quiet);
  return status;
}

edict_status comply_run(const edict_project *project, const comply_options *options, comply_report *report,
                        edict_diagnostics *diagnostics) {
  run r = {.report = report, .options = options, .diagnostics = diagnostics};
  *report = (comply_report){.count = 0};
  edi_arena_init(&report->arena, NULL, ARENA_REPORT);
  edict_status status = read_set(&r, project);
  if (status == EDICT_OK && options->product_count) status = read_products(&r);
  if (status != EDICT_OK) return status;
  r.rule_count = edict_contract_set_rule_count(report->set);
  r.looked = EDI_NEW_ARRAY(&report->arena, looked, r.rule_count);
  if (!r.looked) return edi_arena_status(&report->arena);
  status = open_bench(report->set, false, &report->arena, &r.bench, diagnostics);
  if (status == EDICT_OK) status = ask_all(&r);
  if (status == EDICT_OK) status = ask_ports(&r);
  close_bench(&r.bench);
  if (status == EDICT_OK) status = look_at_joins(&r);
  return status == EDICT_OK && report->refused + report->failed + report->astray + report->ports_failed > 0 ? EDICT_FINDINGS : status;
}

/* The worst of the answers of enforced rules about a contract's datasets, or with SIZE_MAX about a port. */
static comply_result worst_of(const comply_report *report, size_t contract, size_t port) {
  comply_result worst = COMPLY_MET;
  for (size_t i = 0; i < report->count; i++) {
    const comply_answer *a = &report->answers[i];
    edict_requirement rule;
    if (a->contract != contract || (contract == SIZE_MAX && a->dataset != port)) continue;
    if (edict_contract_set_rule(report->set, a->rule, &rule) != EDICT_OK || rule.shadow) continue;
    if (a->result == COMPLY_UNMET || worst == COMPLY_MET) worst = a->result;
  }
  return worst;
}

const char *comply_port_result(const comply_report *report, size_t index) {
  static const char *const names[] = {"met", "unmet", "undecided"};
  edict_contract_port port;
  edict_contract_info info;
  if (edict_contract_set_port(report->set, index, &port) != EDICT_OK) return "refused";
  comply_result own = worst_of(report, SIZE_MAX, index);
  if (!port.fits) return port.contract == SIZE_MAX ? "missing" : "another version";
  if (own != COMPLY_MET) return names[own];
  if (port.contract == SIZE_MAX) return port.input ? "elsewhere" : "missing";
  if (edict_contract_set_at(report->set, port.contract, &info) != EDICT_OK || !info.product) return "refused";
  return names[worst_of(report, port.contract, 0)];
}

void comply_report_fini(comply_report *report) {
  edict_contract_set_destroy(&report->set);
  edi_arena_fini(&report->arena);
  *report = (comply_report){.count = 0};
}
