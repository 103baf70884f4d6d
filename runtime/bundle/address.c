/* Address: IP addresses and networks from their canonical text (RFC 5952).
 *
 * In: text. Out: 16 bytes, IPv4 as ::ffff:a.b.c.d, and for a network the length of its prefix in bits of
 * those. Invariant: an address has one text, so "010.0.0.1", "::FFFF" and "1:0:0:2::" name nothing; only
 * ::ffff:a.b.c.d, which dual-stack sockets report, is taken beside a.b.c.d. */
#include "bundle/vocabulary.h"

static const unsigned char v4_mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

/* Digits at *at, at most `most` of them, without leading zeros. */
static bool parse_number(edi_str text, size_t *at, unsigned most, unsigned *out) {
  size_t begin = *at;
  unsigned value = 0;
  while (*at < text.len && text.ptr[*at] >= '0' && text.ptr[*at] <= '9' && *at - begin < 3)
    value = value * 10 + (unsigned)(text.ptr[(*at)++] - '0');
  if (*at == begin || value > most || (text.ptr[begin] == '0' && *at - begin > 1)) return false;
  *out = value;
  return true;
}

static bool parse_v4(edi_str text, unsigned char out[16]) {
  unsigned char bytes[4] = {0};
  size_t at = 0;
  for (size_t i = 0; i < 4; i++) {
    unsigned part = 0;
    if (i > 0 && (at == text.len || text.ptr[at++] != '.')) return false;
    if (!parse_number(text, &at, 255, &part)) return false;
    bytes[i] = (unsigned char)part;
  }
  if (at != text.len) return false;
  memcpy(out, v4_mapped, sizeof v4_mapped);
  memcpy(out + sizeof v4_mapped, bytes, sizeof bytes);
  return true;
}

static int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool parse_group(edi_str text, size_t *at, uint16_t *group) {
  size_t begin = *at;
  unsigned value = 0;
  while (*at < text.len && *at - begin < 4 && hex_digit(text.ptr[*at]) >= 0)
    value = value << 4 | (unsigned)hex_digit(text.ptr[(*at)++]);
  *group = (uint16_t)value;
  return *at > begin;
}

/* Groups before and after "::"; format_v6 decides whether the text was the canonical one. */
static bool parse_groups(edi_str text, uint16_t groups[8]) {
  size_t at = 0, count = 0, gap = SIZE_MAX;
  while (at < text.len) {
    if (text.len - at >= 2 && text.ptr[at] == ':' && text.ptr[at + 1] == ':') {
      if (gap != SIZE_MAX) return false;
      gap = count;
      at += 2;
      if (at == text.len) break;
    } else if (count > 0 && text.ptr[at++] != ':') {
      return false;
    }
    if (count == 8 || !parse_group(text, &at, &groups[count])) return false;
    count++;
  }
  if (gap == SIZE_MAX) return count == 8;
  if (count > 7) return false;
  memmove(groups + gap + (8 - count), groups + gap, (count - gap) * sizeof *groups);
  memset(groups + gap, 0, (8 - count) * sizeof *groups);
  return true;
}

/* The first of the longest runs of at least two zero groups; its length, 0 if there is none. */
static size_t zero_run(const uint16_t groups[8], size_t *first) {
  size_t longest = 0;
  for (size_t i = 0, run = 0; i < 8; i++) {
    run = groups[i] == 0 ? run + 1 : 0;
    if (run <= longest) continue;
    longest = run;
    *first = i + 1 - run;
  }
  return longest < 2 ? 0 : longest;
}

/* The canonical text, at most 39 bytes; returns its length. */
static size_t format_v6(const uint16_t groups[8], char out[40]) {
  static const char digits[] = "0123456789abcdef";
  size_t first = 0, run = zero_run(groups, &first), length = 0;
  for (size_t i = 0; i < 8; i++) {
    if (run > 0 && i == first) {
      out[length++] = ':';
      out[length++] = ':';
      i += run - 1;
      continue;
    }
    if (i > 0 && out[length - 1] != ':') out[length++] = ':';
    for (unsigned shift = 16; shift > 0;) {
      shift -= 4;
      if (groups[i] >> shift != 0 || shift == 0) out[length++] = digits[groups[i] >> shift & 15];
    }
  }
  return length;
}

