/* Opener: the auditor's side of sealed payloads.
 *
 * In: a pointer from a record and the auditor's secret key. Out: the payload, if every byte is what
 * was sealed in this place. A few files are kept open with their keys, as records come in the order
 * in which payloads were put. */
#include <errno.h>
#include <sodium.h>

#include "bundle/manifest.h"
#include "log/payfile.h"

enum { SLOTS = 8 };

typedef struct slot {
  bool used;
  uint64_t number, last_use;
  edi_file file;
  uint8_t key[EDI_PAYFILE_KEY_BYTES];
  uint8_t header_digest[32];
} slot;

struct edi_seal_opener {
  const edi_system *system;
  const edi_allocator *allocator;
  char directory[EDI_STORE_PATH_MOST];
  uint8_t secret_key[EDI_SEAL_SECRET_BYTES], public_key[32];
  slot slots[SLOTS];
  uint64_t uses;
  uint8_t *sealed; /* EDI_PAYFILE_SEALED_MOST bytes */
};

static edict_status report(edict_diagnostics *diagnostics, edict_status status, edi_code code,
                           const char *name, uint64_t offset, const char *what) {
  edi_diagnostics_add(diagnostics, code, EDI_SPAN_NONE, "", "%s: byte %llu: %s", name,
                      (unsigned long long)offset, what);
  return status;
}

edict_status edi_seal_opener_create(const edi_system *system, const char *directory,
                                    const uint8_t secret_key[EDI_SEAL_SECRET_BYTES],
                                    const edi_allocator *allocator, edi_seal_opener **opener,
                                    edict_diagnostics *diagnostics) {
  *opener = NULL;
  if (!allocator) allocator = &edi_allocator_default;
  size_t length = strlen(directory);
  if (length == 0 || length >= EDI_STORE_PATH_MOST) {
    edi_diagnostics_add(diagnostics, EDI_R0415, EDI_SPAN_NONE, "",
                        "the log's directory is empty or too long");
    return EDICT_ARGUMENT;
  }
  edi_seal_opener *made = allocator->resize(allocator->context, NULL, 0, sizeof *made);
  uint8_t *sealed = allocator->resize(allocator->context, NULL, 0, EDI_PAYFILE_SEALED_MOST);
  if (!made || !sealed) {
    if (made) (void)allocator->resize(allocator->context, made, sizeof *made, 0);
    if (sealed) (void)allocator->resize(allocator->context, sealed, EDI_PAYFILE_SEALED_MOST, 0);
    edi_diagnostics_add(diagnostics, EDI_R0402, EDI_SPAN_NONE, "", "no memory to open payloads");
    return EDICT_MEMORY;
  }
  *made = (edi_seal_opener){.system = system, .allocator = allocator, .sealed = sealed};
  memcpy(made->directory, directory, length + 1);
  memcpy(made->secret_key, secret_key, EDI_SEAL_SECRET_BYTES);
  (void)crypto_scalarmult_base(made->public_key, secret_key); /* cannot fail */
  *opener = made;
  return EDICT_OK;
}

static void forget(edi_seal_opener *opener, slot *s) {
  if (s->used) (void)opener->system->close(opener->system->context, s->file); /* only read */
  sodium_memzero(s, sizeof *s);
}

void edi_seal_opener_destroy(edi_seal_opener **opener) {
  if (!opener || !*opener) return;
  edi_seal_opener *gone = *opener;
  const edi_allocator *allocator = gone->allocator;
  for (size_t i = 0; i < SLOTS; i++) forget(gone, &gone->slots[i]);
  sodium_memzero(gone->sealed, EDI_PAYFILE_SEALED_MOST);
  (void)allocator->resize(allocator->context, gone->sealed, EDI_PAYFILE_SEALED_MOST, 0);
  sodium_memzero(gone, sizeof *gone);
  (void)allocator->resize(allocator->context, gone, sizeof *gone, 0);
  *opener = NULL;
}

