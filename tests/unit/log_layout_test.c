/* The fixed parts of a log's directory: names, identity, checkpoint, segment header, the log's own
 * leaves; and the store, the auditor and the reader when memory runs out at every allocation. */
#include "harness.h"

#include "log/checkpoint.h"
#include "log/leaves.h"
#include "support/logs.h"
#include "support/short_memory.h"

TEST(names_have_one_spelling)
{
  static const struct {
    const char *name;
    edi_layout_kind kind;
    uint64_t number, offset;
    uint32_t ordinal;
  } good[] = {
      {"lock", EDI_LAYOUT_LOCK, 0, 0, 0},
      {"ident", EDI_LAYOUT_IDENT, 0, 0, 0},
      {"checkpoint", EDI_LAYOUT_CHECKPOINT, 0, 0, 0},
      {"spare", EDI_LAYOUT_SPARE, 0, 0, 0},
      {"seg-00000000000000000000.edl", EDI_LAYOUT_SEGMENT, 0, 0, 0},
      {"seg-18446744073709551615.edl", EDI_LAYOUT_SEGMENT, UINT64_MAX, 0, 0},
      {"pay-00000000000000000042.edp", EDI_LAYOUT_PAYLOAD, 42, 0, 0},
      {"cut-00000000000000000007-000000000064-03.edt", EDI_LAYOUT_CUT, 7, 64, 3},
      {"ident.tmp", EDI_LAYOUT_TEMPORARY, 0, 0, 0},
      {"cut-00000000000000000007-000000000064-03.edt.tmp", EDI_LAYOUT_TEMPORARY, 7, 64, 3},
  };
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    edi_layout_name parsed = edi_layout_parse(good[i].name);
    char name[EDI_LAYOUT_NAME_MOST];
    CHECK_INT(parsed.kind, good[i].kind);
    CHECK_INT(parsed.number, good[i].number);
    CHECK_INT(parsed.offset, good[i].offset);
    CHECK_INT(parsed.ordinal, good[i].ordinal);
    edi_layout_format(parsed, name);
    CHECK_TEXT(name, strlen(name), good[i].name);
  }
  static const char *const others[] = {"",
                                       "a",
                                       ".tmp",
                                       "Lock",
                                       "lock ",
                                       "seg-0.edl",
                                       "seg-0000000000000000000.edl",
                                       "seg-000000000000000000000.edl",
                                       "seg-18446744073709551616.edl",
                                       "seg-+0000000000000000001.edl",
                                       "seg-00000000000000000000.edp",
                                       "seg-00000000000000000000.edl.tmp.tmp",
                                       "other.tmp",
                                       "cut-00000000000000000007.edt",
                                       "cut-00000000000000000007-000000000064-3.edt"};
  for (size_t i = 0; i < sizeof others / sizeof *others; i++)
    if (edi_layout_parse(others[i]).kind != EDI_LAYOUT_OTHER) HARNESS_FAIL("%s", others[i]);
}

TEST(a_directory_is_listed_in_order)
{
  disk *d = disk_create(1);
  static const char *const names[] = {"seg-00000000000000000100.edl",
                                      "pay-00000000000000000003.edp",
                                      "seg-00000000000000000020.edl",
                                      "ident",
                                      "\x1b[31mred",
                                      "another",
                                      "seg-00000000000000000000.edl",
                                      "cut-00000000000000000000-000000000900-01.edt",
                                      "cut-00000000000000000000-000000000900-00.edt",
                                      "lock"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) disk_put(d, names[i], "", 0);
  edi_arena arena;
  edi_layout_list list;
  int error;
  edi_arena_init(&arena, NULL, 1 << 20);
  CHECK_INT(edi_layout_read(disk_system(d), DISK_DIRECTORY, &arena, &list, &error), EDICT_OK);
  CHECK_INT(list.count, 8);
  CHECK_INT(list.others, 2);
  CHECK(strchr(list.other, 0x1b) == NULL); /* safe to show */
  char text[400] = "";
  for (size_t i = 0; i < list.count; i++) {
    char name[EDI_LAYOUT_NAME_MOST];
    edi_layout_format(list.names[i], name);
    snprintf(text + strlen(text), sizeof text - strlen(text), "%s\n", name);
  }
  CHECK_TEXT(text, strlen(text),
             "lock\nident\n"
             "seg-00000000000000000000.edl\nseg-00000000000000000020.edl\n"
             "seg-00000000000000000100.edl\npay-00000000000000000003.edp\n"
             "cut-00000000000000000000-000000000900-00.edt\n"
             "cut-00000000000000000000-000000000900-01.edt\n");
  edi_arena_fini(&arena);
  disk_destroy(d);
}

