/* Trust: the C API of edict/ceremony.h. Each call reads its input as if it came from a stranger. */
#include "edict/ceremony.h"

#include <sodium.h>

#include "base/calendar.h"
#include "bundle/document.h"
#include "bundle/state.h"
#include "edict/bundles.h"

#define ARENA_TRUST ((size_t)1 << 31)
#define MOST_DOCUMENT ((size_t)EDI_LIMIT_TABLE_FILE + 65536)

typedef struct call {
  edi_arena arena;
  edi_buf out;
  edict_diagnostics *diagnostics;
} call;

static void begin(call *c, size_t most, edict_diagnostics *diagnostics) {
  edi_arena_init(&c->arena, NULL, ARENA_TRUST);
  edi_buf_init(&c->out, NULL, most);
  c->diagnostics = diagnostics;
}

/* Hands over what was written, if all went well. */
static edict_status end(call *c, edict_status status, char **text, size_t *length) {
  *text = NULL;
  *length = 0;
  size_t written = c->out.len;
  edi_buf_char(&c->out, '\0');
  if (status == EDICT_OK) status = edi_buf_give(&c->out, text);
  else edi_buf_fini(&c->out);
  if (status == EDICT_OK) *length = written;
  edi_arena_fini(&c->arena);
  return status;
}

/* ---- signatures ---- */

static size_t count_signatures(const edi_document *doc) {
  size_t count = 0;
  for (size_t i = 0; i < doc->signable.signatures.len; i++) count += doc->signable.signatures.ptr[i] == '\n';
  return count;
}

static void describe(const edi_document *doc, edict_document_facts *facts) {
  static const char *const kinds[] = {"", "bundle", "request", "root"};
  const edi_manifest *m = doc->manifest;
  edi_str name = m ? m->name : doc->root->name;
  edi_buf layer = edi_buf_fixed(facts->layer, sizeof facts->layer);
  memcpy(facts->kind, kinds[doc->kind], strlen(kinds[doc->kind]));
  memcpy(facts->name, name.ptr, name.len); /* at most EDI_LIMIT_NAME */
  if (m) edi_manifest_put_layer(m, &layer);
  else edi_buf_text(&layer, "root");
  edi_buf_char(&layer, '\0');
  facts->version = m ? m->version : doc->root->version;
  facts->expires = m ? m->expires : doc->root->expires;
  memcpy(facts->digest, doc->digest, sizeof facts->digest);
  facts->signatures = count_signatures(doc);
}

edict_status edict_document_about(const void *bytes, size_t length, edict_document_facts *facts, edict_diagnostics *diagnostics) {
  edi_arena arena;
  edi_document doc;
  *facts = (edict_document_facts){.version = 0};
  edi_arena_init(&arena, NULL, ARENA_TRUST);
  edict_status status = edi_document_open(&arena, (edi_str){bytes, length}, &doc, diagnostics);
  if (status == EDICT_OK) describe(&doc, facts);
  edi_arena_fini(&arena);
  return status;
}

/* The document under the note that was made for it. */
static edict_status attach(call *c, const edi_document *doc, edict_status status, edi_buf *note) {
  if (status == EDICT_OK) status = edi_document_attach(&c->arena, doc, (edi_str){note->ptr, note->len}, &c->out, c->diagnostics);
  edi_buf_fini(note);
  return status;
}

edict_status edict_document_sign(const void *bytes, size_t length, const char *secret, size_t secret_length,
                                 char **signed_bytes, size_t *signed_length, edict_diagnostics *diagnostics) {
  char name[256];
  unsigned char key[64];
  edi_document doc;
  edi_buf note;
  call c;
  begin(&c, MOST_DOCUMENT, diagnostics);
  edi_buf_init(&note, NULL, (size_t)EDI_LIMIT_MANIFEST + EDI_LIMIT_SIGNATURES);
  edict_status status = edict_key_parse(secret, secret_length, name, key);
  if (status != EDICT_OK)
    edi_diagnostics_add(diagnostics, EDI_R0251, EDI_SPAN_NONE, "", "the secret key is not of the form `edict-secret-key/v1`");
  if (status == EDICT_OK) status = edi_document_open(&c.arena, (edi_str){bytes, length}, &doc, diagnostics);
  if (status == EDICT_OK) status = edi_signing_sign(&doc.signable, edi_str_from(name), key, &note, diagnostics);
  sodium_memzero(key, sizeof key);
  return end(&c, attach(&c, &doc, status, &note), signed_bytes, signed_length);
}

