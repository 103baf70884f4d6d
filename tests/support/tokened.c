/* Tokened: see the header. */
#include "support/tokened.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

static const char words[] =
    "module federal.vocabulary\n"
    "taxonomy purpose { service }\ntaxonomy role { staff }\ntaxonomy domain { sales }\n"
    "taxonomy tag { pii { pii.email: string } plain }\nlevels classification { public < internal }\n"
    "issuer corp \"https://login.corp.example\"\n audience \"mesh\"\n keys from host\n algorithms ES256\n"
    " revoked in taken-back\n subject.roles from \"roles\"\n subject.actor from \"act.sub\"\n"
    "issuer other \"https://other.example\"\n audience \"mesh\"\n keys from host\n algorithms ES256\n"
    " subject.roles from \"roles\"\n"
    "attributes subject { actor?: string }\nissuer host\nresource memo { owner?: string }\n"
    "table taken-back (claim: string, value: string)\n"
    "key personal joinable within reader\ndomains may state pii\n"
    "rule readers\n permit read\n on dataset holding pii\n when subject.roles has staff\n because \"x\"\n"
    "rule memos\n permit read\n on memo\n when subject.roles has staff\n because \"x\"\n"
    "rule mails\n mask column tagged pii.email\n with pseudonym(personal)\n because \"x\"\n";

static const char contract[] = MESH_CONTRACT(
    "  - name: orders\n    physicalName: orders\n    properties:\n"
    "      - { name: id, logicalType: integer, tags: [ plain ] }\n"
    "      - { name: email, logicalType: string, tags: [ pii.email ] }\n");

static const char keyring[] =
    "edict-keyring/v1\nfederation eu.example\n"
    "epoch 1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";

static void add_bundles(mesh *m, const char *taken_back) {
  char yaml[1024], csv[4096];
  snprintf(yaml, sizeof yaml,
           "edict: 1\nname: eu.example\nlayer: federal\nversion: 7\ncreated: 2026-01-01T00:00:00Z\n"
           "expires: 2028-01-01T00:00:00Z\nrules: [ \"*.edict\" ]\n%s",
           taken_back ? "tables: { federal.vocabulary.taken-back: { file: taken.csv, version: 1, created: "
                        "2026-01-01T00:00:00Z, expires: 2026-12-01T00:00:00Z } }\n"
                      : "");
  snprintf(csv, sizeof csv, "claim,value\n%s", taken_back ? taken_back : "");
  mesh_file files[] = {{"edict.yaml", yaml}, {"vocabulary.edict", words}, {"taken.csv", csv}};
  mesh_add(m, files, taken_back ? 3 : 2);
  mesh_domain(m, "sales", "", contract);
}

static char *key_set(const tokened *t, const size_t *numbers, size_t count) {
  static const char *const names[] = {"k-1", "k-2", "o-1"};
  edi_buf set;
  char *text = NULL;
  edi_buf_init(&set, NULL, 1 << 16);
  edi_buf_text(&set, "{\"keys\":[");
  for (size_t i = 0; i < count; i++) {
    if (i > 0) edi_buf_char(&set, ',');
    if (!mint_jwk("ES256", t->keys[numbers[i]], (edi_str){NULL, 0}, names[numbers[i]], &set)) abort();
  }
  edi_buf_text(&set, "]}");
  edi_buf_char(&set, '\0');
  if (edi_buf_give(&set, &text) != EDICT_OK) abort();
  return text;
}

