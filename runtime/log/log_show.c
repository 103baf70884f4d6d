/* Log show: every record, refusal and step of a sweep as one JSON object a line, in the form of docs/log-records.md; with the sealed
 * inputs for whoever has the auditor's key. It verifies nothing: edict_log_verify does. */
#include <sodium.h>

#include "log/reader.h"
#include "log/receipt_leaf.h"
#include "log/record.h"
#include "log/refusal.h"
#include "log/swept.h"

typedef struct shower {
  edi_seal_opener *opener; /* NULL: what is sealed stays so */
  int (*line)(void *user, const char *json, size_t length);
  void *user;
  edict_diagnostics *diagnostics;
  edict_status status;
} shower;

static void name(edi_buf *b, const char *member, edi_str value) {
  edi_buf_format(b, ",\"%s\":", member);
  if (value.len) edi_json_string(b, value);
  else edi_buf_text(b, "null");
}

static void moment(edi_buf *b, const char *member, int64_t t) {
  edi_buf_format(b, ",\"%s\":\"", member);
  edi_timestamp_format(b, t);
  edi_buf_char(b, '"');
}

static const char *truth_word(edi_truth t) {
  return t == EDI_YES ? "yes" : t == EDI_NO ? "no" : "unknown";
}

static void show_shadows(edi_buf *b, const edi_answer *a) {
  static const struct { unsigned bit; const char *word; } words[] = {
#define WOULD(NAME, bit, word) {bit, word},
      EDI_WOULDS(WOULD)
#undef WOULD
  };
  edi_buf_text(b, ",\"shadow\":[");
  for (uint32_t i = 0; i < a->shadow_count; i++) {
    bool more = false;
    edi_buf_text(b, i ? ",{\"rule\":" : "{\"rule\":");
    edi_json_string(b, a->shadows[i].rule);
    edi_buf_format(b, ",\"holds\":\"%s\",\"would\":[", truth_word(a->shadows[i].holds));
    for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
      if (!(a->shadows[i].would & words[w].bit)) continue;
      edi_buf_format(b, more ? ",\"%s\"" : "\"%s\"", words[w].word);
      more = true;
    }
    edi_buf_text(b, "],\"columns\":[");
    for (uint32_t c = 0; c < a->shadows[i].column_count; c++)
      edi_buf_format(b, c ? ",%u" : "%u", a->shadows[i].columns[c]);
    edi_buf_text(b, "]}");
  }
  edi_buf_char(b, ']');
}

static void show_answer(edi_buf *b, const edi_answer *a) {
  moment(b, "valid_until", a->valid_until);
  edi_buf_text(b, ",\"reasons\":[");
  for (uint32_t i = 0; i < a->reason_count; i++) {
    edi_buf_text(b, i ? ",{\"rule\":" : "{\"rule\":");
    edi_json_string(b, a->reasons[i].name);
    edi_buf_format(b, ",\"holds\":\"%s\",\"unmet\":%s}", truth_word(a->reasons[i].holds),
                   a->reasons[i].unmet ? "true" : "false");
  }
  edi_buf_text(b, "],\"columns\":[");
  for (uint32_t i = 0; i < a->column_count; i++) {
    const char *mask =
        a->columns[i].varies ? "varies" : edi_transform_name(a->columns[i].transform);
    edi_buf_format(b, "%s{\"column\":%u,\"mask\":\"%s\",\"args\":", i ? "," : "",
                   a->columns[i].column, mask);
    edi_json_string(b, a->columns[i].arguments);
    edi_buf_char(b, '}');
  }
  edi_buf_text(b, "],\"rows\":[");
  for (uint32_t i = 0; i < a->row_rule_count; i++) {
    if (i) edi_buf_char(b, ',');
    edi_json_string(b, a->row_rules[i]);
  }
  edi_buf_text(b, "],\"retention\":[");
  for (uint32_t i = 0; i < a->retention_count; i++) {
    edi_buf_text(b, i ? ",{\"rule\":" : "{\"rule\":");
    edi_json_string(b, a->retentions[i].rule);
    edi_buf_format(b, ",\"holds\":\"%s\"", truth_word(a->retentions[i].holds));
    if (a->retentions[i].cutoff == EDI_TIMESTAMP_MIN) edi_buf_text(b, ",\"cutoff\":null");
    else moment(b, "cutoff", a->retentions[i].cutoff);
    edi_buf_char(b, '}');
  }
  edi_buf_text(b, "],\"groups\":[");
  for (uint32_t i = 0; i < a->group_count; i++) {
    edi_buf_text(b, i ? ",{\"column\":" : "{\"column\":");
    if (a->groups[i].column == EDI_NONE) edi_buf_text(b, "null");
    else edi_buf_format(b, "%u", a->groups[i].column);
    edi_buf_format(b, ",\"least\":%u}", a->groups[i].least);
  }
  edi_buf_text(b, "],\"obligations\":[");
  for (uint32_t i = 0; i < a->obligation_count; i++) {
    edi_buf_text(b, i ? ",{\"name\":" : "{\"name\":");
    edi_json_string(b, a->obligations[i].name);
    edi_buf_text(b, ",\"rule\":");
    edi_json_string(b, a->obligations[i].rule);
    edi_buf_char(b, '}');
  }
  edi_buf_char(b, ']');
  show_shadows(b, a);
}

/* What is sealed, for whoever can open it; null where it is not open, and where it does not belong to the
 * record. */