/* ---- whose signature counts ---- */

static const edi_trust_role *role_of_key(const edi_trust *trust, const unsigned char public_key[32]) {
  for (size_t i = 0; i < trust->count; i++)
    if (memcmp(trust->keys[i].public_key, public_key, 32) == 0) return &trust->roles[trust->keys[i].role];
  return NULL;
}

static bool may_sign(const edi_document *doc, const edi_trust_role *role) {
  if (!role) return false;
  return doc->root ? role->role == EDI_ROLE_ROOT : edi_bundle_speaks_for(role, doc->manifest);
}

static void warn_of_signer(const edi_document *doc, const char *name, bool trust, const edi_trust_role *role, edict_diagnostics *d) {
  edi_finding *f = edi_diagnostics_add(d, EDI_W0253, EDI_SPAN_NONE, "", "a signature by `%s` counts for nothing here", name);
  if (!role) {
    edi_finding_note(f, doc->root ? "the root document does not name the key" : "the trust store or root document names no such key");
    if (doc->root && doc->root->has_prev && !trust) edi_finding_note(f, "keys of the version before sign it too: --trust with that looks there");
    return;
  }
  edi_buf words;
  edi_buf_init(&words, NULL, 4096);
  edi_trust_role_print(role, &words);
  edi_finding_note(f, "the key is of `%.*s`, which does not sign this", (int)words.len, words.ptr ? words.ptr : "");
  edi_buf_fini(&words);
}

/* The keys of a text as it stands: who hands it over is not asked. */
static edict_status read_trust(edi_arena *arena, edi_str text, edi_trust *trust, edict_diagnostics *d) {
  edi_root root;
  if (!edi_root_is(text)) return edi_trust_parse(arena, text, trust, d);
  edict_status status = edi_root_parse_unsigned(arena, text, &root, d);
  *trust = root.trust;
  return status;
}

edict_status edict_document_check_signer(const void *bytes, size_t length, const char *trust, size_t trust_length, const char *secret,
                                         size_t secret_length, edict_diagnostics *diagnostics) {
  char name[256];
  unsigned char key[64], public_key[32];
  edi_document doc;
  edi_trust of = {.count = 0};
  call c;
  edict_status status = edict_key_parse(secret, secret_length, name, key);
  memcpy(public_key, key + 32, sizeof public_key);
  sodium_memzero(key, sizeof key);
  if (status != EDICT_OK) return status;
  begin(&c, MOST_DOCUMENT, diagnostics);
  status = edi_document_open(&c.arena, (edi_str){bytes, length}, &doc, diagnostics);
  if (status == EDICT_OK && trust) status = read_trust(&c.arena, (edi_str){trust, trust_length}, &of, diagnostics);
  if (status == EDICT_OK && (trust || doc.root)) {
    const edi_trust_role *role = role_of_key(&of, public_key), *own = doc.root ? role_of_key(&doc.root->trust, public_key) : NULL;
    if (!may_sign(&doc, role) && !may_sign(&doc, own)) warn_of_signer(&doc, name, trust != NULL, own ? own : role, diagnostics);
  }
  edi_buf_fini(&c.out);
  edi_arena_fini(&c.arena);
  return status;
}

edict_status edict_document_request(const void *bytes, size_t length, char **text, size_t *text_length,
                                    edict_diagnostics *diagnostics) {
  edi_document doc;
  call c;
  begin(&c, MOST_DOCUMENT, diagnostics);
  edict_status status = edi_document_open(&c.arena, (edi_str){bytes, length}, &doc, diagnostics);
  if (status == EDICT_OK) edi_buf_str(&c.out, doc.signable.text);
  return end(&c, status, text, text_length);
}

edict_status edict_document_add(const void *bytes, size_t length, const char *note, size_t note_length, char **signed_bytes,
                                size_t *signed_length, size_t *added, edict_diagnostics *diagnostics) {
  edi_document doc;
  edi_buf merged;
  call c;
  *added = 0;
  begin(&c, MOST_DOCUMENT, diagnostics);
  edi_buf_init(&merged, NULL, (size_t)EDI_LIMIT_MANIFEST + EDI_LIMIT_SIGNATURES);
  edict_status status = edi_document_open(&c.arena, (edi_str){bytes, length}, &doc, diagnostics);
  if (status == EDICT_OK) status = edi_signing_merge(&doc.signable, (edi_str){note, note_length}, &merged, added, diagnostics);
  return end(&c, attach(&c, &doc, status, &merged), signed_bytes, signed_length);
}

/* ---- root documents ---- */

