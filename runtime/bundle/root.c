/* Root document: see the header.
 *
 * Order of refusal: size, note, fixed lines, statements, names, then signatures. What a document says is
 * known before it is believed, since the keys that must have signed it stand in it. */
#include "bundle/root.h"

#include "bundle/lines.h"
#include "bundle/order.h"

static const char first_line[] = "edict-root/v1";

static edict_status fail(edict_diagnostics *d, edict_status status, edi_code code, const char *what) {
  edi_diagnostics_add(d, code, EDI_SPAN_NONE, "", "root document: %s", what);
  return status;
}

/* ---- what it says ---- */

bool edi_root_is(edi_str bytes) {
  size_t length = sizeof first_line - 1;
  return edi_str_starts(bytes, (edi_str){first_line, length}) && bytes.len > length && bytes.ptr[length] == '\n';
}

static bool parse_head(edi_lines *in, edi_root *root) {
  edi_str prev;
  if (!edi_lines_exact(in, first_line, "the first line is not `edict-root/v1`") ||
      !edi_lines_value(in, "name", &root->name))
    return false;
  if (!edi_manifest_name_valid(root->name, EDI_LIMIT_NAME)) return edi_lines_fail(in, EDI_R0220, "the name is not one");
  if (!edi_lines_number(in, "version", &root->version)) return false;
  if (root->version == 0) return edi_lines_fail(in, EDI_R0220, "versions count from 1");
  if (!edi_lines_value(in, "prev", &prev)) return false;
  if (!edi_lines_parse_prev(prev, &root->has_prev, root->prev))
    return edi_lines_fail(in, EDI_R0220, "`prev` is neither `-` nor a digest");
  if (root->has_prev != (root->version > 1))
    return edi_lines_fail(in, EDI_R0220, root->has_prev ? "nothing comes before version 1" : "a later version names the one before");
  return edi_lines_time(in, "expires", &root->expires);
}

/* A federation vouches for names of its own. */
static edict_status check_names(const edi_root *root, edict_diagnostics *d) {
  for (size_t i = 0; i < root->trust.role_count; i++) {
    const edi_trust_role *role = &root->trust.roles[i];
    if (role->bundle.len == 0 || edi_trust_below(role->bundle, root->name)) continue;
    edi_diagnostics_add(d, EDI_R0227, EDI_SPAN_NONE, "", "root document: the bundle `%.*s` is neither `%.*s` nor below it",
                        EDI_STR_ARG(role->bundle), EDI_STR_ARG(root->name));
    return EDICT_FORMAT;
  }
  return EDICT_OK;
}

static edict_status find_role(edi_root *root, bool draft, edict_diagnostics *d) {
  root->role = UINT32_MAX;
  for (uint32_t i = 0; i < root->trust.role_count; i++)
    if (root->trust.roles[i].role == EDI_ROLE_ROOT) root->role = i;
  return draft || root->role != UINT32_MAX ? EDICT_OK
                                         : fail(d, EDICT_FORMAT, EDI_R0204, "it has no root keys: nobody could sign the next");
}

static edict_status parse_text(edi_arena *arena, bool draft, edi_root *root, edict_diagnostics *d) {
  edi_lines in = edi_lines_of(root->text, "root document", EDI_R0220, d);
  if (!parse_head(&in, root)) return EDICT_FORMAT;
  edict_status status = edi_trust_statements(arena, root->text, in.rest, draft, &root->trust, d);
  if (status == EDICT_OK) status = check_names(root, d);
  if (status == EDICT_OK) status = find_role(root, draft, d);
  edi_digest(root->text.ptr, root->text.len, root->digest);
  return status;
}

/* The text is all of it, where no blank line begins signatures. */
static edict_status split(edi_str bytes, bool unsigned_too, edi_root *root, edict_diagnostics *d) {
  const char *why = "";
  if (bytes.len > EDI_LIMIT_ROOT_FILE) return fail(d, EDICT_LIMIT, EDI_R0220, "it is too large");
  root->bytes = bytes;
  if (unsigned_too && !edi_str_contains(bytes, EDI_STR("\n\n"))) {
    root->text = bytes;
    return EDICT_OK;
  }
  edict_status status = edi_note_split(bytes, &root->note, &why);
  root->text = root->note.text;
  return status == EDICT_OK ? status : fail(d, status, EDI_R0220, why);
}

