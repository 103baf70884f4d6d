/* Sample program: tables of symbols, then constants, codes, masks, rules and contracts by hand. */
#include "sample_program.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/calendar.h"
#include "base/pattern.h"
#include "bundle/packing.h"

#define COUNT(table) ((uint32_t)(sizeof(table) / sizeof *(table)))

typedef struct sample {
  edi_builder *b;
  bool domain;
  uint32_t slots;      /* first of the rule that is being made */
  uint32_t owner_attr; /* product.owner */
} sample;

static edi_ref text(sample *s, const char *t) { return edi_builder_string(s->b, edi_str_from(t)); }

static void die(const char *what) {
  fprintf(stderr, "sample program: %s\n", what);
  abort();
}

/* ---- symbols ---- */

enum { TAG, PURPOSE, ROLE, REGION, ACTION, DOMAIN_KIND, ISSUER, PERSON, KINDS };
static const char *const kinds[KINDS] = {"tag",    "purpose", "role",   "region",
                                         "action", "domain",  "issuer", "person"};

static const struct {
  unsigned kind;
  const char *name;
  unsigned depth;
  edi_type type;
} nodes[] = {
    {TAG, "untagged", 0, 0},
    {TAG, "pii", 0, 0},
    {TAG, "pii.email", 1, EDI_TYPE_STRING},
    {TAG, "pii.phone", 1, 0},
    {TAG, "person.id", 0, EDI_TYPE_MAKE(EDI_TYPE_ID, PERSON)},
    {TAG, "geo.country", 0, EDI_TYPE_MAKE(EDI_TYPE_NODE, REGION)},
    {TAG, "time.collected", 0, EDI_TYPE_TIMESTAMP},
    {PURPOSE, "service", 0, 0},
    {PURPOSE, "support", 1, 0},
    {PURPOSE, "billing", 1, 0},
    {ROLE, "staff", 0, 0},
    {ROLE, "analyst", 1, 0},
    {ROLE, "dpo", 1, 0},
    {REGION, "eu", 0, 0},
    {REGION, "de", 1, 0},
    {REGION, "fr", 1, 0},
    {REGION, "us", 0, 0},
    {ACTION, "access", 0, 0},
    {ACTION, "read", 1, 0},
    {ACTION, "export", 1, 0},
    {ACTION, "unmask", 0, 0},
    {DOMAIN_KIND, "sales", 0, 0},
    {DOMAIN_KIND, "finance", 0, 0},
    {ISSUER, "corp", 0, 0},
    {ISSUER, "host", 0, 0},
};

static uint32_t node(const char *name, unsigned kind) {
  for (uint32_t i = 0; i < COUNT(nodes); i++)
    if (nodes[i].kind == kind && strcmp(nodes[i].name, name) == 0) return i;
  die(name);
  return EDI_NONE;
}

static uint32_t node_end(uint32_t index) {
  uint32_t end = index + 1;
  while (end < COUNT(nodes) && nodes[end].kind == nodes[index].kind &&
         nodes[end].depth > nodes[index].depth)
    end++;
  return end;
}

static uint32_t node_parent(uint32_t index) {
  for (uint32_t i = index; nodes[index].depth > 0 && i-- > 0;)
    if (nodes[i].depth < nodes[index].depth) return i;
  return EDI_NONE;
}

static void add_nodes(sample *s) {
  uint32_t imported = s->domain ? EDI_IMPORTED : 0;
  for (uint32_t k = 0, first = 0; k < KINDS; k++) {
    uint32_t count = 0;
    while (first + count < COUNT(nodes) && nodes[first + count].kind == k) count++;
    edi_kind kind = {text(s, kinds[k]), {first, count}, imported | (k == PERSON ? EDI_KIND_ID : 0)};
    (void)edi_builder_add_kinds(s->b, &kind, 1);
    first += count;
  }
  for (uint32_t i = 0; i < COUNT(nodes); i++) {
    edi_node n = {.name = text(s, nodes[i].name),
                  .kind = nodes[i].kind,
                  .type = nodes[i].type,
                  .flags = imported};
    n.parent = s->domain ? EDI_NONE : node_parent(i);
    n.end = s->domain ? i + 1 : node_end(i);
    if (i == node("pii", TAG)) n.flags |= EDI_NODE_ABSTRACT | EDI_NODE_OPEN;
    if (!s->domain) n.title = text(s, "A \"title\" of a node");
    (void)edi_builder_add_nodes(s->b, &n, 1);
  }
}

static void add_scale(sample *s) {
  static const char *const levels[] = {"public", "internal", "confidential", "restricted"};
  edi_scale scale = {text(s, "classification"), {0, COUNT(levels)}, s->domain ? EDI_IMPORTED : 0};
  (void)edi_builder_add_scales(s->b, &scale, 1);
  for (uint32_t i = 0; i < COUNT(levels); i++) {
    edi_level level = {text(s, levels[i]), 0, i};
    (void)edi_builder_add_levels(s->b, &level, 1);
  }
}

