/* Hostile bundles, programs and table data: every file of three folders is refused for its reason.
 *
 * The files are made here: with HOSTILE_UPDATE=1 in the environment they are written again, with
 * their expected.tsv. A change of a format changes them all; read what changed before committing
 * it. */
#include "harness.h"

#include "base/calendar.h"
#include "bundle/note.h"
#include "bundle/packing.h"
#include "bundle/tablefile.h"
#include "support/bundle_door.h"
#include "support/hostile.h"
#include "support/sample_program.h"

typedef struct input {
  const char *file, *code;
  void (*make)(edi_buf *into);
  const char *why;
} input;

static edi_arena arena;

static void put(edi_buf *into, const char *bytes, size_t length) {
  edi_buf_init(into, NULL, (size_t)1 << 24);
  edi_buf_append(into, bytes, length);
}

/* ---- bundles ---- */

#define FEDERAL EDI_BUNDLE_FEDERAL, "eu.example", NULL

static void signed_by(edi_manifest m, const char *key, uint32_t number, edi_buf *into) {
  sample_bundle(&arena, &m, into);
  if (key) sample_sign(&arena, into, key, number);
}
static void good(edi_buf *into) { signed_by(sample_manifest(FEDERAL), "f", DOOR_FEDERAL, into); }
static void good_domain(edi_buf *into) {
  signed_by(sample_manifest(EDI_BUNDLE_DOMAIN, "eu.example/sales", "sales"), "d", DOOR_DOMAIN,
            into);
}
static void good_table(edi_buf *into) {
  signed_by(sample_manifest(EDI_BUNDLE_TABLE, "eu.example/holds", "federal.vocabulary.holds"), "f",
            DOOR_FEDERAL, into);
}
static void b_empty(edi_buf *into) { put(into, "", 0); }
static void b_text(edi_buf *into) { put(into, "module federal.privacy\n", 23); }
static void b_header_only(edi_buf *into) {
  good(into);
  into->len = 64;
}
static void b_magic(edi_buf *into) { good(into), into->ptr[7] = 'X'; }
static void b_format(edi_buf *into) { good(into), into->ptr[8] = 2; }
static void b_reserved(edi_buf *into) { good(into), into->ptr[40] = 1; }
static void b_truncated(edi_buf *into) {
  good(into);
  into->len -= 100;
  edi_put64(into->ptr + 24, into->len);
}
static void b_longer(edi_buf *into) {
  good(into);
  edi_buf_zeros(into, 64);
  edi_put64(into->ptr + 24, into->len);
}
static void b_length(edi_buf *into) { good(into), edi_put64(into->ptr + 24, UINT64_MAX); }
static void b_manifest_beyond(edi_buf *into) { good(into), edi_put32(into->ptr + 12, 1024 * 1024); }
static void b_manifest_huge(edi_buf *into) { good(into), edi_put32(into->ptr + 12, UINT32_MAX); }
static void b_signatures_huge(edi_buf *into) { good(into), edi_put32(into->ptr + 16, UINT32_MAX); }
static void b_manifest_empty(edi_buf *into) { good(into), edi_put32(into->ptr + 12, 0); }
static void b_blank(edi_buf *into) { good(into), into->ptr[64 + edi_get32(into->ptr + 12)] = ' '; }
static void b_padding(edi_buf *into) {
  edi_bundle bundle;
  good(into);
  if (edi_bundle_open(&arena, into->ptr, into->len, &bundle, NULL) == EDICT_OK)
    into->ptr[bundle.files[0].bytes.ptr + bundle.files[0].bytes.len - into->ptr] = 1;
}
/* One bit of a file that lies in it. */
static void damage(edi_buf *into, const char *name) {
  edi_bundle b;
  if (edi_bundle_open(&arena, into->ptr, into->len, &b, NULL) != EDICT_OK) abort();
  into->ptr[edi_bundle_find(&b, name).ptr - into->ptr] ^= 1;
}
static void b_file_byte(edi_buf *into) { good(into), damage(into, "program"); }
static void b_table_byte(edi_buf *into) { good_table(into), damage(into, "table"); }
static void b_source_byte(edi_buf *into) { good(into), damage(into, "rules/privacy.edict"); }
static void b_source_and_file(edi_buf *into) { b_file_byte(into), into->ptr[into->len - 2] ^= 1; }
static void b_unsigned(edi_buf *into) { signed_by(sample_manifest(FEDERAL), NULL, 0, into); }
static void b_unknown_key(edi_buf *into) { signed_by(sample_manifest(FEDERAL), "f", 77, into); }
static void b_domain_key(edi_buf *into) {
  signed_by(sample_manifest(FEDERAL), "d", DOOR_DOMAIN, into);
}
static void b_log_key(edi_buf *into) { signed_by(sample_manifest(FEDERAL), "l", DOOR_LOG, into); }
static void b_other_domain(edi_buf *into) {
  signed_by(sample_manifest(EDI_BUNDLE_DOMAIN, "eu.example/sales", "hr"), "d", DOOR_DOMAIN, into);
}
static void b_other_table(edi_buf *into) {
  signed_by(sample_manifest(EDI_BUNDLE_TABLE, "eu.example/sales/x", "federal.vocabulary.holds"),
            "d", DOOR_DOMAIN, into);
}
static void b_bad_signature(edi_buf *into) {
  good(into);
  sample_sign(&arena, into, "x", 78);
  uint32_t text = edi_get32(into->ptr + 12);
  char *at = into->ptr + 64 + text + 1 + 40; /* within the first line's base64 */
  *at = *at == 'A' ? 'B' : 'A';
}
static void b_not_base64(edi_buf *into) {
  good(into);
  into->ptr[64 + edi_get32(into->ptr + 12) + 1 + 40] = '!';
}
static void b_two_blanks(edi_buf *into) {
  good(into);
  sample_sign(&arena, into, "x", 78);
  uint32_t text = edi_get32(into->ptr + 12), signatures = edi_get32(into->ptr + 16);
  into->ptr[64 + text + 1 + (signatures - 1) / 2 - 2] = '\n'; /* before the first line's end */
}
static void b_expired(edi_buf *into) {
  edi_manifest m = sample_manifest(FEDERAL);
  m.expires = m.created + SAMPLE_DAY;
  signed_by(m, "f", DOOR_FEDERAL, into);
}
static void b_not_yet(edi_buf *into) {
  edi_manifest m = sample_manifest(FEDERAL);
  m.not_before += 2 * SAMPLE_DAY;
  signed_by(m, "f", DOOR_FEDERAL, into);
}
static void b_semantics(edi_buf *into) {
  edi_manifest m = sample_manifest(FEDERAL);
  m.semantics = 2;
  signed_by(m, "f", DOOR_FEDERAL, into);
}
static void b_cost(edi_buf *into) {
  edi_manifest m = sample_manifest(FEDERAL);
  m.cost = 1;
  signed_by(m, "f", DOOR_FEDERAL, into);
}

