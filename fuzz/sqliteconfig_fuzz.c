/* Fuzz: any bytes as a configuration of the SQLite extension. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "adapters/sqlite/sqlite_config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_value(edict_text value, const char *text, size_t length) {
  if (value.len == 0 || value.ptr < text || value.ptr + value.len > text + length) abort();
  if (value.len > EDI_SQLITE_VALUE_BYTES || memchr(value.ptr, '\n', value.len) ||
      memchr(value.ptr, '\0', value.len))
    abort();
}

static const bool needed[EDI_SQLITE_LINES] = {
#define LINE(NAME, word, is_needed, text) [EDI_SQLITE_##NAME] = (is_needed),
#include "adapters/sqlite/sqlite_config.def"
#undef LINE
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  edi_sqlite_config config;
  size_t line;
  const char *what, *text = (const char *)data;
  edict_status status = edi_sqlite_config_parse(text, size, &config, &line, &what);
  if (status != EDICT_OK) {
    if (!what || config.bundle_count) abort();
    return 0;
  }
  /* What is accepted is whole, and lies in the text. */
  for (size_t i = 0; i < EDI_SQLITE_LINES; i++)
    if (needed[i] || config.values[i].len)
      check_value(config.values[i], text, size);
  for (size_t i = 0; i < config.bundle_count; i++) check_value(config.bundles[i], text, size);
  for (size_t i = 0; i < config.obligation_count; i++)
    check_value(config.obligations[i], text, size);
  return 0;
}
