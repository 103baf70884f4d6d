/* Oracle, what comes from outside of rules and facts: addresses by the C library, and the rows of tables, one by one. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "support/oracle.h"

oracle_outside oracle_asked;

/* ---- addresses ---- */

/* RFC 5952: the first of the longest runs of two zeros or more is left out. */
static void write_v6(const unsigned char bytes[16], char out[48]) {
  unsigned best = 8, most = 1;
  size_t used = 0;
  for (unsigned i = 0; i < 8; i++) {
    unsigned n = 0;
    while (i + n < 8 && bytes[2 * (i + n)] == 0 && bytes[2 * (i + n) + 1] == 0) n++;
    if (n > most) best = i, most = n;
  }
  for (unsigned i = 0; i < 8; i++) {
    if (i == best) {
      used += (size_t)snprintf(out + used, 48 - used, "::");
      i += most - 1;
      continue;
    }
    bool first = i == 0 || (best < 8 && i == best + most);
    used += (size_t)snprintf(out + used, 48 - used, first ? "%x" : ":%x", bytes[2 * i] << 8 | bytes[2 * i + 1]);
  }
  out[used] = '\0';
}

static bool is_mapped(const unsigned char bytes[16]) {
  static const unsigned char head[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  return memcmp(bytes, head, 12) == 0;
}

/* One text for each address; one of version 4 also as version 6 has it, with dots. */
bool oracle_address(edi_str text, unsigned char out[16]) {
  char name[64], again[64] = "::ffff:";
  unsigned char four[4];
  if (text.len == 0 || text.len >= sizeof name || memchr(text.ptr, '\0', text.len)) return false;
  memcpy(name, text.ptr, text.len);
  name[text.len] = '\0';
  if (inet_pton(AF_INET, name, four) == 1) {
    memset(out, 0, 10);
    memset(out + 10, 0xff, 2);
    memcpy(out + 12, four, 4);
    return true;
  }
  if (inet_pton(AF_INET6, name, out) != 1) return false;
  if (is_mapped(out)) inet_ntop(AF_INET, out + 12, again + 7, sizeof again - 7);
  else write_v6(out, again);
  return strcmp(name, again) == 0;
}

/* Bit by bit. */
static oracle_truth in_block(oracle_value address, edi_str block) {
  unsigned char base[16];
  const char *slash = memchr(block.ptr, '/', block.len);
  edi_str head = {block.ptr, (size_t)(slash - block.ptr)};
  int bits = 0;
  if (!address.base || !oracle_address(head, base)) return ORACLE_UNKNOWN;
  for (const char *c = slash + 1; c < block.ptr + block.len; c++) bits = bits * 10 + (*c - '0');
  if (!memchr(head.ptr, ':', head.len)) bits += 96;
  for (int i = 0; i < bits; i++)
    if ((address.ip[i / 8] ^ base[i / 8]) >> (7 - i % 8) & 1) return ORACLE_NO;
  return ORACLE_YES;
}

oracle_truth oracle_in_block(oracle_value address, edi_str block) {
  oracle_truth t = in_block(address, block);
  oracle_asked.blocks[t]++;
  return t;
}

/* ---- tables ---- */

typedef struct found { size_t rows; bool disagree, open, unknown; oracle_value value; } found;

static bool has_below(const edi_model *m, uint32_t node) {
  for (size_t i = 0; i < m->nodes_count; i++)
    if (m->nodes[i].parent == node) return true;
  return false;
}

/* A node finds rows of those above it. */
static bool key_fits(const edi_model *m, const oracle_value *key, const oracle_value *cell) {
  if (key->base == EDI_TYPE_NODE) return oracle_tag_covers(m, (uint32_t)key->integer, (uint32_t)cell->integer);
  return oracle_equal(m, key, cell) == ORACLE_YES;
}

static bool same_values(const edi_model *m, const oracle_value *a, const oracle_value *b) {
  if (!a->base || !b->base) return a->base == b->base;
  if (a->base == EDI_TYPE_DURATION) return a->duration.months == b->duration.months && a->duration.micros == b->duration.micros;
  return oracle_equal(m, a, b) == ORACLE_YES;
}

static void take_row(const edi_model *m, const oracle_value *value, found *f) {
  f->disagree |= f->rows > 0 && !same_values(m, value, &f->value);
  f->value = *value;
  f->rows++;
}

/* `value`: which column of a row is wanted; any will do where no value is. */
static found look_up(const oracle_context *c, const edi_expr *x, size_t value) {
  const edi_model *m = c->request->model;
  const oracle_table *t = c->request->tables ? &c->request->tables[x->symbol] : NULL;
  size_t columns = m->tables[x->symbol].key_count + m->tables[x->symbol].value_count;
  found f = {.unknown = !t || !t->there || c->request->now < t->from || c->request->now >= t->until};
  oracle_value keys[8];
  for (size_t k = 0; k < x->operand_count; k++) {
    keys[k] = oracle_as(oracle_eval(c, x->operands[k]), EDI_TYPE_BASE(m->tables[x->symbol].keys[k].type));
    f.unknown |= !keys[k].base;
    f.open |= keys[k].base == EDI_TYPE_NODE && has_below(m, (uint32_t)keys[k].integer);
  }
  for (size_t i = 0; !f.unknown && i < t->rows; i++) {
    bool fits = true;
    for (size_t k = 0; k < x->operand_count; k++) {
      const oracle_value *cell = &t->cells[i * columns + k];
      fits = fits && key_fits(m, &keys[k], cell);
      f.open |= keys[k].base == EDI_TYPE_DURATION && !keys[k].duration.months != !cell->duration.months;
    }
    if (fits) take_row(m, &t->cells[i * columns + value], &f);
  }
  return f;
}

oracle_truth oracle_in_table(const oracle_context *c, const edi_expr *x) {
  found f = look_up(c, x, 0);
  oracle_truth t = ORACLE_YES;
  if (f.unknown) t = ORACLE_UNKNOWN;
  else if (!f.rows) t = c->request->model->tables[x->symbol].complete && !f.open ? ORACLE_NO : ORACLE_UNKNOWN;
  oracle_asked.tables[t]++;
  return t;
}

oracle_value oracle_table_value(const oracle_context *c, const edi_expr *x) {
  found f = look_up(c, x, c->request->model->tables[x->symbol].key_count + edi_expr_more_of(x)->value_column);
  oracle_value v = f.unknown || !f.rows || f.disagree ? (oracle_value){0} : f.value;
  oracle_asked.values[v.base != 0]++;
  return v;
}