static edict_status parse(edi_arena *arena, edi_str bytes, bool unsigned_too, bool draft, edi_root *root, edict_diagnostics *d) {
  edi_root parsed = {.version = 0};
  *root = parsed;
  edict_status status = split(bytes, unsigned_too, &parsed, d);
  if (status == EDICT_OK) status = parse_text(arena, draft, &parsed, d);
  if (status == EDICT_OK) *root = parsed;
  return status;
}

edict_status edi_root_parse(edi_arena *arena, edi_str bytes, edi_root *root, edict_diagnostics *diagnostics) {
  return parse(arena, bytes, false, false, root, diagnostics);
}

edict_status edi_root_parse_unsigned(edi_arena *arena, edi_str bytes, edi_root *root, edict_diagnostics *diagnostics) {
  return parse(arena, bytes, true, false, root, diagnostics);
}

edict_status edi_root_parse_draft(edi_arena *arena, edi_str bytes, edi_root *root, edict_diagnostics *diagnostics) {
  return parse(arena, bytes, true, true, root, diagnostics);
}

/* ---- who signed it ---- */

/* `by` is the document whose keys are asked. */
static edict_status verify_by(const edi_root *root, const edi_root *by, edi_code code, edict_diagnostics *d) {
  edi_signers signers;
  const char *why = "";
  edict_status status = edi_signers_find(&root->note, &by->trust, &signers, &why);
  if (status != EDICT_OK && (status != EDICT_UNTRUSTED || signers.known))
    return fail(d, status, EDI_R0221, why);
  unsigned count = status == EDICT_OK ? edi_signers_count(&signers, by->role) : 0;
  if (count >= 1 && count >= by->trust.roles[by->role].threshold) return EDICT_OK;
  edi_diagnostics_add(d, code, EDI_SPAN_NONE, "", "root document: version %llu is signed by %u of the %u root keys that version %llu asks for",
                      (unsigned long long)root->version, count, by->trust.roles[by->role].threshold, (unsigned long long)by->version);
  return EDICT_UNTRUSTED;
}

edict_status edi_root_verify(const edi_root *root, edict_diagnostics *diagnostics) {
  return verify_by(root, root, EDI_R0222, diagnostics);
}

edict_status edi_root_follows(const edi_root *before, const edi_root *next, edict_diagnostics *d) {
  if (!edi_str_equal(before->name, next->name))
    return fail(d, EDICT_UNTRUSTED, EDI_R0225, "it is of another federation than the one before");
  if (before->version == UINT64_MAX || next->version != before->version + 1) {
    edi_diagnostics_add(d, EDI_R0224, EDI_SPAN_NONE, "", "root document: version %llu does not come next after %llu",
                        (unsigned long long)next->version, (unsigned long long)before->version);
    return EDICT_VERSION;
  }
  if (memcmp(next->prev, before->digest, sizeof next->prev) != 0)
    return fail(d, EDICT_UNTRUSTED, EDI_R0225, "its `prev` is not the digest of the version before");
  return verify_by(next, before, EDI_R0223, d);
}

edict_status edi_root_check_time(const edi_root *root, int64_t now, edict_diagnostics *d) {
  return now < root->expires ? EDICT_OK : fail(d, EDICT_EXPIRED, EDI_R0226, "it has expired: a new version is due");
}

/* ---- from one to the next ---- */

static int compare_versions(const void *context, const void *a, const void *b) {
  (void)context;
  const edi_root *const *x = a, *const *y = b;
  return (*x)->version < (*y)->version ? -1 : (*x)->version > (*y)->version;
}

static edict_status same(const edi_root *a, const edi_root *b, edict_diagnostics *d) {
  if (memcmp(a->digest, b->digest, sizeof a->digest) == 0) return EDICT_OK;
  edi_diagnostics_add(d, EDI_R0225, EDI_SPAN_NONE, "", "root document: there are two of version %llu", (unsigned long long)a->version);
  return EDICT_UNTRUSTED;
}

static edict_status step(const edi_root **current, const edi_root *next, bool *stepped, edict_diagnostics *d) {
  *stepped = false;
  if (next->version < (*current)->version) return EDICT_OK;
  if (next->version == (*current)->version) return same(*current, next, d);
  edict_status status = edi_root_verify(next, d);
  if (status == EDICT_OK) status = edi_root_follows(*current, next, d);
  if (status != EDICT_OK) return status;
  *current = next;
  *stepped = true;
  return EDICT_OK;
}