enum {
  A_NAME,
  A_ISSUER,
  A_ID,
  A_ROLES,
  A_PURPOSES,
  A_REGIONS,
  A_PURPOSE,
  A_NOW,
  A_ACTION,
  A_OWNER,
  A_STATED,
  A_ADDRESS
};

static const struct {
  edi_entity entity;
  const char *name, *path;
  edi_type type;
  uint32_t flags;
} attrs[] = {
    [A_NAME] = {EDI_ENTITY_PRODUCT, "name", "", EDI_TYPE_STRING, EDI_ATTR_BUILTIN},
    [A_ISSUER] = {EDI_ENTITY_SUBJECT, "issuer", "", EDI_TYPE_MAKE(EDI_TYPE_NODE, ISSUER),
                  EDI_ATTR_BUILTIN},
    [A_ID] = {EDI_ENTITY_SUBJECT, "id", "", EDI_TYPE_SUBJECT, EDI_ATTR_BUILTIN},
    [A_ROLES] = {EDI_ENTITY_SUBJECT, "roles", "", EDI_TYPE_MAKE(EDI_TYPE_NODE, ROLE) | EDI_TYPE_SET,
                 0},
    [A_PURPOSES] = {EDI_ENTITY_SUBJECT, "purposes", "",
                    EDI_TYPE_MAKE(EDI_TYPE_NODE, PURPOSE) | EDI_TYPE_SET, EDI_ATTR_BUILTIN},
    [A_REGIONS] = {EDI_ENTITY_SUBJECT, "regions", "",
                   EDI_TYPE_MAKE(EDI_TYPE_NODE, REGION) | EDI_TYPE_SET, EDI_ATTR_OPTIONAL},
    [A_PURPOSE] = {EDI_ENTITY_CONTEXT, "purpose", "", EDI_TYPE_MAKE(EDI_TYPE_NODE, PURPOSE),
                   EDI_ATTR_BUILTIN},
    [A_NOW] = {EDI_ENTITY_CONTEXT, "now", "", EDI_TYPE_TIMESTAMP, EDI_ATTR_BUILTIN},
    [A_ACTION] = {EDI_ENTITY_CONTEXT, "action", "", EDI_TYPE_MAKE(EDI_TYPE_NODE, ACTION),
                  EDI_ATTR_BUILTIN},
    [A_OWNER] = {EDI_ENTITY_PRODUCT, "owner", "team.name", EDI_TYPE_STRING, EDI_ATTR_OPTIONAL},
    [A_STATED] = {EDI_ENTITY_DATASET, "purposes", "customProperties.purposes",
                  EDI_TYPE_MAKE(EDI_TYPE_NODE, PURPOSE) | EDI_TYPE_SET, 0},
    [A_ADDRESS] = {EDI_ENTITY_CONTEXT, "address", "", EDI_TYPE_IP, 0},
};

static void add_attrs(sample *s) {
  edi_const none = {.type = EDI_TYPE_STRING};
  uint32_t empty = edi_builder_const(s->b, none);
  for (uint32_t i = 0; i < COUNT(attrs); i++) {
    edi_attr attr = {.name = text(s, attrs[i].name),
                     .path = text(s, attrs[i].path),
                     .entity = attrs[i].entity,
                     .type = attrs[i].type,
                     .fallback = i == A_OWNER ? empty : EDI_NONE,
                     .flags = attrs[i].flags};
    if (s->domain) attr.flags |= EDI_IMPORTED;
    (void)edi_builder_add_attrs(s->b, &attr, 1);
  }
}

static void add_issuers(sample *s) {
  edi_claimmap maps[] = {{text(s, "ext-analyst"), node("analyst", ROLE)},
                         {text(s, "ext-dpo"), node("dpo", ROLE)}};
  edi_claim claims[] = {
      {A_ROLES,
       text(s, "realm_access.roles"),
       node("staff", ROLE),
       {0, 2},
       EDI_CLAIM_IGNORE_OTHERS},
      {A_PURPOSES, text(s, "purposes"), EDI_NONE, {2, 0}, 0},
  };
  edi_issuer issuers[] = {
      {.name = text(s, "corp"),
       .url = text(s, "https://login.corp.example"),
       .audience = text(s, "mesh"),
       .keys = text(s, "corp.jwks.json"),
       .claims = {0, 2},
       .algorithms = EDI_ALG_ES256 | EDI_ALG_RS256,
       .node = node("corp", ISSUER),
       .tokens = EDI_TOKENS_JWT,
       .revoked = EDI_NONE},
      {.name = text(s, "host"),
       .claims = {2, 0},
       .flags = EDI_ISSUER_HOST,
       .node = node("host", ISSUER),
       .revoked = EDI_NONE},
  };
  (void)edi_builder_add_claimmaps(s->b, maps, COUNT(maps));
  (void)edi_builder_add_claims(s->b, claims, COUNT(claims));
  (void)edi_builder_add_issuers(s->b, issuers, COUNT(issuers));
}