/* A bundle whose manifest is this text, signed, with one file behind it; digests as the text
 * says. */
static void raw(edi_buf *into, const char *manifest, edi_str file) {
  unsigned char secret[64];
  edi_buf note;
  sample_key(DOOR_FEDERAL, secret);
  edi_buf_init(&note, NULL, (size_t)1 << 22);
  edi_str text = edi_str_from(manifest);
  edi_note_begin(&note, text);
  if (edi_note_sign(&note, text, EDI_STR("f"), secret) != EDICT_OK) abort();
  edi_buf_init(into, NULL, (size_t)1 << 24);
  edi_buf_text(into, "EDICTBDL");
  edi_buf_u32(into, 1);
  edi_buf_u32(into, (uint32_t)text.len);
  edi_buf_u32(into, (uint32_t)(note.len - text.len));
  edi_buf_u32(into, 0);
  edi_buf_u64(into, 0);
  edi_buf_zeros(into, 32);
  edi_buf_append(into, note.ptr, note.len);
  edi_buf_zeros(into, (64 - into->len % 64) % 64);
  edi_buf_str(into, file);
  edi_put64(into->ptr + 24, into->len);
  edi_buf_fini(&note);
}
#define EMPTY_DIGEST "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"
#define HEAD(version)                                                                         \
  "edict-bundle/v1\nname eu.example\nlayer federal\nversion " version                         \
  "\nprev -\ncreated 2026-11-20T00:00:00Z\n"                                                  \
  "not-before 2026-11-20T00:00:00Z\nexpires 2027-11-20T00:00:00Z\non-expiry deny\nsemantics " \
  "1\nformat 1\ncost 1\nparent -\n"
