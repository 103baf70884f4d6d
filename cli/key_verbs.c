/* keygen: signing keys, auditors' keys and keyrings. The secret goes to a file of its own, which only
 * its owner may read; what may be known is printed. */
#include <string.h>
#include <sys/stat.h>

#include "cli/command.h"

static const cli_option keygen_options[] = {
    {"--name", "NAME", "the key's name, as bundles and logs will show it", false},
    {"--out", "FILE", "where the secret goes; what may be known is printed", false},
    {"--force", NULL, "replace a file that is there: what it opened stays shut for ever", false},
    {"--seed", "HEX", "64 hex digits instead of randomness, for tests and demonstrations only",
     false},
    {"--key", "FILE", "keyring: the key that seals it, made if it is not there; left out: the keyring's name and .key", false},
    {"--passphrase", "FILE", "keyring: seal it with a passphrase instead, which stands in this file", false},
    CLI_FORMAT_OPTION("how the printed key and findings are written"),
    CLI_END_OF_OPTIONS,
};

static cli_exit write_secret(cli_arguments *a, const char *text) {
  return cli_secret_write(a, cli_value(a, "--out"), cli_flag(a, "--force"), text);
}

static void print_public(const cli_arguments *a, const char *member, const char *text) {
  if (cli_json(a)) printf("{\"%s\":\"%s\"}\n", member, text);
  else puts(text);
}

