/* Swept: encoding and decoding of the steps of a sweep; see the header. */
#include "log/swept.h"

#include <sodium.h>

#include "log/record.h"

enum { VERSION = 1, RULE_LEAST = 4 + 3 + 8 };
static const unsigned all_flags = EDICT_SWEPT_VACUUMED | EDICT_SWEPT_LEFT | EDICT_SWEPT_STOPPED;

void edict_swept_key(const unsigned char random[32], const void *key, size_t length, unsigned char pseudonym[EDICT_SWEPT_KEY_BYTES]) {
  (void)crypto_generichash(pseudonym, EDICT_SWEPT_KEY_BYTES, key, length, random, EDI_SWEPT_RANDOM);
}

/* ---- encoding ---- */

void edi_swept_rules(const edict_sweep *sweep, edi_buf *into) {
  edict_retention r;
  edi_buf_u32(into, (uint32_t)edict_sweep_rule_count(sweep));
  for (size_t i = 0; edict_sweep_rule(sweep, i, &r) == EDICT_OK; i++) {
    edi_record_put_text(into, (edi_str){r.rule.ptr, r.rule.len});
    edi_buf_u8(into, (uint8_t)r.bound);
    edi_buf_u8(into, (uint8_t)r.holds);
    edi_buf_u8(into, (uint8_t)r.erases);
    edi_buf_u64(into, (uint64_t)r.cutoff);
  }
}

void edi_swept_encode(const edi_swept *s, edi_buf *into) {
  uint8_t pointer[EDI_SEAL_POINTER_BYTES] = {0};
  if (s->payload.offset) edi_seal_pointer_encode(&s->payload, pointer);
  edi_buf_u16(into, VERSION);
  edi_buf_u16(into, s->semantics);
  edi_buf_u16(into, (uint16_t)s->step);
  edi_buf_u16(into, (uint16_t)s->flags);
  edi_buf_append(into, s->id, sizeof s->id);
  edi_buf_u64(into, s->number);
  edi_buf_u64(into, (uint64_t)s->now);
  edi_buf_append(into, s->set, sizeof s->set);
  edi_buf_append(into, s->commitment, sizeof s->commitment);
  edi_buf_append(into, pointer, sizeof pointer);
#define COUNT(member) edi_buf_u64(into, s->member);
  EDI_SWEPT_COUNTS(COUNT)
#undef COUNT
  edi_record_put_text(into, s->product);
  edi_record_put_text(into, s->dataset);
  edi_record_put_text(into, s->table);
  edi_buf_str(into, s->rules);
}

/* ---- decoding ---- */

static void get_bytes(edi_reader *r, unsigned char *out, size_t length) {
  edi_str bytes = edi_reader_bytes(r, length);
  if (!r->bad) memcpy(out, bytes.ptr, length);
}

/* All zero, or what sealing gives. */
static bool get_payload(edi_reader *r, edi_seal_pointer *payload) {
  uint8_t bytes[EDI_SEAL_POINTER_BYTES] = {0};
  get_bytes(r, bytes, sizeof bytes);
  return sodium_is_zero(bytes, sizeof bytes) || edi_seal_pointer_decode(bytes, payload);
}

/* To the end of the leaf. */
static bool get_rules(edi_reader *r, edi_str *rules) {
  size_t from = r->at;
  uint32_t count = edi_record_get_count(r, RULE_LEAST);
  for (uint32_t i = 0; i < count && !r->bad; i++) {
    edi_str name = edi_record_get_text(r);
    unsigned bound = edi_reader_u8(r), holds = edi_reader_u8(r), erases = edi_reader_u8(r);
    int64_t cutoff = (int64_t)edi_reader_u64(r);
    bool good = name.len > 0 && edi_utf8_valid(name) && bound <= EDICT_BOUND_WHILE &&
                (holds == EDICT_HOLDS_YES || holds == EDICT_HOLDS_UNKNOWN) && erases <= (bound == EDICT_BOUND_AT_MOST) &&
                cutoff >= EDI_TIMESTAMP_MIN && cutoff <= EDI_TIMESTAMP_MAX &&
                (bound == EDICT_BOUND_AT_MOST || cutoff == EDI_TIMESTAMP_MIN);
    if (!good) return false;
  }
  *rules = (edi_str){(const char *)r->ptr + from, r->at - from};
  return edi_record_ended(r);
}