static void add_keys_and_tables(sample *s) {
  uint32_t imported = s->domain ? EDI_IMPORTED : 0;
  edi_key keys[] = {
      {text(s, "federal.privacy.contact"), text(s, "joins customers"), EDI_SCOPE_FEDERATION,
       imported},
      {text(s, s->domain ? "sales.keys.order" : "federal.privacy.order"), text(s, ""),
       EDI_SCOPE_PRODUCT, 0},
  };
  edi_tablecol columns[] = {
      {text(s, "person"), EDI_TYPE_MAKE(EDI_TYPE_ID, PERSON), 0},
      {text(s, "person"), EDI_TYPE_MAKE(EDI_TYPE_ID, PERSON), 1},
      {text(s, "purpose"), EDI_TYPE_MAKE(EDI_TYPE_NODE, PURPOSE), 1},
      {text(s, "expires"), EDI_TYPE_TIMESTAMP, 1},
  };
  edi_table tables[] = {
      {text(s, "federal.vocabulary.legal-holds"), {0, 1}, {1, 0}, imported | EDI_TABLE_COMPLETE},
      {text(s, "federal.vocabulary.consent"), {1, 2}, {3, 1}, imported},
  };
  (void)edi_builder_add_keys(s->b, keys, COUNT(keys));
  (void)edi_builder_add_tablecols(s->b, columns, COUNT(columns));
  (void)edi_builder_add_tables(s->b, tables, COUNT(tables));
  edi_param params[] = {{text(s, "text"), EDI_TYPE_STRING, 0}, {text(s, "until"), EDI_TYPE_TIMESTAMP, 0}};
  edi_obligation obligations[] = {
      {text(s, "federal.privacy.watermark"), {0, 2}, imported},
      {text(s, s->domain ? "sales.rules.tell" : "federal.privacy.tell"), {2, 0}, 0},
  };
  (void)edi_builder_add_params(s->b, params, COUNT(params));
  (void)edi_builder_add_obligations(s->b, obligations, COUNT(obligations));
}

/* ---- constants and codes ---- */

static uint32_t scalar(sample *s, edi_type type, int64_t value, uint32_t aux) {
  return edi_builder_const(s->b, (edi_const){type, aux, value});
}

static uint32_t word(sample *s, const char *t) {
  return edi_builder_const_text(s->b, EDI_TYPE_STRING, edi_str_from(t));
}

static uint32_t node_const(sample *s, const char *name, unsigned kind) {
  return scalar(s, EDI_TYPE_MAKE(EDI_TYPE_NODE, kind), node(name, kind), 0);
}

static uint32_t tag_list(sample *s, const char *first, const char *second) {
  uint32_t list[2] = {node(first, TAG), second ? node(second, TAG) : 0};
  return edi_builder_nodes(s->b, list, second ? 2 : 1);
}

