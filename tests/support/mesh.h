/* Mesh: a federation and its domains built from texts in memory, and decisions asked of them by name.
 *
 * Everything goes the way of a real one: parsed, checked, built, loaded, bound, decided. What a test
 * wrote wrongly in its own texts aborts with the findings; what is under test comes back as a status. */
#ifndef MESH_H
#define MESH_H

#include "enforce/host.h"

enum { MESH_BUNDLES = 8 };

typedef struct mesh {
  edi_arena arena;
  edict_diagnostics *diagnostics;
  edi_buf bundles[MESH_BUNDLES]; /* in the order they were added; the federal one first */
  size_t bundle_count;
  edict_engine *engine;
  edict_product *product;
  edict_session *session;
  edict_decision *decision;
} mesh;

typedef struct mesh_file { const char *path, *text; } mesh_file;

void mesh_init(mesh *m);
void mesh_fini(mesh *m);

/* files[0] is edict.yaml. A domain's parent is the first bundle; tables that edict.yaml names follow. */
void mesh_add(mesh *m, const mesh_file *files, size_t count);

/* Taxonomies, levels, attributes, keys and `issuer host`, all that the tests speak of. */
extern const char mesh_vocabulary[];
/* A federal bundle of the vocabulary and these rules ("module federal.rules" goes in front). */
void mesh_federal(mesh *m, const char *rules);
/* A bundle of the domain: rules may be "" and `contract` is one contract. */
void mesh_domain(mesh *m, const char *domain, const char *rules, const char *contract);
/* The head of a contract of product `sales.orders`, to be followed by datasets. */
#define MESH_CONTRACT(datasets)                                                     \
  "apiVersion: v3.1.0\nkind: DataContract\nid: c-1\nversion: 1.0.0\nstatus: active\n" \
  "domain: sales\ndataProduct: orders\nschema:\n" datasets

/* A development engine over all bundles; with `options` (may be NULL) the caller's own. */
edict_status mesh_engine(mesh *m, const edict_engine_options *options);
/* Engine, product (`sales.orders`) and decision; aborts if one of them fails. */
void mesh_open(mesh *m);
/* All of it: these federal rules, one contract of domain `sales`, an engine of these options (may be NULL); aborts if it fails. */
void mesh_sales(mesh *m, const char *rules, const char *contract, const edict_engine_options *options);
/* A supposed subject of the first issuer, with the id `ana`: "roles analyst dpo; purposes support". */
void mesh_subject(mesh *m, const char *attributes);
/* Decides: columns "a b" or "*", context as a subject's attributes, a time "2026-11-20T10:00:00Z". */
edict_status mesh_ask(mesh *m, const char *action, const char *dataset, const char *columns,
                      const char *context, const char *now);

/* The same about a resource with these attributes: "owner bo; tags pii plain". */
edict_status mesh_ask_resource(mesh *m, const char *action, const char *kind, const char *attributes,
                               const char *context, const char *now);

/* The reason of a rule by its last part, NULL if it is none. */
const edi_reason *mesh_reason(const mesh *m, const char *rule);
/* The name of reason number 0, "" without one. */
edict_text mesh_first_reason(const mesh *m);
size_t mesh_column(const mesh *m, const char *dataset, const char *column);
int64_t mesh_time(const char *text);

/* How many of the findings have this code. */
size_t mesh_count(const mesh *m, const char *code);

static inline edict_cell mesh_text(const char *text) {
  return (edict_cell){.type = EDICT_CELL_TEXT, .ptr = text, .len = strlen(text)};
}
static inline edict_cell mesh_int(int64_t i) {
  return (edict_cell){.type = EDICT_CELL_INT, .integer = i};
}

#endif