static bool head_fits(const edi_swept *s) {
  bool begun = s->step == EDICT_SWEPT_BEGUN, ended = s->step == EDICT_SWEPT_ENDED, batch = s->step == EDICT_SWEPT_BATCH;
  unsigned allowed = EDI_SWEPT_DEVELOPMENT | (ended ? all_flags : 0);
  if (!begun && !ended && !batch) return false;
  if ((s->flags & ~allowed) != 0 || (begun && s->number != 0) || (batch && s->number == 0)) return false;
  if (s->undecided > s->withheld || s->withheld > s->seen || s->erasable > s->seen - s->withheld) return false;
  if (begun && (s->erased || s->spared || s->blocked || s->along)) return false;
  if (batch && s->erased > EDICT_SWEPT_KEYS_MOST) return false;
  return s->now >= EDI_TIMESTAMP_MIN && s->now <= EDI_TIMESTAMP_MAX;
}

static bool texts_fit(const edi_swept *s) {
  return s->product.len && s->dataset.len && s->table.len && s->table.len <= EDI_SWEPT_TABLE_MOST && edi_utf8_valid(s->product) &&
         edi_utf8_valid(s->dataset) && edi_utf8_valid(s->table);
}

static bool decode(edi_str bytes, edi_swept *out) {
  edi_reader r = edi_record_reader(bytes);
  edi_swept s = {.now = 0};
  *out = s;
  unsigned version = edi_reader_u16(&r);
  s.semantics = edi_reader_u16(&r);
  s.step = (edict_swept_step)edi_reader_u16(&r);
  s.flags = edi_reader_u16(&r);
  get_bytes(&r, s.id, sizeof s.id);
  s.number = edi_reader_u64(&r);
  s.now = (int64_t)edi_reader_u64(&r);
  get_bytes(&r, s.set, sizeof s.set);
  get_bytes(&r, s.commitment, sizeof s.commitment);
  bool good = get_payload(&r, &s.payload);
#define COUNT(member) s.member = edi_reader_u64(&r);
  EDI_SWEPT_COUNTS(COUNT)
#undef COUNT
  s.product = edi_record_get_text(&r);
  s.dataset = edi_record_get_text(&r);
  s.table = edi_record_get_text(&r);
  good = good && !r.bad && get_rules(&r, &s.rules) && version == VERSION && head_fits(&s) && texts_fit(&s);
  if (good) *out = s;
  return good;
}

static bool is_committed(const edi_swept *s) { return !sodium_is_zero(s->commitment, sizeof s->commitment); }
static bool has_keys(const edi_swept *s) { return s->step == EDICT_SWEPT_BATCH && s->erased > 0; }

bool edi_swept_decode(edi_str bytes, edi_swept *swept) {
  if (decode(bytes, swept) && is_committed(swept) == has_keys(swept) && (swept->payload.offset != 0) == has_keys(swept)) return true;
  *swept = (edi_swept){.now = 0};
  return false;
}

bool edi_swept_note_decode(edi_str bytes, edi_swept *swept, edi_str *sealed) {
  edi_reader r = edi_record_reader(bytes);
  edi_str leaf = edi_record_get_text(&r);
  *sealed = (edi_str){0};
  *swept = (edi_swept){.now = 0};
  if (r.bad || !decode(leaf, swept)) return false;
  size_t length = has_keys(swept) ? EDI_SWEPT_RANDOM + (size_t)swept->erased * EDICT_SWEPT_KEY_BYTES : 0;
  edi_str rest = edi_reader_bytes(&r, length);
  bool good = edi_record_ended(&r) && !is_committed(swept) && !swept->payload.offset;
  if (good && length) *sealed = rest;
  if (!good) *swept = (edi_swept){.now = 0};
  return good;
}