static void show_sealed(shower *s, const edi_record *record, edi_buf *b) {
  edi_buf inputs;
  unsigned char commitment[32];
  edi_buf_init(&inputs, NULL, EDI_SEAL_PAYLOAD_MOST);
  edict_status status = s->opener
                            ? edi_seal_open(s->opener, &record->payload, &inputs, s->diagnostics)
                            : EDICT_NOT_FOUND;
  edi_str bytes = {inputs.ptr, inputs.len};
  bool fits = status == EDICT_OK && bytes.len > EDI_RECORD_RANDOM;
  if (fits) edi_record_commit(bytes, commitment);
  edi_buf_char(b, ',');
  if (!fits || memcmp(commitment, record->commitment, sizeof commitment) != 0 ||
      !edi_inputs_show(bytes, b))
    edi_buf_text(b, "\"subject\":null,\"request\":null,\"meets\":null,\"arguments\":null");
  if (inputs.ptr) sodium_memzero(inputs.ptr, inputs.cap);
  edi_buf_fini(&inputs);
}

static void show_record(shower *s, const edi_record *record, edi_buf *b) {
  edi_arena arena;
  edi_answer answer;
  edi_arena_init(&arena, NULL, (size_t)1 << 22);
  moment(b, "time", record->now);
  edi_buf_format(b, ",\"decision\":\"%s\",\"development\":%s",
                 record->flags & EDI_RECORD_PERMIT ? "permit" : "deny",
                 record->flags & EDI_RECORD_DEVELOPMENT ? "true" : "false");
  name(b, "product", record->product);
  bool resource = record->flags & EDI_RECORD_RESOURCE;
  name(b, "dataset", resource ? (edi_str){0} : record->dataset);
  name(b, "resource", resource ? record->dataset : (edi_str){0});
  name(b, "action", record->action);
  name(b, "purpose", record->purpose);
  if (edi_answer_decode(&arena, record->answer, &answer)) show_answer(b, &answer);
  else edi_buf_text(b, ",\"damaged\":true");
  edi_buf_format(b, ",\"bundles\":%llu,\"set\":\"blake2b:", (unsigned long long)record->bundles);
  edi_hex_append(b, record->set, sizeof record->set);
  edi_buf_char(b, '"');
  show_sealed(s, record, b);
  edi_arena_fini(&arena);
}

/* With the pseudonyms of the rows that were erased, for whoever can open them. */
static void show_step(shower *s, const edi_swept *step, edi_buf *b) {
  edi_buf sealed;
  edi_buf_init(&sealed, NULL, EDI_SEAL_PAYLOAD_MOST);
  bool opened = s->opener && step->payload.offset && edi_seal_open(s->opener, &step->payload, &sealed, s->diagnostics) == EDICT_OK;
  edi_swept_show(step, opened ? (edi_str){sealed.ptr, sealed.len} : (edi_str){0}, b);
  if (sealed.ptr) sodium_memzero(sealed.ptr, sealed.cap);
  edi_buf_fini(&sealed);
}

static bool show_leaf(void *user, const edi_log_leaf *leaf) {
  shower *s = user;
  edi_record record;
  edi_refusal refusal;
  edi_swept step;
  edi_receipt_leaf receipt;
  edi_str bytes = {(const char *)leaf->payload, leaf->length};
  bool decided = leaf->type == EDI_FRAME_RECORD, refused = leaf->type == EDI_FRAME_REFUSAL, swept = leaf->type == EDI_FRAME_SWEEP;
  bool received = leaf->type == EDI_FRAME_RECEIPT;
  if (!decided && !refused && !swept && !received) return true;
  edi_buf b;
  edi_buf_init(&b, NULL, 16 * 1024 * 1024);
  edi_buf_format(&b, "{\"index\":%llu", (unsigned long long)leaf->index);
  if (refused && edi_refusal_decode(bytes, &refusal)) edi_refusal_show(&refusal, &b);
  else if (received && edi_receipt_leaf_decode(bytes, &receipt)) edi_receipt_leaf_show(&receipt, &b);
  else if (swept && edi_swept_decode(bytes, &step)) show_step(s, &step, &b);
  else if (decided && edi_record_decode(bytes, &record)) show_record(s, &record, &b);
  else edi_buf_text(&b, ",\"damaged\":true");
  edi_buf_text(&b, "}\n");
  s->status = b.failed;
  bool go_on = b.failed == EDICT_OK && s->line(s->user, b.ptr, b.len) == 0;
  edi_buf_fini(&b);
  return go_on;
}

edict_status edict_log_show(const char *directory, const unsigned char *auditor_secret,
                            int (*line)(void *user, const char *json, size_t length), void *user,
                            edict_diagnostics *diagnostics) {
  if (!directory || !line) return EDICT_ARGUMENT;
  shower s = {.line = line, .user = user, .diagnostics = diagnostics};
  edict_status status = EDICT_OK;
  if (auditor_secret)
    status = edi_seal_opener_create(&edi_system_posix, directory, auditor_secret, NULL, &s.opener,
                                    diagnostics);
  edi_log_visitor visitor = {.user = &s, .leaf = show_leaf};
  edi_log_summary summary;
  if (status == EDICT_OK)
    status = edi_log_read(&edi_system_posix, directory, &visitor, &summary, diagnostics);
  edi_seal_opener_destroy(&s.opener);
  return status != EDICT_OK ? status : s.status;
}
