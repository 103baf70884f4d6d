/* Signed note: split, verify, sign, and verifier keys as text (C2SP signed-note, Ed25519 only).
 *
 * In: bytes from a file and the keys that somebody trusts. Out: the signed text and who signed it.
 * Parsing is strict and comes first; nothing is verified in a note that does not parse. */
#include "bundle/note.h"

#include <sodium.h>

#include "base/digest.h"

/* The longest signature that some algorithm in use has is about 5 KiB. */
enum { RAW_MOST = 8192, ALGORITHM_ED25519 = 1 };

static const edi_str line_start = {"\xE2\x80\x94 ", 4}; /* em dash, space */

/* ---- names and keys ---- */

/* Unicode's White_Space above U+0020; controls are refused before. */
static bool is_space(uint32_t c) {
  return c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) ||
         c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

bool edi_note_name_valid(edi_str name) {
  if (name.len == 0 || name.len > EDI_LIMIT_NAME || !edi_utf8_valid(name)) return false;
  for (size_t at = 0; at < name.len;) {
    uint32_t c = edi_utf8_next(name, &at);
    if (c < 0x20 || (c >= 0x7F && c < 0xA0) || c == '+' || is_space(c)) return false;
  }
  return true;
}

bool edi_note_key_hint(edi_str name, const uint8_t public_key[EDI_NOTE_PUBLIC_BYTES],
                       uint8_t hint[EDI_NOTE_HINT_BYTES]) {
  const char algorithm[] = {'\n', ALGORITHM_ED25519};
  edi_str parts[] = {
      name, {algorithm, sizeof algorithm}, {(const char *)public_key, EDI_NOTE_PUBLIC_BYTES}};
  uint8_t digest[EDI_SHA256_BYTES];
  bool good = edi_digest_sha256(parts, 3, digest);
  memcpy(hint, digest, EDI_NOTE_HINT_BYTES);
  return good;
}

bool edi_note_key_format(edi_buf *buf, edi_str name,
                         const uint8_t public_key[EDI_NOTE_PUBLIC_BYTES]) {
  uint8_t hint[EDI_NOTE_HINT_BYTES], raw[1 + EDI_NOTE_PUBLIC_BYTES] = {ALGORITHM_ED25519};
  if (!edi_note_name_valid(name) || !edi_note_key_hint(name, public_key, hint)) return false;
  memcpy(raw + 1, public_key, EDI_NOTE_PUBLIC_BYTES);
  edi_buf_str(buf, name);
  edi_buf_char(buf, '+');
  edi_hex_append(buf, hint, sizeof hint);
  edi_buf_char(buf, '+');
  edi_base64_append(buf, raw, sizeof raw);
  return buf->failed == EDICT_OK;
}

bool edi_note_key_parse(edi_str text, edi_note_key *key) {
  const char *plus = text.len > 0 ? memchr(text.ptr, '+', text.len) : NULL;
  if (!plus) return false;
  edi_str name = {text.ptr, (size_t)(plus - text.ptr)};
  edi_str rest = {plus + 1, text.len - name.len - 1};
  uint8_t said[EDI_NOTE_HINT_BYTES], is[EDI_NOTE_HINT_BYTES], raw[1 + EDI_NOTE_PUBLIC_BYTES];
  size_t length = 0;
  if (!edi_note_name_valid(name) || rest.len < 9 || rest.ptr[8] != '+') return false;
  if (!edi_hex_decode((edi_str){rest.ptr, 8}, said, sizeof said, &length) || length != sizeof said)
    return false;
  if (!edi_base64_decode((edi_str){rest.ptr + 9, rest.len - 9}, raw, sizeof raw, &length))
    return false;
  if (length != sizeof raw || raw[0] != ALGORITHM_ED25519) return false;
  if (!edi_note_key_hint(name, raw + 1, is) || memcmp(said, is, sizeof is) != 0) return false;
  key->name = name;
  memcpy(key->public_key, raw + 1, EDI_NOTE_PUBLIC_BYTES);
  return true;
}