bool edi_swept_fits(const edi_swept *swept, edi_str sealed) {
  unsigned char commitment[32];
  if (sealed.len != EDI_SWEPT_RANDOM + swept->erased * EDICT_SWEPT_KEY_BYTES) return false;
  edi_record_commit(sealed, commitment);
  return memcmp(commitment, swept->commitment, sizeof commitment) == 0;
}

/* ---- notes ---- */

static void describe(const edict_sweep *sweep, const edict_swept *from, edi_swept *s) {
  *s = (edi_swept){.semantics = EDI_SEMANTICS,
                   .step = from->step,
                   .flags = from->flags | (sweep->product->engine->development ? EDI_SWEPT_DEVELOPMENT : 0),
                   .number = from->number,
                   .now = sweep->plan.now,
                   .product = sweep->product->bound.name,
                   .dataset = sweep->dataset->name,
                   .table = {from->table.ptr, from->table.len}};
  memcpy(s->id, from->id, sizeof s->id);
  edi_record_set(sweep->product->engine, s->set);
#define COUNT(member) s->member = from->member;
  EDI_SWEPT_COUNTS(COUNT)
#undef COUNT
}

static bool malformed(const edict_sweep *sweep, const edict_swept *from) {
  if (!sweep || sweep->plan.effect != EDICT_PERMIT || !from || from->size != sizeof *from || !from->id || !from->table.ptr) return true;
  bool batch = from->step == EDICT_SWEPT_BATCH;
  if (from->key_count != (batch ? from->erased : 0) || (from->flags & ~all_flags) != 0) return true;
  return from->key_count > 0 && (!from->random || !from->keys);
}

static void write_note(const edi_buf *leaf, const edict_swept *from, edi_buf *note) {
  edi_record_put_text(note, (edi_str){leaf->ptr, leaf->len});
  if (!from->key_count) return;
  edi_buf_append(note, from->random, EDI_SWEPT_RANDOM);
  edi_buf_append(note, from->keys, from->key_count * EDICT_SWEPT_KEY_BYTES);
}

edict_status edict_swept_note(const edict_sweep *sweep, const edict_swept *swept, char **note, size_t *length) {
  edi_swept s, again;
  edi_str sealed;
  edi_buf rules, leaf, out;
  if (!note || !length) return EDICT_ARGUMENT;
  *note = NULL;
  *length = 0;
  if (malformed(sweep, swept)) return EDICT_ARGUMENT;
  edi_buf_init(&rules, NULL, EDI_LIMIT_LOG_RECORD);
  edi_buf_init(&leaf, NULL, EDI_LIMIT_LOG_RECORD);
  edi_buf_init(&out, NULL, EDI_SEAL_PAYLOAD_MOST + EDI_LIMIT_LOG_RECORD);
  describe(sweep, swept, &s);
  edi_swept_rules(sweep, &rules);
  s.rules = (edi_str){rules.ptr, rules.len};
  edi_swept_encode(&s, &leaf);
  edict_status status = rules.failed != EDICT_OK ? rules.failed : leaf.failed;
  if (status == EDICT_OK) write_note(&leaf, swept, &out);
  if (status == EDICT_OK) status = out.failed;
  if (status == EDICT_OK && !edi_swept_note_decode((edi_str){out.ptr, out.len}, &again, &sealed)) status = EDICT_ARGUMENT;
  edi_buf_fini(&rules);
  edi_buf_fini(&leaf);
  if (status != EDICT_OK) {
    edi_buf_fini(&out);
    return status;
  }
  *length = out.len;
  return edi_buf_give(&out, note);
}

