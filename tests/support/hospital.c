/* Hospital: see the header. All is seeded by the number of departments. */
#include "support/hospital.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/build.h"

const char *const hospital_roles[HOSPITAL_ROLES] = {"doctor", "nurse", "surgeon", "clerk", "pharmacist", "technician", "therapist", "auditor", "director"};
const char *const hospital_actions[HOSPITAL_ACTIONS] = {"view", "update", "create", "archive", "order", "sign", "release", "transfer", "admit", "discharge", "bill", "annotate"};
const char *const hospital_kinds[HOSPITAL_KINDS] = {"chart", "lab", "image", "prescription", "invoice", "schedule", "consent-form", "referral", "memo", "device-log"};

static const char vocabulary[] =
    "module federal.vocabulary\n"
    "taxonomy action { view update create archive order sign release transfer admit discharge bill annotate }\n"
    "taxonomy role { doctor nurse surgeon clerk pharmacist technician therapist auditor director }\n"
    "taxonomy sort { chart lab image prescription invoice schedule consent-form referral memo device-log }\n"
    "taxonomy domain { ward }\ntaxonomy purpose { care }\n"
    "levels classification { public < internal }\n"
    "attributes subject { units: set<string> clearance?: int }\n"
    "attributes context { emergency?: bool = false }\n"
    "resource record { unit: string sort: sort sensitivity?: int }\n"
    "issuer host\n  subject.roles from \"roles\"\n  subject.units from \"units\"\n  subject.clearance from \"clearance\"\n";
static const char federal_yaml[] =
    "edict: 1\nname: eu.example\nlayer: federal\nversion: 1\ncreated: 2026-01-01T00:00:00Z\nexpires: 2030-01-01T00:00:00Z\nrules: [ \"*.edict\" ]\n";
static const char domain_yaml[] =
    "edict: 1\nname: eu.example/ward\nlayer: domain\ndomain: ward\nversion: 1\ncreated: 2026-01-01T00:00:00Z\nexpires: 2030-01-01T00:00:00Z\n"
    "parent: { bundle: f.edb, least: 1 }\ncontracts: [ \"c.yaml\" ]\n";
static const char contract[] =
    "apiVersion: v3.1.0\nkind: DataContract\nid: 1\nversion: 1.0.0\nstatus: active\ndomain: ward\ndataProduct: records\n"
    "schema:\n  - name: log\n    properties:\n      - { name: line, logicalType: string }\n";

/* ---- the rules ---- */

static void permit(random_source *r, unsigned unit, unsigned number, edi_buf *into) {
  edi_buf_format(into, "rule u%u-p%u\n  permit %s", unit, number, hospital_actions[random_below(r, 5) < 2 ? 0 : random_below(r, HOSPITAL_ACTIONS)]);
  for (uint64_t more = random_below(r, 2) ? random_below(r, 3) : 0; more > 0; more--)
    edi_buf_format(into, ", %s", hospital_actions[1 + (number + more) % (HOSPITAL_ACTIONS - 1)]);
  uint64_t sort = random_below(r, HOSPITAL_KINDS);
  edi_buf_format(into, "\n  on record\n  when record.unit == \"unit-%u\" and subject.units has \"unit-%u\" and subject.roles has %s and record.sort in [%s, %s]\n"
                       "  because \"Ward order %u\"\n\n", unit, unit, hospital_roles[random_below(r, HOSPITAL_ROLES)], hospital_kinds[sort], hospital_kinds[(sort + 1 + random_below(r, HOSPITAL_KINDS - 1)) % HOSPITAL_KINDS], number);
}

static void write_rules(unsigned units, edi_buf *into) {
  random_source r = {units};
  edi_buf_text(into, "module federal.hospital\n\n");
  for (unsigned u = 0; u < units; u++) {
    for (unsigned p = 0; p < 32; p++) permit(&r, u, p, into);
    edi_buf_format(into, "rule u%u-sensitive\n  forbid view, update, create, archive, order, sign, release, transfer, admit, discharge, bill, annotate\n"
                         "  on record\n  when record.unit == \"unit-%u\" and record.sensitivity > subject.clearance\n  because \"Ward order 99\"\n\n", u, u);
  }
  for (unsigned e = 0; e < 5; e++)
    edi_buf_format(into, "rule emergency-%u\n  permit %s\n  on record\n  when context.emergency and subject.roles has %s\n  because \"Emergency order\"\n\n",
                   e, hospital_actions[e], hospital_roles[e]);
}

/* ---- the bundles ---- */

void hospital_must(bool ok, const char *what, edict_diagnostics *d) {
  char *text = NULL;
  size_t length;
  if (ok) return;
  if (edict_diagnostics_render(d, EDICT_RENDERING_TEXT, &text, &length) == EDICT_OK) fprintf(stderr, "%.2000s\n", text);
  fprintf(stderr, "%s\n", what);
  abort();
}

static void build(hospital *h, const edi_project_text *files, size_t count, edi_str parent, edi_buf *bundle) {
  edict_diagnostics *d = edict_diagnostics_create();
  edi_project *project;
  edi_build out;
  hospital_must(edi_project_from_memory(&h->arena, files, count, &project, d) == EDICT_OK && edi_build_check(&h->arena, project, parent, &out, d) == EDICT_OK &&
           edi_build_bundle(&out, bundle, d) == EDICT_OK, "the hospital is not built", d);
  edict_diagnostics_destroy(&d);
}

/* A rule file has a ceiling, so the rules go in several. */
void hospital_build(hospital *h, unsigned units) {
  static char names[64][24];
  edi_buf text, parts[64];
  edi_project_text files[66] = {{"edict.yaml", edi_str_from(federal_yaml)}, {"vocabulary.edict", edi_str_from(vocabulary)}};
  size_t count = 2, at = 0;
  edi_arena_init(&h->arena, NULL, (size_t)1 << 33);
  edi_buf_init(&text, NULL, (size_t)1 << 28);
  for (int i = 0; i < 2; i++) edi_buf_init(&h->bundles[i], NULL, (size_t)1 << 28);
  write_rules(units, &text);
  size_t head = strlen("module federal.hospital\n\n");
  for (at = head; at < text.len && count < 66; count++) {
    size_t end = at + (3u << 20);
    if (end >= text.len) end = text.len;
    else while (memcmp(text.ptr + end, "\n\nrule ", 7) != 0) end--;
    if (end < text.len) end += 2;
    edi_buf *part = &parts[count - 2];
    edi_buf_init(part, NULL, (size_t)1 << 23);
    edi_buf_append(part, text.ptr, head);
    edi_buf_append(part, text.ptr + at, end - at);
    snprintf(names[count - 2], sizeof names[0], "rules-%02zu.edict", count);
    files[count] = (edi_project_text){names[count - 2], {part->ptr, part->len}};
    at = end;
  }
  h->rules = 33 * (size_t)units + 5;
  build(h, files, count, (edi_str){0}, &h->bundles[0]);
  edi_project_text domain[] = {{"edict.yaml", edi_str_from(domain_yaml)}, {"c.yaml", edi_str_from(contract)}};
  build(h, domain, 2, (edi_str){h->bundles[0].ptr, h->bundles[0].len}, &h->bundles[1]);
  while (count-- > 2) edi_buf_fini(&parts[count - 2]);
  edi_buf_fini(&text);
}

void hospital_fini(hospital *h) {
  for (int i = 0; i < 2; i++) edi_buf_fini(&h->bundles[i]);
  edi_arena_fini(&h->arena);
}
