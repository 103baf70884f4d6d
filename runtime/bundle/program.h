/* Program: the compiled form of one bundle's rules, vocabulary and contracts, as it lies in memory.
 *
 * Little-endian; a header, a table of sections, then sections of fixed-size records in the order of
 * EDI_SECTIONS, each at a multiple of 8 with zero padding between. Everything refers by index. In a bundle the
 * records are packed: packing.h. Nothing in here is believed before edi_program_verify said yes; after that,
 * every index is in range, every code is typed and ends, and readers need no checks of their own.
 *
 * A symbol that another layer declares is present with EDI_IMPORTED and resolved by name when the
 * engine links. The format is specified in docs/bundle-format.md. */
#ifndef EDI_PROGRAM_H
#define EDI_PROGRAM_H

#include "base/bytes.h"
#include "base/diagnostic.h"
#include "bundle/algorithm.h"

#define EDI_NONE UINT32_MAX /* "no index" in every u32 field that may be absent */
#define EDI_PROGRAM_MAGIC "EDICTPRG" /* packed, as in a bundle */
#define EDI_RECORDS_MAGIC "EDICTREC" /* unpacked, in memory */
#define EDI_PROGRAM_FORMAT 2u

/* ---- types: base | set << 8 | parameter << 16 ---- */
typedef uint32_t edi_type;
enum {
  EDI_TYPE_NONE = 0,
#define TYPE(NAME, number, text, ordered) EDI_TYPE_##NAME = (number),
#define CELL_TYPE(NAME, number, text) EDI_TYPE_##NAME = (number),
#include "bundle/types.def"
#undef TYPE
};
#define EDI_TYPE_SET 0x100u
#define EDI_TYPE_BASE(t) ((t) & 0xFFu)
#define EDI_TYPE_PARAM(t) ((t) >> 16)
#define EDI_TYPE_IS_SET(t) (((t) & EDI_TYPE_SET) != 0)
#define EDI_TYPE_ELEM(t) ((t) & ~EDI_TYPE_SET)
#define EDI_TYPE_MAKE(base, param) ((edi_type)(base) | (edi_type)(param) << 16)

typedef enum edi_effect {
  EDI_EFFECT_NONE = 0,
#define EFFECT(NAME, number, text, opens) EDI_EFFECT_##NAME = (number),
#include "bundle/effects.def"
#undef EFFECT
} edi_effect;

typedef enum edi_transform_id {
  EDI_TRANSFORM_NONE = 0,
#define TRANSFORM(NAME, number, text, determinism, types, parameters) EDI_TRANSFORM_##NAME = (number),
#include "bundle/transforms.def"
#undef TRANSFORM
} edi_transform_id;

typedef enum edi_op {
#define OP(NAME, dst, a, b, imm, cost) EDI_OP_##NAME,
#include "bundle/opcodes.def"
#undef OP
  EDI_OP_COUNT
} edi_op;

/* Attributes of the third kind of resource have the entity EDI_ENTITY_RESOURCE + 2. */
typedef enum edi_entity {
  EDI_ENTITY_PRODUCT = 0,
  EDI_ENTITY_DATASET = 1,
  EDI_ENTITY_COLUMN = 2,
  EDI_ENTITY_SUBJECT = 3,
  EDI_ENTITY_CONTEXT = 4,
  EDI_ENTITY_RESOURCE = 5,
} edi_entity;

/* ---- records; every struct has no padding and a size that is a multiple of 4 ---- */
typedef struct edi_ref { uint32_t off, len; } edi_ref;     /* bytes in STRINGS; UTF-8, no NUL */
typedef struct edi_range { uint32_t first, count; } edi_range; /* records of another section */

#define EDI_IMPORTED 1u /* flag: declared by the federal layer, resolved by name at link */

typedef struct edi_kind {    /* a taxonomy, or a kind of id */
  edi_ref name;
  edi_range nodes;           /* none for a kind of id. Not imported: all in preorder */
  uint32_t flags;            /* EDI_IMPORTED, EDI_KIND_ID */
} edi_kind;
#define EDI_KIND_ID 2u

