/* The verifier's records: each rule of each section violated once, in a program that holds
 * otherwise.
 *
 * A row changes one field of the sample program and names the code that must be reported first. */
#include "harness.h"

#include "base/calendar.h"
#include "bundle/limits.h"
#include "support/sample_program.h"

typedef struct change {
  const char *name; /* "NODES.end" */
  unsigned section;
  uint32_t record;
  size_t record_size, field, width;
  uint64_t value;
  const char *code;
} change;

#define ROW(SECTION, type, record, field, value, code)                                            \
  {                                                                                               \
#SECTION "[" #record "]." #field " = " #value, EDI_SECTION_##SECTION, (record), sizeof(type), \
        offsetof(type, field), sizeof(((type *)0)->field), (uint64_t)(value), #code               \
  }
#define NONE EDI_NONE
/* Offsets of STRINGS that are within a text of more than one byte, and beyond all. */
#define BEYOND 0x7FFFFFFFu
#define SHORT  INT64_MAX
#define AS_IT_IS (INT64_MAX - 1)
#define OF_THE_SET (INT64_MAX - 2)

/* Verifies a copy with one field changed; the code that was reported, or "" if it held. */
static void apply(edi_buf *sample, const change *c) {
  unsigned char *at = (unsigned char *)sample->ptr +
                      sample_offset(sample->ptr, c->section, c->record, c->record_size, c->field);
  for (size_t i = 0; i < c->width; i++) at[i] = (unsigned char)(c->value >> (8 * i));
}

static void expect(edi_builder *(*make)(edi_arena *), const change *c) {
  edi_arena arena;
  edi_buf bytes;
  edi_program program;
  edict_diagnostics *findings = edict_diagnostics_create();
  edi_arena_init(&arena, NULL, (size_t)64 << 20);
  sample_bytes(make(&arena), &bytes);
  apply(&bytes, c);
  edict_status status = edi_program_verify(bytes.ptr, bytes.len, &arena, &program, findings);
  const char *code =
      edict_diagnostics_count(findings) > 0 ? edict_diagnostics_code(findings, 0) : "";
  if (strcmp(code, c->code) != 0)
    HARNESS_FAIL("%s: %s, expected %s (%s)", c->name, code, c->code,
                 *code ? edict_diagnostics_message(findings, 0) : edict_status_name(status));
  CHECK_INT(status, EDICT_FORMAT);
  edi_program zero = {0};
  CHECK(memcmp(&program, &zero, sizeof zero) == 0);
  CHECK_INT(edict_diagnostics_count(findings), 1);
  edict_diagnostics_destroy(&findings);
  edi_buf_fini(&bytes);
  edi_arena_fini(&arena);
}

#define EACH(make, rows) \
  for (size_t i = 0; i < sizeof(rows) / sizeof *(rows); i++) expect(make, &(rows)[i])

