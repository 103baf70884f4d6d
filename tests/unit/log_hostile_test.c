/* Hostile logs: every directory of tests/hostile/log is refused for its reason.
 *
 * Each file there is a packed directory (see support/disk.h) or the bytes of a segment. They are
 * made here: with HOSTILE_UPDATE=1 in the environment they are written again, with their
 * expected.tsv. A change of the format changes them all; read what changed before committing it. */
#include "harness.h"

#include "support/hostile.h"
#include "support/log_door.h"

#define FOLDER "tests/hostile/log"
#define FIRST  "seg-00000000000000000000.edl"

/* Names of the rich log's files that depend on how many leaves came before. */
static char second[80], kept[80], cut[80];

static const char *find(disk *d, const char *prefix, char *name) {
  size_t size;
  name[0] = '\0';
  for (size_t i = 0; disk_name(d, i); i++)
    if (strncmp(disk_name(d, i), prefix, strlen(prefix)) == 0 &&
        strcmp(disk_name(d, i), FIRST) != 0 && disk_file(d, disk_name(d, i), &size) &&
        strcmp(disk_name(d, i), name) > 0)
      snprintf(name, 80, "%s", disk_name(d, i));
  if (!*name) abort();
  return name;
}

static uint8_t *bytes_of(disk *d, const char *name, size_t *size) {
  uint8_t *bytes = disk_file(d, name, size);
  if (!bytes) abort();
  return bytes;
}

static void flip(disk *d, const char *name, size_t at) {
  size_t size;
  uint8_t *bytes = bytes_of(d, name, &size);
  if (at >= size) abort();
  bytes[at] ^= 1;
}

/* Changes a frame of the first segment and puts its checksum right. */
static void forge_u64(disk *d, size_t frame, size_t at, uint64_t value) {
  logs_forger f = logs_forge(d, FIRST);
  uint8_t *bytes = logs_frame(&f, frame);
  edi_put64(bytes + at, value);
  logs_reseal(&f, bytes);
}

/* Number of the first segment's n-th frame of a type. */
static size_t frame_of(disk *d, const char *segment, uint8_t type, size_t n) {
  logs_forger f = logs_forge(d, segment);
  for (size_t i = 0; logs_frame(&f, i) < f.bytes + f.size; i++)
    if (logs_frame(&f, i)[4] == type && n-- == 0) return i;
  abort();
}

static void append(disk *d, const char *name, const void *bytes, size_t length) {
  size_t size;
  uint8_t *old = bytes_of(d, name, &size), *grown = malloc(size + length);
  if (!grown) abort();
  memcpy(grown, old, size);
  memcpy(grown + size, bytes, length);
  disk_put(d, name, grown, size + length);
  free(grown);
}

static void truncate_by(disk *d, const char *name, size_t length) {
  size_t size;
  uint8_t *old = bytes_of(d, name, &size), *copy = malloc(size);
  if (!copy) abort();
  memcpy(copy, old, size);
  disk_put(d, name, copy, size - length);
  free(copy);
}

/* ---- one function for each input ---- */