TEST(paths_are_bounded)
{
  char directory[EDI_STORE_PATH_MOST + 1], path[EDI_LAYOUT_PATH_MOST];
  memset(directory, 'd', sizeof directory);
  directory[EDI_STORE_PATH_MOST - 1] = '\0';
  CHECK(edi_layout_path(directory, "ident", path));
  directory[EDI_STORE_PATH_MOST - 1] = 'd';
  directory[EDI_STORE_PATH_MOST] = '\0';
  CHECK(!edi_layout_path(directory, "ident", path));
}

TEST(an_identity_has_one_text)
{
  edi_ident ident = {.origin = EDI_STR(LOGS_ORIGIN), .log_id = {1, 2, 3}, .key = logs_key()}, back;
  edi_buf buf;
  edi_buf_init(&buf, NULL, 1000);
  REQUIRE(edi_ident_format(&buf, &ident));
  edi_str text = {buf.ptr, buf.len};
  CHECK(edi_str_starts(text, EDI_STR("edict-log/v1\norigin " LOGS_ORIGIN "\nid 01020300")));
  REQUIRE(edi_ident_parse(text, &back));
  CHECK(edi_str_equal(back.origin, ident.origin));
  CHECK(memcmp(back.log_id, ident.log_id, sizeof ident.log_id) == 0);
  for (size_t length = 0; length < text.len; length++)
    CHECK(!edi_ident_parse((edi_str){text.ptr, length}, &back));
  edi_buf_char(&buf, '\n');
  CHECK(!edi_ident_parse((edi_str){buf.ptr, buf.len}, &back));
  edi_buf_fini(&buf);
}

TEST(a_checkpoint_has_one_text)
{
  static const struct {
    const char *text;
    bool good;
  } cases[] = {
#define ROOT "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA="
      {LOGS_ORIGIN "\n0\n" ROOT "\n", true},
      {LOGS_ORIGIN "\n18446744073709551615\n" ROOT "\n", true},
      {LOGS_ORIGIN "\n18446744073709551616\n" ROOT "\n", false},
      {LOGS_ORIGIN "\n00\n" ROOT "\n", false},
      {LOGS_ORIGIN "\n01\n" ROOT "\n", false},
      {LOGS_ORIGIN "\n+1\n" ROOT "\n", false},
      {LOGS_ORIGIN "\n 1\n" ROOT "\n", false},
      {LOGS_ORIGIN "\n\n" ROOT "\n", false},
      {LOGS_ORIGIN "\n1\n\n", false},
      {LOGS_ORIGIN "\n1\n", false},
      {LOGS_ORIGIN "\n", false},
      {LOGS_ORIGIN "\n1\nAQID\n", false},
      {LOGS_ORIGIN "\n1\n" ROOT ROOT "\n", false},
      {LOGS_ORIGIN "\n1\n" ROOT "\nmore\n", false},
      {LOGS_ORIGIN "x\n1\n" ROOT "\n", false},
      {"other.example\n1\n" ROOT "\n", false},
      {"\n1\n" ROOT "\n", false},
  };
  edi_store_options options = logs_options();
  edi_note_key key = logs_key();
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    edi_buf note;
    edi_checkpoint checkpoint;
    const char *why;
    edi_str text = edi_str_from(cases[i].text);
    edi_buf_init(&note, NULL, 2000);
    edi_note_begin(&note, text);
    CHECK_INT(edi_note_sign(&note, text, key.name, options.secret_key), EDICT_OK);
    edict_status status =
        edi_checkpoint_open((edi_str){note.ptr, note.len}, &key, &checkpoint, &why);
    if (status != (cases[i].good ? EDICT_OK : EDICT_FORMAT)) HARNESS_FAIL("%s", cases[i].text);
    CHECK(!cases[i].good || checkpoint.root.bytes[31] == 0x20);
    edi_buf_fini(&note);
  }
  edi_checkpoint checkpoint = {.size = 12345}, back;
  edi_buf note;
  const char *why;
  edi_buf_init(&note, NULL, 2000);
  CHECK_INT(edi_checkpoint_sign(&note, key.name, &checkpoint, options.secret_key), EDICT_OK);
  CHECK_INT(edi_checkpoint_open((edi_str){note.ptr, note.len}, &key, &back, &why), EDICT_OK);
  CHECK_INT(back.size, 12345);
  CHECK_INT(edi_note_sign(&note, EDI_STR("x\n"), EDI_STR("stranger"), options.secret_key),
            EDICT_OK);
  CHECK_INT(edi_checkpoint_open((edi_str){note.ptr, note.len}, &key, &back, &why), EDICT_FORMAT);
  edi_buf_fini(&note);
}

