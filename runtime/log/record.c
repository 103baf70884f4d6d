/* Record: encoding and decoding; see the header and docs/log-records.md. Encoders write one form;
 * decoders accept that form alone, ending exactly at the end. */
#include "log/record.h"

#include <sodium.h>

#include "bundle/parameter.h"

/* ---- parts ---- */

void edi_record_put_text(edi_buf *b, edi_str s) {
  edi_buf_u32(b, (uint32_t)s.len);
  edi_buf_str(b, s);
}

edi_str edi_record_get_text(edi_reader *r) { return edi_reader_bytes(r, edi_reader_u32(r)); }

uint32_t edi_record_get_count(edi_reader *r, size_t least) {
  uint32_t n = edi_reader_u32(r);
  if (!r->bad && n <= (r->len - r->at) / least) return n;
  r->bad = true;
  return 0;
}

edi_reader edi_record_reader(edi_str s) {
  return (edi_reader){.ptr = (const unsigned char *)s.ptr, .len = s.len};
}

bool edi_record_ended(const edi_reader *r) { return !r->bad && r->at == r->len; }

/* ---- bundles ---- */

/* The smallest digest above `last` (NULL: of all), NULL if there is none. Sets are small. */
static const unsigned char *next_digest(const edict_engine *engine, const unsigned char *last) {
  const unsigned char *next = NULL;
  for (size_t i = 0; i < engine->loaded_count; i++) {
    const unsigned char *d = engine->loaded[i].bundle.digest;
    if (last && memcmp(d, last, EDI_DIGEST_BYTES) <= 0) continue;
    if (!next || memcmp(d, next, EDI_DIGEST_BYTES) < 0) next = d;
  }
  return next;
}

void edi_record_set(const edict_engine *engine, unsigned char digest[EDI_DIGEST_BYTES]) {
  crypto_generichash_state state;
  const unsigned char *at = NULL;
  (void)crypto_generichash_init(&state, NULL, 0, EDI_DIGEST_BYTES);
  while ((at = next_digest(engine, at)) != NULL)
    (void)crypto_generichash_update(&state, at, EDI_DIGEST_BYTES);
  (void)crypto_generichash_final(&state, digest, EDI_DIGEST_BYTES);
}

void edi_record_bundles(const edict_engine *engine, edi_buf *into) {
  edi_buf_u32(into, (uint32_t)engine->loaded_count);
  for (size_t i = 0; i < engine->loaded_count; i++) {
    const edi_loaded *l = &engine->loaded[i];
    edi_record_put_text(into, edi_str_from(l->layer));
    edi_record_put_text(into, edi_str_from(l->name));
    edi_buf_u64(into, l->bundle.manifest.version);
    edi_buf_append(into, l->bundle.digest, EDI_DIGEST_BYTES);
  }
}

/* ---- the answer ---- */

static edi_str rule_name(const edi_plan *plan, const edi_reason *reason) {
  static const char *const system[] = {
      "",
#define REFUSAL(NAME, rule, because, how) rule,
#include "bundle/refusals.def"
#undef REFUSAL
  };
  if (reason->entry == EDI_NONE) return edi_str_from(system[reason->system]);
  const edi_entry *e = &plan->dataset->entries[reason->entry];
  return edi_program_string(&e->linked->program, e->rule->name);
}

/* On a permit every rule that shapes the answer is among the reasons: its number there. */
static uint32_t reason_of(const edi_plan *plan, uint32_t entry) {
  for (uint32_t i = 0; i < plan->reason_count; i++)
    if (plan->reasons[i].entry == entry) return i;
  return EDI_NONE;
}

#define REASON_UNMET 4u

static void put_reasons(edi_plan *plan, edi_buf *into) {
  edi_buf_u32(into, edi_plan_reasons(plan));
  for (uint32_t i = 0; i < plan->reason_count; i++) {
    edi_record_put_text(into, rule_name(plan, &plan->reasons[i]));
    edi_buf_u8(into, (uint8_t)(plan->reasons[i].holds | (plan->reasons[i].unmet ? REASON_UNMET : 0)));
  }
}