static void closed(disk *d) { (void)d; }
static void flipped_record(disk *d) { flip(d, FIRST, EDI_SEGMENT_HEADER_BYTES + 500); }
static void flipped_header(disk *d) { flip(d, second, 45); }
static void flipped_length(disk *d) {
  logs_forger f = logs_forge(d, FIRST);
  edi_put32(logs_frame(&f, 4), UINT32_MAX);
}
static void frame_too_long(disk *d) {
  logs_forger f = logs_forge(d, FIRST);
  edi_put32(logs_frame(&f, 4), 65536);
}
static void forged_record(disk *d) { forge_u64(d, 1, EDI_FRAME_HEADER_BYTES, 7); }
static void forged_index(disk *d) { forge_u64(d, 1, 8, UINT64_MAX); }
static void forged_batch(disk *d) { forge_u64(d, 1, 16, 99); }
static void forged_type(disk *d) {
  logs_forger f = logs_forge(d, FIRST);
  logs_frame(&f, 1)[4] = EDI_FRAME_RECEIPT;
  logs_reseal(&f, logs_frame(&f, 1));
}
static void unknown_type(disk *d) {
  logs_forger f = logs_forge(d, FIRST);
  logs_frame(&f, 1)[4] = 200;
  logs_reseal(&f, logs_frame(&f, 1));
}
static void forged_commit(disk *d) {
  forge_u64(d, frame_of(d, FIRST, EDI_FRAME_COMMIT, 0), EDI_FRAME_HEADER_BYTES + 16, 1);
}
static void forged_root(disk *d) {
  forge_u64(d, frame_of(d, FIRST, EDI_FRAME_COMMIT, 0), EDI_FRAME_HEADER_BYTES + 24, 1);
}
static void forged_drops(disk *d) {
  forge_u64(d, frame_of(d, FIRST, EDI_FRAME_DROP, 0), EDI_FRAME_HEADER_BYTES + 8, UINT64_MAX);
}
static void forged_peaks(disk *d) {
  logs_forger f = logs_forge(d, second);
  uint8_t *frame = logs_frame(&f, 0);
  frame[EDI_FRAME_HEADER_BYTES + 72 + 8 * edi_get64(frame + EDI_FRAME_HEADER_BYTES + 64)] ^= 1;
  logs_reseal(&f, frame);
}
static void forged_open_files(disk *d) { forge_u64(d, 0, EDI_FRAME_HEADER_BYTES + 64, UINT64_MAX); }
static void forged_first_index(disk *d) {
  logs_forger f = logs_forge(d, second);
  edi_put64(logs_frame(&f, 0) + 8, UINT64_MAX);
  logs_reseal(&f, logs_frame(&f, 0));
}
static void forged_salt(disk *d) {
  logs_forger f = logs_forge(d, FIRST);
  edi_segment_header header;
  if (!edi_segment_header_decode(f.bytes, &header)) abort();
  header.salt[0] ^= 1;
  edi_segment_header_encode(&header, f.bytes);
  f.seed = edi_segment_seed(&header);
  for (size_t i = 0; logs_frame(&f, i) < f.bytes + f.size; i++) logs_reseal(&f, logs_frame(&f, i));
}
static void forged_spine(disk *d) {
  logs_forger f = logs_forge(d, second);
  uint8_t *frame = logs_frame(&f, frame_of(d, second, EDI_FRAME_CLOSE, 0));
  frame[EDI_FRAME_HEADER_BYTES + 24] ^= 1;
  logs_reseal(&f, frame);
}
static void forged_ordinal(disk *d) {
  logs_forger f = logs_forge(d, second);
  edi_put64(logs_frame(&f, 0) + EDI_FRAME_HEADER_BYTES + 8, 7);
  logs_reseal(&f, logs_frame(&f, 0));
}
static void forged_segment_batch(disk *d) {
  logs_forger f = logs_forge(d, second);
  edi_put32(logs_frame(&f, 0) + 16, 7);
  logs_reseal(&f, logs_frame(&f, 0));
}
static void forged_segment_drops(disk *d) {
  logs_forger f = logs_forge(d, second);
  edi_put64(logs_frame(&f, 0) + EDI_FRAME_HEADER_BYTES + 16, 7);
  logs_reseal(&f, logs_frame(&f, 0));
}
static void forged_count(disk *d) {
  logs_forger f = logs_forge(d, second);
  uint8_t *frame = logs_frame(&f, frame_of(d, second, EDI_FRAME_CLOSE, 0));
  edi_put64(frame + EDI_FRAME_HEADER_BYTES + 8, 7);
  logs_reseal(&f, frame);
}
static void forged_commit_drops(disk *d) {
  forge_u64(d, frame_of(d, FIRST, EDI_FRAME_COMMIT, 0), EDI_FRAME_HEADER_BYTES + 56, 1);
}
/* The newest checkpoint where the segment's own stands: the log signed it, for other leaves. */
static void moved_checkpoint(disk *d) {
  logs_forger f = logs_forge(d, FIRST);
  size_t size;
  uint8_t *note = bytes_of(d, "checkpoint", &size);
  uint8_t *frame = logs_frame(&f, frame_of(d, FIRST, EDI_FRAME_CHECKPOINT, 0));
  if (edi_get32(frame) != size) abort();
  memcpy(frame + EDI_FRAME_HEADER_BYTES, note, size);
  logs_reseal(&f, frame);
}
static void retyped(disk *d, const char *segment, uint8_t from, uint8_t to) {
  logs_forger f = logs_forge(d, segment);
  uint8_t *frame = logs_frame(&f, frame_of(d, segment, from, 0));
  frame[4] = to;
  logs_reseal(&f, frame);
}
static void second_segment_frame(disk *d) {
  retyped(d, FIRST, EDI_FRAME_CHECKPOINT, EDI_FRAME_SEGMENT);
}
static void commit_of_record(disk *d) { retyped(d, FIRST, EDI_FRAME_RECORD, EDI_FRAME_COMMIT); }
static void checkpoint_of_leaf(disk *d) {
  logs_forger f = logs_forge(d, FIRST); /* the second leaf of a batch */
  size_t n = 0;
  while (logs_frame(&f, n)[4] != EDI_FRAME_RECORD || logs_frame(&f, n + 1)[4] != EDI_FRAME_RECORD)
    n++;
  logs_frame(&f, n + 1)[4] = EDI_FRAME_CHECKPOINT;
  logs_reseal(&f, logs_frame(&f, n + 1));
}
static void close_of_record(disk *d) { retyped(d, FIRST, EDI_FRAME_RECORD, EDI_FRAME_CLOSE); }
static void payload_of_record(disk *d) { retyped(d, FIRST, EDI_FRAME_RECORD, EDI_FRAME_PAYLOAD); }
static void garbled_ident(disk *d) { disk_put(d, "ident", "edict-log/v1\n", 13); }
static void dropped_checkpoint(disk *d) { truncate_by(d, FIRST, edi_frame_size(200)); }
static void swapped_segments(disk *d) {
  size_t a, b;
  uint8_t *x = bytes_of(d, FIRST, &a), *copy = malloc(a);
  if (!copy) abort();
  memcpy(copy, x, a);
  uint8_t *y = bytes_of(d, second, &b);
  disk_put(d, FIRST, y, b);
  disk_put(d, second, copy, a);
  free(copy);
}
static void other_log(disk *d) {
  disk *other = disk_create(5);
  edi_store_options options = logs_options();
  edi_store *store;
  size_t size;
  if (logs_open(other, &options, &store) != EDICT_OK) abort();
  if (edi_store_close(&store, NULL) != EDICT_OK) abort();
  uint8_t *bytes = bytes_of(other, FIRST, &size);
  disk_put(d, FIRST, bytes, size);
  disk_destroy(other);
}
static void first_missing(disk *d) { disk_remove(d, FIRST); }
static void second_missing(disk *d) { disk_remove(d, second); }
static void no_segment(disk *d) { disk_remove(d, FIRST), disk_remove(d, second); }
static void no_ident(disk *d) { disk_remove(d, "ident"); }
static void no_checkpoint(disk *d) { disk_remove(d, "checkpoint"); }
static void no_lock(disk *d) { disk_remove(d, "lock"); }
static void nothing(disk *d) {
  while (disk_name(d, 0)) disk_remove(d, disk_name(d, 0));
}
static void flipped_ident(disk *d) { flip(d, "ident", 60); }
static void flipped_signature(disk *d) {
  size_t size;
  unsigned char *bytes = bytes_of(d, "checkpoint", &size), *letter = &bytes[size - 20];
  *letter = *letter == 'A' ? 'B' : 'A'; /* one of the alphabet, whatever the signature is */
}
static void second_signature(disk *d) {
  static const char line[] = "\xE2\x80\x94 stranger AAAAAAA=\n";
  append(d, "checkpoint", line, sizeof line - 1);
}
static void sign_checkpoint(disk *d, uint64_t size, const char *extension, const char *origin) {
  edi_store_options options = logs_options();
  edi_buf text, note;
  edi_buf_init(&text, NULL, 4096);
  edi_buf_init(&note, NULL, 4096);
  edi_buf_format(&text, "%s\n%llu\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n%s", origin,
                 (unsigned long long)size, extension);
  edi_note_begin(&note, (edi_str){text.ptr, text.len});
  if (edi_note_sign(&note, (edi_str){text.ptr, text.len}, EDI_STR(LOGS_ORIGIN),
                    options.secret_key) != EDICT_OK)
    abort();
  disk_put(d, "checkpoint", note.ptr, note.len);
  edi_buf_fini(&text);
  edi_buf_fini(&note);
}
static void extended_checkpoint(disk *d) { sign_checkpoint(d, 3, "more\n", LOGS_ORIGIN); }
static void other_origin(disk *d) { sign_checkpoint(d, 3, "", "other.example/log"); }
static void other_root(disk *d) { sign_checkpoint(d, 2, "", LOGS_ORIGIN); }
static void rolled_back(disk *d) { sign_checkpoint(d, 5000, "", LOGS_ORIGIN); }
static void trailing_zeroes(disk *d) { append(d, FIRST, "\0\0\0\0\0\0\0\0", 8); }
static void trailing_garbage(disk *d) { append(d, second, "garbage!", 8); }
static void lock_garbage(disk *d) { disk_put(d, "lock", "held by pid 1\n", 14); }
static void stranger(disk *d) { disk_put(d, "README", "hello\n", 6); }
static void spare_left(disk *d) { disk_put(d, "spare", "", 0); }
static void payload_missing(disk *d) { disk_remove(d, kept); }
static void payload_changed(disk *d) { flip(d, kept, 200); }
static void payload_back(disk *d) {
  size_t size;
  uint8_t *bytes = bytes_of(d, kept, &size), *copy = malloc(size);
  logs_forger f = logs_forge(d, FIRST);
  uint8_t *frame = logs_frame(&f, frame_of(d, FIRST, EDI_FRAME_ERASURE, 0));
  char name[EDI_LAYOUT_NAME_MOST];
  if (!copy) abort();
  memcpy(copy, bytes, size);
  edi_layout_name erased = {.kind = EDI_LAYOUT_PAYLOAD,
                            .number = edi_get64(frame + EDI_FRAME_HEADER_BYTES + 8)};
  edi_layout_format(erased, name);
  disk_put(d, name, copy, size);
  free(copy);
}
static void payload_stranger(disk *d) { disk_put(d, "pay-00000000000000000999.edp", "x", 1); }
static void cut_changed(disk *d) { flip(d, cut, 0); }
static void cut_missing(disk *d) { disk_remove(d, cut); }

