/* keygen, sign, verify, inspect: keys and bundles. */
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"

static cli_exit write_text(cli_arguments *a, const char *path, const char *text) {
  return cli_exit_of(edict_file_write(path, text, strlen(text), a->diagnostics));
}

/* ---- keygen ---- */

static const cli_option keygen_options[] = {
    {"--name", "NAME", "the key's name, as bundles and logs will show it"},
    {"--out", "FILE", "where the secret goes; what may be known is printed"},
    {"--seed", "HEX", "64 hex digits instead of randomness, for tests and demonstrations only"},
    {NULL, NULL, NULL},
};

static bool hex_seed(const char *text, unsigned char seed[32]) {
  if (strlen(text) != 64) return false;
  for (size_t i = 0; i < 64; i++) {
    const char *at = strchr("0123456789abcdef", text[i]);
    if (!at) return false;
    unsigned digit = (unsigned)(at - "0123456789abcdef");
    seed[i / 2] = (unsigned char)(i % 2 ? seed[i / 2] | digit : digit << 4);
  }
  return true;
}

static void print_hex(const unsigned char *bytes, size_t length, char *out) {
  for (size_t i = 0; i < length; i++) snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

static cli_exit make_signing(cli_arguments *a, const unsigned char seed[32]) {
  char *verifier, *secret;
  edict_status status = edict_key_generate(cli_value(a, "--name"), seed, &verifier, &secret);
  if (status != EDICT_OK) return cli_usage("keygen", "a key's name holds no blank and no `+`");
  cli_exit code = write_text(a, cli_value(a, "--out"), secret);
  if (code == CLI_DONE) puts(verifier);
  edict_text_free(&verifier);
  edict_text_free(&secret);
  return code;
}

static cli_exit make_keyring(cli_arguments *a, const unsigned char seed[32]) {
  char hex[65], text[512];
  print_hex(seed, 32, hex);
  int n = snprintf(text, sizeof text, "edict-keyring/v1\nfederation %s\nepoch 1 %s\n", cli_value(a, "--name"), hex);
  if (n < 0 || (size_t)n >= sizeof text) return cli_usage("keygen", "the name is too long");
  return write_text(a, cli_value(a, "--out"), text);
}

static cli_exit make_auditor(cli_arguments *a, const unsigned char seed[32]) {
  unsigned char public_key[32], secret_key[32];
  char hex[65], text[80];
  if (edict_auditor_keys(seed, public_key, secret_key) != EDICT_OK) return CLI_DEFECT;
  print_hex(secret_key, 32, hex);
  snprintf(text, sizeof text, "%s\n", hex);
  cli_exit code = write_text(a, cli_value(a, "--out"), text);
  print_hex(public_key, 32, hex);
  if (code == CLI_DONE) puts(hex);
  return code;
}

static cli_exit run_keygen(cli_arguments *a) {
  unsigned char seed[32];
  const char *what = a->positional_count == 1 ? a->positional[0] : "";
  if (!cli_need(a, "keygen", "--out")) return CLI_USAGE;
  if (cli_value(a, "--seed") ? !hex_seed(cli_value(a, "--seed"), seed) : !cli_random(seed, sizeof seed))
    return cli_usage("keygen", "--seed takes 64 hex digits in lower case");
  if (strcmp(what, "auditor") == 0) return make_auditor(a, seed);
  if (!cli_need(a, "keygen", "--name")) return CLI_USAGE;
  if (strcmp(what, "signing") == 0) return make_signing(a, seed);
  if (strcmp(what, "keyring") == 0) return make_keyring(a, seed);
  return cli_usage("keygen", "say which: signing, auditor or keyring");
}

const cli_verb cli_verb_keygen = {
    .name = "keygen", .synopsis = "signing|auditor|keyring --out FILE [--name NAME]", .options = keygen_options, .run = run_keygen,
    .more = "signing  an Ed25519 key for bundles or a log; prints the verifier key for a trust store\n"
            "auditor  an X25519 key that opens a log's sealed inputs; prints the public key\n"
            "keyring  the root of a federation's pseudonym keys; NAME is the federation's\n",
};

/* ---- sign ---- */

static const cli_option sign_options[] = {
    {"--key", "FILE", "the secret key"},
    {"--out", "FILE", "where the signed bundle goes; left out: in place"},
    {NULL, NULL, NULL},
};

static cli_exit run_sign(cli_arguments *a) {
  if (a->positional_count != 1) return cli_usage("sign", "name one bundle");
  if (!cli_need(a, "sign", "--key")) return CLI_USAGE;
  char *bytes = NULL, *secret = NULL, *out = NULL;
  size_t length, secret_length, out_length;
  const char *to = cli_value(a, "--out") ? cli_value(a, "--out") : a->positional[0];
  edict_status status = cli_read(a, a->positional[0], &bytes, &length);
  if (status == EDICT_OK) status = cli_read(a, cli_value(a, "--key"), &secret, &secret_length);
  if (status == EDICT_OK) status = edict_bundle_sign(bytes, length, secret, secret_length, &out, &out_length, a->diagnostics);
  if (status == EDICT_OK) status = edict_file_write(to, out, out_length, a->diagnostics);
  edict_text_free(&bytes);
  edict_text_free(&secret);
  edict_text_free(&out);
  return cli_exit_of(status);
}

const cli_verb cli_verb_sign = {
    .name = "sign", .synopsis = "BUNDLE --key FILE [--out FILE]", .options = sign_options, .run = run_sign,
    .more = "Appends a signature and changes no signed byte. Several people sign one after the other.\n",
};

/* ---- verify ---- */

static const cli_option verify_options[] = {
    {"--trust", "FILE", "the trust store; left out: signatures are not looked at, and it says so"},
    {"--now", "TIME", "at which time; left out: the clock"},
    {"--format", "text|json", "how findings are written"},
    {NULL, NULL, NULL},
};

static cli_exit run_verify(cli_arguments *a) {
  int64_t now;
  if (a->positional_count != 1) return cli_usage("verify", "name one bundle");
  if (!cli_now(a, "verify", &now)) return CLI_USAGE;
  char *bytes = NULL, *trust = NULL;
  size_t length, trust_length = 0;
  edict_status status = cli_read(a, a->positional[0], &bytes, &length);
  if (status == EDICT_OK && cli_value(a, "--trust")) status = cli_read(a, cli_value(a, "--trust"), &trust, &trust_length);
  if (status == EDICT_OK) status = edict_bundle_verify(bytes, length, trust, trust_length, now, a->diagnostics);
  if (status == EDICT_OK) puts(trust ? "whole, verified and signed by who may" : "whole and verified; signatures were not looked at");
  edict_text_free(&bytes);
  edict_text_free(&trust);
  return cli_exit_of(status);
}

const cli_verb cli_verb_verify = {
    .name = "verify", .synopsis = "BUNDLE [--trust FILE] [--now TIME]", .options = verify_options, .run = run_verify,
};

/* ---- inspect ---- */

static const cli_option inspect_options[] = {
    {"--disassemble", NULL, "the whole program, instruction by instruction"},
    {"--file", "NAME", "print one file of the bundle instead, such as rules/privacy.edict"},
    {NULL, NULL, NULL},
};

static cli_exit run_inspect(cli_arguments *a) {
  if (a->positional_count != 1) return cli_usage("inspect", "name one bundle");
  char *bytes = NULL, *text = NULL;
  size_t length, text_length;
  const char *file = NULL;
  edict_status status = cli_read(a, a->positional[0], &bytes, &length);
  if (status == EDICT_OK && cli_value(a, "--file")) {
    status = edict_bundle_file(bytes, length, cli_value(a, "--file"), &file, &text_length, a->diagnostics);
    if (status == EDICT_NOT_FOUND) fprintf(stderr, "edict: the bundle has no file `%s`\n", cli_value(a, "--file"));
    if (status == EDICT_OK) fwrite(file, 1, text_length, stdout);
  } else if (status == EDICT_OK) {
    status = edict_bundle_inspect(bytes, length, cli_flag(a, "--disassemble"), &text, &text_length, a->diagnostics);
    if (status == EDICT_OK) fwrite(text, 1, text_length, stdout);
  }
  edict_text_free(&text);
  edict_text_free(&bytes);
  return cli_exit_of(status);
}

const cli_verb cli_verb_inspect = {
    .name = "inspect", .synopsis = "BUNDLE [--disassemble | --file NAME]", .options = inspect_options, .run = run_inspect,
};