#define COLUMN_VARIES 1u
#define COLUMN_FELL   2u

static void put_column(const edi_plan *plan, uint32_t column, edi_buf *into) {
  const edi_plan_column *c = &plan->columns[column];
  edi_buf arguments;
  edi_buf_init(&arguments, NULL, EDI_LIMIT_LOG_RECORD);
  if (!c->live_count) edi_transform_arguments(&c->fixed, &arguments);
  if (arguments.failed != EDICT_OK) into->failed = arguments.failed;
  edi_buf_u32(into, column);
  edi_buf_u8(into, (uint8_t)(c->fixed.id ? c->fixed.id : EDI_TRANSFORM_NULL));
  edi_buf_u8(into, (uint8_t)((c->live_count ? COLUMN_VARIES : 0) | (c->fell ? COLUMN_FELL : 0)));
  edi_record_put_text(into, (edi_str){arguments.ptr, arguments.len});
  edi_buf_fini(&arguments);
}

static void put_columns(const edi_plan *plan, edi_buf *into) {
  uint32_t asked = 0,
           count = plan->effect == EDICT_PERMIT ? (uint32_t)plan->dataset->column_count : 0;
  for (uint32_t c = 0; c < count; c++) asked += plan->columns[c].asked;
  edi_buf_u32(into, asked);
  for (uint32_t c = 0; c < count; c++)
    if (plan->columns[c].asked) put_column(plan, c, into);
}

static void put_groups(const edi_plan *plan, edi_buf *into) {
  edi_buf_u32(into, plan->group_rule_count);
  for (uint32_t i = 0; i < plan->group_rule_count; i++)
    edi_buf_u32(into, reason_of(plan, plan->group_rules[i]));
  edi_buf_u32(into, plan->group_count);
  for (uint32_t i = 0; i < plan->group_count; i++) {
    edi_buf_u32(into, plan->groups[i].column);
    edi_buf_u32(into, plan->groups[i].least);
  }
}

static void put_shadows(const edict_decision *decision, edi_buf *into) {
  edict_shadow s;
  edi_buf_u32(into, decision->plan->shadow_count);
  for (size_t i = 0; edict_decision_shadow(decision, i, &s) == EDICT_OK; i++) {
    uint32_t columns = 0, count = (uint32_t)decision->plan->dataset->column_count;
    edi_record_put_text(into, (edi_str){s.rule.ptr, s.rule.len});
    edi_buf_u8(into, (uint8_t)s.holds);
    edi_buf_u8(into, (uint8_t)s.would);
    for (uint32_t c = 0; c < count; c++) columns += edict_decision_shadow_masks(decision, i, c) != 0;
    edi_buf_u32(into, columns);
    for (uint32_t c = 0; c < count; c++)
      if (edict_decision_shadow_masks(decision, i, c)) edi_buf_u32(into, c);
  }
}

/* Names alone: the values of the arguments are among the sealed inputs. */
static void put_duties(const edict_decision *decision, edi_buf *into) {
  edict_obligation o;
  edi_buf_u32(into, decision->plan->duty_count);
  for (size_t i = 0; edict_decision_obligation(decision, i, &o) == EDICT_OK; i++) {
    edi_record_put_text(into, (edi_str){o.name.ptr, o.name.len});
    edi_record_put_text(into, (edi_str){o.rule.ptr, o.rule.len});
  }
}

void edi_record_answer(const edict_decision *decision, edi_buf *into) {
  edi_plan *plan = decision->plan;
  edi_buf_u8(into, (uint8_t)plan->effect);
  edi_buf_u64(into, (uint64_t)plan->valid_until);
  put_reasons(plan, into);
  put_columns(plan, into);
  edi_buf_u32(into, plan->row_rule_count);
  for (uint32_t i = 0; i < plan->row_rule_count; i++)
    edi_buf_u32(into, reason_of(plan, plan->row_rules[i]));
  edi_buf_u32(into, plan->retain_rule_count);
  for (uint32_t i = 0; i < plan->retain_rule_count; i++) {
    edi_buf_u32(into, reason_of(plan, plan->retain_rules[i]));
    edi_buf_u8(into, (uint8_t)plan->retain_holds[i]);
    edi_buf_u64(into, (uint64_t)plan->retain_cutoffs[i]);
  }
  put_groups(plan, into);
  put_duties(decision, into);
  put_shadows(decision, into);
}

