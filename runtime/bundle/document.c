/* Document: see the header. */
#include "bundle/document.h"

static bool begins(edi_str bytes, const char *line) { return edi_str_starts(bytes, edi_str_from(line)); }

static edict_status open_bundle(edi_arena *arena, edi_document *doc, edict_diagnostics *d) {
  edi_bundle *bundle = EDI_NEW(arena, edi_bundle);
  if (!bundle) return edi_arena_status(arena);
  edict_status status = edi_bundle_open(arena, doc->bytes.ptr, doc->bytes.len, bundle, d);
  doc->kind = EDI_DOCUMENT_BUNDLE;
  doc->manifest = &bundle->manifest;
  doc->signable = (edi_signable){bundle->manifest_text, bundle->signatures, "bundle"};
  return status;
}

/* Text and signature lines of a note, or of a text that nobody signed yet. */
static edict_status split(edi_document *doc, const char *what, edict_diagnostics *d) {
  const char *why = "";
  edi_note note;
  doc->signable = (edi_signable){.text = doc->bytes, .what = what};
  if (!edi_str_contains(doc->bytes, EDI_STR("\n\n"))) return EDICT_OK;
  edict_status status = edi_note_split(doc->bytes, &note, &why);
  if (status != EDICT_OK) {
    edi_diagnostics_add(d, EDI_R0211, EDI_SPAN_NONE, "", "%s: %s", what, why);
    return status;
  }
  size_t after = note.text.len + 1;
  doc->signable.text = note.text;
  doc->signable.signatures = (edi_str){doc->bytes.ptr + after, doc->bytes.len - after};
  return EDICT_OK;
}

static edict_status open_request(edi_arena *arena, edi_document *doc, edict_diagnostics *d) {
  edi_manifest *manifest = EDI_NEW(arena, edi_manifest);
  if (!manifest) return edi_arena_status(arena);
  doc->kind = EDI_DOCUMENT_REQUEST;
  doc->manifest = manifest;
  edict_status status = split(doc, "request", d);
  return status == EDICT_OK ? edi_manifest_parse(arena, doc->signable.text, manifest, d) : status;
}

static edict_status open_root(edi_arena *arena, edi_document *doc, edict_diagnostics *d) {
  edi_root *root = EDI_NEW(arena, edi_root);
  if (!root) return edi_arena_status(arena);
  doc->kind = EDI_DOCUMENT_ROOT;
  doc->root = root;
  edict_status status = split(doc, "root document", d);
  return status == EDICT_OK ? edi_root_parse_unsigned(arena, doc->bytes, root, d) : status;
}

edict_status edi_document_open(edi_arena *arena, edi_str bytes, edi_document *document, edict_diagnostics *diagnostics) {
  edi_document doc = {.bytes = bytes};
  edict_status status;
  *document = doc;
  if (begins(bytes, "edict-root/v1\n")) status = open_root(arena, &doc, diagnostics);
  else if (begins(bytes, "edict-bundle/v1\n")) status = open_request(arena, &doc, diagnostics);
  else status = open_bundle(arena, &doc, diagnostics);
  if (status != EDICT_OK) return status;
  edi_digest(doc.signable.text.ptr, doc.signable.text.len, doc.digest);
  *document = doc;
  return EDICT_OK;
}

edict_status edi_document_attach(edi_arena *arena, const edi_document *doc, edi_str note, edi_buf *into, edict_diagnostics *d) {
  size_t text = doc->signable.text.len;
  if (doc->kind == EDI_DOCUMENT_BUNDLE)
    return edi_bundle_attach(arena, doc->bytes.ptr, doc->bytes.len, (edi_str){note.ptr + text, note.len - text}, into, d);
  edi_buf_str(into, note);
  return into->failed;
}
