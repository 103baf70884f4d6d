/* Sample root: see the header. */
#include "sample_root.h"

#include <stdio.h>
#include <stdlib.h>

const char sample_root_first[] =
    "edict-root/v1\nname eu.example\nversion 1\nprev -\nexpires 2027-11-20T00:00:00Z\n"
    "threshold root 2\nroot @a:1\nroot @b:2\nroot @c:3\n"
    "threshold federal eu.example 2\nfederal eu.example @f:4\nfederal eu.example @g:5\n"
    "threshold domain sales eu.example/sales 1\ndomain sales eu.example/sales @d:6\nlog @l:8\n";
const char sample_root_second[] =
    "edict-root/v1\nname eu.example\nversion 2\nprev $prev\nexpires 2027-11-20T00:00:00Z\n"
    "threshold root 2\nroot @b:2\nroot @c:3\nroot @e:7\n"
    "threshold federal eu.example 2\nfederal eu.example @f:4\nfederal eu.example @g:5\n"
    "threshold domain sales eu.example/sales 1\ndomain sales eu.example/sales @d:6\nlog @l:8\n";

/* `name:7` up to a blank; *end is past it. */
static void read_key(const char *at, char name[64], uint32_t *number, const char **end) {
  int used = 0;
  if (sscanf(at, "%63[^: \n]:%u%n", name, number, &used) != 2) abort();
  *end = at + used;
}

static void put_key(edi_buf *into, const char *name, uint32_t number) {
  unsigned char secret[64];
  sample_key(number, secret);
  if (!edi_note_key_format(into, edi_str_from(name), secret + 32)) abort();
}

static void put_prev(edi_buf *into, const edi_buf *before) {
  edi_note note;
  const char *why;
  unsigned char digest[EDI_DIGEST_BYTES] = {0};
  if (before && edi_note_split((edi_str){before->ptr, before->len}, &note, &why) != EDICT_OK) abort();
  if (before) edi_digest(note.text.ptr, note.text.len, digest);
  edi_hex_append(into, digest, sizeof digest);
}

static void put_pattern(edi_buf *into, const char *pattern, const edi_buf *before) {
  char name[64];
  uint32_t number;
  while (*pattern) {
    if (*pattern == '@') {
      read_key(pattern + 1, name, &number, &pattern);
      put_key(into, name, number);
    } else if (strncmp(pattern, "$prev", 5) == 0) {
      put_prev(into, before);
      pattern += 5;
    } else {
      edi_buf_char(into, *pattern++);
    }
  }
}

void sample_root_text(edi_buf *into, const char *pattern, const edi_buf *before) {
  edi_buf_init(into, NULL, (size_t)4 << 20);
  put_pattern(into, pattern, before);
}

void sample_root(edi_buf *into, const char *pattern, const edi_buf *before, const char *signers) {
  edi_buf text;
  char name[64];
  uint32_t number;
  sample_root_text(&text, pattern, before);
  edi_str bytes = {text.ptr, text.len};
  edi_buf_init(into, NULL, (size_t)4 << 20);
  if (*signers) edi_note_begin(into, bytes);
  else edi_buf_str(into, bytes);
  while (*signers) {
    unsigned char secret[64];
    read_key(signers, name, &number, &signers);
    sample_key(number, secret);
    edict_status status = edi_note_sign(into, bytes, edi_str_from(name), secret);
    if (status != EDICT_OK && status != EDICT_ARGUMENT) abort(); /* ARGUMENT: no note can have such a text */
    while (*signers == ' ') signers++;
  }
  edi_buf_fini(&text);
}

static edict_status open_next(edi_arena *arena, edi_str bytes, edi_root *root, edict_diagnostics *findings) {
  edi_buf first;
  edi_str *chain;
  size_t count;
  sample_root(&first, sample_root_first, NULL, "a:1 b:2");
  edict_status status = edi_root_advance(arena, (edi_str){first.ptr, first.len}, &bytes, 1, root, &chain, &count, findings);
  if (status == EDICT_OK && count != (root->version == 2)) abort();
  edi_buf_fini(&first);
  return status;
}

edict_status root_door(const char *name, const char *bytes, size_t length, edict_diagnostics *findings) {
  edi_arena arena;
  edi_root root;
  edi_str in = {bytes, length};
  edi_arena_init(&arena, NULL, (size_t)64 << 20);
  edict_status status;
  if (strncmp(name, "next", 4) == 0) {
    status = open_next(&arena, in, &root, findings);
  } else {
    status = edi_root_parse(&arena, in, &root, findings);
    if (status == EDICT_OK) status = edi_root_verify(&root, findings);
    if (status == EDICT_OK) status = edi_root_check_time(&root, sample_created() + SAMPLE_DAY, findings);
  }
  edi_arena_fini(&arena);
  return status;
}