#define OP(name, dst, a, b, imm) \
  { EDI_OP_##name, (dst), (a), (b), (imm) }
#define CODE(s, type, ...)                                                                   \
  edi_builder_code((s)->b, (const edi_instr[]){__VA_ARGS__},                                 \
                   (uint32_t)(sizeof((const edi_instr[]){__VA_ARGS__}) / sizeof(edi_instr)), \
                   (type))

/* dataset holding pii, or named so, or in the domain, and classified at most confidential */
static uint32_t target_code(sample *s) {
  uint32_t level = scalar(s, EDI_TYPE_MAKE(EDI_TYPE_LEVEL, 0), 2, 0);
  return CODE(
      s, EDI_TYPE_BOOL, OP(HOLDING, 0, EDI_ENTITY_DATASET, 0, tag_list(s, "pii", NULL)),
      OP(JUMP_YES, 0, 0, 0, 8), OP(NAMED, 1, EDI_ENTITY_DATASET, 0, word(s, "ord*")),
      OP(OR, 0, 0, 1, 0), OP(TAGGED, 1, EDI_ENTITY_PRODUCT, 0, tag_list(s, "pii", "geo.country")),
      OP(OR, 0, 0, 1, 0), OP(IN_DOMAIN, 1, 0, 0, node_const(s, "sales", DOMAIN_KIND)),
      OP(OR, 0, 0, 1, 0), OP(CLASSIFICATION, 1, EDI_ENTITY_DATASET, 0, 0),
      OP(CONST, 2, 0, 0, level), OP(LE, 1, 1, 2, 0), OP(AND, 0, 0, 1, 0), OP(RETURN, 0, 0, 0, 0));
}

static uint32_t roles_code(sample *s) {
  uint32_t members[] = {node_const(s, "support", PURPOSE), node_const(s, "billing", PURPOSE)};
  uint32_t purposes =
      edi_builder_const_set(s->b, EDI_TYPE_MAKE(EDI_TYPE_NODE, PURPOSE), members, 2);
  return CODE(s, EDI_TYPE_BOOL, OP(ATTR, 0, 0, 0, A_ROLES),
              OP(CONST, 1, 0, 0, node_const(s, "analyst", ROLE)), OP(HAS, 0, 0, 1, 0),
              OP(JUMP_NO, 0, 0, 0, 12), OP(ATTR, 1, 0, 0, A_PURPOSE), OP(CONST, 2, 0, 0, purposes),
              OP(IN, 1, 1, 2, 0), OP(AND, 0, 0, 1, 0), OP(ATTR, 1, 0, 0, A_PURPOSES),
              OP(CONST, 2, 0, 0, purposes), OP(OVERLAPS, 3, 1, 2, 0), OP(AND, 0, 0, 3, 0),
              OP(NOT, 0, 0, 0, 0), OP(NOT, 0, 0, 0, 0), OP(RETURN, 0, 0, 0, 0));
}

/* Comparisons of time, of the address, of tables, of what the contract states. */
static uint32_t request_code(sample *s) {
  uint32_t day = scalar(s, EDI_TYPE_DURATION, EDI_DAY_MICROS, 0),
           month = scalar(s, EDI_TYPE_DURATION, 1, 1);
  uint32_t date = scalar(s, EDI_TYPE_DATE, 20000, 0),
           moment = scalar(s, EDI_TYPE_TIMESTAMP, 1700000000000000, 0);
  uint32_t person =
      edi_builder_const_text(s->b, EDI_TYPE_MAKE(EDI_TYPE_ID, PERSON), EDI_STR("p-1"));
  return CODE(
      s, EDI_TYPE_BOOL, OP(ATTR, 0, 0, 0, A_NOW), OP(CONST, 1, 0, 0, day), OP(ADD_TIME, 2, 0, 1, 0),
      OP(SUB_TIME, 2, 2, 1, 0), OP(CONST, 3, 0, 0, moment), OP(LT, 4, 3, 2, 0),
      OP(DATE_OF, 2, 2, 0, 0), OP(CONST, 3, 0, 0, month), OP(ADD_DATE, 2, 2, 3, 0),
      OP(SUB_DATE, 2, 2, 3, 0), OP(CONST, 3, 0, 0, date), OP(LE, 5, 3, 2, 0), OP(AND, 4, 4, 5, 0),
      OP(TIME_OF_DAY, 2, 0, 0, 0), OP(ADD_DURATION, 2, 2, 1, 0), OP(SUB_DURATION, 2, 2, 1, 0),
      OP(LT, 5, 2, 1, 0), OP(AND, 4, 4, 5, 0), OP(ATTR, 2, 0, 0, A_ADDRESS),
      OP(IN_CIDR, 5, 2, 0, word(s, "10.0.0.0/8")), OP(AND, 4, 4, 5, 0), OP(CONST, 6, 0, 0, person),
      OP(ATTR, 7, 0, 0, A_PURPOSE), OP(IN_TABLE, 5, 6, 2, 1), OP(TABLE_VALUE, 8, 6, 2, 3),
      OP(LT, 8, 0, 8, 0), OP(AND, 5, 5, 8, 0), OP(OR, 4, 4, 5, 0), OP(IN_TABLE, 5, 6, 1, 0),
      OP(OR, 4, 4, 5, 0), OP(ATTR, 2, 0, 0, A_STATED), OP(ATTR, 3, 0, 0, A_PURPOSES),
      OP(COVERS, 5, 3, 2, 0), OP(AND, 4, 4, 5, 0), OP(ATTR, 2, 0, 0, A_ID), OP(IS_SET, 2, 2, 0, 0),
      OP(AND, 4, 4, 2, 0), OP(ATTR, 2, 0, 0, A_ACTION),
      OP(CONST, 3, 0, 0, node_const(s, "read", ACTION)), OP(IS, 2, 2, 3, 0), OP(AND, 4, 4, 2, 0),
      OP(CONST, 3, 0, 0,
         edi_builder_const_text(s->b, EDI_TYPE_IP,
                                (edi_str){"\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\0\0\1", 16})),
      OP(ATTR, 2, 0, 0, A_ADDRESS), OP(EQ, 2, 2, 3, 0), OP(NOT, 2, 2, 0, 0), OP(AND, 4, 4, 2, 0),
      OP(RETURN, 0, 4, 0, 0));
}

static uint32_t retain_condition(sample *s) {
  return CODE(s, EDI_TYPE_BOOL, OP(ATTR, 0, 0, 0, A_NOW), OP(WEEKDAY, 0, 0, 0, 0),
              OP(CONST, 1, 0, 0, scalar(s, EDI_TYPE_INT, 7, 0)), OP(EQ, 0, 0, 1, 0),
              OP(RETURN, 0, 0, 0, 0));
}

/* Numbers and texts, over the row's first slot, which is an email. */
static uint32_t where_code(sample *s) {
  uint32_t three = scalar(s, EDI_TYPE_INT, 3, 0), half = scalar(s, EDI_TYPE_DECIMAL, 5, 1);
  edi_pattern_ref pattern = {text(s, "[a-z]+@[a-z.]+"), EDI_PATTERN_CONDITION};
  uint32_t matching = edi_builder_add_patterns(s->b, &pattern, 1);
  return CODE(
      s, EDI_TYPE_BOOL, OP(ROW, 0, 0, 0, s->slots), OP(LOWER, 0, 0, 0, 0), OP(LENGTH, 1, 0, 0, 0),
      OP(CONST, 2, 0, 0, three), OP(ADD_INT, 1, 1, 2, 0), OP(SUB_INT, 1, 1, 2, 0),
      OP(MUL_INT, 1, 1, 2, 0), OP(TO_DECIMAL, 3, 1, 0, 0), OP(CONST, 4, 0, 0, half),
      OP(ADD_DECIMAL, 3, 3, 4, 0), OP(SUB_DECIMAL, 3, 3, 4, 0), OP(MUL_DECIMAL, 3, 3, 4, 0),
      OP(LT, 3, 4, 3, 0), OP(CONST, 4, 0, 0, word(s, "@corp.example")), OP(ENDS, 5, 0, 4, 0),
      OP(AND, 3, 3, 5, 0), OP(STARTS, 5, 0, 4, 0), OP(OR, 3, 3, 5, 0), OP(CONTAINS, 5, 0, 4, 0),
      OP(OR, 3, 3, 5, 0), OP(GLOB, 5, 0, 0, word(s, "ord*")), OP(OR, 3, 3, 5, 0), OP(MATCHES, 5, 0, 0, matching), OP(AND, 3, 3, 5, 0), OP(MOVE, 0, 3, 0, 0),
      OP(ROW, 1, 0, 0, s->slots + 1), OP(ATTR, 2, 0, 0, A_REGIONS), OP(IN, 1, 1, 2, 0),
      OP(AND, 0, 0, 1, 0), OP(RETURN, 0, 0, 0, 0));
}

static uint32_t while_code(sample *s) {
  return CODE(s, EDI_TYPE_BOOL, OP(ROW, 0, 0, 0, s->slots), OP(IN_TABLE, 0, 0, 1, 0),
              OP(ROW, 1, 0, 0, s->slots + 1), OP(ATTR, 2, 0, 0, A_NOW), OP(DIFF_TIME, 1, 2, 1, 0),
              OP(CONST, 2, 0, 0, scalar(s, EDI_TYPE_DURATION, 30 * EDI_DAY_MICROS, 0)),
              OP(LT, 1, 1, 2, 0), OP(OR, 0, 0, 1, 0), OP(RETURN, 0, 0, 0, 0));
}

static uint32_t duration_code(sample *s, int64_t months) {
  return CODE(s, EDI_TYPE_DURATION, OP(CONST, 0, 0, 0, scalar(s, EDI_TYPE_DURATION, months, 1)),
              OP(RETURN, 0, 0, 0, 0));
}

static uint32_t require_code(sample *s) {
  return CODE(s, EDI_TYPE_BOOL, OP(ATTR, 0, 0, 0, A_OWNER), OP(IS_SET, 0, 0, 0, 0),
              OP(RETURN, 0, 0, 0, 0));
}

/* ---- masks ---- */

static uint32_t mask(sample *s, edi_transform_id id, const uint32_t *args, uint32_t count,
                     uint32_t key, uint32_t pattern) {
  edi_mask m = {id, edi_builder_list(s->b, args, count), key, pattern};
  return edi_builder_add_masks(s->b, &m, 1);
}

/* The cases of one arm: keep, const, show-first, show-last, regex, pseudonym, date-trunc, null. */
static edi_range mask_cases(sample *s, uint32_t condition) {
  edi_pattern_ref digits = {text(s, "([0-9])[0-9]*"), EDI_PATTERN_SUBSTITUTE};
  uint32_t pattern = edi_builder_add_patterns(s->b, &digits, 1);
  uint32_t shown[] = {scalar(s, EDI_TYPE_INT, 4, 0), word(s, "*"), word(s, "half"), word(s, "edict")};
  uint32_t replaced = word(s, "$1#"), unit = word(s, "month"), encode = word(s, "base64url");
  uint32_t given[] = {word(s, "hidden"), word(s, "keep")};
  edi_case cases[] = {
      {mask(s, EDI_TRANSFORM_RAW, NULL, 0, EDI_NONE, EDI_NONE), condition},
      {mask(s, EDI_TRANSFORM_CONST, given, 2, EDI_NONE, EDI_NONE), condition},
      {mask(s, EDI_TRANSFORM_SHOW_FIRST, shown, 4, EDI_NONE, EDI_NONE), condition},
      {mask(s, EDI_TRANSFORM_SHOW_LAST, shown, 4, EDI_NONE, EDI_NONE), condition},
      {mask(s, EDI_TRANSFORM_REGEX, &replaced, 1, EDI_NONE, pattern), condition},
      {mask(s, EDI_TRANSFORM_PSEUDONYM, &encode, 1, 0, EDI_NONE), condition},
      {mask(s, EDI_TRANSFORM_DATE_TRUNC, &unit, 1, EDI_NONE, EDI_NONE), condition},
      {mask(s, EDI_TRANSFORM_NULL, NULL, 0, EDI_NONE, EDI_NONE), EDI_NONE},
  };
  return (edi_range){edi_builder_add_cases(s->b, cases, COUNT(cases)), COUNT(cases)};
}

static edi_range mask_arms(sample *s) {
  uint32_t condition = CODE(s, EDI_TYPE_BOOL, OP(ROW, 0, 0, 0, s->slots), OP(IS_SET, 0, 0, 0, 0),
                            OP(RETURN, 0, 0, 0, 0));
  uint32_t column = CODE(s, EDI_TYPE_BOOL,
                         OP(TAGGED, 0, EDI_ENTITY_COLUMN, 0, tag_list(s, "pii.email", "pii.phone")),
                         OP(RETURN, 0, 0, 0, 0));
  edi_range cases = mask_cases(s, condition);
  edi_case single = {cases.first, EDI_NONE};
  edi_arm arms[] = {{column, cases}, {column, {edi_builder_add_cases(s->b, &single, 1), 1}}};
  return (edi_range){edi_builder_add_arms(s->b, arms, COUNT(arms)), COUNT(arms)};
}

/* ---- rules ---- */

static edi_rule rule_of(sample *s, const char *name, edi_effect effect) {
  return (edi_rule){.name = text(s, name),
                    .because = text(s, "GDPR Art. 5(1)(b)"),
                    .see = text(s, ""),
                    .note = text(s, "for \"the log\"\nonly"),
                    .file = text(s, s->domain ? "rules/sales.edict" : "rules/privacy.edict"),
                    .line = edi_builder_count_rules(s->b) + 1,
                    .column = 1,
                    .effect = effect,
                    .thing = EDI_THING_DATASET,
                    .from = (int32_t)EDI_DATE_MIN,
                    .until = (int32_t)EDI_DATE_MAX,
                    .target = EDI_NONE,
                    .condition = EDI_NONE,
                    .body = EDI_NONE,
                    .delegate_to = EDI_NONE};
}

static edi_range actions(sample *s, const char *first, const char *second) {
  uint32_t list[] = {node(first, ACTION), second ? node(second, ACTION) : 0};
  return edi_builder_list_sorted(s->b, list, second ? 2 : 1);
}

static edi_range slots(sample *s, const char *first, const char *second) {
  const char *const names[] = {first, second};
  s->slots = edi_builder_count_rowslots(s->b);
  for (size_t i = 0; i < 2 && names[i]; i++) {
    uint32_t n = node(names[i], TAG);
    edi_rowslot slot = {n, {0, 0}, nodes[n].type ? nodes[n].type : EDI_TYPE_STRING};
    (void)edi_builder_add_rowslots(s->b, &slot, 1);
  }
  return (edi_range){s->slots, second ? 2 : 1};
}

/* Both obligations: watermark("seen", now), tell(). */
static edi_range duties(sample *s) {
  uint32_t codes[] = {
      CODE(s, EDI_TYPE_STRING, OP(CONST, 0, 0, 0, word(s, "seen")), OP(RETURN, 0, 0, 0, 0)),
      CODE(s, EDI_TYPE_TIMESTAMP, OP(ATTR, 0, 0, 0, A_NOW), OP(RETURN, 0, 0, 0, 0)),
  };
  edi_duty both[] = {{0, edi_builder_list(s->b, codes, 2)}, {1, {0, 0}}};
  return (edi_range){edi_builder_add_duties(s->b, both, COUNT(both)), COUNT(both)};
}

static void add(sample *s, edi_rule rule) { (void)edi_builder_add_rules(s->b, &rule, 1); }

static void add_openers(sample *s) {
  edi_rule permit = rule_of(s, "federal.privacy.support", EDI_EFFECT_PERMIT);
  permit.actions = actions(s, "read", "export");
  permit.target = target_code(s);
  permit.condition = roles_code(s);
  add(s, permit);
  edi_rule delegate = rule_of(s, "federal.privacy.finance-opens", EDI_EFFECT_DELEGATE);
  delegate.actions = actions(s, "read", NULL);
  delegate.target = permit.target;
  delegate.delegate_to = node("finance", DOMAIN_KIND);
  delegate.until = 21549;
  add(s, delegate);
}

static void add_closers(sample *s) {
  edi_rule forbid = rule_of(s, s->domain ? "sales.rules.closed" : "federal.privacy.limitation",
                            EDI_EFFECT_FORBID);
  forbid.actions = actions(s, "access", NULL);
  forbid.condition = request_code(s);
  forbid.flags = EDI_RULE_SHADOW;
  add(s, forbid);
  edi_rule masks = rule_of(s, s->domain ? "sales.rules.contact" : "federal.privacy.contact-details",
                           EDI_EFFECT_MASK);
  masks.rowslots = slots(s, "pii.phone", NULL);
  masks.arms = mask_arms(s);
  masks.duties = duties(s);
  add(s, masks);
  edi_rule rows = rule_of(s, s->domain ? "sales.rules.residency" : "federal.privacy.residency",
                          EDI_EFFECT_SHOW_ROWS);
  rows.rowslots = slots(s, "pii.email", "geo.country");
  rows.body = where_code(s);
  rows.target = target_code(s);
  add(s, rows);
  edi_rule require =
      rule_of(s, s->domain ? "sales.rules.owned" : "federal.privacy.owned", EDI_EFFECT_REQUIRE);
  require.body = require_code(s);
  require.from = 20000;
  add(s, require);
}

static void add_groups(sample *s) {
  edi_rule groups = rule_of(s, s->domain ? "sales.rules.groups" : "federal.privacy.groups", EDI_EFFECT_SHOW_GROUPS);
  groups.rowslots = slots(s, "person.id", NULL);
  groups.least = 5;
  add(s, groups);
  uint32_t named[] = {edi_builder_count_rules(s->b) - 1, edi_builder_count_rules(s->b) - 2};
  edi_rule exempt = rule_of(s, s->domain ? "sales.rules.spared" : "federal.privacy.spared", EDI_EFFECT_EXEMPT);
  exempt.target = target_code(s);
  exempt.until = 21549;
  exempt.exempts = edi_builder_list_sorted(s->b, named, 2);
  add(s, exempt);
}

static void add_retention(sample *s) {
  edi_rule most = rule_of(s, s->domain ? "sales.rules.months" : "federal.privacy.months",
                          EDI_EFFECT_RETAIN_AT_MOST);
  most.flags = EDI_RULE_THEN_ERASE;
  most.rowslots = slots(s, "time.collected", NULL);
  most.body = duration_code(s, 24);
  most.condition = retain_condition(s);
  add(s, most);
  if (s->domain) return;
  edi_rule least = rule_of(s, "federal.privacy.books", EDI_EFFECT_RETAIN_AT_LEAST);
  least.rowslots = slots(s, "time.collected", NULL);
  least.body = duration_code(s, 6);
  add(s, least);
  edi_rule held = rule_of(s, "federal.privacy.litigation", EDI_EFFECT_RETAIN_WHILE);
  held.rowslots = slots(s, "person.id", "time.collected");
  held.body = while_code(s);
  add(s, held);
}

/* ---- contracts ---- */

static edi_range tags(sample *s, const char *first, const char *second) {
  uint32_t list[] = {node(first, TAG), second ? node(second, TAG) : 0};
  return edi_builder_list_sorted(s->b, list, second ? 2 : 1);
}

static void add_contract(sample *s) {
  uint32_t members[] = {node_const(s, "support", PURPOSE)};
  edi_fact stated[] = {
      {A_STATED, edi_builder_const_set(s->b, EDI_TYPE_MAKE(EDI_TYPE_NODE, PURPOSE), members, 1)}};
  edi_fact owned[] = {{A_OWNER, word(s, "sales team")}};
  edi_column columns[] = {
      {text(s, "country"), text(s, "COUNTRY"), 0, 1, EDI_TYPE_STRING, EDI_COLUMN_REQUIRED,
       tags(s, "geo.country", NULL)},
      {text(s, "phone"), text(s, ""), 0, EDI_NONE, EDI_TYPE_STRING, 0,
       tags(s, "pii.phone", "pii.email")},
      {text(s, "more"), text(s, ""), 0, EDI_NONE, EDI_TYPE_NONE, 0, {0, 0}},
  };
  edi_range column_run = {edi_builder_add_columns(s->b, columns, COUNT(columns)), COUNT(columns)};
  edi_contract contract = {.name = text(s, "sales.orders"),
                           .id = text(s, "c-1"),
                           .version = text(s, "1.0.0"),
                           .status = text(s, "active"),
                           .file = text(s, "contracts/orders.odcs.yaml"),
                           .domain = node("sales", DOMAIN_KIND),
                           .tags = tags(s, "pii", NULL),
                           .facts = edi_builder_facts(s->b, owned, 1),
                           .datasets = {0, 1}};
  edi_dataset dataset = {text(s, "orders"),    text(s, "public.orders"),           0,         1,
                         tags(s, "pii", NULL), edi_builder_facts(s->b, stated, 1), column_run};
  (void)edi_builder_add_datasets(s->b, &dataset, 1);
  (void)edi_builder_add_contracts(s->b, &contract, 1);
}

/* ---- programs ---- */

static sample start(edi_arena *arena, bool domain) {
  sample s = {.b = edi_builder_create(arena), .domain = domain};
  if (!s.b) die("no memory");
  return s;
}

static void add_settings(sample *s, uint32_t untagged) {
  edi_settings settings = {s->domain ? EDI_LAYER_DOMAIN : EDI_LAYER_FEDERAL,
                           text(s, s->domain ? "sales" : ""), untagged, 0};
  (void)edi_builder_add_settings(s->b, &settings, 1);
}

edi_builder *sample_federal(edi_arena *arena) {
  sample s = start(arena, false);
  add_settings(&s, node("pii", TAG));
  add_nodes(&s);
  add_scale(&s);
  add_attrs(&s);
  add_issuers(&s);
  add_keys_and_tables(&s);
  add_openers(&s);
  add_closers(&s);
  add_retention(&s);
  add_groups(&s);
  add_contract(&s);
  return s.b;
}

edi_builder *sample_domain(edi_arena *arena) {
  sample s = start(arena, true);
  add_settings(&s, EDI_NONE);
  add_nodes(&s);
  add_scale(&s);
  add_attrs(&s);
  add_keys_and_tables(&s);
  add_closers(&s);
  add_retention(&s);
  add_groups(&s);
  edi_rule named = rule_of(&s, "sales.rules.country", EDI_EFFECT_SHOW_ROWS);
  edi_rowslot slot = {EDI_NONE, text(&s, "country"), EDI_TYPE_STRING};
  named.rowslots = (edi_range){edi_builder_add_rowslots(s.b, &slot, 1), 1};
  named.body = CODE(&s, EDI_TYPE_BOOL, OP(ROW, 0, 0, 0, named.rowslots.first),
                    OP(CONST, 1, 0, 0, word(&s, "de")), OP(EQ, 0, 0, 1, 0), OP(RETURN, 0, 0, 0, 0));
  add(&s, named);
  add_contract(&s);
  return s.b;
}

edi_builder *sample_empty(edi_arena *arena) {
  sample s = start(arena, false);
  add_settings(&s, EDI_NONE);
  return s.b;
}

edi_builder *sample_many_rules(edi_arena *arena, uint32_t count) {
  sample s = start(arena, false);
  add_settings(&s, EDI_NONE);
  add_nodes(&s);
  add_scale(&s);
  add_attrs(&s);
  uint32_t condition =
      count > 0 ? roles_code(&s) : EDI_NONE; /* a code that nobody names is refused */
  for (uint32_t i = 0; i < count; i++) {
    char name[64], glob[64];
    snprintf(name, sizeof name, "federal.many.rule-number-%u", (unsigned)i);
    snprintf(glob, sizeof glob, "dataset-%u*", (unsigned)i);
    edi_rule rule = rule_of(&s, name, EDI_EFFECT_PERMIT);
    rule.actions = actions(&s, "read", NULL);
    rule.condition = condition;
    rule.target = CODE(&s, EDI_TYPE_BOOL, OP(NAMED, 0, EDI_ENTITY_DATASET, 0, word(&s, glob)),
                       OP(HOLDING, 1, EDI_ENTITY_DATASET, 0, tag_list(&s, "pii", NULL)),
                       OP(AND, 0, 0, 1, 0), OP(RETURN, 0, 0, 0, 0));
    add(&s, rule);
  }
  return s.b;
}

void sample_bytes(edi_builder *builder, edi_buf *into) {
  edi_buf_init(into, NULL, (size_t)1 << 30);
  if (edi_builder_finish(builder, into) != EDICT_OK) die("it cannot be finished");
}

/* The records as they stand, whether or not a verifier would take them. */
static edi_program view(const void *bytes) {
  edi_section_entry e[EDI_SECTION_COUNT];
  edi_program p;
  memcpy(e, (const char *)bytes + sizeof(edi_program_header), sizeof e);
#define SECTION(NAME, type, member)                                                                               \
  p.member = (const type *)(const void *)((const char *)bytes + e[EDI_SECTION_##NAME].offset);                    \
  p.member##_count = (uint32_t)(e[EDI_SECTION_##NAME].length / sizeof(type));
  EDI_SECTIONS(SECTION)
#undef SECTION
  return p;
}

bool sample_try_pack(edi_buf *records) {
  edi_arena arena;
  edi_buf packed;
  edi_program p = view(records->ptr);
  edi_arena_init(&arena, NULL, (size_t)1 << 30);
  edi_buf_init(&packed, NULL, (size_t)1 << 30);
  bool done = edi_program_pack(&p, &arena, &packed) == EDICT_OK;
  edi_arena_fini(&arena);
  if (!done) {
    edi_buf_fini(&packed);
    return false;
  }
  edi_buf_fini(records);
  *records = packed;
  return true;
}

void sample_pack(edi_buf *records) {
  if (!sample_try_pack(records)) die("it cannot be packed");
}

edi_str sample_unpack(edi_arena *arena, edi_str packed) {
  edi_str records;
  if (edi_program_unpack(packed.ptr, packed.len, arena, arena, &records, NULL) != EDICT_OK) die("it cannot be unpacked");
  return records;
}

size_t sample_offset(const void *bytes, unsigned section, uint32_t record, size_t record_size,
                     size_t field) {
  edi_section_entry entry;
  memcpy(&entry, (const char *)bytes + sizeof(edi_program_header) + section * sizeof entry,
         sizeof entry);
  return entry.offset + record * record_size + field;
}

edi_builder *sample_filed(edi_arena *arena) {
  edi_builder *b = sample_federal(arena);
  edi_builder_file_rules(b);
  return b;
}
