/* Kernels of addresses: email and ip-trunc. What is not an address of the kind gives no result, for what
 * cannot be read cannot be masked. */
#include "bundle/vocabulary.h"
#include "enforce/kernels.h"

enum { EMAIL_MOST = 254, LOCAL_MOST = 64, LABEL_MOST = 63 };

/* ---- email ---- */

static bool is_alphanumeric(unsigned char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80;
}

/* Characters of an atom (RFC 5322), with letters of any script (RFC 6532), and dots between them. */
static bool is_local(edi_str s) {
  if (s.len == 0 || s.len > LOCAL_MOST) return false;
  for (size_t i = 0; i < s.len; i++) {
    unsigned char c = (unsigned char)s.ptr[i];
    if (c == '.' && (i == 0 || i + 1 == s.len || s.ptr[i + 1] == '.')) return false;
    if (c != '.' && !is_alphanumeric(c) && (c == 0 || !strchr("!#$%&'*+-/=?^_`{|}~", c))) return false;
  }
  return true;
}

static bool is_label(edi_str s) {
  if (s.len == 0 || s.len > LABEL_MOST || s.ptr[0] == '-' || s.ptr[s.len - 1] == '-') return false;
  for (size_t i = 0; i < s.len; i++)
    if (s.ptr[i] != '-' && !is_alphanumeric((unsigned char)s.ptr[i])) return false;
  return true;
}

/* Two labels or more. *last is where the last one begins. */
static bool is_domain(edi_str s, size_t *last) {
  size_t labels = 0;
  for (size_t begin = 0; begin <= s.len; labels++) {
    const char *dot = begin < s.len ? memchr(s.ptr + begin, '.', s.len - begin) : NULL;
    size_t end = dot ? (size_t)(dot - s.ptr) : s.len;
    if (!is_label((edi_str){s.ptr + begin, end - begin})) return false;
    *last = begin;
    begin = end + 1;
  }
  return labels >= 2;
}

static edi_str first_two(edi_str s) { return (edi_str){s.ptr, edi_utf8_offset(s, 2)}; }

static bool joined(edi_output *memory, const edi_str *parts, size_t count, edi_str *out) {
  size_t length = 0;
  for (size_t i = 0; i < count; i++) length += parts[i].len;
  char *room = edi_output_take(memory, length), *at = room;
  if (!room) return false;
  for (size_t i = 0; i < count; at += parts[i++].len) memcpy(at, parts[i].ptr, parts[i].len);
  *out = (edi_str){room, length};
  return true;
}

bool edi_kernel_email(const edi_transform *t, edi_str in, edi_output *memory, edi_str *out) {
  const char *at = in.len && in.len <= EMAIL_MOST ? memchr(in.ptr, '@', in.len) : NULL;
  edi_str local = {in.ptr, at ? (size_t)(at - in.ptr) : 0};
  edi_str domain = {in.ptr + local.len + 1, at ? in.len - local.len - 1 : 0};
  size_t last = 0;
  if (!at || !is_local(local) || !is_domain(domain, &last))
    return t->args[EDI_ARG_EMAIL_PROFILE].as.integer != 0 && edi_kernel_digest(in, memory, out);
  if (t->args[EDI_ARG_EMAIL_MODE].as.integer != EDI_EMAIL_BOTH)
    return joined(memory, (const edi_str[]){EDI_STR("XXXXX@"), domain}, 2, out);
  const edi_str parts[] = {first_two(local), EDI_STR("******@"), first_two(domain), EDI_STR("******."),
                           {domain.ptr + last, domain.len - last}};
  return joined(memory, parts, 5, out);
}

/* ---- ip-trunc ---- */

bool edi_kernel_ip_trunc(const edi_transform *t, edi_str in, edi_output *memory, edi_str *out) {
  unsigned char address[16];
  char text[EDI_IP_TEXT];
  if (!edi_ip_parse(in, address)) return false;
  bool v4 = edi_ip_is_v4(address);
  int64_t kept = v4 ? 96 + t->args[EDI_ARG_IP_V4].as.integer : t->args[EDI_ARG_IP_V6].as.integer;
  for (unsigned i = 0; i < 16; i++) {
    int64_t bits = kept - 8 * (int64_t)i;
    if (bits < 8) address[i] = (unsigned char)(bits <= 0 ? 0 : address[i] & (0xFF00 >> bits));
  }
  edi_str made = {text, edi_ip_format(address, text)};
  return joined(memory, &made, 1, out);
}