typedef struct edi_node {
  edi_ref name, title;
  uint32_t kind;
  uint32_t parent;           /* EDI_NONE: a root, or imported */
  uint32_t end;              /* one past the last node below; own index + 1 for a leaf or import */
  edi_type type;             /* tags: the type of a cell so tagged, or EDI_TYPE_NONE */
  uint32_t flags;            /* EDI_IMPORTED, EDI_NODE_ABSTRACT, EDI_NODE_OPEN */
} edi_node;
#define EDI_NODE_ABSTRACT 2u
#define EDI_NODE_OPEN 4u

typedef struct edi_scale { edi_ref name; edi_range levels; uint32_t flags; } edi_scale;
typedef struct edi_level { edi_ref name; uint32_t scale; uint32_t rank; } edi_level; /* rank 0 lowest */

typedef struct edi_resource { edi_ref name; uint32_t flags; } edi_resource; /* a kind: "model" */

typedef struct edi_attr {
  edi_ref name;              /* "roles"; built in: "purpose" "now" "action" in context, ... */
  edi_ref path;              /* product, dataset: where in the contract; else empty */
  uint32_t entity;           /* edi_entity, but never COLUMN; RESOURCE plus an index into RESOURCES */
  edi_type type;
  uint32_t fallback;         /* `= literal`: a constant, or EDI_NONE */
  uint32_t flags;            /* EDI_IMPORTED, EDI_ATTR_OPTIONAL, EDI_ATTR_BUILTIN */
} edi_attr;
#define EDI_ATTR_OPTIONAL 2u
#define EDI_ATTR_BUILTIN 4u

typedef struct edi_issuer {  /* federal only */
  edi_ref name, url, audience;
  edi_ref keys;              /* file name of the JWKS in the bundle: "keys/<name>" */
  edi_range claims;
  uint32_t algorithms;       /* bit set of EDI_ALG_*: algorithms.def */
  uint32_t flags;            /* EDI_ISSUER_HOST: `issuer host`; EDI_ISSUER_KEYS_FROM_HOST: no JWKS in the bundle */
  uint32_t node;             /* its node in the built-in taxonomy `issuer` */
  uint32_t tokens;           /* bit set of EDI_TOKENS_*: what its tokens say that they are */
  uint32_t revoked;          /* the table of what it took back, or EDI_NONE */
} edi_issuer;
#define EDI_ISSUER_HOST 2u
#define EDI_ISSUER_KEYS_FROM_HOST 4u
#define EDI_TOKENS_JWT 1u
#define EDI_TOKENS_ACCESS 2u
#define EDI_TOKENS_WORKLOAD 4u

typedef struct edi_claim {   /* attribute from claim path */
  uint32_t attr;             /* a subject attribute */
  edi_ref path;              /* "realm_access.roles", "'https://ns.example/roles'": claimpath.h */
  uint32_t within;           /* node that bounds what may be asserted, or EDI_NONE */
  edi_range map;             /* CLAIMMAPS: external text as node */
  uint32_t flags;            /* EDI_CLAIM_IGNORE_OTHERS */
} edi_claim;
#define EDI_CLAIM_IGNORE_OTHERS 2u
typedef struct edi_claimmap { edi_ref text; uint32_t node; } edi_claimmap;

typedef struct edi_key { edi_ref name, title; uint32_t scope; uint32_t flags; } edi_key;
enum { EDI_SCOPE_QUERY = 1, EDI_SCOPE_READER, EDI_SCOPE_PURPOSE, EDI_SCOPE_PRODUCT, EDI_SCOPE_DOMAIN, EDI_SCOPE_FEDERATION };
/* Names of keys, tables, obligations and rules are qualified: "federal.privacy.contact". */

typedef struct edi_table { edi_ref name; edi_range keys, values; uint32_t flags; } edi_table; /* TABLECOLS */
#define EDI_TABLE_COMPLETE 2u
typedef struct edi_tablecol { edi_ref name; edi_type type; uint32_t table; } edi_tablecol;

typedef struct edi_obligation { edi_ref name; edi_range params; uint32_t flags; } edi_obligation; /* PARAMS */
typedef struct edi_param { edi_ref name; edi_type type; uint32_t obligation; } edi_param;
/* `oblige NAME(args)` of a rule: args are LISTS of codes, one for each parameter. */
typedef struct edi_duty { uint32_t obligation; edi_range args; } edi_duty;

