/* Keyring: bytes from anywhere as a keyring. One that is taken derives, always the same; one that is
 * refused leaves nothing behind and says why once. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "enforce/key_source.h"
#include "enforce/keyring_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds) {
  if (!holds) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  edi_keyring *keyring;
  edict_diagnostics *diagnostics = edict_diagnostics_create();
  static const char key[] = "edict-keyring-key/v1\nfffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff8\n";
  const edict_keyring_secret secret = {key, sizeof key - 1, 0};
  const edict_engine_options options = {.size = sizeof options, .keyring = data, .keyring_length = size, .keyring_secret = &secret, .development = 1};
  edict_status status = edi_keyring_open(&options, &keyring, diagnostics);
  check((status == EDICT_OK) == (keyring != NULL));
  check(edict_diagnostics_count(diagnostics) == (status == EDICT_FORMAT || status == EDICT_UNTRUSTED));
  if (keyring) {
    const edi_key_parts parts = {{(const char *)data, size}, EDI_STR("pseudonym"), 6, {(const char *)data, size}, 4, NULL};
    unsigned char first[32], second[32];
    uint64_t epoch = 0;
    check(size <= EDI_KEYRING_MOST);
    check(edi_keyring_derive(keyring, &parts, &epoch, first, 32) && edi_keyring_derive(keyring, &parts, &epoch, second, 32));
    check(memcmp(first, second, sizeof first) == 0);
  }
  edi_keyring_destroy(keyring);
  edict_diagnostics_destroy(&diagnostics);
  return 0;
}