typedef struct input {
  const char *file, *code;
  void (*change)(disk *d);
  const char *why;
} input;

static const input inputs[] = {
    {"closed.dir", "OK", closed, "a closed log, for mutations to begin with"},
    {"flipped-record.dir", "R0406", flipped_record, "one bit of a record"},
    {"flipped-header.dir", "R0405", flipped_header, "one bit of a segment's salt"},
    {"flipped-length.dir", "R0406", flipped_length, "a frame of 4 GiB"},
    {"frame-too-long.dir", "R0406", frame_too_long, "a frame one byte above the limit"},
    {"forged-record.dir", "R0407", forged_record, "a record that was exchanged, checksum right"},
    {"forged-type.dir", "R0407", forged_type, "a record turned into a receipt"},
    {"unknown-type.dir", "R0406", unknown_type, "a type that nobody knows"},
    {"forged-index.dir", "R0406", forged_index, "a leaf at the end of all indices"},
    {"forged-batch.dir", "R0406", forged_batch, "a frame of a batch that never was"},
    {"forged-commit.dir", "R0407", forged_commit, "a COMMIT that counts fewer leaves"},
    {"forged-root.dir", "R0407", forged_root, "a COMMIT with another root"},
    {"forged-drops.dir", "R0406", forged_drops, "a count of drops that overflows"},
    {"forged-peaks.dir", "R0407", forged_peaks, "a segment that continues another tree"},
    {"forged-open-files.dir", "R0406", forged_open_files, "a list of 2^64 open files"},
    {"forged-first-index.dir", "R0406", forged_first_index, "a SEGMENT of another index"},
    {"forged-salt.dir", "R0421", forged_salt, "another salt, all checksums right"},
    {"forged-spine.dir", "R0421", forged_spine, "a CLOSE that vouches for another spine"},
    {"forged-ordinal.dir", "R0420", forged_ordinal, "a SEGMENT that counts segments before it"},
    {"forged-segment-batch.dir", "R0406", forged_segment_batch, "a SEGMENT of another batch"},
    {"forged-segment-drops.dir", "R0406", forged_segment_drops, "a SEGMENT that hides drops"},
    {"forged-count.dir", "R0421", forged_count, "a CLOSE that counts other segments"},
    {"forged-commit-drops.dir", "R0407", forged_commit_drops, "a COMMIT that counts other drops"},
    {"moved-checkpoint.dir", "R0407", moved_checkpoint, "a later checkpoint in an earlier place"},
    {"second-segment-frame.dir", "R0406", second_segment_frame, "a SEGMENT frame in the middle"},
    {"commit-of-record.dir", "R0406", commit_of_record, "a record turned into a COMMIT"},
    {"checkpoint-of-leaf.dir", "R0406", checkpoint_of_leaf, "a CHECKPOINT among leaves"},
    {"close-of-record.dir", "R0406", close_of_record, "a record turned into a CLOSE"},
    {"payload-of-record.dir", "R0406", payload_of_record, "a record turned into a PAYLOAD"},
    {"garbled-ident.dir", "R0403", garbled_ident, "an identity without signature"},
    {"dropped-checkpoint.dir", "R0406", dropped_checkpoint, "a segment without its last frame"},
    {"swapped-segments.dir", "R0405", swapped_segments, "two segments that changed names"},
    {"other-log.dir", "R0405", other_log, "a segment of another log with the same key"},
    {"first-missing.dir", "R0420", first_missing, "the log's beginning cut off"},
    {"second-missing.dir", "R0409", second_missing, "the log's end cut off"},
    {"no-segment.dir", "R0420", no_segment, "no segment at all"},
    {"no-ident.dir", "R0403", no_ident, "nobody's log"},
    {"no-checkpoint.dir", "R0408", no_checkpoint, "nothing signed"},
    {"no-lock.dir", "R0420", no_lock, "no word on whether it was closed"},
    {"nothing.dir", "R0424", nothing, "an empty directory"},
    {"flipped-ident.dir", "R0404", flipped_ident, "one bit of the identity"},
    {"flipped-signature.dir", "R0408", flipped_signature, "one letter of the signature"},
    {"second-signature.dir", "R0408", second_signature, "a stranger's signature beside the log's"},
    {"extended-checkpoint.dir", "R0408", extended_checkpoint, "a signed line too many"},
    {"other-origin.dir", "R0408", other_origin, "a checkpoint of another log, same key"},
    {"other-root.dir", "R0407", other_root, "a checkpoint over other leaves"},
    {"rolled-back.dir", "R0409", rolled_back, "a checkpoint over more leaves than there are"},
    {"trailing-zeroes.dir", "R0406", trailing_zeroes, "eight zero bytes after a finished segment"},
    {"trailing-garbage.dir", "R0406", trailing_garbage, "bytes after the end of a closed log"},
    {"lock-garbage.dir", "R0423", lock_garbage, "something else in the lock file"},
    {"stranger.dir", "R0423", stranger, "a file that does not belong"},
    {"spare-left.dir", "R0423", spare_left, "a spare segment beside a closed log"},
    {"payload-missing.dir", "R0417", payload_missing, "a payload file that was not erased"},
    {"payload-changed.dir", "R0416", payload_changed, "one bit of a payload file"},
    {"payload-back.dir", "R0416", payload_back, "an erased payload file that is there again"},
    {"payload-stranger.dir", "R0423", payload_stranger, "a payload file that nobody wrote"},
    {"cut-changed.dir", "R0422", cut_changed, "one bit of what recovery kept aside"},
    {"cut-missing.dir", "R0422", cut_missing, "what recovery kept aside is gone"},
};

