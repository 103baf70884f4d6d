/* Issuers: the federal bundle's issuers with their key sets, and look-up of one.
 *
 * In: a verified federal program and the bundle that carries the key sets. Out: issuers that never
 * change. Invariant: no two of them have one URL, so `iss` picks at most one, and every issuer of
 * tokens has at least one key. */
#include "identity/issuers.h"

#include "bundle/limits.h"

static bool is_host(const edi_issuer *issuer) { return issuer->flags & EDI_ISSUER_HOST; }

/* ---- look-up ---- */

uint32_t edi_issuers_by_url(const edi_issuers *issuers, edi_str url) {
  for (uint32_t i = 0; i < issuers->count; i++) {
    const edi_issuer *issuer = &issuers->program->issuers[i];
    if (!is_host(issuer) && edi_str_equal(edi_program_string(issuers->program, issuer->url), url))
      return i;
  }
  return EDI_NONE;
}

uint32_t edi_issuers_by_name(const edi_issuers *issuers, edi_str name) {
  for (uint32_t i = 0; i < issuers->count; i++)
    if (edi_str_equal(edi_program_string(issuers->program, issuers->program->issuers[i].name),
                      name))
      return i;
  return EDI_NONE;
}

uint32_t edi_issuers_host(const edi_issuers *issuers) {
  for (uint32_t i = 0; i < issuers->count; i++)
    if (is_host(&issuers->program->issuers[i])) return i;
  return EDI_NONE;
}

/* ---- create ---- */

static edict_status load_keys(const edi_issuers *issuers, uint32_t number, const edi_bundle *bundle,
                              edi_arena *arena, edict_diagnostics *diagnostics) {
  const edi_issuer *issuer = &issuers->program->issuers[number];
  edi_str name = edi_program_string(issuers->program, issuer->name);
  edi_str keys = edi_program_string(issuers->program, issuer->keys), text = {NULL, 0};
  edi_buf path;
  edi_buf_init(&path, arena->allocator, EDI_LIMIT_STRING + sizeof "keys/");
  edi_buf_text(&path, "keys/");
  edi_buf_str(&path, keys);
  edi_buf_append(&path, "", 1);
  edict_status status = path.failed;
  if (status == EDICT_OK) text = edi_bundle_find(bundle, path.ptr);
  edi_buf_fini(&path);
  if (status != EDICT_OK) return status;
  if (text.ptr)
    return edi_jwks_parse(text, keys, issuer->algorithms, arena, &issuers->keys[number],
                          diagnostics);
  edi_diagnostics_add(diagnostics, EDI_R0338, EDI_SPAN_NONE, "",
                      "the bundle has no file `keys/%.*s` for issuer `%.*s`", EDI_STR_ARG(keys),
                      EDI_STR_ARG(name));
  return EDICT_FORMAT;
}

/* Those before it are loaded, so a second with its URL or a second host is found here. */
static bool is_distinct(const edi_issuers *issuers, uint32_t number,
                        edict_diagnostics *diagnostics) {
  const edi_program *p = issuers->program;
  uint32_t other = is_host(&p->issuers[number])
                       ? edi_issuers_host(issuers)
                       : edi_issuers_by_url(issuers, edi_program_string(p, p->issuers[number].url));
  if (other == EDI_NONE) return true;
  edi_diagnostics_add(diagnostics, EDI_R0339, EDI_SPAN_NONE, "",
                      "issuers `%.*s` and `%.*s` are the same one",
                      EDI_STR_ARG(edi_program_string(p, p->issuers[other].name)),
                      EDI_STR_ARG(edi_program_string(p, p->issuers[number].name)));
  return false;
}

edict_status edi_issuers_create(edi_arena *arena, const edi_program *program,
                                const edi_bundle *bundle, edi_issuers **issuers,
                                edict_diagnostics *diagnostics) {
  *issuers = NULL;
  edi_issuers *made = EDI_NEW(arena, edi_issuers);
  if (!made) return edi_arena_status(arena);
  made->program = program;
  made->keys = EDI_NEW_ARRAY(arena, edi_jwks, program->issuers_count);
  if (!made->keys) return edi_arena_status(arena);
  while (made->count < program->issuers_count) {
    uint32_t number = made->count;
    edict_status status = is_distinct(made, number, diagnostics) ? EDICT_OK : EDICT_FORMAT;
    if (status == EDICT_OK && !is_host(&program->issuers[number]))
      status = load_keys(made, number, bundle, arena, diagnostics);
    if (status != EDICT_OK) {
      edi_issuers_destroy(made);
      return status;
    }
    made->count++;
  }
  *issuers = made;
  return EDICT_OK;
}

void edi_issuers_destroy(edi_issuers *issuers) {
  if (!issuers) return;
  for (uint32_t i = 0; i < issuers->count; i++) edi_jwks_fini(&issuers->keys[i]);
  *issuers = (edi_issuers){0}; /* who still holds it finds no issuer */
}
