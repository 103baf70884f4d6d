/* Checkpoint: signing a tree head and opening a signed one.
 *
 * The signature is checked before the text is believed; nothing but the one spelling passes. */
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

/* A number without leading zeros, up to LF, which *at moves past. */
static bool take_size(edi_str text, size_t *at, uint64_t *size) {
  size_t begin = *at;
  for (*size = 0; *at < text.len && text.ptr[*at] != '\n'; ++*at) {
    if (text.ptr[*at] < '0' || text.ptr[*at] > '9') return false;
    if (__builtin_mul_overflow(*size, (uint64_t)10, size)) return false;
    if (__builtin_add_overflow(*size, (uint64_t)(text.ptr[*at] - '0'), size)) return false;
  }
  size_t digits = (*at)++ - begin;
  return digits > 0 && (digits == 1 || text.ptr[begin] != '0');
}

/* The three lines; each has one spelling. */
static bool parse_text(edi_str text, edi_str origin, edi_checkpoint *checkpoint) {
  size_t at = origin.len + 1, length = 0;
  if (!edi_str_starts(text, origin) || text.len <= at || text.ptr[origin.len] != '\n') return false;
  if (!take_size(text, &at, &checkpoint->size) || at >= text.len) return false;
  edi_str root = {text.ptr + at, text.len - at - 1}; /* without the last LF */
  return edi_base64_decode(root, checkpoint->root.bytes, EDI_TREE_HASH_BYTES, &length) &&
         length == EDI_TREE_HASH_BYTES;
}

edict_status edi_checkpoint_open(edi_str bytes, const edi_note_key *key, edi_checkpoint *checkpoint,
                                 const char **why) {
  *checkpoint = (edi_checkpoint){0};
  edi_note note;
  edi_checkpoint found = {0};
  edict_status status = edi_note_split(bytes, &note, why);
  if (status == EDICT_OK) status = edi_checkpoint_signed_once(&note, key, why);
  if (status != EDICT_OK) return status;
  *why = "it is not the three lines of a checkpoint of this log";
  if (!parse_text(note.text, key->name, &found)) return EDICT_FORMAT;
  *checkpoint = found;
  *why = "";
  return EDICT_OK;
}