TEST(a_segment_header_is_checked_to_the_last_byte)
{
  edi_segment_header header = {{1, 2}, 77, {3, 4}}, back;
  uint8_t bytes[EDI_SEGMENT_HEADER_BYTES];
  edi_segment_header_encode(&header, bytes);
  REQUIRE(edi_segment_header_decode(bytes, &back));
  CHECK(memcmp(&header, &back, sizeof back) == 0);
  for (size_t at = 0; at < sizeof bytes; at++)
    for (unsigned bit = 1; bit < 256; bit <<= 1) {
      bytes[at] ^= (uint8_t)bit;
      CHECK(!edi_segment_header_decode(bytes, &back));
      bytes[at] ^= (uint8_t)bit;
    }
}

TEST(own_leaves_come_back_and_have_one_length)
{
  uint8_t bytes[EDI_LEAF_SEGMENT_MOST + 1];
  edi_leaf_commit commit = {1, 2, 3, {{4}}, 5}, commit2;
  edi_leaf_close close = {-1, 2, 3, {{4}}}, close2;
  edi_leaf_recovery recovery = {1, 2, 3, 4, 5, {6}}, recovery2;
  edi_leaf_erasure erasure = {1, 2, -3, 4}, erasure2;
  edi_leaf_drop drop = {1, 2, 3}, drop2;
  edi_leaf_payload payload = {1, 2, {3}}, payload2;
#define BOTH(kind, SIZE)                                                          \
  edi_leaf_##kind##_encode(&kind, bytes);                                         \
  CHECK(edi_leaf_##kind##_decode(bytes, EDI_LEAF_##SIZE##_BYTES, &kind##2));      \
  CHECK(!edi_leaf_##kind##_decode(bytes, EDI_LEAF_##SIZE##_BYTES - 1, &kind##2)); \
  CHECK(!edi_leaf_##kind##_decode(bytes, EDI_LEAF_##SIZE##_BYTES + 1, &kind##2))
  BOTH(commit, COMMIT);
  CHECK(commit2.first == 1 && commit2.last == 2 && commit2.size == 3 && commit2.dropped == 5);
  BOTH(close, CLOSE);
  CHECK(close2.time == -1 && close2.segments == 2 && close2.dropped == 3 &&
        close2.spine.bytes[0] == 4);
  BOTH(recovery, RECOVERY);
  CHECK(recovery2.segment == 2 && recovery2.offset == 3 && recovery2.length == 4 &&
        recovery2.ordinal == 5);
  bytes[36] = 1; /* reserved */
  CHECK(!edi_leaf_recovery_decode(bytes, EDI_LEAF_RECOVERY_BYTES, &recovery2));
  BOTH(erasure, ERASURE);
  CHECK(erasure2.file == 2 && erasure2.day == -3 && erasure2.class == 4);
  bytes[31] = 1;
  CHECK(!edi_leaf_erasure_decode(bytes, EDI_LEAF_ERASURE_BYTES, &erasure2));
  BOTH(drop, DROP);
  CHECK(drop2.time == 1 && drop2.count == 2 && drop2.total == 3);
  BOTH(payload, PAYLOAD);
  CHECK(payload2.file == 1 && payload2.length == 2 && payload2.digest[0] == 3);
}

TEST(a_segment_leaf_holds_peaks_and_open_files_within_bounds)
{
  static uint8_t bytes[EDI_LEAF_SEGMENT_MOST + 1];
  edi_leaf_segment segment = {.time = 1,
                              .ordinal = 2,
                              .dropped = 3,
                              .next_file = 4,
                              .open_count = 2,
                              .open = {7, 9},
                              .note = EDI_STR("note")},
                   back;
  segment.tree.size = 5; /* two peaks */
  segment.tree.peaks[1].bytes[31] = 8;
  size_t length = edi_leaf_segment_encode(&segment, bytes);
  CHECK_INT(length, 72 + 16 + 64 + 4);
  REQUIRE(edi_leaf_segment_decode(bytes, length, 5, &back));
  CHECK(back.ordinal == 2 && back.open_count == 2 && back.open[1] == 9);
  CHECK(back.tree.size == 5 && back.tree.peaks[1].bytes[31] == 8);
  CHECK_TEXT(back.note.ptr, back.note.len, "note");
  CHECK(!edi_leaf_segment_decode(bytes, 71, 0, &back));
  CHECK(!edi_leaf_segment_decode(bytes, 72 + 16 + 63, 5, &back));
  edi_put64(bytes + 64, EDI_LEAF_OPEN_MOST + 1);
  CHECK(!edi_leaf_segment_decode(bytes, length, 5, &back));
  edi_put64(bytes + 64, UINT64_MAX);
  CHECK(!edi_leaf_segment_decode(bytes, length, 5, &back));
  segment.open_count = EDI_LEAF_OPEN_MOST;
  segment.tree.size = INT64_MAX; /* 63 peaks */
  static char note[1024];
  memset(note, 'n', sizeof note);
  segment.note = (edi_str){note, sizeof note};
  CHECK(edi_leaf_segment_encode(&segment, bytes) > 0);
  segment.open_count = EDI_LEAF_OPEN_MOST + 1;
  CHECK_INT(edi_leaf_segment_encode(&segment, bytes), 0);
}

/* ---- memory ---- */

static edict_status live(disk *d, const edi_allocator *allocator) {
  edi_store_options options = logs_options();
  edi_store *store;
  edi_seal_pointer pointer;
  uint64_t files;
  options.allocator = allocator;
  edict_status status = edi_store_open(disk_system(d), DISK_DIRECTORY, &options, &store, NULL);
  if (status != EDICT_OK) return status;
  status = edi_seal_put(store, 1, 1, "sealed", 6, &pointer, NULL);
  for (int i = 0; i < 4 && status == EDICT_OK; i++)
    status = edi_store_append(store, EDI_FRAME_RECORD, "record", 6, true, NULL, NULL);
  if (status == EDICT_OK) status = edi_seal_erase(store, 1, 1, &files, NULL);
  edict_status closed = edi_store_close(&store, NULL);
  return status == EDICT_OK ? closed : status;
}

TEST(a_store_without_memory_says_so_and_leaks_nothing)
{
  for (size_t at = 1;; at++) {
    disk *d = disk_create(1);
    if (at % 2 == 0) { /* a log to be recovered */
      edi_store_options options = logs_options();
      edi_store *store;
      REQUIRE(logs_open(d, &options, &store) == EDICT_OK);
      CHECK_INT(edi_store_append(store, EDI_FRAME_RECORD, "record", 6, true, NULL, NULL), EDICT_OK);
      edi_store_abandon(&store);
    }
    short_memory memory;
    edi_allocator allocator = short_memory_init(&memory, (at + 1) / 2);
    edict_status status = live(d, &allocator);
    CHECK_INT(memory.live, 0);
    CHECK_INT(memory.wrong, 0);
    bool failed = memory.failed;
    if (failed && status == EDICT_OK) HARNESS_FAIL("allocation %zu failed and nobody said so", at);
    CHECK_INT(live(d, NULL), EDICT_OK); /* what is left can be opened */
    edi_log_verdict verdict;
    CHECK_INT(logs_verify(disk_system(d), DISK_DIRECTORY, &verdict, NULL), EDICT_OK);
    disk_destroy(d);
    if (!failed && at % 2 == 0) break;
    REQUIRE(at < 200);
  }
}

TEST(an_auditor_and_a_reader_without_memory_say_so_and_leak_nothing)
{
  disk *d = logs_rich();
  edi_note_key key = logs_key();
  edi_log_verify_options options = {.keys = &key, .key_count = 1};
  for (size_t at = 1;; at++) {
    short_memory memory;
    edi_allocator allocator = short_memory_init(&memory, at);
    edi_log_visitor visitor = {.allocator = &allocator};
    edi_log_verdict verdict;
    edi_log_summary summary;
    edict_status status =
        edi_log_verify(disk_system(d), DISK_DIRECTORY, &options, &visitor, &verdict, NULL);
    bool failed = memory.failed;
    CHECK_INT(memory.live, 0);
    CHECK_INT(status, failed ? EDICT_MEMORY : EDICT_OK);
    allocator = short_memory_init(&memory, at);
    status = edi_log_read(disk_system(d), DISK_DIRECTORY, &visitor, &summary, NULL);
    CHECK_INT(memory.live, 0);
    CHECK_INT(status, memory.failed ? EDICT_MEMORY : EDICT_OK);
    if (!failed && !memory.failed) break;
    REQUIRE(at < 100);
  }
  disk_destroy(d);
}

TEST(an_opener_without_memory_says_so_and_leaks_nothing)
{
  uint8_t public_key[32], secret_key[32];
  disk *d = disk_create(1);
  logs_auditor(public_key, secret_key);
  for (size_t at = 1; at <= 3; at++) {
    short_memory memory;
    edi_allocator allocator = short_memory_init(&memory, at);
    edi_seal_opener *opener;
    edict_status status = edi_seal_opener_create(disk_system(d), DISK_DIRECTORY, secret_key,
                                                 &allocator, &opener, NULL);
    CHECK_INT(status, at <= 2 ? EDICT_MEMORY : EDICT_OK);
    edi_seal_opener_destroy(&opener);
    CHECK_INT(memory.live, 0);
  }
  disk_destroy(d);
}

HARNESS_MAIN
