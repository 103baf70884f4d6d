/* keygen: signing keys, auditors' keys and keyrings. The secret goes to a file of its own, which only
 * its owner may read; what may be known is printed. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/command.h"

static const cli_option keygen_options[] = {
    {"--name", "NAME", "the key's name, as bundles and logs will show it", false},
    {"--out", "FILE", "where the secret goes; what may be known is printed", false},
    {"--force", NULL, "replace a file that is there: what it opened stays shut for ever", false},
    {"--seed", "HEX", "64 hex digits instead of randomness, for tests and demonstrations only",
     false},
    CLI_FORMAT_OPTION("how the printed key and findings are written"),
    CLI_END_OF_OPTIONS,
};

/* A secret that is replaced is lost, so it is replaced only by who says so. */
static cli_exit may_write(const cli_arguments *a, const char *path) {
  struct stat there;
  if (lstat(path, &there) != 0)
    return errno == ENOENT ? CLI_DONE
                           : cli_refuse("cannot look at `%s`: %s", path, strerror(errno));
  if (!S_ISREG(there.st_mode)) return cli_refuse("`%s` is there and is no plain file", path);
  if (!cli_flag(a, "--force"))
    return cli_usage(a, "`%s` is there; --force replaces the secret in it", path);
  /* Writing keeps the permissions of what was there. */
  if (chmod(path, S_IRUSR | S_IWUSR) == 0) return CLI_DONE;
  return cli_refuse("cannot close `%s` to others: %s", path, strerror(errno));
}

static cli_exit write_secret(cli_arguments *a, const char *text) {
  const char *path = cli_value(a, "--out");
  cli_exit code = may_write(a, path);
  if (code != CLI_DONE) return code;
  return cli_exit_of(edict_file_write(path, text, strlen(text), a->diagnostics));
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

static bool is_federation(const char *name) {
  for (const char *at = name; *at; at++)
    if (*at <= ' ' || *at > '~') return false;
  return *name != '\0' && strlen(name) <= 255;
}

static cli_exit make_keyring(cli_arguments *a, const unsigned char seed[32]) {
  char root[65], text[512];
  if (!is_federation(cli_value(a, "--name")))
    return cli_usage(a, "a federation's name is 1 to 255 visible ASCII characters");
  hex(seed, root);
  snprintf(text, sizeof text, "edict-keyring/v1\nfederation %s\nepoch 1 %s\n",
           cli_value(a, "--name"), root);
  cli_exit code = write_secret(a, text);
  explicit_bzero(root, sizeof root);
  explicit_bzero(text, sizeof text);
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
        "keyring  the root of a federation's pseudonym keys; NAME is the federation's; prints "
        "nothing\n"
        "\n"
        "A trust store is a text file. Its first line is `edict-trust/v1`; each other line lets "
        "one\n"
        "verifier key, as it was printed, sign for one layer:\n"
        "\n"
        "  federal NAME VERIFIER          the federal bundle NAME\n"
        "  domain DOMAIN NAME VERIFIER    the bundle NAME of DOMAIN\n"
        "  log VERIFIER                   decision logs\n"
        "\n"
        "  { echo edict-trust/v1\n"
        "    echo \"federal eu.example $(edict keygen signing --name eu.example-a --out a.key)\"\n"
        "  } > trust\n",
};
