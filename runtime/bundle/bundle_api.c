/* Bundle: the C API of edict/bundles.h: keys, signatures and a look inside. */
#include "edict/bundles.h"

#include <sodium.h>

#include "bundle/bundle.h"
#include "bundle/measure.h"
#include "bundle/note.h"
#include "bundle/root.h"
#include "bundle/tablefile.h"

#define ARENA_BUNDLE ((size_t)1 << 31)

/* ---- keys ---- */

static const char secret_head[] = "edict-secret-key/v1 ";

edict_status edict_key_generate(const char *name, const unsigned char seed[32], char **verifier, char **secret) {
  *verifier = *secret = NULL;
  edi_str n = edi_str_from(name);
  if (!edi_note_name_valid(n)) return EDICT_ARGUMENT;
  unsigned char public_key[32], secret_key[64];
  if (sodium_init() < 0 || crypto_sign_seed_keypair(public_key, secret_key, seed) != 0) return EDICT_SYSTEM;
  edi_buf v, s;
  edi_buf_init(&v, NULL, 4096);
  edi_buf_init(&s, NULL, 4096);
  bool made = edi_note_key_format(&v, n, public_key);
  edi_buf_text(&s, secret_head);
  edi_buf_str(&s, n);
  edi_buf_char(&s, ' ');
  edi_base64_append(&s, secret_key, sizeof secret_key);
  edi_buf_char(&s, '\n');
  edi_buf_char(&s, '\0');
  edi_buf_char(&v, '\0');
  sodium_memzero(secret_key, sizeof secret_key);
  edict_status status = edi_buf_give(&v, verifier);
  if (status == EDICT_OK) status = edi_buf_give(&s, secret);
  else edi_buf_fini(&s);
  return made ? status : EDICT_MEMORY;
}

edict_status edict_key_parse(const char *secret, size_t length, char name[256], unsigned char key[64]) {
  edi_str text = {secret, length}, head = {secret_head, sizeof secret_head - 1};
  memset(name, 0, 256);
  memset(key, 0, 64);
  if (length == 0 || text.ptr[length - 1] != '\n' || !edi_str_starts(text, head)) return EDICT_FORMAT;
  edi_str rest = {text.ptr + head.len, length - head.len - 1};
  const char *blank = memchr(rest.ptr, ' ', rest.len);
  if (!blank || (size_t)(blank - rest.ptr) > 255) return EDICT_FORMAT;
  edi_str n = {rest.ptr, (size_t)(blank - rest.ptr)};
  size_t got;
  unsigned char public_key[32], again[64];
  bool ok = edi_note_name_valid(n) && edi_base64_decode((edi_str){blank + 1, rest.len - n.len - 1}, key, 64, &got) && got == 64;
  /* The second half is the public key of the first: anything else would sign what nobody verifies. */
  ok = ok && sodium_init() >= 0 && crypto_sign_seed_keypair(public_key, again, key) == 0 && sodium_memcmp(again, key, 64) == 0;
  sodium_memzero(again, sizeof again);
  if (!ok) {
    sodium_memzero(key, 64);
    return EDICT_FORMAT;
  }
  memcpy(name, n.ptr, n.len);
  return EDICT_OK;
}

/* ---- one bundle ---- */

static edict_status give(edict_status status, edi_buf *buf, char **text, size_t *length) {
  *text = NULL;
  *length = buf->len;
  edi_buf_char(buf, '\0');
  if (status == EDICT_OK) status = edi_buf_give(buf, text);
  else edi_buf_fini(buf);
  if (status != EDICT_OK) *length = 0;
  return status;
}

edict_status edict_bundle_sign(const void *bytes, size_t length, const char *secret, size_t secret_length,
                               char **signed_bytes, size_t *signed_length, edict_diagnostics *diagnostics) {
  char name[256];
  unsigned char key[64];
  *signed_bytes = NULL;
  *signed_length = 0;
  edict_status status = edict_key_parse(secret, secret_length, name, key);
  if (status != EDICT_OK) {
    edi_diagnostics_add(diagnostics, EDI_R0251, EDI_SPAN_NONE, "", "the secret key is not of the form `edict-secret-key/v1`");
    return status;
  }
  edi_arena arena;
  edi_buf buf;
  edi_arena_init(&arena, NULL, ARENA_BUNDLE);
  edi_buf_init(&buf, NULL, (size_t)EDI_LIMIT_TABLE_FILE + 65536);
  status = edi_bundle_sign(&arena, bytes, length, edi_str_from(name), key, &buf, diagnostics);
  sodium_memzero(key, sizeof key);
  edi_arena_fini(&arena);
  return give(status, &buf, signed_bytes, signed_length);
}

