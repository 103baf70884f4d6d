/* Kernels that need a key: pseudonym, token, fpe, date-shift, and the names of pseudonymous addresses.
 *
 * Canonical bytes of a value go into the keyed hash after one byte for its type and eight for their
 * length, little-endian, so that 42 and "42" differ and nothing runs into anything else. */
#include "enforce/kernels.h"
#include "enforce/mask_key.h"

#include <sodium.h>

enum { DIGEST = 16, TOKEN_MOST = 64 * 1024, HEAD = 9, SHORT = 119 };

static bool made(edi_output *memory, const char *text, size_t length, edi_str *out) {
  char *room = edi_output_take(memory, length);
  if (!room) return false;
  memcpy(room, text, length);
  *out = (edi_str){room, length};
  return true;
}

/* ---- pseudonym ---- */

static void mac(const edi_mask_key *key, unsigned type, const void *bytes, size_t length, unsigned char out[DIGEST]) {
  unsigned char head[HEAD + SHORT];
  crypto_generichash_state state;
  head[0] = (unsigned char)type;
  edi_put64(head + 1, length);
  if (length <= SHORT) { /* one block with its head, most of the time */
    if (length) memcpy(head + HEAD, bytes, length);
    memset(head + HEAD + length, 0, SHORT - length);
    edi_keyedhash_short(&key->hash, head, HEAD + length, out);
    return;
  }
  (void)crypto_generichash_init(&state, key->bytes, 32, DIGEST);
  (void)crypto_generichash_update(&state, head, HEAD);
  (void)crypto_generichash_update(&state, bytes, length);
  (void)crypto_generichash_final(&state, out, DIGEST);
}

static int64_t number_from(const unsigned char digest[DIGEST]) { return (int64_t)(edi_get64(digest) & INT64_MAX); }

static size_t canonical(edi_value v, unsigned char bytes[9]) {
  edi_put64(bytes, (uint64_t)v.as.integer);
  bytes[8] = v.scale;
  return v.base == EDI_TYPE_DECIMAL ? 9 : 8;
}

static void mac_of(const edi_mask_key *key, edi_value v, unsigned char out[DIGEST]) {
  unsigned char bytes[9];
  if (v.base == EDI_TYPE_STRING) mac(key, v.base, v.as.text, v.length, out);
  else mac(key, v.base, bytes, canonical(v, bytes), out);
}

int64_t edi_pseudonym_int(const edi_mask_key *key, int64_t i) {
  unsigned char digest[DIGEST];
  mac_of(key, edi_value_integer(EDI_TYPE_INT, i), digest);
  return number_from(digest);
}

int64_t edi_pseudonym_decimal(const edi_mask_key *key, edi_decimal d) {
  unsigned char digest[DIGEST];
  edi_value v = edi_value_decimal(d);
  mac_of(key, v, digest);
  return number_from(digest);
}

/* 128 bits as 26 digits of five bits each, the first ones first; the last one ends in two zeros. */
static size_t put_crockford(const unsigned char digest[DIGEST], char *out) {
  size_t length = 0;
  uint32_t held = 0;
  unsigned have = 0;
  for (unsigned i = 0; i < DIGEST; i++) {
    held = (held << 8 | digest[i]) & 0xFFFF;
    for (have += 8; have >= 5; have -= 5) out[length++] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"[held >> (have - 5) & 31];
  }
  out[length++] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"[held << (5 - have) & 31];
  return length;
}

/* RFC 9562, version 8: six bits say what it is. */
static size_t put_uuid(const unsigned char digest[DIGEST], char *out) {
  unsigned char bytes[DIGEST];
  char digits[2 * DIGEST];
  size_t length = 0;
  memcpy(bytes, digest, DIGEST);
  bytes[6] = (unsigned char)((bytes[6] & 0x0F) | 0x80);
  bytes[8] = (unsigned char)((bytes[8] & 0x3F) | 0x80);
  edi_hex_write(bytes, DIGEST, false, digits);
  for (size_t i = 0; i < sizeof digits; i++) {
    if (i == 8 || i == 12 || i == 16 || i == 20) out[length++] = '-';
    out[length++] = digits[i];
  }
  return length;
}