#define FILE_LINE(name) "file 0 " EMPTY_DIGEST " " name "\n"
static void b_no_program(edi_buf *into) {
  raw(into, HEAD("1") FILE_LINE("rules"), (edi_str){"", 0});
}
static void b_both(edi_buf *into) {
  raw(into, HEAD("1") FILE_LINE("program") FILE_LINE("table"), (edi_str){"", 0});
}
static void b_empty_program(edi_buf *into) {
  raw(into, HEAD("1") FILE_LINE("program"), (edi_str){"", 0});
}
static void b_twice(edi_buf *into) {
  raw(into, HEAD("1") FILE_LINE("program") FILE_LINE("program"), (edi_str){"", 0});
}
static void b_unsorted(edi_buf *into) {
  raw(into, HEAD("1") FILE_LINE("program") FILE_LINE("a"), (edi_str){"", 0});
}
static void b_traversal(edi_buf *into) {
  raw(into, HEAD("1") FILE_LINE("../../etc/passwd") FILE_LINE("program"), (edi_str){"", 0});
}
static void b_absolute(edi_buf *into) {
  raw(into, HEAD("1") FILE_LINE("/etc/passwd") FILE_LINE("program"), (edi_str){"", 0});
}
static void b_huge_file(edi_buf *into) {
  raw(into, HEAD("1") "file 18446744073709551615 " EMPTY_DIGEST " program\n", (edi_str){"", 0});
}
static void b_beyond(edi_buf *into) {
  raw(into, HEAD("1") "file 4096 " EMPTY_DIGEST " program\n", (edi_str){"", 0});
}
static void b_leading_zero(edi_buf *into) {
  raw(into, HEAD("01") FILE_LINE("program"), (edi_str){"", 0});
}
static void b_version_zero(edi_buf *into) {
  raw(into, HEAD("0") FILE_LINE("program"), (edi_str){"", 0});
}
static void b_two_lines(edi_buf *into) {
  raw(into, HEAD("1\nversion 2") FILE_LINE("program"), (edi_str){"", 0});
}
static void b_wrong_program(edi_buf *into) {
  edi_buf program;
  edi_manifest m = sample_manifest(FEDERAL);
  sample_bytes(sample_domain(&arena), &program);
  sample_pack(&program);
  edi_bundle_file file = {EDI_STR("program"), {program.ptr, program.len}};
  edi_buf_init(into, NULL, (size_t)1 << 24);
  if (edi_bundle_write(&arena, &m, &file, 1, into, NULL) != EDICT_OK) abort();
  sample_sign(&arena, into, "f", DOOR_FEDERAL);
  edi_buf_fini(&program);
}

static const input bundles[] = {
    {"good-federal.edb", "OK", good, "a bundle that holds, for mutations to begin with"},
    {"good-domain.edb", "OK", good_domain, "the same of a domain"},
    {"good-table.edb", "OK", good_table, "the same of a table"},
    {"empty.edb", "R0100", b_empty, "no bytes at all"},
    {"text.edb", "R0100", b_text, "a rule file"},
    {"header-only.edb", "R0101", b_header_only, "a header and nothing that it announces"},
    {"magic.edb", "R0100", b_magic, "another magic"},
    {"format.edb", "R0100", b_format, "a format to come"},
    {"reserved.edb", "R0101", b_reserved, "something where nothing may be"},
    {"truncated.edb", "R0101", b_truncated, "cut short, and the header agrees"},
    {"longer.edb", "R0101", b_longer, "bytes behind the last file, and the header agrees"},
    {"length.edb", "R0101", b_length, "a length of 64 ones"},
    {"manifest-beyond.edb", "R0101", b_manifest_beyond, "a manifest that reaches beyond the end"},
    {"manifest-huge.edb", "R0106", b_manifest_huge, "a manifest of 4 GiB"},
    {"manifest-empty.edb", "R0101", b_manifest_empty, "no manifest"},
    {"signatures-huge.edb", "R0106", b_signatures_huge, "signatures of 4 GiB"},
    {"no-blank-line.edb", "R0101", b_blank, "no blank line before the signatures"},
    {"padding.edb", "R0101", b_padding, "a byte hidden in padding"},
    {"file-byte.edb", "R0104", b_file_byte, "one bit of a signed program"},
    {"table-byte.edb", "R0104", b_table_byte, "one bit of a signed table"},
    {"source-byte.edb", "R0155", b_source_byte, "one bit of a signed source, by which nothing is decided"},
    {"source-and-file.edb", "R0104", b_source_and_file, "one bit of a source and one of what decides, which counts for more"},
    {"unsigned.edb", "R0210", b_unsigned, "no signature"},
    {"unknown-key.edb", "R0212", b_unknown_key, "another key under a trusted name"},
    {"bad-signature.edb", "R0212", b_bad_signature, "a trusted key's signature of something else"},
    {"not-base64.edb", "R0211", b_not_base64, "a signature that is not base64"},
    {"two-blank-lines.edb", "R0211", b_two_blanks,
     "a blank line among the signatures, which would move the text's end"},
    {"domain-signs-federal.edb", "R0213", b_domain_key, "a domain that speaks for the federation"},
    {"log-signs-federal.edb", "R0213", b_log_key, "a log's key under rules"},
    {"other-domain.edb", "R0213", b_other_domain, "a domain that speaks for another"},
    {"federal-table.edb", "R0213", b_other_table, "a domain that fills a federal table"},
    {"expired.edb", "R0215", b_expired, "valid until this morning"},
    {"not-yet.edb", "R0214", b_not_yet, "valid from tomorrow"},
    {"semantics.edb", "R0216", b_semantics, "rules of a language to come"},
    {"cost.edb", "R0107", b_cost, "a cost that the program exceeds"},
    {"wrong-program.edb", "R0107", b_wrong_program, "a domain's program in the federal bundle"},
    {"no-program.edb", "R0105", b_no_program, "a bundle of rules without rules"},
    {"both.edb", "R0105", b_both, "a program and a table"},
    {"empty-program.edb", "R0110", b_empty_program, "a program of no bytes"},
    {"file-twice.edb", "R0103", b_twice, "one name for two files"},
    {"unsorted.edb", "R0103", b_unsorted, "files out of order"},
    {"traversal.edb", "R0103", b_traversal, "a name that climbs out of its folder"},
    {"absolute.edb", "R0103", b_absolute, "a name from the root"},
    {"huge-file.edb", "R0103", b_huge_file, "a size that overflows when it is added"},
    {"file-beyond.edb", "R0101", b_beyond, "a file that reaches beyond the end"},
    {"leading-zero.edb", "R0102", b_leading_zero, "a second way to write a number"},
    {"version-zero.edb", "R0102", b_version_zero, "a version below all"},
    {"two-versions.edb", "R0102", b_two_lines, "a line that stands twice"},
};

