/* Status codes: what happened to a call. Zero is success; nothing else is.
 *
 * Every function that can fail returns an edict_status and says more in the edict_diagnostics it
 * was given. The list is edict/status.def. Since 0.1. */
#ifndef EDICT_STATUS_H
#define EDICT_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define EDICT_EXPORT __attribute__((visibility("default")))
#define EDICT_MUST_CHECK __attribute__((warn_unused_result))
#else
#define EDICT_EXPORT
#define EDICT_MUST_CHECK
#endif

typedef enum edict_status {
#define STATUS(NAME, value, text) EDICT_##NAME = (value),
#include "edict/status.def"
#undef STATUS
} edict_status;

/* The status's name in lower case ("untrusted") and its one-line text. Never NULL: an unknown value
 * gives "unknown". Static storage; any thread. Since 0.1. */
EDICT_EXPORT const char *edict_status_name(edict_status status);
EDICT_EXPORT const char *edict_status_text(edict_status status);

#ifdef __cplusplus
}
#endif
#endif