TEST(settings_and_symbols)
{
  static const change rows[] = {
      ROW(SETTINGS, edi_settings, 0, layer, 0, R0134),
      ROW(SETTINGS, edi_settings, 0, layer, 3, R0134),
      ROW(SETTINGS, edi_settings, 0, layer, EDI_LAYER_DOMAIN, R0121),
      ROW(SETTINGS, edi_settings, 0, domain.len, 3, R0133),
      ROW(SETTINGS, edi_settings, 0, domain.off, BEYOND, R0120),
      ROW(SETTINGS, edi_settings, 0, untagged, 7, R0124),
      ROW(SETTINGS, edi_settings, 0, untagged, 25, R0124),
      ROW(SETTINGS, edi_settings, 0, cost, 1, R0147),
      ROW(KINDS, edi_kind, 0, name.len, 0, R0121),
      ROW(KINDS, edi_kind, 0, name.len, BEYOND, R0120),
      ROW(KINDS, edi_kind, 0, name.len, 129, R0113),
      ROW(KINDS, edi_kind, 0, nodes.first, 26, R0125),
      ROW(KINDS, edi_kind, 0, nodes.count, 6, R0125),
      ROW(KINDS, edi_kind, 0, nodes.count, 8, R0125),
      ROW(KINDS, edi_kind, 0, flags, EDI_IMPORTED, R0132),
      ROW(KINDS, edi_kind, 0, flags, 4, R0123),
      ROW(KINDS, edi_kind, 0, flags, EDI_KIND_ID, R0131),
      ROW(KINDS, edi_kind, 7, nodes.count, 1, R0131),
      ROW(KINDS, edi_kind, 7, flags, 0, R0127), /* id<person> needs a kind of id */
      ROW(NODES, edi_node, 1, name.len, 0, R0121),
      ROW(NODES, edi_node, 1, title.off, BEYOND, R0120),
      ROW(NODES, edi_node, 1, kind, 1, R0125),
      ROW(NODES, edi_node, 2, parent, NONE, R0126),
      ROW(NODES, edi_node, 2, parent, 0, R0126),
      ROW(NODES, edi_node, 0, parent, 1, R0126),
      ROW(NODES, edi_node, 0, end, 0, R0126),
      ROW(NODES, edi_node, 1, end, 3, R0126),
      ROW(NODES, edi_node, 2, end, 5, R0126),
      ROW(NODES, edi_node, 6, end, 9, R0126),
      ROW(NODES, edi_node, 2, type, 13, R0127),
      ROW(NODES, edi_node, 2, type, EDI_TYPE_SUBJECT, R0127),
      ROW(NODES, edi_node, 2, type, EDI_TYPE_STRING | EDI_TYPE_SET, R0127),
      ROW(NODES, edi_node, 2, type, EDI_TYPE_MAKE(EDI_TYPE_STRING, 1), R0127),
      ROW(NODES, edi_node, 2, type, EDI_TYPE_STRING | 0x200, R0127),
      ROW(NODES, edi_node, 2, type, EDI_TYPE_MAKE(EDI_TYPE_NODE, 8), R0127),
      ROW(NODES, edi_node, 2, type, EDI_TYPE_MAKE(EDI_TYPE_NODE, 7), R0127),
      ROW(NODES, edi_node, 2, type, EDI_TYPE_MAKE(EDI_TYPE_ID, 0), R0127),
      ROW(NODES, edi_node, 2, type, EDI_TYPE_MAKE(EDI_TYPE_LEVEL, 1), R0127),
      ROW(NODES, edi_node, 8, type, EDI_TYPE_STRING, R0127), /* a purpose */
      ROW(NODES, edi_node, 1, flags, 8, R0123),
      ROW(NODES, edi_node, 1, flags, EDI_IMPORTED, R0132),
      ROW(SCALES, edi_scale, 0, name.len, 0, R0121),
      ROW(SCALES, edi_scale, 0, levels.count, 0, R0131),
      ROW(SCALES, edi_scale, 0, levels.count, 3, R0125),
      ROW(SCALES, edi_scale, 0, levels.count, 5, R0125),
      ROW(SCALES, edi_scale, 0, flags, EDI_IMPORTED, R0132),
      ROW(SCALES, edi_scale, 0, flags, 2, R0123),
      ROW(LEVELS, edi_level, 1, name.len, 0, R0121),
      ROW(LEVELS, edi_level, 1, scale, 1, R0125),
      ROW(LEVELS, edi_level, 1, rank, 2, R0126),
      ROW(LEVELS, edi_level, 0, rank, 1, R0126),
  };
  EACH(sample_federal, rows);
}

