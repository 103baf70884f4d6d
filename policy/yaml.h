/* YAML: a strict subset read through libyaml's event API into a tree with spans.
 *
 * Refused: a second document, anchors, aliases, explicit tags, merge keys, duplicate keys, keys that
 * are not plain strings, and anything beyond the limits given (libyaml has none of its own). Scalars
 * keep their text and whether they were quoted: `no` is the text "no"; readers decide what it means. */
#ifndef EDI_YAML_H
#define EDI_YAML_H

#include "base/diagnostic.h"

typedef enum edi_yaml_kind { EDI_YAML_SCALAR, EDI_YAML_LIST, EDI_YAML_MAP } edi_yaml_kind;
typedef struct edi_yaml edi_yaml;
typedef struct edi_yaml_pair { edi_str key; edi_span key_span; edi_yaml *value; } edi_yaml_pair;
struct edi_yaml {
  edi_yaml_kind kind;
  edi_span span;
  edi_str text;                 /* SCALAR */
  bool quoted;                  /* SCALAR: quoted or a block; a plain null/~/empty is_null */
  bool is_null;
  edi_yaml **items;             /* LIST */
  edi_yaml_pair *pairs;         /* MAP, in document order */
  size_t count;
};
typedef struct edi_yaml_limits { size_t bytes, depth, nodes; } edi_yaml_limits;

edict_status edi_yaml_parse(edi_arena *arena, edi_str text, edi_source source, edi_yaml_limits limits,
                            edi_yaml **root, edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
/* Member of a map; NULL if `map` is not one or has no such key. */
const edi_yaml *edi_yaml_get(const edi_yaml *map, const char *key);
/* Where to point for a whole value: a scalar itself, a map's first key, the start of the rest. */
edi_span edi_yaml_head(const edi_yaml *value);

#endif