static size_t put_pseudonym(const unsigned char digest[DIGEST], int64_t encode, char *out) {
  switch (encode) {
    case EDI_PSEUDONYM_HEX: edi_hex_write(digest, DIGEST, false, out); return (size_t)2 * DIGEST;
    case EDI_PSEUDONYM_CROCKFORD: return put_crockford(digest, out);
    case EDI_PSEUDONYM_UUID: return put_uuid(digest, out);
    default: edi_base64url_write(digest, DIGEST, out); return 22;
  }
}

bool edi_kernel_pseudonym(const edi_mask_key *key, const edi_transform *t, edi_str in, edi_output *memory, edi_str *out) {
  unsigned char digest[DIGEST];
  char text[EDI_PSEUDONYM_MOST];
  mac(key, EDI_TYPE_STRING, in.ptr, in.len, digest);
  return made(memory, text, put_pseudonym(digest, t->args[EDI_ARG_PSEUDONYM_ENCODE].as.integer, text), out);
}

bool edi_kernel_pseudonym_bytes(const edi_mask_key *key, edi_str in, edi_output *memory, edi_str *out) {
  unsigned char digest[DIGEST];
  mac(key, EDI_TYPE_BINARY, in.ptr, in.len, digest);
  return made(memory, (const char *)digest, sizeof digest, out);
}

void edi_pseudonyms_init(edi_pseudonyms *many, const edi_mask_key *key, edi_hashlanes *lanes) {
  memset(many, 0, sizeof *many);
  many->key = key;
  many->lanes = lanes;
}

/* A message stands in its block as `mac` has it, over what the one before left. */
bool edi_pseudonyms_add(edi_pseudonyms *many, unsigned type, const void *bytes, size_t length) {
  if (length > SHORT) return false;
  unsigned char *block = many->batch.blocks[many->count];
  size_t before = (size_t)many->batch.lengths[many->count], now = HEAD + length;
  block[0] = (unsigned char)type;
  edi_put64(block + 1, length);
  edi_copy_short(block + HEAD, bytes, length);
  if (before > now) memset(block + now, 0, before - now);
  many->batch.lengths[many->count++] = now;
  return true;
}

void edi_pseudonyms_run(edi_pseudonyms *many) {
  if (many->count) many->lanes(&many->key->hash, &many->batch, many->count);
  many->count = 0;
}

size_t edi_pseudonyms_text(const edi_pseudonyms *many, size_t which, const edi_transform *t, char out[EDI_PSEUDONYM_MOST]) {
  return put_pseudonym(many->batch.out[which], t->args[EDI_ARG_PSEUDONYM_ENCODE].as.integer, out);
}

int64_t edi_pseudonyms_int(const edi_pseudonyms *many, size_t which) { return number_from(many->batch.out[which]); }

/* The pseudonym of the name, at the domain as it is. */
bool edi_kernel_email_pseudo(const edi_mask_key *key, const edi_transform *t, edi_str in, edi_output *memory, edi_str *out) {
  unsigned char digest[DIGEST];
  edi_str checked;
  size_t before = memory->used;
  if (!edi_kernel_email(t, in, memory, &checked)) return false; /* XXXXX@domain */
  edi_str domain = {strchr(checked.ptr, '@'), 0};
  domain.len = checked.len - (size_t)(domain.ptr - checked.ptr);
  mac(key, EDI_TYPE_STRING, in.ptr, in.len - domain.len, digest);
  char name[24];
  size_t length = put_pseudonym(digest, EDI_PSEUDONYM_BASE64URL, name);
  memory->used = before;
  char *room = edi_output_take(memory, length + domain.len);
  if (!room) return false;
  memmove(room + length, domain.ptr, domain.len);
  memcpy(room, name, length);
  *out = (edi_str){room, length + domain.len};
  return true;
}

/* ---- token ---- */

static size_t token_length(const edi_mask_key *key, size_t sealed) { return key->head_length + (sealed * 4 + 2) / 3; }

/* `e3~` and base64url of the synthetic IV and what is under it. */
static void put_token(const edi_mask_key *key, const uint8_t *raw, size_t sealed, char *out) {
  memcpy(out, key->head, sizeof key->head); /* and more, over which the digits go */
  edi_base64url_write(raw, sealed, out + key->head_length);
}

