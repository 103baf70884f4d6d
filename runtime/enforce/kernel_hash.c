/* Kernels of digests: SHA-256 as Iceberg's sha-256-global and sha-256-query-local write it.
 *
 * In: a text or a whole number, and a salt that may be empty. Out: hex, or a number made of the first
 * bytes of the digest. */
#include "enforce/kernels.h"

static bool hash(edi_hasher *hasher, edi_str salt, const void *bytes, size_t length, uint8_t digest[EDI_SHA256_BYTES]) {
  const edi_str parts[] = {salt, {bytes, length}};
  return hasher && edi_hasher_sha256(hasher, parts, 2, digest);
}

static bool as_hex(edi_str salt, edi_str in, bool upper, edi_output *memory, edi_str *out) {
  uint8_t digest[EDI_SHA256_BYTES];
  char *room = hash(memory->hasher, salt, in.ptr, in.len, digest) ? edi_output_take(memory, 2 * sizeof digest) : NULL;
  if (!room) return false;
  edi_hex_write(digest, sizeof digest, upper, room);
  *out = (edi_str){room, 2 * sizeof digest};
  return true;
}

bool edi_kernel_digest(edi_str in, edi_output *memory, edi_str *out) {
  return as_hex((edi_str){NULL, 0}, in, false, memory, out);
}

bool edi_kernel_sha256_text(const edi_transform *t, edi_str salt, edi_str in, edi_output *memory, edi_str *out) {
  return as_hex(salt, in, t->args[EDI_ARG_SHA256_ENCODE].as.integer == EDI_ENCODE_UPPER, memory, out);
}

bool edi_kernel_sha256_bytes(edi_str salt, edi_str in, edi_output *memory, edi_str *out) {
  uint8_t digest[EDI_SHA256_BYTES];
  char *room = hash(memory->hasher, salt, in.ptr, in.len, digest) ? edi_output_take(memory, sizeof digest) : NULL;
  if (!room) return false;
  memcpy(room, digest, sizeof digest);
  *out = (edi_str){room, sizeof digest};
  return true;
}

bool edi_kernel_sha256_int(const edi_transform *t, edi_str salt, int64_t in, edi_output *memory, int64_t *out) {
  uint8_t digest[EDI_SHA256_BYTES], bytes[8];
  bool narrow = t->args[EDI_ARG_SHA256_WIDTH].as.integer == EDI_WIDTH_INT;
  if (narrow && (in < INT32_MIN || in > INT32_MAX)) return false;
  edi_put64(bytes, (uint64_t)in);
  if (!hash(memory->hasher, salt, bytes, narrow ? 4 : 8, digest)) return false;
  *out = narrow ? (int32_t)edi_get32(digest) : (int64_t)edi_get64(digest);
  return true;
}
