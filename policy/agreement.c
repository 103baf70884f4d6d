/* Agreement: see the header. Keys are listed once, in the tables; where a value goes stands beside its key. */
#include "policy/agreement.h"

#include <stddef.h>

#include "base/calendar.h"
#include "bundle/limits.h"
#include "policy/contract_facts.h"

enum { AGREEMENT_BYTES = 1024 * 1024, AGREEMENT_DEPTH = 32, AGREEMENT_NODES = 20000, TEXT_MOST = 4096 };

typedef enum kind { ANY, TEXT, WORD, TIME, MAP, LIST } kind;
#define NOWHERE SIZE_MAX
#define AT(member) offsetof(edi_agreement, member)

typedef struct key {
  const char *name;
  kind kind;
  bool required;
  size_t at;                 /* of the text, or of the time */
  size_t flag;               /* of whether there is a time */
  const struct key *members; /* MAP: of it, LIST: of each item; ends in a NULL name */
} key;

#define END {NULL, ANY, false, NOWHERE, NOWHERE, NULL}

static const key description_keys[] = {{"purpose", TEXT, true, AT(purpose), NOWHERE, NULL},
                                       {"usage", TEXT, false, AT(usage), NOWHERE, NULL},
                                       {"limitations", TEXT, false, AT(limitations), NOWHERE, NULL},
                                       {"terms", TEXT, false, AT(terms), NOWHERE, NULL},
                                       {"authoritativeDefinitions", ANY, false, NOWHERE, NOWHERE, NULL},
                                       {"customProperties", ANY, false, NOWHERE, NOWHERE, NULL},
                                       END};
static const key provider_keys[] = {{"teamId", WORD, true, AT(provider_team), NOWHERE, NULL},
                                    {"dataProductId", WORD, true, AT(provider_product), NOWHERE, NULL},
                                    {"outputPortId", TEXT, true, AT(port), NOWHERE, NULL},
                                    {"dataContractId", TEXT, false, AT(contract), NOWHERE, NULL},
                                    {"dataContractVersion", TEXT, false, AT(contract_version), NOWHERE, NULL},
                                    END};
static const key consumer_keys[] = {{"teamId", TEXT, false, AT(team), NOWHERE, NULL},
                                    {"dataProductId", TEXT, false, AT(product), NOWHERE, NULL},
                                    {"userId", TEXT, false, AT(user), NOWHERE, NULL},
                                    END};
static const key role_keys[] = {{"role", TEXT, true, NOWHERE, NOWHERE, NULL},
                                {"description", ANY, false, NOWHERE, NOWHERE, NULL},
                                {"access", ANY, false, NOWHERE, NOWHERE, NULL},
                                {"firstLevelApprovers", ANY, false, NOWHERE, NOWHERE, NULL},
                                {"secondLevelApprovers", ANY, false, NOWHERE, NOWHERE, NULL},
                                {"customProperties", ANY, false, NOWHERE, NOWHERE, NULL},
                                {"id", ANY, false, NOWHERE, NOWHERE, NULL},
                                END};
static const key definition_keys[] = {{"type", TEXT, false, NOWHERE, NOWHERE, NULL},
                                      {"url", TEXT, false, NOWHERE, NOWHERE, NULL},
                                      {"description", ANY, false, NOWHERE, NOWHERE, NULL},
                                      {"id", ANY, false, NOWHERE, NOWHERE, NULL},
                                      END};
static const key custom_keys[] = {{"property", TEXT, true, NOWHERE, NOWHERE, NULL},
                                  {"value", ANY, true, NOWHERE, NOWHERE, NULL},
                                  {"description", ANY, false, NOWHERE, NOWHERE, NULL},
                                  {"vendor", ANY, false, NOWHERE, NOWHERE, NULL},
                                  {"id", ANY, false, NOWHERE, NOWHERE, NULL},
                                  END};