/* Reads the header and opens the file's key. */
static edict_status open_key(edi_seal_opener *opener, slot *s, const char *name,
                             edict_diagnostics *diagnostics) {
  uint8_t bytes[EDI_PAYFILE_HEADER_BYTES];
  edi_payfile_header header;
  size_t got = 0;
  int error = opener->system->read(opener->system->context, s->file, 0, bytes, sizeof bytes, &got);
  if (error != 0)
    return report(diagnostics, edi_layout_status(error), EDI_R0402, name, 0, "reading it failed");
  bool whole = got == sizeof bytes && edi_payfile_header_decode(bytes, &header);
  if (!whole && got == sizeof bytes &&
      sodium_is_zero(bytes + EDI_PAYFILE_SEALED_KEY_AT, EDI_PAYFILE_SEALED_KEY_BYTES))
    return report(diagnostics, EDICT_NOT_FOUND, EDI_R0417, name, 0, "its key was erased");
  if (!whole || header.number != s->number)
    return report(diagnostics, EDICT_FORMAT, EDI_R0416, name, 0, "its header is damaged");
  if (memcmp(header.auditor_key, opener->public_key, sizeof header.auditor_key) != 0)
    return report(diagnostics, EDICT_UNTRUSTED, EDI_R0418, name, 0,
                  "it is sealed to another auditor's key");
  if (crypto_box_seal_open(s->key, header.sealed_key, sizeof header.sealed_key, opener->public_key,
                           opener->secret_key) != 0)
    return report(diagnostics, EDICT_FORMAT, EDI_R0416, name, 0, "its key does not open");
  edi_digest(bytes, sizeof bytes, s->header_digest);
  return EDICT_OK;
}

/* The file's slot, the one that was not used for longest if it is not open yet. */
static edict_status slot_for(edi_seal_opener *opener, uint64_t number, const char *name, slot **out,
                             edict_diagnostics *diagnostics) {
  slot *oldest = &opener->slots[0];
  for (size_t i = 0; i < SLOTS; i++) {
    slot *s = &opener->slots[i];
    if (s->used && s->number == number) {
      s->last_use = ++opener->uses;
      *out = s;
      return EDICT_OK;
    }
    if (s->last_use < oldest->last_use) oldest = s;
  }
  char path[EDI_LAYOUT_PATH_MOST];
  forget(opener, oldest);
  if (!edi_layout_path(opener->directory, name, path)) return EDICT_ARGUMENT;
  int error = opener->system->open(opener->system->context, path, EDI_OPEN_READ, &oldest->file);
  if (error == ENOENT)
    return report(diagnostics, EDICT_NOT_FOUND, EDI_R0417, name, 0,
                  "it is not there: erased or lost");
  if (error != 0)
    return report(diagnostics, edi_layout_status(error), EDI_R0402, name, 0, "opening it failed");
  oldest->used = true;
  oldest->number = number;
  edict_status status = open_key(opener, oldest, name, diagnostics);
  if (status != EDICT_OK) {
    forget(opener, oldest);
    return status;
  }
  oldest->last_use = ++opener->uses;
  *out = oldest;
  return EDICT_OK;
}

edict_status edi_seal_open(edi_seal_opener *opener, const edi_seal_pointer *pointer, edi_buf *out,
                           edict_diagnostics *diagnostics) {
  char name[EDI_LAYOUT_NAME_MOST];
  uint8_t encoded[EDI_SEAL_POINTER_BYTES], digest[EDI_SEAL_DIGEST_BYTES];
  edi_seal_pointer checked;
  slot *s;
  edi_layout_format((edi_layout_name){.kind = EDI_LAYOUT_PAYLOAD, .number = pointer->file}, name);
  edi_seal_pointer_encode(pointer, encoded);
  if (!edi_seal_pointer_decode(encoded, &checked))
    return report(diagnostics, EDICT_FORMAT, EDI_R0416, name, pointer->offset,
                  "the pointer to it cannot be meant");
  edict_status status = slot_for(opener, pointer->file, name, &s, diagnostics);
  if (status != EDICT_OK) return status;
  size_t length = edi_payfile_sealed_size(pointer->size_class), got = 0;
  int error = opener->system->read(opener->system->context, s->file, pointer->offset + 8,
                                   opener->sealed, length, &got);
  if (error != 0)
    return report(diagnostics, edi_layout_status(error), EDI_R0402, name, pointer->offset,
                  "reading it failed");
  edi_digest(opener->sealed, got, digest);
  if (got < length || memcmp(digest, pointer->digest, sizeof digest) != 0)
    return report(diagnostics, EDICT_FORMAT, EDI_R0416, name, pointer->offset,
                  "the payload is not the one that the record names");
  edi_str payload;
  if (!edi_payfile_entry_decode(s->key, s->header_digest, pointer->offset, opener->sealed, length,
                                &payload))
    return report(diagnostics, EDICT_FORMAT, EDI_R0416, name, pointer->offset,
                  "the payload does not decrypt");
  size_t before = out->len;
  edi_buf_append(out, payload.ptr, payload.len);
  sodium_memzero(opener->sealed, length);
  if (out->failed != EDICT_OK) {
    out->len = before;
    return report(diagnostics, out->failed, EDI_R0416, name, pointer->offset,
                  "no room for the payload");
  }
  return EDICT_OK;
}
