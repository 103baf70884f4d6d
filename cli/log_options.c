/* Log options: the decision log that a verb writes to, and the keys that it takes. */
#include <string.h>

#include "cli/command.h"

enum { KEY_BYTES = 4096 };

edict_status cli_log_open(cli_arguments *a, const edict_engine *engine, edict_log **log) {
  char name[256], *text = NULL, *digits = NULL;
  unsigned char key[64], auditor[32];
  size_t length = 0, digit_count = 0;
  *log = NULL;
  edict_status status = cli_read(a, cli_value(a, "--log-key"), KEY_BYTES, &text, &length);
  if (status == EDICT_OK) status = edict_key_parse(text, length, name, key);
  if (status == EDICT_OK) status = cli_read(a, cli_value(a, "--auditor-key"), KEY_BYTES, &digits, &digit_count);
  if (status == EDICT_OK && (digit_count != 65 || !cli_hex32(digits, 64, auditor))) status = EDICT_FORMAT;
  edict_log_options options = {.size = sizeof options, .origin = name, .secret_key = key, .auditor_key = auditor};
  if (status == EDICT_OK) status = edict_log_open(cli_value(a, "--log"), engine, &options, log, a->diagnostics);
  explicit_bzero(key, sizeof key);
  cli_forget(&text, length);
  edict_text_free(&digits);
  return status;
}
