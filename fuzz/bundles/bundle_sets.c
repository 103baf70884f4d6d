/* Bundle sets: see the header. */
#include "bundle_sets.h"

#include <stdio.h>
#include <stdlib.h>

#include "support/demo.h"
#include "support/random_world.h"
#include "support/sample_bundle.h"

enum { KEY_OF_FEDERATION = 901, KEY_OF_DOMAIN };

static const char federal_yaml[] =
    "edict: 1\nname: eu.example\nlayer: federal\nversion: 7\ncreated: 2026-01-01T00:00:00Z\nexpires: 2030-01-01T00:00:00Z\n"
    "rules: [ \"*.edict\" ]\nkeys: [ k.json ]\ntables:\n"
    "  federal.vocabulary.holds: { file: holds.csv, version: 1, created: 2026-01-01T00:00:00Z, expires: 2030-01-01T00:00:00Z }\n"
    "  federal.vocabulary.consent: { file: consent.csv, version: 1, created: 2026-01-01T00:00:00Z, expires: 2030-01-01T00:00:00Z }\n";
static const char domain_yaml[] =
    "edict: 1\nname: eu.example/sales\nlayer: domain\ndomain: sales\nversion: 1\ncreated: 2026-01-01T00:00:00Z\n"
    "expires: 2030-01-01T00:00:00Z\nparent: { bundle: f.edb, least: 7 }\nrules: [ \"*.edict\" ]\ncontracts: [ \"c*.yaml\" ]\n";
static const char keys_json[] =
    "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"w-1\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]}";
static const char holds_csv[] = "person\nc-1\nc-2\nsomebody-with-a-long-name\n";
static const char consent_csv[] =
    "person,purpose,given,note\nc-1,support,2026-01-01T00:00:00Z,by phone\nc-1,marketing,,\nc-2,service,2025-01-01T00:00:00Z,a note that is longer\n";

/* Everything that random rules have not: tables, patterns, addresses, keyed and other masks, groups. */
static const char table_rules[] =
    "module federal.rules\n"
    "issuer works \"https://works.example\"\n  audience \"mesh\"\n  keys \"k.json\"\n  algorithms EdDSA\n"
    "  subject.roles from \"realm.roles\" within staff \"boss\" as dpo ignore others\n  subject.purposes from \"purposes\"\n"
    "rule reads\n  permit read\n  on dataset classified <= confidential\n"
    "  when subject.roles has staff or context.client in cidr(\"10.0.0.0/8\")\n  because \"x\"\n"
    "rule exports\n  permit export\n  on dataset named \"o*\"\n  when subject.name matches /[a-z]+[0-9]*/ and subject.address in cidr(\"2001:db8::/32\")\n"
    "  because \"x\"\n"
    "rule consented\n  show only rows\n  on dataset holding person.id\n"
    "  where (row[person.id], purpose) in consent and consent(row[person.id], purpose).given <= now\n  because \"x\"\n"
    "rule texts\n  show only rows\n  on dataset holding text\n"
    "  where lower(row[text]) matches /.*(?:a|b){1,3}.*/ or row[text] starts-with \"x\" or length(row[text]) > 3\n  because \"x\"\n"
    "rule held\n  retain while row[person.id] in holds\n  on dataset holding person.id\n  because \"x\"\n"
    "rule kept\n  retain at most 24 months after row[time.collected] then erase\n  on dataset holding time.collected\n  because \"x\"\n"
    "rule contact\n  mask column tagged pii.email, pii.phone\n"
    "    with pseudonym(wide) if subject.roles has analyst\n    with show-last(4) if purpose is support\n    with null otherwise\n"
    "  mask column tagged pii.name\n    with regex(/[a-z]+/, \"#\")\n  unless subject.roles has dpo\n  because \"x\"\n"
    "rule numbers\n  mask column tagged num.count\n    with bucket(0, 100, 10)\n  mask column tagged num.amount\n    with round(0.5)\n"
    "  mask column tagged time.collected\n    with date-trunc(month)\n  mask column tagged net.address\n    with ip-trunc(16, 48)\n"
    "  mask column tagged text\n    with token(narrow)\n  when subject.clearance < restricted\n  because \"x\"\n"
    "rule groups\n  show only groups of at least 3 row[person.id]\n  on dataset holding person.id\n  when purpose is marketing\n  because \"x\"\n"
    "rule weekdays\n  forbid access\n  on dataset holding pii\n  when weekday(now) > 5 and time-of-day(now) < 8 hours\n  because \"x\"\n";