TEST(attributes_and_issuers)
{
  static const change rows[] = {
      ROW(ATTRS, edi_attr, 9, name.len, 0, R0121),
      ROW(ATTRS, edi_attr, 9, path.off, BEYOND, R0120),
      ROW(ATTRS, edi_attr, 9, entity, EDI_ENTITY_COLUMN, R0134),
      ROW(ATTRS, edi_attr, 9, entity, 5, R0134),
      ROW(ATTRS, edi_attr, 9, entity, EDI_ENTITY_SUBJECT, R0131), /* it has a path */
      ROW(ATTRS, edi_attr, 9, type, 0, R0127),
      ROW(ATTRS, edi_attr, 9, type, EDI_TYPE_SUBJECT, R0127),
      ROW(ATTRS, edi_attr, 9, type, EDI_TYPE_INT, R0127), /* its fallback is a string */
      ROW(ATTRS, edi_attr, 9, fallback, 10000, R0124),
      ROW(ATTRS, edi_attr, 5, fallback, 0, R0127),
      ROW(ATTRS, edi_attr, 9, flags, 8, R0123),
      ROW(ATTRS, edi_attr, 9, flags, EDI_IMPORTED, R0132),
      ROW(ATTRS, edi_attr, 9, flags, EDI_ATTR_BUILTIN, R0123), /* product.owner is not built in */
      ROW(ATTRS, edi_attr, 7, flags, 0, R0123),                /* context.now is */
      ROW(ATTRS, edi_attr, 7, type, EDI_TYPE_STRING, R0127),
      ROW(ATTRS, edi_attr, 6, type, EDI_TYPE_MAKE(EDI_TYPE_NODE, 2), R0127),
      ROW(ATTRS, edi_attr, 2, type, EDI_TYPE_STRING, R0127),
      ROW(ATTRS, edi_attr, 2, type, EDI_TYPE_SUBJECT | EDI_TYPE_SET, R0127),
      ROW(ATTRS, edi_attr, 3, type, EDI_TYPE_MAKE(EDI_TYPE_NODE, 2), R0127), /* roles are a set */
      ROW(ISSUERS, edi_issuer, 0, name.len, 0, R0121),
      ROW(ISSUERS, edi_issuer, 0, url.len, 0, R0121),
      ROW(ISSUERS, edi_issuer, 0, audience.len, 0, R0121),
      ROW(ISSUERS, edi_issuer, 0, keys.len, 0, R0121),
      ROW(ISSUERS, edi_issuer, 1, url.len, 1, R0113),
      ROW(ISSUERS, edi_issuer, 1, keys.len, 1, R0113),
      ROW(ISSUERS, edi_issuer, 0, claims.count, 3, R0125),
      ROW(ISSUERS, edi_issuer, 0, claims.count, 1, R0125),
      ROW(ISSUERS, edi_issuer, 1, claims.first, 3, R0125),
      ROW(ISSUERS, edi_issuer, 0, algorithms, 0, R0131),
      ROW(ISSUERS, edi_issuer, 0, algorithms, 8192, R0123),
      ROW(ISSUERS, edi_issuer, 1, algorithms, EDI_ALG_RS256, R0131),
      ROW(ISSUERS, edi_issuer, 0, algorithms, EDI_ALG_HS256, R0131), /* keys in the bundle */
      ROW(ISSUERS, edi_issuer, 0, algorithms, EDI_ALG_HS256 | EDI_ALG_ES256, R0131),
      ROW(ISSUERS, edi_issuer, 0, algorithms, EDI_ALG_HS512 | EDI_ALG_EDDSA, R0131),
      ROW(ISSUERS, edi_issuer, 0, flags, EDI_ISSUER_KEYS_FROM_HOST, R0113), /* and keys */
      ROW(ISSUERS, edi_issuer, 0, tokens, 0, R0131),
      ROW(ISSUERS, edi_issuer, 0, tokens, 8, R0123),
      ROW(ISSUERS, edi_issuer, 0, tokens, EDI_TOKENS_WORKLOAD, R0131),
      ROW(ISSUERS, edi_issuer, 0, tokens, EDI_TOKENS_WORKLOAD | EDI_TOKENS_JWT, R0131),
      ROW(ISSUERS, edi_issuer, 1, tokens, EDI_TOKENS_JWT, R0131),
      ROW(ISSUERS, edi_issuer, 0, revoked, 2, R0124),
      ROW(ISSUERS, edi_issuer, 0, revoked, 0, R0131), /* one key, no text */
      ROW(ISSUERS, edi_issuer, 0, revoked, 1, R0131),
      ROW(ISSUERS, edi_issuer, 1, revoked, 0, R0131),
      ROW(ISSUERS, edi_issuer, 0, flags, 1, R0123),
      ROW(ISSUERS, edi_issuer, 0, flags, EDI_ISSUER_HOST, R0113),
      ROW(ISSUERS, edi_issuer, 0, node, 0, R0124),
      ROW(ISSUERS, edi_issuer, 0, node, NONE, R0124),
      ROW(CLAIMS, edi_claim, 0, attr, 12, R0124),
      ROW(CLAIMS, edi_claim, 0, attr, 2, R0131), /* subject.id */
      ROW(CLAIMS, edi_claim, 0, attr, 6, R0131), /* context.purpose */
      ROW(CLAIMS, edi_claim, 0, attr, 4, R0124), /* `within` is a role */
      ROW(CLAIMS, edi_claim, 1, attr, 3, R0122),
      ROW(CLAIMS, edi_claim, 0, path.len, 0, R0121),
      ROW(CLAIMS, edi_claim, 0, path.len, 13, R0131), /* "realm_access." */
      ROW(CLAIMS, edi_claim, 0, within, 8, R0124),
      ROW(CLAIMS, edi_claim, 0, map.count, 3, R0125),
      ROW(CLAIMS, edi_claim, 0, map.count, 1, R0125),
      ROW(CLAIMS, edi_claim, 0, flags, 1, R0123),
      ROW(CLAIMMAPS, edi_claimmap, 0, text.len, 0, R0121),
      ROW(CLAIMMAPS, edi_claimmap, 0, node, 8, R0124),
  };
  EACH(sample_federal, rows);
}