static const key root_keys[] = {{"apiVersion", TEXT, true, NOWHERE, NOWHERE, NULL},
                                {"kind", TEXT, true, NOWHERE, NOWHERE, NULL},
                                {"id", TEXT, true, AT(id), NOWHERE, NULL},
                                {"name", TEXT, false, AT(name), NOWHERE, NULL},
                                {"version", TEXT, false, AT(version), NOWHERE, NULL},
                                {"status", TEXT, true, AT(status), NOWHERE, NULL},
                                {"startTimestamp", TIME, false, AT(start), AT(has_start), NULL},
                                {"endTimestamp", TIME, false, AT(end), AT(has_end), NULL},
                                {"nextReassessmentTimestamp", TIME, false, AT(review), AT(has_review), NULL},
                                {"description", MAP, true, NOWHERE, NOWHERE, description_keys},
                                {"provider", MAP, true, NOWHERE, NOWHERE, provider_keys},
                                {"consumer", MAP, true, NOWHERE, NOWHERE, consumer_keys},
                                {"roles", LIST, false, NOWHERE, NOWHERE, role_keys},
                                {"tags", ANY, false, NOWHERE, NOWHERE, NULL},
                                {"authoritativeDefinitions", LIST, false, NOWHERE, NOWHERE, definition_keys},
                                {"customProperties", LIST, false, NOWHERE, NOWHERE, custom_keys},
                                END};

typedef struct reader {
  edi_agreement *agreement;
  edict_diagnostics *diagnostics;
  size_t errors;
} reader;

#define ERROR(r, code, span, label, ...) ((r)->errors++, edi_diagnostics_add((r)->diagnostics, (code), (span), (label), __VA_ARGS__))

/* ---- values ---- */

bool edi_agreement_is_word(edi_str text) {
  bool after = false;
  for (size_t i = 0; i < text.len; i++) {
    char c = text.ptr[i];
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_', digit = c >= '0' && c <= '9';
    if (c == '.' ? !after : !letter && (!after || (!digit && c != '-'))) return false;
    after = c != '.';
  }
  return after && text.ptr[text.len - 1] != '-' && text.len <= EDI_LIMIT_NAME;
}

static bool is_text(reader *r, const edi_yaml *value, const char *name) {
  const char *trouble = value->kind != EDI_YAML_SCALAR || value->is_null ? "is not a text"
                        : value->text.len == 0                           ? "is empty"
                        : value->text.len > TEXT_MOST                    ? "is longer than 4096 bytes"
                                                                         : NULL;
  if (!trouble) return true;
  ERROR(r, EDI_E0966, edi_yaml_head(value), "", "`%s` %s", name, trouble);
  return false;
}

static void read_time(reader *r, const edi_yaml *value, const key *k) {
  char *base = (char *)r->agreement;
  if (!is_text(r, value, k->name)) return;
  if (edi_timestamp_parse(value->text, (int64_t *)(void *)(base + k->at))) *(bool *)(void *)(base + k->flag) = true;
  else ERROR(r, EDI_E0966, value->span, "", "`%s` is not a timestamp such as 2026-07-01T00:00:00Z", k->name);
}

static void read_map(reader *r, const edi_yaml *map, const char *what, const key *keys);

static void read_list(reader *r, const edi_yaml *list, const key *k) {
  if (list->kind != EDI_YAML_LIST) ERROR(r, EDI_E0966, edi_yaml_head(list), "", "`%s` is not a list", k->name);
  for (size_t i = 0; list->kind == EDI_YAML_LIST && i < list->count; i++) read_map(r, list->items[i], k->name, k->members);
}

static void read_value(reader *r, const edi_yaml *value, const key *k) {
  switch (k->kind) {
    case ANY: return;
    case TIME: read_time(r, value, k); return;
    case MAP: read_map(r, value, k->name, k->members); return;
    case LIST: read_list(r, value, k); return;
    case TEXT:
    case WORD: break;
  }
  if (!is_text(r, value, k->name)) return;
  if (k->kind == WORD && !edi_agreement_is_word(value->text)) {
    ERROR(r, EDI_E0968, value->span, "", "`%s` is no name that a rule can hold", k->name);
    return;
  }
  if (k->at != NOWHERE) *(edi_str *)(void *)((char *)r->agreement + k->at) = value->text;
}

