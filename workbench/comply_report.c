/* Comply report: the answers as a summary for people, JSON lines and JUnit. One function a form; the findings with
 * their places are the diagnostics' own, and what is written here has the places too. */
#include "base/diagnostic.h"
#include "workbench/comply.h"
#include "workbench/markup.h"

typedef struct form {
  const comply_report *report;
  edict_diagnostics *diagnostics;
  const char *project;
  edi_buf *into;
} form;

static const char *const results[] = {"met", "unmet", "undecided"};

static edi_str str(const char *s) { return edi_str_from(s); }

static const char *count_of(size_t count, const char *one, const char *many) { return count == 1 ? one : many; }

/* ---- text ---- */

static void write_ports(const form *f) {
  edict_contract_port port;
  for (size_t i = 0; edict_contract_set_port(f->report->set, i, &port) == EDICT_OK; i++) {
    edict_contract_info info = {.path = NULL};
    if (port.contract != SIZE_MAX) (void)edict_contract_set_at(f->report->set, port.contract, &info);
    edi_buf_format(f->into, "%s port %s of %s", port.input ? "input" : "output", port.name, port.product);
    if (info.path) edi_buf_format(f->into, ", %s, %zu %s", info.path, info.dataset_count, count_of(info.dataset_count, "dataset", "datasets"));
    edi_buf_format(f->into, ": %s\n", comply_port_result(f->report, i));
  }
}

static void write_text(const form *f) {
  const comply_report *r = f->report;
  size_t contracts = edict_contract_set_count(r->set), rules = edict_contract_set_rule_count(r->set);
  edi_buf_format(f->into, "%zu %s, %zu %s, %zu %s\n", contracts, count_of(contracts, "contract", "contracts"), r->datasets,
                 count_of(r->datasets, "dataset", "datasets"), rules, count_of(rules, "requirement", "requirements"));
  edi_buf_format(f->into, "%zu met, %zu not met, %zu undecided", r->met, r->unmet, r->undecided);
  if (r->shadow) edi_buf_format(f->into, ", %zu not met in shadow", r->shadow);
  edi_buf_format(f->into, "\n%zu of %zu %s %s", contracts - r->failed - r->refused, contracts, count_of(contracts, "contract", "contracts"),
                 contracts == 1 || contracts - r->failed - r->refused == 1 ? "complies" : "comply");
  if (r->refused) edi_buf_format(f->into, ", %zu could not be read", r->refused);
  edi_buf_char(f->into, '\n');
  write_ports(f);
}

/* ---- JSON lines ---- */

static void member(edi_buf *into, const char *name, const char *value) {
  edi_buf_format(into, "\"%s\": ", name);
  if (value) edi_json_string(into, str(value));
  else edi_buf_text(into, "null");
  edi_buf_text(into, ", ");
}

static void place(edi_buf *into, const char *path, uint32_t line, uint32_t column) {
  member(into, "file", path);
  edi_buf_format(into, "\"line\": %u, \"column\": %u, ", line, column);
}

static void json_unknown(edi_buf *into, const char *names) {
  edi_buf_text(into, "\"unknown\": [");
  for (const char *at = names; at && *at;) {
    const char *end = strstr(at, ", ");
    size_t length = end ? (size_t)(end - at) : strlen(at);
    edi_json_string(into, (edi_str){at, length});
    if (end) edi_buf_text(into, ", ");
    at = end ? end + 2 : NULL;
  }
  edi_buf_text(into, "]");
}

static const char *given(const char *text) { return *text ? text : NULL; }

static void json_rule(edi_buf *into, const edict_requirement *rule, const comply_answer *a) {
  member(into, "rule", rule->rule);
  member(into, "result", results[a->result]);
  edi_buf_format(into, "\"shadow\": %s, ", rule->shadow ? "true" : "false");
  member(into, "because", given(rule->because));
  member(into, "see", given(rule->see));
  json_unknown(into, a->unknown);
}