TEST(keys_and_tables)
{
  static const change rows[] = {
      ROW(KEYS, edi_key, 0, name.len, 0, R0121),
      ROW(KEYS, edi_key, 0, name.len, 7, R0132), /* "federal" */
      ROW(KEYS, edi_key, 0, name.len, 8, R0132), /* "federal." */
      ROW(KEYS, edi_key, 0, name.len, 258, R0113),
      ROW(KEYS, edi_key, 0, scope, 0, R0134),
      ROW(KEYS, edi_key, 0, scope, 7, R0134),
      ROW(KEYS, edi_key, 0, flags, 2, R0123),
      ROW(KEYS, edi_key, 0, flags, 1, R0132),
      ROW(TABLES, edi_table, 0, name.len, 7, R0132),
      ROW(TABLES, edi_table, 0, keys.count, 0, R0131),
      ROW(TABLES, edi_table, 0, keys.count, 2, R0125), /* the second belongs to the other table */
      ROW(TABLES, edi_table, 1, values.count, 0, R0125),
      ROW(TABLES, edi_table, 1, values.first, 4, R0125),
      ROW(TABLES, edi_table, 0, flags, 4, R0123),
      ROW(TABLECOLS, edi_tablecol, 0, name.len, 0, R0121),
      ROW(TABLECOLS, edi_tablecol, 0, type, 0, R0127),
      ROW(TABLECOLS, edi_tablecol, 0, type, EDI_TYPE_INT | EDI_TYPE_SET, R0127),
      ROW(TABLECOLS, edi_tablecol, 0, type, EDI_TYPE_SUBJECT, R0127),
      ROW(TABLECOLS, edi_tablecol, 0, table, 1, R0125),
  };
  EACH(sample_federal, rows);
}

TEST(patterns_masks_and_slots)
{
  static const change rows[] = {
      ROW(PATTERNS, edi_pattern_ref, 0, source.len, BEYOND, R0120),
      ROW(PATTERNS, edi_pattern_ref, 0, source.len, 3, R0129),
      ROW(PATTERNS, edi_pattern_ref, 0, use, 2, R0134),
      ROW(PATTERNS, edi_pattern_ref, 1, use, 1, R0129), /* a condition's, read as a mask's */
      ROW(MASKS, edi_mask, 0, transform, 0, R0134),
      ROW(MASKS, edi_mask, 0, transform, 64, R0134),
      ROW(MASKS, edi_mask, 0, transform, EDI_TRANSFORM_CONST, R0130),
      ROW(MASKS, edi_mask, 1, transform, EDI_TRANSFORM_NULL, R0130),
      ROW(MASKS, edi_mask, 1, args.count, 3, R0130),
      ROW(MASKS, edi_mask, 1, args.first, 10000, R0125),
      ROW(MASKS, edi_mask, 2, args.count, 1, R0130),
      ROW(MASKS, edi_mask, 0, key, 0, R0130),
      ROW(MASKS, edi_mask, 0, pattern, 0, R0130),
      ROW(MASKS, edi_mask, 4, pattern, 1, R0130), /* the condition's pattern */
      ROW(MASKS, edi_mask, 4, pattern, NONE, R0124),
      ROW(MASKS, edi_mask, 5, key, NONE, R0124),
      ROW(MASKS, edi_mask, 5, key, 2, R0124),
      ROW(MASKS, edi_mask, 6, transform, EDI_TRANSFORM_SHOW_LAST, R0130),
      ROW(ROWSLOTS, edi_rowslot, 0, node, 7, R0124),
      ROW(ROWSLOTS, edi_rowslot, 0, node, NONE, R0131),
      ROW(ROWSLOTS, edi_rowslot, 0, name.len, 2, R0131),
      ROW(ROWSLOTS, edi_rowslot, 0, type, EDI_TYPE_SUBJECT, R0127),
      ROW(ROWSLOTS, edi_rowslot, 0, type, EDI_TYPE_STRING | EDI_TYPE_SET, R0127),
      ROW(ROWSLOTS, edi_rowslot, 1, type, EDI_TYPE_INT, R0127), /* pii.email is a string */
  };
  EACH(sample_federal, rows);
}