/* A constant. value: BOOL 0/1; INT; DECIMAL mantissa; TIMESTAMP; DATE; DURATION months if aux 1 else
 * micros; NODE index into NODES; LEVEL index into LEVELS; STRING and IP (16 bytes, v4 mapped) offset
 * in STRINGS. aux: DECIMAL scale; STRING, IP length; DURATION 1 months, 0 exact; sets: number of
 * members, and value is the first index in LISTS of constants' indices, sorted and distinct. */
typedef struct edi_const { edi_type type; uint32_t aux; int64_t value; } edi_const;

typedef struct edi_pattern_ref { edi_ref source; uint32_t use; } edi_pattern_ref; /* edi_pattern_use */

typedef struct edi_instr { uint8_t op, dst, a, b; uint32_t imm; } edi_instr;

/* A cell that row code reads: the columns with a tag at or below `node`, or the column `name`. */
typedef struct edi_rowslot { uint32_t node; edi_ref name; edi_type type; } edi_rowslot;

/* One transform with its arguments, as written. args: constants in the order of transforms.def, every
 * default filled in; `key` and `pattern` parameters are not there but in key and pattern. A unit is a
 * STRING constant. */
typedef struct edi_mask { uint32_t transform; edi_range args; uint32_t key, pattern; } edi_mask; /* args: LISTS of constants */

typedef struct edi_case { uint32_t mask; uint32_t condition; } edi_case; /* condition: code, EDI_NONE for otherwise */
typedef struct edi_arm { uint32_t column; edi_range cases; } edi_arm;    /* `mask column ATOMS with ...`: column is code over the column */

typedef struct edi_routine { edi_range instrs; edi_type type; uint32_t registers; uint32_t cost; uint32_t reads; } edi_routine;
/* reads: bit set of EDI_READS_*: what the code depends on, so that stages know what they may fold. */
#define EDI_READS_PRODUCT 1u /* product and dataset facts, target atoms */
#define EDI_READS_COLUMN 2u
#define EDI_READS_SUBJECT 4u
#define EDI_READS_CONTEXT 8u /* context, purpose, action */
#define EDI_READS_NOW 16u
#define EDI_READS_ROW 32u
#define EDI_READS_TABLE 64u
#define EDI_READS_RESOURCE 128u

typedef struct edi_rule {
  edi_ref name;                /* "federal.privacy.residency" */
  edi_ref because, see, note;
  edi_ref file;                /* "federal/privacy.edict" */
  uint32_t line, column;       /* of the word `rule` */
  uint32_t effect;             /* edi_effect */
  uint32_t flags;              /* EDI_RULE_SHADOW, EDI_RULE_THEN_ERASE */
  int32_t from, until;         /* dates, both inclusive; EDI_DATE_MIN and MAX where not given */
  edi_range actions;           /* LISTS of node indices; PERMIT, FORBID, DELEGATE */
  uint32_t target;             /* code over product and dataset, EDI_NONE: everything */
  uint32_t condition;          /* code: when and not unless; EDI_NONE: yes */
  uint32_t body;               /* code: where, while, require's E, retain's duration */
  uint32_t delegate_to;        /* DELEGATE: a node of `domain` */
  uint32_t thing;              /* EDI_THING_*: requests about what it applies to */
  edi_range arms;              /* MASK */
  edi_range rowslots;          /* what row code of this rule reads; RETAIN_AT_*: exactly one, the time; SHOW_GROUPS: one */
  edi_range reads;             /* LISTS of attribute indices that target, condition or body can read */
  edi_range duties;            /* what it obliges to */
  edi_range exempts;           /* EXEMPT: LISTS of rules of this program */
  uint32_t least;              /* SHOW_GROUPS: distinct values in a group; others 0 */
} edi_rule;
#define EDI_THING_ANY 0u      /* a rule that closes and names neither dataset nor resource */
#define EDI_THING_DATASET 1u
#define EDI_THING_RESOURCE 2u /* and on: plus an index into RESOURCES */
#define EDI_RULE_SHADOW 1u
#define EDI_RULE_THEN_ERASE 2u