/* The key that it may have been meant for, which is then not missed as well; or NULL. */
static const char *refuse_unknown(reader *r, const edi_yaml_pair *pair, const char *what, const key *keys) {
  edi_suggest suggest;
  edi_suggest_init(&suggest, pair->key);
  for (const key *k = keys; k->name; k++) edi_suggest_offer(&suggest, edi_str_from(k->name), EDI_SPAN_NONE);
  edi_finding *f = ERROR(r, EDI_E0966, pair->key_span, "not known", "%s of an access agreement has no `%.*s`", what, EDI_STR_ARG(pair->key));
  edi_finding_why(f, "what is passed over could be what narrows the grant");
  if (!suggest.best.name.ptr) return NULL;
  edi_finding_fix(f, false, "%.*s", EDI_STR_ARG(suggest.best.name));
  edi_finding_edit(f, suggest.best.name);
  return suggest.best.name.ptr;
}

static bool is_known(edi_str name, const key *keys) {
  for (const key *k = keys; k->name; k++)
    if (edi_str_equal(name, edi_str_from(k->name))) return true;
  return false;
}

/* Recursion is bounded by the tables. */
static void read_map(reader *r, const edi_yaml *map, const char *what, const key *keys) {
  if (map->kind != EDI_YAML_MAP) {
    ERROR(r, EDI_E0966, edi_yaml_head(map), "a map", "%s is not a map", what);
    return;
  }
  uint64_t meant = 0;
  for (size_t i = 0; i < map->count; i++) {
    const char *near = is_known(map->pairs[i].key, keys) ? NULL : refuse_unknown(r, &map->pairs[i], what, keys);
    for (const key *k = keys; near && k->name; k++) meant |= (uint64_t)(near == k->name) << (k - keys);
  }
  for (const key *k = keys; k->name; k++) {
    const edi_yaml *value = edi_yaml_get(map, k->name);
    if (value) read_value(r, value, k);
    else if (k->required && !(meant >> (k - keys) & 1)) ERROR(r, EDI_E0966, edi_yaml_head(map), "", "%s has no `%s`, which the standard requires", what, k->name);
  }
}

/* ---- what lists hold ---- */

static void read_roles(reader *r, const edi_yaml *root) {
  const edi_yaml *list = edi_yaml_get(root, "roles");
  edi_agreement *a = r->agreement;
  for (size_t i = 0; list && i < list->count; i++) {
    const edi_yaml *role = edi_yaml_get(list->items[i], "role");
    if (a->role_count == EDI_AGREEMENT_ROLES_MOST) {
      ERROR(r, EDI_E0966, edi_yaml_head(list->items[i]), "one too many", "an agreement has more than %d roles", EDI_AGREEMENT_ROLES_MOST);
      return;
    }
    a->roles[a->role_count] = role->text;
    a->role_spans[a->role_count++] = role->span;
  }
  /* An empty list is no role at all: it is not the same as none being asked for. */
  if (list && list->count == 0) ERROR(r, EDI_E0967, edi_yaml_head(list), "empty", "the agreement grants a list of no roles");
}

static void read_purpose(reader *r, const edi_yaml *root) {
  const edi_yaml *list = edi_yaml_get(root, "customProperties");
  for (size_t i = 0; list && i < list->count; i++) {
    if (!edi_str_equal(edi_contract_text(list->items[i], "property"), EDI_STR("edict.purpose"))) continue;
    const edi_yaml *value = edi_yaml_get(list->items[i], "value");
    if (r->agreement->node.len) ERROR(r, EDI_E0966, edi_yaml_head(value), "stated again", "`edict.purpose` stands twice");
    else if (!is_text(r, value, "edict.purpose")) continue;
    else if (!edi_agreement_is_word(value->text)) ERROR(r, EDI_E0968, value->span, "", "`edict.purpose` is no name that a rule can hold");
    else r->agreement->node = value->text;
  }
}

