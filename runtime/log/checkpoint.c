/* Checkpoint: signing a tree head and opening a signed one.
 *
 * Opening formats the text again from what was parsed and compares: nothing but the one spelling
 * passes. The signature is checked before the text is believed. */
#include "log/checkpoint.h"

enum { TEXT_MOST = 512 };

static edict_status format_text(edi_buf *buf, edi_str origin, const edi_checkpoint *checkpoint) {
  edi_buf_str(buf, origin);
  edi_buf_format(buf, "\n%llu\n", (unsigned long long)checkpoint->size);
  edi_base64_append(buf, checkpoint->root.bytes, EDI_TREE_HASH_BYTES);
  edi_buf_char(buf, '\n');
  return buf->failed;
}

edict_status edi_checkpoint_sign(edi_buf *buf, edi_str origin, const edi_checkpoint *checkpoint,
                                 const uint8_t secret_key[EDI_NOTE_SECRET_BYTES]) {
  edi_buf text;
  edi_buf_init(&text, buf->allocator, TEXT_MOST);
  edict_status status = format_text(&text, origin, checkpoint);
  if (status == EDICT_OK) {
    edi_note_begin(buf, (edi_str){text.ptr, text.len});
    status = edi_note_sign(buf, (edi_str){text.ptr, text.len}, origin, secret_key);
  }
  edi_buf_fini(&text);
  return status;
}

edict_status edi_checkpoint_signed_once(const edi_note *note, const edi_note_key *key,
                                        const char **why) {
  *why = "it has more than one signature";
  if (note->signature_count != 1) return EDICT_FORMAT;
  uint64_t verified;
  unsigned distinct;
  return edi_note_verify(note, key, 1, &verified, &distinct, why);
}

/* Reads the second and third line; the caller checks the spelling. */
static bool parse_numbers(edi_str text, size_t skip, edi_checkpoint *checkpoint) {
  size_t at = skip, length = 0;
  uint64_t size = 0;
  for (; at < text.len && text.ptr[at] != '\n'; at++) {
    if (text.ptr[at] < '0' || text.ptr[at] > '9') return false;
    if (__builtin_mul_overflow(size, (uint64_t)10, &size)) return false;
    if (__builtin_add_overflow(size, (uint64_t)(text.ptr[at] - '0'), &size)) return false;
  }
  if (at + 1 >= text.len) return false;
  edi_str root = {text.ptr + at + 1, text.len - at - 2}; /* without the last LF */
  checkpoint->size = size;
  return edi_base64_decode(root, checkpoint->root.bytes, EDI_TREE_HASH_BYTES, &length) &&
         length == EDI_TREE_HASH_BYTES;
}

edict_status edi_checkpoint_open(edi_str bytes, const edi_note_key *key, edi_checkpoint *checkpoint,
                                 const char **why) {
  *checkpoint = (edi_checkpoint){0};
  edi_note note;
  edict_status status = edi_note_split(bytes, &note, why);
  if (status == EDICT_OK) status = edi_checkpoint_signed_once(&note, key, why);
  if (status != EDICT_OK) return status;
  edi_checkpoint found = {0};
  edi_buf again;
  edi_buf_init(&again, NULL, TEXT_MOST);
  *why = "it is not the three lines of a checkpoint of this log";
  bool good =
      edi_str_starts(note.text, key->name) && parse_numbers(note.text, key->name.len + 1, &found);
  if (good) status = format_text(&again, key->name, &found);
  good = good && status == EDICT_OK && edi_str_equal((edi_str){again.ptr, again.len}, note.text);
  edi_buf_fini(&again);
  if (status != EDICT_OK) return status;
  if (!good) return EDICT_FORMAT;
  *checkpoint = found;
  *why = "";
  return EDICT_OK;
}