/* ---- segments alone ---- */

typedef struct segment_input {
  const char *file, *code;
  size_t (*make)(const uint8_t *segment, size_t size, uint8_t *out);
  const char *why;
} segment_input;

enum { SEGMENT_MOST = 60000 };

static size_t s_good(const uint8_t *segment, size_t size, uint8_t *out) {
  size_t at = EDI_SEGMENT_HEADER_BYTES;
  while (at < size && segment[at + 4] != 0) at += edi_frame_size(edi_get32(segment + at));
  memcpy(out, segment, at);
  return at;
}
static size_t s_empty(const uint8_t *segment, size_t size, uint8_t *out) {
  (void)segment, (void)size, (void)out;
  return 0;
}
static size_t s_header_only(const uint8_t *segment, size_t size, uint8_t *out) {
  (void)size;
  memcpy(out, segment, EDI_SEGMENT_HEADER_BYTES);
  return EDI_SEGMENT_HEADER_BYTES;
}
static size_t s_zeroes(const uint8_t *segment, size_t size, uint8_t *out) {
  (void)segment, (void)size;
  memset(out, 0, 4096);
  return 4096;
}
/* Long frames seem to begin everywhere: looking ahead must not take for ever, and gives up. */
static size_t s_mirage(const uint8_t *segment, size_t size, uint8_t *out) {
  size = s_good(segment, size, out);
  for (size_t at = size; at + 8 <= SEGMENT_MOST; at += 8) {
    edi_put32(out + at, at % 16 == 0 ? 20000 : 5); /* a length, or the index after it */
    edi_put32(out + at + 4, at % 16 == 0 ? EDI_FRAME_RECORD : 0);
  }
  return SEGMENT_MOST;
}
/* A bad frame with the next batch behind it: not a torn end. */
static size_t s_middle(const uint8_t *segment, size_t size, uint8_t *out) {
  size = s_good(segment, size, out);
  out[EDI_SEGMENT_HEADER_BYTES + edi_frame_size(edi_get32(out + EDI_SEGMENT_HEADER_BYTES)) + 30] ^=
      1;
  return size;
}

