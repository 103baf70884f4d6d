/* Refusal: see the header. */
#include "log/refusal.h"

#include "log/record.h"

enum { VERSION = 1, OFFERED_BYTES = 8 + EDI_DIGEST_BYTES };

bool edi_refusal_is_of(edict_refused what) { return what >= EDICT_REFUSED_LOAD && what <= EDICT_REFUSED_KEYS; }

void edi_refusal_encode(const edi_refusal *r, edi_buf *into) {
  unsigned char head[16];
  edi_put16(head, VERSION);
  edi_put16(head + 2, (uint16_t)r->what);
  edi_put64(head + 4, (uint64_t)r->now);
  edi_put32(head + 12, (uint32_t)r->status);
  edi_buf_append(into, head, sizeof head);
  edi_record_put_text(into, r->code);
  edi_record_put_text(into, r->message);
  edi_buf_u32(into, r->offered_count);
  edi_buf_append(into, r->offered, (size_t)r->offered_count * OFFERED_BYTES);
}

/* A code is a letter and four digits; "" where no finding said why. */
static bool is_code(edi_str code) {
  if (code.len == 0) return true;
  bool good = code.len == 5 && code.ptr[0] >= 'A' && code.ptr[0] <= 'Z';
  for (size_t i = 1; good && i < 5; i++) good = code.ptr[i] >= '0' && code.ptr[i] <= '9';
  return good;
}

bool edi_refusal_decode(edi_str bytes, edi_refusal *out) {
  edi_reader r = edi_record_reader(bytes);
  edi_refusal f = {.what = 0};
  *out = f;
  unsigned version = edi_reader_u16(&r);
  f.what = (edict_refused)edi_reader_u16(&r);
  f.now = (int64_t)edi_reader_u64(&r);
  f.status = (edict_status)edi_reader_u32(&r);
  f.code = edi_record_get_text(&r);
  f.message = edi_record_get_text(&r);
  f.offered_count = edi_record_get_count(&r, OFFERED_BYTES);
  f.offered = (const unsigned char *)edi_reader_bytes(&r, (size_t)f.offered_count * OFFERED_BYTES).ptr;
  bool good = !r.bad && edi_record_ended(&r) && version == VERSION && edi_refusal_is_of(f.what) &&
              f.status > EDICT_OK && f.status <= EDICT_DEFECT && is_code(f.code) && f.message.len <= EDI_REFUSAL_MESSAGE_MOST &&
              edi_utf8_valid(f.message) && f.offered_count <= (f.what == EDICT_REFUSED_KEYS ? 0 : EDI_REFUSAL_OFFERED_MOST);
  if (good) *out = f;
  return good;
}

void edi_refusal_show(const edi_refusal *r, edi_buf *into) {
  static const char *const words[] = {[EDICT_REFUSED_LOAD] = "load", [EDICT_REFUSED_TOKEN] = "token", [EDICT_REFUSED_KEYS] = "keys"};
  edi_buf_text(into, ",\"time\":\"");
  edi_timestamp_format(into, r->now);
  edi_buf_format(into, "\",\"refused\":\"%s\",\"status\":\"%s\",\"code\":", words[r->what], edict_status_name(r->status));
  edi_json_string(into, r->code);
  edi_buf_text(into, ",\"message\":");
  edi_json_string(into, r->message);
  edi_buf_text(into, ",\"offered\":[");
  for (uint32_t i = 0; i < r->offered_count; i++) {
    const unsigned char *one = r->offered + (size_t)i * OFFERED_BYTES;
    edi_buf_format(into, "%s{\"length\":%llu,\"digest\":\"blake2b:", i ? "," : "", (unsigned long long)edi_get64(one));
    edi_hex_append(into, one + 8, EDI_DIGEST_BYTES);
    edi_buf_text(into, "\"}");
  }
  edi_buf_char(into, ']');
}