void tokened_init(tokened *t, const char *taken_back) {
  memset(t, 0, sizeof *t);
  mesh_init(&t->m);
  add_bundles(&t->m, taken_back);
  const char *const files[] = {"tests/keys/ec-a.test.pem", "tests/keys/ec-b.test.pem", "tests/keys/ec-c.test.pem"};
  for (size_t i = 0; i < 3; i++)
    if (!(t->keys[i] = mint_key(files[i]))) abort();
  t->sets[0] = key_set(t, (size_t[]){0, 1}, 2);
  t->sets[1] = key_set(t, (size_t[]){1}, 1);
  t->sets[2] = key_set(t, (size_t[]){2}, 1);
  const edict_issuer_keys keys[] = {{"corp", t->sets[0], strlen(t->sets[0])}, {"other", t->sets[2], strlen(t->sets[2])}};
  edict_engine_options options = {.size = sizeof options, .now = INT64_MIN, .development = 1, .keyring = keyring,
                                  .keyring_length = sizeof keyring - 1, .issuer_keys = keys, .issuer_key_count = 2};
  if (mesh_engine(&t->m, &options) != EDICT_OK ||
      edict_product_create(t->m.engine, "sales.orders", &t->m.product, NULL) != EDICT_OK ||
      edict_decision_create(t->m.product, &t->m.decision) != EDICT_OK) {
    fprintf(stderr, "tokened: %s\n", edict_diagnostics_message(t->m.diagnostics, 0));
    abort();
  }
}

void tokened_fini(tokened *t) {
  edict_question_destroy(&t->question);
  edict_entity_destroy(&t->memo);
  mesh_fini(&t->m);
  for (size_t i = 0; i < 3; i++) {
    EVP_PKEY_free(t->keys[i]);
    edict_text_free(&t->sets[i]);
  }
}

edi_buf tokened_mint(const tokened *t, size_t key, const char *sub, const char *more) {
  static const char *const headers[] = {"{\"alg\":\"ES256\",\"kid\":\"k-1\"}", "{\"alg\":\"ES256\",\"kid\":\"k-2\"}",
                                        "{\"alg\":\"ES256\",\"kid\":\"o-1\"}"};
  char claims[2048];
  edi_buf token;
  snprintf(claims, sizeof claims, "{\"iss\":\"https://%s.example\",\"sub\":\"%s\",\"aud\":\"mesh\",\"exp\":%lld,\"iat\":%lld,"
           "\"roles\":[\"staff\"]%s}", key == 2 ? "other" : "login.corp", sub,
           (long long)(TOKENED_NOW / 1000000 + 3000), (long long)(TOKENED_NOW / 1000000 - 600), more);
  edi_buf_init(&token, NULL, 1 << 15);
  if (!mint_token("ES256", t->keys[key], (edi_str){NULL, 0}, edi_str_from(headers[key]), edi_str_from(claims), &token)) abort();
  return token;
}

edict_status tokened_session(tokened *t, const edi_buf *token, int64_t now, edict_session **session, const char **code) {
  edict_diagnostics_clear(t->m.diagnostics);
  edict_status status = edict_session_create(t->m.engine, token->ptr, token->len, now, session, t->m.diagnostics);
  const char *found = edict_diagnostics_code(t->m.diagnostics, 0);
  if (code) *code = found ? found : "";
  return status;
}

/* A memo that was prepared may be read by whom the dataset may, asked in the same moment. */
static edict_status read_memo(tokened *t, const edict_session *session, int64_t now, bool *permitted) {
  const edict_request request = {.size = sizeof request, .action = {"read", 4}};
  const edict_resource memo = {{"memo", 4}, NULL, 0};
  if (!t->question && edict_question_create(t->m.product, &request, &t->question) != EDICT_OK) abort();
  if (!t->memo && edict_entity_create(t->m.product, &memo, &t->memo) != EDICT_OK) abort();
  edict_status status = edict_ask(t->m.decision, session, t->question, t->memo, now, NULL);
  *permitted = edict_decision_effect(t->m.decision) == EDICT_PERMIT;
  return status;
}

bool tokened_reads(tokened *t, const edict_session *session, int64_t now, edict_status *status) {
  static const uint32_t columns[] = {0, 1};
  edict_request request = {.size = sizeof request, .action = {"read", 4}, .columns = columns, .column_count = 2, .now = now};
  bool of_memo;
  edict_status prepared = read_memo(t, session, now, &of_memo);
  *status = edict_decide(t->m.decision, session, &request);
  bool permitted = edict_decision_effect(t->m.decision) == EDICT_PERMIT;
  if (prepared != *status || of_memo != permitted) {
    fprintf(stderr, "tokened_reads: what was prepared is decided otherwise\n");
    abort();
  }
  return permitted;
}
