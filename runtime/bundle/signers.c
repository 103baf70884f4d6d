/* Signers: see the header. */
#include "bundle/signers.h"

static bool is_named(const edi_note *note, edi_str key) {
  for (size_t i = 0; i < note->signature_count; i++)
    if (edi_str_equal(note->signatures[i].name, key)) return true;
  return false;
}

/* Whether a signature has the name and the hint of one of the keys. */
static bool says_one(const edi_note *note, const edi_signers *s) {
  uint8_t hint[EDI_NOTE_HINT_BYTES];
  for (size_t k = 0; k < s->count; k++) {
    if (!edi_note_key_hint(s->keys[k].name, s->keys[k].public_key, hint)) return true;
    for (size_t i = 0; i < note->signature_count; i++)
      if (edi_str_equal(note->signatures[i].name, s->keys[k].name) && memcmp(note->signatures[i].hint, hint, sizeof hint) == 0)
        return true;
  }
  return false;
}

edict_status edi_signers_find(const edi_note *note, const edi_trust *trust, edi_signers *s, const char **why) {
  *s = (edi_signers){.count = 0};
  for (size_t i = 0; i < trust->count; i++) {
    if (!is_named(note, trust->keys[i].name)) continue;
    if (s->count == EDI_NOTE_KEYS_MOST) {
      *why = "more than 64 trusted keys have the names that signed it";
      return EDICT_LIMIT;
    }
    s->keys[s->count].name = trust->keys[i].name;
    memcpy(s->keys[s->count].public_key, trust->keys[i].public_key, sizeof s->keys->public_key);
    s->roles[s->count++] = trust->keys[i].role;
  }
  unsigned distinct = 0;
  s->known = says_one(note, s);
  return edi_note_verify(note, s->keys, s->count, &s->verified, &distinct, why);
}

/* A store refuses keys of the same bytes; what counts here would count them once all the same. */
unsigned edi_signers_count(const edi_signers *s, uint32_t role) {
  unsigned count = 0;
  for (size_t i = 0; i < s->count; i++) {
    bool fresh = (s->verified >> i & 1) && s->roles[i] == role;
    for (size_t j = 0; j < i && fresh; j++)
      fresh = !(s->verified >> j & 1) || s->roles[j] != role ||
              memcmp(s->keys[i].public_key, s->keys[j].public_key, sizeof s->keys->public_key) != 0;
    count += fresh;
  }
  return count;
}
