/* Signed note (C2SP signed-note): text, a blank line, signature lines. One parser for the manifests
 * of bundles and for the log's identity and checkpoints.
 *
 *   text ... LF
 *   LF
 *   — <name> <base64(4-byte hint || signature)> LF        1 to 32 of these
 *
 * The bytes that are verified are the bytes that are parsed: `edi_note.text` points into the input.
 * Hints only hint. Nothing here makes diagnostics: callers know the file; `*why` is static text. */
#ifndef EDI_NOTE_H
#define EDI_NOTE_H

#include "base/bytes.h"
#include "bundle/limits.h"

#define EDI_NOTE_HINT_BYTES      4
#define EDI_NOTE_PUBLIC_BYTES    32 /* Ed25519 */
#define EDI_NOTE_SECRET_BYTES    64 /* libsodium's form: seed || public key */
#define EDI_NOTE_SIGNATURE_BYTES 64
#define EDI_NOTE_KEYS_MOST       64 /* one bit each in `verified` */

/* A line's signature. `name` points into the note; `raw` is the base64 text after it, decoded only
 * when a key asks for it (other algorithms have longer signatures; they are unknown and
 * ignored). */
typedef struct edi_note_signature {
  edi_str name;
  edi_str raw;
  uint8_t hint[EDI_NOTE_HINT_BYTES];
} edi_note_signature;

typedef struct edi_note {
  edi_str text; /* what is signed: ends in LF, without the blank line */
  edi_note_signature signatures[EDI_LIMIT_NOTE_SIGNATURES];
  size_t signature_count;
} edi_note;

/* Who may sign: the name is part of the key's hint. Borrowed. */
typedef struct edi_note_key {
  edi_str name;
  uint8_t public_key[EDI_NOTE_PUBLIC_BYTES];
} edi_note_key;

/* Splits `bytes`. FORMAT: not UTF-8, a control character but LF, no blank line, no signature, a
 * line that is not one, base64 that is not canonical, bytes after the last line. LIMIT: more than
 * 32 signatures, or a signature above 8 KiB. *why says which. The text itself may be any lines; a
 * note with the text empty is FORMAT. */
edict_status edi_note_split(edi_str bytes, edi_note *note, const char **why) EDICT_MUST_CHECK;

/* Checks the signatures against `keys` (at most 64). A signature whose name and hint match no key
 * is ignored; one that matches a key and does not verify refuses the note. UNTRUSTED: refused, or
 * no known key signed. On OK bit i of *verified says that keys[i] signed, and *distinct counts
 * different public keys among them (one key under two names is one): compare that with a threshold.
 * On anything else both are 0. ARGUMENT: more than 64 keys or one with an impossible name; MEMORY
 * from OpenSSL. */
edict_status edi_note_verify(const edi_note *note, const edi_note_key *keys, size_t key_count,
                             uint64_t *verified, unsigned *distinct,
                             const char **why) EDICT_MUST_CHECK;

/* Appends one signature line to `buf`. `text` is what is signed and must end in LF and be a valid
 * text of a note. The caller puts text and blank line into the buffer first (edi_note_begin does)
 * and may sign several times. ARGUMENT: text or name impossible; MEMORY or LIMIT from the
 * buffer. */
edict_status edi_note_sign(edi_buf *buf, edi_str text, edi_str name,
                           const uint8_t secret_key[EDI_NOTE_SECRET_BYTES]) EDICT_MUST_CHECK;
/* Appends `text` and the blank line. */
void edi_note_begin(edi_buf *buf, edi_str text);

/* Names: not empty, at most EDI_LIMIT_NAME bytes, valid UTF-8 without control characters, Unicode
 * spaces and `+`. */
bool edi_note_name_valid(edi_str name);
/* First 4 bytes of SHA-256(name || LF || 0x01 || public key). False: no memory. */
bool edi_note_key_hint(edi_str name, const uint8_t public_key[EDI_NOTE_PUBLIC_BYTES],
                       uint8_t hint[EDI_NOTE_HINT_BYTES]) EDICT_MUST_CHECK;
/* A verifier key as text: name+hhhhhhhh+base64(0x01 || public key), without a line end. Parsing
 * borrows the name from `text`; it checks the hint. False for everything that is not exactly
 * that. */
bool edi_note_key_format(edi_buf *buf, edi_str name,
                         const uint8_t public_key[EDI_NOTE_PUBLIC_BYTES]) EDICT_MUST_CHECK;
bool edi_note_key_parse(edi_str text, edi_note_key *key) EDICT_MUST_CHECK;

#endif
