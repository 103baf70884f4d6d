/* Signing: see the header. What was made is read again by the code that verifies it. */
#include "bundle/signing.h"

static edict_status fail(const edi_signable *s, edict_status status, edi_code code, const char *what, edict_diagnostics *d) {
  edi_diagnostics_add(d, code, EDI_SPAN_NONE, "", "%s: %s", s->what, what);
  return status;
}

static void put(const edi_signable *s, edi_buf *note) {
  edi_note_begin(note, s->text);
  edi_buf_str(note, s->signatures);
}

/* The signatures that are there; none is fine. */
static edict_status split(const edi_signable *s, edi_note *note, edict_diagnostics *d) {
  const char *why = "";
  edi_buf whole;
  *note = (edi_note){.text = s->text};
  if (s->signatures.len == 0) return EDICT_OK;
  edi_buf_init(&whole, NULL, s->text.len + s->signatures.len + 2);
  put(s, &whole);
  edict_status status = whole.failed;
  if (status == EDICT_OK) status = edi_note_split((edi_str){whole.ptr, whole.len}, note, &why);
  if (status == EDICT_OK && note->text.len != s->text.len) {
    status = EDICT_FORMAT;
    why = "a blank line stands among its signatures";
  }
  /* Names are read from the copy no more, but from the lines themselves. */
  size_t before = s->text.len + 1;
  for (size_t i = 0; status == EDICT_OK && i < note->signature_count; i++) {
    edi_note_signature *one = &note->signatures[i];
    one->name.ptr = s->signatures.ptr + (one->name.ptr - whole.ptr) - before;
    one->raw.ptr = s->signatures.ptr + (one->raw.ptr - whole.ptr) - before;
  }
  note->text = s->text;
  edi_buf_fini(&whole);
  return status == EDICT_OK ? status : fail(s, status, EDI_R0211, why, d);
}

static bool has(const edi_note *note, edi_str name, const uint8_t hint[EDI_NOTE_HINT_BYTES]) {
  for (size_t i = 0; i < note->signature_count; i++)
    if (edi_str_equal(note->signatures[i].name, name) && memcmp(note->signatures[i].hint, hint, EDI_NOTE_HINT_BYTES) == 0)
      return true;
  return false;
}

/* Whether the key may still sign: a name that can be one, not among the signers, and one place left. */
static edict_status may_sign(const edi_signable *s, edi_str name, const unsigned char *public_key, edict_diagnostics *d) {
  edi_note note;
  uint8_t hint[EDI_NOTE_HINT_BYTES];
  if (!edi_note_name_valid(name)) return fail(s, EDICT_ARGUMENT, EDI_R0217, "the key's name cannot be one", d);
  if (!edi_note_key_hint(name, public_key, hint)) return EDICT_MEMORY;
  edict_status status = split(s, &note, d);
  if (status != EDICT_OK) return status;
  if (has(&note, name, hint)) return fail(s, EDICT_ARGUMENT, EDI_R0217, "this key has signed it already", d);
  if (note.signature_count < EDI_LIMIT_NOTE_SIGNATURES) return EDICT_OK;
  return fail(s, EDICT_LIMIT, EDI_R0217, "it has as many signatures as it may", d);
}

edict_status edi_signing_sign(const edi_signable *s, edi_str name, const unsigned char secret_key[64], edi_buf *note,
                              edict_diagnostics *d) {
  edi_note read;
  edi_note_key key = {.name = name};
  uint64_t verified = 0;
  unsigned distinct = 0;
  const char *why = "";
  edict_status status = may_sign(s, name, secret_key + 32, d);
  if (status != EDICT_OK) return status;
  memcpy(key.public_key, secret_key + 32, sizeof key.public_key);
  put(s, note);
  status = edi_note_sign(note, s->text, name, secret_key);
  if (status != EDICT_OK) return fail(s, status, EDI_R0217, "it cannot be signed", d);
  status = edi_note_split((edi_str){note->ptr, note->len}, &read, &why);
  if (status == EDICT_OK) status = edi_note_verify(&read, &key, 1, &verified, &distinct, &why);
  if (status == EDICT_UNTRUSTED)
    return fail(s, EDICT_ARGUMENT, EDI_R0217, "the two halves of the secret key do not belong together", d);
  return status == EDICT_OK ? EDICT_OK : fail(s, status, EDI_R0217, why, d);
}

static void put_line(const edi_note_signature *one, edi_buf *note) {
  edi_buf_format(note, "\xE2\x80\x94 %.*s %.*s\n", EDI_STR_ARG(one->name), EDI_STR_ARG(one->raw));
}

edict_status edi_signing_merge(const edi_signable *s, edi_str other, edi_buf *note, size_t *added, edict_diagnostics *d) {
  edi_note mine, theirs;
  const char *why = "";
  *added = 0;
  edict_status status = split(s, &mine, d);
  if (status != EDICT_OK) return status;
  status = edi_note_split(other, &theirs, &why);
  if (status != EDICT_OK) return fail(s, status, EDI_R0211, why, d);
  if (!edi_str_equal(s->text, theirs.text))
    return fail(s, EDICT_ARGUMENT, EDI_R0219, "the signatures are of another text", d);
  put(s, note);
  for (size_t i = 0; i < theirs.signature_count; i++) {
    if (has(&mine, theirs.signatures[i].name, theirs.signatures[i].hint)) continue;
    if (mine.signature_count == EDI_LIMIT_NOTE_SIGNATURES)
      return fail(s, EDICT_LIMIT, EDI_R0217, "it has as many signatures as it may", d);
    mine.signatures[mine.signature_count++] = theirs.signatures[i];
    put_line(&theirs.signatures[i], note);
    ++*added;
  }
  return note->failed;
}