static void hex(const unsigned char bytes[32], char out[65]) {
  for (size_t i = 0; i < 32; i++) snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

static cli_exit make_signing(cli_arguments *a, const unsigned char seed[32]) {
  char *verifier, *secret;
  edict_status status = edict_key_generate(cli_value(a, "--name"), seed, &verifier, &secret);
  if (status == EDICT_ARGUMENT)
    return cli_usage(a, "a key's name is 1 to 255 bytes without blanks and `+`");
  if (status != EDICT_OK) return cli_exit_of(status);
  cli_exit code = write_secret(a, secret);
  if (code == CLI_DONE) print_public(a, "verifier", verifier);
  edict_text_free(&verifier);
  cli_forget(&secret, strlen(secret));
  return code;
}

/* What the keyring is sealed with: a passphrase, or a key that is made beside it unless it is there. */
static cli_exit take_secret(cli_arguments *a, const unsigned char seed[32], cli_keyring *k) {
  char beside[4096], *text = NULL;
  const char *key = cli_value(a, "--key"), *passphrase = cli_value(a, "--passphrase");
  struct stat there;
  if (key && passphrase) return cli_usage(a, "give either --key or --passphrase");
  if (!key && !passphrase && !cli_keyring_key_path(cli_value(a, "--out"), beside)) return cli_usage(a, "the path is too long");
  if (!passphrase && (!key || lstat(key, &there) != 0)) {
    edict_status status = edict_keyring_key_create(seed, &text);
    cli_exit code = status == EDICT_OK ? cli_secret_write(a, key ? key : beside, cli_flag(a, "--force"), text) : cli_exit_of(status);
    if (text) cli_forget(&text, strlen(text));
    if (code != CLI_DONE) return code;
  }
  const char *path = passphrase ? passphrase : key ? key : beside;
  edict_status status = cli_read(a, path, CLI_TEXT_MOST, &k->secret_text, &k->secret.length);
  k->secret.text = k->secret_text;
  k->secret.passphrase = passphrase != NULL;
  return cli_exit_of(status);
}

static bool is_federation(const char *name) {
  for (const char *at = name; *at; at++)
    if (*at <= ' ' || *at > '~') return false;
  return *name != '\0' && strlen(name) <= 255;
}

static cli_exit make_keyring(cli_arguments *a, const unsigned char seed[32]) {
  unsigned char other[32]; /* for the key that seals it: with --seed another one, made from that */
  cli_keyring k = {0};
  char *text = NULL;
  const char *name = cli_value(a, "--name");
  if (!is_federation(name)) return cli_usage(a, "a federation's name is 1 to 255 visible ASCII characters");
  for (size_t i = 0; i < sizeof other; i++) other[i] = (unsigned char)~seed[i];
  if (!cli_flag(a, "--seed") && !cli_random(other, sizeof other)) return cli_refuse("the system gives no randomness");
  cli_exit code = take_secret(a, other, &k);
  edict_status status = code == CLI_DONE ? edict_keyring_create(name, seed, &k.secret, &text) : EDICT_OK;
  if (status == EDICT_ARGUMENT) code = cli_usage(a, "the secret is no key of a keyring, or a passphrase of less than 12 bytes");
  else if (status != EDICT_OK) code = cli_exit_of(status);
  if (code == CLI_DONE) code = write_secret(a, text);
  edict_text_free(&text);
  cli_keyring_forget(&k);
  explicit_bzero(other, sizeof other);
  return code;
}

static cli_exit make_auditor(cli_arguments *a, const unsigned char seed[32]) {
  unsigned char public_key[32], secret_key[32];
  char text[66];
  edict_status status = edict_auditor_keys(seed, public_key, secret_key);
  if (status != EDICT_OK) return cli_exit_of(status);
  hex(secret_key, text);
  text[64] = '\n';
  text[65] = '\0';
  cli_exit code = write_secret(a, text);
  explicit_bzero(secret_key, sizeof secret_key);
  hex(public_key, text);
  if (code == CLI_DONE) print_public(a, "public", text);
  return code;
}

static const struct {
  const char *name;
  bool named;
  cli_exit (*make)(cli_arguments *a, const unsigned char seed[32]);
} kinds[] = {
    {"signing", true, make_signing},
    {"auditor", false, make_auditor},
    {"keyring", true, make_keyring},
};
#define KINDS (sizeof kinds / sizeof *kinds)

static cli_exit run_keygen(cli_arguments *a) {
  unsigned char seed[32];
  const char *what = a->positional_count ? a->positional[0] : "", *given = cli_value(a, "--seed");
  size_t kind = 0;
  while (kind < KINDS && strcmp(kinds[kind].name, what) != 0) kind++;
  if (kind == KINDS) return cli_usage(a, "say which: signing, auditor or keyring");
  if (!cli_need(a, "--out") || (kinds[kind].named && !cli_need(a, "--name"))) return CLI_USAGE;
  if (!kinds[kind].named && cli_flag(a, "--name"))
    return cli_usage(a, "an auditor's key has no name");
  if (kinds[kind].make != make_keyring && (cli_flag(a, "--key") || cli_flag(a, "--passphrase")))
    return cli_usage(a, "--key and --passphrase seal a keyring");
  if (given && !cli_hex32(given, strlen(given), seed))
    return cli_usage(a, "--seed takes 64 hex digits in lower case");
  if (!given && !cli_random(seed, sizeof seed)) return cli_refuse("the system gives no randomness");
  cli_exit code = kinds[kind].make(a, seed);
  explicit_bzero(seed, sizeof seed);
  return code;
}

const cli_verb cli_verb_keygen = {
    .name = "keygen",
    .synopsis = "signing|auditor|keyring --out FILE [--name NAME] [OPTION]...",
    .options = keygen_options,
    .positional_most = 1,
    .run = run_keygen,
    .more =
        "signing  an Ed25519 key for bundles or a log; prints the verifier key\n"
        "auditor  an X25519 key that opens a log's sealed inputs; prints the public key\n"
        "keyring  the root of a federation's keys for masks; NAME is the federation's; it is sealed\n"
        "         with a key of its own, or a passphrase; `edict keyring` changes it\n"
        "\n"
        "A trust store is a text file. Its first line is `edict-trust/v1`; each other line lets "
        "one\n"
        "verifier key, as it was printed, sign for one layer:\n"
        "\n"
        "  federal NAME VERIFIER          the federal bundle NAME\n"
        "  domain DOMAIN NAME VERIFIER    the bundle NAME of DOMAIN\n"
        "  log VERIFIER                   decision logs\n"
        "  threshold federal NAME 2       so many keys have to sign; without it, one\n"
        "\n"
        "  { echo edict-trust/v1\n"
        "    echo \"federal eu.example $(edict keygen signing --name eu.example-a --out a.key)\"\n"
        "  } > trust\n",
};