static bool parse_v6(edi_str text, unsigned char out[16]) {
  uint16_t groups[8] = {0};
  char canonical[40];
  if (text.len > 39 || !parse_groups(text, groups)) return false;
  if (!edi_str_equal(text, (edi_str){canonical, format_v6(groups, canonical)})) return false;
  unsigned char bytes[16];
  for (size_t i = 0; i < 8; i++) {
    bytes[2 * i] = (unsigned char)(groups[i] >> 8);
    bytes[2 * i + 1] = (unsigned char)groups[i];
  }
  if (memcmp(bytes, v4_mapped, sizeof v4_mapped) == 0) return false; /* its text has dots */
  memcpy(out, bytes, sizeof bytes);
  return true;
}

bool edi_ip_parse(edi_str text, unsigned char out[16]) {
  const edi_str mapped = EDI_STR("::ffff:");
  if (edi_str_starts(text, mapped) && edi_str_contains(text, EDI_STR(".")))
    return parse_v4((edi_str){text.ptr + mapped.len, text.len - mapped.len}, out);
  return edi_str_contains(text, EDI_STR(":")) ? parse_v6(text, out) : parse_v4(text, out);
}

bool edi_cidr_parse(edi_str text, unsigned char out[16], unsigned *prefix) {
  const char *slash = text.len > 0 ? memchr(text.ptr, '/', text.len) : NULL;
  if (!slash) return false;
  edi_str address = {text.ptr, (size_t)(slash - text.ptr)};
  bool v4 = !edi_str_contains(address, EDI_STR(":"));
  unsigned char bytes[16];
  unsigned bits = 0;
  size_t at = address.len + 1;
  if (!edi_ip_parse(address, bytes) || !parse_number(text, &at, v4 ? 32 : 128, &bits) ||
      at != text.len)
    return false;
  if (v4) bits += 96;
  for (unsigned i = bits; i < 128; i++)
    if (bytes[i / 8] >> (7 - i % 8) & 1) return false;
  memcpy(out, bytes, sizeof bytes);
  *prefix = bits;
  return true;
}

/* ---- as text ---- */

bool edi_ip_is_v4(const unsigned char address[16]) { return memcmp(address, v4_mapped, sizeof v4_mapped) == 0; }

/* The longest run of groups that are zero, the first of equals; none of a single group. */
static unsigned longest_zeros(const uint16_t groups[8], unsigned *length) {
  unsigned best = 8;
  *length = 1;
  for (unsigned i = 0; i < 8; i++) {
    unsigned n = 0;
    while (i + n < 8 && groups[i + n] == 0) n++;
    if (n <= *length) continue;
    best = i;
    *length = n;
  }
  return best;
}

size_t edi_ip_format(const unsigned char address[16], char out[EDI_IP_TEXT]) {
  edi_buf buf = edi_buf_fixed(out, EDI_IP_TEXT);
  uint16_t groups[8];
  unsigned length, run;
  if (edi_ip_is_v4(address)) {
    edi_buf_format(&buf, "%u.%u.%u.%u", address[12], address[13], address[14], address[15]);
    return buf.len;
  }
  for (unsigned i = 0; i < 8; i++) groups[i] = (uint16_t)(address[2 * i] << 8 | address[2 * i + 1]);
  run = longest_zeros(groups, &length);
  for (unsigned i = 0; i < 8; i++) {
    if (i == run) {
      edi_buf_text(&buf, "::");
      i += length - 1;
    } else {
      edi_buf_format(&buf, i > 0 && i != run + length ? ":%x" : "%x", (unsigned)groups[i]);
    }
  }
  return buf.len;
}