static bool get_truth(edi_reader *r, edi_truth *out) {
  uint8_t t = edi_reader_u8(r);
  *out = (edi_truth)t;
  return t <= EDI_UNKNOWN;
}

static bool get_holds(edi_reader *r, edi_truth *holds, bool *unmet) {
  uint8_t t = edi_reader_u8(r);
  *unmet = (t & REASON_UNMET) != 0;
  *holds = (edi_truth)(t & ~REASON_UNMET);
  return (t & ~REASON_UNMET) <= EDI_UNKNOWN;
}

static bool get_reasons(edi_arena *arena, edi_reader *r, edi_answer *a) {
  a->reason_count = edi_record_get_count(r, 5);
  a->reasons = EDI_NEW_ARRAY(arena, __typeof__(*a->reasons), a->reason_count);
  if (!a->reasons) return false;
  for (uint32_t i = 0; i < a->reason_count; i++) {
    a->reasons[i].name = edi_record_get_text(r);
    if (!get_holds(r, &a->reasons[i].holds, &a->reasons[i].unmet)) return false;
  }
  return !r->bad;
}

static bool known_transform(edi_transform_id id) {
  return id != EDI_TRANSFORM_NONE &&
         edi_transform_by_name(edi_str_from(edi_transform_name(id))) == id;
}

static bool get_columns(edi_arena *arena, edi_reader *r, edi_answer *a) {
  a->column_count = edi_record_get_count(r, 10);
  a->columns = EDI_NEW_ARRAY(arena, __typeof__(*a->columns), a->column_count);
  if (!a->columns) return false;
  for (uint32_t i = 0; i < a->column_count; i++) {
    a->columns[i].column = edi_reader_u32(r);
    a->columns[i].transform = (edi_transform_id)edi_reader_u8(r);
    uint8_t flags = edi_reader_u8(r);
    a->columns[i].varies = (flags & COLUMN_VARIES) != 0;
    a->columns[i].fell = (flags & COLUMN_FELL) != 0;
    a->columns[i].arguments = edi_record_get_text(r);
    if (flags > (COLUMN_VARIES | COLUMN_FELL) || !known_transform(a->columns[i].transform))
      return false;
    if (i && a->columns[i].column <= a->columns[i - 1].column) return false;
  }
  return !r->bad;
}

static bool reason_at(const edi_answer *a, edi_reader *r, edi_str *name) {
  uint32_t i = edi_reader_u32(r);
  if (r->bad || i >= a->reason_count) return false;
  *name = a->reasons[i].name;
  return true;
}

static bool get_rows(edi_arena *arena, edi_reader *r, edi_answer *a) {
  a->row_rule_count = edi_record_get_count(r, 4);
  a->row_rules = EDI_NEW_ARRAY(arena, edi_str, a->row_rule_count);
  if (!a->row_rules) return false;
  for (uint32_t i = 0; i < a->row_rule_count; i++)
    if (!reason_at(a, r, &a->row_rules[i])) return false;
  return true;
}

static bool get_retentions(edi_arena *arena, edi_reader *r, edi_answer *a) {
  a->retention_count = edi_record_get_count(r, 13);
  a->retentions = EDI_NEW_ARRAY(arena, __typeof__(*a->retentions), a->retention_count);
  if (!a->retentions) return false;
  for (uint32_t i = 0; i < a->retention_count; i++) {
    if (!reason_at(a, r, &a->retentions[i].rule) || !get_truth(r, &a->retentions[i].holds))
      return false;
    a->retentions[i].cutoff = (int64_t)edi_reader_u64(r);
  }
  return !r->bad;
}

