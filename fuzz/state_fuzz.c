/* Fuzz: bytes as a state file, and with their check made right. What is refused leaves nothing and says why once;
 * what is taken is written again as it was read, and finds each of its floors. */
#include <stdlib.h>

#include "bundle/state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds) {
  if (!holds) abort();
}

static void look(edi_str bytes) {
  edi_arena arena;
  edi_state state;
  edi_buf again;
  edict_diagnostics *findings = edict_diagnostics_create();
  edi_arena_init(&arena, NULL, (size_t)64 << 20);
  edi_buf_init(&again, NULL, EDI_LIMIT_STATE_FILE);
  edict_status status = edi_state_parse(&arena, bytes, &state, findings);
  check(edict_diagnostics_count(findings) == (status != EDICT_OK));
  check(status == EDICT_OK || (state.floor_count == 0 && state.keyring_count == 0 && state.document_count == 0 && !state.has_root));
  if (status == EDICT_OK) {
    edi_state_format(&state, &again);
    check(edi_str_equal(bytes, (edi_str){again.ptr, again.len}));
    for (size_t i = 0; i < state.keyring_count; i++) check(edi_state_keyring(&state, state.keyrings[i].federation) == state.keyrings[i].version);
    for (size_t i = 0; i < state.floor_count; i++) check(edi_state_find(&state, state.floors[i].key) == &state.floors[i]);
  }
  edi_buf_fini(&again);
  edi_arena_fini(&arena);
  edict_diagnostics_destroy(&findings);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  enum { FORM = 15, HEAD = FORM + 6 + 64 + 1 }; /* "edict-state/v1\n" or v2, "check ", digest, LF */
  look((edi_str){(const char *)data, size});
  if (size < HEAD || !edi_state_is((edi_str){(const char *)data, size})) return 0;
  edi_buf right;
  unsigned char digest[EDI_DIGEST_BYTES];
  edi_buf_init(&right, NULL, size + 64);
  edi_digest(data + HEAD, size - HEAD, digest);
  edi_buf_append(&right, data, FORM);
  edi_buf_text(&right, "check ");
  edi_hex_append(&right, digest, sizeof digest);
  edi_buf_char(&right, '\n');
  edi_buf_append(&right, data + HEAD, size - HEAD);
  look((edi_str){right.ptr, right.len});
  edi_buf_fini(&right);
  return 0;
}
