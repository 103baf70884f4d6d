/* Seen: a federation whose bundles are signed, in versions that follow one another, loaded with a state that is
 * kept on a simulated disk.
 *
 * The root is that of support/sample_root.h: federal bundles need f:4 and g:5, those of sales d:6. */
#ifndef SEEN_H
#define SEEN_H

#include "load/loader.h"
#include "support/disk.h"
#include "support/mesh.h"
#include "support/sample_root.h"

#define SEEN_STATE DISK_DIRECTORY "/state"
#define SEEN_NOW INT64_C(1795168800000000) /* 2026-11-20T10:00:00Z */

typedef struct seen_set { mesh m; bool permits; } seen_set; /* a federal bundle and one of sales */

/* Version `version` of the federal bundle, whose `prev` is the digest of `before` (NULL: none is named). What
 * `other` says is in its text, so two of one version differ. */
void seen_set_init(seen_set *set, unsigned version, const seen_set *before, const char *other, const char *signers);
void seen_set_fini(seen_set *set);

typedef struct seen {
  disk *d;
  edict_holder *holder;
  edict_diagnostics *diagnostics;
  edi_buf roots[2]; /* versions 1 and 2 */
  const edi_buf *trust;
  edict_log *log;
  int64_t now;
  const char *keyring; /* NULL: none */
  const edict_keyring_secret *secret;
} seen;

void seen_init(seen *s);
void seen_fini(seen *s);
/* The holder of a new process on the same disk. */
void seen_restart(seen *s);
/* The status; the code of the first finding in *code (may be NULL). */
edict_status seen_load(seen *s, const seen_set *set, bool begin, const char **code);
edict_status seen_load_with(seen *s, const seen_set *set, const edict_bytes *roots, size_t count, const char **code);
/* The text of the state file, allocated with malloc; "" if it is not there. */
char *seen_state(seen *s);

#endif