TEST(rules)
{
  static const change rows[] = {
      ROW(RULES, edi_rule, 0, name.len, 0, R0121),
      ROW(RULES, edi_rule, 0, name.len, 5, R0132),
      ROW(RULES, edi_rule, 0, because.off, BEYOND, R0120),
      ROW(RULES, edi_rule, 0, see.off, BEYOND, R0120),
      ROW(RULES, edi_rule, 0, note.off, BEYOND, R0120),
      ROW(RULES, edi_rule, 0, file.len, 0, R0121),
      ROW(RULES, edi_rule, 0, line, 0, R0134),
      ROW(RULES, edi_rule, 0, column, 0, R0134),
      ROW(RULES, edi_rule, 0, effect, 0, R0134),
      ROW(RULES, edi_rule, 0, effect, 12, R0134),
      ROW(RULES, edi_rule, 0, effect, EDI_EFFECT_MASK, R0131),
      ROW(RULES, edi_rule, 0, effect, EDI_EFFECT_DELEGATE, R0124),
      ROW(RULES, edi_rule, 0, flags, 4, R0123),
      ROW(RULES, edi_rule, 0, flags, EDI_RULE_THEN_ERASE, R0123),
      ROW(RULES, edi_rule, 0, from, (uint32_t)(EDI_DATE_MIN - 1), R0134),
      ROW(RULES, edi_rule, 0, until, EDI_DATE_MAX + 1, R0134),
      ROW(RULES, edi_rule, 1, from, 21550, R0134),
      ROW(RULES, edi_rule, 0, actions.count, 0, R0131),
      ROW(RULES, edi_rule, 0, actions.first, 10000, R0125),
      ROW(RULES, edi_rule, 4, actions.count, 1, R0131),
      ROW(RULES, edi_rule, 0, target, NONE, R0131),
      ROW(RULES, edi_rule, 0, target, 13, R0124),
      ROW(RULES, edi_rule, 0, target, 1, R0145),    /* reads the subject */
      ROW(RULES, edi_rule, 0, condition, 3, R0145), /* reads a row */
      ROW(RULES, edi_rule, 0, condition, 4, R0145), /* reads a column */
      ROW(RULES, edi_rule, 0, condition, 7, R0145), /* gives a duration */
      ROW(RULES, edi_rule, 0, condition, 0, R0144), /* reads other attributes */
      ROW(RULES, edi_rule, 0, body, 6, R0131),
      ROW(RULES, edi_rule, 4, body, NONE, R0124),
      ROW(RULES, edi_rule, 4, body, 12, R0146),     /* another rule's slots */
      ROW(RULES, edi_rule, 5, body, 12, R0145),     /* require reads no row */
      ROW(RULES, edi_rule, 6, body, 6, R0145),      /* not a duration */
      ROW(RULES, edi_rule, 6, condition, 1, R0145), /* a sweep has no subject */
      ROW(RULES, edi_rule, 1, delegate_to, NONE, R0124),
      ROW(RULES, edi_rule, 1, delegate_to, 0, R0124),
      ROW(RULES, edi_rule, 0, delegate_to, 22, R0131),
      ROW(RULES, edi_rule, 0, arms.count, 1, R0131),
      ROW(RULES, edi_rule, 3, arms.count, 0, R0131),
      ROW(RULES, edi_rule, 3, arms.count, 3, R0125),
      ROW(RULES, edi_rule, 3, arms.count, 1, R0125),
      ROW(RULES, edi_rule, 0, rowslots.count, 1, R0131),
      ROW(RULES, edi_rule, 0, rowslots.first, 99, R0125),
      ROW(RULES, edi_rule, 6, rowslots.count, 0, R0131),
      ROW(RULES, edi_rule, 6, rowslots.count, 2, R0131),
      ROW(RULES, edi_rule, 6, rowslots.first, 0, R0127), /* not a time */
      ROW(RULES, edi_rule, 0, reads.count, 0, R0144),
      ROW(RULES, edi_rule, 0, reads.count, 2, R0144),
      ROW(RULES, edi_rule, 0, reads.first, 10000, R0125),
      ROW(CASES, edi_case, 0, mask, 8, R0124),
      ROW(CASES, edi_case, 0, condition, NONE, R0131),
      ROW(CASES, edi_case, 0, condition, 4, R0145),
      ROW(CASES, edi_case, 0, condition, 7, R0146),
      ROW(CASES, edi_case, 7, condition, 3, R0131), /* no `otherwise` */
      ROW(ARMS, edi_arm, 0, column, NONE, R0124),
      ROW(ARMS, edi_arm, 0, column, 1, R0145),
      ROW(ARMS, edi_arm, 0, cases.count, 0, R0131),
      ROW(ARMS, edi_arm, 0, cases.count, 9,
          R0131), /* takes the other arm's, whose case has no condition */
      ROW(ARMS, edi_arm, 1, cases.first, 0, R0125),
  };
  EACH(sample_federal, rows);
}