static void json_answer(const form *f, const edict_contract_info *info, const comply_answer *a) {
  edict_requirement rule;
  if (edict_contract_set_rule(f->report->set, a->rule, &rule) != EDICT_OK) return;
  const edict_contract_dataset *d = &info->datasets[a->dataset];
  edi_buf_char(f->into, '{');
  place(f->into, info->path, d->line, d->column);
  member(f->into, "product", info->product);
  member(f->into, "dataset", d->name);
  json_rule(f->into, &rule, a);
  edi_buf_text(f->into, "}\n");
}

static void json_refused(const form *f, const edict_contract_info *info) {
  edi_buf_char(f->into, '{');
  place(f->into, info->path, info->line, info->column);
  member(f->into, "product", NULL);
  member(f->into, "dataset", NULL);
  member(f->into, "rule", NULL);
  member(f->into, "result", "refused");
  edi_buf_text(f->into, "\"shadow\": false, ");
  member(f->into, "because", edict_diagnostics_message(f->diagnostics, info->finding));
  member(f->into, "see", NULL);
  json_unknown(f->into, NULL);
  edi_buf_text(f->into, "}\n");
}

/* What rules say of a port itself. */
static void json_port_rules(const form *f, size_t port) {
  bool any = false;
  for (size_t i = 0; i < f->report->count; i++) {
    const comply_answer *a = &f->report->answers[i];
    edict_requirement rule;
    if (a->contract != SIZE_MAX || a->dataset != port || edict_contract_set_rule(f->report->set, a->rule, &rule) != EDICT_OK) continue;
    edi_buf_text(f->into, any ? ", {" : "{");
    any = true;
    json_rule(f->into, &rule, a);
    edi_buf_char(f->into, '}');
  }
}

static void json_ports(const form *f) {
  edict_contract_port port;
  for (size_t i = 0; edict_contract_set_port(f->report->set, i, &port) == EDICT_OK; i++) {
    edict_contract_info info = {.path = NULL};
    if (port.contract != SIZE_MAX) (void)edict_contract_set_at(f->report->set, port.contract, &info);
    edi_buf_char(f->into, '{');
    place(f->into, port.path, port.line, port.column);
    member(f->into, "product", port.product);
    member(f->into, "port", port.name);
    member(f->into, "direction", port.input ? "input" : "output");
    member(f->into, "version", given(port.version));
    member(f->into, "contract", info.path);
    edi_buf_text(f->into, "\"datasets\": [");
    for (size_t k = 0; k < info.dataset_count; k++) {
      if (k) edi_buf_text(f->into, ", ");
      edi_json_string(f->into, str(info.datasets[k].name));
    }
    edi_buf_text(f->into, "], \"result\": ");
    edi_json_string(f->into, str(comply_port_result(f->report, i)));
    edi_buf_text(f->into, ", \"rules\": [");
    json_port_rules(f, i);
    edi_buf_text(f->into, "]}\n");
  }
}

static void write_json(const form *f) {
  const comply_report *r = f->report;
  edict_contract_info info;
  size_t contracts = edict_contract_set_count(r->set);
  for (size_t i = 0, at = 0; i < contracts; i++) {
    if (edict_contract_set_at(r->set, i, &info) != EDICT_OK) continue;
    if (!info.product) json_refused(f, &info);
    for (; at < r->count && r->answers[at].contract == i; at++) json_answer(f, &info, &r->answers[at]);
  }
  json_ports(f);
  edi_buf_format(f->into,
                 "{\"contracts\": %zu, \"datasets\": %zu, \"requirements\": %zu, \"met\": %zu, \"unmet\": %zu, \"undecided\": %zu, "
                 "\"shadow\": %zu, \"refused\": %zu, \"comply\": %zu}\n",
                 contracts, r->datasets, edict_contract_set_rule_count(r->set), r->met, r->unmet, r->undecided, r->shadow, r->refused,
                 contracts - r->failed - r->refused);
}

/* ---- JUnit ---- */

static bool fails(const form *f, const comply_answer *a) {
  edict_requirement rule;
  return a->result != COMPLY_MET && edict_contract_set_rule(f->report->set, a->rule, &rule) == EDICT_OK && !rule.shadow;
}

static void open_case(const form *f, const char *name, const char *of) {
  edi_buf_text(f->into, "    <testcase");
  markup_attribute(f->into, "name", str(name));
  markup_attribute(f->into, "classname", str(of));
}