static void read_see(reader *r, const edi_yaml *root) {
  const edi_yaml *list = edi_yaml_get(root, "authoritativeDefinitions");
  for (size_t i = 0; list && i < list->count && r->agreement->see.len == 0; i++) r->agreement->see = edi_contract_text(list->items[i], "url");
}

static void check_header(reader *r, const edi_yaml *root) {
  edi_agreement *a = r->agreement;
  const edi_yaml *version = edi_yaml_get(root, "apiVersion"), *status = edi_yaml_get(root, "status");
  if (version && version->kind == EDI_YAML_SCALAR && !edi_str_starts(version->text, EDI_STR("v0.9.")))
    ERROR(r, EDI_E0966, version->span, "not read", "access agreements of the standard's version v0.9 are read");
  if (edi_yaml_get(root, "id")) a->id_span = edi_yaml_get(root, "id")->span;
  if (!status || a->status.len == 0) return;
  a->status_span = status->span;
  a->approved = edi_str_equal(a->status, EDI_STR("approved"));
  if (!a->approved && !edi_str_equal(a->status, EDI_STR("requested")) && !edi_str_equal(a->status, EDI_STR("rejected")))
    ERROR(r, EDI_E0966, status->span, "", "a status is `requested`, `approved` or `rejected`");
}

static void note_provider(reader *r, const edi_yaml *root) {
  const edi_yaml *provider = edi_yaml_get(root, "provider"), *contract = edi_yaml_get(provider, "dataContractId");
  r->agreement->product_span = edi_yaml_get(provider, "dataProductId")->span;
  r->agreement->port_span = edi_yaml_get(provider, "outputPortId")->span;
  r->agreement->contract_span = contract ? contract->span : EDI_SPAN_NONE;
}

static void check_consumer(reader *r, const edi_yaml *root) {
  const edi_agreement *a = r->agreement;
  const edi_yaml *consumer = edi_yaml_get(root, "consumer");
  if (!consumer || consumer->kind != EDI_YAML_MAP) return;
  if (a->team.len + a->product.len + a->user.len == 0)
    ERROR(r, EDI_E0967, edi_yaml_head(consumer), "nobody", "the agreement names no consumer: a team, a data product or a user");
}

edict_status edi_agreement_parse(edi_arena *arena, edi_str path, edi_str text, edi_agreement *agreement,
                                 edict_diagnostics *diagnostics) {
  static const edi_yaml_limits limits = {AGREEMENT_BYTES, AGREEMENT_DEPTH, AGREEMENT_NODES};
  reader r = {.agreement = agreement, .diagnostics = diagnostics};
  edi_yaml *root = NULL;
  *agreement = (edi_agreement){.approved = false};
  edi_source source = edi_diagnostics_source(diagnostics, path, text);
  edict_status status = edi_yaml_parse(arena, text, source, limits, &root, diagnostics);
  if (status != EDICT_OK) return status;
  const edi_yaml *named = edi_yaml_get(root, "kind");
  agreement->root_span = edi_yaml_head(root);
  if (root->kind == EDI_YAML_MAP && named && !edi_str_equal(edi_contract_text(root, "kind"), EDI_STR("AccessAgreement"))) {
    ERROR(&r, EDI_E0966, edi_yaml_head(named), "not `AccessAgreement`", "this is not an access agreement");
    return EDICT_FINDINGS;
  }
  read_map(&r, root, "the root", root_keys);
  if (root->kind == EDI_YAML_MAP) check_header(&r, root);
  if (r.errors == 0) {
    read_roles(&r, root);
    read_purpose(&r, root);
    read_see(&r, root);
    note_provider(&r, root);
    check_consumer(&r, root);
  }
  return r.errors ? EDICT_FINDINGS : EDICT_OK;
}