TEST(contracts)
{
  static const change rows[] = {
      ROW(CONTRACTS, edi_contract, 0, name.len, 0, R0121),
      ROW(CONTRACTS, edi_contract, 0, id.off, BEYOND, R0120),
      ROW(CONTRACTS, edi_contract, 0, version.off, BEYOND, R0120),
      ROW(CONTRACTS, edi_contract, 0, status.off, BEYOND, R0120),
      ROW(CONTRACTS, edi_contract, 0, file.len, 0, R0121),
      ROW(CONTRACTS, edi_contract, 0, domain, 0, R0124),
      ROW(CONTRACTS, edi_contract, 0, domain, NONE, R0124),
      ROW(CONTRACTS, edi_contract, 0, tags.first, 10000, R0125),
      ROW(CONTRACTS, edi_contract, 0, facts.count, 2, R0131), /* takes the dataset's */
      ROW(CONTRACTS, edi_contract, 0, facts.count, 0, R0125),
      ROW(CONTRACTS, edi_contract, 0, datasets.count, 0, R0125),
      ROW(CONTRACTS, edi_contract, 0, datasets.count, 2, R0125),
      ROW(DATASETS, edi_dataset, 0, name.len, 0, R0121),
      ROW(DATASETS, edi_dataset, 0, physical_name.off, BEYOND, R0120),
      ROW(DATASETS, edi_dataset, 0, contract, 1, R0125),
      ROW(DATASETS, edi_dataset, 0, classification, 4, R0124),
      ROW(DATASETS, edi_dataset, 0, facts.first, 0, R0125),
      ROW(DATASETS, edi_dataset, 0, columns.count, 2, R0125),
      ROW(DATASETS, edi_dataset, 0, columns.count, 4097, R0113),
      ROW(COLUMNS, edi_column, 0, name.len, 0, R0121),
      ROW(COLUMNS, edi_column, 0, physical_name.off, BEYOND, R0120),
      ROW(COLUMNS, edi_column, 0, dataset, 1, R0125),
      ROW(COLUMNS, edi_column, 0, classification, 4, R0124),
      ROW(COLUMNS, edi_column, 0, type, 7, R0134),
      ROW(COLUMNS, edi_column, 0, flags, 8, R0123),
      ROW(COLUMNS, edi_column, 0, tags.first, 10000, R0125),
      ROW(FACTS, edi_fact, 0, attr, 12, R0124),
      ROW(FACTS, edi_fact, 0, attr, 0, R0131),  /* product.name is built in */
      ROW(FACTS, edi_fact, 0, attr, 10, R0131), /* a dataset's */
      ROW(FACTS, edi_fact, 0, value, 10000, R0124),
  };
  EACH(sample_federal, rows);
}

TEST(a_domain_may_not)
{
  static const change rows[] = {
      ROW(SETTINGS, edi_settings, 0, layer, EDI_LAYER_FEDERAL, R0133),
      ROW(SETTINGS, edi_settings, 0, domain.len, 0, R0121),
      ROW(SETTINGS, edi_settings, 0, domain.len, 4, R0132), /* "sale": not its rules' first part */
      ROW(SETTINGS, edi_settings, 0, untagged, 1, R0132),
      ROW(KINDS, edi_kind, 0, flags, 0, R0132),
      ROW(KINDS, edi_kind, 5, flags, 0, R0132),
      ROW(SCALES, edi_scale, 0, flags, 0, R0132),
      ROW(NODES, edi_node, 1, parent, 0, R0126),
      ROW(NODES, edi_node, 1, end, 3, R0126),
      ROW(NODES, edi_node, 4, flags, 0, R0124),  /* declared at the top of a federal taxonomy */
      ROW(ATTRS, edi_attr, 5, flags, 0, R0132),  /* a subject attribute */
      ROW(ATTRS, edi_attr, 11, flags, 0, R0132), /* a context attribute */
      ROW(KEYS, edi_key, 0, flags, 0, R0132),
      ROW(KEYS, edi_key, 1, scope, EDI_SCOPE_FEDERATION, R0132),
      ROW(KEYS, edi_key, 1, flags, EDI_IMPORTED, R0132), /* "sales.keys.order" is not federal */
      ROW(TABLES, edi_table, 0, flags, 0, R0132),
      ROW(RULES, edi_rule, 0, name.len, 5, R0132),
      ROW(CONTRACTS, edi_contract, 0, domain, 22, R0132),
      ROW(CONTRACTS, edi_contract, 0, name.len, 5, R0132),
      ROW(LEVELS, edi_level, 1, rank, 0, R0126),
  };
  EACH(sample_domain, rows);
}