static void junit_failure(const form *f, const edict_contract_info *info, uint32_t line, uint32_t column, const char *type,
                          const char *what, const char *more) {
  edi_buf_text(f->into, ">\n      <failure");
  markup_attribute(f->into, "message", str(what));
  markup_attribute(f->into, "type", str(type));
  edi_buf_char(f->into, '>');
  markup_text(f->into, str(info->path), false);
  edi_buf_format(f->into, ":%u:%u: ", line, column);
  markup_text(f->into, str(what), true);
  if (more && *more) {
    edi_buf_text(f->into, "\n");
    markup_text(f->into, str(more), true);
  }
  edi_buf_text(f->into, "</failure>\n    </testcase>\n");
}

/* What an answer is about. */
typedef struct about {
  edict_contract_info at; /* the path alone of a port */
  const char *what, *name, *product;
  uint32_t line, column;
} about;

static about about_dataset(const edict_contract_info *info, const comply_answer *a) {
  const edict_contract_dataset *d = &info->datasets[a->dataset];
  return (about){*info, "dataset", d->name, info->product, d->line, d->column};
}

static about about_port(const edict_contract_port *p) {
  return (about){{.path = p->path}, p->input ? "input port" : "output port", p->name, p->product, p->line, p->column};
}

static void junit_answer(const form *f, const about *of, const comply_answer *a) {
  edict_requirement rule;
  char what[4096];
  if (edict_contract_set_rule(f->report->set, a->rule, &rule) != EDICT_OK) return;
  edi_buf name = edi_buf_fixed(what, sizeof what);
  edi_buf_format(&name, "%s.%s", of->product, of->name);
  edi_buf_char(&name, '\0');
  open_case(f, rule.rule, name.failed == EDICT_OK ? what : of->name);
  if (!fails(f, a)) {
    edi_buf_text(f->into, a->result == COMPLY_MET ? "/>\n" : "><skipped message=\"in shadow\"/></testcase>\n");
    return;
  }
  edi_buf said = edi_buf_fixed(what, sizeof what);
  if (a->result == COMPLY_UNMET) edi_buf_format(&said, "%s `%s` does not meet %s", of->what, of->name, rule.rule);
  else edi_buf_format(&said, "whether %s `%s` meets %s cannot be decided%s%s", of->what, of->name, rule.rule, *a->unknown ? "; unknown: " : "", a->unknown);
  edi_buf_char(&said, '\0');
  junit_failure(f, &of->at, of->line, of->column, results[a->result], said.failed == EDICT_OK ? what : of->name, rule.because);
}

static void junit_refused(const form *f, const edict_contract_info *info) {
  const char *message = edict_diagnostics_message(f->diagnostics, info->finding);
  open_case(f, "the contract is read", info->path);
  junit_failure(f, info, info->line, info->column, "refused", message ? message : "the contract could not be read", NULL);
}

/* What is no failure of a case: warnings, and what else is wrong with a contract that could not be read. */
static bool is_aside(const form *f, const edict_contract_info *info, size_t finding) {
  edict_severity severity = edi_code_severity(edi_diagnostics_code_at(f->diagnostics, finding));
  return severity == EDICT_SEVERITY_WARNING || (severity == EDICT_SEVERITY_ERROR && !info->product && finding != info->finding);
}

static void junit_aside(const form *f, const edict_contract_info *info) {
  bool any = false;
  for (size_t i = 0; i < edict_diagnostics_count(f->diagnostics); i++) {
    uint32_t line = 0, column = 0;
    bool here = edi_str_equal(edi_diagnostics_place(f->diagnostics, i, &line, &column), str(info->path));
    if (!here || !is_aside(f, info, i)) continue;
    if (!any) edi_buf_text(f->into, "    <system-err>");
    else edi_buf_char(f->into, '\n');
    any = true;
    markup_text(f->into, str(info->path), false);
    edi_buf_format(f->into, ":%u:%u: %s: ", line, column, edict_diagnostics_code(f->diagnostics, i));
    markup_text(f->into, str(edict_diagnostics_message(f->diagnostics, i)), true);
  }
  if (any) edi_buf_text(f->into, "</system-err>\n");
}