static bool get_duties(edi_arena *arena, edi_reader *r, edi_answer *a) {
  a->obligation_count = edi_record_get_count(r, 8);
  a->obligations = EDI_NEW_ARRAY(arena, __typeof__(*a->obligations), a->obligation_count);
  if (!a->obligations) return false;
  for (uint32_t i = 0; i < a->obligation_count; i++) {
    a->obligations[i].name = edi_record_get_text(r);
    a->obligations[i].rule = edi_record_get_text(r);
  }
  return !r->bad;
}

static bool get_groups(edi_arena *arena, edi_reader *r, edi_answer *a) {
  a->group_rule_count = edi_record_get_count(r, 4);
  a->group_rules = EDI_NEW_ARRAY(arena, edi_str, a->group_rule_count);
  if (!a->group_rules) return false;
  for (uint32_t i = 0; i < a->group_rule_count; i++)
    if (!reason_at(a, r, &a->group_rules[i])) return false;
  a->group_count = edi_record_get_count(r, 8);
  a->groups = EDI_NEW_ARRAY(arena, edi_plan_group, a->group_count);
  if (!a->groups) return false;
  for (uint32_t i = 0; i < a->group_count; i++) {
    a->groups[i].column = edi_reader_u32(r);
    a->groups[i].least = edi_reader_u32(r);
    if (i && a->groups[i].column <= a->groups[i - 1].column) return false;
  }
  return !r->bad;
}

#define WOULD_ALL 127u

static bool get_shadow_columns(edi_arena *arena, edi_reader *r, uint32_t **columns, uint32_t *count) {
  *count = edi_record_get_count(r, 4);
  *columns = EDI_NEW_ARRAY(arena, uint32_t, *count);
  if (!*columns) return false;
  for (uint32_t i = 0; i < *count; i++) {
    (*columns)[i] = edi_reader_u32(r);
    if (i && (*columns)[i] <= (*columns)[i - 1]) return false;
  }
  return !r->bad;
}

static bool get_shadows(edi_arena *arena, edi_reader *r, edi_answer *a) {
  a->shadow_count = edi_record_get_count(r, 10);
  a->shadows = EDI_NEW_ARRAY(arena, __typeof__(*a->shadows), a->shadow_count);
  if (!a->shadows) return false;
  for (uint32_t i = 0; i < a->shadow_count; i++) {
    a->shadows[i].rule = edi_record_get_text(r);
    if (!get_truth(r, &a->shadows[i].holds)) return false;
    a->shadows[i].would = edi_reader_u8(r);
    if (a->shadows[i].would == 0 || a->shadows[i].would > WOULD_ALL) return false;
    if (!get_shadow_columns(arena, r, &a->shadows[i].columns, &a->shadows[i].column_count)) return false;
    if ((a->shadows[i].column_count > 0) != ((a->shadows[i].would & EDI_WOULD_MASK) != 0)) return false;
  }
  return !r->bad;
}

bool edi_answer_decode(edi_arena *arena, edi_str bytes, edi_answer *answer) {
  edi_reader r = edi_record_reader(bytes);
  uint8_t effect = edi_reader_u8(&r);
  memset(answer, 0, sizeof *answer);
  answer->effect = (edict_effect)effect;
  answer->valid_until = (int64_t)edi_reader_u64(&r);
  return effect <= EDICT_PERMIT && get_reasons(arena, &r, answer) &&
         get_columns(arena, &r, answer) && get_rows(arena, &r, answer) &&
         get_retentions(arena, &r, answer) && get_groups(arena, &r, answer) &&
         get_duties(arena, &r, answer) && get_shadows(arena, &r, answer) && edi_record_ended(&r) &&
         (effect == EDICT_PERMIT ||
          answer->column_count + answer->row_rule_count + answer->retention_count +
                  answer->group_rule_count + answer->group_count ==
              0);
}

/* ---- the record ---- */

static edi_str node_name(const edi_plan *plan, edi_value v) {
  return v.base ? edi_vocabulary_name(plan->vocabulary, (uint32_t)v.as.integer) : (edi_str){0};
}

