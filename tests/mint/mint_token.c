/* mint-token: prints a compact token, for demonstrations and for the folder of hostile tokens.
 *
 *   mint-token --key FILE.pem --alg ES256 [--kid ID] [--typ TYPE] --claims JSON
 *
 * --claims is the payload byte for byte and --header, if given, the header (--kid and --typ then say
 * nothing). `--alg` is any that an issuer may declare; HS256 and its kin make a MAC with the key file's
 * bytes, and `none` signs with nothing, which every gate refuses. Not part of the product, and never installed. */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/hostile.h"
#include "support/mint.h"

enum { TOKEN_MOST = 4 * 1024 * 1024 };

typedef struct options {
  const char *key, *alg, *kid, *typ, *claims, *header;
} options;

static bool read_options(int argc, char **argv, options *o) {
  const struct {
    const char *name;
    const char **value;
  } known[] = {{"--key", &o->key}, {"--alg", &o->alg},       {"--kid", &o->kid},
               {"--typ", &o->typ}, {"--claims", &o->claims}, {"--header", &o->header}};
  for (int i = 1; i < argc; i += 2) {
    size_t k = 0;
    while (k < sizeof known / sizeof *known && strcmp(argv[i], known[k].name) != 0) k++;
    if (k == sizeof known / sizeof *known || i + 1 >= argc) return false;
    *known[k].value = argv[i + 1];
  }
  return o->alg && o->claims && (o->key || strcmp(o->alg, "none") == 0);
}

static void make_header(const options *o, edi_buf *header) {
  if (o->header) {
    edi_buf_text(header, o->header);
    return;
  }
  const struct {
    const char *name, *value;
  } members[] = {{"alg", o->alg}, {"typ", o->typ}, {"kid", o->kid}};
  for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
    if (!members[i].value) continue;
    edi_buf_char(header, i == 0 ? '{' : ',');
    edi_json_string(header, edi_str_from(members[i].name));
    edi_buf_char(header, ':');
    edi_json_string(header, edi_str_from(members[i].value));
  }
  edi_buf_char(header, '}');
}

int main(int argc, char **argv) {
  options o = {.typ = "JWT"};
  edi_buf header, token;
  size_t secret_length = 0;
  if (!read_options(argc, argv, &o)) {
    fputs("usage: mint-token --key FILE.pem --alg ES256 [--kid ID] [--typ TYPE] [--header "
          "JSON] --claims JSON\n",
          stderr);
    return 2;
  }
  bool mac = strncmp(o.alg, "HS", 2) == 0;
  char *secret = mac ? hostile_read(o.key, &secret_length) : NULL;
  EVP_PKEY *key = mac || !o.key ? NULL : mint_key(o.key);
  edi_buf_init(&header, NULL, TOKEN_MOST);
  edi_buf_init(&token, NULL, TOKEN_MOST);
  make_header(&o, &header);
  bool good = mint_token(o.alg, key, (edi_str){secret, secret_length},
                         (edi_str){header.ptr, header.len}, edi_str_from(o.claims), &token);
  if (good) printf("%.*s\n", (int)token.len, token.ptr);
  else fprintf(stderr, "mint-token: the key cannot be read, or is not one for %s\n", o.alg);
  edi_buf_fini(&header);
  edi_buf_fini(&token);
  EVP_PKEY_free(key);
  free(secret);
  return good ? 0 : 1;
}