/* ---- programs: one field of the sample ---- */

static void set(edi_buf *into, unsigned section, uint32_t record, size_t size, size_t field,
                uint32_t value) {
  sample_bytes(sample_federal(&arena), into);
  edi_put32(into->ptr + sample_offset(into->ptr, section, record, size, field), value);
}
#define SET(SECTION, type, record, field, value) \
  set(into, EDI_SECTION_##SECTION, record, sizeof(type), offsetof(type, field), value)
#define SET_INSTR(record, op, dst, a, b, imm)                                                 \
  do {                                                                                        \
    sample_bytes(sample_federal(&arena), into);                                               \
    edi_instr instr = {op, dst, a, b, imm};                                                   \
    memcpy(into->ptr + sample_offset(into->ptr, EDI_SECTION_INSTRS, record, sizeof instr, 0), \
           &instr, sizeof instr);                                                             \
  } while (0)
static void p_good(edi_buf *into) { sample_bytes(sample_federal(&arena), into); }
static void p_domain(edi_buf *into) { sample_bytes(sample_domain(&arena), into); }
static void p_least(edi_buf *into) { sample_bytes(sample_empty(&arena), into); }

/* Bytes of the packed form: those of the others are records, and are packed as they are written. */
static void p_packed(edi_buf *into) { p_good(into), sample_pack(into); }
static void p_magic(edi_buf *into) { p_packed(into), into->ptr[0] = 'e'; }
static void p_old_format(edi_buf *into) { p_packed(into), into->ptr[8] = 1; }
static void p_truncated(edi_buf *into) {
  p_packed(into), into->len -= 8, edi_put64(into->ptr + 16, into->len);
}
static void p_longer(edi_buf *into) {
  p_packed(into), edi_buf_zeros(into, 8), edi_put64(into->ptr + 16, into->len);
}
/* The numbers of records; `more` is added to what the header says. */
static void p_count(edi_buf *into, size_t field, uint32_t more) {
  p_packed(into);
  edi_put32(into->ptr + field, edi_get32(into->ptr + field) + more);
}
#define COUNT(SECTION) (offsetof(edi_packed_header, counts) + 4 * (size_t)EDI_SECTION_##SECTION)
static void p_beyond(edi_buf *into) { p_count(into, COUNT(RULES), 1000000); }
static void p_unpacked_huge(edi_buf *into) { p_count(into, COUNT(INSTRS), UINT32_MAX / 2); }
static void p_more_records(edi_buf *into) { p_count(into, COUNT(KINDS), 1); }
static void p_fewer_records(edi_buf *into) { p_count(into, COUNT(KINDS), UINT32_MAX); }
static void p_more_strings(edi_buf *into) { p_count(into, COUNT(STRINGS), 1); }
static void p_more_instrs(edi_buf *into) { p_count(into, COUNT(INSTRS), 1); }
static void p_fewer_codes(edi_buf *into) { p_count(into, COUNT(CODES), UINT32_MAX); }
static void p_more_shapes(edi_buf *into) { p_count(into, offsetof(edi_packed_header, shapes), 1); }
static void p_more_shape_instrs(edi_buf *into) { p_count(into, offsetof(edi_packed_header, shape_instrs), 1); }
static void p_column_head(edi_buf *into) { p_packed(into), into->ptr[sizeof(edi_packed_header)] = 5; }
static void p_column_base(edi_buf *into) { p_packed(into), into->ptr[sizeof(edi_packed_header)] = 0x50; }
static void p_wide_column(edi_buf *into) { p_packed(into), into->ptr[sizeof(edi_packed_header)] = 4; }

static void p_shape_constant(edi_buf *into) {
  p_good(into);
  sample_pack(into);
  edi_packed_header header;
  memcpy(&header, into->ptr, sizeof header);
  unsigned char *at = (unsigned char *)into->ptr + sizeof header;
  for (unsigned c = 0; c < 5; c++) at += 1 + (*at >> 4) + (*at & 7) * header.shapes; /* the shapes are one block */
  unsigned char *op = at + 1 + (*at >> 4);
  uint32_t constant = 0;
  while (op[constant] + (*at >> 4 ? at[1] : 0) != EDI_OP_CONST) constant++;
  uint32_t block = header.shape_instrs < EDI_PACKED_BLOCK ? header.shape_instrs : EDI_PACKED_BLOCK;
  for (unsigned c = 0; c < 4; c++) at += 1 + (*at >> 4) + (*at & 7) * block;
  at[1 + (*at >> 4) + (size_t)(*at & 7) * constant] += 1;
}

/* The column of the shapes' instruction counts has one byte each behind a head and a base. */
static void p_longer_shape(edi_buf *into) { p_packed(into), into->ptr[sizeof(edi_packed_header) + 2] += 1; }
static void p_string_beyond(edi_buf *into) { SET(RULES, edi_rule, 0, because.len, UINT32_MAX); }
static void p_string_wraps(edi_buf *into) { SET(RULES, edi_rule, 0, because.off, UINT32_MAX - 4); }
static void p_parent_cycle(edi_buf *into) { SET(NODES, edi_node, 1, parent, 2); }
static void p_end_back(edi_buf *into) { SET(NODES, edi_node, 1, end, 0); }
static void p_end_beyond(edi_buf *into) { SET(NODES, edi_node, 6, end, UINT32_MAX); }
static void p_stolen_nodes(edi_buf *into) { SET(KINDS, edi_kind, 0, nodes.count, 25); }
static void p_range_wraps(edi_buf *into) { SET(KINDS, edi_kind, 0, nodes.count, UINT32_MAX); }
static void p_now_is_text(edi_buf *into) { SET(ATTRS, edi_attr, 7, type, EDI_TYPE_STRING); }
static void p_kind_of_type(edi_buf *into) {
  SET(ATTRS, edi_attr, 5, type, EDI_TYPE_MAKE(EDI_TYPE_NODE, 999) | EDI_TYPE_SET);
}
static void p_jump_back(edi_buf *into) { SET_INSTR(1, EDI_OP_JUMP_YES, 0, 0, 0, 0); }
static void p_jump_far(edi_buf *into) { SET_INSTR(1, EDI_OP_JUMP_YES, 0, 0, 0, 40); }
static void p_unknown_op(edi_buf *into) { SET_INSTR(1, 0xEE, 0, 0, 0, 0); }
static void p_unwritten(edi_buf *into) { SET_INSTR(3, EDI_OP_OR, 0, 0, 2, 0); }
static void p_int_as_bool(edi_buf *into) { SET_INSTR(10, EDI_OP_OR, 1, 1, 2, 0); }
static void p_early_return(edi_buf *into) { SET_INSTR(1, EDI_OP_RETURN, 0, 0, 0, 0); }
static void p_no_return(edi_buf *into) { SET_INSTR(12, EDI_OP_NOT, 0, 0, 0, 0); }
static void p_registers(edi_buf *into) { SET(CODES, edi_routine, 0, registers, 1); }
static void p_cheap(edi_buf *into) { SET(CODES, edi_routine, 0, cost, 1); }
static void p_reads_nothing(edi_buf *into) { SET(CODES, edi_routine, 1, reads, 0); }
static void p_target_asks_subject(edi_buf *into) { SET(RULES, edi_rule, 0, target, 1); }
static void p_other_slots(edi_buf *into) { SET(RULES, edi_rule, 4, rowslots.first, 3); }
static void p_permit_without_target(edi_buf *into) { SET(RULES, edi_rule, 0, target, EDI_NONE); }
static void p_permit_as_forbid(edi_buf *into) {
  SET(RULES, edi_rule, 4, effect, EDI_EFFECT_PERMIT);
}
static void p_hidden_flag(edi_buf *into) { SET(RULES, edi_rule, 0, flags, 0x80000000u); }
static void p_reads_hidden(edi_buf *into) { SET(RULES, edi_rule, 0, reads.count, 0); }
static void p_no_otherwise(edi_buf *into) { SET(CASES, edi_case, 7, condition, 3); }
static void p_shared_cases(edi_buf *into) { SET(ARMS, edi_arm, 1, cases.first, 0); }
static void p_mask_without_key(edi_buf *into) { SET(MASKS, edi_mask, 5, key, 99); }
static void p_regex_of_condition(edi_buf *into) { SET(MASKS, edi_mask, 4, pattern, 1); }
static void p_other_dataset(edi_buf *into) { SET(COLUMNS, edi_column, 0, dataset, 7); }
static void p_total_cost(edi_buf *into) { SET(SETTINGS, edi_settings, 0, cost, 0); }
static void p_domain_of_federal(edi_buf *into) {
  SET(SETTINGS, edi_settings, 0, layer, EDI_LAYER_DOMAIN);
}

/* ---- and of the sample whose index tells rules apart: all, about datasets, then three branches of actions ---- */

static void p_filed(edi_buf *into) { sample_bytes(sample_filed(&arena), into); }
static void set_branch(edi_buf *into, uint32_t record, size_t field, uint32_t value) {
  p_filed(into);
  edi_put32(into->ptr + sample_offset(into->ptr, EDI_SECTION_BRANCHES, record, sizeof(edi_branch), field), value);
}
#define SET_BRANCH(record, field, value) set_branch(into, record, offsetof(edi_branch, field), value)

static void p_first_needs(edi_buf *into) { SET_BRANCH(0, test, 7); }
static void p_first_ends(edi_buf *into) { SET_BRANCH(0, end, 4); }
static void p_branch_cycle(edi_buf *into) { SET_BRANCH(3, end, 1); }
static void p_branch_beyond(edi_buf *into) { SET_BRANCH(4, end, 9); }
static void p_branch_of_nothing(edi_buf *into) { SET_BRANCH(3, test, 0); }
static void p_branch_unknown(edi_buf *into) { SET_BRANCH(3, test, 99); }
static void p_branch_condition(edi_buf *into) { SET_BRANCH(1, test, 0x101); }
static void p_branch_resource(edi_buf *into) { SET_BRANCH(1, key, EDI_THING_RESOURCE); }
static void p_branch_attribute(edi_buf *into) { SET_BRANCH(3, test, 9); }
static void p_branch_values(edi_buf *into) { SET_BRANCH(2, values.count, UINT32_MAX); }
static void p_branch_no_values(edi_buf *into) { SET_BRANCH(2, values.count, 0); }
static void p_branch_no_list(edi_buf *into) { SET_BRANCH(1, values.first, 1); }
static void p_branch_fewer_values(edi_buf *into) { SET_BRANCH(2, values.count, 1); }
static void p_branch_key(edi_buf *into) { SET_BRANCH(4, key, 1); }
static void p_branch_empty(edi_buf *into) { SET_BRANCH(3, rules.count, 0); }
static void p_branch_rules(edi_buf *into) { SET_BRANCH(1, rules.count, UINT32_MAX); }
static void p_rule_unfiled(edi_buf *into) { SET_BRANCH(1, rules.count, 7); }
static void p_rule_twice(edi_buf *into) {
  SET_BRANCH(1, end, 5); /* as it is */
  size_t from = sample_offset(into->ptr, EDI_SECTION_BRANCHES, 3, sizeof(edi_branch), offsetof(edi_branch, rules.first));
  size_t to = sample_offset(into->ptr, EDI_SECTION_BRANCHES, 4, sizeof(edi_branch), offsetof(edi_branch, rules.first));
  memcpy(into->ptr + to - 12, into->ptr + from - 12, sizeof(edi_range) + 12);
}
static void p_rule_elsewhere(edi_buf *into) {
  p_filed(into);
  size_t a = sample_offset(into->ptr, EDI_SECTION_BRANCHES, 2, sizeof(edi_branch), offsetof(edi_branch, rules.first));
  size_t b = sample_offset(into->ptr, EDI_SECTION_BRANCHES, 4, sizeof(edi_branch), offsetof(edi_branch, rules.first));
  char kept[sizeof(edi_range)];
  memcpy(kept, into->ptr + a, sizeof kept);
  memcpy(into->ptr + a, into->ptr + b, sizeof kept);
  memcpy(into->ptr + b, kept, sizeof kept);
}

static const input programs[] = {
    {"good-federal.prg", "OK", p_good, "a program that holds, for mutations to begin with"},
    {"good-domain.prg", "OK", p_domain, "the same of a domain"},
    {"good-empty.prg", "OK", p_least, "the smallest program"},
    {"magic.prg", "R0110", p_magic, "another magic"},
    {"old-format.prg", "R0110", p_old_format, "a format that was"},
    {"truncated.prg", "R0111", p_truncated, "cut short, and the header agrees"},
    {"longer.prg", "R0111", p_longer, "bytes behind the texts, and the header agrees"},
    {"section-beyond.prg", "R0111", p_beyond, "more rules than bytes could tell of"},
    {"unpacked-huge.prg", "R0113", p_unpacked_huge, "a few kilobytes that unpack to gigabytes"},
    {"more-records.prg", "R0112", p_more_records, "a record more than there are"},
    {"fewer-records.prg", "R0112", p_fewer_records, "a record fewer than there are"},
    {"more-strings.prg", "R0111", p_more_strings, "a byte of texts more than there is"},
    {"more-instrs.prg", "R0112", p_more_instrs, "an instruction that no code has"},
    {"fewer-codes.prg", "R0112", p_fewer_codes, "a code fewer than there are"},
    {"more-shapes.prg", "R0112", p_more_shapes, "a shape more than there are"},
    {"more-shape-instrs.prg", "R0112", p_more_shape_instrs, "an instruction that no shape has"},
    {"longer-shape.prg", "R0112", p_longer_shape, "a shape that takes an instruction of the next"},
    {"shape-constant.prg", "R0112", p_shape_constant, "a constant hidden where the codes' own go"},
    {"column-head.prg", "R0112", p_column_head, "numbers of five bytes"},
    {"column-base.prg", "R0112", p_column_base, "five bytes that numbers have in common"},
    {"wide-column.prg", "R0112", p_wide_column, "numbers wider than they are, so that all else moves"},
    {"string-beyond.prg", "R0120", p_string_beyond, "a text of 4 GiB"},
    {"string-wraps.prg", "R0120", p_string_wraps, "offset and length that overflow"},
    {"parent-cycle.prg", "R0126", p_parent_cycle, "a node below its child"},
    {"end-back.prg", "R0126", p_end_back, "a run that ends before it begins"},
    {"end-beyond.prg", "R0126", p_end_beyond, "a run beyond its taxonomy"},
    {"stolen-nodes.prg", "R0125", p_stolen_nodes, "one taxonomy that takes another's nodes"},
    {"range-wraps.prg", "R0125", p_range_wraps, "a range that overflows"},
    {"now-is-text.prg", "R0127", p_now_is_text, "the engine's clock value read as a text"},
    {"kind-of-type.prg", "R0127", p_kind_of_type, "a type of a taxonomy that is not there"},
    {"jump-back.prg", "R0142", p_jump_back, "a loop"},
    {"jump-far.prg", "R0142", p_jump_far, "a jump into another code"},
    {"unknown-op.prg", "R0140", p_unknown_op, "an instruction that nobody knows"},
    {"unwritten.prg", "R0141", p_unwritten, "a register that no path wrote"},
    {"level-as-bool.prg", "R0141", p_int_as_bool, "a level where a truth value belongs"},
    {"early-return.prg", "R0143", p_early_return, "an answer before the end"},
    {"no-return.prg", "R0143", p_no_return, "no answer"},
    {"registers.prg", "R0140", p_registers, "fewer registers than are named"},
    {"cheap.prg", "R0144", p_cheap, "a cost that is not its own"},
    {"reads-nothing.prg", "R0144", p_reads_nothing,
     "a code that would be folded before the subject is known"},
    {"target-asks-subject.prg", "R0145", p_target_asks_subject,
     "a target that depends on who asks"},
    {"other-slots.prg", "R0146", p_other_slots, "another rule's cells"},
    {"permit-without-target.prg", "R0131", p_permit_without_target, "a permit for everything"},
    {"permit-with-body.prg", "R0131", p_permit_as_forbid, "a row filter turned into a permit"},
    {"hidden-flag.prg", "R0123", p_hidden_flag, "a flag for a later version to trip over"},
    {"reads-hidden.prg", "R0144", p_reads_hidden, "a rule that hides what it reads"},
    {"no-otherwise.prg", "R0131", p_no_otherwise, "cases that may all fail"},
    {"shared-cases.prg", "R0125", p_shared_cases, "cases of two arms"},
    {"mask-without-key.prg", "R0124", p_mask_without_key, "a key that is not there"},
    {"regex-of-condition.prg", "R0130", p_regex_of_condition,
     "a pattern compiled for another engine"},
    {"other-dataset.prg", "R0125", p_other_dataset, "a column of a dataset that is not there"},
    {"total-cost.prg", "R0147", p_total_cost, "a program that says it costs nothing"},
    {"domain-of-federal.prg", "R0121", p_domain_of_federal,
     "a federal program as a nameless domain's"},
    {"good-filed.prg", "OK", p_filed, "a program whose index has branches"},
    {"first-needs.prg", "R0148", p_first_needs, "an index that is entered for some actions alone"},
    {"first-ends.prg", "R0126", p_first_ends, "a branch beside the first"},
    {"branch-cycle.prg", "R0126", p_branch_cycle, "a branch that ends before it begins"},
    {"branch-beyond.prg", "R0126", p_branch_beyond, "a branch beyond the index"},
    {"branch-of-nothing.prg", "R0134", p_branch_of_nothing, "a second first branch"},
    {"branch-unknown.prg", "R0148", p_branch_unknown, "a test that nobody knows"},
    {"branch-condition.prg", "R0148", p_branch_condition, "a target's need as the condition's"},
    {"branch-resource.prg", "R0148", p_branch_resource, "rules about datasets that only models reach"},
    {"branch-attribute.prg", "R0148", p_branch_attribute, "actions as values of an attribute"},
    {"branch-values.prg", "R0125", p_branch_values, "values beyond the lists"},
    {"branch-no-values.prg", "R0148", p_branch_no_values, "a branch that nothing reaches"},
    {"branch-no-list.prg", "R0125", p_branch_no_list, "a second way to write an empty list"},
    {"branch-fewer-values.prg", "R0148", p_branch_fewer_values, "a permit of two actions that one of them passes over"},
    {"branch-key.prg", "R0148", p_branch_key, "a key where the test has none"},
    {"branch-empty.prg", "R0131", p_branch_empty, "a branch without rules"},
    {"branch-rules.prg", "R0125", p_branch_rules, "rules beyond the lists"},
    {"rule-unfiled.prg", "R0148", p_rule_unfiled, "a rule that the index does not reach"},
    {"rule-twice.prg", "R0125", p_rule_twice, "a rule in two branches"},
    {"rule-elsewhere.prg", "R0148", p_rule_elsewhere, "a forbid filed where a permit belongs"},
};

/* ---- writing and running ---- */

static void write_file(const char *folder, const char *name, const void *bytes, size_t length) {
  char path[256];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "wb");
  if (!file || fwrite(bytes, 1, length, file) != length || fclose(file) != 0)
    HARNESS_FAIL("cannot write %s", path);
}