void edi_record_describe(const edict_decision *decision, edi_record *record) {
  const edi_plan *plan = decision->plan;
  const edi_vocabulary *v = plan->vocabulary;
  bool permit = plan->effect == EDICT_PERMIT, development = decision->product->engine->development;
  bool resource = plan->dataset->thing != EDI_THING_DATASET;
  *record = (edi_record){.version = EDI_RECORD_VERSION,
                         .semantics = EDI_SEMANTICS,
                         .flags = (permit ? EDI_RECORD_PERMIT : 0) |
                                  (development ? EDI_RECORD_DEVELOPMENT : 0) | (resource ? EDI_RECORD_RESOURCE : 0),
                         .now = plan->now,
                         .product = decision->product->bound.name,
                         .dataset = plan->dataset->name,
                         .action = node_name(plan, plan->context[v->slot_action]),
                         .purpose = node_name(plan, plan->context[v->slot_purpose])};
}

void edi_record_encode(const edi_record *record, edi_buf *b) {
  uint8_t pointer[EDI_SEAL_POINTER_BYTES];
  edi_seal_pointer_encode(&record->payload, pointer);
  edi_buf_u16(b, record->version);
  edi_buf_u16(b, record->semantics);
  edi_buf_u32(b, record->flags);
  edi_buf_u64(b, (uint64_t)record->now);
  edi_buf_u64(b, record->bundles);
  edi_buf_append(b, record->set, sizeof record->set);
  edi_buf_append(b, record->commitment, sizeof record->commitment);
  edi_buf_append(b, pointer, sizeof pointer);
  edi_record_put_text(b, record->product);
  edi_record_put_text(b, record->dataset);
  edi_record_put_text(b, record->action);
  edi_record_put_text(b, record->purpose);
  edi_record_put_text(b, record->answer);
  edi_buf_zeros(b, (256 - b->len % 256) % 256); /* lengths tell little */
}

static bool only_padding(edi_reader *r) {
  if (r->bad || r->len % 256 != 0 || r->len - r->at >= 256) return false;
  while (r->at < r->len)
    if (edi_reader_u8(r) != 0) return false;
  return true;
}

static void get_head(edi_reader *r, edi_record *record) {
  record->version = edi_reader_u16(r);
  record->semantics = edi_reader_u16(r);
  record->flags = edi_reader_u32(r);
  record->now = (int64_t)edi_reader_u64(r);
  record->bundles = edi_reader_u64(r);
}

/* What stands in clear may not say otherwise than the answer. */
static bool head_fits(const edi_record *record) {
  const uint32_t known = EDI_RECORD_PERMIT | EDI_RECORD_DEVELOPMENT | EDI_RECORD_RESOURCE;
  return record->version == EDI_RECORD_VERSION && (record->flags & ~known) == 0 &&
         record->answer.len > 0 &&
         (unsigned char)record->answer.ptr[0] == (record->flags & EDI_RECORD_PERMIT);
}

bool edi_record_decode(edi_str bytes, edi_record *record) {
  edi_reader r = edi_record_reader(bytes);
  memset(record, 0, sizeof *record);
  get_head(&r, record);
  edi_str set = edi_reader_bytes(&r, sizeof record->set);
  edi_str commitment = edi_reader_bytes(&r, sizeof record->commitment);
  edi_str pointer = edi_reader_bytes(&r, EDI_SEAL_POINTER_BYTES);
  if (r.bad) return false;
  memcpy(record->set, set.ptr, set.len);
  memcpy(record->commitment, commitment.ptr, commitment.len);
  if (!edi_seal_pointer_decode((const uint8_t *)pointer.ptr, &record->payload)) return false;
  record->product = edi_record_get_text(&r);
  record->dataset = edi_record_get_text(&r);
  record->action = edi_record_get_text(&r);
  record->purpose = edi_record_get_text(&r);
  record->answer = edi_record_get_text(&r);
  return only_padding(&r) && head_fits(record);
}