static bool seal_two(edi_mask_key *key, edi_str in, edi_output *memory, edi_str *out) {
  uint8_t raw[EDI_SIV_IV + 32];
  size_t length = token_length(key, EDI_SIV_IV + in.len);
  if (!edi_siv_seal_two(&key->siv, in, raw)) return false;
  *out = (edi_str){edi_output_take(memory, length), length};
  if (out->ptr) put_token(key, raw, EDI_SIV_IV + in.len, (char *)out->ptr);
  return out->ptr != NULL;
}

static bool seal(edi_mask_key *key, edi_str in, edi_output *memory, edi_str *out) {
  size_t sealed = EDI_SIV_IV + in.len, length = token_length(key, sealed);
  if (in.len > 16 && in.len <= 32) return seal_two(key, in, memory, out);
  /* What is sealed stands at the end of the room, and its digits are written from the front towards it. */
  char *room = edi_output_take(memory, length + sealed);
  if (!room) return false;
  uint8_t *raw = (uint8_t *)room + length;
  bool good = edi_siv_seal(&key->siv, in, raw);
  if (good) put_token(key, raw, sealed, room);
  memset(raw, 0, sealed);
  edi_output_give_back(memory, good ? sealed : length + sealed);
  *out = (edi_str){room, length};
  return good;
}

bool edi_kernel_token(edi_mask_key *key, edi_str in, edi_output *memory, edi_str *out) {
  return in.len <= TOKEN_MOST && seal(key, in, memory, out);
}

/* The inner text stands behind the room of the outer one, and is wiped. */
bool edi_kernel_token_of(edi_mask_key *key, edi_mask_key *own, const unsigned char *entity, edi_str in, edi_output *memory, edi_str *out) {
  size_t inner = EDI_ENTITY_BYTES + EDI_SIV_IV + in.len, length = key->head_length + ((EDI_SIV_IV + inner) * 4 + 2) / 3 + EDI_SIV_IV + inner;
  if (in.len > TOKEN_MOST) return false;
  char *room = edi_output_take(memory, length + inner);
  if (!room) return false;
  char *plain = room + length;
  edi_output front = {.ptr = room, .size = length};
  memcpy(plain, entity, EDI_ENTITY_BYTES);
  bool good = edi_siv_seal(&own->siv, in, (uint8_t *)plain + EDI_ENTITY_BYTES) && seal(key, (edi_str){plain, inner}, &front, out);
  memset(plain, 0, inner);
  edi_output_give_back(memory, good ? length + inner - front.used : length + inner);
  return good;
}

bool edi_token_epoch(edi_str token, uint64_t *epoch, edi_str *sealed) {
  size_t at = 1;
  *epoch = 0;
  if (token.len < 3 || token.ptr[0] != 'e' || token.ptr[1] == '0') return false;
  for (; at < token.len && at < 11 && token.ptr[at] >= '0' && token.ptr[at] <= '9'; at++)
    *epoch = *epoch * 10 + (uint64_t)(token.ptr[at] - '0');
  if (at == 1 || at == token.len || token.ptr[at] != '~') return false;
  *sealed = (edi_str){token.ptr + at + 1, token.len - at - 1};
  return true;
}

/* What is under a token, of whatever bytes. */
static bool open_bytes(edi_mask_key *key, edi_str in, edi_output *memory, edi_str *out) {
  uint64_t epoch;
  edi_str digits;
  size_t length = 0, most;
  if (!edi_token_epoch(in, &epoch, &digits) || epoch != key->epoch) return false;
  most = digits.len / 4 * 3 + 3;
  char *room = edi_output_take(memory, most);
  if (!room) return false;
  bool good = edi_base64url_decode(digits, room, most, &length) && length >= EDI_SIV_IV;
  char *plain = good ? edi_output_take(memory, length - EDI_SIV_IV) : NULL;
  good = plain && edi_siv_open(&key->siv, (const uint8_t *)room, length, plain);
  if (!good) {
    edi_output_give_back(memory, most + (plain ? length - EDI_SIV_IV : 0));
    return false;
  }
  *out = (edi_str){plain, length - EDI_SIV_IV};
  return true;
}