/* ---- showing ---- */

static void show_rules(edi_str rules, edi_buf *b) {
  static const char *const bounds[] = {"at most", "at least", "while"};
  edi_reader r = edi_record_reader(rules);
  uint32_t count = edi_reader_u32(&r);
  for (uint32_t i = 0; i < count; i++) {
    edi_buf_text(b, i ? ",{\"rule\":" : "{\"rule\":");
    edi_json_string(b, edi_record_get_text(&r));
    unsigned bound = edi_reader_u8(&r), holds = edi_reader_u8(&r), erases = edi_reader_u8(&r);
    int64_t cutoff = (int64_t)edi_reader_u64(&r);
    edi_buf_format(b, ",\"bound\":\"%s\",\"holds\":\"%s\",\"then\":%s,\"cutoff\":", bounds[bound],
                   holds == EDICT_HOLDS_YES ? "yes" : "unknown", erases ? "\"erase\"" : "null");
    if (cutoff == EDI_TIMESTAMP_MIN) {
      edi_buf_text(b, "null}");
    } else {
      edi_buf_char(b, '"');
      edi_timestamp_format(b, cutoff);
      edi_buf_text(b, "\"}");
    }
  }
}

static void show_keys(const edi_swept *s, edi_str sealed, edi_buf *b) {
  if (!has_keys(s) || !edi_swept_fits(s, sealed)) {
    edi_buf_text(b, ",\"random\":null,\"keys\":null");
    return;
  }
  edi_buf_text(b, ",\"random\":\"");
  edi_hex_append(b, sealed.ptr, EDI_SWEPT_RANDOM);
  edi_buf_text(b, "\",\"keys\":[");
  for (size_t at = EDI_SWEPT_RANDOM; at < sealed.len; at += EDICT_SWEPT_KEY_BYTES) {
    edi_buf_text(b, at == EDI_SWEPT_RANDOM ? "\"" : ",\"");
    edi_hex_append(b, sealed.ptr + at, EDICT_SWEPT_KEY_BYTES);
    edi_buf_char(b, '"');
  }
  edi_buf_char(b, ']');
}

static void name(edi_buf *b, const char *member, edi_str value) {
  edi_buf_format(b, ",\"%s\":", member);
  edi_json_string(b, value);
}

static void flag(edi_buf *b, const char *member, bool set) { edi_buf_format(b, ",\"%s\":%s", member, set ? "true" : "false"); }

void edi_swept_show(const edi_swept *s, edi_str sealed, edi_buf *b) {
  static const char *const steps[] = {"", "begun", "batch", "ended"};
  edi_buf_text(b, ",\"time\":\"");
  edi_timestamp_format(b, s->now);
  edi_buf_text(b, "\",\"sweep\":\"");
  edi_hex_append(b, s->id, sizeof s->id);
  edi_buf_format(b, "\",\"step\":\"%s\",\"number\":%llu", steps[s->step], (unsigned long long)s->number);
  flag(b, "development", s->flags & EDI_SWEPT_DEVELOPMENT);
  name(b, "product", s->product);
  name(b, "dataset", s->dataset);
  name(b, "table", s->table);
#define COUNT(member) edi_buf_format(b, ",\"" #member "\":%llu", (unsigned long long)s->member);
  EDI_SWEPT_COUNTS(COUNT)
#undef COUNT
  flag(b, "vacuumed", s->flags & EDICT_SWEPT_VACUUMED);
  flag(b, "left", s->flags & EDICT_SWEPT_LEFT);
  flag(b, "stopped", s->flags & EDICT_SWEPT_STOPPED);
  edi_buf_text(b, ",\"rules\":[");
  show_rules(s->rules, b);
  edi_buf_text(b, "],\"set\":\"blake2b:");
  edi_hex_append(b, s->set, sizeof s->set);
  edi_buf_char(b, '"');
  show_keys(s, sealed, b);
}
