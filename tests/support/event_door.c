/* Event door: see the header. */
#include "support/event_door.h"

#include <stdio.h>
#include <stdlib.h>

#include "enforce/cell_forms.h"
#include "identity/strictjson.h"

static const char rules[] =
    "rule readers\n permit read\n on dataset named \"people\"\n when subject.roles has analyst\n because \"x\"\n"
    "rule names\n mask column tagged pii.name\n with show-first(2)\n because \"x\"\n"
    "rule mails\n mask column tagged pii.email\n with pseudonym(wide)\n because \"x\"\n"
    "rule phones\n mask column tagged pii.phone\n with show-last(2)\n because \"x\"\n"
    "rule days\n mask column tagged time.day\n with date-trunc(month)\n because \"x\"\n"
    "rule amounts\n mask column tagged num.amount\n with round(100, mode: floor)\n because \"x\"\n"
    "rule counts\n mask column tagged num.count\n with drop\n because \"x\"\n"
    "rule persons\n mask column tagged person.id\n with null\n because \"x\"\n"
    "rule countries\n show only rows\n on dataset named \"people\"\n where row[geo.country] in subject.regions\n because \"x\"\n";

static const char contract[] = MESH_CONTRACT(
    "  - name: people\n    properties:\n"
    "      - { name: id, logicalType: integer, required: true, tags: [ person.id ] }\n"
    "      - { name: country, logicalType: string, tags: [ geo.country ] }\n"
    "      - { name: note, logicalType: string, tags: [ plain ] }\n"
    "      - { name: mail, physicalName: e_mail, logicalType: string, tags: [ pii.email ] }\n"
    "      - { name: day, logicalType: date, tags: [ time.day ] }\n"
    "      - { name: amount, logicalType: number, tags: [ num.amount ] }\n"
    "      - { name: size, logicalType: number, tags: [ plain ] }\n"
    "      - { name: count, logicalType: integer, tags: [ num.count ] }\n"
    "      - { name: ok, logicalType: boolean, tags: [ plain ] }\n"
    "      - { name: secret, logicalType: string }\n"
    "      - { name: blob, logicalType: object, tags: [ plain ] }\n"
    "      - { name: real, logicalType: number, logicalTypeOptions: { format: f64 }, tags: [ plain ] }\n"
    "      - { name: bytes, logicalType: string, logicalTypeOptions: { format: binary }, tags: [ plain ] }\n"
    "      - { name: at, logicalType: time, tags: [ plain ] }\n"
    "      - name: address\n        logicalType: object\n        properties:\n"
    "          - { name: city, logicalType: string, tags: [ plain ] }\n"
    "          - { name: street, physicalName: s, logicalType: string, required: true, tags: [ pii.name ] }\n"
    "          - { name: hidden, logicalType: string }\n"
    "          - { name: gone, logicalType: integer, tags: [ num.count ] }\n"
    "          - name: geo\n            logicalType: object\n            tags: [ plain ]\n            properties:\n"
    "              - { name: lat, logicalType: number }\n"
    "              - { name: lon, logicalType: number, tags: [ num.amount ] }\n"
    "      - name: phones\n        logicalType: array\n        tags: [ pii.phone ]\n        items: { logicalType: string }\n"
    "      - name: lines\n        logicalType: array\n        items:\n          logicalType: object\n          properties:\n"
    "            - { name: sku, logicalType: string, tags: [ plain ] }\n"
    "            - { name: for, logicalType: string, tags: [ pii.email ] }\n"
    "            - { name: steps, logicalType: array, items: { logicalType: integer, tags: [ plain ] } }\n"
    "      - name: labels\n        logicalType: map\n        map:\n"
    "          key: { logicalType: string, tags: [ plain ] }\n          value: { logicalType: string, tags: [ pii.name ] }\n"
    "      - name: friends\n        logicalType: map\n        map:\n"
    "          key: { logicalType: string, tags: [ pii.email ] }\n          value: { logicalType: integer, tags: [ plain ] }\n"
    "      - name: keyless\n        logicalType: map\n        map:\n"
    "          key: { logicalType: string, tags: [ pii.name ] }\n          value: { logicalType: integer, tags: [ plain ] }\n"
    "      - name: shut\n        logicalType: array\n        items: { logicalType: object, properties: [ { name: a, logicalType: string } ] }\n");

static const edict_named_key keys[] = {{{"federal.vocabulary.wide", 23}, {"event", 5}}};

mesh *event_door_mesh(void) {
  static mesh m;
  static bool made;
  const edict_engine_options options = {.size = sizeof options, .now = INT64_MIN, .development = 1, .keys = keys, .key_count = 1};
  if (made) return &m;
  mesh_sales(&m, rules, contract, &options);
  mesh_subject(&m, "roles analyst; regions de fr");
  made = true;
  return &m;
}

void event_door_decide(mesh *m) {
  if (mesh_ask(m, "read", "people", "*", "", "2026-11-20T10:00:00Z") != EDICT_OK || edict_decision_effect(m->decision) != EDICT_PERMIT) abort();
}

/* Texts that only what is hidden holds begin so; a mutation may call it something else. */
static void must_hide(const char *out, size_t length) {
  if (edi_str_contains((edi_str){out, length}, EDI_STR("HIDDEN-"))) abort();
}

edict_status event_door(const char *name, const char *bytes, size_t length, edict_diagnostics *findings) {
  static edict_events *events;
  mesh *m = event_door_mesh();
  (void)findings;
  event_door_decide(m);
  if (!events && edict_events_create(m->decision, NULL, &events) != EDICT_OK) abort();
  edict_row row = EDICT_ROW_SHOWN;
  edict_text out = {"x", 1};
  const char *why = NULL;
  edict_status status = edict_events_apply(events, bytes, length, &row, &out, &why);
  if (status != EDICT_OK && (row != EDICT_ROW_HIDDEN || out.len || !why)) abort();
  if ((row == EDICT_ROW_SHOWN) != (out.len > 0)) abort();
  if (row != EDICT_ROW_SHOWN) return status;
  if (*name) must_hide(out.ptr, out.len);
  edi_arena arena;
  const edi_json *object;
  edi_arena_init(&arena, NULL, (size_t)64 << 20);
  if (edi_strictjson_parse_data((edi_str){out.ptr, out.len}, 64, &arena, &object, &why) != EDICT_OK) abort();
  static const char *const never[] = {"count", "e_mail", "undeclared"};
  for (size_t i = 0; i < sizeof never / sizeof *never; i++)
    if (edi_strictjson_member(object, edi_str_from(never[i]))) abort();
  static const char *const closed[] = {"secret", "keyless", "shut"};
  for (size_t i = 0; i < sizeof closed / sizeof *closed; i++) {
    const edi_json *member = edi_strictjson_member(object, edi_str_from(closed[i]));
    if (!member || member->kind != EDI_JSON_NULL) abort();
  }
  edi_arena_fini(&arena);
  return status;
}