static const segment_input segments[] = {
    {"open.edl", "OK", s_good, "the segment of a log that is not closed"},
    {"empty.edl", "R0405", s_empty, "no bytes at all"},
    {"header-only.edl", "R0406", s_header_only, "a header and nothing after it"},
    {"zeroes.edl", "R0405", s_zeroes, "4 KiB of nothing"},
    {"mirage.edl", "R0406", s_mirage, "an end that looks like a frame at every step"},
    {"middle.edl", "R0406", s_middle, "a bad frame with evidence after it"},
};

/* ---- writing and running ---- */

static void save(const char *name, const void *bytes, size_t length) {
  char path[200];
  snprintf(path, sizeof path, FOLDER "/%s", name);
  FILE *file = fopen(path, "wb");
  if (!file || fwrite(bytes, 1, length, file) != length || fclose(file) != 0) abort();
}

/* The open log of log_door with three records in two batches. */
static void save_segments(FILE *manifest) {
  static uint8_t out[SEGMENT_MOST + 8];
  disk *d = log_door_disk("", 0);
  disk_destroy(d);
  d = disk_create(3); /* the seed of log_door's */
  edi_store_options options = logs_options();
  edi_store *store;
  size_t size;
  if (logs_open(d, &options, &store) != EDICT_OK) abort();
  logs_put(store, 0, false);
  logs_put(store, 1, true);
  logs_put(store, 2, true);
  edi_store_abandon(&store);
  uint8_t *segment = bytes_of(d, FIRST, &size);
  for (size_t i = 0; i < sizeof segments / sizeof *segments; i++) {
    memset(out, 0, sizeof out);
    save(segments[i].file, out, segments[i].make(segment, size, out));
    fprintf(manifest, "%s\t%s\t%s\n", segments[i].file, segments[i].code, segments[i].why);
  }
  disk_destroy(d);
}