static edict_status verify_content(edi_arena *arena, const edi_bundle *b, edi_program *program, edi_tablefile *table,
                                   edict_diagnostics *diagnostics) {
  if (b->manifest.layer != EDI_BUNDLE_TABLE) return edi_bundle_program(b, arena, arena, program, diagnostics);
  edi_str file = edi_bundle_find(b, "table");
  return edi_tablefile_verify(file.ptr, file.len, table, diagnostics); /* opening it asked that it is there */
}

edict_status edict_bundle_verify(const void *bytes, size_t length, const char *trust, size_t trust_length, int64_t now,
                                 edict_diagnostics *diagnostics) {
  edi_arena arena;
  edi_bundle bundle;
  edi_trust store = {0};
  edi_program program;
  edi_tablefile table;
  edi_arena_init(&arena, NULL, ARENA_BUNDLE);
  edict_status status = edi_bundle_open(&arena, bytes, length, &bundle, diagnostics);
  if (status == EDICT_OK && trust) status = edi_trust_open(&arena, (edi_str){trust, trust_length}, now, &store, diagnostics);
  if (status == EDICT_OK && trust) status = edi_bundle_authenticate(&bundle, &store, now, diagnostics);
  if (status == EDICT_OK) status = verify_content(&arena, &bundle, &program, &table, diagnostics);
  edi_arena_fini(&arena);
  return status;
}

edict_status edict_bundle_inspect(const void *bytes, size_t length, int disassemble, char **text, size_t *text_length,
                                  edict_diagnostics *diagnostics) {
  edi_arena arena;
  edi_bundle b;
  edi_program program = {0};
  edi_tablefile table = {0};
  edi_buf buf;
  edi_arena_init(&arena, NULL, ARENA_BUNDLE);
  edi_buf_init(&buf, NULL, (size_t)1 << 30);
  edict_status status = edi_bundle_open(&arena, bytes, length, &b, diagnostics);
  if (status == EDICT_OK) status = verify_content(&arena, &b, &program, &table, diagnostics);
  if (status == EDICT_OK) {
    edi_buf_text(&buf, "digest blake2b:");
    edi_hex_append(&buf, b.digest, sizeof b.digest);
    edi_buf_char(&buf, '\n');
    edi_buf_str(&buf, b.manifest_text);
    edi_buf_text(&buf, b.signatures.len ? "signatures\n" : "unsigned\n");
    edi_buf_str(&buf, b.signatures);
    if (b.manifest.layer == EDI_BUNDLE_TABLE)
      edi_buf_format(&buf, "rows %llu\nkey columns %u\nvalue columns %u\n", (unsigned long long)table.row_count,
                     table.key_count, table.value_count);
    else
      edi_buf_format(&buf, "rules %u\nproducts %u\ninstructions %u\n", program.rules_count, program.contracts_count,
                     program.instrs_count);
    if (disassemble && b.manifest.layer != EDI_BUNDLE_TABLE) {
      edi_buf_char(&buf, '\n');
      edi_program_disassemble(&program, &buf);
    }
  }
  edi_arena_fini(&arena);
  return give(status, &buf, text, text_length);
}

edict_status edict_bundle_costs(const void *bytes, size_t length, char **text, size_t *text_length,
                                edict_diagnostics *diagnostics) {
  edi_arena arena;
  edi_bundle b;
  edi_program program = {0};
  edi_tablefile table = {0};
  edi_buf buf;
  edi_arena_init(&arena, NULL, ARENA_BUNDLE);
  edi_buf_init(&buf, NULL, (size_t)1 << 30);
  edict_status status = edi_bundle_open(&arena, bytes, length, &b, diagnostics);
  if (status == EDICT_OK) status = verify_content(&arena, &b, &program, &table, diagnostics);
  if (status == EDICT_OK && b.manifest.layer == EDI_BUNDLE_TABLE) edi_buf_text(&buf, "a table has no rules\n");
  else if (status == EDICT_OK) status = edi_costs_print(&program, &arena, &buf);
  edi_arena_fini(&arena);
  return give(status, &buf, text, text_length);
}

edict_status edict_bundle_file(const void *bytes, size_t length, const char *name, const char **file, size_t *file_length,
                               edict_diagnostics *diagnostics) {
  edi_arena arena;
  edi_bundle b;
  *file = NULL;
  *file_length = 0;
  edi_arena_init(&arena, NULL, ARENA_BUNDLE);
  edict_status status = edi_bundle_open(&arena, bytes, length, &b, diagnostics);
  if (status == EDICT_OK) {
    edi_str found = edi_bundle_find(&b, name);
    *file = found.ptr;
    *file_length = found.len;
    if (!found.ptr) status = EDICT_NOT_FOUND;
  }
  edi_arena_fini(&arena);
  return status;
}

/* ---- what it says and declares ---- */