static void update(const char *folder, const input *inputs, size_t count) {
  edi_buf manifest;
  edi_buf_init(&manifest, NULL, 1 << 20);
  for (size_t i = 0; i < count; i++) {
    edi_buf bytes;
    edi_arena_init(&arena, NULL, (size_t)64 << 20);
    inputs[i].make(&bytes);
    if (bytes.len >= 8 && memcmp(bytes.ptr, EDI_RECORDS_MAGIC, 8) == 0) sample_pack(&bytes);
    write_file(folder, inputs[i].file, bytes.ptr ? bytes.ptr : "", bytes.len);
    edi_buf_format(&manifest, "%s\t%s\t%s\n", inputs[i].file, inputs[i].code, inputs[i].why);
    edi_buf_fini(&bytes);
    edi_arena_fini(&arena);
  }
  write_file(folder, "expected.tsv", manifest.ptr, manifest.len);
  edi_buf_fini(&manifest);
}

static void run(const char *folder, const input *inputs, size_t count, hostile_door *door) {
  size_t total = 0;
  if (getenv("HOSTILE_UPDATE")) update(folder, inputs, count);
  CHECK_INT(hostile_run(folder, door, &total), 0);
  CHECK_INT(total, count);
}
#define RUN(folder, inputs, door) \
  run("tests/hostile/" folder, inputs, sizeof(inputs) / sizeof *(inputs), door)

TEST(hostile_bundles)
{ RUN("bundle", bundles, bundle_door); }
TEST(hostile_programs)
{ RUN("program", programs, program_door); }
TEST(hostile_tables)
{
  size_t total = 0; /* tests/support/hostile_tables.py writes them */
  CHECK_INT(hostile_run("tests/hostile/tablefile", tablefile_door, &total), 0);
  CHECK(total >= 44);
}

HARNESS_MAIN
