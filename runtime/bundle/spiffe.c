/* SPIFFE: the grammar of ids, by hand. */
#include "bundle/spiffe.h"

enum { DOMAIN_BYTES_MOST = 255 };
static const edi_str scheme = {"spiffe://", sizeof "spiffe://" - 1};

static bool is_domain_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

static bool is_path_byte(char c) { return is_domain_byte(c) || (c >= 'A' && c <= 'Z'); }

static bool is_segment(edi_str segment) {
  for (size_t i = 0; i < segment.len; i++)
    if (!is_path_byte(segment.ptr[i])) return false;
  return segment.len > 0 && !edi_str_equal(segment, EDI_STR(".")) &&
         !edi_str_equal(segment, EDI_STR(".."));
}

bool edi_spiffe_is_scheme(edi_str text) { return edi_str_starts(text, scheme); }

bool edi_spiffe_is_domain(edi_str text) {
  if (!edi_spiffe_is_scheme(text)) return false;
  size_t length = text.len - scheme.len;
  for (size_t i = scheme.len; i < text.len; i++)
    if (!is_domain_byte(text.ptr[i])) return false;
  return length > 0 && length <= DOMAIN_BYTES_MOST;
}

bool edi_spiffe_is_workload(edi_str id, edi_str *domain) {
  if (!edi_spiffe_is_scheme(id)) return false;
  const char *slash = memchr(id.ptr + scheme.len, '/', id.len - scheme.len);
  if (!slash) return false;
  *domain = (edi_str){id.ptr, (size_t)(slash - id.ptr)};
  if (!edi_spiffe_is_domain(*domain)) return false;
  for (size_t at = domain->len; at < id.len;) {
    size_t begin = at + 1;
    const char *next = begin < id.len ? memchr(id.ptr + begin, '/', id.len - begin) : NULL;
    size_t end = next ? (size_t)(next - id.ptr) : id.len;
    if (!is_segment((edi_str){id.ptr + begin, end - begin})) return false;
    at = end;
  }
  return true;
}