edict_status edict_bundle_about(const void *bytes, size_t length, edict_bundle_facts *facts,
                                edict_diagnostics *diagnostics) {
  static const char *const layers[] = {"", "federal", "domain", "table"};
  edi_arena arena;
  edi_bundle b;
  *facts = (edict_bundle_facts){.version = 0};
  edi_arena_init(&arena, NULL, ARENA_BUNDLE);
  edict_status status = edi_bundle_open(&arena, bytes, length, &b, diagnostics);
  if (status == EDICT_OK && b.manifest.name.len >= sizeof facts->name) status = EDICT_LIMIT;
  if (status == EDICT_OK) {
    memcpy(facts->name, b.manifest.name.ptr, b.manifest.name.len);
    memcpy(facts->layer, layers[b.manifest.layer], strlen(layers[b.manifest.layer]));
    facts->version = b.manifest.version;
    facts->not_before = b.manifest.not_before;
    facts->expires = b.manifest.expires;
  }
  edi_arena_fini(&arena);
  return status;
}

static void put_nodes(const edi_program *p, const edi_kind *kind, edi_buf *into) {
  for (uint32_t i = 0; i < kind->nodes.count; i++) {
    const edi_node *node = &p->nodes[kind->nodes.first + i];
    if (node->flags & EDI_NODE_ABSTRACT) continue;
    edi_buf_str(into, edi_program_string(p, node->name));
    edi_buf_char(into, '\n');
  }
}

static void put_names(const edi_program *p, edi_str kind, edi_buf *into) {
  for (uint32_t i = 0; i < p->kinds_count; i++)
    if (edi_str_equal(edi_program_string(p, p->kinds[i].name), kind)) put_nodes(p, &p->kinds[i], into);
  for (uint32_t i = 0; i < p->scales_count; i++) {
    if (!edi_str_equal(edi_program_string(p, p->scales[i].name), kind)) continue;
    for (uint32_t l = 0; l < p->scales[i].levels.count; l++) {
      edi_buf_str(into, edi_program_string(p, p->levels[p->scales[i].levels.first + l].name));
      edi_buf_char(into, '\n');
    }
  }
}

edict_status edict_bundle_names(const void *bytes, size_t length, const char *kind, char **names, size_t *names_length,
                                edict_diagnostics *diagnostics) {
  edi_arena arena;
  edi_bundle b;
  edi_program program;
  edi_buf buf;
  edi_arena_init(&arena, NULL, ARENA_BUNDLE);
  edi_buf_init(&buf, NULL, (size_t)1 << 28);
  edict_status status = edi_bundle_open(&arena, bytes, length, &b, diagnostics);
  if (status == EDICT_OK) status = edi_bundle_program(&b, &arena, &arena, &program, diagnostics);
  if (status == EDICT_OK) put_names(&program, edi_str_from(kind), &buf);
  edi_arena_fini(&arena);
  return give(status, &buf, names, names_length);
}

/* ---- a contract by its id ---- */

static void fill_contract(const edi_program *p, const edi_contract *c, edict_bundle_contract *out) {
  edi_str product = edi_program_string(p, c->name), version = edi_program_string(p, c->version), status = edi_program_string(p, c->status);
  *out = (edict_bundle_contract){product.ptr, version.ptr, status.ptr, product.len, version.len, status.len, 0};
}

static edict_status find_contract(const edi_program *p, edi_str id, edi_str version, edict_bundle_contract *out) {
  edict_status status = EDICT_NOT_FOUND;
  for (uint32_t i = 0; i < p->contracts_count; i++) {
    const edi_contract *c = &p->contracts[i];
    bool same = version.len == 0 || edi_str_same_version(edi_program_string(p, c->version), version);
    if (!edi_str_equal(edi_program_string(p, c->id), id) || (status == EDICT_OK && !same)) continue;
    fill_contract(p, c, out);
    status = EDICT_OK;
    if ((out->of_version = same)) break;
  }
  return status;
}

edict_status edict_bundle_find_contract(const void *bytes, size_t length, const char *id, const char *version,
                                        edict_bundle_contract *contract, edict_diagnostics *diagnostics) {
  edi_arena arena;
  edi_bundle b;
  edi_program program;
  *contract = (edict_bundle_contract){.product = NULL};
  edi_arena_init(&arena, NULL, ARENA_BUNDLE);
  edict_status status = edi_bundle_open(&arena, bytes, length, &b, diagnostics);
  if (status == EDICT_OK && b.manifest.layer == EDI_BUNDLE_TABLE) status = EDICT_NOT_FOUND;
  if (status == EDICT_OK) status = edi_bundle_program(&b, &arena, &arena, &program, diagnostics);
  if (status == EDICT_OK && *id) status = find_contract(&program, edi_str_from(id), edi_str_from(version), contract);
  else if (status == EDICT_OK) status = EDICT_NOT_FOUND;
  edi_arena_fini(&arena);
  return status;
}
