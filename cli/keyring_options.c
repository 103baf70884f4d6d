/* Keyrings: read with what opens them. */
#include "cli/command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

bool cli_epoch(const char *text, uint64_t *epoch) {
  size_t digits = text ? strspn(text, "0123456789") : 0;
  *epoch = 0;
  for (size_t i = 0; i < digits && i < 9; i++) *epoch = *epoch * 10 + (uint64_t)(text[i] - '0');
  return digits > 0 && digits < 10 && text[digits] == '\0';
}

bool cli_keyring_key_path(const char *path, char out[4096]) {
  int length = snprintf(out, 4096, "%s.key", path);
  return length > 0 && length < 4096;
}

edict_status cli_keyring_read(cli_arguments *a, const char *path, const char *key, const char *passphrase, cli_keyring *k) {
  char beside[4096];
  struct stat there;
  memset(k, 0, sizeof *k);
  edict_status status = cli_read(a, path, CLI_KEYRING_MOST, &k->text, &k->length);
  if (!key && !passphrase && cli_keyring_key_path(path, beside) && lstat(beside, &there) == 0) key = beside;
  if (status != EDICT_OK || (!key && !passphrase)) return status;
  status = cli_read(a, key ? key : passphrase, CLI_TEXT_MOST, &k->secret_text, &k->secret.length);
  k->secret.text = k->secret_text;
  k->secret.passphrase = !key;
  return status;
}

edict_status cli_keyring_given(cli_arguments *a, cli_keyring *k) {
  const char *path = cli_value(a, "--keyring"), *least = cli_value(a, "--keyring-least");
  uint64_t version = 0;
  memset(k, 0, sizeof *k);
  if (least && !cli_epoch(least, &version)) {
    (void)cli_usage(a, "--keyring-least takes a number");
    return EDICT_ARGUMENT;
  }
  edict_status status = path ? cli_keyring_read(a, path, cli_value(a, "--keyring-key"), cli_value(a, "--keyring-passphrase"), k) : EDICT_OK;
  k->least = version;
  return status;
}

void cli_keyring_forget(cli_keyring *k) {
  cli_forget(&k->text, k->length);
  cli_forget(&k->secret_text, k->secret.length);
  memset(k, 0, sizeof *k);
}

/* A secret that is replaced is lost, so it is replaced only by who says so. */
static cli_exit may_write(const cli_arguments *a, const char *path, bool force) {
  struct stat there;
  if (lstat(path, &there) != 0)
    return errno == ENOENT ? CLI_DONE
                           : cli_refuse("cannot look at `%s`: %s", path, strerror(errno));
  if (!S_ISREG(there.st_mode)) return cli_refuse("`%s` is there and is no plain file", path);
  if (!force) return cli_usage(a, "`%s` is there; --force replaces the secret in it", path);
  /* Writing keeps the permissions of what was there. */
  if (chmod(path, S_IRUSR | S_IWUSR) == 0) return CLI_DONE;
  return cli_refuse("cannot close `%s` to others: %s", path, strerror(errno));
}

cli_exit cli_secret_write(cli_arguments *a, const char *path, bool force, const char *text) {
  cli_exit code = may_write(a, path, force);
  if (code != CLI_DONE) return code;
  return cli_exit_of(edict_file_write(path, text, strlen(text), a->diagnostics));
}
