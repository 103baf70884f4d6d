/* Value as text: a scalar in the form that the language writes it in; see vocabulary.h. */
#include "bundle/vocabulary.h"

/* ---- addresses: RFC 5952 ---- */

static unsigned group_at(const unsigned char ip[16], unsigned i) { return (unsigned)ip[2 * i] << 8 | ip[2 * i + 1]; }

/* The first of the longest runs of two zero groups or more; 8: there is none. */
static unsigned longest_run(const unsigned char ip[16], unsigned *length) {
  unsigned best = 8, most = 1;
  for (unsigned i = 0; i < 8; i++) {
    unsigned n = 0;
    while (i + n < 8 && group_at(ip, i + n) == 0) n++;
    if (n <= most) continue;
    best = i;
    most = n;
  }
  *length = most;
  return best;
}

static void put_address(const unsigned char ip[16], edi_buf *into) {
  static const unsigned char v4[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (memcmp(ip, v4, sizeof v4) == 0) {
    edi_buf_format(into, "%u.%u.%u.%u", ip[12], ip[13], ip[14], ip[15]);
    return;
  }
  unsigned length, run = longest_run(ip, &length);
  for (unsigned i = 0; i < 8; i++) {
    if (i == run) {
      edi_buf_text(into, "::");
      i += length - 1;
      continue;
    }
    bool first = i == 0 || (run < 8 && i == run + length);
    edi_buf_format(into, first ? "%x" : ":%x", group_at(ip, i));
  }
}

/* ---- durations ---- */

static void put_units(int64_t count, const char *unit, edi_buf *into) {
  edi_buf_format(into, count == 1 ? "%lld %s" : "%lld %ss", (long long)count, unit);
}

void edi_value_format_duration(edi_value v, edi_buf *into) {
  static const struct { const char *unit; int64_t micros; } units[] = {
      {"day", INT64_C(86400000000)}, {"hour", INT64_C(3600000000)}, {"minute", 60000000}, {"second", 1000000}};
  if (v.scale) {
    put_units(v.as.integer, "month", into);
    return;
  }
  for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
    if (v.as.integer % units[i].micros) continue;
    put_units(v.as.integer / units[i].micros, units[i].unit, into);
    return;
  }
  edi_decimal_format(into, (edi_decimal){v.as.integer, 6});
  edi_buf_text(into, " seconds");
}

/* ---- all of them ---- */

static edi_str level_name(const edi_program *p, edi_type type, int64_t rank) {
  const edi_scale *scale = &p->scales[EDI_TYPE_PARAM(type)];
  return edi_program_string(p, p->levels[scale->levels.first + (uint32_t)rank].name);
}

void edi_vocabulary_format(const edi_vocabulary *vocabulary, edi_type type, edi_value v, edi_buf *into) {
  const edi_program *p = vocabulary->program;
  switch (v.base) {
    case EDI_TYPE_BOOL: edi_buf_text(into, v.as.integer ? "true" : "false"); return;
    case EDI_TYPE_INT: edi_buf_format(into, "%lld", (long long)v.as.integer); return;
    case EDI_TYPE_DECIMAL: edi_decimal_format(into, (edi_decimal){v.as.integer, v.scale}); return;
    case EDI_TYPE_STRING:
    case EDI_TYPE_ID: edi_buf_str(into, edi_value_str(v)); return;
    case EDI_TYPE_TIMESTAMP: edi_timestamp_format(into, v.as.integer); return;
    case EDI_TYPE_DATE: edi_date_format(into, v.as.integer); return;
    case EDI_TYPE_DURATION: edi_value_format_duration(v, into); return;
    case EDI_TYPE_IP: put_address((const unsigned char *)v.as.text, into); return;
    case EDI_TYPE_NODE: edi_buf_str(into, edi_vocabulary_name(vocabulary, (uint32_t)v.as.integer)); return;
    case EDI_TYPE_LEVEL: edi_buf_str(into, level_name(p, type, v.as.integer)); return;
    default: edi_buf_text(into, "unknown"); return;
  }
}