static edict_status refuse(call *c, edict_status status, edi_code code, const char *what) {
  edi_diagnostics_add(c->diagnostics, code, EDI_SPAN_NONE, "", "root document: %s", what);
  return status;
}

/* The text with this line after it, in its order. */
static edict_status reformat(call *c, edi_str text, const char *line) {
  edi_buf changed;
  edi_root root;
  edi_buf_init(&changed, NULL, EDI_LIMIT_ROOT_FILE);
  edi_buf_str(&changed, text);
  if (*line) edi_buf_format(&changed, "%s\n", line);
  edict_status status = changed.failed;
  if (status == EDICT_OK) status = edi_root_parse_draft(&c->arena, (edi_str){changed.ptr, changed.len}, &root, c->diagnostics);
  if (status == EDICT_OK) edi_root_format(&root, &c->out);
  edi_buf_fini(&changed);
  return status;
}

edict_status edict_root_begin(const char *name, int64_t expires, char **draft, size_t *draft_length,
                              edict_diagnostics *diagnostics) {
  call c;
  edi_buf head;
  static const unsigned char none[EDI_DIGEST_BYTES];
  begin(&c, EDI_LIMIT_ROOT_FILE, diagnostics);
  edi_buf_init(&head, NULL, 4096);
  edi_root_format_head(edi_str_from(name), 1, false, none, expires, &head);
  edict_status status = head.failed == EDICT_OK ? reformat(&c, (edi_str){head.ptr, head.len}, "") : head.failed;
  edi_buf_fini(&head);
  return end(&c, status, draft, draft_length);
}

edict_status edict_root_rotate(const char *root, size_t length, int64_t expires, char **draft, size_t *draft_length,
                               edict_diagnostics *diagnostics) {
  call c;
  edi_root before;
  begin(&c, EDI_LIMIT_ROOT_FILE, diagnostics);
  edict_status status = edi_root_parse(&c.arena, (edi_str){root, length}, &before, diagnostics);
  if (status == EDICT_OK) status = edi_root_verify(&before, diagnostics);
  if (status == EDICT_OK && before.version == UINT64_MAX) status = refuse(&c, EDICT_LIMIT, EDI_R0224, "no version comes after it");
  if (status == EDICT_OK) {
    before.version++;
    before.has_prev = true;
    memcpy(before.prev, before.digest, sizeof before.prev);
    before.expires = expires;
    edi_root_format(&before, &c.out);
  }
  return end(&c, status, draft, draft_length);
}

static edict_status open_draft(call *c, const char *draft, size_t length, edi_root *root) {
  edict_status status = edi_root_parse_draft(&c->arena, (edi_str){draft, length}, root, c->diagnostics);
  if (status != EDICT_OK || root->note.signature_count == 0) return status;
  return refuse(c, EDICT_ARGUMENT, EDI_R0230, "it is signed, and what was signed is not changed: `edict trust rotate` begins the next version");
}

static edi_str last_word(edi_str line) {
  size_t begin = line.len;
  while (begin > 0 && line.ptr[begin - 1] != ' ') begin--;
  return (edi_str){line.ptr + begin, line.len - begin};
}

/* The text without the lines for which `drop` holds; how many. */
static edict_status filter(call *c, edi_str text, bool (*drop)(edi_str line, edi_str what), edi_str what, edi_buf *kept, size_t *dropped) {
  (void)c;
  *dropped = 0;
  while (text.len > 0) {
    const char *end = memchr(text.ptr, '\n', text.len);
    size_t length = end ? (size_t)(end - text.ptr) + 1 : text.len;
    edi_str line = {text.ptr, end ? length - 1 : length};
    if (drop(line, what)) ++*dropped;
    else edi_buf_append(kept, text.ptr, length);
    text = (edi_str){text.ptr + length, text.len - length};
  }
  return kept->failed;
}

/* `threshold <words> <number>` of the same words. */
static bool is_same_threshold(edi_str line, edi_str statement) {
  size_t words = statement.len - last_word(statement).len;
  return edi_str_starts(statement, EDI_STR("threshold ")) && edi_str_starts(line, (edi_str){statement.ptr, words}) &&
         line.len - last_word(line).len == words;
}

