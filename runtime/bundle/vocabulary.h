/* Vocabulary: the federal program's names, found by text, and its trees, asked for what lies below.
 *
 * Node, level and attribute numbers of the federal program are the numbers everywhere at run time;
 * what a domain's program imports is mapped to them when the engine links. What a domain declares of its
 * own is numbered from where the federal numbers end, in a vocabulary that this domain's products alone
 * are decided with (eval/graft.h): so a federal number means the same everywhere, and two domains never
 * see each other's names. Immutable after creation; shared by threads; no look-up allocates. */
#ifndef EDI_VOCABULARY_H
#define EDI_VOCABULARY_H

#include "bundle/members.h"
#include "bundle/program.h"

/* A node of a domain's own. Numbers are the vocabulary's; `end` as in edi_node, among the domain's alone. */
typedef struct edi_own_node {
  edi_str name;
  uint32_t kind, parent, end;
  uint32_t outer;               /* the federal node that all of its tree hangs below; EDI_NONE: none */
  uint32_t depth;               /* nodes from the root to it, the federal ones counted */
  edi_type type;
} edi_own_node;
typedef struct edi_own_kind { edi_str name; bool id; } edi_own_kind;

typedef struct edi_vocabulary {
  const edi_program *program;   /* the federal one */
  /* What one domain declares of its own: nothing in the federation's own vocabulary. */
  edi_own_node *own_nodes;      /* number: program->nodes_count and on */
  edi_own_kind *own_kinds;      /* number: program->kinds_count and on */
  uint32_t own_node_count, own_kind_count;
  uint32_t *own_slots;          /* as node_slots: index into own_nodes + 1 */
  uint32_t own_mask;
  uint32_t *grafted;            /* the federal nodes that own ones hang below, ascending, each once */
  uint32_t grafted_count;
  uint32_t *node_slots;         /* open addressing over (kind, name): node + 1, 0 empty */
  uint32_t node_mask;
  uint32_t *attr_slots;         /* the same over (entity, name) of attributes */
  uint32_t attr_mask;
  /* Attributes of subject, context and each kind of resource have slots, dense per entity, in order of number. */
  uint32_t *attr_slot;          /* by attribute number; EDI_NONE for product and dataset */
  uint32_t subject_slots, context_slots;
  uint32_t *subject_attrs;      /* attribute number by slot */
  uint32_t *context_attrs;
  uint32_t *resource_slots;     /* by kind of resource: how many */
  uint32_t **resource_attrs;    /* by kind: attribute number by slot */
  uint32_t most_resource_slots;
  edi_value *subject_fallbacks; /* by slot: what absence means, unknown unless `= literal` is declared */
  uint32_t kind_tag, kind_purpose, kind_role, kind_action, kind_domain, kind_issuer;
  uint32_t node_access, node_read, node_unmask, node_untagged;
  uint32_t slot_purpose;        /* of context.purpose */
  uint32_t slot_now, slot_action;
  uint32_t slot_purposes;       /* of subject.purposes */
  uint32_t slot_subject_id, slot_subject_issuer;
} edi_vocabulary;

/* The program must be verified and of the federal layer. */
edict_status edi_vocabulary_init(edi_vocabulary *vocabulary, const edi_program *program, edi_arena *arena,
                                 edict_diagnostics *diagnostics) EDICT_MUST_CHECK;

uint32_t edi_vocabulary_kind(const edi_vocabulary *vocabulary, edi_str name);
/* The node of a taxonomy by name, EDI_NONE if it names none. Constant time. */
uint32_t edi_vocabulary_node(const edi_vocabulary *vocabulary, uint32_t kind, edi_str name);
uint32_t edi_vocabulary_level(const edi_vocabulary *vocabulary, uint32_t scale, edi_str name); /* rank */
/* A kind of resource by its name; EDI_NONE: there is none. */
uint32_t edi_vocabulary_resource(const edi_vocabulary *vocabulary, edi_str name);
uint32_t edi_vocabulary_attr(const edi_vocabulary *vocabulary, edi_entity entity, edi_str name);

/* The name of a node. */
edi_str edi_vocabulary_name(const edi_vocabulary *vocabulary, uint32_t node);
/* EDI_NONE: a root. */
uint32_t edi_vocabulary_parent(const edi_vocabulary *vocabulary, uint32_t node);
/* The type of a cell with this tag, EDI_TYPE_NONE: none is declared. */
edi_type edi_vocabulary_cell_type(const edi_vocabulary *vocabulary, uint32_t node);
/* Whether nothing lies below it. */
bool edi_vocabulary_is_leaf(const edi_vocabulary *vocabulary, uint32_t node);
/* Indexes what own_nodes holds by name. */
bool edi_vocabulary_index_own(edi_vocabulary *vocabulary, edi_arena *arena);

/* At or below. */
static inline bool edi_vocabulary_below(const edi_vocabulary *v, int64_t node, int64_t above) {
  const int64_t federal = v->program->nodes_count;
  if (above >= federal) return node >= above && node < (int64_t)v->own_nodes[above - federal].end;
  if (node >= federal) node = v->own_nodes[node - federal].outer; /* EDI_NONE lies past every end */
  return node >= above && node < (int64_t)v->program->nodes[above].end;
}
/* `node is above`: yes at or below; unknown if `above` lies below `node`, since a broader fact leaves
 * it open; else no. */
static inline edi_truth edi_vocabulary_is(const edi_vocabulary *v, int64_t node, int64_t above) {
  if (edi_vocabulary_below(v, node, above)) return EDI_YES;
  return edi_vocabulary_below(v, above, node) ? EDI_UNKNOWN : EDI_NO;
}

/* Text from outside (a claim, a context attribute, a cell) as a value of a scalar type: a node or
 * level by name, a number, date or timestamp in the language's form; unknown if it is not one. */
edi_value edi_vocabulary_convert(const edi_vocabulary *vocabulary, edi_type type, edi_str text,
                                 unsigned char ip_storage[16]);
/* The set of the members that convert; `incomplete` if one did not, unless `ignore_others`. Members
 * are sorted by the order of edi_value_compare and distinct, in arena memory. Unknown without memory. */
edi_value edi_vocabulary_convert_set(const edi_vocabulary *vocabulary, edi_type type, const edi_str *texts,
                                     size_t count, bool ignore_others, edi_arena *arena);
/* And back: a scalar as the language writes it, a text without its quotes. A duration in the largest unit
 * that it is whole in, "36 hours"; one that is in none, in seconds with a fraction. */
void edi_vocabulary_format(const edi_vocabulary *vocabulary, edi_type type, edi_value value, edi_buf *into);
void edi_value_format_duration(edi_value value, edi_buf *into);
/* "10.0.0.1" or "::1" to 16 bytes, v4 mapped; canonical text only (no leading zeros, no zone). */
bool edi_ip_parse(edi_str text, unsigned char out[16]);
/* Its canonical text (RFC 5952); what is mapped is written as IPv4. */
#define EDI_IP_TEXT 40
size_t edi_ip_format(const unsigned char address[16], char out[EDI_IP_TEXT]);
bool edi_ip_is_v4(const unsigned char address[16]);
/* "10.0.0.0/8": address and prefix length in v6 bits; host bits must be zero. */
bool edi_cidr_parse(edi_str text, unsigned char out[16], unsigned *prefix);

#endif