/* ---- parsing ---- */

static bool text_valid(edi_str bytes) {
  for (size_t i = 0; i < bytes.len; i++)
    if ((unsigned char)bytes.ptr[i] < 0x20 && bytes.ptr[i] != '\n') return false;
  return edi_utf8_valid(bytes);
}

/* Offset of the last LF LF; bytes.len if there is none. */
static size_t last_blank_line(edi_str bytes) {
  for (size_t i = bytes.len; i >= 2; i--)
    if (bytes.ptr[i - 1] == '\n' && bytes.ptr[i - 2] == '\n') return i - 2;
  return bytes.len;
}

/* `line` is without its LF. */
static edict_status parse_line(edi_str line, edi_note_signature *signature, const char **why) {
  *why = "a signature line is not of the form `— name base64`";
  if (!edi_str_starts(line, line_start)) return EDICT_FORMAT;
  line = (edi_str){line.ptr + line_start.len, line.len - line_start.len};
  const char *space = line.len > 0 ? memchr(line.ptr, ' ', line.len) : NULL;
  if (!space) return EDICT_FORMAT;
  signature->name = (edi_str){line.ptr, (size_t)(space - line.ptr)};
  signature->raw = (edi_str){space + 1, line.len - signature->name.len - 1};
  if (!edi_note_name_valid(signature->name)) {
    *why = "a signature's key name is empty, too long or has a character that names may not have";
    return EDICT_FORMAT;
  }
  if (signature->raw.len > RAW_MOST) {
    *why = "a signature is too long";
    return EDICT_LIMIT;
  }
  uint8_t raw[RAW_MOST];
  size_t length = 0;
  if (!edi_base64_decode(signature->raw, raw, sizeof raw, &length) ||
      length <= EDI_NOTE_HINT_BYTES) {
    *why = "a signature is not canonical base64 of a hint and a signature";
    return EDICT_FORMAT;
  }
  memcpy(signature->hint, raw, EDI_NOTE_HINT_BYTES);
  return EDICT_OK;
}

edict_status edi_note_split(edi_str bytes, edi_note *note, const char **why) {
  *note = (edi_note){0};
  *why = "it is not UTF-8 or has a control character";
  if (!text_valid(bytes)) return EDICT_FORMAT;
  size_t blank = last_blank_line(bytes);
  *why = "it has no blank line before its signatures";
  if (blank == bytes.len || blank == 0) return EDICT_FORMAT;
  edi_str text = {bytes.ptr, blank + 1};
  edi_str lines = {bytes.ptr + blank + 2, bytes.len - blank - 2};
  *why = "it has no signature, or bytes after its last line";
  if (lines.len == 0 || lines.ptr[lines.len - 1] != '\n') return EDICT_FORMAT;
  size_t count = 0;
  while (lines.len > 0) {
    const char *end = memchr(lines.ptr, '\n', lines.len);
    edi_str line = {lines.ptr, (size_t)(end - lines.ptr)};
    lines = (edi_str){end + 1, lines.len - line.len - 1};
    if (count == EDI_LIMIT_NOTE_SIGNATURES) {
      *why = "it has more than 32 signatures";
      return EDICT_LIMIT;
    }
    edict_status status = parse_line(line, &note->signatures[count], why);
    if (status != EDICT_OK) return status;
    count++;
  }
  note->text = text; /* last: a note that does not parse has no text and no signatures */
  note->signature_count = count;
  *why = "";
  return EDICT_OK;
}

/* ---- verifying ---- */

/* Whether `signature` is an Ed25519 signature of the text by `key`. */
static bool signature_good(const edi_note *note, const edi_note_signature *signature,
                           const edi_note_key *key) {
  uint8_t raw[EDI_NOTE_HINT_BYTES + EDI_NOTE_SIGNATURE_BYTES];
  size_t length = 0;
  if (!edi_base64_decode(signature->raw, raw, sizeof raw, &length) || length != sizeof raw)
    return false;
  return crypto_sign_verify_detached(raw + EDI_NOTE_HINT_BYTES,
                                     (const unsigned char *)note->text.ptr, note->text.len,
                                     key->public_key) == 0;
}

