/* Configuration: the file that edict_open is given, line by line.
 *
 *   edict-sqlite/v1
 *   # a comment, or an empty line
 *   WORD VALUE
 *
 * In: the bytes of the file. Out: values as they stand there, or the first line that is wrong.
 * Strict: a word that is not in sqlite_config.def, a second line of one (but `bundle`, `root`, `issuer-keys`, `obligation`), a needed
 * line that is missing, a control character or an unfinished last line refuses the whole file. */
#ifndef EDI_SQLITE_CONFIG_H
#define EDI_SQLITE_CONFIG_H

#include <stddef.h>

#include "edict/session.h"
#include "edict/status.h"

enum { EDI_SQLITE_CONFIG_BYTES = 65536, EDI_SQLITE_VALUE_BYTES = 2048, EDI_SQLITE_BUNDLES = 256 };
enum { EDI_SQLITE_OBLIGATIONS = 256, EDI_SQLITE_ROOTS = 64, EDI_SQLITE_ISSUERS = 64, EDI_SQLITE_NAME_BYTES = 255 };

typedef enum edi_sqlite_line {
#define LINE(NAME, word, needed, what) EDI_SQLITE_##NAME,
#include "adapters/sqlite/sqlite_config.def"
#undef LINE
  EDI_SQLITE_LINES
} edi_sqlite_line;

typedef struct edi_sqlite_config {
  edict_text
      values[EDI_SQLITE_LINES]; /* into the text; length 0: not given. Of what may have many lines the last one */
  edict_text bundles[EDI_SQLITE_BUNDLES];
  size_t bundle_count;
  edict_text obligations[EDI_SQLITE_OBLIGATIONS];
  size_t obligation_count;
  edict_text roots[EDI_SQLITE_ROOTS];
  size_t root_count;
  edict_text issuers[EDI_SQLITE_ISSUERS], issuer_keys[EDI_SQLITE_ISSUERS]; /* names, files */
  size_t issuer_count;
} edi_sqlite_config;

/* EDICT_FORMAT, or EDICT_LIMIT for a file or value that is too long, or too many of what may be many; then
 * *line is where (0: the file as a whole) and *what says why, without a word of the file. */
edict_status edi_sqlite_config_parse(const char *text, size_t length, edi_sqlite_config *config,
                                     size_t *line, const char **what) EDICT_MUST_CHECK;

#endif
