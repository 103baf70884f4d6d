/* Record doors: see the header. */
#include "support/record_door.h"

#include <stdlib.h>

#include "log/refusal.h"
#include "log/receipt_leaf.h"
#include "log/swept.h"
#include "log/record.h"
#include "support/mesh.h"

static const char yaml[] =
    "edict: 1\nname: eu.example\nlayer: federal\nversion: 1\ncreated: 2026-01-01T00:00:00Z\n"
    "expires: 2030-01-01T00:00:00Z\nrules: [ a.edict ]\n";
static const char vocabulary[] = "module federal.vocabulary\n"
                                 "taxonomy purpose { support }\n"
                                 "taxonomy role { analyst dpo }\n"
                                 "taxonomy region { eu { de fr } us }\n"
                                 "taxonomy tag { person.id: id<person> }\n"
                                 "levels grade { low < high }\n"
                                 "attributes subject { regions: set<region> grade?: grade age?: "
                                 "int name?: string score?: decimal\n"
                                 "  member?: date seen?: timestamp vip?: bool home?: ip person?: "
                                 "id<person> nicks?: set<string> }\n"
                                 "issuer host\n";

/* Made once and kept. */
static const edi_vocabulary *fixed_vocabulary(void) {
  static mesh m;
  if (!m.engine) {
    const mesh_file files[] = {{"edict.yaml", yaml}, {"a.edict", vocabulary}};
    mesh_init(&m);
    mesh_add(&m, files, 2);
    if (mesh_engine(&m, NULL) != EDICT_OK) abort();
  }
  return &m.engine->vocabulary;
}

static void must(bool holds) {
  if (!holds) abort();
}

static bool take_record(edi_str bytes) {
  edi_record r;
  edi_buf again;
  if (!edi_record_decode(bytes, &r)) return false;
  edi_buf_init(&again, NULL, bytes.len + 256);
  edi_record_encode(&r, &again);
  must(edi_str_equal((edi_str){again.ptr, again.len}, bytes));
  edi_buf_fini(&again);
  return true;
}

static bool take_answer(edi_arena *arena, edi_str bytes) {
  edi_answer a;
  size_t texts = 0;
  if (!edi_answer_decode(arena, bytes, &a)) return false;
  for (uint32_t i = 0; i < a.reason_count; i++) texts += a.reasons[i].name.len;
  for (uint32_t i = 0; i < a.column_count; i++) texts += a.columns[i].arguments.len;
  must(texts <= bytes.len);
  for (uint32_t i = 0; i < a.row_rule_count; i++) must(a.row_rules[i].len <= texts);
  for (uint32_t i = 0; i < a.retention_count; i++) must(a.retentions[i].rule.len <= texts);
  return true;
}

static bool take_refusal(edi_str bytes) {
  edi_refusal r;
  edi_buf again, shown;
  if (!edi_refusal_decode(bytes, &r)) return false;
  edi_buf_init(&again, NULL, bytes.len + 256);
  edi_buf_init(&shown, NULL, bytes.len * 8 + 4096);
  edi_refusal_encode(&r, &again);
  edi_refusal_show(&r, &shown);
  must(edi_str_equal((edi_str){again.ptr, again.len}, bytes));
  must(shown.failed == EDICT_OK && edi_utf8_valid((edi_str){shown.ptr, shown.len}));
  edi_buf_fini(&again);
  edi_buf_fini(&shown);
  return true;
}

static void show_swept(const edi_swept *s, edi_str sealed, size_t length) {
  edi_buf shown;
  edi_buf_init(&shown, NULL, length * 8 + 4096);
  edi_swept_show(s, sealed, &shown);
  must(shown.failed == EDICT_OK && edi_utf8_valid((edi_str){shown.ptr, shown.len}));
  edi_buf_fini(&shown);
}

static bool take_receipt(edi_str bytes) {
  edi_receipt_leaf r;
  edi_buf again, shown;
  if (!edi_receipt_leaf_decode(bytes, &r)) return false;
  edi_buf_init(&again, NULL, bytes.len + 256);
  edi_buf_init(&shown, NULL, bytes.len * 12 + 4096);
  edi_receipt_leaf_encode(&r, &again);
  edi_receipt_leaf_show(&r, &shown);
  must(edi_str_equal((edi_str){again.ptr, again.len}, bytes));
  must(shown.failed == EDICT_OK && edi_utf8_valid((edi_str){shown.ptr, shown.len}));
  edi_buf_fini(&again);
  edi_buf_fini(&shown);
  return true;
}

static bool take_swept(edi_str bytes) {
  edi_swept s;
  edi_buf again;
  if (!edi_swept_decode(bytes, &s)) return false;
  edi_buf_init(&again, NULL, bytes.len + 256);
  edi_swept_encode(&s, &again);
  must(edi_str_equal((edi_str){again.ptr, again.len}, bytes));
  edi_buf_fini(&again);
  show_swept(&s, (edi_str){0}, bytes.len);
  return true;
}

static bool take_note(edi_str bytes) {
  edi_swept s;
  edi_str sealed;
  edi_buf again, leaf;
  if (!edi_swept_note_decode(bytes, &s, &sealed)) return false;
  edi_buf_init(&again, NULL, bytes.len + 256);
  edi_buf_init(&leaf, NULL, bytes.len + 256);
  edi_swept_encode(&s, &leaf);
  edi_record_put_text(&again, (edi_str){leaf.ptr, leaf.len});
  edi_buf_str(&again, sealed);
  must(edi_str_equal((edi_str){again.ptr, again.len}, bytes));
  edi_buf_fini(&again);
  edi_buf_fini(&leaf);
  show_swept(&s, sealed, bytes.len);
  return true;
}

static void walk_value(edi_value v) {
  for (uint32_t i = 1; v.set && i < v.length; i++)
    must(edi_value_compare(v.as.members[i - 1], v.as.members[i]) < 0);
}

static bool take_inputs(edi_arena *arena, edi_str bytes) {
  edi_inputs in;
  edi_buf shown;
  const edi_vocabulary *v = fixed_vocabulary();
  edi_buf_init(&shown, NULL, bytes.len * 8 + 4096);
  bool decoded = edi_inputs_decode(arena, v, bytes, &in), readable = edi_inputs_show(bytes, &shown);
  /* What is no text of this federation may still be shown; what is decoded can be. */
  must(!decoded || readable);
  must(readable || shown.len == 0);
  must(!readable || edi_utf8_valid((edi_str){shown.ptr, shown.len}));
  for (uint32_t slot = 0; decoded && slot < v->subject_slots; slot++)
    walk_value(in.subject.attrs[slot]);
  edi_buf_fini(&shown);
  return decoded;
}

edict_status record_door(const char *name, const char *bytes, size_t length,
                         edict_diagnostics *findings) {
  (void)findings; /* these doors say yes or no: whoever knocks knows which leaf it is */
  edi_arena arena;
  edi_str text = {bytes, length};
  edi_arena_init(&arena, NULL, (size_t)64 << 20);
  bool taken = strncmp(name, "record-", 7) == 0   ? take_record(text)
               : strncmp(name, "answer-", 7) == 0 ? take_answer(&arena, text)
               : strncmp(name, "refusal-", 8) == 0 ? take_refusal(text)
               : strncmp(name, "receipt-", 8) == 0 ? take_receipt(text)
               : strncmp(name, "swept-", 6) == 0   ? take_swept(text)
               : strncmp(name, "note-", 5) == 0    ? take_note(text)
                                                  : take_inputs(&arena, text);
  edi_arena_fini(&arena);
  return taken ? EDICT_OK : EDICT_FORMAT;
}
