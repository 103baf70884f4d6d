/* Arrow host: a decision behind three plain functions, for arrow_check.py, which calls them by ctypes. */
#include "edict/arrow.h"

#include "support/mesh.h"

EDICT_EXPORT mesh *host_open(const char *rules, const char *contract, const char *columns);
EDICT_EXPORT int host_apply(mesh *m, struct ArrowSchema *schema, struct ArrowArray *batch, struct ArrowSchema *out_schema,
                            struct ArrowArray *out, char *why, size_t size);
EDICT_EXPORT void host_close(mesh *m);

mesh *host_open(const char *rules, const char *contract, const char *columns) {
  static const char keyring[] = "edict-keyring/v1\nfederation eu.example\nepoch 1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";
  const edict_engine_options options = {.size = sizeof options, .now = INT64_MIN, .development = 1, .keyring = keyring, .keyring_length = sizeof keyring - 1};
  mesh *m = edi_allocator_default.resize(edi_allocator_default.context, NULL, 0, sizeof *m);
  if (!m) return NULL;
  mesh_init(m);
  mesh_federal(m, rules);
  mesh_domain(m, "sales", "", contract);
  if (mesh_engine(m, &options) != EDICT_OK) return NULL;
  mesh_open(m);
  mesh_subject(m, "roles support; purposes service; regions de");
  return mesh_ask(m, "read", "orders", columns, "purpose support", "2026-11-20T10:00:00Z") == EDICT_OK ? m : NULL;
}

/* Takes what came in, as a consumer of the interface does. */
int host_apply(mesh *m, struct ArrowSchema *schema, struct ArrowArray *batch, struct ArrowSchema *out_schema, struct ArrowArray *out,
               char *why, size_t size) {
  edict_arrow *arrow = NULL;
  edict_diagnostics_clear(m->diagnostics);
  edict_status status = edict_arrow_create(m->decision, schema, NULL, &arrow, m->diagnostics);
  if (status == EDICT_OK) status = edict_arrow_schema(arrow, out_schema);
  if (status == EDICT_OK) status = edict_arrow_apply(arrow, batch, NULL, out, m->diagnostics);
  if (status != EDICT_OK && out_schema->release) out_schema->release(out_schema);
  size_t count = edict_diagnostics_count(m->diagnostics);
  edi_buf text = edi_buf_fixed(why, size);
  edi_buf_text(&text, count ? edict_diagnostics_message(m->diagnostics, count - 1) : edict_status_name(status));
  why[text.len] = '\0';
  edict_arrow_destroy(&arrow);
  batch->release(batch);
  schema->release(schema);
  return (int)status;
}

void host_close(mesh *m) {
  mesh_fini(m);
  edi_allocator_default.resize(edi_allocator_default.context, m, sizeof *m, 0);
}