static const char table_contract[] =
    "apiVersion: v3.1.0\nkind: DataContract\nid: c-1\nversion: 1.0.0\nstatus: active\ndomain: sales\ndataProduct: orders\nschema:\n"
    "  - name: orders\n    physicalName: orders\n    customProperties:\n      - { property: classification, value: internal }\n    properties:\n"
    "      - { name: who, logicalType: string, tags: [ person.id ] }\n      - { name: mail, logicalType: string, tags: [ pii.email ] }\n"
    "      - { name: called, logicalType: string, tags: [ pii.name ] }\n      - { name: note, logicalType: string, tags: [ text ] }\n"
    "      - { name: n, logicalType: integer, tags: [ num.count ] }\n      - { name: amount, logicalType: number, tags: [ num.amount ] }\n"
    "      - { name: at, logicalType: timestamp, tags: [ time.collected ] }\n      - { name: from, logicalType: string, tags: [ net.address ] }\n"
    "  - name: plain\n    physicalName: plain\n    customProperties:\n      - { property: classification, value: public }\n    properties:\n"
    "      - { name: note, logicalType: string, tags: [ text ] }\n      - { name: n, logicalType: integer, tags: [ num.count ] }\n";

static void must(bool ok) {
  if (!ok) abort();
}

/* ---- building ---- */

static void keep_bytes(bundle_set *set, const edi_buf *bytes) {
  edi_buf *into = &set->bundles[set->count++].bytes;
  edi_buf_init(into, NULL, (size_t)1 << 26);
  edi_buf_append(into, bytes->ptr, bytes->len);
  must(into->failed == EDICT_OK);
}

static void build_random(bundle_set *set, uint64_t seed, bool rows, bool many) {
  random_source r = {seed};
  random_world *w = calloc(1, sizeof *w);
  must(w != NULL);
  w->about_rows = rows;
  w->many = many;
  must(random_world_make(w, &r));
  for (int i = 0; i < 2; i++) keep_bytes(set, &w->bundles[i]);
  random_world_end(w);
  free(w);
}

static void build_tables(mesh *m) {
  const mesh_file federal[] = {{"edict.yaml", federal_yaml}, {"v.edict", mesh_vocabulary}, {"r.edict", table_rules},
                               {"holds.csv", holds_csv}, {"consent.csv", consent_csv}, {"k.json", keys_json}};
  const mesh_file domain[] = {{"edict.yaml", domain_yaml}, {"s.edict", "module sales.rules\n"}, {"c.yaml", table_contract}};
  mesh_init(m);
  mesh_add(m, federal, 6);
  mesh_add(m, domain, 3);
}

static void build_mesh(bundle_set *set, bool demo) {
  mesh *m = calloc(1, sizeof *m);
  must(m != NULL);
  if (demo) demo_mesh(m, "");
  else build_tables(m);
  for (size_t i = 0; i < m->bundle_count; i++) keep_bytes(set, &m->bundles[i]);
  mesh_fini(m);
  free(m);
}

/* ---- words ---- */

static void add_word(set_word *list, size_t *count, edi_str word, bool set) {
  for (size_t i = 0; i < *count; i++)
    if (edi_str_equal((edi_str){list[i].text.ptr, list[i].text.len}, word)) return;
  if (*count < SET_WORDS) list[(*count)++] = (set_word){{word.ptr, word.len}, set};
}

/* Said by who asks, never by whom it is asked for. */
static bool is_fixed(const edi_attr *a, edi_str name) {
  static const char *const subject[] = {"id", "issuer"}, *const context[] = {"now", "action"};
  const char *const *names = a->entity == EDI_ENTITY_SUBJECT ? subject : context;
  return edi_str_equal(name, edi_str_from(names[0])) || edi_str_equal(name, edi_str_from(names[1]));
}

