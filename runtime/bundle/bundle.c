/* Bundle: the container, opened, authenticated, written and signed.
 *
 *   [ header 64 | manifest | LF signature lines | 0.. | file | 0.. | file ... ]   files at 64 * n
 *
 * There is one container for given contents. Every file is hashed before it is used, so that what was
 * signed is what is used: who opens a bundle has all of them, who loads it those that decide; who
 * signed it is asked apart, because a person may look at a bundle whom nobody trusts. Writing and signing check what they made with the code that opens it. */
#include "bundle/bundle.h"

#include "base/parallel.h"
#include "bundle/order.h"
#include "bundle/packing.h"
#include "bundle/signers.h"
#include "bundle/signing.h"

#define MAGIC "EDICTBDL"
enum { HEADER = 64, ALIGNMENT = 64 };

static edict_status fail(edict_diagnostics *diagnostics, edict_status status, edi_code code,
                         const char *what) {
  edi_diagnostics_add(diagnostics, code, EDI_SPAN_NONE, "", "bundle: %s", what);
  return status;
}

/* How large a bundle of this layer may be; that of a table may hold tens of millions of rows. */
static size_t most_bytes(const edi_manifest *m) {
  return m->layer == EDI_BUNDLE_TABLE ? EDI_LIMIT_TABLE_FILE : EDI_LIMIT_BUNDLE_FILE;
}

static size_t aligned(size_t at) { return (at + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1); }

/* ---- opening ---- */

static bool all_zero(const char *bytes, size_t from, size_t to) {
  for (size_t i = from; i < to; i++)
    if (bytes[i] != 0) return false;
  return true;
}

/* Sets manifest_text and signatures; *end is where the signature lines end. */
static edict_status open_header(const char *bytes, size_t length, edi_bundle *bundle, size_t *end,
                                edict_diagnostics *d) {
  if (length < HEADER || memcmp(bytes, MAGIC, 8) != 0)
    return fail(d, EDICT_FORMAT, EDI_R0100, "it does not begin with " MAGIC " and a header");
  if (length > EDI_LIMIT_TABLE_FILE)
    return fail(d, EDICT_LIMIT, EDI_R0106, "it is larger than a bundle may be");
  if (edi_get32(bytes + 8) != EDI_BUNDLE_FORMAT)
    return fail(d, EDICT_VERSION, EDI_R0100, "it is of a format that this version does not read");
  size_t manifest = edi_get32(bytes + 12), signatures = edi_get32(bytes + 16);
  if (edi_get64(bytes + 24) != length)
    return fail(d, EDICT_FORMAT, EDI_R0101, "its length is not what its header says");
  if (edi_get32(bytes + 20) != 0 || !all_zero(bytes, 32, HEADER))
    return fail(d, EDICT_FORMAT, EDI_R0101, "reserved bytes of its header are not zero");
  if (manifest > EDI_LIMIT_MANIFEST || signatures > EDI_LIMIT_SIGNATURES)
    return fail(d, EDICT_LIMIT, EDI_R0106,
                "its manifest or signatures are larger than they may be");
  *end = HEADER + manifest + signatures;
  if (*end > length) return fail(d, EDICT_FORMAT, EDI_R0101, "its manifest reaches beyond its end");
  bundle->manifest_text = (edi_str){bytes + HEADER, manifest};
  if (signatures == 0) return EDICT_OK;
  const char *blank = bytes + HEADER + manifest;
  if (signatures == 1 || blank[0] != '\n')
    return fail(d, EDICT_FORMAT, EDI_R0101,
                "no blank line and lines of signatures follow its manifest");
  bundle->signatures = (edi_str){blank + 1, signatures - 1};
  return EDICT_OK;
}

/* ---- digests ---- */

bool edi_bundle_decides(edi_str file) {
  return edi_str_equal(file, EDI_STR("program")) || edi_str_equal(file, EDI_STR("table")) || edi_str_starts(file, EDI_STR("keys/"));
}

typedef struct hashing {
  const edi_bundle_file *files;
  unsigned char (*digests)[EDI_DIGEST_BYTES];
} hashing;

/* What is not to be hashed has no bytes. */
static void hash_one(void *user, size_t worker, size_t item) {
  const hashing *h = user;
  const edi_str bytes = h->files[item].bytes;
  (void)worker;
  if (bytes.ptr) edi_digest(bytes.ptr, bytes.len, h->digests[item]);
}