/* A rule that it may have, as one that delegates. */
TEST(a_domain_delegates_nothing)
{
  edi_arena arena;
  edi_buf bytes;
  edi_program program;
  edi_arena_init(&arena, NULL, (size_t)64 << 20);
  sample_bytes(sample_domain(&arena), &bytes);
  REQUIRE(edi_program_verify(bytes.ptr, bytes.len, &arena, &program, NULL) == EDICT_OK);
  uint32_t forbid = EDI_NONE;
  for (uint32_t i = 0; i < program.rules_count; i++)
    if (program.rules[i].effect == EDI_EFFECT_FORBID) forbid = i;
  REQUIRE(forbid != EDI_NONE);
  const change rows[] = {
      {"a rule that delegates", EDI_SECTION_RULES, forbid, sizeof(edi_rule), offsetof(edi_rule, effect), sizeof program.rules->effect, EDI_EFFECT_DELEGATE, "R0132"},
  };
  EACH(sample_domain, rows);
  edi_buf_fini(&bytes);
  edi_arena_fini(&arena);
}

/* Registers, cost and each thing that a code says it reads, one more and one less. */
TEST(measures_are_exact)
{
  edi_arena arena;
  edi_buf bytes;
  edi_program program;
  edi_arena_init(&arena, NULL, (size_t)64 << 20);
  sample_bytes(sample_federal(&arena), &bytes);
  REQUIRE(edi_program_verify(bytes.ptr, bytes.len, &arena, &program, NULL) == EDICT_OK);
  for (uint32_t i = 0; i < program.codes_count; i++) {
    const edi_routine *c = &program.codes[i];
    for (unsigned bit = 0; bit < 8; bit++) {
      const change reads = {"reads", EDI_SECTION_CODES, i, sizeof *c, offsetof(edi_routine, reads), sizeof c->reads, c->reads ^ (1u << bit), "R0144"};
      expect(sample_federal, &reads);
    }
    const change cheap = {"cost", EDI_SECTION_CODES, i, sizeof *c, offsetof(edi_routine, cost), sizeof c->cost, c->cost - 1, "R0144"};
    expect(sample_federal, &cheap);
  }
  edi_buf_fini(&bytes);
  edi_arena_fini(&arena);
}

/* ---- constants, found by their type ---- */

static uint32_t const_of(const edi_program *p, edi_type type) {
  for (uint32_t i = 0; i < p->consts_count; i++)
    if (p->consts[i].type == type) return i;
  return EDI_NONE;
}