static void take_words(set_words *w, const edi_program *p) {
  for (uint32_t i = 0; i < p->attrs_count; i++) {
    edi_str name = edi_program_string(p, p->attrs[i].name);
    bool set = EDI_TYPE_IS_SET(p->attrs[i].type);
    if (is_fixed(&p->attrs[i], name)) continue;
    if (p->attrs[i].entity == EDI_ENTITY_SUBJECT) add_word(w->subject, &w->subjects, name, set);
    else if (p->attrs[i].entity == EDI_ENTITY_CONTEXT) add_word(w->context, &w->contexts, name, set);
    else if (p->attrs[i].entity >= EDI_ENTITY_RESOURCE) add_word(w->resource, &w->resources, name, set);
  }
  for (uint32_t i = 0; i < p->nodes_count; i++) {
    edi_str name = edi_program_string(p, p->nodes[i].name);
    bool action = edi_str_equal(edi_program_string(p, p->kinds[p->nodes[i].kind].name), EDI_STR("action"));
    if (action && p->nodes[i].end == i + 1) add_word(w->actions, &w->action_count, name, false);
    add_word(w->values, &w->value_count, name, false);
  }
  for (uint32_t i = 0; i < p->levels_count; i++) add_word(w->values, &w->value_count, edi_program_string(p, p->levels[i].name), false);
  for (uint32_t i = 0; i < p->resources_count; i++) add_word(w->kinds, &w->kind_count, edi_program_string(p, p->resources[i].name), false);
}

/* ---- taking apart, signing ---- */

static void take_apart(bundle_set *set, set_bundle *b) {
  edi_program program;
  must(edi_bundle_open(&set->arena, b->bytes.ptr, b->bytes.len, &b->opened, NULL) == EDICT_OK);
  const edi_manifest *m = &b->opened.manifest;
  char role[600];
  if (m->layer == EDI_BUNDLE_TABLE) return;
  snprintf(role, sizeof role, m->layer == EDI_BUNDLE_FEDERAL ? "federal %.*s" : "domain %.*s %.*s",
           EDI_STR_ARG(m->layer == EDI_BUNDLE_FEDERAL ? m->name : m->layer_of), EDI_STR_ARG(m->name));
  sample_trust_line(&set->trust, role, m->layer == EDI_BUNDLE_FEDERAL ? "eu.example/a" : "eu.example/b",
                    m->layer == EDI_BUNDLE_FEDERAL ? KEY_OF_FEDERATION : KEY_OF_DOMAIN);
  must(edi_bundle_program(&b->opened, &set->arena, &set->arena, &program, NULL) == EDICT_OK);
  must(pieces_init(&b->pieces) && pieces_take(&b->pieces, &program));
  take_words(&set->words, &program);
}

bool bundle_set_sign(const bundle_set *set, size_t which, edi_buf *bytes) {
  bool domain = set->bundles[which].opened.manifest.layer == EDI_BUNDLE_DOMAIN;
  unsigned char secret[64];
  edi_arena arena;
  edi_buf into;
  edi_arena_init(&arena, NULL, (size_t)1 << 28);
  edi_buf_init(&into, NULL, EDI_LIMIT_BUNDLE_FILE);
  sample_key(domain ? KEY_OF_DOMAIN : KEY_OF_FEDERATION, secret);
  bool ok = edi_bundle_sign(&arena, bytes->ptr, bytes->len, edi_str_from(domain ? "eu.example/b" : "eu.example/a"), secret, &into, NULL) == EDICT_OK;
  if (ok) {
    edi_buf_fini(bytes);
    *bytes = into;
  } else {
    edi_buf_fini(&into);
  }
  edi_arena_fini(&arena);
  return ok;
}

void bundle_set_make(bundle_set *set, unsigned kind, uint64_t seed) {
  memset(set, 0, sizeof *set);
  edi_arena_init(&set->arena, NULL, (size_t)1 << 30);
  edi_buf_init(&set->trust, NULL, 1 << 16);
  edi_buf_text(&set->trust, "edict-trust/v1\n");
  if (kind < 3) build_random(set, seed, kind == 1, kind == 2 && seed % 8 == 0);
  else build_mesh(set, kind == 3 && seed % 16 == 0);
  for (size_t i = 0; i < set->count; i++) {
    set_bundle *b = &set->bundles[i];
    take_apart(set, b);
    edi_buf_init(&b->with_signature, NULL, (size_t)1 << 26);
    edi_buf_append(&b->with_signature, b->bytes.ptr, b->bytes.len);
    must(bundle_set_sign(set, i, &b->with_signature));
  }
}

void bundle_set_end(bundle_set *set) {
  for (size_t i = 0; i < set->count; i++) {
    pieces_fini(&set->bundles[i].pieces);
    edi_buf_fini(&set->bundles[i].bytes);
    edi_buf_fini(&set->bundles[i].with_signature);
  }
  edi_buf_fini(&set->trust);
  edi_arena_fini(&set->arena);
}