static void junit_contract(const form *f, const edict_contract_info *info, size_t from, size_t past) {
  size_t failures = !info->product, skipped = 0;
  for (size_t k = from; k < past; k++) {
    failures += fails(f, &f->report->answers[k]);
    skipped += f->report->answers[k].result != COMPLY_MET && !fails(f, &f->report->answers[k]);
  }
  edi_buf_text(f->into, "  <testsuite");
  markup_attribute(f->into, "name", str(info->path));
  markup_attribute(f->into, "file", str(info->path));
  edi_buf_format(f->into, " tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\">\n", past - from + !info->product, failures, skipped);
  if (!info->product) junit_refused(f, info);
  for (size_t k = from; k < past; k++) {
    const about of = about_dataset(info, &f->report->answers[k]);
    junit_answer(f, &of, &f->report->answers[k]);
  }
  junit_aside(f, info);
  edi_buf_text(f->into, "  </testsuite>\n");
}

static size_t ports_astray(const form *f) {
  edict_contract_port port;
  size_t count = 0;
  for (size_t i = 0; edict_contract_set_port(f->report->set, i, &port) == EDICT_OK; i++) count += !port.fits;
  return count;
}

static void junit_port(const form *f, size_t number, const edict_contract_port *port) {
  const about of = about_port(port);
  open_case(f, of.what, port->name);
  if (port->fits) edi_buf_text(f->into, "/>\n");
  else junit_failure(f, &of.at, port->line, port->column, "port", comply_port_result(f->report, number), NULL);
  for (size_t i = 0; i < f->report->count; i++)
    if (f->report->answers[i].contract == SIZE_MAX && f->report->answers[i].dataset == number) junit_answer(f, &of, &f->report->answers[i]);
}

/* A suite for the ports of all data products: a case for each, and one for each rule about it. */
static void junit_ports(const form *f) {
  edict_contract_port port;
  size_t count = edict_contract_set_port_count(f->report->set), failures = ports_astray(f), skipped = 0, answers = 0;
  if (count == 0) return;
  for (size_t i = 0; i < f->report->count; i++) {
    const comply_answer *a = &f->report->answers[i];
    if (a->contract != SIZE_MAX) continue;
    answers++;
    failures += fails(f, a);
    skipped += a->result != COMPLY_MET && !fails(f, a);
  }
  edi_buf_format(f->into, "  <testsuite name=\"ports\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\">\n", count + answers, failures, skipped);
  for (size_t i = 0; edict_contract_set_port(f->report->set, i, &port) == EDICT_OK; i++) junit_port(f, i, &port);
  edi_buf_text(f->into, "  </testsuite>\n");
}

static void write_junit(const form *f) {
  const comply_report *r = f->report;
  edict_contract_info info;
  edi_buf_text(f->into, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
  markup_attribute(f->into, "name", str(f->project));
  edi_buf_format(f->into, " tests=\"%zu\" failures=\"%zu\" errors=\"0\">\n", r->count + r->refused + edict_contract_set_port_count(r->set),
                 r->unmet + r->undecided + r->refused + ports_astray(f));
  for (size_t i = 0, at = 0; i < edict_contract_set_count(r->set); i++) {
    size_t from = at;
    while (at < r->count && r->answers[at].contract == i) at++;
    if (edict_contract_set_at(r->set, i, &info) == EDICT_OK) junit_contract(f, &info, from, at);
  }
  junit_ports(f);
  edi_buf_text(f->into, "</testsuites>\n");
}

/* ---- the whole ---- */

edict_status comply_render(const char *format, const char *project, const comply_report *report,
                           edict_diagnostics *diagnostics, char **text, size_t *length) {
  static const struct {
    const char *name;
    void (*write)(const form *f);
  } writers[] = {{"text", write_text}, {"json", write_json}, {"junit", write_junit}};
  *text = NULL;
  for (size_t i = 0; i < sizeof writers / sizeof *writers; i++) {
    edi_buf buf;
    if (strcmp(writers[i].name, format) != 0) continue;
    edi_buf_init(&buf, NULL, (size_t)1 << 30);
    const form f = {report, diagnostics, project, &buf};
    writers[i].write(&f);
    *length = buf.len;
    return edi_buf_give(&buf, text);
  }
  return EDICT_ARGUMENT;
}