static unsigned count_distinct(const edi_note_key *keys, size_t key_count, uint64_t verified) {
  unsigned distinct = 0;
  for (size_t i = 0; i < key_count; i++) {
    bool fresh = verified >> i & 1;
    for (size_t j = 0; fresh && j < i; j++)
      fresh = !(verified >> j & 1) ||
              memcmp(keys[i].public_key, keys[j].public_key, EDI_NOTE_PUBLIC_BYTES) != 0;
    distinct += fresh;
  }
  return distinct;
}

/* Tries every signature that says it is by `key`. */
static edict_status verify_key(const edi_note *note, const edi_note_key *key, bool *signed_by,
                               const char **why) {
  uint8_t hint[EDI_NOTE_HINT_BYTES];
  *signed_by = false;
  if (!edi_note_name_valid(key->name)) {
    *why = "a trusted key has an impossible name";
    return EDICT_ARGUMENT;
  }
  if (!edi_note_key_hint(key->name, key->public_key, hint)) {
    *why = "no memory";
    return EDICT_MEMORY;
  }
  for (size_t s = 0; s < note->signature_count; s++) {
    const edi_note_signature *signature = &note->signatures[s];
    if (!edi_str_equal(signature->name, key->name) ||
        memcmp(signature->hint, hint, sizeof hint) != 0)
      continue;
    if (!signature_good(note, signature, key)) {
      *why = "a signature of a known key does not verify";
      return EDICT_UNTRUSTED;
    }
    *signed_by = true;
  }
  return EDICT_OK;
}

edict_status edi_note_verify(const edi_note *note, const edi_note_key *keys, size_t key_count,
                             uint64_t *verified, unsigned *distinct, const char **why) {
  *verified = 0;
  *distinct = 0;
  *why = "more than 64 keys";
  if (key_count > EDI_NOTE_KEYS_MOST) return EDICT_ARGUMENT;
  uint64_t bits = 0;
  for (size_t i = 0; i < key_count; i++) {
    bool signed_by;
    edict_status status = verify_key(note, &keys[i], &signed_by, why);
    if (status != EDICT_OK) return status;
    bits |= (uint64_t)signed_by << i;
  }
  *why = "no trusted key signed it";
  if (bits == 0) return EDICT_UNTRUSTED;
  *verified = bits;
  *distinct = count_distinct(keys, key_count, bits);
  *why = "";
  return EDICT_OK;
}

/* ---- signing ---- */

void edi_note_begin(edi_buf *buf, edi_str text) {
  edi_buf_str(buf, text);
  edi_buf_char(buf, '\n');
}

edict_status edi_note_sign(edi_buf *buf, edi_str text, edi_str name,
                           const uint8_t secret_key[EDI_NOTE_SECRET_BYTES]) {
  if (text.len == 0 || text.ptr[text.len - 1] != '\n' || !text_valid(text)) return EDICT_ARGUMENT;
  if (!edi_note_name_valid(name)) return EDICT_ARGUMENT;
  uint8_t raw[EDI_NOTE_HINT_BYTES + EDI_NOTE_SIGNATURE_BYTES];
  /* libsodium's secret key ends in the public key. */
  if (!edi_note_key_hint(name, secret_key + 32, raw)) return EDICT_MEMORY;
  (void)crypto_sign_detached(raw + EDI_NOTE_HINT_BYTES, NULL, (const unsigned char *)text.ptr,
                             text.len, secret_key); /* cannot fail */
  edi_buf_str(buf, line_start);
  edi_buf_str(buf, name);
  edi_buf_char(buf, ' ');
  edi_base64_append(buf, raw, sizeof raw);
  edi_buf_char(buf, '\n');
  return buf->failed;
}