bool edi_kernel_token_open(edi_mask_key *key, edi_str in, edi_output *memory, edi_str *out) { return open_bytes(key, in, memory, out); }

bool edi_kernel_token_entity(edi_mask_key *key, edi_str in, edi_output *memory, unsigned char *entity, edi_str *sealed) {
  size_t before = memory->used;
  if (!open_bytes(key, in, memory, sealed)) return false;
  if (sealed->len < EDI_ENTITY_BYTES + EDI_SIV_IV) {
    memory->used = before;
    return false;
  }
  memcpy(entity, sealed->ptr, EDI_ENTITY_BYTES);
  *sealed = (edi_str){sealed->ptr + EDI_ENTITY_BYTES, sealed->len - EDI_ENTITY_BYTES};
  return true;
}

bool edi_kernel_token_own(edi_mask_key *own, edi_str sealed, edi_output *memory, edi_str *out) {
  char *plain = edi_output_take(memory, sealed.len - EDI_SIV_IV);
  if (!plain || !edi_siv_open(&own->siv, (const uint8_t *)sealed.ptr, sealed.len, plain)) return false;
  *out = (edi_str){plain, sealed.len - EDI_SIV_IV};
  return true;
}

/* ---- fpe ---- */

size_t edi_fpe_numerals(const edi_mask_key *key, size_t radix, edi_str text, uint8_t *numerals, size_t most) {
  size_t count = 0;
  for (size_t i = 0; i < text.len; i++) {
    uint8_t n = key->numeral[(unsigned char)text.ptr[i]];
    if (n >= radix) continue;
    if (count == most) return most + 1;
    numerals[count++] = n;
  }
  return count;
}

void edi_fpe_put(const edi_mask_key *key, edi_str alphabet, edi_str text, const uint8_t *numerals, size_t count, char *out) {
  for (size_t i = 0; i < count && count == text.len; i++) out[i] = alphabet.ptr[numerals[i]];
  for (size_t i = 0, n = 0; i < text.len && count != text.len; i++)
    out[i] = key->numeral[(unsigned char)text.ptr[i]] < alphabet.len ? alphabet.ptr[numerals[n++]] : text.ptr[i];
}

static bool fpe(edi_mask_key *key, const edi_transform *t, edi_str in, edi_output *memory, edi_str *out, bool forward) {
  edi_str alphabet = edi_value_str(t->args[EDI_ARG_FPE_ALPHABET]);
  uint8_t numerals[EDI_FF1_LENGTH_MOST];
  size_t count = edi_fpe_numerals(key, alphabet.len, in, numerals, sizeof numerals);
  if (count > sizeof numerals || !(forward ? edi_ff1_encrypt : edi_ff1_decrypt)(&key->ff1, numerals, count)) return false;
  char *room = edi_output_take(memory, in.len);
  if (!room) return false;
  edi_fpe_put(key, alphabet, in, numerals, count, room);
  *out = (edi_str){room, in.len};
  return true;
}

bool edi_kernel_fpe(edi_mask_key *key, const edi_transform *t, edi_str in, edi_output *memory, edi_str *out) {
  return fpe(key, t, in, memory, out, true);
}

bool edi_kernel_fpe_open(edi_mask_key *key, const edi_transform *t, edi_str in, edi_output *memory, edi_str *out) {
  return fpe(key, t, in, memory, out, false);
}

/* ---- date-shift ---- */

/* One of the days from lo to hi by the entity's hash: 128 bits leave no day visibly likelier. */
bool edi_kernel_shift(const edi_mask_key *key, const edi_transform *t, edi_value entity, int64_t *days) {
  __extension__ typedef unsigned __int128 wide;
  unsigned char digest[DIGEST];
  int64_t lo = t->args[EDI_ARG_SHIFT_LO].as.integer, hi = t->args[EDI_ARG_SHIFT_HI].as.integer;
  if (!entity.base) return false;
  mac_of(key, entity, digest);
  wide number = (wide)edi_get64(digest + 8) << 64 | edi_get64(digest);
  *days = lo + (int64_t)(number % (uint64_t)(hi - lo + 1));
  return true;
}
