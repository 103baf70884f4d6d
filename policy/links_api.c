/* Links: the C API over the foreign keys of a project's contracts; see edict/contracts.h. */
#include "edict/contracts.h"
#include "policy/contract.h"
#include "policy/project_handle.h"
#include "policy/project_model.h"
#include "policy/symbols.h"

/* The link of that number, and the contract that it is in. */
static const edi_link_facts *link_at(const edict_project *project, size_t index, const edi_contract_facts **of) {
  const edi_model *m = project->build.model;
  for (size_t i = 0; i < m->contract_count; i++) {
    *of = &m->contracts[i];
    if (index < (*of)->link_count) return &(*of)->links[index];
    index -= (*of)->link_count;
  }
  return NULL;
}

size_t edict_project_link_count(const edict_project *project) {
  const edi_model *m = project->build.model;
  size_t count = 0;
  for (size_t i = 0; i < m->contract_count; i++) count += m->contracts[i].link_count;
  return count;
}

static edict_text text(edi_str s) { return (edict_text){s.ptr, s.len}; }

edict_status edict_project_link(const edict_project *project, size_t index, int64_t now, edict_link *out) {
  const edi_project_release *life = &project->build.project->release;
  const edi_contract_facts *c;
  const edi_link_facts *l = link_at(project, index, &c);
  if (!l) return EDICT_ARGUMENT;
  const edi_dataset_facts *from = &c->datasets[l->dataset], *to = &c->datasets[l->to_dataset];
  *out = (edict_link){.product = text(c->name), .dataset = text(from->name), .column = text(from->columns[l->column].name),
                      .to_dataset = text(to->name), .to_column = text(to->columns[l->to_column].name),
                      .now = now >= life->not_before && now < life->expires ? now : life->not_before};
  return EDICT_OK;
}

void edict_project_tell_link(const edict_project *project, size_t index, const char *of, const char *of_other, const char *why,
                             const char *requests, edict_diagnostics *diagnostics) {
  const edi_contract_facts *c;
  const edi_link_facts *l = link_at(project, index, &c);
  if (!l) return;
  const edi_dataset_facts *from = &c->datasets[l->dataset], *to = &c->datasets[l->to_dataset];
  edi_finding *f = edi_diagnostics_add(diagnostics, EDI_W0347, l->span, "joined here", "for a reader `%.*s.%.*s` and `%.*s.%.*s` have no value in common",
                                       EDI_STR_ARG(from->name), EDI_STR_ARG(from->columns[l->column].name), EDI_STR_ARG(to->name),
                                       EDI_STR_ARG(to->columns[l->to_column].name));
  edi_finding_note(f, "%s", of);
  edi_finding_note(f, "%s", of_other);
  edi_finding_why(f, "%s", why);
  edi_finding_example(f, "requests of one reader", edi_str_from(requests));
}

void edict_project_tell_links_left(const edict_project *project, edict_diagnostics *diagnostics) {
  (void)project;
  edi_diagnostics_add(diagnostics, EDI_N0316, EDI_SPAN_NONE, "", "there are very many readers, and not for all of them was it looked at whether columns joined by contract have values in common");
}
