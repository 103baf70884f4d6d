/* Receipt leaf: see the header. */
#include "log/receipt_leaf.h"

#include "base/calendar.h"
#include "log/record.h"

enum { VERSION = 1, COLUMN = 4 + 1 + 8 + 8 };

static bool is_transform(unsigned id) {
  switch (id) {
#define TRANSFORM(NAME, number, name, determinism, types, parameters) case number:
#include "bundle/transforms.def"
#undef TRANSFORM
    case EDI_TRANSFORM_NONE: return true;
    default: return false;
  }
}

/* NONE stands for one that varies with the row; of no mask at all the bottom is named. */
static bool transform_of(const char *name, unsigned *id) {
  *id = EDI_TRANSFORM_NONE;
  if (strcmp(name, "varies") == 0) return true;
#define TRANSFORM(NAME, number, text, determinism, types, parameters) \
  if (strcmp(name, text) == 0) *id = (number);
#include "bundle/transforms.def"
#undef TRANSFORM
  return *id != EDI_TRANSFORM_NONE;
}

bool edi_receipt_leaf_columns(const edict_receipt *receipt, edi_buf *into) {
  for (size_t i = 0; i < receipt->column_count; i++) {
    const edict_receipt_column *c = &receipt->columns[i];
    unsigned id;
    if (!c->transform || !transform_of(c->transform, &id) || (i && c->column <= receipt->columns[i - 1].column)) return false;
    edi_buf_u32(into, c->column);
    edi_buf_u8(into, (uint8_t)id);
    edi_buf_u64(into, c->epoch);
    edi_buf_u64(into, c->failed);
  }
  return true;
}

void edi_receipt_leaf_encode(const edi_receipt_leaf *r, edi_buf *into) {
  edi_buf_u16(into, VERSION);
  edi_buf_u16(into, 0);
  edi_buf_u64(into, r->number);
  edi_buf_u64(into, (uint64_t)r->now);
  edi_buf_append(into, r->set, sizeof r->set);
  edi_buf_append(into, r->plan, sizeof r->plan);
  edi_buf_u64(into, r->rows_in);
  edi_buf_u64(into, r->rows_out);
  edi_record_put_text(into, r->product);
  edi_record_put_text(into, r->dataset);
  edi_record_put_text(into, r->action);
  edi_buf_u32(into, r->column_count);
  edi_buf_append(into, r->columns, (size_t)r->column_count * COLUMN);
}

static void get_bytes(edi_reader *r, unsigned char *out, size_t length) {
  edi_str bytes = edi_reader_bytes(r, length);
  if (!r->bad) memcpy(out, bytes.ptr, length);
}

static bool columns_fit(const edi_receipt_leaf *r) {
  for (uint32_t i = 0; i < r->column_count; i++) {
    const unsigned char *c = r->columns + (size_t)i * COLUMN;
    if (!is_transform(c[4]) || (i && edi_get32(c) <= edi_get32(c - COLUMN))) return false;
  }
  return true;
}

bool edi_receipt_leaf_decode(edi_str bytes, edi_receipt_leaf *out) {
  edi_reader r = edi_record_reader(bytes);
  edi_receipt_leaf f = {.number = 0};
  *out = f;
  unsigned version = edi_reader_u16(&r), zero = edi_reader_u16(&r);
  f.number = edi_reader_u64(&r);
  f.now = (int64_t)edi_reader_u64(&r);
  get_bytes(&r, f.set, sizeof f.set);
  get_bytes(&r, f.plan, sizeof f.plan);
  f.rows_in = edi_reader_u64(&r);
  f.rows_out = edi_reader_u64(&r);
  f.product = edi_record_get_text(&r);
  f.dataset = edi_record_get_text(&r);
  f.action = edi_record_get_text(&r);
  f.column_count = edi_record_get_count(&r, COLUMN);
  f.columns = (const unsigned char *)edi_reader_bytes(&r, (size_t)f.column_count * COLUMN).ptr;
  bool good = !r.bad && edi_record_ended(&r) && version == VERSION && zero == 0 && f.number > 0 && f.rows_out <= f.rows_in && f.product.len &&
              f.dataset.len && edi_utf8_valid(f.product) && edi_utf8_valid(f.dataset) && edi_utf8_valid(f.action) &&
              f.now >= EDI_TIMESTAMP_MIN && f.now <= EDI_TIMESTAMP_MAX && columns_fit(&f);
  if (good) *out = f;
  return good;
}

static void show_column(const unsigned char *c, edi_buf *into) {
  edi_buf_format(into, "{\"column\":%lu,\"transform\":", (unsigned long)edi_get32(c));
  edi_json_string(into, c[4] == EDI_TRANSFORM_NONE ? EDI_STR("varies") : edi_str_from(edi_transform_name((edi_transform_id)c[4])));
  edi_buf_format(into, ",\"epoch\":%llu,\"failed\":%llu}", (unsigned long long)edi_get64(c + 5), (unsigned long long)edi_get64(c + 13));
}

void edi_receipt_leaf_show(const edi_receipt_leaf *r, edi_buf *into) {
  edi_buf_text(into, ",\"time\":\"");
  edi_timestamp_format(into, r->now);
  edi_buf_format(into, "\",\"receipt\":%llu,\"product\":", (unsigned long long)r->number);
  edi_json_string(into, r->product);
  edi_buf_text(into, ",\"dataset\":");
  edi_json_string(into, r->dataset);
  edi_buf_text(into, ",\"action\":");
  edi_json_string(into, r->action);
  edi_buf_format(into, ",\"rows_in\":%llu,\"rows_out\":%llu,\"columns\":[", (unsigned long long)r->rows_in, (unsigned long long)r->rows_out);
  for (uint32_t i = 0; i < r->column_count; i++) {
    if (i) edi_buf_char(into, ',');
    show_column(r->columns + (size_t)i * COLUMN, into);
  }
  edi_buf_text(into, "],\"plan\":\"blake2b:");
  edi_hex_append(into, r->plan, sizeof r->plan);
  edi_buf_text(into, "\",\"set\":\"blake2b:");
  edi_hex_append(into, r->set, sizeof r->set);
  edi_buf_char(into, '"');
}