/* The digest of each file; of large bundles by as many threads as there are processors. NULL without memory. */
static unsigned char (*hash_files(edi_arena *arena, const edi_bundle_file *files, size_t count))[EDI_DIGEST_BYTES] {
  enum { LARGE = 1 << 20 };
  hashing h = {files, edi_arena_array(arena, count, EDI_DIGEST_BYTES)};
  size_t bytes = 0, most = 0;
  for (size_t i = 0; i < count; i++) {
    bytes += files[i].bytes.len;
    if (files[i].bytes.len > most) most = files[i].bytes.len;
  }
  if (h.digests) edi_parallel(count, edi_parallel_worth(bytes - most, LARGE), hash_one, &h);
  return h.digests;
}

static edict_status differs(edi_str file, bool decides, edict_diagnostics *d) {
  edi_finding *f = edi_diagnostics_add(d, decides ? EDI_R0104 : EDI_R0155, EDI_SPAN_NONE, "",
                                       "bundle: the file `%.*s` is not what the manifest's digest says", EDI_STR_ARG(file));
  if (!decides) edi_finding_note(f, "nothing is decided by it: what decides is what was signed, and can be loaded");
  return EDICT_FORMAT;
}

/* First what decides, so that it holds where something else is said to be damaged. */
static edict_status check_digests(edi_arena *arena, const edi_bundle *bundle, edict_diagnostics *d) {
  const edi_manifest *m = &bundle->manifest;
  unsigned char(*digests)[EDI_DIGEST_BYTES] = hash_files(arena, bundle->files, m->file_count);
  if (!digests) return edi_arena_status(arena);
  for (int pass = 0; pass < 2; pass++) {
    bool decides = pass == 0;
    for (size_t i = 0; i < m->file_count; i++) {
      const edi_bundle_file *file = &bundle->files[i];
      if (!file->bytes.ptr || edi_bundle_decides(file->name) != decides) continue;
      if (memcmp(digests[i], m->files[i].digest, sizeof digests[i]) != 0) return differs(file->name, decides, d);
    }
  }
  return EDICT_OK;
}

/* ---- files ---- */

static edict_status place_file(const edi_manifest_file *expected, edi_bundle_file *file,
                               const char *bytes, size_t length, size_t *at, edict_diagnostics *d) {
  size_t begin = aligned(*at);
  if (begin > length || expected->size > length - begin)
    return fail(d, EDICT_FORMAT, EDI_R0101, "a file reaches beyond its end");
  if (!all_zero(bytes, *at, begin)) return fail(d, EDICT_FORMAT, EDI_R0101, "padding is not zero");
  file->name = expected->name;
  file->bytes = (edi_str){bytes + begin, (size_t)expected->size};
  *at = begin + file->bytes.len;
  return EDICT_OK;
}