TEST(constants)
{
  enum { PERSON = 7 };
  const edi_type purposes = EDI_TYPE_MAKE(EDI_TYPE_NODE, 1);
  const struct {
    edi_type type, becomes;
    uint32_t aux;
    int64_t value;
    const char *code;
  } rows[] = {
      {EDI_TYPE_INT, EDI_TYPE_NONE, 0, 0, "R0127"},
      {EDI_TYPE_INT, EDI_TYPE_SUBJECT, 0, 0, "R0128"},
      {EDI_TYPE_INT, EDI_TYPE_INT, 1, 0, "R0128"},
      {EDI_TYPE_INT, EDI_TYPE_BOOL, 0, 2, "R0128"},
      {EDI_TYPE_INT, EDI_TYPE_BOOL, 1, 1, "R0128"},
      {EDI_TYPE_DECIMAL, EDI_TYPE_DECIMAL, 1, 50, "R0128"},
      {EDI_TYPE_DECIMAL, EDI_TYPE_DECIMAL, 19, 5, "R0128"},
      {EDI_TYPE_DECIMAL, EDI_TYPE_DECIMAL, 256, 5, "R0128"},
      {EDI_TYPE_DECIMAL, EDI_TYPE_DECIMAL, 1, 0, "R0128"},
      {EDI_TYPE_TIMESTAMP, EDI_TYPE_TIMESTAMP, 0, EDI_TIMESTAMP_MAX + 1, "R0128"},
      {EDI_TYPE_TIMESTAMP, EDI_TYPE_TIMESTAMP, 0, EDI_TIMESTAMP_MIN - 1, "R0128"},
      {EDI_TYPE_DATE, EDI_TYPE_DATE, 0, EDI_DATE_MAX + 1, "R0128"},
      {EDI_TYPE_DATE, EDI_TYPE_DATE, 0, EDI_DATE_MIN - 1, "R0128"},
      {EDI_TYPE_DATE, EDI_TYPE_DATE, 1, 0, "R0128"},
      {EDI_TYPE_DURATION, EDI_TYPE_DURATION, 2, 0, "R0128"},
      {EDI_TYPE_MAKE(EDI_TYPE_LEVEL, 0), EDI_TYPE_MAKE(EDI_TYPE_LEVEL, 0), 0, 4, "R0124"},
      {EDI_TYPE_MAKE(EDI_TYPE_LEVEL, 0), EDI_TYPE_MAKE(EDI_TYPE_LEVEL, 0), 0, -1, "R0124"},
      {EDI_TYPE_MAKE(EDI_TYPE_LEVEL, 0), EDI_TYPE_MAKE(EDI_TYPE_LEVEL, 0), 1, 0, "R0128"},
      {purposes, purposes, 0, 25, "R0124"},
      {purposes, purposes, 0, -1, "R0124"},
      {purposes, purposes, 0, 10, "R0128"}, /* a role */
      {purposes, purposes, 3, 8, "R0128"},
      {EDI_TYPE_STRING, EDI_TYPE_STRING, 1, BEYOND, "R0120"},
      {EDI_TYPE_STRING, EDI_TYPE_STRING, 1, -1, "R0120"},
      {EDI_TYPE_STRING, EDI_TYPE_STRING, 1, INT64_C(1) << 32, "R0120"},
      {EDI_TYPE_MAKE(EDI_TYPE_ID, PERSON), EDI_TYPE_MAKE(EDI_TYPE_ID, PERSON), 1, BEYOND, "R0120"},
      {EDI_TYPE_IP, EDI_TYPE_IP, 4, 0, "R0128"},
      {EDI_TYPE_IP, EDI_TYPE_IP, 16, BEYOND, "R0120"},
      {EDI_TYPE_IP, EDI_TYPE_IP, 16, -1, "R0120"},
      {EDI_TYPE_IP, EDI_TYPE_IP, 16, SHORT, "R0120"}, /* 15 bytes before the end of all texts */
      {EDI_TYPE_IP, EDI_TYPE_STRING, 16, 0, "R0120"}, /* set below to where the address is */
      {purposes | EDI_TYPE_SET, purposes | EDI_TYPE_SET, 4097, 0, "R0113"},
      {purposes | EDI_TYPE_SET, purposes | EDI_TYPE_SET, 2, 100000, "R0125"},
      {purposes | EDI_TYPE_SET, purposes | EDI_TYPE_SET, 2, -1, "R0125"},
      {purposes | EDI_TYPE_SET, EDI_TYPE_MAKE(EDI_TYPE_NODE, 2) | EDI_TYPE_SET, 0, 0, "R0141"},
      {purposes | EDI_TYPE_SET, EDI_TYPE_MAKE(EDI_TYPE_NODE, 2) | EDI_TYPE_SET, 0, AS_IT_IS, "R0128"}, /* roles that are purposes */
      {EDI_TYPE_INT, purposes | EDI_TYPE_SET, 0, OF_THE_SET, "R0125"}, /* members that another set has */
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    edi_arena arena;
    edi_buf bytes;
    edi_program program;
    edict_diagnostics *findings = edict_diagnostics_create();
    edi_arena_init(&arena, NULL, (size_t)64 << 20);
    sample_bytes(sample_federal(&arena), &bytes);
    REQUIRE(edi_program_verify(bytes.ptr, bytes.len, &arena, &program, findings) == EDICT_OK);
    uint32_t index = const_of(&program, rows[i].type);
    REQUIRE(index != EDI_NONE);
    edi_const *c = (edi_const *)(void *)(bytes.ptr + sample_offset(bytes.ptr, EDI_SECTION_CONSTS,
                                                                   index, sizeof *c, 0));
    bool moved = rows[i].type == EDI_TYPE_IP && rows[i].becomes == EDI_TYPE_STRING;
    const edi_const *set = rows[i].value == OF_THE_SET ? &program.consts[const_of(&program, purposes | EDI_TYPE_SET)] : c;
    bool kept = rows[i].value == AS_IT_IS || rows[i].value == OF_THE_SET;
    int64_t value = rows[i].value == SHORT ? (int64_t)program.strings_count - 15 : rows[i].value;
    *c = (edi_const){rows[i].becomes, kept ? set->aux : rows[i].aux, moved || kept ? set->value : value};
    CHECK_INT(edi_program_verify(bytes.ptr, bytes.len, &arena, &program, findings), EDICT_FORMAT);
    const char *code = edict_diagnostics_code(findings, 0);
    if (!code || strcmp(code, rows[i].code) != 0)
      HARNESS_FAIL("row %zu: %s, expected %s (%s)", i, code, rows[i].code,
                   code ? edict_diagnostics_message(findings, 0) : "");
    edict_diagnostics_destroy(&findings);
    edi_buf_fini(&bytes);
    edi_arena_fini(&arena);
  }
}

HARNESS_MAIN