static void update(void) {
  FILE *manifest = fopen(FOLDER "/expected.tsv", "w");
  if (!manifest) abort();
  for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
    disk *d = logs_rich();
    size_t length;
    find(d, "seg-", second), find(d, "pay-", kept), find(d, "cut-", cut);
    inputs[i].change(d);
    uint8_t *packed = disk_pack(d, &length);
    save(inputs[i].file, packed, length);
    fprintf(manifest, "%s\t%s\t%s\n", inputs[i].file, inputs[i].code, inputs[i].why);
    free(packed);
    disk_destroy(d);
  }
  save_segments(manifest);
  if (fclose(manifest) != 0) abort();
}

TEST(hostile_logs_are_refused_for_their_reasons)
{
  size_t total;
  if (getenv("HOSTILE_UPDATE")) update();
  CHECK_INT(hostile_run(FOLDER, log_door, &total), 0);
  CHECK_INT(total, sizeof inputs / sizeof *inputs + sizeof segments / sizeof *segments);
}

static disk *load(const char *file) {
  char path[200];
  size_t length;
  snprintf(path, sizeof path, FOLDER "/%s", file);
  char *bytes = hostile_read(path, &length);
  if (!bytes) abort();
  disk *d = log_door_disk(bytes, length);
  free(bytes);
  return d;
}

