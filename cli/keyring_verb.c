/* keyring: shows a keyring, seals it, rotates its epochs, destroys one. The file is replaced as a whole. */
#include <string.h>

#include "cli/command.h"

static const cli_option keyring_options[] = {
    {"--key", "FILE", "the key that it is sealed with; left out: the keyring's name and .key", false},
    {"--passphrase", "FILE", "the passphrase that it is sealed with, as a file", false},
    {"--epoch", "NUMBER", "destroy: which one", false},
    {"--subject", "TAG=ID", "destroy: the own key of this subject instead, as in person.id=c-17", false},
    {"--new-key", "FILE", "seal: with this key from now on", false},
    {"--new-passphrase", "FILE", "seal: with this passphrase from now on", false},
    CLI_FORMAT_OPTION("how findings are written"),
    CLI_END_OF_OPTIONS,
};

static cli_exit show(cli_arguments *a, const cli_keyring *k) {
  char *text = NULL;
  edict_status status = edict_keyring_describe(k->text, k->length, &k->secret, &text, a->diagnostics);
  if (status == EDICT_OK) fputs(text, stdout);
  edict_text_free(&text);
  return cli_exit_of_load(status);
}

/* The secret of --new-key or --new-passphrase; text NULL if neither is there. */
static cli_exit read_new(cli_arguments *a, cli_keyring *fresh) {
  const char *key = cli_value(a, "--new-key"), *passphrase = cli_value(a, "--new-passphrase"), *path = key ? key : passphrase;
  memset(fresh, 0, sizeof *fresh);
  if (key && passphrase) return cli_usage(a, "give either --new-key or --new-passphrase");
  if (!path) return CLI_DONE;
  edict_status status = cli_read(a, path, CLI_TEXT_MOST, &fresh->secret_text, &fresh->secret.length);
  fresh->secret.text = fresh->secret_text;
  fresh->secret.passphrase = !key;
  return cli_exit_of(status);
}

static cli_exit explain(const cli_arguments *a, edict_status status, edict_keyring_change change) {
  if (status == EDICT_LIMIT) return cli_refuse("a keyring has at most 64 epochs");
  if (status == EDICT_NOT_FOUND) return cli_refuse("the keyring has no such epoch");
  if (status != EDICT_ARGUMENT) return cli_exit_of_load(status);
  if (change == EDICT_KEYRING_DESTROY) return cli_refuse("the current epoch cannot be destroyed: rotate first");
  return cli_usage(a, "give --new-key, a key that `edict keygen keyring` made, or --new-passphrase of at least 12 bytes");
}

static cli_exit change(cli_arguments *a, const cli_keyring *k, edict_keyring_change what, uint64_t epoch) {
  unsigned char seed[32];
  cli_keyring fresh;
  char *text = NULL;
  cli_exit code = read_new(a, &fresh);
  if (code == CLI_DONE && !cli_random(seed, sizeof seed)) code = cli_refuse("the system gives no randomness");
  if (code == CLI_DONE) {
    edict_status status = edict_keyring_edit(k->text, k->length, &k->secret, what, epoch, seed, fresh.secret.text ? &fresh.secret : NULL, &text, a->diagnostics);
    code = status == EDICT_OK ? cli_exit_of(edict_file_write(a->positional[1], text, strlen(text), a->diagnostics)) : explain(a, status, what);
  }
  edict_text_free(&text);
  cli_keyring_forget(&fresh);
  explicit_bzero(seed, sizeof seed);
  return code;
}

static cli_exit destroy_subject(cli_arguments *a, const cli_keyring *k, const char *named) {
  unsigned char seed[32];
  char of[512], *text = NULL;
  const char *sign = strchr(named, '=');
  size_t length = sign ? (size_t)(sign - named) : 0;
  if (!length || length >= sizeof of || !sign[1]) return cli_usage(a, "--subject takes TAG=ID, as in person.id=c-17");
  memcpy(of, named, length);
  of[length] = '\0';
  if (!cli_random(seed, sizeof seed)) return cli_refuse("the system gives no randomness");
  edict_status status = edict_keyring_destroy_subject(k->text, k->length, &k->secret, of, sign + 1, seed, &text, a->diagnostics);
  cli_exit code = status == EDICT_LIMIT      ? cli_refuse("a keyring holds at most 100000 destroyed keys of subjects")
                  : status == EDICT_ARGUMENT ? cli_refuse("the keyring is of the plain form: seal it first")
                  : status != EDICT_OK       ? cli_exit_of_load(status)
                                             : cli_exit_of(edict_file_write(a->positional[1], text, strlen(text), a->diagnostics));
  edict_text_free(&text);
  explicit_bzero(seed, sizeof seed);
  return code;
}

static cli_exit run_keyring(cli_arguments *a) {
  static const char *const words[] = {"show", "seal", "rotate", "destroy"};
  static const edict_keyring_change changes[] = {EDICT_KEYRING_SEAL, EDICT_KEYRING_SEAL, EDICT_KEYRING_ROTATE, EDICT_KEYRING_DESTROY};
  const char *key = cli_value(a, "--key"), *passphrase = cli_value(a, "--passphrase");
  size_t word = 0;
  uint64_t epoch = 0;
  cli_keyring k;
  while (word < 4 && (a->positional_count == 0 || strcmp(a->positional[0], words[word]) != 0)) word++;
  if (word == 4 || a->positional_count != 2) return cli_usage(a, "say what to do, show, seal, rotate or destroy, and with which file");
  if (key && passphrase) return cli_usage(a, "give either --key or --passphrase");
  if (word != 1 && (cli_flag(a, "--new-key") || cli_flag(a, "--new-passphrase"))) return cli_usage(a, "another secret is for seal");
  const char *subject = cli_value(a, "--subject");
  if ((word == 3) != (cli_flag(a, "--epoch") || subject)) return cli_usage(a, "--epoch says which epoch to destroy, --subject whose key");
  if (subject && cli_flag(a, "--epoch")) return cli_usage(a, "give either --epoch or --subject");
  if (word == 3 && !subject && !cli_epoch(cli_value(a, "--epoch"), &epoch)) return cli_usage(a, "--epoch takes a number");
  edict_status status = cli_keyring_read(a, a->positional[1], key, passphrase, &k);
  cli_exit code = status != EDICT_OK ? cli_exit_of(status) : word == 0 ? show(a, &k) : subject ? destroy_subject(a, &k, subject) : change(a, &k, changes[word], epoch);
  cli_keyring_forget(&k);
  return code;
}

const cli_verb cli_verb_keyring = {
    .name = "keyring",
    .synopsis = "show|seal|rotate|destroy FILE [OPTION]...",
    .options = keyring_options,
    .positional_most = 2,
    .run = run_keyring,
    .more = "show     the federation and the epochs, without a secret\n"
            "seal     seals it with another key or passphrase, or a keyring of the plain form v1\n"
            "rotate   a further epoch is the current one: pseudonyms change, tokens of before open still\n"
            "destroy  an epoch loses its root: what was made under it is erased, in every copy of the\n"
            "         data, once no copy of the file of before is left; or a subject loses its own key, and\n"
            "         what masks made under it is opened no more\n",
};