/* A branch of the index, in preorder: guard.h tells what the tests mean. Each rule stands in exactly one. */
typedef struct edi_branch {
  uint32_t test;               /* EDI_GUARD_*: what the rules here and below need, beside what those above say; 0: the first */
  uint32_t key;                /* an attribute, entity or thing, as the test has it; else 0 */
  edi_range values;            /* LISTS of constants or nodes; a test for bounds: the lower one and the upper one */
  edi_range rules;             /* LISTS of the rules that stand here */
  uint32_t end;                /* one past the last branch below */
} edi_branch;

typedef struct edi_fact { uint32_t attr, value; } edi_fact; /* attribute, constant */
typedef struct edi_contract {  /* a product */
  edi_ref name;                /* "sales.orders" */
  edi_ref id, version, status; /* of the contract */
  edi_ref file;
  uint32_t domain;             /* node of `domain` */
  edi_range tags;              /* LISTS of nodes */
  edi_range facts;             /* FACTS of product attributes */
  edi_range datasets;
} edi_contract;
typedef struct edi_dataset {
  edi_ref name, physical_name;
  uint32_t contract;
  uint32_t classification;     /* index into LEVELS, EDI_NONE: unknown */
  edi_range tags, facts, columns;
} edi_dataset;
typedef struct edi_column {
  edi_ref name, physical_name;
  uint32_t dataset;
  uint32_t classification;
  uint32_t type;               /* base type of its cells: STRING INT DECIMAL BOOL DATE TIMESTAMP TIME FLOAT BINARY; NONE: others */
  uint32_t flags;              /* EDI_COLUMN_REQUIRED; EDI_COLUMN_CLOSED: readers get the bottom; EDI_COLUMN_UUID; role and place of a part */
  edi_range tags;
} edi_column;
/* A part of a column stands behind all columns of its dataset, and what is inside of it right behind it. flags: its role in
 * what contains it in bits 8 and 9, the number of that in the dataset, plus one, in bits 16 to 31; 0 of a column. */
typedef enum edi_column_role { EDI_COLUMN_FIELD, EDI_COLUMN_ITEM, EDI_COLUMN_KEY, EDI_COLUMN_VALUE } edi_column_role;
#define EDI_COLUMN_ROLE(flags) ((edi_column_role)((flags) >> 8 & 3u))
#define EDI_COLUMN_PARENT(flags) ((flags) >> 16) /* plus one */
#define EDI_COLUMN_REQUIRED 1u
#define EDI_COLUMN_UUID 4u /* STRING: what stands for a value that is not told is a UUID too */
#define EDI_COLUMN_CLOSED 2u /* its contract states of it what nobody declared: the bottom */

/* `untagged columns are NODE`, domains may state, layer: one record. */
typedef struct edi_settings {
  uint32_t layer;              /* EDI_LAYER_* */
  edi_ref domain;              /* its domain, empty for the federal layer */
  uint32_t untagged;           /* node, EDI_NONE if not declared; federal only */
  uint32_t cost;               /* worst case of one decision, as the emitter computed it */
} edi_settings;
enum { EDI_LAYER_FEDERAL = 1, EDI_LAYER_DOMAIN = 2 };