edict_status edict_root_add(const char *draft, size_t length, const char *statement, char **changed, size_t *changed_length,
                            edict_diagnostics *diagnostics) {
  call c;
  edi_root root;
  edi_buf kept;
  size_t dropped;
  begin(&c, EDI_LIMIT_ROOT_FILE, diagnostics);
  edi_buf_init(&kept, NULL, EDI_LIMIT_ROOT_FILE);
  edict_status status = open_draft(&c, draft, length, &root);
  if (status == EDICT_OK && strchr(statement, '\n')) status = refuse(&c, EDICT_ARGUMENT, EDI_R0200, "a statement is one line");
  if (status == EDICT_OK) status = filter(&c, root.text, is_same_threshold, edi_str_from(statement), &kept, &dropped);
  if (status == EDICT_OK) status = reformat(&c, (edi_str){kept.ptr, kept.len}, statement);
  edi_buf_fini(&kept);
  return end(&c, status, changed, changed_length);
}

static bool is_key_line(edi_str line, edi_str key) {
  edi_str last = last_word(line);
  bool by_name = !memchr(key.ptr, '+', key.len);
  if (!by_name) return edi_str_equal(last, key);
  return last.len > key.len && edi_str_starts(last, key) && last.ptr[key.len] == '+';
}

edict_status edict_root_revoke(const char *draft, size_t length, const char *key, char **changed, size_t *changed_length,
                               edict_diagnostics *diagnostics) {
  call c;
  edi_root root;
  edi_buf kept;
  size_t dropped = 0;
  edi_str what = edi_str_from(key);
  begin(&c, EDI_LIMIT_ROOT_FILE, diagnostics);
  edi_buf_init(&kept, NULL, EDI_LIMIT_ROOT_FILE);
  edict_status status = what.len ? open_draft(&c, draft, length, &root) : EDICT_ARGUMENT;
  if (status == EDICT_OK) status = filter(&c, root.text, is_key_line, what, &kept, &dropped);
  if (status == EDICT_OK && dropped == 0) status = refuse(&c, EDICT_NOT_FOUND, EDI_R0231, "it has no such key");
  if (status == EDICT_OK && dropped > 1) status = refuse(&c, EDICT_ARGUMENT, EDI_R0231, "several keys have this name: give the verifier key");
  if (status == EDICT_OK) status = reformat(&c, (edi_str){kept.ptr, kept.len}, "");
  edi_buf_fini(&kept);
  return end(&c, status, changed, changed_length);
}

/* A load passes over what is older than what it trusts; who asks about documents is told of each. */
static edict_status check_follower(edi_arena *arena, edi_str document, uint64_t first, edict_diagnostics *d) {
  edi_root root;
  edict_status status = edi_root_parse(arena, document, &root, d);
  if (status == EDICT_OK) status = edi_root_verify(&root, d);
  if (status != EDICT_OK || root.version >= first) return status;
  edi_diagnostics_add(d, EDI_R0224, EDI_SPAN_NONE, "", "root document: version %llu does not come next after %llu, the first that was given",
                      (unsigned long long)root.version, (unsigned long long)first);
  return EDICT_VERSION;
}

static edict_status check_followers(edi_arena *arena, const edi_str *documents, size_t count, edi_str first, edict_diagnostics *d) {
  edi_root root;
  edict_status status = edi_root_parse(arena, first, &root, d);
  for (size_t i = 0; i < count && status == EDICT_OK; i++) status = check_follower(arena, documents[i], root.version, d);
  return status;
}

edict_status edict_root_verify(const edict_bytes *roots, size_t count, int64_t now, size_t *newest,
                               edict_diagnostics *diagnostics) {
  edi_arena arena;
  edi_root root;
  edi_str *chain;
  size_t steps;
  if (count == 0 || !roots) return EDICT_ARGUMENT;
  edi_arena_init(&arena, NULL, ARENA_TRUST);
  edi_str *documents = EDI_NEW_ARRAY(&arena, edi_str, count);
  edict_status status = documents ? EDICT_OK : edi_arena_status(&arena);
  for (size_t i = 1; documents && i < count; i++) documents[i - 1] = (edi_str){roots[i].ptr, roots[i].len};
  if (status == EDICT_OK)
    status = edi_root_advance(&arena, (edi_str){roots[0].ptr, roots[0].len}, documents, count - 1, &root, &chain, &steps, diagnostics);
  if (status == EDICT_OK) status = check_followers(&arena, documents, count - 1, (edi_str){roots[0].ptr, roots[0].len}, diagnostics);
  if (status == EDICT_OK) status = edi_root_check_time(&root, now, diagnostics);
  for (size_t i = 0; status == EDICT_OK && newest && i < count; i++)
    if (roots[i].ptr == root.bytes.ptr) *newest = i;
  edi_arena_fini(&arena);
  return status;
}
