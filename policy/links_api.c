/* Links: the C API over the foreign keys of contracts; see edict/contracts.h. */
#include "edict/contracts.h"
#include "policy/contract_links.h"
#include "policy/project_handle.h"

const edict_links *edict_project_links(const edict_project *project) { return &project->build.links; }

size_t edict_links_count(const edict_links *links) { return links->count; }

static edict_text text(edi_str s) { return (edict_text){s.ptr, s.len}; }

edict_status edict_links_at(const edict_links *links, size_t index, int64_t now, edict_link *out) {
  if (index >= links->count) return EDICT_ARGUMENT;
  const edi_contract_link *l = &links->items[index];
  const edi_dataset_facts *from = &l->from->datasets[l->at.dataset], *to = &l->to->datasets[l->at.to_dataset];
  *out = (edict_link){.product = text(l->from->name), .dataset = text(from->name), .column = text(from->columns[l->at.column].name),
                      .to_product = text(l->to->name), .to_dataset = text(to->name), .to_column = text(to->columns[l->at.to_column].name),
                      .now = now >= links->begins && now < links->ends ? now : links->begins};
  return EDICT_OK;
}

void edict_links_tell(const edict_links *links, size_t index, const char *of, const char *of_other, const char *why, const char *requests,
                      edict_diagnostics *diagnostics) {
  if (index >= links->count) return;
  const edi_contract_link *l = &links->items[index];
  const edi_dataset_facts *from = &l->from->datasets[l->at.dataset], *to = &l->to->datasets[l->at.to_dataset];
  bool apart = l->from != l->to;
  edi_finding *f = edi_diagnostics_add(diagnostics, EDI_W0347, l->at.span, "joined here",
                                       "for a reader `%.*s.%.*s` and `%.*s.%.*s`%s%.*s have no value in common", EDI_STR_ARG(from->name),
                                       EDI_STR_ARG(from->columns[l->at.column].name), EDI_STR_ARG(to->name),
                                       EDI_STR_ARG(to->columns[l->at.to_column].name), apart ? " of " : "", (int)(apart ? l->to->name.len : 0),
                                       l->to->name.ptr);
  if (apart) edi_finding_label(f, to->columns[l->at.to_column].span, "to this one");
  edi_finding_note(f, "%s", of);
  edi_finding_note(f, "%s", of_other);
  edi_finding_why(f, "%s", why);
  edi_finding_example(f, "requests of one reader", edi_str_from(requests));
}

void edict_links_tell_left(edict_diagnostics *diagnostics) {
  edi_diagnostics_add(diagnostics, EDI_N0316, EDI_SPAN_NONE, "", "there are very many readers, and not for all of them was it looked at whether columns joined by contract have values in common");
}