static void open_hostile(const char *file, bool must_exist) {
  disk *d = load(file), *before = disk_copy(d);
  edi_store_options options = logs_options();
  edi_store *store;
  options.must_exist = must_exist;
  edict_status status = edi_store_open(disk_system(d), DISK_DIRECTORY, &options, &store, NULL);
  for (size_t f = 0; status != EDICT_OK && disk_name(before, f); f++) {
    size_t a, b = 0;
    uint8_t *was = disk_file(before, disk_name(before, f), &a);
    uint8_t *is = disk_file(d, disk_name(before, f), &b);
    if (!is || a != b || memcmp(was, is, a) != 0)
      HARNESS_FAIL("%s: refused, and %s was changed", file, disk_name(before, f));
  }
  edi_store_abandon(&store);
  disk_destroy(before);
  disk_destroy(d);
}

TEST(a_writer_that_refuses_a_log_changes_none_of_its_files)
{
  for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
    open_hostile(inputs[i].file, true);
    open_hostile(inputs[i].file, false);
  }
}

/* The reader delivers what is intact of any of them; indices go up and damage is told. */
typedef struct reading {
  uint64_t next, damages;
  bool wrong;
} reading;

static bool see(void *user, const edi_log_leaf *leaf) {
  reading *r = user;
  r->wrong = r->wrong || leaf->index < r->next || leaf->payload == NULL;
  r->next = leaf->index + 1;
  return true;
}

static void hear(void *user, const edi_log_damage *damage) {
  reading *r = user;
  r->damages++;
  r->wrong = r->wrong || !*damage->what || damage->code == EDI_CODE_NONE;
}

TEST(a_reader_goes_on_after_damage_and_tells_of_it)
{
  for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
    disk *d = load(inputs[i].file);
    reading r = {0};
    edi_log_visitor visitor = {.user = &r, .leaf = see, .damage = hear};
    edi_log_summary summary;
    edict_diagnostics *list = edict_diagnostics_create();
    edict_status status = edi_log_read(disk_system(d), DISK_DIRECTORY, &visitor, &summary, list);
    if (r.wrong) HARNESS_FAIL("%s: wrong order or an empty word", inputs[i].file);
    if (summary.damages != r.damages) HARNESS_FAIL("%s: damages not counted", inputs[i].file);
    if ((status == EDICT_OK) != (edict_diagnostics_errors(list) == 0))
      HARNESS_FAIL("%s: %s", inputs[i].file, edict_status_name(status));
    edict_diagnostics_destroy(&list);
    disk_destroy(d);
  }
}

/* Each call of an auditor and of a reader fails: they never say that all is well. */
TEST(what_cannot_be_read_is_not_passed)
{
  disk *d = load("closed.dir");
  edi_log_verdict verdict;
  edi_log_summary summary;
  for (uint64_t at = 1; at < 2000; at++) {
    disk_fail(d, at, false, 5);
    edict_status status = logs_verify(disk_system(d), DISK_DIRECTORY, &verdict, NULL);
    if (disk_calls(d) < at) break;
    if (status == EDICT_OK) {
      /* closing what was only read may fail without harm */
      disk_fail(d, at, true, 5);
      CHECK(logs_verify(disk_system(d), DISK_DIRECTORY, &verdict, NULL) != EDICT_OK ||
            at + 2 > disk_calls(d));
    }
  }
  for (uint64_t at = 1; at < 2000; at++) {
    disk_fail(d, at, true, 5);
    edict_status status = edi_log_read(disk_system(d), DISK_DIRECTORY, NULL, &summary, NULL);
    if (disk_calls(d) < at) break;
    CHECK(status != EDICT_OK || at + 2 > disk_calls(d));
  }
  disk_destroy(d);
}

HARNESS_MAIN