/* SECTION(NAME, record type, plural member) in file order */
#define EDI_SECTIONS(SECTION)                \
  SECTION(SETTINGS, edi_settings, settings)  \
  SECTION(KINDS, edi_kind, kinds)            \
  SECTION(NODES, edi_node, nodes)            \
  SECTION(SCALES, edi_scale, scales)         \
  SECTION(LEVELS, edi_level, levels)         \
  SECTION(RESOURCES, edi_resource, resources)\
  SECTION(ATTRS, edi_attr, attrs)            \
  SECTION(ISSUERS, edi_issuer, issuers)      \
  SECTION(CLAIMS, edi_claim, claims)         \
  SECTION(CLAIMMAPS, edi_claimmap, claimmaps)\
  SECTION(KEYS, edi_key, keys)               \
  SECTION(TABLES, edi_table, tables)         \
  SECTION(TABLECOLS, edi_tablecol, tablecols)\
  SECTION(OBLIGATIONS, edi_obligation, obligations)\
  SECTION(PARAMS, edi_param, params)         \
  SECTION(CONSTS, edi_const, consts)         \
  SECTION(PATTERNS, edi_pattern_ref, patterns)\
  SECTION(CODES, edi_routine, codes)         \
  SECTION(INSTRS, edi_instr, instrs)         \
  SECTION(ROWSLOTS, edi_rowslot, rowslots)   \
  SECTION(MASKS, edi_mask, masks)            \
  SECTION(CASES, edi_case, cases)            \
  SECTION(ARMS, edi_arm, arms)               \
  SECTION(DUTIES, edi_duty, duties)          \
  SECTION(RULES, edi_rule, rules)            \
  SECTION(BRANCHES, edi_branch, branches)    \
  SECTION(CONTRACTS, edi_contract, contracts)\
  SECTION(DATASETS, edi_dataset, datasets)   \
  SECTION(COLUMNS, edi_column, columns)      \
  SECTION(FACTS, edi_fact, facts)            \
  SECTION(LISTS, uint32_t, lists)            \
  SECTION(STRINGS, char, strings)

enum {
#define SECTION(NAME, type, member) EDI_SECTION_##NAME,
  EDI_SECTIONS(SECTION)
#undef SECTION
  EDI_SECTION_COUNT
};

/* A program in memory: typed pointers into the records, and a count for each. */
typedef struct edi_program {
#define SECTION(NAME, type, member) const type *member; uint32_t member##_count;
  EDI_SECTIONS(SECTION)
#undef SECTION
  const uint32_t *likes; /* by code: the first that is like it, likes.h; NULL: not known */
} edi_program;

/* Layout at the start of the bytes: magic, format, number of sections, total length; then for each
 * section its offset and its length in bytes. */
typedef struct edi_program_header {
  char magic[8];
  uint32_t format, sections;
  uint64_t length;
} edi_program_header;
typedef struct edi_section_entry { uint64_t offset, length; } edi_section_entry;

/* The one function that turns bytes into a program: checks the layout, every index, every string
 * (UTF-8), every code (one linear pass of abstract types), order and completeness; computes the cost
 * and compares it with what the settings say. On any doubt EDICT_FORMAT, a diagnostic R01xx that
 * names section and record, and *program all zero. `bytes` must stay, 8-byte aligned, while the
 * program is used, and `likes` is of `scratch`, which may be the loader's arena. */
edict_status edi_program_verify(const void *bytes, size_t length, edi_arena *scratch, edi_program *program,
                                edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

/* Which codes are of one shape: `of` has a number below `count` for each, and codes of one number differ in the constants
 * alone that some of their instructions name: so many for each shape, and `values` has those of all codes, one code's after the
 * other's. */
typedef struct edi_shaping { uint32_t count; const uint32_t *of, *constants, *values; } edi_shaping;
/* The same of records whose codes are known to be of these shapes. */
edict_status edi_program_verify_shaped(edi_str records, const edi_shaping *shapes, edi_arena *scratch, edi_program *program,
                                       edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

/* Where codes may stand, and what they may read there; the verifier and the checker share it:
 *   target    PRODUCT RESOURCE                 arm.column  PRODUCT COLUMN
 *   condition PRODUCT SUBJECT CONTEXT NOW TABLE RESOURCE (retain: PRODUCT NOW TABLE)
 *   where     all but COLUMN, RESOURCE         case.condition  all but COLUMN, RESOURCE
 *   while     PRODUCT NOW ROW TABLE            duration  PRODUCT, type DURATION
 *   require   PRODUCT NOW, type BOOL           duty.args  what condition may, type of the parameter */

edi_str edi_program_string(const edi_program *program, edi_ref ref);
const char *edi_op_name(edi_op op);
const char *edi_effect_name(edi_effect effect);
const char *edi_transform_name(edi_transform_id id);
const char *edi_type_base_name(unsigned base);

/* Human-readable listing of a verified program, stable byte for byte (golden files). */
void edi_program_disassemble(const edi_program *program, edi_buf *into);

#endif