/* All of them parsed and by version; `roots` has room for twice as many pointers. */
static edict_status parse_all(edi_arena *arena, const edi_str *documents, size_t count, edi_root ***sorted,
                              edict_diagnostics *d) {
  edi_root *roots = EDI_NEW_ARRAY(arena, edi_root, count), **order = EDI_NEW_ARRAY(arena, edi_root *, 2 * count);
  if (!roots || !order) return edi_arena_status(arena);
  for (size_t i = 0; i < count; i++) {
    edict_status status = edi_root_parse(arena, documents[i], &roots[i], d);
    if (status != EDICT_OK) return status;
    order[i] = &roots[i];
  }
  edi_order_sort(order, order + count, count, sizeof *order, compare_versions, NULL);
  *sorted = order;
  return EDICT_OK;
}

edict_status edi_root_advance(edi_arena *arena, edi_str anchor, const edi_str *documents, size_t count, edi_root *newest,
                              edi_str **chain, size_t *chain_count, edict_diagnostics *diagnostics) {
  edi_root *first = EDI_NEW(arena, edi_root), **sorted = NULL;
  *chain = EDI_NEW_ARRAY(arena, edi_str, count);
  *chain_count = 0;
  if (!first || !*chain) return edi_arena_status(arena);
  edict_status status = edi_root_parse(arena, anchor, first, diagnostics);
  if (status == EDICT_OK) status = edi_root_verify(first, diagnostics);
  if (status == EDICT_OK) status = parse_all(arena, documents, count, &sorted, diagnostics);
  const edi_root *current = first;
  for (size_t i = 0; i < count && status == EDICT_OK; i++) {
    bool stepped;
    status = step(&current, sorted[i], &stepped, diagnostics);
    if (stepped) (*chain)[(*chain_count)++] = sorted[i]->bytes;
  }
  if (status == EDICT_OK) *newest = *current;
  return status;
}

edict_status edi_trust_open(edi_arena *arena, edi_str text, int64_t now, edi_trust *trust, edict_diagnostics *diagnostics) {
  if (!edi_root_is(text)) return edi_trust_parse(arena, text, trust, diagnostics);
  *trust = (edi_trust){.count = 0};
  edi_root *root = EDI_NEW(arena, edi_root);
  if (!root) return edi_arena_status(arena);
  edict_status status = edi_root_parse(arena, text, root, diagnostics);
  if (status == EDICT_OK) status = edi_root_verify(root, diagnostics);
  if (status == EDICT_OK) status = edi_root_check_time(root, now, diagnostics);
  if (status == EDICT_OK) *trust = root->trust;
  return status;
}

/* ---- writing ---- */

void edi_root_format_head(edi_str name, uint64_t version, bool has_prev, const unsigned char prev[EDI_DIGEST_BYTES],
                          int64_t expires, edi_buf *into) {
  edi_buf_format(into, "%s\nname %.*s\nversion %llu\n", first_line, EDI_STR_ARG(name), (unsigned long long)version);
  edi_lines_put_prev(into, has_prev, prev);
  edi_lines_put_time(into, "expires", expires);
}

static void format_role(const edi_root *root, uint32_t number, edi_buf *into) {
  const edi_trust_role *role = &root->trust.roles[number];
  if (role->threshold && role->role != EDI_ROLE_LOG) {
    edi_buf_text(into, "threshold ");
    edi_trust_role_print(role, into);
    edi_buf_format(into, " %u\n", role->threshold);
  }
  for (size_t i = 0; i < root->trust.count; i++) {
    const edi_trusted_key *key = &root->trust.keys[i];
    if (key->role != number) continue;
    edi_trust_role_print(role, into);
    edi_buf_char(into, ' ');
    if (!edi_note_key_format(into, key->name, key->public_key) && into->failed == EDICT_OK) into->failed = EDICT_MEMORY;
    edi_buf_char(into, '\n');
  }
}

void edi_root_format(const edi_root *root, edi_buf *into) {
  edi_root_format_head(root->name, root->version, root->has_prev, root->prev, root->expires, into);
  if (root->role != UINT32_MAX) format_role(root, root->role, into);
  for (uint32_t i = 0; i < root->trust.role_count; i++)
    if (i != root->role) format_role(root, i, into);
}