/* Its number; as many as there are files if there is none. */
static size_t number_of(const edi_bundle *bundle, const char *name) {
  edi_str wanted = edi_str_from(name);
  size_t low = 0, high = bundle->manifest.file_count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    int order = edi_str_compare(bundle->files[middle].name, wanted);
    if (order == 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return bundle->manifest.file_count;
}

/* A table's bundle carries a table, the others a program. */
static edict_status check_contents(const edi_bundle *bundle, edict_diagnostics *d) {
  size_t none = bundle->manifest.file_count;
  bool program = number_of(bundle, "program") < none, table = number_of(bundle, "table") < none;
  bool is_table = bundle->manifest.layer == EDI_BUNDLE_TABLE;
  if (program == !is_table && table == is_table) return EDICT_OK;
  return fail(d, EDICT_FORMAT, EDI_R0105,
              is_table ? "a table's bundle holds the file `table`, and no `program`"
                       : "a bundle of rules holds the file `program`, and no `table`");
}

/* Without bytes nobody reads what was not hashed. The program is hashed where it is read. */
static void leave_out(edi_bundle *bundle) {
  for (size_t i = 0; i < bundle->manifest.file_count; i++) {
    edi_bundle_file *file = &bundle->files[i];
    if (!edi_bundle_decides(file->name) || edi_str_equal(file->name, EDI_STR("program"))) file->bytes = (edi_str){NULL, 0};
  }
}

static edict_status open_files(edi_arena *arena, const char *bytes, size_t length, size_t at, bool all,
                               edi_bundle *bundle, edict_diagnostics *d) {
  const edi_manifest *m = &bundle->manifest;
  bundle->files = EDI_NEW_ARRAY(arena, edi_bundle_file, m->file_count);
  if (!bundle->files) return edi_arena_status(arena);
  for (size_t i = 0; i < m->file_count; i++) {
    edict_status status = place_file(&m->files[i], &bundle->files[i], bytes, length, &at, d);
    if (status != EDICT_OK) return status;
  }
  if (at != length) return fail(d, EDICT_FORMAT, EDI_R0101, "bytes follow its last file");
  bundle->program = edi_bundle_find(bundle, "program");
  bundle->hashed = all;
  if (!all) leave_out(bundle);
  edict_status status = check_digests(arena, bundle, d);
  return status == EDICT_OK ? check_contents(bundle, d) : status;
}

static edict_status open_bundle(edi_arena *arena, const void *bytes, size_t length, bool all, edi_bundle *bundle,
                                edict_diagnostics *diagnostics) {
  *bundle = (edi_bundle){0};
  if (!bytes || (uintptr_t)bytes % 8 != 0)
    return fail(diagnostics, EDICT_ARGUMENT, EDI_R0101, "its bytes are not at a multiple of 8");
  edi_bundle opened = {0};
  size_t end = 0;
  edict_status status = open_header(bytes, length, &opened, &end, diagnostics);
  if (status == EDICT_OK)
    status = edi_manifest_parse(arena, opened.manifest_text, &opened.manifest, diagnostics);
  if (status == EDICT_OK && length > most_bytes(&opened.manifest))
    status = fail(diagnostics, EDICT_LIMIT, EDI_R0106, "it is larger than a bundle of rules may be");
  if (status == EDICT_OK) status = open_files(arena, bytes, length, end, all, &opened, diagnostics);
  if (status != EDICT_OK) return status;
  edi_digest(opened.manifest_text.ptr, opened.manifest_text.len, opened.digest);
  *bundle = opened;
  return EDICT_OK;
}

edict_status edi_bundle_open(edi_arena *arena, const void *bytes, size_t length, edi_bundle *bundle,
                             edict_diagnostics *diagnostics) {
  return open_bundle(arena, bytes, length, true, bundle, diagnostics);
}

edict_status edi_bundle_load(edi_arena *arena, const void *bytes, size_t length, edi_bundle *bundle,
                             edict_diagnostics *diagnostics) {
  return open_bundle(arena, bytes, length, false, bundle, diagnostics);
}

edi_str edi_bundle_find(const edi_bundle *bundle, const char *name) {
  size_t number = number_of(bundle, name);
  return number < bundle->manifest.file_count ? bundle->files[number].bytes : (edi_str){NULL, 0};
}

/* ---- the program ---- */

static const char *mismatch(const edi_manifest *m, const edi_program *program) {
  const edi_settings *settings = program->settings;
  bool federal = settings->layer == EDI_LAYER_FEDERAL;
  if (federal != (m->layer == EDI_BUNDLE_FEDERAL)) return "its program is of another layer";
  if (!edi_str_equal(edi_program_string(program, settings->domain), m->layer_of))
    return "its program is of another domain";
  if (settings->cost > m->cost) return "its program costs more than its manifest says";
  return NULL;
}

/* By two threads, in memory of its own: what does not hold is read again by one, which finds as much memory as if nobody had. */
static edict_status read_at_once(edi_str bytes, edi_arena *arena, edi_arena *scratch, edi_program *program, unsigned char *digest) {
  edi_arena records, rest;
  bool apart = arena != scratch;
  edi_arena_init_within(&records, arena);
  edi_arena_init_within(&rest, scratch);
  rest.block = scratch->block;
  edict_status status = edi_program_read_hashed(bytes.ptr, bytes.len, &records, apart ? &rest : &records, program, digest);
  if (status == EDICT_OK) edi_arena_adopt(arena, &records);
  edi_arena_fini(&records);
  edi_arena_fini(&rest);
  return status;
}

/* A large program is read while it is hashed: reading believes nothing, and what was read is forgotten if the digest is
 * another. What is wrong with the program is found again, for to say it. */
static edict_status read_program(const edi_bundle *bundle, edi_arena *arena, edi_arena *scratch, edi_program *program,
                                 edict_diagnostics *d) {
  enum { LARGE = 1 << 18 };
  edi_str bytes = bundle->program;
  if (bundle->hashed) return edi_program_read(bytes.ptr, bytes.len, arena, scratch, program, d);
  unsigned char digest[EDI_DIGEST_BYTES];
  bool at_once = edi_parallel_worth(bytes.len, LARGE) > 1;
  edict_status status = EDICT_DEFECT;
  if (at_once) status = read_at_once(bytes, arena, scratch, program, digest);
  else edi_digest(bytes.ptr, bytes.len, digest);
  if (memcmp(digest, bundle->manifest.files[number_of(bundle, "program")].digest, sizeof digest) != 0)
    return differs(EDI_STR("program"), true, d);
  if (at_once && status == EDICT_OK) return EDICT_OK;
  if (at_once) edi_parallel_again();
  return edi_program_read(bytes.ptr, bytes.len, arena, scratch, program, d);
}

edict_status edi_bundle_program(const edi_bundle *bundle, edi_arena *arena, edi_arena *scratch, edi_program *program,
                                edict_diagnostics *diagnostics) {
  *program = (edi_program){0};
  edi_program verified;
  if (!bundle->program.ptr) return fail(diagnostics, EDICT_FORMAT, EDI_R0105, "it holds no program");
  edict_status status = read_program(bundle, arena, scratch, &verified, diagnostics);
  if (status != EDICT_OK) return status;
  const char *what = mismatch(&bundle->manifest, &verified);
  if (what) return fail(diagnostics, EDICT_FORMAT, EDI_R0107, what);
  *program = verified;
  return EDICT_OK;
}

/* ---- authenticating ---- */

/* Manifest, blank line and signatures, which stand in one row. */
static edi_str note_bytes(const edi_bundle *bundle) {
  return (edi_str){bundle->manifest_text.ptr,
                   bundle->manifest_text.len + 1 + bundle->signatures.len};
}

static edict_status split_note(const edi_bundle *bundle, edi_note *note, edict_diagnostics *d) {
  const char *why = "";
  if (bundle->signatures.len == 0) return fail(d, EDICT_UNTRUSTED, EDI_R0210, "it is not signed");
  edict_status status = edi_note_split(note_bytes(bundle), note, &why);
  if (status != EDICT_OK) return fail(d, status, EDI_R0211, why);
  if (note->text.len == bundle->manifest_text.len) return EDICT_OK;
  return fail(d, EDICT_FORMAT, EDI_R0211, "a blank line stands among its signatures");
}

/* Who signed decides what a bundle may be: never its text alone. */
bool edi_bundle_speaks_for(const edi_trust_role *role, const edi_manifest *m) {
  bool federal = role->role == EDI_ROLE_FEDERAL;
  if (!federal && role->role != EDI_ROLE_DOMAIN) return false;
  if (m->layer == EDI_BUNDLE_FEDERAL) return federal && edi_str_equal(role->bundle, m->name);
  if (m->layer == EDI_BUNDLE_DOMAIN)
    return !federal && edi_str_equal(role->domain, m->layer_of) &&
           edi_str_equal(role->bundle, m->name);
  if (m->layer != EDI_BUNDLE_TABLE || !edi_trust_below(m->name, role->bundle)) return false;
  return federal ||
         (m->layer_of.len > role->domain.len + 1 && edi_str_starts(m->layer_of, role->domain) &&
          m->layer_of.ptr[role->domain.len] == '.');
}

static edict_status too_few(const edi_trust_role *role, unsigned count, edict_diagnostics *d) {
  edi_buf name;
  edi_buf_init(&name, NULL, 4096);
  edi_trust_role_print(role, &name);
  edi_diagnostics_add(d, EDI_R0218, EDI_SPAN_NONE, "", "bundle: %u of the %u signatures that `%.*s` needs stand behind it", count,
                      role->threshold, (int)name.len, name.ptr ? name.ptr : "");
  edi_buf_fini(&name);
  return EDICT_UNTRUSTED;
}

/* Enough keys of one role have to stand behind it: those of two roles are not added up. */
static edict_status authenticate(const edi_bundle *bundle, const edi_trust *trust,
                                 edict_diagnostics *d) {
  edi_note note;
  edi_signers s;
  const char *why = "";
  edict_status status = split_note(bundle, &note, d);
  if (status != EDICT_OK) return status;
  status = edi_signers_find(&note, trust, &s, &why);
  if (status != EDICT_OK) return fail(d, status, status == EDICT_LIMIT ? EDI_R0211 : EDI_R0212, why);
  const edi_trust_role *nearest = NULL;
  unsigned most = 0;
  for (size_t i = 0; i < s.count; i++) {
    const edi_trust_role *role = &trust->roles[s.roles[i]];
    unsigned count = edi_bundle_speaks_for(role, &bundle->manifest) ? edi_signers_count(&s, s.roles[i]) : 0;
    if (count >= 1 && count >= role->threshold) return EDICT_OK;
    if (count <= most) continue;
    most = count;
    nearest = role;
  }
  if (nearest) return too_few(nearest, most, d);
  return fail(d, EDICT_UNTRUSTED, EDI_R0213,
              "the trusted keys that signed it may not speak for its layer and name");
}

static edict_status check_times(const edi_manifest *m, int64_t now, edict_diagnostics *d) {
  if (now < m->not_before) return fail(d, EDICT_EXPIRED, EDI_R0214, "it is not valid yet");
  /* Both fit: times end in the year 9999, and stale times are ten years at most. */
  if (now < m->expires + (int64_t)m->stale_seconds * 1000000) return EDICT_OK;
  return fail(d, EDICT_EXPIRED, EDI_R0215, "it has expired");
}

edict_status edi_bundle_authenticate(const edi_bundle *bundle, const edi_trust *trust, int64_t now,
                                     edict_diagnostics *diagnostics) {
  edict_status status = authenticate(bundle, trust, diagnostics);
  if (status != EDICT_OK) return status;
  const edi_manifest *m = &bundle->manifest;
  if (m->semantics != EDI_SEMANTICS || m->format != EDI_BUNDLE_FORMAT)
    return fail(diagnostics, EDICT_VERSION, EDI_R0216,
                "its semantics or format is not one that this version knows");
  return check_times(m, now, diagnostics);
}

/* ---- writing ---- */

static size_t total_length(size_t manifest, size_t signatures, const edi_bundle_file *files,
                           size_t count, size_t most) {
  size_t at = HEADER + manifest + signatures;
  for (size_t i = 0; i < count; i++)
    if (!edi_size_add(aligned(at), files[i].bytes.len, &at) || at > most) return SIZE_MAX;
  return at;
}

/* `signatures` with the blank line before them, or empty; `most` bytes in all. `into` NULL: whether it fits. */
static edict_status lay_out(edi_str manifest, edi_str signatures, const edi_bundle_file *files,
                            size_t count, size_t most, edi_buf *into, edict_diagnostics *d) {
  size_t total = total_length(manifest.len, signatures.len, files, count, most);
  if (total > most || manifest.len > EDI_LIMIT_MANIFEST ||
      signatures.len > EDI_LIMIT_SIGNATURES)
    return fail(d, EDICT_LIMIT, EDI_R0106, "it would be larger than a bundle may be");
  if (!into) return EDICT_OK;
  size_t start = into->len;
  edi_buf_text(into, MAGIC);
  edi_buf_u32(into, EDI_BUNDLE_FORMAT);
  edi_buf_u32(into, (uint32_t)manifest.len);
  edi_buf_u32(into, (uint32_t)signatures.len);
  edi_buf_u32(into, 0);
  edi_buf_u64(into, total);
  edi_buf_zeros(into, 32);
  edi_buf_str(into, manifest);
  edi_buf_str(into, signatures);
  for (size_t i = 0; i < count && into->failed == EDICT_OK; i++) {
    edi_buf_zeros(into, aligned(into->len - start) - (into->len - start));
    edi_buf_str(into, files[i].bytes);
  }
  return into->failed;
}

static int compare_files(const void *context, const void *a, const void *b) {
  (void)context;
  return edi_str_compare(((const edi_bundle_file *)a)->name, ((const edi_bundle_file *)b)->name);
}

static edict_status sort_files(edi_arena *arena, edi_bundle_file *files, size_t count,
                               edict_diagnostics *d) {
  if (count > EDI_LIMIT_BUNDLE_FILES)
    return fail(d, EDICT_LIMIT, EDI_R0106, "it would hold too many files");
  edi_bundle_file *spare = EDI_NEW_ARRAY(arena, edi_bundle_file, count);
  if (!spare) return edi_arena_status(arena);
  edi_order_sort(files, spare, count, sizeof *files, compare_files, NULL);
  return EDICT_OK;
}

/* The manifest with its files' sizes and, where they are wanted, their digests. */
static edict_status list_files(edi_arena *arena, const edi_bundle_file *files, size_t count, bool hashed,
                               edi_manifest *m) {
  m->files = EDI_NEW_ARRAY(arena, edi_manifest_file, count);
  m->file_count = count;
  if (!m->files) return edi_arena_status(arena);
  unsigned char(*digests)[EDI_DIGEST_BYTES] = hashed ? hash_files(arena, files, count) : NULL;
  if (hashed && !digests) return edi_arena_status(arena);
  for (size_t i = 0; i < count; i++) {
    m->files[i].name = files[i].name;
    m->files[i].size = files[i].bytes.len;
    if (hashed) memcpy(m->files[i].digest, digests[i], sizeof digests[i]);
  }
  return EDICT_OK;
}

/* Parses what was written: a manifest with a bad name or time is the author's to mend. */
static edict_status write_text(edi_arena *arena, const edi_manifest *m, edi_bundle_file *files,
                               edi_buf *text, edict_diagnostics *d) {
  edi_bundle bundle = {.files = files};
  edi_manifest_format(m, text);
  if (text->failed != EDICT_OK) return text->failed;
  edict_status status =
      edi_manifest_parse(arena, (edi_str){text->ptr, text->len}, &bundle.manifest, d);
  if (status == EDICT_OK) status = check_contents(&bundle, d);
  return status == EDICT_FORMAT ? EDICT_FINDINGS : status;
}

static edict_status write(edi_arena *arena, const edi_manifest *manifest, edi_bundle_file *files, size_t file_count,
                          edi_buf *into, edict_diagnostics *diagnostics) {
  edi_manifest full = *manifest;
  edict_status status = sort_files(arena, files, file_count, diagnostics);
  if (status == EDICT_OK) status = list_files(arena, files, file_count, into != NULL, &full);
  if (status != EDICT_OK) return status;
  edi_buf text;
  edi_buf_init(&text, into ? into->allocator : arena->allocator, EDI_LIMIT_MANIFEST + 1);
  status = write_text(arena, &full, files, &text, diagnostics);
  if (status == EDICT_OK)
    status = lay_out((edi_str){text.ptr, text.len}, (edi_str){NULL, 0}, files, file_count,
                     most_bytes(&full), into, diagnostics);
  edi_buf_fini(&text);
  return status;
}

edict_status edi_bundle_write(edi_arena *arena, const edi_manifest *manifest,
                              edi_bundle_file *files, size_t file_count, edi_buf *into,
                              edict_diagnostics *diagnostics) {
  return write(arena, manifest, files, file_count, into, diagnostics);
}

edict_status edi_bundle_try(edi_arena *arena, const edi_manifest *manifest, edi_bundle_file *files, size_t file_count,
                            edict_diagnostics *diagnostics) {
  return write(arena, manifest, files, file_count, NULL, diagnostics);
}

/* ---- signing ---- */

edict_status edi_bundle_attach(edi_arena *arena, const void *bytes, size_t length, edi_str lines, edi_buf *into,
                               edict_diagnostics *diagnostics) {
  edi_bundle bundle;
  edict_status status = edi_bundle_open(arena, bytes, length, &bundle, diagnostics);
  if (status != EDICT_OK) return status;
  return lay_out(bundle.manifest_text, lines, bundle.files, bundle.manifest.file_count, most_bytes(&bundle.manifest), into,
                 diagnostics);
}

edict_status edi_bundle_sign(edi_arena *arena, const void *bytes, size_t length, edi_str key_name,
                             const unsigned char secret_key[64], edi_buf *into,
                             edict_diagnostics *diagnostics) {
  edi_bundle bundle;
  edi_buf note;
  edict_status status = edi_bundle_open(arena, bytes, length, &bundle, diagnostics);
  if (status != EDICT_OK) return status;
  edi_buf_init(&note, into->allocator, (size_t)EDI_LIMIT_MANIFEST + EDI_LIMIT_SIGNATURES);
  edi_signable text = {bundle.manifest_text, bundle.signatures, "bundle"};
  status = edi_signing_sign(&text, key_name, secret_key, &note, diagnostics);
  size_t before = bundle.manifest_text.len;
  if (status == EDICT_OK)
    status = edi_bundle_attach(arena, bytes, length, (edi_str){note.ptr + before, note.len - before}, into, diagnostics);
  edi_buf_fini(&note);
  return status;
}
